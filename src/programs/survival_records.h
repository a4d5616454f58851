/*
 * programs/survival_records.h: the records of a cohort by the codes of some factors.
 *
 * Records that are alike are counted together.  Where there are too many kinds of them (times
 * with many digits), or each has a weight of its own, they are kept one by one, a few bytes each.
 */
#ifndef DYAD_PROGRAMS_SURVIVAL_RECORDS_H
#define DYAD_PROGRAMS_SURVIVAL_RECORDS_H

#include "dyad/data/columns.h"
#include "dyad/data/crosstab.h"
#include "dyad/data/number_order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct records_spec {
    struct crosstab_spec cells; /* the factors whose codes are given, in this order */
    struct crosstab_set set;    /* of cells alone */
    struct columns_spec columns;
    size_t numbers[4], n_numbers; /* those of the factors that may have any number of values */
    bool one_by_one;
    struct number_order order;
};

struct survival_records;

/* The code of what is kept as a number. */
#define RECORD_NUMBER UINT32_MAX

/** records_spec_add(spec, factor, is_number): the next factor; its place among the codes. */
size_t records_spec_add(struct records_spec *spec, size_t factor, bool is_number);

/* spec: a struct records_spec, its set pointing to its cells; the result: a struct survival_records. */
extern const struct accumulator survival_records_accumulator;

/* Some records with these codes, 0 where missing; at the same place a number where the code says so. */
typedef enum dyad_status records_visit(void *context, const uint32_t *codes, const double *numbers, int64_t records);

/**
 * survival_records_each(r, visit, context):
 * All of them, those counted together first, the others in the order of the file.  Returns
 * DYAD_NOMEM, or the first status of ${visit} that is not DYAD_OK.
 */
DYAD_MUST_CHECK enum dyad_status survival_records_each(struct survival_records *r, records_visit *visit,
                                                       void *context);

void survival_records_free(struct survival_records *r);

/* --- combinations of codes ---------------------------------------------------------------- */

/* Those that were met, numbered from 0. */
struct combinations {
    size_t width, n, room;
    uint32_t *codes; /* of number i from [i * width] on */
    uint32_t *slots; /* numbers plus 1; 0: free */
    size_t size;
};

/** combinations_number(c, codes, out): its number, a new one if it was not met before.  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status combinations_number(struct combinations *c, const uint32_t *codes, size_t *out);

/** combinations_sort(c): number them anew, ascending. */
void combinations_sort(struct combinations *c);

const uint32_t *combinations_codes(const struct combinations *c, size_t number);
void combinations_release(struct combinations *c);

#endif
