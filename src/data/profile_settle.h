/* data/profile_settle.h: from what the threads have seen to what the file holds. */
#ifndef DYAD_DATA_PROFILE_SETTLE_H
#define DYAD_DATA_PROFILE_SETTLE_H

#include "dyad/data/profile.h"
#include "dyad/data/repeats.h"
#include "dyad/data/sequences.h"

#include "ascent.h"
#include "neighbours.h"
#include "patterns.h"
#include "tally.h"

#include <stdatomic.h>

/* What all threads share. */
struct profiling {
    const struct profile_options *o;
    size_t n_columns;
    char decimal;
    bool shuffled; /* some file has its columns in another order */
    struct missing_values *missing;
    size_t *key, n_key;
    struct sequence *sequences;
    size_t n_sequences;
    size_t ascending;         /* while this column ascends, records need not be compared ... */
    bool ascends;             /* ... as it did to the end */
    atomic_bool *is_unsorted; /* from now on they must be */
    struct reader *again;     /* the second reading, for ... */
    struct ascent unread;     /* ... the blocks that were passed by */
};

/* A column's values in the chunk at hand, for the sequences; NULL where none needs them. */
struct chunk_values {
    double *numbers, *truths;
    bool wanted; /* by a sequence that is not looked up */
};

struct profile_worker {
    const struct profiling *p;
    struct block block;
    struct tally *tallies;
    struct chunk_values *values;
    struct neighbours *groups; /* of all columns, in their order; none of a first block */
    size_t n_groups;
    uint64_t by_bits;          /* sequences that are looked up ... */
    uint64_t *ahead, *behind;  /* ... and what of them holds in each record */
    uint32_t *what;
    unsigned char *missing;
    uint64_t *bits;
    struct patterns patterns;
    struct problem_list problems;
    struct repeats *records, *keys;
    struct ascent ascent;
    bool ascends;              /* the block at hand */
    struct text scratch;
    struct problem broken; /* with DYAD_PARSE */
    struct place broken_at;
    enum dyad_status st;
    struct dyad_error err;
};

/** profile_settle(p, workers, n, out): DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status profile_settle(const struct profiling *p, struct profile_worker *workers, size_t n,
                                                struct profile *out);

#endif
