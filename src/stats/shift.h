/* stats/shift.h: how far counts can move away from their values, by linear programming. */
#ifndef DYAD_STATS_SHIFT_H
#define DYAD_STATS_SHIFT_H

#include "dyad/core/status.h"

#include <stddef.h>

struct shift_term {
    size_t equation, count;
    double times;
};

/* Each equation's terms add up to 0; low <= move <= high, where low <= 0 <= high but for what must move. */
struct shift_problem {
    size_t n, n_equations, n_terms;
    double *low, *high; /* of each count; may be infinite */
    double *cost;       /* of a move by 1, up or down; 0: none */
    const struct shift_term *terms;
    size_t target;      /* with direction 1 or -1: as far up or down as it goes, whatever the cost */
    int direction;
};

/**
 * shift_solve(p, moves):
 * The cheapest whole moves (or the farthest of the target; infinite where there is no end).
 * Returns: DYAD_OK; DYAD_DOMAIN: there are none; DYAD_NOMEM; DYAD_NOCONV.
 */
DYAD_MUST_CHECK enum dyad_status shift_solve(const struct shift_problem *p, double *moves);

#endif
