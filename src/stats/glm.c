#include "dyad/stats/glm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/stats/separation.h"

#include "glm_iterate.h"
#include "symmetric.h"

void
glm_fit_release(struct glm_fit *fit)
{
    free(fit->coefficients);
    free(fit->dependent);
    *fit = (struct glm_fit)GLM_FIT_INIT;
}

static bool
fit_allocate(struct glm_fit *fit, size_t p)
{
    *fit = (struct glm_fit){ .p = p, .dispersion = 1, .theta = NAN, .theta_error = NAN };
    fit->coefficients = calloc(p + 2 * p * p, sizeof *fit->coefficients);
    fit->dependent = calloc(p, sizeof *fit->dependent);
    if (!fit->coefficients || !fit->dependent) {
        glm_fit_release(fit);
        return false;
    }
    fit->covariance = fit->coefficients + p;
    fit->dependence = fit->covariance + p * p;
    return true;
}

/* ---- sums over rows without coefficients ---- */

static void
add_log_weights(const struct model_batch *b, void *context)
{
    double *total = context;

    for (size_t i = 0; i < b->n; i++)
        *total += b->times[i] * log(b->weight[i]);
}

static enum dyad_status
total_of(const struct glm_spec *spec, const struct glm_curve *curve, model_weigh *weigh, double *out)
{
    const size_t p = spec->design->p;
    double *gradient = malloc(p * sizeof *gradient);
    struct model_sums sums = { .gradient = gradient };
    struct glm_curve own = *curve;
    enum dyad_status st = DYAD_NOMEM;

    if (gradient)
        st = model_rows_sum(spec->design, NULL, weigh, &own, spec->threads, &sums);
    free(gradient);
    if (st == DYAD_OK)
        *out = sums.total;
    return st;
}

/* ---- the model ---- */

/* What a fit is made of. */
struct making {
    const struct glm_spec *spec;
    struct glm_curve curve;
    struct glm_problem problem;
    double theta_error;
    bool boundary;
};

static struct glm_curve
first_curve(const struct glm_spec *spec)
{
    const struct model_rows *rows = spec->design->rows;
    struct glm_curve curve = { .family = spec->family, .theta = spec->theta };

    if (spec->family == GLM_LOG_BINOMIAL) /* the logarithm of the mean, if that is neither 0 nor 1 */
        curve.theta = log((rows->response + 0.5) / (rows->weight + 1));
    return curve;
}

static enum dyad_status
climb(struct making *m)
{
    struct glm_problem *p = &m->problem;
    enum dyad_status st;

    if (p->n_free == 0)
        return glm_problem_evaluate(p);
    if ((st = glm_problem_start(p)) != DYAD_OK)
        return st;
    if (p->curve.family == GLM_LOG_BINOMIAL)
        return glm_climb_log_binomial(p, &m->boundary);
    if (p->curve.family == GLM_NEGATIVE_BINOMIAL && !(p->curve.theta > 0))
        return glm_climb_negative_binomial(p, &m->theta_error);
    /* Newton's method ends with twice the digits of scoring; errors are by Fisher's information. */
    p->curve.observed = p->curve.family == GLM_NEGATIVE_BINOMIAL;
    if ((st = glm_problem_climb(p)) != DYAD_OK || !p->curve.observed)
        return st;
    p->curve.observed = false;
    return glm_problem_evaluate(p);
}

static enum dyad_status
prepare(struct making *m, const bool *open)
{
    double *held = calloc(m->spec->design->p, sizeof *held);
    enum dyad_status st = DYAD_NOMEM;

    if (held)
        st = glm_problem_init(&m->problem, m->spec->design, &m->curve, open, held, m->spec->threads);
    free(held);
    return st == DYAD_OK ? glm_problem_survey(&m->problem) : st;
}

/* As prepare, and which columns depend on others, which then are not open. */
static enum dyad_status
prepare_independent(struct making *m, bool *open, bool *dependent)
{
    enum dyad_status st;

    while ((st = prepare(m, open)) == DYAD_OK && glm_problem_dependent(&m->problem, dependent) > 0) {
        for (size_t j = 0; j < m->problem.p; j++)
            open[j] = open[j] && !dependent[j];
        glm_problem_release(&m->problem);
    }
    return st;
}

/* What the dependent columns are made of, by least squares. */
static enum dyad_status
fill_dependence(const struct glm_spec *spec, const struct glm_curve *curve, const bool *open,
                struct glm_fit *fit)
{
    static const double NOTHING = 1e-7; /* of a column's length */
    const size_t p = fit->p;
    struct glm_curve own = *curve;
    double *cross = malloc((2 * p * p + 3 * p) * sizeof *cross), *factor = cross + p * p;
    double *scale = factor + p * p, *x = scale + p;
    struct model_sums sums = { .gradient = x + p, .cross = cross };
    enum dyad_status st = cross ? DYAD_OK : DYAD_NOMEM;
    size_t m = 0, n = 0;

    for (size_t j = 0; j < p; j++)
        n += fit->dependent[j];
    if (st == DYAD_OK && n > 0)
        st = model_rows_sum(spec->design, NULL, glm_weigh_start, &own, spec->threads, &sums);
    for (size_t a = 0; st == DYAD_OK && n > 0 && a < p; a++)
        m += open[a];
    for (size_t a = 0, i = 0; m > 0 && a < p; i += open[a++])
        for (size_t b = 0, k = 0; open[a] && b < p; k += open[b++])
            if (open[b])
                factor[i * m + k] = cross[a * p + b];
    if (m > 0 && symmetric_factor(factor, m, scale))
        for (size_t j = 0; j < p; j++) {
            if (!fit->dependent[j])
                continue;
            for (size_t a = 0, i = 0; a < p; i += open[a++])
                if (open[a])
                    x[i] = cross[a * p + j];
            symmetric_solve(factor, m, scale, x);
            for (size_t a = 0, i = 0; a < p; i += open[a++])
                if (open[a] && x[i] * x[i] * cross[a * p + a] >
                                   NOTHING * NOTHING * cross[j * p + j])
                    fit->dependence[j * p + a] = x[i];
        }
    free(cross);
    return st;
}

/* ---- the likelihood without the columns ---- */

static enum dyad_status
climb_null(const struct glm_spec *spec, const struct glm_curve *curve, double *total)
{
    struct making m = { .spec = spec, .curve = *curve };
    bool *open = calloc(spec->design->p, sizeof *open);
    enum dyad_status st;

    if (!open)
        return DYAD_NOMEM;
    if (spec->intercept < spec->design->p)
        open[spec->intercept] = true;
    if ((st = prepare(&m, open)) == DYAD_OK && (st = climb(&m)) == DYAD_OK)
        *total = m.problem.total;
    glm_problem_release(&m.problem);
    free(open);
    return st;
}

/* Without an offset the intercept alone fits the mean, if not a linear model. */
static enum dyad_status
find_null(const struct glm_spec *spec, const struct glm_curve *curve, double *total)
{
    const struct model_rows *rows = spec->design->rows;
    const double mean = rows->response / rows->weight, some = mean > 0 ? mean * log(mean) : 0;

    if (rows->spec.offset || spec->intercept >= spec->design->p || spec->family == GLM_LINEAR)
        return climb_null(spec, curve, total);
    if (spec->family == GLM_POISSON)
        *total = rows->weight * (some - mean);
    else if (spec->family == GLM_NEGATIVE_BINOMIAL)
        *total = rows->weight * (some - (mean + curve->theta) * log1p(mean / curve->theta));
    else
        *total = rows->weight * (some + (mean < 1 ? (1 - mean) * log1p(-mean) : 0));
    return DYAD_OK;
}

/* ---- what is reported ---- */

struct likelihoods {
    double constant, saturated, null, log_weight;
};

static enum dyad_status
sum_constants(const struct glm_spec *spec, const struct glm_curve *curve, struct likelihoods *l)
{
    const struct model_rows *rows = spec->design->rows;
    enum dyad_status st;

    if (spec->family == GLM_LINEAR && rows->spec.weighted)
        return model_rows_visit(spec->design, NULL, add_log_weights, &l->log_weight);
    if (spec->family == GLM_LINEAR ||
        (rows->binary && (spec->family == GLM_LOGISTIC || spec->family == GLM_LOG_BINOMIAL)))
        return DYAD_OK;
    if ((st = total_of(spec, curve, glm_weigh_constant, &l->constant)) != DYAD_OK)
        return st;
    return total_of(spec, curve, glm_weigh_saturated, &l->saturated);
}

/* -n/2 (log(2 pi sum w r^2 / n) + 1), and half the logarithms of weights that are precisions. */
static double
linear_likelihood(const struct glm_spec *spec, const struct likelihoods *l, double n, double squares)
{
    return -n / 2 * (log(2 * M_PI * squares / n) + 1) + (spec->frequency ? 0 : l->log_weight / 2);
}

static void
report(const struct making *m, const struct likelihoods *l, struct glm_fit *fit)
{
    const struct glm_spec *spec = m->spec;
    const struct glm_problem *p = &m->problem;
    double parameters = (double)p->n_free;

    fit->rank = p->n_free;
    fit->n = spec->frequency ? model_rows_weight(spec->design->rows)
                             : (double)model_rows_count(spec->design->rows);
    fit->df_residual = fit->n - parameters;
    fit->iterations = p->iterations;
    fit->boundary = m->boundary;
    fit->deviance = 2 * (l->saturated - p->total);
    fit->null_deviance = 2 * (l->saturated - l->null);
    fit->log_likelihood = p->total + l->constant;
    fit->null_log_likelihood = l->null + l->constant;
    if (spec->family == GLM_LINEAR) {
        fit->log_likelihood = linear_likelihood(spec, l, fit->n, fit->deviance);
        fit->null_log_likelihood = linear_likelihood(spec, l, fit->n, fit->null_deviance);
        fit->dispersion = fit->df_residual > 0 ? fit->deviance / fit->df_residual : (double)NAN;
        parameters++;
    }
    if (spec->family == GLM_NEGATIVE_BINOMIAL) {
        fit->theta = p->curve.theta;
        fit->theta_error = spec->theta > 0 ? (double)NAN : m->theta_error;
        parameters += !(spec->theta > 0);
    }
    fit->aic = 2 * (parameters - fit->log_likelihood);
    fit->bic = parameters * log(fit->n) - 2 * fit->log_likelihood;
}

static enum dyad_status
fill_coefficients(struct making *m, struct glm_fit *fit)
{
    struct glm_problem *p = &m->problem;
    enum dyad_status st = DYAD_OK;

    glm_problem_coefficients(p, fit->coefficients);
    for (size_t j = 0; j < fit->p; j++)
        if (!p->open[j])
            fit->coefficients[j] = NAN;
    if (p->n_free > 0 && !m->boundary)
        st = glm_problem_covariance(p, fit->covariance);
    for (size_t i = 0; i < fit->p * fit->p; i++)
        fit->covariance[i] =
            p->n_free > 0 && !m->boundary ? fit->covariance[i] * fit->dispersion : (double)NAN;
    return st;
}

/* Where fitted means are extreme only a linear programme can tell a maximum. */
static enum dyad_status
rule_out_separation(const struct making *m)
{
    const size_t p = m->problem.p;
    struct separation found = { SEPARATION_NONE, 0 };
    double *direction;
    bool *infinite;
    enum dyad_status st = DYAD_NOMEM;

    if (m->problem.certain || m->problem.n_free == 0 || m->spec->family == GLM_LINEAR)
        return DYAD_OK;
    direction = malloc(p * sizeof *direction);
    infinite = malloc(p * sizeof *infinite);
    if (direction && infinite)
        st = separation_find(m->spec, m->problem.open, infinite, direction, &found);
    free(direction);
    free(infinite);
    return st == DYAD_OK && found.kind != SEPARATION_NONE ? DYAD_NOCONV : st;
}

static enum dyad_status
estimate(struct making *m, struct glm_fit *fit)
{
    const struct glm_spec *spec = m->spec;
    struct likelihoods l = { .constant = 0 };
    enum dyad_status st;

    if ((st = climb(m)) != DYAD_OK || (st = rule_out_separation(m)) != DYAD_OK ||
        (st = find_null(spec, &m->problem.curve, &l.null)) != DYAD_OK ||
        (st = sum_constants(spec, &m->problem.curve, &l)) != DYAD_OK)
        return st;
    report(m, &l, fit);
    return fill_coefficients(m, fit);
}

static bool *
first_open(const struct glm_spec *spec)
{
    bool *open = malloc(spec->design->p * sizeof *open);

    for (size_t j = 0; open && j < spec->design->p; j++)
        open[j] = !spec->dropped || !spec->dropped[j];
    return open;
}

enum dyad_status
glm_prepare(const struct glm_spec *spec, struct glm_fit *fit, struct glm_problem *problem)
{
    const struct model_rows *rows = spec->design->rows;
    struct making m = { .spec = spec, .curve = first_curve(spec) };
    bool *open;
    enum dyad_status st = DYAD_NOMEM;

    if (!glm_response_valid(spec->family, rows->least_response) ||
        !glm_response_valid(spec->family, rows->most_response))
        return DYAD_DOMAIN;
    if ((open = first_open(spec)) && fit_allocate(fit, spec->design->p))
        st = prepare_independent(&m, open, fit->dependent);
    if (st == DYAD_OK)
        st = fill_dependence(spec, &m.curve, open, fit);
    free(open);
    *problem = m.problem;
    return st;
}

enum dyad_status
glm_estimate(const struct glm_spec *spec, struct glm_fit *out)
{
    struct making m = { .spec = spec };
    struct glm_fit fit = GLM_FIT_INIT;
    enum dyad_status st;

    if ((st = glm_prepare(spec, &fit, &m.problem)) == DYAD_OK)
        st = estimate(&m, &fit);
    if (st == DYAD_OK)
        *out = fit;
    else
        glm_fit_release(&fit);
    glm_problem_release(&m.problem);
    return st;
}
