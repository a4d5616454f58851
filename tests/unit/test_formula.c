#include "dyad/data/formula.h"

#include "check.h"
#include "scratch.h"
#include "value_fields.h"

#include "dyad/core/text.h"

struct example {
    const char *text, *wanted;
};

static struct formula
parse(const char *text, enum formula_sides sides)
{
    struct formula f = FORMULA_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    if (formula_parse(text, sides, &f, &err) != DYAD_OK)
        fail_msg("%s: %s", text, err.text);
    return f;
}

/* The labels of the terms, with 0 in front where there is no intercept. */
static char *
terms_of(const char *text)
{
    static char out[4096];
    struct formula f = parse(text, FORMULA_BOTH);
    int n = snprintf(out, sizeof out, "%s", f.intercept ? "1" : "0");

    for (size_t i = 0; i < f.n_terms; i++)
        n += snprintf(out + n, sizeof out - (size_t)n, " | %s", f.terms[i].label);
    formula_release(&f);
    return out;
}

/* --- against R ----------------------------------------------------------------------------- */

/* Digits, one a variable: 0 not in the term, 1 contrasts, 2 in full. */
static void
check_coding(const struct formula *f, const struct formula_term *t, const char *wanted)
{
    char coding[64] = "";

    CHECK(f->n_atoms < sizeof coding);
    memset(coding, '0', f->n_atoms);
    for (size_t j = 0; j < t->n_parts; j++)
        coding[t->parts[j].atom] = t->parts[j].full ? '2' : '1';
    assert_string_equal(coding, wanted);
}

static void
has_the_terms_and_codings_of_r(void)
{
    static struct value_fields v;
    size_t n = 0;

    for (value_lines_open(&v.lines, "tests/values/design_terms.gz"); value_fields_next(&v); n++) {
        struct formula f = parse(v.fields[0], v.fields[0][0] == '~' ? FORMULA_RIGHT : FORMULA_BOTH);
        CHECK(f.intercept == (value_field(&v, 1) == 1));
        if (f.n_terms != v.n / 2 - 1)
            print_error("%s: %zu terms\n", v.fields[0], f.n_terms);
        CHECK(f.n_terms == v.n / 2 - 1);
        for (size_t i = 0; i < f.n_terms; i++) {
            assert_string_equal(f.terms[i].label, v.fields[2 + 2 * i]);
            check_coding(&f, &f.terms[i], v.fields[3 + 2 * i]);
        }
        formula_release(&f);
    }
    CHECK(n == 1587);
}

/* --- what it takes -------------------------------------------------------------------------- */

static void
writes_names_as_r_does(void)
{
    static const struct example examples[] = {
        { "y ~ [mother age] + `b``t` + [in]]side]", "1 | `mother age` | `b\\`t` | `in]side`" },
        { "y ~ [x]*`x`", "1 | x" },
        { "y ~ factor(a, ref='it''s \\ and \"so\"')", "1 | factor(a, ref = \"it's \\\\ and \\\"so\\\"\")" },
        { "y ~ _u + [.5] + [.a] + [TRUE] + [a-b]", "1 | `_u` | `.5` | .a | `TRUE` | `a-b`" },
        { "y ~ log + log(log) + factor:poly", "1 | log | log(log) | factor:poly" },
        { "y~x\n+\tz\r", "1 | x | z" },
        { "y ~ x^1", "1 | x" },
        { "y ~ I(x * 1e100 + 1e-100 + 0.30000000000000004)", "1 | I(x * 1e+100 + 1e-100 + 0.3)" },
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++)
        assert_string_equal(terms_of(examples[i].text), examples[i].wanted);
}

static const char *
column_of(const struct formula *f, size_t i)
{
    CHECK(i < f->n_columns);
    return f->columns[i].name;
}

static void
takes_responses_of_every_kind(void)
{
    struct formula f = parse("[low weight] ~ x", FORMULA_BOTH);
    const struct formula_response *r = &f.response;
    CHECK(r->kind == RESPONSE_COLUMN);
    assert_string_equal(column_of(&f, r->column), "low weight");
    assert_string_equal(r->label, "`low weight`");
    formula_release(&f);

    f = parse("birth=01 ~ x", FORMULA_BOTH);
    CHECK(r->kind == RESPONSE_EQUALS);
    assert_string_equal(column_of(&f, r->column), "birth");
    assert_string_equal(r->text, "01");
    assert_string_equal(r->label, "birth = 01");
    formula_release(&f);

    f = parse("birth == 'at home' ~ x", FORMULA_BOTH);
    assert_string_equal(r->text, "at home");
    formula_release(&f);

    f = parse("events / [all births] ~ x + offset(log([all births]))", FORMULA_BOTH);
    CHECK(r->kind == RESPONSE_COUNTS);
    assert_string_equal(column_of(&f, r->column), "events");
    assert_string_equal(column_of(&f, r->total), "all births");
    assert_string_equal(r->label, "events/`all births`");
    formula_release(&f);

    f = parse("Surv(days, dead) ~ x", FORMULA_BOTH);
    CHECK(r->kind == RESPONSE_SURVIVAL && !r->has_entry && r->text == NULL);
    assert_string_equal(column_of(&f, r->time), "days");
    assert_string_equal(column_of(&f, r->column), "dead");
    formula_release(&f);

    f = parse("Surv(from, to, status=2) ~ from", FORMULA_BOTH);
    CHECK(r->kind == RESPONSE_SURVIVAL && r->has_entry);
    assert_string_equal(column_of(&f, r->entry), "from");
    assert_string_equal(column_of(&f, r->time), "to");
    assert_string_equal(column_of(&f, r->column), "status");
    assert_string_equal(r->text, "2");
    assert_string_equal(r->label, "Surv(from, to, status = 2)");
    formula_release(&f);

    f = parse("log(weight/1000) ~ x", FORMULA_BOTH);
    const double weight = 2000, *columns[] = { &weight, NULL };
    CHECK(r->kind == RESPONSE_VALUE && !f.columns[0].number);
    assert_string_equal(r->label, "log(weight/1000)");
    CHECK(formula_evaluate(&r->value, columns, 0) == log(2));
    formula_release(&f);

    f = parse("Surv ~ Surv2", FORMULA_BOTH);
    CHECK(r->kind == RESPONSE_COLUMN);
    formula_release(&f);

    f = parse(" ablat + factor(alloc)", FORMULA_RIGHT);
    CHECK(r->kind == RESPONSE_NONE && f.n_terms == 2 && f.n_columns == 2);
    formula_release(&f);
}

static void
says_how_columns_are_used(void)
{
    static const struct formula_column wanted[] = {
        { "y", false, false, false }, { "x", true, false, true }, { "z", true, true, false },
        { "w", false, false, true },  { "g", false, true, false }, { "t", false, false, true },
    };
    struct formula f = parse("y ~ x + z + factor(z) + I(x^2) + ns(w, 3) + factor(g, ref=\"a\") + "
                             "poly(w, 2) + offset(log(t)) + offset(x)", FORMULA_BOTH);

    CHECK(f.n_columns == COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_string_equal(f.columns[i].name, wanted[i].name);
        CHECK(f.columns[i].plain == wanted[i].plain && f.columns[i].factor == wanted[i].factor &&
              f.columns[i].number == wanted[i].number);
    }
    CHECK(f.n_offsets == 2);
    assert_string_equal(f.offsets[0].label, "offset(log(t))");
    CHECK(f.atoms[0].kind == FORMULA_PLAIN && f.atoms[1].kind == FORMULA_PLAIN);
    CHECK(f.atoms[2].kind == FORMULA_FACTOR && f.atoms[2].reference == NULL);
    CHECK(f.atoms[3].kind == FORMULA_VALUE);
    CHECK(f.atoms[4].kind == FORMULA_NS && f.atoms[4].size == 3);
    assert_string_equal(f.atoms[5].reference, "a");
    CHECK(f.atoms[6].kind == FORMULA_POLY && f.atoms[6].size == 2);
    formula_release(&f);
}

static void
calculates_as_r_does(void)
{
    static const struct {
        const char *text;
        double wanted;
    } examples[] = {
        { "I(a + b * c)", 14 },     { "I(-a^2)", -4 },        { "I((-a)^2)", 4 },
        { "I(a^b^a)", 512 },        { "I(a^-1)", 0.5 },       { "I(c - b - a)", -1 },
        { "I(c / b / a)", 4 / 6. }, { "I(2 * -b)", -6 },      { "I(+b)", 3 },
        { "I(a - -b)", 5 },         { "log(exp(a) + 0)", 2 }, { "log2(8)", 3 },
        { "log10(c * 250)", 3 },    { "sqrt(c)", 2 },         { "I((a + b) * (c - a))", 10 },
        { "I(1e2 + .5)", 100.5 },   { "I(2^-a^b)", 1 / 256. }, { "I(log(a) / log(2))", 1 },
        { "I(a / 0)", INFINITY },   { "log(a - b)", NAN },
    };
    const double a = 2, b = 3, c = 4, *columns[] = { NULL, NULL, NULL };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct formula f = parse(examples[i].text, FORMULA_RIGHT);
        for (size_t j = 0; j < f.n_columns; j++)
            columns[j] = f.columns[j].name[0] == 'a' ? &a : f.columns[j].name[0] == 'b' ? &b : &c;
        CHECK_REL(formula_evaluate(&f.atoms[0].value, columns, 0), examples[i].wanted, 2e-16);
        formula_release(&f);
    }
}

/* --- what it refuses ------------------------------------------------------------------------ */

static void
says_at_which_character_it_is_wrong(void)
{
    static const struct example examples[] = {
        { "", "at character 1: a response is missing" },
        { "~ x", "at character 1: a response is missing" },
        { "y", "at character 2: a '~' is missing" },
        { "y ~", "at character 4: a term is missing" },
        { "y = x + z", "at character 7: a '~' is missing" },
        { "y ~ x +", "at character 8: a term is missing" },
        { "y ~ x + + z", "at character 9: a term is missing" },
        { "y ~ x * - z", "at character 9: a term is missing" },
        { "y ~ x z", "at character 7: something is left over" },
        { "y ~ x ~ z", "at character 7: no response is wanted" },
        { "y ~ (x + z", "at character 11: a closing parenthesis" },
        { "y ~ x)", "at character 6: something is left over" },
        { "y ~ x / z", "at character 7: '/' between terms" },
        { "y ~ .", "at character 5: '.' for all other columns" },
        { "y ~ x + 2", "at character 9: a number that is not 0 or 1" },
        { "y ~ x:1", "at character 6: ':' needs a term on either side" },
        { "y ~ 0 * x", "at character 7: '*' needs a term on either side" },
        { "y ~ x * offset(z)", "at character 7: '*' needs a term on either side" },
        { "y ~ x^z", "at character 7: '^' between terms needs a whole number" },
        { "y ~ x^1.5", "at character 7: '^' between terms needs a whole number" },
        { "y ~ x^0", "at character 7: '^' between terms needs a whole number" },
        { "y ~ x^9", "at character 7: '^' between terms needs a whole number" },
        { "y ~ x^2^2", "at character 8: something is left over" },
        { "y ~ x - z", "at character 7: there is no such term" },
        { "y ~ a*b - a - a", "at character 13: there is no such term" },
        { "y ~ 0", "at character 6: nothing is left" },
        { "y ~ x - x - 1", "at character 14: nothing is left" },
        { "y ~ y", "at character 5: the response stands on the right-hand side" },
        { "y ~ x*factor(y)", "at character 7: the response stands on the right-hand side" },
        { "log(y) ~ log(y)", "at character 10: the response stands on the right-hand side" },
        { "Surv(t, d) ~ d", "at character 14: the response stands on the right-hand side" },
        { "y ~ sin(x)", "at character 5: no such function here" },
        { "y ~ log(sin(x))", "at character 9: no function of numbers" },
        { "y ~ log(factor(x))", "at character 9: no function of numbers" },
        { "y ~ log(x, 2)", "at character 10: a closing parenthesis" },
        { "y ~ log()", "at character 9: a value is missing" },
        { "y ~ I(x +)", "at character 10: a value is missing" },
        { "y ~ I(x:z)", "at character 8: a closing parenthesis" },
        { "y ~ I('a')", "at character 7: a value is missing" },
        { "y ~ factor(log(x))", "at character 12: the name of a column" },
        { "y ~ factor(x + 1)", "at character 14: a closing parenthesis" },
        { "y ~ factor(x, 'a')", "at character 15: factor() takes a column and its reference" },
        { "y ~ factor(x, ref=a)", "at character 19: ref= needs a level in quotes" },
        { "y ~ poly(x)", "at character 11: poly() needs a degree" },
        { "y ~ poly(x, 0)", "at character 13: poly() needs a degree" },
        { "y ~ poly(x, 1.5)", "at character 13: poly() needs a degree" },
        { "y ~ poly(x, 21)", "at character 13: poly() needs a degree" },
        { "y ~ poly(x, df=2)", "at character 13: poly() needs a degree" },
        { "y ~ poly(x, 2, raw=1)", "at character 14: a closing parenthesis" },
        { "y ~ ns(x, knots=3)", "at character 11: ns() needs degrees of freedom" },
        { "y ~ x - offset(z)", "at character 9: an offset cannot be subtracted" },
        { "y ~ a:b:c:d:e:f:g:h:i", "at character 20: an interaction of more than 8 variables" },
        { "y/ ~ x", "at character 4: the name of a column" },
        { "y= ~ x", "at character 4: the value of an event" },
        { "Surv(t) ~ x", "at character 7: Surv() needs a time and an event" },
        { "Surv(a, b, c, d) ~ x", "at character 13: a closing parenthesis" },
        { "y + 1 ~ x", "at character 3: a '~' is missing" },
        { "\xc3\xa9t\xc3\xa9 ~ x + ?", "at character 11: a character that has no meaning" },
        { "y ~ 'x'", "at character 5: a term is missing" },
        { "y ~ [x", "at character 5: a quote or bracket that is not closed" },
        { "y ~ 2x", "at character 5: not a number" },
        { "y ~ x | z", "at character 7: a character that has no meaning" },
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct formula f = { .n_terms = 77 };
        struct dyad_error err = DYAD_ERROR_INIT;
        CHECK(formula_parse(examples[i].text, FORMULA_BOTH, &f, &err) == DYAD_USAGE);
        CHECK(f.n_terms == 77 && f.terms == NULL);
        if (strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) != 0)
            print_error("%s: %s, not %s\n", examples[i].text, err.text, examples[i].wanted);
        CHECK(strncmp(err.text, examples[i].wanted, strlen(examples[i].wanted)) == 0);
    }
}

static void
wants_no_response_of_moderators(void)
{
    struct formula f = FORMULA_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    CHECK(formula_parse("y ~ x", FORMULA_RIGHT, &f, &err) == DYAD_USAGE);
    assert_string_equal(err.text, "at character 3: no response is wanted here: the right-hand side alone");
    CHECK(formula_parse("", FORMULA_RIGHT, &f, &err) == DYAD_USAGE);
    CHECK(formula_parse("~ ~ x", FORMULA_RIGHT, &f, &err) == DYAD_USAGE);
}

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
refuses_what_is_too_deep_or_too_long(void)
{
    static const struct {
        const char *begin, *middle, *end, *wanted;
    } much[] = {
        { "y ~ ", "(", "x", "too deeply nested" },
        { "y ~ x", " + (x", "", "too deeply nested" },
        { "y ~ I(", "(", "x", "too deeply nested" },
        { "y ~ I(", "-", "x", "too deeply nested" },
        { "y ~ I(", "x^", "x", "too deeply nested" },
        { "y ~ ", "log(", "x", "too deeply nested" },
        { "y ~ I(0", " + (x", "", "too deeply nested" },
        { "y ~ (a + b + c + d + e + f + g + h)", "*(a + b + c + d + e + f + g + h)", "", "too many terms" },
    };
    struct dyad_error err = DYAD_ERROR_INIT;
    struct formula f = FORMULA_INIT;

    for (size_t i = 0; i < COUNT_OF(much); i++) {
        char *text = repeated(much[i].begin, much[i].middle, 100000, much[i].end);
        CHECK(formula_parse(text, FORMULA_BOTH, &f, &err) == DYAD_USAGE);
        if (strstr(err.text, much[i].wanted) == NULL)
            print_error("%s: %s\n", much[i].middle, err.text);
        CHECK(strstr(err.text, much[i].wanted) != NULL);
        free(text);
    }
    char *steps = repeated("y ~ I(0", " + (x", 100, ""), *closed = repeated(steps, ")", 101, "");
    CHECK(formula_parse(closed, FORMULA_BOTH, &f, &err) == DYAD_USAGE && strstr(err.text, "too deeply nested"));
    free(steps);
    free(closed);
    steps = repeated("y ~ I(0", " + (x", 63, "");
    closed = repeated(steps, ")", 64, "");
    const double x = 1, *columns[] = { NULL, &x };
    f = parse(closed, FORMULA_BOTH);
    CHECK(formula_evaluate(&f.atoms[0].value, columns, 0) == 63);
    formula_release(&f);
    free(steps);
    free(closed);

    char *same = repeated("y ~ x", " + x", 100000, ""), *sum = repeated("y ~ I(x", " + x * 2", 100000, ")");
    f = parse(same, FORMULA_BOTH);
    CHECK(f.n_terms == 1);
    formula_release(&f);
    f = parse(sum, FORMULA_BOTH);
    CHECK(f.n_terms == 1 && formula_evaluate(&f.atoms[0].value, columns, 0) == 200001);
    formula_release(&f);
    free(same);
    free(sum);
}

static void
refuses_more_terms_or_columns_than_anybody_has(void)
{
    struct text t = TEXT_INIT, v = TEXT_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    struct formula f = FORMULA_INIT;

    text_puts(&t, "y ~ x0");
    text_puts(&v, "y ~ I(x0");
    for (int i = 1; i < 6000; i++) {
        text_printf(&t, " + x%d", i);
        text_printf(&v, " + x%d", i);
        if (i == 1999) {
            f = parse(t.at, FORMULA_BOTH);
            CHECK(f.n_terms == 2000);
            formula_release(&f);
        }
    }
    text_puts(&v, ")");
    CHECK(formula_parse(t.at, FORMULA_BOTH, &f, &err) == DYAD_USAGE && strstr(err.text, "too many terms"));
    CHECK(formula_parse(v.at, FORMULA_BOTH, &f, &err) == DYAD_USAGE && strstr(err.text, "too many columns"));
    text_release(&t);
    text_release(&v);
}

/* Words of formulas in any order: parsed or refused, and whatever is parsed hangs together. */
static void
survives_any_row_of_words(void)
{
    static const char *const words[] = { "y", "~", "x", "z", "+", "-", "*", ":", "^", "(", ")", "1", "0", "2",
                                         "factor(", ", ref=\"a\")", "poly(", ", 2)", "ns(", ", df=3)", "I(",
                                         "log(", "offset(", "[a b]", "/", "=", "Surv(", ",", "'t'", ".", "1e9" };
    struct dyad_error err = DYAD_ERROR_INIT;
    size_t n_parsed = 0;
    unsigned state = 1;

    for (int round = 0; round < 200000; round++) {
        char text[256] = "y ~ ";
        for (int i = 0, n = 1 + round % 12; i < n; i++) {
            state = state * 1103515245u + 12345u;
            const char *word = words[(state >> 16) % COUNT_OF(words)];
            memcpy(text + strlen(text), word, strlen(word) + 1);
        }
        struct formula f = FORMULA_INIT;
        if (formula_parse(text + (round % 2 ? 0 : 4), round % 2 ? FORMULA_BOTH : FORMULA_RIGHT, &f, &err) != DYAD_OK)
            continue;
        n_parsed++;
        for (size_t t = 0; t < f.n_terms; t++)
            for (size_t j = 0; j < f.terms[t].n_parts; j++)
                CHECK(f.terms[t].parts[j].atom < f.n_atoms && f.terms[t].n_parts <= FORMULA_DEGREE_MAX);
        for (size_t a = 0; a < f.n_atoms; a++)
            CHECK(f.atoms[a].label[0] && (f.atoms[a].kind > FORMULA_FACTOR || f.atoms[a].column < f.n_columns));
        formula_release(&f);
    }
    CHECK(n_parsed > 2000);
}

int
main(void)
{
    RUN(has_the_terms_and_codings_of_r);
    RUN(writes_names_as_r_does);
    RUN(takes_responses_of_every_kind);
    RUN(says_how_columns_are_used);
    RUN(calculates_as_r_does);
    RUN(says_at_which_character_it_is_wrong);
    RUN(wants_no_response_of_moderators);
    RUN(refuses_what_is_too_deep_or_too_long);
    RUN(refuses_more_terms_or_columns_than_anybody_has);
    RUN(survives_any_row_of_words);
    return DONE();
}
