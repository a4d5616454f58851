#include "dyad/data/records.h"

#include "check.h"
#include "scratch.h"

/* Two columns of ${n} records: what record i holds follows from i; each 7th has no letter. */
static const char *
numbered_file(const char *name, size_t n, size_t from)
{
    char *text = malloc(32 * n + 32), *at = text;

    at += sprintf(at, "letter,number\n");
    for (size_t i = from; i < from + n; i++)
        at += i % 7 ? sprintf(at, "%c,%zu\n", (char)('a' + i % 5), i % 1000) : sprintf(at, ",%zu\n", i % 1000);
    const char *path = scratch_file(name, text, (size_t)(at - text));
    free(text);
    return path;
}

static struct records *
read_records(const struct cohort_options *o, struct cohort **c, size_t *letter, size_t *number)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    void *out = NULL;

    CHECK(cohort_open(o, c, &err) == DYAD_OK);
    CHECK(cohort_factor(*c, "letter", 100, letter, &err) == DYAD_OK);
    CHECK(cohort_factor(*c, "number", 10000, number, &err) == DYAD_OK);
    const size_t n = cohort_n_factors(*c);
    CHECK(cohort_run(*c, &records_accumulator, &n, &out, &err) == DYAD_OK);
    return out;
}

static void
check_records(const char *const *paths, size_t n_paths, size_t n_each, size_t threads)
{
    const struct cohort_options o = { .paths = paths, .n_paths = n_paths, .n_threads = threads };
    struct cohort *c;
    size_t letter, number, n, n_letters, n_numbers;
    struct records *r = read_records(&o, &c, &letter, &number);
    const struct record *list = records_list(r, &n);
    const struct level *letters = cohort_levels(c, letter, &n_letters), *numbers = cohort_levels(c, number, &n_numbers);

    CHECK(n == n_paths * n_each && n_letters == (n_each > 5 ? 5 : 2));
    for (size_t i = 0; i < n; i++) {
        const uint32_t a = list[i].codes[letter], b = list[i].codes[number];

        CHECK(i == 0 || place_before(list[i - 1].place, list[i].place));
        CHECK(b >= 1 && b <= n_numbers && strtoul(numbers[b - 1].text, NULL, 10) == i % 1000);
        if (i % 7 == 0)
            CHECK(a == 0);
        else
            CHECK(a >= 1 && a <= n_letters && letters[a - 1].text[0] == (char)('a' + i % 5));
    }
    records_free(r);
    cohort_close(c);
}

static void
keeps_records_in_the_order_of_the_files(void)
{
    enum { MANY = 100000 };
    const char *both[2] = { numbered_file("first.csv", MANY, 0), numbered_file("second.csv", MANY, MANY) };
    const char *few = numbered_file("few.csv", 3, 0);

    for (size_t threads = 1; threads <= 4; threads++) {
        check_records(both, 2, MANY, threads);
        check_records(&few, 1, 3, threads);
    }
}

static void
has_no_records_of_an_empty_file(void)
{
    const char *path = scratch_text("none.csv", "letter,number\n");
    const struct cohort_options o = { .paths = &path, .n_paths = 1, .n_threads = 2 };
    struct cohort *c;
    size_t letter, number, n = 9;
    struct records *r = read_records(&o, &c, &letter, &number);

    (void)records_list(r, &n);
    CHECK(n == 0);
    records_free(r);
    records_free(NULL);
    cohort_close(c);
}

int
main(void)
{
    RUN(keeps_records_in_the_order_of_the_files);
    RUN(has_no_records_of_an_empty_file);
    return DONE();
}
