/* stats/likelihood_limit.h: where a likelihood has fallen by so much. */
#ifndef DYAD_STATS_LIKELIHOOD_LIMIT_H
#define DYAD_STATS_LIKELIHOOD_LIMIT_H

#include "dyad/core/status.h"

/*
 * The root of twice the fall from the maximum to the best with the parameter at ${b}, and its slope
 * there.
 */
typedef enum dyad_status fall_function(void *context, double b, double *root, double *slope);

/**
 * likelihood_limit(fall, context, estimate, first, target, out):
 * The parameter on the side of ${first}, which is a guess at it, at which the root is ${target}.
 *
 * Returns: DYAD_OK; DYAD_NOCONV, for one if the likelihood does not fall that far; what ${fall}
 *          returns.
 */
DYAD_MUST_CHECK enum dyad_status likelihood_limit(fall_function *fall, void *context, double estimate,
                                                  double first, double target, double *out);

#endif
