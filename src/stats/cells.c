#include "cells.h"

#define MATHLIB_STANDALONE
#include <Rmath.h>

double
cells_determinant(double a, double b, double c, double d)
{
    const double product = b * c;
    const double lost = fma(-b, c, product);

    return fma(a, d, -product) + lost;
}

double
cells_deviance(double x, double m, double shift)
{
    if (x <= 0)
        return m;
    /* Beyond a half nothing cancels, and m may be known better than x + shift. */
    if (fabs(shift) > x / 2)
        return x * log(x / m) + shift;
    return -x * log1pmx(shift / x);
}

double
cells_p_normal(double z)
{
    return 2 * pnorm(-fabs(z), 0, 1, 1, 0);
}

double
cells_z(double level)
{
    return -qnorm((1 - level) / 2, 0, 1, 1, 0);
}

double
cells_p_chi2(double x, double df)
{
    return isnan(x) ? NAN : pchisq(x, df, 0, 0);
}

struct estimate
wald_undefined(double value)
{
    /* The hardware's 0/0 has a sign, which would be printed. */
    return (struct estimate){ isnan(value) ? NAN : value, NAN, NAN, NAN, NAN };
}

struct estimate
wald_ratio(double over, double under, double excess, double variance, double level)
{
    const double ratio = over / under;

    if (!(ratio > 0 && ratio < INFINITY && variance > 0))
        return wald_undefined(ratio);

    const double logarithm = fabs(excess) < under / 2 ? log1p(excess / under) : log(ratio);
    const double se = sqrt(variance), margin = exp(cells_z(level) * se);

    return (struct estimate){ ratio, se, ratio / margin, ratio * margin,
                              cells_p_normal(logarithm / se) };
}

struct estimate
wald_difference(double difference, double variance, double level)
{
    if (!(variance > 0))
        return wald_undefined(difference);

    const double se = sqrt(variance), margin = cells_z(level) * se;

    return (struct estimate){ difference, se, difference - margin, difference + margin,
                              cells_p_normal(difference / se) };
}

void
sum_add(struct sum *s, double x)
{
    const double total = s->total + x;

    s->error += fabs(s->total) >= fabs(x) ? (s->total - total) + x : (x - total) + s->total;
    s->total = total;
}

double
sum_value(const struct sum *s)
{
    return s->total + s->error;
}
