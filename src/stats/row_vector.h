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
#include <stdint.h>

enum { ROW_BATCH = 128, ROW_LANES = 8, ROW_QUAD = 4 };

/* Sums over k < n, with f = k/n and l = 1 - f d, of 1/l, f/l, 1/l^2, f/l^2, f^2/l^2, log l. */
struct row_ties {
    double h0, h1, a, b, c, logs;
};

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
    /*
     * Products into tables: for each i < n (not rounded up), k < m and l of k or more, adds
     * a z_k z_l to what row_product(m, k, l) is in the where[i]-th row of ${table}, of
     * row_products(m) numbers each.  z_0 is 1 and not looked at.
     */
    void (*tally)(size_t n, const uint32_t *where, const double *a, const double *const *z,
                  size_t m, double *table);
    /* n > 0, d < n/(n - 1) */
    void (*ties)(double n, double d, struct row_ties *out);
};

/* Products with z_k stand in whole quads, from that of z_k on. */
static inline size_t
row_product(size_t m, size_t k, size_t l)
{
    const size_t quads = (m + ROW_QUAD - 1) / ROW_QUAD, whole = k / ROW_QUAD, rest = k % ROW_QUAD;
    /* In the groups before; each of the ROW_QUAD in one has as many quads. */
    const size_t before = ROW_QUAD * (whole * quads - whole * (whole - 1) / 2);

    return ROW_QUAD * (before + rest * (quads - whole)) + l - ROW_QUAD * whole;
}

static inline size_t
row_products(size_t m)
{
    return row_product(m, m, m / ROW_QUAD * ROW_QUAD);
}

/** row_vector(): the widest loops that this processor has. */
const struct row_vector *row_vector(void);

/** row_vector_narrow(): those that every processor has. */
const struct row_vector *row_vector_narrow(void);

#endif
