/* tests/fuzz/fuzz_number.c: number_parse against strtod, number_text against number_parse. */
#include "dyad/data/number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                            \
    ((condition) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #condition), abort()))
#define NORMAL_MIN 2.2250738585072014e-308

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare(const char *text, size_t n, char decimal)
{
    char point[512];
    double number = -77, wanted;
    char *end;

    if (n >= sizeof point)
        return;
    for (size_t i = 0; i < n; i++)
        point[i] = text[i] == decimal ? '.' : decimal != '.' && text[i] == '.' ? '?' : text[i];
    point[n] = '\0';
    wanted = strtod(point, &end);
    const bool is_form = n && end == point + n && strspn(point, "0123456789.+-eE") == n;
    const bool is_zero = strcspn(point, "123456789eE") == strcspn(point, "eE");

    switch (number_parse(text, n, decimal, &number)) {
    case NUMBER_GOOD:
        MUST(is_form && memcmp(&number, &wanted, sizeof wanted) == 0);
        break;
    case NUMBER_NONE:
        MUST((!is_form || n > 400) && number == -77);
        MUST(strlen(number_hint(text, n)) < 200);
        break;
    case NUMBER_TOO_LARGE:
        MUST(is_form && isinf(wanted) && number == -77);
        break;
    case NUMBER_TOO_SMALL:
        MUST(is_form && !is_zero && fabs(wanted) < NORMAL_MIN && number == -77);
        break;
    }
}

static void
turn_round(double number)
{
    char text[32];
    double back = -77;
    const size_t n = number_text(number, text);

    MUST(n == strlen(text) && n < 26);
    if (fabs(number) >= NORMAL_MIN || number == 0)
        MUST(number_parse(text, n, '.', &back) == NUMBER_GOOD && back == number &&
             (number != 0 || !signbit(back)));
    else
        MUST(strtod(text, NULL) == number);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double number;
    /* Behind its end nothing may be read. */
    char *text = malloc(size ? size : 1);

    if (size)
        memcpy(text, data, size);
    compare(text, size, '.');
    compare(text, size, ',');
    if (size >= sizeof number) {
        memcpy(&number, data, sizeof number);
        if (isfinite(number))
            turn_round(number);
    }
    free(text);
    return 0;
}
