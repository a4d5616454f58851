#include "dyad/stats/wald.h"

#include <math.h>

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"

double
wald_critical(double level, double df)
{
    if (isnan(df))
        return cells_z(level);
    return df > 0 ? -qt((1 - level) / 2, df, 1, 0) : NAN;
}

static double
p_two_sided(double statistic, double df)
{
    if (isnan(statistic))
        return NAN;
    if (isnan(df))
        return cells_p_normal(statistic);
    return df > 0 ? 2 * pt(-fabs(statistic), df, 1, 0) : NAN;
}

double
wald_statistic(const struct estimate *e)
{
    return e->std_error > 0 ? e->value / e->std_error : NAN;
}

struct estimate
wald_estimate(double value, double std_error, double level, double df)
{
    const double margin = wald_critical(level, df) * std_error;
    struct estimate e = { value, std_error, value - margin, value + margin, NAN };

    e.p_value = p_two_sided(wald_statistic(&e), df);
    return e;
}

/* b'V^-1 b as the squared length of L^-1 b, after scaling to unit variances; NaN if V has no root. */
static double
quadratic(const double *values, const double *covariance, size_t p, const size_t *which, size_t m,
          gsl_matrix *v, gsl_vector *b)
{
    double q = NAN;

    for (size_t i = 0; i < m; i++) {
        const double error = sqrt(covariance[which[i] * p + which[i]]);
        gsl_vector_set(b, i, values[which[i]] / error);
        for (size_t j = 0; j < m; j++)
            gsl_matrix_set(v, i, j,
                           covariance[which[i] * p + which[j]] / error /
                               sqrt(covariance[which[j] * p + which[j]]));
    }
    for (size_t i = 0; i < m; i++)
        if (!isfinite(gsl_vector_get(b, i)) || !isfinite(gsl_matrix_get(v, i, i)))
            return NAN;
    if (gsl_linalg_cholesky_decomp1(v) == GSL_SUCCESS &&
        gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, v, b) == GSL_SUCCESS)
        gsl_blas_ddot(b, b, &q);
    return q;
}

enum dyad_status
wald_test(const double *values, const double *covariance, size_t p, const size_t *which, size_t m,
          double df_residual, struct test *out)
{
    gsl_matrix *v = m ? gsl_matrix_alloc(m, m) : NULL;
    gsl_vector *b = m ? gsl_vector_alloc(m) : NULL;
    enum dyad_status st = m == 0 ? DYAD_DOMAIN : v && b ? DYAD_OK : DYAD_NOMEM;

    if (st == DYAD_OK) {
        const double q = quadratic(values, covariance, p, which, m, v, b), df = (double)m;
        if (isnan(q))
            st = DYAD_DOMAIN;
        else if (isnan(df_residual))
            *out = (struct test){ q, df, pchisq(q, df, 0, 0) };
        else
            *out = (struct test){ q / df, df, df_residual > 0 ? pf(q / df, df, df_residual, 0, 0) : NAN };
    }
    gsl_matrix_free(v);
    gsl_vector_free(b);
    return st;
}
