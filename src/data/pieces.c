#include "dyad/data/pieces.h"

#include "dyad/data/scan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What is read beyond a piece, for the end of its last record, before more is asked for. */
enum { BEYOND = BLOCK_BYTES / 64, SPINS = 4000 };

enum parity { UNKNOWN, EVEN, ODD };

struct pieces {
    struct source *source;
    uint64_t from, size, n, next;
    unsigned char *parities; /* of the quotes in each piece */
    unsigned char *quoted;   /* of each piece: does it begin inside a quoted field? */
    pthread_mutex_t lock;
    pthread_cond_t known_more;
    atomic_uint_fast64_t n_known; /* so many pieces have `quoted` */
    atomic_bool failed;
};

struct pieces *
pieces_new(struct source *source, uint64_t from, uint64_t size)
{
    struct pieces *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->source = source;
    p->from = from;
    p->size = size;
    p->n = (size - from + BLOCK_BYTES - 1) / BLOCK_BYTES;
    p->parities = calloc(p->n + 1, 1);
    p->quoted = calloc(p->n + 1, 1);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->known_more, NULL);
    atomic_init(&p->n_known, 1);
    atomic_init(&p->failed, false);
    if (p->parities == NULL || p->quoted == NULL) {
        pieces_free(p);
        return NULL;
    }
    return p;
}

bool
pieces_take(struct pieces *p, uint64_t *out)
{
    *out = p->next;
    p->next += p->next < p->n;
    return *out < p->n;
}

/* Say what the quotes of a piece come to; whatever becomes known by it is told to all. */
static void
publish(struct pieces *p, uint64_t piece, bool odd)
{
    pthread_mutex_lock(&p->lock);
    p->parities[piece] = odd ? ODD : EVEN;
    uint64_t known = atomic_load(&p->n_known);
    while (known <= p->n && p->parities[known - 1] != UNKNOWN) {
        p->quoted[known] = p->quoted[known - 1] ^ (p->parities[known - 1] == ODD);
        known++;
    }
    atomic_store(&p->n_known, known);
    pthread_cond_broadcast(&p->known_more);
    pthread_mutex_unlock(&p->lock);
}

void
pieces_fail(struct pieces *p)
{
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->failed, true);
    pthread_cond_broadcast(&p->known_more);
    pthread_mutex_unlock(&p->lock);
}

/* Until it is known how the piece begins: mostly at once, as the pieces are read side by side. */
static bool
wait_for(struct pieces *p, uint64_t piece)
{
    for (int i = 0; i < SPINS; i++)
        if (atomic_load(&p->n_known) > piece || atomic_load(&p->failed))
            return !atomic_load(&p->failed);
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->n_known) <= piece && !atomic_load(&p->failed))
        pthread_cond_wait(&p->known_more, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return !atomic_load(&p->failed);
}

/* Behind the first line end outside quotes at or behind ${at}; ${n} if there is none. */
static size_t
next_record(const char *bytes, size_t at, size_t n, bool *quoted)
{
    for (; at < n; at++) {
        if (bytes[at] == '"')
            *quoted = !*quoted;
        else if (bytes[at] == '\n' && !*quoted)
            return at + 1;
    }
    return n;
}

/* The bytes of a piece behind one byte of the piece before, and what follows up to ${wanted} bytes. */
struct view {
    char *bytes; /* the piece begins here */
    size_t n, length; /* that are here, and of the piece */
    bool ended;  /* the file ends with them */
};

static enum dyad_status
read_to(struct pieces *p, uint64_t piece, size_t wanted, struct block *b, struct view *v, struct dyad_error *err)
{
    const uint64_t at = p->from + piece * BLOCK_BYTES - 1;
    const size_t have = v->n ? v->n + 1 : 0;
    size_t more;

    if (block_reserve(b, wanted + 1) != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    const enum dyad_status st =
        source_read_at(p->source, at + have, b->store + have, wanted + 1 - have, &more, err);
    v->bytes = b->store + 1;
    v->n = have + more > 0 ? have + more - 1 : 0;
    v->ended = have + more < wanted + 1 || at + have + more >= p->size;
    v->length = v->n < BLOCK_BYTES ? v->n : BLOCK_BYTES;
    return st;
}

/* The end of the last record that begins in the piece, reading on as long as a record may be. */
static enum dyad_status
find_end(struct pieces *p, uint64_t piece, bool quoted, struct block *b, struct view *v, size_t *end,
         struct dyad_error *err)
{
    size_t at = v->length;
    enum dyad_status st;

    if (!quoted && v->bytes[at - 1] == '\n') {
        *end = at;
        return DYAD_OK;
    }
    for (size_t wanted = 2 * BLOCK_BYTES;; wanted *= 2) {
        *end = next_record(v->bytes, at, v->n, &quoted);
        const bool found = *end > v->length && !quoted && v->bytes[*end - 1] == '\n';
        if (found || v->ended)
            return DYAD_OK;
        at = v->n;
        b->cut = wanted > BLOCK_BYTES_MAX;
        if (b->cut)
            return DYAD_OK;
        if ((st = read_to(p, piece, wanted, b, v, err)) != DYAD_OK)
            return st;
    }
}

enum dyad_status
pieces_read(struct pieces *p, uint64_t piece, struct block *b, struct dyad_error *err)
{
    struct view v = { NULL, 0, 0, false };
    struct scan_state state = { 0 };
    size_t start = 0, end;
    enum dyad_status st;

    b->n = 0;
    b->cut = b->last = false;
    if ((st = read_to(p, piece, BLOCK_BYTES + BEYOND, b, &v, err)) != DYAD_OK)
        return st;
    (void)scan_last_end(v.bytes, v.length, &state);
    publish(p, piece, state.quoted != 0);
    if (v.length == 0 || !wait_for(p, piece))
        return DYAD_OK;

    bool quoted = p->quoted[piece];
    if (piece > 0 && (quoted || v.bytes[-1] != '\n'))
        start = next_record(v.bytes, 0, v.length, &quoted);
    if (start >= v.length)
        return DYAD_OK; /* a record of an earlier piece fills this one */
    quoted = p->quoted[piece] ^ (state.quoted != 0);
    if ((st = find_end(p, piece, quoted, b, &v, &end, err)) != DYAD_OK)
        return st;
    b->bytes = v.bytes + start;
    b->n = end - start;
    b->offset = p->from + piece * BLOCK_BYTES + start;
    b->last = v.ended && end == v.n;
    if (b->bytes[b->n - 1] != '\n')
        b->bytes[b->n++] = '\n';
    return DYAD_OK;
}

void
pieces_free(struct pieces *p)
{
    if (p == NULL)
        return;
    free(p->parities);
    free(p->quoted);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->known_more);
    free(p);
}
