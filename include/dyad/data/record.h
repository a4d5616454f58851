/*
 * data/record.h: records of any CSV, by libcsv's strict rules.
 *
 * The slow lane, and the arbiter: what it says of a block holds.  Its output looks like that of
 * data/scan.h over a file without quotes or padding: the bare fields one behind the other, each
 * followed by one byte, and the places of those bytes.
 */
#ifndef DYAD_DATA_RECORD_H
#define DYAD_DATA_RECORD_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIELD_BYTES_MAX = 1 << 20, COLUMNS_MAX = 10000 };

/* A complaint about a place: line within the block from 0, column from 1 (0: the whole line). */
struct problem {
    uint64_t line, column;
    char text[240];
};

struct record_reader {
    struct csv_parser parser;
    bool started;
    struct text bytes;
    uint32_t *ends;   /* ends[0] is before the first field; that of field k is ends[k + 1] */
    size_t n_ends, ends_room;
    uint32_t *lines;  /* of each record, within the block, from 0 */
    size_t n_records, lines_room;
    size_t n_fields;  /* of the record being read */
    size_t too_long;  /* the first field of it above FIELD_BYTES_MAX, from 1; 0: none */
    uint64_t n_lines; /* of the block */
    uint64_t n_blank, first_blank;
    bool failed;      /* memory ran out */
};

/** record_read(r, bytes, n, delimiter, n_columns, problem):
 * Read the ${n} bytes, which are whole records (the last may lack its line end or closing quote),
 * of ${n_columns} fields each; blank lines are counted and left out, but in a file of one column
 * they are records with an empty field.  With ${n_columns} 0 read the first record only, whatever
 * it holds: a header.
 *
 * Returns: DYAD_OK; DYAD_PARSE with ${problem} set; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status record_read(struct record_reader *r, const char *bytes, size_t n,
                                             char delimiter, size_t n_columns, struct problem *problem);

void record_reader_release(struct record_reader *r);

#endif
