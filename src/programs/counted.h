/*
 * programs/counted.h: whom the tables of a result count, so that those of the same people can be tied together,
 * whether they stand in one analysis or in several.
 *
 * A table is told by what it counts (people, or events that come as counts), by the conditions that all of its
 * people meet (--where, and that columns have a value), by its columns, and by the value of each in every cell that
 * is not empty.
 *
 * Two tables are tied by their margins over the columns that they have in common, each taken of those who meet the
 * other's conditions as far as its own columns tell.  If the conditions are then the same, so are the counts; if
 * those of one are some of the other's, its counts are the other's and those of further people.
 */
#ifndef DYAD_PROGRAMS_COUNTED_H
#define DYAD_PROGRAMS_COUNTED_H

#include "dyad/data/cohort.h"
#include "dyad/stats/disclosure.h"

struct counted;

/** counted_new(o): of the files, filters and definitions of ${o}, which is borrowed; NULL if memory ran out. */
struct counted *counted_new(const struct cohort_options *o);
void counted_free(struct counted *c);

/* What most tables count. */
#define COUNTED_RECORDS "records"

/** counted_table(c, what, filters): a further table, of those that the first ${filters} filters keep. */
void counted_table(struct counted *c, const char *what, size_t filters);

/**
 * counted_groups(c, kind, events, totals): the same of groups that come as counts, EVENTS/TOTALS, of which ${kind} is
 * counted: "events", "non-events", or groups "without" either.
 */
void counted_groups(struct counted *c, const char *kind, const char *events, const char *totals);

/** counted_idle(c, filter): that filter left nobody out. */
void counted_idle(struct counted *c, size_t filter);

/* How much of a column is told in the cells. */
enum counted_detail {
    COUNTED_LEVELS, /* its values */
    COUNTED_IS,     /* whether it is a certain one, or another */
    COUNTED_KNOWN,  /* whether it has one */
    COUNTED_STEPS   /* see counted_steps() */
};

/** counted_column(c, name, detail, value): the last table has this column, by the name it has in the run. */
void counted_column(struct counted *c, const char *name, enum counted_detail detail, const char *value);

/**
 * counted_steps(c, name, ends, n):
 * The last column of the last table: in which step of ${name} a record is; a step ends at ends[i], ascending, in
 * the file's own numbers.
 */
void counted_steps(struct counted *c, const char *name, const double *ends, size_t n);

/** counted_is(c, name, value): all in the last table have that value of this column. */
void counted_is(struct counted *c, const char *name, const char *value);

/**
 * counted_need(c, name, n_without):
 * All in the last table have a value of this column; of those who else would be in it so many have none.
 */
void counted_need(struct counted *c, const char *name, int64_t n_without);

/** counted_lack(c, names, n): all in the last table are without a value of at least one of these columns. */
void counted_lack(struct counted *c, const char *const *names, size_t n);

/* Another value than that of COUNTED_IS, and any of COUNTED_KNOWN. */
#define COUNTED_OTHER "\x1f"

/** counted_cell(c, values, count): a cell of the last table: of each column its value, "" for none. */
void counted_cell(struct counted *c, const char *const *values, size_t count);
/** counted_cell_at(c, values, step, count): the same of a table with steps: which it is, ${n} behind all ends. */
void counted_cell_at(struct counted *c, const char *const *values, size_t step, size_t count);

/**
 * counted_tie(sets, bases, n, d):
 * Tell ${d} what the tables of all sets have to do with each other; the counts of sets[i] have the numbers from
 * bases[i] on.  DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status counted_tie(const struct counted *const *sets, const size_t *bases, size_t n,
                                             struct disclosure *d);

#endif
