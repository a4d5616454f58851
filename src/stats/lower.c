#include "lower.h"

#include <math.h>

bool
lower_factor(double *a, size_t n, double least)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double x = a[i * n + j];

            for (size_t c = 0; c < j; c++)
                x -= a[i * n + c] * a[j * n + c];
            if (i == j && !(x > least * a[i * n + i]))
                return false;
            a[i * n + j] = i == j ? sqrt(x) : x / a[j * n + j];
        }
    return true;
}

void
lower_solve(const double *l, size_t n, double *column, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < i; c++)
            column[i * stride] -= l[i * n + c] * column[c * stride];
        column[i * stride] /= l[i * n + i];
    }
}
