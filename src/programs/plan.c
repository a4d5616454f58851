#include "plan.h"

#include "dyad/core/text.h"
#include "plan_words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- complaints --------------------------------------------------------------------------- */

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Is that a word of what the node holds? */
static bool
node_names(const struct node *n, const char *word, size_t length)
{
    for (size_t i = 0; i < n->n; i++)
        if (node_names(&n->items[i], word, length) ||
            (n->items[i].key && strlen(n->items[i].key) == length && strncmp(n->items[i].key, word, length) == 0))
            return true;
    for (const char *s = n->text; s && length && (s = memmem(s, strlen(s), word, length)) != NULL; s++)
        if ((s == n->text || !is_letter(s[-1])) && !is_letter(s[length]))
            return true;
    return false;
}

static void
place_of(const struct node *n, size_t *line, size_t *column)
{
    *line = n->key ? n->key_line : n->line;
    *column = n->key ? n->key_column : n->column;
}

enum dyad_status
plan_refuse(const struct plan *p, const struct node *n, struct dyad_error *err, const char *fmt, ...)
{
    struct text what = TEXT_INIT;
    size_t line, column;
    va_list args;

    place_of(n, &line, &column);
    va_start(args, fmt);
    text_vprintf(&what, fmt, args);
    va_end(args);
    const enum dyad_status st = what.failed ? DYAD_NOMEM : DYAD_DATA;
    dyad_fail(err, st, "%s:%zu:%zu: %s", p->document.path, line, column, what.failed ? "out of memory" : what.at);
    text_release(&what);
    return st;
}

/* Does the sentence begin with that option: "--level: ..." or "--define term: ..."? */
static bool
begins_with(const char *sentence, const char *option)
{
    const size_t n = strlen(option);

    return strncmp(sentence, "--", 2) == 0 && strncmp(sentence + 2, option, n) == 0 && strchr(": =", sentence[2 + n]);
}

/* The entry of a map whose option the sentence begins with, or that names the word. */
static const struct node *
entry_meant(const struct node *map, const char *sentence, const char *word, size_t length)
{
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->n; i++)
        if (begins_with(sentence, map->items[i].key))
            return &map->items[i];
    for (size_t i = 0; map && length && map->kind == NODE_MAP && i < map->n; i++)
        if (node_names(&map->items[i], word, length) ||
            (strlen(map->items[i].key) == length && strncmp(map->items[i].key, word, length) == 0))
            return &map->items[i];
    return NULL;
}

/* What the whole plan says that the sentence is about; NULL: it is about the analysis itself. */
static const struct node *
shared_meant(const struct plan *p, const struct plan_analysis *a, const char *sentence, const char *word, size_t length)
{
    const struct node *root = &p->document.root, *said = entry_meant(root, sentence, "", 0);

    if (said || !a->shares_data)
        return said;
    for (size_t i = 0; begins_with(sentence, "define") && i < p->n_definitions; i++) {
        const size_t n = strlen(p->definitions[i].name);
        if (strncmp(sentence + 9, p->definitions[i].name, n) == 0 && sentence[9 + n] == ':')
            return p->definitions[i].node;
    }
    for (const struct plan_population *q = a->population; begins_with(sentence, "where") && q; q = q->within)
        if (node_names(q->node, word, length))
            return q->node;
    const struct node *order = node_find(root, "order"), *data = node_find(root, "data");
    const struct node *n = entry_meant(order, "", word, length);
    return n ? n : entry_meant(data, sentence, word, length);
}

void
plan_blame(const struct plan *p, const struct plan_analysis *a, struct dyad_error *err)
{
    const char *quote = strchr(err->text, '\''), *word = quote ? quote + 1 : "";
    const size_t length = quote ? strcspn(word, "'") : 0;
    struct text all = TEXT_INIT;
    size_t line, column;
    const struct node *own = entry_meant(a->node, err->text, word, length);
    const struct node *shared = own ? NULL : shared_meant(p, a, err->text, word, length);

    place_of(own ? own : shared ? shared : a->node, &line, &column);
    for (const char *s = err->text; *s;) {
        const size_t n = strcspn(s, "\n");
        text_printf(&all, "%s%s:%zu:%zu: ", all.length ? "\n" : "", p->document.path, line, column);
        if (shared == NULL)
            text_printf(&all, "analysis '%s': ", a->name);
        text_put(&all, s, n);
        s += n + (s[n] == '\n');
    }
    if (all.failed)
        dyad_fail(err, DYAD_NOMEM, "out of memory");
    else
        dyad_fail(err, err->status == DYAD_USAGE ? DYAD_DATA : err->status, "%s", all.length ? all.at : "failed");
    text_release(&all);
}

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
unknown_key(const struct plan *p, const struct node *n, const char *const *keys, struct dyad_error *err)
{
    struct text all = TEXT_INIT;

    for (size_t i = 0; keys[i]; i++)
        text_printf(&all, "%s%s", i ? ", " : "", keys[i]);
    const enum dyad_status st = all.failed ? no_memory(err)
                                           : plan_refuse(p, n, err, "no key '%s' here: there are %s", n->key, all.at);
    text_release(&all);
    return st;
}

/* --- single values ------------------------------------------------------------------------ */

/* Text where text must be; it stays NULL where nothing stands. */
static enum dyad_status
read_text(const struct plan *p, const struct node *n, const char **out, struct dyad_error *err)
{
    if (n->kind == NODE_LIST || n->kind == NODE_MAP)
        return plan_refuse(p, n, err, "'%s' is one text", n->key);
    *out = n->kind == NODE_TEXT && *n->text ? n->text : NULL;
    return DYAD_OK;
}

static enum dyad_status
require_map(const struct plan *p, const struct node *n, struct dyad_error *err)
{
    return n->kind == NODE_MAP || n->kind == NODE_EMPTY ? DYAD_OK
                                                        : plan_refuse(p, n, err, "'%s' holds keys: NAME: VALUE", n->key);
}

static enum dyad_status
require_list(const struct plan *p, const struct node *n, struct dyad_error *err)
{
    return n->kind == NODE_LIST || n->kind == NODE_EMPTY
               ? DYAD_OK
               : plan_refuse(p, n, err, "'%s' is a list: each entry begins with '- '", n->key);
}

/* One file, or a list of them. */
static enum dyad_status
read_files(const struct plan *p, const struct node *n, struct words *out, struct dyad_error *err)
{
    const struct node *each = n->kind == NODE_LIST ? n->items : n;
    const size_t count = n->kind == NODE_LIST ? n->n : n->kind != NODE_EMPTY;

    for (size_t i = 0; i < count; i++) {
        const char *path = each[i].kind == NODE_TEXT ? each[i].text : "";
        if (*path == '\0')
            return plan_refuse(p, &each[i], err, "'%s' names files", n->key);
        if (strcmp(path, "-") == 0)
            return plan_refuse(p, &each[i], err, "a plan reads files, not standard input");
        if (words_add(out, "%s%s", *path == '-' ? "./" : "", path) != DYAD_OK)
            return no_memory(err);
    }
    return DYAD_OK;
}

static enum dyad_status
read_formats(struct plan *p, const struct node *n, struct dyad_error *err)
{
    const struct node *each = n->kind == NODE_LIST ? n->items : n;
    const size_t count = n->kind == NODE_LIST ? n->n : 1;

    for (size_t i = 0; i < count; i++) {
        enum format f;
        if (each[i].kind != NODE_TEXT || !format_find(each[i].text, &f))
            return plan_refuse(p, &each[i], err, "formats are text, csv, json, markdown, html and latex");
        for (size_t k = 0; k < p->n_formats; k++)
            if (p->formats[k] == f)
                return plan_refuse(p, &each[i], err, "the format '%s' again", each[i].text);
        p->formats[p->n_formats++] = f;
    }
    return DYAD_OK;
}

static enum dyad_status
read_pictures(struct plan *p, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = read_text(p, n, &p->pictures, err);

    if (st == DYAD_OK && p->pictures && strcmp(p->pictures, "svg") != 0 && strcmp(p->pictures, "png") != 0 &&
        strcmp(p->pictures, "pdf") != 0)
        st = plan_refuse(p, n, err, "'pictures' are svg, png or pdf");
    return st;
}

/* --- populations -------------------------------------------------------------------------- */

static const struct plan_population *
find_population(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->n_populations; i++)
        if (strcmp(p->populations[i].name, name) == 0)
            return &p->populations[i];
    return NULL;
}

static enum dyad_status
read_population(const struct plan *p, const struct node *n, struct plan_population *out, struct dyad_error *err)
{
    static const char *const keys[] = { "where", "label", "within", NULL };
    const char *within = NULL;
    enum dyad_status st = DYAD_OK;

    *out = (struct plan_population){ .name = n->key, .label = n->key, .node = n };
    if (n->kind == NODE_TEXT)
        out->where = n->text;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->n && st == DYAD_OK; i++) {
        const struct node *item = &n->items[i];
        if (strcmp(item->key, "where") == 0)
            st = read_text(p, item, &out->where, err);
        else if (strcmp(item->key, "label") == 0)
            st = read_text(p, item, &out->label, err);
        else if (strcmp(item->key, "within") == 0)
            st = read_text(p, item, &within, err);
        else
            st = unknown_key(p, item, keys, err);
    }
    if (st == DYAD_OK && (out->where == NULL || n->kind == NODE_LIST))
        st = plan_refuse(p, n, err, "population '%s' needs 'where', an expression", n->key);
    if (st == DYAD_OK && out->label == NULL)
        out->label = out->name;
    return st;
}

/* What each is within, once all are known; and that none is within itself. */
static enum dyad_status
join_populations(struct plan *p, struct dyad_error *err)
{
    for (size_t i = 0; i < p->n_populations; i++) {
        const struct node *within = node_find(p->populations[i].node, "within");
        if (within == NULL || within->kind == NODE_EMPTY)
            continue;
        p->populations[i].within = find_population(p, within->text);
        if (p->populations[i].within == NULL)
            return plan_refuse(p, within, err, "no population '%s'", within->text);
    }
    for (size_t i = 0; i < p->n_populations; i++) {
        const struct plan_population *q = &p->populations[i];
        for (size_t steps = 0; q && steps <= p->n_populations; steps++)
            q = q->within;
        if (q)
            return plan_refuse(p, p->populations[i].node, err, "population '%s' is within itself", p->populations[i].name);
    }
    return DYAD_OK;
}

static enum dyad_status
read_populations(struct plan *p, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = require_map(p, n, err);

    if (st != DYAD_OK)
        return st;
    p->populations = calloc(n->n + 1, sizeof *p->populations);
    if (p->populations == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++)
        st = read_population(p, &n->items[i], &p->populations[p->n_populations++], err);
    return st == DYAD_OK ? join_populations(p, err) : st;
}

/* --- analyses ----------------------------------------------------------------------------- */

static enum dyad_status
name_command(const struct plan *p, const struct node *n, const char *name, const struct command **out,
             struct dyad_error *err)
{
    struct text all = TEXT_INIT;

    *out = name ? command_find(name) : NULL;
    if (*out && !(*out)->runs_commands)
        return DYAD_OK;
    for (size_t i = 0; command_at(i); i++)
        if (!command_at(i)->runs_commands)
            text_printf(&all, "%s%s", all.length ? ", " : "", command_at(i)->name);
    const enum dyad_status st = all.failed ? no_memory(err)
                                           : plan_refuse(p, n, err, "'command' is one of %s", all.at);
    text_release(&all);
    return st;
}

/* A name that is also a file's in every system: letters, digits, '_', '-' and '.'. */
static bool
is_file_name(const char *s)
{
    return strlen(s) <= 100 && *s != '.' && *s != '-' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == strlen(s);
}

static enum dyad_status
check_name(const struct plan *p, const struct plan_analysis *a, struct dyad_error *err)
{
    const struct node *n = node_find(a->node, "name");

    if (n == NULL)
        return plan_refuse(p, a->node, err, "an analysis needs a 'name'");
    if (a->name == NULL || !is_file_name(a->name))
        return plan_refuse(p, n, err, "'name' becomes a file's: letters, digits, '_', '-' and '.', 100 at most, beginning "
                                      "with a letter or digit");
    if (strcmp(a->name, "manifest") == 0)
        return plan_refuse(p, n, err, "'manifest' is the name of the file that tells what is in the folder");
    for (size_t i = 0; i < p->n_analyses; i++)
        if (&p->analyses[i] != a && p->analyses[i].name && strcmp(p->analyses[i].name, a->name) == 0)
            return plan_refuse(p, n, err, "the name '%s' again, which stands in line %zu", a->name,
                               p->analyses[i].node->line);
    return DYAD_OK;
}

static enum dyad_status
read_analysis(struct plan *p, const struct node *n, struct dyad_error *err)
{
    struct plan_analysis *a = &p->analyses[p->n_analyses++];
    const struct node *command = node_find(n, "command"), *population = node_find(n, "population"),
                      *title = node_find(n, "title"), *name = node_find(n, "name"), *files = node_find(n, "files");
    const char *of = NULL, *what = NULL;
    enum dyad_status st;

    *a = (struct plan_analysis){ .node = n, .shares_data = files == NULL };
    if (n->kind != NODE_MAP)
        return plan_refuse(p, n, err, "an analysis holds keys: name, command, its options");
    if ((name && (st = read_text(p, name, &a->name, err)) != DYAD_OK) || (st = check_name(p, a, err)) != DYAD_OK)
        return st;
    a->title = a->name;
    if (title && (st = read_text(p, title, &a->title, err)) != DYAD_OK)
        return st;
    if (a->title == NULL)
        a->title = a->name;
    if (command == NULL)
        return plan_refuse(p, n, err, "analysis '%s' needs a 'command'", a->name);
    if ((st = read_text(p, command, &what, err)) != DYAD_OK ||
        (st = name_command(p, command, what, &a->command, err)) != DYAD_OK ||
        (population && (st = read_text(p, population, &of, err)) != DYAD_OK))
        return st;
    if (of && (a->population = find_population(p, of)) == NULL)
        return plan_refuse(p, population, err, "no population '%s'", of);
    if (of && !a->shares_data)
        return plan_refuse(p, population, err, "populations are of the plan's data: here 'files' names others");
    return DYAD_OK;
}

static enum dyad_status
make_words(struct plan *p, struct plan_analysis *a, struct dyad_error *err)
{
    const struct node *files = node_find(a->node, "files");
    enum dyad_status st = words_add(&a->words, "%s", a->command->name) == DYAD_OK ? DYAD_OK : no_memory(err);

    if (st == DYAD_OK && (st = plan_words_of_data(p, a, err)) == DYAD_OK &&
        (st = plan_words_of_analysis(p, a, err)) == DYAD_OK && files)
        return read_files(p, files, &a->words, err);
    for (size_t i = 0; i < p->files.n && st == DYAD_OK; i++)
        if (words_add(&a->words, "%s", p->files.at[i]) != DYAD_OK)
            st = no_memory(err);
    return st;
}

/* One more file of the folder. */
static enum dyad_status
add_output(struct plan *p, const struct plan_analysis *a, const char *name, struct dyad_error *err)
{
    const struct node *n = a->node;

    for (size_t i = 0; i < a->node->n; i++)
        if (node_names(&a->node->items[i], name, strlen(name)))
            n = &a->node->items[i];
    if (!is_file_name(name))
        return plan_refuse(p, n, err, "'%s' would not be a file in the folder of results: letters, digits, '_', '-' and "
                                      "'.', no '/'", name);
    for (size_t i = 0; i < p->outputs.n; i++)
        if (strcmp(p->outputs.at[i], name) == 0)
            return plan_refuse(p, n, err, "the file '%s' again: choose different names", name);
    return words_add(&p->outputs, "%s", name) == DYAD_OK ? DYAD_OK : no_memory(err);
}

static enum dyad_status
add_outputs(struct plan *p, const struct plan_analysis *a, const struct delivery *d, struct dyad_error *err)
{
    const char *const files[] = { d->plot, d->plot_data, d->audit };
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < p->n_formats && st == DYAD_OK; i++) {
        struct text name = TEXT_INIT;
        text_printf(&name, "%s%s", a->name, format_ending(p->formats[i]));
        if (p->formats[i] != FORMAT_CSV) /* it has the tables' names, which are known behind the run */
            st = name.failed ? no_memory(err) : add_output(p, a, name.at, err);
        text_release(&name);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0] && st == DYAD_OK; i++)
        if (files[i])
            st = add_output(p, a, files[i], err);
    for (size_t i = 0; i < d->n_pictures && st == DYAD_OK; i++)
        st = add_output(p, a, d->pictures[i].path, err);
    return st;
}

/* Would the command take its command line, and what would it write? */
static enum dyad_status
check_words(struct plan *p, const struct plan_analysis *a, struct dyad_error *err)
{
    struct options o;
    struct delivery d;
    enum dyad_status st = options_parse(a->command, (const char *const *)a->words.at + 1, a->words.n - 1, NULL, &o, err);

    if (st == DYAD_OK)
        st = delivery_plan(&o, &d, err);
    if (st != DYAD_OK) {
        plan_blame(p, a, err);
        st = err ? err->status : st;
    } else {
        st = add_outputs(p, a, &d, err);
    }
    options_release(&o);
    return st;
}

static enum dyad_status
read_analyses(struct plan *p, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = require_list(p, n, err);

    if (st != DYAD_OK)
        return st;
    if (n->n == 0)
        return plan_refuse(p, n, err, "no analyses");
    p->analyses = calloc(n->n, sizeof *p->analyses);
    if (p->analyses == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++)
        st = read_analysis(p, &n->items[i], err);
    for (size_t i = 0; i < p->n_analyses && st == DYAD_OK; i++)
        if ((st = make_words(p, &p->analyses[i], err)) == DYAD_OK)
            st = check_words(p, &p->analyses[i], err);
    return st;
}

/* --- published figures -------------------------------------------------------------------- */

static enum dyad_status
read_published_one(struct plan *p, const struct node *n, struct dyad_error *err)
{
    static const char *const keys[] = { "id", "citation", "analysis", "quantity", "published", "published_low",
                                        "published_high", "expected", "convention", NULL };
    const char *values[9] = { "", "", "", "", "", "", "", "reproduced", "" };
    struct plan_published *out = &p->published[p->n_published++];
    enum dyad_status st = DYAD_OK;

    *out = (struct plan_published){ .node = n };
    if (n->kind != NODE_MAP)
        return plan_refuse(p, n, err, "a published figure holds keys: id, analysis, quantity, published");
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++) {
        const char *text = NULL;
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], n->items[i].key) != 0)
            k++;
        if (keys[k] == NULL)
            return unknown_key(p, &n->items[i], keys, err);
        if ((st = read_text(p, &n->items[i], &text, err)) == DYAD_OK && text)
            values[k] = text;
    }
    out->figure = (struct published){ .id = values[0], .citation = values[1], .quantity = values[3],
                                      .printed = { values[4], values[5], values[6] }, .expected = values[7],
                                      .convention = values[8] };
    while (st == DYAD_OK && out->analysis < p->n_analyses && strcmp(p->analyses[out->analysis].name, values[2]) != 0)
        out->analysis++;
    if (st == DYAD_OK && *values[0] == '\0')
        st = plan_refuse(p, n, err, "a published figure needs an 'id'");
    if (st == DYAD_OK && out->analysis == p->n_analyses)
        st = plan_refuse(p, node_find(n, "analysis") ? node_find(n, "analysis") : n, err,
                         "'analysis' is the name of one of the analyses");
    return st;
}

static enum dyad_status
check_published(const struct plan *p, const struct plan_published *f, struct dyad_error *err)
{
    struct dyad_error why = DYAD_ERROR_INIT;

    for (const struct plan_published *g = p->published; g < f; g++)
        if (strcmp(g->figure.id, f->figure.id) == 0)
            return plan_refuse(p, node_find(f->node, "id"), err, "the id '%s' again, which stands in line %zu",
                               f->figure.id, g->node->line);
    const enum dyad_status st = published_check(&f->figure, &why);
    if (st == DYAD_OK || st == DYAD_NOMEM)
        return st == DYAD_OK ? st : no_memory(err);
    return plan_refuse(p, f->node, err, "'%s': %s", f->figure.id, why.text);
}

static enum dyad_status
read_published(struct plan *p, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = require_list(p, n, err);

    if (st != DYAD_OK)
        return st;
    p->published = calloc(n->n + 1, sizeof *p->published);
    if (p->published == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++)
        if ((st = read_published_one(p, &n->items[i], err)) == DYAD_OK)
            st = check_published(p, &p->published[i], err);
    return st;
}

/* --- the whole ---------------------------------------------------------------------------- */

/* In the order in which they need each other, not in that of the file. */
static enum dyad_status
read_root(struct plan *p, struct dyad_error *err)
{
    static const char *const keys[] = { "title", "author", "folder", "formats", "pictures", "data", "define", "order",
                                        "populations",
                                        "suppress", "level", "seed", "like", "analyses", "published", "report", NULL };
    const struct node *root = &p->document.root, *n;
    enum dyad_status st = DYAD_OK;

    if (root->kind != NODE_MAP)
        return plan_refuse(p, root, err, "a plan holds keys: data, analyses ... see dyad run --help");
    for (size_t i = 0; i < root->n; i++) {
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], root->items[i].key) != 0)
            k++;
        if (keys[k] == NULL)
            return unknown_key(p, &root->items[i], keys, err);
    }
    if (((n = node_find(root, "title")) && (st = read_text(p, n, &p->title, err)) != DYAD_OK) ||
        ((n = node_find(root, "author")) && (st = read_text(p, n, &p->author, err)) != DYAD_OK) ||
        ((n = node_find(root, "folder")) && (st = read_text(p, n, &p->results, err)) != DYAD_OK) ||
        ((n = node_find(root, "formats")) && (st = read_formats(p, n, err)) != DYAD_OK) ||
        ((n = node_find(root, "pictures")) && (st = read_pictures(p, n, err)) != DYAD_OK))
        return st;
    if (p->n_formats == 0) {
        p->formats[p->n_formats++] = FORMAT_JSON;
        p->formats[p->n_formats++] = FORMAT_TEXT;
    }
    n = node_find(root, "data");
    if (n && (n = n->kind == NODE_MAP ? node_find(n, "files") : n) && (st = read_files(p, n, &p->files, err)) != DYAD_OK)
        return st;
    if (((n = node_find(root, "define")) && (st = plan_read_definitions(p, n, err)) != DYAD_OK) ||
        ((n = node_find(root, "order")) && (st = require_map(p, n, err)) != DYAD_OK) ||
        ((n = node_find(root, "populations")) && (st = read_populations(p, n, err)) != DYAD_OK))
        return st;
    p->report = node_find(root, "report");
    if ((n = node_find(root, "analyses")) == NULL)
        return plan_refuse(p, root, err, "no 'analyses'");
    if ((st = read_analyses(p, n, err)) == DYAD_OK && (n = node_find(root, "published")))
        st = read_published(p, n, err);
    return st;
}

enum dyad_status
plan_read(const char *path, struct plan *out, struct dyad_error *err)
{
    struct plan p = PLAN_INIT;
    const char *slash = strrchr(path, '/');
    enum dyad_status st = document_read(path, &p.document, err);

    p.folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : text_copy(".");
    if (st == DYAD_OK && p.folder == NULL)
        st = no_memory(err);
    if (st == DYAD_OK)
        st = read_root(&p, err);
    if (st == DYAD_OK)
        *out = p;
    else
        plan_release(&p);
    return st;
}

void
plan_release(struct plan *p)
{
    for (size_t i = 0; i < p->n_analyses; i++)
        list_free(p->analyses[i].words.at, p->analyses[i].words.n);
    list_free(p->files.at, p->files.n);
    list_free(p->outputs.at, p->outputs.n);
    free(p->definitions);
    free(p->analyses);
    free(p->populations);
    free(p->published);
    free(p->folder);
    document_release(&p->document);
    *p = (struct plan)PLAN_INIT;
}
