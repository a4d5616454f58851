/* stats/gray.h: do groups have the same incidence of one cause where other causes compete? */
#ifndef DYAD_STATS_GRAY_H
#define DYAD_STATS_GRAY_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/survival_table.h"

/* Storage: reserved by the function that uses it, used often. */
struct gray_work {
    double *at;
    size_t room, *next, next_room;
};

#define GRAY_WORK_INIT { NULL, 0, NULL, 0 }

void gray_work_release(struct gray_work *work);

/**
 * gray(tables, groups, strata, cause, rho, work, score, covariance, out):
 * Gray's test of the incidence of ${cause}; tables[h * groups + g] is group g in stratum h.
 *
 *   score_g = sum over times of (1 - F)^rho (d_g - d R_g / R)
 *   R_g = n_g (1 - F_g) / S_g,  R their sum;   F = sum of d / (sum of n_g / S_g);
 *   F_g, S_g and F just before the time
 *   statistic = score' V^- score,  chi-squared with as many df as V has independent
 *   columns
 *
 * ${score} (groups) and ${covariance} (groups x groups) are of all strata.  V is Gray's, from
 * the martingales of the cause and of the others.  With df 0 statistic and p_value are NaN.
 *
 * Domain:  2 <= groups <= 1000;  strata >= 1;  1 <= cause <= the tables' causes;  rho >= 0,
 *          finite; tables made by one call of survival_tables, nobody late, weights numbers of
 *          records.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; what it would fill is left as it was unless
 *          DYAD_OK.
 * Source:  Gray (1988), Ann. Stat. 16:1141-1154; ties as in cmprsk.
 */
DYAD_MUST_CHECK enum dyad_status gray(const struct survival_table *tables, size_t groups,
                                      size_t strata, size_t cause, double rho,
                                      struct gray_work *work, double *score, double *covariance,
                                      struct test *out);

#endif
