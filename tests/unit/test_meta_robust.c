#include "dyad/stats/meta_robust.h"

#include "meta_values.h"
#include "scratch.h"

enum { MOST_EFFECTS = 400, MOST_COLUMNS = 8 };

struct clustered_set {
    struct effect effects[MOST_EFFECTS];
    size_t cluster[MOST_EFFECTS];
    double x[MOST_EFFECTS * MOST_COLUMNS];
    struct clustered_effects data;
    double rho, level;
};

static void
read_set(struct value_lines *v, struct clustered_set *s)
{
    const size_t k = (size_t)value_next(v), p = (size_t)value_next(v);

    CHECK(k > 0 && k <= MOST_EFFECTS && p > 0 && p <= MOST_COLUMNS);
    s->data = (struct clustered_effects){ s->effects, s->cluster, k, s->x, p };
    s->rho = value_next(v);
    s->level = value_next(v);
    for (size_t i = 0; i < k; i++) {
        s->effects[i].y = value_next(v);
        s->effects[i].v = value_next(v);
        s->cluster[i] = (size_t)value_next(v);
        for (size_t c = 0; c < p; c++)
            s->x[i * p + c] = value_next(v);
    }
}

static struct clustered_set set;

static const double CR01 = 2e-11;

static void
check_coefficients(struct value_lines *v, const struct robust *r, double level,
                   const double *coefficients, double tolerance)
{
    const size_t p = r->p;
    struct estimate b[MOST_COLUMNS];
    double df[MOST_COLUMNS];

    CHECK(meta_robust_coefficients(r, level, b, df) == DYAD_OK);
    for (size_t a = 0; a < p; a++)
        for (size_t c = 0; c < p; c++)
            CHECK_NEAR(r->covariance[a * p + c], value_next(v),
                       sqrt(r->model[a * p + a] * r->model[c * p + c]), tolerance);
    for (size_t c = 0; c < p; c++) {
        const double model_error = sqrt(r->model[c * p + c]);
        const double error = value_next(v), want_df = value_next(v), p_value = value_next(v);

        CHECK_NEAR(b[c].value, coefficients[c], model_error, 1e-9);
        if (isnan(df[c])) { /* clubSandwich goes on with what rounding leaves */
            CHECK(!(error >= 1e-6 * model_error) && isnan(b[c].std_error) && isnan(b[c].p_value));
            continue;
        }
        CHECK_NEAR(b[c].std_error, error, model_error, tolerance);
        CHECK_REL(df[c], want_df, tolerance);
        check_p(b[c].p_value, p_value, 100 * tolerance);
    }
}

static void
check_tests(struct value_lines *v, const struct robust *r, double tolerance)
{
    for (size_t first = 0; first < r->p; first++) {
        const double statistic = value_next(v), df = value_next(v), p = value_next(v);
        struct robust_test test = { 0, 0, 0, 0 };

        if (meta_robust_test(r, first, r->p - first, &test) == DYAD_OK) {
            CHECK_REL(test.statistic, statistic, tolerance);
            CHECK(test.df == (double)(r->p - first));
            CHECK_REL(test.df_residual, df, tolerance);
            check_p(test.p_value, p, 100 * tolerance);
        } else {
            CHECK(test.statistic == 0);
            CHECK(isnan(p));
        }
    }
}

/*
 * How far CR2's average, if the working model holds, is from the model's own covariance: nothing
 * but rounding, unless a cluster decides on a coefficient by itself, as in one of the sets.
 */
static double
bias_of(const struct robust *r)
{
    const size_t p = r->p;
    double worst = 0;

    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            double sum = -r->model[a * p + b];

            for (size_t j = 0; j < r->clusters; j++) {
                sum += r->gram[(j * p + a) * p + b];
                for (size_t c = 0; c < p; c++)
                    sum -= r->h[(j * p + a) * p + c] * r->h[(j * p + b) * p + c];
            }
            worst = fmax(worst, fabs(sum) / sqrt(r->model[a * p + a] * r->model[b * p + b]));
        }
    return worst;
}

/*
 * clubSandwich takes roots of matrices whose elements are products of two variances, by an
 * algorithm that is as good as the largest of them: its two answers to one question (a multilevel
 * and a plain model, both without variances) are 5e-9 apart where a cluster's variances are 1 to
 * 7,000.  That of CR2's average, which needs no other voice, is held far closer.
 */
static double
tolerance_of(enum robust_kind kind)
{
    return kind == ROBUST_CR2 ? 1e-8 : CR01;
}

static void
agrees_with_clubsandwich(void)
{
    struct robust r = ROBUST_INIT;
    struct value_lines v;
    size_t unbiased = 0;

    value_lines_open(&v, "tests/values/meta_robust.gz");
    while (value_lines_next(&v)) {
        double between, within, tau2, coefficients[MOST_COLUMNS];

        read_set(&v, &set);
        between = value_next(&v);
        within = value_next(&v);
        tau2 = value_next(&v);
        for (int i = 0; i < 2; i++) {
            const struct working_model multilevel = { between, within, set.rho };
            const struct working_model uni = { 0, tau2, 0 };

            for (size_t c = 0; c < set.data.p; c++)
                coefficients[c] = value_next(&v);
            for (int kind = ROBUST_CR0; kind <= ROBUST_CR2; kind++) {
                CHECK(meta_robust(&set.data, i == 0 ? &multilevel : &uni, (enum robust_kind)kind,
                                  &r) == DYAD_OK);
                check_coefficients(&v, &r, set.level, coefficients,
                                   tolerance_of((enum robust_kind)kind));
                check_tests(&v, &r, tolerance_of((enum robust_kind)kind));
                if (kind == ROBUST_CR2)
                    unbiased += bias_of(&r) < 1e-10;
            }
        }
        value_lines_end(&v);
    }
    CHECK(v.n == 86 && unbiased == 2 * 86 - 2);
    robust_release(&r);
}

/* Single effects of one variance: the t test of their mean, k-1 df. */
static void
of_equal_single_effects_is_the_t_test(void)
{
    const struct effect effects[] = { { 1, 2 }, { 4, 2 }, { 2, 2 }, { -3, 2 }, { 5, 2 } };
    const size_t cluster[] = { 4, 2, 3, 0, 1 };
    const struct clustered_effects data = { effects, cluster, 5, NULL, 1 };
    const struct working_model model = { 0, 1, 0 };
    struct robust r = ROBUST_INIT;
    struct robust_test test;
    struct estimate b;
    double df, squares = 0;

    for (size_t i = 0; i < 5; i++)
        squares += (effects[i].y - 1.8) * (effects[i].y - 1.8);
    CHECK(meta_robust(&data, &model, ROBUST_CR2, &r) == DYAD_OK);
    CHECK(meta_robust_coefficients(&r, 0.95, &b, &df) == DYAD_OK);
    CHECK_REL(b.value, 1.8, 1e-14);
    CHECK_REL(b.std_error, sqrt(squares / 20), 1e-14);
    CHECK_REL(df, 4, 1e-14);
    CHECK_REL((b.upper - b.value) / b.std_error, 2.7764451051977987, 1e-12); /* qt(0.975, 4) */
    CHECK(meta_robust_test(&r, 0, 1, &test) == DYAD_OK);
    CHECK_REL(test.statistic, b.value * b.value / (b.std_error * b.std_error), 1e-13);
    CHECK_REL(test.df_residual, 4, 1e-13);
    CHECK_REL(test.p_value, b.p_value, 1e-12);
    robust_release(&r);
}

/* A column of one cluster alone: its residuals are nothing, and so is what is known of it. */
static void
of_a_column_of_one_cluster_nothing_is_known(void)
{
    const struct effect effects[] = { { 1, 1 }, { 2, 2 }, { 4, 1 }, { 0, 2 }, { 3, 1 }, { 5, 3 } };
    const size_t cluster[] = { 0, 1, 1, 2, 3, 4 };
    const double x[] = { 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0 };
    const struct clustered_effects data = { effects, cluster, 6, x, 2 };
    const struct clustered_effects rest = { effects + 1, cluster + 1, 5, NULL, 1 };
    const struct working_model model = { 0.5, 0.2, 0.3 };
    struct robust r = ROBUST_INIT, without = ROBUST_INIT;
    struct estimate b[2], alone;
    double df[2], df_alone;

    CHECK(meta_robust(&data, &model, ROBUST_CR2, &r) == DYAD_OK);
    CHECK(meta_robust_coefficients(&r, 0.95, b, df) == DYAD_OK);
    CHECK(meta_robust(&rest, &model, ROBUST_CR2, &without) == DYAD_OK);
    CHECK(meta_robust_coefficients(&without, 0.95, &alone, &df_alone) == DYAD_OK);
    CHECK_REL(b[0].value, alone.value, 1e-13);
    CHECK_REL(b[0].std_error, alone.std_error, 1e-13);
    CHECK_REL(df[0], df_alone, 1e-12);
    /* The column's own error is that of the others' mean, and no more. */
    CHECK_REL(b[1].std_error, alone.std_error, 1e-12);
    robust_release(&r);
    robust_release(&without);
}

/*
 * Nor of a column of one cluster of three alike: a root of nothing but rounding would be divided
 * by, which shows for some variances and not for others.
 */
static void
rounding_is_not_taken_for_knowledge(void)
{
    const size_t cluster[] = { 0, 0, 0, 1, 1, 2, 3, 4 };
    const double x[] = { 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0 };
    struct robust r = ROBUST_INIT;

    for (int i = 1; i <= 40; i++) {
        const double v = i / 7.0;
        const struct effect effects[] = { { 1, v },   { 2, v },   { 5, v },   { 2, 2 },
                                          { 4, 1.1 }, { 0, 2.3 }, { 3, 1 },   { 5, 3 } };
        const struct clustered_effects data = { effects, cluster, 8, x, 2 };
        const struct working_model model = { 0.5, 0.2, 0.3 };
        struct estimate b[2];
        double df[2];

        CHECK(meta_robust(&data, &model, ROBUST_CR2, &r) == DYAD_OK);
        CHECK(meta_robust_coefficients(&r, 0.95, b, df) == DYAD_OK);
        CHECK_REL(b[1].std_error, b[0].std_error, 1e-12);
        CHECK_REL(df[1], df[0], 1e-12);
    }
    robust_release(&r);
}

static void
refuses_what_it_cannot_estimate(void)
{
    enum { K = 4 };
    const struct effect effects[K] = { { 1, 1 }, { 2, 1 }, { 4, 1 }, { 0, 2 } };
    const size_t one[K] = { 3, 3, 3, 3 }, two[K] = { 0, 0, 1, 1 }, outside[K] = { 0, 1, 2, 4 };
    const double constant[2 * K] = { 1, 2, 1, 2, 1, 2, 1, 2 };
    const double slope[2 * K] = { 1, 2, 1, 0, 1, 7, 1, 3 };
    const struct clustered_effects data[] = {
        { effects, one, K, NULL, 1 },     { effects, outside, K, NULL, 1 },
        { effects, two, K, constant, 2 }, { effects, two, K, NULL, 0 },
        { effects, two, 1, NULL, 1 },
    };
    const struct clustered_effects fine = { effects, two, K, slope, 2 };
    const struct working_model plain = { 0, 0, 0 };
    const struct working_model models[] = { { -1, 0, 0 }, { 0, -1, 0 }, { 0, 0, 1 }, { 0, NAN, 0 } };
    struct robust r = ROBUST_INIT;
    struct robust_test test = { -1, -1, -1, -1 };
    struct estimate b[2] = { { -1, -1, -1, -1, -1 } };
    double df[2] = { -1, -1 };

    for (size_t i = 0; i < COUNT_OF(data); i++)
        CHECK(meta_robust(&data[i], &plain, ROBUST_CR2, &r) == DYAD_DOMAIN);
    for (size_t i = 0; i < COUNT_OF(models); i++)
        CHECK(meta_robust(&fine, &models[i], ROBUST_CR2, &r) == DYAD_DOMAIN);
    CHECK(meta_robust(&fine, &plain, ROBUST_CR2, &r) == DYAD_OK);
    CHECK(meta_robust_coefficients(&r, 1, b, df) == DYAD_DOMAIN);
    CHECK(b[0].value == -1 && df[0] == -1);
    CHECK(meta_robust_test(&r, 0, 0, &test) == DYAD_DOMAIN);
    CHECK(meta_robust_test(&r, 1, 2, &test) == DYAD_DOMAIN);
    /* What two clusters add to two coefficients is the same but for its sign. */
    CHECK(meta_robust(&fine, &plain, ROBUST_CR0, &r) == DYAD_OK);
    CHECK(meta_robust_test(&r, 0, 2, &test) == DYAD_DOMAIN);
    CHECK(test.statistic == -1 && test.p_value == -1);
    robust_release(&r);
}

int
main(void)
{
    RUN(agrees_with_clubsandwich);
    RUN(of_equal_single_effects_is_the_t_test);
    RUN(of_a_column_of_one_cluster_nothing_is_known);
    RUN(rounding_is_not_taken_for_knowledge);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
