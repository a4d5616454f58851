#include "manifest.h"

#include "dyad/core/text.h"
#include "dyad/data/number.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

const struct node *
manifest_table(const struct manifest *m, const char *name)
{
    const struct node *tables = node_find(&m->document.root, "tables");
    return tables ? node_find(tables, name) : NULL;
}

const struct node *
manifest_inputs(const struct manifest *m)
{
    return node_find(&m->document.root, "inputs");
}

const struct node *
manifest_row(const struct node *rows, const char *column, const char *value)
{
    for (size_t i = 0; rows && i < rows->n; i++)
        if (strcmp(manifest_text(&rows->items[i], column), value) == 0)
            return &rows->items[i];
    return NULL;
}

const char *
manifest_text(const struct node *row, const char *column)
{
    const struct node *n = node_find(row, column);
    return n && n->kind == NODE_TEXT ? n->text : "";
}

double
manifest_number(const struct node *row, const char *column)
{
    const char *text = manifest_text(row, column);
    double number;

    if (strcmp(text, "Inf") == 0 || strcmp(text, "-Inf") == 0)
        return *text == '-' ? -INFINITY : INFINITY;
    return number_parse(text, strlen(text), '.', &number) == NUMBER_GOOD ? number : NAN;
}

/* The tables are lists of maps, and what is called a file is one in the folder, none that lies elsewhere. */
static bool
is_ours(const struct manifest *m)
{
    static const char *const tables[] = { "plan", "analyses", "flow", "outputs" };

    if (strcmp(manifest_text(&m->document.root, "command"), "run") != 0 || manifest_inputs(m) == NULL)
        return false;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (manifest_table(m, tables[i]) == NULL || manifest_table(m, tables[i])->kind != NODE_LIST)
            return false;
    const struct node *outputs = manifest_table(m, "outputs");
    for (size_t i = 0; i < outputs->n; i++) {
        const char *file = manifest_text(&outputs->items[i], "file");
        if (*file == '\0' || *file == '.' || strchr(file, '/'))
            return false;
    }
    return true;
}

enum dyad_status
manifest_read(const char *folder, struct manifest *out, struct dyad_error *err)
{
    struct manifest m = MANIFEST_INIT;
    struct text path = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    text_printf(&path, "%s/" MANIFEST_FILE, folder);
    if (path.failed)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    else if (access(path.at, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)) {
        st = document_read(path.at, &m.document, err);
        m.exists = true;
        if (st == DYAD_OK && !is_ours(&m))
            st = dyad_fail(err, DYAD_DATA, "%s: is no manifest that dyad run wrote", path.at);
    }
    text_release(&path);
    if (st == DYAD_OK)
        *out = m;
    else
        manifest_release(&m);
    return st;
}

void
manifest_release(struct manifest *m)
{
    document_release(&m->document);
}
