/* data/codebook_build.h: what the readers of the two kinds of codebook share. */
#ifndef DYAD_DATA_CODEBOOK_BUILD_H
#define DYAD_DATA_CODEBOOK_BUILD_H

#include "dyad/data/codebook.h"

/** codebook_add(b, name, line): a new field at the end, to be filled; NULL if memory ran out. */
struct codebook_field *codebook_add(struct codebook *b, const char *name, uint64_t line);

/** codebook_push(array, n, text, length): one more string; false if memory ran out. */
DYAD_MUST_CHECK bool codebook_push(char ***array, size_t *n, const char *text, size_t length);

/** codebook_choose(f, code, code_length, label, label_length): one more choice; false if memory ran out. */
DYAD_MUST_CHECK bool codebook_choose(struct codebook_field *f, const char *code, size_t code_length, const char *label,
                                     size_t label_length);

/** codebook_trim(text, length): without blanks on both sides. */
void codebook_trim(const char **text, size_t *length);

/** codebook_plain(text): malloc'ed, without HTML's tags, blanks joined; NULL if memory ran out. */
char *codebook_plain(const char *text);

/** codebook_bound(f, text, out): a limit of the range, of the field's type; false if it is none. */
DYAD_MUST_CHECK bool codebook_bound(const struct codebook_field *f, const char *text, double *out);

/** codebook_read_csv, codebook_read_json: fill ${b}, whose path is set. */
DYAD_MUST_CHECK enum dyad_status codebook_read_csv(struct codebook *b, bool hash, struct dyad_error *err);
DYAD_MUST_CHECK enum dyad_status codebook_read_json(struct codebook *b, bool hash, struct dyad_error *err);

#endif
