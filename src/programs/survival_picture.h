/*
 * programs/survival_picture.h: the pictures of `dyad survival`: curves over time with the numbers
 * at risk, cumulative incidences, and estimates at chosen times as rows.
 *
 * Each takes plain numbers, borrowed for the call, and fills ${out}, which was CURVES_INIT or
 * PLOT_INIT; memory that runs out is out->failed.
 */
#ifndef DYAD_PROGRAMS_SURVIVAL_PICTURE_H
#define DYAD_PROGRAMS_SURVIVAL_PICTURE_H

#include "dyad/core/shapes.h"
#include "dyad/output/curves.h"
#include "dyad/output/plot.h"
#include "dyad/stats/survival_table.h"
#include "dyad/stats/turnbull.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- curves ---- */

/* A curve of kaplan_meier() or aalen_johansen(), or of turnbull(). */
struct survival_curve_input {
    const char *name;                    /* NULL: the only one */
    const struct survival_table *table;  /* with an estimate for each row */
    const struct turnbull_piece *pieces; /* or pieces, with limits at the end of each, which may be NULL */
    size_t n_pieces;
    const struct estimate *curve;
    double n, events;                    /* records of the pieces */
    double median;                       /* NaN: none */
};

/* Where the causes of competing events are: their people are the same, and counted once. */
enum survival_causes { CAUSES_NONE, CAUSES_AS_CURVES, CAUSES_AS_PANELS };

struct survival_panel_input {
    const char *title; /* NULL: none */
    const char *test;  /* "Log-rank p = 0.002"; NULL: none */
    const struct survival_curve_input *curves;
    size_t n;
};

struct survival_picture {
    const char *title;  /* NULL: none */
    const char *time;   /* what the time axis shows: "Age (weeks)" */
    enum curves_unit unit; /* CURVES_PLAIN: as named in ${time} */
    const char *what;   /* what the other shows: "Still breastfeeding" */
    const char *method; /* "Kaplan-Meier" */
    const char *limits; /* "log-log"; NULL: there are no limits, and no bands */
    const char *caption; /* sentences to add; NULL: none */
    double level;
    double until;       /* end of the time axis; 0 or NaN: the last time */
    bool rising;        /* incidences: from 0 up */
    enum survival_causes causes;
    enum scale scale;   /* SCALE_PROPORTION: percent; SCALE_NUMBER: as it stands */
    bool medians;       /* dotted lines to them */
    bool joined;        /* between its times a curve is not known: straight lines */
    double suppress;    /* counts from 1 to below it are hidden, and a curve ends where as few are at risk; 0: none */
    const struct survival_panel_input *panels;
    size_t n;
};

/** survival_unit(words): the unit that is named in them. */
enum curves_unit survival_unit(const char *words);

/** survival_picture_curves(p, out): ticks are censorings, the caption says method, n and events. */
void survival_picture_curves(const struct survival_picture *p, struct curves *out);

/* ---- at chosen times ---- */

struct survival_time_input {
    double time;
    const char *name;  /* of the curve; NULL: the only one */
    double n_risk;     /* NaN: not shown */
    struct estimate at;
};

struct survival_times_picture {
    const char *title;    /* NULL: none */
    const char *time;     /* "weeks" */
    const char *what;     /* "Still breastfeeding" */
    const char *by;       /* heading of the names; NULL: the time's */
    const char *caption;  /* NULL: none */
    double level, suppress;
    const struct survival_time_input *rows; /* those of one time stand together */
    size_t n;
};

/** survival_picture_times(p, out): a row with its limits for each, by time. */
void survival_picture_times(const struct survival_times_picture *p, struct plot *out);

#endif
