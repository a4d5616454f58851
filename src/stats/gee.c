#include "dyad/stats/gee.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_eigen.h>

#include "cells.h"
#include "clustered_design.h"
#include "lower.h"

/* A search that ends with a risk this near to 1 was going there. */
static const double at_boundary = 1e-6;

/* Coefficients, scores and matrices are those of the orthogonal columns until the end. */
struct gee {
    struct clustered_design d;
    const struct gee_method *method;
    double largest, pairs;
    double *b, *trial, *step, *score, *h, *factor;
    double *cluster_score, *cluster_h;
    double *storage;
    size_t iterations;
};

/* ---- one row ---- */

static bool
is_binomial(enum gee_family family)
{
    return family == GEE_LOGISTIC || family == GEE_LOG_BINOMIAL;
}

struct chance {
    double p, q, log_q, log_p;
};

/* The risk and its complement, neither as 1 minus the other. */
static struct chance
chance_of(enum gee_family family, double eta)
{
    if (family == GEE_LOG_BINOMIAL) {
        const double q = -expm1(eta);

        return (struct chance){ exp(eta), q, log(q), eta };
    }

    const double e = exp(-fabs(eta)), more = 1 / (1 + e), less = e * more, l = log1p(e);

    return eta > 0 ? (struct chance){ more, less, -eta - l, -l }
                   : (struct chance){ less, more, -l, eta - l };
}

/* Q, and its derivatives by eta: Q'' with a minus, and what that is expected to be. */
struct quasi {
    double q, slope, bend, expected;
};

static struct quasi
quasi_at(const struct gee *g, size_t row, double eta)
{
    const double y = g->d.y[row], times = g->d.times[row], others = g->d.total[row] - y;
    struct quasi l;

    if (is_binomial(g->method->family)) {
        const struct chance at = chance_of(g->method->family, eta);

        l.q = (y > 0 ? y * at.log_p : 0) + (others > 0 ? others * at.log_q : 0);
        if (g->method->family == GEE_LOGISTIC) {
            l.slope = y * at.q - others * at.p;
            l.bend = l.expected = g->d.total[row] * at.p * at.q;
        } else {
            l.slope = y - others * at.p / at.q;
            l.bend = others * at.p / (at.q * at.q);
            l.expected = g->d.total[row] * at.p / at.q;
        }
    } else if (g->method->family == GEE_POISSON) {
        const double mu = exp(eta);

        l = (struct quasi){ y * eta - mu, y - mu, mu, mu };
    } else {
        l = (struct quasi){ -(y - eta) * (y - eta) / 2, y - eta, 1, 1 };
    }
    return (struct quasi){ times * l.q, times * l.slope, times * l.bend, times * l.expected };
}

/* What x is multiplied by in A^(-1/2) D, and sums of e and e^2 over the people of a row. */
struct residual {
    double root, e, square;
};

static struct residual
residual_at(const struct gee *g, size_t row, double eta)
{
    const double y = g->d.y[row], times = g->d.times[row], others = g->d.total[row] - y;

    if (is_binomial(g->method->family)) {
        const struct chance at = chance_of(g->method->family, eta);
        const double sd = sqrt(at.p * at.q);

        return (struct residual){ g->method->family == GEE_LOGISTIC ? sd : at.p / sd,
                                  times * ((y * at.q - others * at.p) / sd),
                                  times * (y * (at.q / at.p) + others * (at.p / at.q)) };
    }

    const double sd = g->method->family == GEE_POISSON ? exp(eta / 2) : 1;
    const double e = (y - (g->method->family == GEE_POISSON ? exp(eta) : eta)) / sd;

    return (struct residual){ sd, times * e, times * e * e };
}

static double
eta_of(const struct gee *g, size_t row, const double *b)
{
    return g->d.offset[row] + clustered_along(&g->d, row, b);
}

/* ---- rows as if they were of no clusters: where to start ---- */

static double
quasi_sum(const struct gee *g, const double *b)
{
    struct sum sum = { 0, 0 };

    for (size_t j = 0; j < g->d.n; j++) {
        const double eta = eta_of(g, j, b);

        if (g->method->family == GEE_LOG_BINOMIAL && !(eta < 0))
            return -INFINITY;
        sum_add(&sum, quasi_at(g, j, eta).q);
    }
    return sum_value(&sum);
}

/* The linear predictor that is nearest to ${level}; of a linear model, to y. */
static void
project(struct gee *g, double level)
{
    const size_t p = g->d.p;

    memset(g->b, 0, p * sizeof *g->b);
    for (size_t j = 0; j < g->d.n; j++) {
        const double goal = g->method->family == GEE_LINEAR ? g->d.y[j] : level;
        const double by = clustered_people(&g->d, j) * (goal - g->d.offset[j]) / g->d.people;

        for (size_t k = 0; k < p; k++)
            g->b[k] += by * g->d.q[j * p + k];
    }
}

/* False if no risks below 1 are found to begin with. */
static bool
place_start(struct gee *g)
{
    double events = 0;

    for (size_t j = 0; j < g->d.n; j++)
        events += g->d.times[j] * g->d.y[j];

    const double mean = (events + 0.5) / (g->d.people + 1);

    if (g->method->family != GEE_LOG_BINOMIAL) {
        project(g, g->method->family == GEE_LOGISTIC ? log(mean / (1 - mean)) : log(mean));
        return true;
    }
    for (double level = log(mean), less = 0.125; less < 1e3; less *= 2) {
        project(g, level - less);
        if (isfinite(quasi_sum(g, g->b)))
            return true;
    }
    return false;
}

/* Up along g->step, shortened until it does not lead down. */
static bool
step_up(struct gee *g, double *quasi)
{
    const double slack = 1e-11 * fabs(*quasi);
    double part = 1;

    for (int n = 0; n < 60; n++, part /= 2) {
        double there;

        for (size_t k = 0; k < g->d.p; k++)
            g->trial[k] = g->b[k] + part * g->step[k];
        there = quasi_sum(g, g->trial);
        if (there >= *quasi - slack && isfinite(there)) {
            memcpy(g->b, g->trial, g->d.p * sizeof *g->b);
            *quasi = there;
            return true;
        }
    }
    return false;
}

/* Is a risk with log link within ${margin} of 1? */
static bool
nears_certainty(const struct gee *g, double margin)
{
    double most = -INFINITY;

    for (size_t j = 0; j < g->d.n; j++)
        most = fmax(most, eta_of(g, j, g->b));
    return g->method->family == GEE_LOG_BINOMIAL && most > -margin;
}

/* Newton's step, or Fisher's; false if it has no end. */
static bool
find_step(struct gee *g, bool expected)
{
    const size_t p = g->d.p;

    memset(g->step, 0, p * sizeof *g->step);
    memset(g->h, 0, p * p * sizeof *g->h);
    for (size_t j = 0; j < g->d.n; j++) {
        const double *x = g->d.q + j * p;
        const struct quasi at = quasi_at(g, j, eta_of(g, j, g->b));

        for (size_t k = 0; k < p; k++)
            g->step[k] += at.slope * x[k];
        clustered_add(g->h, p, expected ? at.expected : at.bend, x);
    }
    if (!lower_factor(g->h, p, CLUSTERED_LEAST))
        return false;
    lower_solve_whole(g->h, p, g->step);
    return true;
}

/*
 * The generalised linear model, by Newton's method.  Where some linear predictor keeps going its
 * way, by 1 with every step, its coefficients are infinite.
 */
static enum clustered_trouble
fit_start(struct gee *g)
{
    double quasi;

    if (!place_start(g))
        return CLUSTERED_BOUNDARY;
    quasi = quasi_sum(g, g->b);
    for (int n = 0; n < 100; n++) {
        /* With a log link outcomes have no bend of their own. */
        if (!find_step(g, false) && !find_step(g, true))
            break;
        g->iterations++;

        const bool last = clustered_reach(&g->d, g->step) <=
                          1e-8 * (1 + clustered_reach(&g->d, g->b));

        if (!step_up(g, &quasi) && !last)
            break;
        if (last)
            return nears_certainty(g, at_boundary) ? CLUSTERED_BOUNDARY : CLUSTERED_FINE;
    }
    /* That steps had to be shortened leaves it some way off. */
    return nears_certainty(g, 1e-3) ? CLUSTERED_BOUNDARY : CLUSTERED_SEPARATED;
}

/* ---- the estimating equations ---- */

/* Sums of moments. */
struct moments {
    double squares;  /* of e */
    double products; /* of e_j e_k, each pair twice */
    double reach;    /* the largest |eta| */
};

/* Cluster i at g->b: its score, and H_i (a lower triangle) unless it is NULL; false where a number
 * is lost. */
static bool
look_at_cluster(struct gee *g, size_t i, double alpha, double *score, double *h,
                struct moments *sums)
{
    const size_t p = g->d.p;
    double people = 0, e = 0, squares = 0, along, *total = g->trial;

    memset(score, 0, p * sizeof *score);
    memset(total, 0, p * sizeof *total);
    if (h != NULL)
        memset(h, 0, p * p * sizeof *h);
    for (size_t j = g->d.first[i]; j < g->d.first[i + 1]; j++) {
        const double *x = g->d.q + j * p, eta = eta_of(g, j, g->b);
        const double n = clustered_people(&g->d, j);
        const struct residual r = residual_at(g, j, eta);

        for (size_t k = 0; k < p; k++) {
            score[k] += r.root * r.e * x[k];
            total[k] += n * r.root * x[k];
        }
        if (h != NULL)
            clustered_add(h, p, n * r.root * r.root, x);
        people += n;
        e += r.e;
        squares += r.square;
        sums->reach = fmax(sums->reach, fabs(eta));
    }
    sums->squares += squares;
    sums->products += e * e - squares;
    /* R^-1 */
    along = alpha / (1 + (people - 1) * alpha);
    for (size_t k = 0; k < p; k++)
        score[k] = (score[k] - along * e * total[k]) / (1 - alpha);
    if (h != NULL) {
        clustered_add(h, p, -along, total);
        for (size_t k = 0; k < p * p; k++)
            h[k] /= 1 - alpha;
    }
    return isfinite(e * e) && isfinite(squares);
}

/* H and score, and H factored; false if H is not positive definite. */
static bool
look(struct gee *g, double alpha, struct moments *sums)
{
    const size_t p = g->d.p;

    *sums = (struct moments){ 0, 0, 0 };
    memset(g->score, 0, p * sizeof *g->score);
    memset(g->h, 0, p * p * sizeof *g->h);
    for (size_t i = 0; i < g->d.clusters; i++) {
        if (!look_at_cluster(g, i, alpha, g->cluster_score, g->cluster_h, sums))
            return false;
        for (size_t k = 0; k < p; k++)
            g->score[k] += g->cluster_score[k];
        for (size_t k = 0; k < p * p; k++)
            g->h[k] += g->cluster_h[k];
    }
    memcpy(g->factor, g->h, p * p * sizeof *g->h);
    return lower_factor(g->factor, p, CLUSTERED_LEAST);
}

static double
less_parameters(const struct gee *g)
{
    return g->method->moments == GEE_MOMENTS_LESS ? (double)g->d.p : 0;
}

static bool
has_alpha(const struct gee *g)
{
    return g->method->working == GEE_EXCHANGEABLE && g->pairs > 0;
}

static double
scale_of(const struct gee *g, const struct moments *sums)
{
    return g->method->unit_scale ? 1 : sums->squares / (g->d.people - less_parameters(g));
}

/* Where R would not be a correlation, nearly as far as it would; and ${beyond}. */
static double
alpha_of(const struct gee *g, const struct moments *sums, bool *beyond)
{
    const double margin = 1e-6, low = -1 / (g->largest - 1) * (1 - margin), high = 1 - margin;
    double alpha;

    *beyond = false;
    if (!has_alpha(g))
        return 0;
    alpha = sums->products / 2 / (scale_of(g, sums) * (g->pairs - less_parameters(g)));
    *beyond = !(alpha > low && alpha < high);
    return fmin(fmax(alpha, low), high);
}

/* Is what the columns leave of y no more than rounding? */
static bool
is_exact(const struct gee *g, const struct moments *sums)
{
    double squares = 0;

    for (size_t j = 0; g->method->family == GEE_LINEAR && j < g->d.n; j++) {
        const double away = g->d.y[j] - g->d.offset[j];

        squares += clustered_people(&g->d, j) * away * away;
    }
    return !(sums->squares >
             1e-24 * (g->method->family == GEE_LINEAR ? squares : g->d.people));
}

/* b by g->step, shortened until all risks are below 1. */
static bool
move(struct gee *g)
{
    double part = 1;

    for (int n = 0; n < 60; n++, part /= 2) {
        for (size_t k = 0; k < g->d.p; k++)
            g->trial[k] = g->b[k] + part * g->step[k];
        if (g->method->family == GEE_LOG_BINOMIAL && !isfinite(quasi_sum(g, g->trial)))
            continue;
        memcpy(g->b, g->trial, g->d.p * sizeof *g->b);
        return true;
    }
    return false;
}

/*
 * Scoring, alpha following b by one step.  It ends where both stand still, b in units of its
 * errors, but for what rounding of the linear predictor makes of it.
 */
static enum clustered_trouble
solve(struct gee *g, double *alpha, struct moments *sums)
{
    double used = 0;

    for (int n = 0; n < 500; n++) {
        double left = 0, next, spread, rounding;
        bool beyond;

        g->iterations++;
        if (!look(g, used, sums))
            return nears_certainty(g, 1e-3) ? CLUSTERED_BOUNDARY : CLUSTERED_ITERATION;
        next = alpha_of(g, sums, &beyond);
        memcpy(g->step, g->score, g->d.p * sizeof *g->step);
        lower_solve_whole(g->factor, g->d.p, g->step);
        for (size_t k = 0; k < g->d.p; k++)
            left += g->step[k] * g->score[k];
        spread = sqrt(sums->squares / g->d.people);
        rounding = DBL_EPSILON * sums->reach / spread;
        if (sqrt(left) <= spread * (1e-12 + rounding * sqrt(g->d.people)) &&
            fabs(next - used) <= 1e-13 + rounding) {
            *alpha = used;
            return beyond                              ? CLUSTERED_WORKING
                   : nears_certainty(g, at_boundary) ? CLUSTERED_BOUNDARY
                                                     : CLUSTERED_FINE;
        }
        if (!move(g))
            return CLUSTERED_BOUNDARY;
        /* Near its limits alpha may swing from side to side. */
        used += (next - used) / (n < 30 ? 1 : n < 100 ? 2 : 8);
    }
    return nears_certainty(g, 1e-3) ? CLUSTERED_BOUNDARY : CLUSTERED_ITERATION;
}

/* ---- covariance ---- */

enum { ROBUST, KAUERMANN_CARROLL, MANCL_DEROUEN, FAY_GRAUBARD, KINDS };

/* For the corrections: p x p, or p. */
struct correction {
    double *meat[KINDS]; /* NULL: not asked for */
    double *change;      /* H^-1 R^-T, column after column: for Fay and Graubard */
    double *inner, *vector, *turned;
    gsl_eigen_symmv_workspace *eigen;
    bool lost;           /* some cluster decides on a coefficient by itself */
};

/* R^-T v in place: a score of X becomes one of Q. */
static void
score_of_q(const struct clustered_design *d, double *v)
{
    for (size_t i = 0; i < d->p; i++) {
        for (size_t c = 0; c < i; c++)
            v[i] -= d->triangle[c * d->p + i] * v[c];
        v[i] /= d->triangle[i * d->p + i];
    }
}

static void
set_change(const struct gee *g, struct correction *c)
{
    const size_t p = g->d.p;

    for (size_t j = 0; j < p; j++) {
        double *column = c->change + j * p;

        memset(column, 0, p * sizeof *column);
        column[j] = 1;
        score_of_q(&g->d, column);
        lower_solve_whole(g->factor, p, column);
    }
}

/* L^-1 H_i L^-T with its eigenvalues in c->vector, H = L L'. */
static bool
find_leverage(struct gee *g, struct correction *c, gsl_matrix_view *turned)
{
    const size_t p = g->d.p;
    gsl_matrix_view inner = gsl_matrix_view_array(c->inner, p, p);
    gsl_vector_view vector = gsl_vector_view_array(c->vector, p);

    *turned = gsl_matrix_view_array(c->turned, p, p);
    memcpy(c->inner, g->cluster_h, p * p * sizeof *c->inner);
    clustered_mirror(c->inner, p);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < p; i++)
            lower_solve(g->factor, p, c->inner + i * p, 1);
        for (size_t i = 0; i < p; i++)
            for (size_t j = 0; j < i; j++) {
                const double x = c->inner[i * p + j];

                c->inner[i * p + j] = c->inner[j * p + i];
                c->inner[j * p + i] = x;
            }
    }
    return gsl_eigen_symmv(&inner.matrix, &vector.vector, &turned->matrix, c->eigen) == 0;
}

/*
 * (1 - H_i H^-1)^power U = L (1 - L^-1 H_i L^-T)^power L^-1 U, and H^-1 of that in g->step.  What
 * is in the way of an eigenvalue of 1 does not exist.
 */
static void
adjust_by_leverage(struct gee *g, struct correction *c, const gsl_matrix_view *turned, double power)
{
    const size_t p = g->d.p;
    const double certain = 1e-10;

    memcpy(g->trial, g->cluster_score, p * sizeof *g->trial);
    lower_solve(g->factor, p, g->trial, 1);
    memset(g->step, 0, p * sizeof *g->step);
    for (size_t k = 0; k < p; k++) {
        double along = 0;

        if (!(1 - c->vector[k] > certain)) {
            c->lost = true;
            continue;
        }
        for (size_t i = 0; i < p; i++)
            along += gsl_matrix_get(&turned->matrix, i, k) * g->trial[i];
        along *= pow(1 - c->vector[k], power);
        for (size_t i = 0; i < p; i++)
            g->step[i] += gsl_matrix_get(&turned->matrix, i, k) * along;
    }
    lower_solve_back(g->factor, p, g->step);
}

/* Fay and Graubard's, of X: (H_i H^-1)_jj = r_j' H_i (H^-1 R^-T)_j, r_j column j of R. */
static void
adjust_by_diagonal(struct gee *g, struct correction *c)
{
    const size_t p = g->d.p;
    const double bound = 0.75; /* theirs */

    memcpy(c->inner, g->cluster_h, p * p * sizeof *c->inner);
    clustered_mirror(c->inner, p);
    for (size_t j = 0; j < p; j++) {
        double score = 0, leverage = 0;

        for (size_t i = 0; i <= j; i++) {
            const double r = g->d.triangle[i * p + j];
            double along = 0;

            for (size_t k = 0; k < p; k++)
                along += c->inner[i * p + k] * c->change[j * p + k];
            leverage += r * along;
            score += r * g->cluster_score[i];
        }
        g->step[j] = score / sqrt(1 - fmin(bound, leverage));
    }
    score_of_q(&g->d, g->step);
    lower_solve_whole(g->factor, p, g->step);
}

static bool
add_meat(struct gee *g, struct correction *c)
{
    const size_t p = g->d.p;
    gsl_matrix_view turned;

    if (c->meat[ROBUST] != NULL) {
        memcpy(g->step, g->cluster_score, p * sizeof *g->step);
        lower_solve_whole(g->factor, p, g->step);
        clustered_add(c->meat[ROBUST], p, 1, g->step);
    }
    if (c->meat[KAUERMANN_CARROLL] != NULL || c->meat[MANCL_DEROUEN] != NULL) {
        if (!find_leverage(g, c, &turned))
            return false;
        for (int kind = KAUERMANN_CARROLL; kind <= MANCL_DEROUEN; kind++)
            if (c->meat[kind] != NULL) {
                adjust_by_leverage(g, c, &turned, kind == MANCL_DEROUEN ? -1 : -0.5);
                clustered_add(c->meat[kind], p, 1, g->step);
            }
    }
    if (c->meat[FAY_GRAUBARD] != NULL) {
        adjust_by_diagonal(g, c);
        clustered_add(c->meat[FAY_GRAUBARD], p, 1, g->step);
    }
    return true;
}

/* Sums of the clusters' influences, squared. */
static enum dyad_status
sandwich(struct gee *g, double alpha, struct correction *c)
{
    struct moments unused = { 0, 0, 0 };
    bool correct = false;

    for (int kind = ROBUST; kind < KINDS; kind++)
        correct = correct || (kind != ROBUST && c->meat[kind] != NULL);
    if (correct) {
        if ((c->eigen = gsl_eigen_symmv_alloc(g->d.p)) == NULL)
            return DYAD_NOMEM;
        set_change(g, c);
    }
    for (size_t i = 0; i < g->d.clusters; i++) {
        (void)look_at_cluster(g, i, alpha, g->cluster_score, correct ? g->cluster_h : NULL,
                              &unused);
        if (!add_meat(g, c)) {
            gsl_eigen_symmv_free(c->eigen);
            return DYAD_NOCONV;
        }
    }
    if (c->eigen != NULL)
        gsl_eigen_symmv_free(c->eigen);
    return DYAD_OK;
}

/* ---- the answer ---- */

static bool
are_outcomes(const struct gee *g)
{
    for (size_t j = 0; j < g->d.n; j++) {
        const double y = g->d.y[j], total = g->d.total[j];

        if (is_binomial(g->method->family)) {
            if (!(y >= 0 && y <= total && is_whole(y)))
                return false;
        } else if (total != 1 || (g->method->family == GEE_POISSON && y < 0)) {
            return false;
        }
    }
    return true;
}

/* People and pairs of them. */
static bool
count_people(struct gee *g)
{
    for (size_t i = 0; i < g->d.clusters; i++) {
        double people = 0;

        for (size_t j = g->d.first[i]; j < g->d.first[i + 1]; j++)
            people += clustered_people(&g->d, j);
        g->largest = fmax(g->largest, people);
        g->pairs += people * (people - 1) / 2;
    }
    return g->d.people > less_parameters(g) && (!has_alpha(g) || g->pairs > less_parameters(g));
}

enum { MATRICES = 6 + KINDS, VECTORS = 6 };

static enum dyad_status
reserve(struct gee *g, struct correction *c)
{
    const size_t p = g->d.p, square = p * p;
    double **const vectors[VECTORS] = { &g->b,     &g->trial,         &g->step,
                                        &g->score, &g->cluster_score, &c->vector };
    double **const matrices[MATRICES] = {
        &g->h,     &g->factor, &g->cluster_h,    &c->change,
        &c->inner, &c->turned, &c->meat[ROBUST], &c->meat[KAUERMANN_CARROLL],
        &c->meat[MANCL_DEROUEN], &c->meat[FAY_GRAUBARD]
    };
    double *at = calloc(VECTORS * p + MATRICES * square, sizeof *at);

    if ((g->storage = at) == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < VECTORS; i++, at += p)
        *vectors[i] = at;
    for (size_t i = 0; i < MATRICES; i++, at += square)
        *matrices[i] = at;
    return DYAD_OK;
}

/* trace(H_0 robust) with H_0 in g->h. */
static double
trace_with(const struct gee *g, const double *robust)
{
    const size_t p = g->d.p;
    double sum = 0;

    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j <= i; j++)
            sum += (i == j ? 1 : 2) * g->h[i * p + j] * robust[i * p + j];
    return sum;
}

static void
put_out(struct gee *g, struct correction *c, double scale, const struct gee_output *output)
{
    const size_t p = g->d.p;
    double *const to[KINDS] = { output->robust, output->kauermann_carroll, output->mancl_derouen,
                                output->fay_graubard };

    if (output->coefficients != NULL)
        clustered_coefficients(&g->d, g->b, output->coefficients);
    if (output->model != NULL) {
        lower_inverse(g->factor, p, c->inner);
        for (size_t k = 0; k < p * p; k++)
            c->inner[k] *= scale;
        clustered_covariance(&g->d, c->inner, output->model);
    }
    for (int kind = ROBUST; kind < KINDS; kind++) {
        const bool lost = c->lost && (kind == KAUERMANN_CARROLL || kind == MANCL_DEROUEN);

        if (to[kind] == NULL)
            continue;
        clustered_mirror(c->meat[kind], p);
        clustered_covariance(&g->d, c->meat[kind], to[kind]);
        for (size_t k = 0; lost && k < p * p; k++)
            to[kind][k] = NAN;
    }
}

static enum dyad_status
status_of(enum clustered_trouble trouble)
{
    switch (trouble) {
    case CLUSTERED_FINE:
        return DYAD_OK;
    case CLUSTERED_BOUNDARY:
    case CLUSTERED_WORKING:
    case CLUSTERED_ITERATION:
        return DYAD_NOCONV;
    default:
        return DYAD_DOMAIN;
    }
}

/* From the rows to where independence has its b: H_0 / phi, for QIC, in c->turned. */
static enum dyad_status
begin(struct gee *g, const struct clustered_rows *rows, struct correction *c,
      struct clustered_why *why)
{
    struct moments sums;
    enum dyad_status st;

    if ((st = clustered_design_init(rows, &g->d, why)) != DYAD_OK)
        return st;
    why->trouble = CLUSTERED_INVALID;
    if (!are_outcomes(g) || !count_people(g))
        return DYAD_DOMAIN;
    if ((st = reserve(g, c)) != DYAD_OK)
        return st;
    if ((why->trouble = fit_start(g)) == CLUSTERED_FINE && !look(g, 0, &sums))
        why->trouble = CLUSTERED_ITERATION;
    if (why->trouble == CLUSTERED_FINE && is_exact(g, &sums))
        why->trouble = CLUSTERED_EXACT;
    if (why->trouble != CLUSTERED_FINE)
        return status_of(why->trouble);
    for (size_t k = 0; k < g->d.p * g->d.p; k++)
        c->turned[k] = g->h[k] / scale_of(g, &sums);
    return DYAD_OK;
}

enum dyad_status
gee(const struct clustered_rows *rows, const struct gee_method *method, struct gee_fit *fit,
    const struct gee_output *output, struct clustered_why *why)
{
    struct gee g = { .d = CLUSTERED_DESIGN_INIT, .method = method };
    struct correction c = { .eigen = NULL };
    struct moments sums;
    double alpha, quasi, trace;
    enum dyad_status st;

    if ((st = begin(&g, rows, &c, why)) != DYAD_OK)
        goto done;
    if ((why->trouble = solve(&g, &alpha, &sums)) != CLUSTERED_FINE) {
        st = status_of(why->trouble);
        goto done;
    }
    memcpy(g.h, c.turned, g.d.p * g.d.p * sizeof *g.h);
    if (output->kauermann_carroll == NULL)
        c.meat[KAUERMANN_CARROLL] = NULL;
    if (output->mancl_derouen == NULL)
        c.meat[MANCL_DEROUEN] = NULL;
    if (output->fay_graubard == NULL)
        c.meat[FAY_GRAUBARD] = NULL;
    if ((st = sandwich(&g, alpha, &c)) != DYAD_OK) {
        why->trouble = CLUSTERED_ITERATION;
        goto done;
    }
    quasi = quasi_sum(&g, g.b);
    trace = trace_with(&g, c.meat[ROBUST]);
    *fit = (struct gee_fit){ .clusters = g.d.clusters,
                             .people = g.d.people,
                             .largest = g.largest,
                             .alpha = has_alpha(&g) ? alpha : NAN,
                             .scale = scale_of(&g, &sums),
                             .quasi_log_lik = quasi,
                             .qic = 2 * (trace - quasi),
                             .qicu = 2 * ((double)g.d.p - quasi),
                             .iterations = g.iterations };
    put_out(&g, &c, fit->scale, output);
done:
    clustered_design_release(&g.d);
    free(g.storage);
    return st;
}
