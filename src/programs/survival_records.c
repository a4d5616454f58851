#include "survival_records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A cell of a table takes about two hundred bytes, a record by itself some four a factor: so many
 * different times, or pairs of times, are counted together.
 */
enum { TIMES_MAX = 1 << 16, PAIRS_MAX = 1 << 18 };

struct survival_records {
    const struct records_spec *spec;
    struct crosstabs *cells;
    struct columns *columns;
    bool one_by_one;
    struct number_order_check order;
};

size_t
records_spec_add(struct records_spec *spec, size_t factor, bool is_number)
{
    if (spec->cells.n_factors == CROSSTAB_FACTORS || factor >= COLUMNS_KEPT_MAX)
        return CROSSTAB_FACTORS;
    spec->cells.factors[spec->cells.n_factors] = factor;
    spec->columns.kept[factor] = true;
    if (spec->columns.n_factors <= factor)
        spec->columns.n_factors = factor + 1;
    if (is_number)
        spec->numbers[spec->n_numbers++] = factor;
    return spec->cells.n_factors++;
}

/* --- reading ------------------------------------------------------------------------------ */

static void
end(void *a)
{
    struct survival_records *r = a;

    if (r->cells)
        crosstab_accumulator.end(r->cells);
    if (r->columns)
        columns_accumulator.end(r->columns);
    number_order_release(&r->order);
    free(r);
}

static void *
begin(const void *spec)
{
    struct survival_records *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->spec = spec;
    r->one_by_one = r->spec->one_by_one;
    r->cells = crosstab_accumulator.begin(&r->spec->set);
    r->columns = columns_accumulator.begin(&r->spec->columns);
    if (r->cells && r->columns)
        return r;
    end(r);
    return NULL;
}

static bool
has_many(const struct survival_records *r, const struct rows *rows)
{
    const size_t n = r->spec->n_numbers;
    size_t kinds = 1;

    for (size_t i = 0; i < n; i++)
        if (rows->numbers[r->spec->numbers[i]])
            return true;
    for (size_t i = 0; i < n && kinds <= PAIRS_MAX; i++)
        kinds *= dictionary_n_levels(rows->dictionaries[r->spec->numbers[i]]) + 1;
    return kinds > (n > 1 ? PAIRS_MAX : TIMES_MAX);
}

static enum dyad_status
add(void *a, const struct rows *rows)
{
    struct survival_records *r = a;

    if (r->spec->order.wanted) {
        const enum dyad_status st = number_order_check(&r->order, &r->spec->order, rows);
        if (st != DYAD_OK)
            return st;
    }
    r->one_by_one = r->one_by_one || has_many(r, rows);
    return r->one_by_one ? columns_accumulator.add(r->columns, rows) : crosstab_accumulator.add(r->cells, rows);
}

static enum dyad_status
merge(void *a, const void *from, const uint32_t *const *recode)
{
    struct survival_records *r = a;
    const struct survival_records *other = from;
    const enum dyad_status st = crosstab_accumulator.merge(r->cells, other->cells, recode);

    return st == DYAD_OK ? columns_accumulator.merge(r->columns, other->columns, recode) : st;
}

const struct accumulator survival_records_accumulator = { begin, add, merge, end };

/* --- afterwards --------------------------------------------------------------------------- */

static enum dyad_status
each_of_piece(const struct survival_records *r, size_t piece, uint32_t *room, records_visit *visit, void *context)
{
    const size_t n = columns_piece_size(r->columns, piece), width = r->spec->cells.n_factors;
    const double *weights = columns_weights(r->columns, piece);
    const double *columns[CROSSTAB_FACTORS];
    uint32_t codes[CROSSTAB_FACTORS];
    double numbers[CROSSTAB_FACTORS] = { 0 };
    enum dyad_status st = DYAD_OK;

    for (size_t f = 0; f < width; f++) {
        columns[f] = columns_numbers(r->columns, piece, r->spec->cells.factors[f]);
        if (columns[f] == NULL)
            columns_read(r->columns, piece, r->spec->cells.factors[f], room + f * n);
    }
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        for (size_t f = 0; f < width; f++)
            if (columns[f]) {
                numbers[f] = columns[f][i];
                codes[f] = isnan(numbers[f]) ? 0 : RECORD_NUMBER;
            } else
                codes[f] = room[f * n + i];
        st = visit(context, codes, numbers, weights ? (int64_t)weights[i] : 1);
    }
    return st;
}

enum dyad_status
survival_records_each(struct survival_records *r, records_visit *visit, void *context)
{
    size_t n, largest = 0;
    const struct crosstab_cell *cells = crosstab_cells(r->cells, 0, &n);
    enum dyad_status st = cells ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        st = visit(context, cells[i].codes, NULL, cells[i].records);
    columns_sort(r->columns);
    for (size_t i = 0; i < columns_n_pieces(r->columns); i++)
        if (columns_piece_size(r->columns, i) > largest)
            largest = columns_piece_size(r->columns, i);
    uint32_t *room = largest ? malloc(largest * (r->spec->cells.n_factors + 1) * sizeof *room) : NULL;
    if (st == DYAD_OK && largest && room == NULL)
        st = DYAD_NOMEM;
    for (size_t i = 0; st == DYAD_OK && i < columns_n_pieces(r->columns); i++)
        st = each_of_piece(r, i, room, visit, context);
    free(room);
    return st;
}

void
survival_records_free(struct survival_records *r)
{
    if (r)
        end(r);
}

/* --- combinations of codes ---------------------------------------------------------------- */

const uint32_t *
combinations_codes(const struct combinations *c, size_t number)
{
    return c->codes + number * c->width;
}

static size_t
find_slot(const struct combinations *c, const uint32_t *codes)
{
    uint64_t h = 0;

    for (size_t i = 0; i < c->width; i++)
        h = (h ^ codes[i]) * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t slot = (size_t)(h ^ h >> 32) & (c->size - 1);; slot = (slot + 1) & (c->size - 1))
        if (c->slots[slot] == 0 ||
            memcmp(combinations_codes(c, c->slots[slot] - 1), codes, c->width * sizeof *codes) == 0)
            return slot;
}

static bool
grow(struct combinations *c)
{
    const size_t room = c->room ? 2 * c->room : 32;
    uint32_t *codes = realloc(c->codes, room * (c->width ? c->width : 1) * sizeof *codes);
    uint32_t *slots = calloc(2 * room, sizeof *slots);

    if (codes)
        c->codes = codes;
    if (codes == NULL || slots == NULL) {
        free(slots);
        return false;
    }
    free(c->slots);
    c->slots = slots;
    c->room = room;
    c->size = 2 * room;
    for (size_t i = 0; i < c->n; i++)
        c->slots[find_slot(c, combinations_codes(c, i))] = (uint32_t)i + 1;
    return true;
}

enum dyad_status
combinations_number(struct combinations *c, const uint32_t *codes, size_t *out)
{
    size_t slot = c->size ? find_slot(c, codes) : 0;

    if (c->size == 0 || (c->slots[slot] == 0 && c->n == c->room)) {
        if (!grow(c))
            return DYAD_NOMEM;
        slot = find_slot(c, codes);
    }
    if (c->slots[slot] == 0) {
        if (c->width)
            memcpy(c->codes + c->n * c->width, codes, c->width * sizeof *codes);
        c->slots[slot] = (uint32_t)++c->n;
    }
    *out = c->slots[slot] - 1;
    return DYAD_OK;
}

/* A heap sort, as qsort knows no width. */
static bool
is_less(const struct combinations *c, size_t a, size_t b)
{
    const uint32_t *x = combinations_codes(c, a), *y = combinations_codes(c, b);

    for (size_t i = 0; i < c->width; i++)
        if (x[i] != y[i])
            return x[i] < y[i];
    return false;
}

static void
exchange(struct combinations *c, size_t a, size_t b)
{
    for (size_t i = 0; i < c->width; i++) {
        const uint32_t kept = c->codes[a * c->width + i];
        c->codes[a * c->width + i] = c->codes[b * c->width + i];
        c->codes[b * c->width + i] = kept;
    }
}

static void
sift(struct combinations *c, size_t at, size_t n)
{
    for (size_t child = 2 * at + 1; child < n; at = child, child = 2 * at + 1) {
        if (child + 1 < n && is_less(c, child, child + 1))
            child++;
        if (!is_less(c, at, child))
            return;
        exchange(c, at, child);
    }
}

void
combinations_sort(struct combinations *c)
{
    for (size_t i = c->n / 2; i-- > 0;)
        sift(c, i, c->n);
    for (size_t n = c->n; n > 1;) {
        exchange(c, 0, --n);
        sift(c, 0, n);
    }
    if (c->size)
        memset(c->slots, 0, c->size * sizeof *c->slots);
    for (size_t i = 0; i < c->n; i++)
        c->slots[find_slot(c, combinations_codes(c, i))] = (uint32_t)i + 1;
}

void
combinations_release(struct combinations *c)
{
    free(c->codes);
    free(c->slots);
    *c = (struct combinations){ .width = c->width };
}
