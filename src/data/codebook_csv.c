/* The data dictionary of REDCap. */
#include "codebook_build.h"

#include "dyad/core/text.h"
#include "dyad/data/cohort.h"
#include "dyad/data/number.h"
#include "dyad/data/records.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum heading {
    NAME, FORM, TYPE, LABEL, CHOICES, VALIDATION, LEAST, MOST, IDENTIFIER, REQUIRED, MISSING, ORDERED, REFERENCE, UNIT,
    N_HEADINGS
};

/* As the dictionary is downloaded, and as the interface for programs has it. */
static const char *const headings[N_HEADINGS][2] = {
    [NAME] = { "Variable / Field Name", "field_name" },
    [FORM] = { "Form Name", "form_name" },
    [TYPE] = { "Field Type", "field_type" },
    [LABEL] = { "Field Label", "field_label" },
    [CHOICES] = { "Choices, Calculations, OR Slider Labels", "select_choices_or_calculations" },
    [VALIDATION] = { "Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number" },
    [LEAST] = { "Text Validation Min", "text_validation_min" },
    [MOST] = { "Text Validation Max", "text_validation_max" },
    [IDENTIFIER] = { "Identifier?", "identifier" },
    [REQUIRED] = { "Required Field?", "required_field" },
    [MISSING] = { "Missing Codes", "missing_codes" },
    [ORDERED] = { "Levels Ordered", "levels_ordered" },
    [REFERENCE] = { "Reference", "reference" },
    [UNIT] = { "Unit", "unit" },
};

struct reading {
    struct codebook *b;
    struct cohort *file;
    size_t factors[N_HEADINGS];
    bool has[N_HEADINGS];
    const struct record *record;
    uint64_t line;
    struct dyad_error *err;
};

static enum dyad_status
no_memory(const struct reading *r)
{
    return dyad_fail(r->err, DYAD_NOMEM, "out of memory");
}

/* An apostrophe keeps a spreadsheet from taking "-9 | -8" for a formula; it is no part of the cell. */
static const char *
cell(const struct reading *r, enum heading h)
{
    size_t n;

    if (!r->has[h] || r->record->codes[r->factors[h]] == 0)
        return "";
    const char *text = cohort_levels(r->file, r->factors[h], &n)[r->record->codes[r->factors[h]] - 1].text;
    return text[0] == '\'' && text[1] && strchr("=+-@", text[1]) ? text + 1 : text;
}

static enum dyad_status
refuse(const struct reading *r, enum heading h, const char *what)
{
    return cohort_refuse_at(r->file, r->record->place, cohort_factor_name(r->file, r->factors[h]), what, r->err);
}

static bool
is_one_of(const char *text, const char *const *words)
{
    while (*words && strcasecmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

/* Blank or yes; ${no} is whether it is a no. */
static enum dyad_status
read_yes(const struct reading *r, enum heading h, bool *yes, bool *no)
{
    static const char *const yes_words[] = { "y", "yes", "1", "true", "x", NULL };
    static const char *const no_words[] = { "n", "no", "0", "false", NULL };
    const char *text = cell(r, h);

    *yes = is_one_of(text, yes_words);
    *no = is_one_of(text, no_words);
    return *text == '\0' || *yes || *no ? DYAD_OK : refuse(r, h, "holds neither y nor n nor nothing");
}

/* --- choices ------------------------------------------------------------------------------ */

/* "1, Yes | 0, No": what is behind the first comma is the label. */
static enum dyad_status
read_choices(const struct reading *r, struct codebook_field *f)
{
    const char *at = cell(r, CHOICES);

    while (*at) {
        const size_t n = strcspn(at, "|\n");
        const char *comma = memchr(at, ',', n), *code = at, *label = comma ? comma + 1 : at;
        size_t code_n = comma ? (size_t)(comma - at) : n, label_n = n - (size_t)(label - at);
        codebook_trim(&code, &code_n);
        codebook_trim(&label, &label_n);
        if ((code_n || label_n) && !codebook_choose(f, code, code_n, label, label_n))
            return no_memory(r);
        at += n + (at[n] != '\0');
    }
    return DYAD_OK;
}

static bool
is_code(const char *text, size_t length)
{
    double number;
    return number_parse(text, length, '.', &number) == NUMBER_GOOD;
}

/* "-9, Refused | -8, Not asked", or a bare list: "-9, -8" or "-9 -8". */
static enum dyad_status
read_missing(const struct reading *r, struct codebook_field *f)
{
    const char *at = cell(r, MISSING);
    const bool listed = strpbrk(at, "|\n") != NULL;

    while (*at) {
        const size_t n = strcspn(at, listed ? "|\n" : ",;");
        const char *code = at, *behind = at + n + (at[n] != '\0');
        size_t length = listed && memchr(at, ',', n) ? (size_t)((const char *)memchr(at, ',', n) - at) : n;
        codebook_trim(&code, &length);
        if (length && !codebook_push(&f->missing, &f->n_missing, code, length))
            return no_memory(r);
        /* One code with its label: a number, then words. */
        const char *next = behind;
        size_t next_n = strcspn(next, ",;");
        codebook_trim(&next, &next_n);
        if (!listed && f->n_missing == 1 && next_n && is_code(code, length) && !is_code(next, next_n) &&
            strchr(next, ' ') != NULL)
            break;
        at = behind;
    }
    return DYAD_OK;
}

/* --- types -------------------------------------------------------------------------------- */

static enum codebook_type
type_of_validation(const char *v)
{
    if (strcmp(v, "integer") == 0)
        return CODEBOOK_INTEGER;
    if (strncmp(v, "number", 6) == 0 || strcmp(v, "float") == 0)
        return CODEBOOK_NUMBER;
    return strncmp(v, "date", 4) == 0 ? CODEBOOK_DATE : CODEBOOK_TEXT;
}

static enum dyad_status
read_type(const struct reading *r, struct codebook_field *f)
{
    static const char *const choosing[] = { "radio", "dropdown", "select", "checkbox", NULL };
    static const char *const numbers[] = { "calc", "slider", NULL };
    static const char *const texts[] = { "text", "notes", "textarea", "sql", "file", "signature", "", NULL };
    static const char *const personal[] = { "phone", "email", "zipcode", "ssn", NULL };
    const char *type = cell(r, TYPE), *validation = cell(r, VALIDATION);

    if (strcasecmp(type, "yesno") == 0 || strcasecmp(type, "truefalse") == 0)
        f->type = CODEBOOK_TRUTH;
    else if (is_one_of(type, choosing))
        f->type = CODEBOOK_CATEGORY;
    else if (is_one_of(type, numbers))
        f->type = CODEBOOK_NUMBER;
    else if (is_one_of(type, texts))
        f->type = type_of_validation(validation);
    else
        return refuse(r, TYPE, "holds no type of field: text, notes, radio, dropdown, checkbox, yesno, truefalse, calc, "
                               "slider, file or descriptive");
    f->personal = is_one_of(validation, personal) || strstr(validation, "phone") || strncmp(validation, "mrn", 3) == 0;
    return f->type == CODEBOOK_CATEGORY ? read_choices(r, f) : DYAD_OK;
}

static enum dyad_status
read_range(const struct reading *r, struct codebook_field *f)
{
    if (f->type != CODEBOOK_NUMBER && f->type != CODEBOOK_INTEGER && f->type != CODEBOOK_DATE)
        return DYAD_OK;
    if (*cell(r, LEAST) && !codebook_bound(f, cell(r, LEAST), &f->min))
        return refuse(r, LEAST, "holds no value of the field's type");
    if (*cell(r, MOST) && !codebook_bound(f, cell(r, MOST), &f->max))
        return refuse(r, MOST, "holds no value of the field's type");
    return DYAD_OK;
}

static enum dyad_status
read_words(const struct reading *r, struct codebook_field *f)
{
    bool good = true;

    if (*cell(r, LABEL))
        good = (f->label = codebook_plain(cell(r, LABEL))) != NULL;
    if (good && *cell(r, UNIT))
        good = (f->unit = text_copy(cell(r, UNIT))) != NULL;
    if (good && *cell(r, REFERENCE))
        good = (f->reference = text_copy(cell(r, REFERENCE))) != NULL;
    return good ? DYAD_OK : no_memory(r);
}

static enum dyad_status
read_marks(const struct reading *r, struct codebook_field *f)
{
    enum dyad_status st;
    bool yes, no;

    if ((st = read_yes(r, IDENTIFIER, &yes, &no)) != DYAD_OK)
        return st;
    f->mark = yes ? CODEBOOK_IDENTIFIES : no ? CODEBOOK_DOES_NOT : CODEBOOK_SAYS_NOTHING;
    if ((st = read_yes(r, REQUIRED, &f->required, &no)) == DYAD_OK)
        st = read_yes(r, ORDERED, &f->ordered, &no);
    return st;
}

/* A checkbox is exported as a column of 0 and 1 for each choice: name___code. */
static enum dyad_status
spread_checkbox(const struct reading *r, struct codebook_field *box)
{
    const struct codebook_field whole = *box;
    struct codebook *b = r->b;
    enum dyad_status st = DYAD_OK;

    b->n_fields--; /* its place is taken by the first column */
    for (size_t i = 0; i < whole.n_choices && st == DYAD_OK; i++) {
        struct text name = TEXT_INIT, label = TEXT_INIT;
        text_printf(&name, "%s___", whole.name);
        for (const char *c = whole.choices[i].code; *c; c++)
            text_putc(&name, isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '_');
        text_printf(&label, "%s: %s", whole.label ? whole.label : whole.name, whole.choices[i].label);
        struct codebook_field *f = name.failed ? NULL : codebook_add(b, name.at, r->line);
        if (f) {
            f->type = CODEBOOK_TRUTH;
            f->mark = whole.mark;
            f->label = text_steal(&label);
        }
        if (f == NULL || f->label == NULL)
            st = no_memory(r);
        text_release(&name);
        text_release(&label);
    }
    for (size_t i = 0; i < whole.n_choices; i++) {
        free(whole.choices[i].code);
        free(whole.choices[i].label);
    }
    for (size_t i = 0; i < whole.n_missing; i++)
        free(whole.missing[i]);
    free(whole.choices);
    free(whole.missing);
    free(whole.name);
    free(whole.label);
    free(whole.unit);
    free(whole.reference);
    return st;
}

/* The dictionary's first field names the record where it is a bare text called so. */
static enum dyad_status
take_key(const struct reading *r, const struct codebook_field *f)
{
    const size_t n = strlen(f->name);
    const bool is_id = strcasecmp(f->name, "id") == 0 || (n > 3 && strcasecmp(f->name + n - 3, "_id") == 0);

    if (r->b->n_fields != 1 || f->type != CODEBOOK_TEXT || !is_id)
        return DYAD_OK;
    return codebook_push(&r->b->key, &r->b->n_key, f->name, n) ? DYAD_OK : no_memory(r);
}

static enum dyad_status
read_field(struct reading *r)
{
    enum dyad_status st;
    const char *path;

    reader_place(cohort_reader(r->file), r->record->place, &path, &r->line);
    if (strcasecmp(cell(r, TYPE), "descriptive") == 0)
        return DYAD_OK;
    struct codebook_field *f = codebook_add(r->b, cell(r, NAME), r->line);
    if (f == NULL)
        return no_memory(r);
    if ((st = read_type(r, f)) != DYAD_OK || (st = read_words(r, f)) != DYAD_OK || (st = read_marks(r, f)) != DYAD_OK ||
        (st = read_missing(r, f)) != DYAD_OK || (st = read_range(r, f)) != DYAD_OK || (st = take_key(r, f)) != DYAD_OK)
        return st;
    return strcasecmp(cell(r, TYPE), "checkbox") == 0 ? spread_checkbox(r, f) : DYAD_OK;
}

/* --- the file ----------------------------------------------------------------------------- */

static enum dyad_status
find_headings(struct reading *r)
{
    const struct reader *reader = cohort_reader(r->file);
    enum dyad_status st = DYAD_OK;

    for (size_t h = 0; h < N_HEADINGS && st == DYAD_OK; h++)
        for (size_t i = 0; i < reader_n_columns(reader) && !r->has[h] && st == DYAD_OK; i++) {
            const char *name = reader_name(reader, i);
            if (strcasecmp(name, headings[h][0]) != 0 && strcasecmp(name, headings[h][1]) != 0)
                continue;
            r->has[h] = true;
            st = cohort_factor(r->file, name, LEVELS_UNLIMITED, &r->factors[h], r->err);
        }
    if (st == DYAD_OK && (!r->has[NAME] || !r->has[TYPE]))
        st = dyad_fail(r->err, DYAD_DATA,
                       "%s:1: no codebook: it needs REDCap's headings, '%s' and '%s' among them, or to be a Table Schema",
                       r->b->path, headings[NAME][0], headings[TYPE][0]);
    return st;
}

enum dyad_status
codebook_read_csv(struct codebook *b, bool hash, struct dyad_error *err)
{
    const char *path = b->path;
    const struct cohort_options options = { .paths = &path, .n_paths = 1, .n_threads = 1, .hash = hash };
    struct reading r = { .b = b, .err = err };
    void *records = NULL;
    size_t n = 0;
    enum dyad_status st = cohort_open(&options, &r.file, err);

    if (st == DYAD_OK && (st = find_headings(&r)) == DYAD_OK) {
        const size_t n_factors = cohort_n_factors(r.file);
        st = cohort_run(r.file, &records_accumulator, &n_factors, &records, err);
    }
    if (st == DYAD_OK) {
        const struct record *list = records_list(records, &n);
        for (size_t i = 0; i < n && st == DYAD_OK; i++) {
            r.record = &list[i];
            st = read_field(&r);
        }
        b->bytes = source_bytes(reader_source(cohort_reader(r.file), 0));
        reader_sha256(cohort_reader(r.file), 0, b->sha256);
    }
    records_free(records);
    cohort_close(r.file);
    return st;
}
