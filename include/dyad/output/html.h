/*
 * output/html.h: one self-contained page, which loads nothing and runs nothing.
 *
 * html_render() writes the page of one result; a report writes the parts one by one.
 */
#ifndef DYAD_OUTPUT_HTML_H
#define DYAD_OUTPUT_HTML_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/output/display.h"

void html_render(const struct result *r, const struct table *const *tables, size_t n,
                 struct text *out);

/** html_table(out, d): with its caption, and what stands below it. */
void html_table(struct text *out, const struct display *d);

/** html_put(out, s): ${s} as text or as the value of an attribute. */
void html_put(struct text *out, const char *s);

#endif
