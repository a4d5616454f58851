#include "meta_levels.h"

#include <math.h>

/* ---- the model at given variances ---- */

size_t
levels_room(size_t k, size_t p)
{
    return 10 * k + 3 * k * p + p + p * p;
}

void
levels_place(struct levels *m, struct cluster_work *work)
{
    const size_t k = m->k, kp = m->k * m->p;
    double *at = work->at;
    double **const long_ones[] = { &m->y,          &m->v,         &m->d,
                                   &m->error.u,    &m->error.beta, &m->error.keep,
                                   &m->common.u,   &m->common.beta, &m->common.keep,
                                   &m->residual };

    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++, at += k)
        *long_ones[i] = at;
    m->x = at;
    m->white_x = at + kp;
    m->q = at + 2 * kp;
    m->b = at + 3 * kp;
    m->inverse = m->b + m->p;
    m->white = work->white;
    m->sample = (struct sample){ m->white, k, m->white_x, m->p, work->sample.at };
}

/* D + alpha u u' = L D' L', in place. */
static void
update(const struct update *to, size_t begin, size_t end, double alpha, double *d)
{
    for (size_t i = begin; i < end; i++) {
        const double before = d[i];

        d[i] += alpha * to->u[i] * to->u[i];
        to->beta[i] = alpha * to->u[i] / d[i];
        to->keep[i] = before / d[i];
        alpha *= to->keep[i];
    }
}

/* L^-1 and L^-T times a column, in place. */
static void
solve(const struct update *l, size_t begin, size_t end, double *column, size_t stride)
{
    double t = 0;

    for (size_t i = begin; i < end; i++) {
        const double before = column[i * stride];

        column[i * stride] -= l->u[i] * t;
        t = l->keep[i] * t + l->beta[i] * before;
    }
}

static void
solve_transposed(const struct update *l, size_t begin, size_t end, double *column, size_t stride)
{
    double t = 0;

    for (size_t i = end; i-- > begin;) {
        const double before = column[i * stride];

        column[i * stride] -= l->beta[i] * t;
        t = l->keep[i] * t + l->u[i] * before;
    }
}

static double
factor_cluster(const struct levels *m, size_t j, const double *variance)
{
    const size_t begin = m->first[j], end = m->first[j + 1];
    double log_det = 0;

    for (size_t i = begin; i < end; i++) {
        m->d[i] = (1 - m->rho) * m->v[i] + variance[WITHIN];
        m->error.u[i] = sqrt(m->v[i]);
        m->common.u[i] = 1;
    }
    update(&m->error, begin, end, m->rho, m->d);
    solve(&m->error, begin, end, m->common.u, 1);
    update(&m->common, begin, end, variance[BETWEEN], m->d);
    for (size_t i = begin; i < end; i++)
        log_det += log(m->d[i]);
    return log_det;
}

static void
whiten_cluster(const struct levels *m, size_t j)
{
    const size_t begin = m->first[j], end = m->first[j + 1], p = m->p;

    for (size_t c = 0; c <= p; c++) {
        double *column = c < p ? m->white_x + c : m->residual;
        const size_t stride = c < p ? p : 1;

        for (size_t i = begin; i < end; i++)
            column[i * stride] = c < p ? m->x[i * p + c] : m->y[i];
        solve(&m->error, begin, end, column, stride);
        solve(&m->common, begin, end, column, stride);
        for (size_t i = begin; i < end; i++)
            column[i * stride] /= sqrt(m->d[i]);
    }
    for (size_t i = begin; i < end; i++)
        m->white[i] = (struct effect){ m->residual[i], 1 };
}

double
levels_height(const struct levels *m, const double *variance, struct moments *moments)
{
    struct moments own;
    double log_det = 0;

    for (size_t j = 0; j < m->n; j++) {
        log_det += factor_cluster(m, j, variance);
        whiten_cluster(m, j);
    }
    moments = moments == NULL ? &own : moments;
    sample_moments(&m->sample, INFINITY, moments);
    if (!moments->full_rank)
        return NAN;
    return -(log_det + moments->ypy + (m->restricted ? moments->log_det : 0)) / 2;
}

/* ---- its slope ---- */

/*
 * tr M^-1 of a cluster.  Column c of (L1 L2)^-1 leaves the two running sums of solve() at
 * (beta1, beta2) behind c; the squares that follow are a quadratic form t of these, which is
 * built from the end.
 */
static double
trace_of_inverse(const struct levels *m, size_t j)
{
    double t11 = 0, t12 = 0, t22 = 0, trace = 0;

    for (size_t i = m->first[j + 1]; i-- > m->first[j];) {
        const double b1 = m->error.beta[i], b2 = m->common.beta[i];
        const double k1 = m->error.keep[i], k2 = m->common.keep[i];
        const double u1 = m->error.u[i], u2 = m->common.u[i], d = m->d[i];
        const double carried = -b2 * u1; /* what the first sum adds to the second */

        trace += 1 / d + b1 * b1 * t11 + 2 * b1 * b2 * t12 + b2 * b2 * t22;
        t11 = k1 * k1 * t11 + 2 * k1 * carried * t12 + carried * carried * t22 + u1 / d * u1;
        t12 = k2 * (k1 * t12 + carried * t22) + u1 / d * u2;
        t22 = k2 * k2 * t22 + u2 / d * u2;
    }
    return trace;
}

/* 1'M^-1 1 of a cluster: whitening its ones multiplies each by what was kept before it. */
static double
sum_of_inverse(const struct levels *m, size_t j)
{
    double sum = 0, kept = 1;

    for (size_t i = m->first[j]; i < m->first[j + 1]; i++) {
        const double white = m->common.u[i] * kept;

        sum += white / m->d[i] * white;
        kept *= m->common.keep[i];
    }
    return sum;
}

/* M^-1 times what a whitened column was: its squares, and the square of each cluster's sum. */
static void
squares_of_inverse(const struct levels *m, double *column, size_t stride, double *squares)
{
    for (size_t j = 0; j < m->n; j++) {
        const size_t begin = m->first[j], end = m->first[j + 1];
        double sum = 0;

        for (size_t i = begin; i < end; i++)
            column[i * stride] /= sqrt(m->d[i]);
        solve_transposed(&m->common, begin, end, column, stride);
        solve_transposed(&m->error, begin, end, column, stride);
        for (size_t i = begin; i < end; i++) {
            squares[WITHIN] += column[i * stride] * column[i * stride];
            sum += column[i * stride];
        }
        squares[BETWEEN] += sum * sum;
    }
}

/* After height_at: the orthonormal columns of the whitened X, b, and the whitened residual. */
void
levels_project(const struct levels *m)
{
    const size_t p = m->p;

    sample_coefficients(&m->sample, m->b, m->inverse);
    for (size_t i = 0; i < m->k; i++) {
        const double *x = m->white_x + i * p;

        m->residual[i] = m->white[i].y;
        for (size_t c = 0; c < p; c++) {
            double q = 0;

            for (size_t l = 0; l <= c; l++)
                q += x[l] * m->inverse[l * p + c];
            m->q[i * p + c] = q;
            m->residual[i] -= x[c] * m->b[c];
        }
    }
}

void
levels_traces(const struct levels *m, bool restricted, double *trace)
{
    double taken[2] = { 0, 0 };

    trace[BETWEEN] = trace[WITHIN] = 0;
    for (size_t j = 0; j < m->n; j++) {
        trace[WITHIN] += trace_of_inverse(m, j);
        trace[BETWEEN] += sum_of_inverse(m, j);
    }
    for (size_t c = 0; restricted && c < m->p; c++)
        squares_of_inverse(m, m->q + c, m->p, taken);
    trace[WITHIN] -= taken[WITHIN];
    trace[BETWEEN] -= taken[BETWEEN];
}

/* dl/dtheta = (y'P M' P y - tr P M') / 2, M' the derivative of M: 1 or a block of ones. */
double
levels_slope(const struct levels *m, const double *variance, double *slope)
{
    const double height = levels_height(m, variance, NULL);
    double squares[2] = { 0, 0 }, trace[2];

    if (isnan(height))
        return NAN;
    levels_project(m);
    levels_traces(m, m->restricted, trace);
    squares_of_inverse(m, m->residual, 1, squares);
    for (int i = 0; i < 2; i++)
        slope[i] = (squares[i] - trace[i]) / 2;
    return height;
}
