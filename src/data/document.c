#include "dyad/data/document.h"

#include "dyad/core/text.h"
#include "dyad/data/source.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

/* libyaml's parser over the bytes, and where its complaints go. */
struct reading {
    yaml_parser_t parser;
    const char *path;
    const struct text *bytes;
    size_t start; /* behind a byte order mark, which libyaml would count as a column */
    struct dyad_error *err;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- the tree ----------------------------------------------------------------------------- */

static void
node_release(struct node *n)
{
    for (size_t i = 0; i < n->n; i++)
        node_release(&n->items[i]);
    free(n->items);
    free(n->key);
    free(n->text);
}

void
document_release(struct document *d)
{
    node_release(&d->root);
    free(d->path);
    *d = (struct document)DOCUMENT_INIT;
}

const struct node *
node_find(const struct node *map, const char *key)
{
    for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++)
        if (strcmp(map->items[i].key, key) == 0)
            return &map->items[i];
    return NULL;
}

static struct node *
add_item(struct node *parent)
{
    /* Doubled whenever the number is a power of two. */
    if ((parent->n & (parent->n - 1)) == 0) {
        struct node *grown = realloc(parent->items, (parent->n ? 2 * parent->n : 1) * sizeof *grown);
        if (grown == NULL)
            return NULL;
        parent->items = grown;
    }
    parent->items[parent->n] = (struct node){ .kind = NODE_EMPTY };
    return &parent->items[parent->n++];
}

/* --- what libyaml says -------------------------------------------------------------------- */

static enum dyad_status
refuse(const struct reading *r, yaml_mark_t at, const char *what)
{
    return dyad_fail(r->err, DYAD_PARSE, "%s:%zu:%zu: %s", r->path, at.line + 1, at.column + 1, what);
}

/* A byte that no YAML may hold has an offset, and no line. */
static enum dyad_status
refuse_byte(const struct reading *r)
{
    size_t line = 1, column = 1;

    for (size_t i = r->start; i < r->start + r->parser.problem_offset && i < r->bytes->length; i++) {
        column++;
        if (r->bytes->at[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return dyad_fail(r->err, DYAD_PARSE, "%s:%zu:%zu: a byte that is no text in UTF-8", r->path, line, column);
}

/* Is it a tab before the first word of a line?  libyaml's sentence for that helps nobody. */
static bool
is_tab(const struct reading *r, yaml_mark_t at)
{
    const char *line = r->bytes->at + r->start;

    for (size_t i = 0; i < at.line && line; i++)
        line = (line = strchr(line, '\n')) ? line + 1 : NULL;
    return line && strspn(line, " ") == at.column && line[at.column] == '\t';
}

static enum dyad_status
refuse_syntax(const struct reading *r)
{
    const yaml_parser_t *p = &r->parser;

    switch (p->error) {
    case YAML_MEMORY_ERROR:
        return no_memory(r->err);
    case YAML_READER_ERROR:
        return refuse_byte(r);
    default:
        if (is_tab(r, p->problem_mark))
            return refuse(r, p->problem_mark, "a tab: YAML is indented with blanks");
        return dyad_fail(r->err, DYAD_PARSE, "%s:%zu:%zu: is no YAML: %s%s%s", r->path, p->problem_mark.line + 1,
                         p->problem_mark.column + 1, p->problem ? p->problem : "", p->context ? ", " : "",
                         p->context ? p->context : "");
    }
}

static enum dyad_status
next(struct reading *r, yaml_event_t *event)
{
    return yaml_parser_parse(&r->parser, event) ? DYAD_OK : refuse_syntax(r);
}

/* --- events to nodes ---------------------------------------------------------------------- */

static bool
is_nothing(const char *text)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static enum dyad_status
take_text(const struct reading *r, const yaml_event_t *e, struct node *out)
{
    const char *text = (const char *)e->data.scalar.value;

    if (strlen(text) != e->data.scalar.length)
        return refuse(r, e->start_mark, "a zero byte in a text");
    out->kind = NODE_TEXT;
    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && is_nothing(text)) {
        out->kind = NODE_EMPTY;
        return DYAD_OK;
    }
    out->text = text_copy(text);
    if (out->text == NULL)
        return no_memory(r->err);
    if (e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE || e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE)
        for (size_t n = strlen(text); n > 0 && out->text[n - 1] == '\n'; n--)
            out->text[n - 1] = '\0';
    return DYAD_OK;
}

static enum dyad_status
take_key(const struct reading *r, const yaml_event_t *e, const struct node *map, char **key)
{
    if (e->type != YAML_SCALAR_EVENT)
        return refuse(r, e->start_mark, "a key is one word or text");
    const char *text = (const char *)e->data.scalar.value;
    if (e->data.scalar.anchor || e->data.scalar.tag)
        return refuse(r, e->start_mark, "anchors (&), aliases (*) and tags (!) are not used here");
    if (strlen(text) != e->data.scalar.length || *text == '\0')
        return refuse(r, e->start_mark, "a key without a name");
    const struct node *same = node_find(map, text);
    if (same)
        return dyad_fail(r->err, DYAD_PARSE, "%s:%zu:%zu: the key '%s' again, which stands in line %zu", r->path,
                         e->start_mark.line + 1, e->start_mark.column + 1, text, same->key_line);
    *key = text_copy(text);
    return *key ? DYAD_OK : no_memory(r->err);
}

static enum dyad_status take_node(struct reading *r, const yaml_event_t *e, size_t depth, struct node *out);

/* The entries of a list or map, up to its end. */
static enum dyad_status
take_items(struct reading *r, size_t depth, struct node *out)
{
    const bool is_map = out->kind == NODE_MAP;
    const yaml_event_type_t end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    enum dyad_status st = DYAD_OK;

    for (bool ended = false; st == DYAD_OK && !ended;) {
        yaml_event_t event;
        char *key = NULL;
        yaml_mark_t key_mark = { 0, 0, 0 };
        if ((st = next(r, &event)) != DYAD_OK)
            return st;
        ended = event.type == end;
        if (!ended && is_map) {
            key_mark = event.start_mark;
            st = take_key(r, &event, out, &key);
            yaml_event_delete(&event);
            if (st != DYAD_OK || (st = next(r, &event)) != DYAD_OK) {
                free(key);
                return st;
            }
        }
        struct node *item = ended ? NULL : add_item(out);
        if (item) {
            item->key = key;
            item->key_line = key_mark.line + 1;
            item->key_column = key_mark.column + 1;
            st = take_node(r, &event, depth + 1, item);
        } else if (!ended) {
            free(key);
            st = no_memory(r->err);
        }
        yaml_event_delete(&event);
    }
    return st;
}

static enum dyad_status
take_node(struct reading *r, const yaml_event_t *e, size_t depth, struct node *out)
{
    const bool marked = e->type == YAML_ALIAS_EVENT ||
                        (e->type == YAML_SCALAR_EVENT && (e->data.scalar.anchor || e->data.scalar.tag)) ||
                        (e->type == YAML_SEQUENCE_START_EVENT &&
                         (e->data.sequence_start.anchor || e->data.sequence_start.tag)) ||
                        (e->type == YAML_MAPPING_START_EVENT &&
                         (e->data.mapping_start.anchor || e->data.mapping_start.tag));

    out->line = e->start_mark.line + 1;
    out->column = e->start_mark.column + 1;
    if (marked)
        return refuse(r, e->start_mark, "anchors (&), aliases (*) and tags (!) are not used here");
    if (depth > DOCUMENT_DEPTH)
        return refuse(r, e->start_mark, "too many levels, one in the other");
    if (e->type == YAML_SCALAR_EVENT)
        return take_text(r, e, out);
    out->kind = e->type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
    return take_items(r, depth, out);
}

/* The begin of the document, its root, and that nothing comes behind. */
static enum dyad_status
take_document(struct reading *r, struct node *root)
{
    yaml_event_t event;
    enum dyad_status st;

    for (bool begun = false; !begun;) {
        if ((st = next(r, &event)) != DYAD_OK)
            return st;
        begun = event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT;
        if (begun)
            st = event.type == YAML_STREAM_END_EVENT ? refuse(r, (yaml_mark_t){ 0, 0, 0 }, "is empty")
                                                     : take_node(r, &event, 0, root);
        yaml_event_delete(&event);
        if (st != DYAD_OK)
            return st;
    }
    for (bool ended = false; !ended;) {
        if ((st = next(r, &event)) != DYAD_OK)
            return st;
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT)
            st = refuse(r, event.start_mark, "a second document in the file: one is needed");
        yaml_event_delete(&event);
        if (st != DYAD_OK)
            return st;
    }
    return DYAD_OK;
}

static enum dyad_status
read_bytes(struct document *d, struct text *bytes, struct dyad_error *err)
{
    struct source *s = NULL;
    static const size_t piece = 1 << 16;
    size_t n = piece;
    char *room = malloc(piece);
    enum dyad_status st = room ? source_open(d->path, true, &s, err) : no_memory(err);

    while (st == DYAD_OK && n == piece && bytes->length <= DOCUMENT_BYTES_MAX)
        if ((st = source_read(s, room, piece, &n, err)) == DYAD_OK)
            text_put(bytes, room, n);
    if (st == DYAD_OK && bytes->length > DOCUMENT_BYTES_MAX)
        st = dyad_fail(err, DYAD_PARSE, "%s: is longer than %d MiB", d->path, DOCUMENT_BYTES_MAX >> 20);
    if (st == DYAD_OK && bytes->failed)
        st = no_memory(err);
    if (st == DYAD_OK && (st = source_finish(s, err)) == DYAD_OK) {
        source_sha256(s, d->sha256);
        d->bytes = source_bytes(s);
    }
    source_close(s);
    free(room);
    return st;
}

enum dyad_status
document_read(const char *path, struct document *out, struct dyad_error *err)
{
    struct document d = { .path = text_copy(path) };
    struct text bytes = TEXT_INIT;
    struct reading r = { .path = path, .bytes = &bytes, .err = err };
    enum dyad_status st = d.path ? read_bytes(&d, &bytes, err) : no_memory(err);

    if (st == DYAD_OK && !yaml_parser_initialize(&r.parser))
        st = no_memory(err);
    else if (st == DYAD_OK) {
        yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
        r.start = bytes.at && strncmp(bytes.at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)(bytes.at ? bytes.at + r.start : ""),
                                     bytes.length - r.start);
        st = take_document(&r, &d.root);
        yaml_parser_delete(&r.parser);
    }
    text_release(&bytes);
    if (st == DYAD_OK)
        *out = d;
    else
        document_release(&d);
    return st;
}
