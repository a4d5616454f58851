#include "plan_words.h"

#include "dyad/core/text.h"
#include "dyad/data/expression.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

enum dyad_status
words_add(struct words *w, const char *fmt, ...)
{
    struct text word = TEXT_INIT;
    va_list args;

    va_start(args, fmt);
    text_vprintf(&word, fmt, args);
    va_end(args);
    char **grown = word.failed ? NULL : realloc(w->at, (w->n + 1) * sizeof *grown);
    if (grown == NULL) {
        text_release(&word);
        return DYAD_NOMEM;
    }
    w->at = grown;
    grown[w->n] = text_steal(&word);
    return grown[w->n++] ? DYAD_OK : DYAD_NOMEM;
}

/* --- one option --------------------------------------------------------------------------- */

static const struct option_spec *
find_spec(const struct command *c, const char *name)
{
    const struct option_spec *spec;

    for (size_t i = 0; options_each(i, c, &spec); i++)
        if (strcmp(spec->name, name) == 0)
            return spec;
    return NULL;
}

/* A field of a CSV record: quoted where it must be. */
static void
put_field(struct text *out, const char *before, const char *equals, const char *text)
{
    if (strpbrk(text, ",\" \t") == NULL && strpbrk(before, ",\" \t") == NULL) {
        text_printf(out, "%s%s%s", before, equals, text);
        return;
    }
    text_putc(out, '"');
    for (const char *const *part = (const char *const[]){ before, equals, text, NULL }; *part; part++)
        for (const char *s = *part; *s; s++) {
            if (*s == '"')
                text_putc(out, '"');
            text_putc(out, *s);
        }
    text_putc(out, '"');
}

/* A list's values as one record; ${first} and '=' before the first of them, if it is not "". */
static enum dyad_status
put_record(const struct plan *p, const struct node *n, const char *first, struct text *out, struct dyad_error *err)
{
    for (size_t i = 0; i < n->n; i++) {
        const struct node *item = &n->items[i];
        if (item->kind != NODE_TEXT)
            return plan_refuse(p, item, err, "a list of single values is needed");
        if (i)
            text_putc(out, ',');
        if (n->kind == NODE_MAP)
            put_field(out, item->key, "=", item->text);
        else
            put_field(out, i ? "" : first, i || *first == '\0' ? "" : "=", item->text);
    }
    return DYAD_OK;
}

/* One value of an option that may be given again; ${key} of a map, or "". */
static enum dyad_status
put_value(const struct plan *p, const struct node *n, const char *key, struct text *out, struct dyad_error *err)
{
    if (n->kind == NODE_EMPTY || n->kind == NODE_MAP)
        return plan_refuse(p, n, err, "a value is needed, or a list of values");
    const bool bare = strpbrk(key, "=,\"") == NULL;
    if (bare && *key)
        text_printf(out, "%s=", key);
    if (n->kind == NODE_LIST)
        return put_record(p, n, bare ? "" : key, out, err);
    if (bare)
        text_puts(out, n->text);
    else
        put_field(out, key, "=", n->text);
    return DYAD_OK;
}

static enum dyad_status
add_repeated(const struct plan *p, const struct option_spec *spec, const struct node *n, struct words *w,
             struct dyad_error *err)
{
    const bool single = n->kind == NODE_TEXT;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; st == DYAD_OK && i < (single ? 1 : n->n); i++) {
        const struct node *item = single ? n : &n->items[i];
        struct text value = TEXT_INIT;
        st = put_value(p, item, n->kind == NODE_MAP ? item->key : "", &value, err);
        if (st == DYAD_OK && (value.failed || words_add(w, "--%s=%s", spec->name, value.at ? value.at : "") != DYAD_OK))
            st = no_memory(err);
        text_release(&value);
    }
    return st;
}

static enum dyad_status
add_flag(const struct plan *p, const struct option_spec *spec, const struct node *n, struct words *w,
         struct dyad_error *err)
{
    static const char *const truths[] = { "true", "yes", "True", "Yes" };
    static const char *const falsehoods[] = { "false", "no", "False", "No" };

    for (size_t i = 0; n->kind == NODE_TEXT && i < sizeof truths / sizeof truths[0]; i++) {
        if (strcmp(n->text, truths[i]) == 0)
            return words_add(w, "--%s", spec->name) == DYAD_OK ? DYAD_OK : no_memory(err);
        if (strcmp(n->text, falsehoods[i]) == 0)
            return DYAD_OK;
    }
    return plan_refuse(p, n, err, "'%s' is true or false", spec->name);
}

/* The words for one key; nothing where it has no value. */
static enum dyad_status
add_option(const struct plan *p, const struct option_spec *spec, const struct node *n, struct words *w,
           struct dyad_error *err)
{
    struct text record = TEXT_INIT;
    enum dyad_status st;

    if (n->kind == NODE_EMPTY)
        return DYAD_OK;
    if (spec->kind == OPTION_FLAG)
        return add_flag(p, spec, n, w, err);
    if (spec->kind == OPTION_REPEAT)
        return add_repeated(p, spec, n, w, err);
    if (n->kind == NODE_TEXT)
        return words_add(w, "--%s=%s", spec->name, n->text) == DYAD_OK ? DYAD_OK : no_memory(err);
    if (spec->kind != OPTION_LIST)
        return plan_refuse(p, n, err, "'%s' has one value", spec->name);
    st = put_record(p, n, "", &record, err);
    if (st == DYAD_OK && n->n && (record.failed || words_add(w, "--%s=%s", spec->name, record.at) != DYAD_OK))
        st = no_memory(err);
    text_release(&record);
    return st;
}

/* --- definitions -------------------------------------------------------------------------- */

struct search {
    struct plan *plan;
    size_t needed; /* of the definitions: the first that the expression names and that is not placed yet */
};

/* Definitions are placed from the front; behind n_definitions stand those to come. */
static bool
find_name(void *context, const char *name, size_t *column, enum expression_type *type)
{
    struct search *s = context;
    const struct plan_definition *d = s->plan->definitions;

    for (size_t i = s->plan->n_definitions; d[i].name; i++)
        if (s->needed == SIZE_MAX && strcmp(d[i].name, name) == 0)
            s->needed = i;
    *column = 0;
    *type = EXPRESSION_EITHER;
    return true;
}

/* What the definition needs that is not placed yet: its number, SIZE_MAX if it is nothing. */
static enum dyad_status
look_for_needed(struct plan *p, const struct plan_definition *d, size_t *needed, struct dyad_error *err)
{
    struct search s = { p, SIZE_MAX };
    struct dyad_error why = DYAD_ERROR_INIT;
    struct expression *e = NULL;
    const enum dyad_status st =
        expression_parse(d->expression, &(struct expression_names){ &s, find_name }, &e, &why);

    expression_free(e);
    *needed = s.needed;
    if (st == DYAD_OK)
        return DYAD_OK;
    return st == DYAD_NOMEM ? no_memory(err) : plan_refuse(p, d->node, err, "%s: %s", d->name, why.text);
}

/* A way of needs that came back to ${from}: once round. */
static enum dyad_status
refuse_loop(struct plan *p, size_t from, struct dyad_error *err)
{
    const struct plan_definition *d = p->definitions;
    struct text loop = TEXT_INIT;
    size_t at = from;
    enum dyad_status st;

    text_puts(&loop, d[from].name);
    do {
        if ((st = look_for_needed(p, &d[at], &at, err)) == DYAD_OK)
            text_printf(&loop, " -> %s", d[at].name);
    } while (st == DYAD_OK && at != from);
    if (st == DYAD_OK)
        st = loop.failed ? no_memory(err) : plan_refuse(p, d[from].node, err, "a loop of definitions: %s", loop.at);
    text_release(&loop);
    return st;
}

/* Of those to come, from the first along what is needed, the one that needs nothing more. */
static enum dyad_status
place_definition(struct plan *p, size_t n, struct dyad_error *err)
{
    struct plan_definition *d = p->definitions;
    size_t at = p->n_definitions, needed;
    enum dyad_status st;

    for (size_t steps = 0; (st = look_for_needed(p, &d[at], &needed, err)) == DYAD_OK && needed != SIZE_MAX; steps++) {
        if (steps == n)
            return refuse_loop(p, at, err);
        at = needed;
    }
    if (st != DYAD_OK)
        return st;
    const struct plan_definition next = d[at];
    memmove(&d[p->n_definitions + 1], &d[p->n_definitions], (at - p->n_definitions) * sizeof next);
    d[p->n_definitions++] = next;
    return DYAD_OK;
}

enum dyad_status
plan_read_definitions(struct plan *p, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (n->kind != NODE_MAP && n->kind != NODE_EMPTY)
        return plan_refuse(p, n, err, "'%s' holds keys: NAME: EXPRESSION", n->key);
    p->definitions = calloc(n->n + 1, sizeof *p->definitions);
    if (p->definitions == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n->n; i++) {
        const struct node *item = &n->items[i];
        if (item->kind != NODE_TEXT || *item->text == '\0')
            return plan_refuse(p, item, err, "'%s' needs an expression", item->key);
        if (strchr(item->key, '='))
            return plan_refuse(p, item, err, "'%s': a name without '='", item->key);
        p->definitions[i] = (struct plan_definition){ item->key, item->text, item };
    }
    while (st == DYAD_OK && p->n_definitions < n->n)
        st = place_definition(p, n->n, err);
    return st;
}

/* --- what the whole plan says ------------------------------------------------------------- */

static bool
adds_up(const struct option_spec *spec)
{
    return spec->kind == OPTION_LIST || spec->kind == OPTION_REPEAT;
}

/* The analysis says it itself, or says that it wants none. */
static bool
overrules(const struct plan_analysis *a, const struct option_spec *spec)
{
    const struct node *own = node_find(a->node, spec->name);
    return own && (own->kind == NODE_EMPTY || !adds_up(spec));
}

static enum dyad_status
lacks(const struct plan *p, const struct plan_analysis *a, const struct node *n, struct dyad_error *err)
{
    return plan_refuse(p, n, err, "'%s' is no option of dyad %s, which analysis '%s' runs: give it to the analyses that "
                                  "have it", n->key, a->command->name, a->name);
}

static enum dyad_status
add_shared(const struct plan *p, struct plan_analysis *a, const struct node *n, bool must, struct dyad_error *err)
{
    const struct option_spec *spec = find_spec(a->command, n->key);

    if (spec == NULL) {
        const struct node *own = node_find(a->node, n->key);
        return must && !(own && own->kind == NODE_EMPTY) ? lacks(p, a, n, err) : DYAD_OK;
    }
    return overrules(a, spec) ? DYAD_OK : add_option(p, spec, n, &a->words, err);
}

static enum dyad_status
add_populations(const struct plan_population *q, struct words *w, struct dyad_error *err)
{
    const enum dyad_status st = q->within ? add_populations(q->within, w, err) : DYAD_OK;

    return st != DYAD_OK                                    ? st
           : words_add(w, "--where=%s", q->where) == DYAD_OK ? DYAD_OK
                                                             : no_memory(err);
}

static enum dyad_status
add_definitions(const struct plan *p, struct plan_analysis *a, struct dyad_error *err)
{
    const struct node *own = node_find(a->node, "define");

    for (size_t i = 0; i < p->n_definitions && !(own && own->kind == NODE_EMPTY); i++)
        if (words_add(&a->words, "--define=%s=%s", p->definitions[i].name, p->definitions[i].expression) != DYAD_OK)
            return no_memory(err);
    return DYAD_OK;
}

/* What is said of the data goes only to the analyses of the data. */
static enum dyad_status
add_data(const struct plan *p, struct plan_analysis *a, struct dyad_error *err)
{
    const struct node *root = &p->document.root, *data = node_find(root, "data"), *order = node_find(root, "order");
    enum dyad_status st = DYAD_OK;

    if (p->n_definitions && find_spec(a->command, "define") == NULL)
        return lacks(p, a, node_find(root, "define"), err);
    if (a->population && find_spec(a->command, "where") == NULL)
        return lacks(p, a, node_find(a->node, "population"), err);
    for (size_t i = 0; data && data->kind == NODE_MAP && i < data->n && st == DYAD_OK; i++)
        if (strcmp(data->items[i].key, "files") != 0)
            st = add_shared(p, a, &data->items[i], true, err);
    if (st == DYAD_OK && (st = add_definitions(p, a, err)) == DYAD_OK && order)
        st = add_shared(p, a, order, true, err);
    if (st == DYAD_OK && a->population)
        st = add_populations(a->population, &a->words, err);
    return st;
}

enum dyad_status
plan_words_of_data(const struct plan *p, struct plan_analysis *a, struct dyad_error *err)
{
    static const struct {
        const char *key;
        bool must;
    } shared[] = { { "suppress", true }, { "level", false }, { "seed", false }, { "like", false } };
    enum dyad_status st = a->shares_data ? add_data(p, a, err) : DYAD_OK;

    for (size_t i = 0; i < sizeof shared / sizeof shared[0] && st == DYAD_OK; i++) {
        const struct node *n = node_find(&p->document.root, shared[i].key);
        if (n)
            st = add_shared(p, a, n, shared[i].must, err);
    }
    return st;
}

/* --- what the analysis says --------------------------------------------------------------- */

static enum dyad_status
add_named(const struct plan *p, struct plan_analysis *a, const char *option, const struct node *n, struct dyad_error *err)
{
    const struct option_spec *spec = find_spec(a->command, option);

    if (spec == NULL)
        return plan_refuse(p, n, err, "dyad %s has no picture", a->command->name);
    return add_option(p, spec, n, &a->words, err);
}

/* plot: FILE, or its keys. */
static enum dyad_status
add_plot(const struct plan *p, struct plan_analysis *a, const struct node *n, struct dyad_error *err)
{
    static const char *const keys[][2] = {
        { "file", "plot" }, { "title", "title" }, { "size", "plot-size" }, { "data", "plot-data" }
    };
    enum dyad_status st = DYAD_OK;

    if (n->kind != NODE_MAP)
        return add_named(p, a, "plot", n, err);
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++) {
        size_t k = 0;
        while (k < 4 && strcmp(keys[k][0], n->items[i].key) != 0)
            k++;
        st = k < 4 ? add_named(p, a, keys[k][1], &n->items[i], err)
                   : plan_refuse(p, &n->items[i], err, "no key '%s' here: there are file, title, size, data",
                                 n->items[i].key);
    }
    return st;
}

/* Does the whole plan say it of all analyses? */
static bool
is_shared(const struct plan *p, const char *key)
{
    const struct node *root = &p->document.root, *data = node_find(root, "data");

    return node_find(root, key) || (data && node_find(data, key));
}

static enum dyad_status
add_own(const struct plan *p, struct plan_analysis *a, const struct node *n, struct dyad_error *err)
{
    static const char *const plans[] = { "format", "output", "quiet", "threads", "plot-data", "plot-size" };
    const struct option_spec *spec = find_spec(a->command, n->key);

    if (strcmp(n->key, "plot") == 0)
        return add_plot(p, a, n, err);
    for (size_t i = 0; spec && i < sizeof plans / sizeof plans[0]; i++)
        if (strcmp(n->key, plans[i]) == 0)
            return plan_refuse(p, n, err, "'%s' is not said here: %s", n->key,
                               i < 4 ? "the plan writes every result into its folder" : "plot: {file, title, size, data}");
    if (spec && strcmp(n->key, "suppress") == 0)
        return plan_refuse(p, n, err, "'suppress' is not said here: what one analysis tells another must not hide, and so it is "
                                      "said once, of the whole plan");
    if (spec == NULL && n->kind == NODE_EMPTY && is_shared(p, n->key))
        return DYAD_OK;
    return spec ? add_option(p, spec, n, &a->words, err)
                : plan_refuse(p, n, err, "no key '%s' here: dyad %s has no such option, see dyad %s --help", n->key,
                              a->command->name, a->command->name);
}

enum dyad_status
plan_words_of_analysis(const struct plan *p, struct plan_analysis *a, struct dyad_error *err)
{
    static const char *const ours[] = { "name", "title", "command", "population", "files" };
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < a->node->n && st == DYAD_OK; i++) {
        bool is_ours = false;
        for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++)
            is_ours = is_ours || strcmp(a->node->items[i].key, ours[k]) == 0;
        if (!is_ours)
            st = add_own(p, a, &a->node->items[i], err);
    }
    if (st == DYAD_OK && p->pictures && find_spec(a->command, "plot") && node_find(a->node, "plot") == NULL &&
        words_add(&a->words, "--plot=%s.%s", a->name, p->pictures) != DYAD_OK)
        st = no_memory(err);
    return st;
}
