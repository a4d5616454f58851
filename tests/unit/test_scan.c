#include "dyad/data/scan.h"

#include "check.h"
#include "scratch.h"

#include "dyad/core/text.h"
#include "dyad/data/reader.h"
#include "dyad/data/record.h"

static const enum scan_vectors machines[] = { SCAN_BASE, SCAN_AVX2, SCAN_AVX512 };

enum { BYTES_MAX = 2048 };

/* The rules of scan.h, a byte at a time. */
static void
index_plainly(const char *bytes, size_t n, char delimiter, uint32_t *ends,
              struct scan_result *found)
{
    bool quoted = false, closed = false, fresh = true; /* fresh: a field may begin */

    *found = (struct scan_result){ .regular = true };
    for (size_t i = 0; i < n; i++) {
        const char c = bytes[i];
        const bool was_closed = closed, was_fresh = fresh;

        closed = fresh = false;
        found->zero_byte = found->zero_byte || c == '\0';
        found->high_bytes = found->high_bytes || (unsigned char)c > 127;
        if (quoted) {
            found->inner_lines = found->inner_lines || c == '\n' || c == '\r';
            closed = c == '"';
            quoted = !closed;
        } else if (c == '"') {
            if (!was_fresh && !was_closed)
                found->regular = false;
            quoted = true;
        } else {
            fresh = c == delimiter || c == '\n';
            if (was_closed && !fresh && c != '\r')
                found->regular = false;
            if (c == '\r' && bytes[i + 1] != '\n')
                found->regular = false;
            if (fresh)
                ends[found->n_ends++] = (uint32_t)i;
            found->n_lines += c == '\n';
        }
    }
    if (quoted)
        found->regular = false;
}

static bool
same_finding(const struct scan_result *a, const struct scan_result *b)
{
    return a->n_ends == b->n_ends && a->n_lines == b->n_lines && a->regular == b->regular &&
           a->zero_byte == b->zero_byte && a->high_bytes == b->high_bytes &&
           a->inner_lines == b->inner_lines;
}

static void
check_index(const char *bytes, size_t n, char delimiter)
{
    static uint32_t wanted[BYTES_MAX + 64], ends[BYTES_MAX + 64];
    struct scan_result plain, found;

    index_plainly(bytes, n, delimiter, wanted, &plain);
    for (size_t m = 0; m < COUNT_OF(machines); m++) {
        memset(ends, 0xff, sizeof ends); /* what the machine before found must not help */
        scan_index_with(machines[m], bytes, n, delimiter, ends, &found);
        CHECK(same_finding(&plain, &found));
        CHECK(memcmp(ends, wanted, plain.n_ends * sizeof *ends) == 0);
    }
}

static void
finds_the_same_on_every_machine(void)
{
    static const char alphabet[] = "aaab12,,,\"\"\"\n\n\r; \t\x80\xc3";
    static char bytes[BYTES_MAX + SCAN_PADDING];
    uint64_t seed = 1;

    for (int round = 0; round < 60000; round++) {
        const size_t n = 1 + scratch_below(&seed, round % 10 ? 200 : BYTES_MAX);
        const size_t letters = 4 + scratch_below(&seed, sizeof alphabet - 4);
        for (size_t i = 0; i < n; i++)
            bytes[i] = alphabet[scratch_below(&seed, letters)];
        if (round % 50 == 0)
            bytes[scratch_below(&seed, n)] = '\0';
        bytes[n - 1] = '\n';
        /* What lies behind the end must not count. */
        memset(bytes + n, round % 2 ? '"' : ',', SCAN_PADDING);
        check_index(bytes, n, round % 3 ? ',' : ';');
    }
}

/* Every pair of bytes that matter, at every place of two vectors. */
static void
carries_over_the_edges_of_vectors(void)
{
    static const char odd[] = "a,\"\n\r";
    char bytes[192 + SCAN_PADDING];

    for (size_t at = 0; at + 3 < 192; at++)
        for (size_t k = 0; k < 125; k++) {
            memset(bytes, 'x', sizeof bytes);
            bytes[at] = odd[k % 5];
            bytes[at + 1] = odd[k / 5 % 5];
            bytes[at + 2] = odd[k / 25];
            bytes[191] = '\n';
            check_index(bytes, 192, ',');
        }
}

static size_t
last_end_plainly(const char *bytes, size_t n, bool *quoted)
{
    size_t lf = 0, cr = 0;

    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '"')
            *quoted = !*quoted;
        else if (!*quoted && bytes[i] == '\n')
            lf = i + 1;
        else if (!*quoted && bytes[i] == '\r' && i + 1 < n)
            cr = i + 1;
    }
    return lf ? lf : cr;
}

static void
finds_the_last_whole_record_piece_by_piece(void)
{
    static const char alphabet[] = "abc,\"\"\n\r";
    char bytes[600];
    uint64_t seed = 2;

    for (int round = 0; round < 40000; round++) {
        const size_t n = scratch_below(&seed, sizeof bytes), cut = scratch_below(&seed, n + 1);
        const size_t letters = 3 + scratch_below(&seed, sizeof alphabet - 3);
        bool quoted = false;
        struct scan_state state = { 0 };

        for (size_t i = 0; i < n; i++)
            bytes[i] = alphabet[scratch_below(&seed, letters)];
        CHECK(scan_last_end(bytes, cut, &state) == last_end_plainly(bytes, cut, &quoted));
        CHECK((state.quoted != 0) == quoted);
        CHECK(scan_last_end(bytes + cut, n - cut, &state) ==
              last_end_plainly(bytes + cut, n - cut, &quoted));
        CHECK((state.quoted != 0) == quoted);
    }
}

/* --- the scanner against libcsv ----------------------------------------------------------- */

/* A field as a careful or careless program may write it. */
static size_t
put_field(uint64_t *seed, char *out, bool careless)
{
    static const char *const careful[] = {
        "",        "a",        "12",         "-1.5",   "\"q\"",
        "\"a,b\"", "\"\"",     "\"x\"\"y\"", "\"\n\"", "\"a\r\nb\"",
        " a ",     "\xc3\xa9", "\"\"\"\"",   "\t7",    "\"  \"",
        "b c",     "\";\"",    "\"\r\"",     "NA",     "a longer field than a key"
    };
    static const char *const odd[] = { "\"a\" ", " \"a\"",      "5\" pipe", "\"ab\"cd", "\"",
                                       "a\rb",   "\"a\" \"b\"", "\"a\n",    "'" };
    const bool is_odd = careless && scratch_below(seed, 12) == 0;
    const char *field = is_odd ? odd[scratch_below(seed, COUNT_OF(odd))]
                               : careful[scratch_below(seed, COUNT_OF(careful))];

    memcpy(out, field, strlen(field));
    return strlen(field);
}

static size_t
put_table(uint64_t *seed, char *out, size_t n_columns, bool careless)
{
    static const char *const line_ends[] = {
        "\n", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n \n"
    };
    const size_t usual = scratch_below(seed, 3), n_records = scratch_below(seed, 12);
    size_t n = 0;

    for (size_t r = 0; r < n_records; r++) {
        const size_t n_fields =
            careless && scratch_below(seed, 30) == 0 ? n_columns + 1 : n_columns;
        for (size_t c = 0; c < n_fields; c++) {
            if (c)
                out[n++] = ',';
            n += put_field(seed, out + n, careless);
        }
        const char *end =
            line_ends[careless && scratch_below(seed, 8) == 0 ? scratch_below(seed, 7) : usual];
        memcpy(out + n, end, strlen(end));
        n += strlen(end);
    }
    if (n == 0 || out[n - 1] != '\n')
        out[n++] = '\n';
    return n;
}

static void
check_against_libcsv(const char *bytes, size_t n, size_t n_columns, struct record_reader *slow,
                     int *n_fast)
{
    static uint32_t ends[BYTES_MAX + 65];
    struct problem problem;
    struct scan_result found;
    struct text scratch = TEXT_INIT;
    const enum dyad_status st = record_read(slow, bytes, n, ',', n_columns, &problem);

    CHECK(st == DYAD_OK || st == DYAD_PARSE);
    ends[0] = UINT32_MAX;
    for (size_t m = 0; m < COUNT_OF(machines); m++) {
        scan_index_with(machines[m], bytes, n, ',', ends + 1, &found);
        if (!found.regular || !scan_is_even(bytes, ends, &found, n_columns))
            continue;
        ++*n_fast;
        /* What the scanner takes, libcsv takes too, and finds the same. */
        CHECK(st == DYAD_OK);
        CHECK(slow->n_records == found.n_lines && slow->n_ends == found.n_ends + 1);
        for (size_t k = 0; k < found.n_ends; k++) {
            size_t length;
            const char *field =
                field_bare(bytes, (uint32_t)(ends[k] + 1), ends[k + 1], &scratch, &length);
            const char *wanted = slow->bytes.at + (uint32_t)(slow->ends[k] + 1);
            CHECK(length == (size_t)(slow->bytes.at + slow->ends[k + 1] - wanted));
            CHECK(memcmp(field, wanted, length) == 0);
        }
    }
    text_release(&scratch);
}

static void
takes_nothing_that_libcsv_reads_otherwise(void)
{
    static char bytes[BYTES_MAX + SCAN_PADDING];
    struct record_reader slow = { 0 };
    uint64_t seed = 3;
    int n_fast = 0;

    for (int round = 0; round < 100000; round++) {
        const size_t n_columns = 1 + scratch_below(&seed, 5);
        size_t n = put_table(&seed, bytes, n_columns, round % 2);
        CHECK(n < BYTES_MAX);
        memset(bytes + n, 0, SCAN_PADDING);
        check_against_libcsv(bytes, n, n_columns, &slow, &n_fast);
    }
    CHECK(n_fast > 100000); /* the comparison is no empty one */
    record_reader_release(&slow);
}

static void
takes_no_random_bytes_that_libcsv_refuses(void)
{
    static const char alphabet[] = "aa,,\"\"\"\n\n\r \t;1\xc3\xa9";
    static char bytes[BYTES_MAX + SCAN_PADDING];
    struct record_reader slow = { 0 };
    uint64_t seed = 4;
    int n_fast = 0;

    for (int round = 0; round < 300000; round++) {
        const size_t n = 1 + scratch_below(&seed, 24),
                     letters = 3 + scratch_below(&seed, sizeof alphabet - 3);
        for (size_t i = 0; i < n; i++)
            bytes[i] = alphabet[scratch_below(&seed, letters)];
        bytes[n - 1] = '\n';
        memset(bytes + n, 0, SCAN_PADDING);
        check_against_libcsv(bytes, n, 1 + scratch_below(&seed, 3), &slow, &n_fast);
    }
    CHECK(n_fast > 20000);
    record_reader_release(&slow);
}

/* --- UTF-8 -------------------------------------------------------------------------------- */

/* Unicode 15, table 3-7: well-formed byte sequences. */
static bool
is_well_formed(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char low[4], high[4];
        size_t n;
    } forms[] = {
        { { 0x00 }, { 0x7f }, 1 },
        { { 0xc2, 0x80 }, { 0xdf, 0xbf }, 2 },
        { { 0xe0, 0xa0, 0x80 }, { 0xe0, 0xbf, 0xbf }, 3 },
        { { 0xe1, 0x80, 0x80 }, { 0xec, 0xbf, 0xbf }, 3 },
        { { 0xed, 0x80, 0x80 }, { 0xed, 0x9f, 0xbf }, 3 },
        { { 0xee, 0x80, 0x80 }, { 0xef, 0xbf, 0xbf }, 3 },
        { { 0xf0, 0x90, 0x80, 0x80 }, { 0xf0, 0xbf, 0xbf, 0xbf }, 4 },
        { { 0xf1, 0x80, 0x80, 0x80 }, { 0xf3, 0xbf, 0xbf, 0xbf }, 4 },
        { { 0xf4, 0x80, 0x80, 0x80 }, { 0xf4, 0x8f, 0xbf, 0xbf }, 4 },
    };

    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        size_t i = 0;
        while (i < n && i < forms[f].n && p[i] >= forms[f].low[i] && p[i] <= forms[f].high[i])
            i++;
        if (i == n && n == forms[f].n)
            return true;
    }
    return false;
}

static void
knows_every_character_of_two_and_three_bytes(void)
{
    unsigned char p[5] = "";
    size_t bad;

    for (unsigned c = 0x80; c < 0x10000; c++) {
        p[0] = (unsigned char)(c >> 8);
        p[1] = (unsigned char)c;
        if (p[0] >= 0x80)
            CHECK(scan_is_utf8((char *)p, 2, &bad) == is_well_formed(p, 2));
    }
    for (unsigned c = 0xe00000; c < 0xf00000; c++) {
        p[0] = (unsigned char)(c >> 16);
        p[1] = (unsigned char)(c >> 8);
        p[2] = (unsigned char)c;
        CHECK(scan_is_utf8((char *)p, 3, &bad) == is_well_formed(p, 3));
    }
}

static void
knows_characters_of_four_bytes_at_their_edges(void)
{
    static const unsigned char edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                           0xa0, 0xbf, 0xc0, 0xc2, 0xf0, 0xff };
    unsigned char p[4];
    size_t bad;

    for (unsigned lead = 0xf0; lead <= 0xff; lead++)
        for (size_t k = 0; k < 13 * 13 * 13; k++) {
            p[0] = (unsigned char)lead;
            p[1] = edges[k % 13];
            p[2] = edges[k / 13 % 13];
            p[3] = edges[k / 169];
            CHECK(scan_is_utf8((char *)p, 4, &bad) == is_well_formed(p, 4));
        }
}

static void
says_where_the_first_bad_byte_is(void)
{
    size_t bad = 99;

    CHECK(scan_is_utf8("", 0, &bad) && scan_is_utf8("caf\xc3\xa9", 5, &bad));
    CHECK(bad == 99);
    CHECK(!scan_is_utf8("caf\xe9,x", 6, &bad) && bad == 3);
    CHECK(!scan_is_utf8("\xc3\xa9\xc3", 3, &bad) && bad == 2);
}

int
main(void)
{
    RUN(finds_the_same_on_every_machine);
    RUN(carries_over_the_edges_of_vectors);
    RUN(finds_the_last_whole_record_piece_by_piece);
    RUN(takes_nothing_that_libcsv_reads_otherwise);
    RUN(takes_no_random_bytes_that_libcsv_refuses);
    RUN(knows_every_character_of_two_and_three_bytes);
    RUN(knows_characters_of_four_bytes_at_their_edges);
    RUN(says_where_the_first_bad_byte_is);
    return DONE();
}
