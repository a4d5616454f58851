/* dyad survival: standard errors where the records of a cluster belong together. */
#include "survival.h"

#include <math.h>
#include <stdlib.h>

#define STEPS_MAX 1e10 /* clusters times rows of the table: some ten seconds */

/* Numbers as they come: their mean, and their squares about it (Welford 1962, Technometrics 4:419-420). */
struct spread {
    double n, mean, squares;
};

/* Storage for one group, and what its clusters add up to. */
struct clustering {
    struct survival_stay *stays; /* of one cluster */
    double *scratch, *influence;
    struct spread *stratum; /* at hand, by row */
    double *variance;       /* of log S, by row */
};

static int
by_cluster(const void *a, const void *b)
{
    const struct cluster_stay *x = a, *y = b;

    if (x->cluster != y->cluster)
        return x->cluster < y->cluster ? -1 : 1;
    if (x->stay.exit != y->stay.exit)
        return x->stay.exit < y->stay.exit ? -1 : 1;
    if (x->stay.entry != y->stay.entry)
        return x->stay.entry < y->stay.entry ? -1 : 1;
    if (x->stay.event != y->stay.event)
        return x->stay.event ? -1 : 1;
    return x->stay.weight < y->stay.weight ? -1 : x->stay.weight > y->stay.weight;
}

static void
spread_add(struct spread *s, double x)
{
    const double before = x - s->mean;

    s->mean += before / ++s->n;
    s->squares += before * (x - s->mean);
}

/* What a stratum adds to a variance: survey.h; units that were drawn and are not among the numbers have 0. */
static double
spread_variance(const struct spread *s, const struct survey_design *d, size_t h)
{
    return survey_factor(d, h) * (s->squares + s->mean * s->mean * s->n * (d->drawn[h] - s->n) / d->drawn[h]);
}

static size_t
targets(const struct survival_job *j)
{
    return CLUSTER_AT + j->how.n_at;
}

static double *
influences_of(const struct survival_job *j, size_t group, size_t target)
{
    return j->cluster.influences + (group * targets(j) + target) * j->cluster.survey.design.units;
}

/* S U at a time: 0 before the first row and behind the last. */
static double
influence_at(const struct survival_group *g, double time, const double *influence)
{
    const size_t rows = survival_table_find(&g->tables[0], time);

    return rows ? g->curve[rows - 1].value * influence[rows - 1] : 0;
}

static void
add_cluster(struct survival_job *j, size_t group, double tau, size_t cluster, size_t n, struct clustering *c)
{
    const struct survival_group *g = &j->groups[group];
    const struct survival_table *t = &g->tables[0];

    kaplan_meier_influence(t, c->stays, n, c->scratch, c->influence);
    for (size_t i = 0; i < t->n; i++)
        spread_add(&c->stratum[i], c->influence[i]);
    if (tau > 0)
        influences_of(j, group, CLUSTER_MEAN)[cluster] = kaplan_meier_mean_influence(t, g->curve, tau, c->influence);
    for (size_t i = 0; i < j->how.n_at; i++)
        influences_of(j, group, CLUSTER_AT + i)[cluster] = influence_at(g, j->how.at[i], c->influence);
}

static void
end_stratum(const struct survey_design *d, size_t h, size_t rows, struct clustering *c)
{
    for (size_t i = 0; i < rows; i++) {
        c->variance[i] += spread_variance(&c->stratum[i], d, h);
        c->stratum[i] = (struct spread){ 0, 0, 0 };
    }
}

/* Units are numbered stratum by stratum. */
static enum dyad_status
cluster_group(struct survival_job *j, size_t group, double tau)
{
    const struct survey_design *d = &j->cluster.survey.design;
    struct survival_group *g = &j->groups[group];
    const size_t rows = g->tables[0].n;
    struct clustering c = { calloc(g->n_stays, sizeof *c.stays), calloc(2 * (rows + 1), sizeof *c.scratch),
                            calloc(rows + 1, sizeof *c.influence), calloc(rows + 1, sizeof *c.stratum),
                            calloc(rows + 1, sizeof *c.variance) };
    const bool good = c.stays && c.scratch && c.influence && c.stratum && c.variance;

    qsort(g->stays, g->n_stays, sizeof *g->stays, by_cluster);
    for (size_t i = 0, n = 0; good && i < g->n_stays; i++) {
        c.stays[n++] = g->stays[i].stay;
        if (i + 1 < g->n_stays && g->stays[i + 1].cluster == g->stays[i].cluster)
            continue;
        add_cluster(j, group, tau, g->stays[i].cluster, n, &c);
        n = 0;
        if (i + 1 == g->n_stays || d->stratum[g->stays[i + 1].cluster] != d->stratum[g->stays[i].cluster])
            end_stratum(d, d->stratum[g->stays[i].cluster], rows, &c);
    }
    for (size_t i = 0; good && i < rows; i++)
        kaplan_meier_set_error(sqrt(c.variance[i]), &j->how.method, &g->curve[i]);
    free(c.stays);
    free(c.scratch);
    free(c.influence);
    free(c.stratum);
    free(c.variance);
    return good ? DYAD_OK : DYAD_NOMEM;
}

/* Each cluster goes through all rows of its group's table. */
static enum dyad_status
refuse_too_many(const struct survival_job *j, struct dyad_error *err)
{
    double steps = 0;

    for (size_t g = 0; g < j->n_groups; g++)
        steps += fmin((double)j->cluster.survey.design.units, (double)j->groups[g].n_stays) * (double)j->groups[g].tables[0].n;
    return steps <= STEPS_MAX
               ? DYAD_OK
               : dyad_fail(err, DYAD_USAGE, "%zu clusters at so many different times would take too long: --define times in "
                                            "whole days or weeks", j->cluster.survey.design.units);
}

enum dyad_status
survival_clusters(struct survival_job *j, double tau, struct dyad_error *err)
{
    enum dyad_status st = refuse_too_many(j, err);

    if (st != DYAD_OK)
        return st;

    j->cluster.influences = calloc(j->n_groups * targets(j) * j->cluster.survey.design.units + 1,
                                   sizeof *j->cluster.influences);
    if (j->cluster.influences == NULL)
        st = DYAD_NOMEM;
    for (size_t g = 0; g < j->n_groups && st == DYAD_OK; g++)
        st = cluster_group(j, g, tau);
    return st == DYAD_OK ? st : dyad_fail(err, st, "out of memory");
}

double
survival_cluster_error(const struct survival_job *j, size_t target, size_t group, size_t reference)
{
    const double *here = influences_of(j, group, target),
                 *there = reference == SIZE_MAX ? NULL : influences_of(j, reference, target);
    const struct survey_design *d = &j->cluster.survey.design;
    struct spread stratum = { 0, 0, 0 };
    double variance = 0;

    for (size_t i = 0; i < d->units; i++) {
        spread_add(&stratum, here[i] - (there ? there[i] : 0));
        if (i + 1 < d->units && d->stratum[i + 1] == d->stratum[i])
            continue;
        variance += spread_variance(&stratum, d, d->stratum[i]);
        stratum = (struct spread){ 0, 0, 0 };
    }
    return sqrt(variance);
}
