#include "dyad/output/utf8.h"

/* Bytes that the lead byte ${c} announces, 0 if it cannot lead. */
static size_t
announced(unsigned char c)
{
    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c <= 0xDF)
        return 2;
    if ((c & 0xF0) == 0xE0)
        return 3;
    return c >= 0xF0 && c <= 0xF4 ? 4 : 0;
}

size_t
utf8_next(const char *s, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *u = (const unsigned char *)s;
    const size_t length = announced(u[0]);

    *code = u[0];
    if (length == 1)
        return u[0] != 0;
    uint32_t c = u[0] & (0x7Fu >> length);
    size_t i = 1;
    while (i < length && (u[i] & 0xC0) == 0x80)
        c = c << 6 | (u[i++] & 0x3Fu);

    /* Cut short, overlong, a surrogate, or beyond Unicode. */
    if (length == 0 || i < length || c < least[length] || (c >= 0xD800 && c <= 0xDFFF) ||
        c > 0x10FFFF) {
        *code = UTF8_REPLACEMENT;
        return 1;
    }
    *code = c;
    return length;
}

void
utf8_put(struct text *out, uint32_t code)
{
    if (code < 0x80) {
        text_putc(out, (char)code);
    } else if (code < 0x800) {
        text_putc(out, (char)(0xC0 | code >> 6));
        text_putc(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        text_putc(out, (char)(0xE0 | code >> 12));
        text_putc(out, (char)(0x80 | (code >> 6 & 0x3F)));
        text_putc(out, (char)(0x80 | (code & 0x3F)));
    } else {
        text_putc(out, (char)(0xF0 | code >> 18));
        text_putc(out, (char)(0x80 | (code >> 12 & 0x3F)));
        text_putc(out, (char)(0x80 | (code >> 6 & 0x3F)));
        text_putc(out, (char)(0x80 | (code & 0x3F)));
    }
}

struct range {
    uint32_t first, last;
};

static bool
is_within(const struct range *ranges, size_t n, uint32_t code)
{
    size_t low = 0;

    while (low < n) {
        const size_t middle = low + (n - low) / 2;
        if (code > ranges[middle].last)
            low = middle + 1;
        else if (code < ranges[middle].first)
            n = middle;
        else
            return true;
    }
    return false;
}

#define IS_WITHIN(ranges, code) is_within((ranges), sizeof(ranges) / sizeof *(ranges), (code))

/* General categories Mn, Me and Cf, by blocks, of the scripts in common use. */
static const struct range combining[] = {
    { 0x0300, 0x036F },   { 0x0483, 0x0489 },   { 0x0591, 0x05BD },   { 0x05BF, 0x05BF },
    { 0x05C1, 0x05C2 },   { 0x05C4, 0x05C5 },   { 0x05C7, 0x05C7 },   { 0x0610, 0x061A },
    { 0x064B, 0x065F },   { 0x0670, 0x0670 },   { 0x06D6, 0x06DC },   { 0x06DF, 0x06E4 },
    { 0x06E7, 0x06E8 },   { 0x06EA, 0x06ED },   { 0x0901, 0x0902 },   { 0x093C, 0x093C },
    { 0x0941, 0x0948 },   { 0x094D, 0x094D },   { 0x0951, 0x0954 },   { 0x0962, 0x0963 },
    { 0x0981, 0x0981 },   { 0x09BC, 0x09BC },   { 0x09C1, 0x09C4 },   { 0x09CD, 0x09CD },
    { 0x0E31, 0x0E31 },   { 0x0E34, 0x0E3A },   { 0x0E47, 0x0E4E },   { 0x1160, 0x11FF },
    { 0x135D, 0x135F },   { 0x1AB0, 0x1AFF },   { 0x1DC0, 0x1DFF },   { 0x200B, 0x200F },
    { 0x202A, 0x202E },   { 0x2060, 0x2064 },   { 0x20D0, 0x20F0 },   { 0x302A, 0x302F },
    { 0x3099, 0x309A },   { 0xFE00, 0xFE0F },   { 0xFE20, 0xFE2F },   { 0xFEFF, 0xFEFF },
    { 0xE0001, 0xE007F }, { 0xE0100, 0xE01EF },
};

/* East Asian Width W and F (Unicode Standard Annex 11), by blocks. */
static const struct range wide[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2E80, 0x303E },   { 0x3041, 0x4DBF },
    { 0x4E00, 0xA4CF },   { 0xA960, 0xA97F },   { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },
    { 0xFE30, 0xFE6F },   { 0xFF01, 0xFF60 },   { 0xFFE0, 0xFFE6 },   { 0x1F300, 0x1F64F },
    { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
};

size_t
utf8_code_width(uint32_t code)
{
    if (code < combining[0].first)
        return 1;
    return IS_WITHIN(combining, code) ? 0 : IS_WITHIN(wide, code) ? 2 : 1;
}

size_t
utf8_width(const char *s)
{
    size_t width = 0, length;
    uint32_t code;

    for (; (length = utf8_next(s, &code)) > 0; s += length)
        width += utf8_code_width(code);
    return width;
}

bool
utf8_is_hidden(uint32_t code)
{
    static const struct range hidden[] = {
        { 0x00, 0x1F },     { 0x7F, 0x9F },     { 0x061C, 0x061C }, { 0x200B, 0x200B },
        { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0xFEFF, 0xFEFF },
        { 0xFFF9, 0xFFFB },
    };
    return IS_WITHIN(hidden, code);
}

void
utf8_visible(struct text *out, const char *s)
{
    size_t length;
    uint32_t code;

    for (; (length = utf8_next(s, &code)) > 0; s += length) {
        if (code == '\n')
            text_puts(out, "\\n");
        else if (code == '\t')
            text_puts(out, "\\t");
        else if (utf8_is_hidden(code))
            text_printf(out, "\\u%04x", (unsigned)code);
        else
            utf8_put(out, code);
    }
}
