#include "dyad/stats/distribution.h"

#include "value_lines.h"

/* scripts/reference/distribution.R */
static void
agrees_with_R(void)
{
    static struct value_lines v;

    value_lines_open(&v, "tests/values/distribution.gz");
    while (value_lines_next(&v)) {
        struct counted_value values[16];
        struct distribution d;
        double want[5];
        const size_t k = (size_t)value_next(&v);
        const double n = value_next(&v);

        want[0] = value_next(&v);
        if ((want[1] = NAN, value_is_absent(&v)))
            v.at = strchr(v.at, '-') + 1;
        else
            want[1] = value_next(&v);
        for (size_t i = 2; i < 5; i++)
            want[i] = value_next(&v);
        for (size_t i = 0; i < k; i++)
            values[i].value = value_next(&v);
        for (size_t i = 0; i < k; i++)
            values[i].count = value_next(&v);
        value_lines_end(&v);
        CHECK(distribution_of(values, k, &d) == DYAD_OK);
        CHECK(d.n == n);
        /* A mean near 0 of values that are not: as exact as they are. */
        CHECK(fabs(d.mean - want[0]) <= 4e-16 * (fabs(values[0].value) + fabs(values[k - 1].value)));
        CHECK_REL(d.sd, want[1], 4e-15);
        CHECK_REL(d.q1, want[2], 2e-15);
        CHECK_REL(d.median, want[3], 2e-15);
        CHECK_REL(d.q3, want[4], 2e-15);
    }
    CHECK(v.n == 300);
}

static void
keeps_the_digits_of_large_numbers(void)
{
    const struct counted_value v[] = { { 1e9 + 1, 1 }, { 1e9 + 2, 1 }, { 1e9 + 3, 1 } };
    struct distribution d;

    CHECK(distribution_of(v, 3, &d) == DYAD_OK);
    CHECK(d.mean == 1e9 + 2 && d.sd == 1 && d.median == 1e9 + 2);
}

static void
refuses_what_is_none(void)
{
    const struct counted_value down[] = { { 2, 1 }, { 1, 1 } }, half[] = { { 1, 0.5 } }, none[] = { { 1, 0 } },
                               missing[] = { { NAN, 1 } }, twice[] = { { 1, 1 }, { 1, 1 } };
    struct distribution d = { .n = -1 };

    CHECK(distribution_of(down, 2, &d) == DYAD_DOMAIN);
    CHECK(distribution_of(half, 1, &d) == DYAD_DOMAIN);
    CHECK(distribution_of(none, 1, &d) == DYAD_DOMAIN);
    CHECK(distribution_of(missing, 1, &d) == DYAD_DOMAIN);
    CHECK(distribution_of(twice, 2, &d) == DYAD_DOMAIN);
    CHECK(distribution_of(down, 0, &d) == DYAD_DOMAIN);
    CHECK(d.n == -1);
}

int
main(void)
{
    RUN(agrees_with_R);
    RUN(keeps_the_digits_of_large_numbers);
    RUN(refuses_what_is_none);
    return DONE();
}
