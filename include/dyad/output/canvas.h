/*
 * output/canvas.h: a picture of lines, areas and words, painted by gnuplot.
 *
 * Units are points of a page whose top left corner is (0, 0).  A canvas collects what is drawn on
 * it as data files; running out of memory is remembered and reported by canvas_paint().
 */
#ifndef DYAD_OUTPUT_CANVAS_H
#define DYAD_OUTPUT_CANVAS_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <stdbool.h>
#include <stddef.h>

/* One size of letters on a picture, and from line to line. */
#define CANVAS_FONT 11.0
#define CANVAS_LINE 14.0

/* How many curves look different from each other. */
enum { CANVAS_CURVES = 8 };

/* In the order they are painted. */
enum canvas_ink {
    INK_BAND,      /* areas: every other row */
    INK_SHADE_1,   /* areas: greys, the lightest first, as far apart as print can show */
    INK_SHADE_2,
    INK_SHADE_3,
    INK_SHADE_0,   /* areas: the paper's white, on the greys */
    INK_CURVE_BAND, /* areas that let others through: one ink for each curve */
    INK_CURVE_BAND_LAST = INK_CURVE_BAND + CANVAS_CURVES - 1,
    INK_REFERENCE, /* lines: the value of no effect */
    INK_RULE,      /* lines: under headings */
    INK_DOTTED,    /* paths */
    INK_DASHED,    /* paths */
    INK_SOLID,     /* paths */
    INK_AXIS,      /* lines: the axis and its ticks */
    INK_FINE,      /* paths: thin dots */
    INK_CURVE,     /* paths: one ink for each curve */
    INK_CURVE_LAST = INK_CURVE + CANVAS_CURVES - 1,
    INK_CURVE_FINE, /* paths: thin ones, of the same colours */
    INK_CURVE_FINE_LAST = INK_CURVE_FINE + CANVAS_CURVES - 1,
    INK_SQUARE,    /* areas: lighter than the interval, which is seen across them */
    INK_INTERVAL,  /* lines */
    INK_BUBBLE,    /* areas with an edge: light, so that a smaller one is seen on it */
    INK_HOLLOW,    /* areas with an edge: white */
    INK_FILLED,    /* areas with an edge: dark, the edge white */
    INK_SUMMARY,   /* areas: diamonds, heads of arrows */
    CANVAS_INKS
};

enum canvas_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT, CANVAS_ALIGNS };

struct canvas_point {
    double x, y;
};

struct canvas {
    struct text inks[CANVAS_INKS];
    size_t counts[CANVAS_INKS]; /* lines, or corners of areas */
    struct text letters[2][CANVAS_ALIGNS]; /* [1] bold */
    size_t letter_counts[2][CANVAS_ALIGNS];
    struct text upright; /* words that read upwards */
    size_t upright_count;
};

#define CANVAS_INIT { .counts = { 0 } }

void canvas_line(struct canvas *c, enum canvas_ink ink, double x1, double y1, double x2,
                 double y2);
void canvas_area(struct canvas *c, enum canvas_ink ink, const struct canvas_point *corners,
                 size_t n);

/** canvas_path(c, ink, points, n): a line through ${points}, its dashes running on. */
void canvas_path(struct canvas *c, enum canvas_ink ink, const struct canvas_point *points,
                 size_t n);

/** canvas_disc(c, ink, x, y, radius): a round area. */
void canvas_disc(struct canvas *c, enum canvas_ink ink, double x, double y, double radius);

/**
 * canvas_words(c, align, bold, x, y, string): one line of any text, at most LETTERING_CAP
 * characters of it, its middle height at ${y}.
 */
void canvas_words(struct canvas *c, enum canvas_align align, bool bold, double x, double y,
                  const char *string);

/** canvas_words_upwards(c, x, y, string): the same turned to the left, its middle at (x, y). */
void canvas_words_upwards(struct canvas *c, double x, double y, const char *string);

/* What a reader who cannot see the picture is told (SVG). */
struct canvas_page {
    double width, height; /* of what was drawn */
    double scale;         /* on the page, 1 as drawn */
    const char *title, *description; /* any text; NULL: none */
};

/**
 * canvas_paint(c, page, format, picture, err):
 * Put the bytes of the picture into ${picture}, which is empty; ${format} is "svg", "png" or
 * "pdf".  The same drawing gives the same bytes.
 *
 * Returns: DYAD_OK, DYAD_IO, DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status canvas_paint(const struct canvas *c,
                                              const struct canvas_page *page, const char *format,
                                              struct text *picture, struct dyad_error *err);

/** canvas_save(path, picture, err): to the file ${path}, which may exist, and to the disk; DYAD_IO. */
DYAD_MUST_CHECK enum dyad_status canvas_save(const char *path, const struct text *picture,
                                             struct dyad_error *err);

void canvas_release(struct canvas *c);

#endif
