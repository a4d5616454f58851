#include "dyad/stats/model_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "model_store.h"

/* ---- columns in few bytes ---- */

static size_t
packed_size(enum packed_kind kind)
{
    switch (kind) {
    case PACKED_8:
        return 1;
    case PACKED_16:
        return 2;
    case PACKED_32:
        return 4;
    case PACKED_DOUBLE:
        return 8;
    case PACKED_CONSTANT:
        break;
    }
    return 0;
}

static bool
packed_room(struct packed *p, double most, size_t n)
{
    p->most = most;
    p->kind = p->kind == PACKED_DOUBLE || p->kind == PACKED_CONSTANT ? p->kind
              : most < 256                                          ? PACKED_8
              : most < 65536                                        ? PACKED_16
                                                                    : PACKED_32;
    p->at = NULL;
    return p->kind == PACKED_CONSTANT || (p->at = malloc(n * packed_size(p->kind))) != NULL;
}

bool
packed_whole(struct packed *p, const uint32_t *x, size_t n)
{
    uint32_t most = 0, least = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        most = x[i] > most ? x[i] : most;
        least = x[i] < least ? x[i] : least;
    }
    *p = (struct packed){ .kind = most == least ? PACKED_CONSTANT : PACKED_32, .whole = true };
    p->constant = most;
    if (!packed_room(p, most, n))
        return false;
    if (p->kind == PACKED_8)
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)p->at)[i] = (uint8_t)x[i];
    else if (p->kind == PACKED_16)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)p->at)[i] = (uint16_t)x[i];
    else if (p->kind == PACKED_32)
        memcpy(p->at, x, n * sizeof *x);
    return true;
}

static bool
is_whole_column(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] >= 0 && x[i] <= UINT32_MAX && x[i] == (uint32_t)x[i]))
            return false;
    return true;
}

bool
packed_doubles(struct packed *p, const double *x, size_t n)
{
    double most = x[0], least = x[0];

    for (size_t i = 1; i < n; i++) {
        most = x[i] > most ? x[i] : most;
        least = x[i] < least ? x[i] : least;
    }
    *p = (struct packed){ .whole = is_whole_column(x, n), .constant = x[0] };
    p->kind = most == least && isfinite(most) ? PACKED_CONSTANT : p->whole ? PACKED_32 : PACKED_DOUBLE;
    if (!packed_room(p, p->whole ? most : INFINITY, n))
        return false;
    if (p->kind == PACKED_8)
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)p->at)[i] = (uint8_t)x[i];
    else if (p->kind == PACKED_16)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)p->at)[i] = (uint16_t)x[i];
    else if (p->kind == PACKED_32)
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)p->at)[i] = (uint32_t)x[i];
    else if (p->kind == PACKED_DOUBLE)
        memcpy(p->at, x, n * sizeof *x);
    return true;
}

void
packed_release(struct packed *p)
{
    free(p->at);
    p->at = NULL;
}

#define UNPACK(TYPE)                                                                              \
    switch (p->kind) {                                                                            \
    case PACKED_CONSTANT:                                                                         \
        for (size_t i = 0; i < n; i++)                                                            \
            out[i] = (TYPE)p->constant;                                                           \
        break;                                                                                    \
    case PACKED_8:                                                                                \
        for (size_t i = 0; i < n; i++)                                                            \
            out[i] = ((const uint8_t *)p->at)[begin + i];                                         \
        break;                                                                                    \
    case PACKED_16:                                                                               \
        for (size_t i = 0; i < n; i++)                                                            \
            out[i] = ((const uint16_t *)p->at)[begin + i];                                        \
        break;                                                                                    \
    case PACKED_32:                                                                               \
        for (size_t i = 0; i < n; i++)                                                            \
            out[i] = ((const uint32_t *)p->at)[begin + i];                                        \
        break;                                                                                    \
    case PACKED_DOUBLE:                                                                           \
        for (size_t i = 0; i < n; i++)                                                            \
            out[i] = (TYPE)((const double *)p->at)[begin + i];                                    \
        break;                                                                                    \
    }

void
unpack_doubles(const struct packed *p, size_t begin, size_t n, double *out)
{
    UNPACK(double)
}

void
unpack_whole(const struct packed *p, size_t begin, size_t n, uint32_t *out)
{
    UNPACK(uint32_t)
}

/* ---- rows ---- */

struct model_rows *
model_rows_new(const struct model_rows_spec *spec)
{
    struct model_rows *rows = calloc(1, sizeof *rows);

    if (!rows)
        return NULL;
    rows->spec = *spec;
    rows->n_columns = COLUMN_SOURCES + spec->n_sources;
    return rows;
}

static void
piece_free(struct model_piece *piece, size_t n_columns)
{
    if (piece)
        for (size_t c = 0; c < n_columns; c++)
            packed_release(&piece->columns[c]);
    free(piece);
}

void
model_rows_free(struct model_rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->n_pieces; i++)
        piece_free(rows->pieces[i], rows->n_columns);
    free(rows->pieces);
    for (size_t i = 0; i < rows->n_chunks && rows->chunks; i++) {
        for (size_t c = 0; c < rows->n_columns && rows->chunks[i].columns; c++)
            packed_release(&rows->chunks[i].columns[c]);
        free(rows->chunks[i].columns);
        free(rows->chunks[i].runs);
    }
    free(rows->chunks);
    free(rows);
}

static bool
pack_codes(struct packed *p, const uint16_t *codes, size_t n)
{
    uint16_t most = 0;

    for (size_t i = 0; i < n; i++)
        most = codes[i] > most ? codes[i] : most;
    *p = (struct packed){ .kind = PACKED_32, .whole = true };
    if (!packed_room(p, most, n))
        return false;
    if (p->kind == PACKED_16)
        memcpy(p->at, codes, n * sizeof *codes);
    else
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)p->at)[i] = (uint8_t)codes[i];
    return true;
}

static const struct packed ONE = { .kind = PACKED_CONSTANT, .whole = true, .constant = 1, .most = 1 };
static const struct packed ZERO = { .kind = PACKED_CONSTANT, .whole = true };

static bool
piece_fill(struct model_piece *piece, const struct model_rows_spec *spec,
           const struct model_block *block)
{
    struct packed *c = piece->columns;
    const size_t n = block->n;

    c[COLUMN_TIMES] = c[COLUMN_WEIGHT] = ONE;
    if (!packed_whole(&c[COLUMN_CELL], block->cells, n) ||
        !packed_doubles(&c[COLUMN_RESPONSE], block->responses, n) ||
        (spec->weighted && !packed_doubles(&c[COLUMN_WEIGHT], block->weights, n)) ||
        (spec->offset && !packed_doubles(&c[COLUMN_OFFSET], block->offsets, n)) ||
        (spec->clustered && !packed_whole(&c[COLUMN_CLUSTER], block->clusters, n)))
        return false;
    for (size_t s = 0; s < spec->n_sources; s++)
        if (spec->wide[s] ? !packed_doubles(&c[COLUMN_SOURCES + s], block->numbers[s], n)
                          : !pack_codes(&c[COLUMN_SOURCES + s], block->codes[s], n))
            return false;
    return true;
}

static struct model_piece *
piece_new(const struct model_rows *rows, const struct model_block *block)
{
    struct model_piece *piece =
        malloc(sizeof *piece + rows->n_columns * sizeof piece->columns[0]);

    if (!piece)
        return NULL;
    piece->number = block->number;
    piece->n = block->n;
    piece->first = 0;
    atomic_init(&piece->left, block->n);
    for (size_t c = 0; c < rows->n_columns; c++)
        piece->columns[c] = ZERO;
    if (piece_fill(piece, &rows->spec, block))
        return piece;
    piece_free(piece, rows->n_columns);
    return NULL;
}

static bool
make_room(struct model_rows *rows, size_t more)
{
    size_t room = rows->room ? rows->room : 16;
    struct model_piece **pieces;

    while (room < rows->n_pieces + more)
        room *= 2;
    if (room == rows->room)
        return true;
    if (!(pieces = realloc(rows->pieces, room * sizeof *pieces)))
        return false;
    rows->pieces = pieces;
    rows->room = room;
    return true;
}

void
model_rows_add(struct model_rows *rows, const struct model_block *block)
{
    struct model_piece *piece;

    if (block->n == 0 || rows->failed)
        return;
    if (!make_room(rows, 1) || !(piece = piece_new(rows, block))) {
        rows->failed = true;
        return;
    }
    rows->pieces[rows->n_pieces++] = piece;
}

static bool
recode(struct packed *p, const uint32_t *map, const uint16_t *narrow, size_t n)
{
    struct packed out;
    uint32_t *x = malloc(n * sizeof *x);
    bool ok;

    if (!x)
        return false;
    unpack_whole(p, 0, n, x);
    for (size_t i = 0; i < n; i++)
        x[i] = map ? map[x[i]] : narrow[x[i]];
    ok = packed_whole(&out, x, n);
    free(x);
    if (ok) {
        packed_release(p);
        *p = out;
    }
    return ok;
}

void
model_rows_recode(struct model_rows *rows, const struct model_recode *by)
{
    for (size_t i = 0; i < rows->n_pieces && !rows->failed; i++) {
        struct packed *c = rows->pieces[i]->columns;
        const size_t n = rows->pieces[i]->n;

        rows->failed = (by->cells && !recode(&c[COLUMN_CELL], by->cells, NULL, n)) ||
                       (by->clusters && rows->spec.clustered &&
                        !recode(&c[COLUMN_CLUSTER], by->clusters, NULL, n));
        for (size_t s = 0; s < rows->spec.n_sources && !rows->failed; s++)
            rows->failed = by->codes[s] && !rows->spec.wide[s] &&
                           !recode(&c[COLUMN_SOURCES + s], NULL, by->codes[s], n);
    }
}

void
model_rows_merge(struct model_rows *into, struct model_rows *from)
{
    into->failed = into->failed || from->failed || !make_room(into, from->n_pieces);
    if (into->failed)
        return;
    if (from->n_pieces)
        memcpy(into->pieces + into->n_pieces, from->pieces, from->n_pieces * sizeof *from->pieces);
    into->n_pieces += from->n_pieces;
    from->n_pieces = 0;
}

/* ---- finishing ---- */

static int
by_number(const void *a, const void *b)
{
    const uint64_t x = (*(struct model_piece *const *)a)->number,
                   y = (*(struct model_piece *const *)b)->number;

    return (x > y) - (x < y);
}

/* What is known of a column of doubles; NaN in it makes both limits NaN. */
struct limits {
    double least, most;
};

static struct limits
limits_of(const struct packed *p, size_t n)
{
    struct limits l = { INFINITY, -INFINITY };
    const double *x = p->at;

    if (p->kind == PACKED_CONSTANT)
        return (struct limits){ p->constant, p->constant };
    if (p->kind != PACKED_DOUBLE)
        return (struct limits){ 0, p->most };
    for (size_t i = 0; i < n; i++) {
        l.least = x[i] >= l.least ? l.least : x[i];
        l.most = x[i] <= l.most ? l.most : x[i];
        if (isnan(x[i]))
            return (struct limits){ NAN, NAN };
    }
    return l;
}

static bool
is_finite(const struct packed *p, size_t n)
{
    const struct limits l = limits_of(p, n);

    return isfinite(l.least) && isfinite(l.most);
}

static bool
is_positive(const struct packed *p, size_t n)
{
    if (p->kind == PACKED_CONSTANT)
        return isfinite(p->constant) && p->constant > 0;
    for (size_t i = 0; i < n; i++) {
        double x;

        unpack_doubles(p, i, 1, &x);
        if (!(x > 0) || !isfinite(x))
            return false;
    }
    return true;
}

/* Sums of weights and of weighted responses, and limits of these. */
static void
add_piece(struct model_rows *rows, const struct model_piece *piece, struct sum *weight,
          struct sum *response)
{
    const struct packed *w = &piece->columns[COLUMN_WEIGHT], *y = &piece->columns[COLUMN_RESPONSE];
    const struct limits l = limits_of(y, piece->n);
    enum { SOME = 256 };
    double a[SOME], b[SOME];

    rows->least_response = fmin(rows->least_response, l.least);
    rows->most_response = fmax(rows->most_response, l.most);
    for (size_t i = 0; i < piece->n; i += SOME) {
        const size_t n = piece->n - i < SOME ? piece->n - i : SOME;
        double weights = 0, responses = 0;

        unpack_doubles(w, i, n, a);
        unpack_doubles(y, i, n, b);
        for (size_t k = 0; k < n; k++) {
            weights += a[k];
            responses += a[k] * b[k];
        }
        sum_add(weight, weights);
        sum_add(response, responses);
    }
}

static void
note_column(struct packed *all, const struct packed *p)
{
    all->whole = all->whole && p->whole;
    all->most = p->most > all->most ? p->most : all->most;
}

/* What is true of all pieces; false if something is outside the domain. */
static bool
survey(struct model_rows *rows, struct packed *all)
{
    struct sum weight = { 0, 0 }, response = { 0, 0 };

    for (size_t c = 0; c < rows->n_columns; c++)
        all[c] = ZERO;
    rows->least_response = INFINITY;
    rows->most_response = -INFINITY;
    for (size_t i = 0; i < rows->n_pieces; i++) {
        struct model_piece *piece = rows->pieces[i];

        piece->first = rows->n;
        rows->n += piece->n;
        for (size_t c = 0; c < rows->n_columns; c++)
            note_column(&all[c], &piece->columns[c]);
        if (!is_finite(&piece->columns[COLUMN_RESPONSE], piece->n) ||
            !is_finite(&piece->columns[COLUMN_OFFSET], piece->n) ||
            !is_positive(&piece->columns[COLUMN_WEIGHT], piece->n))
            return false;
        add_piece(rows, piece, &weight, &response);
    }
    rows->weight = sum_value(&weight);
    rows->response = sum_value(&response);
    return rows->n > 0;
}

enum dyad_status
model_rows_finish(struct model_rows *rows, size_t n_cells, size_t threads)
{
    struct packed all[COLUMNS_MAX];

    if (rows->failed)
        return DYAD_NOMEM;
    if (rows->n_pieces > 1)
        qsort(rows->pieces, rows->n_pieces, sizeof *rows->pieces, by_number);
    if (!survey(rows, all) || !(all[COLUMN_CELL].most < (double)n_cells))
        return DYAD_DOMAIN;
    rows->n_cells = n_cells;
    rows->n_clusters = (size_t)all[COLUMN_CLUSTER].most + 1;
    rows->binary = all[COLUMN_RESPONSE].whole && all[COLUMN_RESPONSE].most <= 1;
    for (size_t s = 0; s < rows->spec.n_sources; s++)
        rows->codes[s] = rows->spec.wide[s] ? 0 : (size_t)all[COLUMN_SOURCES + s].most + 1;
    return model_rows_cut(rows, threads, all) ? DYAD_OK : DYAD_NOMEM;
}

uint64_t
model_rows_count(const struct model_rows *rows)
{
    return rows->n;
}

uint64_t
model_rows_kept(const struct model_rows *rows)
{
    return rows->kept;
}

double
model_rows_weight(const struct model_rows *rows)
{
    return rows->weight;
}

size_t
model_rows_cells(const struct model_rows *rows)
{
    return rows->n_cells;
}

size_t
model_rows_clusters(const struct model_rows *rows)
{
    return rows->n_clusters;
}
