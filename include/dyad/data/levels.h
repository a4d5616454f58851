/* data/levels.h: in which order the values of a column stand, everywhere. */
#ifndef DYAD_DATA_LEVELS_H
#define DYAD_DATA_LEVELS_H

#include "dyad/data/dictionary.h"

/* An order that was asked for; values left out follow. */
struct level_order {
    char *column;
    char **values;
    size_t n;
};

/**
 * levels_sort(levels, n, order):
 * By ${order} (may be NULL), the rest ascending if all are numbers, else no before yes (n, false,
 * 0 before y, true, 1, in any case) if all are such words, else bytewise.  False if memory ran out.
 */
DYAD_MUST_CHECK bool levels_sort(struct level *levels, size_t n, const struct level_order *order);

/** level_is_number(l, out): is it a number? */
bool level_is_number(const struct level *l, double *out);

/** level_truth(l): 1 for 1, yes, y, true in any case; 0 for 0, no, n, false; else -1. */
int level_truth(const struct level *l);

#endif
