#include "dyad/stats/heaping.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_UNITS = 128, MOST_HEAPS = 8 };

/* Weeks of the NLSY, and 60 sets at random: Newton steps on dense matrices. */
static void
agrees_with_dense_arithmetic(void)
{
    struct heaping_work work = HEAPING_WORK_INIT;
    struct value_lines v;
    size_t sets = 0;

    value_lines_open(&v, "tests/values/survival_heaping.gz");
    for (; value_lines_next(&v); sets++) {
        double counts[MOST_UNITS];
        struct heap heaps[MOST_HEAPS];
        struct heaping_fit fit;
        const size_t n = (size_t)value_next(&v), k = (size_t)value_next(&v);
        const double level = value_next(&v);

        CHECK(n <= MOST_UNITS && k <= MOST_HEAPS);
        for (size_t i = 0; i < n; i++)
            counts[i] = value_next(&v);
        for (size_t j = 0; j < k; j++)
            heaps[j].at = (size_t)value_next(&v);
        CHECK(heaping(counts, n, level, &work, heaps, k, &fit) == DYAD_OK);
        CHECK_REL(fit.lambda, value_next(&v), 1e-13);
        CHECK_REL(fit.df, value_next(&v), 1e-8);
        CHECK_REL(fit.deviance, value_next(&v), 1e-8);
        CHECK_NEAR(fit.excess, value_next(&v), 1, 1e-9);
        for (size_t j = 0; j < k; j++) {
            CHECK_REL(heaps[j].expected, value_next(&v), 1e-8);
            CHECK_REL(heaps[j].ratio.value, value_next(&v), 1e-8);
            CHECK_REL(heaps[j].ratio.std_error, value_next(&v), 1e-8);
            CHECK_REL(heaps[j].ratio.lower, value_next(&v), 1e-8);
            CHECK_REL(heaps[j].ratio.upper, value_next(&v), 1e-8);
            check_p(heaps[j].ratio.p_value, value_next(&v), 1e-6);
        }
        value_lines_end(&v);
    }
    heaping_work_release(&work);
    CHECK(sets == 61);
}

/* A curve whose log is a line is not changed by smoothing. */
static void
finds_no_heap_on_a_smooth_curve(void)
{
    struct heaping_work work = HEAPING_WORK_INIT;
    struct heap heaps[] = { { .at = 6 }, { .at = 12 } };
    struct heaping_fit fit;
    double counts[30];

    for (size_t i = 0; i < COUNT_OF(counts); i++)
        counts[i] = 1000 * exp(-(double)i / 10);
    CHECK(heaping(counts, COUNT_OF(counts), 0.95, &work, heaps, 2, &fit) == DYAD_OK);
    CHECK_REL(heaps[0].ratio.value, 1, 1e-9);
    CHECK_REL(heaps[1].expected, counts[12], 1e-9);
    CHECK_NEAR(fit.excess, 0, 1, 1e-10);
    counts[12] *= 3;
    CHECK(heaping(counts, COUNT_OF(counts), 0.95, &work, heaps, 2, &fit) == DYAD_OK);
    CHECK_REL(heaps[1].ratio.value, 3, 1e-9);
    heaping_work_release(&work);
}

static void
refuses_what_it_cannot_smooth(void)
{
    struct heaping_work work = HEAPING_WORK_INIT;
    double counts[] = { 5, 4, 3, 2, 0, 1 };
    struct heap heaps[] = { { .at = 1, .expected = -1 }, { .at = 3 } };
    struct heaping_fit fit = { -1, -1, -1, -1 };

    CHECK(heaping(counts, 2, 0.95, &work, heaps, 1, &fit) == DYAD_DOMAIN);
    CHECK(heaping(counts, 6, 1, &work, heaps, 1, &fit) == DYAD_DOMAIN);
    heaps[1].at = 6;
    CHECK(heaping(counts, 6, 0.95, &work, heaps, 2, &fit) == DYAD_DOMAIN);
    heaps[1].at = 1;
    CHECK(heaping(counts, 6, 0.95, &work, heaps, 2, &fit) == DYAD_DOMAIN);
    heaps[1].at = 3;
    counts[2] = 0;
    CHECK(heaping(counts, 6, 0.95, &work, heaps, 2, &fit) == DYAD_DOMAIN); /* two are left */
    counts[2] = -1;
    CHECK(heaping(counts, 6, 0.95, &work, heaps, 1, &fit) == DYAD_DOMAIN);
    CHECK(fit.lambda == -1 && heaps[0].expected == -1);
    heaping_work_release(&work);
}

int
main(void)
{
    RUN(agrees_with_dense_arithmetic);
    RUN(finds_no_heap_on_a_smooth_curve);
    RUN(refuses_what_it_cannot_smooth);
    return DONE();
}
