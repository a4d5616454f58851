/* curves_layout.h: curves on their way to the page; what curves_*.c share. */
#ifndef DYAD_OUTPUT_CURVES_LAYOUT_H
#define DYAD_OUTPUT_CURVES_LAYOUT_H

#include "dyad/output/curves.h"

#include "scatter_layout.h"

#define INSET 5.0      /* of the axes' ends from the frame */
#define SAMPLE 20.0    /* of a curve, before its name */
#define SAMPLE_GAP 5.0
#define RISK_GAP 9.0   /* above the table of numbers at risk */
#define RISK_PITCH 15.0
#define NOTE_PITCH 16.0

/* Of more ticks than that not every one is drawn. */
enum { MOST_TICKS = 120 };

/* What is seen of a curve, on the page. */
struct curve_line {
    struct canvas_point *at;
    size_t n;
};

/* A panel on the page. */
struct curves_cell {
    const struct curves_panel *of;
    double left, top, right; /* of all that belongs to it */
    struct box frame;
    struct paragraph title;
    char *note;
    bool note_above;         /* the frame, where there was no room in it */
    struct paragraph *names; /* before, or above, the rows of numbers at risk */
    struct curve_line *lines;
};

enum naming { NAMES_AT_ENDS, NAMES_ALONG, NAMES_IN_LEGEND };

struct curves_layout {
    const struct curves *of;
    struct layout page;      /* canvas, crowd, legend and words, as a scatter has them */
    struct axis x, y;
    size_t columns;
    double cell_width;          /* on the average */
    double left, inner, right;  /* beside each frame; inner: left of all but the first in a row */
    struct curves_cell *cells;
    enum naming naming;
    bool names_above;        /* their numbers at risk: too long to stand before them */
    bool names_once;         /* before the first panel of a row */
    double last;             /* end of the data's time */
    const char **names;      /* all there are, each once */
    char **labels;           /* the same in a line */
    size_t n_names;
    struct text caption;
};

/* ---- curves_axes.c ---- */

/** curves_axes_set(l, width, height): ends and ticks of both, for frames of that size. */
void curves_axes_set(struct curves_layout *l, double width, double height);

/** curves_axes_place(l, cell, time, value): on the page; a value off the axis at its end. */
struct canvas_point curves_axes_place(const struct curves_layout *l, const struct curves_cell *cell,
                                      double time, double value);

void curves_axes_draw(struct curves_layout *l, const struct curves_cell *cell);

/* ---- curves_risk.c ---- */

/** curves_risk_widest(l): of all the numbers. */
double curves_risk_widest(const struct curves_layout *l);

/** curves_risk_fit(l): where the names of the rows stand. */
void curves_risk_fit(struct curves_layout *l);

/** curves_risk_names(l): the widest of the names before the rows, with its sample; 0 for none. */
double curves_risk_names(const struct curves_layout *l);

double curves_risk_height(const struct curves_layout *l, const struct curves_cell *cell);
void curves_risk_draw(struct curves_layout *l, const struct curves_cell *cell, double top);

/* ---- curves_marks.c ---- */

/** curves_marks_look(l, cell, i): how the ${i}-th curve looks: which name it has. */
size_t curves_marks_look(const struct curves_layout *l, const struct curves_cell *cell, size_t i);

void curves_marks_sample(struct curves_layout *l, size_t look, double x, double y);

/** curves_marks_trace(l, cell): what is seen of the curves; steps too near to see are one. */
void curves_marks_trace(struct curves_layout *l, struct curves_cell *cell);

/** curves_marks_median(l, cell, i, at): where the ${i}-th curve reaches it; false for none. */
bool curves_marks_median(const struct curves_layout *l, const struct curves_cell *cell, size_t i,
                         struct canvas_point *at);

/** curves_marks_bar(l, cell, i, k, low, high): its limits at the ${k}-th tick; false for none. */
bool curves_marks_bar(const struct curves_layout *l, const struct curves_cell *cell, size_t i,
                      size_t k, struct canvas_point *low, struct canvas_point *high);

void curves_marks_draw(struct curves_layout *l, const struct curves_cell *cell);

/* ---- curves_names.c ---- */

/** curves_names_collect(l): all names, each once. */
void curves_names_collect(struct curves_layout *l);

/** curves_names_fit(l): make room for them beside the frames, or in the legend. */
void curves_names_fit(struct curves_layout *l);

/** curves_names_beside(l): how much of a label stands right of its frame. */
double curves_names_beside(const struct curves_layout *l);

/**
 * curves_names_put(l): names and notes at their places; false if one has none, and all is to be
 * laid out anew with what the layout says now.
 */
bool curves_names_put(struct curves_layout *l);

void curves_names_draw_legend(struct curves_layout *l, double top);

#endif
