/* dyad model: what --suppress must know: how many people stand behind the coefficients. */
#include "model.h"

#include "suppression.h"
#include "survival_records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many coefficients need three times as many records: with more, a model is a list of its records. */
enum { RECORDS_A_COEFFICIENT = 3 };

/*
 * With so many patterns of what is known of a record for each coefficient, coefficients and errors do not tell how many
 * records have each: there are several unknown numbers to each known one.
 */
enum { PATTERNS_A_COEFFICIENT = 4, PATTERNS_COUNTED = 4096 };

/* How many have each of three values follows from their number, sum and sum of squares: those of a mean and its error. */
enum { VALUES_THAT_FOLLOW = 3 };

/* Of a Cox model the digits tell the order of events and censorings to whom can try all orders: 2^64 nobody can. */
#define ORDERS_LOG2 64.0

/*
 * Some columns of the formula whose values make categories: those of a term, or two that are not of the same one.
 * The people of each combination are what estimates (of a term, by outcome) and their errors (of two) are made of.
 */
struct category {
    size_t columns[FORMULA_DEGREE_MAX], n;
    bool by_outcome;
    struct combinations seen; /* of the codes */
    double *events, *others;  /* of each combination */
    size_t room;
};

struct tally {
    const struct model_report *m;
    struct category *at;
    size_t n;
    double events, others;
    struct combinations patterns; /* of all columns of the terms; no more than PATTERNS_COUNTED */
    size_t *columns;              /* these */
    uint32_t *codes;
};

/* --- which categories --------------------------------------------------------------------- */

/* A column of few numbers is a factor in disguise where the term has a parameter for each of them. */
static bool
is_category(const struct model_frame *f, size_t column, size_t parameters)
{
    return f->at[column].is_factor || f->at[column].n_levels <= parameters + 1;
}

static void
add_column(struct category *c, size_t column)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->columns[i] == column)
            return;
    if (c->n < FORMULA_DEGREE_MAX)
        c->columns[c->n++] = column;
}

static void
add_atom(const struct model_frame *f, const struct formula_atom *a, struct category *c)
{
    const size_t parameters = a->kind == FORMULA_POLY || a->kind == FORMULA_NS ? a->size : 1;

    if (a->kind == FORMULA_PLAIN || a->kind == FORMULA_FACTOR) {
        if (a->kind == FORMULA_FACTOR || is_category(f, a->column, 1))
            add_column(c, a->column);
        return;
    }
    for (size_t i = 0; i < a->value.n; i++)
        if (a->value.steps[i].operation == FORMULA_COLUMN && is_category(f, a->value.steps[i].column, parameters))
            add_column(c, a->value.steps[i].column);
}

/* A number of so few values that the model tells how many have each: the outcome of a regression by its name alone. */
static void
add_response(const struct model_frame *f, struct category *c)
{
    const struct formula_response *r = &f->formula.response;

    if (model_frame_has_events(f))
        return;
    if (r->kind == RESPONSE_COLUMN && f->at[r->column].n_levels <= VALUES_THAT_FOLLOW)
        add_column(c, r->column);
    for (size_t i = 0; r->kind == RESPONSE_VALUE && i < r->value.n; i++)
        if (r->value.steps[i].operation == FORMULA_COLUMN && f->at[r->value.steps[i].column].n_levels <= VALUES_THAT_FOLLOW)
            add_column(c, r->value.steps[i].column);
}

static bool
choose_categories(struct tally *t)
{
    const struct formula *f = &t->m->frame->formula;
    const size_t terms = f->n_terms;

    t->at = calloc(1 + terms + terms * terms * FORMULA_DEGREE_MAX * FORMULA_DEGREE_MAX + 1, sizeof *t->at);
    if (t->at == NULL)
        return false;
    for (size_t i = 0; i < terms; i++) {
        struct category *c = &t->at[t->n++];
        c->by_outcome = true;
        for (size_t k = 0; k < f->terms[i].n_parts; k++)
            add_atom(t->m->frame, &f->atoms[f->terms[i].parts[k].atom], c);
    }
    /* Robust errors add up what the outcome leaves, and so tell it of pairs, too. */
    for (size_t i = 0; i < terms; i++)
        for (size_t k = 0; k < i; k++)
            for (size_t x = 0; x < t->at[i].n; x++)
                for (size_t y = 0; y < t->at[k].n; y++) {
                    struct category *c = &t->at[t->n++];
                    c->by_outcome = t->m->how->errors != ERRORS_MODEL || t->m->how->family == FAMILY_GEE;
                    add_column(c, t->at[i].columns[x]);
                    add_column(c, t->at[k].columns[y]);
                }
    t->at[t->n++].by_outcome = true; /* of everybody */
    for (size_t i = 0; i < t->n; i++)
        if (t->at[i].by_outcome)
            add_response(t->m->frame, &t->at[i]);
    for (size_t i = 0; i < t->n; i++)
        t->at[i].seen.width = t->at[i].n;
    t->columns = calloc(f->n_columns + 1, sizeof *t->columns);
    t->codes = calloc(f->n_columns + 1, sizeof *t->codes);
    for (size_t i = 0; t->columns && i < f->n_columns; i++)
        if (f->columns[i].plain || f->columns[i].factor || f->columns[i].number)
            t->columns[t->patterns.width++] = i;
    return t->columns && t->codes;
}

/* No fewer than the model has. */
static size_t
most_coefficients(const struct tally *t)
{
    const struct formula *f = &t->m->frame->formula;
    size_t n = 1;

    for (size_t i = 0; i < f->n_terms; i++) {
        size_t of_term = t->at[i].seen.n ? t->at[i].seen.n : 1;
        for (size_t k = 0; k < f->terms[i].n_parts; k++)
            of_term *= f->atoms[f->terms[i].parts[k].atom].size ? f->atoms[f->terms[i].parts[k].atom].size : 1;
        n += of_term;
    }
    return n;
}

/* Might it be worked out of the model how many records have each pattern? */
static bool
tells_patterns(const struct tally *t)
{
    return t->patterns.n <= PATTERNS_A_COEFFICIENT * most_coefficients(t);
}

/* --- counting ----------------------------------------------------------------------------- */

static enum dyad_status
count_in(struct category *c, const uint32_t *codes, double events, double others)
{
    size_t number;

    if (combinations_number(&c->seen, codes, &number) != DYAD_OK)
        return DYAD_NOMEM;
    if (number >= c->room) {
        const size_t room = c->room ? 2 * c->room : 16;
        double *grown = realloc(c->events, 2 * room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        memmove(grown + room, grown + c->room, c->room * sizeof *grown);
        c->events = grown;
        c->others = grown + room;
        for (size_t i = c->room; i < room; i++)
            c->events[i] = c->others[i] = 0;
        c->room = room;
    }
    c->events[number] += events;
    c->others[number] += others;
    return DYAD_OK;
}

/* With and without the outcome; of a number or a count nobody is said to have it. */
static void
people_of(const struct model_frame *f, const struct frame_piece *p, size_t i, double *events, double *others)
{
    const double weight = p->weights ? p->weights[i] : 1;
    const size_t response = f->at ? f->formula.response.column : 0;

    *events = 0;
    *others = weight;
    if (f->counts) {
        *events = weight * f->at[response].numbers[p->codes[f->at[response].factor][i]];
        *others = weight * f->totals[p->codes[f->total][i]] - *events;
    } else if (model_frame_has_events(f) && model_frame_response(f, p->codes[f->event.factor][i]) > 0) {
        *events = weight;
        *others = 0;
    }
}

static enum dyad_status
count_piece(const struct frame_piece *p, void *context)
{
    struct tally *t = context;
    const struct model_frame *f = t->m->frame;
    uint32_t codes[FORMULA_DEGREE_MAX];
    double events, others;

    for (size_t i = 0; i < p->n; i++) {
        people_of(f, p, i, &events, &others);
        t->events += events;
        t->others += others;
        for (size_t k = 0; k < t->n; k++) {
            struct category *c = &t->at[k];
            for (size_t x = 0; x < c->n; x++)
                codes[x] = p->codes[f->at[c->columns[x]].factor][i];
            if (c->n && count_in(c, codes, events, others) != DYAD_OK)
                return DYAD_NOMEM;
        }
        for (size_t x = 0; x < t->patterns.width; x++)
            t->codes[x] = p->codes[f->at[t->columns[x]].factor][i];
        if (t->patterns.width && t->patterns.n < PATTERNS_COUNTED &&
            combinations_number(&t->patterns, t->codes, &(size_t){ 0 }) != DYAD_OK)
            return DYAD_NOMEM;
    }
    return DYAD_OK;
}

static void
release(struct tally *t)
{
    for (size_t i = 0; t->at && i < t->n; i++) {
        combinations_release(&t->at[i].seen);
        free(t->at[i].events);
    }
    free(t->at);
    combinations_release(&t->patterns);
    free(t->columns);
    free(t->codes);
}

/* --- what is told --------------------------------------------------------------------------- */

/* Columns of a table that is told: --by, some of the formula, and the outcome. */
struct telling {
    const struct model_report *m;
    const char *values[BY_MAX + FORMULA_DEGREE_MAX + 1];
    size_t n;
};

/* A table of those in the model: who has a value of every column in use; ${kind} of groups that come as counts. */
static struct telling
begin_table(const struct model_report *m, const char *kind, const struct category *c)
{
    const struct model_frame *f = m->frame;
    struct counted *people = suppression_people(m->o->suppression);
    struct telling t = { .m = m };

    if (f->counts)
        counted_groups(people, kind, cohort_factor_name(f->cohort, f->at[f->formula.response.column].factor),
                       cohort_factor_name(f->cohort, f->total));
    else
        counted_table(people, COUNTED_RECORDS, SIZE_MAX);
    for (size_t i = 0; i < f->spec.n_factors; i++)
        counted_need(people, cohort_factor_name(f->cohort, i), columns_dropped_for(f->columns, i));
    for (size_t i = 0; i < f->by.n; i++) {
        counted_column(people, f->by.names[i], COUNTED_LEVELS, NULL);
        t.values[t.n++] = analysis_level(f->cohort, f->by.factors[i], m->group->codes[i]);
    }
    for (size_t i = 0; c && i < c->n; i++)
        counted_column(people, cohort_factor_name(f->cohort, f->at[c->columns[i]].factor), COUNTED_LEVELS, NULL);
    if (model_frame_has_events(f) && (c == NULL || c->by_outcome))
        event_column(&f->event, people);
    return t;
}

/* Combination ${k} of a category, or everybody: those with the outcome and those without. */
static void
add_cells(struct telling t, const struct category *c, size_t k, size_t with, size_t without)
{
    const struct model_frame *f = t.m->frame;
    struct counted *people = suppression_people(t.m->o->suppression);
    const uint32_t *codes = c ? combinations_codes(&c->seen, k) : NULL;

    for (size_t i = 0; c && i < c->n; i++)
        t.values[t.n++] = analysis_level(f->cohort, f->at[c->columns[i]].factor, codes[i]);
    if (!model_frame_has_events(f) || (c && !c->by_outcome)) {
        counted_cell(people, t.values, without);
        return;
    }
    t.values[t.n] = event_value(&f->event, true);
    counted_cell(people, t.values, with);
    t.values[t.n] = event_value(&f->event, false);
    counted_cell(people, t.values, without);
}

/* Of counts, EVENTS/TOTAL, the events are one kind and the others another. */
static void
tell_table(const struct model_report *m, const struct category *c, size_t n, const size_t *with, const size_t *without)
{
    const struct model_frame *f = m->frame;

    for (size_t kind = 0; kind < (f->counts ? 2 : 1); kind++) {
        const struct telling t = begin_table(m, kind ? "non-events" : "events", c);
        for (size_t k = 0; k < n; k++)
            add_cells(t, c, k, with[k], f->counts && kind == 0 ? with[k] : without[k]);
    }
}

static bool
has_small(const struct category *c, int64_t threshold)
{
    for (size_t k = 0; k < c->seen.n; k++) {
        const int64_t with = llround(c->by_outcome ? c->events[k] : 0), without = llround(c->events[k] + c->others[k]) - with;
        if ((with > 0 && with < threshold) || (without > 0 && without < threshold))
            return true;
    }
    return false;
}

/* The counts of its combinations: with and without the outcome, or both together. */
static bool
tell_category(const struct model_report *m, const struct category *c, struct model_disclosure *out)
{
    struct disclosure *d = suppression_counts(m->o->suppression);
    size_t *each = malloc((2 * c->seen.n + 1) * sizeof *each);

    for (size_t k = 0; each && k < c->seen.n; k++) {
        const double with = c->by_outcome ? c->events[k] : 0;
        each[k] = disclosure_count(d, llround(with));
        each[c->seen.n + k] = disclosure_count(d, llround(c->events[k] - with + c->others[k]));
        if (c->by_outcome)
            out->counts[out->n++] = each[k];
        out->counts[out->n++] = each[c->seen.n + k];
    }
    if (each)
        tell_table(m, c, c->seen.n, each, each + c->seen.n);
    free(each);
    return each != NULL;
}

/* lgamma() would write to a global, and the analyses of a plan are on threads. */
static double
log_factorial(double n)
{
    int sign;
    return lgamma_r(n + 1, &sign);
}

/* The counts that the group's numbers show: all of them, and each combination's. */
static bool
tell_counts(struct tally *t, struct model_disclosure *out)
{
    struct suppression *s = t->m->o->suppression;
    struct disclosure *d = suppression_counts(s);
    size_t room = 2;

    for (size_t i = 0; i < t->n; i++)
        room += 2 * t->at[i].seen.n;
    if ((out->counts = malloc(room * sizeof *out->counts)) == NULL)
        return false;
    const size_t events = disclosure_count(d, llround(t->events)), others = disclosure_count(d, llround(t->others));
    out->people = disclosure_sum(d);
    disclosure_part(d, out->people, events, 1);
    disclosure_part(d, out->people, others, 1);
    out->events = events;
    out->counts[out->n++] = events;
    out->counts[out->n++] = others;
    tell_table(t->m, NULL, 1, &events, &others);
    for (size_t i = 0; i < t->n; i++)
        out->hidden = out->hidden || has_small(&t->at[i], suppression_threshold(s));
    /* The last is everybody's outcome, which the fit of no terms at all tells. */
    for (size_t i = tells_patterns(t) ? 0 : t->n - 1; i < t->n; i++)
        if (t->at[i].n && !tell_category(t->m, &t->at[i], out))
            return false;
    for (size_t i = 0; i < 2; i++) {
        const int64_t value = disclosure_value(d, out->counts[i]);
        out->hidden = out->hidden || (value > 0 && value < suppression_threshold(s));
    }
    if (t->m->how->family == FAMILY_COX)
        out->few_orders = (log_factorial(t->events + t->others) - log_factorial(t->events) -
                           log_factorial(t->others)) / log(2) < ORDERS_LOG2;
    out->hidden = out->hidden || out->few_orders;
    return true;
}

enum dyad_status
model_disclosure_count(const struct model_report *m, struct model_disclosure *out)
{
    struct tally t = { .m = m };
    enum dyad_status st = DYAD_OK;

    *out = (struct model_disclosure){ .counts = NULL };
    if (m->o->suppression == NULL)
        return DYAD_OK;
    st = choose_categories(&t) ? model_frame_each(m->frame, m->group, count_piece, &t) : DYAD_NOMEM;
    if (st == DYAD_OK && !tell_counts(&t, out))
        st = DYAD_NOMEM;
    for (size_t k = 0; k < MODEL_TABLES; k++)
        out->rows[k] = *model_table(m, k) ? (*model_table(m, k))->n_rows : 0;
    release(&t);
    return st;
}

/* The rows of the table fit that are counts themselves, or of the predictions for everybody, which stay hidden. */
static bool
tell_fit(const struct model_report *m, const struct model_disclosure *of, const struct table *t, size_t row)
{
    struct suppression *s = m->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const char *name = table_text(t, row, "name");
    const double value = table_number(t, row, "value");
    size_t count;

    if (strcmp(name, "n") == 0)
        count = of->people;
    else if (strcmp(name, "events") == 0)
        count = of->events;
    else if (strcmp(name, "dropped") == 0 && !isnan(value))
        count = suppression_name(s, "left out", disclosure_count(d, (int64_t)value));
    else if (strcmp(name, "largest_cluster") == 0 && !isnan(value))
        count = disclosure_count(d, (int64_t)value);
    else
        return strncmp(name, "auc", 3) == 0 || strncmp(name, "hosmer", 6) == 0;
    suppression_cell(s, t, row, "value", count);
    return true;
}

void
model_disclosure_tell(const struct model_report *m, const struct model_disclosure *of)
{
    struct suppression *s = m->o->suppression;
    size_t parameters = 0;

    if (s == NULL)
        return;
    for (size_t row = of->rows[MODEL_FIT]; row < m->fit->n_rows; row++)
        if (strcmp(table_text(m->fit, row, "name"), "parameters") == 0)
            parameters = (size_t)table_number(m->fit, row, "value");
    const bool spare = RECORDS_A_COEFFICIENT * parameters <= m->group->n;
    for (size_t k = 0; k < MODEL_TABLES; k++) {
        const struct table *t = *model_table(m, k);
        for (size_t row = of->rows[k]; t && row < t->n_rows; row++)
            if (of->hidden && k != MODEL_FIT)
                suppression_flag(s, t, row);
            else if (!(k == MODEL_FIT && tell_fit(m, of, t, row)) && spare)
                suppression_numbers(s, t, row, of->counts, of->n);
    }
}

/* A panel is drawn of a group that was fitted: nothing of it may be hidden for others' sake. */
enum dyad_status
model_disclosure_apply(const struct model_report *m, const struct model_disclosure *groups, size_t n, struct dyad_error *err)
{
    const struct table *t = m->coefficients;
    enum dyad_status st = suppression_apply(m->o->suppression, m->r, err);

    for (size_t i = 0; i < n && st == DYAD_OK && m->o->suppression && m->out->has_plot; i++)
        for (size_t row = groups[i].rows[0]; !groups[i].hidden && row < (i + 1 < n ? groups[i + 1].rows[0] : t->n_rows); row++)
            if (suppression_is_row(t, row))
                return dyad_fail(err, DYAD_DOMAIN, "--suppress: the ratios of a group cannot be drawn: leave out the picture, or "
                                                   "the group with --where");
    return st;
}
