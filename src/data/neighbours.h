/*
 * data/neighbours.h: columns side by side that have few values together, as four answers of one digit
 * have: their bytes are looked up at once, from the begin of the first field to the end of the last.
 *
 * What was looked up is told to the columns' tallies by neighbours_fold only.
 */
#ifndef DYAD_DATA_NEIGHBOURS_H
#define DYAD_DATA_NEIGHBOURS_H

#include "dyad/data/sequences.h"

#include "tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEIGHBOURS_MAX = 8, NEIGHBOURS_BYTES = 16, SEQUENCE_BITS = 64 };

/* Bytes that were met, the rest zero, and in how many records. */
struct meeting {
    uint64_t low, high;
    int64_t n;
    uint32_t what; /* 0: none, the slot is free */
};

struct neighbours {
    size_t first, n;       /* columns, of which each stands in its own place in the file */
    struct meeting *slots; /* NULL: looked up one by one, by tally_chunk */
    size_t size;
    int shift;
    bool failing;          /* too many, or too long: to be given up */
    /* What each meeting means, from 1: */
    size_t n_known, room;
    uint32_t *codes;       /* of the n columns */
    uint64_t *missing;     /* of the columns, in their word of 64 */
    uint64_t *ahead, *behind; /* the sequences of which the first is above 0, the second not */
    unsigned char *faulty; /* is anything to be said of a record with it? */
    bool any_faulty, in_sequences;
};

/* What the columns are looked up with, and what is left behind, of each record of a chunk. */
struct neighbours_view {
    struct tally *tallies; /* of all columns */
    const struct sequence *sequences;
    size_t n_sequences;
    struct text *scratch;
    struct problem_list *problems;
    uint64_t *bits;        /* columns that are missing, n_words a record; NULL: not wanted */
    size_t n_words;
    uint64_t *ahead, *behind;
    uint32_t *what;
};

/**
 * neighbours_suit(block, first, n, tallies):
 * Do the columns suit each other, as the first records of the block look?  Of a single column: is it worth it?
 */
bool neighbours_suit(const struct block *block, size_t first, size_t n, const struct tally *tallies);

DYAD_MUST_CHECK bool neighbours_init(struct neighbours *g, size_t first, size_t n);

/** neighbours_chunk(g, c, v): of a block that is raw; false if memory ran out. */
DYAD_MUST_CHECK bool neighbours_chunk(struct neighbours *g, const struct chunk *c, const struct neighbours_view *v);

/** neighbours_code(g, what, i): the code of the i-th of the columns. */
uint32_t neighbours_code(const struct neighbours *g, uint32_t what, size_t i);

/** neighbours_fold(g, tallies): into the tallies of the columns; ${g} is released.  False if memory ran out. */
DYAD_MUST_CHECK bool neighbours_fold(struct neighbours *g, struct tally *tallies);

void neighbours_release(struct neighbours *g);

#endif
