#include "dyad/data/reader.h"

#include "dyad/data/pieces.h"
#include "dyad/data/scan.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct file {
    struct source *source;
    char *pending; /* read and not yet handed out: the begin of a record */
    size_t n_pending, pending_room;
    uint64_t offset; /* of pending in the file's text */
    uint64_t header_lines, first_block, records;
    uint32_t *columns; /* of the first file, where they stand here; NULL: the same */
    bool ended, begun;
    bool lf;               /* its header ends in one */
    struct pieces *pieces; /* a file on disk that threads read side by side */
};

struct reader {
    char delimiter;
    char **names;
    size_t n_columns;
    struct file *files;
    size_t n_files, current;

    pthread_mutex_t lock; /* everything below, and the files' positions */
    bool stopped;
    uint32_t *lines; /* of each block */
    size_t n_blocks, lines_room;
    uint64_t n_blank;
    struct place first_blank;
};

/* --- headers ----------------------------------------------------------------------------- */

static enum dyad_status
read_more(struct file *f, size_t wanted, struct dyad_error *err)
{
    enum dyad_status st;
    size_t n;

    if (f->pending_room < wanted) {
        char *grown = realloc(f->pending, wanted);
        if (grown == NULL)
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
        f->pending = grown;
        f->pending_room = wanted;
    }
    const size_t room = wanted - f->n_pending;
    if ((st = source_read(f->source, f->pending + f->n_pending, room, &n, err)) != DYAD_OK)
        return st;
    f->n_pending += n;
    f->ended = n < room;
    return DYAD_OK;
}

static void
drop_pending(struct file *f, size_t n)
{
    memmove(f->pending, f->pending + n, f->n_pending - n);
    f->n_pending -= n;
    f->offset += n;
}

/* Bytes up to the end of the first record that is not blank; all of them if there is none. */
static size_t
first_record(const struct file *f)
{
    bool quoted = false, blank = true;
    size_t at;

    for (at = 0; at < f->n_pending; at++) {
        const char c = f->pending[at];
        if (c == '"')
            quoted = !quoted;
        if ((c == '\n' || c == '\r') && !quoted && !blank) {
            at += c == '\r' && at + 1 < f->n_pending && f->pending[at + 1] == '\n' ? 2 : 1;
            break;
        }
        blank = blank && (c == '\n' || c == '\r' || c == ' ' || c == '\t');
    }
    return at;
}

static uint64_t
count_lines(const char *bytes, size_t n)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n' || (bytes[i] == '\r' && !(i + 1 < n && bytes[i + 1] == '\n'));
    return lines;
}

static enum dyad_status
check_text(const struct file *f, size_t n, struct dyad_error *err)
{
    size_t bad;
    const char *path = source_path(f->source), *zero = memchr(f->pending, '\0', n);

    if (zero || !scan_is_utf8(f->pending, n, &bad)) {
        bad = zero ? (size_t)(zero - f->pending) : bad;
        return dyad_fail(err, DYAD_PARSE, "%s:%llu: byte %llu of the file %s", path,
                         (unsigned long long)count_lines(f->pending, bad) + 1,
                         (unsigned long long)(f->offset + bad + 1),
                         zero ? "is zero: is it text, in UTF-8?" : "is not UTF-8: save the file as UTF-8");
    }
    if (n >= 4 && strncmp(f->pending, "sep=", 4) == 0)
        return dyad_fail(err, DYAD_PARSE, "%s:1: a line 'sep=' of a spreadsheet: delete it and give --delimiter", path);
    return DYAD_OK;
}

/* A one-column header that holds another usual separator is hardly meant. */
static enum dyad_status
check_delimiter(const struct reader *r, const struct file *f, const char *name, struct dyad_error *err)
{
    static const char usual[] = ",;\t|";

    for (const char *c = usual; *c; c++)
        if (*c != r->delimiter && strchr(name, *c))
            return dyad_fail(err, DYAD_PARSE, "%s:1: one column, and a '%s' in its name: give --delimiter '%s'",
                             source_path(f->source), *c == '\t' ? "tab" : (char[]){ *c, 0 },
                             *c == '\t' ? "\\t" : (char[]){ *c, 0 });
    return DYAD_OK;
}

static enum dyad_status
take_names(const struct record_reader *rr, char ***names, size_t *n)
{
    *n = 0;
    *names = calloc(rr->n_fields ? rr->n_fields : 1, sizeof **names);
    if (*names == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < rr->n_fields; i++) {
        const char *bytes = rr->bytes.at + (uint32_t)(rr->ends[i] + 1);
        size_t length = (size_t)(rr->bytes.at + rr->ends[i + 1] - bytes);
        while (length && (*bytes == ' ' || *bytes == '\t'))
            bytes++, length--;
        while (length && (bytes[length - 1] == ' ' || bytes[length - 1] == '\t'))
            length--;
        if (((*names)[i] = strndup(bytes, length)) == NULL)
            return DYAD_NOMEM;
        ++*n;
    }
    return DYAD_OK;
}

static void
free_names(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

struct name_at {
    const char *name;
    size_t column;
};

static int
by_name(const void *a, const void *b)
{
    const struct name_at *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->column > y->column) - (x->column < y->column);
}

static struct name_at *
sorted_names(char *const *names, size_t n)
{
    struct name_at *s = malloc((n ? n : 1) * sizeof *s);
    for (size_t i = 0; s && i < n; i++)
        s[i] = (struct name_at){ names[i], i };
    if (s)
        qsort(s, n, sizeof *s, by_name);
    return s;
}

static enum dyad_status
check_names(const struct file *f, uint32_t line, char *const *names, size_t n, struct dyad_error *err)
{
    const char *path = source_path(f->source);
    enum dyad_status st = DYAD_OK;

    if (n > COLUMNS_MAX)
        return dyad_fail(err, DYAD_PARSE, "%s:%u: more than %d columns", path, line, COLUMNS_MAX);
    for (size_t i = 0; i < n; i++)
        if (names[i][0] == '\0')
            return dyad_fail(err, DYAD_PARSE, "%s:%u:%zu: a column without a name: name it in the header", path, line,
                             i + 1);
    struct name_at *s = sorted_names(names, n);
    if (s == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 1; i < n && st == DYAD_OK; i++)
        if (strcmp(s[i - 1].name, s[i].name) == 0)
            st = dyad_fail(err, DYAD_PARSE, "%s:%u:%zu: column '%s' has the name of column %zu: rename one", path,
                           line, s[i].column + 1, s[i].name, s[i - 1].column + 1);
    free(s);
    return st;
}

static enum dyad_status
header_bytes(struct file *f, size_t *length, struct dyad_error *err)
{
    enum dyad_status st;
    size_t wanted = BLOCK_BYTES;

    do {
        if ((st = read_more(f, wanted, err)) != DYAD_OK)
            return st;
        if (f->offset == 0 && f->n_pending >= 3 && memcmp(f->pending, "\xef\xbb\xbf", 3) == 0)
            drop_pending(f, 3);
        *length = first_record(f);
        wanted *= 2;
    } while (*length == f->n_pending && !f->ended && wanted <= BLOCK_BYTES_MAX);
    return DYAD_OK;
}

static enum dyad_status
read_header(struct reader *r, struct file *f, char ***names, size_t *n, struct dyad_error *err)
{
    struct record_reader rr = { 0 };
    struct problem problem;
    enum dyad_status st;
    size_t length;
    char column[24] = "";
    const char *path = source_path(f->source);

    if ((st = header_bytes(f, &length, err)) != DYAD_OK || (st = check_text(f, length, err)) != DYAD_OK)
        return st;
    st = record_read(&rr, f->pending, length, r->delimiter, 0, &problem);
    if (st == DYAD_PARSE) {
        if (problem.column)
            snprintf(column, sizeof column, ":%llu", (unsigned long long)problem.column);
        dyad_fail(err, st, "%s:%llu%s: %s", path, (unsigned long long)problem.line + 1, column, problem.text);
    } else if (st == DYAD_OK && rr.n_records == 0)
        st = dyad_fail(err, DYAD_DATA, "%s: is empty: no header, no records", path);
    else if (st == DYAD_OK && (st = take_names(&rr, names, n)) == DYAD_OK &&
             (st = check_names(f, rr.lines[0] + 1, *names, *n, err)) == DYAD_OK && *n == 1)
        st = check_delimiter(r, f, (*names)[0], err);
    if (st == DYAD_NOMEM)
        dyad_fail(err, st, "out of memory");
    f->header_lines = rr.n_lines;
    f->lf = length > 0 && f->pending[length - 1] == '\n';
    drop_pending(f, length);
    record_reader_release(&rr);
    return st;
}

/* Where the columns of the first file stand in this one. */
static enum dyad_status
match_names(struct reader *r, struct file *f, char *const *names, size_t n, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    struct name_at *ours = sorted_names(r->names, r->n_columns), *theirs = sorted_names(names, n);

    f->columns = malloc((n ? n : 1) * sizeof *f->columns);
    if (ours == NULL || theirs == NULL || f->columns == NULL)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    else if (n != r->n_columns)
        st = dyad_fail(err, DYAD_DATA, "%s:1: has %zu columns where %s has %zu: files read as one need the same columns",
                       source_path(f->source), n, source_path(r->files[0].source), r->n_columns);
    for (size_t i = 0; st == DYAD_OK && i < n; i++) {
        const int order = strcmp(ours[i].name, theirs[i].name);
        if (order < 0)
            st = dyad_fail(err, DYAD_DATA, "%s:1: has no column '%s' as %s has: files read as one need the same columns",
                           source_path(f->source), ours[i].name, source_path(r->files[0].source));
        else if (order > 0)
            st = dyad_fail(err, DYAD_DATA,
                           "%s:1:%zu: has a column '%s' that %s has not: files read as one need the same columns",
                           source_path(f->source), theirs[i].column + 1, theirs[i].name,
                           source_path(r->files[0].source));
        else
            f->columns[ours[i].column] = (uint32_t)theirs[i].column;
    }
    free(ours);
    free(theirs);
    return st;
}

static char
delimiter_of(const char *path)
{
    const size_t n = strlen(path);
    const bool tabs = (n >= 4 && strcmp(path + n - 4, ".tsv") == 0) ||
                      (n >= 7 && strcmp(path + n - 7, ".tsv.gz") == 0);
    return tabs ? '\t' : ',';
}

static enum dyad_status
open_one(struct reader *r, size_t i, const char *path, bool hash, struct dyad_error *err)
{
    struct file *f = &r->files[i];
    char **names = NULL;
    size_t n = 0;
    enum dyad_status st = source_open(path, hash, &f->source, err);

    if (st == DYAD_OK)
        st = read_header(r, f, &names, &n, err);
    if (st == DYAD_OK && i == 0) {
        r->names = names;
        r->n_columns = n;
        return DYAD_OK;
    }
    if (st == DYAD_OK)
        st = match_names(r, f, names, n, err);
    free_names(names, n);
    return st;
}

enum dyad_status
reader_open(const char *const *paths, size_t n_paths, const struct reader_options *options, struct reader **out,
            struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    struct reader *r = calloc(1, sizeof *r);

    if (r == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    pthread_mutex_init(&r->lock, NULL);
    r->delimiter = options->delimiter ? options->delimiter : delimiter_of(paths[0]);
    r->files = calloc(n_paths, sizeof *r->files);
    if (r->files == NULL)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; st == DYAD_OK && i < n_paths; i++) {
        r->n_files++;
        st = open_one(r, i, paths[i], options->hash, err);
    }
    if (st == DYAD_OK)
        *out = r;
    else
        reader_close(r);
    return st;
}

/* --- columns ------------------------------------------------------------------------------ */

size_t
reader_n_columns(const struct reader *r)
{
    return r->n_columns;
}

const char *
reader_name(const struct reader *r, size_t column)
{
    return r->names[column];
}

size_t
reader_find(const struct reader *r, const char *name)
{
    size_t i = 0;
    while (i < r->n_columns && strcmp(r->names[i], name) != 0)
        i++;
    return i;
}

size_t
reader_column(const struct reader *r, size_t file, size_t column)
{
    return r->files[file].columns ? r->files[file].columns[column] : column;
}

uint64_t
reader_size(const struct reader *r)
{
    uint64_t size = 0;
    for (size_t i = 0; i < r->n_files; i++)
        size += source_size(r->files[i].source);
    return size;
}

/* --- blocks ------------------------------------------------------------------------------- */

enum dyad_status
block_reserve(struct block *b, size_t room)
{
    if (b->room >= room + SCAN_PADDING + 1)
        return DYAD_OK;
    char *grown = realloc(b->store, room + SCAN_PADDING + 1);
    if (grown == NULL)
        return DYAD_NOMEM;
    b->store = grown;
    b->room = room + SCAN_PADDING + 1;
    return DYAD_OK;
}

/* Keep what begins a record for the next block. */
static enum dyad_status
keep_tail(struct file *f, const char *bytes, size_t n)
{
    if (f->pending_room < n) {
        char *grown = realloc(f->pending, n);
        if (grown == NULL)
            return DYAD_NOMEM;
        f->pending = grown;
        f->pending_room = n;
    }
    memcpy(f->pending, bytes, n);
    f->n_pending = n;
    return DYAD_OK;
}

/*
 * Fill the block from one file: what was left over, then new bytes, up to the end of the last
 * whole record.  The last record of a file may lack its line end; it gets one.
 */
static enum dyad_status
fill(struct file *f, struct block *b, struct dyad_error *err)
{
    struct scan_state state = { 0 };
    size_t whole = 0, scanned = 0, target = BLOCK_BYTES;
    enum dyad_status st;

    b->n = 0;
    b->offset = f->offset;
    if (block_reserve(b, f->n_pending > target ? f->n_pending : target) != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    b->bytes = b->store;
    memcpy(b->bytes, f->pending, f->n_pending);
    b->n = f->n_pending;
    for (;;) {
        if (b->n < target && !f->ended) {
            size_t n;
            if ((st = source_read(f->source, b->bytes + b->n, target - b->n, &n, err)) != DYAD_OK)
                return st;
            f->ended = n < target - b->n;
            b->n += n;
        }
        const size_t end = scan_last_end(b->bytes + scanned, b->n - scanned, &state);
        whole = end ? scanned + end : whole;
        scanned = b->n;
        if (whole || f->ended || target >= BLOCK_BYTES_MAX)
            break;
        target *= 2;
        if (block_reserve(b, target) != DYAD_OK)
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
        b->bytes = b->store;
    }
    /* What has no end within the longest block is libcsv's to complain of; so is the file's end. */
    const bool all = f->ended || whole == 0;
    const size_t taken = all ? b->n : whole;
    b->last = f->ended;
    b->cut = all && !f->ended;
    if (keep_tail(f, b->bytes + taken, b->n - taken) != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    b->n = taken;
    f->offset += taken;
    if (all && b->n > 0 && b->bytes[b->n - 1] != '\n')
        b->bytes[b->n++] = '\n';
    return DYAD_OK;
}

static enum dyad_status
number_block(struct reader *r, struct block *b)
{
    if (r->n_blocks == r->lines_room) {
        const size_t room = r->lines_room ? 2 * r->lines_room : 256;
        uint32_t *grown = realloc(r->lines, room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        r->lines = grown;
        r->lines_room = room;
    }
    b->number = r->n_blocks;
    b->file = r->current;
    r->lines[r->n_blocks++] = 0;
    return DYAD_OK;
}

/* Can threads read what is left of the file side by side, and is it worth it? */
static bool
is_for_pieces(const struct file *f)
{
    return f->lf && source_is_addressed(f->source) && source_size(f->source) > f->offset + BLOCK_BYTES;
}

static enum dyad_status
begin_file(struct reader *r, struct file *f)
{
    f->begun = true;
    f->first_block = r->n_blocks;
    if (!is_for_pieces(f))
        return DYAD_OK;
    f->pieces = pieces_new(f->source, f->offset, source_size(f->source));
    source_take_all(f->source);
    return f->pieces ? DYAD_OK : DYAD_NOMEM;
}

/*
 * Number the next block: of a file in pieces only its piece is chosen, to be read without the
 * lock; any other file is read here.  block->n is 0 and ${piece} untouched at the end.
 */
static enum dyad_status
next_locked(struct reader *r, struct block *b, struct pieces **pieces, uint64_t *piece, struct dyad_error *err)
{
    enum dyad_status st;

    b->n = 0;
    for (; !r->stopped && r->current < r->n_files; r->current++) {
        struct file *f = &r->files[r->current];
        if (!f->begun && begin_file(r, f) != DYAD_OK)
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
        if (f->pieces && pieces_take(f->pieces, piece)) {
            *pieces = f->pieces;
            break;
        }
        while (f->pieces == NULL && b->n == 0 && !(f->ended && f->n_pending == 0))
            if ((st = fill(f, b, err)) != DYAD_OK)
                return st;
        if (b->n > 0) {
            r->stopped = b->cut; /* it will be refused */
            break;
        }
    }
    if ((b->n > 0 || *pieces) && number_block(r, b) != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    return DYAD_OK;
}

/* Nobody is to wait for a piece that will not be read. */
static void
give_up(struct reader *r)
{
    reader_stop(r);
    for (size_t i = 0; i < r->n_files; i++)
        if (r->files[i].pieces)
            pieces_fail(r->files[i].pieces);
}

enum dyad_status
reader_next(struct reader *r, struct block *b, struct dyad_error *err)
{
    enum dyad_status st;
    struct pieces *pieces;

    do {
        uint64_t piece = 0;
        pieces = NULL;
        pthread_mutex_lock(&r->lock);
        st = next_locked(r, b, &pieces, &piece, err);
        pthread_mutex_unlock(&r->lock);
        if (st == DYAD_OK && pieces)
            st = pieces_read(pieces, piece, b, err);
    } while (st == DYAD_OK && pieces && b->n == 0);
    if (st != DYAD_OK)
        give_up(r);
    return st;
}

enum dyad_status
reader_finish(struct reader *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < r->current && st == DYAD_OK; i++)
        st = source_finish(r->files[i].source, err);
    return st;
}

void
reader_stop(struct reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopped = true;
    pthread_mutex_unlock(&r->lock);
}

static enum dyad_status
check_bytes(const struct block *b, const struct scan_result *found, struct problem *problem)
{
    size_t bad = 0;

    problem->column = 0;
    if (found->zero_byte) {
        bad = (size_t)((const char *)memchr(b->bytes, '\0', b->n) - b->bytes);
        snprintf(problem->text, sizeof problem->text, "byte %llu of the file is zero: is it text, in UTF-8?",
                 (unsigned long long)(b->offset + bad + 1));
    } else if (found->high_bytes && !scan_is_utf8(b->bytes, b->n, &bad)) {
        snprintf(problem->text, sizeof problem->text,
                 "byte %llu of the file is not UTF-8: save the file as UTF-8", (unsigned long long)(b->offset + bad + 1));
    } else if (b->last && b->n >= 2 && b->bytes[b->n - 2] == 0x1a) {
        bad = b->n - 2;
        snprintf(problem->text, sizeof problem->text,
                 "the file ends with a Ctrl-Z (end-of-file mark of old systems): delete it");
    } else {
        return DYAD_OK;
    }
    problem->line = count_lines(b->bytes, bad);
    return DYAD_PARSE;
}

static enum dyad_status
reserve_ends(struct block *b)
{
    const size_t wanted = b->n + 65;
    if (b->n_ends_room >= wanted)
        return DYAD_OK;
    free(b->ends_room);
    b->n_ends_room = 0;
    b->ends_room = malloc(wanted * sizeof *b->ends_room);
    if (b->ends_room == NULL)
        return DYAD_NOMEM;
    b->n_ends_room = wanted;
    return DYAD_OK;
}

static enum dyad_status
index_slowly(struct reader *r, struct block *b, struct problem *problem)
{
    const enum dyad_status st = record_read(&b->slow, b->bytes, b->n, r->delimiter, b->n_columns, problem);
    if (b->cut && (st == DYAD_OK || (st == DYAD_PARSE && b->slow.n_fields < b->n_columns && problem->column == 0))) {
        *problem = (struct problem){ .line = b->slow.n_records ? b->slow.lines[b->slow.n_records - 1] : 0 };
        snprintf(problem->text, sizeof problem->text, "a record longer than 16 MiB: is a line end missing?");
        return DYAD_PARSE;
    }
    if (st != DYAD_OK)
        return st;
    for (int i = 0; i < SCAN_PADDING; i++)
        text_putc(&b->slow.bytes, '\0');
    if (b->slow.bytes.failed)
        return DYAD_NOMEM;
    b->raw = false;
    b->text = b->slow.bytes.at;
    b->ends = b->slow.ends;
    b->lines = b->slow.lines;
    b->n_records = b->slow.n_records;
    return DYAD_OK;
}

/* The line of each record where quoted fields hold line ends; ${n_lines} in all. */
static enum dyad_status
list_lines(struct block *b, uint64_t *n_lines)
{
    if (b->n_lines_room < b->n_records) {
        free(b->lines_room);
        b->n_lines_room = 0;
        b->lines_room = malloc(b->n_records * sizeof *b->lines_room);
        if (b->lines_room == NULL)
            return DYAD_NOMEM;
        b->n_lines_room = b->n_records;
    }
    *n_lines = 0;
    for (size_t i = 0; i < b->n_records; i++) {
        const size_t start = (uint32_t)(b->ends[i * b->n_columns] + 1), end = b->ends[(i + 1) * b->n_columns] + 1;
        b->lines_room[i] = (uint32_t)*n_lines;
        *n_lines += count_lines(b->bytes + start, end - start);
    }
    b->lines = b->lines_room;
    return DYAD_OK;
}

static void
account(struct reader *r, const struct block *b, uint64_t n_lines, uint64_t n_blank, uint64_t first_blank)
{
    const struct place first = { b->number, first_blank };

    pthread_mutex_lock(&r->lock);
    r->lines[b->number] = (uint32_t)n_lines;
    r->files[b->file].records += b->n_records;
    if (n_blank && (r->n_blank == 0 || place_before(first, r->first_blank)))
        r->first_blank = first;
    r->n_blank += n_blank;
    pthread_mutex_unlock(&r->lock);
}

enum dyad_status
reader_index(struct reader *r, struct block *b, struct problem *problem)
{
    struct scan_result found;
    enum dyad_status st;

    b->n_columns = r->n_columns;
    if (reserve_ends(b) != DYAD_OK)
        return DYAD_NOMEM;
    memset(b->bytes + b->n, 0, SCAN_PADDING);
    b->ends_room[0] = UINT32_MAX; /* + 1 is 0 */
    scan_index(b->bytes, b->n, r->delimiter, b->ends_room + 1, &found);
    if ((st = check_bytes(b, &found, problem)) != DYAD_OK)
        return st;
    /* A block longer than a field may be is rare; libcsv looks at how long its fields are. */
    if (!found.regular || b->n > FIELD_BYTES_MAX || !scan_is_even(b->bytes, b->ends_room, &found, b->n_columns)) {
        if ((st = index_slowly(r, b, problem)) == DYAD_OK)
            account(r, b, b->slow.n_lines, b->slow.n_blank, b->slow.first_blank);
        return st;
    }
    uint64_t n_lines = found.n_lines;
    b->raw = true;
    b->text = b->bytes;
    b->ends = b->ends_room;
    b->lines = NULL;
    b->n_records = found.n_lines;
    if (found.inner_lines && list_lines(b, &n_lines) != DYAD_OK)
        return DYAD_NOMEM;
    account(r, b, n_lines, 0, 0);
    return DYAD_OK;
}

/* --- what can be saved of a block ---------------------------------------------------------- */

/* Whole records of the right length, and the line of each. */
struct saved {
    struct text bytes;
    uint32_t *lines;
    size_t n, room;
};

static bool
save(struct saved *s, const char *bytes, size_t n, uint64_t line)
{
    if (s->n == s->room) {
        const size_t room = s->room ? 2 * s->room : 1024;
        uint32_t *grown = realloc(s->lines, room * sizeof *grown);
        if (grown == NULL)
            return false;
        s->lines = grown;
        s->room = room;
    }
    s->lines[s->n++] = (uint32_t)line;
    text_put(&s->bytes, bytes, n);
    return !s->bytes.failed;
}

/* Bytes of the first ${lines} lines. */
static size_t
lines_length(const char *bytes, size_t n, uint64_t lines)
{
    size_t at = 0;

    for (; at < n && lines > 0; at++)
        if (bytes[at] == '\n' || (bytes[at] == '\r' && !(at + 1 < n && bytes[at + 1] == '\n')))
            lines--;
    return at;
}

static enum dyad_status
sort_out(const struct reader *r, const struct block *b, struct record_reader *one, struct saved *s,
         void (*ragged)(void *context, struct place place, size_t n_fields), void *context, uint64_t *n_lines,
         struct problem *problem)
{
    uint64_t line = 0;

    for (size_t at = 0; at < b->n;) {
        const enum dyad_status st = record_read(one, b->bytes + at, b->n - at, r->delimiter, 0, problem);
        if (st != DYAD_OK) {
            problem->line += line;
            return st;
        }
        const size_t blank = one->n_records ? lines_length(b->bytes + at, b->n - at, one->lines[0]) : 0;
        const size_t length = lines_length(b->bytes + at, b->n - at, one->n_lines);
        const uint64_t begins = line + (one->n_records ? one->lines[0] : 0);
        if (one->n_records && one->n_fields != r->n_columns)
            ragged(context, (struct place){ b->number, begins }, one->n_fields);
        else if (one->n_records && !save(s, b->bytes + at + blank, length - blank, begins))
            return DYAD_NOMEM;
        at += length;
        line += one->n_lines;
    }
    *n_lines = line;
    return DYAD_OK;
}

enum dyad_status
reader_salvage(struct reader *r, struct block *b, void (*ragged)(void *context, struct place place, size_t n_fields),
               void *context, struct problem *problem)
{
    struct record_reader one = { 0 };
    struct saved s = { .bytes = TEXT_INIT };
    struct problem again = *problem;
    struct scan_result found;
    uint64_t n_lines = 0;
    /* Wrong quotes have a column; in a file of one column a blank line is a record. */
    enum dyad_status st = b->cut || problem->column || r->n_columns == 1 ? DYAD_PARSE : DYAD_OK;

    scan_index(b->bytes, b->n, r->delimiter, b->ends_room + 1, &found);
    if (st == DYAD_OK && (st = check_bytes(b, &found, problem)) == DYAD_OK)
        st = sort_out(r, b, &one, &s, ragged, context, &n_lines, problem);
    if (st == DYAD_OK && (st = record_read(&b->slow, s.bytes.at ? s.bytes.at : "", s.bytes.length, r->delimiter,
                                           b->n_columns, &again)) == DYAD_OK) {
        for (int i = 0; i < SCAN_PADDING; i++)
            text_putc(&b->slow.bytes, '\0');
        b->raw = false;
        b->text = b->slow.bytes.at;
        b->ends = b->slow.ends;
        b->n_records = b->slow.n_records;
        free(b->lines_room);
        b->lines_room = s.lines;
        b->n_lines_room = s.room;
        s.lines = NULL;
        b->lines = b->lines_room;
        account(r, b, n_lines, 0, 0);
        st = b->slow.bytes.failed ? DYAD_NOMEM : DYAD_OK;
    }
    record_reader_release(&one);
    text_release(&s.bytes);
    free(s.lines);
    return st;
}

/* --- places ------------------------------------------------------------------------------- */

struct place
block_place(const struct block *b, size_t record)
{
    return (struct place){ b->number, b->lines ? b->lines[record] : record };
}

bool
place_before(struct place a, struct place b)
{
    return a.block != b.block ? a.block < b.block : a.line < b.line;
}

size_t
reader_place_file(const struct reader *r, struct place place)
{
    size_t file = 0;

    while (file + 1 < r->n_files && r->files[file + 1].begun &&
           r->files[file + 1].first_block <= place.block)
        file++;
    return file;
}

void
reader_place(const struct reader *r, struct place place, const char **path, uint64_t *line)
{
    const size_t file = reader_place_file(r, place);

    *path = source_path(r->files[file].source);
    *line = r->files[file].header_lines + place.line + 1;
    for (uint64_t i = r->files[file].first_block; i < place.block; i++)
        *line += r->lines[i];
}

size_t
reader_n_files(const struct reader *r)
{
    return r->n_files;
}

const struct source *
reader_source(const struct reader *r, size_t file)
{
    return r->files[file].source;
}

void
reader_sha256(struct reader *r, size_t file, char hex[65])
{
    source_sha256(r->files[file].source, hex);
}

uint64_t
reader_records(const struct reader *r, size_t file)
{
    return r->files[file].records;
}

uint64_t
reader_blank_lines(const struct reader *r, struct place *first)
{
    *first = r->first_blank;
    return r->n_blank;
}

void
block_release(struct block *b)
{
    free(b->store);
    free(b->ends_room);
    free(b->lines_room);
    record_reader_release(&b->slow);
    *b = (struct block)BLOCK_INIT;
}

void
reader_close(struct reader *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n_files; i++) {
        pieces_free(r->files[i].pieces);
        source_close(r->files[i].source);
        free(r->files[i].pending);
        free(r->files[i].columns);
    }
    free_names(r->names, r->n_columns);
    free(r->files);
    free(r->lines);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* --- fields ------------------------------------------------------------------------------- */

static bool
is_padding(char c)
{
    return c == ' ' || c == '\t';
}

const char *
field_bare(const char *text, size_t start, size_t end, struct text *scratch, size_t *length)
{
    if (end > start && text[end - 1] == '\r')
        end--;
    if (end > start && text[start] == '"') {
        start++, end--;
        if (memchr(text + start, '"', end - start) == NULL) {
            *length = end - start;
            return text + start;
        }
        text_clear(scratch);
        for (size_t i = start; i < end; i++) {
            text_putc(scratch, text[i]);
            i += text[i] == '"';
        }
        *length = scratch->length;
        return scratch->at ? scratch->at : "";
    }
    while (end > start && is_padding(text[start]))
        start++;
    while (end > start && is_padding(text[end - 1]))
        end--;
    *length = end - start;
    return text + start;
}
