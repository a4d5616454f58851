#include "dyad/stats/life_table.h"

#include <math.h>
#include <stdbool.h>

static bool
is_sound(const struct survival_table *t, const double *begins, size_t n)
{
    if (n < 1 || t->late || !isfinite(begins[n - 1]) || !(begins[0] > -INFINITY) ||
        (t->n > 0 && t->rows[0].time < begins[0]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!(begins[i - 1] < begins[i]))
            return false;
    return true;
}

/* ${greenwood}: the sum of q / (Y p) before. */
static void
set_rates(struct life_interval *at, double greenwood)
{
    const double width = at->end - at->begin, q = at->events / at->exposed;

    at->density = at->density_error = at->hazard = at->hazard_error = NAN;
    if (isinf(width) || !(at->exposed > 0) || !(at->survival > 0))
        return;
    if (at->events == 0) {
        at->density = at->density_error = at->hazard = at->hazard_error = 0;
        return;
    }
    at->density = at->survival * q / width;
    at->density_error = at->density * sqrt(greenwood + (1 - q) / at->events);
    at->hazard = at->events / (width * (at->exposed - at->events / 2));

    const double half = at->hazard * width / 2;

    at->hazard_error = at->hazard * sqrt(fmax(1 - half, 0) * (1 + half) / at->events);
}

enum dyad_status
life_table(const struct survival_table *t, const double *begins, size_t n,
           struct life_interval *out)
{
    double entering = t->weight, survival = 1, greenwood = 0;
    size_t row = 0;

    if (!is_sound(t, begins, n))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        struct life_interval *at = &out[i];

        *at = (struct life_interval){ .begin = begins[i],
                                      .end = i + 1 < n ? begins[i + 1] : INFINITY,
                                      .entering = entering,
                                      .survival = survival,
                                      .survival_error = survival * sqrt(greenwood) };
        for (; row < t->n && t->rows[row].time < at->end; row++) {
            at->events += t->rows[row].n_event;
            at->lost += t->rows[row].n_censor;
        }
        /* Who is at risk is known by rows better than by what is left of a difference. */
        entering = row < t->n ? t->rows[row].n_risk : 0;
        at->exposed = at->entering - at->lost / 2;
        set_rates(at, greenwood);
        if (at->events > 0) {
            const double rest = at->exposed - at->events;

            survival *= rest / at->exposed;
            greenwood += at->events / (at->exposed * rest);
        }
    }
    return DYAD_OK;
}
