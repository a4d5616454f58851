#include "dyad/stats/survival_table.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "time_order.h"

/*
 * A slot of the hash table is some doubles: the time (NaN where there is none), who comes, and
 * who leaves by cause: records, weight and squares of each.
 */
enum { TIME, ENTER, EXITS = ENTER + 3 };

/*
 * Times of many digits are hardly ever met again: when most of so many were new, those that have no
 * slot by then are written one behind the other.
 */
enum { CLOSED_FROM = 1 << 12, JOINED_FROM = 1 << 20 };

struct mark {
    double time;
    double sums[3]; /* as in a slot */
    size_t what;    /* where in a slot: ENTER, EXITS ... */
};

struct survival_counts {
    double *slots;
    size_t causes, stride, used, added;
    unsigned bits; /* 2^bits slots */
    bool closed;   /* no slot is made any more */
    struct mark *marks; /* of times without a slot, in the order they were counted */
    size_t n_marks, room;
    double least_stay;
    bool late;
};

/* ---- counting ---- */

static size_t
room_of(const struct survival_counts *c)
{
    return (size_t)1 << c->bits;
}

static double *
slots_new(size_t n, size_t stride)
{
    double *slots;

    if (n > SIZE_MAX / stride / sizeof *slots)
        return NULL;
    slots = calloc(n * stride, sizeof *slots);
    for (size_t i = 0; slots != NULL && i < n; i++)
        slots[i * stride + TIME] = NAN;
    return slots;
}

struct survival_counts *
survival_counts_new(size_t causes)
{
    struct survival_counts *c;

    if (causes < 1 || causes > SURVIVAL_CAUSES_MAX || (c = malloc(sizeof *c)) == NULL)
        return NULL;
    *c = (struct survival_counts){ .causes = causes, .stride = EXITS + 3 * (causes + 1),
                                   .bits = 6, .least_stay = INFINITY };
    c->slots = slots_new(room_of(c), c->stride);
    if (c->slots == NULL) {
        free(c);
        return NULL;
    }
    return c;
}

void
survival_counts_free(struct survival_counts *c)
{
    if (c == NULL)
        return;
    free(c->slots);
    free(c->marks);
    free(c);
}

/* Where that time is, or would be. */
static double *
find(const struct survival_counts *c, double time)
{
    uint64_t key;

    memcpy(&key, &time, sizeof key);
    key = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
    for (size_t i = (size_t)(key >> (64 - c->bits));; i = (i + 1) & (room_of(c) - 1)) {
        double *slot = c->slots + i * c->stride;

        if (slot[TIME] == time || isnan(slot[TIME]))
            return slot;
    }
}

static bool
grow(struct survival_counts *c)
{
    const size_t before = room_of(c);
    double *const old = c->slots, *const slots = slots_new(2 * before, c->stride);

    if (slots == NULL)
        return false;
    c->slots = slots;
    c->bits++;
    for (size_t i = 0; i < before; i++) {
        const double *slot = old + i * c->stride;

        if (!isnan(slot[TIME]))
            memcpy(find(c, slot[TIME]), slot, c->stride * sizeof *slot);
    }
    free(old);
    return true;
}

/* ---- times without a slot ---- */

/* Which slots and marks there are, by time; those of one time in the order they were counted. */
static enum dyad_status
order_times(const struct survival_counts *const *counts, size_t groups, struct time_order *order)
{
    size_t n = 0;

    for (size_t g = 0; g < groups; g++)
        n += counts[g]->used + counts[g]->n_marks;
    if (!time_order_init(order, n))
        return DYAD_NOMEM;
    for (size_t g = 0; g < groups; g++) {
        const struct survival_counts *c = counts[g];

        for (size_t i = 0; i < room_of(c); i++)
            if (!isnan(c->slots[i * c->stride + TIME]))
                time_order_add(order, c->slots[i * c->stride + TIME], i);
        for (size_t i = 0; i < c->n_marks; i++)
            time_order_add(order, c->marks[i].time, room_of(c) + i);
    }
    time_order_sort(order);
    return DYAD_OK;
}

static void
add_sums(double *to, const double *from)
{
    for (size_t j = 0; j < 3; j++)
        to[j] += from[j];
}

/* Marks that are alike become one; their sums are added up in the order they were counted. */
static enum dyad_status
join_marks(struct survival_counts *c, size_t room)
{
    struct time_order order;
    struct mark *joined = malloc(room * sizeof *joined);
    size_t n = 0, first = 0; /* the first of this time */

    if (joined == NULL || !time_order_init(&order, c->n_marks)) {
        free(joined);
        return DYAD_NOMEM;
    }
    for (size_t i = 0; i < c->n_marks; i++)
        time_order_add(&order, c->marks[i].time, i);
    time_order_sort(&order);
    for (size_t i = 0; i < order.n; i++) {
        const struct mark *m = &c->marks[order.at[i].number];
        size_t k;

        if (n > 0 && joined[n - 1].time != m->time)
            first = n;
        for (k = first; k < n && joined[k].what != m->what; k++)
            ;
        if (k < n)
            add_sums(joined[k].sums, m->sums);
        else
            joined[n++] = *m;
    }
    time_order_release(&order);
    free(c->marks);
    c->marks = joined;
    c->n_marks = n;
    c->room = room;
    return DYAD_OK;
}

/* Room for as many more marks. */
static bool
reserve_marks(struct survival_counts *c, size_t more)
{
    size_t room = c->room ? c->room : CLOSED_FROM;

    if (c->n_marks + more <= c->room)
        return true;
    if (c->room >= JOINED_FROM && join_marks(c, c->room) != DYAD_OK)
        return false;
    while (room < c->n_marks + more || (c->room >= JOINED_FROM && room < 2 * c->n_marks))
        room *= 2;
    struct mark *grown = realloc(c->marks, room * sizeof *grown);
    if (grown == NULL)
        return false;
    c->marks = grown;
    c->room = room;
    return true;
}

/* Half full at most, also with ${more} times; or room for as many marks. */
static bool
reserve(struct survival_counts *c, size_t more)
{
    while (!c->closed && c->used + more > room_of(c) / 2) {
        c->closed = c->used + more > CLOSED_FROM && c->added < c->used + c->used / 8;
        if (!c->closed && !grow(c))
            return false;
    }
    return !c->closed || reserve_marks(c, more);
}

/* Where sums of that time are kept, with room reserved. */
static double *
at(struct survival_counts *c, double time, size_t what)
{
    double *slot = find(c, time);

    if (!isnan(slot[TIME]))
        return slot + what;
    if (c->closed) {
        c->marks[c->n_marks] = (struct mark){ .time = time, .what = what };
        return c->marks[c->n_marks++].sums;
    }
    slot[TIME] = time;
    c->used++;
    return slot + what;
}

static void
tally(double *to, double count, double weight)
{
    to[0] += count;
    to[1] += count * weight;
    to[2] += count * weight * weight;
}

static bool
is_time(const struct survival_counts *c, const struct survival_time *t)
{
    const bool stays = t->entry == SURVIVAL_FROM_START || (t->entry >= 0 && t->entry < t->exit);

    return stays && t->exit >= 0 && t->exit < INFINITY && t->cause <= c->causes &&
           t->count >= 1 && is_count(t->count) && is_whole(t->count) && t->weight > 0 &&
           t->weight <= 1e15;
}

enum dyad_status
survival_counts_add(struct survival_counts *c, const struct survival_time *t)
{
    if (!is_time(c, t))
        return DYAD_DOMAIN;
    if (!reserve(c, 2))
        return DYAD_NOMEM;

    /* + 0: there is but one zero. */
    tally(at(c, t->exit + 0, EXITS + 3 * t->cause), t->count, t->weight);
    c->added++;
    if (t->entry > 0) {
        tally(at(c, t->entry, ENTER), t->count, t->weight);
        c->added++;
        c->least_stay = fmin(c->least_stay, t->exit - t->entry);
        c->late = true;
    }
    return DYAD_OK;
}

enum dyad_status
survival_counts_merge(struct survival_counts *into, const struct survival_counts *from)
{
    if (from->causes != into->causes)
        return DYAD_DOMAIN;
    if (!reserve(into, from->used * (from->causes + 2) + from->n_marks))
        return DYAD_NOMEM;
    for (size_t i = 0; i < room_of(from); i++) {
        const double *slot = from->slots + i * from->stride;

        if (isnan(slot[TIME]))
            continue;
        for (size_t j = ENTER; j < into->stride; j += 3)
            if (slot[j] > 0)
                add_sums(at(into, slot[TIME], j), slot + j);
    }
    for (size_t i = 0; i < from->n_marks; i++)
        add_sums(at(into, from->marks[i].time, from->marks[i].what), from->marks[i].sums);
    into->added += from->added;
    into->least_stay = fmin(into->least_stay, from->least_stay);
    into->late = into->late || from->late;
    return DYAD_OK;
}

/* ---- which times are one ---- */

struct cuts {
    double *times;
    size_t n;
    double widest; /* between the first and the last that are one */
};

static void
join_near_times(struct cuts *cuts)
{
    const double tolerance = sqrt(DBL_EPSILON);
    struct sum sum = { 0, 0 };
    size_t n = 0;

    for (size_t i = 0; i < cuts->n; i++)
        sum_add(&sum, cuts->times[i]);

    const double mean = sum_value(&sum) / (double)cuts->n;
    double before = -INFINITY;

    for (size_t i = 0; i < cuts->n; i++) {
        const double time = cuts->times[i], step = time - before;

        before = time;
        if (step <= tolerance || step / mean <= tolerance)
            cuts->widest = fmax(cuts->widest, time - cuts->times[n - 1]);
        else
            cuts->times[n++] = time;
    }
    cuts->n = n;
}

static enum dyad_status
find_cuts(const struct survival_counts *const *counts, size_t groups, struct cuts *cuts)
{
    struct time_order order;
    double least_stay = INFINITY;

    for (size_t g = 0; g < groups; g++) {
        if (counts[g]->causes != counts[0]->causes)
            return DYAD_DOMAIN;
        least_stay = fmin(least_stay, counts[g]->least_stay);
    }
    if (order_times(counts, groups, &order) != DYAD_OK)
        return DYAD_NOMEM;
    cuts->times = malloc((order.n + 1) * sizeof *cuts->times);
    for (size_t i = 0; cuts->times != NULL && i < order.n; i++)
        if (i == 0 || order.at[i].time != order.at[i - 1].time)
            cuts->times[cuts->n++] = order.at[i].time;
    time_order_release(&order);
    if (cuts->times == NULL)
        return DYAD_NOMEM;
    join_near_times(cuts);
    return cuts->widest < least_stay ? DYAD_OK : DYAD_DOMAIN;
}

/* ---- tables ---- */

void
survival_table_release(struct survival_table *t)
{
    free(t->rows);
    free(t->exits);
    *t = (struct survival_table)SURVIVAL_TABLE_INIT;
}

static void
add_slot(struct survival_row *row, struct survival_exits *exits, size_t causes,
         const double *slot)
{
    row->n_enter += slot[ENTER + 1];
    row->records -= slot[ENTER];
    for (size_t j = 0; j <= causes; j++) {
        const double *from = slot + EXITS + 3 * j;

        exits[j].records += from[0];
        exits[j].weight += from[1];
        exits[j].squares += from[2];
        row->records += from[0];
        *(j == 0 ? &row->n_censor : &row->n_event) += from[1];
    }
}

/* All that was counted at the time of order[i], in ${slot}; the place of the next time. */
static size_t
collect_slot(const struct survival_counts *c, const struct time_order *order, size_t i, double *slot)
{
    const double time = order->at[i].time;

    memset(slot, 0, c->stride * sizeof *slot);
    for (; i < order->n && order->at[i].time == time; i++) {
        const size_t number = order->at[i].number;

        if (number < room_of(c))
            memcpy(slot, c->slots + number * c->stride, c->stride * sizeof *slot);
        else
            add_sums(slot + c->marks[number - room_of(c)].what, c->marks[number - room_of(c)].sums);
    }
    slot[TIME] = time;
    return i;
}

static void
fill_rows(const struct survival_counts *c, const struct time_order *order, const struct cuts *cuts,
          double *slot, struct survival_table *t)
{
    size_t cut = 0;

    for (size_t i = 0; i < order->n;) {
        i = collect_slot(c, order, i, slot);
        while (cut + 1 < cuts->n && cuts->times[cut + 1] <= slot[TIME])
            cut++;
        if (t->n == 0 || t->rows[t->n - 1].time != cuts->times[cut]) {
            t->rows[t->n] = (struct survival_row){ .time = cuts->times[cut],
                                                   .exits = t->exits + t->n * (c->causes + 1) };
            t->n++;
        }
        add_slot(&t->rows[t->n - 1], t->exits + (t->n - 1) * (c->causes + 1), c->causes, slot);
    }
}

/*
 * From the last row to the first, so that without late entry all is added and nothing taken off.
 * The records, whole numbers, tell where nobody is left, whatever the weights' rounding says.
 */
static void
fill_risk(struct survival_table *t)
{
    struct sum risk = { 0, 0 };
    double later = 0; /* records */

    for (size_t i = t->n; i-- > 0;) {
        struct survival_row *row = &t->rows[i];
        double leave = 0;

        for (size_t j = 0; j <= t->causes; j++)
            leave += row->exits[j].records;
        t->records += leave;
        t->events += leave - row->exits[0].records;
        t->weight += row->n_event + row->n_censor;

        later += row->records;
        row->records = later;
        if (later == leave)
            risk = (struct sum){ row->n_event + row->n_censor, 0 };
        else {
            sum_add(&risk, row->n_event);
            sum_add(&risk, row->n_censor);
            sum_add(&risk, -row->n_enter);
        }
        row->n_risk = later > 0 ? sum_value(&risk) : 0;
    }
}

static enum dyad_status
make_table(const struct survival_counts *c, const struct cuts *cuts, struct survival_table *t)
{
    struct time_order order;
    double *slot = malloc(c->stride * sizeof *slot);
    size_t distinct = 0;

    *t = (struct survival_table)SURVIVAL_TABLE_INIT;
    if (slot == NULL || order_times(&c, 1, &order) != DYAD_OK) {
        free(slot);
        return DYAD_NOMEM;
    }
    for (size_t i = 0; i < order.n; i++)
        distinct += i == 0 || order.at[i].time != order.at[i - 1].time;
    t->causes = c->causes;
    t->late = c->late;
    t->rows = malloc((distinct + 1) * sizeof *t->rows);
    t->exits = calloc((distinct + 1) * (c->causes + 1), sizeof *t->exits);
    const bool made = t->rows != NULL && t->exits != NULL;
    if (made)
        fill_rows(c, &order, cuts, slot, t);
    time_order_release(&order);
    free(slot);
    if (!made) {
        survival_table_release(t);
        return DYAD_NOMEM;
    }
    fill_risk(t);
    return t->records <= 9007199254740992.0 ? DYAD_OK : DYAD_DOMAIN;
}

enum dyad_status
survival_tables(const struct survival_counts *const *counts, size_t groups,
                struct survival_table *tables)
{
    struct survival_table *made;
    struct cuts cuts = { NULL, 0, 0 };
    enum dyad_status st;

    if (groups < 1)
        return DYAD_DOMAIN;
    made = calloc(groups, sizeof *made);
    st = made != NULL ? find_cuts(counts, groups, &cuts) : DYAD_NOMEM;
    for (size_t g = 0; g < groups && st == DYAD_OK; g++)
        st = make_table(counts[g], &cuts, &made[g]);
    for (size_t g = 0; g < groups && made != NULL; g++) {
        struct survival_table *old = st == DYAD_OK ? &tables[g] : &made[g];

        survival_table_release(old);
        if (st == DYAD_OK)
            tables[g] = made[g];
    }
    free(cuts.times);
    free(made);
    return st;
}

size_t
survival_table_find(const struct survival_table *t, double time)
{
    size_t low = 0, high = t->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (t->rows[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double
survival_table_risk(const struct survival_table *t, double time)
{
    size_t i = survival_table_find(t, time);

    if (i > 0 && t->rows[i - 1].time == time)
        i--;
    return i < t->n ? t->rows[i].n_risk : 0;
}
