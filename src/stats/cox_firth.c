#include "cox_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Firth's score is U_r + tr(A dI/db_r) / 2, A the inverse of the information I, and dI/db a sum
 * of third central moments of the columns among those at risk.  Of each moment, and each of its
 * ties, with mean x~ and probabilities pi of those at risk,
 *
 *   tr(A dI/db_r) = sum pi x_r x'A x - x~_r sum pi x'A x - 2 (sum pi x_r x'A x~ - x~_r x~'A x~)
 *
 * The sums over rows of the first and third term need but the hazards of a row, and those times
 * x~: no matrix is kept for any moment.
 */
struct firth {
    struct cox_model *m;
    double *inverse, *trace;   /* p x p; p */
    double *forms;             /* of bins: sum of r x'A x */
    double *form, *dead_form;  /* of moments, by S0 */
    double *inside, *dying;    /* moments x p */
    double *means;             /* bins x p: of a bin, its hazards times x~ */
    double *room;              /* p x p + p */
};

static void
firth_place(struct cox_model *m, struct firth *f)
{
    const size_t p = m->p;
    double *at = m->firth_room;

    *f = (struct firth){ .m = m };
    f->inverse = at;
    f->room = at += p * p;
    f->trace = at += p * p + p;
    f->forms = at += p;
    f->form = at += m->bins;
    f->dead_form = at += m->moments;
    f->inside = at += m->moments;
    f->dying = at += m->moments * p;
    f->means = at + m->moments * p;
}

enum dyad_status
cox_firth_reserve(struct cox_model *m)
{
    const size_t p = m->p;
    struct derivatives at = { NAN, m->newton.gradient, m->newton.information, m->newton.scale };
    enum dyad_status st;

    free(m->firth_room);
    free(m->penalized);
    m->firth_room = malloc((2 * p * p + 2 * p + m->bins + 2 * m->moments + 2 * m->moments * p +
                            m->bins * p + 1) *
                           sizeof *m->firth_room);
    m->penalized = calloc(p + 1, sizeof *m->penalized);
    if (m->firth_room == NULL || m->penalized == NULL)
        return DYAD_NOMEM;
    memset(m->newton.next, 0, p * sizeof *m->newton.next);
    if ((st = cox_evaluate(m, m->newton.next, &at)) == DYAD_OK)
        newton_find_aliased(at.information, at.scale, p, m->newton.factor, m->penalized);
    return st;
}

static double
form(const double *a, const double *x, const double *y, size_t p)
{
    double sum = 0;

    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            sum += x[j] * a[j * p + k] * y[k];
    return sum;
}

static void
add_forms(const struct cox_row *row, void *context)
{
    const struct firth *f = context;
    const struct cox_model *m = f->m;
    const double squared = row->weight * form(f->inverse, row->z, row->z, m->p);
    uint32_t bins[2];
    const size_t n = cox_bins_of(m, row->record, bins);

    for (size_t k = 0; k < n; k++)
        f->forms[bins[k]] += squared * cox_risk(m, bins[k], row->eta);
}

static void
add_row(const struct cox_row *row, void *context)
{
    const struct firth *f = context;
    const struct cox_model *m = f->m;
    const size_t p = m->p;
    const double squared = form(f->inverse, row->z, row->z, p);
    uint32_t bins[2];
    const size_t n = cox_bins_of(m, row->record, bins);
    double share = 0;

    for (size_t k = 0; k < n; k++)
        share += cox_risk(m, bins[k], row->eta) *
                 (m->multiplier[bins[k]] * squared -
                  2 * form(f->inverse, row->z, f->means + bins[k] * p, p));
    for (size_t j = 0; j < p; j++)
        f->trace[j] += row->weight * share * row->z[j];
}

static void
add_moment(struct firth *f, size_t g)
{
    const struct cox_model *m = f->m;
    const size_t p = m->p;
    const double *mean = m->sums + g * (p + 1) + 1, *d = m->dead_sums + g * (p + 1) + 1;
    const double n = m->deaths[g], c = m->death_weight[g] / n, d0 = d[-1];
    const double q = f->form[g], q_dead = f->dead_form[g];
    const struct cox_hazard h = m->hazard[g];
    const double own = form(f->inverse, mean, mean, p), both = form(f->inverse, mean, d, p);
    const double dead = form(f->inverse, d, d, p);
    double first = 0, second = 0; /* of mean and of d in the sum of x~ (x~'A x~) */

    if (m->data.ties == COX_BRESLOW)
        first = m->death_weight[g] * own;
    for (double k = 0; m->data.ties == COX_EFRON && k < n; k++) {
        const double t = k / n, left = 1 - t * d0;
        const double share = c * (own - 2 * t * both + t * t * dead) / (left * left * left);

        first += share;
        second += share * t;
    }
    for (size_t j = 0; j < p; j++)
        f->trace[j] += 2 * (mean[j] * first - d[j] * second) -
                       (h.a * mean[j] * q - h.b * (mean[j] * q_dead + d[j] * q) +
                        h.c * d[j] * q_dead);
}

static enum dyad_status
find_trace(struct firth *f, const double *beta)
{
    struct cox_model *m = f->m;
    enum dyad_status st;

    memset(f->forms, 0, m->bins * sizeof *f->forms);
    memset(f->form, 0, 2 * m->moments * sizeof *f->form); /* and dead_form */
    memset(f->trace, 0, m->p * sizeof *f->trace);
    if ((st = cox_rows_visit(m, beta, true, add_forms, f)) != DYAD_OK)
        return st;
    cox_spread(m, f->forms, 1, f->form);
    cox_spread_dead(m, f->forms, 1, f->dead_form);
    for (size_t g = 0; g < m->moments; g++) {
        f->form[g] /= m->sums[g * (m->p + 1)];
        f->dead_form[g] /= m->sums[g * (m->p + 1)];
    }
    cox_find_means(m, f->inside, f->dying, f->means);
    if ((st = cox_rows_visit(m, beta, true, add_row, f)) != DYAD_OK)
        return st;
    for (size_t g = 0; g < m->moments; g++)
        add_moment(f, g);
    return DYAD_OK;
}

/* log |I| of the columns that are penalized: minus that of its inverse, by elimination. */
static double
log_determinant(const double *information, size_t p, const enum cox_state *state, double *room)
{
    double logs = 0;

    memcpy(room, information, p * p * sizeof *room);
    for (size_t j = 0; j < p; j++) {
        if (state[j] != COX_FINITE)
            continue;
        logs += log(room[j * p + j]);
        for (size_t i = j + 1; i < p; i++) {
            const double part = room[i * p + j] / room[j * p + j];

            for (size_t k = j + 1; k < p; k++)
                room[i * p + k] -= part * room[j * p + k];
        }
    }
    return logs;
}

enum dyad_status
cox_evaluate_firth(void *model, const double *beta, struct derivatives *out)
{
    struct cox_model *m = model;
    const size_t p = m->p;
    struct firth f;
    enum dyad_status st = cox_evaluate(model, beta, out);

    if (st != DYAD_OK)
        return st;
    firth_place(m, &f);
    if (!isfinite(out->loglik) ||
        !newton_invert(out->information, p, m->penalized, f.room, f.inverse)) {
        out->loglik = -INFINITY;
        return DYAD_OK;
    }
    out->loglik += log_determinant(out->information, p, m->penalized, f.room) / 2;
    if ((st = find_trace(&f, beta)) != DYAD_OK)
        return st;
    for (size_t j = 0; j < p; j++)
        out->gradient[j] += f.trace[j] / 2;
    return DYAD_OK;
}
