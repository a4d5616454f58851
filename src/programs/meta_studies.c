#include "meta.h"

#include "dyad/data/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 20 };

static const char *const role_names[META_ROLES] = {
    "study",    "treated_events", "treated_total", "control_events", "control_total", "estimate",
    "conf_low", "conf_high",      "std_error",     "variance",       "events",        "total",
};

static const struct {
    const char *name;
    bool is_ratio;
    enum study_evidence counts;
} measures[META_MEASURES] = {
    [META_OR] = { "or", true, STUDY_TABLE },
    [META_RR] = { "rr", true, STUDY_TABLE },
    [META_RD] = { "rd", false, STUDY_TABLE },
    [META_PETO] = { "peto", true, STUDY_TABLE },
    [META_ASD] = { "asd", false, STUDY_TABLE },
    [META_HR] = { "hr", true, STUDY_NOTHING },
    [META_GENERIC] = { "generic", false, STUDY_NOTHING },
    [META_LOGIT] = { "proportion-logit", false, STUDY_ARM },
    [META_FREEMAN_TUKEY] = { "proportion-ft", false, STUDY_ARM },
};

const char *
meta_measure_name(enum meta_measure measure)
{
    return measures[measure].name;
}

bool
meta_measure_find(const char *name, enum meta_measure *out)
{
    for (size_t m = 0; m < META_MEASURES; m++)
        if (strcmp(measures[m].name, name) == 0) {
            *out = (enum meta_measure)m;
            return true;
        }
    return false;
}

bool
meta_measure_is_ratio(enum meta_measure measure)
{
    return measures[measure].is_ratio;
}

bool
meta_measure_is_proportion(enum meta_measure measure)
{
    return measures[measure].counts == STUDY_ARM;
}

bool
meta_measure_has_tables(enum meta_measure measure)
{
    return measures[measure].counts == STUDY_TABLE;
}

/* What is being read, in one place. */
struct reading {
    const struct options *o;
    struct meta_choices *choices;
    struct meta_studies *studies;
    struct result *r;
    struct dyad_error *err;
    char decimal;
    size_t n_complaints;
    struct text complaints;
    size_t n_partial; /* studies some of whose counts are missing */
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- columns ------------------------------------------------------------------------------ */

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

static bool
has_role(const struct meta_columns *c, enum meta_role role)
{
    return c->names[role] != NULL;
}

static bool
has_counts_columns(const struct meta_columns *c)
{
    return has_role(c, ROLE_TREATED_EVENTS) && has_role(c, ROLE_TREATED_TOTAL) && has_role(c, ROLE_CONTROL_EVENTS) &&
           has_role(c, ROLE_CONTROL_TOTAL);
}

static bool
has_estimate_columns(const struct meta_columns *c)
{
    return has_role(c, ROLE_ESTIMATE) &&
           (has_role(c, ROLE_STD_ERROR) || has_role(c, ROLE_VARIANCE) ||
            (has_role(c, ROLE_CONF_LOW) && has_role(c, ROLE_CONF_HIGH)));
}

/* Does the file have what the measure is computed from? */
static enum dyad_status
check_columns(struct reading *job)
{
    const struct meta_columns *c = &job->studies->columns;
    const enum meta_measure m = job->choices->measure;
    static const char advice[] = "name them with --columns ROLE=COL,...";

    if (meta_measure_is_proportion(m))
        return has_role(c, ROLE_EVENTS) && has_role(c, ROLE_TOTAL)
                   ? DYAD_OK
                   : dyad_fail(job->err, DYAD_USAGE, "--measure %s needs the columns events and total: %s",
                               meta_measure_name(m), advice);
    if (!meta_measure_has_tables(m))
        return has_estimate_columns(c)
                   ? DYAD_OK
                   : dyad_fail(job->err, DYAD_USAGE,
                               "--measure %s needs the column estimate with std_error, variance, or conf_low and conf_high: %s",
                               meta_measure_name(m), advice);
    if (has_counts_columns(c) || (job->choices->measure_named && has_estimate_columns(c)))
        return DYAD_OK;
    if (has_estimate_columns(c))
        return dyad_fail(job->err, DYAD_USAGE, "what are the estimates? Name it: --measure or, rr, rd, hr or generic");
    if (has_role(c, ROLE_EVENTS) && has_role(c, ROLE_TOTAL))
        return dyad_fail(job->err, DYAD_USAGE, "of one arm a proportion is pooled: --measure proportion-logit or proportion-ft");
    return dyad_fail(job->err, DYAD_USAGE,
                     "nothing to pool: no columns treated_events, treated_total, control_events and control_total, and no "
                     "estimate with its limits or error: %s", advice);
}

static enum dyad_status
find_columns(struct reading *job)
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

/* --- cells -------------------------------------------------------------------------------- */

static void
complain(struct reading *job, struct place place, const char *column, const char *what)
{
    struct dyad_error one = DYAD_ERROR_INIT;

    if (job->n_complaints++ >= COMPLAINTS_MAX)
        return;
    cohort_refuse_at(job->studies->cohort, place, column, what, &one);
    text_printf(&job->complaints, "%s%s", job->complaints.length ? "\n" : "", one.text);
}

static const char *
cell_text(const struct reading *job, const struct study *s, size_t factor)
{
    return analysis_level(job->studies->cohort, factor, s->codes[factor]);
}

/* NaN where it is missing, or is none (which is complained of). */
static double
cell_number(struct reading *job, const struct study *s, size_t factor, const char *column)
{
    const char *text = cell_text(job, s, factor);
    double number = NAN;
    char what[200];

    if (s->codes[factor] == 0)
        return NAN;
    const enum number_state state = number_parse(text, strlen(text), job->decimal, &number);
    if (state == NUMBER_GOOD)
        return number;
    const char *hint = state == NUMBER_NONE ? number_hint(text, strlen(text)) : "";
    snprintf(what, sizeof what, "holds %s%s%s",
             state == NUMBER_NONE ? "no number" : state == NUMBER_TOO_LARGE ? "a number too large for a double"
                                                                            : "a number too small for a double",
             *hint ? ": " : "", hint);
    complain(job, s->place, column, what);
    return NAN;
}

static double
role_number(struct reading *job, const struct study *s, enum meta_role role)
{
    const struct meta_columns *c = &job->studies->columns;
    return has_role(c, role) ? cell_number(job, s, c->factors[role], c->names[role]) : NAN;
}

static double
role_count(struct reading *job, const struct study *s, enum meta_role role)
{
    const double x = role_number(job, s, role);

    if (x > 1e15)
        complain(job, s->place, job->studies->columns.names[role], "holds a count beyond 1e15, which nothing here can be");
    else if (!isnan(x) && (x < 0 || x != floor(x)))
        complain(job, s->place, job->studies->columns.names[role], "holds no count: a whole number from 0 is needed");
    return x;
}

static bool
has_cell(const struct reading *job, const struct study *s, enum meta_role role)
{
    const struct meta_columns *c = &job->studies->columns;
    return has_role(c, role) && s->codes[c->factors[role]] != 0;
}

/* --- a study's counts --------------------------------------------------------------------- */

/* Events and total of one arm; false where a cell is missing. */
static bool
read_arm(struct reading *job, struct study *s, enum meta_role events, enum meta_role total, double *with, double *without)
{
    const size_t before = job->n_complaints;
    const double x = role_count(job, s, events), n = role_count(job, s, total);

    if (job->n_complaints == before && x > n)
        complain(job, s->place, job->studies->columns.names[events], "holds more events than the total");
    *with = x;
    *without = n - x;
    return !isnan(x) && !isnan(n);
}

/* The counts where all are there; some of them only: noted, and as if there were none. */
static void
read_counts(struct reading *job, struct study *s, enum study_evidence kind)
{
    static const enum meta_role roles[] = { ROLE_TREATED_EVENTS, ROLE_TREATED_TOTAL, ROLE_CONTROL_EVENTS,
                                            ROLE_CONTROL_TOTAL };
    size_t present = 0;
    bool whole;

    if (kind == STUDY_ARM) {
        whole = read_arm(job, s, ROLE_EVENTS, ROLE_TOTAL, &s->counts.a, &s->counts.b);
        s->evidence = whole ? STUDY_ARM : STUDY_NOTHING;
        return;
    }
    for (size_t i = 0; i < 4; i++)
        present += has_cell(job, s, roles[i]);
    if (present == 0)
        return;
    whole = read_arm(job, s, ROLE_TREATED_EVENTS, ROLE_TREATED_TOTAL, &s->counts.a, &s->counts.b);
    whole = read_arm(job, s, ROLE_CONTROL_EVENTS, ROLE_CONTROL_TOTAL, &s->counts.c, &s->counts.d) && whole;
    s->evidence = whole ? STUDY_TABLE : STUDY_NOTHING;
    job->n_partial += !whole && present < 4;
}

/* --- a study's estimate ------------------------------------------------------------------- */

/* As printed, with half a unit of the last digit of each. */
struct printed {
    double value, low, high, std_error, variance;
    double half[3];
};

static double
half_unit(const struct reading *job, const struct study *s, enum meta_role role)
{
    const char *text = cell_text(job, s, job->studies->columns.factors[role]);
    const char *point = strchr(text, job->decimal ? job->decimal : '.');

    return strpbrk(text, "eE") ? 0 : 0.5 * pow(10, point ? -(double)strlen(point + 1) : 0);
}

static void
read_printed(struct reading *job, const struct study *s, struct printed *p)
{
    static const enum meta_role roles[] = { ROLE_ESTIMATE, ROLE_CONF_LOW, ROLE_CONF_HIGH };
    double *const values[] = { &p->value, &p->low, &p->high };

    for (size_t i = 0; i < 3; i++) {
        *values[i] = role_number(job, s, roles[i]);
        p->half[i] = has_cell(job, s, roles[i]) ? half_unit(job, s, roles[i]) : 0;
    }
    p->std_error = role_number(job, s, ROLE_STD_ERROR);
    p->variance = role_number(job, s, ROLE_VARIANCE);
}

static enum effect_reading
reading_of(const struct reading *job)
{
    return meta_measure_is_ratio(job->choices->measure) && !job->choices->log_scale ? READ_AS_RATIO : READ_AS_IT_STANDS;
}

/* What can be no estimate, limit or error is refused. */
static bool
check_printed(struct reading *job, const struct study *s, const struct printed *p)
{
    char *const *names = job->studies->columns.names;
    const size_t before = job->n_complaints;
    const bool ratio = reading_of(job) == READ_AS_RATIO;

    if (ratio && p->value <= 0)
        complain(job, s->place, names[ROLE_ESTIMATE], "holds no ratio: it must be above 0; logs need --log-scale");
    else if (ratio && p->low <= 0)
        complain(job, s->place, names[ROLE_CONF_LOW],
                 "holds no limit of a ratio: it must be above 0; logs need --log-scale");
    else if (p->low >= p->high)
        complain(job, s->place, names[ROLE_CONF_LOW], "holds a lower limit that is not below the upper one");
    else if (p->low > p->value || p->high < p->value)
        complain(job, s->place, names[ROLE_ESTIMATE], "holds an estimate outside its limits");
    if (p->std_error <= 0)
        complain(job, s->place, names[ROLE_STD_ERROR], "holds a standard error that is not above 0");
    if (p->variance <= 0)
        complain(job, s->place, names[ROLE_VARIANCE], "holds a variance that is not above 0");
    return job->n_complaints == before;
}

static void note_study(struct reading *job, const struct study *s, const char *fmt, ...) DYAD_PRINTF(3, 4);

static void
note_study(struct reading *job, const struct study *s, const char *fmt, ...)
{
    struct text t = TEXT_INIT;
    const char *path;
    uint64_t line;
    va_list args;

    va_start(args, fmt);
    text_vprintf(&t, fmt, args);
    va_end(args);
    reader_place(cohort_reader(job->studies->cohort), s->place, &path, &line);
    result_note(job->r, "%s (%s:%" PRIu64 "): %s", s->name, path, line, t.failed ? "" : t.at);
    job->r->failed = job->r->failed || t.failed;
    text_release(&t);
}

static bool
near(double a, double b, double share)
{
    return fabs(a - b) <= share * fabs(b);
}

/* Could rounding alone have moved the estimate so far from the middle of its limits? */
static void
check_symmetry(struct reading *job, const struct study *s, const struct printed *p)
{
    const enum effect_reading how = reading_of(job);
    const double off = fabs(effect_asymmetry(p->value, p->low, p->high, how));
    const double width = how == READ_AS_RATIO ? log(p->high / p->low) / 2 : (p->high - p->low) / 2;
    double rounding = 0;

    for (size_t i = 0; i < 3; i++)
        rounding += (i == 0 ? 1 : 0.5) * p->half[i] /
                    (how == READ_AS_RATIO ? (i == 0 ? p->value : i == 1 ? p->low : p->high) : 1);
    if (off > rounding / width + 0.02)
        note_study(job, s, "its limits do not lie evenly about its estimate%s (%.0f%% of half the interval off the middle), "
                           "more than rounding explains: a misprint, or an interval of another kind; the variance is taken "
                           "from the limits", how == READ_AS_RATIO ? " on the log scale" : "", 100 * off);
}

/* Two statements of one error that contradict each other. */
static void
check_errors(struct reading *job, const struct study *s, const struct printed *p, double from_limits)
{
    const double error = !isnan(p->std_error) ? p->std_error : sqrt(p->variance);

    if (isnan(error) || isnan(from_limits) || near(error, from_limits, 0.1))
        return;
    if (!isnan(p->std_error) && near(p->std_error, from_limits * from_limits, 0.1))
        note_study(job, s, "its std_error looks like a variance: the limits give a standard error of %.3g", from_limits);
    else if (!isnan(p->variance) && near(p->variance, from_limits, 0.1))
        note_study(job, s, "its variance looks like a standard error: the limits give a standard error of %.3g",
                   from_limits);
    else
        note_study(job, s, "its limits and its standard error contradict each other (the limits give %.3g); the standard "
                           "error is used", from_limits);
}

/* The effect out of the estimate: with its standard error, else its variance, else its limits. */
static void
read_estimate(struct reading *job, struct study *s)
{
    const enum effect_reading how = reading_of(job);
    struct effect of_limits;
    struct printed p;
    enum dyad_status st = DYAD_DOMAIN;

    read_printed(job, s, &p);
    if (!check_printed(job, s, &p))
        return;
    s->printed = p.value;
    const bool limits = effect_from_limits(p.value, p.low, p.high, job->choices->limits_level, how, &of_limits) == DYAD_OK;
    s->has_limits = limits;
    s->error_from = !isnan(p.std_error)                    ? ERROR_STD_ERROR
                    : !isnan(p.variance)                   ? ERROR_VARIANCE
                    : !isnan(p.low) && !isnan(p.high) ? ERROR_LIMITS
                                                           : ERROR_NONE;
    if (s->error_from == ERROR_STD_ERROR)
        st = effect_from_std_error(p.value, p.std_error, how, &s->given);
    else if (s->error_from == ERROR_VARIANCE)
        st = effect_from_variance(p.value, p.variance, how, &s->given);
    else if (limits) {
        s->given = of_limits;
        st = DYAD_OK;
    }
    /* The square of an error may be beyond a double though the error is not. */
    if (s->evidence == STUDY_NOTHING && !isnan(p.value) && s->error_from != ERROR_NONE &&
        !(st == DYAD_OK && fabs(s->given.y) <= 1e60 && s->given.v >= 1e-60 && s->given.v <= 1e60)) {
        complain(job, s->place, job->studies->columns.names[ROLE_ESTIMATE],
                 "holds an estimate that, or whose error, is too large or too small to be pooled (1e60, 1e30)");
        return;
    }
    if (limits && s->evidence == STUDY_NOTHING) {
        check_symmetry(job, s, &p);
        check_errors(job, s, &p, sqrt(of_limits.v));
    }
    if (s->evidence == STUDY_NOTHING && st == DYAD_OK)
        s->evidence = STUDY_ESTIMATE;
}

/* --- an estimate beside counts ------------------------------------------------------------ */

/* Is what was printed, of the digits it has, this number? */
static bool
is_printed(double printed, double number, double half)
{
    return fabs(printed - number) <= half * (1 + 1e-9);
}

static void
compare_estimate(struct reading *job, const struct study *s)
{
    const enum meta_measure m = job->choices->measure;
    const bool ratio = meta_measure_is_ratio(m);
    struct effect e;

    if (s->evidence != STUDY_TABLE || isnan(s->printed) ||
        effect_of_table(&s->counts, meta_table_effect(m), &e) != DYAD_OK)
        return;
    const double half = half_unit(job, s, ROLE_ESTIMATE), printed = s->printed;
    const bool logs = ratio && job->choices->log_scale;
    const double computed = ratio && !logs ? exp(e.y) : e.y, turned = ratio && !logs ? exp(-e.y) : -e.y;
    if (is_printed(printed, computed, half))
        return;
    if (is_printed(printed, turned, half) || (near(printed, turned, 0.02) && !near(printed, computed, 0.02)))
        note_study(job, s, "its arms look swapped: the estimate beside its counts is what they give turned round; the "
                           "counts are used as they are, and give %.3g", computed);
    else
        note_study(job, s, "its estimate is not what its counts give, %.3g (adjusted, of another measure, or a misprint?); "
                           "the counts are used", computed);
}

/* Where counts, an estimate and its error stand together, the error can be judged too. */
static void
compare_error(struct reading *job, const struct study *s)
{
    struct effect e;
    struct printed p;

    if (s->evidence != STUDY_TABLE ||
        effect_of_table(&s->counts, meta_table_effect(job->choices->measure), &e) != DYAD_OK)
        return;
    read_printed(job, s, &p);
    const double error = sqrt(e.v);
    if (!isnan(p.std_error) && near(p.std_error, e.v, 0.05) && !near(p.std_error, error, 0.05))
        note_study(job, s, "its std_error looks like a variance: the counts give a standard error of %.3g", error);
    if (!isnan(p.variance) && near(p.variance, error, 0.05) && !near(p.variance, e.v, 0.05))
        note_study(job, s, "its variance looks like a standard error: the counts give a variance of %.3g", e.v);
}

/* --- clusters ----------------------------------------------------------------------------- */

/* 1 + (size - 1) icc; 1 where the study has no cluster size. */
static double
read_design_effect(struct reading *job, const struct study *s)
{
    const struct meta_columns *c = &job->studies->columns;
    double icc = c->icc_given, size = c->size_given;

    if (!c->has_size && isnan(size))
        return 1;
    if (c->has_icc)
        icc = cell_number(job, s, c->icc, option_text(job->o, "icc"));
    if (c->has_size)
        size = cell_number(job, s, c->size, option_text(job->o, "cluster-size"));
    if (isnan(size))
        return 1;
    if (!(size >= 1))
        complain(job, s->place, option_text(job->o, "cluster-size"), "holds no cluster size: a number from 1 is needed");
    else if (isnan(icc))
        complain(job, s->place, option_text(job->o, "icc"), "is missing for a study that has a cluster size");
    else if (!(icc >= 0 && icc <= 1))
        complain(job, s->place, option_text(job->o, "icc"), "holds no intracluster correlation: 0 to 1 is needed");
    return 1 + (size - 1) * icc;
}

/* --- all studies -------------------------------------------------------------------------- */

static enum dyad_status
name_study(struct reading *job, struct study *s)
{
    const struct meta_columns *c = &job->studies->columns;
    struct text t = TEXT_INIT;
    const char *path;
    uint64_t line;

    if (has_role(c, ROLE_STUDY) && s->codes[c->factors[ROLE_STUDY]]) {
        s->name = text_copy(cell_text(job, s, c->factors[ROLE_STUDY]));
    } else {
        reader_place(cohort_reader(job->studies->cohort), s->place, &path, &line);
        text_printf(&t, "line %" PRIu64, line);
        s->name = text_steal(&t);
    }
    return s->name ? DYAD_OK : no_memory(job->err);
}

static enum dyad_status
read_study(struct reading *job, const struct record *record, struct study *s)
{
    const enum meta_measure m = job->choices->measure;
    enum dyad_status st;

    *s = (struct study){ .place = record->place, .codes = record->codes, .printed = NAN };
    if ((st = name_study(job, s)) != DYAD_OK)
        return st;
    read_counts(job, s, meta_measure_is_proportion(m) ? STUDY_ARM : STUDY_TABLE);
    if (!meta_measure_has_tables(m) && s->evidence == STUDY_TABLE)
        s->evidence = STUDY_NOTHING; /* its counts say how many it is about, no more */
    if (!meta_measure_is_proportion(m) && has_estimate_columns(&job->studies->columns))
        read_estimate(job, s);
    else if (meta_measure_has_tables(m))
        s->printed = role_number(job, s, ROLE_ESTIMATE); /* to be compared, no more */
    s->design_effect = read_design_effect(job, s);
    s->cluster_code = job->studies->columns.has_cluster ? s->codes[job->studies->columns.cluster] : 0;
    compare_estimate(job, s);
    compare_error(job, s);
    return DYAD_OK;
}

static enum dyad_status
report_complaints(struct reading *job)
{
    if (job->n_complaints == 0)
        return DYAD_OK;
    if (job->n_complaints > COMPLAINTS_MAX)
        text_printf(&job->complaints, "\nand %zu more", job->n_complaints - COMPLAINTS_MAX);
    return job->complaints.failed ? no_memory(job->err) : dyad_fail(job->err, DYAD_DATA, "%s", job->complaints.at);
}

/* Only counts have a measure without being told. */
static enum dyad_status
check_measure(struct reading *job)
{
    const struct meta_studies *all = job->studies;

    for (size_t i = 0; i < all->n && !job->choices->measure_named; i++)
        if (all->at[i].evidence == STUDY_ESTIMATE) {
            const char *path;
            uint64_t line;
            reader_place(cohort_reader(all->cohort), all->at[i].place, &path, &line);
            return dyad_fail(job->err, DYAD_USAGE,
                             "%s:%" PRIu64 ": an estimate without counts: say what the estimates are with --measure", path,
                             line);
        }
    return DYAD_OK;
}

static enum dyad_status
read_all(struct reading *job)
{
    struct meta_studies *all = job->studies;
    size_t n;
    const struct record *records = records_list(all->records, &n);
    enum dyad_status st = DYAD_OK;

    all->at = calloc(n ? n : 1, sizeof *all->at);
    if (all->at == NULL)
        return no_memory(job->err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        all->n++;
        st = read_study(job, &records[i], &all->at[i]);
    }
    if (st == DYAD_OK && (st = report_complaints(job)) == DYAD_OK)
        st = check_measure(job);
    if (job->n_partial)
        result_note(job->r, "%zu %s some counts but not all: %s as if %s had none.", job->n_partial,
                    job->n_partial == 1 ? "study has" : "studies have", job->n_partial == 1 ? "it is taken" : "they are taken",
                    job->n_partial == 1 ? "it" : "they");
    return st;
}

enum dyad_status
meta_studies_read(const struct options *o, struct meta_choices *choices, struct meta_studies *out, struct result *r,
                  struct dyad_error *err)
{
    struct reading job = { .o = o, .choices = choices, .studies = out, .r = r, .err = err,
                           .decimal = o->cohort.decimal ? o->cohort.decimal : '.' };
    void *records = NULL;
    enum dyad_status st;

    if ((st = analysis_open(o, &out->cohort, err)) != DYAD_OK || (st = find_columns(&job)) != DYAD_OK)
        return st;
    const size_t n = cohort_n_factors(out->cohort);
    if ((st = analysis_read(out->cohort, &records_accumulator, &n, &records, err)) != DYAD_OK)
        return st;
    out->records = records;
    st = read_all(&job);
    text_release(&job.complaints);
    return st;
}

struct two_by_two
meta_study_table(const struct study *s)
{
    const double e = s->design_effect;
    return (struct two_by_two){ s->counts.a / e, s->counts.b / e, s->counts.c / e, s->counts.d / e };
}

double
meta_study_people(const struct study *s)
{
    const double n = s->counts.a + s->counts.b + s->counts.c + s->counts.d;
    return n > 0 ? n : NAN;
}

void
meta_studies_release(struct meta_studies *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->at[i].name);
    free(s->at);
    for (size_t role = 0; role < META_ROLES; role++)
        free(s->columns.names[role]);
    free(s->columns.moderators);
    formula_release(&s->columns.formula);
    records_free(s->records);
    cohort_close(s->cohort);
}
