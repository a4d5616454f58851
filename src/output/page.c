#include "dyad/output/page.h"

#include "dyad/output/display.h"
#include "dyad/output/html.h"

#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>";

/*
 * On paper: black on white, no section's heading alone at a page's foot (a figure's own margin would part
 * it from its heading), no row or figure cut in two.  On a small screen pictures keep their size and are
 * moved sideways, as tables are.
 */
static const char style[] =
    "</title>\n"
    "<style>\n"
    "body { font: 17px/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 56em;"
    " margin: 0 auto; padding: 2em 1.2em; }\n"
    "h1 { font-size: 1.9em; line-height: 1.2; margin: 0 0 0.2em; }\n"
    "h2 { font-size: 1.35em; margin: 2.2em 0 0.6em; padding-top: 0.4em; border-top: 3px solid #1f4e79; color: #1f4e79; }\n"
    "h3 { font-size: 1.1em; margin: 1.8em 0 0.4em; }\n"
    "p, li { max-width: 44em; }\n"
    ".byline { color: #444; margin: 0 0 1.5em; }\n"
    "nav { background: #f2f5f8; padding: 0.6em 1.2em; }\n"
    "nav ol { margin: 0; padding-left: 1.4em; columns: 2 16em; }\n"
    "a { color: #1f4e79; }\n"
    ".scroll { overflow-x: auto; }\n"
    ".scroll:focus-visible, a:focus-visible { outline: 3px solid #b35900; }\n"
    "table { border-collapse: collapse; margin: 1.2em 0 0.4em; font-size: 0.92em;"
    " font-variant-numeric: tabular-nums; }\n"
    "table { min-width: min(100%, 32em); }\n"
    "caption { text-align: left; font-weight: 600; padding-bottom: 0.3em; }\n"
    "caption span { display: block; font-weight: normal; }\n"
    "th, td { padding: 0.2em 0.8em; text-align: right; vertical-align: top; }\n"
    "th { font-weight: normal; }\n"
    "td:not(.words) { white-space: nowrap; }\n"
    "thead th { font-weight: 600; vertical-align: bottom; border-top: 2px solid; border-bottom: 1px solid; }\n"
    "tbody tr:last-child > * { border-bottom: 2px solid; }\n"
    "tbody tr:nth-child(even) > * { background: #f6f8fa; }\n"
    ".words { text-align: left; }\n"
    "th.group { font-weight: 600; }\n"
    "th.level { padding-left: 2em; }\n"
    "th.group, th.level { min-width: 11em; }\n"
    ".below { font-size: 0.9em; list-style: none; padding: 0; color: #333; }\n"
    "figure { margin: 1.5em 0; }\n"
    "figure svg { display: block; max-width: 100%; height: auto; }\n"
    "figcaption { font-size: 0.92em; font-weight: 600; }\n"
    ".flow { list-style: none; padding: 0; }\n"
    ".flow li { border: 1px solid #666; padding: 0.4em 0.9em; margin: 0 0 1.1em; max-width: 30em; position: relative; }\n"
    ".flow li + li::before { content: \"\\2193\"; position: absolute; left: 1.2em; top: -1.3em; }\n"
    ".key { font-size: 1.05em; }\n"
    "code { overflow-wrap: anywhere; font-size: 0.88em; }\n"
    "@media screen and (max-width: 45em) { figure svg { max-width: none; } }\n"
    "@page { margin: 18mm 16mm; }\n"
    "@media print { body { max-width: none; padding: 0; font-size: 10pt; }"
    " nav { display: none; } h2, h3, h2 + p, h3 + p, caption { break-after: avoid; }"
    " .short { break-inside: avoid; } tbody tr:nth-last-child(-n+2) { break-before: avoid; }"
    " tr, figure, .flow li, h2 + p, h3 + p { break-inside: avoid; } thead { display: table-header-group; }"
    " .scroll { overflow: visible; } table { font-size: 8.5pt; } th, td { padding: 0.15em 0.35em; }"
    " th.group, th.level { min-width: 8em; }"
    " figure { margin-top: 0; } figure svg { max-height: 21cm; } a { color: inherit; text-decoration: none; } }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<header>\n"
    "<h1>";

/* --- sections and words ------------------------------------------------------------------- */

static void
close_section(struct page *p)
{
    if (p->in_section)
        text_puts(&p->body, "</section>\n");
    p->in_section = false;
}

void
page_section(struct page *p, const char *heading)
{
    close_section(p);
    p->n_sections++;
    p->in_section = true;
    text_printf(&p->contents, "<li><a href=\"#s%zu\">", p->n_sections);
    html_put(&p->contents, heading);
    text_puts(&p->contents, "</a></li>\n");
    text_printf(&p->body, "<section aria-labelledby=\"s%zu\">\n<h2 id=\"s%zu\">", p->n_sections, p->n_sections);
    html_put(&p->body, heading);
    text_puts(&p->body, "</h2>\n");
}

static void
put_element(struct text *out, const char *begin, const char *words, const char *end)
{
    text_puts(out, begin);
    html_put(out, words);
    text_puts(out, end);
}

void
page_part(struct page *p, const char *heading)
{
    put_element(&p->body, "<h3>", heading, "</h3>\n");
}

void
page_paragraph(struct page *p, const char *words)
{
    if (words && *words)
        put_element(&p->body, "<p>", words, "</p>\n");
}

void
page_list(struct page *p, const char *const *items, size_t n, enum page_list kind)
{
    if (n == 0)
        return;
    text_puts(&p->body, kind == PAGE_LIST_STEPS ? "<ol class=\"flow\">\n" : "<ul>\n");
    for (size_t i = 0; i < n; i++)
        put_element(&p->body, "<li>", items[i], "</li>\n");
    text_puts(&p->body, kind == PAGE_LIST_STEPS ? "</ol>\n" : "</ul>\n");
}

void
page_source(struct page *p, const char *label, const char *words)
{
    put_element(&p->body, "<p>", label, " <code>");
    html_put(&p->body, words);
    text_puts(&p->body, "</code></p>\n");
}

/* --- tables ------------------------------------------------------------------------------- */

/* A table with so few rows is not cut in two on paper. */
enum { ROWS_OF_SHORT = 14 };

/* What is too wide is moved sideways, by the keyboard too: so it can be focused and has a name. */
static void
begin_scroll(struct page *p, const char *title, size_t rows)
{
    text_printf(&p->body, "<section class=\"scroll%s\" tabindex=\"0\" aria-label=\"Table %zu: ",
                rows <= ROWS_OF_SHORT ? " short" : "", p->n_tables);
    html_put(&p->body, title);
    text_puts(&p->body, "\">\n");
}

/* "Table 2. Rates" */
static char *
number_title(struct page *p, const char *kind, size_t number, const char *title)
{
    struct text t = TEXT_INIT;

    text_printf(&t, "%s %zu. %s", kind, number, title);
    char *numbered = text_steal(&t);
    p->body.failed |= numbered == NULL;
    return numbered;
}

void
page_table(struct page *p, const struct table *t, double level, const char *title)
{
    struct display d = DISPLAY_INIT;

    p->n_tables++;
    if (display_table(t, level, &d) != DYAD_OK) {
        p->body.failed = true;
        return;
    }
    char *numbered = number_title(p, "Table", p->n_tables, title ? title : d.caption);
    if (numbered) {
        begin_scroll(p, title ? title : d.caption, d.n_rows);
        free(d.caption);
        d.caption = numbered;
        html_table(&p->body, &d);
        text_puts(&p->body, "</section>\n");
    }
    display_release(&d);
}

static void
put_grid_row(struct page *p, const struct page_grid *g, size_t row)
{
    const char *const *cells = &g->cells[row * g->n_columns];
    const bool heads = g->is_heading && g->is_heading[row];

    text_printf(&p->body, "<tr><th scope=\"row\" class=\"words%s\">", heads ? " group" : g->is_heading ? " level" : "");
    html_put(&p->body, cells[0] ? cells[0] : "");
    text_puts(&p->body, "</th>");
    for (size_t i = 1; i < g->n_columns; i++)
        put_element(&p->body, "<td>", cells[i] ? cells[i] : "", "</td>");
    text_puts(&p->body, "</tr>\n");
}

void
page_grid(struct page *p, const struct page_grid *g)
{
    p->n_tables++;
    begin_scroll(p, g->title, g->n_rows);
    char *numbered = number_title(p, "Table", p->n_tables, g->title);
    put_element(&p->body, "<table>\n<caption>", numbered ? numbered : "", "</caption>\n<thead>\n<tr>");
    free(numbered);
    for (size_t i = 0; i < g->n_columns; i++)
        put_element(&p->body, i ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"words\">", g->headings[i], "</th>");
    text_puts(&p->body, "</tr>\n</thead>\n<tbody>\n");
    for (size_t row = 0; row < g->n_rows; row++)
        put_grid_row(p, g, row);
    text_puts(&p->body, "</tbody>\n</table>\n</section>\n");
    if (g->note)
        put_element(&p->body, "<p class=\"below\">", g->note, "</p>\n");
}

/* --- figures ------------------------------------------------------------------------------ */

/* Behind what a name of the picture's own stands: id='x', href='#x', url(#x). */
static const char *
name_in(const char *s)
{
    static const char *const before[] = { " id=\"", " id='", "href=\"#", "href='#", "url(#" };

    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        if (strncmp(s, before[i], strlen(before[i])) == 0)
            return s + strlen(before[i]);
    return NULL;
}

/* One tag; within it every name gets the figure's number, and `x = "1"` is written `x="1"`. */
static const char *
put_tag(struct page *p, const char *tag)
{
    const char *end = tag + strcspn(tag, ">");

    while (tag < end) {
        const char *name = name_in(tag);
        if (name) {
            text_put(&p->body, tag, (size_t)(name - tag));
            text_printf(&p->body, "f%zu-", p->n_figures);
            tag = name;
        } else {
            const size_t spaces = strspn(tag, " ");
            if (spaces == 0 || tag[spaces] != '=')
                text_putc(&p->body, *tag);
            tag += *tag == '=' ? 1 + strspn(tag + 1, " ") : 1;
        }
    }
    return tag;
}

/* From <svg> on: what stands before it is of a file of its own. */
static void
put_svg(struct page *p, const char *svg)
{
    for (const char *at = strstr(svg, "<svg"); at && *at;) {
        const size_t words = strcspn(at, "<");
        text_put(&p->body, at, words);
        at = put_tag(p, at + words);
    }
}

void
page_figure(struct page *p, const char *svg, const char *title)
{
    p->n_figures++;
    text_printf(&p->body, "<figure>\n<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Figure %zu: ",
                p->n_figures);
    html_put(&p->body, title);
    text_puts(&p->body, "\">\n");
    put_svg(p, svg);
    text_puts(&p->body, "</div>\n");
    char *numbered = number_title(p, "Figure", p->n_figures, title);
    put_element(&p->body, "<figcaption>", numbered ? numbered : "", "</figcaption>\n</figure>\n");
    free(numbered);
}

/* --- the page ----------------------------------------------------------------------------- */

enum dyad_status
page_end(struct page *p, const char *title, const char *byline, struct text *out)
{
    close_section(p);
    text_puts(out, head);
    html_put(out, title);
    text_puts(out, style);
    html_put(out, title);
    text_puts(out, "</h1>\n");
    if (byline)
        put_element(out, "<p class=\"byline\">", byline, "</p>\n");
    text_puts(out, "</header>\n<nav aria-label=\"Contents\">\n<ol>\n");
    text_put(out, p->contents.at ? p->contents.at : "", p->contents.length);
    text_puts(out, "</ol>\n</nav>\n<main>\n");
    text_put(out, p->body.at ? p->body.at : "", p->body.length);
    text_puts(out, "</main>\n</body>\n</html>\n");
    return out->failed || p->contents.failed || p->body.failed ? DYAD_NOMEM : DYAD_OK;
}

void
page_release(struct page *p)
{
    text_release(&p->contents);
    text_release(&p->body);
    *p = (struct page)PAGE_INIT;
}
