#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cox_model.h"

/* Rows at risk at some moment. */
struct ranked {
    double eta, weight;
    uint32_t first, last; /* moments at risk */
    uint32_t rank;        /* of eta, equal ones alike, from 1 */
    bool dead;
};

struct ranking {
    const struct cox_model *m;
    struct ranked *rows;
    size_t n, room;
    bool failed;
};

static void
collect(const struct cox_row *row, void *context)
{
    struct ranking *r = context;
    const struct cox_model *m = r->m;
    const uint32_t bin = m->bin[row->record];

    if (r->failed || bin == COX_NONE || !(row->weight > 0))
        return;
    if (r->n == r->room) {
        const size_t room = r->room == 0 ? 1024 : 2 * r->room;
        struct ranked *rows = realloc(r->rows, room * sizeof *rows);

        if (rows == NULL) {
            r->failed = true;
            return;
        }
        r->rows = rows;
        r->room = room;
    }

    const bool split = m->second != NULL && m->second[row->record] != COX_NONE;

    r->rows[r->n++] = (struct ranked){
        .eta = row->eta,
        .weight = row->times * row->weight,
        .last = m->spans[bin].anchor,
        .first = split ? m->spans[m->second[row->record]].anchor : m->spans[bin].end,
        .dead = cox_is_dead(m, row->record),
    };
}

static int
compare_eta(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->eta > y->eta) - (x->eta < y->eta);
}

/* Rows by rank; how many ranks. */
static size_t
rank_rows(struct ranking *r)
{
    uint32_t rank = 0;

    qsort(r->rows, r->n, sizeof *r->rows, compare_eta);
    for (size_t i = 0; i < r->n; i++) {
        if (i == 0 || r->rows[i].eta != r->rows[i - 1].eta)
            rank++;
        r->rows[i].rank = rank;
    }
    return rank;
}

/*
 * Weights by rank, as a tree of sums (Fenwick 1994, Softw. Pract. Exp. 24:327-336).  Weights that
 * were added and taken away again leave rounding: how many there are says when nothing is left.
 */
struct load {
    double weight, rows;
};

struct tree {
    struct load *at;
    size_t n;
};

static void
tree_add(struct tree *t, size_t rank, double weight, double rows)
{
    for (; rank <= t->n; rank += rank & (~rank + 1)) {
        t->at[rank].weight += weight;
        t->at[rank].rows += rows;
    }
}

static struct load
tree_sum(const struct tree *t, size_t rank)
{
    struct load sum = { 0, 0 };

    for (; rank > 0; rank &= rank - 1) {
        sum.weight += t->at[rank].weight;
        sum.rows += t->at[rank].rows;
    }
    return sum;
}

static double
between(struct load until, struct load below)
{
    return until.rows > below.rows ? until.weight - below.weight : 0;
}

/* Numbers of rows in the order of a key below moments: order[begin[g]] ... until begin[g + 1]. */
static void
order_by(const struct ranking *r, bool by_last, size_t *begin, uint32_t *order)
{
    const size_t moments = r->m->moments;

    memset(begin, 0, (moments + 1) * sizeof *begin);
    for (size_t i = 0; i < r->n; i++)
        begin[(by_last ? r->rows[i].last : r->rows[i].first) + 1]++;
    for (size_t g = 0; g < moments; g++)
        begin[g + 1] += begin[g];
    for (size_t i = 0; i < r->n; i++)
        order[begin[by_last ? r->rows[i].last : r->rows[i].first]++] = (uint32_t)i;
    for (size_t g = moments; g > 0; g--)
        begin[g] = begin[g - 1];
    begin[0] = 0;
}

/* Events of one moment with all who outlive it; and with each other, in order of rank. */
static void
count_moment(const struct ranking *r, const struct tree *t, const uint32_t *order, size_t n,
             struct cox_concordance *out)
{
    const struct load none = { 0, 0 }, all = tree_sum(t, t->n);
    double before = 0, equal = 0;
    uint32_t rank = 0;

    for (size_t i = 0; i < n; i++) {
        const struct ranked *row = &r->rows[order[i]];

        if (!row->dead)
            continue;

        const struct load until = tree_sum(t, row->rank), below = tree_sum(t, row->rank - 1);

        out->concordant += row->weight * between(below, none);
        out->tied_x += row->weight * between(until, below);
        out->discordant += row->weight * between(all, until);
        if (row->rank != rank) {
            before += equal;
            equal = 0;
            rank = row->rank;
        }
        out->tied_y += row->weight * before;
        out->tied_xy += row->weight * equal;
        equal += row->weight;
    }
}

static void
count_pairs(const struct ranking *r, struct tree *t, const size_t *ends, const uint32_t *by_end,
            const size_t *starts, const uint32_t *by_start, struct cox_concordance *out)
{
    for (size_t g = r->m->moments; g-- > 0;) {
        const uint32_t *rows = by_end + ends[g];
        const size_t n = ends[g + 1] - ends[g];

        for (int dead = 0; dead < 2; dead++) {
            if (dead)
                count_moment(r, t, rows, n, out);
            for (size_t i = 0; i < n; i++) {
                const struct ranked *row = &r->rows[rows[i]];

                if (row->dead == (dead == 1))
                    tree_add(t, row->rank, row->weight, 1);
            }
        }
        for (size_t i = starts[g]; i < starts[g + 1]; i++) {
            const struct ranked *row = &r->rows[by_start[i]];

            tree_add(t, row->rank, -row->weight, -1);
        }
    }
}

enum dyad_status
cox_concordance(struct cox_model *m, struct cox_concordance *out)
{
    struct ranking r = { .m = m };
    struct cox_concordance found = { 0 };
    struct tree tree = { NULL, 0 };
    size_t *bounds = NULL;
    uint32_t *orders = NULL;
    enum dyad_status st = cox_restore(m);

    if (st == DYAD_OK)
        st = cox_rows_visit(m, m->fit.beta, collect, &r);
    if (st != DYAD_OK || r.failed) {
        st = r.failed ? DYAD_NOMEM : st;
        goto done;
    }
    tree.n = rank_rows(&r);
    tree.at = calloc(tree.n + 1, sizeof *tree.at);
    bounds = malloc(2 * (m->moments + 1) * sizeof *bounds);
    orders = malloc((2 * r.n + 1) * sizeof *orders);
    if (tree.at == NULL || bounds == NULL || orders == NULL) {
        st = DYAD_NOMEM;
        goto done;
    }
    order_by(&r, true, bounds, orders);
    order_by(&r, false, bounds + m->moments + 1, orders + r.n);
    count_pairs(&r, &tree, bounds, orders, bounds + m->moments + 1, orders + r.n, &found);
    found.value = (found.concordant + found.tied_x / 2) /
                  (found.concordant + found.discordant + found.tied_x);
    *out = found;
done:
    free(r.rows);
    free(tree.at);
    free(bounds);
    free(orders);
    return st;
}
