#include "dyad/stats/distribution.h"

#include <math.h>
#include <stdbool.h>

static bool
is_good(const struct counted_value *v, size_t k)
{
    double n = 0;

    for (size_t i = 0; i < k; i++) {
        if (!isfinite(v[i].value) || !(v[i].count >= 0) || v[i].count != floor(v[i].count) ||
            (i && !(v[i].value > v[i - 1].value)))
            return false;
        n += v[i].count;
    }
    return n >= 1 && isfinite(n);
}

/* The value of the person at place ${place} from 0, people in order. */
static double
at_place(const struct counted_value *v, size_t k, double place)
{
    for (size_t i = 0; i + 1 < k; i++) {
        if (place < v[i].count)
            return v[i].value;
        place -= v[i].count;
    }
    return v[k - 1].value;
}

static double
quantile(const struct counted_value *v, size_t k, double n, double p)
{
    const double h = (n - 1) * p, below = floor(h), share = h - below;
    const double low = at_place(v, k, below);

    return share > 0 ? low + share * (at_place(v, k, below + 1) - low) : low;
}

enum dyad_status
distribution_of(const struct counted_value *v, size_t k, struct distribution *out)
{
    double n = 0, mean = 0, rest = 0, squares = 0;

    if (!is_good(v, k))
        return DYAD_DOMAIN;
    while (v[k - 1].count <= 0)
        k--;
    for (size_t i = 0; i < k; i++)
        n += v[i].count;
    for (size_t i = 0; i < k; i++)
        mean += v[i].count / n * v[i].value;
    /* About a mean that is a little off, the sum of the rest says how much. */
    for (size_t i = 0; i < k; i++) {
        const double d = v[i].value - mean;
        rest += v[i].count * d;
        squares += v[i].count * d * d;
    }
    squares -= rest * rest / n;
    *out = (struct distribution){
        .n = n,
        .mean = mean + rest / n,
        .sd = n > 1 ? sqrt(fmax(squares, 0) / (n - 1)) : NAN,
        .q1 = quantile(v, k, n, 0.25),
        .median = quantile(v, k, n, 0.5),
        .q3 = quantile(v, k, n, 0.75),
    };
    return DYAD_OK;
}
