#include "labels.h"

#include "dyad/core/text.h"

#include <ctype.h>
#include <string.h>

const char *
labels_column(const struct cohort *c, const char *name)
{
    const struct codebook_field *f = c ? cohort_field(c, name) : NULL;
    return f && f->label ? f->label : name;
}

const char *
labels_value(const struct cohort *c, const char *column, const char *code)
{
    const struct codebook_field *f = c ? cohort_field(c, column) : NULL;
    const char *label = f ? codebook_label(f, code) : NULL;
    return label ? label : code;
}

/* A code that is the last, or has " / " behind it; codes may hold that themselves. */
static size_t
code_length(const struct cohort *c, const char *column, const char *text, bool last)
{
    const struct codebook_field *f = cohort_field(c, column);
    const char *end = strstr(text, " / ");

    for (size_t i = 0; f && i < f->n_choices; i++) {
        const size_t n = strlen(f->choices[i].code);
        if (strncmp(text, f->choices[i].code, n) == 0 && (last ? text[n] == '\0' : strncmp(text + n, " / ", 3) == 0))
            return n;
    }
    return last || end == NULL ? strlen(text) : (size_t)(end - text);
}

void
labels_joined(const struct cohort *c, const char *const *columns, size_t n, const char *codes, struct text *out)
{
    struct text code = TEXT_INIT;

    text_clear(out);
    text_puts(out, "");
    for (size_t i = 0; i < n && *codes; i++) {
        const size_t length = code_length(c, columns[i], codes, i + 1 == n);
        text_clear(&code);
        text_put(&code, codes, length);
        text_printf(out, "%s%s", i ? " / " : "", code.failed ? "" : labels_value(c, columns[i], code.at));
        codes += length;
        codes += strncmp(codes, " / ", 3) == 0 ? 3 : 0;
    }
    out->failed = out->failed || code.failed;
    text_release(&code);
}

/* --- sentences and terms ------------------------------------------------------------------ */

static bool
ends_word(char c)
{
    return c == '\0' || strchr(" ,.;)", c) != NULL;
}

/* The field and the code that "COLUMN = CODE" at ${text} names; the length of it, 0 where there is none. */
static size_t
find_assignment(const struct codebook *b, const char *text, const struct codebook_field **field, const char **label)
{
    size_t longest = 0;

    for (size_t i = 0; i < b->n_fields; i++) {
        const struct codebook_field *f = &b->fields[i];
        const size_t n = strlen(f->name);
        if (strncmp(text, f->name, n) != 0 || strncmp(text + n, " = ", 3) != 0)
            continue;
        for (size_t k = 0; k < (f->n_choices ? f->n_choices : 2); k++) {
            const char *code = f->n_choices ? f->choices[k].code : k ? "1" : "0", *said = codebook_label(f, code);
            const size_t whole = n + 3 + strlen(code);
            if (said == NULL || whole <= longest || strncmp(text + n + 3, code, strlen(code)) != 0 || !ends_word(text[whole]))
                continue;
            longest = whole;
            *field = f;
            *label = said;
        }
    }
    return longest;
}

void
labels_sentence(const struct cohort *c, const char *sentence, struct text *out)
{
    const struct codebook *b = c ? cohort_codebook(c) : NULL;
    const struct codebook_field *f = NULL;
    const char *label = NULL;

    text_clear(out);
    text_puts(out, "");
    for (const char *at = sentence; *at;) {
        const bool begins = at == sentence || strchr(" (", at[-1]) != NULL;
        const size_t n = b && begins ? find_assignment(b, at, &f, &label) : 0;
        if (n)
            text_printf(out, "%s = %s", f->label ? f->label : f->name, label);
        else
            text_putc(out, *at);
        at += n ? n : 1;
    }
}

/* "supportibclc", "factor(support)ibclc", "factor(support, ref = \"none\")ibclc", or a bare column. */
static void
put_piece(const struct cohort *c, const char *piece, size_t length, struct text *out)
{
    const struct codebook *b = c ? cohort_codebook(c) : NULL;
    const bool call = length > 7 && strncmp(piece, "factor(", 7) == 0;
    const char *from = call ? piece + 7 : piece, *end = piece + length;
    struct text code = TEXT_INIT;
    const struct codebook_field *best = NULL;
    const char *said = NULL;

    for (size_t i = 0; b && i < b->n_fields; i++) {
        const struct codebook_field *f = &b->fields[i];
        const size_t n = strlen(f->name);
        if ((size_t)(end - from) < n || strncmp(from, f->name, n) != 0 || (best && strlen(best->name) > n))
            continue;
        const char *behind = from + n;
        if (call && *behind != ')' && *behind != ',')
            continue;
        while (call && behind < end && *behind != ')')
            behind++;
        behind += call;
        text_clear(&code);
        text_put(&code, behind, behind < end ? (size_t)(end - behind) : 0);
        text_puts(&code, "");
        const char *label = code.failed ? NULL : codebook_label(f, code.at);
        if (!code.failed && (label || code.length == 0)) {
            best = f;
            said = label;
        }
    }
    out->failed = out->failed || code.failed;
    text_release(&code);
    if (best == NULL)
        text_put(out, piece, length);
    else
        text_printf(out, "%s%s%s", best->label ? best->label : best->name, said ? ": " : "", said ? said : "");
}

void
labels_term(const struct cohort *c, const char *term, struct text *out)
{
    text_clear(out);
    text_puts(out, "");
    while (*term) {
        size_t n = 0;
        bool quoted = false;
        for (size_t depth = 0; term[n] && (term[n] != ':' || depth || quoted); n++) {
            quoted = quoted != (term[n] == '"');
            depth += term[n] == '(';
            depth -= term[n] == ')' && depth > 0;
        }
        put_piece(c, term, n, out);
        if (term[n] == ':')
            text_puts(out, " \u00d7 ");
        term += n + (term[n] == ':');
    }
}

/* --- tables ------------------------------------------------------------------------------- */

struct labelling {
    const struct cohort *c;
    const struct options *o;
    struct table *t;
    struct text made;
};

/* COL, or COL=VALUE; the field of COL, its value at ${value}, or NULL. */
static const struct codebook_field *
field_of(const struct cohort *c, const char *typed, const char **value)
{
    const struct codebook *b = cohort_codebook(c);
    const struct codebook_field *f = codebook_find(b, typed);

    *value = NULL;
    for (size_t i = 0; f == NULL && i < b->n_fields; i++) {
        const size_t n = strlen(b->fields[i].name);
        if (strncmp(typed, b->fields[i].name, n) == 0 && typed[n] == '=') {
            *value = typed + n + 1;
            return &b->fields[i];
        }
    }
    return f;
}

static void
put_typed(struct labelling *l, const char *typed)
{
    const char *value;
    const struct codebook_field *f = field_of(l->c, typed, &value);

    text_clear(&l->made);
    text_puts(&l->made, f && f->label ? f->label : f ? f->name : typed);
    if (f && value)
        text_printf(&l->made, " = %s", labels_value(l->c, f->name, value));
}

/* A level of the row's exposure. */
static void
put_level(struct labelling *l, size_t row, const char *text)
{
    const bool of_row = table_find_column(l->t, "exposure") < l->t->n_columns;
    const char *value = NULL;
    const struct codebook_field *f = of_row ? field_of(l->c, table_text(l->t, row, "exposure"), &value) : NULL;
    const bool other = f && value && strncmp(text, "not ", 4) == 0;

    text_clear(&l->made);
    text_printf(&l->made, "%s%s", other ? "not " : "", f ? labels_value(l->c, f->name, text + (other ? 4 : 0)) : text);
}

static void
put_joined(struct labelling *l, const char *option, const char *text)
{
    size_t n = 0;
    const char *const *columns = option_list(l->o, option, &n);

    if (n)
        labels_joined(l->c, columns, n, text, &l->made);
}

/* The column that names meta's studies: as --columns has it, else the one of that name. */
static const char *
study_column(const struct options *o)
{
    size_t n;
    const char *const *typed = option_list(o, "columns", &n);

    for (size_t i = 0; i < n; i++)
        if (strncmp(typed[i], "study=", 6) == 0)
            return typed[i] + 6;
    return "study";
}

/* Of what column of the file a column of ours that is called otherwise holds the codes; NULL: of none. */
static const char *
source_of(const struct options *o, const char *name)
{
    return strcmp(name, "study") == 0      ? study_column(o)
           : strcmp(name, "order") == 0    ? option_text(o, "cumulative")
           : strcmp(name, "subgroup") == 0 ? option_text(o, "subgroup")
                                           : NULL;
}

/* What a cell of this column means is known by the column's name. */
static void
label_cell(struct labelling *l, size_t row, size_t column)
{
    const struct column *at = &l->t->columns[column];
    const char *text = table_cell(l->t, row, column)->is.text, *name = at->name, *source = source_of(l->o, name);
    const bool level = strcmp(name, "level") == 0 || strcmp(name, "reference") == 0;

    text_clear(&l->made);
    if (at->role == COLUMN_SENTENCE || strcmp(name, "cause") == 0)
        labels_sentence(l->c, text, &l->made);
    else if (strcmp(name, "term") == 0)
        labels_term(l->c, text, &l->made);
    else if (strcmp(name, "outcome") == 0 || strcmp(name, "exposure") == 0)
        put_typed(l, text);
    else if (strcmp(name, "stratum") == 0 && strcmp(text, "crude") != 0 && strcmp(text, "pooled") != 0)
        put_joined(l, "stratify", text);
    else if (strcmp(name, "group") == 0 || (level && table_find_column(l->t, "group") < l->t->n_columns))
        put_joined(l, "by", text);
    else if (level)
        put_level(l, row, text);
    else if (source)
        text_puts(&l->made, labels_value(l->c, source, text));
    if (l->made.length && strcmp(l->made.at, text) != 0)
        table_show(l->t, row, column, l->made.at);
}

/* A --by column, whose name may have got an underscore. */
static void
label_group(struct labelling *l, size_t column, const char *name)
{
    if (strcmp(labels_column(l->c, name), name) != 0)
        table_show_column(l->t, column, labels_column(l->c, name));
    for (size_t row = 0; row < l->t->n_rows; row++) {
        const struct cell *cell = table_cell(l->t, row, column);
        if (cell->state == CELL_TEXT && strcmp(labels_value(l->c, name, cell->is.text), cell->is.text) != 0)
            table_show(l->t, row, column, labels_value(l->c, name, cell->is.text));
    }
}

static void
label_table(struct labelling *l)
{
    size_t n_by;
    const char *const *by = option_list(l->o, "by", &n_by);

    for (size_t i = 0; i < l->t->n_columns; i++) {
        if (l->t->columns[i].role == COLUMN_GROUP && i < n_by)
            label_group(l, i, by[i]);
        else if (l->t->columns[i].role == COLUMN_LABEL || l->t->columns[i].role == COLUMN_SENTENCE)
            for (size_t row = 0; row < l->t->n_rows; row++)
                if (table_cell(l->t, row, i)->state == CELL_TEXT)
                    label_cell(l, row, i);
    }
}

void
labels_apply(const struct cohort *c, const struct options *o, struct result *r)
{
    struct labelling l = { c, o, NULL, TEXT_INIT };

    if (c == NULL || cohort_codebook(c) == NULL)
        return;
    for (size_t i = 0; i < r->n_tables && !r->failed; i++) {
        l.t = r->tables[i];
        label_table(&l);
    }
    r->failed = r->failed || l.made.failed;
    text_release(&l.made);
}
