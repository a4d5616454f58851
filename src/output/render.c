#include "dyad/output/render.h"

#include "dyad/output/csv_table.h"
#include "dyad/output/html.h"
#include "dyad/output/json.h"
#include "dyad/output/latex.h"
#include "dyad/output/markdown.h"
#include "dyad/output/text_table.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *ending;
    enum format format;
    bool has_hash;
} formats[] = {
    { "text", ".txt", FORMAT_TEXT, false },
    { "csv", ".csv", FORMAT_CSV, false },
    { "json", ".json", FORMAT_JSON, true },
    { "markdown", ".md", FORMAT_MARKDOWN, true },
    { "html", ".html", FORMAT_HTML, true },
    { "latex", ".tex", FORMAT_LATEX, true },
};

enum { N_FORMATS = sizeof formats / sizeof *formats };

bool
format_find(const char *name, enum format *out)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0) {
            *out = formats[i].format;
            return true;
        }
    return false;
}

bool
format_of_path(const char *path, enum format *out)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');

    for (size_t i = 0; dot && i < N_FORMATS; i++)
        if (strcmp(formats[i].ending, dot) == 0) {
            *out = formats[i].format;
            return true;
        }
    return false;
}

const char *
format_ending(enum format format)
{
    size_t i = 0;

    while (formats[i].format != format)
        i++;
    return formats[i].ending;
}

bool
format_has_hash(enum format format)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (formats[i].format == format)
            return formats[i].has_hash;
    return false;
}

/* The tables to be written, each once, in the order of ${names}; their number. */
static size_t
choose(const struct result *r, const char *const *names, size_t n_names,
       const struct table **chosen)
{
    size_t n = 0;

    for (size_t i = 0; i < (n_names ? n_names : r->n_tables); i++) {
        const struct table *t = n_names ? result_find(r, names[i]) : r->tables[i];
        size_t same = 0;
        while (same < n && chosen[same] != t)
            same++;
        if (t && same == n)
            chosen[n++] = t;
    }
    return n;
}

static void
put(const struct result *r, enum format format, const struct table *const *tables, size_t n,
    struct text *out)
{
    switch (format) {
    case FORMAT_TEXT:
        text_table_render(r, tables, n, out);
        break;
    case FORMAT_CSV:
        if (n)
            csv_table_render(tables[0], out);
        break;
    case FORMAT_JSON:
        json_render(r, tables, n, out);
        break;
    case FORMAT_MARKDOWN:
        markdown_render(r, tables, n, out);
        break;
    case FORMAT_HTML:
        html_render(r, tables, n, out);
        break;
    case FORMAT_LATEX:
        latex_render(r, tables, n, out);
        break;
    }
}

enum dyad_status
render(const struct result *r, enum format format, const char *const *names, size_t n_names,
       struct text *out)
{
    const struct table **chosen = calloc(r->n_tables + n_names + 1, sizeof *chosen);
    struct text all = TEXT_INIT;

    if (chosen == NULL || result_status(r) != DYAD_OK) {
        free(chosen);
        return DYAD_NOMEM;
    }
    put(r, format, chosen, choose(r, names, n_names, chosen), &all);
    free(chosen);
    if (!all.failed && all.length)
        text_put(out, all.at, all.length);
    const bool failed = all.failed || out->failed;
    text_release(&all);
    return failed ? DYAD_NOMEM : DYAD_OK;
}

void
render_csv_table(const struct table *t, struct text *out)
{
    csv_table_render(t, out);
}
