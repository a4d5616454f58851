/*
 * data/pass.h: cohorts of the same files, each on a thread of its own, that wait for each other and are read
 * together, once.
 *
 * There are as many members as threads.  Each arrives once, when it is about to read, or leaves; the
 * last to do so reads for all.  A member that reads other files, or the same ones again, does it alone.
 */
#ifndef DYAD_DATA_PASS_H
#define DYAD_DATA_PASS_H

#include "dyad/core/status.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>

struct pass;

struct pass_member {
    struct pass *pass;
    bool done;    /* it arrived or left */
    bool refused; /* it arrived, and the pass had been abandoned */
};

/** pass_new(n): of ${n} members; NULL if memory ran out. */
struct pass *pass_new(size_t n);

/**
 * pass_reader(m, paths, n_paths, how, out, err):
 * The reader of all, opened by the first who asks; NULL to ${out} if it is one of other files, or the
 * pass is over for ${m}: then ${m} has left.
 */
DYAD_MUST_CHECK enum dyad_status pass_reader(struct pass_member *m, const char *const *paths, size_t n_paths,
                                             const struct reader_options *how, struct reader **out,
                                             struct dyad_error *err);

/**
 * pass_arrive(m, seat, read):
 * Wait for all; ${read} is then called once, on one thread, with what each brought.  False if the
 * pass was abandoned: then it is not called, and ${m} is refused.
 */
DYAD_MUST_CHECK bool pass_arrive(struct pass_member *m, void *seat, void (*read)(void *const *seats, size_t n));

/** pass_leave(m): it will not read; nothing if it is done already. */
void pass_leave(struct pass_member *m);

/** pass_abandon(pass): who has arrived, or will, is sent away, unless they are being read for already. */
void pass_abandon(struct pass *pass);

/** pass_free(pass): and its reader, when no member is left who asks it for anything. */
void pass_free(struct pass *pass);

#endif
