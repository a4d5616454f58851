/*
 * stats/aalen_johansen.h: how many had an event of one cause, by time, where other causes
 * compete.
 *
 *   F_j(t) = sum over t_i <= t of S(t_i -) d_ij / n_i
 *
 * S the Kaplan-Meier curve of all causes together, d_ij with the event of cause j at t_i.
 */
#ifndef DYAD_STATS_AALEN_JOHANSEN_H
#define DYAD_STATS_AALEN_JOHANSEN_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/kaplan_meier.h"
#include "dyad/stats/survival_table.h"

enum incidence_error {
    INCIDENCE_JACKKNIFE, /* the infinitesimal jackknife, as R's survfit; also for weights */
    INCIDENCE_COUNTING   /* by the counting processes, as cmprsk's cuminc */
};

struct incidence_method {
    enum incidence_error error;
    enum survival_limits limits;
    double level;
};

/**
 * aalen_johansen(table, cause, method, curve):
 * Estimate F of ${cause} at each of the ${table}'s rows: value, std_error, limits, no p_value.
 *
 *   jackknife  var = sum over the records of (w u)^2,  u the derivative of F by a record's weight
 *   counting   var = sum over t_i <= t of
 *                    S(t_i -)^2 / n_i^2 (c_j d_j (a - 1)^2 + c_o d_o a^2),
 *              a = (F(t) - F(t_i)) / S(t_i),  0 at S = 0;  c = 1 - (d - 1) / (n_i - 1);
 *              d_o events of other causes
 *
 * Limits are those of kaplan_meier.h, for F; NaN where F is 0.
 *
 * Domain:  a table with a record or more;  1 <= cause <= its causes;  0 < level < 1;  nobody
 *          late (jackknife);  weights that are numbers of records (counting).
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${curve} left as it was.
 * Source:  Aalen & Johansen (1978), Scand. J. Stat. 5:141-150; Aalen (1978), Ann. Stat.
 *          6:534-545; c as in cmprsk.
 */
DYAD_MUST_CHECK enum dyad_status aalen_johansen(const struct survival_table *table, size_t cause,
                                                const struct incidence_method *method,
                                                struct estimate *curve);

/**
 * aalen_johansen_at(table, curve, time, out):
 * F at ${time}: the last row at or before it.  All NaN after the last time of the table; before
 * the first row 0, with the error 0 and no limits.
 */
void aalen_johansen_at(const struct survival_table *table, const struct estimate *curve,
                       double time, struct estimate *out);

#endif
