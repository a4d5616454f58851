/*
 * programs/model_frame.h: a cohort's records as the rows of a model: what the formula and the
 * options name is read once, kept as codes, and turned into rows and a design for each group.
 */
#ifndef DYAD_PROGRAMS_MODEL_FRAME_H
#define DYAD_PROGRAMS_MODEL_FRAME_H

#include "dyad/core/result.h"
#include "dyad/data/columns.h"
#include "dyad/data/formula.h"
#include "dyad/stats/model_rows.h"

#include "analysis.h"
#include "design.h"
#include "options.h"
#include "survey.h"

/* What the response has to be. */
enum response_use { RESPONSE_IS_EVENT, RESPONSE_IS_NUMBER, RESPONSE_IS_COUNT, RESPONSE_IS_TIME };

/* A column of the formula, by code. */
struct frame_column {
    size_t factor;
    const struct level *levels;
    size_t n_levels;
    const char **names;   /* texts of the levels */
    double *numbers;      /* of code i at [i]; NULL: text */
    bool is_factor;       /* its codes are used */
};

struct model_frame {
    const struct options *o;
    struct cohort *cohort;
    struct columns *columns;
    struct formula formula;
    struct columns_spec spec;
    struct frame_column *at; /* of each column of the formula */
    enum response_use use;
    struct event event;   /* RESPONSE_IS_EVENT, and that of Surv() */
    bool counts;          /* EVENTS/TOTAL */
    size_t total;         /* factor of TOTAL */
    double *totals;       /* by code */
    struct grouping by;
    bool has_cluster, has_match;
    size_t cluster, match; /* factors */
    size_t strata[BY_MAX], n_strata, strata_levels[BY_MAX];
    bool has_survey;       /* weights and units are those of its design */
    struct survey_columns survey;
    size_t n_threads;
    bool read_again; /* records are gone through after the rows were made */
};

/* The records of one combination of --by. */
struct model_group {
    uint32_t codes[BY_MAX];
    size_t n;        /* records */
    double people;
};

/* Rows of a group, with their design. */
struct model_data {
    const struct model_frame *frame;
    const struct model_group *group;
    struct design design;
    struct model_rows *rows;
    struct model_design *x;
    void **tables; /* what the design points to */
    size_t n_tables;
    double n;      /* people */
};

/**
 * model_frame_read(o, survey, use, out, r, err): read what --formula, --by, --cluster and --match name, and the columns
 * of the survey design (NULL: none).  Notes go to ${r}.  DYAD_DOMAIN if no record is left.
 */
DYAD_MUST_CHECK enum dyad_status model_frame_read(const struct options *o, const struct survey *survey,
                                                  enum response_use use, struct model_frame *out, struct result *r, struct dyad_error *err);

/** model_frame_groups(f, &n): the combinations of --by that occur, in order; one without --by; the caller's to free. */
struct model_group *model_frame_groups(const struct model_frame *f, size_t *n);

struct frame_piece;

/* What the rows are to hold besides. */
struct model_wants {
    bool ordered;      /* the order of the records */
    bool clusters;     /* the cluster of each; with ${sets} the --match set */
    bool sets;
    /* What stands for the response of record i of a piece; NULL: the response. */
    double (*response)(const struct frame_piece *piece, size_t i, const void *context);
    const void *context;
    bool no_intercept; /* factors are coded as if there were one, but it has no column */
};

/** model_data_make(f, group, wants, out, err): the rows and design of a group. */
DYAD_MUST_CHECK enum dyad_status model_data_make(const struct model_frame *f, const struct model_group *group,
                                                 struct model_wants wants, struct model_data *out, struct dyad_error *err);

/**
 * model_data_fill(d, piece, column, code, x, offsets, err): the piece's rows of the design as if
 * column ${column} of the formula had ${code} throughout; MODEL_AS_THEY_ARE: as they are.
 */
#define MODEL_AS_THEY_ARE SIZE_MAX
DYAD_MUST_CHECK enum dyad_status model_data_fill(const struct model_data *d, const struct frame_piece *piece, size_t column,
                                                 uint32_t code, double *x, double *offsets, struct dyad_error *err);

void model_data_release(struct model_data *d);

/** model_renumber(codes, n, different): from 0 on, in their order, without gaps; how many are ${different}. */
DYAD_MUST_CHECK enum dyad_status model_renumber(uint32_t *codes, size_t n, size_t *different);

/**
 * model_frame_each(f, group, visit, context, err): the records of the group in the order of the file, a piece at a
 * time: codes of each factor, row i of the piece being record first + i of the group.
 */
struct frame_piece {
    size_t n, first;
    uint32_t *const *codes;  /* of each factor that is kept */
    const double *weights;   /* NULL: 1 each */
};
DYAD_MUST_CHECK enum dyad_status model_frame_each(const struct model_frame *f, const struct model_group *group,
                                                  enum dyad_status (*visit)(const struct frame_piece *piece, void *context),
                                                  void *context);

/**
 * model_frame_firsts(f, group, firsts): of each piece, the number in the group of its first record.
 * model_frame_share(f, group, firsts, next, visit, context): the pieces, by their numbers, from *next on, which several
 * threads share.
 */
DYAD_MUST_CHECK enum dyad_status model_frame_firsts(const struct model_frame *f, const struct model_group *group,
                                                    size_t *firsts);
DYAD_MUST_CHECK enum dyad_status model_frame_share(const struct model_frame *f, const struct model_group *group,
                                                   const size_t *firsts, _Atomic size_t *next,
                                                   enum dyad_status (*visit)(const struct frame_piece *piece,
                                                                             size_t number, void *context),
                                                   void *context);

/** model_frame_has_events(f): the response is an event, or the time of one. */
bool model_frame_has_events(const struct model_frame *f);

/** model_frame_response(f, code): of a number its value, of an event 0 or 1. */
double model_frame_response(const struct model_frame *f, uint32_t code);

void model_frame_release(struct model_frame *f);

#endif
