/* programs/reproduce.h: a row of a registry: its command run, its quantity looked up, its figures compared. */
#ifndef DYAD_PROGRAMS_REPRODUCE_H
#define DYAD_PROGRAMS_REPRODUCE_H

#include "commands.h"

/* A command line, its words owned. */
struct words {
    char **at;
    size_t n;
};

/* "TABLE.COLUMN: COL=VALUE, ..." */
struct quantity {
    char *table, *column;
    char **conditions; /* each "COL=VALUE" */
    size_t n;
};

/* What a result holds there; NaN where it holds no number. */
struct figure {
    double value, low, high;
    enum scale scale;
};

/* How the digits printed came from the number. */
enum rounding { ROUNDED, CUT_OFF, ROUNDED_TWICE };

/* A figure that somebody printed: estimate and limits as they stand there; "" for what is not known. */
struct published {
    const char *id, *citation, *quantity, *printed[3], *expected, *convention;
};

/** published_check(p, err): DYAD_DATA unless its quantity, its numbers and its verdict can be read. */
DYAD_MUST_CHECK enum dyad_status published_check(const struct published *p, struct dyad_error *err);

/** reproduction_table(r): the table `reproduction`, still without rows. */
struct table *reproduction_table(struct result *r);

/**
 * reproduction_add(p, from, t, r, as_expected):
 * A row of it: ${p} beside what ${from} holds; NULL: there is no answer.  What failed is noted in ${r}.
 * Returns: DYAD_OK; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status reproduction_add(const struct published *p, const struct result *from, struct table *t,
                                                  struct result *r, bool *as_expected);

/**
 * words_run(words, folder, hash, out, err):
 * Run a command of dyad's that computes something, paths from ${folder}; ${hash}: hash its files.
 * Returns: DYAD_OK; DYAD_DATA if the words are none of that; whatever the command returns.
 */
DYAD_MUST_CHECK enum dyad_status words_run(const struct words *words, const char *folder, bool hash,
                                           struct outcome *out, struct dyad_error *err);

/** quantity_look_up(q, r, out, err): the only row of ${r} that is meant; DYAD_DATA if it is not one. */
DYAD_MUST_CHECK enum dyad_status quantity_look_up(const struct quantity *q, const struct result *r, struct figure *out,
                                                  struct dyad_error *err);

/** printed_number(text, number, digits, unit): digits behind the point, unit 100 of a percentage; false: no number. */
bool printed_number(const char *text, double *number, int *digits, double *unit);

/**
 * printed_agrees(text, computed, how):
 * Can ${computed} have been printed as ${text}?  A tie may have gone either way.
 */
bool printed_agrees(const char *text, double computed, enum rounding how);

#endif
