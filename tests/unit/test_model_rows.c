#include "dyad/stats/model_rows.h"

#include "../../src/stats/row_vector.h"
#include "check.h"
#include "scratch.h"

enum { MANY = 200000, CELLS = 12 };

/* A cohort of two factors (4 and 3 levels, by cell), a number of 50 values, one of all values. */
static uint32_t cells[MANY], clusters[MANY];
static uint16_t codes[MANY];
static double numbers[MANY], responses[MANY], weights[MANY], offsets[MANY];
static double values[50], second[CELLS], third[CELLS];

static void
fill(void)
{
    uint64_t state = 88172645463325252u;

    for (size_t i = 0; i < MANY; i++) {
        uint64_t u[6];

        for (size_t k = 0; k < 6; k++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u[k] = state >> 11;
        }
        cells[i] = (uint32_t)(u[0] % CELLS);
        codes[i] = (uint16_t)(u[1] % 50);
        numbers[i] = (double)u[2] * 0x1p-53;
        responses[i] = (double)(u[3] % 3 == 0);
        weights[i] = (double)(u[4] % 4 + 1);
        offsets[i] = (double)(u[5] % 8) / 8;
        clusters[i] = (uint32_t)(u[5] % 1000);
    }
    for (size_t v = 0; v < 50; v++)
        values[v] = 20 + (double)v / 4;
    for (size_t c = 0; c < CELLS; c++) {
        second[c] = c % 4 == 1;
        third[c] = c / 4 == 2 ? 1 : 0.5;
    }
}

static struct model_column columns[5];

static void
set_columns(void)
{
    columns[0] = (struct model_column){ .n_parts = 0 };
    columns[1] = (struct model_column){ .loading = second };
    columns[2] = (struct model_column){ .parts = { { 0, values } }, .n_parts = 1 };
    columns[3] = (struct model_column){ .loading = third, .parts = { { 1, NULL } }, .n_parts = 1 };
    columns[4] = (struct model_column){ .loading = second, .parts = { { 0, values }, { 1, NULL } },
                                        .n_parts = 2 };
}

static double
x_of(size_t i, size_t j)
{
    const double own[5] = { 1, second[cells[i]], values[codes[i]], third[cells[i]] * numbers[i],
                            second[cells[i]] * values[codes[i]] * numbers[i] };

    return own[j];
}

static struct model_rows_spec
full_spec(bool ordered)
{
    return (struct model_rows_spec){ .n_sources = 2, .wide = { false, true }, .weighted = true,
                                     .offset = true, .clustered = true, .ordered = ordered };
}

static void
add(struct model_rows *rows, uint64_t number, size_t first, size_t n)
{
    const struct model_block block = {
        .number = number, .n = n, .cells = cells + first, .codes = { codes + first },
        .numbers = { NULL, numbers + first }, .responses = responses + first,
        .weights = weights + first, .offsets = offsets + first, .clusters = clusters + first
    };

    model_rows_add(rows, &block);
}

/* All of the first ${n} rows in blocks of ${block}, odd ones by another accumulator and backwards. */
static struct model_rows *
rows_in_blocks(const struct model_rows_spec *spec, size_t n, size_t block, size_t threads)
{
    struct model_rows *rows = model_rows_new(spec), *other = model_rows_new(spec);

    CHECK(rows && other);
    for (size_t b = (n + block - 1) / block; b-- > 0;)
        add(b % 2 ? other : rows, b, b * block, n - b * block < block ? n - b * block : block);
    model_rows_merge(rows, other);
    model_rows_free(other);
    CHECK(model_rows_finish(rows, CELLS, threads) == DYAD_OK);
    return rows;
}

static double
weigh(const struct model_batch *b, double *w, double *r, void *context)
{
    double total = 0;

    (void)context;
    for (size_t i = 0; i < b->n; i++) {
        w[i] = 1 / (1 + b->eta[i] * b->eta[i]);
        r[i] = b->response[i] - w[i];
        total += b->prior[i] * r[i] * r[i];
    }
    return total;
}

static const double beta[5] = { 0.3, -1, 0.01, 0.5, -0.02 };

struct sums {
    double gradient[5], cross[25];
    struct model_sums of;
};

static void
sum_with(struct model_rows *rows, size_t threads, struct sums *s)
{
    struct model_design *design;

    CHECK(model_design_new(rows, columns, 5, &design) == DYAD_OK);
    s->of = (struct model_sums){ .gradient = s->gradient, .cross = s->cross };
    CHECK(model_rows_sum(design, beta, weigh, NULL, threads, &s->of) == DYAD_OK);
    model_design_free(design);
}

static void
sums_equal_a_matrix(void)
{
    const struct model_rows_spec spec = full_spec(false);
    struct model_rows *rows = rows_in_blocks(&spec, MANY, 777, 2);
    static long double gradient[5], cross[25];
    long double total = 0;
    double least = INFINITY, most = -INFINITY;
    struct sums s;

    sum_with(rows, 2, &s);
    for (size_t i = 0; i < MANY; i++) {
        double eta = offsets[i], w, r;

        for (size_t j = 0; j < 5; j++)
            eta += beta[j] * x_of(i, j);
        w = 1 / (1 + eta * eta);
        r = responses[i] - w;
        total += (long double)(weights[i] * r * r);
        least = fmin(least, eta);
        most = fmax(most, eta);
        for (size_t j = 0; j < 5; j++) {
            gradient[j] += (long double)(weights[i] * r) * x_of(i, j);
            for (size_t k = 0; k < 5; k++)
                cross[j * 5 + k] += (long double)(weights[i] * w) * x_of(i, j) * x_of(i, k);
        }
    }
    for (size_t j = 0; j < 5; j++)
        CHECK_REL(s.gradient[j], (double)gradient[j], 1e-13);
    for (size_t j = 0; j < 25; j++)
        CHECK_REL(s.cross[j], (double)cross[j], 2e-15);
    CHECK_REL(s.of.total, (double)total, 1e-15);
    CHECK_REL(s.of.least, least, 1e-15);
    CHECK_REL(s.of.most, most, 1e-15);
    CHECK(model_rows_count(rows) == MANY && model_rows_kept(rows) == MANY);
    CHECK(model_rows_clusters(rows) == 1000 && model_rows_cells(rows) == CELLS);
    model_rows_free(rows);
}

static void
same_bits_for_any_threads_and_blocks(void)
{
    const struct model_rows_spec spec = full_spec(false);
    struct model_rows *rows = rows_in_blocks(&spec, MANY, 4096, 1);
    struct sums s, t;

    sum_with(rows, 1, &s);
    for (size_t threads = 1; threads <= 5; threads++) {
        struct model_rows *other = rows_in_blocks(&spec, MANY, 1000 + 31 * threads, threads);

        sum_with(other, threads, &t);
        CHECK(memcmp(s.gradient, t.gradient, sizeof s.gradient) == 0);
        CHECK(memcmp(s.cross, t.cross, sizeof s.cross) == 0);
        CHECK(s.of.total == t.of.total && s.of.least == t.of.least && s.of.most == t.of.most);
        model_rows_free(other);
    }
    model_rows_free(rows);
}

static void
dense_rows_come_in_their_order(void)
{
    enum { SOME = 70000 };
    const struct model_rows_spec spec = full_spec(true);
    struct model_rows *rows = rows_in_blocks(&spec, SOME, 900, 2);
    struct model_design *design;
    double *storage = malloc(SOME * 9 * sizeof *storage);
    const struct model_dense dense = { storage, storage + 5 * SOME, storage + 6 * SOME,
                                       storage + 7 * SOME, storage + 8 * SOME };

    CHECK(storage && model_design_new(rows, columns, 5, &design) == DYAD_OK);
    CHECK(model_rows_dense(design, &dense) == DYAD_OK);
    for (size_t i = 0; i < SOME; i++) {
        for (size_t j = 0; j < 5; j++)
            CHECK_REL(dense.x[i * 5 + j], x_of(i, j), 3e-16);
        CHECK(dense.response[i] == responses[i] && dense.weight[i] == weights[i] &&
              dense.offset[i] == offsets[i] && dense.cluster[i] == clusters[i]);
    }
    free(storage);
    model_design_free(design);
    model_rows_free(rows);
}

struct counted {
    double rows, events;
    size_t batches;
};

static void
count(const struct model_batch *b, void *context)
{
    struct counted *c = context;

    for (size_t i = 0; i < b->n; i++) {
        c->rows += b->times[i];
        c->events += b->prior[i] * b->response[i];
    }
    c->batches++;
}

static void
rows_that_are_alike_become_one(void)
{
    const struct model_rows_spec spec = { .n_sources = 1 };
    struct model_rows *rows = model_rows_new(&spec);
    struct model_design *design;
    struct counted c = { 0, 0, 0 };
    double events = 0;

    CHECK(rows != NULL);
    for (size_t first = 0; first < MANY; first += 5000)
        add(rows, first, first, 5000);
    CHECK(model_rows_finish(rows, CELLS, 2) == DYAD_OK);
    CHECK(model_rows_count(rows) == MANY);
    CHECK(model_rows_kept(rows) <= CELLS * 2 * 50 * (MANY / MODEL_CHUNK_ROWS + 1));
    CHECK(model_design_new(rows, columns, 3, &design) == DYAD_OK);
    CHECK(model_rows_visit(design, NULL, count, &c) == DYAD_OK);
    for (size_t i = 0; i < MANY; i++)
        events += responses[i];
    CHECK(c.rows == MANY && c.events == events);
    model_design_free(design);
    model_rows_free(rows);
}

static void
codes_can_be_given_other_numbers(void)
{
    const struct model_rows_spec spec = full_spec(false);
    struct model_rows *rows = rows_in_blocks(&spec, 5000, 100, 1);
    struct model_rows *other = model_rows_new(&spec);
    static uint32_t turned_cells[CELLS], turned_clusters[1000];
    static uint16_t turned_codes[50];
    static double kept[3][CELLS], kept_values[50];
    struct sums s, t;

    CHECK(other != NULL);
    for (uint32_t c = 0; c < CELLS; c++)
        turned_cells[c] = (c + 5) % CELLS;
    for (uint32_t c = 0; c < 1000; c++)
        turned_clusters[c] = 999 - c;
    for (uint32_t c = 0; c < 50; c++)
        turned_codes[c] = (uint16_t)(49 - c);
    add(other, 1, 0, 5000);
    model_rows_recode(other, &(struct model_recode){ .cells = turned_cells, .clusters = turned_clusters,
                                                     .codes = { turned_codes } });
    CHECK(model_rows_finish(other, CELLS, 1) == DYAD_OK);
    sum_with(rows, 1, &s);
    memcpy(kept[0], second, sizeof second);
    memcpy(kept[1], third, sizeof third);
    memcpy(kept_values, values, sizeof values);
    for (size_t c = 0; c < CELLS; c++) {
        second[turned_cells[c]] = kept[0][c];
        third[turned_cells[c]] = kept[1][c];
    }
    for (size_t c = 0; c < 50; c++)
        values[turned_codes[c]] = kept_values[c];
    sum_with(other, 1, &t);
    for (size_t j = 0; j < 25; j++)
        CHECK_REL(t.cross[j], s.cross[j], 1e-14);
    memcpy(second, kept[0], sizeof second);
    memcpy(third, kept[1], sizeof third);
    memcpy(values, kept_values, sizeof values);
    model_rows_free(rows);
    model_rows_free(other);
}

struct forms {
    const struct model_design *design;
    double matrix[25];
};

static void
check_forms(const struct model_batch *b, void *context)
{
    const struct forms *f = context;
    double out[MODEL_BATCH], x[5];

    model_batch_forms(f->design, b, f->matrix, out);
    for (size_t i = 0; i < b->n; i++) {
        double want = 0;

        model_batch_fill(f->design, b, i, x);
        for (size_t j = 0; j < 5; j++)
            for (size_t k = 0; k < 5; k++)
                want += x[j] * f->matrix[j * 5 + k] * x[k];
        CHECK_REL(out[i], want, 1e-14);
    }
}

static void
forms_are_those_of_the_dense_rows(void)
{
    const struct model_rows_spec spec = full_spec(false);
    struct model_rows *rows = rows_in_blocks(&spec, 3000, 100, 1);
    struct model_design *design;
    struct forms f;

    CHECK(model_design_new(rows, columns, 5, &design) == DYAD_OK);
    f.design = design;
    for (size_t j = 0; j < 5; j++)
        for (size_t k = 0; k < 5; k++)
            f.matrix[j * 5 + k] = j == k ? 2 : 0.1 * (double)(j + k);
    CHECK(model_rows_visit(design, beta, check_forms, &f) == DYAD_OK);
    model_design_free(design);
    model_rows_free(rows);
}

static void
refuses_what_is_no_row(void)
{
    const struct model_rows_spec spec = full_spec(false);
    const double bad[] = { NAN, INFINITY, -1, 0 };

    for (size_t k = 0; k < COUNT_OF(bad); k++) {
        struct model_rows *rows = model_rows_new(&spec);
        const double kept = weights[3], answer = responses[3];

        CHECK(rows != NULL);
        weights[3] = bad[k];
        add(rows, 0, 0, 10);
        CHECK(model_rows_finish(rows, CELLS, 1) == DYAD_DOMAIN);
        weights[3] = kept;
        model_rows_free(rows);
        if (k > 1)
            continue;
        rows = model_rows_new(&spec);
        CHECK(rows != NULL);
        responses[3] = bad[k];
        add(rows, 0, 0, 10);
        CHECK(model_rows_finish(rows, CELLS, 1) == DYAD_DOMAIN);
        responses[3] = answer;
        model_rows_free(rows);
    }
    struct model_rows *rows = model_rows_new(&spec);

    CHECK(rows != NULL);
    CHECK(model_rows_finish(rows, CELLS, 1) == DYAD_DOMAIN); /* none */
    model_rows_free(rows);
    rows = model_rows_new(&spec);
    CHECK(rows != NULL);
    add(rows, 0, 0, 100);
    CHECK(model_rows_finish(rows, 3, 1) == DYAD_DOMAIN); /* cells beyond those there are */
    model_rows_free(rows);
}

static void
refuses_what_is_no_design(void)
{
    const struct model_rows_spec spec = full_spec(false);
    struct model_rows *rows = rows_in_blocks(&spec, 100, 100, 1);
    struct model_design *design = NULL;
    const struct model_dense dense = { NULL, NULL, NULL, NULL, NULL };
    struct model_column bad = { .parts = { { 2, values } }, .n_parts = 1 }; /* no such source */

    CHECK(model_design_new(rows, &bad, 1, &design) == DYAD_DOMAIN);
    bad.parts[0] = (struct model_part){ 0, NULL }; /* codes without values */
    CHECK(model_design_new(rows, &bad, 1, &design) == DYAD_DOMAIN);
    bad.parts[0] = (struct model_part){ 1, values }; /* values of what has no codes */
    CHECK(model_design_new(rows, &bad, 1, &design) == DYAD_DOMAIN);
    CHECK(model_design_new(rows, columns, 0, &design) == DYAD_DOMAIN);
    CHECK(design == NULL);
    CHECK(model_design_new(rows, columns, 5, &design) == DYAD_OK);
    CHECK(model_rows_dense(design, &dense) == DYAD_DOMAIN); /* their order is not known */
    model_design_free(design);
    model_rows_free(rows);
}

/* Loops of every width do the same arithmetic. */
static void
widths_have_the_same_bits(void)
{
    const struct row_vector *narrow = row_vector_narrow(), *wide = row_vector();
    double a[2][ROW_BATCH], b[2][ROW_BATCH], c[2][ROW_BATCH], d[2][ROW_BATCH], linear[2], product[2];
    const double *z[3] = { numbers, responses, offsets };
    const double by[3] = { 0.5, -1.25, 3 };

    for (size_t first = 0; first + ROW_BATCH <= 4096; first += ROW_BATCH)
        for (int k = 0; k < 2; k++) {
            const struct row_vector *v = k ? wide : narrow;
            const double *at[3] = { z[0] + first, z[1] + first, z[2] + first };

            v->predict(ROW_BATCH, by, at, 3, weights + first, a[k]);
            for (size_t i = 0; i < ROW_BATCH; i++)
                a[k][i] = (a[k][i] - 3) * 40 * numbers[first + i];
            v->exp(ROW_BATCH, a[k], d[k]);
            v->logistic(ROW_BATCH, a[k], responses + first, b[k], c[k], NULL, &linear[k], &product[k]);
            v->dot(ROW_BATCH, b[k], at, 3, c[k]);
            if (k == 0)
                continue;
            CHECK(memcmp(a[0], a[1], sizeof a[0]) == 0 && memcmp(b[0], b[1], sizeof b[0]) == 0);
            CHECK(memcmp(c[0], c[1], sizeof c[0]) == 0 && memcmp(d[0], d[1], sizeof d[0]) == 0);
            CHECK(linear[0] == linear[1] && product[0] == product[1]);
        }
}

static void
tables_have_the_same_bits(void)
{
    enum { SOME = 6, BINS = 5 };
    const double *z[SOME] = { numbers, responses, offsets, weights, numbers + 7, offsets + 9 };
    double tables[2][BINS * 6 * 8], sums[SOME * SOME];
    uint32_t where[ROW_BATCH];

    for (size_t i = 0; i < ROW_BATCH; i++)
        where[i] = (uint32_t)(i * i % BINS);
    for (size_t m = 1; m <= SOME; m++) {
        const size_t size = row_products(m);

        CHECK(size <= 6 * 8);
        memset(tables, 0, sizeof tables);
        row_vector_narrow()->tally(100, where, weights, z, m, tables[0]);
        row_vector()->tally(100, where, weights, z, m, tables[1]);
        CHECK(memcmp(tables[0], tables[1], sizeof tables[0]) == 0);
        for (uint32_t bin = 0; bin < BINS; bin++) {
            memset(sums, 0, sizeof sums);
            for (size_t i = 0; i < 100; i++)
                for (size_t k = 0; k < m * m && where[i] == bin; k++)
                    sums[k] += weights[i] * (k < m ? 1 : z[k / m][i]) * (k % m ? z[k % m][i] : 1);
            for (size_t k = 0; k < m; k++)
                for (size_t l = k; l < m; l++)
                    CHECK_REL(tables[0][bin * size + row_product(m, k, l)], sums[k * m + l], 1e-14);
        }
    }
}

static void
sums_over_ties_are_those_of_each(void)
{
    const double counts[] = { 2, 3, 8, 9, 127, 128, 129, 1000 }, shares[] = { 0, 1e-9, 0.3, 1 };

    for (size_t at = 0; at < 8 * 4; at++) {
        const double n = counts[at % 8], d = shares[at / 8];
        long double want[6] = { 0 };
        struct row_ties narrow, wide;

        for (double k = 0; k < n; k++) {
            const long double f = (long double)k / n, l = 1 - f * d;

            want[0] += 1 / l;
            want[1] += f / l;
            want[2] += 1 / (l * l);
            want[3] += f / (l * l);
            want[4] += f * f / (l * l);
            want[5] += logl(l);
        }
        row_vector_narrow()->ties(n, d, &narrow);
        row_vector()->ties(n, d, &wide);
        CHECK(memcmp(&narrow, &wide, sizeof wide) == 0);
        CHECK_REL(wide.h0, (double)want[0], 2e-14);
        CHECK_REL(wide.h1, (double)want[1], 2e-14);
        CHECK_REL(wide.a, (double)want[2], 2e-13);
        CHECK_REL(wide.b, (double)want[3], 2e-13);
        CHECK_REL(wide.c, (double)want[4], 2e-13);
        CHECK(fabs(wide.logs - (double)want[5]) <= 1e-14 * (n / 100 + fabs((double)want[5])));
    }
}

/* Against the C library, which is within 1 ulp itself. */
static void
exp_and_logistic_to_the_last_digits(void)
{
    const struct row_vector *v = row_vector();
    double x[ROW_BATCH], out[ROW_BATCH], y[ROW_BATCH], w[ROW_BATCH], r[ROW_BATCH], l[ROW_BATCH];
    double linear, product;

    for (size_t first = 0; first + ROW_BATCH <= MANY; first += ROW_BATCH) {
        for (size_t i = 0; i < ROW_BATCH; i++) {
            x[i] = (numbers[first + i] - 0.5) * (first % 3 ? 60 : 1400);
            y[i] = responses[first + i];
        }
        v->exp(ROW_BATCH, x, out);
        v->logistic(ROW_BATCH, x, y, w, r, l, &linear, &product);
        for (size_t i = 0; i < ROW_BATCH; i++) {
            const double t = exp(-fabs(x[i])), near = t / (1 + t);

            CHECK_REL(out[i], exp(x[i]), 5e-16);
            CHECK_REL(w[i], t / ((1 + t) * (1 + t)), 1e-15);
            CHECK_REL(r[i], (x[i] > 0) == (y[i] == 1) ? (y[i] == 1 ? near : -near)
                                                      : (y[i] == 1 ? 1 - near : near - 1), 1e-15);
            CHECK_REL(l[i], (x[i] > 0 ? (y[i] - 1) * x[i] : y[i] * x[i]) - log1p(t), 1e-15);
        }
    }
}

int
main(void)
{
    fill();
    set_columns();
    RUN(sums_equal_a_matrix);
    RUN(same_bits_for_any_threads_and_blocks);
    RUN(dense_rows_come_in_their_order);
    RUN(rows_that_are_alike_become_one);
    RUN(codes_can_be_given_other_numbers);
    RUN(forms_are_those_of_the_dense_rows);
    RUN(refuses_what_is_no_row);
    RUN(refuses_what_is_no_design);
    RUN(widths_have_the_same_bits);
    RUN(tables_have_the_same_bits);
    RUN(sums_over_ties_are_those_of_each);
    RUN(exp_and_logistic_to_the_last_digits);
    return DONE();
}
