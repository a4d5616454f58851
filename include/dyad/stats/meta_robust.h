/*
 * stats/meta_robust.h: errors of pooled effects that hold whatever goes on inside clusters.
 *
 * The coefficients are those of a working model with the marginal covariance
 *
 *   M_ii = v_i + within + between,   M_ij = rho sqrt(v_i v_j) + between   in a cluster j,
 *
 * of which a random-effects meta-regression has within = tau2 and the rest 0, a common-effect one
 * nothing but v.  With W = M^-1, N = (X'W X)^-1, b = N X'W y and e = y - X b:
 *
 *   cov b = N (sum_j X_j'W_j A_j e_j e_j' A_j' W_j X_j) N
 *   cr0   A_j = 1
 *   cr1   A_j = sqrt(J/(J-1))
 *   cr2   the symmetric A_j with A_j B_j A_j = M_j,  B_j = M_j - X_j N X_j'  the covariance of
 *         e_j:  A_j = L (L'B_j L)^(-1/2) L',  M_j = L L';  where B_j is singular (a cluster that
 *         decides on a coefficient all by itself) with the pseudo-inverse
 */
#ifndef DYAD_STATS_META_ROBUST_H
#define DYAD_STATS_META_ROBUST_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/hotelling.h"
#include "dyad/stats/meta_multilevel.h"

enum robust_kind { ROBUST_CR0, ROBUST_CR1, ROBUST_CR2 };

struct working_model {
    double between, within, rho;
};

/* A robust fit: what tests of its coefficients need.  Filled by meta_robust, used often. */
struct robust {
    size_t p, clusters;
    const double *coefficients; /* p */
    const double *covariance;   /* p x p */
    const double *model;        /* p x p: N, what the working model takes the covariance for */
    const double *gram, *h;     /* p x p for each cluster */
    struct cluster_work work;
};

#define ROBUST_INIT { 0, 0, NULL, NULL, NULL, NULL, NULL, CLUSTER_WORK_INIT }

void robust_release(struct robust *robust);

/**
 * meta_robust(data, model, kind, out):
 * The coefficients of a working model with their cluster-robust covariance.
 *
 * A cluster of n effects costs n^3 operations and n^2 numbers.
 *
 * Domain:  data as in meta_multilevel;  0 <= between, within <= 1e60;  0 <= rho < 1.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV.  Unless DYAD_OK, ${out} may only be
 *          used again or released.
 * Source:  Liang & Zeger (1986), Biometrika 73:13-22; Bell & McCaffrey (2002), Surv. Methodol.
 *          28:169-181; Pustejovsky & Tipton (2018), J. Bus. Econ. Stat. 36:672-683, as R's
 *          clubSandwich has it.
 */
DYAD_MUST_CHECK enum dyad_status meta_robust(const struct clustered_effects *data,
                                             const struct working_model *model,
                                             enum robust_kind kind, struct robust *out);

/**
 * meta_robust_coefficients(robust, level, coefficients, df):
 * Each coefficient with t of Satterthwaite's degrees of freedom.
 *
 *   df = (tr T)^2 / tr T^2,  T_jl = cov(g_j, g_l) under the working model,
 *   g_j = c'N X_j'W_j A_j e_j  what cluster j adds to the coefficient's square
 *
 * Where clusters leave nothing to see of a coefficient's error (tr T below 1e-8 of N's), its
 * error, df, limits and p are NaN.
 *
 * Domain:  0 < level < 1.
 * Returns: DYAD_OK or DYAD_DOMAIN.
 * Source:  as meta_robust.
 */
DYAD_MUST_CHECK enum dyad_status meta_robust_coefficients(const struct robust *robust,
                                                          double level,
                                                          struct estimate *coefficients,
                                                          double *df);

/**
 * meta_robust_test(robust, first, m, out):
 * Test the ${m} coefficients from ${first} on together: hotelling_test.
 *
 * Domain:  m >= 1;  first + m <= p.
 * Returns: as hotelling_test.
 */
DYAD_MUST_CHECK enum dyad_status meta_robust_test(const struct robust *robust, size_t first,
                                                  size_t m, struct robust_test *out);

#endif
