/* programs/commands.h: what a command is, and which there are. */
#ifndef DYAD_PROGRAMS_COMMANDS_H
#define DYAD_PROGRAMS_COMMANDS_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/output/curves.h"
#include "dyad/output/plot.h"
#include "dyad/output/scatter.h"

#include "options.h"

enum { MOST_PICTURES = 8, MOST_ENCLOSURES = 1 };

/* A picture besides that of --plot, for the file that its own option names. */
struct picture {
    const char *option; /* "funnel" */
    struct scatter scatter;
};

/* A file besides the result, for the path that its own option names. */
struct enclosure {
    const char *option; /* "xlsx" */
    struct text bytes;
};

/* What is done when all else is delivered, so that it is not if that fails. */
struct last_step {
    void *context;
    enum dyad_status (*take)(void *context, struct dyad_error *err); /* NULL: there is none */
    void (*release)(void *context);
};

/* What a command makes: tables, and the pictures that go with them. */
struct outcome {
    struct result result;
    struct plot plot; /* for --plot, or the curves */
    bool has_plot;
    struct curves curves;
    bool has_curves;
    struct picture pictures[MOST_PICTURES];
    size_t n_pictures;
    struct text document;   /* what is written instead of the tables; empty: the tables are */
    struct enclosure enclosures[MOST_ENCLOSURES];
    size_t n_enclosures;
    struct last_step last;
};

#define OUTCOME_INIT { .result = RESULT_INIT, .plot = PLOT_INIT, .curves = CURVES_INIT }

/** outcome_picture(out, option): one more, empty picture, for --${option}, one of the command's pictures. */
struct scatter *outcome_picture(struct outcome *out, const char *option);
void outcome_release(struct outcome *out);

struct command {
    const char *name, *usage, *summary;
    const char *about;    /* paragraphs: what it computes, conventions, tables */
    const char *examples; /* "    command\n        what it does\n" */
    unsigned shared;      /* groups of options, see options.h */
    const struct refused_option *refused; /* options of those groups that it has not; ends with a NULL name; NULL: none */
    const struct option_spec *options; /* its own; ends with a NULL name */
    const char *const *pictures; /* those of its options that name a picture's file; ends with NULL; NULL: none */
    const struct like_default *like;   /* other programs' defaults; ends with a NULL program; may be NULL */
    /* Is it meant here?  If it contradicts an option typed, that one's name goes to ${to}.  NULL: always meant. */
    bool (*like_takes)(const struct options *options, const struct like_default *what, const char **to);
    enum dyad_status (*run)(const struct options *options, struct outcome *out, struct dyad_error *err);
    bool runs_commands; /* of others: none that a plan or registry can name */
};

extern const struct command check_command, codebook_command, describe_command, rates_command, odds_command, meta_command, model_command, survival_command,
    reproduce_command, run_command, report_command, verify_command;

/** command_run(o, out, err): run the command of the options, and hide what --suppress asks for. */
DYAD_MUST_CHECK enum dyad_status command_run(const struct options *o, struct outcome *out, struct dyad_error *err);

/** command_run(o, out, err): run the command of the options, and hide what --suppress asks for. */
DYAD_MUST_CHECK enum dyad_status command_run(const struct options *o, struct outcome *out, struct dyad_error *err);

/** command_find(name): the command of that name, or NULL. */
const struct command *command_find(const char *name);
/**
 * command_compute(o, arguments, n, out, err):
 * Run the command of ${o}, which the ${n} arguments were read into, and say in the result what was asked.
 */
DYAD_MUST_CHECK enum dyad_status command_compute(const struct options *o, const char *const *arguments, size_t n,
                                                 struct outcome *out, struct dyad_error *err);
/** command_at(i): the i-th command; NULL behind the last. */
const struct command *command_at(size_t i);

#endif
