/* stats/cox_model.h: the prepared data of a Cox model, shared by the sources about it. */
#ifndef DYAD_STATS_COX_MODEL_H
#define DYAD_STATS_COX_MODEL_H

#include <math.h>

#include "cox_newton.h"
#include "cox_profile.h"
#include "dyad/stats/cox.h"

#define COX_NONE UINT32_MAX

/*
 * Times of events are numbered, stratum after stratum ("moments").  A record is at risk from one
 * moment to another.  Sums over those at risk are made of sums over `bins`, each of records that
 * share one end of a stretch of moments; a bin counts for the moments between `anchor` and `end`.
 * A record that is at risk from the first moment of its stratum is in one bin.  Any other stretch
 * is cut in two at the multiple of the highest power of 2 inside it, so that the ends of all
 * stretches with the same cut are nested: nothing need ever be subtracted.
 */
struct cox_span {
    uint32_t anchor, end;
    bool left; /* the anchor comes first */
    bool dead; /* its records have their event at the anchor */
};

/* What a moment does to those at risk there, see cox_hazards. */
struct cox_hazard {
    double h0, h1, a, b, c;
};

struct cox_model {
    struct cox_data data;
    size_t p, moments, strata, bins;
    double *moment_time;
    uint32_t *moment_stratum, *first_moment; /* of strata + 1 */
    double *deaths, *death_weight;           /* at a moment: D, and the sum of w */
    uint32_t *bin, *second;                  /* of a record, or COX_NONE; second may be NULL */
    struct cox_span *spans;
    double *center;       /* what is taken from a column: its mean; 0 of a design */
    double *mean, *range; /* range: the largest |x - mean| */
    double *plain_mean;   /* of records, whatever their weight */
    bool *indicator;      /* only -1, 0 and 1 */
    double offset_most;
    double records, events;
    double *kind_weight, *kind_rows; /* of the records of a design; one block */
    double *cell_deaths, offset_deaths; /* the same block: sums over events of features; of offsets */
    struct cox_cells *cells; /* of a design where that pays, or NULL */
    uint32_t *ahead;      /* stratum x (last + 1): the first moment after a whole time, or NULL */
    size_t last;

    double *sums, *dead_sums;     /* moments x (p + 1): S0, S1 / S0; d0 / S0, d1 / S0 */
    struct cox_hazard *hazard;
    double *multiplier;           /* of a bin: what makes hazards of risks */
    /*
     * Sums of risks of a bin are in units of exp(shift), those of a moment in units of
     * exp(level), the largest shift of its bins, so that no linear predictor is too large or too
     * small.  Not shifted: all are 0.
     */
    bool shifted;
    double *shift, *level;
    double *bin_sums;             /* bins x (p + 1) */
    double *running;              /* p + 4 */
    double *part_sums, *blocks;   /* of each part that threads share: cox_sums.c */
    double *dots;
    const double **columns;
    size_t parts;

    struct newton_work newton;
    struct fitted fit;
    bool firth;
    double *firth_room;
    enum cox_state *penalized; /* COX_FINITE: in the penalty */
    struct cox_step *steps;
};

/* cox_moments.c: what the Domain of cox_new says of records; times of events. */
bool cox_data_valid(const struct cox_data *data);
uint32_t cox_stratum_of(const struct cox_data *data, size_t record);
bool cox_has_weight(const struct cox_model *m, size_t record);
DYAD_MUST_CHECK enum dyad_status cox_find_moments(struct cox_model *m);
/* The first moment of a stratum, from begin on, after time; end if there is none before that. */
uint32_t cox_moment_after(const struct cox_model *m, uint32_t stratum, uint32_t begin, uint32_t end,
                          double time);

/* cox_index.c: moments and bins. */
DYAD_MUST_CHECK enum dyad_status cox_index(struct cox_model *m);

/* out (moments x width) += for each moment, the sum of the bins (bins x width) that count. */
void cox_spread(const struct cox_model *m, const double *bins, size_t width, double *out);

/* The same of those alone who have their event there. */
void cox_spread_dead(const struct cox_model *m, const double *bins, size_t width, double *out);

/* The largest instead of the sum of one number a bin; -infinity where none counts. */
void cox_spread_largest(const struct cox_model *m, const double *bins, double *out);

/*
 * out (bins x width) = for each bin, the sum over its moments of inside (moments x width), but
 * for a bin of the dead that of `dying` instead at its anchor; in units of a risk's inverse.
 */
void cox_gather(const struct cox_model *m, const double *inside, const double *dying, size_t width,
                double *out);

/* cox_sums.c */
DYAD_MUST_CHECK enum dyad_status cox_evaluate(void *model, const double *beta,
                                              struct derivatives *out);

/* Sums, hazards and multipliers at the fit again; DYAD_DOMAIN if there is none. */
DYAD_MUST_CHECK enum dyad_status cox_restore(struct cox_model *m);

/* After that: the information, each moment's times its `by`; multipliers are changed. */
DYAD_MUST_CHECK enum dyad_status cox_information(struct cox_model *m, const double *by,
                                                 double *information);

/*
 * A row: its record, its columns less their centers, linear predictor, weight, and how many there
 * are of it.
 */
struct cox_row {
    size_t record;
    const double *z;
    double eta, weight, times;
    uint32_t cluster;
    bool has_cluster;
};

/*
 * Call visit for all rows at ${beta}, in an order that is always the same; without ${columns} z
 * is of no use.
 */
DYAD_MUST_CHECK enum dyad_status cox_rows_visit(struct cox_model *m, const double *beta,
                                                bool columns,
                                                void (*visit)(const struct cox_row *row, void *context),
                                                void *context);

/* cox_design.c: the same passes over the rows of a design, whose center is 0. */
size_t cox_design_parts(const struct cox_model *m, size_t sums);
/* Before the index: what records have rows, and how many; after it: events. */
DYAD_MUST_CHECK enum dyad_status cox_design_survey(struct cox_model *m);
void cox_design_deaths(struct cox_model *m);
DYAD_MUST_CHECK enum dyad_status cox_design_bins(struct cox_model *m, const double *beta);
DYAD_MUST_CHECK enum dyad_status cox_design_cross(struct cox_model *m, const double *beta,
                                                  double *out);
DYAD_MUST_CHECK enum dyad_status
cox_design_visit(struct cox_model *m, const double *beta, bool columns,
                 void (*visit)(const struct cox_row *row, void *context), void *context);

/*
 * cox_cells.c: the same sums, both from one pass, where no predictor is shifted.  After the index:
 * m->cells, or NULL where it does not pay.
 */
DYAD_MUST_CHECK enum dyad_status cox_cells_new(struct cox_model *m);
void cox_cells_free(struct cox_cells *c);
/* bins x (p + 1): risks, and these times columns. */
DYAD_MUST_CHECK enum dyad_status cox_cells_bins(struct cox_model *m, const double *beta, double *out);
/* Is what cox_cells_bins left that of ${beta}?  Then X'WX, X'(events - w), events' predictors. */
bool cox_cells_hold(const struct cox_model *m, const double *beta);
DYAD_MUST_CHECK enum dyad_status cox_cells_cross(const struct cox_model *m, const double *beta,
                                                 double *out);

/* Room for passes over rows, once the bins are known. */
DYAD_MUST_CHECK enum dyad_status cox_sums_reserve(struct cox_model *m);

/*
 * cox_residual.c.  Of a row with hazard H (the sum of its bins' multipliers) and mean hazards M
 * (the sum of their rows of means: cox_find_means), e = exp(eta), at its event's moment with mean x~:
 *
 *   martingale  d - e H;  Schoenfeld  x - x~;  score  x (d - e H) - d x~ + e M
 *
 * inside and dying: moments x p, scratch.
 */
void cox_find_means(const struct cox_model *m, double *inside, double *dying, double *means);
void cox_event_mean(const struct cox_model *m, size_t g, double *mean);


/* cox_firth.c: the same of the penalized likelihood */
DYAD_MUST_CHECK enum dyad_status cox_firth_reserve(struct cox_model *m);
DYAD_MUST_CHECK enum dyad_status cox_evaluate_firth(void *model, const double *beta,
                                                    struct derivatives *out);

/* cox_infinite.c */
DYAD_MUST_CHECK enum dyad_status cox_recedes(void *model, const double *direction,
                                             const enum cox_state *state, struct recession *out,
                                             bool *yes);

/* The bins of a record; how many. */
static inline size_t
cox_bins_of(const struct cox_model *m, size_t record, uint32_t bins[2])
{
    bins[0] = m->bin[record];
    bins[1] = m->second ? m->second[record] : COX_NONE;
    return (size_t)(bins[0] != COX_NONE) + (size_t)(bins[1] != COX_NONE);
}

/* exp(eta) in the units of a bin. */
static inline double
cox_risk(const struct cox_model *m, uint32_t bin, double eta)
{
    return exp(eta - m->shift[bin]);
}

static inline bool
cox_is_dead(const struct cox_model *m, size_t record)
{
    return m->data.event[record] && m->bin[record] != COX_NONE;
}

#endif
