/* output/markdown.h: a result as Markdown with pipe tables (GitHub's, pandoc's). */
#ifndef DYAD_OUTPUT_MARKDOWN_H
#define DYAD_OUTPUT_MARKDOWN_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

void markdown_render(const struct result *r, const struct table *const *tables, size_t n,
                     struct text *out);

#endif
