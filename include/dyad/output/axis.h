/* output/axis.h: the horizontal axis of a plot: what it covers, where its ticks stand. */
#ifndef DYAD_OUTPUT_AXIS_H
#define DYAD_OUTPUT_AXIS_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { AXIS_TICKS = 9, AXIS_LABEL = 32 };

struct axis {
    enum scale scale;
    double low, high; /* as estimates are read: ratios, proportions ... */
    size_t n_ticks;
    double ticks[AXIS_TICKS];
    char labels[AXIS_TICKS][AXIS_LABEL]; /* UTF-8 */
};

struct axis_interval {
    double estimate, low, high; /* NaN: not defined */
};

/**
 * axis_cover(scale, intervals, n, out):
 * Choose the ends of an axis: every finite estimate and the reference are on it, limits too
 * unless they are far out against the usual interval (1.5 times the median half-width) and
 * against the spread of the estimates.
 *
 * Domain:  a ratio of 0 or less has no place; with nothing to cover the axis is a usual one.
 * Returns: DYAD_OK or DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status axis_cover(enum scale scale, const struct axis_interval *intervals,
                                            size_t n, struct axis *out);

/**
 * axis_set_ticks(axis, width):
 * Choose at most AXIS_TICKS ticks between the ends: round numbers, for ratios around 1, whose
 * labels do not touch on an axis of ${width} ems.  An end with a tick just beyond it moves there.
 */
void axis_set_ticks(struct axis *axis, double width);

/**
 * axis_place(axis, x): where ${x} stands, 0 at the low end, 1 at the high one; outside for what is
 * outside, infinite for a ratio of 0 or an infinite ${x}.
 */
double axis_place(const struct axis *axis, double x);

/** axis_reference(axis, &x): is there a value of no effect on the axis?  Which? */
bool axis_reference(const struct axis *axis, double *x);

#endif
