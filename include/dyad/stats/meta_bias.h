/*
 * stats/meta_bias.h: do small studies show other effects than large ones?
 */
#ifndef DYAD_STATS_META_BIAS_H
#define DYAD_STATS_META_BIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/stats/meta.h"

/* A weighted regression line: its slope is the bias, t with k-2 df. */
struct bias_line {
    struct estimate slope;
    struct test test;
    double intercept, intercept_std_error; /* the effect where the predictor is 0 */
};

/**
 * meta_bias_egger(effects, k, level, out):
 * Egger's test: regress effects on their standard errors, weights 1/v, with an error variance
 * estimated from the residuals: the classical weighted line (metafor's regtest, model "lm"), not
 * the one with tau2.
 *
 *   y = intercept + slope sqrt v;  the slope is the intercept of y/sqrt v on 1/sqrt v;
 *   t = slope / se,  k-2 df
 *
 * A perfect fit has std_error 0, statistic and p NaN.
 *
 * Domain:  effects as meta.h;  k >= 3;  the standard errors not all equal;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Egger et al. (1997), BMJ 315:629-634; Sterne & Egger (2005), Publication Bias in
 *          Meta-Analysis, chapter 6.
 */
DYAD_MUST_CHECK enum dyad_status meta_bias_egger(const struct effect *effects, size_t k,
                                                 double level, struct bias_line *out);

/**
 * meta_bias_peters(tables, effects, k, level, out):
 * Peters' test: regress log odds ratios (or whatever effects) on 1/N, with weights
 * m1 m0 / N = 1 / (1/m1 + 1/m0).
 *
 * Domain:  effects and level as meta_bias_egger;  k >= 3;  counts >= 0, m1, m0 > 0;  the N not
 *          all equal.
 * Returns: as meta_bias_egger.
 * Source:  Peters et al. (2006), JAMA 295:676-680.
 */
DYAD_MUST_CHECK enum dyad_status meta_bias_peters(const struct two_by_two *tables,
                                                  const struct effect *effects, size_t k,
                                                  double level, struct bias_line *out);

/**
 * meta_bias_harbord(tables, k, level, out):
 * Harbord's modified test: Egger's with the efficient score and its variance, so with Peto's
 * effects (a - E)/V and 1/V.
 *
 * Domain:  level as meta_bias_egger;  k >= 3;  counts >= 0, all margins > 0, N > 1;  the V not
 *          all equal.
 * Returns: as meta_bias_egger; DYAD_NOMEM.
 * Source:  Harbord, Egger & Sterne (2006), Stat. Med. 25:3443-3457.
 */
DYAD_MUST_CHECK enum dyad_status meta_bias_harbord(const struct two_by_two *tables, size_t k,
                                                   double level, struct meta_work *work,
                                                   struct bias_line *out);

/**
 * meta_bias_begg(effects, k, work, out):
 * Begg and Mazumdar's test: Kendall's rank correlation of standardised effects and variances.
 *
 *   z = (y - mean) / sqrt(v - 1/sum w),  w = 1/v;   statistic: Kendall's tau(b) of z and v
 *
 * p is exact without ties and for k <= 200, otherwise normal with the variance of ties, without
 * continuity correction; df NaN.  All z or all v equal: tau and p are NaN.
 *
 * Domain:  effects as meta.h;  2 <= k <= 10000.
 * Returns: DYAD_OK, or DYAD_DOMAIN or DYAD_NOMEM with ${out} left as it was.
 * Source:  Begg & Mazumdar (1994), Biometrics 50:1088-1101; Kendall (1970), Rank Correlation
 *          Methods; R's cor.test.
 */
DYAD_MUST_CHECK enum dyad_status meta_bias_begg(const struct effect *effects, size_t k,
                                                struct meta_work *work, struct test *out);

enum fill_side { FILL_AUTOMATIC, FILL_LEFT, FILL_RIGHT };

struct trim_and_fill {
    size_t filled;
    enum fill_side side;      /* where studies were missing; never FILL_AUTOMATIC */
    double filled_std_error;  /* NaN where its formula has no positive variance */
    struct meta_fit fit;      /* with the filled studies */
};

/**
 * meta_trim_and_fill(effects, k, side, method, work, mirrored, out):
 * Estimate how many studies a funnel lacks on one side (L0), and pool with their mirror images.
 *
 *   L0 = (4 S - k(k+1)) / (2k-1), rounded to the even neighbour of a half, at least 0;
 *   S  = the sum of ranks of |y - mean| where y > mean, mean of the studies without the L0
 *        largest; again until L0 stays
 *
 * left: studies are missing on the left.  automatic: right if the slope of a meta-regression on
 * sqrt v (with tau2, by ${method}) is negative, otherwise left, as metafor.  Equal |y - mean| are
 * ranked by y, then by their order.  ${mirrored} has room for ${k} effects, of which the first
 * out->filled are set.
 *
 * Domain:  effects as meta.h;  k >= 2;  automatic: k >= 3 and the v not all equal;  no mh-dl.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV (after 100 rounds, or in tau2); DYAD_NOMEM;
 *          ${mirrored} and ${out} are left as they were unless DYAD_OK.
 * Source:  Duval & Tweedie (2000), Biometrics 56:455-463; metafor's trimfill.
 */
DYAD_MUST_CHECK enum dyad_status meta_trim_and_fill(const struct effect *effects, size_t k,
                                                    enum fill_side side,
                                                    const struct meta_method *method,
                                                    struct meta_work *work,
                                                    struct effect *mirrored,
                                                    struct trim_and_fill *out);

/**
 * meta_fail_safe_n(effects, k, alpha, out):
 * Rosenthal's fail-safe N: how many studies without effect would make Stouffer's combined
 * one-sided test no longer significant at ${alpha}; 0 where it is not.
 *
 *   N = k (z / z_alpha)^2 - k, rounded up,   z = |sum y/sqrt v| / sqrt k
 *
 * Domain:  effects as meta.h;  k >= 1;  0 < alpha < 1/2.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Rosenthal (1979), Psychol. Bull. 86:638-641.
 */
DYAD_MUST_CHECK enum dyad_status meta_fail_safe_n(const struct effect *effects, size_t k,
                                                  double alpha, double *out);

#endif
