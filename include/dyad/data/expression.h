/*
 * data/expression.h: what stands behind --where and --define.
 *
 * Three-valued: what touches a missing value is missing, but `false and missing` is false,
 * `true or missing` true, and `if` needs its test and the branch taken only.  True is 1, false
 * is 0.  A result that no number holds (1/0, log(0)) is missing.
 *
 * Evaluated for up to EXPRESSION_ROWS records at a time, an operator at a time.
 */
#ifndef DYAD_DATA_EXPRESSION_H
#define DYAD_DATA_EXPRESSION_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPRESSION_ROWS = 2048 };

/* A column of the file is EITHER until its use says what it is. */
enum expression_type { EXPRESSION_NUMBER, EXPRESSION_TEXT, EXPRESSION_EITHER };

/* A text value, not NUL-terminated; `at` is NULL where it is missing. */
struct span {
    const char *at;
    size_t length;
};

/* How names are found while parsing: the number of the column, and what it holds. */
struct expression_names {
    void *context;
    bool (*find)(void *context, const char *name, size_t *column, enum expression_type *type);
};

/* How values are had while evaluating.  NaN and NULL are missing. */
struct expression_source {
    void *context;
    char decimal; /* sign in texts that are compared as numbers */
    enum dyad_status (*numbers)(void *context, size_t column, size_t n, double *out);
    enum dyad_status (*texts)(void *context, size_t column, size_t n, struct span *out);
};

struct expression;

/**
 * expression_parse(text, names, out, err):
 * Returns: DYAD_OK; DYAD_USAGE with what is wrong at which character; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status expression_parse(const char *text, const struct expression_names *names,
                                                  struct expression **out, struct dyad_error *err);

/** expression_require_truth(e, err): it stands where true or false is asked for: DYAD_USAGE if it is text. */
DYAD_MUST_CHECK enum dyad_status expression_require_truth(struct expression *e, struct dyad_error *err);

enum expression_type expression_type(const struct expression *e);

/* The storage to evaluate with, one a thread; NULL if memory ran out. */
struct expression_scratch *expression_scratch_new(const struct expression *e);
void expression_scratch_free(struct expression_scratch *scratch);

/**
 * expression_numbers(e, source, n, scratch, out):
 * n <= EXPRESSION_ROWS values of an expression of numbers; they stand until ${scratch} is used again.
 */
DYAD_MUST_CHECK enum dyad_status expression_numbers(const struct expression *e, const struct expression_source *source,
                                                    size_t n, struct expression_scratch *scratch, const double **out);
/** expression_texts: the same of an expression of text (or EITHER). */
DYAD_MUST_CHECK enum dyad_status expression_texts(const struct expression *e, const struct expression_source *source,
                                                  size_t n, struct expression_scratch *scratch, const struct span **out);

void expression_free(struct expression *e);

#endif
