/*
 * stats/hotelling.h: tests of several coefficients whose covariance was made from the residuals of
 * clusters (CR2), few of them perhaps.
 */
#ifndef DYAD_STATS_HOTELLING_H
#define DYAD_STATS_HOTELLING_H

#include <stddef.h>

#include "dyad/core/status.h"

/*
 * What each cluster j adds to the coefficients, g_j, has under the working model the covariances
 *
 *   cov(g_j, g_l) = [j = l] gram_j - h_j h_l'
 */
struct cluster_terms {
    size_t clusters, p;
    const double *gram, *h; /* p by p of each cluster */
};

struct robust_test {
    double statistic, df, df_residual, p_value;
};

/**
 * hotelling_test(terms, coefficients, covariance, which, m, out):
 * Are the coefficients which[0] ... which[m - 1] all 0?  The approximate Hotelling test "HTZ".
 *
 *   Q = c'(cov c)^-1 c,  F = (eta - m + 1) / (eta m) Q  with m and eta - m + 1 df,
 *   eta = m (m+1) / sum_jl (tr(B_jl B_jl) + (tr B_jl)^2),  B_jl = O^(-1/2) cov(g_j, g_l) O^(-1/2),
 *   O = sum_j cov(g_j, g_j)
 *
 * Domain:  1 <= m <= p.
 * Returns: DYAD_OK; DYAD_DOMAIN, also where their covariance is singular or eta <= m - 1;
 *          DYAD_NOMEM.
 * Source:  Tipton & Pustejovsky (2015), J. Educ. Behav. Stat. 40:604-634.
 */
DYAD_MUST_CHECK enum dyad_status hotelling_test(const struct cluster_terms *terms,
                                                const double *coefficients,
                                                const double *covariance, const size_t *which,
                                                size_t m, struct robust_test *out);

#endif
