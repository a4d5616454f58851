/* programs/counted_related.h: columns that are made of the same column of the file tell of each other. */
#ifndef DYAD_PROGRAMS_COUNTED_RELATED_H
#define DYAD_PROGRAMS_COUNTED_RELATED_H

#include "counted.h"

/**
 * counted_relate(sets, counts, n):
 * Two groupings of one age, or an age and what `define` makes of it: where a table has one and another table the
 * other, count the first by both, in its own population, and tell it: which values go together is known to
 * everybody.  The files are read again for it; those that cannot be, and whatever cannot be counted, are left.
 * Returns: DYAD_OK; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status counted_relate(struct counted *const *sets, struct disclosure *const *counts,
                                                size_t n);

#endif
