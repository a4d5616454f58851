/* data/tally.h: what one thread has seen of one column, while data/profile.c reads. */
#ifndef DYAD_DATA_TALLY_H
#define DYAD_DATA_TALLY_H

#include "dyad/data/dictionary.h"
#include "dyad/data/distinct.h"
#include "dyad/data/profile.h"

/* A page has the classes of one power of two, from 2^-40 (below it: 0) to 2^63, of either sign. */
enum { CHUNK = 2048, SUSPECTS = PROFILE_CODES, TALLY_POWERS = 104, TALLY_PAGES = 2 * TALLY_POWERS, TALLY_LEAST_POWER = -40 };

/* The first problems by place, and how many there are. */
struct problem_list {
    struct problem_at at[PROBLEMS_SHOWN];
    size_t n;
    int64_t counts[N_PROBLEMS];
};

void problem_keep(struct problem_list *l, const struct problem_at *p);
/** problem_add(l, rule, place, column, detail): one more of the rule, kept if it is among the first. */
void problem_add(struct problem_list *l, enum problem_rule rule, struct place place, size_t column, uint64_t detail);

/* A number that is often a code for missing. */
struct suspect {
    int64_t n;
    struct place first;
};

struct tally {
    const struct codebook_field *field;
    struct missing_values missing;
    struct dictionary *d;
    int64_t *counts; /* of each code; of 0: missing */
    double *numbers; /* NaN: none */
    double *truths;
    unsigned char *faults;
    size_t room, known;
    bool any_fault, any_text;
    bool held; /* counts are kept elsewhere: the dictionary is not to be given up yet */

    bool many; /* the dictionary was given up: */
    struct distinct distinct;
    int64_t n_missing, n, n_numbers;
    bool fractions;
    double least, most, least_other, most_other; /* the latter without the suspects */
    int64_t *pages[TALLY_PAGES];
    struct suspect suspects[SUSPECTS];

    struct place texts[PROBLEMS_SHOWN]; /* the first values that are no numbers */
    size_t n_texts;
    struct identifier_tally looked;
};

/* Some records of a block. */
struct chunk {
    const struct reader *reader;
    const struct block *block;
    size_t first, n;
    char decimal;
};

/* What one column's chunk leaves for rules across columns; each of numbers and truths is NULL where not wanted. */
struct chunk_out {
    unsigned char *missing;
    double *numbers, *truths;
    bool distinct; /* its values are known to differ from all others: they need not be compared */
};

DYAD_MUST_CHECK enum dyad_status tally_init(struct tally *t, const struct missing_values *missing,
                                            const struct codebook_field *field);

/** tally_chunk(t, column, c, scratch, out, problems): one column of the chunk. */
DYAD_MUST_CHECK enum dyad_status tally_chunk(struct tally *t, size_t column, const struct chunk *c, struct text *scratch,
                                             const struct chunk_out *out, struct problem_list *problems);

/** tally_distinct(t, column, c, scratch): compare them after all; false if memory ran out. */
DYAD_MUST_CHECK bool tally_distinct(struct tally *t, size_t column, const struct chunk *c, struct text *scratch);

/** tally_code(t, text, length, place, decimal, code): the code of a bare value, not counted; false if memory ran out. */
DYAD_MUST_CHECK bool tally_code(struct tally *t, const char *text, size_t length, struct place place, char decimal,
                                uint32_t *code);

/** tally_tell(t, column, code, place, problems): what is to be said of a record with the code. */
void tally_tell(struct tally *t, size_t column, uint32_t code, struct place place, struct problem_list *problems);

/** tally_is_quiet(t, code): nothing is, of this and any later record. */
bool tally_is_quiet(const struct tally *t, uint32_t code);

/** tally_limit(t): it is held no longer; too many levels are given up.  False if memory ran out. */
DYAD_MUST_CHECK bool tally_limit(struct tally *t);

/** tally_merge(t, from): ${from} is of no use behind it. */
DYAD_MUST_CHECK enum dyad_status tally_merge(struct tally *t, struct tally *from);

/** tally_settle(t): behind the last merge: what is counted of many values is counted of few; false if memory ran out. */
DYAD_MUST_CHECK bool tally_settle(struct tally *t);

/** tally_suspect(t, i, &value): the i-th number that may be a code, and how many records have it; NULL behind the last. */
const struct suspect *tally_suspect(const struct tally *t, size_t i, double *value);

/** tally_quantile(t, share): NaN if there are no numbers. */
double tally_quantile(const struct tally *t, double share);

void tally_release(struct tally *t);

#endif
