#include "quadratic_form.h"

/* Where what is left of a diagonal is rounding. */
static const double tolerance = 1e-10;

static size_t
largest_left(const double *v, const double *scale, size_t n)
{
    size_t best = n;
    double most = tolerance;

    for (size_t i = 0; i < n; i++)
        if (scale[i] > 0 && v[i * n + i] / scale[i] > most) {
            most = v[i * n + i] / scale[i];
            best = i;
        }
    return best;
}

double
quadratic_form(double *v, double *u, const double *scale, size_t n, size_t *rank)
{
    double form = 0;

    for (*rank = 0; *rank < n; ++*rank) {
        const size_t j = largest_left(v, scale, n);

        if (j == n)
            break;
        const double pivot = v[j * n + j], by = u[j] / pivot;

        form += u[j] * by;
        for (size_t i = 0; i < n; i++) {
            const double share = v[i * n + j] / pivot;

            if (i == j)
                continue;
            u[i] -= v[i * n + j] * by;
            for (size_t k = 0; k < n; k++)
                if (k != j)
                    v[i * n + k] -= share * v[j * n + k];
        }
        for (size_t i = 0; i < n; i++)
            v[i * n + j] = v[j * n + i] = 0;
    }
    return form;
}
