/* The maximum of a log-binomial likelihood, inside the region where all probabilities are below 1
 * or on its boundary. */
#include <math.h>

#include "glm_iterate.h"

/*
 * l = y eta + (1-y) log(1 - e^eta) is concave, and eta < 0 a convex region, so that the maximum is
 * found from any start inside by Newton's method with the observed information, if a little of
 * log(-eta) keeps it off the boundary (a barrier; Boyd & Vandenberghe 2004, Convex Optimization,
 * 11.3).  As the barrier sinks, either no eta comes near 0, and Newton's method goes on without
 * it; or the maximum is on the boundary, and the last barrier is within its height of it.
 */
enum dyad_status
glm_climb_log_binomial(struct glm_problem *p, bool *boundary)
{
    static const double HIGHEST = 0.1, LOWEST = 1e-10, NEAR = -1e-5;
    enum dyad_status st = DYAD_OK;
    size_t iterations = 0;

    *boundary = false;
    p->curve.observed = true;
    for (double barrier = HIGHEST; barrier > LOWEST / 2 && st == DYAD_OK; barrier /= 10) {
        p->curve.barrier = barrier;
        st = glm_problem_climb(p);
        iterations += p->iterations;
    }
    p->curve.barrier = 0;
    if (st != DYAD_OK)
        return st;
    *boundary = p->most > NEAR;
    if (!*boundary)
        st = glm_problem_climb(p);
    p->iterations += iterations;
    p->curve.observed = false;
    return st == DYAD_OK ? glm_problem_evaluate(p) : st;
}
