#include "meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool
meta_pools_counts(const struct meta_choices *how, enum meta_model model)
{
    return model == META_COMMON ? how->pool != POOL_INVERSE_VARIANCE : how->glmm;
}

/* --- effects ------------------------------------------------------------------------------ */

enum table_effect
meta_table_effect(enum meta_measure measure)
{
    static const enum table_effect effects[] = { [META_OR] = EFFECT_LOG_OR, [META_RR] = EFFECT_LOG_RR,
                                                 [META_RD] = EFFECT_RD,     [META_PETO] = EFFECT_PETO,
                                                 [META_ASD] = EFFECT_ASD };
    return meta_measure_has_tables(measure) ? effects[measure] : EFFECT_LOG_OR;
}

static const char no_events[] = "no event in either arm, or nothing but events";

/* Does a model that pools counts take the study?  What says nothing under it is left out. */
static bool
has_counts_to_pool(const struct study *s, const struct meta_choices *how)
{
    const struct two_by_two t = s->counts;

    if (s->evidence == STUDY_ARM)
        return t.a + t.b > 0;
    if (s->evidence != STUDY_TABLE || t.a + t.b <= 0 || t.c + t.d <= 0)
        return false;
    if (table_is_double_zero(&t) && how->drop_double_zero)
        return false;
    if (how->measure == META_RR)
        return t.a + t.c > 0;
    return how->measure == META_RD || !table_is_double_zero(&t);
}

bool
meta_is_in(const struct study *s, const struct meta_choices *how, enum meta_model model)
{
    return meta_pools_counts(how, model) ? has_counts_to_pool(s, how) : !isnan(s->effect.y);
}

static const char *
table_effect(struct study *s, const struct meta_choices *how, bool any_zero)
{
    const struct two_by_two counts = meta_study_table(s);
    struct effect e;

    if (counts.a + counts.b <= 0 || counts.c + counts.d <= 0)
        return "an arm has nobody";
    if (table_is_double_zero(&counts) && how->drop_double_zero)
        return no_events;
    const struct two_by_two filled = zero_rule_apply(&counts, how->zero, how->added, any_zero);
    if (effect_of_table(&filled, meta_table_effect(how->measure), &e) != DYAD_OK)
        return table_is_double_zero(&counts) ? no_events : "an empty cell leaves it without an effect";
    s->effect = e;
    return NULL;
}

static const char *
arm_effect(struct study *s, const struct meta_choices *how, bool any_zero)
{
    double events = s->counts.a / s->design_effect, n = (s->counts.a + s->counts.b) / s->design_effect;
    const bool logit = how->measure == META_LOGIT;

    if (n <= 0)
        return "it has nobody";
    if (logit)
        effect_add_to_proportion(&events, &n, how->zero, how->added, any_zero);
    if (effect_of_proportion(events, n, logit ? EFFECT_LOGIT : EFFECT_FREEMAN_TUKEY, &s->effect) != DYAD_OK)
        return "no events, or nothing but events";
    return NULL;
}

static bool
has_zero(const struct study *s)
{
    return s->evidence == STUDY_TABLE ? table_has_zero(&s->counts)
                                      : s->evidence == STUDY_ARM && (s->counts.a == 0 || s->counts.b == 0);
}

static const char *
study_effect(struct study *s, const struct meta_choices *how, bool any_zero)
{
    switch (s->evidence) {
    case STUDY_TABLE:
        return table_effect(s, how, any_zero);
    case STUDY_ARM:
        return arm_effect(s, how, any_zero);
    case STUDY_ESTIMATE:
        s->effect = (struct effect){ s->given.y, s->given.v * s->design_effect };
        return NULL;
    default:
        return "neither counts nor an estimate with its error";
    }
}

void
meta_set_effects(const struct meta_set *set, const struct meta_choices *how)
{
    bool any_zero = false;

    for (size_t i = 0; i < set->n; i++)
        any_zero = any_zero || has_zero(set->studies[i]);
    for (size_t i = 0; i < set->n; i++) {
        struct study *s = set->studies[i];
        s->effect = (struct effect){ NAN, NAN };
        s->left_out = study_effect(s, how, any_zero);
        if ((how->common && meta_is_in(s, how, META_COMMON)) || (how->random && meta_is_in(s, how, META_RANDOM)))
            s->left_out = NULL;
        else if (s->left_out == NULL)
            s->left_out = s->evidence == STUDY_TABLE ? no_events : "it has no counts, which this method pools";
    }
}

double
meta_size(struct study *const *studies, size_t n)
{
    double inverse = 0, k = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(studies[i]->effect.y)) {
            inverse += studies[i]->design_effect / meta_study_people(studies[i]);
            k++;
        }
    return k / inverse;
}

double
meta_shown(const struct meta_choices *how, double size, double y)
{
    if (meta_measure_is_ratio(how->measure))
        return exp(y);
    if (how->measure == META_LOGIT)
        return proportion_of_logit(y);
    return how->measure == META_FREEMAN_TUKEY ? proportion_of_freeman_tukey(y, size) : y;
}

/* --- pooling ------------------------------------------------------------------------------ */

static bool
any_table_has_zero(struct study *const *studies, size_t n)
{
    bool any = false;

    for (size_t i = 0; i < n; i++)
        any = any || (studies[i]->evidence == STUDY_TABLE && table_has_zero(&studies[i]->counts));
    return any;
}

void
meta_number_clusters(const struct study *const *who, size_t k, size_t *cluster)
{
    size_t next = 0;

    for (size_t i = 0; i < k; i++) {
        size_t before = 0;
        while (who[before]->cluster_code != who[i]->cluster_code)
            before++;
        cluster[i] = before == i ? next++ : cluster[before];
    }
}

enum dyad_status
meta_sample_take(struct study *const *studies, size_t n, const struct meta_choices *how, enum meta_model model,
                 struct meta_sample *g)
{
    const bool any_zero = any_table_has_zero(studies, n), counts = meta_pools_counts(how, model);

    *g = (struct meta_sample){ .effects = calloc(n + 1, sizeof *g->effects), .cluster = calloc(n + 1, sizeof *g->cluster),
                               .who = calloc(n + 1, sizeof *g->who), .all = calloc(n + 1, sizeof *g->all),
                               .strata = calloc(n + 1, sizeof *g->strata), .tables = calloc(n + 1, sizeof *g->tables) };
    if (g->effects == NULL || g->cluster == NULL || g->who == NULL || g->all == NULL || g->strata == NULL ||
        g->tables == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (meta_is_in(studies[i], how, model))
            g->all[g->n++] = studies[i];
    for (size_t i = 0; i < g->n; i++) {
        const struct study *s = g->all[i];
        struct two_by_two t = meta_study_table(s);
        /* Beside pooled counts a study without events has no effect of its own to differ by, as in metafor. */
        if (!isnan(s->effect.y) && !(counts && how->measure != META_RD && s->evidence == STUDY_TABLE && table_is_double_zero(&t))) {
            g->who[g->k] = s;
            g->effects[g->k++] = s->effect;
        }
        if (!has_counts_to_pool(s, how))
            continue;
        if (how->zero_pooled && !(model == META_RANDOM && how->glmm))
            t = zero_rule_apply(&t, how->zero, how->added, any_zero);
        g->tables[g->n_strata] = s;
        g->strata[g->n_strata++] = (struct stratum){ t, 1 };
    }
    meta_number_clusters(g->who, g->k, g->cluster);
    return DYAD_OK;
}

void
meta_sample_release(struct meta_sample *g)
{
    free(g->effects);
    free(g->cluster);
    free(g->who);
    free(g->all);
    free(g->tables);
    free(g->strata);
}

struct multilevel_method
meta_multilevel_method(const struct meta_choices *how)
{
    return (struct multilevel_method){ how->method.estimator, how->rho,
                                       how->method.interval == META_T ? MULTILEVEL_RESIDUAL : MULTILEVEL_NORMAL,
                                       how->level };
}

static enum measure
measure_of(enum meta_measure m)
{
    return m == META_RR ? MEASURE_RR : m == META_RD ? MEASURE_RD : MEASURE_OR;
}

/* I2 and H2 from Q alone, as programs have them that do not take tau2. */
static void
i2_from_q(struct heterogeneity *h)
{
    if (!(h->df > 0))
        return;
    h->i2 = h->q > h->df ? 100 * (h->q - h->df) / h->q : 0;
    h->h2 = h->q / h->df;
    h->i2_low = h->i2_high = h->h2_low = h->h2_high = NAN; /* those of tau2 need not hold them between */
}

static enum dyad_status
pool_inverse_variance(const struct meta_sample *g, const struct meta_choices *how, enum meta_model model,
                      struct meta_pooled *out)
{
    struct meta_method method = how->method;
    struct meta_fit centre;
    struct heterogeneity about;
    const bool mh_dl = model == META_RANDOM && method.estimator == TAU2_MH_DL;
    enum dyad_status st;

    method.model = model;
    if (model == META_COMMON && method.interval == META_HKSJ)
        method.interval = META_WALD;
    if (mh_dl) {
        st = meta_mantel_haenszel(g->strata, g->n_strata, measure_of(how->measure), g->effects, g->k, how->level, &centre,
                                  &about);
        if (st != DYAD_OK)
            return st;
        method.given = centre.pooled.value;
    }
    if ((st = meta_pool(g->effects, g->k, &method, &out->fit)) != DYAD_OK ||
        (st = meta_heterogeneity(g->effects, g->k, &method, &out->differ)) != DYAD_OK)
        return st;
    if (mh_dl) {
        out->differ.q = about.q;
        out->differ.df = about.df;
        out->differ.p_value = about.p_value;
    }
    if (mh_dl || how->i2_from_q || model == META_COMMON)
        i2_from_q(&out->differ);
    if (model == META_COMMON)
        out->differ.tau2_low = out->differ.tau2_high = NAN;
    return DYAD_OK;
}

static enum dyad_status
pool_glmm(const struct meta_sample *g, const struct meta_choices *how, struct meta_pooled *out)
{
    struct meta_work work = META_WORK_INIT;
    struct two_by_two *tables = calloc(g->n_strata + 1, sizeof *tables);
    double *events = calloc(2 * g->n_strata + 1, sizeof *events), *totals = events ? events + g->n_strata : NULL;
    enum dyad_status st = tables && events ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < g->n_strata; i++) {
        tables[i] = g->strata[i].counts;
        events[i] = tables[i].a;
        totals[i] = tables[i].a + tables[i].b;
    }
    if (st == DYAD_OK)
        st = meta_measure_is_proportion(how->measure)
                 ? meta_glmm_proportion(events, totals, g->n_strata, GLMM_POINTS, &how->method, &work, &out->fit,
                                        &out->differ, &out->wald)
                 : meta_glmm(tables, g->n_strata, how->glmm_model, GLMM_POINTS, &how->method, &work, &out->fit,
                             &out->differ, &out->wald);
    meta_work_release(&work);
    free(tables);
    free(events);
    return st;
}

/* The three-level model: effects within clusters. */
static enum dyad_status
pool_clusters(const struct meta_sample *g, const struct meta_choices *how, struct meta_pooled *out)
{
    const struct clustered_effects data = { g->effects, g->cluster, g->k, NULL, 1 };
    const struct multilevel_method method = meta_multilevel_method(how);
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit;
    struct estimate b;
    double df;
    enum dyad_status st = meta_multilevel(&data, 1, &method, &work, &b, &df, NULL, &fit);

    if (st == DYAD_OK)
        st = meta_multilevel_limits(&data, &method, &work, &out->limits);
    if (st == DYAD_OK) {
        out->levels = fit;
        out->fit = (struct meta_fit){ .k = fit.k, .pooled = b, .statistic = b.value / b.std_error, .df = df,
                                      .pred_low = fit.pred_low, .pred_high = fit.pred_high, .tau2 = fit.total, .scale = 1 };
        out->differ = (struct heterogeneity){ .q = fit.residual.statistic, .df = fit.residual.df,
                                              .p_value = fit.residual.p_value, .tau2 = fit.total, .tau2_low = NAN,
                                              .tau2_high = NAN, .i2 = fit.i2, .i2_low = NAN, .i2_high = NAN,
                                              .h2 = 100 / (100 - fit.i2), .h2_low = NAN, .h2_high = NAN };
    }
    cluster_work_release(&work);
    return st;
}

static enum dyad_status
pool(const struct meta_sample *g, const struct meta_choices *how, enum meta_model model, struct meta_pooled *out)
{
    if (model == META_RANDOM && how->glmm)
        return pool_glmm(g, how, out);
    if (model == META_RANDOM && how->clustered && g->k > 1)
        return pool_clusters(g, how, out);
    if (!meta_pools_counts(how, model))
        return pool_inverse_variance(g, how, model, out);
    if (how->pool == POOL_PETO)
        return meta_peto(g->strata, g->n_strata, how->level, &out->fit, &out->differ);
    return meta_mantel_haenszel(g->strata, g->n_strata, measure_of(how->measure), g->effects, g->k, how->level, &out->fit,
                                &out->differ);
}

static int
compare(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(a) - isnan(b) : (a > b) - (a < b);
}

/* An order that does not depend on that of the file, so that sums do not. */
static int
in_canonical_order(const void *a, const void *b)
{
    const struct study *x = *(const struct study *const *)a, *y = *(const struct study *const *)b;
    int order = compare(x->effect.y, y->effect.y);

    order = order ? order : compare(x->effect.v, y->effect.v);
    order = order ? order : compare(x->counts.a, y->counts.a);
    order = order ? order : compare(x->counts.b, y->counts.b);
    order = order ? order : compare(x->counts.c, y->counts.c);
    order = order ? order : compare(x->counts.d, y->counts.d);
    return order ? order : strcmp(x->name, y->name);
}

static struct study **
sorted(struct study *const *studies, size_t n)
{
    struct study **out = calloc(n + 1, sizeof *out);

    for (size_t i = 0; out && i < n; i++)
        out[i] = studies[i];
    if (out)
        qsort(out, n, sizeof *out, in_canonical_order);
    return out;
}

enum dyad_status
meta_pool_studies(struct study *const *studies, size_t n, const struct meta_choices *how, enum meta_model model,
                  struct meta_pooled *out)
{
    struct meta_sample g = { .n = 0 };
    struct study **ordered = sorted(studies, n);
    enum dyad_status st = ordered ? meta_sample_take(ordered, n, how, model, &g) : DYAD_NOMEM;

    *out = (struct meta_pooled){ .model = model, .k = g.n };
    for (size_t i = 0; i < n; i++)
        if (meta_is_in(studies[i], how, model))
            out->n += meta_study_people(studies[i]);
    free(ordered);
    if (st == DYAD_OK && g.n > 0) {
        out->why = st = pool(&g, how, model, out);
        out->has_fit = st == DYAD_OK;
        if (st == DYAD_DOMAIN || st == DYAD_NOCONV)
            st = DYAD_OK;
    }
    meta_sample_release(&g);
    return st;
}

/* --- weights ------------------------------------------------------------------------------ */

enum dyad_status
meta_pool_weights(struct study *const *studies, size_t n, const struct meta_choices *how, const struct meta_pooled *pooled,
                  double *percent)
{
    struct meta_sample g = { .n = 0 };
    double *shares = calloc(n + 1, sizeof *shares);
    struct study **ordered = sorted(studies, n);
    enum dyad_status st = ordered ? meta_sample_take(ordered, n, how, pooled->model, &g) : DYAD_NOMEM;

    for (size_t i = 0; i < n; i++)
        percent[i] = NAN;
    if (shares == NULL)
        st = DYAD_NOMEM;
    if (st != DYAD_OK || !pooled->has_fit)
        goto done;
    if (pooled->model == META_RANDOM && (how->glmm || how->clustered))
        goto done; /* its weights are no numbers of single studies */
    if (!meta_pools_counts(how, pooled->model))
        st = meta_weights(g.effects, g.k, pooled->fit.tau2, shares);
    else if (how->pool == POOL_PETO)
        st = meta_peto_weights(g.strata, g.n_strata, shares);
    else
        st = meta_mantel_haenszel_weights(g.strata, g.n_strata, measure_of(how->measure), shares);
    const bool counts = meta_pools_counts(how, pooled->model);
    for (size_t k = 0; st == DYAD_OK && k < (counts ? g.n_strata : g.k); k++)
        for (size_t i = 0; i < n; i++)
            if (studies[i] == (counts ? g.tables[k] : g.who[k]))
                percent[i] = shares[k];
    if (st == DYAD_DOMAIN)
        st = DYAD_OK; /* no weights, as without any event */
done:
    meta_sample_release(&g);
    free(ordered);
    free(shares);
    return st;
}
