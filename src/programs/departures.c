#include "conventions.h"

#include "dyad/data/number.h"

#include <stdlib.h>
#include <string.h>

/* --- changing words ----------------------------------------------------------------------- */

static const struct option_spec *
spec_of(const struct command *command, const char *name, size_t length)
{
    const struct option_spec *spec;

    for (size_t i = 0; options_each(i, command, &spec); i++)
        if (strncmp(spec->name, name, length) == 0 && spec->name[length] == '\0')
            return spec;
    return NULL;
}

/* Take an option out wherever it is given; was it? */
static bool
unset(struct words *w, const struct command *command, const char *option)
{
    bool any = false;
    size_t kept = 1, step;

    for (size_t i = 1; i < w->n; i += step) {
        const char *word = w->at[i];
        if (strcmp(word, "--") == 0) {
            step = w->n - i;
        } else {
            const size_t length = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
            const struct option_spec *spec = length ? spec_of(command, word + 2, length) : NULL;
            step = spec && spec->kind != OPTION_FLAG && word[2 + length] == '\0' && i + 1 < w->n ? 2 : 1;
            if (spec && strcmp(spec->name, option) == 0) {
                for (size_t k = 0; k < step; k++)
                    free(w->at[i + k]);
                any = true;
                continue;
            }
        }
        memmove(&w->at[kept], &w->at[i], step * sizeof *w->at);
        kept += step;
    }
    w->n = kept;
    return any;
}

/* Words that a shell takes as one. */
static void
put_quoted(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/=+";

    if (*word && word[strspn(word, plain)] == '\0') {
        text_puts(t, word);
        return;
    }
    text_putc(t, '\'');
    for (; *word; word++)
        if (*word == '\'')
            text_puts(t, "'\\''");
        else
            text_putc(t, *word);
    text_putc(t, '\'');
}

/* What to type: "... --option value". */
static void
tell(struct text *typed, const char *option, const char *value)
{
    if (typed == NULL)
        return;
    text_printf(typed, "%s --%s ", typed->length ? "" : "...", option);
    put_quoted(typed, value);
}

/* Add --option=value right behind the command, where no "--" stands before it. */
static enum dyad_status
add(struct words *w, const char *option, const char *value, struct text *typed)
{
    struct text word = TEXT_INIT;

    text_printf(&word, "--%s=%s", option, value);
    char *own = text_steal(&word), **grown = own ? realloc(w->at, (w->n + 1) * sizeof *grown) : NULL;
    if (grown == NULL) {
        free(own);
        return DYAD_NOMEM;
    }
    w->at = grown;
    memmove(grown + 2, grown + 1, (w->n - 1) * sizeof *grown);
    grown[1] = own;
    w->n++;
    tell(typed, option, value);
    return DYAD_OK;
}

/* --- events counted otherwise ------------------------------------------------------------- */

/* "A,B,C,D" or "A/N1,C/N0" with the events and the others changed over. */
static enum dyad_status
turn_cells(const char *typed, struct text *out)
{
    const char *equals = strrchr(typed, '='), *s = equals ? equals + 1 : typed;
    double v[4];

    text_put(out, typed, (size_t)(s - typed));
    for (size_t i = 0; i < 4; i++) {
        const size_t length = strcspn(s, ",/");
        if (number_parse(s, length, '.', &v[i]) != NUMBER_GOOD || (i < 3) != (s[length] != '\0'))
            return DYAD_DOMAIN;
        s += length + (i < 3);
    }
    const bool totals = strchr(equals ? equals : typed, '/') != NULL;
    text_printf(out, "%.0f,%.0f,%.0f,%.0f", totals ? v[1] - v[0] : v[1], v[0], totals ? v[3] - v[2] : v[3], v[2]);
    return out->failed ? DYAD_NOMEM : DYAD_OK;
}

static enum dyad_status
count_other_cells(const struct departures *d, struct words *w, struct text *typed)
{
    size_t n;
    const char *const *cells = option_list(d->options, "cells", &n);
    struct text turned = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    unset(w, d->options->command, "cells");
    /* add() puts each before the last. */
    for (size_t i = n; i-- > 0 && st == DYAD_OK;) {
        text_clear(&turned);
        if ((st = turn_cells(cells[i], &turned)) == DYAD_OK)
            st = add(w, "cells", turned.at, NULL);
    }
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        text_clear(&turned);
        if ((st = turn_cells(cells[i], &turned)) == DYAD_OK)
            tell(typed, "cells", turned.at);
    }
    text_release(&turned);
    return st;
}

static bool
is_derived(const struct options *o, const char *column)
{
    for (size_t i = 0; i < o->n_derived; i++)
        if (strcmp(o->derived[i].name, column) == 0)
            return true;
    return false;
}

/* COL is a yes in any case: "yes", "yeS", "yEs" ... */
static void
put_truths(const char *column, struct text *out)
{
    static const char *const truths[] = { "yes", "y", "true" };

    text_printf(out, "[%s] in (\"1\"", column);
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
        const size_t n = strlen(truths[i]);
        for (size_t capitals = 0; capitals < (size_t)1 << n; capitals++) {
            text_puts(out, ", \"");
            for (size_t k = 0; k < n; k++)
                text_putc(out, (char)(truths[i][k] - (capitals >> k & 1 ? 'a' - 'A' : 0)));
            text_putc(out, '"');
        }
    }
    text_putc(out, ')');
}

/* An expression that is true of the events of COL, COL=VALUE or a defined column. */
static enum dyad_status
put_event(const struct departures *d, const char *column, const char *value, struct text *out)
{
    if (value && strchr(value, '"'))
        return DYAD_DOMAIN;
    if (value)
        text_printf(out, "[%s] == \"%s\"", column, value);
    else if (is_derived(d->options, column))
        text_printf(out, "[%s] != 0", column);
    else
        put_truths(column, out);
    return DYAD_OK;
}

static enum dyad_status
put_count(const struct departures *d, bool other, bool missing, struct text *definition, struct text *outcome)
{
    const char *slash = strchr(d->outcome, '/'), *equals = slash ? NULL : strchr(d->outcome, '=');
    const size_t length = strcspn(d->outcome, "/=");
    char *column = strndup(d->outcome, length);
    enum dyad_status st = column == NULL ? DYAD_NOMEM : strchr(d->outcome, ']') ? DYAD_DOMAIN : DYAD_OK;

    text_puts(definition, "counted=");
    if (st != DYAD_OK) {
        free(column);
        return st;
    }
    if (slash) {
        text_printf(definition, "[%s] - [%s]", slash + 1, column);
    } else {
        if (missing)
            text_printf(definition, "if([%s] is missing, %d, ", column, other);
        text_puts(definition, other ? "not (" : "(");
        st = put_event(d, column, equals ? equals + 1 : NULL, definition);
        text_puts(definition, missing ? "))" : ")");
    }
    text_printf(outcome, "counted%s", slash ? slash : "");
    free(column);
    return st == DYAD_OK && (definition->failed || outcome->failed) ? DYAD_NOMEM : st;
}

/* Definitions of ours behind the row's own, on which they may rest; all are told, for they stand together. */
static enum dyad_status
define(const struct departures *d, const struct text *ours, size_t n_ours, struct words *w, struct text *typed)
{
    size_t n;
    const char *const *own = option_list(d->options, "define", &n);
    enum dyad_status st = DYAD_OK;

    unset(w, d->options->command, "define");
    for (size_t i = n_ours; i-- > 0 && st == DYAD_OK;)
        st = ours[i].failed ? DYAD_NOMEM : add(w, "define", ours[i].at, NULL);
    for (size_t i = n; i-- > 0 && st == DYAD_OK;)
        st = add(w, "define", own[i], NULL);
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        tell(typed, "define", own[i]);
    for (size_t i = 0; i < n_ours && st == DYAD_OK; i++)
        tell(typed, "define", ours[i].at);
    return st;
}

static enum dyad_status
count_records(const struct departures *d, bool other, bool missing, struct words *w, struct text *typed)
{
    struct text definition = TEXT_INIT, outcome = TEXT_INIT;
    enum dyad_status st = put_count(d, other, missing, &definition, &outcome);

    unset(w, d->options->command, "outcome");
    if (st == DYAD_OK)
        st = add(w, "outcome", outcome.at, typed);
    if (st == DYAD_OK)
        st = define(d, &definition, 1, w, typed);
    text_release(&definition);
    text_release(&outcome);
    return st;
}

/* The column that plays a role: of --columns ROLE=COL, or of the role's own name. */
static const char *
column_of(const struct options *o, const char *role)
{
    size_t n;
    const char *const *columns = option_list(o, "columns", &n);
    const size_t length = strlen(role);

    for (size_t i = 0; i < n; i++)
        if (strncmp(columns[i], role, length) == 0 && columns[i][length] == '=')
            return columns[i] + length + 1;
    return role;
}

/* A field of one CSV record. */
static void
put_field(struct text *t, const char *field)
{
    if (t->length)
        text_putc(t, ',');
    if (strpbrk(field, ",\"") == NULL) {
        text_puts(t, field);
        return;
    }
    text_putc(t, '"');
    for (const char *c = field; *c; c++)
        text_printf(t, *c == '"' ? "\"%c" : "%c", *c);
    text_putc(t, '"');
}

static bool
names_events(const char *column)
{
    return strncmp(column, "treated_events=", 15) == 0 || strncmp(column, "control_events=", 15) == 0;
}

/* The whole of --columns, with other events. */
static enum dyad_status
set_columns(const struct options *o, struct words *w, struct text *typed)
{
    size_t n;
    const char *const *columns = option_list(o, "columns", &n);
    struct text list = TEXT_INIT;
    enum dyad_status st;

    put_field(&list, "treated_events=treated_others");
    put_field(&list, "control_events=control_others");
    for (size_t i = 0; i < n; i++)
        if (!names_events(columns[i]))
            put_field(&list, columns[i]);
    unset(w, o->command, "columns");
    st = list.failed ? DYAD_NOMEM : add(w, "columns", list.at, typed);
    text_release(&list);
    return st;
}

static enum dyad_status
count_other_studies(const struct departures *d, struct words *w, struct text *typed)
{
    static const char *const arms[] = { "treated", "control" };
    struct text definitions[2] = { TEXT_INIT, TEXT_INIT };
    enum dyad_status st = set_columns(d->options, w, typed);

    for (size_t i = 0; i < 2 && st == DYAD_OK; i++) {
        struct text events = TEXT_INIT, total = TEXT_INIT;
        text_printf(&events, "%s_events", arms[i]);
        text_printf(&total, "%s_total", arms[i]);
        if (events.failed || total.failed)
            st = DYAD_NOMEM;
        else
            text_printf(&definitions[i], "%s_others=[%s] - [%s]", arms[i], column_of(d->options, total.at),
                        column_of(d->options, events.at));
        text_release(&events);
        text_release(&total);
    }
    if (st == DYAD_OK)
        st = define(d, definitions, 2, w, typed);
    text_release(&definitions[0]);
    text_release(&definitions[1]);
    return st;
}

static enum dyad_status
count_otherwise(const struct departures *d, bool other, bool missing, struct words *w, struct text *typed)
{
    if (d->outcome)
        return count_records(d, other, missing, w, typed);
    return option_given(d->options, "cells") ? count_other_cells(d, w, typed) : count_other_studies(d, w, typed);
}

/* --- making departures -------------------------------------------------------------------- */

/* The next name of a list "A,B"; false behind the last. */
static bool
next_name(const char **list, const char **name, size_t *length)
{
    if (*list == NULL || **list == '\0')
        return false;
    *name = *list;
    *length = strcspn(*list, ",");
    *list += *length + ((*list)[*length] == ',');
    return true;
}

static void
drop_condition(struct quantity *q, const char *column, size_t length)
{
    size_t kept = 0;

    for (size_t i = 0; i < q->n; i++)
        if (strncmp(q->conditions[i], column, length) == 0 && q->conditions[i][length] == '=')
            free(q->conditions[i]);
        else
            q->conditions[kept++] = q->conditions[i];
    q->n = kept;
}

static enum dyad_status
set_condition(struct quantity *q, const char *column, const char *value, struct text *typed)
{
    for (size_t i = 0; i < q->n; i++) {
        const size_t length = strlen(column);
        struct text condition = TEXT_INIT;
        if (strncmp(q->conditions[i], column, length) != 0 || q->conditions[i][length] != '=')
            continue;
        text_printf(&condition, "%s=%s", column, value);
        char *own = text_steal(&condition);
        if (own == NULL)
            return DYAD_NOMEM;
        free(q->conditions[i]);
        q->conditions[i] = own;
    }
    if (typed)
        text_printf(typed, "%s (quantity: %s=%s)", typed->length ? "" : "...", column, value);
    return DYAD_OK;
}

static enum dyad_status
set_option(const struct departure *p, const struct command *command, struct words *w, struct quantity *q,
           struct text *typed)
{
    const struct choice *c = p->choice;
    const char *without = c->without, *columns = p->axis->columns, *name;
    size_t length;
    enum dyad_status st = DYAD_OK;

    while (next_name(&columns, &name, &length))
        drop_condition(q, name, length);
    unset(w, command, p->axis->option);
    if (c->value)
        st = add(w, p->axis->option, c->value, typed);
    else if (typed)
        text_printf(typed, "%s (without --%s)", typed->length ? "" : "...", p->axis->option);
    while (st == DYAD_OK && next_name(&without, &name, &length)) {
        const struct option_spec *spec = spec_of(command, name, length);
        if (spec && unset(w, command, spec->name) && typed)
            text_printf(typed, " (without --%s)", spec->name);
    }
    if (st == DYAD_OK && c->also) {
        const struct option_spec *spec = spec_of(command, c->also, strcspn(c->also, "="));
        if (spec)
            unset(w, command, spec->name);
        st = spec ? add(w, spec->name, strchr(c->also, '=') + 1, typed) : DYAD_DOMAIN;
    }
    return st;
}

enum dyad_status
departures_make(const struct departures *d, const size_t *picks, size_t n, struct words *w, struct quantity *q,
                struct text *typed)
{
    bool other = false, missing = false;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        const struct departure *p = &d->at[picks[i]];
        switch (p->axis->kind) {
        case SETS_OPTION:
        case SETS_WITHIN:
        case SETS_NAMED:
            st = set_option(p, d->options->command, w, q, typed);
            break;
        case CHANGES_CONDITION:
            st = set_condition(q, p->axis->columns, p->choice->value, typed);
            break;
        case COUNTS_OTHER:
            other = true;
            break;
        case COUNTS_MISSING:
            missing = true;
            break;
        }
    }
    if (st == DYAD_OK && (other || missing)) {
        drop_condition(q, "outcome", strlen("outcome"));
        st = count_otherwise(d, other, missing, w, typed);
    }
    return st == DYAD_OK && typed && typed->failed ? DYAD_NOMEM : st;
}
