/* data/number.h: a decimal number out of a field, exactly as strtod would read it, or a complaint. */
#ifndef DYAD_DATA_NUMBER_H
#define DYAD_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum number_state { NUMBER_GOOD, NUMBER_NONE, NUMBER_TOO_LARGE, NUMBER_TOO_SMALL };

/**
 * number_parse(text, length, decimal, out):
 * Optional sign, digits with an optional ${decimal} sign among them, an optional exponent;
 * nothing else: no hexadecimal, no "inf" or "nan", no blanks.
 *
 * Returns: NUMBER_GOOD with ${out} set to the nearest double; NUMBER_NONE, for more than 400 bytes
 *          too; NUMBER_TOO_LARGE or NUMBER_TOO_SMALL for what a double cannot hold with all its
 *          digits.
 */
enum number_state number_parse(const char *text, size_t length, char decimal, double *out);

/** number_hint(text, length): what the thing might be instead, as words that never repeat it; "" if unknown. */
const char *number_hint(const char *text, size_t length);

/** number_text(number, out): in 15, 16 or 17 digits, the fewest that read back as ${number}; its length. */
size_t number_text(double number, char out[32]);

#endif
