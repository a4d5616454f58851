/* stats/glm_family.h: what rows add to likelihood, gradient and information, family by family. */
#ifndef DYAD_STATS_GLM_FAMILY_H
#define DYAD_STATS_GLM_FAMILY_H

#include "dyad/stats/glm.h"

/* The context of the functions below. */
struct glm_curve {
    enum glm_family family;
    double theta;   /* negative binomial; log-binomial: the eta to start with */
    bool observed;  /* the observed information rather than Fisher's */
    double barrier; /* log-binomial: of each row that much of log(-eta) is added */
};

/* r = dl/deta, w the information, l without what does not depend on eta; linear: l = -r^2/2. */
double glm_weigh(const struct model_batch *b, double *w, double *r, void *curve);

/*
 * The first step: w, and r = w (z - offset), z the working response where mu is near y, as R's
 * mustart; log-binomial: z is the same for all.
 */
double glm_weigh_start(const struct model_batch *b, double *w, double *r, void *curve);

/* The sum of what l lacks; and the sum of l, as glm_weigh has it, where mu = y. */
double glm_weigh_constant(const struct model_batch *b, double *w, double *r, void *curve);
double glm_weigh_saturated(const struct model_batch *b, double *w, double *r, void *curve);

/** glm_response_valid(family, y): is it in the family's domain? */
bool glm_response_valid(enum glm_family family, double y);

/** glm_slope(family, eta): dmu/deta. */
double glm_slope(enum glm_family family, double eta);

/* The smallest w among linear predictors from ${least} to ${most}. */
double glm_least_weight(const struct glm_curve *curve, double least, double most);

#endif
