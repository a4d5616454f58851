/*
 * data/repeats.h: which records are the same as an earlier one, by their hashes.
 *
 * Ten bytes a record are kept.  Two records that differ are taken for the same with the
 * probability of two 64-bit hashes meeting: among ten million records, 3 in a million.
 */
#ifndef DYAD_DATA_REPEATS_H
#define DYAD_DATA_REPEATS_H

#include "dyad/core/status.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repeats; /* of one thread */

struct repeats *repeats_new(void);

/** repeats_add(r, hash, place): false if memory ran out. */
DYAD_MUST_CHECK bool repeats_add(struct repeats *r, uint64_t hash, struct place place);

/**
 * repeats_find(all, n, most, places, &n_places, &total):
 * Of the ${n} threads' records: how many (${total}) are the same as an earlier one, and where the
 * first ${most} of these stand.  False if memory ran out.
 */
DYAD_MUST_CHECK bool repeats_find(struct repeats *const *all, size_t n, size_t most, struct place *places, size_t *n_places,
                                  uint64_t *total);

void repeats_free(struct repeats *r);

#endif
