#include "dyad/stats/firth.h"

#include "glm_sets.h"

static struct glm_set set;
static struct glm_rows rows;

static void
near(size_t what, double got, double want, double scale, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * scale))
        print_error("number %zu is %.17g, not %.17g\n", what, got, want);
    CHECK(fabs(got - want) <= tolerance * scale);
}

static void
equals_brglm2(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/firth.gz");
    while (value_lines_next(&v)) {
        struct glm_fit fit = GLM_FIT_INIT;
        double b[SET_COLUMNS];

        read_glm_set(&v, &set);
        make_glm_rows(&set, v.n % 3, 9, false, 1, &rows);
        const struct glm_spec spec = { .design = rows.design, .family = set.family,
                                       .intercept = rows.intercept, .threads = 1, .frequency = true };

        CHECK(firth_estimate(&spec, &fit) == DYAD_OK);
        for (size_t j = 0; j < set.p; j++)
            b[j] = value_next(&v);
        for (size_t j = 0; j < set.p; j++) {
            const double se = value_next(&v);

            near(0, fit.coefficients[j], b[j], se, 1e-10);
            near(1, sqrt(fit.covariance[j * set.p + j]), se, se, 1e-10);
        }
        near(2, fit.log_likelihood, value_next(&v), fabs(fit.log_likelihood) + 1, 1e-13);
        for (size_t j = 0; j < set.p; j++) {
            bool tested[SET_COLUMNS] = { false };
            double lower = NAN, upper = NAN, error = sqrt(fit.covariance[j * set.p + j]), want;
            struct test t;

            tested[j] = true;
            CHECK(firth_ratio_test(&spec, &fit, tested, &t) == DYAD_OK);
            want = value_next(&v);
            near(3, t.statistic, want, want + 1, 1e-11);
            CHECK(firth_profile(&spec, &fit, j, 0.95, &lower, &upper) == DYAD_OK);
            near(4, lower, value_next(&v), error, 1e-10);
            near(5, upper, value_next(&v), error, 1e-10);
        }
        value_lines_end(&v);
        glm_fit_release(&fit);
        free_glm_rows(&rows);
    }
}

int
main(void)
{
    RUN(equals_brglm2);
    return DONE();
}
