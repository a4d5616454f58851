#include "dyad/output/outbox.h"

#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t
count_files(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);

    CHECK(dir != NULL);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

/* Removes the ${n} names and so shows that nothing else was there. */
static void
leave(size_t n, const char *const *names)
{
    for (size_t i = 0; i < n; i++)
        CHECK(remove(names[i]) == 0);
    CHECK(count_files(".") == 0);
    CHECK(chdir("/") == 0);
    CHECK(rmdir(folder) == 0);
}

#define LEAVE(...) \
    leave(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), \
          (const char *const[]){ __VA_ARGS__ })

static void
make(const char *path, const char *content, mode_t mode)
{
    FILE *f = fopen(path, "w");

    CHECK(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0);
    CHECK(chmod(path, mode) == 0);
}

static bool
contains(const char *path, const char *content)
{
    char read[64] = "";
    FILE *f = fopen(path, "r");

    if (f == NULL)
        return false;
    read[fread(read, 1, sizeof read - 1, f)] = '\0';
    fclose(f);
    return strcmp(read, content) == 0;
}

static mode_t
mode_of(const char *path)
{
    struct stat st;
    CHECK(stat(path, &st) == 0);
    return st.st_mode & 07777;
}

static enum dyad_status
put(struct outbox *box, const char *path, const char *content, struct dyad_error *err)
{
    return outbox_put(box, path, content, strlen(content), err);
}

static void
shows_files_only_at_the_commit(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    const char *temporary = NULL;

    enter();
    struct outbox *box = outbox_new();
    CHECK(put(box, "a.json", "one", &err) == DYAD_OK);
    CHECK(outbox_reserve(box, "./b.svg", &temporary, &err) == DYAD_OK);
    CHECK(strncmp(temporary, "./.dyad.", 8) == 0);
    CHECK(mode_of(temporary) == 0600);
    CHECK(access("a.json", F_OK) != 0 && access("b.svg", F_OK) != 0);
    CHECK(count_files(".") == 2);
    make(temporary, "two", 0600);

    CHECK(outbox_commit(box, &err) == DYAD_OK);
    CHECK(contains("a.json", "one") && contains("b.svg", "two"));
    CHECK(mode_of("a.json") == 0644 && mode_of("b.svg") == 0644);
    outbox_free(box);
    LEAVE("a.json", "b.svg");
}

static void
leaves_nothing_without_a_commit(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    const char *temporary;

    enter();
    make("old.csv", "old", 0640);
    struct outbox *box = outbox_new();
    CHECK(outbox_folder(box, "out/", &err) == DYAD_OK);
    CHECK(outbox_folder(box, "out/inner", &err) == DYAD_OK);
    CHECK(put(box, "out/inner/a.csv", "new", &err) == DYAD_OK);
    CHECK(put(box, "old.csv", "new", &err) == DYAD_OK);
    CHECK(outbox_reserve(box, "out/p.svg", &temporary, &err) == DYAD_OK);
    outbox_free(box);
    CHECK(contains("old.csv", "old"));
    LEAVE("old.csv");
}

static void
keeps_the_mode_of_a_file_it_replaces(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;

    enter();
    make("old.csv", "old", 0640);
    struct outbox *box = outbox_new();
    CHECK(put(box, "old.csv", "new", &err) == DYAD_OK);
    CHECK(outbox_commit(box, &err) == DYAD_OK);
    CHECK(contains("old.csv", "new"));
    CHECK(mode_of("old.csv") == 0640);
    outbox_free(box);
    LEAVE("old.csv");
}

static void
makes_a_folder_that_stays_when_all_is_well(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;

    enter();
    struct outbox *box = outbox_new();
    CHECK(outbox_folder(box, "out/", &err) == DYAD_OK);
    CHECK(outbox_folder(box, "out", &err) == DYAD_OK);
    CHECK(put(box, "out/a.csv", "1", &err) == DYAD_OK);
    CHECK(outbox_commit(box, &err) == DYAD_OK);
    outbox_free(box);
    CHECK(contains("out/a.csv", "1"));

    box = outbox_new();
    make("file", "", 0600);
    CHECK(outbox_folder(box, "file", &err) == DYAD_IO);
    CHECK(outbox_folder(box, "no/such", &err) == DYAD_IO);
    CHECK(strcmp(err.text, "cannot make the folder 'no/such': No such file or directory") == 0);
    outbox_free(box);
    LEAVE("out/a.csv", "out", "file");
}

static void
refuses_what_is_no_place_for_a_file(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    const char *temporary = "untouched";

    enter();
    make("real", "old", 0600);
    CHECK(mkdir("dir", 0700) == 0);
    CHECK(symlink("real", "link") == 0 && symlink("none", "dangling") == 0);
    CHECK(mkfifo("pipe.svg", 0600) == 0);
    struct outbox *box = outbox_new();
    CHECK(put(box, "dir", "x", &err) == DYAD_IO);
    CHECK(strcmp(err.text, "'dir' is a folder: name a file in it") == 0);
    CHECK(put(box, "link", "x", &err) == DYAD_IO);
    CHECK(strcmp(err.text, "'link' is a symbolic link: name the file that it stands for") == 0);
    CHECK(put(box, "dangling", "x", &err) == DYAD_IO);
    CHECK(put(box, "new/", "x", &err) == DYAD_IO);
    CHECK(put(box, "", "x", &err) == DYAD_IO);
    CHECK(put(box, "none/a.csv", "x", &err) == DYAD_IO);
    CHECK(strcmp(err.text, "cannot write 'none/a.csv': No such file or directory") == 0);
    CHECK(outbox_reserve(box, "pipe.svg", &temporary, &err) == DYAD_IO);
    CHECK(strcmp(temporary, "untouched") == 0);
    CHECK(outbox_commit(box, &err) == DYAD_OK);
    outbox_free(box);
    CHECK(contains("real", "old"));
    LEAVE("real", "link", "dangling", "dir", "pipe.svg");
}

static void
refuses_two_outputs_at_one_place(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    const char *temporary;

    enter();
    struct outbox *box = outbox_new();
    CHECK(put(box, "a.svg", "x", &err) == DYAD_OK);
    CHECK(outbox_reserve(box, ".//a.svg", &temporary, &err) == DYAD_USAGE);
    CHECK(put(box, "b.svg", "x", &err) == DYAD_OK);
    outbox_free(box);
    leave(0, NULL);
}

static void
writes_through_to_devices(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    int pipe_ends[2];
    char path[64], read_back[8] = "";

    enter();
    struct outbox *box = outbox_new();
    CHECK(pipe(pipe_ends) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", pipe_ends[1]);
    CHECK(put(box, "/dev/null", "x", &err) == DYAD_OK);
    CHECK(put(box, path, "piped", &err) == DYAD_OK);
    CHECK(outbox_commit(box, &err) == DYAD_OK);
    CHECK(read(pipe_ends[0], read_back, sizeof read_back) == 5);
    CHECK(strcmp(read_back, "piped") == 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    outbox_free(box);
    leave(0, NULL);
}

static void
shows_nothing_when_a_device_is_full(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;

    enter();
    struct outbox *box = outbox_new();
    CHECK(put(box, "a.csv", "x", &err) == DYAD_OK);
    CHECK(put(box, "/dev/full", "x", &err) == DYAD_OK);
    CHECK(outbox_commit(box, &err) == DYAD_IO);
    CHECK(strcmp(err.text, "cannot write '/dev/full': No space left on device") == 0);
    outbox_free(box);
    leave(0, NULL);
}

static void
shows_nothing_when_the_disk_is_full(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct rlimit before, small;
    static const char big[5000];

    enter();
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small = before;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    struct outbox *box = outbox_new();
    const enum dyad_status status = outbox_put(box, "a.csv", big, sizeof big, &err);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(status == DYAD_IO);
    CHECK(count_files(".") == 0);
    CHECK(outbox_commit(box, &err) == DYAD_OK);
    outbox_free(box);
    leave(0, NULL);
}

static void
puts_all_back_when_one_place_is_lost(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;

    enter();
    make("old.csv", "old", 0600);
    struct outbox *box = outbox_new();
    CHECK(put(box, "old.csv", "new", &err) == DYAD_OK);
    CHECK(put(box, "fresh.csv", "new", &err) == DYAD_OK);
    CHECK(put(box, "lost.csv", "new", &err) == DYAD_OK);
    CHECK(mkdir("lost.csv", 0700) == 0); /* in the meantime */
    CHECK(outbox_commit(box, &err) == DYAD_IO);
    CHECK(contains("old.csv", "old"));
    CHECK(access("fresh.csv", F_OK) != 0);
    outbox_free(box);
    LEAVE("old.csv", "lost.csv");
}

static void
fails_when_the_reserved_file_is_gone(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    const char *temporary;

    enter();
    struct outbox *box = outbox_new();
    CHECK(put(box, "a.csv", "x", &err) == DYAD_OK);
    CHECK(outbox_reserve(box, "b.svg", &temporary, &err) == DYAD_OK);
    CHECK(unlink(temporary) == 0);
    CHECK(outbox_commit(box, &err) == DYAD_IO);
    outbox_free(box);
    leave(0, NULL);
}

static void
stop(int signal_number)
{
    (void)signal_number;
    outbox_remove_all();
    _exit(7);
}

static void
leaves_nothing_when_a_signal_ends_the_program(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    int status;

    enter();
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, stop);
        struct outbox *box = outbox_new();
        if (outbox_folder(box, "out", &err) || outbox_folder(box, "out/in", &err) ||
            put(box, "out/in/a.csv", "x", &err) || put(box, "b.csv", "x", &err))
            _exit(1);
        raise(SIGTERM);
        _exit(2);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    leave(0, NULL);
}

int
main(void)
{
    RUN(shows_files_only_at_the_commit);
    RUN(leaves_nothing_without_a_commit);
    RUN(keeps_the_mode_of_a_file_it_replaces);
    RUN(makes_a_folder_that_stays_when_all_is_well);
    RUN(refuses_what_is_no_place_for_a_file);
    RUN(refuses_two_outputs_at_one_place);
    RUN(writes_through_to_devices);
    RUN(shows_nothing_when_a_device_is_full);
    RUN(shows_nothing_when_the_disk_is_full);
    RUN(puts_all_back_when_one_place_is_lost);
    RUN(fails_when_the_reserved_file_is_gone);
    RUN(leaves_nothing_when_a_signal_ends_the_program);
    return DONE();
}
