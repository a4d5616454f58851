/*
 * stats/clustered_design.h: clustered rows as their models compute with them: cluster by cluster,
 * and with columns that are orthogonal.
 *
 * X = Q R with R upper triangular and  sum_j c_j q_j q_j' = N,  c_j = times_j total_j the people of
 * row j and N all of them.  Coefficients of Q are computed, those of X are R^-1 times them, so that
 * columns far from zero (a year, its square) lose no digits.
 */
#ifndef DYAD_STATS_CLUSTERED_DESIGN_H
#define DYAD_STATS_CLUSTERED_DESIGN_H

#include <stdbool.h>

#include "dyad/core/status.h"
#include "dyad/stats/clustered_rows.h"

struct clustered_design {
    size_t n, p;
    size_t clusters, most; /* that have rows; rows of the one that has most */
    double people;
    double *q, *y, *total, *times, *offset;
    double *triangle;      /* R, p x p */
    size_t *first;         /* rows first[i] ... first[i + 1] - 1 are of cluster i */
    uint32_t *number;      /* the caller's number of cluster i */
    double *storage;
};

#define CLUSTERED_DESIGN_INIT { .storage = NULL }

/*
 * Returns: DYAD_OK; DYAD_DOMAIN and ${why}: CLUSTERED_INVALID, CLUSTERED_COLLINEAR,
 *          CLUSTERED_ALONE (fewer than 2 clusters); DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status clustered_design_init(const struct clustered_rows *rows,
                                                       struct clustered_design *out,
                                                       struct clustered_why *why);

void clustered_design_release(struct clustered_design *d);

static inline double
clustered_people(const struct clustered_design *d, size_t row)
{
    return d->times[row] * d->total[row];
}

/* What row j adds to the linear predictor. */
double clustered_along(const struct clustered_design *d, size_t row, const double *coefficients);

/* The largest absolute value of that among all rows. */
double clustered_reach(const struct clustered_design *d, const double *coefficients);

/* From the coefficients of Q, and their covariance, to those of X. */
void clustered_coefficients(const struct clustered_design *d, const double *of_q, double *of_x);
void clustered_covariance(const struct clustered_design *d, const double *of_q, double *of_x);

/* ---- symmetric matrices, row after row ---- */

/* What lower_factor is to find left of an information. */
#define CLUSTERED_LEAST 1e-14

/* What is above the diagonal from what is below. */
void clustered_mirror(double *a, size_t n);

/* The lower triangle of a: + c v v' */
void clustered_add(double *a, size_t n, double c, const double *v);

#endif
