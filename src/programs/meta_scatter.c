#include "meta_scatter.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "dyad/core/text.h"
#include "dyad/output/numeral.h"
#include "dyad/output/wording.h"
#include "dyad/stats/meta_influence.h"

enum { NAMED_ALL = 20, NAMED_OF_MANY = 12 };

/* An effect as it is read. */
static double
reading(const struct meta_points *m, double y)
{
    return m->scale == SCALE_RATIO ? exp(fmax(-700, fmin(700, y))) : y;
}

/* Logits and arcsines of proportions stand as they are: only there are their limits straight. */
static enum scale
effect_scale(const struct meta_points *m)
{
    return m->scale == SCALE_PROPORTION ? SCALE_NUMBER : m->scale;
}

/* Is 0 no effect? */
static bool
has_null(const struct meta_points *m)
{
    return m->scale == SCALE_RATIO || m->scale == SCALE_DIFFERENCE;
}

static double
normal_quantile(double level)
{
    return gsl_cdf_ugaussian_Qinv((1 - level) / 2);
}

static double
error_of(const struct meta_points *m, size_t i)
{
    return sqrt(m->effects[i].v + m->fit.tau2);
}

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
put_effect(struct text *t, const struct meta_points *m, double y)
{
    const double x = reading(m, y);

    text_puts(t, x < 0 ? "−" : "");
    numeral_put(t, numeral_of(effect_scale(m)), fabs(x));
}

/* "13 studies, random effects (REML): 0.49 (0.34 to 0.70)." */
static void
put_pooled(struct text *t, const struct meta_points *m)
{
    text_printf(t, "%zu %s, %s", m->k, m->k == 1 ? "study" : "studies",
                m->method.model == META_COMMON ? "common effect" : "random effects");
    if (m->method.model == META_RANDOM) {
        text_puts(t, " (");
        wording_capitals(t, tau2_estimator_name(m->method.estimator));
        text_putc(t, ')');
    }
    text_puts(t, ": ");
    numeral_interval(t, numeral_of(effect_scale(m)), reading(m, m->fit.pooled.value),
                     reading(m, m->fit.pooled.lower), reading(m, m->fit.pooled.upper));
    text_putc(t, '.');
}

static const char *
name_of(const struct meta_points *m, size_t i)
{
    return m->names ? m->names[i] : NULL;
}

static void
name_pooled(struct scatter *s, const struct meta_points *m)
{
    struct text alternative = TEXT_INIT;

    text_printf(&alternative, "%s; ", m->measure);
    put_pooled(&alternative, m);
    take(&s->alternative, &alternative, s);
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

/* ---- funnel ---- */

static double
largest_error(const struct meta_points *m)
{
    double most = 0;

    for (size_t i = 0; i < m->k; i++)
        most = fmax(most, sqrt(m->effects[i].v));
    for (size_t i = 0; i < m->n_filled; i++)
        most = fmax(most, sqrt(m->filled[i].v));
    return most;
}

/* Where no study of a standard error up to ${deep} differs from ${centre} by more than ${z} of them. */
static void
put_funnel(struct scatter_spot corners[3], const struct meta_points *m, double centre, double z,
           double deep)
{
    corners[0] = (struct scatter_spot){ reading(m, centre - z * deep), deep };
    corners[1] = (struct scatter_spot){ reading(m, centre), 0 };
    corners[2] = (struct scatter_spot){ reading(m, centre + z * deep), deep };
}

/* The smallest p lies everywhere, the next upon it ...: no seams between them. */
static void
add_contours(struct scatter *s, const struct meta_points *m, double deep)
{
    static const struct {
        double level;
        unsigned shade;
        const char *label;
    } contours[] = { { 0.99, 2, "p 0.01 to 0.05" },
                     { 0.95, 3, "p 0.05 to 0.10" },
                     { 0.90, 0, "p > 0.10" } };
    const struct scatter_spot all[] = { { -INFINITY, -INFINITY }, { INFINITY, -INFINITY },
                                        { INFINITY, INFINITY }, { -INFINITY, INFINITY } };
    struct scatter_spot corners[3];

    if (!has_null(m))
        return;
    scatter_area(s, 1, all, 4, "p < 0.01");
    for (size_t i = 0; i < sizeof contours / sizeof contours[0]; i++) {
        put_funnel(corners, m, 0, normal_quantile(contours[i].level), deep);
        scatter_area(s, contours[i].shade, corners, 3, contours[i].label);
    }
}

static void
add_funnel_lines(struct scatter *s, const struct meta_points *m, double z, double deep)
{
    const double mean = m->fit.pooled.value;
    struct scatter_spot corners[3];
    struct text label = TEXT_INIT;

    if (!isfinite(mean))
        return;
    text_puts(&label, "pooled ");
    put_effect(&label, m, mean);
    scatter_upright(s, SCATTER_SOLID, reading(m, mean), label.at, SCATTER_IN_LEGEND);
    text_clear(&label);
    text_printf(&label, "pseudo %g%% limits", 100 * m->level);
    put_funnel(corners, m, mean, z, deep);
    scatter_line(s, SCATTER_DASHED, corners, 3, label.at, SCATTER_IN_LEGEND);
    s->failed |= label.failed;
    text_release(&label);
}

static void
add_funnel_points(struct scatter *s, const struct meta_points *m, double z)
{
    for (size_t i = 0; i < m->k; i++) {
        const double error = sqrt(m->effects[i].v);
        const double away = fabs(m->effects[i].y - m->fit.pooled.value) / error;
        scatter_put(s, SCATTER_FILLED, reading(m, m->effects[i].y), error, NAN,
                    away > z ? away : NAN, name_of(m, i));
    }
    for (size_t i = 0; i < m->n_filled; i++)
        scatter_put(s, SCATTER_HOLLOW, reading(m, m->filled[i].y), sqrt(m->filled[i].v), NAN, NAN,
                    NULL);
}

static void
name_funnel(struct scatter *s, const struct meta_points *m)
{
    struct text t = TEXT_INIT;

    scatter_set(&s->x.title, m->measure, s);
    text_puts(&t, "Standard error");
    if (m->scale == SCALE_RATIO) {
        text_puts(&t, " of the log ");
        wording_lowered(&t, m->measure);
    } else if (m->scale == SCALE_DIFFERENCE)
        text_puts(&t, ", percentage points");
    take(&s->y.title, &t, s);
    put_pooled(&t, m);
    text_printf(&t, " Between the dashed lines %g%% of the studies would lie if all had the pooled effect; "
                "those outside are named as far as there is room.", 100 * m->level);
    if (s->n_areas)
        text_puts(&t, " Shades: two-sided p of a study against no effect.");
    if (m->n_filled)
        text_printf(&t, " Trim and fill added %zu.", m->n_filled);
    take(&s->caption, &t, s);
    name_pooled(s, m);
    scatter_set(&s->marks[SCATTER_FILLED], "study", s);
    scatter_set(&s->marks[SCATTER_HOLLOW], "trim and fill", s);
}

/* The limits at the bottom, and the shades' middle if that is not far off. */
static void
set_funnel_width(struct scatter_axis *x, const struct meta_points *m, double margin)
{
    double low = m->fit.pooled.value - margin, high = m->fit.pooled.value + margin;

    if (!isfinite(low))
        return;
    if (has_null(m) && fabs(m->fit.pooled.value) < 3 * margin) {
        low = fmin(low, -margin / 4);
        high = fmax(high, margin / 4);
    }
    x->low = reading(m, low);
    x->high = reading(m, high);
}

enum dyad_status
meta_funnel(const struct meta_points *m, struct scatter *out)
{
    struct scatter s = SCATTER_INIT;
    const double z = normal_quantile(m->level), most = largest_error(m);
    const double low = 1.04 * most, deep = 2 * most; /* deep: below what is shown */

    if (m->k == 0)
        return DYAD_DOMAIN;
    s.x.scale = effect_scale(m);
    s.y = (struct scatter_axis){ .scale = m->scale == SCALE_DIFFERENCE ? SCALE_DIFFERENCE : SCALE_NUMBER,
                                 .low = 0, .high = low, .reversed = true };
    set_funnel_width(&s.x, m, z * low);
    add_contours(&s, m, deep);
    add_funnel_lines(&s, m, z, deep);
    add_funnel_points(&s, m, z);
    name_funnel(&s, m);
    return hand_over(&s, out);
}

/* ---- the studies that are named ---- */

static int
descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

/* Of many studies the NAMED_OF_MANY with the highest ranks keep theirs, the others become NaN. */
static void
keep_extremes(struct scatter *s)
{
    double *ranks = malloc((s->n_points + 1) * sizeof *ranks);
    size_t n = 0;

    if (ranks == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < s->n_points; i++)
        if (!isnan(s->points[i].rank))
            ranks[n++] = s->points[i].rank;
    if (n > NAMED_ALL) {
        qsort(ranks, n, sizeof *ranks, descending);
        for (size_t i = 0; i < s->n_points; i++)
            if (s->points[i].rank < ranks[NAMED_OF_MANY - 1])
                s->points[i].rank = NAN;
    }
    free(ranks);
}

/* ---- L'Abbe ---- */

/* The risk of the treated that the pooled effect makes of ${risk}. */
static double
treated_risk(const struct meta_points *m, double risk)
{
    const double y = m->fit.pooled.value, ratio = exp(fmax(-700, fmin(700, y)));

    switch (m->table_effect) {
    case EFFECT_LOG_OR:
    case EFFECT_PETO:
        return risk * ratio / (1 - risk + risk * ratio);
    case EFFECT_LOG_RR:
        return risk * ratio;
    case EFFECT_RD:
        return risk + y;
    default: {
        const double angle = asin(sqrt(risk)) + y;
        return angle < 0 || angle > asin(1) ? NAN : sin(angle) * sin(angle);
    }
    }
}

static void
add_pooled_curve(struct scatter *s, const struct meta_points *m)
{
    enum { STEPS = 100 };
    struct scatter_spot spots[STEPS + 1];
    struct text label = TEXT_INIT;
    size_t n = 0;

    if (!isfinite(m->fit.pooled.value))
        return;
    for (int i = 0; i <= STEPS; i++) {
        const double t = (double)i / STEPS, risk = t * t * (3 - 2 * t); /* dense where it bends */
        const double treated = treated_risk(m, risk);
        if (!isnan(treated))
            spots[n++] = (struct scatter_spot){ risk, treated };
    }
    text_puts(&label, "pooled ");
    put_effect(&label, m, m->fit.pooled.value);
    scatter_line(s, SCATTER_SOLID, spots, n, label.at, SCATTER_IN_LEGEND);
    s->failed |= label.failed;
    text_release(&label);
}

static void
add_risks(struct scatter *s, const struct meta_points *m)
{
    double most = 0;

    for (size_t i = 0; i < m->k; i++) {
        const struct two_by_two *t = &m->tables[i];
        const double treated = t->a / (t->a + t->b), control = t->c / (t->c + t->d);
        const double away = fabs(m->effects[i].y - m->fit.pooled.value) / error_of(m, i);
        scatter_put(s, SCATTER_BUBBLE, control, treated, m->weights ? m->weights[i] : 1,
                    isnan(away) ? 0 : away, name_of(m, i));
        most = fmax(most, fmax(control, treated));
    }
    s->x.low = s->y.low = 0;
    s->x.high = s->y.high = most > 0.75 ? 1 : most > 0 ? 1.1 * most : 0.1;
    keep_extremes(s);
}

enum dyad_status
meta_labbe(const struct meta_points *m, struct scatter *out)
{
    const struct scatter_spot diagonal[] = { { 0, 0 }, { 1, 1 } };
    struct scatter s = SCATTER_INIT;
    struct text t = TEXT_INIT;

    if (m->k == 0 || m->tables == NULL)
        return DYAD_DOMAIN;
    s.square = true;
    s.x.scale = s.y.scale = SCALE_PROPORTION;
    scatter_set(&s.x.title, "Risk in the control group", &s);
    scatter_set(&s.y.title, "Risk in the treated group", &s);
    scatter_set(&s.marks[SCATTER_BUBBLE], m->weights ? "study, its area by weight" : "study", &s);
    scatter_line(&s, SCATTER_DOTTED, diagonal, 2, "no effect", SCATTER_IN_LEGEND);
    add_pooled_curve(&s, m);
    add_risks(&s, m);
    text_printf(&t, "%s; ", m->measure);
    put_pooled(&t, m);
    text_puts(&t, " Risks are as counted.");
    take(&s.caption, &t, &s);
    scatter_set(&s.alternative, "Risks of the two groups of each study.", &s);
    return hand_over(&s, out);
}

/* ---- radial ---- */

static void
add_radial_lines(struct scatter *s, const struct meta_points *m, double z, double longest)
{
    const double mean = m->fit.pooled.value, x = 2 * longest, end = mean * x;
    const struct scatter_spot band[] = { { 0, -z }, { x, end - z }, { x, end + z }, { 0, z } };
    const struct scatter_spot pooled[] = { { 0, 0 }, { x, end } };
    struct text label = TEXT_INIT;

    text_printf(&label, "pooled ± %.3g", z);
    scatter_area(s, 1, band, 4, label.at);
    text_clear(&label);
    text_puts(&label, "pooled ");
    put_effect(&label, m, mean);
    scatter_line(s, SCATTER_SOLID, pooled, 2, label.at, SCATTER_IN_LEGEND);
    if (has_null(m))
        scatter_level(s, SCATTER_DOTTED, 0, "no effect", SCATTER_IN_LEGEND);
    s->failed |= label.failed;
    text_release(&label);
}

static double
add_radial_points(struct scatter *s, const struct meta_points *m, double z)
{
    double longest = 0;

    for (size_t i = 0; i < m->k; i++) {
        const double error = error_of(m, i);
        const double away = fabs(m->effects[i].y - m->fit.pooled.value) / error;
        scatter_put(s, SCATTER_FILLED, 1 / error, m->effects[i].y / error, NAN,
                    away > z ? away : NAN, name_of(m, i));
        longest = fmax(longest, 1 / error);
    }
    return longest;
}

static void
name_radial(struct scatter *s, const struct meta_points *m, double z)
{
    const bool random = m->fit.tau2 > 0;
    struct text t = TEXT_INIT;

    scatter_set(&s->x.title, random ? "Precision: 1/√(variance + τ²)" : "Precision: 1/standard error", s);
    scatter_set(&s->y.title, random ? "Effect/√(variance + τ²)" : "Effect/standard error", s);
    scatter_set(&s->slopes, m->measure, s);
    scatter_set(&s->marks[SCATTER_FILLED], "study", s);
    put_pooled(&t, m);
    text_printf(&t, " A line from (0, 0) through a study meets the axis at the right at its effect. "
                "Studies more than %.3g from the pooled line are named as far as there is room.", z);
    take(&s->caption, &t, s);
    name_pooled(s, m);
}

enum dyad_status
meta_radial(const struct meta_points *m, struct scatter *out)
{
    struct scatter s = SCATTER_INIT;
    const double z = normal_quantile(m->level), mean = m->fit.pooled.value;

    if (m->k == 0 || !isfinite(mean))
        return DYAD_DOMAIN;
    const double longest = add_radial_points(&s, m, z), end = mean * longest;
    s.slope_scale = effect_scale(m);
    s.x.low = 0;
    s.y.low = fmin(fmin(-z, end - z), 0) * 1.05;
    s.y.high = fmax(fmax(z, end + z), 0) * 1.05;
    s.x.high = 1.08 * longest;
    add_radial_lines(&s, m, z, longest);
    name_radial(&s, m, z);
    return hand_over(&s, out);
}

/* ---- Baujat ---- */

static enum dyad_status
pool_without(const struct meta_points *m, struct meta_step *steps)
{
    struct meta_work work = META_WORK_INIT;
    const enum dyad_status st = meta_leave_one_out(m->effects, m->k, &m->method, &work, steps);

    meta_work_release(&work);
    return st;
}

static void
add_baujat_points(struct scatter *s, const struct meta_points *m, const struct meta_step *steps)
{
    double most_x = 0, most_y = 0;

    for (size_t i = 0; i < m->k; i++) {
        const struct estimate *without = m->without ? &m->without[i].pooled : &steps[i].fit.pooled;
        const double residual = (m->effects[i].y - m->fit.pooled.value) / error_of(m, i);
        const double shift = (without->value - m->fit.pooled.value) / without->std_error;
        scatter_put(s, SCATTER_FILLED, residual * residual, shift * shift, NAN, 0, name_of(m, i));
        most_x = fmax(most_x, isfinite(residual) ? residual * residual : 0);
        most_y = fmax(most_y, isfinite(shift) ? shift * shift : 0);
    }
    for (size_t i = 0; i < s->n_points; i++) {
        struct scatter_point *p = &s->points[i];
        p->rank = (most_x > 0 ? p->at.x / most_x : 0) + (most_y > 0 ? p->at.y / most_y : 0);
    }
    keep_extremes(s);
}

enum dyad_status
meta_baujat(const struct meta_points *m, struct scatter *out)
{
    struct scatter s = SCATTER_INIT;
    struct text t = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    if (m->k < 2)
        return DYAD_DOMAIN;
    struct meta_step *steps = calloc(m->k, sizeof *steps);
    if (steps == NULL)
        return DYAD_NOMEM;
    if (m->without == NULL)
        st = pool_without(m, steps);
    if (st == DYAD_OK) {
        add_baujat_points(&s, m, steps);
        s.x.low = s.y.low = 0;
        s.x.high = s.y.high = 1e-6; /* what is not 0 by rounding alone is not shown as something */
        scatter_set(&s.x.title, "Contribution to heterogeneity (squared Pearson residual)", &s);
        scatter_set(&s.y.title, "Influence on the pooled effect", &s);
        text_printf(&t, "%s; ", m->measure);
        put_pooled(&t, m);
        take(&s.caption, &t, &s);
        st = hand_over(&s, out);
    }
    free(steps);
    return st;
}
