#include "symmetric.h"

#include <math.h>

/* Columns of very different size are brought to length 1 first, which costs no digit. */
bool
symmetric_factor(double *a, size_t n, double *scale)
{
    for (size_t i = 0; i < n; i++) {
        if (!(a[i * n + i] > 0) || !isfinite(a[i * n + i]))
            return false;
        scale[i] = sqrt(a[i * n + i]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double x = i == j ? 1 : a[i * n + j] / scale[i] / scale[j];

            for (size_t k = 0; k < j; k++)
                x -= a[i * n + k] * a[j * n + k];
            if (i == j && !(x > 0))
                return false;
            a[i * n + j] = i == j ? sqrt(x) : x / a[j * n + j];
        }
    return true;
}

void
symmetric_solve(const double *l, size_t n, const double *scale, double *x)
{
    for (size_t i = 0; i < n; i++) {
        x[i] /= scale[i];
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i * n + k] * x[k];
        x[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= l[k * n + i] * x[k];
        x[i] /= l[i * n + i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= scale[i];
}

void
symmetric_invert(const double *l, size_t n, const double *scale, double *out)
{
    for (size_t j = 0; j < n; j++) {
        double *row = out + j * n;

        for (size_t i = 0; i < n; i++)
            row[i] = i == j;
        symmetric_solve(l, n, scale, row);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            out[i * n + j] = out[j * n + i] = 0.5 * (out[i * n + j] + out[j * n + i]);
}
