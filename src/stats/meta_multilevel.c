#include "dyad/stats/meta_multilevel.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "dyad/stats/wald.h"

#include "cells.h"
#include "meta_sample.h"

/* ---- storage ---- */

static enum dyad_status
grow(void **at, size_t *room, size_t wanted, size_t size)
{
    void *larger;

    if (wanted <= *room)
        return DYAD_OK;
    larger = realloc(*at, wanted * size);
    if (larger == NULL)
        return DYAD_NOMEM;
    *at = larger;
    *room = wanted;
    return DYAD_OK;
}

enum dyad_status
cluster_work_reserve(struct cluster_work *work, size_t k, size_t p, size_t room)
{
    void *white = work->white, *at = work->at, *index = work->index;
    enum dyad_status st = meta_work_reserve(&work->sample, k, p);

    if (st == DYAD_OK)
        st = grow(&white, &work->white_room, k, sizeof *work->white);
    if (st == DYAD_OK)
        st = grow(&at, &work->room, room, sizeof *work->at);
    if (st == DYAD_OK)
        st = grow(&index, &work->index_room, 2 * k + 1, sizeof *work->index);
    work->white = white;
    work->at = at;
    work->index = index;
    return st;
}

void
cluster_work_release(struct cluster_work *work)
{
    meta_work_release(&work->sample);
    free(work->white);
    free(work->at);
    free(work->index);
    *work = (struct cluster_work)CLUSTER_WORK_INIT;
}

/* ---- effects in clusters ---- */

bool
clustered_effects_valid(const struct clustered_effects *data)
{
    if (!are_effects(data->effects, data->k) || data->p < 1 || data->p >= data->k ||
        (data->x == NULL && data->p != 1))
        return false;
    for (size_t i = 0; i < data->k; i++)
        if (data->cluster[i] >= data->k)
            return false;
    for (size_t i = 0; data->x != NULL && i < data->k * data->p; i++)
        if (!(fabs(data->x[i]) <= 1e60))
            return false;
    return true;
}

size_t
cluster_order(const size_t *cluster, size_t k, size_t *order, size_t *first)
{
    size_t n = 0, at = 0;

    memset(first, 0, (k + 1) * sizeof *first);
    for (size_t i = 0; i < k; i++)
        first[cluster[i]]++;
    for (size_t j = 0; j < k; j++) {
        const size_t size = first[j];

        first[j] = at;
        at += size;
    }
    for (size_t i = 0; i < k; i++)
        order[first[cluster[i]]++] = i;

    /* Now first[j] is where cluster j ends: an end that repeats is an empty cluster's. */
    at = 0;
    for (size_t j = 0; j < k; j++) {
        const size_t end = first[j];

        if (end > at) {
            first[n++] = at;
            at = end;
        }
    }
    first[n] = at;
    return n;
}

/* ---- the model at given variances ---- */

enum { BETWEEN, WITHIN };

/*
 * M of a cluster is a diagonal, (1 - rho) v + within, and two matrices of rank one, rho sqrt(v)
 * sqrt(v)' and between 1 1'.  Its factor L D L' is that of the diagonal updated twice (method C1
 * of Gill, Golub, Murray & Saunders 1974, Math. Comp. 28:505-535): L = L1 L2, each unit lower
 * triangular with u_i beta_j below the diagonal.  All sums are of positive terms, and whitening a
 * column costs no more than its length.
 */
struct update {
    double *u, *beta, *keep; /* keep = 1 - u beta, without the cancellation */
};

struct model {
    size_t k, p, n; /* n clusters */
    const size_t *first;
    double *y, *v, *x; /* cluster by cluster */
    double rho;
    bool restricted;
    double *d;
    struct update error, common;
    double *white_x, *q, *residual, *b, *inverse;
    struct sample sample; /* y and x whitened */
    struct effect *white;
    double least[2];      /* how small a variance still makes a difference */
};

static size_t
model_room(size_t k, size_t p)
{
    return 10 * k + 3 * k * p + p + p * p;
}

static void
model_place(struct model *m, struct cluster_work *work)
{
    const size_t k = m->k, kp = m->k * m->p;
    double *at = work->at;
    double **const long_ones[] = { &m->y,          &m->v,         &m->d,
                                   &m->error.u,    &m->error.beta, &m->error.keep,
                                   &m->common.u,   &m->common.beta, &m->common.keep,
                                   &m->residual };

    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++, at += k)
        *long_ones[i] = at;
    m->x = at;
    m->white_x = at + kp;
    m->q = at + 2 * kp;
    m->b = at + 3 * kp;
    m->inverse = m->b + m->p;
    m->white = work->white;
    m->sample = (struct sample){ m->white, k, m->white_x, m->p, work->sample.at };
}

/* D + alpha u u' = L D' L', in place. */
static void
update(const struct update *to, size_t begin, size_t end, double alpha, double *d)
{
    for (size_t i = begin; i < end; i++) {
        const double before = d[i];

        d[i] += alpha * to->u[i] * to->u[i];
        to->beta[i] = alpha * to->u[i] / d[i];
        to->keep[i] = before / d[i];
        alpha *= to->keep[i];
    }
}

/* L^-1 and L^-T times a column, in place. */
static void
solve(const struct update *l, size_t begin, size_t end, double *column, size_t stride)
{
    double t = 0;

    for (size_t i = begin; i < end; i++) {
        const double before = column[i * stride];

        column[i * stride] -= l->u[i] * t;
        t = l->keep[i] * t + l->beta[i] * before;
    }
}

static void
solve_transposed(const struct update *l, size_t begin, size_t end, double *column, size_t stride)
{
    double t = 0;

    for (size_t i = end; i-- > begin;) {
        const double before = column[i * stride];

        column[i * stride] -= l->beta[i] * t;
        t = l->keep[i] * t + l->u[i] * before;
    }
}

static double
factor_cluster(const struct model *m, size_t j, const double *variance)
{
    const size_t begin = m->first[j], end = m->first[j + 1];
    double log_det = 0;

    for (size_t i = begin; i < end; i++) {
        m->d[i] = (1 - m->rho) * m->v[i] + variance[WITHIN];
        m->error.u[i] = sqrt(m->v[i]);
        m->common.u[i] = 1;
    }
    update(&m->error, begin, end, m->rho, m->d);
    solve(&m->error, begin, end, m->common.u, 1);
    update(&m->common, begin, end, variance[BETWEEN], m->d);
    for (size_t i = begin; i < end; i++)
        log_det += log(m->d[i]);
    return log_det;
}

static void
whiten_cluster(const struct model *m, size_t j)
{
    const size_t begin = m->first[j], end = m->first[j + 1], p = m->p;

    for (size_t c = 0; c <= p; c++) {
        double *column = c < p ? m->white_x + c : m->residual;
        const size_t stride = c < p ? p : 1;

        for (size_t i = begin; i < end; i++)
            column[i * stride] = c < p ? m->x[i * p + c] : m->y[i];
        solve(&m->error, begin, end, column, stride);
        solve(&m->common, begin, end, column, stride);
        for (size_t i = begin; i < end; i++)
            column[i * stride] /= sqrt(m->d[i]);
    }
    for (size_t i = begin; i < end; i++)
        m->white[i] = (struct effect){ m->residual[i], 1 };
}

/* The log-likelihood but for what does not depend on the variances; NaN if X lost its rank. */
static double
height_at(const struct model *m, const double *variance, struct moments *moments)
{
    struct moments own;
    double log_det = 0;

    for (size_t j = 0; j < m->n; j++) {
        log_det += factor_cluster(m, j, variance);
        whiten_cluster(m, j);
    }
    moments = moments == NULL ? &own : moments;
    sample_moments(&m->sample, INFINITY, moments);
    if (!moments->full_rank)
        return NAN;
    return -(log_det + moments->ypy + (m->restricted ? moments->log_det : 0)) / 2;
}

/* ---- its slope ---- */

/*
 * tr M^-1 of a cluster.  Column c of (L1 L2)^-1 leaves the two running sums of solve() at
 * (beta1, beta2) behind c; the squares that follow are a quadratic form t of these, which is
 * built from the end.
 */
static double
trace_of_inverse(const struct model *m, size_t j)
{
    double t11 = 0, t12 = 0, t22 = 0, trace = 0;

    for (size_t i = m->first[j + 1]; i-- > m->first[j];) {
        const double b1 = m->error.beta[i], b2 = m->common.beta[i];
        const double k1 = m->error.keep[i], k2 = m->common.keep[i];
        const double u1 = m->error.u[i], u2 = m->common.u[i], d = m->d[i];
        const double carried = -b2 * u1; /* what the first sum adds to the second */

        trace += 1 / d + b1 * b1 * t11 + 2 * b1 * b2 * t12 + b2 * b2 * t22;
        t11 = k1 * k1 * t11 + 2 * k1 * carried * t12 + carried * carried * t22 + u1 / d * u1;
        t12 = k2 * (k1 * t12 + carried * t22) + u1 / d * u2;
        t22 = k2 * k2 * t22 + u2 / d * u2;
    }
    return trace;
}

/* 1'M^-1 1 of a cluster: whitening its ones multiplies each by what was kept before it. */
static double
sum_of_inverse(const struct model *m, size_t j)
{
    double sum = 0, kept = 1;

    for (size_t i = m->first[j]; i < m->first[j + 1]; i++) {
        const double white = m->common.u[i] * kept;

        sum += white / m->d[i] * white;
        kept *= m->common.keep[i];
    }
    return sum;
}

/* M^-1 times what a whitened column was: its squares, and the square of each cluster's sum. */
static void
squares_of_inverse(const struct model *m, double *column, size_t stride, double *squares)
{
    for (size_t j = 0; j < m->n; j++) {
        const size_t begin = m->first[j], end = m->first[j + 1];
        double sum = 0;

        for (size_t i = begin; i < end; i++)
            column[i * stride] /= sqrt(m->d[i]);
        solve_transposed(&m->common, begin, end, column, stride);
        solve_transposed(&m->error, begin, end, column, stride);
        for (size_t i = begin; i < end; i++) {
            squares[WITHIN] += column[i * stride] * column[i * stride];
            sum += column[i * stride];
        }
        squares[BETWEEN] += sum * sum;
    }
}

/* After height_at: the orthonormal columns of the whitened X, b, and the whitened residual. */
static void
project(const struct model *m)
{
    const size_t p = m->p;

    sample_coefficients(&m->sample, m->b, m->inverse);
    for (size_t i = 0; i < m->k; i++) {
        const double *x = m->white_x + i * p;

        m->residual[i] = m->white[i].y;
        for (size_t c = 0; c < p; c++) {
            double q = 0;

            for (size_t l = 0; l <= c; l++)
                q += x[l] * m->inverse[l * p + c];
            m->q[i * p + c] = q;
            m->residual[i] -= x[c] * m->b[c];
        }
    }
}

/* tr P (W for ml) and its sum over clusters' blocks. */
static void
traces_at(const struct model *m, bool restricted, double *trace)
{
    double taken[2] = { 0, 0 };

    trace[BETWEEN] = trace[WITHIN] = 0;
    for (size_t j = 0; j < m->n; j++) {
        trace[WITHIN] += trace_of_inverse(m, j);
        trace[BETWEEN] += sum_of_inverse(m, j);
    }
    for (size_t c = 0; restricted && c < m->p; c++)
        squares_of_inverse(m, m->q + c, m->p, taken);
    trace[WITHIN] -= taken[WITHIN];
    trace[BETWEEN] -= taken[BETWEEN];
}

/* dl/dtheta = (y'P M' P y - tr P M') / 2, M' the derivative of M: 1 or a block of ones. */
static double
slope_at(const struct model *m, const double *variance, double *slope)
{
    const double height = height_at(m, variance, NULL);
    double squares[2] = { 0, 0 }, trace[2];

    if (isnan(height))
        return NAN;
    project(m);
    traces_at(m, m->restricted, trace);
    squares_of_inverse(m, m->residual, 1, squares);
    for (int i = 0; i < 2; i++)
        slope[i] = (squares[i] - trace[i]) / 2;
    return height;
}

/* ---- climbing ---- */

/* A place on the likelihood; a variance that is held is not moved. */
struct peak {
    double variance[2], slope[2], height;
    bool held[2];
};

static bool
look(const struct model *m, struct peak *at)
{
    at->height = slope_at(m, at->variance, at->slope);
    return isfinite(at->height) && isfinite(at->slope[0]) && isfinite(at->slope[1]);
}

static bool
may_move(const struct peak *at, int i)
{
    return !at->held[i] && (at->variance[i] > 0 || at->slope[i] > 0);
}

static double
size_of(const struct model *m, const struct peak *at, int i)
{
    return at->variance[i] + m->least[i];
}

/* How steep it still is, in units of log-likelihood. */
static double
steepness(const struct model *m, const struct peak *at)
{
    double steepest = 0;

    for (int i = 0; i < 2; i++)
        if (may_move(at, i))
            steepest = fmax(steepest, fabs(at->slope[i]) * size_of(m, at, i));
    return steepest;
}

/* Second derivatives by differences of the slope, 1e-4 of the variance to both sides. */
static bool
curvature(const struct model *m, const struct peak *at, double h[2][2])
{
    for (int i = 0; i < 2; i++) {
        struct peak low = *at, high = *at;
        const double step = 1e-4 * size_of(m, at, i);

        if (!may_move(at, i))
            continue;
        low.variance[i] = fmax(0, at->variance[i] - step);
        high.variance[i] += step;
        if (!look(m, &low) || !look(m, &high))
            return false;
        for (int j = 0; j < 2; j++)
            h[i][j] = (high.slope[j] - low.slope[j]) / (high.variance[i] - low.variance[i]);
    }
    h[0][1] = h[1][0] = (h[0][1] + h[1][0]) / 2;
    return true;
}

static void
limit_step(const struct model *m, const struct peak *at, double *step)
{
    for (int i = 0; i < 2; i++)
        step[i] = fmin(step[i], 4 * size_of(m, at, i));
}

/* Uphill along each axis. */
static void
axial_step(const struct model *m, const struct peak *at, double h[2][2], double *step)
{
    for (int i = 0; i < 2; i++) {
        const double size = size_of(m, at, i);

        step[i] = !may_move(at, i) ? 0
                  : h[i][i] != 0   ? at->slope[i] / fabs(h[i][i])
                                   : at->slope[i] * size * size;
    }
    limit_step(m, at, step);
}

/* Newton's, where the likelihood is concave. */
static bool
newton_step(const struct model *m, const struct peak *at, double h[2][2], double *step)
{
    const double det = h[0][0] * h[1][1] - h[0][1] * h[0][1];

    if (!may_move(at, 0) || !may_move(at, 1) || !(h[0][0] < 0 && h[1][1] < 0 && det > 0))
        return false;
    step[0] = -(h[1][1] * at->slope[0] - h[0][1] * at->slope[1]) / det;
    step[1] = -(h[0][0] * at->slope[1] - h[0][1] * at->slope[0]) / det;
    limit_step(m, at, step);
    return true;
}

/* Less than the height has digits to tell is told by the slope alone. */
static double
noise_of(const struct model *m, const struct peak *at)
{
    return 16 * DBL_EPSILON * ((double)m->k + fabs(at->height));
}

/* The step, halved until it leads up, or, where the height has no digits left to tell, to where
 * it is less steep. */
static bool
take_step(const struct model *m, const double *step, struct peak *at)
{
    const double noise = noise_of(m, at);

    for (int halving = 0; halving < 60; halving++) {
        struct peak next = *at;

        for (int i = 0; i < 2; i++)
            next.variance[i] = fmax(0, at->variance[i] + ldexp(step[i], -halving));
        if (memcmp(next.variance, at->variance, sizeof next.variance) == 0)
            return false;
        if (look(m, &next) &&
            (next.height > at->height + noise ||
             (next.height >= at->height - noise && steepness(m, &next) < steepness(m, at)))) {
            *at = next;
            return true;
        }
    }
    return false;
}

/* False if nowhere is better.  At a boundary Newton's step may lead out and, cut there, down:
 * then along the axes. */
static bool
climb(const struct model *m, struct peak *at)
{
    double h[2][2] = { { 0, 0 }, { 0, 0 } }, step[2];

    if (!curvature(m, at, h))
        return false;
    if (newton_step(m, at, h, step) && take_step(m, step, at))
        return true;
    axial_step(m, at, h, step);
    return take_step(m, step, at);
}

/* To the top, where the slope is 0 but for rounding: 1e-7 of the log-likelihood moves a variance by
 * some 1e-7 of its error.  (A variance held at 0 may leave a height of -1e12, and so less.) */
static enum dyad_status
ascend(const struct model *m, struct peak *at)
{
    enum { MOST_STEPS = 300 };

    if (!look(m, at))
        return DYAD_NOCONV;
    for (int i = 0; i < MOST_STEPS && steepness(m, at) > 0; i++)
        if (!climb(m, at))
            break;
    return steepness(m, at) <= fmax(1e-7, noise_of(m, at)) ? DYAD_OK : DYAD_NOCONV;
}

/* ---- the highest peak ---- */

enum { MOST_ROWS = 40 };

/* One axis of the grid: a variance that is held, or 0 and powers of a factor of 4 or more. */
struct axis {
    double at[MOST_ROWS];
    size_t n;
};

static struct axis
axis_of(double held, double least, double beyond)
{
    struct axis axis = { { isnan(held) ? 0 : held }, 1 };
    const double factor = fmax(4, pow(beyond / least, 1.0 / (MOST_ROWS - 2)));

    for (double at = least; isnan(held) && axis.n < MOST_ROWS && at < factor * beyond; at *= factor)
        axis.at[axis.n++] = at;
    return axis;
}

/* Is it higher than its neighbours?  Of equals, the first. */
static bool
is_summit(double heights[MOST_ROWS][MOST_ROWS], const struct axis *axes, size_t i, size_t j)
{
    for (size_t a = i > 0 ? i - 1 : 0; a <= i + 1 && a < axes[BETWEEN].n; a++)
        for (size_t b = j > 0 ? j - 1 : 0; b <= j + 1 && b < axes[WITHIN].n; b++) {
            const bool before = a < i || (a == i && b < j);

            if (heights[a][b] > heights[i][j] || (before && heights[a][b] == heights[i][j]))
                return false;
        }
    return true;
}

/* ${held}: a variance to be held there, or NaN.  ${beyond}: where no maximum is looked for. */
static enum dyad_status
highest(const struct model *m, const double *held, double beyond, struct peak *out)
{
    const struct axis axes[] = { axis_of(held[BETWEEN], m->least[BETWEEN], beyond),
                                 axis_of(held[WITHIN], m->least[WITHIN], beyond) };
    double heights[MOST_ROWS][MOST_ROWS];
    struct peak best = { .height = -INFINITY };
    enum dyad_status st = DYAD_NOCONV;

    for (size_t i = 0; i < axes[BETWEEN].n; i++)
        for (size_t j = 0; j < axes[WITHIN].n; j++) {
            const double variance[] = { axes[BETWEEN].at[i], axes[WITHIN].at[j] };

            heights[i][j] = height_at(m, variance, NULL);
            if (isnan(heights[i][j]))
                return DYAD_NOCONV;
        }
    for (size_t i = 0; i < axes[BETWEEN].n; i++)
        for (size_t j = 0; j < axes[WITHIN].n; j++) {
            struct peak peak = { .variance = { axes[BETWEEN].at[i], axes[WITHIN].at[j] },
                                 .held = { !isnan(held[BETWEEN]), !isnan(held[WITHIN]) } };
            enum dyad_status reached;

            if (!is_summit(heights, axes, i, j))
                continue;
            reached = ascend(m, &peak);
            if (peak.height > best.height) {
                best = peak;
                st = reached;
            }
        }
    if (st == DYAD_OK)
        *out = best;
    return st;
}

/* ---- what the data allow ---- */

/* Beyond the model itself: the fit at equal weights, and what it says of the two variances. */
struct opened {
    struct model model;
    double squares;     /* y'P y at equal weights */
    double log_det;     /* log |X'X| */
    double typical;     /* (k-p) / tr P at variances of 0 */
    struct test residual;
    bool separable;
};

static bool
is_method(const struct multilevel_method *method)
{
    return is_level(method->level) && method->rho >= 0 && method->rho < 1 &&
           (method->estimator == TAU2_REML || method->estimator == TAU2_ML);
}

static void
load(struct model *m, const struct clustered_effects *data, const size_t *order)
{
    double least = INFINITY, largest = 0;
    size_t most = 1;

    for (size_t i = 0; i < m->k; i++) {
        const size_t from = order[i];

        m->y[i] = data->effects[from].y;
        m->v[i] = data->effects[from].v;
        least = fmin(least, m->v[i]);
        largest = fmax(largest, m->v[i]);
        for (size_t c = 0; c < m->p; c++)
            m->x[i * m->p + c] = data->x == NULL ? 1 : data->x[from * m->p + c];
    }
    for (size_t j = 0; j < m->n; j++)
        most = m->first[j + 1] - m->first[j] > most ? m->first[j + 1] - m->first[j] : most;
    /* A sixteenth of the most precise effect's variance, and of such a cluster's mean. */
    m->least[WITHIN] = least / 16;
    m->least[BETWEEN] = least / 16 / (double)most;
}

/*
 * Do the variances leave different marks on what X leaves of y?  With P for equal weights, their
 * marks are P and P Z Z' P, Z the clusters' indicators: the angle between these, from their
 * products m = tr P, t1 = tr P Z Z', t2 = tr (P Z Z')^2.
 */
static enum dyad_status
look_for_levels(const struct model *m, double *room, bool *separable)
{
    const size_t p = m->p;
    const double left = (double)(m->k - p);
    double t1 = (double)m->k, t2 = 0, *sums = room, *products = room + p;

    memset(products, 0, p * p * sizeof *products);
    for (size_t j = 0; j < m->n; j++) {
        const double size = (double)(m->first[j + 1] - m->first[j]);
        double taken = 0;

        memset(sums, 0, p * sizeof *sums);
        for (size_t i = m->first[j]; i < m->first[j + 1]; i++)
            for (size_t c = 0; c < p; c++)
                sums[c] += m->q[i * p + c];
        for (size_t a = 0; a < p; a++) {
            taken += sums[a] * sums[a];
            for (size_t b = 0; b < p; b++)
                products[a * p + b] += sums[a] * sums[b];
        }
        t1 -= taken;
        t2 += size * size - 2 * size * taken;
    }
    for (size_t i = 0; i < p * p; i++)
        t2 += products[i] * products[i];
    if (m->n < 2 || !(t1 > 1e-10 * (double)m->k))
        return DYAD_DOMAIN;
    *separable = t2 * left - t1 * t1 > 1e-10 * (t2 * left);
    return *separable || m->n == m->k ? DYAD_OK : DYAD_DOMAIN;
}

static enum dyad_status
look_at_equal_weights(struct opened *o)
{
    const struct model *m = &o->model;
    struct moments moments;

    memcpy(m->white_x, m->x, m->k * m->p * sizeof *m->x);
    for (size_t i = 0; i < m->k; i++)
        m->white[i] = (struct effect){ m->y[i], 1 };
    sample_moments(&m->sample, INFINITY, &moments);
    if (!moments.full_rank)
        return DYAD_DOMAIN;
    o->squares = moments.ypy;
    o->log_det = moments.log_det;
    project(m);
    /* What follows needs no whitened columns. */
    return look_for_levels(m, m->sample.room, &o->separable);
}

static enum dyad_status
look_without_levels(struct opened *o)
{
    const struct model *m = &o->model;
    const double none[] = { 0, 0 }, df = (double)(m->k - m->p);
    struct moments moments;
    double trace[2];

    if (isnan(height_at(m, none, &moments)))
        return DYAD_DOMAIN;
    project(m);
    traces_at(m, true, trace);
    o->residual = (struct test){ moments.ypy, df, cells_p_chi2(moments.ypy, df) };
    o->typical = df / trace[WITHIN];
    return DYAD_OK;
}

static enum dyad_status
open_model(const struct clustered_effects *data, const struct multilevel_method *method,
           struct cluster_work *work, struct opened *o)
{
    struct model *m = &o->model;
    const size_t room = model_room(data->k, data->p);
    enum dyad_status st;

    if (!is_method(method) || !clustered_effects_valid(data))
        return DYAD_DOMAIN;
    if ((st = cluster_work_reserve(work, data->k, data->p, room)) != DYAD_OK)
        return st;
    *m = (struct model){ .k = data->k, .p = data->p, .rho = method->rho,
                         .restricted = method->estimator == TAU2_REML,
                         .first = work->index + data->k };
    m->n = cluster_order(data->cluster, data->k, work->index, work->index + data->k);
    model_place(m, work);
    load(m, data, work->index);
    if ((st = look_at_equal_weights(o)) != DYAD_OK)
        return st;
    return look_without_levels(o);
}

/* Maxima are looked for until 4 times all squares about the fit. */
static enum dyad_status
highest_of(const struct opened *o, struct peak *out)
{
    const double held[] = { o->separable ? NAN : 0, NAN };

    return highest(&o->model, held, 4 * o->squares, out);
}

/* ---- the fit ---- */

static void
describe_levels(const struct opened *o, const struct peak *peak, struct multilevel_fit *fit)
{
    const double all = peak->variance[BETWEEN] + peak->variance[WITHIN];

    fit->total = all;
    fit->between = o->separable ? peak->variance[BETWEEN] : NAN;
    fit->within = o->separable ? peak->variance[WITHIN] : NAN;
    fit->i2 = 100 * (all / (all + o->typical));
    fit->i2_between = 100 * (fit->between / (all + o->typical));
    fit->i2_within = 100 * (fit->within / (all + o->typical));
}

/* Is column c the same all over each cluster? */
static bool
is_of_clusters(const struct model *m, size_t c)
{
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = m->first[j] + 1; i < m->first[j + 1]; i++)
            if (m->x[i * m->p + c] != m->x[m->first[j] * m->p + c])
                return false;
    return true;
}

static double
df_of(const struct model *m, enum multilevel_df df, size_t c)
{
    const size_t units = df == MULTILEVEL_CONTAIN && is_of_clusters(m, c) ? m->n : m->k;

    if (df == MULTILEVEL_NORMAL)
        return NAN;
    return units > m->p ? (double)(units - m->p) : 0;
}

static void
fill_coefficients(const struct model *m, const struct multilevel_method *method,
                  struct estimate *coefficients, double *df, double *covariance)
{
    const size_t p = m->p;

    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            double sum = 0;

            for (size_t c = a > b ? a : b; c < p; c++)
                sum += m->inverse[a * p + c] * m->inverse[b * p + c];
            covariance[a * p + b] = sum;
        }
    for (size_t c = 0; c < p; c++) {
        const double error = sqrt(covariance[c * p + c]);

        df[c] = df_of(m, method->df, c);
        coefficients[c] = wald_estimate(m->b[c], error, method->level, df[c]);
    }
}

/*
 * QM with its df, the least of its columns'.  The upper triangle of (X'W X)^-1 = U U' that belongs
 * to the last columns is the factor of their covariance, so QM are the squares of z, U z = b.
 */
static void
test_moderators(const struct model *m, size_t fixed, const double *df, double *z,
                struct multilevel_fit *fit)
{
    const double tested = (double)(m->p - fixed);
    double form = 0, least = df[m->p - 1];

    fit->moderators = (struct test){ NAN, NAN, NAN };
    fit->moderators_df = NAN;
    if (fixed == m->p)
        return;
    for (size_t c = m->p; c-- > fixed;) {
        z[c] = m->b[c];
        for (size_t l = c + 1; l < m->p; l++)
            z[c] -= m->inverse[c * m->p + l] * z[l];
        z[c] /= m->inverse[c * m->p + c];
        form += z[c] * z[c];
        least = fmin(least, df[c]);
    }
    if (isnan(least)) {
        fit->moderators = (struct test){ form, tested, cells_p_chi2(form, tested) };
        return;
    }
    fit->moderators_df = least;
    fit->moderators = (struct test){ form / tested, tested,
                                     least > 0 ? pf(form / tested, tested, least, 0, 0) : NAN };
}

static bool
is_intercept_alone(const struct model *m)
{
    for (size_t i = 0; i < m->k; i++)
        if (m->x[i * m->p] != 1)
            return false;
    return m->p == 1;
}

static void
predict(const struct model *m, const struct multilevel_method *method,
        const struct estimate *pooled, double df, struct multilevel_fit *fit)
{
    const double variance = pooled->std_error * pooled->std_error + fit->total;
    const double margin = is_intercept_alone(m) ? wald_critical(method->level, df) * sqrt(variance)
                                                : NAN;

    fit->pred_low = pooled->value - margin;
    fit->pred_high = pooled->value + margin;
}

enum dyad_status
meta_multilevel(const struct clustered_effects *data, size_t fixed,
                const struct multilevel_method *method, struct cluster_work *work,
                struct estimate *coefficients, double *df, double *covariance,
                struct multilevel_fit *out)
{
    struct multilevel_fit fit = { .k = data->k, .p = data->p };
    struct opened o;
    struct peak peak;
    struct moments moments;
    enum dyad_status st;

    if (fixed > data->p)
        return DYAD_DOMAIN;
    if ((st = open_model(data, method, work, &o)) != DYAD_OK ||
        (st = highest_of(&o, &peak)) != DYAD_OK)
        return st;

    const struct model *m = &o.model;
    const double height = height_at(m, peak.variance, &moments);
    const double of_free = (double)(m->restricted ? m->k - m->p : m->k);

    project(m);
    fit.clusters = m->n;
    fit.log_likelihood = height - of_free * M_LN_SQRT_2PI + (m->restricted ? o.log_det / 2 : 0);
    fit.residual = o.residual;
    describe_levels(&o, &peak, &fit);
    fill_coefficients(m, method, coefficients, df, m->q);
    if (covariance != NULL)
        memcpy(covariance, m->q, m->p * m->p * sizeof *covariance);
    test_moderators(m, fixed, df, m->white_x, &fit);
    predict(m, method, coefficients, df[0], &fit);
    *out = fit;
    return DYAD_OK;
}

/* ---- profile likelihood ---- */

struct profile {
    const struct opened *opened;
    double top, drop; /* the highest log-likelihood, and how far the limit is below */
    int which;
};

/* How much further than to the limit it falls with that variance held. */
static enum dyad_status
fall_at(const struct profile *p, double variance, double *out)
{
    double held[] = { NAN, NAN };
    struct peak peak;
    enum dyad_status st;

    held[p->which] = variance;
    if ((st = highest(&p->opened->model, held, 4 * p->opened->squares, &peak)) == DYAD_OK)
        *out = p->top - peak.height - p->drop;
    return st;
}

/* Between a and b, where the fall changes its sign: regula falsi that halves the value of an end
 * that stays (Dowell & Jarratt 1971, BIT 11:168-174). */
static enum dyad_status
limit_between(const struct profile *p, double a, double fa, double b, double fb, double *out)
{
    int stayed = 0;

    for (int i = 0; i < 200; i++) {
        const double width = fabs(b - a), next = (a * fb - b * fa) / (fb - fa);
        double f;
        enum dyad_status st;

        if (width <= 1e-12 * fmax(a, b) || next == a || next == b) {
            *out = next;
            return DYAD_OK;
        }
        if ((st = fall_at(p, next, &f)) != DYAD_OK)
            return st;
        /* Beyond 1e-11 the heights have no digits left. */
        if (fabs(f) < 1e-11) {
            *out = next;
            return DYAD_OK;
        }
        if ((f > 0) == (fb > 0)) {
            fa = stayed == 1 ? fa / 2 : fa;
            stayed = 1;
            b = next;
            fb = f;
        } else {
            fb = stayed == -1 ? fb / 2 : fb;
            stayed = -1;
            a = next;
            fa = f;
        }
    }
    return DYAD_NOCONV;
}

static enum dyad_status
lower_limit(const struct profile *p, double top, double *out)
{
    double fall;
    enum dyad_status st;

    if (top == 0) {
        *out = 0;
        return DYAD_OK;
    }
    if ((st = fall_at(p, 0, &fall)) != DYAD_OK)
        return st;
    if (fall <= 0) {
        *out = 0;
        return DYAD_OK;
    }
    return limit_between(p, 0, fall, top, -p->drop, out);
}

static enum dyad_status
upper_limit(const struct profile *p, double top, double *out)
{
    const double beyond = 1e6 * (p->opened->squares + p->opened->model.least[p->which]);
    double below = top, below_fall = -p->drop;
    double above = 2 * top + p->opened->model.least[p->which], fall;
    enum dyad_status st;

    for (; (st = fall_at(p, above, &fall)) == DYAD_OK && fall < 0; above *= 2) {
        if (above > beyond) {
            *out = INFINITY;
            return DYAD_OK;
        }
        below = above;
        below_fall = fall;
    }
    return st == DYAD_OK ? limit_between(p, below, below_fall, above, fall, out) : st;
}

enum dyad_status
meta_multilevel_limits(const struct clustered_effects *data,
                       const struct multilevel_method *method, struct cluster_work *work,
                       struct multilevel_limits *out)
{
    struct opened o;
    struct peak peak;
    double low[2], high[2], z;
    enum dyad_status st;

    if ((st = open_model(data, method, work, &o)) != DYAD_OK)
        return st;
    if (!o.separable) {
        *out = (struct multilevel_limits){ NAN, NAN, NAN, NAN };
        return DYAD_OK;
    }
    if ((st = highest_of(&o, &peak)) != DYAD_OK)
        return st;
    z = cells_z(method->level);
    for (int i = 0; i < 2; i++) {
        const struct profile profile = { &o, peak.height, z * z / 2, i };

        if ((st = lower_limit(&profile, peak.variance[i], &low[i])) != DYAD_OK ||
            (st = upper_limit(&profile, peak.variance[i], &high[i])) != DYAD_OK)
            return st;
    }
    *out = (struct multilevel_limits){ low[BETWEEN], high[BETWEEN], low[WITHIN], high[WITHIN] };
    return DYAD_OK;
}
