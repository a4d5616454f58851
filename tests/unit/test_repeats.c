#include "dyad/data/repeats.h"

#include "check.h"

enum { THREADS = 3, MOST = 100 };

static struct repeats *all[THREADS];
static struct place places[MOST];
static size_t n_places;
static uint64_t total;

static void
begin(void)
{
    for (size_t i = 0; i < THREADS; i++)
        CHECK((all[i] = repeats_new()) != NULL);
}

static void
find(void)
{
    CHECK(repeats_find(all, THREADS, MOST, places, &n_places, &total));
    for (size_t i = 0; i < THREADS; i++)
        repeats_free(all[i]);
}

static void
add(size_t thread, uint64_t hash, uint64_t block, uint64_t line)
{
    CHECK(repeats_add(all[thread], hash, (struct place){ block, line }));
}

static bool
is_at(size_t i, uint64_t block, uint64_t line)
{
    return i < n_places && places[i].block == block && places[i].line == line;
}

static void
knows_the_later_of_two(void)
{
    begin();
    add(0, 7, 0, 3);
    add(1, 7, 5, 0);
    add(1, UINT64_MAX, 5, 1);
    add(0, 7, 2, 9);
    add(2, UINT64_MAX, 1, 0);
    find();
    CHECK(total == 3 && n_places == 3);
    CHECK(is_at(0, 2, 9) && is_at(1, 5, 0) && is_at(2, 5, 1));
}

/* Every bit of a hash tells records apart, and lines and blocks keep all of theirs. */
static void
keeps_all_bits(void)
{
    begin();
    add(0, 0, 0, 0);
    for (unsigned bit = 0; bit < 64; bit++)
        add(bit % THREADS, UINT64_C(1) << bit, 1, bit);
    add(1, 1, 2, 0);
    add(1, 1, 3, 0xfffffe);
    add(1, 1, 4, 0x8000);
    add(1, 1, 5, 0x7fff);
    add(1, 1, UINT32_MAX, 0x10000);
    find();
    CHECK(total == 5 && n_places == 5);
    CHECK(is_at(0, 2, 0) && is_at(1, 3, 0xfffffe) && is_at(2, 4, 0x8000) && is_at(3, 5, 0x7fff));
    CHECK(is_at(4, UINT32_MAX, 0x10000));
}

/* Many of one part, over many blocks: the second half repeats the first. */
static void
counts_many(void)
{
    const uint64_t n = 10000;

    begin();
    for (uint64_t i = 0; i < 2 * n; i++)
        add(i / 3000 % THREADS, (i % n) * 4096, i / 300, i % 300);
    find();
    CHECK(total == n && n_places == MOST);
    for (size_t i = 0; i < MOST; i++)
        CHECK(is_at(i, (n + i) / 300, (n + i) % 300));
}

int
main(void)
{
    RUN(knows_the_later_of_two);
    RUN(keeps_all_bits);
    RUN(counts_many);
    return DONE();
}
