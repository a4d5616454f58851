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

static bool
choose_categories(struct tally *t)
{
    const struct formula *f = &t->m->frame->formula;
    const size_t terms = f->n_terms;

    t->at = calloc(terms + terms * terms * FORMULA_DEGREE_MAX * FORMULA_DEGREE_MAX + 1, sizeof *t->at);
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
    for (size_t i = 0; i < t->n; i++)
        t->at[i].seen.width = t->at[i].n;
    return true;
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
}

/* --- what is told --------------------------------------------------------------------------- */

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
    for (size_t i = 0; i < t->n; i++) {
        const struct category *c = &t->at[i];
        const size_t all_events = disclosure_sum(d), all_others = disclosure_sum(d);
        for (size_t k = 0; k < c->seen.n; k++) {
            const size_t with = disclosure_count(d, llround(c->events[k])), without = disclosure_count(d, llround(c->others[k]));
            disclosure_part(d, all_events, with, 1);
            disclosure_part(d, all_others, without, 1);
            if (c->by_outcome) {
                out->counts[out->n++] = with;
                out->counts[out->n++] = without;
                continue;
            }
            const size_t both = disclosure_sum(d);
            disclosure_part(d, both, with, 1);
            disclosure_part(d, both, without, 1);
            out->counts[out->n++] = both;
        }
        if (c->n) {
            disclosure_same(d, all_events, events);
            disclosure_same(d, all_others, others);
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        const int64_t value = disclosure_value(d, out->counts[i]);
        out->hidden = out->hidden || (value > 0 && value < suppression_threshold(s));
    }
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
