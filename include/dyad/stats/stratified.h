/*
 * stats/stratified.h: several two-by-two tables together: pooled measures, and the tests of
 * association and of homogeneity.
 *
 * Throughout:  n1 = a+b,  n0 = c+d,  m1 = a+c,  m0 = b+d,  N = n1+n0, in each stratum; sums run
 * over strata, each as often as its copies say.  A stratum with n1 = 0 or n0 = 0 says nothing
 * and counts nowhere.  The exact pooled odds ratio is exact_odds_estimate.
 */
#ifndef DYAD_STATS_STRATIFIED_H
#define DYAD_STATS_STRATIFIED_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/exact_odds.h"
#include "dyad/stats/two_by_two.h"

/**
 * stratified_mantel_haenszel(strata, k, measure, level, out):
 * Pool ${measure} over strata by Mantel and Haenszel's weights, with a Wald interval and p-value.
 *
 *   or   sum R / sum S,  R = ad/N, S = bc/N,  P = (a+d)/N, Q = (b+c)/N
 *        se^2(log) = sum PR / 2(sum R)^2 + sum (PS+QR) / 2(sum R)(sum S) + sum QS / 2(sum S)^2
 *   rr   sum R / sum S,  R = a n0/N, S = c n1/N
 *        se^2(log) = sum (m1 n1 n0 - a c N)/N^2 / (sum R)(sum S)
 *   rd   sum (a n0 - c n1)/N / sum n1 n0/N
 *        se^2 = sum (a b n0^3 + c d n1^3) / (n1 n0 N^2) / (sum n1 n0/N)^2
 *   nnt, afe: from rd and rr, as in two_by_two.h
 *
 * Where the sums leave it undefined the value is 0, infinite or NaN; the rest, as where the
 * variance is 0, is NaN.  rd's variance is 0 of matched pairs: it is one of large strata.
 *
 * Domain:  counts >= 0 and finite, copies >= 0; a stratum with n1, n0 > 0; 0 < level < 1;
 *          measure or, rr, rd, nnt or afe.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Robins, Breslow & Greenland (1986), Biometrics 42:311-323; Greenland & Robins (1985),
 *          Biometrics 41:55-68.
 */
DYAD_MUST_CHECK enum dyad_status stratified_mantel_haenszel(const struct stratum *strata, size_t k,
                                                            enum measure measure, double level,
                                                            struct estimate *out);

/**
 * stratified_risk_difference_sato(strata, k, level, out):
 * The Mantel-Haenszel risk difference with a variance that also holds for many small strata, as
 * matched sets are, where that of stratified_mantel_haenszel is 0.
 *
 *   rd   = sum (a n0 - c n1)/N / sum n1 n0/N
 *   se^2 = (rd sum P + sum Q) / (sum n1 n0/N)^2
 *   P    = (n1^2 c - n0^2 a + n1 n0 (n0 - n1)/2) / N^2,   Q = (a d + b c) / 2N
 *
 * Of matched pairs se^2 is ((f + g) - (f - g)^2/n) / n^2, f and g the discordant pairs of n.
 *
 * Domain:  counts >= 0 and finite, copies >= 0; a stratum with n1, n0 > 0; 0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Sato, Greenland & Robins (1989), Biometrics 45:1323-1324.
 */
DYAD_MUST_CHECK enum dyad_status stratified_risk_difference_sato(const struct stratum *strata, size_t k,
                                                                 double level, struct estimate *out);

/**
 * stratified_cmh(strata, k, corrected, out):
 * Test whether the odds ratio common to all strata is 1.
 *
 *   X^2 = (|sum (a - n1 m1/N)| - h)^2 / sum n1 n0 m1 m0 / (N^2 (N-1)),   1 df
 *   h   = 1/2 if ${corrected} and |sum| >= 1/2, otherwise 0
 *
 * NaN if no stratum has all four margins.
 *
 * Domain:  counts >= 0 and finite, copies >= 0; strata of N <= 1 are left out.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22:719-748; the correction as in R.
 */
DYAD_MUST_CHECK enum dyad_status stratified_cmh(const struct stratum *strata, size_t k,
                                                bool corrected, struct test *out);

/**
 * stratified_breslow_day(strata, k, out):
 * Test whether the strata have one odds ratio.
 *
 *   X^2 = sum (a - A)^2 / V,  A..D with the margins of a..d and the Mantel-Haenszel odds ratio,
 *   V   = 1 / (1/A + 1/B + 1/C + 1/D)
 *
 * Over the strata with all four margins, df their number less 1; NaN if there are less than two
 * of them or the Mantel-Haenszel odds ratio is 0, infinite or undefined.
 *
 * Domain:  counts >= 0 and finite, copies >= 0.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Breslow & Day (1980), Statistical Methods in Cancer Research I, IARC, 4.4 (at the
 *          Mantel-Haenszel estimate, as the software they are compared with does).
 */
DYAD_MUST_CHECK enum dyad_status stratified_breslow_day(const struct stratum *strata, size_t k,
                                                        struct test *out);

/**
 * stratified_tarone(strata, k, out):
 * The Breslow-Day test less what the Mantel-Haenszel estimate's inefficiency adds to it.
 *
 *   X^2 = sum (a - A)^2 / V - (sum (a - A))^2 / sum V
 *
 * NaN, Domain, Returns: as stratified_breslow_day.
 * Source:  Tarone (1985), Biometrika 72:91-95.
 */
DYAD_MUST_CHECK enum dyad_status stratified_tarone(const struct stratum *strata, size_t k,
                                                   struct test *out);

/**
 * stratified_woolf(strata, k, measure, left_out, out):
 * Test whether the strata have one ${measure}, by inverse variances; ${left_out} is the number
 * of strata that have no finite value and positive variance and are not in it.
 *
 *   X^2 = sum w (y - ybar)^2,  y the log or, the log rr or rd,  w = 1/se^2 of wald,
 *   ybar = sum wy / sum w,  df the number of strata less 1
 *
 * NaN if there are less than two strata.
 *
 * Domain:  counts >= 0 and finite, copies >= 0; measure or, rr or rd.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${left_out} and ${out} left as they were.
 * Source:  Woolf (1955), Ann. Hum. Genet. 19:251-253.
 */
DYAD_MUST_CHECK enum dyad_status stratified_woolf(const struct stratum *strata, size_t k,
                                                  enum measure measure, double *left_out,
                                                  struct test *out);

#endif
