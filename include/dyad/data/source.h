/* data/source.h: the bytes of one input: a file, a pipe, standard input; gzip is unpacked. */
#ifndef DYAD_DATA_SOURCE_H
#define DYAD_DATA_SOURCE_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/**
 * source_open(path, hash, out, err):
 * Open ${path} ("-" is standard input), and hash its bytes as they are read if ${hash}.
 * Refuses a folder (DYAD_IO) and what by its first bytes is no text: a workbook, a PDF, UTF-16,
 * an archive other than gzip (DYAD_PARSE).
 */
DYAD_MUST_CHECK enum dyad_status source_open(const char *path, bool hash, struct source **out,
                                             struct dyad_error *err);

/** source_read(s, bytes, room, &n, err): the next bytes; fewer than ${room} only at the end. */
DYAD_MUST_CHECK enum dyad_status source_read(struct source *s, char *bytes, size_t room, size_t *n,
                                             struct dyad_error *err);

/** source_is_addressed(s): a file on disk, read as it is and not to be hashed: source_read_at works. */
bool source_is_addressed(const struct source *s);

/** source_read_at(s, at, bytes, room, &n, err): from byte ${at} on, from any thread; fewer only at the end. */
DYAD_MUST_CHECK enum dyad_status source_read_at(const struct source *s, uint64_t at, char *bytes, size_t room,
                                                size_t *n, struct dyad_error *err);

/** source_take_all(s): all its bytes are had by source_read_at: count them as read. */
void source_take_all(struct source *s);

/** source_finish(s, err): at the end: did the file change or shrink while it was read? */
DYAD_MUST_CHECK enum dyad_status source_finish(struct source *s, struct dyad_error *err);

const char *source_path(const struct source *s); /* for messages: "standard input" for "-" */
uint64_t source_bytes(const struct source *s);   /* read so far, of the file as it is on disk */
uint64_t source_size(const struct source *s);    /* of a regular file, else 0 */

/** source_sha256(s, hex): of all its bytes, after the end; empty if it was not asked for. */
void source_sha256(struct source *s, char hex[65]);

void source_close(struct source *s);

#endif
