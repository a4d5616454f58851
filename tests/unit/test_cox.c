#include "dyad/stats/cox.h"

#include "cox_values.h"

static struct record_set set;

struct fitted {
    double b[MOST_COLUMNS], v[MOST_COLUMNS * MOST_COLUMNS];
    enum cox_state state[MOST_COLUMNS];
    struct cox_fit fit;
};

static void
fit_set(struct cox_model **model, struct fitted *f)
{
    const struct cox_data data = cox_data_of(&set);

    CHECK(cox_new(&data, model) == DYAD_OK);
    CHECK(cox_fit(*model, f->b, f->v, f->state, &f->fit) == DYAD_OK);
}

static double
uniform(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (double)(*state >> 11) * 0x1p-53;
}

/* ---- against survival ---- */

static void
check_residuals(struct cox_model *model, const double *sizes)
{
    static double martingale[MOST_RECORDS], score[MOST_RECORDS * MOST_COLUMNS];
    static double schoenfeld[MOST_RECORDS * MOST_COLUMNS];
    const size_t p = set.p;

    CHECK(cox_residuals(model, martingale, score, schoenfeld) == DYAD_OK);
    for (size_t i = 0; i < 8; i++) {
        CHECK(fabs(martingale[i] - set.rest[i][0]) <= 1e-10 * (1 + fabs(martingale[i])));
        CHECK_ALL(score + i * p, set.rest[i] + 1, sizes, p, 1e-9);
        CHECK_ALL(schoenfeld + i * p, set.rest[i] + 1 + p, sizes, p, 1e-9);
    }
}

static void
check_robust(struct value_lines *v, struct cox_model *model)
{
    const size_t p = set.p;
    double want[MOST_COLUMNS * MOST_COLUMNS + 1], got[MOST_COLUMNS * MOST_COLUMNS];
    double scale[MOST_COLUMNS * MOST_COLUMNS];
    size_t clusters;

    read_numbers(v, want, p * p);
    CHECK(cox_robust(model, NULL, got, NULL) == DYAD_OK);
    covariance_scale(want, p, scale);
    CHECK_ALL(got, want, scale, p * p, 1e-8);
    read_numbers(v, want, p * p + 1);
    CHECK(cox_robust(model, set.cluster, got, &clusters) == DYAD_OK);
    CHECK((double)clusters == want[p * p]);
    covariance_scale(want, p, scale);
    CHECK_ALL(got, want, scale, p * p, 1e-8);
}

static void
check_concordance(struct value_lines *v, struct cox_model *model)
{
    double want[6];
    struct cox_concordance c;

    read_numbers(v, want, 6);
    CHECK(cox_concordance(model, &c) == DYAD_OK);
    CHECK_REL(c.concordant, want[0], 1e-12);
    CHECK_REL(c.discordant, want[1], 1e-12);
    CHECK_REL(c.tied_x, want[2], 1e-12);
    CHECK_REL(c.tied_y, want[3], 1e-12);
    CHECK_REL(c.tied_xy, want[4], 1e-12);
    CHECK_REL(c.value, want[5], 1e-13);
}

/* Each column alone, all, and the first two as one term. */
static void
check_proportional(struct value_lines *v, struct cox_model *model)
{
    const enum cox_transform transforms[] = { COX_KM, COX_IDENTITY, COX_RANK, COX_LOG };
    size_t alone[MOST_COLUMNS], paired[MOST_COLUMNS];
    struct test tests[MOST_COLUMNS + 1];

    for (size_t j = 0; j < set.p; j++) {
        alone[j] = j;
        paired[j] = j < 2 ? 0 : j - 1;
    }
    for (size_t t = 0; t < 4; t++) {
        double want[MOST_COLUMNS + 2];

        read_numbers(v, want, set.p + 2);
        CHECK(cox_proportional(model, transforms[t], alone, set.p, tests) == DYAD_OK);
        for (size_t j = 0; j <= set.p; j++)
            CHECK(fabs(tests[j].statistic - want[j]) <= 1e-8 * (1e-2 + want[j]));
        CHECK(tests[set.p].df == (double)set.p);
        CHECK(cox_proportional(model, transforms[t], paired, set.p, tests) == DYAD_OK);
        CHECK(fabs(tests[0].statistic - want[set.p + 1]) <= 1e-8 * (1e-2 + want[set.p + 1]));
        CHECK(tests[0].df == (set.p > 1 ? 2 : 1));
    }
}

static void
check_baseline(struct value_lines *v, struct cox_model *model, const double *sizes)
{
    double centers[MOST_COLUMNS], want[MOST_COLUMNS];
    const struct cox_step *steps;
    size_t n, strata = 0;

    CHECK(cox_baseline(model, centers, &steps, &n) == DYAD_OK);
    read_numbers(v, want, set.p);
    CHECK_ALL(centers, want, sizes, set.p, 1e-13);
    CHECK(value_lines_next(v));
    for (size_t i = 0; i < set.n; i++)
        strata = set.stratum[i] >= strata ? set.stratum[i] + 1 : strata;
    if (strchr(v->line, 'n') != NULL)
        return;
    for (size_t s = 0; s < strata; s++) {
        const double total = value_next(v);
        double sum = 0;

        for (size_t k = 0; k < n; k++)
            sum += steps[k].stratum == s ? steps[k].increment : 0;
        CHECK_REL(sum, total, 1e-10);
    }
    value_lines_end(v);
}

static void
check_fit(struct value_lines *v)
{
    const size_t p = set.p;
    double b[MOST_COLUMNS], cov[MOST_COLUMNS * MOST_COLUMNS], scale[MOST_COLUMNS * MOST_COLUMNS];
    double errors[MOST_COLUMNS], sizes[MOST_COLUMNS], tests[4];
    struct cox_model *model;
    struct fitted f;

    read_numbers(v, b, p);
    read_numbers(v, cov, p * p);
    read_numbers(v, tests, 4);
    fit_set(&model, &f);
    covariance_scale(cov, p, scale);
    for (size_t j = 0; j < p; j++) {
        errors[j] = sqrt(cov[j * p + j]);
        sizes[j] = 1;
        for (size_t i = 0; i < set.n; i++)
            sizes[j] = fmax(sizes[j], fabs(set.x[i * p + j]));
        CHECK(f.state[j] == COX_FINITE);
    }
    CHECK(!f.fit.infinite && f.fit.rank == p);
    CHECK_ALL(f.b, b, errors, p, 1e-9);
    CHECK_ALL(f.v, cov, scale, p * p, 1e-9);
    CHECK_REL(f.fit.null_loglik, tests[0], 1e-12);
    CHECK_REL(f.fit.loglik, tests[1], 1e-12);
    CHECK(fabs(f.fit.lr.statistic - 2 * (tests[1] - tests[0])) <= 4e-12 * fabs(tests[0]));
    CHECK_REL(f.fit.score.statistic, tests[2], 1e-8);
    CHECK_REL(f.fit.wald.statistic, tests[3], 1e-7);
    check_residuals(model, sizes);
    check_robust(v, model);
    check_concordance(v, model);
    check_proportional(v, model);
    check_baseline(v, model, sizes);
    cox_free(model);
}

static void
agrees_with_survival(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/cox_fits.gz");
    size_t n = 0;
    while (read_records(&v, &set, true)) {
        check_fit(&v);
        n++;
    }
    CHECK(n == 524);
}

/* ---- infinite coefficients, by a linear program ---- */

static void
knows_infinite_coefficients_for_certain(void)
{
    struct value_lines v;
    size_t n = 0, infinite = 0;

    value_lines_open(&v, "tests/values/cox_infinite.gz");
    while (read_records(&v, &set, false)) {
        double want[2];
        struct cox_model *model;
        struct fitted f;
        bool aliased = false, any = false;

        read_numbers(&v, want, 2);
        fit_set(&model, &f);
        for (size_t j = 0; j < set.p; j++) {
            aliased = aliased || f.state[j] == COX_ALIASED;
            any = any || f.state[j] == COX_INFINITE;
        }
        CHECK(f.fit.rank == (size_t)want[0]);
        CHECK(f.fit.infinite == any);
        if (!aliased) {
            CHECK(any == (want[1] != 0));
            infinite += any;
        }
        cox_free(model);
        n++;
    }
    CHECK(n == 1000);
    CHECK(infinite == 287);
}

/* ---- penalty and profiles ---- */

/* Numerical derivatives know about nine digits. */
static void
penalizes_as_firth(void)
{
    struct value_lines v;
    size_t n = 0;

    value_lines_open(&v, "tests/values/cox_firth.gz");
    while (read_records(&v, &set, false)) {
        const struct cox_data data = cox_data_of(&set);
        const size_t p = set.p;
        double b[MOST_COLUMNS], cov[MOST_COLUMNS * MOST_COLUMNS], errors[MOST_COLUMNS];
        double scale[MOST_COLUMNS * MOST_COLUMNS], loglik[2];
        struct cox_model *model;
        struct fitted f;

        read_numbers(&v, b, p);
        read_numbers(&v, cov, p * p);
        read_numbers(&v, loglik, 2);
        CHECK(cox_new(&data, &model) == DYAD_OK);
        CHECK(cox_fit_firth(model, f.b, f.v, f.state, &f.fit) == DYAD_OK);
        covariance_scale(cov, p, scale);
        for (size_t j = 0; j < p; j++)
            errors[j] = sqrt(cov[j * p + j]);
        CHECK_ALL(f.b, b, errors, p, 1e-8);
        CHECK_ALL(f.v, cov, scale, p * p, 1e-8);
        CHECK(fabs(f.fit.null_loglik - loglik[0]) <= 1e-11 * fabs(loglik[0]) + 1e-12);
        CHECK(fabs(f.fit.loglik - loglik[1]) <= 1e-11 * fabs(loglik[1]) + 1e-12);
        CHECK(!f.fit.infinite);
        cox_free(model);
        n++;
    }
    CHECK(n == 48);
}

static void
finds_profile_limits(void)
{
    struct value_lines v;
    size_t n = 0;

    value_lines_open(&v, "tests/values/cox_profile.gz");
    while (read_records(&v, &set, false)) {
        double want[2 * MOST_COLUMNS], lower, upper;
        struct cox_model *model;
        struct fitted f;

        read_numbers(&v, want, 2 * set.p);
        fit_set(&model, &f);
        for (size_t j = 0; j < set.p; j++) {
            const double error = sqrt(f.v[j * set.p + j]);

            CHECK(cox_profile(model, j, 0.95, &lower, &upper) == DYAD_OK);
            CHECK(fabs(lower - want[2 * j]) <= 1e-9 * error);
            CHECK(fabs(upper - want[2 * j + 1]) <= 1e-9 * error);
        }
        cox_free(model);
        n++;
    }
    CHECK(n == 40);
}

/* Smaller stays without end: who died, and a tie that only age and treatment tell apart. */
static void
keeps_what_is_finite_beside_infinite_ones(void)
{
    struct value_lines v;
    struct cox_model *model;
    struct fitted f;
    double lower, upper, robust[9];

    value_lines_open(&v, "tests/values/cox_fits.gz");
    /* The third data set, ovarian; its last column becomes that of events. */
    for (int i = 0; i < 5; i++) {
        CHECK(read_records(&v, &set, true));
        for (int line = 0; line < 12 && i < 4; line++)
            CHECK(value_lines_next(&v));
    }
    gzclose(v.file);
    CHECK(set.n == 26 && set.p == 4 && set.ties == COX_EFRON);
    for (size_t i = 0; i < set.n; i++) {
        const double columns[] = { set.x[4 * i], set.event[i], set.x[4 * i + 1] };

        memcpy(set.x + 3 * i, columns, sizeof columns);
    }
    set.p = 3;
    fit_set(&model, &f);
    CHECK(f.fit.infinite && f.state[1] == COX_INFINITE && f.b[1] == INFINITY);
    CHECK(isnan(f.v[4]) && isnan(f.v[1]) && isnan(f.fit.wald.statistic));
    CHECK(f.state[0] == COX_FINITE && f.state[2] == COX_FINITE);
    /* coxph with iter.max = 60 ends some 1e-9 before infinity */
    CHECK_REL(f.b[0], 0.117669299377548, 1e-9);
    CHECK_REL(f.b[2], -0.637365900695100, 1e-9);
    CHECK_REL(sqrt(f.v[0]), 5.81527210773382e-02, 1e-7);
    CHECK_REL(f.fit.loglik, -17.0001046884, 1e-10);
    CHECK(cox_profile(model, 1, 0.95, &lower, &upper) == DYAD_OK);
    CHECK(isfinite(lower) && lower > 2 && upper == INFINITY);
    CHECK(cox_robust(model, NULL, robust, NULL) == DYAD_OK);
    CHECK(isfinite(robust[0]) && isnan(robust[4]) && isnan(robust[1]));
    cox_free(model);
}

/*
 * Everybody has an event, in the order of x, but for the 11th, who should be the 12th by a little.
 * Then the coefficient is finite, though linear predictors differ by thousands.
 */
enum { ORDERED = 30 };

static void
make_ordered(double slip, bool with_entry)
{
    uint64_t state = 88172645463325252u;

    set = (struct record_set){ .n = ORDERED, .p = 1, .has_entry = with_entry };
    for (size_t i = 0; i < ORDERED; i++) {
        set.time[i] = (double)i + 1;
        set.entry[i] = i % 3 ? (double)i / 2 : 0;
        set.event[i] = 1;
        set.weight[i] = 1;
        set.x[i] = 1 - (double)i / ORDERED + 0.5 * uniform(&state) / ORDERED;
    }
    set.x[10] = slip > 0 ? set.x[11] - slip : set.x[10];
}

/* Score and information at b, and the log-likelihood, from the differences at each event. */
static double
ordered_loglik(double b, double *score, double *information)
{
    double loglik = 0;

    *score = *information = 0;
    for (size_t i = 0; i < ORDERED; i++) {
        double sum = 0, first = 0, second = 0;

        for (size_t j = 0; j < ORDERED; j++) {
            const double d = set.x[j] - set.x[i], r = exp(b * d);

            if (set.time[j] < set.time[i] || (set.has_entry && set.entry[j] >= set.time[i]))
                continue;
            sum += r;
            first += r * d;
            second += r * d * d;
        }
        loglik -= log(sum);
        *score -= first / sum;
        *information += second / sum - first / sum * (first / sum);
    }
    return loglik;
}

static void
tells_large_from_infinite(void)
{
    struct cox_model *model;
    struct fitted f;
    double score, information;

    for (int with_entry = 0; with_entry < 2; with_entry++) {
        make_ordered(0, with_entry);
        fit_set(&model, &f);
        CHECK(f.state[0] == COX_INFINITE && f.b[0] == INFINITY);
        CHECK(fabs(f.fit.loglik) < 1e-14);
        cox_free(model);
        for (double slip = 1e-2; slip > 5e-5; slip /= 10) {
            make_ordered(slip, with_entry);
            fit_set(&model, &f);
            CHECK(f.state[0] == COX_FINITE);

            const double loglik = ordered_loglik(f.b[0], &score, &information);

            CHECK(fabs(score) <= 1e-8 * sqrt(information));
            CHECK_REL(f.v[0], 1 / information, 1e-6);
            CHECK_REL(f.fit.loglik, loglik, 1e-10);
            cox_free(model);
        }
    }
}

/* Beside a number that orders all events, the sign of another says nothing. */
static void
knows_no_sign_where_either_may_be(void)
{
    struct cox_model *model;
    struct fitted f;
    double x[2 * ORDERED], lower, upper;

    make_ordered(0, false);
    for (size_t i = 0; i < ORDERED; i++) {
        x[2 * i] = set.x[i];
        x[2 * i + 1] = (double)(i * i % 11);
    }
    set.p = 2;
    memcpy(set.x, x, sizeof x);
    fit_set(&model, &f);
    CHECK(f.b[0] == INFINITY && isnan(f.b[1]));
    CHECK(f.state[0] == COX_INFINITE && f.state[1] == COX_INFINITE);
    CHECK(cox_profile(model, 0, 0.95, &lower, &upper) == DYAD_OK);
    CHECK(lower > 0 && isfinite(lower) && upper == INFINITY);
    CHECK(cox_profile(model, 1, 0.95, &lower, &upper) == DYAD_OK);
    CHECK(lower == -INFINITY && upper == INFINITY);
    cox_free(model);
}

/* ---- data made here ---- */

/* Two factors of 2 and 3 levels, a number of 50 values; whole times; some weights of 2 and 3. */
enum { MADE_COLUMNS = 4, MADE_CELLS = 6, MADE_VALUES = 50, MADE_TIMES = 40 };

struct made {
    size_t n;
    double *time, *entry, *x, *weight, *response;
    unsigned char *event;
    uint32_t *stratum, *cells, *cluster;
    uint16_t *codes;
    double loadings[MADE_COLUMNS][MADE_CELLS], values[MADE_VALUES];
};

static void
make(struct made *d, size_t n)
{
    uint64_t state = 88172645463325252u;

    *d = (struct made){ .n = n };
    d->time = malloc(4 * n * sizeof *d->time);
    d->x = malloc(MADE_COLUMNS * n * sizeof *d->x);
    d->event = malloc(n);
    d->stratum = malloc(3 * n * sizeof *d->stratum);
    d->codes = malloc(n * sizeof *d->codes);
    CHECK(d->time && d->x && d->event && d->stratum && d->codes);
    d->entry = d->time + n;
    d->weight = d->entry + n;
    d->response = d->weight + n;
    d->cells = d->stratum + n;
    d->cluster = d->cells + n;
    for (size_t c = 0; c < MADE_CELLS; c++) {
        d->loadings[0][c] = (double)(c % 2);
        d->loadings[1][c] = c / 2 == 1;
        d->loadings[2][c] = c / 2 == 2;
        d->loadings[3][c] = 1;
    }
    for (size_t v = 0; v < MADE_VALUES; v++)
        d->values[v] = ((double)v - 25) / 10;
    for (size_t i = 0; i < n; i++) {
        d->cells[i] = (uint32_t)(uniform(&state) * MADE_CELLS);
        d->codes[i] = (uint16_t)(uniform(&state) * MADE_VALUES);
        d->stratum[i] = uniform(&state) < 0.3;
        d->cluster[i] = (uint32_t)(i / 3);
        d->weight[i] = floor(1 + 3 * uniform(&state));
        d->entry[i] = floor(uniform(&state) * 12) - 6;
        for (size_t j = 0; j < MADE_COLUMNS; j++)
            d->x[i * MADE_COLUMNS + j] =
                d->loadings[j][d->cells[i]] * (j == 3 ? d->values[d->codes[i]] : 1);

        const double eta = 0.4 * d->x[i * 4] - 0.5 * d->x[i * 4 + 2] + 0.2 * d->x[i * 4 + 3];
        const double at = ceil(-log(1 - uniform(&state)) * 15 * exp(-eta));

        d->time[i] = fmin(fmax(at, 1) + fmax(d->entry[i], 0), MADE_TIMES - 1);
        d->event[i] = d->time[i] < 25 || uniform(&state) < 0.3;
        d->response[i] = 2 * (2 * d->time[i] + d->event[i]) + d->stratum[i];
    }
}

static void
unmake(struct made *d)
{
    free(d->time);
    free(d->x);
    free(d->event);
    free(d->stratum);
    free(d->codes);
}

static struct cox_data
data_made(const struct made *d)
{
    return (struct cox_data){ .n = d->n,
                              .time = d->time,
                              .event = d->event,
                              .stratum = d->stratum,
                              .p = MADE_COLUMNS,
                              .x = d->x,
                              .weight = d->weight };
}

/* Everything that is computed from a model. */
struct everything {
    struct fitted f;
    double robust[16], clustered[16], hazard;
    struct cox_concordance concordance;
    struct test tests[5];
};

static void
compute_all(const struct cox_data *data, const uint32_t *cluster, struct everything *out)
{
    const size_t terms[] = { 0, 1, 1, 2 };
    const struct cox_step *steps;
    struct cox_model *model;
    size_t n;

    memset(out, 0, sizeof *out);
    CHECK(cox_new(data, &model) == DYAD_OK);
    CHECK(cox_fit(model, out->f.b, out->f.v, out->f.state, &out->f.fit) == DYAD_OK);
    if (data->design == NULL)
        CHECK(cox_robust(model, NULL, out->robust, NULL) == DYAD_OK);
    CHECK(cox_robust(model, cluster, out->clustered, NULL) == DYAD_OK);
    CHECK(cox_concordance(model, &out->concordance) == DYAD_OK);
    CHECK(cox_proportional(model, COX_KM, terms, 3, out->tests) == DYAD_OK);
    CHECK(cox_baseline(model, NULL, &steps, &n) == DYAD_OK);
    for (size_t i = 0; i < n; i++)
        out->hazard += steps[i].increment;
    cox_free(model);
}

static void
check_same(const struct everything *a, const struct everything *b, double tolerance)
{
    for (size_t j = 0; j < 4; j++) {
        CHECK_REL(a->f.b[j], b->f.b[j], tolerance);
        for (size_t k = 0; k < 4; k++)
            CHECK(fabs(a->clustered[4 * j + k] - b->clustered[4 * j + k]) <=
                  tolerance * sqrt(b->clustered[5 * j] * b->clustered[5 * k]));
    }
    for (size_t j = 0; j < 16; j += 5)
        CHECK_REL(a->f.v[j], b->f.v[j], tolerance);
    CHECK_REL(a->f.fit.loglik, b->f.fit.loglik, tolerance);
    CHECK_REL(a->f.fit.score.statistic, b->f.fit.score.statistic, tolerance);
    CHECK_REL(a->f.fit.events, b->f.fit.events, tolerance);
    CHECK_REL(a->concordance.value, b->concordance.value, tolerance);
    CHECK_REL(a->concordance.tied_xy, b->concordance.tied_xy, tolerance);
    CHECK_REL(a->tests[1].statistic, b->tests[1].statistic, 1e3 * tolerance);
    CHECK_REL(a->tests[3].statistic, b->tests[3].statistic, 1e3 * tolerance);
    CHECK_REL(a->hazard, b->hazard, tolerance);
}

static void
has_the_same_bits_for_any_number_of_threads(void)
{
    struct made d;
    struct everything one, four;
    struct cox_data data;

    make(&d, 150000);
    for (int entries = 0; entries < 2; entries++) {
        data = data_made(&d);
        data.entry = entries ? d.entry : NULL;
        data.threads = 1;
        compute_all(&data, d.cluster, &one);
        data.threads = 4;
        compute_all(&data, d.cluster, &four);
        check_same(&one, &four, 0);
    }
    unmake(&d);
}

/* A weight that counts is that many records. */
static void
counts_are_repeated_records(void)
{
    struct made d;
    struct everything counted, repeated;
    struct cox_data data;
    size_t n = 0;

    make(&d, 900);
    data = data_made(&d);
    data.entry = d.entry;
    data.counts = true;
    compute_all(&data, d.cluster, &counted);

    static double time[2700], entry[2700], x[2700 * MADE_COLUMNS];
    static unsigned char event[2700];
    static uint32_t stratum[2700], cluster[2700];

    for (size_t i = 0; i < d.n; i++)
        for (double k = 0; k < d.weight[i]; k++, n++) {
            time[n] = d.time[i];
            entry[n] = d.entry[i];
            event[n] = d.event[i];
            stratum[n] = d.stratum[i];
            cluster[n] = d.cluster[i];
            memcpy(x + n * MADE_COLUMNS, d.x + i * MADE_COLUMNS, MADE_COLUMNS * sizeof *x);
        }
    data = (struct cox_data){ .n = n, .entry = entry, .time = time, .event = event,
                              .stratum = stratum, .p = MADE_COLUMNS, .x = x };
    compute_all(&data, cluster, &repeated);
    for (size_t j = 0; j < 16; j += 5)
        CHECK_REL(counted.robust[j], repeated.robust[j], 1e-12);
    /* Records that are repeated tie with each other at their own event. */
    counted.concordance = repeated.concordance;
    check_same(&counted, &repeated, 1e-11);
    unmake(&d);
}

static void
a_beginning_without_end_is_none(void)
{
    struct made d;
    struct everything none, early;
    struct cox_data data;

    make(&d, 500);
    data = data_made(&d);
    compute_all(&data, d.cluster, &none);
    for (size_t i = 0; i < d.n; i++)
        d.entry[i] = i % 2 ? -INFINITY : -1;
    data.entry = d.entry;
    compute_all(&data, d.cluster, &early);
    early.hazard = none.hazard; /* centers of data with entries are not weighted */
    check_same(&early, &none, 1e-13);
    unmake(&d);
}

/* The rows of a design, whose responses say time, event and stratum. */
static void
a_design_is_its_matrix(void)
{
    enum { KINDS = 4 * MADE_TIMES };
    const struct model_rows_spec spec = { .n_sources = 1, .weighted = true, .clustered = true };
    struct model_column columns[MADE_COLUMNS];
    double time[KINDS];
    unsigned char event[KINDS];
    uint32_t stratum[KINDS];
    struct made d;
    struct model_design *design;
    struct model_rows *rows = model_rows_new(&spec);
    struct everything matrix, one, three;
    struct cox_data data;

    make(&d, 100000);
    data = data_made(&d);
    compute_all(&data, d.cluster, &matrix);
    for (size_t at = 0; at < d.n; at += 10000) {
        const struct model_block block = { .number = at / 10000,
                                           .n = 10000,
                                           .cells = d.cells + at,
                                           .codes = { d.codes + at },
                                           .responses = d.response + at,
                                           .weights = d.weight + at,
                                           .clusters = d.cluster + at };
        model_rows_add(rows, &block);
    }
    CHECK(model_rows_finish(rows, MADE_CELLS, 2) == DYAD_OK);
    memset(columns, 0, sizeof columns);
    for (size_t j = 0; j < MADE_COLUMNS; j++)
        columns[j].loading = d.loadings[j];
    columns[3].n_parts = 1;
    columns[3].parts[0] = (struct model_part){ 0, d.values };
    CHECK(model_design_new(rows, columns, MADE_COLUMNS, &design) == DYAD_OK);
    for (uint32_t k = 0; k < KINDS; k++) {
        time[k] = k / 4;
        event[k] = k / 2 % 2;
        stratum[k] = k % 2;
    }
    data = (struct cox_data){ .n = KINDS, .time = time, .event = event, .stratum = stratum,
                              .design = design, .threads = 1 };
    compute_all(&data, NULL, &one);
    check_same(&one, &matrix, 1e-10);
    data.threads = 3;
    compute_all(&data, NULL, &three);
    check_same(&three, &one, 0);
    model_design_free(design);
    model_rows_free(rows);
    unmake(&d);
}

/*
 * Rows of few kinds, which are summed by cell: three cells, one of their columns and ${numbers} of
 * numbers; with entries, kinds are at risk for two stretches.
 */
enum { FEW_TIMES = 7, FEW_ENTRIES = 3, FEW_KINDS = FEW_TIMES * FEW_ENTRIES * 2, FEW_ROWS = 60000, FEW_VALUES = 9 };

struct few {
    double *x, *time, *entry, *weight, *offset, *response;
    unsigned char *event;
    uint32_t *cells;
    uint16_t *codes;
    double kind_time[FEW_KINDS], kind_entry[FEW_KINDS], loading[3], values[FEW_VALUES];
    unsigned char kind_event[FEW_KINDS];
    size_t p;
};

static void
few_kinds(struct few *d)
{
    for (uint32_t k = 0; k < FEW_KINDS; k++) {
        d->kind_event[k] = k % 2;
        d->kind_entry[k] = k / 2 % FEW_ENTRIES;
        d->kind_time[k] = d->kind_entry[k] + 1 + k / 2 / FEW_ENTRIES;
    }
    for (size_t v = 0; v < FEW_VALUES; v++)
        d->values[v] = ((double)v - 3) / 4;
    d->loading[0] = 0;
    d->loading[1] = 1;
    d->loading[2] = -0.5;
}

static void
few_make(struct few *d, size_t numbers)
{
    uint64_t state = 88172645463325252u + numbers;
    const size_t n = FEW_ROWS, p = numbers + 1;

    d->p = p;
    d->x = malloc((p + 5) * n * sizeof *d->x);
    d->event = malloc(n);
    d->cells = malloc(n * sizeof *d->cells);
    d->codes = malloc((numbers + 1) * n * sizeof *d->codes);
    CHECK(d->x && d->event && d->cells && d->codes);
    d->time = d->x + p * n;
    d->entry = d->time + n;
    d->weight = d->entry + n;
    d->offset = d->weight + n;
    d->response = d->offset + n;
    few_kinds(d);
    for (size_t i = 0; i < n; i++) {
        double eta = d->offset[i] = floor(4 * uniform(&state)) / 8;

        d->cells[i] = (uint32_t)(3 * uniform(&state));
        d->weight[i] = 1 + floor(3 * uniform(&state)) / 2;
        eta += 0.3 * (d->x[i * p] = d->loading[d->cells[i]]);
        for (size_t j = 0; j < numbers; j++) {
            const uint16_t code = d->codes[j * n + i] = (uint16_t)(FEW_VALUES * uniform(&state));

            eta += 0.1 * (d->x[i * p + 1 + j] = d->values[code]);
        }

        const double at = floor(-log(1 - uniform(&state)) * 6 * exp(-eta));
        const uint32_t entry = (uint32_t)(FEW_ENTRIES * uniform(&state));
        const uint32_t length = at < FEW_TIMES - 1 ? (uint32_t)at : FEW_TIMES - 1;
        const uint32_t kind = 2 * (length * FEW_ENTRIES + entry) + (at < FEW_TIMES - 1);

        d->response[i] = kind;
        d->time[i] = d->kind_time[kind];
        d->entry[i] = d->kind_entry[kind];
        d->event[i] = d->kind_event[kind];
    }
}

static void
few_unmake(struct few *d)
{
    free(d->x);
    free(d->event);
    free(d->cells);
    free(d->codes);
}

static struct model_rows *
few_rows(const struct few *d, bool weighted)
{
    const struct model_rows_spec spec = { .n_sources = d->p - 1, .weighted = weighted, .offset = true };
    struct model_rows *rows = model_rows_new(&spec);
    enum { SOME = 4000 };

    for (size_t at = 0; at < FEW_ROWS; at += SOME) {
        struct model_block block = { .number = at / SOME,
                                     .n = SOME,
                                     .cells = d->cells + at,
                                     .responses = d->response + at,
                                     .weights = d->weight + at,
                                     .offsets = d->offset + at };

        for (size_t j = 0; j + 1 < d->p; j++)
            block.codes[j] = d->codes + j * FEW_ROWS + at;
        model_rows_add(rows, &block);
    }
    CHECK(model_rows_finish(rows, 3, 2) == DYAD_OK);
    return rows;
}

enum { FEW_COLUMNS = 6 };

struct few_fit {
    double b[FEW_COLUMNS], v[FEW_COLUMNS * FEW_COLUMNS];
    struct cox_fit fit;
    struct test tests[2];
};

static void
few_fit(const struct cox_data *data, struct few_fit *out)
{
    const size_t terms[FEW_COLUMNS] = { 0 };
    enum cox_state state[FEW_COLUMNS];
    struct cox_model *model;

    CHECK(cox_new(data, &model) == DYAD_OK);
    CHECK(cox_fit(model, out->b, out->v, state, &out->fit) == DYAD_OK);
    CHECK(cox_proportional(model, COX_KM, terms, 1, out->tests) == DYAD_OK);
    cox_free(model);
}

static void
few_same(const struct few_fit *a, const struct few_fit *b, size_t p, double tolerance)
{
    for (size_t j = 0; j < p; j++)
        CHECK(fabs(a->b[j] - b->b[j]) <= tolerance * sqrt(b->v[j * p + j]));
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            CHECK(fabs(a->v[j * p + k] - b->v[j * p + k]) <=
                  tolerance * sqrt(b->v[j * p + j] * b->v[k * p + k]));
    CHECK_REL(a->fit.loglik, b->fit.loglik, tolerance);
    CHECK_REL(a->fit.null_loglik, b->fit.null_loglik, tolerance);
    CHECK_REL(a->fit.score.statistic, b->fit.score.statistic, tolerance);
    CHECK_REL(a->fit.events, b->fit.events, tolerance);
    CHECK_REL(a->tests[0].statistic, b->tests[0].statistic, 1e3 * tolerance);
}

static void
sums_by_cell_are_those_of_rows(void)
{
    struct model_column columns[FEW_COLUMNS];
    struct few d;
    struct few_fit matrix, one, more;

    for (int late = 0; late < 2; late++)
        for (size_t numbers = 0; numbers < FEW_COLUMNS; numbers++) {
            struct model_design *design;
            struct model_rows *rows;

            few_make(&d, numbers);
            memset(columns, 0, sizeof columns);
            columns[0].loading = d.loading;
            for (size_t j = 1; j < d.p; j++) {
                columns[j].n_parts = 1;
                columns[j].parts[0] = (struct model_part){ j - 1, d.values };
            }
            rows = few_rows(&d, numbers % 2);
            CHECK(model_design_new(rows, columns, d.p, &design) == DYAD_OK);
            few_fit(&(struct cox_data){ .n = FEW_ROWS, .time = d.time, .event = d.event,
                                        .entry = late ? d.entry : NULL, .p = d.p, .x = d.x,
                                        .weight = numbers % 2 ? d.weight : NULL, .offset = d.offset },
                    &matrix);

            struct cox_data data = { .n = FEW_KINDS, .time = d.kind_time, .event = d.kind_event,
                                     .entry = late ? d.kind_entry : NULL, .design = design };

            data.threads = 1;
            few_fit(&data, &one);
            few_same(&one, &matrix, d.p, 1e-11);
            for (data.threads = 2; data.threads < 6; data.threads += 3) {
                few_fit(&data, &more);
                few_same(&more, &one, d.p, 0);
            }
            model_design_free(design);
            model_rows_free(rows);
            few_unmake(&d);
        }
}

/* Of many events the last step's change is left out. */
static void
many_events_end_where_few_do(void)
{
    struct made d;
    struct everything few, many;
    struct cox_data data;

    make(&d, 4000);
    for (size_t i = 0; i < d.n; i++)
        d.weight[i] *= 1000;
    data = data_made(&d);
    data.ties = COX_BRESLOW; /* the same whether weights count or not */
    compute_all(&data, d.cluster, &few);
    data.counts = true;
    compute_all(&data, d.cluster, &many);
    CHECK(few.f.fit.events < 1e6 && many.f.fit.events > 1e6);
    for (size_t j = 0; j < 4; j++) {
        CHECK(fabs(many.f.b[j] - few.f.b[j]) <= 1e-11 * sqrt(few.f.v[5 * j]));
        CHECK_REL(many.f.v[5 * j], few.f.v[5 * j], 1e-11);
    }
    unmake(&d);
}

/* ---- what is refused ---- */

static void
refuses_what_it_cannot_estimate(void)
{
    const double time[] = { 1, 2, 3, 4 }, nan_time[] = { 1, NAN, 3, 4 }, entry[] = { 0, 2, 0, 0 };
    const double x[] = { 0, 1, 1, 0 }, bad[] = { 0, INFINITY, 1, 0 }, weight[] = { 1, -1, 1, 1 };
    const double half[] = { 1, 0.5, 1, 1 }, nothing[] = { 0, 1, 0, 1 };
    const unsigned char event[] = { 1, 0, 1, 0 }, none[] = { 0, 0, 0, 0 }, two[] = { 1, 2, 0, 0 };
    const uint32_t stratum[] = { 0, 0, 0, 4 };
    const struct cox_data good = { .n = 4, .time = time, .event = event, .p = 1, .x = x };
    struct cox_data refused[10];
    struct cox_model *model = NULL;

    for (size_t i = 0; i < 10; i++)
        refused[i] = good;
    refused[0].n = 0;
    refused[1].time = nan_time;
    refused[2].entry = entry; /* enters as it leaves */
    refused[3].x = bad;
    refused[4].weight = weight;
    refused[5].event = none;
    refused[6].event = two;
    refused[7].stratum = stratum;
    refused[8].weight = half;
    refused[8].counts = true;
    refused[9].weight = nothing; /* on the events */
    for (size_t i = 0; i < 10; i++)
        CHECK(cox_new(&refused[i], &model) == DYAD_DOMAIN);
    CHECK(model == NULL);

    double b, v, lower = -1, upper = -1;
    const uint32_t outside[] = { 0, 1, 2, 4 };
    const size_t term = 1, first = 0;
    enum cox_state state;
    struct cox_fit fit;
    struct cox_concordance concordance;
    struct test tests[2] = { { -1, -1, -1 }, { -1, -1, -1 } };

    CHECK(cox_new(&good, &model) == DYAD_OK);
    CHECK(cox_concordance(model, &concordance) == DYAD_DOMAIN); /* no fit */
    CHECK(cox_profile(model, 0, 0.95, &lower, &upper) == DYAD_DOMAIN);
    CHECK(cox_fit(model, &b, &v, &state, &fit) == DYAD_OK);
    CHECK(cox_profile(model, 1, 0.95, &lower, &upper) == DYAD_DOMAIN);
    CHECK(cox_profile(model, 0, 1, &lower, &upper) == DYAD_DOMAIN);
    CHECK(cox_robust(model, outside, &v, NULL) == DYAD_DOMAIN);
    CHECK(cox_proportional(model, COX_KM, &term, 1, tests) == DYAD_DOMAIN);
    CHECK(cox_proportional(model, COX_KM, &first, 1, tests) == DYAD_OK);
    CHECK(lower == -1 && upper == -1);
    cox_free(model);
    cox_free(NULL);
}

int
main(void)
{
    RUN(agrees_with_survival);
    RUN(knows_infinite_coefficients_for_certain);
    RUN(penalizes_as_firth);
    RUN(finds_profile_limits);
    RUN(keeps_what_is_finite_beside_infinite_ones);
    RUN(tells_large_from_infinite);
    RUN(knows_no_sign_where_either_may_be);
    RUN(has_the_same_bits_for_any_number_of_threads);
    RUN(sums_by_cell_are_those_of_rows);
    RUN(many_events_end_where_few_do);
    RUN(counts_are_repeated_records);
    RUN(a_beginning_without_end_is_none);
    RUN(a_design_is_its_matrix);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
