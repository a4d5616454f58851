/*
 * output/curves.h: one picture of curves over time, drawn by gnuplot.
 *
 * Survival curves, cumulative incidences: panels with curves as steps, bands around them, small
 * ticks where somebody is lost, and a table of the numbers at risk under the time axis.  A program
 * says what the curves are and what they are called; the picture is laid out here.
 */
#ifndef DYAD_OUTPUT_CURVES_H
#define DYAD_OUTPUT_CURVES_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"
#include "dyad/output/plot.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* What the time axis counts, so that its ticks are multiples that people use. */
enum curves_unit { CURVES_PLAIN, CURVES_DAYS, CURVES_WEEKS, CURVES_MONTHS, CURVES_YEARS };

/* A panel with more curves has bars at the ticks of time instead of bands. */
enum { CURVES_WITH_BANDS = 4 };

struct curves_point {
    double time;
    double value, low, high; /* from there on; the curve ends before a value that is NaN */
    double n_risk;           /* just before; NaN: not shown */
    double n_censor;         /* lost there: a tick */
};

struct curve {
    char *name; /* may be NULL; curves of one name look alike in all panels */
    char *row;  /* name of its numbers at risk; "": they stand above; NULL: the curve's own */
    struct curves_point *points;
    size_t n;
    double start;  /* the value at time 0 */
    double rest;   /* at risk after the last point: 0; NaN: not shown */
    double median; /* the time at which curves.mark is reached; NaN: none */
    bool joined;   /* straight from point to point, not in steps */
};

struct curves_panel {
    char *title; /* may be NULL */
    char *note;  /* in the picture or above it: the p-value of a test; may be NULL */
    struct curve *curves;
    size_t n;
};

/* Every string and array is the picture's own (malloc'ed), set by the functions below. */
struct curves {
    char *title;       /* above the picture; may be NULL */
    char *x, *y;       /* titles of the axes; may be NULL */
    char *risk;        /* heading of the numbers at risk; NULL: no such table */
    char *ticks;       /* what the small ticks are, for the caption; may be NULL */
    char *caption;     /* below, wrapped as needed; may be NULL */
    char *alternative; /* for who cannot see the picture; the caption follows; may be NULL */
    enum curves_unit unit;
    enum scale scale;  /* SCALE_PROPORTION: percent; SCALE_NUMBER: as it stands */
    bool rising;       /* the value axis ends where the curves need it, not at 1 */
    double until;      /* end of the time axis; NaN: the last time */
    double mark;       /* dotted lines to the curves' medians, from here; NaN: none */
    double least_shown; /* numbers at risk from 1 to below this are written "<5" */
    struct curves_panel *panels;
    size_t n_panels;
    bool failed;       /* memory ran out while it was built */
};

#define CURVES_INIT { .scale = SCALE_PROPORTION, .until = NAN, .mark = NAN }

/** curves_set(&c->title, text, c): replace one of the strings by a copy of ${text}. */
void curves_set(char **which, const char *text, struct curves *c);
/** curves_panel(c, title, note): a further panel. */
void curves_panel(struct curves *c, const char *title, const char *note);
/**
 * curves_curve(c, name, start, points, n):
 * A further curve of the last panel; ${points} ascend in time and are copied.  Returns the curve,
 * for what else it has; valid until the next; never NULL.
 */
struct curve *curves_curve(struct curves *c, const char *name, double start,
                           const struct curves_point *points, size_t n);
void curves_release(struct curves *c);

/** curves_numbers(c, out): what the picture shows, as a CSV: a row for each point of each curve. */
DYAD_MUST_CHECK enum dyad_status curves_numbers(const struct curves *c, struct text *out);

/**
 * curves_paint(c, format, size, picture, err):
 * Put the bytes of the picture into ${picture}, which is empty.  ${format} is an ending: "svg",
 * "png" or "pdf".  Names stand at the curves where there is room, else in a legend.
 *
 * Returns: DYAD_OK only when gnuplot ran the script to its last line, complained of nothing and
 *          the picture is whole.
 */
DYAD_MUST_CHECK enum dyad_status curves_paint(const struct curves *c, const char *format, struct plot_size size,
                                               struct text *picture, struct dyad_error *err);

/** curves_draw(c, path, format, size, err): into the file ${path}, which the caller renames when all is well. */
DYAD_MUST_CHECK enum dyad_status curves_draw(const struct curves *c, const char *path,
                                             const char *format, struct plot_size size,
                                             struct dyad_error *err);

#endif
