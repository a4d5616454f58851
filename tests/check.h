/*
 * tests/check.h: CHECK, CHECK_REL, CHECK_PRINTED, RUN and DONE over cmocka.
 *
 * RUN names a test and runs it as one cmocka group of its own; DONE prints the one line that
 * says how many passed and failed.
 */
#ifndef DYAD_TESTS_CHECK_H
#define DYAD_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_passed, check_failed;

#define CHECK(condition) assert_true(condition)

static inline void
check_rel(double got, double want, double tolerance, const char *what, const char *file, int line)
{
    const bool same = (isnan(got) && isnan(want)) || got == want ||
                      fabs(got - want) <= tolerance * fabs(want);
    if (!same) {
        print_error("%s is %.17g, not %.17g: off by %.3g relative\n", what, got, want,
                    fabs(got - want) / fabs(want));
        _fail(file, line);
    }
}

/* Relative; NaN only equals NaN. */
#define CHECK_REL(got, want, tolerance) \
    check_rel((got), (want), (tolerance), #got, __FILE__, __LINE__)

static inline void
check_printed(double got, const char *printed, const char *what, const char *file, int line)
{
    char rounded[64];
    const char *point = strchr(printed, '.');

    snprintf(rounded, sizeof rounded, "%.*f", point ? (int)strlen(point + 1) : 0, got);
    if (strcmp(rounded, printed) != 0) {
        print_error("%s is %.17g, which prints as %s, not %s\n", what, got, rounded, printed);
        _fail(file, line);
    }
}

/* Rounded to the digits of the string, so that a book is quoted as it prints. */
#define CHECK_PRINTED(got, printed) check_printed((got), (printed), #got, __FILE__, __LINE__)

static inline void
check_run(const char *name, void (*body)(void **))
{
    const struct CMUnitTest one[] = { { name, body, NULL, NULL, NULL } };

    if (cmocka_run_group_tests_name(name, one, NULL, NULL) == 0)
        check_passed++;
    else
        check_failed++;
}

#define RUN(test) check_run(#test, (void (*)(void **))(void (*)(void))(test))

static inline int
check_done(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed != 0;
}

#define DONE() check_done()

#endif
