#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cox_model.h"
#include "dyad/core/workers.h"
#include "model_design.h"
#include "row_vector.h"

/* Rows of a design are kept by cell, so that sums need its columns that are not 0 there only. */

/* ---- one after another ---- */

struct visitor {
    struct cox_model *m;
    void (*visit)(const struct cox_row *, void *);
    void *context;
    double *row; /* NULL: columns are not wanted */
};

static void
visit_batch(const struct model_batch *batch, void *context)
{
    const struct visitor *v = context;
    const struct cox_model *m = v->m;

    for (size_t i = 0; i < batch->n; i++) {
        struct cox_row row = { .record = (size_t)batch->response[i],
                               .z = v->row,
                               .weight = batch->weight[i],
                               .times = batch->times[i] };

        if (v->row != NULL)
            model_batch_fill(m->data.design, batch, i, v->row);
        row.eta = batch->eta[i];
        if (batch->cluster != NULL) {
            row.has_cluster = true;
            row.cluster = (uint32_t)batch->cluster[i];
        }
        v->visit(&row, v->context);
    }
}

enum dyad_status
cox_design_visit(struct cox_model *m, const double *beta, bool columns,
                 void (*visit)(const struct cox_row *row, void *context), void *context)
{
    struct visitor v = { m, visit, context, columns ? m->blocks : NULL };

    return model_rows_visit(m->data.design, beta, visit_batch, &v);
}

/* ---- on several threads: chunks in parts, each part by one thread ---- */

struct pass {
    struct cox_model *m;
    double *cells;
    size_t parts, room;
    double *out; /* room for each part */
    void (*sum)(struct cox_model *m, const struct model_batch *batch, double *out);
    atomic_size_t next, done;
};

static void
run_part(struct pass *pass, struct model_reader *reader, size_t part)
{
    const struct model_rows *rows = pass->m->data.design->rows;
    const size_t begin = rows->n_chunks * part / pass->parts;
    const size_t end = rows->n_chunks * (part + 1) / pass->parts;

    for (size_t c = begin; c < end; c++)
        for (uint32_t i = 0; i < rows->chunks[c].n_runs; i++) {
            const struct model_run *run = &rows->chunks[c].runs[i];

            for (uint32_t at = 0; at < run->n; at += MODEL_BATCH) {
                struct model_batch batch;

                model_reader_batch(reader, &rows->chunks[c], run, at, &batch);
                pass->sum(pass->m, &batch, pass->out + part * pass->room);
            }
        }
}

static void
run_parts(void *shared)
{
    struct pass *pass = *(struct pass **)shared;
    struct model_reader reader;
    const bool ok = model_reader_init(&reader, pass->m->data.design, pass->cells);
    size_t part;

    while (ok && (part = atomic_fetch_add(&pass->next, 1)) < pass->parts) {
        run_part(pass, &reader, part);
        atomic_fetch_add(&pass->done, 1);
    }
    model_reader_release(&reader);
}

enum { PARTS_MAX = 16, SUMS_MAX = 1 << 20 };

/* Not so many that sums of that size would be more than the rows. */
size_t
cox_design_parts(const struct cox_model *m, size_t sums)
{
    const size_t chunks = m->data.design->rows->n_chunks, fit = SUMS_MAX / sums + 1;
    const size_t most = fit < PARTS_MAX ? fit : PARTS_MAX;

    return chunks < most ? chunks : most;
}

/* Each part's ${out} begins as it is. */
static enum dyad_status
pass_run(struct cox_model *m, const double *beta, size_t room, double *out,
         void (*sum)(struct cox_model *, const struct model_batch *, double *))
{
    struct pass pass = { .m = m, .parts = m->parts, .room = room, .out = out, .sum = sum };
    struct pass *each[PARTS_MAX];
    size_t threads = m->data.threads > 0 ? m->data.threads : 1;

    pass.cells = model_cell_coefficients(m->data.design, beta);
    if (pass.cells == NULL)
        return DYAD_NOMEM;
    if (threads > m->parts)
        threads = m->parts;
    for (size_t i = 0; i < threads; i++)
        each[i] = &pass;
    workers_run(threads, run_parts, each, sizeof *each);
    free(pass.cells);
    return pass.done == pass.parts ? DYAD_OK : DYAD_NOMEM;
}

/* ---- sums of bins ---- */

/* In the units of the first bin of each. */
static void
find_risks(const struct cox_model *m, const struct model_batch *batch, double *risk)
{
    const struct row_vector *v = row_vector();

    for (size_t i = 0; i < batch->n; i++) {
        const uint32_t bin = m->bin[(size_t)batch->response[i]];

        risk[i] = bin == COX_NONE ? 0 : batch->eta[i] - m->shift[bin];
    }
    for (size_t i = batch->n; i % ROW_LANES != 0; i++)
        risk[i] = 0;
    v->exp((batch->n + ROW_LANES - 1) / ROW_LANES * ROW_LANES, risk, risk);
}

static double
second_risk(const struct cox_model *m, const uint32_t *bins, size_t k, double eta, double risk)
{
    return k == 0 || !m->shifted ? risk : cox_risk(m, bins[k], eta);
}

static void
sum_bins(struct cox_model *m, const struct model_batch *batch, double *out)
{
    const struct model_design *d = m->data.design;
    const size_t begin = d->begin[batch->cell], end = d->begin[batch->cell + 1];
    double risks[MODEL_BATCH];

    find_risks(m, batch, risks);
    for (size_t i = 0; i < batch->n; i++) {
        const size_t record = (size_t)batch->response[i];
        uint32_t bins[2];
        const size_t n = cox_bins_of(m, record, bins);

        for (size_t k = 0; k < n; k++) {
            double *at = out + bins[k] * (m->p + 1);
            const double risk =
                batch->prior[i] * second_risk(m, bins, k, batch->eta[i], risks[i]);

            at[0] += risk;
            for (size_t e = begin; e < end; e++) {
                const struct model_entry *entry = &d->entries[e];

                at[1 + entry->column] +=
                    risk * entry->loading * batch->features[d->feature[entry->column]][i];
            }
        }
    }
}

enum dyad_status
cox_design_bins(struct cox_model *m, const double *beta)
{
    const size_t room = m->bins * (m->p + 1);
    enum dyad_status st;

    if (m->cells && !m->shifted)
        return cox_cells_bins(m, beta, m->part_sums);
    memset(m->part_sums, 0, m->parts * room * sizeof *m->part_sums);
    st = pass_run(m, beta, room, m->part_sums, sum_bins);
    for (size_t part = 1; part < m->parts; part++)
        for (size_t i = 0; i < room; i++)
            m->part_sums[i] += m->part_sums[part * room + i];
    return st;
}

/* ---- X'WX ---- */

static double
weigh(const struct model_batch *batch, double *w, double *r, void *context)
{
    const struct cox_model *m = context;
    double risks[MODEL_BATCH], total = 0;

    find_risks(m, batch, risks);
    for (size_t i = 0; i < batch->n; i++) {
        const size_t record = (size_t)batch->response[i];
        const bool dead = cox_is_dead(m, record);

        uint32_t bins[2];
        const size_t n = cox_bins_of(m, record, bins);

        w[i] = 0;
        for (size_t k = 0; k < n; k++)
            w[i] += second_risk(m, bins, k, batch->eta[i], risks[i]) * m->multiplier[bins[k]];
        r[i] = dead - w[i];
        if (dead)
            total += batch->prior[i] * batch->eta[i];
    }
    return total;
}

enum dyad_status
cox_design_cross(struct cox_model *m, const double *beta, double *out)
{
    const size_t p = m->p;

    if (cox_cells_hold(m, beta))
        return cox_cells_cross(m, beta, out);

    struct model_sums sums = { .gradient = out + p * p, .cross = out };
    enum dyad_status st = model_rows_sum(m->data.design, beta, weigh, m,
                                         m->data.threads > 0 ? m->data.threads : 1, &sums);

    out[p * p + p] = sums.total;
    return st;
}

/* ---- once over the rows ---- */

/*
 * Of a part: for each record weight and rows; weights, rows and events, each times features, of
 * each cell; the least and largest of each feature, and whether it is but -1, 0 and 1.
 */
struct survey {
    double *weight, *rows, *by_weight, *by_rows, *deaths, *least, *most, *plain, *offset,
        *offset_deaths;
};

static size_t
survey_room(const struct cox_model *m)
{
    const struct model_design *d = m->data.design;

    return 2 * m->data.n + 3 * d->rows->n_cells * d->n_features + 3 * d->n_features + 2;
}

static struct survey
survey_of(const struct cox_model *m, double *at)
{
    const struct model_design *d = m->data.design;
    const size_t f = d->n_features, sums = d->rows->n_cells * f;
    struct survey s;

    s.weight = at;
    s.rows = at += m->data.n;
    s.by_weight = at += m->data.n;
    s.by_rows = at += sums;
    s.deaths = at += sums;
    s.least = at += sums;
    s.most = at += f;
    s.plain = at += f;
    s.offset = at += f;
    s.offset_deaths = at + 1;
    return s;
}

static void
survey_kinds(const struct cox_model *m, const struct model_batch *b, const double *rows,
             const struct survey *s, double *dead)
{
    for (size_t i = 0; i < b->n; i++) {
        const size_t record = (size_t)b->response[i];

        s->weight[record] += b->prior[i];
        s->rows[record] += rows[i];
        dead[i] = m->data.event[record] ? b->prior[i] : 0;
    }
    for (size_t i = 0; m->data.design->rows->spec.offset && i < b->n; i++) {
        const double size = fabs(b->offset[i]);

        *s->offset = size > *s->offset ? size : *s->offset;
        *s->offset_deaths += dead[i] * b->offset[i];
    }
}

/* to[k] += sum of x z_k; what x is beyond the rows is not known. */
static void
survey_features(const struct cox_model *m, const struct model_batch *b, const double *x, double *to)
{
    enum { SOME = 64 };
    const size_t f = m->data.design->n_features, n = (b->n + ROW_LANES - 1) / ROW_LANES * ROW_LANES;
    double own[MODEL_BATCH], sums[SOME];

    memcpy(own, x, b->n * sizeof *own);
    for (size_t i = b->n; i < n; i++)
        own[i] = 0;
    for (size_t k = 0; k < f; k += SOME) {
        const size_t some = f - k < SOME ? f - k : SOME;

        row_vector()->dot(n, own, b->features + k, some, sums);
        for (size_t l = 0; l < some; l++)
            to[k + l] += sums[l];
    }
}

static bool
is_plain(const double *z, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (z[i] != 0 && fabs(z[i]) != 1)
            return false;
    return true;
}

static void
survey_range(const double *z, size_t n, double *least, double *most)
{
    const size_t lanes = n / ROW_LANES * ROW_LANES;

    if (lanes > 0)
        row_vector()->range(lanes, z, least, most);
    for (size_t i = lanes; i < n; i++) {
        *least = z[i] < *least ? z[i] : *least;
        *most = z[i] > *most ? z[i] : *most;
    }
}

static void
survey_batch(struct cox_model *m, const struct model_batch *b, double *out)
{
    const struct survey s = survey_of(m, out);
    const double *rows = m->data.counts ? b->prior : b->times;
    const size_t f = m->data.design->n_features, cell = b->cell * f;
    double dead[MODEL_BATCH];

    survey_kinds(m, b, rows, &s, dead);
    survey_features(m, b, b->prior, s.by_weight + cell);
    survey_features(m, b, rows, s.by_rows + cell);
    survey_features(m, b, dead, s.deaths + cell);
    for (size_t k = 0; k < f; k++) {
        survey_range(b->features[k], b->n, &s.least[k], &s.most[k]);
        s.plain[k] = s.plain[k] == 1 && is_plain(b->features[k], b->n);
    }
}

static void
survey_begin(const struct cox_model *m, double *at)
{
    const struct survey s = survey_of(m, at);

    memset(at, 0, survey_room(m) * sizeof *at);
    for (size_t k = 0; k < m->data.design->n_features; k++) {
        s.least[k] = INFINITY;
        s.most[k] = -INFINITY;
        s.plain[k] = 1;
    }
}

static void
survey_merge(const struct cox_model *m, double *into, double *from)
{
    const struct survey a = survey_of(m, into), b = survey_of(m, from);
    const size_t f = m->data.design->n_features;

    for (double *x = a.weight, *y = b.weight; x < a.least; x++, y++)
        *x += *y;
    for (size_t k = 0; k < f; k++) {
        a.least[k] = fmin(a.least[k], b.least[k]);
        a.most[k] = fmax(a.most[k], b.most[k]);
        a.plain[k] *= b.plain[k];
    }
    *a.offset = fmax(*a.offset, *b.offset);
    *a.offset_deaths += *b.offset_deaths;
}

/* Means, and bounds of columns: the range may be larger than that of the rows there are. */
static void
survey_columns(struct cox_model *m, const struct survey *s, double weight)
{
    const struct model_design *d = m->data.design;
    const size_t f = d->n_features;

    for (size_t j = 0; j < m->p; j++) {
        m->indicator[j] = true;
        m->range[j] = 0;
    }
    for (size_t cell = 0; cell < d->rows->n_cells; cell++)
        for (size_t e = d->begin[cell]; e < d->begin[cell + 1]; e++) {
            const size_t j = d->entries[e].column, k = d->feature[j];
            const double by = d->entries[e].loading;

            m->mean[j] += by * s->by_weight[cell * f + k] / weight;
            m->plain_mean[j] += by * s->by_rows[cell * f + k] / m->records;
            m->indicator[j] = m->indicator[j] && fabs(by) == 1 && s->plain[k] == 1;
        }
    for (size_t cell = 0; cell < d->rows->n_cells; cell++) {
        size_t e = d->begin[cell];

        for (size_t column = 0; column < m->p; column++) {
            if (e == d->begin[cell + 1] || d->entries[e].column != column) {
                m->range[column] = fmax(m->range[column], fabs(m->mean[column]));
                continue;
            }

            const size_t j = d->entries[e].column, k = d->feature[j];
            const double by = d->entries[e++].loading;

            m->range[j] = fmax(m->range[j], fmax(fabs(by * s->least[k] - m->mean[j]),
                                                 fabs(by * s->most[k] - m->mean[j])));
        }
    }
}

void
cox_design_deaths(struct cox_model *m)
{
    for (size_t i = 0; i < m->data.n; i++) {
        if (!cox_is_dead(m, i))
            continue;

        const uint32_t g = m->spans[m->bin[i]].anchor;

        m->deaths[g] += m->kind_rows[i];
        m->death_weight[g] += m->kind_weight[i];
        m->events += m->kind_rows[i];
    }
}

enum dyad_status
cox_design_survey(struct cox_model *m)
{
    const struct model_rows *rows = m->data.design->rows;
    const size_t room = survey_room(m);
    double *out, weight = 0;
    enum dyad_status st;

    if (!(rows->least_response >= 0 && rows->most_response < (double)m->data.n))
        return DYAD_DOMAIN;
    m->parts = cox_design_parts(m, room);
    out = m->kind_weight = malloc(m->parts * room * sizeof *out);
    if (out == NULL)
        return DYAD_NOMEM;
    for (size_t part = 0; part < m->parts; part++)
        survey_begin(m, out + part * room);
    st = pass_run(m, NULL, room, out, survey_batch);
    for (size_t part = 1; part < m->parts; part++)
        survey_merge(m, out, out + part * room);
    if (st == DYAD_OK) {
        const struct survey s = survey_of(m, out);

        m->offset_most = *s.offset;
        m->offset_deaths = *s.offset_deaths;
        m->cell_deaths = s.deaths;
        m->kind_rows = s.rows;
        for (size_t i = 0; i < m->data.n; i++) {
            weight += s.weight[i];
            m->records += s.rows[i];
        }
        survey_columns(m, &s, weight);
    }
    return st;
}
