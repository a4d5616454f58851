#include "dyad/stats/e_value.h"

#include "check.h"

static struct estimate
ratio_of(double value, double lower, double upper)
{
    return (struct estimate){ value, NAN, lower, upper, NAN };
}

/* Formula-fed infants and respiratory deaths (Victora et al. 1987), VanderWeele & Ding 2017, p. 270. */
static void
prints_as_published(void)
{
    const struct estimate formula = ratio_of(3.9, 1.8, 8.7), leukemia = ratio_of(0.80, 0.71, 0.91);
    /* Hammond & Horn's smokers, as the vignette of R's EValue prints them. */
    const struct estimate smokers = ratio_of(10.73, 8.02, 14.36);
    struct e_value e;

    CHECK(e_value_risk_ratio(&formula, &e) == DYAD_OK);
    CHECK_PRINTED(e.estimate, "7.26");
    CHECK_PRINTED(e.limit, "3.0");
    CHECK_PRINTED(e.estimate, "7.263034"); /* R's episensr */
    CHECK(e_value_risk_ratio(&smokers, &e) == DYAD_OK);
    CHECK_PRINTED(e.estimate, "20.94777");
    CHECK_PRINTED(e.limit, "15.52336");
    /* The limit nearer 1 is the upper one: formulas of EValue's own tests. */
    CHECK(e_value_risk_ratio(&leukemia, &e) == DYAD_OK);
    CHECK_REL(e.estimate, 1.25 + sqrt(1.25 * 0.25), 1e-15);
    CHECK_REL(e.limit, 1 / 0.91 + sqrt(1 / 0.91 * (1 / 0.91 - 1)), 1e-14);
}

static void
agrees_with_fifty_digit_arithmetic(void)
{
    /* ratio; E of it, of its square root, of the risk ratio that a hazard ratio stands for; that */
    const double known[][5] = {
        { 0.56, 2.97022313941264245, 2.00668526364433562, 2.34953125732242912, 0.670083951663015655 },
        { 0.69, 2.25619773374348168, 1.69925416210725065, 1.90800394327443986, 0.773526739137090266 },
        { 1e-8, 199999999.499999995, 19999.4999874993748, 28854.4008206673811, 0.0000693123158464280875 },
        { 1e8, 199999999.499999999, 19999.499987499375, 28854.4008206673814, 14427.4504146658606 },
        { 2.5, 4.43649167310370844, 2.53971129469800817, 3.15763549197564995, 1.87585203657335471 },
        { 1.2, 1.68989794855663551, 1.4187945931136187, 1.52553091757873487, 1.13465354412873816 },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct estimate ratio = ratio_of(known[i][0], NAN, NAN);
        struct e_value e;

        CHECK(e_value_risk_ratio(&ratio, &e) == DYAD_OK && isnan(e.limit));
        CHECK_REL(e.estimate, known[i][1], 1e-15);
        CHECK(e_value_odds_ratio(&ratio, &e) == DYAD_OK && isnan(e.limit));
        CHECK_REL(e.estimate, known[i][2], 1e-15);
        CHECK_REL(e.risk_ratio.value, sqrt(known[i][0]), 1e-15);
        CHECK(e_value_hazard_ratio(&ratio, &e) == DYAD_OK && isnan(e.limit));
        CHECK_REL(e.estimate, known[i][3], 1e-15);
        CHECK_REL(e.risk_ratio.value, known[i][4], 1e-15);
    }
}

/* A ratio and its inverse say the same. */
static void
turns_with_the_ratio(void)
{
    static enum dyad_status (*const of[])(const struct estimate *, struct e_value *) = {
        e_value_risk_ratio, e_value_odds_ratio, e_value_hazard_ratio
    };
    const struct estimate up = ratio_of(2, 1.25, 4), down = ratio_of(0.5, 0.25, 0.8);

    for (size_t i = 0; i < 3; i++) {
        struct e_value a, b;

        CHECK(of[i](&up, &a) == DYAD_OK && of[i](&down, &b) == DYAD_OK);
        CHECK_REL(a.estimate, b.estimate, 1e-15);
        CHECK_REL(a.limit, b.limit, 1e-15);
        CHECK_REL(a.risk_ratio.lower, 1 / b.risk_ratio.upper, 1e-15);
    }
}

static void
is_1_where_there_is_nothing_to_explain(void)
{
    const struct estimate around = ratio_of(1.5, 0.9, 2.5), at = ratio_of(1.5, 1, 2.5);
    const struct estimate none = ratio_of(1, 0.9, 1.1), wide = ratio_of(1.5, 0, INFINITY);
    struct e_value e;

    CHECK(e_value_risk_ratio(&around, &e) == DYAD_OK && e.limit == 1 && e.estimate > 2);
    CHECK(e_value_risk_ratio(&at, &e) == DYAD_OK && e.limit == 1);
    CHECK(e_value_odds_ratio(&none, &e) == DYAD_OK && e.limit == 1 && e.estimate == 1);
    CHECK(e_value_hazard_ratio(&none, &e) == DYAD_OK && e.limit == 1 && e.estimate == 1);
    CHECK(e_value_hazard_ratio(&wide, &e) == DYAD_OK && e.limit == 1);
    CHECK(e.risk_ratio.lower == 0 && isinf(e.risk_ratio.upper));
}

static void
refuses_what_is_no_ratio(void)
{
    const struct estimate refused[] = {
        { 0, NAN, NAN, NAN, NAN },        { -1, NAN, NAN, NAN, NAN }, { NAN, NAN, 0.5, 2, NAN },
        { INFINITY, NAN, NAN, NAN, NAN }, { 2, NAN, 2.1, 3, NAN },    { 2, NAN, 1, 1.9, NAN },
        { 2, NAN, -1, 3, NAN },           { 2, NAN, 1, NAN, NAN },
    };
    struct e_value e = { .estimate = -1 };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK(e_value_risk_ratio(&refused[i], &e) == DYAD_DOMAIN);
        CHECK(e_value_odds_ratio(&refused[i], &e) == DYAD_DOMAIN);
        CHECK(e_value_hazard_ratio(&refused[i], &e) == DYAD_DOMAIN);
    }
    CHECK(e.estimate == -1);
}

int
main(void)
{
    RUN(prints_as_published);
    RUN(agrees_with_fifty_digit_arithmetic);
    RUN(turns_with_the_ratio);
    RUN(is_1_where_there_is_nothing_to_explain);
    RUN(refuses_what_is_no_ratio);
    return DONE();
}
