#include "dyad/stats/absolute_effect.h"

#include "value_lines.h"

static const struct {
    const char *name;
    enum relative_effect kind;
} kinds[] = { { "odds", RELATIVE_ODDS }, { "risk", RELATIVE_RISK }, { "hazard", RELATIVE_HAZARD } };

/* scripts/reference/absolute_effect.py */
static void
agrees_with_sixty_digit_arithmetic(void)
{
    static struct value_lines v;

    value_lines_open(&v, "tests/values/absolute_effect.gz");
    while (value_lines_next(&v)) {
        size_t k = 0;
        while (strncmp(v.at, kinds[k].name, strlen(kinds[k].name)) != 0)
            k++;
        v.at += strlen(kinds[k].name);
        const double ratio = value_next(&v), baseline = value_next(&v);
        const struct estimate e = { ratio, NAN, ratio, ratio, NAN };
        struct absolute_effect a;
        CHECK(absolute_effect(kinds[k].kind, &e, baseline, &a) == DYAD_OK);
        CHECK_REL(a.risk.value, value_next(&v), 4e-15);
        CHECK_REL(a.difference.value, value_next(&v), 3e-15);
        CHECK_REL(a.nnt.value, value_next(&v), 3e-15);
        CHECK(a.difference.lower == a.difference.value && a.risk.upper == a.risk.value);
        value_lines_end(&v);
    }
    CHECK(v.n > 500);
}

/* Cochrane Handbook, section 15.4.4: of 1,000 with a risk of 0.3, 24 fewer by a risk ratio of 0.92, 62 fewer by an
   odds ratio of 0.73. */
static void
prints_as_the_handbook(void)
{
    struct absolute_effect a;

    CHECK(absolute_effect(RELATIVE_RISK, &(struct estimate){ .value = 0.92 }, 0.3, &a) == DYAD_OK);
    CHECK_PRINTED(-1000 * a.difference.value, "24");
    CHECK(absolute_effect(RELATIVE_ODDS, &(struct estimate){ .value = 0.73 }, 0.3, &a) == DYAD_OK);
    CHECK_PRINTED(-1000 * a.difference.value, "62");
}

static void
inverts_the_limits_of_the_difference(void)
{
    const struct estimate or = { 1.5, 0.2, 0.9, 2.5, 0.1 };
    struct absolute_effect a;

    CHECK(absolute_effect(RELATIVE_ODDS, &or, 0.5, &a) == DYAD_OK);
    CHECK(a.difference.lower < 0 && a.difference.upper > 0);
    CHECK(a.nnt.lower == 1 / a.difference.upper && a.nnt.upper == 1 / a.difference.lower);
    CHECK(isnan(a.risk.std_error) && isnan(a.risk.p_value));
}

static void
keeps_what_is_not_defined(void)
{
    const struct estimate open = { 2, NAN, NAN, INFINITY, NAN }, high = { 1.5, NAN, 1.2, 2.5, NAN };
    struct absolute_effect a;

    CHECK(absolute_effect(RELATIVE_ODDS, &open, 0.25, &a) == DYAD_OK);
    CHECK(isnan(a.risk.lower) && a.risk.upper == 1 && a.difference.upper == 0.75);
    CHECK(absolute_effect(RELATIVE_HAZARD, &open, 0.25, &a) == DYAD_OK);
    CHECK(a.risk.upper == 1);
    /* 0.5 times 2.5 is no risk. */
    CHECK(absolute_effect(RELATIVE_RISK, &high, 0.5, &a) == DYAD_OK);
    CHECK(a.risk.value == 0.75 && isnan(a.risk.upper) && isnan(a.difference.upper) && isnan(a.nnt.lower));
}

static void
refuses_what_is_no_ratio_or_risk(void)
{
    const struct estimate good = { 2, NAN, 1, 3, NAN }, zero = { 0, NAN, 0, 3, NAN },
                          none = { NAN, NAN, 1, 3, NAN }, negative = { 2, NAN, -1, 3, NAN };
    const double no_risk[] = { 0, 1, -0.1, NAN };
    struct absolute_effect a = { .baseline = -1 };

    for (size_t i = 0; i < sizeof no_risk / sizeof no_risk[0]; i++)
        CHECK(absolute_effect(RELATIVE_ODDS, &good, no_risk[i], &a) == DYAD_DOMAIN);
    CHECK(absolute_effect(RELATIVE_ODDS, &zero, 0.5, &a) == DYAD_DOMAIN);
    CHECK(absolute_effect(RELATIVE_RISK, &none, 0.5, &a) == DYAD_DOMAIN);
    CHECK(absolute_effect(RELATIVE_HAZARD, &negative, 0.5, &a) == DYAD_DOMAIN);
    CHECK(a.baseline == -1);
}

int
main(void)
{
    RUN(agrees_with_sixty_digit_arithmetic);
    RUN(prints_as_the_handbook);
    RUN(inverts_the_limits_of_the_difference);
    RUN(keeps_what_is_not_defined);
    RUN(refuses_what_is_no_ratio_or_risk);
    return DONE();
}
