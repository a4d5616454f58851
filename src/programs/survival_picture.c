#include "survival_picture.h"

#include "dyad/core/text.h"
#include "dyad/output/numeral.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum curves_unit
survival_unit(const char *words)
{
    static const struct {
        const char *word;
        enum curves_unit unit;
    } known[] = { { "week", CURVES_WEEKS }, { "month", CURVES_MONTHS }, { "day", CURVES_DAYS },
                  { "year", CURVES_YEARS } };

    for (size_t i = 0; words && i < sizeof known / sizeof known[0]; i++)
        if (strcasestr(words, known[i].word))
            return known[i].unit;
    return CURVES_PLAIN;
}

/* ---- curves ---- */

/* The rows of a table, until as few are at risk as must not be shown. */
static size_t
points_of_table(const struct survival_picture *p, const struct survival_curve_input *in,
                struct curves_point *out)
{
    size_t n = 0;

    for (size_t i = 0; i < in->table->n; i++) {
        const struct survival_row *row = &in->table->rows[i];
        const struct estimate *e = &in->curve[i];
        if (row->records < p->suppress)
            break;
        out[n++] = (struct curves_point){ row->time, e->value,
                                          p->limits ? e->lower : NAN, p->limits ? e->upper : NAN,
                                          row->records, row->exits[0].records };
    }
    return n;
}

/* Between the ends of a piece the curve is not known: a straight line. */
static size_t
points_of_pieces(const struct survival_curve_input *in, struct curves_point *out)
{
    struct curves_point at = { 0, 1, NAN, NAN, NAN, 0 };
    size_t n = 0;

    for (size_t i = 0; i < in->n_pieces; i++) {
        const struct turnbull_piece *piece = &in->pieces[i];
        if (n == 0 || piece->low > at.time) {
            at.time = fmax(0, piece->low);
            out[n++] = at;
        }
        if (!isfinite(piece->high))
            break;
        at = (struct curves_point){ piece->high, piece->survival, in->curve ? in->curve[i].lower : NAN,
                                    in->curve ? in->curve[i].upper : NAN, NAN, 0 };
        out[n++] = at;
    }
    return n;
}

static void
add_curve(const struct survival_picture *p, const struct survival_panel_input *panel, size_t i,
          struct curves *out)
{
    const struct survival_curve_input *in = &panel->curves[i];
    const size_t most = in->table ? in->table->n : 2 * in->n_pieces;
    struct curves_point *points = malloc((most + 1) * sizeof *points);

    if (points == NULL) {
        out->failed = true;
        return;
    }
    const size_t n = in->table ? points_of_table(p, in, points) : points_of_pieces(in, points);
    struct curve *made = curves_curve(out, in->name, p->rising ? 0 : 1, points, n);
    free(points);
    if (out->failed)
        return;
    made->joined = in->table == NULL || p->joined;
    if (in->table && n < in->table->n)
        made->rest = 1; /* hidden, as it is below p->suppress */
    made->median = p->medians ? in->median : NAN;
    for (size_t k = 0; k < made->n; k++) /* of causes only once */
        made->points[k].n_censor = p->causes == CAUSES_AS_CURVES && i ? 0 : made->points[k].n_censor;
    if (p->causes == CAUSES_AS_CURVES)
        curves_set(&made->row, i ? "" : "All", out);
}

struct totals {
    double n, events;
    size_t medians, most; /* curves in a panel */
    bool tables, limits;
};

/* Causes are of the same people: counted once. */
static struct totals
count(const struct survival_picture *p)
{
    struct totals t = { 0, 0, 0, 0, false, false };

    for (size_t i = 0; i < p->n; i++) {
        t.most = p->panels[i].n > t.most ? p->panels[i].n : t.most;
        for (size_t k = 0; k < p->panels[i].n; k++) {
            const struct survival_curve_input *in = &p->panels[i].curves[k];
            t.medians += p->medians && !isnan(in->median);
            const size_t points = in->table ? in->table->n : in->curve ? in->n_pieces : 0;
            for (size_t r = 0; r < points && p->limits; r++)
                t.limits |= isfinite(in->curve[r].lower) && isfinite(in->curve[r].upper);
            if ((p->causes == CAUSES_AS_CURVES && k) || (p->causes == CAUSES_AS_PANELS && i))
                continue;
            t.tables |= in->table != NULL;
            t.n += in->table ? in->table->records : in->n;
            t.events += in->table ? in->table->events : in->events;
        }
    }
    return t;
}

static void
put_count(struct text *out, double count, double suppress)
{
    if (count > 0 && count < suppress)
        text_printf(out, "<%.0f", suppress);
    else
        numeral_count(out, llround(count));
}

static void
set_caption(const struct survival_picture *p, struct curves *out)
{
    const struct totals t = count(p);
    struct text words = TEXT_INIT;

    text_puts(&words, p->method);
    text_puts(&words, "; n = ");
    put_count(&words, t.n, p->suppress);
    text_puts(&words, ", events: ");
    put_count(&words, t.events, p->suppress);
    text_putc(&words, '.');
    if (t.limits)
        text_printf(&words, " %s: %g%% confidence intervals (%s).",
                    t.most > CURVES_WITH_BANDS ? "Bars, side by side at the ticks of time" : "Bands",
                    100 * p->level, p->limits);
    if (t.medians)
        text_printf(&words, " Dotted: median%s.", t.medians > 1 ? "s" : "");
    if (p->suppress > 1)
        text_printf(&words, " Curves end where fewer than %.0f are at risk.", p->suppress);
    if (p->caption)
        text_printf(&words, " %s", p->caption);
    if (!words.failed)
        curves_set(&out->caption, words.at, out);
    out->failed |= words.failed;
    text_release(&words);
}

/* "Still breastfeeding by Age (weeks), curves over time: a (n 20, median 7), b (n 18, median not reached)." */
static void
set_alternative(const struct survival_picture *p, struct curves *out)
{
    struct text words = TEXT_INIT;
    bool first = true;

    text_printf(&words, "%s by %s, curves over time", p->what, p->time);
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->panels[i].n; k++, first = false) {
            const struct survival_curve_input *in = &p->panels[i].curves[k];
            text_printf(&words, "%s%s%s%s (", first ? ": " : "; ",
                        p->panels[i].title ? p->panels[i].title : "",
                        p->panels[i].title ? ", " : "", in->name ? in->name : "all");
            text_puts(&words, "n ");
            put_count(&words, in->table ? in->table->records : in->n, p->suppress);
            if (p->medians && !p->rising) {
                text_puts(&words, ", median ");
                if (isnan(in->median))
                    text_puts(&words, "not reached");
                else
                    numeral_put(&words, NUMERAL_PLAIN, in->median);
            }
            text_putc(&words, ')');
        }
    text_putc(&words, '.');
    if (!words.failed)
        curves_set(&out->alternative, words.at, out);
    out->failed |= words.failed;
    text_release(&words);
}

void
survival_picture_curves(const struct survival_picture *p, struct curves *out)
{
    curves_set(&out->title, p->title, out);
    curves_set(&out->x, p->time, out);
    curves_set(&out->y, p->what, out);
    out->unit = p->unit == CURVES_PLAIN ? survival_unit(p->time) : p->unit;
    out->scale = p->scale;
    out->rising = p->rising;
    out->until = p->until > 0 ? p->until : NAN;
    out->mark = p->medians ? 0.5 : NAN;
    out->least_shown = p->suppress;
    for (size_t i = 0; i < p->n; i++) {
        curves_panel(out, p->panels[i].title, p->panels[i].test);
        for (size_t k = 0; k < p->panels[i].n; k++)
            add_curve(p, &p->panels[i], k, out);
    }
    if (count(p).tables) {
        curves_set(&out->risk, "Number at risk", out);
        curves_set(&out->ticks, "censored", out);
    }
    set_caption(p, out);
    set_alternative(p, out);
}

/* ---- at chosen times ---- */

static bool
ends_in_s(const char *word)
{
    return *word && word[strlen(word) - 1] == 's';
}

/* "1 week", "6 weeks". */
static void
put_time(const struct survival_times_picture *p, double time, struct text *out)
{
    text_clear(out);
    numeral_put(out, NUMERAL_PLAIN, time);
    if (p->time)
        text_printf(out, " %.*s", (int)(strlen(p->time) - (time == 1 && ends_in_s(p->time))), p->time);
}

static void
add_time_row(const struct survival_times_picture *p, const struct survival_time_input *row,
             const char *label, struct text *scratch, struct plot *out)
{
    struct text risk = TEXT_INIT;

    text_clear(scratch);
    numeral_interval(scratch, NUMERAL_PERCENT, row->at.value, row->at.lower, row->at.upper);
    if (!isnan(row->n_risk))
        put_count(&risk, row->n_risk, p->suppress);
    out->failed |= risk.failed || scratch->failed;
    if (!out->failed)
        plot_row(out, PLOT_SQUARE, label,
                 (const char *const[PLOT_COLUMNS]){ risk.at, scratch->at }, row->at.value,
                 row->at.lower, row->at.upper, NAN);
    text_release(&risk);
}

/* Of curves with names each time is a heading with its rows below, else it is the row itself. */
void
survival_picture_times(const struct survival_times_picture *p, struct plot *out)
{
    struct text words = TEXT_INIT, time = TEXT_INIT;

    out->scale = SCALE_PROPORTION;
    bool limits = false;

    for (size_t i = 0; i < p->n; i++)
        limits |= !isnan(p->rows[i].at.lower);
    text_puts(&words, p->what);
    if (limits)
        text_printf(&words, " (%g%% CI)", 100 * p->level);
    plot_set(&out->title, p->title, out);
    plot_set(&out->axis, words.failed ? "" : words.at, out);
    plot_set(&out->label_title, p->by ? p->by : "Time", out);
    plot_set(&out->caption, p->caption, out);
    if (p->n && !isnan(p->rows[0].n_risk))
        plot_column(out, 0, PLOT_COLUMN_OTHER, NULL, "At risk", true);
    plot_column(out, 1, PLOT_COLUMN_ESTIMATE_TEXT, NULL, words.failed ? "" : words.at, false);
    for (size_t i = 0; i < p->n; i++) {
        const struct survival_time_input *row = &p->rows[i];
        put_time(p, row->time, &time);
        if (row->name && !time.failed && (i == 0 || p->rows[i - 1].time != row->time))
            plot_words(out, PLOT_HEADING, time.at);
        const char *label = row->name ? row->name : time.failed ? "" : time.at;
        struct text indented = TEXT_INIT;
        text_printf(&indented, "%s%s", row->name ? "  " : "", label);
        add_time_row(p, row, indented.failed ? "" : indented.at, &words, out);
        out->failed |= indented.failed;
        text_release(&indented);
    }
    out->failed |= words.failed || time.failed;
    text_release(&words);
    text_release(&time);
}
