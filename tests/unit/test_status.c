#include "dyad/core/status.h"

#include "check.h"

static void
remembers_the_sentence_and_returns_the_status(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;

    CHECK(dyad_fail(&err, DYAD_DATA, "%s:%d", "a.csv", 7) == DYAD_DATA);
    CHECK(err.status == DYAD_DATA);
    CHECK(strcmp(err.text, "a.csv:7") == 0);
    CHECK(dyad_fail(NULL, DYAD_IO, "nobody listens") == DYAD_IO);
}

static void
ends_a_long_sentence_in_dots_and_not_inside_a_character(void)
{
    static char longest[3 * DYAD_ERROR_TEXT];
    static struct dyad_error err = DYAD_ERROR_INIT;

    for (size_t shift = 0; shift < 4; shift++) {
        memset(longest, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof longest; i += 3)
            memcpy(longest + i, "\xe2\x82\xac", 3); /* a euro sign */
        CHECK(dyad_fail(&err, DYAD_IO, "%s", longest) == DYAD_IO);
        const size_t n = strlen(err.text);
        CHECK(n < sizeof err.text && n >= sizeof err.text - 4);
        CHECK(strcmp(err.text + n - 3, "...") == 0);
        CHECK((n - 3 - shift) % 3 == 0);
    }
    memset(longest, 'b', DYAD_ERROR_TEXT - 1);
    longest[DYAD_ERROR_TEXT - 1] = '\0';
    CHECK(dyad_fail(&err, DYAD_IO, "%s", longest) == DYAD_IO);
    CHECK(strcmp(err.text, longest) == 0); /* fits exactly */
}

static void
gives_each_status_its_exit_status(void)
{
    const int wanted[] = {
        [DYAD_OK] = 0, [DYAD_DIFFERS] = 1, [DYAD_USAGE] = 2,  [DYAD_PARSE] = 3,  [DYAD_DATA] = 3,
        [DYAD_IO] = 4, [DYAD_NOMEM] = 4,   [DYAD_DOMAIN] = 5, [DYAD_NOCONV] = 5, [DYAD_DEFECT] = 70
    };

    for (int i = 0; i <= DYAD_DEFECT; i++)
        CHECK(dyad_exit_status((enum dyad_status)i) == wanted[i]);
}

int
main(void)
{
    RUN(remembers_the_sentence_and_returns_the_status);
    RUN(ends_a_long_sentence_in_dots_and_not_inside_a_character);
    RUN(gives_each_status_its_exit_status);
    return DONE();
}
