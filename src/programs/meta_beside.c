#include "meta_beside.h"

#include "dyad/data/number.h"
#include "dyad/stats/effect_size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* --- reading ------------------------------------------------------------------------------ */

static enum dyad_status
read_numbers(const char *text, double out[3])
{
    char **values = NULL;
    size_t n = 0;
    enum dyad_status st = list_split(text, &values, &n);

    for (size_t i = 0; st == DYAD_OK && i < n && i < 3; i++)
        if (number_parse(values[i], strlen(values[i]), '.', &out[i]) != NUMBER_GOOD)
            st = DYAD_USAGE;
    if (st == DYAD_OK && (n != 3 || !(out[1] < out[0] && out[0] < out[2])))
        st = DYAD_USAGE;
    list_free(values, n);
    return st;
}

static enum dyad_status
read_one(const char *typed, struct published *p, struct dyad_error *err)
{
    const char *equals = strrchr(typed, '='), *colon = equals ? memchr(typed, ':', (size_t)(equals - typed)) : NULL;
    const char *label = colon ? colon + 1 : typed;
    double numbers[3];
    enum dyad_status st = equals && equals != label ? read_numbers(equals + 1, numbers) : DYAD_USAGE;

    if (st == DYAD_OK) {
        *p = (struct published){ colon ? strndup(typed, (size_t)(colon - typed)) : NULL,
                                 strndup(label, (size_t)(equals - label)), numbers[0], numbers[1], numbers[2] };
        if (p->label == NULL || (colon && p->group == NULL))
            st = DYAD_NOMEM;
    }
    if (st == DYAD_NOMEM)
        return dyad_fail(err, st, "out of memory");
    return st == DYAD_OK ? st
                         : dyad_fail(err, DYAD_USAGE, "--beside: needs a label, an estimate and its limits around it: "
                                                      "[GROUP:]LABEL=1.35,1.10,1.67");
}

enum dyad_status
published_read(const struct options *o, bool ratios, struct published_list *out, struct dyad_error *err)
{
    size_t n;
    const char *const *typed = option_list(o, "beside", &n);
    enum dyad_status st = DYAD_OK;

    out->at = calloc(n + 1, sizeof *out->at);
    if (out->at == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = read_one(typed[i], &out->at[out->n++], err);
    for (size_t i = 0; i < n && st == DYAD_OK && ratios; i++)
        if (out->at[i].low <= 0)
            st = dyad_fail(err, DYAD_USAGE, "--beside %s=...: holds no ratio and its limits, which are above 0", out->at[i].label);
    return st;
}

void
published_release(struct published_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->at[i].group);
        free(list->at[i].label);
    }
    free(list->at);
}

/* --- beside what -------------------------------------------------------------------------- */

bool
published_is_of(const struct published *p, const struct meta_studies *all, const struct meta_set *set)
{
    const struct grouping *by = &all->columns.by;
    struct text name = TEXT_INIT;

    if (p->group == NULL)
        return true;
    text_puts(&name, "");
    for (size_t i = 0; i < by->n; i++)
        text_printf(&name, "%s%s", i ? " / " : "", analysis_level(all->cohort, by->factors[i], set->codes[by->factors[i]]));
    const bool same = !name.failed && strcmp(name.at, p->group) == 0;
    text_release(&name);
    return same;
}

/* The column of what lies between the two. */
static const char *
against(const struct meta_choices *how)
{
    return meta_measure_is_ratio(how->measure) ? "times_published" : "difference";
}

/*
 * The ratio (or difference) of ours to theirs, as if they were independent: they are not where
 * they share studies, and then differ by less than this has it.
 */
static void
beside_row(struct meta_report *m, struct table *t, const struct published *p, const struct meta_analysis *a)
{
    const struct meta_pooled *ours = &a->pooled[a->n_pooled - 1];
    const double size = meta_size(a->set.studies, a->set.n);
    const bool ratio = meta_measure_is_ratio(m->how->measure);
    const enum effect_reading how = ratio ? READ_AS_RATIO : READ_AS_IT_STANDS;
    struct effect theirs;

    meta_group_row(m, t, meta_scale(m->how), &a->set);
    table_set_text(t, "label", p->label);
    table_set_number(t, "published", p->estimate);
    table_set_number(t, "published_low", p->low);
    table_set_number(t, "published_high", p->high);
    if (!ours->has_fit)
        return;
    table_set_number(t, "estimate", meta_shown(m->how, size, ours->fit.pooled.value));
    table_set_number(t, "conf_low", meta_shown(m->how, size, ours->fit.pooled.lower));
    table_set_number(t, "conf_high", meta_shown(m->how, size, ours->fit.pooled.upper));
    if (meta_measure_is_proportion(m->how->measure) ||
        effect_from_limits(p->estimate, p->low, p->high, m->how->limits_level, how, &theirs) != DYAD_OK)
        return;
    const double difference = ours->fit.pooled.value - theirs.y;
    const double z = difference / sqrt(theirs.v + ours->fit.pooled.std_error * ours->fit.pooled.std_error);
    table_set_number(t, against(m->how), ratio ? exp(difference) : difference);
    table_set_number(t, "statistic", z);
    table_set_number(t, "p_value", 2 * gsl_cdf_ugaussian_Q(fabs(z)));
}

enum dyad_status
published_report(struct meta_report *m, const struct published_list *list, const struct meta_analysis *analyses, size_t n,
                 struct dyad_error *err)
{
    const struct grouping *by = &m->all->columns.by;
    struct table *t = list->n ? result_table(m->r, "beside") : NULL;

    for (size_t i = 0; t && i < by->n; i++)
        table_column(t, by->names[i], COLUMN_GROUP);
    if (t) {
        table_column(t, "label", COLUMN_LABEL);
        table_column(t, "published", COLUMN_NUMBER);
        table_column(t, "published_low", COLUMN_NUMBER);
        table_column(t, "published_high", COLUMN_NUMBER);
        table_column(t, "estimate", COLUMN_ESTIMATE);
        table_column(t, "conf_low", COLUMN_CONF_LOW);
        table_column(t, "conf_high", COLUMN_CONF_HIGH);
        table_column(t, against(m->how), COLUMN_NUMBER);
        table_column(t, "statistic", COLUMN_STATISTIC);
        table_column(t, "p_value", COLUMN_P_VALUE);
        result_note(m->r, "Beside a published figure: %s is our estimate %s the published one; z and p are as if the two had "
                          "no study in common.", against(m->how),
                    meta_measure_is_ratio(m->how->measure) ? "divided by" : "minus");
    }
    for (size_t k = 0; k < list->n; k++) {
        bool any = false;
        for (size_t i = 0; i < n; i++)
            if (published_is_of(&list->at[k], m->all, &analyses[i].set)) {
                beside_row(m, t, &list->at[k], &analyses[i]);
                any = true;
            }
        if (!any)
            return dyad_fail(err, DYAD_USAGE, "--beside %s:...: no group of that name: its values of --by, joined by ' / '",
                             list->at[k].group ? list->at[k].group : "");
    }
    return DYAD_OK;
}
