#include "dyad/stats/absolute_effect.h"

#include <math.h>
#include <stdbool.h>

/* Written so that nothing cancels when the ratio is near 1. */
static double
difference_at(enum relative_effect kind, double ratio, double p)
{
    switch (kind) {
    case RELATIVE_ODDS:
        return isinf(ratio) ? 1 - p : p * (1 - p) * (ratio - 1) / (1 - p + ratio * p);
    case RELATIVE_RISK:
        return ratio * p <= 1 ? p * (ratio - 1) : NAN;
    case RELATIVE_HAZARD:
        break;
    }
    return -(1 - p) * expm1((ratio - 1) * log1p(-p));
}

static double
risk_at(enum relative_effect kind, double ratio, double p)
{
    switch (kind) {
    case RELATIVE_ODDS:
        return isinf(ratio) ? 1 : ratio * p / (1 - p + ratio * p);
    case RELATIVE_RISK:
        return ratio * p <= 1 ? ratio * p : NAN;
    case RELATIVE_HAZARD:
        break;
    }
    return -expm1(ratio * log1p(-p));
}

static bool
is_limit(double x)
{
    return isnan(x) || x >= 0;
}

enum dyad_status
absolute_effect(enum relative_effect kind, const struct estimate *ratio, double baseline, struct absolute_effect *out)
{
    if (!(baseline > 0 && baseline < 1 && ratio->value > 0 && isfinite(ratio->value)) || !is_limit(ratio->lower) ||
        !is_limit(ratio->upper))
        return DYAD_DOMAIN;

    const double value = difference_at(kind, ratio->value, baseline);
    const double lower = difference_at(kind, ratio->lower, baseline);
    const double upper = difference_at(kind, ratio->upper, baseline);

    *out = (struct absolute_effect){
        .baseline = baseline,
        .risk = { risk_at(kind, ratio->value, baseline), NAN, risk_at(kind, ratio->lower, baseline),
                  risk_at(kind, ratio->upper, baseline), NAN },
        .difference = { value, NAN, lower, upper, NAN },
        .nnt = { 1 / value, NAN, 1 / upper, 1 / lower, NAN },
    };
    return DYAD_OK;
}
