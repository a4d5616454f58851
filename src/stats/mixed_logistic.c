#include "dyad/stats/mixed_logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"
#include "clustered_design.h"
#include "lower.h"
#include "meta_glmm_study.h"

/* Beyond this most clusters have either all outcomes or none. */
static const double most_sigma = 32;

/*
 * Of the parameters (b, sigma): the likelihood, its slopes and its bends, dim of them, sigma last;
 * matrices are lower triangles until they are mirrored.
 */
struct place {
    double sigma, log_lik;
    double *b, *slope, *bend;
    double *pull;  /* by which the best b changes with sigma */
    double curvature; /* of the profile likelihood of sigma */
};

/* What one cluster needs.  Vectors have dim elements. */
struct cluster {
    size_t first, n;
    double z, scale, c;        /* mode, 1/sqrt(c), c = -(second derivative by z) */
    double f1, f2, f3, f4;     /* sums over its rows at the mode */
    double *base, *row_f2, *weight, *row_f3, *row_f4; /* of each row */
    double *x1, *x2, *x3, *x4; /* sums of f1 x ... */
    double *d_mode, *d_scale, *d_log_scale, *d_c, *a; /* a: by which sigma z moves */
    double *d_z, *a_z, *d_g;   /* of one point */
    double *slope, *bend;
    double *mode_x2;
};

struct mixed {
    struct clustered_design d;
    struct hermite rule, single;
    size_t dim;
    double *modes; /* z of each cluster, where it was last */
    struct cluster c;
    struct place here, trial, kept;
    double *factor, *step;
    double *storage;
    double constant; /* of the log-likelihood */
    size_t iterations;
};

/* ---- one cluster ---- */

/* The lower triangle of c (v w' + w v') */
static void
add_pair(double *a, size_t n, double c, const double *v, const double *w)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n + j] += c * (v[i] * w[j] + w[i] * v[j]);
}

/* The same with the unit vector of sigma for v. */
static void
add_sigma_pair(double *a, size_t n, double c, const double *w)
{
    double *last = a + (n - 1) * n;

    for (size_t j = 0; j < n; j++)
        last[j] += c * w[j];
    last[n - 1] += c * w[n - 1];
}

struct chance {
    double p, q, e; /* e = exp(-|eta|) */
};

static struct chance
chance_of(double eta)
{
    const double e = exp(-fabs(eta)), more = 1 / (1 + e), less = e * more;

    return eta > 0 ? (struct chance){ more, less, e } : (struct chance){ less, more, e };
}

/* y and total of a row, times included. */
static double
excess(const struct clustered_design *d, size_t row, const struct chance *at)
{
    return d->y[row] * at->q - (d->total[row] - d->y[row]) * at->p;
}

/*
 * The z where  sum f1 sigma = z.  What it is less z falls by 1 or more, so that the root lies
 * between any z and z plus that.
 */
static void
find_mode(const struct mixed *m, struct cluster *c, double sigma)
{
    double low = -INFINITY, high = INFINITY;

    for (int n = 0; n < 200 && sigma > 0; n++) {
        double left = -c->z, steep = 1;

        for (size_t j = 0; j < c->n; j++) {
            const size_t row = c->first + j;
            const struct chance at = chance_of(c->base[j] + sigma * c->z);

            left += sigma * excess(&m->d, row, &at);
            steep += sigma * sigma * m->d.total[row] * at.p * at.q;
        }
        low = fmax(low, fmin(c->z, c->z + left));
        high = fmin(high, fmax(c->z, c->z + left));

        const double to = c->z + left / steep;
        const bool is_near = fabs(left / steep) <= 1e-9 * (1 + fabs(c->z));

        c->z = is_near || (to > low && to < high) ? to : (low + high) / 2;
        if (is_near)
            return;
    }
    if (sigma == 0)
        c->z = 0;
}

/* Sums at the mode, and how mode and scale move with the parameters. */
static void
look_at_mode(const struct mixed *m, struct cluster *c, double sigma)
{
    const size_t p = m->d.p, dim = m->dim;

    c->f1 = c->f2 = c->f3 = c->f4 = 0;
    memset(c->mode_x2, 0, dim * sizeof *c->mode_x2);
    memset(c->x3, 0, dim * sizeof *c->x3);
    memset(c->x4, 0, dim * sizeof *c->x4);
    for (size_t j = 0; j < c->n; j++) {
        const size_t row = c->first + j;
        const struct chance at = chance_of(c->base[j] + sigma * c->z);
        const double *x = m->d.q + row * p, f2 = -m->d.total[row] * at.p * at.q;
        const double f3 = f2 * (at.q - at.p), f4 = f2 * (1 - 6 * at.p * at.q);

        c->f1 += excess(&m->d, row, &at);
        c->f2 += f2;
        c->f3 += c->row_f3[j] = f3;
        c->f4 += c->row_f4[j] = f4;
        for (size_t k = 0; k < p; k++) {
            c->mode_x2[k] += f2 * x[k];
            c->x3[k] += f3 * x[k];
            c->x4[k] += f4 * x[k];
        }
    }
    c->c = 1 - sigma * sigma * c->f2;
    c->scale = 1 / sqrt(c->c);
    for (size_t k = 0; k < dim; k++) {
        const double unit = k == p ? 1 : 0;

        c->d_mode[k] = (unit * (c->f1 + sigma * c->f2 * c->z) + sigma * c->mode_x2[k]) / c->c;
        c->a[k] = unit * c->z + sigma * c->d_mode[k];
        c->d_c[k] = -2 * sigma * c->f2 * unit - sigma * sigma * (c->x3[k] + c->f3 * c->a[k]);
        c->d_log_scale[k] = -c->d_c[k] / (2 * c->c);
        c->d_scale[k] = c->scale * c->d_log_scale[k];
    }
}

struct point {
    double f, f1, f2;
};

static struct point
look_at_point(const struct mixed *m, struct cluster *c, double shift)
{
    const size_t p = m->d.p;
    struct point at = { 0, 0, 0 };
    double factors = 1; /* one logarithm for many rows */

    memset(c->x1, 0, m->dim * sizeof *c->x1);
    memset(c->x2, 0, m->dim * sizeof *c->x2);
    for (size_t j = 0; j < c->n; j++) {
        const size_t row = c->first + j;
        const double eta = c->base[j] + shift, total = m->d.total[row], y = m->d.y[row];
        const double *x = m->d.q + row * p;
        const struct chance by = chance_of(eta);
        const double f1 = excess(&m->d, row, &by), f2 = -total * by.p * by.q;

        at.f += eta < 0 ? y * eta : (y - total) * eta;
        if (total == 1)
            factors *= 1 + by.e;
        else
            at.f -= total * log1p(by.e);
        if (factors > 0x1p1000) {
            at.f -= log(factors);
            factors = 1;
        }
        at.f1 += f1;
        at.f2 += f2;
        c->row_f2[j] = f2;
        for (size_t k = 0; k < p; k++) {
            c->x1[k] += f1 * x[k];
            c->x2[k] += f2 * x[k];
        }
    }
    at.f -= log(factors);
    return at;
}

/* Sums over the points, divided by that of the weights. */
struct spread {
    double sum;
    double along_mode, along_scale; /* what the movement of mode and scale is multiplied by */
};

/* Of one point: what its g(z) = f - z^2/2 adds to slope and bend, but for how mode and scale
 * bend. */
static void
add_point(const struct mixed *m, struct cluster *c, double sigma, double at, double weight,
          const struct point *l, struct spread *s)
{
    const size_t dim = m->dim;
    const double z = c->z + at * c->scale, away = sigma * l->f1 - z;

    for (size_t k = 0; k < dim; k++) {
        c->d_z[k] = c->d_mode[k] + at * c->d_scale[k];
        c->a_z[k] = (k == dim - 1 ? z : 0) + sigma * c->d_z[k];
        c->d_g[k] = c->x1[k] + l->f1 * c->a_z[k] - z * c->d_z[k];
        c->slope[k] += weight * c->d_g[k];
    }
    clustered_add(c->bend, dim, weight, c->d_g);
    add_pair(c->bend, dim, weight, c->x2, c->a_z);
    clustered_add(c->bend, dim, weight * l->f2, c->a_z);
    add_sigma_pair(c->bend, dim, weight * l->f1, c->d_z);
    clustered_add(c->bend, dim, -weight, c->d_z);
    s->sum += weight;
    s->along_mode += weight * away;
    s->along_scale += weight * at * away;
    for (size_t j = 0; j < c->n; j++)
        c->weight[j] += weight * c->row_f2[j];
}

/*
 * How mode and scale bend:  m'' and (log s)'' contain  sum f3 x x'  and  sum f4 x x',  which go
 * into the weights of the rows.
 */
static void
add_bends(const struct mixed *m, struct cluster *c, double sigma, const struct spread *s)
{
    const size_t dim = m->dim, p = m->d.p;
    const double by_log_scale = 1 + s->along_scale * c->scale;
    const double half = by_log_scale / (2 * c->c), square = sigma * sigma;
    const double by_mode = (s->along_mode + half * square * sigma * c->f3) / c->c;

    /* m'' c: sigma with the slope of f1, x2 + f2 a; and what f1 bends by */
    add_sigma_pair(c->bend, dim, by_mode, c->mode_x2);
    add_sigma_pair(c->bend, dim, by_mode * c->f2, c->a);
    add_pair(c->bend, dim, by_mode * sigma, c->x3, c->a);
    clustered_add(c->bend, dim, by_mode * sigma * c->f3, c->a);
    add_sigma_pair(c->bend, dim, by_mode * sigma * c->f2 + half * square * c->f3, c->d_mode);
    /* -c'' / 2c and c' c'' / 2 c^2 */
    c->bend[dim * dim - 1] += half * 2 * c->f2;
    add_sigma_pair(c->bend, dim, half * 2 * sigma, c->x3);
    add_sigma_pair(c->bend, dim, half * 2 * sigma * c->f3, c->a);
    add_pair(c->bend, dim, half * square, c->x4, c->a);
    clustered_add(c->bend, dim, half * square * c->f4, c->a);
    clustered_add(c->bend, dim, half / c->c, c->d_c);
    clustered_add(c->bend, dim, s->along_scale * c->scale, c->d_log_scale);
    for (size_t j = 0; j < c->n; j++) {
        const double *x = m->d.q + (c->first + j) * p;
        const double w = c->weight[j] + by_mode * sigma * c->row_f3[j] +
                         half * square * c->row_f4[j];

        for (size_t i = 0; i < p; i++)
            for (size_t k = 0; k <= i; k++)
                c->bend[i * dim + k] += w * x[i] * x[k];
    }
}

/* log of  s sum_k w_k exp(t_k^2/2 + g(m + s t_k))  with its derivatives, in c->slope and bend. */
static double
look_at_cluster(const struct mixed *m, struct cluster *c, double sigma)
{
    const struct hermite *rule = sigma == 0 ? &m->single : &m->rule;
    const size_t dim = m->dim;
    struct spread s = { 0, 0, 0 };
    double top;

    memset(c->slope, 0, dim * sizeof *c->slope);
    memset(c->bend, 0, dim * dim * sizeof *c->bend);
    memset(c->weight, 0, c->n * sizeof *c->weight);
    find_mode(m, c, sigma);
    look_at_mode(m, c, sigma);
    top = look_at_point(m, c, sigma * c->z).f - c->z * c->z / 2;
    for (size_t k = 0; k < rule->n; k++) {
        const double at = rule->at[k], z = c->z + at * c->scale;
        const struct point l = look_at_point(m, c, sigma * z);

        add_point(m, c, sigma, at, rule->weight[k] * exp(at * at / 2 + (l.f - z * z / 2 - top)), &l,
                  &s);
    }
    for (size_t i = 0; i < dim * dim; i++)
        c->bend[i] /= s.sum;
    for (size_t j = 0; j < c->n; j++)
        c->weight[j] /= s.sum;
    for (size_t k = 0; k < dim; k++)
        c->slope[k] /= s.sum;
    clustered_add(c->bend, dim, -1, c->slope);
    s.along_mode /= s.sum;
    s.along_scale /= s.sum;
    add_bends(m, c, sigma, &s);
    for (size_t k = 0; k < dim; k++)
        c->slope[k] += c->d_log_scale[k];
    return top + log(s.sum) + log(c->scale);
}

/* ---- all clusters ---- */

/* At at->b and at->sigma. */
static void
look(struct mixed *m, struct place *at)
{
    struct cluster *c = &m->c;
    const size_t dim = m->dim;
    struct sum log_lik = { m->constant, 0 };

    memset(at->slope, 0, dim * sizeof *at->slope);
    memset(at->bend, 0, dim * dim * sizeof *at->bend);
    for (size_t i = 0; i < m->d.clusters; i++) {
        c->first = m->d.first[i];
        c->n = m->d.first[i + 1] - c->first;
        c->z = m->modes[i];
        for (size_t j = 0; j < c->n; j++)
            c->base[j] = m->d.offset[c->first + j] + clustered_along(&m->d, c->first + j, at->b);
        sum_add(&log_lik, look_at_cluster(m, c, at->sigma));
        m->modes[i] = c->z;
        for (size_t k = 0; k < dim; k++)
            at->slope[k] += c->slope[k];
        for (size_t k = 0; k < dim * dim; k++)
            at->bend[k] += c->bend[k];
    }
    at->log_lik = sum_value(&log_lik);
    m->iterations++;
}

static void
copy_place(const struct mixed *m, struct place *to, const struct place *from)
{
    to->sigma = from->sigma;
    to->log_lik = from->log_lik;
    to->curvature = from->curvature;
    memcpy(to->b, from->b, m->d.p * sizeof *to->b);
    memcpy(to->pull, from->pull, m->d.p * sizeof *to->pull);
    memcpy(to->slope, from->slope, m->dim * sizeof *to->slope);
    memcpy(to->bend, from->bend, m->dim * m->dim * sizeof *to->bend);
}

/* Minus the bend by b, factored. */
static bool
factor_bend(struct mixed *m, const struct place *at)
{
    const size_t p = m->d.p;

    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j <= i; j++)
            m->factor[i * p + j] = -at->bend[i * m->dim + j];
    return isfinite(at->log_lik) && lower_factor(m->factor, p, CLUSTERED_LEAST);
}

/* One Newton step of b, shortened until it does not lead down. */
static bool
step_up(struct mixed *m, struct place *at, bool last)
{
    const double slack = 1e-11 * fabs(at->log_lik);
    double part = 1;

    for (int n = 0; n < 60; n++, part /= 2) {
        for (size_t k = 0; k < m->d.p; k++)
            m->trial.b[k] = at->b[k] + part * m->step[k];
        m->trial.sigma = at->sigma;
        look(m, &m->trial);
        if (m->trial.log_lik >= at->log_lik - slack || (last && isfinite(m->trial.log_lik))) {
            copy_place(m, at, &m->trial);
            return true;
        }
    }
    return false;
}

static void
follow_sigma(struct mixed *m, struct place *at)
{
    const double *by_sigma = at->bend + m->d.p * m->dim;

    memcpy(at->pull, by_sigma, m->d.p * sizeof *at->pull);
    lower_solve_whole(m->factor, m->d.p, at->pull);
    at->curvature = by_sigma[m->d.p];
    for (size_t k = 0; k < m->d.p; k++)
        at->curvature += by_sigma[k] * at->pull[k];
}

/*
 * To the b where the likelihood is largest at at->sigma: it is concave in b (Prekopa 1973, Acta
 * Sci. Math. 34:335-343).  Where some linear predictor keeps going its way, by 1 with every step
 * although nothing is left to win, its coefficients are infinite.  ${rough}: as near as is enough
 * for a look at sigma.
 */
static bool
climb(struct mixed *m, struct place *at, bool rough)
{
    look(m, at);
    for (int n = 0; n < 100; n++) {
        double left = 0;
        bool last;

        if (!factor_bend(m, at))
            return false;
        memcpy(m->step, at->slope, m->d.p * sizeof *m->step);
        lower_solve_whole(m->factor, m->d.p, m->step);
        for (size_t k = 0; k < m->d.p; k++)
            left += m->step[k] * at->slope[k];
        if (rough && left < 1e-4) {
            follow_sigma(m, at);
            return true;
        }
        last = left < 1e-13 && clustered_reach(&m->d, m->step) < 1e-6;
        if (!step_up(m, at, last))
            return false;
        if (last) {
            if (!factor_bend(m, at))
                return false;
            follow_sigma(m, at);
            return true;
        }
    }
    return false;
}

/* To another sigma, b following it. */
static bool
climb_at(struct mixed *m, struct place *at, double sigma, bool rough)
{
    for (size_t k = 0; k < m->d.p; k++)
        at->b[k] += at->pull[k] * (sigma - at->sigma);
    at->sigma = sigma;
    return climb(m, at, rough);
}

/* ---- sigma ---- */

/* Of the profile; b may be a little off. */
static double
d_sigma(const struct mixed *m, const struct place *at)
{
    double d = at->slope[m->d.p];

    for (size_t k = 0; k < m->d.p; k++)
        d += at->pull[k] * at->slope[k];
    return d;
}

/*
 * Newton's method for b and sigma together, from m->here, as long as it leads up and stays
 * between two sigmas.
 */
static bool
find_joint_peak(struct mixed *m, double low, double high)
{
    struct place *at = &m->here;
    const size_t dim = m->dim, p = m->d.p;

    for (int n = 0; n < 20; n++) {
        double left = 0;
        bool last;

        for (size_t i = 0; i < dim * dim; i++)
            m->factor[i] = -at->bend[i];
        if (!lower_factor(m->factor, dim, CLUSTERED_LEAST))
            return false;
        memcpy(m->step, at->slope, dim * sizeof *m->step);
        lower_solve_whole(m->factor, dim, m->step);
        for (size_t k = 0; k < dim; k++)
            left += m->step[k] * at->slope[k];
        last = left < 1e-13 && clustered_reach(&m->d, m->step) < 1e-6 &&
               fabs(m->step[p]) < 1e-6 * at->sigma;
        for (size_t k = 0; k < p; k++)
            m->trial.b[k] = at->b[k] + m->step[k];
        m->trial.sigma = at->sigma + m->step[p];
        if (!(m->trial.sigma > low && m->trial.sigma < high))
            return false;
        look(m, &m->trial);
        if (!(m->trial.log_lik >= at->log_lik - 1e-11 * fabs(at->log_lik)))
            return false;
        copy_place(m, at, &m->trial);
        if (last)
            return true;
    }
    return false;
}

/* The peak between two sigmas where the profile rises and falls; from m->here, and there. */
static bool
find_peak(struct mixed *m, double low, double high)
{
    struct place *at = &m->here;
    double sigma = low > 0 ? sqrt(low * high) : high / 2;

    for (int n = 0; n < 200; n++) {
        if (!climb_at(m, at, sigma, false))
            return false;
        if (d_sigma(m, at) > 0)
            low = sigma;
        else
            high = sigma;

        const double by = -d_sigma(m, at) / at->curvature;
        const bool is_step = at->curvature < 0 && sigma + by > low && sigma + by < high;

        if (is_step && fabs(by) <= 1e-7 * sigma)
            return climb_at(m, at, sigma + by, false);
        if (high - low <= 1e-14 * high)
            return true;
        sigma = is_step ? sigma + by : (low + high) / 2;
    }
    return false;
}

/* Where to begin: below what the largest cluster could tell from 0. */
static double
smallest_sigma(const struct mixed *m)
{
    double most = 0;

    for (size_t i = 0; i < m->d.clusters; i++) {
        double information = 0;

        for (size_t j = m->d.first[i]; j < m->d.first[i + 1]; j++) {
            const double eta = m->d.offset[j] + clustered_along(&m->d, j, m->here.b);
            const struct chance at = chance_of(eta);

            information += m->d.total[j] * at.p * at.q;
        }
        most = fmax(most, information);
    }
    return fmin(sqrt(1 / (8 * most)), 1);
}

/*
 * From the logistic regression in m->here upwards; the highest peak goes to m->kept.  sigma = 0 is
 * one if the profile falls from there.  A fall by 20 is not made good again; nor is one to where
 * clusters are steps between the points of the quadrature, whose sum is no longer concave then.
 */
static enum clustered_trouble
find_highest(struct mixed *m)
{
    const double deep = 20;
    bool rises = m->here.curvature > 0;
    double low = 0, best = -INFINITY;

    if (!rises) {
        copy_place(m, &m->kept, &m->here);
        best = m->here.log_lik;
    }
    for (double sigma = smallest_sigma(m); sigma < most_sigma; sigma *= 2) {
        bool still;

        if (!climb_at(m, &m->here, sigma, true)) {
            if (rises)
                return CLUSTERED_ITERATION;
            break;
        }
        still = d_sigma(m, &m->here) > 0;
        if (rises && !still) {
            if (!find_joint_peak(m, low, sigma) && !find_peak(m, low, sigma))
                return CLUSTERED_ITERATION;
            if (m->here.log_lik > best) {
                copy_place(m, &m->kept, &m->here);
                best = m->here.log_lik;
            }
            if (!climb_at(m, &m->here, sigma, true))
                return CLUSTERED_ITERATION;
        }
        rises = still;
        low = sigma;
        if (!rises && m->here.log_lik < best - deep)
            break;
    }
    return rises && m->here.log_lik > best ? CLUSTERED_SIGMA : CLUSTERED_FINE;
}

/* ---- from rows to the highest peak ---- */

static double *
take(double **at, size_t n)
{
    double *const taken = *at;

    *at += n;
    return taken;
}

static void
place_in(const struct mixed *m, struct place *place, double **at)
{
    place->b = take(at, m->d.p);
    place->pull = take(at, m->d.p);
    place->slope = take(at, m->dim);
    place->bend = take(at, m->dim * m->dim);
    memset(place->b, 0, 2 * m->d.p * sizeof *place->b);
}

static enum dyad_status
reserve(struct mixed *m)
{
    enum { ROWS = 5, VECTORS = 14, PLACES = 3 };
    struct cluster *c = &m->c;
    double **const rows[ROWS] = { &c->base, &c->row_f2, &c->weight, &c->row_f3, &c->row_f4 };
    double **const vectors[VECTORS] = { &c->x1,    &c->x2,      &c->mode_x2,     &c->x3,  &c->x4,
                                        &c->d_mode, &c->d_scale, &c->d_log_scale, &c->d_c, &c->a,
                                        &c->d_z,   &c->a_z,     &c->d_g,         &c->slope };
    const size_t p = m->d.p, dim = m->dim = p + 1, square = dim * dim;
    double *at = malloc((m->d.clusters + ROWS * m->d.most + VECTORS * dim + square +
                         PLACES * (2 * p + dim + square) + square + dim) *
                        sizeof *at);

    if ((m->storage = at) == NULL)
        return DYAD_NOMEM;
    m->modes = take(&at, m->d.clusters);
    memset(m->modes, 0, m->d.clusters * sizeof *m->modes);
    for (size_t i = 0; i < ROWS; i++)
        *rows[i] = take(&at, m->d.most);
    for (size_t i = 0; i < VECTORS; i++) {
        *vectors[i] = take(&at, dim);
        memset(*vectors[i], 0, dim * sizeof(double));
    }
    c->bend = take(&at, square);
    place_in(m, &m->here, &at);
    place_in(m, &m->trial, &at);
    place_in(m, &m->kept, &at);
    m->factor = take(&at, square);
    m->step = take(&at, dim);
    return DYAD_OK;
}

static bool
are_binary(const struct clustered_design *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (!(d->y[i] >= 0 && d->y[i] <= d->total[i] && is_whole(d->y[i])))
            return false;
    return true;
}

/* Does any cluster have two people? */
static bool
are_together(const struct clustered_design *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (clustered_people(d, i) > 1)
            return true;
    return d->most > 1;
}

/* From here on a row counts for all that are like it. */
static void
count_rows(struct mixed *m)
{
    struct sum constant = { 0, 0 };

    for (size_t i = 0; i < m->d.n; i++) {
        if (m->d.total[i] > 1)
            sum_add(&constant, m->d.times[i] * lchoose(m->d.total[i], m->d.y[i]));
        m->d.y[i] *= m->d.times[i];
        m->d.total[i] *= m->d.times[i];
        m->d.times[i] = 1;
    }
    m->constant = sum_value(&constant);
}

static void
mixed_release(struct mixed *m)
{
    clustered_design_release(&m->d);
    free(m->storage);
    m->storage = NULL;
}

/* The highest peak, in m->here, and the logistic regression's log-likelihood. */
static enum dyad_status
maximize(const struct clustered_rows *rows, unsigned points, struct mixed *m,
         double *log_lik_fixed, struct clustered_why *why)
{
    enum dyad_status st;

    if (points < 1 || points > MIXED_MOST_POINTS) {
        *why = (struct clustered_why){ CLUSTERED_INVALID, rows->p };
        return DYAD_DOMAIN;
    }
    if ((st = clustered_design_init(rows, &m->d, why)) != DYAD_OK)
        return st;
    why->trouble = are_binary(&m->d) ? CLUSTERED_ALONE : CLUSTERED_INVALID;
    if (why->trouble == CLUSTERED_INVALID || !are_together(&m->d))
        return DYAD_DOMAIN;
    if ((st = reserve(m)) != DYAD_OK)
        return st;
    count_rows(m);
    hermite_set(&m->rule, points);
    hermite_set(&m->single, 1);
    m->here.sigma = 0;
    why->trouble = CLUSTERED_SEPARATED;
    if (!climb(m, &m->here, false))
        return DYAD_DOMAIN;
    *log_lik_fixed = m->here.log_lik;
    if ((why->trouble = find_highest(m)) != CLUSTERED_FINE)
        return DYAD_NOCONV;
    copy_place(m, &m->here, &m->kept);
    return DYAD_OK;
}

/* Minus the bend of (b, sigma), or of b where sigma = 0, inverted into ${inverse} (dim x dim). */
static bool
invert(struct mixed *m, size_t dim, double *inverse)
{
    for (size_t i = 0; i < dim; i++)
        for (size_t j = 0; j <= i; j++)
            m->factor[i * dim + j] = -m->here.bend[i * m->dim + j];
    if (!lower_factor(m->factor, dim, CLUSTERED_LEAST))
        return false;
    lower_inverse(m->factor, dim, inverse);
    return true;
}

static void
put_out(struct mixed *m, const struct clustered_rows *rows, size_t dim, double *inverse,
        const struct mixed_output *output)
{
    const size_t p = m->d.p;

    if (output->coefficients != NULL)
        clustered_coefficients(&m->d, m->here.b, output->coefficients);
    if (output->covariance != NULL) {
        for (size_t i = 0; i < p; i++)
            memmove(inverse + i * p, inverse + i * dim, p * sizeof *inverse);
        clustered_covariance(&m->d, inverse, output->covariance);
    }
    if (output->modes != NULL) {
        for (size_t i = 0; i < rows->clusters; i++)
            output->modes[i] = NAN;
        for (size_t i = 0; i < m->d.clusters; i++)
            output->modes[m->d.number[i]] = m->here.sigma * m->modes[i];
    }
}

enum dyad_status
mixed_logistic(const struct clustered_rows *rows, unsigned points, struct mixed_fit *fit,
               const struct mixed_output *output, struct clustered_why *why)
{
    struct mixed m = { .d = CLUSTERED_DESIGN_INIT };
    double log_lik_fixed, *inverse = NULL;
    enum dyad_status st = maximize(rows, points, &m, &log_lik_fixed, why);

    if (st != DYAD_OK)
        goto done;
    /* The modes of the last place that was looked at are not those of the highest. */
    look(&m, &m.here);
    inverse = m.kept.bend;

    const double sigma = m.here.sigma, variance = sigma * sigma;
    const size_t dim = sigma > 0 ? m.dim : m.d.p;

    if (!invert(&m, dim, inverse)) {
        why->trouble = CLUSTERED_ITERATION;
        st = DYAD_NOCONV;
        goto done;
    }
    *fit = (struct mixed_fit){ .clusters = m.d.clusters,
                               .people = m.d.people,
                               .sigma = sigma,
                               .sigma_error = sigma > 0 ? sqrt(inverse[dim * dim - 1]) : NAN,
                               .icc = variance / (variance + M_PI * M_PI / 3),
                               .log_lik = m.here.log_lik,
                               .log_lik_fixed = log_lik_fixed,
                               .iterations = m.iterations };
    put_out(&m, rows, dim, inverse, output);
done:
    mixed_release(&m);
    return st;
}

/* ---- limits ---- */

/* Where the profile is ${height}, between sigmas on either side of that; from m->here. */
static bool
find_height(struct mixed *m, double height, double within, double without, double *out)
{
    double sigma = (within + without) / 2;

    for (int n = 0; n < 200; n++) {
        if (!climb_at(m, &m->here, sigma, false))
            return false;

        const double above = m->here.log_lik - height;

        *(above > 0 ? &within : &without) = sigma;

        const double by = -above / d_sigma(m, &m->here), to = sigma + by;
        const bool is_step = (to - within) * (to - without) < 0;

        if ((is_step && fabs(by) <= 1e-10 * sigma) || fabs(within - without) <= 1e-14 * sigma) {
            *out = is_step ? to : sigma;
            return true;
        }
        sigma = is_step ? to : (within + without) / 2;
    }
    return false;
}

static bool
find_limits(struct mixed *m, double log_lik_fixed, double level, double *low, double *high)
{
    const double z = cells_z(level), height = m->here.log_lik - z * z / 2, peak = m->here.sigma;
    double within = peak, without = fmax(2 * peak, smallest_sigma(m));

    copy_place(m, &m->kept, &m->here);
    *low = 0;
    if (log_lik_fixed < height && !find_height(m, height, peak, 0, low))
        return false;
    copy_place(m, &m->here, &m->kept);
    for (; without < most_sigma; without *= 2) {
        if (!climb_at(m, &m->here, without, false))
            break;
        if (m->here.log_lik < height)
            return find_height(m, height, within, without, high);
        within = without;
    }
    *high = INFINITY;
    return true;
}

enum dyad_status
mixed_logistic_sigma_limits(const struct clustered_rows *rows, unsigned points, double level,
                            double *low, double *high, struct clustered_why *why)
{
    struct mixed m = { .d = CLUSTERED_DESIGN_INIT };
    double log_lik_fixed, limits[2];
    enum dyad_status st;

    if (!is_level(level)) {
        *why = (struct clustered_why){ CLUSTERED_INVALID, rows->p };
        return DYAD_DOMAIN;
    }
    if ((st = maximize(rows, points, &m, &log_lik_fixed, why)) != DYAD_OK)
        goto done;
    if (!find_limits(&m, log_lik_fixed, level, &limits[0], &limits[1])) {
        why->trouble = CLUSTERED_ITERATION;
        st = DYAD_NOCONV;
        goto done;
    }
    *low = limits[0];
    *high = limits[1];
done:
    mixed_release(&m);
    return st;
}
