#include "dyad/stats/meta.h"

#include "meta_values.h"

/* BCG vaccine against tuberculosis, log risk ratios: Colditz et al. (1994), JAMA 271:698-702. */
static const struct two_by_two bcg[] = {
    { 4, 119, 11, 128 },      { 6, 300, 29, 274 },     { 3, 228, 11, 209 },
    { 62, 13536, 248, 12619 }, { 33, 5036, 47, 5761 },  { 180, 1361, 372, 1079 },
    { 8, 2537, 10, 619 },     { 505, 87886, 499, 87892 }, { 29, 7470, 45, 7232 },
    { 17, 1699, 65, 1600 },   { 186, 50448, 141, 27197 }, { 5, 2493, 3, 2338 },
    { 27, 16886, 29, 17825 },
};

enum { BCG = sizeof bcg / sizeof *bcg };

static void
bcg_effects(struct effect *effects)
{
    for (size_t i = 0; i < BCG; i++)
        CHECK(effect_of_table(&bcg[i], EFFECT_LOG_RR, &effects[i]) == DYAD_OK);
}

/* In the order of scripts/reference/meta.R. */
static const enum tau2_estimator estimators[] = { TAU2_DL, TAU2_HE,   TAU2_HS, TAU2_SJ,
                                                  TAU2_ML, TAU2_REML, TAU2_EB, TAU2_PM };

static bool
is_iterated(enum tau2_estimator e)
{
    return e == TAU2_ML || e == TAU2_REML || e == TAU2_EB || e == TAU2_PM;
}

/* Viechtbauer (2010), J. Stat. Softw. 36(3), 3.2: rma(yi, vi), and its confint. */
static void
prints_as_published(void)
{
    const struct meta_method reml = method_of(TAU2_REML, META_WALD, 0.95);
    struct effect effects[BCG];
    struct meta_fit fit;
    struct heterogeneity h;

    bcg_effects(effects);
    CHECK(meta_pool(effects, BCG, &reml, &fit) == DYAD_OK);
    CHECK_PRINTED(fit.pooled.value, "-0.7145");
    CHECK_PRINTED(fit.pooled.std_error, "0.1798");
    CHECK_PRINTED(fit.statistic, "-3.9744");
    CHECK_PRINTED(fit.pooled.lower, "-1.0669");
    CHECK_PRINTED(fit.pooled.upper, "-0.3622");
    CHECK(meta_heterogeneity(effects, BCG, &reml, &h) == DYAD_OK);
    CHECK_PRINTED(h.q, "152.2330");
    CHECK_PRINTED(h.df, "12");
    CHECK_PRINTED(h.tau2, "0.3132");
    CHECK_PRINTED(h.tau2_low, "0.1197");
    CHECK_PRINTED(h.tau2_high, "1.1115");
    CHECK_PRINTED(h.i2, "92.22");
    CHECK_PRINTED(h.i2_low, "81.92");
    CHECK_PRINTED(h.i2_high, "97.68");
    CHECK_PRINTED(h.h2, "12.86");
    CHECK_PRINTED(h.h2_low, "5.53");
    CHECK_PRINTED(h.h2_high, "43.07");
}

static double
least_variance(const struct effect *e, size_t k)
{
    double least = e[0].v;

    for (size_t i = 1; i < k; i++)
        least = fmin(least, e[i].v);
    return least;
}

static void
check_pooled(struct value_lines *v, const struct estimate *e, double tolerance, double p_tolerance)
{
    const double value = value_next(v), se = value_next(v);
    const double scale = fmax(se, fabs(value));

    CHECK_NEAR(e->value, value, scale, tolerance);
    CHECK_REL(e->std_error, se, tolerance);
    CHECK_NEAR(e->lower, value_next(v), scale, tolerance);
    CHECK_NEAR(e->upper, value_next(v), scale, tolerance);
    check_p(e->p_value, value_next(v), p_tolerance);
}

static void
check_common(struct value_lines *v, const struct effect *effects, size_t k, double level)
{
    const struct meta_method method = common_method(level);
    struct meta_fit fit;
    struct heterogeneity h;

    CHECK(meta_pool(effects, k, &method, &fit) == DYAD_OK);
    CHECK(meta_heterogeneity(effects, k, &method, &h) == DYAD_OK);
    check_pooled(v, &fit.pooled, 1e-12, 1e-10);
    CHECK(fit.tau2 == 0 && isnan(fit.pred_low) && isnan(fit.pred_high) && isnan(fit.df));

    const double q = value_next(v);

    CHECK_NEAR(h.q, q, q + 1, 1e-12);
    check_p(h.p_value, value_next(v), 1e-10);
    CHECK_NEAR(h.i2, value_next(v), 100, 1e-12);
    CHECK_NEAR(h.h2, value_next(v), (q + 1) / h.df, 1e-12);

    const double low = value_next(v), high = value_next(v), least = least_variance(effects, k);

    CHECK_NEAR(h.tau2_low, low, low + least, 1e-9);
    CHECK_NEAR(h.tau2_high, high, high + least, 1e-9);
    CHECK_NEAR(h.i2_low, value_next(v), 100, 1e-9);
    CHECK_NEAR(h.i2_high, value_next(v), 100, 1e-9);
    CHECK_REL(h.h2_low, value_next(v), 1e-9);
    CHECK_REL(h.h2_high, value_next(v), 1e-9);
}

/* Limits that depend on the interval alone. */
static void
check_limits(struct value_lines *v, double low, double high, double scale, double tolerance)
{
    const double want_low = value_next(v), want_high = value_next(v);

    CHECK_NEAR(low, want_low, fmax(scale, fabs(want_low)), tolerance);
    CHECK_NEAR(high, want_high, fmax(scale, fabs(want_high)), tolerance);
}

static void
check_random(struct value_lines *v, const struct effect *effects, size_t k,
             enum tau2_estimator estimator, double level)
{
    const double tolerance = is_iterated(estimator) ? 4e-10 : 1e-11;
    struct meta_method method = method_of(estimator, META_WALD, level);
    struct meta_fit fit;
    struct heterogeneity h;

    CHECK(meta_pool(effects, k, &method, &fit) == DYAD_OK);
    CHECK(meta_heterogeneity(effects, k, &method, &h) == DYAD_OK);

    const double tau2 = value_next(v);

    CHECK_NEAR(fit.tau2, tau2, tau2 + least_variance(effects, k), tolerance);
    CHECK(h.tau2 == fit.tau2);
    check_pooled(v, &fit.pooled, tolerance, 100 * tolerance);

    const double se = fit.pooled.std_error;

    check_limits(v, fit.pred_low, fit.pred_high, se, tolerance);
    CHECK_NEAR(h.i2, value_next(v), 100, tolerance);
    CHECK_REL(h.h2, value_next(v), tolerance);

    method.interval = META_HKSJ;
    CHECK(meta_pool(effects, k, &method, &fit) == DYAD_OK);
    CHECK_REL(fit.pooled.std_error, value_next(v), 10 * tolerance);
    check_limits(v, fit.pooled.lower, fit.pooled.upper, se, 10 * tolerance);
    check_p(fit.pooled.p_value, value_next(v), 100 * tolerance);
    check_limits(v, fit.pred_low, fit.pred_high, se, 10 * tolerance);

    method.interval = META_T;
    method.prediction = PREDICTION_HTS;
    CHECK(meta_pool(effects, k, &method, &fit) == DYAD_OK);
    check_limits(v, fit.pooled.lower, fit.pooled.upper, se, tolerance);
    check_p(fit.pooled.p_value, value_next(v), 100 * tolerance);
    check_limits(v, fit.pred_low, fit.pred_high, se, tolerance);
}

/* 58 real data sets and 300 random ones. */
static void
agrees_with_metafor(void)
{
    struct value_lines v;
    struct study_set s;

    value_lines_open(&v, "tests/values/meta_studies.gz");
    while (value_lines_next(&v)) {
        double level;

        s.k = read_count(&v);
        level = value_next(&v);
        read_effects(&v, s.effects, s.k);
        check_common(&v, s.effects, s.k, level);
        for (size_t i = 0; i < sizeof estimators / sizeof *estimators; i++)
            check_random(&v, s.effects, s.k, estimators[i], level);
        value_lines_end(&v);
    }
    CHECK(v.n == 358);
}

static const enum table_effect effect_of_measure[] = { [MEASURE_OR] = EFFECT_LOG_OR,
                                                       [MEASURE_RR] = EFFECT_LOG_RR,
                                                       [MEASURE_RD] = EFFECT_RD };

static void
check_mantel_haenszel(struct value_lines *v, const struct stratum *strata, size_t n,
                      enum measure measure)
{
    struct study_set s;
    struct meta_fit fit;
    struct heterogeneity h;
    double mh_dl, tau2;

    s.k = read_count(v);
    read_effects(v, s.effects, s.k);
    CHECK(meta_mantel_haenszel(strata, n, measure, s.effects, s.k, 0.95, &fit, &h) == DYAD_OK);
    check_pooled(v, &fit.pooled, 1e-12, 1e-10);
    CHECK(fit.k == n);

    const double q = value_next(v), p = value_next(v);

    mh_dl = value_next(v);
    if (s.k < 2) {
        CHECK(h.q == 0 && h.df == 0 && isnan(h.p_value) && isnan(h.i2));
        return;
    }
    CHECK_NEAR(h.q, q, q + 1, 1e-12);
    check_p(h.p_value, p, 1e-10);
    CHECK(meta_tau2(s.effects, s.k, TAU2_MH_DL, fit.pooled.value, &tau2) == DYAD_OK);
    CHECK_NEAR(tau2, mh_dl, mh_dl + least_variance(s.effects, s.k), 1e-11);
}

static void
check_peto(struct value_lines *v, const struct stratum *strata, size_t n)
{
    struct meta_fit fit;
    struct heterogeneity h;

    CHECK(meta_peto(strata, n, 0.95, &fit, &h) == DYAD_OK);
    check_pooled(v, &fit.pooled, 1e-12, 1e-10);

    const double used = value_next(v), q = value_next(v), p = value_next(v);

    CHECK(h.df == used - 1);
    if (used > 1) {
        CHECK_NEAR(h.q, q, q + 1, 1e-11);
        check_p(h.p_value, p, 1e-9);
    }
}

static void
pools_tables_as_metafor(void)
{
    struct value_lines v;
    struct stratum strata[MOST_STUDIES];

    value_lines_open(&v, "tests/values/meta_tables.gz");
    while (value_lines_next(&v)) {
        const size_t n = read_count(&v);

        for (size_t i = 0; i < n; i++) {
            read_table(&v, &strata[i].counts);
            strata[i].copies = 1;
        }
        check_mantel_haenszel(&v, strata, n, MEASURE_OR);
        check_mantel_haenszel(&v, strata, n, MEASURE_RR);
        check_mantel_haenszel(&v, strata, n, MEASURE_RD);
        check_peto(&v, strata, n);
        value_lines_end(&v);
    }
    CHECK(v.n == 166);
}

/* RevMan 5's "Mantel-Haenszel, random": the weighted mean is one of inverse variances. */
static void
mantel_haenszel_weights_make_its_estimate(void)
{
    const enum measure measures[] = { MEASURE_OR, MEASURE_RR, MEASURE_RD };
    struct stratum strata[BCG];
    struct meta_fit fit;
    struct heterogeneity h;
    double percent[BCG];

    for (size_t i = 0; i < BCG; i++)
        strata[i] = (struct stratum){ bcg[i], 1 };
    for (size_t m = 0; m < 3; m++) {
        double mean = 0;

        CHECK(meta_mantel_haenszel_weights(strata, BCG, measures[m], percent) == DYAD_OK);
        CHECK(meta_mantel_haenszel(strata, BCG, measures[m], NULL, 0, 0.95, &fit, &h) == DYAD_OK);
        for (size_t i = 0; i < BCG; i++) {
            struct effect e;

            CHECK(effect_of_table(&bcg[i], effect_of_measure[measures[m]], &e) == DYAD_OK);
            mean += percent[i] / 100 * (measures[m] == MEASURE_RD ? e.y : exp(e.y));
        }
        CHECK_REL(measures[m] == MEASURE_RD ? mean : log(mean), fit.pooled.value, 1e-13);
    }
    CHECK(meta_peto_weights(strata, BCG, percent) == DYAD_OK);
    CHECK(meta_peto(strata, BCG, 0.95, &fit, &h) == DYAD_OK);

    double mean = 0;

    for (size_t i = 0; i < BCG; i++) {
        struct effect e;

        CHECK(effect_of_table(&bcg[i], EFFECT_PETO, &e) == DYAD_OK);
        mean += percent[i] / 100 * e.y;
    }
    CHECK_REL(mean, fit.pooled.value, 1e-13);
}

static void
check_coefficients(struct value_lines *v, const struct estimate *b, size_t p, const double *scale,
                   bool with_value, bool with_limits, double tolerance)
{
    if (with_value)
        for (size_t j = 0; j < p; j++)
            CHECK_NEAR(b[j].value, value_next(v), scale[j], tolerance);
    for (size_t j = 0; j < p; j++)
        CHECK_REL(b[j].std_error, value_next(v), tolerance);
    for (size_t j = 0; with_limits && j < p; j++)
        CHECK_NEAR(b[j].lower, value_next(v), scale[j], tolerance);
    for (size_t j = 0; with_limits && j < p; j++)
        CHECK_NEAR(b[j].upper, value_next(v), scale[j], tolerance);
    for (size_t j = 0; j < p; j++)
        check_p(b[j].p_value, value_next(v), 100 * tolerance);
}

enum { MOST_COLUMNS = 4 };

struct regression {
    size_t k, p;
    struct effect effects[MOST_STUDIES];
    double x[MOST_STUDIES * MOST_COLUMNS];
    struct meta_work work;
    struct estimate b[MOST_COLUMNS];
    double covariance[MOST_COLUMNS * MOST_COLUMNS], scale[MOST_COLUMNS];
};

static struct meta_regression
regressed(struct regression *r, const struct meta_method *method)
{
    struct meta_regression fit;

    CHECK(meta_regress(r->effects, r->k, r->x, r->p, 1, method, &r->work, r->b, r->covariance,
                       &fit) == DYAD_OK);
    for (size_t j = 0; j < r->p; j++)
        r->scale[j] = fmax(fabs(r->b[j].value), fmax(fabs(r->b[j].lower), fabs(r->b[j].upper)));
    return fit;
}

static void
check_regression(struct value_lines *v, struct regression *r, enum tau2_estimator estimator)
{
    const double tolerance = is_iterated(estimator) ? 5e-10 : 1e-10;
    struct meta_method method = method_of(estimator, META_WALD, 0.95);
    struct meta_regression fit = regressed(r, &method);
    const double tau2 = value_next(v);
    struct test again;

    CHECK_NEAR(fit.tau2, tau2, tau2 + least_variance(r->effects, r->k), tolerance);
    check_coefficients(v, r->b, r->p, r->scale, true, true, tolerance);
    CHECK_REL(fit.moderators.statistic, value_next(v), tolerance);
    check_p(fit.moderators.p_value, value_next(v), 100 * tolerance);
    CHECK_NEAR(fit.i2, value_next(v), 100, tolerance);
    CHECK_REL(fit.h2, value_next(v), tolerance);
    CHECK_NEAR(fit.r2, value_next(v), 100, 10 * tolerance);
    CHECK(isnan(fit.df) && fit.scale == 1);

    method.interval = META_HKSJ;
    fit = regressed(r, &method);
    check_coefficients(v, r->b, r->p, r->scale, false, true, 10 * tolerance);
    CHECK_REL(fit.moderators.statistic, value_next(v), 10 * tolerance);
    check_p(fit.moderators.p_value, value_next(v), 100 * tolerance);
    CHECK_NEAR(r->covariance[1 * r->p + r->p - 1], value_next(v),
               r->b[1].std_error * r->b[r->p - 1].std_error, 10 * tolerance);
    CHECK(fit.df == (double)(r->k - r->p) && fit.moderators.df == (double)(r->p - 1));
    CHECK(meta_regress_test(r->b, r->covariance, &fit, 1, r->p - 1, &r->work, &again) == DYAD_OK);
    CHECK_REL(again.statistic, fit.moderators.statistic, 1e-13);
    CHECK_REL(again.p_value, fit.moderators.p_value, 1e-12);
}

static void
regresses_as_metafor(void)
{
    static struct regression r = { .work = META_WORK_INIT };
    const struct meta_method common = common_method(0.95);
    struct value_lines v;

    value_lines_open(&v, "tests/values/meta_regressions.gz");
    while (value_lines_next(&v)) {
        struct meta_regression fit;

        r.k = read_count(&v);
        r.p = read_count(&v);
        CHECK(r.p <= MOST_COLUMNS);
        for (size_t i = 0; i < r.k; i++) {
            read_effects(&v, &r.effects[i], 1);
            for (size_t j = 0; j < r.p; j++)
                r.x[i * r.p + j] = value_next(&v);
        }
        fit = regressed(&r, &common);
        check_coefficients(&v, r.b, r.p, r.scale, true, false, 1e-9);

        const double q = value_next(&v);

        CHECK_NEAR(fit.residual.statistic, q, q + 1, 1e-10);
        check_p(fit.residual.p_value, value_next(&v), 1e-8);
        CHECK(fit.residual.df == (double)(r.k - r.p) && fit.tau2 == 0);
        CHECK_REL(fit.moderators.statistic, value_next(&v), 1e-9);
        check_p(fit.moderators.p_value, value_next(&v), 1e-8);
        for (size_t i = 0; i < sizeof estimators / sizeof *estimators; i++)
            check_regression(&v, &r, estimators[i]);
        value_lines_end(&v);
    }
    CHECK(v.n == 111);
    meta_work_release(&r.work);
}

/* A column of ones is no moderator; groups with a common tau2 are a regression on indicators. */
static void
regression_on_nothing_is_pooling(void)
{
    struct effect effects[BCG];
    double ones[BCG], indicators[2 * BCG], covariance;
    struct meta_work work = META_WORK_INIT;

    bcg_effects(effects);
    for (size_t i = 0; i < BCG; i++) {
        ones[i] = 1;
        indicators[2 * i] = i < 6;
        indicators[2 * i + 1] = i >= 6;
    }
    for (int e = TAU2_DL; e < TAU2_MH_DL; e++)
        for (int interval = META_WALD; interval <= META_HKSJ; interval++) {
            struct meta_method method =
                method_of((enum tau2_estimator)e, (enum meta_interval)interval, 0.9);
            struct meta_fit fit, one;
            struct meta_regression regression, again;
            struct estimate b, groups[2];

            CHECK(meta_pool(effects, BCG, &method, &fit) == DYAD_OK);
            CHECK(meta_regress(effects, BCG, ones, 1, 1, &method, &work, &b, &covariance,
                               &regression) == DYAD_OK);
            CHECK_REL(regression.tau2, fit.tau2, 1e-12);
            CHECK_REL(b.value, fit.pooled.value, 1e-13);
            CHECK_REL(b.lower, fit.pooled.lower, 1e-12);
            CHECK_REL(b.p_value, fit.pooled.p_value, 1e-11);
            CHECK_REL(covariance, b.std_error * b.std_error, 1e-14);
            CHECK(isnan(regression.moderators.statistic));

            CHECK(meta_regress(effects, BCG, indicators, 2, 0, &method, &work, groups, NULL,
                               &regression) == DYAD_OK);
            method.given = regression.tau2;
            method.estimator = TAU2_GIVEN;
            CHECK(meta_pool(effects, 6, &method, &one) == DYAD_OK);
            CHECK_REL(one.pooled.value, groups[0].value, 1e-13);
            CHECK(one.tau2 == regression.tau2);
            CHECK(meta_regress(effects, BCG, indicators, 2, 0, &method, &work, groups, NULL,
                               &again) == DYAD_OK);
            CHECK(again.tau2 == regression.tau2 && isnan(again.r2));
            CHECK(meta_pool(effects + 6, BCG - 6, &method, &one) == DYAD_OK);
            CHECK_REL(one.pooled.value, groups[1].value, 1e-13);
        }
    meta_work_release(&work);
}

static void
subgroups_differ_by_what_is_between(void)
{
    const struct meta_method common = common_method(0.95);
    struct effect effects[BCG];
    struct meta_fit fits[3];
    struct heterogeneity all, within;
    struct test between;
    double sum = 0;
    const size_t starts[] = { 0, 4, 9, BCG };

    bcg_effects(effects);
    for (size_t g = 0; g < 3; g++) {
        const size_t k = starts[g + 1] - starts[g];

        CHECK(meta_pool(effects + starts[g], k, &common, &fits[g]) == DYAD_OK);
        CHECK(meta_heterogeneity(effects + starts[g], k, &common, &within) == DYAD_OK);
        sum += within.q;
    }
    CHECK(meta_heterogeneity(effects, BCG, &common, &all) == DYAD_OK);
    CHECK(meta_subgroups(fits, 3, &between) == DYAD_OK);
    CHECK_REL(between.statistic, all.q - sum, 1e-12);
    CHECK(between.df == 2);
    CHECK_REL(between.p_value, exp(-between.statistic / 2), 1e-12); /* 2 df */

    CHECK(meta_subgroups(fits, 1, &between) == DYAD_DOMAIN);
    fits[1].pooled.std_error = 0;
    CHECK(meta_subgroups(fits, 3, &between) == DYAD_DOMAIN);
    CHECK(between.df == 2);
}

static void
weights_are_shares_of_100(void)
{
    const struct effect effects[] = { { 0, 1 }, { 1, 3 } };
    double percent[] = { -1, -1 };

    CHECK(meta_weights(effects, 2, -1, percent) == DYAD_DOMAIN);
    CHECK(percent[0] == -1);
    CHECK(meta_weights(effects, 2, 0, percent) == DYAD_OK);
    CHECK_REL(percent[0], 75, 1e-15);
    CHECK_REL(percent[1], 25, 1e-15);
    CHECK(meta_weights(effects, 2, 1, percent) == DYAD_OK);
    CHECK_REL(percent[0], 200.0 / 3, 1e-15);
}

static void
one_study_stands_for_itself(void)
{
    const struct effect one = { -0.4, 0.09 };
    struct meta_fit fit;
    struct heterogeneity h;

    for (int e = TAU2_DL; e < TAU2_MH_DL; e++) {
        struct meta_method method = method_of((enum tau2_estimator)e, META_WALD, 0.95);

        CHECK(meta_pool(&one, 1, &method, &fit) == DYAD_OK);
        CHECK(fit.pooled.value == one.y && fit.tau2 == 0 && isnan(fit.pred_low));
        CHECK_REL(fit.pooled.std_error, 0.3, 1e-15);
        CHECK_REL(fit.pooled.upper, -0.4 + 1.959963984540054 * 0.3, 1e-14);
        CHECK(meta_heterogeneity(&one, 1, &method, &h) == DYAD_OK);
        CHECK(h.q == 0 && h.df == 0 && isnan(h.p_value) && isnan(h.tau2) && isnan(h.i2_high));
        method.interval = META_HKSJ;
        CHECK(meta_pool(&one, 1, &method, &fit) == DYAD_OK);
        CHECK(fit.df == 0 && isnan(fit.pooled.lower) && isnan(fit.pooled.p_value));
    }
}

static void
identical_effects_have_no_heterogeneity(void)
{
    struct effect effects[] = { { 0.3, 0.01 }, { 0.3, 1e10 }, { 0.3, 0.5 }, { 0.3, 1e-2 } };
    struct meta_fit fit;
    struct heterogeneity h;

    for (int e = TAU2_DL; e < TAU2_MH_DL; e++)
        for (size_t k = 2; k <= 4; k++) {
            struct meta_method method = method_of((enum tau2_estimator)e, META_HKSJ, 0.95);

            CHECK(meta_pool(effects, k, &method, &fit) == DYAD_OK);
            CHECK(fit.pooled.value == 0.3 && fit.tau2 == 0 && fit.scale == 0);
            CHECK(fit.pooled.std_error == 0 && fit.pooled.lower == 0.3 && isnan(fit.statistic));
            CHECK(meta_heterogeneity(effects, k, &method, &h) == DYAD_OK);
            CHECK(h.q == 0 && h.i2 == 0 && h.h2 == 1 && h.p_value == 1 && h.tau2_high == 0);
        }
}

/* As it is without cancelling: sum w - sum w^2/sum w = 2 (w1 w2 + w1 w3 + w2 w3)/sum w. */
static void
keeps_its_digits_when_one_study_outweighs_all(void)
{
    const struct effect effects[] = { { 5, 3e-13 }, { 6, 0.7 }, { 8, 0.9 } };
    const double w1 = 1 / 3e-13, w2 = 1 / 0.7, w3 = 1 / 0.9, sum = w1 + w2 + w3;
    const double q = w2 + 9 * w3 - (w2 + 3 * w3) * (w2 + 3 * w3) / sum;
    const double c = 2 * (w1 * w2 + w1 * w3 + w2 * w3) / sum;
    const struct meta_method common = common_method(0.95);
    struct meta_fit fit;
    struct heterogeneity h;
    double tau2;

    CHECK(meta_pool(effects, 3, &common, &fit) == DYAD_OK);
    CHECK_REL(fit.pooled.value, 5 + (w2 + 3 * w3) / sum, 1e-15);
    CHECK(meta_heterogeneity(effects, 3, &common, &h) == DYAD_OK);
    CHECK_REL(h.q, q, 1e-14);
    CHECK(meta_tau2(effects, 3, TAU2_DL, 0, &tau2) == DYAD_OK);
    CHECK_REL(tau2, (q - 2) / c, 1e-14);
    for (int e = TAU2_DL; e < TAU2_MH_DL; e++) {
        struct effect turned[3];
        double again;

        CHECK(meta_tau2(effects, 3, (enum tau2_estimator)e, 0, &tau2) == DYAD_OK);
        for (size_t i = 0; i < 3; i++)
            turned[i] = (struct effect){ 7 - effects[2 - i].y, effects[2 - i].v };
        CHECK(meta_tau2(turned, 3, (enum tau2_estimator)e, 0, &again) == DYAD_OK);
        CHECK_REL(again, tau2, 1e-13);
    }
}

/* Two studies that differ by millionths: what they are counted from must not matter. */
static void
does_not_depend_on_the_origin(void)
{
    const double near = 1000 + 3e-6;
    const struct effect far[] = { { 1000, 1e-12 }, { near, 2e-12 }, { 1001, 1 } };
    const struct effect here[] = { { 0, 1e-12 }, { near - 1000, 2e-12 }, { 1, 1 } };

    for (int e = TAU2_DL; e < TAU2_MH_DL; e++) {
        double tau2, of_far;

        CHECK(meta_tau2(here, 3, (enum tau2_estimator)e, 0, &tau2) == DYAD_OK);
        CHECK(meta_tau2(far, 3, (enum tau2_estimator)e, 0, &of_far) == DYAD_OK);
        CHECK_REL(of_far, tau2, 1e-13);
    }
}

/* Precise studies that agree among vague ones that do not: two maxima, by a fine grid. */
static void
takes_the_higher_of_two_maxima(void)
{
    const struct effect effects[] = { { 0, 0.01 },    { 0.02, 0.01 }, { -0.02, 0.01 },
                                      { 0.01, 0.01 }, { 40, 30 },     { -40, 30 },
                                      { 38, 30 },     { -37, 30 } };
    const enum tau2_estimator likelihoods[] = { TAU2_ML, TAU2_REML };

    for (size_t e = 0; e < 2; e++) {
        double tau2, best = -INFINITY, best_at = 0;

        CHECK(meta_tau2(effects, 8, likelihoods[e], 0, &tau2) == DYAD_OK);
        for (double t = 0; t < 1e5; t = t * 1.001 + 1e-4) {
            double w = 0, wy = 0, logs = 0, q = 0, height;

            for (size_t i = 0; i < 8; i++) {
                w += 1 / (effects[i].v + t);
                wy += effects[i].y / (effects[i].v + t);
                logs += log(effects[i].v + t);
            }
            for (size_t i = 0; i < 8; i++)
                q += (effects[i].y - wy / w) * (effects[i].y - wy / w) / (effects[i].v + t);
            height = -logs - q - (likelihoods[e] == TAU2_REML ? log(w) : 0);
            if (height > best) {
                best = height;
                best_at = t;
            }
        }
        CHECK_NEAR(tau2, best_at, best_at + 1e-3, 2e-3);
    }
}

static void
scales_with_its_unit(void)
{
    const double unit = 0x1p40;
    struct effect effects[BCG], scaled[BCG];

    bcg_effects(effects);
    for (size_t i = 0; i < BCG; i++)
        scaled[i] = (struct effect){ effects[i].y * unit, effects[i].v * unit * unit };
    for (int e = TAU2_DL; e < TAU2_MH_DL; e++) {
        double tau2, of_scaled;

        CHECK(meta_tau2(effects, BCG, (enum tau2_estimator)e, 0, &tau2) == DYAD_OK);
        CHECK(meta_tau2(scaled, BCG, (enum tau2_estimator)e, 0, &of_scaled) == DYAD_OK);
        CHECK_REL(of_scaled, tau2 * unit * unit, 4e-15);
    }
}

static void
names_find_what_they_name(void)
{
    enum tau2_estimator e = TAU2_DL;

    for (int i = TAU2_DL; i <= TAU2_GIVEN; i++) {
        CHECK(tau2_estimator_find(tau2_estimator_name((enum tau2_estimator)i), &e));
        CHECK((int)e == i);
    }
    CHECK(strcmp(tau2_estimator_name(TAU2_MH_DL), "mh-dl") == 0);
    CHECK(!tau2_estimator_find("REML", &e) && e == TAU2_GIVEN);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct effect good = { 0.1, 0.2 };
    const struct effect refused[] = { { 0, 0 },   { 0, -1 },       { NAN, 1 },  { 0, NAN },
                                      { 0, 1e61 }, { INFINITY, 1 }, { 0, 1e-61 }, { -1e61, 1 } };
    const double levels[] = { 0, 1, NAN };
    struct meta_method method = method_of(TAU2_REML, META_WALD, 0.95);
    struct meta_fit fit = { .k = 77 };
    struct heterogeneity h = { .q = 77 };
    double tau2 = 77, percent[2] = { 77, 77 };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct effect effects[] = { good, refused[i] };

        CHECK(meta_pool(effects, 2, &method, &fit) == DYAD_DOMAIN);
        CHECK(meta_heterogeneity(effects, 2, &method, &h) == DYAD_DOMAIN);
        CHECK(meta_tau2(effects, 2, TAU2_DL, 0, &tau2) == DYAD_DOMAIN);
        CHECK(meta_weights(effects, 2, 0, percent) == DYAD_DOMAIN);
    }
    for (size_t i = 0; i < 3; i++) {
        method.level = levels[i];
        CHECK(meta_pool(&good, 1, &method, &fit) == DYAD_DOMAIN);
        CHECK(meta_heterogeneity(&good, 1, &method, &h) == DYAD_DOMAIN);
    }
    CHECK(meta_tau2(&good, 0, TAU2_DL, 0, &tau2) == DYAD_DOMAIN);
    CHECK(meta_tau2(&good, 1, TAU2_GIVEN, -1, &tau2) == DYAD_DOMAIN);
    CHECK(meta_tau2(&good, 1, TAU2_MH_DL, NAN, &tau2) == DYAD_DOMAIN);
    CHECK(fit.k == 77 && h.q == 77 && tau2 == 77 && percent[0] == 77);
}

static void
refuses_tables_that_say_nothing(void)
{
    const struct stratum none[] = { { { 0, 5, 0, 5 }, 1 }, { { 0, 9, 0, 2 }, 1 } };
    const struct stratum good = { { 3, 5, 2, 7 }, 1 };
    struct meta_fit fit = { .k = 77 };
    struct heterogeneity h = { .q = 77 };
    double percent[2] = { 77, 77 };

    CHECK(meta_mantel_haenszel(none, 2, MEASURE_OR, NULL, 0, 0.95, &fit, &h) == DYAD_DOMAIN);
    CHECK(meta_mantel_haenszel(none, 2, MEASURE_RR, NULL, 0, 0.95, &fit, &h) == DYAD_DOMAIN);
    CHECK(meta_mantel_haenszel(&good, 1, MEASURE_NNT, NULL, 0, 0.95, &fit, &h) == DYAD_DOMAIN);
    CHECK(meta_mantel_haenszel(&good, 1, MEASURE_OR, NULL, 0, 1, &fit, &h) == DYAD_DOMAIN);
    CHECK(meta_mantel_haenszel_weights(none, 2, MEASURE_OR, percent) == DYAD_DOMAIN);
    CHECK(meta_mantel_haenszel_weights(&good, 1, MEASURE_PAF, percent) == DYAD_DOMAIN);
    CHECK(meta_peto(none, 2, 0.95, &fit, &h) == DYAD_DOMAIN);
    CHECK(meta_peto(&good, 1, 0, &fit, &h) == DYAD_DOMAIN);
    CHECK(meta_peto_weights(none, 2, percent) == DYAD_DOMAIN);
    CHECK(fit.k == 77 && h.q == 77 && percent[0] == 77);
    CHECK(meta_peto(&good, 1, 0.95, &fit, &h) == DYAD_OK);
    CHECK(fit.k == 1 && h.q == 0 && h.df == 0 && isnan(h.p_value));
}

static void
refuses_designs_it_cannot_solve(void)
{
    const struct meta_method method = method_of(TAU2_REML, META_WALD, 0.95);
    const struct meta_method mh_dl = method_of(TAU2_MH_DL, META_WALD, 0.95);
    const struct effect effects[] = { { 0, 1 }, { 1, 2 }, { 2, 1 } };
    const struct effect heavy[] = { { 0, 1 }, { 1, 1 }, { 2, 1e-40 } };
    const double twice[] = { 1, 2, 1, 2, 1, 2 }, hole[] = { 1, 2, 1, NAN, 1, 2 };
    const double good[] = { 1, 0, 1, 1, 1, 5 }, zero[] = { 1, 0, 1, 0, 1, 0 };
    struct meta_work work = META_WORK_INIT;
    struct estimate b[3] = { { .value = 77 } };
    struct meta_regression fit = { .k = 77 };
    struct test t = { 77, 77, 77 };
    double covariance[7] = { [6] = 1 };

    CHECK(meta_regress(effects, 3, twice, 2, 1, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(effects, 3, zero, 2, 1, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(effects, 3, hole, 2, 1, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(effects, 2, good, 2, 1, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(effects, 3, good, 0, 0, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(effects, 3, good, 2, 3, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(heavy, 3, good, 2, 1, &method, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(meta_regress(effects, 3, good, 2, 1, &mh_dl, &work, b, NULL, &fit) == DYAD_DOMAIN);
    CHECK(b[0].value == 77 && fit.k == 77);
    CHECK(meta_regress(effects, 3, good, 2, 1, &method, &work, b, covariance, &fit) == DYAD_OK);
    CHECK(meta_regress_test(b, covariance, &fit, 1, 0, &work, &t) == DYAD_DOMAIN);
    CHECK(meta_regress_test(b, covariance, &fit, 1, 2, &work, &t) == DYAD_DOMAIN);
    CHECK(meta_regress_test(b, covariance, &fit, 3, 1, &work, &t) == DYAD_DOMAIN);
    covariance[3] = 0;
    CHECK(meta_regress_test(b, covariance, &fit, 1, 1, &work, &t) == DYAD_DOMAIN);
    CHECK(t.statistic == 77);
    meta_work_release(&work);
}

int
main(void)
{
    RUN(prints_as_published);
    RUN(agrees_with_metafor);
    RUN(pools_tables_as_metafor);
    RUN(mantel_haenszel_weights_make_its_estimate);
    RUN(regresses_as_metafor);
    RUN(regression_on_nothing_is_pooling);
    RUN(subgroups_differ_by_what_is_between);
    RUN(weights_are_shares_of_100);
    RUN(one_study_stands_for_itself);
    RUN(identical_effects_have_no_heterogeneity);
    RUN(keeps_its_digits_when_one_study_outweighs_all);
    RUN(does_not_depend_on_the_origin);
    RUN(takes_the_higher_of_two_maxima);
    RUN(scales_with_its_unit);
    RUN(names_find_what_they_name);
    RUN(refuses_what_it_cannot_estimate);
    RUN(refuses_tables_that_say_nothing);
    RUN(refuses_designs_it_cannot_solve);
    return DONE();
}
