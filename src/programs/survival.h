/*
 * programs/survival.h: what the parts of `dyad survival` share: choices, groups, what is counted of them.
 *
 * survival.c reads the options, survival_data.c the records, the others make the tables.
 */
#ifndef DYAD_PROGRAMS_SURVIVAL_H
#define DYAD_PROGRAMS_SURVIVAL_H

#include "dyad/core/result.h"
#include "dyad/stats/aalen_johansen.h"
#include "dyad/stats/current_status.h"
#include "dyad/stats/kaplan_meier.h"
#include "dyad/stats/logrank.h"
#include "dyad/stats/survival_table.h"
#include "dyad/stats/turnbull.h"

#include "analysis.h"
#include "commands.h"
#include "options.h"
#include "survey.h"

enum { CAUSES_MAX = 16, QUANTILES_MAX = 16, TESTED_GROUPS_MAX = 1000 };

/* How the time of the event is known. */
enum survival_mode {
    SURVIVAL_TIMES,     /* to the event, or to the end of observation */
    SURVIVAL_INTERVALS, /* --interval: between two times */
    SURVIVAL_STATUS     /* --current-status: before or after one */
};

enum time_unit { UNIT_NONE, UNIT_DAYS, UNIT_WEEKS, UNIT_MONTHS, UNIT_YEARS };

enum survival_test {
    TEST_LOGRANK,
    TEST_PETO_PETO, /* survdiff's rho = 1 */
    TEST_PETO_1972,
    TEST_ANDERSEN,
    TEST_GEHAN,
    TEST_TARONE_WARE,
    SURVIVAL_TESTS
};

struct survival_choices {
    enum survival_mode mode;
    struct kaplan_meier_method method;
    enum time_unit file_unit, unit; /* of the file; of all that is printed */
    double factor;       /* times of the file by this */
    double tau;          /* NaN: the largest time that every group reaches */
    double *at;          /* chosen times */
    size_t n_at;
    double quantiles[QUANTILES_MAX];
    size_t n_quantiles;
    double *breaks;      /* of the life table */
    size_t n_breaks;
    double *heaps;       /* round times */
    size_t n_heaps;
    size_t replicates;   /* of the bootstrap */
    bool tests[SURVIVAL_TESTS];
    double rho, gamma;   /* of the Fleming-Harrington test */
    bool fleming_harrington;
    /* of the picture */
    bool drawn;           /* is there one? */
    bool as_rows;         /* estimates at chosen times; else curves */
    double until;         /* end of its time axis; 0: the last time */
    enum scale scale;
    const char *words[2]; /* of the time axis, of the other; NULL: the column's */
};

/* A column of numbers: its place among a record's codes, and the numbers by code, in the unit that is printed. */
struct number_column {
    bool wanted;
    const char *name;
    size_t factor, place;
    double *numbers; /* of code i at [i]; NaN at [0] */
    double scale;    /* what the file's numbers are multiplied by */
};

/* --cluster (or --psu): records that were drawn together, the units of a survey design. */
struct cluster_column {
    bool wanted;
    struct survey survey;
    struct survey_columns columns;
    size_t places[SURVEY_ROLES]; /* of its columns among the codes */
    double *influences; /* of each group, target (the mean, then --at) and unit: on the estimate */
};

/* Times that are not known to the point, alike ones together. */
struct survival_seen {
    double low, high; /* of --interval; of --current-status age, and 1 where the event was */
    double records;
    double weight;    /* of each record */
    signed char ever; /* of --ever: 1, 0; -1 not known */
};

/* The likeliest curve of them: pieces of Turnbull's, or ages and the share without the event at each. */
struct survival_shape {
    enum survival_mode mode;
    size_t room; /* for so many kinds */
    struct turnbull_piece *pieces;
    struct status_count *ages;
    double *survival;
    size_t n; /* pieces or ages */
};

/* The records of a cluster that are alike. */
struct cluster_stay {
    size_t cluster;
    struct survival_stay stay;
};

/* One for each combination of --by. */
struct survival_group {
    const uint32_t *codes; /* of the --by columns */
    char *name;            /* their values, joined */
    bool few;              /* with --suppress: too few events or censorings for a curve */
    /* of SURVIVAL_TIMES */
    struct survival_table *tables; /* [0] of all, [1 + h] of stratum h */
    struct cluster_stay *stays;    /* with --cluster */
    size_t n_stays, stays_room;
    /* of the others */
    struct survival_seen *seen; /* ascending */
    size_t n_seen, room;
    struct survival_shape shape; /* n 0: it was not found */
    struct estimate *curve;      /* of tables[0]; of the shape's pieces or ages, NULL where it has no limits */
};

struct survival_job {
    const struct options *o;
    struct survival_choices how;
    struct cohort *cohort;
    struct grouping by, strata;
    struct event event;
    size_t event_place;
    struct event competing[CAUSES_MAX]; /* in the event's own column or others */
    size_t competing_places[CAUSES_MAX];
    size_t n_causes; /* 1: the event alone */
    struct event ever;
    size_t ever_place;
    bool has_ever;
    struct number_column time, entry, low, high, weight;
    struct cluster_column cluster;
    struct survival_group *groups;
    uint32_t *group_codes, *stratum_codes; /* of each group the --by columns', of each stratum the --stratify columns' */
    size_t n_groups, n_strata;
    int64_t n_used, n_missing, n_weightless, n_zero, n_uninformative;
    int64_t missing_at[CROSSTAB_FACTORS];
    bool coarse; /* --suppress put times together */
    struct result *r;
};

/* --- survival_data.c ---------------------------------------------------------------------- */

/** survival_read(j, err): the records, counted by group; curves where times are known. */
DYAD_MUST_CHECK enum dyad_status survival_read(struct survival_job *j, struct dyad_error *err);
void survival_release(struct survival_job *j);

bool survival_has_weights(const struct survival_job *j);
/** survival_is_robust(j): are the errors not those of so many independent people, and there are no tests? */
bool survival_is_robust(const struct survival_job *j);

/** survival_unit_name(unit): "days" ...; NULL for UNIT_NONE. */
const char *survival_unit_name(enum time_unit unit);
/** survival_unit_days(unit): how many days it has; NaN for UNIT_NONE. */
double survival_unit_days(enum time_unit unit);

/* --- tables ------------------------------------------------------------------------------- */

/** survival_open(j, name): a table that begins with the --by columns. */
struct table *survival_open(const struct survival_job *j, const char *name);
void survival_row(const struct survival_job *j, struct table *t, const struct survival_group *g, enum scale scale);
void survival_numbers(struct table *t, const char *const *names);
void survival_estimate_columns(struct table *t);
void survival_set_estimate(struct table *t, const struct estimate *e);
/** survival_cause(j, cause): its words; 1 is the event. */
const char *survival_cause(const struct survival_job *j, size_t cause);

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/** survival_incidence_method(j): of cumulative incidences, in tables and pictures. */
struct incidence_method survival_incidence_method(const struct survival_job *j);

/** survival_draw(j, out, err): after the report, the picture of --plot. */
DYAD_MUST_CHECK enum dyad_status survival_draw(struct survival_job *j, struct outcome *out, struct dyad_error *err);

/** survival_report(j, err): all tables and notes. */
DYAD_MUST_CHECK enum dyad_status survival_report(struct survival_job *j, struct dyad_error *err);

/* The parts of it. */
DYAD_MUST_CHECK enum dyad_status survival_curves(struct survival_job *j, double *tau, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status survival_tests(struct survival_job *j, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status survival_incidence(struct survival_job *j, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status survival_heaping(struct survival_job *j, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status survival_shapes(struct survival_job *j, double *tau, struct dyad_error *err);
void survival_notes(struct survival_job *j, double tau);

/* --- survival_suppress.c ------------------------------------------------------------------- */

/** survival_tell(j): after the report, what the tables are made of, for --suppress.  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status survival_tell(struct survival_job *j);
/** survival_suppress(j, err): hide it; DYAD_DOMAIN too where a picture is to show what is hidden. */
DYAD_MUST_CHECK enum dyad_status survival_suppress(struct survival_job *j, struct dyad_error *err);

/* --- survival_clusters.c ------------------------------------------------------------------- */

/** survival_clusters(j, tau, err): errors and limits of the curves by cluster. */
DYAD_MUST_CHECK enum dyad_status survival_clusters(struct survival_job *j, double tau, struct dyad_error *err);

/* What an estimate of a group is of: the restricted mean, or the curve at the i-th chosen time. */
enum { CLUSTER_MEAN = 0, CLUSTER_AT = 1 };

/**
 * survival_cluster_error(j, target, group, reference):
 * The standard error by cluster: of the difference from group ${reference}, or with SIZE_MAX of ${group} itself.
 */
double survival_cluster_error(const struct survival_job *j, size_t target, size_t group, size_t reference);

/* --- survival_shape.c --------------------------------------------------------------------- */

/* Storage: reserved by the function that uses it, used often. */
struct shape_work {
    struct turnbull_work turnbull;
    struct interval_time *times;
    double *scratch;
    size_t room;
};

#define SHAPE_WORK_INIT { .turnbull = TURNBULL_WORK_INIT }

/** survival_needed(j, names): the columns that a record must have a value of, each at its place among the codes; else NULL. */
void survival_needed(const struct survival_job *j, const char *names[CROSSTAB_FACTORS]);

/**
 * shape_fit(seen, n, records, work, out):
 * The likeliest curve; records[i], if not NULL, takes the place of seen[i].records.
 * Returns: DYAD_OK, or what turnbull() or current_status() return; out->n is then 0.
 */
DYAD_MUST_CHECK enum dyad_status shape_fit(const struct survival_seen *seen, size_t n, const double *records,
                                           struct shape_work *work, struct survival_shape *out);

/** shape_at(s, time, least, most): by a straight line within a piece, or between ages; NaN where it is not known. */
double shape_at(const struct survival_shape *s, double time, double *least, double *most);
/** shape_quantile(s, p, out): lower and upper are all that the data tell; NaN: not reached. */
void shape_quantile(const struct survival_shape *s, double p, struct estimate *out);
/** shape_mean(s, tau): the area under the curve from 0 to tau; NaN where it is not known until then. */
double shape_mean(const struct survival_shape *s, double tau);
/** shape_last(s): the last time at which the curve is known, but for what then is 0 for ever. */
double shape_last(const struct survival_shape *s);

void shape_release(struct survival_shape *s);
void shape_work_release(struct shape_work *work);

/* --- survival_dhs.c ----------------------------------------------------------------------- */

enum { DHS_RESULTS = 5 };

/* Medians and means as the Demographic and Health Surveys have them, first to phase 6, then from phase 7. */
struct dhs_results {
    double n;    /* children below 36 months */
    double ever;
    double at[DHS_RESULTS]; /* median, mean; median, mean; prevalence over incidence */
};

/** dhs_find(j, seen, n, records, out): NaN where there is none; records as in shape_fit. */
void dhs_find(const struct survival_job *j, const struct survival_seen *seen, size_t n, const double *records,
              struct dhs_results *out);

/** dhs_tables(j, estimates): of group g from [g * DHS_RESULTS] on. */
void dhs_tables(struct survival_job *j, const struct estimate *estimates);

#endif
