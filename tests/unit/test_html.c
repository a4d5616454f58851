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

int
main(void)
{
    RUN(lets_no_word_become_markup);
    return DONE();
}
