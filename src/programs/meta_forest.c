#include "meta_forest.h"

#include "dyad/output/numeral.h"
#include "dyad/output/wording.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* The plot's columns. */
enum { TREATED_EVENTS, TREATED_TOTAL, CONTROL_EVENTS, CONTROL_TOTAL, ESTIMATE, WEIGHT_COMMON, WEIGHT, N_CELLS };

/* From here on a number has commas of its own. */
#define GROUPED 999.5

struct drawing {
    const struct forest *f;
    struct plot *p;
    bool has_counts, has_control, has_weights, has_both; /* weights of both models */
    struct text cells[N_CELLS], words;
};

static bool
same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- cells ---- */

static void
put_count(struct text *out, double count)
{
    if (!isnan(count))
        numeral_put(out, NUMERAL_PLAIN, count);
}

/* Below 0.1 the digits that a table has would make a column of ratios restless. */
static void
put_number(const struct drawing *d, struct text *out, double x)
{
    if (d->p->scale != SCALE_RATIO || x == 0 || !(x < 0.1))
        numeral_put(out, numeral_of(d->p->scale), x);
    else if (x < 0.0005)
        text_puts(out, "<0.001");
    else
        text_printf(out, "%.*f", x < 0.01 ? 3 : 2, x);
}

/* Without units where the estimate before it has said them; a limit near 0 with no more decimals than one far off. */
static void
put_range(const struct drawing *d, struct text *out, double low, double high, const char *between)
{
    const bool bare = d->p->scale == SCALE_PROPORTION || d->p->scale == SCALE_DIFFERENCE;
    const bool tenths = bare && isfinite(low) && isfinite(high) && fmax(fabs(low), fabs(high)) >= 0.01;
    static const char to[] = " to ";
    struct text range = TEXT_INIT;

    if (bare)
        numeral_range(&range, tenths ? NUMERAL_TENTHS : numeral_of(d->p->scale), tenths ? 100 * low : low,
                      tenths ? 100 * high : high);
    else {
        put_number(d, &range, low);
        text_puts(&range, to);
        put_number(d, &range, high);
    }
    const char *middle = range.failed ? NULL : strstr(range.at, to);
    if (middle)
        text_printf(out, "%.*s%s%s", (int)(middle - range.at), range.at, between, middle + strlen(to));
    out->failed |= range.failed;
    text_release(&range);
}

/* "0.41 (0.13 to 1.26)", "0.41 [0.13, 1.26]", "0.41 (0.13-1.26)". */
static void
put_estimate(const struct drawing *d, const struct estimate *e, struct text *out)
{
    const bool revman = d->f->layout == PLOT_LAYOUT_REVMAN;
    const bool jama = d->f->layout == PLOT_LAYOUT_JAMA && d->f->scale == SCALE_RATIO; /* no minus signs */

    if (isnan(e->value)) {
        text_puts(out, "Not estimable");
        return;
    }
    put_number(d, out, e->value);
    if (isnan(e->lower) && isnan(e->upper))
        return;
    text_puts(out, revman ? " [" : " (");
    put_range(d, out, e->lower, e->upper, jama ? "-" : !revman ? " to " : e->upper < GROUPED ? ", " : "; ");
    text_putc(out, revman ? ']' : ')');
}

static void
put_weight(struct text *out, double percent)
{
    if (isnan(percent))
        return;
    numeral_put(out, NUMERAL_TENTHS, percent);
    text_putc(out, '%');
}

/* A row with what stands in the cells now, which are then empty. */
static void
draw_row(struct drawing *d, enum plot_mark mark, const char *label, const struct estimate *e, double weight)
{
    const char *columns[PLOT_COLUMNS] = { NULL };

    for (size_t i = 0; i < N_CELLS; i++) {
        d->p->failed |= d->cells[i].failed;
        columns[i] = d->cells[i].length ? d->cells[i].at : NULL;
    }
    plot_row(d->p, mark, label, columns, e->value, e->lower, e->upper, weight);
    for (size_t i = 0; i < N_CELLS; i++)
        text_clear(&d->cells[i]);
}

static void
draw_study(struct drawing *d, const struct forest_study *s)
{
    if (s->has_counts) {
        put_count(&d->cells[TREATED_EVENTS], s->treated_events);
        put_count(&d->cells[TREATED_TOTAL], s->treated_total);
        put_count(&d->cells[CONTROL_EVENTS], s->control_events);
        put_count(&d->cells[CONTROL_TOTAL], s->control_total);
    }
    if (s->silent)
        text_puts(&d->cells[ESTIMATE], "No data");
    else
        put_estimate(d, &s->shown, &d->cells[ESTIMATE]);
    if (!s->excluded && d->has_weights)
        put_weight(&d->cells[WEIGHT], s->weight);
    if (!s->excluded && d->has_both)
        put_weight(&d->cells[WEIGHT_COMMON], s->weight_common);
    draw_row(d, d->f->cumulative ? PLOT_HOLLOW : PLOT_SQUARE, s->name, &s->shown,
             s->excluded ? NAN : s->weight);
}

/* ---- notes ---- */

/* What ${plain} is printed as where it is a word of its own; its length. */
static const char *
symbol_at(const char *plain, size_t *length)
{
    static const struct {
        const char *plain, *printed;
    } symbols[] = { { "tau2", "τ²" }, { "tau", "τ" }, { "I2", "I²" }, { "H2", "H²" }, { "chi2", "χ²" } };

    for (size_t k = 0; k < sizeof symbols / sizeof symbols[0]; k++) {
        *length = strlen(symbols[k].plain);
        if (strncmp(plain, symbols[k].plain, *length) == 0 && !isalnum((unsigned char)plain[*length]))
            return symbols[k].printed;
    }
    return NULL;
}

/* A sentence with its symbols, unbroken between commas: "τ² = 0.31, I² = 92% (85 to 96)". */
static void
put_sentence(struct text *out, const char *sentence)
{
    for (const char *c = sentence; *c;) {
        const char before = c == sentence ? ' ' : c[-1];
        size_t length = 1;
        const char *symbol = isalnum((unsigned char)before) ? NULL : symbol_at(c, &length);
        if (symbol)
            text_puts(out, symbol);
        else if (*c == ' ' && strchr(",;:", before) == NULL)
            text_puts(out, "\u00a0");
        else
            text_putc(out, *c);
        c += symbol ? length : 1;
    }
}

static void
draw_note(struct drawing *d, const char *subject, const char *sentence)
{
    if (sentence == NULL || *sentence == '\0')
        return;
    text_clear(&d->words);
    text_printf(&d->words, "%s: ", subject);
    put_sentence(&d->words, sentence);
    plot_words(d->p, PLOT_NOTE, d->words.failed ? "" : d->words.at);
}

static void
note_prediction(struct drawing *d, const struct forest_pool *pool)
{
    struct text range = TEXT_INIT, subject = TEXT_INIT;

    if (isnan(pool->pred_low) || isnan(pool->pred_high))
        return;
    text_printf(&subject, "%g%% prediction interval (bar)", 100 * d->f->level);
    put_range(d, &range, pool->pred_low, pool->pred_high, " to ");
    d->p->failed |= range.failed || subject.failed;
    if (!d->p->failed)
        draw_note(d, subject.at, range.at);
    text_release(&range);
    text_release(&subject);
}

/* ---- pools ---- */

static size_t
pools_of(const struct forest *f, const char *subgroup)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_pools; i++)
        n += same(f->pools[i].subgroup, subgroup);
    return n;
}

static bool
is_last_overall(const struct forest *f, const struct forest_pool *pool)
{
    for (const struct forest_pool *q = pool + 1; q < f->pools + f->n_pools; q++)
        if (q->subgroup == NULL)
            return false;
    return pool->subgroup == NULL;
}

/* NaN where no study of the pool has one. */
static double
weight_of(const struct forest *f, const char *subgroup, bool common)
{
    double sum = 0;
    bool any = false;

    for (size_t i = 0; i < f->n_studies; i++) {
        const struct forest_study *s = &f->studies[i];
        const double weight = common ? s->weight_common : s->weight;
        if (s->excluded || isnan(weight) || (subgroup && !same(s->subgroup, subgroup)))
            continue;
        sum += weight;
        any = true;
    }
    return any ? sum : NAN;
}

/* "Subtotal", "Total"; outside RevMan, which says it above the axis, by the model of all. */
static void
name_pool(struct drawing *d, const struct forest_pool *pool)
{
    const struct forest *f = d->f;
    const bool alone = pools_of(f, pool->subgroup) == 1, revman = f->layout == PLOT_LAYOUT_REVMAN;

    text_clear(&d->words);
    if (alone && (pool->subgroup || revman)) {
        text_puts(&d->words, pool->subgroup ? "Subtotal" : "Total");
        if (revman)
            text_printf(&d->words, " (%g%% CI)", 100 * f->level);
    } else if (pools_of(f, NULL) < f->n_pools) {
        text_puts(&d->words, pool->subgroup ? "Subtotal, " : "Total, ");
        wording_lowered(&d->words, pool->label);
    } else
        text_puts(&d->words, pool->label);
}

static void
draw_pool(struct drawing *d, const struct forest_pool *pool)
{
    const bool drawn_through = is_last_overall(d->f, pool);

    if (d->has_counts) {
        put_count(&d->cells[TREATED_EVENTS], pool->treated_events);
        put_count(&d->cells[TREATED_TOTAL], pool->treated_total);
    }
    if (d->has_control) {
        put_count(&d->cells[CONTROL_EVENTS], pool->control_events);
        put_count(&d->cells[CONTROL_TOTAL], pool->control_total);
    }
    put_estimate(d, &pool->shown, &d->cells[ESTIMATE]);
    const bool common = d->has_both && pool->common;
    if (d->has_weights)
        put_weight(&d->cells[common ? WEIGHT_COMMON : WEIGHT], weight_of(d->f, pool->subgroup, common));
    name_pool(d, pool);
    draw_row(d, pool->subgroup ? PLOT_SUBTOTAL : drawn_through ? PLOT_TOTAL : PLOT_DIAMOND,
             d->words.failed ? "" : d->words.at, &pool->shown, NAN);
    plot_prediction(d->p, pool->pred_low, pool->pred_high);
}

/* Lighter than our own, and without weights: none of the studies above need be in it. */
static void
draw_published(struct drawing *d, const struct forest_published *other)
{
    put_estimate(d, &other->shown, &d->cells[ESTIMATE]);
    text_clear(&d->words);
    text_printf(&d->words, "Published: %s", other->label);
    draw_row(d, PLOT_SUBTOTAL, d->words.failed ? "" : d->words.at, &other->shown, NAN);
}

static void
note_test(struct drawing *d, const struct forest_pool *pool)
{
    struct text subject = TEXT_INIT;

    text_puts(&subject, pool->subgroup ? "Test for effect" : "Test for overall effect");
    if (pools_of(d->f, pool->subgroup) > 1) {
        text_puts(&subject, ", ");
        wording_lowered(&subject, pool->label);
    }
    d->p->failed |= subject.failed;
    if (!subject.failed)
        draw_note(d, subject.at, pool->test);
    text_release(&subject);
}

/* The pools of a subgroup, or of all (NULL), then what there is to say of them, the same once. */
static void
draw_pools(struct drawing *d, const char *subgroup)
{
    const struct forest *f = d->f;
    const char *said = NULL;

    for (size_t i = 0; i < f->n_pools; i++)
        if (same(f->pools[i].subgroup, subgroup))
            draw_pool(d, &f->pools[i]);
    for (size_t i = 0; i < f->n_pools; i++)
        if (same(f->pools[i].subgroup, subgroup) && !same(f->pools[i].heterogeneity, said)) {
            said = f->pools[i].heterogeneity;
            draw_note(d, "Heterogeneity", said);
        }
    for (size_t i = 0; i < f->n_pools; i++)
        if (same(f->pools[i].subgroup, subgroup))
            note_test(d, &f->pools[i]);
    for (size_t i = 0; i < f->n_pools && subgroup == NULL; i++)
        if (f->pools[i].subgroup == NULL)
            note_prediction(d, &f->pools[i]);
}

static void
draw_subgroup(struct drawing *d, const char *subgroup, const char *heading)
{
    const struct forest *f = d->f;

    if (subgroup)
        plot_words(d->p, PLOT_HEADING, heading);
    for (size_t i = 0; i < f->n_studies; i++)
        if (same(f->studies[i].subgroup, subgroup))
            draw_study(d, &f->studies[i]);
    if (subgroup)
        draw_pools(d, subgroup);
}

static bool
has_pool(const struct forest *f, const char *subgroup, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (same(f->pools[i].subgroup, subgroup))
            return true;
    return false;
}

static bool
is_first_study_of(const struct forest *f, size_t study)
{
    for (size_t i = 0; i < study; i++)
        if (same(f->studies[i].subgroup, f->studies[study].subgroup))
            return false;
    return true;
}

/* Studies of no subgroup, the subgroups that have pools in their order, then those that have none. */
static void
draw_rows(struct drawing *d)
{
    const struct forest *f = d->f;

    draw_subgroup(d, NULL, NULL);
    for (size_t i = 0; i < f->n_pools; i++)
        if (f->pools[i].subgroup && !has_pool(f, f->pools[i].subgroup, i))
            draw_subgroup(d, f->pools[i].subgroup, f->pools[i].heading);
    for (size_t i = 0; i < f->n_studies; i++) {
        const char *subgroup = f->studies[i].subgroup;
        if (subgroup && !has_pool(f, subgroup, f->n_pools) && is_first_study_of(f, i))
            draw_subgroup(d, subgroup, f->studies[i].heading);
    }
    for (size_t i = 0; i < f->n_published; i++)
        draw_published(d, &f->published[i]);
    draw_pools(d, NULL);
    draw_note(d, "Test for subgroup differences", f->subgroup_test);
}

/* ---- columns, axis, caption ---- */

static void
look_at_studies(struct drawing *d)
{
    for (size_t i = 0; i < d->f->n_studies; i++) {
        const struct forest_study *s = &d->f->studies[i];
        d->has_counts |= s->has_counts;
        d->has_control |= s->has_counts && !isnan(s->control_total);
        d->has_weights |= !d->f->cumulative && !s->excluded && !isnan(s->weight);
        d->has_both |= !d->f->cumulative && !s->excluded && !isnan(s->weight_common);
    }
    d->has_weights |= d->has_both;
}

/* Events and total of an arm under its name, which begins a heading. */
static void
name_arm(struct drawing *d, size_t at, enum plot_column_role role, const char *arm)
{
    const bool rises = arm && islower((unsigned char)arm[0]) && islower((unsigned char)arm[1]);

    text_clear(&d->words);
    if (arm && *arm)
        text_printf(&d->words, "%c%s", rises ? toupper((unsigned char)arm[0]) : arm[0], arm + 1);
    for (size_t i = 0; i < 2; i++)
        plot_column(d->p, at + i, role + (enum plot_column_role)i,
                    d->words.length ? d->words.at : NULL, i ? "Total" : "Events", true);
}

static void
name_columns(struct drawing *d)
{
    const struct forest *f = d->f;
    const bool revman = f->layout == PLOT_LAYOUT_REVMAN;

    if (d->has_counts)
        name_arm(d, TREATED_EVENTS, PLOT_COLUMN_TREATED_EVENTS, d->has_control ? f->treated : NULL);
    if (d->has_control)
        name_arm(d, CONTROL_EVENTS, PLOT_COLUMN_CONTROL_EVENTS, f->control);
    text_clear(&d->words);
    text_printf(&d->words, revman ? "%s [%g%% CI]" : "%s (%g%% CI)", wording_short_measure(f->measure),
                100 * f->level);
    plot_column(d->p, ESTIMATE, PLOT_COLUMN_ESTIMATE_TEXT, NULL, d->words.failed ? "" : d->words.at, false);
    if (d->has_both)
        plot_column(d->p, WEIGHT_COMMON, PLOT_COLUMN_WEIGHT, "Weight", "Common", false);
    if (d->has_weights)
        plot_column(d->p, WEIGHT, PLOT_COLUMN_WEIGHT, d->has_both ? "Weight" : NULL, d->has_both ? "Random" : "Weight",
                    false);
    plot_set(&d->p->label_title,
             f->cumulative ? "Study added" : f->layout == PLOT_LAYOUT_JAMA ? "Source" : "Study", d->p);
}

static void
name_axis(struct drawing *d)
{
    const struct forest *f = d->f;

    text_clear(&d->words);
    text_puts(&d->words, wording_measure(f->measure));
    if (f->scale == SCALE_DIFFERENCE)
        text_puts(&d->words, ", percentage points");
    text_printf(&d->words, " (%g%% CI)", 100 * f->level);
    if (f->scale == SCALE_RATIO && f->layout != PLOT_LAYOUT_REVMAN)
        text_puts(&d->words, ", log scale");
    for (size_t i = f->n_pools; f->layout == PLOT_LAYOUT_REVMAN && i-- > 0;)
        if (is_last_overall(f, &f->pools[i])) {
            text_puts(&d->words, ", ");
            wording_lowered(&d->words, f->pools[i].label);
        }
    plot_set(&d->p->axis, d->words.failed ? "" : d->words.at, d->p);
}

static void
name_favours(struct drawing *d)
{
    const struct forest *f = d->f;

    plot_set(&d->p->favours_low, f->favours_low, d->p);
    plot_set(&d->p->favours_high, f->favours_high, d->p);
    if (f->favours_low || f->favours_high || f->treated == NULL || f->scale == SCALE_PROPORTION)
        return;
    text_clear(&d->words);
    text_printf(&d->words, "Lower with %s", f->treated);
    plot_set(&d->p->favours_low, d->words.failed ? "" : d->words.at, d->p);
    text_clear(&d->words);
    text_printf(&d->words, "Higher with %s", f->treated);
    plot_set(&d->p->favours_high, d->words.failed ? "" : d->words.at, d->p);
}

/* Of the studies that are in. */
static void
put_size(struct text *out, const struct forest *f)
{
    double people = 0;
    size_t k = 0;

    for (size_t i = 0; i < f->n_studies; i++) {
        const struct forest_study *s = &f->studies[i];
        if (s->excluded)
            continue;
        k++;
        people += s->has_counts ? s->treated_total + (isnan(s->control_total) ? 0 : s->control_total) : NAN;
    }
    numeral_put(out, NUMERAL_PLAIN, (double)k);
    if (k < f->n_studies)
        text_printf(out, " of %zu", f->n_studies);
    text_puts(out, f->n_studies == 1 ? " study" : " studies");
    if (people > 0) {
        text_puts(out, ", ");
        put_count(out, people);
        text_puts(out, " participants");
    }
}

static bool
has_prediction(const struct forest *f)
{
    for (size_t i = 0; i < f->n_pools; i++)
        if (!isnan(f->pools[i].pred_low) && !isnan(f->pools[i].pred_high))
            return true;
    return false;
}

/* Of a single set; the titles of panels say how many each has. */
static void
set_caption(struct drawing *d)
{
    const struct forest *f = d->f;
    struct text *out = &d->words;
    bool first = true;

    text_clear(out);
    if (f->panel == NULL) {
        put_size(out, f);
        text_puts(out, ". ");
    }
    if (f->contrast && *f->contrast)
        text_printf(out, "%c%s. ", toupper((unsigned char)f->contrast[0]), f->contrast + 1);
    text_printf(out, "%s; lines: %g%% intervals",
                f->cumulative       ? "Empty squares: all studies so far"
                : d->has_weights ? "Squares: studies, their area by weight"
                                 : "Squares: studies",
                100 * f->level);
    for (size_t i = 0; i < f->n_pools; i++)
        if (f->pools[i].subgroup == NULL) {
            text_puts(out, first ? "; diamonds: " : ", ");
            wording_lowered(out, f->pools[i].label);
            first = false;
        }
    if (has_prediction(f))
        text_printf(out, "; bars behind diamonds: %g%% prediction intervals", 100 * f->level);
    text_puts(out, ".");
    plot_set(&d->p->caption, out->failed ? "" : out->at, d->p);
}

static void
begin_panel(struct drawing *d)
{
    text_clear(&d->words);
    if (d->f->panel) {
        text_printf(&d->words, "%s (", d->f->panel);
        put_size(&d->words, d->f);
        text_putc(&d->words, ')');
    }
    plot_panel(d->p, d->f->panel && !d->words.failed ? d->words.at : NULL);
}

void
meta_forest(const struct forest *f, struct plot *p)
{
    struct drawing d = { .f = f, .p = p };

    look_at_studies(&d);
    if (p->n_panels == 0) {
        p->layout = f->layout;
        p->scale = f->scale;
        plot_set(&p->title, f->title, p);
        name_axis(&d);
        name_favours(&d);
        set_caption(&d);
    }
    name_columns(&d);
    begin_panel(&d);
    draw_rows(&d);
    p->failed |= d.words.failed;
    for (size_t i = 0; i < N_CELLS; i++)
        text_release(&d.cells[i]);
    text_release(&d.words);
}
