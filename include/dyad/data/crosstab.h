/*
 * data/crosstab.h: how many records have each combination of codes, for several tables in one pass.
 *
 * Whole numbers only, so that the sums are the same in any order.  DYAD_DATA of the accumulator:
 * events or totals add up to more than COUNT_MAX; DYAD_USAGE: more combinations of codes than
 * can be told apart.
 */
#ifndef DYAD_DATA_CROSSTAB_H
#define DYAD_DATA_CROSSTAB_H

#include "dyad/core/status.h"
#include "dyad/data/cohort.h"

enum { CROSSTAB_FACTORS = 24 };

/* One table: the factors whose codes make a cell, and perhaps two counts to be added up in it. */
struct crosstab_spec {
    size_t factors[CROSSTAB_FACTORS];
    size_t n_factors;
    bool has_counts;       /* events and totals of groups instead of records */
    size_t events, totals; /* counts of the cohort */
    const char *events_name;
};

struct crosstab_set {
    const struct crosstab_spec *specs;
    size_t n;
};

/* A cell: its codes and its sums. */
struct crosstab_cell {
    uint32_t codes[CROSSTAB_FACTORS];
    int64_t records; /* what the records stand for; with counts: only of those where one is missing */
    int64_t events, total;
};

struct crosstabs;

/* spec: a struct crosstab_set; the result: a struct crosstabs. */
extern const struct accumulator crosstab_accumulator;

/**
 * crosstab_cells(t, i, &n):
 * The cells of the i-th table that are not empty, ascending by their codes; NULL if memory ran out.
 * They live as long as ${t}.
 */
const struct crosstab_cell *crosstab_cells(struct crosstabs *t, size_t i, size_t *n);

/**
 * crosstab_n_used(t):
 * What the records stand for that are complete in at least one of the tables; a group with its
 * events and total is one record.
 */
int64_t crosstab_n_used(const struct crosstabs *t);

void crosstabs_free(struct crosstabs *t);

#endif
