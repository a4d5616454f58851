#include "lower.h"

#include <math.h>
#include <string.h>

bool
lower_factor(double *a, size_t n, double least)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double x = a[i * n + j];

            for (size_t c = 0; c < j; c++)
                x -= a[i * n + c] * a[j * n + c];
            if (i == j && !(x > least * a[i * n + i] && isfinite(x)))
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

void
lower_solve_back(const double *l, size_t n, double *v)
{
    for (size_t i = n; i-- > 0;) {
        for (size_t c = i + 1; c < n; c++)
            v[i] -= l[c * n + i] * v[c];
        v[i] /= l[i * n + i];
    }
}

void
lower_solve_whole(const double *l, size_t n, double *v)
{
    lower_solve(l, n, v, 1);
    lower_solve_back(l, n, v);
}

void
lower_inverse(const double *l, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double *row = out + i * n;

        memset(row, 0, n * sizeof *row);
        row[i] = 1;
        lower_solve_whole(l, n, row);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            out[j * n + i] = out[i * n + j];
}
