#include "dyad/stats/firth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "glm_iterate.h"
#include "likelihood_limit.h"
#include "symmetric.h"

enum { MOST_STEPS = 200, MOST_HALVINGS = 40, PAIRS = 12 };

/* A problem whose free columns all count in |X'WX|, though some of them may be held. */
struct climbing {
    struct glm_problem problem;
    bool *held;             /* of p */
    double *inverse;        /* (X'WX)^-1, p by p */
    double *small, *scale;  /* scratch */
    double penalised;       /* l* at beta */
    double *moves, *turns;  /* the last steps, and by how much the gradient fell: PAIRS of p */
    double *before;         /* gradient */
    size_t n_pairs, iterations;
};

static double
weigh_penalised(const struct model_batch *b, double *w, double *r, void *context)
{
    struct climbing *c = context;
    double h[MODEL_BATCH];

    (void)glm_weigh(b, w, r, &c->problem.curve);
    model_batch_forms(c->problem.centred, b, c->inverse, h);
    for (size_t i = 0; i < b->n; i++)
        r[i] += w[i] * h[i] *
                (c->problem.curve.family == GLM_POISSON ? 0.5
                                                        : 0.5 - glm_mean(GLM_LOGISTIC, b->eta[i]));
    return 0;
}

/* l*, (X'WX)^-1 from the products at beta; false if they are not positive definite. */
static bool
penalise(struct climbing *c)
{
    struct glm_problem *p = &c->problem;
    const size_t n = p->p, m = p->n_free;
    double logarithm = 0;

    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++)
            p->factor[a * m + b] = p->cross[p->free[a] * n + p->free[b]];
    if (!symmetric_factor(p->factor, m, p->scale))
        return false;
    for (size_t a = 0; a < m; a++)
        logarithm += log(p->factor[a * m + a]) + log(p->scale[a]);
    symmetric_invert(p->factor, m, p->scale, c->small);
    memset(c->inverse, 0, n * n * sizeof *c->inverse);
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++)
            c->inverse[p->free[a] * n + p->free[b]] = c->small[a * m + b];
    c->penalised = p->total + logarithm;
    return isfinite(c->penalised);
}

static enum dyad_status
evaluate(struct climbing *c)
{
    const enum dyad_status st = glm_problem_evaluate(&c->problem);

    return st == DYAD_OK && !penalise(c) ? DYAD_NOCONV : st;
}

static double
dot(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* x = information^-1 x of the columns that are not held, 0 of the others. */
static bool
score_step(struct climbing *c, double *x)
{
    const struct glm_problem *p = &c->problem;
    const size_t n = p->p;
    size_t m = 0;

    for (size_t a = 0; a < p->n_free; a++)
        m += !c->held[p->free[a]];
    for (size_t a = 0, i = 0; a < p->n_free; a++) {
        const size_t j = p->free[a];

        if (c->held[j])
            continue;
        for (size_t b = 0, k = 0; b < p->n_free; b++)
            if (!c->held[p->free[b]])
                c->small[i * m + k++] = p->cross[j * n + p->free[b]];
        p->trial[i++] = x[j];
    }
    memset(x, 0, n * sizeof *x);
    if (m == 0)
        return true;
    if (!symmetric_factor(c->small, m, c->scale))
        return false;
    symmetric_solve(c->small, m, c->scale, p->trial);
    for (size_t a = 0, i = 0; a < p->n_free; a++)
        if (!c->held[p->free[a]])
            x[p->free[a]] = p->trial[i++];
    return true;
}

/*
 * Fisher's scoring takes no notice of how |X'WX| bends, by which it may be led to and fro for
 * ever; the last steps and what the gradient did on them tell (Nocedal 1980, Math. Comp.
 * 35:773-782, with the inverse information for start).
 */
static bool
bend_step(struct climbing *c, double *x)
{
    const size_t n = c->problem.p, first = c->n_pairs > PAIRS ? c->n_pairs - PAIRS : 0;
    double share[PAIRS];

    for (size_t k = c->n_pairs; k-- > first;) {
        const double *s = c->moves + k % PAIRS * n, *y = c->turns + k % PAIRS * n;

        share[k % PAIRS] = dot(s, x, n) / dot(s, y, n);
        for (size_t j = 0; j < n; j++)
            x[j] -= share[k % PAIRS] * y[j];
    }
    if (!score_step(c, x))
        return false;
    for (size_t k = first; k < c->n_pairs; k++) {
        const double *s = c->moves + k % PAIRS * n, *y = c->turns + k % PAIRS * n;
        const double by = share[k % PAIRS] - dot(y, x, n) / dot(s, y, n);

        for (size_t j = 0; j < n; j++)
            x[j] += by * s[j];
    }
    return true;
}

/* What the last step did, if it tells of a likelihood that bends downwards. */
static void
note_pair(struct climbing *c)
{
    const size_t n = c->problem.p;
    double *s = c->moves + c->n_pairs % PAIRS * n, *y = c->turns + c->n_pairs % PAIRS * n;

    for (size_t j = 0; j < n; j++) {
        s[j] = c->held[j] ? 0 : c->problem.step[j];
        y[j] = c->held[j] ? 0 : c->before[j] - c->problem.gradient[j];
    }
    if (dot(s, y, n) > 0.05 * dot(s, c->before, n))
        c->n_pairs++;
    else
        c->n_pairs = 0;
}

/* The step from beta, and the decrement: twice what l* gains by it if it is a parabola. */
static enum dyad_status
find_step(struct climbing *c, double *decrement)
{
    struct glm_problem *p = &c->problem;
    const size_t n = p->p;
    struct model_sums sums = { .gradient = p->gradient };
    enum dyad_status st = model_rows_sum(p->centred, p->beta, weigh_penalised, c, p->threads, &sums);

    if (st != DYAD_OK)
        return st;
    if (c->iterations > 1)
        note_pair(c);
    for (size_t j = 0; j < n; j++)
        c->before[j] = p->step[j] = p->open[j] && !c->held[j] ? p->gradient[j] : 0;
    if (!bend_step(c, p->step))
        return DYAD_NOCONV;
    *decrement = dot(p->step, c->before, n);
    return DYAD_OK;
}

/* As far along the step as l* does not fall. */
static enum dyad_status
move(struct climbing *c)
{
    struct glm_problem *p = &c->problem;
    const double before = c->penalised;
    double length = 1, taken = 0;

    for (int i = 0; i < MOST_HALVINGS; i++, length /= 2) {
        enum dyad_status st;

        for (size_t j = 0; j < p->p; j++)
            p->beta[j] += (length - taken) * p->step[j];
        taken = length;
        st = evaluate(c);
        if (st == DYAD_OK && c->penalised >= before - 1e-11 * (1 + fabs(before))) {
            for (size_t j = 0; j < p->p; j++)
                p->step[j] *= length;
            return DYAD_OK;
        }
        if (st != DYAD_OK && st != DYAD_NOCONV)
            return st;
    }
    return DYAD_NOCONV;
}

static enum dyad_status
climb(struct climbing *c)
{
    static const double NEGLIGIBLE = 1e-22, ROUNDING = 1e-15;
    enum dyad_status st = evaluate(c);
    double least = INFINITY;

    c->n_pairs = 0;
    for (c->iterations = 1; st == DYAD_OK && c->iterations <= MOST_STEPS; c->iterations++) {
        double decrement;

        if ((st = find_step(c, &decrement)) != DYAD_OK)
            return st;
        if (decrement <= NEGLIGIBLE || (least <= ROUNDING && decrement >= least))
            return DYAD_OK;
        least = fmin(least, decrement);
        st = move(c);
    }
    return st == DYAD_OK ? DYAD_NOCONV : st;
}

/* ---- setting up ---- */

static void
climbing_release(struct climbing *c)
{
    glm_problem_release(&c->problem);
    free(c->held);
    free(c->inverse);
}

static enum dyad_status
climbing_storage(struct climbing *c, size_t p)
{
    c->held = calloc(p, sizeof *c->held);
    c->inverse = calloc(2 * p * p + 2 * p + 2 * PAIRS * p, sizeof *c->inverse);
    c->small = c->inverse + p * p;
    c->scale = c->small + p * p;
    c->before = c->scale + p;
    c->moves = c->before + p;
    c->turns = c->moves + PAIRS * p;
    return c->held && c->inverse ? DYAD_OK : DYAD_NOMEM;
}

/* At the estimates of a fit, with coefficients ${zero} (may be NULL) held at 0, and ${column} (may
 * be p) where it is. */
static enum dyad_status
climbing_at(struct climbing *c, const struct glm_spec *spec, const struct glm_fit *fit,
            const bool *zero, size_t column)
{
    struct glm_problem *p = &c->problem;
    enum dyad_status st = glm_problem_raw(p, spec, fit, zero != NULL || column < fit->p);

    if (st != DYAD_OK || (st = climbing_storage(c, fit->p)) != DYAD_OK)
        return st;
    for (size_t j = 0; j < fit->p; j++) {
        c->held[j] = j == column || (zero && zero[j]);
        if (zero && zero[j])
            p->beta[j] = 0;
    }
    return evaluate(c);
}

/* ---- what is asked ---- */

static void
fill_fit(const struct glm_spec *spec, struct climbing *c, struct glm_fit *fit)
{
    const struct glm_problem *p = &c->problem;
    const size_t n = fit->p;

    fit->log_likelihood = c->penalised;
    fit->iterations = c->iterations;
    fit->deviance = fit->null_deviance = fit->aic = fit->bic = NAN;
    fit->rank = p->n_free;
    fit->n = spec->frequency ? model_rows_weight(spec->design->rows)
                             : (double)model_rows_count(spec->design->rows);
    fit->df_residual = fit->n - (double)fit->rank;
    glm_problem_coefficients(p, fit->coefficients);
    for (size_t j = 0; j < n; j++)
        if (!p->open[j])
            fit->coefficients[j] = NAN;
    memcpy(fit->covariance, c->inverse, n * n * sizeof *fit->covariance);
    glm_problem_uncentre(&c->problem, fit->covariance);
}

/* Of a fit with coefficients held at 0, from where it left the others; from 0 if that is too far. */
static enum dyad_status
climb_without(struct climbing *c, const struct glm_spec *spec, const struct glm_fit *fit,
              const bool *zero)
{
    enum dyad_status st = climbing_at(c, spec, fit, zero, fit->p);

    if (st == DYAD_OK)
        st = climb(c);
    if (st != DYAD_NOCONV)
        return st;
    memset(c->problem.beta, 0, fit->p * sizeof *c->problem.beta);
    return climb(c);
}

static enum dyad_status
find_null(const struct glm_spec *spec, struct glm_fit *fit)
{
    struct climbing c = { .held = NULL };
    bool *zero = malloc(fit->p * sizeof *zero);
    enum dyad_status st = DYAD_NOMEM;

    for (size_t j = 0; zero && j < fit->p; j++)
        zero[j] = j != spec->intercept;
    if (zero && (st = climb_without(&c, spec, fit, zero)) == DYAD_OK)
        fit->null_log_likelihood = c.penalised;
    climbing_release(&c);
    free(zero);
    return st;
}

enum dyad_status
firth_estimate(const struct glm_spec *spec, struct glm_fit *out)
{
    struct climbing c = { .held = NULL };
    struct glm_fit fit = GLM_FIT_INIT;
    enum dyad_status st;

    if (spec->family != GLM_LOGISTIC && spec->family != GLM_POISSON)
        return DYAD_DOMAIN;
    if ((st = glm_prepare(spec, &fit, &c.problem)) == DYAD_OK &&
        (st = climbing_storage(&c, fit.p)) == DYAD_OK && (st = climb(&c)) == DYAD_OK) {
        fill_fit(spec, &c, &fit);
        st = find_null(spec, &fit);
    }
    if (st == DYAD_OK)
        *out = fit;
    else
        glm_fit_release(&fit);
    climbing_release(&c);
    return st;
}

enum dyad_status
firth_ratio_test(const struct glm_spec *spec, const struct glm_fit *fit, const bool *tested,
                 struct test *out)
{
    struct climbing c = { .held = NULL };
    double df = 0;
    enum dyad_status st;

    for (size_t j = 0; j < fit->p; j++)
        df += tested[j] && !isnan(fit->coefficients[j]);
    if (df == 0)
        return DYAD_DOMAIN;
    if ((st = climb_without(&c, spec, fit, tested)) == DYAD_OK) {
        const double statistic = fmax(0, 2 * (fit->log_likelihood - c.penalised));

        *out = (struct test){ statistic, df, cells_p_chi2(statistic, df) };
    }
    climbing_release(&c);
    return st;
}

/* ---- limits ---- */

struct profiling {
    struct climbing climbing;
    const struct glm_fit *fit;
    size_t column;
};

static enum dyad_status
fall_at(void *context, double b, double *root, double *slope)
{
    struct profiling *f = context;
    struct glm_problem *p = &f->climbing.problem;
    const size_t n = f->fit->p, column = f->column;
    const double by = b - p->beta[column];
    enum dyad_status st;

    for (size_t j = 0; j < n; j++)
        if (p->open[j])
            p->beta[j] += by * f->fit->covariance[j * n + column] /
                          f->fit->covariance[column * n + column];
    p->beta[column] = b;
    if ((st = climb(&f->climbing)) != DYAD_OK)
        return st;
    *root = sqrt(fmax(0, 2 * (f->fit->log_likelihood - f->climbing.penalised)));
    *slope = -p->gradient[column] / *root;
    return DYAD_OK;
}

enum dyad_status
firth_profile(const struct glm_spec *spec, const struct glm_fit *fit, size_t column, double level,
              double *lower, double *upper)
{
    double limits[2];
    enum dyad_status st = DYAD_OK;

    if (!is_level(level) || column >= fit->p || isnan(fit->coefficients[column]))
        return DYAD_DOMAIN;

    const double estimate = fit->coefficients[column], target = cells_z(level);
    const double error = sqrt(fit->covariance[column * fit->p + column]);

    for (int side = 0; side < 2 && st == DYAD_OK; side++) {
        struct profiling f = { .climbing = { .held = NULL }, .fit = fit, .column = column };

        if ((st = climbing_at(&f.climbing, spec, fit, NULL, column)) == DYAD_OK)
            st = likelihood_limit(fall_at, &f, estimate, estimate + (side ? 1 : -1) * target * error,
                                  target, &limits[side]);
        climbing_release(&f.climbing);
    }
    if (st == DYAD_OK) {
        *lower = limits[0];
        *upper = limits[1];
    }
    return st;
}
