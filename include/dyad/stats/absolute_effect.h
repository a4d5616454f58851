/* stats/absolute_effect.h: what a relative effect means for people whose risk without it is known. */
#ifndef DYAD_STATS_ABSOLUTE_EFFECT_H
#define DYAD_STATS_ABSOLUTE_EFFECT_H

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

enum relative_effect { RELATIVE_ODDS, RELATIVE_RISK, RELATIVE_HAZARD };

/* std_error and p_value of these are NaN. */
struct absolute_effect {
    double baseline;            /* the risk without */
    struct estimate risk;       /* the risk with */
    struct estimate difference; /* risk with minus risk without */
    struct estimate nnt;        /* 1/difference: its limits those of the difference inverted, upper first */
};

/**
 * absolute_effect(kind, ratio, baseline, out):
 * Apply the ratio with its limits to the risk ${baseline}, which is taken as known without error.
 *
 *   odds ratio:   risk = OR p / (1 - p + OR p)    difference = p (1-p) (OR - 1) / (1 - p + OR p)
 *   risk ratio:   risk = RR p                     difference = p (RR - 1)
 *   hazard ratio: risk = 1 - (1-p)^HR             difference = -(1-p) ((1-p)^(HR-1) - 1)
 *   NNT = 1 / difference; negative where the risk falls
 *
 * A limit that is not defined (NaN) stays so; a risk that RR would raise above 1 is NaN, and what
 * follows from it.  Where the limits of the difference have opposite signs, those of NNT run
 * through infinity: from nnt.lower up, and from nnt.upper down.  1/0 is infinite.
 *
 * Domain:  0 < baseline < 1; ratio->value finite and > 0; limits >= 0, infinite or NaN.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Cochrane Handbook for Systematic Reviews of Interventions, version 6, section 15.4.4
 *          (odds and risk ratios); Altman & Andersen (1999), BMJ 319:1492-1495 (hazard ratios,
 *          NNT and its limits); Altman (1998), BMJ 317:1309-1312 (limits through infinity).
 */
DYAD_MUST_CHECK enum dyad_status absolute_effect(enum relative_effect kind, const struct estimate *ratio,
                                                 double baseline, struct absolute_effect *out);

#endif
