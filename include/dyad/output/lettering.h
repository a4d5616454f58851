/*
 * output/lettering.h: text in a picture: made harmless, measured, wrapped.
 *
 * Widths are those of DejaVu Sans, the widest of the fonts a viewer may fall back to: a text that
 * fits here fits in Helvetica or Arial.
 */
#ifndef DYAD_OUTPUT_LETTERING_H
#define DYAD_OUTPUT_LETTERING_H

#include "dyad/core/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Characters of one label; what is longer ends in an ellipsis. */
enum { LETTERING_CAP = 200 };

/**
 * lettering_clean(string, cap, out):
 * Put at most ${cap} characters of ${string} into ${out}: valid UTF-8 that XML may hold, in one
 * line.  White space becomes a space; other controls, bidirectional overrides and what is no
 * UTF-8 become U+FFFD.
 */
void lettering_clean(const char *string, size_t cap, struct text *out);

/** lettering_width(string, length, bold): of the first ${length} bytes, in ems. */
double lettering_width(const char *string, size_t length, bool bold);

/**
 * lettering_wrap(string, width, max_lines, bold, out):
 * Put ${string} into ${out} in lines of at most ${width} ems with '\n' between them, broken at
 * spaces, else behind - / , or between characters.  What does not fit into ${max_lines} is
 * replaced by an ellipsis.
 *
 * Returns: the number of lines.
 */
size_t lettering_wrap(const char *string, double width, size_t max_lines, bool bold,
                      struct text *out);

#endif
