#include "dyad/stats/aalen_johansen.h"

#include <math.h>
#include <stdbool.h>

#include "cells.h"

static double
square(double x)
{
    return x * x;
}

/* What both variances are made from, time by time. */
struct incidence {
    double survival;  /* just before the row; after it is ${after} */
    double after;
    double greenwood; /* of rows before */
    double value;     /* after the row */
    double step;      /* what the row adds to it */
    bool alone;       /* no event of another cause so far */
};

static void
walk_on(const struct survival_row *row, double events, struct incidence *f)
{
    const bool is_end = row->n_event >= row->n_risk;

    f->survival = f->after;
    f->step = f->survival > 0 && events > 0 ? f->survival * (events / row->n_risk) : 0;
    f->value += f->step;
    f->alone = f->alone && row->n_event == events;
    if (row->n_event > 0)
        f->after *= is_end ? 0 : (row->n_risk - row->n_event) / row->n_risk;
    if (is_end && f->alone)
        f->value = 1;
}

/* ---- the infinitesimal jackknife ---- */

/*
 * One who left has u = r, which falls by b for every unit that F grows.  All who stay have the
 * same u.
 */
struct jackknife {
    double left, slope, slopes; /* sums of (w r)^2, w^2 r b, (w b)^2 */
    double staying, u;          /* sum of w^2, and their u */
};

static void
jackknife_begin(const struct survival_table *t, struct jackknife *v)
{
    *v = (struct jackknife){ 0, 0, 0, 0, 0 };
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j <= t->causes; j++)
            v->staying += t->rows[i].exits[j].squares;
}

static void
leave(struct jackknife *v, double squares, double r, double b)
{
    v->left += squares * square(r);
    v->slope += squares * r * b;
    v->slopes += squares * square(b);
    v->staying = fmax(v->staying - squares, 0);
}

static double
jackknife_row(const struct survival_table *t, size_t i, size_t cause, struct incidence *f,
              struct jackknife *v)
{
    const struct survival_row *row = &t->rows[i];
    const double n = row->n_risk, rest = n - row->n_event;

    v->left += f->step * (f->step * v->slopes - 2 * v->slope);
    v->slope -= f->step * v->slopes;
    v->u += f->step * (f->greenwood - 1 / n);
    if (row->n_event > 0 && rest > 0)
        f->greenwood += row->n_event / (n * rest);
    for (size_t j = 0; j <= t->causes; j++) {
        const double jump = j == cause ? f->survival / n : 0;
        const double b = (j > 0 && rest > 0 ? 1 / rest : 0) - f->greenwood;

        if (row->exits[j].squares > 0)
            leave(v, row->exits[j].squares, v->u + jump, f->after > 0 ? b : 0);
    }
    return v->left + v->staying * square(v->u);
}

/* ---- counting processes ---- */

/* Sums of weights times ((1 at an event of the cause) + F / S)^2, that / S, and 1 / S^2. */
struct counting {
    double squares, products, inverses;
};

static double
tie_factor(double events, double n)
{
    return events > 1 ? 1 - (events - 1) / (n - 1) : 1;
}

static void
count_events(struct counting *v, double events, double jump, const struct survival_row *row,
             const struct incidence *f)
{
    const double inverse = f->after > 0 ? 1 / f->after : 0, a = jump + inverse * f->value;
    const double weight =
        square(f->survival / row->n_risk) * events * tie_factor(events, row->n_risk);

    v->squares += a * a * weight;
    v->products += a * inverse * weight;
    v->inverses += inverse * inverse * weight;
}

static double
counting_row(const struct survival_row *row, double events, const struct incidence *f,
             struct counting *v)
{
    const double others = row->n_event - events;

    if (others > 0 && f->after > 0)
        count_events(v, others, 0, row, f);
    if (events > 0)
        count_events(v, events, 1, row, f);
    return v->squares + f->value * (f->value * v->inverses - 2 * v->products);
}

/* ---- the curve ---- */

static bool
is_sound(const struct survival_table *t, size_t cause, const struct incidence_method *m)
{
    return t->n > 0 && cause >= 1 && cause <= t->causes && is_level(m->level) &&
           !(m->error == INCIDENCE_JACKKNIFE && t->late);
}

static struct estimate
curve_point(double value, double variance, const struct incidence_method *m)
{
    const struct kaplan_meier_method limits = { m->limits, m->level, false, 0 };
    struct estimate e = { value, sqrt(fmax(variance, 0)), NAN, NAN, NAN };

    if (value > 0)
        survival_limits_set(log(value), e.std_error / value, &limits, &e);
    return e;
}

enum dyad_status
aalen_johansen(const struct survival_table *t, size_t cause,
               const struct incidence_method *method, struct estimate *curve)
{
    struct incidence f = { 1, 1, 0, 0, 0, true };
    struct jackknife jackknife;
    struct counting counting = { 0, 0, 0 };

    if (!is_sound(t, cause, method))
        return DYAD_DOMAIN;
    jackknife_begin(t, &jackknife);
    for (size_t i = 0; i < t->n; i++) {
        const struct survival_row *row = &t->rows[i];
        const double events = row->exits[cause].weight;

        if (f.after > 0 && row->n_risk > 0) {
            walk_on(row, events, &f);
            curve[i] = curve_point(f.value,
                                   method->error == INCIDENCE_JACKKNIFE
                                       ? jackknife_row(t, i, cause, &f, &jackknife)
                                       : counting_row(row, events, &f, &counting),
                                   method);
        } else {
            curve[i] = i > 0 ? curve[i - 1] : curve_point(0, 0, method);
        }
    }
    return DYAD_OK;
}

void
aalen_johansen_at(const struct survival_table *t, const struct estimate *curve, double time,
                  struct estimate *out)
{
    const size_t rows = survival_table_find(t, time);

    if (t->n == 0 || !(time <= t->rows[t->n - 1].time))
        *out = (struct estimate){ NAN, NAN, NAN, NAN, NAN };
    else if (rows == 0)
        *out = (struct estimate){ 0, 0, NAN, NAN, NAN };
    else
        *out = curve[rows - 1];
}
