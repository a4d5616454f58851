/* stats/exact_odds.h: conditional (exact) inference on the odds ratio common to all strata. */
#ifndef DYAD_STATS_EXACT_ODDS_H
#define DYAD_STATS_EXACT_ODDS_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/* A table that occurs ${copies} times: matched sets are given by their distinct tables. */
struct stratum {
    struct two_by_two counts;
    double copies;
};

/**
 * exact_odds_estimate(strata, k, mid, level, out):
 * Estimate the odds ratio psi common to ${k} strata from the distribution of S, the sum of their
 * a, given all margins.
 *
 *   P(S = s; psi) = c_s psi^s / sum_t c_t psi^t
 *   c             the coefficients of the product over strata of
 *                 sum_u C(n1, u) C(n0, m1-u) psi^u
 *   exact         value: psi with E(S; psi) = s; limits: P(S >= s; lower) = (1-level)/2,
 *                 P(S <= s; upper) = (1-level)/2; p: twice the smaller tail at psi = 1, at most 1;
 *                 std_error = 1/sqrt(Var(S; value)), of the log
 *   mid           every tail with half of P(S = s); value: psi where both are 1/2 (median-
 *                 unbiased); std_error NaN
 *
 * S at an end of its range: value 0 or infinite, std_error NaN, that limit 0 or infinite.
 * Nothing to learn (S can only be s): value NaN, limits 0 and infinity, p 1.
 *
 * Domain:  counts >= 0 and whole, copies >= 0 and whole; N of every stratum <= 1e12; 0 < level < 1;
 *          at most 4e9 products in the convolution of the strata (some seconds): beyond that a
 *          large-sample method has nothing left to wish for.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV (a limit beyond exp(+-300)).  ${out} is
 *          left as it was unless DYAD_OK.
 * Source:  Gart (1970), Biometrika 57:471-475; Mehta, Patel & Gray (1985), J. Am. Stat. Assoc.
 *          80:969-973; Hirji (2006), Exact Analysis of Discrete Data, ch. 8.
 */
DYAD_MUST_CHECK enum dyad_status exact_odds_estimate(const struct stratum *strata, size_t k,
                                                     bool mid, double level, struct estimate *out);

#endif
