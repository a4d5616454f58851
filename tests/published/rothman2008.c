/* Rothman KJ, Greenland S, Lash TL (2008), Modern Epidemiology, 3rd ed., Table 15-1: the UGDP trial. */
#include "dyad/stats/stratified.h"
#include "dyad/stats/two_by_two.h"

#include "check.h"

/* Deaths on tolbutamide and on placebo, younger than 55 and older. */
static const struct stratum ugdp[] = { { { 8, 98, 5, 115 }, 1 }, { { 22, 76, 16, 69 }, 1 } };

/* All three as in metafor's test of that table. */
static void
prints_the_crude_risk_ratio(void)
{
    const struct two_by_two crude = { 30, 174, 21, 184 };
    struct estimate rr;

    CHECK(two_by_two_estimate(&crude, MEASURE_RR, INTERVAL_WALD, 0.95, &rr) == DYAD_OK);
    CHECK_PRINTED(rr.value, "1.4356");
    CHECK_PRINTED(rr.lower, "0.8510");
    CHECK_PRINTED(rr.upper, "2.4216");
}

/* metafor's rma.mh prints these; its variance of the difference is another (Sato's). */
static void
prints_the_pooled_measures(void)
{
    struct estimate e;

    CHECK(stratified_mantel_haenszel(ugdp, 2, MEASURE_RR, 0.95, &e) == DYAD_OK);
    CHECK_PRINTED(e.value, "1.3256");
    CHECK_PRINTED(e.lower, "0.7979");
    CHECK_PRINTED(e.upper, "2.2021");
    CHECK(stratified_mantel_haenszel(ugdp, 2, MEASURE_RD, 0.95, &e) == DYAD_OK);
    CHECK_PRINTED(e.value, "0.0349");
    CHECK(stratified_risk_difference_sato(ugdp, 2, 0.95, &e) == DYAD_OK);
    CHECK_PRINTED(e.value, "0.0349");
    CHECK_PRINTED(e.lower, "-0.0276");
    CHECK_PRINTED(e.upper, "0.0974");
}

int
main(void)
{
    RUN(prints_the_crude_risk_ratio);
    RUN(prints_the_pooled_measures);
    return DONE();
}
