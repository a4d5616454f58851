#include "dyad/core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for ${more} bytes and the terminating NUL. */
static bool
reserve(struct text *t, size_t more)
{
    if (t->failed)
        return false;
    if (t->room - t->length > more)
        return true;

    size_t room = t->room ? t->room : 64;
    while (room - t->length <= more)
        room *= 2;
    char *grown = realloc(t->at, room);
    if (grown == NULL) {
        t->failed = true;
        return false;
    }
    t->at = grown;
    t->room = room;
    return true;
}

void
text_put(struct text *t, const char *bytes, size_t length)
{
    if (!reserve(t, length))
        return;
    if (length)
        memcpy(t->at + t->length, bytes, length);
    t->length += length;
    t->at[t->length] = '\0';
}

void
text_puts(struct text *t, const char *string)
{
    text_put(t, string, strlen(string));
}

void
text_putc(struct text *t, char c)
{
    text_put(t, &c, 1);
}

void
text_vprintf(struct text *t, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    int wanted = vsnprintf(NULL, 0, fmt, args);
    if (wanted < 0)
        t->failed = true;
    else if (reserve(t, (size_t)wanted)) {
        vsnprintf(t->at + t->length, (size_t)wanted + 1, fmt, again);
        t->length += (size_t)wanted;
    }
    va_end(again);
}

void
text_printf(struct text *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    text_vprintf(t, fmt, args);
    va_end(args);
}

void
text_clear(struct text *t)
{
    t->length = 0;
    if (t->at)
        t->at[0] = '\0';
}

char *
text_steal(struct text *t)
{
    if (t->at == NULL)
        text_put(t, "", 0);
    char *string = t->failed ? NULL : t->at;
    if (t->failed)
        free(t->at);
    *t = (struct text)TEXT_INIT;
    return string;
}

void
text_release(struct text *t)
{
    free(t->at);
    *t = (struct text)TEXT_INIT;
}

char *
text_copy(const char *string)
{
    if (string == NULL)
        return NULL;
    const size_t size = strlen(string) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, string, size);
    return copy;
}
