/* The programs are no part of the library. */
#include "../../src/programs/design.c"

#include "value_fields.h"

#include "scratch.h"

enum { COLUMNS = 16, ROWS = 64 };

/* Columns of data; of numbers the levels are their texts, ascending, as factor() has them. */
struct data {
    size_t n_rows, n_columns;
    struct column_values columns[COLUMNS];
    bool is_number[COLUMNS];
    double numbers[COLUMNS][ROWS];
    uint32_t codes[COLUMNS][ROWS];
    const char *levels[COLUMNS][ROWS];
    char *texts[COLUMNS * ROWS + COLUMNS];
    size_t n_texts;
};

static const char *
keep(struct data *d, const char *text)
{
    char *copy = text_copy(text);

    CHECK(copy && d->n_texts < COUNT_OF(d->texts));
    d->texts[d->n_texts++] = copy;
    return copy;
}

static void
clear(struct data *d)
{
    for (size_t i = 0; i < d->n_texts; i++)
        free(d->texts[i]);
    d->n_texts = d->n_columns = d->n_rows = 0;
}

static int
compare_numbers(const void *a, const void *b)
{
    const double x = strtod(*(const char *const *)a, NULL), y = strtod(*(const char *const *)b, NULL);
    return (x > y) - (x < y);
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "" is a text like others, "?" is missing. */
static void
add_column_of(struct data *d, const char *name, bool is_number, const char *const *cells)
{
    const size_t c = d->n_columns++;
    struct column_values *v = &d->columns[c];
    const char **levels = d->levels[c];
    size_t n = 0;

    CHECK(c < COLUMNS && d->n_rows <= ROWS);
    for (size_t i = 0; i < d->n_rows; i++) {
        size_t j = 0;
        while (j < n && strcmp(levels[j], cells[i]) != 0)
            j++;
        if (j == n && strcmp(cells[i], "?") != 0)
            levels[n++] = keep(d, cells[i]);
    }
    qsort(levels, n, sizeof *levels, is_number ? compare_numbers : compare_texts);
    for (size_t i = 0; i < d->n_rows; i++) {
        const bool missing = strcmp(cells[i], "?") == 0;
        d->codes[c][i] = 0;
        for (uint32_t j = 0; j < n && !missing; j++)
            if (strcmp(levels[j], cells[i]) == 0)
                d->codes[c][i] = j + 1;
        d->numbers[c][i] = missing ? NAN : strtod(cells[i], NULL);
    }
    *v = (struct column_values){ keep(d, name), is_number ? d->numbers[c] : NULL, d->codes[c], levels, n, NULL };
    d->is_number[c] = is_number;
}

/* The columns that the formula names, in its order. */
static void
find_columns(const struct data *d, const struct formula *f, struct column_values *out)
{
    static const struct column_values none = { .name = "" };

    CHECK(f->n_columns <= COLUMNS);
    for (size_t i = 0; i < f->n_columns; i++) {
        out[i] = none;
        for (size_t j = 0; j < d->n_columns; j++)
            if (strcmp(d->columns[j].name, f->columns[i].name) == 0)
                out[i] = d->columns[j];
    }
}

static struct formula
parse(const char *text)
{
    struct formula f = FORMULA_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    if (formula_parse(text, strchr(text, '~') == text ? FORMULA_RIGHT : FORMULA_BOTH, &f, &err) != DYAD_OK)
        fail_msg("%s: %s", text, err.text);
    return f;
}

/* --- against R ----------------------------------------------------------------------------- */

static struct value_fields v;

static void
next_line(const char *what)
{
    CHECK(value_fields_next(&v));
    assert_string_equal(v.fields[0], what);
}

static void
check_names(const struct design *d, const char *text)
{
    next_line("N");
    if (d->n_columns != v.n - 1)
        print_error("%s: %zu columns, not %zu\n", text, d->n_columns, v.n - 1);
    CHECK(d->n_columns == v.n - 1);
    for (size_t j = 0; j < d->n_columns; j++)
        assert_string_equal(d->columns[j].name, v.fields[j + 1]);
    next_line("A");
    for (size_t j = 0; j < d->n_columns; j++)
        CHECK((double)d->columns[j].term == value_field(&v, j + 1));
}

/* Relative to the largest value in its column. */
static void
check_matrix(const double *x, size_t n, size_t p, double tolerance, const char *text)
{
    next_line("X");
    CHECK(v.n == n * p + 1);
    for (size_t j = 0; j < p; j++) {
        double largest = 0, off = 0;
        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs(value_field(&v, i * p + j + 1)));
            off = fmax(off, fabs(x[i * p + j] - value_field(&v, i * p + j + 1)));
        }
        if (!(off <= tolerance * largest))
            print_error("%s: column %zu is off by %g\n", text, j + 1, off / largest);
        CHECK(off <= tolerance * largest);
    }
}

static void
check_formula(const struct data *data, const char *text)
{
    struct column_values values[COLUMNS];
    struct formula f = parse(text);
    struct design d = DESIGN_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    static double x[ROWS * 128], offset[ROWS];
    bool complete[ROWS];
    const double tolerance = strstr(text, "poly(") ? 5e-14 : strstr(text, "ns(") ? 1e-15 : 2e-16;

    find_columns(data, &f, values);
    CHECK(design_complete(&f, values, data->n_rows, complete) == data->n_rows);
    if (design_columns(&f, values, NULL, data->n_rows, &d, &err) != DYAD_OK)
        fail_msg("%s: %s", text, err.text);
    CHECK(d.n_columns <= 128);
    check_names(&d, text);
    if (design_fill(&d, values, data->n_rows, x, offset, &err) != DYAD_OK)
        fail_msg("%s: %s", text, err.text);
    check_matrix(x, data->n_rows, d.n_columns, tolerance, text);
    next_line("O");
    for (size_t i = 0; i < data->n_rows; i++)
        CHECK_REL(offset[i], value_field(&v, i + 1), 3e-16);
    design_release(&d);
    formula_release(&f);
}

static void
makes_the_matrices_of_r(void)
{
    static struct data data;
    size_t n = 0;
    char text[256];

    for (value_lines_open(&v.lines, "tests/values/design.gz"); value_fields_next(&v);) {
        if (strcmp(v.fields[0], "D") == 0) {
            clear(&data);
            data.n_rows = (size_t)value_field(&v, 2);
        } else if (strcmp(v.fields[0], "C") == 0) {
            CHECK(v.n == data.n_rows + 3);
            add_column_of(&data, v.fields[1], strcmp(v.fields[2], "number") == 0, (const char *const *)v.fields + 3);
        } else {
            assert_string_equal(v.fields[0], "F");
            snprintf(text, sizeof text, "%s", v.fields[2]);
            check_formula(&data, text);
            n++;
        }
    }
    CHECK(n == 100);
    clear(&data);
}

/* --- by itself ------------------------------------------------------------------------------ */

static struct data data;

/* z and g are text, x is a number, k both; m holds nothing but one text; w is not positive everywhere. */
static void
fill_data(void)
{
    static const char *const x[] = { "1", "2", "?", "4", "5", "6" }, *const z[] = { "b", "?", "a", "c", "b", "a" },
                             *const g[] = { "p", "q", "p", "q", "p", "q" },
                             *const w[] = { "0", "-1", "2", "3", "1", "2" },
                             *const m[] = { "one", "one", "one", "one", "one", "one" },
                             *const k[] = { "1", "5", "1", "5", "?", "1" },
                             *const y[] = { "0", "1", "0", "1", "0", "?" };

    clear(&data);
    data.n_rows = 6;
    add_column_of(&data, "x", true, x);
    add_column_of(&data, "z", false, z);
    add_column_of(&data, "g", false, g);
    add_column_of(&data, "w", true, w);
    add_column_of(&data, "m", false, m);
    add_column_of(&data, "k", true, k);
    add_column_of(&data, "y", true, y);
}

static void
tells_which_rows_are_complete(void)
{
    static const struct {
        const char *text, *wanted;
    } examples[] = {
        { "~ g", "111111" },        { "~ x", "110111" },           { "~ z", "101111" },
        { "~ x:z", "100111" },      { "y ~ g", "111111" },         { "y ~ factor(x)", "110111" },
        { "~ k", "111101" },        { "~ factor(k)", "111101" },   { "~ g + offset(k)", "111101" },
        { "~ g + x - x", "110111" }, { "~ ns(x, 2)*log(k)", "110101" },
    };
    bool complete[6];

    fill_data();
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct formula f = parse(examples[i].text);
        struct column_values values[COLUMNS];
        char got[7] = "";
        size_t n = 0;
        find_columns(&data, &f, values);
        const size_t n_complete = design_complete(&f, values, 6, complete);
        for (size_t j = 0; j < 6; j++) {
            got[j] = complete[j] ? '1' : '0';
            n += complete[j];
        }
        assert_string_equal(got, examples[i].wanted);
        CHECK(n == n_complete);
        formula_release(&f);
    }
    clear(&data);
}

/* A design of rows ${first} to ${first} + ${n} of the data. */
static enum dyad_status
design_of(const char *text, size_t first, size_t n, struct formula *f, struct design *d, struct dyad_error *err)
{
    struct column_values values[COLUMNS];

    *f = parse(text);
    find_columns(&data, f, values);
    for (size_t i = 0; i < f->n_columns; i++) {
        values[i].numbers = values[i].numbers ? values[i].numbers + first : NULL;
        values[i].codes = values[i].codes ? values[i].codes + first : NULL;
    }
    return design_columns(f, values, NULL, n, d, err);
}

static void
leaves_out_levels_that_no_record_has(void)
{
    struct formula f;
    struct design d = DESIGN_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    fill_data();
    CHECK(design_of("~ z", 3, 2, &f, &d, &err) == DYAD_OK); /* c and b */
    CHECK(d.n_columns == 2);
    assert_string_equal(d.columns[1].name, "zc");
    CHECK(d.blocks[0].n_levels == 2 && d.blocks[0].levels[0] == 2 && d.blocks[0].levels[1] == 3);
    design_release(&d);
    formula_release(&f);
    clear(&data);
}

static void
describes_its_columns_without_a_matrix(void)
{
    struct formula f;
    struct design d = DESIGN_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    fill_data();
    CHECK(design_of("~ w*factor(z, ref=\"c\") + poly(w, 2):g", 2, 4, &f, &d, &err) == DYAD_OK);
    CHECK(d.n_columns == 10);
    CHECK(d.columns[0].term == 0 && d.columns[0].n_parts == 0);
    const struct design_column *c = &d.columns[5]; /* w:factor(z, ref = "c")b */
    assert_string_equal(c->name, "w:factor(z, ref = \"c\")b");
    CHECK(c->n_parts == 2 && c->term == 3);
    CHECK(d.blocks[c->parts[0].atom].kind == BLOCK_NUMBER);
    CHECK(d.blocks[c->parts[1].atom].kind == BLOCK_LEVELS && c->parts[1].index == 2);
    c = &d.columns[7];
    assert_string_equal(c->name, "poly(w, 2)2:gp");
    CHECK(d.blocks[c->parts[0].atom].kind == BLOCK_POLY && c->parts[0].index == 1 && c->parts[1].index == 1);
    design_release(&d);
    formula_release(&f);
    clear(&data);
}

/* Bases stay those of the data they were made from. */
static void
predicts_for_other_rows(void)
{
    static const char *const text = "~ poly(w, 2) + ns(w, 2)*g + offset(2 * w)";
    struct column_values values[COLUMNS];
    struct formula f;
    struct design d = DESIGN_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    double all[6 * 8], one[8], offsets[6], offset;

    fill_data();
    CHECK(design_of(text, 0, 6, &f, &d, &err) == DYAD_OK && d.n_columns == 8);
    find_columns(&data, &f, values);
    CHECK(design_fill(&d, values, 6, all, offsets, &err) == DYAD_OK);
    for (size_t i = 0; i < 6; i++) {
        struct column_values row[COLUMNS];
        for (size_t j = 0; j < f.n_columns; j++) {
            row[j] = values[j];
            row[j].numbers = row[j].numbers ? row[j].numbers + i : NULL;
            row[j].codes += i;
        }
        CHECK(design_fill(&d, row, 1, one, &offset, &err) == DYAD_OK);
        CHECK(memcmp(one, all + 8 * i, sizeof one) == 0 && offset == offsets[i]);
        CHECK(design_fill(&d, row, 1, one, NULL, &err) == DYAD_OK);
    }
    const double beyond = 50;
    const uint32_t q = 2, unknown = 3, missing = 0;
    const struct column_values new[] = { { "w", &beyond, NULL, NULL, 0, NULL }, { "g", NULL, &q, NULL, 0, NULL } },
                               other[] = { new[0], { "g", NULL, &unknown, NULL, 0, NULL } },
                               without[] = { new[0], { "g", NULL, &missing, NULL, 0, NULL } };
    CHECK(design_fill(&d, new, 1, one, &offset, &err) == DYAD_OK);
    CHECK(offset == 100 && one[3] == one[6] && one[5] == 1);
    CHECK(design_fill(&d, other, 1, one, &offset, &err) == DYAD_DATA);
    assert_string_equal(err.text, "'g' has a level, or none, that the design does not know");
    CHECK(design_fill(&d, without, 1, one, &offset, &err) == DYAD_DATA);
    design_release(&d);
    formula_release(&f);
    clear(&data);
}

static void
lets_a_row_stand_for_many(void)
{
    static const double w[] = { 1, 2, 5, 9 }, counts[] = { 2, 1, 3, 1 }, all[] = { 1, 1, 2, 5, 5, 5, 9 };
    const struct column_values few[] = { { "w", w, NULL, NULL, 0, NULL } }, many[] = { { "w", all, NULL, NULL, 0, NULL } };
    struct formula f = parse("~ ns(w, 2) + poly(w, 2)");
    struct design a = DESIGN_INIT, b = DESIGN_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    double x[5], y[5];

    CHECK(design_columns(&f, few, counts, 4, &a, &err) == DYAD_OK);
    CHECK(design_columns(&f, many, NULL, 7, &b, &err) == DYAD_OK);
    CHECK(design_fill(&a, few, 1, x, NULL, &err) == DYAD_OK && design_fill(&b, few, 1, y, NULL, &err) == DYAD_OK);
    CHECK(a.blocks[0].ns.knots[0] == 5);
    for (size_t j = 0; j < 5; j++)
        CHECK_REL(x[j], y[j], 1e-14);
    design_release(&a);
    design_release(&b);
    formula_release(&f);
}

static void
refuses_data_that_make_no_design(void)
{
    static const struct {
        const char *text;
        size_t first, n;
        const char *wanted;
        enum dyad_status status;
    } examples[] = {
        { "~ m", 0, 6, "'m' has one level only among the records used: nothing to compare", DYAD_DATA },
        { "~ m - 1", 0, 6, "'m' has one level only among the records used: nothing to compare", DYAD_DATA },
        { "~ g:factor(m)", 0, 6, "'factor(m)' has one level only", DYAD_DATA },
        { "~ g", 0, 1, "'g' has one level only", DYAD_DATA },
        { "~ factor(g, ref=\"r\")", 0, 6, "no record used has the reference that 'factor(g, ref = \"r\")' names", DYAD_USAGE },
        { "~ factor(z, ref=\"b\")", 2, 2, "no record used has the reference", DYAD_USAGE },
        { "~ log(g)", 0, 6, "'log(g)' needs numbers, and column 'g' holds something else", DYAD_DATA },
        { "~ w + I(w*g)", 0, 6, "'I(w * g)' needs numbers", DYAD_DATA },
        { "~ poly(g, 1)", 0, 6, "'poly(g, 1)' needs numbers", DYAD_DATA },
        { "~ w + offset(g)", 0, 6, "'offset(g)' needs numbers", DYAD_DATA },
        { "~ poly(k, 2)", 0, 4, "too few different values among the records used for 'poly(k, 2)'", DYAD_DATA },
        { "~ ns(k, 2)", 0, 3, "too few different values among the records used for 'ns(k, 2)'", DYAD_DATA },
        { "~ ns(log(w), 2)", 0, 6, "'ns(log(w), 2)' is not a finite number for every record", DYAD_DATA },
        { "~ poly(1/w, 2)", 0, 6, "'poly(1/w, 2)' is not a finite number for every record", DYAD_DATA },
        { "~ g", 0, 0, "no record has all the values that the formula needs", DYAD_DATA },
    };

    fill_data();
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct formula f;
        struct design d = { .n_columns = 77 };
        struct dyad_error err = DYAD_ERROR_INIT;
        CHECK(design_of(examples[i].text, examples[i].first, examples[i].n, &f, &d, &err) == examples[i].status);
        CHECK(d.n_columns == 77 && d.columns == NULL);
        if (strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) != 0)
            print_error("%s: %s\n", examples[i].text, err.text);
        CHECK(strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) == 0);
        formula_release(&f);
    }
    clear(&data);
}

static void
refuses_numbers_that_are_none(void)
{
    static const struct {
        const char *text, *wanted;
    } examples[] = {
        { "~ log(w)", "'log(w)' is not a finite number for every record: leave some out with --where, or change "
                      "the formula" },
        { "~ w + g:sqrt(w)", "'sqrt(w)' is not" },
        { "~ I(w/w)", "'I(w/w)' is not" },
        { "~ exp(w * 300)", "'exp(w * 300)' is not" },
        { "~ exp(w * 200):exp(w * 100)", "'exp(w * 200):exp(w * 100)' is not" },
        { "~ g + offset(log(w))", "'offset(log(w))' is not" },
        { "~ x", "'x' is not" }, /* missing: who calls has not dropped the row */
    };

    fill_data();
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct column_values values[COLUMNS];
        struct formula f;
        struct design d = DESIGN_INIT;
        struct dyad_error err = DYAD_ERROR_INIT;
        double x[6 * 4], offset[6];
        CHECK(design_of(examples[i].text, 0, 6, &f, &d, &err) == DYAD_OK && d.n_columns <= 4);
        find_columns(&data, &f, values);
        CHECK(design_fill(&d, values, 6, x, offset, &err) == DYAD_DATA);
        CHECK(strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) == 0);
        design_release(&d);
        formula_release(&f);
    }
    clear(&data);
}

/* Twice 150 levels: 22500 columns. */
static void
refuses_more_columns_than_anybody_has(void)
{
    static uint32_t codes[150];
    static char texts[150][8];
    static const char *levels[150];
    struct formula f = parse("~ z:g");
    struct design d = DESIGN_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    for (uint32_t i = 0; i < 150; i++) {
        codes[i] = i + 1;
        snprintf(texts[i], sizeof texts[i], "%u", (unsigned)i);
        levels[i] = texts[i];
    }
    const struct column_values values[] = { { "z", NULL, codes, levels, 150, NULL }, { "g", NULL, codes, levels, 150, NULL } };
    CHECK(design_columns(&f, values, NULL, 150, &d, &err) == DYAD_DATA);
    assert_string_equal(err.text, "the formula makes more than 20000 columns");
    formula_release(&f);
}

int
main(void)
{
    RUN(makes_the_matrices_of_r);
    RUN(tells_which_rows_are_complete);
    RUN(leaves_out_levels_that_no_record_has);
    RUN(describes_its_columns_without_a_matrix);
    RUN(predicts_for_other_rows);
    RUN(lets_a_row_stand_for_many);
    RUN(refuses_data_that_make_no_design);
    RUN(refuses_numbers_that_are_none);
    RUN(refuses_more_columns_than_anybody_has);
    return DONE();
}
