/* programs/analysis.h: what rates and odds share: events, exposures, groups, flow, what was left out. */
#ifndef DYAD_PROGRAMS_ANALYSIS_H
#define DYAD_PROGRAMS_ANALYSIS_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/data/crosstab.h"
#include "dyad/stats/effect_size.h"

#include "options.h"

enum { BY_MAX = 16 };

enum event_coding {
    EVENT_TRUTH,  /* 0/1, no/yes, n/y, false/true */
    EVENT_EQUALS, /* COL=VALUE */
    EVENT_COUNTS  /* EVENTS/TOTAL */
};

/* A binary outcome, as it was written and as it is counted. */
struct event {
    const char *typed; /* the options' */
    enum event_coding coding;
    char *column, *value; /* of EVENT_COUNTS: events and total */
    size_t factor, events, totals;
    signed char *states; /* after the run, of each code: 1 event, 0 none, -1 missing */
    char *label;         /* "initiated = 1" */
};

/* A category that people are compared by; with a value: that level against all others. */
struct exposure {
    const char *typed;
    char *column, *value;
    size_t factor;
};

/* The --by columns. */
struct grouping {
    const char *const *names;
    size_t n, factors[BY_MAX];
};

/* People of one group: those with the event, those without, those of whom it is not known. */
struct people {
    int64_t events, non_events, missing;
};

DYAD_MUST_CHECK enum dyad_status analysis_open(const struct options *o, struct cohort **out, struct dyad_error *err);

DYAD_MUST_CHECK enum dyad_status event_request(struct cohort *c, const char *typed, struct event *e,
                                               struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status exposure_request(struct cohort *c, const char *typed, struct exposure *x,
                                                  struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status grouping_request(struct cohort *c, const struct options *o, struct grouping *g,
                                                  struct dyad_error *err);

/**
 * exposure_reference(c, x, wanted, out, err):
 * After the run: which level, from 0, the others are compared with: ${wanted}; if that is NULL the first by --order or the
 * codebook's, else 0, no or false, else the least number.  DYAD_USAGE where there is none.
 */
DYAD_MUST_CHECK enum dyad_status exposure_reference(const struct cohort *c, const struct exposure *x, const char *wanted,
                                                    size_t *out, struct dyad_error *err);

/** event_specify(e, spec): add the outcome behind the factors of ${spec}. */
void event_specify(const struct event *e, struct crosstab_spec *spec);

/**
 * event_settle(c, e, notes, err):
 * After the run: which codes are events.  DYAD_DATA where the column holds what is no coding of one.
 */
DYAD_MUST_CHECK enum dyad_status event_settle(const struct cohort *c, struct event *e, struct result *notes,
                                              struct dyad_error *err);

/** event_count(e, cell, at, p): add a cell, whose outcome's code stands at ${at}, to ${p}. */
void event_count(const struct event *e, const struct crosstab_cell *cell, size_t at, struct people *p);

void event_release(struct event *e);
void exposure_release(struct exposure *x);

/** analysis_level(c, factor, code): the text of a code; "" for 0. */
const char *analysis_level(const struct cohort *c, size_t factor, uint32_t code);

/** analysis_join(c, factors, n, codes, out): their values, joined by " / ". */
void analysis_join(const struct cohort *c, const size_t *factors, size_t n, const uint32_t *codes, struct text *out);

struct counted;

/**
 * event_column(e, people), event_value(e, happened): the outcome, of which it is known whether it happened, as a column of
 * a table that is told (counted.h), and its values there.  Not of EVENT_COUNTS.
 */
void event_column(const struct event *e, struct counted *people);
const char *event_value(const struct event *e, bool happened);

struct people_counts;

/**
 * analysis_note_missing(name, cells, counts, n, at, s, r): how many were left out for want of a value
 * at codes[${at}] of the cells, whose ${counts} go with --suppress.
 */
void analysis_note_missing(const char *name, const struct crosstab_cell *cells, const struct people_counts *counts,
                           size_t n, size_t at, struct suppression *s, struct result *r);

/** analysis_read(c, accumulator, spec, out, err): cohort_run; DYAD_DATA if there is no record at all. */
DYAD_MUST_CHECK enum dyad_status analysis_read(struct cohort *c, const struct accumulator *accumulator,
                                               const void *spec, void **out, struct dyad_error *err);

/** analysis_run(c, set, sums, err): the same to count the tables of ${set}. */
DYAD_MUST_CHECK enum dyad_status analysis_run(struct cohort *c, const struct crosstab_set *set, void **sums,
                                              struct dyad_error *err);

/** analysis_inputs(c, r): the files of ${c}, to be told in ${r}; and their blank lines. */
void analysis_inputs(const struct cohort *c, struct result *r);

/** analysis_files(reader, b, r): the same of files that are no cohort's; ${b} may be NULL. */
void analysis_files(struct reader *reader, const struct codebook *b, struct result *r);

/**
 * analysis_tell_used(s, complete, n, everybody, n_used):
 * For --suppress: those used are those in the one table there is, or (${n} 0) a count by themselves.  Of several
 * tables they are not told, as who is in one and not in another is not counted; but where one has ${everybody} who
 * could be in any (COUNT_OF_NOBODY: not known).
 */
void analysis_tell_used(struct suppression *s, const size_t *complete, size_t n, size_t everybody, int64_t n_used);

/** analysis_report(c, o, n_used, r): inputs, the table flow, and the notes on both. */
void analysis_report(const struct cohort *c, const struct options *o, int64_t n_used, struct result *r);

/**
 * zero_rule_read(typed, rule, added):
 * `none`, or only0, if0all or all with a number above 0: "only0:0.5"; `only0:arm`; false if it is none of these.
 */
DYAD_MUST_CHECK bool zero_rule_read(const char *typed, enum zero_rule *rule, double *added);

/** plural(n): "s" but for one. */
const char *plural(int64_t n);

#endif
