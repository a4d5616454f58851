#include "model_picture.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "dyad/core/text.h"
#include "dyad/output/numeral.h"
#include "dyad/stats/basis.h"

/* ---- words ---- */

/* Words of ours, negative numbers with the minus sign that axes have. */
static void
take(char **which, struct text *t, struct scatter *s)
{
    struct text out = TEXT_INIT;

    for (const char *c = t->at; c && *c; c++)
        if (*c == '-' && isdigit((unsigned char)c[1]) && (c == t->at || strchr(" (", c[-1])))
            text_puts(&out, "−");
        else
            text_putc(&out, *c);
    scatter_set(which, out.at, s);
    s->failed |= t->failed || out.failed || out.at == NULL;
    text_release(t);
    text_release(&out);
}

static void
put_estimate(struct text *t, const char *name, enum numeral how, const struct estimate *e, double level)
{
    text_printf(t, "%s ", name);
    numeral_put(t, how, e->value);
    if (isnan(e->lower) || isnan(e->upper))
        return;
    text_printf(t, " (%g%% CI ", 100 * level);
    numeral_range(t, how, e->lower, e->upper);
    text_putc(t, ')');
}

/* "p = 0.059", "p < 0.001" */
static void
put_p(struct text *t, double p)
{
    struct text number = TEXT_INIT;

    numeral_p_value(&number, p);
    if (number.at && (*number.at == '<' || *number.at == '>'))
        text_printf(t, "p %c %s", *number.at, number.at + 1);
    else
        text_printf(t, "p = %s", number.at ? number.at : "");
    t->failed |= number.failed;
    text_release(&number);
}

static enum dyad_status
hand_over(struct scatter *s, struct scatter *out)
{
    if (s->failed) {
        scatter_release(s);
        return DYAD_NOMEM;
    }
    *out = *s;
    return DYAD_OK;
}

/* ---- ROC curve ---- */

#define FINEST 1e-3 /* of an axis: finer than a picture shows */

/* The points that can be told apart, and the last; how many. */
static size_t
thin(const struct roc_picture *r, struct scatter_spot *spots)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct scatter_spot at = { 1 - r->points[i].specificity, r->points[i].sensitivity };

        if (n == 0 || i + 1 == r->n || fabs(at.x - spots[n - 1].x) >= FINEST ||
            fabs(at.y - spots[n - 1].y) >= FINEST)
            spots[n++] = at;
    }
    return n;
}

enum dyad_status
model_picture_roc(const struct roc_picture *r, struct scatter *out)
{
    const struct scatter_spot diagonal[] = { { 0, 0 }, { 1, 1 } };
    struct scatter s = SCATTER_INIT;
    struct text t = TEXT_INIT;

    if (r->n < 2)
        return DYAD_DOMAIN;
    struct scatter_spot *spots = malloc(r->n * sizeof *spots);
    if (spots == NULL)
        return DYAD_NOMEM;
    s.square = true;
    s.x = s.y = (struct scatter_axis){ .scale = SCALE_PROPORTION, .low = 0, .high = 1 };
    scatter_set(&s.title, r->title, &s);
    scatter_set(&s.x.title, "False positives (1 − specificity)", &s);
    scatter_set(&s.y.title, "True positives (sensitivity)", &s);
    put_estimate(&t, "AUC", NUMERAL_PLAIN, &r->auc.area, r->level);
    scatter_line(&s, SCATTER_SOLID, spots, thin(r, spots), t.at, SCATTER_IN_LEGEND);
    s.failed |= t.failed;
    scatter_line(&s, SCATTER_DOTTED, diagonal, 2, "chance", SCATTER_IN_LEGEND);
    text_clear(&t);
    numeral_count(&t, llround(r->auc.events));
    text_puts(&t, " with the outcome, ");
    numeral_count(&t, llround(r->auc.others));
    text_puts(&t, " without.");
    take(&s.caption, &t, &s);
    scatter_set(&s.alternative, "A curve from the lower left to the upper right corner.", &s);
    free(spots);
    return hand_over(&s, out);
}

/* ---- calibration ---- */

/* Both axes from 0 to where the groups end. */
static double
largest_risk(const struct risk_groups *groups)
{
    double most = 0;

    for (size_t k = 0; k < groups->n; k++) {
        const struct risk_group *g = &groups->at[k];
        most = fmax(most, fmax(g->expected / g->n, fmax(g->observed.value, g->observed.upper)));
    }
    return most > 0.75 ? 1 : most > 0 ? 1.08 * most : 0.1;
}

static void
add_groups(struct scatter *s, const struct risk_groups *groups)
{
    for (size_t k = 0; k < groups->n; k++) {
        const struct risk_group *g = &groups->at[k];
        const double x = g->expected / g->n;
        const struct scatter_spot bar[] = { { x, g->observed.lower }, { x, g->observed.upper } };

        scatter_line(s, SCATTER_SOLID, bar, 2, NULL, SCATTER_IN_LEGEND);
        scatter_put(s, SCATTER_FILLED, x, g->observed.value, NAN, NAN, NULL);
    }
}

/* What the logistic line makes of predicted risks. */
static void
add_line(struct scatter *s, const struct calibration *c, double most)
{
    enum { STEPS = 100 };
    struct scatter_spot spots[STEPS];

    for (size_t i = 0; i < STEPS; i++) {
        const double share = ((double)i + 0.5) / STEPS, p = most * share * share * (3 - 2 * share);
        const double eta = c->intercept.value + c->slope.value * log(p / (1 - p));
        spots[i] = (struct scatter_spot){ p, 1 / (1 + exp(-eta)) };
    }
    scatter_line(s, SCATTER_DASHED, spots, STEPS, "logistic fit", SCATTER_IN_LEGEND);
}

/* "20,000 each", or one after another. */
static void
say_sizes(struct text *t, const struct risk_groups *groups)
{
    bool same = true;

    for (size_t k = 1; k < groups->n; k++)
        same = same && groups->at[k].n == groups->at[0].n;
    text_printf(t, "%zu groups by predicted risk, %s", groups->n, same ? "each of " : "from the lowest of ");
    for (size_t k = 0; k < (same ? 1 : groups->n); k++) {
        text_puts(t, k ? "; " : "");
        numeral_count(t, llround(groups->at[k].n));
    }
    text_putc(t, '.');
}

static void
say_calibration(struct text *t, const struct calibration_picture *c)
{
    if (c->line) {
        if (!isnan(c->line->slope.value)) {
            put_estimate(t, "Slope", NUMERAL_CENTS, &c->line->slope, c->level);
            put_estimate(t, ", intercept", NUMERAL_CENTS, &c->line->intercept, c->level);
            text_puts(t, "; ");
        }
        put_estimate(t, "calibration in the large", NUMERAL_CENTS, &c->line->large, c->level);
        text_puts(t, ". ");
    }
    if (!isnan(c->hosmer_lemeshow.p_value)) {
        text_puts(t, "Hosmer–Lemeshow χ² = ");
        numeral_put(t, NUMERAL_CENTS, c->hosmer_lemeshow.statistic);
        text_printf(t, ", df %g, ", c->hosmer_lemeshow.df);
        put_p(t, c->hosmer_lemeshow.p_value);
        text_puts(t, ". ");
    }
    text_printf(t, "Bars: %g%% CI (Wilson). ", 100 * c->level);
    say_sizes(t, c->groups);
}

enum dyad_status
model_picture_calibration(const struct calibration_picture *c, struct scatter *out)
{
    const struct scatter_spot diagonal[] = { { 0, 0 }, { 1, 1 } };
    struct scatter s = SCATTER_INIT;
    struct text t = TEXT_INIT;

    if (c->groups->n == 0)
        return DYAD_DOMAIN;
    const double most = largest_risk(c->groups);
    s.square = true;
    s.x = s.y = (struct scatter_axis){ .scale = SCALE_PROPORTION, .low = 0, .high = most };
    scatter_set(&s.title, c->title, &s);
    scatter_set(&s.x.title, "Predicted risk", &s);
    scatter_set(&s.y.title, "Observed risk", &s);
    scatter_set(&s.marks[SCATTER_FILLED], "group of risk", &s);
    scatter_line(&s, SCATTER_DOTTED, diagonal, 2, "ideal", SCATTER_IN_LEGEND);
    if (c->line && !isnan(c->line->slope.value))
        add_line(&s, c->line, fmin(most, 1 - 1e-9));
    add_groups(&s, c->groups);
    say_calibration(&t, c);
    take(&s.caption, &t, &s);
    scatter_set(&s.alternative, "Observed against predicted risks of groups.", &s);
    return hand_over(&s, out);
}

/* ---- log-log curves ---- */

/* The steps of one curve where log(-log S) and log(t) are finite; how many corners. */
static size_t
fill_steps(const struct survival_steps *c, struct scatter_spot *spots)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (!(c->times[i] > 0 && c->survival[i] > 0 && c->survival[i] < 1))
            continue;
        const double y = log(-log(c->survival[i]));
        if (n && y == spots[n - 1].y)
            continue;
        if (n) {
            spots[n] = (struct scatter_spot){ c->times[i], spots[n - 1].y };
            n++;
        }
        spots[n++] = (struct scatter_spot){ c->times[i], y };
    }
    return n;
}

/* Lines do not stretch an axis. */
static void
cover(struct scatter_axis *a, double x)
{
    a->low = isnan(a->low) ? x : fmin(a->low, x);
    a->high = isnan(a->high) ? x : fmax(a->high, x);
}

static void
add_curve(struct scatter *s, const struct survival_steps *c, enum scatter_style style,
          enum scatter_naming naming)
{
    struct scatter_spot *spots = malloc((2 * c->n + 1) * sizeof *spots);

    if (spots == NULL) {
        s->failed = true;
        return;
    }
    const size_t n = fill_steps(c, spots);
    for (size_t i = 0; i < n; i++) {
        cover(&s->x, spots[i].x);
        cover(&s->y, spots[i].y);
    }
    if (n)
        scatter_line(s, style, spots, n, c->name, naming);
    free(spots);
}

/* A distance from the axes, by which a curve's first and last steps can be told from them. */
static void
give_air(struct scatter *s)
{
    const double height = s->y.high > s->y.low ? s->y.high - s->y.low : 1;

    s->y.low -= 0.04 * height;
    s->y.high += 0.04 * height;
    s->x.low /= 1.05;
    s->x.high *= 1.05;
}

enum dyad_status
model_picture_log_log(const struct log_log_picture *l, struct scatter *out)
{
    struct scatter s = SCATTER_INIT;
    struct text t = TEXT_INIT;

    s.x.scale = SCALE_RATIO;
    for (size_t i = 0; i < l->n; i++)
        add_curve(&s, &l->curves[i], (enum scatter_style)(i % SCATTER_STYLES),
                  l->n > SCATTER_STYLES ? SCATTER_AT_LINE : SCATTER_IN_LEGEND);
    if (s.n_lines == 0 && !s.failed)
        return DYAD_DOMAIN;
    give_air(&s);
    scatter_set(&s.title, l->title, &s);
    text_printf(&t, "%s (log scale)", l->time ? l->time : "Time");
    take(&s.x.title, &t, &s);
    scatter_set(&s.y.title, "log(−log survival)", &s);
    text_puts(&t, "Kaplan–Meier estimates");
    if (l->by)
        text_printf(&t, " by %s", l->by);
    text_puts(&t, ". Curves that run parallel speak for proportional hazards.");
    take(&s.caption, &t, &s);
    scatter_set(&s.alternative, "Falling survival on a double log scale, a curve for each group.", &s);
    return hand_over(&s, out);
}

/* ---- Schoenfeld residuals ---- */

enum { SMOOTH_DF = 4, SMOOTH_STEPS = 40, EVENTS_FOR_DF = 5, MOST_DRAWN = 500 };

/* A scaled residual at g(time). */
struct trace {
    double time, g, y;
};

struct smooth {
    size_t df; /* 0: there is none */
    double time[SMOOTH_STEPS], y[SMOOTH_STEPS];
    double leverage[SMOOTH_STEPS]; /* of the line there: its variance is so many of a residual's */
};

static int
by_time(const void *a, const void *b)
{
    const struct trace *x = a, *y = b;

    if (x->time != y->time)
        return (x->time > y->time) - (x->time < y->time);
    return x->g != y->g ? (x->g > y->g) - (x->g < y->g) : (x->y > y->y) - (x->y < y->y);
}

/* b_k + d sum_j V_kj s_ij of each event; what is not finite in V belongs to columns without an estimate. */
static size_t
fill_traces(const struct residual_picture *r, struct trace *traces)
{
    const double *v = r->covariance + r->column * r->p;
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const double *s = r->schoenfeld + i * r->p;
        const double time = r->times[i];
        double sum = 0;

        if (isnan(s[r->column]) || (r->log_time && !(time > 0)))
            continue;
        for (size_t j = 0; j < r->p; j++)
            sum += isfinite(v[j]) && isfinite(s[j]) ? v[j] * s[j] : 0;
        traces[n++] = (struct trace){ time, r->log_time ? log(time) : r->transformed ? r->transformed[i] : time, sum };
    }
    for (size_t i = 0; i < n; i++)
        traces[i].y = r->coefficients[r->column] + (double)n * traces[i].y;
    qsort(traces, n, sizeof *traces, by_time);
    return n;
}

/* Least squares on a natural spline and a constant. */
struct spline {
    struct basis_ns basis;
    size_t df;
    double root[SMOOTH_DF][SMOOTH_DF]; /* X'X = l l', lower */
    double b[SMOOTH_DF];
};

static void
spline_row(const struct spline *s, double g, double row[SMOOTH_DF])
{
    row[0] = 1;
    basis_ns_evaluate(&s->basis, g, row + 1);
}

/* row := l^-1 row */
static void
solve_down(const struct spline *s, double row[SMOOTH_DF])
{
    for (size_t i = 0; i < s->df; i++) {
        for (size_t j = 0; j < i; j++)
            row[i] -= s->root[i][j] * row[j];
        row[i] /= s->root[i][i];
    }
}

static bool
find_root(struct spline *s)
{
    for (size_t i = 0; i < s->df; i++)
        for (size_t j = 0; j <= i; j++) {
            const double whole = s->root[i][j];
            double x = whole;

            for (size_t c = 0; c < j; c++)
                x -= s->root[i][c] * s->root[j][c];
            if (i == j && !(x > 1e-10 * whole))
                return false;
            s->root[i][j] = i == j ? sqrt(x) : x / s->root[j][j];
        }
    return true;
}

static bool
fit_spline(struct spline *s, const struct trace *traces, size_t n)
{
    double row[SMOOTH_DF];

    for (size_t i = 0; i < n; i++) {
        spline_row(s, traces[i].g, row);
        for (size_t j = 0; j < s->df; j++) {
            s->b[j] += row[j] * traces[i].y;
            for (size_t c = 0; c <= j; c++)
                s->root[j][c] += row[j] * row[c];
        }
    }
    if (!find_root(s))
        return false;
    solve_down(s, s->b);
    return true;
}

static double
step_at(const struct trace *traces, size_t n, size_t i)
{
    return traces[0].g + (double)i * (traces[n - 1].g - traces[0].g) / (SMOOTH_STEPS - 1);
}

/* Steps and residuals together, ascending: on them plot.cox.zph places its knots. */
static void
merge_steps(const struct trace *traces, size_t n, double *merged)
{
    size_t at = 0, step = 0;

    for (size_t i = 0; i < n + SMOOTH_STEPS; i++)
        merged[i] = step == SMOOTH_STEPS || (at < n && traces[at].g <= step_at(traces, n, step))
                        ? traces[at++].g
                        : step_at(traces, n, step++);
    merged[n + SMOOTH_STEPS - 1] = traces[n - 1].g; /* its last step, but for rounding */
}

/* The time at which g is reached, between the neighbours. */
static double
time_of(const struct trace *traces, size_t n, double g, bool log_time)
{
    size_t i = 0;

    while (i + 2 < n && traces[i + 1].g < g)
        i++;
    const struct trace *a = &traces[i], *b = &traces[n > 1 ? i + 1 : i];
    const double part = b->g > a->g ? fmin(1, fmax(0, (g - a->g) / (b->g - a->g))) : 0;

    return log_time ? exp(g) : a->time + part * (b->time - a->time);
}

static void
draw_smooth(const struct spline *s, const struct trace *traces, size_t n, bool log_time, struct smooth *out)
{
    double row[SMOOTH_DF];

    out->df = s->df;
    for (size_t i = 0; i < SMOOTH_STEPS; i++) {
        const double g = step_at(traces, n, i);

        spline_row(s, g, row);
        solve_down(s, row);
        out->time[i] = time_of(traces, n, g, log_time);
        out->y[i] = out->leverage[i] = 0;
        for (size_t j = 0; j < s->df; j++) {
            out->y[i] += row[j] * s->b[j];
            out->leverage[i] += row[j] * row[j];
        }
    }
}

/* With fewer degrees of freedom where there are too few different times; false if memory ran out. */
static bool
smooth_traces(const struct trace *traces, size_t n, size_t df, bool log_time, struct smooth *out)
{
    double *merged = malloc((n + SMOOTH_STEPS) * sizeof *merged);

    *out = (struct smooth){ .df = 0 };
    if (merged == NULL)
        return false;
    merge_steps(traces, n, merged);
    for (; df >= 2 && out->df == 0; df--) {
        struct spline s = { .df = df };

        if (df <= n && basis_ns_fit(merged, NULL, n + SMOOTH_STEPS, df - 1, &s.basis) == DYAD_OK &&
            fit_spline(&s, traces, n))
            draw_smooth(&s, traces, n, log_time, out);
    }
    free(merged);
    return true;
}

static void
add_smooth(struct scatter *s, const struct smooth *m, double variance, double level)
{
    struct scatter_spot line[SMOOTH_STEPS], band[2 * SMOOTH_STEPS];
    const double z = gsl_cdf_ugaussian_Qinv((1 - level) / 2);
    struct text label = TEXT_INIT;

    for (size_t i = 0; i < SMOOTH_STEPS; i++) {
        const double margin = z * sqrt(variance * m->leverage[i]);
        line[i] = (struct scatter_spot){ m->time[i], m->y[i] };
        band[i] = (struct scatter_spot){ m->time[i], m->y[i] + margin };
        band[2 * SMOOTH_STEPS - 1 - i] = (struct scatter_spot){ m->time[i], m->y[i] - margin };
    }
    text_printf(&label, "%g%% band", 100 * level);
    if (isfinite(band[0].y) && variance > 0)
        scatter_area(s, 1, band, 2 * SMOOTH_STEPS, label.at);
    scatter_line(s, SCATTER_SOLID, line, SMOOTH_STEPS, "smooth", SCATTER_IN_LEGEND);
    s->failed |= label.failed;
    text_release(&label);
}

/* Of many each k-th; k. */
static size_t
add_traces(struct scatter *s, const struct trace *traces, size_t n)
{
    const size_t each = n <= MOST_DRAWN ? 1 : (n + MOST_DRAWN - 1) / MOST_DRAWN;

    for (size_t i = 0; i < n; i += each)
        scatter_put(s, SCATTER_HOLLOW, traces[i].time, traces[i].y, NAN, NAN, NULL);
    return each;
}

static void
name_residuals(struct scatter *s, const struct residual_picture *r, const struct smooth *m, size_t n, size_t each)
{
    struct text t = TEXT_INIT;

    text_printf(&t, "%s%s", r->time ? r->time : "Time", r->log_time ? " (log scale)" : "");
    take(&s->x.title, &t, s);
    text_printf(&t, "%s%s%s", r->title ? r->title : "", r->title ? ": " : "", r->term);
    scatter_set(&s->title, t.at, s);
    text_clear(&t);
    scatter_set(&s->y.title, "Coefficient at that time", s);
    text_puts(&t, "Scaled Schoenfeld residuals of ");
    numeral_count(&t, (int64_t)n);
    text_puts(&t, n == 1 ? " event" : " events");
    if (each > 1)
        text_printf(&t, ", one in %zu drawn", each);
    if (m->df)
        text_printf(&t, ", and a natural spline of %zu df", m->df);
    if (r->transform)
        text_printf(&t, " in %s", r->transform);
    text_puts(&t, ".");
    if (!isnan(r->test.p_value)) {
        text_puts(&t, " Test of no change: χ² = ");
        numeral_put(&t, NUMERAL_CENTS, r->test.statistic);
        text_printf(&t, ", df %g, ", r->test.df);
        put_p(&t, r->test.p_value);
        text_putc(&t, '.');
    }
    take(&s->caption, &t, s);
    scatter_set(&s->marks[SCATTER_HOLLOW], "event", s);
    scatter_set(&s->alternative, "Residuals over time with a smooth line; flat where hazards are proportional.", s);
}

enum dyad_status
model_picture_residuals(const struct residual_picture *r, struct scatter *out)
{
    const double coefficient = r->coefficients[r->column];
    const double variance = r->covariance[r->column * r->p + r->column];
    struct scatter s = SCATTER_INIT;
    struct smooth smooth;
    struct text label = TEXT_INIT;

    if (!isfinite(coefficient) || !(variance > 0))
        return DYAD_DOMAIN;
    struct trace *traces = malloc((r->n + 1) * sizeof *traces);
    if (traces == NULL)
        return DYAD_NOMEM;
    const size_t n = fill_traces(r, traces);
    if (n == 0) {
        free(traces);
        return DYAD_DOMAIN;
    }
    s.failed = !smooth_traces(traces, n, n / EVENTS_FOR_DF < SMOOTH_DF ? n / EVENTS_FOR_DF : SMOOTH_DF,
                              r->log_time, &smooth);
    s.x.scale = r->log_time ? SCALE_RATIO : SCALE_NUMBER;
    s.y.low = s.y.high = coefficient;
    if (smooth.df)
        add_smooth(&s, &smooth, (double)n * variance, r->level);
    text_printf(&label, "coefficient %s", coefficient < 0 ? "−" : "");
    numeral_put(&label, NUMERAL_PLAIN, fabs(coefficient));
    scatter_level(&s, SCATTER_DASHED, coefficient, label.at, SCATTER_IN_LEGEND);
    s.failed |= label.failed;
    const size_t each = add_traces(&s, traces, n);
    name_residuals(&s, r, &smooth, n, each);
    text_release(&label);
    free(traces);
    return hand_over(&s, out);
}

/* ---- forest ---- */

enum { FOREST_COUNTS, FOREST_ESTIMATE, FOREST_P };

/* "12/345", the count alone, or nothing. */
static void
put_counts(struct text *t, const struct ratio_row *row)
{
    if (!isnan(row->events))
        numeral_count(t, llround(row->events));
    if (!isnan(row->events) && !isnan(row->n))
        text_putc(t, '/');
    if (!isnan(row->n))
        numeral_count(t, llround(row->n));
}

static void
add_heading(struct plot *p, const char *label)
{
    /* No PLOT_HEADING: all rows below one stand in, a term that is no factor's too. */
    plot_row(p, PLOT_SQUARE, label, (const char *const[PLOT_COLUMNS]){ NULL }, NAN, NAN, NAN, NAN);
}

static void
add_ratio(struct plot *p, const struct ratio_forest *f, const struct ratio_row *row)
{
    const bool is_reference = row->kind == RATIO_REFERENCE;
    const struct estimate nothing = { f->scale == SCALE_RATIO ? 1 : 0, NAN, NAN, NAN, NAN };
    const struct estimate *e = is_reference ? &nothing : &row->ratio;
    struct text label = TEXT_INIT, counts = TEXT_INIT, estimate = TEXT_INIT, p_value = TEXT_INIT;

    text_printf(&label, "%s%s", row->kind == RATIO_TERM ? "" : "  ", row->label);
    put_counts(&counts, row);
    if (is_reference)
        text_printf(&estimate, "%g (reference)", nothing.value);
    else
        numeral_interval(&estimate, numeral_of(f->scale), e->value, e->lower, e->upper);
    if (!isnan(e->p_value))
        numeral_p_value(&p_value, e->p_value);
    plot_row(p, is_reference ? PLOT_HOLLOW : PLOT_SQUARE, label.at,
             (const char *const[PLOT_COLUMNS]){ [FOREST_COUNTS] = counts.at, [FOREST_ESTIMATE] = estimate.at,
                                                [FOREST_P] = p_value.at },
             e->value, e->lower, e->upper, NAN);
    p->failed = p->failed || label.failed || counts.failed || estimate.failed || p_value.failed;
    text_release(&label);
    text_release(&counts);
    text_release(&estimate);
    text_release(&p_value);
}

static bool
has_counts(const struct ratio_forest *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (!isnan(f->rows[i].n))
            return true;
    return false;
}

void
model_picture_forest(const struct ratio_forest *f, struct plot *out)
{
    struct text t = TEXT_INIT;

    out->scale = f->scale;
    text_printf(&t, "%s (%g%% CI)", f->measure, 100 * f->level);
    plot_set(&out->axis, t.at, out);
    text_clear(&t);
    text_printf(&t, "%s (%g%% CI)", f->symbol, 100 * f->level);
    plot_set(&out->label_title, "Term", out);
    if (has_counts(f))
        plot_column(out, FOREST_COUNTS, PLOT_COLUMN_OTHER, NULL, f->outcome ? f->outcome : "Events/n", true);
    plot_column(out, FOREST_ESTIMATE, PLOT_COLUMN_ESTIMATE_TEXT, NULL, t.at, false);
    plot_column(out, FOREST_P, PLOT_COLUMN_OTHER, NULL, "p", false);
    if (f->caption)
        plot_set(&out->caption, f->caption, out);
    plot_panel(out, f->panel);
    for (size_t i = 0; i < f->n; i++)
        if (f->rows[i].kind == RATIO_HEADING)
            add_heading(out, f->rows[i].label);
        else
            add_ratio(out, f, &f->rows[i]);
    out->failed = out->failed || t.failed;
    text_release(&t);
}
