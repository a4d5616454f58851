#include "dyad/output/canvas.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "dyad/output/gnuplot.h"
#include "dyad/output/lettering.h"

#define FAMILY "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\""

/* PNG: pixels an inch, and the most either way (cairo itself ends at 32767). */
#define PNG_DPI 200.0
#define PNG_PIXELS 16000.0

enum ink_kind { LINES, PATHS, AREAS };

struct ink {
    enum ink_kind kind;
    const char *colour;
    double width;     /* points; of areas their edge's */
    const char *edge; /* its colour, of areas that have one */
    double dash, gap; /* of paths, in widths of theirs, without the round ends; 0: solid */
};

static const struct ink inks[CANVAS_INKS] = {
    [INK_BAND] = { AREAS, "#f1f3f6", 0, NULL, 0, 0 },
    [INK_SHADE_1] = { AREAS, "#eceef1", 0, NULL, 0, 0 },
    [INK_SHADE_2] = { AREAS, "#d8dce2", 0, NULL, 0, 0 },
    [INK_SHADE_3] = { AREAS, "#b9bfc9", 0, NULL, 0, 0 },
    [INK_SHADE_0] = { AREAS, "#ffffff", 0, NULL, 0, 0 },
    [INK_REFERENCE] = { LINES, "#8a8f98", 0.7, NULL, 0, 0 },
    [INK_RULE] = { LINES, "#b4b9c1", 0.6, NULL, 0, 0 },
    [INK_DOTTED] = { PATHS, "#14305c", 1.4, NULL, 0.05, 2.6 },
    [INK_DASHED] = { PATHS, "#14305c", 1.0, NULL, 3.6, 4.2 },
    [INK_SOLID] = { PATHS, "#14305c", 1.2, NULL, 0, 0 },
    [INK_AXIS] = { LINES, "#000000", 0.7, NULL, 0, 0 },
    [INK_SQUARE] = { AREAS, "#7d9cc9", 0, NULL, 0, 0 },
    [INK_INTERVAL] = { LINES, "#14305c", 1.1, NULL, 0, 0 },
    [INK_BUBBLE] = { AREAS, "#b7cae6", 0.8, "#14305c", 0, 0 },
    [INK_HOLLOW] = { AREAS, "#ffffff", 1.0, "#14305c", 0, 0 },
    [INK_FILLED] = { AREAS, "#14305c", 0.5, "#ffffff", 0, 0 },
    [INK_FINE] = { PATHS, "#5b626c", 0.8, NULL, 0.05, 3 },
    [INK_SUMMARY] = { AREAS, "#14305c", 0, NULL, 0, 0 },
};

/* Told apart by their dashes too: some see no colours, some print none. */
static const struct {
    const char *colour, *pale;
    double width;
    double dashes[4]; /* as in struct ink; two of each, or one, or none: solid */
} curves[CANVAS_CURVES] = {
    { "#14305c", "#8a98ae", 1.7, { 0, 0, 0, 0 } },
    { "#d55e00", "#eaae80", 1.7, { 4, 4.5, 0, 0 } },
    { "#3d9bdc", "#9ecdee", 2.0, { 0.05, 2.8, 0, 0 } },
    { "#007a5a", "#80bcac", 1.7, { 7, 3.2, 0.05, 3.2 } },
    { "#c2629a", "#e0b0cc", 1.7, { 8, 3.5, 0, 0 } },
    { "#b8860b", "#dcc285", 1.7, { 2, 3, 0, 0 } },
    { "#6a1b4d", "#b48da6", 1.7, { 3, 3, 0.05, 3 } },
    { "#6e6e6e", "#b6b6b6", 1.7, { 1, 4, 0, 0 } },
};

/* How much of what is below it a curve's band covers. */
#define BAND_COVER 0.15

static bool
is_among(int ink, int first)
{
    return ink >= first && ink < first + CANVAS_CURVES;
}

static struct ink
look_of(int ink)
{
    const int i = is_among(ink, INK_CURVE_BAND) ? ink - INK_CURVE_BAND :
                  is_among(ink, INK_CURVE) ? ink - INK_CURVE : ink - INK_CURVE_FINE;

    if (is_among(ink, INK_CURVE_BAND))
        return (struct ink){ AREAS, curves[i].colour, 0.4, curves[i].pale, 0, 0 };
    if (is_among(ink, INK_CURVE))
        return (struct ink){ PATHS, curves[i].colour, curves[i].width, NULL, curves[i].dashes[0],
                             curves[i].dashes[1] };
    if (is_among(ink, INK_CURVE_FINE))
        return (struct ink){ PATHS, curves[i].colour, 0.8, NULL, 0, 0 };
    return inks[ink];
}

static const char *const align_names[CANVAS_ALIGNS] = { "left", "center", "right" };

/* The name of each data file is one letter: inks first, then words. */
static const char *const ink_files[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
                                         "s", "t", "u", "v", "w", "x", "y", "z", "A", "B", "C",
                                         "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N",
                                         "O", "P", "Q", "R", "S", "T", "U", "V", "W" };
_Static_assert(sizeof ink_files / sizeof ink_files[0] == CANVAS_INKS, "a file for each ink");
static const char *const letter_files[2][CANVAS_ALIGNS] = { { "l", "m", "n" }, { "o", "p", "q" } };
static const char upright_file[] = "r";

void
canvas_line(struct canvas *c, enum canvas_ink ink, double x1, double y1, double x2, double y2)
{
    text_printf(&c->inks[ink], "%.3f\t%.3f\t%.3f\t%.3f\n", x1, y1, x2 - x1, y2 - y1);
    c->counts[ink]++;
}

void
canvas_area(struct canvas *c, enum canvas_ink ink, const struct canvas_point *corners, size_t n)
{
    for (size_t i = 0; i <= n; i++) /* the first again, to close it */
        text_printf(&c->inks[ink], "%.3f\t%.3f\n", corners[i % n].x, corners[i % n].y);
    text_putc(&c->inks[ink], '\n');
    c->counts[ink] += n + 1;
}

void
canvas_path(struct canvas *c, enum canvas_ink ink, const struct canvas_point *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_printf(&c->inks[ink], "%.3f\t%.3f\n", points[i].x, points[i].y);
    text_putc(&c->inks[ink], '\n');
    c->counts[ink] += n;
}

void
canvas_disc(struct canvas *c, enum canvas_ink ink, double x, double y, double radius)
{
    enum { CORNERS = 32 };
    const double turn = 0.19634954084936207; /* 2 pi / 32 */
    struct canvas_point corners[CORNERS];

    for (int i = 0; i < CORNERS; i++)
        corners[i] = (struct canvas_point){ x + radius * cos(turn * i), y + radius * sin(turn * i) };
    canvas_area(c, ink, corners, CORNERS);
}

/*
 * In a data file's double quotes gnuplot reads backslashes as C does.  A quote can only be octal
 * there, and gnuplot 5.4 takes a fourth digit behind \042: digits that follow are octal too.
 */
static void
put_quoted(struct text *out, const char *clean)
{
    bool behind_octal = false;

    text_putc(out, '"');
    for (; *clean; clean++) {
        const bool octal = *clean == '"' || (behind_octal && *clean >= '0' && *clean <= '7');
        if (octal)
            text_printf(out, "\\%03o", (unsigned)*clean);
        else if (*clean == '\\')
            text_puts(out, "\\\\");
        else
            text_putc(out, *clean);
        behind_octal = octal;
    }
    text_putc(out, '"');
}

static void
put_words_at(struct text *out, size_t *count, double x, double y, const char *string)
{
    struct text clean = TEXT_INIT;

    lettering_clean(string, LETTERING_CAP, &clean);
    if (clean.failed)
        out->failed = true;
    else if (clean.length) {
        text_printf(out, "%.3f\t%.3f\t", x, y);
        put_quoted(out, clean.at);
        text_putc(out, '\n');
        ++*count;
    }
    text_release(&clean);
}

void
canvas_words(struct canvas *c, enum canvas_align align, bool bold, double x, double y,
             const char *string)
{
    put_words_at(&c->letters[bold][align], &c->letter_counts[bold][align], x, y, string);
}

void
canvas_words_upwards(struct canvas *c, double x, double y, const char *string)
{
    put_words_at(&c->upright, &c->upright_count, x, y, string);
}

void
canvas_release(struct canvas *c)
{
    for (size_t i = 0; i < CANVAS_INKS; i++)
        text_release(&c->inks[i]);
    for (size_t i = 0; i < 2 * CANVAS_ALIGNS; i++)
        text_release(&c->letters[i / CANVAS_ALIGNS][i % CANVAS_ALIGNS]);
    text_release(&c->upright);
}

/*
 * How a terminal counts: its units in a point, and what font size, line width and dashes (of a
 * line one wide) are given in.
 */
struct terminal {
    double units, font, line, dash;
};

static double
png_dpi(const struct canvas_page *page)
{
    return fmin(PNG_DPI, 72 * PNG_PIXELS / (page->scale * fmax(page->width, page->height)));
}

/* With paths ends and corners are round: cairo's paths would begin with a thorn. */
static struct terminal
write_terminal(struct text *out, const struct canvas_page *page, const char *format,
               bool rounded)
{
    const double width = page->width * page->scale, height = page->height * page->scale;
    struct terminal t = { 4.0 / 3, 4.0 / 3, 4.0 / 3, 2 }; /* svg: CSS pixels, 96 an inch */

    if (strcmp(format, "pdf") == 0) {
        /* cairo's fonts are sized for 96 dots an inch; a line of 1 is half a point. */
        t = (struct terminal){ 1, 0.75, 2, 4 };
        text_printf(out, "set terminal pdfcairo size %.6f,%.6f fontscale 1", width / 72,
                    height / 72);
    } else if (strcmp(format, "png") == 0) {
        const double dpi = png_dpi(page);
        t = (struct terminal){ dpi / 72, 0.75 * dpi / 72, dpi / 72, 4 };
        text_printf(out, "set terminal pngcairo size %.0f,%.0f", ceil(width * t.units - 1e-6),
                    ceil(height * t.units - 1e-6));
    } else
        text_printf(out, "set terminal svg size %.0f,%.0f", ceil(width * t.units - 1e-6),
                    ceil(height * t.units - 1e-6));
    t.font *= page->scale * CANVAS_FONT;
    t.line *= page->scale;
    text_printf(out, " noenhanced %sfont \"Helvetica,%.4f\" linewidth 1 background \"#ffffff\"\n",
                rounded ? "rounded " : "", t.font);
    return t;
}

/* One data file and how it is painted. */
struct layer {
    const char *file;
    const struct text *content;
    size_t count;
    int ink; /* or -1: words */
    size_t bold, align;
    bool upright;
};

enum { MOST_LAYERS = CANVAS_INKS + 2 * CANVAS_ALIGNS + 1 };

static size_t
list_layers(const struct canvas *c, struct layer out[MOST_LAYERS])
{
    size_t n = 0;

    for (int i = 0; i < CANVAS_INKS; i++)
        if (c->counts[i])
            out[n++] = (struct layer){ ink_files[i], &c->inks[i], c->counts[i], i, 0, 0, false };
    for (size_t b = 0; b < 2; b++)
        for (size_t a = 0; a < CANVAS_ALIGNS; a++)
            if (c->letter_counts[b][a])
                out[n++] = (struct layer){ letter_files[b][a], &c->letters[b][a],
                                           c->letter_counts[b][a], -1, b, a, false };
    if (c->upright_count)
        out[n++] = (struct layer){ upright_file, &c->upright, c->upright_count, -1, 0,
                                   ALIGN_CENTRE, true };
    return n;
}

static void
write_area_style(struct text *out, int ink, const struct terminal *t)
{
    const struct ink look = look_of(ink);

    text_puts(out, "1:2 with filledcurves closed fill ");
    if (is_among(ink, INK_CURVE_BAND))
        text_printf(out, "transparent solid %.2f ", BAND_COVER);
    else
        text_puts(out, "solid ");
    if (look.edge)
        text_printf(out, "border linecolor rgb \"%s\" linewidth %.4f", look.edge,
                    look.width * t->line);
    else
        text_puts(out, "noborder");
    text_printf(out, " linecolor rgb \"%s\"", look.colour);
}

static void
write_path_style(struct text *out, int ink, const struct terminal *t)
{
    const struct ink look = look_of(ink);
    const double *more = is_among(ink, INK_CURVE) ? curves[ink - INK_CURVE].dashes + 2 : NULL;

    text_puts(out, "1:2 with lines dashtype ");
    if (look.dash > 0)
        text_printf(out, "(%.4f,%.4f", look.dash * t->dash, look.gap * t->dash);
    if (look.dash > 0 && more && more[0] > 0)
        text_printf(out, ",%.4f,%.4f", more[0] * t->dash, more[1] * t->dash);
    text_printf(out, "%s linewidth %.4f linecolor rgb \"%s\"", look.dash > 0 ? ")" : "solid",
                look.width * t->line, look.colour);
}

static void
write_style(struct text *out, const struct layer *l, const struct terminal *t)
{
    if (l->ink < 0)
        text_printf(out, "1:2:3 with labels %s %snoenhanced font \"Helvetica%s,%.4f\" "
                    "textcolor rgb \"#000000\"",
                    align_names[l->align], l->upright ? "rotate by 90 " : "",
                    l->bold ? ":Bold" : "", t->font);
    else if (look_of(l->ink).kind == AREAS)
        write_area_style(out, l->ink, t);
    else if (look_of(l->ink).kind == PATHS)
        write_path_style(out, l->ink, t);
    else
        text_printf(out, "1:2:3:4 with vectors nohead linewidth %.4f linecolor rgb \"%s\"",
                    look_of(l->ink).width * t->line, look_of(l->ink).colour);
}

/*
 * Constant words and numbers only.  The script ends in its sentinel only if gnuplot has read as
 * many records from each file as were put there.
 */
static void
write_script(const struct layer *layers, size_t n, const struct canvas_page *page,
             const char *format, struct text *out)
{
    bool paths = false;

    for (size_t i = 0; i < n; i++)
        paths |= layers[i].ink >= 0 && look_of(layers[i].ink).kind == PATHS;
    const struct terminal t = write_terminal(out, page, format, paths);

    text_puts(out, "set output \"" GNUPLOT_PICTURE "\"\n"
                   "set encoding utf8\n"
                   "set datafile separator \"\\t\"\n"
                   "set datafile commentschars \"\"\n"
                   "whole = 1\n");
    for (size_t i = 0; i < n; i++)
        text_printf(out, "stats \"%s\" using 1 nooutput\nwhole = whole && STATS_records == %zu\n",
                    layers[i].file, layers[i].count);
    text_puts(out, "unset border\nunset tics\nunset key\n"
                   "set lmargin at screen 0\nset rmargin at screen 1\n"
                   "set bmargin at screen 0\nset tmargin at screen 1\n");
    text_printf(out, "set xrange [0:%.3f]\nset yrange [%.3f:0]\nplot ", page->width,
                page->height);
    for (size_t i = 0; i < n; i++) {
        text_printf(out, "%s\"%s\" using ", i ? ", \\\n     " : "", layers[i].file);
        write_style(out, &layers[i], &t);
    }
    text_printf(out, "\nunset output\nif (!whole) {\n    exit status 1\n}\nexit status %d\n",
                GNUPLOT_FINISHED);
}

static void
put_escaped(struct text *out, const char *string)
{
    struct text clean = TEXT_INIT;

    lettering_clean(string, 10 * LETTERING_CAP, &clean);
    out->failed |= clean.failed;
    for (const char *s = clean.at ? clean.at : ""; *s; s++) {
        if (*s == '<' || *s == '>' || *s == '&')
            text_puts(out, *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : "&amp;");
        else
            text_putc(out, *s);
    }
    text_release(&clean);
}

/* Copy a tag, with fonts that exist elsewhere, bold as bold, and smooth edges. */
static void
put_tag(struct text *out, const char *tag, size_t length)
{
    static const struct {
        const char *was, *becomes;
    } changes[] = {
        { "font-family=\"Helvetica:Bold\"", FAMILY " font-weight=\"bold\"" },
        { "font-family=\"Helvetica\"", FAMILY },
        { " shape-rendering='crispEdges'", "" },
        { "<svg ", "<svg role=\"img\"" },
    };

    for (size_t i = 0; i < length;) {
        size_t k = 0, n = 0;
        for (; k < sizeof changes / sizeof changes[0]; k++) {
            n = strlen(changes[k].was);
            if (n <= length - i && memcmp(tag + i, changes[k].was, n) == 0)
                break;
        }
        if (k < sizeof changes / sizeof changes[0]) {
            text_puts(out, changes[k].becomes);
            i += n;
        } else
            text_putc(out, tag[i++]);
    }
}

static void
put_alternative(struct text *out, const struct canvas_page *page)
{
    if (page->title) {
        text_puts(out, "\n<title>");
        put_escaped(out, page->title);
        text_puts(out, "</title>");
    }
    if (page->description) {
        text_puts(out, "\n<desc>");
        put_escaped(out, page->description);
        text_puts(out, "</desc>");
    }
}

/*
 * Copy what is between tags.  gnuplot leaves "&#x" as a user wrote it, no escape of its own; and ">",
 * which XML allows among words, but not in "]]>".
 */
static void
put_words(struct text *out, const char *words, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (words[i] == '&' && i + 1 < length && words[i + 1] == '#')
            text_puts(out, "&amp;");
        else if (words[i] == '>')
            text_puts(out, "&gt;");
        else
            text_putc(out, words[i]);
}

/* The end of the element that begins at ${tag}, if it is one that gnuplot names itself in. */
static const char *
end_of_naming(const char *tag)
{
    if (strncmp(tag, "<title>", 7) != 0 && strncmp(tag, "<desc>", 6) != 0)
        return NULL;
    const char *close = strstr(tag, "</");
    return close ? strchr(close, '>') : NULL;
}

/*
 * Go over gnuplot's SVG tag by tag, leaving out its titles, which are names of data files.  In
 * words of ours gnuplot has written < as &lt;, so that no text is ever taken for a tag.
 */
static void
retouch_svg(const char *svg, const struct canvas_page *page, struct text *out)
{
    while (*svg) {
        const size_t words = strcspn(svg, "<");
        put_words(out, svg, words);
        svg += words;
        const char *naming = end_of_naming(svg), *end = naming ? naming : strchr(svg, '>');
        if (end == NULL) {
            text_puts(out, svg);
            return;
        }
        if (naming == NULL)
            put_tag(out, svg, (size_t)(end + 1 - svg));
        if (strncmp(svg, "<svg", 4) == 0)
            put_alternative(out, page);
        svg = end + 1;
    }
}

/* cairo dates a PDF; another day must not make other bytes. */
static void
undate_pdf(struct text *pdf)
{
    static const char key[] = "/CreationDate (D:", day[] = "19700101000000Z00'00'";
    char *date = memmem(pdf->at, pdf->length, key, sizeof key - 1);
    const char *const end = pdf->at + pdf->length;

    if (date == NULL)
        return;
    date += sizeof key - 1;
    for (size_t i = 0; i < sizeof day - 1 && date < end && *date != ')'; i++)
        *date++ = day[i];
}

/* The check of a PNG chunk (ISO 3309, as the PNG specification, annex D, has it). */
static uint32_t
png_check(const unsigned char *bytes, size_t n)
{
    uint32_t c = 0xffffffff;

    for (size_t i = 0; i < n; i++) {
        c ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
    }
    return ~c;
}

static void
put_32(unsigned char out[4], uint32_t x)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(x >> (24 - 8 * i));
}

/* Say how many pixels are an inch, behind the header, so that others show the page in its size. */
static void
put_png_density(const struct text *png, double dpi, struct text *out)
{
    enum { HEADER = 8 + 25 };
    unsigned char chunk[21] = { 0, 0, 0, 9, 'p', 'H', 'Y', 's', [16] = 1 };
    const uint32_t per_metre = (uint32_t)lround(dpi / 0.0254);

    put_32(chunk + 8, per_metre);
    put_32(chunk + 12, per_metre);
    put_32(chunk + 17, png_check(chunk + 4, 13));
    text_put(out, png->at, HEADER);
    text_put(out, (const char *)chunk, sizeof chunk);
    text_put(out, png->at + HEADER, png->length - HEADER);
}

enum dyad_status
canvas_save(const char *path, const struct text *picture, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path, strerror(errno));
    for (size_t done = 0; done < picture->length && st == DYAD_OK;) {
        const ssize_t n = write(fd, picture->at + done, picture->length - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            st = dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path,
                           n ? strerror(errno) : "nothing was taken");
    }
    if (st == DYAD_OK && fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        st = dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path, strerror(errno));
    if (close(fd) != 0 && st == DYAD_OK)
        st = dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path, strerror(errno));
    return st;
}

static enum dyad_status
retouch(struct text *picture, const struct canvas_page *page, const char *format,
        struct dyad_error *err)
{
    struct text better = TEXT_INIT;

    if (strcmp(format, "pdf") == 0) {
        undate_pdf(picture);
        return DYAD_OK;
    }
    if (strcmp(format, "png") == 0)
        put_png_density(picture, png_dpi(page), &better);
    else
        retouch_svg(picture->at, page, &better);
    text_release(picture);
    *picture = better;
    return better.failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : DYAD_OK;
}

static bool
has_failed(const struct canvas *c)
{
    bool failed = false;

    for (size_t i = 0; i < CANVAS_INKS; i++)
        failed |= c->inks[i].failed;
    for (size_t i = 0; i < 2 * CANVAS_ALIGNS; i++)
        failed |= c->letters[i / CANVAS_ALIGNS][i % CANVAS_ALIGNS].failed;
    return failed || c->upright.failed;
}

enum dyad_status
canvas_paint(const struct canvas *c, const struct canvas_page *page, const char *format,
             struct text *picture, struct dyad_error *err)
{
    struct layer layers[MOST_LAYERS];
    struct gnuplot_file files[MOST_LAYERS];
    struct text script = TEXT_INIT;
    enum dyad_status st;

    if (has_failed(c))
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    const size_t n = list_layers(c, layers);
    for (size_t i = 0; i < n; i++)
        files[i] = (struct gnuplot_file){ layers[i].file, layers[i].content };
    write_script(layers, n, page, format, &script);
    const struct gnuplot_job job = { &script, files, n, format, 0 };
    if ((st = gnuplot_run(&job, picture, err)) == DYAD_OK)
        st = retouch(picture, page, format, err);
    text_release(&script);
    return st;
}
