/*
 * stats/firth.h: logistic (and Poisson) models by Firth's penalised likelihood, which always has a
 * maximum, separated data or not.
 *
 *   l* = l + log|X'WX| / 2
 */
#ifndef DYAD_STATS_FIRTH_H
#define DYAD_STATS_FIRTH_H

#include "dyad/stats/glm.h"

/**
 * firth_estimate(spec, out):
 * Where l* is largest.
 *
 *   0 = X'(r + h (1/2 - mu)), Poisson X'(r + h/2);  h = w x'(X'WX)^-1 x;  covariance (X'WX)^-1
 *
 * The likelihoods of ${out} are l*, that of no columns but the intercept with the |X'WX| of all
 * (as in logistf), and deviance, aic and bic are NaN.
 *
 * Domain:  family logistic or Poisson;  y as there.
 * Returns: as glm_estimate.
 * Source:  Firth (1993), Biometrika 80:27-38; Heinze & Schemper (2002), Stat. Med. 21:2409-2419,
 *          as R's logistf; Kosmidis & Firth (2021), Biometrika 108:71-82, as R's brglm2.
 */
DYAD_MUST_CHECK enum dyad_status firth_estimate(const struct glm_spec *spec, struct glm_fit *out);

/**
 * firth_ratio_test(spec, fit, tested, out):
 * Twice the fall of l* if these coefficients are 0, the |X'WX| still of all columns; chi-squared.
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: none of them has an estimate; DYAD_NOMEM; DYAD_NOCONV.
 */
DYAD_MUST_CHECK enum dyad_status firth_ratio_test(const struct glm_spec *spec,
                                                  const struct glm_fit *fit, const bool *tested,
                                                  struct test *out);

/**
 * firth_profile(spec, fit, column, level, lower, upper):
 * Where twice the fall of l*, all other coefficients being fitted anew, is the quantile of
 * chi-squared.  Of few rows (below some six for each column) l* may then have several maxima; the
 * one is taken that is reached from the estimate.
 *
 * Domain:  0 < level < 1;  the column has an estimate.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV.
 */
DYAD_MUST_CHECK enum dyad_status firth_profile(const struct glm_spec *spec, const struct glm_fit *fit,
                                               size_t column, double level, double *lower,
                                               double *upper);

#endif
