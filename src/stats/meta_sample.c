#include "meta_sample.h"

#include <float.h>
#include <math.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"

bool
are_effects(const struct effect *effects, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (!(fabs(effects[i].y) <= 1e60 && effects[i].v >= 1e-60 && effects[i].v <= 1e60))
            return false;
    return k > 0;
}

static double
weight(const struct effect *e, double tau2)
{
    return tau2 == INFINITY ? 1 : 1 / (e->v + tau2);
}

/* ---- the intercept alone ---- */

/*
 * A study that outweighs all others has a residual, and a share of the others, far below the
 * rounding of y and sum w.  So y is counted from the heaviest study's, and what the others weigh
 * is for that study summed without it: all terms keep their relative accuracy.
 */
static void
intercept_moments(const struct sample *s, double tau2, struct moments *out)
{
    const struct effect *e = s->effects;
    size_t heaviest = 0;
    double rest = 0, sum_z = 0;
    struct moments m = { .full_rank = true };

    for (size_t i = 1; i < s->k; i++)
        if (e[i].v < e[heaviest].v)
            heaviest = i;
    for (size_t i = 0; i < s->k; i++) {
        const double w = weight(&e[i], tau2);

        if (i != heaviest)
            rest += w;
        sum_z += w * (e[i].y - e[heaviest].y);
    }
    m.sum_w = rest + weight(&e[heaviest], tau2);

    const double mean_z = sum_z / m.sum_w;

    for (size_t i = 0; i < s->k; i++) {
        const double w = weight(&e[i], tau2), r = (e[i].y - e[heaviest].y) - mean_z;
        const double p = w * ((i == heaviest ? rest : m.sum_w - w) / m.sum_w);

        m.ypy += w * r * r;
        m.yppy += w * r * (w * r);
        m.trace_p += p;
        m.trace_pv += p * e[i].v;
    }
    m.mean = e[heaviest].y + mean_z;
    m.log_det = log(m.sum_w);
    *out = m;
}

/* ---- a design ---- */

/* Where sample_room goes: q (k x p, orthonormal columns of W^(1/2) X), r (upper triangle), the
 * weighted residual and the projections of y. */
struct parts {
    double *q, *residual, *root_w, *r, *qy;
};

static struct parts
parts_of(const struct sample *s)
{
    double *q = s->room, *residual = q + s->k * s->p, *root_w = residual + s->k;
    double *r = root_w + s->k, *qy = r + s->p * s->p;

    return (struct parts){ q, residual, root_w, r, qy };
}

/* Takes from ${column} its part along column j of q, and returns how much that was. */
static double
project_out(const struct sample *s, const double *q, size_t j, double *column, size_t stride)
{
    double product = 0;

    for (size_t i = 0; i < s->k; i++)
        product += q[i * s->p + j] * column[i * stride];
    for (size_t i = 0; i < s->k; i++)
        column[i * stride] -= product * q[i * s->p + j];
    return product;
}

static double
length(const double *column, size_t k, size_t stride)
{
    double squares = 0;

    for (size_t i = 0; i < k; i++)
        squares += column[i * stride] * column[i * stride];
    return sqrt(squares);
}

/* Modified Gram and Schmidt, y treated as one more column: as good as Householder's (Bjorck 1967,
 * BIT 7:1-21).  False if a column depends on those before it. */
static bool
orthogonalize(const struct sample *s, const struct parts *at)
{
    for (size_t j = 0; j < s->p; j++) {
        const double before = length(at->q + j, s->k, s->p);

        for (size_t i = 0; i < s->p; i++)
            at->r[i * s->p + j] = 0;
        for (size_t i = 0; i < j; i++)
            at->r[i * s->p + j] = project_out(s, at->q, i, at->q + j, s->p);

        const double after = length(at->q + j, s->k, s->p);

        if (!(after > 1e-10 * before))
            return false;
        at->r[j * s->p + j] = after;
        for (size_t i = 0; i < s->k; i++)
            at->q[i * s->p + j] /= after;
    }
    return true;
}

static void
design_moments(const struct sample *s, double tau2, struct moments *out)
{
    const struct parts at = parts_of(s);
    struct moments m = { .mean = NAN };

    for (size_t i = 0; i < s->k; i++) {
        const double w = weight(&s->effects[i], tau2);

        m.sum_w += w;
        at.root_w[i] = sqrt(w);
        at.residual[i] = at.root_w[i] * s->effects[i].y;
        for (size_t j = 0; j < s->p; j++)
            at.q[i * s->p + j] = at.root_w[i] * s->x[i * s->p + j];
    }
    m.full_rank = orthogonalize(s, &at);
    for (size_t j = 0; m.full_rank && j < s->p; j++) {
        at.qy[j] = project_out(s, at.q, j, at.residual, 1);
        m.log_det += 2 * log(at.r[j * s->p + j]);
    }
    for (size_t i = 0; i < s->k; i++) {
        const double rw = at.root_w[i], residual = at.residual[i];
        double hat = 0;

        for (size_t j = 0; j < s->p; j++)
            hat += at.q[i * s->p + j] * at.q[i * s->p + j];
        m.ypy += residual * residual;
        m.yppy += rw * residual * (rw * residual);
        m.trace_p += rw * rw * (1 - hat);
        m.trace_pv += rw * rw * (1 - hat) * s->effects[i].v;
    }
    *out = m;
}

void
sample_moments(const struct sample *s, double tau2, struct moments *out)
{
    if (s->x == NULL)
        intercept_moments(s, tau2, out);
    else
        design_moments(s, tau2, out);
}

void
sample_coefficients(const struct sample *s, double *b, double *inverse)
{
    const struct parts at = parts_of(s);
    const size_t p = s->p;

    for (size_t j = p; j-- > 0;) {
        b[j] = at.qy[j];
        for (size_t i = j + 1; i < p; i++)
            b[j] -= at.r[j * p + i] * b[i];
        b[j] /= at.r[j * p + j];
    }
    for (size_t c = 0; c < p; c++)
        for (size_t j = p; j-- > 0;) {
            double sum = j == c ? 1 : 0;

            for (size_t i = j + 1; i <= c && j < c; i++)
                sum -= at.r[j * p + i] * inverse[i * p + c];
            inverse[j * p + c] = j > c ? 0 : sum / at.r[j * p + j];
        }
}

/* ---- equations for tau2 ---- */

enum slope { SLOPE_ML, SLOPE_REML, SLOPE_PROFILE };

/* What falls through 0 at the tau2 that is sought. */
struct equation {
    const struct sample *s;
    enum slope slope;
    double target;
};

static double
value_at(const struct equation *e, double tau2)
{
    struct moments m;

    sample_moments(e->s, tau2, &m);
    if (!m.full_rank)
        return NAN;
    if (e->slope == SLOPE_PROFILE)
        return m.ypy - e->target;
    return m.yppy - (e->slope == SLOPE_ML ? m.sum_w : m.trace_p);
}

static double
least_variance(const struct sample *s)
{
    double least = s->effects[0].v;

    for (size_t i = 1; i < s->k; i++)
        least = fmin(least, s->effects[i].v);
    return least;
}

static double
largest_variance(const struct sample *s)
{
    double largest = s->effects[0].v;

    for (size_t i = 1; i < s->k; i++)
        largest = fmax(largest, s->effects[i].v);
    return largest;
}

/*
 * Brent's method (1973, Algorithms for Minimization without Derivatives, chapter 4) between a
 * and b of opposite signs, to the last digits: a tau2 a thousandth of the rounding of the least
 * variance is none.
 */
static enum dyad_status
find_root(const struct equation *e, double a, double fa, double b, double fb, double *out)
{
    const double least = 1e-3 * DBL_EPSILON * least_variance(e->s);
    double c = a, fc = fa, step = b - a, last = step;

    for (int i = 0; i < 300; i++) {
        if (fabs(fc) < fabs(fb)) {
            a = b, fa = fb;
            b = c, fb = fc;
            c = a, fc = fa;
        }

        const double within = DBL_EPSILON * fabs(b) + least, half = (c - b) / 2;

        if (fabs(half) <= within || fb == 0) {
            *out = b;
            return DYAD_OK;
        }
        if (fabs(last) >= within && fabs(fa) > fabs(fb)) {
            const double s = fb / fa;
            double p, q;

            if (a == c) {
                p = 2 * half * s;
                q = 1 - s;
            } else {
                const double t = fa / fc, r = fb / fc;

                p = s * (2 * half * t * (t - r) - (b - a) * (r - 1));
                q = (t - 1) * (r - 1) * (s - 1);
            }
            q = p > 0 ? -q : q;
            p = fabs(p);
            if (2 * p < fmin(3 * half * q - fabs(within * q), fabs(last * q))) {
                last = step;
                step = p / q;
            } else {
                step = last = half;
            }
        } else {
            step = last = half;
        }
        a = b, fa = fb;
        b += fabs(step) > within ? step : copysign(within, half);
        fb = value_at(e, b);
        if (isnan(fb))
            return DYAD_NOCONV;
        if ((fb > 0) == (fc > 0)) {
            c = a, fc = fa;
            step = last = b - a;
        }
    }
    return DYAD_NOCONV;
}

/* Squares about the unweighted fit: those of identical effects, or a perfect one, are 0. */
static double
unweighted_squares(const struct sample *s)
{
    struct moments m;

    sample_moments(s, INFINITY, &m);
    return m.ypy;
}

enum dyad_status
sample_profile(const struct sample *s, double target, double *out)
{
    const struct equation e = { s, SLOPE_PROFILE, target };
    const double at_zero = value_at(&e, 0);

    if (isnan(at_zero))
        return DYAD_NOCONV;
    if (at_zero <= 0) {
        *out = 0;
        return DYAD_OK;
    }

    /* y'P y <= squares / (v + tau2); twice that, for rounding. */
    const double beyond = 2 * unweighted_squares(s) / target;

    return find_root(&e, 0, at_zero, beyond, value_at(&e, beyond), out);
}

/* ---- likelihoods ---- */

static double
log_likelihood(const struct equation *e, double tau2)
{
    struct moments m;
    double sum = 0;

    sample_moments(e->s, tau2, &m);
    for (size_t i = 0; i < e->s->k; i++)
        sum += log(e->s->effects[i].v + tau2);
    return -(sum + m.ypy + (e->slope == SLOPE_REML ? m.log_det : 0)) / 2;
}

/* The maxima of a likelihood as they are met, and the highest of them. */
struct maximum {
    double tau2, height;
    size_t n;
};

/* The height is asked for only if there is something to compare. */
static void
compare(const struct equation *e, double tau2, struct maximum *best)
{
    if (best->n++ == 0) {
        best->tau2 = tau2;
        return;
    }
    if (best->n == 2)
        best->height = log_likelihood(e, best->tau2);

    const double height = log_likelihood(e, tau2);

    if (height > best->height) {
        best->tau2 = tau2;
        best->height = height;
    }
}

/*
 * Beyond the root of t^2 = A (t + largest v), A = squares/(k-p), both likelihoods fall, since
 * y'PP y <= squares / (v_least + t)^2 and tr P >= (k-p) / (v_largest + t).  The search goes on to
 * twice that root, for rounding.
 */
static enum dyad_status
largest_likelihood(const struct sample *s, enum slope slope, double *out)
{
    const struct equation e = { s, slope, 0 };
    const double a = unweighted_squares(s) / (double)(s->k - s->p);
    const double end = a + sqrt(a * a + 4 * a * largest_variance(s));
    struct maximum best = { 0, 0, 0 };
    double at = 0, value = value_at(&e, 0);

    if (value <= 0)
        compare(&e, 0, &best);
    for (double next = least_variance(s) / 8; at < end; next *= 2) {
        const double next_value = value_at(&e, next);
        double root;

        if (isnan(next_value))
            return DYAD_NOCONV;
        if (value > 0 && next_value <= 0) {
            const enum dyad_status st = find_root(&e, at, value, next, next_value, &root);

            if (st != DYAD_OK)
                return st;
            compare(&e, root, &best);
        }
        at = next;
        value = next_value;
    }
    if (best.n == 0)
        return DYAD_NOCONV;
    *out = best.tau2;
    return DYAD_OK;
}

/* ---- estimates of moments ---- */

static double
sidik_jonkman(const struct sample *s)
{
    const struct sample plain = sample_of(s->effects, s->k);
    const double start = unweighted_squares(&plain) / (double)s->k;
    struct moments m;

    sample_moments(s, start, &m);
    return start * m.ypy / (double)(s->k - s->p);
}

/* Q about a given value instead of the mean. */
static double
squares_about(const struct sample *s, double center)
{
    struct sum q = { 0, 0 };

    for (size_t i = 0; i < s->k; i++)
        sum_add(&q, (s->effects[i].y - center) / s->effects[i].v * (s->effects[i].y - center));
    return sum_value(&q);
}

static double
by_moments(const struct sample *s, enum tau2_estimator estimator, double given)
{
    const double k = (double)s->k, df = (double)(s->k - s->p);
    struct moments m;

    sample_moments(s, estimator == TAU2_HE ? INFINITY : 0, &m);
    if (estimator == TAU2_HE)
        return (m.ypy - m.trace_pv) / df;
    if (estimator == TAU2_HS)
        return (m.ypy - k) / m.sum_w;
    return ((estimator == TAU2_MH_DL ? squares_about(s, given) : m.ypy) - df) / m.trace_p;
}

enum dyad_status
sample_tau2(const struct sample *s, enum tau2_estimator estimator, double given, double *out)
{
    double tau2 = 0;
    enum dyad_status st = DYAD_OK;

    if (estimator == TAU2_GIVEN && !(given >= 0 && given <= 1e60))
        return DYAD_DOMAIN;
    if (estimator == TAU2_MH_DL && (!isfinite(given) || s->x != NULL))
        return DYAD_DOMAIN;
    if (estimator == TAU2_GIVEN)
        tau2 = given;
    else if (s->k <= s->p)
        tau2 = 0;
    else if (estimator == TAU2_ML || estimator == TAU2_REML)
        st = largest_likelihood(s, estimator == TAU2_ML ? SLOPE_ML : SLOPE_REML, &tau2);
    else if (estimator == TAU2_EB || estimator == TAU2_PM)
        st = sample_profile(s, (double)(s->k - s->p), &tau2);
    else if (estimator == TAU2_SJ)
        tau2 = sidik_jonkman(s);
    else
        tau2 = by_moments(s, estimator, given);
    if (st == DYAD_OK)
        *out = fmax(0, tau2);
    return st;
}

/* ---- intervals ---- */

double
meta_prediction_df(enum meta_prediction prediction, size_t k, double interval_df)
{
    switch (prediction) {
    case PREDICTION_HTS:
        return (double)k - 2;
    case PREDICTION_VERONIKI:
        return (double)k - 1;
    default:
        return interval_df;
    }
}
