#include "dyad/stats/conditional.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cox_profile.h"
#include "cox_recede.h"

/* A set with cases and controls: its records are order[first] ... */
struct matched_set {
    size_t first, n, cases;
    double weight;
};

struct conditional_model {
    struct conditional_data data;
    size_t p, n_sets, uninformative;
    struct matched_set *sets;
    size_t *order;
    double *mean, *range; /* over the records that say something */
    double *scale;        /* beside which a column is 0 if it only differs between sets */
    double records, events;
    /* Of the sums over all choices of k records: log, mean and covariance of their sum of x. */
    double *log_sum, *means, *covariances;
    double *score, *x, *difference;
    struct newton_work newton;
    struct fitted fit;
};

/* ---- storage ---- */

void
conditional_free(struct conditional_model *m)
{
    if (m == NULL)
        return;

    void *const owned[] = { m->sets,  m->order,       m->mean,  m->range, m->scale,     m->log_sum,
                            m->means, m->covariances, m->score, m->x,     m->difference };

    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    newton_work_release(&m->newton);
    fitted_release(&m->fit);
    free(m);
}

static enum dyad_status
reserve(struct conditional_model *m)
{
    const size_t p = m->p;
    size_t most = 0;

    for (size_t s = 0; s < m->n_sets; s++)
        most = m->sets[s].cases > most ? m->sets[s].cases : most;
    m->mean = calloc(p + 1, sizeof *m->mean);
    m->range = calloc(p + 1, sizeof *m->range);
    m->scale = calloc(p + 1, sizeof *m->scale);
    m->log_sum = malloc((most + 1) * sizeof *m->log_sum);
    m->means = malloc(((most + 1) * p + 1) * sizeof *m->means);
    m->covariances = malloc(((most + 1) * p * p + 1) * sizeof *m->covariances);
    m->score = malloc((p + 1) * sizeof *m->score);
    m->x = malloc((2 * p + 1) * sizeof *m->x); /* and the mean of a set */
    m->difference = malloc((p + 1) * sizeof *m->difference);
    if (!m->mean || !m->range || !m->scale || !m->log_sum || !m->means || !m->covariances || !m->score ||
        !m->x || !m->difference || fitted_reserve(&m->fit, p) != DYAD_OK)
        return DYAD_NOMEM;
    return newton_work_reserve(&m->newton, p);
}

/* ---- sets ---- */

static double
weight_of(const struct conditional_data *d, size_t record)
{
    return d->weight ? d->weight[record] : 1;
}

static bool
is_valid(const struct conditional_data *d)
{
    if (d->n == 0)
        return false;
    for (size_t i = 0; i < d->n; i++) {
        if (d->set[i] >= d->n || d->event[i] > 1)
            return false;
        if (!(weight_of(d, i) >= 0 && isfinite(weight_of(d, i))))
            return false;
        if (d->offset != NULL && !isfinite(d->offset[i]))
            return false;
    }
    for (size_t i = 0; i < d->n * d->p; i++)
        if (!isfinite(d->x[i]))
            return false;
    return true;
}

/* Records set by set, as they came: order[first[s]] ... until first[s + 1]. */
static void
sort_by_set(const struct conditional_data *d, size_t *order, size_t *first)
{
    size_t at = 0;

    memset(first, 0, (d->n + 1) * sizeof *first);
    for (size_t i = 0; i < d->n; i++)
        first[d->set[i]]++;
    for (size_t s = 0; s < d->n; s++) {
        const size_t size = first[s];

        first[s] = at;
        at += size;
    }
    for (size_t i = 0; i < d->n; i++)
        order[first[d->set[i]]++] = i;
    for (size_t s = d->n; s > 0; s--)
        first[s] = first[s - 1];
    first[0] = 0;
}

static enum dyad_status
keep_sets(struct conditional_model *m, const size_t *first)
{
    const struct conditional_data *d = &m->data;

    for (size_t s = 0; s < d->n; s++) {
        struct matched_set set = { .first = first[s], .n = first[s + 1] - first[s] };

        if (set.n == 0)
            continue;
        set.weight = weight_of(d, m->order[set.first]);
        for (size_t i = set.first; i < set.first + set.n; i++) {
            set.cases += d->event[m->order[i]];
            if (weight_of(d, m->order[i]) != set.weight)
                return DYAD_DOMAIN;
        }
        if (set.weight == 0)
            continue;
        if (set.cases == 0 || set.cases == set.n) {
            m->uninformative++;
            continue;
        }
        m->records += set.weight * (double)set.n;
        m->events += set.weight * (double)set.cases;
        m->sets[m->n_sets++] = set;
    }
    return m->n_sets > 0 ? DYAD_OK : DYAD_DOMAIN;
}

static enum dyad_status
find_sets(struct conditional_model *m)
{
    const size_t n = m->data.n;
    size_t *first = malloc((n + 1) * sizeof *first);
    enum dyad_status st = DYAD_NOMEM;

    m->order = malloc(n * sizeof *m->order);
    m->sets = malloc(n * sizeof *m->sets);
    if (first != NULL && m->order != NULL && m->sets != NULL) {
        sort_by_set(&m->data, m->order, first);
        st = keep_sets(m, first);
    }
    free(first);
    return st;
}

static const double *
row_of(const struct conditional_model *m, size_t place)
{
    return m->data.x + m->order[place] * m->p;
}

static void
measure_columns(struct conditional_model *m)
{
    double weight = 0;

    for (size_t s = 0; s < m->n_sets; s++)
        for (size_t i = m->sets[s].first; i < m->sets[s].first + m->sets[s].n; i++) {
            weight += m->sets[s].weight;
            for (size_t j = 0; j < m->p; j++)
                m->mean[j] += m->sets[s].weight * row_of(m, i)[j];
        }
    for (size_t j = 0; j < m->p; j++)
        m->mean[j] /= weight;
    for (size_t s = 0; s < m->n_sets; s++)
        for (size_t i = m->sets[s].first; i < m->sets[s].first + m->sets[s].n; i++)
            for (size_t j = 0; j < m->p; j++) {
                const double x = row_of(m, i)[j] - m->mean[j];

                m->range[j] = fmax(m->range[j], fabs(x));
                m->scale[j] += m->sets[s].weight * x * x / (double)m->sets[s].n;
            }
}

enum dyad_status
conditional_new(const struct conditional_data *data, struct conditional_model **out)
{
    struct conditional_model *m;
    enum dyad_status st;

    if (!is_valid(data))
        return DYAD_DOMAIN;
    if ((m = calloc(1, sizeof *m)) == NULL)
        return DYAD_NOMEM;
    m->data = *data;
    m->p = data->p;
    if ((st = find_sets(m)) != DYAD_OK || (st = reserve(m)) != DYAD_OK) {
        conditional_free(m);
        return st;
    }
    measure_columns(m);
    *out = m;
    return DYAD_OK;
}

/* ---- the likelihood ---- */

/*
 * One record more.  Choices of k among those so far either leave it out or have it, with the
 * probability `share`, beside k-1 others: mean and covariance are those of a mixture of the two,
 * so that nothing is ever subtracted that is not a difference of means.
 */
static void
add_record(struct conditional_model *m, size_t k, double eta)
{
    const size_t p = m->p;
    const double with = m->log_sum[k - 1] + eta, without = m->log_sum[k];
    const double share = 1 / (1 + exp(without - with)), rest = 1 / (1 + exp(with - without));
    double *mean = m->means + k * p, *v = m->covariances + k * p * p;
    const double *mean_before = mean - p, *v_before = v - p * p;

    m->log_sum[k] = fmax(with, without) + log1p(exp(-fabs(with - without)));
    for (size_t j = 0; j < p; j++)
        m->difference[j] = mean_before[j] + m->x[j] - mean[j];
    for (size_t j = 0; j < p; j++) {
        const double across = share * rest * m->difference[j];

        for (size_t c = j; c < p; c++)
            v[j * p + c] = rest * v[j * p + c] + share * v_before[j * p + c] +
                           across * m->difference[c];
        mean[j] += share * m->difference[j];
    }
}

/* The first choice of k among k: all of them. */
static void
begin_with_record(struct conditional_model *m, size_t k, double eta)
{
    const size_t p = m->p;

    m->log_sum[k] = m->log_sum[k - 1] + eta;
    for (size_t j = 0; j < p; j++)
        m->means[k * p + j] = m->means[(k - 1) * p + j] + m->x[j];
    memcpy(m->covariances + k * p * p, m->covariances + (k - 1) * p * p,
           p * p * sizeof *m->covariances);
}

/* Log-likelihood of a set, its score in m->score; the information is what the last mean has. */
static double
set_loglik(struct conditional_model *m, const struct matched_set *s, const double *beta)
{
    const size_t p = m->p;
    double *center = m->x + p, cases = 0;

    memset(m->score, 0, p * sizeof *m->score);
    memset(center, 0, p * sizeof *center);
    for (size_t i = s->first; i < s->first + s->n; i++)
        for (size_t j = 0; j < p; j++)
            center[j] += row_of(m, i)[j] / (double)s->n;
    m->log_sum[0] = 0;
    memset(m->means, 0, p * sizeof *m->means);
    memset(m->covariances, 0, p * p * sizeof *m->covariances);
    for (size_t i = 0; i < s->n; i++) {
        const size_t record = m->order[s->first + i];
        /* Below `least` too few are left to make up the number. */
        const size_t least = i + s->cases + 1 > s->n ? i + s->cases + 1 - s->n : 1;
        double eta = m->data.offset ? m->data.offset[record] : 0;

        for (size_t j = 0; j < p; j++) {
            m->x[j] = m->data.x[record * p + j] - center[j];
            eta += beta[j] * m->x[j];
        }
        if (m->data.event[record]) {
            cases += eta;
            for (size_t j = 0; j < p; j++)
                m->score[j] += m->x[j];
        }
        if (i < s->cases)
            begin_with_record(m, i + 1, eta);
        for (size_t k = i < s->cases ? i : s->cases; k >= least; k--)
            add_record(m, k, eta);
    }
    for (size_t j = 0; j < p; j++)
        m->score[j] -= m->means[s->cases * p + j];
    return cases - m->log_sum[s->cases];
}

static enum dyad_status
evaluate(void *model, const double *beta, struct derivatives *out)
{
    struct conditional_model *m = model;
    const size_t p = m->p;

    out->loglik = 0;
    memset(out->gradient, 0, p * sizeof *out->gradient);
    memcpy(out->scale, m->scale, p * sizeof *out->scale);
    memset(out->information, 0, p * p * sizeof *out->information);
    for (size_t s = 0; s < m->n_sets; s++) {
        const struct matched_set *set = &m->sets[s];

        out->loglik += set->weight * set_loglik(m, set, beta);

        const double *v = m->covariances + set->cases * p * p;

        for (size_t j = 0; j < p; j++) {
            out->gradient[j] += set->weight * m->score[j];
            for (size_t k = j; k < p; k++)
                out->information[j * p + k] += set->weight * v[j * p + k];
        }
    }
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < j; k++)
            out->information[j * p + k] = out->information[k * p + j];
    return DYAD_OK;
}

/* ---- infinite coefficients ---- */

/*
 * l rises for ever along d if in every set no control has a larger x'd than any case; at its end
 * those matter who tie with both the least case and the largest control.
 */
struct recess {
    struct recede base;
    struct conditional_model *m;
    double *one, *other; /* scaled columns */
};

struct edges {
    double case_least, control_most, least, most;
};

static double
along(const struct recess *r, size_t place)
{
    const double *x = row_of(r->m, place);
    double e = 0;

    for (size_t j = 0; j < r->m->p; j++)
        e += r->base.direction[j] * (x[j] - r->m->mean[j]);
    return e;
}

static struct edges
edges_of(const struct recess *r, const struct matched_set *s)
{
    struct edges at = { INFINITY, -INFINITY, INFINITY, -INFINITY };

    for (size_t i = s->first; i < s->first + s->n; i++) {
        const double e = along(r, i);

        at.least = fmin(at.least, e);
        at.most = fmax(at.most, e);
        if (r->m->data.event[r->m->order[i]])
            at.case_least = fmin(at.case_least, e);
        else
            at.control_most = fmax(at.control_most, e);
    }
    return at;
}

static enum dyad_status
see(struct recede *base)
{
    const struct recess *r = (const struct recess *)base;

    base->violation = base->spread = 0;
    for (size_t s = 0; s < r->m->n_sets; s++) {
        const struct edges at = edges_of(r, &r->m->sets[s]);

        base->violation = fmax(base->violation, at.control_most - at.case_least);
        base->spread = fmax(base->spread, at.most - at.least);
    }
    return DYAD_OK;
}

static void
add_ties(struct recess *r, const struct matched_set *set, double middle)
{
    bool first = true;

    for (size_t i = set->first; i < set->first + set->n; i++) {
        const double away = fabs(along(r, i) - middle);

        if (away > r->base.tie) {
            r->base.gap = fmin(r->base.gap, away);
            continue;
        }
        recede_scale(&r->base, row_of(r->m, i), first ? r->one : r->other);
        if (!first)
            recede_add(&r->base, r->one, r->other);
        first = false;
    }
}

static enum dyad_status
find_span(struct recede *base)
{
    struct recess *r = (struct recess *)base;

    for (size_t s = 0; s < r->m->n_sets; s++) {
        const struct edges at = edges_of(r, &r->m->sets[s]);
        const double between = at.case_least - at.control_most;

        if (between > base->tie)
            base->gap = fmin(base->gap, between);
        else
            add_ties(r, &r->m->sets[s], at.case_least / 2 + at.control_most / 2);
    }
    return DYAD_OK;
}

static enum dyad_status
recedes(void *model, const double *direction, const enum cox_state *state, struct recession *out,
        bool *yes)
{
    struct conditional_model *m = model;
    struct recess r = { .base = { .p = m->p,
                                  .range = m->range,
                                  .state = state,
                                  .difference = m->difference,
                                  .see = see,
                                  .find_span = find_span },
                        .m = m,
                        .one = m->x,
                        .other = m->x + m->p };

    return recede_test(&r.base, direction, out, yes);
}

/* ---- what is asked for ---- */

static struct likelihood
likelihood_of(struct conditional_model *m)
{
    return (struct likelihood){ .p = m->p,
                                .range = m->range,
                                .model = m,
                                .evaluate = evaluate,
                                .recedes = recedes };
}

enum dyad_status
conditional_fit(struct conditional_model *m, double *coefficients, double *covariance,
                enum cox_state *state, struct conditional_fit *out)
{
    const struct likelihood like = likelihood_of(m);
    struct newton_result r;
    enum dyad_status st;
    double wald;

    fitted_begin(&m->fit);
    if ((st = newton_maximize(&like, &m->newton, m->fit.beta, m->fit.held, m->fit.sign, &r)) !=
            DYAD_OK ||
        (st = fitted_finish(&m->fit, &m->newton, &r, &wald)) != DYAD_OK)
        return st;
    fitted_report(&m->fit, coefficients, covariance, state);

    const double rank = (double)r.rank;

    *out = (struct conditional_fit){ .sets = m->n_sets,
                                     .uninformative = m->uninformative,
                                     .records = m->records,
                                     .events = m->events,
                                     .rank = r.rank,
                                     .null_loglik = r.start,
                                     .loglik = r.loglik,
                                     .lr = fitted_test(2 * (r.loglik - r.start), rank),
                                     .score = fitted_test(r.score, rank),
                                     .wald = fitted_test(wald, rank),
                                     .iterations = r.iterations,
                                     .infinite = r.infinite };
    return DYAD_OK;
}

enum dyad_status
conditional_profile(struct conditional_model *m, size_t column, double level, double *lower,
                    double *upper)
{
    const struct likelihood like = likelihood_of(m);

    return fitted_profile(&m->fit, &like, &m->newton, column, level, lower, upper);
}

/* u u' of every cluster, from sums (a row for each number that a cluster may have). */
static void
add_products(const double *sums, const bool *used, size_t n, size_t p, double *meat,
             size_t *clusters)
{
    for (size_t c = 0; c < n; c++) {
        const double *u = sums + c * p;

        if (!used[c])
            continue;
        ++*clusters;
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++)
                meat[j * p + k] += u[j] * u[k];
    }
}

static enum dyad_status
add_clusters(struct conditional_model *m, const uint32_t *cluster, double *meat, size_t *clusters)
{
    const size_t p = m->p, n = m->data.n;
    double *sums = calloc(n * p + 1, sizeof *sums);
    bool *used = calloc(n, sizeof *used);
    enum dyad_status st = sums && used ? DYAD_OK : DYAD_NOMEM;

    for (size_t s = 0; st == DYAD_OK && s < m->n_sets; s++) {
        const struct matched_set *set = &m->sets[s];
        const uint32_t own = cluster[m->order[set->first]];

        for (size_t i = set->first; i < set->first + set->n; i++)
            if (cluster[m->order[i]] != own || own >= n)
                st = DYAD_DOMAIN;
        if (st != DYAD_OK)
            break;
        (void)set_loglik(m, set, m->fit.beta);
        used[own] = true;
        for (size_t j = 0; j < p; j++)
            sums[own * p + j] += set->weight * m->score[j];
    }
    if (st == DYAD_OK)
        add_products(sums, used, n, p, meat, clusters);
    free(sums);
    free(used);
    return st;
}

enum dyad_status
conditional_robust(struct conditional_model *m, const uint32_t *cluster, double *covariance,
                   size_t *clusters)
{
    const size_t p = m->p;
    double *meat = m->newton.basis;
    size_t n = 0;
    enum dyad_status st = DYAD_OK;

    if (!m->fit.ready)
        return DYAD_DOMAIN;
    memset(meat, 0, p * p * sizeof *meat);
    if (cluster != NULL)
        st = add_clusters(m, cluster, meat, &n);
    for (size_t s = 0; cluster == NULL && s < m->n_sets; s++) {
        (void)set_loglik(m, &m->sets[s], m->fit.beta);
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++)
                meat[j * p + k] += m->sets[s].weight * m->score[j] * m->score[k];
    }
    if (st != DYAD_OK)
        return st;
    fitted_sandwich(&m->fit, meat, m->newton.factor, covariance);
    if (clusters != NULL)
        *clusters = cluster == NULL ? m->n_sets : n;
    return DYAD_OK;
}
