#include "dyad/data/profile.h"

#include "dyad/core/workers.h"
#include "dyad/data/number.h"
#include "dyad/data/repeats.h"
#include "dyad/data/sequences.h"

#include "patterns.h"
#include "profile_chunk.h"
#include "profile_settle.h"
#include "tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCES_MAX = 256, LOOKED_BLOCKS = 4, LOOKED_RECORDS = 512, MAILS_MAX = 16 };
#define BYTES_PER_THREAD (UINT64_C(1) << 20)

const char *
problem_name(enum problem_rule rule)
{
    static const char *const names[N_PROBLEMS] = { "fields", "header", "type", "choices", "range", "required", "unique",
                                                   "number", "missing-code", "spelling", "duplicate", "key", "sequence",
                                                   "empty", "not-in-codebook", "no-such-column" };
    return names[rule];
}

/* --- one thread --------------------------------------------------------------------------- */

static void
on_ragged(void *context, struct place place, size_t n_fields)
{
    struct profile_worker *w = context;
    problem_add(&w->problems, PROBLEM_FIELDS, place, SIZE_MAX, n_fields);
}

static bool
is_wanted(const struct profiling *p, size_t column, bool number)
{
    for (size_t i = 0; i < p->n_sequences; i++) {
        const struct sequence *s = &p->sequences[i];
        if ((s->first == column && s->first_is_number == number) || (s->second == column && s->second_is_number == number))
            return true;
    }
    return false;
}

static uint64_t
hash_field(struct profile_worker *w, size_t record, size_t column, bool *missing)
{
    const struct block *b = &w->block;
    const size_t k = record * b->n_columns + reader_column(w->p->o->reader, b->file, column);
    const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
    size_t length = end - start;
    const char *text = b->raw ? field_bare(b->text, start, end, &w->scratch, &length) : b->text + start;

    *missing = missing_is(&w->tallies[column].missing, text, length);
    return distinct_hash(text, length);
}

static uint64_t
mix(uint64_t all, uint64_t one)
{
    all = (all ^ one) * UINT64_C(0x9e3779b97f4a7c15);
    return all ^ all >> 32;
}

/* The whole record, by its bytes where all files have their columns in the same order. */
static uint64_t
hash_record(struct profile_worker *w, size_t record)
{
    const struct block *b = &w->block;
    const size_t first = record * b->n_columns;
    const size_t start = (uint32_t)(b->ends[first] + 1), end = b->ends[first + b->n_columns];
    uint64_t all = 1;
    bool missing;

    if (!w->p->shuffled && b->raw)
        return distinct_hash(b->text + start, end - start - (end > start && b->text[end - 1] == '\r'));
    for (size_t column = 0; column < b->n_columns; column++)
        all = mix(all, hash_field(w, record, column, &missing));
    return all;
}

static enum dyad_status
compare_records(struct profile_worker *w)
{
    const struct profiling *p = w->p;

    for (size_t record = 0; record < w->block.n_records; record++) {
        const struct place place = block_place(&w->block, record);
        uint64_t key = 2;
        bool empty = true, missing;
        if (!repeats_add(w->records, hash_record(w, record), place))
            return DYAD_NOMEM;
        for (size_t i = 0; i < p->n_key; i++) {
            key = mix(key, hash_field(w, record, p->key[i], &missing));
            empty = empty && missing;
        }
        if (!empty && !repeats_add(w->keys, key, place))
            return DYAD_NOMEM;
    }
    return w->scratch.failed ? DYAD_NOMEM : DYAD_OK;
}

/* Nothing is kept of records, nor of the column's values, while it shows that they differ. */
static enum dyad_status
look_whether_ascending(struct profile_worker *w)
{
    const struct profiling *p = w->p;
    const size_t column = reader_column(p->o->reader, w->block.file, p->ascending);

    w->ascends = false;
    if (atomic_load(p->is_unsorted))
        return DYAD_OK;
    if (!ascent_add(&w->ascent, &w->block, column, &w->scratch, &w->ascends))
        return DYAD_NOMEM;
    if (!w->ascends)
        atomic_store(p->is_unsorted, true);
    return DYAD_OK;
}

/* Of columns with many values only the first records are looked at for identifiers: the same for any threads. */
static void
look(struct profile_worker *w, size_t record, size_t column)
{
    const struct block *b = &w->block;
    const size_t k = record * b->n_columns + reader_column(w->p->o->reader, b->file, column);
    const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
    size_t length = end - start;
    const char *text = b->raw ? field_bare(b->text, start, end, &w->scratch, &length) : b->text + start;

    if (!missing_is(&w->tallies[column].missing, text, length))
        identifier_look(&w->tallies[column].looked, text, length);
}

static size_t
field_at(const struct block *b, size_t position)
{
    size_t low = 0, high = b->n_records * b->n_columns;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (b->ends[middle + 1] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ... but for e-mail addresses everything is. */
static void
look_at_block(struct profile_worker *w)
{
    const struct block *b = &w->block;
    const size_t bytes = b->n_records ? b->ends[b->n_records * b->n_columns] : 0;
    size_t mails = 0;

    for (size_t record = 0; b->number < LOOKED_BLOCKS && record < b->n_records && record < LOOKED_RECORDS; record++)
        for (size_t column = 0; column < b->n_columns; column++)
            look(w, record, column);
    for (const char *at = memchr(b->text, '@', bytes); at && mails < MAILS_MAX;
         at = memchr(at + 1, '@', bytes - (size_t)(at + 1 - b->text)), mails++) {
        const size_t k = field_at(b, (size_t)(at - b->text)), column = k % b->n_columns;
        for (size_t ours = 0; ours < b->n_columns; ours++)
            if (reader_column(w->p->o->reader, b->file, ours) == column && b->number >= LOOKED_BLOCKS)
                look(w, k / b->n_columns, ours);
    }
}

static enum dyad_status
work_block(struct profile_worker *w)
{
    struct problem problem;
    struct reader *reader = w->p->o->reader;
    enum dyad_status st = reader_index(reader, &w->block, &problem);

    if (st == DYAD_PARSE)
        st = reader_salvage(reader, &w->block, on_ragged, w, &problem);
    if (st == DYAD_PARSE) {
        w->broken = problem;
        w->broken_at = (struct place){ w->block.number, problem.line };
    }
    if (st == DYAD_OK)
        st = look_whether_ascending(w);
    if (st == DYAD_OK)
        st = profile_block(w);
    if (st == DYAD_OK)
        look_at_block(w);
    return st == DYAD_OK && !w->ascends ? compare_records(w) : st;
}

static void
work(void *worker)
{
    struct profile_worker *w = worker;

    while (w->st == DYAD_OK) {
        if ((w->st = reader_next(w->p->o->reader, &w->block, &w->err)) != DYAD_OK || w->block.n == 0)
            break;
        w->st = work_block(w);
        if (w->st == DYAD_NOMEM)
            dyad_fail(&w->err, DYAD_NOMEM, "out of memory");
    }
    if (w->st == DYAD_OK && (w->st = profile_fold(w)) != DYAD_OK)
        dyad_fail(&w->err, DYAD_NOMEM, "out of memory");
    if (w->st != DYAD_OK)
        reader_stop(w->p->o->reader);
}

/* --- the second reading ------------------------------------------------------------------- */

static void
on_ragged_again(void *context, struct place place, size_t n_fields)
{
    (void)context, (void)place, (void)n_fields;
}

static enum dyad_status
index_again(struct profile_worker *w)
{
    struct problem problem;
    const enum dyad_status st = reader_index(w->p->again, &w->block, &problem);

    return st == DYAD_PARSE ? reader_salvage(w->p->again, &w->block, on_ragged_again, NULL, &problem) : st;
}

/* What was passed by. */
static enum dyad_status
compare_block(struct profile_worker *w)
{
    const struct profiling *p = w->p;

    for (size_t first = 0; first < w->block.n_records; first += CHUNK) {
        const size_t left = w->block.n_records - first;
        const struct chunk c = { p->again, &w->block, first, left < CHUNK ? left : CHUNK, p->decimal };
        if (!tally_distinct(&w->tallies[p->ascending], p->ascending, &c, &w->scratch))
            return DYAD_NOMEM;
    }
    return compare_records(w);
}

static void
work_again(void *worker)
{
    struct profile_worker *w = worker;
    const struct ascent *unread = &w->p->unread;
    const uint64_t last = unread->blocks[unread->n - 1].number;

    while (w->st == DYAD_OK) {
        if ((w->st = reader_next(w->p->again, &w->block, &w->err)) != DYAD_OK || w->block.n == 0 || w->block.number > last)
            break;
        if ((w->st = index_again(w)) == DYAD_OK && ascent_has(unread, w->block.number))
            w->st = compare_block(w);
        if (w->st == DYAD_NOMEM)
            dyad_fail(&w->err, DYAD_NOMEM, "out of memory");
    }
    if (w->st != DYAD_OK || w->block.number > last)
        reader_stop(w->p->again);
}

static enum dyad_status
changed(const struct profiling *p, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_IO, "%s: changed between two readings", source_path(reader_source(p->o->reader, 0)));
}

/* Where the column stops ascending, what was passed by until then is compared as well. */
static enum dyad_status
read_again(struct profiling *p, struct profile_worker *workers, size_t n, struct dyad_error *err)
{
    const struct cohort_options *c = p->o->cohort;
    const struct reader_options how = { c->delimiter, c->hash }; /* the same blocks */
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < n; i++)
        if (!ascent_join(&p->unread, &workers[i].ascent))
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
    p->ascends = ascent_sort(&p->unread) && !atomic_load(p->is_unsorted);
    if (p->ascends || p->unread.n == 0)
        return DYAD_OK;
    if ((st = reader_open(c->paths, c->n_paths, &how, &p->again, err)) != DYAD_OK)
        return st;
    if (reader_size(p->again) != reader_size(p->o->reader) || reader_n_columns(p->again) != p->n_columns)
        return changed(p, err);
    workers_run(n, work_again, workers, sizeof *workers);
    for (size_t i = 0; i < n; i++) {
        if (workers[i].st == DYAD_PARSE)
            return changed(p, err);
        if (workers[i].st != DYAD_OK)
            return dyad_fail(err, workers[i].st, "%s", workers[i].err.text);
    }
    return reader_finish(p->again, err);
}

static enum dyad_status
worker_init(struct profile_worker *w, const struct profiling *p)
{
    const size_t n = p->n_columns;

    *w = (struct profile_worker){ .p = p, .block = BLOCK_INIT, .scratch = TEXT_INIT };
    if (!patterns_init(&w->patterns, n))
        return DYAD_NOMEM;
    w->tallies = calloc(n + 1, sizeof *w->tallies);
    w->missing = malloc(CHUNK);
    w->bits = malloc(CHUNK * (w->patterns.n_words + 1) * sizeof *w->bits);
    w->groups = calloc(n + 1, sizeof *w->groups);
    w->ahead = calloc(CHUNK, sizeof *w->ahead);
    w->behind = calloc(CHUNK, sizeof *w->behind);
    w->what = malloc(CHUNK * sizeof *w->what);
    w->records = repeats_new();
    w->keys = repeats_new();
    if (w->tallies == NULL || w->missing == NULL || w->bits == NULL || w->groups == NULL || w->ahead == NULL ||
        w->behind == NULL || w->what == NULL || w->records == NULL || w->keys == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (tally_init(&w->tallies[i], &p->missing[i], codebook_find(p->o->codebook, reader_name(p->o->reader, i))) != DYAD_OK)
            return DYAD_NOMEM;
    if (p->n_sequences && (w->values = calloc(n, sizeof *w->values)) == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; w->values && i < n; i++)
        if ((is_wanted(p, i, true) && (w->values[i].numbers = malloc(CHUNK * sizeof(double))) == NULL) ||
            (is_wanted(p, i, false) && (w->values[i].truths = malloc(CHUNK * sizeof(double))) == NULL))
            return DYAD_NOMEM;
    return DYAD_OK;
}

static void
worker_release(struct profile_worker *w)
{
    if (w->p == NULL)
        return;
    for (size_t i = 0; w->tallies && i < w->p->n_columns; i++)
        tally_release(&w->tallies[i]);
    for (size_t i = 0; w->values && i < w->p->n_columns; i++) {
        free(w->values[i].numbers);
        free(w->values[i].truths);
    }
    for (size_t i = 0; i < w->n_groups; i++)
        neighbours_release(&w->groups[i]);
    free(w->tallies);
    free(w->values);
    free(w->groups);
    free(w->ahead);
    free(w->behind);
    free(w->what);
    free(w->missing);
    free(w->bits);
    repeats_free(w->records);
    repeats_free(w->keys);
    ascent_release(&w->ascent);
    patterns_release(&w->patterns);
    text_release(&w->scratch);
    block_release(&w->block);
}

/* --- all threads -------------------------------------------------------------------------- */

static enum dyad_status
no_column(const struct profiling *p, const char *name, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_USAGE, "%s:1: no column '%s' in the header", source_path(reader_source(p->o->reader, 0)), name);
}

/* What each column's missing values are, the key's columns, the sequences that the names tell. */
static enum dyad_status
prepare(struct profiling *p, struct dyad_error *err)
{
    const struct profile_options *o = p->o;
    const size_t n = p->n_columns;
    const char **names = calloc(n + 1, sizeof *names);
    bool good = names != NULL;

    p->missing = calloc(n + 1, sizeof *p->missing);
    p->key = calloc(o->n_key + 1, sizeof *p->key);
    p->sequences = calloc(SEQUENCES_MAX, sizeof *p->sequences);
    good = good && p->missing && p->key && p->sequences;
    for (size_t i = 0; i < n && good; i++) {
        names[i] = reader_name(o->reader, i);
        good = missing_of(o->cohort->missing, o->cohort->n_missing, codebook_find(o->codebook, names[i]), names[i], p->decimal,
                          &p->missing[i]) == DYAD_OK;
        for (size_t f = 0; f < reader_n_files(o->reader); f++)
            p->shuffled = p->shuffled || reader_column(o->reader, f, i) != i;
    }
    if (good)
        p->n_sequences = sequences_find(names, n, p->sequences, SEQUENCES_MAX);
    free(names);
    if (!good)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < o->n_key; i++) {
        p->key[p->n_key] = reader_find(o->reader, o->key[i]);
        if (p->key[p->n_key++] == n)
            return no_column(p, o->key[i], err);
    }
    p->ascending = p->n_key ? p->key[0] : 0;
    return DYAD_OK;
}

/* Of several the first in the file: what every run would say. */
static enum dyad_status
first_failure(const struct profiling *p, const struct profile_worker *workers, size_t n, struct dyad_error *err)
{
    const struct profile_worker *first = NULL;
    const char *path;
    uint64_t line;

    for (size_t i = 0; i < n; i++) {
        if (workers[i].st != DYAD_OK && workers[i].st != DYAD_PARSE)
            return dyad_fail(err, workers[i].st, "%s", workers[i].err.text);
        if (workers[i].st == DYAD_PARSE && (first == NULL || place_before(workers[i].broken_at, first->broken_at)))
            first = &workers[i];
    }
    if (first == NULL)
        return DYAD_OK;
    reader_place(p->o->reader, first->broken_at, &path, &line);
    if (first->broken.column)
        return dyad_fail(err, DYAD_DATA, "%s:%llu:%llu: %s", path, (unsigned long long)line,
                         (unsigned long long)first->broken.column, first->broken.text);
    return dyad_fail(err, DYAD_DATA, "%s:%llu: %s", path, (unsigned long long)line, first->broken.text);
}

/* What is no file on disk can be read but once. */
static bool
is_read_once(const struct profile_options *o)
{
    for (size_t f = 0; f < reader_n_files(o->reader); f++)
        if (source_size(reader_source(o->reader, f)) == 0 || strcmp(o->cohort->paths[f], "-") == 0)
            return true;
    return false;
}

static size_t
threads_for(const struct profile_options *o)
{
    const uint64_t size = reader_size(o->reader), wanted = size / BYTES_PER_THREAD + 1;
    size_t n = o->cohort->n_threads ? o->cohort->n_threads : workers_available();

    if (size && n > wanted)
        n = (size_t)wanted;
    return n < 256 ? n : 256;
}

enum dyad_status
profile_read(const struct profile_options *o, struct profile *out, struct dyad_error *err)
{
    atomic_bool is_unsorted = is_read_once(o);
    struct profiling p = { .o = o, .n_columns = reader_n_columns(o->reader), .is_unsorted = &is_unsorted,
                           .decimal = o->cohort->decimal ? o->cohort->decimal : '.' };
    const size_t n = threads_for(o);
    struct profile_worker *workers = calloc(n, sizeof *workers);
    enum dyad_status st = workers ? prepare(&p, err) : dyad_fail(err, DYAD_NOMEM, "out of memory");

    *out = (struct profile){ .n_records = 0 };
    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        if ((st = worker_init(&workers[i], &p)) != DYAD_OK)
            dyad_fail(err, st, "out of memory");
    if (st == DYAD_OK) {
        workers_run(n, work, workers, sizeof *workers);
        if ((st = first_failure(&p, workers, n, err)) == DYAD_OK && (st = reader_finish(o->reader, err)) == DYAD_OK &&
            (st = read_again(&p, workers, n, err)) == DYAD_OK && (st = profile_settle(&p, workers, n, out)) != DYAD_OK)
            dyad_fail(err, st, "out of memory");
    }
    for (size_t i = 0; workers && i < n; i++)
        worker_release(&workers[i]);
    for (size_t i = 0; p.missing && i < p.n_columns; i++)
        missing_release(&p.missing[i]);
    reader_close(p.again);
    ascent_release(&p.unread);
    free(workers);
    free(p.missing);
    free(p.key);
    free(p.sequences);
    if (st != DYAD_OK)
        profile_release(out);
    return st;
}
