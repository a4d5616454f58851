/* programs/key_set.h: which of many possible numbers occur, and a number from 0 for each. */
#ifndef DYAD_PROGRAMS_KEY_SET_H
#define DYAD_PROGRAMS_KEY_SET_H

#include "dyad/core/status.h"

#include <stddef.h>
#include <stdint.h>

struct key_set {
    uint64_t *at; /* once settled: ascending, each once */
    size_t n, room;
};

#define KEY_SET_INIT { NULL, 0, 0 }

/** key_set_reserve(set, n): room for ${n} more keys, to be put at set->at[set->n++].  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status key_set_reserve(struct key_set *set, size_t n);

/** key_set_settle(set): sort, each once. */
void key_set_settle(struct key_set *set);

/** key_set_find(set, key): where a key of a settled set stands. */
size_t key_set_find(const struct key_set *set, uint64_t key);

void key_set_release(struct key_set *set);

#endif
