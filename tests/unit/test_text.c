#include "dyad/core/text.h"

#include "check.h"

static void
grows_with_what_is_put(void)
{
    struct text t = TEXT_INIT;

    for (int i = 0; i < 1000; i++)
        text_printf(&t, "%03d", i);
    text_putc(&t, '!');
    text_put(&t, "a\0b", 3);
    text_puts(&t, "");
    CHECK(!t.failed && t.length == 3004);
    CHECK(memcmp(t.at, "000001002", 9) == 0);
    CHECK(memcmp(t.at + 2997, "999!a\0b", 8) == 0); /* and its NUL */
    text_release(&t);
    CHECK(t.at == NULL && t.length == 0);
}

static void
fits_every_length_around_its_room(void)
{
    for (size_t n = 0; n < 300; n++) {
        struct text t = TEXT_INIT;
        char bytes[300];

        memset(bytes, 'x', sizeof bytes);
        text_put(&t, bytes, n);
        text_printf(&t, "%.*s", (int)n, bytes);
        CHECK(t.length == 2 * n && strlen(t.at) == 2 * n);
        text_release(&t);
    }
}

static void
is_stolen_once(void)
{
    struct text t = TEXT_INIT;
    char *nothing = text_steal(&t);

    CHECK(nothing != NULL && *nothing == '\0');
    free(nothing);
    text_puts(&t, "mine");
    char *mine = text_steal(&t);
    CHECK(strcmp(mine, "mine") == 0);
    CHECK(t.at == NULL && t.length == 0 && t.room == 0);
    free(mine);
}

static void
gives_nothing_of_a_text_that_failed(void)
{
    struct text t = TEXT_INIT;

    text_puts(&t, "half");
    t.failed = true;
    text_puts(&t, " a sentence");
    CHECK(t.length == 4);
    CHECK(text_steal(&t) == NULL);
    CHECK(!t.failed);
}

static void
keeps_its_storage_when_cleared(void)
{
    struct text t = TEXT_INIT;

    text_clear(&t);
    CHECK(t.at == NULL);
    text_puts(&t, "something");
    const char *at = t.at;
    text_clear(&t);
    CHECK(t.at == at && t.length == 0 && *t.at == '\0' && !t.failed);
    t.failed = true;
    text_clear(&t);
    CHECK(t.failed); /* or a loop that clears would forget it */
    text_release(&t);
    CHECK(!t.failed);
}

static void
copies_a_string_or_nothing(void)
{
    char *copy = text_copy("word");

    CHECK(strcmp(copy, "word") == 0);
    CHECK(text_copy(NULL) == NULL);
    free(copy);
}

int
main(void)
{
    RUN(grows_with_what_is_put);
    RUN(fits_every_length_around_its_room);
    RUN(is_stolen_once);
    RUN(gives_nothing_of_a_text_that_failed);
    RUN(keeps_its_storage_when_cleared);
    RUN(copies_a_string_or_nothing);
    return DONE();
}
