#include "dyad/data/dictionary.h"

#include "check.h"
#include "scratch.h"

#include "dyad/data/scan.h"

enum { FIELDS_MAX = 4096 };

/* A block of one column with these fields as they stand in the file, or bare. */
struct made {
    struct block block;
    struct text bytes;
    uint32_t ends[FIELDS_MAX + 1];
};

static const struct block *
make_block(struct made *m, const char *const *fields, size_t n, bool raw, uint64_t number)
{
    text_clear(&m->bytes);
    m->ends[0] = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        text_puts(&m->bytes, fields[i]);
        text_putc(&m->bytes, '\n');
        m->ends[i + 1] = (uint32_t)m->bytes.length - 1;
    }
    const size_t length = m->bytes.length;
    for (int i = 0; i < SCAN_PADDING; i++)
        text_putc(&m->bytes, '"');
    CHECK(!m->bytes.failed && length + SCAN_PADDING == m->bytes.length);
    m->block = (struct block){ .text = m->bytes.at,
                               .ends = m->ends,
                               .n_records = n,
                               .n_columns = 1,
                               .raw = raw,
                               .number = number };
    return &m->block;
}

static void
decode(struct dictionary *d, struct made *m, const char *const *fields, size_t n, bool raw,
       uint32_t *codes)
{
    dictionary_decode(d, make_block(m, fields, n, raw, 0), 0, (struct selection){ 0, n, NULL },
                      codes);
    CHECK(!dictionary_failed(d));
}

static void
gives_codes_in_the_order_of_appearance(void)
{
    static const char *const fields[] = { "b", "a", "b", "", "NA", ".", "c", "a", "na", "0", "00" };
    static const uint32_t wanted[] = { 1, 2, 1, 0, 0, 0, 3, 2, 4, 5, 6 };
    struct dictionary *d = dictionary_new(NULL);
    struct made m = { .bytes = TEXT_INIT };
    uint32_t codes[COUNT_OF(fields)];

    for (int again = 0; again < 2; again++) {
        decode(d, &m, fields, COUNT_OF(fields), true, codes);
        CHECK(memcmp(codes, wanted, sizeof wanted) == 0);
    }
    CHECK(dictionary_n_levels(d) == 6);
    assert_string_equal(dictionary_level(d, 4)->text, "na");
    CHECK(dictionary_level(d, 4)->length == 2 && dictionary_level(d, 4)->first.line == 8);
    CHECK(dictionary_level(d, 1)->first.line == 0);
    dictionary_free(d);
    text_release(&m.bytes);
}

static void
takes_quotes_and_padding_off_raw_fields(void)
{
    static const char *const fields[] = { "a",
                                          "\"a\"",
                                          " a",
                                          "a\t",
                                          "a\r",
                                          "\"a\"\r",
                                          "\" a\"",
                                          "\"a\"\"\"",
                                          "\"\"",
                                          "  ",
                                          "\"NA\"",
                                          "\"a longer field, quoted\"",
                                          "a longer field, quoted",
                                          "\"\"\"\"" };
    static const uint32_t wanted[] = { 1, 1, 1, 1, 1, 1, 2, 3, 0, 0, 0, 4, 4, 5 };
    struct dictionary *d = dictionary_new(NULL);
    struct made m = { .bytes = TEXT_INIT };
    uint32_t codes[COUNT_OF(fields)];

    decode(d, &m, fields, COUNT_OF(fields), true, codes);
    CHECK(memcmp(codes, wanted, sizeof wanted) == 0);
    assert_string_equal(dictionary_level(d, 2)->text, " a");
    assert_string_equal(dictionary_level(d, 3)->text, "a\"");
    assert_string_equal(dictionary_level(d, 5)->text, "\"");
    dictionary_free(d);
    text_release(&m.bytes);
}

/* Keys hold 16 bytes: what differs behind them, or only in length, is another value. */
static void
tells_long_values_apart(void)
{
    static const char *const fields[] = {
        "0123456789abcdef", "0123456789abcdefg", "0123456789abcdefh", "0123456789abcde",
        "0123456789abcdef", "0123456789abcdefh", "01234567",          "0123456",
        "012345678",        "0123456789abcdefg", "01234567"
    };
    static const uint32_t wanted[] = { 1, 2, 3, 4, 1, 3, 5, 6, 7, 2, 5 };
    struct dictionary *d = dictionary_new(NULL);
    struct made m = { .bytes = TEXT_INIT };
    uint32_t codes[COUNT_OF(fields)];

    for (int again = 0; again < 2; again++) {
        decode(d, &m, fields, COUNT_OF(fields), true, codes);
        CHECK(memcmp(codes, wanted, sizeof wanted) == 0);
    }
    dictionary_free(d);
    text_release(&m.bytes);
}

/* What libcsv has unpacked is a value as it stands, though the same bytes in a raw field were
 * another. */
static void
keeps_the_two_lanes_apart(void)
{
    static const char *const fields[] = { "\"a\"", " a", "a\r", "a", " ", "\r" };
    static const uint32_t raw[] = { 1, 1, 1, 1, 0, 0 }, bare[] = { 2, 3, 4, 1, 5, 6 };
    struct dictionary *d = dictionary_new(NULL);
    struct made m = { .bytes = TEXT_INIT };
    uint32_t codes[COUNT_OF(fields)];

    for (int again = 0; again < 3; again++) {
        decode(d, &m, fields, 6, true, codes);
        CHECK(memcmp(codes, raw, sizeof raw) == 0);
        decode(d, &m, fields, 6, false, codes);
        CHECK(memcmp(codes, bare, sizeof bare) == 0);
    }
    assert_string_equal(dictionary_level(d, 2)->text, "\"a\"");
    dictionary_free(d);
    text_release(&m.bytes);
}

static void
decodes_only_what_was_selected(void)
{
    static const char *const fields[] = { "a", "b", "c", "d", "e" };
    struct dictionary *d = dictionary_new(NULL);
    struct made m = { .bytes = TEXT_INIT };
    const uint32_t list[] = { 1, 4 };
    uint32_t codes[3] = { 9, 9, 9 };

    make_block(&m, fields, 5, true, 7);
    dictionary_decode(d, &m.block, 0, (struct selection){ 0, 2, list }, codes);
    CHECK(codes[0] == 1 && codes[1] == 2 && codes[2] == 9);
    assert_string_equal(dictionary_level(d, 2)->text, "e");
    CHECK(dictionary_level(d, 2)->first.line == 4 && dictionary_level(d, 2)->first.block == 7);
    dictionary_decode(d, &m.block, 0, (struct selection){ 2, 3, NULL }, codes);
    CHECK(codes[0] == 3 && codes[1] == 4 && codes[2] == 2);
    dictionary_free(d);
    text_release(&m.bytes);
}

static void
knows_what_means_missing(void)
{
    const char *const texts[] = { "-9", "unknown", "99" };
    const double numbers[] = { -9, NAN, 99 };
    const struct missing_values m = { texts, numbers, 3, 0 }, comma = { texts, numbers, 3, ',' };

    for (const char *const *t = (const char *const[]){ "", "NA", ".", "-9", "unknown", "99", "-9.0",
                                                       "99.00", "9.9e1", "+99", NULL };
         *t; t++)
        CHECK(missing_is(&m, *t, strlen(*t)));
    for (const char *const *t =
             (const char *const[]){ "na", "9", "-99", "Unknown", "N/A", "..", "NAN", "999", NULL };
         *t; t++)
        CHECK(!missing_is(&m, *t, strlen(*t)));
    CHECK(missing_is(&comma, "-9,0", 4) && !missing_is(&m, "-9,0", 4));
    CHECK(missing_is(&comma, "-9", 2));
    CHECK(missing_is(NULL, "", 0) && !missing_is(NULL, "-9", 2));
}

static void
leaves_missing_values_out_of_its_levels(void)
{
    const char *const texts[] = { "-9" };
    const double numbers[] = { -9 };
    const struct missing_values missing = { texts, numbers, 1, 0 };
    static const char *const fields[] = { "1", "-9", "-9.0", "\"-9\"", " -9", "9", "NA" };
    static const uint32_t wanted[] = { 1, 0, 0, 0, 0, 2, 0 };
    struct dictionary *d = dictionary_new(&missing);
    struct made m = { .bytes = TEXT_INIT };
    uint32_t codes[COUNT_OF(fields)];

    for (int again = 0; again < 2; again++) {
        decode(d, &m, fields, COUNT_OF(fields), true, codes);
        CHECK(memcmp(codes, wanted, sizeof wanted) == 0);
    }
    CHECK(dictionary_n_levels(d) == 2);
    dictionary_free(d);
    text_release(&m.bytes);
}

/* Many values of every length, against a search through all that came before. */
static void
agrees_with_a_plain_search(void)
{
    static char values[3000][48];
    const char *fields[FIELDS_MAX];
    uint32_t codes[FIELDS_MAX];
    struct dictionary *d = dictionary_new(NULL);
    static struct made m = { .bytes = TEXT_INIT };
    uint64_t seed = 21;
    size_t n_seen = 0;
    const char *seen[3000];

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const size_t length = 1 + scratch_below(&seed, i % 5 ? 18 : 46);
        for (size_t k = 0; k < length; k++)
            values[i][k] = "abAB01-_"[scratch_below(&seed, 8)];
        values[i][length] = '\0';
    }
    for (int round = 0; round < 40; round++) {
        for (size_t i = 0; i < FIELDS_MAX; i++)
            fields[i] = values[scratch_below(&seed, round % 2 ? COUNT_OF(values) : 20)];
        decode(d, &m, fields, FIELDS_MAX, round % 3 > 0, codes);
        for (size_t i = 0; i < FIELDS_MAX; i++) {
            size_t at = 0;
            while (at < n_seen && strcmp(seen[at], fields[i]) != 0)
                at++;
            if (at == n_seen)
                seen[n_seen++] = fields[i];
            CHECK(codes[i] == at + 1);
        }
    }
    CHECK(dictionary_n_levels(d) == n_seen);
    for (size_t i = 0; i < n_seen; i++)
        assert_string_equal(dictionary_level(d, (uint32_t)i + 1)->text, seen[i]);
    dictionary_free(d);
    text_release(&m.bytes);
}

static void
keeps_a_million_values(void)
{
    struct dictionary *d = dictionary_new(NULL);
    char text[16];

    for (uint32_t i = 1; i <= 1000000; i++) {
        const int n = snprintf(text, sizeof text, "id%u", i);
        CHECK(dictionary_code(d, text, (size_t)n, (struct place){ 0, i }) == i);
    }
    for (uint32_t i = 1; i <= 1000000; i += 997) {
        const int n = snprintf(text, sizeof text, "id%u", i);
        CHECK(dictionary_code(d, text, (size_t)n, (struct place){ 9, 9 }) == i);
        CHECK(dictionary_level(d, i)->first.line == i);
    }
    dictionary_free(d);
}

int
main(void)
{
    RUN(gives_codes_in_the_order_of_appearance);
    RUN(takes_quotes_and_padding_off_raw_fields);
    RUN(tells_long_values_apart);
    RUN(keeps_the_two_lanes_apart);
    RUN(decodes_only_what_was_selected);
    RUN(knows_what_means_missing);
    RUN(leaves_missing_values_out_of_its_levels);
    RUN(agrees_with_a_plain_search);
    RUN(keeps_a_million_values);
    return DONE();
}
