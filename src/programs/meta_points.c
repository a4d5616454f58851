#include "meta_picture.h"

#include "dyad/output/wording.h"
#include "dyad/stats/meta_bias.h"

#include "meta_scatter.h"

#include <math.h>
#include <stdlib.h>

/* The studies of one set as points, with what the pictures of them borrow. */
struct cloud {
    struct meta_points points;
    struct meta_sample sample;
    const char **names;
    struct two_by_two *tables;
    double *weights;
    struct meta_fit *without;
    struct effect *filled;
};

static void
cloud_release(struct cloud *c)
{
    meta_sample_release(&c->sample);
    free(c->names);
    free(c->tables);
    free(c->weights);
    free(c->without);
    free(c->filled);
}

/* Pooled again without each study, where inverse variances cannot say. */
static enum dyad_status
pool_without_each(const struct meta_choices *how, const struct meta_analysis *a, enum meta_model model, struct cloud *c)
{
    struct study **others = calloc(a->set.n + 1, sizeof *others);
    enum dyad_status st = others ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < c->sample.k; i++) {
        struct meta_pooled p;
        size_t n = 0;
        for (size_t k = 0; k < a->set.n; k++)
            if (a->set.studies[k] != c->sample.who[i])
                others[n++] = a->set.studies[k];
        st = meta_pool_studies(others, n, how, model, &p);
        c->without[i] = p.has_fit ? p.fit : (struct meta_fit){ .pooled = { NAN, NAN, NAN, NAN, NAN } };
    }
    free(others);
    return st;
}

static enum dyad_status
fill(const struct meta_choices *how, enum meta_model model, struct cloud *c)
{
    struct meta_method method = how->method;
    struct meta_work work = META_WORK_INIT;
    struct trim_and_fill filled;
    enum dyad_status st;

    method.model = model;
    if (model == META_COMMON && method.interval == META_HKSJ)
        method.interval = META_WALD;
    st = meta_trim_and_fill(c->sample.effects, c->sample.k, FILL_AUTOMATIC, &method, &work, c->filled, &filled);
    c->points.n_filled = st == DYAD_OK ? filled.filled : 0;
    meta_work_release(&work);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

/* Every study with an effect, under the last model of all studies. */
static enum dyad_status
gather(const struct options *o, const struct meta_choices *how, const struct meta_studies *all, const struct meta_analysis *a,
       struct cloud *c)
{
    const struct meta_pooled *p = &a->pooled[a->n_pooled - 1];
    const bool by_variances = !meta_pools_counts(how, p->model) &&
                              !(p->model == META_RANDOM && (how->clustered || how->method.estimator == TAU2_MH_DL));
    struct meta_choices effects_only = *how;
    bool tables = meta_measure_has_tables(how->measure);
    enum dyad_status st;

    effects_only.glmm = false;
    if ((st = meta_sample_take(a->set.studies, a->set.n, &effects_only, META_RANDOM, &c->sample)) != DYAD_OK)
        return st;
    const size_t k = c->sample.k;
    c->names = calloc(k + 1, sizeof *c->names);
    c->tables = calloc(k + 1, sizeof *c->tables);
    c->weights = calloc(k + 1, sizeof *c->weights);
    c->without = calloc(k + 1, sizeof *c->without);
    c->filled = calloc(k + 1, sizeof *c->filled);
    if (c->names == NULL || c->tables == NULL || c->weights == NULL || c->without == NULL || c->filled == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < k; i++) {
        c->names[i] = meta_study_label(all, c->sample.who[i]);
        c->tables[i] = c->sample.who[i]->counts;
        tables = tables && c->sample.who[i]->evidence == STUDY_TABLE;
    }
    if (k && meta_weights(c->sample.effects, k, p->fit.tau2, c->weights) != DYAD_OK)
        c->weights[0] = NAN;
    c->points = (struct meta_points){
        .k = k, .names = c->names, .effects = c->sample.effects, .tables = tables ? c->tables : NULL,
        .table_effect = meta_table_effect(how->measure), .weights = c->weights, .method = how->method, .fit = p->fit,
        .without = by_variances ? NULL : c->without, .filled = c->filled, .scale = meta_scale(how),
        .measure = wording_measure(meta_measure_name(how->measure)), .level = how->level
    };
    c->points.method.model = p->model;
    if (!by_variances && option_given(o, "baujat"))
        st = pool_without_each(how, a, p->model, c);
    if (st == DYAD_OK && option_given(o, "bias"))
        st = fill(how, p->model, c);
    return st;
}

static enum dyad_status
draw(const char *name, enum dyad_status (*picture)(const struct meta_points *, struct scatter *), const struct cloud *c,
     struct outcome *out, struct dyad_error *err)
{
    struct scatter *s = outcome_picture(out, name);
    const enum dyad_status st = picture(&c->points, s);

    if (st == DYAD_DOMAIN)
        return dyad_fail(err, DYAD_DOMAIN, "--%s: there is no such picture of these studies: it needs %s", name,
                         picture == meta_labbe ? "counts of both arms of every study" : "two studies or more with effects");
    return st == DYAD_NOMEM ? dyad_fail(err, st, "out of memory") : st;
}

enum dyad_status
meta_point_pictures(const struct options *o, const struct meta_choices *how, const struct meta_studies *all,
                    const struct meta_analysis *sets, size_t n, struct outcome *out, struct dyad_error *err)
{
    static const struct {
        const char *name;
        enum dyad_status (*picture)(const struct meta_points *, struct scatter *);
    } pictures[] = { { "funnel", meta_funnel }, { "labbe", meta_labbe }, { "baujat", meta_baujat }, { "radial", meta_radial } };
    struct cloud c = { .names = NULL };
    const char *first = NULL;
    enum dyad_status st = DYAD_OK;

    for (size_t i = sizeof pictures / sizeof pictures[0]; i-- > 0;)
        if (option_given(o, pictures[i].name))
            first = pictures[i].name;
    if (first == NULL)
        return DYAD_OK;
    if (n != 1)
        return dyad_fail(err, DYAD_USAGE, "--%s is of one set of studies: choose one with --where instead of --by", first);
    if (!sets[0].pooled[sets[0].n_pooled - 1].has_fit)
        return dyad_fail(err, DYAD_DOMAIN, "--%s: nothing is pooled", first);
    if ((st = gather(o, how, all, &sets[0], &c)) != DYAD_OK)
        dyad_fail(err, st, "out of memory");
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0] && st == DYAD_OK; i++)
        if (option_given(o, pictures[i].name))
            st = draw(pictures[i].name, pictures[i].picture, &c, out, err);
    cloud_release(&c);
    return st;
}
