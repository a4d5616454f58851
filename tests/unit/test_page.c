#include "dyad/output/page.h"

#include "check.h"

static struct text out = TEXT_INIT;

static const char svg[] = "<?xml version=\"1.0\"?>\n<svg role=\"img\" viewBox=\"0 0 1 1\">\n<title>A &amp; B</title>\n"
                          "<defs><path id='gpPt0' d='M0,0'/><use xlink:href='#gpPt0' id=\"two\"/></defs>"
                          "<g fill = \"url(#two)\"><text x= \"1\">id='gpPt0'</text></g></svg>\n";

static size_t
count_of(const char *what)
{
    size_t n = 0;

    for (const char *at = out.at; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static void
finish(struct page *p)
{
    text_release(&out);
    CHECK(page_end(p, "T <1>", NULL, &out) == DYAD_OK);
    page_release(p);
}

/* Two pictures of gnuplot have the same names in them. */
static void
gives_each_figure_names_of_its_own(void)
{
    struct page p = PAGE_INIT;

    page_section(&p, "Pictures");
    page_figure(&p, svg, "One");
    page_figure(&p, svg, "Two \"&\" more");
    finish(&p);
    CHECK(count_of("<?xml") == 0 && count_of("<svg") == 2);
    CHECK(count_of("id='f1-gpPt0'") == 1 && count_of("id='f2-gpPt0'") == 1);
    CHECK(count_of("href='#f1-gpPt0' id=\"f1-two\"") == 1);
    CHECK(count_of("fill=\"url(#f2-two)\"") == 1 && count_of("x=\"1\"") == 2);
    CHECK(count_of(">id='gpPt0'<") == 2); /* words are left as they are */
    CHECK(count_of("<figcaption>Figure 2. Two &quot;&amp;&quot; more</figcaption>") == 1);
    CHECK(count_of("tabindex=\"0\" aria-label=\"Figure 2: Two &quot;&amp;&quot; more\">\n<svg") == 1);
    CHECK(count_of("<title>A &amp; B</title>") == 2);
}

static void
lists_its_sections_and_closes_them(void)
{
    struct page p = PAGE_INIT;

    page_section(&p, "First & foremost");
    page_paragraph(&p, "1 < 2");
    page_paragraph(&p, "");
    page_section(&p, "Last");
    page_list(&p, (const char *const[]){ "a", "<b>" }, 2, PAGE_LIST_STEPS);
    page_list(&p, NULL, 0, PAGE_LIST_ITEMS);
    finish(&p);
    CHECK(count_of("<li><a href=\"#s1\">First &amp; foremost</a></li>") == 1);
    CHECK(count_of("<h2 id=\"s2\">Last</h2>") == 1 && count_of("<section") == 2 && count_of("</section>") == 2);
    CHECK(count_of("<p>1 &lt; 2</p>") == 1 && count_of("<p></p>") == 0);
    CHECK(count_of("<li>&lt;b&gt;</li>") == 1 && count_of("<ul>") == 0);
    CHECK(count_of("<h1>T &lt;1&gt;</h1>") == 1);
}

static void
numbers_tables_and_names_their_rows(void)
{
    static const char *const headings[] = { "Who", "n" };
    static const char *const cells[] = { "Parity", NULL, "0", "12", "\"1\"", "*" };
    static const bool heads[] = { true, false, false };
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "rates");
    struct page p = PAGE_INIT;

    table_column(t, "outcome", COLUMN_LABEL);
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "outcome", "initiated");
    page_table(&p, t, 0.95, NULL);
    page_grid(&p, &(struct page_grid){ "Characteristics", headings, 2, cells, heads, 3, "Note" });
    finish(&p);
    CHECK(count_of("<caption>Table 1. Rates") == 1 && count_of("<caption>Table 2. Characteristics</caption>") == 1);
    CHECK(count_of("<th scope=\"row\" class=\"words group\">Parity</th><td></td>") == 1);
    CHECK(count_of("<th scope=\"row\" class=\"words level\">&quot;1&quot;</th><td>*</td>") == 1);
    CHECK(count_of("tabindex=\"0\" aria-label=\"Table 2: Characteristics\"") == 1);
    result_release(&r);
}

static void
loads_and_runs_nothing(void)
{
    struct page p = PAGE_INIT;

    page_section(&p, "S");
    page_source(&p, "cohort.csv", "dyad 'a b'");
    finish(&p);
    CHECK(count_of("default-src 'none'; style-src 'unsafe-inline'") == 1);
    CHECK(count_of("<script") == 0 && count_of("http:") == 0 && count_of("https:") == 0 && count_of("@import") == 0);
    CHECK(count_of("<p>cohort.csv <code>dyad &#39;a b&#39;</code></p>") == 1);
}

int
main(void)
{
    RUN(gives_each_figure_names_of_its_own);
    RUN(lists_its_sections_and_closes_them);
    RUN(numbers_tables_and_names_their_rows);
    RUN(loads_and_runs_nothing);
    text_release(&out);
    return DONE();
}
