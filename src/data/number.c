#include "dyad/data/number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES_MAX = 400 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Sign, digits, point, digits, exponent: does the text follow that form to its end? */
static bool
has_form(const char *s, const char *end, char decimal)
{
    size_t digits = 0;

    if (s < end && (*s == '+' || *s == '-'))
        s++;
    for (; s < end && is_digit(*s); s++)
        digits++;
    if (s < end && *s == decimal)
        for (s++; s < end && is_digit(*s); s++)
            digits++;
    if (digits == 0)
        return false;
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        if (s < end && (*s == '+' || *s == '-'))
            s++;
        if (s == end)
            return false;
        while (s < end && is_digit(*s))
            s++;
    }
    return s == end;
}

static enum number_state
parse_slowly(const char *text, size_t length, char decimal, double *out)
{
    char buffer[NUMBER_BYTES_MAX + 1];

    if (length > NUMBER_BYTES_MAX || !has_form(text, text + length, decimal))
        return NUMBER_NONE;
    bool zero = true;
    for (size_t i = 0; i < length; i++) {
        buffer[i] = text[i] == decimal ? '.' : text[i];
        if (buffer[i] == 'e' || buffer[i] == 'E') {
            memcpy(buffer + i, text + i, length - i);
            break;
        }
        zero = zero && !(text[i] >= '1' && text[i] <= '9');
    }
    buffer[length] = '\0';
    const double value = strtod(buffer, NULL);
    if (isinf(value))
        return NUMBER_TOO_LARGE;
    if (!zero && fabs(value) < 2.2250738585072014e-308)
        return NUMBER_TOO_SMALL;
    *out = value;
    return NUMBER_GOOD;
}

enum number_state
number_parse(const char *text, size_t length, char decimal, double *out)
{
    static const double powers[] = { 1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    const char *s = text, *end = text + length;
    const bool negative = length && *s == '-';
    uint64_t digits = 0;
    size_t n = 0, decimals = 0;

    /* Up to 15 digits are exact in a double, and so is the quotient's rounding. */
    s += negative;
    for (; s < end && is_digit(*s) && n < 16; s++, n++)
        digits = 10 * digits + (uint64_t)(*s - '0');
    if (s < end && *s == decimal)
        for (s++; s < end && is_digit(*s) && n < 16; s++, n++, decimals++)
            digits = 10 * digits + (uint64_t)(*s - '0');
    if (s != end || n == 0 || n > 15)
        return parse_slowly(text, length, decimal, out);
    const double value = (double)digits / powers[decimals];
    *out = negative ? -value : value;
    return NUMBER_GOOD;
}

static bool
holds(const char *text, size_t length, const char *what)
{
    return memmem(text, length, what, strlen(what)) != NULL;
}

const char *
number_hint(const char *text, size_t length)
{
    size_t digits = 0, commas = 0;

    for (size_t i = 0; i < length; i++) {
        digits += is_digit(text[i]);
        commas += text[i] == ',';
    }
    if (length && (text[0] == '<' || text[0] == '>'))
        return "a suppressed or censored value? declare it with --na";
    if (length && text[0] == '\'')
        return "a leading apostrophe, as spreadsheets put before text";
    if (holds(text, length, "\xc2\xa0"))
        return "it holds a no-break space (U+00A0)";
    if (digits && digits + commas == length)
        return "a decimal comma wants --decimal ',', a thousands separator must go";
    if (holds(text, length, "%"))
        return "a percent sign must go";
    if (digits == 0)
        return "if it means missing, declare it with --na";
    return "";
}

size_t
number_text(double number, char out[32])
{
    int n = 0;

    if (number == 0)
        number = 0; /* no minus zero */
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(out, 32, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            break;
    }
    return (size_t)n;
}
