/*
 * stats/meta_levels.h: the likelihood of effects within clusters, at given variances between and
 * within them, and its highest maximum.
 */
#ifndef DYAD_STATS_META_LEVELS_H
#define DYAD_STATS_META_LEVELS_H

#include "dyad/stats/meta_multilevel.h"

#include "meta_sample.h"

enum { BETWEEN, WITHIN };

/*
 * M of a cluster is a diagonal, (1 - rho) v + within, and two matrices of rank one, rho sqrt(v)
 * sqrt(v)' and between 1 1'.  Its factor L D L' is that of the diagonal updated twice (method C1
 * of Gill, Golub, Murray & Saunders 1974, Math. Comp. 28:505-535): L = L1 L2, each unit lower
 * triangular with u_i beta_j below the diagonal.  All sums are of positive terms, and whitening a
 * column costs no more than its length.
 */
struct update {
    double *u, *beta, *keep; /* keep = 1 - u beta, without the cancellation */
};

struct levels {
    size_t k, p, n; /* n clusters */
    const size_t *first;
    double *y, *v, *x; /* cluster by cluster */
    double rho;
    bool restricted;
    double *d;
    struct update error, common;
    double *white_x, *q, *residual, *b, *inverse;
    struct sample sample; /* y and x whitened */
    struct effect *white;
    double least[2];      /* how small a variance still makes a difference */
};

/* A place on the likelihood; a variance that is held is not moved. */
struct peak {
    double variance[2], slope[2], height;
    bool held[2];
};

/* --- meta_levels.c --- */

/** levels_room(k, p): numbers that levels_place needs. */
size_t levels_room(size_t k, size_t p);

/** levels_place(m, work): the arrays of ${m} within ${work}, for its k, p and n. */
void levels_place(struct levels *m, struct cluster_work *work);

/**
 * levels_height(m, variance, moments):
 * The log-likelihood but for what does not depend on the variances; NaN if X lost its rank.
 */
double levels_height(const struct levels *m, const double *variance, struct moments *moments);

/** levels_project(m): the whitened basis of X, coefficients and residuals at the last levels_height. */
void levels_project(const struct levels *m);

/** levels_traces(m, restricted, trace): tr P (W for ml) and its sum over clusters' blocks. */
void levels_traces(const struct levels *m, bool restricted, double *trace);

/** levels_slope(m, variance, slope): levels_height, and its derivatives by the variances. */
double levels_slope(const struct levels *m, const double *variance, double *slope);

/* --- meta_levels_peak.c --- */

/**
 * levels_highest(m, held, beyond, out):
 * The highest maximum; ${held}: a variance to be held there, or NaN; ${beyond}: where none is
 * looked for.
 *
 * Returns: DYAD_OK, or DYAD_NOCONV with ${out} left as it was.
 */
DYAD_MUST_CHECK enum dyad_status levels_highest(const struct levels *m, const double *held, double beyond,
                                                struct peak *out);

#endif
