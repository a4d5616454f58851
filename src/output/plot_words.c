/* The words of a plot: made harmless, measured, broken into lines. */
#include "plot_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/lettering.h"

enum { PARAGRAPH_CAP = 4000, SHORT_BRACKET = 12 };

static char *
stolen(struct layout *l, struct text *from)
{
    char *made = text_steal(from);

    l->failed |= made == NULL;
    return made;
}

char *
layout_clean(struct layout *l, const char *string, size_t cap)
{
    struct text out = TEXT_INIT;

    if (string == NULL || *string == '\0')
        return NULL;
    lettering_clean(string, cap, &out);
    return stolen(l, &out);
}

char *
layout_tied(struct layout *l, const char *title)
{
    struct text out = TEXT_INIT;
    char *plain = layout_clean(l, title, LETTERING_CAP);
    size_t inside = 0;

    for (const char *c = plain; c && *c; c++) {
        if (*c == '(' || *c == '[') {
            const size_t length = strcspn(c, ")]");
            inside = length <= SHORT_BRACKET ? length : 0;
        }
        if (inside && inside-- && *c == ' ')
            text_puts(&out, "\u00a0");
        else
            text_putc(&out, *c);
    }
    if (plain == NULL)
        return NULL;
    free(plain);
    return stolen(l, &out);
}

double
layout_width_of(const char *string, bool bold)
{
    return string ? CANVAS_FONT * lettering_width(string, strlen(string), bold) : 0;
}

double
layout_longest(const char *string, const char *separators, bool bold)
{
    double most = 0;

    while (string && *string) {
        const size_t n = strcspn(string, separators);
        most = fmax(most, CANVAS_FONT * lettering_width(string, n, bold));
        string += n + (string[n] != '\0');
    }
    return most;
}

void
layout_wrap(struct layout *l, struct paragraph *p, const char *string, double width,
            size_t max_lines, bool bold)
{
    struct text out = TEXT_INIT;

    free(p->wrapped);
    *p = (struct paragraph){ NULL, 0 };
    if (string == NULL)
        return;
    const size_t lines = lettering_wrap(string, width / CANVAS_FONT, max_lines, bold, &out);
    p->wrapped = stolen(l, &out);
    p->lines = p->wrapped ? lines : 0;
}

void
layout_paragraph(struct layout *l, struct paragraph *p, const char *string, double width,
                 size_t max_lines, bool bold)
{
    char *words = layout_clean(l, string, PARAGRAPH_CAP);

    layout_wrap(l, p, words, width, max_lines, bold);
    free(words);
}

void
layout_draw_lines(struct layout *l, const struct paragraph *p, enum canvas_align align, bool bold,
                  double x, double y)
{
    for (const char *at = p->wrapped; at; y += CANVAS_LINE) {
        const char *end = strchr(at, '\n');
        struct text line = TEXT_INIT;
        text_put(&line, at, end ? (size_t)(end - at) : strlen(at));
        if (line.failed)
            l->failed = true;
        else
            canvas_words(&l->canvas, align, bold, x, y, line.at);
        text_release(&line);
        at = end ? end + 1 : NULL;
    }
}
