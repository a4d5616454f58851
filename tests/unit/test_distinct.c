#include "dyad/data/distinct.h"
#include "dyad/data/repeats.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static uint64_t
hash_of(unsigned i)
{
    char text[16];
    const int n = snprintf(text, sizeof text, "%u", i);
    return distinct_hash(text, (size_t)n);
}

static void
count_to(struct distinct *d, unsigned from, unsigned to)
{
    uint64_t hashes[512];

    while (from < to) {
        size_t n = 0;
        for (; n < 512 && from < to; n++)
            hashes[n] = hash_of(from++);
        CHECK(distinct_add(d, hashes, n));
    }
}

static void
counts_exactly_what_is_few(void)
{
    struct distinct a = DISTINCT_INIT, b = DISTINCT_INIT;
    bool exact;

    CHECK(distinct_count(&a, &exact) == 0 && exact);
    count_to(&a, 0, 60000);
    count_to(&a, 0, 100);
    count_to(&b, 50000, 90000);
    CHECK(distinct_count(&a, &exact) == 60000 && exact);
    CHECK(distinct_merge(&a, &b));
    CHECK(distinct_count(&a, &exact) == 90000 && exact);
    distinct_release(&a);
    distinct_release(&b);
}

/* Five standard errors of 0.81%. */
static void
estimates_what_is_many_the_same_in_any_parts(void)
{
    struct distinct whole = DISTINCT_INIT, a = DISTINCT_INIT, b = DISTINCT_INIT;
    bool exact;

    count_to(&whole, 0, 3000000);
    count_to(&a, 0, 500000);
    count_to(&b, 400000, 3000000);
    const uint64_t n = distinct_count(&whole, &exact);
    CHECK(!exact && n > 2878500 && n < 3121500);
    CHECK(distinct_merge(&a, &b));
    CHECK(distinct_count(&a, &exact) == n && !exact);
    distinct_release(&whole);
    distinct_release(&a);
    distinct_release(&b);
}

static void
tells_texts_apart(void)
{
    CHECK(distinct_hash("", 0) != 0);
    CHECK(distinct_hash("a", 1) != distinct_hash("b", 1));
    CHECK(distinct_hash("abcdefgh", 8) != distinct_hash("abcdefgh\0", 9));
    CHECK(distinct_hash("abcdefghi", 9) != distinct_hash("abcdefghj", 9));
}

static void
finds_repeats_with_their_places(void)
{
    struct repeats *all[2] = { repeats_new(), repeats_new() };
    struct place places[3];
    size_t n;
    uint64_t total;

    CHECK(all[0] && all[1]);
    for (unsigned i = 0; i < 1000; i++)
        CHECK(repeats_add(all[i % 2], hash_of(i), (struct place){ i / 100, i % 100 }));
    CHECK(repeats_find(all, 2, 3, places, &n, &total) && n == 0 && total == 0);
    /* the later of two is the repeat, whichever thread had it and whichever came first */
    CHECK(repeats_add(all[0], hash_of(7), (struct place){ 20, 1 }));
    CHECK(repeats_add(all[1], hash_of(7), (struct place){ 15, 2 }));
    CHECK(repeats_add(all[1], hash_of(500), (struct place){ 4, 99 }));
    CHECK(repeats_add(all[0], hash_of(900), (struct place){ 30, 0 }));
    CHECK(repeats_find(all, 2, 3, places, &n, &total));
    CHECK(n == 3 && total == 4);
    CHECK(places[0].block == 5 && places[0].line == 0); /* 500, of which block 4 is the first */
    CHECK(places[1].block == 15 && places[1].line == 2);
    CHECK(places[2].block == 20 && places[2].line == 1);
    repeats_free(all[0]);
    repeats_free(all[1]);
}

int
main(void)
{
    RUN(counts_exactly_what_is_few);
    RUN(estimates_what_is_many_the_same_in_any_parts);
    RUN(tells_texts_apart);
    RUN(finds_repeats_with_their_places);
    return DONE();
}
