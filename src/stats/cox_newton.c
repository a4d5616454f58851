#include "cox_newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A pivot below this part of its diagonal element is rounding: R's toler.chol. */
static const double pivot_least = 1.8e-12;

enum { ITERATIONS_MAX = 200, HALVINGS_MAX = 50 };

/* Linear predictors that differ by this much differ for good: exp(-40) is below rounding. */
static const double far_apart = 40, far_most = 600;

/* ---- storage ---- */

enum dyad_status
newton_work_reserve(struct newton_work *work, size_t p)
{
    const size_t square = p * p;
    double *at = malloc((5 * p + 3 * square + p + 1) * sizeof *at);

    if (at == NULL)
        return DYAD_NOMEM;
    work->room = work->gradient = at;
    work->scale = at += p;
    work->step = at += p;
    work->next = at += p;
    work->direction = at += p;
    work->information = at += p;
    work->basis = at += square;
    work->factor = at + square; /* and p more */
    return DYAD_OK;
}

void
newton_work_release(struct newton_work *work)
{
    free(work->room);
    work->room = NULL;
}

/* ---- the space that some vectors span ---- */

static void
reject_once(const struct span *s, double *v)
{
    for (size_t d = 0; d < s->dim; d++) {
        const double *b = s->basis + d * s->p;
        double along = 0;

        for (size_t j = 0; j < s->p; j++)
            along += b[j] * v[j];
        for (size_t j = 0; j < s->p; j++)
            v[j] -= along * b[j];
    }
}

/* Twice is enough (Kahan and Parlett; see Parlett 1980, The Symmetric Eigenvalue Problem). */
void
span_reject(const struct span *s, double *v)
{
    reject_once(s, v);
    reject_once(s, v);
}

static double
norm(const double *v, size_t p)
{
    double squares = 0;

    for (size_t j = 0; j < p; j++)
        squares += v[j] * v[j];
    return sqrt(squares);
}

void
span_add(struct span *s, double *v)
{
    const double before = norm(v, s->p);

    if (s->dim == s->p || !(before > 1e-13))
        return;
    span_reject(s, v);

    const double left = norm(v, s->p);

    if (!(left > 1e-9 * before && left > 1e-13))
        return;
    for (size_t j = 0; j < s->p; j++)
        s->basis[s->dim * s->p + j] = v[j] / left;
    s->dim++;
}

/* ---- symmetric matrices, row after row ---- */

/* a of n by n becomes l of l l' in its lower triangle. */
static bool
factorize(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const double whole = a[j * n + j];

        for (size_t i = j; i < n; i++) {
            double x = a[i * n + j];

            for (size_t c = 0; c < j; c++)
                x -= a[i * n + c] * a[j * n + c];
            if (i > j)
                a[i * n + j] = x / a[j * n + j];
            else if (x > 0x1p-48 * whole && isfinite(x))
                a[j * n + j] = sqrt(x);
            else
                return false;
        }
    }
    return true;
}

static void
solve(const double *l, size_t n, double *v)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < i; c++)
            v[i] -= l[i * n + c] * v[c];
        v[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t c = i + 1; c < n; c++)
            v[i] -= l[c * n + i] * v[c];
        v[i] /= l[i * n + i];
    }
}

/* The rows and columns that are COX_FINITE, side by side; how many. */
static size_t
compress(const double *a, size_t p, const enum cox_state *state, double *out)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < p; i++) {
        if (state[i] != COX_FINITE)
            continue;
        n++;
        for (size_t j = 0; j < p; j++)
            if (state[j] == COX_FINITE)
                out[at++] = a[i * p + j];
    }
    return n;
}

static void
compress_vector(const double *v, size_t p, const enum cox_state *state, double *out)
{
    for (size_t j = 0; j < p; j++)
        if (state[j] == COX_FINITE)
            *out++ = v[j];
}

/* Back to p places, in place, 0 where nothing was. */
static void
expand_vector(double *v, size_t n, size_t p, const enum cox_state *state)
{
    for (size_t j = p; j-- > 0;)
        v[j] = state[j] == COX_FINITE ? v[--n] : 0;
}

void
newton_find_aliased(const double *a, const double *scale, size_t p, double *room,
                    enum cox_state *state)
{
    memcpy(room, a, p * p * sizeof *room);
    for (size_t j = 0; j < p; j++) {
        const double pivot = room[j * p + j];

        if (state[j] != COX_FINITE)
            continue;
        if (!(pivot > pivot_least * fabs(a[j * p + j]) && pivot > pivot_least * scale[j])) {
            state[j] = COX_ALIASED;
            continue;
        }
        for (size_t i = j + 1; i < p; i++) {
            const double part = room[i * p + j] / pivot;

            for (size_t c = j + 1; c < p; c++)
                room[i * p + c] -= part * room[j * p + c];
        }
    }
}

bool
newton_invert(const double *a, size_t p, const enum cox_state *state, double *room,
              double *inverse)
{
    const size_t n = compress(a, p, state, room);
    size_t k = 0;

    if (!factorize(room, n))
        return false;
    memset(inverse, 0, p * p * sizeof *inverse);
    for (size_t j = 0; j < p; j++) {
        if (state[j] != COX_FINITE)
            continue;
        inverse[j * p + k++] = 1;
        solve(room, n, inverse + j * p);
        expand_vector(inverse + j * p, n, p, state);
    }
    return true;
}

double
newton_quadratic(const double *a, const double *u, size_t p, const enum cox_state *state,
                 double *room)
{
    const size_t n = compress(a, p, state, room);
    double *v = room + p * p, sum = 0;

    if (!factorize(room, n))
        return NAN;
    compress_vector(u, p, state, v);
    solve(room, n, v);
    expand_vector(v, n, p, state);
    for (size_t j = 0; j < p; j++)
        sum += state[j] == COX_FINITE ? u[j] * v[j] : 0;
    return sum;
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

/* Where the information is not definite, some of its scale makes it so: a shorter step. */
static bool
find_step(struct climb *c)
{
    const size_t p = c->like->p;
    double *factor = c->work->factor, *step = c->work->step;

    for (double ridge = 0; ridge < 1; ridge = ridge == 0 ? 1e-13 : 10 * ridge) {
        const size_t n = compress(c->at.information, p, c->state, factor);

        compress_vector(c->at.scale, p, c->state, step);
        for (size_t j = 0; j < n; j++)
            factor[j * n + j] += ridge * step[j];
        if (!factorize(factor, n))
            continue;
        compress_vector(c->at.gradient, p, c->state, step);
        solve(factor, n, step);
        expand_vector(step, n, p, c->state);
        c->decrement = c->reach = 0;
        for (size_t j = 0; j < p; j++) {
            c->decrement += step[j] * c->at.gradient[j];
            c->reach += fabs(step[j]) * c->like->range[j];
        }
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

/* Which columns take part in what no longer matters, and as many fixed as that has dimensions. */
static void
mark_infinite(struct climb *c, const struct recession *r)
{
    const size_t p = c->like->p;
    struct span span = r->span; /* those fixed are added: what is left is to be decided */
    double *v = c->work->next, most = 0;

    for (size_t j = 0; j < p; j++)
        most = fmax(most, fabs(r->direction[j]) * c->like->range[j]);
    for (;;) {
        size_t best = p;
        double largest = 1e-7;

        for (size_t j = 0; j < p; j++) {
            if (c->state[j] != COX_FINITE)
                continue;
            memset(v, 0, p * sizeof *v);
            v[j] = 1;
            span_reject(&span, v);

            const double outside = norm(v, p), along = r->direction[j] * c->like->range[j];

            if (outside > 1e-7 && span.dim == r->span.dim && c->sign[j] == 0)
                c->sign[j] = fabs(along) > 1e-7 * most ? (along > 0 ? 1 : -1) : NAN;
            if (outside > largest) {
                largest = outside;
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

/* Once the direction is known: to where its end is, and the rest from there. */
static enum dyad_status
leave_for_infinity(struct climb *c, const struct recession *r, struct newton_result *out)
{
    const size_t p = c->like->p;
    const double length = far_apart / r->gap;
    enum dyad_status st;

    out->infinite = true;
    mark_infinite(c, r);
    if (!(length * r->spread <= far_most)) {
        out->lost = true;
        return DYAD_OK;
    }
    for (size_t j = 0; j < p; j++)
        c->work->next[j] = c->beta[j] + length * r->direction[j];
    if ((st = c->like->evaluate(c->like->model, c->work->next, &c->at)) != DYAD_OK)
        return st;
    if (!isfinite(c->at.loglik)) {
        out->lost = true;
        return c->like->evaluate(c->like->model, c->beta, &c->at);
    }
    memcpy(c->beta, c->work->next, p * sizeof *c->beta);
    return DYAD_OK;
}

static enum dyad_status
look_for_infinity(struct climb *c, struct newton_result *out)
{
    struct recession r = { .direction = c->work->direction,
                           .span = { c->work->basis, c->like->p, 0 } };
    bool yes = false;
    enum dyad_status st =
        c->like->recedes(c->like->model, c->work->step, c->state, &r, &yes);

    return st == DYAD_OK && yes ? leave_for_infinity(c, &r, out) : st;
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
    if (c->like->recedes == NULL)
        return c->decrement < 1e-24 || (previous < 1e-18 && c->decrement > previous / 2);
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

static enum dyad_status
climb(struct climb *c, struct newton_result *out)
{
    double previous = INFINITY;

    for (out->iterations = 1; out->iterations <= ITERATIONS_MAX; out->iterations++) {
        bool moved, last;
        enum dyad_status st;

        if (!find_step(c))
            return DYAD_NOCONV;
        if (c->like->recedes != NULL && !out->lost && out->iterations > 3 &&
            c->decrement < 0.01 && c->reach > 1e-3) {
            const size_t held = count_held(c);

            if ((st = look_for_infinity(c, out)) != DYAD_OK)
                return st;
            if (count_held(c) > held) {
                previous = INFINITY;
                continue;
            }
        }
        last = is_last(c, previous);
        previous = c->decrement;
        if ((st = climb_step(c, &moved)) != DYAD_OK)
            return st;
        if (last || (out->lost && c->decrement < 1e-10))
            return DYAD_OK;
        if (!moved)
            return c->decrement < 1e-9 && c->reach < 1e-3 ? DYAD_OK : DYAD_NOCONV;
    }
    return DYAD_NOCONV;
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
        sign[j] = 0;
        out->rank += state[j] == COX_FINITE;
    }
    out->score = newton_quadratic(work->information, work->gradient, like->p, state, work->factor);
    if (out->rank > 0)
        st = climb(&c, out);
    out->loglik = c.at.loglik;
    return st;
}
