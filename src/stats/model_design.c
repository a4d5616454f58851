#include "model_design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "row_vector.h"

/* ---- features ---- */

static bool
same_parts(const struct model_feature *f, const struct model_column *c)
{
    if (f->n_parts != c->n_parts)
        return false;
    for (size_t i = 0; i < c->n_parts; i++)
        if (f->parts[i].source != c->parts[i].source || f->parts[i].values != c->parts[i].values)
            return false;
    return true;
}

static bool
is_sound_column(const struct model_rows *rows, const struct model_column *c)
{
    if (c->n_parts > MODEL_PARTS_MAX)
        return false;
    for (size_t i = 0; i < c->n_parts; i++)
        if (c->parts[i].source >= rows->spec.n_sources ||
            rows->spec.wide[c->parts[i].source] != (c->parts[i].values == NULL))
            return false;
    for (size_t k = 0; c->loading && k < rows->n_cells; k++)
        if (!isfinite(c->loading[k]))
            return false;
    return true;
}

static void
note_features(struct model_design *d, const struct model_column *columns)
{
    d->n_features = 1;
    for (size_t j = 0; j < d->p; j++) {
        size_t k = 0;

        while (k < d->n_features && !same_parts(&d->features[k], &columns[j]))
            k++;
        if (k == d->n_features) {
            memcpy(d->features[k].parts, columns[j].parts, sizeof columns[j].parts);
            d->features[k].n_parts = columns[j].n_parts;
            d->n_features++;
        }
        d->feature[j] = k;
    }
}

static double
loading_of(const struct model_column *c, size_t cell)
{
    return c->loading ? c->loading[cell] : 1;
}

static bool
note_entries(struct model_design *d, const struct model_column *columns)
{
    size_t n = 0;

    for (size_t cell = 0; cell < d->rows->n_cells; cell++) {
        d->begin[cell] = n;
        for (size_t j = 0; j < d->p; j++)
            n += loading_of(&columns[j], cell) != 0;
    }
    d->begin[d->rows->n_cells] = n;
    if (!(d->entries = malloc((n ? n : 1) * sizeof *d->entries)))
        return false;
    n = 0;
    for (size_t cell = 0; cell < d->rows->n_cells; cell++)
        for (size_t j = 0; j < d->p; j++)
            if (loading_of(&columns[j], cell) != 0)
                d->entries[n++] = (struct model_entry){ (uint32_t)j, loading_of(&columns[j], cell) };
    return true;
}

static struct model_design *
design_allocate(const struct model_rows *rows, size_t p)
{
    struct model_design *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->rows = rows;
    d->p = p;
    d->features = calloc(p + 1, sizeof *d->features);
    d->feature = calloc(p, sizeof *d->feature);
    d->match = calloc(p, sizeof *d->match);
    d->begin = calloc(rows->n_cells + 1, sizeof *d->begin);
    for (size_t j = 0; j < p && d->match; j++)
        d->match[j] = p;
    if (d->features && d->feature && d->match && d->begin)
        return d;
    model_design_free(d);
    return NULL;
}

void
model_design_free(struct model_design *d)
{
    if (!d)
        return;
    for (size_t k = 0; d->features && k < d->n_features; k++)
        free(d->features[k].table);
    free(d->features);
    free(d->feature);
    free(d->match);
    free(d->begin);
    free(d->entries);
    free(d);
}

size_t
model_design_columns(const struct model_design *design)
{
    return design->p;
}

enum dyad_status
model_design_new(const struct model_rows *rows, const struct model_column *columns, size_t p,
                 struct model_design **out)
{
    struct model_design *d;

    if (p == 0 || rows->n_chunks == 0)
        return DYAD_DOMAIN;
    for (size_t j = 0; j < p; j++)
        if (!is_sound_column(rows, &columns[j]))
            return DYAD_DOMAIN;
    if (!(d = design_allocate(rows, p)))
        return DYAD_NOMEM;
    note_features(d, columns);
    if (!note_entries(d, columns)) {
        model_design_free(d);
        return DYAD_NOMEM;
    }
    *out = d;
    return DYAD_OK;
}

/* ---- reading batches ---- */

static size_t
padded(size_t n)
{
    return (n + ROW_LANES - 1) / ROW_LANES * ROW_LANES;
}

double *
model_cell_coefficients(const struct model_design *d, const double *beta)
{
    const size_t n = d->rows->n_cells * d->n_features;
    double *out = calloc(n, sizeof *out);

    for (size_t cell = 0; out && beta && cell < d->rows->n_cells; cell++)
        for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++) {
            const size_t j = d->entries[e].column;

            out[cell * d->n_features + d->feature[j]] += d->entries[e].loading * beta[j];
        }
    return out;
}

bool
model_reader_init(struct model_reader *r, const struct model_design *design, const double *beta)
{
    enum { OTHERS = 10 };
    const size_t f = design->n_features;

    *r = (struct model_reader){ .design = design, .beta = beta };
    r->at = calloc((f + OTHERS) * MODEL_BATCH, sizeof *r->at);
    r->features = calloc(f, sizeof *r->features);
    r->shown = calloc(f, sizeof *r->shown);
    if (!r->at || !r->features || !r->shown)
        return false;

    double **arrays[OTHERS] = { &r->eta,  &r->response, &r->weight,  &r->times, &r->prior,
                                &r->offset, &r->cluster, &r->row, &r->ones,  &r->spare };

    for (size_t i = 0; i < OTHERS; i++)
        *arrays[i] = r->at + i * MODEL_BATCH;
    for (size_t k = 0; k < f; k++)
        r->shown[k] = r->features[k] = r->at + (OTHERS + k) * MODEL_BATCH;
    for (size_t i = 0; i < MODEL_BATCH; i++)
        r->ones[i] = 1;
    r->shown[0] = r->ones;
    return true;
}

void
model_reader_release(struct model_reader *r)
{
    free(r->at);
    free(r->features);
    free(r->shown);
}

static void
look_up(const struct packed *codes, size_t begin, size_t n, const double *values, double *out)
{
    if (codes->kind == PACKED_16)
        for (size_t i = 0; i < n; i++)
            out[i] = values[((const uint16_t *)codes->at)[begin + i]];
    else if (codes->kind == PACKED_8)
        for (size_t i = 0; i < n; i++)
            out[i] = values[((const uint8_t *)codes->at)[begin + i]];
    else
        for (size_t i = 0; i < n; i++)
            out[i] = values[(size_t)codes->constant];
}

static void
read_part(const struct model_chunk *chunk, const struct model_part *part, size_t begin, size_t n,
          double *out)
{
    const struct packed *p = &chunk->columns[COLUMN_SOURCES + part->source];

    if (part->values)
        look_up(p, begin, n, part->values, out);
    else
        unpack_doubles(p, begin, n, out);
}

static void
read_feature(struct model_reader *r, const struct model_chunk *chunk, const struct model_feature *f,
             size_t begin, size_t n, double *out)
{
    if (f->table) {
        look_up(&chunk->columns[COLUMN_SOURCES + f->parts[0].source], begin, n, f->table, out);
        return;
    }
    read_part(chunk, &f->parts[0], begin, n, out);
    for (size_t i = 1; i < f->n_parts; i++) {
        read_part(chunk, &f->parts[i], begin, n, r->spare);
        for (size_t k = 0; k < n; k++)
            out[k] *= r->spare[k];
    }
    for (size_t k = 0; k < n && f->centre != 0; k++)
        out[k] -= f->centre;
}

/* The array of a column; ones where it is 1 for all. */
static const double *
read_column(const struct model_reader *r, const struct packed *p, size_t begin, size_t n, double *out)
{
    if (p->kind == PACKED_CONSTANT && p->constant == 1)
        return r->ones;
    unpack_doubles(p, begin, n, out);
    return out;
}

static const double *
read_prior(const struct model_reader *r, const struct model_batch *b)
{
    if (b->times == r->ones)
        return b->weight;
    if (b->weight == r->ones)
        return b->times;
    for (size_t i = 0; i < b->n; i++)
        r->prior[i] = b->weight[i] * b->times[i];
    return r->prior;
}

static const double *
read_response(const struct model_reader *r, const struct model_chunk *chunk,
              const struct model_run *run, size_t begin, size_t n)
{
    if (run->response != run->response) /* NaN: each has its own */
        unpack_doubles(&chunk->columns[COLUMN_RESPONSE], begin, n, r->response);
    else
        for (size_t i = 0; i < n; i++)
            r->response[i] = run->response;
    return r->response;
}

static void
read_eta(struct model_reader *r, const struct model_chunk *chunk, const struct model_run *run,
         size_t begin, size_t n)
{
    const struct model_design *d = r->design;

    if (d->rows->spec.offset)
        unpack_doubles(&chunk->columns[COLUMN_OFFSET], begin, n, r->offset);
    row_vector()->predict(padded(n), r->beta + run->cell * d->n_features, r->shown, d->n_features,
                          r->offset, r->eta);
}

void
model_reader_batch(struct model_reader *r, const struct model_chunk *chunk,
                   const struct model_run *run, uint32_t begin, struct model_batch *b)
{
    const struct model_design *d = r->design;
    const size_t at = run->begin + begin, rest = run->n - begin,
                 n = rest < MODEL_BATCH ? rest : MODEL_BATCH;

    for (size_t k = 1; k < d->n_features; k++) {
        read_feature(r, chunk, &d->features[k], at, n, r->features[k]);
        for (size_t i = n; i < padded(n); i++)
            r->features[k][i] = 0;
    }
    read_eta(r, chunk, run, at, n);
    *b = (struct model_batch){ .n = n, .cell = run->cell, .eta = r->eta, .offset = r->offset };
    b->features = r->shown;
    b->response = r->no_response ? NULL : read_response(r, chunk, run, at, n);
    b->weight = read_column(r, &chunk->columns[COLUMN_WEIGHT], at, n, r->weight);
    b->times = read_column(r, &chunk->columns[COLUMN_TIMES], at, n, r->times);
    b->prior = read_prior(r, b);
    b->plain = b->prior == r->ones;
    if (d->rows->spec.clustered) {
        unpack_doubles(&chunk->columns[COLUMN_CLUSTER], at, n, r->cluster);
        b->cluster = r->cluster;
    }
    if (d->rows->spec.ordered) {
        unpack_doubles(&chunk->columns[COLUMN_ROW], at, n, r->row);
        for (size_t i = 0; i < n; i++)
            r->row[i] += (double)chunk->first;
        b->row = r->row;
    }
}

/* ---- centring ---- */

static bool
same_loadings(const struct model_design *d, size_t a, size_t b)
{
    for (size_t cell = 0; cell < d->rows->n_cells; cell++) {
        double difference = 0;

        for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++)
            if (d->entries[e].column == a)
                difference += d->entries[e].loading;
            else if (d->entries[e].column == b)
                difference -= d->entries[e].loading;
        if (difference != 0)
            return false;
    }
    return true;
}

static size_t
find_match(const struct model_design *d, const bool *open, size_t j)
{
    for (size_t l = 0; l < j; l++)
        if (open[l] && d->feature[l] == 0 && same_loadings(d, l, j))
            return l;
    return d->p;
}

/* The feature's mean in the first chunk. */
static bool
feature_means(const struct model_design *d, double *mean)
{
    const struct model_chunk *chunk = &d->rows->chunks[0];
    double *beta = model_cell_coefficients(d, NULL), total = 0;
    struct model_reader r;
    const bool ok = model_reader_init(&r, d, beta) && beta;

    memset(mean, 0, d->n_features * sizeof *mean);
    for (uint32_t i = 0; ok && i < chunk->n_runs; i++)
        for (uint32_t begin = 0; begin < chunk->runs[i].n; begin += MODEL_BATCH) {
            struct model_batch b;

            model_reader_batch(&r, chunk, &chunk->runs[i], begin, &b);
            for (size_t k = 0; k < b.n; k++)
                total += b.times[k];
            for (size_t f = 1; f < d->n_features; f++)
                for (size_t k = 0; k < b.n; k++)
                    mean[f] += b.times[k] * b.features[f][k];
        }
    for (size_t f = 1; ok && f < d->n_features; f++)
        mean[f] /= total;
    model_reader_release(&r);
    free(beta);
    return ok;
}

static bool
fill_table(const struct model_rows *rows, struct model_feature *f)
{
    if (f->n_parts != 1 || !f->parts[0].values || f->centre == 0)
        return true;

    const size_t n = rows->codes[f->parts[0].source];

    if (!(f->table = malloc(n * sizeof *f->table)))
        return false;
    for (size_t i = 0; i < n; i++)
        f->table[i] = f->parts[0].values[i] - f->centre;
    return true;
}

static struct model_design *
design_copy(const struct model_design *d)
{
    const size_t n = d->begin[d->rows->n_cells];
    struct model_design *out = design_allocate(d->rows, d->p);

    if (!out)
        return NULL;
    if (!(out->entries = malloc((n ? n : 1) * sizeof *out->entries))) {
        model_design_free(out);
        return NULL;
    }
    memcpy(out->entries, d->entries, n * sizeof *out->entries);
    memcpy(out->begin, d->begin, (d->rows->n_cells + 1) * sizeof *out->begin);
    memcpy(out->feature, d->feature, d->p * sizeof *out->feature);
    memcpy(out->features, d->features, d->n_features * sizeof *out->features);
    out->n_features = d->n_features;
    return out;
}

enum dyad_status
model_design_centred(const struct model_design *design, const bool *open, const double *held,
                     struct model_design **out)
{
    struct model_design *d = design_copy(design);
    double *mean = d ? malloc(d->n_features * sizeof *mean) : NULL;
    bool ok = mean && feature_means(design, mean);

    for (size_t k = 0; ok && !held && k < d->n_features; k++)
        mean[k] = 0;
    for (size_t j = 0; ok && held && j < d->p; j++)
        if (d->feature[j] != 0 && (open[j] ? (d->match[j] = find_match(d, open, j)) == d->p
                                           : held[j] != 0))
            mean[d->feature[j]] = 0;
    for (size_t j = 0; ok && j < d->p; j++)
        if (d->feature[j] != 0 && mean[d->feature[j]] == 0)
            d->match[j] = d->p;
    for (size_t k = 1; ok && k < d->n_features; k++) {
        d->features[k].centre = isfinite(mean[k]) ? mean[k] : 0;
        ok = fill_table(d->rows, &d->features[k]);
    }
    free(mean);
    if (!ok) {
        model_design_free(d);
        return DYAD_NOMEM;
    }
    *out = d;
    return DYAD_OK;
}

void
model_design_uncentre(const struct model_design *d, double *beta)
{
    for (size_t j = 0; j < d->p; j++)
        if (d->match[j] < d->p)
            beta[d->match[j]] -= d->features[d->feature[j]].centre * beta[j];
}

void
model_design_recentre(const struct model_design *d, double *beta)
{
    for (size_t j = 0; j < d->p; j++)
        if (d->match[j] < d->p)
            beta[d->match[j]] += d->features[d->feature[j]].centre * beta[j];
}
