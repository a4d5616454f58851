#include "dyad/output/render.h"

#include "check.h"

static void
add(struct result *r, const char *name)
{
    struct table *t = result_table(r, name);

    table_column(t, name, COLUMN_COUNT);
    table_row(t, SCALE_NUMBER);
    table_set_count(t, name, 1);
}

static void
finds_formats_by_name_and_ending(void)
{
    enum format format = FORMAT_TEXT;

    CHECK(format_find("latex", &format) && format == FORMAT_LATEX);
    CHECK(!format_find("LaTeX", &format) && format == FORMAT_LATEX);
    CHECK(format_of_path("out/a.b.json", &format) && format == FORMAT_JSON);
    CHECK(format_of_path("a.html", &format) && format == FORMAT_HTML);
    CHECK(format_of_path("a.md", &format) && format == FORMAT_MARKDOWN);
    CHECK(!format_of_path("out.csv/a", &format) && format == FORMAT_MARKDOWN);
    CHECK(!format_of_path("csv", &format));
    CHECK(format_has_hash(FORMAT_JSON) && !format_has_hash(FORMAT_CSV));
}

static void
writes_the_tables_that_are_named(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;
    const char *const names[] = { "second", "first", "second" };

    r.command = text_copy("rates");
    add(&r, "first");
    add(&r, "second");
    add(&r, "third");
    CHECK(render(&r, FORMAT_CSV, NULL, 0, &out) == DYAD_OK);
    CHECK(strcmp(out.at, "first\n1\n") == 0);
    CHECK(render(&r, FORMAT_CSV, names, 3, &out) == DYAD_OK);
    CHECK(strcmp(out.at, "first\n1\nsecond\n1\n") == 0); /* behind what was there */
    text_clear(&out);
    CHECK(render(&r, FORMAT_JSON, names, 3, &out) == DYAD_OK);
    CHECK(strstr(out.at, "\"third\"") == NULL);
    const char *first = strstr(out.at, "\"first\": ["), *second = strstr(out.at, "\"second\": [");
    CHECK(first && second && second < first);
    CHECK(strstr(second + 1, "\"second\": [") == NULL);
    for (enum format f = FORMAT_TEXT; f <= FORMAT_LATEX; f++) {
        text_clear(&out);
        CHECK(render(&r, f, NULL, 0, &out) == DYAD_OK);
        CHECK(out.length > 0 && out.at[out.length - 1] == '\n');
    }
    text_release(&out);
    result_release(&r);
}

static void
refuses_a_result_that_is_not_whole(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    r.failed = true;
    CHECK(render(&r, FORMAT_JSON, NULL, 0, &out) == DYAD_NOMEM);
    CHECK(out.at == NULL);
}

int
main(void)
{
    RUN(finds_formats_by_name_and_ending);
    RUN(writes_the_tables_that_are_named);
    RUN(refuses_a_result_that_is_not_whole);
    return DONE();
}
