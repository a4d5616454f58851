/* output/wording.h: what the program's own names are called for people. */
#ifndef DYAD_OUTPUT_WORDING_H
#define DYAD_OUTPUT_WORDING_H

#include "dyad/core/text.h"

/** wording_name(out, name): of a table, column or figure: `reference_n` is "Reference n". */
void wording_name(struct text *out, const char *name);

/** wording_capitals(out, code): an abbreviation: `reml` is "REML". */
void wording_capitals(struct text *out, const char *code);

/** wording_lowered(out, words): as they stand within a sentence: "Random effects" is "random effects"; "REML" stays. */
void wording_lowered(struct text *out, const char *words);

/** wording_measure(code): `or` is "Odds ratio"; ${code} where it is not known. */
const char *wording_measure(const char *code);

/** wording_short_measure(code): `or` is "OR". */
const char *wording_short_measure(const char *code);

#endif
