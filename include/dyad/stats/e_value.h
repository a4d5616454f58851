/*
 * stats/e_value.h: how strongly something that was not measured would have to go with both the
 * exposure and the outcome to explain an association away.
 */
#ifndef DYAD_STATS_E_VALUE_H
#define DYAD_STATS_E_VALUE_H

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

struct e_value {
    double estimate, limit;      /* of the estimate, and of the limit nearer 1; at least 1 */
    struct estimate risk_ratio;  /* what they are of: value and limits, on the risk ratio's scale */
};

/**
 * e_value_risk_ratio(ratio, out):
 * The E-value of a risk ratio or rate ratio, or of an odds or hazard ratio where less than 15 % have
 * the outcome (at the end of follow-up), which are then near enough to it.
 *
 *   RR* = RR or, below 1, 1/RR;   E = RR* + sqrt(RR* (RR* - 1))
 *   limit: the same of the limit nearer 1; 1 if the limits include 1; NaN without limits
 *
 * Only value and limits of ${ratio} matter.
 *
 * Domain:  0 < value < infinity;  0 <= lower <= value <= upper, or both limits NaN.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  VanderWeele & Ding (2017), Ann. Intern. Med. 167:268-274, Tables 1 and 2.
 */
DYAD_MUST_CHECK enum dyad_status e_value_risk_ratio(const struct estimate *ratio,
                                                    struct e_value *out);

/**
 * e_value_odds_ratio(ratio, out):
 * Of an odds ratio where the outcome is common.
 *
 *   RR ~ sqrt(OR)
 *
 * Domain, Returns, Source: as e_value_risk_ratio; the square root is VanderWeele's (2017),
 *          Biometrics 73:1-2.
 */
DYAD_MUST_CHECK enum dyad_status e_value_odds_ratio(const struct estimate *ratio,
                                                    struct e_value *out);

/**
 * e_value_hazard_ratio(ratio, out):
 * Of a hazard ratio where the outcome is common.
 *
 *   RR ~ (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR))
 *
 * Domain, Returns, Source: as e_value_risk_ratio, Table 2.
 */
DYAD_MUST_CHECK enum dyad_status e_value_hazard_ratio(const struct estimate *ratio,
                                                      struct e_value *out);

#endif
