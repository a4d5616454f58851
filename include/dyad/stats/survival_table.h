/*
 * stats/survival_table.h: times to an event, counted by distinct time.
 *
 * Whoever leaves at time t is at risk at t; whoever comes late, at time e, is at risk after e.
 * At one time events come before censorings.  All that is estimated from such times needs the
 * counts alone, so that ten million records cost no more than their distinct times.
 */
#ifndef DYAD_STATS_SURVIVAL_TABLE_H
#define DYAD_STATS_SURVIVAL_TABLE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/status.h"

enum { SURVIVAL_CAUSES_MAX = 1000 };

/* The entry of one who was there from the beginning. */
#define SURVIVAL_FROM_START (-INFINITY)

/* Some records that are alike: all from one entry to one exit. */
struct survival_time {
    double entry, exit;
    size_t cause;  /* of the event; 0: censored */
    double count;  /* how many */
    double weight; /* that each of them has */
};

struct survival_counts;

/** survival_counts_new(causes): nothing counted yet; NULL if memory ran out. */
struct survival_counts *survival_counts_new(size_t causes);

void survival_counts_free(struct survival_counts *counts);

/**
 * survival_counts_add(counts, time):
 * Count some records.  Sums of whole numbers are the same in any order; of others, to rounding.
 *
 * A time of 0 is a time like any other for those from the start (an entry of 0 is that, too, but
 * then its exit is later): they are at risk at 0 and leave there.
 *
 * Domain:  0 <= exit, finite;  entry SURVIVAL_FROM_START, or 0 <= entry < exit;  cause <=
 *          causes; count a whole number from 1 to 1e15;  0 < weight <= 1e15.
 * Returns: DYAD_OK, DYAD_DOMAIN, or DYAD_NOMEM; ${counts} are as they were unless DYAD_OK.
 */
DYAD_MUST_CHECK enum dyad_status survival_counts_add(struct survival_counts *counts,
                                                     const struct survival_time *time);

/** survival_counts_merge(into, from): all of ${from} also; of as many causes.  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status survival_counts_merge(struct survival_counts *into,
                                                       const struct survival_counts *from);

/* ---- the table ---- */

struct survival_exits {
    double records, weight, squares; /* how many, their weights added, the squares of these */
};

struct survival_row {
    double time;
    double n_risk;            /* weight just before */
    double n_event, n_censor; /* weight that leaves: with the event, of any cause; without */
    double n_enter;           /* weight that comes */
    double records;           /* as n_risk, as records */
    const struct survival_exits *exits; /* [0] censored, [1] ... by cause */
};

/* Ascending.  There are rows at which some only come. */
struct survival_table {
    struct survival_row *rows;
    size_t n, causes;
    double records, events, weight; /* in all */
    bool late;                      /* somebody came after 0 */
    struct survival_exits *exits;
};

#define SURVIVAL_TABLE_INIT { NULL, 0, 0, 0, 0, 0, false, NULL }

/**
 * survival_tables(counts, groups, tables):
 * The tables of some groups.  What lies in ${tables} is released first (start from INIT).
 *
 * Times of all the groups that follow each other within 1.5e-8, or within that share of the mean
 * of the distinct times, are one time, the first of them: 0.3 and 0.1 + 0.2 are a tie.
 *
 * Domain:  groups >= 1, and of as many causes;  no group need have records;  no stay from entry
 *          to exit within what is one time;  all records within 2^53.
 * Returns: DYAD_OK, DYAD_DOMAIN, or DYAD_NOMEM; ${tables} are as they were unless DYAD_OK.
 * Source:  ties as in R's survival (aeqSurv).
 */
DYAD_MUST_CHECK enum dyad_status survival_tables(const struct survival_counts *const *counts,
                                                 size_t groups, struct survival_table *tables);

void survival_table_release(struct survival_table *table);

/** survival_table_find(table, time): how many rows are at or before ${time}. */
size_t survival_table_find(const struct survival_table *table, double time);

/** survival_table_risk(table, time): the weight at risk at ${time}. */
double survival_table_risk(const struct survival_table *table, double time);

#endif
