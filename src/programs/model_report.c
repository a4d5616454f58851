#include "model.h"

#include "dyad/stats/collinearity.h"
#include "dyad/stats/e_value.h"
#include "dyad/stats/wald.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *ratio;
} families[MODEL_FAMILIES] = {
    [FAMILY_LOGISTIC] = { "logistic", "or" },
    [FAMILY_LOG_BINOMIAL] = { "log-binomial", "rr" },
    [FAMILY_POISSON] = { "poisson", "irr" },
    [FAMILY_MODIFIED_POISSON] = { "modified-poisson", "rr" },
    [FAMILY_NEGATIVE_BINOMIAL] = { "negative-binomial", "irr" },
    [FAMILY_LINEAR] = { "linear", NULL },
    [FAMILY_COX] = { "cox", "hr" },
    [FAMILY_CONDITIONAL] = { "conditional", "or" },
    [FAMILY_MIXED_LOGISTIC] = { "mixed-logistic", "or" },
    [FAMILY_GEE] = { "gee", NULL },
};

const char *
model_family_name(enum model_family family)
{
    return families[family].name;
}

const char *
model_ratio(const struct model_choices *how)
{
    return families[how->mean].ratio;
}

static struct table *
open_table(struct model_report *m, const char *name)
{
    struct table *t = result_table(m->r, name);

    for (size_t i = 0; i < m->frame->by.n; i++)
        table_column(t, m->frame->by.names[i], COLUMN_GROUP);
    return t;
}

static void
margins_table(struct model_report *m)
{
    struct table *t = m->margins = open_table(m, "margins");

    table_column(t, "exposure", COLUMN_LABEL);
    table_column(t, "level", COLUMN_LABEL);
    table_column(t, "reference", COLUMN_LABEL);
    table_column(t, "measure", COLUMN_LABEL);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "p_value", COLUMN_P_VALUE);
    table_column(t, "contrast", COLUMN_SENTENCE);
}

void
model_report_begin(struct model_report *m)
{
    struct table *t = m->coefficients = open_table(m, "coefficients");

    table_column(t, "term", COLUMN_LABEL);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "statistic", COLUMN_STATISTIC);
    table_column(t, "df", COLUMN_DF);
    table_column(t, "p_value", COLUMN_P_VALUE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "ratio", COLUMN_NUMBER);
    table_column(t, "ratio_low", COLUMN_NUMBER);
    table_column(t, "ratio_high", COLUMN_NUMBER);
    t = m->fit = open_table(m, "fit");
    table_column(t, "name", COLUMN_LABEL);
    table_column(t, "value", COLUMN_NUMBER);
    t = m->tests = open_table(m, "tests");
    table_column(t, "term", COLUMN_LABEL);
    table_column(t, "test", COLUMN_LABEL);
    table_column(t, "statistic", COLUMN_STATISTIC);
    table_column(t, "df", COLUMN_DF);
    table_column(t, "p_value", COLUMN_P_VALUE);
    table_column(t, "df_residual", COLUMN_NUMBER);
    if (m->frame->formula.n_terms > 1 && m->how->family != FAMILY_CONDITIONAL && m->how->family != FAMILY_MIXED_LOGISTIC && m->how->family != FAMILY_GEE) {
        t = m->vif = open_table(m, "vif");
        table_column(t, "term", COLUMN_LABEL);
        table_column(t, "gvif", COLUMN_NUMBER);
        table_column(t, "df", COLUMN_DF);
        table_column(t, "scaled", COLUMN_NUMBER);
    }
    if (m->how->margins)
        margins_table(m);
    if (m->how->e_values) {
        t = m->e_values = open_table(m, "e_values");
        table_column(t, "term", COLUMN_LABEL);
        table_column(t, "e_value", COLUMN_NUMBER);
        table_column(t, "e_value_limit", COLUMN_NUMBER);
        table_column(t, "risk_ratio", COLUMN_NUMBER);
    }
}

struct table *const *
model_table(const struct model_report *m, size_t which)
{
    struct table *const *const tables[MODEL_TABLES] = { &m->coefficients, &m->fit, &m->tests, &m->vif, &m->margins, &m->e_values };
    return tables[which];
}

void
model_row(const struct model_report *m, struct table *t, enum scale scale)
{
    table_row(t, scale);
    for (size_t i = 0; i < m->frame->by.n; i++)
        table_set_group(t, i, analysis_level(m->frame->cohort, m->frame->by.factors[i], m->group->codes[i]));
}

void
model_fit_row(const struct model_report *m, const char *name, double value)
{
    model_row(m, m->fit, SCALE_NUMBER);
    table_set_text(m->fit, "name", name);
    table_set_number(m->fit, "value", value);
}

void
model_test_row(const struct model_report *m, const char *term, const char *test, const struct test *result,
               double df_residual)
{
    model_row(m, m->tests, SCALE_NUMBER);
    if (term)
        table_set_text(m->tests, "term", term);
    table_set_text(m->tests, "test", test);
    table_set_number(m->tests, "statistic", result->statistic);
    table_set_number(m->tests, "df", result->df);
    table_set_number(m->tests, "p_value", result->p_value);
    table_set_number(m->tests, "df_residual", df_residual);
}

size_t
model_term_columns(const struct design *d, size_t term, size_t *which)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_columns; i++)
        if (d->columns[i].term == term)
            which[n++] = i;
    return n;
}

size_t
model_intercept(const struct design *d)
{
    for (size_t i = 0; i < d->n_columns; i++)
        if (d->columns[i].term == 0)
            return i;
    return d->n_columns;
}

/* Odds and hazards of a common outcome are brought to risks first. */
static void
e_value_row(struct model_report *m, const char *term, const struct estimate *e)
{
    const struct estimate ratio = { exp(e->value), NAN, exp(e->lower), exp(e->upper), NAN };
    const char *kind = model_ratio(m->how);
    const bool common = !(m->outcome_share < 0.15);
    struct e_value out;
    enum dyad_status st;

    if (common && strcmp(kind, "or") == 0)
        st = e_value_odds_ratio(&ratio, &out);
    else if (common && strcmp(kind, "hr") == 0)
        st = e_value_hazard_ratio(&ratio, &out);
    else
        st = e_value_risk_ratio(&ratio, &out);
    model_row(m, m->e_values, SCALE_NUMBER);
    table_set_text(m->e_values, "term", term);
    if (st != DYAD_OK)
        return;
    table_set_number(m->e_values, "e_value", out.estimate);
    table_set_number(m->e_values, "e_value_limit", out.limit);
    table_set_number(m->e_values, "risk_ratio", out.risk_ratio.value);
}

static void
coefficient_row(struct model_report *m, const struct model_shown *s, size_t i)
{
    const struct estimate *e = &s->estimates[i];
    struct table *t = m->coefficients;

    model_row(m, t, SCALE_NUMBER);
    table_set_text(t, "term", s->design->columns[i].name);
    table_set_number(t, "estimate", e->value);
    table_set_number(t, "std_error", e->std_error);
    table_set_number(t, "statistic", wald_statistic(e));
    if (s->df)
        table_set_number(t, "df", s->df[i]);
    table_set_number(t, "p_value", e->p_value);
    table_set_number(t, "conf_low", e->lower);
    table_set_number(t, "conf_high", e->upper);
    if (model_ratio(m->how) == NULL)
        return;
    table_set_number(t, "ratio", exp(e->value));
    table_set_number(t, "ratio_low", exp(e->lower));
    table_set_number(t, "ratio_high", exp(e->upper));
    if (m->e_values && s->design->columns[i].term)
        e_value_row(m, s->design->columns[i].name, e);
}

void
model_no_limits(struct model_report *m, const struct design *d, size_t column, struct estimate *e)
{
    e->lower = e->upper = NAN;
    result_note(m->r, "%s: its profile likelihood limits were not found and are empty.", d->columns[column].name);
}

/* The joint test of cr2: F, of clusters that may be few. */
static enum dyad_status
test_of_clusters(struct model_report *m, const struct model_shown *s, const double *values, const size_t *which, size_t n,
                 struct test *test, double *df_residual)
{
    struct robust_test robust;
    const enum dyad_status st = s->terms ? hotelling_test(s->terms, values, s->covariance, which, n, &robust) : DYAD_DOMAIN;

    if (st == DYAD_OK) {
        *test = (struct test){ robust.statistic, robust.df, robust.p_value };
        *df_residual = robust.df_residual;
    }
    m->joint_untested = m->joint_untested || st == DYAD_DOMAIN;
    return st;
}

/* Of the term's coefficients that were estimated. */
static enum dyad_status
term_row(struct model_report *m, const struct model_shown *s, size_t term, size_t *which)
{
    const size_t all = model_term_columns(s->design, term, which);
    double *values = calloc(s->p + 1, sizeof *values), df_residual = s->df_residual;
    struct test test;
    size_t n = 0;
    enum dyad_status st = values ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < all; i++)
        if (!isnan(s->estimates[which[i]].std_error))
            which[n++] = which[i];
    for (size_t i = 0; values && i < s->p; i++)
        values[i] = s->estimates[i].value;
    if (st == DYAD_OK && n > 1 && m->how->errors == ERRORS_CR2) {
        st = test_of_clusters(m, s, values, which, n, &test, &df_residual);
    } else if (st == DYAD_OK && n) {
        if (m->how->errors == ERRORS_CR2)
            df_residual = s->df[which[0]];
        st = wald_test(values, s->covariance, s->p, which, n, df_residual, &test);
    }
    if (st == DYAD_OK && n)
        model_test_row(m, s->design->formula->terms[term - 1].label, "wald", &test, df_residual);
    free(values);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

enum dyad_status
model_coefficients(struct model_report *m, const struct model_shown *s)
{
    size_t *which = calloc(s->p + 1, sizeof *which);
    enum dyad_status st = which ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < s->p; i++) {
        coefficient_row(m, s, i);
        m->any_answer = m->any_answer || !isnan(s->estimates[i].value);
    }
    for (size_t term = 1; st == DYAD_OK && term <= s->design->formula->n_terms; term++)
        st = term_row(m, s, term, which);
    free(which);
    if (st == DYAD_OK && (option_given(m->o, "plot") || option_given(m->o, "plot-data")))
        st = model_forest(m, s);
    return st;
}

enum dyad_status
model_vif(struct model_report *m, const struct design *d, const double *covariance)
{
    const size_t all = d->n_columns, n_terms = d->formula->n_terms;
    size_t *terms = calloc(all + 1, sizeof *terms), *number = calloc(n_terms + 1, sizeof *number), p = 0, n = 0;
    double *kept = calloc(all * all + 1, sizeof *kept), *scratch = calloc(collinearity_room(all) + 1, sizeof *scratch);
    struct inflation *out = calloc(n_terms + 1, sizeof *out);
    enum dyad_status st = terms && number && kept && scratch && out ? DYAD_OK : DYAD_NOMEM;

    /* Columns that have an estimate, and their terms. */
    for (size_t i = 0; st == DYAD_OK && i < all; i++) {
        const size_t term = d->columns[i].term;
        if (isnan(covariance[i * all + i]))
            continue;
        if (term && number[term - 1] == 0)
            number[term - 1] = ++n;
        terms[p++] = term ? number[term - 1] : 0;
    }
    for (size_t i = 0, at = 0; st == DYAD_OK && i < all * all; i++)
        if (!isnan(covariance[i / all * (all + 1)]) && !isnan(covariance[i % all * (all + 1)]))
            kept[at++] = covariance[i];
    if (st == DYAD_OK && n > 1 && (st = collinearity_vif(kept, p, terms, n, scratch, out)) == DYAD_OK)
        for (size_t t = 0; t < n_terms; t++) {
            model_row(m, m->vif, SCALE_NUMBER);
            table_set_text(m->vif, "term", d->formula->terms[t].label);
            if (number[t] == 0)
                continue;
            table_set_number(m->vif, "gvif", out[number[t] - 1].gvif);
            table_set_number(m->vif, "df", (double)out[number[t] - 1].df);
            table_set_number(m->vif, "scaled", out[number[t] - 1].scaled);
        }
    free(terms);
    free(number);
    free(kept);
    free(scratch);
    free(out);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}
