#include "meta_studies.h"

#include "dyad/data/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 20 };

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

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- cells -------------------------------------------------------------------------------- */

void
reading_complain(struct reading *job, struct place place, const char *column, const char *what)
{
    struct dyad_error one = DYAD_ERROR_INIT;

    if (job->n_complaints++ >= COMPLAINTS_MAX)
        return;
    cohort_refuse_at(job->studies->cohort, place, column, what, &one);
    text_printf(&job->complaints, "%s%s", job->complaints.length ? "\n" : "", one.text);
}

const char *
reading_text(const struct reading *job, const struct study *s, size_t factor)
{
    return analysis_level(job->studies->cohort, factor, s->codes[factor]);
}

/* NaN where it is missing, or is none (which is complained of). */
static double
cell_number(struct reading *job, const struct study *s, size_t factor, const char *column)
{
    const char *text = reading_text(job, s, factor);
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
    reading_complain(job, s->place, column, what);
    return NAN;
}

double
reading_number(struct reading *job, const struct study *s, enum meta_role role)
{
    const struct meta_columns *c = &job->studies->columns;
    return meta_has_role(c, role) ? cell_number(job, s, c->factors[role], c->names[role]) : NAN;
}

static double
role_count(struct reading *job, const struct study *s, enum meta_role role)
{
    const double x = reading_number(job, s, role);

    if (x > 1e15)
        reading_complain(job, s->place, job->studies->columns.names[role], "holds a count beyond 1e15, which nothing here can be");
    else if (!isnan(x) && (x < 0 || x != floor(x)))
        reading_complain(job, s->place, job->studies->columns.names[role], "holds no count: a whole number from 0 is needed");
    return x;
}

bool
reading_has(const struct reading *job, const struct study *s, enum meta_role role)
{
    const struct meta_columns *c = &job->studies->columns;
    return meta_has_role(c, role) && s->codes[c->factors[role]] != 0;
}

/* --- a study's counts --------------------------------------------------------------------- */

/* Events and total of one arm; false where a cell is missing. */
static bool
read_arm(struct reading *job, struct study *s, enum meta_role events, enum meta_role total, double *with, double *without)
{
    const size_t before = job->n_complaints;
    const double x = role_count(job, s, events), n = role_count(job, s, total);

    if (job->n_complaints == before && x > n)
        reading_complain(job, s->place, job->studies->columns.names[events], "holds more events than the total");
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
        present += reading_has(job, s, roles[i]);
    if (present == 0)
        return;
    whole = read_arm(job, s, ROLE_TREATED_EVENTS, ROLE_TREATED_TOTAL, &s->counts.a, &s->counts.b);
    whole = read_arm(job, s, ROLE_CONTROL_EVENTS, ROLE_CONTROL_TOTAL, &s->counts.c, &s->counts.d) && whole;
    s->evidence = whole ? STUDY_TABLE : STUDY_NOTHING;
    job->n_partial += !whole && present < 4;
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
        reading_complain(job, s->place, option_text(job->o, "cluster-size"), "holds no cluster size: a number from 1 is needed");
    else if (isnan(icc))
        reading_complain(job, s->place, option_text(job->o, "icc"), "is missing for a study that has a cluster size");
    else if (!(icc >= 0 && icc <= 1))
        reading_complain(job, s->place, option_text(job->o, "icc"), "holds no intracluster correlation: 0 to 1 is needed");
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

    if (meta_has_role(c, ROLE_STUDY) && s->codes[c->factors[ROLE_STUDY]]) {
        s->name = text_copy(reading_text(job, s, c->factors[ROLE_STUDY]));
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
    if (!meta_measure_is_proportion(m) && meta_has_estimate(&job->studies->columns))
        meta_estimate_read(job, s);
    else if (meta_measure_has_tables(m))
        s->printed = reading_number(job, s, ROLE_ESTIMATE); /* to be compared, no more */
    s->design_effect = read_design_effect(job, s);
    s->cluster_code = job->studies->columns.has_cluster ? s->codes[job->studies->columns.cluster] : 0;
    meta_estimate_compare(job, s);
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

    if ((st = analysis_open(o, &out->cohort, err)) != DYAD_OK || (st = meta_columns_find(&job)) != DYAD_OK)
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
