/*
 * output/scatter.h: one picture of points, lines and areas between two axes, drawn by gnuplot.
 *
 * Funnel, L'Abbe, radial and Baujat plots, curves of two coordinates, residuals: a program says
 * what stands where and what it is called, the picture is laid out here.  Points stretch the
 * axes, lines and areas are cut at the frame.
 */
#ifndef DYAD_OUTPUT_SCATTER_H
#define DYAD_OUTPUT_SCATTER_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"
#include "dyad/output/plot.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum scatter_mark {
    SCATTER_BUBBLE, /* light, its area by weight */
    SCATTER_HOLLOW,
    SCATTER_FILLED,
    SCATTER_DIAMOND,
    SCATTER_MARKS
};

enum scatter_style { SCATTER_SOLID, SCATTER_DASHED, SCATTER_DOTTED, SCATTER_STYLES };

/* Where what a line is called is written. */
enum scatter_naming { SCATTER_IN_LEGEND, SCATTER_AT_LINE /* if there is room, else in the legend */ };

/* Shades of areas: 0 is white and lies upon the greys 1 (lightest) to 3. */
enum { SCATTER_SHADES = 4 };

struct scatter_spot {
    double x, y;
};

struct scatter_point {
    enum scatter_mark mark;
    struct scatter_spot at; /* not drawn where it is not finite, or no ratio */
    double weight; /* of bubbles; NaN: as small as they get */
    double rank;   /* the label of the highest is placed first; NaN: the picture shows none */
    char *label;   /* may be NULL */
};

struct scatter_line {
    enum scatter_style style;
    enum scatter_naming naming;
    struct scatter_spot *spots;
    size_t n;
    char *label; /* may be NULL */
};

struct scatter_area {
    unsigned shade;
    struct scatter_spot *spots;
    size_t n;
    char *label; /* may be NULL */
};

struct scatter_axis {
    char *title;      /* may be NULL */
    enum scale scale; /* SCALE_RATIO: logarithmic; SCALE_PROPORTION: percent, within 0 and 1 */
    double low, high; /* shown at least; NaN: what the points need */
    bool reversed;    /* low on top, or at the right */
};

/* Every string and array is the scatter's own (malloc'ed), set by the functions below. */
struct scatter {
    char *title;       /* above the picture; may be NULL */
    char *caption;     /* below, wrapped as needed; may be NULL */
    char *alternative; /* for who cannot see the picture; the caption follows; may be NULL */
    struct scatter_axis x, y;
    bool square;       /* both axes show the same stretch, equally long */
    char *slopes;      /* title of an axis at the right: how steep a line from (0, 0) gets there; may be NULL */
    enum scale slope_scale; /* SCALE_RATIO: exp(slope) is written */
    char *marks[SCATTER_MARKS]; /* what they are, for the legend; may be NULL */
    struct scatter_point *points;
    size_t n_points;
    struct scatter_line *lines;
    size_t n_lines;
    struct scatter_area *areas;
    size_t n_areas;
    bool failed;       /* memory ran out while it was built */
};

#define SCATTER_INIT { .x = { .low = NAN, .high = NAN }, .y = { .low = NAN, .high = NAN } }

/** scatter_set(&s->title, text, s): replace one of the strings by a copy of ${text}. */
void scatter_set(char **which, const char *text, struct scatter *s);
void scatter_put(struct scatter *s, enum scatter_mark mark, double x, double y, double weight,
                 double rank, const char *label);
/** scatter_line(s, style, spots, n, label, naming): of infinite spots both ends have the other coordinate alike. */
void scatter_line(struct scatter *s, enum scatter_style style, const struct scatter_spot *spots,
                  size_t n, const char *label, enum scatter_naming naming);
/** scatter_area(s, shade, corners, n, label): edges to infinite corners run along an axis. */
void scatter_area(struct scatter *s, unsigned shade, const struct scatter_spot *corners, size_t n,
                  const char *label);
/** scatter_upright(s, style, x, label, naming), scatter_level(s, style, y, ...): lines across the picture. */
void scatter_upright(struct scatter *s, enum scatter_style style, double x, const char *label,
                     enum scatter_naming naming);
void scatter_level(struct scatter *s, enum scatter_style style, double y, const char *label,
                   enum scatter_naming naming);
void scatter_release(struct scatter *s);

/**
 * scatter_numbers(s, out): what the picture shows, as a CSV: a row for each point, each spot of a
 * line and each corner of an area.
 */
DYAD_MUST_CHECK enum dyad_status scatter_numbers(const struct scatter *s, struct text *out);

/**
 * scatter_paint(s, format, size, picture, err):
 * Put the bytes of the picture into ${picture}, which is empty.  ${format} is an ending: "svg",
 * "png" or "pdf".  Labels of points that would touch something are left out.
 *
 * Returns: DYAD_OK only when gnuplot ran the script to its last line, complained of nothing and
 *          the picture is whole.
 */
DYAD_MUST_CHECK enum dyad_status scatter_paint(const struct scatter *s, const char *format, struct plot_size size,
                                                struct text *picture, struct dyad_error *err);

/** scatter_draw(s, path, format, size, err): into the file ${path}, which the caller renames when all is well. */
DYAD_MUST_CHECK enum dyad_status scatter_draw(const struct scatter *s, const char *path,
                                              const char *format, struct plot_size size,
                                              struct dyad_error *err);

#endif
