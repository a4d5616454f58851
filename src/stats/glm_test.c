/* Tests of several coefficients of a generalised linear model, and limits by its likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"
#include "glm_iterate.h"
#include "likelihood_limit.h"
#include "symmetric.h"

enum dyad_status
glm_ratio_test(const struct glm_spec *spec, const struct glm_fit *fit, const bool *tested,
               struct test *out)
{
    struct glm_fit without = GLM_FIT_INIT;
    struct glm_spec less = *spec;
    bool *dropped = malloc(fit->p * sizeof *dropped);
    enum dyad_status st;

    if (!dropped)
        return DYAD_NOMEM;
    for (size_t j = 0; j < fit->p; j++)
        dropped[j] = tested[j] || (spec->dropped && spec->dropped[j]);
    less.dropped = dropped;
    if (spec->intercept < fit->p && dropped[spec->intercept])
        less.intercept = GLM_NO_INTERCEPT;
    if (spec->family == GLM_NEGATIVE_BINOMIAL)
        less.theta = fit->theta;
    if ((st = glm_estimate(&less, &without)) == DYAD_OK) {
        const double statistic = fmax(0, 2 * (fit->log_likelihood - without.log_likelihood));
        const double df = (double)fit->rank - (double)without.rank;

        if (df > 0)
            *out = (struct test){ statistic, df, cells_p_chi2(statistic, df) };
        else
            st = DYAD_DOMAIN;
    }
    glm_fit_release(&without);
    free(dropped);
    return st;
}

/* ---- profiles ---- */

/* A problem in which one column is held; its other coefficients follow it. */
struct profile {
    struct glm_problem problem;
    size_t column;
    double estimate, error, total; /* at the maximum */
    double target;                 /* of the root of twice the fall */
    double *direction;             /* of all coefficients, for 1 of the column */
    double *peak;                  /* where the maximum is */
};

/* The others' coefficients move with the column's as V_j / V_jj. */
static enum dyad_status
profile_init(struct profile *f, const struct glm_spec *spec, const struct glm_fit *fit, size_t column)
{
    const struct glm_curve curve = { .family = spec->family, .theta = fit->theta, .observed = true };
    const size_t p = fit->p;
    const double variance = fit->covariance[column * p + column];
    bool *open = malloc(p * sizeof *open);
    double *held = calloc(p, sizeof *held);
    enum dyad_status st = DYAD_NOMEM;

    f->column = column;
    f->estimate = fit->coefficients[column];
    f->error = sqrt(variance);
    f->direction = calloc(2 * p, sizeof *f->direction);
    f->peak = f->direction + p;
    if (open && held && f->direction) {
        for (size_t j = 0; j < p; j++) {
            open[j] = j != column && !isnan(fit->coefficients[j]);
            f->peak[j] = isnan(fit->coefficients[j]) ? 0 : fit->coefficients[j];
            f->direction[j] = open[j] ? fit->covariance[j * p + column] / variance : j == column;
        }
        held[column] = 1; /* whatever it will be, so that its feature is not centred */
        st = glm_problem_init(&f->problem, spec->design, &curve, open, held, spec->threads);
    }
    free(open);
    free(held);
    if (st != DYAD_OK)
        return st;
    model_design_recentre(f->problem.centred, f->direction);
    model_design_recentre(f->problem.centred, f->peak);
    memcpy(f->problem.beta, f->peak, p * sizeof *f->peak);
    if ((st = glm_problem_evaluate(&f->problem)) == DYAD_OK)
        f->total = f->problem.total;
    return st;
}

static void
profile_release(struct profile *f)
{
    glm_problem_release(&f->problem);
    free(f->direction);
}

/* The root of twice the fall at ${b}, and its slope there: dl/db is the column's own gradient. */
static enum dyad_status
fall_at(void *context, double b, double *root, double *slope)
{
    struct profile *f = context;
    struct glm_problem *p = &f->problem;
    const double here = p->beta[f->column];
    enum dyad_status st;

    for (size_t j = 0; j < p->p; j++)
        p->beta[j] += (b - here) * f->direction[j];
    p->beta[f->column] = b;
    st = p->n_free > 0 ? glm_problem_climb(p) : glm_problem_evaluate(p);
    if (st != DYAD_OK)
        return st;
    *root = sqrt(fmax(0, 2 * (f->total - p->total)));
    *slope = -p->gradient[f->column] / *root;
    return DYAD_OK;
}

static enum dyad_status
find_limit(struct profile *f, double side, double *out)
{
    memcpy(f->problem.beta, f->peak, f->problem.p * sizeof *f->peak);
    return likelihood_limit(fall_at, f, f->estimate, f->estimate + side * f->target * f->error,
                            f->target, out);
}

enum dyad_status
glm_profile(const struct glm_spec *spec, const struct glm_fit *fit, size_t column, double level,
            double *lower, double *upper)
{
    struct profile f = { .target = cells_z(level) };
    double low, high;
    enum dyad_status st;

    if (!is_level(level) || column >= fit->p || fit->boundary || !isfinite(fit->coefficients[column]))
        return DYAD_DOMAIN;
    if (spec->family == GLM_LINEAR) {
        const double t = fit->df_residual > 0 ? qt((1 - level) / 2, fit->df_residual, 0, 0) : (double)NAN;
        const double error = sqrt(fit->covariance[column * fit->p + column]);

        *lower = fit->coefficients[column] - t * error;
        *upper = fit->coefficients[column] + t * error;
        return DYAD_OK;
    }
    if ((st = profile_init(&f, spec, fit, column)) == DYAD_OK &&
        (st = find_limit(&f, -1, &low)) == DYAD_OK && (st = find_limit(&f, 1, &high)) == DYAD_OK) {
        *lower = low;
        *upper = high;
    }
    profile_release(&f);
    return st;
}
