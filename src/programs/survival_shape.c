/* dyad survival: the likeliest curve of times that are not known to the point, and what it says. */
#include "survival.h"

#include <math.h>
#include <stdlib.h>

void
shape_release(struct survival_shape *s)
{
    free(s->pieces);
    free(s->ages);
    free(s->survival);
    *s = (struct survival_shape){ .mode = s->mode };
}

void
shape_work_release(struct shape_work *work)
{
    turnbull_work_release(&work->turnbull);
    free(work->times);
    free(work->scratch);
    *work = (struct shape_work)SHAPE_WORK_INIT;
}

/* --- fitting ------------------------------------------------------------------------------- */

static enum dyad_status
reserve(size_t n, struct shape_work *work, struct survival_shape *out)
{
    if (n > work->room) {
        free(work->times);
        free(work->scratch);
        work->times = calloc(n, sizeof *work->times);
        work->scratch = calloc(n, 2 * sizeof *work->scratch);
        work->room = work->times && work->scratch ? n : 0;
        if (work->room == 0)
            return DYAD_NOMEM;
    }
    if (n > out->room) {
        shape_release(out);
        out->pieces = calloc(n, sizeof *out->pieces);
        out->ages = calloc(n, sizeof *out->ages);
        out->survival = calloc(n, sizeof *out->survival);
        if (out->pieces == NULL || out->ages == NULL || out->survival == NULL)
            return DYAD_NOMEM;
        out->room = n;
    }
    return DYAD_OK;
}

static enum dyad_status
fit_intervals(const struct survival_seen *seen, size_t n, const double *records, struct shape_work *work,
              struct survival_shape *out)
{
    struct turnbull_fit fit;
    size_t used = 0;
    enum dyad_status st;

    for (size_t i = 0; i < n; i++) {
        const double weight = (records ? records[i] : seen[i].records) * seen[i].weight;
        if (weight > 0)
            work->times[used++] = (struct interval_time){ seen[i].low, seen[i].high, weight };
    }
    if ((st = turnbull(work->times, used, &work->turnbull, out->pieces, &fit)) == DYAD_OK)
        out->n = fit.pieces;
    return st;
}

static enum dyad_status
fit_ages(const struct survival_seen *seen, size_t n, const double *records, struct shape_work *work,
         struct survival_shape *out)
{
    size_t used = 0;
    enum dyad_status st;

    for (size_t i = 0; i < n; i++) {
        const double weight = (records ? records[i] : seen[i].records) * seen[i].weight;
        if (!(weight > 0))
            continue;
        if (used == 0 || out->ages[used - 1].age < seen[i].low)
            out->ages[used++] = (struct status_count){ seen[i].low, 0, 0 };
        out->ages[used - 1].n += weight;
        out->ages[used - 1].still += seen[i].high > 0 ? 0 : weight;
    }
    if ((st = current_status(out->ages, used, out->survival, work->scratch)) == DYAD_OK)
        out->n = used;
    return st;
}

enum dyad_status
shape_fit(const struct survival_seen *seen, size_t n, const double *records, struct shape_work *work,
          struct survival_shape *out)
{
    const enum dyad_status st = reserve(n, work, out);

    out->n = 0;
    if (st != DYAD_OK)
        return st;
    return out->mode == SURVIVAL_INTERVALS ? fit_intervals(seen, n, records, work, out)
                                           : fit_ages(seen, n, records, work, out);
}

/* --- what it says -------------------------------------------------------------------------- */

double
shape_last(const struct survival_shape *s)
{
    if (s->mode == SURVIVAL_STATUS)
        return s->ages[s->n - 1].age;
    return isinf(s->pieces[s->n - 1].high) ? s->pieces[s->n - 1].low : s->pieces[s->n - 1].high;
}

/* A straight line, exact at its ends. */
static double
line(double x, double from, double there, double to, double then)
{
    return x <= from ? there : x >= to ? then : there + (then - there) * (x - from) / (to - from);
}

/* From 1 at 0. */
static double
at_age(const struct survival_shape *s, double age)
{
    double from = 0, before = 1;

    for (size_t i = 0; i < s->n; i++) {
        if (age <= s->ages[i].age)
            return age == s->ages[i].age ? s->survival[i] : line(age, from, before, s->ages[i].age, s->survival[i]);
        from = s->ages[i].age;
        before = s->survival[i];
    }
    return NAN;
}

double
shape_at(const struct survival_shape *s, double time, double *least, double *most)
{
    struct estimate e;

    *least = *most = NAN;
    if (s->mode == SURVIVAL_STATUS)
        return at_age(s, time);
    if (time > shape_last(s))
        return NAN;
    turnbull_at(s->pieces, s->n, time, &e);
    *least = e.lower;
    *most = e.upper;
    return e.value;
}

void
shape_quantile(const struct survival_shape *s, double p, struct estimate *out)
{
    const enum dyad_status st = s->mode == SURVIVAL_STATUS ? current_status_quantile(s->ages, s->survival, s->n, p, out)
                                                           : turnbull_quantile(s->pieces, s->n, p, out);

    if (st != DYAD_OK)
        *out = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
}

/* A trapezium from where the last one ended. */
static double
area(double from, double before, double to, double then, double tau)
{
    const double end = fmin(to, tau);

    return from < end ? (before + line(end, from, before, to, then)) / 2 * (end - from) : 0;
}

double
shape_mean(const struct survival_shape *s, double tau)
{
    double sum = 0, from = 0, before = 1;
    const bool ends = s->mode == SURVIVAL_INTERVALS && !isinf(s->pieces[s->n - 1].high);

    if (!(tau > 0) || (tau > shape_last(s) && !ends))
        return NAN;
    for (size_t i = 0; i < s->n; i++) {
        const bool is_piece = s->mode == SURVIVAL_INTERVALS;
        const double low = is_piece ? s->pieces[i].low : from, high = is_piece ? s->pieces[i].high : s->ages[i].age;
        const double then = is_piece ? s->pieces[i].survival : s->survival[i];
        sum += area(from, before, low, before, tau) + (isinf(high) ? 0 : area(low, before, high, then, tau));
        from = high;
        before = then;
    }
    return sum;
}
