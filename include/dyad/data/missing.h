/* data/missing.h: what means missing in a column, from what was typed and from the codebook. */
#ifndef DYAD_DATA_MISSING_H
#define DYAD_DATA_MISSING_H

#include "dyad/core/status.h"
#include "dyad/data/codebook.h"
#include "dyad/data/dictionary.h"

/* A list of values that mean missing; of every column where `column` is NULL. */
struct missing_list {
    char *column;
    char **values;
    size_t n;
};

/** missing_of(lists, n, f, name, decimal, out): of the column ${name}, of which the codebook says ${f} (or NULL). */
DYAD_MUST_CHECK enum dyad_status missing_of(const struct missing_list *lists, size_t n, const struct codebook_field *f,
                                            const char *name, char decimal, struct missing_values *out);

/** missing_release(m): what missing_of made. */
void missing_release(struct missing_values *m);

#endif
