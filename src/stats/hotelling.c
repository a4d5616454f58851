#include "dyad/stats/hotelling.h"

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lower.h"

/* A covariance of tested coefficients is singular if a share of this size is left: sums over
 * clusters leave some 1e-15 where nothing should be. */
static const double SINGULAR = 1e-12;

struct testing {
    const struct cluster_terms *terms;
    const size_t *which;
    size_t m;
    double *gram, *h;     /* m by m and m by p of each cluster, of the tested coefficients */
    double *o, *products; /* O; m by m */
    double *z;
};

static bool
testing_init(struct testing *t)
{
    const size_t n = t->terms->clusters, p = t->terms->p, m = t->m;

    t->gram = malloc((n * m * (m + p) + 2 * m * m + m) * sizeof *t->gram);
    if (t->gram == NULL)
        return false;
    t->h = t->gram + n * m * m;
    t->o = t->h + n * m * p;
    t->products = t->o + m * m;
    t->z = t->products + m * m;
    return true;
}

static double
row_product(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* O^(-1/2) on gram and h of the tested coefficients; false if O is singular. */
static bool
standardize(const struct testing *t)
{
    const size_t p = t->terms->p, m = t->m;

    memset(t->o, 0, m * m * sizeof *t->o);
    for (size_t j = 0; j < t->terms->clusters; j++) {
        double *gram = t->gram + j * m * m, *h = t->h + j * m * p;

        for (size_t a = 0; a < m; a++)
            memcpy(h + a * p, t->terms->h + (j * p + t->which[a]) * p, p * sizeof *h);
        for (size_t a = 0; a < m; a++)
            for (size_t b = 0; b < m; b++) {
                gram[a * m + b] = t->terms->gram[(j * p + t->which[a]) * p + t->which[b]];
                t->o[a * m + b] += gram[a * m + b] - row_product(h + a * p, h + b * p, p);
            }
    }
    if (!lower_factor(t->o, m, SINGULAR))
        return false;
    for (size_t j = 0; j < t->terms->clusters; j++) {
        for (size_t c = 0; c < p; c++)
            lower_solve(t->o, m, t->h + j * m * p + c, p);
        for (size_t b = 0; b < m; b++)
            lower_solve(t->o, m, t->gram + j * m * m + b, m);
        for (size_t a = 0; a < m; a++)
            lower_solve(t->o, m, t->gram + (j * m + a) * m, 1);
    }
    return true;
}

/* tr(B B) + (tr B)^2. */
static double
variance_of(const double *b, size_t m)
{
    double trace = 0, squares = 0;

    for (size_t c = 0; c < m; c++) {
        trace += b[c * m + c];
        for (size_t d = 0; d < m; d++)
            squares += b[c * m + d] * b[d * m + c];
    }
    return squares + trace * trace;
}

/* B = gram (of one cluster) - h_j h_l', of all pairs of clusters. */
static double
sum_pairs(const struct testing *t)
{
    const size_t p = t->terms->p, m = t->m;
    double sum = 0, *b = t->products;

    for (size_t j = 0; j < t->terms->clusters; j++)
        for (size_t l = 0; l <= j; l++) {
            for (size_t c = 0; c < m; c++)
                for (size_t d = 0; d < m; d++)
                    b[c * m + d] = (j == l ? t->gram[(j * m + c) * m + d] : 0) -
                                   row_product(t->h + (j * m + c) * p, t->h + (l * m + d) * p, p);
            sum += (j == l ? 1 : 2) * variance_of(b, m);
        }
    return sum;
}

/*
 * The same of many clusters: what h_j h_l' adds is a sum over products of elements of
 * S = sum_j vec(h_j) vec(h_j)', and what B_jj has besides is made cluster by cluster.
 */
static double
sum_products(const struct testing *t, double *s)
{
    const size_t p = t->terms->p, m = t->m, size = m * p;
    double sum = 0, *k = t->products;

    memset(s, 0, size * size * sizeof *s);
    for (size_t j = 0; j < t->terms->clusters; j++) {
        const double *h = t->h + j * size, *gram = t->gram + j * m * m;

        for (size_t a = 0; a < size; a++)
            for (size_t b = 0; b < size; b++)
                s[a * size + b] += h[a] * h[b];
        for (size_t c = 0; c < m; c++)
            for (size_t d = 0; d < m; d++)
                k[c * m + d] = row_product(h + c * p, h + d * p, p);
        sum -= variance_of(k, m);
        for (size_t c = 0; c < m * m; c++)
            k[c] = gram[c] - k[c];
        sum += variance_of(k, m);
    }
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++)
            for (size_t c = 0; c < p; c++)
                for (size_t d = 0; d < p; d++) {
                    const double own = s[(a * p + c) * size + b * p + d];
                    sum += own * (own + s[(b * p + c) * size + a * p + d]);
                }
    return sum;
}

static enum dyad_status
sum_variances(const struct testing *t, double *out)
{
    enum { FEW = 256 }; /* sum_pairs cancels less */
    const size_t size = t->m * t->terms->p, n = t->terms->clusters;
    double *s;

    if (n <= FEW || n <= t->terms->p) {
        *out = sum_pairs(t);
        return DYAD_OK;
    }
    if (size > SIZE_MAX / sizeof *s / size || (s = malloc(size * size * sizeof *s)) == NULL)
        return DYAD_NOMEM;
    *out = sum_products(t, s);
    free(s);
    return DYAD_OK;
}

/* Q, by the factor of the tested coefficients' covariance; false if that is singular. */
static bool
find_statistic(const struct testing *t, const double *coefficients, const double *covariance, double *q)
{
    const size_t p = t->terms->p, m = t->m;

    for (size_t a = 0; a < m; a++) {
        t->z[a] = coefficients[t->which[a]];
        for (size_t b = 0; b < m; b++)
            t->products[a * m + b] = covariance[t->which[a] * p + t->which[b]];
    }
    if (!lower_factor(t->products, m, SINGULAR))
        return false;
    lower_solve(t->products, m, t->z, 1);
    *q = row_product(t->z, t->z, m);
    return true;
}

enum dyad_status
hotelling_test(const struct cluster_terms *terms, const double *coefficients, const double *covariance,
               const size_t *which, size_t m, struct robust_test *out)
{
    struct testing t = { .terms = terms, .which = which, .m = m };
    double q = 0, variance = 0;
    enum dyad_status st = DYAD_OK;

    if (m == 0 || m > terms->p)
        return DYAD_DOMAIN;
    if (!testing_init(&t))
        return DYAD_NOMEM;
    if (!find_statistic(&t, coefficients, covariance, &q) || !standardize(&t))
        st = DYAD_DOMAIN;
    if (st == DYAD_OK)
        st = sum_variances(&t, &variance);
    free(t.gram);
    if (st != DYAD_OK)
        return st;

    const double df = (double)m, eta = df * (df + 1) / variance, rest = eta - df + 1;
    const double statistic = rest / (eta * df) * q;

    if (!(rest > 0))
        return DYAD_DOMAIN;
    *out = (struct robust_test){ statistic, df, rest, pf(statistic, df, rest, 0, 0) };
    return DYAD_OK;
}
