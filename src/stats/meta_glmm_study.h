/*
 * stats/meta_glmm_study.h: the log-likelihood of one study in a mixed model, with its first and
 * second derivatives.
 */
#ifndef DYAD_STATS_META_GLMM_STUDY_H
#define DYAD_STATS_META_GLMM_STUDY_H

#include <stddef.h>

#include "dyad/stats/meta_glmm.h"

#include "hypergeometric.h"

/* A value with its derivatives by the study's intercept, the mean and tau. */
enum { BY_INTERCEPT, BY_MEAN, BY_TAU, N_BY };

struct jet {
    double v, d[N_BY], dd[N_BY][N_BY];
};

/* Gauss-Hermite for the standard normal density. */
struct hermite {
    size_t n;
    double at[GLMM_MOST_POINTS], weight[GLMM_MOST_POINTS];
};

void hermite_set(struct hermite *h, size_t n);

/* x outcomes, y others; logit = intercept (or 0) + slope theta. */
struct arm {
    double x, y, intercept, slope;
};

/* Terms that no parameter changes are left out of both. */
struct jet study_binomial(const struct arm *arms, size_t n_arms, const struct hermite *h,
                          double intercept, double mean, double tau);

/* NaN where the quadrature does not converge. */
struct jet study_conditional(const struct two_by_two *table, double mean, double tau);

#endif
