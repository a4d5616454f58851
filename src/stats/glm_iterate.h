/* stats/glm_iterate.h: one maximum of a likelihood over some of the columns of a design. */
#ifndef DYAD_STATS_GLM_ITERATE_H
#define DYAD_STATS_GLM_ITERATE_H

#include "glm_family.h"
#include "model_design.h"

struct glm_problem {
    const struct model_design *design; /* the caller's */
    struct model_design *centred;      /* what is worked on */
    struct glm_curve curve;
    size_t threads, p, n_free;
    double *storage;
    size_t *free;       /* the columns that are estimated */
    bool *open;         /* whether a column is */
    double *beta;       /* of the centred design; those that are not free are held */
    double *trial, *step, *scale;
    double *gradient, *cross, *factor; /* at beta; the factor over the free columns */
    double *other_gradient, *other_cross;
    double total;       /* the likelihood there, without its constant */
    double least, most; /* of eta there */
    double decrement;   /* gradient' information^-1 gradient, before the last step */
    size_t iterations;
    bool certain;       /* that this is a maximum, not the slope to one at infinity */
};

/**
 * glm_problem_init(p, design, curve, open, held, threads):
 * ${open} and ${held} as for model_design_centred.
 */
DYAD_MUST_CHECK enum dyad_status glm_problem_init(struct glm_problem *p,
                                                  const struct model_design *design,
                                                  const struct glm_curve *curve, const bool *open,
                                                  const double *held, size_t threads);

void glm_problem_release(struct glm_problem *p);

/** glm_problem_survey(p): gradient and products of a first step that needs no start. */
DYAD_MUST_CHECK enum dyad_status glm_problem_survey(struct glm_problem *p);

/** glm_problem_start(p): beta by that step. */
DYAD_MUST_CHECK enum dyad_status glm_problem_start(struct glm_problem *p);

/** glm_problem_evaluate(p): all that is `at beta`. */
DYAD_MUST_CHECK enum dyad_status glm_problem_evaluate(struct glm_problem *p);

/** glm_problem_climb(p): from beta to where nothing is left to climb; DYAD_NOCONV if that is not
 * reached. */
DYAD_MUST_CHECK enum dyad_status glm_problem_climb(struct glm_problem *p);

/**
 * glm_problem_dependent(p, dependent):
 * After a survey: which of the free columns depend on those before them; how many.
 */
size_t glm_problem_dependent(const struct glm_problem *p, bool *dependent);

/**
 * glm_problem_at(p, spec, fit):
 * A problem at the estimates of a fit, with all that is `at beta`; p->factor is the inverse
 * information, p by p, 0 of what is not free.
 */
DYAD_MUST_CHECK enum dyad_status glm_problem_at(struct glm_problem *p, const struct glm_spec *spec,
                                                const struct glm_fit *fit);

/**
 * glm_problem_raw(p, spec, fit, raw):
 * A problem at the estimates of a fit, nothing evaluated; with ${raw} no feature is centred, so that
 * any coefficient may be held.
 */
DYAD_MUST_CHECK enum dyad_status glm_problem_raw(struct glm_problem *p, const struct glm_spec *spec,
                                                 const struct glm_fit *fit, bool raw);

/**
 * glm_prepare(spec, fit, p):
 * Storage for a fit of ${spec}, and a problem of its columns without those that depend on others,
 * which ${fit} then names.  Both are to be released whatever is returned.
 */
DYAD_MUST_CHECK enum dyad_status glm_prepare(const struct glm_spec *spec, struct glm_fit *fit,
                                             struct glm_problem *p);

/** glm_problem_uncentre(p, matrix): a covariance of the caller's design, in place; NaN of what is
 * not free. */
void glm_problem_uncentre(struct glm_problem *p, double *matrix);

/** glm_climb_log_binomial(p, boundary): from a beta with all eta below 0. */
DYAD_MUST_CHECK enum dyad_status glm_climb_log_binomial(struct glm_problem *p, bool *boundary);

/** glm_climb_negative_binomial(p, theta_error): theta into p->curve; observed information. */
DYAD_MUST_CHECK enum dyad_status glm_climb_negative_binomial(struct glm_problem *p,
                                                             double *theta_error);

/** glm_problem_coefficients(p, out): of the caller's design. */
void glm_problem_coefficients(const struct glm_problem *p, double *out);

/** glm_problem_covariance(p, out): the inverse of ${cross}, of the caller's design; NaN of what is
 * not free. */
DYAD_MUST_CHECK enum dyad_status glm_problem_covariance(struct glm_problem *p, double *out);

#endif
