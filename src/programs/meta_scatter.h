/* programs/meta_scatter.h: the studies of a meta-analysis as points: funnel, L'Abbe, radial and Baujat plots. */
#ifndef DYAD_PROGRAMS_META_SCATTER_H
#define DYAD_PROGRAMS_META_SCATTER_H

#include "dyad/core/result.h"
#include "dyad/core/shapes.h"
#include "dyad/output/scatter.h"
#include "dyad/stats/effect_size.h"
#include "dyad/stats/meta.h"

/* What was pooled; everything is borrowed for the call. */
struct meta_points {
    size_t k;
    const char *const *names;
    const struct effect *effects;    /* on the scale they were pooled on */
    const struct two_by_two *tables; /* NULL without counts */
    enum table_effect table_effect;  /* what the effects are of the tables */
    const double *weights;           /* percent; NULL: all alike */
    struct meta_method method;
    struct meta_fit fit;
    const struct meta_fit *without;  /* without each study, where ${method} cannot say (mh, Peto); or NULL */
    const struct effect *filled;     /* by trim and fill */
    size_t n_filled;
    enum scale scale;                /* SCALE_RATIO: effects are logs; SCALE_PROPORTION: logits or arcsines */
    const char *measure;             /* "Odds ratio" */
    double level;
};

/*
 * Each fills ${out}, which was SCATTER_INIT, and returns DYAD_OK; DYAD_NOMEM; DYAD_DOMAIN where
 * there is no such picture.  On failure ${out} is untouched.
 */

/**
 * meta_funnel(m, out):
 * Effects against their standard errors, 0 on top, with the limits
 *
 *   mean -+ z sqrt(v),  z the normal quantile of ${level}
 *
 * in which that share of the studies lies if all have the pooled effect, on shades of the
 * two-sided p (0.1, 0.05, 0.01) that a study there has; studies outside the limits are named.
 *
 * Source:  Sterne & Egger (2001), J. Clin. Epidemiol. 54:1046-1055; Peters et al. (2008), J. Clin.
 *          Epidemiol. 61:991-996 (shades).
 */
DYAD_MUST_CHECK enum dyad_status meta_funnel(const struct meta_points *m, struct scatter *out);

/**
 * meta_labbe(m, out):
 * Risk of the treated against risk of the controls, as counted, areas by weight, with the lines
 * of no effect and of the pooled one.
 *
 * Domain:  tables.
 * Source:  L'Abbe, Detsky & O'Rourke (1987), Ann. Intern. Med. 107:224-233.
 */
DYAD_MUST_CHECK enum dyad_status meta_labbe(const struct meta_points *m, struct scatter *out);

/**
 * meta_radial(m, out):
 * Standardised effects against precision,
 *
 *   z = y / sqrt(v + tau2),  x = 1 / sqrt(v + tau2)
 *
 * so that the line from (0, 0) through a study is as steep as its effect, which the axis at the
 * right shows; the band is the pooled line -+ z; studies outside it are named.
 *
 * Source:  Galbraith (1988), Technometrics 30:271-281; as metafor's radial.
 */
DYAD_MUST_CHECK enum dyad_status meta_radial(const struct meta_points *m, struct scatter *out);

/**
 * meta_baujat(m, out):
 * What each study adds to the heterogeneity, and what it does to the pooled effect:
 *
 *   x = (y - mean)^2 / (v + tau2),  y = (mean(i) - mean)^2 / se(i)^2,  (i) without the study
 *
 * Domain:  k >= 2.
 * Source:  Baujat, Mahe, Pignon & Hill (2002), Stat. Med. 21:2641-2652; as metafor's baujat.
 */
DYAD_MUST_CHECK enum dyad_status meta_baujat(const struct meta_points *m, struct scatter *out);

#endif
