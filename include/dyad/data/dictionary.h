/*
 * data/dictionary.h: the distinct values of a column, and each field as a small code.
 *
 * Code 0 is missing, code i the i-th value in the order of appearance.  A dictionary belongs to
 * one thread; values are the bare fields (no padding, no quotes).
 */
#ifndef DYAD_DATA_DICTIONARY_H
#define DYAD_DATA_DICTIONARY_H

#include "dyad/core/status.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What means missing in a column, besides an empty field, NA and a point. */
struct missing_values {
    const char *const *texts;
    const double *numbers; /* of each text; NaN where it is none */
    size_t n;
    char decimal; /* sign in fields that are numbers; 0: a point */
};

/** missing_is(m, text, length): does the bare field mean missing? */
bool missing_is(const struct missing_values *m, const char *text, size_t length);

struct level {
    const char *text; /* NUL-terminated, the dictionary's */
    size_t length;
    struct place first; /* where it stands for the first time */
};

struct dictionary;

/** dictionary_new(missing): ${missing} is borrowed for the dictionary's life; NULL if memory ran out. */
struct dictionary *dictionary_new(const struct missing_values *missing);

/** dictionary_code(d, text, length, place): the code of a bare value; sets d's failure if memory ran out. */
uint32_t dictionary_code(struct dictionary *d, const char *text, size_t length, struct place place);

/* Which records of a block: all from `first` on (list NULL), or those listed. */
struct selection {
    size_t first, n;
    const uint32_t *list;
};

/**
 * dictionary_decode(d, block, column, which, codes):
 * The codes of the fields of a column (as it stands in the block's file).
 */
void dictionary_decode(struct dictionary *d, const struct block *block, size_t column,
                       struct selection which, uint32_t *codes);

size_t dictionary_n_levels(const struct dictionary *d);
/** dictionary_level(d, code): ${code} from 1. */
const struct level *dictionary_level(const struct dictionary *d, uint32_t code);
/** dictionary_find(d, text, length): the code of a value that was met, else 0. */
uint32_t dictionary_find(const struct dictionary *d, const char *text, size_t length);

/** dictionary_meet(d, code, place): the value stands there as well, perhaps for the first time. */
void dictionary_meet(struct dictionary *d, uint32_t code, struct place place);
bool dictionary_failed(const struct dictionary *d);
void dictionary_free(struct dictionary *d);

#endif
