/* stats/quadratic_form.h: u' V^- u of a covariance that may be singular. */
#ifndef DYAD_STATS_QUADRATIC_FORM_H
#define DYAD_STATS_QUADRATIC_FORM_H

#include <stddef.h>

/*
 * u' V^- u over the columns of V (n x n, positive semidefinite) that do not depend on those before,
 * the largest left first; rank is how many.  scale[i] is what V[i][i] may be the small difference
 * of.  Both V and u are used up.
 */
double quadratic_form(double *v, double *u, const double *scale, size_t n, size_t *rank);

#endif
