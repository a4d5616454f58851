/* stats/lower.h: the lower factor of a positive definite matrix, row after row. */
#ifndef DYAD_STATS_LOWER_H
#define DYAD_STATS_LOWER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * lower_factor(a, n, least): a = l l', the lower triangle in place of a's; false if less than
 * ${least} of a diagonal element is left when what it shares with those before it is taken away.
 */
bool lower_factor(double *a, size_t n, double least);

/** lower_solve(l, n, column, stride): l^-1 times a column, in place. */
void lower_solve(const double *l, size_t n, double *column, size_t stride);

/** lower_solve_back(l, n, v): l'^-1 v, in place. */
void lower_solve_back(const double *l, size_t n, double *v);

/** lower_solve_whole(l, n, v): (l l')^-1 v, in place. */
void lower_solve_whole(const double *l, size_t n, double *v);

/** lower_inverse(l, n, out): (l l')^-1. */
void lower_inverse(const double *l, size_t n, double *out);

#endif
