#include "cox_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"

/* ---- fits ---- */

enum dyad_status
fitted_reserve(struct fitted *f, size_t p)
{
    *f = (struct fitted){ .p = p };
    f->beta = calloc(2 * p + 2 * p * p + 1, sizeof *f->beta);
    f->state = calloc(2 * p + 1, sizeof *f->state);
    if (f->beta == NULL || f->state == NULL)
        return DYAD_NOMEM;
    f->sign = f->beta + p;
    f->covariance = f->sign + p;
    f->free_covariance = f->covariance + p * p;
    f->held = f->state + p;
    return DYAD_OK;
}

void
fitted_release(struct fitted *f)
{
    free(f->beta);
    free(f->state);
    *f = (struct fitted){ .p = 0 };
}

void
fitted_begin(struct fitted *f)
{
    f->ready = false;
    for (size_t j = 0; j < f->p; j++) {
        f->beta[j] = 0;
        f->held[j] = COX_FINITE;
    }
}

enum dyad_status
fitted_finish(struct fitted *f, struct newton_work *work, const struct newton_result *r,
              double *wald)
{
    const size_t p = f->p;

    if (!newton_invert(work->information, p, f->held, work->factor, f->free_covariance)) {
        if (!r->lost)
            return DYAD_NOCONV;
        memset(f->free_covariance, 0, p * p * sizeof *f->free_covariance);
    }
    for (size_t j = 0; j < p; j++)
        f->state[j] = f->sign[j] != 0                          ? COX_INFINITE
                      : r->lost && f->held[j] == COX_FINITE ? COX_LOST
                                                              : f->held[j];
    *wald = r->infinite ? NAN : 0;
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++) {
            const bool finite = f->state[j] == COX_FINITE && f->state[k] == COX_FINITE;

            f->covariance[j * p + k] = finite ? f->free_covariance[j * p + k] : NAN;
            *wald += f->beta[j] * work->information[j * p + k] * f->beta[k];
        }
    f->loglik = r->loglik;
    f->infinite = r->infinite;
    f->ready = true;
    return DYAD_OK;
}

void
fitted_report(const struct fitted *f, double *coefficients, double *covariance,
              enum cox_state *state)
{
    for (size_t j = 0; j < f->p; j++)
        coefficients[j] = f->state[j] == COX_FINITE     ? f->beta[j]
                          : f->state[j] == COX_INFINITE ? f->sign[j] * INFINITY
                                                        : NAN;
    memcpy(covariance, f->covariance, f->p * f->p * sizeof *covariance);
    memcpy(state, f->state, f->p * sizeof *state);
}

struct test
fitted_test(double statistic, double df)
{
    if (!(df > 0) || isnan(statistic))
        return (struct test){ NAN, df, NAN };
    return (struct test){ statistic, df, cells_p_chi2(statistic, df) };
}

void
fitted_sandwich(const struct fitted *f, const double *meat, double *room, double *covariance)
{
    const size_t p = f->p;
    const double *v = f->free_covariance;

    memset(room, 0, p * p * sizeof *room);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            for (size_t l = 0; l < p; l++)
                room[j * p + l] += v[j * p + k] * meat[k * p + l];
    for (size_t j = 0; j < p; j++)
        for (size_t l = 0; l < p; l++) {
            double sum = 0;

            for (size_t k = 0; k < p; k++)
                sum += room[j * p + k] * v[k * p + l];
            covariance[j * p + l] =
                f->state[j] == COX_FINITE && f->state[l] == COX_FINITE ? sum : NAN;
        }
}

/* ---- profiles ---- */

struct profile {
    const struct fitted *f;
    const struct likelihood *like;
    struct newton_work *work;
    size_t column;
    double *beta, *sign;
    enum cox_state *state;
    double root;  /* sqrt(2 (l - l profile)) where the limit is */
    double there; /* the same at the value last tried, and its derivative */
    double slope;
};

enum { PROFILE_MAX = 100 };

/* The signed root of the deviance is almost linear in the coefficient. */
static enum dyad_status
try_value(struct profile *t, double value)
{
    const struct fitted *f = t->f;
    struct newton_result r;
    enum dyad_status st;

    for (size_t j = 0; j < f->p; j++) {
        t->state[j] = f->state[j] == COX_ALIASED || j == t->column ? COX_ALIASED : COX_FINITE;
        if (f->infinite)
            t->beta[j] = 0;
    }
    t->beta[t->column] = value;
    st = newton_maximize(t->like, t->work, t->beta, t->state, t->sign, &r);
    if (st != DYAD_OK)
        return st;
    t->there = sqrt(fmax(0, 2 * (f->loglik - r.loglik)));
    t->slope = -t->work->gradient[t->column] / t->there;
    return DYAD_OK;
}

/* A value beyond the limit, from one inside; steps double. */
static enum dyad_status
find_outside(struct profile *t, double *inside, double step, double *outside)
{
    for (int i = 0; i < PROFILE_MAX; i++, step *= 2) {
        enum dyad_status st = try_value(t, *inside + step);

        if (st != DYAD_OK)
            return st;
        if (t->there >= t->root) {
            *outside = *inside + step;
            return DYAD_OK;
        }
        *inside += step;
    }
    return DYAD_NOCONV;
}

static enum dyad_status
find_limit(struct profile *t, double inside, double step, double *limit)
{
    double outside, at;
    enum dyad_status st = find_outside(t, &inside, step, &outside);

    at = outside;
    for (int i = 0; st == DYAD_OK && i < PROFILE_MAX; i++) {
        double next = at + (t->root - t->there) / t->slope;
        const double low = fmin(inside, outside), high = fmax(inside, outside);

        if (fabs(t->there - t->root) < 1e-11 * t->root) {
            *limit = next >= low && next <= high ? next : at;
            return DYAD_OK;
        }
        if (!(next > low && next < high))
            next = low + (high - low) / 2;
        if (next == at || high - low <= 4e-15 * fmax(fabs(low), fabs(high))) {
            *limit = next;
            return DYAD_OK;
        }
        at = next;
        st = try_value(t, at);
        *(t->there < t->root ? &inside : &outside) = at;
    }
    return st == DYAD_OK ? DYAD_NOCONV : st;
}

/* One that is finite is left on either side; one that is infinite from 0, or as far as is needed. */
static enum dyad_status
find_limits(struct profile *t, double *lower, double *upper)
{
    const struct fitted *f = t->f;
    const size_t j = t->column;
    const double own = 1 / t->like->range[j];
    enum dyad_status st;

    *lower = -INFINITY;
    *upper = INFINITY;
    if (f->state[j] == COX_FINITE) {
        const double step = t->root * sqrt(f->covariance[j * f->p + j]);

        st = find_limit(t, f->beta[j], -step, lower);
        memcpy(t->beta, f->beta, f->p * sizeof *t->beta);
        return st == DYAD_OK ? find_limit(t, f->beta[j], step, upper) : st;
    }
    if (isnan(f->sign[j]))
        return DYAD_OK;

    /* Inside, at last: where the deviance is small. */
    double inside = 0, step = f->sign[j] * own;

    for (int i = 0;; i++, inside += step, step *= 2) {
        if ((st = try_value(t, inside)) != DYAD_OK || i == PROFILE_MAX)
            return st == DYAD_OK ? DYAD_NOCONV : st;
        if (t->there < t->root)
            break;
    }
    return find_limit(t, inside, -f->sign[j] * own, f->sign[j] > 0 ? lower : upper);
}

enum dyad_status
fitted_profile(const struct fitted *f, const struct likelihood *like, struct newton_work *work,
               size_t column, double level, double *lower, double *upper)
{
    struct profile t = { .f = f, .like = like, .work = work, .column = column };
    double low = NAN, high = NAN;
    enum dyad_status st;

    if (!f->ready || column >= f->p || !is_level(level))
        return DYAD_DOMAIN;
    if (f->state[column] == COX_ALIASED || f->state[column] == COX_LOST) {
        *lower = *upper = NAN;
        return DYAD_OK;
    }
    t.root = sqrt(qchisq(1 - level, 1, 0, 0));
    t.beta = malloc(2 * f->p * sizeof *t.beta);
    t.state = malloc(f->p * sizeof *t.state);
    st = t.beta && t.state ? DYAD_OK : DYAD_NOMEM;
    if (st == DYAD_OK) {
        t.sign = t.beta + f->p;
        memcpy(t.beta, f->beta, f->p * sizeof *t.beta);
        st = find_limits(&t, &low, &high);
    }
    free(t.beta);
    free(t.state);
    if (st == DYAD_OK) {
        *lower = low;
        *upper = high;
    }
    return st;
}
