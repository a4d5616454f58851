/* stats/distribution.h: the usual figures of a number that so many people have. */
#ifndef DYAD_STATS_DISTRIBUTION_H
#define DYAD_STATS_DISTRIBUTION_H

#include "dyad/core/status.h"

#include <stddef.h>

/* A value, and how many people have it. */
struct counted_value {
    double value, count;
};

struct distribution {
    double n, mean, sd; /* sd is NaN of one person */
    double q1, median, q3;
};

/**
 * distribution_of(values, k, out):
 * Mean, standard deviation and quartiles of ${k} values with their counts.
 *
 *   mean = sum c x / n,  sd = sqrt(sum c (x - mean)^2 / (n - 1)),  n = sum c
 *   quantile p: with h = (n-1) p between the order statistics floor(h) and floor(h) + 1, on a line
 *
 * Domain:  values finite and ascending, each once; counts whole, >= 0, n >= 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Hyndman & Fan (1996), The American Statistician 50:361-365, definition 7 (R's default).
 */
DYAD_MUST_CHECK enum dyad_status distribution_of(const struct counted_value *values, size_t k,
                                                 struct distribution *out);

#endif
