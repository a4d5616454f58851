#include "model_frame.h"

#include "dyad/core/workers.h"

#include "key_set.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A column of numbers as the rows keep it: codes of one column, or an atom's own numbers. */
struct source {
    bool wide;
    size_t column;      /* of the formula; of a code */
    size_t atom, index; /* of wide numbers */
};

/* What turns records into rows, shared by all threads. */
struct loading {
    const struct model_frame *f;
    const struct model_group *group;
    struct model_wants wants;
    struct design *design;
    bool **occurs;          /* of each formula column, of each code */
    bool *by_cell;          /* of each atom: the cell tells its number */
    size_t *factors;        /* formula columns whose codes make the cell */
    size_t n_factors;
    uint32_t **index;       /* of each of these, of each code: from 0 among those that occur */
    uint32_t **codes;       /* and back */
    size_t *radix;
    uint64_t n_keys;        /* product of the radixes */
    struct key_set keys;    /* keys that occur; empty: every key is a cell */
    size_t n_cells;
    struct source sources[MODEL_SOURCES_MAX];
    size_t n_sources;
    struct model_rows_spec spec;
    size_t *firsts;         /* record number of each piece's first, in the group */
    _Atomic size_t next;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* Storage that lives as long as the data. */
static void *
own(struct model_data *d, void *at)
{
    void **grown = at ? realloc(d->tables, (d->n_tables + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(at);
        return NULL;
    }
    d->tables = grown;
    return d->tables[d->n_tables++] = at;
}

/* --- which codes occur --------------------------------------------------------------------- */

static enum dyad_status
see_piece(const struct frame_piece *p, void *context)
{
    struct loading *l = context;

    for (size_t c = 0; c < l->f->formula.n_columns; c++)
        for (size_t i = 0; i < p->n; i++)
            l->occurs[c][p->codes[l->f->at[c].factor][i]] = true;
    return DYAD_OK;
}

static enum dyad_status
find_codes(struct loading *l, struct model_data *d)
{
    l->occurs = own(d, calloc(l->f->formula.n_columns + 1, sizeof *l->occurs));
    if (l->occurs == NULL)
        return DYAD_NOMEM;
    for (size_t c = 0; c < l->f->formula.n_columns; c++)
        if ((l->occurs[c] = own(d, calloc(l->f->at[c].n_levels + 1, sizeof **l->occurs))) == NULL)
            return DYAD_NOMEM;
    return model_frame_each(l->f, l->group, see_piece, l);
}

/* --- the design ---------------------------------------------------------------------------- */

/* The columns of the formula as the design wants them, for n rows. */
struct values {
    struct column_values *at;
    size_t n_columns, n;
};

static void
values_release(struct values *v)
{
    for (size_t c = 0; v->at && c < v->n_columns; c++) {
        free((void *)(uintptr_t)v->at[c].numbers);
        free((void *)(uintptr_t)v->at[c].codes);
    }
    free(v->at);
}

static enum dyad_status
values_init(const struct model_frame *f, size_t n, struct values *v)
{
    bool good;

    *v = (struct values){ calloc(f->formula.n_columns + 1, sizeof *v->at), f->formula.n_columns, n };
    good = v->at != NULL;
    for (size_t c = 0; good && c < v->n_columns; c++) {
        const struct frame_column *from = &f->at[c];
        v->at[c] = (struct column_values){ .name = f->formula.columns[c].name, .levels = (const char *const *)from->names,
                                           .n_levels = from->n_levels,
                                           .reference = cohort_reference(f->cohort, from->factor) };
        if (from->numbers && (v->at[c].numbers = malloc((n + 1) * sizeof(double))) == NULL)
            good = false;
        if (from->is_factor && (v->at[c].codes = malloc((n + 1) * sizeof(uint32_t))) == NULL)
            good = false;
    }
    return good ? DYAD_OK : DYAD_NOMEM;
}

static void
values_put(const struct model_frame *f, struct values *v, size_t column, size_t row, uint32_t code)
{
    if (v->at[column].numbers)
        ((double *)(uintptr_t)v->at[column].numbers)[row] = f->at[column].numbers[code];
    if (v->at[column].codes)
        ((uint32_t *)(uintptr_t)v->at[column].codes)[row] = code;
}

struct expanding {
    const struct model_frame *f;
    struct values *v;
    double *counts; /* how many each record stands for; NULL: not wanted */
};

static enum dyad_status
expand_piece(const struct frame_piece *p, void *context)
{
    const struct expanding *e = context;

    for (size_t c = 0; c < e->v->n_columns; c++)
        for (size_t i = 0; i < p->n; i++)
            values_put(e->f, e->v, c, p->first + i, p->codes[e->f->at[c].factor][i]);
    for (size_t i = 0; e->counts && i < p->n; i++)
        e->counts[p->first + i] = p->weights ? p->weights[i] : 1;
    return DYAD_OK;
}

/* Every code that occurs, at least once: all that a design without bases looks at. */
static enum dyad_status
values_of_codes(const struct loading *l, struct values *v)
{
    size_t most = 1;
    enum dyad_status st;

    for (size_t c = 0; c < l->f->formula.n_columns; c++) {
        size_t n = 0;
        for (size_t code = 1; code <= l->f->at[c].n_levels; code++)
            n += l->occurs[c][code];
        most = n > most ? n : most;
    }
    if ((st = values_init(l->f, most, v)) != DYAD_OK)
        return st;
    for (size_t c = 0; c < v->n_columns; c++) {
        size_t row = 0;
        uint32_t last = 0;
        for (uint32_t code = 1; code <= l->f->at[c].n_levels; code++)
            if (l->occurs[c][code])
                values_put(l->f, v, c, row++, last = code);
        for (; row < most; row++)
            values_put(l->f, v, c, row, last);
    }
    return DYAD_OK;
}

static bool
has_bases(const struct formula *f)
{
    for (size_t i = 0; i < f->n_atoms; i++)
        if (f->atoms[i].kind == FORMULA_POLY || f->atoms[i].kind == FORMULA_NS)
            return true;
    return false;
}

static enum dyad_status
make_design(struct loading *l, struct dyad_error *err)
{
    struct values v = { NULL, 0, 0 };
    double *counts = NULL;
    enum dyad_status st;

    if (has_bases(&l->f->formula)) {
        if ((counts = malloc((l->group->n + 1) * sizeof *counts)) == NULL)
            st = DYAD_NOMEM;
        else if ((st = values_init(l->f, l->group->n, &v)) == DYAD_OK)
            st = model_frame_each(l->f, l->group, expand_piece, &(struct expanding){ l->f, &v, counts });
    } else {
        st = values_of_codes(l, &v);
    }
    if (st != DYAD_OK)
        no_memory(err);
    else
        st = design_columns(&l->f->formula, v.at, counts, v.n, l->design, err);
    values_release(&v);
    free(counts);
    return st;
}

/* --- cells --------------------------------------------------------------------------------- */

static bool
is_level_atom(const struct loading *l, size_t atom)
{
    return l->design->blocks[atom].kind == BLOCK_LEVELS;
}

static size_t
factor_of(const struct loading *l, size_t atom)
{
    size_t k = 0;
    while (l->factors[k] != l->f->formula.atoms[atom].column)
        k++;
    return k;
}

/* Of the codes that occur of a factor, their numbers from 0 on, and back. */
static enum dyad_status
add_factor(struct loading *l, struct model_data *d, size_t column)
{
    const size_t k = l->n_factors, n = l->f->at[column].n_levels;

    l->factors[k] = column;
    l->index[k] = own(d, calloc(n + 1, sizeof **l->index));
    l->codes[k] = own(d, calloc(n + 1, sizeof **l->codes));
    if (l->index[k] == NULL || l->codes[k] == NULL)
        return DYAD_NOMEM;
    for (uint32_t code = 1; code <= n; code++)
        if (l->occurs[column][code]) {
            l->codes[k][l->radix[k]] = code;
            l->index[k][code] = (uint32_t)l->radix[k]++;
        }
    l->n_factors++;
    return __builtin_mul_overflow(l->n_keys, (uint64_t)l->radix[k], &l->n_keys) ? DYAD_DATA : DYAD_OK;
}

static bool
is_factor(const struct loading *l, size_t column)
{
    for (size_t k = 0; k < l->n_factors; k++)
        if (l->factors[k] == column)
            return true;
    return false;
}

/*
 * A column of two numbers that do not need to be centred, as 0 and 1 or 1 and 2: rows that are
 * sorted by it need not keep it, and sums over them no products with it.
 */
static bool
is_two_numbers(const struct loading *l, size_t column)
{
    const struct frame_column *c = &l->f->at[column];
    double least = INFINITY, most = -INFINITY;
    size_t n = 0;

    for (size_t code = 1; code <= c->n_levels && n <= 2; code++)
        if (l->occurs[column][code]) {
            least = fmin(least, c->numbers[code]);
            most = fmax(most, c->numbers[code]);
            n++;
        }
    return n == 2 && fmax(fabs(least), fabs(most)) <= 2 * (most - least);
}

/* As many as leave cells that have some rows each. */
static enum dyad_status
find_two_numbers(struct loading *l, struct model_data *d)
{
    enum { CELLS_MAX = 256, CELL_ROWS = 64 };
    const struct formula *f = &l->f->formula;
    enum dyad_status st = DYAD_OK;

    for (size_t a = 0; a < f->n_atoms && st == DYAD_OK; a++) {
        const size_t column = f->atoms[a].column;

        if (l->design->blocks[a].kind != BLOCK_NUMBER || f->atoms[a].kind != FORMULA_PLAIN || !is_two_numbers(l, column))
            continue;
        l->by_cell[a] = true;
        if (is_factor(l, column))
            continue;
        if (l->n_keys > CELLS_MAX / 2 || l->n_keys * 2 * CELL_ROWS > l->group->n)
            l->by_cell[a] = false;
        else
            st = add_factor(l, d, column);
    }
    return st;
}

static enum dyad_status
find_factors(struct loading *l, struct model_data *d)
{
    const struct formula *f = &l->f->formula;
    enum dyad_status st = DYAD_OK;

    l->factors = own(d, calloc(f->n_atoms + 1, sizeof *l->factors));
    l->index = own(d, calloc(f->n_atoms + 1, sizeof *l->index));
    l->codes = own(d, calloc(f->n_atoms + 1, sizeof *l->codes));
    l->radix = own(d, calloc(f->n_atoms + 1, sizeof *l->radix));
    l->by_cell = own(d, calloc(f->n_atoms + 1, sizeof *l->by_cell));
    if (l->factors == NULL || l->index == NULL || l->codes == NULL || l->radix == NULL || l->by_cell == NULL)
        return DYAD_NOMEM;
    l->n_keys = 1;
    for (size_t a = 0; a < f->n_atoms && st == DYAD_OK; a++) {
        l->by_cell[a] = is_level_atom(l, a);
        if (l->by_cell[a] && !is_factor(l, f->atoms[a].column))
            st = add_factor(l, d, f->atoms[a].column);
    }
    return st == DYAD_OK ? find_two_numbers(l, d) : st;
}

static uint64_t
key_of(const struct loading *l, const struct frame_piece *p, size_t row)
{
    uint64_t key = 0;

    for (size_t k = l->n_factors; k-- > 0;)
        key = key * l->radix[k] + l->index[k][p->codes[l->f->at[l->factors[k]].factor][row]];
    return key;
}

static enum dyad_status
collect_keys(const struct frame_piece *p, void *context)
{
    struct loading *l = context;

    if (key_set_reserve(&l->keys, p->n) != DYAD_OK)
        return DYAD_NOMEM;
    for (size_t i = 0; i < p->n; i++)
        l->keys.at[l->keys.n++] = key_of(l, p, i);
    return DYAD_OK;
}

/* Few combinations: each is a cell.  Many: only those that occur. */
static enum dyad_status
number_cells(struct loading *l)
{
    enum { DIRECT_MAX = 4096 };
    enum dyad_status st;

    if (l->n_keys <= DIRECT_MAX && l->n_keys <= l->group->n + 64) {
        l->n_cells = (size_t)l->n_keys;
        return DYAD_OK;
    }
    if ((st = model_frame_each(l->f, l->group, collect_keys, l)) != DYAD_OK)
        return st;
    key_set_settle(&l->keys);
    l->n_cells = l->keys.n;
    return DYAD_OK;
}

/* The code that a factor has in a cell. */
static uint32_t
code_in_cell(const struct loading *l, size_t cell, size_t factor)
{
    uint64_t key = l->keys.at ? l->keys.at[cell] : cell;

    for (size_t k = 0; k < factor; k++)
        key /= l->radix[k];
    return l->codes[factor][key % l->radix[factor]];
}

/* --- sources ------------------------------------------------------------------------------- */

/* The only column that an atom of numbers is made of; n_columns where there are several. */
static size_t
only_column(const struct formula *f, const struct formula_atom *a)
{
    size_t column = f->n_columns;

    if (a->kind == FORMULA_PLAIN)
        return a->column;
    for (size_t i = 0; i < a->value.n; i++) {
        const struct formula_step *s = &a->value.steps[i];
        if (s->operation != FORMULA_COLUMN)
            continue;
        if (column < f->n_columns && s->column != column)
            return f->n_columns;
        column = s->column;
    }
    return column;
}

static enum dyad_status
find_source(struct loading *l, struct source wanted, size_t *out, struct dyad_error *err)
{
    for (size_t i = 0; i < l->n_sources; i++) {
        const struct source *s = &l->sources[i];
        if (s->wide == wanted.wide && (s->wide ? s->atom == wanted.atom && s->index == wanted.index
                                               : s->column == wanted.column)) {
            *out = i;
            return DYAD_OK;
        }
    }
    if (l->n_sources == MODEL_SOURCES_MAX)
        return dyad_fail(err, DYAD_DATA, "the formula has more than %d different columns of numbers", MODEL_SOURCES_MAX);
    l->spec.wide[l->n_sources] = wanted.wide;
    l->sources[l->n_sources] = wanted;
    *out = l->n_sources++;
    return DYAD_OK;
}

/* The value of a column of which an atom makes no number. */
static enum dyad_status
refuse_value(const struct loading *l, size_t column, size_t code, size_t atom, struct dyad_error *err)
{
    const struct formula *f = &l->f->formula;
    struct text what = TEXT_INIT;
    enum dyad_status st = DYAD_NOMEM;

    text_printf(&what, "holds a value of which %s is not a finite number: leave it out with --where, or change the formula",
                f->atoms[atom].label);
    if (!what.failed)
        st = cohort_refuse(l->f->cohort, &l->f->at[column].levels[code - 1], f->columns[column].name, what.at, err);
    text_release(&what);
    return st == DYAD_NOMEM ? no_memory(err) : st;
}

/* Values of an atom's column by code, 0 for codes that do not occur. */
static enum dyad_status
make_table(struct loading *l, struct model_data *d, size_t atom, size_t index, size_t column, const double **out,
           struct dyad_error *err)
{
    const size_t n = l->f->at[column].n_levels, width = design_width(l->design, atom);
    struct column_values *v = calloc(l->f->formula.n_columns + 1, sizeof *v);
    double *table = own(d, calloc(n + 1, sizeof *table)), *row = calloc(width + 1, sizeof *row);
    enum dyad_status st = v && table && row ? DYAD_OK : no_memory(err);

    for (size_t code = 1; code <= n && st == DYAD_OK; code++) {
        if (!l->occurs[column][code])
            continue;
        v[column].numbers = &l->f->at[column].numbers[code];
        if ((st = design_numbers(l->design, atom, v, 1, row, err)) == DYAD_OK)
            table[code - 1] = row[index];
        else if (st == DYAD_DATA)
            st = refuse_value(l, column, code, atom, err);
    }
    free(row);
    free(v);
    *out = table;
    return st;
}

static enum dyad_status
make_part(struct loading *l, struct model_data *d, const struct design_part *part, struct model_part *out,
          struct dyad_error *err)
{
    const struct formula *f = &l->f->formula;
    const size_t column = only_column(f, &f->atoms[part->atom]);
    const bool wide = column == f->n_columns || l->f->at[column].n_levels > MODEL_CODES_MAX;
    enum dyad_status st = find_source(l, (struct source){ wide, column, part->atom, part->index }, &out->source, err);

    out->values = NULL;
    return st == DYAD_OK && !wide ? make_table(l, d, part->atom, part->index, column, &out->values, err) : st;
}

static double
loading_of(const struct loading *l, size_t cell, const struct design_part *part)
{
    const size_t column = l->f->formula.atoms[part->atom].column;
    const uint32_t code = code_in_cell(l, cell, factor_of(l, part->atom));

    return is_level_atom(l, part->atom) ? code == part->index : l->f->at[column].numbers[code];
}

static double *
make_loading(const struct loading *l, const struct design_column *c)
{
    double *out = malloc((l->n_cells + 1) * sizeof *out);

    for (size_t cell = 0; out && cell < l->n_cells; cell++) {
        out[cell] = 1;
        for (size_t j = 0; j < c->n_parts; j++)
            if (l->by_cell[c->parts[j].atom])
                out[cell] *= loading_of(l, cell, &c->parts[j]);
    }
    return out;
}

static enum dyad_status
make_columns(struct loading *l, struct model_data *d, struct model_column *columns, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < l->design->n_columns && st == DYAD_OK; i++) {
        const struct design_column *c = &l->design->columns[i];
        bool loaded = false;
        for (size_t j = 0; j < c->n_parts && st == DYAD_OK; j++) {
            loaded = loaded || l->by_cell[c->parts[j].atom];
            if (!l->by_cell[c->parts[j].atom])
                st = make_part(l, d, &c->parts[j], &columns[i].parts[columns[i].n_parts++], err);
        }
        if (st == DYAD_OK && loaded && (columns[i].loading = make_loading(l, c)) == NULL)
            st = no_memory(err);
    }
    return st;
}

/* --- rows ---------------------------------------------------------------------------------- */

struct worker {
    struct loading *l;
    struct model_rows *rows;
    enum dyad_status st;
    struct dyad_error err;
};

/* What a block's pointers point to. */
struct block_room {
    uint32_t *cells, *clusters;
    uint16_t *codes;
    double *numbers, *responses, *weights, *offsets;
};

static void
block_room_release(struct block_room *r)
{
    free(r->cells);
    free(r->clusters);
    free(r->codes);
    free(r->numbers);
    free(r->responses);
    free(r->weights);
    free(r->offsets);
}

static bool
block_room_init(struct block_room *r, size_t n, size_t n_sources)
{
    *r = (struct block_room){ malloc((n + 1) * sizeof(uint32_t)), malloc((n + 1) * sizeof(uint32_t)),
                              malloc((n * n_sources + 1) * sizeof(uint16_t)), malloc((n * n_sources + 1) * sizeof(double)),
                              malloc((n + 1) * sizeof(double)), malloc((n + 1) * sizeof(double)),
                              malloc((n + 1) * sizeof(double)) };
    return r->cells && r->clusters && r->codes && r->numbers && r->responses && r->weights && r->offsets;
}

/* Numbers of every column that has them, for the rows of a piece. */
static enum dyad_status
piece_values(const struct loading *l, const struct frame_piece *p, struct values *v)
{
    enum dyad_status st = values_init(l->f, p->n, v);

    if (st == DYAD_OK)
        st = expand_piece(&(struct frame_piece){ p->n, 0, p->codes, NULL }, &(struct expanding){ l->f, v, NULL });
    return st;
}

static bool
needs_values(const struct loading *l)
{
    bool needs = l->spec.offset || l->f->formula.response.kind == RESPONSE_VALUE;

    for (size_t i = 0; i < l->n_sources; i++)
        needs = needs || l->sources[i].wide;
    return needs;
}

static enum dyad_status
fill_sources(const struct worker *w, const struct frame_piece *p, const struct values *v, struct block_room *r,
             struct dyad_error *err)
{
    const struct loading *l = w->l;
    enum dyad_status st = DYAD_OK;

    for (size_t k = 0; k < l->n_sources && st == DYAD_OK; k++) {
        const struct source *s = &l->sources[k];
        if (!s->wide) {
            const uint32_t *codes = p->codes[l->f->at[s->column].factor];
            for (size_t i = 0; i < p->n; i++)
                r->codes[k * p->n + i] = (uint16_t)(codes[i] - 1);
            continue;
        }
        const size_t width = design_width(l->design, s->atom);
        double *all = malloc((width * p->n + 1) * sizeof *all);
        st = all ? design_numbers(l->design, s->atom, v->at, p->n, all, err) : no_memory(err);
        for (size_t i = 0; st == DYAD_OK && i < p->n; i++)
            r->numbers[k * p->n + i] = all[i * width + s->index];
        free(all);
    }
    return st;
}

/* The response as it stands in a column. */
static void
read_responses(const struct model_frame *f, const struct frame_piece *p, double *out)
{
    const size_t column = f->formula.response.column;
    const bool events = model_frame_has_events(f);
    const uint32_t *codes = p->codes[events ? f->event.factor : f->at[column].factor];

    if (events)
        for (size_t i = 0; i < p->n; i++)
            out[i] = f->event.states[codes[i]];
    else
        for (size_t i = 0; i < p->n; i++)
            out[i] = f->at[column].numbers[codes[i]];
}

static void
fill_responses(const struct loading *l, const struct frame_piece *p, const double *const *numbers, double *out)
{
    const struct formula_response *y = &l->f->formula.response;

    if (!l->wants.response && y->kind != RESPONSE_VALUE && !l->f->counts) {
        read_responses(l->f, p, out);
        return;
    }
    for (size_t i = 0; i < p->n; i++)
        out[i] = l->wants.response             ? l->wants.response(p, i, l->wants.context)
                 : y->kind == RESPONSE_VALUE ? formula_evaluate(&y->value, numbers, i)
                                               : 1;
}

static bool
all_finite(const double *x, size_t n)
{
    double sum = 0; /* of zeros, and NaN if not */

    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[i];
    return sum == 0;
}

static enum dyad_status
fill_numbers(const struct worker *w, const struct frame_piece *p, const struct values *v, struct block_room *r,
             struct dyad_error *err)
{
    const struct loading *l = w->l;
    const struct formula *f = &l->f->formula;
    const double **numbers = calloc(f->n_columns + 1, sizeof *numbers);

    if (numbers == NULL)
        return no_memory(err);
    for (size_t c = 0; v->at && c < f->n_columns; c++)
        numbers[c] = v->at[c].numbers;
    memset(r->offsets, 0, p->n * sizeof *r->offsets);
    for (size_t k = 0; k < f->n_offsets; k++)
        for (size_t i = 0; i < p->n; i++)
            r->offsets[i] += formula_evaluate(&f->offsets[k].value, numbers, i);
    fill_responses(l, p, numbers, r->responses);
    free(numbers);

    const bool offsets = all_finite(r->offsets, p->n);

    return offsets && all_finite(r->responses, p->n)
               ? DYAD_OK
               : dyad_fail(err, DYAD_DATA, "the %s is not a finite number for every record: leave some out with --where",
                           offsets ? "response" : "offset");
}

/* Events of EVENTS/TOTAL, then the others: the same rows twice, with these weights; those of none left out. */
static enum dyad_status
add_counts(struct worker *w, const struct frame_piece *p, struct model_block *b, struct block_room *r, size_t number,
           struct dyad_error *err)
{
    const struct loading *l = w->l;
    const struct formula_response *y = &l->f->formula.response;
    const struct frame_column *events = &l->f->at[y->column], *totals = &l->f->at[y->total];

    for (int event = 1; event >= 0; event--) {
        size_t n = 0;
        for (size_t i = 0; i < p->n; i++) {
            const double with = events->numbers[p->codes[events->factor][i]], all = totals->numbers[p->codes[totals->factor][i]];
            const double weight = (event ? with : all - with) * (p->weights ? p->weights[i] : 1);
            r->weights[i] = weight;
            n += weight > 0;
        }
        /* The rows with weight, moved to the front of a copy. */
        struct block_room c;
        struct model_block kept = *b;
        size_t k = 0;
        if (!block_room_init(&c, p->n, l->n_sources)) {
            block_room_release(&c);
            return no_memory(err);
        }
        for (size_t i = 0; i < p->n; i++) {
            if (!(r->weights[i] > 0))
                continue;
            c.cells[k] = r->cells[i];
            c.clusters[k] = r->clusters[i];
            c.weights[k] = r->weights[i];
            c.offsets[k] = r->offsets[i];
            c.responses[k] = event;
            for (size_t s = 0; s < l->n_sources; s++) {
                c.codes[s * n + k] = r->codes[s * p->n + i];
                c.numbers[s * n + k] = r->numbers[s * p->n + i];
            }
            k++;
        }
        kept.number = 2 * number + (size_t)!event;
        kept.n = n;
        kept.cells = c.cells;
        kept.clusters = c.clusters;
        kept.responses = c.responses;
        kept.weights = c.weights;
        kept.offsets = c.offsets;
        for (size_t s = 0; s < l->n_sources; s++) {
            kept.codes[s] = c.codes + s * n;
            kept.numbers[s] = c.numbers + s * n;
        }
        if (n)
            model_rows_add(w->rows, &kept);
        block_room_release(&c);
    }
    return DYAD_OK;
}

static void
fill_cells(const struct loading *l, const struct frame_piece *p, uint32_t *cells)
{
    uint32_t step = 1;

    for (size_t i = 0; l->keys.at && i < p->n; i++)
        cells[i] = (uint32_t)key_set_find(&l->keys, key_of(l, p, i));
    if (l->keys.at)
        return;
    memset(cells, 0, p->n * sizeof *cells);
    for (size_t k = 0; k < l->n_factors; k++) {
        const uint32_t *codes = p->codes[l->f->at[l->factors[k]].factor], *index = l->index[k];

        for (size_t i = 0; i < p->n; i++)
            cells[i] += step * index[codes[i]];
        step *= (uint32_t)l->radix[k];
    }
}

static uint32_t
cluster_of(const struct loading *l, const struct frame_piece *p, size_t row)
{
    if (l->f->has_survey)
        return survey_unit(&l->f->survey, p->codes, row);
    return l->spec.clustered ? p->codes[l->wants.sets ? l->f->match : l->f->cluster][row] - 1 : 0;
}

static enum dyad_status
pour_piece(struct worker *w, const struct frame_piece *p, size_t number, struct dyad_error *err)
{
    const struct loading *l = w->l;
    struct block_room r;
    struct values v = { NULL, 0, 0 };
    enum dyad_status st = block_room_init(&r, p->n, l->n_sources) ? DYAD_OK : no_memory(err);

    if (st == DYAD_OK && needs_values(l) && (st = piece_values(l, p, &v)) != DYAD_OK)
        no_memory(err);
    if (st == DYAD_OK)
        fill_cells(l, p, r.cells);
    for (size_t i = 0; st == DYAD_OK && i < p->n; i++) {
        r.clusters[i] = cluster_of(l, p, i);
        r.weights[i] = l->f->has_survey ? survey_weight(&l->f->survey, p->codes, i) : p->weights ? p->weights[i] : 1;
    }
    if (st == DYAD_OK && (st = fill_sources(w, p, &v, &r, err)) == DYAD_OK && (st = fill_numbers(w, p, &v, &r, err)) == DYAD_OK) {
        struct model_block b = { .number = number, .n = p->n, .cells = r.cells, .responses = r.responses,
                                 .weights = l->spec.weighted ? r.weights : NULL, .offsets = l->spec.offset ? r.offsets : NULL,
                                 .clusters = l->spec.clustered ? r.clusters : NULL };
        for (size_t s = 0; s < l->n_sources; s++) {
            b.codes[s] = r.codes + s * p->n;
            b.numbers[s] = r.numbers + s * p->n;
        }
        if (l->f->counts && !l->wants.response)
            st = add_counts(w, p, &b, &r, number, err);
        else
            model_rows_add(w->rows, &b);
    }
    values_release(&v);
    block_room_release(&r);
    return st;
}

static enum dyad_status
take_piece(const struct frame_piece *p, size_t number, void *context)
{
    struct worker *w = context;
    return pour_piece(w, p, number, &w->err);
}

/* Pieces until none is left. */
static void
work(void *each)
{
    struct worker *w = each;

    w->st = model_frame_share(w->l->f, w->l->group, w->l->firsts, &w->l->next, take_piece, w);
    if (w->st == DYAD_NOMEM)
        no_memory(&w->err);
}

static enum dyad_status
make_rows(struct loading *l, struct model_data *d, struct dyad_error *err)
{
    const size_t n = l->f->n_threads < 1 ? 1 : l->f->n_threads;
    struct worker *workers = calloc(n, sizeof *workers);
    enum dyad_status st = workers ? DYAD_OK : no_memory(err);

    l->firsts = own(d, calloc(columns_n_pieces(l->f->columns) + 1, sizeof *l->firsts));
    if (st == DYAD_OK && l->firsts == NULL)
        st = no_memory(err);
    if (st == DYAD_OK && (st = model_frame_firsts(l->f, l->group, l->firsts)) != DYAD_OK)
        no_memory(err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        workers[i] = (struct worker){ l, model_rows_new(&l->spec), DYAD_OK, DYAD_ERROR_INIT };
        if (workers[i].rows == NULL)
            st = no_memory(err);
    }
    if (st == DYAD_OK)
        workers_run(n, work, workers, sizeof *workers);
    for (size_t i = 0; workers && i < n; i++) {
        if (st == DYAD_OK && workers[i].st != DYAD_OK)
            st = dyad_fail(err, workers[i].st, "%s", workers[i].err.text);
        if (st == DYAD_OK && i)
            model_rows_merge(workers[0].rows, workers[i].rows);
        if (i)
            model_rows_free(workers[i].rows);
    }
    d->rows = workers ? workers[0].rows : NULL;
    free(workers);
    if (st != DYAD_OK)
        return st;
    st = model_rows_finish(d->rows, l->n_cells, n);
    return st == DYAD_NOMEM ? no_memory(err)
           : st == DYAD_OK  ? st
                            : dyad_fail(err, DYAD_DOMAIN, "no record is left for the model");
}

static void
drop_intercept(struct design *d)
{
    if (d->n_columns == 0 || d->columns[0].term != 0)
        return;
    free(d->columns[0].name);
    memmove(d->columns, d->columns + 1, --d->n_columns * sizeof *d->columns);
}

/* Matrices of more columns are beyond reason, and those of more columns than records beyond an answer. */
static enum dyad_status
check_size(const struct loading *l, struct dyad_error *err)
{
    enum { ESTIMATED_MAX = 2000 };
    const size_t p = l->design->n_columns, n = l->group->n;

    if (p > ESTIMATED_MAX)
        return dyad_fail(err, DYAD_DATA, "the formula makes %zu columns, of which %d at most can be estimated: is a number among "
                                         "the factors?", p, ESTIMATED_MAX);
    if (p > n)
        return dyad_fail(err, DYAD_DOMAIN, "the formula makes %zu columns for %zu record%s: leave terms out or join levels", p, n,
                         plural((int64_t)n));
    return DYAD_OK;
}

static enum dyad_status
make_cells(struct loading *l, struct model_data *d, struct dyad_error *err)
{
    enum dyad_status st = find_factors(l, d);

    if (st == DYAD_OK)
        st = number_cells(l);
    if (st == DYAD_DATA)
        return dyad_fail(err, st, "the factors have more than 2^64 combinations of levels: leave some out or join levels");
    return st == DYAD_OK ? st : no_memory(err);
}

static enum dyad_status
make_all(struct loading *l, struct model_data *d, struct dyad_error *err)
{
    struct model_column *columns = calloc(d->design.n_columns + 1, sizeof *columns);
    enum dyad_status st = columns ? make_columns(l, d, columns, err) : no_memory(err);

    l->spec.n_sources = l->n_sources;
    if (st == DYAD_OK)
        st = make_rows(l, d, err);
    if (st == DYAD_OK && d->design.n_columns &&
        (st = model_design_new(d->rows, columns, d->design.n_columns, &d->x)) != DYAD_OK)
        st = st == DYAD_NOMEM ? no_memory(err) : dyad_fail(err, DYAD_DATA, "the design has numbers that are not finite");
    for (size_t i = 0; columns && i < d->design.n_columns; i++)
        free((double *)(uintptr_t)columns[i].loading);
    free(columns);
    d->n = st == DYAD_OK ? model_rows_weight(d->rows) : 0;
    return st;
}

enum dyad_status
model_data_make(const struct model_frame *f, const struct model_group *group, struct model_wants wants,
                struct model_data *d, struct dyad_error *err)
{
    struct loading l = { .f = f, .group = group, .wants = wants, .keys = KEY_SET_INIT };
    enum dyad_status st;

    *d = (struct model_data){ .frame = f, .group = group, .design = DESIGN_INIT };
    l.design = &d->design;
    l.spec = (struct model_rows_spec){ .weighted = f->counts || f->o->cohort.frequency || f->has_survey,
                                       .offset = f->formula.n_offsets > 0,
                                       .clustered = wants.clusters || f->has_survey, .ordered = wants.ordered };
    if ((st = find_codes(&l, d)) != DYAD_OK)
        return no_memory(err);
    if ((st = make_design(&l, err)) != DYAD_OK)
        return st;
    if (wants.no_intercept)
        drop_intercept(&d->design);
    if ((st = check_size(&l, err)) == DYAD_OK && (st = make_cells(&l, d, err)) == DYAD_OK)
        st = make_all(&l, d, err);
    key_set_release(&l.keys);
    return st;
}

enum dyad_status
model_data_fill(const struct model_data *d, const struct frame_piece *p, size_t column, uint32_t code, double *x,
                double *offsets, struct dyad_error *err)
{
    struct values v;
    enum dyad_status st = values_init(d->frame, p->n, &v);

    if (st != DYAD_OK) {
        no_memory(err);
    } else {
        (void)expand_piece(&(struct frame_piece){ p->n, 0, p->codes, NULL }, &(struct expanding){ d->frame, &v, NULL });
        for (size_t i = 0; column != MODEL_AS_THEY_ARE && i < p->n; i++)
            values_put(d->frame, &v, column, i, code);
        st = design_fill(&d->design, v.at, p->n, x, offsets, err);
    }
    values_release(&v);
    return st;
}

void
model_data_release(struct model_data *d)
{
    model_design_free(d->x);
    model_rows_free(d->rows);
    for (size_t i = 0; i < d->n_tables; i++)
        free(d->tables[i]);
    free(d->tables);
    design_release(&d->design);
    *d = (struct model_data){ .design = DESIGN_INIT };
}

enum dyad_status
model_renumber(uint32_t *codes, size_t n, size_t *different)
{
    struct key_set keys = KEY_SET_INIT;
    enum dyad_status st = key_set_reserve(&keys, n);

    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        keys.at[keys.n++] = codes[i];
    if (st == DYAD_OK)
        key_set_settle(&keys);
    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        codes[i] = (uint32_t)key_set_find(&keys, codes[i]);
    *different = keys.n;
    key_set_release(&keys);
    return st;
}
