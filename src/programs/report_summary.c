/* The summary of a report: what its analyses found, a sentence for each row that says it. */
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A group for each of more rows is a table, no summary. */
enum { SENTENCES_OF_ONE = 12 };

struct summary {
    struct report *r;
    const struct plan_answer *a;
    char **sentences;
    size_t n;
    struct text line;
};

static void
keep(struct summary *s, bool any)
{
    char **grown = any && !s->line.failed ? realloc(s->sentences, (s->n + 1) * sizeof *grown) : NULL;
    char *sentence = grown ? text_copy(s->line.at) : NULL;

    if (grown)
        s->sentences = grown;
    if (sentence)
        grown[s->n++] = sentence;
    else if (any)
        s->r->page.body.failed = true;
    text_clear(&s->line);
}

static bool
row_is(const struct table *t, size_t row, const char *column, const char *text)
{
    return strcmp(table_text(t, row, column), text) == 0;
}

/* --- one analysis ------------------------------------------------------------------------- */

static void
say_rates(struct summary *s, const struct table *t)
{
    for (size_t row = 0; row < t->n_rows; row++)
        keep(s, sentence_rate(t, row, &s->r->words, s->a->outcome.result.level, &s->line));
}

/* One measure alone; pooled, and crude too where there are no strata. */
static void
say_odds(struct summary *s, const struct table *t)
{
    const char *measure = report_first_measure(t);

    for (size_t row = 0; row < t->n_rows; row++)
        if (row_is(t, row, "measure", measure))
            keep(s, sentence_contrast(t, row, &s->r->words, s->a->outcome.result.level, &s->line));
}

/* The response of the formula, without its factor: "initiated ~ ..." */
static char *
outcome_of(const struct plan_answer *a)
{
    const char *formula = option_text(&a->options, "formula");
    const size_t n = formula ? strcspn(formula, "~") : 0;
    size_t from = 0, to = n;

    while (from < to && formula[from] == ' ')
        from++;
    while (to > from && formula[to - 1] == ' ')
        to--;
    return to > from && formula[to - 1] != ')' ? strndup(formula + from, to - from) : NULL;
}

/* "initiated ~ ...", "Surv(weeks, stopped) ~ ...": the event of a model; NULL where it is more than a name. */
static char *
event_of(const struct plan_answer *a)
{
    const char *formula = option_text(&a->options, "formula");
    const char *from = formula && strncmp(formula + strspn(formula, " "), "Surv(", 5) == 0 ? strchr(formula, ')') : NULL;

    if (from == NULL)
        return outcome_of(a);
    const char *to = from;
    while (from > formula && from[-1] != ',' && from[-1] != '(')
        from--;
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    return from[-1] != '(' && to > from ? strndup(from, (size_t)(to - from)) : NULL;
}

/* Is there no other term in the model than the exposure's? */
static bool
is_alone(const struct summary *s, const struct table *coefficients)
{
    const char *level;
    bool alone = true;

    for (size_t row = 0; row < coefficients->n_rows; row++)
        alone = alone && (row_is(coefficients, row, "term", "(Intercept)") ||
                          report_exposure_term(s->r, coefficients, row, &level));
    return alone;
}

static void
say_model(struct summary *s, const struct result *result)
{
    const struct table *t = result_find(result, "coefficients"), *margins = result_find(result, "margins");
    char *outcome = event_of(s->a);
    struct adjusted a = { report_measure_of(s->a), outcome, s->r->exposure, NULL, report_reference_of(s->r, s->a),
                          t && is_alone(s, t) };

    for (size_t row = 0; t && a.measure && a.reference && row < t->n_rows; row++)
        if (report_exposure_term(s->r, t, row, &a.level))
            keep(s, sentence_adjusted(t, row, &a, &s->r->words, s->a->outcome.result.level, &s->line));
    for (size_t row = 0; margins && outcome && row < margins->n_rows; row++) {
        a.exposure = table_text(margins, row, "exposure");
        keep(s, sentence_margin(margins, row, &a, &s->r->words, s->a->outcome.result.level, &s->line));
    }
    free(outcome);
}

static void
say_survival(struct summary *s, const struct table *t)
{
    const char *time = option_text(&s->a->options, "time"), *event = option_text(&s->a->options, "event");
    const char *unit = option_text(&s->a->options, "time-unit");

    if (unit == NULL && time)
        unit = wordbook_find(&s->r->words, time);
    for (size_t row = 0; event && row < t->n_rows; row++)
        keep(s, sentence_median(t, row, event, unit, &s->r->words, s->a->outcome.result.level, &s->line));
}

static void
say_pooled(struct summary *s, const struct table *t)
{
    for (size_t row = 0; row < t->n_rows; row++)
        keep(s, sentence_pooled(t, row, s->a->outcome.result.level, &s->line));
}

static void
say(struct summary *s)
{
    const struct result *result = &s->a->outcome.result;
    const struct table *rates = result_find(result, "rates"), *measures = result_find(result, "measures"),
                       *summary = result_find(result, "summary"), *pooled = result_find(result, "pooled");

    if (report_is(s->a, "rates") && rates)
        say_rates(s, rates);
    if (report_is(s->a, "odds") && measures && measures->n_rows)
        say_odds(s, measures);
    if (report_is(s->a, "model"))
        say_model(s, result);
    if (report_is(s->a, "survival") && summary && table_find_column(summary, "median") < summary->n_columns)
        say_survival(s, summary);
    if (report_is(s->a, "meta") && pooled)
        say_pooled(s, pooled);
}

/* --- all of them -------------------------------------------------------------------------- */

/* Its heading, once there is something to say. */
static void
begin_summary(struct report *r, bool *begun)
{
    if (!*begun)
        page_section(&r->page, "Summary");
    *begun = true;
}

static void
say_one(struct report *r, const struct plan_answer *a, bool *begun)
{
    struct summary s = { .r = r, .a = a, .line = TEXT_INIT };

    say(&s);
    if (s.n && s.n <= SENTENCES_OF_ONE) {
        begin_summary(r, begun);
        page_part(&r->page, a->analysis->title);
        report_population(a, &s.line);
        page_paragraph(&r->page, s.line.at);
        r->page.body.failed |= s.line.failed;
        page_list(&r->page, (const char *const *)s.sentences, s.n, PAGE_LIST_ITEMS);
    }
    for (size_t i = 0; i < s.n; i++)
        free(s.sentences[i]);
    free(s.sentences);
    text_release(&s.line);
}

void
report_summary(struct report *r)
{
    bool begun = false;

    if (r->summary.n)
        begin_summary(r, &begun);
    for (size_t i = 0; i < r->summary.n; i++)
        page_paragraph(&r->page, r->summary.at[i]);
    for (size_t i = 0; i < r->plan->n_analyses; i++)
        if (r->speaks[i] && report_has_answer(&r->answers[i]))
            say_one(r, &r->answers[i], &begun);
}
