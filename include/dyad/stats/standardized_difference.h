/* stats/standardized_difference.h: how far apart two groups are in one characteristic, in standard deviations. */
#ifndef DYAD_STATS_STANDARDIZED_DIFFERENCE_H
#define DYAD_STATS_STANDARDIZED_DIFFERENCE_H

#include "dyad/core/status.h"

#include <stddef.h>

/**
 * standardized_difference_means(mean1, sd1, mean0, sd0, out):
 * Of a number: group 1 against group 0.
 *
 *   d = (m1 - m0) / sqrt((s1^2 + s0^2) / 2)
 *
 * 0 where the means are the same and nobody differs from them; infinite where only the means differ.
 *
 * Domain:  all finite; sd1, sd0 >= 0.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Austin (2009), Statistics in Medicine 28:3083-3107.
 */
DYAD_MUST_CHECK enum dyad_status standardized_difference_means(double mean1, double sd1, double mean0, double sd0,
                                                               double *out);

/**
 * standardized_difference_shares(counts1, counts0, k, out):
 * Of a category with ${k} levels, from the people of each group at each level: the length of the
 * vector of differences in the metric of the mean of both covariance matrices S, never negative.
 *
 *   d^2 = (p - q)' S^-1 (p - q) = sum (p - q)^2 / (p + q)  /  sum p q / (p + q)
 *
 * over all levels that anybody has; the right side is the left one with S inverted by the
 * formulas of Sherman, Morrison and Woodbury.  Of two levels it is Austin's difference of
 * proportions without its sign.  Infinite where no level has people of both groups.
 *
 * Domain:  k >= 1; counts finite and >= 0, each group not empty.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Yang & Dalton (2012), SAS Global Forum, paper 335-2012.
 */
DYAD_MUST_CHECK enum dyad_status standardized_difference_shares(const double *counts1, const double *counts0,
                                                                size_t k, double *out);

#endif
