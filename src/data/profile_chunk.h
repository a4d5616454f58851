/* data/profile_chunk.h: the cells of some records of a block, into what a thread has seen. */
#ifndef DYAD_DATA_PROFILE_CHUNK_H
#define DYAD_DATA_PROFILE_CHUNK_H

#include "profile_settle.h"

/** profile_block(w): all records of the block at hand: DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status profile_block(struct profile_worker *w);

/** profile_fold(w): what columns that were looked up together have counted: DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status profile_fold(struct profile_worker *w);

#endif
