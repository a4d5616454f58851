#include "dyad/output/scatter.h"

#include "check.h"

#include <unistd.h>

#include "dyad/output/lettering.h"

static char root[] = "/tmp/test_scatter.XXXXXX";
static char marker[64], picture_path[64];
static struct dyad_error error;

/* ---- the picture as read back ---- */

static struct text
drawn_as(const struct scatter *s, const char *format, struct plot_size size)
{
    struct text t = TEXT_INIT;
    char bytes[4096];
    size_t n;

    snprintf(picture_path, sizeof picture_path, "%.40s/picture.%.4s", root, format);
    error.text[0] = '\0';
    if (scatter_draw(s, picture_path, format, size, &error) != DYAD_OK) {
        print_error("%s\n", error.text);
        _fail(__FILE__, __LINE__);
    }
    FILE *f = fopen(picture_path, "rb");
    CHECK(f != NULL);
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        text_put(&t, bytes, n);
    fclose(f);
    return t;
}

static struct text
drawn(const struct scatter *s)
{
    return drawn_as(s, "svg", (struct plot_size){ 0, 0 });
}

static size_t
occurrences(const struct text *in, const char *what)
{
    size_t n = 0;

    for (const char *at = in->at; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static bool
shows(const struct text *svg, const char *escaped)
{
    char tagged[1024];

    snprintf(tagged, sizeof tagged, ">%s</text>", escaped);
    return strstr(svg->at, tagged) != NULL;
}

static double
attribute(const struct text *svg, const char *name)
{
    const char *at = strstr(svg->at, name);

    CHECK(at != NULL);
    return strtod(at + strlen(name), NULL);
}

enum { MOST_WORDS = 600, MOST_MARKS = 400 };

/* Words of the picture, in CSS pixels. */
struct words {
    double left, right, y;
    char text[256];
};

/* Everything that reads from left to right; a < counts as wide as &lt;, which is to be checked. */
static size_t
read_words(const struct text *svg, struct words *out)
{
    const double pixels = 11.0 * 4 / 3;
    size_t n = 0;

    for (const char *at = svg->at; (at = strstr(at, "translate(")) != NULL && n < MOST_WORDS;) {
        char *end;
        const double x = strtod(at + 10, &end), y = strtod(end + 1, &end);
        const char *tag_end = strchr(end, '>'), *text = strstr(at, "<text>");
        if (tag_end == NULL || text == NULL)
            break;
        at = text + 6;
        if (strncmp(end, ") rotate", 8) == 0)
            continue;
        const size_t length = strcspn(at, "<");
        const double wide = pixels * lettering_width(at, length, false);
        const char *anchor = strstr(end, "text-anchor=\"");
        const double before = anchor[13] == 's' ? 0 : anchor[13] == 'm' ? wide / 2 : wide;
        out[n] = (struct words){ x - before, x - before + wide, y, "" };
        snprintf(out[n].text, sizeof out[n].text, "%.*s", (int)length, at);
        n++;
    }
    return n;
}

/* Lines of a paragraph are 18.7 pixels apart, letters are 14 high. */
static void
check_words(const struct words *w, size_t n, double width, double height)
{
    for (size_t i = 0; i < n; i++) {
        bool bad = w[i].left < 0 || w[i].right > width || w[i].y < 10 || w[i].y > height;
        for (size_t k = 0; k < i; k++)
            bad |= fabs(w[i].y - w[k].y) < 14 && w[i].left < w[k].right && w[k].left < w[i].right;
        if (bad) {
            print_error("'%s' at (%g, %g) touches something\n", w[i].text, w[i].left, w[i].y);
            _fail(__FILE__, __LINE__);
        }
    }
}

#define DARK "rgb( 20,  48,  92)' points = '"
#define LIGHT "rgb(183, 202, 230)' points = '"
#define WHITE "rgb(255, 255, 255)' points = '"

/* The middle of an area, from its corner farthest left and right, top and bottom. */
struct mark {
    double x, y, width, height;
};

static size_t
read_marks(const struct text *svg, const char *colour, struct mark *out)
{
    size_t n = 0;

    for (const char *at = svg->at; (at = strstr(at, colour)) != NULL && n < MOST_MARKS; n++) {
        double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
        for (at += strlen(colour); *at != '\'';) {
            char *end;
            const double x = strtod(at, &end), y = strtod(end + 1, &end);
            low_x = fmin(low_x, x), high_x = fmax(high_x, x);
            low_y = fmin(low_y, y), high_y = fmax(high_y, y);
            at = end + strspn(end, " ");
        }
        out[n] = (struct mark){ (low_x + high_x) / 2, (low_y + high_y) / 2, high_x - low_x,
                                high_y - low_y };
    }
    return n;
}

/* ---- scatters ---- */

static void
fill(struct scatter *s, const char *words)
{
    const struct scatter_spot corners[] = { { 0.5, 0 }, { 2, 0.5 }, { 0.3, 0.5 } };

    s->x.scale = SCALE_RATIO;
    s->y.reversed = true;
    scatter_set(&s->title, words, s);
    scatter_set(&s->x.title, words, s);
    scatter_set(&s->y.title, words, s);
    scatter_set(&s->slopes, words, s);
    scatter_set(&s->caption, words, s);
    scatter_set(&s->alternative, words, s);
    scatter_area(s, 2, corners, 3, words);
    scatter_line(s, SCATTER_DASHED, corners, 3, words, SCATTER_AT_LINE);
    scatter_upright(s, SCATTER_SOLID, 0.7, words, SCATTER_IN_LEGEND);
    for (int i = 0; i < SCATTER_MARKS; i++) {
        scatter_set(&s->marks[i], words, s);
        scatter_put(s, (enum scatter_mark)i, 0.4 + 0.3 * i, 0.1 * i, 1, 1, words);
    }
}

static double
uniform(void)
{
    static uint32_t state = 3;

    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / 16777216.0;
}

/* With the marker's path for %s: as a script, many of these ran their command. */
static const char *const attacks[] = {
    "x `touch %s`",
    "x\"; system(\"touch %s\"); a=\"",
    "x'; system('touch %s'); a='",
    "x\n!touch %s\nset title 'y",
    "\"`touch %s`\"",
    "@x system('touch %s')",
    "a\nEOD\nsystem('touch %s')\nb",
    "< touch %s; echo 1",
    "|touch %s",
    "x \\140touch %s\\140",
    "A_{b}^{2} {/=400 HUGE} &{x} @{touch %s}",
    "</text></g></svg><svg onload=\"touch %s\"><script>",
    "]]> <![CDATA[ `touch %s`",
    "\xff\xfe-\x01\x1b[31m\x7f `touch %s` \\",
    "# `touch %s` #",
    "NaN",
    "",
};

static void
runs_nothing_that_stands_in_words(void)
{
    char words[512];

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct scatter s = SCATTER_INIT;
        const char *place = strstr(attacks[i], "%s");
        snprintf(words, sizeof words, "%.*s%s%s", place ? (int)(place - attacks[i]) : 400,
                 attacks[i], place ? marker : "", place ? place + 2 : "");
        fill(&s, words);
        struct text svg = drawn(&s), png = drawn_as(&s, "png", (struct plot_size){ 0, 0 });
        CHECK(occurrences(&svg, "<script") == 0 && occurrences(&svg, "<svg") == 1);
        CHECK(occurrences(&svg, "</svg>") == 1 && occurrences(&svg, "]]>") == 0);
        CHECK(access(marker, F_OK) != 0);
        text_release(&svg);
        text_release(&png);
        scatter_release(&s);
    }
}

static void
draws_the_same_bytes_again(void)
{
    static const char *const formats[] = { "svg", "png", "pdf" };
    struct scatter s = SCATTER_INIT;

    fill(&s, "words");
    for (size_t i = 0; i < 3; i++) {
        struct text once = drawn_as(&s, formats[i], (struct plot_size){ 0, 0 });
        struct text again = drawn_as(&s, formats[i], (struct plot_size){ 0, 0 });
        CHECK(once.length == again.length && memcmp(once.at, again.at, once.length) == 0);
        text_release(&once);
        text_release(&again);
    }
    scatter_release(&s);
}

static void
puts_points_where_the_axes_say(void)
{
    struct scatter s = SCATTER_INIT;
    struct mark m[MOST_MARKS];

    s.x.scale = SCALE_RATIO;
    s.y.reversed = true;
    scatter_put(&s, SCATTER_FILLED, 1, 0, NAN, NAN, NULL);
    scatter_put(&s, SCATTER_FILLED, 2, 3, NAN, NAN, NULL);
    scatter_put(&s, SCATTER_FILLED, 8, 1, NAN, NAN, NULL);
    scatter_put(&s, SCATTER_FILLED, 0, 1, NAN, NAN, NULL);   /* no ratio */
    scatter_put(&s, SCATTER_FILLED, NAN, 1, NAN, NAN, NULL);
    scatter_put(&s, SCATTER_FILLED, 1, INFINITY, NAN, NAN, NULL);
    struct text svg = drawn(&s);
    CHECK(read_marks(&svg, DARK, m) == 3);
    CHECK_REL(m[2].x - m[0].x, 3 * (m[1].x - m[0].x), 1e-3); /* 1 to 8 is three times 1 to 2 */
    CHECK_REL(m[1].y - m[0].y, 3 * (m[2].y - m[0].y), 1e-3); /* downwards */
    CHECK(m[1].y > m[0].y && m[1].x > m[0].x);
    CHECK(shows(&svg, "1") && shows(&svg, "2") && shows(&svg, "4") && shows(&svg, "8"));
    text_release(&svg);
    scatter_release(&s);
}

static void
gives_bubbles_their_weight_as_area(void)
{
    struct scatter s = SCATTER_INIT;
    struct mark m[MOST_MARKS];

    scatter_put(&s, SCATTER_BUBBLE, 0, 0, 1, NAN, NULL);
    scatter_put(&s, SCATTER_BUBBLE, 0, 1, 4, NAN, NULL);
    scatter_put(&s, SCATTER_BUBBLE, 0.05, 1, NAN, NAN, NULL);
    struct text svg = drawn(&s);
    CHECK(read_marks(&svg, LIGHT, m) == 3);
    CHECK_REL(m[0].width, 2 * m[1].width, 5e-3); /* the large one first, below the others */
    CHECK(m[2].width < m[1].width);
    CHECK_REL(m[0].width, m[0].height, 5e-3);
    text_release(&svg);
    scatter_release(&s);
}

/* gnuplot begins with symbols that it may use. */
static const char *
behind_symbols(const struct text *svg)
{
    const char *at = strstr(svg->at, "</defs>");

    CHECK(at != NULL);
    return at;
}

static void
keeps_marks_inside_the_frame(void)
{
    struct scatter s = SCATTER_INIT;
    struct mark m[MOST_MARKS];

    s.x = s.y = (struct scatter_axis){ .scale = SCALE_PROPORTION, .low = 0, .high = 1 };
    s.square = true;
    scatter_put(&s, SCATTER_BUBBLE, 0, 0, 1, NAN, NULL);
    scatter_put(&s, SCATTER_BUBBLE, 1, 1, 1, NAN, NULL);
    struct text svg = drawn(&s);
    CHECK(read_marks(&svg, LIGHT, m) == 2);
    CHECK_REL(m[1].x - m[0].x, m[0].y - m[1].y, 1e-3); /* square */
    /* Lines are <path ... d='Mx,y Lx,y ...; the axes' begin at the frame's corner. */
    double left = INFINITY, low = 0;
    for (const char *at = behind_symbols(&svg); (at = strstr(at, "d='M")) != NULL; at++) {
        char *end;
        left = fmin(left, strtod(at + 4, &end));
        low = fmax(low, strtod(end + 1, NULL));
    }
    CHECK(m[0].x - m[0].width / 2 > left + 2 && m[0].y + m[0].height / 2 < low - 2);
    CHECK(shows(&svg, "0%") && shows(&svg, "100%"));
    text_release(&svg);
    scatter_release(&s);
}

static void
cuts_lines_and_areas_at_the_frame(void)
{
    const struct scatter_spot all[] = { { -INFINITY, -INFINITY }, { INFINITY, -INFINITY },
                                        { INFINITY, INFINITY }, { -INFINITY, INFINITY } };
    const struct scatter_spot far[] = { { -1e9, 0.5 }, { 1e9, 0.5 }, { 1e9, 1e9 } };
    const struct scatter_spot broken[] = { { 0, 0 }, { NAN, 1 }, { 1, 1 } };
    struct scatter s = SCATTER_INIT;
    struct mark m[MOST_MARKS];

    s.x.low = s.y.low = 0;
    s.x.high = s.y.high = 1;
    scatter_area(&s, 1, all, 4, NULL);
    scatter_area(&s, 0, far, 3, NULL);
    scatter_area(&s, 0, broken, 3, NULL);
    scatter_area(&s, 3, NULL, 0, NULL);
    scatter_line(&s, SCATTER_DOTTED, far, 3, NULL, SCATTER_IN_LEGEND);
    scatter_line(&s, SCATTER_SOLID, broken, 3, NULL, SCATTER_IN_LEGEND);
    scatter_line(&s, SCATTER_SOLID, NULL, 0, "nothing", SCATTER_AT_LINE);
    struct text svg = drawn(&s);
    const double width = attribute(&svg, "width=\""), height = attribute(&svg, "height=\"");
    CHECK(read_marks(&svg, "rgb(236, 238, 241)' points = '", m) == 1);
    CHECK(m[0].x - m[0].width / 2 > 0 && m[0].x + m[0].width / 2 < width);
    CHECK(m[0].y - m[0].height / 2 > 0 && m[0].y + m[0].height / 2 < height);
    struct mark white[MOST_MARKS];
    CHECK(read_marks(&svg, WHITE, white) == 1); /* the broken one is none */
    CHECK_REL(white[0].width, m[0].width, 1e-3);
    CHECK_REL(white[0].height, m[0].height / 2, 1e-2);
    CHECK(shows(&svg, "nothing")); /* a line that is nowhere is named in the legend */
    text_release(&svg);
    scatter_release(&s);
}

/* Each of many points with a name: what is shown touches nothing and covers no point. */
static void
check_crowd_of(size_t n, const char *name, double spread)
{
    static struct words w[MOST_WORDS];
    static struct mark m[MOST_MARKS];
    struct scatter s = SCATTER_INIT;
    char label[300];

    fill(&s, "some words");
    for (size_t i = 0; i < n; i++) {
        snprintf(label, sizeof label, name, (int)i);
        scatter_put(&s, SCATTER_FILLED, exp(spread * (uniform() - 0.5)), spread * uniform(), NAN,
                    uniform(), label);
    }
    struct text svg = drawn(&s);
    const double width = attribute(&svg, "width=\""), height = attribute(&svg, "height=\"");
    const size_t n_words = read_words(&svg, w), n_marks = read_marks(&svg, DARK, m);
    CHECK(n_words > 10 && n_words < MOST_WORDS && n_marks >= n);
    check_words(w, n_words, width, height);
    for (size_t i = 0; i < n_words; i++)
        for (size_t k = 0; k < n_marks; k++)
            if (fabs(m[k].y - (w[i].y - 4.6)) < 7 && m[k].x > w[i].left && m[k].x < w[i].right) {
                print_error("'%s' covers a point\n", w[i].text);
                _fail(__FILE__, __LINE__);
            }
    text_release(&svg);
    scatter_release(&s);
}

static void
writes_labels_only_where_there_is_room(void)
{
    static const size_t sizes[] = { 3, 16, 60, 200 };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_crowd_of(sizes[i], "Study %d", 2);
        check_crowd_of(sizes[i], "Study %d of the very long names that no picture has room for", 2);
        check_crowd_of(sizes[i], "%d identical", 0);
        check_crowd_of(sizes[i], "far %d", 600);
    }
}

static void
interrupts_lines_behind_words(void)
{
    struct scatter s = SCATTER_INIT;
    static struct words w[MOST_WORDS];
    size_t lines = 0;

    scatter_put(&s, SCATTER_FILLED, 0.5, 0.5, NAN, 1, "wider than from one line to another");
    s.x.low = s.y.low = 0;
    s.x.high = s.y.high = 1;
    for (int i = 0; i < 10; i++)
        scatter_upright(&s, SCATTER_SOLID, i / 10.0 + 0.05, NULL, SCATTER_IN_LEGEND);
    struct text svg = drawn(&s);
    size_t n = read_words(&svg, w), label = 0;
    for (; label < n && strncmp(w[label].text, "wider", 5) != 0; label++)
        ;
    CHECK(label < n);
    for (const char *at = behind_symbols(&svg); (at = strpbrk(at, "M<")) != NULL; at++) {
        char *end;
        const double x = strtod(at + 1, &end), from = strtod(end + (end[0] == ','), &end);
        const char *to = end + strspn(end, " L");
        const double x2 = strtod(to, &end), until = strtod(end + (end[0] == ','), NULL);
        if (*at != 'M' || x != x2 || !(x > w[label].left && x < w[label].right))
            continue;
        lines++;
        CHECK(fmin(from, until) > w[label].y - 4.6 || fmax(from, until) < w[label].y - 4.6);
    }
    CHECK(lines >= 8); /* above and below at least four times */
    text_release(&svg);
    scatter_release(&s);
}

static void
cuts_long_names_where_they_differ(void)
{
    static const char *const labels[] = {
        "International Collaborative Group on everything, 1961",
        "International Collaborative Group on everything, 1962",
        "A group with a name of its own that is as long, 1963",
    };
    struct scatter s = SCATTER_INIT;

    for (size_t i = 0; i < 3; i++)
        scatter_put(&s, SCATTER_FILLED, 0, (double)i, NAN, 1, labels[i]);
    s.x.low = -9;
    s.x.high = 1;
    struct text svg = drawn(&s);
    CHECK(strstr(svg.at, ", 1961</text>") != NULL && strstr(svg.at, ", 1962</text>") != NULL);
    CHECK(strstr(svg.at, ">A group with a name") != NULL && strstr(svg.at, "1963") == NULL);
    CHECK(occurrences(&svg, "…") == 3);
    text_release(&svg);
    scatter_release(&s);
}

static void
names_lines_at_their_place_or_in_the_legend(void)
{
    const struct scatter_spot rising[] = { { 0, 0 }, { 1, 1 } };
    struct scatter s = SCATTER_INIT;
    struct words w[MOST_WORDS];

    s.x.low = s.y.low = 0;
    s.x.high = s.y.high = 1;
    scatter_line(&s, SCATTER_SOLID, rising, 2, "beside", SCATTER_AT_LINE);
    scatter_line(&s, SCATTER_DOTTED, rising, 2, "above", SCATTER_IN_LEGEND);
    struct text svg = drawn(&s);
    const size_t n = read_words(&svg, w);
    double beside = NAN, above = NAN;
    for (size_t i = 0; i < n; i++) {
        beside = strcmp(w[i].text, "beside") == 0 ? w[i].y : beside;
        above = strcmp(w[i].text, "above") == 0 ? w[i].y : above;
    }
    CHECK(above < 40 && beside > above + 20);
    CHECK(occurrences(&svg, ">beside</text>") == 1);
    text_release(&svg);
    for (int i = 0; i < 1200; i++) /* no room is left */
        scatter_put(&s, SCATTER_HOLLOW, (i % 40) / 39.0, (i / 40) / 29.0, NAN, NAN, NULL);
    svg = drawn(&s);
    const size_t m = read_words(&svg, w);
    for (size_t i = 0; i < m; i++)
        beside = strcmp(w[i].text, "beside") == 0 ? w[i].y : beside;
    CHECK(beside == above && occurrences(&svg, ">beside</text>") == 1);
    text_release(&svg);
    scatter_release(&s);
}

static void
shows_slopes_at_the_right(void)
{
    struct scatter s = SCATTER_INIT;
    static struct words w[MOST_WORDS];
    double at_one = NAN, zero = NAN;

    s.x.low = 0;
    s.y.low = -2;
    s.y.high = 2;
    scatter_set(&s.slopes, "Odds ratio", &s);
    s.slope_scale = SCALE_RATIO;
    scatter_put(&s, SCATTER_FILLED, 2, 1, NAN, NAN, NULL);
    struct text svg = drawn(&s);
    const size_t n = read_words(&svg, w);
    const double width = attribute(&svg, "width=\"");
    for (size_t i = 0; i < n; i++) {
        if (strcmp(w[i].text, "1") == 0 && w[i].left > width / 2 && w[i].y < 400)
            at_one = w[i].y;
        if (strcmp(w[i].text, "0") == 0 && w[i].right < width / 4)
            zero = w[i].y;
    }
    CHECK(!isnan(at_one) && fabs(at_one - zero) < 0.02); /* slope 0 is a ratio of 1 */
    CHECK(shows(&svg, "Odds ratio") && shows(&svg, "2") && shows(&svg, "0.5"));
    text_release(&svg);
    scatter_release(&s);
}

static void
draws_what_holds_nothing(void)
{
    static const enum scale scales[] = { SCALE_NUMBER, SCALE_PROPORTION, SCALE_DIFFERENCE,
                                         SCALE_RATIO };

    for (size_t i = 0; i < 4; i++) {
        struct scatter s = SCATTER_INIT;
        s.x.scale = scales[i];
        s.y.scale = scales[3 - i];
        struct text svg = drawn(&s);
        CHECK(occurrences(&svg, "<svg") == 1);
        text_release(&svg);
        scatter_put(&s, SCATTER_FILLED, 0, 0, NAN, NAN, "both 0");
        scatter_put(&s, SCATTER_FILLED, 1, 1, NAN, NAN, "both 1");
        svg = drawn(&s);
        text_release(&svg);
        scatter_release(&s);
    }
}

static void
draws_numbers_of_any_size(void)
{
    static const double sizes[] = { 1e-300, 1e-12, 1e14, 1e300 };
    static struct words w[MOST_WORDS];

    for (size_t i = 0; i < 4; i++)
        for (int ratio = 0; ratio < 2; ratio++) {
            struct scatter s = SCATTER_INIT;
            s.x.scale = ratio ? SCALE_RATIO : SCALE_NUMBER;
            scatter_put(&s, SCATTER_FILLED, sizes[i], -sizes[i], 1e300, 1, "a");
            scatter_put(&s, SCATTER_BUBBLE, 9 * sizes[i], 3 * sizes[i], 1e-300, 2, "b");
            s.x.low = ratio ? NAN : 0;
            s.x.high = 10 * sizes[i]; /* a tick at the very end */
            scatter_upright(&s, SCATTER_DASHED, 1, "c", SCATTER_AT_LINE);
            struct text svg = drawn(&s);
            CHECK(shows(&svg, "a") && shows(&svg, "b"));
            check_words(w, read_words(&svg, w), attribute(&svg, "width=\""), attribute(&svg, "height=\""));
            text_release(&svg);
            scatter_release(&s);
        }
}

static void
takes_the_size_it_is_given(void)
{
    static const struct plot_size sizes[] = { { 4, 3 }, { 12, 4 }, { 7, 12 }, { 1, 1 }, { 20, 2 },
                                              { 3, 0 }, { 0, 2 } };
    static const struct plot_size refused[] = { { -1, 3 }, { 0.5, 0 }, { NAN, 3 }, { 1e6, 3 } };

    for (int square = 0; square < 2; square++) {
        struct scatter s = SCATTER_INIT;
        fill(&s, "words of some length, and more of them than fit");
        s.square = square;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct text svg = drawn_as(&s, "svg", sizes[i]);
            const double width = attribute(&svg, "width=\""), height = attribute(&svg, "height=\"");
            CHECK(sizes[i].width_inches == 0 || width == 96 * sizes[i].width_inches);
            CHECK(sizes[i].height_inches == 0 || height == 96 * sizes[i].height_inches);
            text_release(&svg);
        }
        for (size_t i = 0; i < 4; i++)
            CHECK(scatter_draw(&s, picture_path, "svg", refused[i], &error) == DYAD_USAGE);
        scatter_release(&s);
    }
}

static void
tells_a_reader_who_cannot_see(void)
{
    struct scatter s = SCATTER_INIT;

    scatter_set(&s.title, "A <b> & \"c\"", &s);
    scatter_set(&s.x.title, "Effect", &s);
    scatter_set(&s.y.title, "Standard error", &s);
    scatter_set(&s.caption, "REML & others", &s);
    scatter_put(&s, SCATTER_FILLED, 1, 1, NAN, NAN, NULL);
    struct text svg = drawn(&s);
    CHECK(strstr(svg.at, "<title>A &lt;b&gt; &amp; \"c\"</title>") != NULL);
    CHECK(strstr(svg.at, "<desc>Standard error against Effect: 1 point. REML &amp; others</desc>"));
    text_release(&svg);
    scatter_set(&s.alternative, "A funnel.", &s);
    svg = drawn(&s);
    CHECK(strstr(svg.at, "<desc>A funnel. REML &amp; others</desc>") != NULL);
    text_release(&svg);
    scatter_release(&s);
}

static void
gives_its_numbers_as_csv(void)
{
    const struct scatter_spot corners[] = { { 0, 1 }, { 0.5, INFINITY } };
    struct scatter s = SCATTER_INIT;
    struct text csv = TEXT_INIT;

    scatter_put(&s, SCATTER_HOLLOW, 0.1, 0.2, 12.5, 1, "a, \"b\"");
    scatter_put(&s, SCATTER_BUBBLE, NAN, 1, NAN, NAN, NULL);
    scatter_line(&s, SCATTER_DASHED, corners, 2, "limits", SCATTER_AT_LINE);
    scatter_area(&s, 3, corners, 1, "p < 0.05");
    scatter_area(&s, 9, corners, 1, NULL);
    CHECK(scatter_numbers(&s, &csv) == DYAD_OK);
    CHECK(strcmp(csv.at, "kind,look,part,label,x,y,weight\n"
                         "point,hollow,1,\"a, \"\"b\"\"\",0.1,0.2,12.5\n"
                         "point,bubble,2,,,1,\n"
                         "line,dashed,1,limits,0,1,\n"
                         "line,dashed,1,limits,0.5,Inf,\n"
                         "area,dark,1,p < 0.05,0,1,\n"
                         "area,dark,2,,0,1,\n") == 0);
    text_release(&csv);
    s.failed = true;
    CHECK(scatter_numbers(&s, &csv) == DYAD_NOMEM && csv.length == 0);
    CHECK(scatter_draw(&s, picture_path, "svg", (struct plot_size){ 0, 0 }, &error) == DYAD_NOMEM);
    text_release(&csv);
    scatter_release(&s);
    scatter_release(&s);
    scatter_release(NULL);
}

int
main(void)
{
    if (mkdtemp(root) == NULL)
        return 1;
    snprintf(marker, sizeof marker, "%s/MARK", root);
    RUN(runs_nothing_that_stands_in_words);
    RUN(draws_the_same_bytes_again);
    RUN(puts_points_where_the_axes_say);
    RUN(gives_bubbles_their_weight_as_area);
    RUN(keeps_marks_inside_the_frame);
    RUN(cuts_lines_and_areas_at_the_frame);
    RUN(writes_labels_only_where_there_is_room);
    RUN(interrupts_lines_behind_words);
    RUN(cuts_long_names_where_they_differ);
    RUN(names_lines_at_their_place_or_in_the_legend);
    RUN(shows_slopes_at_the_right);
    RUN(draws_what_holds_nothing);
    RUN(draws_numbers_of_any_size);
    RUN(takes_the_size_it_is_given);
    RUN(tells_a_reader_who_cannot_see);
    RUN(gives_its_numbers_as_csv);
    static const char *const formats[] = { "svg", "png", "pdf" };
    for (size_t i = 0; i < 3; i++) {
        snprintf(picture_path, sizeof picture_path, "%.40s/picture.%s", root, formats[i]);
        unlink(picture_path);
    }
    rmdir(root);
    return DONE();
}
