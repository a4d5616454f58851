#include "dyad/output/markdown.h"

#include "dyad/output/display.h"
#include "dyad/output/provenance.h"
#include "dyad/output/utf8.h"

#include <string.h>

/* A visible string so that Markdown and the HTML within it show it as it is. */
static void
put_escaped(struct text *out, const char *s)
{
    for (const char *c = s; *c; c++) {
        if (*c == '&')
            text_puts(out, "&amp;");
        else if (*c == '<')
            text_puts(out, "&lt;");
        else if (*c == '>')
            text_puts(out, "&gt;");
        else if (strchr("\\`*_[]|~$#", *c) || (c == s && strchr("-+=", *c))) {
            text_putc(out, '\\');
            text_putc(out, *c);
        } else {
            text_putc(out, *c);
        }
    }
}

/* As put_escaped, of a string with whatever characters. */
static void
put_any(struct text *out, const char *s)
{
    struct text visible = TEXT_INIT;

    utf8_visible(&visible, s);
    put_escaped(out, visible.at ? visible.at : "");
    out->failed |= visible.failed;
    text_release(&visible);
}

static void
put_table(struct text *out, const struct display *d)
{
    text_puts(out, "\n## ");
    put_escaped(out, d->caption);
    text_puts(out, "\n\n");
    for (size_t i = 0; i < d->n_above; i++) {
        put_escaped(out, d->above[i]);
        text_puts(out, i + 1 < d->n_above ? "; " : "\n\n");
    }
    for (size_t i = 0; i < d->n_columns; i++) {
        text_puts(out, "| ");
        put_escaped(out, d->columns[i].heading);
        text_putc(out, ' ');
    }
    text_puts(out, "|\n");
    for (size_t i = 0; i < d->n_columns; i++)
        text_puts(out, d->columns[i].is_words ? "| :-- " : "| --: ");
    text_puts(out, "|\n");
    for (size_t row = 0; row < d->n_rows && !out->failed; row++) {
        for (size_t i = 0; i < d->n_columns; i++) {
            text_puts(out, "| ");
            put_escaped(out, display_cell(d, row, i));
            text_putc(out, ' ');
        }
        text_puts(out, "|\n");
    }
    for (size_t i = 0; i < d->n_below; i++) {
        text_puts(out, i ? "- " : "\n- ");
        put_escaped(out, d->below[i]);
        text_putc(out, '\n');
    }
}

static void
put_provenance(struct text *out, const struct result *r)
{
    text_puts(out, "\n## Provenance\n\n");
    for (size_t i = 0; i < r->n_inputs; i++) {
        struct text input = TEXT_INIT;
        provenance_input(&input, &r->inputs[i]);
        text_puts(out, "- ");
        put_escaped(out, input.at ? input.at : "");
        out->failed |= input.failed;
        text_release(&input);
        if (*r->inputs[i].sha256) {
            text_puts(out, ", SHA-256 ");
            put_any(out, r->inputs[i].sha256);
        }
        text_putc(out, '\n');
    }
    text_puts(out, "- ");
    provenance_version(out, r);
    text_puts(out, "\n\n```\n");
    provenance_command(out, r);
    text_puts(out, "\n```\n");
}

void
markdown_render(const struct result *r, const struct table *const *tables, size_t n,
                struct text *out)
{
    struct text title = TEXT_INIT;

    provenance_title(&title, r);
    text_puts(out, "# ");
    put_escaped(out, title.at ? title.at : "");
    text_putc(out, '\n');
    out->failed |= title.failed;
    text_release(&title);
    display_each(r, tables, n, put_table, out);
    if (r->n_notes)
        text_puts(out, "\n## Notes\n\n");
    for (size_t i = 0; i < r->n_notes; i++) {
        text_puts(out, "- ");
        put_any(out, r->notes[i]);
        text_putc(out, '\n');
    }
    put_provenance(out, r);
}
