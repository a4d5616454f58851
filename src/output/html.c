#include "dyad/output/html.h"

#include "dyad/output/display.h"
#include "dyad/output/provenance.h"
#include "dyad/output/utf8.h"

#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "img-src data:; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>";

static const char style[] =
    "</title>\n"
    "<style>\n"
    "body { font: 16px/1.45 system-ui, sans-serif; color: #111; max-width: 60em;"
    " margin: 2em auto; padding: 0 1em; }\n"
    "table { border-collapse: collapse; margin: 1.5em 0 0.5em;"
    " font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; }\n"
    "caption span { display: block; font-weight: normal; }\n"
    "th, td { padding: 0.2em 0.8em; text-align: right; vertical-align: top; }\n"
    "th { font-weight: normal; }\n"
    "thead th { font-weight: 600; vertical-align: bottom; border-top: 2px solid;"
    " border-bottom: 1px solid; }\n"
    "tbody tr:last-child > * { border-bottom: 2px solid; }\n"
    ".words { text-align: left; }\n"
    ".below, footer { font-size: 0.9em; }\n"
    ".below { list-style: none; padding: 0; }\n"
    "code { overflow-wrap: anywhere; }\n"
    "img { max-width: 100%; }\n"
    "@media print { body { max-width: none; margin: 0; font-size: 10pt; }"
    " tr { break-inside: avoid; } thead { display: table-header-group; } }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>";

void
html_put(struct text *out, const char *s)
{
    struct text visible = TEXT_INIT;

    utf8_visible(&visible, s);
    for (const char *c = visible.at ? visible.at : ""; *c; c++)
        switch (*c) {
        case '&':
            text_puts(out, "&amp;");
            break;
        case '<':
            text_puts(out, "&lt;");
            break;
        case '>':
            text_puts(out, "&gt;");
            break;
        case '"':
            text_puts(out, "&quot;");
            break;
        case '\'':
            text_puts(out, "&#39;");
            break;
        default:
            text_putc(out, *c);
        }
    out->failed |= visible.failed;
    text_release(&visible);
}

/* What ${put} writes of ${r}, escaped. */
static void
put_provenance(struct text *out, void (*put)(struct text *, const struct result *),
               const struct result *r)
{
    struct text plain = TEXT_INIT;

    put(&plain, r);
    html_put(out, plain.at ? plain.at : "");
    out->failed |= plain.failed;
    text_release(&plain);
}

static void
put_caption(struct text *out, const struct display *d)
{
    text_puts(out, "<caption>");
    html_put(out, d->caption);
    for (size_t i = 0; i < d->n_above; i++) {
        text_puts(out, i ? "; " : " <span>");
        html_put(out, d->above[i]);
    }
    text_puts(out, d->n_above ? "</span></caption>\n" : "</caption>\n");
}

static void
put_row(struct text *out, const struct display *d, size_t row)
{
    text_puts(out, "<tr>");
    for (size_t i = 0; i < d->n_columns; i++) {
        const bool is_words = d->columns[i].is_words;
        /* The first column names the row, be it in words or in figures, unless it has nothing to say. */
        const bool is_name = i == 0 && *display_cell(d, row, i);
        if (is_name)
            text_puts(out, is_words ? "<th scope=\"row\" class=\"words\">" : "<th scope=\"row\">");
        else
            text_puts(out, is_words ? "<td class=\"words\">" : "<td>");
        html_put(out, display_cell(d, row, i));
        text_puts(out, is_name ? "</th>" : "</td>");
    }
    text_puts(out, "</tr>\n");
}

void
html_table(struct text *out, const struct display *d)
{
    text_puts(out, "<table>\n");
    put_caption(out, d);
    text_puts(out, "<thead>\n<tr>");
    for (size_t i = 0; i < d->n_columns; i++) {
        text_puts(out, d->columns[i].is_words ? "<th scope=\"col\" class=\"words\">"
                                              : "<th scope=\"col\">");
        html_put(out, d->columns[i].heading);
        text_puts(out, "</th>");
    }
    text_puts(out, "</tr>\n</thead>\n<tbody>\n");
    for (size_t row = 0; row < d->n_rows && !out->failed; row++)
        put_row(out, d, row);
    text_puts(out, "</tbody>\n</table>\n");
    if (d->n_below == 0)
        return;
    text_puts(out, "<ul class=\"below\">\n");
    for (size_t i = 0; i < d->n_below; i++) {
        text_puts(out, "<li>");
        html_put(out, d->below[i]);
        text_puts(out, "</li>\n");
    }
    text_puts(out, "</ul>\n");
}

static void
put_notes(struct text *out, const struct result *r)
{
    if (r->n_notes == 0)
        return;
    text_puts(out, "<h2>Notes</h2>\n<ul>\n");
    for (size_t i = 0; i < r->n_notes; i++) {
        text_puts(out, "<li>");
        html_put(out, r->notes[i]);
        text_puts(out, "</li>\n");
    }
    text_puts(out, "</ul>\n");
}

static void
put_footer(struct text *out, const struct result *r)
{
    text_puts(out, "<footer>\n");
    for (size_t i = 0; i < r->n_inputs; i++) {
        struct text plain = TEXT_INIT;
        provenance_input(&plain, &r->inputs[i]);
        text_puts(out, "<p>");
        html_put(out, plain.at ? plain.at : "");
        out->failed |= plain.failed;
        text_release(&plain);
        if (*r->inputs[i].sha256) {
            text_puts(out, ", SHA-256 <code>");
            html_put(out, r->inputs[i].sha256);
            text_puts(out, "</code>");
        }
        text_puts(out, "</p>\n");
    }
    text_puts(out, "<p>");
    put_provenance(out, provenance_version, r);
    text_puts(out, ": <code>");
    put_provenance(out, provenance_command, r);
    text_puts(out, "</code></p>\n</footer>\n");
}

static void
put_section(struct text *out, const struct result *r, const struct table *const *tables, size_t n)
{
    text_puts(out, "<section>\n");
    display_each(r, tables, n, html_table, out);
    put_notes(out, r);
    put_footer(out, r);
    text_puts(out, "</section>\n");
}

void
html_render(const struct result *r, const struct table *const *tables, size_t n,
            struct text *out)
{
    struct text title = TEXT_INIT;

    provenance_title(&title, r);
    text_puts(out, head);
    html_put(out, title.at ? title.at : "");
    text_puts(out, style);
    html_put(out, title.at ? title.at : "");
    text_puts(out, "</h1>\n");
    out->failed |= title.failed;
    text_release(&title);
    put_section(out, r, tables, n);
    text_puts(out, "</body>\n</html>\n");
}
