/* stats/symmetric.h: positive definite matrices, row after row. */
#ifndef DYAD_STATS_SYMMETRIC_H
#define DYAD_STATS_SYMMETRIC_H

#include <stdbool.h>
#include <stddef.h>

/** symmetric_factor(a, n, scale): a = D L L' D in place, D in ${scale}; false unless positive definite. */
bool symmetric_factor(double *a, size_t n, double *scale);

/** symmetric_solve(factor, n, scale, x): a^-1 x in place. */
void symmetric_solve(const double *factor, size_t n, const double *scale, double *x);

/** symmetric_invert(factor, n, scale, out): a^-1. */
void symmetric_invert(const double *factor, size_t n, const double *scale, double *out);

#endif
