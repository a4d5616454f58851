/*
 * stats/basis.h: a variable as several columns, so that an effect may bend: orthogonal
 * polynomials and natural cubic splines, fitted to data once and evaluated anywhere.
 *
 * ${counts}[i] tells how often x[i] occurs (NULL: once each), so that a column may be given by its
 * different values.
 */
#ifndef DYAD_STATS_BASIS_H
#define DYAD_STATS_BASIS_H

#include "dyad/core/status.h"

#include <stddef.h>

enum { BASIS_MAX = 20 };

struct basis_poly {
    size_t degree;
    double centre;               /* the mean, rounded */
    double alpha[BASIS_MAX];     /* as in R's attribute coefs, less the centre */
    double norm2[BASIS_MAX + 1]; /* the same without its first */
};

struct basis_ns {
    size_t df;
    double low, high;            /* boundary knots */
    double knots[BASIS_MAX - 1]; /* df - 1 within */
    double turn[2][BASIS_MAX + 2]; /* what leads to functions that are straight at both ends */
};

/**
 * basis_poly_fit(x, counts, n, degree, out):
 * Polynomials of degree 1 to ${degree}, orthogonal to each other and to 1 over the data, each of
 * length 1 and with a positive leading coefficient.
 *
 *   P_0 = 1,  P_k+1 = (x - alpha_k) P_k - norm2_k / norm2_k-1 P_k-1
 *   alpha_k = sum x P_k^2 / norm2_k,  norm2_k = sum P_k^2;  column k = P_k / sqrt(norm2_k)
 *
 * To 14 digits of the largest value, but where a few values are far from all others: fewer at
 * degree 3 and beyond (8 of (-3, 5, 6.5, 20, 40, 1000) at degree 5; the same of R).
 *
 * Domain:  1 <= degree <= BASIS_MAX;  more than degree different values;  x finite, and powers of
 *          its deviations that no double holds neither too large nor too small;  counts > 0.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Forsythe (1957), J. SIAM 5:74-88 (the recurrence); Kennedy & Gentle (1980),
 *          Statistical Computing, 343-344, as R's poly().
 */
DYAD_MUST_CHECK enum dyad_status basis_poly_fit(const double *x, const double *counts, size_t n,
                                                size_t degree, struct basis_poly *out);

/** basis_poly_evaluate(basis, x, out): the degree columns at any ${x}, inside the data or not. */
void basis_poly_evaluate(const struct basis_poly *basis, double x, double *out);

/**
 * basis_ns_fit(x, counts, n, df, out):
 * Cubic splines that are straight beyond the smallest and the largest value, with df - 1 knots
 * between, at equally spaced quantiles (R's type 7); no column for the intercept.
 *
 *   columns = (B_2 ... B_m) Q_3,  B the cubic B-splines on these knots,
 *   Q R = the second derivatives of B_2 ... B_m at both ends, Q_3 the columns of Q from the third
 *
 * Up to three knots may coincide (the spline is less smooth there), as quantiles of data with
 * ties do.
 *
 * Domain:  1 <= df <= BASIS_MAX;  x finite, ascending, not all equal;  counts whole and > 0;
 *          no knot at an end of the data, no four the same.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Hastie (1992), Statistical Models in S, chapter 7, as R's splines::ns(); de Boor (1978),
 *          A Practical Guide to Splines, chapter X.
 */
DYAD_MUST_CHECK enum dyad_status basis_ns_fit(const double *x, const double *counts, size_t n,
                                              size_t df, struct basis_ns *out);

/** basis_ns_evaluate(basis, x, out): the df columns at any ${x}; straight lines outside the data. */
void basis_ns_evaluate(const struct basis_ns *basis, double x, double *out);

#endif
