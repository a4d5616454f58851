/*
 * stats/kaplan_meier.h: how many are still without the event, by time.
 *
 *   S(t) = prod over t_i <= t of (1 - d_i / n_i),   n_i at risk at t_i,  d_i with the event
 *
 * A curve has one estimate for each row of its table: value S, std_error that of S, limits; no
 * p_value.  Before the first row S is 1.
 */
#ifndef DYAD_STATS_KAPLAN_MEIER_H
#define DYAD_STATS_KAPLAN_MEIER_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/survival_table.h"

enum survival_limits {
    LIMITS_LOG_LOG, /* of log -log S */
    LIMITS_LOG,
    LIMITS_PLAIN,
    LIMITS_LOGIT,
    LIMITS_ARCSIN   /* of asin sqrt S */
};

struct kaplan_meier_method {
    enum survival_limits limits;
    double level;
    bool robust; /* for weights that are no numbers of records */
    double df;   /* of t, where errors are by clusters; 0: normal quantiles */
};

/** survival_limits_name(limits): `log-log log plain logit arcsin`. */
const char *survival_limits_name(enum survival_limits limits);

/** survival_limits_find(name, out): by that name; false, and ${out} untouched, if there is none. */
DYAD_MUST_CHECK bool survival_limits_find(const char *name, enum survival_limits *out);

/**
 * survival_limits_set(log_survival, log_error, method, out):
 * Set the limits of ${out}, a probability of which that is the log and the standard error of the
 * log, within 0 and 1.
 *
 *   log-log  S^exp(-+ z se / log S)       log     S exp(-+ z se)
 *   plain    S -+ z S se                  logit   1 / (1 + exp(-(logit S -+ z se / (1-S))))
 *   arcsin   sin^2(asin sqrt S -+ z/2 se sqrt(S / (1-S)))
 *
 * NaN where S is 0 and, but for log and plain, where S is 1: nobody had the event yet.
 */
void survival_limits_set(double log_survival, double log_error,
                         const struct kaplan_meier_method *method, struct estimate *out);

/**
 * kaplan_meier(table, method, curve):
 * Estimate S at each of the ${table}'s rows.
 *
 *   var log S(t) = sum over t_i <= t of d_i / (n_i (n_i - d_i))       (Greenwood)
 *   robust:  sum over the records of (w u(t))^2,
 *            u(t) = 1(event at or before t) / (n - d) - sum over t_i <= t, exit of that record,
 *                   of d_i / (n_i (n_i - d_i))
 *
 * Where S is 0, std_error and limits are NaN.  Where all at risk have the event S stays 0, also
 * if others enter later.
 *
 * Domain:  a table of survival_tables with a record or more;  0 < level < 1;  robust: nobody
 *          late.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${curve} left as it was.
 * Source:  Kaplan & Meier (1958), J. Am. Stat. Assoc. 53:457-481; Greenwood (1926); the robust
 *          variance is the infinitesimal jackknife, as in R's survfit.
 */
DYAD_MUST_CHECK enum dyad_status kaplan_meier(const struct survival_table *table,
                                              const struct kaplan_meier_method *method,
                                              struct estimate *curve);

/* Records alike in a table: at risk after entry, until exit; then with the event, of any cause. */
struct survival_stay {
    double entry, exit; /* SURVIVAL_FROM_START: no late entry */
    bool event;
    double weight;      /* of all of them */
};

/**
 * kaplan_meier_influence(table, stays, n, scratch, out):
 * How log S at each row leans on some of the ${table}'s records, say those of a cluster.
 *
 *   U(t) = sum over t_i <= t of (R_i d_i / n_i - E_i) / (n_i - d_i),   R_i of their weight at
 *          risk at t_i,  E_i of it with the event there;  0 from where S is 0
 *   with independent clusters  var log S(t) = sum of their U(t)^2
 *
 * Domain:  stays counted in the table;  ${scratch} has room for 2 (rows + 1), ${out} for rows.
 * Source:  Lin & Wei (1989), J. Am. Stat. Assoc. 84:1074-1078, for the sandwich; R's survfit
 *          with cluster has the same.
 */
void kaplan_meier_influence(const struct survival_table *table,
                            const struct survival_stay *stays, size_t n, double *scratch,
                            double *out);

/**
 * kaplan_meier_mean_influence(table, curve, tau, influence):
 * The same of the restricted mean: the integral of S U from 0 to ${tau}.
 */
double kaplan_meier_mean_influence(const struct survival_table *table,
                                   const struct estimate *curve, double tau,
                                   const double *influence);

/**
 * kaplan_meier_set_error(log_error, method, out):
 * Put another standard error of log S into a point of a curve, with the limits that come of it.
 */
void kaplan_meier_set_error(double log_error, const struct kaplan_meier_method *method,
                            struct estimate *out);

/**
 * kaplan_meier_at(table, curve, time, out):
 * S at ${time}: the last row at or before it.  All NaN after the last time of the table, before
 * the first row 1 with the limits and error of nobody's event.
 */
void kaplan_meier_at(const struct survival_table *table, const struct estimate *curve,
                     double time, struct estimate *out);

/**
 * kaplan_meier_quantile(table, curve, p, out):
 * The time by which a share ${p} had the event; median at 0.5.
 *
 *   the first time at which S <= 1 - p.  Where S equals 1 - p (within 1.5e-8) over a step, the
 *   middle between its beginning and its end; its beginning if the curve ends with it
 *
 * The limits are those times of the curve's lower and upper limits.  NaN: not reached.
 *
 * Domain:  a curve of kaplan_meier;  0 < p < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Brookmeyer & Crowley (1982), Biometrics 38:29-41; the step as R prints a survfit.
 *          (R's quantile() differs where a step ends the curve, and where limits are not
 *          monotone.)
 */
DYAD_MUST_CHECK enum dyad_status kaplan_meier_quantile(const struct survival_table *table,
                                                       const struct estimate *curve, double p,
                                                       struct estimate *out);

/**
 * kaplan_meier_mean(table, curve, tau, method, out):
 * The restricted mean: the time without the event, from 0 until ${tau} at most.
 *
 *   integral of S from 0 to tau,   var = sum over t_i <= tau of A_i^2 d_i / (n_i (n_i - d_i)),
 *   A_i the integral of S from t_i to tau;   robust: as in kaplan_meier, with A_i for S
 *   limits = mean -+ z se
 *
 * All NaN where S is not known until tau: above 0 at the last time, and tau later.
 *
 * Domain:  a curve of kaplan_meier with that method;  0 < tau, finite.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Andersen, Hansen & Klein (2004), Lifetime Data Anal. 10:335-350; Irwin (1949).
 */
DYAD_MUST_CHECK enum dyad_status kaplan_meier_mean(const struct survival_table *table,
                                                   const struct estimate *curve, double tau,
                                                   const struct kaplan_meier_method *method,
                                                   struct estimate *out);

/**
 * kaplan_meier_difference(a, b, method, out):
 * a - b of two groups: S at a time, or the restricted mean.
 *
 *   se = sqrt(se_a^2 + se_b^2),   limits = difference -+ z se,   p two-sided from the normal (or t)
 *
 * NaN but for the value where both errors are 0 or one is not known.
 *
 * Domain:  independent estimates;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 */
DYAD_MUST_CHECK enum dyad_status kaplan_meier_difference(const struct estimate *a,
                                                         const struct estimate *b, const struct kaplan_meier_method *method,
                                                         struct estimate *out);

#endif
