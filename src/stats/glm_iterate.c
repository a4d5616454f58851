#include "glm_iterate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "symmetric.h"

enum { MOST_STEPS = 60, MOST_HALVINGS = 40 };

void
glm_problem_release(struct glm_problem *p)
{
    model_design_free(p->centred);
    free(p->free);
    free(p->open);
    free(p->storage);
    memset(p, 0, sizeof *p);
}

enum dyad_status
glm_problem_init(struct glm_problem *p, const struct model_design *design,
                 const struct glm_curve *curve, const bool *open, const double *held, size_t threads)
{
    const size_t n = design->p;
    enum dyad_status st;

    memset(p, 0, sizeof *p);
    if ((st = model_design_centred(design, open, held, &p->centred)) != DYAD_OK)
        return st;
    p->design = design;
    p->curve = *curve;
    p->threads = threads;
    p->p = n;
    p->free = malloc(n * sizeof *p->free);
    p->open = malloc(n * sizeof *p->open);
    p->beta = p->storage = calloc(6 * n + 3 * n * n, sizeof *p->storage);
    if (!p->free || !p->open || !p->storage) {
        glm_problem_release(p);
        return DYAD_NOMEM;
    }
    p->trial = p->beta + n;
    p->step = p->trial + n;
    p->scale = p->step + n;
    p->gradient = p->scale + n;
    p->other_gradient = p->gradient + n;
    p->cross = p->other_gradient + n;
    p->other_cross = p->cross + n * n;
    p->factor = p->other_cross + n * n;
    for (size_t j = 0; j < n; j++) {
        p->open[j] = open[j];
        p->beta[j] = open[j] || !held ? 0 : held[j];
        if (open[j])
            p->free[p->n_free++] = j;
    }
    return DYAD_OK;
}

static enum dyad_status
sum_at(struct glm_problem *p, const double *beta, model_weigh *weigh, double *gradient, double *cross,
       struct model_sums *sums)
{
    *sums = (struct model_sums){ .gradient = gradient, .cross = cross };
    return model_rows_sum(p->centred, beta, weigh, &p->curve, p->threads, sums);
}

enum dyad_status
glm_problem_evaluate(struct glm_problem *p)
{
    struct model_sums sums;
    enum dyad_status st = sum_at(p, p->beta, glm_weigh, p->gradient, p->cross, &sums);

    p->total = sums.total;
    p->least = sums.least;
    p->most = sums.most;
    return st;
}

/* step = information^-1 gradient over the free columns; DYAD_NOCONV if there is no inverse. */
static enum dyad_status
solve(struct glm_problem *p)
{
    const size_t m = p->n_free;

    for (size_t a = 0; a < m; a++) {
        p->step[a] = p->gradient[p->free[a]];
        for (size_t b = 0; b < m; b++)
            p->factor[a * m + b] = p->cross[p->free[a] * p->p + p->free[b]];
    }
    if (!symmetric_factor(p->factor, m, p->scale))
        return DYAD_NOCONV;
    symmetric_solve(p->factor, m, p->scale, p->step);
    p->decrement = 0;
    for (size_t a = 0; a < m; a++)
        p->decrement += p->step[a] * p->gradient[p->free[a]];
    return isfinite(p->decrement) ? DYAD_OK : DYAD_NOCONV;
}

enum dyad_status
glm_problem_survey(struct glm_problem *p)
{
    struct model_sums sums;

    return sum_at(p, p->beta, glm_weigh_start, p->gradient, p->cross, &sums);
}

enum dyad_status
glm_problem_start(struct glm_problem *p)
{
    enum dyad_status st;

    if ((st = solve(p)) != DYAD_OK)
        return st;
    for (size_t a = 0; a < p->n_free; a++)
        p->beta[p->free[a]] = p->step[a];
    return DYAD_OK;
}

/* The squared length of a column as it was before it was centred. */
static double
raw_square(const struct glm_problem *p, size_t j)
{
    const struct model_design *d = p->centred;
    const size_t l = d->match[j];
    const double own = p->cross[j * p->p + j];

    if (l >= p->p)
        return own;

    const double m = d->features[d->feature[j]].centre;

    return own + m * (2 * p->cross[j * p->p + l] + m * p->cross[l * p->p + l]);
}

/* Cholesky's factor, column by column; one of which too little is left does not enter it. */
size_t
glm_problem_dependent(const struct glm_problem *p, bool *dependent)
{
    static const double TOLERANCE = 1e-7; /* R's, of lengths */
    const size_t m = p->n_free;
    size_t n = 0;

    for (size_t a = 0; a < m; a++) {
        const size_t i = p->free[a];
        double left = p->cross[i * p->p + i];

        for (size_t b = 0; b < a; b++) {
            double x = p->cross[i * p->p + p->free[b]];

            p->factor[a * m + b] = 0;
            if (dependent[p->free[b]])
                continue;
            for (size_t k = 0; k < b; k++)
                x -= p->factor[a * m + k] * p->factor[b * m + k];
            x /= p->factor[b * m + b];
            p->factor[a * m + b] = x;
            left -= x * x;
        }
        dependent[i] = !(left > TOLERANCE * TOLERANCE * raw_square(p, i));
        n += dependent[i];
        p->factor[a * m + a] = dependent[i] ? 1 : sqrt(left);
    }
    return n;
}

static void
exchange(double **a, double **b)
{
    double *x = *a;

    *a = *b;
    *b = x;
}

/* A step that does not let the likelihood fall by more than its rounding. */
static enum dyad_status
move(struct glm_problem *p)
{
    double length = 1;

    memcpy(p->trial, p->beta, p->p * sizeof *p->trial);
    for (int i = 0; i < MOST_HALVINGS; i++, length /= 2) {
        struct model_sums sums;
        enum dyad_status st;

        for (size_t a = 0; a < p->n_free; a++)
            p->trial[p->free[a]] = p->beta[p->free[a]] + length * p->step[a];
        if ((st = sum_at(p, p->trial, glm_weigh, p->other_gradient, p->other_cross, &sums)) != DYAD_OK)
            return st;
        if (p->curve.family == GLM_LINEAR || sums.total >= p->total - 1e-11 * fabs(p->total)) {
            exchange(&p->beta, &p->trial);
            exchange(&p->gradient, &p->other_gradient);
            exchange(&p->cross, &p->other_cross);
            p->total = sums.total;
            p->least = sums.least;
            p->most = sums.most;
            return DYAD_OK;
        }
    }
    return DYAD_NOCONV;
}

/*
 * A linear model is at its maximum after one step; the others improve its last digits.  A
 * negligible step leaves the information behind by that share of an error over the root of the
 * number of rows, for which small data get another one.
 */
static bool
is_maximum(const struct glm_problem *p, double before)
{
    static const double NEGLIGIBLE = 1e-16, NOTHING = 1e-22, SAFELY = 1e-4;
    enum { LINEAR_STEPS = 4, MANY = 1000000 };

    if (p->curve.barrier > 0) /* of which a step this small does not cross the boundary */
        return p->decrement <= SAFELY * p->curve.barrier;
    if (p->curve.family == GLM_LINEAR)
        return p->iterations == LINEAR_STEPS || p->decrement <= 1e-24 * fabs(p->total);
    return p->decrement <= NOTHING || before <= NEGLIGIBLE ||
           (p->decrement <= NEGLIGIBLE && model_rows_kept(p->design->rows) > MANY);
}

/*
 * With r = y - mu (or the like) of one sign in each row of a direction d that separates,
 * gradient'd = sum |r x'd| >= sum w (x'd)^2 / max |x'd|, and max |x'd| <= 1/sqrt(w) where d has
 * length 1 in the information.  A decrement below the least w therefore rules separation out, if
 * that w is not itself as small as the rounding of the gradient.
 */
static bool
is_certain(const struct glm_problem *p)
{
    static const double CLEARLY = 1e-3, ROUNDING = 1e-12;
    const double least = glm_least_weight(&p->curve, p->least, p->most);

    return p->curve.family == GLM_LINEAR || (least > ROUNDING && p->decrement <= CLEARLY * least);
}

enum dyad_status
glm_problem_climb(struct glm_problem *p)
{
    double before = INFINITY;
    enum dyad_status st;

    if ((st = glm_problem_evaluate(p)) != DYAD_OK)
        return st;
    if (!isfinite(p->total))
        return DYAD_NOCONV;
    for (p->iterations = 1; p->iterations <= MOST_STEPS; p->iterations++) {
        if ((st = solve(p)) != DYAD_OK)
            return st;
        if (is_maximum(p, before)) {
            for (size_t a = 0; a < p->n_free; a++)
                p->beta[p->free[a]] += p->step[a];
            p->total += p->decrement / 2;
            p->certain = is_certain(p);
            return DYAD_OK;
        }
        before = p->decrement;
        if ((st = move(p)) != DYAD_OK)
            return st;
    }
    return DYAD_NOCONV;
}

void
glm_problem_coefficients(const struct glm_problem *p, double *out)
{
    memcpy(out, p->beta, p->p * sizeof *out);
    model_design_uncentre(p->centred, out);
}

/* Rows, then columns. */
void
glm_problem_uncentre(struct glm_problem *p, double *out)
{
    const size_t n = p->p;

    for (size_t i = 0; i < n; i++)
        model_design_uncentre(p->centred, out + i * n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            p->trial[j] = out[j * n + i];
        model_design_uncentre(p->centred, p->trial);
        for (size_t j = 0; j < n; j++)
            out[j * n + i] = p->open[j] && p->open[i] ? p->trial[j] : (double)NAN;
    }
}

/* n_free by n_free as p by p, with zeros. */
static void
spread(const struct glm_problem *p, const double *small, double *out)
{
    const size_t n = p->p, m = p->n_free;

    memset(out, 0, n * n * sizeof *out);
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++)
            out[p->free[a] * n + p->free[b]] = small[a * m + b];
}

enum dyad_status
glm_problem_covariance(struct glm_problem *p, double *out)
{
    enum dyad_status st = solve(p);

    if (st != DYAD_OK)
        return st;
    symmetric_invert(p->factor, p->n_free, p->scale, p->other_cross);
    spread(p, p->other_cross, out);
    glm_problem_uncentre(p, out);
    return DYAD_OK;
}

enum dyad_status
glm_problem_raw(struct glm_problem *p, const struct glm_spec *spec, const struct glm_fit *fit, bool raw)
{
    const struct glm_curve curve = { .family = spec->family, .theta = fit->theta };
    const size_t n = fit->p;
    bool *open = calloc(n, sizeof *open);
    double *held = calloc(n, sizeof *held);
    enum dyad_status st = open && held ? DYAD_OK : DYAD_NOMEM;

    for (size_t j = 0; open && j < n; j++)
        open[j] = !isnan(fit->coefficients[j]);
    if (st == DYAD_OK)
        st = glm_problem_init(p, spec->design, &curve, open, raw ? NULL : held, spec->threads);
    free(held);
    free(open);
    if (st != DYAD_OK)
        return st;
    for (size_t j = 0; j < n; j++)
        p->beta[j] = p->open[j] ? fit->coefficients[j] : 0;
    model_design_recentre(p->centred, p->beta);
    return DYAD_OK;
}

enum dyad_status
glm_problem_at(struct glm_problem *p, const struct glm_spec *spec, const struct glm_fit *fit)
{
    enum dyad_status st;

    if ((st = glm_problem_raw(p, spec, fit, false)) != DYAD_OK ||
        (st = glm_problem_evaluate(p)) != DYAD_OK || (st = solve(p)) != DYAD_OK)
        return st;
    symmetric_invert(p->factor, p->n_free, p->scale, p->other_cross);
    spread(p, p->other_cross, p->factor);
    return DYAD_OK;
}
