/*
 * stats/meta_glmm.h: pooling tables and proportions by their exact likelihood.
 *
 * Binomial-normal generalised linear mixed models: study i has the log odds ratio (or, with a
 * single arm, the logit) theta_i ~ N(mean, tau2), and the counts are binomial given theta_i.  No
 * cell is ever corrected.  Both variances and errors come from the likelihood, by maximum
 * likelihood; tau2 is 0 under the common-effect model and of one study.
 *
 * What is filled is as of the other estimators of meta.h: ${fit} and ${differ}.  Every function
 * leaves what it would fill as it was unless DYAD_OK.
 */
#ifndef DYAD_STATS_META_GLMM_H
#define DYAD_STATS_META_GLMM_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/meta.h"

enum glmm_model {
    GLMM_UM_FS, /* unconditional, fixed study intercepts: logistic regression */
    GLMM_CM_EL  /* conditional on the margins, exact: noncentral hypergeometric */
};

enum { GLMM_POINTS = 7, GLMM_MOST_POINTS = 63 };

/** glmm_model_name(model): `um.fs`, `cm.el`. */
const char *glmm_model_name(enum glmm_model model);

/** glmm_model_find(name, out): by that name; false, and ${out} untouched, if there is none. */
DYAD_MUST_CHECK bool glmm_model_find(const char *name, enum glmm_model *out);

/**
 * meta_glmm(tables, k, model, points, method, work, fit, differ, wald):
 * Pool log odds ratios by a mixed model.  ${method} says which model of meta.h, which interval and
 * which prediction; its estimator is not looked at.
 *
 *   um.fs   a ~ Bin(n1, logit^-1(alpha_i + theta_i/2)),  c ~ Bin(n0, logit^-1(alpha_i - theta_i/2))
 *   cm.el   P(a | margins) = w(a) exp(a theta_i) / sum_u w(u) exp(u theta_i),
 *           w(u) = C(n1, u) C(n0, m1 - u)
 *   l       = sum_i log integral P_i(theta) phi(theta; mean, tau2) dtheta
 *
 * um.fs: the integral by ${points} Gauss-Hermite points about each study's mode, scaled by its
 * curvature (lme4's nAGQ; 1 is Laplace's).  metafor's and meta's default of 7 gives tau2 to 1e-6 in
 * usual sets; of 2 to 15 sparse studies to 2e-3 of it where tau < 1, 4e-2 where tau < 3, and beyond
 * that more points are needed.  cm.el: by as many as it takes; ${points} is not looked at.
 *
 *   se      from the observed information of (mean, tau) with the alpha_i eliminated; where
 *           tau2 = 0, from that at tau = 0: what metafor and lme4 report, but at the maximum.
 *           glmer stops up to 0.007 se from it (0.05 off in tau2); metafor's cm.el 1e-6, but its
 *           se is wrong, or missing, where tau2 = 0
 *   limits  mean -+ c se,  c the normal quantile (wald) or of t with k-1 df (t)
 *   prediction  as meta_pool
 *   tau2    profile likelihood maximised from all starts of a factor 2 in tau: the highest
 *
 *   q       likelihood-ratio test: 2 (l saturated - l common), chi-squared with k-1 df
 *   wald    sum (y - mean)^2 / v of the studies' own maximum likelihood estimates; one that is
 *           infinite (an empty cell) has no weight but counts in the df, as in metafor (whose
 *           numeric cm.el has this one to 1e-4 only with hessianCtrl=list(r=6))
 *   I2      100 tau2 / (s2 + tau2),  H2 = tau2/s2 + 1,  s2 = (k-1) / (sum w - sum w^2/sum w),
 *           1/w the variance of the log odds ratio, 0.5 added where a cell is empty;
 *           NaN under the common-effect model
 *
 * The limits of tau2, I2 and H2 are NaN.  k = 1: q and df are 0, the rest of ${differ} and wald NaN.
 *
 * Domain:  k >= 1;  n1, n0 > 0;  an outcome and a non-outcome in each table: the caller leaves out
 *          those where table_is_double_zero, which say nothing here;  cells at most 1e12;  cm.el:
 *          whole, and each table's N at most 1e7;  a table with a, d > 0 and one with b, c > 0
 *          (otherwise the mean is infinite);  interval wald or t;  1 <= points <= 63.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV, also where the likelihood grows with tau
 *          up to 32 or as far as the quadrature goes (every study at its own extreme).
 * Source:  Stijnen, Hamza & Ozdemir (2010), Stat. Med. 29:3046-3067; Jackson, Law, Stijnen,
 *          Viechtbauer & White (2018), Stat. Med. 37:1059-1085 (models 4 and 7); Pinheiro & Bates
 *          (1995), J. Comput. Graph. Stat. 4:12-35 (quadrature); metafor's rma.glmm.
 */
DYAD_MUST_CHECK enum dyad_status meta_glmm(const struct two_by_two *tables, size_t k,
                                           enum glmm_model model, unsigned points,
                                           const struct meta_method *method,
                                           struct meta_work *work, struct meta_fit *fit,
                                           struct heterogeneity *differ, struct test *wald);

/**
 * meta_glmm_proportion(events, totals, k, points, method, work, fit, differ, wald):
 * Pool logits of single proportions by a mixed model:  events ~ Bin(total, logit^-1(theta_i)).
 * All else as meta_glmm with um.fs; 1/w is the variance of the logit.
 *
 * Domain:  k >= 1;  0 <= events <= total <= 1e12;  total > 0;  an event and a non-event in all;
 *          interval wald or t;  1 <= points <= 63.
 * Returns: as meta_glmm.
 * Source:  Hamza, van Houwelingen & Stijnen (2008), J. Clin. Epidemiol. 61:41-51.
 */
DYAD_MUST_CHECK enum dyad_status meta_glmm_proportion(const double *events, const double *totals,
                                                      size_t k, unsigned points,
                                                      const struct meta_method *method,
                                                      struct meta_work *work,
                                                      struct meta_fit *fit,
                                                      struct heterogeneity *differ,
                                                      struct test *wald);

#endif
