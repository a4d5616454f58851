#include "dyad/output/csv_table.h"

#include "check.h"

static void
writes_numbers_that_read_back(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    struct table *t = result_table(&r, "rates");
    table_column(t, "site", COLUMN_GROUP);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    const double numbers[] = { 0.1 + 0.2, -1.5, INFINITY, -INFINITY, NAN, -0.0 };
    for (size_t i = 0; i < 6; i++) {
        table_row(t, SCALE_NUMBER);
        table_set_group(t, 0, i ? "-1" : "05");
        table_set_count(t, "n", -(int64_t)i);
        table_set_number(t, "estimate", numbers[i]);
    }
    csv_table_render(t, &out);
    CHECK(strcmp(out.at, "site,n,estimate\n"
                         "05,0,0.30000000000000004\n"
                         "-1,-1,-1.5\n"
                         "-1,-2,Inf\n"
                         "-1,-3,-Inf\n"
                         "-1,-4,\n"
                         "-1,-5,0\n") == 0);
    text_release(&out);
    result_release(&r);
}

/* A table whose only column and only cell are ${word}. */
static void
word_is(const char *word, const char *wanted)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT, both = TEXT_INIT;

    struct table *t = result_table(&r, "t");
    table_column(t, word, COLUMN_LABEL);
    table_row(t, SCALE_NUMBER);
    table_set_text(t, word, word);
    csv_table_render(t, &out);
    text_printf(&both, "%s\n%s\n", wanted, wanted);
    if (strcmp(out.at, both.at) != 0)
        print_error("%s, not %s\n", out.at, both.at);
    CHECK(strcmp(out.at, both.at) == 0);
    text_release(&both);
    text_release(&out);
    result_release(&r);
}

static void
quotes_only_what_needs_it(void)
{
    word_is("plain word", "plain word");
    word_is("a,b", "\"a,b\"");
    word_is("a\"b", "\"a\"\"b\"");
    word_is("a\nb", "\"a\nb\"");
    word_is("a\rb", "\"a\rb\"");
    word_is(" padded", "\" padded\"");
    word_is("caf\u00e9", "caf\u00e9");
    word_is("x\xff", "x\uFFFD");
}

static void
guards_words_that_a_spreadsheet_would_run(void)
{
    word_is("=1+1", "\"'=1+1\"");
    word_is("+1", "\"'+1\"");
    word_is("-x", "\"'-x\"");
    word_is("@SUM(A1)", "\"'@SUM(A1)\"");
    word_is("\tx", "\"'\tx\"");
    word_is("\rx", "\"'\rx\"");
    word_is("  =1+1", "\"'  =1+1\"");
    word_is("\u00a0=1", "\"'\u00a0=1\"");
    word_is("\u2028\x01=1", "\"'\u2028\x01=1\"");
    word_is("\"=1", "\"'\"\"=1\"");
    word_is("\uFF1D1", "\"'\uFF1D1\"");
    word_is("\uFF0B1", "\"'\uFF0B1\"");
    word_is("\uFF0D1", "\"'\uFF0D1\"");
    word_is("\uFF20A", "\"'\uFF20A\"");
    word_is("a=1", "a=1");
    word_is("-1.5", "-1.5");
    word_is("-1e5", "\"'-1e5\"");
}

static void
leaves_no_blank_line(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    struct table *t = result_table(&r, "t");
    table_column(t, "x", COLUMN_NUMBER);
    table_row(t, SCALE_NUMBER);
    csv_table_render(t, &out);
    CHECK(strcmp(out.at, "x\n\"\"\n") == 0);
    text_release(&out);
    result_release(&r);
}

int
main(void)
{
    RUN(writes_numbers_that_read_back);
    RUN(quotes_only_what_needs_it);
    RUN(guards_words_that_a_spreadsheet_would_run);
    RUN(leaves_no_blank_line);
    return DONE();
}
