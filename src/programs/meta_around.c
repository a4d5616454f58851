#include "meta_report.h"

#include "dyad/data/levels.h"
#include "dyad/stats/meta_bias.h"
#include "dyad/stats/meta_influence.h"
#include "dyad/stats/meta_robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *
model_name(enum meta_model model)
{
    return model == META_COMMON ? "common" : "random";
}

/* A pooled estimate with its test, on the scale it is read on. */
static void
set_fit(struct meta_report *m, struct table *t, const struct meta_fit *f, double size)
{
    table_set_number(t, "estimate", meta_shown(m->how, size, f->pooled.value));
    table_set_number(t, "std_error", f->pooled.std_error);
    table_set_number(t, "conf_low", meta_shown(m->how, size, f->pooled.lower));
    table_set_number(t, "conf_high", meta_shown(m->how, size, f->pooled.upper));
    if (meta_measure_is_proportion(m->how->measure))
        return;
    table_set_number(t, "statistic", f->statistic);
    table_set_number(t, "df", f->df);
    table_set_number(t, "p_value", f->pooled.p_value);
}

static void
test_row(struct meta_report *m, const struct meta_set *set, const char *model, const char *name, const struct test *test)
{
    meta_group_row(m, m->tests, SCALE_NUMBER, set);
    if (model)
        table_set_text(m->tests, "model", model);
    table_set_text(m->tests, "test", name);
    table_set_number(m->tests, "statistic", test->statistic);
    table_set_number(m->tests, "df", test->df);
    table_set_number(m->tests, "p_value", test->p_value);
}

/* --- bias --------------------------------------------------------------------------------- */

static void
line_row(struct meta_report *m, const struct meta_set *set, const char *name, enum dyad_status st,
         const struct bias_line *line, const char *otherwise)
{
    if (st != DYAD_OK) {
        result_note(m->r, "No test %s: %s.", name, otherwise);
        return;
    }
    test_row(m, set, NULL, name, &line->test);
    table_set_number(m->tests, "estimate", line->slope.value);
    table_set_number(m->tests, "std_error", line->slope.std_error);
}

/* Those of two arms: studies without counts or without an event cannot be in them. */
static enum dyad_status
table_tests(struct meta_report *m, const struct meta_set *set, const struct meta_sample *g)
{
    struct two_by_two *tables = calloc(g->k + 1, sizeof *tables);
    struct effect *effects = calloc(g->k + 1, sizeof *effects);
    struct meta_work work = META_WORK_INIT;
    struct bias_line line;
    size_t k = 0;
    enum dyad_status st = tables && effects ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < g->k; i++) {
        const struct two_by_two t = meta_study_table(g->who[i]);
        if (g->who[i]->evidence != STUDY_TABLE || table_is_double_zero(&t))
            continue;
        tables[k] = t;
        effects[k++] = g->effects[i];
    }
    if (st == DYAD_OK && k < g->k)
        result_note(m->r, "Peters' and Harbord's tests are of the %zu studies with counts and events.", k);
    if (st == DYAD_OK) {
        static const char needed[] = "it needs three studies or more with counts, of different sizes";
        st = k < 3 ? DYAD_DOMAIN : meta_bias_peters(tables, effects, k, m->how->level, &line);
        line_row(m, set, "peters", st, &line, needed);
        st = k < 3 ? DYAD_DOMAIN : meta_bias_harbord(tables, k, m->how->level, &work, &line);
        if (st != DYAD_NOMEM) {
            line_row(m, set, "harbord", st, &line, needed);
            st = DYAD_OK;
        }
    }
    meta_work_release(&work);
    free(tables);
    free(effects);
    return st;
}

static enum dyad_status
fill_row(struct meta_report *m, const struct meta_set *set, const struct meta_sample *g, enum meta_model model)
{
    struct effect *mirrored = calloc(g->k + 1, sizeof *mirrored);
    struct meta_work work = META_WORK_INIT;
    struct meta_method method = m->how->method;
    struct trim_and_fill filled;
    const bool by_variances = !meta_pools_counts(m->how, model) &&
                              !(model == META_RANDOM && method.estimator == TAU2_MH_DL);
    enum dyad_status st;

    method.model = model;
    if (model == META_COMMON)
        method.interval = method.interval == META_HKSJ ? META_WALD : method.interval;
    if (mirrored == NULL)
        return DYAD_NOMEM;
    st = by_variances ? meta_trim_and_fill(g->effects, g->k, FILL_AUTOMATIC, &method, &work, mirrored, &filled) : DYAD_DOMAIN;
    if (st == DYAD_OK) {
        meta_group_row(m, m->filled, meta_scale(m->how), set);
        table_set_text(m->filled, "model", model_name(model));
        table_set_text(m->filled, "side", filled.side == FILL_LEFT ? "left" : "right");
        table_set_number(m->filled, "filled", (double)filled.filled);
        table_set_number(m->filled, "filled_std_error", filled.filled_std_error);
        table_set_number(m->filled, "k", (double)filled.fit.k);
        set_fit(m, m->filled, &filled.fit, meta_size(set->studies, set->n));
        if (model == META_RANDOM)
            table_set_number(m->filled, "tau2", filled.fit.tau2);
    } else if (st != DYAD_NOMEM) {
        result_note(m->r, "No trim-and-fill under the %s model%s: it needs three studies or more whose errors differ, "
                          "pooled by inverse variances.", model == META_COMMON ? "common-effect" : "random-effects",
                    by_variances ? "" : ", which pools counts");
        st = DYAD_OK;
    }
    meta_work_release(&work);
    free(mirrored);
    return st;
}

static enum dyad_status
bias_rows(struct meta_report *m, const struct meta_set *set)
{
    struct meta_choices how = *m->how;
    struct meta_sample g;
    struct meta_work work = META_WORK_INIT;
    struct bias_line line;
    struct test begg;
    double safe;
    enum dyad_status st;

    how.glmm = false; /* of the studies' own effects */
    if ((st = meta_sample_take(set->studies, set->n, &how, META_RANDOM, &g)) != DYAD_OK)
        goto done;
    if (m->how->glmm || (how.common && how.pool != POOL_INVERSE_VARIANCE))
        result_note(m->r, "Egger's and Begg's tests are of the studies' own effects%s, not of the counts that are pooled.",
                    how.zero == ZERO_NONE ? "" : ", with what --zero adds");
    line_row(m, set, "egger", g.k < 3 ? DYAD_DOMAIN : meta_bias_egger(g.effects, g.k, how.level, &line), &line,
             "it needs three studies or more whose errors differ");
    if ((st = meta_bias_begg(g.effects, g.k, &work, &begg)) == DYAD_NOMEM)
        goto done;
    if (st == DYAD_OK && !isnan(begg.statistic))
        test_row(m, set, NULL, "begg", &begg);
    else
        result_note(m->r, "No test begg: it needs two studies or more whose effects and errors differ.");
    if (meta_measure_has_tables(how.measure) && (st = table_tests(m, set, &g)) != DYAD_OK)
        goto done;
    if (how.common && (st = fill_row(m, set, &g, META_COMMON)) != DYAD_OK)
        goto done;
    if (how.random && (st = fill_row(m, set, &g, META_RANDOM)) != DYAD_OK)
        goto done;
    if (g.k && meta_fail_safe_n(g.effects, g.k, 0.05, &safe) == DYAD_OK) {
        meta_group_row(m, m->tests, SCALE_NUMBER, set);
        table_set_text(m->tests, "test", "fail-safe-n");
        table_set_number(m->tests, "estimate", safe);
    }
    if (g.k < 10)
        result_note(m->r, "Fewer than ten studies: tests of small-study effects can hardly tell anything.");
    st = DYAD_OK;
done:
    meta_work_release(&work);
    meta_sample_release(&g);
    return st;
}

/* --- influence ---------------------------------------------------------------------------- */

static void
set_heterogeneity(struct table *t, const struct meta_pooled *p)
{
    table_set_number(t, "q", p->differ.q);
    if (p->model == META_RANDOM)
        table_set_number(t, "tau2", p->differ.tau2);
    table_set_number(t, "i2", p->differ.i2);
}

static void
set_influence(struct table *t, const struct influence *x)
{
    table_set_number(t, "hat", x->hat);
    table_set_number(t, "weight", x->weight);
    table_set_number(t, "rstudent", x->rstudent);
    table_set_number(t, "dffits", x->dffits);
    table_set_number(t, "cook", x->cook);
    table_set_number(t, "cov_ratio", x->cov_ratio);
    table_set_number(t, "dfbetas", x->dfbetas);
    table_set_text(t, "influential", x->is_influential ? "yes" : "no");
}

/* Diagnostics of effects pooled by inverse variances; false where the method has none. */
static enum dyad_status
diagnose(const struct meta_report *m, const struct meta_sample *g, enum meta_model model, struct influence *out, bool *has)
{
    struct meta_method method = m->how->method;
    struct meta_work work = META_WORK_INIT;
    enum dyad_status st;

    *has = false;
    if (meta_pools_counts(m->how, model) ||
        (model == META_RANDOM && (m->how->clustered || method.estimator == TAU2_MH_DL)) || g->k < 2)
        return DYAD_OK;
    method.model = model;
    if (model == META_COMMON && method.interval == META_HKSJ)
        method.interval = META_WALD;
    st = meta_influence(g->effects, g->k, &method, &work, out);
    meta_work_release(&work);
    *has = st == DYAD_OK;
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

static enum dyad_status
influence_rows(struct meta_report *m, const struct meta_set *set, enum meta_model model)
{
    struct meta_sample g;
    struct study **others = calloc(set->n + 1, sizeof *others);
    struct influence *x = calloc(set->n + 1, sizeof *x);
    enum dyad_status st = meta_sample_take(set->studies, set->n, m->how, model, &g);
    bool has = false;

    if (others == NULL || x == NULL)
        st = DYAD_NOMEM;
    if (st == DYAD_OK)
        st = diagnose(m, &g, model, x, &has);
    if (st == DYAD_OK && g.n < 2)
        result_note(m->r, "One study: nothing is left without it.");
    else if (st == DYAD_OK && !has)
        result_note(m->r, "Under the %s model only the estimates without each study are given: the diagnostics are of "
                          "effects pooled by inverse variances.",
                    model == META_COMMON ? "common-effect" : "random-effects");
    for (size_t i = 0; st == DYAD_OK && i < set->n; i++) {
        struct meta_pooled p;
        size_t n = 0;
        if (!meta_is_in(set->studies[i], m->how, model))
            continue;
        for (size_t k = 0; k < set->n; k++)
            if (k != i)
                others[n++] = set->studies[k];
        if ((st = meta_pool_studies(others, n, m->how, model, &p)) != DYAD_OK)
            break;
        meta_group_row(m, m->influence, meta_scale(m->how), set);
        table_set_text(m->influence, "study", set->studies[i]->name);
        table_set_text(m->influence, "model", model_name(model));
        if (p.has_fit) {
            set_fit(m, m->influence, &p.fit, meta_size(others, n));
            set_heterogeneity(m->influence, &p);
        }
        for (size_t k = 0; has && k < g.k; k++)
            if (g.who[k] == set->studies[i])
                set_influence(m->influence, &x[k]);
    }
    meta_sample_release(&g);
    free(others);
    free(x);
    return st;
}

/* --- cumulative --------------------------------------------------------------------------- */

size_t
meta_order(const struct meta_set *set, const struct meta_choices *how, enum meta_model model, size_t factor,
           struct study **out)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++) {
        struct study *s = set->studies[i];
        size_t at = n;
        if (!meta_is_in(s, how, model) || s->codes[factor] == 0)
            continue;
        for (; at > 0 && out[at - 1]->codes[factor] > s->codes[factor]; at--)
            out[at] = out[at - 1];
        out[at] = s;
        n++;
    }
    return n;
}

static enum dyad_status
cumulative_rows(struct meta_report *m, const struct meta_set *set, enum meta_model model)
{
    struct study **ordered = calloc(set->n + 1, sizeof *ordered);
    enum dyad_status st = ordered ? DYAD_OK : DYAD_NOMEM;
    const size_t n = ordered ? meta_order(set, m->how, model, m->all->columns.order, ordered) : 0;

    for (size_t k = 1; st == DYAD_OK && k <= n; k++) {
        struct meta_pooled p;
        if ((st = meta_pool_studies(ordered, k, m->how, model, &p)) != DYAD_OK)
            break;
        meta_group_row(m, m->cumulative, meta_scale(m->how), set);
        table_set_text(m->cumulative, "study", ordered[k - 1]->name);
        table_set_text(m->cumulative, "order",
                       analysis_level(m->all->cohort, m->all->columns.order, ordered[k - 1]->codes[m->all->columns.order]));
        table_set_text(m->cumulative, "model", model_name(model));
        table_set_number(m->cumulative, "k", (double)p.k);
        if (p.has_fit) {
            set_fit(m, m->cumulative, &p.fit, meta_size(ordered, k));
            set_heterogeneity(m->cumulative, &p);
        }
    }
    free(ordered);
    return st;
}

/* --- clusters ----------------------------------------------------------------------------- */

void
meta_robust_row(struct meta_report *m, const struct meta_set *set, const char *analysis, const char *subgroup,
                const char *term, const struct estimate *e, double df)
{
    struct table *t = m->robust;

    meta_group_row(m, t, SCALE_NUMBER, set);
    table_set_text(t, "analysis", analysis);
    if (subgroup && *subgroup)
        table_set_text(t, "subgroup", subgroup);
    table_set_text(t, "term", term);
    table_set_number(t, "estimate", e->value);
    table_set_number(t, "std_error", e->std_error);
    table_set_number(t, "statistic", e->value / e->std_error);
    table_set_number(t, "df", df);
    table_set_number(t, "p_value", e->p_value);
    table_set_number(t, "conf_low", e->lower);
    table_set_number(t, "conf_high", e->upper);
    table_set_text(t, "method", "cr2");
    if (!meta_measure_is_ratio(m->how->measure))
        return;
    table_set_number(t, "ratio", exp(e->value));
    table_set_number(t, "ratio_low", exp(e->lower));
    table_set_number(t, "ratio_high", exp(e->upper));
}

/* The pooled effect with errors that hold whatever the correlations within clusters are. */
static enum dyad_status
robust_rows(struct meta_report *m, const struct meta_analysis *a)
{
    struct study **some = calloc(a->set.n + 1, sizeof *some);
    enum dyad_status st = some ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < a->n_pooled; i++) {
        const struct meta_pooled *p = &a->pooled[i];
        const struct working_model working = { p->levels.between, p->levels.within, m->how->rho };
        struct robust robust = ROBUST_INIT;
        struct meta_sample g;
        struct estimate e;
        double df;
        const size_t n = meta_subset(&a->set, m->all->columns.subgroup, p->subgroup, some);
        if (p->model != META_RANDOM || !p->has_fit || p->levels.clusters < 2)
            continue;
        st = meta_sample_take(some, n, m->how, META_RANDOM, &g);
        const struct clustered_effects data = { g.effects, g.cluster, g.k, NULL, 1 };
        const struct working_model in_one = { 0, p->levels.total, m->how->rho };
        if (st == DYAD_OK)
            st = meta_robust(&data, isnan(working.between) ? &in_one : &working, ROBUST_CR2, &robust);
        if (st == DYAD_OK && meta_robust_coefficients(&robust, m->how->level, &e, &df) == DYAD_OK)
            meta_robust_row(m, &a->set, "pooled", p->subgroup ? analysis_level(m->all->cohort, m->all->columns.subgroup, p->subgroup)
                                                    : NULL, "(Intercept)", &e, df);
        else if (st != DYAD_NOMEM)
            st = DYAD_OK;
        meta_sample_release(&g);
        robust_release(&robust);
    }
    free(some);
    return st;
}

enum dyad_status
meta_report_around(struct meta_report *m, const struct meta_analysis *a, struct dyad_error *err)
{
    static const enum meta_model models[] = { META_COMMON, META_RANDOM };
    enum dyad_status st = DYAD_OK;

    if (m->filled)
        st = bias_rows(m, &a->set);
    if (st == DYAD_OK && m->robust)
        st = robust_rows(m, a);
    for (size_t i = 0; i < 2 && st == DYAD_OK; i++) {
        if (models[i] == META_COMMON ? !m->how->common : !m->how->random)
            continue;
        if (m->influence)
            st = influence_rows(m, &a->set, models[i]);
        if (st == DYAD_OK && m->cumulative)
            st = cumulative_rows(m, &a->set, models[i]);
    }
    return st == DYAD_OK ? st : dyad_fail(err, st, "out of memory");
}
