#include "survival.h"

#include "dyad/stats/aalen_johansen.h"
#include "dyad/stats/gray.h"
#include "dyad/stats/life_table.h"
#include "dyad/stats/logrank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static struct table *
open_table(const struct survival_job *j, const char *name)
{
    struct table *t = result_table(j->r, name);

    for (size_t i = 0; i < j->by.n; i++)
        table_column(t, j->by.names[i], COLUMN_GROUP);
    return t;
}

static void
numbers(struct table *t, const char *const *names)
{
    for (; *names; names++)
        table_column(t, *names, COLUMN_NUMBER);
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
group_row(const struct survival_job *j, struct table *t, const struct survival_group *g, enum scale scale)
{
    table_row(t, scale);
    for (size_t i = 0; i < j->by.n; i++)
        table_set_group(t, i, analysis_level(j->cohort, j->by.factors[i], g->codes[i]));
}

static void
estimate_columns(struct table *t)
{
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
}

static void
set_estimate(struct table *t, const struct estimate *e)
{
    table_set_number(t, "estimate", e->value);
    table_set_number(t, "std_error", e->std_error);
    table_set_number(t, "conf_low", e->lower);
    table_set_number(t, "conf_high", e->upper);
}

/* --- summary ------------------------------------------------------------------------------- */

/* The largest time that every group reaches. */
static double
default_tau(const struct survival_job *j)
{
    double tau = INFINITY;

    for (size_t g = 0; g < j->n_groups; g++) {
        const struct survival_table *t = &j->groups[g].tables[0];
        tau = fmin(tau, t->rows[t->n - 1].time);
    }
    return tau;
}

static void
summary(struct survival_job *j, double tau, struct estimate *means)
{
    struct table *t = open_table(j, "summary");

    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "events", COLUMN_COUNT);
    numbers(t, NAMES("median", "median_low", "median_high", "rmean", "rmean_se", "rmean_low", "rmean_high", "tau"));
    for (size_t g = 0; g < j->n_groups; g++) {
        const struct survival_group *group = &j->groups[g];
        struct estimate median;
        group_row(j, t, group, SCALE_NUMBER);
        table_set_count(t, "n", (int64_t)group->tables[0].records);
        table_set_count(t, "events", (int64_t)group->tables[0].events);
        if (kaplan_meier_quantile(&group->tables[0], group->curve, 0.5, &median) == DYAD_OK) {
            table_set_number(t, "median", median.value);
            table_set_number(t, "median_low", median.lower);
            table_set_number(t, "median_high", median.upper);
        }
        means[g] = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
        if (tau > 0 && kaplan_meier_mean(&group->tables[0], group->curve, tau, &j->how.method, &means[g]) == DYAD_OK) {
            table_set_number(t, "rmean", means[g].value);
            table_set_number(t, "rmean_se", means[g].std_error);
            table_set_number(t, "rmean_low", means[g].lower);
            table_set_number(t, "rmean_high", means[g].upper);
        }
        table_set_number(t, "tau", tau);
    }
}

static void
differences(struct survival_job *j, const struct estimate *means)
{
    struct table *t = j->n_groups > 1 ? result_table(j->r, "differences") : NULL;

    if (t == NULL)
        return;
    table_column(t, "group", COLUMN_LABEL);
    table_column(t, "reference", COLUMN_LABEL);
    table_column(t, "measure", COLUMN_LABEL);
    estimate_columns(t);
    table_column(t, "p_value", COLUMN_P_VALUE);
    for (size_t g = 1; g < j->n_groups; g++) {
        struct estimate d;
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "group", j->groups[g].name);
        table_set_text(t, "reference", j->groups[0].name);
        table_set_text(t, "measure", "rmean");
        if (kaplan_meier_difference(&means[g], &means[0], j->how.method.level, &d) != DYAD_OK)
            continue;
        set_estimate(t, &d);
        table_set_number(t, "p_value", d.p_value);
    }
}

/* --- curves -------------------------------------------------------------------------------- */

static void
curves(struct survival_job *j)
{
    struct table *t = open_table(j, "curve");

    table_column(t, "time", COLUMN_NUMBER);
    table_column(t, "n_risk", COLUMN_COUNT);
    table_column(t, "n_event", COLUMN_COUNT);
    table_column(t, "n_censor", COLUMN_COUNT);
    estimate_columns(t);
    for (size_t g = 0; g < j->n_groups; g++)
        for (size_t i = 0; i < j->groups[g].tables[0].n; i++) {
            const struct survival_row *row = &j->groups[g].tables[0].rows[i];
            if (row->n_event == 0 && row->n_censor == 0)
                continue; /* some only come */
            group_row(j, t, &j->groups[g], SCALE_PROPORTION);
            table_set_number(t, "time", row->time);
            table_set_count(t, "n_risk", (int64_t)row->n_risk);
            table_set_count(t, "n_event", (int64_t)row->n_event);
            table_set_count(t, "n_censor", (int64_t)row->n_censor);
            set_estimate(t, &j->groups[g].curve[i]);
        }
}

static void
chosen_times(struct survival_job *j)
{
    struct table *t = j->how.n_at ? open_table(j, "at") : NULL;

    if (t == NULL)
        return;
    table_column(t, "time", COLUMN_NUMBER);
    table_column(t, "n_risk", COLUMN_COUNT);
    estimate_columns(t);
    for (size_t g = 0; g < j->n_groups; g++)
        for (size_t i = 0; i < j->how.n_at; i++) {
            const struct survival_table *table = &j->groups[g].tables[0];
            struct estimate e;
            kaplan_meier_at(table, j->groups[g].curve, j->how.at[i], &e);
            group_row(j, t, &j->groups[g], SCALE_PROPORTION);
            table_set_number(t, "time", j->how.at[i]);
            table_set_count(t, "n_risk", (int64_t)survival_table_risk(table, j->how.at[i]));
            set_estimate(t, &e);
        }
}

static void
quantiles(struct survival_job *j)
{
    struct table *t = j->how.n_quantiles ? open_table(j, "quantiles") : NULL;

    if (t == NULL)
        return;
    numbers(t, NAMES("p"));
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    for (size_t g = 0; g < j->n_groups; g++)
        for (size_t i = 0; i < j->how.n_quantiles; i++) {
            struct estimate e;
            group_row(j, t, &j->groups[g], SCALE_NUMBER);
            table_set_number(t, "p", j->how.quantiles[i]);
            if (kaplan_meier_quantile(&j->groups[g].tables[0], j->groups[g].curve, j->how.quantiles[i], &e) != DYAD_OK)
                continue;
            table_set_number(t, "estimate", e.value);
            table_set_number(t, "conf_low", e.lower);
            table_set_number(t, "conf_high", e.upper);
        }
}

static enum dyad_status
life_tables(struct survival_job *j, struct dyad_error *err)
{
    struct table *t = j->how.n_breaks ? open_table(j, "life_table") : NULL;
    struct life_interval *out = calloc(j->how.n_breaks + 1, sizeof *out);
    enum dyad_status st = out ? DYAD_OK : no_memory(err);

    if (t) {
        numbers(t, NAMES("begin", "end"));
        table_column(t, "entering", COLUMN_COUNT);
        table_column(t, "lost", COLUMN_COUNT);
        table_column(t, "events", COLUMN_COUNT);
        numbers(t, NAMES("exposed", "survival", "survival_se", "density", "density_se", "hazard", "hazard_se"));
    }
    for (size_t g = 0; t && g < j->n_groups && st == DYAD_OK; g++) {
        if (life_table(&j->groups[g].tables[0], j->how.breaks, j->how.n_breaks, out) != DYAD_OK) {
            st = dyad_fail(err, DYAD_USAGE, "--life-table: it begins after the first time of a group, or records enter late");
            break;
        }
        for (size_t i = 0; i < j->how.n_breaks; i++) {
            group_row(j, t, &j->groups[g], SCALE_NUMBER);
            table_set_number(t, "begin", out[i].begin);
            table_set_number(t, "end", out[i].end);
            table_set_count(t, "entering", (int64_t)out[i].entering);
            table_set_count(t, "lost", (int64_t)out[i].lost);
            table_set_count(t, "events", (int64_t)out[i].events);
            table_set_number(t, "exposed", out[i].exposed);
            table_set_number(t, "survival", out[i].survival);
            table_set_number(t, "survival_se", out[i].survival_error);
            table_set_number(t, "density", out[i].density);
            table_set_number(t, "density_se", out[i].density_error);
            table_set_number(t, "hazard", out[i].hazard);
            table_set_number(t, "hazard_se", out[i].hazard_error);
        }
    }
    free(out);
    return st;
}

/* --- tests --------------------------------------------------------------------------------- */

/* Tables of strata side by side, as the tests want them. */
static struct survival_table *
gather(const struct survival_job *j, size_t *strata)
{
    struct survival_table *out;

    *strata = j->n_strata ? j->n_strata : 1;
    out = calloc(*strata * j->n_groups + 1, sizeof *out);
    for (size_t h = 0; out && h < *strata; h++)
        for (size_t g = 0; g < j->n_groups; g++)
            out[h * j->n_groups + g] = j->groups[g].tables[j->n_strata ? 1 + h : 0];
    return out;
}

/* Numbers, or the order that was asked for; false where the groups have neither. */
static bool
scores_of(const struct survival_job *j, double *scores)
{
    bool all = j->by.n == 1;

    for (size_t g = 0; all && g < j->n_groups; g++) {
        size_t n;
        const struct level *levels = cohort_levels(j->cohort, j->by.factors[0], &n);
        if (!level_is_number(&levels[j->groups[g].codes[0] - 1], &scores[g])) {
            if (!cohort_is_ordered(j->cohort, j->by.factors[0]))
                all = false;
            scores[g] = j->groups[g].codes[0];
        }
    }
    return all;
}

static void
test_row(struct table *t, const char *name, const struct test *test)
{
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "test", name);
    table_set_number(t, "statistic", test->statistic);
    table_set_number(t, "df", test->df);
    table_set_number(t, "p_value", test->p_value);
}

static enum dyad_status
tests(struct survival_job *j)
{
    const struct {
        const char *name;
        struct logrank_method method;
        bool wanted;
    } kinds[] = { { "logrank", { LOGRANK_EQUAL, 0, 0 }, true },
                  { "peto-peto", { LOGRANK_PETO_PETO, 0, 0 }, true },
                  { "fleming-harrington", { LOGRANK_FLEMING_HARRINGTON, j->how.rho, j->how.gamma }, j->how.fleming_harrington } };
    struct table *t = result_table(j->r, "tests");
    const size_t n = j->n_groups;
    struct logrank_work work = LOGRANK_WORK_INIT;
    size_t strata;
    struct survival_table *tables = gather(j, &strata);
    double *room = calloc(3 * n + n * n + 1, sizeof *room), *scores = room ? room + 2 * n : NULL, *v = room ? room + 3 * n : NULL;
    struct test test;
    enum dyad_status st = tables && room ? DYAD_OK : DYAD_NOMEM;

    table_column(t, "test", COLUMN_LABEL);
    table_column(t, "statistic", COLUMN_STATISTIC);
    table_column(t, "df", COLUMN_DF);
    table_column(t, "p_value", COLUMN_P_VALUE);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && st == DYAD_OK && n > 1; i++) {
        if (!kinds[i].wanted)
            continue;
        st = logrank(tables, n, strata, &kinds[i].method, &work, room, room + n, v, &test);
        if (st == DYAD_OK)
            test_row(t, kinds[i].name, &test);
        if (st == DYAD_OK && i == 0 && n > 2 && scores_of(j, scores) &&
            logrank_trend(scores, n, room, room + n, v, &test) == DYAD_OK)
            test_row(t, "trend", &test);
        st = st == DYAD_NOMEM ? st : DYAD_OK;
    }
    for (size_t cause = 1; cause <= j->n_causes && j->n_causes > 1 && st == DYAD_OK && n > 1; cause++) {
        struct gray_work gw = GRAY_WORK_INIT;
        struct text name = TEXT_INIT;
        st = gray(tables, n, strata, cause, 0, &gw, room, v, &test);
        text_printf(&name, "gray: %s", cause == 1 ? j->event.label : j->competing[cause - 2].label);
        if (st == DYAD_OK)
            test_row(t, name.failed ? "gray" : name.at, &test);
        text_release(&name);
        gray_work_release(&gw);
        st = st == DYAD_NOMEM ? st : DYAD_OK;
    }
    logrank_work_release(&work);
    free(tables);
    free(room);
    return st;
}

/* --- competing events ----------------------------------------------------------------------- */

static enum dyad_status
incidence(struct survival_job *j, struct dyad_error *err)
{
    struct table *t = j->n_causes > 1 ? open_table(j, "incidence") : NULL;
    const struct incidence_method method = { j->has_entry ? INCIDENCE_COUNTING : INCIDENCE_JACKKNIFE, j->how.method.limits,
                                             j->how.method.level };
    enum dyad_status st = DYAD_OK;

    if (t) {
        table_column(t, "cause", COLUMN_LABEL);
        numbers(t, NAMES("time"));
        estimate_columns(t);
    }
    for (size_t g = 0; t && g < j->n_groups && st == DYAD_OK; g++) {
        const struct survival_table *table = &j->groups[g].tables[0];
        struct estimate *curve = calloc(table->n + 1, sizeof *curve);
        for (size_t cause = 1; curve && cause <= j->n_causes; cause++) {
            if (aalen_johansen(table, cause, &method, curve) != DYAD_OK)
                continue;
            for (size_t i = 0; i < table->n; i++) {
                group_row(j, t, &j->groups[g], SCALE_PROPORTION);
                table_set_text(t, "cause", cause == 1 ? j->event.label : j->competing[cause - 2].label);
                table_set_number(t, "time", table->rows[i].time);
                set_estimate(t, &curve[i]);
            }
        }
        if (curve == NULL)
            st = no_memory(err);
        free(curve);
    }
    return st;
}

/* --- notes --------------------------------------------------------------------------------- */

static void
notes(struct survival_job *j, double tau)
{
    result_note(j->r, "Kaplan-Meier; the event is %s; limits: %s, level %g%%.%s", j->event.label,
                survival_limits_name(j->how.method.limits), 100 * j->how.method.level,
                j->n_causes > 1 ? " The table curve, medians, means and log-rank tests are of the time to the first event of any kind." : "");
    result_note(j->r, "Events at a time come before censorings at it. The median is the first time at which the curve is at "
                      "or below one half, the middle of a step that is exactly there; empty: not reached.");
    result_note(j->r, "rmean is the mean time without the event within tau = %g%s.", tau,
                isnan(j->how.tau) ? ", the largest time that every group reaches" : "");
    if (j->n_groups > 1)
        result_note(j->r, "Tests compare the groups%s; peto-peto weighs by the survival of all (n+1 in the denominator).",
                    j->n_strata ? " within strata" : "");
    if (j->n_causes > 1)
        result_note(j->r, "Competing events: cumulative incidence by Aalen and Johansen; Gray's test of each cause.");
    if (j->n_missing)
        result_note(j->r, "Left out: %lld record%s without a time, a known event%s%s or a group.", (long long)j->n_missing,
                    plural(j->n_missing), j->has_entry ? ", an entry" : "", j->strata.n ? ", a stratum" : "");
}

enum dyad_status
survival_report(struct survival_job *j, struct dyad_error *err)
{
    const double tau = isnan(j->how.tau) ? default_tau(j) : j->how.tau;
    struct estimate *means = calloc(j->n_groups + 1, sizeof *means);
    enum dyad_status st = means ? DYAD_OK : no_memory(err);

    if (st == DYAD_OK) {
        summary(j, tau, means);
        if (option_wants_table(j->o, "curve", false))
            curves(j);
        chosen_times(j);
        quantiles(j);
        st = life_tables(j, err);
    }
    if (st == DYAD_OK && (st = tests(j)) != DYAD_OK)
        no_memory(err);
    if (st == DYAD_OK) {
        differences(j, means);
        st = incidence(j, err);
    }
    if (st == DYAD_OK)
        notes(j, tau);
    free(means);
    return st;
}
