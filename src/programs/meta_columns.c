#include "meta_studies.h"

#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[META_ROLES] = {
    "study",    "treated_events", "treated_total", "control_events", "control_total", "estimate",
    "conf_low", "conf_high",      "std_error",     "variance",       "events",        "total",
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
name_role(struct meta_columns *c, const char *typed, struct dyad_error *err)
{
    const char *equals = strchr(typed, '=');
    size_t role = 0;

    while (equals && role < META_ROLES &&
           (strlen(role_names[role]) != (size_t)(equals - typed) ||
            strncmp(role_names[role], typed, (size_t)(equals - typed)) != 0))
        role++;
    if (equals == NULL || role == META_ROLES || equals[1] == '\0')
        return dyad_fail(err, DYAD_USAGE,
                         "--columns %s: ROLE=COL is needed; the roles are study, treated_events, treated_total, "
                         "control_events, control_total, estimate, conf_low, conf_high, std_error, variance, events, total",
                         typed);
    if (c->names[role])
        return dyad_fail(err, DYAD_USAGE, "--columns: the role %s twice", role_names[role]);
    for (size_t other = 0; other < META_ROLES; other++)
        if (c->names[other] && strcmp(c->names[other], equals + 1) == 0)
            return dyad_fail(err, DYAD_USAGE, "--columns: '%s' cannot be both %s and %s", equals + 1, role_names[other],
                             role_names[role]);
    c->names[role] = text_copy(equals + 1);
    return c->names[role] ? DYAD_OK : no_memory(err);
}

/* Roles as typed; a column with a role's own name plays it unless the role is given away. */
static enum dyad_status
find_roles(struct reading *job)
{
    struct meta_columns *c = &job->studies->columns;
    struct cohort *cohort = job->studies->cohort;
    size_t n;
    const char *const *typed = option_list(job->o, "columns", &n);
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = name_role(c, typed[i], job->err);
    for (size_t role = 0; role < META_ROLES && st == DYAD_OK; role++) {
        if (c->names[role] == NULL && cohort_has(cohort, role_names[role]) &&
            (c->names[role] = text_copy(role_names[role])) == NULL)
            st = no_memory(job->err);
        if (st == DYAD_OK && c->names[role])
            st = cohort_factor(cohort, c->names[role], LEVELS_UNLIMITED, &c->factors[role], job->err);
    }
    return st;
}

/* A column asked for by an option of its own. */
static enum dyad_status
find_column(struct reading *job, const char *option, size_t levels_max, bool *has, size_t *factor)
{
    const char *name = option_text(job->o, option);

    *has = name != NULL;
    return name ? cohort_factor(job->studies->cohort, name, levels_max, factor, job->err) : DYAD_OK;
}

/* A number as typed, or the column of that name. */
static enum dyad_status
find_number_or_column(struct reading *job, const char *option, bool *has, size_t *factor, double *given)
{
    const char *typed = option_text(job->o, option);

    *given = NAN;
    if (typed && number_parse(typed, strlen(typed), '.', given) == NUMBER_GOOD)
        return DYAD_OK;
    return find_column(job, option, LEVELS_UNLIMITED, has, factor);
}

static enum dyad_status
find_moderators(struct reading *job)
{
    struct meta_columns *c = &job->studies->columns;
    enum dyad_status st = DYAD_OK;

    const char *typed = option_text(job->o, "moderators");

    if (typed == NULL)
        return DYAD_OK;
    c->has_moderators = true;
    struct dyad_error why = DYAD_ERROR_INIT;
    if ((st = formula_parse(typed, FORMULA_RIGHT, &c->formula, &why)) != DYAD_OK)
        return dyad_fail(job->err, st, "--moderators: %s", why.text);
    const size_t n = c->formula.n_columns;
    c->moderators = calloc(n ? n : 1, sizeof *c->moderators);
    if (c->moderators == NULL)
        return no_memory(job->err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = cohort_factor(job->studies->cohort, c->formula.columns[i].name, LEVELS_UNLIMITED, &c->moderators[i],
                           job->err);
    return st;
}

bool
meta_has_role(const struct meta_columns *c, enum meta_role role)
{
    return c->names[role] != NULL;
}

static bool
has_counts_columns(const struct meta_columns *c)
{
    return meta_has_role(c, ROLE_TREATED_EVENTS) && meta_has_role(c, ROLE_TREATED_TOTAL) && meta_has_role(c, ROLE_CONTROL_EVENTS) &&
           meta_has_role(c, ROLE_CONTROL_TOTAL);
}

bool
meta_has_estimate(const struct meta_columns *c)
{
    return meta_has_role(c, ROLE_ESTIMATE) &&
           (meta_has_role(c, ROLE_STD_ERROR) || meta_has_role(c, ROLE_VARIANCE) ||
            (meta_has_role(c, ROLE_CONF_LOW) && meta_has_role(c, ROLE_CONF_HIGH)));
}

/* Does the file have what the measure is computed from? */
static enum dyad_status
check_columns(struct reading *job)
{
    const struct meta_columns *c = &job->studies->columns;
    const enum meta_measure m = job->choices->measure;
    static const char advice[] = "name them with --columns ROLE=COL,...";

    if (meta_measure_is_proportion(m))
        return meta_has_role(c, ROLE_EVENTS) && meta_has_role(c, ROLE_TOTAL)
                   ? DYAD_OK
                   : dyad_fail(job->err, DYAD_USAGE, "--measure %s needs the columns events and total: %s",
                               meta_measure_name(m), advice);
    if (!meta_measure_has_tables(m))
        return meta_has_estimate(c)
                   ? DYAD_OK
                   : dyad_fail(job->err, DYAD_USAGE,
                               "--measure %s needs the column estimate with std_error, variance, or conf_low and conf_high: %s",
                               meta_measure_name(m), advice);
    if (has_counts_columns(c) || (job->choices->measure_named && meta_has_estimate(c)))
        return DYAD_OK;
    if (meta_has_estimate(c))
        return dyad_fail(job->err, DYAD_USAGE, "what are the estimates? Name it: --measure or, rr, rd, hr or generic");
    if (meta_has_role(c, ROLE_EVENTS) && meta_has_role(c, ROLE_TOTAL))
        return dyad_fail(job->err, DYAD_USAGE, "of one arm a proportion is pooled: --measure proportion-logit or proportion-ft");
    return dyad_fail(job->err, DYAD_USAGE,
                     "nothing to pool: no columns treated_events, treated_total, control_events and control_total, and no "
                     "estimate with its limits or error: %s", advice);
}

enum dyad_status
meta_columns_find(struct reading *job)
{
    struct meta_columns *c = &job->studies->columns;
    enum dyad_status st;

    if ((st = find_roles(job)) != DYAD_OK || (st = check_columns(job)) != DYAD_OK ||
        (st = grouping_request(job->studies->cohort, job->o, &c->by, job->err)) != DYAD_OK ||
        (st = find_column(job, "subgroup", LEVELS_MAX, &c->has_subgroup, &c->subgroup)) != DYAD_OK ||
        (st = find_column(job, "cluster", LEVELS_UNLIMITED, &c->has_cluster, &c->cluster)) != DYAD_OK ||
        (st = find_column(job, "cumulative", LEVELS_UNLIMITED, &c->has_order, &c->order)) != DYAD_OK ||
        (st = find_number_or_column(job, "icc", &c->has_icc, &c->icc, &c->icc_given)) != DYAD_OK ||
        (st = find_number_or_column(job, "cluster-size", &c->has_size, &c->size, &c->size_given)) != DYAD_OK)
        return st;
    return find_moderators(job);
}
