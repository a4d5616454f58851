#include "dyad/stats/meta_multilevel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "dyad/stats/wald.h"

#include "cells.h"
#include "meta_levels.h"

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

/* ---- what the data allow ---- */

/* Beyond the model itself: the fit at equal weights, and what it says of the two variances. */
struct opened {
    struct levels model;
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
load(struct levels *m, const struct clustered_effects *data, const size_t *order)
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
look_for_levels(const struct levels *m, double *room, bool *separable)
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
    const struct levels *m = &o->model;
    struct moments moments;

    memcpy(m->white_x, m->x, m->k * m->p * sizeof *m->x);
    for (size_t i = 0; i < m->k; i++)
        m->white[i] = (struct effect){ m->y[i], 1 };
    sample_moments(&m->sample, INFINITY, &moments);
    if (!moments.full_rank)
        return DYAD_DOMAIN;
    o->squares = moments.ypy;
    o->log_det = moments.log_det;
    levels_project(m);
    /* What follows needs no whitened columns. */
    return look_for_levels(m, m->sample.room, &o->separable);
}

static enum dyad_status
look_without_levels(struct opened *o)
{
    const struct levels *m = &o->model;
    const double none[] = { 0, 0 }, df = (double)(m->k - m->p);
    struct moments moments;
    double trace[2];

    if (isnan(levels_height(m, none, &moments)))
        return DYAD_DOMAIN;
    levels_project(m);
    levels_traces(m, true, trace);
    o->residual = (struct test){ moments.ypy, df, cells_p_chi2(moments.ypy, df) };
    o->typical = df / trace[WITHIN];
    return DYAD_OK;
}

static enum dyad_status
open_model(const struct clustered_effects *data, const struct multilevel_method *method,
           struct cluster_work *work, struct opened *o)
{
    struct levels *m = &o->model;
    const size_t room = levels_room(data->k, data->p);
    enum dyad_status st;

    if (!is_method(method) || !clustered_effects_valid(data))
        return DYAD_DOMAIN;
    if ((st = cluster_work_reserve(work, data->k, data->p, room)) != DYAD_OK)
        return st;
    *m = (struct levels){ .k = data->k, .p = data->p, .rho = method->rho,
                         .restricted = method->estimator == TAU2_REML,
                         .first = work->index + data->k };
    m->n = cluster_order(data->cluster, data->k, work->index, work->index + data->k);
    levels_place(m, work);
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

    return levels_highest(&o->model, held, 4 * o->squares, out);
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
is_of_clusters(const struct levels *m, size_t c)
{
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = m->first[j] + 1; i < m->first[j + 1]; i++)
            if (m->x[i * m->p + c] != m->x[m->first[j] * m->p + c])
                return false;
    return true;
}

static double
df_of(const struct levels *m, enum multilevel_df df, size_t c)
{
    const size_t units = df == MULTILEVEL_CONTAIN && is_of_clusters(m, c) ? m->n : m->k;

    if (df == MULTILEVEL_NORMAL)
        return NAN;
    return units > m->p ? (double)(units - m->p) : 0;
}

static void
fill_coefficients(const struct levels *m, const struct multilevel_method *method,
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
test_moderators(const struct levels *m, size_t fixed, const double *df, double *z,
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
is_intercept_alone(const struct levels *m)
{
    for (size_t i = 0; i < m->k; i++)
        if (m->x[i * m->p] != 1)
            return false;
    return m->p == 1;
}

static void
predict(const struct levels *m, const struct multilevel_method *method,
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

    const struct levels *m = &o.model;
    const double height = levels_height(m, peak.variance, &moments);
    const double of_free = (double)(m->restricted ? m->k - m->p : m->k);

    levels_project(m);
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
    if ((st = levels_highest(&p->opened->model, held, 4 * p->opened->squares, &peak)) == DYAD_OK)
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
