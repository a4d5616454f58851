/*
 * stats/meta_influence.h: what each study does to the pooled estimate.
 *
 * Throughout a bracketed index says which study is left out:  mean(i), se(i), tau2(i) and q(i),
 * the factor of hksj, are what meta_pool gives without study i.  Domain of all: as meta.h, and
 * no mh-dl, whose centre belongs to one set of tables.
 */
#ifndef DYAD_STATS_META_INFLUENCE_H
#define DYAD_STATS_META_INFLUENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/stats/meta.h"

/* A set of studies, pooled. */
struct meta_step {
    struct meta_fit fit;
    double q, q_p_value, i2, h2; /* as meta_heterogeneity */
};

struct influence {
    double rstudent; /* studentised deleted residual */
    double dffits, cook, cov_ratio;
    double tau2, q;  /* without the study */
    double hat, weight, dfbetas; /* weight in percent */
    bool is_influential;
};

/**
 * meta_leave_one_out(effects, k, method, work, steps):
 * Pool ${k} times, each time without one study; steps[i] is without study i.
 *
 * Domain:  k >= 2.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV (of any step); DYAD_NOMEM; ${steps} may have been
 *          filled in part.
 */
DYAD_MUST_CHECK enum dyad_status meta_leave_one_out(const struct effect *effects, size_t k,
                                                    const struct meta_method *method,
                                                    struct meta_work *work,
                                                    struct meta_step *steps);

/**
 * meta_influence(effects, k, method, work, out):
 * Diagnostics of each study, out[i].
 *
 *   hat       w / sum w
 *   rstudent  (y - mean(i)) / sqrt(q(i) (v + tau2(i)) + se(i)^2)
 *   dffits    (mean - mean(i)) / sqrt(q(i) hat (tau2(i) + v))
 *   cook      (mean - mean(i))^2 / se^2
 *   cov_ratio se(i)^2 / se^2
 *   dfbetas   (mean - mean(i)) / sqrt(q(i) / sum 1/(v + tau2(i))), the sum over all studies
 *   is_influential  |dffits| > 3 sqrt(1/(k-1)), or the chi-squared probability (1 df) below
 *             cook > 1/2, or hat > 3/k, or |dfbetas| > 1
 *
 * A quotient by 0, as hksj makes of identical effects, is infinite or NaN.
 *
 * Domain:  k >= 2.
 * Returns: as meta_leave_one_out, ${out} for ${steps}.
 * Source:  Viechtbauer & Cheung (2010), Res. Synth. Methods 1:112-125; metafor's influence.
 */
DYAD_MUST_CHECK enum dyad_status meta_influence(const struct effect *effects, size_t k,
                                                const struct meta_method *method,
                                                struct meta_work *work, struct influence *out);

#endif
