#include "dyad/data/source.h"

#include "check.h"
#include "scratch.h"

#include <sys/stat.h>
#include <time.h>

static struct source *
open_source(const char *path, bool hash)
{
    struct source *s = NULL;
    struct dyad_error err = DYAD_ERROR_INIT;

    if (source_open(path, hash, &s, &err) != DYAD_OK)
        print_error("%s\n", err.text);
    CHECK(s != NULL);
    return s;
}

/* All of it, ${room} bytes at a time. */
static size_t
read_all(struct source *s, char *bytes, size_t room)
{
    struct dyad_error err;
    size_t total = 0, n;

    do {
        CHECK(source_read(s, bytes + total, room, &n, &err) == DYAD_OK);
        total += n;
    } while (n == room);
    return total;
}

static void
reads_a_file_in_pieces_of_any_size(void)
{
    static const char text[] = "id,x\n1,2\n3,4\n";
    const char *path = scratch_text("plain.csv", text);
    char bytes[100];

    for (size_t room = 1; room < 20; room++) {
        struct source *s = open_source(path, false);
        CHECK(read_all(s, bytes, room) == sizeof text - 1 &&
              memcmp(bytes, text, sizeof text - 1) == 0);
        CHECK(source_bytes(s) == sizeof text - 1 && source_size(s) == sizeof text - 1);
        CHECK(source_finish(s, NULL) == DYAD_OK);
        assert_string_equal(source_path(s), path);
        source_close(s);
    }
    source_close(NULL);
}

static void
reads_at_any_place_of_a_plain_file(void)
{
    const char *path = scratch_text("plain.csv", "0123456789");
    struct source *s = open_source(path, false);
    struct dyad_error err;
    char bytes[20];
    size_t n;

    CHECK(source_is_addressed(s));
    CHECK(source_read_at(s, 4, bytes, 3, &n, &err) == DYAD_OK && n == 3 &&
          memcmp(bytes, "456", 3) == 0);
    CHECK(source_read_at(s, 8, bytes, 10, &n, &err) == DYAD_OK && n == 2 &&
          memcmp(bytes, "89", 2) == 0);
    CHECK(source_read_at(s, 50, bytes, 10, &n, &err) == DYAD_OK && n == 0);
    source_take_all(s);
    CHECK(source_finish(s, &err) == DYAD_OK);
    source_close(s);
    s = open_source(path, true);
    CHECK(!source_is_addressed(s));
    source_close(s);
}

static void
unpacks_gzip_in_pieces_of_any_size(void)
{
    char text[3000], bytes[4000];
    unsigned char packed[4000];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    const size_t half = scratch_gzip(text, 1000, packed, sizeof packed);
    const size_t n = half + scratch_gzip(text + 1000, 2000, packed + half, sizeof packed - half);
    const char *path = scratch_file("packed.csv", packed, n); /* known by its bytes, not its name */
    for (size_t room = 1; room < 1200; room = room * 3 / 2 + 1) {
        struct source *s = open_source(path, false);
        CHECK(read_all(s, bytes, room) == sizeof text && memcmp(bytes, text, sizeof text) == 0);
        CHECK(source_bytes(s) == n && !source_is_addressed(s));
        CHECK(source_finish(s, NULL) == DYAD_OK);
        source_close(s);
    }
}

/* FIPS 180-2, appendix B.1; of a packed file the bytes on disk. */
static void
hashes_the_bytes_on_disk(void)
{
    char bytes[100], hex[65];
    struct source *s = open_source(scratch_text("abc", "abc"), true);

    read_all(s, bytes, sizeof bytes);
    source_sha256(s, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    source_close(s);
    s = open_source(scratch_text("abc", "abc"), false);
    read_all(s, bytes, sizeof bytes);
    source_sha256(s, hex);
    assert_string_equal(hex, "");
    source_close(s);
    s = open_source(scratch_text("empty", ""), true);
    CHECK(read_all(s, bytes, sizeof bytes) == 0);
    source_sha256(s, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    source_close(s);
}

static void
refuses_what_is_no_text(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *what;
    } foreign[] = {
        { "PK\3\4....", 8, "workbook" },
        { "%PDF-1.4", 8, "PDF" },
        { "\xff\xfe"
          "a\0",
          4, "UTF-16" },
        { "\xfe\xff\0a", 4, "UTF-16" },
        { "BZh91AY", 7, "bzip2" },
        { "\xfd"
          "7zXZ\0\0",
          7, "xz" },
        { "\x28\xb5\x2f\xfd....", 8, "zstd" },
        { "\xd0\xcf\x11\xe0", 4, "Office" },
        { "SQLite format 3", 15, "SQLite" },
    };
    struct source *s = NULL;

    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        struct dyad_error err = DYAD_ERROR_INIT;
        CHECK(source_open(scratch_file("foreign", foreign[i].bytes, foreign[i].n), false, &s,
                          &err) == DYAD_PARSE);
        CHECK(s == NULL && strstr(err.text, foreign[i].what) != NULL);
    }
}

static void
says_why_a_file_cannot_be_read(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct source *s = NULL;

    CHECK(source_open("/no/such/file.csv", false, &s, &err) == DYAD_IO);
    assert_string_equal(err.text, "/no/such/file.csv: No such file or directory");
    CHECK(source_open("/tmp", false, &s, &err) == DYAD_IO);
    CHECK(strstr(err.text, "/tmp: is a folder") != NULL);
    const char *path = scratch_text("secret", "x\n");
    CHECK(chmod(path, 0) == 0);
    if (geteuid() != 0)
        CHECK(source_open(path, false, &s, &err) == DYAD_IO &&
              strstr(err.text, "Permission denied") != NULL);
    CHECK(chmod(path, 0600) == 0 && s == NULL);
}

static void
notices_a_file_that_changes_while_it_is_read(void)
{
    char bytes[100];
    struct dyad_error err = DYAD_ERROR_INIT;
    const char *path;

    for (int kind = 0; kind < 4; kind++) {
        struct stat was;
        path = scratch_text("moving.csv", "0123456789");
        struct source *s = open_source(path, false);
        read_all(s, bytes, sizeof bytes);
        CHECK(source_finish(s, &err) == DYAD_OK);
        CHECK(stat(path, &was) == 0);
        const long other = was.st_mtim.tv_nsec ? was.st_mtim.tv_nsec - 1 : 1;
        if (kind == 0)
            CHECK(truncate(path, 4) == 0);
        else if (kind == 1)
            scratch_text("moving.csv", "0123456789, and more");
        else if (kind == 2)
            CHECK(utimensat(AT_FDCWD, path, (struct timespec[]){ { 0, UTIME_OMIT }, { 12345, 0 } },
                            0) == 0);
        else
            CHECK(utimensat(AT_FDCWD, path,
                            (struct timespec[]){ { 0, UTIME_OMIT }, { was.st_mtim.tv_sec, other } },
                            0) == 0);
        CHECK(source_finish(s, &err) == DYAD_IO &&
              strstr(err.text, "changed while it was read") != NULL);
        source_close(s);
    }
}

static void
reads_a_pipe_to_its_end(void)
{
    char bytes[300];
    struct scratch_pipe p = { .bytes = "0123456789", .n = 10, .piece = 3, .repeat = 20 };

    scratch_pipe_open(&p);
    struct source *s = open_source(p.path, true);
    CHECK(read_all(s, bytes, 64) == 200 && bytes[199] == '9');
    CHECK(source_size(s) == 0 && source_bytes(s) == 200 && !source_is_addressed(s));
    CHECK(source_finish(s, NULL) == DYAD_OK);
    source_close(s);
    scratch_pipe_close(&p);
}

static void
reads_standard_input(void)
{
    char bytes[300];
    struct scratch_pipe p = { .bytes = "0123456789", .n = 10, .piece = 10, .repeat = 2 };
    const int kept = dup(STDIN_FILENO);

    scratch_pipe_open(&p);
    CHECK(dup2(p.ends[0], STDIN_FILENO) == STDIN_FILENO);
    struct source *s = open_source("-", false);
    CHECK(read_all(s, bytes, sizeof bytes) == 20);
    assert_string_equal(source_path(s), "standard input");
    CHECK(!source_is_addressed(s) && source_finish(s, NULL) == DYAD_OK);
    source_close(s);
    if (kept >= 0) {
        CHECK(dup2(kept, STDIN_FILENO) == STDIN_FILENO);
        close(kept);
    }
    scratch_pipe_close(&p);
}

int
main(void)
{
    RUN(reads_a_file_in_pieces_of_any_size);
    RUN(reads_at_any_place_of_a_plain_file);
    RUN(unpacks_gzip_in_pieces_of_any_size);
    RUN(hashes_the_bytes_on_disk);
    RUN(refuses_what_is_no_text);
    RUN(says_why_a_file_cannot_be_read);
    RUN(notices_a_file_that_changes_while_it_is_read);
    RUN(reads_a_pipe_to_its_end);
    RUN(reads_standard_input);
    return DONE();
}
