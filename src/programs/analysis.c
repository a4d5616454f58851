#include "analysis.h"

#include "labels.h"
#include "suppression.h"

#include "dyad/data/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

enum dyad_status
analysis_open(const struct options *o, struct cohort **out, struct dyad_error *err)
{
    if (o->n_files == 0)
        return dyad_fail(err, DYAD_USAGE, "no file: name the cohort's CSV, or - for standard input");
    return cohort_open(&o->cohort, out, err);
}

enum dyad_status
analysis_read(struct cohort *c, const struct accumulator *accumulator, const void *spec, void **out,
              struct dyad_error *err)
{
    const enum dyad_status st = cohort_run(c, accumulator, spec, out, err);
    struct reader *reader = cohort_reader(c);
    uint64_t records = 0;

    for (size_t i = 0; st == DYAD_OK && i < reader_n_files(reader); i++)
        records += reader_records(reader, i);
    if (st == DYAD_OK && records == 0) {
        accumulator->end(*out);
        *out = NULL;
        return dyad_fail(err, DYAD_DATA, "%s: no records behind the header", source_path(reader_source(reader, 0)));
    }
    return st;
}

enum dyad_status
analysis_run(struct cohort *c, const struct crosstab_set *set, void **sums, struct dyad_error *err)
{
    return analysis_read(c, &crosstab_accumulator, set, sums, err);
}

/* --- events ------------------------------------------------------------------------------- */

/*
 * "COL=VALUE" or "EVENTS/TOTAL", cut where the left part is a column (and the right, of the
 * second); NULL where there is no such place.
 */
static enum dyad_status
cut(const struct cohort *c, const char *typed, char sign, bool both, char **left, char **right, struct dyad_error *err)
{
    *left = *right = NULL;
    for (const char *at = strchr(typed, sign); at; at = strchr(at + 1, sign)) {
        char *l = strndup(typed, (size_t)(at - typed)), *r = text_copy(at + 1);
        const bool good = l && r;
        if (good && cohort_has(c, l) && (!both || cohort_has(c, r))) {
            *left = l;
            *right = r;
            return DYAD_OK;
        }
        free(l);
        free(r);
        if (!good)
            return no_memory(err);
    }
    return DYAD_OK;
}

/* COL, or COL=VALUE with VALUE (else NULL); ${column} may turn out to be none. */
static enum dyad_status
read_column(const struct cohort *c, const char *typed, char **column, char **value, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (!cohort_has(c, typed) && (st = cut(c, typed, '=', false, column, value, err)) != DYAD_OK)
        return st;
    if (*column)
        return **value ? DYAD_OK : dyad_fail(err, DYAD_USAGE, "'%s': a value is missing behind the '='", typed);
    /* Of an unknown COL=VALUE only COL is looked for in vain. */
    *column = strndup(typed, cohort_has(c, typed) ? strlen(typed) : strcspn(typed, "="));
    return *column ? DYAD_OK : no_memory(err);
}

enum dyad_status
event_request(struct cohort *c, const char *typed, struct event *e, struct dyad_error *err)
{
    enum dyad_status st;

    *e = (struct event){ .typed = typed };
    if (!cohort_has(c, typed) && (st = cut(c, typed, '/', true, &e->column, &e->value, err)) != DYAD_OK)
        return st;
    if (e->column) {
        e->coding = EVENT_COUNTS;
        if ((st = cohort_count(c, e->column, &e->events, err)) != DYAD_OK)
            return st;
        return cohort_count(c, e->value, &e->totals, err);
    }
    if ((st = read_column(c, typed, &e->column, &e->value, err)) != DYAD_OK)
        return st;
    if (e->value)
        e->coding = EVENT_EQUALS;
    return cohort_factor(c, e->column, LEVELS_MAX, &e->factor, err);
}

enum dyad_status
exposure_request(struct cohort *c, const char *typed, struct exposure *x, struct dyad_error *err)
{
    enum dyad_status st;

    *x = (struct exposure){ .typed = typed };
    if ((st = read_column(c, typed, &x->column, &x->value, err)) != DYAD_OK)
        return st;
    return cohort_factor(c, x->column, LEVELS_MAX, &x->factor, err);
}

enum dyad_status
grouping_request(struct cohort *c, const struct options *o, struct grouping *g, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    *g = (struct grouping){ 0 };
    g->names = option_list(o, "by", &g->n);
    if (g->n > BY_MAX)
        return dyad_fail(err, DYAD_USAGE, "--by: at most %d columns", BY_MAX);
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(g->names[i], g->names[k]) == 0)
                return dyad_fail(err, DYAD_USAGE, "--by: '%s' twice", g->names[i]);
    for (size_t i = 0; i < g->n && st == DYAD_OK; i++)
        st = cohort_factor(c, g->names[i], LEVELS_MAX, &g->factors[i], err);
    return st;
}

/* 0, no, n, false: what nobody needs to be told is the reference. */
static bool
is_no(const struct level *l)
{
    return level_truth(l) == 0;
}

enum dyad_status
exposure_reference(const struct cohort *c, const struct exposure *x, const char *wanted, size_t *out,
                   struct dyad_error *err)
{
    size_t n;
    const struct level *levels = cohort_levels(c, x->factor, &n);
    double number;
    bool numbers = true;

    *out = 0;
    if (wanted) {
        while (*out < n && strcmp(levels[*out].text, wanted) != 0)
            ++*out;
        return *out < n ? DYAD_OK
                        : dyad_fail(err, DYAD_USAGE, "--reference '%s': no record that is kept has this value of %s",
                                    wanted, x->column);
    }
    if ((wanted = cohort_reference(c, x->factor)) != NULL) {
        while (*out < n && strcmp(levels[*out].text, wanted) != 0)
            ++*out;
        *out = *out < n ? *out : 0;
        return DYAD_OK;
    }
    for (size_t i = 0; i < n; i++)
        if (is_no(&levels[i])) {
            *out = i;
            return DYAD_OK;
        }
    for (size_t i = 0; i < n; i++)
        numbers = numbers && level_is_number(&levels[i], &number);
    return numbers ? DYAD_OK
                   : dyad_fail(err, DYAD_USAGE, "the exposure %s has no level 0, no or false: name the reference with "
                                                "--reference LEVEL, or give --order %s=...", x->column, x->column);
}

void
event_specify(const struct event *e, struct crosstab_spec *spec)
{
    if (e->coding != EVENT_COUNTS) {
        spec->factors[spec->n_factors++] = e->factor;
        return;
    }
    spec->has_counts = true;
    spec->events = e->events;
    spec->totals = e->totals;
    spec->events_name = e->column;
}

static bool
is_value(const struct level *l, const char *value)
{
    double a, b;

    return strcmp(l->text, value) == 0 ||
           (level_is_number(l, &a) && number_parse(value, strlen(value), '.', &b) == NUMBER_GOOD && a == b);
}

static enum dyad_status
settle_truth(const struct cohort *c, struct event *e, struct text *label, struct dyad_error *err)
{
    size_t n;
    const struct level *levels = cohort_levels(c, e->factor, &n);
    const char *yes = "1";
    const struct level *odd = NULL;

    for (size_t i = n; i-- > 0;) {
        const int truth = level_truth(&levels[i]);
        e->states[i + 1] = (signed char)truth;
        if (truth == 1)
            yes = levels[i].text;
        if (truth < 0 && (odd == NULL || place_before(levels[i].first, odd->first)))
            odd = &levels[i];
    }
    text_printf(label, "%s = %s", e->column, yes);
    return odd ? cohort_refuse(c, odd, e->column,
                               "holds something else than 0/1, no/yes, n/y, false/true: name the event as COL=VALUE, "
                               "and what means missing with --na",
                               err)
               : DYAD_OK;
}

static void
settle_equals(const struct cohort *c, struct event *e, struct text *label, struct result *notes)
{
    size_t n, others = 0;
    const struct level *levels = cohort_levels(c, e->factor, &n);

    for (size_t i = 0; i < n; i++) {
        e->states[i + 1] = is_value(&levels[i], e->value);
        others += !e->states[i + 1];
    }
    text_printf(label, "%s = %s", e->column, e->value);
    result_note(notes, "The event %s: %zu other value%s of %s %s non-events%s.", label->at ? label->at : "", others,
                plural((int64_t)others), e->column, others == 1 ? "makes" : "make",
                others == n ? "; no record has the event's value, which must be spelt as in the file" : "");
}

enum dyad_status
event_settle(const struct cohort *c, struct event *e, struct result *notes, struct dyad_error *err)
{
    struct text label = TEXT_INIT;
    enum dyad_status st = DYAD_OK;
    size_t n = 0;

    if (e->coding == EVENT_COUNTS) {
        text_printf(&label, "%s of %s", e->column, e->value);
    } else {
        cohort_levels(c, e->factor, &n);
        e->states = malloc(n + 1);
        if (e->states == NULL)
            return no_memory(err);
        e->states[0] = -1;
        if (e->coding == EVENT_TRUTH)
            st = settle_truth(c, e, &label, err);
        else
            settle_equals(c, e, &label, notes);
    }
    e->label = text_steal(&label);
    return st == DYAD_OK && e->label == NULL ? no_memory(err) : st;
}

void
event_count(const struct event *e, const struct crosstab_cell *cell, size_t at, struct people *p)
{
    if (e->coding == EVENT_COUNTS) {
        p->missing += cell->records;
        p->events += cell->events;
        p->non_events += cell->total - cell->events;
        return;
    }
    switch (e->states[cell->codes[at]]) {
    case 1:
        p->events += cell->records;
        break;
    case 0:
        p->non_events += cell->records;
        break;
    default:
        p->missing += cell->records;
    }
}

void
event_release(struct event *e)
{
    free(e->column);
    free(e->value);
    free(e->states);
    free(e->label);
    *e = (struct event){ 0 };
}

void
exposure_release(struct exposure *x)
{
    free(x->column);
    free(x->value);
    *x = (struct exposure){ 0 };
}

/* --- groups ------------------------------------------------------------------------------- */

const char *
analysis_level(const struct cohort *c, size_t factor, uint32_t code)
{
    size_t n;
    const struct level *levels = cohort_levels(c, factor, &n);
    return code ? levels[code - 1].text : "";
}

void
analysis_join(const struct cohort *c, const size_t *factors, size_t n, const uint32_t *codes, struct text *out)
{
    text_clear(out);
    text_puts(out, "");
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s%s", i ? " / " : "", analysis_level(c, factors[i], codes[i]));
}

/* --- what was left out -------------------------------------------------------------------- */

bool
zero_rule_read(const char *typed, enum zero_rule *rule, double *added)
{
    static const struct {
        const char *name;
        enum zero_rule rule;
    } rules[] = { { "only0:", ZERO_ONLY0 }, { "if0all:", ZERO_IF0ALL }, { "all:", ZERO_ALL } };
    double number;

    if (strcmp(typed, "none") == 0) {
        *rule = ZERO_NONE;
        return true;
    }
    if (strcmp(typed, "only0:arm") == 0) {
        *rule = ZERO_BY_ARM;
        return true;
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const size_t n = strlen(rules[i].name);
        if (strncmp(typed, rules[i].name, n) != 0)
            continue;
        if (number_parse(typed + n, strlen(typed + n), '.', &number) != NUMBER_GOOD || number <= 0)
            return false;
        *rule = rules[i].rule;
        *added = number;
        return true;
    }
    return false;
}

void
event_column(const struct event *e, struct counted *people)
{
    counted_column(people, e->column, e->coding == EVENT_TRUTH ? COUNTED_LEVELS : COUNTED_IS,
                   e->coding == EVENT_TRUTH ? NULL : e->value);
}

const char *
event_value(const struct event *e, bool happened)
{
    return e->coding == EVENT_TRUTH ? (happened ? "1" : "0") : happened ? e->value : COUNTED_OTHER;
}

const char *
plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* What was left out, as one count: all of the cells without a value at ${at}, or their people alone. */
static size_t
count_missing(struct suppression *s, const struct crosstab_cell *cells, const struct people_counts *counts, size_t n,
              size_t at, bool people)
{
    struct disclosure *d = suppression_counts(s);
    const size_t sum = d ? disclosure_sum(d) : 0;

    for (size_t i = 0; d && i < n; i++) {
        const size_t parts[] = { counts[i].events, counts[i].non_events, counts[i].missing };
        for (size_t k = 0; cells[i].codes[at] == 0 && k < 3; k++)
            if (parts[k] != COUNT_OF_NOBODY && !(people && k == 2))
                disclosure_part(d, sum, parts[k], 1);
    }
    return sum;
}

void
analysis_note_missing(const char *name, const struct crosstab_cell *cells, const struct people_counts *counts, size_t n,
                      size_t at, struct suppression *s, struct result *r)
{
    int64_t records = 0, people = 0;
    struct text hidden = TEXT_INIT;

    for (size_t i = 0; i < n; i++)
        if (cells[i].codes[at] == 0) {
            records += cells[i].records;
            people += cells[i].total;
        }
    text_printf(&hidden, "Left out: records for want of a value of %s; how many is suppressed.", name);
    r->failed = r->failed || hidden.failed;
    const size_t count = hidden.failed ? 0 : count_missing(s, cells, counts, n, at, people > 0);
    if (people && !hidden.failed)
        suppression_note(s, r, &count, 1, hidden.at, "Left out: groups with a total of %" PRId64 " for want of a value of %s.",
                         people, name);
    if (records && !hidden.failed)
        suppression_note(s, r, &count, 1, hidden.at, "Left out: %" PRId64 " record%s for want of a value of %s.", records,
                         plural(records), name);
    text_release(&hidden);
}

/* What the codebook had to say of the columns in use, and of which it says nothing. */
static void
note_codebook(const struct cohort *c, const struct codebook *b, struct result *r)
{
    struct text unknown = TEXT_INIT, missing = TEXT_INIT;

    for (size_t i = 0; i < cohort_n_factors(c); i++) {
        const char *name = cohort_factor_name(c, i);
        const struct codebook_field *f = cohort_field(c, name);
        if (f == NULL && reader_find(cohort_reader(c), name) < reader_n_columns(cohort_reader(c)))
            text_printf(&unknown, "%s%s", unknown.length ? ", " : "", name);
        for (size_t k = 0; f && k < f->n_missing; k++)
            text_printf(&missing, "%s%s %s", missing.length ? k ? ", " : "; " : "", k ? "" : f->name, f->missing[k]);
    }
    result_note(r, "Types, labels, order of levels, allowed values and missing codes are those of the codebook %s.", b->path);
    if (missing.length)
        result_note(r, "Missing by the codebook: %s.", missing.at);
    if (unknown.length)
        result_note(r, "The codebook says nothing of %s.", unknown.at);
    r->failed = r->failed || unknown.failed || missing.failed;
    text_release(&unknown);
    text_release(&missing);
}

void
analysis_inputs(const struct cohort *c, struct result *r)
{
    analysis_files(cohort_reader(c), cohort_codebook(c), r);
    if (cohort_codebook(c))
        note_codebook(c, cohort_codebook(c), r);
}

void
analysis_files(struct reader *reader, const struct codebook *b, struct result *r)
{
    struct place first;
    char sha256[65];

    for (size_t i = 0; i < reader_n_files(reader); i++) {
        const struct source *s = reader_source(reader, i);
        reader_sha256(reader, i, sha256);
        result_input(r, source_path(s), source_bytes(s), reader_records(reader, i), sha256);
    }
    if (b)
        result_input(r, b->path, b->bytes, b->n_fields, b->sha256);
    const uint64_t blank = reader_blank_lines(reader, &first);
    if (blank) {
        const char *path;
        uint64_t line;
        reader_place(reader, first, &path, &line);
        result_note(r, "%" PRIu64 " blank line%s left out, the first at %s:%" PRIu64 ".", blank, plural((int64_t)blank),
                    path, line);
    }
}

static void
add_step(struct table *flow, const char *step, int64_t n)
{
    table_row(flow, SCALE_NUMBER);
    table_set_text(flow, "step", step);
    table_set_count(flow, "n", n);
}

void
analysis_tell_used(struct suppression *s, const size_t *complete, size_t n, size_t everybody, int64_t n_used)
{
    struct disclosure *d = suppression_counts(s);

    if (d && n < 2)
        (void)suppression_name(s, "used", n ? complete[0] : disclosure_count(d, n_used));
    for (size_t i = 0; d && n > 1 && everybody != COUNT_OF_NOBODY && i < n; i++)
        if (disclosure_value(d, complete[i]) == disclosure_value(d, everybody)) {
            (void)suppression_name(s, "used", complete[i]);
            return;
        }
}

/* Each step has what the next one has, and who was left out in between; the files have what was read. */
static void
tell_steps(const struct cohort *c, const struct options *o, const struct table *flow, struct result *r)
{
    struct suppression *s = o->suppression;
    struct disclosure *d = suppression_counts(s);
    size_t step, used = 0;

    if (d == NULL || result_status(r) != DYAD_OK)
        return;
    const size_t last = flow->n_rows - 1;
    const bool told = suppression_named(s, "used", &used);
    if (told)
        suppression_cell(s, flow, last, "n", used);
    for (size_t row = last; row-- > 0; used = step) {
        const int64_t n = table_count(flow, row, "n");
        const bool kept = row + 1 == last; /* what remains behind the filters is what the tables count */
        step = kept && !told ? disclosure_count(d, n) : disclosure_sum(d);
        if (!kept || told) {
            const size_t left_out = disclosure_count(d, n - disclosure_value(d, used));
            disclosure_part(d, step, used, 1);
            disclosure_part(d, step, left_out, 1);
            if (kept)
                (void)suppression_name(s, "left out", left_out);
        }
        if (row && n == table_count(flow, row - 1, "n"))
            counted_idle(suppression_people(s), row - 1);
        counted_table(suppression_people(s), COUNTED_RECORDS, row);
        counted_cell(suppression_people(s), NULL, step);
        suppression_cell(s, flow, row, "n", step);
    }
    const size_t files = disclosure_sum(d);
    for (size_t i = 0; i < reader_n_files(cohort_reader(c)); i++) {
        const size_t records = disclosure_count(d, (int64_t)reader_records(cohort_reader(c), i));
        disclosure_part(d, files, records, 1);
        suppression_input(s, i, records);
    }
    if (disclosure_value(d, files) == disclosure_value(d, used))
        disclosure_same(d, files, used);
}

static void
note_missing_frequency(const struct cohort *c, const struct options *o, struct result *r)
{
    const int64_t n = cohort_n_missing_frequency(c);
    struct disclosure *d = suppression_counts(o->suppression);
    const size_t count = d && n ? disclosure_count(d, n) : 0;

    if (n)
        suppression_note(o->suppression, r, &count, 1, "Left out: records without a value of --freq; how many is suppressed.",
                         "Left out: %" PRId64 " record%s without a value of %s (--freq).", n, plural(n), o->cohort.frequency);
}

void
analysis_report(const struct cohort *c, const struct options *o, int64_t n_used, struct result *r)
{
    struct table *flow = result_table(r, "flow");
    struct text step = TEXT_INIT;

    labels_apply(c, o, r);
    analysis_inputs(c, r);
    table_column(flow, "step", COLUMN_LABEL);
    table_column(flow, "n", COLUMN_COUNT);
    add_step(flow, "read", cohort_n_read(c));
    for (size_t i = 0; i < o->cohort.n_filters; i++) {
        text_clear(&step);
        text_printf(&step, "where %s", o->cohort.filters[i]);
        add_step(flow, step.failed ? "" : step.at, cohort_n_kept(c, i));
        r->failed = r->failed || step.failed;
    }
    text_release(&step);
    add_step(flow, "used", n_used);
    tell_steps(c, o, flow, r);
    if (o->cohort.frequency)
        result_note(r, "Counts are those of --freq %s: each record stands for so many.", o->cohort.frequency);
    note_missing_frequency(c, o, r);
    for (size_t i = 0; i < o->n_missing; i++) {
        const struct missing_list *l = &o->missing[i];
        struct text values = TEXT_INIT;
        for (size_t k = 0; k < l->n; k++)
            text_printf(&values, "%s%s", k ? ", " : "", l->values[k]);
        result_note(r, "Missing, besides an empty field, NA and a point: %s in %s.", values.failed ? "" : values.at,
                    l->column ? l->column : "every column");
        r->failed = r->failed || values.failed;
        text_release(&values);
    }
}
