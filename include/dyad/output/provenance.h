/* output/provenance.h: where a result came from, in words. */
#ifndef DYAD_OUTPUT_PROVENANCE_H
#define DYAD_OUTPUT_PROVENANCE_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

/** provenance_title(out, r): "dyad odds". */
void provenance_title(struct text *out, const struct result *r);

/** provenance_command(out, r): the command line, quoted for a shell, on one line. */
void provenance_command(struct text *out, const struct result *r);

/** provenance_input(out, in): "cohort.csv: 1203 records, 45,678 bytes". */
void provenance_input(struct text *out, const struct input *in);

/** provenance_version(out, r): "dyad 0.1.0, seed 1". */
void provenance_version(struct text *out, const struct result *r);

#endif
