#include "meta_report.h"

#include "dyad/data/levels.h"
#include "dyad/data/number.h"
#include "dyad/stats/meta_robust.h"

#include "design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A meta-regression under way: studies that have an effect and all moderators. */
struct regression {
    struct meta_report *m;
    const struct meta_set *set;
    const struct study **who;
    struct effect *effects;
    size_t *cluster;
    size_t k, dropped;
    struct column_values *values; /* of each column of the formula */
    struct design design;
    double *x, *offset;
    struct estimate *b;
    double *df, *covariance;
    size_t p, fixed;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- values of the moderators ------------------------------------------------------------- */

/* Numbers of a column, NaN where missing. */
static double *
numbers_of(const struct regression *g, size_t factor)
{
    const char decimal = g->m->o->cohort.decimal ? g->m->o->cohort.decimal : '.';
    double *out = calloc(g->k + 1, sizeof *out);

    for (size_t i = 0; out && i < g->k; i++) {
        const uint32_t code = g->who[i]->codes[factor];
        const char *text = analysis_level(g->m->all->cohort, factor, code);
        if (code == 0 || number_parse(text, strlen(text), decimal, &out[i]) != NUMBER_GOOD)
            out[i] = NAN;
    }
    return out;
}

static uint32_t *
codes_of(const struct regression *g, size_t factor)
{
    uint32_t *out = calloc(g->k + 1, sizeof *out);

    for (size_t i = 0; out && i < g->k; i++)
        out[i] = g->who[i]->codes[factor];
    return out;
}

/* How many of the file's values are numbers: all, none or some; the first that is none. */
static size_t
count_numbers(const struct regression *g, size_t factor, size_t *n, const struct level **text)
{
    const char decimal = g->m->o->cohort.decimal ? g->m->o->cohort.decimal : '.';
    const struct level *levels = cohort_levels(g->m->all->cohort, factor, n);
    size_t numbers = 0;
    double number;

    *text = NULL;
    for (size_t i = 0; i < *n; i++) {
        const bool is_number = number_parse(levels[i].text, levels[i].length, decimal, &number) == NUMBER_GOOD;
        numbers += is_number;
        if (!is_number && (*text == NULL || place_before(levels[i].first, (*text)->first)))
            *text = &levels[i];
    }
    return numbers;
}

/* A column as its uses in the formula want it: numbers, codes, or by its values. */
static enum dyad_status
take_column(struct regression *g, size_t column, struct dyad_error *err)
{
    const struct formula_column *use = &g->m->all->columns.formula.columns[column];
    const size_t factor = g->m->all->columns.moderators[column];
    struct column_values *v = &g->values[column];
    const struct level *text;
    size_t n;
    const size_t numbers = count_numbers(g, factor, &n, &text);
    const struct level *levels = cohort_levels(g->m->all->cohort, factor, &n);

    if (text && (use->number || (use->plain && numbers)))
        return cohort_refuse(g->m->all->cohort, text, use->name,
                             use->number ? "holds no number where the formula needs one"
                                         : "holds both numbers and text: write factor() around it, or name what is missing "
                                           "with --na", err);
    const bool as_number = use->number || (use->plain && numbers), as_factor = use->factor || (use->plain && !numbers);
    const char **names = calloc(n + 1, sizeof *names);
    *v = (struct column_values){ .name = use->name, .numbers = as_number ? numbers_of(g, factor) : NULL,
                                 .codes = as_factor ? codes_of(g, factor) : NULL, .levels = names, .n_levels = n };
    for (size_t i = 0; names && i < n; i++)
        names[i] = levels[i].text;
    return names && (v->numbers || !as_number) && (v->codes || !as_factor) ? DYAD_OK : no_memory(err);
}

static void
drop_values(struct regression *g)
{
    for (size_t i = 0; g->values && i < g->m->all->columns.formula.n_columns; i++) {
        free((void *)(uintptr_t)g->values[i].numbers);
        free((void *)(uintptr_t)g->values[i].codes);
        free((void *)(uintptr_t)g->values[i].levels);
        g->values[i] = (struct column_values){ .name = NULL };
    }
}

static enum dyad_status
take_columns(struct regression *g, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    drop_values(g);
    for (size_t i = 0; i < g->m->all->columns.formula.n_columns && st == DYAD_OK; i++)
        st = take_column(g, i, err);
    return st;
}

/* --- the studies -------------------------------------------------------------------------- */

/* Those with an effect; then those of them that have every moderator. */
static enum dyad_status
take_studies(struct regression *g, struct dyad_error *err)
{
    struct meta_sample sample;
    bool *complete = calloc(g->set->n + 1, sizeof *complete);
    enum dyad_status st = meta_sample_take(g->set->studies, g->set->n, g->m->how, META_RANDOM, &sample);
    size_t kept = 0;

    if (st != DYAD_OK || complete == NULL) {
        meta_sample_release(&sample);
        free(complete);
        return no_memory(err);
    }
    g->k = sample.k;
    memcpy(g->who, sample.who, sample.k * sizeof *g->who);
    if ((st = take_columns(g, err)) == DYAD_OK) {
        design_complete(&g->m->all->columns.formula, g->values, g->k, complete);
        for (size_t i = 0; i < sample.k; i++)
            if (complete[i]) {
                g->who[kept] = sample.who[i];
                g->effects[kept++] = sample.effects[i];
            }
        g->dropped = g->k - kept;
        g->k = kept;
        meta_number_clusters(g->who, kept, g->cluster);
        st = take_columns(g, err);
    }
    meta_sample_release(&sample);
    free(complete);
    return st;
}

static enum dyad_status
make_design(struct regression *g, struct dyad_error *err)
{
    const struct formula *f = &g->m->all->columns.formula;
    enum dyad_status st;

    if ((st = design_columns(f, g->values, NULL, g->k, &g->design, err)) != DYAD_OK)
        return st;
    g->p = g->design.n_columns;
    g->fixed = f->intercept;
    g->x = calloc(g->k * g->p + 1, sizeof *g->x);
    g->offset = calloc(g->k + 1, sizeof *g->offset);
    g->b = calloc(g->p + 1, sizeof *g->b);
    g->df = calloc(g->p + 1, sizeof *g->df);
    g->covariance = calloc(g->p * g->p + 1, sizeof *g->covariance);
    if (g->x == NULL || g->offset == NULL || g->b == NULL || g->df == NULL || g->covariance == NULL)
        return no_memory(err);
    if ((st = design_fill(&g->design, g->values, g->k, g->x, g->offset, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < g->k; i++)
        g->effects[i].y -= g->offset[i];
    return DYAD_OK;
}

/* --- the fit ------------------------------------------------------------------------------ */

static void
fit_row(const struct regression *g, const char *name, double value)
{
    meta_group_row(g->m, g->m->fit, SCALE_NUMBER, g->set);
    table_set_text(g->m->fit, "name", name);
    table_set_number(g->m->fit, "value", value);
}

static void
test_row(const struct regression *g, const char *term, const char *name, double statistic, double df, double df_residual,
         double p)
{
    struct table *t = g->m->tests;

    meta_group_row(g->m, t, SCALE_NUMBER, g->set);
    table_set_text(t, "model", g->m->how->random ? "random" : "common");
    if (term)
        table_set_text(t, "term", term);
    table_set_text(t, "test", name);
    table_set_number(t, "statistic", statistic);
    table_set_number(t, "df", df);
    table_set_number(t, "df_residual", df_residual);
    table_set_number(t, "p_value", p);
}

static void
coefficient_rows(const struct regression *g)
{
    const bool ratio = meta_measure_is_ratio(g->m->how->measure);
    struct table *t = g->m->moderators;

    for (size_t i = 0; i < g->p; i++) {
        const struct estimate *e = &g->b[i];
        meta_group_row(g->m, t, SCALE_NUMBER, g->set);
        table_set_text(t, "term", g->design.columns[i].name);
        table_set_number(t, "estimate", e->value);
        table_set_number(t, "std_error", e->std_error);
        table_set_number(t, "statistic", e->value / e->std_error);
        table_set_number(t, "df", g->df[i]);
        table_set_number(t, "p_value", e->p_value);
        table_set_number(t, "conf_low", e->lower);
        table_set_number(t, "conf_high", e->upper);
        if (!ratio)
            continue;
        table_set_number(t, "ratio", exp(e->value));
        table_set_number(t, "ratio_low", exp(e->lower));
        table_set_number(t, "ratio_high", exp(e->upper));
    }
}

/* First column of a term, and how many it has. */
static size_t
term_columns(const struct regression *g, size_t term, size_t *first)
{
    size_t n = 0;

    for (size_t i = g->p; i-- > 0;)
        if (g->design.columns[i].term == term) {
            *first = i;
            n++;
        }
    return n;
}

/* The first column that those before it already say, by Gram and Schmidt; g->p where there is none. */
static size_t
first_dependent(const struct regression *g)
{
    double *q = malloc((g->k * g->p + 1) * sizeof *q);
    size_t column = 0;

    for (; q && column < g->p; column++) {
        double *at = q + column * g->k, before = 0, after = 0;
        for (size_t i = 0; i < g->k; i++) {
            at[i] = g->x[i * g->p + column];
            before += at[i] * at[i];
        }
        for (size_t pass = 0; pass < 2; pass++)
            for (size_t c = 0; c < column; c++) {
                double dot = 0;
                for (size_t i = 0; i < g->k; i++)
                    dot += q[c * g->k + i] * at[i];
                for (size_t i = 0; i < g->k; i++)
                    at[i] -= dot * q[c * g->k + i];
            }
        for (size_t i = 0; i < g->k; i++)
            after += at[i] * at[i];
        if (!(after > 1e-14 * before))
            break;
        for (size_t i = 0; i < g->k; i++)
            at[i] /= sqrt(after);
    }
    free(q);
    return column;
}

static enum dyad_status
explain(const struct regression *g, enum dyad_status st, struct dyad_error *err)
{
    if (st == DYAD_NOMEM)
        return no_memory(err);
    if (st == DYAD_NOCONV)
        return dyad_fail(err, st, "the meta-regression does not converge");
    if (g->p >= g->k)
        return dyad_fail(err, DYAD_DOMAIN, "the meta-regression has %zu term%s, and %zu stud%s all moderators: it needs more studies "
                                           "than terms", g->p, g->p == 1 ? "" : "s", g->k, g->k == 1 ? "y has" : "ies have");
    const size_t column = first_dependent(g);
    if (column < g->p)
        return dyad_fail(err, DYAD_DOMAIN, "the moderator '%s' is the same in every study, or says what those before it say: "
                                           "leave it out", g->design.columns[column].name);
    return dyad_fail(err, DYAD_DOMAIN, "the meta-regression cannot be fitted to these studies");
}

static enum dyad_status
fit_regression(struct regression *g, struct dyad_error *err)
{
    struct meta_method method = g->m->how->method;
    struct meta_work work = META_WORK_INIT;
    struct meta_regression fit;
    enum dyad_status st;

    method.model = g->m->how->random ? META_RANDOM : META_COMMON;
    if ((st = meta_regress(g->effects, g->k, g->x, g->p, g->fixed, &method, &work, g->b, g->covariance, &fit)) != DYAD_OK) {
        meta_work_release(&work);
        return explain(g, st, err);
    }
    for (size_t i = 0; i < g->p; i++)
        g->df[i] = fit.df;
    coefficient_rows(g);
    test_row(g, NULL, "residual", fit.residual.statistic, fit.residual.df, NAN, fit.residual.p_value);
    if (g->p > g->fixed)
        test_row(g, NULL, "moderators", fit.moderators.statistic, fit.moderators.df, fit.df, fit.moderators.p_value);
    for (size_t term = 1; term <= g->design.formula->n_terms; term++) {
        struct test test;
        size_t first = 0;
        const size_t n = term_columns(g, term, &first);
        if (n && meta_regress_test(g->b, g->covariance, &fit, first, n, &work, &test) == DYAD_OK)
            test_row(g, g->design.formula->terms[term - 1].label, "term", test.statistic, test.df, fit.df, test.p_value);
    }
    fit_row(g, "k", (double)fit.k);
    fit_row(g, "dropped", (double)g->dropped);
    fit_row(g, "parameters", (double)fit.p);
    if (g->m->how->random)
        fit_row(g, "tau2", fit.tau2);
    fit_row(g, "i2", fit.i2);
    fit_row(g, "h2", fit.h2);
    if (g->m->how->random) {
        const double r2 = g->fixed && g->p > g->fixed ? fit.r2 : NAN;
        fit_row(g, "r2", r2);
        if (isnan(r2))
            result_note(g->m->r, "r2 is empty: %s.", g->fixed ? "without the moderators tau-squared is 0, of which nothing is left "
                                                              "to explain" : "it is of models with an intercept");
    }
    meta_work_release(&work);
    return DYAD_OK;
}

static enum dyad_status
robust_tests(const struct regression *g, const struct clustered_effects *data, const struct multilevel_fit *fit)
{
    const struct working_model working = { isnan(fit->between) ? 0 : fit->between,
                                           isnan(fit->between) ? fit->total : fit->within, g->m->how->rho };
    struct robust robust = ROBUST_INIT;
    struct estimate *b = calloc(g->p + 1, sizeof *b);
    double *df = calloc(g->p + 1, sizeof *df);
    enum dyad_status st = b && df ? meta_robust(data, &working, ROBUST_CR2, &robust) : DYAD_NOMEM;

    if (st == DYAD_OK && meta_robust_coefficients(&robust, g->m->how->level, b, df) == DYAD_OK)
        for (size_t i = 0; i < g->p; i++)
            meta_robust_row(g->m, g->set, "moderators", NULL, g->design.columns[i].name, &b[i], df[i]);
    for (size_t term = 1; st == DYAD_OK && term <= g->design.formula->n_terms; term++) {
        struct robust_test test;
        size_t first = 0;
        const size_t n = term_columns(g, term, &first);
        if (n && meta_robust_test(&robust, first, n, &test) == DYAD_OK)
            test_row(g, g->design.formula->terms[term - 1].label, "cr2-htz", test.statistic, test.df, test.df_residual,
                     test.p_value);
    }
    robust_release(&robust);
    free(b);
    free(df);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

static enum dyad_status
fit_clusters(struct regression *g, struct dyad_error *err)
{
    const struct clustered_effects data = { g->effects, g->cluster, g->k, g->x, g->p };
    const struct multilevel_method method = meta_multilevel_method(g->m->how);
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit;
    enum dyad_status st = meta_multilevel(&data, g->fixed, &method, &work, g->b, g->df, g->covariance, &fit);

    cluster_work_release(&work);
    if (st != DYAD_OK)
        return explain(g, st, err);
    coefficient_rows(g);
    test_row(g, NULL, "residual", fit.residual.statistic, fit.residual.df, NAN, fit.residual.p_value);
    if (g->p > g->fixed)
        test_row(g, NULL, "moderators", fit.moderators.statistic, fit.moderators.df, fit.moderators_df,
                 fit.moderators.p_value);
    fit_row(g, "k", (double)fit.k);
    fit_row(g, "clusters", (double)fit.clusters);
    fit_row(g, "dropped", (double)g->dropped);
    fit_row(g, "parameters", (double)fit.p);
    fit_row(g, "tau2_between", fit.between);
    fit_row(g, "tau2_within", fit.within);
    fit_row(g, "i2", fit.i2);
    fit_row(g, "log_lik", fit.log_likelihood);
    return robust_tests(g, &data, &fit) == DYAD_OK ? DYAD_OK : no_memory(err);
}

enum dyad_status
meta_report_moderators(struct meta_report *m, const struct meta_set *set, struct dyad_error *err)
{
    const size_t n_columns = m->all->columns.formula.n_columns;
    struct regression g = { .m = m, .set = set, .design = DESIGN_INIT };
    enum dyad_status st;

    g.who = calloc(set->n + 1, sizeof *g.who);
    g.effects = calloc(set->n + 1, sizeof *g.effects);
    g.cluster = calloc(set->n + 1, sizeof *g.cluster);
    g.values = calloc(n_columns + 1, sizeof *g.values);
    if (g.who == NULL || g.effects == NULL || g.cluster == NULL || g.values == NULL)
        st = no_memory(err);
    else if ((st = take_studies(&g, err)) == DYAD_OK && (st = make_design(&g, err)) == DYAD_OK)
        st = m->how->clustered ? fit_clusters(&g, err) : fit_regression(&g, err);
    m->any_regression = m->any_regression || st == DYAD_OK;
    /* Of several sets one may have none. */
    if (m->all->columns.by.n && (st == DYAD_DOMAIN || st == DYAD_NOCONV || (st == DYAD_DATA && g.k > 0 && g.p == 0))) {
        result_note(m->r, "No meta-regression in one of the groups: %s.", err->text);
        st = DYAD_OK;
    }
    if (g.dropped && st == DYAD_OK)
        result_note(m->r, "Meta-regression: %zu stud%s left out for want of a moderator.", g.dropped,
                    g.dropped == 1 ? "y" : "ies");
    drop_values(&g);
    free(g.values);
    free(g.who);
    free(g.effects);
    free(g.cluster);
    free(g.x);
    free(g.offset);
    free(g.b);
    free(g.df);
    free(g.covariance);
    design_release(&g.design);
    return st;
}
