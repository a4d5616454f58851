/*
 * stats/mixed_logistic.h: logistic regression with a random intercept for each cluster, by maximum
 * likelihood.
 */
#ifndef DYAD_STATS_MIXED_LOGISTIC_H
#define DYAD_STATS_MIXED_LOGISTIC_H

#include "dyad/core/status.h"
#include "dyad/stats/clustered_rows.h"

/* 1 is Laplace's approximation, and what lme4 does unless told otherwise. */
enum { MIXED_POINTS = 25, MIXED_MOST_POINTS = 63 };

struct mixed_fit {
    size_t clusters;
    double people;        /* rows, times and totals counted */
    double sigma, sigma_error;
    double icc;
    double log_lik;
    double log_lik_fixed; /* of the logistic regression without random intercepts */
    size_t iterations;
};

/* Where what was found goes; each may be NULL. */
struct mixed_output {
    double *coefficients; /* p */
    double *covariance;   /* p x p */
    double *modes;        /* of each cluster number the intercept; NaN where it has no rows */
};

/**
 * mixed_logistic(rows, points, fit, output, why):
 * Regress a binary outcome on columns, with a normal intercept for each cluster.
 *
 *   y_ij ~ Bin(total_ij, mu_ij),  logit mu_ij = x_ij'b + offset_ij + sigma u_i,  u_i ~ N(0, 1)
 *   l    = sum_i log integral prod_j P(y_ij | u) phi(u) du
 *
 * the integral by ${points} Gauss-Hermite points about the mode of each cluster, scaled by its
 * curvature there; l is what the points say, and everything below belongs to the maximum of that.
 * 25 points have all to 3e-5 of an error where sigma < 2 (measured in clusters of 1 to 60), 63 to
 * 1e-8.
 * lme4's logLik is the same of one point, and of more where totals are 1; else that is without the
 * log-likelihood of the saturated model.
 *
 *   covariance   inverse of the observed information of (b, sigma), analytic: what lme4's vcov has
 *                from finite differences where its search stopped (up to 1e-4 of an error away,
 *                and errors to 4e-4); vcov(use.hessian = FALSE) takes sigma for known
 *   sigma_error  from the same; NaN where sigma = 0
 *   icc          sigma^2 / (sigma^2 + pi^2/3)
 *   modes        sigma u_i where the integrand is highest: lme4's ranef
 *
 * sigma = 0 is an answer: the covariance is then that of the logistic regression.  The likelihood
 * of sigma is followed from 0 upwards in steps of a factor 2, and the highest of its peaks taken.
 *
 * To test sigma = 0, half the upper tail of chi-squared with 1 df beyond
 * 2 (log_lik - log_lik_fixed) is its p-value.
 *
 * Domain:  n, p >= 1;  |x|, |offset| <= 1e60;  y whole, 0 <= y <= total;  2 clusters or more, one
 *          of them of 2 people or more;  columns linearly independent;  1 <= points <= 63.
 * Returns: DYAD_OK; DYAD_DOMAIN, also for CLUSTERED_SEPARATED (then there is no maximum for any
 *          sigma); DYAD_NOCONV: CLUSTERED_SIGMA, CLUSTERED_ITERATION; DYAD_NOMEM.  ${why} is
 *          filled in any case, the rest only if DYAD_OK.
 * Source:  Pinheiro & Bates (1995), J. Comput. Graph. Stat. 4:12-35 (quadrature); Self & Liang
 *          (1987), J. Am. Stat. Assoc. 82:605-610 (the test); Albert & Anderson (1984), Biometrika
 *          71:1-10 (separation).
 */
DYAD_MUST_CHECK enum dyad_status mixed_logistic(const struct clustered_rows *rows, unsigned points,
                                                struct mixed_fit *fit,
                                                const struct mixed_output *output,
                                                struct clustered_why *why);

/**
 * mixed_logistic_sigma_limits(rows, points, level, low, high, why):
 * Profile likelihood limits of sigma.
 *
 *   2 (l - max_b l(b, sigma)) = the upper 1-level quantile of chi-squared with 1 df
 *
 * ${low} is 0 where 0 is within; ${high} is infinite where no sigma is out up to 32, or as far as
 * the quadrature goes.
 *
 * Domain:  as mixed_logistic;  0 < level < 1.
 * Returns: as mixed_logistic.
 */
DYAD_MUST_CHECK enum dyad_status mixed_logistic_sigma_limits(const struct clustered_rows *rows,
                                                             unsigned points, double level,
                                                             double *low, double *high,
                                                             struct clustered_why *why);

#endif
