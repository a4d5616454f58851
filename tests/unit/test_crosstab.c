#include "dyad/data/crosstab.h"

#include "check.h"
#include "scratch.h"

#include "dyad/data/expression.h"

/*
 * Rows without a cohort: the test says which codes come, and keeps its own list of cells.  What a
 * code is called does not matter here, so dictionaries hold as many values as there are codes.
 */
enum { ROWS = EXPRESSION_ROWS, FACTORS = CROSSTAB_FACTORS };

struct feed {
    struct dictionary *dictionaries[FACTORS];
    uint32_t codes[FACTORS][ROWS];
    double counts[2][ROWS], weights[ROWS];
    const uint32_t *code_list[FACTORS];
    const double *count_list[2];
    size_t n;
    bool weighted;
};

static struct feed *
feed_new(void)
{
    struct feed *f = calloc(1, sizeof *f);

    for (size_t i = 0; i < FACTORS; i++) {
        f->dictionaries[i] = dictionary_new(NULL);
        f->code_list[i] = f->codes[i];
    }
    f->count_list[0] = f->counts[0];
    f->count_list[1] = f->counts[1];
    return f;
}

static void
feed_free(struct feed *f)
{
    for (size_t i = 0; i < FACTORS; i++)
        dictionary_free(f->dictionaries[i]);
    free(f);
}

static void
know_code(struct dictionary *d, uint32_t code)
{
    char text[16];

    for (size_t i = dictionary_n_levels(d) + 1; i <= code; i++) {
        const int n = snprintf(text, sizeof text, "v%zu", i);
        CHECK(dictionary_code(d, text, (size_t)n, (struct place){ 0, 0 }) == i);
    }
}

static void
put_row(struct feed *f, const uint32_t *codes, size_t n_codes)
{
    for (size_t i = 0; i < n_codes; i++) {
        f->codes[i][f->n] = codes[i];
        know_code(f->dictionaries[i], codes[i]);
    }
    f->n++;
}

static enum dyad_status
add(struct feed *f, void *sums)
{
    const struct rows rows = {
        .n = f->n,
        .codes = f->code_list,
        .counts = f->count_list,
        .weights = f->weighted ? f->weights : NULL,
        .dictionaries = (const struct dictionary *const *)f->dictionaries,
    };
    f->n = 0;
    return crosstab_accumulator.add(sums, &rows);
}

/* The codes as they are. */
static enum dyad_status
merge_as_is(void *into, const void *from, size_t largest)
{
    uint32_t *same = malloc((largest + 1) * sizeof *same);
    const uint32_t *recode[FACTORS];

    for (uint32_t i = 0; i <= largest; i++)
        same[i] = i;
    for (size_t i = 0; i < FACTORS; i++)
        recode[i] = same;
    const enum dyad_status st = crosstab_accumulator.merge(into, from, recode);
    free(same);
    return st;
}

static const struct crosstab_cell *
find_cell(const struct crosstab_cell *cells, size_t n, const uint32_t *codes, size_t n_codes)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(cells[i].codes, codes, n_codes * sizeof *codes) == 0)
            return &cells[i];
    return NULL;
}

static void
counts_records_in_cells(void)
{
    const struct crosstab_spec spec = { .factors = { 1, 0 }, .n_factors = 2 };
    struct crosstabs *t = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    struct feed *f = feed_new();
    size_t n;

    /* outcome, group */
    static const uint32_t rows[][2] = { { 1, 1 }, { 2, 1 }, { 1, 2 }, { 1, 1 },
                                        { 0, 1 }, { 2, 0 }, { 0, 0 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        put_row(f, rows[i], 2);
    CHECK(add(f, t) == DYAD_OK);
    const struct crosstab_cell *cells = crosstab_cells(t, 0, &n);
    static const int64_t wanted[][3] = { { 0, 0, 1 }, { 0, 2, 1 }, { 1, 0, 1 },
                                         { 1, 1, 2 }, { 1, 2, 1 }, { 2, 1, 1 } };
    CHECK(n == COUNT_OF(wanted)); /* ascending by codes, the empty ones left out */
    for (size_t i = 0; i < n; i++)
        CHECK(cells[i].codes[0] == wanted[i][0] && cells[i].codes[1] == wanted[i][1] &&
              cells[i].records == wanted[i][2]);
    CHECK(crosstab_n_used(t) == 4);
    crosstabs_free(t);
    crosstabs_free(NULL);
    feed_free(f);
}

static bool
is_ascending(const uint32_t *a, const uint32_t *b)
{
    size_t i = 0;

    while (i + 1 < FACTORS && a[i] == b[i])
        i++;
    return a[i] < b[i];
}

/* Cells of random codes that reach ever higher, against a plain list; with and without weights. */
static void
check_growth(size_t n_factors, uint32_t highest, bool weighted, uint64_t seed)
{
    const struct crosstab_spec spec = {
        .factors = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                     12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 },
        .n_factors = n_factors
    };
    struct crosstabs *t[2], *whole = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    struct feed *f = feed_new();
    struct crosstab_cell *wanted = calloc(4 * ROWS, sizeof *wanted);
    size_t n_wanted = 0, n;
    int64_t used = 0;

    t[0] = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    t[1] = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    f->weighted = weighted;
    for (uint32_t limit = 2, round = 0; round < 8;
         limit = limit * 5 < highest ? limit * 5 : highest, round++) {
        for (size_t i = 0; i < 300; i++) {
            uint32_t codes[FACTORS] = { 0 };
            bool complete = true;
            for (size_t k = 0; k < n_factors; k++)
                codes[k] =
                    (uint32_t)scratch_below(&seed, k % 3 ? (limit < 6 ? limit : 6) + 1 : limit + 1);
            const int64_t weight = weighted ? 1 + (int64_t)scratch_below(&seed, 9) : 1;
            f->weights[f->n] = (double)weight;
            put_row(f, codes, n_factors);
            const struct crosstab_cell *known = find_cell(wanted, n_wanted, codes, FACTORS);
            struct crosstab_cell *cell = known ? &wanted[known - wanted] : &wanted[n_wanted++];
            memcpy(cell->codes, codes, sizeof codes);
            cell->records += weight;
            for (size_t k = 0; k < n_factors; k++)
                complete = complete && codes[k];
            used += complete ? weight : 0;
        }
        CHECK(add(f, t[round % 2]) == DYAD_OK);
    }
    CHECK(merge_as_is(whole, t[0], highest + 1) == DYAD_OK &&
          merge_as_is(whole, t[1], highest + 1) == DYAD_OK);
    const struct crosstab_cell *cells = crosstab_cells(whole, 0, &n);
    CHECK(n == n_wanted);
    for (size_t i = 0; i < n; i++) {
        const struct crosstab_cell *cell = find_cell(wanted, n_wanted, cells[i].codes, FACTORS);
        CHECK(cell != NULL && cell->records == cells[i].records);
        CHECK(i == 0 || is_ascending(cells[i - 1].codes, cells[i].codes));
    }
    CHECK(crosstab_n_used(whole) == used);
    for (int i = 0; i < 2; i++)
        crosstabs_free(t[i]);
    crosstabs_free(whole);
    free(wanted);
    feed_free(f);
}

static void
keeps_its_cells_while_codes_grow(void)
{
    check_growth(1, 5000, false, 1);
    check_growth(1, 5000, true, 2);
    check_growth(2, 300, false, 3);
    check_growth(3, 2000, true, 4);
    check_growth(5, 3000, false, 5);
    check_growth(12, 100, false, 6);
    check_growth(20, 3, false, 7);
}

/* More factors than 62 bits have room for at three bits each. */
static void
tells_many_factors_apart(void)
{
    check_growth(21, 2, false, 8);
    check_growth(CROSSTAB_FACTORS, 2, true, 9);
}

/* Every one of 2^16 places taken, then one code more: into the hash table, all of them. */
static void
moves_a_full_table_into_the_hash(void)
{
    const struct crosstab_spec spec = { .factors = { 0, 1 }, .n_factors = 2 };
    struct crosstabs *t = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    struct feed *f = feed_new();
    size_t n;

    for (uint32_t a = 0; a < 256; a++)
        for (uint32_t b = 0; b < 256; b++) {
            put_row(f, (const uint32_t[]){ a, b }, 2);
            if (f->n == ROWS)
                CHECK(add(f, t) == DYAD_OK);
        }
    put_row(f, (const uint32_t[]){ 256, 3 }, 2);
    CHECK(add(f, t) == DYAD_OK);
    const struct crosstab_cell *cells = crosstab_cells(t, 0, &n);
    CHECK(n == 65537);
    for (size_t i = 0; i < n; i++)
        CHECK(cells[i].records == 1 &&
              (i == 65536 ? cells[i].codes[0] == 256
                          : cells[i].codes[0] * 256 + cells[i].codes[1] == i));
    CHECK(crosstab_n_used(t) == 255 * 255 + 1);
    crosstabs_free(t);
    feed_free(f);
}

/* Keys that differ in their high bits only must not pile up: this hung for minutes when they did.
 */
static void
spreads_keys_that_differ_in_few_bits(void)
{
    const struct crosstab_spec spec = { .factors = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
                                        .n_factors = 13 };
    struct crosstabs *t = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    struct feed *f = feed_new();
    size_t n;

    for (uint32_t a = 1; a <= 200000; a++) {
        put_row(f, (const uint32_t[]){ a, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 13);
        if (f->n == ROWS || a == 200000)
            CHECK(add(f, t) == DYAD_OK);
    }
    CHECK(crosstab_cells(t, 0, &n) != NULL && n == 200000);
    crosstabs_free(t);
    feed_free(f);
}

static void
refuses_more_combinations_than_a_key_holds(void)
{
    struct crosstab_spec spec = { .n_factors = 7 };
    struct crosstabs *t;
    struct feed *f = feed_new();

    for (size_t i = 0; i < 7; i++)
        spec.factors[i] = i;
    t = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    put_row(f, (const uint32_t[]){ 255, 255, 255, 255, 255, 255, 255 }, 7);
    CHECK(add(f, t) == DYAD_OK); /* 56 bits */
    put_row(f, (const uint32_t[]){ 511, 511, 511, 511, 511, 511, 511 }, 7);
    CHECK(add(f, t) == DYAD_USAGE); /* 63 */
    crosstabs_free(t);
    feed_free(f);
}

static void
adds_up_events_and_totals(void)
{
    const struct crosstab_spec spec = { .factors = { 0 },
                                        .n_factors = 1,
                                        .has_counts = true,
                                        .events = 0,
                                        .totals = 1,
                                        .events_name = "events" };
    struct crosstabs *t = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
    struct feed *f = feed_new();
    size_t n;
    static const double rows[][4] = {
        /* group, events, total, frequency */
        { 1, 3, 10, 1 },  { 1, 2, 5, 2 }, { 2, 0, 0, 1 },     { 2, NAN, 7, 3 },
        { 1, 4, NAN, 1 }, { 0, 1, 1, 1 }, { 3, 5e9, 6e9, 1 },
    };

    f->weighted = true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f->counts[0][i] = rows[i][1];
        f->counts[1][i] = rows[i][2];
        f->weights[i] = rows[i][3];
        put_row(f, (const uint32_t[]){ (uint32_t)rows[i][0] }, 1);
    }
    CHECK(add(f, t) == DYAD_OK);
    const struct crosstab_cell *cells = crosstab_cells(t, 0, &n);
    CHECK(n == 4);
    CHECK(cells[0].codes[0] == 0 && cells[0].events == 1 && cells[0].total == 1 &&
          cells[0].records == 0);
    CHECK(cells[1].codes[0] == 1 && cells[1].events == 7 && cells[1].total == 20 &&
          cells[1].records == 1);
    CHECK(cells[2].codes[0] == 2 && cells[2].events == 0 && cells[2].total == 0 &&
          cells[2].records == 3);
    CHECK(cells[3].events == INT64_C(5000000000) && cells[3].total == INT64_C(6000000000));
    CHECK(crosstab_n_used(t) == 1 + 2 + 1 + 1); /* groups, by what they stand for */
    crosstabs_free(t);
    feed_free(f);
}

static void
refuses_totals_that_no_double_counts_exactly(void)
{
    const struct crosstab_spec spec = {
        .n_factors = 0, .has_counts = true, .events = 0, .totals = 1, .events_name = "e"
    };
    const double most = (double)COUNT_MAX;

    for (int kind = 0; kind < 5; kind++) {
        struct crosstabs *t = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
        struct crosstabs *more = crosstab_accumulator.begin(&(struct crosstab_set){ &spec, 1 });
        struct feed *f = feed_new();
        size_t n;

        f->weighted = kind == 1 || kind == 4;
        for (size_t i = 0; i < 2; i++) {
            f->counts[0][i] = 0;
            f->counts[1][i] = kind == 0 || kind == 2 ? most - (i ? 1 : most - 1) : most / 4 + 1;
            f->weights[i] = 4;
            if (kind == 4)
                f->counts[1][i] = f->weights[i] = 4294967296; /* 2^64 is 0 to an integer */
        }
        /* 0: exactly the most.  1: each by 4 is more.  2: both files have the most.  3: half and a
           little. 4: far more. */
        put_row(f, NULL, 0);
        put_row(f, NULL, 0);
        CHECK(add(f, t) == (kind == 1 || kind == 4 ? DYAD_DATA : DYAD_OK));
        if (kind == 0)
            CHECK(crosstab_cells(t, 0, &n)->total == COUNT_MAX);
        if (kind == 2 || kind == 3) {
            put_row(f, NULL, 0);
            put_row(f, NULL, 0);
            CHECK(add(f, more) == DYAD_OK);
            CHECK(merge_as_is(more, t, 1) == DYAD_DATA);
        }
        crosstabs_free(t);
        crosstabs_free(more);
        feed_free(f);
    }
}

static void
keeps_several_tables_and_who_is_in_any_of_them(void)
{
    const struct crosstab_spec specs[] = { { .factors = { 0 }, .n_factors = 1 },
                                           { .factors = { 1, 2 }, .n_factors = 2 } };
    struct crosstabs *t = crosstab_accumulator.begin(&(struct crosstab_set){ specs, 2 });
    struct crosstabs *whole = crosstab_accumulator.begin(&(struct crosstab_set){ specs, 2 });
    struct feed *f = feed_new();
    static const uint32_t rows[][3] = {
        { 1, 0, 1 }, { 0, 1, 1 }, { 0, 0, 1 }, { 2, 2, 2 }, { 0, 2, 0 }
    };
    size_t n;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        put_row(f, rows[i], 3);
    CHECK(add(f, t) == DYAD_OK);
    CHECK(crosstab_n_used(t) == 3);
    CHECK(crosstab_cells(t, 0, &n) && n == 3);
    CHECK(crosstab_cells(t, 1, &n) && n == 4);
    /* Merged under other codes: 1 becomes 2 and 2 becomes 1 in the first factor. */
    const uint32_t turned[] = { 0, 2, 1 }, same[] = { 0, 1, 2 };
    CHECK(crosstab_accumulator.merge(whole, t, (const uint32_t *const[]){ turned, same, same }) ==
          DYAD_OK);
    const struct crosstab_cell *cells = crosstab_cells(whole, 0, &n);
    CHECK(n == 3 && cells[0].records == 3 && cells[1].codes[0] == 1 && cells[1].records == 1 &&
          cells[2].codes[0] == 2);
    CHECK(crosstab_n_used(whole) == 3);
    crosstabs_free(t);
    crosstabs_free(whole);
    feed_free(f);
}

int
main(void)
{
    RUN(counts_records_in_cells);
    RUN(keeps_its_cells_while_codes_grow);
    RUN(tells_many_factors_apart);
    RUN(moves_a_full_table_into_the_hash);
    RUN(spreads_keys_that_differ_in_few_bits);
    RUN(refuses_more_combinations_than_a_key_holds);
    RUN(adds_up_events_and_totals);
    RUN(refuses_totals_that_no_double_counts_exactly);
    RUN(keeps_several_tables_and_who_is_in_any_of_them);
    return DONE();
}
