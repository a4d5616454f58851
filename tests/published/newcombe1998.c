/* Newcombe RG (1998): intervals of one proportion, and of the difference of two. */
#include "dyad/stats/proportion.h"
#include "dyad/stats/two_by_two.h"

#include "check.h"

/* Stat. Med. 17:857-872, Table I: methods 1, 3, 4, 5, 6; method 1 is cut at 0 here. */
static void
prints_the_intervals_of_a_proportion(void)
{
    static const struct {
        double events, n;
        enum proportion_method method;
        const char *lower, *upper;
    } printed[] = {
        { 81, 263, PROPORTION_WALD, "0.2522", "0.3638" },
        { 81, 263, PROPORTION_WILSON, "0.2553", "0.3662" },
        { 81, 263, PROPORTION_WILSON_CC, "0.2535", "0.3682" },
        { 81, 263, PROPORTION_EXACT, "0.2527", "0.3676" },
        { 81, 263, PROPORTION_MIDP, "0.2544", "0.3658" },
        { 15, 148, PROPORTION_WALD, "0.0527", "0.1500" },
        { 15, 148, PROPORTION_WILSON, "0.0624", "0.1605" },
        { 15, 148, PROPORTION_WILSON_CC, "0.0598", "0.1644" },
        { 15, 148, PROPORTION_EXACT, "0.0578", "0.1617" },
        { 15, 148, PROPORTION_MIDP, "0.0601", "0.1581" },
        { 0, 20, PROPORTION_WALD, "0.0000", "0.0000" },
        { 0, 20, PROPORTION_WILSON, "0.0000", "0.1611" },
        { 0, 20, PROPORTION_WILSON_CC, "0.0000", "0.2005" },
        { 0, 20, PROPORTION_EXACT, "0.0000", "0.1684" },
        { 0, 20, PROPORTION_MIDP, "0.0000", "0.1391" },
        { 1, 29, PROPORTION_WALD, "0.0000", "0.1009" },
        { 1, 29, PROPORTION_WILSON, "0.0061", "0.1718" },
        { 1, 29, PROPORTION_WILSON_CC, "0.0018", "0.1963" },
        { 1, 29, PROPORTION_EXACT, "0.0009", "0.1776" },
        { 1, 29, PROPORTION_MIDP, "0.0017", "0.1585" },
    };

    for (size_t i = 0; i < sizeof printed / sizeof printed[0]; i++) {
        struct estimate e;

        CHECK(proportion_interval(printed[i].events, printed[i].n, printed[i].method, 0.95, &e) == DYAD_OK);
        CHECK_PRINTED(e.lower, printed[i].lower);
        CHECK_PRINTED(e.upper, printed[i].upper);
    }
}

/* Stat. Med. 17:873-890, Table II, 56/70 - 48/80: method 5 is Miettinen and Nurminen's. */
static void
prints_the_score_interval_of_a_difference(void)
{
    const struct two_by_two counts = { 56, 14, 48, 32 };
    struct estimate rd;

    CHECK(two_by_two_estimate(&counts, MEASURE_RD, INTERVAL_SCORE, 0.95, &rd) == DYAD_OK);
    CHECK_PRINTED(rd.lower, "0.0528");
    CHECK_PRINTED(rd.upper, "0.3382");
}

int
main(void)
{
    RUN(prints_the_intervals_of_a_proportion);
    RUN(prints_the_score_interval_of_a_difference);
    return DONE();
}
