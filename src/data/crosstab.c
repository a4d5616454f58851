#include "dyad/data/crosstab.h"

#include "dyad/data/expression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A cell's key is its codes side by side, each in as many bits as its factor's largest code so
 * far needs; when a code outgrows them the table is laid out anew.  Few bits: the key is the
 * place of the cell.  Many: the cells are hashed.
 */
enum { DIRECT_BITS = 16, KEY_BITS_MAX = 62, FIRST_BITS = 3, ROWS = EXPRESSION_ROWS };

struct sums {
    int64_t records, events, total;
};

struct crosstab {
    const struct crosstab_spec *spec;
    unsigned bits[CROSSTAB_FACTORS], all_bits;
    int64_t *direct;     /* records of each key: no counts, few bits */
    struct sums *hashed; /* of each slot */
    uint64_t *keys;      /* of each slot, plus 1; 0: free */
    size_t size, used;   /* used: of the hashed */
    bool overflown;      /* a total went beyond COUNT_MAX */
    struct crosstab_cell *cells; /* made at the end */
    size_t n_cells;
};

struct crosstabs {
    struct crosstab *tables;
    size_t n;
    int64_t n_used;
    uint64_t *row_keys; /* of the records at hand */
    uint32_t *short_keys;
    unsigned char *row_used, *row_complete;
};

static bool
is_direct(const struct crosstab *t)
{
    return !t->spec->has_counts && t->all_bits <= DIRECT_BITS;
}

static void
count_bits(struct crosstab *t)
{
    t->all_bits = 0;
    for (size_t f = 0; f < t->spec->n_factors; f++)
        t->all_bits += t->bits[f];
}

static bool
allocate(struct crosstab *t, size_t slots)
{
    t->direct = NULL;
    t->hashed = NULL;
    t->keys = NULL;
    t->used = 0;
    t->size = is_direct(t) ? (size_t)1 << t->all_bits : slots;
    if (is_direct(t))
        return (t->direct = calloc(t->size, sizeof *t->direct)) != NULL;
    t->hashed = calloc(t->size, sizeof *t->hashed);
    t->keys = calloc(t->size, sizeof *t->keys);
    return t->hashed && t->keys;
}

static void
release_cells(struct crosstab *t)
{
    free(t->direct);
    free(t->hashed);
    free(t->keys);
}

static struct sums *
find_hashed(struct crosstab *t, uint64_t key)
{
    uint64_t h = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(h ^ h >> 32) & (t->size - 1);

    while (t->keys[slot] && t->keys[slot] != key + 1)
        slot = (slot + 1) & (t->size - 1);
    if (t->keys[slot] == 0) {
        t->keys[slot] = key + 1;
        t->used++;
    }
    return &t->hashed[slot];
}

static uint64_t
key_of(const struct crosstab *t, const uint32_t *codes)
{
    uint64_t key = 0;
    for (size_t f = 0; f < t->spec->n_factors; f++)
        key = key << t->bits[f] | codes[f];
    return key;
}

static void
codes_of(const struct crosstab *t, uint64_t key, uint32_t *codes)
{
    for (size_t f = t->spec->n_factors; f-- > 0;) {
        codes[f] = (uint32_t)(key & ((UINT64_C(1) << t->bits[f]) - 1));
        key >>= t->bits[f];
    }
}

/* The next cell that is not empty, from slot ${at} on; false at the end. */
static bool
next_cell(const struct crosstab *t, size_t *at, uint64_t *key, struct sums *sums)
{
    for (; *at < t->size; ++*at) {
        if (t->direct ? t->direct[*at] == 0 : t->keys[*at] == 0)
            continue;
        *key = t->direct ? *at : t->keys[*at] - 1;
        *sums = t->direct ? (struct sums){ .records = t->direct[*at] } : t->hashed[*at];
        ++*at;
        return true;
    }
    return false;
}

static void
add_to(struct crosstab *t, uint64_t key, const struct sums *sums)
{
    if (t->direct) {
        t->direct[key] += sums->records;
        return;
    }
    struct sums *cell = find_hashed(t, key);
    if (sums->total > COUNT_MAX - cell->total) {
        t->overflown = true;
        return;
    }
    cell->records += sums->records;
    cell->events += sums->events;
    cell->total += sums->total;
}

/* The same cells under wider keys, or in more slots. */
static enum dyad_status
lay_out(struct crosstab *t, const unsigned *bits, size_t slots)
{
    struct crosstab old = *t;
    uint32_t codes[CROSSTAB_FACTORS];
    struct sums sums;
    uint64_t key;
    size_t at = 0;

    memcpy(t->bits, bits, sizeof t->bits);
    count_bits(t);
    if (t->all_bits > KEY_BITS_MAX) {
        *t = old;
        return DYAD_USAGE;
    }
    if (!allocate(t, slots)) {
        release_cells(t);
        *t = old;
        return DYAD_NOMEM;
    }
    while (next_cell(&old, &at, &key, &sums)) {
        codes_of(&old, key, codes);
        add_to(t, key_of(t, codes), &sums);
    }
    release_cells(&old);
    return DYAD_OK;
}

static size_t
count_cells(const struct crosstab *t)
{
    struct sums sums;
    uint64_t key;
    size_t n = 0;

    for (size_t at = 0; next_cell(t, &at, &key, &sums);)
        n++;
    return n;
}

/* Room for codes up to ${largest}[factor], and for so many more cells. */
static enum dyad_status
reserve(struct crosstab *t, const uint32_t *largest, size_t more)
{
    unsigned bits[CROSSTAB_FACTORS];
    bool wider = false;
    size_t slots = t->direct ? 4 * ROWS : t->size;

    memcpy(bits, t->bits, sizeof bits);
    for (size_t f = 0; f < t->spec->n_factors; f++)
        while (bits[f] < 32 && largest[f] >> bits[f]) {
            bits[f]++;
            wider = true;
        }
    if (t->direct && !wider)
        return DYAD_OK;
    const size_t used = t->direct ? count_cells(t) : t->used;
    while (2 * (used + more) > slots)
        slots *= 2;
    return wider || slots != t->size ? lay_out(t, bits, slots) : DYAD_OK;
}

/* --- the accumulator ---------------------------------------------------------------------- */

static void end(void *crosstabs);

static void *
begin(const void *spec)
{
    const struct crosstab_set *set = spec;
    struct crosstabs *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->tables = calloc(set->n ? set->n : 1, sizeof *s->tables);
    s->row_keys = malloc(ROWS * sizeof *s->row_keys);
    s->short_keys = malloc(ROWS * sizeof *s->short_keys);
    s->row_used = malloc(ROWS);
    s->row_complete = malloc(ROWS);
    bool good = s->tables && s->row_keys && s->short_keys && s->row_used && s->row_complete;
    for (size_t i = 0; good && i < set->n; i++) {
        struct crosstab *t = &s->tables[i];
        t->spec = &set->specs[i];
        for (size_t f = 0; f < t->spec->n_factors; f++)
            t->bits[f] = t->spec->n_factors * FIRST_BITS <= KEY_BITS_MAX ? FIRST_BITS : 1;
        count_bits(t);
        good = allocate(t, 4 * ROWS);
        s->n++;
    }
    if (!good) {
        end(s);
        return NULL;
    }
    return s;
}

/* The same for the keys of a direct table, which are short. */
static void
count_direct(struct crosstab *t, const struct rows *rows, uint32_t *restrict keys)
{
    for (size_t f = 0; f < t->spec->n_factors; f++) {
        const uint32_t *restrict codes = rows->codes[t->spec->factors[f]];
        const unsigned bits = t->bits[f];
        if (f == 0)
            memcpy(keys, codes, rows->n * sizeof *keys);
        for (size_t i = 0; f > 0 && i < rows->n; i++)
            keys[i] = keys[i] << bits | codes[i];
    }
    for (size_t i = 0; i < rows->n; i++)
        t->direct[keys[i]]++;
}

static void
make_keys(const struct crosstab *t, const struct rows *rows, uint64_t *keys)
{
    const uint32_t *first = t->spec->n_factors ? rows->codes[t->spec->factors[0]] : NULL;

    for (size_t i = 0; i < rows->n; i++)
        keys[i] = first ? first[i] : 0;
    for (size_t f = 1; f < t->spec->n_factors; f++) {
        const uint32_t *codes = rows->codes[t->spec->factors[f]];
        const unsigned bits = t->bits[f];
        for (size_t i = 0; i < rows->n; i++)
            keys[i] = keys[i] << bits | codes[i];
    }
}

static enum dyad_status
add_counts(struct crosstab *t, const struct rows *rows, const uint64_t *keys)
{
    const double *events = rows->counts[t->spec->events], *totals = rows->counts[t->spec->totals];

    for (size_t i = 0; i < rows->n; i++) {
        const int64_t weight = rows->weights ? (int64_t)rows->weights[i] : 1;
        struct sums sums = { .records = weight };
        if (!isnan(events[i]) && !isnan(totals[i])) {
            if (events[i] > totals[i]) {
                const enum dyad_status st =
                    rows_complain(rows, i, t->spec->events_name, "counts more events than the total has");
                if (st != DYAD_OK)
                    return st;
                continue;
            }
            if (totals[i] * (double)weight > (double)COUNT_MAX) {
                t->overflown = true;
                continue;
            }
            sums = (struct sums){ 0, (int64_t)events[i] * weight, (int64_t)totals[i] * weight };
        }
        add_to(t, keys[i], &sums);
    }
    return t->overflown ? DYAD_DATA : DYAD_OK;
}

static void
add_records(struct crosstab *t, const struct rows *rows, const uint64_t *keys)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct sums sums = { .records = rows->weights ? (int64_t)rows->weights[i] : 1 };
        add_to(t, keys[i], &sums);
    }
}

/* Of one table the cells say how many records are complete; of several, or of groups, they do not. */
static bool
cells_tell_used(const struct crosstabs *s)
{
    return s->n == 1 && !s->tables[0].spec->has_counts;
}

/* Which records are complete in this table? */
static void
mark_used(const struct crosstab *t, const struct rows *rows, unsigned char *restrict complete,
          unsigned char *restrict used)
{
    const struct crosstab_spec *spec = t->spec;

    memset(complete, 1, rows->n);
    for (size_t f = 0; f < spec->n_factors; f++) {
        const uint32_t *restrict codes = rows->codes[spec->factors[f]];
        for (size_t i = 0; i < rows->n; i++)
            complete[i] &= codes[i] != 0;
    }
    for (size_t i = 0; spec->has_counts && i < rows->n; i++)
        complete[i] &= !isnan(rows->counts[spec->events][i]) && !isnan(rows->counts[spec->totals][i]);
    for (size_t i = 0; i < rows->n; i++)
        used[i] |= complete[i];
}

static void
count_used(struct crosstabs *s, const struct rows *rows)
{
    memset(s->row_used, 0, rows->n);
    for (size_t k = 0; k < s->n; k++)
        mark_used(&s->tables[k], rows, s->row_complete, s->row_used);
    for (size_t i = 0; i < rows->n; i++)
        s->n_used += s->row_used[i] ? (rows->weights ? (int64_t)rows->weights[i] : 1) : 0;
}

static enum dyad_status
add(void *crosstabs, const struct rows *rows)
{
    struct crosstabs *s = crosstabs;
    enum dyad_status st;

    for (size_t k = 0; k < s->n; k++) {
        struct crosstab *t = &s->tables[k];
        uint32_t largest[CROSSTAB_FACTORS];
        for (size_t f = 0; f < t->spec->n_factors; f++)
            largest[f] = (uint32_t)dictionary_n_levels(rows->dictionaries[t->spec->factors[f]]);
        if ((st = reserve(t, largest, rows->n)) != DYAD_OK)
            return st;
        if (t->direct && rows->weights == NULL && t->spec->n_factors) {
            count_direct(t, rows, s->short_keys);
            continue;
        }
        make_keys(t, rows, s->row_keys);
        if (!t->spec->has_counts)
            add_records(t, rows, s->row_keys);
        else if ((st = add_counts(t, rows, s->row_keys)) != DYAD_OK)
            return st;
    }
    if (!cells_tell_used(s))
        count_used(s, rows);
    return DYAD_OK;
}

static enum dyad_status
merge_table(struct crosstab *into, const struct crosstab *from, const uint32_t *const *recode)
{
    uint32_t codes[CROSSTAB_FACTORS];
    struct sums sums;
    uint64_t key;
    enum dyad_status st;

    for (size_t at = 0; next_cell(from, &at, &key, &sums);) {
        codes_of(from, key, codes);
        for (size_t f = 0; f < from->spec->n_factors; f++)
            codes[f] = recode[from->spec->factors[f]][codes[f]];
        if ((st = reserve(into, codes, 1)) != DYAD_OK)
            return st;
        add_to(into, key_of(into, codes), &sums);
    }
    return into->overflown ? DYAD_DATA : DYAD_OK;
}

static enum dyad_status
merge(void *crosstabs, const void *other, const uint32_t *const *recode)
{
    struct crosstabs *s = crosstabs;
    const struct crosstabs *from = other;
    enum dyad_status st = DYAD_OK;

    for (size_t k = 0; k < s->n && st == DYAD_OK; k++)
        st = merge_table(&s->tables[k], &from->tables[k], recode);
    s->n_used += from->n_used;
    return st;
}

static void
end(void *crosstabs)
{
    struct crosstabs *s = crosstabs;

    for (size_t k = 0; s->tables && k < s->n; k++) {
        release_cells(&s->tables[k]);
        free(s->tables[k].cells);
    }
    free(s->tables);
    free(s->row_keys);
    free(s->short_keys);
    free(s->row_used);
    free(s->row_complete);
    free(s);
}

const struct accumulator crosstab_accumulator = { begin, add, merge, end };

/* --- the answer --------------------------------------------------------------------------- */

static int
by_codes(const void *a, const void *b)
{
    const struct crosstab_cell *x = a, *y = b;

    for (size_t f = 0; f < CROSSTAB_FACTORS; f++)
        if (x->codes[f] != y->codes[f])
            return x->codes[f] < y->codes[f] ? -1 : 1;
    return 0;
}

static enum dyad_status
list_cells(struct crosstab *t)
{
    const size_t n = count_cells(t);
    struct sums sums;
    uint64_t key;

    t->cells = calloc(n ? n : 1, sizeof *t->cells);
    if (t->cells == NULL)
        return DYAD_NOMEM;
    for (size_t at = 0; next_cell(t, &at, &key, &sums); t->n_cells++) {
        struct crosstab_cell *c = &t->cells[t->n_cells];
        codes_of(t, key, c->codes);
        c->records = sums.records;
        c->events = sums.events;
        c->total = sums.total;
    }
    qsort(t->cells, t->n_cells, sizeof *t->cells, by_codes);
    return DYAD_OK;
}

const struct crosstab_cell *
crosstab_cells(struct crosstabs *s, size_t i, size_t *n)
{
    struct crosstab *t = &s->tables[i];

    if (t->cells == NULL && list_cells(t) != DYAD_OK)
        return NULL;
    *n = t->n_cells;
    return t->cells;
}

static int64_t
complete_records(const struct crosstab *t)
{
    uint32_t codes[CROSSTAB_FACTORS];
    struct sums sums;
    uint64_t key;
    int64_t n = 0;

    for (size_t at = 0; next_cell(t, &at, &key, &sums);) {
        bool complete = true;
        codes_of(t, key, codes);
        for (size_t f = 0; f < t->spec->n_factors; f++)
            complete = complete && codes[f] != 0;
        if (complete)
            n += sums.records;
    }
    return n;
}

int64_t
crosstab_n_used(const struct crosstabs *s)
{
    return cells_tell_used(s) ? complete_records(&s->tables[0]) : s->n_used;
}

void
crosstabs_free(struct crosstabs *s)
{
    if (s)
        end(s);
}
