#include "dyad/output/latex.h"

#include "dyad/output/display.h"
#include "dyad/output/provenance.h"
#include "dyad/output/utf8.h"

#include <string.h>

struct replacement {
    uint32_t code;
    const char *latex;
};

/* In the fonts every LaTeX begins with, < > and | stand only in formulas. */
static const struct replacement replacements[] = {
    { '\\', "\\textbackslash{}" },
    { '&', "\\&" },
    { '%', "\\%" },
    { '$', "\\$" },
    { '#', "\\#" },
    { '_', "\\_" },
    { '{', "\\{" },
    { '}', "\\}" },
    { '~', "\\textasciitilde{}" },
    { '^', "\\textasciicircum{}" },
    { '<', "$<$" },
    { '>', "$>$" },
    { '|', "$|$" },
    { '"', "{''}" },
    { '`', "{`}" },
    { '[', "{[}" }, /* would be read as an argument of \\ or \item */
    { ']', "{]}" },
    { '*', "{*}" },
    { 0xA0, "~" },
    { 0xB2, "$^2$" },
    { 0x2013, "--" },
    { 0x2014, "---" },
    { 0x221E, "$\\infty$" },
    { UTF8_REPLACEMENT, "?" },
};

static void
put_character(struct text *out, uint32_t code)
{
    for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++)
        if (replacements[i].code == code) {
            text_puts(out, replacements[i].latex);
            return;
        }
    utf8_put(out, code);
}

/* A visible string.  Two hyphens would join to a dash, two apostrophes to a quotation mark. */
static void
put_escaped(struct text *out, const char *s, bool has_minus)
{
    size_t length;
    uint32_t code;

    for (const char *c = s; (length = utf8_next(c, &code)) > 0; c += length) {
        const bool starts = c == s || c[-1] == ' ' || c[-1] == '(';
        if ((code == '-' || code == '\'') && c[1] == (char)code) {
            text_putc(out, c[0]);
            text_puts(out, "{}");
        } else if (code == '-' && has_minus && starts) {
            text_puts(out, "$-$");
        } else {
            put_character(out, code);
        }
    }
}

static void
put_any(struct text *out, const char *s)
{
    struct text visible = TEXT_INIT;

    utf8_visible(&visible, s);
    put_escaped(out, visible.at ? visible.at : "", false);
    out->failed |= visible.failed;
    text_release(&visible);
}

static void
put_caption(struct text *out, const struct display *d)
{
    text_puts(out, "\\caption{");
    put_escaped(out, d->caption, false);
    for (size_t i = 0; i < d->n_above; i++) {
        text_puts(out, i ? "; " : ". ");
        put_escaped(out, d->above[i], false);
    }
    text_puts(out, "}\n");
}

static void
put_table(struct text *out, const struct display *d)
{
    text_puts(out, "\n\\begin{table}[htbp]\n\\centering\n");
    put_caption(out, d);
    text_puts(out, "\\begin{tabular}{");
    for (size_t i = 0; i < d->n_columns; i++)
        text_putc(out, d->columns[i].is_words ? 'l' : 'r');
    text_puts(out, "}\n\\hline\n");
    for (size_t i = 0; i < d->n_columns; i++) {
        text_puts(out, i ? " & " : "");
        put_escaped(out, d->columns[i].heading, false);
    }
    text_puts(out, " \\\\\n\\hline\n");
    for (size_t row = 0; row < d->n_rows && !out->failed; row++) {
        for (size_t i = 0; i < d->n_columns; i++) {
            text_puts(out, i ? " & " : "");
            put_escaped(out, display_cell(d, row, i), !d->columns[i].is_words);
        }
        text_puts(out, " \\\\\n");
    }
    text_puts(out, "\\hline\n\\end{tabular}\n");
    if (d->n_below)
        text_puts(out, "\\par\\medskip\n\\begin{minipage}{\\linewidth}\\footnotesize\n");
    for (size_t i = 0; i < d->n_below; i++) {
        put_escaped(out, d->below[i], false);
        text_puts(out, "\\par\n");
    }
    text_puts(out, d->n_below ? "\\end{minipage}\n\\end{table}\n" : "\\end{table}\n");
}

static void
put_notes(struct text *out, const struct result *r)
{
    if (r->n_notes == 0)
        return;
    text_puts(out, "\n\\begin{itemize}\n");
    for (size_t i = 0; i < r->n_notes; i++) {
        text_puts(out, "\\item ");
        put_any(out, r->notes[i]);
        text_putc(out, '\n');
    }
    text_puts(out, "\\end{itemize}\n");
}

/* Half of a SHA-256 fits a line. */
static void
put_hash(struct text *out, const char *hash)
{
    const size_t half = strlen(hash) / 2;

    text_puts(out, ", SHA-256 \\texttt{");
    text_put(out, hash, half);
    text_puts(out, "\\allowbreak ");
    text_puts(out, hash + half);
    text_putc(out, '}');
}

static void
put_provenance(struct text *out, const struct result *r)
{
    struct text plain = TEXT_INIT;

    text_puts(out, "\n{\\footnotesize\\raggedright\n");
    for (size_t i = 0; i < r->n_inputs; i++) {
        text_clear(&plain);
        provenance_input(&plain, &r->inputs[i]);
        put_escaped(out, plain.at ? plain.at : "", false);
        if (*r->inputs[i].sha256)
            put_hash(out, r->inputs[i].sha256);
        text_puts(out, "\\par\n");
    }
    provenance_version(out, r);
    text_puts(out, ": \\texttt{");
    text_clear(&plain);
    provenance_command(&plain, r);
    put_escaped(out, plain.at ? plain.at : "", false);
    text_puts(out, "}\\par}\n");
    out->failed |= plain.failed;
    text_release(&plain);
}

void
latex_render(const struct result *r, const struct table *const *tables, size_t n,
             struct text *out)
{
    text_puts(out, "% To be \\input into a document in UTF-8; no package is needed.\n");
    display_each(r, tables, n, put_table, out);
    put_notes(out, r);
    put_provenance(out, r);
}
