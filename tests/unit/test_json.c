#include "dyad/output/json.h"

#include "check.h"

static bool
holds(const struct text *out, const char *part)
{
    if (strstr(out->at, part))
        return true;
    print_error("no %s in:\n%s\n", part, out->at);
    return false;
}

static void
writes_the_whole_of_a_result(void)
{
    const char *hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    r.command = text_copy("rates");
    result_argument(&r, "--outcome");
    result_argument(&r, "init");
    result_input(&r, "a.csv", 23, 2, hash);
    result_input(&r, "b.csv", 24, 3, NULL);
    result_input(&r, "unread.csv", 25, RECORDS_UNKNOWN, NULL);
    struct table *t = result_table(&r, "rates");
    table_column(t, "site", COLUMN_GROUP);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_row(t, SCALE_PROPORTION);
    table_set_group(t, 0, "1.50");
    table_set_count(t, "n", 3);
    table_set_number(t, "estimate", 1.0 / 3);
    table_row(t, SCALE_PROPORTION);
    result_note(&r, "Wilson's interval");
    result_table(&r, "flow");
    const struct table *const tables[] = { r.tables[0], r.tables[1] };
    json_render(&r, tables, 2, &out);

    CHECK(strcmp(out.at, "{\n"
                         "  \"dyad\": \"0.1.0\",\n"
                         "  \"command\": \"rates\",\n"
                         "  \"arguments\": [\"--outcome\", \"init\"],\n"
                         "  \"seed\": 1,\n"
                         "  \"inputs\": [\n"
                         "    {\"path\": \"a.csv\", \"bytes\": 23, \"sha256\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", "
                         "\"records\": 2},\n"
                         "    {\"path\": \"b.csv\", \"bytes\": 24, \"records\": 3},\n"
                         "    {\"path\": \"unread.csv\", \"bytes\": 25, \"records\": null}\n"
                         "  ],\n"
                         "  \"tables\": {\n"
                         "    \"rates\": [\n"
                         "      {\"site\": 1.50, \"n\": 3, \"estimate\": 0.3333333333333333},\n"
                         "      {\"site\": null, \"n\": null, \"estimate\": null}\n"
                         "    ],\n"
                         "    \"flow\": []\n"
                         "  },\n"
                         "  \"notes\": [\n"
                         "    \"Wilson's interval\"\n"
                         "  ]\n"
                         "}\n") == 0);
    text_release(&out);
    result_release(&r);
}

/* One group column with two values; its JSON. */
static void
group_is(const char *first, const char *second, const char *wanted)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    struct table *t = result_table(&r, "t");
    table_column(t, "g", COLUMN_GROUP);
    table_row(t, SCALE_NUMBER);
    table_set_group(t, 0, first);
    table_row(t, SCALE_NUMBER);
    table_set_group(t, 0, second);
    const struct table *const tables[] = { t };
    json_render(&r, tables, 1, &out);
    CHECK(holds(&out, wanted));
    text_release(&out);
    result_release(&r);
}

static void
writes_groups_as_numbers_only_where_all_are(void)
{
    group_is("-1", "2.50", "{\"g\": -1},\n      {\"g\": 2.50}\n");
    group_is("1", "02", "{\"g\": \"1\"},\n      {\"g\": \"02\"}\n");
    group_is("1", "north", "{\"g\": \"1\"},\n      {\"g\": \"north\"}\n");
    group_is("1", "1e5", "{\"g\": \"1\"},\n      {\"g\": \"1e5\"}\n");
}

static void
writes_what_json_has_no_number_for(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    struct table *t = result_table(&r, "t");
    table_column(t, "x", COLUMN_NUMBER);
    table_column(t, "suppressed", COLUMN_LABEL);
    const double numbers[] = { INFINITY, -INFINITY, NAN, -0.0 };
    for (size_t i = 0; i < 4; i++) {
        table_row(t, SCALE_NUMBER);
        table_set_number(t, "x", numbers[i]);
        if (i == 2)
            table_set_text(t, "suppressed", "true");
    }
    const struct table *const tables[] = { t };
    json_render(&r, tables, 1, &out);
    CHECK(holds(&out, "{\"x\": \"Inf\", \"suppressed\": false},\n"
                      "      {\"x\": \"-Inf\", \"suppressed\": false},\n"
                      "      {\"x\": null, \"suppressed\": true},\n"
                      "      {\"x\": 0, \"suppressed\": false}\n"));
    text_release(&out);
    result_release(&r);
}

static void
escapes_what_a_string_must_not_hold(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    result_note(&r, "%s", "a\"b\\c\nd\x01\x1f\x7f \xff \xed\xa0\x80 \u00e9\U0001F476");
    json_render(&r, NULL, 0, &out);
    CHECK(holds(&out, "\"a\\\"b\\\\c\\u000Ad\\u0001\\u001F\\u007F \uFFFD \uFFFD\uFFFD\uFFFD "
                      "\u00e9\U0001F476\""));
    CHECK(holds(&out, "\"tables\": {},\n"));
    CHECK(holds(&out, "\"inputs\": [],\n"));
    text_release(&out);
    result_release(&r);
}

int
main(void)
{
    RUN(writes_the_whole_of_a_result);
    RUN(writes_groups_as_numbers_only_where_all_are);
    RUN(writes_what_json_has_no_number_for);
    RUN(escapes_what_a_string_must_not_hold);
    return DONE();
}
