#include "dyad/data/expression.h"

#include "dyad/core/text.h"
#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lexer.h"

enum { DEPTH_MAX = 200, HEIGHT_MAX = 2000, NO_NODE = -1 };

enum operation {
    OP_NUMBER,
    OP_TEXT,
    OP_COLUMN,
    OP_NEGATE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_EQUAL,
    OP_UNEQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_IS_MISSING,
    OP_IN,
    OP_IF,
    OP_MIN,
    OP_MAX,
    OP_FLOOR,
    OP_LOG,
    OP_EXP
};

/* Children are nodes by number.  The second child of OP_IN is the first of its list. */
struct node {
    enum operation op;
    enum expression_type type;
    int child[3], next; /* next: in a list */
    int height;         /* of the tree below; bounds the recursion */
    size_t at;          /* where it begins in the text */
    double number;
    size_t text, text_length; /* in the expression's texts */
    size_t column;
};

struct expression {
    struct node *nodes;
    int n_nodes, room, root;
    char *texts;
    size_t n_texts;
    char *text; /* what was parsed */
};

struct parser {
    struct lexer lex;
    int depth;
    const struct expression_names *names;
    struct expression *e;
};

static int
fail(struct parser *p, const char *what)
{
    lexer_fail(&p->lex, "%s", what);
    return NO_NODE;
}

static int
fail_at(struct parser *p, size_t at, const char *what)
{
    lexer_fail_at(&p->lex, p->lex.text + at, "%s", what);
    return NO_NODE;
}

static int
out_of_memory(struct parser *p)
{
    lexer_out_of_memory(&p->lex);
    return NO_NODE;
}

static bool
accept(struct parser *p, enum token token, const char *word)
{
    return lexer_accept(&p->lex, token, word);
}

/* --- nodes -------------------------------------------------------------------------------- */

static int
add_node(struct parser *p, enum operation op, enum expression_type type, int a, int b, int c)
{
    struct expression *e = p->e;

    const int children[] = { a, b, c };
    int height = 1;

    if (p->lex.st != DYAD_OK)
        return NO_NODE;
    for (int i = 0; i < 3; i++)
        if (children[i] != NO_NODE && e->nodes[children[i]].height >= height)
            height = e->nodes[children[i]].height + 1;
    if (height > HEIGHT_MAX)
        return fail(p, "too long: write alternatives as a list, x in (1, 2)");
    if (e->n_nodes == e->room) {
        const int room = e->room ? 2 * e->room : 16;
        struct node *grown = realloc(e->nodes, (size_t)room * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(p);
        e->nodes = grown;
        e->room = room;
    }
    e->nodes[e->n_nodes] = (struct node){
        .op = op,
        .type = type,
        .child = { a, b, c },
        .next = NO_NODE,
        .height = height,
        .at = a == NO_NODE ? (size_t)(p->lex.token_at - p->lex.text) : e->nodes[a].at,
    };
    return e->n_nodes++;
}

static enum expression_type
type_of(const struct parser *p, int node)
{
    return p->e->nodes[node].type;
}

/* ${node} as a number: a column is read as one, and so are the branches of if(); text is refused. */
static int
as_number(struct parser *p, int node, const char *refusal)
{
    if (p->lex.st != DYAD_OK)
        return NO_NODE;
    struct node *n = &p->e->nodes[node];
    if (n->type == EXPRESSION_TEXT)
        return fail_at(p, n->at, refusal);
    if (n->type == EXPRESSION_EITHER && n->op == OP_IF) {
        as_number(p, n->child[1], refusal);
        as_number(p, n->child[2], refusal);
    }
    n->type = EXPRESSION_NUMBER;
    return node;
}

static int
arithmetic(struct parser *p, enum operation op, int a, int b)
{
    a = as_number(p, a, "text where a number is needed");
    b = as_number(p, b, "text where a number is needed");
    return add_node(p, op, EXPRESSION_NUMBER, a, b, NO_NODE);
}

static int
truth(struct parser *p, int node)
{
    return as_number(p, node, "text where true or false is needed: compare it with something");
}

/* Both sides become what one of them is; two columns stay as they are if they need no order. */
static int
comparison(struct parser *p, enum operation op, int a, int b)
{
    if (p->lex.st != DYAD_OK)
        return NO_NODE;
    const enum expression_type x = type_of(p, a), y = type_of(p, b);
    const bool ordered = op != OP_EQUAL && op != OP_UNEQUAL;

    if (x == EXPRESSION_NUMBER || y == EXPRESSION_NUMBER ||
        (ordered && x == EXPRESSION_EITHER && y == EXPRESSION_EITHER)) {
        a = as_number(p, a, "a number is compared with text: put both in quotes, or none");
        b = as_number(p, b, "a number is compared with text: put both in quotes, or none");
    }
    return add_node(p, op, EXPRESSION_NUMBER, a, b, NO_NODE);
}

/* --- grammar ------------------------------------------------------------------------------ */

static int parse_or(struct parser *p);

static void
expect(struct parser *p, const char *sign, const char *what)
{
    lexer_expect(&p->lex, sign, what);
}

static int
parse_column(struct parser *p)
{
    size_t column;
    enum expression_type type;

    if (!p->names->find(p->names->context, p->lex.word, &column, &type)) {
        lexer_fail(&p->lex, "no column '%s' here", p->lex.word);
        return NO_NODE;
    }
    const int node = add_node(p, OP_COLUMN, type, NO_NODE, NO_NODE, NO_NODE);
    if (node != NO_NODE)
        p->e->nodes[node].column = column;
    lexer_next(&p->lex);
    return node;
}

static int
parse_text(struct parser *p)
{
    struct expression *e = p->e;
    const size_t n = p->lex.word_length;
    char *grown = realloc(e->texts, e->n_texts + n + 1);

    if (grown == NULL)
        return out_of_memory(p);
    e->texts = grown;
    memcpy(grown + e->n_texts, p->lex.word, n + 1);
    const int node = add_node(p, OP_TEXT, EXPRESSION_TEXT, NO_NODE, NO_NODE, NO_NODE);
    if (node != NO_NODE) {
        e->nodes[node].text = e->n_texts;
        e->nodes[node].text_length = n;
    }
    e->n_texts += n + 1;
    lexer_next(&p->lex);
    return node;
}

static int
parse_number(struct parser *p)
{
    const int node = add_node(p, OP_NUMBER, EXPRESSION_NUMBER, NO_NODE, NO_NODE, NO_NODE);
    if (node != NO_NODE)
        p->e->nodes[node].number = p->lex.number;
    lexer_next(&p->lex);
    return node;
}

static int
parse_if(struct parser *p)
{
    const int test = truth(p, parse_or(p));
    expect(p, ",", "if() needs a test and two values: if(TEST, A, B)");
    int a = parse_or(p);
    expect(p, ",", "if() needs a test and two values: if(TEST, A, B)");
    int b = parse_or(p);
    expect(p, ")", "a closing parenthesis is missing");
    if (p->lex.st != DYAD_OK)
        return NO_NODE;

    const enum expression_type x = type_of(p, a), y = type_of(p, b);
    const enum expression_type type = x == EXPRESSION_EITHER ? y : x;
    if (x == EXPRESSION_NUMBER || y == EXPRESSION_NUMBER) {
        a = as_number(p, a, "one branch of if() is a number, the other text");
        b = as_number(p, b, "one branch of if() is a number, the other text");
    }
    return add_node(p, OP_IF, type, test, a, b);
}

static int
parse_function(struct parser *p)
{
    static const struct {
        const char *name;
        enum operation op;
        bool many;
    } functions[] = { { "min", OP_MIN, true },    { "max", OP_MAX, true }, { "floor", OP_FLOOR, false },
                      { "log", OP_LOG, false }, { "exp", OP_EXP, false } };

    if (accept(p, TOKEN_WORD, "if")) {
        expect(p, "(", "if() needs its parentheses");
        return parse_if(p);
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (!accept(p, TOKEN_WORD, functions[i].name))
            continue;
        expect(p, "(", "a function needs its parentheses; a column of that name is written [name]");
        int node = as_number(p, parse_or(p), "text where a number is needed");
        if (!functions[i].many)
            node = add_node(p, functions[i].op, EXPRESSION_NUMBER, node, NO_NODE, NO_NODE);
        while (functions[i].many && accept(p, TOKEN_SIGN, ","))
            node = arithmetic(p, functions[i].op, node, parse_or(p));
        expect(p, ")", "a closing parenthesis is missing");
        return node;
    }
    return fail(p, "a value is missing: a column, a number or a text in quotes");
}

static int
parse_primary(struct parser *p)
{
    if (p->lex.st != DYAD_OK)
        return NO_NODE;
    if (++p->depth > DEPTH_MAX)
        return fail(p, "too deeply nested");
    int node;
    if (accept(p, TOKEN_SIGN, "(")) {
        node = parse_or(p);
        expect(p, ")", "a closing parenthesis is missing");
    } else if (accept(p, TOKEN_SIGN, "-")) {
        node = as_number(p, parse_primary(p), "text where a number is needed");
        node = add_node(p, OP_NEGATE, EXPRESSION_NUMBER, node, NO_NODE, NO_NODE);
    } else if (accept(p, TOKEN_SIGN, "+")) {
        node = as_number(p, parse_primary(p), "text where a number is needed");
    } else if (p->lex.token == TOKEN_NUMBER) {
        node = parse_number(p);
    } else if (p->lex.token == TOKEN_TEXT) {
        node = parse_text(p);
    } else if (p->lex.token == TOKEN_NAME || (p->lex.token == TOKEN_WORD && !lexer_is_reserved(&p->lex))) {
        node = parse_column(p);
    } else {
        node = parse_function(p);
    }
    p->depth--;
    return node;
}

static int
parse_product(struct parser *p)
{
    int node = parse_primary(p);

    while (p->lex.st == DYAD_OK) {
        if (accept(p, TOKEN_SIGN, "*"))
            node = arithmetic(p, OP_MULTIPLY, node, parse_primary(p));
        else if (accept(p, TOKEN_SIGN, "/"))
            node = arithmetic(p, OP_DIVIDE, node, parse_primary(p));
        else
            break;
    }
    return node;
}

static int
parse_sum(struct parser *p)
{
    int node = parse_product(p);

    while (p->lex.st == DYAD_OK) {
        if (accept(p, TOKEN_SIGN, "+"))
            node = arithmetic(p, OP_ADD, node, parse_product(p));
        else if (accept(p, TOKEN_SIGN, "-"))
            node = arithmetic(p, OP_SUBTRACT, node, parse_product(p));
        else
            break;
    }
    return node;
}

static int
negated(struct parser *p, int node)
{
    return add_node(p, OP_NOT, EXPRESSION_NUMBER, node, NO_NODE, NO_NODE);
}

/* The subject and all of the list become numbers if one of them is. */
static int
member(struct parser *p, int subject, int first)
{
    static const char refusal[] = "numbers and text in one list: put all in quotes, or none";

    if (p->lex.st != DYAD_OK)
        return NO_NODE;
    bool numbers = type_of(p, subject) == EXPRESSION_NUMBER;
    int height = 0;
    for (int i = first; i != NO_NODE; i = p->e->nodes[i].next) {
        numbers = numbers || type_of(p, i) == EXPRESSION_NUMBER;
        height = p->e->nodes[i].height > height ? p->e->nodes[i].height : height;
    }
    if (numbers)
        as_number(p, subject, "a number is compared with text: put both in quotes, or none");
    for (int i = first; numbers && i != NO_NODE && p->lex.st == DYAD_OK; i = p->e->nodes[i].next)
        as_number(p, i, refusal);
    const int node = add_node(p, OP_IN, EXPRESSION_NUMBER, subject, first, NO_NODE);
    if (node != NO_NODE && height >= p->e->nodes[node].height)
        p->e->nodes[node].height = height + 1;
    return node;
}

static int
parse_in(struct parser *p, int left)
{
    int first = NO_NODE, last = NO_NODE;

    expect(p, "(", "in needs a list: in (\"a\", \"b\")");
    do {
        const int one = parse_sum(p);
        if (p->lex.st != DYAD_OK)
            return NO_NODE;
        if (last == NO_NODE)
            first = one;
        else
            p->e->nodes[last].next = one;
        last = one;
    } while (accept(p, TOKEN_SIGN, ","));
    expect(p, ")", "a closing parenthesis is missing");
    return member(p, left, first);
}

static int
parse_is(struct parser *p, int left)
{
    const bool no = accept(p, TOKEN_WORD, "not");

    if (!accept(p, TOKEN_WORD, "missing"))
        return fail(p, "'is' goes with 'missing' or 'not missing'");
    const int node = add_node(p, OP_IS_MISSING, EXPRESSION_NUMBER, left, NO_NODE, NO_NODE);
    return no ? negated(p, node) : node;
}

static int
parse_comparison(struct parser *p)
{
    static const struct {
        const char *sign;
        enum operation op;
    } signs[] = { { "==", OP_EQUAL }, { "!=", OP_UNEQUAL },   { "<=", OP_LESS_EQUAL }, { ">=", OP_GREATER_EQUAL },
                  { "<", OP_LESS },   { ">", OP_GREATER } };
    const int left = parse_sum(p);

    if (accept(p, TOKEN_WORD, "is"))
        return parse_is(p, left);
    if (accept(p, TOKEN_WORD, "in"))
        return parse_in(p, left);
    if (lexer_is(&p->lex, TOKEN_WORD, "not")) {
        lexer_next(&p->lex);
        return accept(p, TOKEN_WORD, "in") ? negated(p, parse_in(p, left)) : fail(p, "'not' here goes with 'in'");
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (accept(p, TOKEN_SIGN, signs[i].sign))
            return comparison(p, signs[i].op, left, parse_sum(p));
    return left;
}

static int
parse_not(struct parser *p)
{
    if (p->lex.st != DYAD_OK || ++p->depth > DEPTH_MAX)
        return fail(p, "too deeply nested");
    const int node = accept(p, TOKEN_WORD, "not") ? negated(p, truth(p, parse_not(p))) : parse_comparison(p);
    p->depth--;
    return node;
}

static int
parse_and(struct parser *p)
{
    int node = parse_not(p);

    while (accept(p, TOKEN_WORD, "and")) {
        const int left = truth(p, node), right = truth(p, parse_not(p));
        node = add_node(p, OP_AND, EXPRESSION_NUMBER, left, right, NO_NODE);
    }
    return node;
}

static int
parse_or(struct parser *p)
{
    int node = parse_and(p);

    while (accept(p, TOKEN_WORD, "or")) {
        const int left = truth(p, node), right = truth(p, parse_and(p));
        node = add_node(p, OP_OR, EXPRESSION_NUMBER, left, right, NO_NODE);
    }
    return node;
}

enum dyad_status
expression_parse(const char *text, const struct expression_names *names, struct expression **out,
                 struct dyad_error *err)
{
    struct parser p = { .names = names, .e = calloc(1, sizeof *p.e) };

    lexer_begin(&p.lex, text, expression_signs, err);
    if (p.e)
        p.e->text = text_copy(text);
    if (p.e == NULL || p.e->text == NULL) {
        out_of_memory(&p);
    } else {
        p.e->root = parse_or(&p);
        if (p.lex.st == DYAD_OK && p.lex.token != TOKEN_END)
            fail(&p, "something is left over: is an operator missing before it?");
    }
    lexer_release(&p.lex);
    if (p.lex.st == DYAD_OK)
        *out = p.e;
    else
        expression_free(p.e);
    return p.lex.st;
}

enum dyad_status
expression_require_truth(struct expression *e, struct dyad_error *err)
{
    struct parser p = { .lex = { .text = e->text, .err = err }, .e = e };

    truth(&p, e->root);
    return p.lex.st;
}

enum expression_type
expression_type(const struct expression *e)
{
    return e->nodes[e->root].type;
}

void
expression_free(struct expression *e)
{
    if (e == NULL)
        return;
    free(e->nodes);
    free(e->texts);
    free(e->text);
    free(e);
}

/* --- values ------------------------------------------------------------------------------- */

/*
 * Vectors of numbers and of texts, used like two stacks: a node leaves its value where its first
 * child's lay, so that a long sum needs no more of them than a short one.
 */
struct expression_scratch {
    double *numbers;
    struct span *texts;
};

/* Where a node's value goes, and those of its children: the next free vector of each kind. */
struct top {
    size_t numbers, texts;
};

static bool
is_number(const struct expression *e, int node)
{
    return e->nodes[node].type == EXPRESSION_NUMBER;
}

static void
push(const struct expression *e, int node, struct top *top)
{
    if (is_number(e, node))
        top->numbers++;
    else
        top->texts++;
}

/* An OP_IN gathers its answer below its children. */
static struct top
first_child(const struct node *n, struct top top)
{
    return (struct top){ top.numbers + (n->op == OP_IN), top.texts };
}

/* How high the stacks grow. */
static void
find_needs(const struct expression *e, int node, struct top top, struct top *needs)
{
    const struct node *n = &e->nodes[node];
    struct top next = first_child(n, top);

    needs->numbers = next.numbers + 1 > needs->numbers ? next.numbers + 1 : needs->numbers;
    needs->texts = next.texts + 1 > needs->texts ? next.texts + 1 : needs->texts;
    for (int i = 0; i < 3; i++) {
        if (n->child[i] == NO_NODE)
            continue;
        find_needs(e, n->child[i], next, needs);
        if (n->op == OP_IN && i == 1)
            for (int k = e->nodes[n->child[1]].next; k != NO_NODE; k = e->nodes[k].next)
                find_needs(e, k, next, needs);
        push(e, n->child[i], &next);
    }
}

struct expression_scratch *
expression_scratch_new(const struct expression *e)
{
    struct expression_scratch *s = calloc(1, sizeof *s);
    struct top needs = { 0, 0 };

    if (s == NULL)
        return NULL;
    find_needs(e, e->root, (struct top){ 0, 0 }, &needs);
    s->numbers = malloc(needs.numbers * EXPRESSION_ROWS * sizeof *s->numbers);
    s->texts = malloc(needs.texts * EXPRESSION_ROWS * sizeof *s->texts);
    if (s->numbers == NULL || s->texts == NULL) {
        expression_scratch_free(s);
        return NULL;
    }
    return s;
}

void
expression_scratch_free(struct expression_scratch *s)
{
    if (s == NULL)
        return;
    free(s->numbers);
    free(s->texts);
    free(s);
}

struct evaluation {
    const struct expression *e;
    const struct expression_source *source;
    struct expression_scratch *scratch;
    size_t n;
};

static double *
number_vector(const struct evaluation *v, struct top top)
{
    return v->scratch->numbers + top.numbers * EXPRESSION_ROWS;
}

static struct span *
text_vector(const struct evaluation *v, struct top top)
{
    return v->scratch->texts + top.texts * EXPRESSION_ROWS;
}

static double
finite_or_missing(double x)
{
    return isfinite(x) ? x : NAN;
}

static double
as_truth(bool holds)
{
    return holds ? 1 : 0;
}

static double
and_values(double x, double y)
{
    if (x == 0 || y == 0)
        return 0;
    return isnan(x) || isnan(y) ? NAN : 1;
}

static double
or_values(double x, double y)
{
    if ((!isnan(x) && x != 0) || (!isnan(y) && y != 0))
        return 1;
    return isnan(x) || isnan(y) ? NAN : 0;
}

static double
compare_numbers(enum operation op, double x, double y)
{
    if (isnan(x) || isnan(y))
        return NAN;
    switch (op) {
    case OP_EQUAL:
        return as_truth(x == y);
    case OP_UNEQUAL:
        return as_truth(x != y);
    case OP_LESS:
        return as_truth(x < y);
    case OP_LESS_EQUAL:
        return as_truth(x <= y);
    case OP_GREATER:
        return as_truth(x > y);
    default:
        return as_truth(x >= y);
    }
}

/* Bytewise; with a decimal sign as numbers, where both are. */
static double
compare_texts(enum operation op, struct span x, struct span y, char decimal)
{
    double a, b;

    if (x.at == NULL || y.at == NULL)
        return NAN;
    if (decimal && number_parse(x.at, x.length, decimal, &a) == NUMBER_GOOD &&
        number_parse(y.at, y.length, decimal, &b) == NUMBER_GOOD)
        return compare_numbers(op, a, b);
    const int order = memcmp(x.at, y.at, x.length < y.length ? x.length : y.length);
    const double sign = order ? order : (double)(x.length > y.length) - (double)(x.length < y.length);
    return compare_numbers(op, sign, 0);
}

static double
two_numbers(enum operation op, double x, double y)
{
    switch (op) {
    case OP_ADD:
        return finite_or_missing(x + y);
    case OP_SUBTRACT:
        return finite_or_missing(x - y);
    case OP_MULTIPLY:
        return finite_or_missing(x * y);
    case OP_DIVIDE:
        return finite_or_missing(x / y);
    case OP_AND:
        return and_values(x, y);
    case OP_OR:
        return or_values(x, y);
    case OP_MIN:
        return isnan(x) || isnan(y) ? NAN : x < y ? x : y;
    case OP_MAX:
        return isnan(x) || isnan(y) ? NAN : x > y ? x : y;
    default:
        return compare_numbers(op, x, y);
    }
}

static double
one_number(enum operation op, double x)
{
    switch (op) {
    case OP_NEGATE:
        return -x;
    case OP_NOT:
        return isnan(x) ? NAN : as_truth(x == 0);
    case OP_IS_MISSING:
        return as_truth(isnan(x));
    case OP_FLOOR:
        return floor(x);
    case OP_LOG:
        return finite_or_missing(log(x));
    default:
        return finite_or_missing(exp(x));
    }
}

static enum dyad_status evaluate(const struct evaluation *v, int node, struct top top);

static enum dyad_status
leaf(const struct evaluation *v, const struct node *n, struct top top)
{
    const struct expression_source *s = v->source;
    double *numbers = number_vector(v, top);
    struct span *texts = text_vector(v, top);

    if (n->op == OP_COLUMN)
        return n->type == EXPRESSION_NUMBER ? s->numbers(s->context, n->column, v->n, numbers)
                                            : s->texts(s->context, n->column, v->n, texts);
    for (size_t i = 0; i < v->n; i++) {
        if (n->op == OP_NUMBER)
            numbers[i] = n->number;
        else
            texts[i] = (struct span){ v->e->texts + n->text, n->text_length };
    }
    return DYAD_OK;
}

/* Two columns of the file are compared as numbers where both hold one. */
static char
decimal_between(const struct evaluation *v, int a, int b)
{
    const struct node *nodes = v->e->nodes;
    return nodes[a].type == EXPRESSION_EITHER && nodes[b].type == EXPRESSION_EITHER ? v->source->decimal : '\0';
}

/* x in (a, b) is x == a or x == b; the subject is evaluated once. */
static enum dyad_status
is_member(const struct evaluation *v, const struct node *n, struct top top)
{
    const struct expression *e = v->e;
    const int subject = n->child[0];
    const struct top at = first_child(n, top);
    struct top behind = at;
    enum dyad_status st = evaluate(v, subject, at);
    double *out = number_vector(v, top);

    push(e, subject, &behind);
    for (size_t i = 0; i < v->n; i++)
        out[i] = 0;
    for (int k = n->child[1]; k != NO_NODE && st == DYAD_OK; k = e->nodes[k].next) {
        if ((st = evaluate(v, k, behind)) != DYAD_OK)
            break;
        const double *x = number_vector(v, at), *y = number_vector(v, behind);
        const struct span *s = text_vector(v, at), *t = text_vector(v, behind);
        const char decimal = decimal_between(v, subject, k);
        for (size_t i = 0; i < v->n; i++)
            out[i] = or_values(out[i], is_number(e, subject) ? compare_numbers(OP_EQUAL, x[i], y[i])
                                                             : compare_texts(OP_EQUAL, s[i], t[i], decimal));
    }
    return st;
}

/* Of an operator whose children are evaluated: the values lie one above the other. */
static void
choose(const struct evaluation *v, const struct node *n, struct top top)
{
    const double *test = number_vector(v, top);

    if (n->type == EXPRESSION_NUMBER) {
        double *out = number_vector(v, top);
        const double *a = out + EXPRESSION_ROWS, *b = a + EXPRESSION_ROWS;
        for (size_t i = 0; i < v->n; i++)
            out[i] = isnan(test[i]) ? NAN : test[i] != 0 ? a[i] : b[i];
        return;
    }
    struct span *out = text_vector(v, top);
    const struct span *b = out + EXPRESSION_ROWS;
    for (size_t i = 0; i < v->n; i++)
        out[i] = isnan(test[i]) ? (struct span){ NULL, 0 } : test[i] != 0 ? out[i] : b[i];
}

static void
combine(const struct evaluation *v, const struct node *n, struct top top)
{
    double *out = number_vector(v, top);
    const double *b = out + EXPRESSION_ROWS;
    const struct span *s = text_vector(v, top), *t = s + EXPRESSION_ROWS;
    const bool texts = !is_number(v->e, n->child[0]);

    if (n->op == OP_IF) {
        choose(v, n, top);
    } else if (n->op == OP_IS_MISSING && texts) {
        for (size_t i = 0; i < v->n; i++)
            out[i] = as_truth(s[i].at == NULL);
    } else if (n->child[1] == NO_NODE) {
        for (size_t i = 0; i < v->n; i++)
            out[i] = one_number(n->op, out[i]);
    } else if (texts) {
        const char decimal = decimal_between(v, n->child[0], n->child[1]);
        for (size_t i = 0; i < v->n; i++)
            out[i] = compare_texts(n->op, s[i], t[i], decimal);
    } else {
        for (size_t i = 0; i < v->n; i++)
            out[i] = two_numbers(n->op, out[i], b[i]);
    }
}

static enum dyad_status
evaluate(const struct evaluation *v, int node, struct top top)
{
    const struct node *n = &v->e->nodes[node];
    struct top next = top;
    enum dyad_status st = DYAD_OK;

    if (n->op == OP_NUMBER || n->op == OP_TEXT || n->op == OP_COLUMN)
        return leaf(v, n, top);
    if (n->op == OP_IN)
        return is_member(v, n, top);
    for (int i = 0; i < 3 && n->child[i] != NO_NODE; i++) {
        if ((st = evaluate(v, n->child[i], next)) != DYAD_OK)
            return st;
        push(v->e, n->child[i], &next);
    }
    combine(v, n, top);
    return DYAD_OK;
}

enum dyad_status
expression_numbers(const struct expression *e, const struct expression_source *source, size_t n,
                   struct expression_scratch *scratch, const double **out)
{
    const struct evaluation v = { e, source, scratch, n };
    const enum dyad_status st = evaluate(&v, e->root, (struct top){ 0, 0 });
    if (st == DYAD_OK)
        *out = scratch->numbers;
    return st;
}

enum dyad_status
expression_texts(const struct expression *e, const struct expression_source *source, size_t n,
                 struct expression_scratch *scratch, const struct span **out)
{
    const struct evaluation v = { e, source, scratch, n };
    const enum dyad_status st = evaluate(&v, e->root, (struct top){ 0, 0 });
    if (st == DYAD_OK)
        *out = scratch->texts;
    return st;
}
