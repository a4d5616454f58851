/* dyad survival: tables of times that are not known to the point, and the bootstrap of them. */
#include "survival.h"

#include "dyad/core/workers.h"
#include "dyad/stats/bootstrap.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    KINDS_MAX = 5000,  /* beyond it, the bootstrap is only made on request */
    POINTS_MAX = 2000, /* of a curve that has limits */
    LACKING_MAX = 20   /* one in so many replicates may lack a number */
};

/* The numbers of a group that have limits, one behind the other. */
struct targets {
    size_t median, mean, quantiles, at, curve, n_curve, dhs, n;
};

struct bootstrapping {
    struct survival_job *j;
    const struct survival_group *g;
    struct targets targets;
    double tau;
    double *shares;     /* of each kind, how many records */
    double *replicates; /* of each target one behind the other */
    double people;
    size_t group;
    atomic_size_t next;
    atomic_bool failed; /* memory ran out */
};

/* One for each thread. */
struct drawing {
    struct bootstrapping *b;
    gsl_rng *rng;
    unsigned *counts;
    double *records, *found;
    struct survival_shape shape;
    struct shape_work work;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- the numbers of a group ----------------------------------------------------------------- */

static struct targets
targets_of(const struct survival_job *j, const struct survival_group *g)
{
    struct targets t = { .median = 0, .mean = 1, .quantiles = 2 };

    t.at = t.quantiles + j->how.n_quantiles;
    t.curve = t.at + j->how.n_at;
    t.n_curve = g->shape.n <= POINTS_MAX && (option_wants_table(j->o, "curve", false) || j->how.drawn) ? g->shape.n : 0;
    t.dhs = t.curve + t.n_curve;
    t.n = t.dhs + (j->how.mode == SURVIVAL_STATUS ? DHS_RESULTS : 0);
    return t;
}

static double
curve_time(const struct survival_shape *s, size_t i)
{
    return s->mode == SURVIVAL_STATUS ? s->ages[i].age : s->pieces[i].high;
}

static double
quantile(const struct survival_shape *s, double p)
{
    struct estimate e;

    shape_quantile(s, p, &e);
    return e.value;
}

/* records: how many there are of each kind; NULL: as many as there are. */
static void
evaluate(const struct survival_job *j, const struct survival_group *g, const struct targets *t, double tau,
         const struct survival_shape *s, const double *records, double *out)
{
    double least, most;

    for (size_t i = 0; i < t->dhs; i++)
        out[i] = NAN;
    if (s->n) {
        out[t->median] = quantile(s, 0.5);
        out[t->mean] = shape_mean(s, tau);
        for (size_t i = 0; i < j->how.n_quantiles; i++)
            out[t->quantiles + i] = quantile(s, j->how.quantiles[i]);
        for (size_t i = 0; i < j->how.n_at; i++)
            out[t->at + i] = shape_at(s, j->how.at[i], &least, &most);
        for (size_t i = 0; i < t->n_curve; i++)
            out[t->curve + i] = isinf(curve_time(&g->shape, i)) ? NAN : shape_at(s, curve_time(&g->shape, i), &least, &most);
    }
    if (j->how.mode == SURVIVAL_STATUS) {
        struct dhs_results dhs;
        dhs_find(j, g->seen, g->n_seen, records, &dhs);
        for (size_t i = 0; i < DHS_RESULTS; i++)
            out[t->dhs + i] = dhs.at[i];
    }
}

/* --- the bootstrap ------------------------------------------------------------------------- */

/* Steele, Lea & Flood (2014), OOPSLA '14, 453-472: the finalizer of splitmix64. */
static unsigned long
seed_of(uint64_t seed, uint64_t number)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15) * (number + 1);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned long)(z ^ (z >> 31));
}

static void
draw(void *each)
{
    struct drawing *d = each;
    struct bootstrapping *b = d->b;
    const struct survival_group *g = b->g;
    const size_t times = b->j->how.replicates;
    size_t replicate;

    while (!b->failed && (replicate = b->next++) < times) {
        gsl_rng_set(d->rng, seed_of(b->j->o->seed, b->group * times + replicate));
        gsl_ran_multinomial(d->rng, g->n_seen, (unsigned)b->people, b->shares, d->counts);
        for (size_t i = 0; i < g->n_seen; i++)
            d->records[i] = d->counts[i];
        if (shape_fit(g->seen, g->n_seen, d->records, &d->work, &d->shape) == DYAD_NOMEM)
            b->failed = true;
        evaluate(b->j, g, &b->targets, b->tau, &d->shape, d->records, d->found);
        for (size_t i = 0; i < b->targets.n; i++)
            b->replicates[i * times + replicate] = d->found[i];
    }
}

static enum dyad_status
draw_all(struct bootstrapping *b)
{
    const size_t wanted = b->j->o->cohort.n_threads ? b->j->o->cohort.n_threads : workers_available();
    const size_t threads = wanted < 256 ? wanted : 256;
    struct drawing *drawings = calloc(threads, sizeof *drawings);
    bool good = drawings != NULL;

    for (size_t i = 0; good && i < threads; i++) {
        struct drawing *d = &drawings[i];
        *d = (struct drawing){ .b = b, .work = SHAPE_WORK_INIT, .shape = { .mode = b->j->how.mode } };
        d->rng = gsl_rng_alloc(gsl_rng_mt19937);
        d->counts = calloc(b->g->n_seen, sizeof *d->counts);
        d->records = calloc(b->g->n_seen, sizeof *d->records);
        d->found = calloc(b->targets.n, sizeof *d->found);
        good = d->rng && d->counts && d->records && d->found;
    }
    if (good)
        workers_run(threads, draw, drawings, sizeof *drawings);
    for (size_t i = 0; drawings && i < threads; i++) {
        if (drawings[i].rng)
            gsl_rng_free(drawings[i].rng);
        free(drawings[i].counts);
        free(drawings[i].records);
        free(drawings[i].found);
        shape_release(&drawings[i].shape);
        shape_work_release(&drawings[i].work);
    }
    free(drawings);
    return good && !b->failed ? DYAD_OK : DYAD_NOMEM;
}

/*
 * Error and limits from the replicates.  In some a quantile is not reached, which is late: the
 * upper limit is then empty, if it lies there.  A number that many lack has neither.
 */
static void
conclude(double *replicates, size_t n, bool is_quantile, double level, struct estimate *out)
{
    double largest = -INFINITY;
    size_t known = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(replicates[i])) {
            largest = fmax(largest, replicates[i]);
            replicates[known++] = replicates[i];
        }
    const size_t late = n - known;
    struct estimate found;
    if (known == 0 || isnan(out->value) || (!is_quantile && late > n / LACKING_MAX))
        return;
    for (size_t i = known; is_quantile && i < n; i++)
        replicates[i] = largest;
    if (bootstrap_interval(replicates, is_quantile ? n : known, out->value, BOOTSTRAP_PERCENTILE, level, &found) != DYAD_OK)
        return;
    out->lower = found.lower;
    out->upper = found.upper;
    out->std_error = found.std_error;
    if (is_quantile && late > 0)
        out->std_error = NAN;
    if (is_quantile && (double)(n + 1) * (1 + level) / 2 > (double)known)
        out->upper = late ? NAN : out->upper;
}

static bool
is_quantile(const struct targets *t, size_t i)
{
    return i == t->median || (i >= t->quantiles && i < t->at) || (i >= t->dhs && (i - t->dhs == 0 || i - t->dhs == 2));
}

/* Estimates of all the targets of a group, with limits where there are replicates. */
static enum dyad_status
estimate(struct survival_job *j, size_t group, double tau, bool resample, const struct targets *t, struct estimate *out)
{
    const struct survival_group *g = &j->groups[group];
    const size_t times = j->how.replicates;
    struct bootstrapping b = { .j = j, .g = g, .targets = *t, .tau = tau, .group = group };
    double *found = calloc(t->n, sizeof *found);
    enum dyad_status st = found ? DYAD_OK : DYAD_NOMEM;

    if (st == DYAD_OK)
        evaluate(j, g, t, tau, &g->shape, NULL, found);
    for (size_t i = 0; st == DYAD_OK && i < t->n; i++)
        out[i] = (struct estimate){ found[i], NAN, NAN, NAN, NAN };
    if (st == DYAD_OK && resample && g->shape.n) {
        b.shares = calloc(g->n_seen, sizeof *b.shares);
        b.replicates = calloc(times * t->n, sizeof *b.replicates);
        for (size_t i = 0; b.shares && i < g->n_seen; i++)
            b.people += b.shares[i] = g->seen[i].records;
        st = b.shares && b.replicates ? DYAD_OK : DYAD_NOMEM;
        if (st == DYAD_OK && b.people >= 2 && b.people <= 4e9)
            st = draw_all(&b);
        for (size_t i = 0; st == DYAD_OK && b.people >= 2 && b.people <= 4e9 && i < t->n; i++)
            conclude(b.replicates + i * times, times, is_quantile(t, i), j->how.method.level, &out[i]);
    }
    free(b.shares);
    free(b.replicates);
    free(found);
    return st;
}

/* --- tables -------------------------------------------------------------------------------- */

struct reports {
    struct table *summary, *curve, *at, *quantiles;
};

static struct reports
open_tables(struct survival_job *j)
{
    const bool intervals = j->how.mode == SURVIVAL_INTERVALS;
    struct reports r = { .summary = survival_open(j, "summary") };

    table_column(r.summary, "n", COLUMN_COUNT);
    table_column(r.summary, "events", COLUMN_COUNT);
    if (intervals)
        table_column(r.summary, "exact", COLUMN_COUNT);
    if (survival_has_weights(j))
        table_column(r.summary, "weighted_n", COLUMN_NUMBER);
    survival_numbers(r.summary, NAMES("median", "median_low", "median_high", "median_from", "median_to", "rmean", "rmean_se",
                                      "rmean_low", "rmean_high", "tau"));
    if (option_wants_table(j->o, "curve", false)) {
        r.curve = survival_open(j, "curve");
        survival_numbers(r.curve, intervals ? NAMES("begin", "time", "mass") : NAMES("time"));
        if (!intervals) {
            table_column(r.curve, "n", COLUMN_COUNT);
            table_column(r.curve, "events", COLUMN_COUNT);
            survival_numbers(r.curve, NAMES("observed"));
        }
        survival_estimate_columns(r.curve);
    }
    if (j->how.n_at) {
        r.at = survival_open(j, "at");
        survival_numbers(r.at, NAMES("time"));
        survival_estimate_columns(r.at);
        if (intervals)
            survival_numbers(r.at, NAMES("least", "most"));
    }
    if (j->how.n_quantiles) {
        r.quantiles = survival_open(j, "quantiles");
        survival_numbers(r.quantiles, NAMES("p"));
        survival_estimate_columns(r.quantiles);
        survival_numbers(r.quantiles, NAMES("from", "to"));
    }
    return r;
}

static void
summary_row(struct survival_job *j, struct table *t, const struct survival_group *g, const struct targets *targets,
            const struct estimate *e, double tau)
{
    double n = 0, events = 0, exact = 0, weight = 0;
    struct estimate median = { NAN, NAN, NAN, NAN, NAN };

    for (size_t i = 0; i < g->n_seen; i++) {
        const struct survival_seen *s = &g->seen[i];
        const bool event = j->how.mode == SURVIVAL_INTERVALS ? !isinf(s->high) : s->high > 0;
        n += s->records;
        weight += s->records * s->weight;
        events += event ? s->records : 0;
        exact += s->low == s->high ? s->records : 0;
    }
    if (g->shape.n)
        shape_quantile(&g->shape, 0.5, &median);
    survival_row(j, t, g, SCALE_NUMBER);
    table_set_count(t, "n", (int64_t)n);
    table_set_count(t, "events", (int64_t)events);
    if (j->how.mode == SURVIVAL_INTERVALS)
        table_set_count(t, "exact", (int64_t)exact);
    if (survival_has_weights(j))
        table_set_number(t, "weighted_n", weight);
    table_set_number(t, "median", e[targets->median].value);
    table_set_number(t, "median_low", e[targets->median].lower);
    table_set_number(t, "median_high", e[targets->median].upper);
    table_set_number(t, "median_from", median.lower);
    table_set_number(t, "median_to", median.upper);
    table_set_number(t, "rmean", e[targets->mean].value);
    table_set_number(t, "rmean_se", e[targets->mean].std_error);
    table_set_number(t, "rmean_low", e[targets->mean].lower);
    table_set_number(t, "rmean_high", e[targets->mean].upper);
    table_set_number(t, "tau", tau);
}

/* Records of one age, all weights together. */
static void
age_counts(struct table *t, const struct survival_group *g, size_t i, size_t *at)
{
    double n = 0, events = 0;

    for (; *at < g->n_seen && g->seen[*at].low == g->shape.ages[i].age; ++*at) {
        n += g->seen[*at].records;
        events += g->seen[*at].high > 0 ? g->seen[*at].records : 0;
    }
    table_set_number(t, "time", g->shape.ages[i].age);
    table_set_count(t, "n", (int64_t)n);
    table_set_count(t, "events", (int64_t)events);
    table_set_number(t, "observed", g->shape.ages[i].still / g->shape.ages[i].n);
}

static void
curve_rows(struct survival_job *j, struct table *t, const struct survival_group *g, const struct targets *targets,
           const struct estimate *e)
{
    size_t at = 0;

    for (size_t i = 0; i < g->shape.n; i++) {
        struct estimate alone = { NAN, NAN, NAN, NAN, NAN };
        survival_row(j, t, g, SCALE_PROPORTION);
        if (j->how.mode == SURVIVAL_STATUS) {
            age_counts(t, g, i, &at);
            alone.value = g->shape.survival[i];
        } else {
            table_set_number(t, "begin", g->shape.pieces[i].low);
            table_set_number(t, "time", g->shape.pieces[i].high);
            table_set_number(t, "mass", g->shape.pieces[i].mass);
            alone.value = isinf(g->shape.pieces[i].high) ? NAN : g->shape.pieces[i].survival;
        }
        survival_set_estimate(t, targets->n_curve ? &e[targets->curve + i] : &alone);
    }
}

static void
other_rows(struct survival_job *j, const struct reports *r, const struct survival_group *g, const struct targets *targets,
           const struct estimate *e)
{
    for (size_t i = 0; r->at && i < j->how.n_at; i++) {
        double least = NAN, most = NAN;
        survival_row(j, r->at, g, SCALE_PROPORTION);
        table_set_number(r->at, "time", j->how.at[i]);
        survival_set_estimate(r->at, &e[targets->at + i]);
        if (j->how.mode != SURVIVAL_INTERVALS || g->shape.n == 0)
            continue;
        (void)shape_at(&g->shape, j->how.at[i], &least, &most);
        table_set_number(r->at, "least", least);
        table_set_number(r->at, "most", most);
    }
    for (size_t i = 0; r->quantiles && i < j->how.n_quantiles; i++) {
        struct estimate range = { NAN, NAN, NAN, NAN, NAN };
        if (g->shape.n)
            shape_quantile(&g->shape, j->how.quantiles[i], &range);
        survival_row(j, r->quantiles, g, SCALE_NUMBER);
        table_set_number(r->quantiles, "p", j->how.quantiles[i]);
        survival_set_estimate(r->quantiles, &e[targets->quantiles + i]);
        table_set_number(r->quantiles, "from", range.lower);
        table_set_number(r->quantiles, "to", range.upper);
    }
}

/* --- notes --------------------------------------------------------------------------------- */

static void
note_estimate(struct survival_job *j)
{
    if (j->how.mode == SURVIVAL_INTERVALS) {
        result_note(j->r, "Turnbull's estimate, the likeliest one, of events after %s (empty: after 0) and at or before %s "
                          "(empty: not yet); events counts the records with an end, exact those of which both ends are the "
                          "same.",
                    j->low.name, j->high.name);
        result_note(j->r, "The data tell only how many had the event within each piece of time (table curve, begin to time), "
                          "not when in it: median and estimates at chosen times are by a straight line through the piece; "
                          "median_from and median_to, least and most are all that the data allow.");
        return;
    }
    result_note(j->r, "Current status: the likeliest share still without %s at each age, among all curves that never rise "
                      "(isotonic; where neighbouring ages rise they are pooled).",
                j->event.label);
    result_note(j->r, "The median is by a straight line between the ages median_from and median_to, which is all that the "
                      "data tell; empty: not reached. Between other ages, too, a straight line stands.");
}

static void
note_limits(struct survival_job *j, bool resampled)
{
    if (resampled)
        result_note(j->r, "Limits are percentiles of %zu samples of the records, drawn with replacement (bootstrap, seed %llu), "
                          "rmean_se the standard deviation; empty where more than one in twenty lacks the number. They hold "
                          "where the times are few, as those of visits or in whole "
                          "months; where nearly every record has a time of its own those of medians and curves are rough.",
                    j->how.replicates, j->o->seed);
    else
        result_note(j->r, "No confidence limits%s.",
                    option_given(j->o, "bootstrap") ? "" : ": so many different times would take long; --bootstrap 200 makes them");
}

static bool
is_known(const struct survival_job *j, double tau)
{
    for (size_t g = 0; g < j->n_groups; g++)
        if (j->groups[g].shape.n && isnan(shape_mean(&j->groups[g].shape, tau)))
            return false;
    return true;
}

static void
note_mean(struct survival_job *j, double tau)
{
    result_note(j->r, "rmean is the mean time without the event within tau = %g%s.%s", tau,
                isnan(j->how.tau) ? ", the largest time until which every group's curve is known" : "",
                is_known(j, tau) ? "" : " Empty where the curve is not known until then.");
}

/* --- all of it ----------------------------------------------------------------------------- */

static enum dyad_status
fit_all(struct survival_job *j, struct dyad_error *err)
{
    struct shape_work work = SHAPE_WORK_INIT;
    size_t fitted = 0;
    enum dyad_status st = DYAD_OK;

    for (size_t g = 0; g < j->n_groups && st != DYAD_NOMEM; g++) {
        j->groups[g].shape.mode = j->how.mode;
        st = shape_fit(j->groups[g].seen, j->groups[g].n_seen, NULL, &work, &j->groups[g].shape);
        fitted += st == DYAD_OK;
    }
    shape_work_release(&work);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    if (fitted == 0)
        return dyad_fail(err, DYAD_NOCONV, "the curve was not found: %s",
                         st == DYAD_NOCONV ? "its iteration did not end" : "weights add up to more than 1e15");
    if (fitted < j->n_groups)
        result_note(j->r, "The curve of %zu of %zu groups was not found (the iteration did not end): their rows are empty.",
                    j->n_groups - fitted, j->n_groups);
    return DYAD_OK;
}

static double
default_tau(const struct survival_job *j)
{
    double tau = INFINITY;

    for (size_t g = 0; g < j->n_groups; g++)
        if (j->groups[g].shape.n)
            tau = fmin(tau, shape_last(&j->groups[g].shape));
    return tau;
}

static bool
resamples(const struct survival_job *j)
{
    size_t kinds = 0;

    for (size_t g = 0; g < j->n_groups; g++)
        kinds += j->groups[g].n_seen;
    return j->how.replicates && (kinds <= KINDS_MAX || option_given(j->o, "bootstrap"));
}

/* For the picture. */
static enum dyad_status
keep_limits(const struct survival_job *j, struct survival_group *g, const struct targets *t, const struct estimate *e)
{
    if (!j->how.drawn || t->n_curve == 0)
        return DYAD_OK;
    g->curve = calloc(t->n_curve, sizeof *g->curve);
    if (g->curve == NULL)
        return DYAD_NOMEM;
    memcpy(g->curve, e + t->curve, t->n_curve * sizeof *g->curve);
    return DYAD_OK;
}

enum dyad_status
survival_shapes(struct survival_job *j, double *tau, struct dyad_error *err)
{
    enum dyad_status st = fit_all(j, err);
    struct estimate *dhs;

    if (st != DYAD_OK)
        return st;
    if (isnan(*tau))
        *tau = default_tau(j);
    const struct reports r = open_tables(j);
    const bool resampled = resamples(j);
    dhs = calloc(j->n_groups * DHS_RESULTS + 1, sizeof *dhs);
    st = dhs ? DYAD_OK : DYAD_NOMEM;
    for (size_t g = 0; g < j->n_groups && st == DYAD_OK; g++) {
        const struct targets t = targets_of(j, &j->groups[g]);
        struct estimate *e = calloc(t.n, sizeof *e);
        st = e ? estimate(j, g, *tau, resampled, &t, e) : DYAD_NOMEM;
        if (st == DYAD_OK) {
            summary_row(j, r.summary, &j->groups[g], &t, e, *tau);
            if (r.curve)
                curve_rows(j, r.curve, &j->groups[g], &t, e);
            other_rows(j, &r, &j->groups[g], &t, e);
            for (size_t i = 0; i < t.n - t.dhs; i++)
                dhs[g * DHS_RESULTS + i] = e[t.dhs + i];
            st = keep_limits(j, &j->groups[g], &t, e);
        }
        free(e);
    }
    if (st == DYAD_OK) {
        note_estimate(j);
        note_limits(j, resampled);
        note_mean(j, *tau);
        if (j->how.mode == SURVIVAL_STATUS)
            dhs_tables(j, dhs);
    }
    free(dhs);
    return st == DYAD_OK ? st : no_memory(err);
}
