/*
 * Breslow NE, Day NE (1980), Statistical Methods in Cancer Research I, IARC: oesophageal cancer and
 * alcohol (80 g a day and more against less) in Ille-et-Vilaine, by age, chapter 4.
 */
#include "dyad/stats/stratified.h"
#include "dyad/stats/two_by_two.h"

#include "check.h"

static const struct stratum ages[] = {
    { { 1, 0, 9, 106 }, 1 },    { { 4, 5, 26, 164 }, 1 },  { { 25, 21, 29, 138 }, 1 },
    { { 42, 34, 27, 139 }, 1 }, { { 19, 36, 18, 88 }, 1 }, { { 5, 8, 0, 31 }, 1 },
};

/* The counts are laid out as cases and controls: exposed cases a, unexposed cases b. */
static void
prints_the_crude_odds_ratio(void)
{
    const struct two_by_two crude = { 96, 104, 109, 666 };
    struct estimate or;

    CHECK(two_by_two_estimate(&crude, MEASURE_OR, INTERVAL_WALD, 0.95, &or) == DYAD_OK);
    CHECK_PRINTED(or.value, "5.64");
    CHECK_PRINTED(or.lower, "4.00");
    CHECK_PRINTED(or.upper, "7.95");
}

static void
prints_the_pooled_odds_ratio_and_its_tests(void)
{
    struct estimate or;
    struct test t;

    CHECK(stratified_mantel_haenszel(ages, 6, MEASURE_OR, 0.95, &or) == DYAD_OK);
    CHECK_PRINTED(or.value, "5.158");
    CHECK(stratified_cmh(ages, 6, true, &t) == DYAD_OK);
    CHECK_PRINTED(t.statistic, "83.215");
    CHECK(stratified_breslow_day(ages, 6, &t) == DYAD_OK);
    CHECK_PRINTED(t.statistic, "9.32");
}

/* Robins, Breslow and Greenland's limits and Tarone's statistic as metafor's rma.mh prints them. */
static void
prints_what_metafor_prints(void)
{
    struct estimate or;
    struct test t;

    CHECK(stratified_mantel_haenszel(ages, 6, MEASURE_OR, 0.95, &or) == DYAD_OK);
    CHECK_PRINTED(or.lower, "3.562");
    CHECK_PRINTED(or.upper, "7.468");
    CHECK(stratified_tarone(ages, 6, &t) == DYAD_OK);
    CHECK_PRINTED(t.statistic, "9.299");
}

int
main(void)
{
    RUN(prints_the_crude_odds_ratio);
    RUN(prints_the_pooled_odds_ratio_and_its_tests);
    RUN(prints_what_metafor_prints);
    return DONE();
}
