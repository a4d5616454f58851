#include "dyad/data/conditions.h"

#include "check.h"
#include "scratch.h"

#include "dyad/data/expression.h"
#include "dyad/data/number.h"

/* --- records: all values of three columns with each other ------------------------------------ */

/* "": missing. */
static const char *const numbers[] = { "", "-6", "-5", "0", "1", "2", "2.5", "3", "10" };
static const char *const words[] = { "", "a", "b", "yes", "no" };
static const char *const flags[] = { "", "0", "1" };

enum { ROWS = COUNT_OF(numbers) * COUNT_OF(words) * COUNT_OF(flags), CELL = 32 };

struct values {
    const char *name;
    char cells[ROWS][CELL];
    enum expression_type type;
};

static struct values table[24];
static size_t n_columns;

static struct derived_column derived[16];
static size_t n_derived;

static bool
find(void *context, const char *name, size_t *column, enum expression_type *type)
{
    (void)context;
    for (size_t i = n_columns; i-- > 0;)
        if (strcmp(table[i].name, name) == 0) {
            *column = i;
            *type = table[i].type;
            return true;
        }
    return false;
}

static enum dyad_status
give_numbers(void *context, size_t column, size_t n, double *out)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        const char *cell = table[column].cells[i];
        out[i] = NAN;
        if (*cell && number_parse(cell, strlen(cell), '.', &out[i]) != NUMBER_GOOD)
            return DYAD_DATA;
    }
    return DYAD_OK;
}

static enum dyad_status
give_texts(void *context, size_t column, size_t n, struct span *out)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        const char *cell = table[column].cells[i];
        out[i] = *cell ? (struct span){ cell, strlen(cell) } : (struct span){ NULL, 0 };
    }
    return DYAD_OK;
}

/* What the language of --where makes of it: nothing of conditions.c is in this. */
static enum expression_type
evaluate(const char *text, char cells[ROWS][CELL])
{
    static const struct expression_names names = { NULL, find };
    static const struct expression_source source = { NULL, '.', give_numbers, give_texts };
    struct expression *e = NULL;
    struct dyad_error err = DYAD_ERROR_INIT;
    const double *x = NULL;
    const struct span *t = NULL;

    if (expression_parse(text, &names, &e, &err) != DYAD_OK)
        print_error("%s: %s\n", text, err.text);
    CHECK(e != NULL);
    const enum expression_type type = expression_type(e);
    struct expression_scratch *scratch = expression_scratch_new(e);
    CHECK(scratch != NULL);
    if (type == EXPRESSION_NUMBER)
        CHECK(expression_numbers(e, &source, ROWS, scratch, &x) == DYAD_OK);
    else
        CHECK(expression_texts(e, &source, ROWS, scratch, &t) == DYAD_OK);
    for (size_t i = 0; i < ROWS; i++)
        if (x)
            cells[i][isnan(x[i]) ? 0 : number_text(x[i], cells[i])] = '\0';
        else
            snprintf(cells[i], CELL, "%.*s", t[i].at ? (int)t[i].length : 0,
                     t[i].at ? t[i].at : "");
    expression_scratch_free(scratch);
    expression_free(e);
    return type;
}

static void
begin(void)
{
    n_derived = 0;
    n_columns = 3;
    for (size_t k = 0; k < n_columns; k++)
        table[k].type = EXPRESSION_EITHER;
    table[0].name = "x";
    table[1].name = "mother age"; /* words; a name in brackets */
    table[2].name = "y";
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(table[0].cells[i], CELL, "%s", numbers[i % COUNT_OF(numbers)]);
        snprintf(table[1].cells[i], CELL, "%s", words[i / COUNT_OF(numbers) % COUNT_OF(words)]);
        snprintf(table[2].cells[i], CELL, "%s", flags[i / COUNT_OF(numbers) / COUNT_OF(words)]);
    }
}

static void
define(const char *name, const char *expression)
{
    struct values *v = &table[n_columns];

    v->type = evaluate(expression, v->cells);
    v->name = name;
    n_columns++;
    derived[n_derived++] =
        (struct derived_column){ (char *)(uintptr_t)name, (char *)(uintptr_t)expression };
}

/* --- what there is in the tests ----------------------------------------------------------------
 */

/* Numbers and words, each as it can be asked; one of each line is another's opposite, or of its
 * column. */
static const char *const filters[] = {
    "x == 1",
    "x != 1",
    "1 == x",
    "1.0 != x",
    "x == '1'",
    "not x == 1",
    "x in (1)",
    "x in (1, 2)",
    "x not in (1, 2)",
    "x in (1, 2, 3, 10)",
    "not x in (1, 2)",
    "x < 3",
    "x <= 3",
    "x > 3",
    "x >= 3",
    "3 > x",
    "3 >= x",
    "3 < x",
    "3 <= x",
    "not x < 3",
    "not (x >= 3)",
    "((x)) < 3",
    "x < 10",
    "x > 0",
    "x >= 0",
    "x <= 0",
    "x > -5",
    "-5 < x",
    "x == -5",
    "x != -5",
    "x in (-6, -5)",
    "x <= -5",
    "x - 5 < -5",
    "x - 5 >= -5",
    "x is missing",
    "x is not missing",
    "not x is missing",
    "not (x is not missing)",
    "[x] < 3",
    "`x` < 3",
    "[mother age] == \"a\"",
    "[mother age] == 'a'",
    "[mother age] != 'a'",
    "`mother age` in ('a', \"b\")",
    "[mother age] not in ('a', 'b')",
    "[mother age] == 'yes'",
    "[mother age] != 'no'",
    "[mother age] in ('yes', 'no')",
    "[mother age] is missing",
    "y",
    "not y",
    "not not y",
    "y == 1",
    "y == 0",
    "y != 0",
    "(y)",
    "x < 3 or y == 1",
    "x >= 3 or y == 1",
    "not (x < 3 or y == 1)",
    "not x < 3 or y == 1",
    "x < y",
    "x >= y",
    "y > x",
    "not x < y",
    "x == y",
    "x != y",
    "x + 1 < 3",
    "x + 1 >= 3",
    "not (x < 3 and y == 1)",
    "if(x > 1, y, 0) == 1",
    "min(x, y) != 1",
    "min(x, y) == 1",
    "(x < 3) == y",
    "x == 1 or x == 2",
    "y == 1 or x == 3",
};

/* Several conditions at once. */
static const char *const several[] = {
    "x < 3 and y == 1",
    "(x < 3) and (y == 1)",
    "(x < 3 and y == 1)",
    "not y and x in (1, 2) and [mother age] == 'a'",
    "x > 0 and x < 10",
    "(x > 0 and x < 10) and (y == 1 or x == 3)",
    "x < 3 and not (y == 1 and x == 1)",
    "y == 1 and x == 1",
    "x < 3 and (x > 0 and ((y == 0)))",
    "not x < 3 and y == 1",
    "not x < 3 and not y == 1",
};

/* Derived columns and what is asked of them. */
static const char *const of_derived[] = { "young",
                                          "not young",
                                          "young == 1",
                                          "lean == 1",
                                          "group == 'low'",
                                          "group != 'low'",
                                          "twice > 2",
                                          "twice <= 2",
                                          "both",
                                          "not both",
                                          "group in ('low', 'high')",
                                          "young or lean" };

static void
define_some(void)
{
    begin();
    define("young", "x < 3");
    define("lean", " ( ([x] < 3.0) )");
    define("group", "if(young, 'low', 'high')");
    define("twice", "2 * x");
    define("both", "young == 1 and group == 'low'");
}

static struct conditions
read_one(const char *filter)
{
    struct conditions c;

    CHECK(conditions_read(&filter, 1, derived, n_derived, &c) == DYAD_OK);
    return c;
}

/* What a column, or an expression in its place, is. */
static void
name_subject(const char *expression, struct text *out)
{
    struct derived_column more[COUNT_OF(derived) + 1];

    memcpy(more, derived, sizeof derived);
    more[n_derived] = (struct derived_column){ (char[]){ "." }, (char *)(uintptr_t)expression };
    text_clear(out);
    condition_subject(".", more, n_derived + 1, out);
    CHECK(!out->failed);
}

/* Its values in all records; false if it is none of the columns, definitions or filters of this
 * test. */
static bool
values_of(const char *subject, char cells[ROWS][CELL])
{
    static const char *const *const lists[] = { filters, several, of_derived };
    static const size_t lengths[] = { COUNT_OF(filters), COUNT_OF(several), COUNT_OF(of_derived) };
    struct text name = TEXT_INIT;
    const char *found = NULL;

    for (size_t k = 0; k < 3; k++)
        if (strcmp(table[k].name, subject) == 0) {
            memcpy(cells, table[k].cells, sizeof table[k].cells);
            return true;
        }
    for (size_t i = 0; i < n_derived && !found; i++) {
        name_subject(derived[i].expression, &name);
        found = strcmp(name.at, subject) == 0 ? derived[i].expression : NULL;
    }
    for (size_t k = 0; k < (n_derived ? 3 : 2); k++)
        for (size_t i = 0; i < lengths[k] && !found; i++) {
            name_subject(lists[k][i], &name);
            found = strcmp(name.at, subject) == 0 ? lists[k][i] : NULL;
        }
    text_release(&name);
    if (found)
        (void)evaluate(found, cells);
    return found != NULL;
}

/* In which records a condition is met. */
static bool
meet(const struct condition *c, bool met[ROWS])
{
    static char cells[ROWS][CELL];
    struct text value = TEXT_INIT;

    if (!values_of(c->subject, cells))
        return false;
    for (size_t i = 0; i < ROWS; i++) {
        text_clear(&value);
        condition_value(cells[i], '.', &value);
        text_puts(&value, "");
        met[i] = condition_is_met(c, value.at);
    }
    text_release(&value);
    return true;
}

/* Every way to say each of the conditions, and all of them together. */
static void
check_filter(const char *filter, size_t least)
{
    struct conditions c = read_one(filter);
    char truth[ROWS][CELL];
    bool all[ROWS], first[ROWS] = { false }, met[ROWS];
    size_t n_numbers = 0;

    (void)evaluate(filter, truth);
    memset(all, true, sizeof all);
    for (size_t i = 0, number = SIZE_MAX; i < c.n; i++) {
        CHECK(c.at[i].filter == 0);
        if (!meet(&c.at[i], met))
            continue; /* the opposite of what nobody asks here */
        const bool again = c.at[i].number == number;
        if (again && memcmp(met, first, sizeof met) != 0)
            print_error("%s: said in two ways that differ\n", filter);
        CHECK(!again || memcmp(met, first, sizeof met) == 0);
        memcpy(first, met, sizeof met);
        n_numbers += !again;
        number = c.at[i].number;
        for (size_t row = 0; row < ROWS; row++)
            all[row] = all[row] && met[row];
    }
    for (size_t row = 0; row < ROWS; row++) {
        const bool is_true = *truth[row] && strcmp(truth[row], "0") != 0;
        if (all[row] != is_true)
            print_error("%s: %s of a record with x '%s', word '%s', y '%s'\n", filter,
                        all[row] ? "met" : "not met", table[0].cells[row], table[1].cells[row],
                        table[2].cells[row]);
        CHECK(all[row] == is_true);
    }
    CHECK(n_numbers == least);
    conditions_release(&c);
}

static void
says_of_every_record_what_the_filter_says(void)
{
    static const size_t n_of[] = { 2, 2, 2, 3, 2, 3, 2, 2, 3, 2, 2 };

    begin();
    for (size_t i = 0; i < COUNT_OF(filters); i++)
        check_filter(filters[i], 1);
    for (size_t i = 0; i < COUNT_OF(several); i++)
        check_filter(several[i], n_of[i]);
    define_some();
    for (size_t i = 0; i < COUNT_OF(of_derived); i++)
        check_filter(of_derived[i], 1);
}

static const char *const *
all_filters(size_t i)
{
    return i < COUNT_OF(filters) ? &filters[i] : &of_derived[i - COUNT_OF(filters)];
}

/* Whatever is claimed of two conditions of one subject holds in every record. */
static void
claims_nothing_that_is_not_so(void)
{
    enum { N = COUNT_OF(filters) + COUNT_OF(of_derived) };
    const char *all[N];
    struct conditions c;
    size_t n_implied = 0, n_excluded = 0;

    define_some();
    for (size_t i = 0; i < N; i++)
        all[i] = *all_filters(i);
    CHECK(conditions_read(all, N, derived, n_derived, &c) == DYAD_OK);
    bool(*met)[ROWS] = calloc(c.n, sizeof *met), *known = calloc(c.n, sizeof *known);
    for (size_t i = 0; i < c.n; i++)
        known[i] = meet(&c.at[i], met[i]);
    for (size_t i = 0; i < c.n; i++)
        for (size_t k = 0; k < c.n; k++) {
            if (!known[i] || !known[k] || strcmp(c.at[i].subject, c.at[k].subject) != 0)
                continue;
            const bool implies = condition_implies(&c.at[i], &c.at[k]),
                       excludes = condition_excludes(&c.at[i], &c.at[k]);
            for (size_t row = 0; row < ROWS; row++) {
                CHECK(!implies || !met[i][row] || met[k][row]);
                CHECK(!excludes || !met[i][row] || !met[k][row]);
            }
            CHECK(i != k || (implies && !excludes));
            CHECK(excludes == condition_excludes(&c.at[k], &c.at[i]));
            n_implied += implies;
            n_excluded += excludes;
        }
    CHECK(n_implied > 100 && n_excluded > 100);
    free(met);
    free(known);
    conditions_release(&c);
}

/* --- what has to be found ----------------------------------------------------------------------
 */

enum relation { NOTHING, SAME, PART, APART };

static enum relation
relate(const char *a, const char *b)
{
    struct conditions x = read_one(a), y = read_one(b);
    bool there = false, back = false, apart = false;

    for (size_t i = 0; i < x.n; i++)
        for (size_t k = 0; k < y.n; k++)
            if (strcmp(x.at[i].subject, y.at[k].subject) == 0) {
                there = there || condition_implies(&x.at[i], &y.at[k]);
                back = back || condition_implies(&y.at[k], &x.at[i]);
                apart = apart || condition_excludes(&x.at[i], &y.at[k]);
            }
    conditions_release(&x);
    conditions_release(&y);
    return apart ? APART : there && back ? SAME : there ? PART : NOTHING;
}

static void
finds_what_is_evident(void)
{
    static const struct {
        const char *a, *b;
        enum relation relation;
    } pairs[] = {
        { "x == 1", "1 == x", SAME },
        { "x==1.0", "[x] == '1'", SAME },
        { "x == 1", "x in (1)", SAME },
        { "x in (1, 2)", "x in (2, 1, 1.0)", SAME },
        { "x != 1", "not x == 1", SAME },
        { "x != 1", "x not in (1)", SAME },
        { "x == 1", "x != 1", APART },
        { "x == 1", "x == 2", APART },
        { "x == 1", "x in (1, 2)", PART },
        { "x == 1", "x != 2", PART },
        { "x == 1", "x < 3", PART },
        { "x == 1", "x > 3", APART },
        { "x not in (1, 2)", "x != 1", PART },
        { "x in (1, 2)", "x not in (1, 2)", APART },
        { "x in (1, 2)", "x <= 2", PART },
        { "x < 3", "3 > x", SAME },
        { "x < 3", "not x >= 3", SAME },
        { "x < 3", "x <= 3", PART },
        { "x <= 3", "x < 4", PART },
        { "x <= 3", "x <= 4", PART },
        { "x < 3", "x < 4", PART },
        { "x >= 3", "x > 2", PART },
        { "x > 3", "x >= 3", PART },
        { "x >= 4", "x >= 3", PART },
        { "x < 3", "x >= 3", APART },
        { "x <= 3", "x > 3", APART },
        { "x < 3", "x > 4", APART },
        { "x <= 3", "x >= 3", NOTHING },
        { "x < 3", "x > 1", NOTHING },
        { "x > 3", "x != 3", PART },
        { "x > 3", "x != 4", NOTHING },
        { "x == -5", "x < 0", PART },
        { "x > -5", "x > -6", PART },
        { "-5 < x", "x > -5", SAME },
        { "x <= -5", "x in (-5, 1)", NOTHING },
        { "x in (-5, -6)", "x <= -5", PART },
        { "x - 5 < 3", "x < 3", NOTHING },
        { "x < 3", "x is not missing", PART },
        { "x != 3", "x is not missing", PART },
        { "x is missing", "x is not missing", APART },
        { "x is missing", "x != 3", APART },
        { "not x is missing", "x is not missing", SAME },
        { "[mother age] == 'yes'", "[mother age] == \"1\"", SAME },
        { "[mother age] == 'true'", "[mother age] == 'Y'", SAME },
        { "[mother age] == 'no'", "[mother age] == 'yes'", APART },
        { "`mother age` == 'a'", "[mother age]=='a'", SAME },
        { "y", "not y", APART },
        { "y", "not not (y)", SAME },
        { "x < y", "not x < y", APART },
        { "x < y", "x >= y", APART },
        { "x < y or x == 1", "x<y or (x) == 1", NOTHING },
        { "x < y or x == 1", "( x < [y] or x == 1.0 )", SAME },
        { "x < y or x == 1", "not (x < y or x == 1)", APART },
        { "not x < y or x == 1", "not (x < y or x == 1)", NOTHING },
        { "not x < y or x == 1", "x < y or x == 1", NOTHING },
        { "x < 3", "y < 3", NOTHING },
        { "young", "x < 3", SAME },
        { "young == 1", "lean", SAME },
        { "young", "not lean", APART },
        { "young", "x >= 3", APART },
        { "group == 'low'", "group == 'high'", APART },
        { "twice > 2", "twice > 1", PART },
    };

    define_some();
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const enum relation found = relate(pairs[i].a, pairs[i].b);
        if (found != pairs[i].relation)
            print_error("%s / %s: %d\n", pairs[i].a, pairs[i].b, (int)found);
        CHECK(found == pairs[i].relation);
    }
}

static void
check_subjects(const char *a, const char *b, bool same)
{
    struct text x = TEXT_INIT, y = TEXT_INIT;

    condition_subject(a, derived, n_derived, &x);
    condition_subject(b, derived, n_derived, &y);
    CHECK(!x.failed && !y.failed && (strcmp(x.at, y.at) == 0) == same);
    text_release(&x);
    text_release(&y);
}

/* By its definition, however many names there are between, and whatever came after it. */
static void
knows_a_column_by_its_definition(void)
{
    begin();
    define("a", "x<3");
    define("b", "([x]) < 3");
    define("c", "`x`  < 3.0");
    define("d", "a + 1");
    define("e", "c+1.0");
    define("f", "d * 2");
    define("g", "e*2");
    define("a", "x < 2");
    define("h", "a + 1");
    define("x", "x + 1");
    define("i", "x < 3");
    check_subjects("d", "e", true);
    check_subjects("f", "g", true);
    check_subjects("a", "c", false);
    check_subjects("h", "d", false);
    check_subjects("i", "c", false);
    check_subjects("x", "y", false);
    check_subjects("y", "y", true);
    check_subjects("b", "c", false); /* brackets around a column are not taken off */
}

static void
spells_a_value_in_one_way(void)
{
    static const struct {
        const char *text, *value;
        char decimal;
    } spelt[] = {
        { "1", "1", '.' },         { "1.0", "1", '.' },    { "yes", "1", '.' },
        { "Y", "1", '.' },         { "TRUE", "1", '.' },   { "No", "0", '.' },
        { "n", "0", '.' },         { "false", "0", '.' },  { "-0", "0", '.' },
        { "0.50", "0.5", '.' },    { "0,50", "0.5", ',' }, { "0,50", "0,50", '.' },
        { "north", "north", '.' }, { "", "", '.' },        { "yes please", "yes please", '.' },
    };
    struct text out = TEXT_INIT;

    for (size_t i = 0; i < COUNT_OF(spelt); i++) {
        text_clear(&out);
        condition_value(spelt[i].text, spelt[i].decimal, &out);
        text_puts(&out, "");
        CHECK(!out.failed && strcmp(out.at, spelt[i].value) == 0);
    }
    text_release(&out);
}

static void
names_what_is_the_same_the_same(void)
{
    struct conditions c;
    const char *said[] = { "x in (1, 2)", "x in (2, 1, 2.0)",
                           "x in (1, 3)", "x not in (1, 2)",
                           "x < 1",       "1 > x",
                           "x <= 1",      "x > 1" };
    struct text names[COUNT_OF(said)];

    begin();
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        c = read_one(said[i]);
        names[i] = (struct text)TEXT_INIT;
        condition_name(&c.at[0], &names[i]);
        CHECK(!names[i].failed);
        conditions_release(&c);
    }
    for (size_t i = 0; i < COUNT_OF(said); i++)
        for (size_t k = 0; k < i; k++)
            CHECK((strcmp(names[i].at, names[k].at) == 0) == (i < 2 || (i == 5 && k == 4)));
    for (size_t i = 0; i < COUNT_OF(said); i++)
        text_release(&names[i]);
}

/* Whoever runs it will refuse it; here it only must do no harm. */
static void
takes_what_is_no_expression(void)
{
    static const char *const bad[] = {
        "",     " ",         "(",       ")",           "((",         "))",        "()",
        "not",  "not not",   "and",     "or",          "and or not", "x ==",      "== x",
        "x in", "x in (",    "x in ()", "x in (1",     "x in (1,",   "x in (1,)", "x in 1, 2)",
        "x is", "x is not",  "x not",   ") x (",       "not (",      "not ()",    "(x",
        "x)",   "x and",     "and x",   "x and and y", "'",          "\"x",       "[x",
        "`x",   "x == 1 2",  "x < < 3", "\xff\xfe",    "x # 3",      "1 2 3",     "x in (1) in (2)",
        "3",    "'a' == 'a'"
    };

    begin();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct conditions c = read_one(bad[i]);
        conditions_release(&c);
    }
    uint64_t random = 7;
    static const char *const pieces[] = { "x",  "y",  "1",       "(",  ")", "and", "or", "not",
                                          "in", "is", "missing", "==", "<", ",",   "-",  "'a'" };
    for (int n = 0; n < 3000; n++) {
        struct text t = TEXT_INIT;
        for (size_t k = scratch_below(&random, 9); k-- > 0;)
            text_printf(&t, "%s ", pieces[scratch_below(&random, COUNT_OF(pieces))]);
        text_puts(&t, "");
        struct conditions c = read_one(t.at);
        for (size_t i = 0; i < c.n; i++)
            CHECK(condition_implies(&c.at[i], &c.at[i]));
        conditions_release(&c);
        text_release(&t);
    }
}

/* By which filter each was asked, and which are said of one. */
static void
tells_whose_condition_it_is(void)
{
    const char *asked[] = { "x < 3 and y", "x ==", "x == y" };
    struct conditions c;
    size_t n_of[3] = { 0 };

    begin();
    CHECK(conditions_read(asked, 3, NULL, 0, &c) == DYAD_OK);
    for (size_t i = 0; i < c.n; i++) {
        CHECK(c.at[i].filter < 3 && (i == 0 || c.at[i].number >= c.at[i - 1].number));
        n_of[c.at[i].filter] += i == 0 || c.at[i].number != c.at[i - 1].number;
    }
    CHECK(n_of[0] == 2 && n_of[2] == 1);
    conditions_release(&c);
}

int
main(void)
{
    RUN(says_of_every_record_what_the_filter_says);
    RUN(claims_nothing_that_is_not_so);
    RUN(finds_what_is_evident);
    RUN(knows_a_column_by_its_definition);
    RUN(spells_a_value_in_one_way);
    RUN(names_what_is_the_same_the_same);
    RUN(takes_what_is_no_expression);
    RUN(tells_whose_condition_it_is);
    return DONE();
}
