/*
 * data/conditions.h: what --where asks of a record, taken apart, and what columns are by their definitions: so that
 * two runs can tell whether they speak of the same people.
 *
 * Two spellings that differ in blanks, quotes or brackets are the same; a derived column is what its definition
 * says, whatever it is called.  What is not found to be the same may be so all the same.
 */
#ifndef DYAD_DATA_CONDITIONS_H
#define DYAD_DATA_CONDITIONS_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"
#include "dyad/data/cohort.h"

#include <stdbool.h>
#include <stddef.h>

/* Which values of its subject meet a condition; a missing one never does but CONDITION_MISSING. */
enum condition_kind {
    CONDITION_IN,      /* those of a list */
    CONDITION_NOT_IN,  /* all others */
    CONDITION_BETWEEN, /* numbers from low to high, with or without either; one may be infinite */
    CONDITION_KNOWN,   /* all */
    CONDITION_MISSING
};

/*
 * Of the filters each is one condition, and `p and q` are two.  One condition may be said in several ways, which
 * follow each other: `age < 20` is also that the expression `age >= 20` is false.
 */
struct condition {
    char *subject; /* a column, or an expression of which the value is 1 (true) or 0 (false) */
    enum condition_kind kind;
    char **values; /* as condition_value writes them */
    size_t n;
    double low, high;
    bool with_low, with_high;
    size_t number; /* the same of all ways to say it */
    size_t filter; /* by the how manyth filter, from 0 */
};

struct conditions {
    struct condition *at;
    size_t n;
};

/** condition_is_met(c, value): by a value as condition_value writes it, "" for none. */
bool condition_is_met(const struct condition *c, const char *value);

/** condition_implies(a, b), condition_excludes(a, b): of the same subject: is b met wherever a is, or never? */
bool condition_implies(const struct condition *a, const struct condition *b);
bool condition_excludes(const struct condition *a, const struct condition *b);

/** condition_name(c, out): the same for conditions that say the same of the same subject. */
void condition_name(const struct condition *c, struct text *out);

/**
 * conditions_read(filters, n, derived, n_derived, out):
 * DYAD_NOMEM.  Of a filter that is no expression nothing is to be relied on: who runs it will say so.
 */
DYAD_MUST_CHECK enum dyad_status conditions_read(const char *const *filters, size_t n,
                                                 const struct derived_column *derived, size_t n_derived,
                                                 struct conditions *out);
void conditions_release(struct conditions *c);

/** conditions_add(c, subject, kind, value): one more, of one value or (NULL) none; NULL if memory ran out. */
struct condition *conditions_add(struct conditions *c, const char *subject, enum condition_kind kind, const char *value);

/** condition_subject(name, derived, n, out): what a column is: itself, or its definition. */
void condition_subject(const char *name, const struct derived_column *derived, size_t n, struct text *out);

/**
 * condition_is_related(a, b, derived, n, out):
 * Are two columns different, and made of the same one of the file?  That one is made of itself.  DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status condition_is_related(const char *a, const char *b, const struct derived_column *derived,
                                                      size_t n, bool *out);

/** condition_value(text, decimal, out): a value in one spelling: 1 for 1.0, yes and true. */
void condition_value(const char *text, char decimal, struct text *out);

#endif
