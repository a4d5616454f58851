/* programs/model.h: what the parts of `dyad model` share: the choices, the tables, a group under way. */
#ifndef DYAD_PROGRAMS_MODEL_H
#define DYAD_PROGRAMS_MODEL_H

#include "dyad/core/result.h"
#include "dyad/stats/glm.h"
#include "dyad/stats/hotelling.h"
#include "dyad/stats/standardization.h"

#include "commands.h"
#include "model_frame.h"

enum model_family {
    FAMILY_LOGISTIC,
    FAMILY_LOG_BINOMIAL,
    FAMILY_POISSON,
    FAMILY_MODIFIED_POISSON,
    FAMILY_NEGATIVE_BINOMIAL,
    FAMILY_LINEAR,
    FAMILY_COX,
    FAMILY_CONDITIONAL,
    FAMILY_MIXED_LOGISTIC,
    FAMILY_GEE,
    MODEL_FAMILIES
};

enum model_errors { ERRORS_MODEL, ERRORS_HC0, ERRORS_HC1, ERRORS_HC2, ERRORS_HC3, ERRORS_CR0, ERRORS_CR1, ERRORS_CR2,
                    ERRORS_DESIGN };

/* Of the errors of gee, for few clusters. */
enum model_correction { CORRECTION_NONE, CORRECTION_KAUERMANN_CARROLL, CORRECTION_MANCL_DEROUEN, CORRECTION_FAY_GRAUBARD };

struct model_choices {
    enum model_family family;
    enum model_family mean; /* the family whose mean gee models; of others the family itself */
    enum model_errors errors;
    bool errors_named;
    enum model_correction correction;
    bool profile;   /* limits by the profile likelihood */
    bool firth;
    bool breslow;
    bool exchangeable;
    double points; /* of the quadrature */
    double level;
    bool e_values;
    const char *margins; /* column */
    size_t replicates;   /* of the margins' bootstrap; 0: the delta method */
};

/* The tables of a run. */
struct model_report {
    const struct options *o;
    const struct model_choices *how;
    const struct model_frame *frame;
    struct result *r;
    struct outcome *out;
    struct table *coefficients, *fit, *tests, *vif, *margins, *e_values; /* those not asked for are NULL */
    const struct model_group *group; /* at hand */
    struct model_disclosure *disclosures; /* of each group */
    size_t n_groups;
    bool any_answer, joint_untested; /* terms of several columns have no test with these errors */
    double outcome_share; /* of the group at hand: events/n; NaN */
};

enum { MODEL_COEFFICIENTS, MODEL_FIT, MODEL_TESTS, MODEL_VIF, MODEL_MARGINS, MODEL_E_VALUES, MODEL_TABLES };

/* What --suppress knows of a group: its counts, and where its rows begin in each table. */
struct model_disclosure {
    size_t people, events, *counts, n, rows[MODEL_TABLES];
    bool hidden; /* some of them are small: there is no model to show */
    bool few_orders; /* or it is a Cox model of so few that all orders of their events can be tried */
};

/* A fit as the tables show it. */
struct model_shown {
    const struct design *design;
    size_t p;
    const struct estimate *estimates; /* on the scale of the linear predictor */
    const double *df;                 /* of each one's t; NULL: normal */
    const double *covariance;         /* p by p */
    double df_residual;               /* of the terms' Wald tests: F; NaN: chi-squared */
    const struct cluster_terms *terms; /* cr2: for the joint tests; NULL: none */
};

const char *model_family_name(enum model_family family);
/** model_ratio(how): `or`, `rr`, `irr`, `hr`; NULL: exp of its coefficients is nothing. */
const char *model_ratio(const struct model_choices *how);

void model_report_begin(struct model_report *m);

/** model_table(m, which): one of the tables above; what it points to is NULL where there is none. */
struct table *const *model_table(const struct model_report *m, size_t which);

/* --- model_suppress.c ----------------------------------------------------------------------- */

/** model_disclosure_count(m, out): of the group at hand, before it is fitted; counts are the caller's to free.  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status model_disclosure_count(const struct model_report *m, struct model_disclosure *out);
/** model_disclosure_tell(m, of): after it, what its rows show. */
void model_disclosure_tell(const struct model_report *m, const struct model_disclosure *of);
/** model_disclosure_apply(m, groups, n, err): hide it; DYAD_DOMAIN too where a picture is to show what is hidden. */
DYAD_MUST_CHECK enum dyad_status model_disclosure_apply(const struct model_report *m, const struct model_disclosure *groups,
                                                        size_t n, struct dyad_error *err);

/* --- the others ----------------------------------------------------------------------------- */

/** model_row(m, t, scale): begin a row with the --by columns of the group at hand. */
void model_row(const struct model_report *m, struct table *t, enum scale scale);
void model_fit_row(const struct model_report *m, const char *name, double value);
/** model_test_row(m, term, test, result, df_residual): df_residual of an F; NaN of a chi-squared. */
void model_test_row(const struct model_report *m, const char *term, const char *test, const struct test *result,
                    double df_residual);

/** model_coefficients(m, shown): their rows; and the joint Wald tests of the terms. */
DYAD_MUST_CHECK enum dyad_status model_coefficients(struct model_report *m, const struct model_shown *shown);

/** model_no_limits(m, d, column, e): its profile limits were not found: they are empty, and a note says so. */
void model_no_limits(struct model_report *m, const struct design *d, size_t column, struct estimate *e);

/** model_forest(m, shown): the group's ratios as a panel of the forest plot. */
DYAD_MUST_CHECK enum dyad_status model_forest(const struct model_report *m, const struct model_shown *shown);

/** model_term_columns(d, term, which): the columns of a term, which has room for all; how many. */
size_t model_term_columns(const struct design *d, size_t term, size_t *which);

/** model_intercept(d): its column, or d->n_columns. */
size_t model_intercept(const struct design *d);

/** model_vif(m, d, covariance): what each term loses by what it shares with the others. */
DYAD_MUST_CHECK enum dyad_status model_vif(struct model_report *m, const struct design *d, const double *covariance);

/**
 * model_margins(m, data, fit, covariance, err): risks standardised over the group at each level of --margins.  Of the fit
 * p and coefficients are looked at, and dependence where one of these is NaN.
 */
DYAD_MUST_CHECK enum dyad_status model_margins(struct model_report *m, const struct model_data *data,
                                               const struct glm_fit *fit, const double *covariance, struct dyad_error *err);

/** model_glm_family(f): how the engine calls it. */
enum glm_family model_glm_family(enum model_family family);

/**
 * model_bootstrap(m, data, fit, model, column, levels, out, failed, err):
 * Margins at the codes ${levels} of the formula's ${column}, with errors by --bootstrap.
 */
DYAD_MUST_CHECK enum dyad_status model_bootstrap(const struct model_report *m, const struct model_data *data,
                                                 const struct glm_fit *fit, const struct standard_model *model, size_t column,
                                                 const uint32_t *levels,
                                                 struct standardized *out, size_t *failed, struct dyad_error *err);

/* Each fits one group and fills its rows.  DYAD_DOMAIN, DYAD_NOCONV: why there is no answer stands in ${err}. */
DYAD_MUST_CHECK enum dyad_status model_glm(struct model_report *m, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status model_cox(struct model_report *m, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status model_conditional(struct model_report *m, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status model_mixed_logistic(struct model_report *m, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status model_gee(struct model_report *m, struct dyad_error *err);

#endif
