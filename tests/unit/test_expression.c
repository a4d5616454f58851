#include "dyad/data/expression.h"

#include "check.h"
#include "scratch.h"

#include "dyad/core/text.h"
#include "dyad/data/number.h"

/* --- columns to evaluate with -------------------------------------------------------------- */

/* NULL is missing.  x and y are columns of the file, n derived numbers, t derived text. */
static const struct {
    const char *name;
    enum expression_type type;
    const char *cells[4];
} columns[] = {
    { "x", EXPRESSION_EITHER, { "1", "2", NULL, "10" } },
    { "y", EXPRESSION_EITHER, { "01", "3", "4", "9" } },
    { "s", EXPRESSION_EITHER, { "a", "b", NULL, "it's" } },
    { "word", EXPRESSION_EITHER, { "5", "five", "6", "7" } },
    { "n", EXPRESSION_NUMBER, { "0", "1", NULL, "-2.5" } },
    { "t", EXPRESSION_TEXT, { "a", "ab", NULL, "b" } },
    { "mother age", EXPRESSION_EITHER, { "20", "30", "40", NULL } },
    { "in]side", EXPRESSION_EITHER, { "1", "1", "1", "1" } },
    { "min", EXPRESSION_EITHER, { "3", "3", "3", "3" } },
    { "\xc3\xa9t\xc3\xa9", EXPRESSION_EITHER, { "1", "0", NULL, "2" } },
    { "a.b_2", EXPRESSION_EITHER, { "1", "2", "3", "4" } },
};

enum { ROWS = 4 };

static bool
find(void *context, const char *name, size_t *column, enum expression_type *type)
{
    (void)context;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (strcmp(columns[i].name, name) == 0) {
            *column = i;
            *type = columns[i].type;
            return true;
        }
    return false;
}

static enum dyad_status
give_numbers(void *context, size_t column, size_t n, double *out)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        const char *cell = columns[column].cells[i % ROWS];
        out[i] = NAN;
        if (cell && number_parse(cell, strlen(cell), '.', &out[i]) != NUMBER_GOOD)
            return DYAD_DATA;
    }
    return DYAD_OK;
}

static enum dyad_status
give_texts(void *context, size_t column, size_t n, struct span *out)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        const char *cell = columns[column].cells[i % ROWS];
        out[i] = cell ? (struct span){ cell, strlen(cell) } : (struct span){ NULL, 0 };
    }
    return DYAD_OK;
}

static const struct expression_names names = { NULL, find };
static const struct expression_source source = { NULL, '.', give_numbers, give_texts };

static struct expression *
parse(const char *text)
{
    struct expression *e = NULL;
    struct dyad_error err = DYAD_ERROR_INIT;

    if (expression_parse(text, &names, &e, &err) != DYAD_OK)
        print_error("%s: %s\n", text, err.text);
    CHECK(e != NULL);
    return e;
}

/* The values of all rows, as "1 0 ? 2.5"; texts in brackets, missing a question mark. */
static const char *
values(const char *text)
{
    static char out[512];
    struct text t = TEXT_INIT;
    struct expression *e = parse(text);
    struct expression_scratch *scratch = expression_scratch_new(e);
    const double *numbers = NULL;
    const struct span *words = NULL;
    char number[32];

    CHECK(scratch != NULL);
    const enum dyad_status st = expression_type(e) == EXPRESSION_NUMBER
                                    ? expression_numbers(e, &source, ROWS, scratch, &numbers)
                                    : expression_texts(e, &source, ROWS, scratch, &words);
    if (st != DYAD_OK)
        text_puts(&t, st == DYAD_DATA ? "refused" : "failed");
    for (int i = 0; i < ROWS && st == DYAD_OK; i++) {
        text_puts(&t, i ? " " : "");
        if (numbers ? isnan(numbers[i]) : words[i].at == NULL)
            text_putc(&t, '?');
        else if (numbers)
            number_text(numbers[i], number), text_puts(&t, number);
        else
            text_printf(&t, "[%.*s]", (int)words[i].length, words[i].at);
    }
    snprintf(out, sizeof out, "%s", t.at);
    text_release(&t);
    expression_scratch_free(scratch);
    expression_free(e);
    return out;
}

struct example {
    const char *text, *wanted;
};

static void
check_examples(const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = values(examples[i].text);
        if (strcmp(got, examples[i].wanted) != 0)
            print_error("%s\n", examples[i].text);
        assert_string_equal(got, examples[i].wanted);
    }
}

#define CHECK_VALUES(...)                                                                          \
    do {                                                                                           \
        static const struct example examples[] = { __VA_ARGS__ };                                  \
        check_examples(examples, COUNT_OF(examples));                                              \
    } while (0)

/* --- meaning ------------------------------------------------------------------------------- */

static void
binds_operators_as_people_expect(void)
{
    CHECK_VALUES({ "1 + 2 * 3", "7 7 7 7" }, { "(1 + 2) * 3", "9 9 9 9" },
                 { "2 - 3 - 4", "-5 -5 -5 -5" }, { "12 / 3 / 2", "2 2 2 2" },
                 { "-2 * -3", "6 6 6 6" }, { "- - 2", "2 2 2 2" }, { "+2 - +3", "-1 -1 -1 -1" },
                 { "1 + 1 == 2", "1 1 1 1" }, { "1 < 2 and 2 < 1 or 1 == 1", "1 1 1 1" },
                 { "1 == 1 or 1 == 1 and 1 == 2", "1 1 1 1" }, { "not 1 == 2", "1 1 1 1" },
                 { "not 0 and 0", "0 0 0 0" }, { "not not 5", "1 1 1 1" },
                 { "not 1 in (1, 2)", "0 0 0 0" }, { "1 not in (1, 2)", "0 0 0 0" },
                 { "2 * 3 in (6)", "1 1 1 1" }, { "1 in (2 - 1)", "1 1 1 1" },
                 { "-x", "-1 -2 ? -10" }, { "1e2 + .5 + 5.", "105.5 105.5 105.5 105.5" });
}

static void
compares_as_the_types_ask(void)
{
    CHECK_VALUES({ "x == y", "1 0 ? 0" },    /* two columns: as numbers where both are */
                 { "x == '01'", "0 0 ? 0" }, /* with text: as text */
                 { "y == '01'", "1 0 0 0" }, { "x == 1", "1 0 ? 0" }, { "y == 1", "1 0 0 0" },
                 { "x < y", "0 1 ? 0" }, { "x < '9'", "1 1 ? 1" }, /* bytewise: "10" before "9" */
                 { "x < 9", "1 1 ? 0" }, { "s == word", "0 0 ? 0" }, { "s == t", "1 0 ? 0" },
                 { "t < 'ab'", "1 0 ? 0" }, { "t <= 'ab'", "1 1 ? 0" }, { "t > 'a'", "0 1 ? 1" },
                 { "t >= 'b'", "0 0 ? 1" }, { "t != 'a'", "0 1 ? 1" }, { "x >= 2", "0 1 ? 1" },
                 { "x != 2", "1 0 ? 1" }, { "'a' == 'a'", "1 1 1 1" }, { "'' < 'a'", "1 1 1 1" },
                 { "s == \"it's\"", "0 0 ? 1" }, { "s == 'it''s'", "0 0 ? 1" },
                 { "word == 'five'", "0 1 0 0" });
}

static void
finds_members_of_lists(void)
{
    CHECK_VALUES({ "x in (1, 10)", "1 0 ? 1" }, { "x not in (1, 10)", "0 1 ? 0" },
                 { "s in ('b')", "0 1 ? 0" }, { "x in ('1', '2')", "1 1 ? 0" },
                 { "y in ('1')", "0 0 0 0" }, { "y in (1)", "1 0 0 0" },
                 { "x in (y, 2)", "1 1 ? 0" }, { "s in (t, 'b')", "1 1 ? 0" },
                 /* a missing element: true if another is equal, else missing */
                 { "1 in (n, 1)", "1 1 1 1" }, { "1 in (n, 7)", "0 1 ? 0" },
                 { "5 not in (n, 7)", "1 1 ? 1" }, { "(x in (1)) == (y in (1))", "1 1 ? 1" },
                 { "x + 1 in (2, 3, 11)", "1 1 ? 1" });
}

/* Of the three truths: 1, 0 and missing. */
static void
follows_three_valued_truth(void)
{
    static const char *const truths[] = { "1", "0", "(1/0)" };
    static const char and[3][3] = { "10?", "000", "?0?" }, or [3][3] = { "111", "10?", "1??" },
                      not [3] = "01?";
    char text[64], wanted[16];

    for (int a = 0; a < 3; a++) {
        snprintf(text, sizeof text, "not %s", truths[a]);
        snprintf(wanted, sizeof wanted, "%c %c %c %c", not [a], not [a], not [a], not [a]);
        assert_string_equal(values(text), wanted);
        for (int b = 0; b < 3; b++) {
            snprintf(text, sizeof text, "%s and %s", truths[a], truths[b]);
            snprintf(wanted, sizeof wanted, "%c %c %c %c", and[a][b], and[a][b], and[a][b],
                     and[a][b]);
            assert_string_equal(values(text), wanted);
            snprintf(text, sizeof text, "%s or %s", truths[a], truths[b]);
            snprintf(wanted, sizeof wanted, "%c %c %c %c", or [a][b], or [a][b], or [a][b],
                     or [a][b]);
            assert_string_equal(values(text), wanted);
        }
    }
    CHECK_VALUES({ "x > 1 and n == 0", "0 0 ? 0" }, { "x > 100 and s == 'a'", "0 0 ? 0" },
                 { "x", "[1] [2] ? [10]" }, { "2 and -3", "1 1 1 1" });
}

static void
knows_what_is_missing(void)
{
    CHECK_VALUES({ "x is missing", "0 0 1 0" }, { "x is not missing", "1 1 0 1" },
                 { "s is missing", "0 0 1 0" }, { "n is missing", "0 0 1 0" },
                 { "t is not missing", "1 1 0 1" }, { "x + n is missing", "0 0 1 0" },
                 { "(x == n) is missing", "0 0 1 0" }, { "word is missing", "0 0 0 0" },
                 { "'' is missing", "0 0 0 0" }, { "not x is missing", "1 1 0 1" },
                 { "1 is missing", "0 0 0 0" });
}

static void
gives_missing_for_what_no_number_holds(void)
{
    CHECK_VALUES({ "1 / 0", "? ? ? ?" }, { "0 / 0", "? ? ? ?" }, { "1 / n", "? 1 ? -0.4" },
                 { "log(0)", "? ? ? ?" }, { "log(-1)", "? ? ? ?" }, { "log(exp(2))", "2 2 2 2" },
                 { "exp(1000)", "? ? ? ?" }, { "1e308 * 10", "? ? ? ?" },
                 { "1e308 + 1e308", "? ? ? ?" }, { "-1e308 - 1e308", "? ? ? ?" },
                 { "exp(-1000)", "0 0 0 0" }, { "x + n", "1 3 ? 7.5" }, { "0 * n", "0 0 ? 0" });
}

static void
takes_only_the_branch_it_needs(void)
{
    CHECK_VALUES(
        { "if(x == 1, 5, n)", "5 1 ? -2.5" }, /* the test is missing in the third row */
        { "if(n < 1, n, x)", "0 2 ? -2.5" },
        { "if([mother age] < 35, x, y)", "[1] [2] [4] ?" }, /* a missing branch that is not taken */
        { "if(x is missing, 0, x)", "1 2 0 10" }, { "if(1, 7, 1/0)", "7 7 7 7" },
        { "if(0, 7, 1/0)", "? ? ? ?" }, { "if(x > 1, 'old', 'young')", "[young] [old] ? [old]" },
        { "if(x > 1, s, t)", "[a] [b] ? [it's]" },
        { "if(x > 1, s, 'none')", "[none] [b] ? [it's]" }, { "if(x > 1, x, y)", "[01] [2] ? [10]" },
        { "if(x > 1, x, y) + 1", "2 3 ? 11" }, { "if(x > 1, if(1, x, y), y) * 2", "2 4 ? 20" },
        { "if(x > 1, x, y) == '01'", "1 0 ? 0" }, { "if(if(1, x, y) == 1, 1, 0)", "1 0 ? 0" });
}

static void
has_its_functions(void)
{
    CHECK_VALUES({ "min(3, 1, 2)", "1 1 1 1" }, { "max(3, 1, 2)", "3 3 3 3" },
                 { "min(x, y)", "1 2 ? 9" }, { "max(n, -1)", "0 1 ? -1" }, { "max(5)", "5 5 5 5" },
                 { "floor(2.7)", "2 2 2 2" }, { "floor(-2.5)", "-3 -3 -3 -3" },
                 { "floor([mother age] / 10) * 10", "20 30 40 ?" }, { "exp(0)", "1 1 1 1" },
                 { "log(1)", "0 0 0 0" });
}

static void
takes_names_of_any_kind(void)
{
    CHECK_VALUES({ "[mother age] + 1", "21 31 41 ?" }, { "`mother age` > 25", "0 1 1 ?" },
                 { "[in]]side]", "[1] [1] [1] [1]" }, { "[min] + 0", "3 3 3 3" },
                 { "\xc3\xa9t\xc3\xa9 + 1", "2 1 ? 3" }, { "a.b_2 * 1", "1 2 3 4" },
                 { "[x]+[y]", "2 5 ? 19" }, { "\tx\n+ 1\r", "2 3 ? 11" });
}

/* --- refusals ------------------------------------------------------------------------------ */

static void
says_at_which_character_it_is_wrong(void)
{
    static const struct example examples[] = {
        { "", "at character 1: a value is missing" },
        { "1 +", "at character 4: a value is missing" },
        { "1 + * 2", "at character 5: a value is missing" },
        { "(1 + 2", "at character 7: a closing parenthesis" },
        { "1 2", "at character 3: something is left over" },
        { "x y", "at character 3: something is left over" },
        { "1 < 2 < 3", "at character 7: something is left over" },
        { "x = 1", "at character 3: '=' compares nothing: write '=='" },
        { "x & y", "at character 3: a character that has no meaning" },
        { "x == 'abc", "at character 6: a quote or bracket that is not closed" },
        { "[mother age + 1", "at character 1: a quote or bracket that is not closed" },
        { "1 + 12abc", "at character 5: not a number" },
        { "1.2.3", "at character 1: not a number" },
        { "1e999", "at character 1: not a number" },
        { "z + 1", "at character 1: no column 'z' here" },
        { "1 + [no such]", "at character 5: no column 'no such' here" },
        { "\xc3\xa9t\xc3\xa9 + nix",
          "at character 7: no column 'nix'" }, /* characters, not bytes */
        { "1 + 'a'", "at character 5: text where a number is needed" },
        { "t + 1", "at character 1: text where a number is needed" },
        { "-'a'", "at character 2: text where a number is needed" },
        { "floor(t)", "at character 7: text where a number is needed" },
        { "max(1, 'a')", "at character 8: text where a number is needed" },
        { "1 == 'a'", "at character 6: a number is compared with text" },
        { "t > 1", "at character 1: a number is compared with text" },
        { "1 + (x == t) * ('b' < 2)", "at character 17: a number is compared with text" },
        { "x in (1, 'a')", "at character 10: numbers and text in one list" },
        { "x in ('a', 1)", "at character 7: numbers and text in one list" },
        { "t in (1)", "at character 1: a number is compared with text" },
        { "x in 1", "at character 6: in needs a list" },
        { "x in ()", "at character 7: a value is missing" },
        { "x in (1, )", "at character 10: a value is missing" },
        { "x in (1", "at character 8: a closing parenthesis" },
        { "x is 1", "at character 6: 'is' goes with 'missing'" },
        { "x is not 1", "at character 10: 'is' goes with 'missing'" },
        { "x not 1", "at character 7: 'not' here goes with 'in'" },
        { "if(x, 1)", "at character 8: if() needs a test and two values" },
        { "if(x, 1, 2, 3)", "at character 11: a closing parenthesis" },
        { "if x", "at character 4: if() needs its parentheses" },
        { "if(1, 2, 'a')", "at character 10: one branch of if() is a number, the other text" },
        { "if(1, 'a', 2)", "at character 7: one branch of if() is a number, the other text" },
        { "if(1, t, n)", "at character 7: one branch of if()" },
        { "if('a', 1, 2)", "at character 4: text where true or false is needed" },
        { "1 and 'a'", "at character 7: text where true or false is needed" },
        { "t or 1", "at character 1: text where true or false is needed" },
        { "not t", "at character 5: text where true or false is needed" },
        { "min + 1", "at character 5: a function needs its parentheses; a column of that name is "
                     "written [name]" },
        { "log(1, 2)", "at character 6: a closing parenthesis" },
        { "and", "at character 1: a value is missing" },
        { "missing", "at character 1: a value is missing" },
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct expression *e = NULL;
        struct dyad_error err = DYAD_ERROR_INIT;
        CHECK(expression_parse(examples[i].text, &names, &e, &err) == DYAD_USAGE);
        CHECK(e == NULL);
        if (strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) != 0)
            print_error("%s: %s, not %s\n", examples[i].text, err.text, examples[i].wanted);
        CHECK(strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) == 0);
    }
}

static void
asks_for_truth_where_it_stands_as_a_filter(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct expression *text = parse("if(x > 1, 'a', 'b')"), *column = parse("x"),
                      *branch = parse("if(n, x, y)");

    CHECK(expression_require_truth(text, &err) == DYAD_USAGE);
    CHECK(strncmp(err.text, "at character 4: text where true or false", 40) == 0);
    CHECK(expression_type(column) == EXPRESSION_EITHER);
    CHECK(expression_require_truth(column, &err) == DYAD_OK &&
          expression_type(column) == EXPRESSION_NUMBER);
    CHECK(expression_require_truth(branch, &err) == DYAD_OK &&
          expression_type(branch) == EXPRESSION_NUMBER);
    expression_free(text);
    expression_free(column);
    expression_free(branch);
}

static void
hands_on_what_its_columns_refuse(void)
{
    assert_string_equal(values("word + 1"), "refused");
    assert_string_equal(values("x == 1 or if(1, word, x) > 0"), "refused");
    assert_string_equal(values("word in (1, 2)"), "refused");
    assert_string_equal(values("1 in (2, (word))"), "refused");
}

/* --- size ---------------------------------------------------------------------------------- */

static char *
repeated(const char *begin, const char *middle, size_t n, const char *end)
{
    struct text t = TEXT_INIT;

    text_puts(&t, begin);
    for (size_t i = 0; i < n; i++)
        text_puts(&t, middle);
    text_puts(&t, end);
    return text_steal(&t);
}

static void
refuses_what_is_nested_too_deeply(void)
{
    static const struct {
        const char *begin, *middle, *end;
    } deep[] = { { "", "(", "1" },        { "", "-", "1" },   { "", "not ", "1" },
                 { "", "if(1, 1, ", "" }, { "", "min(", "" }, { "", "1 in ((", "" } };
    struct dyad_error err = DYAD_ERROR_INIT;

    for (size_t i = 0; i < COUNT_OF(deep); i++) {
        struct expression *e = NULL;
        char *text = repeated(deep[i].begin, deep[i].middle, 100000, deep[i].end);
        CHECK(expression_parse(text, &names, &e, &err) == DYAD_USAGE && e == NULL);
        if (strstr(err.text, "too deeply nested") == NULL)
            print_error("%s: %s\n", deep[i].middle, err.text);
        CHECK(strstr(err.text, "too deeply nested") != NULL);
        free(text);
    }
    char *text = repeated("", "(", 90, "1");
    char *closed = repeated(text, ")", 90, "");
    assert_string_equal(values(closed), "1 1 1 1");
    free(text);
    free(closed);
}

static void
takes_long_sums_and_lists_and_refuses_endless_ones(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct expression *e = NULL;
    char *sum = repeated("0", " + 1", 1500, ""), *endless = repeated("0", " + 1", 100000, "");
    char *list = repeated("x in (7", ", 8", 30000, ", 10)"),
         *texts = repeated("s in ('q'", ", 'z'", 30000, ", 'b')");

    assert_string_equal(values(sum), "1500 1500 1500 1500");
    CHECK(expression_parse(endless, &names, &e, &err) == DYAD_USAGE &&
          strstr(err.text, "too long") != NULL);
    assert_string_equal(values(list), "0 0 ? 1");
    assert_string_equal(values(texts), "0 1 ? 0");
    char *inside = repeated(sum, "", 0, " in (0, 1500)"),
         *item = repeated("1500 in (1, 0", " + 1", 1500, ")");
    assert_string_equal(values(inside), "1 1 1 1");
    assert_string_equal(values(item), "1 1 1 1");
    free(inside);
    free(item);
    free(sum);
    free(endless);
    free(list);
    free(texts);
}

/* As many records at once as there may be, the last as right as the first. */
static void
evaluates_all_its_rows(void)
{
    struct expression *e = parse("if(x in (1, y), [mother age] * 2, max(n, y) - if(s == t, x, 1))");
    struct expression_scratch *scratch = expression_scratch_new(e);
    const double *out;

    for (size_t n = 0; n <= EXPRESSION_ROWS; n += EXPRESSION_ROWS / 2) {
        CHECK(expression_numbers(e, &source, n, scratch, &out) == DYAD_OK);
        for (size_t i = 0; i < n; i++)
            CHECK(i % 4 == 0   ? out[i] == 40
                  : i % 4 == 1 ? out[i] == 2
                  : i % 4 == 2 ? isnan(out[i])
                               : out[i] == 8);
    }
    expression_scratch_free(scratch);
    expression_free(e);
}

int
main(void)
{
    RUN(binds_operators_as_people_expect);
    RUN(compares_as_the_types_ask);
    RUN(finds_members_of_lists);
    RUN(follows_three_valued_truth);
    RUN(knows_what_is_missing);
    RUN(gives_missing_for_what_no_number_holds);
    RUN(takes_only_the_branch_it_needs);
    RUN(has_its_functions);
    RUN(takes_names_of_any_kind);
    RUN(says_at_which_character_it_is_wrong);
    RUN(asks_for_truth_where_it_stands_as_a_filter);
    RUN(hands_on_what_its_columns_refuse);
    RUN(refuses_what_is_nested_too_deeply);
    RUN(takes_long_sums_and_lists_and_refuses_endless_ones);
    RUN(evaluates_all_its_rows);
    return DONE();
}
