/*
 * stats/current_status.h: how long something lasts, when each is seen once and either still
 * has it or no longer has.
 */
#ifndef DYAD_STATS_CURRENT_STATUS_H
#define DYAD_STATS_CURRENT_STATUS_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/* Those who were seen at one age: how many, and how many of them still. */
struct status_count {
    double age, n, still;
};

/**
 * current_status(counts, k, survival, scratch):
 * The share that still has it at each age, likeliest among all that never rise with age.
 *
 *   neighbours that rise are pooled, still / n of both together, until none does
 *
 * It is what turnbull() finds for times after age (still) and at or before it (no longer).
 *
 * Domain:  k >= 1;  ages >= 0, finite, ascending;  0 <= still <= n;  0 < n <= 1e15;
 *          ${scratch} has room for 2 k.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${survival} left as it was.
 * Source:  Ayer, Brunk, Ewing, Reid & Silverman (1955), Ann. Math. Stat. 26:641-647.
 */
DYAD_MUST_CHECK enum dyad_status current_status(const struct status_count *counts, size_t k,
                                                double *survival, double *scratch);

/**
 * current_status_quantile(counts, survival, k, p, out):
 * The age by which a share ${p} no longer has it: value by a straight line from the age before
 * (0 and 1 before the first), lower and upper those two ages, which is all that the data say.
 * Where the share is 1 - p (within 1.5e-8) over some ages, lower and upper are the first of them
 * and the one before the next fall, value their middle.  NaN: not reached (lower: the last age).
 *
 * Domain:  survival of current_status;  0 < p < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 */
DYAD_MUST_CHECK enum dyad_status current_status_quantile(const struct status_count *counts,
                                                         const double *survival, size_t k,
                                                         double p, struct estimate *out);

/* ---- as the Demographic and Health Surveys do it ---- */

enum { DHS_GROUPS = 18 }; /* of two months: 0-1, 2-3, ... 34-35 */

enum dhs_ages {
    /* To phase 6, month of interview - month of birth: 0.75, 2.5, 4.5, ... */
    DHS_MONTH_DIFFERENCE,
    /* From phase 7: 1, 3, 5, ... */
    DHS_COMPLETED_MONTHS
};

struct dhs_duration {
    double share[DHS_GROUPS]; /* smoothed */
    double median;            /* NaN: above 35 months */
    double mean;              /* truncated at 36 months */
};

/**
 * dhs_duration(n, still, ages, ever, out):
 * Median and mean from the (weighted) numbers of children in each group and of those who still
 * are breastfed.
 *
 *   share_k = (still_k-1 + still_k + still_k+1) / (n_k-1 + n_k + n_k+1);  first, last: still / n
 *   median: by a straight line to the midpoint of the first group with a share below a half from
 *           that of the group before;  before the first group the share is ${ever} at age 0
 *   mean = sum of width_k share_k,  widths 2, the first 1.5 where its midpoint is 0.75
 *
 * The median is 0 where not even half were ever breastfed.  (The survey's Guide has for
 * ${ever} the share that ever was; its Stata programs 1.  Those programs' mean is not
 * normalised, and not this.)
 *
 * Domain:  0 <= still <= n, finite;  a smoothed n above 0 in each group;  0 <= ever <= 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Croft, Marshall, Allen et al. (2018), Guide to DHS Statistics: median and mean
 *          durations; midpoints of phases 4 to 6 in Rutstein & Rojas (2006), Guide to DHS
 *          Statistics.
 */
DYAD_MUST_CHECK enum dyad_status dhs_duration(const double *n, const double *still,
                                              enum dhs_ages ages, double ever,
                                              struct dhs_duration *out);

/**
 * dhs_prevalence_mean(still, births, months):
 * Prevalence over incidence: those who still are breastfed, by births a month in the last
 * ${months}.
 *
 *   still / (births / months);  NaN without births
 */
double dhs_prevalence_mean(double still, double births, double months);

#endif
