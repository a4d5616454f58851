/*
 * data/pieces.h: a file on disk cut into pieces of equal length, so that threads can read it at
 * once and each find the records that begin in its piece.
 *
 * Where a record begins depends on whether the piece begins inside a quoted field, which the
 * pieces before it decide; so a thread that has read a piece says first whether its quotes are
 * even or odd in number, and goes on when that is known of all earlier pieces.
 */
#ifndef DYAD_DATA_PIECES_H
#define DYAD_DATA_PIECES_H

#include "dyad/core/status.h"
#include "dyad/data/reader.h"
#include "dyad/data/source.h"

struct pieces;

/** pieces_new(source, from, size): of the bytes ${from} to ${size}; NULL if memory ran out. */
struct pieces *pieces_new(struct source *source, uint64_t from, uint64_t size);

/** pieces_take(p, out): the number of the next piece; false behind the last.  One thread at a time. */
bool pieces_take(struct pieces *p, uint64_t *out);

/**
 * pieces_read(p, piece, block, err):
 * Read a piece that was taken, and fill ${block} with the records that begin in it (there may be
 * none).  Every piece that was taken must be read, or pieces_fail called: others wait for it.
 */
DYAD_MUST_CHECK enum dyad_status pieces_read(struct pieces *p, uint64_t piece, struct block *block,
                                             struct dyad_error *err);

/** pieces_fail(p): nobody is to wait any more. */
void pieces_fail(struct pieces *p);

void pieces_free(struct pieces *p);

#endif
