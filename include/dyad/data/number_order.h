/*
 * data/number_order.h: two columns of numbers of which the first must be less in every record, or
 * at least no more: entry and exit, events and total.  Checked while reading, where the place of a
 * record is known.
 */
#ifndef DYAD_DATA_NUMBER_ORDER_H
#define DYAD_DATA_NUMBER_ORDER_H

#include "dyad/core/status.h"
#include "dyad/data/cohort.h"

#include <stdbool.h>
#include <stddef.h>

struct number_order {
    bool wanted, strict;
    size_t low, high;      /* factors */
    const char *name;      /* of the column that a complaint names */
    const char *complaint;
    char decimal;          /* 0: a point */
};

/* The numbers that a thread's codes stand for. */
struct code_numbers {
    double *at;
    size_t n, room;
};

/** code_numbers_learn(known, d, decimal): of the codes of ${d} that were not met before; NaN for what is none.  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status code_numbers_learn(struct code_numbers *known, const struct dictionary *d, char decimal);

struct number_order_check {
    struct code_numbers low, high;
};

/**
 * number_order_check(c, order, rows):
 * Refuse the first of ${rows} that has both numbers and not in their order.  Each thread has a
 * check of its own, zeroed at first.  DYAD_DATA, with the place; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status number_order_check(struct number_order_check *c, const struct number_order *order,
                                                    const struct rows *rows);

void number_order_release(struct number_order_check *c);

#endif
