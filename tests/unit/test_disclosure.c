#include "dyad/stats/disclosure.h"

#include "check.h"

enum { CELLS = 4, COUNTS = 9 };

/* A two-by-two table with its margins: cells, rows, columns, total; each is published. */
struct square {
    struct disclosure *d;
    size_t counts[COUNTS], figures[COUNTS];
};

static void
add_up(struct square *s, size_t sum, size_t a, size_t b)
{
    disclosure_part(s->d, s->counts[sum], s->counts[a], 1);
    disclosure_part(s->d, s->counts[sum], s->counts[b], 1);
}

static struct square
make_square(int64_t threshold, const int64_t *cells)
{
    static const size_t parts[][2] = { { 0, 1 }, { 2, 3 }, { 0, 2 }, { 1, 3 }, { 4, 5 } };
    struct square s = { .d = disclosure_new(threshold) };

    CHECK(s.d != NULL);
    for (size_t i = 0; i < COUNTS; i++) {
        s.counts[i] = i < CELLS ? disclosure_count(s.d, cells[i]) : disclosure_sum(s.d);
        if (i >= CELLS)
            add_up(&s, i, parts[i - CELLS][0], parts[i - CELLS][1]);
    }
    /* The columns add up to the total as well. */
    const size_t total = disclosure_sum(s.d);
    disclosure_part(s.d, total, s.counts[6], 1);
    disclosure_part(s.d, total, s.counts[7], 1);
    disclosure_same(s.d, total, s.counts[8]);
    for (size_t i = 0; i < COUNTS; i++) {
        s.figures[i] = disclosure_figure(s.d);
        disclosure_shows(s.d, s.figures[i], s.counts[i]);
    }
    CHECK(disclosure_protect(s.d) == DYAD_OK);
    return s;
}

static bool
is_small(const struct square *s, size_t i, int64_t threshold)
{
    const int64_t value = disclosure_value(s->d, s->counts[i]);
    return value > 0 && value < threshold;
}

/* Every table that there could be, tried one after the other: no linear programs. */
static void
attack(const struct square *s, int64_t threshold, int64_t most)
{
    int64_t low[COUNTS], high[COUNTS];
    int64_t c[COUNTS];

    for (size_t i = 0; i < COUNTS; i++) {
        low[i] = INT64_MAX;
        high[i] = -1;
    }
    for (c[0] = 0; c[0] <= most; c[0]++)
        for (c[1] = 0; c[1] <= most; c[1]++)
            for (c[2] = 0; c[2] <= most; c[2]++)
                for (c[3] = 0; c[3] <= most; c[3]++) {
                    bool fits = true;
                    c[4] = c[0] + c[1];
                    c[5] = c[2] + c[3];
                    c[6] = c[0] + c[2];
                    c[7] = c[1] + c[3];
                    c[8] = c[4] + c[5];
                    for (size_t i = 0; i < COUNTS && fits; i++)
                        fits = disclosure_is_hidden(s->d, s->figures[i]) ||
                               c[i] == disclosure_value(s->d, s->counts[i]);
                    for (size_t i = 0; i < COUNTS && fits; i++) {
                        low[i] = c[i] < low[i] ? c[i] : low[i];
                        high[i] = c[i] > high[i] ? c[i] : high[i];
                    }
                }
    for (size_t i = 0; i < COUNTS; i++) {
        struct disclosure_range r;
        CHECK(!is_small(s, i, threshold) || (high[i] >= threshold && high[i] - low[i] >= threshold - 2));
        CHECK(!disclosure_is_hidden(s->d, s->figures[i]) || low[i] < high[i]);
        CHECK(disclosure_range(s->d, s->counts[i], &r) == DYAD_OK);
        CHECK(r.low == low[i]);
        CHECK(r.high == high[i] || (r.high > most && high[i] >= most));
    }
}

static void
leaves_every_small_count_its_whole_range(void)
{
    uint64_t random = 20;

    for (int table = 0; table < 150; table++) {
        const int64_t threshold = 3 + table % 3;
        int64_t cells[CELLS];
        for (size_t i = 0; i < CELLS; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            cells[i] = (int64_t)(random >> 33) % 9;
        }
        struct square s = make_square(threshold, cells);
        attack(&s, threshold, 20);
        disclosure_free(s.d);
    }
}

static void
hides_nothing_where_nothing_is_small(void)
{
    const int64_t cells[] = { 11, 0, 30, 12 };
    struct square s = make_square(11, cells);

    for (size_t i = 0; i < COUNTS; i++)
        CHECK(!disclosure_is_hidden(s.d, s.figures[i]) && disclosure_is_known(s.d, s.counts[i]));
    disclosure_free(s.d);
}

/* 3 alone would follow from its row and from its column: three cells more have to go. */
static void
hides_a_cell_besides_in_each_row_and_column(void)
{
    const int64_t cells[] = { 3, 40, 50, 60 };
    struct square s = make_square(11, cells);
    struct disclosure_range r;

    for (size_t i = 0; i < COUNTS; i++)
        CHECK(disclosure_is_hidden(s.d, s.figures[i]) == (i < CELLS));
    CHECK(disclosure_range(s.d, s.counts[0], &r) == DYAD_OK);
    CHECK(r.low == 0 && r.high == 43);
    disclosure_free(s.d);
}

/* 5 of 60 and all 60 told, 55 not: a share of 60 would say both. */
static void
hides_what_is_computed_from_a_hidden_count(void)
{
    struct disclosure *d = disclosure_new(11);
    const size_t events = disclosure_count(d, 5), others = disclosure_count(d, 55), n = disclosure_sum(d);

    disclosure_part(d, n, events, 1);
    disclosure_part(d, n, others, 1);
    const size_t told = disclosure_figure(d), share = disclosure_figure(d);
    disclosure_shows(d, told, n);
    disclosure_shows(d, share, events);
    disclosure_shows(d, share, n);
    CHECK(disclosure_protect(d) == DYAD_OK);
    CHECK(!disclosure_is_hidden(d, told) && disclosure_is_hidden(d, share));
    CHECK(!disclosure_is_known(d, events) && !disclosure_is_known(d, others));
    disclosure_free(d);
}

/* 2 without the event, who stand nowhere: 48 of 50 says it all the same. */
static void
protects_what_is_not_published(void)
{
    struct disclosure *d = disclosure_new(11);
    const size_t events = disclosure_count(d, 48), others = disclosure_count(d, 2), n = disclosure_sum(d);

    disclosure_part(d, n, events, 1);
    disclosure_part(d, n, others, 1);
    const size_t first = disclosure_figure(d), second = disclosure_figure(d);
    disclosure_shows(d, first, n);
    disclosure_shows(d, second, events);
    CHECK(disclosure_protect(d) == DYAD_OK);
    CHECK(disclosure_is_hidden(d, first) != disclosure_is_hidden(d, second));
    disclosure_free(d);
}

/* 10 and 10 of 20: whoever knows that both are small, of the threshold 11, knows both. */
static void
withstands_one_who_knows_which_are_small(void)
{
    struct disclosure *d = disclosure_new(11);
    const size_t a = disclosure_count(d, 10), b = disclosure_count(d, 10), sum = disclosure_sum(d);

    disclosure_part(d, sum, a, 1);
    disclosure_part(d, sum, b, 1);
    const size_t counts[] = { a, b, sum };
    size_t figures[3];
    for (size_t i = 0; i < 3; i++) {
        figures[i] = disclosure_figure(d);
        disclosure_shows(d, figures[i], counts[i]);
    }
    CHECK(disclosure_protect(d) == DYAD_OK);
    CHECK(disclosure_is_hidden(d, figures[2]));
    CHECK(disclosure_n_told(d) == 0);
    disclosure_free(d);
}

/* Sets of two with three records each: 12 records are 4 sets. */
static void
knows_how_often_a_part_counts(void)
{
    struct disclosure *d = disclosure_new(11);
    const size_t sets = disclosure_count(d, 4), records = disclosure_sum(d), figure = disclosure_figure(d);

    disclosure_part(d, records, sets, 3);
    disclosure_shows(d, figure, records);
    CHECK(disclosure_value(d, records) == 12);
    CHECK(disclosure_protect(d) == DYAD_OK);
    CHECK(disclosure_is_hidden(d, figure));
    disclosure_free(d);
}

/* What is appended means what it meant: the same is hidden, and ranges are the same, wherever its numbers begin. */
static void
means_the_same_behind_others(void)
{
    const int64_t cells[][CELLS] = { { 3, 40, 50, 60 }, { 20, 30, 2, 9 }, { 1, 1, 1, 1 } };
    struct disclosure *all = disclosure_new(11);
    struct square alone[3];
    size_t counts[3], figures[3];

    CHECK(all != NULL);
    for (size_t i = 0; i < 3; i++) {
        alone[i] = make_square(11, cells[i]);
        disclosure_append(all, alone[i].d, &counts[i], &figures[i]);
        CHECK(figures[i] == i * COUNTS && (i == 0) == (counts[i] == 0));
    }
    CHECK(disclosure_protect(all) == DYAD_OK);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < COUNTS; k++) {
            const size_t count = alone[i].counts[k];
            struct disclosure_range own, behind;
            CHECK(disclosure_value(all, counts[i] + count) == disclosure_value(alone[i].d, count));
            CHECK(disclosure_is_hidden(all, figures[i] + alone[i].figures[k]) ==
                  disclosure_is_hidden(alone[i].d, alone[i].figures[k]));
            CHECK(disclosure_is_known(all, counts[i] + count) == disclosure_is_known(alone[i].d, count));
            CHECK(disclosure_range(alone[i].d, count, &own) == DYAD_OK);
            CHECK(disclosure_range(all, counts[i] + count, &behind) == DYAD_OK);
            CHECK(own.low == behind.low && own.high == behind.high);
        }
    for (size_t i = 0; i < 3; i++)
        disclosure_free(alone[i].d);
    disclosure_free(all);
}

/* Of two that are tied what is hidden in one is in the other. */
static void
hides_in_both_what_both_show(void)
{
    const int64_t cells[] = { 3, 40, 50, 60 };
    struct square one = make_square(11, cells);
    struct disclosure *d = disclosure_new(11);
    size_t counts[2], figures[2];

    for (size_t i = 0; i < 2; i++)
        disclosure_append(d, one.d, &counts[i], &figures[i]);
    for (size_t k = 0; k < CELLS; k++)
        disclosure_same(d, counts[0] + one.counts[k], counts[1] + one.counts[k]);
    CHECK(disclosure_protect(d) == DYAD_OK);
    for (size_t k = 0; k < COUNTS; k++)
        CHECK(disclosure_is_hidden(d, figures[0] + k) == disclosure_is_hidden(d, figures[1] + k));
    CHECK(disclosure_is_hidden(d, figures[0] + one.figures[0]));
    disclosure_free(one.d);
    disclosure_free(d);
}

int
main(void)
{
    RUN(leaves_every_small_count_its_whole_range);
    RUN(hides_nothing_where_nothing_is_small);
    RUN(hides_a_cell_besides_in_each_row_and_column);
    RUN(hides_what_is_computed_from_a_hidden_count);
    RUN(protects_what_is_not_published);
    RUN(withstands_one_who_knows_which_are_small);
    RUN(knows_how_often_a_part_counts);
    RUN(means_the_same_behind_others);
    RUN(hides_in_both_what_both_show);
    return DONE();
}
