/* programs/meta.h: what the parts of `dyad meta` share: choices, studies, sets of them, what is pooled. */
#ifndef DYAD_PROGRAMS_META_H
#define DYAD_PROGRAMS_META_H

#include "dyad/core/result.h"
#include "dyad/data/cohort.h"
#include "dyad/data/formula.h"
#include "dyad/data/records.h"
#include "dyad/stats/effect_size.h"
#include "dyad/stats/meta.h"
#include "dyad/stats/meta_glmm.h"
#include "dyad/stats/meta_multilevel.h"

#include "analysis.h"
#include "options.h"

enum meta_measure {
    META_OR,
    META_RR,
    META_RD,
    META_PETO,
    META_ASD,
    META_HR,
    META_GENERIC,
    META_LOGIT, /* single proportions */
    META_FREEMAN_TUKEY,
    META_MEASURES
};

/* What of a study its effect is computed from. */
enum study_evidence { STUDY_NOTHING, STUDY_TABLE, STUDY_ARM, STUDY_ESTIMATE };

/* Out of which of them the error of an estimate comes: the first that is there. */
enum error_source { ERROR_NONE, ERROR_STD_ERROR, ERROR_VARIANCE, ERROR_LIMITS, ERROR_SOURCES };

enum meta_pooling { POOL_INVERSE_VARIANCE, POOL_MANTEL_HAENSZEL, POOL_PETO };

enum meta_role {
    ROLE_STUDY,
    ROLE_TREATED_EVENTS,
    ROLE_TREATED_TOTAL,
    ROLE_CONTROL_EVENTS,
    ROLE_CONTROL_TOTAL,
    ROLE_ESTIMATE,
    ROLE_CONF_LOW,
    ROLE_CONF_HIGH,
    ROLE_STD_ERROR,
    ROLE_VARIANCE,
    ROLE_EVENTS,
    ROLE_TOTAL,
    META_ROLES
};

struct meta_choices {
    enum meta_measure measure;
    bool measure_named; /* not the default */
    bool common, random; /* models */
    enum meta_pooling pool;
    bool glmm; /* instead of an estimator */
    enum glmm_model glmm_model;
    bool clustered; /* three levels */
    struct meta_method method; /* of the random-effects model */
    bool i2_from_q;
    enum zero_rule zero;
    double added;
    bool zero_pooled; /* to the counts of mh and peto too */
    bool drop_double_zero;
    bool log_scale;
    double limits_level; /* of the studies' printed limits */
    double rho;
    double level;
    const char *treated, *control; /* what the arms are called */
};

struct study {
    char *name;
    struct place place;
    const uint32_t *codes; /* of the factors asked for */
    uint32_t cluster_code; /* of its cluster; 0: none */
    enum study_evidence evidence;
    struct two_by_two counts; /* as in the file; of a single arm a and b */
    double design_effect;     /* 1: individuals were randomised */
    double printed;           /* NaN: none */
    bool has_limits;          /* with what is printed */
    enum error_source error_from;
    struct effect given;      /* STUDY_ESTIMATE: out of what is printed */
    /* Set for the set that it is analysed in. */
    struct effect effect;  /* NaN: it has none of its own */
    const char *left_out;  /* why no model takes it; NULL: one does */
};

/* What the command line asks of the file. */
struct meta_columns {
    char *names[META_ROLES];   /* NULL: no such column */
    size_t factors[META_ROLES];
    struct grouping by;
    bool has_subgroup, has_cluster, has_order, has_icc, has_size;
    size_t subgroup, cluster, order, icc, size;
    double icc_given, size_given; /* NaN: in a column, or none */
    const char *icc_typed, *size_typed;
    bool has_moderators;
    struct formula formula; /* of the moderators */
    size_t *moderators;     /* factors, of each column of the formula */
};

struct meta_studies {
    struct cohort *cohort;
    struct records *records;
    struct meta_columns columns;
    struct study *at;
    size_t n;
};

/* Studies that are analysed together: those of one combination of --by. */
struct meta_set {
    const uint32_t *codes; /* of the --by columns, as in a study's */
    struct study **studies;
    size_t n;
};

/* A set, or a subgroup of it, pooled under one model. */
struct meta_pooled {
    uint32_t subgroup; /* code; 0: all */
    enum meta_model model;
    size_t k;
    double n; /* people; NaN where a study does not say */
    bool has_fit;
    enum dyad_status why; /* it has none */
    struct meta_fit fit;
    struct heterogeneity differ;
    struct test wald;                /* of a glmm: its Wald test of heterogeneity */
    struct multilevel_fit levels;    /* of clusters */
    struct multilevel_limits limits;
};

/* --- meta_studies.c --- */

/** meta_measure_name(m): `or rr rd peto asd hr generic proportion-logit proportion-ft`. */
const char *meta_measure_name(enum meta_measure measure);
DYAD_MUST_CHECK bool meta_measure_find(const char *name, enum meta_measure *out);
bool meta_measure_is_ratio(enum meta_measure measure);
bool meta_measure_is_proportion(enum meta_measure measure);
/** meta_measure_has_tables(m): is it computed from two arms' counts? */
bool meta_measure_has_tables(enum meta_measure measure);

/** meta_studies_read(o, choices, out, r, err): the file; notes on suspicious rows go to ${r}. */
DYAD_MUST_CHECK enum dyad_status meta_studies_read(const struct options *o, struct meta_choices *choices,
                                                   struct meta_studies *out, struct result *r,
                                                   struct dyad_error *err);

/** meta_study_table(s, choices): its counts, less the design effect; an arm's in a and b. */
struct two_by_two meta_study_table(const struct study *s);

/** meta_study_people(s): how many, NaN where the file does not say. */
double meta_study_people(const struct study *s);

void meta_studies_release(struct meta_studies *s);

/* --- meta_pool.c --- */

/** meta_pools_counts(choices, model): are counts pooled (Mantel-Haenszel, Peto), not effects? */
bool meta_pools_counts(const struct meta_choices *choices, enum meta_model model);

/** meta_table_effect(m): of a measure that has tables; something of any other. */
enum table_effect meta_table_effect(enum meta_measure measure);

/** meta_set_effects(set, choices): each study's effect, or why it has none. */
void meta_set_effects(const struct meta_set *set, const struct meta_choices *choices);

/** meta_is_in(s, choices, model): does the model take this study? */
bool meta_is_in(const struct study *s, const struct meta_choices *choices, enum meta_model model);

/* The studies that a model takes, as the library wants them. */
struct meta_sample {
    struct effect *effects;
    const struct study **who; /* of each effect */
    const struct study **tables; /* of each stratum */
    const struct study **all; /* those that the model takes */
    size_t *cluster;          /* of each effect, counted from 0 */
    struct stratum *strata;   /* counts of those that have them */
    size_t k, n_strata;
    size_t n; /* studies in all */
};

DYAD_MUST_CHECK enum dyad_status meta_sample_take(struct study *const *studies, size_t n,
                                                  const struct meta_choices *choices, enum meta_model model,
                                                  struct meta_sample *out);
void meta_sample_release(struct meta_sample *sample);

/** meta_number_clusters(who, k, cluster): each study's cluster, counted from 0 as they come. */
void meta_number_clusters(const struct study *const *who, size_t k, size_t *cluster);

/**
 * meta_pool_studies(studies, n, choices, model, out):
 * Pool those of ${n} studies that the model takes; out->has_fit is false where there is none or
 * no answer.
 */
DYAD_MUST_CHECK enum dyad_status meta_pool_studies(struct study *const *studies, size_t n,
                                                   const struct meta_choices *choices, enum meta_model model,
                                                   struct meta_pooled *out);

struct multilevel_method meta_multilevel_method(const struct meta_choices *choices);

/** meta_pool_weights(studies, n, choices, pooled, percent): of each study; NaN of those not in it. */
DYAD_MUST_CHECK enum dyad_status meta_pool_weights(struct study *const *studies, size_t n,
                                                   const struct meta_choices *choices,
                                                   const struct meta_pooled *pooled, double *percent);

/**
 * meta_shown(choices, size, y): on the scale it is read on: a ratio, a proportion; ${size} is
 * that of the study, or the harmonic mean of several (meta_size).
 */
double meta_shown(const struct meta_choices *choices, double size, double y);
double meta_size(struct study *const *studies, size_t n);

#endif
