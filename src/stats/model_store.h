/* stats/model_store.h: how the rows of a model lie in memory. */
#ifndef DYAD_STATS_MODEL_STORE_H
#define DYAD_STATS_MODEL_STORE_H

#include <stdatomic.h>

#include "dyad/stats/model_rows.h"

/* A column in the fewest bytes that hold it. */
enum packed_kind { PACKED_CONSTANT, PACKED_8, PACKED_16, PACKED_32, PACKED_DOUBLE };

struct packed {
    enum packed_kind kind;
    bool whole;      /* all are whole numbers from 0 to 2^32 - 1 */
    double constant; /* of PACKED_CONSTANT */
    double most;     /* the largest, of whole ones */
    void *at;
};

/* What a row has; sources follow. . */
enum {
    COLUMN_CELL,
    COLUMN_RESPONSE,
    COLUMN_WEIGHT,
    COLUMN_OFFSET,
    COLUMN_CLUSTER,
    COLUMN_TIMES,
    COLUMN_ROW,
    COLUMN_SOURCES
};

enum { COLUMNS_MAX = COLUMN_SOURCES + MODEL_SOURCES_MAX };

bool packed_doubles(struct packed *p, const double *x, size_t n);
bool packed_whole(struct packed *p, const uint32_t *x, size_t n);
void packed_release(struct packed *p);

/** unpack_doubles(p, begin, n, out), unpack_whole(...): the second of whole numbers only. */
void unpack_doubles(const struct packed *p, size_t begin, size_t n, double *out);
void unpack_whole(const struct packed *p, size_t begin, size_t n, uint32_t *out);

/* A block as it was added. */
struct model_piece {
    uint64_t number;
    size_t n, first;     /* the number of its first row, once that is known */
    atomic_size_t left;  /* rows that no chunk has taken */
    struct packed columns[]; /* of the spec */
};

/* Rows of one cell that stand together; response NaN: each has its own. */
struct model_run {
    uint32_t cell, begin, n;
    double response;
};

struct model_chunk {
    uint64_t first;
    uint32_t n, n_runs;
    struct model_run *runs;
    struct packed *columns;
};

struct model_rows {
    struct model_rows_spec spec;
    size_t n_columns;
    struct model_piece **pieces;
    size_t n_pieces, room;
    bool failed;
    size_t n_cells, n_chunks, n_clusters;
    struct model_chunk *chunks;
    bool binary; /* responses are 0 and 1, and constant in a run */
    uint64_t n, kept;
    double weight, response; /* sums: of weights, of weight times response */
    double least_response, most_response; /* not beyond these, if perhaps within */
    size_t codes[MODEL_SOURCES_MAX]; /* largest code and 1 */
};

/**
 * model_rows_cut(rows, threads, all):
 * From pieces to chunks; all[c] says whether column c is whole, and its largest number.  False if
 * memory ran out.
 */
bool model_rows_cut(struct model_rows *rows, size_t threads, const struct packed *all);

#endif
