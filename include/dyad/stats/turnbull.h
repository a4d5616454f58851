/*
 * stats/turnbull.h: the distribution of times that are known to lie in intervals.
 *
 * The data say only how much mass lies in each of some disjoint intervals, the pieces: where a
 * left end of the data is followed by a right end.  Within a piece any distribution fits as
 * well.
 */
#ifndef DYAD_STATS_TURNBULL_H
#define DYAD_STATS_TURNBULL_H

#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/*
 * After low, and at or before high: (low, high].  low = high: exactly then.  low 0: [0, high],
 * as nothing happens before 0.  high infinite: not yet at low.
 */
struct interval_time {
    double low, high;
    double weight; /* how many */
};

struct turnbull_piece {
    double low, high; /* as in interval_time */
    double mass;
    double survival;  /* after it */
};

struct turnbull_fit {
    size_t pieces;
    double weight, log_likelihood;
    double gap;        /* the largest likelihood has at most so much more */
    size_t iterations;
};

/* Storage: reserved by the function that uses it, used often. */
struct turnbull_work {
    double *at;
    size_t *sizes;
    void *ends, *bounds;
    size_t times;
};

#define TURNBULL_WORK_INIT { NULL, NULL, NULL, NULL, 0 }

void turnbull_work_release(struct turnbull_work *work);

/**
 * turnbull(times, n, work, pieces, out):
 * The masses p of the pieces under which the ${n} times are likeliest, those that are 0 left
 * out. ${pieces} has room for ${n}.
 *
 *   l = sum of w_i log P_i,   P_i the mass of the pieces within interval i
 *   self-consistency: p_j = p_j D_j / sum w,  D_j = sum over i that hold piece j of w_i / P_i
 *
 * Steps of that equation (EM) alternate with steps of the iterative convex minorant.  For any p
 * the largest likelihood is at most max D_j - sum w higher than l: iteration ends where that gap
 * is below 1e-11 sum w, so that l is right to 1e-11 a record.
 *
 * Ends that follow each other within 1.5e-8, or within that share of the mean of the distinct
 * ends, are one: the first.
 *
 * Domain:  n >= 1;  0 <= low <= high, low finite;  0 < weight <= 1e15.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV; DYAD_NOMEM; ${pieces} and ${out} are left as they
 *          were unless DYAD_OK.
 * Source:  Turnbull (1976), J. R. Stat. Soc. B 38:290-295; Wellner & Zhan (1997), J. Am. Stat.
 *          Assoc. 92:945-959; Gentleman & Geyer (1994), Biometrika 81:618-623, for the
 *          condition.
 */
DYAD_MUST_CHECK enum dyad_status turnbull(const struct interval_time *times, size_t n,
                                          struct turnbull_work *work,
                                          struct turnbull_piece *pieces,
                                          struct turnbull_fit *out);

/**
 * turnbull_at(pieces, n, time, out):
 * The share without the event after ${time}: lower and upper are what the data allow there,
 * value is by a straight line through the piece (NaN in one without end; its low excepted).
 * Outside of the pieces all three are the same.  No std_error: these are no confidence limits.
 */
void turnbull_at(const struct turnbull_piece *pieces, size_t n, double time,
                 struct estimate *out);

/**
 * turnbull_quantile(pieces, n, p, out):
 * The time by which a share ${p} had the event: lower and upper are the ends of the piece in
 * which the survival falls to 1 - p, value is by a straight line through it; between two
 * pieces the upper end of the first is lower, the low end of the next upper, value their
 * middle.  NaN: not reached before a piece without end (lower is its low).
 *
 * Domain:  pieces of turnbull;  0 < p < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 */
DYAD_MUST_CHECK enum dyad_status turnbull_quantile(const struct turnbull_piece *pieces, size_t n,
                                                   double p, struct estimate *out);

#endif
