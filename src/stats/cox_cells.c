/* One pass over the rows of a design for all sums of an evaluation. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "cox_model.h"
#include "dyad/core/workers.h"
#include "model_design.h"
#include "row_vector.h"

/*
 * Inside a cell a row's columns are constants times its features z, so that sums of e^eta z z' by
 * cell and bin know both what a moment needs of those at risk and, once hazards are known, X'WX.
 * A share is rows of one cell that one thread sums; what it is depends on the rows alone.
 */
struct cell_share {
    uint32_t cell;
    size_t begin, end; /* of runs */
};

struct cell_run {
    uint32_t chunk, run;
};

struct cox_cells {
    size_t n_shares, size; /* numbers of a bin: the upper triangle of z z' */
    struct cell_share *shares;
    struct cell_run *runs;      /* by cell, in the order of chunks */
    uint32_t *places, *seconds; /* of a kind: its bins, or one that is not looked at */
    double *sums;               /* shares x bins x size */
    double *beta;               /* that they were made with */
    bool made;
};

void
cox_cells_free(struct cox_cells *c)
{
    if (c == NULL)
        return;
    free(c->shares);
    free(c->runs);
    free(c->places);
    free(c->seconds);
    free(c->sums);
    free(c->beta);
    free(c);
}

/* ---- what rows there are ---- */

enum { LINE = 64, SHARES_MOST = 16, SUMS_MOST = 1 << 22, TABLE_MOST = 1 << 18 };

/* Does it pay?  Tables must be smaller than what is summed into them. */
static bool
pays(const struct cox_model *m)
{
    const struct model_design *d = m->data.design;
    const double f = (double)d->n_features, bins = (double)m->bins;
    const double sums = (double)(d->rows->n_cells + SHARES_MOST) * bins * f * (f + 1) / 2;

    return sums <= SUMS_MOST && sums <= (double)d->rows->kept &&
           bins * (double)row_products(d->n_features) <= TABLE_MOST;
}

/* Runs cell by cell; begin: n_cells + 1. */
static void
sort_runs(const struct model_rows *rows, size_t *begin, struct cell_run *out)
{
    for (uint32_t j = 0; j < rows->n_chunks; j++)
        for (uint32_t i = 0; i < rows->chunks[j].n_runs; i++)
            begin[rows->chunks[j].runs[i].cell + 1]++;
    for (size_t cell = 0; cell < rows->n_cells; cell++)
        begin[cell + 1] += begin[cell];
    for (uint32_t j = 0; j < rows->n_chunks; j++)
        for (uint32_t i = 0; i < rows->chunks[j].n_runs; i++)
            out[begin[rows->chunks[j].runs[i].cell]++] = (struct cell_run){ j, i };
    memmove(begin + 1, begin, rows->n_cells * sizeof *begin);
    begin[0] = 0;
}

static const struct model_run *
run_of(const struct model_rows *rows, const struct cell_run *r)
{
    return &rows->chunks[r->chunk].runs[r->run];
}

static void
cut_shares(const struct model_rows *rows, const size_t *begin, struct cox_cells *c)
{
    const uint64_t most = rows->kept / SHARES_MOST + 1;

    for (uint32_t cell = 0; cell < rows->n_cells; cell++) {
        uint64_t n = most;

        for (size_t i = begin[cell]; i < begin[cell + 1]; i++) {
            if (n >= most) {
                c->shares[c->n_shares++] = (struct cell_share){ cell, i, i };
                n = 0;
            }
            n += run_of(rows, &c->runs[i])->n;
            c->shares[c->n_shares - 1].end = i + 1;
        }
    }
}

static void
note_places(const struct cox_model *m, struct cox_cells *c)
{
    for (size_t i = 0; i < m->data.n; i++) {
        c->places[i] = m->bin[i] == COX_NONE ? (uint32_t)m->bins : m->bin[i];
        if (m->second)
            c->seconds[i] = m->second[i] == COX_NONE ? (uint32_t)m->bins : m->second[i];
    }
}

static bool
reserve(const struct cox_model *m, struct cox_cells *c)
{
    const struct model_rows *rows = m->data.design->rows;
    const size_t f = m->data.design->n_features;
    size_t *begin = calloc(rows->n_cells + 2, sizeof *begin), n_runs = 0;

    for (size_t j = 0; j < rows->n_chunks; j++)
        n_runs += rows->chunks[j].n_runs;
    c->size = f * (f + 1) / 2;
    c->shares = malloc((rows->n_cells + SHARES_MOST + 1) * sizeof *c->shares);
    c->runs = malloc(n_runs * sizeof *c->runs);
    c->places = malloc(m->data.n * sizeof *c->places);
    c->seconds = m->second ? malloc(m->data.n * sizeof *c->seconds) : NULL;
    c->beta = malloc(m->p * sizeof *c->beta);
    if (begin && c->shares && c->runs && c->places && c->beta && (c->seconds || !m->second)) {
        sort_runs(rows, begin, c->runs);
        cut_shares(rows, begin, c);
        note_places(m, c);
        c->sums = malloc(c->n_shares * m->bins * c->size * sizeof *c->sums);
    }
    free(begin);
    return c->sums != NULL;
}

enum dyad_status
cox_cells_new(struct cox_model *m)
{
    struct cox_cells *c;

    if (!pays(m))
        return DYAD_OK;
    if ((c = calloc(1, sizeof *c)) == NULL || !reserve(m, c)) {
        cox_cells_free(c);
        return DYAD_NOMEM;
    }
    m->cells = c;
    return DYAD_OK;
}

/* ---- the pass ---- */

struct pass {
    const struct cox_model *m;
    const double *cells; /* coefficients */
    atomic_size_t next, done;
};

struct worker {
    struct model_reader reader;
    double *table; /* bins + 1 rows of products */
};

/* In bytes, whole lines of the cache. */
static size_t
table_size(const struct cox_model *m)
{
    const size_t numbers = (m->bins + 1) * row_products(m->data.design->n_features);

    return (numbers * sizeof(double) + LINE - 1) / LINE * LINE;
}

static void
find_kinds(const struct model_chunk *chunk, const struct model_run *run, uint32_t begin, size_t n,
           uint32_t *kinds)
{
    if (run->response != run->response) /* NaN: each has its own */
        unpack_whole(&chunk->columns[COLUMN_RESPONSE], run->begin + begin, n, kinds);
    else
        for (size_t i = 0; i < n; i++)
            kinds[i] = (uint32_t)run->response;
}

static void
sum_batch(const struct pass *pass, struct worker *w, const struct model_batch *b,
          const uint32_t *kinds)
{
    const struct row_vector *v = row_vector();
    const struct cox_cells *c = pass->m->cells;
    const size_t padded = (b->n + ROW_LANES - 1) / ROW_LANES * ROW_LANES;
    const size_t f = pass->m->data.design->n_features;
    double risk[MODEL_BATCH];
    uint32_t where[MODEL_BATCH];

    v->exp(padded, b->eta, risk);
    if (!b->plain)
        v->scale(padded, risk, b->prior);
    for (size_t i = 0; i < b->n; i++)
        where[i] = c->places[kinds[i]];
    v->tally(b->n, where, risk, b->features, f, w->table);
    if (c->seconds == NULL)
        return;
    for (size_t i = 0; i < b->n; i++)
        where[i] = c->seconds[kinds[i]];
    v->tally(b->n, where, risk, b->features, f, w->table);
}

static void
sum_share(const struct pass *pass, struct worker *w, size_t share)
{
    const struct cox_cells *c = pass->m->cells;
    const struct model_rows *rows = pass->m->data.design->rows;
    const size_t bins = pass->m->bins, f = pass->m->data.design->n_features;
    const size_t products = row_products(f);
    double *out = c->sums + share * bins * c->size;

    memset(w->table, 0, table_size(pass->m));
    for (size_t i = c->shares[share].begin; i < c->shares[share].end; i++) {
        const struct model_chunk *chunk = &rows->chunks[c->runs[i].chunk];
        const struct model_run *run = run_of(rows, &c->runs[i]);

        for (uint32_t begin = 0; begin < run->n; begin += MODEL_BATCH) {
            struct model_batch batch;
            uint32_t kinds[MODEL_BATCH];

            model_reader_batch(&w->reader, chunk, run, begin, &batch);
            find_kinds(chunk, run, begin, batch.n, kinds);
            sum_batch(pass, w, &batch, kinds);
        }
    }
    for (size_t bin = 0; bin < bins; bin++)
        for (size_t k = 0; k < f; k++)
            for (size_t l = k; l < f; l++)
                *out++ = w->table[bin * products + row_product(f, k, l)];
}

static void
sum_shares(void *shared)
{
    struct pass *pass = *(struct pass **)shared;
    const struct cox_model *m = pass->m;
    struct worker w;
    bool ok = model_reader_init(&w.reader, m->data.design, pass->cells);
    size_t share;

    w.reader.no_response = true;
    w.table = aligned_alloc(LINE, table_size(m));
    ok = ok && w.table;
    while (ok && (share = atomic_fetch_add(&pass->next, 1)) < m->cells->n_shares) {
        sum_share(pass, &w, share);
        atomic_fetch_add(&pass->done, 1);
    }
    model_reader_release(&w.reader);
    free(w.table);
}

static enum dyad_status
make_sums(struct cox_model *m, const double *beta)
{
    enum { THREADS_MOST = 256 };
    struct cox_cells *c = m->cells;
    struct pass pass = { .m = m, .cells = model_cell_coefficients(m->data.design, beta) };
    struct pass *each[THREADS_MOST];
    size_t threads = m->data.threads > 0 ? m->data.threads : 1;

    c->made = false;
    if (pass.cells == NULL)
        return DYAD_NOMEM;
    threads = threads > THREADS_MOST ? THREADS_MOST : threads;
    threads = threads > c->n_shares ? c->n_shares : threads;
    for (size_t i = 0; i < threads; i++)
        each[i] = &pass;
    workers_run(threads, sum_shares, each, sizeof *each);
    free((double *)(uintptr_t)pass.cells);
    memcpy(c->beta, beta, m->p * sizeof *c->beta);
    c->made = pass.done == c->n_shares;
    return c->made ? DYAD_OK : DYAD_NOMEM;
}

/* ---- from cells to columns ---- */

enum dyad_status
cox_cells_bins(struct cox_model *m, const double *beta, double *out)
{
    const struct model_design *d = m->data.design;
    const struct cox_cells *c = m->cells;
    const size_t width = m->p + 1;
    enum dyad_status st = make_sums(m, beta);

    memset(out, 0, m->bins * width * sizeof *out);
    for (size_t share = 0; st == DYAD_OK && share < c->n_shares; share++) {
        const size_t cell = c->shares[share].cell;
        const double *from = c->sums + share * m->bins * c->size;

        for (size_t bin = 0; bin < m->bins; bin++, from += c->size) {
            double *to = out + bin * width;

            to[0] += from[0]; /* the first f products are those with 1 */
            for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++)
                to[1 + d->entries[e].column] +=
                    d->entries[e].loading * from[d->feature[d->entries[e].column]];
        }
    }
    return st;
}

/* A cell's products with hazards. */
static void
weigh_bins(const struct cox_model *m, size_t share, struct sum *products)
{
    const size_t size = m->cells->size;
    const double *from = m->cells->sums + share * m->bins * size;

    for (size_t bin = 0; bin < m->bins; bin++, from += size)
        for (size_t k = 0; from[0] > 0 && k < size; k++)
            sum_add(&products[k], m->multiplier[bin] * from[k]);
}

static void
add_sum(struct sum *to, double by, const struct sum *from)
{
    sum_add(to, by * from->total);
    sum_add(to, by * from->error);
}

/* X'WX into the upper triangle, and X'w. */
static void
add_cell(const struct cox_model *m, size_t cell, const struct sum *products, struct sum *cross,
         struct sum *gradient)
{
    const struct model_design *d = m->data.design;
    const size_t f = d->n_features;

    for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++) {
        const size_t i = d->entries[e].column, k = d->feature[i];

        add_sum(&gradient[i], -d->entries[e].loading, &products[k]);
        sum_add(&gradient[i], d->entries[e].loading * m->cell_deaths[cell * f + k]);
        for (size_t g = e; g < d->begin[cell + 1]; g++) {
            const size_t j = d->entries[g].column, l = d->feature[j];
            const size_t a = k < l ? k : l, b = k < l ? l : k;

            add_sum(&cross[i * m->p + j], d->entries[e].loading * d->entries[g].loading,
                    &products[a * f - a * (a + 1) / 2 + b]);
        }
    }
}

bool
cox_cells_hold(const struct cox_model *m, const double *beta)
{
    return m->cells && m->cells->made && !m->shifted &&
           memcmp(m->cells->beta, beta, m->p * sizeof *beta) == 0;
}

enum dyad_status
cox_cells_cross(const struct cox_model *m, const double *beta, double *out)
{
    const struct model_design *d = m->data.design;
    const struct cox_cells *c = m->cells;
    const size_t p = m->p, f = d->n_features;
    struct sum *sums = calloc(p * p + p + c->size, sizeof *sums);
    struct sum *gradient = sums + p * p, *products = gradient + p, total = { 0, 0 };
    double *cells = model_cell_coefficients(d, beta);

    if (sums == NULL || cells == NULL) {
        free(sums);
        free(cells);
        return DYAD_NOMEM;
    }
    for (size_t share = 0; share < c->n_shares; share++) {
        const size_t cell = c->shares[share].cell;

        weigh_bins(m, share, products);
        if (share + 1 < c->n_shares && c->shares[share + 1].cell == cell)
            continue;
        add_cell(m, cell, products, sums, gradient);
        memset(products, 0, c->size * sizeof *products);
        for (size_t k = 0; k < f; k++)
            sum_add(&total, cells[cell * f + k] * m->cell_deaths[cell * f + k]);
    }
    sum_add(&total, m->offset_deaths);
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++)
            out[i * p + j] = sum_value(&sums[i < j ? i * p + j : j * p + i]);
        out[p * p + i] = sum_value(&gradient[i]);
    }
    out[p * p + p] = sum_value(&total);
    free(sums);
    free(cells);
    return DYAD_OK;
}
