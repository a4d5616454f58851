/*
 * stats/association.h: tests of association between an outcome and an exposure of two or more
 * levels.
 *
 * Statistics with a chi-squared distribution have its upper tail as p_value; where a margin is
 * empty there is nothing to test and statistic, df and p_value are NaN.  Exact tests have no
 * statistic and no df (NaN).
 */
#ifndef DYAD_STATS_ASSOCIATION_H
#define DYAD_STATS_ASSOCIATION_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/**
 * association_chi2(events, non_events, levels, out):
 * Pearson's chi-squared of a 2 x ${levels} table, without correction.
 *
 *   X^2 = sum (O - E)^2 / E,  E = row total * column total / N,  df the levels less 1
 *
 * Levels without anyone are not counted.
 *
 * Domain:  counts >= 0 and finite.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Pearson (1900), Phil. Mag. 50:157-175.
 */
DYAD_MUST_CHECK enum dyad_status association_chi2(const double *events, const double *non_events,
                                                  size_t levels, struct test *out);

/**
 * association_lr(events, non_events, levels, out):
 * The likelihood ratio test of the same, G^2 = 2 sum O log(O / E).  Domain, Returns as there.
 * Source:  Wilks (1938), Ann. Math. Stat. 9:60-62.
 */
DYAD_MUST_CHECK enum dyad_status association_lr(const double *events, const double *non_events,
                                                size_t levels, struct test *out);

/**
 * association_chi2_yates(counts, out):
 * Pearson's chi-squared of a two-by-two table with continuity correction.
 *
 *   X^2 = sum (|O - E| - h)^2 / E,  h = min(1/2, |O - E|),   1 df
 *
 * Domain, Returns: as association_chi2.
 * Source:  Yates (1934), J. R. Stat. Soc. Suppl. 1:217-235; the minimum as in R.
 */
DYAD_MUST_CHECK enum dyad_status association_chi2_yates(const struct two_by_two *counts,
                                                        struct test *out);

/**
 * association_fisher(counts, out):
 * Fisher's exact test, two-sided: the probability of all tables with these margins that are not
 * more probable than this one, by more than the rounding allowance 1e-7.  Empty margins: p is 1.
 *
 * Domain:  whole numbers >= 0, N <= 1e12.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Fisher (1935), J. R. Stat. Soc. 98:39-82; the allowance as in R.
 */
DYAD_MUST_CHECK enum dyad_status association_fisher(const struct two_by_two *counts,
                                                    struct test *out);

/**
 * association_midp(counts, out):
 * The mid-p exact test, two-sided: twice the smaller of P(A < a) + P(A = a)/2 and
 * P(A > a) + P(A = a)/2 given the margins.
 *
 * Domain, Returns: as association_fisher.
 * Source:  Rothman & Boice (1979), Epidemiologic Analysis with a Programmable Calculator; Hirji,
 *          Tan & Elashoff (1991), Stat. Med. 10:1137-1153.
 */
DYAD_MUST_CHECK enum dyad_status association_midp(const struct two_by_two *counts,
                                                  struct test *out);

/**
 * association_trend(scores, events, non_events, levels, out):
 * The Cochran-Armitage test for a linear trend of the risk in ${scores}.
 *
 *   X^2 = (sum s (x - n m1/N))^2 / ( (m1 m0/N^2) sum n (s - sbar)^2 ),
 *   x events and n persons of a level,  sbar = sum n s / N,   1 df
 *
 * NaN also if all persons have one score.
 *
 * Domain:  counts >= 0 and finite; scores finite.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Armitage (1955), Biometrics 11:375-386.
 */
DYAD_MUST_CHECK enum dyad_status association_trend(const double *scores, const double *events,
                                                   const double *non_events, size_t levels,
                                                   struct test *out);

/**
 * association_trend_mh(scores, events, non_events, levels, strata, out):
 * Mantel's extension: the trend within strata.  events[h * levels + i] is level i of stratum h.
 *
 *   X^2 = (sum_h T)^2 / sum_h V,  T = sum s (x - n m1/N),
 *   V = m1 m0 / (N (N-1)) sum n (s - sbar)^2,   1 df
 *
 * NaN if no stratum has a V above 0.
 *
 * Domain:  as association_trend; strata of N <= 1 are left out.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Mantel (1963), J. Am. Stat. Assoc. 58:690-700.
 */
DYAD_MUST_CHECK enum dyad_status association_trend_mh(const double *scores, const double *events,
                                                      const double *non_events, size_t levels,
                                                      size_t strata, struct test *out);

/**
 * association_mcnemar(first, second, out):
 * McNemar's test from the two numbers of discordant pairs, without correction.
 *
 *   X^2 = (first - second)^2 / (first + second),   1 df;  NaN without discordant pairs
 *
 * Domain:  first, second >= 0 and finite.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  McNemar (1947), Psychometrika 12:153-157.
 */
DYAD_MUST_CHECK enum dyad_status association_mcnemar(double first, double second,
                                                     struct test *out);

/**
 * association_mcnemar_exact(first, second, out):
 * The same from the binomial distribution: twice P(X <= min(first, second)), X binomial with
 * first + second trials of probability 1/2, at most 1; 1 without discordant pairs.
 *
 * Domain:  whole numbers >= 0, first + second <= 1e12.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Clopper & Pearson (1934), Biometrika 26:404-413, for the binomial of the pairs.
 */
DYAD_MUST_CHECK enum dyad_status association_mcnemar_exact(double first, double second,
                                                           struct test *out);

#endif
