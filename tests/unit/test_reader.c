#include "dyad/data/reader.h"

#include "check.h"
#include "scratch.h"

#include "dyad/data/record.h"

#include <sys/resource.h>

/* --- what a reader finds, as text ---------------------------------------------------------- */

/* How the same bytes reach the reader: as a file that threads read in pieces, as one that is read
   from begin to end, or packed. */
enum way { IN_PIECES, IN_ORDER, PACKED, WAYS };

struct found {
    struct text records; /* "field|field@line\n" of each */
    enum dyad_status st;
    struct dyad_error err;
    uint64_t n_blank;
};

static void
release(struct found *f)
{
    text_release(&f->records);
}

static void
list_block(const struct reader *r, const struct block *b, struct text *out)
{
    struct text scratch = TEXT_INIT;
    const char *path;
    uint64_t line;

    for (size_t i = 0; i < b->n_records; i++) {
        for (size_t c = 0; c < b->n_columns; c++) {
            const size_t k = i * b->n_columns + reader_column(r, b->file, c);
            const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
            size_t length = end - start;
            const char *field =
                b->raw ? field_bare(b->text, start, end, &scratch, &length) : b->text + start;
            if (c)
                text_putc(out, '|');
            text_put(out, field, length);
        }
        reader_place(r, block_place(b, i), &path, &line);
        text_printf(out, "@%llu\n", (unsigned long long)line);
    }
    text_release(&scratch);
}

static struct found
read_files(const char *const *paths, size_t n, struct reader_options options)
{
    struct found f = { .records = TEXT_INIT };
    struct block b = BLOCK_INIT;
    struct problem problem;
    struct reader *r;
    struct place first;
    const char *path;
    uint64_t line;

    if ((f.st = reader_open(paths, n, &options, &r, &f.err)) != DYAD_OK)
        return f;
    while ((f.st = reader_next(r, &b, &f.err)) == DYAD_OK && b.n > 0) {
        if ((f.st = reader_index(r, &b, &problem)) != DYAD_OK) {
            reader_place(r, (struct place){ b.number, problem.line }, &path, &line);
            dyad_fail(&f.err, f.st, "%s:%llu:%llu: %s", path, (unsigned long long)line,
                      (unsigned long long)problem.column, problem.text);
            break;
        }
        list_block(r, &b, &f.records);
    }
    if (f.st == DYAD_OK)
        f.st = reader_finish(r, &f.err);
    f.n_blank = reader_blank_lines(r, &first);
    block_release(&b);
    reader_close(r);
    return f;
}

static struct found
read_bytes(const char *bytes, size_t n, enum way way)
{
    const struct reader_options options = { .hash = way == IN_ORDER };

    if (way != PACKED)
        return read_files(&(const char *){ scratch_file("bytes.csv", bytes, n) }, 1, options);
    unsigned char *packed = malloc(n + 1000);
    const size_t size = scratch_gzip(bytes, n, packed, n + 1000);
    const char *path = scratch_file("bytes.csv.gz", packed, size);
    free(packed);
    return read_files(&path, 1, options);
}

static struct found
read_text(const char *text, enum way way)
{
    return read_bytes(text, strlen(text), way);
}

/* The same by libcsv alone, in one go: the body begins at line ${line} of the file. */
static struct found
read_plainly(const char *body, size_t n, size_t n_columns, uint64_t line)
{
    struct found f = { .records = TEXT_INIT };
    struct record_reader rr = { 0 };
    struct problem problem;

    f.st = record_read(&rr, body, n, ',', n_columns, &problem);
    if (f.st == DYAD_PARSE)
        dyad_fail(&f.err, f.st, ":%llu:%llu: %s", (unsigned long long)(problem.line + line),
                  (unsigned long long)problem.column, problem.text);
    for (size_t i = 0; f.st == DYAD_OK && i < rr.n_records; i++) {
        for (size_t c = 0; c < n_columns; c++) {
            const size_t k = i * n_columns + c;
            const uint32_t start = rr.ends[k] + 1;
            if (c)
                text_putc(&f.records, '|');
            text_put(&f.records, rr.bytes.at + start, rr.ends[k + 1] - start);
        }
        text_printf(&f.records, "@%llu\n", (unsigned long long)(rr.lines[i] + line));
    }
    f.n_blank = rr.n_blank;
    record_reader_release(&rr);
    return f;
}

static bool
same_records(const struct found *a, const struct found *b)
{
    return a->st == b->st && a->n_blank == b->n_blank && a->records.length == b->records.length &&
           (a->records.length == 0 || memcmp(a->records.at, b->records.at, a->records.length) == 0);
}

/* Header "a,b,...\n" and this body, every way, against libcsv. */
static void
check_body(const char *body, size_t n, size_t n_columns)
{
    static const char *const headers[] = { "a\n", "a,b\n", "a,b,c\n", "a,b,c,d\n" };
    const char *header = headers[n_columns - 1];
    const size_t h = strlen(header);
    char *bytes = malloc(h + n + 1);
    struct found wanted = read_plainly(body, n, n_columns, 2);

    memcpy(bytes, header, h);
    memcpy(bytes + h, body, n);
    for (int way = 0; way < WAYS; way++) {
        struct found f = read_bytes(bytes, h + n, (enum way)way);
        if (wanted.st == DYAD_OK) {
            CHECK(same_records(&f, &wanted));
        } else {
            CHECK(f.st == wanted.st);
            CHECK(strstr(f.err.text, wanted.err.text) !=
                  NULL); /* the same complaint about the same place */
        }
        release(&f);
    }
    release(&wanted);
    free(bytes);
}

/* --- small files --------------------------------------------------------------------------- */

struct example {
    const char *text, *wanted;
};

static void
check_examples(const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int way = 0; way < WAYS; way++) {
            struct found f = read_text(examples[i].text, (enum way)way);
            CHECK(f.st == DYAD_OK);
            assert_string_equal(f.records.at ? f.records.at : "", examples[i].wanted);
            release(&f);
        }
}

static void
reads_every_kind_of_line_end(void)
{
    static const struct example examples[] = {
        { "a,b\n1,2\n3,4\n", "1|2@2\n3|4@3\n" },
        { "a,b\n1,2\n3,4", "1|2@2\n3|4@3\n" },
        { "a,b\r\n1,2\r\n3,4\r\n", "1|2@2\n3|4@3\n" },
        { "a,b\r\n1,2\r\n3,4", "1|2@2\n3|4@3\n" },
        { "a,b\r1,2\r3,4\r", "1|2@2\n3|4@3\n" },
        { "a,b\r1,2\r3,4", "1|2@2\n3|4@3\n" },
        { "a,b\n1,2\r\n3,4\r5,6\n\"7\r\n8\",9", "1|2@2\n3|4@3\n5|6@4\n7\r\n8|9@5\n" },
        { "a,b\n", "" },
        { "a,b", "" },
        { "a,b\r", "" },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
skips_a_byte_order_mark_and_blank_lines(void)
{
    static const struct example examples[] = {
        { "\xef\xbb\xbf"
          "a,b\n1,2\n",
          "1|2@2\n" },
        { "\xef\xbb\xbf\"a\",\"b\"\r\n1,2\n", "1|2@2\n" },
        { "\n  \n\r\na,b\n\n1,2\n \n\n3,4\n\n", "1|2@6\n3|4@9\n" },
        { "\"a\nx\",b\n1,2\n", "1|2@3\n" },
        { "a\n1\n\n  \n2\n",
          "1@2\n@3\n@4\n2@5\n" }, /* one column: a blank line is a missing value */
        { "a\r\n1\r\n\r\n2\r\n\r\n", "1@2\n@3\n2@4\n@5\n" },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
trims_padding_but_not_what_is_quoted(void)
{
    static const struct example examples[] = {
        { "a,b\n 1 ,\t2\t\n\" 3 \",\"\t4\"\n", "1|2@2\n 3 |\t4@3\n" },
        { "a,b\n\"x\" , \"y\"\n", "x|y@2\n" },
        { " a , b\n1,2\n", "1|2@2\n" },
        { "\" a \",\"\tb\"\n1,2\n", "1|2@2\n" },
    };

    check_examples(examples, COUNT_OF(examples));
}

static void
refuses_and_says_where(void)
{
    static const struct {
        const char *text, *where;
        enum dyad_status st;
    } examples[] = {
        { "", ": is empty", DYAD_DATA },
        { "\n\r\n \n", ": is empty", DYAD_DATA },
        { "\xef\xbb\xbf", ": is empty", DYAD_DATA },
        { "a,b\n1,2\n3\n", ":3:0: 1 field where the header has 2", DYAD_PARSE },
        { "a,b\n1\n", ":2:0: 1 field where the header has 2", DYAD_PARSE },
        { "a,b\n1,2,3\n", ":2:0: 3 fields", DYAD_PARSE },
        { "a,b\n1,2,\n", ":2:0: 3 fields where the header has 2: it ends with a separator",
          DYAD_PARSE },
        { "a,b\n\"1\n2\",3\n4,5\" x\n", ":4:2: a quote inside an unquoted field", DYAD_PARSE },
        { "a,b\n\n\"x\"y,3\n", ":3:1: text behind a closing quote", DYAD_PARSE },
        { "a,b\n1,2\n3,\"4\n5,6\n", ":3:2: a quoted field that opens here is never closed",
          DYAD_PARSE },
        { "a,\"b\n1,2\n", ":1:2: a quoted field that opens here is never closed", DYAD_PARSE },
        { "\na,5\" b\n1,2\n", ":2:2: a quote inside", DYAD_PARSE },
        { "a,b,a\n1,2,3\n", ":1:3: column 'a' has the name of column 1", DYAD_PARSE },
        { "\n\na, a \n1,2\n", ":3:2: column 'a' has the name of column 1", DYAD_PARSE },
        { "a,,c\n1,2,3\n", ":1:2: a column without a name", DYAD_PARSE },
        { "a,b,\n1,2,\n", ":1:3: a column without a name", DYAD_PARSE },
        { "a;b\n1;2\n", ":1: one column, and a ';' in its name: give --delimiter ';'", DYAD_PARSE },
        { "a\tb\n1\t2\n", ":1: one column, and a 'tab' in its name: give --delimiter '\\t'",
          DYAD_PARSE },
        { "sep=,\na,b\n1,2\n", ":1: a line 'sep='", DYAD_PARSE },
        { "a,b\n1,caf\xe9\n", ":2:0: byte 10 of the file is not UTF-8", DYAD_PARSE },
        { "\xef\xbb\xbf"
          "a,b\n\"1\n2\",\xff\n",
          ":3:0: byte 14 of the file is not UTF-8", DYAD_PARSE },
        { "caf\xe9,b\n1,2\n", ":1: byte 4 of the file is not UTF-8", DYAD_PARSE },
        { "\n\ncaf\xe9,b\n1,2\n", ":3: byte 6 of the file is not UTF-8", DYAD_PARSE },
        { "a\n1\n2\n\x1a", ":4:0: the file ends with a Ctrl-Z", DYAD_PARSE },
        { "a,b\n1,2\x1a", ":2:0: the file ends with a Ctrl-Z", DYAD_PARSE },
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++)
        for (int way = 0; way < WAYS; way++) {
            struct found f = read_text(examples[i].text, (enum way)way);
            CHECK(f.st == examples[i].st);
            if (strstr(f.err.text, examples[i].where) == NULL)
                print_error("%s\n", f.err.text);
            CHECK(strstr(f.err.text, examples[i].where) != NULL);
            release(&f);
        }
}

static void
refuses_a_zero_byte(void)
{
    for (int way = 0; way < WAYS; way++) {
        struct found f = read_bytes("a,b\n1,2\n3,\0\n", 12, (enum way)way);
        CHECK(f.st == DYAD_PARSE && strstr(f.err.text, ":3:0: byte 11 of the file is zero"));
        release(&f);
        f = read_bytes("a\0,b\n", 5, (enum way)way);
        CHECK(f.st == DYAD_PARSE && strstr(f.err.text, ":1: byte 2 of the file is zero"));
        release(&f);
        f = read_bytes("\xff\xfe"
                       "a\0\n\0",
                       6, (enum way)way); /* packed or not, UTF-16 is no CSV */
        CHECK(f.st == DYAD_PARSE && strstr(f.err.text, "UTF-"));
        release(&f);
    }
}

/* --- block ends ---------------------------------------------------------------------------- */

/* A body of ${n_columns} columns whose byte number ${at} is the first behind the filler. */
static size_t
fill(char *body, size_t at, size_t n_columns, const char *line_end)
{
    const size_t size = 64, extra = strlen(line_end);
    size_t n = 0;

    while (at - n >= 2 * size) {
        memset(body + n, 'f', size);
        for (size_t c = 1; c < n_columns; c++)
            body[n + 2 * c] = ',';
        memcpy(body + n + size - extra, line_end, extra);
        n += size;
    }
    memset(body + n, 'l', at - n);
    for (size_t c = 1; c < n_columns; c++)
        body[n + 2 * c] = ',';
    memcpy(body + at - extra, line_end, extra);
    return at;
}

/* What is easily misread, at every place around the end of the first and of the second block. */
static void
reads_across_the_ends_of_blocks(void)
{
    static const char *const pieces[] = {
        "\"p\nq\",2\r\n\"r\r\ns\",3\n",
        "1,\"a\"\"b\"\r\n\"\"\"\",2\n",
        "\xc3\xa9,\xe2\x82\xac\n\xf0\x9f\x8d\xbc,1\r\n",
        "\n\r\n \n1,2\n\n",
        "1,\"\r\r\n\n\"\n3,4\n",
        "\"\",\n,\"\"\n",
        "1,2\r\"3\r\",4\r5,6\n",
    };
    static const char tail[] = "7,8\n\"9\n9\",10\n11,12";
    char *body = malloc(3 * BLOCK_BYTES);

    for (size_t p = 0; p < COUNT_OF(pieces); p++) {
        const size_t n = strlen(pieces[p]);
        for (size_t d = 0; d <= n; d++) {
            const size_t at =
                fill(body, (size_t)(p % 2 + 1) * BLOCK_BYTES - d, 2, p % 3 ? "\n" : "\r\n");
            memcpy(body + at, pieces[p], n);
            memcpy(body + at + n, tail, sizeof tail - 1);
            check_body(body, at + n + sizeof tail - 1, 2);
        }
    }
    free(body);
}

static void
reads_lone_carriage_returns_across_blocks(void)
{
    char *body = malloc(3 * BLOCK_BYTES);

    for (size_t d = 0; d < 6; d++) {
        const size_t at = fill(body, 2 * BLOCK_BYTES - d, 3, "\r");
        memcpy(body + at, "1,2,3\r4,\"5\r\",6\r", 15);
        char *bytes = malloc(at + 15 + 6);
        memcpy(bytes, "a,b,c\r", 6);
        memcpy(bytes + 6, body, at + 15);
        struct found wanted = read_plainly(body, at + 15, 3, 2),
                     f = read_bytes(bytes, at + 21, d % 2 ? IN_ORDER : IN_PIECES);
        CHECK(wanted.st == DYAD_OK && same_records(&f, &wanted));
        release(&f);
        release(&wanted);
        free(bytes);
        check_body(body, at + 15, 3); /* and under a header that ends in LF */
    }
    free(body);
}

static void
reads_records_longer_than_a_block(void)
{
    const size_t sizes[] = { BLOCK_BYTES - 3, BLOCK_BYTES + 5, 3 * BLOCK_BYTES + 1,
                             FIELD_BYTES_MAX };
    char *body = malloc(2 * FIELD_BYTES_MAX);

    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (int quoted = 0; quoted < 2; quoted++) {
            size_t n = fill(body, 1000, 2, "\n");
            memcpy(body + n, quoted ? "1,\"" : "1,", 3);
            n += quoted ? 3 : 2;
            memset(body + n, 'x', sizes[i]);
            for (size_t k = 100; quoted && k < sizes[i]; k += 1000)
                body[n + k] = k % 3 ? '\n' : ',';
            n += sizes[i];
            memcpy(body + n, quoted ? "\"\n2,3\n" : "\n2,3\n", 6);
            check_body(body, n + (quoted ? 6 : 5), 2);
        }
    free(body);
}

/* What is left over behind the end of one is more than a block itself. */
static void
reads_long_records_one_behind_the_other(void)
{
    const size_t sizes[] = { BLOCK_BYTES + 50000, 2 * BLOCK_BYTES - 10000, BLOCK_BYTES / 2,
                             3 * BLOCK_BYTES };
    char *body = malloc(8 * BLOCK_BYTES);
    size_t n = 0;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        memcpy(body + n, "1,\"", 3);
        memset(body + n + 3, i % 2 ? '\n' : 'x', sizes[i]);
        memcpy(body + n + 3 + sizes[i], "\"\n", 2);
        n += 5 + sizes[i];
    }
    check_body(body, n, 2);
    free(body);
}

/* The fast lane must keep libcsv's limit. */
static void
refuses_long_fields_in_any_lane(void)
{
    char *body = malloc(2 * FIELD_BYTES_MAX);
    size_t n = fill(body, 1000, 2, "\n");

    memcpy(body + n, "1,", 2);
    memset(body + n + 2, 'x', FIELD_BYTES_MAX + 1);
    n += 3 + FIELD_BYTES_MAX;
    memcpy(body + n, "\n2,3\n", 5);
    struct found f = read_plainly(body, n + 5, 2, 2);
    CHECK(f.st == DYAD_PARSE);
    release(&f);
    check_body(body, n + 5, 2);
    free(body);
}

static void
finds_complaints_in_later_blocks(void)
{
    static const char *const pieces[] = { "1\n",          "1,2,3\n",
                                          "5\" pipe,1\n", "\"ab\"cd,1\n2,3\n\"x\",4\n",
                                          "\"open,1\n",   "\n\"a\nb\",1,\n" };
    char *body = malloc(3 * BLOCK_BYTES);

    for (size_t p = 0; p < COUNT_OF(pieces); p++)
        for (size_t at = BLOCK_BYTES - 2; at <= 2 * BLOCK_BYTES; at += BLOCK_BYTES / 4) {
            const size_t n = strlen(pieces[p]);
            fill(body, at, 2, "\n");
            memcpy(body + at, pieces[p], n);
            memcpy(body + at + n, "7,8\n\"9\",1\n", 10);
            check_body(body, at + n + 10, 2);
        }
    free(body);
}

/* Random tables of several blocks, now and then careless: every way the same as libcsv. */
static void
agrees_with_libcsv_on_random_tables(void)
{
    static const char *const fields[] = {
        "",           "1",   "abc",      "\"x,y\"",  "\"l\nm\"",
        "\"q\"\"q\"", " p ", "\xc3\xa9", "\"\r\n\"", "12345678901234567890"
    };
    static const char *const odd[] = { "\"a\" ", "5\"", "\"ab\"c", "x,y", "\"", "\n" };
    char *body = malloc(4 * BLOCK_BYTES);
    uint64_t seed = 11;

    for (int round = 0; round < 60; round++) {
        const size_t n_columns = 1 + scratch_below(&seed, 4),
                     size = 1000 + scratch_below(&seed, 3 * BLOCK_BYTES);
        const size_t careless = round % 3 ? 0 : 1 + scratch_below(&seed, 20000);
        size_t n = 0;
        while (n < size) {
            for (size_t c = 0; c < n_columns; c++) {
                const char *field = fields[scratch_below(&seed, COUNT_OF(fields))];
                if (careless && scratch_below(&seed, careless + 500) == 0)
                    field = odd[scratch_below(&seed, COUNT_OF(odd))];
                if (c)
                    body[n++] = ',';
                memcpy(body + n, field, strlen(field));
                n += strlen(field);
            }
            if (round % 2)
                body[n++] = '\r';
            body[n++] = '\n';
        }
        check_body(body, n - (round % 5 == 0), n_columns);
    }
    free(body);
}

/* --- pipes and packed files ---------------------------------------------------------------- */

static void
reads_a_pipe_that_drips(void)
{
    static const char text[] =
        "\xef\xbb\xbf\"a\",b\r\n1,\"2\r\n\"\"3\"\r\n\r\n\xe2\x82\xac,4\r\n\"5\",6";
    static const char wanted[] = "1|2\r\n\"3@2\n\xe2\x82\xac|4@5\n5|6@6\n";

    for (size_t piece = 1; piece < 12; piece++) {
        struct scratch_pipe p = {
            .bytes = text, .n = sizeof text - 1, .piece = piece, .repeat = 1
        };
        scratch_pipe_open(&p);
        struct found f = read_files(&(const char *){ p.path }, 1, (struct reader_options){ 0 });
        scratch_pipe_close(&p);
        CHECK(f.st == DYAD_OK);
        assert_string_equal(f.records.at, wanted);
        release(&f);
    }
}

static void
reads_a_packed_file_of_several_members(void)
{
    static const char *const members[] = { "a,b\n1", "", ",2\n3,\"", "4\"\n" };
    unsigned char packed[4096];
    size_t ends[4], n = 0;

    for (size_t i = 0; i < 4; i++)
        ends[i] = n += scratch_gzip(members[i], strlen(members[i]), packed + n, sizeof packed - n);
    struct found f = read_files(&(const char *){ scratch_file("members.csv.gz", packed, n) }, 1,
                                (struct reader_options){ 0 });
    CHECK(f.st == DYAD_OK);
    assert_string_equal(f.records.at, "1|2@2\n3|4@3\n");
    release(&f);

    /* Cut off anywhere but behind a member, it is damaged: no record goes lost without a word. */
    for (size_t cut = 2; cut < n; cut++) {
        f = read_files(&(const char *){ scratch_file("cut.csv.gz", packed, cut) }, 1,
                       (struct reader_options){ 0 });
        if (cut == ends[0] || cut == ends[1])
            CHECK(f.st == DYAD_PARSE && strstr(f.err.text, "1 field"));
        else if (cut == ends[2])
            CHECK(f.st == DYAD_PARSE && strstr(f.err.text, "never closed"));
        else
            CHECK(f.st == DYAD_PARSE && strstr(f.err.text, "damaged or cut-off gzip data"));
        release(&f);
    }
    /* Every byte of it changed is noticed, but for those of the header that say nothing. */
    for (size_t i = 0; i < n; i++) {
        packed[i] ^= 0x10;
        f = read_files(&(const char *){ scratch_file("bad.csv.gz", packed, n) }, 1,
                       (struct reader_options){ 0 });
        CHECK(f.st != DYAD_OK || strcmp(f.records.at, "1|2@2\n3|4@3\n") == 0);
        release(&f);
        packed[i] ^= 0x10;
    }
    packed[n] = 'x';
    f = read_files(&(const char *){ scratch_file("more.csv.gz", packed, n + 1) }, 1,
                   (struct reader_options){ 0 });
    CHECK(f.st == DYAD_PARSE);
    release(&f);
}

/* --- limits -------------------------------------------------------------------------------- */

#ifndef SANITIZED
static long
peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}
#endif

/* 100 MB behind a begin, through a pipe or from a file. */
static struct found
read_endless(const char *begin, bool as_file)
{
    static char xs[1 << 20];
    const size_t n = strlen(begin);
    struct found f;

    memset(xs, 'x', sizeof xs);
    if (as_file) {
        const char *path = scratch_text("endless.csv", begin);
        FILE *out = fopen(path, "ab");
        for (int i = 0; i < 100; i++)
            CHECK(fwrite(xs, 1, sizeof xs, out) == sizeof xs);
        CHECK(fclose(out) == 0);
        f = read_files(&path, 1, (struct reader_options){ 0 });
        CHECK(truncate(path, 0) == 0);
        return f;
    }
    struct scratch_pipe p = {
        .bytes = xs, .n = sizeof xs, .piece = sizeof xs, .repeat = 100, .begin = begin, .n_begin = n
    };
    scratch_pipe_open(&p);
    f = read_files(&(const char *){ p.path }, 1, (struct reader_options){ 0 });
    scratch_pipe_close(&p);
    return f;
}

static void
refuses_an_endless_field_in_bounded_memory(void)
{
    static const struct example examples[] = {
        { "a,b\n1,\"", ":2:2: a quoted field that opens here is never closed" },
        { "a,b\n1,2\n1,", ":3:2: a field longer than 1 MiB" },
        { "a,b\n\"\n\n", ":2:1: a quoted field that opens here is never closed" },
        { "a,b\n1,5\" ", ":2:2: a quote inside an unquoted field" },
        { "a,", ":1:2: a field longer than 1 MiB" },
        { "\"", ":1:1: a quoted field that opens here is never closed" },
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++)
        for (int as_file = 0; as_file < 2; as_file++) {
            struct found f = read_endless(examples[i].text, as_file);
            CHECK(f.st == DYAD_PARSE);
            if (strstr(f.err.text, examples[i].wanted) == NULL)
                print_error("%s\n", f.err.text);
            CHECK(strstr(f.err.text, examples[i].wanted) != NULL);
            release(&f);
        }
#ifndef SANITIZED
    CHECK(peak_kib() < 64 * 1024);
#endif
}

static void
refuses_a_record_longer_than_any_block(void)
{
    struct text t = TEXT_INIT;

    for (int i = 0; i < 5000; i++)
        text_printf(&t, "%sc%d", i ? "," : "", i);
    text_puts(&t, "\n");
    for (int i = 0; i < 5000; i++)
        text_puts(&t, i ? ",1" : "1");
    text_puts(&t, "\n");
    char *wide = calloc(1, 4097);
    memset(wide, 'w', 4096);
    for (int i = 0; i < 5000; i++)
        text_printf(&t, "%s%s", i ? "," : "", wide);
    text_puts(&t, "\n");
    for (int way = 0; way < WAYS; way++) {
        struct found f = read_bytes(t.at, t.length, (enum way)way);
        CHECK(f.st == DYAD_PARSE &&
              strstr(f.err.text, ":3:0: a record longer than 16 MiB") != NULL);
        release(&f);
    }
    free(wide);
    text_release(&t);
}

static void
refuses_more_columns_than_any_cohort_has(void)
{
    struct text t = TEXT_INIT;

    for (int i = 0; i < 100000; i++)
        text_printf(&t, "%sc%d", i ? "," : "", i);
    struct found f = read_bytes(t.at, t.length, IN_PIECES);
    CHECK(f.st == DYAD_PARSE && strstr(f.err.text, ":1: more than 10000 columns") != NULL);
    release(&f);
    text_clear(&t);
    for (int i = 0; i < COLUMNS_MAX; i++)
        text_printf(&t, "%sc%d", i ? "," : "", i);
    f = read_bytes(t.at, t.length, IN_PIECES);
    CHECK(f.st == DYAD_OK);
    release(&f);
    text_release(&t);
}

/* --- several files ------------------------------------------------------------------------- */

static void
reads_several_files_as_one_whatever_their_column_order(void)
{
    const char *paths[5];
    struct found f;

    paths[0] = scratch_text("a.csv", "x,y,z\n1,2,3\n\"4\n4\",5,6\n");
    paths[1] = scratch_text("b.csv", "z,x,y\n");
    paths[2] = scratch_text("c.csv", "\n\ny,z,x\n8,9,7");
    paths[3] = scratch_text("d.csv", "x,y,z\n");
    paths[4] = scratch_text("e.csv", "z,y,x\r\n\r\n12,11,10\r\n");
    f = read_files(paths, 5, (struct reader_options){ 0 });
    CHECK(f.st == DYAD_OK && f.n_blank == 1);
    assert_string_equal(f.records.at, "1|2|3@2\n4\n4|5|6@3\n7|8|9@4\n10|11|12@3\n");
    release(&f);
    paths[4] = scratch_text("e.csv", "z,y,x\n12,11\n");
    f = read_files(paths, 5, (struct reader_options){ 0 });
    CHECK(f.st == DYAD_PARSE && strstr(f.err.text, "e.csv:2:0: 2 fields") != NULL);
    release(&f);
    paths[1] = scratch_text("b.csv", "z,x,w\n");
    f = read_files(paths, 5, (struct reader_options){ 0 });
    CHECK(f.st == DYAD_DATA && strstr(f.err.text, "b.csv:1:3: has a column 'w' that") != NULL);
    release(&f);
    paths[1] = scratch_text("b.csv", "z,x,zz\n");
    f = read_files(paths, 5, (struct reader_options){ 0 });
    CHECK(f.st == DYAD_DATA && strstr(f.err.text, "b.csv:1: has no column 'y' as") != NULL);
    release(&f);
    paths[1] = scratch_text("b.csv", "a,x,y\n");
    f = read_files(paths, 5, (struct reader_options){ 0 });
    CHECK(f.st == DYAD_DATA && strstr(f.err.text, "b.csv:1:1: has a column 'a' that") != NULL);
    release(&f);
    paths[1] = scratch_text("b.csv", "z,x,y,w\n");
    f = read_files(paths, 5, (struct reader_options){ 0 });
    CHECK(f.st == DYAD_DATA && strstr(f.err.text, "b.csv:1: has 4 columns where") != NULL);
    release(&f);
}

static void
takes_tabs_by_name_or_when_told(void)
{
    const char *tsv = scratch_text("t.tsv", "a\tb\n1,5\t2\n"),
               *csv = scratch_text("s.csv", "a;b\n1,5;2\n");
    struct found f = read_files(&tsv, 1, (struct reader_options){ 0 });

    CHECK(f.st == DYAD_OK);
    assert_string_equal(f.records.at, "1,5|2@2\n");
    release(&f);
    f = read_files(&csv, 1, (struct reader_options){ .delimiter = ';' });
    CHECK(f.st == DYAD_OK);
    assert_string_equal(f.records.at, "1,5|2@2\n");
    release(&f);
}

static void
knows_its_columns(void)
{
    const char *path = scratch_text("k.csv", "\"mother age\", b\n1,2\n");
    struct block b = BLOCK_INIT;
    struct problem problem;
    struct reader *r;
    struct dyad_error err;
    char hex[65];

    CHECK(reader_open(&path, 1, &(struct reader_options){ .hash = true }, &r, &err) == DYAD_OK);
    CHECK(reader_n_columns(r) == 2 && reader_size(r) == 20 && reader_n_files(r) == 1);
    assert_string_equal(reader_name(r, 0), "mother age");
    CHECK(reader_find(r, "b") == 1 && reader_find(r, "c") == 2);
    CHECK(reader_next(r, &b, &err) == DYAD_OK && reader_index(r, &b, &problem) == DYAD_OK &&
          b.n_records == 1);
    CHECK(reader_next(r, &b, &err) == DYAD_OK && b.n == 0 && reader_finish(r, &err) == DYAD_OK);
    CHECK(reader_records(r, 0) == 1 && source_bytes(reader_source(r, 0)) == 20);
    reader_sha256(r, 0, hex);
    assert_string_equal(hex, "89a97adbe9e1607dbfc29cf989c236939db0e4fa56c03bf4e7553648bac3bcb6");
    block_release(&b);
    reader_close(r);
}

static void
gives_nothing_once_it_was_stopped(void)
{
    const char *path = scratch_text("stop.csv", "a\n1\n");
    struct block b = BLOCK_INIT;
    struct reader *r;
    struct dyad_error err;

    CHECK(reader_open(&path, 1, &(struct reader_options){ 0 }, &r, &err) == DYAD_OK);
    reader_stop(r);
    CHECK(reader_next(r, &b, &err) == DYAD_OK && b.n == 0);
    block_release(&b);
    reader_close(r);
}

int
main(void)
{
    RUN(reads_every_kind_of_line_end);
    RUN(skips_a_byte_order_mark_and_blank_lines);
    RUN(trims_padding_but_not_what_is_quoted);
    RUN(refuses_and_says_where);
    RUN(refuses_a_zero_byte);
    RUN(reads_across_the_ends_of_blocks);
    RUN(reads_lone_carriage_returns_across_blocks);
    RUN(reads_records_longer_than_a_block);
    RUN(reads_long_records_one_behind_the_other);
    RUN(refuses_long_fields_in_any_lane);
    RUN(finds_complaints_in_later_blocks);
    RUN(agrees_with_libcsv_on_random_tables);
    RUN(reads_a_pipe_that_drips);
    RUN(reads_a_packed_file_of_several_members);
    RUN(refuses_an_endless_field_in_bounded_memory);
    RUN(refuses_a_record_longer_than_any_block);
    RUN(refuses_more_columns_than_any_cohort_has);
    RUN(reads_several_files_as_one_whatever_their_column_order);
    RUN(takes_tabs_by_name_or_when_told);
    RUN(knows_its_columns);
    RUN(gives_nothing_once_it_was_stopped);
    return DONE();
}
