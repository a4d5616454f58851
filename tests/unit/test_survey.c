/* Values: R's survey 4.1, scripts/reference/survey.R. */
#include "dyad/stats/survey.h"

#include "check.h"

static const double totals[] = { 1.5, -3, -2, 1, 4, 0.5, 0.25, 2, 3, 2, -1, -4, 2, 1, 7, 0.75 };
static const uint32_t strata[] = { 0, 0, 0, 1, 1, 1, 1, 2 };

static void
sums_deviations_within_strata(void)
{
    static const double drawn[] = { 3, 6 };
    const struct survey_design d = { .strata = 2, .drawn = drawn, .units = 7, .stratum = strata };
    double v[4];

    CHECK(survey_degrees(&d) == 7);
    CHECK(survey_variance(&d, totals, 2, v) == DYAD_OK);
    CHECK_REL(v[0], 40.512499999999989, 1e-15);
    CHECK_REL(v[1], 10.024999999999999, 1e-15);
    CHECK(v[2] == v[1]);
    CHECK_REL(v[3], 44.049999999999997, 1e-15);
}

static void
knows_populations(void)
{
    static const double drawn[] = { 3, 6, 1 }, fraction[] = { 0.25, 0.6, 1 };
    const struct survey_design d = { .strata = 3, .drawn = drawn, .fraction = fraction, .units = 8, .stratum = strata };
    double v[4];

    CHECK(survey_factor(&d, 2) == 0);
    CHECK(survey_variance(&d, totals, 2, v) == DYAD_OK);
    CHECK_REL(v[0], 25.742499999999996, 1e-15);
    CHECK_REL(v[1], 2.566250000000001, 1e-15);
    CHECK_REL(v[3], 22.607500000000005, 1e-15);
}

/* Records that are units: the products, less what the strata's means take away. */
static void
centres_sums_of_products(void)
{
    static const double drawn[] = { 3, 6 };
    const struct survey_design d = { .strata = 2, .drawn = drawn, .units = 7, .stratum = strata };
    double sums[4] = { 0 }, want[4], out[4] = { 0 };

    for (size_t i = 0; i < d.units; i++)
        for (size_t a = 0; a < 2; a++) {
            sums[strata[i] * 2 + a] += totals[i * 2 + a];
            for (size_t b = 0; b < 2; b++)
                out[a * 2 + b] += survey_factor(&d, strata[i]) * totals[i * 2 + a] * totals[i * 2 + b];
        }
    survey_center(&d, sums, 2, out);
    CHECK(survey_variance(&d, totals, 2, want) == DYAD_OK);
    for (size_t i = 0; i < 4; i++)
        CHECK_REL(out[i], want[i], 1e-14);
}

static void
refuses_a_stratum_of_one_unit(void)
{
    static const double drawn[] = { 3, 4, 1 };
    const struct survey_design d = { .strata = 3, .drawn = drawn, .units = 8, .stratum = strata };
    double v[4] = { 77 };

    CHECK(isnan(survey_factor(&d, 2)));
    CHECK(survey_variance(&d, totals, 2, v) == DYAD_DOMAIN);
    CHECK(v[0] == 77);
}

int
main(void)
{
    RUN(sums_deviations_within_strata);
    RUN(knows_populations);
    RUN(centres_sums_of_products);
    RUN(refuses_a_stratum_of_one_unit);
    return DONE();
}
