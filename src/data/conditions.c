#include "dyad/data/conditions.h"

#include "dyad/data/digest.h"
#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lexer.h"

/* One token of an expression, as it is compared. */
struct piece {
    enum token token;
    char *word; /* of a column: what it is */
    char *name; /* of a column: its own; else NULL */
};

struct pieces {
    struct piece *at;
    size_t n, room;
    bool failed, bad;
};

/* What a derived column is: the hash of its definition, and the columns of the file it is made of, a line each. */
struct meaning {
    struct text subject, sources;
};

/* Each is told by those before it, so that a chain of them is gone along once. */
struct definitions {
    const struct derived_column *at;
    size_t n;
    struct meaning *meanings;
};

static void
pieces_release(struct pieces *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->at[i].word);
        free(p->at[i].name);
    }
    free(p->at);
    *p = (struct pieces){ .at = NULL };
}

/* --- values and columns ------------------------------------------------------------------- */

void
condition_value(const char *text, char decimal, struct text *out)
{
    static const char *const yes[] = { "yes", "y", "true" }, *const no[] = { "no", "n", "false" };
    char spelt[32];
    double x;

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(text, yes[i]) == 0)
            text = "1";
        if (strcasecmp(text, no[i]) == 0)
            text = "0";
    }
    if (number_parse(text, strlen(text), decimal, &x) == NUMBER_GOOD) {
        const size_t n = number_text(x == 0 ? 0 : x, spelt);
        text_put(out, spelt, n);
    } else {
        text_puts(out, text);
    }
}

static void take_apart(const char *text, struct definitions d, struct pieces *out);
static bool is_enclosed(const struct pieces *p, size_t from, size_t to);

static void
join(const struct pieces *p, size_t from, size_t to, struct text *out)
{
    for (size_t i = from; i < to; i++)
        text_printf(out, "%s%d:%s", i > from ? " " : "", (int)p->at[i].token, p->at[i].word);
}

/* What an expression is, in few characters: the same of a filter and of a derived column. */
static void
put_hash(const struct text *tokens, struct text *out)
{
    char hex[DIGEST_ROOM];

    digest_bytes(tokens->at ? tokens->at : "", tokens->length, hex);
    text_printf(out, "= %s", hex);
    out->failed = out->failed || tokens->failed;
}

/* Which definition a name has: the last one; d.n if it is a column of the file. */
static size_t
find_definition(const char *name, struct definitions d)
{
    for (size_t i = d.n; i-- > 0;)
        if (strcmp(d.at[i].name, name) == 0)
            return i;
    return d.n;
}

static void
name_column(const char *name, struct definitions d, struct text *out)
{
    const size_t i = find_definition(name, d);
    text_puts(out, i == d.n ? name : d.meanings[i].subject.at);
}

/* The columns of the file that a column is made of, but those that ${out} has. */
static void
put_sources(const char *name, struct definitions d, struct text *out)
{
    const size_t i = find_definition(name, d);
    struct text own = TEXT_INIT;

    if (i == d.n)
        text_printf(&own, "\n%s\n", name);
    else
        text_puts(&own, d.meanings[i].sources.at);
    out->failed = out->failed || own.failed;
    for (const char *at = own.at; at && *at && !out->failed;) {
        const size_t n = 2 + strcspn(at + 1, "\n");
        struct text one = TEXT_INIT;
        text_put(&one, at, n);
        if (!one.failed && (out->at == NULL || strstr(out->at, one.at) == NULL))
            text_put(out, one.at, n);
        out->failed = out->failed || one.failed;
        text_release(&one);
        at += n;
    }
    text_release(&own);
}

static void
release_definitions(struct definitions *d)
{
    for (size_t i = 0; d->meanings && i < d->n; i++) {
        text_release(&d->meanings[i].subject);
        text_release(&d->meanings[i].sources);
    }
    free(d->meanings);
}

/* False if memory ran out. */
static bool
read_definitions(const struct derived_column *derived, size_t n, struct definitions *out)
{
    struct definitions d = { derived, n, calloc(n + 1, sizeof *d.meanings) };
    bool good = d.meanings != NULL;

    for (d.n = 0; d.n < n && good; d.n++) {
        struct meaning *m = &d.meanings[d.n];
        struct pieces p = { .at = NULL };
        struct text all = TEXT_INIT;
        take_apart(derived[d.n].expression, d, &p);
        size_t from = 0, to = p.n;
        for (; is_enclosed(&p, from, to); to--)
            from++;
        join(&p, from, to, &all);
        put_hash(&all, &m->subject);
        text_puts(&m->sources, "");
        for (size_t i = 0; i < p.n; i++)
            if (p.at[i].name)
                put_sources(p.at[i].name, d, &m->sources);
        good = !p.failed && !m->subject.failed && !m->sources.failed;
        text_release(&all);
        pieces_release(&p);
    }
    *out = d;
    return good;
}

void
condition_subject(const char *name, const struct derived_column *derived, size_t n, struct text *out)
{
    struct definitions d;

    if (read_definitions(derived, n, &d))
        name_column(name, d, out);
    else
        out->failed = true;
    release_definitions(&d);
}

static bool
add_value(struct condition *c, const char *value)
{
    char **grown = realloc(c->values, (c->n + 1) * sizeof *grown);

    if (grown == NULL)
        return false;
    c->values = grown;
    grown[c->n] = text_copy(value);
    return grown[c->n++] != NULL;
}

/* --- what they say ------------------------------------------------------------------------- */

static bool
is_listed(const struct condition *c, const char *value)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->values[i], value) == 0)
            return true;
    return false;
}

static bool
is_between(const struct condition *c, const char *value)
{
    double x;

    return number_parse(value, strlen(value), '.', &x) == NUMBER_GOOD && (c->with_low ? x >= c->low : x > c->low) &&
           (c->with_high ? x <= c->high : x < c->high);
}

bool
condition_is_met(const struct condition *c, const char *value)
{
    if (*value == '\0')
        return c->kind == CONDITION_MISSING;
    switch (c->kind) {
    case CONDITION_IN:
        return is_listed(c, value);
    case CONDITION_NOT_IN:
        return !is_listed(c, value);
    case CONDITION_BETWEEN:
        return is_between(c, value);
    case CONDITION_KNOWN:
        return true;
    case CONDITION_MISSING:
        break;
    }
    return false;
}

/* Does each value of the list of ${a} meet ${b}, or none? */
static bool
list_meets(const struct condition *a, const struct condition *b, bool meets)
{
    for (size_t i = 0; i < a->n; i++)
        if (condition_is_met(b, a->values[i]) != meets)
            return false;
    return true;
}

static bool
lies_in(const struct condition *a, const struct condition *b)
{
    return (a->low > b->low || (a->low == b->low && (b->with_low || !a->with_low))) &&
           (a->high < b->high || (a->high == b->high && (b->with_high || !a->with_high)));
}

bool
condition_implies(const struct condition *a, const struct condition *b)
{
    if (a->kind == CONDITION_MISSING || b->kind == CONDITION_MISSING)
        return a->kind == b->kind;
    if (b->kind == CONDITION_KNOWN)
        return true;
    if (a->kind == CONDITION_IN)
        return list_meets(a, b, true);
    if (a->kind == CONDITION_NOT_IN && b->kind == CONDITION_NOT_IN)
        return list_meets(b, a, false);
    if (a->kind == CONDITION_BETWEEN && b->kind == CONDITION_NOT_IN)
        return list_meets(b, a, false);
    return a->kind == CONDITION_BETWEEN && b->kind == CONDITION_BETWEEN && lies_in(a, b);
}

bool
condition_excludes(const struct condition *a, const struct condition *b)
{
    if (a->kind == CONDITION_MISSING || b->kind == CONDITION_MISSING)
        return a->kind != b->kind;
    if (a->kind == CONDITION_IN)
        return list_meets(a, b, false);
    if (b->kind == CONDITION_IN)
        return list_meets(b, a, false);
    if (a->kind != CONDITION_BETWEEN || b->kind != CONDITION_BETWEEN)
        return false;
    return a->high < b->low || b->high < a->low || (a->high == b->low && !(a->with_high && b->with_low)) ||
           (b->high == a->low && !(b->with_high && a->with_low));
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
condition_name(const struct condition *c, struct text *out)
{
    char **sorted = malloc((c->n + 1) * sizeof *sorted);

    text_printf(out, "%s\n%d", c->subject, (int)c->kind);
    if (c->kind == CONDITION_BETWEEN)
        text_printf(out, " %.17g%d %.17g%d", c->low, c->with_low, c->high, c->with_high);
    out->failed = out->failed || sorted == NULL;
    for (size_t i = 0; sorted && i < c->n; i++)
        sorted[i] = c->values[i];
    if (sorted && c->n)
        qsort(sorted, c->n, sizeof *sorted, by_text);
    for (size_t i = 0; sorted && i < c->n; i++)
        if (i == 0 || strcmp(sorted[i - 1], sorted[i]) != 0)
            text_printf(out, "\n%s", sorted[i]);
    free(sorted);
}

enum dyad_status
condition_is_related(const char *a, const char *b, const struct derived_column *derived, size_t n, bool *out)
{
    struct definitions d = { derived, n, NULL };
    struct text x = TEXT_INIT, both = TEXT_INIT;

    *out = false;
    if (find_definition(a, d) == n && find_definition(b, d) == n)
        return DYAD_OK; /* two of the file */
    bool good = read_definitions(derived, n, &d);
    if (good) {
        put_sources(a, d, &x);
        put_sources(b, d, &both);
        const size_t of_b = both.length;
        put_sources(a, d, &both); /* adds what is not there yet */
        *out = both.length < of_b + x.length;
        text_clear(&x);
        text_clear(&both);
        name_column(a, d, &x);
        name_column(b, d, &both);
        good = !x.failed && !both.failed;
        *out = good && *out && strcmp(x.at, both.at) != 0;
    }
    release_definitions(&d);
    text_release(&x);
    text_release(&both);
    return good ? DYAD_OK : DYAD_NOMEM;
}

/* --- expressions --------------------------------------------------------------------------- */

static void
add_piece(struct pieces *p, enum token token, char *word)
{
    if (p->n == p->room) {
        const size_t room = p->room ? 2 * p->room : 16;
        struct piece *grown = word ? realloc(p->at, room * sizeof *grown) : NULL;
        if (grown) {
            p->at = grown;
            p->room = room;
        }
    }
    p->failed = p->failed || word == NULL || p->n == p->room;
    if (p->failed)
        free(word);
    else
        p->at[p->n++] = (struct piece){ token, word, NULL };
}

/* A minus goes with the number behind it: no two expressions are spelt alike by that. */
static void
put_number(struct pieces *p, const char *word, struct text *out)
{
    struct text number = TEXT_INIT;

    if (p->n && p->at[p->n - 1].token == TOKEN_SIGN && strcmp(p->at[p->n - 1].word, "-") == 0) {
        free(p->at[--p->n].word);
        text_puts(&number, "-");
    }
    text_puts(&number, word);
    out->failed = out->failed || number.failed;
    if (!number.failed)
        condition_value(number.at, '.', out);
    text_release(&number);
}

static void
take_apart(const char *text, struct definitions d, struct pieces *out)
{
    struct lexer l;
    struct dyad_error err = DYAD_ERROR_INIT;

    lexer_begin(&l, text, expression_signs, &err);
    while (l.st == DYAD_OK && l.token != TOKEN_END && !out->failed) {
        struct text word = TEXT_INIT;
        enum token token = l.token;
        if (token == TOKEN_NAME || (token == TOKEN_WORD && !lexer_is_reserved(&l))) {
            name_column(l.word, d, &word);
            token = TOKEN_NAME;
        } else if (token == TOKEN_NUMBER) {
            put_number(out, l.word, &word);
            token = TOKEN_TEXT;
        } else if (token == TOKEN_TEXT) {
            condition_value(l.word, '.', &word);
        } else {
            text_puts(&word, l.word);
        }
        text_puts(&word, "");
        add_piece(out, token, text_steal(&word));
        if (token == TOKEN_NAME && !out->failed)
            out->failed = (out->at[out->n - 1].name = text_copy(l.word)) == NULL;
        lexer_next(&l);
    }
    out->failed = out->failed || l.st == DYAD_NOMEM;
    out->bad = l.st != DYAD_OK;
    lexer_release(&l);
}

static bool
is_piece(const struct pieces *p, size_t i, size_t to, enum token token, const char *word)
{
    return i < to && p->at[i].token == token && (word == NULL || strcmp(p->at[i].word, word) == 0);
}

/* The first `and`, or `or`, that no parentheses are around; ${to}: none. */
static size_t
find_outside(const struct pieces *p, size_t from, size_t to, const char *word)
{
    size_t depth = 0;

    for (size_t i = from; i < to; i++) {
        depth += is_piece(p, i, to, TOKEN_SIGN, "(");
        depth -= depth && is_piece(p, i, to, TOKEN_SIGN, ")");
        if (depth == 0 && is_piece(p, i, to, TOKEN_WORD, word))
            return i;
    }
    return to;
}

static bool
is_joined(const struct pieces *p, size_t from, size_t to)
{
    return find_outside(p, from, to, "or") < to || find_outside(p, from, to, "and") < to;
}

/* Are the parentheses at both ends each other's? */
static bool
is_enclosed(const struct pieces *p, size_t from, size_t to)
{
    size_t depth = 0;

    if (!is_piece(p, from, to, TOKEN_SIGN, "(") || !is_piece(p, to - 1, to, TOKEN_SIGN, ")"))
        return false;
    for (size_t i = from; i + 1 < to; i++) {
        depth += is_piece(p, i, to, TOKEN_SIGN, "(");
        depth -= is_piece(p, i, to, TOKEN_SIGN, ")");
        if (depth == 0)
            return false;
    }
    return true;
}

struct condition *
conditions_add(struct conditions *c, const char *subject, enum condition_kind kind, const char *value)
{
    struct condition *grown = realloc(c->at, (c->n + 1) * sizeof *grown);

    if (grown == NULL)
        return NULL;
    c->at = grown;
    struct condition *new = &grown[c->n++];
    *new = (struct condition){ .subject = text_copy(subject), .kind = kind, .number = c->n - 1 };
    return new->subject && (value == NULL || add_value(new, value)) ? new : NULL;
}

/* The first comparison that no parentheses are around, and its opposite; ${to}: none. */
static size_t
find_comparison(const struct pieces *p, size_t from, size_t to, const char **opposite)
{
    static const char *const pairs[][2] = { { "==", "!=" }, { "<", ">=" }, { "<=", ">" } };
    size_t depth = 0;

    for (size_t i = from; i < to; i++) {
        depth += is_piece(p, i, to, TOKEN_SIGN, "(");
        depth -= depth && is_piece(p, i, to, TOKEN_SIGN, ")");
        for (size_t k = 0; depth == 0 && k < 6; k++)
            if (is_piece(p, i, to, TOKEN_SIGN, pairs[k / 2][k % 2])) {
                *opposite = pairs[k / 2][1 - k % 2];
                return i;
            }
    }
    return to;
}

/* Where conditions go, and which one it is that is being said. */
struct saying {
    struct conditions *to;
    size_t number;
    bool failed;
};

static struct condition *
say(struct saying *s, const char *subject, enum condition_kind kind, const char *value)
{
    struct condition *c = s->failed ? NULL : conditions_add(s->to, subject, kind, value);

    s->failed = c == NULL;
    if (c)
        c->number = s->number;
    return c;
}

/* An expression that holds or not; and of a comparison, its opposite, that does not or does. */
static void
add_expression(const struct pieces *p, size_t from, size_t to, bool holds, struct saying *s)
{
    struct text tokens = TEXT_INIT, subject = TEXT_INIT;
    const char *opposite = NULL;
    const size_t sign = find_comparison(p, from, to, &opposite);

    join(p, from, to, &tokens);
    put_hash(&tokens, &subject);
    if (!subject.failed)
        (void)say(s, subject.at, CONDITION_IN, holds ? "1" : "0");
    if (sign < to && !is_joined(p, from, to)) {
        text_clear(&tokens);
        text_clear(&subject);
        join(p, from, sign, &tokens);
        text_printf(&tokens, " %d:%s ", TOKEN_SIGN, opposite);
        join(p, sign + 1, to, &tokens);
        put_hash(&tokens, &subject);
        if (!subject.failed)
            (void)say(s, subject.at, CONDITION_IN, holds ? "0" : "1");
    }
    s->failed = s->failed || subject.failed;
    text_release(&tokens);
    text_release(&subject);
}

/* x < 3, and 3 > x, which is the same. */
static void
add_half_line(const char *subject, const char *sign, const char *number, bool turned, bool holds, struct saying *s)
{
    const bool less = (*sign == '<') != turned, with = sign[1] == '=';
    double x;

    if (number_parse(number, strlen(number), '.', &x) != NUMBER_GOOD)
        return;
    struct condition *c = say(s, subject, CONDITION_BETWEEN, NULL);
    if (c == NULL)
        return;
    c->low = less == holds ? -INFINITY : x;
    c->high = less == holds ? x : INFINITY;
    c->with_low = with == holds && less != holds;
    c->with_high = with == holds && less == holds;
}

/* column in (a, b) and not in; ${at}: the parenthesis. */
static void
add_list(const struct pieces *p, size_t from, size_t at, size_t to, bool holds, struct saying *s)
{
    for (size_t i = at + 1; i < to; i++)
        if (!is_piece(p, i, to, (i - at) % 2 ? TOKEN_TEXT : TOKEN_SIGN,
                      (i - at) % 2  ? NULL
                      : i + 1 == to ? ")"
                                    : ","))
            return;
    struct condition *c = say(s, p->at[from].word, holds ? CONDITION_IN : CONDITION_NOT_IN, NULL);
    for (size_t i = at + 1; c && i < to; i += 2)
        s->failed = s->failed || !add_value(c, p->at[i].word);
}

/* What is said of a column by itself. */
static void
add_column(const struct pieces *p, size_t from, size_t to, bool holds, struct saying *s)
{
    const size_t n = to - from;
    const bool turned =
        n == 3 && is_piece(p, from, to, TOKEN_TEXT, NULL) && is_piece(p, from + 2, to, TOKEN_NAME, NULL);
    const bool two = turned || (n == 3 && is_piece(p, from, to, TOKEN_NAME, NULL) &&
                                is_piece(p, from + 2, to, TOKEN_TEXT, NULL));

    if (two && is_piece(p, from + 1, to, TOKEN_SIGN, NULL)) {
        const char *subject = p->at[turned ? to - 1 : from].word, *value = p->at[turned ? from : to - 1].word;
        const char *sign = p->at[from + 1].word;
        if (strcmp(sign, "==") == 0 || strcmp(sign, "!=") == 0)
            (void)say(s, subject, (*sign == '=') == holds ? CONDITION_IN : CONDITION_NOT_IN, value);
        else if (*sign == '<' || *sign == '>')
            add_half_line(subject, sign, value, turned, holds, s);
        return;
    }
    if (!is_piece(p, from, to, TOKEN_NAME, NULL))
        return;
    if (n == 1) { /* true and false are 1 and 0 */
        (void)say(s, p->at[from].word, holds ? CONDITION_NOT_IN : CONDITION_IN, "0");
        (void)say(s, p->at[from].word, holds ? CONDITION_IN : CONDITION_NOT_IN, "1");
        return;
    }
    const bool no = is_piece(p, from + 1, to, TOKEN_WORD, "not");
    if (is_piece(p, from + 1 + no, to, TOKEN_WORD, "in") && is_piece(p, from + 2 + no, to, TOKEN_SIGN, "("))
        add_list(p, from, from + 2 + no, to, holds != no, s);
    else if (n <= 4 && is_piece(p, from + 1, to, TOKEN_WORD, "is") &&
             is_piece(p, to - 1, to, TOKEN_WORD, "missing"))
        (void)say(s, p->at[from].word, (n == 3) == holds ? CONDITION_MISSING : CONDITION_KNOWN, NULL);
}

static void
add_one(const struct pieces *p, size_t from, size_t to, struct saying *s)
{
    bool holds = true;

    for (;; from++) {
        if (is_piece(p, from, to, TOKEN_WORD, "not") && !is_joined(p, from, to))
            holds = !holds;
        else if (is_enclosed(p, from, to))
            to--;
        else
            break;
    }
    s->number = s->to->n; /* no other has that */
    add_column(p, from, to, holds, s);
    add_expression(p, from, to, holds, s);
}

/* `a and b` are two, unless an `or` is between them. */
static void
split(const struct pieces *p, size_t from, size_t to, struct saying *s)
{
    while (is_enclosed(p, from, to)) {
        from++;
        to--;
    }
    const size_t at = find_outside(p, from, to, "or") == to ? find_outside(p, from, to, "and") : to;
    if (from >= to)
        return;
    if (at == to) {
        add_one(p, from, to, s);
        return;
    }
    split(p, from, at, s);
    split(p, at + 1, to, s);
}

enum dyad_status
conditions_read(const char *const *filters, size_t n, const struct derived_column *derived, size_t n_derived,
                struct conditions *out)
{
    struct saying s = { .to = out };
    struct definitions d;

    *out = (struct conditions){ .at = NULL };
    s.failed = !read_definitions(derived, n_derived, &d);
    for (size_t i = 0; i < n && !s.failed; i++) {
        struct pieces p = { .at = NULL };
        const size_t first = out->n;
        take_apart(filters[i], d, &p);
        if (!p.bad && !p.failed)
            split(&p, 0, p.n, &s);
        s.failed = s.failed || p.failed;
        for (size_t k = first; k < out->n; k++)
            out->at[k].filter = i;
        pieces_release(&p);
    }
    release_definitions(&d);
    if (s.failed)
        conditions_release(out);
    return s.failed ? DYAD_NOMEM : DYAD_OK;
}

void
conditions_release(struct conditions *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->at[i].subject);
        for (size_t k = 0; k < c->at[i].n; k++)
            free(c->at[i].values[k]);
        free(c->at[i].values);
    }
    free(c->at);
    *c = (struct conditions){ .at = NULL };
}
