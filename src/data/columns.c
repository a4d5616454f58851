#include "dyad/data/columns.h"

#include <stdlib.h>
#include <string.h>

/* Records of one block: codes of each kept factor, as wide as the largest of them needs. */
struct piece {
    uint64_t block;
    size_t n, room, first;
    void *codes[COLUMNS_KEPT_MAX];
    unsigned char width[COLUMNS_KEPT_MAX]; /* bytes: 1, 2, 4 */
    double *weights;
};

struct columns {
    struct columns_spec spec;
    struct piece **pieces;
    size_t n_pieces, room;
    size_t n;
    double people;
    int64_t dropped, dropped_for[COLUMNS_KEPT_MAX];
};

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
    if (c)
        free(c->pieces);
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
    memset(p->width, 1, sizeof p->width);
    return c->pieces[c->n_pieces++] = p;
}

/* --- codes of a piece --------------------------------------------------------------------- */

static uint32_t
get(const void *codes, unsigned width, size_t i)
{
    return width == 1 ? ((const uint8_t *)codes)[i] : width == 2 ? ((const uint16_t *)codes)[i] : ((const uint32_t *)codes)[i];
}

static void
put(void *codes, unsigned width, size_t i, uint32_t code)
{
    if (width == 1)
        ((uint8_t *)codes)[i] = (uint8_t)code;
    else if (width == 2)
        ((uint16_t *)codes)[i] = (uint16_t)code;
    else
        ((uint32_t *)codes)[i] = code;
}

static unsigned
width_of(uint32_t largest)
{
    return largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : 4;
}

/* The column anew: as wide, with as much room, and with other codes (recode may be NULL). */
static enum dyad_status
lay_out(struct piece *p, size_t f, unsigned width, size_t room, const uint32_t *recode)
{
    void *wide = malloc(room * width + 1);

    if (wide == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < p->n; i++) {
        const uint32_t code = get(p->codes[f], p->width[f], i);
        put(wide, width, i, recode && code ? recode[code] : code);
    }
    free(p->codes[f]);
    p->codes[f] = wide;
    p->width[f] = (unsigned char)width;
    return DYAD_OK;
}

static enum dyad_status
make_room(struct columns *c, struct piece *p, size_t more, bool weights)
{
    size_t room = p->room ? p->room : 512;
    enum dyad_status st = DYAD_OK;

    if (p->n + more <= p->room)
        return DYAD_OK;
    while (room < p->n + more)
        room *= 2;
    for (size_t f = 0; f < c->spec.n_factors && st == DYAD_OK; f++)
        if (c->spec.kept[f])
            st = lay_out(p, f, p->width[f], room, NULL);
    if (st == DYAD_OK && weights) {
        double *grown = realloc(p->weights, room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        p->weights = grown;
    }
    p->room = room;
    return st;
}

/* --- reading ------------------------------------------------------------------------------ */

/* Which records have all that is needed; the others are counted. */
static size_t
select_rows(struct columns *c, const struct rows *rows, uint32_t *which)
{
    size_t n = 0;

    for (size_t i = 0; i < rows->n; i++) {
        const int64_t people = rows->weights ? (int64_t)rows->weights[i] : 1;
        bool complete = true;
        for (size_t f = 0; f < c->spec.n_factors; f++)
            if (c->spec.needed[f] && rows->codes[f][i] == 0) {
                c->dropped_for[f] += people;
                complete = false;
            }
        if (complete) {
            which[n++] = (uint32_t)i;
            c->people += (double)people;
        } else {
            c->dropped += people;
        }
    }
    return n;
}

static enum dyad_status
append(struct piece *p, size_t f, const uint32_t *codes, const uint32_t *which, size_t n)
{
    uint32_t largest = 0;
    enum dyad_status st;

    for (size_t i = 0; i < n; i++)
        largest = codes[which[i]] > largest ? codes[which[i]] : largest;
    if (width_of(largest) > p->width[f] && (st = lay_out(p, f, width_of(largest), p->room, NULL)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        put(p->codes[f], p->width[f], p->n + i, codes[which[i]]);
    return DYAD_OK;
}

static enum dyad_status
add(void *a, const struct rows *rows)
{
    struct columns *c = a;
    uint32_t which[4096];
    enum dyad_status st = DYAD_OK;

    if (rows->n == 0)
        return DYAD_OK;
    if (rows->n > sizeof which / sizeof which[0])
        return DYAD_DEFECT;
    const uint64_t block = rows_place(rows, 0).block;
    const size_t n = select_rows(c, rows, which);
    struct piece *p = c->n_pieces ? c->pieces[c->n_pieces - 1] : NULL;

    if (n == 0)
        return DYAD_OK;
    if ((p == NULL || p->block != block) && (p = new_piece(c, block)) == NULL)
        return DYAD_NOMEM;
    if ((st = make_room(c, p, n, rows->weights != NULL)) != DYAD_OK)
        return st;
    for (size_t f = 0; f < c->spec.n_factors && st == DYAD_OK; f++)
        if (c->spec.kept[f])
            st = append(p, f, rows->codes[f], which, n);
    for (size_t i = 0; rows->weights && i < n; i++)
        p->weights[p->n + i] = rows->weights[which[i]];
    p->n += n;
    return st;
}

static enum dyad_status
recode_piece(const struct columns *c, struct piece *p, const uint32_t *const *recode)
{
    enum dyad_status st = DYAD_OK;

    for (size_t f = 0; f < c->spec.n_factors && st == DYAD_OK; f++) {
        uint32_t largest = 0;
        if (!c->spec.kept[f])
            continue;
        for (size_t i = 0; i < p->n; i++) {
            const uint32_t code = get(p->codes[f], p->width[f], i);
            const uint32_t to = code ? recode[f][code] : 0;
            largest = to > largest ? to : largest;
        }
        st = lay_out(p, f, width_of(largest), p->n, recode[f]);
    }
    p->room = p->n;
    return st;
}

/* The pieces change hands: those of ${from} are emptied, as nobody looks at them again. */
static enum dyad_status
merge(void *a, const void *from, const uint32_t *const *recode)
{
    struct columns *c = a;
    const struct columns *others = from;

    for (size_t i = 0; i < others->n_pieces; i++) {
        struct piece *p = new_piece(c, others->pieces[i]->block);
        enum dyad_status st;
        if (p == NULL)
            return DYAD_NOMEM;
        *p = *others->pieces[i];
        *others->pieces[i] = (struct piece){ .block = p->block };
        if ((st = recode_piece(c, p, recode)) != DYAD_OK)
            return st;
        c->n += p->n;
    }
    c->people += others->people;
    c->dropped += others->dropped;
    for (size_t f = 0; f < c->spec.n_factors; f++)
        c->dropped_for[f] += others->dropped_for[f];
    return DYAD_OK;
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

    for (size_t i = 0; i < p->n; i++)
        out[i] = get(p->codes[factor], p->width[factor], i);
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
