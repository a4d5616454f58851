#include "dyad/output/markdown.h"

#include "hostile_result.h"

static void
shows_words_as_they_are(void)
{
    struct result r = RESULT_INIT;

    hostile(&r, "-<b>|_*`[x](y)&\\");
    char *got = rendered(markdown_render, &r);
    const char *escaped = "\\-&lt;b&gt;\\|\\_\\*\\`\\[x\\](y)&amp;\\\\";
    struct text row = TEXT_INIT, heading = TEXT_INIT, note = TEXT_INIT;
    text_printf(&heading, "\n| %s | Estimate |\n| :-- | --: |\n| b | 5.00 |\n", escaped);
    text_printf(&row, "\n| %s | \\-0.25 |\n", escaped);
    text_printf(&note, "\n## Notes\n\n- %s\n\n## Provenance\n\n- %s: 1 record, 2 bytes, "
                       "SHA-256 %s\n- dyad 0.1.0, seed 1\n\n```\ndyad rates ",
                escaped, escaped, hostile_hash);
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
