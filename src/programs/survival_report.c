/* dyad survival: the tables of known times, and which tables there are. */
#include "survival.h"

#include "dyad/stats/life_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- rows and columns ---------------------------------------------------------------------- */

struct table *
survival_open(const struct survival_job *j, const char *name)
{
    struct table *t = result_table(j->r, name);

    for (size_t i = 0; i < j->by.n; i++)
        table_column(t, j->by.names[i], COLUMN_GROUP);
    return t;
}

void
survival_numbers(struct table *t, const char *const *names)
{
    for (; *names; names++)
        table_column(t, *names, COLUMN_NUMBER);
}

static void
counts(struct table *t, const char *const *names)
{
    for (; *names; names++)
        table_column(t, *names, COLUMN_COUNT);
}

void
survival_row(const struct survival_job *j, struct table *t, const struct survival_group *g, enum scale scale)
{
    table_row(t, scale);
    for (size_t i = 0; i < j->by.n; i++)
        table_set_group(t, i, analysis_level(j->cohort, j->by.factors[i], g->codes[i]));
}

void
survival_estimate_columns(struct table *t)
{
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
}

void
survival_set_estimate(struct table *t, const struct estimate *e)
{
    table_set_number(t, "estimate", e->value);
    table_set_number(t, "std_error", e->std_error);
    table_set_number(t, "conf_low", e->lower);
    table_set_number(t, "conf_high", e->upper);
}

const char *
survival_cause(const struct survival_job *j, size_t cause)
{
    return cause == 1 ? j->event.label : j->competing[cause - 2].label;
}

/* --- summary ------------------------------------------------------------------------------- */

static double
last_time(const struct survival_table *t)
{
    return t->rows[t->n - 1].time;
}

/* The largest time that every group reaches. */
static double
default_tau(const struct survival_job *j)
{
    double tau = INFINITY;

    for (size_t g = 0; g < j->n_groups; g++)
        if (!j->groups[g].few) /* whose last time is one person's */
            tau = fmin(tau, last_time(&j->groups[g].tables[0]));
    return isinf(tau) ? 0 : tau;
}

static double
events_of(const struct survival_table *t, size_t cause)
{
    double events = 0;

    for (size_t i = 0; i < t->n; i++)
        events += t->rows[i].exits[cause].records;
    return events;
}

static void
limit_by_cluster(const struct survival_job *j, size_t group, struct estimate *mean)
{
    const struct estimate nothing = { 0, 0, NAN, NAN, NAN };

    if (isnan(mean->value))
        return;
    mean->std_error = survival_cluster_error(j, CLUSTER_MEAN, group, SIZE_MAX);
    mean->lower = mean->upper = mean->value;
    if (mean->std_error > 0 && kaplan_meier_difference(mean, &nothing, &j->how.method, mean) == DYAD_OK)
        mean->p_value = NAN;
}

static void
summary(struct survival_job *j, double tau, struct estimate *means)
{
    struct table *t = survival_open(j, "summary");

    counts(t, NAMES("n", "events"));
    if (j->n_causes > 1)
        table_column(t, "competing", COLUMN_COUNT);
    if (survival_has_weights(j))
        table_column(t, "weighted_n", COLUMN_NUMBER);
    survival_numbers(t, NAMES("median", "median_low", "median_high", "rmean", "rmean_se", "rmean_low", "rmean_high", "tau"));
    for (size_t g = 0; g < j->n_groups; g++) {
        const struct survival_group *group = &j->groups[g];
        const struct survival_table *table = &group->tables[0];
        const double events = events_of(table, 1);
        struct estimate median;
        survival_row(j, t, group, SCALE_NUMBER);
        table_set_count(t, "n", (int64_t)table->records);
        table_set_count(t, "events", (int64_t)events);
        if (j->n_causes > 1)
            table_set_count(t, "competing", (int64_t)(table->events - events));
        if (survival_has_weights(j))
            table_set_number(t, "weighted_n", table->weight);
        if (kaplan_meier_quantile(table, group->curve, 0.5, &median) == DYAD_OK) {
            table_set_number(t, "median", median.value);
            table_set_number(t, "median_low", median.lower);
            table_set_number(t, "median_high", median.upper);
        }
        means[g] = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
        if (tau > 0 && kaplan_meier_mean(table, group->curve, tau, &j->how.method, &means[g]) == DYAD_OK) {
            if (j->cluster.wanted)
                limit_by_cluster(j, g, &means[g]);
            table_set_number(t, "rmean", means[g].value);
            table_set_number(t, "rmean_se", means[g].std_error);
            table_set_number(t, "rmean_low", means[g].lower);
            table_set_number(t, "rmean_high", means[g].upper);
        }
        table_set_number(t, "tau", tau);
    }
}

/* --- between groups ------------------------------------------------------------------------ */

static void
difference(struct survival_job *j, struct table *t, size_t group, size_t target, const struct estimate *of,
           const struct estimate *from, double tau)
{
    const bool is_mean = target == CLUSTER_MEAN;
    struct estimate one = *of, other = *from, d;

    if (j->cluster.wanted) { /* a cluster may have records in both groups */
        one.std_error = isnan(of->std_error + from->std_error) ? NAN : survival_cluster_error(j, target, group, 0);
        other.std_error = 0;
    }

    table_row(t, is_mean ? SCALE_NUMBER : SCALE_DIFFERENCE);
    table_set_text(t, "group", j->groups[group].name);
    table_set_text(t, "reference", j->groups[0].name);
    table_set_text(t, "measure", is_mean ? "rmean" : "at");
    table_set_number(t, "time", is_mean ? tau : j->how.at[target - CLUSTER_AT]);
    if (kaplan_meier_difference(&one, &other, &j->how.method, &d) != DYAD_OK)
        return;
    survival_set_estimate(t, &d);
    table_set_number(t, "p_value", d.p_value);
}

static void
differences(struct survival_job *j, double tau, const struct estimate *means)
{
    struct table *t = j->by.n ? result_table(j->r, "differences") : NULL;

    if (t == NULL)
        return;
    table_column(t, "group", COLUMN_LABEL);
    table_column(t, "reference", COLUMN_LABEL);
    table_column(t, "measure", COLUMN_LABEL);
    table_column(t, "time", COLUMN_NUMBER);
    survival_estimate_columns(t);
    table_column(t, "p_value", COLUMN_P_VALUE);
    for (size_t g = 1; g < j->n_groups; g++)
        difference(j, t, g, CLUSTER_MEAN, &means[g], &means[0], tau);
    for (size_t i = 0; i < j->how.n_at; i++)
        for (size_t g = 1; g < j->n_groups; g++) {
            struct estimate here, there;
            kaplan_meier_at(&j->groups[g].tables[0], j->groups[g].curve, j->how.at[i], &here);
            kaplan_meier_at(&j->groups[0].tables[0], j->groups[0].curve, j->how.at[i], &there);
            difference(j, t, g, CLUSTER_AT + i, &here, &there, tau);
        }
}

/* --- curves -------------------------------------------------------------------------------- */

static double
event_records(const struct survival_row *row, size_t causes)
{
    double records = 0;

    for (size_t k = 1; k <= causes; k++)
        records += row->exits[k].records;
    return records;
}

/* One row for a curve of a few: how many steps it has would tell of them. */
static void
hidden_curve(const struct survival_job *j, struct table *t, const struct survival_group *g, const char *cause)
{
    survival_row(j, t, g, SCALE_PROPORTION);
    if (cause)
        table_set_text(t, "cause", cause);
    table_set_count(t, "n_risk", (int64_t)g->tables[0].records);
}

static void
curve(struct survival_job *j)
{
    struct table *t = survival_open(j, "curve");

    table_column(t, "time", COLUMN_NUMBER);
    counts(t, NAMES("n_risk", "n_event", "n_censor"));
    survival_estimate_columns(t);
    if (survival_has_weights(j))
        survival_numbers(t, NAMES("weight_risk", "weight_event", "weight_censor"));
    for (size_t g = 0; g < j->n_groups; g++) {
        if (j->groups[g].few)
            hidden_curve(j, t, &j->groups[g], NULL);
        for (size_t i = 0; i < j->groups[g].tables[0].n && !j->groups[g].few; i++) {
            const struct survival_row *row = &j->groups[g].tables[0].rows[i];
            const double events = event_records(row, j->n_causes);
            if (events == 0 && row->exits[0].records == 0)
                continue; /* some only come */
            survival_row(j, t, &j->groups[g], SCALE_PROPORTION);
            table_set_number(t, "time", row->time);
            table_set_count(t, "n_risk", (int64_t)row->records);
            table_set_count(t, "n_event", (int64_t)events);
            table_set_count(t, "n_censor", (int64_t)row->exits[0].records);
            survival_set_estimate(t, &j->groups[g].curve[i]);
            if (!survival_has_weights(j))
                continue;
            table_set_number(t, "weight_risk", row->n_risk);
            table_set_number(t, "weight_event", row->n_event);
            table_set_number(t, "weight_censor", row->n_censor);
        }
    }
}

/* Records at risk just before ${time}. */
static double
records_at_risk(const struct survival_table *t, double time)
{
    size_t i = survival_table_find(t, time);

    if (i > 0 && t->rows[i - 1].time == time)
        i--;
    return i < t->n ? t->rows[i].records : 0;
}

static void
chosen_times(struct survival_job *j)
{
    struct table *t = j->how.n_at ? survival_open(j, "at") : NULL;

    if (t == NULL)
        return;
    table_column(t, "time", COLUMN_NUMBER);
    table_column(t, "n_risk", COLUMN_COUNT);
    survival_estimate_columns(t);
    for (size_t g = 0; g < j->n_groups; g++)
        for (size_t i = 0; i < j->how.n_at; i++) {
            const struct survival_table *table = &j->groups[g].tables[0];
            struct estimate e;
            kaplan_meier_at(table, j->groups[g].curve, j->how.at[i], &e);
            survival_row(j, t, &j->groups[g], SCALE_PROPORTION);
            table_set_number(t, "time", j->how.at[i]);
            table_set_count(t, "n_risk", (int64_t)records_at_risk(table, j->how.at[i]));
            survival_set_estimate(t, &e);
        }
}

static void
quantiles(struct survival_job *j)
{
    struct table *t = j->how.n_quantiles ? survival_open(j, "quantiles") : NULL;

    if (t == NULL)
        return;
    table_column(t, "p", COLUMN_NUMBER);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    for (size_t g = 0; g < j->n_groups; g++)
        for (size_t i = 0; i < j->how.n_quantiles; i++) {
            struct estimate e;
            survival_row(j, t, &j->groups[g], SCALE_NUMBER);
            table_set_number(t, "p", j->how.quantiles[i]);
            if (kaplan_meier_quantile(&j->groups[g].tables[0], j->groups[g].curve, j->how.quantiles[i], &e) != DYAD_OK)
                continue;
            table_set_number(t, "estimate", e.value);
            table_set_number(t, "conf_low", e.lower);
            table_set_number(t, "conf_high", e.upper);
        }
}

/* --- life tables --------------------------------------------------------------------------- */

static void
life_row(struct table *t, const struct life_interval *life)
{
    table_set_number(t, "begin", life->begin);
    table_set_number(t, "end", life->end);
    table_set_count(t, "entering", (int64_t)life->entering);
    table_set_count(t, "lost", (int64_t)life->lost);
    table_set_count(t, "events", (int64_t)life->events);
    table_set_number(t, "exposed", life->exposed);
    table_set_number(t, "survival", life->survival);
    table_set_number(t, "survival_se", life->survival_error);
    table_set_number(t, "density", life->density);
    table_set_number(t, "density_se", life->density_error);
    table_set_number(t, "hazard", life->hazard);
    table_set_number(t, "hazard_se", life->hazard_error);
}

static enum dyad_status
life_tables(struct survival_job *j, struct dyad_error *err)
{
    struct table *t = j->how.n_breaks ? survival_open(j, "life_table") : NULL;
    struct life_interval *out = calloc(j->how.n_breaks + 1, sizeof *out);
    enum dyad_status st = out ? DYAD_OK : no_memory(err);

    if (t) {
        survival_numbers(t, NAMES("begin", "end"));
        counts(t, NAMES("entering", "lost", "events"));
        survival_numbers(t, NAMES("exposed", "survival", "survival_se", "density", "density_se", "hazard", "hazard_se"));
    }
    for (size_t g = 0; t && g < j->n_groups && st == DYAD_OK; g++) {
        if (life_table(&j->groups[g].tables[0], j->how.breaks, j->how.n_breaks, out) != DYAD_OK)
            st = dyad_fail(err, DYAD_USAGE, "--life-table: some records leave before its first time: begin with 0");
        for (size_t i = 0; i < j->how.n_breaks && st == DYAD_OK; i++) {
            survival_row(j, t, &j->groups[g], SCALE_NUMBER);
            life_row(t, &out[i]);
        }
    }
    free(out);
    return st;
}

/* --- competing events ---------------------------------------------------------------------- */

static void
incidence_rows(struct survival_job *j, struct table *t, const struct survival_group *g, size_t cause,
               const struct estimate *at)
{
    const struct survival_table *table = &g->tables[0];

    if (g->few)
        hidden_curve(j, t, g, survival_cause(j, cause));
    for (size_t i = 0; i < table->n && !g->few; i++) {
        const struct survival_row *row = &table->rows[i];
        if (event_records(row, j->n_causes) == 0 && row->exits[0].records == 0)
            continue;
        survival_row(j, t, g, SCALE_PROPORTION);
        table_set_text(t, "cause", survival_cause(j, cause));
        table_set_number(t, "time", row->time);
        table_set_count(t, "n_risk", (int64_t)row->records);
        table_set_count(t, "n_event", (int64_t)row->exits[cause].records);
        survival_set_estimate(t, &at[i]);
    }
}

static void
incidence_at(struct survival_job *j, struct table *t, const struct survival_group *g, size_t cause,
             const struct estimate *curve_of_cause)
{
    for (size_t i = 0; i < j->how.n_at; i++) {
        struct estimate e;
        aalen_johansen_at(&g->tables[0], curve_of_cause, j->how.at[i], &e);
        survival_row(j, t, g, SCALE_PROPORTION);
        table_set_text(t, "cause", survival_cause(j, cause));
        table_set_number(t, "time", j->how.at[i]);
        table_set_count(t, "n_risk", (int64_t)records_at_risk(&g->tables[0], j->how.at[i]));
        survival_set_estimate(t, &e);
    }
}

struct incidence_method
survival_incidence_method(const struct survival_job *j)
{
    return (struct incidence_method){ j->entry.wanted ? INCIDENCE_COUNTING : INCIDENCE_JACKKNIFE, j->how.method.limits,
                                      j->how.method.level };
}

enum dyad_status
survival_incidence(struct survival_job *j, struct dyad_error *err)
{
    struct table *t = j->n_causes > 1 ? survival_open(j, "incidence") : NULL;
    struct table *at = t && j->how.n_at ? survival_open(j, "incidence_at") : NULL;
    const struct incidence_method method = survival_incidence_method(j);

    for (size_t i = 0; i < 2 && t; i++) {
        struct table *one = i ? at : t;
        if (one == NULL)
            continue;
        table_column(one, "cause", COLUMN_LABEL);
        table_column(one, "time", COLUMN_NUMBER);
        counts(one, i ? NAMES("n_risk") : NAMES("n_risk", "n_event"));
        survival_estimate_columns(one);
    }
    for (size_t g = 0; t && g < j->n_groups; g++) {
        const struct survival_table *table = &j->groups[g].tables[0];
        struct estimate *found = calloc(table->n + 1, sizeof *found);
        if (found == NULL)
            return no_memory(err);
        for (size_t cause = 1; cause <= j->n_causes; cause++) {
            if (aalen_johansen(table, cause, &method, found) != DYAD_OK)
                continue;
            if (option_wants_table(j->o, "incidence", false))
                incidence_rows(j, t, &j->groups[g], cause, found);
            if (at)
                incidence_at(j, at, &j->groups[g], cause, found);
        }
        free(found);
    }
    return DYAD_OK;
}

/* --- all of it ----------------------------------------------------------------------------- */

enum dyad_status
survival_curves(struct survival_job *j, double *tau, struct dyad_error *err)
{
    struct estimate *means = calloc(j->n_groups + 1, sizeof *means);
    enum dyad_status st = means ? DYAD_OK : no_memory(err);

    if (isnan(*tau))
        *tau = default_tau(j);
    if (st == DYAD_OK && j->cluster.wanted)
        st = survival_clusters(j, *tau, err);
    if (st == DYAD_OK) {
        summary(j, *tau, means);
        if (option_wants_table(j->o, "curve", false))
            curve(j);
        chosen_times(j);
        quantiles(j);
        st = life_tables(j, err);
    }
    if (st == DYAD_OK && !survival_is_robust(j))
        st = survival_tests(j, err);
    if (st == DYAD_OK)
        differences(j, *tau, means);
    free(means);
    if (st == DYAD_OK && (st = survival_incidence(j, err)) == DYAD_OK)
        st = survival_heaping(j, err);
    return st;
}

enum dyad_status
survival_report(struct survival_job *j, struct dyad_error *err)
{
    double tau = j->how.tau;
    enum dyad_status st =
        j->how.mode == SURVIVAL_TIMES ? survival_curves(j, &tau, err) : survival_shapes(j, &tau, err);

    if (st == DYAD_OK)
        survival_notes(j, tau);
    return st;
}
