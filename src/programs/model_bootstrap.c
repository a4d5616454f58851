#include "model.h"

#include "dyad/stats/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Records that are alike in all the model needs are one row with a number of people, which is drawn
 * from as they would be.
 */
struct distinct {
    const struct model_frame *frame;
    const struct model_group *group;
    size_t n_keys;       /* codes that tell one record from another */
    size_t keys[COLUMNS_KEPT_MAX];
    uint32_t *records;   /* n_keys codes each */
    double *people;
    size_t n;
};

/* A fit to some of them. */
struct refit {
    struct glm_spec spec;
    size_t n, p;
    const double *x, *responses, *offsets;
    const bool *dropped; /* columns without an estimate */
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- distinct records ----------------------------------------------------------------------- */

static enum dyad_status
take_piece(const struct frame_piece *p, void *context)
{
    struct distinct *d = context;

    for (size_t i = 0; i < p->n; i++, d->n++) {
        for (size_t k = 0; k < d->n_keys; k++)
            d->records[d->n * (d->n_keys + 1) + k] = p->codes[d->keys[k]][i];
        d->people[d->n] = p->weights ? p->weights[i] : 1;
        d->records[d->n * (d->n_keys + 1) + d->n_keys] = (uint32_t)d->n;
    }
    return DYAD_OK;
}

static int
by_codes(const void *a, const void *b, void *n_keys)
{
    return memcmp(a, b, *(const size_t *)n_keys * sizeof(uint32_t));
}

/* Each record's codes are followed by its number, by which its people are found. */
static enum dyad_status
make_distinct(struct distinct *d)
{
    const struct model_frame *f = d->frame;
    const size_t n = d->group->n;
    double *people;
    size_t kept = 0, width;
    enum dyad_status st;

    for (size_t k = 0; k < f->spec.n_factors; k++)
        if (f->spec.kept[k])
            d->keys[d->n_keys++] = k;
    width = d->n_keys + 1;
    d->records = malloc((n * width + 1) * sizeof *d->records);
    d->people = malloc((n + 1) * sizeof *d->people);
    people = malloc((n + 1) * sizeof *people);
    st = d->records && d->people && people ? model_frame_each(f, d->group, take_piece, d) : DYAD_NOMEM;
    if (st == DYAD_OK)
        qsort_r(d->records, n, width * sizeof *d->records, by_codes, &d->n_keys);
    for (size_t i = 0; st == DYAD_OK && i < n; i++) {
        const uint32_t *record = d->records + i * width;
        if (kept == 0 || memcmp(record, d->records + (kept - 1) * width, d->n_keys * sizeof *record) != 0) {
            memmove(d->records + kept * width, record, width * sizeof *record);
            people[kept++] = 0;
        }
        people[kept - 1] += d->people[record[d->n_keys]];
    }
    free(d->people);
    d->people = people;
    d->n = kept;
    return st;
}

/* As a piece of a cohort, its codes column by column. */
static enum dyad_status
as_piece(const struct distinct *d, struct frame_piece *out)
{
    uint32_t **codes = calloc(d->frame->spec.n_factors + 1, sizeof *codes);
    bool good = codes != NULL;

    for (size_t k = 0; good && k < d->n_keys; k++) {
        uint32_t *column = codes[d->keys[k]] = malloc((d->n + 1) * sizeof *column);
        good = column != NULL;
        for (size_t i = 0; good && i < d->n; i++)
            column[i] = d->records[i * (d->n_keys + 1) + k];
    }
    *out = (struct frame_piece){ d->n, 0, codes, d->people };
    return good ? DYAD_OK : DYAD_NOMEM;
}

static void
piece_release(const struct distinct *d, struct frame_piece *p)
{
    for (size_t k = 0; p->codes && k < d->n_keys; k++)
        free(p->codes[d->keys[k]]);
    free((void *)(uintptr_t)p->codes);
}

/* --- fits ---------------------------------------------------------------------------------- */

/* The rows that were drawn, column by column. */
static enum dyad_status
add_rows(const struct refit *r, const double *weights, struct model_rows *rows)
{
    double *at = malloc((r->n * (r->p + 3) + 1) * sizeof *at);
    struct model_block b = { .n = 0 };
    size_t n = 0;

    if (at == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < r->n; i++) {
        if (!(weights[i] > 0))
            continue;
        for (size_t k = 0; k < r->p; k++)
            at[k * r->n + n] = r->x[i * r->p + k];
        at[r->p * r->n + n] = r->responses[i];
        at[(r->p + 1) * r->n + n] = weights[i];
        at[(r->p + 2) * r->n + n] = r->offsets[i];
        n++;
    }
    uint32_t *cells = calloc(n + 1, sizeof *cells);
    for (size_t k = 0; k < r->p; k++)
        b.numbers[k] = at + k * r->n;
    b.n = n;
    b.cells = cells;
    b.responses = at + r->p * r->n;
    b.weights = b.responses + r->n;
    b.offsets = b.weights + r->n;
    if (cells && n)
        model_rows_add(rows, &b);
    free(at);
    free(cells);
    return cells ? DYAD_OK : DYAD_NOMEM;
}

static enum dyad_status
estimate(const struct refit *r, const struct model_rows *rows, double *beta)
{
    struct model_column *columns = calloc(r->p, sizeof *columns);
    struct model_design *design = NULL;
    struct glm_spec spec = r->spec;
    struct glm_fit fit = GLM_FIT_INIT;
    enum dyad_status st = columns ? DYAD_OK : DYAD_NOMEM;

    for (size_t k = 0; columns && k < r->p; k++)
        columns[k] = (struct model_column){ .parts = { { .source = k } }, .n_parts = 1 };
    if (st == DYAD_OK && (st = model_design_new(rows, columns, r->p, &design)) == DYAD_OK) {
        spec.design = design;
        st = glm_estimate(&spec, &fit);
    }
    for (size_t k = 0; st == DYAD_OK && k < r->p; k++) {
        beta[k] = r->dropped[k] ? 0 : fit.coefficients[k];
        if (isnan(beta[k]))
            st = DYAD_DOMAIN;
    }
    glm_fit_release(&fit);
    model_design_free(design);
    free(columns);
    return st;
}

static enum dyad_status
refit(const double *weights, double *beta, const void *context)
{
    const struct refit *r = context;
    struct model_rows_spec spec = { .n_sources = r->p, .weighted = true, .offset = true };
    struct model_rows *rows;
    enum dyad_status st;

    for (size_t k = 0; k < r->p; k++)
        spec.wide[k] = true;
    if ((rows = model_rows_new(&spec)) == NULL)
        return DYAD_NOMEM;
    if ((st = add_rows(r, weights, rows)) == DYAD_OK && (st = model_rows_finish(rows, 1, 1)) == DYAD_OK)
        st = estimate(r, rows, beta);
    model_rows_free(rows);
    return st;
}

/* --- all together ---------------------------------------------------------------------------- */

/* Everybody at each level, and as they are. */
struct shown {
    double **x; /* of each level; then as they are */
    double *responses, *offsets;
};

static enum dyad_status
show(const struct model_data *data, const struct frame_piece *p, size_t column, const uint32_t *levels, size_t n_levels,
     struct shown *s, struct dyad_error *err)
{
    const struct model_frame *f = data->frame;
    const size_t factor = model_frame_has_events(f) ? f->event.factor : f->at[f->formula.response.column].factor;
    const size_t width = data->design.n_columns;
    enum dyad_status st = DYAD_OK;

    s->x = calloc(n_levels + 2, sizeof *s->x);
    s->responses = malloc((p->n + 1) * sizeof *s->responses);
    s->offsets = malloc((p->n + 1) * sizeof *s->offsets);
    if (s->x == NULL || s->responses == NULL || s->offsets == NULL)
        return no_memory(err);
    for (size_t l = 0; l <= n_levels && st == DYAD_OK; l++) {
        s->x[l] = malloc((p->n * width + 1) * sizeof **s->x);
        st = s->x[l] ? model_data_fill(data, p, l < n_levels ? column : MODEL_AS_THEY_ARE, l < n_levels ? levels[l] : 0, s->x[l],
                                       s->offsets, err)
                     : no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++)
        s->responses[i] = model_frame_response(f, p->codes[factor][i]);
    return st;
}

static void
shown_release(struct shown *s, size_t n_levels)
{
    for (size_t l = 0; s->x && l <= n_levels; l++)
        free(s->x[l]);
    free(s->x);
    free(s->responses);
    free(s->offsets);
}

static uint32_t *
clusters_of(const struct model_frame *f, const struct frame_piece *p, size_t *n)
{
    uint32_t *out = malloc((p->n + 1) * sizeof *out), *number = NULL, most = 0;

    for (size_t i = 0; i < p->n; i++)
        most = p->codes[f->cluster][i] > most ? p->codes[f->cluster][i] : most;
    number = calloc((size_t)most + 1, sizeof *number);
    *n = 0;
    for (size_t i = 0; out && number && i < p->n; i++) {
        uint32_t *at = &number[p->codes[f->cluster][i]];
        if (*at == 0)
            *at = (uint32_t)++*n;
        out[i] = *at - 1;
    }
    if (number == NULL) {
        free(out);
        out = NULL;
    }
    free(number);
    return out;
}

static enum dyad_status
explain(enum dyad_status st, struct dyad_error *err)
{
    switch (st) {
    case DYAD_OK: return st;
    case DYAD_NOMEM: return no_memory(err);
    case DYAD_NOCONV: return dyad_fail(err, st, "--bootstrap: more than half of the replicates could not be fitted: join "
                                                "levels, or take the delta method");
    default: return dyad_fail(err, DYAD_DOMAIN, "--bootstrap: two people (or clusters) at least are needed, and finite "
                                                "predictions");
    }
}

enum dyad_status
model_bootstrap(const struct model_report *m, const struct model_data *data, const struct glm_fit *fitted,
                const struct standard_model *model, size_t column, const uint32_t *levels, struct standardized *out, size_t *failed, struct dyad_error *err)
{
    struct distinct d = { .frame = m->frame, .group = m->group };
    struct frame_piece piece = { 0, 0, NULL, NULL };
    struct shown s = { NULL, NULL, NULL };
    uint32_t *cluster = NULL;
    size_t clusters = 0;
    const size_t p = data->design.n_columns, intercept = model_intercept(&data->design);
    enum dyad_status st;

    if (m->frame->counts || m->frame->formula.response.kind == RESPONSE_VALUE)
        return dyad_fail(err, DYAD_USAGE, "--bootstrap needs an outcome that is a column of one value a record (people who are "
                                          "alike may share a record under --freq)");
    if (p > MODEL_SOURCES_MAX)
        return dyad_fail(err, DYAD_DATA, "--bootstrap: more than %d columns in the design: take the delta method",
                         MODEL_SOURCES_MAX);
    if (make_distinct(&d) != DYAD_OK || as_piece(&d, &piece) != DYAD_OK)
        st = no_memory(err);
    else if (m->frame->has_cluster && (cluster = clusters_of(m->frame, &piece, &clusters)) == NULL)
        st = no_memory(err);
    else if ((st = show(data, &piece, column, levels, model->levels, &s, err)) == DYAD_OK) {
        const struct standard_rows rows = { piece.n, (const double *const *)s.x, piece.weights, s.offsets };
        const struct refit fit = { { .family = model_glm_family(m->how->family),
                                     .intercept = intercept < p ? intercept : GLM_NO_INTERCEPT, .dropped = fitted->dependent,
                                     .frequency = true, .threads = 1 },
                                   piece.n, p, s.x[model->levels], s.responses, s.offsets, fitted->dependent };
        const struct bootstrap how = { .seed = m->o->seed, .replicates = m->how->replicates, .limits = BOOTSTRAP_PERCENTILE,
                                       .cluster = cluster, .clusters = clusters, .refit = refit, .context = &fit,
                                       .threads = m->frame->n_threads };
        st = explain(bootstrap_standardization(model, &rows, &how, m->how->level, out, failed), err);
    }
    shown_release(&s, model->levels);
    free(cluster);
    piece_release(&d, &piece);
    free(d.records);
    free(d.people);
    return st;
}
