#include "dyad/stats/standardized_rate.h"

#include <math.h>
#include <stdbool.h>

#include "dyad/stats/quantile.h"

/* A sum that remembers what it rounded off (Neumaier 1974); its terms here are not negative. */
struct sum {
    double total, lost;
};

static void
sum_add(struct sum *s, double term)
{
    const double total = s->total + term;

    s->lost += s->total >= term ? (s->total - total) + term : (term - total) + s->total;
    s->total = total;
}

static double
sum_value(const struct sum *s)
{
    return s->total + s->lost;
}

static bool
is_stratum(double events, double n, double weight)
{
    return weight == 0 || (weight > 0 && isfinite(weight) && n > 0 && isfinite(n) &&
                           events >= 0 && events < 1e15);
}

/* The gamma quantile of mean y and variance v. */
static enum dyad_status
gamma_limit(enum tail tail, double p, double y, double v, double *out)
{
    double quantile;
    const enum dyad_status st = quantile_gamma(tail, p, y * (y / v), &quantile);

    if (st == DYAD_OK)
        *out = v / y * quantile;
    return st;
}

enum dyad_status
standardized_rate(const double *events, const double *n, const double *weights, size_t k,
                  double level, struct estimate *out)
{
    struct sum weight = { 0, 0 }, rate = { 0, 0 }, variance = { 0, 0 };
    double m = 0;

    for (size_t i = 0; i < k; i++) {
        if (!is_stratum(events[i], n[i], weights[i]))
            return DYAD_DOMAIN;
        sum_add(&weight, weights[i]);
    }
    const double standard = sum_value(&weight);
    if (!(standard > 0 && level > 0 && level < 1)) /* an overflown sum is NaN */
        return DYAD_DOMAIN;

    for (size_t i = 0; i < k; i++)
        if (weights[i] > 0) {
            const double c = weights[i] / standard / n[i];

            sum_add(&rate, c * events[i]);
            sum_add(&variance, c * c * events[i]);
            m = fmax(m, c);
        }

    const double y = sum_value(&rate), v = sum_value(&variance), tail = (1 - level) / 2;
    double lower = 0, upper;
    enum dyad_status st = DYAD_OK;

    if (y > 0)
        st = gamma_limit(TAIL_LOWER, tail, y, v, &lower);
    if (st == DYAD_OK)
        st = gamma_limit(TAIL_UPPER, tail, y + m, v + m * m, &upper);
    if (st == DYAD_OK)
        *out = (struct estimate){ y, sqrt(v), lower, upper, NAN };
    return st;
}
