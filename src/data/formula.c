#include "dyad/data/formula.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/core/text.h"

#include "formula_terms.h"
#include "lexer.h"

enum { DEPTH_MAX = 200, STACK_MAX = 64, COLUMNS_MAX = 5000 };

struct parser {
    struct lexer lex;
    struct formula *f;
    struct text label;          /* of the atom, offset or response that is being read */
    struct formula_value value; /* its arithmetic */
    size_t height;              /* of the stack behind the last step */
    int depth;
    bool minus; /* within what is subtracted */
    size_t budget;
};

static const char *const signs[] = { "==", "+", "-", "*", "/", "^", ":", "~", "(", ")", ",", "=", ".", NULL };

static bool
is_good(const struct parser *p)
{
    return p->lex.st == DYAD_OK;
}

static bool
accept(struct parser *p, const char *sign)
{
    return lexer_accept(&p->lex, TOKEN_SIGN, sign);
}

static void
close_parenthesis(struct parser *p)
{
    lexer_expect(&p->lex, ")", "a closing parenthesis is missing");
}

/* Room for one more behind ${n} of them, which double each time; NULL if there is none. */
static void *
grow(struct parser *p, void *at, size_t n, size_t size)
{
    if (n & (n - 1))
        return at;
    void *grown = realloc(at, (n ? 2 * n : 1) * size);
    if (grown == NULL)
        lexer_out_of_memory(&p->lex);
    return grown;
}

static bool
enter(struct parser *p)
{
    if (++p->depth > DEPTH_MAX)
        lexer_fail(&p->lex, "too deeply nested");
    return is_good(p);
}

/* --- labels ------------------------------------------------------------------------------- */

/* May R's deparse() leave this name without backquotes? */
static bool
is_bare_name(const char *name)
{
    static const char *const reserved[] = { "if",    "else", "repeat", "while", "function", "for", "next",
                                            "break", "TRUE", "FALSE",  "NULL",  "Inf",      "NaN", "NA",
                                            "in",    "NA_integer_", "NA_real_", "NA_character_" };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", digits[] = "0123456789";

    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(name, reserved[i]) == 0)
            return false;
    const bool dotted = name[0] == '.' && !strchr(digits, name[1]);
    if (!dotted && !strchr(letters, name[0]) && !((unsigned char)name[0] & 0x80))
        return false;
    for (const char *s = name; *s; s++)
        if (!strchr(letters, *s) && !strchr(digits, *s) && *s != '.' && *s != '_' && !((unsigned char)*s & 0x80))
            return false;
    return name[0] != '\0';
}

static void
put_quoted(struct text *t, const char *s, char quote)
{
    text_putc(t, quote);
    for (; *s; s++) {
        if (*s == quote || *s == '\\')
            text_putc(t, '\\');
        text_putc(t, *s);
    }
    text_putc(t, quote);
}

static void
put_name(struct text *t, const char *name)
{
    if (is_bare_name(name))
        text_puts(t, name);
    else
        put_quoted(t, name, '`');
}

/* As R: the fewest of up to 15 digits that tell it, with an exponent only where that is shorter. */
static void
put_number(struct text *t, double x)
{
    char digits[32];
    int n = 15;

    snprintf(digits, sizeof digits, "%.14e", x);
    const int exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
    while (n > 1 && digits[n] == '0') /* digit n stands behind the point */
        n--;
    const int decimals = n - 1 > exponent ? n - 1 - exponent : 0;
    const int fixed = (exponent > 0 ? exponent : 0) + 1 + (decimals ? decimals + 1 : 0);
    const int scientific = n + (n > 1) + 4;
    if (fixed <= scientific)
        text_printf(t, "%.*f", decimals, x);
    else
        text_printf(t, "%.*e", n - 1, x);
}

/* The label, which is taken; NULL if memory ran out. */
static char *
take_label(struct parser *p)
{
    char *label = text_steal(&p->label);

    if (label == NULL)
        lexer_out_of_memory(&p->lex);
    return label;
}

/* --- columns ------------------------------------------------------------------------------ */

static size_t
find_column(struct parser *p, const char *name)
{
    struct formula *f = p->f;

    for (size_t i = 0; i < f->n_columns; i++)
        if (strcmp(f->columns[i].name, name) == 0)
            return i;
    if (f->n_columns == COLUMNS_MAX) {
        lexer_fail(&p->lex, "too many columns");
        return 0;
    }
    struct formula_column *grown = grow(p, f->columns, f->n_columns, sizeof *grown);
    if (grown == NULL)
        return 0;
    f->columns = grown;
    grown[f->n_columns] = (struct formula_column){ .name = text_copy(name) };
    if (grown[f->n_columns].name == NULL)
        lexer_out_of_memory(&p->lex);
    return f->n_columns++;
}

static bool
is_name(const struct parser *p)
{
    return is_good(p) && (p->lex.token == TOKEN_NAME || p->lex.token == TOKEN_WORD);
}

static bool
is_call(const struct parser *p)
{
    return is_good(p) && p->lex.token == TOKEN_WORD && lexer_peek(&p->lex) == '(';
}

/* A column by name, into the label too; its number. */
static size_t
parse_column(struct parser *p)
{
    if (!is_name(p) || is_call(p)) {
        lexer_fail(&p->lex, "the name of a column is missing");
        return 0;
    }
    const size_t column = find_column(p, p->lex.word);
    put_name(&p->label, p->lex.word);
    lexer_next(&p->lex);
    return column;
}

/* --- arithmetic --------------------------------------------------------------------------- */

static void parse_sum(struct parser *p);

static void
emit_step(struct parser *p, struct formula_step step)
{
    struct formula_value *v = &p->value;

    if (!is_good(p))
        return;
    p->height += step.operation <= FORMULA_COLUMN;
    p->height -= step.operation >= FORMULA_ADD && step.operation <= FORMULA_POWER;
    if (p->height > STACK_MAX) {
        lexer_fail(&p->lex, "too deeply nested");
        return;
    }
    struct formula_step *grown = grow(p, v->steps, v->n, sizeof *grown);
    if (grown == NULL)
        return;
    v->steps = grown;
    v->steps[v->n++] = step;
}

static void
emit(struct parser *p, enum formula_operation operation)
{
    emit_step(p, (struct formula_step){ .operation = operation });
}

/* Is there a function of numbers of that name?  I() does nothing: FORMULA_NUMBER. */
static bool
find_function(const char *name, enum formula_operation *out)
{
    static const struct {
        const char *name;
        enum formula_operation operation;
    } functions[] = { { "log", FORMULA_LOG }, { "log2", FORMULA_LOG2 }, { "log10", FORMULA_LOG10 },
                      { "exp", FORMULA_EXP }, { "sqrt", FORMULA_SQRT }, { "I", FORMULA_NUMBER } };

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(name, functions[i].name) == 0) {
            *out = functions[i].operation;
            return true;
        }
    return false;
}

/* log(...) and its like, at the name. */
static void
parse_function(struct parser *p)
{
    enum formula_operation operation = FORMULA_NUMBER;

    if (!find_function(p->lex.word, &operation)) {
        lexer_fail(&p->lex, "no function of numbers: log(), log2(), log10(), exp(), sqrt() and I() are");
        return;
    }
    text_printf(&p->label, "%s(", p->lex.word);
    lexer_next(&p->lex);
    accept(p, "(");
    parse_sum(p);
    close_parenthesis(p);
    text_putc(&p->label, ')');
    if (operation != FORMULA_NUMBER)
        emit(p, operation);
}

static void
parse_operand(struct parser *p)
{
    if (is_call(p)) {
        parse_function(p);
    } else if (is_name(p)) {
        const size_t column = parse_column(p);
        emit_step(p, (struct formula_step){ .operation = FORMULA_COLUMN, .column = column });
        if (is_good(p))
            p->f->columns[column].number = true;
    } else if (is_good(p) && p->lex.token == TOKEN_NUMBER) {
        put_number(&p->label, p->lex.number);
        emit_step(p, (struct formula_step){ .operation = FORMULA_NUMBER, .number = p->lex.number });
        lexer_next(&p->lex);
    } else if (accept(p, "(")) {
        text_putc(&p->label, '(');
        parse_sum(p);
        close_parenthesis(p);
        text_putc(&p->label, ')');
    } else {
        lexer_fail(&p->lex, "a value is missing: a column or a number");
    }
}

/* As in R: -x^2 is -(x^2), x^-1 is allowed, x^y^z is x^(y^z). */
static void
parse_signed(struct parser *p)
{
    if (!enter(p))
        return;
    if (accept(p, "-")) {
        text_putc(&p->label, '-');
        parse_signed(p);
        emit(p, FORMULA_NEGATE);
    } else if (accept(p, "+")) {
        text_putc(&p->label, '+');
        parse_signed(p);
    } else {
        parse_operand(p);
        if (accept(p, "^")) {
            text_putc(&p->label, '^');
            parse_signed(p);
            emit(p, FORMULA_POWER);
        }
    }
    p->depth--;
}

static void
parse_product(struct parser *p)
{
    parse_signed(p);
    while (is_good(p)) {
        if (accept(p, "*")) {
            text_puts(&p->label, " * ");
            parse_signed(p);
            emit(p, FORMULA_MULTIPLY);
        } else if (accept(p, "/")) {
            text_putc(&p->label, '/');
            parse_signed(p);
            emit(p, FORMULA_DIVIDE);
        } else {
            break;
        }
    }
}

static void
parse_sum(struct parser *p)
{
    parse_product(p);
    while (is_good(p)) {
        const bool plus = accept(p, "+");
        if (!plus && !accept(p, "-"))
            break;
        text_puts(&p->label, plus ? " + " : " - ");
        parse_product(p);
        emit(p, plus ? FORMULA_ADD : FORMULA_SUBTRACT);
    }
}

static void
begin_value(struct parser *p)
{
    free(p->value.steps);
    p->value = (struct formula_value){ NULL, 0 };
    p->height = 0;
    text_clear(&p->label);
}

/* The steps, which are taken. */
static struct formula_value
take_value(struct parser *p)
{
    const struct formula_value value = p->value;

    p->value = (struct formula_value){ NULL, 0 };
    return value;
}

/* --- atoms -------------------------------------------------------------------------------- */

/* Both sides of ~ may not be the same thing; offsets and functions of a response are let be. */
static bool
is_response(const struct parser *p, const struct formula_atom *a)
{
    const struct formula_response *r = &p->f->response;

    if (r->kind == RESPONSE_NONE || r->kind == RESPONSE_VALUE)
        return r->label && strcmp(r->label, a->label) == 0;
    return (a->kind == FORMULA_PLAIN || a->kind == FORMULA_FACTOR) && a->column == r->column;
}

static void
release_atom(struct formula_atom *a)
{
    free(a->label);
    free(a->reference);
    free(a->value.steps);
}

/* The atom's number, which may be that of an equal one; what it owns is taken. */
static size_t
add_atom(struct parser *p, struct formula_atom a, const char *at)
{
    struct formula *f = p->f;
    size_t i = 0;

    a.label = take_label(p);
    a.value = take_value(p);
    if (is_good(p) && is_response(p, &a))
        lexer_fail_at(&p->lex, at, "the response stands on the right-hand side too");
    while (is_good(p) && i < f->n_atoms && strcmp(f->atoms[i].label, a.label) != 0)
        i++;
    struct formula_atom *grown =
        is_good(p) && i == f->n_atoms ? grow(p, f->atoms, f->n_atoms, sizeof *grown) : NULL;
    if (grown == NULL) {
        release_atom(&a);
        return i;
    }
    f->atoms = grown;
    f->atoms[f->n_atoms] = a;
    return f->n_atoms++;
}

static size_t
parse_plain(struct parser *p)
{
    const char *at = p->lex.token_at;
    const size_t column = parse_column(p);

    if (is_good(p))
        p->f->columns[column].plain = true;
    return add_atom(p, (struct formula_atom){ .kind = FORMULA_PLAIN, .column = column }, at);
}

/* A level, in quotes or a number as it is typed; a copy. */
static char *
parse_level(struct parser *p)
{
    if (!is_good(p) || (p->lex.token != TOKEN_TEXT && p->lex.token != TOKEN_NUMBER)) {
        lexer_fail(&p->lex, "ref= needs a level in quotes: factor(z, ref=\"b\")");
        return NULL;
    }
    char *level = text_copy(p->lex.word);
    if (level == NULL)
        lexer_out_of_memory(&p->lex);
    if (p->lex.token == TOKEN_TEXT)
        put_quoted(&p->label, p->lex.word, '"');
    else
        put_number(&p->label, p->lex.number);
    lexer_next(&p->lex);
    return level;
}

static size_t
parse_factor(struct parser *p)
{
    struct formula_atom a = { .kind = FORMULA_FACTOR };
    const char *at = p->lex.token_at;

    lexer_next(&p->lex);
    accept(p, "(");
    text_puts(&p->label, "factor(");
    a.column = parse_column(p);
    if (is_good(p))
        p->f->columns[a.column].factor = true;
    if (accept(p, ",")) {
        if (!lexer_accept(&p->lex, TOKEN_WORD, "ref") || !accept(p, "="))
            lexer_fail(&p->lex, "factor() takes a column and its reference: factor(z, ref=\"b\")");
        text_puts(&p->label, ", ref = ");
        a.reference = parse_level(p);
    }
    close_parenthesis(p);
    text_putc(&p->label, ')');
    return add_atom(p, a, at);
}

static size_t
parse_size(struct parser *p, const char *what)
{
    const double size = p->lex.number;

    if (!is_good(p) || p->lex.token != TOKEN_NUMBER || !(size >= 1 && size <= FORMULA_BASIS_MAX) ||
        size != floor(size)) {
        lexer_fail(&p->lex, "%s, a whole number from 1 to %d", what, FORMULA_BASIS_MAX);
        return 0;
    }
    put_number(&p->label, size);
    lexer_next(&p->lex);
    return (size_t)size;
}

/* poly(value, degree) or ns(value, df). */
static size_t
parse_basis(struct parser *p, enum formula_kind kind)
{
    const bool poly = kind == FORMULA_POLY;
    const char *name = poly ? "degree" : "df", *at = p->lex.token_at;
    const char *what = poly ? "poly() needs a degree: poly(x, 2)"
                            : "ns() needs degrees of freedom: ns(x, df=3)";
    struct formula_atom a = { .kind = kind };

    lexer_next(&p->lex);
    accept(p, "(");
    text_puts(&p->label, poly ? "poly(" : "ns(");
    parse_sum(p);
    lexer_expect(&p->lex, ",", what);
    text_puts(&p->label, ", ");
    if (lexer_accept(&p->lex, TOKEN_WORD, name)) {
        lexer_expect(&p->lex, "=", what);
        text_printf(&p->label, "%s = ", name);
    }
    a.size = parse_size(p, what);
    close_parenthesis(p);
    text_putc(&p->label, ')');
    return add_atom(p, a, at);
}

static size_t
parse_atom(struct parser *p)
{
    const char *at = p->lex.token_at;

    begin_value(p);
    if (!is_call(p))
        return parse_plain(p);
    if (strcmp(p->lex.word, "factor") == 0)
        return parse_factor(p);
    if (strcmp(p->lex.word, "poly") == 0)
        return parse_basis(p, FORMULA_POLY);
    if (strcmp(p->lex.word, "ns") == 0)
        return parse_basis(p, FORMULA_NS);
    enum formula_operation any;
    if (!find_function(p->lex.word, &any))
        lexer_fail(&p->lex, "no such function here: factor(), log(), log2(), log10(), exp(), sqrt(), I(), "
                            "poly(), ns() and offset() are");
    else
        parse_function(p);
    return add_atom(p, (struct formula_atom){ .kind = FORMULA_VALUE }, at);
}

static void
parse_offset(struct parser *p)
{
    struct formula *f = p->f;

    if (p->minus)
        lexer_fail(&p->lex, "an offset cannot be subtracted: offset(-(x))");
    begin_value(p);
    lexer_next(&p->lex);
    accept(p, "(");
    text_puts(&p->label, "offset(");
    parse_sum(p);
    close_parenthesis(p);
    text_putc(&p->label, ')');
    struct formula_offset *grown =
        is_good(p) ? grow(p, f->offsets, f->n_offsets, sizeof *grown) : NULL;
    if (grown == NULL)
        return;
    f->offsets = grown;
    f->offsets[f->n_offsets] = (struct formula_offset){ take_label(p), take_value(p) };
    f->n_offsets++;
}

/* --- terms -------------------------------------------------------------------------------- */

static void parse_terms(struct parser *p, struct term_list *out);

static void
check_terms(struct parser *p, enum terms_state state, const char *at)
{
    if (state == TERMS_TOO_MANY)
        lexer_fail_at(&p->lex, at, "too many terms");
    else if (state == TERMS_TOO_HIGH)
        lexer_fail_at(&p->lex, at, "an interaction of more than %d variables", FORMULA_DEGREE_MAX);
    else if (state == TERMS_ABSENT)
        lexer_fail_at(&p->lex, at, "there is no such term to take away");
    else if (state == TERMS_NOMEM)
        lexer_out_of_memory(&p->lex);
}

/* 1 and 0 are no terms: they say whether there is an intercept. */
static void
parse_intercept(struct parser *p)
{
    if (p->lex.number != 0 && p->lex.number != 1)
        lexer_fail(&p->lex, "a number that is not 0 or 1; arithmetic stands in I()");
    p->f->intercept = (p->lex.number == 1) != p->minus;
    lexer_next(&p->lex);
}

static void
parse_primary(struct parser *p, struct term_list *out)
{
    const char *at = p->lex.token_at;

    if (!enter(p))
        return;
    if (accept(p, "(")) {
        parse_terms(p, out);
        close_parenthesis(p);
    } else if (p->lex.token == TOKEN_NUMBER) {
        parse_intercept(p);
    } else if (is_call(p) && strcmp(p->lex.word, "offset") == 0) {
        parse_offset(p);
    } else if (is_name(p)) {
        struct term_set one = { .atoms = { parse_atom(p) }, .n = 1 };
        check_terms(p, terms_add(out, &one, &p->budget), at);
    } else if (lexer_is(&p->lex, TOKEN_SIGN, ".")) {
        lexer_fail(&p->lex, "'.' for all other columns is not to be had: name them");
    } else {
        lexer_fail(&p->lex, "a term is missing: a column, or a function of one");
    }
    p->depth--;
}

static void
parse_power(struct parser *p, struct term_list *out)
{
    struct term_list base = { NULL, 0, 0 };

    parse_primary(p, out);
    const char *at = p->lex.token_at;
    if (!accept(p, "^"))
        return;
    const double power = p->lex.number;
    if (p->lex.token != TOKEN_NUMBER || !(power >= 1 && power <= FORMULA_DEGREE_MAX) || power != floor(power))
        lexer_fail(&p->lex, "'^' between terms needs a whole number from 1 to %d; a power is I(x^2)",
                   FORMULA_DEGREE_MAX);
    lexer_next(&p->lex);
    check_terms(p, terms_append(&base, out, &p->budget), at);
    for (double i = 1; is_good(p) && i < power; i++) {
        struct term_list next = { NULL, 0, 0 };
        check_terms(p, terms_cross(&next, &base, out, &p->budget), at);
        terms_release(out);
        *out = next;
    }
    terms_release(&base);
}

/* ${out} becomes what ${sign} makes of it and ${right}: `:` the products, `*` those and both sides. */
static void
combine(struct parser *p, struct term_list *out, const struct term_list *right, bool both, const char *at)
{
    struct term_list left = *out;

    if (is_good(p) && (left.n == 0 || right->n == 0))
        lexer_fail_at(&p->lex, at, "'%c' needs a term on either side", *at);
    if (!is_good(p))
        return;
    *out = (struct term_list){ NULL, 0, 0 };
    if (both) {
        check_terms(p, terms_append(out, &left, &p->budget), at);
        check_terms(p, terms_append(out, right, &p->budget), at);
    }
    check_terms(p, terms_cross(out, &left, right, &p->budget), at);
    terms_release(&left);
}

static void
parse_interaction(struct parser *p, struct term_list *out)
{
    parse_power(p, out);
    for (const char *at = p->lex.token_at; accept(p, ":"); at = p->lex.token_at) {
        struct term_list right = { NULL, 0, 0 };
        parse_power(p, &right);
        combine(p, out, &right, false, at);
        terms_release(&right);
    }
}

static void
parse_crossing(struct parser *p, struct term_list *out)
{
    parse_interaction(p, out);
    for (const char *at = p->lex.token_at; accept(p, "*"); at = p->lex.token_at) {
        struct term_list right = { NULL, 0, 0 };
        parse_interaction(p, &right);
        combine(p, out, &right, true, at);
        terms_release(&right);
    }
    if (lexer_is(&p->lex, TOKEN_SIGN, "/"))
        lexer_fail(&p->lex, "'/' between terms is not to be had: a quotient is I(x / y), nesting x + x:y");
}

static void
parse_terms(struct parser *p, struct term_list *out)
{
    bool first = true;

    while (is_good(p)) {
        struct term_list more = { NULL, 0, 0 };
        const char *at = p->lex.token_at;
        const bool less = accept(p, "-"), outer = p->minus;
        if (!less && !accept(p, "+") && !first)
            break;
        first = false;
        p->minus = p->minus != less;
        parse_crossing(p, &more);
        p->minus = outer;
        if (is_good(p))
            check_terms(p, less ? terms_remove(out, &more) : terms_append(out, &more, &p->budget), at);
        terms_release(&more);
    }
}

static void
label_term(struct parser *p, struct formula_term *t)
{
    for (size_t i = 0; i < t->n_parts; i++)
        text_printf(&p->label, "%s%s", i ? ":" : "", p->f->atoms[t->parts[i].atom].label);
    t->label = take_label(p);
}

/* The list, ordered, becomes the terms of the formula. */
static void
settle_terms(struct parser *p, struct term_list *list)
{
    struct formula *f = p->f;

    if (!f->intercept && list->n == 0)
        lexer_fail(&p->lex, "nothing is left on the right-hand side: no term and no intercept");
    if (!is_good(p) || list->n == 0)
        return;
    check_terms(p, terms_order(list), p->lex.text);
    f->terms = calloc(list->n, sizeof *f->terms);
    if (f->terms == NULL)
        lexer_out_of_memory(&p->lex);
    text_clear(&p->label);
    for (size_t i = 0; is_good(p) && i < list->n; i++) {
        struct formula_term *t = &f->terms[f->n_terms++];
        t->n_parts = list->sets[i].n;
        for (size_t j = 0; j < t->n_parts; j++)
            t->parts[j] = (struct formula_part){ list->sets[i].atoms[j], terms_is_full(list, i, j) };
        label_term(p, t);
    }
}

/* --- response ----------------------------------------------------------------------------- */

/* VALUE behind = or ==, if there is one. */
static void
parse_event_value(struct parser *p, struct formula_response *r)
{
    if (!accept(p, "=") && !accept(p, "=="))
        return;
    if (!is_name(p) && (!is_good(p) || (p->lex.token != TOKEN_TEXT && p->lex.token != TOKEN_NUMBER))) {
        lexer_fail(&p->lex, "the value of an event is missing: COLUMN=VALUE");
        return;
    }
    text_printf(&p->label, " = %s", p->lex.word);
    r->text = text_copy(p->lex.word);
    if (r->text == NULL)
        lexer_out_of_memory(&p->lex);
    lexer_next(&p->lex);
}

/* Surv(time, event) or Surv(entry, time, event), behind the name. */
static void
parse_survival(struct parser *p, struct formula_response *r)
{
    lexer_next(&p->lex);
    accept(p, "(");
    text_puts(&p->label, "Surv(");
    r->kind = RESPONSE_SURVIVAL;
    r->time = parse_column(p);
    lexer_expect(&p->lex, ",", "Surv() needs a time and an event: Surv(time, event)");
    text_puts(&p->label, ", ");
    r->column = parse_column(p);
    if (accept(p, ",")) {
        text_puts(&p->label, ", ");
        r->has_entry = true;
        r->entry = r->time;
        r->time = r->column;
        r->column = parse_column(p);
    }
    parse_event_value(p, r);
    close_parenthesis(p);
    text_putc(&p->label, ')');
}

static void
parse_outcome(struct parser *p, struct formula_response *r)
{
    r->kind = RESPONSE_COLUMN;
    r->column = parse_column(p);
    if (accept(p, "/")) {
        text_putc(&p->label, '/');
        r->kind = RESPONSE_COUNTS;
        r->total = parse_column(p);
        return;
    }
    parse_event_value(p, r);
    if (r->text)
        r->kind = RESPONSE_EQUALS;
}

static void
parse_response(struct parser *p)
{
    struct formula_response *r = &p->f->response;

    begin_value(p);
    if (is_call(p) && strcmp(p->lex.word, "Surv") == 0) {
        parse_survival(p, r);
    } else if (is_call(p)) {
        r->kind = RESPONSE_VALUE;
        parse_function(p);
        r->value = take_value(p);
        for (size_t i = 0; i < p->f->n_columns; i++)
            p->f->columns[i].number = false;
    } else if (is_name(p)) {
        parse_outcome(p, r);
    } else {
        lexer_fail(&p->lex, "a response is missing: RESPONSE ~ TERMS");
    }
    r->label = take_label(p);
    lexer_expect(&p->lex, "~", "a '~' is missing here: RESPONSE ~ TERMS");
}

/* ------------------------------------------------------------------------------------------ */

enum dyad_status
formula_parse(const char *text, enum formula_sides sides, struct formula *out, struct dyad_error *err)
{
    struct formula f = FORMULA_INIT;
    struct parser p = { .f = &f, .label = TEXT_INIT, .budget = TERMS_BUDGET };
    struct term_list terms = { NULL, 0, 0 };

    lexer_begin(&p.lex, text, signs, err);
    if (is_good(&p) && sides == FORMULA_BOTH)
        parse_response(&p);
    else
        accept(&p, "~");
    parse_terms(&p, &terms);
    if (is_good(&p) && p.lex.token != TOKEN_END)
        lexer_fail(&p.lex, lexer_is(&p.lex, TOKEN_SIGN, "~")
                               ? "no response is wanted here: the right-hand side alone"
                               : "something is left over: is an operator missing before it?");
    settle_terms(&p, &terms);
    terms_release(&terms);
    text_release(&p.label);
    free(p.value.steps);
    lexer_release(&p.lex);
    if (is_good(&p))
        *out = f;
    else
        formula_release(&f);
    return p.lex.st;
}

double
formula_evaluate(const struct formula_value *value, const double *const *columns, size_t row)
{
    double stack[STACK_MAX + 1], *top = stack; /* the bottom is not used */

    for (const struct formula_step *s = value->steps; s < value->steps + value->n; s++) {
        if (s->operation >= FORMULA_ADD && s->operation <= FORMULA_POWER)
            top--;
        switch (s->operation) {
        case FORMULA_NUMBER: *++top = s->number; break;
        case FORMULA_COLUMN: *++top = columns[s->column][row]; break;
        case FORMULA_NEGATE: *top = -*top; break;
        case FORMULA_ADD: *top += top[1]; break;
        case FORMULA_SUBTRACT: *top -= top[1]; break;
        case FORMULA_MULTIPLY: *top *= top[1]; break;
        case FORMULA_DIVIDE: *top /= top[1]; break;
        case FORMULA_POWER: *top = pow(*top, top[1]); break;
        case FORMULA_LOG: *top = log(*top); break;
        case FORMULA_LOG2: *top = log2(*top); break;
        case FORMULA_LOG10: *top = log10(*top); break;
        case FORMULA_EXP: *top = exp(*top); break;
        case FORMULA_SQRT: *top = sqrt(*top); break;
        }
    }
    return *top;
}

void
formula_release(struct formula *f)
{
    for (size_t i = 0; i < f->n_columns; i++)
        free(f->columns[i].name);
    for (size_t i = 0; i < f->n_atoms; i++)
        release_atom(&f->atoms[i]);
    for (size_t i = 0; i < f->n_terms; i++)
        free(f->terms[i].label);
    for (size_t i = 0; i < f->n_offsets; i++) {
        free(f->offsets[i].label);
        free(f->offsets[i].value.steps);
    }
    free(f->columns);
    free(f->atoms);
    free(f->terms);
    free(f->offsets);
    free(f->response.label);
    free(f->response.text);
    free(f->response.value.steps);
    *f = (struct formula)FORMULA_INIT;
}
