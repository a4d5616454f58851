#include "dyad/output/curves.h"

#include "check.h"

#include <unistd.h>

#include "dyad/output/lettering.h"

static char root[] = "/tmp/test_curves.XXXXXX";
static char marker[64], picture_path[64];
static struct dyad_error error;

static const struct plot_size usual = { 0, 0 };

/* ---- the picture as read back ---- */

static struct text
drawn_as(const struct curves *c, const char *format, struct plot_size size)
{
    struct text t = TEXT_INIT;
    char bytes[4096];
    size_t n;

    snprintf(picture_path, sizeof picture_path, "%.40s/picture.%.4s", root, format);
    error.text[0] = '\0';
    if (curves_draw(c, picture_path, format, size, &error) != DYAD_OK) {
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
drawn(const struct curves *c)
{
    return drawn_as(c, "svg", usual);
}

static size_t
occurrences(const struct text *in, const char *what)
{
    size_t n = 0;

    for (const char *at = in->at; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static double
attribute(const struct text *svg, const char *name)
{
    const char *at = strstr(svg->at, name);

    CHECK(at != NULL);
    return strtod(at + strlen(name), NULL);
}

enum { MOST_WORDS = 1200, MOST_SPOTS = 20000 };

/* Words of the picture, in CSS pixels. */
struct words {
    double left, right, y;
    char text[256];
};

static struct words words[MOST_WORDS];

/* Everything that reads from left to right. */
static size_t
read_words(const struct text *svg)
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
        words[n] = (struct words){ x - before, x - before + wide, y, "" };
        snprintf(words[n].text, sizeof words[n].text, "%.*s", (int)length, at);
        n++;
    }
    return n;
}

/* The nth of the words with that text; NULL. */
static const struct words *
find_words(size_t n, const char *text, size_t nth)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i].text, text) == 0 && nth-- == 0)
            return &words[i];
    return NULL;
}

/* Lines of a paragraph are 18.7 pixels apart, letters are 14 high. */
static void
check_words(const struct text *svg, size_t n)
{
    const double width = attribute(svg, "width=\""), height = attribute(svg, "height=\"");

    for (size_t i = 0; i < n; i++) {
        const struct words *a = &words[i];
        bool bad = a->left < 0 || a->right > width + 1 || a->y < 10 || a->y > height;
        for (size_t k = 0; k < i; k++)
            bad |= fabs(a->y - words[k].y) < 13 && a->left < words[k].right && words[k].left < a->right;
        if (bad) {
            print_error("'%s' at (%g, %g) touches something\n", a->text, a->left, a->y);
            _fail(__FILE__, __LINE__);
        }
    }
}

struct spot {
    double x, y;
};

static struct spot spots[MOST_SPOTS];

#define DARK "<path stroke='rgb( 20,  48,  92)'"
#define PALE "<path stroke='rgb(138, 152, 174)'"
#define BLUE "<path stroke='rgb( 61, 155, 220)'"
#define GREY "<path stroke='rgb( 91,  98, 108)'" /* dotted */
#define ORANGE "<path stroke='rgb(213,  94,   0)'"

/* The nth line of that colour with more than two corners; an element may hold several. */
static size_t
read_path(const struct text *svg, const char *colour, size_t nth)
{
    for (const char *at = svg->at; (at = strstr(at, colour)) != NULL;) {
        size_t n = 0;
        at = strstr(at, "d='") + 3;
        for (;; at += strcspn(at, "ML'")) {
            if (*at != 'L' && n > 2 && nth-- == 0)
                return n;
            if (*at == '\'')
                break;
            n = *at == 'M' ? 0 : n;
            CHECK(n < MOST_SPOTS);
            char *end;
            spots[n].x = strtod(at + 1, &end);
            spots[n++].y = strtod(end + 1, &end);
            at = end;
        }
    }
    return 0;
}

/* Does a line of that colour pass through the letters? */
static bool
crosses(const struct text *svg, const char *colour, const struct words *w)
{
    for (const char *at = svg->at; (at = strstr(at, colour)) != NULL;) {
        struct spot last = { NAN, NAN };
        for (at = strstr(at, "d='") + 3; *at != '\''; at += strcspn(at, "ML'")) {
            const bool begins = *at == 'M';
            char *end;
            const double x = strtod(at + 1, &end), y = strtod(end + 1, &end);
            if (!begins && fmin(x, last.x) < w->right && fmax(x, last.x) > w->left &&
                fmin(y, last.y) < w->y && fmax(y, last.y) > w->y - 10)
                return true;
            last = (struct spot){ x, y };
            at = end;
        }
    }
    return false;
}

static double
width_of(const struct words *w)
{
    return w->right - w->left;
}

static double
middle_of(const struct words *w)
{
    return (w->left + w->right) / 2;
}

/* ---- curves ---- */

static double
uniform(void)
{
    static uint32_t state = 3;

    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / 16777216.0;
}

/* Kaplan-Meier of ${n} whose times end before ${last}, a third of them censored. */
static void
add_curve(struct curves *c, const char *name, size_t n, double last, double speed)
{
    struct curves_point *p = calloc(n, sizeof *p);
    double value = 1, time = 0;

    for (size_t i = 0; i < n; i++) {
        const bool event = uniform() < 0.67;
        time += last / (double)n * 2 * uniform() * 0.99;
        value *= event ? 1 - fmin(1, speed / (double)(n - i)) : 1;
        p[i] = (struct curves_point){ fmin(time, last), value, fmax(0, value - 0.1),
                                      fmin(1, value + 0.1), (double)(n - i), event ? 0 : 1 };
    }
    struct curve *made = curves_curve(c, name, 1, p, n);
    made->median = last / 3;
    free(p);
}

static void
entitle(struct curves *c, const char *text)
{
    curves_set(&c->title, text, c);
    curves_set(&c->x, text, c);
    curves_set(&c->y, text, c);
    curves_set(&c->risk, text, c);
    curves_set(&c->ticks, text, c);
    curves_set(&c->caption, text, c);
    c->mark = 0.5;
}

static const struct curves_point five[] = {
    { 2, 0.8, 0.6, 0.9, 5, 0 }, { 4, 0.8, 0.6, 0.9, 4, 1 }, { 6, 0.4, 0.2, 0.7, 3, 0 },
    { 8, 0.4, 0.2, 0.7, 2, 1 }, { 10, 0, NAN, NAN, 1, 0 },
};

static struct curves
small_curves(void)
{
    struct curves c = CURVES_INIT;

    curves_set(&c.x, "Weeks", &c);
    curves_set(&c.y, "Still breastfed", &c);
    curves_set(&c.risk, "Number at risk", &c);
    c.unit = CURVES_WEEKS;
    curves_curve(&c, NULL, 1, five, 5);
    return c;
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
    "%%s%%n",
    "NaN",
    "",
};

static void
runs_nothing_that_stands_in_words(void)
{
    char text[512];

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct curves c = CURVES_INIT;
        const char *place = strstr(attacks[i], "%s");
        snprintf(text, sizeof text, "%.*s%s%s", place ? (int)(place - attacks[i]) : 400,
                 attacks[i], place ? marker : "", place ? place + 2 : "");
        entitle(&c, text);
        curves_set(&c.alternative, text, &c);
        curves_panel(&c, text, text);
        curves_set(&curves_curve(&c, text, 1, five, 5)->row, text, &c);
        curves_curve(&c, "b", 1, five, 4);
        struct text svg = drawn(&c), png = drawn_as(&c, "png", usual);
        CHECK(occurrences(&svg, "<script") == 0 && occurrences(&svg, "<svg") == 1);
        CHECK(occurrences(&svg, "</svg>") == 1 && occurrences(&svg, "]]>") == 0);
        CHECK(access(marker, F_OK) != 0);
        text_release(&svg);
        text_release(&png);
        curves_release(&c);
    }
}

static void
draws_the_same_bytes_again(void)
{
    static const char *const formats[] = { "svg", "png", "pdf" };
    struct curves c = CURVES_INIT;

    entitle(&c, "words");
    add_curve(&c, "a", 40, 20, 1);
    add_curve(&c, "b", 40, 20, 2);
    for (size_t i = 0; i < 3; i++) {
        struct text once = drawn_as(&c, formats[i], usual), again = drawn_as(&c, formats[i], usual);
        CHECK(once.length == again.length && memcmp(once.at, again.at, once.length) == 0);
        text_release(&once);
        text_release(&again);
    }
    curves_release(&c);
}

/* Steps 1, 0.8, 0.4, 0 at 2, 6, 10 of an axis from 0 to 10. */
static void
falls_in_steps_where_the_numbers_say(void)
{
    static const struct spot expected[] = { { 0, 1 }, { 2, 1 }, { 2, 0.8 }, { 6, 0.8 },
                                            { 6, 0.4 }, { 10, 0.4 }, { 10, 0 } };
    struct curves c = small_curves();
    struct text svg = drawn(&c);

    CHECK(read_path(&svg, DARK, 0) == 7);
    const struct spot first = spots[0], last = spots[6];
    for (size_t i = 1; i < 7; i++) {
        CHECK(fabs(spots[i].x - first.x - expected[i].x / 10 * (last.x - first.x)) < 0.02);
        CHECK(fabs(spots[i].y - first.y - (1 - expected[i].y) * (last.y - first.y)) < 0.02);
    }
    const size_t n = read_words(&svg);
    const struct words *two = find_words(n, "2", 0), *zero = find_words(n, "0%", 0),
                       *all = find_words(n, "100%", 0);
    CHECK(two && zero && all);
    CHECK(fabs(middle_of(two) - spots[1].x) < 0.05 * width_of(two));
    CHECK_REL(zero->y - all->y, last.y - first.y, 1e-3);
    text_release(&svg);
    curves_release(&c);
}

static void
bands_have_gaps_where_limits_are_unknown(void)
{
    static const struct curves_point broken[] = {
        { 1, 1, NAN, NAN, 9, 1 }, { 2, 0.9, 0.8, 1, 8, 0 }, { 3, 0.8, NAN, 1, 7, 0 },
        { 4, 0.7, 0.6, 0.8, 6, 0 }, { 5, 0.6, 0.5, NAN, 5, 0 }, { 6, 0.5, 0.4, 0.6, 5, 0 },
        { 7, 0.2, 0.1, 0.3, 5, 1 }, /* where the curve ends no band begins */
    };
    struct curves c = CURVES_INIT;

    curves_curve(&c, "a", 1, broken, 7);
    struct text svg = drawn(&c);
    const size_t corners = read_path(&svg, PALE, 2);
    CHECK(corners >= 4 && corners <= 5); /* the last of them a mere box */
    CHECK(occurrences(&svg, "fill-opacity = '0.15") == 3);
    text_release(&svg);
    curves_release(&c);
}

/* At 0 all, at 4 those who have not left before 4, at 10 the last. */
static void
aligns_numbers_at_risk_with_ticks(void)
{
    static const char *const ticks[] = { "0", "2", "4", "6", "8", "10" };
    static const char *const at_risk[] = { "5", "5", "4", "3", "2", "1" };
    struct curves c = small_curves();
    struct text svg = drawn(&c);
    const size_t n = read_words(&svg);
    const struct words *heading = find_words(n, "Number at risk", 0);

    CHECK(heading != NULL);
    for (size_t i = 0; i < 6; i++) {
        const struct words *tick = find_words(n, ticks[i], 0);
        bool found = false;
        CHECK(tick != NULL && tick->y < heading->y);
        for (size_t k = 0; k < n; k++)
            found |= words[k].y > heading->y && fabs(middle_of(&words[k]) - middle_of(tick)) < 0.1 &&
                     strcmp(words[k].text, at_risk[i]) == 0;
        CHECK(found);
    }
    text_release(&svg);
    curves_release(&c);
}

/* A tick at 3 x 0.1 is at 0.3; and none are so near that their numbers at risk touch. */
static void
counts_at_risk_at_ticks_that_are_sums(void)
{
    const struct curves_point tenths[] = { { 0.3, 0.5, NAN, NAN, 17, 0 }, { 0.5, 0.5, NAN, NAN, 11, 1 } };
    struct curves c = CURVES_INIT;

    curves_set(&c.risk, "Number at risk", &c);
    curves_curve(&c, NULL, 1, tenths, 2);
    struct text svg = drawn(&c);
    const size_t n = read_words(&svg);
    const struct words *tick = find_words(n, "0.3", 0), *last = find_words(n, "17", 3);
    CHECK(tick && last && fabs(middle_of(tick) - middle_of(last)) < 0.1);
    text_release(&svg);
    for (int power = 0; power < 16; power++) {
        c.panels[0].curves[0].points[0].n_risk *= power ? 10 : 1;
        svg = drawn(&c);
        check_words(&svg, read_words(&svg));
        text_release(&svg);
    }
    curves_release(&c);
}

static void
hides_small_numbers_at_risk(void)
{
    struct curves c = small_curves();

    c.least_shown = 4;
    c.panels[0].curves[0].rest = 1;
    c.until = 12;
    struct text svg = drawn(&c), csv = TEXT_INIT;
    size_t n = read_words(&svg), hidden = 0;
    for (size_t i = 0; i < n; i++)
        hidden += strcmp(words[i].text, "&lt;4") == 0;
    CHECK(hidden == 4); /* at 6, 8, 10 and 12 */
    CHECK(curves_numbers(&c, &csv) == DYAD_OK);
    CHECK(strstr(csv.at, ",4,0.8,0.6,0.9,4,1,") != NULL);
    CHECK(strstr(csv.at, ",6,0.4,0.2,0.7,,0,") != NULL);
    text_release(&svg);
    text_release(&csv);
    curves_release(&c);
}

static void
writes_its_numbers(void)
{
    struct curves c = CURVES_INIT;
    struct text csv = TEXT_INIT;

    curves_panel(&c, "p", NULL);
    curves_curve(&c, "a", 1, five, 2)->median = 7.5;
    curves_curve(&c, NULL, 1, five + 4, 1);
    CHECK(curves_numbers(&c, &csv) == DYAD_OK);
    CHECK(strcmp(csv.at, "panel,curve,time,estimate,conf_low,conf_high,n_risk,n_censor,median\r\n"
                         "p,a,2,0.8,0.6,0.9,5,0,7.5\r\n"
                         "p,a,4,0.8,0.6,0.9,4,1,7.5\r\n"
                         "p,,10,0,,,1,0,\r\n") == 0 ||
          strcmp(csv.at, "panel,curve,time,estimate,conf_low,conf_high,n_risk,n_censor,median\n"
                         "p,a,2,0.8,0.6,0.9,5,0,7.5\n"
                         "p,a,4,0.8,0.6,0.9,4,1,7.5\n"
                         "p,,10,0,,,1,0,\n") == 0);
    text_release(&csv);
    curves_release(&c);
}

static void
puts_ticks_where_people_count(void)
{
    static const struct {
        enum curves_unit unit;
        double last;
        const char *shown[5];
    } cases[] = {
        { CURVES_MONTHS, 24, { "0", "3", "6", "21", "24" } },
        { CURVES_MONTHS, 36, { "0", "6", "12", "30", "36" } },
        { CURVES_MONTHS, 59, { "0", "12", "24", "48", "60" } },
        { CURVES_WEEKS, 52, { "0", "8", "16", "40", "48" } },
        { CURVES_WEEKS, 192, { "0", "26", "52", "156", "182" } },
        { CURVES_DAYS, 42, { "0", "7", "14", "35", "42" } },
        { CURVES_DAYS, 179, { "0", "30", "60", "150", "180" } },
        { CURVES_DAYS, 720, { "0", "90", "180", "630", "720" } },
        { CURVES_YEARS, 5, { "0", "1", "2", "4", "5" } },
        { CURVES_MONTHS, 0.5, { "0", "0.1", "0.2", "0.4", "0.5" } },
        { CURVES_PLAIN, 1e7, { "0", "2000000", "4000000", "8000000", "1e+07" } },
        { CURVES_MONTHS, 1e-6, { "0", "2e-07", "4e-07", "8e-07", "1e-06" } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct curves_point at = { cases[i].last, 0.5, NAN, NAN, 1, 0 };
        struct curves c = CURVES_INIT;
        c.unit = cases[i].unit;
        curves_curve(&c, NULL, 1, &at, 1);
        struct text svg = drawn(&c);
        const size_t n = read_words(&svg);
        check_words(&svg, n);
        for (size_t k = 0; k < 5; k++)
            if (find_words(n, cases[i].shown[k], 0) == NULL) {
                print_error("%g: no tick %s\n", cases[i].last, cases[i].shown[k]);
                for (size_t j = 0; j < n; j++)
                    print_error("%s ", words[j].text);
                _fail(__FILE__, __LINE__);
            }
        text_release(&svg);
        curves_release(&c);
    }
}

/* Panels of curves with names, on pages of any size: words touch neither each other nor the edge. */
static void
check_page(size_t panels, size_t n_curves, const char *name, struct plot_size size)
{
    struct curves c = CURVES_INIT;
    char text[400];

    entitle(&c, "Some words, with others behind them");
    c.unit = CURVES_MONTHS;
    for (size_t p = 0; p < panels; p++) {
        snprintf(text, sizeof text, name, (int)p);
        curves_panel(&c, panels > 1 ? text : NULL, "Log-rank p < 0.001");
        for (size_t i = 0; i < n_curves; i++) {
            snprintf(text, sizeof text, name, (int)i);
            add_curve(&c, text, 30 + 40 * i, 20, 0.4 + 0.5 * (double)i);
        }
    }
    struct text svg = drawn_as(&c, "svg", size);
    const size_t n = read_words(&svg);
    CHECK(n > 8 && n < MOST_WORDS);
    if (size.width_inches <= 0) /* else all is smaller */
        check_words(&svg, n);
    else
        CHECK_REL(attribute(&svg, "width=\""), 96 * size.width_inches, 1e-3);
    text_release(&svg);
    curves_release(&c);
}

static void
writes_nothing_upon_something_else(void)
{
    static const char *const names[] = {
        "%d", "group %d", "Group %d of those with rather long names",
        "%d with a name that no line has room for, all that was asked standing in it to the last word",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t n = 1; n <= 11; n += 2)
            check_page(1, n, names[i], usual);
        for (size_t panels = 2; panels <= 8; panels += 3)
            check_page(panels, 3, names[i], usual);
        check_page(1, 2, names[i], (struct plot_size){ 3, 2.5 });
        check_page(4, 2, names[i], (struct plot_size){ 12, 0 });
    }
}

/* Names along curves that come near each other, and a note: no line goes through them. */
static void
writes_no_name_upon_another(void)
{
    static const char *const labels[] = { "the first of them", "the second", "the third of them",
                                          "Log-rank p = 0.123" };
    size_t along = 0;

    for (int i = 0; i < 60; i++) {
        struct curves c = CURVES_INIT;
        c.mark = 0.5;
        curves_panel(&c, NULL, labels[3]);
        add_curve(&c, labels[0], 60, 20, 3);
        add_curve(&c, labels[1], 60, 20, 2.2 - 0.02 * i);
        add_curve(&c, labels[2], 60, 20, 1.6 - 0.02 * i);
        c.panels[0].curves[0].points[59].value = c.panels[0].curves[1].points[59].value =
            c.panels[0].curves[2].points[59].value = 0;
        struct text svg = drawn(&c);
        const size_t n = read_words(&svg);
        check_words(&svg, n);
        if (fabs(find_words(n, labels[0], 0)->y - find_words(n, labels[2], 0)->y) > 1) {
            along++;
            for (size_t k = 0; k < 4; k++) {
                const struct words *w = find_words(n, labels[k], 0);
                CHECK(!crosses(&svg, DARK, w) && !crosses(&svg, ORANGE, w));
                CHECK(!crosses(&svg, BLUE, w) && !crosses(&svg, GREY, w));
            }
        }
        text_release(&svg);
        curves_release(&c);
    }
    CHECK(along > 10);
}

/* Curves far apart have their names at their ends; such that are one have a legend, on top. */
static void
names_curves_where_there_is_room(void)
{
    const struct curves_point high[] = { { 5, 0.8, NAN, NAN, 9, 0 }, { 10, 0.8, NAN, NAN, 8, 1 } };
    const struct curves_point low[] = { { 5, 0.3, NAN, NAN, 9, 0 }, { 10, 0.3, NAN, NAN, 8, 1 } };
    struct curves c = CURVES_INIT;

    curves_curve(&c, "upper", 1, high, 2);
    curves_curve(&c, "lower", 1, low, 2);
    struct text svg = drawn(&c);
    size_t n = read_words(&svg);
    const struct words *upper = find_words(n, "upper", 0), *lower = find_words(n, "lower", 0);
    CHECK(upper && lower && read_path(&svg, DARK, 0) == 4);
    CHECK(upper->left > spots[3].x && fabs(upper->y - 4.6 - spots[3].y) < 4);
    CHECK(read_path(&svg, ORANGE, 0) == 4);
    CHECK(lower->left > spots[3].x && fabs(lower->y - 4.6 - spots[3].y) < 4);
    text_release(&svg);
    curves_release(&c);

    curves_curve(&c, "upper", 1, high, 2);
    curves_curve(&c, "lower", 1, high, 2);
    svg = drawn(&c);
    n = read_words(&svg);
    upper = find_words(n, "upper", 0);
    lower = find_words(n, "lower", 0);
    CHECK(upper && lower && read_path(&svg, DARK, 0) == 4);
    CHECK(fabs(upper->y - lower->y) < 0.1 && upper->y < spots[0].y);
    text_release(&svg);
    curves_release(&c);
}

static void
gives_curves_of_one_name_one_look(void)
{
    struct curves c = CURVES_INIT;

    curves_panel(&c, "one", NULL);
    curves_curve(&c, "a", 1, five, 5);
    curves_curve(&c, "b", 1, five, 3);
    curves_panel(&c, "two", NULL);
    curves_curve(&c, "b", 1, five, 4);
    struct text svg = drawn(&c);
    CHECK(read_path(&svg, DARK, 0) > 2 && read_path(&svg, DARK, 1) == 0);
    CHECK(read_path(&svg, ORANGE, 2) > 2); /* both, and a thin line under the dashes */
    text_release(&svg);
    curves_release(&c);
}

/* 100,000 steps are as many as ink can show, and none is out of its place by more than that. */
static void
thins_what_no_page_can_show(void)
{
    enum { MANY = 100000 };
    struct curves_point *p = calloc(MANY, sizeof *p);
    struct curves c = CURVES_INIT;

    for (size_t i = 0; i < MANY; i++) {
        const double value = 1 - (double)(i + 1) / MANY;
        p[i] = (struct curves_point){ 50 * (double)(i + 1) / MANY, value, value, value,
                                      (double)(MANY - i), i % 3 == 0 };
    }
    curves_set(&c.ticks, "censored", &c);
    curves_curve(&c, NULL, 1, p, MANY);
    struct text svg = drawn(&c);
    const size_t n = read_path(&svg, DARK, 0);
    CHECK(n > 1000 && n < 6000 && svg.length < 500000);
    const struct spot first = spots[0], last = spots[n - 1];
    for (size_t i = 0; i < n; i++) {
        const double straight = first.y + (spots[i].x - first.x) / (last.x - first.x) * (last.y - first.y);
        CHECK(fabs(spots[i].y - straight) < 0.6); /* pixels */
    }
    CHECK(strstr(svg.at, "Ticks: censored (not each is drawn).") != NULL);
    text_release(&svg);
    curves_release(&c);
    free(p);
}

static void
draws_what_is_hardly_there(void)
{
    const struct curves_point zero = { 0, 0, NAN, NAN, 1, 0 }, censored = { 0, 1, NAN, NAN, 1, 1 };
    const struct curves_point beyond[] = { { 3, 9, -8, 99, 1, 0 }, { 4, 0.5, 0, 1, 1, 0 } };
    const struct curves_point unknown = { 3, NAN, NAN, NAN, NAN, NAN };
    struct curves c = CURVES_INIT;

    entitle(&c, "words");
    curves_panel(&c, "a", "p = 1");
    curves_curve(&c, "event at 0", 1, &zero, 1);
    curves_curve(&c, "censored at 0", 1, &censored, 1)->median = INFINITY;
    curves_curve(&c, "nobody", 1, NULL, 0)->median = NAN;
    curves_curve(&c, "unknown", 1, &unknown, 1);
    curves_panel(&c, "b", NULL);
    c.rising = true;
    struct text svg = drawn(&c);
    const size_t n = read_words(&svg);
    check_words(&svg, n);
    CHECK(find_words(n, "b", 0) && find_words(n, "100%", 1));
    text_release(&svg);
    curves_release(&c);
    curves_curve(&c, "beyond", 1, beyond, 2);
    svg = drawn(&c);
    CHECK(read_path(&svg, DARK, 0) > 2 && spots[1].y >= spots[0].y && spots[2].y >= spots[0].y);
    text_release(&svg);
    curves_release(&c);
    CHECK(curves_draw(&c, picture_path, "svg", usual, &error) == DYAD_DOMAIN);
}

static void
ends_a_rising_axis_where_the_curves_do(void)
{
    const struct curves_point few[] = { { 3, 0.02, 0.01, 0.04, 90, 0 }, { 9, 0.06, 0.03, 0.095, 80, 0 } };
    struct curves c = CURVES_INIT;

    c.rising = true;
    curves_curve(&c, "cause", 0, few, 2);
    struct text svg = drawn(&c);
    const size_t n = read_words(&svg);
    CHECK(find_words(n, "10%", 0) && !find_words(n, "20%", 0) && !find_words(n, "100%", 0));
    text_release(&svg);
    curves_release(&c);
}

/* Five curves have bars, not bands; a curve that is joined has no corners but its points. */
static void
draws_bars_for_many_and_slopes_where_asked(void)
{
    struct curves c = CURVES_INIT;

    for (int i = 0; i < 5; i++)
        curves_curve(&c, i % 2 ? "a" : "b", 1, five, 5);
    struct text svg = drawn(&c);
    CHECK(occurrences(&svg, "fill-opacity") == 0);
    text_release(&svg);
    curves_release(&c);
    curves_curve(&c, "a", 1, five, 5)->joined = true;
    svg = drawn(&c);
    CHECK(read_path(&svg, DARK, 0) == 6);
    text_release(&svg);
    curves_release(&c);
    const struct curves_point upright[] = { { 2, 1, NAN, NAN, 5, 0 }, { 4, 0.6, NAN, NAN, 5, 0 },
                                            { 4, 0.3, NAN, NAN, 5, 0 }, { 8, 0.1, NAN, NAN, 5, 0 } };
    curves_curve(&c, "a", 1, upright, 4)->joined = true;
    svg = drawn(&c);
    CHECK(read_path(&svg, DARK, 0) == 5 && spots[2].x == spots[3].x && spots[3].y > spots[2].y + 10);
    text_release(&svg);
    curves_release(&c);
}

static void
tells_a_reader_who_cannot_see(void)
{
    struct curves c = small_curves();

    curves_set(&c.title, "A & b", &c);
    curves_set(&c.caption, "Method.", &c);
    struct text svg = drawn(&c);
    CHECK(strstr(svg.at, "<title>A &amp; b</title>") != NULL);
    CHECK(strstr(svg.at, "<desc>Still breastfed against Weeks. Method.</desc>") != NULL);
    text_release(&svg);
    curves_set(&c.alternative, "A curve.", &c);
    svg = drawn(&c);
    CHECK(strstr(svg.at, "<desc>A curve. Method.</desc>") != NULL);
    text_release(&svg);
    curves_release(&c);
}

static void
refuses_pages_of_no_size(void)
{
    const struct plot_size sizes[] = { { 0.5, 0 }, { 0, 0.5 }, { 300, 0 }, { -1, 0 }, { NAN, 4 } };
    struct curves c = small_curves();

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        CHECK(curves_draw(&c, picture_path, "svg", sizes[i], &error) == DYAD_USAGE);
    curves_release(&c);
}

int
main(void)
{
    if (mkdtemp(root) == NULL)
        return 1;
    snprintf(marker, sizeof marker, "%.40s/marker", root);
    RUN(runs_nothing_that_stands_in_words);
    RUN(draws_the_same_bytes_again);
    RUN(falls_in_steps_where_the_numbers_say);
    RUN(bands_have_gaps_where_limits_are_unknown);
    RUN(aligns_numbers_at_risk_with_ticks);
    RUN(counts_at_risk_at_ticks_that_are_sums);
    RUN(hides_small_numbers_at_risk);
    RUN(writes_its_numbers);
    RUN(puts_ticks_where_people_count);
    RUN(writes_nothing_upon_something_else);
    RUN(writes_no_name_upon_another);
    RUN(names_curves_where_there_is_room);
    RUN(gives_curves_of_one_name_one_look);
    RUN(thins_what_no_page_can_show);
    RUN(draws_what_is_hardly_there);
    RUN(ends_a_rising_axis_where_the_curves_do);
    RUN(draws_bars_for_many_and_slopes_where_asked);
    RUN(tells_a_reader_who_cannot_see);
    RUN(refuses_pages_of_no_size);
    static const char *const left[] = { "svg", "png", "pdf" };
    for (size_t i = 0; i < 3; i++) {
        snprintf(picture_path, sizeof picture_path, "%.40s/picture.%.4s", root, left[i]);
        unlink(picture_path);
    }
    rmdir(root);
    return DONE();
}
