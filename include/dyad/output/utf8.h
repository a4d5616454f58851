/* output/utf8.h: characters of a string, how wide they stand and which of them may be shown. */
#ifndef DYAD_OUTPUT_UTF8_H
#define DYAD_OUTPUT_UTF8_H

#include "dyad/core/text.h"

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xFFFDu

/**
 * utf8_next(s, code):
 * The bytes of the first character of ${s}, 0 at its end.  A byte that begins no valid character
 * counts as UTF8_REPLACEMENT of one byte.
 */
size_t utf8_next(const char *s, uint32_t *code);

/** utf8_put(out, code): the character as UTF-8. */
void utf8_put(struct text *out, uint32_t code);

/** utf8_code_width(code): columns of a terminal: combining marks none, East Asian ones two. */
size_t utf8_code_width(uint32_t code);

/** utf8_width(s): columns of a terminal that ${s} takes. */
size_t utf8_width(const char *s);

/**
 * utf8_is_hidden(code): is it a control character, or one that reorders or hides the text around
 * it, so that a reader would not see what stands there?
 */
bool utf8_is_hidden(uint32_t code);

/** utf8_visible(out, s): ${s} as valid UTF-8, with hidden characters written \n, \t or \u202e. */
void utf8_visible(struct text *out, const char *s);

#endif
