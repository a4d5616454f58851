/*
 * data/cohort.h: one pass over a cohort: derived columns, filters, codes of categories, numbers.
 *
 * A program says which columns it needs and as what, then runs an accumulator over the records
 * that are kept.  Each thread has an accumulator of its own; they are merged at the end, so only
 * sums that do not depend on the order may be kept in them.
 */
#ifndef DYAD_DATA_COHORT_H
#define DYAD_DATA_COHORT_H

#include "dyad/core/status.h"
#include "dyad/data/codebook.h"
#include "dyad/data/dictionary.h"
#include "dyad/data/levels.h"
#include "dyad/data/missing.h"
#include "dyad/data/pass.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEVELS_MAX = 10000, LEVELS_UNLIMITED = 0 };
#define COUNT_MAX (INT64_C(1) << 53) /* above it a double does not hold every whole number */

struct derived_column {
    char *name, *expression;
};

/* Everything is borrowed until cohort_close. */
struct cohort_options {
    const char *const *paths;
    size_t n_paths;
    char delimiter, decimal; /* 0: the default */
    bool hash;
    const struct missing_list *missing;
    size_t n_missing;
    const struct level_order *orders;
    size_t n_orders;
    const struct derived_column *derived;
    size_t n_derived;
    const char *const *filters;
    size_t n_filters;
    const char *frequency; /* NULL: each record stands for one */
    size_t n_threads;      /* 0: as many as there are processors */
    struct pass_member *member; /* NULL: read alone */
    const char *codebook;  /* its file; NULL: none */
    bool refuse_identifiers; /* a column whose name says so, or one in use that holds them: DYAD_DATA */
};

struct cohort;

/* With options->member the files may be read together with other cohorts: cohort_run waits for them. */
DYAD_MUST_CHECK enum dyad_status cohort_open(const struct cohort_options *options, struct cohort **out,
                                             struct dyad_error *err);

/** cohort_has(c, name): is it a column of the file, or derived? */
bool cohort_has(const struct cohort *c, const char *name);

/**
 * cohort_factor(c, name, levels_max, out, err):
 * Ask for a column as codes; ${out} is its number among the factors (the same for the same name).
 * More distinct values than ${levels_max} are refused while reading.
 */
DYAD_MUST_CHECK enum dyad_status cohort_factor(struct cohort *c, const char *name, size_t levels_max,
                                               size_t *out, struct dyad_error *err);

/**
 * cohort_number(c, name, out, err):
 * Ask for a factor of which only the number counts: where it has many values, those from 0 to 1e15
 * that the codebook allows need no code, see rows.  If it is asked for by cohort_factor as well, all
 * have one.
 */
DYAD_MUST_CHECK enum dyad_status cohort_number(struct cohort *c, const char *name, size_t *out, struct dyad_error *err);
/** cohort_is_number(c, factor): may values be without a code? */
bool cohort_is_number(const struct cohort *c, size_t factor);

/** cohort_n_factors(c): how many were asked for. */
size_t cohort_n_factors(const struct cohort *c);
const char *cohort_factor_name(const struct cohort *c, size_t factor);

/** cohort_count(c, name, out, err): ask for a column of whole numbers from 0; ${out} is its number among the counts. */
DYAD_MUST_CHECK enum dyad_status cohort_count(struct cohort *c, const char *name, size_t *out, struct dyad_error *err);

/* Records that are kept, some at a time. */
struct rows {
    size_t n;
    const uint32_t *const *codes;  /* of each factor; 0 is missing */
    const double *const *numbers;  /* of each factor whose values go by without codes: see rows_numbers; else NULL */
    const double *const *counts;   /* of each count; NaN is missing */
    const double *weights;         /* whole numbers; NULL: each record stands for one */
    const struct dictionary *const *dictionaries; /* of this thread */
    void *context;                 /* for rows_complain */
};

/** rows_complain(rows, i, column, what): record ${i} holds what must not be in a column. */
enum dyad_status rows_complain(const struct rows *rows, size_t i, const char *column, const char *what);

/**
 * rows_numbers(rows, factor):
 * The numbers of a factor that was asked for by cohort_number, NaN where missing or none, whether they
 * have codes or not; NULL if memory ran out.
 */
const double *rows_numbers(const struct rows *rows, size_t factor);

/** rows_place(rows, i): where record ${i} begins. */
struct place rows_place(const struct rows *rows, size_t i);

/* add and merge: DYAD_DATA where counts add up to more than COUNT_MAX, DYAD_USAGE where more is
   asked for than can be counted. */
struct accumulator {
    void *(*begin)(const void *spec); /* NULL if memory ran out */
    enum dyad_status (*add)(void *a, const struct rows *rows);
    /* codes of ${from} become recode[factor][code] */
    enum dyad_status (*merge)(void *a, const void *from, const uint32_t *const *recode);
    void (*end)(void *a);
};

/**
 * cohort_run(c, accumulator, spec, out, err):
 * Read the cohort, once.  ${out} is the merged accumulator, the caller's to end.
 */
DYAD_MUST_CHECK enum dyad_status cohort_run(struct cohort *c, const struct accumulator *accumulator, const void *spec,
                                            void **out, struct dyad_error *err);

/* --- after the run ------------------------------------------------------------------------ */

/** cohort_levels(c, factor, &n): its values in their order; code i is levels[i - 1]. */
const struct level *cohort_levels(const struct cohort *c, size_t factor, size_t *n);
/** cohort_is_ordered(c, factor): do they ascend, by --order or as the codebook says? */
bool cohort_is_ordered(const struct cohort *c, size_t factor);
/** cohort_reference(c, factor): the value others are compared with, by --order or the codebook; NULL: neither. */
const char *cohort_reference(const struct cohort *c, size_t factor);

int64_t cohort_n_read(const struct cohort *c);             /* what the records stand for */
int64_t cohort_n_kept(const struct cohort *c, size_t filter); /* behind so many filters, from 0 */
int64_t cohort_n_missing_frequency(const struct cohort *c);

/** cohort_refuse(c, level, column, what, err): DYAD_DATA: a value that must not be, with its place. */
enum dyad_status cohort_refuse(const struct cohort *c, const struct level *level, const char *column, const char *what,
                               struct dyad_error *err);

/** cohort_refuse_at(c, place, column, what, err): the same of one record; ${column} may be NULL. */
enum dyad_status cohort_refuse_at(const struct cohort *c, struct place place, const char *column, const char *what,
                                  struct dyad_error *err);

struct reader *cohort_reader(const struct cohort *c);

/** cohort_codebook(c): NULL if there is none. */
const struct codebook *cohort_codebook(const struct cohort *c);
/** cohort_field(c, name): what the codebook says of a column; NULL if nothing. */
const struct codebook_field *cohort_field(const struct cohort *c, const char *name);

void cohort_close(struct cohort *c);

#endif
