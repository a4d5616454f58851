/* dyad survival: the picture of --plot: which curves, or chosen times, and what they are called. */
#include "labels.h"
#include "survival.h"

#include "survival_picture.h"

#include "dyad/output/numeral.h"
#include "dyad/output/wording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWN_MAX = 8 }; /* curves in a panel: so many look different */

struct drawing {
    struct survival_job *j;
    struct survival_picture p;
    struct survival_panel_input *panels;
    struct survival_curve_input *curves; /* panel by panel */
    size_t n_panels, n_curves;           /* n_curves in each */
    char **names, **titles, **notes;     /* of the curves of a panel; of the panels; malloc'ed */
    struct estimate **incidences;        /* of each curve; NULL but for competing events */
    struct turnbull_piece **pieces;      /* of each curve; NULL but for current status */
    struct text time, what, caption;
    bool failed;
};

/* --- words --------------------------------------------------------------------------------- */

/* What was written, perhaps nothing. */
static char *
take(struct drawing *d, struct text *t)
{
    char *out = text_steal(t);

    d->failed = d->failed || out == NULL;
    return out;
}

/* "peer / site = 2": a number says nothing without its column. */
static char *
group_name(struct drawing *d, size_t group)
{
    const struct survival_job *j = d->j;
    struct text t = TEXT_INIT;
    double number;

    for (size_t i = 0; i < j->by.n; i++) {
        size_t n;
        const struct level *levels = cohort_levels(j->cohort, j->by.factors[i], &n);
        const uint32_t code = j->groups[group].codes[i];
        const char *text = analysis_level(j->cohort, j->by.factors[i], code);
        const char *label = labels_value(j->cohort, j->by.names[i], text);
        text_puts(&t, i ? " / " : "");
        if (label == text && level_is_number(&levels[code - 1], &number))
            text_printf(&t, "%s = ", labels_column(j->cohort, j->by.names[i]));
        text_puts(&t, label);
    }
    return take(d, &t);
}

/* "Log-rank p = 0.002", of the first test that was made; of a cause: Gray's.  NULL: there is none. */
static char *
test_words(struct drawing *d, const char *cause)
{
    static const struct { const char *name, *words; } known[] = {
        { "logrank", "Log-rank" }, { "peto-peto", "Peto-Peto" }, { "peto-1972", "Peto-Peto (1972)" },
        { "andersen", "Andersen" }, { "gehan", "Gehan" }, { "tarone-ware", "Tarone-Ware" },
        { "fleming-harrington", "Fleming-Harrington" }, { "gray", "Gray's" },
    };
    const struct table *t = result_find(d->j->r, "tests");
    struct text words = TEXT_INIT, p = TEXT_INIT;
    char *out = NULL;

    for (size_t row = 0; t && row < t->n_rows && out == NULL; row++) {
        if (cause && (strcmp(table_text(t, row, "test"), "gray") != 0 || strcmp(table_text(t, row, "cause"), cause) != 0))
            continue;
        if (isnan(table_number(t, row, "p_value")))
            break;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            if (strcmp(known[k].name, table_text(t, row, "test")) == 0)
                text_puts(&words, known[k].words);
        numeral_p_value(&p, table_number(t, row, "p_value"));
        text_printf(&words, "%s p %s%s", d->j->n_strata ? ", stratified," : "",
                    p.at && strchr("<>", p.at[0]) ? "" : "= ", p.at ? p.at : "");
        out = take(d, &words);
    }
    d->failed = d->failed || p.failed;
    text_release(&words);
    text_release(&p);
    return out;
}

/* What the time axis shows, with its unit. */
static void
name_time(struct drawing *d)
{
    static const enum curves_unit units[] = { [UNIT_NONE] = CURVES_PLAIN, [UNIT_DAYS] = CURVES_DAYS, [UNIT_WEEKS] = CURVES_WEEKS,
                                              [UNIT_MONTHS] = CURVES_MONTHS, [UNIT_YEARS] = CURVES_YEARS };
    const struct survival_choices *how = &d->j->how;
    const char *unit = survival_unit_name(how->unit);
    const char *column = how->mode == SURVIVAL_INTERVALS || how->unit != how->file_unit
                             ? "Time" : labels_column(d->j->cohort, d->j->time.name);

    d->p.unit = units[how->unit];
    text_puts(&d->time, how->words[0] ? how->words[0] : column);
    if (how->words[0] == NULL && unit && survival_unit(column) == CURVES_PLAIN)
        text_printf(&d->time, " (%s)", unit);
}

/* A label stands within the sentence; without one the column, or COLUMN = CODE, as it is spelt. */
static void
put_event(struct drawing *d)
{
    const struct event *e = &d->j->event;
    const char *typed = e->coding == EVENT_TRUTH ? e->column : e->label;
    struct text words = TEXT_INIT;

    if (e->coding == EVENT_TRUTH)
        text_puts(&words, labels_column(d->j->cohort, typed));
    else
        labels_sentence(d->j->cohort, typed, &words);
    if (words.failed || strcmp(words.at, typed) == 0)
        text_puts(&d->what, typed);
    else
        wording_lowered(&d->what, words.at);
    d->failed = d->failed || words.failed;
    text_release(&words);
}

static void
name_curves(struct drawing *d)
{
    const struct survival_choices *how = &d->j->how;

    if (how->words[1])
        text_puts(&d->what, how->words[1]);
    else if (d->j->n_causes > 1)
        text_puts(&d->what, "Cumulative incidence");
    else if (how->mode == SURVIVAL_INTERVALS)
        text_puts(&d->what, "Not yet had the event");
    else {
        text_puts(&d->what, "Not yet ");
        put_event(d);
    }
}

static void
name_caption(struct drawing *d)
{
    const struct survival_job *j = d->j;

    if (survival_has_weights(j))
        text_printf(&d->caption, "Weighted by %s%s.", labels_column(j->cohort, j->weight.name),
                    j->how.mode == SURVIVAL_TIMES ? ", with robust errors; counts are records" : "");
    if (j->cluster.wanted)
        text_printf(&d->caption, "%sErrors by cluster (%s).", d->caption.length ? " " : "",
                    labels_column(j->cohort, j->cluster.survey.psu));
    if (j->entry.wanted)
        text_printf(&d->caption, "%sAt risk only after %s.", d->caption.length ? " " : "",
                    labels_column(j->cohort, j->entry.name));
    if (j->coarse && !j->how.as_rows)
        text_printf(&d->caption, "%sTimes are put together; straight lines between them.", d->caption.length ? " " : "");
    if (j->how.mode == SURVIVAL_INTERVALS && !j->how.as_rows)
        text_printf(&d->caption, "%sWhere a line slopes the data tell only its ends.", d->caption.length ? " " : "");
}

/* --- curves -------------------------------------------------------------------------------- */

static void
add_known(struct drawing *d, size_t group, size_t cause, size_t at)
{
    const struct survival_job *j = d->j;
    const struct survival_group *g = &j->groups[group];
    struct survival_curve_input *c = &d->curves[at];
    struct estimate median = { NAN, NAN, NAN, NAN, NAN };

    c->table = &g->tables[0];
    c->curve = g->curve;
    if (cause) {
        const struct incidence_method method = survival_incidence_method(j);
        struct estimate *found = calloc(c->table->n + 1, sizeof *found);
        c->curve = d->incidences[at] = found;
        d->failed = d->failed || found == NULL || aalen_johansen(c->table, cause, &method, found) != DYAD_OK;
    } else if (kaplan_meier_quantile(c->table, c->curve, 0.5, &median) != DYAD_OK) {
        median.value = NAN;
    }
    c->median = median.value;
}

/* Between ages stands a straight line, as within a piece. */
static void
add_shape(struct drawing *d, size_t group, size_t at)
{
    const struct survival_shape *s = &d->j->groups[group].shape;
    struct survival_curve_input *c = &d->curves[at];
    struct estimate median = { NAN, NAN, NAN, NAN, NAN };

    const struct table *summary = result_find(d->j->r, "summary");

    c->n_pieces = s->n;
    c->pieces = s->pieces;
    c->curve = d->j->groups[group].curve;
    c->n = (double)table_count(summary, group, "n");
    c->events = (double)table_count(summary, group, "events");
    if (s->n)
        shape_quantile(s, 0.5, &median);
    c->median = median.value;
    if (s->mode != SURVIVAL_STATUS)
        return;
    c->pieces = d->pieces[at] = calloc(s->n + 1, sizeof *c->pieces);
    d->failed = d->failed || c->pieces == NULL;
    for (size_t i = 0; i < s->n && !d->failed; i++)
        d->pieces[at][i] = (struct turnbull_piece){ .low = i ? s->ages[i - 1].age : 0, .high = s->ages[i].age,
                                                    .survival = s->survival[i] };
}

/* "Reason for stopping = Pain"; malloc'ed. */
static char *
cause_name(struct drawing *d, size_t cause)
{
    struct text t = TEXT_INIT;

    labels_sentence(d->j->cohort, survival_cause(d->j, cause), &t);
    return take(d, &t);
}

/* Causes are panels that hold the groups; without groups they are the curves of one. */
static void
add_panels(struct drawing *d)
{
    const struct survival_job *j = d->j;
    const bool competing = j->n_causes > 1, panels = d->p.causes == CAUSES_AS_PANELS;

    for (size_t k = 0; k < d->n_curves && !d->failed; k++)
        d->names[k] = j->by.n ? group_name(d, k) : competing ? cause_name(d, k + 1) : text_copy("");
    for (size_t i = 0; i < d->n_panels && !d->failed; i++) {
        const char *cause = panels ? survival_cause(j, i + 1) : NULL;
        d->notes[i] = j->by.n ? test_words(d, cause) : NULL;
        d->titles[i] = panels ? cause_name(d, i + 1) : NULL;
        d->panels[i] = (struct survival_panel_input){ d->titles[i], d->notes[i], d->curves + i * d->n_curves, d->n_curves };
        for (size_t k = 0; k < d->n_curves && !d->failed; k++) {
            const size_t at = i * d->n_curves + k, group = j->by.n ? k : 0;
            d->failed = d->names[k] == NULL;
            d->curves[at].name = j->by.n || competing ? d->names[k] : NULL;
            if (j->how.mode == SURVIVAL_TIMES)
                add_known(d, group, !competing ? 0 : panels ? i + 1 : k + 1, at);
            else
                add_shape(d, group, at);
        }
    }
}

static bool
reserve(struct drawing *d)
{
    const size_t n = d->n_panels * d->n_curves;

    d->panels = calloc(d->n_panels, sizeof *d->panels);
    d->curves = calloc(n, sizeof *d->curves);
    d->names = calloc(d->n_curves, sizeof *d->names);
    d->titles = calloc(d->n_panels, sizeof *d->titles);
    d->notes = calloc(d->n_panels, sizeof *d->notes);
    d->incidences = calloc(n, sizeof *d->incidences);
    d->pieces = calloc(n, sizeof *d->pieces);
    return d->panels && d->curves && d->names && d->titles && d->notes && d->incidences && d->pieces;
}

static void
release(struct drawing *d)
{
    const size_t n = d->n_panels * d->n_curves;

    for (size_t i = 0; d->incidences && i < n; i++)
        free(d->incidences[i]);
    for (size_t i = 0; d->pieces && i < n; i++)
        free(d->pieces[i]);
    for (size_t k = 0; d->names && k < d->n_curves; k++)
        free(d->names[k]);
    for (size_t i = 0; d->titles && i < d->n_panels; i++)
        free(d->titles[i]);
    for (size_t i = 0; d->notes && i < d->n_panels; i++)
        free(d->notes[i]);
    free(d->panels);
    free(d->curves);
    free(d->names);
    free(d->titles);
    free(d->notes);
    free(d->incidences);
    free(d->pieces);
    text_release(&d->time);
    text_release(&d->what);
    text_release(&d->caption);
}

static void
draw_curves(struct drawing *d, struct curves *out)
{
    const struct survival_job *j = d->j;
    const bool competing = j->n_causes > 1, known = j->how.mode == SURVIVAL_TIMES;

    d->p.causes = !competing ? CAUSES_NONE : j->by.n ? CAUSES_AS_PANELS : CAUSES_AS_CURVES;
    d->n_panels = d->p.causes == CAUSES_AS_PANELS ? j->n_causes : 1;
    d->n_curves = d->p.causes == CAUSES_AS_CURVES ? j->n_causes : j->n_groups;
    if (reserve(d))
        add_panels(d);
    else
        d->failed = true;
    if (d->failed)
        return;
    d->p.panels = d->panels;
    d->p.n = d->n_panels;
    d->p.time = d->time.at;
    d->p.what = d->what.at;
    d->p.caption = d->caption.at;
    d->p.method = competing ? "Aalen–Johansen" : known ? "Kaplan–Meier" : j->how.mode == SURVIVAL_STATUS
                ? "Likeliest curve that never rises" : "Turnbull's estimate";
    d->p.limits = known ? survival_limits_name(j->how.method.limits) : "bootstrap";
    d->p.rising = competing;
    d->p.medians = !competing && !j->coarse;
    d->p.joined = j->coarse;
    survival_picture_curves(&d->p, out);
}

/* --- at chosen times ------------------------------------------------------------------------ */

/* The rows of the table: by group, cause and time there, by time here. */
static void
draw_times(struct drawing *d, struct plot *out)
{
    const struct survival_job *j = d->j;
    const bool competing = j->n_causes > 1, known = j->how.mode == SURVIVAL_TIMES;
    const struct table *t = result_find(j->r, competing ? "incidence_at" : "at");
    const size_t causes = competing ? j->n_causes : 1, names = j->n_groups * causes, n_at = j->how.n_at;
    struct survival_time_input *rows = calloc(names * n_at, sizeof *rows);
    char **words = calloc(names, sizeof *words);
    struct text name = TEXT_INIT;

    d->failed = rows == NULL || words == NULL;
    for (size_t k = 0; k < names && !d->failed; k++) {
        char *group = group_name(d, k / causes), *cause = competing ? cause_name(d, k % causes + 1) : NULL;
        text_clear(&name);
        text_printf(&name, "%s%s%s", group ? group : "", competing && j->by.n ? ", " : "",
                    cause ? cause : "");
        free(group);
        free(cause);
        words[k] = take(d, &name);
        for (size_t i = 0; i < n_at && !d->failed; i++) {
            const size_t row = k * n_at + i;
            rows[i * names + k] = (struct survival_time_input){
                j->how.at[i], *words[k] ? words[k] : NULL,
                known ? (double)table_count(t, row, "n_risk") : NAN,
                { .value = table_number(t, row, "estimate"), .lower = table_number(t, row, "conf_low"),
                  .upper = table_number(t, row, "conf_high") } };
        }
    }
    if (!d->failed)
        survival_picture_times(&(struct survival_times_picture){ .time = survival_unit_name(j->how.unit), .what = d->what.at,
                                   .by = j->how.words[0], .caption = d->caption.at, .level = j->how.method.level,
                                   .rows = rows, .n = names * n_at }, out);
    for (size_t k = 0; words && k < names; k++)
        free(words[k]);
    free(words);
    free(rows);
    text_release(&name);
}

enum dyad_status
survival_draw(struct survival_job *j, struct outcome *out, struct dyad_error *err)
{
    struct drawing d = { .j = j, .time = TEXT_INIT, .what = TEXT_INIT, .caption = TEXT_INIT,
                         .p = { .level = j->how.method.level, .until = j->how.until, .scale = j->how.scale } };

    if (!j->how.as_rows && j->n_groups > DRAWN_MAX)
        return dyad_fail(err, DYAD_USAGE, "--plot: %zu curves cannot be told apart: at most %d: fewer --by groups, or --where",
                         j->n_groups, DRAWN_MAX);
    name_time(&d);
    name_curves(&d);
    name_caption(&d);
    d.failed = d.failed || d.time.failed || d.what.failed || d.caption.failed;
    if (j->how.as_rows && !d.failed)
        draw_times(&d, &out->plot);
    else if (!d.failed)
        draw_curves(&d, &out->curves);
    out->has_plot = j->how.as_rows;
    out->has_curves = !j->how.as_rows;
    const bool failed = d.failed;
    release(&d);
    return failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : DYAD_OK;
}
