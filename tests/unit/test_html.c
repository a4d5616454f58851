#include "dyad/output/html.h"

#include "hostile_result.h"

static void
lets_no_word_become_markup(void)
{
    struct result r = RESULT_INIT;

    hostile(&r, "<script>\"x\" & 'y'</script>\n\xff");
    char *got = rendered(html_render, &r);
    const char *escaped = "&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;\\n\uFFFD";
    size_t n = 0;
    for (const char *c = got; (c = strstr(c, escaped)) != NULL; c++)
        n++;
    CHECK(n == 5); /* heading, cell, caption, note, path; the command quotes it */
    CHECK(strstr(got, "<script") == NULL);
    CHECK(holds(got, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"));
    CHECK(holds(got, "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\""));
    CHECK(holds(got, "<tr><th scope=\"row\" class=\"words\">b</th><td>5.00</td></tr>\n"));
    CHECK(holds(got, "<th scope=\"col\">Estimate</th>"));
    CHECK(holds(got, "SHA-256 <code>"
                     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef</code>"));
    CHECK(strstr(got, "://") == NULL);
    free(got);
    result_release(&r);
}

/* The examples of RFC 4648, section 10. */
static void
carries_pictures_within_the_page(void)
{
    static const char *const encoded[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
                                           "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };

    for (size_t length = 0; length < 7; length++) {
        struct text out = TEXT_INIT, wanted = TEXT_INIT;
        html_image(&out, "image/png", "foobar", length, "a \"plot\"");
        text_printf(&wanted,
                    "<p><img alt=\"a &quot;plot&quot;\" src=\"data:image/png;base64,%s\"></p>\n",
                    encoded[length]);
        CHECK(strcmp(out.at, wanted.at) == 0);
        text_release(&out);
        text_release(&wanted);
    }
}

int
main(void)
{
    RUN(lets_no_word_become_markup);
    RUN(carries_pictures_within_the_page);
    return DONE();
}
