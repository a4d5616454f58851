/*
 * programs/labels.h: the codebook's labels, beside the codes of the file.
 *
 * Tables keep the codes, which CSV and JSON write; what people read (text, Markdown, HTML, LaTeX)
 * and pictures have the labels.
 */
#ifndef DYAD_PROGRAMS_LABELS_H
#define DYAD_PROGRAMS_LABELS_H

#include "dyad/core/result.h"
#include "dyad/data/cohort.h"

#include "options.h"

/** labels_column(c, name): the label of a column, or its name. */
const char *labels_column(const struct cohort *c, const char *name);

/** labels_value(c, column, code): the label of a code of a column, or the code. */
const char *labels_value(const struct cohort *c, const char *column, const char *code);

/** labels_joined(c, columns, n, codes, out): codes of ${n} columns joined by " / ", as labels. */
void labels_joined(const struct cohort *c, const char *const *columns, size_t n, const char *codes, struct text *out);

/** labels_sentence(c, sentence, out): with labels wherever it says COLUMN = CODE. */
void labels_sentence(const struct cohort *c, const char *sentence, struct text *out);

/** labels_term(c, term, out): a term of a formula, as R names it, in words: "Kind of support: IBCLC". */
void labels_term(const struct cohort *c, const char *term, struct text *out);

/** labels_apply(c, o, r): beside every code of the tables made so far. */
void labels_apply(const struct cohort *c, const struct options *o, struct result *r);

#endif
