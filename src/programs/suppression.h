/*
 * programs/suppression.h: --suppress N: counts of 1 to N-1, and whatever would reveal them, out of a result.
 *
 * A command tells what its counts are made of (stats/disclosure.h) and which cells of its tables, and which
 * notes, show them; suppression_apply() then empties what must not be shown.  A row of which nothing was told
 * is emptied of all its numbers.  Pictures are drawn from the tables afterwards.
 *
 * `s` may be NULL throughout: no --suppress, and nothing is done.
 */
#ifndef DYAD_PROGRAMS_SUPPRESSION_H
#define DYAD_PROGRAMS_SUPPRESSION_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/data/crosstab.h"
#include "dyad/stats/disclosure.h"

#include "analysis.h"
#include "counted.h"
#include "suppression_group.h"

struct suppression;

/**
 * suppression_new(threshold, audit, o):
 * Of a result on the cohort ${o}, which is borrowed; NULL if memory ran out.  With ${audit} the ranges are computed too.
 */
struct suppression *suppression_new(int64_t threshold, bool audit, const struct cohort_options *o);
void suppression_free(struct suppression *s);

/** suppression_join(s, member): what is hidden is decided together with other results: suppression_apply() waits for them. */
void suppression_join(struct suppression *s, const struct suppression_member *member);

/** suppression_threshold(s): 0 without --suppress. */
int64_t suppression_threshold(const struct suppression *s);

/** suppression_counts(s): where counts are told; NULL without --suppress. */
struct disclosure *suppression_counts(struct suppression *s);

/** suppression_people(s): where it is told whom a table counts; NULL without --suppress. */
struct counted *suppression_people(struct suppression *s);

/** suppression_name(s, name, count): what has the same name is the same count; the first of them. */
size_t suppression_name(struct suppression *s, const char *name, size_t count);
/** suppression_named(s, name, out): false if nothing has that name. */
bool suppression_named(const struct suppression *s, const char *name, size_t *out);

/* --- cells of a crosstab ------------------------------------------------------------------ */

/* No count: that there is nobody is known beforehand. */
#define COUNT_OF_NOBODY SIZE_MAX

/* The counts of one cell, or of several: with the event, without, of whom it is not known. */
struct people_counts {
    size_t events, non_events, missing;
};

/**
 * suppression_crosstab(s, c, spec, e, cells, n, out):
 * Tell the counts of all cells of a table of the cohort, and whom they count; those of cells[i] go to out[i].  A cell
 * has one of the three (all of groups that come as counts), the others are COUNT_OF_NOBODY.
 */
void suppression_crosstab(struct suppression *s, const struct cohort *c, const struct crosstab_spec *spec,
                          const struct event *e, const struct crosstab_cell *cells, size_t n, struct people_counts *out);

/** people_counts_begin(s): three sums of nothing yet; people_counts_add(s, sums, part). */
struct people_counts people_counts_begin(struct suppression *s);
void people_counts_add(struct suppression *s, const struct people_counts *sums, const struct people_counts *part);

/** people_counts_typed(s, p): counts of their own. */
struct people_counts people_counts_typed(struct suppression *s, const struct people *p);

/** people_counts_n(s, p): events and non-events together. */
size_t people_counts_n(struct suppression *s, const struct people_counts *p);

/* --- what shows them ----------------------------------------------------------------------- */

/** suppression_cell(s, t, row, column, count): that cell is ${count}. */
void suppression_cell(struct suppression *s, const struct table *t, size_t row, const char *column, size_t count);

/** suppression_numbers(s, t, row, counts, n): the other numbers of the row are computed from these. */
void suppression_numbers(struct suppression *s, const struct table *t, size_t row, const size_t *counts, size_t n);

/** suppression_open(s, t, row, column): that cell says nothing of anybody. */
void suppression_open(struct suppression *s, const struct table *t, size_t row, const char *column);

/** suppression_flag(s, t, row): numbers of the row are missing because they would tell too much. */
void suppression_flag(struct suppression *s, const struct table *t, size_t row);

/** suppression_open_all(s): nothing of the result tells of few people; whatever was told does not count. */
void suppression_open_all(struct suppression *s);

/** suppression_note(s, r, counts, n, instead, fmt, ...): a note that shows counts, and what is said if it may not. */
void suppression_note(struct suppression *s, struct result *r, const size_t *counts, size_t n, const char *instead,
                      const char *fmt, ...) DYAD_PRINTF(6, 7);

/**
 * suppression_left_out(s, names, without, n, count):
 * ${count} are left out for want of a value of at least one of these columns, which so many are without each; returns it.
 */
size_t suppression_left_out(struct suppression *s, const char *const *names, const int64_t *without, size_t n, size_t count);

/** suppression_input(s, input, records): the file number ${input} has so many records. */
void suppression_input(struct suppression *s, size_t input, size_t records);

/* --- the end ------------------------------------------------------------------------------- */

/**
 * suppression_apply(s, r, err):
 * Empty what must be hidden, and give every table the column `suppressed`.  DYAD_DOMAIN if nothing of the first
 * table is left; DYAD_NOMEM; DYAD_DEFECT.
 */
DYAD_MUST_CHECK enum dyad_status suppression_apply(struct suppression *s, struct result *r, struct dyad_error *err);
bool suppression_is_applied(const struct suppression *s);

/** suppression_audit(s): the table of ranges, as CSV; NULL where none was asked for. */
const struct text *suppression_audit(const struct suppression *s);

/** suppression_done(s, r): the result shows no counts; whose values few people have was left out while it was made. */
void suppression_done(struct suppression *s, struct result *r);

/** suppression_is_row(t, row): is a number of the row hidden? */
bool suppression_is_row(const struct table *t, size_t row);

/** suppression_put_fraction(out, t, row, events, n): "5/60" of two columns; a star for what is hidden. */
void suppression_put_fraction(struct text *out, const struct table *t, size_t row, const char *events, const char *n);

/** suppression_caption(s, out): what the stars of a picture mean; nothing without --suppress. */
void suppression_caption(const struct suppression *s, struct text *out);

#endif
