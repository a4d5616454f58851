#include "dyad/stats/stratified.h"

#include <math.h>

#include "cells.h"

static bool
are_strata(const struct stratum *strata, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (!is_table(&strata[i].counts) || !is_count(strata[i].copies))
            return false;
    return true;
}

/* A stratum's counts with its margins. */
struct margins {
    double a, b, c, d, n1, n0, m1, m0, n, copies;
};

static struct margins
margins_of(const struct stratum *stratum)
{
    const struct two_by_two *t = &stratum->counts;

    return (struct margins){ .a = t->a,
                             .b = t->b,
                             .c = t->c,
                             .d = t->d,
                             .n1 = t->a + t->b,
                             .n0 = t->c + t->d,
                             .m1 = t->a + t->c,
                             .m0 = t->b + t->d,
                             .n = t->a + t->b + t->c + t->d,
                             .copies = stratum->copies };
}

static bool
has_both_groups(const struct margins *m)
{
    return m->n1 > 0 && m->n0 > 0 && m->copies > 0;
}

static bool
has_all_margins(const struct margins *m)
{
    return has_both_groups(m) && m->m1 > 0 && m->m0 > 0;
}

/* a - n1 m1 / N. */
static double
residual(const struct margins *m)
{
    return cells_determinant(m->a, m->b, m->c, m->d) / m->n;
}

/* ---- pooling ---- */

/* The terms of one stratum: a ratio is sum with / sum against, excess with - against as it is
 * before rounding, and its variance made of the others as each measure has it. */
struct terms {
    double with, against, excess, v, w, x;
};

static struct terms
or_terms(const struct margins *m)
{
    const double r = m->a * (m->d / m->n), s = m->b * (m->c / m->n);
    const double p = (m->a + m->d) / m->n, q = (m->b + m->c) / m->n;

    return (struct terms){ r, s, residual(m), p * r, p * s + q * r, q * s };
}

static struct terms
rr_terms(const struct margins *m)
{
    /* m1 n1 n0 - a c N, multiplied out, is a d n1 + b c n0: no cancelling. */
    const double v = m->a * (m->d / m->n) * (m->n1 / m->n) + m->b * (m->c / m->n) * (m->n0 / m->n);

    return (struct terms){ m->a * (m->n0 / m->n), m->c * (m->n1 / m->n), residual(m), v, 0, 0 };
}

static struct terms
rd_terms(const struct margins *m)
{
    const double exposed = m->a * (m->b / m->n1) * (m->n0 / m->n) * (m->n0 / m->n);
    const double unexposed = m->c * (m->d / m->n0) * (m->n1 / m->n) * (m->n1 / m->n);

    return (struct terms){ residual(m), m->n1 * (m->n0 / m->n), 0, exposed + unexposed, 0, 0 };
}

/* P and Q of Sato, Greenland and Robins. */
static struct terms
sato_terms(const struct margins *m)
{
    const double f1 = m->n1 / m->n, f0 = m->n0 / m->n;
    const double p = m->c * f1 * f1 - m->a * f0 * f0 + f1 * f0 * (m->n0 - m->n1) / 2;
    const double q = (m->a * (m->d / m->n) + m->c * (m->b / m->n)) / 2;

    return (struct terms){ residual(m), m->n1 * f0, 0, p, q, 0 };
}

static bool
sum_terms(const struct stratum *strata, size_t k, struct terms (*terms_of)(const struct margins *),
          struct terms *out)
{
    struct sum with = { 0, 0 }, against = { 0, 0 }, excess = { 0, 0 };
    struct sum v = { 0, 0 }, w = { 0, 0 }, x = { 0, 0 };
    bool any = false;

    for (size_t i = 0; i < k; i++) {
        const struct margins m = margins_of(&strata[i]);

        if (!has_both_groups(&m))
            continue;

        const struct terms it = terms_of(&m);

        any = true;
        sum_add(&with, m.copies * it.with);
        sum_add(&against, m.copies * it.against);
        sum_add(&excess, m.copies * it.excess);
        sum_add(&v, m.copies * it.v);
        sum_add(&w, m.copies * it.w);
        sum_add(&x, m.copies * it.x);
    }
    *out = (struct terms){ sum_value(&with), sum_value(&against), sum_value(&excess),
                           sum_value(&v),    sum_value(&w),       sum_value(&x) };
    return any;
}

enum dyad_status
stratified_mantel_haenszel(const struct stratum *strata, size_t k, enum measure measure,
                           double level, struct estimate *out)
{
    struct terms t;
    struct estimate it;

    if (!are_strata(strata, k) || !is_level(level) || measure == MEASURE_PAF)
        return DYAD_DOMAIN;

    if (measure == MEASURE_OR) {
        if (!sum_terms(strata, k, or_terms, &t))
            return DYAD_DOMAIN;
        it = wald_ratio(
            t.with, t.against, t.excess,
            (t.v / t.with / t.with + t.w / t.with / t.against + t.x / t.against / t.against) / 2,
            level);
    } else if (measure == MEASURE_RR || measure == MEASURE_AFE) {
        if (!sum_terms(strata, k, rr_terms, &t))
            return DYAD_DOMAIN;
        it = wald_ratio(t.with, t.against, t.excess, t.v / t.with / t.against, level);
    } else {
        if (!sum_terms(strata, k, rd_terms, &t))
            return DYAD_DOMAIN;
        it = wald_difference(t.with / t.against, t.v / t.against / t.against, level);
    }
    if (measure == MEASURE_NNT)
        it = nnt_from_rd(&it);
    if (measure == MEASURE_AFE)
        it = afe_from_rr(&it);
    *out = it;
    return DYAD_OK;
}

enum dyad_status
stratified_risk_difference_sato(const struct stratum *strata, size_t k, double level, struct estimate *out)
{
    struct terms t;

    if (!are_strata(strata, k) || !is_level(level) || !sum_terms(strata, k, sato_terms, &t))
        return DYAD_DOMAIN;
    const double rd = t.with / t.against;
    *out = wald_difference(rd, (rd * t.v + t.w) / t.against / t.against, level);
    return DYAD_OK;
}

/* ---- association ---- */

enum dyad_status
stratified_cmh(const struct stratum *strata, size_t k, bool corrected, struct test *out)
{
    struct sum residuals = { 0, 0 }, variances = { 0, 0 };
    double away, variance;

    if (!are_strata(strata, k))
        return DYAD_DOMAIN;

    for (size_t i = 0; i < k; i++) {
        const struct margins m = margins_of(&strata[i]);

        if (!has_all_margins(&m) || !(m.n > 1))
            continue;
        sum_add(&residuals, m.copies * residual(&m));
        sum_add(&variances, m.copies * (m.n1 * (m.n0 / m.n) * (m.m1 / m.n) * (m.m0 / (m.n - 1))));
    }
    away = fabs(sum_value(&residuals));
    if (corrected && away >= 0.5)
        away -= 0.5;
    variance = sum_value(&variances);
    *out = (struct test){ NAN, NAN, NAN };
    if (variance > 0) {
        out->statistic = away / variance * away;
        out->df = 1;
        out->p_value = cells_p_chi2(out->statistic, 1);
    }
    return DYAD_OK;
}

/* ---- homogeneity ---- */

/*
 * a - A and V for A..D with the table's margins and odds ratio ${psi}: t = a - A solves
 * (a-t)(d-t) = psi (b+t)(c+t), and of its two roots the one written without cancelling.
 */
static void
depart(const struct margins *m, double psi, double *away, double *variance)
{
    const double linear = m->a + m->d + psi * (m->b + m->c);
    const double constant = cells_determinant(m->a, psi * m->b, m->c, m->d);
    const double t =
        2 * constant / (linear + sqrt(fmax(0, linear * linear - 4 * (1 - psi) * constant)));

    *away = t;
    *variance = 1 / (1 / (m->a - t) + 1 / (m->b + t) + 1 / (m->c + t) + 1 / (m->d - t));
}

static enum dyad_status
breslow_day(const struct stratum *strata, size_t k, bool tarone, struct test *out)
{
    struct sum chi2 = { 0, 0 }, aways = { 0, 0 }, variances = { 0, 0 };
    struct terms t;
    double n = 0, psi;

    if (!are_strata(strata, k))
        return DYAD_DOMAIN;

    *out = (struct test){ NAN, NAN, NAN };
    if (!sum_terms(strata, k, or_terms, &t))
        return DYAD_OK;
    psi = t.with / t.against;
    if (!(psi > 0 && psi < INFINITY))
        return DYAD_OK;

    for (size_t i = 0; i < k; i++) {
        const struct margins m = margins_of(&strata[i]);
        double away, variance;

        if (!has_all_margins(&m))
            continue;
        depart(&m, psi, &away, &variance);
        sum_add(&chi2, m.copies * (away / variance * away));
        sum_add(&aways, m.copies * away);
        sum_add(&variances, m.copies * variance);
        n += m.copies;
    }
    if (n < 2)
        return DYAD_OK;
    out->statistic = sum_value(&chi2);
    if (tarone)
        out->statistic -= sum_value(&aways) / sum_value(&variances) * sum_value(&aways);
    out->statistic = fmax(0, out->statistic);
    out->df = n - 1;
    out->p_value = cells_p_chi2(out->statistic, out->df);
    return DYAD_OK;
}

enum dyad_status
stratified_breslow_day(const struct stratum *strata, size_t k, struct test *out)
{
    return breslow_day(strata, k, false, out);
}

enum dyad_status
stratified_tarone(const struct stratum *strata, size_t k, struct test *out)
{
    return breslow_day(strata, k, true, out);
}

/* The scale on which strata are compared: the log of a ratio; false without a finite variance. */
static bool
effect_of(const struct stratum *stratum, enum measure measure, double *effect, double *weight)
{
    struct estimate it;

    /* The level says nothing here: only value and std_error are used. */
    if (stratum->copies == 0 ||
        two_by_two_estimate(&stratum->counts, measure, INTERVAL_WALD, 0.95, &it) != DYAD_OK ||
        !(it.std_error > 0))
        return false;
    *effect = measure == MEASURE_RD ? it.value : log(it.value);
    *weight = stratum->copies / (it.std_error * it.std_error);
    return true;
}

enum dyad_status
stratified_woolf(const struct stratum *strata, size_t k, enum measure measure, double *left_out,
                 struct test *out)
{
    struct sum weights = { 0, 0 }, products = { 0, 0 }, chi2 = { 0, 0 };
    double all = 0, used = 0, effect, weight;

    if (!are_strata(strata, k) ||
        (measure != MEASURE_OR && measure != MEASURE_RR && measure != MEASURE_RD))
        return DYAD_DOMAIN;

    for (size_t i = 0; i < k; i++) {
        all += strata[i].copies;
        if (!effect_of(&strata[i], measure, &effect, &weight))
            continue;
        used += strata[i].copies;
        sum_add(&weights, weight);
        sum_add(&products, weight * effect);
    }

    const double mean = sum_value(&products) / sum_value(&weights);

    for (size_t i = 0; i < k; i++)
        if (effect_of(&strata[i], measure, &effect, &weight))
            sum_add(&chi2, weight * (effect - mean) * (effect - mean));

    *left_out = all - used;
    *out = (struct test){ NAN, NAN, NAN };
    if (used >= 2) {
        out->statistic = sum_value(&chi2);
        out->df = used - 1;
        out->p_value = cells_p_chi2(out->statistic, out->df);
    }
    return DYAD_OK;
}
