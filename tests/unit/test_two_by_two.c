#include "dyad/stats/two_by_two.h"

#include "value_lines.h"

/* UGDP trial, both ages pooled: Rothman, Greenland & Lash (2008), Table 15-1. */
static const struct two_by_two ugdp = { .a = 30, .b = 174, .c = 21, .d = 184 };

static struct estimate
made(const struct two_by_two *t, enum measure measure, enum interval_method method, double level)
{
    struct estimate e = { -1, -1, -1, -1, -1 };

    CHECK(two_by_two_estimate(t, measure, method, level, &e) == DYAD_OK);
    return e;
}

static void
names_find_what_they_name(void)
{
    enum measure measure;
    enum interval_method method;

    for (int i = 0; i <= MEASURE_PAF; i++) {
        CHECK(measure_find(measure_name((enum measure)i), &measure));
        CHECK((int)measure == i);
    }
    for (int i = 0; i <= INTERVAL_PROFILE; i++) {
        CHECK(interval_method_find(interval_method_name((enum interval_method)i), &method));
        CHECK((int)method == i);
    }
    CHECK(strcmp(measure_name(MEASURE_AFE), "afe") == 0);
    CHECK(strcmp(interval_method_name(INTERVAL_MIDP), "midp") == 0);
    CHECK(!measure_find("hr", &measure) && !measure_find("", &measure));
    CHECK(!interval_method_find("Wald", &method));
    CHECK(measure == MEASURE_PAF && method == INTERVAL_PROFILE);
}

static void
each_method_has_its_measures(void)
{
    const bool has[][6] = {
        [INTERVAL_WALD] = { true, true, true, true, true, true },
        [INTERVAL_EXACT] = { true },
        [INTERVAL_MIDP] = { true },
        [INTERVAL_SCORE] = { true, true, true, true, true, false },
        [INTERVAL_CORNFIELD] = { true },
        [INTERVAL_PROFILE] = { true },
    };
    struct estimate e = { -1, -1, -1, -1, -1 };

    for (int method = 0; method <= INTERVAL_PROFILE; method++)
        for (int measure = 0; measure <= MEASURE_PAF; measure++) {
            const enum measure m = (enum measure)measure;
            const enum interval_method i = (enum interval_method)method;

            CHECK(interval_method_has(i, m) == has[method][measure]);
            CHECK((two_by_two_estimate(&ugdp, m, i, 0.95, &e) == DYAD_OK) == has[method][measure]);
        }
}

/* One measure and method against: value se lower upper p, or the last three, of the file. */
struct tolerance {
    double value, limits, p;
};

static void
check_estimate(struct value_lines *v, const struct two_by_two *t, enum measure measure,
               enum interval_method method, double level, bool has_value, struct tolerance within)
{
    const struct estimate e = made(t, measure, method, level);

    if (has_value) {
        CHECK_REL(e.value, value_next(v), within.value);
        if (method == INTERVAL_WALD)
            CHECK_REL(e.std_error, value_next(v), within.value);
    }
    CHECK_REL(e.lower, value_next(v), within.limits);
    CHECK_REL(e.upper, value_next(v), within.limits);
    check_p(e.p_value, value_next(v), within.p);
}

/* A limit of a difference may lie next to 0: relative to the limit that lies farther off. */
static void
check_limits(const struct estimate *e, double lower, double upper, double tolerance)
{
    const double scale = fmax(fabs(lower), fabs(upper));

    CHECK(isnan(e->lower) == isnan(lower) && isnan(e->upper) == isnan(upper));
    if (!isnan(lower)) {
        CHECK_REL(scale + (e->lower - lower), scale, tolerance);
        CHECK_REL(scale + (e->upper - upper), scale, tolerance);
    }
}

static void
check_difference(struct value_lines *v, const struct two_by_two *t, enum measure measure,
                 double level)
{
    const struct estimate e = made(t, measure, INTERVAL_WALD, level);
    const double value = value_next(v), se = value_next(v);
    const double lower = value_next(v), upper = value_next(v);

    CHECK_REL(e.value, value, 2e-15);
    CHECK_REL(e.std_error, se, 2e-15);
    check_limits(&e, lower, upper, 4e-15);
    check_p(e.p_value, value_next(v), 1e-12);
}

static void
check_score(struct value_lines *v, const struct two_by_two *t, double level)
{
    const double p = value_next(v);
    const struct estimate or = made(t, MEASURE_OR, INTERVAL_SCORE, level);
    const struct estimate rr = made(t, MEASURE_RR, INTERVAL_SCORE, level);
    const struct estimate rd = made(t, MEASURE_RD, INTERVAL_SCORE, level);

    check_p(or.p_value, p, 1e-12);
    CHECK(rr.p_value == or.p_value && rd.p_value == or.p_value);
    CHECK_REL(or.lower, value_next(v), 1e-14);
    CHECK_REL(or.upper, value_next(v), 1e-14);
    CHECK_REL(rr.lower, value_next(v), 1e-14);
    CHECK_REL(rr.upper, value_next(v), 1e-14);

    const double lower = value_next(v), upper = value_next(v);

    check_limits(&rd, lower, upper, 1e-14);
}

/* scripts/reference/two_by_two.py: 3,000 tables of counts 0..1e9. */
static void
agrees_with_ninety_digit_arithmetic(void)
{
    struct value_lines v;
    size_t exact = 0;

    value_lines_open(&v, "tests/values/two_by_two.gz");
    while (value_lines_next(&v)) {
        struct two_by_two t;
        double level;

        t.a = value_next(&v);
        t.b = value_next(&v);
        t.c = value_next(&v);
        t.d = value_next(&v);
        level = value_next(&v);
        check_estimate(&v, &t, MEASURE_OR, INTERVAL_WALD, level, true,
                       (struct tolerance){ 4e-15, 1e-14, 1e-12 });
        check_estimate(&v, &t, MEASURE_RR, INTERVAL_WALD, level, true,
                       (struct tolerance){ 4e-15, 1e-14, 1e-12 });
        check_difference(&v, &t, MEASURE_RD, level);
        check_difference(&v, &t, MEASURE_PAF, level);
        check_score(&v, &t, level);
        check_estimate(&v, &t, MEASURE_OR, INTERVAL_CORNFIELD, level, false,
                       (struct tolerance){ 0, 1e-14, 1e-12 });
        check_estimate(&v, &t, MEASURE_OR, INTERVAL_PROFILE, level, false,
                       (struct tolerance){ 0, 1e-14, 1e-12 });
        if (value_is_absent(&v))
            continue;
        exact++;
        check_estimate(&v, &t, MEASURE_OR, INTERVAL_EXACT, level, true,
                       (struct tolerance){ 1e-14, 1e-14, 1e-12 });
        check_estimate(&v, &t, MEASURE_OR, INTERVAL_MIDP, level, true,
                       (struct tolerance){ 1e-14, 1e-14, 1e-12 });
        value_lines_end(&v);
    }
    CHECK(v.n == 3000 && exact > 1500);
}

static void
nnt_and_afe_follow_from_rd_and_rr(void)
{
    const enum interval_method methods[] = { INTERVAL_WALD, INTERVAL_SCORE };
    const struct two_by_two sure = { 40, 10, 20, 30 };

    for (size_t i = 0; i < 2; i++) {
        const struct estimate rd = made(&sure, MEASURE_RD, methods[i], 0.9);
        const struct estimate rr = made(&sure, MEASURE_RR, methods[i], 0.9);
        const struct estimate nnt = made(&sure, MEASURE_NNT, methods[i], 0.9);
        const struct estimate afe = made(&sure, MEASURE_AFE, methods[i], 0.9);

        CHECK(nnt.value == 1 / rd.value && isnan(nnt.std_error));
        CHECK(nnt.lower == 1 / rd.upper && nnt.upper == 1 / rd.lower);
        CHECK(nnt.lower < nnt.value && nnt.value < nnt.upper && nnt.p_value == rd.p_value);
        CHECK(afe.value == 1 - 1 / rr.value && afe.std_error == rr.std_error / rr.value);
        CHECK(afe.lower == 1 - 1 / rr.lower && afe.upper == 1 - 1 / rr.upper);
        CHECK(afe.p_value == rr.p_value);
    }
}

static void
nnt_runs_through_infinity_where_rd_does_through_0(void)
{
    const struct estimate nnt = made(&ugdp, MEASURE_NNT, INTERVAL_WALD, 0.95);
    const struct estimate touching = { 0.1, 0.05, 0, 0.2, 0.05 };
    const struct estimate below = { -0.1, 0.05, -0.2, 0, 0.05 };

    CHECK(nnt.lower > 0 && nnt.upper < 0 && nnt.value > nnt.lower);
    CHECK(nnt_from_rd(&touching).upper == INFINITY);
    CHECK(nnt_from_rd(&below).lower == -INFINITY);
}

static void
upside_down_when_the_groups_change_places(void)
{
    const struct two_by_two t = { 7, 12, 31, 250 }, turned = { 31, 250, 7, 12 };

    for (int i = 0; i <= INTERVAL_PROFILE; i++) {
        const enum interval_method method = (enum interval_method)i;
        const struct estimate or = made(&t, MEASURE_OR, method, 0.95);
        const struct estimate back = made(&turned, MEASURE_OR, method, 0.95);

        CHECK_REL(back.value, 1 / or.value, 1e-14);
        CHECK_REL(back.lower, 1 / or.upper, 1e-14);
        CHECK_REL(back.upper, 1 / or.lower, 1e-14);
        CHECK_REL(back.p_value, or.p_value, 1e-14);
    }
}

static void
limits_are_where_the_test_gives_alpha(void)
{
    /* The p-value at odds ratio 1 of a table whose limit is 1: found by taking the level from p. */
    for (int i = 0; i <= INTERVAL_PROFILE; i++) {
        const enum interval_method method = (enum interval_method)i;
        const struct estimate or = made(&ugdp, MEASURE_OR, method, 0.95);

        CHECK_REL(made(&ugdp, MEASURE_OR, method, 1 - or.p_value).lower, 1, 4e-15);
    }
}

static void
counts_need_not_be_whole(void)
{
    const struct two_by_two t = { 0.5, 10.5, 5.5, 5.5 }, doubled = { 1, 21, 11, 11 };
    const enum interval_method methods[] = { INTERVAL_WALD, INTERVAL_SCORE, INTERVAL_CORNFIELD,
                                             INTERVAL_PROFILE };

    for (size_t i = 0; i < 4; i++) {
        const struct estimate e = made(&t, MEASURE_OR, methods[i], 0.95);

        CHECK_REL(e.value, made(&doubled, MEASURE_OR, methods[i], 0.95).value, 1e-15);
        CHECK(e.lower > 0 && e.lower < e.value && e.value < e.upper && e.upper < INFINITY);
    }
}

static bool
is(const struct estimate *e, double value, double lower, double upper, double p)
{
    const double got[] = { e->value, e->lower, e->upper, e->p_value };
    const double want[] = { value, lower, upper, p };

    for (size_t i = 0; i < 4; i++)
        if (!(got[i] == want[i] || (isnan(got[i]) && isnan(want[i]))))
            return false;
    return true;
}

static void
no_outcome_or_nothing_else_leaves_the_odds_ratio_open(void)
{
    const struct two_by_two none = { 0, 5, 0, 7 }, all = { 5, 0, 7, 0 };
    const enum interval_method methods[] = { INTERVAL_EXACT, INTERVAL_MIDP, INTERVAL_SCORE,
                                             INTERVAL_CORNFIELD, INTERVAL_PROFILE };

    for (size_t i = 0; i < 5; i++) {
        const struct estimate e = made(&none, MEASURE_OR, methods[i], 0.95);
        const struct estimate f = made(&all, MEASURE_OR, methods[i], 0.95);

        CHECK(is(&e, NAN, 0, INFINITY, 1) && is(&f, NAN, 0, INFINITY, 1));
        CHECK(isnan(e.std_error));
    }
    const struct estimate wald = made(&none, MEASURE_OR, INTERVAL_WALD, 0.95);
    const struct estimate rr = made(&none, MEASURE_RR, INTERVAL_SCORE, 0.95);

    CHECK(is(&wald, NAN, NAN, NAN, NAN) && !signbit(wald.value));
    CHECK(is(&rr, NAN, 0, INFINITY, 1));
}

static void
empty_cells_are_0_or_infinite_as_the_counts_say(void)
{
    const struct two_by_two none_exposed = { 0, 10, 5, 5 }, all_exposed = { 3, 0, 2, 7 };
    struct estimate e = made(&none_exposed, MEASURE_OR, INTERVAL_WALD, 0.95);

    CHECK(is(&e, 0, NAN, NAN, NAN) && isnan(e.std_error));
    e = made(&all_exposed, MEASURE_OR, INTERVAL_WALD, 0.95);
    CHECK(is(&e, INFINITY, NAN, NAN, NAN));
    e = made(&none_exposed, MEASURE_AFE, INTERVAL_WALD, 0.95);
    CHECK(is(&e, -INFINITY, NAN, NAN, NAN));
    e = made(&none_exposed, MEASURE_AFE, INTERVAL_SCORE, 0.95);
    CHECK(e.lower == -INFINITY && e.upper < 0);
    for (int i = INTERVAL_EXACT; i <= INTERVAL_PROFILE; i++) {
        e = made(&none_exposed, MEASURE_OR, (enum interval_method)i, 0.95);
        CHECK(e.value == 0 && e.lower == 0 && e.upper > 0.2 && e.upper < 0.9 && e.p_value < 0.04);
        e = made(&all_exposed, MEASURE_OR, (enum interval_method)i, 0.95);
        CHECK(e.value == INFINITY && e.upper == INFINITY && e.lower > 0.7 && e.p_value < 0.1);
    }
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct two_by_two refused[] = {
        { 0, 0, 5, 5 },   { 5, 5, 0, 0 },        /* nobody in a group */
        { 5, -1, 5, 5 },  { NAN, 1, 1, 1 },      /* negative, missing */
        { 5, 5, 5, NAN }, { INFINITY, 1, 1, 1 }, /* overflown */
    };
    const double levels[] = { 0, 1, -0.5, 1.5, NAN };
    const struct two_by_two half = { 0.5, 1, 1, 1 }, huge = { 1e12, 1, 1, 1 };
    const struct two_by_two small = { 0.25, 0.25, 0.25, 0.25 };
    struct estimate e = { -1, -2, -3, -4, -5 };

    for (int method = 0; method <= INTERVAL_PROFILE; method++) {
        const enum interval_method m = (enum interval_method)method;

        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
            CHECK(two_by_two_estimate(&refused[i], MEASURE_OR, m, 0.95, &e) == DYAD_DOMAIN);
        for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
            CHECK(two_by_two_estimate(&ugdp, MEASURE_OR, m, levels[i], &e) == DYAD_DOMAIN);
    }
    CHECK(two_by_two_estimate(&half, MEASURE_OR, INTERVAL_EXACT, 0.95, &e) == DYAD_DOMAIN);
    CHECK(two_by_two_estimate(&half, MEASURE_OR, INTERVAL_MIDP, 0.95, &e) == DYAD_DOMAIN);
    CHECK(two_by_two_estimate(&huge, MEASURE_OR, INTERVAL_EXACT, 0.95, &e) == DYAD_DOMAIN);
    CHECK(two_by_two_estimate(&small, MEASURE_OR, INTERVAL_SCORE, 0.95, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1 && e.std_error == -2 && e.lower == -3 && e.upper == -4 && e.p_value == -5);
}

int
main(void)
{
    RUN(names_find_what_they_name);
    RUN(each_method_has_its_measures);
    RUN(agrees_with_ninety_digit_arithmetic);
    RUN(nnt_and_afe_follow_from_rd_and_rr);
    RUN(nnt_runs_through_infinity_where_rd_does_through_0);
    RUN(upside_down_when_the_groups_change_places);
    RUN(limits_are_where_the_test_gives_alpha);
    RUN(counts_need_not_be_whole);
    RUN(no_outcome_or_nothing_else_leaves_the_odds_ratio_open);
    RUN(empty_cells_are_0_or_infinite_as_the_counts_say);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
