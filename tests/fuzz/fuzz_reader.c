/*
 * tests/fuzz/fuzz_reader.c: any bytes through both lanes of the reader, which must agree.
 *
 * First byte: bits 0-1 columns less one, bit 2 the header comes from the input too, bit 3 the file
 * is hashed, and so read by one thread from begin to end, bit 4 semicolons.  To be built with
 * -DDYAD_BLOCK_BYTES=64, so that a small input lies over the ends of many blocks.
 */
#include "dyad/data/reader.h"
#include "dyad/data/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MUST(condition)                                                                            \
    ((condition) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #condition), abort()))

static const enum scan_vectors machines[] = { SCAN_BASE, SCAN_AVX2, SCAN_AVX512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- the scanner against libcsv ----------------------------------------------------------- */

static void
compare_fields(const char *bytes, const uint32_t *ends, size_t n_ends,
               const struct record_reader *slow)
{
    struct text scratch = TEXT_INIT;

    MUST(slow->n_ends == n_ends + 1);
    for (size_t k = 0; k < n_ends; k++) {
        size_t length;
        const char *field =
            field_bare(bytes, (uint32_t)(ends[k] + 1), ends[k + 1], &scratch, &length);
        const char *wanted = slow->bytes.at + (uint32_t)(slow->ends[k] + 1);
        MUST(length == (size_t)(slow->bytes.at + slow->ends[k + 1] - wanted) &&
             memcmp(field, wanted, length) == 0);
    }
    text_release(&scratch);
}

static void
compare_lanes(const char *data, size_t n, char delimiter, size_t n_columns)
{
    char *bytes = calloc(1, n + 1 + SCAN_PADDING);
    uint32_t *ends = malloc((n + 66) * sizeof *ends), *first = malloc((n + 66) * sizeof *ends);
    struct record_reader slow = { 0 };
    struct scan_result found, found_first = { 0 };
    struct problem problem;

    if (n)
        memcpy(bytes, data, n);
    if (n == 0 || bytes[n - 1] != '\n')
        bytes[n++] = '\n';
    const enum dyad_status st = record_read(&slow, bytes, n, delimiter, n_columns, &problem);
    for (size_t m = 0; m < 3; m++) {
        ends[0] = UINT32_MAX;
        scan_index_with(machines[m], bytes, n, delimiter, ends + 1, &found);
        if (m == 0) {
            found_first = found;
            memcpy(first, ends, (found.n_ends + 1) * sizeof *ends);
        }
        MUST(found.n_ends == found_first.n_ends && found.n_lines == found_first.n_lines &&
             found.regular == found_first.regular && found.zero_byte == found_first.zero_byte &&
             found.high_bytes == found_first.high_bytes &&
             found.inner_lines == found_first.inner_lines);
        MUST(memcmp(first, ends, (found.n_ends + 1) * sizeof *ends) == 0);
    }
    if (found.regular && !found.zero_byte && scan_is_even(bytes, ends, &found, n_columns)) {
        MUST(st == DYAD_OK && slow.n_records == found.n_lines);
        compare_fields(bytes, ends, found.n_ends, &slow);
    }
    record_reader_release(&slow);
    free(bytes);
    free(ends);
    free(first);
}

/* --- the whole reader against libcsv ------------------------------------------------------ */

struct whole {
    struct text fields; /* each followed by one byte */
    size_t n_fields, n_records;
    uint64_t last_line; /* of the last record, or of the complaint */
    enum dyad_status st;
};

static void
add_block(struct whole *w, const struct block *b, struct text *scratch)
{
    for (size_t k = 0; k < b->n_records * b->n_columns; k++) {
        const size_t start = (uint32_t)(b->ends[k] + 1);
        size_t length = b->ends[k + 1] - start;
        const char *field =
            b->raw ? field_bare(b->text, start, b->ends[k + 1], scratch, &length) : b->text + start;
        text_put(&w->fields, field, length);
        text_putc(&w->fields, '\n');
        w->n_fields++;
    }
    w->n_records += b->n_records;
}

static void
read_whole(struct reader *r, struct whole *w)
{
    struct block b = BLOCK_INIT;
    struct text scratch = TEXT_INIT;
    static struct dyad_error err;
    struct problem problem;
    const char *path;

    while ((w->st = reader_next(r, &b, &err)) == DYAD_OK && b.n > 0) {
        if ((w->st = reader_index(r, &b, &problem)) != DYAD_OK) {
            MUST(w->st == DYAD_PARSE && problem.text[0]);
            reader_place(r, (struct place){ b.number, problem.line }, &path, &w->last_line);
            break;
        }
        add_block(w, &b, &scratch);
        if (b.n_records)
            reader_place(r, block_place(&b, b.n_records - 1), &path, &w->last_line);
    }
    text_release(&scratch);
    block_release(&b);
}

static int file = -1;
static char path[32];

static void
put_file(const char *head, const char *data, size_t n)
{
    if (file < 0) {
        file = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    MUST(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
    MUST(write(file, head, strlen(head)) == (ssize_t)strlen(head));
    MUST(n == 0 || write(file, data, n) == (ssize_t)n);
}

static bool hash;

static enum dyad_status
open_file(char delimiter, struct reader **r)
{
    static struct dyad_error err;
    const struct reader_options options = { .delimiter = delimiter, .hash = hash };

    err = (struct dyad_error)DYAD_ERROR_INIT;
    const enum dyad_status st = reader_open(&(const char *){ path }, 1, &options, r, &err);
    MUST(st == DYAD_OK || err.text[0]);
    return st;
}

static void
compare_whole(const char *data, size_t n, char delimiter, size_t n_columns)
{
    static const char *const heads[2][4] = { { "a\n", "a,b\n", "a,b,c\n", "a,b,c,d\n" },
                                             { "a\n", "a;b\n", "a;b;c\n", "a;b;c;d\n" } };
    struct record_reader slow = { 0 };
    struct whole w = { .fields = TEXT_INIT };
    struct reader *r;
    struct problem problem;
    size_t bad;

    put_file(heads[delimiter == ';'][n_columns - 1], data, n);
    MUST(open_file(delimiter, &r) == DYAD_OK);
    read_whole(r, &w);
    /* A record may be longer than any block: then the two differ in what they blame. */
    const bool is_text = n < BLOCK_BYTES_MAX && (n == 0 || memchr(data, 0, n) == NULL) &&
                         scan_is_utf8(data, n, &bad) && !(n && data[n - 1] == 0x1a) &&
                         !(n > 1 && data[n - 2] == 0x1a);
    if (is_text) {
        const enum dyad_status st = record_read(&slow, data, n, delimiter, n_columns, &problem);
        MUST(st == w.st);
        if (st == DYAD_OK) {
            MUST(slow.n_records == w.n_records && slow.n_ends == w.n_fields + 1);
            MUST(slow.bytes.length == w.fields.length);
            MUST(w.fields.length == 0 || memcmp(slow.bytes.at, w.fields.at, w.fields.length) == 0);
            MUST(w.n_records == 0 || w.last_line == slow.lines[slow.n_records - 1] + UINT64_C(2));
            MUST(reader_records(r, 0) == w.n_records);
        } else {
            MUST(w.last_line == problem.line + 2);
        }
    }
    record_reader_release(&slow);
    text_release(&w.fields);
    reader_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const size_t n_columns = 1 + (data[0] & 3);
    const char delimiter = data[0] & 16 ? ';' : ',';
    const char *text = (const char *)data + 1;
    struct whole w = { .fields = TEXT_INIT };
    struct reader *r;

    size--;
    hash = (data[0] & 8) != 0;
    compare_lanes(text, size, delimiter, n_columns);
    if (data[0] & 4) {
        put_file("", text, size);
        if (open_file(delimiter, &r) == DYAD_OK) {
            read_whole(r, &w);
            text_release(&w.fields);
            reader_close(r);
        }
    } else {
        compare_whole(text, size, delimiter, n_columns);
    }
    return 0;
}
