/* tests/unit/glm_sets.h: the sets of tests/values/glm*.gz as rows of a model. */
#ifndef DYAD_TESTS_GLM_SETS_H
#define DYAD_TESTS_GLM_SETS_H

#include "dyad/stats/glm.h"

#include "value_lines.h"

enum { SET_ROWS = 1200, SET_COLUMNS = 24 };

struct glm_set {
    enum glm_family family;
    size_t n, p;
    double x[SET_ROWS * SET_COLUMNS], y[SET_ROWS], w[SET_ROWS], offset[SET_ROWS];
    uint32_t cluster[SET_ROWS];
};

static inline void
read_glm_set(struct value_lines *v, struct glm_set *s)
{
    s->family = (enum glm_family)value_next(v);
    s->n = (size_t)value_next(v);
    s->p = (size_t)value_next(v);
    CHECK(s->n > 0 && s->n <= SET_ROWS && s->p > 0 && s->p <= SET_COLUMNS);
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < s->p; j++)
            s->x[i * s->p + j] = value_next(v);
        s->y[i] = value_next(v);
        s->w[i] = value_next(v);
        s->offset[i] = value_next(v);
        s->cluster[i] = (uint32_t)value_next(v);
    }
}

/* How the columns are given to the rows: all as numbers with codes; those of 0 and 1 as cells, the
 * rest as codes; all as doubles. */
enum set_form { FORM_CODES, FORM_CELLS, FORM_WIDE };

struct glm_rows {
    struct model_rows *rows;
    struct model_design *design;
    size_t intercept;
    double values[SET_COLUMNS][SET_ROWS], loading[SET_COLUMNS][1 << SET_COLUMNS / 2];
};

static inline bool
set_column_is(const struct glm_set *s, size_t j, double a, double b)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->x[i * s->p + j] != a && s->x[i * s->p + j] != b)
            return false;
    return true;
}

static inline uint16_t
code_of(double *values, size_t *n, double x)
{
    size_t c = 0;

    while (c < *n && values[c] != x)
        c++;
    if (c == *n)
        values[(*n)++] = x;
    return (uint16_t)c;
}

/* Rows in blocks of ${block}, the last block first. */
static inline void
make_glm_rows(const struct glm_set *s, enum set_form form, size_t block, bool ordered, size_t threads,
              struct glm_rows *out)
{
    static uint16_t codes[SET_COLUMNS][SET_ROWS];
    static double numbers[SET_COLUMNS][SET_ROWS];
    static uint32_t cells[SET_ROWS];
    struct model_rows_spec spec = { .weighted = true, .offset = true, .clustered = true,
                                    .ordered = ordered };
    struct model_column columns[SET_COLUMNS] = { { .n_parts = 0 } };
    size_t bits = 0;

    memset(cells, 0, sizeof cells);
    out->intercept = GLM_NO_INTERCEPT;
    for (size_t j = 0; j < s->p; j++) {
        const size_t source = spec.n_sources;
        size_t n_values = 0;

        if (set_column_is(s, j, 1, 1) && out->intercept == GLM_NO_INTERCEPT) {
            out->intercept = j;
            continue;
        }
        if (form == FORM_CELLS && set_column_is(s, j, 0, 1) && bits < SET_COLUMNS / 2) {
            for (size_t i = 0; i < s->n; i++)
                cells[i] += (uint32_t)s->x[i * s->p + j] << bits;
            for (size_t c = 0; c < 1 << SET_COLUMNS / 2; c++)
                out->loading[j][c] = (double)(c >> bits & 1);
            columns[j].loading = out->loading[j];
            bits++;
            continue;
        }
        spec.wide[source] = form == FORM_WIDE;
        for (size_t i = 0; i < s->n; i++) {
            numbers[source][i] = s->x[i * s->p + j];
            codes[source][i] = code_of(out->values[source], &n_values, s->x[i * s->p + j]);
        }
        columns[j].parts[0] =
            (struct model_part){ source, form == FORM_WIDE ? NULL : out->values[source] };
        columns[j].n_parts = 1;
        spec.n_sources++;
    }
    out->rows = model_rows_new(&spec);
    CHECK(out->rows != NULL);
    for (size_t b = (s->n + block - 1) / block; b-- > 0;) {
        const size_t first = b * block, rest = s->n - first;
        struct model_block rows = { .number = b, .n = rest < block ? rest : block,
                                    .cells = cells + first, .responses = s->y + first,
                                    .weights = s->w + first, .offsets = s->offset + first,
                                    .clusters = s->cluster + first };

        for (size_t k = 0; k < spec.n_sources; k++) {
            rows.codes[k] = codes[k] + first;
            rows.numbers[k] = numbers[k] + first;
        }
        model_rows_add(out->rows, &rows);
    }
    CHECK(model_rows_finish(out->rows, (size_t)1 << bits, threads) == DYAD_OK);
    CHECK(model_design_new(out->rows, columns, s->p, &out->design) == DYAD_OK);
}

static inline void
free_glm_rows(struct glm_rows *r)
{
    model_design_free(r->design);
    model_rows_free(r->rows);
}

#endif
