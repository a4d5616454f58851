/* programs/options.h: the command line, by one table of options a command. */
#ifndef DYAD_PROGRAMS_OPTIONS_H
#define DYAD_PROGRAMS_OPTIONS_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"
#include "dyad/data/cohort.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,   /* the last one counts */
    OPTION_PATH,   /* the same, a file */
    OPTION_LIST,   /* one CSV record; given again it adds up */
    OPTION_REPEAT  /* as it stands; given again it adds up */
};

struct option_spec {
    const char *name;
    enum option_kind kind;
    const char *argument; /* its name in the help */
    const char *help;
};

/* Groups of options that several commands share. */
enum {
    SHARED_OUTPUT = 1, /* --format, --output, --table, --quiet */
    SHARED_PLOT = 2,   /* --plot ... */
    SHARED_COHORT = 4, /* --where ... --order, and those of SHARED_FILES */
    SHARED_LEVEL = 8,  /* --level */
    SHARED_FREQ = 16,  /* --freq */
    SHARED_LIKE = 32,  /* --like */
    SHARED_SURVEY = 64, /* --weight, --psu, --design-strata, --fpc */
    SHARED_FILES = 256, /* --codebook, --na, --delimiter ... of SHARED_COHORT alone */
    SHARED_PEOPLE = 512, /* --allow-identifiers: the records are people's */
    SHARED_SUPPRESS = 1024 /* --suppress, --audit */
};

/* A shared option that makes no sense of a command, and what does. */
struct refused_option {
    const char *name, *instead;
};

struct command;
struct suppression;

struct given {
    const struct option_spec *spec;
    char **values;
    size_t n;
    bool assumed; /* by --like, not typed */
    bool idle;    /* assumed, and of no effect on these data */
};

/*
 * A default of another program that is not ours: --${option} ${value}, where --${when} is (or has
 * become) ${is}; when is NULL: always.
 */
struct like_default {
    const char *program, *option, *value, *when, *is;
};

enum { LIKE_YIELDS_MAX = 8 };

/* One that contradicts what was typed, and was not taken. */
struct like_yield {
    const struct like_default *what;
    const char *to; /* the option typed */
};

struct options {
    const struct command *command;
    struct given *given;
    size_t n_given;
    struct like_yield yields[LIKE_YIELDS_MAX];
    size_t n_yields;
    char **files;
    size_t n_files;
    bool help;

    /* Read out of the above, for the cohort. */
    double level;
    unsigned long long seed;
    struct missing_list *missing;
    size_t n_missing;
    struct level_order *orders;
    size_t n_orders;
    struct derived_column *derived;
    size_t n_derived;
    struct cohort_options cohort;
    bool only_first_table; /* of those that are not asked for by name */
    struct suppression *suppression; /* --suppress; NULL without it */
};

/**
 * options_parse(command, arguments, n, folder, out, err):
 * Read the arguments behind the command's name.  Paths are taken from ${folder}, or as they stand
 * if it is NULL.  Returns: DYAD_OK; DYAD_USAGE; DYAD_NOMEM.  ${out} is to be released either way.
 */
DYAD_MUST_CHECK enum dyad_status options_parse(const struct command *command, const char *const *arguments, size_t n,
                                               const char *folder, struct options *out, struct dyad_error *err);

/* Ask for options of the command's by name. */
bool option_given(const struct options *o, const char *name);
const char *option_text(const struct options *o, const char *name); /* NULL if not given */
/** option_assumed(o, name): was it set by --like alone? */
bool option_assumed(const struct options *o, const char *name);
const char *const *option_list(const struct options *o, const char *name, size_t *n);

/**
 * option_settle(o, name, value):
 * These data cannot honour what --like assumed of --${name}: it is ${value} instead, or NULL: of no
 * effect.  What was typed stays.  DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status option_settle(const struct options *o, const char *name, const char *value);

/**
 * option_choose(o, name, choices, out, err): which of ${choices} (they end with NULL) was typed, from 0; 0 if none was.
 * DYAD_USAGE, with what there is, for anything else.
 */
DYAD_MUST_CHECK enum dyad_status option_choose(const struct options *o, const char *name, const char *const *choices,
                                               size_t *out, struct dyad_error *err);

/** option_wants_table(o, name, first): will the table be written?  ${first}: it is the command's first. */
bool option_wants_table(const struct options *o, const char *name, bool first);

/** option_of_group(o, group): the name of the first option given of a shared group; NULL if there is none. */
const char *option_of_group(const struct options *o, unsigned group);

/** options_like(o, out): what --like made of the defaults, in sentences; nothing without it. */
void options_like(const struct options *o, struct text *out);

/** options_each(i, command, &spec): the i-th option that ${command} has, its own first; false behind the last. */
bool options_each(size_t i, const struct command *command, const struct option_spec **spec);

/** list_split(text, values, n): the fields of one CSV record, malloc'ed; DYAD_USAGE if it is none. */
DYAD_MUST_CHECK enum dyad_status list_split(const char *text, char ***values, size_t *n);
void list_free(char **values, size_t n);

void options_release(struct options *o);

#endif
