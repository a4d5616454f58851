/* programs/help.h: the help texts, made from the commands' own tables. */
#ifndef DYAD_PROGRAMS_HELP_H
#define DYAD_PROGRAMS_HELP_H

#include "commands.h"

#include "dyad/core/text.h"

void help_program(struct text *out);
void help_command(const struct command *command, struct text *out);

#endif
