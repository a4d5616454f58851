#include "dyad/output/gnuplot.h"

#include "check.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dyad/output/child.h"

static char root[] = "/tmp/test_gnuplot.XXXXXX"; /* bin/: fake programs; tmp/: TMPDIR */
static char fake[64], temporary[64], outside[64];
static struct dyad_error error;

static void
put_file(const char *path, const char *content, mode_t mode)
{
    FILE *f = fopen(path, "w");

    CHECK(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0 && chmod(path, mode) == 0);
}

/* Let "gnuplot" be a shell script, or the real one if ${body} is NULL. */
static void
pretend(const char *body)
{
    static char own_path[4096];
    char script[8192];

    if (own_path[0] == '\0')
        snprintf(own_path, sizeof own_path, "%s", getenv("PATH"));
    unlink(fake);
    if (body) {
        snprintf(script, sizeof script, "#!/bin/sh\n%s\n", body);
        put_file(fake, script, 0700);
    }
    snprintf(script, sizeof script, "%.60s/bin:%s", root, own_path);
    setenv("PATH", script, 1);
}

static size_t
entries(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return n;
}

static void
remove_all(const char *folder)
{
    const struct child rm = {
        .argv = (const char *const[]){ "rm", "-rf", folder, NULL },
        .folder = "/",
    };
    struct child_end end = CHILD_END_INIT;

    CHECK(child_run(&rm, &end, NULL) == DYAD_OK && end.exit_status == 0);
    child_end_release(&end);
}

static double
seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Run a script with a data file; the folder must be gone afterwards. */
static enum dyad_status
run_script(const char *script, const char *data, const char *format, double seconds,
           struct text *picture)
{
    struct text words = TEXT_INIT, content = TEXT_INIT;

    text_puts(&words, script);
    text_puts(&content, data);
    const struct gnuplot_file file = { "a", &content };
    const struct gnuplot_job job = { &words, &file, 1, format, seconds };
    error.text[0] = '\0';
    const enum dyad_status st = gnuplot_run(&job, picture, &error);
    text_release(&words);
    text_release(&content);
    CHECK(entries(temporary) == 0);
    return st;
}

static void
check_refused(const char *script, double seconds, const char *words)
{
    struct text picture = TEXT_INIT;

    text_puts(&picture, "untouched");
    CHECK(run_script(script, "1\t2\n3\t4\n", "svg", seconds, &picture) == DYAD_IO);
    if (strstr(error.text, words) == NULL)
        print_error("'%s' does not say '%s'\n", error.text, words);
    CHECK(strstr(error.text, words) != NULL);
    assert_string_equal(picture.at, "untouched");
    text_release(&picture);
}

#define SVG "set terminal svg\nset output \"picture\"\n"
#define PLOT "plot \"a\"\nunset output\n"
#define END "exit status 7\n"

static void
returns_a_whole_picture(void)
{
    static const char *const scripts[][2] = {
        { "svg", SVG PLOT END },
        { "png", "set terminal pngcairo\nset output \"picture\"\n" PLOT END },
        { "pdf", "set terminal pdfcairo\nset output \"picture\"\n" PLOT END },
    };

    pretend(NULL);
    for (size_t i = 0; i < 3; i++) {
        struct text picture = TEXT_INIT;
        CHECK(run_script(scripts[i][1], "1\t2\n3\t4\n", scripts[i][0], 0, &picture) == DYAD_OK);
        CHECK(picture.length > 500);
        text_release(&picture);
    }
}

/* Each of these is told by exit status, by standard error, or by neither. */
static void
detects_a_real_gnuplot_that_failed(void)
{
    pretend(NULL);
    check_refused(SVG "plto \"a\"\nexit status 7\n", 0, "gnuplot failed");
    check_refused(SVG "plto\n" PLOT END, 0, "gnuplot failed");
    check_refused("set terminal nosuch\nexit status 7\n", 0, "gnuplot failed");
    check_refused(SVG "plot \"missing\"\nexit status 7\n", 0, "gnuplot failed");
    check_refused(SVG "$D << EOD\n1 2\nplot $D\nexit status 7\n", 0, "end of its script");
    check_refused(SVG "plot \"a\"\n", 0, "end of its script");
    check_refused("set terminal svg\nset output \"/dev/full\"\n" PLOT END,
                  0, "no picture");
    check_refused(SVG "set logscale y\n$D << EOD\n1 0\nEOD\nplot $D\nexit status 7\n", 0,
                  "gnuplot failed");
    check_refused(SVG PLOT "print \"talk\"\n" END, 0, "talk");
    check_refused(SVG PLOT "set output \"picture\"\nunset output\n" END,
                  0, "incomplete");
}

/* What a fake has to do to be believed, all but the exit status. */
#define WHOLE_SVG "{ printf '<svg>'; printf '%0600d' 0; printf '</svg>\\n'; } >picture\n"

static void
detects_a_gnuplot_that_pretends(void)
{
    pretend("exit 0");
    check_refused("", 0, "end of its script");
    pretend("exit 7");
    check_refused("", 0, "no picture");
    pretend(": >picture; exit 7");
    check_refused("", 0, "incomplete");
    pretend("printf '<svg></svg>\\n' >picture; exit 7");
    check_refused("", 0, "incomplete");
    pretend("{ printf '<svg>'; printf '%0600d' 0; } >picture; exit 7");
    check_refused("", 0, "incomplete");
    pretend("kill -KILL $$");
    check_refused("", 0, "signal 9");
    pretend("kill -XFSZ $$");
    check_refused("", 0, "signal 25");
    pretend("ln -s /etc/passwd picture; exit 7");
    check_refused("", 0, "no picture");
    pretend(WHOLE_SVG "echo 'warning: something' >&2; exit 7");
    check_refused("", 0, "warning: something");
}

static void
believes_a_gnuplot_whose_fonts_talk(void)
{
    struct text picture = TEXT_INIT;

    pretend(WHOLE_SVG "echo 'Fontconfig error: No writable cache directories' >&2; echo >&2; exit 7");
    CHECK(run_script("", "", "svg", 0, &picture) == DYAD_OK);
    CHECK(picture.length == 5 + 600 + 7);
    text_release(&picture);
}

static void
survives_a_flood_of_complaints(void)
{
    pretend("dd if=/dev/zero bs=65536 count=200 2>/dev/null | tr '\\0' x >&2; exit 7");
    check_refused("", 0, "gnuplot failed");
    CHECK(strlen(error.text) < 400);
}

static void
says_what_to_install_when_it_is_missing(void)
{
    char empty[64];

    pretend(NULL);
    snprintf(empty, sizeof empty, "%s/bin", root);
    setenv("PATH", empty, 1);
    check_refused("", 0, "gnuplot is not installed: install gnuplot-nox (scripts/install-deps)");
    put_file(fake, "not a program", 0600);
    check_refused("", 0, "cannot run gnuplot");
    pretend(NULL);
}

static void
stops_one_that_hangs(void)
{
    double start = seconds_now();

    pretend("exec sleep 30");
    check_refused("", 0.2, "did not finish in time");
    CHECK(seconds_now() - start < 1);

    start = seconds_now();
    pretend("trap '' TERM; while :; do sleep 30; done"); /* and its children */
    check_refused("", 0.2, "did not finish in time");
    CHECK(seconds_now() - start < 2.2);

    pretend(NULL);
    start = seconds_now();
    check_refused(SVG "pause 30\nexit status 7\n", 0.2, "did not finish in time");
    CHECK(seconds_now() - start < 2.2);
}

static void
gives_it_nothing_but_what_it_needs(void)
{
    char body[512], line[4096];
    size_t known = 0;

    setenv("GNUTERM", "x11", 1);
    setenv("GNUPLOT_LIB", "/somewhere", 1);
    setenv("SECRET", "word", 1);
    setenv("GDFONTPATH", "/fonts", 1);

    /* An open, silent standard input of ours must not be what it waits for. */
    int silent[2];
    const int ours = dup(STDIN_FILENO);
    CHECK(pipe(silent) == 0 && dup2(silent[0], STDIN_FILENO) == STDIN_FILENO);
    snprintf(body, sizeof body,
             "env >%s; pwd >>%s; cat >>%s; stat -c %%a . script a >>%s; exit 0",
             outside, outside, outside, outside);
    pretend(body);
    check_refused("", 5, "end of its script");
    CHECK(dup2(ours, STDIN_FILENO) == STDIN_FILENO);
    close(ours);
    close(silent[0]);
    close(silent[1]);
    FILE *f = fopen(outside, "r");
    CHECK(f != NULL);
    struct text all = TEXT_INIT;
    while (fgets(line, sizeof line, f)) {
        text_puts(&all, line);
        known += strncmp(line, "PATH=", 5) == 0 || strncmp(line, "HOME=/tmp/test_gnuplot.", 23) == 0 ||
                 strcmp(line, "LC_ALL=C.UTF-8\n") == 0 || strcmp(line, "GDFONTPATH=/fonts\n") == 0;
    }
    fclose(f);
    CHECK(known == 4);
    CHECK(strstr(all.at, "GNU") == NULL && strstr(all.at, "SECRET") == NULL);
    CHECK(strstr(all.at, "700\n600\n600\n") != NULL);
    text_release(&all);
    unsetenv("GDFONTPATH");
}

static void
limits_its_time_and_files(void)
{
    pretend("ulimit -f >&2; exit 7");
    check_refused("", 5, "524288"); /* blocks of 512 bytes: 256 MiB */
    pretend("ulimit -t >&2; exit 7");
    check_refused("", 5, ": 60");
    pretend("echo core $(ulimit -c) >&2; exit 7");
    check_refused("", 5, "core 0");
}

static void
keeps_only_as_much_as_it_was_asked_to(void)
{
    const struct child child = {
        .argv = (const char *const[]){ "sh", "-c", "echo 1234567890; echo abcdefghij >&2", NULL },
        .folder = "/",
        .keep_output = 4,
        .keep_errors = 3,
    };
    struct child_end end = CHILD_END_INIT;

    CHECK(child_run(&child, &end, NULL) == DYAD_OK && end.exit_status == 0);
    assert_string_equal(end.output.at, "1234");
    assert_string_equal(end.errors.at, "abc");
    child_end_release(&end);
}

/* Gone, or a zombie that its new parent has not buried yet. */
static bool
has_ended(pid_t pid)
{
    char path[64], state = 'Z';

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "r");
    const bool ended = stat == NULL || fscanf(stat, "%*d %*s %c", &state) != 1 || state == 'Z';
    if (stat)
        fclose(stat);
    return ended;
}

static pid_t
pid_written_outside(void)
{
    char line[64] = "";
    FILE *f = fopen(outside, "r");

    CHECK(f != NULL && fgets(line, sizeof line, f) != NULL && fclose(f) == 0);
    return (pid_t)strtol(line, NULL, 10);
}

static void
leaves_nothing_running(void)
{
    char body[512];

    snprintf(body, sizeof body, "sleep 30 >/dev/null 2>&1 & echo $! >%s; exit 7", outside);
    pretend(body);
    check_refused("", 5, "no picture");
    const pid_t left = pid_written_outside();
    bool ended = false;
    for (int i = 0; i < 200 && !(ended = has_ended(left)); i++)
        usleep(10000);
    CHECK(left > 1 && ended);
}

/* Whoever kills us with -9 leaves no gnuplot behind. */
static void
takes_it_along_when_killed(void)
{
    char body[512];

    snprintf(body, sizeof body, "echo $$ >%s.new; mv %s.new %s; exec sleep 30", outside, outside,
             outside);
    pretend(body);
    unlink(outside);
    const pid_t us = fork();
    if (us == 0) {
        struct text none = TEXT_INIT, picture = TEXT_INIT;
        const struct gnuplot_job job = { &none, NULL, 0, "svg", 30 };
        _exit(gnuplot_run(&job, &picture, NULL) == DYAD_OK);
    }
    for (int i = 0; i < 500 && access(outside, F_OK) != 0; i++)
        usleep(10000);
    const pid_t child = pid_written_outside();
    CHECK(child > 1 && kill(child, 0) == 0);
    kill(us, SIGKILL);
    waitpid(us, NULL, 0);
    bool ended = false;
    for (int i = 0; i < 200 && !(ended = has_ended(child)); i++)
        usleep(10000);
    CHECK(ended);
    remove_all(temporary); /* killed as we were, the folder stayed */
    CHECK(mkdir(temporary, 0700) == 0);
}

static void
removes_its_folder_from_a_signal_handler(void)
{
    char body[512];

    snprintf(body, sizeof body, "echo x >%s.new; mv %s.new %s; exec sleep 30", outside, outside,
             outside);
    pretend(body);
    unlink(outside);
    const pid_t us = fork();
    if (us == 0) {
        struct text data = TEXT_INIT, picture = TEXT_INIT;
        text_puts(&data, "1\n");
        const struct gnuplot_file file = { "a", &data };
        const struct gnuplot_job job = { &data, &file, 1, "svg", 30 };
        struct sigaction act = { .sa_handler = SIG_DFL };
        act.sa_handler = (void (*)(int))(void (*)(void))gnuplot_remove_all;
        sigaction(SIGUSR1, &act, NULL);
        _exit(gnuplot_run(&job, &picture, NULL) == DYAD_OK);
    }
    for (int i = 0; i < 500 && access(outside, F_OK) != 0; i++)
        usleep(10000);
    CHECK(entries(temporary) > 0);
    kill(us, SIGUSR1);
    for (int i = 0; i < 200 && entries(temporary) > 0; i++)
        usleep(10000);
    CHECK(entries(temporary) == 0);
    kill(us, SIGKILL);
    waitpid(us, NULL, 0);
}

static void
reports_a_folder_it_cannot_make(void)
{
    struct text none = TEXT_INIT, picture = TEXT_INIT;
    const struct gnuplot_job job = { &none, NULL, 0, "svg", 0 };

    setenv("TMPDIR", "/nonexistent", 1);
    CHECK(gnuplot_run(&job, &picture, &error) == DYAD_IO);
    CHECK(strstr(error.text, "temporary folder in '/nonexistent'") != NULL);
    setenv("TMPDIR", temporary, 1);
}

static void
puts_boxes_for_what_no_font_has(void)
{
    struct text picture = TEXT_INIT;

    /* fc-list knows of Latin letters and the box, gnuplot shows what it was given. */
    char list[64];
    snprintf(list, sizeof list, "%s/bin/fc-list", root);
    put_file(list, "#!/bin/sh\nprintf '20-7e\\n391-3a9 25a1\\n'\n", 0700);
    pretend("{ printf '\\211PNG\\r\\n\\032\\n'; cat a; printf '%0600d' 0; printf 'IEND\\256B`\\202'; "
            "} >picture; exit 7");
    CHECK(run_script("", "é漢Ωz", "png", 0, &picture) == DYAD_OK);
    CHECK(strstr(picture.at + 8, "é□Ωz0") != NULL);
    text_release(&picture);

    put_file(list, "#!/bin/sh\nexit 1\n", 0700);
    CHECK(run_script("", "é漢Ωz", "png", 0, &picture) == DYAD_OK);
    CHECK(strstr(picture.at + 8, "é??z0") != NULL);
    text_release(&picture);
    unlink(list);
}

int
main(void)
{
    char folder[64];

    if (mkdtemp(root) == NULL)
        return 1;
    snprintf(folder, sizeof folder, "%s/bin", root);
    snprintf(fake, sizeof fake, "%s/bin/gnuplot", root);
    snprintf(temporary, sizeof temporary, "%s/tmp", root);
    snprintf(outside, sizeof outside, "%s/seen", root);
    if (mkdir(folder, 0700) != 0 || mkdir(temporary, 0700) != 0)
        return 1;
    setenv("TMPDIR", temporary, 1);

    RUN(returns_a_whole_picture);
    RUN(detects_a_real_gnuplot_that_failed);
    RUN(detects_a_gnuplot_that_pretends);
    RUN(believes_a_gnuplot_whose_fonts_talk);
    RUN(survives_a_flood_of_complaints);
    RUN(says_what_to_install_when_it_is_missing);
    RUN(stops_one_that_hangs);
    RUN(gives_it_nothing_but_what_it_needs);
    RUN(limits_its_time_and_files);
    RUN(keeps_only_as_much_as_it_was_asked_to);
    RUN(leaves_nothing_running);
    RUN(takes_it_along_when_killed);
    RUN(removes_its_folder_from_a_signal_handler);
    RUN(reports_a_folder_it_cannot_make);
    RUN(puts_boxes_for_what_no_font_has);

    unlink(fake);
    remove_all(root);
    return DONE();
}
