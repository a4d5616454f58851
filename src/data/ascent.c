#include "ascent.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 16 };

static bool
is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static uint64_t
in_order(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 | (uint64_t)b[3] << 32 |
           (uint64_t)b[4] << 24 | (uint64_t)b[5] << 16 | (uint64_t)b[6] << 8 | (uint64_t)b[7];
}

static uint64_t
first_bytes(uint64_t word, size_t n)
{
    return n >= 8 ? word : n ? word & ~UINT64_C(0) << (64 - 8 * n) : 0;
}

/* False: it is too long. */
static bool
read_value(const struct block *b, size_t field, struct text *scratch, struct ascent_value *out)
{
    const size_t start = (uint32_t)(b->ends[field] + 1), end = b->ends[field + 1];
    const char *text = b->text + start;
    size_t length = end - start;
    char bytes[VALUE_BYTES];

    if (b->raw && length && !(is_plain((unsigned char)text[0]) && is_plain((unsigned char)text[length - 1])))
        text = field_bare(b->text, start, end, scratch, &length);
    if (length > VALUE_BYTES)
        return false;
    if (length == 0 || text == scratch->at) { /* else bytes behind the field can be read */
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, text, length);
        text = bytes;
    }
    *out = (struct ascent_value){ length, first_bytes(in_order(text), length),
                                  length > 8 ? first_bytes(in_order(text + 8), length - 8) : 0 };
    return true;
}

static bool
is_less(const struct ascent_value *a, const struct ascent_value *b)
{
    if (a->length != b->length)
        return a->length < b->length;
    return a->high != b->high ? a->high < b->high : a->low < b->low;
}

static bool
put(struct ascent *a, const struct ascent_block *b)
{
    if (a->n == a->room) {
        const size_t room = a->room ? 2 * a->room : 64;
        struct ascent_block *grown = realloc(a->blocks, room * sizeof *grown);
        if (grown == NULL)
            return false;
        a->blocks = grown;
        a->room = room;
    }
    a->blocks[a->n++] = *b;
    return true;
}

bool
ascent_add(struct ascent *a, const struct block *block, size_t column, struct text *scratch, bool *ascends)
{
    struct ascent_block seen = { .number = block->number };
    struct ascent_value value;

    *ascends = true;
    if (block->n_records == 0)
        return true;
    for (size_t i = 0; *ascends && i < block->n_records; i++) {
        *ascends = read_value(block, i * block->n_columns + column, scratch, &value) &&
                   (i == 0 || is_less(&seen.last, &value));
        if (i == 0)
            seen.first = value;
        seen.last = value;
    }
    return !scratch->failed && (!*ascends || put(a, &seen));
}

bool
ascent_join(struct ascent *a, const struct ascent *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (!put(a, &from->blocks[i]))
            return false;
    return true;
}

static int
by_number(const void *a, const void *b)
{
    const struct ascent_block *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

bool
ascent_sort(struct ascent *a)
{
    if (a->n)
        qsort(a->blocks, a->n, sizeof *a->blocks, by_number);
    for (size_t i = 1; i < a->n; i++)
        if (!is_less(&a->blocks[i - 1].last, &a->blocks[i].first))
            return false;
    return true;
}

bool
ascent_has(const struct ascent *a, uint64_t number)
{
    const struct ascent_block wanted = { .number = number };

    return a->n && bsearch(&wanted, a->blocks, a->n, sizeof *a->blocks, by_number) != NULL;
}

void
ascent_release(struct ascent *a)
{
    free(a->blocks);
    *a = (struct ascent)ASCENT_INIT;
}
