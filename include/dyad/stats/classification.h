/*
 * stats/classification.h: how well predicted risks tell who has an outcome from who has not, and
 * how near they are to what was observed.
 *
 * Scores are counted first: for each different score how many had the outcome and how many had
 * not.  Every statistic is then made from these counts, which a few patterns of covariates or ten
 * million people fill alike.
 */
#ifndef DYAD_STATS_CLASSIFICATION_H
#define DYAD_STATS_CLASSIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/* ---- counting ---- */

/* Those who have one score. */
struct score_count {
    double score, events, others;
};

/*
 * An accumulator of scores.  As long as there are at most ${limit} different ones, each is kept as
 * it is.  Beyond, neighbours are joined: of the score's 64 bits the lowest ${coarse} are ignored,
 * so that a score moves by at most 2^(coarse - 53) of itself; their number is the smallest of 24, 26,
 * 28 ... that meets the limit, whatever the order in which scores came.  What that may do to the area under
 * the curve is told with it (struct auc).
 */
enum { SCORES_MANY = 1 << 19 }; /* at most 24 MiB, and half as much while they are joined or sorted */

struct scores {
    struct score_slot *slots; /* a hash table */
    size_t room, used, limit;
    unsigned coarse;
    double least, most;
    struct score_count *counts; /* after scores_finish: ascending */
    size_t n;
    bool failed, refused;
};

/* clang-format off */
#define SCORES_INIT { .limit = SCORES_MANY }
/* clang-format on */

/**
 * scores_add(s, scores, outcomes, weights, n):
 * Count ${n} people, or patterns: an outcome is 1, 0 or the share that had it; weights[i] says how
 * often the i-th is there (NULL: once each).  What goes wrong is told by scores_finish.
 */
void scores_add(struct scores *s, const double *scores, const double *outcomes,
                const double *weights, size_t n);

/** scores_merge(into, from): all of ${from}, which stays as it is; both have the same limit. */
void scores_merge(struct scores *into, const struct scores *from);

/**
 * scores_finish(s):
 * No scores will be added: sort the counts.
 *
 * Domain:  finite scores;  0 <= outcome <= 1;  0 <= weight <= 1e15.  Weights that are not whole
 *          are computed as written.
 * Returns: DYAD_OK; DYAD_DOMAIN, also with no weight at all; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status scores_finish(struct scores *s);

void scores_release(struct scores *s);

/* ---- discrimination ---- */

struct auc {
    struct estimate area; /* its p_value is NaN */
    double events, others;
    double blur; /* the area of the scores as they came is within so much: 0 if none was joined */
};

/**
 * classification_auc(s, level, out):
 * The probability that someone with the outcome has a higher score than someone without (ties
 * count half): the area under the ROC curve, with DeLong's error and limits cut at 0 and 1.
 *
 *   V10(i) = (those without of a lower score + half of those of the same) / n
 *   V01(j) = (those with of a higher score + half of those of the same) / m
 *   A = mean V10 = mean V01,  se^2 = var(V10)/m + var(V01)/n,  limits A -+ z se
 *
 * Error and limits are NaN with fewer than two of either kind, and where the scores separate them
 * (A is 0 or 1, and the error's estimate 0 says nothing).
 *
 * Domain:  finished;  someone with and someone without;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845; as pROC's ci.auc;
 *          from one sort as Sun & Xu (2014), IEEE Signal Process. Lett. 21:1389-1393.
 */
DYAD_MUST_CHECK enum dyad_status classification_auc(const struct scores *s, double level,
                                                    struct auc *out);

/* Who scores ${threshold} or more is called positive. */
struct roc_point {
    double threshold, sensitivity, specificity;
};

/**
 * classification_roc(s, points):
 * The s->n + 1 points of the ROC curve, from an infinite threshold down.
 *
 * Domain:  as classification_auc.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${points} left as they were.
 */
DYAD_MUST_CHECK enum dyad_status classification_roc(const struct scores *s,
                                                    struct roc_point *points);

/* ---- calibration: scores are risks ---- */

enum { RISK_GROUPS = 10, RISK_GROUPS_MAX = 100 };

/* Those whose risk is above ${low} (in the first group: at it, too) and at most ${high}. */
struct risk_group {
    double low, high;
    double n, events;
    double expected, expected_others; /* sums of the risks, and of 1 - risk */
    struct estimate observed;         /* events/n with Wilson's limits */
};

struct risk_groups {
    size_t n;
    struct risk_group at[RISK_GROUPS_MAX];
};

/**
 * classification_groups(s, groups, level, out):
 * Divide by predicted risk at the ${groups} - 1 quantiles (R's type 7).  Quantiles that are the
 * same make one limit, groups without anybody are left out: out->n may be less.  Limits are
 * computed as R does, so that who stands on one falls on the same side.
 *
 * Domain:  finished;  0 <= risks <= 1;  2 <= groups <= RISK_GROUPS_MAX;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  grouping as ResourceSelection's hoslem.test; limits Wilson (1927), J. Am. Stat. Assoc.
 *          22:209-212.
 */
DYAD_MUST_CHECK enum dyad_status classification_groups(const struct scores *s, size_t groups,
                                                       double level, struct risk_groups *out);

/**
 * classification_hosmer_lemeshow(groups, out):
 * Do observed and expected numbers differ by more than chance?
 *
 *   C = sum over groups of (o - e)^2/e + (o' - e')^2/e',   df = groups - 2
 *
 * o with, o' without the outcome.  A cell without anybody expected or observed adds nothing, one
 * with somebody observed and nobody expected makes C infinite.  NaN with fewer than three groups.
 *
 * Source:  Hosmer & Lemeshow (1980), Commun. Stat. Theory Methods 9:1043-1069; as
 *          ResourceSelection's hoslem.test since 0.3-0, whose df follow the groups there are.
 */
void classification_hosmer_lemeshow(const struct risk_groups *groups, struct test *out);

struct calibration {
    struct estimate large;            /* a in logit(risk) = a + logit(p): calibration in the large */
    struct estimate intercept, slope; /* a, b in logit(risk) = a + b logit(p) */
};

/**
 * classification_calibration(s, level, out):
 * How observed risks lie to predicted ones, p, by logistic regression on their logit.  The
 * slope's p_value is of no difference from 1, the others' of none from 0.
 *
 * Domain:  finished;  0 < risks < 1;  0 < level < 1.
 * Returns: DYAD_OK; DYAD_DOMAIN, also with all or nobody having the outcome; DYAD_NOCONV where
 *          the scores separate them.  Intercept and slope are NaN if all risks are the same.
 *          ${out} is left as it was unless DYAD_OK.
 * Source:  Cox (1958), Biometrika 45:562-565; Steyerberg (2019), Clinical Prediction Models,
 *          2nd ed., 15.3; intercept and slope as rms' val.prob.
 */
DYAD_MUST_CHECK enum dyad_status classification_calibration(const struct scores *s, double level,
                                                            struct calibration *out);

/**
 * classification_brier(s, out):
 * The mean squared difference of outcome (1 or 0) and predicted risk.
 *
 * Domain:  finished;  0 <= risks <= 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Brier (1950), Mon. Weather Rev. 78:1-3, halved as is usual for two outcomes.
 */
DYAD_MUST_CHECK enum dyad_status classification_brier(const struct scores *s, double *out);

#endif
