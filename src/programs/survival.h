/* programs/survival.h: what the parts of `dyad survival` share: choices, curves by group, the tables. */
#ifndef DYAD_PROGRAMS_SURVIVAL_H
#define DYAD_PROGRAMS_SURVIVAL_H

#include "dyad/core/result.h"
#include "dyad/stats/kaplan_meier.h"
#include "dyad/stats/survival_table.h"

#include "analysis.h"
#include "options.h"

enum { CAUSES_MAX = 16, QUANTILES_MAX = 16 };

struct survival_choices {
    struct kaplan_meier_method method;
    double tau;          /* NaN: the largest time that every group reaches */
    double *at;          /* chosen times */
    size_t n_at;
    double quantiles[QUANTILES_MAX];
    size_t n_quantiles;
    double *breaks;      /* of the life table */
    size_t n_breaks;
    double rho, gamma;   /* of the Fleming-Harrington test */
    bool fleming_harrington;
};

/* A column of numbers, by code. */
struct number_column {
    size_t factor;
    double *numbers; /* of code i at [i] */
};

/* The curves: one for each combination of --by; with strata a table for each of both. */
struct survival_group {
    uint32_t codes[BY_MAX];
    char *name;
    struct survival_table *tables; /* [0] of all, [1 + h] of stratum h */
    struct estimate *curve;        /* of tables[0] */
};

struct survival_job {
    const struct options *o;
    struct survival_choices how;
    struct cohort *cohort;
    struct grouping by, strata;
    struct event event;
    bool has_competing;
    struct event competing[CAUSES_MAX]; /* in the event's own column or others */
    size_t n_causes; /* 1: the event alone */
    struct number_column time, entry;
    bool has_entry;
    struct survival_group *groups;
    size_t n_groups, n_strata;
    int64_t n_used, n_missing;
    struct result *r;
};

/** survival_report(j, err): tables and notes. */
DYAD_MUST_CHECK enum dyad_status survival_report(struct survival_job *j, struct dyad_error *err);

#endif
