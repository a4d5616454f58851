#include "check.h"

#include <string.h>

/* Different whole numbers of seven digits and more, one a record, and no study code by name: perhaps a hospital's. */
static bool
looks_like_record_number(const struct profile_column *p)
{
    size_t digits = 0;

    for (size_t k = 7; k < sizeof p->looked.n_digits / sizeof p->looked.n_digits[0]; k++)
        digits += p->looked.n_digits[k];
    return p->n > 20 && 10 * digits >= 9 * p->looked.n && 100 * p->distinct >= 99 * (uint64_t)p->n &&
           !identifier_has_word(p->name, "id code study weight wt n count");
}

enum identifier
check_identifier(const struct checking *c, size_t column, const char **reason)
{
    const struct profile_column *p = &c->profile.columns[column];
    const struct codebook_field *f = p->field;
    const bool coded = f && (f->type == CODEBOOK_TRUTH || f->type == CODEBOOK_CATEGORY);
    const enum identifier content = identifier_by_content(&p->looked, p->name, f ? f->unit : NULL);
    const enum identifier name = identifier_by_name(p->name);
    const char *why = NULL;

    if (reason == NULL)
        reason = &why;
    if (f && f->mark == CODEBOOK_IDENTIFIES) {
        *reason = "the codebook marks it as an identifier";
        return content ? content : name ? name : IDENTIFIER_RECORD_NUMBER;
    }
    *reason = "by what it holds";
    if (identifier_is_direct(content))
        return content;
    *reason = "by its name";
    if (name && !coded && !(f && f->mark == CODEBOOK_DOES_NOT))
        return name;
    if (f && f->personal && f->mark != CODEBOOK_DOES_NOT) {
        *reason = "by the codebook's type";
        return IDENTIFIER_RECORD_NUMBER;
    }
    *reason = "by what it holds";
    if (content)
        return content;
    if (looks_like_record_number(p))
        return IDENTIFIER_RECORD_NUMBER;
    *reason = "by its name";
    return f && f->mark == CODEBOOK_DOES_NOT ? IDENTIFIER_NONE : identifier_quasi_by_name(p->name);
}

/* A record number that is one by its looks alone is doubtful. */
static bool
is_direct(const struct checking *c, size_t column, enum identifier kind, const char *reason)
{
    const bool guessed = kind == IDENTIFIER_RECORD_NUMBER && strcmp(reason, "by what it holds") == 0 &&
                         c->profile.columns[column].looked.like[IDENTIFIER_RECORD_NUMBER] == 0;
    return identifier_is_direct(kind) && !guessed;
}

void
check_identifiers(struct checking *c)
{
    struct table *t = result_table(c->r, "identifiers");
    const char *reason;

    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "kind", COLUMN_LABEL);
    table_column(t, "reason", COLUMN_LABEL);
    table_column(t, "class", COLUMN_LABEL);
    for (size_t i = 0; i < c->profile.n_columns; i++) {
        const enum identifier kind = check_identifier(c, i, &reason);
        if (kind == IDENTIFIER_NONE)
            continue;
        const bool direct = is_direct(c, i, kind, reason);
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "column", c->profile.columns[i].name);
        table_set_text(t, "kind", identifier_kind(kind));
        table_set_text(t, "reason", reason);
        table_set_text(t, "class", direct ? "direct" : "quasi");
        c->n_direct += direct;
    }
}
