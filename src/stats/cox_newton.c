#include "cox_newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS_MAX = 200, HALVINGS_MAX = 50 };

/*
 * Linear predictors that differ by this much differ for good: exp(-40) is below rounding.  Beyond
 * far_most they have no digits left for what is finite, if anything is.
 */
static const double far_apart = 40, far_most = 1e5, far_most_alone = 1e9;

/* ---- storage ---- */

enum dyad_status
newton_work_reserve(struct newton_work *work, size_t p)
{
    const size_t square = p * p;
    double *at = malloc((8 * p + 4 * square + 1) * sizeof *at);

    if (at == NULL)
        return DYAD_NOMEM;
    work->room = work->gradient = at;
    work->scale = at += p;
    work->step = at += p;
    work->next = at += p;
    work->direction = at += p;
    work->away = at += p;
    work->information = at += p;
    work->basis = at += square;
    work->hessian = at += square;
    work->factor = at + square; /* and 2p more */
    return DYAD_OK;
}

void
newton_work_release(struct newton_work *work)
{
    free(work->room);
    work->room = NULL;
}

/* ---- the way up ---- */

struct climb {
    const struct likelihood *like;
    struct newton_work *work;
    double *beta;
    enum cox_state *state;
    double *sign;
    struct derivatives at;
    double decrement; /* U' I^-1 U: the square of the step in standard errors */
    double reach;     /* the most by which the step moves a linear predictor */
};

/*
 * Where the information is not the second derivative, differences of the gradient are, or near
 * enough.
 */
static enum dyad_status
find_hessian(struct climb *c)
{
    const size_t p = c->like->p;
    struct derivatives beside = { NAN, c->work->away, c->work->basis, c->work->direction };
    double *h = c->work->hessian;

    for (size_t j = 0; j < p; j++) {
        const double by = 1e-5 / c->like->range[j];

        if (c->state[j] != COX_FINITE)
            continue;
        memcpy(c->work->next, c->beta, p * sizeof *c->beta);
        c->work->next[j] += by;

        const enum dyad_status st = c->like->evaluate(c->like->model, c->work->next, &beside);

        if (st != DYAD_OK)
            return st;
        for (size_t k = 0; k < p; k++)
            h[j * p + k] = (c->at.gradient[k] - beside.gradient[k]) / by;
    }
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < j; k++)
            h[j * p + k] = h[k * p + j] = h[j * p + k] / 2 + h[k * p + j] / 2;
    return DYAD_OK;
}

static void
measure_step(struct climb *c)
{
    c->decrement = c->reach = 0;
    for (size_t j = 0; j < c->like->p; j++) {
        c->decrement += c->work->step[j] * c->at.gradient[j];
        c->reach += fabs(c->work->step[j]) * c->like->range[j];
    }
}

static bool
find_newton_step(struct climb *c)
{
    const size_t p = c->like->p;
    double *step = c->work->step;
    const size_t n = newton_compress(c->work->hessian, p, c->state, c->work->factor);

    if (!newton_factorize(c->work->factor, n))
        return false;
    newton_compress_vector(c->at.gradient, p, c->state, step);
    newton_solve(c->work->factor, n, step);
    newton_expand_vector(step, n, p, c->state);
    measure_step(c);
    return isfinite(c->decrement) && isfinite(c->reach);
}

/* Where the information is not definite, some of its scale makes it so: a shorter step. */
static bool
find_step(struct climb *c)
{
    const size_t p = c->like->p;
    double *factor = c->work->factor, *step = c->work->step;

    for (double ridge = 0; ridge < 1; ridge = ridge == 0 ? 1e-13 : 10 * ridge) {
        const size_t n = newton_compress(c->at.information, p, c->state, factor);

        newton_compress_vector(c->at.scale, p, c->state, step);
        for (size_t j = 0; j < n; j++)
            factor[j * n + j] += ridge * step[j];
        if (!newton_factorize(factor, n))
            continue;
        newton_compress_vector(c->at.gradient, p, c->state, step);
        newton_solve(factor, n, step);
        newton_expand_vector(step, n, p, c->state);
        measure_step(c);
        return isfinite(c->decrement) && isfinite(c->reach);
    }
    return false;
}

/* As much of the step as does not lead down; false where nothing of it does. */
static enum dyad_status
climb_step(struct climb *c, bool *moved)
{
    const size_t p = c->like->p;
    const double before = c->at.loglik;
    double part = 1;

    for (int halving = 0; halving < HALVINGS_MAX; halving++, part /= 2) {
        for (size_t j = 0; j < p; j++)
            c->work->next[j] = c->beta[j] + part * c->work->step[j];

        const enum dyad_status st = c->like->evaluate(c->like->model, c->work->next, &c->at);

        if (st != DYAD_OK)
            return st;
        if (c->at.loglik >= before - 1e-13 * fabs(before)) {
            memcpy(c->beta, c->work->next, p * sizeof *c->beta);
            *moved = true;
            return DYAD_OK;
        }
    }
    *moved = false;
    return c->like->evaluate(c->like->model, c->beta, &c->at);
}

/* What is outside of the span of a column alone, in units of its range. */
static double
outside(const struct climb *c, const struct span *span, size_t j, double *v)
{
    memset(v, 0, c->like->p * sizeof *v);
    v[j] = 1;
    span_reject(span, v);
    return newton_norm(v, c->like->p);
}

/*
 * Signs of the columns that take part.  Where there is more than one direction, the sign is that
 * of this one unless a column may as well stay behind.
 */
static enum dyad_status
find_signs(struct climb *c, const struct recession *r)
{
    const size_t p = c->like->p;
    double *v = c->work->next, *without = c->work->factor;
    size_t open = 0;

    for (size_t j = 0; j < p; j++)
        open += c->state[j] == COX_FINITE;
    for (size_t j = 0; j < p; j++) {
        struct recession other = { .direction = without + p,
                                   .span = { without + 2 * p, p, 0 } };
        bool yes = false;

        if (c->state[j] != COX_FINITE || c->sign[j] != 0)
            continue;

        const double own = outside(c, &r->span, j, v);

        if (!(own > 1e-7))
            continue;
        c->sign[j] = r->direction[j] > 0 ? 1 : r->direction[j] < 0 ? -1 : NAN;
        if (r->span.dim + 1 == open)
            continue;
        for (size_t k = 0; k < p; k++)
            without[k] = c->like->range[k] > 0
                             ? r->direction[k] - r->direction[j] * c->like->range[j] * v[k] /
                                                     (own * own * c->like->range[k])
                             : 0;

        const enum dyad_status st =
            c->like->recedes(c->like->model, without, c->state, &other, &yes);

        if (st != DYAD_OK)
            return st;
        if (yes)
            c->sign[j] = NAN;
    }
    return DYAD_OK;
}

/* As many columns as there are dimensions outside of the span. */
static void
fix_columns(struct climb *c, const struct recession *r)
{
    const size_t p = c->like->p;
    struct span span = r->span; /* those fixed are added */
    double *v = c->work->next;

    for (;;) {
        size_t best = p;
        double largest = 1e-7;

        for (size_t j = 0; j < p; j++) {
            const double left = c->state[j] == COX_FINITE ? outside(c, &span, j, v) : 0;

            if (left > largest) {
                largest = left;
                best = j;
            }
        }
        if (best == p)
            return;
        memset(v, 0, p * sizeof *v);
        v[best] = 1;
        span_add(&span, v);
        c->state[best] = COX_INFINITE;
    }
}

/* By what was added for infinity; false where the likelihood has no value there. */
static enum dyad_status
go_away(struct climb *c, bool *there)
{
    const size_t p = c->like->p;
    enum dyad_status st;

    for (size_t j = 0; j < p; j++)
        c->work->next[j] = c->beta[j] + c->work->away[j];
    if ((st = c->like->evaluate(c->like->model, c->work->next, &c->at)) != DYAD_OK)
        return st;
    *there = isfinite(c->at.loglik);
    if (!*there)
        return c->like->evaluate(c->like->model, c->beta, &c->at);
    memcpy(c->beta, c->work->next, p * sizeof *c->beta);
    return DYAD_OK;
}

/* Once the direction is known: to where its end is, and the rest from there. */
static enum dyad_status
leave_for_infinity(struct climb *c, const struct recession *r, struct newton_result *out)
{
    const double length = far_apart / r->gap;
    enum dyad_status st = find_signs(c, r);
    bool there = false;

    if (st != DYAD_OK)
        return st;
    out->infinite = true;
    if (length * r->spread <= (r->span.dim == 0 ? far_most_alone : far_most)) {
        for (size_t j = 0; j < c->like->p; j++)
            c->work->away[j] += length * r->direction[j];
        if ((st = go_away(c, &there)) != DYAD_OK)
            return st;
    }
    if (there)
        fix_columns(c, r);
    else
        out->lost = true;
    return DYAD_OK;
}

/* At the maximum of the rest: is it far enough?  All the way again must make no difference. */
static enum dyad_status
is_far_enough(struct climb *c, bool *enough)
{
    const double before = c->at.loglik;
    bool there;
    const enum dyad_status st = go_away(c, &there);

    *enough = !there || fabs(c->at.loglik - before) <= 1e-13 * (1 + fabs(before));
    return st;
}

static enum dyad_status
look_for_infinity(struct climb *c, struct newton_result *out)
{
    struct recession r = { .direction = c->work->direction,
                           .span = { c->work->basis, c->like->p, 0 } };
    void *const model = c->like->model;
    bool yes = false;
    enum dyad_status st = c->like->recedes(model, c->work->step, c->state, &r, &yes);

    if (st == DYAD_OK && !yes)
        st = c->like->recedes(model, c->beta, c->state, &r, &yes);
    return st == DYAD_OK && yes ? leave_for_infinity(c, &r, out) : st;
}

/*
 * The last step shows the way where some of the likelihood is still to be had; where all of it is,
 * as of numbers that tell events apart, all of beta does.
 */
static bool
may_be_infinite(const struct climb *c, const struct newton_result *out)
{
    if (c->like->recedes == NULL || out->lost)
        return false;
    return (out->iterations > 3 && c->decrement < 0.01 && c->reach > 1e-3) ||
           (out->iterations > 5 && c->reach > 2);
}

/*
 * Near the end a step is the square of the one before, in standard errors: one below 1e-8 is the
 * last, or one that only rounding made.  Along a direction without end the steps, as linear
 * predictors, never become small.
 */
static bool
is_last(const struct climb *c, double previous)
{
    if (!(c->reach < 1e-3))
        return false;
    return c->decrement < 1e-16 || (previous < 1e-11 && c->decrement > previous / 16);
}

static size_t
count_held(const struct climb *c)
{
    size_t held = 0;

    for (size_t j = 0; j < c->like->p; j++)
        held += c->state[j] != COX_FINITE;
    return held;
}

/*
 * A step of 1e-8 standard errors changes the information by that over the root of the number of
 * events.
 */
static void
take_last_step(struct climb *c)
{
    for (size_t j = 0; j < c->like->p; j++)
        c->beta[j] += c->work->step[j];
    c->at.loglik += c->decrement / 2;
}

/* One step; done where there is none left to make. */
static enum dyad_status
climb_on(struct climb *c, double *previous, struct newton_result *out, bool *done)
{
    const bool last = is_last(c, *previous);
    enum dyad_status st;
    bool moved;

    *previous = c->decrement;
    if (last && c->like->costly && !out->infinite && c->decrement < 1e-16) {
        take_last_step(c);
        *done = true;
        return DYAD_OK;
    }
    if ((st = climb_step(c, &moved)) != DYAD_OK)
        return st;
    if (!last && !moved && !(c->decrement < 1e-9 && c->reach < 1e-3))
        return DYAD_NOCONV;
    *done = last || !moved || (out->lost && c->decrement < 1e-10);
    if (*done && out->infinite && !out->lost) {
        if ((st = is_far_enough(c, done)) != DYAD_OK)
            return st;
        *previous = INFINITY;
    }
    return DYAD_OK;
}

static enum dyad_status
climb(struct climb *c, struct newton_result *out)
{
    double previous = INFINITY;
    bool done = false;

    for (out->iterations = 1; out->iterations <= ITERATIONS_MAX; out->iterations++) {
        enum dyad_status st;

        if (c->like->recedes == NULL && out->iterations > 3) {
            if ((st = find_hessian(c)) != DYAD_OK)
                return st;
            if (!find_newton_step(c) && !find_step(c))
                break;
        } else if (!find_step(c)) {
            break;
        }
        if (may_be_infinite(c, out)) {
            const size_t held = count_held(c);

            if ((st = look_for_infinity(c, out)) != DYAD_OK)
                return st;
            if (count_held(c) > held) {
                previous = INFINITY;
                continue;
            }
        }
        if ((st = climb_on(c, &previous, out, &done)) == DYAD_NOCONV)
            break;
        if (st != DYAD_OK || done)
            return st;
    }
    if (!out->lost)
        return DYAD_NOCONV;
    c->at.loglik = NAN; /* it has none, and what it comes to is not known */
    return DYAD_OK;
}

enum dyad_status
newton_maximize(const struct likelihood *like, struct newton_work *work, double *beta,
                enum cox_state *state, double *sign, struct newton_result *out)
{
    struct climb c = { like, work, beta, state, sign,
                       { NAN, work->gradient, work->information, work->scale }, NAN, NAN };
    enum dyad_status st = like->evaluate(like->model, beta, &c.at);

    if (st != DYAD_OK)
        return st;
    if (!isfinite(c.at.loglik))
        return DYAD_DOMAIN;
    *out = (struct newton_result){ .start = c.at.loglik };
    newton_find_aliased(work->information, work->scale, like->p, work->factor, state);
    for (size_t j = 0; j < like->p; j++) {
        sign[j] = work->away[j] = 0;
        out->rank += state[j] == COX_FINITE;
    }
    out->score = newton_quadratic(work->information, work->gradient, like->p, state, work->factor);
    if (out->rank > 0)
        st = climb(&c, out);
    out->loglik = c.at.loglik;
    return st;
}
