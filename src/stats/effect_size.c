#include "dyad/stats/effect_size.h"

#include <math.h>

#include "cells.h"

bool
table_has_zero(const struct two_by_two *t)
{
    return t->a == 0 || t->b == 0 || t->c == 0 || t->d == 0;
}

bool
table_is_double_zero(const struct two_by_two *t)
{
    return t->a + t->c == 0 || t->b + t->d == 0;
}

static bool
gets_addition(enum zero_rule rule, bool has_zero, bool any_zero)
{
    return rule == ZERO_ALL || (rule == ZERO_ONLY0 && has_zero) ||
           (rule == ZERO_IF0ALL && any_zero);
}

struct two_by_two
zero_rule_apply(const struct two_by_two *t, enum zero_rule rule, double add, bool any_zero)
{
    if (rule == ZERO_BY_ARM && table_has_zero(t)) {
        const double n1 = t->a + t->b, n0 = t->c + t->d, first = n1 / (n1 + n0), second = n0 / (n1 + n0);
        return (struct two_by_two){ t->a + first, t->b + first, t->c + second, t->d + second };
    }
    if (!gets_addition(rule, table_has_zero(t), any_zero))
        return *t;
    return (struct two_by_two){ t->a + add, t->b + add, t->c + add, t->d + add };
}

void
effect_add_to_proportion(double *events, double *n, enum zero_rule rule, double add, bool any_zero)
{
    if (!gets_addition(rule, *events == 0 || *events == *n, any_zero))
        return;
    *events += add;
    *n += 2 * add;
}

/* log(over/under); near 1 the ratio no longer knows excess = over - under. */
static double
log_ratio(double over, double under, double excess)
{
    return fabs(excess) < under / 2 ? log1p(excess / under) : log(over / under);
}

static struct effect
peto(const struct two_by_two *t, double excess)
{
    const double n1 = t->a + t->b, n0 = t->c + t->d, n = n1 + n0;
    const double v = n1 * (n0 / n) * ((t->a + t->c) / n) * ((t->b + t->d) / (n - 1));

    return (struct effect){ excess / n / v, 1 / v };
}

/* asin sqrt p = atan2(sqrt a, sqrt b): the difference of the angles, without cancelling. */
static struct effect
arcsine_difference(const struct two_by_two *t, double excess)
{
    const double with = sqrt(t->a * t->d), against = sqrt(t->b * t->c);
    const double across = sqrt(t->b * t->d) + sqrt(t->a * t->c);
    const double apart = excess == 0 ? 0 : excess / (with + against);

    return (struct effect){ atan2(apart, across),
                            (1 / (t->a + t->b) + 1 / (t->c + t->d)) / 4 };
}

enum dyad_status
effect_of_table(const struct two_by_two *t, enum table_effect measure, struct effect *out)
{
    struct effect e = { NAN, NAN };

    if (!is_table(t) || !(t->a + t->b > 0) || !(t->c + t->d > 0))
        return DYAD_DOMAIN;

    const double n1 = t->a + t->b, n0 = t->c + t->d;
    const double excess = cells_determinant(t->a, t->b, t->c, t->d);

    switch (measure) {
    case EFFECT_LOG_OR:
        e = (struct effect){ log_ratio(t->a * t->d, t->b * t->c, excess),
                             1 / t->a + 1 / t->b + 1 / t->c + 1 / t->d };
        break;
    case EFFECT_LOG_RR:
        e = (struct effect){ log_ratio(t->a * n0, t->c * n1, excess),
                             t->b / (t->a * n1) + t->d / (t->c * n0) };
        break;
    case EFFECT_RD:
        e = (struct effect){ excess / n1 / n0, t->a / n1 * (t->b / n1) / n1 +
                                                   t->c / n0 * (t->d / n0) / n0 };
        break;
    case EFFECT_PETO:
        e = peto(t, excess);
        break;
    case EFFECT_ASD:
        e = arcsine_difference(t, excess);
        break;
    }
    if (!isfinite(e.y) || !(e.v > 0 && e.v < INFINITY))
        return DYAD_DOMAIN;
    *out = e;
    return DYAD_OK;
}

static double
double_arcsine(double events, double n)
{
    return (atan2(sqrt(events), sqrt(n + 1 - events)) +
            atan2(sqrt(events + 1), sqrt(n - events))) / 2;
}

enum dyad_status
effect_of_proportion(double events, double n, enum proportion_effect measure, struct effect *out)
{
    if (!is_count(events) || !is_count(n) || !(n > 0) || !(events <= n))
        return DYAD_DOMAIN;
    if (measure == EFFECT_LOGIT) {
        const double others = n - events;

        if (!(events > 0 && others > 0))
            return DYAD_DOMAIN;
        *out = (struct effect){ log_ratio(events, others, events - others),
                                1 / events + 1 / others };
    } else {
        *out = (struct effect){ double_arcsine(events, n), 1 / (4 * n + 2) };
    }
    return DYAD_OK;
}

double
proportion_of_logit(double y)
{
    return 1 / (1 + exp(-y));
}

double
proportion_of_freeman_tukey(double y, double n)
{
    if (isnan(y) || !(n > 0))
        return NAN;
    if (y <= double_arcsine(0, n))
        return 0;
    if (y >= double_arcsine(n, n))
        return 1;

    const double s = sin(2 * y), around = s + (s - 1 / s) / n;
    const double root = sqrt(fmax(0, (1 - around) * (1 + around)));

    /* 1 - root would cancel for a rare event. */
    return cos(2 * y) >= 0 ? around * around / (1 + root) / 2 : (1 + root) / 2;
}

/* Is it a number that can be read this way? */
static bool
is_readable(double x, enum effect_reading reading)
{
    return isfinite(x) && (reading == READ_AS_IT_STANDS || x > 0);
}

static double
read(double x, enum effect_reading reading)
{
    return reading == READ_AS_RATIO ? log(x) : x;
}

static bool
are_limits(double value, double lower, double upper, enum effect_reading reading)
{
    return is_readable(value, reading) && is_readable(lower, reading) &&
           is_readable(upper, reading) && lower < upper;
}

enum dyad_status
effect_from_limits(double value, double lower, double upper, double level,
                   enum effect_reading reading, struct effect *out)
{
    if (!are_limits(value, lower, upper, reading) || !is_level(level))
        return DYAD_DOMAIN;

    const double width = reading == READ_AS_RATIO ? log(upper / lower) : upper - lower;

    return effect_from_std_error(value, width / 2 / cells_z(level), reading, out);
}

enum dyad_status
effect_from_std_error(double value, double std_error, enum effect_reading reading,
                      struct effect *out)
{
    return std_error > 0 ? effect_from_variance(value, std_error * std_error, reading, out)
                         : DYAD_DOMAIN;
}

enum dyad_status
effect_from_variance(double value, double variance, enum effect_reading reading,
                     struct effect *out)
{
    if (!is_readable(value, reading) || !(variance > 0 && variance < INFINITY))
        return DYAD_DOMAIN;
    *out = (struct effect){ read(value, reading), variance };
    return DYAD_OK;
}

double
effect_asymmetry(double value, double lower, double upper, enum effect_reading reading)
{
    if (!are_limits(value, lower, upper, reading))
        return NAN;

    const double low = read(lower, reading), high = read(upper, reading);

    return (read(value, reading) - (low + high) / 2) / ((high - low) / 2);
}
