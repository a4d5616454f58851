/*
 * data/ascent.h: does a column ascend from record to record, so that no two records can be the same?
 *
 * Values ascend by their length, then by their bytes: numbers without leading zeros do, and codes of
 * one length.  Each thread keeps the first and the last value of the blocks that ascend.
 */
#ifndef DYAD_DATA_ASCENT_H
#define DYAD_DATA_ASCENT_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value of at most 16 bytes; the bytes in the order of the text. */
struct ascent_value {
    uint64_t length, high, low;
};

struct ascent_block {
    uint64_t number;
    struct ascent_value first, last;
};

struct ascent {
    struct ascent_block *blocks;
    size_t n, room;
};

#define ASCENT_INIT { .blocks = NULL }

/**
 * ascent_add(a, block, column, scratch, &ascends):
 * ${column} as it stands in the block's file; the block is kept if it ${ascends}.  False if memory ran out.
 */
DYAD_MUST_CHECK bool ascent_add(struct ascent *a, const struct block *block, size_t column, struct text *scratch,
                                bool *ascends);

/** ascent_join(a, from): the blocks of another thread as well; false if memory ran out. */
DYAD_MUST_CHECK bool ascent_join(struct ascent *a, const struct ascent *from);

/** ascent_sort(a): by the blocks' numbers; does the column ascend from each to the next? */
bool ascent_sort(struct ascent *a);

/** ascent_has(a, number): is the block among the sorted ones? */
bool ascent_has(const struct ascent *a, uint64_t number);

void ascent_release(struct ascent *a);

#endif
