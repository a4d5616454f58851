#include "dyad/stats/basis.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "cells.h"

static double
count_of(const double *counts, size_t i)
{
    return counts ? counts[i] : 1;
}

/* --- orthogonal polynomials --------------------------------------------------------------- */

/*
 * P_0 to P_k at a deviation from the centre, not yet of length 1.  Deviations keep the digits of
 * values far from 0, of which only the mean is inexact: what it lacks is in alpha_0.
 */
static void
recur(const struct basis_poly *b, size_t k, double deviation, double *p)
{
    p[0] = 1;
    for (size_t i = 0; i < k; i++) {
        p[i + 1] = (deviation - b->alpha[i]) * p[i];
        if (i > 0)
            p[i + 1] -= b->norm2[i] / b->norm2[i - 1] * p[i - 1];
    }
}

static bool
has_more_values_than(const double *x, size_t n, size_t degree)
{
    double seen[BASIS_MAX];
    size_t n_seen = 0;

    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < n_seen && seen[j] != x[i])
            j++;
        if (j == degree)
            return true;
        if (j == n_seen)
            seen[n_seen++] = x[i];
    }
    return false;
}

static bool
are_usable(const double *x, const double *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]) || !(count_of(counts, i) > 0 && isfinite(count_of(counts, i))))
            return false;
    return true;
}

static double
mean_of(const double *x, const double *counts, size_t n)
{
    struct sum sum = { 0, 0 }, total = { 0, 0 };

    for (size_t i = 0; i < n; i++) {
        sum_add(&sum, count_of(counts, i) * x[i]);
        sum_add(&total, count_of(counts, i));
    }
    return sum_value(&sum) / sum_value(&total);
}

enum dyad_status
basis_poly_fit(const double *x, const double *counts, size_t n, size_t degree, struct basis_poly *out)
{
    struct basis_poly b = { .degree = degree };
    double p[BASIS_MAX + 1];

    if (degree < 1 || degree > BASIS_MAX || !are_usable(x, counts, n) || !has_more_values_than(x, n, degree))
        return DYAD_DOMAIN;
    b.centre = mean_of(x, counts, n);
    for (size_t k = 0; k <= degree; k++) {
        struct sum norm = { 0, 0 }, moment = { 0, 0 };
        for (size_t i = 0; i < n; i++) {
            recur(&b, k, x[i] - b.centre, p);
            const double square = count_of(counts, i) * p[k] * p[k];
            sum_add(&norm, square);
            sum_add(&moment, square * (x[i] - b.centre));
        }
        b.norm2[k] = sum_value(&norm);
        if (!(b.norm2[k] > 0 && isfinite(b.norm2[k]) && isfinite(sum_value(&moment))))
            return DYAD_DOMAIN;
        if (k < degree)
            b.alpha[k] = sum_value(&moment) / b.norm2[k];
    }
    *out = b;
    return DYAD_OK;
}

void
basis_poly_evaluate(const struct basis_poly *b, double x, double *out)
{
    double p[BASIS_MAX + 1];

    recur(b, b->degree, x - b->centre, p);
    for (size_t k = 1; k <= b->degree; k++)
        out[k - 1] = p[k] / sqrt(b->norm2[k]);
}

/* --- natural splines ---------------------------------------------------------------------- */

enum { ORDER = 4, SPLINES_MAX = BASIS_MAX + 3 };

/* Splines of order 4 on the knots: df - 1 within and four at each end. */
static size_t
splines_of(const struct basis_ns *b)
{
    return b->df + 3;
}

static double
knot(const struct basis_ns *b, size_t i)
{
    if (i < ORDER)
        return b->low;
    return i < b->df - 1 + ORDER ? b->knots[i - ORDER] : b->high;
}

/* The last i with knot i <= x, of those before a longer step; the last step includes its end. */
static size_t
find_step(const struct basis_ns *b, double x)
{
    size_t i = ORDER - 1;

    while (i + 1 < splines_of(b) && knot(b, i + 1) <= x)
        i++;
    return i;
}

/* a / b, where nothing over an empty step is nothing. */
static double
over(double a, double step)
{
    return step > 0 ? a / step : 0;
}

/*
 * The ${derivative}-th derivatives at x of all splines: those of order 4 - derivative by de Boor's
 * recurrence, then raised to order 4 by differences.
 */
static void
evaluate_splines(const struct basis_ns *b, double x, size_t derivative, double *out)
{
    const size_t at = find_step(b, x);
    double v[ORDER + 1] = { 1 }; /* v[j] is the spline that begins at knot at - (order-1) + j */

    for (size_t order = 2; order <= ORDER; order++) {
        double next[ORDER + 1] = { 0 };
        const bool is_value = order <= ORDER - derivative;
        for (size_t j = 0; j < order - 1; j++) {
            const size_t first = at + 2 - order + j; /* of the lower order */
            const double from = knot(b, first), to = knot(b, first + order - 1);
            const double part = over(v[j], to - from);
            next[j] += part * (is_value ? to - x : -(double)(order - 1));
            next[j + 1] += part * (is_value ? x - from : (double)(order - 1));
        }
        memcpy(v, next, sizeof v);
    }
    memset(out, 0, splines_of(b) * sizeof *out);
    memcpy(out + at + 1 - ORDER, v, ORDER * sizeof *v);
}

/* Householder's reflection along ${turn}, which begins at ${first}, as LINPACK's dqrdc keeps it. */
static void
reflect(const double *turn, size_t first, size_t n, double *v)
{
    double product = 0;

    for (size_t i = first; i < n; i++)
        product += turn[i] * v[i];
    for (size_t i = first; i < n; i++)
        v[i] -= product / turn[first] * turn[i];
}

static void
make_reflection(const double *v, size_t first, size_t n, double *turn)
{
    double norm = 0;

    for (size_t i = first; i < n; i++)
        norm = hypot(norm, v[i]);
    norm = copysign(norm, v[first]);
    for (size_t i = 0; i < n; i++)
        turn[i] = i < first ? 0 : v[i] / norm;
    turn[first] += 1;
}

/* Second derivatives at both ends become the first two directions; a first spline is left out. */
static void
find_turns(struct basis_ns *b)
{
    double v[SPLINES_MAX];
    const size_t n = splines_of(b) - 1;

    evaluate_splines(b, b->low, 2, v);
    make_reflection(v + 1, 0, n, b->turn[0]);
    evaluate_splines(b, b->high, 2, v);
    reflect(b->turn[0], 0, n, v + 1);
    make_reflection(v + 1, 1, n, b->turn[1]);
}

/* The value of rank ${rank}, from 0, and its neighbour above. */
static void
find_ranked(const double *x, const double *counts, size_t n, double rank, double *at, double *above)
{
    size_t i = 0;
    double passed = count_of(counts, 0);

    for (; passed <= rank && i + 1 < n; passed += count_of(counts, i))
        i++;
    *at = x[i];
    *above = passed > rank + 1 || i + 1 == n ? x[i] : x[i + 1];
}

static void
place_knots(const double *x, const double *counts, size_t n, struct basis_ns *b)
{
    double total = 0;

    for (size_t i = 0; i < n; i++)
        total += count_of(counts, i); /* whole numbers: exact */
    for (size_t k = 0; k + 1 < b->df; k++) {
        const double place = (total - 1) * ((double)(k + 1) * (1.0 / (double)b->df));
        const double rank = floor(place), rest = place - rank;
        double at, above;
        find_ranked(x, counts, n, rank, &at, &above);
        b->knots[k] = above == at ? at : (1 - rest) * at + rest * above;
    }
}

static bool
are_ascending(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (!(x[i - 1] <= x[i]))
            return false;
    return n > 0;
}

static bool
are_proper_knots(const struct basis_ns *b)
{
    bool proper = b->high > b->low && isfinite(b->high - b->low);

    for (size_t k = 0; k + 1 < b->df; k++)
        proper = proper && b->knots[k] > b->low && b->knots[k] < b->high &&
                 (k < 3 || b->knots[k] > b->knots[k - 3]);
    return proper;
}

enum dyad_status
basis_ns_fit(const double *x, const double *counts, size_t n, size_t df, struct basis_ns *out)
{
    struct basis_ns b = { .df = df };

    if (df < 1 || df > BASIS_MAX || !are_ascending(x, n) || !are_usable(x, counts, n))
        return DYAD_DOMAIN;
    b.low = x[0];
    b.high = x[n - 1];
    place_knots(x, counts, n, &b);
    if (!are_proper_knots(&b))
        return DYAD_DOMAIN;
    find_turns(&b);
    for (size_t i = 0; i + 1 < splines_of(&b); i++)
        if (!isfinite(b.turn[0][i]) || !isfinite(b.turn[1][i]))
            return DYAD_DOMAIN;
    *out = b;
    return DYAD_OK;
}

void
basis_ns_evaluate(const struct basis_ns *b, double x, double *out)
{
    double v[SPLINES_MAX], slope[SPLINES_MAX];
    const double inside = x < b->low ? b->low : x > b->high ? b->high : x;
    const size_t n = splines_of(b) - 1;

    evaluate_splines(b, inside, 0, v);
    if (x != inside) {
        evaluate_splines(b, inside, 1, slope);
        for (size_t i = 0; i <= n; i++)
            v[i] += (x - inside) * slope[i];
    }
    reflect(b->turn[0], 0, n, v + 1);
    reflect(b->turn[1], 1, n, v + 1);
    memcpy(out, v + 3, b->df * sizeof *out);
}
