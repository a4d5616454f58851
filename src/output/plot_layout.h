/* plot_layout.h: a plot on its way to the page; what plot_layout.c and its neighbours share. */
#ifndef DYAD_OUTPUT_PLOT_LAYOUT_H
#define DYAD_OUTPUT_PLOT_LAYOUT_H

#include "dyad/output/axis.h"
#include "dyad/output/canvas.h"
#include "dyad/output/plot.h"

/* Points, for letters of CANVAS_FONT. */
#define MARGIN 12.0
#define COLUMN_GAP 16.0
#define GUTTER 9.0     /* either side of the axis, for the tips of arrows */
#define INDENT 11.0    /* of rows under a heading */
#define BLEED 5.0      /* rules and bands reach that far into the margin */
#define CELL_MOST 190.0 /* words; numbers are never cut */
#define LABEL_MOST 280.0

enum { HEAD_LINES = 3 };

/* What a column's numbers are aligned on. */
enum anchor { ANCHOR_WORDS, ANCHOR_RIGHT, ANCHOR_BRACKET, ANCHOR_SLASH, ANCHOR_POINT };

/* A text that stands alone: the title, the caption ... */
struct paragraph {
    char *wrapped;
    size_t lines;
};

/* A column of the picture: one of the plot's, or two joined by a slash. */
struct column_layout {
    size_t source, joined; /* the plot's columns; the same twice: not joined */
    bool left;
    char *words, *group; /* headings, clean */
    enum anchor anchor;
    double before, behind; /* widest part left and right of the anchor */
    double width, x;       /* x: its left edge */
    struct paragraph title;
};

/* A heading over neighbouring columns. */
struct group_layout {
    size_t first, last;
    struct paragraph title;
};

enum item_kind { ITEM_PANEL, ITEM_HEADING, ITEM_ROW, ITEM_NOTE, ITEM_BLANK };

struct item {
    enum item_kind kind;
    const struct plot_row *row; /* NULL: a panel's title */
    size_t panel;
    char *label;                /* clean */
    struct paragraph lines;     /* of the label */
    double indent, gap;         /* gap: above it */
    bool shaded, bold;          /* bold: the label */
    bool bold_cells;
    char *cells[PLOT_COLUMNS];  /* of the picture's columns, clean; NULL: empty */
    double top, height;
};

struct layout {
    const struct plot *plot;
    struct item *items;
    size_t n_items;
    size_t n_rows; /* the items before the notes that end the picture */
    struct column_layout columns[PLOT_COLUMNS]; /* from left to right */
    size_t n_columns;
    struct group_layout groups[PLOT_COLUMNS];
    size_t n_groups;
    struct paragraph title, label_title, axis_title, favours_low, favours_high, caption;
    double label_natural, label_width;
    double axis_x, axis_width;
    double width, height, pitch;
    double heaviest;
    bool notes_beside;         /* the last notes stand left of the axis, not below it */
    bool favours_apart;        /* at the ends of the axis, not at the reference */
    double favours_middle;     /* between them */
    struct axis covered, axis; /* without and with ticks */
    struct canvas canvas;
    bool failed;
};

/* ---- plot_words.c ---- */

/** layout_clean(l, string, cap): a clean copy; NULL if ${string} is NULL or empty. */
char *layout_clean(struct layout *l, const char *string, size_t cap);
/** layout_tied(l, title): a clean heading whose short brackets, as in "(95% CI)", are not broken. */
char *layout_tied(struct layout *l, const char *title);
double layout_width_of(const char *string, bool bold);
/** layout_longest(string, separators, bold): the widest of the parts between ${separators}. */
double layout_longest(const char *string, const char *separators, bool bold);
/** layout_wrap(l, p, string, width, max_lines, bold): a clean ${string}, in place of what ${p} held. */
void layout_wrap(struct layout *l, struct paragraph *p, const char *string, double width,
                 size_t max_lines, bool bold);
/** layout_paragraph(...): the same of any ${string}. */
void layout_paragraph(struct layout *l, struct paragraph *p, const char *string, double width,
                      size_t max_lines, bool bold);
/** layout_draw_lines(l, p, align, bold, x, y): the middle of the first line at ${y}. */
void layout_draw_lines(struct layout *l, const struct paragraph *p, enum canvas_align align,
                       bool bold, double x, double y);

/* ---- plot_rows.c ---- */

void layout_add_items(struct layout *l);
/** layout_measure_labels(l): how wide they would like to be; after the columns. */
void layout_measure_labels(struct layout *l);
bool layout_is_numeric(const char *cell);
void layout_release_items(struct layout *l);

/* ---- plot_columns.c ---- */

/** layout_plan_columns(l): which columns stand where; before the items. */
void layout_plan_columns(struct layout *l);
/** layout_measure_columns(l): how wide they are; after the items. */
void layout_measure_columns(struct layout *l);
/** layout_side_width(l, left): the columns of one side with the gap before each. */
double layout_side_width(const struct layout *l, bool left);
/** layout_place_columns(l, left, x): from ${x} on; returns the right edge of the last. */
double layout_place_columns(struct layout *l, bool left, double x);
/** layout_head_height(l): of the headings above the columns. */
double layout_head_height(const struct layout *l);
void layout_draw_heads(struct layout *l, double bottom);
void layout_draw_cells(struct layout *l, const struct item *item, double y);
void layout_release_columns(struct layout *l);

/* ---- plot_marks.c ---- */

/** layout_choose_axis(l): cover the rows, extreme ones left aside. */
DYAD_MUST_CHECK enum dyad_status layout_choose_axis(struct layout *l);
/** layout_draw_mark(l, row, y): its square or diamond with the interval. */
void layout_draw_mark(struct layout *l, const struct plot_row *row, double y);
/** layout_draw_total(l, i): the dashed line from item ${i} up through the rows of its panel. */
void layout_draw_total(struct layout *l, size_t i);

#endif
