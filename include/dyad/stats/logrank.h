/*
 * stats/logrank.h: do groups have the event at the same times?
 *
 *   O_g - E_g = sum over times of w (d_g - d n_g / n),
 *   V_gh = sum of w^2 d (n - d) / (n - 1)  n_g / n  (1(g = h) - n_h / n)
 *
 * n at risk and d with the event at a time, n_g and d_g of them in group g.  With strata the
 * sums run within each, then over all.
 */
#ifndef DYAD_STATS_LOGRANK_H
#define DYAD_STATS_LOGRANK_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/survival_table.h"

/*
 * w at a time t of a stratum, S its Kaplan-Meier curve of all groups together just before t,
 * S~(t) = prod over t_i <= t of (1 - d_i / (n_i + 1)).
 */
enum logrank_weight {
    LOGRANK_EQUAL,             /* 1: the log-rank test (Mantel-Cox) */
    LOGRANK_FLEMING_HARRINGTON, /* S^rho (1 - S)^gamma; rho 1, gamma 0 is survdiff's rho = 1 */
    LOGRANK_PETO_PETO,         /* S~(t) */
    LOGRANK_PRENTICE,          /* S~(t) n / (n + 1): Peto-Peto as Andersen modified it */
    LOGRANK_GEHAN,             /* n: Gehan-Breslow */
    LOGRANK_TARONE_WARE        /* sqrt n */
};

struct logrank_method {
    enum logrank_weight weight;
    double rho, gamma;
};

/* Storage: reserved by the functions that use it, used often. */
struct logrank_work {
    double *at;
    size_t room, *next, next_room;
};

#define LOGRANK_WORK_INIT { NULL, 0, NULL, 0 }

void logrank_work_release(struct logrank_work *work);

/**
 * logrank(tables, groups, strata, method, work, observed, expected, covariance, out):
 * Compare ${groups}; tables[h * groups + g] is group g in stratum h.
 *
 *   statistic = (O - E)' V^- (O - E),  chi-squared with as many df as V has independent columns
 *
 * ${observed} and ${expected} (groups of them) are the sums of w d_g and w d n_g / n over all
 * strata, and ${covariance} (groups x groups) is V.  df is groups - 1 where every group can have
 * an event at some time when another is at risk.  With df 0 statistic and p_value are NaN.
 *
 * Records weigh what their tables say, as if they were so many: no test for sampling weights.
 *
 * Domain:  2 <= groups <= 10000;  strata >= 1;  tables made by one call of survival_tables (or
 *          at least with the same bits for the same time);  rho, gamma >= 0, finite.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; what it would fill is left as it was unless
 *          DYAD_OK.
 * Source:  Mantel (1966), Cancer Chemother. Rep. 50:163-170; Peto & Peto (1972), J. R. Stat.
 *          Soc. A 135:185-207; Prentice (1978), Biometrika 65:167-179; Harrington & Fleming
 *          (1982), Biometrika 69:553-566; Klein & Moeschberger (2003), Survival Analysis, 7.3.
 */
DYAD_MUST_CHECK enum dyad_status logrank(const struct survival_table *tables, size_t groups,
                                         size_t strata, const struct logrank_method *method,
                                         struct logrank_work *work, double *observed,
                                         double *expected, double *covariance, struct test *out);

/**
 * logrank_trend(scores, groups, observed, expected, covariance, out):
 * Test for a trend over groups with ${scores}, from what logrank filled.
 *
 *   statistic = (sum a_g (O_g - E_g))^2 / sum a_g a_h V_gh,  chi-squared with 1 df
 *
 * NaN where the variance is 0.
 *
 * Domain:  groups >= 2;  |scores| <= 1e60.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Tarone (1975), Biometrika 62:679-682.
 */
DYAD_MUST_CHECK enum dyad_status logrank_trend(const double *scores, size_t groups,
                                               const double *observed, const double *expected,
                                               const double *covariance, struct test *out);

#endif
