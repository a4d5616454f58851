/*
 * output/outbox.h: files that appear whole or not at all, and all together.
 *
 * Every file is first written beside its place under a random hidden name (mode 0600, O_EXCL),
 * flushed to the disk, and renamed when all the files of a run are there.  A file that was there
 * before keeps its mode.  A device or pipe is written through at the commit; a symbolic link to
 * a file, and a folder, are refused.
 *
 * What kill -9 or a power failure leaves behind begins with ".dyad." and may be deleted.
 */
#ifndef DYAD_OUTPUT_OUTBOX_H
#define DYAD_OUTPUT_OUTBOX_H

#include "dyad/core/status.h"

#include <stddef.h>

struct outbox; /* see outbox.c */

struct outbox *outbox_new(void); /* NULL if memory ran out */

/** outbox_put(box, path, bytes, length, err): write ${bytes}, to appear as ${path}. */
DYAD_MUST_CHECK enum dyad_status outbox_put(struct outbox *box, const char *path,
                                            const char *bytes, size_t length,
                                            struct dyad_error *err);

/**
 * outbox_reserve(box, path, &temporary, err):
 * A file that somebody else fills: its temporary name (the outbox's), to appear as ${path}.
 */
DYAD_MUST_CHECK enum dyad_status outbox_reserve(struct outbox *box, const char *path,
                                                const char **temporary, struct dyad_error *err);

/**
 * outbox_folder(box, path, err):
 * Make the folder ${path} unless it is there; not its parents.  It goes again, if it is empty,
 * when the outbox is freed without a commit.
 */
DYAD_MUST_CHECK enum dyad_status outbox_folder(struct outbox *box, const char *path,
                                               struct dyad_error *err);

/**
 * outbox_commit(box, err):
 * Rename every file to its place.  On failure none of them appears, and what stood there before
 * stands there again; only a file replaced on a file system without hard links stays replaced.
 */
DYAD_MUST_CHECK enum dyad_status outbox_commit(struct outbox *box, struct dyad_error *err);

/** outbox_free(box): also removes what was not committed. */
void outbox_free(struct outbox *box);

/** outbox_remove_all(): remove the temporary files of every outbox; safe in a signal handler. */
void outbox_remove_all(void);

#endif
