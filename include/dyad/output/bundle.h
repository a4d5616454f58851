/*
 * output/bundle.h: a folder of files that appears whole or not at all.
 *
 * The files are written into a hidden folder beside its place, flushed to the disk, and the folder
 * is given its name when all are there; one that had the name before changes places with it in one
 * step where the file system can, and then goes.
 *
 * What kill -9 or a power failure leaves behind begins with ".dyad." and may be deleted.
 */
#ifndef DYAD_OUTPUT_BUNDLE_H
#define DYAD_OUTPUT_BUNDLE_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <stddef.h>

struct bundle; /* see bundle.c */

/**
 * bundle_new(path, out, err):
 * To appear as ${path}, whose parent must be there.  Refuses a file and a symbolic link (DYAD_IO).
 * Two at the same time at most.
 */
DYAD_MUST_CHECK enum dyad_status bundle_new(const char *path, struct bundle **out, struct dyad_error *err);

/** bundle_put(b, name, bytes, length, err): a file of it; safe from any thread. */
DYAD_MUST_CHECK enum dyad_status bundle_put(struct bundle *b, const char *name, const char *bytes, size_t length,
                                            struct dyad_error *err);

/** bundle_link(b, name, from, err): a file that is on the disk already; copied where it cannot have two names. */
DYAD_MUST_CHECK enum dyad_status bundle_link(struct bundle *b, const char *name, const char *from,
                                             struct dyad_error *err);

/** bundle_path(b, name, out): the absolute path of a file that somebody else fills, until it is settled. */
void bundle_path(const struct bundle *b, const char *name, struct text *out);

/** bundle_settle(b, name, err): what was written there has the mode of a file, and is on the disk. */
DYAD_MUST_CHECK enum dyad_status bundle_settle(struct bundle *b, const char *name, struct dyad_error *err);

/**
 * bundle_commit(b, old, n_old, err):
 * The folder is there.  Of the one that stood there before, the ${n_old} files called ${old} are
 * removed, and it if nothing else is in it; else it stays, under the hidden name.
 * On failure nothing has changed.
 */
DYAD_MUST_CHECK enum dyad_status bundle_commit(struct bundle *b, const char *const *old, size_t n_old,
                                               struct dyad_error *err);

/** bundle_free(b): also removes what was not committed. */
void bundle_free(struct bundle *b);

/** bundle_remove_all(): remove the hidden folders that are being filled; safe in a signal handler. */
void bundle_remove_all(void);

#endif
