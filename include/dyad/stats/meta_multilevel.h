/*
 * stats/meta_multilevel.h: pooling when studies bring several effects each (a three-level model).
 *
 *   y = X b + u + w + e,   u one for each cluster, variance `between`,  w one for each effect,
 *   variance `within`,  e the sampling error, variance v
 *
 * Sampling errors of one cluster have the correlation rho, so that the marginal covariance M of
 * a cluster is
 *
 *   M_ii = v_i + within + between,   M_ij = rho sqrt(v_i v_j) + between
 *
 * and that of two clusters 0.  W = M^-1,  P = W - W X (X'W X)^-1 X'W over all clusters.
 */
#ifndef DYAD_STATS_META_MULTILEVEL_H
#define DYAD_STATS_META_MULTILEVEL_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/effect_size.h"
#include "dyad/stats/meta.h"

/* Effects, in any order, with the number of the cluster that each belongs to. */
struct clustered_effects {
    const struct effect *effects;
    const size_t *cluster; /* below k; not every number need be used */
    size_t k;
    const double *x;       /* k rows of p columns; NULL: the intercept alone, and p = 1 */
    size_t p;
};

/* Storage for functions of clustered effects: reserved by them, used often. */
struct cluster_work {
    struct meta_work sample;
    struct effect *white;
    size_t white_room;
    double *at;
    size_t room;
    size_t *index;
    size_t index_room;
};

#define CLUSTER_WORK_INIT { META_WORK_INIT, NULL, 0, NULL, 0, NULL, 0 }

/**
 * cluster_work_reserve(work, k, p, room):
 * Room for ${k} whitened effects with ${p} columns, 2k + 1 indices and ${room} numbers more.
 * DYAD_OK or DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status cluster_work_reserve(struct cluster_work *work, size_t k,
                                                      size_t p, size_t room);

void cluster_work_release(struct cluster_work *work);

/**
 * clustered_effects_valid(data):
 * Are effects, cluster numbers and x what every function of clustered effects has for its Domain:
 * effects as in meta.h;  each cluster below k;  1 <= p < k, and p = 1 without x;  |x| <= 1e60?
 */
bool clustered_effects_valid(const struct clustered_effects *data);

/**
 * cluster_order(cluster, k, order, first):
 * The ${k} effects cluster by cluster: those of the j-th are order[first[j]] ... until
 * first[j+1], as they came.  ${first} has room for k + 1.  Returns how many clusters there are.
 */
size_t cluster_order(const size_t *cluster, size_t k, size_t *order, size_t *first);

/*
 * What the coefficients are tested with: normal;  t with k-p df;  t with J-p df for a column that
 * is constant in every one of the J clusters and k-p for any other.
 */
enum multilevel_df { MULTILEVEL_NORMAL, MULTILEVEL_RESIDUAL, MULTILEVEL_CONTAIN };

struct multilevel_method {
    enum tau2_estimator estimator; /* TAU2_REML or TAU2_ML */
    double rho;
    enum multilevel_df df;
    double level;
};

struct multilevel_fit {
    size_t k, p, clusters;
    double between, within, total; /* total is their sum */
    double log_likelihood;         /* restricted for reml */
    struct test residual;          /* QE: what the moderators leave */
    struct test moderators;        /* QM: the columns behind the first ${fixed}; F for t */
    double moderators_df;          /* of that F's denominator; NaN where it is chi-squared */
    double i2, i2_between, i2_within; /* percent */
    double pred_low, pred_high;    /* of the intercept alone; NaN with moderators */
};

/**
 * meta_multilevel(data, fixed, method, work, coefficients, df, covariance, out):
 * Fit the three-level model.
 *
 *   b = (X'W X)^-1 X'W y,  cov b = (X'W X)^-1
 *   between, within >= 0 where the likelihood is largest:
 *   ml     -2 l = k log 2pi + log |M| + y'P y
 *   reml   -2 l = (k-p) log 2pi + log |M| + log |X'W X| - log |X'X| + y'P y
 *   QE     y'P y at between = within = 0 (but with rho), chi-squared with k-p df
 *   QM     b'(cov b)^-1 b of the m = p - fixed last columns: chi-squared with m df, or divided by
 *          m as F with the least df of its columns;  NaN if m is 0
 *   I2     100 total / (total + (k-p) / tr P),  P as for QE;  and the shares of between and within
 *   prediction of a new effect in a new cluster: b -+ c sqrt(se^2 + total)
 *
 * ${df} (p of them) is NaN where the test is normal; ${covariance} (p x p) may be NULL.  A df
 * below 1 (contain) is none: limits and p are NaN (metafor raises it to 1).
 *
 * Both likelihoods are climbed from every local maximum on a grid that includes the boundaries,
 * and the highest end is taken.
 *
 * Clusters of one effect each cannot tell between from within: they are NaN, and so are their
 * I2, but their total and all else is defined (it is the two-level model).
 *
 * Domain:  clustered_effects_valid;  2 clusters or more;  columns linearly independent, as in
 *          meta_regress;  0 <= fixed <= p;  0 <= rho < 1;  0 < level < 1.
 *          between and within must not be mixed up in what X leaves of y (as with k - p = 1, or
 *          with an indicator for every cluster), other than by clusters of one effect each.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV; DYAD_NOMEM; what it would fill is left as it was
 *          unless DYAD_OK.
 * Source:  Konstantopoulos (2011), Res. Synth. Methods 2:61-76; Cheung (2014), Psychol. Methods
 *          19:211-229; Nakagawa & Santos (2012), Evol. Ecol. 26:1253-1274 (I2 by level, with
 *          the typical variance of Higgins & Thompson as metafor has it).
 */
DYAD_MUST_CHECK enum dyad_status meta_multilevel(const struct clustered_effects *data,
                                                 size_t fixed,
                                                 const struct multilevel_method *method,
                                                 struct cluster_work *work,
                                                 struct estimate *coefficients, double *df,
                                                 double *covariance, struct multilevel_fit *out);

struct multilevel_limits {
    double between_low, between_high, within_low, within_high;
};

/**
 * meta_multilevel_limits(data, method, work, out):
 * Profile-likelihood limits of between and within.
 *
 *   2 (l at the maximum - the largest l with that variance held) = upper 1-level quantile of
 *   chi-squared with 1 df;  0 where that lies below 0;  infinite where it is not reached at
 *   a million times the squares about the fit
 *
 * Clusters of one effect each: all NaN.
 *
 * Domain, Returns: as meta_multilevel.
 * Source:  Hardy & Thompson (1996), Stat. Med. 15:619-629.
 */
DYAD_MUST_CHECK enum dyad_status meta_multilevel_limits(const struct clustered_effects *data,
                                                        const struct multilevel_method *method,
                                                        struct cluster_work *work,
                                                        struct multilevel_limits *out);

#endif
