#include "dyad/data/number.h"

#include "check.h"
#include "scratch.h"

#include <float.h>

static enum number_state
parse(const char *text, char decimal, double *out)
{
    return number_parse(text, strlen(text), decimal, out);
}

/* Bit for bit, the sign of zero too. */
static bool
same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void
reads_numbers_as_strtod_does(void)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+0",
        "7",
        "+7",
        "-7",
        "007",
        "1.5",
        "1.",
        ".5",
        "-.5",
        "0.1",
        "1e5",
        "1E5",
        "1e+5",
        "1e-5",
        "0e999",
        "123456789012345",
        "1234567890123456",
        "99999999999999999999",
        "0.000000000000001",
        "0.0000000000000001",
        "9007199254740993",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1e308",
        "1e-307",
        "5000000000",
        "0.1000000000000000055511151231257827021181583404541015625",
        "0.300000000000000016653345369377",
    };
    double out;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        out = -77;
        CHECK(parse(texts[i], '.', &out) == NUMBER_GOOD);
        CHECK(same_bits(out, strtod(texts[i], NULL)));
    }
}

static void
refuses_what_is_no_number(void)
{
    static const char *const texts[] = {
        "",
        ".",
        "-",
        "+",
        "-.",
        "e5",
        ".e5",
        "1e",
        "1e+",
        "1e-",
        "--1",
        "+-1",
        "1-",
        "1 ",
        " 1",
        "1,5",
        "1.2.3",
        "1e5.0",
        "1e5e5",
        "0x10",
        "0x1p3",
        "inf",
        "Inf",
        "-inf",
        "infinity",
        "nan",
        "NaN",
        "nan(1)",
        "1d3",
        "12abc",
        "1_000",
        "1'000",
        ("\xc2\xa0"
         "5"),
        "\xd9\xa1",
        "5%",
        "<5",
        "1/2",
        "NA",
        "1\n",
        "1\r",
    };
    double out = -77;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        CHECK(parse(texts[i], '.', &out) == NUMBER_NONE);
    CHECK(out == -77);
}

static void
says_what_no_double_can_hold(void)
{
    double out = -77;

    CHECK(parse("1e999", '.', &out) == NUMBER_TOO_LARGE);
    CHECK(parse("-1.8e308", '.', &out) == NUMBER_TOO_LARGE);
    CHECK(parse("1e-400", '.', &out) == NUMBER_TOO_SMALL);
    CHECK(parse("4.9e-324", '.', &out) == NUMBER_TOO_SMALL);
    CHECK(parse("2.2250738585072e-308", '.', &out) == NUMBER_TOO_SMALL);
    CHECK(out == -77);
    CHECK(parse("0.0e-999", '.', &out) == NUMBER_GOOD && out == 0);
}

static void
takes_the_decimal_sign_it_is_told(void)
{
    double out;

    CHECK(parse("1,5", ',', &out) == NUMBER_GOOD && out == 1.5);
    CHECK(parse("-0,25e1", ',', &out) == NUMBER_GOOD && out == -2.5);
    CHECK(parse("1,2345678901234567890", ',', &out) == NUMBER_GOOD &&
          same_bits(out, 1.2345678901234567890));
    CHECK(parse("1.5", ',', &out) == NUMBER_NONE);
    CHECK(parse("1.234,5", ',', &out) == NUMBER_NONE);
    CHECK(parse("1,5", '.', &out) == NUMBER_NONE);
}

static void
reads_no_byte_behind_the_field(void)
{
    double out;

    CHECK(number_parse("12345", 2, '.', &out) == NUMBER_GOOD && out == 12);
    CHECK(number_parse("1.5e7", 3, '.', &out) == NUMBER_GOOD && out == 1.5);
    CHECK(number_parse("1e55", 3, '.', &out) == NUMBER_GOOD && out == 1e5);
    CHECK(number_parse("-5", 1, '.', &out) == NUMBER_NONE);
}

/* Random digits, points and exponents of every length. */
static void
agrees_with_strtod_on_random_decimals(void)
{
    uint64_t seed = 5;
    char text[80];

    for (int round = 0; round < 1000000; round++) {
        const size_t whole = scratch_below(&seed, 20), fraction = scratch_below(&seed, 20);
        size_t n = 0;
        double out = -77;

        if (whole + fraction == 0)
            continue;
        if (scratch_below(&seed, 2))
            text[n++] = "+-"[scratch_below(&seed, 2)];
        for (size_t i = 0; i < whole; i++)
            text[n++] = (char)('0' + scratch_below(&seed, 10));
        if (fraction || scratch_below(&seed, 4) == 0)
            text[n++] = '.';
        for (size_t i = 0; i < fraction; i++)
            text[n++] = (char)('0' + scratch_below(&seed, 10));
        text[n] = '\0';
        if (scratch_below(&seed, 4) == 0)
            n += (size_t)snprintf(text + n, sizeof text - n, "e%d",
                                  (int)scratch_below(&seed, 500) - 250);
        CHECK(number_parse(text, n, '.', &out) == NUMBER_GOOD);
        CHECK(same_bits(out, strtod(text, NULL)));
    }
}

static void
writes_numbers_that_read_back_the_same(void)
{
    uint64_t seed = 6;
    char text[32];
    double number, back;

    for (int round = 0; round < 300000; round++) {
        uint64_t bits = scratch_random(&seed);
        memcpy(&number, &bits, sizeof number);
        if (round % 3 == 0)
            number = (double)(bits >> 40) / 1000;
        if (!isnormal(number))
            continue;
        CHECK(number_text(number, text) == strlen(text));
        CHECK(parse(text, '.', &back) == NUMBER_GOOD && same_bits(back, number));
    }
}

static void
writes_numbers_as_people_do(void)
{
    static const struct {
        double number;
        const char *text;
    } examples[] = { { 0, "0" },
                     { -0.0, "0" },
                     { 1, "1" },
                     { -2.5, "-2.5" },
                     { 0.1, "0.1" },
                     { 1e15, "1e+15" },
                     { 0.1 + 0.2, "0.30000000000000004" },
                     { 1e-5, "1e-05" },
                     { 123456, "123456" },
                     { DBL_MAX, "1.7976931348623157e+308" } };
    char text[32];

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        CHECK(number_text(examples[i].number, text) == strlen(examples[i].text));
        assert_string_equal(text, examples[i].text);
    }
}

static void
hints_at_what_the_thing_might_be(void)
{
    static const struct {
        const char *text, *part;
    } examples[] = { { "<5", "suppressed" },
                     { ">89", "suppressed" },
                     { "'5", "apostrophe" },
                     { ("\xc2\xa0"
                        "5"),
                       "no-break" },
                     { "1,5", "--decimal" },
                     { "1,234,567", "--decimal" },
                     { "5%", "percent" },
                     { "unknown", "--na" },
                     { "?", "--na" } };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const char *hint = number_hint(examples[i].text, strlen(examples[i].text));
        CHECK(strstr(hint, examples[i].part) != NULL);
        CHECK(strstr(hint, "unknown") == NULL &&
              strstr(hint, "234") == NULL); /* never the value itself */
    }
    assert_string_equal(number_hint("12abc", 5), "");
}

int
main(void)
{
    RUN(reads_numbers_as_strtod_does);
    RUN(refuses_what_is_no_number);
    RUN(says_what_no_double_can_hold);
    RUN(takes_the_decimal_sign_it_is_told);
    RUN(reads_no_byte_behind_the_field);
    RUN(agrees_with_strtod_on_random_decimals);
    RUN(writes_numbers_that_read_back_the_same);
    RUN(writes_numbers_as_people_do);
    RUN(hints_at_what_the_thing_might_be);
    return DONE();
}
