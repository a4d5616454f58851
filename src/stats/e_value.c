#include "dyad/stats/e_value.h"

#include <math.h>
#include <stdbool.h>

static bool
is_ratio(const struct estimate *r)
{
    const bool has_limits = !isnan(r->lower) || !isnan(r->upper);

    return r->value > 0 && isfinite(r->value) &&
           (!has_limits || (r->lower >= 0 && r->lower <= r->value && r->upper >= r->value));
}

static double
explain(double ratio)
{
    const double away = ratio < 1 ? 1 / ratio : ratio;

    return isfinite(away) ? away + sqrt(away) * sqrt(away - 1) : INFINITY;
}

/* Of ratios already on the risk ratio's scale. */
static struct e_value
explain_estimate(double value, double lower, double upper)
{
    struct e_value e = { .estimate = explain(value),
                         .risk_ratio = { value, NAN, lower, upper, NAN } };

    if (isnan(lower))
        e.limit = NAN;
    else if (lower <= 1 && upper >= 1)
        e.limit = 1;
    else
        e.limit = explain(lower > 1 ? lower : upper);
    return e;
}

static double
same(double ratio)
{
    return ratio;
}

/* 1 - 0.5^x = -expm1(-x log 2), which does not cancel for small x; 0 stays 0, infinity infinite. */
static double
of_hazard_ratio(double ratio)
{
    return expm1(-sqrt(ratio) * M_LN2) / expm1(-sqrt(1 / ratio) * M_LN2);
}

static enum dyad_status
convert(const struct estimate *ratio, double (*to_risk_ratio)(double), struct e_value *out)
{
    if (!is_ratio(ratio))
        return DYAD_DOMAIN;
    *out = explain_estimate(to_risk_ratio(ratio->value), to_risk_ratio(ratio->lower),
                            to_risk_ratio(ratio->upper));
    return DYAD_OK;
}

enum dyad_status
e_value_risk_ratio(const struct estimate *ratio, struct e_value *out)
{
    return convert(ratio, same, out);
}

enum dyad_status
e_value_odds_ratio(const struct estimate *ratio, struct e_value *out)
{
    return convert(ratio, sqrt, out);
}

enum dyad_status
e_value_hazard_ratio(const struct estimate *ratio, struct e_value *out)
{
    return convert(ratio, of_hazard_ratio, out);
}
