/*
 * data/columns.h: columns of a cohort kept in memory as codes, one, two or four bytes each, for
 * analyses that go over the records more than once.
 *
 * A record that lacks a value that is needed is left out while reading; how many, and for want of
 * what, is counted.
 */
#ifndef DYAD_DATA_COLUMNS_H
#define DYAD_DATA_COLUMNS_H

#include "dyad/core/status.h"
#include "dyad/data/cohort.h"
#include "dyad/data/number_order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COLUMNS_KEPT_MAX = 256 };

/*
 * Which factors of the cohort are kept: kept[f]; needed[f]: records without a value are left out;
 * numbers[f]: kept as numbers (asked for by cohort_number, kept and not needed).
 */
struct columns_spec {
    size_t n_factors;
    bool kept[COLUMNS_KEPT_MAX], needed[COLUMNS_KEPT_MAX], numbers[COLUMNS_KEPT_MAX];
    struct number_order order; /* what every record must hold, left out or not */
};

struct columns;

/* spec: a struct columns_spec; the result: a struct columns. */
extern const struct accumulator columns_accumulator;

/** columns_sort(c): after the run, once: into the order of the file. */
void columns_sort(struct columns *c);

size_t columns_n(const struct columns *c);              /* records kept */
double columns_people(const struct columns *c);         /* what they stand for (--freq) */
int64_t columns_dropped(const struct columns *c);       /* what those left out stand for */
int64_t columns_dropped_for(const struct columns *c, size_t factor); /* of these, those that lack it */

/* Pieces in the order of the file; each can be read by another thread. */
size_t columns_n_pieces(const struct columns *c);
size_t columns_piece_size(const struct columns *c, size_t piece);
size_t columns_piece_first(const struct columns *c, size_t piece); /* number of its first record */

/** columns_read(c, piece, factor, out): its codes, 0 where missing. */
void columns_read(const struct columns *c, size_t piece, size_t factor, uint32_t *out);

/** columns_numbers(c, piece, factor): its numbers, NaN where missing or none; NULL if codes are kept. */
const double *columns_numbers(const struct columns *c, size_t piece, size_t factor);

/** columns_weights(c, piece): of its records; NULL: each stands for one. */
const double *columns_weights(const struct columns *c, size_t piece);

/** columns_forget(c, piece): it will not be read again. */
void columns_forget(struct columns *c, size_t piece);

void columns_free(struct columns *c);

#endif
