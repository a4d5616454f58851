/* Sums over the rows of a model, and visits of them. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/core/workers.h"

#include "cells.h"
#include "model_design.h"
#include "row_vector.h"

/* ---- one after another ---- */

enum dyad_status
model_rows_visit(const struct model_design *d, const double *beta,
                 void (*visit)(const struct model_batch *batch, void *context), void *context)
{
    double *cells = model_cell_coefficients(d, beta);
    struct model_reader r;
    const bool ok = model_reader_init(&r, d, cells) && cells;

    for (size_t j = 0; ok && j < d->rows->n_chunks; j++) {
        const struct model_chunk *chunk = &d->rows->chunks[j];

        for (uint32_t i = 0; i < chunk->n_runs; i++)
            for (uint32_t begin = 0; begin < chunk->runs[i].n; begin += MODEL_BATCH) {
                struct model_batch batch;

                model_reader_batch(&r, chunk, &chunk->runs[i], begin, &batch);
                visit(&batch, context);
            }
    }
    model_reader_release(&r);
    free(cells);
    return ok ? DYAD_OK : DYAD_NOMEM;
}

void
model_batch_fill(const struct model_design *d, const struct model_batch *batch, size_t i, double *x)
{
    memset(x, 0, d->p * sizeof *x);
    for (size_t e = d->begin[batch->cell]; e < d->begin[batch->cell + 1]; e++) {
        const struct model_entry *entry = &d->entries[e];

        x[entry->column] = entry->loading * batch->features[d->feature[entry->column]][i];
    }
}

void
model_batch_forms(const struct model_design *d, const struct model_batch *batch, const double *matrix,
                  double *out)
{
    const size_t begin = d->begin[batch->cell], end = d->begin[batch->cell + 1];

    memset(out, 0, batch->n * sizeof *out);
    for (size_t a = begin; a < end; a++)
        for (size_t b = begin; b <= a; b++) {
            const struct model_entry *s = &d->entries[a], *t = &d->entries[b];
            const double *zs = batch->features[d->feature[s->column]];
            const double *zt = batch->features[d->feature[t->column]];
            const double m = (a == b ? 1 : 2) * s->loading * t->loading *
                             matrix[s->column * d->p + t->column];

            for (size_t i = 0; i < batch->n; i++)
                out[i] += m * zs[i] * zt[i];
        }
}

struct dense {
    const struct model_design *design;
    const struct model_dense *out;
};

static void
fill_dense(const struct model_batch *b, void *context)
{
    const struct dense *d = context;
    const struct model_dense *out = d->out;

    for (size_t i = 0; i < b->n; i++) {
        const size_t row = (size_t)b->row[i];

        if (out->x)
            model_batch_fill(d->design, b, i, out->x + row * d->design->p);
        if (out->response)
            out->response[row] = b->response[i];
        if (out->weight)
            out->weight[row] = b->weight[i];
        if (out->offset)
            out->offset[row] = b->offset[i];
        if (out->cluster)
            out->cluster[row] = b->cluster ? b->cluster[i] : 0;
    }
}

enum dyad_status
model_rows_dense(const struct model_design *design, const struct model_dense *out)
{
    struct dense d = { design, out };

    if (!design->rows->spec.ordered)
        return DYAD_DOMAIN;
    return model_rows_visit(design, NULL, fill_dense, &d);
}

/* ---- sums ---- */

/*
 * The runs of a chunk that one thread sums before it adds them up: so many that their sums stay in
 * the processor's cache.  What a unit is depends on the rows and the design alone.
 */
struct unit {
    uint32_t chunk, first, n;
};

enum { UNIT_NUMBERS = 32768 };

struct summing {
    const struct model_design *design;
    const double *cells; /* coefficients */
    model_weigh *weigh;
    void *context;
    bool cross;
    size_t size; /* sums of a run: gradient, then the upper triangle of products */
    struct unit *units;
    size_t n_units, most; /* runs in a unit */
    atomic_size_t next;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t turn; /* the unit whose sums are to be added now */
    bool failed;
    struct sum *sums; /* by cell */
    struct sum total;
    double least, most_eta;
};

/* One thread's. */
struct summer {
    struct model_reader reader;
    double *runs, *w, *r, *wz, *dots;
    double total, least, most;
};

static bool
summer_init(struct summer *s, const struct summing *all)
{
    const size_t f = all->design->n_features;
    bool ok = model_reader_init(&s->reader, all->design, all->cells);

    s->runs = malloc(all->most * all->size * sizeof *s->runs);
    s->w = calloc(3 * MODEL_BATCH + f, sizeof *s->w);
    if (!s->runs || !s->w)
        return false;
    s->r = s->w + MODEL_BATCH;
    s->wz = s->r + MODEL_BATCH;
    s->dots = s->wz + MODEL_BATCH;
    return ok;
}

static void
summer_release(struct summer *s)
{
    model_reader_release(&s->reader);
    free(s->runs);
    free(s->w);
}

static void
sum_batch(const struct summing *all, struct summer *s, const struct model_batch *b, double *out)
{
    const size_t f = all->design->n_features;
    const size_t n = (b->n + ROW_LANES - 1) / ROW_LANES * ROW_LANES;
    const struct row_vector *v = row_vector();
    double *at = out + f;

    s->total += all->weigh(b, s->w, s->r, all->context);
    if (!b->plain) {
        v->scale(n, s->w, b->prior);
        v->scale(n, s->r, b->prior);
    }
    for (size_t i = b->n; i < n; i++)
        s->w[i] = s->r[i] = 0;
    v->dot(n, s->r, b->features, f, s->dots);
    for (size_t k = 0; k < f; k++)
        out[k] += s->dots[k];
    for (size_t k = 0; all->cross && k < f; k++) {
        const double *a = s->w;

        if (k > 0) {
            memcpy(s->wz, s->w, n * sizeof *s->wz);
            v->scale(n, s->wz, b->features[k]);
            a = s->wz;
        }
        v->dot(n, a, b->features + k, f - k, s->dots);
        for (size_t l = 0; l < f - k; l++)
            *at++ += s->dots[l];
    }
}

/* With a response of 0, an eta that adds nothing to any likelihood. */
static const double NOTHING = -1000;

static void
fill_lanes(struct model_reader *r, size_t n, double eta)
{
    for (; n % ROW_LANES != 0; n++) {
        r->eta[n] = eta;
        r->response[n] = 0;
    }
}

static void
sum_unit(const struct summing *all, struct summer *s, const struct unit *unit)
{
    const struct model_chunk *chunk = &all->design->rows->chunks[unit->chunk];
    const struct row_vector *v = row_vector();

    memset(s->runs, 0, unit->n * all->size * sizeof *s->runs);
    s->total = 0;
    s->least = INFINITY;
    s->most = -INFINITY;
    for (uint32_t i = 0; i < unit->n; i++) {
        const struct model_run *run = &chunk->runs[unit->first + i];

        for (uint32_t begin = 0; begin < run->n; begin += MODEL_BATCH) {
            struct model_batch b;

            model_reader_batch(&s->reader, chunk, run, begin, &b);
            fill_lanes(&s->reader, b.n, b.eta[0]);
            v->range((b.n + ROW_LANES - 1) / ROW_LANES * ROW_LANES, b.eta, &s->least, &s->most);
            fill_lanes(&s->reader, b.n, NOTHING);
            sum_batch(all, s, &b, s->runs + i * all->size);
        }
    }
}

static void
add_unit(struct summing *all, const struct summer *s, const struct unit *unit)
{
    const struct model_chunk *chunk = &all->design->rows->chunks[unit->chunk];

    for (uint32_t i = 0; i < unit->n; i++) {
        struct sum *sums = all->sums + chunk->runs[unit->first + i].cell * all->size;

        for (size_t k = 0; k < all->size; k++)
            sum_add(&sums[k], s->runs[i * all->size + k]);
    }
    sum_add(&all->total, s->total);
    all->least = s->least < all->least ? s->least : all->least;
    all->most_eta = s->most > all->most_eta ? s->most : all->most_eta;
}

/* Threads take units as they come and add their sums in turn.  A thread without memory takes none,
 * so that no turn waits for it; if none has memory, units are left over. */
static void
sum_units(void *one)
{
    struct summing *all = *(struct summing **)one;
    struct summer s = { .runs = NULL };
    const bool ok = summer_init(&s, all);

    for (size_t j; ok && (j = atomic_fetch_add(&all->next, 1)) < all->n_units;) {
        sum_unit(all, &s, &all->units[j]);
        pthread_mutex_lock(&all->lock);
        while (all->turn != j)
            pthread_cond_wait(&all->turned, &all->lock);
        add_unit(all, &s, &all->units[j]);
        all->turn++;
        pthread_cond_broadcast(&all->turned);
        pthread_mutex_unlock(&all->lock);
    }
    summer_release(&s);
}

static bool
fill_units(struct summing *all)
{
    const struct model_rows *rows = all->design->rows;
    const size_t limit = UNIT_NUMBERS / all->size + 1;
    size_t n = 0;

    for (size_t j = 0; j < rows->n_chunks; j++)
        n += (rows->chunks[j].n_runs + limit - 1) / limit;
    if (!(all->units = malloc(n * sizeof *all->units)))
        return false;
    for (size_t j = 0; j < rows->n_chunks; j++)
        for (size_t first = 0; first < rows->chunks[j].n_runs; first += limit) {
            const size_t rest = rows->chunks[j].n_runs - first, some = rest < limit ? rest : limit;

            all->units[all->n_units++] = (struct unit){ (uint32_t)j, (uint32_t)first, (uint32_t)some };
            all->most = some > all->most ? some : all->most;
        }
    return true;
}

/* From sums over features, cell by cell, to those over columns. */
static void
assemble_gradient(const struct summing *all, struct sum *gradient)
{
    const struct model_design *d = all->design;

    for (size_t cell = 0; cell < d->rows->n_cells; cell++)
        for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++) {
            const struct model_entry *s = &d->entries[e];
            const struct sum *at = all->sums + cell * all->size + d->feature[s->column];

            sum_add(&gradient[s->column], s->loading * at->total);
            sum_add(&gradient[s->column], s->loading * at->error);
        }
}

static size_t
triangle(size_t f, size_t a, size_t b)
{
    const size_t k = a < b ? a : b, l = a < b ? b : a;

    return f + k * f - k * (k + 1) / 2 + l;
}

static void
assemble_cross(const struct summing *all, struct sum *cross)
{
    const struct model_design *d = all->design;

    for (size_t cell = 0; cell < d->rows->n_cells; cell++)
        for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++)
            for (size_t g = d->begin[cell]; g <= e; g++) {
                const struct model_entry *s = &d->entries[e], *t = &d->entries[g];
                const struct sum *at =
                    all->sums + cell * all->size +
                    triangle(d->n_features, d->feature[s->column], d->feature[t->column]);
                const double loading = s->loading * t->loading;

                sum_add(&cross[s->column * d->p + t->column], loading * at->total);
                sum_add(&cross[s->column * d->p + t->column], loading * at->error);
            }
}

static bool
assemble(const struct summing *all, struct model_sums *out)
{
    const size_t p = all->design->p;
    struct sum *sums = calloc(p + (all->cross ? p * p : 0), sizeof *sums), *cross = sums + p;

    if (!sums)
        return false;
    assemble_gradient(all, sums);
    for (size_t j = 0; j < p; j++)
        out->gradient[j] = sum_value(&sums[j]);
    if (all->cross)
        assemble_cross(all, cross);
    for (size_t a = 0; all->cross && a < p; a++)
        for (size_t b = 0; b <= a; b++)
            out->cross[a * p + b] = out->cross[b * p + a] = sum_value(&cross[a * p + b]);
    free(sums);
    out->total = sum_value(&all->total);
    out->least = all->least;
    out->most = all->most_eta;
    return true;
}

static void
run_threads(struct summing *all, size_t threads)
{
    struct summing *each[256];

    threads = threads == 0 ? 1 : threads > 256 ? 256 : threads;
    threads = threads < all->n_units ? threads : all->n_units;
    for (size_t i = 0; i < threads; i++)
        each[i] = all;
    workers_run(threads, sum_units, each, sizeof *each);
}

enum dyad_status
model_rows_sum(const struct model_design *d, const double *beta, model_weigh *weigh, void *context,
               size_t threads, struct model_sums *out)
{
    const size_t f = d->n_features;
    double *cells = model_cell_coefficients(d, beta);
    struct summing all = { .design = d, .cells = cells, .weigh = weigh, .context = context,
                           .cross = out->cross != NULL, .least = INFINITY, .most_eta = -INFINITY,
                           .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER };
    bool ok = false;

    all.size = f + (all.cross ? f * (f + 1) / 2 : 0);
    all.sums = calloc(d->rows->n_cells * all.size, sizeof *all.sums);
    if (cells && all.sums && fill_units(&all)) {
        run_threads(&all, threads);
        ok = all.turn == all.n_units && assemble(&all, out);
    }
    pthread_cond_destroy(&all.turned);
    pthread_mutex_destroy(&all.lock);
    free(cells);
    free(all.sums);
    free(all.units);
    return ok ? DYAD_OK : DYAD_NOMEM;
}
