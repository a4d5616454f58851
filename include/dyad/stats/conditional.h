/*
 * stats/conditional.h: conditional logistic regression of matched sets, by the exact likelihood.
 *
 * In a set of N records with K cases, given K:
 *
 *   l = sum of x'b over the cases - log B,  B the sum over all choices of K out of N records of
 *   exp(sum of x'b over those chosen)
 *
 * Sets without a case or without a control say nothing and are only counted.
 *
 * Source:  Breslow & Day (1980), Statistical Methods in Cancer Research I, ch. 7; Gail, Lubin &
 *          Rubinstein (1981), Biometrika 68:703-707 (the recursion for B).
 */
#ifndef DYAD_STATS_CONDITIONAL_H
#define DYAD_STATS_CONDITIONAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/cox.h"

struct conditional_data {
    size_t n;
    const uint32_t *set; /* below n, in any order */
    const unsigned char *event;
    size_t p;
    const double *x;      /* n rows of p columns */
    const double *weight; /* how many times the set is there, the same for all its records; NULL: 1 */
    const double *offset; /* NULL: 0 */
};

struct conditional_model;

/**
 * conditional_new(data, out):
 * ${data} is copied, what it points to must outlive ${out}.
 *
 * Domain:  a set with cases and controls;  x, offset finite;  weight >= 0, finite, the same within
 *          a set.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status conditional_new(const struct conditional_data *data,
                                                 struct conditional_model **out);

void conditional_free(struct conditional_model *model);

struct conditional_fit {
    size_t sets, uninformative; /* with cases and controls; all others of weight */
    double records, events;     /* in the sets with both */
    size_t rank;
    double null_loglik, loglik; /* at b = 0; at the end, its limit where b is infinite */
    struct test lr, score, wald;
    size_t iterations;
    bool infinite;
};

/**
 * conditional_fit(model, coefficients, covariance, state, out):
 * Maximize l, as cox_fit does.  A coefficient is infinite if there is a direction d such that in
 * every set x'd of no control is larger than that of any case.
 *
 * Returns: DYAD_OK; DYAD_NOCONV; DYAD_NOMEM.  What it would fill is left as it was unless DYAD_OK.
 */
DYAD_MUST_CHECK enum dyad_status conditional_fit(struct conditional_model *model,
                                                 double *coefficients, double *covariance,
                                                 enum cox_state *state,
                                                 struct conditional_fit *out);

/** conditional_profile(model, column, level, lower, upper): as cox_profile. */
DYAD_MUST_CHECK enum dyad_status conditional_profile(struct conditional_model *model,
                                                     size_t column, double level, double *lower,
                                                     double *upper);

/**
 * conditional_robust(model, cluster, covariance, clusters):
 * After a fit: the sandwich covariance V (sum of u u') V, u the score of a set, or the sum of
 * those of a cluster.  cluster[i] is that of record i and below n, the same for all of a set;
 * NULL: each set its own.  A set of weight w is w sets, each by itself if ${cluster} is NULL.
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: no fit, or a set of two clusters; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status conditional_robust(struct conditional_model *model,
                                                    const uint32_t *cluster, double *covariance,
                                                    size_t *clusters);

#endif
