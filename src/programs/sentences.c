#include "sentences.h"

#include "dyad/output/numeral.h"
#include "dyad/output/wording.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Below so many people their own number is said, not "of 100". */
enum { FEW = 20 };

/* --- words -------------------------------------------------------------------------------- */

static const char *
find_word(const struct word *words, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i].key, key) == 0)
            return words[i].words;
    return NULL;
}

const char *
wordbook_find(const struct wordbook *w, const char *key)
{
    return find_word(w->words, w->n, key);
}

void
wordbook_group(const struct wordbook *w, const char *column, const char *level, struct text *out)
{
    struct text key = TEXT_INIT;

    text_printf(&key, "%s=%s", column, level);
    const char *known = key.failed ? NULL : wordbook_find(w, key.at);
    if (known == NULL && !key.failed)
        known = find_word(w->labels, w->n_labels, key.at);
    if (known)
        text_puts(out, known);
    else
        text_printf(out, "with %s = %s", column, level);
    out->failed |= key.failed;
    text_release(&key);
}

void
wordbook_event(const struct wordbook *w, const char *outcome, struct text *out)
{
    const char *known = wordbook_find(w, outcome);

    text_printf(out, known ? "%s" : "had %s", known ? known : outcome);
}

static const char *
people(const struct wordbook *w)
{
    return w->people ? w->people : "records";
}

/* The words of the --by columns of a row, " and " between them; false where there are none. */
static bool
put_groups(const struct table *t, size_t row, const struct wordbook *w, struct text *out)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        const struct cell *c = table_cell(t, row, i);
        if (t->columns[i].role != COLUMN_GROUP || c->state != CELL_TEXT)
            continue;
        text_puts(out, n++ ? " and " : " ");
        wordbook_group(w, t->columns[i].name, c->is.text, out);
    }
    return n > 0;
}

/* "Among mothers in the north, "; nothing without --by columns. */
static bool
put_among(const struct table *t, size_t row, const struct wordbook *w, struct text *out)
{
    struct text groups = TEXT_INIT;
    const bool any = put_groups(t, row, w, &groups);

    if (any)
        text_printf(out, "Among %s%s, ", people(w), groups.failed ? "" : groups.at);
    out->failed |= groups.failed;
    text_release(&groups);
    return any;
}

/* --- what a row holds --------------------------------------------------------------------- */

static bool
has_column(const struct table *t, const char *name)
{
    return table_find_column(t, name) < t->n_columns;
}

static bool
is_suppressed(const struct table *t, size_t row)
{
    return has_column(t, "suppressed") && strcmp(table_text(t, row, "suppressed"), "true") == 0;
}

/* Is a count there?  An empty cell is not 0. */
static bool
count_of(const struct table *t, size_t row, const char *column, int64_t *out)
{
    const size_t i = table_find_column(t, column);

    if (i == t->n_columns || table_cell(t, row, i)->state != CELL_COUNT)
        return false;
    *out = table_cell(t, row, i)->is.count;
    return true;
}

static double
number_of(const struct table *t, size_t row, const char *column)
{
    return has_column(t, column) ? table_number(t, row, column) : NAN;
}

struct share {
    int64_t events, n;
};

/* Of one alone there is nothing to say in shares. */
static bool
share_of(const struct table *t, size_t row, const char *events, const char *n, struct share *out)
{
    return count_of(t, row, events, &out->events) && count_of(t, row, n, &out->n) && out->n > 1;
}

/* --- so many of 100 ----------------------------------------------------------------------- */

/* The least of 100, 1,000 ... of which neither those with the event nor those without round to none. */
static int64_t
base_of(const struct share *shares, size_t n)
{
    int64_t base = 100;

    for (size_t i = 0; i < n; i++)
        for (const int64_t few = shares[i].events * 2 < shares[i].n ? shares[i].events
                                                                     : shares[i].n - shares[i].events;
             few > 0 && base < 1000000 && (double)few / (double)shares[i].n * (double)base < 1;)
            base *= 10;
    return base;
}

static void
put_number_of(const struct share *s, int64_t base, struct text *out)
{
    if (s->events == 0)
        text_puts(out, "none");
    else if (s->events == s->n)
        text_puts(out, "all");
    else if (s->n < FEW)
        numeral_count(out, s->events);
    else {
        text_puts(out, "about ");
        numeral_count(out, llround((double)s->events / (double)s->n * (double)base));
    }
}

/* "of 100 mothers", of few or where it is all or none their own number. */
static void
put_base(const struct share *s, int64_t base, const char *who, struct text *out)
{
    const bool is_own = s->n < FEW || s->events == 0 || s->events == s->n;

    text_puts(out, "f ");
    numeral_count(out, is_own ? s->n : base);
    if (*who)
        text_printf(out, " %s", who);
}

/* --- intervals ---------------------------------------------------------------------------- */

static void
put_level(double level, struct text *out)
{
    text_printf(out, "%g%% CI ", 100 * level);
}

/* "odds ratio 1.35 (95% CI 1.10 to 1.67)"; of a difference its unit in words. */
static void
put_estimate(const struct table *t, size_t row, const char *name, enum numeral how, double level,
             const char *const columns[3], struct text *out)
{
    const double value = number_of(t, row, columns[0]), low = number_of(t, row, columns[1]),
                 high = number_of(t, row, columns[2]);
    struct text number = TEXT_INIT;

    numeral_put(&number, how, value);
    const bool has_points = number.length > 3 && strcmp(number.at + number.length - 3, " pp") == 0;
    text_printf(out, "%s ", name);
    text_put(out, number.at ? number.at : "", number.length - (has_points ? 3 : 0));
    if (has_points)
        text_puts(out, " percentage points");
    out->failed |= number.failed;
    text_release(&number);
    if (isnan(low) && isnan(high)) {
        text_printf(out, " (no %g%% CI by this method)", 100 * level);
        return;
    }
    text_puts(out, " (");
    put_level(level, out);
    numeral_range(out, how, low, high);
    text_putc(out, ')');
}

/* An interval that holds "no difference" is said to; so is one without limits on a side. */
static void
put_doubt(double low, double high, double none, struct text *out)
{
    if (isnan(low) && isnan(high))
        return;
    if (!(low > none) && !(high < none))
        text_printf(out, "; the interval includes %g: no difference, or one the other way, is compatible with these data",
                    none);
}

static const char *const estimate_columns[3] = { "estimate", "conf_low", "conf_high" };
static const char *const ratio_columns[3] = { "ratio", "ratio_low", "ratio_high" };

/* "odds ratio": wording's name within a sentence; Peto stays a name. */
static void
put_measure(const char *code, struct text *out)
{
    const char *name = wording_measure(code);

    text_putc(out, strcmp(code, "peto") == 0 ? name[0] : (char)tolower((unsigned char)name[0]));
    text_puts(out, name[0] ? name + 1 : "");
}

/* --- rates -------------------------------------------------------------------------------- */

bool
sentence_rate(const struct table *t, size_t row, const struct wordbook *w, double level, struct text *out)
{
    const double low = number_of(t, row, "conf_low"), high = number_of(t, row, "conf_high");
    struct share s;

    if (is_suppressed(t, row) || isnan(number_of(t, row, "estimate")) ||
        (has_column(t, "kind") && strcmp(table_text(t, row, "kind"), "crude") != 0) ||
        !share_of(t, row, "events", "n", &s))
        return false;
    const int64_t base = base_of(&s, 1);
    text_putc(out, 'O');
    put_base(&s, base, people(w), out);
    put_groups(t, row, w, out);
    text_putc(out, ' ');
    put_number_of(&s, base, out);
    text_putc(out, ' ');
    wordbook_event(w, table_text(t, row, "outcome"), out);
    text_puts(out, " (");
    numeral_count(out, s.events);
    text_puts(out, " of ");
    numeral_count(out, s.n);
    if (!isnan(low) && !isnan(high)) {
        text_puts(out, "; ");
        put_level(level, out);
        numeral_range(out, NUMERAL_PERCENT, low, high);
        text_putc(out, '%');
    }
    text_puts(out, ").");
    return true;
}

/* --- odds --------------------------------------------------------------------------------- */

static void
put_contrast_shares(const struct table *t, size_t row, const struct share s[2], const struct wordbook *w,
                    struct text *out)
{
    const char *exposure = table_text(t, row, "exposure");
    const int64_t base = base_of(s, 2);
    const bool among = put_among(t, row, w, out);

    text_putc(out, among ? 'o' : 'O');
    put_base(&s[0], base, among ? "" : people(w), out);
    text_putc(out, ' ');
    wordbook_group(w, exposure, table_text(t, row, "level"), out);
    text_putc(out, ' ');
    put_number_of(&s[0], base, out);
    text_putc(out, ' ');
    wordbook_event(w, table_text(t, row, "outcome"), out);
    text_puts(out, ", o");
    put_base(&s[1], base, "", out);
    text_putc(out, ' ');
    wordbook_group(w, exposure, table_text(t, row, "reference"), out);
    text_putc(out, ' ');
    put_number_of(&s[1], base, out);
}

static void
put_event_in_brackets(const char *outcome, const struct wordbook *w, struct text *out)
{
    text_puts(out, " (the event: ");
    wordbook_event(w, outcome, out);
    text_putc(out, ')');
}

/* Pooled rows: within strata the groups are compared, so that their crude numbers say nothing. */
static void
put_contrast_groups(const struct table *t, size_t row, const struct wordbook *w, struct text *out)
{
    const char *exposure = table_text(t, row, "exposure");

    if (put_among(t, row, w, out))
        text_puts(out, "within strata, those ");
    else
        text_printf(out, "Within strata, %s ", people(w));
    wordbook_group(w, exposure, table_text(t, row, "level"), out);
    text_puts(out, " against those ");
    wordbook_group(w, exposure, table_text(t, row, "reference"), out);
    put_event_in_brackets(table_text(t, row, "outcome"), w, out);
}

bool
sentence_contrast(const struct table *t, size_t row, const struct wordbook *w, double level, struct text *out)
{
    const char *code = table_text(t, row, "measure"), *stratum = table_text(t, row, "stratum");
    const bool is_ratio = strcmp(code, "or") == 0 || strcmp(code, "rr") == 0, is_crude = strcmp(stratum, "crude") == 0;
    struct share s[2];

    if (is_suppressed(t, row) || isnan(number_of(t, row, "estimate")) || (!is_ratio && strcmp(code, "rd") != 0))
        return false;
    if (!is_crude && strcmp(stratum, "pooled") != 0)
        return false;
    if (is_crude && (!share_of(t, row, "events", "n", &s[0]) ||
                     !share_of(t, row, "reference_events", "reference_n", &s[1])))
        return false;
    struct text name = TEXT_INIT;
    put_measure(code, &name);
    if (is_crude)
        put_contrast_shares(t, row, s, w, out);
    else
        put_contrast_groups(t, row, w, out);
    text_puts(out, is_crude ? "; " : ": ");
    put_estimate(t, row, name.failed ? "" : name.at, is_ratio ? NUMERAL_MEASURE : NUMERAL_POINTS, level,
                 estimate_columns, out);
    put_doubt(number_of(t, row, "conf_low"), number_of(t, row, "conf_high"), is_ratio, out);
    text_putc(out, '.');
    out->failed |= name.failed;
    text_release(&name);
    return true;
}

/* --- models ------------------------------------------------------------------------------- */

bool
sentence_adjusted(const struct table *t, size_t row, const struct adjusted *a, const struct wordbook *w,
                  double level, struct text *out)
{
    struct text name = TEXT_INIT;

    if (is_suppressed(t, row) || isnan(number_of(t, row, "ratio")))
        return false;
    put_measure(a->measure, &name);
    text_puts(out, a->is_alone ? "In a model without other terms" : "With the other terms of the model held equal");
    text_printf(out, ", %s ", people(w));
    wordbook_group(w, a->exposure, a->level, out);
    text_puts(out, " against those ");
    wordbook_group(w, a->exposure, a->reference, out);
    if (a->outcome)
        put_event_in_brackets(a->outcome, w, out);
    text_puts(out, ": ");
    put_estimate(t, row, name.failed ? "" : name.at, NUMERAL_MEASURE, level, ratio_columns, out);
    put_doubt(number_of(t, row, "ratio_low"), number_of(t, row, "ratio_high"), 1, out);
    text_putc(out, '.');
    out->failed |= name.failed;
    text_release(&name);
    return true;
}

/* The risk at a level; NaN where the table has none. */
static double
risk_at(const struct table *t, size_t like, const char *level)
{
    for (size_t row = 0; row < t->n_rows; row++)
        if (strcmp(table_text(t, row, "measure"), "risk") == 0 && strcmp(table_text(t, row, "level"), level) == 0 &&
            !is_suppressed(t, row) &&
            (!has_column(t, "exposure") ||
             strcmp(table_text(t, row, "exposure"), table_text(t, like, "exposure")) == 0))
            return number_of(t, row, "estimate");
    return NAN;
}

bool
sentence_margin(const struct table *t, size_t row, const struct adjusted *a, const struct wordbook *w,
                double level, struct text *out)
{
    const char *with = table_text(t, row, "level"), *without = table_text(t, row, "reference");
    const double risk = risk_at(t, row, with), reference = risk_at(t, row, without);

    if (is_suppressed(t, row) || strcmp(table_text(t, row, "measure"), "rd") != 0 ||
        isnan(number_of(t, row, "estimate")) || isnan(risk) || isnan(reference))
        return false;
    text_puts(out, "Standardised to the characteristics of all, ");
    numeral_put(out, NUMERAL_PERCENT, risk);
    text_printf(out, " of %s ", people(w));
    wordbook_group(w, a->exposure, with, out);
    text_puts(out, " and ");
    numeral_put(out, NUMERAL_PERCENT, reference);
    text_puts(out, " of those ");
    wordbook_group(w, a->exposure, without, out);
    text_putc(out, ' ');
    wordbook_event(w, a->outcome, out);
    text_puts(out, "; ");
    put_estimate(t, row, "difference", NUMERAL_POINTS, level, estimate_columns, out);
    put_doubt(number_of(t, row, "conf_low"), number_of(t, row, "conf_high"), 0, out);
    text_putc(out, '.');
    return true;
}

/* --- pooled studies ----------------------------------------------------------------------- */

static void
put_studies(const struct table *t, size_t row, struct text *out)
{
    const double k = number_of(t, row, "k");
    int64_t n = 0;

    numeral_put(out, NUMERAL_PLAIN, k);
    text_puts(out, k > 1 ? " studies" : " study");
    if (count_of(t, row, "n", &n) && n > 0) {
        text_puts(out, " with ");
        numeral_count(out, n);
        text_puts(out, " people");
    }
}

bool
sentence_pooled(const struct table *t, size_t row, double level, struct text *out)
{
    const char *code = table_text(t, row, "measure"), *subgroup = table_text(t, row, "subgroup");
    const bool is_ratio = t->scales[row] == SCALE_RATIO;
    const double low = number_of(t, row, "pred_low"), high = number_of(t, row, "pred_high");
    struct text name = TEXT_INIT;

    if (is_suppressed(t, row) || isnan(number_of(t, row, "estimate")) || !(number_of(t, row, "k") >= 1))
        return false;
    put_measure(code, &name);
    put_studies(t, row, out);
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].role == COLUMN_GROUP && table_cell(t, row, i)->state == CELL_TEXT)
            text_printf(out, ", %s", table_cell(t, row, i)->is.text);
    if (*subgroup && strcmp(subgroup, "all") != 0)
        text_printf(out, ", %s", subgroup);
    const char *model = table_text(t, row, "model");
    text_printf(out, " (%s effect%s", model, strcmp(model, "random") == 0 ? "s" : "");
    if (has_column(t, "contrast") && *table_text(t, row, "contrast"))
        text_printf(out, "; %s", table_text(t, row, "contrast"));
    text_puts(out, "): ");
    put_estimate(t, row, name.failed ? "" : name.at, numeral_of(t->scales[row]), level, estimate_columns, out);
    if (t->scales[row] != SCALE_PROPORTION)
        put_doubt(number_of(t, row, "conf_low"), number_of(t, row, "conf_high"), is_ratio, out);
    if (!isnan(low) && !isnan(high)) {
        text_puts(out, "; that of a further study is expected between ");
        numeral_put(out, numeral_of(t->scales[row]), low);
        text_puts(out, " and ");
        numeral_put(out, numeral_of(t->scales[row]), high);
        text_printf(out, " (%g%% prediction interval)", 100 * level);
    }
    text_putc(out, '.');
    out->failed |= name.failed;
    text_release(&name);
    return true;
}

/* --- survival ----------------------------------------------------------------------------- */

static void
put_limit(double limit, const char *unit, struct text *out)
{
    if (isnan(limit))
        text_puts(out, "not reached");
    else
        numeral_put(out, NUMERAL_PLAIN, limit);
    if (unit && !isnan(limit))
        text_printf(out, " %s", unit);
}

/* "Half of the mothers", or fewer where the median was not reached. */
static void
put_half(const struct table *t, size_t row, bool reached, const char *event, const struct wordbook *w, struct text *out)
{
    text_printf(out, "%s of the %s", reached ? "Half" : "Fewer than half", people(w));
    put_groups(t, row, w, out);
    text_putc(out, ' ');
    wordbook_event(w, event, out);
}

bool
sentence_median(const struct table *t, size_t row, const char *event, const char *unit, const struct wordbook *w,
                double level, struct text *out)
{
    const double median = number_of(t, row, "median"), low = number_of(t, row, "median_low"),
                 high = number_of(t, row, "median_high");
    const bool reached = !isnan(median);
    int64_t n;

    if (is_suppressed(t, row) || (!reached && has_column(t, "suppressed")) || !count_of(t, row, "n", &n) || n < 2)
        return false;
    put_half(t, row, reached, event, w, out);
    if (reached) {
        text_puts(out, unit ? " by " : " by time ");
        put_limit(median, unit, out);
        text_puts(out, " (");
    } else
        text_puts(out, " when observation ended (median not reached, ");
    if (isnan(low) && isnan(high)) {
        text_printf(out, "no %g%% CI by this method", 100 * level);
    } else {
        put_level(level, out);
        put_limit(low, NULL, out);
        text_puts(out, " to ");
        put_limit(high, NULL, out);
    }
    text_printf(out, "; n = ");
    numeral_count(out, n);
    text_puts(out, ").");
    return true;
}
