/* The module is its program's alone: tested from its source, beside its neighbour, the tally. */
#include "../../src/data/neighbours.c"

#include "check.h"

enum { RECORDS_MOST = 1500, COLUMNS = 3, BYTES_MOST = 64 * 1024 };

static char text[BYTES_MOST];
static uint32_t ends[RECORDS_MOST * COLUMNS + 1];
static struct tally apart[COLUMNS], together[COLUMNS];
static struct problem_list said_apart, said_together;
static struct text scratch = TEXT_INIT;
static uint64_t ahead[CHUNK], behind[CHUNK], bits[CHUNK], bits_apart[CHUNK];
static uint32_t what[CHUNK];

/* A raw block of three columns: ${field} writes record i's field of a column. */
static struct block
block_of(uint64_t number, size_t n, void (*field)(char *out, size_t room, size_t i, size_t column))
{
    size_t at = 0;

    memset(text, 0, sizeof text);
    ends[0] = UINT32_MAX;
    for (size_t k = 0; k < n * COLUMNS; k++) {
        CHECK(at + 64 < sizeof text);
        field(text + at, 48, k / COLUMNS, k % COLUMNS);
        at += strlen(text + at);
        ends[k + 1] = (uint32_t)at;
        text[at++] = (k + 1) % COLUMNS ? ',' : '\n';
    }
    return (struct block){ .number = number, .text = text, .ends = ends, .n_records = n, .n_columns = COLUMNS, .raw = true };
}

static const struct missing_values none = { .decimal = '.' };
static const struct codebook_field plain = { .name = (char *)(uintptr_t) "a", .type = CODEBOOK_INTEGER, .min = 0, .max = 2 };
static const struct codebook_field wanted = { .name = (char *)(uintptr_t) "b", .type = CODEBOOK_TEXT, .min = NAN, .max = NAN,
                                              .required = true };

static void
begin(void)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct codebook_field *f = i == 0 ? &plain : i == 1 ? &wanted : NULL;
        CHECK(tally_init(&apart[i], &none, f) == DYAD_OK && tally_init(&together[i], &none, f) == DYAD_OK);
    }
    said_apart = said_together = (struct problem_list){ .n = 0 };
}

static void
end(void)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        tally_release(&apart[i]);
        tally_release(&together[i]);
    }
    text_release(&scratch);
}

/* Field by field. */
static void
take_apart(const struct chunk *c)
{
    memset(bits_apart, 0, sizeof bits_apart);
    for (size_t k = 0; k < c->n * COLUMNS; k++) {
        const size_t column = k % COLUMNS, i = k / COLUMNS, at = (c->first + i) * COLUMNS + column;
        const struct place place = block_place(c->block, c->first + i);
        size_t length;
        const char *bare = field_bare(text, (uint32_t)(ends[at] + 1), ends[at + 1], &scratch, &length);
        uint32_t code;
        CHECK(tally_code(&apart[column], bare, length, place, '.', &code));
        apart[column].counts[code]++;
        tally_tell(&apart[column], column, code, place, &said_apart);
        bits_apart[i] |= (uint64_t)(code == 0) << column;
    }
}

static void
take(struct neighbours *g, const struct block *b)
{
    static const struct sequence sequence = { SEQUENCE_AGAIN, 2, 0, true, true };
    const struct neighbours_view v = { together, &sequence, 1, &scratch, &said_together, bits, 1, ahead, behind, what };

    for (size_t first = 0; first < b->n_records; first += 100) {
        const struct chunk c = { NULL, b, first, b->n_records - first < 100 ? b->n_records - first : 100, '.' };
        memset(bits, 0, sizeof bits);
        memset(ahead, 0, sizeof ahead);
        memset(behind, 0, sizeof behind);
        take_apart(&c);
        CHECK(neighbours_chunk(g, &c, &v));
        CHECK(memcmp(bits, bits_apart, sizeof bits) == 0);
        for (size_t i = 0; i < c.n; i++) {
            const double x = apart[2].numbers[neighbours_code(g, what[i], 2)], y = apart[0].numbers[neighbours_code(g, what[i], 0)];
            CHECK((ahead[i] == 1) == (x > 0) && (behind[i] == 1) == (y <= 0));
        }
    }
}

/* Counts, levels, where each stands first, problems: all as one by one. */
static void
compare_tallies(void)
{
    for (size_t column = 0; column < COLUMNS; column++) {
        const struct tally *a = &apart[column], *b = &together[column];
        CHECK(a->known == b->known && a->n_texts == b->n_texts);
        CHECK(a->counts[0] == b->counts[0]);
        for (uint32_t code = 1; code < a->known; code++) {
            const struct level *l = dictionary_level(a->d, code);
            const uint32_t other = dictionary_find(b->d, l->text, l->length);
            CHECK(other && a->counts[code] == b->counts[other]);
            const struct place at = dictionary_level(b->d, other)->first;
            CHECK(at.block == l->first.block && at.line == l->first.line);
        }
        for (size_t i = 0; i < a->n_texts; i++)
            CHECK(a->texts[i].block == b->texts[i].block && a->texts[i].line == b->texts[i].line);
    }
    CHECK(memcmp(said_apart.counts, said_together.counts, sizeof said_apart.counts) == 0);
    CHECK(said_apart.n == said_together.n);
    for (size_t i = 0; i < said_apart.n; i++) {
        const struct problem_at *x = &said_apart.at[i], *y = &said_together.at[i];
        CHECK(x->rule == y->rule && x->column == y->column && x->place.line == y->place.line && x->place.block == y->place.block);
    }
}

static void
few(char *out, size_t room, size_t i, size_t column)
{
    static const char *const values[] = { "0", "1", "", "2", "3", "\"1\"", " 0 ", "yes", "-1" };

    snprintf(out, room, "%s%s", values[(i * 7 + column * 3 + i / 11) % 9], column == 2 && i % 2 ? "\r" : "");
}

static void
few_then_long(char *out, size_t room, size_t i, size_t column)
{
    if (column == 1 && i % 29 == 0)
        snprintf(out, room, "%zu is longer than sixteen bytes", i % 58);
    else
        few(out, room, i, column);
}

static size_t records_before;

static void
many(char *out, size_t room, size_t i, size_t column)
{
    i += records_before;
    snprintf(out, room, "%zu", column == 1 ? i * 37 % 1009 : i * (column + 1) % 50);
}

static void
counts_as_one_by_one(void)
{
    struct neighbours g;

    begin();
    CHECK(neighbours_init(&g, 0, COLUMNS));
    for (uint64_t number = 0; number < 4; number++) {
        const struct block b = block_of(number, RECORDS_MOST - 13 * number, number < 2 ? few : few_then_long);
        take(&g, &b);
        CHECK(!g.failing);
    }
    CHECK(g.n_known < 2000);
    CHECK(neighbours_fold(&g, together));
    compare_tallies();
    end();
}

static void
counts_what_becomes_too_many(void)
{
    struct neighbours g;

    begin();
    CHECK(neighbours_init(&g, 0, COLUMNS));
    for (uint64_t number = 0; number < 2; number++) {
        const struct block b = block_of(number, RECORDS_MOST, number ? many : few);
        take(&g, &b);
    }
    CHECK(!g.failing);
    for (uint64_t number = 2; number < 4; number++) {
        records_before = number * RECORDS_MOST;
        const struct block b = block_of(number, RECORDS_MOST - number, many);
        take(&g, &b);
    }
    CHECK(g.failing && g.n_known == KNOWN_TOGETHER_MAX);
    CHECK(neighbours_fold(&g, together));
    CHECK(g.slots == NULL && g.n == COLUMNS);
    records_before = 0;
    compare_tallies();
    end();
}

static void
long_ones(char *out, size_t room, size_t i, size_t column)
{
    snprintf(out, room, column == 1 && i % 10 == 0 ? "as long as this one" : "1");
}

static void
knows_what_suits(void)
{
    begin();
    struct block b = block_of(0, RECORDS_MOST, few);
    CHECK(neighbours_suit(&b, 0, 1, together) && neighbours_suit(&b, 0, 2, together) && neighbours_suit(&b, 0, 3, together));
    together[1].many = true;
    CHECK(!neighbours_suit(&b, 0, 2, together) && neighbours_suit(&b, 0, 1, together));
    together[1].many = false;
    b = block_of(0, RECORDS_MOST, many);
    CHECK(neighbours_suit(&b, 0, 1, together) && neighbours_suit(&b, 1, 1, together));
    CHECK(!neighbours_suit(&b, 0, 2, together));
    b = block_of(0, RECORDS_MOST, long_ones);
    CHECK(neighbours_suit(&b, 0, 1, together) && !neighbours_suit(&b, 1, 1, together));
    end();
}

int
main(void)
{
    RUN(counts_as_one_by_one);
    RUN(counts_what_becomes_too_many);
    RUN(knows_what_suits);
    return DONE();
}
