/*
 * stats/clustered_rows.h: rows of people who belong to clusters (families, villages, one person's
 * visits), for the models that know of them, and why such a model may have no answer.
 */
#ifndef DYAD_STATS_CLUSTERED_ROWS_H
#define DYAD_STATS_CLUSTERED_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* Rows in any order; equal rows of a cluster may be one row, with how many they are. */
struct clustered_rows {
    size_t n, p;
    const double *x;         /* n rows of p columns */
    const double *y;         /* the outcome; of a binomial one, how many of total have it */
    const double *total;     /* whole, > 0;  NULL: 1 */
    const double *times;     /* how many such rows there are: whole, > 0;  NULL: 1 */
    const double *offset;    /* NULL: 0 */
    const uint32_t *cluster; /* below clusters, not all of which need have rows */
    size_t clusters;
};

enum clustered_trouble {
    CLUSTERED_FINE,
    CLUSTERED_INVALID,   /* the arguments are outside the Domain */
    CLUSTERED_COLLINEAR, /* a column is a combination of the columns before it */
    CLUSTERED_SEPARATED, /* a combination of columns tells outcomes for certain: some coefficient
                            is infinite */
    CLUSTERED_EXACT,     /* the columns leave nothing unexplained */
    CLUSTERED_ALONE,     /* fewer than two clusters, or none of two people where that is needed */
    CLUSTERED_BOUNDARY,  /* binomial with log link: some risk wants to be 1 or more */
    CLUSTERED_WORKING,   /* the working correlation is not one: alpha is 1 or more, or too low for
                            the largest cluster */
    CLUSTERED_SIGMA,     /* the likelihood grows with sigma without end: outcomes hardly differ
                            within any cluster */
    CLUSTERED_ITERATION  /* an iteration did not come to its end */
};

/* What a model says of why it has no answer; column: the first that is collinear. */
struct clustered_why {
    enum clustered_trouble trouble;
    size_t column;
};

#endif
