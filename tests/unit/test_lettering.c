#include "dyad/output/lettering.h"

#include "check.h"

#define CLEAN(given, cap, want) \
    do { \
        struct text out_ = TEXT_INIT; \
        lettering_clean((given), (cap), &out_); \
        assert_string_equal(out_.at ? out_.at : "", (want)); \
        text_release(&out_); \
    } while (0)

#define WRAP(given, width, most, want_lines, want) \
    do { \
        struct text out_ = TEXT_INIT; \
        CHECK(lettering_wrap((given), (width), (most), false, &out_) == (want_lines)); \
        assert_string_equal(out_.at, (want)); \
        text_release(&out_); \
    } while (0)

static void
makes_text_harmless(void)
{
    CLEAN("", 5, "");
    CLEAN("Zürich 漢字", 200, "Zürich 漢字");
    CLEAN("a\tb\nc\rd", 200, "a b c d");
    CLEAN("a\x01\x1b[31m\x7f", 200, "a��[31m�");
    CLEAN("\xff\xfex", 200, "��x");
    CLEAN("x\xed\xa0\x80y", 200, "x���y");    /* a surrogate */
    CLEAN("x\xef\xbf\xbey", 200, "x�y");      /* U+FFFE is not XML */
    CLEAN("a\xe2\x80\xae" "b", 200, "a�b");   /* right-to-left override */
    CLEAN("\xc0\xaf", 200, "��");             /* overlong */
}

static void
cuts_long_text_with_an_ellipsis(void)
{
    CLEAN("abcde", 5, "abcde");
    CLEAN("abcdef", 5, "abcd…");
    CLEAN("漢字漢字", 3, "漢字…");
}

static void
measures_by_the_widest_fallback_font(void)
{
    CHECK_REL(lettering_width("Study", 5, false), 0.635 + 0.392 + 0.634 + 0.635 + 0.592, 1e-15);
    CHECK_REL(lettering_width("Study", 2, false), 0.635 + 0.392, 1e-15);
    CHECK(lettering_width("Study", 5, true) > lettering_width("Study", 5, false));
    CHECK_REL(lettering_width("漢字", 6, false), 2, 1e-15);
    CHECK(lettering_width("é", 2, false) >= lettering_width("e", 1, false));
    CHECK(lettering_width("e\xcc\x81", 3, false) == lettering_width("e", 1, false));
}

static void
wraps_where_words_end(void)
{
    WRAP("one two three", 100, 3, 1, "one two three");
    WRAP("one two three", 4.1, 3, 2, "one two\nthree");
    WRAP("one two three", 3.9, 3, 3, "one\ntwo\nthree");
    WRAP("Mantel-Haenszel", 6, 3, 2, "Mantel-\nHaenszel");
    WRAP("aaaaaaaaaa", 3.1, 9, 2, "aaaaa\naaaaa");
    WRAP("漢字漢字漢", 2.2, 9, 3, "漢字\n漢字\n漢");
    WRAP("", 5, 3, 1, "");
}

static void
ends_in_an_ellipsis_when_lines_run_out(void)
{
    WRAP("one two three", 3.9, 2, 2, "one\ntwo t…");
    WRAP("one two three", 3.9, 1, 1, "one t…");
    WRAP("aaaaaaaaaa", 3.1, 1, 1, "aaa…");
    WRAP("one two three", 3.1, 1, 1, "one…");
    WRAP("wide", 0.1, 1, 1, "…");
}

static void
never_makes_a_line_too_wide(void)
{
    const char *const text = "The quick-brown fox, 漢字 jumps/over thelazydogthatsleepsandsleeps";

    for (double width = 2; width < 40; width += 0.37) {
        struct text out = TEXT_INIT;
        lettering_wrap(text, width, 50, true, &out);
        for (const char *line = out.at; *line;) {
            const size_t n = strcspn(line, "\n");
            CHECK(lettering_width(line, n, true) <= width + 1e-9);
            line += n + (line[n] != '\0');
        }
        text_release(&out);
    }
}

int
main(void)
{
    RUN(makes_text_harmless);
    RUN(cuts_long_text_with_an_ellipsis);
    RUN(measures_by_the_widest_fallback_font);
    RUN(wraps_where_words_end);
    RUN(ends_in_an_ellipsis_when_lines_run_out);
    RUN(never_makes_a_line_too_wide);
    return DONE();
}
