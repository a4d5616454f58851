/*
 * programs/conventions.h: what a paper may have done otherwise, each as a change of the command line
 * (another measure, another interval ...) or of how its figure is read (turned round, as a log ...).
 */
#ifndef DYAD_PROGRAMS_CONVENTIONS_H
#define DYAD_PROGRAMS_CONVENTIONS_H

#include "dyad/core/text.h"

#include "options.h"
#include "reproduce.h"

enum axis_kind {
    SETS_OPTION,
    SETS_WITHIN,       /* unless it has a value of another kind */
    SETS_NAMED,        /* only if it has a value of this kind */
    CHANGES_CONDITION, /* another row of the same result */
    COUNTS_OTHER,      /* the events themselves */
    COUNTS_MISSING
};

struct choice {
    const char *value; /* of the option or condition; NULL: the option left out, or none needed */
    const char *says;
    const char *also;    /* OPTION=VALUE that goes with it */
    const char *without; /* options that do not */
    const char *alias;   /* another spelling of the value */
    bool alone;          /* seldom done: with other departures it would agree by chance */
};

struct axis {
    const char *command;
    enum axis_kind kind;
    const char *option;
    const char *columns; /* conditions of the quantity that it settles or would contradict */
    const struct choice *choices; /* the first is the default */
    const char *only; /* "limits": leaves an estimate as it is; else changes columns that begin so */
};

/* One thing done otherwise.  Of one axis only one can be. */
struct departure {
    const struct axis *axis;
    const struct choice *choice;
    const char *instead_of; /* in words; NULL where that says nothing */
};

enum { DEPARTURES_MAX = 80, DEPARTURES_AT_ONCE = 3 };

/* All that a row's command leaves open, in the order in which they are tried. */
struct departures {
    struct departure at[DEPARTURES_MAX];
    size_t n;
    const struct options *options; /* of the row's own command */
    const char *outcome;           /* whose figure it is; NULL if there is none */
};

/* --- conventions.c --- */

/**
 * departures_find(o, q, limits, out):
 * From the row's own command and quantity; ${limits}: some were printed.  ${out} lives as long as both.
 */
void departures_find(const struct options *o, const struct quantity *q, bool limits, struct departures *out);

/* Another way to read what a command gave. */
struct reading {
    size_t axis;
    const char *says;
    bool (*read)(struct figure *f); /* false: makes no sense of such a figure; NULL: leaves it as it is */
    enum rounding rounding;
    bool of_p_values; /* of nothing else */
    bool of_percent;  /* of what is printed with that sign alone */
};

/** reading_at(i): the i-th, NULL behind the last. */
const struct reading *reading_at(size_t i);

/* --- departures.c --- */

/**
 * departures_make(d, picks, n, words, q, typed):
 * Change ${words} and ${q}, copies of the row's own, as ${n} departures say (by their numbers,
 * ascending), and tell in ${typed} what to type, unless it is NULL.  DYAD_NOMEM; DYAD_DOMAIN if this
 * command cannot be changed so.
 */
DYAD_MUST_CHECK enum dyad_status departures_make(const struct departures *d, const size_t *picks, size_t n,
                                                 struct words *words, struct quantity *q, struct text *typed);

#endif
