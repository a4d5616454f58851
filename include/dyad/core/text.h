/* core/text.h: a string that grows.  Failure to grow is remembered and asked for once, at the end. */
#ifndef DYAD_CORE_TEXT_H
#define DYAD_CORE_TEXT_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *at; /* NUL-terminated once anything was put; NULL before */
    size_t length, room;
    bool failed; /* memory ran out: what follows was not kept */
};

#define TEXT_INIT { NULL, 0, 0, false }

void text_put(struct text *t, const char *bytes, size_t length);
void text_puts(struct text *t, const char *string);
void text_putc(struct text *t, char c);
void text_printf(struct text *t, const char *fmt, ...) DYAD_PRINTF(2, 3);
void text_vprintf(struct text *t, const char *fmt, va_list args) DYAD_PRINTF(2, 0);

/** text_clear(t): make ${t} empty, keeping its storage; that memory ran out stays remembered. */
void text_clear(struct text *t);

/** text_steal(t): the string, now the caller's to free(); NULL if memory ran out.  ${t} is empty. */
char *text_steal(struct text *t);

void text_release(struct text *t);

/** text_copy(string): a copy in malloc'ed storage, NULL if memory ran out or ${string} is NULL. */
char *text_copy(const char *string);

#endif
