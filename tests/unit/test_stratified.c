#include "dyad/stats/stratified.h"

#include "value_lines.h"

enum { MOST = 64 };

/* Oesophageal cancer and alcohol in Ille-et-Vilaine, by age: Breslow & Day (1980), p. 137. */
static const struct stratum ille[] = {
    { { 1, 0, 9, 106 }, 1 },    { { 4, 5, 26, 164 }, 1 },  { { 25, 21, 29, 138 }, 1 },
    { { 42, 34, 27, 139 }, 1 }, { { 19, 36, 18, 88 }, 1 }, { { 5, 8, 0, 31 }, 1 },
};

static struct estimate
pooled(const struct stratum *strata, size_t k, enum measure measure, double level)
{
    struct estimate e = { -1, -1, -1, -1, -1 };

    CHECK(stratified_mantel_haenszel(strata, k, measure, level, &e) == DYAD_OK);
    return e;
}

static void
check_pooled(struct value_lines *v, const struct stratum *strata, size_t k, enum measure measure,
             double level)
{
    const struct estimate e = pooled(strata, k, measure, level);
    const double value = value_next(v), se = value_next(v);
    const double lower = value_next(v), upper = value_next(v);

    CHECK_REL(e.value, value, measure == MEASURE_RD ? 1e-13 : 1e-14);
    CHECK_REL(e.std_error, se, 1e-15);
    if (measure == MEASURE_RD) { /* limits may lie next to 0: relative to the one farther off */
        const double scale = fmax(fabs(lower), fabs(upper));

        CHECK_REL(scale + (e.lower - lower), isnan(lower) ? NAN : scale, 2e-15);
        CHECK_REL(scale + (e.upper - upper), isnan(lower) ? NAN : scale, 2e-15);
    } else {
        CHECK_REL(e.lower, lower, 4e-15);
        CHECK_REL(e.upper, upper, 4e-15);
    }
    check_p(e.p_value, value_next(v), 1e-12);
}

/* A statistic that is 0 comes out as the rounding of what it is a square of. */
static void
check_chi2(struct value_lines *v, const struct test *got, double tolerance)
{
    const double statistic = value_next(v), p = value_next(v);

    if (statistic < 1e-25) {
        CHECK(got->statistic < 1e-25);
        return;
    }
    CHECK_REL(got->statistic, statistic, tolerance);
    check_p(got->p_value, p, 1e-12);
}

static void
check_tests(struct value_lines *v, const struct stratum *strata, size_t k)
{
    struct test cmh, cc, bd, tarone;

    CHECK(stratified_cmh(strata, k, false, &cmh) == DYAD_OK);
    CHECK(stratified_cmh(strata, k, true, &cc) == DYAD_OK);
    CHECK(stratified_breslow_day(strata, k, &bd) == DYAD_OK);
    CHECK(stratified_tarone(strata, k, &tarone) == DYAD_OK);
    check_chi2(v, &cmh, 1e-12);
    check_chi2(v, &cc, 1e-12);
    check_chi2(v, &bd, 1e-13);
    check_chi2(v, &tarone, 1e-13);
    const double df = value_next(v);

    CHECK_REL(bd.df, df, 0);
    CHECK_REL(tarone.df, df, 0);
}

static void
check_woolf(struct value_lines *v, const struct stratum *strata, size_t k, enum measure measure)
{
    struct test got;
    double left_out, statistic;

    CHECK(stratified_woolf(strata, k, measure, &left_out, &got) == DYAD_OK);
    CHECK_REL(left_out, value_next(v), 0);
    statistic = value_next(v);
    if (statistic == 0)
        CHECK(got.statistic < 1e-25);
    else
        CHECK_REL(got.statistic, statistic, 1e-14);
    CHECK_REL(got.df, value_next(v), 0);
    if (statistic == 0)
        (void)value_next(v);
    else
        check_p(got.p_value, value_next(v), 1e-12);
}

/* scripts/reference/exact.c: 400 sets of 1 to 40 strata, matched sets, strata of thousands. */
static void
agrees_with_quadruple_precision(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/stratified.gz");
    while (value_lines_next(&v)) {
        const size_t k = (size_t)value_next(&v);
        const double level = value_next(&v);
        struct stratum strata[MOST];

        CHECK(k <= MOST);
        for (size_t i = 0; i < k; i++) {
            strata[i].counts.a = value_next(&v);
            strata[i].counts.b = value_next(&v);
            strata[i].counts.c = value_next(&v);
            strata[i].counts.d = value_next(&v);
            strata[i].copies = value_next(&v);
        }
        for (int i = 0; i < 8; i++) /* the exact ones: test_exact_odds.c */
            (void)value_next(&v);
        check_pooled(&v, strata, k, MEASURE_OR, level);
        check_pooled(&v, strata, k, MEASURE_RR, level);
        check_pooled(&v, strata, k, MEASURE_RD, level);
        check_tests(&v, strata, k);
        check_woolf(&v, strata, k, MEASURE_OR);
        check_woolf(&v, strata, k, MEASURE_RR);
        check_woolf(&v, strata, k, MEASURE_RD);
        value_lines_end(&v);
    }
    CHECK(v.n > 390);
}

/* McNemar's: the variance of (f - g)/n given all n pairs. */
static void
pairs_have_the_variance_of_their_difference(void)
{
    const double f = 21, g = 9, both = 40, neither = 30, n = f + g + both + neither;
    const struct stratum pairs[] = {
        { { 1, 0, 0, 1 }, f }, { { 0, 1, 1, 0 }, g }, { { 1, 0, 1, 0 }, both }, { { 0, 1, 0, 1 }, neither },
    };
    struct estimate rd;

    CHECK(stratified_risk_difference_sato(pairs, 4, 0.95, &rd) == DYAD_OK);
    CHECK_REL(rd.value, (f - g) / n, 4e-16);
    CHECK_REL(rd.std_error, sqrt((f + g) - (f - g) * (f - g) / n) / n, 4e-16);
}

static void
one_stratum_is_itself(void)
{
    const struct stratum one = { { 25, 21, 29, 138 }, 1 };

    for (int i = 0; i < MEASURE_PAF; i++) {
        const enum measure measure = (enum measure)i;
        struct estimate crude;
        const struct estimate e = pooled(&one, 1, measure, 0.95);

        CHECK(two_by_two_estimate(&one.counts, measure, INTERVAL_WALD, 0.95, &crude) == DYAD_OK);
        CHECK_REL(e.value, crude.value, 1e-15);
        CHECK_REL(e.std_error, crude.std_error, 1e-15);
        CHECK_REL(e.lower, crude.lower, 2e-15);
        CHECK_REL(e.upper, crude.upper, 2e-15);
        CHECK_REL(e.p_value, crude.p_value, 2e-14);
    }
}

static void
billions_do_not_overflow(void)
{
    const struct stratum large[] = { { { 4e9, 3e9, 4e9, 3e9 + 1e6 }, 1 },
                                     { { 1e9, 4e9, 1e9, 4e9 }, 1 } };
    struct test cmh, bd;
    const struct estimate or = pooled(large, 2, MEASURE_OR, 0.95);

    /* Only the first stratum differs from 1, by 1/3000. */
    CHECK(or.value > 1 && or.value < 1 + 1.0 / 3000);
    CHECK(stratified_cmh(large, 2, false, &cmh) == DYAD_OK);
    CHECK_REL(sqrt(cmh.statistic), log(or.value) / or.std_error, 1e-8);
    CHECK(stratified_breslow_day(large, 2, &bd) == DYAD_OK);
    CHECK(bd.statistic > 1 && bd.df == 1);
}

static void
strata_with_one_group_say_nothing(void)
{
    struct stratum more[8];
    struct test with, without;
    double left_out;

    memcpy(more, ille, sizeof ille);
    more[6] = (struct stratum){ { 0, 0, 7, 9 }, 1 };
    more[7] = (struct stratum){ { 3, 8, 0, 0 }, 4 };
    for (int i = 0; i < MEASURE_PAF; i++) {
        const struct estimate x = pooled(more, 8, (enum measure)i, 0.95);
        const struct estimate y = pooled(ille, 6, (enum measure)i, 0.95);

        CHECK(x.value == y.value && x.lower == y.lower && x.p_value == y.p_value);
    }
    CHECK(stratified_cmh(more, 8, false, &with) == DYAD_OK);
    CHECK(stratified_cmh(ille, 6, false, &without) == DYAD_OK);
    CHECK(with.statistic == without.statistic);
    CHECK(stratified_tarone(more, 8, &with) == DYAD_OK);
    CHECK(stratified_tarone(ille, 6, &without) == DYAD_OK);
    CHECK(with.statistic == without.statistic && with.df == without.df);
    CHECK(stratified_woolf(more, 8, MEASURE_RD, &left_out, &with) == DYAD_OK);
    CHECK(left_out == 5 && with.df == 5);
}

static void
equal_strata_are_homogeneous(void)
{
    const struct stratum equal = { { 7, 12, 31, 250 }, 5 };
    struct test t;
    double left_out;

    CHECK(stratified_breslow_day(&equal, 1, &t) == DYAD_OK && t.df == 4);
    CHECK(t.statistic < 1e-25 && t.p_value > 1 - 1e-12);
    CHECK(stratified_woolf(&equal, 1, MEASURE_OR, &left_out, &t) == DYAD_OK && t.df == 4);
    CHECK(t.statistic < 1e-25 && left_out == 0);
}

static void
what_the_sums_leave_open_is_nan(void)
{
    const struct stratum none[] = { { { 0, 5, 0, 9 }, 1 }, { { 0, 3, 0, 4 }, 1 } };
    const struct stratum zero[] = { { { 0, 5, 2, 9 }, 1 }, { { 0, 3, 1, 4 }, 1 } };
    struct test t;
    struct estimate e = pooled(none, 2, MEASURE_OR, 0.95);

    CHECK(isnan(e.value) && isnan(e.lower) && isnan(e.p_value));
    e = pooled(zero, 2, MEASURE_RR, 0.95);
    CHECK(e.value == 0 && isnan(e.std_error) && isnan(e.upper));
    CHECK(stratified_cmh(none, 2, false, &t) == DYAD_OK && isnan(t.p_value) && isnan(t.df));
    CHECK(stratified_breslow_day(zero, 2, &t) == DYAD_OK && isnan(t.statistic));
    CHECK(stratified_tarone(ille, 1, &t) == DYAD_OK && isnan(t.p_value));
}

static void
refuses_what_it_cannot_pool(void)
{
    const struct stratum bad[] = { { { -1, 1, 1, 1 }, 1 },
                                   { { 1, 1, 1, INFINITY }, 1 },
                                   { { 1, 1, 1, 1 }, NAN },
                                   { { 1, 1, 1, 1 }, -1 } };
    const struct stratum one_group = { { 0, 0, 5, 5 }, 1 };
    struct estimate e = { -1, -2, -3, -4, -5 };
    struct test t = { -1, -2, -3 };
    double left_out = -4;

    for (size_t i = 0; i < 4; i++) {
        CHECK(stratified_mantel_haenszel(&bad[i], 1, MEASURE_RD, 0.95, &e) == DYAD_DOMAIN);
        CHECK(stratified_cmh(&bad[i], 1, true, &t) == DYAD_DOMAIN);
        CHECK(stratified_breslow_day(&bad[i], 1, &t) == DYAD_DOMAIN);
        CHECK(stratified_tarone(&bad[i], 1, &t) == DYAD_DOMAIN);
        CHECK(stratified_woolf(&bad[i], 1, MEASURE_OR, &left_out, &t) == DYAD_DOMAIN);
    }
    CHECK(stratified_woolf(ille, 6, MEASURE_NNT, &left_out, &t) == DYAD_DOMAIN);
    CHECK(stratified_mantel_haenszel(ille, 6, MEASURE_PAF, 0.95, &e) == DYAD_DOMAIN);
    CHECK(stratified_mantel_haenszel(ille, 6, MEASURE_OR, 1, &e) == DYAD_DOMAIN);
    CHECK(stratified_mantel_haenszel(ille, 0, MEASURE_OR, 0.95, &e) == DYAD_DOMAIN);
    for (int i = 0; i < MEASURE_PAF; i++)
        CHECK(stratified_mantel_haenszel(&one_group, 1, (enum measure)i, 0.95, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1 && e.p_value == -5 && t.statistic == -1 && left_out == -4);
}

int
main(void)
{
    RUN(agrees_with_quadruple_precision);
    RUN(pairs_have_the_variance_of_their_difference);
    RUN(one_stratum_is_itself);
    RUN(billions_do_not_overflow);
    RUN(strata_with_one_group_say_nothing);
    RUN(equal_strata_are_homogeneous);
    RUN(what_the_sums_leave_open_is_nan);
    RUN(refuses_what_it_cannot_pool);
    return DONE();
}
