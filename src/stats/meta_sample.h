/* stats/meta_sample.h: the sums that every estimate of tau2 is made of, and those estimates. */
#ifndef DYAD_STATS_META_SAMPLE_H
#define DYAD_STATS_META_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/stats/meta.h"

/* Studies with their design; x is NULL for the intercept alone, which then needs no room. */
struct sample {
    const struct effect *effects;
    size_t k;
    const double *x;
    size_t p;
    double *room; /* sample_room(k, p) */
};

static inline struct sample
sample_of(const struct effect *effects, size_t k)
{
    return (struct sample){ effects, k, NULL, 1, NULL };
}

static inline size_t
sample_room(size_t k, size_t p)
{
    return k * p + 2 * k + p * p + 2 * p;
}

/* At one tau2; infinity stands for equal weights of 1. */
struct moments {
    double sum_w, ypy, yppy;
    double trace_p, trace_pv;
    double log_det; /* of X'W X */
    double mean;    /* of the intercept alone */
    bool full_rank;
};

void sample_moments(const struct sample *s, double tau2, struct moments *out);

/* After sample_moments with a design: b, and the upper triangle's inverse, (X'W X)^-1 = U U'. */
void sample_coefficients(const struct sample *s, double *b, double *inverse);

bool are_effects(const struct effect *effects, size_t k);

DYAD_MUST_CHECK enum dyad_status sample_tau2(const struct sample *s, enum tau2_estimator estimator,
                                             double given, double *out);

/* The tau2 at which y'P y falls to target; 0 where it is below it from the start. */
DYAD_MUST_CHECK enum dyad_status sample_profile(const struct sample *s, double target, double *out);

/* Of the prediction interval; interval_df is that of the pooled one. */
double meta_prediction_df(enum meta_prediction prediction, size_t k, double interval_df);

#endif
