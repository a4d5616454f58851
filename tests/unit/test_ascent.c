/* The module is its program's alone: tested from its source. */
#include "../../src/data/ascent.c"

#include "check.h"

enum { FIELDS_MOST = 16 };

/* A block of one column whose fields are separated by '|', with room to read behind them. */
struct lines {
    char text[256];
    uint32_t ends[FIELDS_MOST + 1];
    struct block block;
};

static const struct block *
lines_of(struct lines *l, uint64_t number, const char *text)
{
    size_t n = 0;

    memset(l, 0, sizeof *l);
    memcpy(l->text, text, strlen(text));
    l->ends[0] = UINT32_MAX;
    for (size_t i = 0; l->text[i]; i++)
        if (l->text[i] == '|')
            l->ends[++n] = (uint32_t)i;
    l->block = (struct block){ .number = number, .text = l->text, .ends = l->ends, .n_records = n, .n_columns = 1, .raw = true };
    return &l->block;
}

static bool
ascends(const char *text)
{
    struct ascent a = ASCENT_INIT;
    struct text scratch = TEXT_INIT;
    struct lines l;
    bool answer;

    CHECK(ascent_add(&a, lines_of(&l, 0, text), 0, &scratch, &answer));
    CHECK(a.n == (answer && l.block.n_records > 0));
    ascent_release(&a);
    text_release(&scratch);
    return answer;
}

static void
knows_values_that_ascend(void)
{
    CHECK(ascends(""));
    CHECK(ascends("7|"));
    CHECK(ascends("|1|2|9|10|11|99|100|"));
    CHECK(ascends("007|008|010|"));
    CHECK(ascends("\"1\"| 2 |3\r|\"\"\"\"\"4\"|"));
    CHECK(ascends("abcdefgh1|abcdefgh2|"));
    CHECK(ascends("1234567812345678|1234567812345679|"));
}

static void
knows_values_that_do_not(void)
{
    CHECK(!ascends("1|1|"));
    CHECK(!ascends("2|1|"));
    CHECK(!ascends("10|9|"));
    CHECK(!ascends("||"));
    CHECK(!ascends("1|\"1\"|"));
    CHECK(!ascends("1| 1|"));
    CHECK(!ascends("\"\"\"\"|\"\"\"\"|"));
    CHECK(!ascends("abcdefgh2|abcdefgh1|"));
    CHECK(!ascends("abcdefgh|abcdefgh|"));
    CHECK(!ascends("1|12345678123456789|")); /* too long to be kept */
}

static void
joins_the_blocks_of_threads(void)
{
    struct ascent a = ASCENT_INIT, b = ASCENT_INIT;
    struct text scratch = TEXT_INIT;
    struct lines l;
    bool answer;

    CHECK(ascent_sort(&a) && !ascent_has(&a, 0));
    CHECK(ascent_add(&a, lines_of(&l, 4, "50|60|"), 0, &scratch, &answer) && answer);
    CHECK(ascent_add(&b, lines_of(&l, 1, "1|20|"), 0, &scratch, &answer) && answer);
    CHECK(ascent_add(&b, lines_of(&l, 2, "9|8|"), 0, &scratch, &answer) && !answer);
    CHECK(ascent_add(&b, lines_of(&l, 7, "61|"), 0, &scratch, &answer) && answer);
    CHECK(ascent_join(&a, &b) && ascent_sort(&a));
    CHECK(a.n == 3 && a.blocks[0].number == 1 && a.blocks[2].number == 7);
    CHECK(ascent_has(&a, 1) && ascent_has(&a, 4) && ascent_has(&a, 7) && !ascent_has(&a, 2) && !ascent_has(&a, 0));
    CHECK(ascent_add(&a, lines_of(&l, 3, "20|21|"), 0, &scratch, &answer) && answer);
    CHECK(!ascent_sort(&a)); /* 20 ends a block and begins the next */
    ascent_release(&a);
    ascent_release(&b);
    text_release(&scratch);
}

int
main(void)
{
    RUN(knows_values_that_ascend);
    RUN(knows_values_that_do_not);
    RUN(joins_the_blocks_of_threads);
    return DONE();
}
