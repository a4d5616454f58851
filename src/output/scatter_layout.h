/* scatter_layout.h: a scatter on its way to the page; what scatter_layout.c and its neighbours share. */
#ifndef DYAD_OUTPUT_SCATTER_LAYOUT_H
#define DYAD_OUTPUT_SCATTER_LAYOUT_H

#include "dyad/output/axis.h"
#include "dyad/output/canvas.h"
#include "dyad/output/scatter.h"

#include "scatter_geometry.h"

/* Points, for letters of CANVAS_FONT. */
#define MARGIN 12.0
#define TICK 4.0
#define TITLE_GAP 8.0
#define RADIUS 3.2
#define DIAMOND_HALF 5.5

struct paragraph {
    char *wrapped;
    size_t lines;
};

enum entry_kind { ENTRY_MARK, ENTRY_LINE, ENTRY_AREA };

/* A line of the legend; x and y from the legend's corner. */
struct entry {
    enum entry_kind kind;
    size_t which;
    char *words;
    double width, x, y;
};

struct layout {
    const struct scatter *of;
    struct axis x, y, slopes;
    struct box frame;
    double inset;       /* of the axes' ends from the frame, for marks there */
    double width, height;
    double left, right; /* beside the frame, for what the ticks say now */
    struct paragraph title, x_title, y_title, slope_title, caption;
    struct entry *legend;
    size_t n_legend;
    double legend_height;
    bool *unplaced;     /* lines that found no room for their name */
    double heaviest;
    struct crowd crowd;
    struct crowd gaps;  /* where words interrupt the lines */
    struct canvas canvas;
    bool failed;
};

/* ---- scatter_words.c ---- */

double scatter_words_width(const char *string, bool bold);

/** scatter_words_wrap(l, p, string, width, max_lines, bold): clean words in lines of ${width}; NULL: none. */
void scatter_words_wrap(struct layout *l, struct paragraph *p, const char *string, double width,
                        size_t max_lines, bool bold);

/** scatter_words_line(l, string, width): as much as a line holds, the caller's to free(); NULL for none. */
char *scatter_words_line(struct layout *l, const char *string, double width);

/** scatter_words_draw(l, p, align, bold, x, y): line below line, from the middle of the first at (x, y). */
void scatter_words_draw(struct layout *l, const struct paragraph *p, enum canvas_align align,
                        bool bold, double x, double y);

/** scatter_words_draw_upwards(l, p, x, y): line beside line, from the middle of the first at (x, y). */
void scatter_words_draw_upwards(struct layout *l, const struct paragraph *p, double x, double y);

double scatter_words_widest(const struct paragraph *p);

/** scatter_words_height(p, gap): with a distance of ${gap}; 0 for none. */
double scatter_words_height(const struct paragraph *p, double gap);

/* ---- scatter_axes.c ---- */

/** scatter_axes_show(s, at): is the spot finite, and a ratio where ratios are? */
bool scatter_axes_show(const struct scatter *s, const struct scatter_spot *at);

/** scatter_axes_place(l, at): on the page; far out for what is infinite. */
struct canvas_point scatter_axes_place(const struct layout *l, const struct scatter_spot *at);

/** scatter_axes_set(l): ends and ticks of all axes, in the frame as it is now. */
void scatter_axes_set(struct layout *l);

/** scatter_axes_widest(a): of the ticks' labels. */
double scatter_axes_widest(const struct axis *a);

void scatter_axes_draw(struct layout *l);

/* ---- scatter_legend.c ---- */

/** scatter_legend_set(l): for a page of that width. */
void scatter_legend_set(struct layout *l);
void scatter_legend_release(struct layout *l);
void scatter_legend_draw(struct layout *l, double top);

/* ---- scatter_marks.c ---- */

double scatter_marks_radius(const struct layout *l, const struct scatter_point *p);
void scatter_marks_draw(struct layout *l, enum scatter_mark mark, double x, double y,
                        double radius);
enum canvas_ink scatter_marks_style(enum scatter_style style);
enum canvas_ink scatter_marks_shade(unsigned shade);

/* A point with what decides where it comes in a row. */
struct ranked {
    double rank;
    size_t which, box; /* box: of its mark in the crowd */
};

/** scatter_marks_by_rank: for qsort(), the highest first, then in the order they came. */
int scatter_marks_by_rank(const void *a, const void *b);

/** scatter_marks_stretch(l, line, i, out): the ${i}-th of a line, as much as is in the frame; false: nothing. */
bool scatter_marks_stretch(const struct layout *l, const struct scatter_line *line, size_t i,
                           struct segment *out);

void scatter_marks_draw_points(struct layout *l);
void scatter_marks_draw_line(struct layout *l, const struct scatter_line *line);
void scatter_marks_draw_area(struct layout *l, const struct scatter_area *area);

/* ---- scatter_names.c ---- */

/** scatter_names_crowd(l): begin anew with what must stay readable: marks, and the lines. */
void scatter_names_crowd(struct layout *l);

/**
 * scatter_names_of_lines(l): write lines' names at their place; false if one goes into the legend
 * instead, which needs its room.
 */
bool scatter_names_of_lines(struct layout *l);

/** scatter_names_of_points(l): the highest rank first, as far as there is room. */
void scatter_names_of_points(struct layout *l);

#endif
