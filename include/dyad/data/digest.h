/* data/digest.h: SHA-256, in hexadecimal. */
#ifndef DYAD_DATA_DIGEST_H
#define DYAD_DATA_DIGEST_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_ROOM = 65 };

/** digest_bytes(bytes, length, hex): of what is in memory. */
void digest_bytes(const char *bytes, size_t length, char hex[DIGEST_ROOM]);

/**
 * digest_file(path, keep, bytes, hex, err):
 * Of a file as it is on disk; its length goes to ${bytes}, what it holds to ${keep} too, if that is
 * not NULL.  Returns: DYAD_OK; DYAD_IO; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status digest_file(const char *path, struct text *keep, uint64_t *bytes,
                                             char hex[DIGEST_ROOM], struct dyad_error *err);

#endif
