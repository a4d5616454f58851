/*
 * stats/separation.h: does a likelihood have a maximum, or do some coefficients run to infinity?
 *
 * A direction d separates if x'd >= 0 where y = 1 and x'd <= 0 where y = 0, and not always 0.  A
 * logistic model has a maximum if and only if there is none.  The same for a Poisson, negative
 * binomial or log-binomial model with x'd = 0 where y > 0 and x'd <= 0 where y = 0.
 */
#ifndef DYAD_STATS_SEPARATION_H
#define DYAD_STATS_SEPARATION_H

#include "dyad/stats/glm.h"

enum separation_kind {
    SEPARATION_NONE,
    SEPARATION_QUASI,   /* some rows are not separated: x'd = 0 */
    SEPARATION_COMPLETE /* all are */
};

struct separation {
    enum separation_kind kind;
    double separated; /* rows of x'd other than 0, of the widest d */
};

/**
 * separation_find(spec, independent, infinite, direction, out):
 * Look for a direction that separates.
 *
 *   infinite[j]   whether coefficient j has no finite estimate: some direction that separates
 *                 moves it
 *   direction[j]  of one d that separates all rows that any d separates; its sign is where
 *                 the coefficient runs to
 *
 * Columns that are dropped or depend on others (independent[j] false) stay out.  By a linear
 * programme on the different rows (phase 1 of the simplex method on sum lambda x = 0, lambda >= 1,
 * which has a solution if and only if no direction separates), repeated on the rows that are left.
 * Of many rows the programme is given some, and those that its direction does not separate.
 *
 * Domain:  not linear;  independent columns;  at least one.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM; DYAD_NOCONV: rounding left it undecided.
 * Source:  Albert & Anderson (1984), Biometrika 71:1-10; Konis (2007), D.Phil. thesis, Oxford;
 *          Correia, Guimaraes & Zylkin (2019), arXiv:1903.01633 (Poisson).
 */
DYAD_MUST_CHECK enum dyad_status separation_find(const struct glm_spec *spec, const bool *independent,
                                                 bool *infinite, double *direction,
                                                 struct separation *out);

#endif
