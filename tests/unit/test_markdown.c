#include "dyad/output/markdown.h"

#include "check.h"

static const char hash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void
hostile(struct result *r, const char *word)
{
    struct table *t = result_table(r, "rates");

    r->command = text_copy("rates");
    result_argument(r, word);
    result_input(r, word, 2, 1, hash);
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

static char *
markdown_of(const struct result *r)
{
    struct text out = TEXT_INIT;

    markdown_render(r, (const struct table *const *)r->tables, r->n_tables, &out);
    return text_steal(&out);
}

static bool
holds(const char *got, const char *part)
{
    if (strstr(got, part))
        return true;
    print_error("no %s in:\n%s\n", part, got);
    return false;
}

static void
shows_words_as_they_are(void)
{
    struct result r = RESULT_INIT;

    hostile(&r, "-<b>|_*`[x](y)&\\");
    char *got = markdown_of(&r);
    const char *escaped = "\\-&lt;b&gt;\\|\\_\\*\\`\\[x\\](y)&amp;\\\\";
    struct text row = TEXT_INIT, heading = TEXT_INIT, note = TEXT_INIT;
    text_printf(&heading, "\n| %s | Estimate |\n| :-- | --: |\n| b | 5.00 |\n", escaped);
    text_printf(&row, "\n| %s | \\-0.25 |\n", escaped);
    text_printf(&note, "\n## Notes\n\n- %s\n\n## Provenance\n\n- %s: 1 record, 2 bytes, "
                       "SHA-256 %s\n- dyad 0.1.0, seed 1\n\n```\ndyad rates ",
                escaped, escaped, hash);
    CHECK(holds(got, heading.at));
    CHECK(holds(got, row.at));
    CHECK(holds(got, note.at));
    CHECK(holds(got, "# dyad rates\n\n## Rates\n\nOutcome: -&lt;b"));
    CHECK(holds(got, "\ndyad rates '-<b>|_*`[x](y)&\\'\n```\n"));
    text_release(&heading);
    text_release(&row);
    text_release(&note);
    free(got);
    result_release(&r);
}

int
main(void)
{
    RUN(shows_words_as_they_are);
    return DONE();
}
