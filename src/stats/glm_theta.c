/* Negative binomial: theta and coefficients together. */
#include <math.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"
#include "glm_iterate.h"

struct theta_sums {
    double theta;
    struct sum score, information;
};

/* psi(theta + y) - psi(theta) and the like of its derivative: sums of 1/(theta + k) where y is a
 * small whole number, which do not cancel. */
static void
gamma_terms(double theta, double y, double *first, double *second)
{
    enum { SMALL = 100 };

    *first = *second = 0;
    if (!(y <= SMALL && y == floor(y))) {
        *first = digamma(theta + y) - digamma(theta);
        *second = trigamma(theta) - trigamma(theta + y);
        return;
    }
    for (double k = 0; k < y; k++) {
        *first += 1 / (theta + k);
        *second += 1 / ((theta + k) * (theta + k));
    }
}

static void
add_theta(const struct model_batch *b, void *context)
{
    struct theta_sums *s = context;
    const double theta = s->theta;
    double before = NAN, first = 0, second = 0;

    for (size_t i = 0; i < b->n; i++) {
        const double y = b->response[i], mu = exp(b->eta[i]), both = mu + theta;

        if (y != before)
            gamma_terms(theta, before = y, &first, &second);
        sum_add(&s->score, b->prior[i] * (first - log1p(mu / theta) + (mu - y) / both));
        /* -1/theta + 2/both - (y + theta)/both^2 = (mu - y)/both^2 - mu/(theta both) */
        sum_add(&s->information, b->prior[i] * (second + (mu - y) / (both * both) - mu / (theta * both)));
    }
}

static enum dyad_status
sum_theta(struct glm_problem *p, double theta, double *score, double *information)
{
    struct theta_sums s = { .theta = theta };
    enum dyad_status st = model_rows_visit(p->centred, p->beta, add_theta, &s);

    *score = sum_value(&s.score);
    *information = sum_value(&s.information);
    return st;
}

/* Newton's method in log(theta), with steps of at most a factor e. */
static enum dyad_status
climb_theta(struct glm_problem *p, double *theta, double *error)
{
    enum { MOST_STEPS = 100 };
    static const double MOST = 1e9; /* no overdispersion that could be seen */

    for (int i = 0; i < MOST_STEPS; i++) {
        double score, information, step, curvature;
        enum dyad_status st = sum_theta(p, *theta, &score, &information);

        if (st != DYAD_OK)
            return st;
        curvature = information * *theta - score;
        step = curvature > 0 ? score / curvature : score > 0 ? 1 : -1;
        step = fmax(-1, fmin(1, step));
        *theta *= exp(step);
        if (!(*theta < MOST) || *theta < 1 / MOST)
            return DYAD_NOCONV;
        if (fabs(step) < 1e-13 || (fabs(step) < 1e-9 && curvature > 0)) {
            *error = 1 / sqrt(information);
            return DYAD_OK;
        }
    }
    return DYAD_NOCONV;
}

/* theta and coefficients are orthogonal, so that taking turns ends soon. */
enum dyad_status
glm_climb_negative_binomial(struct glm_problem *p, double *theta_error)
{
    enum { MOST_TURNS = 100 };
    double theta = 1;
    size_t iterations;
    enum dyad_status st;

    p->curve.family = GLM_POISSON;
    st = glm_problem_climb(p);
    p->curve.family = GLM_NEGATIVE_BINOMIAL;
    p->curve.observed = true;
    iterations = p->iterations;
    for (int i = 0; i < MOST_TURNS && st == DYAD_OK; i++) {
        const double before = p->curve.theta;

        if ((st = climb_theta(p, &theta, theta_error)) != DYAD_OK)
            break;
        p->curve.theta = theta;
        if ((st = glm_problem_climb(p)) != DYAD_OK)
            break;
        iterations += p->iterations;
        if (fabs(theta - before) <= 1e-11 * theta) {
            p->iterations = iterations;
            p->curve.observed = false;
            return glm_problem_evaluate(p);
        }
    }
    return st == DYAD_OK ? DYAD_NOCONV : st;
}
