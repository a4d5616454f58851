#include "dyad/stats/survival_table.h"

#include "survival_values.h"

#include "scratch.h"

static struct survival_time
time_of(double entry, double exit, size_t cause)
{
    return (struct survival_time){ entry, exit, cause, 1, 1 };
}

static void
add(struct survival_counts *c, double entry, double exit, size_t cause, double count,
    double weight)
{
    const struct survival_time t = { entry, exit, cause, count, weight };

    CHECK(survival_counts_add(c, &t) == DYAD_OK);
}

static struct survival_table
table_from(const struct survival_counts *c)
{
    struct survival_table t = SURVIVAL_TABLE_INIT;

    CHECK(survival_tables(&c, 1, &t) == DYAD_OK);
    return t;
}

static void
check_row(const struct survival_row *row, double time, double risk, double event, double censor,
          double enter)
{
    CHECK(row->time == time);
    CHECK(row->n_risk == risk);
    CHECK(row->n_event == event);
    CHECK(row->n_censor == censor);
    CHECK(row->n_enter == enter);
}

static void
counts_who_is_at_risk(void)
{
    struct survival_counts *c = survival_counts_new(2);

    add(c, SURVIVAL_FROM_START, 3, 1, 2, 1);
    add(c, SURVIVAL_FROM_START, 3, 2, 1, 1);
    add(c, SURVIVAL_FROM_START, 0, 0, 1, 1);
    add(c, 1, 3, 0, 4, 0.5);
    add(c, 3, 5, 1, 1, 1); /* not at risk at 3 */
    add(c, 0, 4, 1, 1, 3); /* from the start */

    struct survival_table t = table_from(c);

    CHECK(t.n == 5 && t.causes == 2 && t.late);
    CHECK(t.records == 10 && t.events == 5 && t.weight == 10);
    check_row(&t.rows[0], 0, 7, 0, 1, 0);
    check_row(&t.rows[1], 1, 6, 0, 0, 2);
    check_row(&t.rows[2], 3, 8, 3, 2, 1);
    check_row(&t.rows[3], 4, 4, 3, 0, 0);
    check_row(&t.rows[4], 5, 1, 1, 0, 0);
    CHECK(t.rows[2].records == 8 && t.rows[2].exits[1].records == 2);
    CHECK(t.rows[2].exits[2].weight == 1 && t.rows[2].exits[0].squares == 1);
    CHECK(t.rows[3].exits[1].squares == 9);

    CHECK(survival_table_find(&t, -1) == 0 && survival_table_find(&t, 3) == 3);
    CHECK(survival_table_find(&t, 3.5) == 3 && survival_table_find(&t, 9) == 5);
    CHECK(survival_table_risk(&t, 3) == 8 && survival_table_risk(&t, 3.5) == 4);
    CHECK(survival_table_risk(&t, 2) == 8 && survival_table_risk(&t, 5.1) == 0);
    survival_table_release(&t);
    survival_counts_free(c);
}

static void
ties_what_differs_in_the_last_bits_only(void)
{
    struct survival_counts *c[] = { survival_counts_new(1), survival_counts_new(1) };
    struct survival_table t[] = { SURVIVAL_TABLE_INIT, SURVIVAL_TABLE_INIT };

    add(c[0], SURVIVAL_FROM_START, 0.1 + 0.2, 1, 1, 1);
    add(c[1], SURVIVAL_FROM_START, 0.3, 1, 1, 1);
    add(c[1], SURVIVAL_FROM_START, 0.1 + 0.2, 0, 1, 1);
    add(c[1], SURVIVAL_FROM_START, 0.30001, 0, 1, 1);
    add(c[1], SURVIVAL_FROM_START, -0.0, 0, 1, 1);
    add(c[1], SURVIVAL_FROM_START, 0, 0, 1, 1);
    CHECK(survival_tables((const struct survival_counts *const *)c, 2, t) == DYAD_OK);
    CHECK(t[0].n == 1 && t[0].rows[0].time == 0.3);
    CHECK(t[1].n == 3);
    check_row(&t[1].rows[0], 0, 5, 0, 2, 0);
    check_row(&t[1].rows[1], 0.3, 3, 1, 1, 0);
    CHECK(!signbit(t[1].rows[0].time));
    for (size_t g = 0; g < 2; g++) {
        survival_table_release(&t[g]);
        survival_counts_free(c[g]);
    }
}

static void
merges_to_the_same_bits(void)
{
    uint64_t state = 7;
    struct survival_counts *whole = survival_counts_new(2), *parts = survival_counts_new(2);
    struct survival_counts *of[3];

    for (size_t i = 0; i < 3; i++)
        of[i] = survival_counts_new(2);
    for (size_t i = 0; i < 20000; i++) {
        struct survival_time t = { SURVIVAL_FROM_START, (double)scratch_below(&state, 3000) / 10,
                                   scratch_below(&state, 3), 1 + (double)scratch_below(&state, 9),
                                   1 };

        if (scratch_below(&state, 4) == 0)
            t.entry = t.exit > 0 ? t.exit / 2 : SURVIVAL_FROM_START;
        CHECK(survival_counts_add(whole, &t) == DYAD_OK);
        CHECK(survival_counts_add(of[scratch_below(&state, 3)], &t) == DYAD_OK);
    }
    for (size_t i = 3; i-- > 0;)
        CHECK(survival_counts_merge(parts, of[i]) == DYAD_OK);

    struct survival_table a = table_from(whole), b = table_from(parts);

    CHECK(a.n == b.n && a.records == b.records && a.n > 3000);
    for (size_t i = 0; i < a.n; i++) {
        CHECK(a.rows[i].time == b.rows[i].time && a.rows[i].n_risk == b.rows[i].n_risk);
        CHECK(memcmp(a.rows[i].exits, b.rows[i].exits, 3 * sizeof *a.exits) == 0);
    }
    survival_table_release(&a);
    survival_table_release(&b);
    for (size_t i = 0; i < 3; i++)
        survival_counts_free(of[i]);
    survival_counts_free(whole);
    survival_counts_free(parts);
}

/* Weights whose sums round: the last at risk are still all that leave. */
/* So many that they are not all looked up: one more digit, in an order that is not theirs. */
static double
time_with_digits(size_t i)
{
    return (double)(i * 7919 % 10007) + 0.25;
}

static void
check_digits(const struct survival_table *t, double rounds)
{
    double risk = 10006 * rounds;

    CHECK(t->n == 10006 && t->records == 10006 * rounds);
    for (size_t i = 0; i < t->n; i++) {
        const double event = i % 2 == 0 ? rounds : 0;

        check_row(&t->rows[i], (double)i + 1.25, risk, event, rounds - event, 0);
        risk -= rounds;
    }
}

static void
counts_times_of_many_digits(void)
{
    enum { ROUNDS = 200 }; /* more than are kept one by one */
    struct survival_counts *c = survival_counts_new(1), *other = survival_counts_new(1);

    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 1; i < 10007; i++) {
            const double time = time_with_digits(i);

            add(round < ROUNDS - 1 ? c : other, SURVIVAL_FROM_START, time,
                (size_t)time % 2, 1, 1);
        }

    struct survival_table t = table_from(c);

    check_digits(&t, ROUNDS - 1);
    survival_table_release(&t);
    CHECK(survival_counts_merge(c, other) == DYAD_OK);
    t = table_from(c);
    check_digits(&t, ROUNDS);
    survival_table_release(&t);
    survival_counts_free(other);
    survival_counts_free(c);
}

/* Weights are added up in the order they came, whether a time has a slot or not. */
static void
adds_weights_in_their_order(void)
{
    struct survival_counts *many = survival_counts_new(1), *few = survival_counts_new(1);
    const double weights[] = { 0.1, 1e15, 0.7, 3e-5, 12.3 };

    for (size_t i = 1; i < 10007; i++)
        add(many, SURVIVAL_FROM_START, time_with_digits(i), 1, 1, 1);
    for (size_t i = 0; i < 5; i++) {
        add(many, 20000.5, 30000.5, 1, 1, weights[i]);
        add(few, 20000.5, 30000.5, 1, 1, weights[i]);
    }

    struct survival_table t = table_from(many), u = table_from(few);
    const struct survival_row *x = &t.rows[t.n - 2], *y = &u.rows[0];

    CHECK(t.n == 10008 && u.n == 2 && t.late);
    CHECK(x[0].n_enter == y[0].n_enter && x[1].n_event == y[1].n_event && x[1].n_risk == y[1].n_risk);
    CHECK(x[1].exits[1].squares == y[1].exits[1].squares);
    survival_table_release(&t);
    survival_table_release(&u);
    survival_counts_free(many);
    survival_counts_free(few);
}

static void
ends_with_nobody_left_over(void)
{
    struct survival_counts *c = survival_counts_new(1);

    for (size_t i = 1; i <= 50; i++) {
        add(c, (double)i / 2, (double)i, 1, 1, 0.1 * (double)i);
        add(c, (double)i + 60, (double)i + 61, 1, 1, 1e-9);
    }
    struct survival_table t = table_from(c);
    for (size_t i = 0; i < t.n; i++) {
        CHECK((t.rows[i].records == 0) == (t.rows[i].n_risk == 0));
        CHECK(t.rows[i].n_risk >= t.rows[i].n_event);
    }
    CHECK(t.rows[t.n - 1].n_risk == 1e-9);
    survival_table_release(&t);
    survival_counts_free(c);
}

static void
makes_an_empty_table_of_nothing(void)
{
    struct survival_counts *c = survival_counts_new(1);
    struct survival_table t = table_from(c);

    CHECK(t.n == 0 && t.records == 0 && !t.late);
    CHECK(survival_table_find(&t, 1) == 0 && survival_table_risk(&t, 1) == 0);
    survival_table_release(&t);
    survival_table_release(&t);
    survival_counts_free(c);
    survival_counts_free(NULL);
}

static void
refuses_what_are_no_times(void)
{
    struct survival_counts *c = survival_counts_new(1), *other = survival_counts_new(2);
    struct survival_table t = SURVIVAL_TABLE_INIT;
    const struct survival_time refused[] = {
        time_of(2, 2, 1),        /* no stay */
        time_of(3, 2, 1),        /* leaves before it comes */
        time_of(0, 0, 1),
        time_of(-1, 2, 1),
        time_of(NAN, 2, 1),
        time_of(SURVIVAL_FROM_START, -1, 1),
        time_of(SURVIVAL_FROM_START, NAN, 1),
        time_of(SURVIVAL_FROM_START, INFINITY, 1),
        time_of(SURVIVAL_FROM_START, 1, 2), /* no such cause */
        { SURVIVAL_FROM_START, 1, 1, 0, 1 },
        { SURVIVAL_FROM_START, 1, 1, 1.5, 1 },
        { SURVIVAL_FROM_START, 1, 1, 2e15, 1 },
        { SURVIVAL_FROM_START, 1, 1, 1, 0 },
        { SURVIVAL_FROM_START, 1, 1, 1, -1 },
        { SURVIVAL_FROM_START, 1, 1, 1, NAN },
        { SURVIVAL_FROM_START, 1, 1, 1, INFINITY },
    };

    for (size_t i = 0; i < COUNT_OF(refused); i++)
        CHECK(survival_counts_add(c, &refused[i]) == DYAD_DOMAIN);
    CHECK(survival_counts_new(0) == NULL && survival_counts_new(SURVIVAL_CAUSES_MAX + 1) == NULL);
    CHECK(survival_counts_merge(c, other) == DYAD_DOMAIN);

    add(c, SURVIVAL_FROM_START, 4, 1, 1, 1);
    t = table_from(c);
    CHECK(t.n == 1); /* nothing of the refused */

    const struct survival_counts *const both[] = { c, other };
    CHECK(survival_tables(both, 2, &t) == DYAD_DOMAIN);
    CHECK(survival_tables(both, 0, &t) == DYAD_DOMAIN);
    add(c, 1, 1 + 1e-12, 1, 1, 1); /* a stay that is no more than a tie */
    CHECK(survival_tables(both, 1, &t) == DYAD_DOMAIN);
    CHECK(t.n == 1);
    survival_table_release(&t);
    survival_counts_free(c);
    survival_counts_free(other);
}

int
main(void)
{
    RUN(counts_who_is_at_risk);
    RUN(ties_what_differs_in_the_last_bits_only);
    RUN(merges_to_the_same_bits);
    RUN(counts_times_of_many_digits);
    RUN(adds_weights_in_their_order);
    RUN(ends_with_nobody_left_over);
    RUN(makes_an_empty_table_of_nothing);
    RUN(refuses_what_are_no_times);
    return DONE();
}
