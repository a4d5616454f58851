#include "check.h"

#include "dyad/core/text.h"
#include "dyad/data/sequences.h"

#include "suppression.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* With --suppress patterns are shown where so many at most have to be kept from each other. */
enum { LEVELS_SHOWN = 20, PATTERNS_SHOWN = 20, PATTERNS_PROTECTED = 200 };

/* To three digits, so that a limit is no single person's value. */
static double
rounded(double value)
{
    if (!(fabs(value) > 0) || !isfinite(value))
        return value;
    const double scale = pow(10, 2 - floor(log10(fabs(value))));
    return scale >= 1 ? round(value * scale) / scale : round(value / (1 / scale)) * (1 / scale);
}

static bool
is_numeric(const struct profile_column *p)
{
    return strcmp(p->type, "number") == 0 || strcmp(p->type, "integer") == 0;
}

static int64_t
threshold(const struct checking *c)
{
    return suppression_threshold(c->o->suppression);
}

static void
columns_table(struct checking *c)
{
    struct table *t = result_table(c->r, "columns");
    bool estimated = false;

    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "type", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "missing", COLUMN_COUNT);
    table_column(t, "distinct", COLUMN_COUNT);
    table_column(t, "min", COLUMN_NUMBER);
    table_column(t, "max", COLUMN_NUMBER);
    if (!threshold(c)) {
        table_show_column(t, table_find_column(t, "min"), "Min (3 digits)");
        table_show_column(t, table_find_column(t, "max"), "Max (3 digits)");
    }
    for (size_t i = 0; i < c->profile.n_columns; i++) {
        const struct profile_column *p = &c->profile.columns[i];
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "column", p->name);
        table_set_text(t, "type", p->type);
        table_set_count(t, "n", p->n);
        table_set_count(t, "missing", p->missing);
        table_set_count(t, "distinct", (int64_t)p->distinct);
        table_set_number(t, "min", is_numeric(p) && !threshold(c) ? rounded(p->least) : NAN);
        table_set_number(t, "max", is_numeric(p) && !threshold(c) ? rounded(p->most) : NAN);
        estimated = estimated || !p->exact;
    }
    if (estimated)
        result_note(c->r, "More than a million different values of a column are counted to within 1%% (HyperLogLog).");
}

static void
level_row(struct table *t, const struct profile_column *p, const char *level, const char *label, int64_t n)
{
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "column", p->name);
    table_set_text(t, "level", level);
    table_set_count(t, "n", n);
    if (label && strcmp(label, level) != 0 && !*t->failed)
        table_show(t, t->n_rows - 1, 1, label);
}

/* With --suppress, values that few records have are told together, but for those that a codebook names. */
static void
add_levels(const struct checking *c, struct table *t, const struct profile_column *p)
{
    int64_t n_rare = 0;

    for (size_t k = 0; k < p->n_levels; k++) {
        const char *label = codebook_label(p->field, p->levels[k].text);
        if (p->levels[k].n < threshold(c) && label == NULL)
            n_rare += p->levels[k].n;
        else
            level_row(t, p, p->levels[k].text, label, p->levels[k].n);
    }
    if (n_rare)
        level_row(t, p, "(rare values)", NULL, n_rare);
}

/* People's names or numbers are no levels to be listed. */
static void
levels_table(struct checking *c)
{
    struct table *t = result_table(c->r, "levels");
    struct text hidden = TEXT_INIT;

    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "level", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    for (size_t i = 0; i < c->profile.n_columns; i++) {
        const struct profile_column *p = &c->profile.columns[i];
        const bool direct = identifier_is_direct(check_identifier(c, i, NULL));
        if (direct && p->n_levels)
            text_printf(&hidden, "%s%s", hidden.length ? ", " : "", p->name);
        if (!direct && p->n_levels <= LEVELS_SHOWN)
            add_levels(c, t, p);
    }
    if (hidden.length)
        result_note(c->r, "The values of identifiers are not listed: %s.", hidden.at);
    c->r->failed = c->r->failed || hidden.failed;
    text_release(&hidden);
}

/* A year to three digits is another year.  But as it is it is somebody's value, and --suppress may hide whose. */
static double
quantile_shown(const struct checking *c, const struct profile_column *p, double value)
{
    const bool exact = strcmp(p->type, "integer") == 0 && fabs(value) < PROFILE_WHOLE;

    return exact && !threshold(c) ? value : rounded(value);
}

static void
quantiles_table(struct checking *c)
{
    static const char *const names[PROFILE_QUANTILES] = { "p5", "p25", "median", "p75", "p95" };
    static const double beyond[PROFILE_QUANTILES] = { 0.05, 0.25, 0.5, 0.25, 0.05 };
    struct table *t = result_table(c->r, "quantiles");

    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    for (size_t k = 0; k < PROFILE_QUANTILES; k++)
        table_column(t, names[k], COLUMN_NUMBER);
    for (size_t i = 0; i < c->profile.n_columns; i++) {
        const struct profile_column *p = &c->profile.columns[i];
        if (!is_numeric(p))
            continue;
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "column", p->name);
        table_set_count(t, "n", p->n_numbers);
        for (size_t k = 0; k < PROFILE_QUANTILES; k++)
            table_set_number(t, names[k], beyond[k] * (double)p->n_numbers < (double)threshold(c)
                                              ? NAN
                                              : quantile_shown(c, p, p->quantiles[k]));
    }
}

static void
patterns_table(struct checking *c)
{
    struct table *t = result_table(c->r, "missing");
    const struct profile *p = &c->profile;
    const bool unprotected = threshold(c) && (p->too_many_patterns || p->n_patterns > PATTERNS_PROTECTED);

    table_column(t, "missing", COLUMN_LABEL);
    table_column(t, "columns", COLUMN_COUNT);
    table_column(t, "n", COLUMN_COUNT);
    for (size_t i = 0; !p->too_many_patterns && !unprotected && i < p->n_patterns && i < PATTERNS_SHOWN; i++) {
        struct text names = TEXT_INIT;
        int64_t n = 0;
        for (size_t k = 0; k < p->n_columns; k++)
            if (p->patterns[i].columns[k / 64] >> (k % 64) & 1) {
                text_printf(&names, "%s%s", n ? ", " : "", p->columns[k].name);
                n++;
            }
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "missing", n ? names.failed ? "" : names.at : "nothing");
        table_set_count(t, "columns", n);
        table_set_count(t, "n", p->patterns[i].n);
        c->r->failed = c->r->failed || names.failed;
        text_release(&names);
    }
    if (unprotected)
        result_note(c->r, "What is missing together makes more than %d patterns: with --suppress they are not listed.",
                    PATTERNS_PROTECTED);
    else if (p->too_many_patterns)
        result_note(c->r, "What is missing together makes more than 4096 patterns: they are not listed.");
    else if (p->n_patterns > PATTERNS_SHOWN)
        result_note(c->r, "Of %zu patterns of what is missing together the %d most frequent are listed.", p->n_patterns,
                    PATTERNS_SHOWN);
}

/* --- problems ----------------------------------------------------------------------------- */

static const char *
name_of(const struct checking *c, size_t column)
{
    return column < c->profile.n_columns ? c->profile.columns[column].name : "";
}

static void
put_message(const struct checking *c, const struct problem_at *p, struct text *out)
{
    static const enum codebook_fault faults[N_PROBLEMS] = { [PROBLEM_TYPE] = FAULT_TYPE, [PROBLEM_CHOICES] = FAULT_CHOICE,
                                                            [PROBLEM_RANGE] = FAULT_RANGE };
    const struct codebook_field *f = p->column < c->profile.n_columns ? c->profile.columns[p->column].field : NULL;
    const uint64_t n = p->detail;

    switch (p->rule) {
    case PROBLEM_FIELDS:
        text_printf(out, "%" PRIu64 " field%s where the header has %zu; the record is left out", n, n == 1 ? "" : "s",
                    c->profile.n_columns);
        break;
    case PROBLEM_HEADER: text_puts(out, "the header again: files were joined; delete the line"); break;
    case PROBLEM_TYPE:
    case PROBLEM_CHOICES:
    case PROBLEM_RANGE: text_puts(out, codebook_fault_words(f, faults[p->rule])); break;
    case PROBLEM_REQUIRED: text_puts(out, "is missing, where the codebook requires a value"); break;
    case PROBLEM_UNIQUE: text_puts(out, "holds values more than once that the codebook has as unique"); break;
    case PROBLEM_NUMBER: text_puts(out, "holds no number in a column of numbers: correct it, or declare what means missing"); break;
    case PROBLEM_CODE:
        text_printf(out, "holds a number that stands apart from all others (in %" PRIu64 " record%s): if it is a code for "
                         "missing, declare it", n, n == 1 ? "" : "s");
        break;
    case PROBLEM_SPELLING:
        text_printf(out, "holds a value that differs from another one in case or blanks only (in %" PRIu64 " record%s)", n,
                    n == 1 ? "" : "s");
        break;
    case PROBLEM_DUPLICATE: text_puts(out, "the same as an earlier record in every column"); break;
    case PROBLEM_KEY: text_puts(out, "the key of an earlier record"); break;
    case PROBLEM_SEQUENCE:
        text_printf(out, "%s %s", sequences_words(c->profile.sequences[n].kind),
                    name_of(c, c->profile.sequences[n].second));
        break;
    case PROBLEM_EMPTY: text_puts(out, "has no value in any record"); break;
    case PROBLEM_UNKNOWN: text_puts(out, "is not in the codebook"); break;
    case PROBLEM_ABSENT:
        text_printf(out, "the codebook requires a column '%s', which the file does not have", c->codebook->fields[n].name);
        break;
    case N_PROBLEMS: break;
    }
}

static void
add_problem(struct checking *c, struct table *t, const struct problem_at *p, struct text *message)
{
    const bool several = reader_n_files(c->reader) > 1;
    const char *path;
    uint64_t line = 1;

    text_clear(message);
    put_message(c, p, message);
    if (!p->in_header)
        reader_place(c->reader, p->place, &path, &line);
    if (several && !p->in_header)
        text_printf(message, " (%s)", path);
    table_row(t, SCALE_NUMBER);
    table_set_count(t, "line", (int64_t)line);
    table_set_text(t, "column", name_of(c, p->column));
    table_set_text(t, "rule", problem_name(p->rule));
    table_set_text(t, "message", message->failed ? "" : message->at);
}

int64_t
check_n_problems(const struct checking *c)
{
    int64_t n = 0;

    for (size_t i = 0; i < N_PROBLEMS; i++)
        n += c->profile.counts[i];
    return n;
}

/* Is it a rule about columns, not about records? */
static bool
is_of_columns(size_t rule)
{
    return rule == PROBLEM_UNIQUE || rule == PROBLEM_EMPTY || rule == PROBLEM_UNKNOWN || rule == PROBLEM_ABSENT;
}

/* With --suppress no line of a record is told, nor how often a rule is broken: both follow people. */
static void
note_unlisted(struct checking *c)
{
    if (threshold(c))
        result_note(c->r, "With --suppress, problems are listed and counted that are about columns; of those that are about "
                          "records the rule alone is named. min and max, values that few records have, and quantiles with "
                          "fewer than %" PRId64 " records beyond them are not shown.", threshold(c));
    else if (check_n_problems(c) > (int64_t)c->profile.n_problems)
        result_note(c->r, "Of %" PRId64 " problems the first %zu are listed.", check_n_problems(c), c->profile.n_problems);
}

static void
problems_tables(struct checking *c)
{
    struct table *t = result_table(c->r, "problems"), *rules = result_table(c->r, "rules");
    struct text message = TEXT_INIT;

    table_column(t, "line", COLUMN_NUMBER);
    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "rule", COLUMN_LABEL);
    table_column(t, "message", COLUMN_LABEL);
    for (size_t i = 0; i < c->profile.n_problems; i++)
        if (!threshold(c) || is_of_columns(c->profile.problems[i].rule))
            add_problem(c, t, &c->profile.problems[i], &message);
    table_column(rules, "rule", COLUMN_LABEL);
    table_column(rules, "n", COLUMN_COUNT);
    for (size_t i = 0; i < N_PROBLEMS; i++) {
        if (c->profile.counts[i] == 0)
            continue;
        table_row(rules, SCALE_NUMBER);
        table_set_text(rules, "rule", problem_name((enum problem_rule)i));
        if (!threshold(c) || is_of_columns(i))
            table_set_count(rules, "n", c->profile.counts[i]);
    }
    note_unlisted(c);
    c->r->failed = c->r->failed || message.failed;
    text_release(&message);
}

/* Do the columns hold what their names say, states or durations? */
static bool
can_break(const struct profile *p, const struct sequence *s)
{
    const struct profile_column *first = &p->columns[s->first], *second = &p->columns[s->second];

    return (s->first_is_number ? is_numeric(first) : strcmp(first->type, "boolean") == 0) &&
           (s->second_is_number ? is_numeric(second) : strcmp(second->type, "boolean") == 0);
}

static void
note_records(struct checking *c)
{
    const struct profile *p = &c->profile;

    if (p->n_same && p->same_by_chance && threshold(c))
        result_note(c->r, "Some records may be the same as an earlier one in every column; how many is suppressed. --key names "
                          "what tells records apart.");
    else if (p->n_same && p->same_by_chance)
        result_note(c->r, "%" PRId64 " record%s the same as an earlier one in every column: so few different values, or so "
                          "many repeats, that it need be no mistake. --key names what tells records apart.", p->n_same,
                    p->n_same == 1 ? " is" : "s are");
    if (p->n_key) {
        struct text names = TEXT_INIT;
        for (size_t i = 0; i < p->n_key; i++)
            text_printf(&names, "%s%s", i ? ", " : "", p->columns[p->key[i]].name);
        result_note(c->r, "Records are told apart by %s.", names.failed ? "" : names.at);
        c->r->failed = c->r->failed || names.failed;
        text_release(&names);
    }
    for (size_t i = 0; i < p->n_sequences; i++)
        if (can_break(p, &p->sequences[i]))
            result_note(c->r, "Looked for: %s %s %s.", p->columns[p->sequences[i].first].name,
                        sequences_words(p->sequences[i].kind), p->columns[p->sequences[i].second].name);
}

void
check_report(struct checking *c)
{
    columns_table(c);
    levels_table(c);
    quantiles_table(c);
    patterns_table(c);
    problems_tables(c);
    check_identifiers(c);
    note_records(c);
    result_note(c->r, "%s; direct identifiers are those of the HIPAA Privacy Rule's safe harbor, 45 CFR 164.514(b)(2).",
                threshold(c) ? "Quantiles are rounded to three digits"
                             : "min and max are rounded to three digits, as quantiles are but for whole numbers below 2048");
}
