/* stats/cox_profile.h: what fits by newton_maximize have in common once they are there. */
#ifndef DYAD_STATS_COX_PROFILE_H
#define DYAD_STATS_COX_PROFILE_H

#include "cox_newton.h"
#include "dyad/core/shapes.h"

/* A fit that is there: state as reported, beta with what stands for infinite ones. */
struct fitted {
    size_t p;
    double *beta, *sign;
    enum cox_state *state, *held; /* as reported; as the iteration left them */
    double *covariance;           /* as reported */
    double *free_covariance;      /* of all columns that are not held */
    double loglik;
    bool ready, infinite;
};

DYAD_MUST_CHECK enum dyad_status fitted_reserve(struct fitted *f, size_t p);
void fitted_release(struct fitted *f);

/* Start at 0, all columns free. */
void fitted_begin(struct fitted *f);

/* After newton_maximize: covariances and states; NaN if the information is not definite. */
DYAD_MUST_CHECK enum dyad_status fitted_finish(struct fitted *f, struct newton_work *work,
                                               const struct newton_result *r, double *wald);

void fitted_report(const struct fitted *f, double *coefficients, double *covariance,
                   enum cox_state *state);

struct test fitted_test(double statistic, double df);

/* V M V with what is not finite NaN; m is p x p, room p x p. */
void fitted_sandwich(const struct fitted *f, const double *meat, double *room, double *covariance);

DYAD_MUST_CHECK enum dyad_status fitted_profile(const struct fitted *f,
                                                const struct likelihood *like,
                                                struct newton_work *work, size_t column,
                                                double level, double *lower, double *upper);

#endif
