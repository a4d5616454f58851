/*
 * data/reader.h: cohort files as blocks of whole records, for any number of threads.
 *
 * Blocks are handed out in the order of the files; each is then indexed by the thread that took
 * it, by the vector scanner where it is regular CSV and by libcsv where it is not.  Nothing is
 * kept of a block but how many lines and records it had.
 */
#ifndef DYAD_DATA_READER_H
#define DYAD_DATA_READER_H

#include "dyad/core/status.h"
#include "dyad/data/record.h"
#include "dyad/data/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader;

/* Where something stands: the block, and the line in it from 0.  Earlier is less. */
struct place {
    uint64_t block, line;
};

/* A block stays in a core's second-level cache; a record that is longer makes its block grow.
   Fuzzing makes them small, so that little input has many. */
#ifndef DYAD_BLOCK_BYTES
#define DYAD_BLOCK_BYTES (256 * 1024)
#endif
enum { BLOCK_BYTES = DYAD_BLOCK_BYTES, BLOCK_BYTES_MAX = 64 * BLOCK_BYTES };

/* A block of records; filled by reader_next and reader_index, owned by one thread. */
struct block {
    char *store; /* what the block owns; its records begin at bytes */
    size_t room;
    char *bytes;
    size_t n;
    uint64_t number, offset;
    size_t file;
    uint32_t *ends_room;
    size_t n_ends_room;
    struct record_reader slow;
    bool last; /* of its file */
    bool cut;  /* the record that begins here is longer than any block may be */

    /* After reader_index: field k = record * n_columns + column of the file (see reader_column)
       is text[ends[k] + 1] up to before text[ends[k + 1]]; SCAN_PADDING bytes can be read behind. */
    const char *text;
    const uint32_t *ends;
    size_t n_records, n_columns;
    bool raw; /* fields may be quoted and padded: see field_bare */
    const uint32_t *lines; /* of each record, from 0; NULL: every record is one line */
    uint32_t *lines_room;
    size_t n_lines_room;
};

#define BLOCK_INIT { .store = NULL }

struct reader_options {
    char delimiter; /* 0: a comma, for .tsv a tab */
    bool hash;      /* SHA-256 of the inputs is wanted */
};

/** reader_open(paths, n_paths, options, out, err): open the files and read their headers. */
DYAD_MUST_CHECK enum dyad_status reader_open(const char *const *paths, size_t n_paths,
                                             const struct reader_options *options, struct reader **out,
                                             struct dyad_error *err);

/* The columns of the first file, in its order. */
size_t reader_n_columns(const struct reader *r);
const char *reader_name(const struct reader *r, size_t column);
/** reader_find(r, name): the column of that name, or reader_n_columns(r). */
size_t reader_find(const struct reader *r, const char *name);
/** reader_column(r, file, column): where that column stands in another of the files. */
size_t reader_column(const struct reader *r, size_t file, size_t column);
/** reader_size(r): bytes of the files on disk; 0 where that is not known beforehand. */
uint64_t reader_size(const struct reader *r);

/**
 * reader_next(r, block, err):
 * Take the next block; block->n is 0 at the end, and after reader_stop.  Safe from any thread.
 */
DYAD_MUST_CHECK enum dyad_status reader_next(struct reader *r, struct block *block, struct dyad_error *err);

/**
 * reader_index(r, block, problem):
 * Find the fields of ${block}.  Returns: DYAD_OK; DYAD_PARSE with ${problem} set; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status reader_index(struct reader *r, struct block *block, struct problem *problem);

/**
 * reader_salvage(r, block, ragged, context, problem):
 * Find the fields of a block that reader_index refused, leaving out the records that have more or
 * fewer fields than the header, each told to ${ragged} with its line in the block.  Returns: DYAD_OK;
 * DYAD_PARSE with ${problem} set where the quotes are wrong or the bytes are no text; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status reader_salvage(struct reader *r, struct block *block,
                                                void (*ragged)(void *context, struct place place, size_t n_fields),
                                                void *context, struct problem *problem);

/** reader_finish(r, err): when all threads are done: did a file change while it was read? */
DYAD_MUST_CHECK enum dyad_status reader_finish(struct reader *r, struct dyad_error *err);

/** reader_stop(r): hand out no more blocks. */
void reader_stop(struct reader *r);

/** block_place(block, record): where a record begins. */
struct place block_place(const struct block *block, size_t record);
bool place_before(struct place a, struct place b);
/** reader_place(r, place, &path, &line): as a person counts: lines from 1, the header's included. */
void reader_place(const struct reader *r, struct place place, const char **path, uint64_t *line);
/** reader_place_file(r, place): the file it is in. */
size_t reader_place_file(const struct reader *r, struct place place);

/* After the last block. */
size_t reader_n_files(const struct reader *r);
const struct source *reader_source(const struct reader *r, size_t file);
void reader_sha256(struct reader *r, size_t file, char hex[65]);
uint64_t reader_records(const struct reader *r, size_t file);
/** reader_blank_lines(r, &first): how many were left out, and where the first was. */
uint64_t reader_blank_lines(const struct reader *r, struct place *first);

/** block_reserve(b, room): make b->store hold so many bytes and the padding, keeping what is in it. */
DYAD_MUST_CHECK enum dyad_status block_reserve(struct block *b, size_t room);
void block_release(struct block *block);
void reader_close(struct reader *r);

/**
 * field_bare(text, start, end, scratch, &length):
 * A raw field without padding, quotes and doubled quotes; unpacked into ${scratch} where it must be.
 */
const char *field_bare(const char *text, size_t start, size_t end, struct text *scratch, size_t *length);

#endif
