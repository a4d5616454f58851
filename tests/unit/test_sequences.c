#include "dyad/data/sequences.h"

#include "check.h"

#include <math.h>
#include <string.h>

#define FIND(out, ...) \
    sequences_find((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), out, 32)

static void
finds_durations_of_the_same_unit(void)
{
    struct sequence s[32];

    CHECK(FIND(s, "bf_any_weeks", "bf_excl_weeks") == 1);
    CHECK(s[0].kind == SEQUENCE_LONGER && s[0].first == 1 && s[0].second == 0);
    CHECK(FIND(s, "bf_duration", "ebf_duration") == 1);
    CHECK(FIND(s, "bf_any_weeks", "bf_excl_months") == 0);
    CHECK(FIND(s, "bf_any_weeks", "ebf_6wk") == 0);
}

static void
finds_states_and_their_order(void)
{
    struct sequence s[32];

    CHECK(FIND(s, "ebf_6m", "any_6m") == 1);
    CHECK(s[0].kind == SEQUENCE_WITHOUT && s[0].first == 0 && s[0].second == 1);
    CHECK(FIND(s, "ebf_3m", "any_6m") == 0);
    CHECK(FIND(s, "initiated", "any_6_months") == 1);
    CHECK(s[0].kind == SEQUENCE_NOT_BEGUN && s[0].first == 1 && s[0].second == 0);
    /* of three visits each with the one before */
    CHECK(FIND(s, "bf_1m", "bf_3m", "bf_26wk") == 2);
    CHECK(s[0].kind == SEQUENCE_AGAIN && s[0].first == 1 && s[0].second == 0);
    CHECK(s[1].first == 2 && s[1].second == 1);
    CHECK(FIND(s, "bf_disch", "bf_1m") == 1 && s[0].first == 1);
}

static void
leaves_other_names_alone(void)
{
    struct sequence s[32];

    CHECK(FIND(s, "bf_any_event", "bf_excl_event") == 0);
    CHECK(FIND(s, "age_weeks", "ebf_weeks", "weeks") == 0);
    CHECK(FIND(s, "ebf6m_pct", "bf6m_pct", "ever_pct") == 0);
    CHECK(FIND(s, "intended_ebf_6m", "any_6m") == 0);
    CHECK(FIND(s, "support", "maternal_age", "site", "initiated") == 0);
}

static void
stops_where_there_is_no_room(void)
{
    struct sequence s[2];
    const char *const names[] = { "bf_1m", "bf_2m", "bf_3m", "bf_4m", "bf_5m" };

    CHECK(sequences_find(names, 5, s, 2) == 2);
}

static void
breaks_only_on_what_is_known(void)
{
    const struct sequence longer = { SEQUENCE_LONGER, 0, 1, true, true }, without = { SEQUENCE_WITHOUT, 0, 1, false, false };
    const double first[] = { 5, 3, NAN, 5 }, second[] = { 3, 5, 1, NAN };
    const double yes[] = { 1, 1, 0, NAN, 1 }, no[] = { 0, 1, 0, 0, NAN };
    uint32_t which[5];

    CHECK(sequences_broken(&longer, first, second, 4, which) == 1 && which[0] == 0);
    CHECK(sequences_broken(&without, yes, no, 5, which) == 1 && which[0] == 0);
}

int
main(void)
{
    RUN(finds_durations_of_the_same_unit);
    RUN(finds_states_and_their_order);
    RUN(leaves_other_names_alone);
    RUN(stops_where_there_is_no_room);
    RUN(breaks_only_on_what_is_known);
    return DONE();
}
