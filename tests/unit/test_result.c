#include "dyad/core/result.h"

#include "check.h"

static void
keeps_the_cells_of_its_tables(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "rates");

    table_column(t, "site", COLUMN_GROUP);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    for (int i = 0; i < 100; i++) {
        char site[8];
        snprintf(site, sizeof site, "s%d", i);
        table_row(t, i % 2 ? SCALE_RATIO : SCALE_PROPORTION);
        table_set_group(t, 0, site);
        table_set_count(t, "n", INT64_C(5000000000) + i);
        table_set_number(t, "estimate", i / 8.0);
    }
    CHECK(result_status(&r) == DYAD_OK);
    CHECK(result_find(&r, "rates") == t && result_find(&r, "tests") == NULL);
    CHECK(t->n_rows == 100 && t->n_columns == 3);
    CHECK(strcmp(table_cell(t, 99, 0)->is.text, "s99") == 0);
    CHECK(table_cell(t, 99, 1)->state == CELL_COUNT &&
          table_cell(t, 99, 1)->is.count == INT64_C(5000000099));
    CHECK(table_cell(t, 99, 2)->is.number == 99 / 8.0);
    CHECK(t->scales[98] == SCALE_PROPORTION && t->scales[99] == SCALE_RATIO);
    result_release(&r);
    CHECK(r.n_tables == 0 && r.tables == NULL && r.seed == 1);
}

static void
leaves_what_is_not_defined_empty_and_keeps_infinity(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "t");

    table_column(t, "x", COLUMN_NUMBER);
    table_row(t, SCALE_NUMBER);
    table_row(t, SCALE_NUMBER);
    table_set_number(t, "x", NAN);
    table_row(t, SCALE_NUMBER);
    table_set_number(t, "x", INFINITY);
    table_row(t, SCALE_NUMBER);
    table_set_number(t, "x", -0.0);
    CHECK(table_cell(t, 0, 0)->state == CELL_EMPTY);
    CHECK(table_cell(t, 1, 0)->state == CELL_EMPTY);
    CHECK(isinf(table_cell(t, 2, 0)->is.number));
    CHECK(table_cell(t, 3, 0)->is.number == 0 && !signbit(table_cell(t, 3, 0)->is.number));
    result_release(&r);
}

static void
lets_group_columns_give_way_to_fixed_names(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "t");

    table_column(t, "n", COLUMN_GROUP);
    table_column(t, "n_", COLUMN_GROUP);
    table_column(t, "other", COLUMN_GROUP);
    table_column(t, "n", COLUMN_COUNT);
    CHECK(strcmp(t->columns[0].name, "n__") == 0);
    CHECK(strcmp(t->columns[1].name, "n_") == 0);
    CHECK(strcmp(t->columns[2].name, "other") == 0);
    CHECK(table_find_column(t, "n") == 3);
    CHECK(table_find_column(t, "m") == t->n_columns);
    result_release(&r);
}

static void
says_each_note_once(void)
{
    struct result r = RESULT_INIT;

    result_note(&r, "%d records left out", 3);
    result_note(&r, "%s", "another");
    result_note(&r, "%d records left out", 3);
    CHECK(r.n_notes == 2);
    CHECK(strcmp(r.notes[0], "3 records left out") == 0 && strcmp(r.notes[1], "another") == 0);
    result_argument(&r, "--by");
    result_argument(&r, "--by");
    CHECK(r.n_arguments == 2);
    result_input(&r, "a.csv", 10, 2, NULL);
    result_input(&r, "b.csv", 11, 3,
                 "0123456789012345678901234567890123456789012345678901234567890123");
    CHECK(r.n_inputs == 2 && r.inputs[0].sha256[0] == '\0' && strlen(r.inputs[1].sha256) == 64);
    CHECK(r.inputs[1].bytes == 11 && r.inputs[1].records == 3 &&
          strcmp(r.inputs[1].path, "b.csv") == 0);
    result_release(&r);
}

static void
knows_plain_numbers(void)
{
    static const char *const plain[] = { "0",   "1",      "-1", "-0",
                                         "0.5", "-12.25", "10", "123456789012345",
                                         "0.00" };
    static const char *const other[] = { "",    "-",   "+1",  "01",  "-01",   "00",
                                         "1.",  ".5",  "1e5", "1,5", " 1",    "1 ",
                                         "NaN", "inf", "0x1", "--1", "1.2.3", "1234567890123456" };

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        CHECK(text_is_plain_number(plain[i]));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        CHECK(!text_is_plain_number(other[i]));
}

static void
calls_a_group_numeric_only_if_every_value_is(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "t");

    table_column(t, "numbers", COLUMN_GROUP);
    table_column(t, "mixed", COLUMN_GROUP);
    table_column(t, "empty", COLUMN_GROUP);
    for (int i = 0; i < 3; i++) {
        table_row(t, SCALE_NUMBER);
        if (i < 2)
            table_set_group(t, 0, i ? "2.5" : "1");
        table_set_group(t, 1, i ? "2" : "05");
    }
    CHECK(table_group_is_numeric(t, 0));
    CHECK(!table_group_is_numeric(t, 1));
    CHECK(!table_group_is_numeric(t, 2));
    result_release(&r);
}

static void
reads_cells_back_by_name(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "rates");

    table_column(t, "outcome", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_row(t, SCALE_PROPORTION);
    table_set_text(t, "outcome", "initiated");
    table_set_count(t, "n", 7);
    table_set_number(t, "estimate", 0.25);
    table_row(t, SCALE_PROPORTION);
    CHECK(strcmp(table_text(t, 0, "outcome"), "initiated") == 0);
    CHECK(table_count(t, 0, "n") == 7 && table_number(t, 0, "n") == 7);
    CHECK(table_number(t, 0, "estimate") == 0.25);
    CHECK(isnan(table_number(t, 0, "outcome")) && table_count(t, 0, "estimate") == 0);
    CHECK(*table_text(t, 1, "outcome") == '\0' && isnan(table_number(t, 1, "estimate")));
    result_release(&r);
}

int
main(void)
{
    RUN(keeps_the_cells_of_its_tables);
    RUN(leaves_what_is_not_defined_empty_and_keeps_infinity);
    RUN(lets_group_columns_give_way_to_fixed_names);
    RUN(says_each_note_once);
    RUN(knows_plain_numbers);
    RUN(calls_a_group_numeric_only_if_every_value_is);
    RUN(reads_cells_back_by_name);
    return DONE();
}
