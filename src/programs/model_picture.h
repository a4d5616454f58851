/*
 * programs/model_picture.h: the pictures of a fitted model: ROC curve, calibration, log-log curves,
 * Schoenfeld residuals, forest of ratios.
 *
 * Each takes plain numbers, borrowed for the call, and fills ${out}, which was SCATTER_INIT or
 * PLOT_INIT.  Those that return a status return DYAD_OK; DYAD_NOMEM; DYAD_DOMAIN where there is no
 * such picture; on failure ${out} is untouched.
 */
#ifndef DYAD_PROGRAMS_MODEL_PICTURE_H
#define DYAD_PROGRAMS_MODEL_PICTURE_H

#include "dyad/core/shapes.h"
#include "dyad/output/plot.h"
#include "dyad/output/scatter.h"
#include "dyad/stats/classification.h"

/* ---- ROC curve ---- */

struct roc_picture {
    const char *title; /* may be NULL */
    const struct roc_point *points;
    size_t n;
    struct auc auc;
    double level;
};

/** model_picture_roc(r, out): points nearer to each other than 1/1000 of an axis are left out. */
DYAD_MUST_CHECK enum dyad_status model_picture_roc(const struct roc_picture *r, struct scatter *out);

/* ---- calibration ---- */

struct calibration_picture {
    const char *title; /* may be NULL */
    const struct risk_groups *groups;
    const struct calibration *line; /* NULL: none */
    struct test hosmer_lemeshow;    /* p_value NaN: none */
    double level;
};

/** model_picture_calibration(c, out): observed against predicted risks, group by group. */
DYAD_MUST_CHECK enum dyad_status model_picture_calibration(const struct calibration_picture *c,
                                                           struct scatter *out);

/* ---- Cox models ---- */

/* A survival curve: it falls to survival[i] at times[i], which ascend. */
struct survival_steps {
    const char *name;
    const double *times, *survival;
    size_t n;
};

struct log_log_picture {
    const char *title, *time; /* of the picture; of the time axis; either may be NULL */
    const char *by;           /* what the curves are by; may be NULL */
    const struct survival_steps *curves;
    size_t n;
};

/**
 * model_picture_log_log(l, out):
 * log(-log S(t)) of each group against time on a log scale: parallel where hazards are
 * proportional.
 */
DYAD_MUST_CHECK enum dyad_status model_picture_log_log(const struct log_log_picture *l,
                                                       struct scatter *out);

/* The residuals of all records; where one is NaN (no event) it is left out. */
struct residual_picture {
    const char *title, *time; /* may be NULL */
    const char *term;         /* what ${column} is called */
    size_t n, p, column;
    const double *times;
    const double *transformed;  /* g(time), rising with it; NULL: the time, or its log */
    bool log_time;
    const double *schoenfeld;   /* n x p */
    const double *coefficients, *covariance; /* p, p x p */
    struct test test;           /* of no change with g(time); p_value NaN: none */
    const char *transform;      /* what g is called, for the caption; may be NULL */
    double level;
};

/**
 * model_picture_residuals(r, out):
 * Scaled Schoenfeld residuals, how the coefficient seems to change over time, with a smooth line
 * and its band:
 *
 *   b + d sum_j V_kj s_ij,  d the number of events;   limits -+ z sqrt(d V_kk h(t))
 *
 * The line is a natural cubic spline of 4 df in g(time), fitted by least squares with the knots
 * that survival's plot.cox.zph takes, h its leverage; z is the normal quantile of ${level} where
 * plot.cox.zph has 2.  With fewer than 20 events it has a df for each 5 of them, with fewer than 10
 * there is none.  Of more than 500 residuals each k-th is drawn.
 *
 * Source:  Grambsch & Therneau (1994), Biometrika 81:515-526; as plot.cox.zph of survival 3.5.
 */
DYAD_MUST_CHECK enum dyad_status model_picture_residuals(const struct residual_picture *r,
                                                         struct scatter *out);

/* ---- forest ---- */

/* A heading (a factor's name) has its levels below it, the reference with nothing but its counts. */
enum ratio_kind { RATIO_HEADING, RATIO_REFERENCE, RATIO_LEVEL, RATIO_TERM };

struct ratio_row {
    enum ratio_kind kind;
    const char *label;
    double events, n;      /* NaN: not shown */
    struct estimate ratio; /* value, limits, p_value */
};

struct ratio_forest {
    const char *panel;   /* title of these rows; NULL: none */
    const char *measure; /* "Odds ratio", "Mean difference" */
    const char *symbol;  /* "OR" */
    const char *outcome; /* heading of the counts; NULL: events/n */
    const char *caption; /* may be NULL */
    enum scale scale;    /* SCALE_RATIO, or of a linear model's coefficients */
    double level;
    const struct ratio_row *rows;
    size_t n;
};

/** model_picture_forest(f, out): a panel more; memory that runs out is out->failed. */
void model_picture_forest(const struct ratio_forest *f, struct plot *out);

#endif
