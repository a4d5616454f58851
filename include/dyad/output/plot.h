/*
 * output/plot.h: one picture of estimates with their intervals, drawn by gnuplot.
 *
 * Rates by group, the studies of a meta-analysis, outcomes and exposures side by side: all are
 * rows of words, an interval on a horizontal axis, and columns of numbers.  The picture is laid
 * out here, from the rows alone; a program says what stands in them and what each column is.
 */
#ifndef DYAD_OUTPUT_PLOT_H
#define DYAD_OUTPUT_PLOT_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"

enum { PLOT_COLUMNS = 8 };

enum plot_mark {
    PLOT_HEADING,  /* words only, no interval */
    PLOT_SQUARE,   /* an estimate, its area by weight */
    PLOT_DIAMOND,  /* a pooled or overall estimate */
    PLOT_SUBTOTAL, /* a pooled estimate of some of the rows above it: lighter */
    PLOT_TOTAL,    /* of all rows of its panel: a dashed line at it runs up through them */
    PLOT_HOLLOW,   /* an estimate that is no study's own: an empty square, of one size */
    PLOT_NOTE,     /* a sentence below the row before it */
    PLOT_BLANK     /* a distance */
};

/* What a column holds, so that a layout knows its place. */
enum plot_column_role {
    PLOT_COLUMN_OTHER,
    PLOT_COLUMN_YEAR,
    PLOT_COLUMN_TREATED_EVENTS,
    PLOT_COLUMN_TREATED_TOTAL,
    PLOT_COLUMN_CONTROL_EVENTS,
    PLOT_COLUMN_CONTROL_TOTAL,
    PLOT_COLUMN_ESTIMATE_TEXT,
    PLOT_COLUMN_WEIGHT
};

enum plot_layout {
    PLOT_LAYOUT_PLAIN,  /* columns in the program's order, on the sides it says */
    PLOT_LAYOUT_REVMAN, /* every column, then the axis at the right, its title above it */
    PLOT_LAYOUT_JAMA    /* events/total joined, whom it favours above the axis, weights at the right */
};

/* Shown if it has a title or any row has words in it. */
struct plot_column {
    enum plot_column_role role;
    char *title, *group; /* group: a heading over neighbours that share it; either may be NULL */
    bool left;           /* of the axis, beside the label */
};

struct plot_row {
    enum plot_mark mark;
    char *label;                 /* two leading spaces: further in */
    char *columns[PLOT_COLUMNS]; /* may be NULL */
    double estimate, low, high;  /* NaN: not defined */
    double weight;               /* relative size of the square; NaN or 0: as small as it gets */
    double pred_low, pred_high;  /* a bar behind a diamond; NaN: none */
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
    struct plot_column columns[PLOT_COLUMNS];
    char *favours_low, *favours_high; /* either side of the reference; may be NULL */
    char *caption;     /* below: method, n, contrast; wrapped as needed; may be NULL */
    enum plot_layout layout;
    enum scale scale;  /* SCALE_RATIO: log axis, reference at 1; SCALE_PROPORTION: percent;
                          SCALE_DIFFERENCE: percentage points, reference at 0 */
    struct plot_panel *panels;
    size_t n_panels;
    bool failed;       /* memory ran out while it was built */
};

#define PLOT_INIT { .title = NULL }

/** plot_set(&p->title, text, p): replace one of the strings of the plot by a copy of ${text}. */
void plot_set(char **which, const char *text, struct plot *p);
/** plot_column(p, i, role, group, title, left): what column ${i} is; words copied, NULL for none. */
void plot_column(struct plot *p, size_t i, enum plot_column_role role, const char *group,
                 const char *title, bool left);
void plot_panel(struct plot *p, const char *title);
/** plot_row(p, mark, label, columns, estimate, low, high, weight): a row of the last panel, everything copied. */
void plot_row(struct plot *p, enum plot_mark mark, const char *label, const char *const columns[PLOT_COLUMNS],
              double estimate, double low, double high, double weight);
/** plot_words(p, mark, label): a row of words: a heading, a note, a blank. */
void plot_words(struct plot *p, enum plot_mark mark, const char *label);
/** plot_prediction(p, low, high): the prediction interval of the last row. */
void plot_prediction(struct plot *p, double low, double high);
void plot_release(struct plot *p);

/**
 * plot_numbers(p, out): the numbers the picture shows, as a CSV (--plot-data).  Notes and blanks
 * have none; pred_low and pred_high are there if any row has them.
 */
enum dyad_status plot_numbers(const struct plot *p, struct text *out);

/* Zero for a size that follows the rows. */
struct plot_size {
    double width_inches, height_inches;
};

/**
 * plot_paint(p, format, size, picture, err):
 * Put the bytes of the picture into ${picture}, which is empty.  ${format} is an ending: "svg",
 * "png" or "pdf".
 *
 * Returns: DYAD_OK only when gnuplot ran the script to its last line, complained of nothing and
 *          the picture is whole.
 */
DYAD_MUST_CHECK enum dyad_status plot_paint(const struct plot *p, const char *format, struct plot_size size,
                                             struct text *picture, struct dyad_error *err);

/** plot_draw(p, path, format, size, err): into the file ${path}, which the caller renames when all is well. */
DYAD_MUST_CHECK enum dyad_status plot_draw(const struct plot *p, const char *path, const char *format,
                                           struct plot_size size, struct dyad_error *err);

#endif
