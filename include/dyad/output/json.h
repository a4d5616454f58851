/* output/json.h: the whole of a result, for programs. */
#ifndef DYAD_OUTPUT_JSON_H
#define DYAD_OUTPUT_JSON_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

void json_render(const struct result *r, const struct table *const *tables, size_t n,
                 struct text *out);

#endif
