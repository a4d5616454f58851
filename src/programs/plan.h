/*
 * programs/plan.h: a plan: data, definitions and populations named once, and the analyses of them.
 *
 * A plan is a YAML file (see `dyad run --help`).  Reading it turns every analysis into a command line;
 * the keys of an analysis are the long options of its command.
 */
#ifndef DYAD_PROGRAMS_PLAN_H
#define DYAD_PROGRAMS_PLAN_H

#include "dyad/data/document.h"
#include "dyad/output/render.h"

#include "commands.h"
#include "deliver.h"
#include "reproduce.h"

struct plan_population {
    const char *name, *label; /* the label is the name where none is given */
    const char *where;
    const struct plan_population *within; /* what this is a part of; NULL: everybody */
    const struct node *node;
};

struct plan_analysis {
    const char *name, *title; /* the title is the name where none is given */
    const struct command *command;
    const struct plan_population *population; /* NULL: everybody */
    const struct node *node;
    struct words words; /* the command line behind `dyad`; paths from the plan's folder */
    bool shares_data;   /* it reads the plan's files */
};

struct plan_definition {
    const char *name, *expression;
    const struct node *node;
};

/* A figure that somebody printed; "" for what the plan leaves out. */
struct plan_published {
    size_t analysis; /* its number */
    struct published figure;
    const struct node *node;
};

/* Text is borrowed from the document. */
struct plan {
    struct document document;
    char *folder;              /* that holds the plan */
    const char *title, *author; /* NULL if not given */
    const char *results;        /* the folder that `run` fills, from the plan's; NULL if not given */
    enum format formats[6];     /* of the results */
    size_t n_formats;
    const char *pictures;       /* "svg" ...: of each analysis that has one and names no file; NULL: of none */
    struct words files;         /* the data */
    struct plan_definition *definitions; /* each behind those that it needs */
    size_t n_definitions;
    struct plan_population *populations;
    size_t n_populations;
    struct plan_analysis *analyses;
    size_t n_analyses;
    struct plan_published *published;
    size_t n_published;
    struct words outputs;       /* every file that will be in the folder, but for csv's */
    const struct node *report;  /* for `dyad report`, which reads it; NULL if not given */
};

#define PLAN_INIT { .document = DOCUMENT_INIT }

/**
 * plan_read(path, out, err):
 * Read and check: keys, names, expressions, command lines; of the data nothing is read.
 * Returns: DYAD_OK; DYAD_USAGE or DYAD_PARSE with PLAN:LINE:COLUMN; DYAD_IO; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status plan_read(const char *path, struct plan *out, struct dyad_error *err);

/** plan_refuse(plan, node, err, fmt, ...): DYAD_USAGE, at the place of ${node}'s key, or of its value if it has none. */
enum dyad_status plan_refuse(const struct plan *plan, const struct node *node, struct dyad_error *err, const char *fmt,
                             ...) DYAD_PRINTF(4, 5);

/** plan_blame(plan, analysis, err): put before ${err}'s sentence which analysis it is of, and where that stands. */
void plan_blame(const struct plan *plan, const struct plan_analysis *analysis, struct dyad_error *err);

void plan_release(struct plan *plan);

/* --- carrying it out ---------------------------------------------------------------------- */

struct plan_answer {
    const struct plan_analysis *analysis;
    enum dyad_status status; /* DYAD_DOMAIN, DYAD_NOCONV: there is no answer */
    bool skipped;
    bool refused;            /* not read, because another failed */
    struct dyad_error err;   /* why there is none */
    struct options options;
    struct delivery delivery;
    struct outcome outcome;
};

struct plan_run {
    size_t n_threads; /* 0: as many as there are processors */
    bool draws_all;   /* a picture of every analysis that has one, not only of those that name its file */
    const bool *skip; /* of each analysis: not wanted; NULL: all are */
    /* Called as soon as an analysis is done (DYAD_OK or without answer), of several at a time; may be NULL. */
    enum dyad_status (*each)(void *context, struct plan_answer *answer, struct dyad_error *err);
    void *context;
};

/**
 * plan_execute(plan, how, out, err):
 * Run the analyses in this process, in the plan's folder, reading the data once for all of them.
 * ${out} has one answer for each analysis, in the plan's order; plan_answers_free takes them back.
 * Inputs have no SHA-256: see plan_inputs.
 * Returns: DYAD_OK, though some have no answer; the first failure of any other kind, of which
 * analysis, and where that stands in the plan.
 */
DYAD_MUST_CHECK enum dyad_status plan_execute(const struct plan *plan, const struct plan_run *how,
                                              struct plan_answer **out, struct dyad_error *err);
void plan_answers_free(struct plan_answer *answers, size_t n);

#endif
