/*
 * data/distinct.h: how many different values there are, by their 64-bit hashes: exactly up to about
 * a million, beyond it to within 1%, in little memory.
 */
#ifndef DYAD_DATA_DISTINCT_H
#define DYAD_DATA_DISTINCT_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISTINCT_EXACT_MAX = 1 << 20 };

struct distinct {
    uint64_t *slots; /* 0: free; NULL once they are too many */
    size_t size, n;
    bool too_many;
    unsigned char *registers; /* of the estimate */
};

#define DISTINCT_INIT { .slots = NULL }

/** distinct_hash(text, length): never 0. */
uint64_t distinct_hash(const char *text, size_t length);

/** distinct_add(d, hashes, n): false if memory ran out. */
DYAD_MUST_CHECK bool distinct_add(struct distinct *d, const uint64_t *hashes, size_t n);
DYAD_MUST_CHECK bool distinct_merge(struct distinct *d, const struct distinct *from);

/**
 * distinct_count(d, exact):
 * Beyond DISTINCT_EXACT_MAX the estimate of HyperLogLog with 2^14 registers, standard error 0.81%.
 *
 *   E = alpha m^2 / sum of 2^-M[j],  alpha = 0.7213 / (1 + 1.079/m)
 *
 * Source: Flajolet, Fusy, Gandouet & Meunier (2007), AofA'07: 127-146, figure 3.
 */
uint64_t distinct_count(const struct distinct *d, bool *exact);

void distinct_release(struct distinct *d);

#endif
