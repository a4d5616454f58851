/* tests/unit/hostile_result.h: a result in which every word is the same bad one, for the formats' tests. */
#ifndef DYAD_TESTS_HOSTILE_RESULT_H
#define DYAD_TESTS_HOSTILE_RESULT_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

#include "check.h"

static const char hostile_hash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static inline void
hostile(struct result *r, const char *word)
{
    struct table *t = result_table(r, "rates");

    r->command = text_copy("rates");
    result_argument(r, word);
    result_input(r, word, 2, 1, hostile_hash);
    result_note(r, "%s", word);
    table_column(t, word, COLUMN_GROUP);
    table_column(t, "outcome", COLUMN_LABEL);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    for (int i = 0; i < 2; i++) {
        table_row(t, SCALE_RATIO);
        table_set_group(t, 0, i ? word : "b");
        table_set_text(t, "outcome", word);
        table_set_number(t, "estimate", i ? -0.25 : 5.0);
    }
}

/* The result as ${render} writes it, the caller's to free. */
static inline char *
rendered(void (*render)(const struct result *, const struct table *const *, size_t, struct text *),
         const struct result *r)
{
    struct text out = TEXT_INIT;

    render(r, (const struct table *const *)r->tables, r->n_tables, &out);
    return text_steal(&out);
}

static inline bool
holds(const char *got, const char *part)
{
    if (strstr(got, part))
        return true;
    print_error("no %s in:\n%s\n", part, got);
    return false;
}

#endif
