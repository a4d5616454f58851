#include "dyad/stats/proportion.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "dyad/stats/quantile.h"

/* x events and y others of n; tail = (1-level)/2, z its normal quantile. */
struct sample {
    double x, y, n, tail, z;
};

struct limits {
    double lower, upper;
};

/*
 * The roots of (n + z^2) p^2 - (2x + z^2) p + x^2/n, for x events.  The smaller one from the
 * product of both, where the textbook's difference cancels; the larger one, if near 1, as 1 less
 * the smaller one of the other outcome.
 */
static double
wilson_lower(double x, const struct sample *s)
{
    const double quarter = s->z * s->z / 4;
    const double half = s->z * sqrt(x * ((s->n - x) / s->n) + quarter);

    return x * (x / s->n) / (x + 2 * quarter + half);
}

static double
wilson_upper(double x, const struct sample *s)
{
    const double quarter = s->z * s->z / 4;
    const double half = s->z * sqrt(x * ((s->n - x) / s->n) + quarter);

    if (x > s->n / 2)
        return 1 - wilson_lower(s->n - x, s);
    return (x + 2 * quarter + half) / (s->n + 4 * quarter);
}

static enum dyad_status
wilson(const struct sample *s, struct limits *out)
{
    *out = (struct limits){ wilson_lower(s->x, s), wilson_upper(s->x, s) };
    return DYAD_OK;
}

/* Newcombe's formulas are Wilson's, half an event away and not beyond none and all. */
static enum dyad_status
wilson_cc(const struct sample *s, struct limits *out)
{
    *out = (struct limits){ wilson_lower(fmax(s->x - 0.5, 0), s),
                            wilson_upper(fmin(s->x + 0.5, s->n), s) };
    return DYAD_OK;
}

static struct limits
wald_limits(double x, double y, double z)
{
    const double n = x + y, margin = z * sqrt(x * y / n);

    return (struct limits){ fmax((x - margin) / n, 0), fmin((x + margin) / n, 1) };
}

static enum dyad_status
wald(const struct sample *s, struct limits *out)
{
    *out = wald_limits(s->x, s->y, s->z);
    return DYAD_OK;
}

static enum dyad_status
agresti_coull(const struct sample *s, struct limits *out)
{
    const double half = s->z * s->z / 2;

    *out = wald_limits(s->x + half, s->y + half, s->z);
    return DYAD_OK;
}

/* Lower limit from Beta(x + below, ...), upper from Beta(x + above, ...), 0 and 1 at the ends. */
static enum dyad_status
beta_limits(const struct sample *s, double below, double above, struct limits *out)
{
    enum dyad_status st = DYAD_OK;

    *out = (struct limits){ 0, 1 };
    if (s->x > 0)
        st = quantile_beta(TAIL_LOWER, s->tail, s->x + below, s->y + above, &out->lower);
    if (st == DYAD_OK && s->y > 0)
        st = quantile_beta(TAIL_UPPER, s->tail, s->x + above, s->y + below, &out->upper);
    return st;
}

static enum dyad_status
jeffreys(const struct sample *s, struct limits *out)
{
    return beta_limits(s, 0.5, 0.5, out);
}

static enum dyad_status
exact(const struct sample *s, struct limits *out)
{
    return beta_limits(s, 0, 1, out);
}

static enum dyad_status
midp(const struct sample *s, struct limits *out)
{
    enum dyad_status st = DYAD_OK;

    *out = (struct limits){ 0, 1 };
    if (s->x > 0)
        st = quantile_midp(TAIL_LOWER, s->tail, s->x, s->n, &out->lower);
    if (st == DYAD_OK && s->y > 0)
        st = quantile_midp(TAIL_UPPER, s->tail, s->x, s->n, &out->upper);
    return st;
}

static enum dyad_status
logit(const struct sample *s, struct limits *out)
{
    *out = (struct limits){ NAN, NAN };
    if (s->x > 0 && s->y > 0) {
        const double factor = exp(s->z * sqrt(s->n / s->x / s->y));

        out->lower = s->x / (s->x + s->y * factor);
        out->upper = s->x / (s->x + s->y / factor);
    }
    return DYAD_OK;
}

static double
square(double x)
{
    return x * x;
}

static enum dyad_status
arcsine(const struct sample *s, struct limits *out)
{
    /* asin(sqrt p) by its tangent, which stays sharp as p nears 1. */
    const double angle = atan2(sqrt(s->x), sqrt(s->y)), right_angle = atan2(1, 0);
    const double margin = s->z / (2 * sqrt(s->n));

    out->lower = square(sin(fmax(angle - margin, 0)));
    out->upper = square(sin(fmin(angle + margin, right_angle)));
    return DYAD_OK;
}

static const struct {
    const char *name;
    enum dyad_status (*limits)(const struct sample *s, struct limits *out);
} methods[] = {
    [PROPORTION_WILSON] = { "wilson", wilson },
    [PROPORTION_WILSON_CC] = { "wilson-cc", wilson_cc },
    [PROPORTION_WALD] = { "wald", wald },
    [PROPORTION_AGRESTI_COULL] = { "agresti-coull", agresti_coull },
    [PROPORTION_JEFFREYS] = { "jeffreys", jeffreys },
    [PROPORTION_EXACT] = { "exact", exact },
    [PROPORTION_MIDP] = { "midp", midp },
    [PROPORTION_LOGIT] = { "logit", logit },
    [PROPORTION_ARCSINE] = { "arcsine", arcsine },
};

static const size_t n_methods = sizeof methods / sizeof methods[0];

bool
proportion_method_find(const char *name, enum proportion_method *out)
{
    for (size_t i = 0; i < n_methods; i++)
        if (strcmp(name, methods[i].name) == 0) {
            *out = (enum proportion_method)i;
            return true;
        }
    return false;
}

const char *
proportion_method_name(enum proportion_method method)
{
    return methods[method].name;
}

enum dyad_status
proportion_interval(double events, double n, enum proportion_method method, double level,
                    struct estimate *out)
{
    if (!(events >= 0 && events <= n && n > 0 && n <= 1e15 && level > 0 && level < 1))
        return DYAD_DOMAIN;

    const double tail = (1 - level) / 2;
    const struct sample s = { events, n - events, n, tail, gsl_cdf_ugaussian_Qinv(tail) };
    struct limits limits;
    const enum dyad_status st = methods[method].limits(&s, &limits);

    if (st == DYAD_OK)
        *out = (struct estimate){ .value = events / n,
                                  .std_error = sqrt(s.x * s.y / n) / n,
                                  .lower = limits.lower,
                                  .upper = limits.upper,
                                  .p_value = NAN };
    return st;
}
