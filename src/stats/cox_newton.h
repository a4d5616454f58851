/* stats/cox_newton.h: the largest value of a concave log-likelihood, or that it has none. */
#ifndef DYAD_STATS_COX_NEWTON_H
#define DYAD_STATS_COX_NEWTON_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/status.h"
#include "dyad/stats/cox.h"

/* ---- the space that some vectors span ---- */

struct span {
    double *basis; /* dim orthonormal rows of p */
    size_t p, dim;
};

/* v is of no further use. */
void span_add(struct span *s, double *v);

/* What is left of v outside. */
void span_reject(const struct span *s, double *v);

double newton_norm(const double *v, size_t p);

/* ---- symmetric matrices, row after row, of columns some of which stay (cox_linear.c) ---- */

/* The rows and columns that are COX_FINITE, side by side; how many. */
size_t newton_compress(const double *a, size_t p, const enum cox_state *state, double *out);
void newton_compress_vector(const double *v, size_t p, const enum cox_state *state, double *out);
/* Back to p places, in place, 0 where nothing was. */
void newton_expand_vector(double *v, size_t n, size_t p, const enum cox_state *state);

/* a of n by n becomes l of l l' in its lower triangle; false if it is not positive definite. */
bool newton_factorize(double *a, size_t n);
/* v becomes (l l')^-1 v. */
void newton_solve(const double *l, size_t n, double *v);

/*
 * Columns of a symmetric matrix that depend on those before become COX_ALIASED, among those that
 * are COX_FINITE.
 */
void newton_find_aliased(const double *a, const double *scale, size_t p, double *room,
                         enum cox_state *state);

/*
 * The inverse of the rows and columns of a that are COX_FINITE, 0 elsewhere (room: p x p + p);
 * false if it is not positive definite.
 */
bool newton_invert(const double *a, size_t p, const enum cox_state *state, double *room,
                   double *inverse);

/*
 * u' a^-1 u over the columns that are COX_FINITE; NaN where a is not positive definite.
 * room: p x p + p.
 */
double newton_quadratic(const double *a, const double *u, size_t p, const enum cox_state *state,
                        double *room);

/* ---- likelihoods ---- */

/* At one beta.  scale[j] is what information[j][j] is the small difference of, if it is one. */
struct derivatives {
    double loglik, *gradient, *information, *scale;
};

/*
 * A direction in which the likelihood never falls: gap is the least difference of linear
 * predictors that grows along it, spread the largest.  ${span} is of what still matters at its
 * end, in units of columns divided by their range.
 */
struct recession {
    double gap, spread;
    double *direction;
    struct span span;
};

struct likelihood {
    size_t p;
    const double *range; /* the largest |x - center| of each column */
    bool costly;         /* there are many rows: what the last step changes is not evaluated */
    void *model;
    /* A log-likelihood that overflowed is -infinity or NaN, and DYAD_OK. */
    enum dyad_status (*evaluate)(void *model, const double *beta, struct derivatives *out);
    /*
     * Does it rise for ever along ${direction} of the columns that are COX_FINITE, or one very
     * near?  NULL: it never does, and the information is not the second derivative, only near it.
     */
    enum dyad_status (*recedes)(void *model, const double *direction, const enum cox_state *state,
                                struct recession *out, bool *yes);
};

struct newton_work {
    double *gradient, *information, *scale, *step, *next, *direction, *away, *basis, *hessian, *factor,
        *room;
};

struct newton_result {
    double start, loglik; /* at the beginning and at the end */
    double score;         /* U' I^-1 U at the beginning */
    size_t rank;          /* columns that are not aliased */
    size_t iterations;
    bool infinite;        /* some column is */
    bool lost;            /* the finite ones of the others were not found then */
};

DYAD_MUST_CHECK enum dyad_status newton_work_reserve(struct newton_work *work, size_t p);
void newton_work_release(struct newton_work *work);

/*
 * From ${beta} to the maximum.  state[j] is COX_FINITE for columns to move and anything else for
 * those that stay; afterwards it also tells which are aliased, and COX_INFINITE are as many as
 * had to be fixed far out, where all others are what they are in the limit.  sign[j] of every
 * infinite column is 1, -1, or NaN if either may be, and 0 of the finite ones.
 *
 * work->gradient and ->information are those at the end, or of a costly likelihood before the last
 * step, which is below 1e-8 standard errors.
 *
 * Returns: DYAD_OK; DYAD_NOCONV; what evaluate returned.
 */
DYAD_MUST_CHECK enum dyad_status newton_maximize(const struct likelihood *like,
                                                 struct newton_work *work, double *beta,
                                                 enum cox_state *state, double *sign,
                                                 struct newton_result *out);

#endif
