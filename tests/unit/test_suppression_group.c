/* The parts of programs/suppression_group.c, which no library holds; in place of counted.c what it is asked. */
#include "../../src/programs/suppression_group.c"

#include "check.h"
#include "scratch.h"

#include <stdatomic.h>

enum { MEMBERS = 6, COUNTS = 4, THRESHOLD = 11 };

static size_t seen_bases[MEMBERS], n_seen, n_ties;
static const struct counted *seen[MEMBERS];
static enum dyad_status tie_status;

/* No columns are related. */
enum dyad_status
counted_relate(struct counted *const *sets, struct disclosure *const *counts, size_t n)
{
    (void)sets;
    (void)counts;
    (void)n;
    return DYAD_OK;
}

/* The first counts of two members that follow each other are the same. */
enum dyad_status
counted_tie(const struct counted *const *sets, const size_t *bases, size_t n, struct disclosure *d)
{
    n_ties++;
    n_seen = n;
    for (size_t i = 0; i < n; i++) {
        seen[i] = sets[i];
        seen_bases[i] = bases[i];
        if (i)
            disclosure_same(d, bases[i - 1], bases[i]);
    }
    return tie_status;
}

/* One member: 4 of 60 where it is odd, else enough, and their sum; all published. */
struct member {
    struct suppression_member as;
    struct disclosure *counts;
    int64_t threshold;
    useconds_t late;
    bool leaves;
    pthread_t thread;
    atomic_bool was_before;
    enum dyad_status st;
    size_t first_count, first_figure;
    bool hidden[COUNTS];
    int64_t values[COUNTS];
};

static struct suppression_group *group;
static struct member members[MEMBERS];
static size_t n_members;

static void
before(void *context)
{
    atomic_store(&((struct member *)context)->was_before, true);
}

static void
count_people(struct member *m, bool small)
{
    m->counts = disclosure_new(m->threshold);
    CHECK(m->counts != NULL);
    const size_t everybody = disclosure_count(m->counts, 60), events = disclosure_count(m->counts, small ? 4 : 20);
    const size_t others = disclosure_count(m->counts, small ? 56 : 40), sum = disclosure_sum(m->counts);
    disclosure_part(m->counts, sum, events, 1);
    disclosure_part(m->counts, sum, others, 1);
    disclosure_same(m->counts, sum, everybody);
    for (size_t i = 0; i < COUNTS; i++)
        disclosure_shows(m->counts, disclosure_figure(m->counts), i);
}

static void *
come(void *member)
{
    struct member *m = member;
    struct disclosure *all = NULL;

    if (m->late)
        usleep(m->late);
    if (m->leaves) {
        suppression_group_leave(&m->as);
        suppression_group_leave(&m->as);
        return NULL;
    }
    struct counted *people = (struct counted *)(uintptr_t)m; /* told apart by that alone */
    m->st = suppression_group_decide(&m->as, m->threshold, m->counts, people, &all, &m->first_count, &m->first_figure);
    for (size_t i = 0; m->st == DYAD_OK && i < COUNTS; i++) {
        suppression_group_lock(group);
        m->hidden[i] = disclosure_is_hidden(all, m->first_figure + i);
        m->values[i] = disclosure_value(all, m->first_count + i);
        suppression_group_unlock(group);
    }
    suppression_group_leave(&m->as); /* it came: nothing */
    return NULL;
}

/* Members of which the how manyth comes at which time; NULL where one leaves. */
static void
run_group(size_t n, const useconds_t *late, const bool *leaves)
{
    group = suppression_group_new(n);
    CHECK(group != NULL);
    n_members = n;
    n_ties = n_seen = 0;
    for (size_t i = 0; i < n; i++) {
        members[i] = (struct member){ .as = { group, i, before, &members[i] }, .threshold = i == 1 ? THRESHOLD : 3,
                                      .late = late ? late[i] : 0, .leaves = leaves && leaves[i] };
        count_people(&members[i], i % 2);
    }
    for (size_t i = 0; i < n; i++)
        CHECK(pthread_create(&members[i].thread, NULL, come, &members[i]) == 0);
    for (size_t i = 0; i < n; i++)
        CHECK(pthread_join(members[i].thread, NULL) == 0);
    suppression_group_free(group);
    for (size_t i = 0; i < n; i++)
        disclosure_free(members[i].counts);
}

static void
decides_the_same_whoever_comes_first(void)
{
    struct member first[MEMBERS];
    uint64_t random = 3;

    for (int n = 0; n < 40; n++) {
        useconds_t late[MEMBERS] = { 0 };
        for (size_t i = 0; n && i < MEMBERS; i++)
            late[i] = (useconds_t)scratch_below(&random, 4) * 500;
        run_group(MEMBERS, late, NULL);
        CHECK(n_ties == 1 && n_seen == MEMBERS);
        for (size_t i = 0; i < MEMBERS; i++) {
            const struct member *m = &members[i];
            CHECK(m->st == DYAD_OK && m->was_before);
            CHECK(seen[i] == (const struct counted *)(uintptr_t)m && seen_bases[i] == m->first_count);
            CHECK(m->first_count >= i * COUNTS && (i == 0 || m->first_count > members[i - 1].first_count));
            CHECK(m->first_figure == i * COUNTS);
            CHECK(m->values[0] == 60 && m->values[1] == (i % 2 ? 4 : 20) && m->values[3] == 60);
            CHECK(m->hidden[1] == (i % 2 == 1)); /* by the largest threshold of all */
            CHECK(n == 0 || memcmp(m->hidden, first[i].hidden, sizeof m->hidden) == 0);
            first[i] = *m;
        }
    }
}

static void
waits_for_nobody_who_left(void)
{
    for (unsigned who = 1; who < 1u << MEMBERS; who++) {
        bool leaves[MEMBERS];
        useconds_t late[MEMBERS];
        size_t n_there = 0;
        for (size_t i = 0; i < MEMBERS; i++) {
            leaves[i] = (who >> i & 1) != 0;
            late[i] = who % 3 == 0 && leaves[i] ? 1000 : 0; /* the last to come or to leave decides */
            n_there += !leaves[i];
        }
        run_group(MEMBERS, late, leaves);
        CHECK(n_ties == 1 && n_seen == n_there);
        for (size_t i = 0, k = 0; i < MEMBERS; i++) {
            if (leaves[i])
                continue;
            CHECK(seen[k] == (const struct counted *)(uintptr_t)&members[i] && seen_bases[k] == members[i].first_count);
            CHECK(members[i].st == DYAD_OK && members[i].first_figure == k * COUNTS && members[i].values[0] == 60);
            k++;
        }
    }
}

static void
tells_everybody_what_went_wrong(void)
{
    tie_status = DYAD_NOMEM;
    run_group(3, NULL, NULL);
    tie_status = DYAD_OK;
    for (size_t i = 0; i < 3; i++)
        CHECK(members[i].st == DYAD_NOMEM);
}

static void
is_nothing_without_a_group(void)
{
    suppression_group_leave(&(struct suppression_member){ .group = NULL });
    suppression_group_lock(NULL);
    suppression_group_unlock(NULL);
    suppression_group_free(NULL);
    suppression_group_free(suppression_group_new(0));
    suppression_group_free(suppression_group_new(3));
}

int
main(void)
{
    RUN(decides_the_same_whoever_comes_first);
    RUN(waits_for_nobody_who_left);
    RUN(tells_everybody_what_went_wrong);
    RUN(is_nothing_without_a_group);
    return DONE();
}
