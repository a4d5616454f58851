/* data/patterns.h: which columns are missing together, and how often. */
#ifndef DYAD_DATA_PATTERNS_H
#define DYAD_DATA_PATTERNS_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERNS_MAX = 4096 };

struct patterns {
    size_t n_words; /* of a pattern: a bit a column */
    uint64_t *words;
    int64_t *counts;
    size_t n, last;
    uint32_t *slots;
    bool too_many;
};

DYAD_MUST_CHECK bool patterns_init(struct patterns *p, size_t n_columns);

/** patterns_add(p, words, n): ${n} more records with it; beyond PATTERNS_MAX nothing is counted any more. */
void patterns_add(struct patterns *p, const uint64_t *words, int64_t n);

void patterns_release(struct patterns *p);

#endif
