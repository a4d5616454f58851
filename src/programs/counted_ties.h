/*
 * programs/counted_ties.h: the tables that were told (counted.h) of all results together, and what is needed to tie
 * them.
 */
#ifndef DYAD_PROGRAMS_COUNTED_TIES_H
#define DYAD_PROGRAMS_COUNTED_TIES_H

#include "dyad/core/text.h"
#include "dyad/data/conditions.h"

#include "counted.h"
#include "name_map.h"

/* Texts are numbers: of a set, or once they are tied, of all sets. */
#define MISSING_VALUE 0u           /* "" */
#define ANY_VALUE (SIZE_MAX - 1)   /* there is one */
#define OTHER_VALUE (SIZE_MAX - 2) /* not that of COUNTED_IS */

/* A condition that all people of a table meet. */
struct fact {
    size_t subject, name;
    size_t said;                  /* its place among the set's filters, or conditions said besides */
    size_t only;                  /* the value of a list of one */
    const struct condition *what; /* once they are tied */
    size_t number;                /* the same of all ways to say it */
    size_t filter;                /* that makes it; NO_FILTER */
    bool idle;                    /* it leaves nobody out */
};

#define NO_FILTER SIZE_MAX

struct people_column {
    char *name;            /* of the column in the run; the table's */
    size_t subject, value; /* value: of COUNTED_IS; which steps */
    enum counted_detail detail;
    double *ends; /* of COUNTED_STEPS; of a table's column the table's */
    size_t n_ends;
};

struct people_table {
    size_t what, set;
    struct fact *facts; /* by number, ascending */
    size_t n_facts;
    struct people_column *columns;
    size_t n_columns;
    double *ends;            /* of the last column, if it has steps */
    size_t *values, *counts; /* values[cell * n_columns + column]; of a step its number plus 1 */
    size_t n_cells, room;
};

struct counted {
    const struct cohort_options *o;
    struct text data;                /* which records */
    struct conditions filters, said; /* said: of all tables */
    bool *idle;                      /* of each filter */
    struct name_map texts;
    struct people_table *tables;
    size_t n_tables;
    bool failed;
};

void counted_table_release(struct people_table *t);

/** counted_number(texts, text, failed): the number of a text; ${failed} is set if memory ran out. */
size_t counted_number(struct name_map *texts, const char *text, bool *failed);

/** counted_name_steps(texts, ends, n, failed): the number of steps by their ends. */
size_t counted_name_steps(struct name_map *texts, const double *ends, size_t n, bool *failed);

/* --- all of them ---------------------------------------------------------------------------- */

struct ties {
    struct disclosure *d;
    struct name_map texts;
    const char **spelt; /* text of each number that was given until all sets were copied */
    struct people_table *tables;
    size_t n_tables;
    struct margin *margins; /* of tables, made once */
    size_t n_margins;
    struct name_map made;   /* which they are */
    struct name_map counts; /* by what they count: the same count, wherever it comes from */
    struct name_map told;   /* which sums */
};

/* Sums over the cells of a table that have the same values. */
struct margin {
    size_t *keys, *counts; /* keys[i * n_columns + column] */
    size_t *parts;         /* cells in each */
    size_t n, n_columns;
    size_t *slots, n_slots; /* of the hashes of keys: its number plus 1 */
};

/* Conditions of a table, and those it is narrowed by: their numbers run on. */
struct conditions_of {
    struct fact *at;
    size_t n;
};

/* --- conditions: counted_margins.c ------------------------------------------------------------ */

/** ties_end(facts, n, i): the end of the facts that say the condition at ${i}. */
size_t ties_end(const struct fact *facts, size_t n, size_t i);

/** ties_follows(from, n, facts, i, end): does the condition at [i, end) of ${facts} follow from those of ${from}?
 */
bool ties_follows(const struct fact *from, size_t n, const struct fact *facts, size_t i, size_t end);

/** ties_all_follow(from, c): do all of ${c}, but for those that leave nobody out? */
bool ties_all_follow(const struct conditions_of *from, const struct conditions_of *c);

/** ties_narrow(t, other, out, narrowed): the conditions of ${t}, and of ${other}'s those its cells tell of:
 * ${narrowed}. */
bool ties_narrow(const struct people_table *t, const struct people_table *other, struct conditions_of *out,
                 struct conditions_of *narrowed);

/** ties_name(what, c, out): whom the conditions leave, in one spelling; false if memory ran out. */
bool ties_name(size_t what, const struct conditions_of *c, struct text *out);

/* --- margins: counted_margins.c --------------------------------------------------------------- */

/** table_column_of(t, subject): t->n_columns if it has none. */
size_t table_column_of(const struct people_table *t, size_t subject);

/**
 * ties_common(a, columns, n_columns, u, n):
 * What both the columns and those of ${u} tell, by subject; to free with ties_free_columns, NULL if memory ran out.
 */
struct people_column *ties_common(struct ties *a, const struct people_column *columns, size_t n_columns,
                                  const struct people_table *u, size_t *n);
void ties_free_columns(struct people_column *columns, size_t n);

/** ties_tell(from, to): can what ${to} tells be seen in a column ${from} of the same subject? */
bool ties_tell(const struct people_column *from, const struct people_column *to);

/**
 * ties_margin(a, t, all, narrowed, columns, n_columns):
 * The margin of ${t}, of those whom ${narrowed} leaves and who then meet ${all}, over the columns; it is made once.
 * SIZE_MAX if memory ran out.
 */
size_t ties_margin(struct ties *a, const struct people_table *t, const struct conditions_of *all,
                   const struct conditions_of *narrowed, const struct people_column *columns, size_t n_columns);

/** margin_slot(m, key): where the number of a key, plus 1, stands; 0 there: it is not in the margin. */
size_t *margin_slot(const struct margin *m, const size_t *key);
void margin_release(struct margin *m);

/* --- equations ---------------------------------------------------------------------------------- */

/** ties_sum(a, whole, parts, n): ${whole} is its parts, and others; told once.  False if memory ran out. */
bool ties_sum(struct ties *a, size_t whole, const size_t *parts, size_t n);

/** ties_parts(a, i, dropped): what is left of table ${i} when tables of different people are taken from it. */
bool ties_parts(struct ties *a, size_t i, const bool *dropped);

/** ties_populations(a): who is in both of two populations is in neither of the rest. */
bool ties_populations(struct ties *a);

#endif
