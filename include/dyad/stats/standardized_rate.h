/* stats/standardized_rate.h: a rate standardised directly to a standard population. */
#ifndef DYAD_STATS_STANDARDIZED_RATE_H
#define DYAD_STATS_STANDARDIZED_RATE_H

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

#include <stddef.h>

/**
 * standardized_rate(events, n, weights, k, level, out):
 * Average the rates of ${k} strata by the ${weights} of a standard population, with the gamma
 * interval of Fay and Feuer.  Its p_value is NaN.
 *
 *   c_i    = w_i / (n_i sum w)
 *   y      = sum c_i x_i,   v = sum c_i^2 x_i,   se = sqrt(v),   m = max c_i
 *   lower  = v/y G(alpha/2; y^2/v)                                  (0 without events)
 *   upper  = (v+m^2)/(y+m) G(1 - alpha/2; (y+m)^2/(v+m^2)),   alpha = 1 - level
 *   G(p; a) the p quantile of the gamma distribution of shape a and scale 1
 *
 * The upper limit may exceed 1.  A stratum of weight 0 is left out, whatever its n.
 *
 * Domain:  k > 0;  0 <= x_i < 1e15;  w_i >= 0, one of them above 0;  n_i > 0 where w_i > 0, all
 *          finite;  0 < level < 1.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV.  ${out} is left as it was unless DYAD_OK.
 * Source:  Fay & Feuer (1997), Stat. Med. 16:791-801, as epitools' ageadjust.direct computes it.
 */
DYAD_MUST_CHECK enum dyad_status standardized_rate(const double *events, const double *n,
                                                   const double *weights, size_t k, double level,
                                                   struct estimate *out);

#endif
