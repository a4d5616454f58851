/*
 * data/sequences.h: what cannot be true of one mother and infant at once, found by the names of
 * columns: exclusive breastfeeding longer than any, exclusive while not breastfed, breastfed at a
 * visit but never begun, breastfed again at a later visit.
 *
 * A name is taken apart into words: excl, exclusive, ebf; any, bf, breastfed, breastfeeding;
 * initiated, ever; a time (6m, 3wk, 6_months, disch) makes it a state at that time, a unit without a
 * number (weeks, days, months, duration) a duration.
 */
#ifndef DYAD_DATA_SEQUENCES_H
#define DYAD_DATA_SEQUENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sequence_kind {
    SEQUENCE_LONGER,    /* the number of the first is above that of the second */
    SEQUENCE_WITHOUT,   /* the first is yes, the second no */
    SEQUENCE_NOT_BEGUN, /* the first is yes, or above 0; the second, initiation, no */
    SEQUENCE_AGAIN      /* the first, later, is yes; the second, earlier, no */
};

struct sequence {
    enum sequence_kind kind;
    size_t first, second; /* columns */
    bool first_is_number, second_is_number;
};

/** sequences_find(names, n, out, most): how many there are, at most ${most}. */
size_t sequences_find(const char *const *names, size_t n, struct sequence *out, size_t most);

/**
 * sequences_broken(s, first, second, n, which):
 * In how many of ${n} records it is broken, and in ${which}.  NaN, missing, breaks nothing; a yes is
 * 1, a no 0.
 */
size_t sequences_broken(const struct sequence *s, const double *first, const double *second, size_t n, uint32_t *which);

/** sequences_words(kind): what is said of the first, before the name of the second. */
const char *sequences_words(enum sequence_kind kind);

#endif
