#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cox_model.h"

/*
 * Rows are gone through in the order of their linear predictors.  What was seen is kept by the
 * moment until which it is at risk, the dead of a moment before those who outlive it: who outlives
 * an event's row is a sum over a stretch of these.
 */
struct ranked {
    double eta, weight;
    uint32_t record;
};

struct ranking {
    struct cox_model *m;
    double least, most; /* of eta */
    size_t n;
    struct ranked *rows;
    size_t *begin; /* of buckets, BUCKETS + 1 */
};

enum { BUCKETS = 16384 };

static bool
is_ranked(const struct cox_model *m, const struct cox_row *row)
{
    return m->bin[row->record] != COX_NONE && row->weight > 0;
}

/* Larger eta, same or larger bucket. */
static size_t
bucket_of(const struct ranking *r, double eta)
{
    const double part = (eta - r->least) / (r->most - r->least) * BUCKETS;

    return part >= BUCKETS ? BUCKETS - 1 : part > 0 ? (size_t)part : 0;
}

static void
measure(const struct cox_row *row, void *context)
{
    struct ranking *r = context;

    if (!is_ranked(r->m, row))
        return;
    r->least = fmin(r->least, row->eta);
    r->most = fmax(r->most, row->eta);
    r->n++;
}

static void
count(const struct cox_row *row, void *context)
{
    struct ranking *r = context;

    if (is_ranked(r->m, row))
        r->begin[bucket_of(r, row->eta) + 1]++;
}

static void
collect(const struct cox_row *row, void *context)
{
    struct ranking *r = context;

    if (is_ranked(r->m, row))
        r->rows[r->begin[bucket_of(r, row->eta)]++] = (struct ranked){
            row->eta, row->times * row->weight, (uint32_t)row->record };
}

static int
compare_eta(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->eta > y->eta) - (x->eta < y->eta);
}

/* Few at a time: Shell's method with the gaps of Ciura (2001), LNCS 2138:106-117. */
static void
sort_rows(struct ranked *rows, size_t n)
{
    static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };

    if (n > BUCKETS) {
        qsort(rows, n, sizeof *rows, compare_eta);
        return;
    }
    for (size_t k = 0; k < sizeof gaps / sizeof *gaps; k++)
        for (size_t i = gaps[k]; i < n; i++) {
            const struct ranked row = rows[i];
            size_t j = i;

            for (; j >= gaps[k] && rows[j - gaps[k]].eta > row.eta; j -= gaps[k])
                rows[j] = rows[j - gaps[k]];
            rows[j] = row;
        }
}

static enum dyad_status
rank_rows(struct ranking *r)
{
    struct cox_model *m = r->m;
    enum dyad_status st;

    if ((st = cox_rows_visit(m, m->fit.beta, false, measure, r)) != DYAD_OK)
        return st;
    r->rows = malloc((r->n + 1) * sizeof *r->rows);
    r->begin = calloc(BUCKETS + 2, sizeof *r->begin);
    if (r->rows == NULL || r->begin == NULL)
        return DYAD_NOMEM;
    if ((st = cox_rows_visit(m, m->fit.beta, false, count, r)) != DYAD_OK)
        return st;
    for (size_t b = 0; b < BUCKETS; b++)
        r->begin[b + 1] += r->begin[b];
    if ((st = cox_rows_visit(m, m->fit.beta, false, collect, r)) != DYAD_OK)
        return st;
    /* begin[b] has become where b ends. */
    for (size_t b = 0, from = 0; b < BUCKETS; b++) {
        sort_rows(r->rows + from, r->begin[b] - from);
        from = r->begin[b];
    }
    return DYAD_OK;
}

/*
 * Sums by place, as a tree (Fenwick 1994, Softw. Pract. Exp. 24:327-336).  Differences of sums of
 * weights leave rounding: how many rows there are says when there is nothing.
 */
struct load {
    double weight, rows;
};

struct tree {
    struct load *at;
    size_t n;
};

static void
tree_add(struct tree *t, size_t place, double weight)
{
    for (place++; place <= t->n; place += place & (~place + 1)) {
        t->at[place].weight += weight;
        t->at[place].rows++;
    }
}

/* As it was before anything was added: all that was goes at once. */
static void
tree_clear(struct tree *t, size_t place)
{
    for (place++; place <= t->n; place += place & (~place + 1))
        t->at[place] = (struct load){ 0, 0 };
}

/* Of the places before one. */
static struct load
tree_sum(const struct tree *t, size_t place)
{
    struct load sum = { 0, 0 };

    for (; place > 0; place &= place - 1) {
        sum.weight += t->at[place].weight;
        sum.rows += t->at[place].rows;
    }
    return sum;
}

static struct load
minus(struct load a, struct load b)
{
    const struct load left = { a.weight - b.weight, a.rows - b.rows };

    return left.rows > 0 ? left : (struct load){ 0, 0 };
}

/* Those seen, by the end of their time at risk (2 places a moment) and by its beginning. */
struct seen {
    const struct cox_model *m;
    struct tree ended, begun;
};

static bool
seen_reserve(struct seen *s, const struct cox_model *m)
{
    s->m = m;
    s->ended.n = 2 * m->moments;
    s->begun.n = m->moments;
    s->ended.at = calloc(s->ended.n + 1, sizeof *s->ended.at);
    s->begun.at = calloc(s->begun.n + 1, sizeof *s->begun.at);
    return s->ended.at != NULL && s->begun.at != NULL;
}

static void
seen_release(struct seen *s)
{
    free(s->ended.at);
    free(s->begun.at);
}

static bool
all_begin_together(const struct cox_model *m)
{
    return m->bins == 2 * m->moments;
}

static const struct cox_span *
span_of(const struct cox_model *m, const struct ranked *row)
{
    return &m->spans[m->bin[row->record]];
}

static uint32_t
begin_of(const struct cox_model *m, const struct ranked *row)
{
    if (m->second != NULL && m->second[row->record] != COX_NONE)
        return m->spans[m->second[row->record]].anchor;
    return span_of(m, row)->end;
}

static void
see(struct seen *s, const struct ranked *row)
{
    const struct cox_span *span = span_of(s->m, row);

    tree_add(&s->ended, 2 * (size_t)span->anchor + !span->dead, row->weight);
    if (!all_begin_together(s->m))
        tree_add(&s->begun, begin_of(s->m, row), row->weight);
}

static void
forget(struct seen *s, const struct ranked *row)
{
    const struct cox_span *span = span_of(s->m, row);

    tree_clear(&s->ended, 2 * (size_t)span->anchor + !span->dead);
    tree_clear(&s->begun, begin_of(s->m, row));
}

/* Of those seen: at risk at a moment, and after. */
static struct load
outliving(const struct seen *s, uint32_t g)
{
    const uint32_t top = s->m->first_moment[s->m->moment_stratum[g] + 1];
    const struct load until = minus(tree_sum(&s->ended, 2 * (size_t)top),
                                    tree_sum(&s->ended, 2 * (size_t)g + 1));

    if (all_begin_together(s->m))
        return until;
    return minus(until, minus(tree_sum(&s->begun, top), tree_sum(&s->begun, (size_t)g + 1)));
}

static struct load
dying(const struct seen *s, uint32_t g)
{
    return minus(tree_sum(&s->ended, 2 * (size_t)g + 1), tree_sum(&s->ended, 2 * (size_t)g));
}

static void
add(struct load *sum, double weight, struct load others)
{
    sum->weight += weight * others.weight;
    sum->rows += others.rows;
}

struct pairs {
    struct load concordant, tied_x, tied_y, tied_xy, all;
};

/* Rows of equal eta among themselves: each pair of events of a moment is seen from both sides. */
static void
count_equals(const struct ranked *rows, size_t n, struct seen *equals, struct pairs *out)
{
    for (size_t i = 0; i < n; i++)
        see(equals, &rows[i]);
    for (size_t i = 0; i < n; i++) {
        const struct cox_span *span = span_of(equals->m, &rows[i]);
        struct load with;

        if (!span->dead)
            continue;
        with = dying(equals, span->anchor);
        add(&out->tied_x, rows[i].weight, outliving(equals, span->anchor));
        add(&out->tied_xy, rows[i].weight / 2, minus(with, (struct load){ rows[i].weight, 1 }));
    }
    for (size_t i = 0; i < n; i++)
        forget(equals, &rows[i]);
}

static void
count_pairs(const struct ranking *r, struct seen *lower, struct seen *equals, struct pairs *out)
{
    for (size_t from = 0, to; from < r->n; from = to) {
        for (to = from; to < r->n && r->rows[to].eta == r->rows[from].eta; to++) {
            const struct cox_span *span = span_of(r->m, &r->rows[to]);

            if (!span->dead)
                continue;
            add(&out->concordant, r->rows[to].weight, outliving(lower, span->anchor));
            add(&out->tied_y, r->rows[to].weight, dying(lower, span->anchor));
        }
        if (to - from > 1)
            count_equals(r->rows + from, to - from, equals, out);
        for (size_t i = from; i < to; i++)
            see(lower, &r->rows[i]);
    }
    for (size_t i = 0; i < r->n; i++)
        if (span_of(r->m, &r->rows[i])->dead)
            add(&out->all, r->rows[i].weight,
                outliving(lower, span_of(r->m, &r->rows[i])->anchor));
}

enum dyad_status
cox_concordance(struct cox_model *m, struct cox_concordance *out)
{
    struct ranking r = { .m = m, .least = INFINITY, .most = -INFINITY };
    struct seen lower = { .m = m }, equals = { .m = m };
    struct pairs found = { .all = { 0, 0 } };
    enum dyad_status st = cox_restore(m);

    if (st == DYAD_OK)
        st = rank_rows(&r);
    if (st == DYAD_OK && !(seen_reserve(&lower, m) && seen_reserve(&equals, m)))
        st = DYAD_NOMEM;
    if (st == DYAD_OK) {
        count_pairs(&r, &lower, &equals, &found);

        const struct load rest = minus(minus(found.all, found.concordant), found.tied_x);
        const double pairs = found.concordant.weight + rest.weight + found.tied_x.weight;

        *out = (struct cox_concordance){
            .concordant = found.concordant.weight,
            .discordant = rest.weight,
            .tied_x = found.tied_x.weight,
            .tied_y = found.tied_y.weight,
            .tied_xy = found.tied_xy.weight,
            .value = (found.concordant.weight + found.tied_x.weight / 2) / pairs,
        };
    }
    free(r.rows);
    free(r.begin);
    seen_release(&lower);
    seen_release(&equals);
    return st;
}
