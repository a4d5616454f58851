#include "dyad/data/columns.h"

#include <stdlib.h>
#include <string.h>

/* Records of one block: codes of each kept factor, as wide as the largest of them needs. */
struct piece {
    uint64_t block;
    size_t n, room, first;
    void *codes[COLUMNS_KEPT_MAX];
    unsigned char width[COLUMNS_KEPT_MAX]; /* bytes: 1, 2, 4; 8: numbers instead of codes */
    double *weights;
};

struct columns {
    struct columns_spec spec;
    struct piece **pieces;
    size_t n_pieces, room;
    size_t n;
    double people;
    int64_t dropped, dropped_for[COLUMNS_KEPT_MAX];
    uint32_t largest[COLUMNS_KEPT_MAX]; /* codes that were added */
    struct number_order_check order;
};

/* Records that are added at once, at most; codes that are changed at once. */
enum { ROWS_MAX = 4096, SOME = 256 };

static void *
begin(const void *spec)
{
    struct columns *c = calloc(1, sizeof *c);

    if (c)
        c->spec = *(const struct columns_spec *)spec;
    return c;
}

static void
piece_free(struct piece *p, size_t n_factors)
{
    for (size_t f = 0; p && f < n_factors; f++)
        free(p->codes[f]);
    if (p)
        free(p->weights);
    free(p);
}

void
columns_free(struct columns *c)
{
    for (size_t i = 0; c && i < c->n_pieces; i++)
        piece_free(c->pieces[i], c->spec.n_factors);
    if (c) {
        number_order_release(&c->order);
        free(c->pieces);
    }
    free(c);
}

static void
end(void *a)
{
    columns_free(a);
}

static struct piece *
new_piece(struct columns *c, uint64_t block)
{
    if (c->n_pieces == c->room) {
        const size_t room = c->room ? 2 * c->room : 64;
        struct piece **grown = realloc(c->pieces, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        c->pieces = grown;
        c->room = room;
    }
    struct piece *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->block = block;
    for (size_t f = 0; f < COLUMNS_KEPT_MAX; f++)
        p->width[f] = c->spec.numbers[f] ? sizeof(double) : 1;
    return c->pieces[c->n_pieces++] = p;
}

/* --- codes of a piece --------------------------------------------------------------------- */

#define READ(TYPE)                                                                                \
    for (size_t i = 0; i < n; i++)                                                                \
        out[i] = ((const TYPE *)codes)[first + i];                                                \
    break;

static void
read_codes(const void *codes, unsigned width, size_t first, size_t n, uint32_t *out)
{
    switch (width) {
    case 1: READ(uint8_t)
    case 2: READ(uint16_t)
    default: READ(uint32_t)
    }
}

#define WRITE(TYPE)                                                                               \
    for (size_t i = 0; i < n; i++)                                                                \
        ((TYPE *)codes)[first + i] = (TYPE)from[i];                                               \
    break;

static void
write_codes(void *codes, unsigned width, size_t first, size_t n, const uint32_t *from)
{
    switch (width) {
    case 1: WRITE(uint8_t)
    case 2: WRITE(uint16_t)
    default: WRITE(uint32_t)
    }
}

static unsigned
width_of(uint32_t largest)
{
    return largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : 4;
}

static enum dyad_status
resize(struct piece *p, size_t f, size_t room)
{
    void *codes = realloc(p->codes[f], room * p->width[f] + 1);

    if (codes == NULL)
        return DYAD_NOMEM;
    p->codes[f] = codes;
    return DYAD_OK;
}

/* The column anew with more bytes for each code, or fewer. */
static enum dyad_status
change_width(struct piece *p, size_t f, unsigned width, size_t room)
{
    void *codes = malloc(room * width + 1);
    uint32_t some[SOME];

    if (codes == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < p->n; i += SOME) {
        const size_t n = p->n - i < SOME ? p->n - i : SOME;
        read_codes(p->codes[f], p->width[f], i, n, some);
        write_codes(codes, width, i, n, some);
    }
    free(p->codes[f]);
    p->codes[f] = codes;
    p->width[f] = (unsigned char)width;
    return DYAD_OK;
}

static enum dyad_status
set_room(const struct columns *c, struct piece *p, size_t room, bool weights)
{
    enum dyad_status st = DYAD_OK;

    for (size_t f = 0; f < c->spec.n_factors && st == DYAD_OK; f++)
        if (c->spec.kept[f])
            st = resize(p, f, room);
    if (st == DYAD_OK && weights) {
        double *resized = realloc(p->weights, room * sizeof *resized + 1);
        if (resized == NULL)
            return DYAD_NOMEM;
        p->weights = resized;
    }
    if (st == DYAD_OK)
        p->room = room;
    return st;
}

/* Blocks have about as many records each. */
static enum dyad_status
make_room(const struct columns *c, struct piece *p, size_t more, bool weights)
{
    const size_t last = c->n_pieces > 1 ? c->pieces[c->n_pieces - 2]->n : 0;
    const size_t room = p->room ? p->room + p->room / 2 : last ? last + last / 32 : 512;

    if (p->n + more <= p->room)
        return DYAD_OK;
    return set_room(c, p, room < p->n + more ? p->n + more : room, weights);
}

/* --- reading ------------------------------------------------------------------------------ */

static int64_t
people_of(const struct rows *rows, size_t i)
{
    return rows->weights ? (int64_t)rows->weights[i] : 1;
}

/* bad[i] of records that lack the factor; what these stand for. */
static int64_t
mark_missing(const struct rows *rows, size_t factor, uint32_t *bad)
{
    const uint32_t *codes = rows->codes[factor];
    uint32_t n = 0;
    int64_t people = 0;

    for (size_t i = 0; i < rows->n; i++) {
        const uint32_t missing = codes[i] == 0;
        bad[i] |= missing;
        n += missing;
    }
    for (size_t i = 0; rows->weights && n && i < rows->n; i++)
        people += codes[i] ? 0 : people_of(rows, i);
    return rows->weights ? people : n;
}

/* Which records have all that is needed; the others are counted. */
static size_t
select_rows(struct columns *c, const struct rows *rows, uint32_t *which)
{
    uint32_t bad[ROWS_MAX];
    int64_t people = 0, all = (int64_t)rows->n;
    size_t n = 0;

    memset(bad, 0, rows->n * sizeof *bad);
    for (size_t f = 0; f < c->spec.n_factors; f++)
        if (c->spec.needed[f])
            c->dropped_for[f] += mark_missing(rows, f, bad);
    for (size_t i = 0; i < rows->n; i++) {
        which[n] = (uint32_t)i;
        n += !bad[i];
    }
    for (size_t i = 0; i < n; i++)
        people += people_of(rows, which[i]);
    if (rows->weights) {
        all = 0;
        for (size_t i = 0; i < rows->n; i++)
            all += people_of(rows, i);
    }
    c->people += (double)people;
    c->dropped += all - people;
    return n;
}

static enum dyad_status
append(struct columns *c, struct piece *p, size_t f, const uint32_t *codes, const uint32_t *which, size_t n)
{
    uint32_t chosen[ROWS_MAX], largest = 0;
    enum dyad_status st;

    for (size_t i = 0; i < n; i++)
        chosen[i] = codes[which[i]];
    for (size_t i = 0; i < n; i++)
        largest = chosen[i] > largest ? chosen[i] : largest;
    if (width_of(largest) > p->width[f] && (st = change_width(p, f, width_of(largest), p->room)) != DYAD_OK)
        return st;
    write_codes(p->codes[f], p->width[f], p->n, n, chosen);
    c->largest[f] = largest > c->largest[f] ? largest : c->largest[f];
    return DYAD_OK;
}

static enum dyad_status
append_numbers(struct piece *p, size_t f, const struct rows *rows, const uint32_t *which, size_t n)
{
    const double *numbers = rows_numbers(rows, f);
    double *to = p->codes[f];

    for (size_t i = 0; numbers && i < n; i++)
        to[p->n + i] = numbers[which[i]];
    return numbers ? DYAD_OK : DYAD_NOMEM;
}

/* The piece for records of a block; the one before has all of its own. */
static enum dyad_status
find_piece(struct columns *c, uint64_t block, struct piece **out)
{
    struct piece *p = c->n_pieces ? c->pieces[c->n_pieces - 1] : NULL;
    enum dyad_status st = DYAD_OK;

    if (p && p->block != block) {
        st = set_room(c, p, p->n, p->weights != NULL);
        p = NULL;
    }
    if (st == DYAD_OK && p == NULL && (p = new_piece(c, block)) == NULL)
        st = DYAD_NOMEM;
    *out = p;
    return st;
}

static enum dyad_status
add(void *a, const struct rows *rows)
{
    struct columns *c = a;
    struct piece *p;
    uint32_t which[ROWS_MAX];
    enum dyad_status st = DYAD_OK;

    if (rows->n == 0)
        return DYAD_OK;
    if (rows->n > ROWS_MAX)
        return DYAD_DEFECT;
    if (c->spec.order.wanted && (st = number_order_check(&c->order, &c->spec.order, rows)) != DYAD_OK)
        return st;

    const size_t n = select_rows(c, rows, which);

    if (n == 0)
        return DYAD_OK;
    if ((st = find_piece(c, rows_place(rows, 0).block, &p)) != DYAD_OK ||
        (st = make_room(c, p, n, rows->weights != NULL)) != DYAD_OK)
        return st;
    for (size_t f = 0; f < c->spec.n_factors && st == DYAD_OK; f++)
        if (c->spec.kept[f])
            st = c->spec.numbers[f] ? append_numbers(p, f, rows, which, n) : append(c, p, f, rows->codes[f], which, n);
    for (size_t i = 0; rows->weights && i < n; i++)
        p->weights[p->n + i] = rows->weights[which[i]];
    p->n += n;
    return st;
}

/* ---- merging ---- */

static uint32_t
recoded(const uint32_t *recode, uint32_t code)
{
    return code ? recode[code] : 0;
}

static uint32_t
largest_recoded(const struct piece *p, size_t f, const uint32_t *recode)
{
    uint32_t some[SOME], largest = 0;

    for (size_t i = 0; i < p->n; i += SOME) {
        const size_t n = p->n - i < SOME ? p->n - i : SOME;
        read_codes(p->codes[f], p->width[f], i, n, some);
        for (size_t k = 0; k < n; k++)
            largest = recoded(recode, some[k]) > largest ? recoded(recode, some[k]) : largest;
    }
    return largest;
}

/* Other codes, of which none is above ${most}: where that wants more bytes, perhaps those here do not. */
static enum dyad_status
recode_factor(struct piece *p, size_t f, const uint32_t *recode, uint32_t most)
{
    const unsigned before = p->width[f];
    unsigned width = width_of(most);
    uint32_t some[SOME];
    enum dyad_status st = DYAD_OK;

    if (width != before)
        width = width_of(largest_recoded(p, f, recode));
    if (width > before)
        st = change_width(p, f, width, p->n);
    for (size_t i = 0; st == DYAD_OK && i < p->n; i += SOME) {
        const size_t n = p->n - i < SOME ? p->n - i : SOME;
        read_codes(p->codes[f], p->width[f], i, n, some);
        for (size_t k = 0; k < n; k++)
            some[k] = recoded(recode, some[k]);
        write_codes(p->codes[f], p->width[f], i, n, some);
    }
    return st == DYAD_OK && width < before ? change_width(p, f, width, p->n) : st;
}

/* Do all codes stay as they are?  The largest of what becomes of them. */
static bool
stays(const struct columns *c, size_t f, const uint32_t *recode, uint32_t *most)
{
    bool same = true;

    *most = 0;
    for (uint32_t code = 1; code <= c->largest[f]; code++) {
        same = same && recode[code] == code;
        *most = recode[code] > *most ? recode[code] : *most;
    }
    return same;
}

/* The pieces change hands: those of ${from} are emptied, as nobody looks at them again. */
static enum dyad_status
merge(void *a, const void *from, const uint32_t *const *recode)
{
    struct columns *c = a;
    const struct columns *others = from;
    const size_t first = c->n_pieces;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < others->n_pieces; i++) {
        struct piece *p = new_piece(c, others->pieces[i]->block);
        if (p == NULL)
            return DYAD_NOMEM;
        *p = *others->pieces[i];
        *others->pieces[i] = (struct piece){ .block = p->block };
        if ((st = set_room(c, p, p->n, p->weights != NULL)) != DYAD_OK)
            return st;
        c->n += p->n;
    }
    for (size_t f = 0; f < c->spec.n_factors; f++) {
        uint32_t most;
        c->dropped_for[f] += others->dropped_for[f];
        if (!c->spec.kept[f] || c->spec.numbers[f] || stays(others, f, recode[f], &most))
            continue;
        for (size_t i = first; st == DYAD_OK && i < c->n_pieces; i++)
            st = recode_factor(c->pieces[i], f, recode[f], most);
    }
    c->people += others->people;
    c->dropped += others->dropped;
    return st;
}

const struct accumulator columns_accumulator = { begin, add, merge, end };

/* --- afterwards --------------------------------------------------------------------------- */

static int
by_block(const void *a, const void *b)
{
    const struct piece *const *x = a, *const *y = b;
    return ((*x)->block > (*y)->block) - ((*x)->block < (*y)->block);
}

void
columns_sort(struct columns *c)
{
    size_t first = 0;

    if (c->n_pieces)
        qsort(c->pieces, c->n_pieces, sizeof *c->pieces, by_block);
    for (size_t i = 0; i < c->n_pieces; i++) {
        c->pieces[i]->first = first;
        first += c->pieces[i]->n;
    }
}

size_t
columns_n(const struct columns *c)
{
    return c->n;
}

double
columns_people(const struct columns *c)
{
    return c->people;
}

int64_t
columns_dropped(const struct columns *c)
{
    return c->dropped;
}

int64_t
columns_dropped_for(const struct columns *c, size_t factor)
{
    return c->dropped_for[factor];
}

size_t
columns_n_pieces(const struct columns *c)
{
    return c->n_pieces;
}

size_t
columns_piece_size(const struct columns *c, size_t piece)
{
    return c->pieces[piece]->n;
}

size_t
columns_piece_first(const struct columns *c, size_t piece)
{
    return c->pieces[piece]->first;
}

void
columns_read(const struct columns *c, size_t piece, size_t factor, uint32_t *out)
{
    const struct piece *p = c->pieces[piece];

    read_codes(p->codes[factor], p->width[factor], 0, p->n, out);
}

const double *
columns_numbers(const struct columns *c, size_t piece, size_t factor)
{
    return c->spec.numbers[factor] ? c->pieces[piece]->codes[factor] : NULL;
}

const double *
columns_weights(const struct columns *c, size_t piece)
{
    return c->pieces[piece]->weights;
}

void
columns_forget(struct columns *c, size_t piece)
{
    struct piece *p = c->pieces[piece];

    for (size_t f = 0; f < c->spec.n_factors; f++) {
        free(p->codes[f]);
        p->codes[f] = NULL;
    }
}
