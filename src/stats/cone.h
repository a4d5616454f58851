/* stats/cone.h: is there a direction on the right side of all planes, and off one of them? */
#ifndef DYAD_STATS_CONE_H
#define DYAD_STATS_CONE_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/status.h"

/**
 * cone_find(a, equal, n, m, found, d):
 * A direction ${d} with a_i'd >= 0 of each of ${n} rows of length about 1, = 0 where equal[i], and
 * > 0 somewhere; its largest element is 1.
 *
 * Returns: DYAD_OK: ${found} says whether there is one; DYAD_NOMEM; DYAD_NOCONV.
 */
DYAD_MUST_CHECK enum dyad_status cone_find(const double *a, const bool *equal, size_t n, size_t m,
                                           bool *found, double *d);

/* Below this a_i'd is 0 within rounding, of rows and directions as above. */
#define CONE_ZERO 1e-8

#endif
