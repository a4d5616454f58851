#include "dyad/output/plot.h"

#include "dyad/output/lettering.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/test_plot.XXXXXX";
static char marker[64], picture_path[64];
static struct dyad_error error;

/* ---- the picture as read back ---- */

static struct text
contents(const char *path)
{
    struct text t = TEXT_INIT;
    char bytes[4096];
    size_t n;
    FILE *f = fopen(path, "rb");

    CHECK(f != NULL);
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        text_put(&t, bytes, n);
    fclose(f);
    return t;
}

static bool
is_entity(const char *s)
{
    static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&apos;" };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(s, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

/* Tags that open and close in order, entities that exist, no control characters: well-formed. */
static bool
is_well_formed(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *open[64];
    size_t depth = 0, roots = 0;

    for (; *s; s++) {
        if (((unsigned char)*s < 0x20 && !strchr("\t\n\r", *s)) || *s == 0x7f)
            return false;
        if (*s == '&' && !is_entity(s))
            return false;
        if (*s != '<')
            continue;
        const char *end = strchr(s, '>');
        if (end == NULL || memchr(s + 1, '<', (size_t)(end - s - 1)))
            return false;
        const size_t name = strspn(s + 1 + (s[1] == '/'), letters);
        if (s[1] == '/') {
            if (depth == 0 || strncmp(open[--depth] + 1, s + 2, name) != 0)
                return false;
        } else if (s[1] != '?' && s[1] != '!') {
            if (name == 0 || (roots += depth == 0) > 1)
                return false;
            if (end[-1] != '/')
                open[depth++] = s;
            if (depth == 64)
                return false;
        }
        s = end;
    }
    return depth == 0 && roots == 1;
}

static size_t
occurrences(const char *in, const char *what)
{
    size_t n = 0;

    for (const char *at = in; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static struct text
drawn_as(const struct plot *p, const char *format, struct plot_size size)
{
    snprintf(picture_path, sizeof picture_path, "%.40s/picture.%.4s", root, format);
    error.text[0] = '\0';
    if (plot_draw(p, picture_path, format, size, &error) != DYAD_OK) {
        print_error("%s\n", error.text);
        _fail(__FILE__, __LINE__);
    }
    return contents(picture_path);
}

static struct text
drawn(const struct plot *p)
{
    return drawn_as(p, "svg", (struct plot_size){ 0, 0 });
}

/* A word of the picture stands alone in its <text>. */
static bool
shows(const struct text *svg, const char *escaped)
{
    char tagged[1024];

    snprintf(tagged, sizeof tagged, ">%s</text>", escaped);
    return strstr(svg->at, tagged) != NULL;
}

/* ---- plots ---- */

static const char *const four[PLOT_COLUMNS] = { "4/123", "11/139", "0.41 (0.13 to 1.26)", "5.1%" };

static void
fill(struct plot *p, const char *words)
{
    const char *const columns[PLOT_COLUMNS] = { words, words, words, words, words, words, words, words };

    p->scale = SCALE_RATIO;
    plot_set(&p->title, words, p);
    plot_set(&p->axis, words, p);
    plot_set(&p->label_title, words, p);
    plot_set(&p->favours_low, words, p);
    plot_set(&p->favours_high, words, p);
    plot_set(&p->caption, words, p);
    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        plot_column(p, i, (enum plot_column_role)i, words, words, i < 2);
    plot_panel(p, words);
    plot_row(p, PLOT_HEADING, words, columns, NAN, NAN, NAN, NAN);
    plot_row(p, PLOT_SQUARE, words, columns, 0.41, 0.13, 1.26, 5.1);
    plot_row(p, PLOT_DIAMOND, words, columns, 0.49, 0.34, 0.70, 0);
    plot_row(p, PLOT_TOTAL, words, columns, 0.49, 0.34, 0.70, 0);
    plot_words(p, PLOT_NOTE, words);
}

static struct plot
small_plot(void)
{
    struct plot p = PLOT_INIT;

    p.scale = SCALE_RATIO;
    plot_set(&p.title, "BCG", &p);
    plot_set(&p.axis, "Risk ratio (95% CI)", &p);
    plot_set(&p.label_title, "Study", &p);
    plot_column(&p, 0, PLOT_COLUMN_OTHER, NULL, NULL, true);
    plot_column(&p, 1, PLOT_COLUMN_OTHER, NULL, NULL, true);
    plot_column(&p, 2, PLOT_COLUMN_ESTIMATE_TEXT, NULL, "RR (95% CI)", false);
    plot_row(&p, PLOT_SQUARE, "Aronson, 1948", four, 0.41, 0.13, 1.26, 5.1);
    plot_row(&p, PLOT_SQUARE, "TPT Madras, 1980", four, 1.01, 0.89, 1.14, 10.2);
    plot_row(&p, PLOT_DIAMOND, "Pooled", four, 0.49, 0.34, 0.70, NAN);
    return p;
}

/* With the marker's path for %s: as a script, many of these ran their command. */
static const char *const attacks[] = {
    "x `touch %s`",
    "x\"; system(\"touch %s\"); a=\"",
    "x'; system('touch %s'); a='",
    "x''; system(''touch %s''); a=''",
    "x\n!touch %s\nset title 'y",
    "x\nsystem(\"touch %s\")\n",
    "\"`touch %s`\"",
    "@x system('touch %s')",
    "a\nEOD\nsystem('touch %s')\nb",
    "a 1\ne\n!touch %s\nb 2",
    "< touch %s; echo 1",
    "|touch %s",
    "'< echo \"system(q)\"; touch %s'",
    "x @A system(\"touch %s\")",
    "x \\140touch %s\\140",
    "\"`touch %s` %%s %%n\"",
    "%%s%%s%%s%%n `touch %s`",
    "A_{b}^{2} {/=400 HUGE} &{x} @{touch %s}",
    "count {a_ `touch %s`",
    "<script>alert(1)</script> & \" `touch %s`",
    "\"><script>alert(2)</script> `touch %s`",
    "]]><script> `touch %s`",
    "</text></g></svg><svg onload=\"touch %s\">",
    "]]> <![CDATA[ `touch %s`",
    "C:\\ `touch %s` \\",
    "\"\\",
    "\xff\xfex `touch %s`",
    "a\x01\x1b[31m\x7f `touch %s`",
    "# `touch %s` #",
    "NaN",
    "?",
    "",
    "$(touch %s)",
    "<?xml `touch %s` ?>",
    "\xef\xbf\xbe\xed\xa0\x80 `touch %s`",
    "\xe2\x80\xae`touch %s`",
    "font-family=\"Helvetica:Bold\" `touch %s`",
};

static void
runs_nothing_that_stands_in_words(void)
{
    char words[512];

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct plot p = PLOT_INIT;
        const char *place = strstr(attacks[i], "%s");
        snprintf(words, sizeof words, "%.*s%s%s", place ? (int)(place - attacks[i]) : 400,
                 attacks[i], place ? marker : "", place ? place + 2 : "");
        p.layout = (enum plot_layout)(i % 3);
        fill(&p, words);
        struct text svg = drawn(&p);
        if (!is_well_formed(svg.at)) {
            print_error("attack %zu: not well-formed\n", i);
            _fail(__FILE__, __LINE__);
        }
        CHECK(occurrences(svg.at, "<script") == 0 && occurrences(svg.at, "<svg") == 1);
        CHECK(occurrences(svg.at, "]]>") == 0);
        text_release(&svg);
        struct text png = drawn_as(&p, "png", (struct plot_size){ 0, 0 });
        text_release(&png);
        CHECK(access(marker, F_OK) != 0);
        plot_release(&p);
    }
}

static void
shows_hostile_words_as_they_are(void)
{
    static const struct {
        const char *given, *escaped;
    } cases[] = {
        { "a\"b\\n\\140c`@A", "a\"b\\n\\140c`@A" },
        { "A_{b}^2 {/=400 H}", "A_{b}^2 {/=400 H}" },
        { "<b> & 'c'", "&lt;b&gt; &amp; 'c'" },
        { "C:\\", "C:\\" },
        { "&#x41; &#65; &#x &lt; &amp;", "&amp;#x41; &amp;#65; &amp;#x &amp;lt; &amp;amp;" },
        { "5\"07\"8\\007", "5\"07\"8\\007" },
        { "\"", "\"" },
        { "# no comment", "# no comment" },
        { "a\tb\nc", "a b c" },
        { "NaN", "NaN" },
        { "font-family=\"Helvetica:Bold\"", "font-family=\"Helvetica:Bold\"" },
        { "a\x01" "b", "a�b" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plot p = PLOT_INIT;
        plot_row(&p, PLOT_SQUARE, cases[i].given, NULL, 1, 0.5, 1.5, NAN);
        struct text svg = drawn(&p);
        if (!shows(&svg, cases[i].escaped)) {
            print_error("'%s' is not shown\n", cases[i].escaped);
            _fail(__FILE__, __LINE__);
        }
        text_release(&svg);
        plot_release(&p);
    }
}

/* Random bytes in every place: the picture stays whole. */
static void
draws_any_bytes(void)
{
    static const char spice[] = "`\"'\\\n\t<>&{}@#%$;!|e 0.(/";
    uint32_t random = 7;

    for (int i = 0; i < 60; i++) {
        struct plot p = PLOT_INIT;
        char words[300];
        size_t n = 0;
        random = random * 1664525u + 1013904223u;
        for (const size_t length = random >> 24; n < length; n++) {
            random = random * 1664525u + 1013904223u;
            const unsigned c = random >> 24;
            words[n] = c < 128 ? spice[c % (sizeof spice - 1)] : (char)(c == 128 ? 1 : c);
        }
        words[n] = '\0';
        p.layout = (enum plot_layout)(i % 3);
        fill(&p, words);
        struct text svg = drawn(&p);
        CHECK(is_well_formed(svg.at));
        text_release(&svg);
        plot_release(&p);
    }
}

static void
draws_the_same_bytes_again(void)
{
    static const char *const formats[] = { "svg", "png", "pdf" };
    struct plot p = small_plot();

    for (size_t i = 0; i < 3; i++) {
        struct text once = drawn_as(&p, formats[i], (struct plot_size){ 0, 0 });
        struct text again = drawn_as(&p, formats[i], (struct plot_size){ 0, 0 });
        CHECK(once.length == again.length && memcmp(once.at, again.at, once.length) == 0);
        CHECK(i < 2 || memmem(once.at, once.length, "(D:19700101", 11) != NULL);
        text_release(&once);
        text_release(&again);
    }
    plot_release(&p);
}

static void
shows_every_word_and_mark(void)
{
    struct plot p = small_plot();
    struct text svg = drawn(&p);

    CHECK(is_well_formed(svg.at));
    CHECK(shows(&svg, "Aronson, 1948") && shows(&svg, "TPT Madras, 1980") && shows(&svg, "Pooled"));
    CHECK(shows(&svg, "Study") && shows(&svg, "BCG") && shows(&svg, "Risk ratio (95% CI)"));
    CHECK(shows(&svg, "0.41") && shows(&svg, "(0.13 to 1.26)"));
    CHECK(shows(&svg, "4") && shows(&svg, "/123") && shows(&svg, ".1%"));
    CHECK(shows(&svg, "0.25") && shows(&svg, "0.5") && shows(&svg, "1")); /* ticks */
    /* two bands, two squares, one diamond */
    CHECK(occurrences(svg.at, "<polygon") == 5);
    /* rule, reference, two intervals, axis and its ticks */
    CHECK(occurrences(svg.at, "<path stroke") == 4);
    text_release(&svg);
    plot_release(&p);
}

static void
tells_a_reader_who_cannot_see(void)
{
    struct plot p = small_plot();

    plot_set(&p.title, "A <b> & \"c\"", &p);
    plot_set(&p.caption, "Wald & others", &p);
    struct text svg = drawn(&p);
    CHECK(occurrences(svg.at, "<title>") == 1 && occurrences(svg.at, "<desc>") == 1);
    CHECK(strstr(svg.at, "<title>A &lt;b&gt; &amp; \"c\"</title>") != NULL);
    CHECK(strstr(svg.at, "<desc>Risk ratio (95% CI): 3 rows with intervals. "
                         "Wald &amp; others</desc>") != NULL);
    CHECK(strstr(svg.at, "role=\"img\"") != NULL);
    CHECK(strstr(svg.at, "GNUPLOT") == NULL && strstr(svg.at, ":Bold") == NULL);
    text_release(&svg);
    plot_release(&p);
}

/* Corners of a polygon, x y x y ...: gnuplot writes points = '1.00,2.00 3.00,4.00 '. */
static size_t
corners_of(const struct text *svg, const char *fill_colour, size_t nth, double *out, size_t most)
{
    const char *at = svg->at;
    size_t n = 0;

    for (size_t i = 0; at && i <= nth; i++)
        at = strstr(at + 1, fill_colour);
    CHECK(at != NULL);
    at = strstr(at, "points = '") + 10;
    while (*at != '\'' && n < most) {
        char *end;
        out[n++] = strtod(at, &end);
        at = end + strspn(end, ", ");
    }
    return n;
}

#define DARK "rgb( 20,  48,  92)'"
#define LIGHT "rgb(125, 156, 201)'"

static void
gives_squares_their_weight_as_area(void)
{
    struct plot p = PLOT_INIT;
    double c[2][20] = { { 0 } };

    p.scale = SCALE_RATIO;
    plot_row(&p, PLOT_SQUARE, "four", NULL, 1, 0.5, 2, 4);
    plot_row(&p, PLOT_SQUARE, "one", NULL, 1, 0.5, 2, 1);
    struct text svg = drawn(&p);
    for (size_t i = 0; i < 2; i++)
        CHECK(corners_of(&svg, LIGHT, i, c[i], 20) >= 8);
    const double wide = c[0][2] - c[0][0], narrow = c[1][2] - c[1][0];
    CHECK_REL(wide, 2 * narrow, 0.005); /* gnuplot rounds to 0.01 of a pixel */
    text_release(&svg);
    plot_release(&p);
}

static void
draws_diamonds_from_limit_to_limit(void)
{
    struct plot p = PLOT_INIT;
    double c[20] = { 0 };

    p.scale = SCALE_RATIO;
    plot_row(&p, PLOT_DIAMOND, "pooled", NULL, 2, 1, 8, NAN);
    struct text svg = drawn(&p);
    const size_t n = corners_of(&svg, DARK, 0, c, 20);
    CHECK(n >= 16);
    double low = c[0], high = c[0], top = c[1], top_x = c[0];
    for (size_t i = 0; i < n; i += 2) {
        low = fmin(low, c[i]);
        high = fmax(high, c[i]);
        top_x = c[i + 1] < top ? c[i] : top_x;
        top = fmin(top, c[i + 1]);
    }
    CHECK_REL(high - low, 3 * (top_x - low), 0.001); /* log axis: 1 to 8 is three times 1 to 2 */
    text_release(&svg);
    plot_release(&p);
}

static size_t
heads_of_arrows(double estimate, double low, double high)
{
    struct plot p = PLOT_INIT;

    p.scale = SCALE_RATIO;
    plot_row(&p, PLOT_SQUARE, "a", NULL, 1, 0.8, 1.3, NAN);
    plot_row(&p, PLOT_SQUARE, "b", NULL, 1.2, 0.9, 1.4, NAN);
    plot_row(&p, PLOT_SQUARE, "c", NULL, estimate, low, high, NAN);
    struct text svg = drawn(&p);
    const size_t n = occurrences(svg.at, DARK " points");
    text_release(&svg);
    plot_release(&p);
    return n;
}

static void
ends_in_arrows_what_leaves_the_axis(void)
{
    CHECK(heads_of_arrows(1, 0.5, 2) == 0);
    CHECK(heads_of_arrows(1, 0.5, 1e6) == 1);
    CHECK(heads_of_arrows(1, 1e-6, 1e6) == 2);
    CHECK(heads_of_arrows(1, 0, INFINITY) == 2);
    CHECK(heads_of_arrows(0, 0, 1.4) == 1);
    CHECK(heads_of_arrows(INFINITY, 0.9, INFINITY) == 1);
    CHECK(heads_of_arrows(INFINITY, NAN, NAN) == 1);
    CHECK(heads_of_arrows(1, NAN, NAN) == 0);
    CHECK(heads_of_arrows(NAN, NAN, NAN) == 0);
    CHECK(heads_of_arrows(NAN, 0, INFINITY) == 0);
}

static void
draws_rows_that_have_no_estimate(void)
{
    static const enum scale scales[] = { SCALE_NUMBER, SCALE_PROPORTION, SCALE_DIFFERENCE,
                                         SCALE_RATIO };

    for (size_t i = 0; i < 4; i++) {
        struct plot p = PLOT_INIT;
        p.scale = scales[i];
        plot_panel(&p, NULL);
        struct text svg = drawn(&p); /* no rows at all */
        CHECK(is_well_formed(svg.at));
        text_release(&svg);
        plot_row(&p, PLOT_SQUARE, "undefined", NULL, NAN, NAN, NAN, NAN);
        plot_row(&p, PLOT_DIAMOND, "undefined too", NULL, NAN, 1, 2, NAN);
        svg = drawn(&p);
        CHECK(shows(&svg, "undefined") && shows(&svg, "undefined too"));
        CHECK(occurrences(svg.at, "<polygon") == 1); /* the band */
        text_release(&svg);
        plot_release(&p);
    }
}

/* The picture's size in CSS pixels. */
static void
size_of(const struct text *svg, double *width, double *height)
{
    const char *at = strstr(svg->at, "width=\"");

    CHECK(at != NULL);
    *width = strtod(at + 7, NULL);
    at = strstr(svg->at, "height=\"");
    CHECK(at != NULL);
    *height = strtod(at + 8, NULL);
}

static void
takes_the_size_it_is_given(void)
{
    static const struct plot_size sizes[] = { { 4, 3 }, { 12, 4 }, { 7, 12 }, { 1, 1 }, { 20, 2 },
                                              { 3, 0 }, { 0, 2 } };
    struct plot p = small_plot();
    double width, height;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct text svg = drawn_as(&p, "svg", sizes[i]);
        size_of(&svg, &width, &height);
        CHECK(sizes[i].width_inches == 0 || width == 96 * sizes[i].width_inches);
        CHECK(sizes[i].height_inches == 0 ? height < 96 * 5
                                          : height <= 96 * sizes[i].height_inches);
        text_release(&svg);
    }
    static const struct plot_size refused[] = { { -1, 3 }, { 0.5, 0 }, { NAN, 3 }, { 1e6, 3 } };
    for (size_t i = 0; i < 4; i++)
        CHECK(plot_draw(&p, picture_path, "svg", refused[i], &error) == DYAD_USAGE);
    plot_release(&p);
}

/* ---- forests ---- */

enum { TREATED, TREATED_N, CONTROL, CONTROL_N, RATIO, WEIGHT };

static void
add_study(struct plot *p, enum plot_mark mark, const char *name, double ratio, double low, double high,
          double weight)
{
    char text[64], percent[32];

    snprintf(text, sizeof text, "%.2f (%.2f to %.2f)", ratio, low, high);
    snprintf(percent, sizeof percent, "%.1f%%", weight);
    plot_row(p, mark, name,
             (const char *const[PLOT_COLUMNS]){ "34", "1,245", "7", "988", text, percent }, ratio,
             low, high, weight);
}

static const char long_name[] = "The Very Long Multicentre Randomised Trial of Professional Lactation "
                                "Support in Primary Care Collaborative Group, 1998";

/* Three kinds of studies, several times over, some of them far out, then a pool of each and all. */
static struct plot
forest(enum plot_layout layout, size_t studies)
{
    struct plot p = PLOT_INIT;

    p.layout = layout;
    p.scale = SCALE_RATIO;
    plot_set(&p.axis, "Odds ratio (95% CI), log scale", &p);
    plot_set(&p.label_title, "Study", &p);
    plot_set(&p.favours_low, "Favours professional lactation support", &p);
    plot_set(&p.favours_high, "Favours usual care", &p);
    plot_set(&p.caption, "Method, n and contrast.", &p);
    plot_column(&p, TREATED, PLOT_COLUMN_TREATED_EVENTS, "Lactation support", "Events", true);
    plot_column(&p, TREATED_N, PLOT_COLUMN_TREATED_TOTAL, "Lactation support", "Total", true);
    plot_column(&p, CONTROL, PLOT_COLUMN_CONTROL_EVENTS, "Electroencephalographically", "Events", true);
    plot_column(&p, CONTROL_N, PLOT_COLUMN_CONTROL_TOTAL, "Electroencephalographically", "Total", true);
    plot_column(&p, RATIO, PLOT_COLUMN_ESTIMATE_TEXT, NULL, "OR (95% CI)", false);
    plot_column(&p, WEIGHT, PLOT_COLUMN_WEIGHT, NULL, "Weight", false);
    for (size_t g = 0; g < 2; g++) {
        plot_words(&p, PLOT_HEADING, g ? "Hospital" : "Community");
        for (size_t i = g; i < studies; i += 2)
            if (i % 9 == 7)
                add_study(&p, PLOT_SQUARE, "Far, 1999", 20000, 900, 500000, 0.1);
            else if (i % 9 == 5)
                add_study(&p, PLOT_SQUARE, long_name, 0.0001, 0.00001, 0.001, 0.1);
            else
                add_study(&p, PLOT_SQUARE, "Near, 2001", 0.6 + 0.1 * (double)(i % 9), 0.3, 2.5, 9);
        add_study(&p, PLOT_SUBTOTAL, "Subtotal", 0.8, 0.6, 1.1, 50);
        plot_prediction(&p, 1e-9, 1e9);
        plot_words(&p, PLOT_NOTE, "Heterogeneity: tau2 = 0.31, I2 = 92% (85 to 96), Q = 152.2, df 12, p < 0.001");
    }
    add_study(&p, PLOT_TOTAL, "Random effects", 0.8, 0.7, 0.95, 100);
    plot_prediction(&p, 0.4, 1.6);
    for (size_t i = 0; i < 6; i++)
        plot_words(&p, PLOT_NOTE, i % 2 ? "Test for subgroup differences, which is a sentence that nearly "
                                          "reaches the axis: Q = 1.86, df 2"
                                        : "Test for overall effect: z = 3.97, p < 0.001");
    return p;
}

/* A word on the page, in CSS pixels, y the middle of it. */
struct word {
    char text[256];
    double left, right, y, size;
};

static double
attribute(const char *tag, const char *name)
{
    const char *at = strstr(tag, name);

    CHECK(at != NULL);
    return strtod(at + strlen(name), NULL);
}

static size_t
read_words(const struct text *svg, struct word *out, size_t most)
{
    size_t n = 0;

    for (const char *at = svg->at; (at = strstr(at, "<g transform=\"translate(")) != NULL; at++) {
        const char *end = strchr(at, '>'), *text = strstr(end, "<text>"), *comma = strchr(at, ',');
        CHECK(n < most && text != NULL);
        struct word *w = &out[n++];
        snprintf(w->text, sizeof w->text, "%.*s", (int)strcspn(text + 6, "<"), text + 6);
        const double x = attribute(at, "translate(");
        const bool bold = memmem(at, (size_t)(end - at), "bold", 4) != NULL;
        w->size = attribute(at, "font-size=\"");
        w->y = strtod(comma + 1, NULL) - 0.35 * w->size;
        const double width = w->size * lettering_width(w->text, strlen(w->text), bold);
        const bool right = memmem(at, (size_t)(end - at), "\"end\"", 5) != NULL;
        const bool middle = memmem(at, (size_t)(end - at), "\"middle\"", 8) != NULL;
        w->left = right ? x - width : middle ? x - width / 2 : x;
        w->right = w->left + width;
    }
    return n;
}

static const struct word *
find_word(const struct word *words, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i].text, text) == 0)
            return &words[i];
    print_error("'%s' is not on the page\n", text);
    _fail(__FILE__, __LINE__);
    return NULL;
}

static bool
overlap(const struct word *a, const struct word *b)
{
    const double slack = 0.1; /* gnuplot rounds to 0.01 */

    return fabs(a->y - b->y) < 0.45 * (a->size + b->size) && a->left < b->right - slack &&
           b->left < a->right - slack;
}

/* Corners of marks that stand on a word. */
static size_t
marks_on(const struct text *svg, const char *colour, const struct word *words, size_t n)
{
    size_t on = 0;

    for (const char *at = svg->at; (at = strstr(at, colour)) != NULL; at++) {
        const char *point = strstr(at, "points = '") + 10;
        while (*point != '\'') {
            char *end;
            const double x = strtod(point, &end), y = strtod(end + 1, &end);
            for (size_t i = 0; i < n; i++)
                on += x > words[i].left && x < words[i].right && fabs(y - words[i].y) < 0.4 * words[i].size;
            point = end + strspn(end, " ");
        }
    }
    return on;
}

enum { MOST_WORDS = 4000 };
static struct word words_on_page[MOST_WORDS];

static void
check_page(const struct plot *p, struct plot_size page)
{
    struct text svg = drawn_as(p, "svg", page);
    const size_t n = read_words(&svg, words_on_page, MOST_WORDS);
    double width, height;

    size_of(&svg, &width, &height);
    CHECK(n > 10);
    for (size_t i = 0; i < n; i++) {
        const struct word *w = &words_on_page[i];
        if (w->left < 0 || w->right > width || w->y < 0.5 * w->size || w->y > height - 0.5 * w->size) {
            print_error("'%s' leaves the page\n", w->text);
            _fail(__FILE__, __LINE__);
        }
        for (size_t k = 0; k < i; k++)
            if (overlap(w, &words_on_page[k])) {
                print_error("'%s' is on '%s'\n", w->text, words_on_page[k].text);
                _fail(__FILE__, __LINE__);
            }
    }
    CHECK(marks_on(&svg, LIGHT, words_on_page, n) == 0);
    CHECK(marks_on(&svg, DARK, words_on_page, n) == 0);
    text_release(&svg);
}

static void
keeps_words_apart_and_on_the_page(void)
{
    static const struct plot_size sizes[] = { { 0, 0 }, { 7, 0 }, { 5, 3 }, { 14, 9 } };
    static const size_t studies[] = { 3, 16, 60, 200 };

    for (int layout = PLOT_LAYOUT_PLAIN; layout <= PLOT_LAYOUT_JAMA; layout++)
        for (size_t k = 0; k < 4; k++)
            for (size_t i = 0; i < (studies[k] > 16 ? 1 : 4); i++) {
                struct plot p = forest((enum plot_layout)layout, studies[k]);
                check_page(&p, sizes[i]);
                plot_release(&p);
            }
}

/* The names of the columns from left to right, and where the axis is among them. */
static void
places_columns_as_the_layout_says(void)
{
    struct word *const w = words_on_page;
    struct plot p = forest(PLOT_LAYOUT_PLAIN, 4);
    struct text svg = drawn(&p);
    size_t n = read_words(&svg, w, MOST_WORDS);
    CHECK(find_word(w, n, "Study")->left < find_word(w, n, "Events")->left);
    CHECK(find_word(w, n, "Total")->right < find_word(w, n, "0.5")->left);
    CHECK(find_word(w, n, "2")->right < find_word(w, n, "OR (95%\u00a0CI)")->left);
    CHECK(find_word(w, n, "OR (95%\u00a0CI)")->right < find_word(w, n, "Weight")->left);
    CHECK(find_word(w, n, "Lactation support")->y < find_word(w, n, "Events")->y);
    CHECK(find_word(w, n, "Odds ratio (95% CI), log scale")->y > find_word(w, n, "0.5")->y);
    CHECK(find_word(w, n, "Favours usual care\u00a0→")->y > find_word(w, n, "0.5")->y);
    text_release(&svg);

    p.layout = PLOT_LAYOUT_REVMAN;
    svg = drawn(&p);
    n = read_words(&svg, w, MOST_WORDS);
    CHECK(find_word(w, n, "Total")->right < find_word(w, n, "Weight")->left);
    CHECK(find_word(w, n, "Weight")->right < find_word(w, n, "OR (95%\u00a0CI)")->left);
    CHECK(find_word(w, n, "OR (95%\u00a0CI)")->right < find_word(w, n, "0.5")->left);
    CHECK(find_word(w, n, "Odds ratio (95% CI), log scale")->y == find_word(w, n, "Weight")->y);
    CHECK(strstr(svg.at, "#f1f3f6") == NULL && strstr(svg.at, "241, 243, 246") == NULL); /* no bands */
    text_release(&svg);

    p.layout = PLOT_LAYOUT_JAMA;
    svg = drawn(&p);
    n = read_words(&svg, w, MOST_WORDS);
    CHECK(fabs(find_word(w, n, "/1,245")->left - find_word(w, n, "34")->right) < 0.02);
    CHECK(find_word(w, n, "Events/Total")->y < find_word(w, n, "Electroencephalographically")->y);
    CHECK(find_word(w, n, "OR (95%\u00a0CI)")->right < find_word(w, n, "0.5")->left);
    CHECK(find_word(w, n, "2")->right < find_word(w, n, "Weight")->left);
    CHECK(find_word(w, n, "Favours usual care\u00a0→")->y <= find_word(w, n, "Weight")->y);
    text_release(&svg);
    plot_release(&p);
}

/* A total's line, the reference's and the axis; nothing of the kind for a diamond. */
static void
runs_a_line_up_from_the_total(void)
{
    size_t lines[2];

    for (size_t i = 0; i < 2; i++) {
        struct plot p = PLOT_INIT;
        p.scale = SCALE_RATIO;
        plot_row(&p, PLOT_SQUARE, "a", NULL, 0.5, 0.2, 0.9, 1);
        plot_row(&p, i ? PLOT_TOTAL : PLOT_DIAMOND, "all", NULL, 0.5, 0.3, 0.8, NAN);
        struct text svg = drawn(&p);
        const char *grey = strstr(svg.at, "rgb(138, 143, 152)");
        CHECK(grey != NULL);
        lines[i] = 0;
        for (const char *end = strstr(grey, "</g>"), *at = grey; (at = strstr(at, "M")) && at < end; at++)
            lines[i]++;
        text_release(&svg);
        plot_release(&p);
    }
    CHECK(lines[0] == 1 && lines[1] >= 4);
}

static void
draws_prediction_intervals_behind_diamonds(void)
{
    struct plot p = PLOT_INIT;
    double bar[20] = { 0 }, diamond[20] = { 0 };

    p.scale = SCALE_RATIO;
    plot_row(&p, PLOT_DIAMOND, "pooled", NULL, 2, 1, 4, NAN);
    plot_prediction(&p, 0.5, 8);
    struct text svg = drawn(&p);
    CHECK(occurrences(svg.at, DARK " points") == 1); /* brackets, no arrows */
    CHECK(corners_of(&svg, LIGHT, 0, bar, 20) >= 8 && corners_of(&svg, DARK, 0, diamond, 20) >= 10);
    CHECK_REL(bar[2] - bar[0], 2 * (diamond[8] - diamond[0]), 0.001); /* 16-fold, 4-fold */
    text_release(&svg);
    for (int i = 0; i < 3; i++)
        plot_row(&p, PLOT_DIAMOND, "pooled", NULL, 2, 1, 4, NAN);
    plot_prediction(&p, 1e-9, 1e9);
    svg = drawn(&p);
    CHECK(occurrences(svg.at, DARK " points") == 4 + 2); /* two tips */
    text_release(&svg);
    plot_release(&p);
}

static void
draws_subtotals_light_and_hollow_squares_empty(void)
{
    static const struct {
        enum plot_mark mark;
        size_t light, dark;
    } marks[] = { { PLOT_SQUARE, 1, 0 }, { PLOT_HOLLOW, 0, 0 }, { PLOT_DIAMOND, 0, 1 },
                  { PLOT_SUBTOTAL, 1, 0 }, { PLOT_TOTAL, 0, 1 } };

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct plot p = PLOT_INIT;
        p.scale = SCALE_RATIO;
        plot_row(&p, marks[i].mark, "a", NULL, 1.2, 0.9, 1.5, NAN);
        struct text svg = drawn(&p);
        CHECK(occurrences(svg.at, LIGHT " points") == marks[i].light);
        CHECK(occurrences(svg.at, DARK " points") == marks[i].dark);
        text_release(&svg);
        plot_release(&p);
    }
}

static void
leaves_an_extreme_estimate_to_an_arrow(void)
{
    struct plot p = PLOT_INIT;

    p.scale = SCALE_RATIO;
    for (int i = 0; i < 8; i++)
        plot_row(&p, PLOT_SQUARE, "near", NULL, 0.8 + 0.1 * i, 0.4, 2, 5);
    plot_row(&p, PLOT_SQUARE, "far", NULL, 20000, 900, 400000, 0.1);
    struct text svg = drawn(&p);
    CHECK(shows(&svg, "0.5") && shows(&svg, "2") && !shows(&svg, "1000"));
    CHECK(occurrences(svg.at, DARK " points") == 1);
    CHECK(occurrences(svg.at, LIGHT " points") == 8);
    text_release(&svg);
    plot_release(&p);
}

static void
says_the_total_to_who_cannot_see(void)
{
    struct plot p = forest(PLOT_LAYOUT_REVMAN, 3);
    struct text svg = drawn(&p);

    CHECK(strstr(svg.at, "<desc>Odds ratio (95% CI), log scale: 6 rows with intervals. Random effects: "
                         "0.80 (0.70 to 0.95). Method, n and contrast.</desc>") != NULL);
    text_release(&svg);
    plot_release(&p);
}

static void
says_how_large_a_png_is(void)
{
    struct plot p = small_plot();
    struct text png = drawn_as(&p, "png", (struct plot_size){ 6, 3 });
    const unsigned char *const b = (const unsigned char *)png.at;

    CHECK(b[18] * 256 + b[19] == 1200 && b[22] * 256 + b[23] == 600);
    /* 200 an inch are 7874 a metre; the check is zlib's. */
    CHECK(memcmp(png.at + 33, "\0\0\0\011pHYs\0\0\x1e\xc2\0\0\x1e\xc2\001\x6e\xd0\x75\x3e",
                 21) == 0);
    text_release(&png);
    plot_release(&p);
}

static void
grows_with_its_rows(void)
{
    struct plot p = PLOT_INIT;
    double width, few, many;

    plot_row(&p, PLOT_SQUARE, "row", NULL, 1, 0, 2, NAN);
    struct text svg = drawn(&p);
    size_of(&svg, &width, &few);
    text_release(&svg);
    for (int i = 0; i < 199; i++)
        plot_row(&p, PLOT_SQUARE, "row", NULL, 1 + i % 7, 0, 9, NAN);
    svg = drawn(&p);
    size_of(&svg, &width, &many);
    CHECK_REL(many - few, 199 * 18.5 * 96 / 72, 0.001);
    CHECK(occurrences(svg.at, ">row</text>") == 200);
    text_release(&svg);
    plot_release(&p);
}

static void
reports_a_device_that_is_full(void)
{
    struct plot p = small_plot();

    CHECK(plot_draw(&p, "/dev/full", "svg", (struct plot_size){ 0, 0 }, &error) == DYAD_IO);
    CHECK(strstr(error.text, "/dev/full") != NULL);
    CHECK(plot_draw(&p, "/nonexistent/a.svg", "svg", (struct plot_size){ 0, 0 }, &error) ==
          DYAD_IO);
    plot_release(&p);
}

/* ---- its numbers ---- */

static void
writes_its_numbers_as_csv(void)
{
    struct plot p = PLOT_INIT;
    struct text csv = TEXT_INIT;

    plot_set(&p.columns[0].title, "events/n", &p);
    plot_set(&p.columns[2].title, "estimate", &p); /* a name of ours */
    plot_panel(&p, "site, \"North\"");
    plot_row(&p, PLOT_HEADING, "=cmd()", NULL, NAN, NAN, NAN, NAN);
    plot_row(&p, PLOT_SQUARE, "-1+1", (const char *const[PLOT_COLUMNS]){ "1/3", NULL, "-0.5", NULL },
             0.1 + 0.2, -INFINITY, INFINITY, 2);
    plot_panel(&p, NULL);
    plot_row(&p, PLOT_DIAMOND, NULL, NULL, NAN, 1, 1.0 / 3, 0);
    CHECK(plot_numbers(&p, &csv) == DYAD_OK);
    assert_string_equal(
        csv.at, "panel,label,mark,events/n,estimate_,estimate,conf_low,conf_high,weight\n"
                "\"site, \"\"North\"\"\",\"'=cmd()\",heading,,,,,,\n"
                "\"site, \"\"North\"\"\",\"'-1+1\",square,1/3,-0.5,0.30000000000000004,-Inf,Inf,2\n"
                ",,diamond,,,,1,0.3333333333333333,0\n");
    text_release(&csv);
    plot_release(&p);
}

static void
numbers_columns_without_a_title(void)
{
    struct plot p = PLOT_INIT;
    struct text csv = TEXT_INIT;

    plot_set(&p.columns[0].title, "n", &p);
    plot_set(&p.columns[1].title, "n", &p);
    plot_row(&p, PLOT_SQUARE, "a", (const char *const[PLOT_COLUMNS]){ "1", "2", NULL, "3" }, 1, NAN,
             NAN, NAN);
    CHECK(plot_numbers(&p, &csv) == DYAD_OK);
    assert_string_equal(csv.at,
                        "panel,label,mark,n,n_,column_4,estimate,conf_low,conf_high,weight\n"
                        ",a,square,1,2,3,1,,,\n");
    text_release(&csv);
    plot_release(&p);
}

static void
writes_the_numbers_of_a_forest(void)
{
    struct plot p = PLOT_INIT;
    struct text csv = TEXT_INIT;

    plot_column(&p, 0, PLOT_COLUMN_TREATED_EVENTS, "Support", "Events", true);
    plot_column(&p, 1, PLOT_COLUMN_CONTROL_EVENTS, "Usual care", "Events", true);
    plot_words(&p, PLOT_HEADING, "Hospital");
    plot_row(&p, PLOT_HOLLOW, "a", (const char *const[PLOT_COLUMNS]){ "3", "4" }, 1, 0.5, 2, 7);
    plot_row(&p, PLOT_SUBTOTAL, "b", NULL, 1, 0.5, 2, NAN);
    plot_words(&p, PLOT_NOTE, "Heterogeneity: none");
    plot_words(&p, PLOT_BLANK, NULL);
    plot_row(&p, PLOT_TOTAL, "c", NULL, 1, 0.5, 2, NAN);
    plot_prediction(&p, 0.25, 4);
    CHECK(plot_numbers(&p, &csv) == DYAD_OK);
    assert_string_equal(csv.at, "panel,label,mark,Support Events,Usual care Events,estimate,conf_low,conf_high,"
                                "weight,pred_low,pred_high\n"
                                ",Hospital,heading,,,,,,,,\n"
                                ",a,hollow,3,4,1,0.5,2,7,,\n"
                                ",b,subtotal,,,1,0.5,2,,,\n"
                                ",c,total,,,1,0.5,2,,0.25,4\n");
    text_release(&csv);
    plot_release(&p);
}

static void
releases_what_is_empty(void)
{
    struct plot p = PLOT_INIT;

    plot_release(&p);
    plot_release(&p);
    plot_release(NULL);
}

int
main(void)
{
    char folder[64];

    if (mkdtemp(root) == NULL)
        return 1;
    snprintf(marker, sizeof marker, "%s/pwned", root);
    snprintf(folder, sizeof folder, "%s/tmp", root);
    if (mkdir(folder, 0700) != 0)
        return 1;
    setenv("TMPDIR", folder, 1);

    RUN(runs_nothing_that_stands_in_words);
    RUN(shows_hostile_words_as_they_are);
    RUN(draws_any_bytes);
    RUN(draws_the_same_bytes_again);
    RUN(shows_every_word_and_mark);
    RUN(tells_a_reader_who_cannot_see);
    RUN(gives_squares_their_weight_as_area);
    RUN(draws_diamonds_from_limit_to_limit);
    RUN(ends_in_arrows_what_leaves_the_axis);
    RUN(draws_rows_that_have_no_estimate);
    RUN(takes_the_size_it_is_given);
    RUN(keeps_words_apart_and_on_the_page);
    RUN(places_columns_as_the_layout_says);
    RUN(runs_a_line_up_from_the_total);
    RUN(draws_prediction_intervals_behind_diamonds);
    RUN(draws_subtotals_light_and_hollow_squares_empty);
    RUN(leaves_an_extreme_estimate_to_an_arrow);
    RUN(says_the_total_to_who_cannot_see);
    RUN(says_how_large_a_png_is);
    RUN(grows_with_its_rows);
    RUN(reports_a_device_that_is_full);
    RUN(writes_its_numbers_as_csv);
    RUN(numbers_columns_without_a_title);
    RUN(writes_the_numbers_of_a_forest);
    RUN(releases_what_is_empty);

    static const char *const left[] = { "picture.svg", "picture.png", "picture.pdf", "tmp" };
    for (size_t i = 0; i < 4; i++) {
        snprintf(picture_path, sizeof picture_path, "%.40s/%s", root, left[i]);
        remove(picture_path);
    }
    if (rmdir(root) != 0) {
        puts("something was left in the temporary folder");
        return 1;
    }
    return DONE();
}
