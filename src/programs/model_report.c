#include "model.h"

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
    [FAMILY_GEE] = { "gee", "or" },
};

const char *
model_family_name(enum model_family family)
{
    return families[family].name;
}

const char *
model_family_ratio(enum model_family family)
{
    return families[family].ratio;
}

static struct table *
open_table(struct model_report *m, const char *name)
{
    struct table *t = result_table(m->r, name);

    for (size_t i = 0; i < m->frame->by.n; i++)
        table_column(t, m->frame->by.names[i], COLUMN_GROUP);
    return t;
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
model_test_row(const struct model_report *m, const char *term, const char *test, const struct test *result)
{
    model_row(m, m->tests, SCALE_NUMBER);
    if (term)
        table_set_text(m->tests, "term", term);
    table_set_text(m->tests, "test", test);
    table_set_number(m->tests, "statistic", result->statistic);
    table_set_number(m->tests, "df", result->df);
    table_set_number(m->tests, "p_value", result->p_value);
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
    if (model_family_ratio(m->how->family) == NULL)
        return;
    table_set_number(t, "ratio", exp(e->value));
    table_set_number(t, "ratio_low", exp(e->lower));
    table_set_number(t, "ratio_high", exp(e->upper));
}

/* Of the term's coefficients that were estimated. */
static enum dyad_status
term_row(struct model_report *m, const struct model_shown *s, size_t term, size_t *which)
{
    const size_t all = model_term_columns(s->design, term, which);
    double *values = calloc(s->p + 1, sizeof *values);
    struct test test;
    size_t n = 0;
    enum dyad_status st = values ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < all; i++)
        if (!isnan(s->estimates[which[i]].std_error))
            which[n++] = which[i];
    for (size_t i = 0; values && i < s->p; i++)
        values[i] = s->estimates[i].value;
    if (st == DYAD_OK && n)
        st = wald_test(values, s->covariance, s->p, which, n, s->df_residual, &test);
    if (st == DYAD_OK && n)
        model_test_row(m, s->design->formula->terms[term - 1].label, "wald", &test);
    free(values);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

enum dyad_status
model_coefficients(struct model_report *m, const struct model_shown *s)
{
    size_t *which = calloc(s->p + 1, sizeof *which);
    enum dyad_status st = which ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < s->p; i++)
        coefficient_row(m, s, i);
    for (size_t term = 1; st == DYAD_OK && term <= s->design->formula->n_terms; term++)
        st = term_row(m, s, term, which);
    free(which);
    m->any_answer = true;
    return st;
}
