#include "dyad/output/numeral.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\u2013"
#define INFINITY_SIGN "\u221e"

void
numeral_exact(double x, char buffer[NUMERAL_ROOM])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, NUMERAL_ROOM, "%.*g", digits, x + 0.0);
        if (strtod(buffer, NULL) == x)
            return;
    }
}

/* ${number}, which begins with digits, in groups of three if there are at least ${least}. */
static void
put_grouped(struct text *out, const char *number, size_t least)
{
    if (*number == '-')
        text_putc(out, *number++);
    const size_t whole = strspn(number, "0123456789");
    for (size_t i = 0; i < whole; i++) {
        if (whole >= least && i > 0 && (whole - i) % 3 == 0)
            text_putc(out, ',');
        text_putc(out, number[i]);
    }
    text_puts(out, number + whole);
}

void
numeral_count(struct text *out, int64_t count)
{
    char number[NUMERAL_ROOM];

    snprintf(number, sizeof number, "%" PRId64, count);
    put_grouped(out, number, 5);
}

/* Beyond 15 digits a decimal number is neither exact nor readable. */
static void
put_decimals(struct text *out, double x, int decimals)
{
    char number[NUMERAL_ROOM];

    if (fabs(x) >= 1e15)
        snprintf(number, sizeof number, "%.2e", x);
    else
        snprintf(number, sizeof number, "%.*f", decimals, x);
    put_grouped(out, number + (number[0] == '-' && strtod(number, NULL) == 0), 4); /* no -0.00 */
}

/* The power of ten of ${x} once it is rounded to ${digits} significant digits. */
static int
magnitude(double x, int digits)
{
    char rounded[NUMERAL_ROOM];

    snprintf(rounded, sizeof rounded, "%.*e", digits - 1, x);
    return (int)strtol(strchr(rounded, 'e') + 1, NULL, 10);
}

static void
put_significant(struct text *out, double x, int digits, int least, int most)
{
    if (x == 0) {
        text_putc(out, '0');
        return;
    }
    const int power = magnitude(x, digits);
    if (power < -4 || power > 14) {
        text_printf(out, "%.*e", digits - 1, x);
        return;
    }
    int decimals = digits - 1 - power;
    if (power >= -1 && decimals > most)
        decimals = most;
    put_decimals(out, x, decimals < least ? least : decimals);
}

/* One decimal, or ${least}; two digits of the ${distance} to 0 or 1 where that would show none. */
static void
put_percent(struct text *out, double x, double distance, int least)
{
    const double d = 100 * fabs(distance);
    int decimals = 1;

    if (d > 0 && d < 0.05)
        decimals = 1 - magnitude(d, 2);
    decimals = decimals < least ? least : decimals;
    put_decimals(out, 100 * x, decimals < 9 ? decimals : 9);
}

/* With ${least} decimals or more. */
static void
put_finite(struct text *out, enum numeral how, double x, int least)
{
    switch (how) {
    case NUMERAL_PLAIN:
        if (x == floor(x) && fabs(x) < 1e15)
            numeral_count(out, (int64_t)x);
        else
            put_significant(out, x, fabs(x) < 1 ? 3 : 4, least > 1 ? least : 1, least > 3 ? least : 3);
        break;
    case NUMERAL_MEASURE:
        put_significant(out, x, 3, least, least > 2 ? least : 2);
        break;
    case NUMERAL_PERCENT:
        put_percent(out, x, x < 0.5 ? x : 1 - x, least);
        break;
    case NUMERAL_POINTS:
        put_percent(out, x, x, least);
        break;
    case NUMERAL_TENTHS:
        put_decimals(out, x, least > 1 ? least : 1);
        break;
    case NUMERAL_CENTS:
        put_decimals(out, x, least > 2 ? least : 2);
        break;
    }
}

/* Without its unit, which an interval says once. */
static void
put_bare(struct text *out, enum numeral how, double x, int least)
{
    if (isnan(x))
        text_puts(out, DASH);
    else if (isinf(x))
        text_puts(out, x < 0 ? "-" INFINITY_SIGN : INFINITY_SIGN);
    else
        put_finite(out, how, x, least);
}

enum numeral
numeral_of(enum scale scale)
{
    switch (scale) {
    case SCALE_PROPORTION:
        return NUMERAL_PERCENT;
    case SCALE_DIFFERENCE:
        return NUMERAL_POINTS;
    case SCALE_NUMBER:
    case SCALE_RATIO:
        break;
    }
    return NUMERAL_MEASURE;
}

static void
put_unit(struct text *out, enum numeral how, double x)
{
    if (how == NUMERAL_PERCENT && isfinite(x))
        text_putc(out, '%');
    if (how == NUMERAL_POINTS && isfinite(x))
        text_puts(out, " pp");
}

/* Decimals that tell ${low} from ${high} where they would look the same: two digits of what lies between; else 0. */
static int
decimals_between(struct text *out, enum numeral how, double low, double high)
{
    struct text a = TEXT_INIT, b = TEXT_INIT;
    int decimals = 0;

    if (how != NUMERAL_MEASURE || !isfinite(low) || !isfinite(high) || !(low < high))
        return 0;
    put_finite(&a, how, low, 0);
    put_finite(&b, how, high, 0);
    out->failed = out->failed || a.failed || b.failed;
    if (!out->failed && strcmp(a.at, b.at) == 0)
        decimals = 1 - magnitude(high - low, 2);
    text_release(&a);
    text_release(&b);
    return decimals < 1 ? 0 : decimals < 9 ? decimals : 9;
}

static void
put_apart(struct text *out, enum numeral how, double x, int decimals, int least)
{
    if (decimals > least && isfinite(x))
        put_decimals(out, x, decimals);
    else
        put_bare(out, how, x, least);
}

void
numeral_put(struct text *out, enum numeral how, double x)
{
    put_bare(out, how, x, 0);
    put_unit(out, how, x);
}

static void
put_range(struct text *out, enum numeral how, double low, double high, int least)
{
    const int decimals = decimals_between(out, how, low, high);

    put_apart(out, how, low, decimals, least);
    text_puts(out, " to ");
    put_apart(out, how, high, decimals, least);
}

void
numeral_range(struct text *out, enum numeral how, double low, double high)
{
    put_range(out, how, low, high, 0);
}

void
numeral_interval(struct text *out, enum numeral how, double estimate, double low, double high)
{
    numeral_interval_digits(out, how, estimate, low, high, 0);
}

void
numeral_interval_digits(struct text *out, enum numeral how, double estimate, double low, double high, int least)
{
    put_apart(out, how, estimate, decimals_between(out, how, low, high), least);
    put_unit(out, how, estimate);
    if (isnan(low) && isnan(high))
        return;
    text_puts(out, " (");
    put_range(out, how, low, high, least);
    text_putc(out, ')');
}

void
numeral_p_value(struct text *out, double p)
{
    if (isnan(p))
        text_puts(out, DASH);
    else if (p < 0.001)
        text_puts(out, "<0.001");
    else if (p >= 0.9995 && p < 1)
        text_puts(out, ">0.999");
    else
        text_printf(out, "%.3f", p);
}

void
numeral_df(struct text *out, double df)
{
    if (isfinite(df) && df == floor(df))
        numeral_put(out, NUMERAL_PLAIN, df);
    else
        numeral_put(out, NUMERAL_TENTHS, df);
}
