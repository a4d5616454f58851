#include "dyad/stats/heaping.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"

/* A band matrix W + lambda P = L D L' and what is solved with it. */
struct curve {
    const double *counts;
    double *use;             /* 0 at heaps, 1 elsewhere */
    double *eta, *mean;      /* log m, m */
    double *d, *below, *far; /* D, and L one and two below its diagonal */
    double *step, *inverse;  /* diagonal of (W + lambda P)^-1 */
    double *best_eta;
    size_t n;
    double lambda, df, deviance;
};

enum { ARRAYS = 9, ITERATIONS_MAX = 200 };

void
heaping_work_release(struct heaping_work *work)
{
    free(work->at);
    *work = (struct heaping_work)HEAPING_WORK_INIT;
}

static enum dyad_status
reserve(struct heaping_work *work, size_t room)
{
    double *larger;

    if (room <= work->room)
        return DYAD_OK;
    larger = realloc(work->at, room * sizeof *larger);
    if (larger == NULL)
        return DYAD_NOMEM;
    work->at = larger;
    work->room = room;
    return DYAD_OK;
}

/* ---- the band matrix ---- */

/* P is a sum of squares of second differences: each has a part in three rows. */
static void
factor(struct curve *c)
{
    const size_t n = c->n;

    for (size_t i = 0; i < n; i++) {
        c->d[i] = c->use[i] * c->mean[i];
        c->below[i] = c->far[i] = 0;
    }
    for (size_t i = 0; i + 2 < n; i++) {
        c->d[i] += c->lambda;
        c->d[i + 1] += 4 * c->lambda;
        c->d[i + 2] += c->lambda;
        c->below[i] -= 2 * c->lambda;
        c->below[i + 1] -= 2 * c->lambda;
        c->far[i] += c->lambda;
    }
    for (size_t i = 0; i < n; i++) {
        const double below = c->below[i] / c->d[i], far = c->far[i] / c->d[i];

        if (i + 1 < n)
            c->d[i + 1] -= below * c->below[i];
        if (i + 2 < n) {
            c->below[i + 1] -= below * c->far[i];
            c->d[i + 2] -= far * c->far[i];
        }
        c->below[i] = below;
        c->far[i] = far;
    }
}

static void
solve(const struct curve *c, double *x)
{
    const size_t n = c->n;

    for (size_t i = 0; i < n; i++) {
        if (i >= 1)
            x[i] -= c->below[i - 1] * x[i - 1];
        if (i >= 2)
            x[i] -= c->far[i - 2] * x[i - 2];
    }
    for (size_t i = n; i-- > 0;) {
        x[i] /= c->d[i];
        if (i + 1 < n)
            x[i] -= c->below[i] * x[i + 1];
        if (i + 2 < n)
            x[i] -= c->far[i] * x[i + 2];
    }
}

/* The diagonal of the inverse by its band (Takahashi, Fagan & Chin 1973). */
static void
invert_diagonal(struct curve *c)
{
    double next = 0, after = 0, next_after = 0; /* (i+1, i+1), (i+2, i+2), (i+1, i+2) */

    for (size_t i = c->n; i-- > 0;) {
        const double one = -c->below[i] * next - c->far[i] * next_after;
        const double two = -c->below[i] * next_after - c->far[i] * after;

        after = next;
        next = c->inverse[i] = 1 / c->d[i] - c->below[i] * one - c->far[i] * two;
        next_after = one;
    }
}

/* ---- the smooth curve ---- */

static double
second_difference(const double *x, size_t i)
{
    return x[i] - 2 * x[i + 1] + x[i + 2];
}

static void
set_means(struct curve *c)
{
    for (size_t i = 0; i < c->n; i++)
        c->mean[i] = exp(c->eta[i]);
}

/* Minus half the derivative of what is minimised, into step. */
static void
set_gradient(struct curve *c)
{
    for (size_t i = 0; i < c->n; i++)
        c->step[i] = c->use[i] * (c->counts[i] - c->mean[i]);
    for (size_t i = 0; i + 2 < c->n; i++) {
        const double pull = c->lambda * second_difference(c->eta, i);

        c->step[i] -= pull;
        c->step[i + 1] += 2 * pull;
        c->step[i + 2] -= pull;
    }
}

static double
deviance(const struct curve *c)
{
    double sum = 0;

    for (size_t i = 0; i < c->n; i++)
        if (c->use[i] > 0)
            sum += cells_deviance(c->counts[i], c->mean[i], c->mean[i] - c->counts[i]);
    return 2 * sum;
}

static double
penalised(const struct curve *c)
{
    double sum = 0;

    for (size_t i = 0; i + 2 < c->n; i++) {
        const double x = second_difference(c->eta, i);

        sum += x * x;
    }
    return deviance(c) + c->lambda * sum;
}

/* Newton steps, halved until the criterion does not rise; it is convex. */
static enum dyad_status
fit(struct curve *c)
{
    set_means(c);
    for (size_t round = 0; round < ITERATIONS_MAX; round++) {
        const double before = penalised(c);
        double largest = 0, part = 1, taken = 0;

        set_gradient(c);
        factor(c);
        solve(c, c->step);
        for (size_t i = 0; i < c->n; i++)
            largest = fmax(largest, fabs(c->step[i]));
        if (!(largest < INFINITY))
            return DYAD_NOCONV;
        part = fmin(1, 5 / largest);
        do {
            for (size_t i = 0; i < c->n; i++)
                c->eta[i] += (part - taken) * c->step[i];
            taken = part;
            part /= 2;
            set_means(c);
        } while (!(penalised(c) <= before * (1 + 1e-12) + 1e-12) && part > 1e-12);
        if (largest <= 1e-9)
            return DYAD_OK;
    }
    return DYAD_NOCONV;
}

static void
set_df(struct curve *c)
{
    factor(c);
    invert_diagonal(c);
    c->df = 0;
    for (size_t i = 0; i < c->n; i++)
        c->df += c->use[i] * c->mean[i] * c->inverse[i];
}

static enum dyad_status
choose(struct curve *c)
{
    double least = INFINITY, lambda = NAN;

    /* From the smoothest, each beginning where the last ended. */
    for (int i = 24; i >= -4; i--) {
        c->lambda = pow(10, i / 4.0);
        if (fit(c) != DYAD_OK)
            return DYAD_NOCONV;
        set_df(c);

        const double criterion = deviance(c) + 2 * c->df;

        if (criterion < least) {
            least = criterion;
            lambda = c->lambda;
            memcpy(c->best_eta, c->eta, c->n * sizeof *c->eta);
        }
    }
    c->lambda = lambda;
    memcpy(c->eta, c->best_eta, c->n * sizeof *c->eta);
    set_means(c);
    set_df(c);
    c->deviance = deviance(c);
    return DYAD_OK;
}

/* ---- heaps ---- */

static void
place(struct curve *c, double *at)
{
    double **const arrays[ARRAYS] = { &c->use,   &c->eta, &c->mean, &c->d,       &c->below,
                                      &c->far,   &c->step, &c->inverse, &c->best_eta };

    for (size_t i = 0; i < ARRAYS; i++)
        *arrays[i] = at + i * c->n;
}

/* A flat curve to begin with; false outside the Domain. */
static bool
begin(struct curve *c, const struct heap *heaps, size_t k)
{
    double sum = 0;
    size_t with = 0;

    for (size_t i = 0; i < c->n; i++)
        c->use[i] = 1;
    for (size_t j = 0; j < k; j++) {
        if (heaps[j].at >= c->n || c->use[heaps[j].at] == 0)
            return false;
        c->use[heaps[j].at] = 0;
    }
    for (size_t i = 0; i < c->n; i++) {
        if (!(c->counts[i] >= 0 && c->counts[i] < INFINITY))
            return false;
        sum += c->use[i] * c->counts[i];
        with += c->use[i] > 0 && c->counts[i] > 0;
    }
    for (size_t i = 0; i < c->n; i++)
        c->eta[i] = log(sum / (double)c->n);
    return with >= 3;
}

static void
compare(const struct curve *c, double level, struct heap *h)
{
    h->observed = c->counts[h->at];
    h->expected = c->mean[h->at];
    h->ratio = wald_ratio(h->observed, h->expected, h->observed - h->expected,
                          1 / h->observed + c->inverse[h->at], level);
}

enum dyad_status
heaping(const double *counts, size_t n, double level, struct heaping_work *work,
        struct heap *heaps, size_t k, struct heaping_fit *out)
{
    struct curve c = { .counts = counts, .n = n };
    double all = 0, excess = 0;

    if (n < 3 || n > 100000 || !is_level(level))
        return DYAD_DOMAIN;
    if (reserve(work, ARRAYS * n) != DYAD_OK)
        return DYAD_NOMEM;
    place(&c, work->at);
    if (!begin(&c, heaps, k))
        return DYAD_DOMAIN;
    if (choose(&c) != DYAD_OK)
        return DYAD_NOCONV;
    for (size_t j = 0; j < k; j++) {
        compare(&c, level, &heaps[j]);
        excess += heaps[j].observed - heaps[j].expected;
    }
    for (size_t i = 0; i < n; i++)
        all += counts[i];
    *out = (struct heaping_fit){ c.lambda, c.df, c.deviance, excess / all };
    return DYAD_OK;
}
