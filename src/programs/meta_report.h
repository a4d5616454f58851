/* programs/meta_report.h: pooled studies as tables and notes. */
#ifndef DYAD_PROGRAMS_META_REPORT_H
#define DYAD_PROGRAMS_META_REPORT_H

#include "meta.h"

/* The tables of a run; those that were not asked for are NULL. */
struct meta_report {
    const struct options *o;
    const struct meta_choices *how;
    const struct meta_studies *all;
    struct result *r;
    struct table *pooled, *studies, *heterogeneity, *tests, *levels, *robust, *filled, *unadjusted, *influence, *cumulative,
        *moderators, *fit;
    bool any_answer, any_regression, any_prediction, any_heterogeneity;
};

/* What was found about one set, for the picture too. */
struct meta_analysis {
    struct meta_set set;
    struct meta_pooled *pooled; /* subgroups, then all; the common model before the random one */
    size_t n_pooled;
    double *weights; /* percent, of each study under the last model of all studies */
    double *weights_common; /* the same under the common one, where both are pooled; else NULL */
};

void meta_report_begin(struct meta_report *m);

/** meta_report_set(m, analysis, err): the rows of one set. */
DYAD_MUST_CHECK enum dyad_status meta_report_set(struct meta_report *m, const struct meta_analysis *analysis,
                                                 struct dyad_error *err);

/** meta_report_notes(m, sets, n): the conventions, and what was left out. */
void meta_report_notes(struct meta_report *m, const struct meta_set *sets, size_t n);

/** meta_contrast(m, out): the sentence that says which way round an estimate is. */
void meta_contrast(const struct meta_choices *choices, struct text *out);

/** meta_why_not(choices, pooled): why there is no pooled estimate, in words. */
const char *meta_why_not(const struct meta_choices *choices, const struct meta_pooled *pooled);

/** meta_estimator_name(choices, model): iv, mh, peto, or the estimator of tau2. */
const char *meta_estimator_name(const struct meta_choices *choices, enum meta_model model);

/** meta_subset(set, factor, code, out): those of a subgroup, all for code 0; how many. */
size_t meta_subset(const struct meta_set *set, size_t factor, uint32_t code, struct study **out);

/** meta_group_row(m, t, scale, set): begin a row, with the --by columns filled. */
void meta_group_row(const struct meta_report *m, struct table *t, enum scale scale, const struct meta_set *set);

enum scale meta_scale(const struct meta_choices *choices);

/* --- meta_around.c: what is asked besides --- */

DYAD_MUST_CHECK enum dyad_status meta_report_around(struct meta_report *m, const struct meta_analysis *analysis,
                                                    struct dyad_error *err);

/**
 * meta_order(set, choices, model, factor, out): the studies that the model takes, in the order of
 * a column's values, those of one value as in the file; those without one are left out; how many.
 */
size_t meta_order(const struct meta_set *set, const struct meta_choices *choices, enum meta_model model, size_t factor,
                  struct study **out);

/** meta_robust_row(m, set, analysis, subgroup, term, e, df): a coefficient of `pooled` or `moderators`, its CR2 error. */
void meta_robust_row(struct meta_report *m, const struct meta_set *set, const char *analysis, const char *subgroup,
                     const char *term, const struct estimate *e, double df);

/* --- meta_moderators.c --- */

DYAD_MUST_CHECK enum dyad_status meta_report_moderators(struct meta_report *m, const struct meta_set *set,
                                                        struct dyad_error *err);

#endif
