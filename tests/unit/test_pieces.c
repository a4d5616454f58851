#include "dyad/data/reader.h"

#include "dyad/core/workers.h"

#include "check.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4 };

/* Every field of every record, in the order of the blocks. */
struct gathered {
    struct reader *reader;
    pthread_mutex_t lock;
    struct text *of_block;
    size_t n_blocks, n_records;
    bool failed;
};

static void
keep(struct gathered *g, const struct block *b, struct text *fields)
{
    pthread_mutex_lock(&g->lock);
    if (b->number >= g->n_blocks) {
        g->of_block = realloc(g->of_block, (b->number + 1) * sizeof *g->of_block);
        while (g->n_blocks <= b->number)
            g->of_block[g->n_blocks++] = (struct text)TEXT_INIT;
    }
    g->of_block[b->number] = *fields;
    g->n_records += b->n_records;
    pthread_mutex_unlock(&g->lock);
}

static void
gather_blocks(void *gathered)
{
    struct gathered *g = *(struct gathered **)gathered;
    struct block b = BLOCK_INIT;
    struct text bare = TEXT_INIT;
    struct problem problem;
    struct dyad_error err;

    while (reader_next(g->reader, &b, &err) == DYAD_OK && b.n > 0) {
        struct text fields = TEXT_INIT;
        if (reader_index(g->reader, &b, &problem) != DYAD_OK) {
            g->failed = true;
            break;
        }
        for (size_t k = 0; k < b.n_records * b.n_columns; k++) {
            const size_t start = (uint32_t)(b.ends[k] + 1), end = b.ends[k + 1];
            size_t length = end - start;
            const char *text = b.raw ? field_bare(b.text, start, end, &bare, &length) : b.text + start;
            text_put(&fields, text, length);
            text_putc(&fields, '\x1f');
        }
        keep(g, &b, &fields);
    }
    text_release(&bare);
    block_release(&b);
}

/* All fields of a file; with ${hash} it is read in sequence, without in pieces. */
static struct text
fields_of(const char *path, bool hash, size_t n_threads, size_t *n_records)
{
    const struct reader_options how = { .hash = hash };
    struct gathered g = { .failed = false }, *each[THREADS] = { &g, &g, &g, &g };
    struct dyad_error err;
    struct text all = TEXT_INIT;

    pthread_mutex_init(&g.lock, NULL);
    CHECK(reader_open(&path, 1, &how, &g.reader, &err) == DYAD_OK);
    workers_run(n_threads, gather_blocks, each, sizeof each[0]);
    CHECK(!g.failed && reader_finish(g.reader, &err) == DYAD_OK);
    for (size_t i = 0; i < g.n_blocks; i++) {
        text_put(&all, g.of_block[i].at ? g.of_block[i].at : "", g.of_block[i].length);
        text_release(&g.of_block[i]);
    }
    *n_records = g.n_records;
    free(g.of_block);
    reader_close(g.reader);
    pthread_mutex_destroy(&g.lock);
    return all;
}

static void
is_the_same_in_pieces(const char *bytes, size_t n)
{
    char path[] = "/tmp/dyad-pieces-XXXXXX";
    const int fd = mkstemp(path);
    size_t one, two, four;

    CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && close(fd) == 0);
    struct text whole = fields_of(path, true, 1, &one), pieces = fields_of(path, false, 1, &two),
                threads = fields_of(path, false, THREADS, &four);
    unlink(path);
    CHECK(one == two && one == four);
    CHECK(whole.length == pieces.length && memcmp(whole.at, pieces.at, whole.length) == 0);
    CHECK(whole.length == threads.length && memcmp(whole.at, threads.at, whole.length) == 0);
    text_release(&whole);
    text_release(&pieces);
    text_release(&threads);
}

static uint64_t seed = 1;

static unsigned
chance(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(seed >> 33) % n;
}

static void
put_record(struct text *t, unsigned long_ones, const char *line_end)
{
    const unsigned kind = chance(long_ones);

    text_printf(t, "%u,", chance(100));
    if (kind == 0) {
        text_putc(t, '"');
        for (unsigned i = chance(3 * BLOCK_BYTES / 5); i > 0; i--)
            text_puts(t, "line\n");
        text_puts(t, "\"\",\"");
    } else if (kind < 40) {
        text_puts(t, "\"a\r\n\"\"b\"\",c\n\"");
    } else {
        text_printf(t, "%.*s", (int)chance(30), "tttttttttttttttttttttttttttttt");
    }
    text_printf(t, ",%u%s", chance(1000), line_end);
}

/* Quoted line ends, some of them longer than several pieces, wherever they fall. */
static void
records_begin_where_they_begin_in_sequence(void)
{
    for (int round = 0; round < 12; round++) {
        struct text t = TEXT_INIT;
        const char *line_end = round % 2 ? "\r\n" : "\n";

        text_printf(&t, "a,b,c%s", line_end);
        while (t.length < (size_t)(2 + round) * BLOCK_BYTES)
            put_record(&t, round < 4 ? 400000 : 20000, line_end);
        if (round % 3 == 0)
            t.length -= strlen(line_end); /* the last line has no end */
        is_the_same_in_pieces(t.at, t.length);
        text_release(&t);
    }
}

/* A line end, or a quote, on either side of the border between two pieces. */
static void
borders_fall_on_every_byte_of_a_record(void)
{
    static const char record[] = "1,\"x\n\"\"y\",2\r\n";

    for (size_t shift = 0; shift < sizeof record; shift++) {
        struct text t = TEXT_INIT;

        text_puts(&t, "a,b,c\n3,");
        for (size_t i = 0; i < shift; i++)
            text_putc(&t, 'z');
        text_puts(&t, ",4\n");
        while (t.length < 3 * BLOCK_BYTES)
            text_put(&t, record, sizeof record - 1);
        is_the_same_in_pieces(t.at, t.length);
        text_release(&t);
    }
}

int
main(void)
{
    RUN(records_begin_where_they_begin_in_sequence);
    RUN(borders_fall_on_every_byte_of_a_record);
    return DONE();
}
