/* The key `report` of a plan: words for people, what is said of what. */
#include "report.h"

#include "dyad/core/text.h"
#include "dyad/data/number.h"

#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* One text, or a list of them. */
static enum dyad_status
read_texts(const struct report *r, const struct node *n, struct texts *out, struct dyad_error *err)
{
    const bool is_list = n->kind == NODE_LIST;
    const size_t count = is_list ? n->n : n->kind != NODE_EMPTY;

    out->at = calloc(count + 1, sizeof *out->at);
    if (out->at == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct node *item = is_list ? &n->items[i] : n;
        if (item->kind != NODE_TEXT)
            return plan_refuse(r->plan, item, err, "'%s' is one text or a list of texts", n->key);
        out->at[out->n++] = item->text;
    }
    return DYAD_OK;
}

static enum dyad_status
read_text(const struct report *r, const struct node *n, const char **out, struct dyad_error *err)
{
    if (n->kind != NODE_TEXT && n->kind != NODE_EMPTY)
        return plan_refuse(r->plan, n, err, "'%s' is one text", n->key);
    *out = n->kind == NODE_TEXT ? n->text : NULL;
    return DYAD_OK;
}

/* --- words -------------------------------------------------------------------------------- */

/* Takes ${key}. */
static enum dyad_status
add_word(struct report *r, char *key, const char *words, struct dyad_error *err)
{
    struct word *grown = key ? realloc((void *)r->words.words, (r->words.n + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(key);
        return no_memory(err);
    }
    r->words.words = grown;
    grown[r->words.n++] = (struct word){ key, words };
    return DYAD_OK;
}

/* "COL=VALUE" */
static char *
joined(const char *column, const char *value)
{
    struct text key = TEXT_INIT;

    text_printf(&key, "%s=%s", column, value);
    return text_steal(&key);
}

static enum dyad_status
read_words(struct report *r, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (n->kind != NODE_MAP && n->kind != NODE_EMPTY)
        return plan_refuse(r->plan, n, err, "'words' holds keys: COLUMN: words, or COLUMN: {VALUE: words}");
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++) {
        const struct node *item = &n->items[i];
        if (item->kind == NODE_TEXT)
            st = add_word(r, text_copy(item->key), item->text, err);
        else if (item->kind != NODE_MAP)
            st = plan_refuse(r->plan, item, err, "'%s' needs words, or words for its values: {VALUE: words}", item->key);
        for (size_t k = 0; item->kind == NODE_MAP && k < item->n && st == DYAD_OK; k++)
            st = item->items[k].kind == NODE_TEXT
                     ? add_word(r, joined(item->key, item->items[k].key), item->items[k].text, err)
                     : plan_refuse(r->plan, &item->items[k], err, "'%s' needs words", item->items[k].key);
    }
    return st;
}

/* Is it there already? */
static bool
has_label(const struct wordbook *w, const char *key)
{
    bool found = false;

    for (size_t i = 0; i < w->n_labels && !found; i++)
        found = strcmp(w->labels[i].key, key) == 0;
    return found;
}

/* Of a value with a label. */
static enum dyad_status
learn(struct report *r, const char *column, const char *shown_column, const char *value, const char *shown,
      struct dyad_error *err)
{
    char *key = shown == value ? NULL : joined(column, value);
    struct text label = TEXT_INIT;

    if (shown == value || (key && has_label(&r->words, key))) {
        free(key);
        return DYAD_OK;
    }
    text_printf(&label, "with %s = %s", shown_column, shown);
    char *words = text_steal(&label);
    struct word *grown =
        key && words ? realloc((void *)r->words.labels, (r->words.n_labels + 1) * sizeof *grown) : NULL;
    if (grown == NULL) {
        free(key);
        free(words);
        return no_memory(err);
    }
    r->words.labels = grown;
    grown[r->words.n_labels++] = (struct word){ key, words };
    return DYAD_OK;
}

/* The groups of a row, and the levels of its exposure. */
static enum dyad_status
learn_from(struct report *r, const struct table *t, size_t row, struct dyad_error *err)
{
    static const char *const levels[] = { "level", "reference" };
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < t->n_columns && st == DYAD_OK; i++) {
        const struct column *c = &t->columns[i];
        const struct cell *cell = table_cell(t, row, i);
        if (c->role == COLUMN_GROUP && cell->state == CELL_TEXT)
            st = learn(r, c->name, c->shown ? c->shown : c->name, cell->is.text,
                       cell->shown ? cell->shown : cell->is.text, err);
    }
    for (size_t i = 0; i < 2 && st == DYAD_OK && table_find_column(t, "exposure") < t->n_columns; i++)
        if (table_find_column(t, levels[i]) < t->n_columns)
            st = learn(r, table_text(t, row, "exposure"), table_shown(t, row, "exposure"), table_text(t, row, levels[i]),
                       table_shown(t, row, levels[i]), err);
    return st;
}

enum dyad_status
report_learn_labels(struct report *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < r->plan->n_analyses; i++) {
        const struct result *result = &r->answers[i].outcome.result;
        for (size_t k = 0; report_has_answer(&r->answers[i]) && k < result->n_tables; k++)
            for (size_t row = 0; row < result->tables[k]->n_rows && st == DYAD_OK; row++)
                st = learn_from(r, result->tables[k], row, err);
    }
    return st;
}

const char *
report_label(const struct report *r, const char *key)
{
    const char *known = wordbook_find(&r->words, key);

    return known ? known : key;
}

/* --- risks and names ---------------------------------------------------------------------- */

static enum dyad_status
read_risk(struct report *r, const struct node *n, struct dyad_error *err)
{
    const char *text = n->kind == NODE_TEXT ? n->text : "";
    const size_t length = strlen(text);
    const bool percent = length && text[length - 1] == '%';
    double risk;

    if (number_parse(text, length - percent, '.', &risk) != NUMBER_GOOD)
        return plan_refuse(r->plan, n, err, "'baseline_risk': a risk is a number between 0 and 1, or a percentage: 0.4, 40%%");
    if (percent)
        risk /= 100;
    if (!(risk > 0 && risk < 1))
        return plan_refuse(r->plan, n, err, "'baseline_risk': a risk lies between 0 and 1, or 0%% and 100%%");
    if (r->n_risks == RISKS_MAX)
        return plan_refuse(r->plan, n, err, "'baseline_risk': at most %d", RISKS_MAX);
    r->risks[r->n_risks++] = risk;
    return DYAD_OK;
}

static enum dyad_status
read_risks(struct report *r, const struct node *n, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (n->kind != NODE_LIST)
        return n->kind == NODE_EMPTY ? DYAD_OK : read_risk(r, n, err);
    for (size_t i = 0; i < n->n && st == DYAD_OK; i++)
        st = read_risk(r, &n->items[i], err);
    return st;
}

/* Which analyses are named; the others are not meant. */
static enum dyad_status
read_names(struct report *r, const struct node *n, bool *meant, struct dyad_error *err)
{
    const struct plan *p = r->plan;
    const size_t count = n->kind == NODE_LIST ? n->n : n->kind != NODE_EMPTY;

    for (size_t i = 0; i < p->n_analyses; i++)
        meant[i] = false;
    for (size_t i = 0; i < count; i++) {
        const struct node *item = n->kind == NODE_LIST ? &n->items[i] : n;
        size_t k = 0;
        while (k < p->n_analyses && !(item->kind == NODE_TEXT && strcmp(p->analyses[k].name, item->text) == 0))
            k++;
        if (k == p->n_analyses)
            return plan_refuse(p, item, err, "'%s' names analyses of the plan", n->key);
        meant[k] = true;
    }
    return DYAD_OK;
}

/* --- all of them -------------------------------------------------------------------------- */

static enum dyad_status
read_key(struct report *r, const struct node *n, struct dyad_error *err)
{
    if (strcmp(n->key, "summary") == 0)
        return read_texts(r, n, &r->summary, err);
    if (strcmp(n->key, "methods") == 0)
        return read_texts(r, n, &r->methods, err);
    if (strcmp(n->key, "people") == 0)
        return read_text(r, n, &r->words.people, err);
    if (strcmp(n->key, "exposure") == 0)
        return read_text(r, n, &r->exposure, err);
    if (strcmp(n->key, "words") == 0)
        return read_words(r, n, err);
    if (strcmp(n->key, "baseline_risk") == 0)
        return read_risks(r, n, err);
    if (strcmp(n->key, "sentences") == 0)
        return read_names(r, n, r->speaks, err);
    if (strcmp(n->key, "absolute") == 0)
        return read_names(r, n, r->is_absolute, err);
    return plan_refuse(r->plan, n, err, "no key '%s' here: there are summary, sentences, people, words, exposure, absolute, "
                                        "baseline_risk, methods", n->key);
}

enum dyad_status
report_read_keys(struct report *r, struct dyad_error *err)
{
    const struct node *n = r->plan->report;
    const size_t count = r->plan->n_analyses;
    enum dyad_status st = DYAD_OK;

    r->speaks = malloc(count * sizeof *r->speaks);
    r->is_absolute = malloc(count * sizeof *r->is_absolute);
    if (r->speaks == NULL || r->is_absolute == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        r->speaks[i] = r->is_absolute[i] = true;
    if (n && n->kind != NODE_MAP && n->kind != NODE_EMPTY)
        return plan_refuse(r->plan, n, err, "'report' holds keys: summary, people, words ...");
    for (size_t i = 0; n && i < n->n && st == DYAD_OK; i++)
        st = read_key(r, &n->items[i], err);
    return st;
}

void
report_release_keys(struct report *r)
{
    for (size_t i = 0; i < r->words.n; i++)
        free((void *)r->words.words[i].key);
    free((void *)r->words.words);
    for (size_t i = 0; i < r->words.n_labels; i++) {
        free((void *)r->words.labels[i].key);
        free((void *)r->words.labels[i].words);
    }
    free((void *)r->words.labels);
    free(r->summary.at);
    free(r->methods.at);
    free(r->speaks);
    free(r->is_absolute);
}
