/*
 * stats/row_vector.h: loops over a batch of rows, as wide as the processor's vectors are, with the
 * same bits for every width.
 *
 * A batch has at most ROW_BATCH rows; arrays are filled up to a multiple of ROW_LANES, and what
 * lies beyond the rows is finite and weighs nothing.
 */
#ifndef DYAD_STATS_ROW_VECTOR_H
#define DYAD_STATS_ROW_VECTOR_H

#include <stddef.h>

enum { ROW_BATCH = 128, ROW_LANES = 8 };

struct row_vector {
    /* exp within 1.1 ulp; arguments beyond -708 and 709 as if they were that. */
    void (*exp)(size_t n, const double *x, double *out);
    /* eta = offset + sum of b_k z_k, k < m;  z_0 is 1 and not looked at */
    void (*predict)(size_t n, const double *b, const double *const *z, size_t m,
                    const double *offset, double *eta);
    /*
     * Binomial with logit: r = y - mu, w = mu (1 - mu);  l = y eta - log(1 + e^eta) is the sum of
     * ${linear} and of -log of ${product}, each row's own in l where that is not NULL.
     */
    void (*logistic)(size_t n, const double *eta, const double *y, double *w, double *r, double *l,
                     double *linear, double *product);
    /* a[i] *= b[i] */
    void (*scale)(size_t n, double *a, const double *b);
    /* out[l] = sum of a z_l, l < m */
    void (*dot)(size_t n, const double *a, const double *const *z, size_t m, double *out);
    void (*range)(size_t n, const double *a, double *least, double *most);
};

/** row_vector(): the widest loops that this processor has. */
const struct row_vector *row_vector(void);

/** row_vector_narrow(): those that every processor has. */
const struct row_vector *row_vector_narrow(void);

#endif
