/*
 * Why not R's own qbeta and qgamma: against quadrature in 30 digits (scripts/reference/quantile.py)
 * R's distribution functions are right to 1e-14 of the quantile for shapes from 0.5 to 1e15, in
 * both tails, and its quantiles nearly are; but these print to standard output when they doubt
 * themselves, and promise no end.  So the distribution functions are R's and the search is ours:
 * it is bracketed, so it ends, and keeps pbeta from where that would print (12 million random
 * calls: nothing printed; at most 40 us each where a quantile exists).
 */
#define MATHLIB_STANDALONE
#include "dyad/stats/quantile.h"

#include <Rmath.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* A tail as the search sees it: log probability, and its slope against log x, at x. */
struct point {
    double log_tail, slope;
};

struct curve {
    struct point (*at)(double x, const struct curve *c);
    enum tail tail;
    double a, b;
};

static bool
is_lower(const struct curve *c)
{
    return c->tail == TAIL_LOWER;
}

static enum tail
other(enum tail tail)
{
    return tail == TAIL_LOWER ? TAIL_UPPER : TAIL_LOWER;
}

/* Somewhere below this log probability pbeta underflows, and says so on standard output. */
static const double remote = -400;

/* The smallest p, e^-345: well inside. */
static const double smallest = 1e-150;

/* Far outside all probability: the tail is all or nothing, and has no slope to follow. */
static struct point
remote_point(bool below_mean, const struct curve *c)
{
    return (struct point){ below_mean == is_lower(c) ? -INFINITY : 0, 0 };
}

static struct point
beta_at(double x, const struct curve *c)
{
    const double log_density = log(x) + dbeta(x, c->a, c->b, true);

    if (log_density < remote)
        return remote_point(x * (c->a + c->b) < c->a, c);

    const double log_tail = pbeta(x, c->a, c->b, is_lower(c), true);
    const double slope = exp(log_density - log_tail);

    return (struct point){ log_tail, is_lower(c) ? slope : -slope };
}

/* Half of P(X = events) counts: the mean of the beta tails that hold all of it and none of it. */
static struct point
midp_at(double x, const struct curve *c)
{
    const struct curve with = { beta_at, c->tail, c->a, c->b + 1 };
    const struct curve without = { beta_at, c->tail, c->a + 1, c->b };
    const struct point p = beta_at(x, &with), q = beta_at(x, &without);

    if (isinf(p.log_tail) && isinf(q.log_tail))
        return p;

    const double log_sum = logspace_add(p.log_tail, q.log_tail);
    const double slope =
        p.slope * exp(p.log_tail - log_sum) + q.slope * exp(q.log_tail - log_sum);

    return (struct point){ log_sum - M_LN2, slope };
}

static struct point
gamma_at(double x, const struct curve *c)
{
    const double log_tail = pgamma(x, c->a, 1, is_lower(c), true);
    const double slope = exp(log(x) + dgamma(x, c->a, 1, true) - log_tail);

    return (struct point){ log_tail, is_lower(c) ? slope : -slope };
}

/* x is rounded, and the tail feels that slope times over. */
static double
rounding(const struct point *p)
{
    return 16 * DBL_EPSILON * fabs(p->slope);
}

/*
 * Newton steps in log x on the log of the tail, which is close to linear there, inside a bracket
 * that halves (in log x) whenever a step leaves it.
 */
static enum dyad_status
search(const struct curve *c, double p, double low, double high, double start, double *out)
{
    const double target = log(p);
    double x = start > low && start < high ? start : sqrt(low) * sqrt(high);

    for (int i = 0; i < 500; i++) {
        const struct point here = c->at(x, c);
        const double miss = here.log_tail - target;
        const double next = x * exp(-miss / here.slope);

        /* One step more leaves an error of the order of its square. */
        if (fabs(miss) <= 1e-9 + rounding(&here) && fabs(next - x) <= 1e-8 * x) {
            const struct point there = c->at(next, c);

            if (!(fabs(there.log_tail - target) <= 1e-12 + rounding(&there)))
                return DYAD_NOCONV;
            *out = next;
            return DYAD_OK;
        }
        if ((miss > 0) == is_lower(c))
            high = x;
        else
            low = x;
        x = next > low && next < high ? next : sqrt(low) * sqrt(high);
    }
    return DYAD_NOCONV;
}

/* The smaller tail is the one whose logarithm is well defined. */
static double
take_smaller_tail(struct curve *c, double p)
{
    if (p <= 0.5)
        return p;
    c->tail = other(c->tail);
    return 1 - p;
}

/* Search for x or 1 - x, whichever is below one half. */
static enum dyad_status
search_unit(struct curve c, double tail_p, double *out)
{
    const double p = take_smaller_tail(&c, tail_p);
    const bool half_is_short = c.at(0.5, &c).log_tail < log(p);
    const bool mirror = half_is_short == is_lower(&c);

    if (mirror)
        c = (struct curve){ c.at, other(c.tail), c.b, c.a };

    /* The log odds are roughly normal; the thirds keep a shape of 0 finite. */
    const double a = c.a + 1.0 / 3, b = c.b + 1.0 / 3;
    const double z = qnorm(p, 0, 1, is_lower(&c), false);
    const double start = a / (a + b * exp(-z * sqrt(1 / a + 1 / b)));
    double x;
    const enum dyad_status st = search(&c, p, 1e-300, 0.5 + 1e-9, start, &x);

    if (st == DYAD_OK)
        *out = mirror ? 1 - x : x;
    return st;
}

static bool
is_shape(double a)
{
    return a >= 1e-3 && a <= 1e16;
}

enum dyad_status
quantile_beta(enum tail tail, double p, double a, double b, double *out)
{
    if (!is_shape(a) || !is_shape(b) || !(p >= smallest && p < 1))
        return DYAD_DOMAIN;
    return search_unit((struct curve){ beta_at, tail, a, b }, p, out);
}

enum dyad_status
quantile_midp(enum tail tail, double p, double events, double n, double *out)
{
    const double others = n - events;

    if (!(n >= 1 && n <= 1e15 && p >= smallest && p <= 0.5) ||
        !(tail == TAIL_LOWER ? events > 0 && others >= 0 : events >= 0 && others > 0))
        return DYAD_DOMAIN;
    return search_unit((struct curve){ midp_at, tail, events, others }, p, out);
}

enum dyad_status
quantile_gamma(enum tail tail, double tail_p, double shape, double *out)
{
    struct curve c = { gamma_at, tail, shape, 0 };

    if (!is_shape(shape) || !(tail_p >= smallest && tail_p < 1))
        return DYAD_DOMAIN;

    /* Wilson & Hilferty (1931): the cube root is roughly normal. */
    const double p = take_smaller_tail(&c, tail_p);
    const double z = qnorm(p, 0, 1, is_lower(&c), false);
    const double root = 1 - 1 / (9 * shape) + z / (3 * sqrt(shape));

    return search(&c, p, 1e-300, 1e300, shape * root * root * root, out);
}
