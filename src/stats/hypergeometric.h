/*
 * stats/hypergeometric.h: the noncentral hypergeometric distribution of a cell given its margins,
 * by sums outward from the mode, where every term keeps its relative accuracy.
 */
#ifndef DYAD_STATS_HYPERGEOMETRIC_H
#define DYAD_STATS_HYPERGEOMETRIC_H

#include "dyad/core/shapes.h"

/* Terms below this fraction of the largest are left out: 1e12 of them weigh nothing. */
#define HYPERGEOMETRIC_NEGLIGIBLE 1e-28

/* w(u) = C(n1, u) C(n0, m1-u) psi^u,  lo <= u <= hi. */
struct hypergeometric {
    double n1, n0, m1, lo, hi;
};

/* About ${origin}: log of sum w(u)/w(origin), E(u) - origin, Var(u). */
struct hypergeometric_moments {
    double log_sum, mean, variance;
};

struct hypergeometric hypergeometric_of(const struct two_by_two *counts);

/*
 * w(u+1) / w(u) at psi = 1.  Not one quotient of two products: the products of neighbouring whole
 * numbers beyond 2^53 round to one side more often than to the other, and 1e5 steps would add up.
 */
static inline double
hypergeometric_step(const struct hypergeometric *h, double u)
{
    return (h->n1 - u) / (u + 1) * ((h->m1 - u) / (h->n0 - h->m1 + u + 1));
}

/* The most probable u. */
double hypergeometric_mode(const struct hypergeometric *h, double psi);

/* Infinite log_sum (and mean, variance NaN) where w(origin) is beyond exp(-2000) of the mode. */
struct hypergeometric_moments hypergeometric_moments(const struct hypergeometric *h, double psi,
                                                     double origin);

#endif
