#include "dyad/output/bundle.h"

#include "folder.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

/* Removes the names and so shows that nothing else was there. */
static void
leave(size_t n, const char *const *names)
{
    for (size_t i = 0; i < n; i++)
        CHECK(remove(names[i]) == 0);
    CHECK(chdir("/") == 0);
    CHECK(rmdir(folder) == 0);
}

#define LEAVE(...) \
    leave(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), (const char *const[]){ __VA_ARGS__ })

static void
make(const char *path, const char *content)
{
    FILE *f = fopen(path, "w");

    CHECK(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0);
}

static bool
holds(const char *path, const char *content)
{
    char got[64] = "";
    FILE *f = fopen(path, "r");

    if (f == NULL)
        return false;
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    return strcmp(got, content) == 0;
}

static struct bundle *
begin(const char *path)
{
    struct bundle *b = NULL;

    CHECK(bundle_new(path, &b, NULL) == DYAD_OK);
    CHECK(bundle_put(b, "a.txt", "new", 3, NULL) == DYAD_OK);
    return b;
}

static void
is_there_when_it_is_committed(void)
{
    struct bundle *b;
    struct stat st;

    enter();
    b = begin("results/");
    CHECK(access("results", F_OK) != 0);
    CHECK(bundle_commit(b, NULL, 0, NULL) == DYAD_OK);
    bundle_free(b);
    CHECK(holds("results/a.txt", "new"));
    CHECK(stat("results", &st) == 0 && (st.st_mode & 07777) == 0755);
    CHECK(stat("results/a.txt", &st) == 0 && (st.st_mode & 07777) == 0644);
    LEAVE("results/a.txt", "results");
}

static void
is_not_there_if_it_is_not(void)
{
    enter();
    bundle_free(begin("results"));
    CHECK(chdir("/") == 0 && rmdir(folder) == 0); /* it is empty */
}

static void
takes_the_place_of_the_old_one(void)
{
    static const char *const old[] = { "a.txt", "b.txt" };
    struct bundle *b;

    enter();
    CHECK(mkdir("results", 0700) == 0);
    make("results/a.txt", "old");
    make("results/b.txt", "old");
    b = begin("results");
    CHECK(holds("results/a.txt", "old"));
    CHECK(bundle_commit(b, old, 2, NULL) == DYAD_OK);
    bundle_free(b);
    CHECK(holds("results/a.txt", "new"));
    LEAVE("results/a.txt", "results");
}

static void
keeps_what_it_does_not_know(void)
{
    static const char *const old[] = { "a.txt" };
    struct bundle *b;
    struct dirent *e;

    enter();
    CHECK(mkdir("results", 0700) == 0);
    make("results/a.txt", "old");
    make("results/mine.txt", "mine");
    b = begin("results");
    CHECK(bundle_commit(b, old, 1, NULL) == DYAD_OK);
    bundle_free(b);
    char mine[300] = "", hidden[280] = "";
    DIR *d = opendir(".");
    while ((e = readdir(d)) != NULL)
        if (strncmp(e->d_name, ".dyad.", 6) == 0) {
            snprintf(hidden, sizeof hidden, "%s", e->d_name);
            snprintf(mine, sizeof mine, "%s/mine.txt", hidden);
        }
    closedir(d);
    CHECK(holds(mine, "mine"));
    LEAVE(mine, hidden, "results/a.txt", "results");
}

static void
stands_wherever_the_program_goes(void)
{
    struct bundle *b;
    struct text path = TEXT_INIT;

    enter();
    b = begin("results");
    CHECK(chdir("/") == 0);
    bundle_path(b, "drawn", &path);
    make(path.at, "drawn");
    CHECK(bundle_settle(b, "drawn", NULL) == DYAD_OK);
    CHECK(bundle_commit(b, NULL, 0, NULL) == DYAD_OK);
    bundle_free(b);
    text_release(&path);
    CHECK(chdir(folder) == 0);
    CHECK(holds("results/drawn", "drawn"));
    LEAVE("results/a.txt", "results/drawn", "results");
}

static void
links_what_is_there(void)
{
    struct bundle *b;
    struct stat x, y;

    enter();
    make("there", "there");
    b = begin("results");
    CHECK(bundle_link(b, "linked", "there", NULL) == DYAD_OK);
    CHECK(bundle_link(b, "none", "nowhere", NULL) == DYAD_IO);
    CHECK(bundle_commit(b, NULL, 0, NULL) == DYAD_OK);
    bundle_free(b);
    CHECK(stat("there", &x) == 0 && stat("results/linked", &y) == 0 && x.st_ino == y.st_ino);
    LEAVE("there", "results/a.txt", "results/linked", "results");
}

static void
refuses_what_is_no_place_for_a_folder(void)
{
    static const char *const refused[] = { "file", "file/results", "none/results", "link", ".", "..", "/", "" };
    struct bundle *b = NULL;

    enter();
    make("file", "");
    CHECK(symlink("file", "link") == 0);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CHECK(bundle_new(refused[i], &b, NULL) == DYAD_IO);
    CHECK(b == NULL);
    b = begin("results");
    CHECK(bundle_put(b, "a.txt", "", 0, NULL) == DYAD_IO); /* twice */
    CHECK(bundle_settle(b, "none", NULL) == DYAD_IO);
    bundle_free(b);
    LEAVE("file", "link");
}

static void
is_removed_by_a_handler(void)
{
    struct bundle *b;

    enter();
    b = begin("results");
    bundle_remove_all();
    CHECK(bundle_put(b, "b.txt", "", 0, NULL) == DYAD_IO);
    bundle_free(b);
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
}

int
main(void)
{
    RUN(is_there_when_it_is_committed);
    RUN(is_not_there_if_it_is_not);
    RUN(takes_the_place_of_the_old_one);
    RUN(keeps_what_it_does_not_know);
    RUN(stands_wherever_the_program_goes);
    RUN(links_what_is_there);
    RUN(refuses_what_is_no_place_for_a_folder);
    RUN(is_removed_by_a_handler);
    return DONE();
}
