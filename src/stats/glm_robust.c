#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "glm_iterate.h"
#include "lower.h"

/* ---- rows by themselves ---- */

struct weighing {
    struct glm_problem *problem;
    enum glm_robust kind;
    bool frequency;
};

/*
 * w such that prior w is what the squared r of the rows comes to: a weight that is a number of
 * people counts them, another multiplies r.
 */
static double
weigh_squares(const struct model_batch *b, double *w, double *r, void *context)
{
    const struct weighing *c = context;
    struct glm_curve curve = c->problem->curve;
    double h[MODEL_BATCH], information[MODEL_BATCH];

    (void)glm_weigh(b, information, r, &curve);
    if (c->kind == GLM_HC2 || c->kind == GLM_HC3)
        model_batch_forms(c->problem->centred, b, c->problem->factor, h);
    for (size_t i = 0; i < b->n; i++) {
        const double weight = c->frequency ? 1 : b->weight[i];
        const double left = 1 - weight * information[i] * h[i];

        w[i] = weight * r[i] * r[i];
        if (c->kind == GLM_HC2)
            w[i] /= left;
        else if (c->kind == GLM_HC3)
            w[i] /= left * left;
        r[i] = 0;
    }
    return 0;
}

static enum dyad_status
sum_rows(struct glm_problem *p, const struct glm_spec *spec, enum glm_robust kind, double *meat)
{
    struct weighing c = { p, kind, spec->frequency };
    struct model_sums sums = { .gradient = p->other_gradient, .cross = meat };

    return model_rows_sum(p->centred, p->beta, weigh_squares, &c, p->threads, &sums);
}

/* ---- clusters ---- */

struct clustering {
    struct glm_problem *problem;
    double *scores; /* clusters by p */
    bool *seen;
};

static void
add_scores(const struct model_batch *b, void *context)
{
    struct clustering *c = context;
    const struct model_design *d = c->problem->centred;
    double w[MODEL_BATCH], r[MODEL_BATCH];

    (void)glm_weigh(b, w, r, &c->problem->curve);
    for (size_t e = d->begin[b->cell]; e < d->begin[b->cell + 1]; e++) {
        const struct model_entry *entry = &d->entries[e];
        const double *z = b->features[d->feature[entry->column]];

        for (size_t i = 0; i < b->n; i++)
            c->scores[(size_t)b->cluster[i] * d->p + entry->column] +=
                b->prior[i] * entry->loading * z[i] * r[i];
    }
    for (size_t i = 0; i < b->n; i++)
        c->seen[(size_t)b->cluster[i]] = true;
}

static void
add_outer(double *sum, const double *x, size_t p, double factor)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            sum[a * p + b] += factor * x[a] * x[b];
}

static void
clustering_release(struct clustering *c)
{
    free(c->scores);
    free(c->seen);
}

/* Scores of ${n} clusters, to be released whatever is returned. */
static enum dyad_status
clustering_sum(struct glm_problem *p, size_t n, struct clustering *c)
{
    *c = (struct clustering){ p, calloc(n * p->p + 1, sizeof(double)), calloc(n + 1, sizeof(bool)) };
    if (c->scores == NULL || c->seen == NULL)
        return DYAD_NOMEM;
    return model_rows_visit(p->centred, p->beta, add_scores, c);
}

static enum dyad_status
sum_clusters(struct glm_problem *p, enum glm_robust kind, double *meat)
{
    const size_t n = model_rows_clusters(p->design->rows);
    struct clustering c;
    enum dyad_status st = clustering_sum(p, n, &c);
    size_t count = 0;

    for (size_t g = 0; st == DYAD_OK && g < n; g++)
        count += c.seen[g];
    if (st == DYAD_OK && count < 2)
        st = DYAD_DOMAIN;
    if (st == DYAD_OK)
        memset(meat, 0, p->p * p->p * sizeof *meat);
    for (size_t g = 0; st == DYAD_OK && g < n; g++)
        add_outer(meat, c.scores + g * p->p, p->p,
                  kind == GLM_CR1 ? (double)count / (double)(count - 1) : 1);
    clustering_release(&c);
    return st;
}

/* ---- samples by design ---- */

struct sampling {
    struct glm_problem *problem;
    const double *factors; /* of each stratum */
};

/* w such that prior w is factor (weight r)^2, for each of the records that are alike. */
static double
weigh_sample(const struct model_batch *b, double *w, double *r, void *context)
{
    const struct sampling *s = context;
    struct glm_curve curve = s->problem->curve;
    double information[MODEL_BATCH];

    (void)glm_weigh(b, information, r, &curve);
    for (size_t i = 0; i < b->n; i++) {
        w[i] = s->factors[(size_t)b->cluster[i]] * b->weight[i] * r[i] * r[i];
        r[i] = 0;
    }
    return 0;
}

static enum dyad_status
sum_sampled_records(struct glm_problem *p, const struct survey_design *d, double *meat)
{
    double *factors = calloc(d->strata + 1, sizeof *factors);
    struct sampling s = { p, factors };
    struct model_sums sums = { .gradient = p->other_gradient, .cross = meat };
    struct clustering c = { .problem = p };
    enum dyad_status st = factors ? DYAD_OK : DYAD_NOMEM;

    for (size_t h = 0; st == DYAD_OK && h < d->strata; h++)
        if (isnan(factors[h] = survey_factor(d, h)))
            st = DYAD_DOMAIN;
    if (st == DYAD_OK && (st = model_rows_sum(p->centred, p->beta, weigh_sample, &s, p->threads, &sums)) == DYAD_OK &&
        (st = clustering_sum(p, d->strata, &c)) == DYAD_OK)
        survey_center(d, c.scores, p->p, meat);
    clustering_release(&c);
    free(factors);
    return st;
}

static enum dyad_status
sum_sampled_units(struct glm_problem *p, const struct survey_design *d, double *meat)
{
    struct clustering c;
    enum dyad_status st = clustering_sum(p, d->units, &c);

    if (st == DYAD_OK)
        st = survey_variance(d, c.scores, p->p, meat);
    clustering_release(&c);
    return st;
}

/* ---- cr2 ---- */

enum { LARGEST_CLUSTER = 4000, TERMS_MOST = 1 << 23 };

/*
 * The rows of all clusters, one for each that a row stands for: x dmu/deta, the weight 1/variance
 * of y, and e = y - mu, which is what clubSandwich takes a generalised linear model for.
 */
struct gathering {
    struct glm_problem *problem;
    bool frequency;
    size_t *begin; /* of each cluster; then as far as it is filled */
    double *x, *w, *e;
};

static double
copies(const struct gathering *g, const struct model_batch *b, size_t i)
{
    return g->frequency ? b->prior[i] : b->times[i];
}

static void
count_rows(const struct model_batch *b, void *context)
{
    struct gathering *g = context;

    for (size_t i = 0; i < b->n; i++)
        g->begin[(size_t)b->cluster[i] + 1] += (size_t)copies(g, b, i);
}

static void
gather_rows(const struct model_batch *b, void *context)
{
    struct gathering *g = context;
    const size_t p = g->problem->p;
    double w[MODEL_BATCH], r[MODEL_BATCH];

    (void)glm_weigh(b, w, r, &g->problem->curve);
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k < (size_t)copies(g, b, i); k++) {
            const size_t at = g->begin[(size_t)b->cluster[i]]++;
            const double slope = glm_slope(g->problem->curve.family, b->eta[i]);

            model_batch_fill(g->problem->centred, b, i, g->x + at * p);
            for (size_t j = 0; j < p; j++)
                g->x[at * p + j] = g->problem->open[j] ? slope * g->x[at * p + j] : 0;
            g->e[at] = r[i] / w[i] * slope;
            g->w[at] = w[i] / (slope * slope) * (g->frequency ? 1 : b->weight[i]);
        }
}

/* Scratch for the largest cluster. */
struct corrector {
    gsl_eigen_symmv_workspace *work;
    gsl_matrix *b, *vectors;
    gsl_vector *values;
    size_t p, n;
    const double *inverse; /* (X'WX)^-1 */
    const double *x, *w, *e; /* of the cluster */
    double *mx;              /* inverse x_i, n by p */
    double *a;               /* A_j, n by n */
};

/* b = D (Phi - X M X') D with D = W^-1/2, Phi = W^-1. */
static void
fill_b(const struct corrector *c)
{
    const size_t n = c->n, p = c->p;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++) {
            c->mx[i * p + j] = 0;
            for (size_t l = 0; l < p; l++)
                c->mx[i * p + j] += c->inverse[j * p + l] * c->x[i * p + l];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++) {
            double x = i == k ? 1 / c->w[i] : 0;

            for (size_t j = 0; j < p; j++)
                x -= c->x[i * p + j] * c->mx[k * p + j];
            x /= sqrt(c->w[i] * c->w[k]);
            gsl_matrix_set(c->b, i, k, x);
            gsl_matrix_set(c->b, k, i, x);
        }
}

/* a = D b^-1/2 D; of directions that others decide nothing is left (as in clubSandwich, below
 * 1e-12). */
static enum dyad_status
fill_a(const struct corrector *c)
{
    const size_t n = c->n;

    fill_b(c);
    if (gsl_eigen_symmv(c->b, c->values, c->vectors, c->work) != 0)
        return DYAD_NOCONV;
    memset(c->a, 0, n * n * sizeof *c->a);
    for (size_t e = 0; e < n; e++) {
        const double value = gsl_vector_get(c->values, e);

        if (!(value > 1e-12))
            continue;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++)
                c->a[i * n + k] += gsl_matrix_get(c->vectors, i, e) *
                                   gsl_matrix_get(c->vectors, k, e) / sqrt(value);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            c->a[i * n + k] /= sqrt(c->w[i] * c->w[k]);
    return DYAD_OK;
}

/* Numbers of each cluster that a joint test is made of (hotelling.h). */
struct gathered {
    double *gram, *h;     /* NULL: not wanted */
    const double *factor; /* lower: inverse = factor factor' */
};

/* What Satterthwaite's df of a coefficient needs: sums over clusters of d - q, (d - q)^2 - q^2, and
 * u u'. */
struct freedom {
    double trace, squares;
    double *outer;
};

/* g = A W X M c, n of each coefficient. */
static void
fill_g(const struct corrector *c, double *g)
{
    const size_t n = c->n, p = c->p;

    for (size_t l = 0; l < p; l++)
        for (size_t i = 0; i < n; i++) {
            g[l * n + i] = 0;
            for (size_t k = 0; k < n; k++)
                g[l * n + i] += c->a[i * n + k] * c->w[k] * c->mx[k * p + l];
        }
}

/* d = g'Phi g, u = X'g. */
static void
add_freedom(const struct corrector *c, const double *g, double *u, struct freedom *f)
{
    const size_t n = c->n, p = c->p;
    double d = 0, q = 0;

    memset(u, 0, p * sizeof *u);
    for (size_t i = 0; i < n; i++) {
        d += g[i] * g[i] / c->w[i];
        for (size_t j = 0; j < p; j++)
            u[j] += c->x[i * p + j] * g[i];
    }
    for (size_t j = 0; j < p; j++)
        for (size_t l = 0; l < p; l++)
            q += u[j] * c->inverse[j * p + l] * u[l];
    f->trace += d - q;
    f->squares += (d - q) * (d - q) - q * q;
    add_outer(f->outer, u, p, 1);
}

/* gram = g'Phi g, h = g'X factor, of all coefficients. */
static void
gather_cluster(const struct corrector *c, const double *g, double *u, const struct gathered *out, double *gram, double *h)
{
    const size_t n = c->n, p = c->p;

    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            gram[a * p + b] = u[b] = 0;
            for (size_t i = 0; i < n; i++) {
                gram[a * p + b] += g[a * n + i] * g[b * n + i] / c->w[i];
                u[b] += c->x[i * p + b] * g[a * n + i];
            }
        }
        for (size_t b = 0; b < p; b++) {
            h[a * p + b] = 0;
            for (size_t l = b; l < p; l++)
                h[a * p + b] += u[l] * out->factor[l * p + b];
        }
    }
}

/* tr(S M S M) over all pairs of clusters. */
static double
pairs(const double *s, const double *m, size_t p, double *sm)
{
    double trace = 0;

    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            sm[i * p + j] = 0;
            for (size_t l = 0; l < p; l++)
                sm[i * p + j] += s[i * p + l] * m[l * p + j];
        }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            trace += sm[i * p + j] * sm[j * p + i];
    return trace;
}

static void
add_cluster(const struct corrector *c, double *score, double *meat)
{
    const size_t n = c->n, p = c->p;

    memset(score, 0, p * sizeof *score);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < p; j++)
                score[j] += c->x[i * p + j] * c->w[i] * c->a[i * n + k] * c->e[k];
    add_outer(meat, score, p, 1);
}

static void
place(struct corrector *c, gsl_matrix_view *b, gsl_matrix_view *v, gsl_vector_view *values,
      double *scratch)
{
    const size_t n = c->n;

    *b = gsl_matrix_view_array(scratch, n, n);
    *v = gsl_matrix_view_array(scratch + n * n, n, n);
    c->a = scratch + 2 * n * n;
    *values = gsl_vector_view_array(scratch + 3 * n * n, n);
    c->mx = scratch + 3 * n * n + n;
    c->b = &b->matrix;
    c->vectors = &v->matrix;
    c->values = &values->vector;
}

/* One cluster after another: the covariance's middle, and the sums for df of the design that was
 * centred: a coefficient of it is M c with c of the caller's. */
static enum dyad_status
correct_clusters(const struct gathering *g, size_t n_clusters, size_t most, double *meat,
                 struct freedom *freedom, const struct gathered *gathered, const double *turned)
{
    const size_t p = g->problem->p;
    double *scratch = malloc((3 * most * most + most * (p + 2) + 2 * p) * sizeof *scratch);
    double *own = scratch ? scratch + 3 * most * most + most * (p + 1) : NULL;
    double *mx = malloc(2 * most * p * sizeof *mx), *products = mx ? mx + most * p : NULL;
    enum dyad_status st = scratch && mx ? DYAD_OK : DYAD_NOMEM;

    for (size_t j = 0; st == DYAD_OK && j < n_clusters; j++) {
        const size_t begin = j ? g->begin[j - 1] : 0, n = g->begin[j] - begin;
        struct corrector c = { .p = p, .n = n, .inverse = g->problem->factor };
        gsl_matrix_view b, v;
        gsl_vector_view values;

        if (n == 0)
            continue;
        place(&c, &b, &v, &values, scratch);
        c.x = g->x + begin * p;
        c.w = g->w + begin;
        c.e = g->e + begin;
        if (!(c.work = gsl_eigen_symmv_alloc(n)))
            st = DYAD_NOMEM;
        else if ((st = fill_a(&c)) == DYAD_OK) {
            add_cluster(&c, own, meat);
            for (size_t i = 0; i < n; i++)
                for (size_t l = 0; l < p; l++) {
                    mx[i * p + l] = 0;
                    for (size_t k = 0; k < p; k++)
                        mx[i * p + l] += c.x[i * p + k] * turned[k * p + l];
                }
            c.mx = mx;
            fill_g(&c, products);
            for (size_t l = 0; freedom && l < p; l++)
                add_freedom(&c, products + l * n, own, &freedom[l]);
            if (gathered->gram)
                gather_cluster(&c, products, own, gathered, gathered->gram + j * p * p, gathered->h + j * p * p);
        }
        gsl_eigen_symmv_free(c.work);
    }
    free(mx);
    free(scratch);
    return st;
}

/* M c for each coefficient c of the caller's design, in columns. */
static void
turn_inverse(struct glm_problem *p, double *out)
{
    memcpy(out, p->factor, p->p * p->p * sizeof *out);
    for (size_t i = 0; i < p->p; i++)
        model_design_uncentre(p->centred, out + i * p->p);
}

static enum dyad_status
find_begins(struct gathering *g, size_t n_clusters, size_t *rows, size_t *most)
{
    size_t count = 0;
    enum dyad_status st = model_rows_visit(g->problem->centred, g->problem->beta, count_rows, g);

    if (st != DYAD_OK)
        return st;
    *most = 0;
    for (size_t j = 0; j < n_clusters; j++) {
        *most = g->begin[j + 1] > *most ? g->begin[j + 1] : *most;
        count += g->begin[j + 1] > 0;
        g->begin[j + 1] += g->begin[j];
    }
    *rows = g->begin[n_clusters];
    return count < 2 || *most > LARGEST_CLUSTER ? DYAD_DOMAIN : DYAD_OK;
}

/* The factor of the inverse information; the row of a column that is not estimated meets nothing but zeros. */
static bool
factor_inverse(const struct glm_problem *p, double *out)
{
    memcpy(out, p->factor, p->p * p->p * sizeof *out);
    for (size_t j = 0; j < p->p; j++)
        if (!p->open[j])
            out[j * p->p + j] = 1;
    return lower_factor(out, p->p, 0);
}

/* Room for the terms of n clusters, in ${terms}. */
static enum dyad_status
reserve_terms(struct glm_problem *p, size_t n, struct glm_cluster_terms *terms, double *factor, struct gathered *out)
{
    const size_t each = p->p * p->p;

    *out = (struct gathered){ NULL, NULL, factor };
    *terms = (struct glm_cluster_terms){ .n = 0 };
    if (n > TERMS_MOST / each || !factor_inverse(p, factor))
        return DYAD_OK;
    if ((terms->at = calloc(2 * n * each + 1, sizeof *terms->at)) == NULL)
        return DYAD_NOMEM;
    terms->n = n;
    out->gram = terms->at;
    out->h = terms->at + n * each;
    return DYAD_OK;
}

static enum dyad_status
correct(struct glm_problem *p, bool frequency, double *meat, double *df, struct glm_cluster_terms *terms)
{
    const size_t n_clusters = model_rows_clusters(p->design->rows), k = p->p;
    struct gathering g = { .problem = p, .frequency = frequency };
    double *outer = calloc(k * k * k + 3 * k * k, sizeof *outer), *storage = NULL;
    double *turned = outer ? outer + k * k * k : NULL, *scratch = turned ? turned + k * k : NULL;
    struct gathered gathered = { NULL, NULL, NULL };
    struct freedom *freedom = calloc(k, sizeof *freedom);
    size_t rows = 0, most = 0;
    enum dyad_status st = DYAD_NOMEM;

    g.begin = calloc(n_clusters + 1, sizeof *g.begin);
    if (!outer || !freedom || !g.begin || (st = find_begins(&g, n_clusters, &rows, &most)) != DYAD_OK)
        goto done;
    if (!(storage = malloc(rows * (k + 2) * sizeof *storage))) {
        st = DYAD_NOMEM;
        goto done;
    }
    g.x = storage;
    g.w = g.x + rows * k;
    g.e = g.w + rows;
    if ((st = model_rows_visit(p->centred, p->beta, gather_rows, &g)) != DYAD_OK)
        goto done;
    if (terms && (st = reserve_terms(p, n_clusters, terms, scratch + k * k, &gathered)) != DYAD_OK)
        goto done;
    memset(meat, 0, k * k * sizeof *meat);
    turn_inverse(p, turned);
    for (size_t j = 0; j < k; j++)
        freedom[j].outer = outer + j * k * k;
    st = correct_clusters(&g, n_clusters, most, meat, df ? freedom : NULL, &gathered, turned);
    for (size_t j = 0; st == DYAD_OK && df && j < k; j++) {
        const double squares = freedom[j].squares + pairs(freedom[j].outer, p->factor, k, scratch);

        df[j] = p->open[j] ? freedom[j].trace * freedom[j].trace / squares : (double)NAN;
    }
done:
    free(storage);
    free(g.begin);
    free(freedom);
    free(outer);
    return st;
}

/* ---- all of them ---- */

/* out = M meat M. */
static void
wrap(const struct glm_problem *p, const double *meat, double *out)
{
    const size_t n = p->p;
    double *half = p->other_cross;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            half[i * n + j] = 0;
            for (size_t l = 0; l < n; l++)
                half[i * n + j] += p->factor[i * n + l] * meat[l * n + j];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;

            for (size_t l = 0; l < n; l++)
                sum += half[i * n + l] * p->factor[l * n + j];
            out[i * n + j] = out[j * n + i] = sum;
        }
}

/* The sandwich of a meat, of the caller's design. */
static void
finish_sandwich(struct glm_problem *p, const double *meat, double times, double *covariance)
{
    wrap(p, meat, covariance);
    glm_problem_uncentre(p, covariance);
    for (size_t i = 0; i < p->p * p->p; i++)
        covariance[i] *= times;
}

enum dyad_status
glm_robust_covariance(const struct glm_spec *spec, const struct glm_fit *fit, enum glm_robust kind,
                      double *covariance, double *df, struct glm_cluster_terms *terms)
{
    const bool clusters = kind == GLM_CR0 || kind == GLM_CR1 || kind == GLM_CR2;
    const double n = fit->n, rank = (double)fit->rank;
    struct glm_problem p = { .p = 0 };
    double *meat;
    enum dyad_status st;

    if (fit->boundary || rank == 0 || (clusters && !spec->design->rows->spec.clustered))
        return DYAD_DOMAIN;
    if (!(meat = malloc(fit->p * fit->p * sizeof *meat)))
        return DYAD_NOMEM;
    if ((st = glm_problem_at(&p, spec, fit)) == DYAD_OK)
        st = kind == GLM_CR2 ? correct(&p, spec->frequency, meat, df, terms)
             : clusters      ? sum_clusters(&p, kind, meat)
                             : sum_rows(&p, spec, kind, meat);
    if (st == DYAD_OK) {
        finish_sandwich(&p, meat, kind == GLM_HC1 ? n / (n - rank) : 1, covariance);
        for (size_t j = 0; df && kind != GLM_CR2 && j < fit->p; j++)
            df[j] = NAN;
    }
    glm_problem_release(&p);
    free(meat);
    return st;
}

enum dyad_status
glm_survey_covariance(const struct glm_spec *spec, const struct glm_fit *fit,
                      const struct survey_design *design, bool records, double *covariance)
{
    const size_t numbered = records ? design->strata : design->units;
    struct glm_problem p = { .p = 0 };
    double *meat;
    enum dyad_status st;

    if (fit->boundary || fit->rank == 0 || !spec->design->rows->spec.clustered ||
        model_rows_clusters(spec->design->rows) > numbered)
        return DYAD_DOMAIN;
    if (!(meat = malloc(fit->p * fit->p * sizeof *meat)))
        return DYAD_NOMEM;
    if ((st = glm_problem_at(&p, spec, fit)) == DYAD_OK)
        st = (records ? sum_sampled_records : sum_sampled_units)(&p, design, meat);
    if (st == DYAD_OK)
        finish_sandwich(&p, meat, 1, covariance);
    glm_problem_release(&p);
    free(meat);
    return st;
}
