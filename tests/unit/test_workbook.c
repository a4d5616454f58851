#include "dyad/output/workbook.h"

#include "check.h"

/* What the sheets hold, another reader says: tests/cli/report.sh. */

static void
fill(struct result *r, size_t rows)
{
    struct table *t = result_table(r, "rates");

    table_column(t, "site", COLUMN_GROUP);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    for (size_t i = 0; i < rows; i++) {
        table_row(t, SCALE_PROPORTION);
        table_set_group(t, 0, i ? "=1+1" : "north");
        table_set_count(t, "n", 12);
        table_set_number(t, "estimate", i ? INFINITY : 0.25);
    }
    result_note(r, "A note.");
    result_input(r, "a.csv", 10, 2, "abc");
}

static void
gives_the_same_bytes_again(void)
{
    struct result r = RESULT_INIT;
    struct text first = TEXT_INIT, again = TEXT_INIT;

    fill(&r, 2);
    const struct workbook_part parts[] = { { "a", "A", &r }, { "a", NULL, &r }, { "[odd]: name of more than 31 letters", "", &r } };
    CHECK(workbook_make("Title", parts, 3, &first, NULL) == DYAD_OK);
    CHECK(workbook_make("Title", parts, 3, &again, NULL) == DYAD_OK);
    CHECK(first.length == again.length && memcmp(first.at, again.at, first.length) == 0);
    CHECK(first.length > 1000 && memcmp(first.at, "PK\3\4", 4) == 0);
    text_release(&first);
    text_release(&again);
    result_release(&r);
}

static void
holds_no_more_rows_than_a_sheet_can(void)
{
    struct result r = RESULT_INIT;
    struct text bytes = TEXT_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    fill(&r, 1);
    const struct workbook_part part = { "a", "A", &r };
    r.tables[0]->n_rows = 2000000; /* never read */
    CHECK(workbook_make("Title", &part, 1, &bytes, &err) == DYAD_DATA);
    CHECK(strstr(err.text, "rates") && bytes.length == 0);
    r.tables[0]->n_rows = 1;
    result_release(&r);
}

int
main(void)
{
    RUN(gives_the_same_bytes_again);
    RUN(holds_no_more_rows_than_a_sheet_can);
    return DONE();
}
