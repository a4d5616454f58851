/* stats/model_design.h: how the columns of a design are taken from rows. */
#ifndef DYAD_STATS_MODEL_DESIGN_H
#define DYAD_STATS_MODEL_DESIGN_H

#include "model_store.h"

/* A product of numbers, less its centre; the first is 1. */
struct model_feature {
    struct model_part parts[MODEL_PARTS_MAX];
    size_t n_parts;
    double centre;
    double *table; /* of a single coded part: its values less the centre; else NULL */
};

/* A column that is not 0 in a cell. */
struct model_entry {
    uint32_t column;
    double loading;
};

struct model_design {
    const struct model_rows *rows;
    size_t p, n_features;
    struct model_feature *features;
    size_t *feature;             /* of each column */
    size_t *begin;               /* n_cells + 1: the entries of each cell */
    struct model_entry *entries;
    size_t *match; /* of a centred design: the column that a column's centre is taken from, or p */
};

/**
 * model_design_centred(design, open, held, out):
 * The same with features about their means in the rows that come first, wherever all columns that
 * have such a feature have another before them that is the same but for it.  Coefficients of
 * columns that are not ${open} are held where they are, at held[j]; with ${held} NULL nothing is
 * centred.  model_design_uncentre leads back.
 */
DYAD_MUST_CHECK enum dyad_status model_design_centred(const struct model_design *design,
                                                      const bool *open, const double *held,
                                                      struct model_design **out);

/** model_design_uncentre(design, beta): coefficients of the design that was centred, in place. */
void model_design_uncentre(const struct model_design *design, double *beta);

/** model_design_recentre(design, beta): the other way. */
void model_design_recentre(const struct model_design *design, double *beta);

/* Storage for the batches of one thread. */
struct model_reader {
    const struct model_design *design;
    const double *beta; /* by cell and feature */
    double *at;
    double **features;
    double *eta, *response, *weight, *times, *prior, *offset, *cluster, *row, *ones, *spare;
    const double **shown;
    bool no_response; /* it is not wanted */
};

bool model_reader_init(struct model_reader *r, const struct model_design *design, const double *beta);
void model_reader_release(struct model_reader *r);

/** model_reader_batch(r, chunk, run, begin, batch): rows from ${begin} on; filled to whole lanes. */
void model_reader_batch(struct model_reader *r, const struct model_chunk *chunk,
                        const struct model_run *run, uint32_t begin, struct model_batch *batch);

/** model_cell_coefficients(design, beta): by cell and feature; NULL if memory ran out. */
double *model_cell_coefficients(const struct model_design *design, const double *beta);

#endif
