#include "dyad/stats/collinearity.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "lower.h"

size_t
collinearity_room(size_t p)
{
    return 4 * p * p;
}

/* l^-1, lower, in its own place. */
static void
invert_lower(double *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            double x = 0;

            for (size_t c = j; c < i; c++)
                x -= l[i * n + c] * l[c * n + j];
            l[i * n + j] = x / l[i * n + i];
        }
        l[i * n + i] = 1 / l[i * n + i];
    }
}

/* Correlations; the intercept is by itself, so that it changes no determinant. */
static void
correlate(const double *covariance, size_t p, const size_t *terms, double *r)
{
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            const double scale = sqrt(covariance[i * p + i]) * sqrt(covariance[j * p + j]);

            r[i * p + j] = i == j                ? 1
                           : terms[i] && terms[j] ? covariance[i * p + j] / scale
                                                  : 0;
        }
}

/* q = l'l of a lower l: the inverse, where l is that of its root. */
static void
square_lower(const double *l, size_t n, double *q)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double x = 0;

            for (size_t c = i; c < n; c++)
                x += l[c * n + i] * l[c * n + j];
            q[i * n + j] = q[j * n + i] = x;
        }
}

/* The rows and columns of a term, as the lower triangle of their root; how many. */
static size_t
root_of_term(const double *a, size_t p, const size_t *terms, size_t term, double *block)
{
    size_t m = 0, at = 0;

    for (size_t i = 0; i < p; i++)
        m += terms[i] == term;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            if (terms[i] == term && terms[j] == term)
                block[at++] = a[i * p + j];
    return lower_factor(block, m, DBL_EPSILON) ? m : 0;
}

static bool
inflate(const double *r, const double *q, size_t p, const size_t *terms, size_t term,
        double *scratch, struct inflation *out)
{
    double *own = scratch, *other = scratch + p * p, gvif = 1;
    const size_t m = root_of_term(r, p, terms, term, own);

    if (m == 0 || root_of_term(q, p, terms, term, other) != m)
        return false;
    for (size_t i = 0; i < m; i++) {
        const double x = own[i * m + i] * other[i * m + i];

        gvif *= x * x;
    }
    *out = (struct inflation){ gvif, m, pow(gvif, 1 / (2 * (double)m)) };
    return isfinite(gvif);
}

static bool
are_usable(const double *covariance, size_t p, const size_t *terms, size_t n_terms)
{
    for (size_t i = 0; i < p; i++)
        if (!(covariance[i * p + i] > 0) || terms[i] > n_terms)
            return false;
    return true;
}

enum dyad_status
collinearity_vif(const double *covariance, size_t p, const size_t *terms, size_t n_terms,
                 double *scratch, struct inflation *out)
{
    double *r = scratch, *q = r + p * p, *root = q + p * p;
    struct inflation found;

    if (!are_usable(covariance, p, terms, n_terms))
        return DYAD_DOMAIN;
    correlate(covariance, p, terms, r);
    memcpy(root, r, p * p * sizeof *root);
    if (!lower_factor(root, p, DBL_EPSILON))
        return DYAD_DOMAIN;
    invert_lower(root, p);
    square_lower(root, p, q);
    for (size_t t = 1; t <= n_terms; t++)
        if (!inflate(r, q, p, terms, t, root, &found))
            return DYAD_DOMAIN;
    for (size_t t = 1; t <= n_terms; t++)
        (void)inflate(r, q, p, terms, t, root, &out[t - 1]);
    return DYAD_OK;
}
