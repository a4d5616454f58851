/* stats/collinearity.h: what the terms of a model lose by what they share. */
#ifndef DYAD_STATS_COLLINEARITY_H
#define DYAD_STATS_COLLINEARITY_H

#include <stddef.h>

#include "dyad/core/status.h"

/* Of one term. */
struct inflation {
    double gvif;   /* with one column: the variance inflation factor */
    size_t df;     /* its columns */
    double scaled; /* gvif^(1/(2 df)): comparable between terms, of the scale of a standard error */
};

/** collinearity_room(p): numbers that collinearity_vif needs to work with. */
size_t collinearity_room(size_t p);

/**
 * collinearity_vif(covariance, p, terms, n_terms, scratch, out):
 * By how much the variance of each term's coefficients is larger than if its columns shared
 * nothing with those of the other terms.  ${covariance} is p x p, of the coefficients; terms[i] is
 * the term (1 to ${n_terms}) of column i, 0 for the intercept, which is left out.
 *
 *   R the correlations of the coefficients,  R_tt those of term t among themselves,
 *   gvif = det(R_tt) det(R without t) / det(R) = det(R_tt) det((R^-1)_tt)
 *
 * To some 1e-16 times the condition of R, which rounding the covariance alone may change.
 *
 * Domain:  a positive definite covariance;  every term has a column.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Fox & Monette (1992), J. Am. Stat. Assoc. 87:178-183; as car's vif.  Without an
 *          intercept the factors mean little, as there.
 */
DYAD_MUST_CHECK enum dyad_status collinearity_vif(const double *covariance, size_t p,
                                                  const size_t *terms, size_t n_terms,
                                                  double *scratch, struct inflation *out);

#endif
