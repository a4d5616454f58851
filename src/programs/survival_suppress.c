/* dyad survival: what --suppress must know of its tables. */
#include "survival.h"

#include "suppression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Counts of one table of times: who leaves at each row by each cause (0: censored), the events and those at risk there. */
struct table_counts {
    const struct survival_table *table;
    size_t *leaving, *events, *risk; /* leaving[row * (causes + 1) + cause] */
    size_t *by_cause;                /* in all */
};

struct telling {
    struct survival_job *j;
    struct suppression *s;
    struct disclosure *d;
    struct table_counts *at; /* [group * (1 + n_strata)], as the tables */
    size_t per_group;
    size_t *shown, n_shown, room; /* counts that a row is computed from */
    bool failed;
};

/* --- counts ------------------------------------------------------------------------------- */

static bool
tell_table(struct telling *t, const struct survival_table *table, struct table_counts *c)
{
    const size_t k = table->causes + 1, n = table->n;

    c->table = table;
    c->leaving = calloc(n * k + 1, sizeof *c->leaving);
    c->events = calloc(n + 1, sizeof *c->events);
    c->risk = calloc(n + 1, sizeof *c->risk);
    c->by_cause = calloc(k, sizeof *c->by_cause);
    if (c->leaving == NULL || c->events == NULL || c->risk == NULL || c->by_cause == NULL)
        return false;
    for (size_t cause = 0; cause < k; cause++)
        c->by_cause[cause] = disclosure_sum(t->d);
    for (size_t row = n; row-- > 0;) {
        c->events[row] = disclosure_sum(t->d);
        c->risk[row] = disclosure_sum(t->d);
        for (size_t cause = 0; cause < k; cause++) {
            const size_t one = disclosure_count(t->d, (int64_t)table->rows[row].exits[cause].records);
            c->leaving[row * k + cause] = one;
            disclosure_part(t->d, c->by_cause[cause], one, 1);
            if (cause)
                disclosure_part(t->d, c->events[row], one, 1);
        }
        disclosure_part(t->d, c->risk[row], c->events[row], 1);
        disclosure_part(t->d, c->risk[row], c->leaving[row * k], 1);
        if (row + 1 < n)
            disclosure_part(t->d, c->risk[row], c->risk[row + 1], 1);
    }
    return true;
}

static size_t
row_at(const struct survival_table *t, double time)
{
    const size_t i = survival_table_find(t, time);
    return i > 0 && t->rows[i - 1].time == time ? i - 1 : t->n;
}

/* The strata of a group add up to it, at each time and for each cause. */
static void
tie_strata(struct telling *t, size_t group)
{
    const struct table_counts *all = &t->at[group * t->per_group];
    const size_t k = all->table->causes + 1;

    for (size_t row = 0; t->per_group > 1 && row < all->table->n; row++)
        for (size_t cause = 0; cause < k; cause++) {
            const size_t sum = disclosure_sum(t->d);
            for (size_t h = 1; h < t->per_group; h++) {
                const size_t at = row_at(all[h].table, all->table->rows[row].time);
                if (at < all[h].table->n)
                    disclosure_part(t->d, sum, all[h].leaving[at * k + cause], 1);
            }
            disclosure_same(t->d, sum, all->leaving[row * k + cause]);
        }
}

/* Do all groups have a step that ends then? */
static bool
is_end(const struct telling *t, double time)
{
    for (size_t g = 0; g < t->j->n_groups; g++) {
        const struct survival_table *table = t->at[g * t->per_group].table;
        if (row_at(table, time) == table->n)
            return false;
    }
    return true;
}

/* A table of those who have a value of all that is needed. */
static void
begin_people(const struct telling *t)
{
    const char *names[CROSSTAB_FACTORS];

    survival_needed(t->j, names);
    counted_table(suppression_people(t->s), COUNTED_RECORDS, SIZE_MAX);
    for (size_t i = 0; i < CROSSTAB_FACTORS; i++)
        if (names[i])
            counted_need(suppression_people(t->s), names[i], t->j->missing_at[i]);
}

/* Its last columns: the event, which cause, and the steps that end at ${ends}. */
static bool
begin_steps(const struct telling *t, const double *ends, size_t n)
{
    const struct survival_job *j = t->j;
    struct text causes = TEXT_INIT; /* analyses with the same ones tell the same of each */
    double *in_file = malloc((n + 1) * sizeof *in_file); /* other analyses may have other units */

    for (size_t i = 0; in_file && i < n; i++)
        in_file[i] = ends[i] / j->how.factor;
    counted_column(suppression_people(t->s), j->event.column, COUNTED_IS, event_value(&j->event, true));
    text_puts(&causes, "causes");
    for (size_t cause = 1; cause <= j->n_causes; cause++)
        text_printf(&causes, "\n%s", survival_cause(j, cause));
    if (!causes.failed)
        counted_column(suppression_people(t->s), causes.at, COUNTED_LEVELS, NULL);
    const bool named = !causes.failed;
    text_release(&causes);
    if (in_file)
        counted_steps(suppression_people(t->s), j->time.name, in_file, n);
    free(in_file);
    return in_file != NULL && named;
}

/* Who leaves at each time of a group, in the step that it is in; behind the values of ${n} other columns. */
static void
add_steps(const struct telling *t, const struct table_counts *c, const double *ends, size_t n_ends, const char **values, size_t n)
{
    const size_t k = c->table->causes + 1;

    for (size_t row = 0, step = 0; row < c->table->n; row++) {
        while (step < n_ends && ends[step] < c->table->rows[row].time)
            step++;
        for (size_t cause = 0; cause < k; cause++) {
            values[n] = cause == 1 ? event_value(&t->j->event, true) : COUNTED_OTHER;
            values[n + 1] = cause ? survival_cause(t->j, cause) : "censored";
            counted_cell_at(suppression_people(t->s), values, step, c->leaving[row * k + cause]);
        }
    }
}

/* The ends of the steps of one group that all groups (or, of one group alone, it) have; the caller's to free. */
static double *
common_ends(const struct telling *t, size_t group, bool alone, size_t *n)
{
    const struct survival_table *table = t->at[group * t->per_group].table;
    double *ends = malloc((table->n + 1) * sizeof *ends);

    *n = 0;
    for (size_t row = 0; ends && row < table->n; row++)
        if (alone || is_end(t, table->rows[row].time))
            ends[(*n)++] = table->rows[row].time;
    return ends;
}

/* The groups, or their strata, in the steps that all groups have. */
static bool
tell_together(const struct telling *t, const struct grouping *strata, const double *ends, size_t n)
{
    const struct survival_job *j = t->j;
    struct counted *people = suppression_people(t->s);
    const size_t n_strata = strata ? j->n_strata : 1, width = strata ? strata->n : 0;
    const char *values[2 * BY_MAX + 2];

    begin_people(t);
    for (size_t i = 0; i < j->by.n; i++)
        counted_column(people, j->by.names[i], COUNTED_LEVELS, NULL);
    for (size_t i = 0; i < width; i++)
        counted_column(people, strata->names[i], COUNTED_LEVELS, NULL);
    if (!begin_steps(t, ends, n))
        return false;
    for (size_t k = 0; k < j->n_groups * n_strata; k++) {
        const size_t g = k / n_strata, h = k % n_strata;
        for (size_t i = 0; i < j->by.n; i++)
            values[i] = analysis_level(j->cohort, j->by.factors[i], j->groups[g].codes[i]);
        for (size_t i = 0; i < width; i++)
            values[j->by.n + i] = analysis_level(j->cohort, strata->factors[i], j->stratum_codes[h * width + i]);
        add_steps(t, &t->at[g * t->per_group + (strata ? 1 + h : 0)], ends, n, values, j->by.n + width);
    }
    return true;
}

/* The steps of each group by itself, and those that all have together. */
static bool
tell_people(const struct telling *t)
{
    const struct survival_job *j = t->j;
    struct counted *people = suppression_people(t->s);
    const char *values[2];
    size_t n = 0;
    bool good = true;

    for (size_t g = 0; g < j->n_groups && j->by.n && good; g++) {
        double *ends = common_ends(t, g, true, &n);
        begin_people(t);
        for (size_t i = 0; i < j->by.n; i++)
            counted_is(people, j->by.names[i], analysis_level(j->cohort, j->by.factors[i], j->groups[g].codes[i]));
        if ((good = ends && begin_steps(t, ends, n)))
            add_steps(t, &t->at[g * t->per_group], ends, n, values, 0);
        free(ends);
    }
    double *ends = j->n_groups && good ? common_ends(t, 0, false, &n) : NULL;
    good = ends && tell_together(t, NULL, ends, n) && (j->n_strata == 0 || tell_together(t, &j->strata, ends, n));
    free(ends);
    return good;
}

static bool
tell_counts(struct telling *t)
{
    const size_t used = disclosure_sum(t->d);

    t->at = calloc(t->j->n_groups * t->per_group + 1, sizeof *t->at);
    for (size_t g = 0; t->at && g < t->j->n_groups; g++) {
        for (size_t h = 0; h < t->per_group; h++)
            if (!tell_table(t, &t->j->groups[g].tables[h], &t->at[g * t->per_group + h]))
                return false;
        tie_strata(t, g);
        disclosure_part(t->d, used, t->at[g * t->per_group].risk[0], 1);
    }
    (void)suppression_name(t->s, "used", used);
    return t->at != NULL && (t->j->n_groups == 0 || tell_people(t));
}

/* --- rows --------------------------------------------------------------------------------- */

static void
show(struct telling *t, size_t count)
{
    if (t->n_shown == t->room) {
        const size_t room = t->room ? 2 * t->room : 256;
        size_t *grown = realloc(t->shown, room * sizeof *grown);
        if (grown == NULL) {
            t->failed = true;
            return;
        }
        t->shown = grown;
        t->room = room;
    }
    t->shown[t->n_shown++] = count;
}

/* All that a curve is computed from, up to a time. */
static void
show_until(struct telling *t, const struct table_counts *c, double time)
{
    const size_t k = c->table->causes + 1;

    for (size_t row = 0; row < c->table->n && c->table->rows[row].time <= time; row++) {
        show(t, c->risk[row]);
        for (size_t cause = 1; cause < k; cause++)
            show(t, c->leaving[row * k + cause]);
    }
}

static void
numbers(struct telling *t, const struct table *table, size_t row)
{
    suppression_numbers(t->s, table, row, t->shown, t->n_shown);
    t->n_shown = 0;
}

/* Which group a row is of; n_groups: none. */
static size_t
group_of(const struct telling *t, const struct table *table, size_t row)
{
    const struct survival_job *j = t->j;

    for (size_t g = 0; g < j->n_groups; g++) {
        bool same = true;
        for (size_t i = 0; i < j->by.n && same; i++) {
            const struct cell *c = table_cell(table, row, i);
            same = c->state == CELL_TEXT &&
                   strcmp(c->is.text, analysis_level(j->cohort, j->by.factors[i], j->groups[g].codes[i])) == 0;
        }
        if (same)
            return g;
    }
    return j->n_groups;
}

static size_t
cause_of(const struct telling *t, const struct table *table, size_t row)
{
    const char *typed = table_text(table, row, "cause");
    size_t cause = 1;

    while (cause < t->j->n_causes && strcmp(survival_cause(t->j, cause), typed) != 0)
        cause++;
    return cause;
}

static void
tell_summary(struct telling *t, const struct table *table, size_t row, const struct table_counts *c)
{
    suppression_cell(t->s, table, row, "n", c->risk[0]);
    suppression_cell(t->s, table, row, "events", c->by_cause[1]);
    if (t->j->n_causes > 1) {
        const size_t competing = disclosure_sum(t->d);
        for (size_t cause = 2; cause <= t->j->n_causes; cause++)
            disclosure_part(t->d, competing, c->by_cause[cause], 1);
        suppression_cell(t->s, table, row, "competing", competing);
    }
    suppression_open(t->s, table, row, "tau");
    if (t->j->coarse)
        return; /* where within a step a median lies is not known */
    show_until(t, c, INFINITY);
    numbers(t, table, row);
}

/* A row of the curve, of an incidence, or of either at a chosen time. */
static void
tell_point(struct telling *t, const struct table *table, size_t row, const struct table_counts *c)
{
    const double time = table_number(table, row, "time");
    const size_t at = row_at(c->table, time), k = c->table->causes + 1;
    size_t next = survival_table_find(c->table, time);

    if (next > 0 && c->table->rows[next - 1].time == time)
        next--;
    suppression_open(t->s, table, row, "time");
    if (t->j->coarse && at == c->table->n)
        return; /* chosen, and within a step */
    if (next < c->table->n)
        suppression_cell(t->s, table, row, "n_risk", c->risk[next]);
    else
        suppression_open(t->s, table, row, "n_risk"); /* nobody, as the last time tells */
    if (at < c->table->n && table_find_column(table, "n_censor") < table->n_columns) {
        suppression_cell(t->s, table, row, "n_event", c->events[at]);
        suppression_cell(t->s, table, row, "n_censor", c->leaving[at * k]);
    } else if (at < c->table->n && table_find_column(table, "n_event") < table->n_columns) {
        suppression_cell(t->s, table, row, "n_event", c->leaving[at * k + cause_of(t, table, row)]);
    }
    show_until(t, c, time);
    numbers(t, table, row);
}

/* Tests and differences are of all groups, and of their strata. */
static void
tell_comparison(struct telling *t, const struct table *table, size_t row, bool has_time)
{
    if (has_time)
        suppression_open(t->s, table, row, "time");
    if (has_time && t->j->coarse &&
        (strcmp(table_text(table, row, "measure"), "at") != 0 || !is_end(t, table_number(table, row, "time"))))
        return;
    for (size_t i = 0; i < t->j->n_groups * t->per_group; i++)
        show_until(t, &t->at[i], INFINITY);
    numbers(t, table, row);
}

static void
tell_rows(struct telling *t, const struct table *table)
{
    static const char *const points[] = { "curve", "at", "incidence", "incidence_at", NULL };
    bool is_point = false;

    for (const char *const *p = points; *p; p++)
        is_point = is_point || strcmp(table->name, *p) == 0;
    for (size_t row = 0; row < table->n_rows && !t->failed; row++) {
        if (strcmp(table->name, "tests") == 0 || strcmp(table->name, "differences") == 0) {
            tell_comparison(t, table, row, table->name[0] == 'd');
            continue;
        }
        const size_t group = group_of(t, table, row);
        if (group == t->j->n_groups)
            continue;
        const struct table_counts *c = &t->at[group * t->per_group];
        const bool chosen = strcmp(table->name, "at") == 0 || strcmp(table->name, "incidence_at") == 0;
        if (is_point && !chosen && t->j->groups[group].few)
            continue; /* nothing is told of it: all is hidden */
        if (is_point)
            tell_point(t, table, row, c);
        else if (strcmp(table->name, "summary") == 0)
            tell_summary(t, table, row, c);
        else if (strcmp(table->name, "quantiles") == 0) {
            suppression_open(t->s, table, row, "p");
            if (t->j->coarse)
                continue;
            show_until(t, c, INFINITY);
            numbers(t, table, row);
        }
    }
}

static void
release(struct telling *t)
{
    for (size_t i = 0; t->at && i < t->j->n_groups * t->per_group; i++) {
        free(t->at[i].leaving);
        free(t->at[i].events);
        free(t->at[i].risk);
        free(t->at[i].by_cause);
    }
    free(t->at);
    free(t->shown);
}

/* --- all of it ----------------------------------------------------------------------------- */

/* A picture is drawn of whole curves: none of them may have a hidden row. */
static enum dyad_status
check_picture(const struct survival_job *j, struct dyad_error *err)
{
    static const char *const curves[] = { "curve", "incidence", NULL }, *const times[] = { "at", "incidence_at", NULL };

    for (const char *const *name = j->how.as_rows ? times : curves; *name; name++) {
        const struct table *t = result_find(j->r, *name);
        for (size_t row = 0; t && row < t->n_rows; row++)
            if (suppression_is_row(t, row))
                return dyad_fail(err, DYAD_DOMAIN, "--suppress: %s cannot be drawn: leave the group out with --where, or "
                                                   "leave out the picture",
                                 j->how.as_rows ? "a time within a step of the curve, or a group of so few events or censorings,"
                                                : "a curve of so few events or censorings");
    }
    return DYAD_OK;
}

enum dyad_status
survival_tell(struct survival_job *j)
{
    struct telling t = { .j = j, .s = j->o->suppression, .d = suppression_counts(j->o->suppression),
                         .per_group = 1 + j->n_strata };

    if (t.s == NULL)
        return DYAD_OK;
    t.failed = !tell_counts(&t);
    for (size_t i = 0; i < j->r->n_tables && !t.failed; i++)
        tell_rows(&t, j->r->tables[i]);
    release(&t);
    return t.failed ? DYAD_NOMEM : DYAD_OK;
}

enum dyad_status
survival_suppress(struct survival_job *j, struct dyad_error *err)
{
    const enum dyad_status st = suppression_apply(j->o->suppression, j->r, err);

    return st == DYAD_OK && j->how.drawn && j->o->suppression ? check_picture(j, err) : st;
}
