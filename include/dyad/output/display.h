/*
 * output/display.h: a table as people read it, in strings that a format only has to escape.
 *
 * Estimate and limits become one column, events and n another; what is the same in every row is
 * said once above the table, and sentences stand below it under a number.
 */
#ifndef DYAD_OUTPUT_DISPLAY_H
#define DYAD_OUTPUT_DISPLAY_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"

struct display_column {
    char *heading;
    bool is_words; /* stands left, numbers right */
};

/* All strings are visible, valid UTF-8 (utf8_visible) and the display's own. */
struct display {
    char *caption;
    struct display_column *columns;
    size_t n_columns;
    char **cells; /* row after row */
    size_t n_rows;
    char **above; /* "Outcome: initiated" */
    size_t n_above;
    char **below; /* "Contrast 1: odds of ..." */
    size_t n_below;
};

#define DISPLAY_INIT { .caption = NULL }

/**
 * display_table(t, level, out):
 * Lay out ${t}, whose intervals have the confidence ${level} (0: not stated), in ${out}, which
 * is DISPLAY_INIT before.
 *
 * Returns: DYAD_OK, or DYAD_NOMEM with ${out} as it was.
 */
DYAD_MUST_CHECK enum dyad_status display_table(const struct table *t, double level,
                                               struct display *out);

void display_release(struct display *d);

/** display_each(r, tables, n, put, out): ${put} the display of each of ${tables} into ${out}. */
void display_each(const struct result *r, const struct table *const *tables, size_t n,
                  void (*put)(struct text *out, const struct display *d), struct text *out);

/** display_cell(d, row, column): never NULL. */
const char *display_cell(const struct display *d, size_t row, size_t column);

#endif
