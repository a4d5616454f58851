/*
 * stats/wald.h: estimates with their errors: limits and tests from the normal distribution or
 * Student's.  df NaN: normal; df 0 or less: there is none, and limits and p are NaN.
 */
#ifndef DYAD_STATS_WALD_H
#define DYAD_STATS_WALD_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/** wald_critical(level, df): the upper (1-level)/2 quantile. */
double wald_critical(double level, double df);

/**
 * wald_estimate(value, std_error, level, df):
 * value -+ critical std_error, and the two-sided p of value / std_error, NaN for an error of 0.
 */
struct estimate wald_estimate(double value, double std_error, double level, double df);

/** wald_statistic(e): value / std_error; NaN for an error of 0. */
double wald_statistic(const struct estimate *e);

/**
 * wald_test(values, covariance, p, which, m, df_residual, out):
 * Are the ${m} coefficients which[0] ... all 0?
 *
 *   Q = b'V^-1 b, chi-squared with m df;  with df_residual (not NaN) Q/m as F with m and these
 *
 * ${out}'s statistic is Q or Q/m, its df m.
 *
 * Domain:  values and covariance (p x p) of these finite;  their covariance positive definite.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; ${out} is left as it was unless DYAD_OK.
 * Source:  Wald (1943), Trans. Am. Math. Soc. 54:426-482.
 */
DYAD_MUST_CHECK enum dyad_status wald_test(const double *values, const double *covariance, size_t p,
                                           const size_t *which, size_t m, double df_residual,
                                           struct test *out);

#endif
