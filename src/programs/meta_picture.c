#include "meta_picture.h"

#include "dyad/data/number.h"
#include "dyad/output/numeral.h"
#include "dyad/output/wording.h"

#include "labels.h"
#include "meta_forest.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Texts that a forest borrows, until it is drawn. */
struct words {
    struct text *at;
    size_t n, room;
};

/* A set as a forest plot wants it. */
struct easel {
    const struct options *o;
    const struct meta_choices *how;
    const struct meta_studies *all;
    const struct published_list *published;
    struct forest_study *studies;
    struct forest_pool *pools;
    struct forest_published *beside;
    struct words words;
    bool failed;
};

/* The next text; they do not move. */
static struct text *
word(struct easel *e)
{
    static struct text lost = TEXT_INIT;

    if (e->words.n == e->words.room) {
        e->failed = true;
        return &lost;
    }
    e->words.at[e->words.n] = (struct text)TEXT_INIT;
    return &e->words.at[e->words.n++];
}

static const char *
said(struct easel *e, const struct text *t)
{
    e->failed = e->failed || t->failed;
    return t->failed || t->at == NULL ? "" : t->at;
}

static struct estimate
shown(const struct easel *e, const struct estimate *x, double size)
{
    return (struct estimate){ meta_shown(e->how, size, x->value), x->std_error, meta_shown(e->how, size, x->lower),
                              meta_shown(e->how, size, x->upper), x->p_value };
}

static const char *
subgroup_heading(const struct easel *e, const char *code)
{
    return labels_value(e->all->cohort, option_text(e->o, "subgroup"), code);
}

/* --- studies ------------------------------------------------------------------------------ */

const char *
meta_study_label(const struct meta_studies *all, const struct study *s)
{
    const char *column = all->columns.names[ROLE_STUDY];

    return column ? labels_value(all->cohort, column, s->name) : s->name;
}

static void
put_counts(const struct study *s, struct forest_study *f)
{
    f->has_counts = s->evidence == STUDY_TABLE || s->evidence == STUDY_ARM;
    f->treated_events = s->counts.a;
    f->treated_total = s->counts.a + s->counts.b;
    f->control_events = s->evidence == STUDY_TABLE ? s->counts.c : NAN;
    f->control_total = s->evidence == STUDY_TABLE ? s->counts.c + s->counts.d : NAN;
}

static struct forest_study
study_of(const struct easel *e, const struct study *s, double weight, double weight_common)
{
    const struct meta_columns *c = &e->all->columns;
    const struct meta_method method = { .model = META_COMMON, .level = e->how->level };
    struct forest_study f = { .name = meta_study_label(e->all, s), .weight = weight, .weight_common = weight_common, .excluded = s->left_out != NULL,
                              .silent = s->evidence == STUDY_NOTHING,
                              .shown = { NAN, NAN, NAN, NAN, NAN } };
    struct meta_fit own;

    if (c->has_subgroup) {
        f.subgroup = analysis_level(e->all->cohort, c->subgroup, s->codes[c->subgroup]);
        f.heading = subgroup_heading(e, f.subgroup);
    }
    put_counts(s, &f);
    if (!isnan(s->effect.y) && meta_pool(&s->effect, 1, &method, &own) == DYAD_OK)
        f.shown = shown(e, &own.pooled, meta_study_people(s) / s->design_effect);
    return f;
}

/* --- pools -------------------------------------------------------------------------------- */

static void
put_sums(const struct easel *e, const struct meta_set *set, const struct meta_pooled *p, struct forest_pool *f)
{
    struct two_by_two sum = { 0, 0, 0, 0 };
    bool all = true, arms = false;

    for (size_t i = 0; i < set->n; i++) {
        const struct study *s = set->studies[i];
        if ((p->subgroup && s->codes[e->all->columns.subgroup] != p->subgroup) || !meta_is_in(s, e->how, p->model))
            continue;
        all = all && (s->evidence == STUDY_TABLE || s->evidence == STUDY_ARM);
        arms = arms || s->evidence == STUDY_TABLE;
        sum.a += s->counts.a;
        sum.b += s->counts.b;
        sum.c += s->counts.c;
        sum.d += s->counts.d;
    }
    f->treated_events = all ? sum.a : NAN;
    f->treated_total = all ? sum.a + sum.b : NAN;
    f->control_events = all && arms ? sum.c : NAN;
    f->control_total = all && arms ? sum.c + sum.d : NAN;
}

/* "p = 0.059", "p < 0.001" */
static void
say_p(struct easel *e, struct text *out, double p)
{
    struct text number = TEXT_INIT;

    numeral_p_value(&number, p);
    if (number.failed)
        e->failed = true;
    else if (*number.at == '<' || *number.at == '>')
        text_printf(out, "p %c %s", *number.at, number.at + 1);
    else
        text_printf(out, "p = %s", number.at);
    text_release(&number);
}

static const char *
say_heterogeneity(struct easel *e, const struct meta_pooled *p)
{
    const struct heterogeneity *h = &p->differ;
    struct text *t = word(e);

    if (!(h->df > 0))
        return NULL;
    if (!isnan(h->tau2)) {
        text_puts(t, "tau\u00b2 = ");
        numeral_put(t, NUMERAL_PLAIN, h->tau2);
        text_puts(t, ", ");
    }
    if (!isnan(h->i2)) {
        text_printf(t, "I\u00b2 = %.0f%%", h->i2);
        if (!isnan(h->i2_low) && !isnan(h->i2_high))
            text_printf(t, " (%.0f to %.0f)", h->i2_low, h->i2_high);
        text_puts(t, ", ");
    }
    text_printf(t, "Q = %.2f, df %.0f, ", h->q, h->df);
    say_p(e, t, h->p_value);
    return said(e, t);
}

static const char *
say_test(struct easel *e, const struct meta_fit *f)
{
    struct text *t = word(e);

    if (isnan(f->statistic) || meta_measure_is_proportion(e->how->measure))
        return NULL;
    text_printf(t, "%s = %.2f", isnan(f->df) ? "z" : "t", f->statistic);
    if (!isnan(f->df))
        text_printf(t, ", df %.0f", f->df);
    text_puts(t, ", ");
    say_p(e, t, f->pooled.p_value);
    return said(e, t);
}

static const char *
say_model(struct easel *e, const struct meta_pooled *p)
{
    static const char *const ways[] = { [POOL_INVERSE_VARIANCE] = "inverse variance", [POOL_MANTEL_HAENSZEL] = "Mantel-Haenszel",
                                        [POOL_PETO] = "Peto" };
    const char *name = meta_estimator_name(e->how, p->model);
    struct text *t = word(e);

    if (p->model == META_COMMON) {
        text_printf(t, "Common effect (%s)", ways[e->how->pool]);
        return said(e, t);
    }
    text_puts(t, "Random effects (");
    wording_capitals(t, name);
    text_printf(t, "%s)", e->how->method.interval == META_HKSJ ? ", HKSJ" : "");
    return said(e, t);
}

static struct forest_pool
pool_of(struct easel *e, const struct meta_set *set, const struct meta_pooled *p, double size)
{
    struct forest_pool f = { .k = p->k, .common = p->model == META_COMMON, .shown = { NAN, NAN, NAN, NAN, NAN }, .pred_low = NAN, .pred_high = NAN };

    if (p->subgroup) {
        f.subgroup = analysis_level(e->all->cohort, e->all->columns.subgroup, p->subgroup);
        f.heading = subgroup_heading(e, f.subgroup);
    }
    f.label = say_model(e, p);
    put_sums(e, set, p, &f);
    if (!p->has_fit)
        return f;
    f.shown = shown(e, &p->fit.pooled, size);
    if (p->model == META_RANDOM) {
        f.pred_low = meta_shown(e->how, size, p->fit.pred_low);
        f.pred_high = meta_shown(e->how, size, p->fit.pred_high);
    }
    if (p->model == META_RANDOM || !e->how->random)
        f.heterogeneity = say_heterogeneity(e, p);
    f.test = say_test(e, &p->fit);
    return f;
}

static void
put_published(struct easel *e, const struct meta_set *set, struct forest *f)
{
    for (size_t i = 0; i < e->published->n; i++) {
        const struct published *p = &e->published->at[i];
        if (published_is_of(p, e->all, set))
            e->beside[f->n_published++] =
                (struct forest_published){ p->label, { p->estimate, NAN, p->low, p->high, NAN } };
    }
    f->published = e->beside;
}

/* Between the subgroups, under the last model. */
static const char *
say_subgroups(struct easel *e, const struct meta_analysis *a)
{
    const enum meta_model model = a->pooled[a->n_pooled - 1].model;
    struct meta_fit *fits = calloc(a->n_pooled + 1, sizeof *fits);
    struct text *t = word(e);
    struct test test;
    size_t n = 0;
    const char *out = NULL;

    for (size_t i = 0; fits && i < a->n_pooled; i++)
        if (a->pooled[i].subgroup && a->pooled[i].model == model && a->pooled[i].has_fit)
            fits[n++] = a->pooled[i].fit;
    e->failed = e->failed || fits == NULL;
    if (n >= 2 && meta_subgroups(fits, n, &test) == DYAD_OK) {
        text_printf(t, "Q = %.2f, df %.0f, ", test.statistic, test.df);
        say_p(e, t, test.p_value);
        out = said(e, t);
    }
    free(fits);
    return out;
}

/* --- the forest --------------------------------------------------------------------------- */

/* "Initiation", but "arm = 2": a number says nothing without its column. */
static void
name_value(const struct cohort *c, struct text *t, const char *column, const char *code)
{
    const char *value = labels_value(c, column, code);
    const bool first = t->length == 0, rises = first && islower((unsigned char)value[0]) && islower((unsigned char)value[1]);
    double number;

    text_puts(t, first ? "" : ", ");
    if (number_parse(value, strlen(value), '.', &number) == NUMBER_GOOD)
        text_printf(t, "%s = %s", labels_column(c, column), value);
    else
        text_printf(t, "%c%s", rises ? toupper((unsigned char)value[0]) : value[0], value[0] ? value + 1 : "");
}

static const char *
name_set(struct easel *e, const struct meta_set *set)
{
    const struct grouping *by = &e->all->columns.by;
    struct text *t = word(e);

    for (size_t i = 0; i < by->n; i++)
        name_value(e->all->cohort, t, by->names[i],
                   analysis_level(e->all->cohort, by->factors[i], set->codes[by->factors[i]]));
    return by->n ? said(e, t) : NULL;
}

static void
fill_cumulative(struct easel *e, const struct meta_analysis *a, struct forest *f)
{
    const enum meta_model model = a->pooled[a->n_pooled - 1].model;
    const size_t factor = e->all->columns.order;
    struct study **ordered = calloc(a->set.n + 1, sizeof *ordered);
    size_t n = 0;

    e->failed = e->failed || ordered == NULL;
    if (ordered)
        n = meta_order(&a->set, e->how, model, factor, ordered);
    for (size_t k = 0; k < n; k++) {
        struct meta_pooled p;
        e->studies[k] = study_of(e, ordered[k], NAN, NAN);
        e->studies[k].shown = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
        if (meta_pool_studies(ordered, k + 1, e->how, model, &p) != DYAD_OK)
            e->failed = true;
        else if (p.has_fit)
            e->studies[k].shown = shown(e, &p.fit.pooled, meta_size(ordered, k + 1));
    }
    f->n_studies = n;
    f->cumulative = true;
    free(ordered);
}

static enum plot_layout
layout_of(const struct options *o)
{
    const char *typed = option_text(o, "layout");

    return typed && strcmp(typed, "revman") == 0 ? PLOT_LAYOUT_REVMAN
           : typed && strcmp(typed, "jama") == 0 ? PLOT_LAYOUT_JAMA
                                                 : PLOT_LAYOUT_PLAIN;
}

static void
draw_set(struct easel *e, const struct meta_analysis *a, struct plot *p)
{
    size_t n_favours;
    const char *const *favours = option_list(e->o, "favours", &n_favours);
    struct text *contrast = word(e);
    struct forest f = { .panel = name_set(e, &a->set), .measure = meta_measure_name(e->how->measure),
                        .scale = meta_scale(e->how), .level = e->how->level, .studies = e->studies,
                        .n_studies = a->set.n, .pools = e->pools, .layout = layout_of(e->o) };
    struct study **some = calloc(a->set.n + 1, sizeof *some);

    meta_contrast(e->how, contrast);
    f.contrast = said(e, contrast);
    /* What a generic estimate is high or low with only --arms can tell. */
    if (!meta_measure_is_proportion(e->how->measure) && (e->how->measure != META_GENERIC || option_given(e->o, "arms"))) {
        f.treated = e->how->treated;
        f.control = e->how->control;
    }
    if (n_favours == 2) {
        f.favours_low = favours[0];
        f.favours_high = favours[1];
    }
    for (size_t i = 0; i < a->set.n; i++)
        e->studies[i] = study_of(e, a->set.studies[i], a->weights[i], a->weights_common ? a->weights_common[i] : NAN);
    for (size_t i = 0; some && i < a->n_pooled; i++) {
        const size_t n = meta_subset(&a->set, e->all->columns.subgroup, a->pooled[i].subgroup, some);
        e->pools[f.n_pools++] = pool_of(e, &a->set, &a->pooled[i], meta_size(some, n));
    }
    put_published(e, &a->set, &f);
    f.subgroup_test = say_subgroups(e, a);
    if (e->all->columns.has_order)
        fill_cumulative(e, a, &f);
    e->failed = e->failed || some == NULL;
    free(some);
    if (!e->failed)
        meta_forest(&f, p);
}

/* Room for every word of a set: a few for each pool, and the set's own. */
static enum dyad_status
draw_forest(const struct options *o, const struct meta_choices *how, const struct meta_studies *all,
            const struct published_list *published, const struct meta_analysis *a, struct plot *p)
{
    struct easel e = { .o = o, .how = how, .all = all, .published = published, .words = { .room = 4 * a->n_pooled + 8 } };
    enum dyad_status st = DYAD_OK;

    e.studies = calloc(a->set.n + 1, sizeof *e.studies);
    e.pools = calloc(a->n_pooled + 1, sizeof *e.pools);
    e.beside = calloc(published->n + 1, sizeof *e.beside);
    e.words.at = calloc(e.words.room, sizeof *e.words.at);
    if (e.studies && e.pools && e.beside && e.words.at)
        draw_set(&e, a, p);
    else
        st = DYAD_NOMEM;
    for (size_t i = 0; i < e.words.n; i++)
        text_release(&e.words.at[i]);
    free(e.words.at);
    free(e.studies);
    free(e.pools);
    free(e.beside);
    return st == DYAD_OK && e.failed ? DYAD_NOMEM : st;
}

enum dyad_status
meta_pictures(const struct options *o, const struct meta_choices *how, const struct meta_studies *all,
              const struct published_list *published, const struct meta_analysis *sets, size_t n, struct outcome *out,
              struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (option_given(o, "plot") || option_given(o, "plot-data")) {
        for (size_t i = 0; i < n && st == DYAD_OK; i++)
            st = draw_forest(o, how, all, published, &sets[i], &out->plot);
        out->has_plot = true;
    }
    if (st != DYAD_OK)
        return dyad_fail(err, st, "out of memory");
    return meta_point_pictures(o, how, all, sets, n, out, err);
}
