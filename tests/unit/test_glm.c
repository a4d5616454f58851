#include "dyad/stats/glm.h"

#include "dyad/stats/wald.h"

#include "glm_sets.h"

static struct glm_set set;
static struct glm_rows rows;

static size_t line;

static void
near(size_t what, double got, double want, double scale, double tolerance)
{
    if (isnan(want) && isnan(got))
        return;
    CHECK(!isnan(want) && !isnan(got));
    if (fabs(got - want) > tolerance * scale)
        print_error("line %zu, family %d: number %zu is %.17g, not %.17g\n", line, set.family, what, got, want);
    CHECK(fabs(got - want) <= tolerance * scale);
}

static struct glm_spec
spec_of(void)
{
    return (struct glm_spec){ .design = rows.design, .family = set.family, .intercept = rows.intercept,
                              .threads = 2 };
}

static void
equals_r(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/glm.gz");
    while (value_lines_next(&v)) {
        read_glm_set(&v, &set);
        const char *at = v.at;

        line = v.n;

        for (enum set_form form = FORM_CODES; form <= FORM_WIDE; form++) {
            struct glm_fit fit = GLM_FIT_INIT;
            double b[SET_COLUMNS];

            v.at = (char *)at;
            make_glm_rows(&set, form, 7, false, 2, &rows);
            struct glm_spec spec = spec_of();
            const enum dyad_status st = glm_estimate(&spec, &fit);

            if (st != DYAD_OK)
                print_error("line %zu, family %d: status %d\n", v.n, set.family, st);
            CHECK(st == DYAD_OK);
            for (size_t j = 0; j < set.p; j++)
                b[j] = value_next(&v);
            for (size_t j = 0; j < set.p; j++) {
                const double se = value_next(&v);

                near(0, fit.coefficients[j], b[j], fabs(b[j]) + se, 1e-11);
                near(1, sqrt(fit.covariance[j * set.p + j]), se, se, 1e-10);
            }
            near(2, fit.log_likelihood, value_next(&v), fabs(fit.log_likelihood) + 1, 1e-12);
            near(3, fit.null_log_likelihood, value_next(&v), fabs(fit.null_log_likelihood) + 1, 1e-12);
            near(4, fit.deviance, value_next(&v), fit.deviance + 1, 1e-11);
            near(5, fit.null_deviance, value_next(&v), fit.null_deviance + 1, 1e-11);
            near(6, fit.aic, value_next(&v), fabs(fit.aic) + 1, 1e-12);
            near(7, fit.bic, value_next(&v), fabs(fit.bic) + 1, 1e-12);
            near(8, fit.theta, value_next(&v), fit.theta, 1e-11);
            near(9, fit.theta_error, value_next(&v), fit.theta_error, 1e-9);
            for (size_t j = 0; j < set.p; j++) {
                bool tested[SET_COLUMNS] = { false };
                struct test t = { -1, -1, -1 };
                const double statistic = value_next(&v), df = value_next(&v);

                tested[j] = true;
                if (isnan(df))
                    continue;
                CHECK(glm_ratio_test(&spec, &fit, tested, &t) == (df > 0 ? DYAD_OK : DYAD_DOMAIN));
                if (df > 0) {
                    CHECK(t.df == df);
                    near(10, t.statistic, statistic, statistic + 1, 1e-10);
                }
            }
            value_lines_end(&v);
            glm_fit_release(&fit);
            free_glm_rows(&rows);
        }
    }
}

static void
robust_errors_equal_r(void)
{
    struct value_lines v;
    enum { KINDS = 7 };

    value_lines_open(&v, "tests/values/glm_robust.gz");
    while (value_lines_next(&v)) {
        double covariance[SET_COLUMNS * SET_COLUMNS], df[SET_COLUMNS];
        struct glm_fit fit = GLM_FIT_INIT;
        struct test t;

        line = v.n;
        read_glm_set(&v, &set);
        make_glm_rows(&set, v.n % 3, 7, false, 2, &rows);
        struct glm_spec spec = spec_of();

        if (set.family == GLM_NEGATIVE_BINOMIAL)
            spec.theta = value_next(&v);
        else
            (void)value_next(&v);
        CHECK(glm_estimate(&spec, &fit) == DYAD_OK);
        for (size_t kind = 0; kind < KINDS; kind++) {
            CHECK(glm_robust_covariance(&spec, &fit, (enum glm_robust)kind, covariance, df, NULL) == DYAD_OK);
            for (size_t j = 0; j < set.p; j++) {
                const double se = value_next(&v);

                near(kind, sqrt(covariance[j * set.p + j]), se, se, 2e-9);
            }
        }
        for (size_t j = 0; j < set.p; j++)
            near(KINDS, df[j], value_next(&v), df[j], 2e-8);
        size_t which[SET_COLUMNS], n = 0;
        for (size_t j = 0; j < set.p; j++)
            if (!isnan(fit.coefficients[j]))
                which[n++] = j;
        CHECK(glm_robust_covariance(&spec, &fit, GLM_HC0, covariance, NULL, NULL) == DYAD_OK);
        CHECK(wald_test(fit.coefficients, covariance, set.p, which, n, NAN, &t) == DYAD_OK);
        near(KINDS + 1, t.statistic, value_next(&v), t.statistic, 1e-6);
        value_lines_end(&v);
        glm_fit_release(&fit);
        free_glm_rows(&rows);
    }
}

static void
profile_limits_equal_r(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/glm_profiles.gz");
    while (value_lines_next(&v)) {
        struct glm_fit fit = GLM_FIT_INIT;
        double level;

        line = v.n;
        read_glm_set(&v, &set);
        make_glm_rows(&set, v.n % 3, 7, false, 2, &rows);
        struct glm_spec spec = spec_of();
        const double theta = value_next(&v);

        spec.theta = set.family == GLM_NEGATIVE_BINOMIAL ? theta : 0;
        level = value_next(&v);
        CHECK(glm_estimate(&spec, &fit) == DYAD_OK);
        for (size_t j = 0; j < set.p; j++) {
            double lower = -1, upper = -1;
            const enum dyad_status st = glm_profile(&spec, &fit, j, level, &lower, &upper);
            const double error = sqrt(fit.covariance[j * set.p + j]);

            if (st != DYAD_OK)
                print_error("line %zu family %d column %zu: status %d\n", line, set.family, j, st);
            CHECK(st == DYAD_OK);
            near(12, lower, value_next(&v), error, 1e-10);
            near(12, upper, value_next(&v), error, 1e-10);
        }
        value_lines_end(&v);
        glm_fit_release(&fit);
        free_glm_rows(&rows);
    }
}

/* NIST's Longley and Wampler sets: certified values to 15 digits. */
static void
fit_linear(const double *x, const double *y, size_t n, size_t p, struct glm_fit *fit)
{
    set = (struct glm_set){ .family = GLM_LINEAR, .n = n, .p = p };
    for (size_t i = 0; i < n; i++) {
        memcpy(set.x + i * p, x + i * p, p * sizeof *x);
        set.y[i] = y[i];
        set.w[i] = 1;
    }
    make_glm_rows(&set, FORM_CODES, n, false, 1, &rows);
    const struct glm_spec spec = spec_of();

    CHECK(glm_estimate(&spec, fit) == DYAD_OK);
    free_glm_rows(&rows);
}

static void
longley_to_many_digits(void)
{
    static const double longley[16][7] = {
        { 60323, 83.0, 234289, 2356, 1590, 107608, 1947 }, { 61122, 88.5, 259426, 2325, 1456, 108632, 1948 },
        { 60171, 88.2, 258054, 3682, 1616, 109773, 1949 }, { 61187, 89.5, 284599, 3351, 1650, 110929, 1950 },
        { 63221, 96.2, 328975, 2099, 3099, 112075, 1951 }, { 63639, 98.1, 346999, 1932, 3594, 113270, 1952 },
        { 64989, 99.0, 365385, 1870, 3547, 115094, 1953 }, { 63761, 100.0, 363112, 3578, 3350, 116219, 1954 },
        { 66019, 101.2, 397469, 2904, 3048, 117388, 1955 }, { 67857, 104.6, 419180, 2822, 2857, 118734, 1956 },
        { 68169, 108.4, 442769, 2936, 2798, 120445, 1957 }, { 66513, 110.8, 444546, 4681, 2637, 121950, 1958 },
        { 68655, 112.6, 482704, 3813, 2552, 123366, 1959 }, { 69564, 114.2, 502601, 3931, 2514, 125368, 1960 },
        { 69331, 115.7, 518173, 4806, 2572, 127852, 1961 }, { 70551, 116.9, 554894, 4007, 2827, 130081, 1962 }
    };
    static const double b[7] = { -3482258.63459582, 15.0618722713733, -0.358191792925910E-01,
                                 -2.02022980381683, -1.03322686717359, -0.511041056535807E-01,
                                 1829.15146461355 };
    static const double se[7] = { 890420.383607373, 84.9149257747669, 0.334910077722432E-01,
                                  0.488399681651699, 0.214274163161675, 0.226073200069370,
                                  455.478499142212 };
    double x[16 * 7], y[16];
    struct glm_fit fit = GLM_FIT_INIT;

    for (size_t i = 0; i < 16; i++) {
        x[i * 7] = 1;
        memcpy(x + i * 7 + 1, longley[i] + 1, 6 * sizeof *x);
        y[i] = longley[i][0];
    }
    fit_linear(x, y, 16, 7, &fit);
    for (size_t j = 0; j < 7; j++) {
        CHECK_REL(fit.coefficients[j], b[j], 1e-11);
        CHECK_REL(sqrt(fit.covariance[j * 8]), se[j], 1e-11);
    }
    CHECK_REL(sqrt(fit.dispersion), 304.854073561965, 1e-12);
    glm_fit_release(&fit);
}

/* y = sum x^k of x = 0 ... 20, exactly and with 1/100000 of each power. */
static void
wampler_to_many_digits(void)
{
    double x[21 * 6], y[2][21];

    for (int i = 0; i < 21; i++) {
        y[0][i] = y[1][i] = 0;
        for (int k = 0; k < 6; k++) {
            x[i * 6 + k] = pow(i, k);
            y[0][i] += pow(i, k);
            y[1][i] += pow(i, k) / pow(10, k);
        }
    }
    for (int k = 0; k < 2; k++) {
        struct glm_fit fit = GLM_FIT_INIT;

        fit_linear(x, y[k], 21, 6, &fit);
        for (int j = 0; j < 6; j++)
            CHECK_REL(fit.coefficients[j], k == 0 ? 1 : pow(10, -j), 2e-9);
        glm_fit_release(&fit);
    }
}

static void
names_columns_that_depend_on_others(void)
{
    double x[40 * 5], y[40];
    struct glm_fit fit = GLM_FIT_INIT;

    for (size_t i = 0; i < 40; i++) {
        const double own[5] = { 1, (double)(i % 4 == 1), (double)(i % 4 != 1), (double)i,
                                2 * (double)i - 3 * (double)(i % 4 == 1) };

        memcpy(x + i * 5, own, sizeof own);
        y[i] = sin((double)i);
    }
    fit_linear(x, y, 40, 5, &fit);
    CHECK(fit.rank == 3);
    CHECK(!fit.dependent[0] && !fit.dependent[1] && fit.dependent[2] && !fit.dependent[3] &&
          fit.dependent[4]);
    CHECK_REL(fit.dependence[2 * 5 + 0], 1, 1e-12);
    CHECK_REL(fit.dependence[2 * 5 + 1], -1, 1e-12);
    CHECK(fit.dependence[2 * 5 + 3] == 0);
    CHECK_REL(fit.dependence[4 * 5 + 3], 2, 1e-12);
    CHECK_REL(fit.dependence[4 * 5 + 1], -3, 1e-12);
    CHECK(fit.dependence[4 * 5 + 0] == 0);
    CHECK(isnan(fit.coefficients[2]) && isnan(fit.covariance[2 * 5 + 2]) &&
          isnan(fit.covariance[4 * 5 + 1]));
    glm_fit_release(&fit);
}

/*
 * Of x = 0, 1 and 2 the shares 1/10, 2/10 and 9/10, then 10/10: where the last is certain, the
 * maximum has its probability 1.
 */
static void
finds_a_log_binomial_maximum_on_the_boundary(void)
{
    static const double events[4] = { 1, 2, 9, 10 };
    struct glm_fit fit = GLM_FIT_INIT;
    double best = -INFINITY, at = 0;

    set = (struct glm_set){ .family = GLM_LOG_BINOMIAL, .n = 40, .p = 2 };
    for (size_t i = 0; i < 40; i++) {
        set.x[i * 2] = 1;
        set.x[i * 2 + 1] = (double)(i / 10);
        set.y[i] = (double)(i % 10) < events[i / 10];
        set.w[i] = 1;
    }
    make_glm_rows(&set, FORM_CODES, 40, false, 1, &rows);
    const struct glm_spec spec = spec_of();

    CHECK(glm_estimate(&spec, &fit) == DYAD_OK);
    CHECK(fit.boundary && isnan(fit.covariance[0]));
    CHECK(fabs(fit.coefficients[0] + 3 * fit.coefficients[1]) < 1e-9);
    /* On the boundary eta = -(3 - x) b: one dimension, searched by golden section. */
    for (double low = 0.1, high = 3; high - low > 1e-9;) {
        double b[2] = { low + 0.382 * (high - low), low + 0.618 * (high - low) }, l[2] = { 0, 0 };

        for (int k = 0; k < 2; k++)
            for (int x = 0; x < 3; x++)
                l[k] += -events[x] * (3 - x) * b[k] + (10 - events[x]) * log1p(-exp(-(3 - x) * b[k]));
        if (l[0] > l[1])
            high = b[1];
        else
            low = b[0];
        best = fmax(best, fmax(l[0], l[1]));
        at = low;
    }
    CHECK_REL(fit.coefficients[1], at, 1e-6);
    CHECK_REL(fit.log_likelihood, best, 1e-9);
    glm_fit_release(&fit);
    free_glm_rows(&rows);
}

static void
refuses_responses_outside_the_family(void)
{
    const double bad[4] = { 1.5, 1.5, -1, -1 };
    struct glm_fit fit = { .p = 77 };

    for (enum glm_family family = GLM_LOGISTIC; family <= GLM_NEGATIVE_BINOMIAL; family++) {
        set = (struct glm_set){ .family = family, .n = 10, .p = 1 };
        for (size_t i = 0; i < 10; i++) {
            set.x[i] = set.w[i] = 1;
            set.y[i] = i == 7 ? bad[family] : (double)(i % 2);
        }
        make_glm_rows(&set, FORM_CODES, 10, false, 1, &rows);
        const struct glm_spec spec = spec_of();

        CHECK(glm_estimate(&spec, &fit) == DYAD_DOMAIN);
        CHECK(fit.p == 77);
        free_glm_rows(&rows);
    }
}

static void
says_so_where_there_is_no_maximum(void)
{
    struct glm_fit fit = { .p = 77 };

    for (enum glm_family family = GLM_LOGISTIC; family <= GLM_NEGATIVE_BINOMIAL; family++)
        for (int all = 0; all < 2; all++) { /* no event at x = 1; no event at all */
            set = (struct glm_set){ .family = family, .n = 20, .p = 2 };
            for (size_t i = 0; i < 20; i++) {
                set.x[i * 2] = set.w[i] = 1;
                set.x[i * 2 + 1] = i < 8;
                set.y[i] = !all && i >= 8 && i % 3 != 0 ? 1 + (family >= GLM_POISSON && i % 2 ? 7 : 0) : 0;
            }
            make_glm_rows(&set, FORM_CELLS, 20, false, 1, &rows);
            const struct glm_spec spec = spec_of();

            CHECK(glm_estimate(&spec, &fit) == DYAD_NOCONV);
            CHECK(fit.p == 77);
            free_glm_rows(&rows);
        }
}

int
main(void)
{
    RUN(longley_to_many_digits);
    RUN(wampler_to_many_digits);
    RUN(names_columns_that_depend_on_others);
    RUN(finds_a_log_binomial_maximum_on_the_boundary);
    RUN(refuses_responses_outside_the_family);
    RUN(says_so_where_there_is_no_maximum);
    RUN(robust_errors_equal_r);
    RUN(profile_limits_equal_r);
    RUN(equals_r);
    return DONE();
}
