#include "profile_chunk.h"

#include <stdlib.h>
#include <string.h>

/* What of a chunk a core's first cache holds beside what is looked up. */
enum { CACHE_BYTES = 24 * 1024, CHUNK_LEAST = 64 };

/* --- sequences ---------------------------------------------------------------------------- */

static void
add_sequence(struct profile_worker *w, const struct chunk *c, size_t record, size_t s)
{
    problem_add(&w->problems, PROBLEM_SEQUENCE, block_place(c->block, c->first + record), w->p->sequences[s].first, s);
}

static void
check_sequences(struct profile_worker *w, const struct chunk *c, uint64_t by_bits)
{
    const struct profiling *p = w->p;
    const uint64_t *ahead = w->ahead, *behind = w->behind;
    uint64_t any = 0;
    uint32_t which[CHUNK];

    for (size_t s = 0; s < p->n_sequences; s++) {
        const struct sequence *q = &p->sequences[s];
        const struct chunk_values *a = &w->values[q->first], *b = &w->values[q->second];
        if (s < SEQUENCE_BITS && by_bits >> s & 1)
            continue;
        const size_t n = sequences_broken(q, q->first_is_number ? a->numbers : a->truths,
                                          q->second_is_number ? b->numbers : b->truths, c->n, which);
        for (size_t i = 0; i < n; i++)
            add_sequence(w, c, which[i], s);
    }
    for (size_t i = 0; by_bits && i < c->n; i++)
        any |= ahead[i] & behind[i];
    for (size_t i = 0; (any & by_bits) && i < c->n; i++)
        for (uint64_t broken = ahead[i] & behind[i] & by_bits; broken; broken &= broken - 1)
            add_sequence(w, c, i, (size_t)__builtin_ctzll(broken));
}

/* --- columns that are looked up together -------------------------------------------------- */

/* Those of a sequence that are looked up have a bit for what it asks of them; else, and for a length, their values are. */
static void
part_sequences(struct profile_worker *w)
{
    const struct profiling *p = w->p;

    w->by_bits = 0;
    for (size_t i = 0; w->values && i < p->n_columns; i++)
        w->values[i].wanted = false;
    for (size_t s = 0; s < p->n_sequences; s++) {
        const struct sequence *q = &p->sequences[s];
        if (s < SEQUENCE_BITS && q->kind != SEQUENCE_LONGER && w->tallies[q->first].held && w->tallies[q->second].held)
            w->by_bits |= UINT64_C(1) << s;
        else
            w->values[q->first].wanted = w->values[q->second].wanted = true;
    }
}

static bool
hold(struct profile_worker *w, struct neighbours *g, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        w->tallies[i].held = true;
    return neighbours_init(g, first, n);
}

/* As the block at hand looks: as many together as suit each other. */
static enum dyad_status
group(struct profile_worker *w)
{
    size_t n;

    for (size_t column = 0; column < w->p->n_columns; column += n) {
        struct neighbours *g = &w->groups[w->n_groups++];
        *g = (struct neighbours){ .first = column, .n = n = 1 };
        if (!neighbours_suit(&w->block, column, 1, w->tallies))
            continue;
        while (column + n < w->p->n_columns && neighbours_suit(&w->block, column, n + 1, w->tallies))
            n++;
        if (!hold(w, g, column, n))
            return DYAD_NOMEM;
    }
    part_sequences(w);
    return DYAD_OK;
}

static bool
is_failing(const struct profile_worker *w, const struct neighbours *g)
{
    bool failing = g->failing;

    for (size_t i = 0; g->slots && i < g->n; i++)
        failing = failing || dictionary_n_levels(w->tallies[g->first + i].d) > PROFILE_LEVELS;
    return failing;
}

/* Together they were too many: one by one from now on, at last by their tallies. */
static enum dyad_status
part(struct profile_worker *w, size_t which)
{
    const size_t first = w->groups[which].first, n = w->groups[which].n;
    struct neighbours *g = &w->groups[which];

    if (!neighbours_fold(g, w->tallies))
        return DYAD_NOMEM;
    if (n > 1) {
        memmove(g + n, g + 1, (w->n_groups - which - 1) * sizeof *g);
        w->n_groups += n - 1;
    }
    for (size_t i = 0; i < n; i++)
        g[i] = (struct neighbours){ .first = first + i, .n = 1 };
    for (size_t i = 0; n > 1 && i < n; i++)
        if (!w->tallies[first + i].many && !hold(w, &g[i], first + i, 1))
            return DYAD_NOMEM;
    part_sequences(w);
    return DYAD_OK;
}

enum dyad_status
profile_fold(struct profile_worker *w)
{
    for (size_t i = 0; i < w->n_groups; i++)
        if (!neighbours_fold(&w->groups[i], w->tallies))
            return DYAD_NOMEM;
    w->n_groups = 0;
    return DYAD_OK;
}

static enum dyad_status
look_up(struct profile_worker *w, struct neighbours *g, const struct chunk *c)
{
    const struct neighbours_view v = { w->tallies, w->p->sequences, w->p->n_sequences, &w->scratch, &w->problems,
                                       w->patterns.too_many ? NULL : w->bits, w->patterns.n_words, w->ahead, w->behind,
                                       w->what };

    if (!neighbours_chunk(g, c, &v))
        return DYAD_NOMEM;
    for (size_t k = 0; w->values && k < g->n; k++) {
        const struct tally *t = &w->tallies[g->first + k];
        const struct chunk_values *kept = &w->values[g->first + k];
        for (size_t i = 0; kept->wanted && kept->numbers && i < c->n; i++)
            kept->numbers[i] = t->numbers[neighbours_code(g, w->what[i], k)];
        for (size_t i = 0; kept->wanted && kept->truths && i < c->n; i++)
            kept->truths[i] = t->truths[neighbours_code(g, w->what[i], k)];
    }
    return DYAD_OK;
}

/* --- chunks ------------------------------------------------------------------------------- */

static void
mark_missing(struct profile_worker *w, size_t n, size_t column)
{
    const size_t n_words = w->patterns.n_words, bit = column % 64;
    const unsigned char *missing = w->missing;
    uint64_t *bits = w->bits + column / 64;

    if (w->patterns.too_many)
        return;
    if (n_words == 1) /* many at a time */
        for (size_t i = 0; i < n; i++)
            bits[i] |= (uint64_t)missing[i] << bit;
    else
        for (size_t i = 0; i < n; i++)
            bits[i * n_words] |= (uint64_t)missing[i] << bit;
}

static enum dyad_status
take_column(struct profile_worker *w, size_t column, const struct chunk *c)
{
    const struct chunk_values *kept = w->values ? &w->values[column] : NULL;
    const struct chunk_out out = { w->missing, kept ? kept->numbers : NULL, kept ? kept->truths : NULL,
                                   w->ascends && column == w->p->ascending };
    const enum dyad_status st = tally_chunk(&w->tallies[column], column, c, &w->scratch, &out, &w->problems);

    if (st == DYAD_OK)
        mark_missing(w, c->n, column);
    return st;
}

static enum dyad_status
take_columns(struct profile_worker *w, const struct chunk *c, bool grouped)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; !grouped && st == DYAD_OK && i < w->p->n_columns; i++)
        st = take_column(w, i, c);
    for (size_t i = 0; grouped && st == DYAD_OK && i < w->n_groups; i++) {
        struct neighbours *g = &w->groups[i];
        st = g->slots ? look_up(w, g, c) : take_column(w, g->first, c);
    }
    return st;
}

static enum dyad_status
take_chunk(struct profile_worker *w, const struct chunk *c, bool grouped)
{
    const size_t n_words = w->patterns.n_words;
    const uint64_t by_bits = grouped ? w->by_bits : 0; /* else all by their values */
    enum dyad_status st;

    if (!w->patterns.too_many)
        memset(w->bits, 0, c->n * n_words * sizeof *w->bits);
    if (by_bits) {
        memset(w->ahead, 0, c->n * sizeof *w->ahead);
        memset(w->behind, 0, c->n * sizeof *w->behind);
    }
    if ((st = take_columns(w, c, grouped)) != DYAD_OK)
        return st;
    for (size_t i = 0; !w->patterns.too_many && i < c->n; i++)
        patterns_add(&w->patterns, w->bits + i * n_words, 1);
    check_sequences(w, c, by_bits);
    for (size_t i = w->n_groups; i > 0 && st == DYAD_OK; i--)
        if (is_failing(w, &w->groups[i - 1]))
            st = part(w, i - 1);
    return st;
}

/* So many records that their fields and where they end stay at hand from column to column. */
static size_t
chunk_size(const struct block *b)
{
    const size_t n_fields = b->n_records * b->n_columns, bytes = n_fields ? b->ends[n_fields] + 4 * n_fields : 0;
    const size_t n = bytes ? (size_t)CACHE_BYTES * b->n_records / bytes : CHUNK;

    return n < CHUNK_LEAST ? CHUNK_LEAST : n < CHUNK ? n : CHUNK;
}

enum dyad_status
profile_block(struct profile_worker *w)
{
    const struct block *b = &w->block;
    const bool grouped = b->raw && !w->p->shuffled && w->tallies[0].known + (size_t)w->tallies[0].many > 0;
    const size_t most = grouped ? chunk_size(b) : CHUNK;
    enum dyad_status st = DYAD_OK;

    if (grouped && w->n_groups == 0)
        st = group(w);
    for (size_t first = 0; st == DYAD_OK && first < b->n_records; first += most) {
        const size_t left = b->n_records - first;
        const struct chunk c = { w->p->o->reader, b, first, left < most ? left : most, w->p->decimal };
        st = take_chunk(w, &c, grouped);
    }
    return st;
}
