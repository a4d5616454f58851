#include "cox_model.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/core/workers.h"
#include "row_vector.h"

/*
 * Rows are summed in parts that depend on their number only, each by one thread, and parts are
 * added in their order.
 */
enum { PARTS_MAX = 16, PART_ROWS = 32768, BLOCK = ROW_BATCH };

/* Beyond this linear predictors are shifted, so that nothing overflows. */
static const double eta_safe = 300;

static size_t
block_room(size_t p)
{
    return (p + 5) * BLOCK + p + 1;
}

enum dyad_status
cox_sums_reserve(struct cox_model *m)
{
    const size_t p = m->p, width = p + 1;
    const size_t bin_room = m->bins * width, cross_room = p * p + p + 1;
    const size_t each = bin_room > cross_room ? bin_room : cross_room;


    if (m->data.design != NULL) {
        m->parts = cox_design_parts(m, bin_room);
    } else {
        m->parts = 1 + m->data.n / PART_ROWS;
        if (m->parts > PARTS_MAX)
            m->parts = PARTS_MAX;
        if (m->bins * m->parts > m->data.n) /* times take many values: no room for each part */
            m->parts = 1;
    }
    m->sums = malloc(m->moments * width * sizeof *m->sums);
    m->dead_sums = malloc(m->moments * width * sizeof *m->dead_sums);
    m->hazard = malloc(m->moments * sizeof *m->hazard);
    m->multiplier = malloc(m->bins * sizeof *m->multiplier);
    m->shift = calloc(m->bins, sizeof *m->shift);
    m->level = calloc(m->moments, sizeof *m->level);
    m->bin_sums = malloc(bin_room * sizeof *m->bin_sums);
    m->running = malloc((p + 4) * sizeof *m->running);
    m->part_sums = malloc(m->parts * each * sizeof *m->part_sums);
    m->blocks = malloc(m->parts * block_room(p) * sizeof *m->blocks);
    m->dots = malloc(m->parts * width * sizeof *m->dots);
    m->columns = malloc(m->parts * width * sizeof *m->columns);
    return m->sums && m->dead_sums && m->hazard && m->multiplier && m->shift && m->level && m->bin_sums &&
                   m->running && m->part_sums && m->blocks && m->dots && m->columns
               ? DYAD_OK
               : DYAD_NOMEM;
}

/* ---- blocks of rows of a matrix, column after column ---- */

struct block {
    size_t first, n, padded; /* padded to whole lanes with rows of risk 0 */
    double *z, *wz, *eta, *offset, *risk, *weight, *beta, *dots;
    const double **columns; /* a 1 that is not looked at, then the columns */
};

static void
block_place(const struct cox_model *m, const double *beta, size_t part, struct block *b)
{
    double *at = m->blocks + part * block_room(m->p);

    b->z = at;
    b->wz = at += m->p * BLOCK;
    b->eta = at += BLOCK;
    b->offset = at += BLOCK;
    b->risk = at += BLOCK;
    b->weight = at += BLOCK;
    b->beta = at + BLOCK;
    b->dots = m->dots + part * (m->p + 1);
    b->columns = m->columns + part * (m->p + 1);
    b->beta[0] = 0;
    b->columns[0] = b->weight;
    for (size_t j = 0; j < m->p; j++) {
        b->beta[1 + j] = beta[j];
        b->columns[1 + j] = b->z + j * BLOCK;
    }
}

static void
block_load(const struct cox_model *m, size_t first, size_t n, struct block *b)
{
    const struct cox_data *d = &m->data;
    const struct row_vector *v = row_vector();
    const size_t p = m->p;

    b->first = first;
    b->n = n;
    b->padded = (n + ROW_LANES - 1) / ROW_LANES * ROW_LANES;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            b->z[j * BLOCK + i] = d->x[(first + i) * p + j] - m->center[j];
    for (size_t i = 0; i < n; i++) {
        b->offset[i] = d->offset ? d->offset[first + i] : 0;
        b->weight[i] = m->bin[first + i] == COX_NONE ? 0 : d->weight ? d->weight[first + i] : 1;
    }
    for (size_t i = n; i < b->padded; i++) {
        b->offset[i] = b->weight[i] = 0;
        for (size_t j = 0; j < p; j++)
            b->z[j * BLOCK + i] = 0;
    }
    v->predict(b->padded, b->beta, b->columns, p + 1, b->offset, b->eta);
    memcpy(b->risk, b->eta, b->padded * sizeof *b->risk);
    for (size_t i = 0; m->shifted && i < n; i++)
        b->risk[i] -= m->bin[first + i] == COX_NONE ? b->eta[i] : m->shift[m->bin[first + i]];
    v->exp(b->padded, b->risk, b->risk);
    v->scale(b->padded, b->risk, b->weight);
}

/* ---- passes ---- */

struct pass {
    struct cox_model *m;
    const double *beta;
    size_t room; /* of a part's sums */
    void (*sum)(const struct pass *pass, const struct block *b, double *out);
    atomic_size_t next;
};

static void
run_parts(void *shared)
{
    struct pass *pass = *(struct pass **)shared;
    struct cox_model *m = pass->m;
    size_t part;

    while ((part = atomic_fetch_add(&pass->next, 1)) < m->parts) {
        const size_t begin = m->data.n / m->parts * part;
        const size_t end = part + 1 == m->parts ? m->data.n : begin + m->data.n / m->parts;
        double *out = m->part_sums + part * pass->room;
        struct block b;

        block_place(m, pass->beta, part, &b);
        memset(out, 0, pass->room * sizeof *out);
        for (size_t at = begin; at < end; at += BLOCK) {
            block_load(m, at, end - at < BLOCK ? end - at : BLOCK, &b);
            pass->sum(pass, &b, out);
        }
    }
}

/* The sums of all parts, in the first. */
static const double *
pass_run(struct cox_model *m, const double *beta, size_t room,
         void (*sum)(const struct pass *, const struct block *, double *))
{
    struct pass pass = { .m = m, .beta = beta, .room = room, .sum = sum };
    struct pass *each[PARTS_MAX];
    size_t threads = m->data.threads > 0 ? m->data.threads : 1;

    if (threads > m->parts)
        threads = m->parts;
    for (size_t i = 0; i < threads; i++)
        each[i] = &pass;
    workers_run(threads, run_parts, each, sizeof *each);
    for (size_t part = 1; part < m->parts; part++)
        for (size_t i = 0; i < room; i++)
            m->part_sums[i] += m->part_sums[part * room + i];
    return m->part_sums;
}

/* The risk of row i in the units of its k-th bin: b->risk is in those of the first. */
static double
second_risk(const struct cox_model *m, const struct block *b, size_t i, const uint32_t *bins,
            size_t k)
{
    return k == 0 || !m->shifted ? b->risk[i] : b->weight[i] * cox_risk(m, bins[k], b->eta[i]);
}

static void
sum_bins(const struct pass *pass, const struct block *b, double *out)
{
    const struct cox_model *m = pass->m;
    const size_t p = m->p;

    for (size_t i = 0; i < b->n; i++) {
        const double *x = m->data.x + (b->first + i) * p;
        uint32_t bins[2];
        const size_t n = cox_bins_of(m, b->first + i, bins);

        for (size_t k = 0; k < n; k++) {
            double *at = out + bins[k] * (p + 1);
            const double risk = second_risk(m, b, i, bins, k);

            at[0] += risk;
            for (size_t j = 0; j < p; j++)
                at[1 + j] += risk * (x[j] - m->center[j]);
        }
    }
}

/* X'WX with w = r (its hazards), X'(events - w), and the sum of events' linear predictors. */
static void
sum_cross(const struct pass *pass, const struct block *b, double *out)
{
    const struct cox_model *m = pass->m;
    const struct row_vector *v = row_vector();
    const size_t p = m->p;
    double *gradient = out + p * p, *total = gradient + p;

    for (size_t i = 0; i < b->n; i++) {
        const size_t record = b->first + i;
        const double events = cox_is_dead(m, record) ? b->weight[i] : 0;

        uint32_t bins[2];
        const size_t n = cox_bins_of(m, record, bins);
        double sum = 0;

        for (size_t k = 0; k < n; k++)
            sum += second_risk(m, b, i, bins, k) * m->multiplier[bins[k]];
        b->risk[i] = sum;
        *total += events * b->eta[i];
        b->weight[i] = events - b->risk[i];
    }
    v->dot(b->padded, b->weight, b->columns + 1, p, b->dots);
    for (size_t j = 0; j < p; j++)
        gradient[j] += b->dots[j];
    for (size_t j = 0; j < p; j++) {
        memcpy(b->wz, b->risk, b->padded * sizeof *b->wz);
        v->scale(b->padded, b->wz, b->columns[1 + j]);
        v->dot(b->padded, b->wz, b->columns + 1 + j, p - j, b->dots);
        for (size_t k = j; k < p; k++)
            out[j * p + k] += b->dots[k - j];
    }
}

/* ---- rows one after another ---- */

enum dyad_status
cox_rows_visit(struct cox_model *m, const double *beta, bool columns,
               void (*visit)(const struct cox_row *row, void *context), void *context)
{
    const struct cox_data *d = &m->data;
    double *z = m->blocks;

    if (d->design != NULL)
        return cox_design_visit(m, beta, columns, visit, context);
    for (size_t i = 0; i < d->n; i++) {
        struct cox_row row = { .record = i, .z = z, .times = 1 };

        row.weight = d->weight ? d->weight[i] : 1;
        row.eta = d->offset ? d->offset[i] : 0;
        for (size_t j = 0; j < m->p; j++) {
            z[j] = d->x[i * m->p + j] - m->center[j];
            row.eta += beta[j] * z[j];
        }
        visit(&row, context);
    }
    return DYAD_OK;
}

/* ---- shifts ---- */

static void
raise_shift(const struct cox_row *row, void *context)
{
    struct cox_model *m = context;
    uint32_t bins[2];
    const size_t n = cox_bins_of(m, row->record, bins);

    for (size_t k = 0; k < n; k++)
        m->shift[bins[k]] = fmax(m->shift[bins[k]], row->eta);
}

static enum dyad_status
find_shift(struct cox_model *m, const double *beta)
{
    double most = m->offset_most;
    enum dyad_status st;

    for (size_t j = 0; j < m->p; j++)
        most += fabs(beta[j]) * (m->range[j] + fabs(m->mean[j] - m->center[j]));
    m->shifted = !(most < eta_safe);
    /* Of no rows: less than any. */
    for (size_t b = 0; b < m->bins; b++)
        m->shift[b] = m->shifted ? -DBL_MAX / 4 : 0;
    for (size_t g = 0; g < m->moments; g++)
        m->level[g] = 0;
    if (!m->shifted)
        return DYAD_OK;
    st = cox_rows_visit(m, beta, false, raise_shift, m);
    cox_spread_largest(m, m->shift, m->level);
    return st;
}

/* ---- moments ---- */

/* sum over k of log(1 - f d), and what hazards need. */
static double
sum_over_ties(const struct cox_model *m, size_t g, double s0, double d)
{
    const double n = m->deaths[g], c = m->death_weight[g] / n;
    struct row_ties t;

    if (m->data.ties == COX_BRESLOW || n <= 1) {
        m->hazard[g] = (struct cox_hazard){ n * c / s0, 0, n * c, 0, 0 };
        return 0;
    }
    row_vector()->ties(n, d, &t);
    m->hazard[g] = (struct cox_hazard){ c * t.h0 / s0, c * t.h1 / s0, c * t.a, c * t.b, c * t.c };
    return d >= 0 ? c * t.logs : (double)NAN; /* it is NaN where risks overflowed */
}

/* From S0, S1, d0, d1 to means and hazards; the part of the log-likelihood that is subtracted. */
static double
moments_finish(struct cox_model *m)
{
    const size_t width = m->p + 1;
    double sum = 0;

    for (size_t g = 0; g < m->moments; g++) {
        double *s = m->sums + g * width, *d = m->dead_sums + g * width;
        const double s0 = s[0];

        if (!(m->deaths[g] > 0)) {
            m->hazard[g] = (struct cox_hazard){ 0 };
            memset(s, 0, width * sizeof *s);
            continue;
        }
        for (size_t j = 1; j < width; j++) {
            s[j] /= s0;
            d[j] /= s0;
        }
        d[0] /= s0;
        sum += m->death_weight[g] * (log(s0) + m->level[g]) + sum_over_ties(m, g, s0, d[0]);
    }
    return sum;
}

static enum dyad_status
find_moment_sums(struct cox_model *m, const double *beta)
{
    const size_t width = m->p + 1, room = m->bins * width;
    enum dyad_status st = DYAD_OK;

    if (m->data.design != NULL)
        st = cox_design_bins(m, beta);
    else
        pass_run(m, beta, room, sum_bins);
    memset(m->sums, 0, m->moments * width * sizeof *m->sums);
    memset(m->dead_sums, 0, m->moments * width * sizeof *m->dead_sums);
    cox_spread(m, m->part_sums, width, m->sums);
    cox_spread_dead(m, m->part_sums, width, m->dead_sums);
    return st;
}

/* Hazards of the bins, each moment's times its `by` (NULL: 1). */
static void
find_multipliers(struct cox_model *m, const double *by)
{
    double *inside = m->bin_sums, *dying = inside + m->moments; /* bins are at least 2 moments */

    for (size_t g = 0; g < m->moments; g++) {
        const double times = by ? by[g] : 1;

        inside[g] = times * m->hazard[g].h0;
        dying[g] = times * (m->hazard[g].h0 - m->hazard[g].h1);
    }
    cox_gather(m, inside, dying, 1, m->multiplier);
}

static void
subtract_means(const struct cox_model *m, const double *by, double *information)
{
    const size_t p = m->p, width = p + 1;

    for (size_t g = 0; g < m->moments; g++) {
        const double *mean = m->sums + g * width + 1, *d = m->dead_sums + g * width + 1;
        const struct cox_hazard h = m->hazard[g];
        const double times = by ? by[g] : 1;

        if (h.a == 0)
            continue;
        for (size_t j = 0; j < p; j++) {
            const double first = times * (h.a * mean[j] - h.b * d[j]);
            const double second = times * (h.c * d[j] - h.b * mean[j]);

            for (size_t k = j; k < p; k++)
                information[j * p + k] -= first * mean[k] + second * d[k];
        }
    }
}

/* X'WX less the products of means, from hazards that are known: into the first part's sums. */
static enum dyad_status
find_information(struct cox_model *m, const double *beta, const double *by, double *scale,
                 double *information)
{
    const size_t p = m->p;
    enum dyad_status st = DYAD_OK;

    find_multipliers(m, by);
    if (m->data.design != NULL)
        st = cox_design_cross(m, beta, m->part_sums);
    else
        pass_run(m, beta, p * p + p + 1, sum_cross);
    if (st != DYAD_OK)
        return st;
    memcpy(information, m->part_sums, p * p * sizeof *information);
    for (size_t j = 0; j < p && scale != NULL; j++)
        scale[j] = information[j * p + j];
    subtract_means(m, by, information);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < j; k++)
            information[j * p + k] = information[k * p + j];
    return DYAD_OK;
}

enum dyad_status
cox_information(struct cox_model *m, const double *by, double *information)
{
    return find_information(m, m->fit.beta, by, NULL, information);
}

enum dyad_status
cox_evaluate(void *model, const double *beta, struct derivatives *out)
{
    struct cox_model *m = model;
    const size_t p = m->p;
    enum dyad_status st = find_shift(m, beta);
    double subtracted;

    if (st == DYAD_OK)
        st = find_moment_sums(m, beta);
    if (st != DYAD_OK)
        return st;
    subtracted = moments_finish(m);
    if ((st = find_information(m, beta, NULL, out->scale, out->information)) != DYAD_OK)
        return st;
    out->loglik = m->part_sums[p * p + p] - subtracted;
    memcpy(out->gradient, m->part_sums + p * p, p * sizeof *out->gradient);
    return DYAD_OK;
}

enum dyad_status
cox_restore(struct cox_model *m)
{
    struct derivatives at = { NAN, m->newton.gradient, m->newton.information, m->newton.scale };

    if (!m->fit.ready)
        return DYAD_DOMAIN;
    return cox_evaluate(m, m->fit.beta, &at);
}
