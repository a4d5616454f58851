#include "dyad/stats/logrank.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_GROUPS = 8 };

static const struct logrank_method methods[] = {
    { LOGRANK_EQUAL, 0, 0 },
    { LOGRANK_FLEMING_HARRINGTON, 1, 0 },
    { LOGRANK_FLEMING_HARRINGTON, 0.5, 0.5 },
    { LOGRANK_FLEMING_HARRINGTON, 0, 2 },
    { LOGRANK_PETO_PETO, 0, 0 },
    { LOGRANK_PRENTICE, 0, 0 },
    { LOGRANK_GEHAN, 0, 0 },
    { LOGRANK_TARONE_WARE, 0, 0 },
};

struct comparison {
    double observed[MOST_GROUPS], expected[MOST_GROUPS], covariance[MOST_GROUPS * MOST_GROUPS];
    struct test test, trend;
};

static void
compare(const struct survival_set *s, const struct logrank_method *method,
        struct logrank_work *work, struct comparison *out)
{
    double scores[MOST_GROUPS];

    for (size_t g = 0; g < s->groups; g++)
        scores[g] = (double)((g + 1) * (g + 1));
    CHECK(logrank(s->tables, s->groups, s->strata, method, work, out->observed, out->expected,
                  out->covariance, &out->test) == DYAD_OK);
    CHECK(logrank_trend(scores, s->groups, out->observed, out->expected, out->covariance,
                        &out->trend) == DYAD_OK);
}

/* A statistic that is 0 in truth is the square of a rounding. */
static void
check_test(struct value_lines *v, const struct test *t, bool has_df)
{
    const double statistic = value_next(v);

    if (statistic < 1e-20)
        CHECK(t->statistic < 1e-20);
    else
        CHECK_REL(t->statistic, statistic, 1e-10);
    if (has_df)
        CHECK(t->df == value_next(v));
    const double p = value_next(v);
    if (t->df == 0)
        CHECK(isnan(t->p_value));
    else
        CHECK_REL(t->p_value, p, 1e-9);
}

static void
check_comparison(struct value_lines *v, const struct comparison *c, size_t k)
{
    double most = 0;

    for (size_t g = 0; g < k; g++)
        most = fmax(most, c->covariance[g * k + g]);
    for (size_t g = 0; g < k; g++)
        CHECK_NEAR(c->observed[g], value_next(v), c->observed[g], 1e-12);
    for (size_t g = 0; g < k; g++)
        CHECK_NEAR(c->expected[g], value_next(v), c->expected[g], 1e-12);
    for (size_t i = 0; i < k * k; i++)
        CHECK_NEAR(c->covariance[i], value_next(v), most, 1e-12);
    check_test(v, &c->test, true);
    check_test(v, &c->trend, false);
    value_lines_end(v);
}

/* Ten data sets and 500 at random, most with ties, a third with late entry. */
static void
agrees_with_survdiff_and_the_definition(void)
{
    struct logrank_work work = LOGRANK_WORK_INIT;
    struct value_lines v;
    size_t sets = 0, compared = 0;

    value_lines_open(&v, "tests/values/survival_tests.gz");
    while (value_lines_next(&v)) {
        const size_t groups = (size_t)value_next(&v), strata = (size_t)value_next(&v);
        static struct value_records records;
        struct survival_set whole, parts;

        read_records(&v, &records);
        make_set(&records, groups, 1, 1, &whole);
        make_set(&records, groups, strata, 1, &parts);
        for (next_line(&v); !value_is_absent(&v); next_line(&v), compared++) {
            struct comparison c;
            const size_t method = (size_t)value_next(&v);
            const bool stratified = value_next(&v) == 1;

            compare(stratified ? &parts : &whole, &methods[method], &work, &c);
            check_comparison(&v, &c, groups);
        }
        release_set(&whole);
        release_set(&parts);
        sets++;
    }
    logrank_work_release(&work);
    CHECK(sets == 497 && compared == 2120);
}

/* Freireich's trial, placebo and 6-MP, as in the manuals of every package. */
static const double placebo[] = { 1, 1, 2, 2,  3,  4,  4,  5,  5,  8, 8,
                                  8, 8, 11, 11, 12, 12, 15, 17, 22, 23 };
static const double six_mp[] = { 6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23,
                                 -25, -32, -32, -34, -35 };

static void
prints_as_published(void)
{
    struct survival_table t[] = { table_of(placebo, COUNT_OF(placebo)),
                                  table_of(six_mp, COUNT_OF(six_mp)) };
    struct logrank_work work = LOGRANK_WORK_INIT;
    double o[2], e[2], v[4];
    struct test test, trend;
    const double scores[] = { 3, 1 };

    CHECK(logrank(t, 2, 1, &methods[0], &work, o, e, v, &test) == DYAD_OK);
    CHECK_PRINTED(test.statistic, "16.79");
    CHECK(o[0] == 21 && o[1] == 9 && test.df == 1);
    CHECK_PRINTED(e[0], "10.75");
    CHECK_PRINTED(e[1], "19.25");
    CHECK_PRINTED(v[0], "6.257");
    CHECK(logrank_trend(scores, 2, o, e, v, &trend) == DYAD_OK);
    CHECK_REL(trend.statistic, test.statistic, 1e-14); /* two groups are a trend */
    CHECK(logrank(t, 2, 1, &methods[1], &work, o, e, v, &test) == DYAD_OK);
    CHECK_PRINTED(test.statistic, "14.5"); /* survdiff, rho = 1 */
    logrank_work_release(&work);
    survival_table_release(&t[0]);
    survival_table_release(&t[1]);
}

static void
has_a_clear_outcome_where_there_is_little(void)
{
    const double early[] = { 1, 2 }, never[] = { -1, -9 }, gone[] = { -0.5 };
    struct survival_table t[] = { table_of(early, 2), table_of(never, 2), SURVIVAL_TABLE_INIT,
                                  table_of(gone, 1) };
    struct survival_table lonely[] = { t[0], t[3] }, censored[] = { t[1], t[3] };
    struct logrank_work work = LOGRANK_WORK_INIT;
    double o[4], e[4], v[16];
    struct test test;

    /* Groups without anybody at risk do not count. */
    CHECK(logrank(t, 4, 1, &methods[0], &work, o, e, v, &test) == DYAD_OK);
    CHECK(test.df == 1 && o[2] == 0 && e[2] == 0 && e[3] == 0);
    CHECK_REL(test.statistic, (2 - 1.0) * (2 - 1.0) / 0.5, 1e-14);

    CHECK(logrank(lonely, 2, 1, &methods[0], &work, o, e, v, &test) == DYAD_OK);
    CHECK(test.df == 0 && isnan(test.statistic) && isnan(test.p_value));
    CHECK(o[0] == 2 && e[0] == 2);
    CHECK(logrank(censored, 2, 1, &methods[0], &work, o, e, v, &test) == DYAD_OK);
    CHECK(test.df == 0 && isnan(test.p_value) && e[0] == 0);
    logrank_work_release(&work);
    for (size_t i = 0; i < 4; i++)
        survival_table_release(&t[i]);
}

static void
refuses_what_is_no_comparison(void)
{
    const struct logrank_method negative = { LOGRANK_FLEMING_HARRINGTON, -1, 0 };
    struct survival_table t[] = { table_of(placebo, 5), table_of(six_mp, 5) };
    struct logrank_work work = LOGRANK_WORK_INIT;
    double o[2] = { -1, -1 }, e[2] = { -1, -1 }, v[4] = { -1 };
    const double scores[] = { 1, NAN };
    struct test test = { -1, -1, -1 };

    CHECK(logrank(t, 1, 1, &methods[0], &work, o, e, v, &test) == DYAD_DOMAIN);
    CHECK(logrank(t, 2, 0, &methods[0], &work, o, e, v, &test) == DYAD_DOMAIN);
    CHECK(logrank(t, 2, 1, &negative, &work, o, e, v, &test) == DYAD_DOMAIN);
    CHECK(logrank_trend(scores, 2, o, e, v, &test) == DYAD_DOMAIN);
    CHECK(logrank_trend(scores, 1, o, e, v, &test) == DYAD_DOMAIN);
    CHECK(test.statistic == -1 && o[0] == -1 && e[0] == -1 && v[0] == -1);
    logrank_work_release(&work);
    survival_table_release(&t[0]);
    survival_table_release(&t[1]);
}

int
main(void)
{
    RUN(agrees_with_survdiff_and_the_definition);
    RUN(prints_as_published);
    RUN(has_a_clear_outcome_where_there_is_little);
    RUN(refuses_what_is_no_comparison);
    return DONE();
}
