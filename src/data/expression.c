#include "dyad/data/expression.h"

#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 200, NO_NODE = -1 };

enum operation {
    OP_NUMBER,
    OP_TEXT,
    OP_COLUMN,
    OP_TO_NUMBER, /* of an EITHER */
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
    OP_IF,
    OP_MIN,
    OP_MAX,
    OP_FLOOR,
    OP_LOG,
    OP_EXP
};

/* Children are nodes by number. */
struct node {
    enum operation op;
    enum expression_type type;
    int child[3];
    double number;
    size_t text, text_length; /* in the expression's texts */
    size_t column;
};

struct expression {
    struct node *nodes;
    int n_nodes, room, root;
    char *texts;
    size_t n_texts;
};

/* --- words -------------------------------------------------------------------------------- */

enum token { T_END, T_NUMBER, T_TEXT, T_NAME, T_WORD, T_SIGN, T_BAD };

struct parser {
    const char *text, *at; /* at: behind the token */
    const char *token_at;
    enum token token;
    char *word; /* name, text or word of the token; sign: its characters */
    size_t word_length;
    double number;
    int depth;
    const struct expression_names *names;
    struct expression *e;
    struct dyad_error *err;
    enum dyad_status st;
};

static int
fail(struct parser *p, const char *what)
{
    if (p->st == DYAD_OK)
        p->st = dyad_fail(p->err, DYAD_USAGE, "at character %zu: %s", (size_t)(p->token_at - p->text) + 1, what);
    return NO_NODE;
}

static int
out_of_memory(struct parser *p)
{
    if (p->st == DYAD_OK)
        p->st = dyad_fail(p->err, DYAD_NOMEM, "out of memory");
    return NO_NODE;
}

static bool
is_name_char(char c, bool first)
{
    const unsigned char u = (unsigned char)c;
    return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u >= 0x80 ||
           (!first && ((u >= '0' && u <= '9') || u == '.'));
}

/* Up to the closing character, which doubled stands for itself. */
static enum token
quoted(struct parser *p, char close, enum token token)
{
    size_t n = 0;

    for (p->at++; *p->at; p->at++) {
        if (*p->at == close) {
            if (p->at[1] != close)
                break;
            p->at++;
        }
        p->word[n++] = *p->at;
    }
    if (*p->at != close)
        return T_BAD;
    p->at++;
    p->word[n] = '\0';
    p->word_length = n;
    return token;
}

static enum token
number_token(struct parser *p)
{
    const char *s = p->at;

    while ((*s >= '0' && *s <= '9') || *s == '.')
        s++;
    if ((*s == 'e' || *s == 'E') &&
        ((s[1] >= '0' && s[1] <= '9') || ((s[1] == '+' || s[1] == '-') && s[2] >= '0' && s[2] <= '9')))
        for (s += 2; *s >= '0' && *s <= '9';)
            s++;
    const enum number_state good = number_parse(p->at, (size_t)(s - p->at), '.', &p->number);
    p->at = s;
    return good == NUMBER_GOOD && !is_name_char(*s, true) ? T_NUMBER : T_BAD;
}

static enum token
sign_token(struct parser *p)
{
    static const char *const signs[] = { "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "," };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        p->word_length = strlen(signs[i]);
        if (strncmp(p->at, signs[i], p->word_length) == 0) {
            memcpy(p->word, signs[i], p->word_length + 1);
            p->at += p->word_length;
            return T_SIGN;
        }
    }
    return T_BAD;
}

static enum token
scan_token(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
        p->at++;
    p->token_at = p->at;
    p->word[0] = '\0';
    if (*p->at == '\0')
        return T_END;
    if (*p->at == '"' || *p->at == '\'')
        return quoted(p, *p->at, T_TEXT);
    if (*p->at == '[' || *p->at == '`')
        return quoted(p, *p->at == '[' ? ']' : '`', T_NAME);
    if ((*p->at >= '0' && *p->at <= '9') || *p->at == '.')
        return number_token(p);
    if (!is_name_char(*p->at, true))
        return sign_token(p);
    size_t n = 0;
    while (is_name_char(*p->at, n == 0))
        p->word[n++] = *p->at++;
    p->word[n] = '\0';
    p->word_length = n;
    return T_WORD;
}

static void
advance(struct parser *p)
{
    p->token = scan_token(p);
    if (p->token == T_BAD)
        fail(p, *p->token_at == '"' || *p->token_at == '\'' || *p->token_at == '[' || *p->token_at == '`'
                    ? "a quote or bracket that is not closed"
                : *p->token_at == '=' ? "'=' compares nothing: write '=='"
                                      : "a character that has no meaning here");
}

static bool
is_token(const struct parser *p, enum token token, const char *word)
{
    return p->token == token && strcmp(p->word, word) == 0;
}

static bool
accept(struct parser *p, enum token token, const char *word)
{
    const bool found = p->st == DYAD_OK && is_token(p, token, word);
    if (found)
        advance(p);
    return found;
}

/* --- nodes -------------------------------------------------------------------------------- */

static int
add_node(struct parser *p, enum operation op, enum expression_type type, int a, int b, int c)
{
    struct expression *e = p->e;

    if (p->st != DYAD_OK)
        return NO_NODE;
    if (e->n_nodes == e->room) {
        const int room = e->room ? 2 * e->room : 16;
        struct node *grown = realloc(e->nodes, (size_t)room * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(p);
        e->nodes = grown;
        e->room = room;
    }
    e->nodes[e->n_nodes] = (struct node){ .op = op, .type = type, .child = { a, b, c } };
    return e->n_nodes++;
}

static enum expression_type
type_of(const struct parser *p, int node)
{
    return p->e->nodes[node].type;
}

/* ${node} as a number: a column is read as one, other text is refused. */
static int
as_number(struct parser *p, int node, const char *refusal)
{
    if (p->st != DYAD_OK)
        return NO_NODE;
    if (type_of(p, node) == EXPRESSION_NUMBER)
        return node;
    if (type_of(p, node) == EXPRESSION_TEXT)
        return fail(p, refusal);
    if (p->e->nodes[node].op == OP_COLUMN) {
        p->e->nodes[node].type = EXPRESSION_NUMBER;
        return node;
    }
    return add_node(p, OP_TO_NUMBER, EXPRESSION_NUMBER, node, NO_NODE, NO_NODE);
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
    if (p->st != DYAD_OK)
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
    if (!accept(p, T_SIGN, sign))
        fail(p, what);
}

static int
parse_column(struct parser *p)
{
    size_t column;
    enum expression_type type;

    if (!p->names->find(p->names->context, p->word, &column, &type)) {
        if (p->st == DYAD_OK)
            p->st = dyad_fail(p->err, DYAD_USAGE, "at character %zu: no column '%s' here",
                              (size_t)(p->token_at - p->text) + 1, p->word);
        return NO_NODE;
    }
    advance(p);
    const int node = add_node(p, OP_COLUMN, type, NO_NODE, NO_NODE, NO_NODE);
    if (node != NO_NODE)
        p->e->nodes[node].column = column;
    return node;
}

static int
parse_text(struct parser *p)
{
    struct expression *e = p->e;
    const size_t n = p->word_length;
    char *grown = realloc(e->texts, e->n_texts + n + 1);

    if (grown == NULL)
        return out_of_memory(p);
    e->texts = grown;
    memcpy(grown + e->n_texts, p->word, n + 1);
    const int node = add_node(p, OP_TEXT, EXPRESSION_TEXT, NO_NODE, NO_NODE, NO_NODE);
    if (node != NO_NODE) {
        e->nodes[node].text = e->n_texts;
        e->nodes[node].text_length = n;
    }
    e->n_texts += n + 1;
    advance(p);
    return node;
}

static int
parse_number(struct parser *p)
{
    const int node = add_node(p, OP_NUMBER, EXPRESSION_NUMBER, NO_NODE, NO_NODE, NO_NODE);
    if (node != NO_NODE)
        p->e->nodes[node].number = p->number;
    advance(p);
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
    if (p->st != DYAD_OK)
        return NO_NODE;

    const enum expression_type x = type_of(p, a), y = type_of(p, b);
    enum expression_type type = x == EXPRESSION_EITHER ? y : x;
    if (type == EXPRESSION_NUMBER) {
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

    if (accept(p, T_WORD, "if")) {
        expect(p, "(", "if() needs its parentheses");
        return parse_if(p);
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (!accept(p, T_WORD, functions[i].name))
            continue;
        expect(p, "(", "a function needs its parentheses; a column of that name is written [name]");
        int node = as_number(p, parse_or(p), "text where a number is needed");
        if (!functions[i].many)
            node = add_node(p, functions[i].op, EXPRESSION_NUMBER, node, NO_NODE, NO_NODE);
        while (functions[i].many && accept(p, T_SIGN, ","))
            node = arithmetic(p, functions[i].op, node, parse_or(p));
        expect(p, ")", "a closing parenthesis is missing");
        return node;
    }
    return fail(p, "a value is missing: a column, a number or a text in quotes");
}

static bool
is_reserved(const struct parser *p)
{
    static const char *const words[] = { "and", "or",  "not", "in",    "is",  "missing",
                                         "if",  "min", "max", "floor", "log", "exp" };

    for (size_t i = 0; p->token == T_WORD && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(p->word, words[i]) == 0)
            return true;
    return false;
}

static int
parse_primary(struct parser *p)
{
    if (p->st != DYAD_OK)
        return NO_NODE;
    if (++p->depth > DEPTH_MAX)
        return fail(p, "too deeply nested");
    int node;
    if (accept(p, T_SIGN, "(")) {
        node = parse_or(p);
        expect(p, ")", "a closing parenthesis is missing");
    } else if (accept(p, T_SIGN, "-")) {
        node = as_number(p, parse_primary(p), "text where a number is needed");
        node = add_node(p, OP_NEGATE, EXPRESSION_NUMBER, node, NO_NODE, NO_NODE);
    } else if (accept(p, T_SIGN, "+")) {
        node = as_number(p, parse_primary(p), "text where a number is needed");
    } else if (p->token == T_NUMBER) {
        node = parse_number(p);
    } else if (p->token == T_TEXT) {
        node = parse_text(p);
    } else if (p->token == T_NAME || (p->token == T_WORD && !is_reserved(p))) {
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

    while (p->st == DYAD_OK) {
        if (accept(p, T_SIGN, "*"))
            node = arithmetic(p, OP_MULTIPLY, node, parse_primary(p));
        else if (accept(p, T_SIGN, "/"))
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

    while (p->st == DYAD_OK) {
        if (accept(p, T_SIGN, "+"))
            node = arithmetic(p, OP_ADD, node, parse_product(p));
        else if (accept(p, T_SIGN, "-"))
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

/* A copy of the node, so that each comparison reads its own; its children stay shared. */
static int
again(struct parser *p, int node)
{
    if (p->st != DYAD_OK)
        return NO_NODE;
    const struct node same = p->e->nodes[node];
    const int copy = add_node(p, same.op, same.type, same.child[0], same.child[1], same.child[2]);
    if (copy != NO_NODE)
        p->e->nodes[copy] = same;
    return copy;
}

static int
parse_in(struct parser *p, int left)
{
    int node = NO_NODE;

    expect(p, "(", "in needs a list: in (\"a\", \"b\")");
    do {
        const int subject = node == NO_NODE ? left : again(p, left);
        const int one = comparison(p, OP_EQUAL, subject, parse_sum(p));
        node = node == NO_NODE ? one : add_node(p, OP_OR, EXPRESSION_NUMBER, node, one, NO_NODE);
    } while (accept(p, T_SIGN, ","));
    expect(p, ")", "a closing parenthesis is missing");
    return node;
}

static int
parse_is(struct parser *p, int left)
{
    const bool no = accept(p, T_WORD, "not");

    if (!accept(p, T_WORD, "missing"))
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

    if (accept(p, T_WORD, "is"))
        return parse_is(p, left);
    if (accept(p, T_WORD, "in"))
        return parse_in(p, left);
    if (is_token(p, T_WORD, "not")) {
        advance(p);
        return accept(p, T_WORD, "in") ? negated(p, parse_in(p, left)) : fail(p, "'not' here goes with 'in'");
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (accept(p, T_SIGN, signs[i].sign))
            return comparison(p, signs[i].op, left, parse_sum(p));
    return left;
}

static int
parse_not(struct parser *p)
{
    if (p->st != DYAD_OK || ++p->depth > DEPTH_MAX)
        return fail(p, "too deeply nested");
    const int node = accept(p, T_WORD, "not") ? negated(p, truth(p, parse_not(p))) : parse_comparison(p);
    p->depth--;
    return node;
}

static int
parse_and(struct parser *p)
{
    int node = parse_not(p);

    while (accept(p, T_WORD, "and")) {
        const int left = truth(p, node), right = truth(p, parse_not(p));
        node = add_node(p, OP_AND, EXPRESSION_NUMBER, left, right, NO_NODE);
    }
    return node;
}

static int
parse_or(struct parser *p)
{
    int node = parse_and(p);

    while (accept(p, T_WORD, "or")) {
        const int left = truth(p, node), right = truth(p, parse_and(p));
        node = add_node(p, OP_OR, EXPRESSION_NUMBER, left, right, NO_NODE);
    }
    return node;
}

enum dyad_status
expression_parse(const char *text, const struct expression_names *names, struct expression **out,
                 struct dyad_error *err)
{
    struct parser p = { .text = text, .at = text, .token_at = text, .names = names, .err = err };

    p.e = calloc(1, sizeof *p.e);
    p.word = malloc(strlen(text) + 1);
    if (p.e == NULL || p.word == NULL) {
        out_of_memory(&p);
    } else {
        advance(&p);
        p.e->root = parse_or(&p);
        if (p.st == DYAD_OK && p.token != T_END)
            fail(&p, "something is left over: is an operator missing before it?");
    }
    free(p.word);
    if (p.st == DYAD_OK)
        *out = p.e;
    else
        expression_free(p.e);
    return p.st;
}

enum dyad_status
expression_require_truth(struct expression *e, struct dyad_error *err)
{
    struct parser p = { .text = "", .token_at = "", .e = e, .err = err };

    e->root = truth(&p, e->root);
    return p.st;
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
    free(e);
}

/* --- values ------------------------------------------------------------------------------- */

/* A vector for each node, of numbers or of texts as its type says. */
struct expression_scratch {
    union vector {
        double *numbers;
        struct span *texts;
    } *vectors;
    int n;
};

struct expression_scratch *
expression_scratch_new(const struct expression *e)
{
    struct expression_scratch *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->vectors = calloc((size_t)e->n_nodes, sizeof *s->vectors);
    for (int i = 0; s->vectors && i < e->n_nodes; i++, s->n++) {
        const size_t size = e->nodes[i].type == EXPRESSION_NUMBER ? sizeof(double) : sizeof(struct span);
        s->vectors[i].numbers = malloc(EXPRESSION_ROWS * size);
        if (s->vectors[i].numbers == NULL)
            break;
    }
    if (s->vectors == NULL || s->n < e->n_nodes) {
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
    for (int i = 0; i < s->n; i++)
        free(s->vectors[i].numbers);
    free(s->vectors);
    free(s);
}

struct evaluation {
    const struct expression *e;
    const struct expression_source *source;
    struct expression_scratch *scratch;
    size_t n;
};

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

static enum dyad_status evaluate(const struct evaluation *v, int node);

/* Of texts that are to be numbers. */
static enum dyad_status
to_numbers(const struct evaluation *v, const struct span *texts, double *out)
{
    enum dyad_status st;

    for (size_t i = 0; i < v->n; i++) {
        out[i] = NAN;
        if (texts[i].at == NULL || number_parse(texts[i].at, texts[i].length, v->source->decimal, &out[i]) == NUMBER_GOOD)
            continue;
        if ((st = v->source->not_a_number(v->source->context, i, texts[i])) != DYAD_OK)
            return st;
    }
    return DYAD_OK;
}

static void
choose(const struct evaluation *v, const struct node *n, union vector out)
{
    const union vector *all = v->scratch->vectors;
    const double *test = all[n->child[0]].numbers;

    if (n->type == EXPRESSION_NUMBER) {
        const double *a = all[n->child[1]].numbers, *b = all[n->child[2]].numbers;
        for (size_t i = 0; i < v->n; i++)
            out.numbers[i] = isnan(test[i]) ? NAN : test[i] != 0 ? a[i] : b[i];
        return;
    }
    const struct span *a = all[n->child[1]].texts, *b = all[n->child[2]].texts;
    for (size_t i = 0; i < v->n; i++)
        out.texts[i] = isnan(test[i]) ? (struct span){ NULL, 0 } : test[i] != 0 ? a[i] : b[i];
}

static enum dyad_status
leaf(const struct evaluation *v, const struct node *n, union vector out)
{
    const struct expression_source *s = v->source;

    if (n->op == OP_COLUMN)
        return n->type == EXPRESSION_NUMBER ? s->numbers(s->context, n->column, v->n, out.numbers)
                                            : s->texts(s->context, n->column, v->n, out.texts);
    for (size_t i = 0; i < v->n; i++) {
        if (n->op == OP_NUMBER)
            out.numbers[i] = n->number;
        else
            out.texts[i] = (struct span){ v->e->texts + n->text, n->text_length };
    }
    return DYAD_OK;
}

static enum dyad_status
combine(const struct evaluation *v, const struct node *n, union vector out)
{
    const union vector *all = v->scratch->vectors;
    const int a = n->child[0], b = n->child[1];
    const bool texts = v->e->nodes[a].type != EXPRESSION_NUMBER;

    if (n->op == OP_TO_NUMBER)
        return to_numbers(v, all[a].texts, out.numbers);
    if (n->op == OP_IF) {
        choose(v, n, out);
    } else if (n->op == OP_IS_MISSING && texts) {
        for (size_t i = 0; i < v->n; i++)
            out.numbers[i] = as_truth(all[a].texts[i].at == NULL);
    } else if (b == NO_NODE) {
        for (size_t i = 0; i < v->n; i++)
            out.numbers[i] = one_number(n->op, all[a].numbers[i]);
    } else if (texts) {
        const bool columns = v->e->nodes[a].type == EXPRESSION_EITHER && v->e->nodes[b].type == EXPRESSION_EITHER;
        for (size_t i = 0; i < v->n; i++)
            out.numbers[i] = compare_texts(n->op, all[a].texts[i], all[b].texts[i],
                                           columns ? v->source->decimal : '\0');
    } else {
        for (size_t i = 0; i < v->n; i++)
            out.numbers[i] = two_numbers(n->op, all[a].numbers[i], all[b].numbers[i]);
    }
    return DYAD_OK;
}

static enum dyad_status
evaluate(const struct evaluation *v, int node)
{
    const struct node *n = &v->e->nodes[node];
    enum dyad_status st = DYAD_OK;

    if (n->op == OP_NUMBER || n->op == OP_TEXT || n->op == OP_COLUMN)
        return leaf(v, n, v->scratch->vectors[node]);
    for (int i = 0; i < 3 && st == DYAD_OK; i++)
        if (n->child[i] != NO_NODE)
            st = evaluate(v, n->child[i]);
    return st == DYAD_OK ? combine(v, n, v->scratch->vectors[node]) : st;
}

enum dyad_status
expression_numbers(const struct expression *e, const struct expression_source *source, size_t n,
                   struct expression_scratch *scratch, const double **out)
{
    const struct evaluation v = { e, source, scratch, n };
    const enum dyad_status st = evaluate(&v, e->root);
    if (st == DYAD_OK)
        *out = scratch->vectors[e->root].numbers;
    return st;
}

enum dyad_status
expression_texts(const struct expression *e, const struct expression_source *source, size_t n,
                 struct expression_scratch *scratch, const struct span **out)
{
    const struct evaluation v = { e, source, scratch, n };
    const enum dyad_status st = evaluate(&v, e->root);
    if (st == DYAD_OK)
        *out = scratch->vectors[e->root].texts;
    return st;
}
