/* programs/odds_tables.h: the tables of `dyad odds`, counted from a cohort or typed as --cells. */
#ifndef DYAD_PROGRAMS_ODDS_TABLES_H
#define DYAD_PROGRAMS_ODDS_TABLES_H

#include "dyad/stats/stratified.h"

#include "analysis.h"
#include "suppression.h"

#include <stdbool.h>
#include <stddef.h>

enum stratification {
    STRATA_NONE,
    STRATA_COLUMNS, /* named strata */
    STRATA_SETS     /* matched sets: many, without names */
};

/*
 * One outcome by one exposure in one group of --by: the people of each level in each stratum,
 * people[stratum * n_levels + level].
 */
struct odds_table {
    const char *outcome, *exposure; /* as typed */
    char *event, *exposed_to;       /* of the sentence: "initiated = 1", "support" */
    bool against_others;            /* one level against all others */
    char **groups;
    size_t n_groups;
    char **levels;
    double *scores;   /* of each level, for a trend */
    bool has_scores;
    size_t n_levels, reference;
    enum stratification stratified;
    char **strata;
    size_t n_strata;
    struct people *people;
    struct people_counts *counts; /* the same for --suppress, all together behind the last stratum; NULL without it */
    size_t *n_counts;             /* with a known outcome, likewise */
    struct stratum_kinds *kinds;  /* of matched sets with --suppress: of each level but the reference; NULL */
};

/* How many sets there are of each kind, alike in all four cells: what estimates of matched sets are made of. */
struct stratum_kinds {
    size_t *counts;
    size_t n;
};

struct odds_tables {
    struct odds_table *at;
    size_t n;
    const char *const *group_names;
    size_t n_group_names;
    char *stratum_name; /* "Site / Parity", by their labels; NULL if there are no named strata */
    struct cohort *cohort; /* that was counted; NULL if the cells were typed */
    int64_t n_used;
};

/** odds_tables_count(o, out, r, err): from the cohort that the options name; notes go to ${r}. */
DYAD_MUST_CHECK enum dyad_status odds_tables_count(const struct options *o, struct odds_tables *out, struct result *r,
                                                   struct dyad_error *err);

/** odds_tables_typed(o, out, err): from --cells. */
DYAD_MUST_CHECK enum dyad_status odds_tables_typed(const struct options *o, struct odds_tables *out,
                                                   struct dyad_error *err);

/** odds_table_people(t, stratum, level): those of a stratum, or of all together for stratum t->n_strata. */
struct people odds_table_people(const struct odds_table *t, size_t stratum, size_t level);

/** odds_table_pair(t, stratum, level): ${level} against the reference, in a stratum or (n_strata) all together. */
struct two_by_two odds_table_pair(const struct odds_table *t, size_t stratum, size_t level);

/**
 * odds_table_strata(t, level, &n): all strata of ${level} against the reference, equal ones
 * together; the caller's to free, NULL if memory ran out.
 */
struct stratum *odds_table_strata(const struct odds_table *t, size_t level, size_t *n);

/** odds_table_counts(t, stratum, level): as odds_table_people, for --suppress. */
const struct people_counts *odds_table_counts(const struct odds_table *t, size_t stratum, size_t level);

void odds_tables_release(struct odds_tables *t);

#endif
