#include "dyad/stats/association.h"

#include <math.h>
#include <stdbool.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"
#include "hypergeometric.h"

static const struct test nothing_to_test = { NAN, NAN, NAN };

/* Totals of a 2 x levels table, and how many levels hold anyone. */
struct totals {
    double events, non_events, levels;
};

static bool
totals_of(const double *events, const double *non_events, size_t levels, struct totals *out)
{
    struct totals it = { 0, 0, 0 };

    for (size_t i = 0; i < levels; i++) {
        if (!is_count(events[i]) || !is_count(non_events[i]))
            return false;
        it.events += events[i];
        it.non_events += non_events[i];
        it.levels += events[i] + non_events[i] > 0;
    }
    *out = it;
    return true;
}

static bool
is_testable(const struct totals *t)
{
    return t->events > 0 && t->non_events > 0 && t->levels > 1;
}

/* x - n m1/N of a level with x events and y non-events. */
static double
residual(const struct totals *t, double x, double y)
{
    return cells_determinant(x, y, t->events, t->non_events) / (t->events + t->non_events);
}

static void
set_chi2(double statistic, double df, struct test *out)
{
    *out = (struct test){ statistic, df, cells_p_chi2(statistic, df) };
}

enum dyad_status
association_chi2(const double *events, const double *non_events, size_t levels, struct test *out)
{
    struct totals t;
    struct sum chi2 = { 0, 0 };

    if (!totals_of(events, non_events, levels, &t))
        return DYAD_DOMAIN;

    *out = nothing_to_test;
    if (!is_testable(&t))
        return DYAD_OK;
    for (size_t i = 0; i < levels; i++) {
        const double all = t.events + t.non_events, n = events[i] + non_events[i];
        const double away = residual(&t, events[i], non_events[i]);

        if (n > 0)
            sum_add(&chi2, away / n * (away / t.events) * (all / t.non_events) * all);
    }
    set_chi2(sum_value(&chi2), t.levels - 1, out);
    return DYAD_OK;
}

enum dyad_status
association_lr(const double *events, const double *non_events, size_t levels, struct test *out)
{
    struct totals t;
    struct sum half = { 0, 0 };

    if (!totals_of(events, non_events, levels, &t))
        return DYAD_DOMAIN;

    *out = nothing_to_test;
    if (!is_testable(&t))
        return DYAD_OK;
    for (size_t i = 0; i < levels; i++) {
        const double all = t.events + t.non_events, n = events[i] + non_events[i];
        const double away = residual(&t, events[i], non_events[i]);

        if (n > 0) {
            sum_add(&half, cells_deviance(events[i], n * (t.events / all), -away));
            sum_add(&half, cells_deviance(non_events[i], n * (t.non_events / all), away));
        }
    }
    set_chi2(2 * sum_value(&half), t.levels - 1, out);
    return DYAD_OK;
}

enum dyad_status
association_chi2_yates(const struct two_by_two *counts, struct test *out)
{
    const double events[] = { counts->a, counts->c }, others[] = { counts->b, counts->d };
    struct totals t;

    if (!totals_of(events, others, 2, &t))
        return DYAD_DOMAIN;

    *out = nothing_to_test;
    if (!is_testable(&t))
        return DYAD_OK;

    const double all = t.events + t.non_events;
    const double n1 = counts->a + counts->b, n0 = counts->c + counts->d;

    /* (|ad - bc| - N/2) / N: of whole numbers up to 2^53 the difference is exact. */
    const double twice = 2 * fabs(cells_determinant(counts->a, counts->b, counts->c, counts->d));
    const double away = fmax(0, twice - all) / (2 * all);

    set_chi2(away * (all / n1) * (away / n0) * (all / t.events) * (all / t.non_events), 1, out);
    return DYAD_OK;
}

/* The weight of the mode: so high that a p-value is out of a double's range before a weight is. */
static const double mode_weight = 0x1p900;
static const double least_weight = 0x1p-960;

/* w(u), by the same products that the sums over the distribution are made of; 0 if too small. */
static double
weight_of(const struct hypergeometric *h, double mode, double u)
{
    double w = mode_weight;

    for (double v = mode; v < u && w > least_weight; v++)
        w *= hypergeometric_step(h, v);
    for (double v = mode; v > u && w > least_weight; v--)
        w /= hypergeometric_step(h, v - 1);
    return w > least_weight ? w : 0;
}

/* A distribution in two parts, each a sum of positive terms. */
struct halves {
    double in, out;
};

/* Outward from the mode on one side of it: terms up to ${most} are in. */
static void
sum_improbable(const struct hypergeometric *h, double mode, bool upward, double most,
               struct halves *sums)
{
    const double end = upward ? h->hi : h->lo, step = upward ? 1 : -1;
    double w = mode_weight;

    for (double u = mode; u != end; u += step) {
        if (upward)
            w *= hypergeometric_step(h, u);
        else
            w /= hypergeometric_step(h, u - 1);
        *(w <= most ? &sums->in : &sums->out) += w;
        if (w <= most && w < HYPERGEOMETRIC_NEGLIGIBLE * sums->in)
            break;
    }
}

enum dyad_status
association_fisher(const struct two_by_two *counts, struct test *out)
{
    if (!is_whole_table(counts))
        return DYAD_DOMAIN;

    const struct hypergeometric h = hypergeometric_of(counts);
    const double mode = hypergeometric_mode(&h, 1);
    const double most = weight_of(&h, mode, counts->a) * (1 + 1e-7); /* the ties of R */
    struct halves sums = { 0, 0 };

    if (most > 0) {
        *(mode_weight <= most ? &sums.in : &sums.out) = mode_weight;
        sum_improbable(&h, mode, true, most, &sums);
        sum_improbable(&h, mode, false, most, &sums);
    } else {
        sums.out = mode_weight;
    }
    *out = (struct test){ NAN, NAN, fmin(1, sums.in / (sums.in + sums.out)) };
    return DYAD_OK;
}

/* Outward from u, not counting u itself, whose weight is ${w}. */
static double
sum_beyond(const struct hypergeometric *h, double u, double w, bool upward)
{
    const double end = upward ? h->hi : h->lo, step = upward ? 1 : -1;
    double sum = 0;

    for (; u != end && w > HYPERGEOMETRIC_NEGLIGIBLE * sum; u += step) {
        if (upward)
            w *= hypergeometric_step(h, u);
        else
            w /= hypergeometric_step(h, u - 1);
        sum += w;
    }
    return sum;
}

enum dyad_status
association_midp(const struct two_by_two *counts, struct test *out)
{
    if (!is_whole_table(counts))
        return DYAD_DOMAIN;

    const struct hypergeometric h = hypergeometric_of(counts);
    const double mode = hypergeometric_mode(&h, 1);
    const double here = weight_of(&h, mode, counts->a);
    const double all = mode_weight + sum_beyond(&h, mode, mode_weight, true) +
                       sum_beyond(&h, mode, mode_weight, false);
    const double tail = (here / 2 + sum_beyond(&h, counts->a, here, counts->a >= mode)) / all;

    *out = (struct test){ NAN, NAN, 2 * fmin(tail, 1 - tail) };
    return DYAD_OK;
}

static double
mean_score(const double *scores, const double *events, const double *non_events, size_t levels)
{
    struct sum products = { 0, 0 };
    double all = 0;

    for (size_t i = 0; i < levels; i++) {
        sum_add(&products, (events[i] + non_events[i]) * scores[i]);
        all += events[i] + non_events[i];
    }
    return sum_value(&products) / all;
}

/* sum s (x - n m1/N) and sum n (s - sbar)^2 m1 m0/N^2. */
static void
trend_terms(const double *scores, const double *events, const double *non_events, size_t levels,
            const struct totals *t, double *away, double *variance)
{
    const double mean = mean_score(scores, events, non_events, levels);
    const double all = t->events + t->non_events;
    struct sum aways = { 0, 0 }, squares = { 0, 0 };

    for (size_t i = 0; i < levels; i++) {
        const double s = scores[i] - mean, n = events[i] + non_events[i];

        /* The residuals add up to 0, so the mean may be taken off. */
        sum_add(&aways, s * residual(t, events[i], non_events[i]));
        sum_add(&squares, n * s * s);
    }
    *away = sum_value(&aways);
    *variance = sum_value(&squares) * (t->events / all) * (t->non_events / all);
}

static bool
have_one_score(const double *scores, const double *events, const double *non_events, size_t levels)
{
    const double *seen = NULL;

    for (size_t i = 0; i < levels; i++) {
        if (events[i] + non_events[i] == 0)
            continue;
        if (seen != NULL && *seen != scores[i])
            return false;
        seen = &scores[i];
    }
    return true;
}

static bool
are_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

enum dyad_status
association_trend(const double *scores, const double *events, const double *non_events,
                  size_t levels, struct test *out)
{
    struct totals t;
    double away, variance;

    if (!are_finite(scores, levels) || !totals_of(events, non_events, levels, &t))
        return DYAD_DOMAIN;

    *out = nothing_to_test;
    if (!is_testable(&t) || have_one_score(scores, events, non_events, levels))
        return DYAD_OK;
    trend_terms(scores, events, non_events, levels, &t, &away, &variance);
    set_chi2(away / variance * away, 1, out);
    return DYAD_OK;
}

enum dyad_status
association_trend_mh(const double *scores, const double *events, const double *non_events,
                     size_t levels, size_t strata, struct test *out)
{
    struct sum aways = { 0, 0 }, variances = { 0, 0 };
    struct totals t;

    if (!are_finite(scores, levels) || !totals_of(events, non_events, levels * strata, &t))
        return DYAD_DOMAIN;

    for (size_t h = 0; h < strata; h++) {
        const double *x = events + h * levels, *y = non_events + h * levels;
        double away, variance, n;

        if (!totals_of(x, y, levels, &t))
            return DYAD_DOMAIN;
        n = t.events + t.non_events;
        if (!is_testable(&t) || !(n > 1) || have_one_score(scores, x, y, levels))
            continue;
        trend_terms(scores, x, y, levels, &t, &away, &variance);
        sum_add(&aways, away);
        sum_add(&variances, variance * (n / (n - 1)));
    }
    *out = nothing_to_test;
    if (sum_value(&variances) > 0)
        set_chi2(sum_value(&aways) / sum_value(&variances) * sum_value(&aways), 1, out);
    return DYAD_OK;
}

enum dyad_status
association_mcnemar(double first, double second, struct test *out)
{
    const double away = first - second, all = first + second;

    if (!is_count(first) || !is_count(second))
        return DYAD_DOMAIN;
    *out = nothing_to_test;
    if (all > 0)
        set_chi2(away / all * away, 1, out);
    return DYAD_OK;
}

enum dyad_status
association_mcnemar_exact(double first, double second, struct test *out)
{
    if (!is_count(first) || !is_count(second) || !is_whole(first) || !is_whole(second) ||
        first + second > 1e12)
        return DYAD_DOMAIN;
    *out = (struct test){ NAN, NAN,
                          fmin(1, 2 * pbinom(fmin(first, second), first + second, 0.5, 1, 0)) };
    return DYAD_OK;
}
