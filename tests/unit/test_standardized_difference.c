#include "dyad/stats/standardized_difference.h"

#include "value_lines.h"

/* scripts/reference/standardized_difference.R */
static void
agrees_with_the_matrices(void)
{
    static struct value_lines v;
    size_t shares = 0, means = 0;

    value_lines_open(&v, "tests/values/standardized_difference.gz");
    while (value_lines_next(&v)) {
        double x[4], counts1[16], counts0[16], d;
        const bool is_shares = strncmp(v.at, "shares", 6) == 0;
        v.at += is_shares ? 6 : 5;
        if (is_shares) {
            const size_t k = (size_t)value_next(&v);
            const double want = value_next(&v);
            for (size_t i = 0; i < 2 * k; i++)
                *(i < k ? &counts1[i] : &counts0[i - k]) = value_next(&v);
            CHECK(standardized_difference_shares(counts1, counts0, k, &d) == DYAD_OK);
            CHECK_REL(d, want, 2e-12);
            shares++;
        } else {
            for (size_t i = 0; i < 4; i++)
                x[i] = value_next(&v);
            CHECK(standardized_difference_means(x[0], x[1], x[2], x[3], &d) == DYAD_OK);
            CHECK_REL(d, value_next(&v), 4e-16);
            means++;
        }
        value_lines_end(&v);
    }
    CHECK(shares == 400 && means == 100);
}

/* The randomised mothers of the liver trial pbc (R's survival), as tableone's vignette prints them. */
static void
prints_as_tableone(void)
{
    const double edema[2][3] = { { 132, 16, 10 }, { 131, 13, 10 } };
    const double stage[2][4] = { { 12, 35, 56, 55 }, { 4, 32, 64, 54 } };
    const double sex[2][2] = { { 21, 137 }, { 15, 139 } };
    double d;

    CHECK(standardized_difference_shares(edema[0], edema[1], 3, &d) == DYAD_OK);
    CHECK_PRINTED(d, "0.058");
    CHECK(standardized_difference_shares(stage[0], stage[1], 4, &d) == DYAD_OK);
    CHECK_PRINTED(d, "0.246");
    CHECK(standardized_difference_shares(sex[0], sex[1], 2, &d) == DYAD_OK);
    CHECK_PRINTED(d, "0.111");
    CHECK(standardized_difference_means(51.42, 11.01, 48.58, 9.96, &d) == DYAD_OK);
    CHECK_PRINTED(d, "0.271"); /* 0.270 of the unrounded means */
}

static void
of_two_levels_is_the_difference_of_proportions(void)
{
    const double a[] = { 30, 70 }, b[] = { 90, 60 };
    const double p = 0.3, q = 0.6;
    double d, back;

    CHECK(standardized_difference_shares(a, b, 2, &d) == DYAD_OK);
    CHECK_REL(d, (q - p) / sqrt((p * (1 - p) + q * (1 - q)) / 2), 4e-16);
    CHECK(standardized_difference_shares(b, a, 2, &back) == DYAD_OK);
    CHECK(d == back);
}

static void
changes_neither_with_the_size_nor_with_an_empty_level(void)
{
    const double a[] = { 3, 5, 8 }, b[] = { 4, 4, 1 };
    const double wide[] = { 3, 0, 5, 8 }, tall[] = { 40, 0, 40, 10 };
    double d, again;

    CHECK(standardized_difference_shares(a, b, 3, &d) == DYAD_OK);
    CHECK(standardized_difference_shares(wide, tall, 4, &again) == DYAD_OK);
    CHECK_REL(again, d, 4e-16);
}

static void
is_zero_or_infinite_at_the_ends(void)
{
    const double left[] = { 4, 0 }, right[] = { 0, 9 }, all[] = { 7, 0 };
    double d;

    CHECK(standardized_difference_shares(left, all, 2, &d) == DYAD_OK && d == 0);
    CHECK(standardized_difference_shares(left, right, 2, &d) == DYAD_OK && isinf(d) && d > 0);
    CHECK(standardized_difference_means(2, 0, 2, 0, &d) == DYAD_OK && d == 0);
    CHECK(standardized_difference_means(1, 0, 2, 0, &d) == DYAD_OK && isinf(d) && d < 0);
}

static void
refuses_what_is_no_group(void)
{
    const double good[] = { 1, 2 }, empty[] = { 0, 0 }, negative[] = { 3, -1 }, missing[] = { NAN, 1 };
    double d = -1;

    CHECK(standardized_difference_shares(good, empty, 2, &d) == DYAD_DOMAIN);
    CHECK(standardized_difference_shares(negative, good, 2, &d) == DYAD_DOMAIN);
    CHECK(standardized_difference_shares(good, missing, 2, &d) == DYAD_DOMAIN);
    CHECK(standardized_difference_shares(good, good, 0, &d) == DYAD_DOMAIN);
    CHECK(standardized_difference_means(NAN, 1, 0, 1, &d) == DYAD_DOMAIN);
    CHECK(standardized_difference_means(0, -1, 0, 1, &d) == DYAD_DOMAIN);
    CHECK(standardized_difference_means(0, 1, INFINITY, 1, &d) == DYAD_DOMAIN);
    CHECK(d == -1);
}

int
main(void)
{
    RUN(agrees_with_the_matrices);
    RUN(prints_as_tableone);
    RUN(of_two_levels_is_the_difference_of_proportions);
    RUN(changes_neither_with_the_size_nor_with_an_empty_level);
    RUN(is_zero_or_infinite_at_the_ends);
    RUN(refuses_what_is_no_group);
    return DONE();
}
