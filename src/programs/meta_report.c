#include "meta_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- words -------------------------------------------------------------------------------- */

enum scale
meta_scale(const struct meta_choices *how)
{
    if (meta_measure_is_ratio(how->measure))
        return SCALE_RATIO;
    if (meta_measure_is_proportion(how->measure))
        return SCALE_PROPORTION;
    return how->measure == META_RD ? SCALE_DIFFERENCE : SCALE_NUMBER;
}

const char *
meta_estimator_name(const struct meta_choices *how, enum meta_model model)
{
    if (model == META_RANDOM)
        return how->glmm ? "glmm" : tau2_estimator_name(how->method.estimator);
    return how->pool == POOL_MANTEL_HAENSZEL ? "mh" : how->pool == POOL_PETO ? "peto" : "iv";
}

const char *
meta_why_not(const struct meta_choices *how, const struct meta_pooled *p)
{
    if (p->k == 0)
        return "no study is left that this method can take";
    if (p->why == DYAD_NOCONV)
        return "the iteration did not converge";
    if (p->model == META_RANDOM && how->clustered)
        return "two clusters or more are needed, and effects that differ within or between them";
    if (meta_pools_counts(how, p->model) || how->method.estimator == TAU2_MH_DL)
        return "one arm has no events (or nothing but events) in any study";
    return "the studies' effects or errors are too large or too small";
}

/* Of the interval, as --ci calls it. */
static const char *
interval_name(const struct meta_choices *how, enum meta_model model)
{
    if (model == META_COMMON && (how->method.interval == META_HKSJ || how->pool != POOL_INVERSE_VARIANCE))
        return "wald";
    return how->method.interval == META_HKSJ ? "hksj" : how->method.interval == META_T ? "t" : "wald";
}

void
meta_contrast(const struct meta_choices *how, struct text *out)
{
    static const char *const what[META_MEASURES] = {
        [META_OR] = "odds of the event", [META_RR] = "risk of the event",  [META_RD] = "risk of the event",
        [META_PETO] = "odds of the event", [META_ASD] = "arcsine of the root of the risk", [META_HR] = "hazard of the event",
    };
    const enum meta_measure m = how->measure;

    if (meta_measure_is_proportion(m))
        text_puts(out, "proportion with the event");
    else if (m == META_GENERIC)
        text_puts(out, "estimates as the studies give them");
    else
        text_printf(out, "%s in %s %s %s in %s", what[m], how->treated,
                    m == META_RD || m == META_ASD ? "minus" : "divided by",
                    m == META_RD || m == META_ASD ? "risk" : m == META_RR ? "risk" : m == META_HR ? "hazard" : "odds",
                    how->control);
}

static const char *
subgroup_text(const struct meta_report *m, uint32_t code)
{
    return code ? analysis_level(m->all->cohort, m->all->columns.subgroup, code) : "";
}

/* --- the tables --------------------------------------------------------------------------- */

static struct table *
open_table(struct meta_report *m, const char *name)
{
    struct table *t = result_table(m->r, name);
    const struct grouping *by = &m->all->columns.by;

    for (size_t i = 0; i < by->n; i++)
        table_column(t, by->names[i], COLUMN_GROUP);
    return t;
}

static void
columns(struct table *t, enum column_role role, const char *const *names)
{
    for (; *names; names++)
        table_column(t, *names, role);
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
interval_columns(struct table *t)
{
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "statistic", COLUMN_STATISTIC);
    table_column(t, "df", COLUMN_DF);
    table_column(t, "p_value", COLUMN_P_VALUE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
}

static struct table *
pooled_table(struct meta_report *m, const char *name)
{
    struct table *t = open_table(m, name);

    columns(t, COLUMN_LABEL, NAMES("measure", "subgroup", "model", "estimator"));
    table_column(t, "k", COLUMN_NUMBER);
    table_column(t, "n", COLUMN_COUNT);
    interval_columns(t);
    columns(t, COLUMN_NUMBER, NAMES("pred_low", "pred_high"));
    table_column(t, "method", COLUMN_LABEL);
    table_column(t, "contrast", COLUMN_SENTENCE);
    return t;
}

static void
studies_table(struct meta_report *m)
{
    struct table *t = m->studies = open_table(m, "studies");

    table_column(t, "study", COLUMN_LABEL);
    if (m->all->columns.has_subgroup)
        table_column(t, "subgroup", COLUMN_LABEL);
    if (meta_measure_is_proportion(m->how->measure))
        columns(t, COLUMN_COUNT, NAMES("events", "total"));
    else if (meta_measure_has_tables(m->how->measure))
        columns(t, COLUMN_COUNT, NAMES("treated_events", "treated_total", "control_events", "control_total"));
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "weight", COLUMN_NUMBER);
    if (m->how->common && m->how->random)
        table_column(t, "weight_common", COLUMN_NUMBER);
    if (m->unadjusted)
        columns(t, COLUMN_NUMBER, NAMES("design_effect", "n_effective"));
}

static void
around_tables(struct meta_report *m)
{
    const struct options *o = m->o;

    if (option_given(o, "bias")) {
        struct table *t = m->filled = open_table(m, "trim_and_fill");
        columns(t, COLUMN_LABEL, NAMES("model", "side"));
        table_column(t, "filled", COLUMN_NUMBER);
        table_column(t, "filled_std_error", COLUMN_NUMBER);
        table_column(t, "k", COLUMN_NUMBER);
        interval_columns(t);
        table_column(t, "tau2", COLUMN_NUMBER);
    }
    if (option_given(o, "influence")) {
        struct table *t = m->influence = open_table(m, "influence");
        columns(t, COLUMN_LABEL, NAMES("study", "model"));
        interval_columns(t);
        columns(t, COLUMN_NUMBER, NAMES("q", "tau2", "i2", "hat", "weight", "rstudent", "dffits", "cook", "cov_ratio",
                                        "dfbetas"));
        table_column(t, "influential", COLUMN_LABEL);
    }
    if (option_given(o, "cumulative")) {
        struct table *t = m->cumulative = open_table(m, "cumulative");
        columns(t, COLUMN_LABEL, NAMES("study", "order", "model"));
        table_column(t, "k", COLUMN_NUMBER);
        interval_columns(t);
        columns(t, COLUMN_NUMBER, NAMES("q", "tau2", "i2"));
    }
    if (m->all->columns.has_moderators) {
        struct table *t = m->moderators = open_table(m, "moderators");
        table_column(t, "term", COLUMN_LABEL);
        interval_columns(t);
        columns(t, COLUMN_NUMBER, NAMES("ratio", "ratio_low", "ratio_high"));
        t = m->fit = open_table(m, "fit");
        table_column(t, "name", COLUMN_LABEL);
        table_column(t, "value", COLUMN_NUMBER);
    }
}

static void
cluster_tables(struct meta_report *m)
{
    struct table *t = m->levels = open_table(m, "levels");

    table_column(t, "subgroup", COLUMN_LABEL);
    table_column(t, "level", COLUMN_LABEL);
    columns(t, COLUMN_NUMBER, NAMES("n_levels", "tau2", "tau2_low", "tau2_high", "i2"));
    t = m->robust = open_table(m, "robust");
    columns(t, COLUMN_LABEL, NAMES("analysis", "subgroup", "term"));
    interval_columns(t);
    columns(t, COLUMN_NUMBER, NAMES("ratio", "ratio_low", "ratio_high"));
    table_column(t, "method", COLUMN_LABEL);
}

/* Is any test asked for beside that of the estimate and of Q? */
static bool
has_tests(const struct meta_report *m)
{
    return m->all->columns.has_subgroup || m->all->columns.has_moderators || m->how->glmm || option_given(m->o, "bias");
}

static void
tests_table(struct meta_report *m)
{
    struct table *t = m->tests = open_table(m, "tests");

    columns(t, COLUMN_LABEL, NAMES("model", "term", "test"));
    columns(t, COLUMN_NUMBER, NAMES("estimate", "std_error"));
    table_column(t, "statistic", COLUMN_STATISTIC);
    table_column(t, "df", COLUMN_DF);
    table_column(t, "df_residual", COLUMN_NUMBER);
    table_column(t, "p_value", COLUMN_P_VALUE);
}

void
meta_report_begin(struct meta_report *m)
{
    m->pooled = pooled_table(m, "pooled");
    if (option_given(m->o, "cluster-size"))
        m->unadjusted = pooled_table(m, "unadjusted");
    studies_table(m);
    m->heterogeneity = open_table(m, "heterogeneity");
    table_column(m->heterogeneity, "subgroup", COLUMN_LABEL);
    table_column(m->heterogeneity, "q", COLUMN_STATISTIC);
    table_column(m->heterogeneity, "df", COLUMN_DF);
    table_column(m->heterogeneity, "p_value", COLUMN_P_VALUE);
    columns(m->heterogeneity, COLUMN_NUMBER,
            NAMES("tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high", "h2", "h2_low", "h2_high"));
    if (has_tests(m))
        tests_table(m);
    if (m->how->clustered)
        cluster_tables(m);
    around_tables(m);
}

void
meta_group_row(const struct meta_report *m, struct table *t, enum scale scale, const struct meta_set *set)
{
    const struct grouping *by = &m->all->columns.by;

    table_row(t, scale);
    for (size_t i = 0; i < by->n; i++)
        table_set_group(t, i, analysis_level(m->all->cohort, by->factors[i], set->codes[by->factors[i]]));
}

static void
set_some(struct table *t, const char *column, const char *text)
{
    if (*text)
        table_set_text(t, column, text);
}

size_t
meta_subset(const struct meta_set *set, size_t factor, uint32_t code, struct study **out)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++)
        if (code == 0 || set->studies[i]->codes[factor] == code)
            out[n++] = set->studies[i];
    return n;
}

/* --- pooled ------------------------------------------------------------------------------- */

/* What stays empty, and why. */
static void
note_empty(struct meta_report *m, const struct meta_set *set, const struct meta_pooled *p)
{
    const struct grouping *by = &m->all->columns.by;
    struct text where = TEXT_INIT;

    for (size_t i = 0; i < by->n; i++)
        text_printf(&where, "%s%s = %s", where.length ? ", " : "", by->names[i],
                    analysis_level(m->all->cohort, by->factors[i], set->codes[by->factors[i]]));
    if (p->subgroup)
        text_printf(&where, "%s%s = %s", where.length ? ", " : "", option_text(m->o, "subgroup"),
                    subgroup_text(m, p->subgroup));
    if (where.length)
        text_puts(&where, ": ");
    const char *at = where.failed || where.at == NULL ? "" : where.at;
    const bool begins = *at == '\0'; /* a sentence */
    if (!p->has_fit)
        result_note(m->r, "%s%cothing is pooled under the %s-effect%s model: %s.", at,
                    begins ? 'N' : 'n', p->model == META_COMMON ? "common" : "random", p->model == META_COMMON ? "" : "s",
                    meta_why_not(m->how, p));
    else if (p->k == 1)
        result_note(m->r, "%s%cne study: its own estimate stands, nothing can be said of heterogeneity%s.", at,
                    begins ? 'O' : 'o',
                    p->model == META_RANDOM && m->how->method.interval != META_WALD
                        ? ", and t of 0 degrees of freedom has no limits" : "");
    else if (p->fit.pooled.std_error == 0)
        result_note(m->r, "%s%cll effects are the same: the Hartung-Knapp error is 0, and there is no test.", at,
                    begins ? 'A' : 'a');
    else if (p->model == META_RANDOM && m->how->method.prediction == PREDICTION_HTS && p->k == 2)
        result_note(m->r, "%s%co prediction interval from two studies: k-2 is 0.", at, begins ? 'N' : 'n');
    m->r->failed = m->r->failed || where.failed;
    text_release(&where);
}

static void
pooled_row(struct meta_report *m, struct table *t, const struct meta_set *set, const struct meta_pooled *p, double size)
{
    const struct meta_choices *how = m->how;
    const struct meta_fit *f = &p->fit;
    struct text contrast = TEXT_INIT;

    meta_group_row(m, t, meta_scale(how), set);
    table_set_text(t, "measure", meta_measure_name(how->measure));
    set_some(t, "subgroup", subgroup_text(m, p->subgroup));
    table_set_text(t, "model", p->model == META_COMMON ? "common" : "random");
    table_set_text(t, "estimator", meta_estimator_name(how, p->model));
    table_set_number(t, "k", (double)p->k);
    if (isfinite(p->n))
        table_set_count(t, "n", (int64_t)p->n);
    table_set_text(t, "method", interval_name(how, p->model));
    meta_contrast(how, &contrast);
    table_set_text(t, "contrast", contrast.failed ? "" : contrast.at);
    m->r->failed = m->r->failed || contrast.failed;
    text_release(&contrast);
    if (!p->has_fit)
        return;
    m->any_answer = m->any_answer || t == m->pooled;
    m->any_prediction = m->any_prediction || (p->model == META_RANDOM && !isnan(f->pred_low));
    table_set_number(t, "estimate", meta_shown(how, size, f->pooled.value));
    table_set_number(t, "std_error", f->pooled.std_error);
    table_set_number(t, "conf_low", meta_shown(how, size, f->pooled.lower));
    table_set_number(t, "conf_high", meta_shown(how, size, f->pooled.upper));
    if (p->model == META_RANDOM) {
        table_set_number(t, "pred_low", meta_shown(how, size, f->pred_low));
        table_set_number(t, "pred_high", meta_shown(how, size, f->pred_high));
    }
    if (meta_measure_is_proportion(how->measure))
        return; /* no value of a proportion is a natural null */
    table_set_number(t, "statistic", f->statistic);
    table_set_number(t, "df", f->df);
    table_set_number(t, "p_value", f->pooled.p_value);
}

static void
heterogeneity_row(struct meta_report *m, const struct meta_set *set, const struct meta_pooled *p)
{
    struct table *t = m->heterogeneity;
    const struct heterogeneity *h = &p->differ;

    meta_group_row(m, t, SCALE_NUMBER, set);
    set_some(t, "subgroup", subgroup_text(m, p->subgroup));
    if (!p->has_fit)
        return;
    m->any_heterogeneity = m->any_heterogeneity || h->df > 0;
    table_set_number(t, "q", h->q);
    table_set_number(t, "df", h->df);
    table_set_number(t, "p_value", h->p_value);
    table_set_number(t, "tau2", h->tau2);
    table_set_number(t, "tau2_low", h->tau2_low);
    table_set_number(t, "tau2_high", h->tau2_high);
    table_set_number(t, "i2", h->i2);
    table_set_number(t, "i2_low", h->i2_low);
    table_set_number(t, "i2_high", h->i2_high);
    table_set_number(t, "h2", h->h2);
    table_set_number(t, "h2_low", h->h2_low);
    table_set_number(t, "h2_high", h->h2_high);
}

static void
study_rows(struct meta_report *m, const struct meta_analysis *a)
{
    const struct meta_choices *how = m->how;
    struct table *t = m->studies;
    const double level = how->level;

    for (size_t i = 0; i < a->set.n; i++) {
        const struct study *s = a->set.studies[i];
        const double people = meta_study_people(s), size = people / s->design_effect;
        const struct meta_method method = { .model = META_COMMON, .level = level };
        struct meta_fit f;
        meta_group_row(m, t, meta_scale(how), &a->set);
        table_set_text(t, "study", s->name);
        if (m->all->columns.has_subgroup)
            table_set_text(t, "subgroup", subgroup_text(m, s->codes[m->all->columns.subgroup]));
        if (s->evidence == STUDY_ARM) {
            table_set_count(t, "events", (int64_t)s->counts.a);
            table_set_count(t, "total", (int64_t)(s->counts.a + s->counts.b));
        } else if (s->evidence == STUDY_TABLE) {
            table_set_count(t, "treated_events", (int64_t)s->counts.a);
            table_set_count(t, "treated_total", (int64_t)(s->counts.a + s->counts.b));
            table_set_count(t, "control_events", (int64_t)s->counts.c);
            table_set_count(t, "control_total", (int64_t)(s->counts.c + s->counts.d));
        }
        if (m->unadjusted) {
            table_set_number(t, "design_effect", s->design_effect);
            table_set_number(t, "n_effective", size);
        }
        table_set_number(t, "weight", a->weights[i]);
        if (a->weights_common)
            table_set_number(t, "weight_common", a->weights_common[i]);
        if (isnan(s->effect.y) || meta_pool(&s->effect, 1, &method, &f) != DYAD_OK)
            continue;
        table_set_number(t, "estimate", meta_shown(how, size, f.pooled.value));
        table_set_number(t, "std_error", f.pooled.std_error);
        table_set_number(t, "conf_low", meta_shown(how, size, f.pooled.lower));
        table_set_number(t, "conf_high", meta_shown(how, size, f.pooled.upper));
    }
}

/* Do the subgroups differ?  One row a model. */
static enum dyad_status
subgroup_test(struct meta_report *m, const struct meta_analysis *a, enum meta_model model)
{
    struct meta_fit *fits = calloc(a->n_pooled, sizeof *fits);
    struct test test;
    size_t n = 0;

    if (fits == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < a->n_pooled; i++)
        if (a->pooled[i].subgroup && a->pooled[i].model == model && a->pooled[i].has_fit)
            fits[n++] = a->pooled[i].fit;
    if (n >= 2 && meta_subgroups(fits, n, &test) == DYAD_OK) {
        meta_group_row(m, m->tests, SCALE_NUMBER, &a->set);
        table_set_text(m->tests, "model", model == META_COMMON ? "common" : "random");
        table_set_text(m->tests, "test", "subgroups");
        table_set_number(m->tests, "statistic", test.statistic);
        table_set_number(m->tests, "df", test.df);
        table_set_number(m->tests, "p_value", test.p_value);
    }
    else
        result_note(m->r, "No test between subgroups under the %s model: it needs two of them with an estimate and its error.",
                    model == META_COMMON ? "common-effect" : "random-effects");
    free(fits);
    return DYAD_OK;
}

static void
levels_rows(struct meta_report *m, const struct meta_set *set, const struct meta_pooled *p)
{
    static const char *const names[] = { "between clusters", "within clusters" };
    const struct multilevel_fit *f = &p->levels;

    for (size_t i = 0; i < 2 && p->has_fit && f->clusters; i++) {
        meta_group_row(m, m->levels, SCALE_NUMBER, set);
        set_some(m->levels, "subgroup", subgroup_text(m, p->subgroup));
        table_set_text(m->levels, "level", names[i]);
        table_set_number(m->levels, "n_levels", (double)(i ? f->k : f->clusters));
        table_set_number(m->levels, "tau2", i ? f->within : f->between);
        table_set_number(m->levels, "tau2_low", i ? p->limits.within_low : p->limits.between_low);
        table_set_number(m->levels, "tau2_high", i ? p->limits.within_high : p->limits.between_high);
        table_set_number(m->levels, "i2", i ? f->i2_within : f->i2_between);
    }
}

/* A Wald row of a glmm's heterogeneity, beside the likelihood-ratio test of the table. */
static void
glmm_row(struct meta_report *m, const struct meta_set *set, const struct meta_pooled *p)
{
    if (!p->has_fit || isnan(p->wald.statistic))
        return;
    meta_group_row(m, m->tests, SCALE_NUMBER, set);
    table_set_text(m->tests, "model", "random");
    set_some(m->tests, "term", subgroup_text(m, p->subgroup));
    table_set_text(m->tests, "test", "heterogeneity-wald");
    table_set_number(m->tests, "statistic", p->wald.statistic);
    table_set_number(m->tests, "df", p->wald.df);
    table_set_number(m->tests, "p_value", p->wald.p_value);
}

/* As if individuals had been randomised in every study. */
static enum dyad_status
unadjusted_rows(struct meta_report *m, const struct meta_analysis *a)
{
    double *kept = calloc(a->set.n + 1, sizeof *kept);
    enum dyad_status st = kept ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < a->set.n; i++) {
        kept[i] = a->set.studies[i]->design_effect;
        a->set.studies[i]->design_effect = 1;
    }
    if (st == DYAD_OK)
        meta_set_effects(&a->set, m->how);
    for (size_t i = 0; st == DYAD_OK && i < a->n_pooled; i++) {
        struct meta_pooled p;
        if (a->pooled[i].subgroup)
            continue;
        if ((st = meta_pool_studies(a->set.studies, a->set.n, m->how, a->pooled[i].model, &p)) == DYAD_OK)
            pooled_row(m, m->unadjusted, &a->set, &p, meta_size(a->set.studies, a->set.n));
    }
    for (size_t i = 0; kept && i < a->set.n; i++)
        a->set.studies[i]->design_effect = kept[i];
    if (kept)
        meta_set_effects(&a->set, m->how);
    free(kept);
    return st;
}

enum dyad_status
meta_report_set(struct meta_report *m, const struct meta_analysis *a, struct dyad_error *err)
{
    struct study **some = calloc(a->set.n + 1, sizeof *some);
    enum dyad_status st = some ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < a->n_pooled; i++) {
        const struct meta_pooled *p = &a->pooled[i];
        const size_t n = meta_subset(&a->set, m->all->columns.subgroup, p->subgroup, some);
        pooled_row(m, m->pooled, &a->set, p, meta_size(some, n));
        note_empty(m, &a->set, p);
        /* One row of heterogeneity for both models: that of the random one where there is one. */
        if (p->model == META_RANDOM || !m->how->random)
            heterogeneity_row(m, &a->set, p);
        if (m->levels && p->model == META_RANDOM)
            levels_rows(m, &a->set, p);
        if (m->how->glmm && p->model == META_RANDOM)
            glmm_row(m, &a->set, p);
    }
    free(some);
    if (st == DYAD_OK)
        study_rows(m, a);
    const bool subgroups = m->all->columns.has_subgroup;
    if (st == DYAD_OK && subgroups && m->how->common)
        st = subgroup_test(m, a, META_COMMON);
    if (st == DYAD_OK && subgroups && m->how->random)
        st = subgroup_test(m, a, META_RANDOM);
    if (st == DYAD_OK && m->unadjusted)
        st = unadjusted_rows(m, a);
    if (st == DYAD_NOMEM)
        return dyad_fail(err, st, "out of memory");
    if ((st = meta_report_around(m, a, err)) != DYAD_OK)
        return st;
    return m->moderators ? meta_report_moderators(m, &a->set, err) : DYAD_OK;
}
