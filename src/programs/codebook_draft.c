/* dyad codebook: a draft of a codebook from what a file holds, for a person to finish. */
#include "dyad/core/text.h"
#include "dyad/data/profile.h"
#include "dyad/output/numeral.h"

#include "analysis.h"
#include "check.h"
#include "suppression.h"
#include "commands.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct option_spec known[] = {
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* REDCap's eighteen, in its order, and ours behind them. */
static const char *const headings[] = {
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation",
    "Missing Codes", "Levels Ordered", "Reference", "Unit",
};

/* "maternal_age" is "Maternal age". */
static void
put_label(const char *name, struct text *out)
{
    text_clear(out);
    for (const char *c = name; *c; c++)
        text_putc(out, c == name ? (char)toupper((unsigned char)*c) : *c == '_' ? ' ' : *c);
}

/* The file's name without folder and ending, in REDCap's letters. */
static void
put_form(const char *path, struct text *out)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

    text_clear(out);
    text_puts(out, "");
    for (; *name && *name != '.'; name++)
        text_putc(out, isalnum((unsigned char)*name) ? (char)tolower((unsigned char)*name) : '_');
    if (out->length == 0)
        text_puts(out, "cohort");
}

/* Can it stand in "CODE, LABEL | CODE, LABEL"? */
static bool
is_plain_code(const char *code)
{
    const size_t n = strlen(code);
    return n > 0 && strpbrk(code, ",|\r\n") == NULL && !isspace((unsigned char)code[0]) && !isspace((unsigned char)code[n - 1]);
}

static bool
is_listed(const struct profile_column *p)
{
    bool good = strcmp(p->type, "category") == 0 && 2 * p->distinct <= (uint64_t)p->n; /* else they tell records apart */

    for (size_t k = 0; k < p->n_levels && good; k++)
        good = is_plain_code(p->levels[k].text);
    return good;
}

/* Those that at least so many records have. */
static void
put_choices(const struct profile_column *p, int64_t threshold, struct text *out)
{
    text_clear(out);
    for (size_t k = 0; k < p->n_levels; k++)
        if (p->levels[k].n >= threshold)
            text_printf(out, "%s%s, %s", out->length ? " | " : "", p->levels[k].text, p->levels[k].text);
}

/* A limit that no value is beyond, to three digits, so that it is no single person's; a year to three would be another one. */
static void
put_limit(double value, bool upper, bool year, struct text *out)
{
    char number[NUMERAL_ROOM];

    text_clear(out);
    if (isnan(value))
        return;
    const double power = fabs(value) > 0 && !year ? floor(log10(fabs(value))) - 2 : 0, unit = pow(10, fabs(power));
    const double scaled = power >= 0 ? value / unit : value * unit, whole = upper ? ceil(scaled) : floor(scaled);
    numeral_exact(power >= 0 ? whole * unit : whole / unit, number);
    text_puts(out, number);
}

/* Does it say when, not how long?  A column called month, or one of years after 1000. */
static bool
is_calendar(const struct profile_column *p)
{
    static const char *const names[] = { "year", "month", "week", "day" };
    bool is = (p->n_codes ? p->least_other : p->least) >= 1000 && identifier_has_word(p->name, "year years");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        is = is || strcasecmp(p->name, names[i]) == 0;
    return is;
}

static const char *
unit_of(const char *name)
{
    static const struct {
        const char *words, *unit;
    } units[] = { { "weeks wk wks week", "weeks" }, { "days day", "days" }, { "months month mo", "months" },
                  { "years year yrs", "years" }, { "kg", "kg" }, { "g grams", "g" }, { "hours hrs", "hours" },
                  { "minutes min", "minutes" }, { "cm", "cm" } };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (identifier_has_word(name, units[i].words))
            return units[i].unit;
    return "";
}

static void
put_numbers(struct table *t, const struct profile_column *p, struct text *work)
{
    const bool year = is_calendar(p) && strcmp(p->type, "integer") == 0;
    char number[NUMERAL_ROOM];

    table_set_text(t, "Text Validation Type OR Show Slider Number", p->type);
    put_limit(p->n_codes ? p->least_other : p->least, false, year, work);
    if (work->length)
        table_set_text(t, "Text Validation Min", work->at);
    put_limit(p->n_codes ? p->most_other : p->most, true, year, work);
    if (work->length)
        table_set_text(t, "Text Validation Max", work->at);
    text_clear(work);
    for (size_t k = 0; k < p->n_codes; k++) {
        numeral_exact(p->codes[k], number);
        text_printf(work, "%s%s", k ? " | " : "", number);
    }
    if (work->length)
        table_set_text(t, "Missing Codes", work->at);
    if (*unit_of(p->name) && !is_calendar(p))
        table_set_text(t, "Unit", unit_of(p->name));
}

static void
add_field(const struct checking *c, struct table *t, size_t column, const char *form, struct text *work)
{
    const struct profile_column *p = &c->profile.columns[column];
    const bool direct = identifier_is_direct(check_identifier(c, column, NULL));
    const bool number = strcmp(p->type, "number") == 0 || strcmp(p->type, "integer") == 0;
    const int64_t threshold = suppression_threshold(c->o->suppression);

    text_clear(work);
    if (is_listed(p) && !direct)
        put_choices(p, threshold, work);
    const bool listed = work->length > 0;
    table_row(t, SCALE_NUMBER);
    table_set_text(t, headings[0], p->name);
    table_set_text(t, "Form Name", form);
    table_set_text(t, "Field Type", strcmp(p->type, "boolean") == 0 ? "yesno" : listed ? "radio" : "text");
    if (listed)
        table_set_text(t, headings[5], work->at);
    put_label(p->name, work);
    table_set_text(t, "Field Label", work->failed ? "" : work->at);
    if (number && !direct && threshold)
        table_set_text(t, headings[7], p->type); /* its range, and codes beyond it, are single people's */
    else if (number && !direct)
        put_numbers(t, p, work);
    if (strcmp(p->type, "date") == 0)
        table_set_text(t, headings[7], "date_ymd");
    if (direct)
        table_set_text(t, "Identifier?", "y");
    if (p->missing == 0 && p->n_codes == 0)
        table_set_text(t, "Required Field?", "y");
}

static void
draft(struct checking *c)
{
    struct table *t = result_table(c->r, "codebook");
    struct text form = TEXT_INIT, work = TEXT_INIT;

    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        table_column(t, headings[i], COLUMN_LABEL);
    put_form(source_path(reader_source(c->reader, 0)), &form);
    for (size_t i = 0; i < c->profile.n_columns; i++)
        add_field(c, t, i, form.failed ? "" : form.at, &work);
    c->r->failed = c->r->failed || form.failed || work.failed;
    text_release(&form);
    text_release(&work);
    result_note(c->r, "A draft: labels are the names and codes of the file, ranges what it holds, to three digits outwards, "
                      "calendar years as they are. To be finished by hand: labels, which order of choices ascends (Levels "
                      "Ordered), references, units, and whether the missing codes found are such.");
    if (c->o->suppression)
        result_note(c->r, "Suppressed (--suppress %s): choices that fewer records have, ranges of numbers, and codes for missing "
                          "among them.", option_text(c->o, "suppress"));
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct checking c = { .o = o, .r = &out->result };
    const struct reader_options how = { o->cohort.delimiter, o->cohort.hash };
    enum dyad_status st;

    if (o->n_files == 0)
        return dyad_fail(err, DYAD_USAGE, "no file: name the cohort's CSV, or - for standard input");
    if ((st = reader_open(o->cohort.paths, o->cohort.n_paths, &how, &c.reader, err)) == DYAD_OK)
        st = profile_read(&(struct profile_options){ c.reader, &o->cohort, NULL, NULL, 0 }, &c.profile, err);
    if (st == DYAD_OK && c.profile.counts[PROBLEM_FIELDS])
        st = dyad_fail(err, DYAD_DATA, "some records have more or fewer fields than the header: see dyad check");
    else if (st == DYAD_OK && c.profile.n_records == 0)
        st = dyad_fail(err, DYAD_DATA, "%s: no records behind the header", source_path(reader_source(c.reader, 0)));
    if (st == DYAD_OK) {
        draft(&c);
        analysis_files(c.reader, NULL, c.r);
        suppression_done(o->suppression, c.r);
    }
    profile_release(&c.profile);
    reader_close(c.reader);
    return st;
}

const struct command codebook_command = {
    .name = "codebook",
    .usage = "dyad codebook [OPTIONS] COHORT...",
    .summary = "drafts a codebook from a file, to be finished by hand",
    .about = "Reads a file once and drafts its codebook: a CSV with the headings of REDCap's data dictionary and Missing Codes, "
             "Levels Ordered, Reference and Unit behind them. Columns of 0/1 or no/yes become yesno, words with at most 20 "
             "values radio with the values as codes and labels, numbers text with their range (to three digits, outwards; calendar years as they are), "
             "and what looks like a code for missing stands under Missing Codes. Direct identifiers are marked; their values "
             "are not repeated. With --suppress N choices that fewer than N records have are left out, and ranges.\n"
             "\n"
             "What is read with --codebook: such a CSV (Field Type text, notes, radio, dropdown, checkbox as columns "
             "NAME___CODE, yesno, truefalse, calc, slider; choices CODE, LABEL | CODE, LABEL; validation integer, number and "
             "date with its limits; Identifier? y or n), or a Frictionless Table Schema in JSON, alone or in a package of one "
             "resource (name, title, type, constraints required, unique, minimum, maximum and enum, categories, "
             "categoriesOrdered, missingValues, primaryKey; also unit, reference and identifier). Patterns and formats are not "
             "checked. A column that --define or a plan makes may have a row, too, for its label.\n"
             "\n"
             "Table: codebook, one row a column of the file.",
    .examples = "    dyad codebook cohort.csv --output codebook.csv\n"
                "        a draft beside the file\n"
                "    dyad rates cohort.csv --outcome initiated --by support --codebook codebook.csv\n"
                "        with the labels that were put into it\n",
    .shared = SHARED_FILES | SHARED_OUTPUT | SHARED_SUPPRESS,
    .refused = (const struct refused_option[]){ { "codebook", "it drafts one; dyad check holds a file against it" },
                                                 { "audit", "a codebook shows no counts, of which there would be ranges" },
                                                 { NULL, NULL } },
    .options = known,
    .run = run,
};
