#include "model_frame.h"

#include "suppression.h"

#include "dyad/core/workers.h"
#include "dyad/data/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- what is asked of the file ------------------------------------------------------------ */

static enum dyad_status
keep(struct model_frame *f, const char *name, size_t *factor, struct dyad_error *err)
{
    const enum dyad_status st = cohort_factor(f->cohort, name, LEVELS_UNLIMITED, factor, err);

    if (st != DYAD_OK)
        return st;
    if (*factor >= COLUMNS_KEPT_MAX)
        return dyad_fail(err, DYAD_USAGE, "more than %d columns in one model", COLUMNS_KEPT_MAX);
    f->spec.kept[*factor] = f->spec.needed[*factor] = true;
    return DYAD_OK;
}

bool
model_frame_has_events(const struct model_frame *f)
{
    return f->use == RESPONSE_IS_EVENT || f->use == RESPONSE_IS_TIME;
}

/* The event as analysis.c reads it: y, or y=VALUE. */
static enum dyad_status
ask_for_event(struct model_frame *f, struct dyad_error *err)
{
    const struct formula_response *r = &f->formula.response;
    enum dyad_status st;

    f->event = (struct event){ .coding = r->text ? EVENT_EQUALS : EVENT_TRUTH };
    f->event.column = text_copy(f->formula.columns[r->column].name);
    f->event.value = text_copy(r->text);
    f->event.typed = f->formula.columns[r->column].name;
    if (f->event.column == NULL || (r->text && f->event.value == NULL))
        return no_memory(err);
    st = keep(f, f->event.column, &f->event.factor, err);
    return st;
}

static enum dyad_status
check_response(const struct model_frame *f, struct dyad_error *err)
{
    const enum response_kind kind = f->formula.response.kind;

    if (kind == RESPONSE_NONE)
        return dyad_fail(err, DYAD_USAGE, "--formula: nothing stands left of ~: OUTCOME ~ TERMS");
    if (f->use == RESPONSE_IS_TIME && kind != RESPONSE_SURVIVAL)
        return dyad_fail(err, DYAD_USAGE, "--formula: this family needs Surv(time, event) left of ~");
    if (f->use != RESPONSE_IS_TIME && kind == RESPONSE_SURVIVAL)
        return dyad_fail(err, DYAD_USAGE, "--formula: Surv() is for --family cox");
    if (f->use == RESPONSE_IS_EVENT && kind == RESPONSE_VALUE)
        return dyad_fail(err, DYAD_USAGE, "--formula: this family needs a yes/no outcome left of ~, not arithmetic: --define it");
    if (!model_frame_has_events(f) && kind == RESPONSE_EQUALS)
        return dyad_fail(err, DYAD_USAGE, "--formula: this family needs a number left of ~");
    return DYAD_OK;
}

/* The likelihoods of times and of matched sets have no intercept: factors are coded as if it were there. */
static enum dyad_status
settle_intercept(struct model_frame *f, struct dyad_error *err)
{
    if (f->use != RESPONSE_IS_TIME && !option_given(f->o, "match"))
        return DYAD_OK;
    if (!f->formula.intercept)
        return dyad_fail(err, DYAD_USAGE, "--formula: this family has no intercept to be left out: write no - 1");
    return DYAD_OK;
}

/* Which numbers of the response must be in what order. */
static void
ask_for_order(struct model_frame *f)
{
    const struct formula_response *r = &f->formula.response;

    if (f->counts)
        f->spec.order = (struct number_order){ true, false, f->at[r->column].factor, f->at[r->total].factor,
                                               f->formula.columns[r->column].name, "counts more events than the total has",
                                               f->o->cohort.decimal };
    else if (r->kind == RESPONSE_SURVIVAL && r->has_entry)
        f->spec.order = (struct number_order){ true, true, f->at[r->entry].factor, f->at[r->time].factor,
                                               f->formula.columns[r->entry].name, "is not before the end of observation: who enters at a time is at risk only after it",
                                               f->o->cohort.decimal };
}

static enum dyad_status
ask_for_survey(struct model_frame *f, const struct survey *survey, struct dyad_error *err)
{
    if (f->counts)
        return dyad_fail(err, DYAD_USAGE, "a survey design needs a record for each who was drawn, not EVENTS/TOTAL");
    f->has_survey = true;
    return survey_request(survey, f->cohort, &f->spec, &f->survey, err);
}

static enum dyad_status
ask(struct model_frame *f, const struct survey *survey, struct dyad_error *err)
{
    const struct options *o = f->o;
    enum dyad_status st;

    f->at = calloc(f->formula.n_columns + 1, sizeof *f->at);
    if (f->at == NULL)
        return no_memory(err);
    for (size_t i = 0; i < f->formula.n_columns; i++)
        if ((st = keep(f, f->formula.columns[i].name, &f->at[i].factor, err)) != DYAD_OK)
            return st;
    f->counts = f->formula.response.kind == RESPONSE_COUNTS;
    if (model_frame_has_events(f) && !f->counts && (st = ask_for_event(f, err)) != DYAD_OK)
        return st;
    if ((st = grouping_request(f->cohort, o, &f->by, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < f->by.n; i++)
        f->spec.kept[f->by.factors[i]] = f->spec.needed[f->by.factors[i]] = true;
    f->has_cluster = option_given(o, "cluster");
    f->has_match = option_given(o, "match");
    f->read_again = option_given(o, "margins") || option_given(o, "log-log") || option_given(o, "plot") ||
                    option_given(o, "plot-data") || f->counts;
    if (f->has_cluster && (st = keep(f, option_text(o, "cluster"), &f->cluster, err)) != DYAD_OK)
        return st;
    if (f->has_match && (st = keep(f, option_text(o, "match"), &f->match, err)) != DYAD_OK)
        return st;
    const char *const *strata = option_list(o, "stratify", &f->n_strata);
    if (f->n_strata > BY_MAX)
        return dyad_fail(err, DYAD_USAGE, "--stratify: at most %d columns", BY_MAX);
    for (size_t i = 0; i < f->n_strata; i++)
        if ((st = keep(f, strata[i], &f->strata[i], err)) != DYAD_OK)
            return st;
    f->spec.n_factors = cohort_n_factors(f->cohort);
    ask_for_order(f);
    return survey ? ask_for_survey(f, survey, err) : DYAD_OK;
}

/* Squares of larger numbers, or of their inverses, are none. */
static const double LARGEST = 1e140;

/* --- what the columns hold ---------------------------------------------------------------- */

static bool
is_number(const struct model_frame *f, const struct level *l, double *out)
{
    return number_parse(l->text, l->length, f->o->cohort.decimal ? f->o->cohort.decimal : '.', out) == NUMBER_GOOD;
}

/* Does the response use the column as a number? */
static bool
responds_as_number(const struct model_frame *f, size_t column)
{
    const struct formula_response *r = &f->formula.response;

    switch (r->kind) {
    case RESPONSE_COLUMN: return !model_frame_has_events(f) && r->column == column;
    case RESPONSE_COUNTS: return r->column == column || r->total == column;
    case RESPONSE_SURVIVAL: return r->time == column || (r->has_entry && r->entry == column);
    case RESPONSE_VALUE:
        for (size_t i = 0; i < r->value.n; i++)
            if (r->value.steps[i].operation == FORMULA_COLUMN && r->value.steps[i].column == column)
                return true;
        return false;
    default: return false;
    }
}

/* Numbers where they are needed or are all there is; else codes; a mixture is refused. */
static enum dyad_status
settle_column(struct model_frame *f, size_t column, struct dyad_error *err)
{
    const struct formula_column *use = &f->formula.columns[column];
    struct frame_column *c = &f->at[column];
    const bool needs = use->number || responds_as_number(f, column);
    const struct level *text = NULL;
    size_t numbers = 0;
    double largest = 0;

    c->levels = cohort_levels(f->cohort, c->factor, &c->n_levels);
    c->names = calloc(c->n_levels + 1, sizeof *c->names);
    c->numbers = calloc(c->n_levels + 1, sizeof *c->numbers);
    if (c->names == NULL || c->numbers == NULL)
        return no_memory(err);
    c->numbers[0] = NAN;
    for (size_t i = 0; i < c->n_levels; i++) {
        const bool number = is_number(f, &c->levels[i], &c->numbers[i + 1]);
        if (number)
            largest = fmax(largest, fabs(c->numbers[i + 1]));
        c->names[i] = c->levels[i].text;
        numbers += number;
        if (!number && (text == NULL || place_before(c->levels[i].first, text->first)))
            text = &c->levels[i];
    }
    const struct codebook_field *field = cohort_field(f->cohort, use->name);
    const bool category = use->plain && !needs && field && field->type == CODEBOOK_CATEGORY;
    if (text && (needs || (use->plain && numbers && !category)))
        return cohort_refuse(f->cohort, text, use->name,
                             needs ? "holds no number where the formula needs one"
                                   : "holds both numbers and text: write factor() around it, or name what is missing "
                                     "with --na", err);
    c->is_factor = use->factor || (use->plain && text) || category;
    if (!c->is_factor && text == NULL && (largest > LARGEST || (largest > 0 && largest < 1 / LARGEST)))
        return dyad_fail(err, DYAD_DATA, "column '%s' holds numbers too %s to be squared: --define it in another unit", use->name,
                         largest > LARGEST ? "large" : "small");
    if (text || category) {
        free(c->numbers);
        c->numbers = NULL;
    }
    return DYAD_OK;
}

static enum dyad_status
settle_counts(struct model_frame *f, struct dyad_error *err)
{
    const struct formula_response *r = &f->formula.response;
    const size_t both[2] = { r->column, r->total };

    for (size_t k = 0; k < 2; k++) {
        const struct frame_column *c = &f->at[both[k]];
        for (size_t i = 0; i < c->n_levels; i++)
            if (c->numbers[i + 1] < 0 || c->numbers[i + 1] != floor(c->numbers[i + 1]) || c->numbers[i + 1] > 1e15)
                return cohort_refuse(f->cohort, &c->levels[i], f->formula.columns[both[k]].name,
                                     "holds no count: a whole number from 0 is needed", err);
    }
    return DYAD_OK;
}

static enum dyad_status
refuse_negative(struct model_frame *f, size_t column, const char *what, struct dyad_error *err)
{
    const struct frame_column *c = &f->at[column];
    const struct level *bad = NULL;

    for (size_t i = 0; i < c->n_levels; i++)
        if (c->numbers[i + 1] < 0 && (bad == NULL || place_before(c->levels[i].first, bad->first)))
            bad = &c->levels[i];
    return bad ? cohort_refuse(f->cohort, bad, f->formula.columns[column].name, what, err) : DYAD_OK;
}

static enum dyad_status
settle_times(struct model_frame *f, struct dyad_error *err)
{
    const struct formula_response *r = &f->formula.response;
    enum dyad_status st = refuse_negative(f, r->time, "holds a negative time", err);

    return st == DYAD_OK && r->has_entry ? refuse_negative(f, r->entry, "holds a negative time", err) : st;
}

static size_t
tell_all_dropped(const struct model_frame *f)
{
    struct suppression *s = f->o->suppression;
    const size_t n = f->spec.n_factors, all = disclosure_count(suppression_counts(s), columns_dropped(f->columns));
    const char *names[CROSSTAB_FACTORS];
    int64_t without[CROSSTAB_FACTORS];

    for (size_t i = 0; i < n && i < CROSSTAB_FACTORS; i++) {
        names[i] = cohort_factor_name(f->cohort, i);
        without[i] = columns_dropped_for(f->columns, i);
    }
    return n <= CROSSTAB_FACTORS ? suppression_left_out(s, names, without, n, all) : all;
}

/* Those left out, and those of them without each column, for --suppress; the caller's to free. */
static size_t *
tell_dropped(const struct model_frame *f, size_t *n)
{
    struct suppression *s = f->o->suppression;
    struct disclosure *d = suppression_counts(s);
    size_t *counts = calloc(f->spec.n_factors + 1, sizeof *counts);

    *n = 0;
    if (counts == NULL || d == NULL)
        return counts;
    const size_t lacking = disclosure_sum(d), once_and_more = disclosure_sum(d);
    int64_t more = -columns_dropped(f->columns);
    counts[(*n)++] = suppression_name(s, "left out", tell_all_dropped(f));
    for (size_t i = 0; i < f->spec.n_factors; i++) {
        const int64_t without = columns_dropped_for(f->columns, i);
        const char *name = cohort_factor_name(f->cohort, i);
        const size_t all = disclosure_sum(d);
        const size_t one = suppression_left_out(s, &name, &without, 1, disclosure_count(d, without));
        disclosure_part(d, all, one, 1);
        disclosure_part(d, all, disclosure_count(d, columns_dropped(f->columns) - without), 1);
        disclosure_same(d, all, counts[0]);
        more += without;
        if (without == 0) /* that none lack it is told */
            continue;
        disclosure_part(d, lacking, one, 1);
        counts[(*n)++] = one;
    }
    /* By how much they are more together tells how many lack several. */
    disclosure_part(d, once_and_more, counts[0], 1);
    disclosure_part(d, once_and_more, disclosure_count(d, more), 1);
    disclosure_same(d, once_and_more, lacking);
    return counts;
}

static void
note_dropped(const struct model_frame *f, struct result *r)
{
    const int64_t all = columns_dropped(f->columns);
    struct text t = TEXT_INIT;
    size_t n = 0, *counts;

    if (all == 0)
        return;
    for (size_t i = 0; i < f->spec.n_factors; i++)
        if (columns_dropped_for(f->columns, i))
            text_printf(&t, "%s%s (%" PRId64 ")", n++ ? ", " : "", cohort_factor_name(f->cohort, i),
                        columns_dropped_for(f->columns, i));
    if ((counts = tell_dropped(f, &n)) == NULL) {
        r->failed = true;
        text_release(&t);
        return;
    }
    suppression_note(f->o->suppression, r, counts, n, "Left out: records without a value that is needed; how many is suppressed.",
                     "Left out: %" PRId64 " record%s without a value of %s.", all, plural(all), t.failed ? "" : t.at);
    free(counts);
    r->failed = r->failed || t.failed;
    text_release(&t);
}

static enum dyad_status
settle(struct model_frame *f, struct result *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < f->n_strata; i++)
        cohort_levels(f->cohort, f->strata[i], &f->strata_levels[i]);
    for (size_t i = 0; i < f->formula.n_columns && st == DYAD_OK; i++)
        st = settle_column(f, i, err);
    if (st == DYAD_OK && f->use == RESPONSE_IS_TIME)
        st = settle_times(f, err);
    if (st == DYAD_OK && f->use == RESPONSE_IS_COUNT && f->formula.response.kind == RESPONSE_COLUMN)
        st = refuse_negative(f, f->formula.response.column, "holds a negative number where a count is needed", err);
    if (st == DYAD_OK && f->counts)
        st = settle_counts(f, err);
    else if (st == DYAD_OK && model_frame_has_events(f))
        st = event_settle(f->cohort, &f->event, r, err);
    if (st == DYAD_OK && f->has_survey)
        st = survey_settle(&f->survey, f->cohort, err);
    return st;
}

enum dyad_status
model_frame_read(const struct options *o, const struct survey *survey, enum response_use use, struct model_frame *f,
                 struct result *r, struct dyad_error *err)
{
    void *columns = NULL;
    enum dyad_status st;

    *f = (struct model_frame){ .o = o, .use = use, .formula = FORMULA_INIT };
    f->n_threads = o->cohort.n_threads ? o->cohort.n_threads : workers_available();
    if (!option_given(o, "formula"))
        return dyad_fail(err, DYAD_USAGE, "no --formula: OUTCOME ~ TERMS, as in R");
    if ((st = formula_parse(option_text(o, "formula"), FORMULA_BOTH, &f->formula, err)) != DYAD_OK ||
        (st = check_response(f, err)) != DYAD_OK || (st = settle_intercept(f, err)) != DYAD_OK ||
        (st = analysis_open(o, &f->cohort, err)) != DYAD_OK ||
        (st = ask(f, survey, err)) != DYAD_OK ||
        (st = analysis_read(f->cohort, &columns_accumulator, &f->spec, &columns, err)) != DYAD_OK)
        return st;
    f->columns = columns;
    columns_sort(f->columns);
    note_dropped(f, r);
    if (columns_n(f->columns) == 0)
        return dyad_fail(err, DYAD_DOMAIN, "no record is left that has all the values that the model needs");
    return settle(f, r, err);
}

void
model_frame_release(struct model_frame *f)
{
    for (size_t i = 0; f->at && i < f->formula.n_columns; i++) {
        free(f->at[i].names);
        free(f->at[i].numbers);
    }
    free(f->at);
    free(f->totals);
    survey_columns_release(&f->survey);
    event_release(&f->event);
    formula_release(&f->formula);
    columns_free(f->columns);
    cohort_close(f->cohort);
}

double
model_frame_response(const struct model_frame *f, uint32_t code)
{
    return model_frame_has_events(f) ? (double)f->event.states[code] : f->at[f->formula.response.column].numbers[code];
}

/* --- groups ------------------------------------------------------------------------------- */

static int
by_codes(const void *a, const void *b)
{
    const struct model_group *x = a, *y = b;
    for (size_t i = 0; i < BY_MAX; i++)
        if (x->codes[i] != y->codes[i])
            return x->codes[i] < y->codes[i] ? -1 : 1;
    return 0;
}

struct group_list {
    struct model_group *at;
    size_t n, room;
};

static struct model_group *
group_of(struct group_list *l, const uint32_t *codes, size_t n)
{
    for (size_t i = l->n; i-- > 0;)
        if (memcmp(l->at[i].codes, codes, n * sizeof *codes) == 0)
            return &l->at[i];
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 8;
        struct model_group *grown = realloc(l->at, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        l->at = grown;
        l->room = room;
    }
    l->at[l->n] = (struct model_group){ .n = 0 };
    memcpy(l->at[l->n].codes, codes, n * sizeof *codes);
    return &l->at[l->n++];
}

static size_t
largest_piece(const struct columns *c)
{
    size_t most = 0;

    for (size_t i = 0; i < columns_n_pieces(c); i++)
        most = columns_piece_size(c, i) > most ? columns_piece_size(c, i) : most;
    return most;
}

struct model_group *
model_frame_groups(const struct model_frame *f, size_t *n)
{
    struct group_list l = { NULL, 0, 0 };
    const size_t most = largest_piece(f->columns);
    uint32_t *codes = calloc(most * BY_MAX + 1, sizeof *codes), key[BY_MAX] = { 0 };
    bool good = codes != NULL;

    if (good && f->by.n == 0) {
        struct model_group *all = columns_n(f->columns) ? group_of(&l, key, BY_MAX) : NULL;
        good = all != NULL;
        if (all) {
            all->n = columns_n(f->columns);
            all->people = columns_people(f->columns);
        }
    }
    for (size_t p = 0; good && f->by.n && p < columns_n_pieces(f->columns); p++) {
        const size_t size = columns_piece_size(f->columns, p);
        const double *weights = columns_weights(f->columns, p);
        for (size_t k = 0; k < f->by.n; k++)
            columns_read(f->columns, p, f->by.factors[k], codes + k * most);
        for (size_t i = 0; i < size && good; i++) {
            for (size_t k = 0; k < f->by.n; k++)
                key[k] = codes[k * most + i];
            struct model_group *g = group_of(&l, key, BY_MAX);
            good = g != NULL;
            if (good) {
                g->n++;
                g->people += weights ? weights[i] : 1;
            }
        }
    }
    free(codes);
    if (!good) {
        free(l.at);
        return NULL;
    }
    qsort(l.at, l.n, sizeof *l.at, by_codes);
    *n = l.n;
    return l.at;
}

/* --- going through the records ------------------------------------------------------------- */

/* Room for the codes of one piece. */
struct buffer {
    uint32_t **codes;
    double *weights;
    size_t n_factors;
};

static void
buffer_release(struct buffer *b)
{
    for (size_t i = 0; b->codes && i < b->n_factors; i++)
        free(b->codes[i]);
    free(b->codes);
    free(b->weights);
}

static enum dyad_status
buffer_init(const struct model_frame *f, struct buffer *b)
{
    const size_t most = largest_piece(f->columns);
    bool good;

    *b = (struct buffer){ calloc(f->spec.n_factors + 1, sizeof *b->codes), calloc(most + 1, sizeof *b->weights),
                          f->spec.n_factors };
    good = b->codes && b->weights;
    for (size_t i = 0; good && i < b->n_factors; i++)
        if (f->spec.kept[i])
            good = (b->codes[i] = calloc(most + 1, sizeof **b->codes)) != NULL;
    return good ? DYAD_OK : DYAD_NOMEM;
}

/* The piece's records of the group, moved together; how many. */
static size_t
load_piece(const struct model_frame *f, const struct model_group *group, size_t piece, struct buffer *b)
{
    const size_t size = columns_piece_size(f->columns, piece);
    const double *weights = columns_weights(f->columns, piece);
    size_t n = 0;

    for (size_t k = 0; k < f->spec.n_factors; k++)
        if (f->spec.kept[k])
            columns_read(f->columns, piece, k, b->codes[k]);
    if (weights)
        memcpy(b->weights, weights, size * sizeof *weights);
    if (f->by.n == 0)
        return size;
    for (size_t i = 0; i < size; i++) {
        bool same = true;
        for (size_t k = 0; k < f->by.n; k++)
            same = same && b->codes[f->by.factors[k]][i] == group->codes[k];
        if (!same)
            continue;
        for (size_t k = 0; k < f->spec.n_factors; k++)
            if (f->spec.kept[k])
                b->codes[k][n] = b->codes[k][i];
        b->weights[n++] = weights ? weights[i] : 1;
    }
    return n;
}

enum dyad_status
model_frame_firsts(const struct model_frame *f, const struct model_group *group, size_t *firsts)
{
    struct buffer b;
    size_t first = 0;
    enum dyad_status st = DYAD_OK;

    if (f->by.n == 0) {
        for (size_t p = 0; p < columns_n_pieces(f->columns); p++)
            firsts[p] = columns_piece_first(f->columns, p);
        return DYAD_OK;
    }
    st = buffer_init(f, &b);
    for (size_t p = 0; st == DYAD_OK && p < columns_n_pieces(f->columns); p++) {
        firsts[p] = first;
        first += load_piece(f, group, p, &b);
    }
    buffer_release(&b);
    return st;
}

enum dyad_status
model_frame_share(const struct model_frame *f, const struct model_group *group, const size_t *firsts,
                  _Atomic size_t *next,
                  enum dyad_status (*visit)(const struct frame_piece *piece, size_t number, void *context), void *context)
{
    struct buffer b;
    enum dyad_status st = buffer_init(f, &b);

    while (st == DYAD_OK) {
        const size_t p = (*next)++;
        if (p >= columns_n_pieces(f->columns))
            break;
        const size_t n = load_piece(f, group, p, &b);
        const struct frame_piece piece = { n, firsts[p], b.codes, columns_weights(f->columns, p) ? b.weights : NULL };
        if (n)
            st = visit(&piece, p, context);
        if (f->by.n == 0 && !f->read_again)
            columns_forget(f->columns, p); /* the rows have it all, and nobody else is to come */
    }
    buffer_release(&b);
    return st;
}

enum dyad_status
model_frame_each(const struct model_frame *f, const struct model_group *group,
                 enum dyad_status (*visit)(const struct frame_piece *piece, void *context), void *context)
{
    struct buffer b;
    size_t first = 0;
    enum dyad_status st = buffer_init(f, &b);

    for (size_t p = 0; st == DYAD_OK && p < columns_n_pieces(f->columns); p++) {
        const size_t n = load_piece(f, group, p, &b);
        const struct frame_piece piece = { n, first, b.codes, columns_weights(f->columns, p) ? b.weights : NULL };
        if (n)
            st = visit(&piece, context);
        first += n;
    }
    buffer_release(&b);
    return st;
}
