#include "dyad/output/lettering.h"

#include <string.h>

#include "dyad/output/utf8.h"

enum { ELLIPSIS = 0x2026 };

/* Advance widths of DejaVu Sans 2.37 and its bold, U+0020 to U+007E, in thousandths of an em. */
static const uint16_t regular[95] = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
};
static const uint16_t strong[95] = {
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
    683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
    724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
    343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
};

/* Beyond ASCII a width for each block: its usual letters, rounded up (same font). */
static const struct block {
    uint32_t first, last;
    uint16_t width;
} blocks[] = {
    { 0x00a0, 0x00a0, 318 },   { 0x00b7, 0x00b7, 318 },   { 0x00b2, 0x00b3, 401 },
    { 0x00b9, 0x00b9, 401 },   { 0x00c6, 0x00c6, 974 },   { 0x00e6, 0x00e6, 982 },
    { 0x0152, 0x0153, 1070 },  { 0x00a1, 0x024f, 720 },   { 0x0300, 0x036f, 0 },
    { 0x0370, 0x03ff, 740 },   { 0x0400, 0x052f, 780 },   { 0x0530, 0x05ff, 620 },
    { 0x0600, 0x06ff, 720 },   { 0x1100, 0x115f, 1000 },  { 0x200b, 0x200f, 0 },
    { 0x2013, 0x2013, 500 },   { 0x2014, 0x2015, 1000 },  { 0x2018, 0x201f, 520 },
    { 0x2026, 0x2026, 1000 },  { 0x2070, 0x209f, 420 },   { 0x20d0, 0x20ff, 0 },
    { 0x2190, 0x22ff, 838 },   { 0x2e80, 0xa4cf, 1000 },  { 0xac00, 0xd7a3, 1000 },
    { 0xf900, 0xfaff, 1000 },  { 0xfe00, 0xfe0f, 0 },     { 0xfe30, 0xfe6f, 1000 },
    { 0xff00, 0xff60, 1000 },  { 0xfffd, 0xfffd, 1025 },  { 0x1f000, 0x1ffff, 1300 },
    { 0x20000, 0x3ffff, 1000 },
};

enum { OTHER_WIDTH = 900, BOLD_MORE = 110 }; /* BOLD_MORE: of 1000, bold over regular */

static uint32_t
harmless(uint32_t c)
{
    if ((c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0x2028 || c == 0x2029)
        return ' ';
    return utf8_is_hidden(c) || (c & 0xfffe) == 0xfffe ? UTF8_REPLACEMENT : c;
}

void
lettering_clean(const char *string, size_t cap, struct text *out)
{
    uint32_t c;

    for (size_t n = 1; *string; n++) {
        string += utf8_next(string, &c);
        utf8_put(out, n == cap && *string ? ELLIPSIS : harmless(c));
        if (n == cap)
            return;
    }
}

static unsigned
width_of(uint32_t c, bool bold)
{
    unsigned width = OTHER_WIDTH;

    if (c >= 0x20 && c <= 0x7e)
        return bold ? strong[c - 0x20] : regular[c - 0x20];
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        if (c >= blocks[i].first && c <= blocks[i].last) {
            width = blocks[i].width;
            break;
        }
    return bold ? width * (1000 + BOLD_MORE) / 1000 : width;
}

double
lettering_width(const char *string, size_t length, bool bold)
{
    const char *const end = string + length;
    unsigned long sum = 0;
    uint32_t c;

    while (string < end && *string) {
        string += utf8_next(string, &c);
        sum += width_of(c, bold);
    }
    return (double)sum / 1000;
}

/* May a line end behind ${c}?  Scripts without spaces break anywhere. */
static bool
breaks_behind(uint32_t c)
{
    return c == '-' || c == '/' || c == ',' || c == ';' || c == 0x2013 || c == 0x2014 ||
           (c >= 0x2e80 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) || c >= 0x20000;
}

/* How many bytes of ${s} fit into ${width}: up to the last good break, else as many as fit. */
static size_t
first_line(const char *s, double width, bool bold)
{
    const char *at = s;
    size_t good = 0;
    double used = 0;
    uint32_t c;

    width += 1e-9; /* what was measured as a whole fits, however it is summed up */
    while (*at) {
        const char *next = at + utf8_next(at, &c);
        const double more = width_of(c, bold) / 1000.0;
        if (c == ' ' && at > s)
            good = (size_t)(at - s);
        else if (used + more > width && at > s)
            return good ? good : (size_t)(at - s);
        used += more;
        at = next;
        if (breaks_behind(c) && used <= width)
            good = (size_t)(at - s);
    }
    return (size_t)(at - s);
}

/* As much of ${s} as leaves room for the ellipsis behind it. */
static void
put_shortened(struct text *out, const char *s, double width, bool bold)
{
    const double room = width - width_of(ELLIPSIS, bold) / 1000.0;
    const char *at = s;
    double used = 0;
    uint32_t c;

    while (*at) {
        const char *next = at + utf8_next(at, &c);
        if ((used += width_of(c, bold) / 1000.0) > room)
            break;
        at = next;
    }
    while (at > s && at[-1] == ' ')
        at--;
    text_put(out, s, (size_t)(at - s));
    utf8_put(out, ELLIPSIS);
}

size_t
lettering_wrap(const char *s, double width, size_t max_lines, bool bold, struct text *out)
{
    size_t lines = 0;

    for (;;) {
        const size_t n = first_line(s, width, bold);
        const char *rest = s + n;
        rest += strspn(rest, " ");
        lines++;
        if (*rest && lines == max_lines) {
            put_shortened(out, s, width, bold);
            return lines;
        }
        text_put(out, s, n);
        if (*rest == '\0')
            return lines;
        text_putc(out, '\n');
        s = rest;
    }
}
