/* stats/life_table.h: the actuarial life table, by intervals of time. */
#ifndef DYAD_STATS_LIFE_TABLE_H
#define DYAD_STATS_LIFE_TABLE_H

#include <stddef.h>

#include "dyad/core/status.h"
#include "dyad/stats/survival_table.h"

/* From begin on, until before end. */
struct life_interval {
    double begin, end;               /* the last end is infinite */
    double entering, lost, events;   /* lost: censored in it */
    double exposed;
    double survival, survival_error; /* at its begin */
    double density, density_error;   /* NaN in the last interval */
    double hazard, hazard_error;     /* as density */
};

/**
 * life_table(table, begins, n, out):
 * Count by ${n} intervals, each [begins[i], begins[i+1]), the last without end.
 *
 *   exposed Y = entering - lost / 2,   q = events / Y,   p = 1 - q,   b the width
 *   survival  S_1 = 1,  S_i = S_i-1 p_i-1,   se = S_i sqrt(sum over j < i of q_j / (Y_j p_j))
 *   density   S q / b,    se = S q / b sqrt(sum over j < i of q_j / (Y_j p_j) + p / (Y q))
 *   hazard    events / (b (Y - events / 2)),   se = hazard sqrt((1 - (hazard b / 2)^2) / (Y q))
 *
 * Without events in an interval its density, hazard and their errors are 0; with nobody exposed
 * they are NaN.  Where S is 0 its error is NaN, and density and hazard afterwards, too.
 *
 * Domain:  n >= 1;  begins finite and ascending;  no time before the first;  nobody late.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Klein & Moeschberger (2003), Survival Analysis, 2nd ed., 5.4; Gehan (1969), J.
 *          Chronic Dis. 21:629-644, for the errors of density and hazard.
 */
DYAD_MUST_CHECK enum dyad_status life_table(const struct survival_table *table,
                                            const double *begins, size_t n,
                                            struct life_interval *out);

#endif
