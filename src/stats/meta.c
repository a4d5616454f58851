#include "dyad/stats/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "dyad/stats/quantile.h"
#include "dyad/stats/wald.h"

#include "cells.h"
#include "meta_sample.h"

static const char *const estimator_names[] = { "dl", "he", "hs", "sj",    "ml",
                                               "reml", "eb", "pm", "mh-dl", "given" };

const char *
tau2_estimator_name(enum tau2_estimator estimator)
{
    return estimator_names[estimator];
}

bool
tau2_estimator_find(const char *name, enum tau2_estimator *out)
{
    for (size_t i = 0; i < sizeof estimator_names / sizeof *estimator_names; i++)
        if (strcmp(estimator_names[i], name) == 0) {
            *out = (enum tau2_estimator)i;
            return true;
        }
    return false;
}

enum dyad_status
meta_work_reserve(struct meta_work *work, size_t k, size_t p)
{
    /* Beside the sample's: the inverse factor and the omnibus test's matrix. */
    const size_t room = sample_room(k, p) + 2 * p * p + 2 * p;
    double *at;

    if (room <= work->room)
        return DYAD_OK;
    at = realloc(work->at, room * sizeof *at);
    if (at == NULL)
        return DYAD_NOMEM;
    *work = (struct meta_work){ at, room };
    return DYAD_OK;
}

void
meta_work_release(struct meta_work *work)
{
    free(work->at);
    *work = (struct meta_work)META_WORK_INIT;
}

static double
degrees_of_freedom(const struct meta_method *method, size_t k, size_t p)
{
    return method->interval == META_WALD ? NAN : (double)(k - p);
}

static enum dyad_status
tau2_of(const struct sample *s, const struct meta_method *method, double *out)
{
    if (method->model == META_COMMON) {
        *out = 0;
        return DYAD_OK;
    }
    return sample_tau2(s, method->estimator, method->given, out);
}

/* ---- pooling by inverse variances ---- */

enum dyad_status
meta_tau2(const struct effect *effects, size_t k, enum tau2_estimator estimator, double given,
          double *out)
{
    const struct sample s = sample_of(effects, k);

    return are_effects(effects, k) ? sample_tau2(&s, estimator, given, out) : DYAD_DOMAIN;
}

static void
predict(const struct meta_method *method, struct meta_fit *fit)
{
    const double df = meta_prediction_df(method->prediction, fit->k, fit->df);

    fit->pred_low = fit->pred_high = NAN;
    if (method->model == META_COMMON || fit->k < 2)
        return;

    const double margin = wald_critical(method->level, df) *
                          sqrt(fit->pooled.std_error * fit->pooled.std_error + fit->tau2);

    fit->pred_low = fit->pooled.value - margin;
    fit->pred_high = fit->pooled.value + margin;
}

enum dyad_status
meta_pool(const struct effect *effects, size_t k, const struct meta_method *method,
          struct meta_fit *out)
{
    const struct sample s = sample_of(effects, k);
    struct meta_fit fit = { .k = k, .scale = 1 };
    struct moments m;
    enum dyad_status st;

    if (!are_effects(effects, k) || !is_level(method->level))
        return DYAD_DOMAIN;
    if ((st = tau2_of(&s, method, &fit.tau2)) != DYAD_OK)
        return st;
    sample_moments(&s, fit.tau2, &m);
    if (method->interval == META_HKSJ && k > 1)
        fit.scale = m.ypy / (double)(k - 1);
    fit.df = degrees_of_freedom(method, k, 1);
    fit.pooled = wald_estimate(m.mean, sqrt(fit.scale / m.sum_w), method->level, fit.df);
    fit.statistic = wald_statistic(&fit.pooled);
    predict(method, &fit);
    *out = fit;
    return DYAD_OK;
}

enum dyad_status
meta_weights(const struct effect *effects, size_t k, double tau2, double *percent)
{
    double sum = 0;

    if (!are_effects(effects, k) || !(tau2 >= 0 && tau2 <= 1e60))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < k; i++)
        sum += 1 / (effects[i].v + tau2);
    for (size_t i = 0; i < k; i++)
        percent[i] = 100 / (effects[i].v + tau2) / sum;
    return DYAD_OK;
}

/* ---- heterogeneity ---- */

static struct heterogeneity
no_heterogeneity(void)
{
    return (struct heterogeneity){ 0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
}

/* Q with its df, and I2 and H2 made of them. */
static struct heterogeneity
from_q(double q, double df)
{
    struct heterogeneity h = no_heterogeneity();

    if (!(df > 0))
        return h;
    h.q = q;
    h.df = df;
    h.p_value = cells_p_chi2(q, df);
    h.i2 = q > df ? 100 * (q - df) / q : 0;
    h.h2 = q / df;
    return h;
}

static double
share(double tau2, double typical)
{
    return 100 * (tau2 / (typical + tau2));
}

/* The Q-profile limits of tau2. */
static enum dyad_status
profile_limits(const struct sample *s, double level, double *low, double *high)
{
    const double tail = (1 - level) / 2, shape = (double)(s->k - s->p) / 2;
    double upper, lower;
    enum dyad_status st;

    if ((st = quantile_gamma(TAIL_UPPER, tail, shape, &upper)) != DYAD_OK ||
        (st = quantile_gamma(TAIL_LOWER, tail, shape, &lower)) != DYAD_OK ||
        (st = sample_profile(s, 2 * upper, low)) != DYAD_OK)
        return st;
    return sample_profile(s, 2 * lower, high);
}

enum dyad_status
meta_heterogeneity(const struct effect *effects, size_t k, const struct meta_method *method,
                   struct heterogeneity *out)
{
    const struct sample s = sample_of(effects, k);
    struct heterogeneity h;
    struct moments m;
    double tau2, low, high;
    enum dyad_status st;

    if (!are_effects(effects, k) || !is_level(method->level))
        return DYAD_DOMAIN;
    if ((st = tau2_of(&s, method, &tau2)) != DYAD_OK)
        return st;
    if (k == 1) {
        *out = no_heterogeneity();
        return DYAD_OK;
    }
    if ((st = profile_limits(&s, method->level, &low, &high)) != DYAD_OK)
        return st;
    sample_moments(&s, 0, &m);
    h = from_q(m.ypy, (double)(k - 1));

    const double typical = h.df / m.trace_p;

    if (method->model == META_RANDOM) {
        h.tau2 = tau2;
        h.i2 = share(tau2, typical);
        h.h2 = tau2 / typical + 1;
    }
    h.tau2_low = low;
    h.tau2_high = high;
    h.i2_low = share(low, typical);
    h.i2_high = share(high, typical);
    h.h2_low = low / typical + 1;
    h.h2_high = high / typical + 1;
    *out = h;
    return DYAD_OK;
}

/* ---- Mantel and Haenszel, Peto ---- */

static struct meta_fit
common_fit(size_t k, double value, double std_error, double level)
{
    struct meta_fit fit = { .k = k, .df = NAN, .pred_low = NAN, .pred_high = NAN, .scale = 1 };

    fit.pooled = wald_estimate(value, std_error, level, NAN);
    fit.statistic = wald_statistic(&fit.pooled);
    return fit;
}

static enum dyad_status
mantel_haenszel(const struct stratum *strata, size_t n, enum measure measure, double level,
                double *value, double *std_error)
{
    struct estimate e;
    enum dyad_status st;

    if (measure != MEASURE_OR && measure != MEASURE_RR && measure != MEASURE_RD)
        return DYAD_DOMAIN;
    st = measure == MEASURE_RD ? stratified_risk_difference_sato(strata, n, level, &e)
                               : stratified_mantel_haenszel(strata, n, measure, level, &e);
    if (st != DYAD_OK)
        return st;
    *value = measure == MEASURE_RD ? e.value : log(e.value);
    *std_error = e.std_error;
    return isfinite(*value) && *std_error > 0 ? DYAD_OK : DYAD_DOMAIN;
}

enum dyad_status
meta_mantel_haenszel(const struct stratum *strata, size_t n, enum measure measure,
                     const struct effect *effects, size_t k, double level, struct meta_fit *fit,
                     struct heterogeneity *differ)
{
    double value, std_error;
    enum dyad_status st;
    struct sum q = { 0, 0 };

    if (k > 0 && !are_effects(effects, k))
        return DYAD_DOMAIN;
    if ((st = mantel_haenszel(strata, n, measure, level, &value, &std_error)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < k; i++)
        sum_add(&q, (effects[i].y - value) / effects[i].v * (effects[i].y - value));
    *fit = common_fit(n, value, std_error, level);
    *differ = k > 1 ? from_q(sum_value(&q), (double)(k - 1)) : no_heterogeneity();
    return DYAD_OK;
}

/* What is left of a table: does it say anything, a - E, V, and Mantel and Haenszel's weight. */
struct table_terms {
    double excess, v, against;
};

static struct table_terms
terms_of(const struct stratum *stratum, enum measure measure)
{
    const struct two_by_two *t = &stratum->counts;
    const double n1 = t->a + t->b, n0 = t->c + t->d, n = n1 + n0;
    struct table_terms it = { 0, 0, 0 };

    if (!(n1 > 0 && n0 > 0 && stratum->copies > 0))
        return it;
    it.excess = cells_determinant(t->a, t->b, t->c, t->d) / n;
    if (n > 1)
        it.v = n1 * (n0 / n) * ((t->a + t->c) / n) * ((t->b + t->d) / (n - 1));
    if (measure == MEASURE_OR)
        it.against = t->b * (t->c / n);
    else if (measure == MEASURE_RR)
        it.against = t->c * (n1 / n);
    else
        it.against = n1 * (n0 / n);
    return it;
}

static bool
are_strata(const struct stratum *strata, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_table(&strata[i].counts) || !(strata[i].copies >= 0 && strata[i].copies <= 1e15))
            return false;
    return n > 0;
}

static enum dyad_status
shares(const struct stratum *strata, size_t n, bool peto, enum measure measure, double *percent)
{
    double sum = 0;

    if (!are_strata(strata, n))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        const struct table_terms it = terms_of(&strata[i], measure);

        sum += strata[i].copies * (peto ? it.v : it.against);
    }
    if (!(sum > 0))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        const struct table_terms it = terms_of(&strata[i], measure);

        percent[i] = 100 * (strata[i].copies * (peto ? it.v : it.against) / sum);
    }
    return DYAD_OK;
}

enum dyad_status
meta_mantel_haenszel_weights(const struct stratum *strata, size_t n, enum measure measure,
                             double *percent)
{
    if (measure != MEASURE_OR && measure != MEASURE_RR && measure != MEASURE_RD)
        return DYAD_DOMAIN;
    return shares(strata, n, false, measure, percent);
}

enum dyad_status
meta_peto_weights(const struct stratum *strata, size_t n, double *percent)
{
    return shares(strata, n, true, MEASURE_OR, percent);
}

enum dyad_status
meta_peto(const struct stratum *strata, size_t n, double level, struct meta_fit *fit,
          struct heterogeneity *differ)
{
    struct sum excess = { 0, 0 }, v = { 0, 0 }, q = { 0, 0 };
    double used = 0;

    if (!are_strata(strata, n) || !is_level(level))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        const struct table_terms it = terms_of(&strata[i], MEASURE_OR);

        sum_add(&excess, strata[i].copies * it.excess);
        sum_add(&v, strata[i].copies * it.v);
        used += it.v > 0 ? strata[i].copies : 0;
    }
    if (!(sum_value(&v) > 0))
        return DYAD_DOMAIN;

    const double value = sum_value(&excess) / sum_value(&v);

    /* The same Q, about the estimate: no difference of large numbers. */
    for (size_t i = 0; i < n; i++) {
        const struct table_terms it = terms_of(&strata[i], MEASURE_OR);
        const double away = it.excess - it.v * value;

        if (it.v > 0)
            sum_add(&q, strata[i].copies * (away / it.v * away));
    }
    *fit = common_fit(n, value, sqrt(1 / sum_value(&v)), level);
    *differ = from_q(sum_value(&q), used - 1);
    return DYAD_OK;
}

/* ---- subgroups ---- */

enum dyad_status
meta_subgroups(const struct meta_fit *fits, size_t n, struct test *out)
{
    struct sum weights = { 0, 0 }, products = { 0, 0 }, q = { 0, 0 };

    if (n < 2)
        return DYAD_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        const double se = fits[i].pooled.std_error;

        if (!(se > 0 && isfinite(fits[i].pooled.value)))
            return DYAD_DOMAIN;
        sum_add(&weights, 1 / (se * se));
        sum_add(&products, fits[i].pooled.value / (se * se));
    }

    const double mean = sum_value(&products) / sum_value(&weights);

    for (size_t i = 0; i < n; i++) {
        const double away = (fits[i].pooled.value - mean) / fits[i].pooled.std_error;

        sum_add(&q, away * away);
    }
    *out = (struct test){ sum_value(&q), (double)(n - 1),
                          cells_p_chi2(sum_value(&q), (double)(n - 1)) };
    return DYAD_OK;
}

/* ---- meta-regression ---- */

/* b' (cov b)^-1 b of a block, by Cholesky in ${room} (m x m + m); NaN if that is singular. */
static double
quadratic_form(const struct estimate *b, const double *covariance, size_t p, size_t first,
               size_t m, double *room)
{
    double *l = room, *z = room + m * m, sum = 0;

    for (size_t i = 0; i < m; i++) {
        z[i] = b[first + i].value;
        for (size_t j = 0; j <= i; j++) {
            double x = covariance[(first + i) * p + first + j];

            for (size_t c = 0; c < j; c++)
                x -= l[i * m + c] * l[j * m + c];
            if (i == j && !(x > 0))
                return NAN;
            l[i * m + j] = i == j ? sqrt(x) : x / l[j * m + j];
        }
        for (size_t j = 0; j < i; j++)
            z[i] -= l[i * m + j] * z[j];
        z[i] /= l[i * m + i];
        sum += z[i] * z[i];
    }
    return sum;
}

static struct test
omnibus(double form, size_t m, double df)
{
    const double statistic = isnan(df) ? form : form / (double)m;

    if (m == 0 || isnan(form))
        return (struct test){ NAN, m == 0 ? NAN : (double)m, NAN };
    return (struct test){ statistic, (double)m,
                          isnan(df) ? cells_p_chi2(form, (double)m)
                                    : pf(statistic, (double)m, df, 0, 0) };
}

static void
fill_covariance(const double *inverse, size_t p, double scale, double *covariance)
{
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double sum = 0;

            for (size_t c = i > j ? i : j; c < p; c++)
                sum += inverse[i * p + c] * inverse[j * p + c];
            covariance[i * p + j] = scale * sum;
        }
}

/* Heterogeneity that is left, beside that without moderators. */
static void
describe_residual(const struct sample *s, const struct meta_method *method, double tau2_without,
                  struct meta_regression *fit)
{
    struct moments m;
    struct heterogeneity h;

    sample_moments(s, 0, &m);
    h = from_q(m.ypy, (double)(s->k - s->p));
    fit->residual = (struct test){ h.q, h.df, h.p_value };
    fit->i2 = h.i2;
    fit->h2 = h.h2;
    if (method->model == META_RANDOM) {
        fit->i2 = share(fit->tau2, h.df / m.trace_p);
        fit->h2 = fit->tau2 / (h.df / m.trace_p) + 1;
    }
    fit->r2 = NAN;
    if (tau2_without > 0 && method->estimator != TAU2_GIVEN)
        fit->r2 = 100 * fmax(0, 1 - fit->tau2 / tau2_without);
}

static bool
is_design(const double *x, size_t k, size_t p)
{
    for (size_t i = 0; i < k * p; i++)
        if (!(fabs(x[i]) <= 1e60))
            return false;
    return p >= 1 && p < k;
}

static bool
has_full_rank(const struct sample *s, double tau2)
{
    struct moments m;

    sample_moments(s, tau2, &m);
    return m.full_rank;
}

enum dyad_status
meta_regress(const struct effect *effects, size_t k, const double *x, size_t p, size_t fixed,
             const struct meta_method *method, struct meta_work *work,
             struct estimate *coefficients, double *covariance, struct meta_regression *out)
{
    struct sample s = { effects, k, x, p, NULL };
    const struct sample without = sample_of(effects, k);
    struct meta_regression fit = { .k = k, .p = p, .scale = 1 };
    struct moments m;
    double tau2_without;
    enum dyad_status st;

    if (!is_design(x, k, p) || fixed > p || !are_effects(effects, k) || !is_level(method->level))
        return DYAD_DOMAIN;
    if ((st = meta_work_reserve(work, k, p)) != DYAD_OK)
        return st;
    s.room = work->at;
    if (!has_full_rank(&s, 0) || !has_full_rank(&s, INFINITY))
        return DYAD_DOMAIN;
    if ((st = tau2_of(&s, method, &fit.tau2)) != DYAD_OK ||
        (st = tau2_of(&without, method, &tau2_without)) != DYAD_OK)
        return st;

    double *inverse = work->at + sample_room(k, p), *b = inverse + p * p;
    double *matrix = b + p; /* p x p, and p more */

    describe_residual(&s, method, tau2_without, &fit);
    sample_moments(&s, fit.tau2, &m);
    sample_coefficients(&s, b, inverse);
    fit.df = degrees_of_freedom(method, k, p);
    if (method->interval == META_HKSJ)
        fit.scale = m.ypy / (double)(k - p);
    for (size_t j = 0; j < p; j++) {
        double sum = 0;

        for (size_t c = j; c < p; c++)
            sum += inverse[j * p + c] * inverse[j * p + c];
        coefficients[j] = wald_estimate(b[j], sqrt(fit.scale * sum), method->level, fit.df);
    }
    /* The sample's q is no longer needed. */
    fill_covariance(inverse, p, fit.scale, work->at);
    if (covariance != NULL)
        memcpy(covariance, work->at, p * p * sizeof *covariance);
    fit.moderators = omnibus(quadratic_form(coefficients, work->at, p, fixed, p - fixed, matrix),
                             p - fixed, fit.df);
    *out = fit;
    return DYAD_OK;
}

enum dyad_status
meta_regress_test(const struct estimate *coefficients, const double *covariance,
                  const struct meta_regression *fit, size_t first, size_t m,
                  struct meta_work *work, struct test *out)
{
    enum dyad_status st;
    double form;

    if (m == 0 || m > fit->p || first > fit->p - m)
        return DYAD_DOMAIN;
    if ((st = meta_work_reserve(work, fit->k, fit->p)) != DYAD_OK)
        return st;
    form = quadratic_form(coefficients, covariance, fit->p, first, m, work->at);
    if (isnan(form))
        return DYAD_DOMAIN;
    *out = omnibus(form, m, fit->df);
    return DYAD_OK;
}
