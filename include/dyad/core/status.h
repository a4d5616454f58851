/* core/status.h: what a function that can fail returns, and the sentence for the person. */
#ifndef DYAD_CORE_STATUS_H
#define DYAD_CORE_STATUS_H

#include <stdarg.h>

#if defined(__GNUC__)
#define DYAD_MUST_CHECK __attribute__((warn_unused_result))
#define DYAD_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define DYAD_MUST_CHECK
#define DYAD_PRINTF(f, a)
#endif

enum dyad_status {
    DYAD_OK = 0,
    DYAD_DIFFERS, /* done, and what was checked does not hold */
    DYAD_USAGE,   /* the command line is wrong */
    DYAD_PARSE,   /* an input is not the format it should be */
    DYAD_DATA,    /* an input holds what it must not */
    DYAD_IO,      /* a file, device or child process failed */
    DYAD_NOMEM,
    DYAD_DOMAIN,  /* arguments outside what the function is defined for; nothing to estimate */
    DYAD_NOCONV,  /* an iteration did not converge */
    DYAD_DEFECT   /* a fault of this program */
};

enum { DYAD_ERROR_TEXT = 8192 };

/* One complaint a line; every line is printed behind `dyad COMMAND: `. */
struct dyad_error {
    enum dyad_status status;
    char text[DYAD_ERROR_TEXT];
};

#define DYAD_ERROR_INIT { DYAD_OK, "" }

/**
 * dyad_fail(err, status, fmt, ...):
 * Store ${status} and the sentence in ${err} (which may be NULL) and return ${status}.
 * A sentence that does not fit ends in "...".
 */
enum dyad_status dyad_fail(struct dyad_error *err, enum dyad_status status, const char *fmt, ...)
    DYAD_PRINTF(3, 4);

/** dyad_exit_status(status): the exit status of a program that ended with ${status}. */
int dyad_exit_status(enum dyad_status status);

#endif
