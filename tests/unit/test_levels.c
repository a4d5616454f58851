#include "dyad/data/levels.h"

#include "check.h"
#include "scratch.h"

static struct level
level_of(const char *text)
{
    return (struct level){ .text = text, .length = strlen(text) };
}

/* Sorts the words, which stand in the order they are wanted in, from two wrong orders. */
static void
check_order(const char *const *wanted, size_t n, const struct level_order *order)
{
    struct level levels[16];

    for (size_t shift = 0; shift < n; shift++)
        for (int backwards = 0; backwards < 2; backwards++) {
            for (size_t i = 0; i < n; i++)
                levels[i] = level_of(wanted[(backwards ? n - 1 - i : i + shift) % n]);
            CHECK(levels_sort(levels, n, order));
            for (size_t i = 0; i < n; i++)
                assert_string_equal(levels[i].text, wanted[i]);
        }
}

#define CHECK_ORDER(order, ...)                                                                    \
    do {                                                                                           \
        const char *const words[] = { __VA_ARGS__ };                                               \
        check_order(words, COUNT_OF(words), order);                                                \
    } while (0)

static void
puts_numbers_in_ascending_order(void)
{
    CHECK_ORDER(NULL, "-3", "0", "2", "10", "1e2");
    CHECK_ORDER(NULL, "05", "5", "5.0", "6"); /* equal numbers bytewise */
    CHECK_ORDER(NULL, "-1.5", "-0.5", ".25");
}

static void
puts_no_before_yes(void)
{
    CHECK_ORDER(NULL, "no", "yes");
    CHECK_ORDER(NULL, "N", "Y");
    CHECK_ORDER(NULL, "FALSE", "n", "True", "YES");
    CHECK_ORDER(NULL, "0", "no", "1", "yes"); /* not all numbers, but all truths */
    CHECK_ORDER(NULL, "0", "1");
}

static void
puts_all_else_in_order_of_bytes(void)
{
    CHECK_ORDER(NULL, "10", "9", "a");
    CHECK_ORDER(NULL, "Zebra", "apple", "banana",
                "\xc3\xa9"
                "clair");
    CHECK_ORDER(NULL, "maybe", "no", "yes");
    CHECK_ORDER(NULL, "1e999", "5", "7"); /* no double holds the first */
}

static void
follows_the_order_asked_for_and_puts_the_rest_behind(void)
{
    char *values[] = { (char[]){ "high" }, (char[]){ "10" }, (char[]){ "absent" } };
    const struct level_order order = { NULL, values, 3 };

    CHECK_ORDER(&order, "high", "10", "2", "9");
    CHECK_ORDER(&order, "high", "Apple", "low");
    char *numbers[] = { (char[]){ "3" } };
    const struct level_order last_first = { NULL, numbers, 1 };
    CHECK_ORDER(&last_first, "3", "1", "2", "10");
}

static void
does_not_depend_on_the_order_of_the_records(void)
{
    struct level a[200], b[200];
    char words[200][8];
    uint64_t seed = 9;

    for (size_t i = 0; i < 200; i++) {
        snprintf(words[i], sizeof words[i], "%c%zu", (char)('a' + i % 7), i);
        a[i] = b[i] = level_of(words[i]);
    }
    for (size_t i = 199; i > 0; i--) {
        const size_t k = scratch_below(&seed, i + 1);
        const struct level swapped = b[i];
        b[i] = b[k];
        b[k] = swapped;
    }
    CHECK(levels_sort(a, 200, NULL) && levels_sort(b, 200, NULL));
    for (size_t i = 0; i < 200; i++)
        CHECK(a[i].text == b[i].text);
    CHECK(levels_sort(a, 0, NULL));
}

static void
knows_truths(void)
{
    static const char *const yes[] = { "1", "yes", "Y", "TRUE", "1.0", "1e0", "+1" };
    static const char *const no[] = { "0", "No", "n", "false", "0.0", "-0" };
    static const char *const neither[] = { "2", "", "t", "on", "yes ", "-1", "unknown" };
    struct level l;

    for (size_t i = 0; i < COUNT_OF(yes); i++)
        CHECK((l = level_of(yes[i]), level_truth(&l)) == 1);
    for (size_t i = 0; i < COUNT_OF(no); i++)
        CHECK((l = level_of(no[i]), level_truth(&l)) == 0);
    for (size_t i = 0; i < COUNT_OF(neither); i++)
        CHECK((l = level_of(neither[i]), level_truth(&l)) == -1);
}

int
main(void)
{
    RUN(puts_numbers_in_ascending_order);
    RUN(puts_no_before_yes);
    RUN(puts_all_else_in_order_of_bytes);
    RUN(follows_the_order_asked_for_and_puts_the_rest_behind);
    RUN(does_not_depend_on_the_order_of_the_records);
    RUN(knows_truths);
    return DONE();
}
