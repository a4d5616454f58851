/*
 * stats/standardization.h: what a fitted model says of a whole population at each level of an
 * exposure, all else being as it is (g-computation, marginal effects).
 *
 * Each row is shown to the model once for every level: x[l] is the design matrix, row after row,
 * in which all have level l; level 0 is the reference.
 */
#ifndef DYAD_STATS_STANDARDIZATION_H
#define DYAD_STATS_STANDARDIZATION_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

enum standard_link { STANDARD_LOGIT, STANDARD_LOG, STANDARD_IDENTITY };

/* What the model says, of how many levels. */
struct standard_model {
    enum standard_link link;
    size_t p, levels;
    const double *beta;       /* p */
    const double *covariance; /* p x p */
};

/* Rows at all levels. */
struct standard_rows {
    size_t n;
    const double *const *x; /* levels times n x p */
    const double *weights;  /* how often each row is there; NULL: once */
    const double *offsets;  /* NULL: 0 */
};

/* An accumulator of rows. */
struct standardization {
    const struct standard_model *model; /* must outlive it */
    struct sum *sums;
    double *scratch;
    bool refused;
};

/* clang-format off */
#define STANDARDIZATION_INIT { .model = NULL }
/* clang-format on */

/**
 * standardization_init(s, model):
 * Domain:  p >= 1;  levels >= 1.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status standardization_init(struct standardization *s,
                                                      const struct standard_model *model);

/** standardization_add(s, rows): weights >= 0, all finite; what is not is told by _finish. */
void standardization_add(struct standardization *s, const struct standard_rows *rows);

/** standardization_merge(into, from): of the same model. */
void standardization_merge(struct standardization *into, const struct standardization *from);

void standardization_release(struct standardization *s);

/* One level; the reference's difference is 0 and its ratio 1, their other members NaN. */
struct standardized {
    struct estimate mean; /* risk, rate, mean; its p_value is NaN */
    struct estimate difference, ratio; /* against level 0 */
};

/* Whose mean it is. */
enum standard_population {
    STANDARD_THESE,  /* of these rows: only the coefficients are uncertain */
    STANDARD_SAMPLED /* of those from whom these rows were drawn: their covariates are so too */
};

/**
 * standardization_finish(s, population, level, out):
 * The mean of the model's predictions at each level, ${out}[0 .. levels - 1].
 *
 *   M_l = sum w g(x_l'b + o) / sum w,   G_l = its gradient in b, sum w g'(x_l'b + o) x_l / sum w
 *   cov(M_l, M_k) = G_l' V G_k                                             (STANDARD_THESE)
 *                 + sum w (m_l - M_l)(m_k - M_k) / (W (W - 1)), W = sum w  (STANDARD_SAMPLED)
 *   difference M_l - M_0 -+ z se;   ratio exp(log(M_l/M_0) -+ z se(log))
 *
 * The second term takes the errors of b and of the covariates' distribution as unrelated, as they
 * are if the model's mean is right.  The ratio is NaN where a mean is not positive.  A robust
 * ${covariance} makes robust errors.  Limits of a risk are M -+ z se and may leave 0 and 1.
 *
 * Domain:  some weight (above 1 for STANDARD_SAMPLED);  finite predictions;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Lane & Nelder (1982), Biometrics 38:613-621; Flanders & Rhodes (1987), J. Chronic Dis.
 *          40:697-704 (delta method); Terza (2016), Health Serv. Res. 51:1109-1113 (second term).
 *          As marginaleffects' avg_predictions and avg_comparisons, log scale for ratios.
 */
DYAD_MUST_CHECK enum dyad_status standardization_finish(const struct standardization *s,
                                                        enum standard_population population,
                                                        double level, struct standardized *out);

/**
 * standardization_means(s, means):
 * The mean of the predictions at each level, and nothing of their errors.
 *
 * Returns: DYAD_OK, or DYAD_DOMAIN as standardization_finish with ${means} left as it was.
 */
DYAD_MUST_CHECK enum dyad_status standardization_means(const struct standardization *s,
                                                       double *means);

#endif
