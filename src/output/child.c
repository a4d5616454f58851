#include "dyad/output/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CPU_SECONDS = 60,
    FILE_BYTES = 256 << 20,
    MILLISECONDS_A_LOOK = 10,
    SECONDS_TO_LEAVE = 1 /* between the request to end and the order */
};

static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

/* What the program will be given; made before the fork, because nothing can be allocated after. */
struct surroundings {
    struct text path, home, fonts;
    char *environment[5];
};

static void
surroundings_release(struct surroundings *s)
{
    text_release(&s->path);
    text_release(&s->home);
    text_release(&s->fonts);
}

static bool
surroundings_make(struct surroundings *s, const char *folder)
{
    const char *path = getenv("PATH"), *fonts = getenv("GDFONTPATH");
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t n = 0;

    text_printf(&s->path, "PATH=%s", path ? path : default_path);
    text_printf(&s->home, "HOME=%s", folder);
    if (fonts)
        text_printf(&s->fonts, "GDFONTPATH=%s", fonts);
    s->environment[n++] = s->path.at;
    s->environment[n++] = s->home.at;
    s->environment[n++] = locale;
    if (fonts)
        s->environment[n++] = s->fonts.at;
    s->environment[n] = NULL;
    return !s->path.failed && !s->home.failed && !s->fonts.failed;
}

static void
limit(int what, rlim_t most)
{
    struct rlimit now;

    if (getrlimit((__rlimit_resource_t)what, &now) != 0)
        return;
    if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
        now.rlim_max = most;
    if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur > now.rlim_max)
        now.rlim_cur = now.rlim_max;
    setrlimit((__rlimit_resource_t)what, &now);
}

/* Open for the program's life only what it is meant to have. */
static bool
connect_streams(int output, int errors)
{
    const int nothing = open("/dev/null", O_RDONLY);

    return nothing >= 0 && dup2(nothing, STDIN_FILENO) == STDIN_FILENO &&
           dup2(output, STDOUT_FILENO) == STDOUT_FILENO &&
           dup2(errors, STDERR_FILENO) == STDERR_FILENO;
}

static void
forget_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
}

/* The child's side.  Never returns; what went wrong goes through ${report}. */
static void
become(const struct child *child, char **environment, const int *pipes, int report, pid_t parent)
{
    setpgid(0, 0);
    forget_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127);
    limit(RLIMIT_CPU, CPU_SECONDS);
    limit(RLIMIT_FSIZE, FILE_BYTES);
    limit(RLIMIT_CORE, 0);
    if (chdir(child->folder) == 0 && connect_streams(pipes[0], pipes[1]))
        execvpe(child->argv[0], (char *const *)child->argv, environment);

    const int why = errno;
    if (write(report, &why, sizeof why) < 0)
        _exit(126);
    _exit(127);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Keep what there is to read, up to ${most} bytes in all. */
static void
drain(int fd, struct text *into, size_t most)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        const size_t room = most - into->length;
        text_put(into, bytes, (size_t)got < room ? (size_t)got : room);
    }
}

/* Has it ended?  It stays a zombie, so that its number is still its own. */
static bool
has_ended(pid_t pid)
{
    siginfo_t info = { .si_pid = 0 };

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid == pid
                                                                           : errno != EINTR;
}

/* Wait for ${pid}, reading what it says; past the deadline it is asked, then made, to end. */
static int
watch(pid_t pid, const struct child *child, const int *pipes, struct child_end *end)
{
    const double deadline = now() + (child->seconds > 0 ? child->seconds : CHILD_SECONDS);
    int status = -1;

    while (!has_ended(pid)) {
        struct pollfd look[2] = { { pipes[0], POLLIN, 0 }, { pipes[1], POLLIN, 0 } };
        const double late = now() - deadline;
        if (late > 0 && !end->timed_out) {
            kill(-pid, SIGTERM);
            end->timed_out = true;
        }
        if (late > SECONDS_TO_LEAVE)
            kill(-pid, SIGKILL);
        poll(look, 2, MILLISECONDS_A_LOOK);
        drain(pipes[0], &end->output, child->keep_output);
        drain(pipes[1], &end->errors, child->keep_errors);
        if ((look[0].revents | look[1].revents) & POLLHUP)
            poll(NULL, 0, 1); /* closed: poll no longer waits by itself */
    }
    kill(-pid, SIGKILL); /* whatever it left behind */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    drain(pipes[0], &end->output, child->keep_output);
    drain(pipes[1], &end->errors, child->keep_errors);
    return status;
}

enum { OUTPUT_READ, OUTPUT_WRITE, ERRORS_READ, ERRORS_WRITE, REPORT_READ, REPORT_WRITE, ENDS };

static void
close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static enum dyad_status
start(const struct child *child, char **environment, int *fds, pid_t *pid, struct dyad_error *err)
{
    for (int i = 0; i < ENDS; i += 2)
        if (pipe2(fds + i, O_CLOEXEC) != 0)
            return dyad_fail(err, DYAD_IO, "cannot make a pipe: %s", strerror(errno));
    if (fcntl(fds[OUTPUT_READ], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(fds[ERRORS_READ], F_SETFL, O_NONBLOCK) != 0)
        return dyad_fail(err, DYAD_IO, "cannot watch a pipe: %s", strerror(errno));

    const pid_t parent = getpid();
    *pid = fork();
    if (*pid < 0)
        return dyad_fail(err, DYAD_IO, "cannot start '%s': %s", child->argv[0], strerror(errno));
    if (*pid == 0)
        become(child, environment, (const int[]){ fds[OUTPUT_WRITE], fds[ERRORS_WRITE] },
               fds[REPORT_WRITE], parent);
    setpgid(*pid, *pid); /* here too: whoever comes first */
    close_end(&fds[OUTPUT_WRITE]);
    close_end(&fds[ERRORS_WRITE]);
    close_end(&fds[REPORT_WRITE]);
    return DYAD_OK;
}

/* The errno of a program that could not be started, 0 of one that was. */
static int
why_not_started(int report)
{
    int why;
    ssize_t got;

    do
        got = read(report, &why, sizeof why);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof why ? why : 0;
}

enum dyad_status
child_run(const struct child *child, struct child_end *end, struct dyad_error *err)
{
    struct surroundings around = { TEXT_INIT, TEXT_INIT, TEXT_INIT, { NULL } };
    int fds[ENDS] = { -1, -1, -1, -1, -1, -1 };
    enum dyad_status st = DYAD_NOMEM;
    pid_t pid = -1;

    if (!surroundings_make(&around, child->folder)) {
        dyad_fail(err, DYAD_NOMEM, "out of memory");
        goto done;
    }
    if ((st = start(child, around.environment, fds, &pid, err)) != DYAD_OK)
        goto done;

    const int why = why_not_started(fds[REPORT_READ]);
    const int status = watch(pid, child, (const int[]){ fds[OUTPUT_READ], fds[ERRORS_READ] }, end);
    end->absent = why == ENOENT || why == ENOTDIR;
    if (end->absent)
        st = dyad_fail(err, DYAD_IO, "%s is not installed", child->argv[0]);
    else if (why)
        st = dyad_fail(err, DYAD_IO, "cannot run %s: %s", child->argv[0], strerror(why));
    else if (end->output.failed || end->errors.failed)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    end->exit_status = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end->signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

done:
    for (int i = 0; i < ENDS; i++)
        close_end(&fds[i]);
    surroundings_release(&around);
    return st;
}

void
child_end_release(struct child_end *end)
{
    text_release(&end->output);
    text_release(&end->errors);
}
