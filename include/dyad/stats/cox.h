/*
 * stats/cox.h: proportional hazards regression by the partial likelihood.
 *
 *   hazard of a record at time t = h(t, stratum) exp(x'b + offset)
 *
 * A record is at risk of the events of its stratum at times t with entry < t <= time.  At a time
 * with D events,  r = w exp(x'b + offset),  S0 the sum of r over all at risk, S1 that of r x, and
 * d0, d1 those over the events alone, its share of the log partial likelihood is
 *
 *   sum of w (x'b + offset) over events - sum over k = 0 .. D-1 of c log(S0 - f d0)
 *   Efron: f = k/D;  Breslow: f = 0;  c = (sum of w over events) / D
 *
 * Times are tied if they are equal.
 *
 * Source:  Cox (1972), JRSS B 34:187-220; Breslow (1974), Biometrics 30:89-99; Efron (1977),
 *          JASA 72:557-565; Therneau & Grambsch (2000), Modeling Survival Data.
 */
#ifndef DYAD_STATS_COX_H
#define DYAD_STATS_COX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/model_rows.h"
#include "dyad/stats/survey.h"

enum cox_ties { COX_EFRON, COX_BRESLOW };

/*
 * Records, either with their rows of x, or as what rows of `design` have in common: the response
 * of such a row is then the number of its record (a record may have no rows), and weights and
 * offsets are the rows' own.  Numbers in a design should be about their means: there is no
 * intercept to do it, and a column whose mean is a million times its spread looks constant.
 */
struct cox_data {
    size_t n;
    const double *entry; /* NULL: all from the beginning.  May be -infinity */
    const double *time;
    const unsigned char *event; /* 0 or 1 */
    const uint32_t *stratum;    /* below n; NULL: one */

    size_t p;
    const double *x; /* n rows of p columns */
    const double *weight, *offset; /* NULL: 1 and 0.  A record of weight 0 is as if not there */

    const struct model_design *design; /* instead of the four above; NULL: none */

    enum cox_ties ties;
    /* A record of weight w stands for w records: D is the sum of weights, which are whole. */
    bool counts;
    size_t threads;
};

struct cox_model;

/**
 * cox_new(data, out):
 * ${data} is copied, what it points to must outlive ${out}.
 *
 * Domain:  one event or more;  entry < time, finite;  x and offsets finite;  weights >= 0, finite.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status cox_new(const struct cox_data *data, struct cox_model **out);

void cox_free(struct cox_model *model);

/*
 * A coefficient: estimated; infinite (the likelihood rises for ever; the value is the sign's
 * infinity, or NaN if either sign may be); not defined because its column is a sum of others and
 * of what strata have in common (the value is NaN); finite but not found (NaN), because others are
 * infinite in a direction in which rows differ by less than rounding can tell.
 */
enum cox_state { COX_FINITE, COX_INFINITE, COX_ALIASED, COX_LOST };

struct cox_fit {
    double records, events;         /* that have weight; sums of weights with `counts` */
    size_t rank;                    /* columns that are not aliased */
    double null_loglik, loglik;     /* at b = 0; at the end, its limit where b is infinite */
    struct test lr, score, wald;    /* rank df;  wald is NaN where b is infinite */
    size_t iterations;
    bool infinite;                  /* some coefficient is */
};

/**
 * cox_fit(model, coefficients, covariance, state, out):
 * Maximize the partial likelihood.  ${covariance} (p x p) is the inverse of the information, its
 * rows and columns NaN where a coefficient is not finite; of those that are infinite, or lost, so
 * are estimates; ${state} and the sign of an infinite coefficient tell which.
 *
 * A coefficient is infinite if there is a direction d such that at every event x'd of the events
 * is the largest at risk: this is tested, not guessed.  The other coefficients, their
 * covariances, log-likelihood and lr are then those of the limit; the log-likelihood is NaN if
 * that was not reached.
 *
 * Returns: DYAD_OK; DYAD_NOCONV; DYAD_NOMEM.  What it would fill is left as it was unless DYAD_OK.
 * Source:  Tsiatis (1981), Ann. Stat. 9:93-108; Geyer (2009), Electron. J. Stat. 3:259-289 for
 *          the limit; Bryson & Johnson (1981), Technometrics 23:381-383.
 */
DYAD_MUST_CHECK enum dyad_status cox_fit(struct cox_model *model, double *coefficients,
                                         double *covariance, enum cox_state *state,
                                         struct cox_fit *out);

/**
 * cox_fit_firth(model, coefficients, covariance, state, out):
 * Maximize  l(b) + log |I(b)| / 2,  I without columns that are aliased:  no coefficient is
 * infinite.  Log-likelihoods are the penalized ones, and lr is twice their difference;  score is
 * NaN;  the covariance is the inverse of I.
 *
 * Domain:  no design;  Returns: as cox_fit; DYAD_DOMAIN.
 * Source:  Firth (1993), Biometrika 80:27-38; Heinze & Schemper (2001), Biometrics 57:114-119.
 */
DYAD_MUST_CHECK enum dyad_status cox_fit_firth(struct cox_model *model, double *coefficients,
                                               double *covariance, enum cox_state *state,
                                               struct cox_fit *out);

/**
 * cox_profile(model, column, level, lower, upper):
 * After cox_fit or cox_fit_firth: limits of a coefficient by the profile likelihood.
 *
 *   2 (l at the maximum - the largest l with that coefficient held) = upper 1-level quantile of
 *   chi-squared with 1 df;  infinite on the side where it never falls that far
 *
 * NaN for columns that are aliased or lost.
 * Returns: DYAD_OK; DYAD_DOMAIN: level, column, no fit; DYAD_NOCONV; DYAD_NOMEM.
 * Source:  Venzon & Moolgavkar (1988), Appl. Stat. 37:87-94.
 */
DYAD_MUST_CHECK enum dyad_status cox_profile(struct cox_model *model, size_t column, double level,
                                             double *lower, double *upper);

/* Of pairs of records of a stratum that can be ordered in time by an event of the first. */
struct cox_concordance {
    double concordant, discordant, tied_x, tied_y, tied_xy; /* sums of products of weights */
    double value; /* (concordant + tied_x / 2) / (concordant + discordant + tied_x) */
};

/**
 * cox_concordance(model, out):
 * After a fit: does the one with the larger linear predictor have its event first?
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: no fit; DYAD_NOMEM.
 * Source:  Harrell et al. (1982), JAMA 247:2543-2546, as in survival::concordance.
 */
DYAD_MUST_CHECK enum dyad_status cox_concordance(struct cox_model *model,
                                                 struct cox_concordance *out);

/**
 * cox_survey(model, design, records, covariance):
 * After a fit of a design whose weights are those of sampling: the sandwich covariance by the design
 * of the sample.  The rows' clusters are its units, or with ${records} the strata, each record then
 * being a unit.
 *
 *   V (variance of the total of u) V,  u = sum over a unit of w (score residual)
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: no fit, no such clusters, or a stratum of one unit; DYAD_NOMEM.
 * Source:  Binder (1992), Biometrika 79:139-147; R's survey, svycoxph.
 */
DYAD_MUST_CHECK enum dyad_status cox_survey(struct cox_model *model,
                                            const struct survey_design *design, bool records,
                                            double *covariance);

/**
 * cox_robust(model, cluster, covariance, clusters):
 * After a fit: the sandwich covariance from sums of score residuals over clusters (NULL: each
 * record its own; of a design, the rows' own numbers if it has them).
 *
 *   V (sum of u u') V,  u = sum over a cluster of w (score residual)
 *
 * No factor for few clusters: as coxph.  Rows of coefficients that are not finite are NaN.
 * ${clusters} (may be NULL): how many there are.
 *
 * Domain:  cluster numbers below n.
 * Returns: DYAD_OK; DYAD_DOMAIN: no fit; DYAD_NOMEM.
 * Source:  Lin & Wei (1989), JASA 84:1074-1078.
 */
DYAD_MUST_CHECK enum dyad_status cox_robust(struct cox_model *model, const uint32_t *cluster,
                                            double *covariance, size_t *clusters);

/**
 * cox_residuals(model, martingale, score, schoenfeld):
 * After a fit, for each record, what is not NULL: martingale (n), score (n x p), and Schoenfeld
 * (n x p, NaN but for events).  dfbeta is score times the covariance.
 *
 * Domain:  no design.
 * Returns: DYAD_OK; DYAD_DOMAIN.
 */
DYAD_MUST_CHECK enum dyad_status cox_residuals(struct cox_model *model, double *martingale,
                                               double *score, double *schoenfeld);

/* What of the time its effects may change with. */
enum cox_transform { COX_KM, COX_IDENTITY, COX_RANK, COX_LOG };

/**
 * cox_proportional(model, transform, term, n_terms, out):
 * After a fit: the score test of b(t) = b + c g(t), for the columns of each term together and
 * for all.  term[j] below ${n_terms} is that of column j; out[n_terms] is the global test.
 *
 *   g centered at its mean over events;  km: 1 - Kaplan-Meier just before t
 *
 * df counts the columns that are finite; a term of none is NaN.
 *
 * Domain:  log: event times > 0.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.
 * Source:  Grambsch & Therneau (1994), Biometrika 81:515-526; as cox.zph of survival 3.
 */
DYAD_MUST_CHECK enum dyad_status cox_proportional(struct cox_model *model,
                                                  enum cox_transform transform,
                                                  const size_t *term, size_t n_terms,
                                                  struct test *out);

/* One time of events in a stratum. */
struct cox_step {
    uint32_t stratum;
    double time;
    double events;    /* records, or their counts */
    double increment; /* of the cumulative hazard where x'b + offset is that of the centers */
};

/**
 * cox_baseline(model, centers, steps, n_steps):
 * After a fit: times of events by stratum and time; ${steps} are the model's, until the next call
 * or fit.  centers[j] (p, may be NULL), as coxph has them: 0 of a column that holds only -1, 0 and
 * 1, else its mean, weighted unless there are entry times.
 *
 *   increment = exp(centers'b) sum over k of c / (S0 - f d0);  log-log curve: log of its sums
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: no fit.
 */
DYAD_MUST_CHECK enum dyad_status cox_baseline(struct cox_model *model, double *centers,
                                              const struct cox_step **steps, size_t *n_steps);

#endif
