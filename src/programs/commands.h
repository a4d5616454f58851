/* programs/commands.h: what a command is, and which there are. */
#ifndef DYAD_PROGRAMS_COMMANDS_H
#define DYAD_PROGRAMS_COMMANDS_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/output/plot.h"

#include "options.h"

/* What a command makes: tables, and the picture that goes with them. */
struct outcome {
    struct result result;
    struct plot plot;
    bool has_plot;
};

struct command {
    const char *name, *usage, *summary;
    const char *about;    /* paragraphs: what it computes, conventions, tables */
    const char *examples; /* "    command\n        what it does\n" */
    unsigned shared;      /* groups of options, see options.h */
    const struct option_spec *options; /* its own; ends with a NULL name */
    enum dyad_status (*run)(const struct options *options, struct outcome *out, struct dyad_error *err);
};

extern const struct command rates_command, odds_command, reproduce_command;

/** command_find(name): the command of that name, or NULL. */
const struct command *command_find(const char *name);
/** command_at(i): the i-th command; NULL behind the last. */
const struct command *command_at(size_t i);

#endif
