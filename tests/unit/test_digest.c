#include "dyad/data/digest.h"

#include "check.h"
#include "scratch.h"

/* FIPS 180-4's examples, and sha256sum's of a million times 'a'. */
static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                  abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                  million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void
knows_the_examples(void)
{
    char hex[DIGEST_ROOM];

    digest_bytes("", 0, hex);
    assert_string_equal(hex, empty);
    digest_bytes("abc", 3, hex);
    assert_string_equal(hex, abc);
}

static void
reads_a_file_of_any_length(void)
{
    static char as[1000000];
    struct text keep = TEXT_INIT;
    char hex[DIGEST_ROOM];
    uint64_t bytes;

    memset(as, 'a', sizeof as);
    CHECK(digest_file(scratch_file("million", as, sizeof as), &keep, &bytes, hex, NULL) == DYAD_OK);
    assert_string_equal(hex, million);
    CHECK(bytes == sizeof as && keep.length == sizeof as && memcmp(keep.at, as, sizeof as) == 0);
    text_release(&keep);
    CHECK(digest_file(scratch_file("none", "", 0), NULL, &bytes, hex, NULL) == DYAD_OK);
    assert_string_equal(hex, empty);
    CHECK(bytes == 0);
}

static void
refuses_what_is_no_file(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    char hex[DIGEST_ROOM] = "untouched";
    uint64_t bytes;

    CHECK(digest_file("/", NULL, &bytes, hex, &err) == DYAD_IO);
    CHECK(digest_file("/nowhere/at/all", NULL, &bytes, hex, &err) == DYAD_IO);
    CHECK(digest_file("/dev/null", NULL, &bytes, hex, &err) == DYAD_IO);
    assert_string_equal(hex, "untouched");
}

int
main(void)
{
    RUN(knows_the_examples);
    RUN(reads_a_file_of_any_length);
    RUN(refuses_what_is_no_file);
    return DONE();
}
