#include "dyad/stats/meta_robust.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/stats/wald.h"

#include "cells.h"
#include "lower.h"
#include "meta_sample.h"

/* ---- small dense matrices, row after row ---- */

/* Rows i and j of a turned: row i becomes c i - s j, row j becomes s i + c j. */
static void
turn_rows(double *a, size_t n, size_t i, size_t j, double c, double s)
{
    for (size_t l = 0; l < n; l++) {
        const double x = a[i * n + l], y = a[j * n + l];

        a[i * n + l] = c * x - s * y;
        a[j * n + l] = s * x + c * y;
    }
}

static void
turn_columns(double *a, size_t n, size_t i, size_t j, double c, double s)
{
    for (size_t l = 0; l < n; l++) {
        const double x = a[l * n + i], y = a[l * n + j];

        a[l * n + i] = c * x - s * y;
        a[l * n + j] = s * x + c * y;
    }
}

/*
 * Eigenvalues of a symmetric matrix by Jacobi's rotations (Golub & Van Loan, Matrix Computations,
 * 8.5), on its diagonal in the end; the eigenvectors are the rows of v.  An element is left alone
 * only if it is small beside its own two diagonal ones, so that small eigenvalues of a positive
 * matrix of uneven scale keep their digits (Demmel & Veselic 1992, SIAM J. Matrix Anal. Appl.
 * 13:1204-1245), as they must for effects of uneven precision.
 */
static enum dyad_status
eigen(double *a, size_t n, double *v)
{
    enum { MOST_SWEEPS = 60 };
    bool turned = true;

    memset(v, 0, n * n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i * n + i] = 1;
    for (int sweep = 0; turned; sweep++) {
        if (sweep == MOST_SWEEPS)
            return DYAD_NOCONV;
        turned = false;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                const double ij = a[i * n + j], ii = a[i * n + i], jj = a[j * n + j];

                if (fabs(ij) <= DBL_EPSILON * sqrt(fabs(ii)) * sqrt(fabs(jj)) || fabs(ij) < DBL_MIN)
                    continue;

                const double half = (jj - ii) / (2 * ij);
                const double t = copysign(1, half) / (fabs(half) + hypot(1, half));
                const double c = 1 / hypot(1, t), s = t * c;

                turn_rows(a, n, i, j, c, s);
                turn_columns(a, n, i, j, c, s);
                turn_rows(v, n, i, j, c, s);
                a[i * n + j] = a[j * n + i] = 0;
                turned = true;
            }
    }
    return DYAD_OK;
}

/* ---- the fit ---- */

void
robust_release(struct robust *robust)
{
    cluster_work_release(&robust->work);
    *robust = (struct robust)ROBUST_INIT;
}

static bool
is_working_model(const struct working_model *model)
{
    return model->between >= 0 && model->between <= 1e60 && model->within >= 0 &&
           model->within <= 1e60 && model->rho >= 0 && model->rho < 1;
}

/* Where a fit is built: what stays in struct robust, and what only the clusters need in turn. */
struct fitting {
    const struct clustered_effects *data;
    const struct working_model *model;
    enum robust_kind kind;
    size_t k, p, n, most; /* n clusters, of ${most} effects at most */
    const size_t *order, *first;
    double *b, *covariance, *expected, *gram, *h, *scratch;
    double *x, *q, *residual, *inverse; /* whitened x */
    double *block, *s, *g, *vectors;    /* most x most */
    double *t;                          /* p x most: what a cluster's residuals are multiplied by */
    struct sample sample;
    struct effect *white;
};

static size_t
fitting_room(const struct fitting *f)
{
    const size_t p = f->p;

    return p + 2 * p * p + 2 * f->n * p * p + 2 * p * p + p + 2 * f->k * p + f->k + p * p +
           4 * f->most * f->most + p * f->most;
}

static void
fitting_place(struct fitting *f, struct cluster_work *work)
{
    const size_t p = f->p, square = f->most * f->most;

    f->b = work->at;
    f->covariance = f->b + p;
    f->expected = f->covariance + p * p;
    f->gram = f->expected + p * p;
    f->h = f->gram + f->n * p * p;
    f->scratch = f->h + f->n * p * p;
    f->x = f->scratch + 2 * p * p + p;
    f->q = f->x + f->k * p;
    f->residual = f->q + f->k * p;
    f->inverse = f->residual + f->k;
    f->block = f->inverse + p * p;
    f->s = f->block + square;
    f->g = f->s + square;
    f->vectors = f->g + square;
    f->t = f->vectors + square;
    f->white = work->white;
    f->sample = (struct sample){ f->white, f->k, f->x, p, work->sample.at };
}

/* M of cluster j as l l'; false where rounding has made it singular. */
static bool
factor_block(const struct fitting *f, size_t j)
{
    const size_t begin = f->first[j], size = f->first[j + 1] - begin;
    const struct working_model *model = f->model;

    for (size_t a = 0; a < size; a++)
        for (size_t b = 0; b <= a; b++) {
            const double va = f->data->effects[f->order[begin + a]].v;
            const double vb = f->data->effects[f->order[begin + b]].v;

            f->block[a * size + b] = a == b ? va + model->within + model->between
                                            : model->rho * sqrt(va) * sqrt(vb) + model->between;
        }
    return lower_factor(f->block, size, DBL_EPSILON);
}

static enum dyad_status
whiten(const struct fitting *f)
{
    const size_t p = f->p;

    for (size_t j = 0; j < f->n; j++) {
        const size_t begin = f->first[j], size = f->first[j + 1] - begin;

        if (!factor_block(f, j))
            return DYAD_DOMAIN;
        for (size_t i = begin; i < begin + size; i++) {
            f->residual[i] = f->data->effects[f->order[i]].y;
            for (size_t c = 0; c < p; c++)
                f->x[i * p + c] = f->data->x == NULL ? 1 : f->data->x[f->order[i] * p + c];
        }
        lower_solve(f->block, size, f->residual + begin, 1);
        for (size_t c = 0; c < p; c++)
            lower_solve(f->block, size, f->x + begin * p + c, p);
    }
    for (size_t i = 0; i < f->k; i++)
        f->white[i] = (struct effect){ f->residual[i], 1 };
    return DYAD_OK;
}

/* b, N = U U', the orthonormal q = x U and the residuals, all whitened. */
static enum dyad_status
estimate(const struct fitting *f)
{
    const size_t p = f->p;
    struct moments moments;

    sample_moments(&f->sample, INFINITY, &moments);
    if (!moments.full_rank)
        return DYAD_DOMAIN;
    sample_coefficients(&f->sample, f->b, f->inverse);
    for (size_t i = 0; i < f->k; i++)
        for (size_t c = 0; c < p; c++) {
            double q = 0;

            for (size_t l = 0; l <= c; l++)
                q += f->x[i * p + l] * f->inverse[l * p + c];
            f->q[i * p + c] = q;
            f->residual[i] -= f->x[i * p + c] * f->b[c];
        }
    return DYAD_OK;
}

/*
 * In how many directions a cluster decides by itself: its block of the whitened hat matrix qq'
 * has eigenvalues 1.  Seen in q'q, which has the same ones, whatever the effects' scale.
 */
static enum dyad_status
count_decided(const struct fitting *f, size_t j, size_t *out)
{
    const size_t p = f->p;
    double *a = f->scratch, *v = a + p * p;
    enum dyad_status st;

    memset(a, 0, p * p * sizeof *a);
    for (size_t i = f->first[j]; i < f->first[j + 1]; i++)
        for (size_t c = 0; c < p; c++)
            for (size_t l = 0; l < p; l++)
                a[c * p + l] += f->q[i * p + c] * f->q[i * p + l];
    if ((st = eigen(a, p, v)) != DYAD_OK)
        return st;
    *out = 0;
    for (size_t c = 0; c < p; c++)
        *out += a[c * p + c] > 1 - 1e-10;
    return DYAD_OK;
}

/* The ${decided} least of g's eigenvalues are 0 but for rounding: they are marked by NaN. */
static void
drop_least(double *g, size_t n, size_t decided)
{
    for (; decided > 0; decided--) {
        size_t least = n;

        for (size_t i = 0; i < n; i++)
            if (!isnan(g[i * n + i]) && (least == n || g[i * n + i] < g[least * n + least]))
                least = i;
        if (least < n)
            g[least * n + least] = NAN;
    }
}

/* s = l'l and g = s (1 - qq') s = l'B l. */
static void
fill_root(const struct fitting *f, size_t j)
{
    const size_t begin = f->first[j], n = f->first[j + 1] - begin, p = f->p;
    const double *l = f->block, *q = f->q + begin * p;

    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;

            for (size_t i = a; i < n; i++)
                sum += l[i * n + a] * l[i * n + b];
            f->s[a * n + b] = f->s[b * n + a] = sum;
        }
    memset(f->t, 0, p * n * sizeof *f->t);
    for (size_t c = 0; c < p; c++)
        for (size_t i = 0; i < n; i++)
            for (size_t b = 0; b < n; b++)
                f->t[c * n + b] += q[i * p + c] * f->s[i * n + b];
    /* vectors = s - q (q's) */
    memcpy(f->vectors, f->s, n * n * sizeof *f->s);
    for (size_t a = 0; a < n; a++)
        for (size_t c = 0; c < p; c++)
            for (size_t b = 0; b < n; b++)
                f->vectors[a * n + b] -= q[a * p + c] * f->t[c * n + b];
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;

            for (size_t i = 0; i < n; i++)
                sum += f->s[a * n + i] * f->vectors[i * n + b];
            f->g[a * n + b] = f->g[b * n + a] = sum;
        }
}

/* t = q' g^(-1/2) s, with g's eigenvectors in the rows of ${vectors}. */
static void
multiply_root(const struct fitting *f, size_t j)
{
    const size_t begin = f->first[j], n = f->first[j + 1] - begin, p = f->p;
    double *row = f->block; /* no longer needed */

    memset(f->t, 0, p * n * sizeof *f->t);
    for (size_t e = 0; e < n; e++) {
        const double value = f->g[e * n + e], *vector = f->vectors + e * n;

        if (!(value > 0))
            continue;
        memset(row, 0, n * sizeof *row);
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                row[b] += vector[a] * f->s[a * n + b];
        for (size_t c = 0; c < p; c++) {
            double product = 0;

            for (size_t a = 0; a < n; a++)
                product += f->q[(begin + a) * p + c] * vector[a];
            for (size_t b = 0; b < n; b++)
                f->t[c * n + b] += product / sqrt(value) * row[b];
        }
    }
}

/* t, so that U t times the whitened residuals is N X_j'W_j A_j e_j. */
static enum dyad_status
weigh_cluster(const struct fitting *f, size_t j)
{
    const size_t begin = f->first[j], n = f->first[j + 1] - begin, p = f->p;
    const double factor =
        f->kind == ROBUST_CR1 ? sqrt((double)f->n / (double)(f->n - 1)) : 1;
    size_t decided;
    enum dyad_status st;

    if (f->kind != ROBUST_CR2) {
        for (size_t c = 0; c < p; c++)
            for (size_t a = 0; a < n; a++)
                f->t[c * n + a] = factor * f->q[(begin + a) * p + c];
        return DYAD_OK;
    }
    if (!factor_block(f, j))
        return DYAD_DOMAIN;
    fill_root(f, j);
    if ((st = count_decided(f, j, &decided)) != DYAD_OK ||
        (st = eigen(f->g, n, f->vectors)) != DYAD_OK)
        return st;
    drop_least(f->g, n, decided);
    multiply_root(f, j);
    return DYAD_OK;
}

/* t in terms of the coefficients, U t, in its own place. */
static void
turn_back(const struct fitting *f, size_t n)
{
    for (size_t a = 0; a < n; a++)
        for (size_t c = 0; c < f->p; c++) {
            double sum = 0;

            for (size_t l = c; l < f->p; l++)
                sum += f->inverse[c * f->p + l] * f->t[l * n + a];
            f->t[c * n + a] = sum;
        }
}

/* What cluster j adds: to the covariance, its gram matrix t t', and h = t q. */
static void
gather_cluster(const struct fitting *f, size_t j)
{
    const size_t begin = f->first[j], n = f->first[j + 1] - begin, p = f->p;
    double *gram = f->gram + j * p * p, *h = f->h + j * p * p, *g = f->scratch;

    for (size_t c = 0; c < p; c++) {
        g[c] = 0;
        for (size_t a = 0; a < n; a++)
            g[c] += f->t[c * n + a] * f->residual[begin + a];
    }
    for (size_t c = 0; c < p; c++)
        for (size_t l = 0; l < p; l++) {
            double squares = 0, product = 0;

            for (size_t a = 0; a < n; a++) {
                squares += f->t[c * n + a] * f->t[l * n + a];
                product += f->t[c * n + a] * f->q[(begin + a) * p + l];
            }
            gram[c * p + l] = squares;
            h[c * p + l] = product;
            f->covariance[c * p + l] += g[c] * g[l];
        }
}

static void
fill_expected(const struct fitting *f)
{
    for (size_t a = 0; a < f->p; a++)
        for (size_t b = 0; b < f->p; b++) {
            double sum = 0;

            for (size_t c = a > b ? a : b; c < f->p; c++)
                sum += f->inverse[a * f->p + c] * f->inverse[b * f->p + c];
            f->expected[a * f->p + b] = sum;
        }
}

/* Clusters, and the size of the largest. */
static void
count_clusters(struct fitting *f, struct cluster_work *work)
{
    f->n = cluster_order(f->data->cluster, f->k, work->index, work->index + f->k);
    f->order = work->index;
    f->first = work->index + f->k;
    for (size_t j = 0; j < f->n; j++)
        if (f->first[j + 1] - f->first[j] > f->most)
            f->most = f->first[j + 1] - f->first[j];
}

enum dyad_status
meta_robust(const struct clustered_effects *data, const struct working_model *model,
            enum robust_kind kind, struct robust *out)
{
    struct fitting f = { .data = data, .model = model, .kind = kind, .k = data->k, .p = data->p };
    enum dyad_status st;

    if (!clustered_effects_valid(data) || !is_working_model(model))
        return DYAD_DOMAIN;
    if ((st = cluster_work_reserve(&out->work, f.k, f.p, 0)) != DYAD_OK)
        return st;
    count_clusters(&f, &out->work);
    if (f.n < 2)
        return DYAD_DOMAIN;
    if ((st = cluster_work_reserve(&out->work, f.k, f.p, fitting_room(&f))) != DYAD_OK)
        return st;
    fitting_place(&f, &out->work);
    if ((st = whiten(&f)) != DYAD_OK || (st = estimate(&f)) != DYAD_OK)
        return st;
    memset(f.covariance, 0, f.p * f.p * sizeof *f.covariance);
    for (size_t j = 0; j < f.n; j++) {
        if ((st = weigh_cluster(&f, j)) != DYAD_OK)
            return st;
        turn_back(&f, f.first[j + 1] - f.first[j]);
        gather_cluster(&f, j);
    }
    fill_expected(&f);
    *out = (struct robust){ f.p, f.n, f.b, f.covariance, f.expected, f.gram, f.h,
                            out->work };
    return DYAD_OK;
}

/* ---- tests ---- */

/* tr T and tr T^2 of one coefficient. */
static void
coefficient_traces(const struct robust *r, size_t c, double *trace, double *squares)
{
    const size_t p = r->p;

    *trace = *squares = 0;
    for (size_t j = 0; j < r->clusters; j++)
        for (size_t l = 0; l <= j; l++) {
            const double *hj = r->h + (j * p + c) * p, *hl = r->h + (l * p + c) * p;
            double t = j == l ? r->gram[(j * p + c) * p + c] : 0;

            for (size_t a = 0; a < p; a++)
                t -= hj[a] * hl[a];
            *trace += j == l ? t : 0;
            *squares += (j == l ? 1 : 2) * t * t;
        }
}

enum dyad_status
meta_robust_coefficients(const struct robust *robust, double level, struct estimate *coefficients,
                         double *df)
{
    if (!is_level(level))
        return DYAD_DOMAIN;
    for (size_t c = 0; c < robust->p; c++) {
        const size_t diagonal = c * robust->p + c;
        double trace, squares, error = sqrt(robust->covariance[diagonal]);

        coefficient_traces(robust, c, &trace, &squares);
        df[c] = trace * trace / squares;
        if (!(trace > 1e-8 * robust->model[diagonal])) {
            df[c] = 0;
            error = NAN;
        }
        coefficients[c] = wald_estimate(robust->coefficients[c], error, level, df[c]);
        df[c] = df[c] > 0 ? df[c] : NAN;
    }
    return DYAD_OK;
}

enum dyad_status
meta_robust_test(const struct robust *robust, size_t first, size_t m, struct robust_test *out)
{
    const struct cluster_terms terms = { robust->clusters, robust->p, robust->gram, robust->h };
    size_t *which;
    enum dyad_status st;

    if (m == 0 || m > robust->p || first > robust->p - m)
        return DYAD_DOMAIN;
    if ((which = malloc(m * sizeof *which)) == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < m; i++)
        which[i] = first + i;
    st = hotelling_test(&terms, robust->coefficients, robust->covariance, which, m, out);
    free(which);
    return st;
}
