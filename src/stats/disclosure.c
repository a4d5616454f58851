#include "dyad/stats/disclosure.h"

#include "shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

/* Pairs in the order they were told: the terms of the equations, or what the figures show. */
struct pair {
    size_t a, b; /* equation and count; figure and count */
    int64_t times;
};

struct pairs {
    struct pair *at;
    size_t n, room;
    /* Of each a, and of each b, the numbers of its pairs: at[by_a[first_a[a]]] ... */
    size_t *by_a, *first_a, *by_b, *first_b;
};

struct count {
    int64_t value;
    size_t sum;      /* its equation as a sum; NOBODY */
    size_t shown_by; /* figures that are published and show it */
    size_t same_as;  /* the first of those that are the same count; itself */
    bool hidden;     /* no figure that shows it is published */
    bool in_figure;
    bool may_be_far, may_be_other; /* an answer to one question was one for this count as well */
    bool moves;                    /* it may be another number, as some answer had it */
};

/* A count that takes up what the others of an equation do. */
struct slack {
    size_t equation, count;
};

struct disclosure {
    int64_t threshold;
    struct count *counts;
    size_t n_counts, counts_room;
    size_t n_equations, n_figures, n_told;
    struct pairs terms, shows;
    size_t *hidden_in;  /* of each figure, how many of its counts are hidden */
    size_t *near;       /* counts of the problem at hand */
    size_t *place;      /* of each count, its place there plus 1 */
    size_t *place_of_equation;
    bool *idle;       /* of each equation: hardly anything is impossible because of it */
    struct slack *slacks; /* of the idle ones, in the order they were found */
    size_t n_slacks;
    double *all_moves; /* of each count, in an answer */
    bool failed;
};

/* --- storage ------------------------------------------------------------------------------ */

struct disclosure *
disclosure_new(int64_t threshold)
{
    struct disclosure *d = calloc(1, sizeof *d);

    if (d)
        d->threshold = threshold;
    return d;
}

static void
pairs_release(struct pairs *p)
{
    free(p->at);
    free(p->by_a);
    free(p->first_a);
    free(p->by_b);
    free(p->first_b);
}

void
disclosure_free(struct disclosure *d)
{
    if (d == NULL)
        return;
    pairs_release(&d->terms);
    pairs_release(&d->shows);
    free(d->counts);
    free(d->hidden_in);
    free(d->near);
    free(d->place);
    free(d->place_of_equation);
    free(d->idle);
    free(d->slacks);
    free(d->all_moves);
    free(d);
}

/* Room for one more; NULL, and remembered, if memory ran out. */
static void *
grow(struct disclosure *d, void *array, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return array;
    const size_t wider = *room ? 2 * *room : 64;
    void *grown = d->failed ? NULL : realloc(array, wider * size);
    if (grown)
        *room = wider;
    else
        d->failed = true;
    return grown;
}

static void
add_pair(struct disclosure *d, struct pairs *p, size_t a, size_t b, int64_t times)
{
    struct pair *grown = grow(d, p->at, p->n, &p->room, sizeof *grown);

    if (grown == NULL)
        return;
    p->at = grown;
    grown[p->n++] = (struct pair){ a, b, times };
}

size_t
disclosure_count(struct disclosure *d, int64_t value)
{
    struct count *grown = grow(d, d->counts, d->n_counts, &d->counts_room, sizeof *grown);

    if (grown == NULL)
        return 0;
    d->counts = grown;
    grown[d->n_counts] = (struct count){ .value = value, .sum = NOBODY, .same_as = d->n_counts };
    return d->n_counts++;
}

size_t
disclosure_sum(struct disclosure *d)
{
    const size_t sum = disclosure_count(d, 0);

    if (d->failed)
        return 0;
    d->counts[sum].sum = d->n_equations;
    add_pair(d, &d->terms, d->n_equations++, sum, -1);
    return sum;
}

void
disclosure_part(struct disclosure *d, size_t sum, size_t part, int64_t times)
{
    if (d->failed)
        return;
    add_pair(d, &d->terms, d->counts[sum].sum, part, times);
    d->counts[sum].value += times * d->counts[part].value;
}

void
disclosure_same(struct disclosure *d, size_t a, size_t b)
{
    if (d->failed || a == b)
        return;
    add_pair(d, &d->terms, d->n_equations, a, 1);
    add_pair(d, &d->terms, d->n_equations++, b, -1);
}

int64_t
disclosure_value(const struct disclosure *d, size_t count)
{
    return count < d->n_counts ? d->counts[count].value : 0;
}

size_t
disclosure_figure(struct disclosure *d)
{
    return d->n_figures++;
}

void
disclosure_shows(struct disclosure *d, size_t figure, size_t count)
{
    if (d->failed)
        return;
    add_pair(d, &d->shows, figure, count, 1);
}

static void
append_pairs(struct disclosure *d, struct pairs *to, const struct pairs *from, size_t a, size_t b)
{
    for (size_t i = 0; i < from->n && !d->failed; i++)
        add_pair(d, to, from->at[i].a + a, from->at[i].b + b, from->at[i].times);
}

void
disclosure_append(struct disclosure *d, const struct disclosure *from, size_t *counts, size_t *figures)
{
    *counts = d->n_counts;
    *figures = d->n_figures;
    d->failed = d->failed || from->failed;
    for (size_t i = 0; i < from->n_counts && !d->failed; i++) {
        const size_t sum = from->counts[i].sum, count = disclosure_count(d, from->counts[i].value);
        if (!d->failed && sum != NOBODY)
            d->counts[count].sum = d->n_equations + sum;
    }
    append_pairs(d, &d->terms, &from->terms, d->n_equations, *counts);
    append_pairs(d, &d->shows, &from->shows, *figures, *counts);
    d->n_equations += from->n_equations;
    d->n_figures += from->n_figures;
}

/* --- which pairs belong to whom -------------------------------------------------------------- */

static bool
index_one(const struct pairs *p, bool by_a, size_t n, size_t **order, size_t **first)
{
    *order = malloc((p->n + 1) * sizeof **order);
    *first = calloc(n + 2, sizeof **first);
    if (*order == NULL || *first == NULL)
        return false;
    for (size_t i = 0; i < p->n; i++)
        (*first)[(by_a ? p->at[i].a : p->at[i].b) + 2]++;
    for (size_t i = 2; i < n + 2; i++)
        (*first)[i] += (*first)[i - 1];
    for (size_t i = 0; i < p->n; i++)
        (*order)[(*first)[(by_a ? p->at[i].a : p->at[i].b) + 1]++] = i;
    return true;
}

static size_t
first_of(const struct disclosure *d, size_t count)
{
    while (d->counts[count].same_as != count)
        count = d->counts[count].same_as;
    return count;
}

static int
by_equation(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Each pair once, of the counts that stand for those that are the same; what adds up to nothing goes. */
static void
tidy(struct disclosure *d, struct pairs *p, bool add_up)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        p->at[i].b = first_of(d, p->at[i].b);
    if (p->n)
        qsort(p->at, p->n, sizeof *p->at, by_equation);
    for (size_t i = 0; i < p->n; i++) {
        if (n && by_equation(&p->at[n - 1], &p->at[i]) == 0)
            p->at[n - 1].times += add_up ? p->at[i].times : 0;
        else
            p->at[n++] = p->at[i];
        if (p->at[n - 1].times == 0 && (i + 1 == p->n || by_equation(&p->at[n - 1], &p->at[i + 1]) != 0))
            n--;
    }
    p->n = n;
}

/* An equation of two says that they are one: the programs are the smaller for it.  Was there any? */
static bool
join_the_same(struct disclosure *d)
{
    const struct pairs *t = &d->terms;
    bool any = false;

    for (size_t i = 0; i < t->n;) {
        size_t end = i + 1;
        while (end < t->n && t->at[end].a == t->at[i].a)
            end++;
        if (end == i + 2 && t->at[i].times == -t->at[i + 1].times) {
            const size_t a = first_of(d, t->at[i].b), b = first_of(d, t->at[i + 1].b);
            d->counts[a > b ? a : b].same_as = a > b ? b : a;
            any = any || a != b;
        }
        i = end;
    }
    return any;
}

static bool
index_all(struct disclosure *d)
{
    do
        tidy(d, &d->terms, true);
    while (join_the_same(d));
    tidy(d, &d->shows, false);
    for (size_t i = 0; i < d->n_counts; i++)
        d->counts[i].same_as = first_of(d, i);
    for (size_t i = 0; i < d->shows.n; i++)
        d->counts[d->shows.at[i].b].in_figure = true;
    d->hidden_in = calloc(d->n_figures + 1, sizeof *d->hidden_in);
    d->near = calloc(d->n_counts + 1, sizeof *d->near);
    d->place = calloc(d->n_counts + 1, sizeof *d->place);
    d->place_of_equation = calloc(d->n_equations + 1, sizeof *d->place_of_equation);
    d->idle = calloc(d->n_equations + 1, sizeof *d->idle);
    d->slacks = malloc((d->n_equations + 1) * sizeof *d->slacks);
    d->all_moves = calloc(d->n_counts + 1, sizeof *d->all_moves);
    return d->hidden_in && d->near && d->place && d->place_of_equation && d->idle && d->slacks && d->all_moves &&
           index_one(&d->terms, true, d->n_equations, &d->terms.by_a, &d->terms.first_a) &&
           index_one(&d->terms, false, d->n_counts, &d->terms.by_b, &d->terms.first_b) &&
           index_one(&d->shows, true, d->n_figures, &d->shows.by_a, &d->shows.first_a) &&
           index_one(&d->shows, false, d->n_counts, &d->shows.by_b, &d->shows.first_b);
}

/* The only equation that still says something of a count; ${d->n_equations} if there are several, or none. */
static size_t
only_equation(const struct disclosure *d, size_t count)
{
    size_t only = d->n_equations, n = 0;

    for (size_t i = d->terms.first_b[count]; i < d->terms.first_b[count + 1]; i++) {
        const size_t equation = d->terms.at[d->terms.by_b[i]].a;
        only = d->idle[equation] ? only : equation;
        n += !d->idle[equation];
    }
    return n == 1 ? only : d->n_equations;
}

static int64_t
times_in(const struct disclosure *d, size_t equation, size_t count)
{
    for (size_t k = d->terms.first_a[equation]; k < d->terms.first_a[equation + 1]; k++)
        if (d->terms.at[d->terms.by_a[k]].b == count)
            return d->terms.at[d->terms.by_a[k]].times;
    return 0;
}

/*
 * A count that nobody sees, in no other equation, takes up what the others of its equation do, unless it is small: the
 * programs are the smaller without.  takes_up() sees afterwards whether it can.
 */
static void
find_idle(struct disclosure *d)
{
    for (size_t before = SIZE_MAX; before != d->n_slacks;) {
        before = d->n_slacks;
        for (size_t i = 0; i < d->n_counts; i++) {
            if (d->counts[i].in_figure || d->counts[i].same_as != i || d->counts[i].value < 4 * d->threshold)
                continue;
            const size_t equation = only_equation(d, i);
            if (equation == d->n_equations || llabs(times_in(d, equation, i)) != 1)
                continue; /* it would take up multiples only */
            d->idle[equation] = true;
            d->slacks[d->n_slacks++] = (struct slack){ equation, i };
        }
    }
}

/* --- what is hidden ------------------------------------------------------------------------- */

static bool
is_small(const struct disclosure *d, size_t count)
{
    return d->counts[count].value > 0 && d->counts[count].value < d->threshold;
}

bool
disclosure_is_known(const struct disclosure *d, size_t count)
{
    return d->counts[d->counts[count].same_as].shown_by > 0;
}

bool
disclosure_is_hidden(const struct disclosure *d, size_t figure)
{
    return d->hidden_in[figure] > 0;
}

static void
change_figure(struct disclosure *d, size_t figure, bool published)
{
    for (size_t i = d->shows.first_a[figure]; i < d->shows.first_a[figure + 1]; i++) {
        struct count *c = &d->counts[d->shows.at[d->shows.by_a[i]].b];
        c->shown_by = published ? c->shown_by + 1 : c->shown_by - 1;
    }
}

static void
hide(struct disclosure *d, size_t count)
{
    if (d->counts[count].hidden)
        return;
    d->counts[count].hidden = true;
    for (size_t i = d->shows.first_b[count]; i < d->shows.first_b[count + 1]; i++) {
        const size_t figure = d->shows.at[d->shows.by_b[i]].a;
        if (d->hidden_in[figure]++ == 0)
            change_figure(d, figure, false);
    }
}

static void
unhide(struct disclosure *d, size_t count)
{
    d->counts[count].hidden = false;
    for (size_t i = d->shows.first_b[count]; i < d->shows.first_b[count + 1]; i++) {
        const size_t figure = d->shows.at[d->shows.by_b[i]].a;
        if (--d->hidden_in[figure] == 0)
            change_figure(d, figure, true);
    }
}

/* --- programs ------------------------------------------------------------------------------- */

/* What a small count is asked to be able to do. */
enum question {
    QUESTION_FAR,  /* be so much more that threshold - 1 values lie between, and the last is not small */
    QUESTION_MORE, /* be one more, those that are small and hidden staying small */
    QUESTION_LESS,
    QUESTION_RANGE
};

struct program {
    struct shift_problem p;
    struct shift_term *terms;
    double *numbers, *moves;
};

static void
program_release(struct program *m)
{
    free(m->terms);
    free(m->numbers);
    *m = (struct program){ .terms = NULL };
}

static bool
counts_for(const struct disclosure *d, size_t equation, bool all)
{
    return all || !d->idle[equation];
}

/*
 * The counts that are tied to ${target}: through equations, and through at most ${depth} counts that
 * are known, which only hiding them would loosen.  Those beyond stay where they are.
 */
static size_t
find_near(struct disclosure *d, size_t target, size_t depth, bool all)
{
    size_t n = 0, next = 0;

    d->near[n++] = target;
    d->place[target] = 1;
    for (size_t level = 0; level <= depth; level++) {
        const size_t end = n;
        /* First all that is reached without passing a known count, then one known count further. */
        for (size_t at = next; at < n; at++) {
            const size_t count = d->near[at];
            if (disclosure_is_known(d, count) && at >= end)
                continue;
            for (size_t i = d->terms.first_b[count]; i < d->terms.first_b[count + 1]; i++) {
                const size_t equation = d->terms.at[d->terms.by_b[i]].a;
                if (!counts_for(d, equation, all))
                    continue;
                for (size_t k = d->terms.first_a[equation]; k < d->terms.first_a[equation + 1]; k++) {
                    const size_t other = d->terms.at[d->terms.by_a[k]].b;
                    if (d->place[other] || (level == depth && disclosure_is_known(d, other)))
                        continue;
                    d->near[n++] = other;
                    d->place[other] = n;
                }
            }
        }
        if (n == end)
            break;
        next = 0;
    }
    return n;
}

static void
forget_near(struct disclosure *d, size_t n, const size_t *equations, size_t n_equations)
{
    for (size_t i = 0; i < n; i++)
        d->place[d->near[i]] = 0;
    for (size_t i = 0; i < n_equations; i++)
        d->place_of_equation[equations[i]] = 0;
}

/* How much hiding a count takes away: its figures; of alike ones the one with fewer people. */
static double
cost_of(const struct disclosure *d, size_t count)
{
    const struct count *c = &d->counts[count];

    return (double)c->shown_by + 0.05 * log2(1 + (double)c->value) + (c->value == 0 ? 1 : 0);
}

/* How far a small count must be able to go. */
static double
far_enough(const struct disclosure *d, size_t count)
{
    const double value = (double)d->counts[count].value, threshold = (double)d->threshold;
    return fmax(threshold - 2, threshold - value);
}

static void
set_bounds(const struct disclosure *d, size_t target, enum question question, size_t i, struct shift_problem *p)
{
    const size_t count = d->near[i];
    const double value = (double)d->counts[count].value, threshold = (double)d->threshold, far = 8 * threshold;

    p->low[i] = question == QUESTION_RANGE ? -value : fmax(-value, -far);
    p->high[i] = question == QUESTION_RANGE ? INFINITY : far;
    p->cost[i] = disclosure_is_known(d, count) ? cost_of(d, count) : 0;
    if ((question == QUESTION_MORE || question == QUESTION_LESS) && is_small(d, count) && d->counts[count].in_figure) {
        p->low[i] = 1 - value;
        p->high[i] = threshold - 1 - value;
    }
    if (count != target)
        return;
    if (question == QUESTION_FAR)
        p->low[i] = far_enough(d, count);
    if (question == QUESTION_MORE)
        p->low[i] = 1;
    if (question == QUESTION_LESS)
        p->high[i] = -1;
}

static size_t
count_terms(struct disclosure *d, size_t n, bool all, size_t *equations, size_t *n_equations)
{
    size_t n_terms = 0;

    *n_equations = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = d->terms.first_b[d->near[i]]; k < d->terms.first_b[d->near[i] + 1]; k++) {
            const size_t equation = d->terms.at[d->terms.by_b[k]].a;
            if (!counts_for(d, equation, all))
                continue;
            n_terms++;
            if (d->place_of_equation[equation])
                continue;
            equations[(*n_equations)++] = equation;
            d->place_of_equation[equation] = *n_equations;
        }
    return n_terms;
}

static bool
make_program(struct disclosure *d, size_t target, size_t depth, enum question question, bool all, struct program *m)
{
    const size_t n = find_near(d, target, depth, all);
    size_t n_equations = 0, n_terms = 0;
    size_t *equations = malloc((d->n_equations + 1) * sizeof *equations);

    *m = (struct program){ .terms = NULL };
    if (equations)
        n_terms = count_terms(d, n, all, equations, &n_equations);
    m->terms = malloc((n_terms + 1) * sizeof *m->terms);
    m->numbers = calloc(4 * n + 1, sizeof *m->numbers);
    const bool good = equations && m->terms && m->numbers;
    if (good) {
        m->p = (struct shift_problem){ .n = n, .n_equations = n_equations, .low = m->numbers, .high = m->numbers + n,
                                       .cost = m->numbers + 2 * n, .terms = m->terms };
        m->moves = m->numbers + 3 * n;
        for (size_t i = 0; i < n; i++) {
            set_bounds(d, target, question, i, &m->p);
            for (size_t k = d->terms.first_b[d->near[i]]; k < d->terms.first_b[d->near[i] + 1]; k++) {
                const struct pair *t = &d->terms.at[d->terms.by_b[k]];
                if (!counts_for(d, t->a, all))
                    continue;
                m->terms[m->p.n_terms++] =
                    (struct shift_term){ d->place_of_equation[t->a] - 1, i, (double)t->times };
            }
        }
    }
    forget_near(d, n, equations, n_equations);
    free(equations);
    if (!good)
        program_release(m);
    return good;
}

/* Can the counts that were left out take up an answer?  The last of them depend on none of the others. */
static bool
takes_up(struct disclosure *d, const struct program *m)
{
    bool good = true;

    for (size_t i = 0; i < m->p.n; i++)
        d->all_moves[d->near[i]] = m->moves[i];
    for (size_t k = d->n_slacks; k-- > 0;) {
        const struct slack *s = &d->slacks[k];
        double others = 0, own = 1;
        for (size_t t = d->terms.first_a[s->equation]; t < d->terms.first_a[s->equation + 1]; t++) {
            const struct pair *p = &d->terms.at[d->terms.by_a[t]];
            if (p->b == s->count)
                own = (double)p->times;
            else
                others += (double)p->times * d->all_moves[p->b];
        }
        d->all_moves[s->count] = -others / own;
        good = good && (double)d->counts[s->count].value + d->all_moves[s->count] > -0.5;
    }
    for (size_t i = 0; i < m->p.n; i++)
        d->all_moves[d->near[i]] = 0;
    for (size_t k = 0; k < d->n_slacks; k++)
        d->all_moves[d->slacks[k].count] = 0;
    return good;
}

/* Answer one question; what would have to be hidden for it stays in d->near and ${m}. */
static enum dyad_status
ask(struct disclosure *d, size_t target, size_t depth, enum question question, struct program *m)
{
    enum dyad_status st = DYAD_OK;

    for (int all = 0; all < 2; all++) {
        if (!make_program(d, target, depth, question, all, m))
            return DYAD_NOMEM;
        st = shift_solve(&m->p, m->moves);
        if (st == DYAD_OK && (all || takes_up(d, m)))
            return st;
        program_release(m);
        if (st != DYAD_OK) /* what is not possible without some equations is not with them */
            return st;
    }
    return st;
}

static double
price(const struct program *m)
{
    double sum = 0;

    for (size_t i = 0; i < m->p.n; i++)
        sum += m->moves[i] > 0.5 || m->moves[i] < -0.5 ? m->p.cost[i] : 0;
    return sum;
}

/* --- protection ----------------------------------------------------------------------------- */

/* What is possible together for some is possible for each of them: they need not be asked. */
static void
share_answer(struct disclosure *d, const struct program *m, enum question question)
{
    for (size_t i = 0; i < m->p.n; i++) {
        struct count *c = &d->counts[d->near[i]];
        c->moves = c->moves || fabs(m->moves[i]) > 0.5;
        if (question == QUESTION_FAR)
            c->may_be_far = c->may_be_far || m->moves[i] > far_enough(d, d->near[i]) - 0.5;
        else
            c->may_be_other = c->may_be_other || fabs(m->moves[i]) > 0.5;
    }
}

/* One of the questions must have an answer, at the price of hiding as little as may be. */
static enum dyad_status
make_possible(struct disclosure *d, size_t target, const enum question *questions, size_t n)
{
    static const size_t depths[] = { 0, 1, 2, 4, 8, 1024, SIZE_MAX - 1 };
    enum dyad_status st = DYAD_DOMAIN;

    for (size_t k = 0; k < sizeof depths / sizeof depths[0] && st == DYAD_DOMAIN; k++) {
        size_t best = NOBODY, *moved = NULL, n_moved = 0;
        double least = INFINITY;
        for (size_t q = 0; q < n && (st == DYAD_OK || st == DYAD_DOMAIN); q++) {
            struct program m;
            const enum dyad_status here = ask(d, target, depths[k], questions[q], &m);
            if (here == DYAD_DOMAIN)
                continue;
            st = here;
            if (st != DYAD_OK || price(&m) >= least) {
                program_release(&m);
                continue;
            }
            least = price(&m);
            best = q;
            n_moved = 0;
            free(moved);
            if ((moved = malloc((m.p.n + 1) * sizeof *moved)) == NULL)
                st = DYAD_NOMEM;
            for (size_t i = 0; moved && i < m.p.n; i++)
                if (m.p.cost[i] > 0 && fabs(m.moves[i]) > 1e-7)
                    moved[n_moved++] = d->near[i];
            if (n == 1 || n_moved == 0)
                share_answer(d, &m, questions[q]);
            program_release(&m);
        }
        for (size_t i = 0; best != NOBODY && st == DYAD_OK && i < n_moved; i++)
            hide(d, moved[i]);
        free(moved);
    }
    return st;
}

static enum dyad_status
protect_one(struct disclosure *d, size_t count)
{
    const enum dyad_status st = make_possible(d, count, (const enum question[]){ QUESTION_FAR }, 1);
    return st == DYAD_DOMAIN ? DYAD_DEFECT : st;
}

/* Where even hiding everything does not help, the others say it by being small. */
static enum dyad_status
protect_from_the_told(struct disclosure *d, size_t count)
{
    const int64_t value = d->counts[count].value;
    enum question questions[2];
    size_t n = 0;

    if (value < d->threshold - 1)
        questions[n++] = QUESTION_MORE;
    if (value > 1)
        questions[n++] = QUESTION_LESS;
    const enum dyad_status st = make_possible(d, count, questions, n);
    d->n_told += st == DYAD_DOMAIN;
    return st == DYAD_DOMAIN ? DYAD_OK : st;
}

enum dyad_status
disclosure_range(struct disclosure *d, size_t told, struct disclosure_range *out)
{
    const size_t count = d->counts[told].same_as;
    const int64_t value = d->counts[count].value;
    struct disclosure_range range = { value, value };

    for (int direction = -1; direction <= 1 && !disclosure_is_known(d, count); direction += 2) {
        struct program m;
        enum dyad_status st = make_program(d, count, 0, QUESTION_RANGE, true, &m) ? DYAD_OK : DYAD_NOMEM;
        if (st != DYAD_OK)
            return st;
        m.p.target = 0; /* it is its own first neighbour */
        m.p.direction = direction;
        st = shift_solve(&m.p, m.moves);
        const double move = m.moves[0];
        program_release(&m);
        if (st != DYAD_OK)
            return st == DYAD_NOMEM ? st : DYAD_NOCONV;
        if (direction < 0)
            range.low = value + (int64_t)ceil(fmax(move, -(double)value) - 1e-4);
        else
            range.high = isinf(move) ? INT64_MAX : value + (int64_t)floor(move + 1e-4);
    }
    *out = range;
    return DYAD_OK;
}

/* Would nothing but ${count} come to light with it? */
static bool
shows_itself_alone(const struct disclosure *d, size_t count)
{
    for (size_t i = d->shows.first_b[count]; i < d->shows.first_b[count + 1]; i++) {
        const size_t figure = d->shows.at[d->shows.by_b[i]].a;
        for (size_t k = d->shows.first_a[figure]; k < d->shows.first_a[figure + 1] && d->hidden_in[figure] == 1; k++) {
            const size_t other = d->shows.at[d->shows.by_a[k]].b;
            if (other != count && !disclosure_is_known(d, other))
                return false;
        }
    }
    return true;
}

/* A count hidden for others' sake that can be worked out nevertheless may as well be shown. */
static enum dyad_status
show_what_follows(struct disclosure *d)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < d->n_counts && st == DYAD_OK; i++) {
        struct disclosure_range r;
        if (!d->counts[i].hidden || d->counts[i].moves || is_small(d, i) || !shows_itself_alone(d, i))
            continue;
        st = disclosure_range(d, i, &r);
        if (st == DYAD_OK && r.low == r.high)
            unhide(d, i);
    }
    return st;
}

enum dyad_status
disclosure_protect(struct disclosure *d)
{
    enum dyad_status st = DYAD_OK;

    if (d->failed || !index_all(d))
        return DYAD_NOMEM;
    find_idle(d);
    for (size_t figure = 0; figure < d->n_figures; figure++)
        change_figure(d, figure, true);
    for (size_t i = 0; i < d->n_counts; i++)
        if (is_small(d, i) && d->counts[i].same_as == i)
            hide(d, i);
    for (size_t i = 0; i < d->n_counts && st == DYAD_OK; i++)
        if (is_small(d, i) && d->counts[i].same_as == i && !d->counts[i].may_be_far)
            st = protect_one(d, i);
    for (size_t i = 0; i < d->n_counts && st == DYAD_OK; i++)
        if (is_small(d, i) && d->counts[i].in_figure && !d->counts[i].may_be_other)
            st = protect_from_the_told(d, i);
    return st == DYAD_OK ? show_what_follows(d) : st;
}

size_t
disclosure_n_told(const struct disclosure *d)
{
    return d->n_told;
}
