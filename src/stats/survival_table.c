#include "dyad/stats/survival_table.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"

/*
 * A slot of the hash table is some doubles: the time (NaN where there is none), who comes, and
 * who leaves by cause: records, weight and squares of each.
 */
enum { TIME, ENTER, EXITS = ENTER + 3 };

struct survival_counts {
    double *slots;
    size_t causes, stride, used;
    unsigned bits; /* 2^bits slots */
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

/* Half full at most, also with ${more} times. */
static bool
reserve(struct survival_counts *c, size_t more)
{
    while (c->used + more > room_of(c) / 2)
        if (!grow(c))
            return false;
    return true;
}

static double *
at(struct survival_counts *c, double time)
{
    double *slot = find(c, time);

    if (isnan(slot[TIME])) {
        slot[TIME] = time;
        c->used++;
    }
    return slot;
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
    tally(at(c, t->exit + 0) + EXITS + 3 * t->cause, t->count, t->weight);
    if (t->entry > 0) {
        tally(at(c, t->entry) + ENTER, t->count, t->weight);
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
    if (!reserve(into, from->used))
        return DYAD_NOMEM;
    for (size_t i = 0; i < room_of(from); i++) {
        const double *slot = from->slots + i * from->stride;

        if (isnan(slot[TIME]))
            continue;
        double *to = at(into, slot[TIME]);
        for (size_t j = ENTER; j < into->stride; j++)
            to[j] += slot[j];
    }
    into->least_stay = fmin(into->least_stay, from->least_stay);
    into->late = into->late || from->late;
    return DYAD_OK;
}

/* ---- which times are one ---- */

static int
ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

struct cuts {
    double *times;
    size_t n;
    double widest; /* between the first and the last that are one */
};

static void
gather_times(const struct survival_counts *const *counts, size_t groups, struct cuts *cuts)
{
    size_t n = 0, distinct = 0;

    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < room_of(counts[g]); i++) {
            const double time = counts[g]->slots[i * counts[g]->stride + TIME];

            if (!isnan(time))
                cuts->times[n++] = time;
        }
    qsort(cuts->times, n, sizeof *cuts->times, ascending);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || cuts->times[i] != cuts->times[i - 1])
            cuts->times[distinct++] = cuts->times[i];
    cuts->n = distinct;
}

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
    double least_stay = INFINITY;
    size_t n = 0;

    for (size_t g = 0; g < groups; g++) {
        if (counts[g]->causes != counts[0]->causes)
            return DYAD_DOMAIN;
        least_stay = fmin(least_stay, counts[g]->least_stay);
        n += counts[g]->used;
    }
    cuts->times = malloc((n + 1) * sizeof *cuts->times);
    if (cuts->times == NULL)
        return DYAD_NOMEM;
    gather_times(counts, groups, cuts);
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

static int
ascending_slots(const void *a, const void *b)
{
    return ascending(*(const double *const *)a, *(const double *const *)b);
}

/* The slots that are used, ascending. */
static const double **
sorted_slots(const struct survival_counts *c)
{
    const double **slots = malloc((c->used + 1) * sizeof *slots);
    size_t n = 0;

    for (size_t i = 0; slots != NULL && i < room_of(c); i++)
        if (!isnan(c->slots[i * c->stride + TIME]))
            slots[n++] = c->slots + i * c->stride;
    if (slots != NULL)
        qsort(slots, n, sizeof *slots, ascending_slots);
    return slots;
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

static void
fill_rows(const struct survival_counts *c, const double *const *slots, const struct cuts *cuts,
          struct survival_table *t)
{
    size_t cut = 0;

    for (size_t i = 0; i < c->used; i++) {
        while (cut + 1 < cuts->n && cuts->times[cut + 1] <= slots[i][TIME])
            cut++;
        if (t->n == 0 || t->rows[t->n - 1].time != cuts->times[cut]) {
            t->rows[t->n] = (struct survival_row){ .time = cuts->times[cut],
                                                   .exits = t->exits + t->n * (c->causes + 1) };
            t->n++;
        }
        add_slot(&t->rows[t->n - 1], t->exits + (t->n - 1) * (c->causes + 1), c->causes,
                 slots[i]);
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
    const double **slots = sorted_slots(c);

    *t = (struct survival_table)SURVIVAL_TABLE_INIT;
    t->causes = c->causes;
    t->late = c->late;
    t->rows = malloc((c->used + 1) * sizeof *t->rows);
    t->exits = calloc((c->used + 1) * (c->causes + 1), sizeof *t->exits);
    if (slots == NULL || t->rows == NULL || t->exits == NULL) {
        free(slots);
        survival_table_release(t);
        return DYAD_NOMEM;
    }
    fill_rows(c, slots, cuts, t);
    fill_risk(t);
    free(slots);
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
