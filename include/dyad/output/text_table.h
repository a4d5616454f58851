/* output/text_table.h: a result as lines of a terminal, in 80 columns where that is possible. */
#ifndef DYAD_OUTPUT_TEXT_TABLE_H
#define DYAD_OUTPUT_TEXT_TABLE_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

void text_table_render(const struct result *r, const struct table *const *tables, size_t n,
                       struct text *out);

#endif
