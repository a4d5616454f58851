#include "dyad/stats/kaplan_meier.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "dyad/stats/wald.h"

#include "cells.h"

/* ---- limits ---- */

static const char *const limits_names[] = { "log-log", "log", "plain", "logit", "arcsin" };

const char *
survival_limits_name(enum survival_limits limits)
{
    return limits_names[limits];
}

bool
survival_limits_find(const char *name, enum survival_limits *out)
{
    for (size_t i = 0; i < sizeof limits_names / sizeof *limits_names; i++)
        if (strcmp(name, limits_names[i]) == 0) {
            *out = (enum survival_limits)i;
            return true;
        }
    return false;
}

static double
square(double x)
{
    return x * x;
}

/* ${l} = log S is asked for because near 1 S no longer knows it. */
static double
limit_at(double l, double shift, enum survival_limits limits)
{
    const double s = exp(l), rest = -expm1(l);

    switch (limits) {
    case LIMITS_LOG_LOG:
        return exp(l * exp(shift / l));
    case LIMITS_LOG:
        return exp(fmin(l + shift, 0));
    case LIMITS_PLAIN:
        return fmin(fmax(s + shift * s, 0), 1);
    case LIMITS_LOGIT:
        return 1 / (1 + exp(log(rest) - l - shift / rest));
    case LIMITS_ARCSIN:
        return square(sin(fmin(fmax(atan2(sqrt(s), sqrt(rest)) + shift / 2 * sqrt(s / rest), 0),
                               acos(0))));
    }
    return NAN;
}

static double
critical(const struct kaplan_meier_method *method)
{
    return method->df > 0 ? wald_critical(method->level, method->df) : cells_z(method->level);
}

void
survival_limits_set(double l, double se, const struct kaplan_meier_method *method,
                    struct estimate *out)
{
    const double margin = critical(method) * se;
    const bool none_yet = l == 0 && method->limits != LIMITS_LOG && method->limits != LIMITS_PLAIN;

    if (none_yet || !(l > -INFINITY)) {
        out->lower = out->upper = NAN;
        return;
    }
    out->lower = limit_at(l, -margin, method->limits);
    out->upper = limit_at(l, margin, method->limits);
}

/* ---- the curve ---- */

/* d / (n (n - d)): what an event time adds to the variance of log S. */
static double
greenwood_term(const struct survival_row *row)
{
    return row->n_event / (row->n_risk * (row->n_risk - row->n_event));
}

static bool
is_end(const struct survival_row *row)
{
    return row->n_event >= row->n_risk;
}

static double
event_squares(const struct survival_row *row, size_t causes)
{
    double squares = 0;

    for (size_t j = 1; j <= causes; j++)
        squares += row->exits[j].squares;
    return squares;
}

/* (w u)^2 of those who left, and of those who stay and all have the same u. */
struct robust {
    double left, staying_squares;
};

static void
robust_begin(const struct survival_table *t, struct robust *r)
{
    *r = (struct robust){ 0, 0 };
    for (size_t i = 0; i < t->n; i++)
        r->staying_squares +=
            event_squares(&t->rows[i], t->causes) + t->rows[i].exits[0].squares;
}

/* until: the sum that u is made of, up to this row.  factor: what multiplies 1 / (n - d). */
static void
robust_row(const struct survival_table *t, size_t i, double until, double factor,
           struct robust *r)
{
    const struct survival_row *row = &t->rows[i];
    const double with = event_squares(row, t->causes), without = row->exits[0].squares;

    r->left += without * square(until);
    if (with > 0)
        r->left += with * square(factor / (row->n_risk - row->n_event) - until);
    r->staying_squares = fmax(r->staying_squares - with - without, 0);
}

static double
robust_variance(const struct robust *r, double until)
{
    return r->left + r->staying_squares * square(until);
}

static bool
is_sound(const struct survival_table *t, const struct kaplan_meier_method *method)
{
    return t->n > 0 && is_level(method->level) && !(method->robust && t->late);
}

static struct estimate
curve_point(double survival, double log_survival, double variance,
            const struct kaplan_meier_method *method)
{
    struct estimate e = { survival, NAN, NAN, NAN, NAN };

    if (survival > 0) {
        const double se = sqrt(variance);

        e.std_error = survival * se;
        survival_limits_set(log_survival, se, method, &e);
    }
    return e;
}

enum dyad_status
kaplan_meier(const struct survival_table *t, const struct kaplan_meier_method *method,
             struct estimate *curve)
{
    double survival = 1, log_survival = 0, greenwood = 0;
    struct robust robust = { 0, 0 };

    if (!is_sound(t, method))
        return DYAD_DOMAIN;
    if (method->robust)
        robust_begin(t, &robust);
    for (size_t i = 0; i < t->n; i++) {
        const struct survival_row *row = &t->rows[i];

        if (row->n_event > 0 && survival > 0) {
            const double hazard = row->n_event / row->n_risk;

            survival *= is_end(row) ? 0 : (row->n_risk - row->n_event) / row->n_risk;
            log_survival += log1p(-hazard);
            greenwood += is_end(row) ? 0 : greenwood_term(row);
        }
        if (method->robust && survival > 0)
            robust_row(t, i, greenwood, 1, &robust);
        curve[i] = curve_point(survival, log_survival,
                               method->robust ? robust_variance(&robust, greenwood) : greenwood,
                               method);
    }
    return DYAD_OK;
}

/* ---- of clusters ---- */

static size_t
row_of_exit(const struct survival_table *t, double exit)
{
    const size_t rows = survival_table_find(t, exit); /* a tie is the first of its times */

    return rows ? rows - 1 : 0;
}

void
kaplan_meier_influence(const struct survival_table *t, const struct survival_stay *stays,
                       size_t n, double *scratch, double *out)
{
    double *change = scratch, *events = scratch + t->n + 1; /* of the weight at risk */
    double risk = 0, sum = 0;
    bool ended = false;

    memset(scratch, 0, 2 * (t->n + 1) * sizeof *scratch);
    for (size_t k = 0; k < n; k++) {
        const size_t last = row_of_exit(t, stays[k].exit);

        change[survival_table_find(t, stays[k].entry)] += stays[k].weight;
        change[last + 1] -= stays[k].weight;
        events[last] += stays[k].event ? stays[k].weight : 0;
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct survival_row *row = &t->rows[i];

        risk += change[i];
        ended = ended || (row->n_event > 0 && is_end(row));
        if (row->n_event > 0 && !ended)
            sum += (risk * (row->n_event / row->n_risk) - events[i]) /
                   (row->n_risk - row->n_event);
        out[i] = ended ? 0 : sum;
    }
}

double
kaplan_meier_mean_influence(const struct survival_table *t, const struct estimate *curve,
                            double tau, const double *influence)
{
    const size_t rows = survival_table_find(t, tau);
    double sum = 0;

    for (size_t i = 0; i < rows; i++) {
        const double until = i + 1 < rows ? t->rows[i + 1].time : tau;
        sum += curve[i].value * influence[i] * (until - t->rows[i].time);
    }
    return sum;
}

void
kaplan_meier_set_error(double log_error, const struct kaplan_meier_method *method,
                       struct estimate *out)
{
    if (out->value > 0)
        *out = curve_point(out->value, log(out->value), square(log_error), method);
}

/* ---- the curve, read ---- */

void
kaplan_meier_at(const struct survival_table *t, const struct estimate *curve, double time,
                struct estimate *out)
{
    const size_t rows = survival_table_find(t, time);

    if (t->n == 0 || !(time <= t->rows[t->n - 1].time))
        *out = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
    else if (rows == 0)
        *out = (struct estimate){ 1, 0, NAN, NAN, NAN };
    else
        *out = curve[rows - 1];
}

/* ---- quantiles ---- */

static const double *
member(const struct estimate *e, size_t which)
{
    return which == 0 ? &e->value : which == 1 ? &e->lower : &e->upper;
}

static double
time_below(const struct survival_table *t, const struct estimate *curve, size_t which,
           double share)
{
    const double tolerance = sqrt(DBL_EPSILON);
    size_t i = 0;

    while (i < t->n && !(*member(&curve[i], which) < share + tolerance))
        i++;
    if (i == t->n)
        return NAN;

    const double here = *member(&curve[i], which);

    if (fabs(here - share) < tolerance)
        for (size_t j = i + 1; j < t->n; j++)
            if (*member(&curve[j], which) < here)
                return t->rows[i].time / 2 + t->rows[j].time / 2;
    return t->rows[i].time;
}

enum dyad_status
kaplan_meier_quantile(const struct survival_table *t, const struct estimate *curve, double p,
                      struct estimate *out)
{
    if (t->n == 0 || !(p > 0 && p < 1))
        return DYAD_DOMAIN;
    *out = (struct estimate){ time_below(t, curve, 0, 1 - p), NAN, time_below(t, curve, 1, 1 - p),
                              time_below(t, curve, 2, 1 - p), NAN };
    return DYAD_OK;
}

/* ---- the restricted mean ---- */

static double
area(const struct survival_table *t, const struct estimate *curve, size_t rows, double tau)
{
    struct sum sum = { 0, 0 };
    double from = 0, survival = 1;

    for (size_t i = 0; i < rows; i++) {
        sum_add(&sum, survival * (t->rows[i].time - from));
        from = t->rows[i].time;
        survival = curve[i].value;
    }
    sum_add(&sum, survival * (tau - from));
    return sum_value(&sum);
}

static double
greenwood_mean_variance(const struct survival_table *t, const struct estimate *curve,
                        size_t rows, double tau)
{
    double rest = 0, until = tau, variance = 0;

    /* Backwards, so that the areas are sums, not differences. */
    for (size_t i = rows; i-- > 0;) {
        const struct survival_row *row = &t->rows[i];

        rest += curve[i].value * (until - row->time);
        until = row->time;
        if (row->n_event > 0 && !is_end(row))
            variance += square(rest) * greenwood_term(row);
    }
    return variance;
}

static double
robust_mean_variance(const struct survival_table *t, const struct estimate *curve, size_t rows,
                     double whole)
{
    struct robust robust;
    double before = 0, from = 0, survival = 1, until = 0;

    robust_begin(t, &robust);
    for (size_t i = 0; i < rows && survival > 0; i++) {
        const struct survival_row *row = &t->rows[i];

        before += survival * (row->time - from);
        from = row->time;
        survival = curve[i].value;
        if (survival > 0) {
            const double rest = fmax(whole - before, 0);

            if (row->n_event > 0)
                until += rest * greenwood_term(row);
            robust_row(t, i, until, rest, &robust);
        }
    }
    return robust_variance(&robust, until);
}

enum dyad_status
kaplan_meier_mean(const struct survival_table *t, const struct estimate *curve, double tau,
                  const struct kaplan_meier_method *method, struct estimate *out)
{
    if (!is_sound(t, method) || !(tau > 0 && tau < INFINITY))
        return DYAD_DOMAIN;
    if (tau > t->rows[t->n - 1].time && curve[t->n - 1].value > 0) {
        *out = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
        return DYAD_OK;
    }

    const size_t rows = survival_table_find(t, tau);
    const double mean = area(t, curve, rows, tau);
    const double variance = method->robust
                                ? robust_mean_variance(t, curve, rows, mean)
                                : greenwood_mean_variance(t, curve, rows, tau);
    const double se = sqrt(variance), margin = critical(method) * se;

    *out = (struct estimate){ mean, se, mean - margin, mean + margin, NAN };
    return DYAD_OK;
}

enum dyad_status
kaplan_meier_difference(const struct estimate *a, const struct estimate *b,
                        const struct kaplan_meier_method *method, struct estimate *out)
{
    const double difference = a->value - b->value;
    const double variance = square(a->std_error) + square(b->std_error);

    if (!is_level(method->level))
        return DYAD_DOMAIN;
    *out = method->df > 0 && variance > 0
               ? wald_estimate(difference, sqrt(variance), method->level, method->df)
               : wald_difference(difference, variance, method->level);
    return DYAD_OK;
}
