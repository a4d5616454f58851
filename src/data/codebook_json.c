/* The Table Schema of Frictionless. */
#include "codebook_build.h"

#include "dyad/core/text.h"
#include "dyad/data/number.h"
#include "dyad/data/source.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* jansson takes a failed allocation for a fault of the text: it is remembered here. */
static _Thread_local bool ran_out;

static void *
allocate(size_t n)
{
    void *at = malloc(n);

    ran_out = ran_out || at == NULL;
    return at;
}

enum { SCHEMA_BYTES_MAX = 16 << 20 };

struct reading {
    struct codebook *b;
    const json_t *missing; /* of every field */
    struct dyad_error *err;
};

static enum dyad_status
no_memory(const struct reading *r)
{
    return dyad_fail(r->err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
refuse(const struct reading *r, const char *field, const char *what)
{
    if (field)
        return dyad_fail(r->err, DYAD_DATA, "%s: field '%s': %s", r->b->path, field, what);
    return dyad_fail(r->err, DYAD_DATA, "%s: %s", r->b->path, what);
}

/* A text, number or truth as a cell of a file would spell it; false where it is something else. */
static bool
spell(const json_t *value, struct text *out)
{
    char number[32];

    text_clear(out);
    if (json_is_string(value))
        text_put(out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        text_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        text_put(out, number, number_text(json_real_value(value), number));
    else if (json_is_boolean(value))
        text_puts(out, json_is_true(value) ? "true" : "false");
    else
        return false;
    text_puts(out, "");
    return true;
}

/* The choices of `categories`, `enum`, or the words of a boolean: values, or { value, label }. */
static enum dyad_status
read_choices(const struct reading *r, struct codebook_field *f, const json_t *list)
{
    struct text code = TEXT_INIT, label = TEXT_INIT;
    enum dyad_status st = DYAD_OK;
    const json_t *item;
    size_t i;

    if (list && !json_is_array(list))
        return refuse(r, f->name, "its categories are no list");
    json_array_foreach(list, i, item)
    {
        const json_t *value = json_is_object(item) ? json_object_get(item, "value") : item;
        if (!spell(value, &code) || !spell(json_is_object(item) && json_object_get(item, "label")
                                               ? json_object_get(item, "label") : value, &label))
            st = refuse(r, f->name, "a category that is neither text nor number");
        else if (code.failed || label.failed ||
                 !codebook_choose(f, code.at, code.length, label.at, label.length))
            st = no_memory(r);
        if (st != DYAD_OK)
            break;
    }
    text_release(&code);
    text_release(&label);
    return st;
}

static enum dyad_status
read_missing(const struct reading *r, struct codebook_field *f, const json_t *list)
{
    struct text code = TEXT_INIT;
    enum dyad_status st = DYAD_OK;
    const json_t *item;
    size_t i;

    if (list && !json_is_array(list))
        return refuse(r, f->name, "missingValues is no list");
    json_array_foreach(list, i, item)
    {
        if (!spell(json_is_object(item) ? json_object_get(item, "value") : item, &code))
            st = refuse(r, f->name, "a missing value that is neither text nor number");
        else if (code.failed || (code.length && !codebook_push(&f->missing, &f->n_missing, code.at, code.length)))
            st = no_memory(r);
        if (st != DYAD_OK)
            break;
    }
    text_release(&code);
    return st;
}

static enum dyad_status
read_type(const struct reading *r, struct codebook_field *f, const char *type)
{
    static const struct {
        const char *name;
        enum codebook_type type;
    } types[] = { { "string", CODEBOOK_TEXT },    { "number", CODEBOOK_NUMBER }, { "integer", CODEBOOK_INTEGER },
                  { "boolean", CODEBOOK_TRUTH },  { "date", CODEBOOK_DATE },     { "datetime", CODEBOOK_DATE },
                  { "year", CODEBOOK_INTEGER },   { "any", CODEBOOK_TEXT },      { "time", CODEBOOK_TEXT },
                  { "yearmonth", CODEBOOK_TEXT }, { "duration", CODEBOOK_TEXT }, { "geopoint", CODEBOOK_TEXT },
                  { "geojson", CODEBOOK_TEXT },   { "object", CODEBOOK_TEXT },   { "array", CODEBOOK_TEXT },
                  { "list", CODEBOOK_TEXT } };

    for (size_t i = 0; type && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0) {
            f->type = types[i].type;
            f->personal = strcmp(type, "geopoint") == 0;
            return DYAD_OK;
        }
    return type ? refuse(r, f->name, "a type that Table Schema does not have") : DYAD_OK;
}

static enum dyad_status
read_text(const struct reading *r, const struct codebook_field *f, const json_t *field, const char *name, char **out)
{
    const json_t *value = json_object_get(field, name);
    struct text t = TEXT_INIT;

    if (value == NULL || json_is_null(value))
        return DYAD_OK;
    if (!spell(value, &t))
        return refuse(r, f->name, "title, description, unit and reference are texts");
    *out = t.failed ? NULL : codebook_plain(t.at);
    text_release(&t);
    return *out ? DYAD_OK : no_memory(r);
}

static enum dyad_status
read_bound(const struct reading *r, const struct codebook_field *f, const json_t *value, double *out)
{
    struct text t = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    if (value && (!spell(value, &t) || (!t.failed && !codebook_bound(f, t.at, out))))
        st = refuse(r, f->name, "a minimum or maximum that is no value of its type");
    if (t.failed)
        st = no_memory(r);
    text_release(&t);
    return st;
}

static enum dyad_status
read_constraints(const struct reading *r, struct codebook_field *f, const json_t *c)
{
    enum dyad_status st = DYAD_OK;

    f->required = json_is_true(json_object_get(c, "required"));
    f->unique = json_is_true(json_object_get(c, "unique"));
    if (f->type == CODEBOOK_NUMBER || f->type == CODEBOOK_INTEGER || f->type == CODEBOOK_DATE)
        if ((st = read_bound(r, f, json_object_get(c, "minimum"), &f->min)) == DYAD_OK)
            st = read_bound(r, f, json_object_get(c, "maximum"), &f->max);
    return st;
}

/* Words of a boolean that are not those everybody knows make a category. */
static enum dyad_status
read_truth(const struct reading *r, struct codebook_field *f, const json_t *field)
{
    const json_t *no = json_object_get(field, "falseValues"), *yes = json_object_get(field, "trueValues");
    enum dyad_status st;

    if (no == NULL || yes == NULL)
        return DYAD_OK;
    if ((st = read_choices(r, f, no)) == DYAD_OK && (st = read_choices(r, f, yes)) == DYAD_OK)
        for (size_t i = 0; i < f->n_choices && f->type == CODEBOOK_TRUTH; i++)
            if (level_truth(&(struct level){ f->choices[i].code, strlen(f->choices[i].code), { 0, 0 } }) < 0)
                f->type = CODEBOOK_CATEGORY;
    return st;
}

static enum dyad_status
read_field(const struct reading *r, const json_t *field)
{
    const json_t *name = json_object_get(field, "name"), *constraints = json_object_get(field, "constraints");
    const json_t *own = json_object_get(field, "missingValues"), *mark = json_object_get(field, "identifier");
    const json_t *categories = json_object_get(field, "categories");
    enum dyad_status st;

    if (!json_is_string(name))
        return refuse(r, NULL, "a field without a name");
    struct codebook_field *f = codebook_add(r->b, json_string_value(name), 0);
    if (f == NULL)
        return no_memory(r);
    if (categories == NULL)
        categories = json_object_get(constraints, "enum");
    f->ordered = json_is_true(json_object_get(field, "categoriesOrdered"));
    f->mark = json_is_true(mark) ? CODEBOOK_IDENTIFIES : json_is_false(mark) ? CODEBOOK_DOES_NOT : CODEBOOK_SAYS_NOTHING;
    if ((st = read_type(r, f, json_string_value(json_object_get(field, "type")))) != DYAD_OK ||
        (st = read_choices(r, f, categories)) != DYAD_OK || (st = read_text(r, f, field, "title", &f->label)) != DYAD_OK ||
        (f->label == NULL && (st = read_text(r, f, field, "description", &f->label)) != DYAD_OK) ||
        (st = read_text(r, f, field, "unit", &f->unit)) != DYAD_OK ||
        (st = read_text(r, f, field, "reference", &f->reference)) != DYAD_OK ||
        (st = read_missing(r, f, own ? own : r->missing)) != DYAD_OK || (st = read_constraints(r, f, constraints)) != DYAD_OK)
        return st;
    if (f->n_choices)
        f->type = CODEBOOK_CATEGORY;
    return f->type == CODEBOOK_TRUTH ? read_truth(r, f, field) : DYAD_OK;
}

static enum dyad_status
read_key(const struct reading *r, const json_t *key)
{
    const json_t *item;
    size_t i;

    if (json_is_string(key))
        return codebook_push(&r->b->key, &r->b->n_key, json_string_value(key), json_string_length(key)) ? DYAD_OK
                                                                                                      : no_memory(r);
    json_array_foreach(key, i, item)
        if (json_is_string(item) &&
            !codebook_push(&r->b->key, &r->b->n_key, json_string_value(item), json_string_length(item)))
            return no_memory(r);
    return DYAD_OK;
}

/* The schema itself, or that of a resource, or of a package's only resource. */
static const json_t *
find_schema(const json_t *top)
{
    const json_t *resources = json_object_get(top, "resources");

    if (json_array_size(resources) == 1)
        top = json_array_get(resources, 0);
    return json_is_object(json_object_get(top, "schema")) ? json_object_get(top, "schema") : top;
}

static enum dyad_status
read_schema(struct reading *r, const json_t *top)
{
    const json_t *schema = find_schema(top), *fields = json_object_get(schema, "fields"), *field;
    enum dyad_status st = DYAD_OK;
    size_t i;

    if (!json_is_array(fields))
        return refuse(r, NULL, "no Table Schema: an object with a list 'fields' is needed (a package with one resource will do)");
    r->missing = json_object_get(schema, "missingValues");
    json_array_foreach(fields, i, field)
        if ((st = read_field(r, field)) != DYAD_OK)
            return st;
    return read_key(r, json_object_get(schema, "primaryKey"));
}

static enum dyad_status
read_bytes(struct codebook *b, bool hash, struct text *out, struct dyad_error *err)
{
    struct source *s = NULL;
    char bytes[16384];
    size_t n = sizeof bytes;
    enum dyad_status st = source_open(b->path, hash, &s, err);

    while (st == DYAD_OK && n == sizeof bytes && out->length <= SCHEMA_BYTES_MAX)
        if ((st = source_read(s, bytes, sizeof bytes, &n, err)) == DYAD_OK)
            text_put(out, bytes, n);
    if (st == DYAD_OK && out->length > SCHEMA_BYTES_MAX)
        st = dyad_fail(err, DYAD_DATA, "%s: a codebook of more than 16 MiB", b->path);
    if (st == DYAD_OK && out->failed)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (st == DYAD_OK && (st = source_finish(s, err)) == DYAD_OK) {
        b->bytes = source_bytes(s);
        source_sha256(s, b->sha256);
    }
    source_close(s);
    return st;
}

enum dyad_status
codebook_read_json(struct codebook *b, bool hash, struct dyad_error *err)
{
    struct reading r = { .b = b, .err = err };
    struct text bytes = TEXT_INIT;
    json_error_t why;
    enum dyad_status st = read_bytes(b, hash, &bytes, err);

    if (st == DYAD_OK) {
        const size_t bom = bytes.length >= 3 && memcmp(bytes.at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        ran_out = false;
        json_set_alloc_funcs(allocate, free);
        json_t *top = json_loadb(bytes.at + bom, bytes.length - bom, JSON_REJECT_DUPLICATES, &why);
        if (ran_out)
            st = no_memory(&r);
        else if (top)
            st = read_schema(&r, top);
        else
            st = dyad_fail(err, DYAD_PARSE, "%s:%d:%d: is no JSON: %s", b->path, why.line, why.column, why.text);
        json_decref(top);
    }
    text_release(&bytes);
    return st;
}
