#include "dyad/output/utf8.h"

#include "check.h"

static void
visible_is(const char *s, const char *wanted)
{
    struct text out = TEXT_INIT;

    utf8_visible(&out, s);
    CHECK(strcmp(out.at, wanted) == 0);
    text_release(&out);
}

static void
reads_characters_of_every_length(void)
{
    static const struct {
        const char *s;
        size_t length;
        uint32_t code;
    } cases[] = {
        { "", 0, 0 },
        { "a", 1, 'a' },
        { "\u00e9", 2, 0xE9 },
        { "\u221e", 3, 0x221E },
        { "\U0001F476", 4, 0x1F476 },
        { "\xF4\x8F\xBF\xBF", 4, 0x10FFFF },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code;
        CHECK(utf8_next(cases[i].s, &code) == cases[i].length);
        CHECK(code == cases[i].code);
        if (cases[i].length == 0)
            continue;
        struct text out = TEXT_INIT;
        utf8_put(&out, code);
        CHECK(strcmp(out.at, cases[i].s) == 0);
        text_release(&out);
    }
}

static void
replaces_each_byte_that_is_no_character(void)
{
    static const char *const invalid[] = {
        "\xff",         /* never in UTF-8 */
        "\x80",         /* a continuation alone */
        "\xc3",         /* cut short */
        "\xe2\x88",     /* cut short */
        "\xc0\xaf",     /* overlong */
        "\xe0\x80\xaf", /* overlong */
        "\xed\xa0\x80", /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond Unicode */
        "\xf8\x88\x80\x80\x80",
    };

    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        uint32_t code;
        CHECK(utf8_next(invalid[i], &code) == 1);
        CHECK(code == UTF8_REPLACEMENT);
    }
    visible_is("a\xffz", "a\uFFFDz");
    visible_is("\xc3(", "\uFFFD(");
}

static void
knows_how_wide_text_stands(void)
{
    CHECK(utf8_width("") == 0);
    CHECK(utf8_width("rates") == 5);
    CHECK(utf8_width("Zo\u00eb") == 3);
    CHECK(utf8_width("Zoe\u0308") == 3);
    CHECK(utf8_width("\u65e5\u672c") == 4);
    CHECK(utf8_width("\U0001F476") == 2);
    CHECK(utf8_width("\u2013\u221e") == 2);
    CHECK(utf8_width("\u0e17\u0e35\u0e48") == 1); /* Thai: one letter, a vowel and a tone on it */
}

static void
shows_what_would_hide(void)
{
    visible_is("a\nb\tc", "a\\nb\\tc");
    visible_is("\x1b[31m", "\\u001b[31m");
    visible_is("\u202eabc", "\\u202eabc");
    visible_is("\xc2\x85", "\\u0085");
    visible_is("plain \u00e9 \u65e5", "plain \u00e9 \u65e5");
}

int
main(void)
{
    RUN(reads_characters_of_every_length);
    RUN(replaces_each_byte_that_is_no_character);
    RUN(knows_how_wide_text_stands);
    RUN(shows_what_would_hide);
    return DONE();
}
