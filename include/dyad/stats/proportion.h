/* stats/proportion.h: a proportion of people, with the interval of a named method. */
#ifndef DYAD_STATS_PROPORTION_H
#define DYAD_STATS_PROPORTION_H

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

#include <stdbool.h>

enum proportion_method {
    PROPORTION_WILSON,
    PROPORTION_WILSON_CC,
    PROPORTION_WALD,
    PROPORTION_AGRESTI_COULL,
    PROPORTION_JEFFREYS,
    PROPORTION_EXACT,
    PROPORTION_MIDP,
    PROPORTION_LOGIT,
    PROPORTION_ARCSINE
};

/** proportion_method_find(name, out): is ${name} (wilson, wilson-cc, ...) a method, and which? */
bool proportion_method_find(const char *name, enum proportion_method *out);

/** proportion_method_name(method): as proportion_method_find reads it. */
const char *proportion_method_name(enum proportion_method method);

/**
 * proportion_interval(events, n, method, level, out):
 * Estimate the proportion ${events} / ${n} with the interval of ${method}.  Its p_value is NaN.
 *
 *   p = x/n,  q = 1 - p,  se = sqrt(p q / n),  z the upper (1-level)/2 normal quantile
 *
 *   wilson         the p' with |p - p'| = z sqrt(p' (1-p') / n)
 *   wilson-cc      the same, from x - 1/2 (or 0) below and x + 1/2 (or n) above
 *   wald           p -+ z se, cut at 0 and 1
 *   agresti-coull  wald with x + z^2/2 events of n + z^2
 *   jeffreys       equal tails of Beta(x + 1/2, n - x + 1/2); 0 at x = 0, 1 at x = n
 *   exact          P(X >= x | lower) = P(X <= x | upper) = (1-level)/2
 *   midp           the same, with half of P(X = x); 0 at x = 0, 1 at x = n
 *   logit          log(p/q) -+ z / sqrt(n p q), turned back; NaN at x = 0 and x = n
 *   arcsine        sin^2(asin(sqrt p) -+ z / (2 sqrt n)), the angles cut at 0 and pi/2
 *
 * Domain:  0 <= events <= n;  0 < n <= 1e15;  0 < level < 1.  midp: n >= 1.  Fractional events
 *          and n (effective sample sizes) are computed as written.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV from jeffreys, exact and midp.  ${out} is left as
 *          it was unless DYAD_OK.
 * Source:  Newcombe (1998), Stat. Med. 17:857-872 (wald, wilson, wilson-cc, exact, midp: methods
 *          1, 3, 4, 5, 6); Agresti & Coull (1998), Am. Stat. 52:119-126; Brown, Cai & DasGupta
 *          (2001), Stat. Sci. 16:101-133 (jeffreys, logit).  arcsine takes the plain p, as the
 *          survey package does, where Brown et al. take (x + 3/8) / (n + 3/4).
 */
DYAD_MUST_CHECK enum dyad_status proportion_interval(double events, double n,
                                                     enum proportion_method method, double level,
                                                     struct estimate *out);

#endif
