/*
 * stats/quantile.h: quantiles of the beta and gamma families, each plugged back into its
 * distribution function before it is believed.
 *
 * Both take the tail that is meant (never 1 - p) and hold their relative accuracy as the quantile
 * goes to 0.  Where a beta quantile goes to 1, 1 - x is quantile_beta(tail, p, b, a) of the
 * other tail.
 */
#ifndef DYAD_STATS_QUANTILE_H
#define DYAD_STATS_QUANTILE_H

#include "dyad/core/status.h"

enum tail { TAIL_LOWER, TAIL_UPPER };

/**
 * quantile_beta(tail, p, a, b, out):
 * Find where the ${tail} of the beta distribution holds the probability ${p}.
 *
 *   I_x(a, b) = p  (lower tail),   1 - I_x(a, b) = p  (upper tail)
 *
 * Domain:  1e-150 <= p < 1;  1e-3 <= a, b <= 1e16;  a quantile above 1e-300.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV if the quantile, plugged back, does not give ${p}.
 *          ${out} is left as it was unless DYAD_OK.
 * Source:  bracketed Newton steps on the log of the tail; the distribution function is TOMS 708
 *          (Didonato & Morris 1992, ACM Trans. Math. Softw. 18:360-373).
 */
DYAD_MUST_CHECK enum dyad_status quantile_beta(enum tail tail, double p, double a, double b,
                                               double *out);

/**
 * quantile_midp(tail, p, events, n, out):
 * Find the probability x at which ${events} of ${n}, or more (lower tail), or fewer (upper tail),
 * are as rare as ${p}, ${events} themselves counting half.
 *
 *   P(X > events | x) + P(X = events | x) / 2 = p  (lower tail),
 *   P(X < events | x) + P(X = events | x) / 2 = p  (upper tail),   X binomial (n, x)
 *
 * Domain:  1e-150 <= p <= 0.5;  1 <= n <= 1e15;  lower tail: 0 < events <= n;  upper: 0 <= events < n.
 * Returns: as quantile_beta.
 * Source:  Lancaster (1961), J. Am. Stat. Assoc. 56:223-234; the lower tail is
 *          (I_x(events, n-events+1) + I_x(events+1, n-events)) / 2.
 */
DYAD_MUST_CHECK enum dyad_status quantile_midp(enum tail tail, double p, double events, double n,
                                               double *out);

/**
 * quantile_gamma(tail, p, shape, out):
 * Find where the ${tail} of the gamma distribution of scale 1 holds the probability ${p}.
 * Half a chi-squared quantile of 2 ${shape} degrees of freedom.
 *
 *   P(shape, x) = p  (lower tail),   Q(shape, x) = p  (upper tail)
 *
 * Domain:  1e-150 <= p < 1;  1e-3 <= shape <= 1e16;  a quantile above 1e-300.
 * Returns: as quantile_beta.
 * Source:  bracketed Newton steps on the log of the tail; the distribution function is R's
 *          (Welinder's pgamma).
 */
DYAD_MUST_CHECK enum dyad_status quantile_gamma(enum tail tail, double p, double shape,
                                                double *out);

#endif
