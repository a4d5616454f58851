#include "dyad/stats/exact_odds.h"

#include "value_lines.h"

/* Oesophageal cancer and alcohol in Ille-et-Vilaine, by age: Breslow & Day (1980), p. 137. */
static const struct stratum ille[] = {
    { { 1, 0, 9, 106 }, 1 },    { { 4, 5, 26, 164 }, 1 },  { { 25, 21, 29, 138 }, 1 },
    { { 42, 34, 27, 139 }, 1 }, { { 19, 36, 18, 88 }, 1 }, { { 5, 8, 0, 31 }, 1 },
};

static struct estimate
made(const struct stratum *strata, size_t k, bool mid, double level)
{
    struct estimate e = { -1, -1, -1, -1, -1 };

    CHECK(exact_odds_estimate(strata, k, mid, level, &e) == DYAD_OK);
    return e;
}

static void
check_line(struct value_lines *v)
{
    enum { MOST = 64 };
    const size_t k = (size_t)value_next(v);
    const double level = value_next(v);
    struct stratum strata[MOST];

    CHECK(k <= MOST);
    for (size_t i = 0; i < k; i++) {
        strata[i].counts.a = value_next(v);
        strata[i].counts.b = value_next(v);
        strata[i].counts.c = value_next(v);
        strata[i].counts.d = value_next(v);
        strata[i].copies = value_next(v);
    }
    for (int mid = 0; mid < 2; mid++) {
        const struct estimate e = made(strata, k, mid, level);

        CHECK_REL(e.value, value_next(v), 1e-14);
        CHECK_REL(e.lower, value_next(v), 1e-14);
        CHECK_REL(e.upper, value_next(v), 1e-14);

        const double p = value_next(v);

        check_p(e.p_value, p, p > 1e-12 ? 6e-13 : 4e-12);
    }
}

/* scripts/reference/exact.c: 1,500 tables, ten of them of a billion persons. */
static void
agrees_with_quadruple_precision_on_single_tables(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/exact_odds.gz");
    while (value_lines_next(&v)) {
        check_line(&v);
        value_lines_end(&v);
    }
    CHECK(v.n == 1510);
}

/* The same program: 400 sets of 1 to 40 strata, matched sets, strata of thousands. */
static void
agrees_with_quadruple_precision_on_strata(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/stratified.gz");
    while (value_lines_next(&v))
        check_line(&v);
    CHECK(v.n > 390);
}

/* R's mantelhaen.test(exact = TRUE) prints 5.250951 (3.572140, 7.758317), epitools'
 * oddsratio.midp 3.870476 (1.187257, 14.26861): to the tolerance of their root finding, 1e-4. */
static void
agrees_with_r_as_far_as_r_goes(void)
{
    const struct estimate e = made(ille, 6, false, 0.95);
    const struct stratum one = { { 10, 20, 5, 40 }, 1 };
    const struct estimate mid = made(&one, 1, true, 0.95);

    CHECK_REL(e.value, 5.250951, 1e-5);
    CHECK_REL(e.lower, 3.572140, 1e-4);
    CHECK_REL(e.upper, 7.758317, 2e-4);
    CHECK_REL(mid.value, 3.870476, 1e-6);
    CHECK_REL(mid.lower, 1.187257, 1e-4);
    CHECK_REL(mid.upper, 14.26861, 1e-4);
}

static void
copies_are_strata(void)
{
    const struct stratum twice[] = { { { 4, 5, 26, 164 }, 2 }, { { 1, 3, 2, 2 }, 3 } };
    const struct stratum apart[] = { { { 4, 5, 26, 164 }, 1 }, { { 1, 3, 2, 2 }, 1 },
                                     { { 1, 3, 2, 2 }, 1 },    { { 4, 5, 26, 164 }, 1 },
                                     { { 1, 3, 2, 2 }, 1 },    { { 9, 9, 9, 9 }, 0 } };

    for (int mid = 0; mid < 2; mid++) {
        const struct estimate x = made(twice, 2, mid, 0.9), y = made(apart, 6, mid, 0.9);

        CHECK_REL(x.value, y.value, 1e-14);
        CHECK_REL(x.lower, y.lower, 1e-14);
        CHECK_REL(x.upper, y.upper, 1e-14);
        CHECK_REL(x.p_value, y.p_value, 1e-13);
    }
}

/* Given the discordant pairs the number of one kind is binomial: psi = x / (n - x). */
static void
pairs_are_binomial(void)
{
    const struct stratum pairs[] = { { { 1, 0, 0, 1 }, 60000 },
                                     { { 0, 1, 1, 0 }, 59000 },
                                     { { 1, 0, 1, 0 }, 7 },
                                     { { 0, 1, 0, 1 }, 1e9 } };
    const struct estimate e = made(pairs, 4, false, 0.95);

    CHECK_REL(e.value, 60.0 / 59, 1e-14);
    CHECK_REL(e.std_error, sqrt(1.0 / 60000 + 1.0 / 59000), 1e-12);
}

static void
a_full_or_empty_cell_leaves_one_limit(void)
{
    const struct stratum low = { { 0, 5, 3, 4 }, 1 }, high = { { 5, 0, 4, 3 }, 1 };
    const struct estimate e = made(&low, 1, false, 0.95), f = made(&high, 1, false, 0.95);

    CHECK(e.value == 0 && e.lower == 0 && e.upper > 1 && isnan(e.std_error));
    CHECK(f.value == INFINITY && f.upper == INFINITY && f.lower < 1);
    CHECK_REL(f.lower, 1 / e.upper, 1e-14);
}

static void
says_that_there_is_nothing_to_learn(void)
{
    const struct stratum none[] = { { { 0, 5, 0, 4 }, 1 }, { { 0, 0, 3, 4 }, 5 } };

    for (size_t k = 0; k <= 2; k++) {
        const struct estimate e = made(none, k, k == 1, 0.95);

        CHECK(isnan(e.value) && isnan(e.std_error) && e.lower == 0 && e.upper == INFINITY);
        CHECK(e.p_value == 1);
    }
}

static void
low_levels_and_high_ones_have_limits_too(void)
{
    const double levels[] = { 1e-6, 0.01, 0.2, 0.9999, 1 - 1e-9, 1 - 1e-15 };
    double lower = INFINITY, upper = 0;

    for (size_t i = 0; i < 6; i++) {
        const struct estimate e = made(ille, 6, true, levels[i]);

        CHECK(e.lower < lower && e.upper > upper && e.lower > 0 && e.upper < INFINITY);
        lower = e.lower;
        upper = e.upper;
    }
}

/* Forty strata of 250,000 persons each. */
static void
many_large_strata_are_done(void)
{
    struct stratum strata[40];

    for (int i = 0; i < 40; i++)
        strata[i] = (struct stratum){ { 60000 + 13 * i, 65000 - 13 * i, 62000 + i, 63000 - i }, 1 };

    const struct estimate e = made(strata, 40, false, 0.95);

    /* So large, the limits are Wald's but for half a person in 60,000 * 40. */
    CHECK_REL(e.lower, e.value * exp(-1.959963984540054 * e.std_error), 2e-6);
    CHECK_REL(e.upper, e.value * exp(1.959963984540054 * e.std_error), 2e-6);
}

static void
refuses_what_it_cannot_do(void)
{
    const struct stratum refused[] = {
        { { 0.5, 1, 1, 1 }, 1 },      { { -1, 1, 1, 1 }, 1 },   { { 1, 1, 1, NAN }, 1 },
        { { 1, 1, 1, 1 }, 0.5 },      { { 1, 1, 1, 1 }, -1 },   { { 1, 1, 1, 1 }, NAN },
        { { 1, 1, 1, 1 }, INFINITY }, { { 1e12, 1, 1, 1 }, 1 },
    };
    const struct stratum long_job[] = { { { 1, 0, 0, 1 }, 1e9 }, { { 0, 1, 1, 0 }, 1e9 } };
    const double levels[] = { 0, 1, NAN };
    struct estimate e = { -1, -2, -3, -4, -5 };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CHECK(exact_odds_estimate(&refused[i], 1, false, 0.95, &e) == DYAD_DOMAIN);
    for (size_t i = 0; i < 3; i++)
        CHECK(exact_odds_estimate(ille, 6, true, levels[i], &e) == DYAD_DOMAIN);
    CHECK(exact_odds_estimate(long_job, 2, false, 0.95, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1 && e.std_error == -2 && e.lower == -3 && e.upper == -4 && e.p_value == -5);
}

int
main(void)
{
    RUN(agrees_with_quadruple_precision_on_single_tables);
    RUN(agrees_with_quadruple_precision_on_strata);
    RUN(agrees_with_r_as_far_as_r_goes);
    RUN(copies_are_strata);
    RUN(pairs_are_binomial);
    RUN(a_full_or_empty_cell_leaves_one_limit);
    RUN(says_that_there_is_nothing_to_learn);
    RUN(low_levels_and_high_ones_have_limits_too);
    RUN(many_large_strata_are_done);
    RUN(refuses_what_it_cannot_do);
    return DONE();
}
