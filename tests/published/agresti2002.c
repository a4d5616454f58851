/* Agresti A (2002), Categorical Data Analysis, 2nd ed. */
#include "dyad/stats/association.h"

#include "check.h"

/* 3.5.2: Fisher's tea taster, p = 17/35. */
static void
finds_the_tea_taster_guessing(void)
{
    const struct two_by_two tea = { 3, 1, 1, 3 };
    struct test got;

    CHECK(association_fisher(&tea, &got) == DYAD_OK);
    CHECK_REL(got.p_value, 17.0 / 35, 4e-16);
    CHECK(association_midp(&tea, &got) == DYAD_OK);
    CHECK_REL(got.p_value, 9.0 / 35, 4e-16);
}

int
main(void)
{
    RUN(finds_the_tea_taster_guessing);
    return DONE();
}
