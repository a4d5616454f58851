/* From the blocks in which rows arrived to sorted chunks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/core/workers.h"

#include "model_store.h"

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, ALIKE_MAX = MODEL_CHUNK_ROWS / 2 };

struct cutting {
    struct model_rows *rows;
    const struct packed *all;
    size_t alike; /* combinations that rows can have if that is few; else 0 */
    atomic_size_t next;
    atomic_bool failed;
};

/* One thread's: the columns of a chunk, as whole numbers or as doubles. */
struct cutter {
    uint32_t *whole[COLUMNS_MAX];
    double *real[COLUMNS_MAX], *sorted;
    uint32_t *key, *order, *other, *gathered;
};

static bool
cutter_init(struct cutter *c, const struct cutting *all)
{
    bool ok = true;

    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < all->rows->n_columns; i++)
        if (all->all[i].whole)
            ok = (c->whole[i] = malloc(MODEL_CHUNK_ROWS * sizeof *c->whole[i])) && ok;
        else
            ok = (c->real[i] = malloc(MODEL_CHUNK_ROWS * sizeof *c->real[i])) && ok;
    ok = (c->sorted = malloc(MODEL_CHUNK_ROWS * sizeof *c->sorted)) && ok;
    ok = (c->key = malloc(MODEL_CHUNK_ROWS * sizeof *c->key)) && ok;
    ok = (c->order = malloc(MODEL_CHUNK_ROWS * sizeof *c->order)) && ok;
    ok = (c->other = malloc(MODEL_CHUNK_ROWS * sizeof *c->other)) && ok;
    return (c->gathered = malloc(MODEL_CHUNK_ROWS * sizeof *c->gathered)) && ok;
}

static void
cutter_release(struct cutter *c)
{
    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        free(c->whole[i]);
        free(c->real[i]);
    }
    free(c->sorted);
    free(c->key);
    free(c->order);
    free(c->other);
    free(c->gathered);
}

/* The piece that holds row ${row}. */
static size_t
piece_of(const struct model_rows *rows, uint64_t row)
{
    size_t low = 0, high = rows->n_pieces;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (rows->pieces[middle]->first <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The last rows of a piece that are taken take its storage with them. */
static void
take(const struct cutting *cut, struct cutter *c, struct model_piece *piece, size_t begin, size_t n,
     size_t at)
{
    for (size_t i = 0; i < cut->rows->n_columns; i++)
        if (c->whole[i])
            unpack_whole(&piece->columns[i], begin, n, c->whole[i] + at);
        else
            unpack_doubles(&piece->columns[i], begin, n, c->real[i] + at);
    if (atomic_fetch_sub(&piece->left, n) == n)
        for (size_t i = 0; i < cut->rows->n_columns; i++)
            packed_release(&piece->columns[i]);
}

static void
collect(const struct cutting *cut, struct cutter *c, uint64_t first, size_t n)
{
    size_t p = piece_of(cut->rows, first), done = 0;

    for (; done < n; p++) {
        struct model_piece *piece = cut->rows->pieces[p];
        const size_t begin = (size_t)(first + done - piece->first);
        const size_t rest = piece->n - begin, some = rest < n - done ? rest : n - done;

        take(cut, c, piece, begin, some, done);
        done += some;
    }
    for (size_t i = 0; i < n; i++)
        c->whole[COLUMN_ROW][i] = cut->rows->spec.ordered ? (uint32_t)i : 0;
}

/* ---- sorting ---- */

static void
radix_pass(const uint32_t *key, const uint32_t *from, uint32_t *to, size_t n, unsigned shift)
{
    uint32_t begin[RADIX] = { 0 }, total = 0;

    for (size_t i = 0; i < n; i++)
        begin[(key[i] >> shift) % RADIX]++;
    for (size_t b = 0; b < RADIX; b++) {
        const uint32_t count = begin[b];

        begin[b] = total;
        total += count;
    }
    for (size_t i = 0; i < n; i++)
        to[begin[(key[from[i]] >> shift) % RADIX]++] = from[i];
}

/* order, by key; rows of the same key stay as they were. */
static void
sort_rows(struct cutter *c, size_t n, uint64_t most)
{
    for (size_t i = 0; i < n; i++)
        c->order[i] = (uint32_t)i;
    for (unsigned shift = 0; most >> shift; shift += RADIX_BITS) {
        uint32_t *turn = c->order;

        radix_pass(c->key, c->order, c->other, n, shift);
        c->order = c->other;
        c->other = turn;
    }
}

/* By cell, and by a response that is 0 or 1: its bit comes with a sort of its own, as the cell may
 * need all 32. */
static void
order_rows(const struct cutting *cut, struct cutter *c, size_t n)
{
    const size_t cells = cut->rows->n_cells;

    if (cut->rows->binary && cells <= UINT32_MAX / 2) {
        for (size_t i = 0; i < n; i++)
            c->key[i] = c->whole[COLUMN_CELL][i] * 2 + c->whole[COLUMN_RESPONSE][i];
        sort_rows(c, n, cells * 2 - 1);
        return;
    }
    memcpy(c->key, c->whole[COLUMN_CELL], n * sizeof *c->key);
    sort_rows(c, n, cells - 1);
}

/* Rows that are alike as one, with their count: how many are left. */
static bool
join_alike(const struct cutting *cut, struct cutter *c, size_t *n)
{
    const struct model_rows *rows = cut->rows;
    uint32_t *count = calloc(cut->alike, sizeof *count);
    size_t kept = 0;

    if (!count)
        return false;
    memset(c->key, 0, *n * sizeof *c->key);
    for (size_t i = 0; i < rows->n_columns; i++) {
        const uint32_t base = (uint32_t)cut->all[i].most + 1;

        if (i != COLUMN_TIMES && base > 1)
            for (size_t k = 0; k < *n; k++)
                c->key[k] = c->key[k] * base + c->whole[i][k];
    }
    for (size_t k = 0; k < *n; k++)
        count[c->key[k]]++;
    for (uint32_t key = 0; key < cut->alike; key++)
        if (count[key]) {
            c->key[kept] = key;
            c->whole[COLUMN_TIMES][kept] = count[key];
            c->order[kept] = (uint32_t)kept;
            kept++;
        }
    for (size_t i = rows->n_columns; i-- > 0;) {
        const uint32_t base = (uint32_t)cut->all[i].most + 1;

        for (size_t k = 0; k < kept && i != COLUMN_TIMES; k++) {
            c->whole[i][k] = c->key[k] % base;
            c->key[k] /= base;
        }
    }
    free(count);
    *n = kept;
    return true;
}

/* ---- chunks ---- */

static bool
starts_run(const struct cutting *cut, const struct cutter *c, size_t i)
{
    const uint32_t here = c->order[i], before = i ? c->order[i - 1] : 0;

    return i == 0 || c->whole[COLUMN_CELL][here] != c->whole[COLUMN_CELL][before] ||
           (cut->rows->binary && c->whole[COLUMN_RESPONSE][here] != c->whole[COLUMN_RESPONSE][before]);
}

static bool
fill_runs(const struct cutting *cut, const struct cutter *c, struct model_chunk *chunk)
{
    for (size_t i = 0; i < chunk->n; i++)
        chunk->n_runs += starts_run(cut, c, i);
    if (!(chunk->runs = malloc(chunk->n_runs * sizeof *chunk->runs)))
        return false;
    struct model_run *run = chunk->runs - 1;

    for (uint32_t i = 0; i < chunk->n; i++) {
        if (starts_run(cut, c, i))
            *++run = (struct model_run){
                c->whole[COLUMN_CELL][c->order[i]], i, 0,
                cut->rows->binary ? (double)c->whole[COLUMN_RESPONSE][c->order[i]] : (double)NAN
            };
        run->n++;
    }
    return true;
}

/* The cell is the run's, and so may be the response. */
static bool
fill_columns(const struct cutting *cut, struct cutter *c, struct model_chunk *chunk)
{
    const size_t n = chunk->n, n_columns = cut->rows->n_columns;

    if (!(chunk->columns = calloc(n_columns, sizeof *chunk->columns)))
        return false;
    for (size_t i = 0; i < n_columns; i++) {
        if (i == COLUMN_CELL || (i == COLUMN_RESPONSE && cut->rows->binary))
            continue;
        for (size_t k = 0; k < n && c->whole[i]; k++)
            c->gathered[k] = c->whole[i][c->order[k]];
        for (size_t k = 0; k < n && c->real[i]; k++)
            c->sorted[k] = c->real[i][c->order[k]];
        if (c->whole[i] ? !packed_whole(&chunk->columns[i], c->gathered, n)
                        : !packed_doubles(&chunk->columns[i], c->sorted, n))
            return false;
    }
    return true;
}

static bool
cut_chunk(const struct cutting *cut, struct cutter *c, size_t j)
{
    struct model_chunk *chunk = &cut->rows->chunks[j];
    const uint64_t first = (uint64_t)j * MODEL_CHUNK_ROWS, rest = cut->rows->n - first;
    size_t n = rest < MODEL_CHUNK_ROWS ? (size_t)rest : MODEL_CHUNK_ROWS;

    collect(cut, c, first, n);
    if (!cut->alike)
        order_rows(cut, c, n);
    else if (!join_alike(cut, c, &n))
        return false;
    chunk->first = first;
    chunk->n = (uint32_t)n;
    return fill_runs(cut, c, chunk) && fill_columns(cut, c, chunk);
}

static void
cut_chunks(void *one)
{
    struct cutting *cut = *(struct cutting **)one;
    struct cutter c;

    if (!cutter_init(&c, cut))
        atomic_store(&cut->failed, true);
    for (size_t j; !atomic_load(&cut->failed) && (j = atomic_fetch_add(&cut->next, 1)) < cut->rows->n_chunks;)
        if (!cut_chunk(cut, &c, j))
            atomic_store(&cut->failed, true);
    cutter_release(&c);
}

/* How many different rows there can be; 0: too many for it to pay. */
static size_t
count_alike(const struct model_rows *rows, const struct packed *all)
{
    double product = 1;

    if (rows->spec.ordered)
        return 0;
    for (size_t c = 0; c < rows->n_columns; c++) {
        if (!all[c].whole)
            return 0;
        product *= c == COLUMN_TIMES ? 1 : all[c].most + 1;
    }
    return product <= ALIKE_MAX ? (size_t)product : 0;
}

bool
model_rows_cut(struct model_rows *rows, size_t threads, const struct packed *all)
{
    struct cutting cut = { .rows = rows, .all = all, .alike = count_alike(rows, all) };
    struct cutting **each;

    rows->n_chunks = (size_t)((rows->n + MODEL_CHUNK_ROWS - 1) / MODEL_CHUNK_ROWS);
    threads = threads == 0 ? 1 : threads < rows->n_chunks ? threads : rows->n_chunks;
    each = malloc(threads * sizeof *each);
    rows->chunks = calloc(rows->n_chunks, sizeof *rows->chunks);
    if (!each || !rows->chunks) {
        free(each);
        return false;
    }
    for (size_t i = 0; i < threads; i++)
        each[i] = &cut;
    workers_run(threads, cut_chunks, each, sizeof *each);
    free(each);
    for (size_t i = 0; i < rows->n_pieces; i++) {
        for (size_t c = 0; c < rows->n_columns; c++)
            packed_release(&rows->pieces[i]->columns[c]);
        free(rows->pieces[i]);
    }
    rows->n_pieces = 0;
    for (size_t j = 0; j < rows->n_chunks; j++)
        rows->kept += rows->chunks[j].n;
    return !atomic_load(&cut.failed);
}
