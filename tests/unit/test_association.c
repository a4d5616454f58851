#include "dyad/stats/association.h"

#include "value_lines.h"

enum { MOST_CELLS = 64 };

static struct two_by_two
read_table(struct value_lines *v)
{
    struct two_by_two t;

    t.a = value_next(v);
    t.b = value_next(v);
    t.c = value_next(v);
    t.d = value_next(v);
    return t;
}

static void
check_chi2(struct value_lines *v, const struct test *got)
{
    const double statistic = value_next(v), p = value_next(v);

    CHECK_REL(got->statistic, statistic, 1e-14);
    CHECK(isnan(statistic) ? isnan(got->df) && isnan(got->p_value) : got->df == 1);
    check_p(got->p_value, p, 2e-12);
}

/* A likelihood ratio of 0 is rounding in the reference. */
static void
check_lr(struct value_lines *v, const struct test *got)
{
    const double statistic = value_next(v), p = value_next(v);

    if (statistic == 0) {
        CHECK(got->statistic >= 0 && got->statistic < 1e-20);
        CHECK_REL(got->p_value, 1, 1e-10);
        return;
    }
    CHECK_REL(got->statistic, statistic, 4e-15);
    check_p(got->p_value, p, 1e-12);
}

/* scripts/reference/exact.c: 10,000 tables of counts 0..1e9. */
static void
agrees_with_quadruple_precision(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/association.gz");
    while (value_lines_next(&v)) {
        const struct two_by_two t = read_table(&v);
        const double events[] = { t.a, t.c }, others[] = { t.b, t.d };
        struct test got;

        CHECK(association_chi2(events, others, 2, &got) == DYAD_OK);
        check_chi2(&v, &got);
        CHECK(association_chi2_yates(&t, &got) == DYAD_OK);
        check_chi2(&v, &got);
        CHECK(association_lr(events, others, 2, &got) == DYAD_OK);
        check_lr(&v, &got);
        CHECK(association_fisher(&t, &got) == DYAD_OK);
        CHECK(isnan(got.statistic) && isnan(got.df));
        check_p(got.p_value, value_next(&v), 1e-12);
        CHECK(association_midp(&t, &got) == DYAD_OK);
        CHECK(isnan(got.statistic) && isnan(got.df));
        check_p(got.p_value, value_next(&v), 1e-12);
        CHECK(association_mcnemar(t.b, t.c, &got) == DYAD_OK);
        check_chi2(&v, &got);
        CHECK(association_mcnemar_exact(t.b, t.c, &got) == DYAD_OK);
        CHECK(isnan(got.statistic) && isnan(got.df));
        check_p(got.p_value, value_next(&v), 1e-12);
        value_lines_end(&v);
    }
    CHECK(v.n == 10000);
}

/* R subtracts products of counts, so that a statistic below 1e-25 is its rounding. */
static void
check_r(struct value_lines *v, const struct test *got, bool has_df)
{
    const double statistic = value_next(v);

    if (has_df)
        CHECK_REL(got->df, value_next(v), 0);

    const double p = value_next(v);

    if (statistic < 1e-25) {
        CHECK(got->statistic < 1e-25);
        return;
    }
    CHECK_REL(got->statistic, statistic, 1e-11);
    check_p(got->p_value, p, 4e-11);
}

/* scripts/reference/association.R: 2,000 tables of 2 to 6 levels in 1 to 4 strata. */
static void
agrees_with_r_on_several_levels(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/association_levels.gz");
    while (value_lines_next(&v)) {
        const size_t levels = (size_t)value_next(&v), strata = (size_t)value_next(&v);
        double scores[MOST_CELLS], events[MOST_CELLS], others[MOST_CELLS];
        struct test got;

        CHECK(levels * strata <= MOST_CELLS);
        for (size_t i = 0; i < levels; i++)
            scores[i] = value_next(&v);
        for (size_t i = 0; i < levels * strata; i++) {
            events[i] = value_next(&v);
            others[i] = value_next(&v);
        }
        CHECK(association_chi2(events, others, levels, &got) == DYAD_OK);
        check_r(&v, &got, true);
        CHECK(association_lr(events, others, levels, &got) == DYAD_OK);
        check_r(&v, &got, false);
        CHECK(association_trend(scores, events, others, levels, &got) == DYAD_OK);
        check_r(&v, &got, false);
        CHECK(association_trend_mh(scores, events, others, levels, strata, &got) == DYAD_OK);
        check_r(&v, &got, false);
        value_lines_end(&v);
    }
    CHECK(v.n == 2000);
}

/* The two tables of 5 + 5 and 5 + 5 beside the middle are as probable as each other, but not to
 * the last bit: both count, and p is 1. */
static void
counts_ties_as_r_does(void)
{
    const struct two_by_two beside[] = { { 2, 3, 3, 2 }, { 3, 2, 2, 3 } };
    const struct two_by_two far[] = { { 7, 2, 5, 16 }, { 2, 7, 16, 5 } };
    struct test t;

    for (int i = 0; i < 2; i++) {
        CHECK(association_fisher(&beside[i], &t) == DYAD_OK);
        CHECK(t.p_value == 1);
        CHECK(association_fisher(&far[i], &t) == DYAD_OK);
        CHECK_REL(t.p_value, 0.0125060546649752, 4e-15); /* fisher.test */
    }
}

static void
is_the_same_whichever_way_the_table_is_turned(void)
{
    const struct two_by_two t = { 12, 1e6, 31, 1.5e6 };
    const struct two_by_two turned[] = { { 1e6, 12, 1.5e6, 31 },
                                         { 31, 1.5e6, 12, 1e6 },
                                         { 12, 31, 1e6, 1.5e6 } };
    struct test want, got;

    for (size_t i = 0; i < 3; i++) {
        CHECK(association_fisher(&t, &want) == DYAD_OK);
        CHECK(association_fisher(&turned[i], &got) == DYAD_OK);
        CHECK_REL(got.p_value, want.p_value, 1e-13);
        CHECK(association_midp(&t, &want) == DYAD_OK);
        CHECK(association_midp(&turned[i], &got) == DYAD_OK);
        CHECK_REL(got.p_value, want.p_value, 1e-13);
        CHECK(association_chi2_yates(&t, &want) == DYAD_OK);
        CHECK(association_chi2_yates(&turned[i], &got) == DYAD_OK);
        CHECK_REL(got.statistic, want.statistic, 1e-15);
    }
}

static void
trend_does_not_feel_a_shift_of_scores(void)
{
    const double scores[] = { 0, 1, 2, 5 }, shifted[] = { 1e6, 1e6 + 1, 1e6 + 2, 1e6 + 5 };
    const double events[] = { 10, 15, 14, 40 }, others[] = { 100, 90, 80, 100 };
    struct test one, other;

    CHECK(association_trend(scores, events, others, 4, &one) == DYAD_OK);
    CHECK(association_trend(shifted, events, others, 4, &other) == DYAD_OK);
    CHECK_REL(other.statistic, one.statistic, 1e-13);
    CHECK(association_trend_mh(scores, events, others, 4, 1, &other) == DYAD_OK);
    CHECK_REL(other.statistic, one.statistic * 448 / 449, 1e-15);
}

static void
empty_margins_leave_nothing_to_test(void)
{
    const double none[] = { 0, 0, 0 }, some[] = { 5, 7, 9 }, one[] = { 5, 0, 0 };
    const double scores[] = { 1, 2, 3 }, flat[] = { 2, 2, 2 };
    const struct two_by_two empty = { 0, 5, 0, 9 };
    struct test t;

    CHECK(association_chi2(none, some, 3, &t) == DYAD_OK && isnan(t.p_value) && isnan(t.df));
    CHECK(association_lr(some, none, 3, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_chi2(one, one, 3, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_trend(scores, none, some, 3, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_trend(flat, some, some, 3, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_trend_mh(flat, some, some, 3, 1, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_chi2_yates(&empty, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_fisher(&empty, &t) == DYAD_OK && t.p_value == 1);
    CHECK(association_midp(&empty, &t) == DYAD_OK && t.p_value == 1);
    CHECK(association_mcnemar(0, 0, &t) == DYAD_OK && isnan(t.p_value));
    CHECK(association_mcnemar_exact(0, 0, &t) == DYAD_OK && t.p_value == 1);
}

static void
levels_without_anyone_do_not_count(void)
{
    const double events[] = { 5, 0, 9 }, others[] = { 9, 0, 4 };
    const double events2[] = { 5, 9 }, others2[] = { 9, 4 };
    struct test three, two;

    CHECK(association_chi2(events, others, 3, &three) == DYAD_OK);
    CHECK(association_chi2(events2, others2, 2, &two) == DYAD_OK);
    CHECK(three.statistic == two.statistic && three.df == 1 && three.p_value == two.p_value);
}

static bool
is_untouched(const struct test *t)
{
    return t->statistic == -1 && t->df == -2 && t->p_value == -3;
}

static void
refuses_what_is_no_count(void)
{
    const double bad[] = { -1, NAN, INFINITY }, good[] = { 1, 2, 3 }, nan_score[] = { 0, 1, NAN };
    struct test t = { -1, -2, -3 };

    for (size_t i = 0; i < 3; i++) {
        const double events[] = { 1, 2, bad[i] };
        const struct two_by_two first = { bad[i], 1, 1, 1 }, last = { 1, 1, 1, bad[i] };

        CHECK(association_chi2(events, good, 3, &t) == DYAD_DOMAIN);
        CHECK(association_chi2(good, events, 3, &t) == DYAD_DOMAIN);
        CHECK(association_lr(events, good, 3, &t) == DYAD_DOMAIN);
        CHECK(association_trend(good, good, events, 3, &t) == DYAD_DOMAIN);
        CHECK(association_trend_mh(good, events, good, 3, 1, &t) == DYAD_DOMAIN);
        CHECK(association_chi2_yates(&last, &t) == DYAD_DOMAIN);
        CHECK(association_fisher(&first, &t) == DYAD_DOMAIN);
        CHECK(association_midp(&last, &t) == DYAD_DOMAIN);
        CHECK(association_mcnemar(bad[i], 1, &t) == DYAD_DOMAIN);
        CHECK(association_mcnemar_exact(1, bad[i], &t) == DYAD_DOMAIN);
    }
    const struct two_by_two half = { 0.5, 1, 1, 1 }, huge = { 1e12, 1, 0, 0 };

    CHECK(association_trend(nan_score, good, good, 3, &t) == DYAD_DOMAIN);
    CHECK(association_fisher(&half, &t) == DYAD_DOMAIN);
    CHECK(association_midp(&half, &t) == DYAD_DOMAIN);
    CHECK(association_fisher(&huge, &t) == DYAD_DOMAIN);
    CHECK(association_mcnemar_exact(0.5, 1, &t) == DYAD_DOMAIN);
    CHECK(is_untouched(&t));
}

int
main(void)
{
    RUN(agrees_with_quadruple_precision);
    RUN(agrees_with_r_on_several_levels);
    RUN(counts_ties_as_r_does);
    RUN(is_the_same_whichever_way_the_table_is_turned);
    RUN(trend_does_not_feel_a_shift_of_scores);
    RUN(empty_margins_leave_nothing_to_test);
    RUN(levels_without_anyone_do_not_count);
    RUN(refuses_what_is_no_count);
    return DONE();
}
