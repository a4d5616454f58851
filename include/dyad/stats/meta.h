/*
 * stats/meta.h: pooling the effects of several studies.
 *
 * Effects are on the scale they are pooled on: logs for ratios.  Throughout
 *
 *   w = 1/v under the common-effect model,  w = 1/(v + tau2) under the random-effects model,
 *   mean = sum wy / sum w,  Q = sum (y - mean)^2 / v about the common-effect mean,
 *   C = sum 1/v - sum 1/v^2 / sum 1/v,  SS = sum (y - ybar)^2 unweighted,
 *
 * and for a meta-regression with design X of p columns: W = diag(w),
 * P = W - W X (X'W X)^-1 X'W,  of which X = 1 gives the above.
 *
 * Every function has for its Domain, besides what it says:  k >= 1;  |y| <= 1e60;
 * 1e-60 <= v <= 1e60;  0 < level < 1;  and leaves what it would fill as it was unless DYAD_OK.
 */
#ifndef DYAD_STATS_META_H
#define DYAD_STATS_META_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/effect_size.h"
#include "dyad/stats/stratified.h"

enum tau2_estimator {
    TAU2_DL,    /* DerSimonian and Laird */
    TAU2_HE,    /* Hedges: variance component */
    TAU2_HS,    /* Hunter and Schmidt */
    TAU2_SJ,    /* Sidik and Jonkman */
    TAU2_ML,    /* maximum likelihood */
    TAU2_REML,  /* restricted maximum likelihood */
    TAU2_EB,    /* empirical Bayes (Morris) */
    TAU2_PM,    /* Paule and Mandel */
    TAU2_MH_DL, /* DerSimonian and Laird, Q about the Mantel-Haenszel estimate: RevMan 5 */
    TAU2_GIVEN  /* known beforehand, as a tau2 common to all subgroups is */
};

enum meta_model { META_COMMON, META_RANDOM };

/* Wald: normal;  t: Wald's error, t with k-1 df;  hksj: Hartung-Knapp(-Sidik-Jonkman). */
enum meta_interval { META_WALD, META_T, META_HKSJ };

/*
 * As metafor: with the interval's own quantile.  Higgins-Thompson-Spiegelhalter: t, k-2 df.
 * Veroniki: t, k-1 df, whatever the interval.
 */
enum meta_prediction { PREDICTION_AS_INTERVAL, PREDICTION_HTS, PREDICTION_VERONIKI };

struct meta_method {
    enum meta_model model;
    enum tau2_estimator estimator;
    double given; /* TAU2_MH_DL: the Mantel-Haenszel estimate (log); TAU2_GIVEN: tau2 */
    enum meta_interval interval;
    enum meta_prediction prediction;
    double level;
};

struct meta_fit {
    size_t k;
    struct estimate pooled;
    double statistic, df;      /* df is NaN where the statistic is normal */
    double pred_low, pred_high;
    double tau2;               /* 0 under the common-effect model and of one study */
    double scale;              /* what hksj multiplies the squared error by; otherwise 1 */
};

struct heterogeneity {
    double q, df, p_value;
    double tau2, tau2_low, tau2_high;
    double i2, i2_low, i2_high; /* percent */
    double h2, h2_low, h2_high;
};

/* Storage that functions with a design matrix need: reserved once, used often. */
struct meta_work {
    double *at;
    size_t room;
};

#define META_WORK_INIT { NULL, 0 }

/** meta_work_reserve(work, k, p): room for ${k} studies and ${p} columns; DYAD_OK or DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status meta_work_reserve(struct meta_work *work, size_t k, size_t p);

void meta_work_release(struct meta_work *work);

/** tau2_estimator_name(estimator): `dl he hs sj ml reml eb pm mh-dl given`. */
const char *tau2_estimator_name(enum tau2_estimator estimator);

/** tau2_estimator_find(name, out): by that name; false, and ${out} untouched, if there is none. */
DYAD_MUST_CHECK bool tau2_estimator_find(const char *name, enum tau2_estimator *out);

/**
 * meta_tau2(effects, k, estimator, given, out):
 * Estimate the variance between studies; what would be negative is 0.
 *
 *   dl     (Q - (k-1)) / C
 *   mh-dl  the same with Q about ${given}
 *   hs     (Q - k) / sum 1/v
 *   he     SS/(k-1) - sum v / k
 *   sj     t0 sum (y - mean0)^2/(v + t0) / (k-1),  t0 = SS/k and mean0 its mean
 *   pm     solves sum w (y - mean)^2 = k-1;  eb has the same solution
 *   ml     where the likelihood is largest:
 *          -2 l = sum log(v + tau2) + sum w (y - mean)^2
 *   reml   where the restricted likelihood is: that  + log sum w
 *
 * ml and reml: all maxima are sought at steps of a factor 2, from v's minimum / 8, and the
 * highest is taken (a search that climbs from one start may end on a lower one).
 * Identical effects: 0.  k = 1: 0, for nothing can be seen.  k = 2: all are defined.
 *
 * Domain:  mh-dl: given finite;  given: given >= 0 and at most 1e60.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV.
 * Source:  DerSimonian & Laird (1986), Control. Clin. Trials 7:177-188; Hunter & Schmidt (1990),
 *          Methods of Meta-Analysis; Hedges & Olkin (1985), Statistical Methods for
 *          Meta-Analysis; Sidik & Jonkman (2005), Appl. Stat. 54:367-384; Paule & Mandel (1982),
 *          J. Res. Natl. Bur. Stand. 87:377-385; Morris (1983), J. Am. Stat. Assoc. 78:47-55;
 *          Viechtbauer (2005), J. Educ. Behav. Stat. 30:261-293; Deeks & Higgins (2010),
 *          Statistical algorithms in Review Manager 5 (mh-dl).
 */
DYAD_MUST_CHECK enum dyad_status meta_tau2(const struct effect *effects, size_t k,
                                           enum tau2_estimator estimator, double given,
                                           double *out);

/**
 * meta_pool(effects, k, method, out):
 * Pool by inverse variances.
 *
 *   mean = sum wy / sum w,  se^2 = q / sum w
 *   q    = 1;  hksj: q = sum w (y - mean)^2 / (k-1), which is not raised to 1 where it is less
 *          (as in metafor): then the interval is narrower than Wald's
 *   mean -+ c se,  c the normal quantile, of t with k-1 df for t and hksj
 *   prediction: mean -+ c sqrt(se^2 + tau2), c as above or of t with k-2 or k-1 df; NaN under
 *          the common-effect model
 *
 * k = 1: the study itself, tau2 0, no prediction; t and hksj have no df and NaN limits and p.
 * k = 2: no prediction with k-2 df.  Identical effects under hksj: q and the error are 0, the
 * limits are the mean, statistic and p NaN.
 *
 * Domain, Returns: as meta_tau2.
 * Source:  Hartung & Knapp (2001), Stat. Med. 20:3875-3889; Sidik & Jonkman (2002), Stat. Med.
 *          21:3153-3159; Higgins, Thompson & Spiegelhalter (2009), J. R. Stat. Soc. A
 *          172:137-159 (prediction, k-2); Veroniki et al. (2019), Res. Synth. Methods 10:23-43 (k-1).
 */
DYAD_MUST_CHECK enum dyad_status meta_pool(const struct effect *effects, size_t k,
                                           const struct meta_method *method,
                                           struct meta_fit *out);

/**
 * meta_heterogeneity(effects, k, method, out):
 * Test and describe how far the studies differ beyond chance.
 *
 *   Q about the common-effect mean, chi-squared with k-1 df, its upper tail
 *   random: I2 = 100 tau2/(s2 + tau2),  H2 = tau2/s2 + 1,   s2 = (k-1)/C the typical variance
 *   common: I2 = 100 max(0, (Q - (k-1))/Q),  H2 = Q/(k-1)  (the same as random with dl, but
 *           H2 may be below 1);  tau2 NaN
 *   tau2's limits (Q-profile): where sum w (y - mean)^2 is the upper and lower (1-level)/2
 *           quantile of chi-squared with k-1 df, 0 where that is at negative tau2; those of I2
 *           and H2 from these
 *
 * The limits need not hold the estimate between them.  k = 1: q and df are 0, the rest NaN.
 *
 * Domain, Returns: as meta_tau2.
 * Source:  Cochran (1954), Biometrics 10:101-129; Higgins & Thompson (2002), Stat. Med.
 *          21:1539-1558; Viechtbauer (2007), Stat. Med. 26:37-52.
 */
DYAD_MUST_CHECK enum dyad_status meta_heterogeneity(const struct effect *effects, size_t k,
                                                    const struct meta_method *method,
                                                    struct heterogeneity *out);

/**
 * meta_weights(effects, k, tau2, percent):
 * Each study's share of sum w, in percent; tau2 0 gives those of the common-effect model.
 *
 * Domain:  tau2 >= 0 and at most 1e60.
 * Returns: DYAD_OK or DYAD_DOMAIN.
 */
DYAD_MUST_CHECK enum dyad_status meta_weights(const struct effect *effects, size_t k, double tau2,
                                              double *percent);

/**
 * meta_mantel_haenszel(strata, n, measure, effects, k, level, fit, differ):
 * Pool tables as stratified_mantel_haenszel does (the risk difference with Sato's variance, as
 * metafor; RevMan's is that of stratified_mantel_haenszel), or and rr as logs.  Heterogeneity is
 * of the studies' own ${effects} (log or, log rr, rd), of which there may be fewer than tables,
 * about the pooled estimate:
 *
 *   Q = sum (y - estimate)^2 / v,  k-1 df;  I2 and H2 as under the common-effect model;
 *   tau2 and the limits NaN
 *
 * k <= 1: q and df are 0, the rest of ${differ} NaN; effects are not looked at if k is 0.
 * fit->k is ${n}, those with nothing to say included; in ${differ} df is of ${effects}.
 *
 * Domain:  as stratified_mantel_haenszel; measure or, rr or rd; k may be 0.
 * Returns: DYAD_OK; DYAD_DOMAIN, also where the pooled value or its error is not defined.
 * Source:  as stratified.h; metafor's rma.mh.
 */
DYAD_MUST_CHECK enum dyad_status meta_mantel_haenszel(const struct stratum *strata, size_t n,
                                                      enum measure measure,
                                                      const struct effect *effects, size_t k,
                                                      double level, struct meta_fit *fit,
                                                      struct heterogeneity *differ);

/**
 * meta_mantel_haenszel_weights(strata, n, measure, percent):
 * Each table's share in percent of  sum bc/N (or),  sum c n1/N (rr),  sum n1 n0/N (rd).
 *
 * Domain:  as stratified_mantel_haenszel; measure or, rr or rd; a sum > 0.
 * Returns: DYAD_OK or DYAD_DOMAIN.
 */
DYAD_MUST_CHECK enum dyad_status meta_mantel_haenszel_weights(const struct stratum *strata,
                                                              size_t n, enum measure measure,
                                                              double *percent);

/**
 * meta_peto(strata, n, level, fit, differ):
 * Pool log odds ratios by Peto's one-step method.
 *
 *   estimate = sum (a - E) / sum V,  se^2 = 1 / sum V,  E = n1 m1/N,
 *   V = n1 n0 m1 m0 / (N^2 (N-1)),  Q = sum (a - E)^2/V - (sum (a - E))^2 / sum V
 *
 * Tables with V = 0 count neither in the estimate nor in Q's df; I2 and H2 as under the
 * common-effect model; with one table left q and df are 0, the rest of ${differ} NaN.
 *
 * Domain:  counts >= 0 and finite, copies >= 0; a table with V > 0.
 * Returns: DYAD_OK or DYAD_DOMAIN.
 * Source:  Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371; metafor's rma.peto.
 */
DYAD_MUST_CHECK enum dyad_status meta_peto(const struct stratum *strata, size_t n, double level,
                                           struct meta_fit *fit, struct heterogeneity *differ);

/** meta_peto_weights(strata, n, percent): each table's share of sum V; Domain as meta_peto. */
DYAD_MUST_CHECK enum dyad_status meta_peto_weights(const struct stratum *strata, size_t n,
                                                   double *percent);

/**
 * meta_subgroups(fits, n, out):
 * Test whether subgroups, each pooled by itself (with its own tau2, or TAU2_GIVEN a common one),
 * have one effect.
 *
 *   Q = sum (g - mean)^2 / se_g^2,  mean weighted by 1/se_g^2,  chi-squared with n-1 df
 *
 * Domain:  n >= 2;  each std_error > 0.
 * Returns: DYAD_OK or DYAD_DOMAIN.
 * Source:  Borenstein et al. (2009), Introduction to Meta-Analysis, chapter 19.
 */
DYAD_MUST_CHECK enum dyad_status meta_subgroups(const struct meta_fit *fits, size_t n,
                                                struct test *out);

struct meta_regression {
    size_t k, p;
    double tau2, scale;
    double df;               /* of the coefficients' t; NaN where they are normal */
    struct test residual;    /* QE: what the moderators leave */
    struct test moderators;  /* QM: the columns behind the first ${fixed}; F for t and hksj */
    double i2, h2, r2;       /* r2: percent of tau2 that the moderators explain */
};

/**
 * meta_regress(effects, k, x, p, fixed, method, work, coefficients, covariance, out):
 * Regress effects on study characteristics: ${x} has ${k} rows of ${p} columns, row after row,
 * an intercept among them if there is to be one.
 *
 *   b = (X'W X)^-1 X'W y,  cov b = q (X'W X)^-1
 *   q     = 1;  hksj: y'P y / (k-p)
 *   tau2  as meta_tau2 with k-1 -> k-p, sum w - sum w^2/sum w -> tr P, log sum w -> log |X'W X|
 *         (eb as metafor: y'P y = k-p)
 *   QE    y'P y at tau2 = 0, chi-squared with k-p df
 *   QM    b'(cov b)^-1 b of the m = p - fixed last columns: chi-squared with m df (wald), or
 *         divided by m as F with m and k-p df (t, hksj)
 *   I2 and H2 as meta_heterogeneity with s2 = (k-p)/tr P, of QE under the common-effect model
 *   R2    100 max(0, 1 - tau2/tau2 without moderators), NaN if that is 0 or given
 *
 * ${covariance} has p x p elements, or is NULL.  QM is NaN if m is 0.
 *
 * Domain:  1 <= p < k;  x finite;  columns linearly independent (to 1e-10 of their length, after
 *          weighting);  0 <= fixed <= p;  mh-dl is not defined.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV; DYAD_NOMEM.
 * Source:  Knapp & Hartung (2003), Stat. Med. 22:2693-2710; Raudenbush (2009) in The Handbook of
 *          Research Synthesis and Meta-Analysis, chapter 16.
 */
DYAD_MUST_CHECK enum dyad_status meta_regress(const struct effect *effects, size_t k,
                                              const double *x, size_t p, size_t fixed,
                                              const struct meta_method *method,
                                              struct meta_work *work,
                                              struct estimate *coefficients, double *covariance,
                                              struct meta_regression *out);

/**
 * meta_regress_test(coefficients, covariance, fit, first, m, work, out):
 * Test the ${m} columns from ${first} on together, as QM; out->df is m.
 *
 * Domain:  m >= 1;  first + m <= fit->p;  what meta_regress filled.
 * Returns: DYAD_OK; DYAD_DOMAIN, also if their covariance is singular; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status meta_regress_test(const struct estimate *coefficients,
                                                   const double *covariance,
                                                   const struct meta_regression *fit,
                                                   size_t first, size_t m,
                                                   struct meta_work *work, struct test *out);

#endif
