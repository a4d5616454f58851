#include "dyad/output/canvas.h"

#include "check.h"

#include <unistd.h>

#include "dyad/output/lettering.h"

static char path[] = "/tmp/test_canvas.XXXXXX";
static struct dyad_error error;

/* The SVG of a page of 300 by 150 points. */
static struct text
painted(const struct canvas *c)
{
    const struct canvas_page page = { 300, 150, 1, NULL, NULL };
    struct text t = TEXT_INIT;
    if (canvas_paint(c, &page, "svg", &t, &error) != DYAD_OK) {
        print_error("%s\n", error.text);
        _fail(__FILE__, __LINE__);
    }
    return t;
}

static void
makes_every_word_harmless_itself(void)
{
    struct canvas c = CANVAS_INIT;
    char endless[40001];

    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    canvas_words(&c, ALIGN_LEFT, false, 10, 10, "a\x01\xff\n\t\"7\\");
    canvas_words(&c, ALIGN_LEFT, false, 10, 30, endless);
    canvas_words(&c, ALIGN_LEFT, false, 10, 50, "");
    struct text svg = painted(&c);
    CHECK(strstr(svg.at, ">a��  \"7\\</text>") != NULL);
    const char *xs = strstr(svg.at, ">xxx");
    CHECK(xs != NULL && strspn(xs + 1, "x") == LETTERING_CAP - 1);
    CHECK(strncmp(xs + LETTERING_CAP, "…</text>", strlen("…</text>")) == 0);
    text_release(&svg);
    canvas_release(&c);
}

static void
aligns_words_and_marks_bold_ones(void)
{
    struct canvas c = CANVAS_INIT;

    canvas_words(&c, ALIGN_LEFT, false, 30, 20, "left");
    canvas_words(&c, ALIGN_CENTRE, false, 30, 40, "centre");
    canvas_words(&c, ALIGN_RIGHT, true, 30, 60, "right");
    struct text svg = painted(&c);
    const char *left = strstr(svg.at, "text-anchor=\"start\"");
    const char *centre = strstr(svg.at, "text-anchor=\"middle\"");
    const char *right = strstr(svg.at, "font-weight=\"bold\" font-size=\"14.67\"  text-anchor=\"end\"");
    CHECK(left && strncmp(strstr(left, "<text>"), "<text>left", 10) == 0);
    CHECK(centre && strncmp(strstr(centre, "<text>"), "<text>centre", 12) == 0);
    CHECK(right && strncmp(strstr(right, "<text>"), "<text>right", 11) == 0);
    CHECK(strstr(svg.at, "translate(40.00,") != NULL); /* 30 points in CSS pixels */
    text_release(&svg);
    canvas_release(&c);
}

static void
draws_lines_and_areas_where_they_are_put(void)
{
    struct canvas c = CANVAS_INIT;
    const struct canvas_point corners[] = { { 30, 60 }, { 60, 60 }, { 45, 90 } };

    canvas_line(&c, INK_AXIS, 15, 30, 75, 30);
    canvas_area(&c, INK_SUMMARY, corners, 3);
    canvas_area(&c, INK_SUMMARY, corners, 3);
    struct text svg = painted(&c);
    /* gnuplot counts y from below and cuts off at 0.01 of a pixel. */
    CHECK(strstr(svg.at, "d='M20.00,40.01 L100.00,40.01") != NULL);
    const char *area = strstr(svg.at, "points = '40.00,80.01 80.00,80.01 60.00,120.00");
    CHECK(area != NULL && strstr(area + 1, "points = '40.00,80.01 80.00,80.01") != NULL);
    text_release(&svg);
    canvas_release(&c);
}

int
main(void)
{
    const int fd = mkstemp(path);

    if (fd < 0 || close(fd) != 0)
        return 1;
    RUN(makes_every_word_harmless_itself);
    RUN(aligns_words_and_marks_bold_ones);
    RUN(draws_lines_and_areas_where_they_are_put);
    unlink(path);
    return DONE();
}
