/* output/latex.h: a result as tables for LaTeX's own classes; no package is needed. */
#ifndef DYAD_OUTPUT_LATEX_H
#define DYAD_OUTPUT_LATEX_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

void latex_render(const struct result *r, const struct table *const *tables, size_t n,
                  struct text *out);

#endif
