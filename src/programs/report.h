/*
 * programs/report.h: what the parts of `dyad report` share: the keys of a plan's `report`, the answers of its
 * analyses, and the page that is made of them.
 */
#ifndef DYAD_PROGRAMS_REPORT_H
#define DYAD_PROGRAMS_REPORT_H

#include "dyad/output/page.h"

#include "commands.h"
#include "plan.h"
#include "sentences.h"

enum { RISKS_MAX = 12 };

/* Texts; borrowed from the plan but for the array. */
struct texts {
    const char **at;
    size_t n;
};

struct report {
    const struct plan *plan;
    struct plan_answer *answers;
    struct texts summary, methods; /* of the plan's own */
    struct wordbook words;
    const char *exposure;          /* NULL: none was named */
    double risks[RISKS_MAX];       /* assumed without the exposure */
    size_t n_risks;
    bool *speaks, *is_absolute;    /* of each analysis: in the summary; among the absolute effects */
    struct result own;             /* tables that are the report's: absolute, reproduction */
    struct page page;
};

/** report_read_keys(r, err): the key `report` of the plan; DYAD_DATA with its place. */
DYAD_MUST_CHECK enum dyad_status report_read_keys(struct report *r, struct dyad_error *err);
void report_release_keys(struct report *r);

/** report_learn_labels(r): r->words.labels, of all groups and exposures of the answers whose values have labels. */
DYAD_MUST_CHECK enum dyad_status report_learn_labels(struct report *r, struct dyad_error *err);

/** report_label(r, key): the words for a column or COL=VALUE; ${key} itself where there are none. */
const char *report_label(const struct report *r, const char *key);

/** report_has_answer(a): is there something to show? */
bool report_has_answer(const struct plan_answer *a);

/** report_is(a, command): is it of the command of that name? */
bool report_is(const struct plan_answer *a, const char *command);

/* Parts of the page; each a section, or nothing where it has nothing to say. */

void report_summary(struct report *r);
void report_flow(struct report *r);
/** report_characteristics(r, a): the table characteristics of ${a}, its groups beside each other. */
void report_characteristics(struct report *r, const struct plan_answer *a);

/** report_first_measure(measures): the one that is spoken of: the first that is or, rr or rd; "" if none is. */
const char *report_first_measure(const struct table *measures);

/** report_population(a, out): "Population: born at term. Only records where parity == 0."; nothing where it is all. */
void report_population(const struct plan_answer *a, struct text *out);

/** report_find_absolute(r): the table `absolute` in r->own; report_absolute(r): its section. */
void report_find_absolute(struct report *r);
void report_absolute(struct report *r);

/**
 * report_exposure_term(r, a, row, level): is that coefficient of a model of the exposure alone, without an
 * interaction?  Then its level, borrowed from the term.
 */
bool report_exposure_term(const struct report *r, const struct table *coefficients, size_t row, const char **level);

/** report_reference_of(r, a): the level that the exposure's are compared with in a model; NULL where it is not known. */
const char *report_reference_of(const struct report *r, const struct plan_answer *a);

/** report_measure_of(a): "or", "rr" or "hr" of a model's ratio; NULL where it is none of these. */
const char *report_measure_of(const struct plan_answer *a);

#endif
