/*
 * stats/gee.h: generalised estimating equations: averages over a population whose people belong to
 * clusters, with errors that hold however they depend on one another there.
 *
 *   sum_i D_i'V_i^-1 (y_i - mu_i) = 0,   V_i = phi A_i^(1/2) R(alpha) A_i^(1/2),  A = diag v(mu),
 *   D_i = d mu_i / d b;   R = 1 (independence), or 1 on the diagonal and alpha elsewhere
 *   (exchangeable):   R^-1 = (1 - alpha/(1 + (n_i-1) alpha) J) / (1-alpha),  J all ones
 *
 * so that a cluster costs as many operations as it has rows, however large it is.
 */
#ifndef DYAD_STATS_GEE_H
#define DYAD_STATS_GEE_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/status.h"
#include "dyad/stats/clustered_rows.h"

enum gee_family {
    GEE_LOGISTIC,     /* binomial, logit link: v = mu (1-mu) */
    GEE_LOG_BINOMIAL, /* binomial, log link */
    GEE_POISSON,      /* log link: v = mu */
    GEE_LINEAR        /* normal, identity link: v = 1 */
};

enum gee_working { GEE_INDEPENDENCE, GEE_EXCHANGEABLE };

/* What the moments are divided by: observations, or observations less parameters. */
enum gee_moments {
    GEE_MOMENTS_ALL, /* geepack's geeglm, Stata's xtgee */
    GEE_MOMENTS_LESS /* gee, SAS's genmod */
};

struct gee_method {
    enum gee_family family;
    enum gee_working working;
    enum gee_moments moments;
    bool unit_scale; /* phi is 1, in alpha as well */
};

struct gee_fit {
    size_t clusters;
    double people;        /* rows, times and totals counted */
    double largest;       /* people of the largest cluster */
    double alpha;         /* NaN where it is not estimated: independence, no two in a cluster */
    double scale;         /* phi */
    double quasi_log_lik; /* Q */
    double qic, qicu;
    size_t iterations;
};

/* Where what was found goes, matrices of p x p; each may be NULL. */
struct gee_output {
    double *coefficients; /* p */
    double *model;        /* of the working model: phi (sum D'V^-1 D)^-1 */
    double *robust;       /* the sandwich */
    double *kauermann_carroll, *mancl_derouen, *fay_graubard; /* for few clusters */
};

/**
 * gee(rows, method, fit, output, why):
 * Regress on columns by estimating equations.
 *
 * y of total counts as total people with or without the outcome, all of them members of the
 * cluster, times that: a row says no more than its people would say in rows of their own.
 * (geeglm's weights are another thing: they make one observation more precise.)
 *
 *   e_ij  = (y_ij - mu_ij) / sqrt(v_ij)
 *   phi   = sum e^2 / N,   alpha = sum_i sum_j<k e_ij e_ik / (phi M),
 *           N people, M pairs of people of one cluster;  less: N - p, M - p
 *   H     = sum D'V^-1 D,  H_i = D_i'V_i^-1 D_i,  U_i = D_i'V_i^-1 (y_i - mu_i)   (phi cancels)
 *   robust             H^-1 sum U_i U_i' H^-1
 *   kauermann_carroll  the same with (1 - H_i H^-1)^(-1/2) U_i,  which is D_i'V_i^-1 times
 *                      (1 - D_i H^-1 D_i'V_i^-1)^(-1/2) (y_i - mu_i)
 *   mancl_derouen      with (1 - H_i H^-1)^-1 U_i
 *   fay_graubard       with element j of U_i divided by sqrt(1 - min(0.75, (H_i H^-1)_jj))
 *   Q     binomial sum y log mu + (n-y) log(1-mu);  Poisson sum y log mu - mu;  linear
 *         -sum (y-mu)^2 / 2
 *   QIC   = 2 trace(H_0 robust) - 2 Q,  H_0 = sum D'A^-1 D / phi where independence has its b (as
 *         geepack's QIC; Pan has it at this b);  QICu with p for the trace
 *
 * Packages differ where phi is told to be 1 (scale.fix): geepack keeps the phi that its search
 * begins with, gee divides alpha by the estimated one.
 *
 * A matrix is NaN throughout where it does not exist: mancl_derouen and kauermann_carroll where
 * one cluster decides on a coefficient all by itself.  fay_graubard alone depends on which columns
 * span the model.
 *
 * Domain:  n, p >= 1;  |x|, |offset| <= 1e60;  binomial: y whole, 0 <= y <= total;  Poisson:
 *          y >= 0, total 1;  linear: total 1;  2 clusters or more;  columns linearly independent;
 *          less: N > p, M > p where alpha is estimated.
 *          Independence must have a finite b: exchangeable begins there.
 * Returns: DYAD_OK; DYAD_DOMAIN, also for CLUSTERED_SEPARATED, CLUSTERED_EXACT;  DYAD_NOCONV:
 *          CLUSTERED_BOUNDARY, CLUSTERED_WORKING, CLUSTERED_ITERATION;  DYAD_NOMEM.  ${why} is
 *          filled in any case, the rest only if DYAD_OK.
 * Source:  Liang & Zeger (1986), Biometrika 73:13-22; Mancl & DeRouen (2001), Biometrics
 *          57:126-134; Kauermann & Carroll (2001), J. Am. Stat. Assoc. 96:1387-1396; Fay &
 *          Graubard (2001), Biometrics 57:1198-1206 (bound 0.75); Pan (2001), Biometrics
 *          57:120-125 (QIC).
 */
DYAD_MUST_CHECK enum dyad_status gee(const struct clustered_rows *rows,
                                     const struct gee_method *method, struct gee_fit *fit,
                                     const struct gee_output *output, struct clustered_why *why);

#endif
