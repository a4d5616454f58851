/*
 * output/child.h: another program, run without a shell, fenced in and watched to its end.
 *
 * It gets an environment of four names, nothing on standard input, a folder of its own and limits
 * on time and files; it dies with us.
 */
#ifndef DYAD_OUTPUT_CHILD_H
#define DYAD_OUTPUT_CHILD_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { CHILD_SECONDS = 60 };

struct child {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up on PATH */
    const char *folder;      /* where it runs, its HOME too */
    double seconds;          /* wall clock; 0: CHILD_SECONDS */
    size_t keep_output;      /* bytes of standard output to keep; the rest is dropped */
    size_t keep_errors;      /* of standard error */
};

struct child_end {
    bool absent; /* no such program on PATH */
    bool timed_out;
    int exit_status; /* -1 when a signal ended it */
    int signal;
    struct text output, errors;
};

#define CHILD_END_INIT { .output = TEXT_INIT, .errors = TEXT_INIT }

/**
 * child_run(child, end, err):
 * Run ${child} and wait for its end.
 *
 * Returns: DYAD_OK whatever its exit status; DYAD_IO when it cannot be started (with
 *          ${end}->absent set if it is not there), DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status child_run(const struct child *child, struct child_end *end,
                                           struct dyad_error *err);

void child_end_release(struct child_end *end);

#endif
