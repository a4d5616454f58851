#include "likelihood_limit.h"

#include <math.h>
#include <stdbool.h>

/*
 * The root is nearly straight in the parameter, so that Newton's method needs a few steps; what is
 * known to lie within and beyond the limit keeps it from leaving.
 */
enum dyad_status
likelihood_limit(fall_function *fall, void *context, double estimate, double first, double target,
                 double *out)
{
    enum { MOST_STEPS = 60 };
    const double side = first < estimate ? -1 : 1;
    double near = estimate, far = side * INFINITY, b = first;

    for (int i = 0; i < MOST_STEPS; i++) {
        double root, slope, next;
        enum dyad_status st = fall(context, b, &root, &slope);

        if (st != DYAD_OK)
            return st;
        next = b + (target - root) / slope;
        if (fabs(target - root) <= 1e-9 * target) {
            *out = next;
            return DYAD_OK;
        }
        if (root < target)
            near = b;
        else
            far = b;
        if (!(side * (next - near) > 0 && side * (far - next) > 0))
            next = isfinite(far) ? (near + far) / 2 : near + 2 * side * fabs(near - estimate);
        b = next;
    }
    return DYAD_NOCONV;
}
