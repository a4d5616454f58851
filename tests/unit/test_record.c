#include "dyad/data/record.h"

#include "check.h"
#include "scratch.h"

/* The fields of the text as [a][b] of each record, its line in front; or the complaint. */
static const char *
shown(const char *text, size_t n, char delimiter, size_t n_columns)
{
    static char out[4096];
    struct record_reader r = { 0 };
    struct problem problem;
    struct text t = TEXT_INIT;
    const enum dyad_status st = record_read(&r, text, n, delimiter, n_columns, &problem);

    if (st == DYAD_PARSE)
        text_printf(&t, "%llu:%llu: %s", (unsigned long long)problem.line,
                    (unsigned long long)problem.column, problem.text);
    size_t k = 0;
    for (size_t i = 0; st == DYAD_OK && i < r.n_records; i++) {
        text_printf(&t, "%u", r.lines[i]);
        const size_t fields = n_columns ? n_columns : r.n_fields;
        for (size_t c = 0; c < fields; c++, k++)
            text_printf(&t, "[%.*s]", (int)(r.ends[k + 1] - (r.ends[k] + 1)),
                        r.bytes.at + (uint32_t)(r.ends[k] + 1));
        text_putc(&t, ' ');
    }
    if (st == DYAD_OK && r.n_blank)
        text_printf(&t, "blank %llu from %llu", (unsigned long long)r.n_blank,
                    (unsigned long long)r.first_blank);
    snprintf(out, sizeof out, "%s", t.at ? t.at : "");
    text_release(&t);
    record_reader_release(&r);
    return out;
}

struct example {
    const char *text;
    size_t n_columns;
    const char *wanted;
};

static void
check_examples(const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(
            shown(examples[i].text, strlen(examples[i].text), ',', examples[i].n_columns),
            examples[i].wanted);
}

static void
reads_what_csv_may_be(void)
{
    static const struct example examples[] = {
        { "", 2, "" },
        { "1,2\n3,4\n", 2, "0[1][2] 1[3][4] " },
        { "1,2\r\n3,4\r5,6", 2, "0[1][2] 1[3][4] 2[5][6] " },
        { ",\n", 2, "0[][] " },
        { "\"a\",\"b,c\"\n", 2, "0[a][b,c] " },
        { "\"a\"\"b\",\"\"\"\"\n", 2, "0[a\"b][\"] " },
        { "\"\",\n", 2, "0[][] " },
        { " a , \"b\" \t\n", 2, "0[a][b] " },
        { "\" a \",\tb\n", 2, "0[ a ][b] " },
        { "a b,c  d\n", 2, "0[a b][c  d] " },
        { "\"a\nb\",1\n2,\"c\r\nd\re\"\nx,y\n", 2, "0[a\nb][1] 2[2][c\r\nd\re] 5[x][y] " },
        { "\xc3\xa9,\xe2\x82\xac\n", 2, "0[\xc3\xa9][\xe2\x82\xac] " },
        { "it's,#\n", 2, "0[it's][#] " },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
counts_blank_lines_but_keeps_them_where_they_are_values(void)
{
    static const struct example examples[] = {
        { "\n1,2\n \t \r\n\r3,4\n\n", 2, "1[1][2] 4[3][4] blank 4 from 0" },
        { "\n", 2, "blank 1 from 0" },
        { "1\n\n \n2\n\"\"\n", 1, "0[1] 1[] 2[] 3[2] 4[] " },
        { "\n\n", 1, "0[] 1[] " },
        { "  ", 1, "0[] " },
        { "\"\",\"\"\n", 2, "0[][] " },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
knows_a_blank_line_from_one_of_separators(void)
{
    assert_string_equal(shown("\t\n\n \t \n", 7, '\t', 2), "0[][] 2[][] blank 1 from 1");
    assert_string_equal(shown("a;b\n1,5;2,5\n", 12, ';', 2), "0[a][b] 1[1,5][2,5] ");
}

static void
says_what_is_wrong_and_where(void)
{
    static const struct example examples[] = {
        { "1,2\n3\n", 2,
          "1:0: 1 field where the header has 2: a field is missing, or a line end inside a field "
          "is not quoted" },
        { "1\n", 2,
          "0:0: 1 field where the header has 2: a field is missing, or a line end inside a field "
          "is not quoted" },
        { "1,2,3\n", 2,
          "0:0: 3 fields where the header has 2: a field that holds the separator must be quoted" },
        { "1,2,\n", 2,
          "0:0: 3 fields where the header has 2: it ends with a separator that the header does not "
          "have" },
        { "1,2,\"\"\n", 2,
          "0:0: 3 fields where the header has 2: it ends with a separator that the header does not "
          "have" },
        { "1,2\n\x1a", 2,
          "1:0: 1 field where the header has 2: a Ctrl-Z (end-of-file mark of old systems): delete "
          "it" },
        { "1,5\" pipe\n", 2,
          "0:2: a quote inside an unquoted field: put the whole field in quotes and double the "
          "quote" },
        { "\n\"x\ny\",5\" pipe\n", 2,
          "2:2: a quote inside an unquoted field: put the whole field in quotes and double the "
          "quote" },
        { "\"ab\"cd,1\n2,3\n", 2,
          "0:1: text behind a closing quote: a quote inside a quoted field must be doubled" },
        { "1,2\n3,\"ab\"cd\"\n", 2,
          "1:2: text behind a closing quote: a quote inside a quoted field must be doubled" },
        { "1,2\n3,\"open\n4,5\n", 2, "1:2: a quoted field that opens here is never closed" },
        { "\"a\nb\",\"open", 2, "1:2: a quoted field that opens here is never closed" },
        { "1,\"a\"\"b\n\"\"c\n\n", 2, "0:2: a quoted field that opens here is never closed" },
        { "\"", 1, "0:1: a quoted field that opens here is never closed" },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
reads_a_header_whatever_it_holds(void)
{
    static const struct example examples[] = {
        { "\n  \nid,\"mother\nage\",x\n1,2\n", 0, "2[id][mother\nage][x] blank 2 from 0" },
        { "a", 0, "0[a] " },
        { "\n\n", 0, "blank 2 from 0" },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
refuses_a_field_above_its_limit_and_no_other(void)
{
    const size_t n = FIELD_BYTES_MAX + 16;
    char *text = malloc(n);

    memset(text, 'x', n);
    memcpy(text, "1,\"", 3);
    memcpy(text + 3 + FIELD_BYTES_MAX, "\"\n", 2);
    struct record_reader r = { 0 };
    struct problem problem;
    CHECK(record_read(&r, text, 5 + FIELD_BYTES_MAX, ',', 2, &problem) == DYAD_OK);
    CHECK(r.ends[2] - r.ends[1] - 1 == FIELD_BYTES_MAX);
    memcpy(text + 3 + FIELD_BYTES_MAX, "x\"\n", 3);
    CHECK(record_read(&r, text, 6 + FIELD_BYTES_MAX, ',', 2, &problem) == DYAD_PARSE);
    CHECK(problem.line == 0 && problem.column == 2 && strstr(problem.text, "longer than 1 MiB"));
    record_reader_release(&r);
    free(text);
}

/* The reader starts anew each time, whatever the time before left behind. */
static void
forgets_what_went_wrong_before(void)
{
    struct record_reader r = { 0 };
    struct problem problem;

    for (int i = 0; i < 3; i++) {
        CHECK(record_read(&r, "1,\"x", 4, ',', 2, &problem) == DYAD_PARSE);
        CHECK(record_read(&r, "1,5\"\n", 5, ',', 2, &problem) == DYAD_PARSE);
        CHECK(record_read(&r, "1,\"2\"\n\n", 7, ',', 2, &problem) == DYAD_OK);
        CHECK(r.n_records == 1 && r.n_ends == 3 && r.n_blank == 1 && r.n_lines == 2);
        CHECK(memcmp(r.bytes.at, "1\n2\n", 4) == 0);
    }
    record_reader_release(&r);
}

int
main(void)
{
    RUN(reads_what_csv_may_be);
    RUN(counts_blank_lines_but_keeps_them_where_they_are_values);
    RUN(knows_a_blank_line_from_one_of_separators);
    RUN(says_what_is_wrong_and_where);
    RUN(reads_a_header_whatever_it_holds);
    RUN(refuses_a_field_above_its_limit_and_no_other);
    RUN(forgets_what_went_wrong_before);
    return DONE();
}
