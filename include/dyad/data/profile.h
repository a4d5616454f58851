/*
 * data/profile.h: one pass over a file to learn what is in it: the values of each column, what is
 * missing together, and every problem with its place.
 *
 * A column of at most PROFILE_LEVELS different values is known exactly; of any other, numbers are
 * counted to ten binary digits (for quantiles to three decimal ones, of whole numbers below PROFILE_WHOLE exact)
 * and values as distinct.h does.
 */
#ifndef DYAD_DATA_PROFILE_H
#define DYAD_DATA_PROFILE_H

#include "dyad/core/status.h"
#include "dyad/data/codebook.h"
#include "dyad/data/cohort.h"
#include "dyad/data/identifiers.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROFILE_LEVELS = 4096, PROBLEMS_SHOWN = 100, PROFILE_QUANTILES = 5, PROFILE_CODES = 20, PROFILE_WHOLE = 2048 };

enum problem_rule {
    PROBLEM_FIELDS,    /* more or fewer fields than the header; detail: how many */
    PROBLEM_HEADER,    /* the header again */
    PROBLEM_TYPE,      /* FAULT_TYPE, FAULT_CHOICE, FAULT_RANGE of the codebook */
    PROBLEM_CHOICES,
    PROBLEM_RANGE,
    PROBLEM_REQUIRED,  /* missing where the codebook requires a value */
    PROBLEM_UNIQUE,    /* values repeat that the codebook says do not; detail: how many values there are */
    PROBLEM_NUMBER,    /* no number in a column of numbers, without a codebook */
    PROBLEM_CODE,      /* what looks like an undeclared code for missing; detail: records */
    PROBLEM_SPELLING,  /* a value that differs from another in case or blanks; detail: records */
    PROBLEM_DUPLICATE, /* a record that is the same as an earlier one */
    PROBLEM_KEY,       /* a record whose key an earlier one has */
    PROBLEM_SEQUENCE,  /* detail: which of the sequences */
    PROBLEM_EMPTY,     /* a column without any value */
    PROBLEM_UNKNOWN,   /* a column of which the codebook says nothing */
    PROBLEM_ABSENT,    /* a required field that is no column; detail: its number in the codebook */
    N_PROBLEMS
};

/** problem_name(rule): "fields". */
const char *problem_name(enum problem_rule rule);

struct problem_at {
    enum problem_rule rule;
    struct place place; /* of the record; line UINT64_MAX of block 0: the header */
    bool in_header;
    size_t column;      /* SIZE_MAX: the whole record */
    uint64_t detail;
};

struct profile_level {
    char *text;
    int64_t n;
};

struct profile_column {
    const char *name;                  /* the reader's */
    const struct codebook_field *field;
    const char *type;
    int64_t n, missing, n_numbers;     /* values; of them numbers */
    uint64_t distinct;
    bool exact;                        /* is that count exact? */
    bool is_category;                  /* its levels are known and stand in their order */
    struct profile_level *levels;
    size_t n_levels;
    double least, most, quantiles[PROFILE_QUANTILES]; /* 5, 25, 50, 75, 95%; NaN: no numbers */
    double codes[PROFILE_CODES];       /* numbers that stand apart: codes for missing, it seems */
    size_t n_codes;
    double least_other, most_other;    /* of the other numbers */
    struct identifier_tally looked;
};

struct missing_pattern {
    uint64_t *columns; /* bits */
    size_t n_words;
    int64_t n;
};

struct profile {
    int64_t n_records;
    struct profile_column *columns;
    size_t n_columns;
    struct missing_pattern *patterns; /* most frequent first */
    size_t n_patterns;
    bool too_many_patterns;
    struct problem_at problems[PROBLEMS_SHOWN]; /* the first */
    size_t n_problems;
    int64_t counts[N_PROBLEMS];                 /* of all */
    struct sequence *sequences;
    size_t n_sequences;
    size_t *key;
    size_t n_key;
    int64_t n_same;          /* records that are the same as an earlier one ... */
    bool same_by_chance;     /* ... as can be expected of so few different values */
};

struct profile_options {
    struct reader *reader;
    const struct cohort_options *cohort; /* missing values, decimal, threads */
    const struct codebook *codebook;     /* NULL: none */
    const char *const *key;
    size_t n_key;
};

/** profile_read(o, out, err): read it all; ${out} is to be released. */
DYAD_MUST_CHECK enum dyad_status profile_read(const struct profile_options *o, struct profile *out, struct dyad_error *err);

void profile_release(struct profile *p);

#endif
