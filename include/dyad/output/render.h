/* output/render.h: a result as text, CSV, JSON, Markdown, HTML or LaTeX. */
#ifndef DYAD_OUTPUT_RENDER_H
#define DYAD_OUTPUT_RENDER_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_HTML, FORMAT_LATEX };

/** format_find(name, out): the format called ${name} ("text", "csv", ...). */
bool format_find(const char *name, enum format *out);

/** format_of_path(path, out): the format that the ending of ${path} asks for, if any. */
bool format_of_path(const char *path, enum format *out);

/** format_ending(format): of a file that holds it: ".txt", ".json" ... */
const char *format_ending(enum format format);

/** format_has_hash(format): does it show the SHA-256 of the inputs? */
bool format_has_hash(enum format format);

/**
 * render(r, format, names, n_names, out):
 * Put the tables called ${names} (all, if ${n_names} is 0) of ${r} into ${out}.  CSV writes one
 * table: the named one, else the first.
 *
 * Returns: DYAD_OK, or DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status render(const struct result *r, enum format format, const char *const *names,
                                        size_t n_names, struct text *out);

/** render_csv_table(t, out): one table, as render() writes it. */
void render_csv_table(const struct table *t, struct text *out);

#endif
