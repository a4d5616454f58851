/* stats/cells.h: small arithmetic on the cells of tables, shared by the sources of this layer. */
#ifndef DYAD_STATS_CELLS_H
#define DYAD_STATS_CELLS_H

#include <math.h>
#include <stdbool.h>

#include "dyad/core/shapes.h"

/* a d - b c, within two roundings however near the products are (Kahan; see Jeannerod, Louvet &
 * Muller 2013, Math. Comp. 82:2245-2264). */
double cells_determinant(double a, double b, double c, double d);

/* x log(x / m) + m - x for m = x + shift: what one cell adds to half a deviance. */
double cells_deviance(double x, double m, double shift);

/* Two-sided p-value of a standard normal z; upper tail of chi-squared. */
double cells_p_normal(double z);
double cells_p_chi2(double x, double df);

/* The normal quantile of a two-sided interval of coverage ${level}. */
double cells_z(double level);

/*
 * Estimates with Wald limits and p-value: the ratio over/under from the variance of its log, a
 * difference.  All but the value is NaN where the variance is not positive or the log not finite.
 * excess = over - under is asked for because near 1 the ratio no longer knows it.
 */
struct estimate wald_ratio(double over, double under, double excess, double variance, double level);
struct estimate wald_difference(double difference, double variance, double level);
struct estimate wald_undefined(double value);

/* A sum that carries its own rounding error (Neumaier 1974, Z. Angew. Math. Mech. 54:39-51). */
struct sum {
    double total, error;
};

void sum_add(struct sum *s, double x);
double sum_value(const struct sum *s);

static inline bool
is_count(double x)
{
    return x >= 0 && x <= 1e15;
}

static inline bool
is_whole(double x)
{
    return x == floor(x);
}

static inline bool
is_level(double level)
{
    return level > 0 && level < 1;
}

static inline bool
is_table(const struct two_by_two *t)
{
    return is_count(t->a) && is_count(t->b) && is_count(t->c) && is_count(t->d);
}

/* Exact distributions need whole numbers, and stay below some seconds up to 1e12. */
static inline bool
is_whole_table(const struct two_by_two *t)
{
    return is_table(t) && is_whole(t->a) && is_whole(t->b) && is_whole(t->c) && is_whole(t->d) &&
           t->a + t->b + t->c + t->d <= 1e12;
}

#endif
