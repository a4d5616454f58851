/* programs/model_cox.h: one Cox regression: its records, the fit, and its pictures. */
#ifndef DYAD_PROGRAMS_MODEL_COX_H
#define DYAD_PROGRAMS_MODEL_COX_H

#include "dyad/stats/cox.h"

#include "model.h"

/* One Cox regression of a group. */
struct cox_job {
    struct model_report *m;
    struct model_data data;
    struct cox_data records;
    size_t n; /* kinds of records; with a matrix, records */
    double *entry, *time;
    unsigned char *event;
    uint32_t *stratum, *cluster;
    struct cox_model *model;
    struct cox_fit fit;
    double *coefficients, *covariance, *robust;
    double *x, *weight, *offset; /* a matrix, which the penalty needs */
    enum cox_state *states;
    struct estimate *estimates;
    double *df;
};

/** model_cox_pictures(j, err): those of --schoenfeld and --log-log, if they are asked for. */
DYAD_MUST_CHECK enum dyad_status model_cox_pictures(struct cox_job *j, struct dyad_error *err);

#endif
