#include "design.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/core/text.h"

enum { COLUMNS_MAX = 20000 };

static_assert((int)FORMULA_BASIS_MAX == (int)BASIS_MAX, "what a formula may ask for");

static enum dyad_status
out_of_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
not_finite(const char *label, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_DATA,
                     "'%s' is not a finite number for every record: leave some out with --where, "
                     "or change the formula",
                     label);
}

/* --- which rows --------------------------------------------------------------------------- */

static bool
is_missing(const struct formula_column *use, const struct column_values *v, size_t row)
{
    if (!use->number && !use->factor && !use->plain) /* a response */
        return false;
    return (v->numbers && isnan(v->numbers[row])) || (v->codes && v->codes[row] == 0);
}

size_t
design_complete(const struct formula *f, const struct column_values *values, size_t n, bool *complete)
{
    size_t n_complete = 0;

    for (size_t i = 0; i < n; i++) {
        complete[i] = true;
        for (size_t j = 0; j < f->n_columns && complete[i]; j++)
            complete[i] = !is_missing(&f->columns[j], &values[j], i);
        n_complete += complete[i];
    }
    return n_complete;
}

/* --- blocks ------------------------------------------------------------------------------- */

/* What design_columns works on. */
struct making {
    const struct formula *f;
    const struct column_values *values;
    const double *const *numbers; /* of each column; NULL: text */
    const double *counts;
    size_t n;
    struct design *d;
    struct dyad_error *err;
};

/* The numbers of each column, as formula_evaluate wants them; NULL if memory ran out. */
static const double **
gather_numbers(const struct formula *f, const struct column_values *values)
{
    const double **numbers = malloc((f->n_columns + 1) * sizeof *numbers);

    for (size_t i = 0; numbers && i < f->n_columns; i++)
        numbers[i] = values[i].numbers;
    return numbers;
}

static enum dyad_status
require_numbers(const struct making *m, const struct formula_value *value, const char *label)
{
    for (size_t i = 0; i < value->n; i++) {
        const struct formula_step *s = &value->steps[i];
        if (s->operation == FORMULA_COLUMN && m->numbers[s->column] == NULL)
            return dyad_fail(m->err, DYAD_DATA, "'%s' needs numbers, and column '%s' holds something else",
                             label, m->f->columns[s->column].name);
    }
    return DYAD_OK;
}

/* Levels that occur, in the order of their codes, but the reference first. */
static enum dyad_status
make_levels(const struct making *m, const struct formula_atom *a, struct design_block *b)
{
    const struct column_values *v = &m->values[a->column];
    uint32_t reference = 0;

    assert(v->codes);
    b->kind = BLOCK_LEVELS;
    b->n_codes = v->n_levels;
    b->levels = malloc((v->n_levels + 1) * sizeof *b->levels);
    b->occurs = calloc(v->n_levels + 1, sizeof *b->occurs);
    if (b->levels == NULL || b->occurs == NULL)
        return out_of_memory(m->err);
    for (size_t i = 0; i < m->n; i++) {
        assert(v->codes[i] >= 1 && v->codes[i] <= v->n_levels);
        b->occurs[v->codes[i]] = true;
    }
    const char *wanted = a->reference ? a->reference : v->reference;
    for (uint32_t code = 1; wanted && code <= v->n_levels; code++)
        if (b->occurs[code] && strcmp(v->levels[code - 1], wanted) == 0)
            reference = code;
    if (a->reference && reference == 0)
        return dyad_fail(m->err, DYAD_USAGE, "no record used has the reference that '%s' names", a->label);
    if (reference)
        b->levels[b->n_levels++] = reference;
    for (uint32_t code = 1; code <= v->n_levels; code++)
        if (b->occurs[code] && code != reference)
            b->levels[b->n_levels++] = code;
    if (b->n_levels == 1)
        return dyad_fail(m->err, DYAD_DATA, "'%s' has one level only among the records used: nothing to compare",
                         a->label);
    return DYAD_OK;
}

struct counted {
    double x, count;
};

static int
compare_counted(const void *a, const void *b)
{
    const double x = ((const struct counted *)a)->x, y = ((const struct counted *)b)->x;
    return (x > y) - (x < y);
}

/* What a basis is made of, ascending, as values and counts of m->n each. */
static enum dyad_status
sort_argument(const struct making *m, const struct formula_atom *a, double *x, double *counts)
{
    struct counted *sorted = malloc(m->n * sizeof *sorted);
    enum dyad_status st = sorted ? DYAD_OK : out_of_memory(m->err);

    for (size_t i = 0; st == DYAD_OK && i < m->n; i++) {
        sorted[i] = (struct counted){ formula_evaluate(&a->value, m->numbers, i), m->counts ? m->counts[i] : 1 };
        if (!isfinite(sorted[i].x))
            st = not_finite(a->label, m->err);
    }
    if (st == DYAD_OK)
        qsort(sorted, m->n, sizeof *sorted, compare_counted);
    for (size_t i = 0; st == DYAD_OK && i < m->n; i++) {
        x[i] = sorted[i].x;
        counts[i] = sorted[i].count;
    }
    free(sorted);
    return st;
}

static enum dyad_status
make_basis(const struct making *m, const struct formula_atom *a, struct design_block *b)
{
    double *x = malloc(2 * m->n * sizeof *x);
    enum dyad_status st = require_numbers(m, &a->value, a->label);

    if (x == NULL)
        st = out_of_memory(m->err);
    if (st == DYAD_OK)
        st = sort_argument(m, a, x, x + m->n);
    if (st == DYAD_OK) {
        b->kind = a->kind == FORMULA_POLY ? BLOCK_POLY : BLOCK_NS;
        st = a->kind == FORMULA_POLY ? basis_poly_fit(x, x + m->n, m->n, a->size, &b->poly)
                                     : basis_ns_fit(x, x + m->n, m->n, a->size, &b->ns);
        if (st == DYAD_DOMAIN)
            st = dyad_fail(m->err, DYAD_DATA, "too few different values among the records used for '%s'",
                           a->label);
    }
    free(x);
    return st;
}

static enum dyad_status
make_block(const struct making *m, size_t atom)
{
    const struct formula_atom *a = &m->f->atoms[atom];
    struct design_block *b = &m->d->blocks[atom];

    if (b->kind != BLOCK_UNUSED)
        return DYAD_OK;
    if (a->kind == FORMULA_POLY || a->kind == FORMULA_NS)
        return make_basis(m, a, b);
    if (a->kind == FORMULA_FACTOR || (a->kind == FORMULA_PLAIN && m->numbers[a->column] == NULL))
        return make_levels(m, a, b);
    b->kind = BLOCK_NUMBER;
    return a->kind == FORMULA_VALUE ? require_numbers(m, &a->value, a->label) : DYAD_OK;
}

static enum dyad_status
make_blocks(const struct making *m)
{
    enum dyad_status st = DYAD_OK;

    for (size_t t = 0; t < m->f->n_terms; t++)
        for (size_t j = 0; st == DYAD_OK && j < m->f->terms[t].n_parts; j++)
            st = make_block(m, m->f->terms[t].parts[j].atom);
    for (size_t i = 0; st == DYAD_OK && i < m->f->n_offsets; i++)
        st = require_numbers(m, &m->f->offsets[i].value, m->f->offsets[i].label);
    return st;
}

/* --- columns ------------------------------------------------------------------------------ */

/* Takes what it is given, of which the name may be NULL for want of memory. */
static enum dyad_status
add_column(const struct making *m, struct design_column column)
{
    struct design *d = m->d;

    if (column.name && d->n_columns == COLUMNS_MAX) {
        free(column.name);
        return dyad_fail(m->err, DYAD_DATA, "the formula makes more than %d columns", COLUMNS_MAX);
    }
    if (column.name && d->n_columns == d->room) {
        const size_t room = d->room ? 2 * d->room : 8;
        struct design_column *grown = realloc(d->columns, room * sizeof *grown);
        if (grown == NULL) {
            free(column.name);
            return out_of_memory(m->err);
        }
        d->columns = grown;
        d->room = room;
    }
    if (column.name == NULL)
        return out_of_memory(m->err);
    d->columns[d->n_columns++] = column;
    return DYAD_OK;
}

static size_t
block_width(const struct design_block *b)
{
    switch (b->kind) {
    case BLOCK_LEVELS: return b->n_levels;
    case BLOCK_POLY: return b->poly.degree;
    case BLOCK_NS: return b->ns.df;
    default: return 1;
    }
}

static void
put_part(const struct making *m, struct design_part part, struct text *name)
{
    const struct formula_atom *a = &m->f->atoms[part.atom];
    const struct design_block *b = &m->d->blocks[part.atom];

    text_puts(name, a->label);
    if (b->kind == BLOCK_LEVELS)
        text_puts(name, m->values[a->column].levels[part.index - 1]);
    else if (block_width(b) > 1)
        text_printf(name, "%u", (unsigned)part.index + 1);
}

/* The ${k}-th column of the part, from its second level where it is contrasts. */
static struct design_part
part_at(const struct making *m, const struct formula_part *part, bool full, size_t k)
{
    const struct design_block *b = &m->d->blocks[part->atom];
    const uint32_t index = b->kind == BLOCK_LEVELS ? b->levels[full ? k : k + 1] : (uint32_t)k;

    return (struct design_part){ part->atom, index };
}

/* Which part of the formula is coded in full for want of an intercept: its term, and it; or neither. */
static bool
is_first_factor(const struct making *m, size_t term, size_t part)
{
    for (size_t t = 0; !m->f->intercept && t <= term; t++)
        for (size_t j = 0; j < m->f->terms[t].n_parts; j++)
            if (m->d->blocks[m->f->terms[t].parts[j].atom].kind == BLOCK_LEVELS)
                return t == term && j == part;
    return false;
}

/* All products of the columns of its parts, those of the first changing fastest. */
static enum dyad_status
add_term(const struct making *m, size_t term)
{
    const struct formula_term *t = &m->f->terms[term];
    size_t width[FORMULA_DEGREE_MAX], at[FORMULA_DEGREE_MAX] = { 0 }, j = 0;
    bool full[FORMULA_DEGREE_MAX];
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < t->n_parts; i++) {
        const struct design_block *b = &m->d->blocks[t->parts[i].atom];
        full[i] = t->parts[i].full || is_first_factor(m, term, i);
        width[i] = block_width(b) - (b->kind == BLOCK_LEVELS && !full[i]);
    }
    while (st == DYAD_OK && j < t->n_parts) {
        struct design_column c = { .term = term + 1, .n_parts = t->n_parts };
        struct text name = TEXT_INIT;
        for (size_t i = 0; i < t->n_parts; i++) {
            c.parts[i] = part_at(m, &t->parts[i], full[i], at[i]);
            text_puts(&name, i ? ":" : "");
            put_part(m, c.parts[i], &name);
        }
        c.name = text_steal(&name);
        st = add_column(m, c);
        for (j = 0; j < t->n_parts && ++at[j] == width[j]; j++)
            at[j] = 0;
    }
    return st;
}

enum dyad_status
design_columns(const struct formula *f, const struct column_values *values, const double *counts, size_t n,
               struct design *out, struct dyad_error *err)
{
    struct design d = { .formula = f };
    const double **numbers = gather_numbers(f, values);
    struct making m = { f, values, numbers, counts, n, &d, err };
    enum dyad_status st = DYAD_OK;

    d.blocks = calloc(f->n_atoms + 1, sizeof *d.blocks);
    if (numbers == NULL || d.blocks == NULL)
        st = out_of_memory(err);
    else if (n == 0)
        st = dyad_fail(err, DYAD_DATA, "no record has all the values that the formula needs");
    if (st == DYAD_OK)
        st = make_blocks(&m);
    if (st == DYAD_OK && f->intercept)
        st = add_column(&m, (struct design_column){ .name = text_copy("(Intercept)") });
    for (size_t t = 0; st == DYAD_OK && t < f->n_terms; t++)
        st = add_term(&m, t);
    free(numbers);
    if (st == DYAD_OK)
        *out = d;
    else
        design_release(&d);
    return st;
}

/* --- rows --------------------------------------------------------------------------------- */

/* What design_fill works on: the columns of each atom in the row at hand, BASIS_MAX for each. */
struct filling {
    const struct design *d;
    const struct column_values *values;
    const double *const *numbers;
    double *blocks;
    struct dyad_error *err;
};

static enum dyad_status
fill_numbers(const struct filling *f, size_t atom, size_t row, double *out)
{
    const struct formula_atom *a = &f->d->formula->atoms[atom];
    const struct design_block *b = &f->d->blocks[atom];
    const double x = a->kind == FORMULA_PLAIN ? f->numbers[a->column][row]
                                              : formula_evaluate(&a->value, f->numbers, row);
    if (!isfinite(x))
        return not_finite(a->label, f->err);
    if (b->kind == BLOCK_POLY)
        basis_poly_evaluate(&b->poly, x, out);
    else if (b->kind == BLOCK_NS)
        basis_ns_evaluate(&b->ns, x, out);
    else
        *out = x;
    return DYAD_OK;
}

static enum dyad_status
fill_block(const struct filling *f, size_t atom, size_t row)
{
    const struct formula_atom *a = &f->d->formula->atoms[atom];
    const struct design_block *b = &f->d->blocks[atom];

    if (b->kind == BLOCK_UNUSED)
        return DYAD_OK;
    if (b->kind == BLOCK_LEVELS) {
        const uint32_t code = f->values[a->column].codes[row];
        if (code > b->n_codes || !b->occurs[code])
            return dyad_fail(f->err, DYAD_DATA, "'%s' has a level, or none, that the design does not know",
                             a->label);
        return DYAD_OK;
    }
    return fill_numbers(f, atom, row, f->blocks + atom * BASIS_MAX);
}

static double
column_value(const struct filling *f, const struct design_column *c, size_t row)
{
    double product = 1;

    for (size_t j = 0; j < c->n_parts; j++) {
        const struct design_part *part = &c->parts[j];
        if (f->d->blocks[part->atom].kind == BLOCK_LEVELS)
            product *= f->values[f->d->formula->atoms[part->atom].column].codes[row] == part->index;
        else
            product *= f->blocks[part->atom * BASIS_MAX + part->index];
    }
    return product;
}

static enum dyad_status
fill_row(const struct filling *f, size_t row, double *x)
{
    const struct design *d = f->d;
    enum dyad_status st = DYAD_OK;

    for (size_t a = 0; st == DYAD_OK && a < d->formula->n_atoms; a++)
        st = fill_block(f, a, row);
    for (size_t c = 0; st == DYAD_OK && c < d->n_columns; c++) {
        x[c] = column_value(f, &d->columns[c], row);
        if (!isfinite(x[c]))
            st = not_finite(d->columns[c].name, f->err);
    }
    return st;
}

static enum dyad_status
fill_offset(const struct filling *f, size_t row, double *out)
{
    const struct formula *formula = f->d->formula;

    *out = 0;
    for (size_t i = 0; i < formula->n_offsets; i++) {
        *out += formula_evaluate(&formula->offsets[i].value, f->numbers, row);
        if (!isfinite(*out))
            return not_finite(formula->offsets[i].label, f->err);
    }
    return DYAD_OK;
}

enum dyad_status
design_fill(const struct design *d, const struct column_values *values, size_t n, double *x, double *offset,
            struct dyad_error *err)
{
    const double **numbers = gather_numbers(d->formula, values);
    double *blocks = malloc((d->formula->n_atoms * BASIS_MAX + 1) * sizeof *blocks);
    const struct filling f = { d, values, numbers, blocks, err };
    enum dyad_status st = numbers && blocks ? DYAD_OK : out_of_memory(err);

    for (size_t i = 0; st == DYAD_OK && i < n; i++) {
        st = fill_row(&f, i, x + i * d->n_columns);
        if (st == DYAD_OK && offset)
            st = fill_offset(&f, i, &offset[i]);
    }
    free(numbers);
    free(blocks);
    return st;
}

size_t
design_width(const struct design *d, size_t atom)
{
    return block_width(&d->blocks[atom]);
}

enum dyad_status
design_numbers(const struct design *d, size_t atom, const struct column_values *values, size_t n, double *out,
               struct dyad_error *err)
{
    const double **numbers = gather_numbers(d->formula, values);
    const struct filling f = { d, values, numbers, NULL, err };
    const size_t width = design_width(d, atom);
    enum dyad_status st = numbers ? DYAD_OK : out_of_memory(err);

    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        st = fill_numbers(&f, atom, i, out + i * width);
    free(numbers);
    return st;
}

void
design_release(struct design *d)
{
    for (size_t i = 0; d->blocks && i < d->formula->n_atoms; i++) {
        free(d->blocks[i].levels);
        free(d->blocks[i].occurs);
    }
    for (size_t i = 0; i < d->n_columns; i++)
        free(d->columns[i].name);
    free(d->blocks);
    free(d->columns);
    *d = (struct design)DESIGN_INIT;
}
