#include "clustered_design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"

/* A column of which less is left by those before it is one of their combinations: R's glm. */
static const double collinear = 1e-11;

/* ---- symmetric matrices ---- */

void
clustered_mirror(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            a[j * n + i] = a[i * n + j];
}

void
clustered_add(double *a, size_t n, double c, const double *v)
{
    for (size_t i = 0; i < n; i++) {
        const double by = c * v[i];

        for (size_t j = 0; j <= i; j++)
            a[i * n + j] += by * v[j];
    }
}

/* ---- rows ---- */

static bool
is_whole_positive(double x)
{
    return x > 0 && is_count(x) && is_whole(x);
}

static bool
are_rows(const struct clustered_rows *r)
{
    const double most = 1e60;

    if (r->n == 0 || r->p == 0 || r->clusters == 0)
        return false;
    for (size_t i = 0; i < r->n; i++) {
        if (!(fabs(r->y[i]) <= most) || r->cluster[i] >= r->clusters ||
            (r->total != NULL && !is_whole_positive(r->total[i])) ||
            (r->times != NULL && !is_whole_positive(r->times[i])) ||
            (r->offset != NULL && !(fabs(r->offset[i]) <= most)))
            return false;
        for (size_t j = 0; j < r->p; j++)
            if (!(fabs(r->x[i * r->p + j]) <= most))
                return false;
    }
    return true;
}

static enum dyad_status
reserve(const struct clustered_rows *r, struct clustered_design *d)
{
    const size_t most = SIZE_MAX / 64;

    /* Indices and numbers take no more room than doubles. */
    if (r->n > most / (r->p + 8) || r->p > most / (r->p + 8) || r->clusters > most / 8)
        return DYAD_NOMEM;
    d->storage = malloc((r->n * (r->p + 4) + r->p * r->p + 2 * r->clusters + 2) *
                        (sizeof(double) > sizeof(size_t) ? sizeof(double) : sizeof(size_t)));
    if (d->storage == NULL)
        return DYAD_NOMEM;
    d->q = d->storage;
    d->y = d->q + r->n * r->p;
    d->total = d->y + r->n;
    d->times = d->total + r->n;
    d->offset = d->times + r->n;
    d->triangle = d->offset + r->n;
    d->first = (size_t *)(void *)(d->triangle + r->p * r->p);
    d->number = (uint32_t *)(void *)(d->first + r->clusters + 2);
    return DYAD_OK;
}

/* Cluster by cluster, in each as they came. */
static void
sort_rows(const struct clustered_rows *r, struct clustered_design *d)
{
    size_t *next = d->first + 1, used = 0;

    memset(d->first, 0, (r->clusters + 2) * sizeof *d->first);
    for (size_t i = 0; i < r->n; i++)
        next[r->cluster[i] + 1]++;
    for (size_t c = 0; c < r->clusters; c++)
        next[c + 1] += next[c];
    for (size_t i = 0; i < r->n; i++) {
        const size_t to = next[r->cluster[i]]++;

        memcpy(d->q + to * r->p, r->x + i * r->p, r->p * sizeof *d->q);
        d->y[to] = r->y[i];
        d->total[to] = r->total == NULL ? 1 : r->total[i];
        d->times[to] = r->times == NULL ? 1 : r->times[i];
        d->offset[to] = r->offset == NULL ? 0 : r->offset[i];
    }
    /* Now first[c + 1] is where cluster c ends. */
    for (size_t c = 0; c < r->clusters; c++) {
        const size_t end = d->first[c + 1], begin = d->first[used];

        if (end == begin)
            continue;
        if (end - begin > d->most)
            d->most = end - begin;
        d->number[used++] = (uint32_t)c;
        d->first[used] = end;
    }
    d->clusters = used;
    for (size_t i = 0; i < r->n; i++)
        d->people += clustered_people(d, i);
}

/* What columns i and j have in common. */
static double
product(const struct clustered_design *d, size_t i, size_t j)
{
    struct sum sum = { 0, 0 };

    for (size_t r = 0; r < d->n; r++)
        sum_add(&sum, clustered_people(d, r) * d->q[r * d->p + i] * d->q[r * d->p + j]);
    return sum_value(&sum);
}

/* Gram and Schmidt's modified way: X = Q R holds to rounding, and what is lost of orthogonality
 * (Bjorck 1967, BIT 7:1-21) is little enough.  Returns the first column of which nothing is left,
 * or p. */
static size_t
orthogonalize(struct clustered_design *d)
{
    const size_t p = d->p;

    memset(d->triangle, 0, p * p * sizeof *d->triangle);
    for (size_t j = 0; j < p; j++) {
        const double whole = sqrt(product(d, j, j) / d->people);
        double left;

        for (size_t i = 0; i < j; i++) {
            const double by = product(d, i, j) / d->people;

            d->triangle[i * p + j] = by;
            for (size_t r = 0; r < d->n; r++)
                d->q[r * p + j] -= by * d->q[r * p + i];
        }
        left = sqrt(product(d, j, j) / d->people);
        if (!(left > collinear * whole))
            return j;
        d->triangle[j * p + j] = left;
        for (size_t r = 0; r < d->n; r++)
            d->q[r * p + j] /= left;
    }
    return p;
}

enum dyad_status
clustered_design_init(const struct clustered_rows *rows, struct clustered_design *out,
                      struct clustered_why *why)
{
    enum dyad_status st;

    *out = (struct clustered_design){ .n = rows->n, .p = rows->p };
    *why = (struct clustered_why){ CLUSTERED_INVALID, rows->p };
    if (!are_rows(rows))
        return DYAD_DOMAIN;
    if ((st = reserve(rows, out)) != DYAD_OK)
        return st;
    sort_rows(rows, out);
    if (out->clusters < 2) {
        why->trouble = CLUSTERED_ALONE;
        return DYAD_DOMAIN;
    }
    why->column = orthogonalize(out);
    why->trouble = why->column < rows->p ? CLUSTERED_COLLINEAR : CLUSTERED_FINE;
    return why->trouble == CLUSTERED_FINE ? DYAD_OK : DYAD_DOMAIN;
}

void
clustered_design_release(struct clustered_design *d)
{
    free(d->storage);
    *d = (struct clustered_design)CLUSTERED_DESIGN_INIT;
}

double
clustered_along(const struct clustered_design *d, size_t row, const double *coefficients)
{
    double sum = 0;

    for (size_t j = 0; j < d->p; j++)
        sum += d->q[row * d->p + j] * coefficients[j];
    return sum;
}

double
clustered_reach(const struct clustered_design *d, const double *coefficients)
{
    double most = 0;

    for (size_t i = 0; i < d->n; i++)
        most = fmax(most, fabs(clustered_along(d, i, coefficients)));
    return most;
}

/* ---- back to X ---- */

/* R^-1 v in place */
static void
solve_triangle(const struct clustered_design *d, double *v, size_t stride)
{
    for (size_t i = d->p; i-- > 0;) {
        for (size_t c = i + 1; c < d->p; c++)
            v[i * stride] -= d->triangle[i * d->p + c] * v[c * stride];
        v[i * stride] /= d->triangle[i * d->p + i];
    }
}

void
clustered_coefficients(const struct clustered_design *d, const double *of_q, double *of_x)
{
    memmove(of_x, of_q, d->p * sizeof *of_x);
    solve_triangle(d, of_x, 1);
}

void
clustered_covariance(const struct clustered_design *d, const double *of_q, double *of_x)
{
    const size_t p = d->p;

    memmove(of_x, of_q, p * p * sizeof *of_x);
    for (size_t j = 0; j < p; j++)
        solve_triangle(d, of_x + j, p);
    for (size_t i = 0; i < p; i++)
        solve_triangle(d, of_x + i * p, 1);
    /* Rounding leaves the two halves apart. */
    clustered_mirror(of_x, p);
}
