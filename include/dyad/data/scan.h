/*
 * data/scan.h: where fields and records end in a block of CSV, many bytes at a time.
 *
 * The scanner knows regular CSV only: fields separated by one byte, quoted fields that open
 * right behind a separator and close right before one, lines ended by LF or CRLF.  It says so
 * when a block is anything else; such a block goes to libcsv (data/record.h), which decides.
 */
#ifndef DYAD_DATA_SCAN_H
#define DYAD_DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes behind the last one of a block that may be read (never used). */
enum { SCAN_PADDING = 64 };

/* What a walk over consecutive pieces of a file remembers; starts as {0}. */
struct scan_state {
    uint64_t quoted; /* all ones inside a quoted field, else 0 */
};

/**
 * scan_last_end(bytes, n, state):
 * How many of the ${n} bytes lie before the end of the last whole record, its line end
 * included; 0 if no record ends here.  Lines end at an LF outside quotes; only where there is
 * none, at a lone CR.  ${state} is that behind the n-th byte.
 */
size_t scan_last_end(const char *bytes, size_t n, struct scan_state *state);

struct scan_result {
    size_t n_ends;   /* separators and line ends found */
    size_t n_lines;  /* line ends among them */
    bool regular;    /* false: for libcsv */
    bool zero_byte;  /* a NUL is among the bytes */
    bool high_bytes; /* bytes above 127 are: check the UTF-8 */
    bool inner_lines; /* quoted line ends: records and lines are not the same */
};

/**
 * scan_index(bytes, n, delimiter, ends, found):
 * Write the position of every separator and line end outside quotes into ${ends}, which holds
 * ${n} + 64.  The first byte begins a record, the last is a line end outside quotes, and
 * SCAN_PADDING bytes behind them can be read.
 */
void scan_index(const char *bytes, size_t n, char delimiter, uint32_t *ends, struct scan_result *found);

/* Instruction sets, to test each; scan_index takes the best that the processor has. */
enum scan_vectors { SCAN_BASE, SCAN_AVX2, SCAN_AVX512 };
void scan_index_with(enum scan_vectors best, const char *bytes, size_t n, char delimiter, uint32_t *ends,
                     struct scan_result *found);

/**
 * scan_is_even(bytes, ends, found, n_columns):
 * Has every record ${n_columns} fields, and does a line end stand behind the last of each?
 * ends[k + 1] is the end of field k, as scan_index wrote it to ends + 1.
 */
bool scan_is_even(const char *bytes, const uint32_t *ends, const struct scan_result *found, size_t n_columns);

/** scan_is_utf8(bytes, n, bad): are they UTF-8?  If not, ${bad} is the place of the first that is not. */
bool scan_is_utf8(const char *bytes, size_t n, size_t *bad);

#endif
