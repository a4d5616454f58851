#include "dyad/data/codebook.h"

#include "dyad/core/text.h"
#include "dyad/data/identifiers.h"
#include "dyad/data/number.h"
#include "dyad/data/source.h"

#include "codebook_build.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- building ----------------------------------------------------------------------------- */

struct codebook_field *
codebook_add(struct codebook *b, const char *name, uint64_t line)
{
    if (b->n_fields == b->room) {
        const size_t room = b->room ? 2 * b->room : 32;
        struct codebook_field *grown = realloc(b->fields, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        b->fields = grown;
        b->room = room;
    }
    struct codebook_field *f = &b->fields[b->n_fields];
    *f = (struct codebook_field){ .min = NAN, .max = NAN, .line = line };
    if ((f->name = text_copy(name)) == NULL)
        return NULL;
    b->n_fields++;
    return f;
}

bool
codebook_push(char ***array, size_t *n, const char *text, size_t length)
{
    char **grown = realloc(*array, (*n + 1) * sizeof *grown);

    if (grown == NULL)
        return false;
    *array = grown;
    if ((grown[*n] = strndup(text, length)) == NULL)
        return false;
    ++*n;
    return true;
}

bool
codebook_choose(struct codebook_field *f, const char *code, size_t code_length, const char *label, size_t label_length)
{
    struct codebook_choice *grown = realloc(f->choices, (f->n_choices + 1) * sizeof *grown);
    char *own_code = strndup(code, code_length), *own_label = strndup(label, label_length);

    if (grown)
        f->choices = grown;
    if (grown == NULL || own_code == NULL || own_label == NULL) {
        free(own_code);
        free(own_label);
        return false;
    }
    char *plain = codebook_plain(own_label);
    free(own_label);
    if (plain == NULL) {
        free(own_code);
        return false;
    }
    f->choices[f->n_choices++] = (struct codebook_choice){ own_code, plain };
    return true;
}

void
codebook_trim(const char **text, size_t *length)
{
    while (*length && isspace((unsigned char)**text))
        ++*text, --*length;
    while (*length && isspace((unsigned char)(*text)[*length - 1]))
        --*length;
}

/* Is the '<' at ${at} the begin of a tag?  A label may hold "<1 hour". */
static const char *
tag_end(const char *at)
{
    const char *letter = at[1] == '/' ? at + 2 : at + 1;
    return isalpha((unsigned char)*letter) ? strchr(at, '>') : NULL;
}

char *
codebook_plain(const char *text)
{
    struct text out = TEXT_INIT;
    bool blank = false;

    text_puts(&out, "");
    for (; *text; text++) {
        const char *end = *text == '<' ? tag_end(text) : NULL;
        if (end)
            text = end;
        if (end || isspace((unsigned char)*text)) {
            blank = true;
            continue;
        }
        if (blank && out.length)
            text_putc(&out, ' ');
        blank = false;
        text_putc(&out, *text);
    }
    return text_steal(&out);
}

/* A number, or a day as yyyymmdd. */
static bool
value_of(const struct codebook_field *f, const char *text, size_t length, char decimal, double *out)
{
    unsigned year, month, day;

    if (f->type != CODEBOOK_DATE)
        return number_parse(text, length, decimal, out) == NUMBER_GOOD;
    if (!identifier_date(text, length, &year, &month, &day))
        return false;
    *out = year * 10000.0 + month * 100.0 + day;
    return true;
}

bool
codebook_bound(const struct codebook_field *f, const char *text, double *out)
{
    return value_of(f, text, strlen(text), '.', out);
}

/* --- what must hold of every field -------------------------------------------------------- */

static enum dyad_status
refuse_field(const struct codebook *b, const struct codebook_field *f, const char *what, struct dyad_error *err)
{
    if (f->line)
        return dyad_fail(err, DYAD_DATA, "%s:%llu: field '%s' %s", b->path, (unsigned long long)f->line, f->name, what);
    return dyad_fail(err, DYAD_DATA, "%s: field '%s' %s", b->path, f->name, what);
}

static size_t
find_choice(const struct codebook_field *f, const char *code)
{
    size_t i = 0;

    while (i < f->n_choices && strcmp(f->choices[i].code, code) != 0)
        i++;
    return i;
}

static enum dyad_status
check_field(const struct codebook *b, const struct codebook_field *f, struct dyad_error *err)
{
    if (f->name[0] == '\0')
        return dyad_fail(err, DYAD_DATA, "%s:%llu: a field without a name", b->path, (unsigned long long)f->line);
    if (codebook_find(b, f->name) != f)
        return refuse_field(b, f, "stands there twice: delete one", err);
    for (size_t i = 0; i < f->n_choices; i++) {
        if (f->choices[i].code[0] == '\0')
            return refuse_field(b, f, "has a choice without a code: 'CODE, LABEL | CODE, LABEL'", err);
        if (find_choice(f, f->choices[i].code) != i)
            return refuse_field(b, f, "has two choices of the same code", err);
    }
    if (f->min > f->max)
        return refuse_field(b, f, "has a minimum above its maximum", err);
    if (f->type == CODEBOOK_CATEGORY && f->n_choices == 0)
        return refuse_field(b, f, "is a category without choices", err);
    if (f->reference && f->n_choices && find_choice(f, f->reference) == f->n_choices)
        return refuse_field(b, f, "has a reference that is none of its choices", err);
    return DYAD_OK;
}

/* The order of the choices, with the reference before them where they do not ascend. */
static enum dyad_status
settle_order(struct codebook_field *f)
{
    const size_t reference = f->reference && !f->ordered ? find_choice(f, f->reference) : f->n_choices;
    size_t n = 0;

    if (f->n_choices == 0)
        return DYAD_OK;
    f->order.column = f->name;
    f->order.values = calloc(f->n_choices, sizeof *f->order.values);
    if (f->order.values == NULL)
        return DYAD_NOMEM;
    if (reference < f->n_choices)
        f->order.values[n++] = f->choices[reference].code;
    for (size_t i = 0; i < f->n_choices; i++)
        if (i != reference)
            f->order.values[n++] = f->choices[i].code;
    f->order.n = n;
    return DYAD_OK;
}

static enum dyad_status
settle(struct codebook *b, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (b->n_fields == 0)
        return dyad_fail(err, DYAD_DATA, "%s: a codebook without fields", b->path);
    for (size_t i = 0; i < b->n_fields && st == DYAD_OK; i++)
        if ((st = check_field(b, &b->fields[i], err)) == DYAD_OK && settle_order(&b->fields[i]) != DYAD_OK)
            st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    return st;
}

/* JSON begins with a brace; no heading of a CSV does. */
static enum dyad_status
is_json(const char *path, bool *out, struct dyad_error *err)
{
    struct source *s = NULL;
    char bytes[256];
    size_t n = 0, at = 0;
    enum dyad_status st = source_open(path, false, &s, err);

    if (st == DYAD_OK)
        st = source_read(s, bytes, sizeof bytes, &n, err);
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        at = 3;
    while (at < n && isspace((unsigned char)bytes[at]))
        at++;
    *out = at < n && (bytes[at] == '{' || bytes[at] == '[');
    source_close(s);
    return st;
}

enum dyad_status
codebook_read(const char *path, bool hash, struct codebook **out, struct dyad_error *err)
{
    struct codebook *b = calloc(1, sizeof *b);
    enum dyad_status st;
    bool json = false;

    if (b == NULL || (b->path = text_copy(path)) == NULL) {
        free(b);
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    }
    if (strcmp(path, "-") == 0)
        st = dyad_fail(err, DYAD_USAGE, "--codebook: a file is needed: standard input is read but once");
    else if ((st = is_json(path, &json, err)) == DYAD_OK &&
             (st = json ? codebook_read_json(b, hash, err) : codebook_read_csv(b, hash, err)) == DYAD_OK)
        st = settle(b, err);
    if (st == DYAD_OK)
        *out = b;
    else
        codebook_free(b);
    return st;
}

/* --- asking ------------------------------------------------------------------------------- */

enum dyad_status
codebook_match(const struct codebook *b, const struct reader *r, struct dyad_error *err)
{
    for (size_t i = 0; i < reader_n_columns(r); i++)
        if (codebook_find(b, reader_name(r, i)))
            return DYAD_OK;
    return dyad_fail(err, DYAD_DATA, "%s:1: has none of the fields of the codebook %s: is it that of another file?",
                     source_path(reader_source(r, 0)), b->path);
}

const struct codebook_field *
codebook_find(const struct codebook *b, const char *name)
{
    for (size_t i = 0; b && i < b->n_fields; i++)
        if (strcmp(b->fields[i].name, name) == 0)
            return &b->fields[i];
    return NULL;
}

bool
codebook_is_made(const char *name)
{
    static const char *const endings[] = { "_complete", "_timestamp" };
    const size_t n = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (n > strlen(endings[i]) && strcmp(name + n - strlen(endings[i]), endings[i]) == 0)
            return true;
    return strncmp(name, "redcap_", 7) == 0;
}

const char *
codebook_label(const struct codebook_field *f, const char *code)
{
    const size_t i = f ? find_choice(f, code) : 0;

    if (f == NULL)
        return NULL;
    if (i < f->n_choices)
        return f->choices[i].label;
    if (f->type != CODEBOOK_TRUTH || f->n_choices)
        return NULL;
    return strcmp(code, "1") == 0 ? "Yes" : strcmp(code, "0") == 0 ? "No" : NULL;
}

static bool
is_truth(const char *text, size_t length)
{
    char word[8];

    if (length >= sizeof word)
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    return level_truth(&(struct level){ word, length, { 0, 0 } }) >= 0;
}

enum codebook_fault
codebook_fault(const struct codebook_field *f, const char *text, size_t length, char decimal)
{
    double value;

    if (f->n_choices) {
        for (size_t i = 0; i < f->n_choices; i++)
            if (strlen(f->choices[i].code) == length && memcmp(f->choices[i].code, text, length) == 0)
                return FAULT_NONE;
        return FAULT_CHOICE;
    }
    if (f->type == CODEBOOK_TEXT)
        return FAULT_NONE;
    if (f->type == CODEBOOK_TRUTH)
        return is_truth(text, length) ? FAULT_NONE : FAULT_TYPE;
    if (!value_of(f, text, length, decimal, &value) || (f->type == CODEBOOK_INTEGER && value != floor(value)))
        return FAULT_TYPE;
    return value < f->min || value > f->max ? FAULT_RANGE : FAULT_NONE;
}

const char *
codebook_fault_words(const struct codebook_field *f, enum codebook_fault fault)
{
    static const char *const words[] = {
        [CODEBOOK_TEXT] = "text",
        [CODEBOOK_NUMBER] = "holds no number, as the codebook has it: correct it, or declare what means missing",
        [CODEBOOK_INTEGER] = "holds no whole number, as the codebook has it: correct it, or declare what means missing",
        [CODEBOOK_TRUTH] = "holds something else than 0/1, no/yes, n/y, false/true, as the codebook has it",
        [CODEBOOK_CATEGORY] = "holds none of the codebook's choices",
        [CODEBOOK_DATE] = "holds no date, as the codebook has it",
    };

    switch (fault) {
    case FAULT_TYPE:
        return words[f->type];
    case FAULT_CHOICE:
        return "holds a code that is none of the codebook's choices: correct it, or declare what means missing";
    case FAULT_RANGE:
        return "holds a value outside the codebook's range: correct it, or declare what means missing";
    case FAULT_NONE:
        break;
    }
    return "";
}

const char *
codebook_type_name(enum codebook_type type)
{
    static const char *const names[] = { "text", "number", "integer", "boolean", "category", "date" };
    return names[type];
}

void
codebook_free(struct codebook *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->n_fields; i++) {
        struct codebook_field *f = &b->fields[i];
        for (size_t k = 0; k < f->n_choices; k++) {
            free(f->choices[k].code);
            free(f->choices[k].label);
        }
        for (size_t k = 0; k < f->n_missing; k++)
            free(f->missing[k]);
        free(f->choices);
        free(f->missing);
        free(f->order.values);
        free(f->name);
        free(f->label);
        free(f->unit);
        free(f->reference);
    }
    for (size_t i = 0; i < b->n_key; i++)
        free(b->key[i]);
    free(b->key);
    free(b->fields);
    free(b->path);
    free(b);
}
