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
