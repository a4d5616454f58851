/*
 * stats/cox_recede.h: does a likelihood rise for ever along a direction?
 *
 * It does if no difference of linear predictors along it is against what happened; at its end only
 * rows matter that tie with those that had the event, and differences of their columns span what
 * can still be estimated.
 *
 * A step of the iteration is such a direction but for what the finite coefficients still move.  So
 * rows that tie but for a small part of the spread are taken for ties, the direction is made
 * exactly so for them, and what came out is tested without such latitude.
 */
#ifndef DYAD_STATS_COX_RECEDE_H
#define DYAD_STATS_COX_RECEDE_H

#include "cox_newton.h"

struct recede {
    size_t p;
    const double *range;
    const enum cox_state *state;
    double *direction;  /* that is looked at */
    struct span *span;
    double *difference; /* p, scratch */
    double violation, spread; /* what is most against the direction; the largest difference */
    double tie, gap;          /* what is taken for 0; the least difference that is not */
    /* Find violation and spread. */
    enum dyad_status (*see)(struct recede *r);
    /* Find the gap, and add to the span what differs among ties. */
    enum dyad_status (*find_span)(struct recede *r);
};

/* Columns that are COX_FINITE in units of their range, 0 for the others. */
void recede_scale(const struct recede *r, const double *x, double *out);

/* Add the difference of two rows of scaled columns to the span. */
void recede_add(struct recede *r, const double *one, const double *other);

/* Is it ${direction}, or one very near?  Then that, its gap and spread are in ${out}. */
DYAD_MUST_CHECK enum dyad_status recede_test(struct recede *r, const double *direction,
                                             struct recession *out, bool *yes);

#endif
