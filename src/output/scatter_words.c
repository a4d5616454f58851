/* The words of a scatter: cleaned, wrapped, drawn. */
#include "scatter_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/lettering.h"

enum { CAPTION_CAP = 4000 };

double
scatter_words_width(const char *string, bool bold)
{
    return string ? CANVAS_FONT * lettering_width(string, strlen(string), bold) : 0;
}

/* Clean words in lines of ${width} points; NULL for none. */
static char *
wrapped(struct layout *l, const char *string, double width, size_t max_lines, bool bold,
        size_t *lines)
{
    struct text clean = TEXT_INIT, out = TEXT_INIT;

    *lines = 0;
    if (string == NULL || *string == '\0')
        return NULL;
    lettering_clean(string, CAPTION_CAP, &clean);
    if (!clean.failed && clean.length)
        *lines = lettering_wrap(clean.at, fmax(width, 30) / CANVAS_FONT, max_lines, bold, &out);
    char *made = *lines ? text_steal(&out) : NULL;
    l->failed |= clean.failed || (*lines && made == NULL);
    if (made == NULL)
        *lines = 0;
    text_release(&clean);
    return made;
}

void
scatter_words_wrap(struct layout *l, struct paragraph *p, const char *string, double width,
                   size_t max_lines, bool bold)
{
    free(p->wrapped);
    p->wrapped = wrapped(l, string, width, max_lines, bold, &p->lines);
}

char *
scatter_words_line(struct layout *l, const char *string, double width)
{
    size_t lines;

    return wrapped(l, string, width, 1, false, &lines);
}

void
scatter_words_draw(struct layout *l, const struct paragraph *p, enum canvas_align align,
                   bool bold, double x, double y)
{
    const char *at = p->wrapped;

    for (; at; y += CANVAS_LINE) {
        const size_t n = strcspn(at, "\n");
        struct text line = TEXT_INIT;
        text_put(&line, at, n);
        l->failed |= line.failed;
        if (!line.failed)
            canvas_words(&l->canvas, align, bold, x, y, line.at ? line.at : "");
        text_release(&line);
        at = at[n] ? at + n + 1 : NULL;
    }
}

void
scatter_words_draw_upwards(struct layout *l, const struct paragraph *p, double x, double y)
{
    const char *at = p->wrapped;

    for (; at; x += CANVAS_LINE) {
        const size_t n = strcspn(at, "\n");
        struct text line = TEXT_INIT;
        text_put(&line, at, n);
        l->failed |= line.failed;
        if (!line.failed)
            canvas_words_upwards(&l->canvas, x, y, line.at ? line.at : "");
        text_release(&line);
        at = at[n] ? at + n + 1 : NULL;
    }
}

double
scatter_words_widest(const struct paragraph *p)
{
    double most = 0;

    for (const char *at = p->wrapped; at;) {
        const size_t n = strcspn(at, "\n");
        most = fmax(most, CANVAS_FONT * lettering_width(at, n, false));
        at = at[n] ? at + n + 1 : NULL;
    }
    return most;
}

double
scatter_words_height(const struct paragraph *p, double gap)
{
    return p->lines ? CANVAS_LINE * (double)p->lines + gap : 0;
}
