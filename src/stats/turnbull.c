#include "dyad/stats/turnbull.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"

enum { ITERATIONS_MAX = 100000 };

/* What counts as the top: see turnbull.h. */
static const double gap_allowed = 1e-11;

/* At one place a time that is exact begins, then intervals end, then others begin behind it. */
enum side { CLOSED_LEFT, RIGHT, OPEN_LEFT };

struct end {
    double at;
    enum side side;
    size_t time;
};

/* The pieces from first to last, of an interval. */
struct bounds {
    size_t first, last;
    double weight;
};

struct problem {
    const struct bounds *bounds;
    size_t n, m; /* distinct bounds, pieces */
    double weight;
    double *low, *high;
    double *mass, *slope, *next; /* p, D, and a step's */
    double *curve;               /* sum of w / P^2 at the cut behind each piece */
    double *level, *block;       /* of the isotonic regression */
    size_t *size;
};

/* ---- storage ---- */

void
turnbull_work_release(struct turnbull_work *work)
{
    free(work->at);
    free(work->sizes);
    free(work->ends);
    free(work->bounds);
    *work = (struct turnbull_work)TURNBULL_WORK_INIT;
}

enum { ARRAYS = 8 };

static enum dyad_status
reserve(struct turnbull_work *work, size_t n)
{
    if (n <= work->times)
        return DYAD_OK;
    turnbull_work_release(work);
    work->at = calloc(n + 1, ARRAYS * sizeof *work->at);
    work->sizes = calloc(n + 1, sizeof *work->sizes);
    work->ends = calloc(n, 2 * sizeof(struct end));
    work->bounds = calloc(n, sizeof(struct bounds));
    if (work->at == NULL || work->sizes == NULL || work->ends == NULL || work->bounds == NULL) {
        turnbull_work_release(work);
        return DYAD_NOMEM;
    }
    work->times = n;
    return DYAD_OK;
}

/* ---- the pieces ---- */

static int
order_ends(const void *a, const void *b)
{
    const struct end *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return ((int)x->side > (int)y->side) - ((int)x->side < (int)y->side);
}

static int
order_bounds(const void *a, const void *b)
{
    const struct bounds *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->last > y->last) - (x->last < y->last);
}

/* Ends that follow each other so closely that they are meant to be one become the first of them. */
static void
join_near_ends(struct end *ends, size_t n, double *low, double *high)
{
    const double tolerance = sqrt(DBL_EPSILON);
    struct sum sum = { 0, 0 };
    double distinct = 0, first = -INFINITY;

    qsort(ends, n, sizeof *ends, order_ends);
    for (size_t i = 0; i < n; i++)
        if ((i == 0 || ends[i].at != ends[i - 1].at) && ends[i].at < INFINITY) {
            sum_add(&sum, ends[i].at);
            distinct++;
        }

    const double near = tolerance * fmax(1, sum_value(&sum) / distinct);

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !(ends[i].at - ends[i - 1].at <= near))
            first = ends[i].at;
        (ends[i].side == RIGHT ? high : low)[ends[i].time] = first;
    }
}

static void
set_ends(const double *low, const double *high, size_t n, struct end *ends)
{
    for (size_t i = 0; i < n; i++) {
        const bool closed = low[i] == high[i] || low[i] == 0;

        ends[2 * i] = (struct end){ low[i], closed ? CLOSED_LEFT : OPEN_LEFT, i };
        ends[2 * i + 1] = (struct end){ high[i], RIGHT, i };
    }
}

static void
find_pieces(const struct interval_time *times, size_t n, struct end *ends,
            struct bounds *bounds, struct problem *p)
{
    double *const low = p->mass, *const high = p->slope; /* not in use yet */

    for (size_t i = 0; i < n; i++) {
        low[i] = times[i].low;
        high[i] = times[i].high;
        bounds[i].weight = times[i].weight;
    }
    set_ends(low, high, n, ends);
    join_near_ends(ends, 2 * n, low, high);
    set_ends(low, high, n, ends);
    qsort(ends, 2 * n, sizeof *ends, order_ends);
    p->m = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        if (ends[i].side != RIGHT) {
            bounds[ends[i].time].first = p->m;
            continue;
        }
        if (ends[i - 1].side != RIGHT) {
            p->low[p->m] = ends[i - 1].at;
            p->high[p->m++] = ends[i].at;
        }
        bounds[ends[i].time].last = p->m - 1;
    }
}

/* Times within the same pieces are one, with their weights added. */
static void
join_bounds(struct bounds *bounds, size_t n, struct problem *p)
{
    struct sum sum = { 0, 0 };
    size_t distinct = 0;

    qsort(bounds, n, sizeof *bounds, order_bounds);
    for (size_t i = 0; i < n; i++) {
        sum_add(&sum, bounds[i].weight);
        if (i > 0 && order_bounds(&bounds[i], &bounds[distinct - 1]) == 0)
            bounds[distinct - 1].weight += bounds[i].weight;
        else
            bounds[distinct++] = bounds[i];
    }
    p->bounds = bounds;
    p->n = distinct;
    p->weight = sum_value(&sum);
}

static void
place(struct problem *p, const struct turnbull_work *work)
{
    double **const arrays[ARRAYS] = { &p->low,  &p->high,  &p->mass,  &p->slope,
                                      &p->next, &p->curve, &p->level, &p->block };

    for (size_t i = 0; i < ARRAYS; i++)
        *arrays[i] = work->at + i * (work->times + 1);
    p->size = work->sizes;
}

/* ---- the likelihood ---- */

/* Few pieces are added up, as a difference of cumulative sums would lose what is small. */
static double
mass_within(const double *mass, const double *until, const struct bounds *b)
{
    double sum = 0;

    if (b->last - b->first > 32)
        return until[b->last] - (b->first > 0 ? until[b->first - 1] : 0);
    for (size_t j = b->first; j <= b->last; j++)
        sum += mass[j];
    return sum;
}

static void
accumulate(const double *mass, size_t m, double *until)
{
    struct sum sum = { 0, 0 };

    for (size_t j = 0; j < m; j++) {
        sum_add(&sum, mass[j]);
        until[j] = sum_value(&sum);
    }
}

/* l, -infinity where some interval has no mass;  scratch: m. */
static double
log_likelihood(const struct problem *p, const double *mass, double *scratch)
{
    struct sum l = { 0, 0 };

    accumulate(mass, p->m, scratch);
    for (size_t i = 0; i < p->n; i++) {
        const double within = mass_within(mass, scratch, &p->bounds[i]);

        if (!(within > 0))
            return -INFINITY;
        sum_add(&l, p->bounds[i].weight * log(within));
    }
    return sum_value(&l);
}

/* The derivative of l at ${mass} along ${step};  scratch: 2 m. */
static double
slope_along(const struct problem *p, const double *mass, const double *step, double *scratch,
            double *more_scratch)
{
    struct sum slope = { 0, 0 };

    accumulate(mass, p->m, scratch);
    accumulate(step, p->m, more_scratch);
    for (size_t i = 0; i < p->n; i++) {
        const struct bounds *b = &p->bounds[i];

        sum_add(&slope, b->weight * (mass_within(step, more_scratch, b) /
                                     mass_within(mass, scratch, b)));
    }
    return sum_value(&slope);
}

/* D of each piece, and the second derivatives at the cuts between them.  Their largest. */
static double
derivatives(struct problem *p)
{
    struct sum sum = { 0, 0 };
    double most = 0;

    accumulate(p->mass, p->m, p->level);
    memset(p->slope, 0, (p->m + 1) * sizeof *p->slope);
    memset(p->curve, 0, p->m * sizeof *p->curve);
    for (size_t i = 0; i < p->n; i++) {
        const struct bounds *b = &p->bounds[i];
        const double within = mass_within(p->mass, p->level, b);
        const double d = b->weight / within;

        p->slope[b->first] += d;
        p->slope[b->last + 1] -= d;
        p->curve[b->last] += d / within;
        if (b->first > 0)
            p->curve[b->first - 1] += d / within;
    }
    for (size_t j = 0; j < p->m; j++) {
        sum_add(&sum, p->slope[j]);
        p->slope[j] = sum_value(&sum);
        most = fmax(most, p->slope[j]);
    }
    return most;
}

/* ---- steps ---- */

static void
step_to_consistency(struct problem *p)
{
    for (size_t j = 0; j < p->m; j++)
        p->mass[j] *= p->slope[j] / p->weight;
}

/*
 * Where a Newton step with the second derivatives' diagonal alone would take the cumulative mass at
 * each cut, made to rise from 0 to 1 by weighted averages; as masses into ${next}.
 */
static void
convex_minorant(struct problem *p)
{
    double until = 0, before = 0;
    size_t blocks = 0, cut = 0;

    for (size_t j = 0; j + 1 < p->m; j++) {
        until += p->mass[j];
        p->level[blocks] = until + (p->slope[j] - p->slope[j + 1]) / p->curve[j];
        p->block[blocks] = p->curve[j];
        p->size[blocks++] = 1;
        while (blocks > 1 && p->level[blocks - 2] >= p->level[blocks - 1]) {
            const double a = p->block[blocks - 2], b = p->block[blocks - 1];

            blocks--;
            p->level[blocks - 1] += (p->level[blocks] - p->level[blocks - 1]) * (b / (a + b));
            p->block[blocks - 1] = a + b;
            p->size[blocks - 1] += p->size[blocks];
        }
    }
    memset(p->next, 0, p->m * sizeof *p->next);
    for (size_t k = 0; k < blocks; k++) {
        const double level = fmin(fmax(p->level[k], 0), 1);

        p->next[cut] = level - before;
        before = level;
        cut += p->size[k];
    }
    p->next[p->m - 1] = 1 - before;
}

/*
 * Towards ${next}, as far as the likelihood rises.  Near the top its rounding hides that: there the
 * slope tells, which at the end of a good step is smaller than at its beginning.
 */
static void
step_to_minorant(struct problem *p, double l)
{
    double rise = 0;

    for (size_t j = 0; j < p->m; j++) {
        p->next[j] -= p->mass[j];
        rise += p->next[j] * (p->slope[j] - p->weight);
    }
    for (double part = 1; part > 1e-10 && rise > 0; part /= 2) {
        for (size_t j = 0; j < p->m; j++)
            p->block[j] = fmax(p->mass[j] + part * p->next[j], 0);
        if (log_likelihood(p, p->block, p->level) >= l - 1e-13 * fabs(l) &&
            slope_along(p, p->block, p->next, p->level, p->curve) >= -0.9 * rise) {
            memcpy(p->mass, p->block, p->m * sizeof *p->mass);
            return;
        }
    }
}

static enum dyad_status
climb(struct problem *p, struct turnbull_fit *out)
{
    for (size_t j = 0; j < p->m; j++)
        p->mass[j] = 1 / (double)p->m;
    for (out->iterations = 0; out->iterations < ITERATIONS_MAX; out->iterations++) {
        out->gap = derivatives(p) - p->weight;
        if (out->gap <= gap_allowed * p->weight) {
            out->log_likelihood = log_likelihood(p, p->mass, p->level);
            return DYAD_OK;
        }
        if (out->iterations % 2 == 0) {
            step_to_consistency(p);
        } else {
            const double l = log_likelihood(p, p->mass, p->level);

            convex_minorant(p);
            step_to_minorant(p, l);
        }
    }
    return DYAD_NOCONV;
}

/* ---- the answer ---- */

static bool
are_times(const struct interval_time *times, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(times[i].low >= 0 && times[i].low < INFINITY && times[i].low <= times[i].high &&
              times[i].weight > 0 && times[i].weight <= 1e15))
            return false;
    return n >= 1;
}

static size_t
write_pieces(const struct problem *p, struct turnbull_piece *pieces)
{
    double later = 0;
    size_t n = 0, at;

    for (size_t j = 0; j < p->m; j++)
        n += p->mass[j] > 0;
    at = n;
    for (size_t j = p->m; j-- > 0;)
        if (p->mass[j] > 0) {
            pieces[--at] = (struct turnbull_piece){ p->low[j], p->high[j], p->mass[j], later };
            later += p->mass[j];
        }
    return n;
}

enum dyad_status
turnbull(const struct interval_time *times, size_t n, struct turnbull_work *work,
         struct turnbull_piece *pieces, struct turnbull_fit *out)
{
    struct turnbull_fit fit = { 0, 0, 0, 0, 0 };
    struct problem p;
    enum dyad_status st;

    if (!are_times(times, n))
        return DYAD_DOMAIN;
    if (reserve(work, n) != DYAD_OK)
        return DYAD_NOMEM;
    place(&p, work);
    find_pieces(times, n, work->ends, work->bounds, &p);
    join_bounds(work->bounds, n, &p);
    st = climb(&p, &fit);
    if (st != DYAD_OK)
        return st;
    fit.weight = p.weight;
    fit.pieces = write_pieces(&p, pieces);
    *out = fit;
    return DYAD_OK;
}

/* ---- reading it ---- */

void
turnbull_at(const struct turnbull_piece *pieces, size_t n, double time, struct estimate *out)
{
    double before = 1;

    for (size_t j = 0; j < n; j++) {
        const struct turnbull_piece *piece = &pieces[j];
        const bool inside = time > piece->low || (time == piece->low && time == piece->high);

        if (!inside)
            break;
        if (time < piece->high) {
            const double part = (time - piece->low) / (piece->high - piece->low);

            *out = (struct estimate){ isinf(piece->high) ? NAN : before - part * piece->mass,
                                      NAN, piece->survival, before, NAN };
            return;
        }
        before = piece->survival;
    }
    *out = (struct estimate){ before, NAN, before, before, NAN };
}

enum dyad_status
turnbull_quantile(const struct turnbull_piece *pieces, size_t n, double share,
                  struct estimate *out)
{
    const double left = 1 - share, tolerance = sqrt(DBL_EPSILON);
    double before = 1;
    size_t j = 0;

    if (n < 1 || !(share > 0 && share < 1))
        return DYAD_DOMAIN;
    while (j + 1 < n && pieces[j].survival > left + tolerance)
        before = pieces[j++].survival;

    const struct turnbull_piece *piece = &pieces[j];

    if (isinf(piece->high))
        *out = (struct estimate){ NAN, NAN, piece->low, NAN, NAN };
    else if (fabs(piece->survival - left) <= tolerance && j + 1 < n)
        *out = (struct estimate){ piece->high / 2 + piece[1].low / 2, NAN, piece->high,
                                  piece[1].low, NAN };
    else
        *out = (struct estimate){ piece->low + (piece->high - piece->low) *
                                                   ((before - left) / piece->mass),
                                  NAN, piece->low, piece->high, NAN };
    return DYAD_OK;
}
