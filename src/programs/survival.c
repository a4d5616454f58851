/* dyad survival: how long until an event: weaning, the end of exclusive breastfeeding. */
#include "survival.h"

#include "dyad/data/number.h"

#include "commands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec known[] = {
    { "time", OPTION_TEXT, "COL", "time to the event, or to the end of observation" },
    { "event", OPTION_TEXT, "COL", "did the event happen then: a 0/1 or no/yes column, or COL=VALUE" },
    { "entry", OPTION_TEXT, "COL", "late entry: at risk only after this time" },
    { "stratify", OPTION_LIST, "COL,...", "the tests compare the --by groups within these strata" },
    { "competing", OPTION_REPEAT, "COL=VALUE", "another event that ends observation: cumulative incidence, Gray's test" },
    { "ci", OPTION_TEXT, "METHOD", "log-log (default), log, plain, logit or arcsin" },
    { "at", OPTION_LIST, "T,...", "the curve at these times" },
    { "quantiles", OPTION_LIST, "P,...", "times by which these shares had the event, besides the median" },
    { "tau", OPTION_TEXT, "T", "restricted mean to this time; default the largest that every group reaches" },
    { "fleming-harrington", OPTION_TEXT, "RHO,GAMMA", "also this weighted log-rank test" },
    { "life-table", OPTION_LIST, "T,...", "life table with intervals that begin at these times" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- choices ------------------------------------------------------------------------------ */

/* Numbers of a list option, ascending where they must be. */
static enum dyad_status
read_numbers(const struct options *o, const char *name, double least, double most, double **out, size_t *n,
             struct dyad_error *err)
{
    const char *const *typed = option_list(o, name, n);

    *out = calloc(*n + 1, sizeof **out);
    if (*out == NULL)
        return no_memory(err);
    for (size_t i = 0; i < *n; i++)
        if (number_parse(typed[i], strlen(typed[i]), '.', &(*out)[i]) != NUMBER_GOOD || !((*out)[i] >= least) ||
            !((*out)[i] <= most))
            return dyad_fail(err, DYAD_USAGE, "--%s: numbers from %g%s are needed", name, least, most < 1e300 ? " to below 1" : "");
    return DYAD_OK;
}

static enum dyad_status
read_choices(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    const char *ci = option_text(o, "ci"), *tau = option_text(o, "tau"), *test = option_text(o, "fleming-harrington");
    double *quantiles = NULL;
    size_t n = 0;
    enum dyad_status st;

    *c = (struct survival_choices){ .method = { LIMITS_LOG_LOG, o->level, false }, .tau = NAN };
    if (ci && !survival_limits_find(ci, &c->method.limits))
        return dyad_fail(err, DYAD_USAGE, "--ci %s: there are log-log, log, plain, logit and arcsin", ci);
    if (tau && (number_parse(tau, strlen(tau), '.', &c->tau) != NUMBER_GOOD || !(c->tau > 0)))
        return dyad_fail(err, DYAD_USAGE, "--tau: a time above 0 is needed");
    if (test) {
        const char *comma = strchr(test, ',');
        c->fleming_harrington = comma && number_parse(test, (size_t)(comma - test), '.', &c->rho) == NUMBER_GOOD &&
                                number_parse(comma + 1, strlen(comma + 1), '.', &c->gamma) == NUMBER_GOOD && c->rho >= 0 &&
                                c->gamma >= 0;
        if (!c->fleming_harrington)
            return dyad_fail(err, DYAD_USAGE, "--fleming-harrington: two numbers from 0 are needed: 1,0");
    }
    if ((st = read_numbers(o, "at", 0, INFINITY, &c->at, &c->n_at, err)) != DYAD_OK ||
        (st = read_numbers(o, "life-table", 0, INFINITY, &c->breaks, &c->n_breaks, err)) != DYAD_OK)
        return st;
    for (size_t i = 1; i < c->n_breaks; i++)
        if (!(c->breaks[i] > c->breaks[i - 1]))
            return dyad_fail(err, DYAD_USAGE, "--life-table: the times must ascend");
    st = read_numbers(o, "quantiles", 1e-12, 1 - 1e-12, &quantiles, &n, err);
    if (st == DYAD_OK && n > QUANTILES_MAX)
        st = dyad_fail(err, DYAD_USAGE, "--quantiles: at most %d", QUANTILES_MAX);
    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        c->quantiles[c->n_quantiles++] = quantiles[i];
    free(quantiles);
    return st;
}

/* --- the file ------------------------------------------------------------------------------ */

static enum dyad_status
request_strata(struct survival_job *j, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    j->strata.names = option_list(j->o, "stratify", &j->strata.n);
    if (j->strata.n > BY_MAX)
        return dyad_fail(err, DYAD_USAGE, "--stratify: at most %d columns", BY_MAX);
    for (size_t i = 0; i < j->strata.n && st == DYAD_OK; i++)
        st = cohort_factor(j->cohort, j->strata.names[i], LEVELS_MAX, &j->strata.factors[i], err);
    return st;
}

static enum dyad_status
request(struct survival_job *j, struct crosstab_spec *spec, struct dyad_error *err)
{
    const struct options *o = j->o;
    size_t n;
    const char *const *competing = option_list(o, "competing", &n);
    enum dyad_status st;

    if (!option_given(o, "time") || !option_given(o, "event"))
        return dyad_fail(err, DYAD_USAGE, "--time COL and --event COL are needed");
    if (n >= CAUSES_MAX)
        return dyad_fail(err, DYAD_USAGE, "--competing: at most %d", CAUSES_MAX - 1);
    if ((st = cohort_factor(j->cohort, option_text(o, "time"), LEVELS_UNLIMITED, &j->time.factor, err)) != DYAD_OK ||
        (st = event_request(j->cohort, option_text(o, "event"), &j->event, err)) != DYAD_OK)
        return st;
    j->has_entry = option_given(o, "entry");
    if (j->has_entry &&
        (st = cohort_factor(j->cohort, option_text(o, "entry"), LEVELS_UNLIMITED, &j->entry.factor, err)) != DYAD_OK)
        return st;
    if ((st = grouping_request(j->cohort, o, &j->by, err)) != DYAD_OK || (st = request_strata(j, err)) != DYAD_OK)
        return st;
    j->n_causes = 1;
    for (size_t i = 0; i < n; i++, j->n_causes++)
        if ((st = event_request(j->cohort, competing[i], &j->competing[i], err)) != DYAD_OK)
            return st;
    if (j->event.coding == EVENT_COUNTS)
        return dyad_fail(err, DYAD_USAGE, "--event: EVENTS/TOTAL has no times: name a column of one event a record");
    for (size_t i = 0; i < j->by.n; i++)
        spec->factors[spec->n_factors++] = j->by.factors[i];
    for (size_t i = 0; i < j->strata.n; i++)
        spec->factors[spec->n_factors++] = j->strata.factors[i];
    if (spec->n_factors + 3 + n > CROSSTAB_FACTORS)
        return dyad_fail(err, DYAD_USAGE, "more columns than can be counted together: at most %d", CROSSTAB_FACTORS);
    spec->factors[spec->n_factors++] = j->time.factor;
    spec->factors[spec->n_factors++] = j->event.factor;
    if (j->has_entry)
        spec->factors[spec->n_factors++] = j->entry.factor;
    for (size_t i = 0; i < n; i++)
        spec->factors[spec->n_factors++] = j->competing[i].factor;
    return DYAD_OK;
}

/* Times by code; what is none is refused with its place. */
static enum dyad_status
settle_numbers(struct survival_job *j, struct number_column *c, const char *name, struct dyad_error *err)
{
    const char decimal = j->o->cohort.decimal ? j->o->cohort.decimal : '.';
    size_t n;
    const struct level *levels = cohort_levels(j->cohort, c->factor, &n), *bad = NULL;
    const char *what = NULL;

    c->numbers = calloc(n + 1, sizeof *c->numbers);
    if (c->numbers == NULL)
        return no_memory(err);
    c->numbers[0] = NAN;
    for (size_t i = 0; i < n; i++) {
        const bool number = number_parse(levels[i].text, levels[i].length, decimal, &c->numbers[i + 1]) == NUMBER_GOOD;
        if (number && c->numbers[i + 1] >= 0)
            continue;
        if (bad == NULL || place_before(levels[i].first, bad->first)) {
            bad = &levels[i];
            what = number ? "holds a negative time" : "holds no number where a time is needed";
        }
    }
    return bad ? cohort_refuse(j->cohort, bad, name, what, err) : DYAD_OK;
}

static enum dyad_status
settle(struct survival_job *j, struct dyad_error *err)
{
    enum dyad_status st;

    if ((st = settle_numbers(j, &j->time, option_text(j->o, "time"), err)) != DYAD_OK ||
        (j->has_entry && (st = settle_numbers(j, &j->entry, option_text(j->o, "entry"), err)) != DYAD_OK) ||
        (st = event_settle(j->cohort, &j->event, j->r, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i + 1 < j->n_causes && st == DYAD_OK; i++)
        st = event_settle(j->cohort, &j->competing[i], j->r, err);
    return st;
}

/* --- counts -------------------------------------------------------------------------------- */

/* What is counted of one group: of all, and of each stratum. */
struct counting {
    struct survival_counts **at; /* [group * (1 + n_strata) + h] */
    uint32_t (*strata)[BY_MAX];
    size_t n_strata;
};

static size_t
find_codes(uint32_t (*known_codes)[BY_MAX], size_t *n, const uint32_t *codes, size_t n_codes)
{
    size_t i = 0;

    while (i < *n && memcmp(known_codes[i], codes, n_codes * sizeof *codes) != 0)
        i++;
    if (i == *n)
        memcpy(known_codes[(*n)++], codes, n_codes * sizeof *codes);
    return i;
}

/* Which cause the cell's people had: 1 the event, 2 ... competing ones, 0 none; -1: contradictory, -2: missing. */
static int
cause_of(const struct survival_job *j, const struct crosstab_cell *cell, size_t at)
{
    const int state = j->event.states[cell->codes[at]];
    int cause = state == 1;

    if (state < 0)
        return -2;
    for (size_t i = 0; i + 1 < j->n_causes; i++) {
        const int other = j->competing[i].states[cell->codes[at + 1 + (size_t)j->has_entry + i]];
        if (other == 1 && cause)
            return -1;
        if (other == 1)
            cause = (int)i + 2;
    }
    return cause;
}

static bool
is_complete(const struct survival_job *j, const struct crosstab_cell *cell)
{
    const size_t n = j->by.n + j->strata.n + 1;

    for (size_t i = 0; i < n; i++)
        if (cell->codes[i] == 0)
            return false;
    return !j->has_entry || cell->codes[n + 1] != 0;
}

static enum dyad_status
count_cell(struct survival_job *j, struct counting *c, const struct crosstab_cell *cell, size_t group, size_t stratum,
           struct dyad_error *err)
{
    const size_t at = j->by.n + j->strata.n;
    const int cause = cause_of(j, cell, at + 1);
    const struct survival_time time = {
        .entry = j->has_entry ? j->entry.numbers[cell->codes[at + 2]] : SURVIVAL_FROM_START,
        .exit = j->time.numbers[cell->codes[at]], .cause = cause > 0 ? (size_t)cause : 0, .count = (double)cell->records,
        .weight = 1
    };
    enum dyad_status st;

    if (cause == -1)
        return dyad_fail(err, DYAD_DATA, "--competing: some records have both the event and a competing one");
    if (j->has_entry && !(time.entry < time.exit))
        return dyad_fail(err, DYAD_DATA, "columns '%s' and '%s': a record enters at or after its end",
                         option_text(j->o, "entry"), option_text(j->o, "time"));
    st = survival_counts_add(c->at[group * (1 + j->n_strata)], &time);
    if (st == DYAD_OK && j->n_strata)
        st = survival_counts_add(c->at[group * (1 + j->n_strata) + 1 + stratum], &time);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    j->n_used += cell->records;
    return st == DYAD_OK ? st : dyad_fail(err, DYAD_DATA, "times or their numbers are beyond what can be counted (1e15)");
}

/* Groups and strata that have somebody, in the order of their cells. */
static enum dyad_status
find_groups(struct survival_job *j, const struct crosstab_cell *cells, size_t n, uint32_t (**groups)[BY_MAX],
            uint32_t (**strata)[BY_MAX])
{
    *groups = calloc(n + 1, sizeof **groups);
    *strata = calloc(n + 1, sizeof **strata);
    if (*groups == NULL || *strata == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (!is_complete(j, &cells[i]) || cause_of(j, &cells[i], j->by.n + j->strata.n + 1) == -2)
            continue;
        (void)find_codes(*groups, &j->n_groups, cells[i].codes, j->by.n);
        if (j->strata.n)
            (void)find_codes(*strata, &j->n_strata, cells[i].codes + j->by.n, j->strata.n);
    }
    return DYAD_OK;
}

static enum dyad_status
name_group(const struct survival_job *j, struct survival_group *g)
{
    struct text t = TEXT_INIT;

    text_puts(&t, "");
    for (size_t i = 0; i < j->by.n; i++)
        text_printf(&t, "%s%s", i ? " / " : "", analysis_level(j->cohort, j->by.factors[i], g->codes[i]));
    g->name = text_steal(&t);
    return g->name ? DYAD_OK : DYAD_NOMEM;
}

/* All tables are made together, so that times that are nearly the same are one in all of them. */
static enum dyad_status
make_groups(struct survival_job *j, const struct counting *c, uint32_t (*groups)[BY_MAX], struct dyad_error *err)
{
    const size_t per_group = 1 + j->n_strata, n = j->n_groups * per_group;
    struct survival_table *tables = calloc(n + 1, sizeof *tables);
    enum dyad_status st = DYAD_NOMEM;

    j->groups = calloc(j->n_groups + 1, sizeof *j->groups);
    if (tables && j->groups)
        st = survival_tables((const struct survival_counts *const *)c->at, n, tables);
    if (st == DYAD_DOMAIN)
        dyad_fail(err, DYAD_DATA, "some times of entry and exit are nearly the same, or there are too many records");
    for (size_t g = 0; g < j->n_groups && st == DYAD_OK; g++) {
        struct survival_group *to = &j->groups[g];
        memcpy(to->codes, groups[g], sizeof to->codes);
        to->tables = calloc(per_group, sizeof *to->tables);
        if (to->tables)
            memcpy(to->tables, tables + g * per_group, per_group * sizeof *tables);
        for (size_t h = 0; to->tables && h < per_group; h++)
            tables[g * per_group + h] = (struct survival_table)SURVIVAL_TABLE_INIT;
        to->curve = to->tables ? calloc(to->tables[0].n + 1, sizeof *to->curve) : NULL;
        st = to->curve ? name_group(j, to) : DYAD_NOMEM;
        if (st == DYAD_OK)
            st = kaplan_meier(&to->tables[0], &j->how.method, to->curve);
    }
    for (size_t i = 0; tables && i < n; i++)
        survival_table_release(&tables[i]);
    free(tables);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_DOMAIN ? DYAD_DATA : st;
}

static enum dyad_status
count(struct survival_job *j, const struct crosstab_cell *cells, size_t n, struct dyad_error *err)
{
    uint32_t (*groups)[BY_MAX] = NULL, (*strata)[BY_MAX] = NULL;
    struct counting c = { NULL, NULL, 0 };
    enum dyad_status st = find_groups(j, cells, n, &groups, &strata);
    const size_t n_tables = j->n_groups * (1 + j->n_strata);

    c.at = st == DYAD_OK ? calloc(n_tables + 1, sizeof *c.at) : NULL;
    if (c.at == NULL)
        st = no_memory(err);
    for (size_t i = 0; i < n_tables && st == DYAD_OK; i++)
        if ((c.at[i] = survival_counts_new(j->n_causes)) == NULL)
            st = no_memory(err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        size_t known_groups = j->n_groups, known_strata = j->n_strata;
        if (!is_complete(j, &cells[i]) || cause_of(j, &cells[i], j->by.n + j->strata.n + 1) == -2) {
            j->n_missing += cells[i].records;
            continue;
        }
        const size_t group = find_codes(groups, &known_groups, cells[i].codes, j->by.n);
        const size_t stratum = j->strata.n ? find_codes(strata, &known_strata, cells[i].codes + j->by.n, j->strata.n) : 0;
        st = count_cell(j, &c, &cells[i], group, stratum, err);
    }
    if (st == DYAD_OK && j->n_groups == 0)
        st = dyad_fail(err, DYAD_DOMAIN, "no record is left that has a time and is known to have had the event or not");
    if (st == DYAD_OK)
        st = make_groups(j, &c, groups, err);
    for (size_t i = 0; c.at && i < n_tables; i++)
        survival_counts_free(c.at[i]);
    free(c.at);
    free(groups);
    free(strata);
    return st;
}

/* --- the run ------------------------------------------------------------------------------ */

static void
release(struct survival_job *j)
{
    for (size_t g = 0; j->groups && g < j->n_groups; g++) {
        for (size_t h = 0; j->groups[g].tables && h <= j->n_strata; h++)
            survival_table_release(&j->groups[g].tables[h]);
        free(j->groups[g].tables);
        free(j->groups[g].curve);
        free(j->groups[g].name);
    }
    free(j->groups);
    event_release(&j->event);
    for (size_t i = 0; i + 1 < j->n_causes; i++)
        event_release(&j->competing[i]);
    free(j->time.numbers);
    free(j->entry.numbers);
    free(j->how.at);
    free(j->how.breaks);
    cohort_close(j->cohort);
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct survival_job j = { .o = o, .r = &out->result, .n_causes = 1 };
    struct crosstab_spec spec = { .n_factors = 0 };
    void *sums = NULL;
    enum dyad_status st;

    if ((st = read_choices(o, &j.how, err)) == DYAD_OK && (st = analysis_open(o, &j.cohort, err)) == DYAD_OK &&
        (st = request(&j, &spec, err)) == DYAD_OK &&
        (st = analysis_run(j.cohort, &(struct crosstab_set){ &spec, 1 }, &sums, err)) == DYAD_OK &&
        (st = settle(&j, err)) == DYAD_OK) {
        size_t n;
        const struct crosstab_cell *cells = crosstab_cells(sums, 0, &n);
        st = cells ? count(&j, cells, n, err) : no_memory(err);
    }
    if (st == DYAD_OK && (st = survival_report(&j, err)) == DYAD_OK) {
        analysis_report(j.cohort, o, j.n_used, &out->result);
        if ((st = result_status(&out->result)) != DYAD_OK)
            no_memory(err);
    }
    crosstabs_free(sums);
    release(&j);
    return st;
}

const struct command survival_command = {
    .name = "survival",
    .usage = "dyad survival [OPTIONS] COHORT... --time COL --event COL [--by COL,...]",
    .summary = "duration: Kaplan-Meier curves, medians, log-rank tests, life tables",
    .about = "How long until an event, of records some of which were only observed for a while (event no: censored then). Each "
             "group of --by has its curve, and the tests compare them. Whoever leaves at a time is at risk at it; events "
             "come before censorings. A time of 0 is a time like any other. At a flat step of the curve the median is its "
             "middle, as R prints it; what is not reached is empty.\n"
             "\n"
             "Tables: summary (the --by columns, n, events, median, median_low, median_high, rmean, rmean_se, tau), curve "
             "(time, n_risk, n_event, n_censor, estimate, std_error, conf_low, conf_high; std_error is of the survival "
             "probability), tests (test: logrank, peto-peto, trend; statistic, df, p_value), and flow; with --at the table "
             "at, with --quantiles quantiles, with --life-table life_table, with --competing incidence and Gray's test, of "
             "two groups or more the table differences (of restricted means).",
    .examples = "    dyad survival cohort.csv --time weeks --event weaned --by support --plot curves.svg\n"
                "        how long, by kind of support, with medians and the log-rank test\n"
                "    dyad survival cohort.csv --time weeks --event weaned --at 4,13,26 --tau 26\n"
                "        still breastfed at 4, 13 and 26 weeks, and the mean within 26 weeks\n",
    .shared = SHARED_LEVEL | SHARED_FREQ | SHARED_COHORT | SHARED_PLOT | SHARED_OUTPUT,
    .options = known,
    .run = run,
};
