/*
 * stats/disclosure.h: which figures to hide so that no small count can be worked out from the rest.
 *
 * All that a command counts is told here: counts, and which of them are sums of others.  A figure is
 * what would be published: a count itself, or a number computed from counts, which then shows them
 * all.  A count from 1 to threshold - 1 is small, published or not.
 *
 * What is hidden:
 *  - every figure that shows a small count;
 *  - as many more, chosen by linear programming at the least cost, that what is published leaves
 *    every small count at least threshold - 1 whole values, from its own up to one that is not small;
 *  - and as many more that even one who is told which of the hidden figures are small counts cannot
 *    tell one exactly, unless they say so by themselves.
 *
 * Source:  Willenborg & de Waal (2001), Elements of Statistical Disclosure Control, chapter 8, and
 *          Fischetti & Salazar-Gonzalez (2000), Management Science 47:1008-1027, on ranges and the
 *          choice by linear programs; the rule for counts of people is that of cell-size policies
 *          such as that of the Centers for Medicare & Medicaid Services.
 */
#ifndef DYAD_STATS_DISCLOSURE_H
#define DYAD_STATS_DISCLOSURE_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISCLOSURE_LEAST_THRESHOLD = 3 };

struct disclosure;

/* The whole numbers that the published figures leave for a count. */
struct disclosure_range {
    int64_t low, high; /* high is INT64_MAX where there is no bound */
};

/** disclosure_new(threshold): nothing counted yet; NULL if memory ran out. */
struct disclosure *disclosure_new(int64_t threshold);
void disclosure_free(struct disclosure *d);

/*
 * Counts and figures are numbered from 0.  Memory that runs out is remembered and reported by
 * disclosure_protect().
 */

/** disclosure_count(d, value): a count by itself. */
size_t disclosure_count(struct disclosure *d, int64_t value);

/** disclosure_sum(d): a count that is the sum of its parts, of none yet. */
size_t disclosure_sum(struct disclosure *d);
/** disclosure_part(d, sum, part, times): ${times} the count ${part}, which is whole by now, is in ${sum}. */
void disclosure_part(struct disclosure *d, size_t sum, size_t part, int64_t times);

/** disclosure_same(d, a, b): two counts that are the same by their meaning. */
void disclosure_same(struct disclosure *d, size_t a, size_t b);

/**
 * disclosure_append(d, from, counts, figures):
 * All that was told to ${from}, behind what was told to ${d}: its numbers rise by so many.
 */
void disclosure_append(struct disclosure *d, const struct disclosure *from, size_t *counts, size_t *figures);

int64_t disclosure_value(const struct disclosure *d, size_t count);

/** disclosure_figure(d): something to be published, that shows nothing yet. */
size_t disclosure_figure(struct disclosure *d);
/** disclosure_shows(d, figure, count): from ${figure}, perhaps with others, ${count} can be computed. */
void disclosure_shows(struct disclosure *d, size_t figure, size_t count);

/**
 * disclosure_protect(d):
 * Decide what is hidden.
 *
 * Returns: DYAD_OK; DYAD_NOMEM; DYAD_DEFECT where a small count could still be worked out.
 */
DYAD_MUST_CHECK enum dyad_status disclosure_protect(struct disclosure *d);

/** disclosure_is_hidden(d, figure), disclosure_is_known(d, count): after disclosure_protect(). */
bool disclosure_is_hidden(const struct disclosure *d, size_t figure);
bool disclosure_is_known(const struct disclosure *d, size_t count); /* some figure that is published shows it */

/** disclosure_n_told(d): small counts that one could tell exactly who knew which of the hidden are small. */
size_t disclosure_n_told(const struct disclosure *d);

/** disclosure_range(d, count, out): what is left for a count.  DYAD_NOMEM; DYAD_NOCONV. */
DYAD_MUST_CHECK enum dyad_status disclosure_range(struct disclosure *d, size_t count, struct disclosure_range *out);

#endif
