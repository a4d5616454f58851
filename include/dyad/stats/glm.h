/*
 * stats/glm.h: generalised linear models on the rows of a model.
 *
 *   eta = X b + offset,  mu = E(y);  the likelihood is largest where X'r = 0, r = dl/deta
 *
 *   logistic            eta = log(mu/(1-mu)),  y in 0 ... 1 (a share where the weight is a number
 *                       of trials)
 *   log-binomial        eta = log(mu),  y in 0 ... 1
 *   poisson             eta = log(mu),  y >= 0
 *   negative binomial   eta = log(mu),  y >= 0,  variance mu + mu^2/theta
 *   linear              eta = mu
 */
#ifndef DYAD_STATS_GLM_H
#define DYAD_STATS_GLM_H

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/model_rows.h"
#include "dyad/stats/survey.h"

enum glm_family {
    GLM_LOGISTIC,
    GLM_LOG_BINOMIAL,
    GLM_POISSON,
    GLM_NEGATIVE_BINOMIAL,
    GLM_LINEAR
};

#define GLM_NO_INTERCEPT SIZE_MAX

struct glm_spec {
    const struct model_design *design;
    enum glm_family family;
    size_t intercept;    /* the column that is 1, or GLM_NO_INTERCEPT */
    const bool *dropped; /* columns to be left out; NULL: none */
    double theta;        /* negative binomial: known; 0: to be estimated */
    bool frequency;      /* weights are numbers of people: n is their sum, not that of rows */
    size_t threads;
};

struct glm_fit {
    size_t p, rank;
    double *coefficients; /* p; NaN of a column that was dropped or depends on others */
    double *covariance;   /* p by p, of the model; NaN likewise */
    double *dependence;   /* p by p: a dependent column j is sum_l dependence[j p + l] column l */
    bool *dependent;      /* p */
    double n, df_residual;
    double log_likelihood, null_log_likelihood, deviance, null_deviance, aic, bic;
    double dispersion;    /* linear: sigma^2; else 1 */
    double theta, theta_error;
    bool boundary;        /* log-binomial: the maximum has fitted probabilities of 1; then the
                             covariance is NaN */
    size_t iterations;
};

#define GLM_FIT_INIT { .p = 0 }

void glm_fit_release(struct glm_fit *fit);

/**
 * glm_estimate(spec, out):
 * Maximum likelihood by Newton's method (Fisher's scoring for start), steps halved where the
 * likelihood falls.
 *
 *   covariance = dispersion (X'WX)^-1, W of Fisher's information
 *   linear: dispersion = sum w (y - mu)^2 / (n - rank)
 *   deviance = 2 (l of mu = y  -  l);  aic = 2 (k - l), bic = k log(n) - 2 l, k = rank, and 1 more
 *   for sigma and for an estimated theta
 *   null: the intercept alone (the offset with it), or nothing but the offset
 *
 * A column depends on those before it if less than 1e-7 of its length (weighted as in the first
 * step) is left without them, as in R.
 *
 * Domain:  y as above;  n > rank for the dispersion (NaN otherwise).
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV: there is no maximum (separation.h tells
 *          why) or it was not found.  ${out} is touched only by DYAD_OK.
 * Source:  McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed.; R 4.2, glm().
 */
DYAD_MUST_CHECK enum dyad_status glm_estimate(const struct glm_spec *spec, struct glm_fit *out);

/**
 * glm_mean(family, eta):
 * What the linear predictor says is expected.
 */
double glm_mean(enum glm_family family, double eta);

/* ---- errors that do not trust the model ---- */

enum glm_robust {
    GLM_HC0, /* r^2 */
    GLM_HC1, /* n / (n - rank) r^2 */
    GLM_HC2, /* r^2 / (1 - h), h = w x'(X'WX)^-1 x */
    GLM_HC3, /* r^2 / (1 - h)^2 */
    GLM_CR0, /* sums over clusters */
    GLM_CR1, /* G / (G - 1) of that */
    GLM_CR2  /* X_j' W_j A_j e_j, with which the covariance is unbiased if the model holds */
};

/* What hotelling_test needs of cr2: at is the gram of n clusters, then their h.  n = 0: there are too many. */
struct glm_cluster_terms {
    size_t n;
    double *at;
};

/**
 * glm_robust_covariance(spec, fit, kind, covariance, df, terms):
 * Sandwich covariance (p by p; NaN where that of the model is) of a fit of the same ${spec}.
 *
 *   (X'WX)^-1 (sum r^2 x x') (X'WX)^-1,  r = dl/deta;  of clusters the sum of g_j g_j', g_j the
 *   sum of r x over cluster j
 *   cr2, with x dmu/deta for x: e = y - mu, Phi = W^-1 = var(y), D_j = Phi_j^1/2,
 *   B_j = D_j (Phi_j - X_j (X'WX)^-1 X_j') D_j,  A_j = D_j B_j^-1/2 D_j
 *
 * ${df} (p, or NULL) is Satterthwaite's of cr2 and NaN of the others.  ${terms} (or NULL) are those
 * of cr2, at the caller's to free whatever is returned; the others leave them alone.
 *
 * Domain:  clusters: the rows have such, at least 2;  cr2: no cluster of more than 4000 rows.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV.
 * Source:  MacKinnon & White (1985), J. Econometrics 29:305-325, as R's sandwich; Bell &
 *          McCaffrey (2002), Surv. Methodol. 28:169-181 and Pustejovsky & Tipton (2018), J. Bus.
 *          Econ. Stat. 36:672-683, as R's clubSandwich.
 */
DYAD_MUST_CHECK enum dyad_status glm_robust_covariance(const struct glm_spec *spec,
                                                       const struct glm_fit *fit,
                                                       enum glm_robust kind, double *covariance,
                                                       double *df,
                                                       struct glm_cluster_terms *terms);

/**
 * glm_survey_covariance(spec, fit, design, records, covariance):
 * Sandwich covariance by the design of the sample, the rows' weights being those of sampling.
 *
 *   (X'WX)^-1 V (X'WX)^-1,  V of the totals of w r x over the units (survey.h), r = dl/deta
 *
 * The rows' clusters are the units of ${design}, or with ${records} the strata, each record then
 * being a unit.
 *
 * Domain:  every unit's cluster is below design->units (or design->strata);  !spec->frequency.
 * Returns: DYAD_OK; DYAD_DOMAIN: no such clusters, or a stratum of one unit; DYAD_NOMEM.
 * Source:  Binder (1983), Int. Stat. Rev. 51:279-292; R's survey, svyglm.
 */
DYAD_MUST_CHECK enum dyad_status glm_survey_covariance(const struct glm_spec *spec,
                                                       const struct glm_fit *fit,
                                                       const struct survey_design *design,
                                                       bool records, double *covariance);

/**
 * log_choose(total, events):
 * Return the logarithm of the number of ways to choose ${events} of ${total}, both rounded to
 * whole numbers; what a likelihood of binomials has and one of single records has not.
 *
 * Domain:  0 <= events <= total, else NaN.
 */
double log_choose(double total, double events);

/* ---- tests of several coefficients ---- */

/**
 * glm_ratio_test(spec, fit, tested, out):
 * Are all coefficients with tested[j] zero?  By the likelihoods with and without these columns;
 * negative binomial: theta as in ${fit}.
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: none is left; DYAD_NOMEM; DYAD_NOCONV.
 */
DYAD_MUST_CHECK enum dyad_status glm_ratio_test(const struct glm_spec *spec,
                                                const struct glm_fit *fit, const bool *tested,
                                                struct test *out);

/* ---- limits by the likelihood ---- */

/**
 * glm_profile(spec, fit, column, level, lower, upper):
 * Where twice the fall of the likelihood, all other coefficients being fitted anew, is the
 * quantile of chi-squared; negative binomial: theta as in ${fit}; linear: by t.
 *
 * Domain:  0 < level < 1;  the column has an estimate that is not on the boundary.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV.
 * Source:  Venzon & Moolgavkar (1988), Appl. Stat. 37:87-94; R's MASS, confint.glm.
 */
DYAD_MUST_CHECK enum dyad_status glm_profile(const struct glm_spec *spec, const struct glm_fit *fit,
                                             size_t column, double level, double *lower,
                                             double *upper);

#endif
