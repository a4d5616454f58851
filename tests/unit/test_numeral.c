#include "dyad/output/numeral.h"

#include "check.h"

#include <float.h>

static void
text_is(struct text *out, const char *wanted)
{
    if (strcmp(out->at ? out->at : "", wanted) != 0)
        print_error("\"%s\", not \"%s\"\n", out->at, wanted);
    CHECK(strcmp(out->at ? out->at : "", wanted) == 0);
    text_release(out);
}

static void
put_is(enum numeral how, double x, const char *wanted)
{
    struct text out = TEXT_INIT;
    numeral_put(&out, how, x);
    text_is(&out, wanted);
}

static void
p_is(double p, const char *wanted)
{
    struct text out = TEXT_INIT;
    numeral_p_value(&out, p);
    text_is(&out, wanted);
}

static void
writes_exactly_and_shortly(void)
{
    static const struct {
        double x;
        const char *wanted;
    } cases[] = {
        { 0.1, "0.1" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { -0.0, "0" },
        { 1.0 / 3, "0.3333333333333333" },
        { 5e-324, "4.94065645841247e-324" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { 1e15, "1e+15" },
        { -1.5, "-1.5" },
    };
    char buffer[NUMERAL_ROOM];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        numeral_exact(cases[i].x, buffer);
        CHECK(strcmp(buffer, cases[i].wanted) == 0);
        CHECK(strtod(buffer, NULL) == cases[i].x);
    }
}

static void
reads_back_the_same_whatever_the_bits(void)
{
    uint64_t state = 1;
    char buffer[NUMERAL_ROOM];

    for (int i = 0; i < 100000; i++) {
        double x;
        state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
        memcpy(&x, &state, sizeof x);
        if (!isfinite(x))
            continue;
        numeral_exact(x, buffer);
        CHECK(strtod(buffer, NULL) == x);
    }
}

static void
count_is(int64_t count, const char *wanted)
{
    struct text out = TEXT_INIT;
    numeral_count(&out, count);
    text_is(&out, wanted);
}

static void
groups_long_counts(void)
{
    count_is(0, "0");
    count_is(9999, "9999");
    count_is(10000, "10,000");
    count_is(435256, "435,256");
    count_is(-1234567, "-1,234,567");
    count_is(INT64_MAX, "9,223,372,036,854,775,807");
}

static void
writes_ratios_with_the_digits_that_matter(void)
{
    put_is(NUMERAL_MEASURE, 1.5251, "1.53");
    put_is(NUMERAL_MEASURE, 0.996, "1.00");
    put_is(NUMERAL_MEASURE, 0.0123, "0.0123");
    put_is(NUMERAL_MEASURE, 0.0996, "0.0996");
    put_is(NUMERAL_MEASURE, 57.7, "57.7");
    put_is(NUMERAL_MEASURE, 9.996, "10.0");
    put_is(NUMERAL_MEASURE, 123.4, "123");
    put_is(NUMERAL_MEASURE, 1234.4, "1,234");
    put_is(NUMERAL_MEASURE, 0.000123, "0.000123");
    put_is(NUMERAL_MEASURE, 0.0000123, "1.23e-05");
    put_is(NUMERAL_MEASURE, 1.23e-7, "1.23e-07");
    put_is(NUMERAL_MEASURE, 1e300, "1.00e+300");
    put_is(NUMERAL_MEASURE, 0, "0");
    put_is(NUMERAL_MEASURE, -0.42, "-0.42");
    put_is(NUMERAL_MEASURE, INFINITY, "\u221e");
    put_is(NUMERAL_MEASURE, -INFINITY, "-\u221e");
    put_is(NUMERAL_MEASURE, NAN, "\u2013");
}

static void
writes_percent_and_points(void)
{
    put_is(NUMERAL_PERCENT, 86.0 / 116, "74.1%");
    put_is(NUMERAL_PERCENT, 0, "0.0%");
    put_is(NUMERAL_PERCENT, 1, "100.0%");
    put_is(NUMERAL_PERCENT, 0.0004, "0.040%");
    put_is(NUMERAL_PERCENT, 0.99962, "99.962%");
    put_is(NUMERAL_PERCENT, NAN, "\u2013");
    put_is(NUMERAL_POINTS, 0.286, "28.6 pp");
    put_is(NUMERAL_POINTS, -0.0901, "-9.0 pp");
    put_is(NUMERAL_POINTS, -0.00012, "-0.012 pp");
    put_is(NUMERAL_POINTS, 0, "0.0 pp");
}

static void
writes_other_numbers(void)
{
    put_is(NUMERAL_PLAIN, 12345, "12,345");
    put_is(NUMERAL_PLAIN, -1234.5678, "-1,234.6");
    put_is(NUMERAL_PLAIN, 123.456, "123.5");
    put_is(NUMERAL_PLAIN, 12.3456, "12.35");
    put_is(NUMERAL_PLAIN, 0.0432, "0.0432");
    put_is(NUMERAL_PLAIN, 0.5, "0.500");
    put_is(NUMERAL_TENTHS, 45.25, "45.2");
    put_is(NUMERAL_CENTS, -2.456, "-2.46");
    put_is(NUMERAL_CENTS, -0.004, "0.00");
    put_is(NUMERAL_CENTS, -0.006, "-0.01");
}

static void
writes_p_values_as_journals_do(void)
{
    p_is(0.0433, "0.043");
    p_is(0.001, "0.001");
    p_is(0.000999, "<0.001");
    p_is(0, "<0.001");
    p_is(1e-300, "<0.001");
    p_is(0.9994, "0.999");
    p_is(0.9996, ">0.999");
    p_is(1, "1.000");
    p_is(NAN, "\u2013");
}

static void
df_is(double df, const char *wanted)
{
    struct text out = TEXT_INIT;
    numeral_df(&out, df);
    text_is(&out, wanted);
}

static void
writes_degrees_of_freedom(void)
{
    df_is(7, "7");
    df_is(12.34, "12.3");
    df_is(INFINITY, "\u221e");
    df_is(NAN, "\u2013");
}

static void
interval_is(enum numeral how, double estimate, double low, double high, const char *wanted)
{
    struct text out = TEXT_INIT;
    numeral_interval(&out, how, estimate, low, high);
    text_is(&out, wanted);
}

static void
writes_intervals(void)
{
    interval_is(NUMERAL_PERCENT, 0.741, 0.654, 0.812, "74.1% (65.4 to 81.2)");
    interval_is(NUMERAL_POINTS, 0.286, 0.091, 0.452, "28.6 pp (9.1 to 45.2)");
    interval_is(NUMERAL_MEASURE, 0, 0, 3.214, "0 (0 to 3.21)");
    interval_is(NUMERAL_MEASURE, INFINITY, 1.5, INFINITY, "\u221e (1.50 to \u221e)");
    interval_is(NUMERAL_MEASURE, NAN, 0, 3.214, "\u2013 (0 to 3.21)");
    interval_is(NUMERAL_MEASURE, 2, NAN, 3, "2.00 (\u2013 to 3.00)");
    interval_is(NUMERAL_MEASURE, 2, NAN, NAN, "2.00");
    interval_is(NUMERAL_MEASURE, NAN, NAN, NAN, "\u2013");
}

static void
tells_close_limits_apart(void)
{
    interval_is(NUMERAL_MEASURE, 0.99982, 0.99921, 1.00043, "0.9998 (0.9992 to 1.0004)");
    interval_is(NUMERAL_MEASURE, 1.00094, 1.00012, 1.00176, "1.0009 (1.0001 to 1.0018)");
    interval_is(NUMERAL_MEASURE, 2, 2, 2, "2.00 (2.00 to 2.00)");
    interval_is(NUMERAL_MEASURE, 0.99, 0.97, 1.001, "0.99 (0.97 to 1.00)");
    interval_is(NUMERAL_MEASURE, 1, 1 - 1e-14, 1 + 1e-14, "1.000000000 (1.000000000 to 1.000000000)");
}

int
main(void)
{
    RUN(writes_exactly_and_shortly);
    RUN(reads_back_the_same_whatever_the_bits);
    RUN(groups_long_counts);
    RUN(writes_ratios_with_the_digits_that_matter);
    RUN(writes_percent_and_points);
    RUN(writes_other_numbers);
    RUN(writes_p_values_as_journals_do);
    RUN(writes_degrees_of_freedom);
    RUN(writes_intervals);
    RUN(tells_close_limits_apart);
    return DONE();
}
