/* dyad survival: the records, counted by group. */
#include "survival.h"

#include "survival_coarsen.h"
#include "survival_records.h"
#include "suppression.h"

#include "dyad/data/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is counted while the records go by. */
struct counting {
    struct survival_job *j;
    struct combinations groups, strata;
    struct survival_counts **at; /* [group * (1 + n_strata)] of all, behind it its strata */
    struct coarse_times coarse;  /* with --suppress, before they are counted */
    int64_t contradictory;
    bool unbounded; /* a time or a weight is beyond what can be counted */
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

bool
survival_has_weights(const struct survival_job *j)
{
    return j->weight.wanted;
}

bool
survival_is_robust(const struct survival_job *j)
{
    return j->weight.wanted || j->cluster.wanted;
}

/* --- what is asked of the file ------------------------------------------------------------ */

static enum dyad_status
add_factor(struct records_spec *spec, size_t factor, bool is_number, size_t *place, struct dyad_error *err)
{
    *place = records_spec_add(spec, factor, is_number);
    return *place < CROSSTAB_FACTORS
               ? DYAD_OK
               : dyad_fail(err, DYAD_USAGE, "more columns than can be counted together: at most %d", CROSSTAB_FACTORS);
}

static enum dyad_status
request_number(struct survival_job *j, struct number_column *c, const char *name, struct records_spec *spec,
               struct dyad_error *err)
{
    /* What is told of units is added up record by record: as many are counted together on any thread. */
    const bool has_order = j->cluster.wanted && !option_given(j->o, "weight");
    const enum dyad_status st = has_order ? cohort_factor(j->cohort, name, LEVELS_UNLIMITED, &c->factor, err)
                                          : cohort_number(j->cohort, name, &c->factor, err);

    c->wanted = true;
    c->name = name;
    return st == DYAD_OK ? add_factor(spec, c->factor, c != &j->weight, &c->place, err) : st;
}

static enum dyad_status
request_event(struct survival_job *j, const char *option, const char *typed, struct event *e, size_t *place,
              struct records_spec *spec, struct dyad_error *err)
{
    const enum dyad_status st = event_request(j->cohort, typed, e, err);

    if (st != DYAD_OK)
        return st;
    if (e->coding == EVENT_COUNTS)
        return dyad_fail(err, DYAD_USAGE, "--%s: EVENTS/TOTAL has no times: name a column of one event a record", option);
    return add_factor(spec, e->factor, false, place, err);
}

static enum dyad_status
request_groups(struct survival_job *j, struct records_spec *spec, struct dyad_error *err)
{
    size_t place;
    enum dyad_status st = grouping_request(j->cohort, j->o, &j->by, err);

    for (size_t i = 0; i < j->by.n && st == DYAD_OK; i++)
        st = add_factor(spec, j->by.factors[i], false, &place, err);
    j->strata.names = option_list(j->o, "stratify", &j->strata.n);
    if (st == DYAD_OK && j->strata.n > BY_MAX)
        st = dyad_fail(err, DYAD_USAGE, "--stratify: at most %d columns", BY_MAX);
    for (size_t i = 0; i < j->strata.n && st == DYAD_OK; i++)
        if ((st = cohort_factor(j->cohort, j->strata.names[i], LEVELS_MAX, &j->strata.factors[i], err)) == DYAD_OK)
            st = add_factor(spec, j->strata.factors[i], false, &place, err);
    return st;
}

static enum dyad_status
request_interval(struct survival_job *j, struct records_spec *spec, struct dyad_error *err)
{
    size_t n;
    const char *const *ends = option_list(j->o, "interval", &n);
    enum dyad_status st;

    if (n != 2)
        return dyad_fail(err, DYAD_USAGE, "--interval: two columns are needed: LOW,HIGH");
    if ((st = request_number(j, &j->low, ends[0], spec, err)) != DYAD_OK ||
        (st = request_number(j, &j->high, ends[1], spec, err)) != DYAD_OK)
        return st;
    spec->order = (struct number_order){ true, false, j->low.factor, j->high.factor, ends[1],
                                         "ends before the interval begins", '.' };
    return DYAD_OK;
}

static enum dyad_status
request_times(struct survival_job *j, struct records_spec *spec, struct dyad_error *err)
{
    const struct options *o = j->o;
    size_t n;
    const char *const *competing = option_list(o, "competing", &n);
    enum dyad_status st;

    if ((st = request_number(j, &j->time, option_text(o, "time"), spec, err)) != DYAD_OK ||
        (st = request_event(j, "event", option_text(o, "event"), &j->event, &j->event_place, spec, err)) != DYAD_OK)
        return st;
    if (option_given(o, "entry")) {
        if ((st = request_number(j, &j->entry, option_text(o, "entry"), spec, err)) != DYAD_OK)
            return st;
        spec->order = (struct number_order){ true, true, j->entry.factor, j->time.factor, j->entry.name,
                                             "is not before the end of observation: who enters at a time is at risk only "
                                              "after it",
                                             '.' };
    }
    for (size_t i = 0; i < n; i++, j->n_causes++)
        if ((st = request_event(j, "competing", competing[i], &j->competing[i], &j->competing_places[i], spec, err)) !=
            DYAD_OK)
            return st;
    return DYAD_OK;
}

/* The design was read before; here are its columns in the records that count. */
static enum dyad_status
request_units(struct survival_job *j, struct records_spec *spec, struct dyad_error *err)
{
    struct cluster_column *c = &j->cluster;
    enum dyad_status st = survey_request(&c->survey, j->cohort, &spec->columns, &c->columns, err);

    for (size_t role = SURVEY_PSU; role < SURVEY_ROLES && st == DYAD_OK; role++)
        if (survey_column(&c->survey, (enum survey_role)role))
            st = add_factor(spec, c->columns.factors[role], true, &c->places[role], err);
    return st;
}

static enum dyad_status
request(struct survival_job *j, struct records_spec *spec, struct dyad_error *err)
{
    const struct options *o = j->o;
    enum dyad_status st = request_groups(j, spec, err);

    j->n_causes = 1;
    if (st == DYAD_OK)
        st = j->how.mode == SURVIVAL_INTERVALS ? request_interval(j, spec, err) : request_times(j, spec, err);
    if (st == DYAD_OK && option_given(o, "weight")) {
        st = request_number(j, &j->weight, option_text(o, "weight"), spec, err);
        spec->one_by_one = true;
    }
    if (st == DYAD_OK && j->cluster.wanted)
        st = request_units(j, spec, err);
    if (st == DYAD_OK && option_given(o, "ever")) {
        j->has_ever = true;
        st = request_event(j, "ever", option_text(o, "ever"), &j->ever, &j->ever_place, spec, err);
    }
    if (o->cohort.decimal)
        spec->order.decimal = o->cohort.decimal;
    spec->set = (struct crosstab_set){ &spec->cells, 1 };
    return st;
}

/* --- what the codes mean ------------------------------------------------------------------ */

static const char *
trouble(double number, bool is_weight)
{
    if (isnan(number))
        return is_weight ? "holds no number where a weight is needed" : "holds no number where a time is needed";
    if (number < 0)
        return is_weight ? "holds a negative weight" : "holds a negative time";
    return is_weight && number > 1e15 ? "holds a weight above 1e15" : NULL;
}

/* Numbers by code; what is none is refused with its place. */
static enum dyad_status
settle_numbers(struct survival_job *j, struct number_column *c, struct dyad_error *err)
{
    const char decimal = j->o->cohort.decimal ? j->o->cohort.decimal : '.';
    const bool is_weight = c == &j->weight;
    size_t n;
    const struct level *levels, *bad = NULL;
    const char *what = NULL;

    if (!c->wanted)
        return DYAD_OK;
    levels = cohort_levels(j->cohort, c->factor, &n);
    c->numbers = calloc(n + 1, sizeof *c->numbers);
    if (c->numbers == NULL)
        return no_memory(err);
    c->numbers[0] = NAN;
    c->scale = is_weight ? 1 : j->how.factor;
    for (size_t i = 0; i < n; i++) {
        double *to = &c->numbers[i + 1];
        if (number_parse(levels[i].text, levels[i].length, decimal, to) != NUMBER_GOOD)
            *to = NAN;
        const char *found = trouble(*to, is_weight);
        if (found && (bad == NULL || place_before(levels[i].first, bad->first))) {
            bad = &levels[i];
            what = found;
        }
        *to *= c->scale;
    }
    return bad ? cohort_refuse(j->cohort, bad, c->name, what, err) : DYAD_OK;
}

static bool
occurs(const struct survival_job *j, const struct event *e)
{
    size_t n;

    (void)cohort_levels(j->cohort, e->factor, &n);
    for (size_t code = 1; code <= n; code++)
        if (e->states[code] == 1)
            return true;
    return false;
}

/* Which of several events; what of a column is none of them is not told one by one. */
static enum dyad_status
settle_competing(struct survival_job *j, struct dyad_error *err)
{
    struct result untold = RESULT_INIT;
    struct text words = TEXT_INIT;
    enum dyad_status st = event_settle(j->cohort, &j->event, &untold, err);

    for (size_t i = 0; i + 1 < j->n_causes && st == DYAD_OK; i++) {
        st = event_settle(j->cohort, &j->competing[i], &untold, err);
        text_printf(&words, "%s%s", i ? ", " : "", st == DYAD_OK ? j->competing[i].label : "");
    }
    if (st == DYAD_OK)
        result_note(j->r, "The event is %s; %s %s with it; records with none of them are censored.", j->event.label,
                    words.failed ? "" : words.at, j->n_causes > 2 ? "compete" : "competes");
    for (size_t i = 0; i < j->n_causes && st == DYAD_OK; i++) {
        const struct event *e = i ? &j->competing[i - 1] : &j->event;
        if (!occurs(j, e))
            result_note(j->r, "No record has %s: values must be spelt as in the file.", e->label);
    }
    j->r->failed = j->r->failed || words.failed || untold.failed;
    text_release(&words);
    result_release(&untold);
    return st;
}

static enum dyad_status
settle(struct survival_job *j, struct dyad_error *err)
{
    struct number_column *numbers[] = { &j->time, &j->entry, &j->low, &j->high, &j->weight };
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && st == DYAD_OK; i++)
        st = settle_numbers(j, numbers[i], err);
    if (st == DYAD_OK && j->how.mode != SURVIVAL_INTERVALS)
        st = j->n_causes > 1 ? settle_competing(j, err) : event_settle(j->cohort, &j->event, j->r, err);
    if (st == DYAD_OK && j->has_ever)
        st = event_settle(j->cohort, &j->ever, j->r, err);
    if (st == DYAD_OK && j->cluster.wanted)
        st = survey_settle(&j->cluster.columns, j->cohort, err);
    return st;
}

/* --- which records count ------------------------------------------------------------------ */

static double
number_at(const struct number_column *c, const uint32_t *codes, const double *numbers)
{
    const uint32_t code = codes[c->place];

    return code == RECORD_NUMBER ? numbers[c->place] * c->scale : c->numbers[code];
}

/* Which causes the records had: 0 none, 1 the event, 2 ... competing ones; -1: two of them. */
static int
cause_of(const struct survival_job *j, const uint32_t *codes)
{
    int cause = j->event.states[codes[j->event_place]] == 1;

    for (size_t i = 0; i + 1 < j->n_causes; i++) {
        if (j->competing[i].states[codes[j->competing_places[i]]] != 1)
            continue;
        if (cause)
            return -1;
        cause = (int)i + 2;
    }
    return cause;
}

static size_t
n_design_columns(const struct survival_job *j)
{
    size_t n = 0;

    for (size_t role = SURVEY_PSU; j->cluster.wanted && role < SURVEY_ROLES; role++)
        n += survey_column(&j->cluster.survey, (enum survey_role)role) != NULL;
    return n;
}

/* Whether all is there that is needed; what is not is counted, at the first look. */
static bool
is_complete(struct survival_job *j, const uint32_t *codes, int64_t records, bool first_look)
{
    const size_t groups = j->by.n + j->strata.n;
    const size_t n = groups + (j->how.mode == SURVIVAL_INTERVALS ? 2 : 2 + (size_t)j->entry.wanted + j->n_causes - 1) +
                     (size_t)j->weight.wanted + n_design_columns(j);
    bool complete = true;

    for (size_t i = 0; i < n; i++) {
        const bool may_lack = j->how.mode == SURVIVAL_INTERVALS && (i == j->low.place || i == j->high.place);
        if (codes[i] || may_lack)
            continue;
        complete = false;
        if (first_look)
            j->missing_at[i] += records;
    }
    if (complete && j->how.mode == SURVIVAL_INTERVALS && codes[j->low.place] == 0 && codes[j->high.place] == 0) {
        j->n_uninformative += first_look ? records : 0;
        return false;
    }
    if (!complete && first_look)
        j->n_missing += records;
    return complete;
}

/* Complete, and of some weight. */
static bool
counts(struct survival_job *j, const uint32_t *codes, const double *numbers, int64_t records, bool first_look)
{
    if (!is_complete(j, codes, records, first_look))
        return false;
    if (j->weight.wanted && number_at(&j->weight, codes, numbers) == 0) {
        j->n_weightless += first_look ? records : 0;
        return false;
    }
    return true;
}

/* The first look: which groups and strata there are. */
static enum dyad_status
find_groups(void *context, const uint32_t *codes, const double *numbers, int64_t records)
{
    struct counting *c = context;
    size_t number;
    enum dyad_status st;

    if (!counts(c->j, codes, numbers, records, true))
        return DYAD_OK;
    c->j->n_used += records;
    if ((st = combinations_number(&c->groups, codes, &number)) != DYAD_OK || c->j->strata.n == 0)
        return st;
    return combinations_number(&c->strata, codes + c->j->by.n, &number);
}

/* Room for one more of them. */
static bool
has_room(void **at, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return true;
    const size_t wanted = *room ? 2 * *room : 64;
    void *grown = realloc(*at, wanted * size);
    if (grown == NULL)
        return false;
    *at = grown;
    *room = wanted;
    return true;
}

/* --- the second look: times --------------------------------------------------------------- */

static enum dyad_status
add_stay(struct survival_group *g, size_t cluster, const struct survival_time *time)
{
    void *at = g->stays;

    if (!has_room(&at, g->n_stays, &g->stays_room, sizeof *g->stays))
        return DYAD_NOMEM;
    g->stays = at;
    g->stays[g->n_stays++] = (struct cluster_stay){ cluster, { time->entry, time->exit, time->cause > 0,
                                                               time->count * time->weight } };
    return DYAD_OK;
}

static enum dyad_status
count_into(struct counting *c, size_t table, const struct survival_time *time)
{
    return c->j->o->suppression ? coarse_times_add(&c->coarse, table, time) : survival_counts_add(c->at[table], time);
}

/* The times that --suppress has put together. */
static enum dyad_status
count_steps(struct counting *c)
{
    struct survival_job *j = c->j;
    double *chosen = calloc(j->how.n_at + 1, sizeof *chosen);
    bool *few = calloc(j->n_groups * (1 + j->n_strata) + 1, sizeof *few);
    size_t n = 0;
    enum dyad_status st = chosen && few ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; chosen && i < j->how.n_at; i++)
        chosen[n++] = j->how.at[i];
    if (chosen && !isnan(j->how.tau))
        chosen[n++] = j->how.tau;
    if (st == DYAD_OK)
        st = coarse_times_join(&c->coarse, j->n_causes, suppression_threshold(j->o->suppression), chosen, n, few,
                               &j->coarse);
    for (size_t g = 0; g < j->n_groups && st == DYAD_OK; g++)
        j->groups[g].few = few[g * (1 + j->n_strata)];
    for (size_t i = 0; i < c->coarse.n && st == DYAD_OK; i++)
        st = survival_counts_add(c->at[c->coarse.at[i].table], &c->coarse.at[i].time);
    free(chosen);
    free(few);
    c->unbounded = c->unbounded || st == DYAD_DOMAIN;
    return st == DYAD_DOMAIN ? DYAD_OK : st;
}

static enum dyad_status
count_time(struct counting *c, const uint32_t *codes, const double *numbers, int64_t records, size_t group)
{
    struct survival_job *j = c->j;
    const int cause = cause_of(j, codes);
    const double entry = j->entry.wanted ? number_at(&j->entry, codes, numbers) : 0;
    const struct survival_time time = {
        .entry = j->entry.wanted ? entry : SURVIVAL_FROM_START, .exit = number_at(&j->time, codes, numbers),
        .cause = cause > 0 ? (size_t)cause : 0, .count = (double)records,
        .weight = j->weight.wanted ? number_at(&j->weight, codes, numbers) : 1,
    };
    size_t stratum;
    enum dyad_status st;

    if (cause < 0) {
        c->contradictory += records;
        return DYAD_OK;
    }
    j->n_zero += time.exit == 0 ? records : 0;
    st = count_into(c, group * (1 + j->n_strata), &time);
    if (st == DYAD_OK && j->n_strata && (st = combinations_number(&c->strata, codes + j->by.n, &stratum)) == DYAD_OK)
        st = count_into(c, group * (1 + j->n_strata) + 1 + stratum, &time);
    if (st == DYAD_OK && j->cluster.wanted)
        st = add_stay(&j->groups[group], survey_unit_of(&j->cluster.columns, codes[j->cluster.places[SURVEY_PSU]],
                                                        codes[j->cluster.places[SURVEY_STRATA]]), &time);
    if (st != DYAD_DOMAIN)
        return st;
    c->unbounded = true;
    return DYAD_OK;
}

/* --- the second look: intervals, ages ------------------------------------------------------ */

static enum dyad_status
count_seen(struct counting *c, const uint32_t *codes, const double *numbers, int64_t records, struct survival_group *g)
{
    struct survival_job *j = c->j;
    struct survival_seen seen = { .records = (double)records,
                                  .weight = j->weight.wanted ? number_at(&j->weight, codes, numbers) : 1,
                                  .ever = j->has_ever ? j->ever.states[codes[j->ever_place]] : 1 };

    if (j->how.mode == SURVIVAL_INTERVALS) {
        seen.low = codes[j->low.place] ? number_at(&j->low, codes, numbers) : 0;
        seen.high = codes[j->high.place] ? number_at(&j->high, codes, numbers) : INFINITY;
        j->n_zero += seen.high == 0 ? records : 0;
    } else {
        seen.low = number_at(&j->time, codes, numbers);
        seen.high = j->event.states[codes[j->event_place]] == 1;
    }
    void *at = g->seen;
    if (!has_room(&at, g->n_seen, &g->room, sizeof *g->seen))
        return DYAD_NOMEM;
    g->seen = at;
    g->seen[g->n_seen++] = seen;
    return DYAD_OK;
}

static int
ascending(const void *a, const void *b)
{
    const struct survival_seen *x = a, *y = b;

    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return x->ever - y->ever;
}

static void
join_alike(struct survival_group *g)
{
    size_t n = 0;

    qsort(g->seen, g->n_seen, sizeof *g->seen, ascending);
    for (size_t i = 0; i < g->n_seen; i++)
        if (n && ascending(&g->seen[n - 1], &g->seen[i]) == 0)
            g->seen[n - 1].records += g->seen[i].records;
        else
            g->seen[n++] = g->seen[i];
    g->n_seen = n;
}

static enum dyad_status
count_record(void *context, const uint32_t *codes, const double *numbers, int64_t records)
{
    struct counting *c = context;
    size_t group;
    enum dyad_status st;

    if (!counts(c->j, codes, numbers, records, false))
        return DYAD_OK;
    if ((st = combinations_number(&c->groups, codes, &group)) != DYAD_OK)
        return st;
    return c->j->how.mode == SURVIVAL_TIMES ? count_time(c, codes, numbers, records, group)
                                            : count_seen(c, codes, numbers, records, &c->j->groups[group]);
}

/* --- groups -------------------------------------------------------------------------------- */

static enum dyad_status
make_groups(struct counting *c)
{
    struct survival_job *j = c->j;
    struct text name = TEXT_INIT;
    bool good;

    combinations_sort(&c->groups);
    combinations_sort(&c->strata);
    j->n_groups = c->groups.n;
    j->n_strata = c->strata.n;
    j->groups = calloc(j->n_groups + 1, sizeof *j->groups);
    j->group_codes = calloc(j->n_groups * j->by.n + 1, sizeof *j->group_codes);
    j->stratum_codes = calloc(j->n_strata * j->strata.n + 1, sizeof *j->stratum_codes);
    good = j->groups && j->group_codes && j->stratum_codes;
    if (good && j->n_strata)
        memcpy(j->stratum_codes, c->strata.codes, j->n_strata * j->strata.n * sizeof *j->stratum_codes);
    if (good && j->n_groups && j->by.n)
        memcpy(j->group_codes, c->groups.codes, j->n_groups * j->by.n * sizeof *j->group_codes);
    for (size_t g = 0; good && g < j->n_groups; g++) {
        j->groups[g].codes = j->group_codes + g * j->by.n;
        analysis_join(j->cohort, j->by.factors, j->by.n, j->groups[g].codes, &name);
        good = !name.failed && (j->groups[g].name = text_copy(name.at)) != NULL;
    }
    text_release(&name);
    return good ? DYAD_OK : DYAD_NOMEM;
}

/* All tables are made together, so that times that are nearly the same are one in all of them. */
static enum dyad_status
make_curves(const struct counting *c, struct dyad_error *err)
{
    struct survival_job *j = c->j;
    const size_t per_group = 1 + j->n_strata, n = j->n_groups * per_group;
    struct survival_table *tables = calloc(n + 1, sizeof *tables);
    enum dyad_status st = tables ? survival_tables((const struct survival_counts *const *)c->at, n, tables) : DYAD_NOMEM;

    if (st == DYAD_DOMAIN)
        dyad_fail(err, DYAD_DATA, "some times of entry and exit are nearly the same, or there are more than 2^53 records");
    for (size_t g = 0; g < j->n_groups && st == DYAD_OK; g++) {
        struct survival_group *to = &j->groups[g];
        if ((to->tables = calloc(per_group, sizeof *to->tables)) == NULL) {
            st = DYAD_NOMEM;
            break;
        }
        memcpy(to->tables, tables + g * per_group, per_group * sizeof *tables);
        for (size_t h = 0; h < per_group; h++)
            tables[g * per_group + h] = (struct survival_table)SURVIVAL_TABLE_INIT;
        to->curve = calloc(to->tables[0].n + 1, sizeof *to->curve);
        st = to->curve ? kaplan_meier(&to->tables[0], &j->how.method, to->curve) : DYAD_NOMEM;
    }
    for (size_t i = 0; tables && i < n; i++)
        survival_table_release(&tables[i]);
    free(tables);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_DOMAIN ? DYAD_DATA : st;
}

/* What was met among the records that cannot be. */
static enum dyad_status
check_counts(const struct counting *c, struct dyad_error *err)
{
    const struct survival_job *j = c->j;

    if (c->contradictory)
        return dyad_fail(err, DYAD_DATA, "--competing: %" PRId64 " record%s both the event and a competing one, or two "
                                         "competing ones: keep the first to come, with --define",
                         c->contradictory, c->contradictory == 1 ? " has" : "s have");
    if (c->unbounded)
        return dyad_fail(err, DYAD_DATA, "more than 1e15 records have the same values: fewer can be counted");
    if (j->n_groups == 0)
        return dyad_fail(err, DYAD_DOMAIN, j->how.mode == SURVIVAL_INTERVALS
                                               ? "no record is left that has an interval%s"
                                               : "no record is left that has a time and is known to have had the event or not%s",
                         j->n_weightless ? ", and a weight above 0" : "");
    return DYAD_OK;
}

static enum dyad_status
count(struct survival_job *j, struct survival_records *records, struct dyad_error *err)
{
    struct counting c = { .j = j, .groups = { .width = j->by.n }, .strata = { .width = j->strata.n } };
    size_t n_tables = 0;
    enum dyad_status st = survival_records_each(records, find_groups, &c);

    if (st == DYAD_OK)
        st = make_groups(&c);
    if (st == DYAD_OK && j->how.mode == SURVIVAL_TIMES) {
        n_tables = j->n_groups * (1 + j->n_strata);
        if ((c.at = calloc(n_tables + 1, sizeof *c.at)) == NULL)
            st = DYAD_NOMEM;
    }
    for (size_t i = 0; i < n_tables && st == DYAD_OK; i++)
        if ((c.at[i] = survival_counts_new(j->n_causes)) == NULL)
            st = DYAD_NOMEM;
    if (st == DYAD_OK)
        st = survival_records_each(records, count_record, &c);
    if (st == DYAD_OK && j->o->suppression)
        st = count_steps(&c);
    if (st == DYAD_NOMEM)
        no_memory(err);
    if (st == DYAD_OK)
        st = check_counts(&c, err);
    for (size_t g = 0; st == DYAD_OK && g < j->n_groups && j->how.mode != SURVIVAL_TIMES; g++)
        join_alike(&j->groups[g]);
    if (st == DYAD_OK && j->how.mode == SURVIVAL_TIMES)
        st = make_curves(&c, err);
    for (size_t i = 0; c.at && i < n_tables; i++)
        survival_counts_free(c.at[i]);
    free(c.at);
    coarse_times_release(&c.coarse);
    combinations_release(&c.groups);
    combinations_release(&c.strata);
    return st;
}

/* --- all of it ----------------------------------------------------------------------------- */

enum dyad_status
survival_read(struct survival_job *j, struct dyad_error *err)
{
    struct records_spec spec = { .n_numbers = 0 };
    void *records = NULL;
    enum dyad_status st = request(j, &spec, err);

    for (size_t f = 0; f < spec.columns.n_factors; f++)
        spec.columns.numbers[f] = st == DYAD_OK && spec.columns.kept[f] && cohort_is_number(j->cohort, f);
    if (st == DYAD_OK && (st = analysis_read(j->cohort, &survival_records_accumulator, &spec, &records, err)) == DYAD_OK &&
        (st = settle(j, err)) == DYAD_OK)
        st = count(j, records, err);
    survival_records_free(records);
    return st;
}

static void
release_group(const struct survival_job *j, struct survival_group *g)
{
    for (size_t h = 0; g->tables && h <= j->n_strata; h++)
        survival_table_release(&g->tables[h]);
    free(g->tables);
    free(g->stays);
    free(g->curve);
    free(g->name);
    free(g->seen);
    shape_release(&g->shape);
}

void
survival_release(struct survival_job *j)
{
    struct number_column *numbers[] = { &j->time, &j->entry, &j->low, &j->high, &j->weight };

    for (size_t g = 0; j->groups && g < j->n_groups; g++)
        release_group(j, &j->groups[g]);
    free(j->groups);
    free(j->group_codes);
    free(j->stratum_codes);
    free(j->cluster.influences);
    survey_columns_release(&j->cluster.columns);
    survey_release(&j->cluster.survey);
    event_release(&j->event);
    event_release(&j->ever);
    for (size_t i = 0; i < CAUSES_MAX; i++)
        event_release(&j->competing[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        free(numbers[i]->numbers);
    free(j->how.at);
    free(j->how.breaks);
    free(j->how.heaps);
    cohort_close(j->cohort);
}
