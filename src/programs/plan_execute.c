/* Running the analyses of a plan: all at once, so that they read the data together. */
#include "plan.h"

#include "dyad/core/workers.h"
#include "dyad/output/gnuplot.h"

#include "suppression.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Analyses that are under way at the same time: each keeps its sums, or a model's rows.  With --suppress it is all. */
enum { TOGETHER = 64 };

struct job {
    const struct plan *plan;
    const struct plan_run *how;
    struct plan_answer *answer;
    sem_t *processors; /* as many may draw and write at a time */
    struct pass_member member;
    struct suppression_member hides; /* with whom */
    pthread_t thread;
    bool started;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- one analysis ------------------------------------------------------------------------- */

static bool
has_picture(const struct command *c)
{
    return (c->shared & SHARED_PLOT) != 0;
}

static enum dyad_status
read_words(struct job *j, struct plan_answer *a)
{
    const struct words *w = &a->analysis->words;
    const char **arguments = malloc((w->n + 1) * sizeof *arguments);
    size_t n = 0;
    enum dyad_status st;

    if (arguments == NULL)
        return no_memory(&a->err);
    const bool draws = j->how->draws_all && has_picture(a->analysis->command) &&
                       !node_find(a->analysis->node, "plot");
    if (draws)
        arguments[n++] = "--plot=picture.svg";
    for (size_t i = 1; i < w->n; i++)
        arguments[n++] = w->at[i];
    st = options_parse(a->analysis->command, arguments, n, NULL, &a->options, &a->err);
    free(arguments);
    if (st == DYAD_OK)
        st = delivery_plan(&a->options, &a->delivery, &a->err);
    a->options.cohort.n_threads = j->how->n_threads;
    if (j->member.pass)
        a->options.cohort.member = &j->member;
    suppression_join(a->options.suppression, &j->hides);
    return st;
}

static bool
is_no_answer(enum dyad_status st)
{
    return st == DYAD_DOMAIN || st == DYAD_NOCONV;
}

/* It will read no more: those who still want to need not wait for it, while it waits for them. */
static void
leave_pass(void *member)
{
    pass_leave(member);
}

static void
run_one(struct job *j)
{
    struct plan_answer *a = j->answer;
    const struct words *w = &a->analysis->words;
    enum dyad_status st = read_words(j, a);

    if (st == DYAD_OK)
        st = command_compute(&a->options, (const char *const *)w->at + 1, w->n - 1, &a->outcome, &a->err);
    if (st == DYAD_OK && result_status(&a->outcome.result) != DYAD_OK)
        st = no_memory(&a->err);
    if (st != DYAD_OK && st != DYAD_DIFFERS) { /* what was counted until then is no answer, and nothing of it is hidden yet */
        outcome_release(&a->outcome);
        a->outcome = (struct outcome)OUTCOME_INIT;
    }
    a->status = st;
    a->refused = j->member.refused;
    if (j->member.pass && st != DYAD_OK && st != DYAD_DIFFERS && !is_no_answer(st))
        pass_abandon(j->member.pass);
    pass_leave(&j->member);
    suppression_group_leave(&j->hides);
    a->options.cohort.member = NULL;
    if ((st == DYAD_OK || st == DYAD_DIFFERS || is_no_answer(st)) && j->how->each) {
        struct dyad_error err = DYAD_ERROR_INIT;
        while (sem_wait(j->processors) != 0 && errno == EINTR)
            ;
        if ((st = j->how->each(j->how->context, a, &err)) != DYAD_OK) {
            a->status = st;
            a->err = err;
        }
        sem_post(j->processors);
    }
}

static void *
work(void *job)
{
    run_one(job);
    return NULL;
}

/* --- all of them -------------------------------------------------------------------------- */

/* One without a thread of its own cannot wait for the others: it reads alone, but where it has to hide with them it cannot. */
static void
run_without_thread(struct job *j)
{
    if (j->hides.group)
        j->answer->status = dyad_fail(&j->answer->err, DYAD_NOMEM, "out of memory: no thread for each of the analyses");
    else
        run_one(j);
}

/* Those of the plan's data wait for each other to read, and all of them to decide what --suppress hides. */
static enum dyad_status
run_together(struct job *jobs, size_t n, bool hides)
{
    size_t n_members = 0;

    for (size_t i = 0; i < n; i++)
        n_members += jobs[i].answer->analysis->shares_data;
    struct pass *pass = pass_new(n_members);
    struct suppression_group *group = hides ? suppression_group_new(n) : NULL;
    if (pass == NULL || (hides && group == NULL)) {
        pass_free(pass);
        suppression_group_free(group);
        return DYAD_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (jobs[i].answer->analysis->shares_data)
            jobs[i].member.pass = pass;
        jobs[i].hides = (struct suppression_member){ group, i, leave_pass, &jobs[i].member };
        jobs[i].started = pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) == 0;
    }
    for (size_t i = 0; i < n; i++)
        if (!jobs[i].started) {
            pass_leave(&jobs[i].member);
            suppression_group_leave(&jobs[i].hides);
        }
    for (size_t i = 0; i < n; i++)
        if (!jobs[i].started)
            run_without_thread(&jobs[i]);
    for (size_t i = 0; i < n; i++)
        if (jobs[i].started)
            pthread_join(jobs[i].thread, NULL);
    pass_free(pass);
    suppression_group_free(group);
    return DYAD_OK;
}

static bool
has_line(const struct text *lines, const char *line, size_t n)
{
    for (const char *s = lines->at; s && *s; s += strcspn(s, "\n"), s += *s == '\n')
        if (strcspn(s, "\n") == n && strncmp(s, line, n) == 0)
            return true;
    return false;
}

/* What of ${lines} is not in ${all} yet, and from now on is: what is wrong with the data is wrong for many. */
static void
take_new(const char *lines, struct text *all, struct text *new)
{
    for (size_t n; *lines; lines += n + (lines[n] == '\n')) {
        n = strcspn(lines, "\n");
        if (has_line(all, lines, n))
            continue;
        text_printf(all, "%.*s\n", (int)n, lines);
        text_printf(new, "%s%.*s", new->length ? "\n" : "", (int)n, lines);
    }
}

/* What all analyses say that failed; the status of the first. */
static enum dyad_status
first_failure(const struct plan *p, struct plan_answer *answers, struct dyad_error *err)
{
    enum dyad_status first = DYAD_OK;
    struct text said = TEXT_INIT, all = TEXT_INIT, new = TEXT_INIT;

    for (size_t i = 0; i < p->n_analyses; i++) {
        struct plan_answer *a = &answers[i];
        if (a->skipped || a->refused || a->status == DYAD_OK || a->status == DYAD_DIFFERS || is_no_answer(a->status))
            continue;
        text_clear(&new);
        take_new(a->err.text[0] ? a->err.text : "failed", &said, &new);
        if (new.length == 0)
            continue;
        dyad_fail(&a->err, a->status, "%s", new.at);
        plan_blame(p, a->analysis, &a->err);
        first = first == DYAD_OK ? a->err.status : first;
        text_printf(&all, "%s%s", all.length ? "\n" : "", a->err.text);
    }
    if (said.failed || all.failed || new.failed)
        first = no_memory(err);
    else if (first != DYAD_OK)
        dyad_fail(err, first, "%s", all.at);
    text_release(&said);
    text_release(&all);
    text_release(&new);
    return first;
}

static enum dyad_status
run_all(const struct plan *p, const struct plan_run *how, struct plan_answer *answers, struct dyad_error *err)
{
    const bool hides = node_find(&p->document.root, "suppress") != NULL;
    const size_t together = hides || p->n_analyses < TOGETHER ? p->n_analyses : TOGETHER;
    struct job *jobs = calloc(together + 1, sizeof *jobs);
    sem_t processors;
    enum dyad_status st = jobs ? DYAD_OK : no_memory(err);
    size_t n = 0;

    const size_t wanted = how->n_threads ? how->n_threads : workers_available();

    sem_init(&processors, 0, wanted < GNUPLOT_AT_ONCE ? (unsigned)wanted : GNUPLOT_AT_ONCE);
    for (size_t i = 0; i <= p->n_analyses && st == DYAD_OK; i++) {
        if (n && (n == together || i == p->n_analyses)) {
            st = run_together(jobs, n, hides) == DYAD_OK ? first_failure(p, answers, err) : no_memory(err);
            n = 0;
        }
        if (st == DYAD_OK && i < p->n_analyses && !answers[i].skipped)
            jobs[n++] = (struct job){ .plan = p, .how = how, .answer = &answers[i], .processors = &processors };
    }
    sem_destroy(&processors);
    free(jobs);
    return st;
}

/* Into the plan's folder, so that its paths are told as they are written, wherever it is run from. */
static enum dyad_status
enter(const struct plan *p, int *back, struct dyad_error *err)
{
    *back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*back < 0 || chdir(p->folder) != 0)
        return dyad_fail(err, DYAD_IO, "cannot enter the folder '%s': %s", *back < 0 ? "." : p->folder, strerror(errno));
    return DYAD_OK;
}

enum dyad_status
plan_execute(const struct plan *p, const struct plan_run *how, struct plan_answer **out, struct dyad_error *err)
{
    struct plan_answer *answers = calloc(p->n_analyses, sizeof *answers);
    int back = -1;
    enum dyad_status st = answers ? enter(p, &back, err) : no_memory(err);

    for (size_t i = 0; answers && i < p->n_analyses; i++)
        answers[i] = (struct plan_answer){ .analysis = &p->analyses[i], .outcome = OUTCOME_INIT,
                                           .skipped = how->skip && how->skip[i] };
    if (st == DYAD_OK)
        st = run_all(p, how, answers, err);
    if (back >= 0 && fchdir(back) != 0 && st == DYAD_OK)
        st = dyad_fail(err, DYAD_IO, "cannot go back from the folder '%s': %s", p->folder, strerror(errno));
    if (back >= 0)
        close(back);
    if (st == DYAD_OK)
        *out = answers;
    else
        plan_answers_free(answers, answers ? p->n_analyses : 0);
    return st;
}

void
plan_answers_free(struct plan_answer *answers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        options_release(&answers[i].options);
        outcome_release(&answers[i].outcome);
    }
    free(answers);
}
