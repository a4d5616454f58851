/*
 * output/page.h: a page for people: sections with a list of contents, figures drawn into it.
 *
 * One HTML file that loads nothing and runs nothing, to be read on a screen, on paper and aloud.
 * Memory that runs out is remembered and told by page_end().
 */
#ifndef DYAD_OUTPUT_PAGE_H
#define DYAD_OUTPUT_PAGE_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

#include <stdbool.h>
#include <stddef.h>

struct page {
    struct text contents, body;
    size_t n_sections, n_tables, n_figures;
    bool in_section;
};

#define PAGE_INIT { .contents = TEXT_INIT }

/** page_section(p, heading): ends the section before it, if any. */
void page_section(struct page *p, const char *heading);

/** page_part(p, heading): a part of the section. */
void page_part(struct page *p, const char *heading);

/** page_paragraph(p, words): nothing where there are none. */
void page_paragraph(struct page *p, const char *words);

/** page_list(p, items, n, kind): "ul", or "ol class=\"flow\"" for steps one below the other. */
enum page_list { PAGE_LIST_ITEMS, PAGE_LIST_STEPS };
void page_list(struct page *p, const char *const *items, size_t n, enum page_list kind);

/** page_table(p, t, level, title): a numbered table; ${title} NULL: its own name. */
void page_table(struct page *p, const struct table *t, double level, const char *title);

/* A table that is laid out by hand: rows of cells, the first of each its name. */
struct page_grid {
    const char *title;
    const char *const *headings;
    size_t n_columns;
    const char *const *cells; /* row after row; NULL: empty */
    const bool *is_heading;   /* of each row: its first cell heads those below it; NULL: none does */
    size_t n_rows;
    const char *note;         /* below; may be NULL */
};
void page_grid(struct page *p, const struct page_grid *g);

/**
 * page_figure(p, svg, title):
 * A picture as gnuplot makes it, its names (ids) made the figure's own; its <title> and <desc>
 * are what is read aloud.
 */
void page_figure(struct page *p, const char *svg, const char *title);

/** page_source(p, words): words of a machine: a command, a hash. */
void page_source(struct page *p, const char *label, const char *words);

/** page_end(p, title, byline, out): the whole page; ${byline} may be NULL.  DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status page_end(struct page *p, const char *title, const char *byline, struct text *out);

void page_release(struct page *p);

#endif
