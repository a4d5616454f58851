/*
 * stats/model_rows.h: the rows of a model without its design matrix, so that ten million of them
 * cost some 6 bytes each.
 *
 * A column of the design is the product of what the factors say and of what the numbers say.  A
 * row therefore is kept as its cell (the combination of its factors' codes), a 16-bit code of the
 * value of each number (a double where there are too many values), its response, and, where
 * there are such, weight, offset and cluster.  Inside a cell every column is a constant times a
 * feature (a product of numbers; the first feature is 1), so that sums over features, cell by
 * cell, make the cross-products of any number of columns.
 *
 * Rows arrive in numbered blocks, on any thread and in any order.  They are then cut into chunks
 * of MODEL_CHUNK_ROWS in the order of their numbers, and sorted in each chunk by cell and
 * response; rows that are alike in all become one, with a count.  Sums are made by chunk and added in
 * the order of the chunks, so that they have the same bits for any number of threads.
 */
#ifndef DYAD_STATS_MODEL_ROWS_H
#define DYAD_STATS_MODEL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyad/core/status.h"

enum {
    MODEL_SOURCES_MAX = 64, /* columns of numbers */
    MODEL_PARTS_MAX = 8,    /* numbers in a product */
    MODEL_CHUNK_ROWS = 32768,
    MODEL_CODES_MAX = 65536
};

/* ---- rows ---- */

struct model_rows_spec {
    size_t n_sources;
    bool wide[MODEL_SOURCES_MAX]; /* doubles instead of codes */
    bool weighted, offset, clustered;
    bool ordered; /* the number of a row is kept, which costs 2 bytes more */
};

/* Some rows.  What the spec does not have may be NULL. */
struct model_block {
    uint64_t number; /* blocks come in the order of their numbers, each of which is there once */
    size_t n;
    const uint32_t *cells;
    const uint16_t *codes[MODEL_SOURCES_MAX];
    const double *numbers[MODEL_SOURCES_MAX];
    const double *responses, *weights, *offsets; /* finite;  weights > 0 */
    const uint32_t *clusters;
};

/* Other numbers for the cells and codes that rows have: cells[old] is new.  NULL: as they are. */
struct model_recode {
    const uint32_t *cells, *clusters;
    const uint16_t *codes[MODEL_SOURCES_MAX];
};

struct model_rows;

/** model_rows_new(spec): no rows yet; NULL if memory ran out. */
struct model_rows *model_rows_new(const struct model_rows_spec *spec);

void model_rows_free(struct model_rows *rows);

/** model_rows_add(rows, block): copies; that memory ran out is told by model_rows_finish. */
void model_rows_add(struct model_rows *rows, const struct model_block *block);

/** model_rows_recode(rows, recode): all that were added so far. */
void model_rows_recode(struct model_rows *rows, const struct model_recode *recode);

/** model_rows_merge(into, from): all of ${from}, which is empty then. */
void model_rows_merge(struct model_rows *into, struct model_rows *from);

/**
 * model_rows_finish(rows, n_cells, threads):
 * No rows will be added: cut and sort.
 *
 * Domain:  at least one row;  cells < n_cells;  responses and offsets finite; weights finite, > 0.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.  Then nothing but model_rows_free is of use.
 */
DYAD_MUST_CHECK enum dyad_status model_rows_finish(struct model_rows *rows, size_t n_cells,
                                                   size_t threads);

/* Of finished rows: how many were added, how many are kept, the sum of their weights. */
uint64_t model_rows_count(const struct model_rows *rows);
uint64_t model_rows_kept(const struct model_rows *rows);
double model_rows_weight(const struct model_rows *rows);
size_t model_rows_cells(const struct model_rows *rows);
size_t model_rows_clusters(const struct model_rows *rows); /* the largest number, and 1 */

/* ---- the design ---- */

/* A number of a row: values[code] of a source; NULL: the source's own, of a wide one. */
struct model_part {
    size_t source;
    const double *values;
};

/* loading[cell] (NULL: 1) times the product of the parts (none: 1). */
struct model_column {
    const double *loading;
    struct model_part parts[MODEL_PARTS_MAX];
    size_t n_parts;
};

struct model_design;

/**
 * model_design_new(rows, columns, p, out):
 * Prepare the columns; the values of parts must outlive ${out}, the loadings need not.
 *
 * Domain:  rows finished;  p >= 1;  loadings finite.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status model_design_new(const struct model_rows *rows,
                                                  const struct model_column *columns, size_t p,
                                                  struct model_design **out);

void model_design_free(struct model_design *design);

size_t model_design_columns(const struct model_design *design);

/* ---- rows, a batch at a time ---- */

/* Rows of one cell, at most MODEL_BATCH. */
enum { MODEL_BATCH = 128 };

struct model_batch {
    size_t n;
    uint32_t cell;
    const double *eta;              /* the linear predictor, with the offset */
    const double *response, *offset;
    const double *weight, *times;   /* times: how many rows each stands for */
    const double *prior;            /* weight times */
    bool plain;                     /* prior is 1 for all */
    const double *cluster;          /* its number; NULL: none */
    const double *row;              /* the number among all rows, if kept; else NULL */
    const double *const *features;  /* features[k][i];  features[0] is 1 */
};

/**
 * model_rows_visit(design, beta, visit, context):
 * Call ${visit} for all rows in the order in which they are kept, on this thread.  ${beta} NULL:
 * eta is the offset.  The batch, and what its pointers point to, are gone when visit returns.
 *
 * Returns: DYAD_OK; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status
model_rows_visit(const struct model_design *design, const double *beta,
                 void (*visit)(const struct model_batch *batch, void *context), void *context);

/** model_batch_fill(design, batch, i, x): the ${i}-th row of the batch as a row of the design. */
void model_batch_fill(const struct model_design *design, const struct model_batch *batch, size_t i,
                      double *x);

/**
 * model_batch_forms(design, batch, matrix, out):
 * out[i] = x'M x of each row of the batch, M symmetric, p by p: a leverage, say, or the variance
 * of a linear predictor.
 */
void model_batch_forms(const struct model_design *design, const struct model_batch *batch,
                       const double *matrix, double *out);

/* Every row as a row of a matrix, in the order in which they came; what is NULL is not wanted. */
struct model_dense {
    double *x; /* rows by p */
    double *response, *weight, *offset, *cluster;
};

/**
 * model_rows_dense(design, out):
 * Fill what ${out} points to, each with room for model_rows_count() rows.
 *
 * Domain:  the spec said `ordered`.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status model_rows_dense(const struct model_design *design,
                                                  const struct model_dense *out);

/*
 * Sets w[i] and r[i] of each row of the batch (w may be 0), and returns the sum of prior l over it.
 * The arrays have room for MODEL_BATCH; what lies beyond n is not looked at.  Called on several
 * threads.
 */
typedef double model_weigh(const struct model_batch *batch, double *w, double *r, void *context);

struct model_sums {
    double *gradient;   /* sum of prior r x: p */
    double *cross;      /* sum of prior w x x': p by p; NULL: not wanted */
    double total;       /* sum of prior l */
    double least, most; /* of eta */
};

/**
 * model_rows_sum(design, beta, weigh, context, threads, out):
 * Sums over all rows, each within a few units of its last place where nothing cancels.
 *
 * Returns: DYAD_OK; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status model_rows_sum(const struct model_design *design,
                                                const double *beta, model_weigh *weigh,
                                                void *context, size_t threads,
                                                struct model_sums *out);

#endif
