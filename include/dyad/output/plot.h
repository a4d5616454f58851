/*
 * output/plot.h: one picture of estimates with their intervals, drawn by gnuplot.
 *
 * Rates by group, the strata of a forest plot, outcomes and exposures side by side: all are rows
 * of words, an interval on a horizontal axis, and columns of numbers.  The picture is laid out
 * here, from the rows alone; a program says what stands in them.
 */
#ifndef DYAD_OUTPUT_PLOT_H
#define DYAD_OUTPUT_PLOT_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"

enum { PLOT_COLUMNS = 4 };

enum plot_mark {
    PLOT_HEADING, /* words only, no interval */
    PLOT_SQUARE,  /* an estimate, its area by weight */
    PLOT_DIAMOND  /* a pooled or overall estimate */
};

struct plot_row {
    enum plot_mark mark;
    char *label;
    char *columns[PLOT_COLUMNS]; /* right of the label or of the axis, as the plot's columns say; may be NULL */
    double estimate, low, high;  /* NaN: not defined */
    double weight;               /* relative size of the square; NaN or 0: as small as it gets */
};

struct plot_panel {
    char *title; /* may be NULL */
    struct plot_row *rows;
    size_t n_rows;
};

/* Every string is the plot's own (malloc'ed), set by the plot_* functions below. */
struct plot {
    char *title;       /* above the picture; may be NULL */
    char *axis;        /* what the axis shows: "odds ratio (95% CI)" */
    char *label_title; /* heading of the label column */
    char *column_titles[PLOT_COLUMNS];
    bool column_left[PLOT_COLUMNS]; /* stands left of the axis, beside the label */
    char *favours_low, *favours_high; /* under the axis, either side of the reference; may be NULL */
    char *caption;     /* below: method, n, contrast; wrapped as needed; may be NULL */
    enum scale scale;  /* SCALE_RATIO: log axis, reference at 1; SCALE_PROPORTION: percent;
                          SCALE_DIFFERENCE: percentage points, reference at 0 */
    struct plot_panel *panels;
    size_t n_panels;
    bool failed;       /* memory ran out while it was built */
};

#define PLOT_INIT { .title = NULL }

/** plot_set(&p->title, text, p): replace one of the strings of the plot by a copy of ${text}. */
void plot_set(char **which, const char *text, struct plot *p);
void plot_panel(struct plot *p, const char *title);
/** plot_row(p, mark, label, columns, estimate, low, high, weight): a row of the last panel, everything copied. */
void plot_row(struct plot *p, enum plot_mark mark, const char *label, const char *const columns[PLOT_COLUMNS],
              double estimate, double low, double high, double weight);
void plot_release(struct plot *p);

/** plot_numbers(p, out): the numbers the picture shows, as a CSV (--plot-data). */
enum dyad_status plot_numbers(const struct plot *p, struct text *out);

/* Zero for a size that follows the rows. */
struct plot_size {
    double width_inches, height_inches;
};

/**
 * plot_draw(p, path, format, size, err):
 * Draw ${p} into the file ${path}, which the caller renames when all is well.  ${format} is an
 * ending: "svg", "png" or "pdf".
 *
 * Returns: DYAD_OK only when gnuplot ran the script to its last line, complained of nothing and
 *          the file is whole.
 */
DYAD_MUST_CHECK enum dyad_status plot_draw(const struct plot *p, const char *path, const char *format,
                                           struct plot_size size, struct dyad_error *err);

#endif
