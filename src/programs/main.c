/* dyad: the table of commands, and what all of them share: options in, a result out, an exit status. */
#include "commands.h"
#include "deliver.h"
#include "help.h"
#include "options.h"
#include "suppression.h"

#include "dyad/core/deadly.h"
#include "dyad/core/text.h"
#include "dyad/core/version.h"
#include "dyad/core/write.h"
#include "dyad/output/bundle.h"
#include "dyad/output/gnuplot.h"
#include "dyad/output/outbox.h"
#include "dyad/output/render.h"
#include "dyad/output/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

static const struct command *const commands[] = { &check_command, &codebook_command, &describe_command, &rates_command, &odds_command, &model_command, &survival_command, &meta_command,
                                                 &reproduce_command, &run_command, &report_command, &verify_command };

const struct command *
command_at(size_t i)
{
    return i < sizeof commands / sizeof commands[0] ? commands[i] : NULL;
}

const struct command *
command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* --- the process -------------------------------------------------------------------------- */

static void
on_signal(int number)
{
    deadly_end();
    outbox_remove_all();
    bundle_remove_all();
    gnuplot_remove_all();
    signal(number, SIG_DFL);
    raise(number);
}

/*
 * Where the result goes; -1: standard output was closed when we started.  The three standard
 * descriptors are open behind this, so that no file of ours becomes one of them.
 */
static int
take_stdout(void)
{
    const bool closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
    int nowhere = open("/dev/null", O_RDWR);

    while (nowhere >= 0 && nowhere <= STDERR_FILENO)
        nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0)
        close(nowhere);
    return closed ? -1 : STDOUT_FILENO;
}

static void
set_up(void)
{
    signal(SIGPIPE, SIG_IGN);
    deadly_handle(on_signal);
    /* Health data must not end in a core file. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    gsl_set_error_handler_off();
}

/* --- messages ----------------------------------------------------------------------------- */

static int
complain(const char *command, enum dyad_status status, const char *text)
{
    struct text t = TEXT_INIT, line = TEXT_INIT;

    while (*text) {
        const size_t n = strcspn(text, "\n");
        text_clear(&line);
        text_put(&line, text, n);
        text_printf(&t, "dyad%s%s: ", command ? " " : "", command ? command : "");
        utf8_visible(&t, line.failed ? "" : line.at);
        text_putc(&t, '\n');
        text += n + (text[n] == '\n');
    }
    t.failed = t.failed || line.failed;
    text_release(&line);
    if (t.failed)
        (void)write_all(STDERR_FILENO, "dyad: out of memory\n", 20);
    else
        (void)write_all(STDERR_FILENO, t.at, t.length);
    text_release(&t);
    return dyad_exit_status(status);
}

static int
print(int fd, struct text *t)
{
    struct dyad_error err = DYAD_ERROR_INIT;

    if (t->failed)
        err.status = dyad_fail(&err, DYAD_NOMEM, "out of memory");
    else
        err.status = write_stdout(fd, t->at, t->length, &err);
    text_release(t);
    return err.status == DYAD_OK ? 0 : complain(NULL, err.status, err.text);
}

/* --- a command ---------------------------------------------------------------------------- */

static enum dyad_status
describe(const struct options *o, const char *const *arguments, size_t n, struct result *r)
{
    r->command = text_copy(o->command->name);
    r->failed = r->failed || r->command == NULL;
    r->seed = o->seed;
    r->level = o->command->shared & SHARED_LEVEL ? o->level : 0;
    for (size_t i = 0; i < n; i++)
        result_argument(r, arguments[i]);
    return result_status(r);
}

static void
note_like(const struct options *o, struct result *r)
{
    struct text t = TEXT_INIT;

    options_like(o, &t);
    if (t.length)
        result_note(r, "%s", t.at);
    r->failed = r->failed || t.failed;
    text_release(&t);
}

/* What a command did not tell of is emptied here; but then it must not have drawn it. */
enum dyad_status
command_run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    const enum dyad_status st = o->command->run(o, out, err);

    if (st != DYAD_OK || suppression_is_applied(o->suppression))
        return st;
    if (out->has_plot || out->has_curves || out->n_pictures)
        return dyad_fail(err, DYAD_USAGE, "--suppress does not go with a picture here: leave one of them out");
    return suppression_apply(o->suppression, &out->result, err);
}

enum dyad_status
command_compute(const struct options *o, const char *const *arguments, size_t n, struct outcome *out,
                struct dyad_error *err)
{
    enum dyad_status st = describe(o, arguments, n, &out->result);

    if (st != DYAD_OK)
        return dyad_fail(err, st, "out of memory");
    if ((st = command_run(o, out, err)) == DYAD_OK)
        note_like(o, &out->result);
    return st;
}

static enum dyad_status
run_and_deliver(struct options *o, const char *const *arguments, size_t n, int fd, struct dyad_error *err)
{
    struct outcome out = OUTCOME_INIT;
    struct delivery d;
    enum dyad_status st, verdict;

    if ((st = delivery_plan(o, &d, err)) != DYAD_OK)
        return st;
    o->cohort.hash = format_has_hash((enum format)d.format);
    o->only_first_table = d.format == (int)FORMAT_CSV && d.to != TO_FOLDER;
    verdict = st = command_compute(o, arguments, n, &out, err);
    if (st == DYAD_OK || st == DYAD_DIFFERS)
        st = deliver(o, &d, &out, fd, err);
    outcome_release(&out);
    return st == DYAD_OK ? verdict : st;
}

static int
start_command(const struct command *c, const char *const *arguments, size_t n, int fd)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct options o;
    struct text help = TEXT_INIT;
    enum dyad_status st = options_parse(c, arguments, n, NULL, &o, &err);
    int code;

    if (st == DYAD_OK && o.help) {
        help_command(c, &help);
        code = print(fd, &help);
    } else {
        if (st == DYAD_OK)
            st = run_and_deliver(&o, arguments, n, fd, &err);
        code = st == DYAD_OK ? 0 : dyad_exit_status(st);
        if (st != DYAD_OK && err.text[0])
            complain(c->name, st, err.text);
        else if (st != DYAD_OK && st != DYAD_DIFFERS)
            complain(c->name, st, st == DYAD_NOMEM ? "out of memory" : "failed");
    }
    options_release(&o);
    return code;
}

static int
start_without_command(const char *word, int fd)
{
    struct text t = TEXT_INIT;

    if (word && strcmp(word, "--version") == 0)
        text_puts(&t, "dyad " DYAD_VERSION "\n");
    else if (word && (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0))
        help_program(&t);
    else
        return complain(NULL, DYAD_USAGE, word ? "no such command: see dyad --help" : "no command: see dyad --help");
    return print(fd, &t);
}

/* "dyad help COMMAND" is "dyad COMMAND --help". */
static int
start_help(const char *name, int fd)
{
    static const char *const arguments[] = { "--help" };
    const struct command *c = command_find(name);

    return c ? start_command(c, arguments, 1, fd) : start_without_command(name, fd);
}

int
main(int argc, char **argv)
{
    const int fd = take_stdout();
    const struct command *c = argc > 1 ? command_find(argv[1]) : NULL;

    set_up();
    if (c)
        return start_command(c, (const char *const *)argv + 2, (size_t)argc - 2, fd);
    if (argc == 3 && strcmp(argv[1], "help") == 0)
        return start_help(argv[2], fd);
    if (argc > 2 && argv[1][0] == '-')
        return complain(NULL, DYAD_USAGE, "the command comes first: dyad COMMAND [OPTIONS] FILE...");
    return start_without_command(argc > 1 ? argv[1] : NULL, fd);
}
