/* programs/meta_forest.h: a meta-analysis as the rows and columns of a forest plot. */
#ifndef DYAD_PROGRAMS_META_FOREST_H
#define DYAD_PROGRAMS_META_FOREST_H

#include "dyad/core/shapes.h"
#include "dyad/output/plot.h"

#include <stdbool.h>
#include <stddef.h>

/* All numbers on the scale they are read on; NaN is "not defined"; every string is borrowed. */
struct forest_study {
    const char *name;
    const char *subgroup; /* its code; NULL: none */
    const char *heading;  /* what people call the subgroup */
    bool has_counts;      /* of a single arm: the treated ones, control_total NaN */
    double treated_events, treated_total, control_events, control_total;
    struct estimate shown; /* its own; of a cumulative plot that of all studies so far */
    double weight;         /* percent */
    double weight_common;  /* the same under the common-effect model, where both are pooled; else NaN */
    bool excluded;         /* is in no pool */
    bool silent;           /* for it says nothing that could be pooled */
};

struct forest_pool {
    const char *subgroup; /* NULL: of all studies */
    const char *heading;  /* what people call the subgroup */
    const char *label;    /* "Random effects (REML)" */
    bool common;          /* the weights of its studies are weight_common, where there are two */
    struct estimate shown;
    double pred_low, pred_high;
    size_t k;
    double treated_events, treated_total, control_events, control_total; /* NaN: not shown */
    const char *heterogeneity; /* "tau2 = 0.31, I2 = 92% (85 to 96), Q = 152.2, df 12, p < 0.001"; NULL: none */
    const char *test;          /* "z = -3.97, p < 0.001"; NULL: none */
};

/* What somebody else pooled, to be seen beside it. */
struct forest_published {
    const char *label;
    struct estimate shown;
};

struct forest {
    const char *panel;    /* title of this set of studies (--by); NULL: there is one set */
    const char *title;    /* NULL: none */
    const char *measure;  /* as wording_measure() knows it: "or" */
    const char *contrast; /* a sentence for the caption; NULL: none */
    enum scale scale;
    double level;
    const char *treated, *control;           /* what the arms are called; NULL: no arms */
    const char *favours_low, *favours_high;  /* NULL: "Lower with TREATED", "Higher with TREATED" */
    const struct forest_study *studies;
    size_t n_studies;
    const struct forest_pool *pools; /* subgroups in the order they are to stand in; the last overall one is drawn through */
    size_t n_pools;
    const struct forest_published *published;
    size_t n_published;
    const char *subgroup_test; /* "Q = 3.2, df 2, p = 0.20"; NULL: none */
    enum plot_layout layout;
    bool cumulative;
};

/**
 * meta_forest(f, p): add the studies, pools and notes of ${f} to ${p} as a panel.  The first one
 * sets what the picture has once: layout, scale, axis, favours, title, caption.
 */
void meta_forest(const struct forest *f, struct plot *p);

#endif
