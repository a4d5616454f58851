#include "survey.h"

#include "dyad/data/columns.h"
#include "dyad/data/number.h"

#include "analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const role_options[SURVEY_ROLES] = { "weight", "psu", "design-strata", "fpc" };

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

bool
survey_wanted(const struct options *o)
{
    for (size_t i = 0; i < SURVEY_ROLES; i++)
        if (option_given(o, role_options[i]))
            return true;
    return false;
}

const char *
survey_column(const struct survey *s, enum survey_role role)
{
    const char *const names[SURVEY_ROLES] = { s->weight, s->psu, s->strata, s->fpc };
    return names[role];
}

/* --- the numbers of a column ---------------------------------------------------------------- */

/* By code; DYAD_DATA with the first place that holds none from 0 on. */
static enum dyad_status
read_numbers(const struct survey *s, const struct cohort *c, size_t factor, const char *name, double **out, struct dyad_error *err)
{
    size_t n;
    const struct level *levels = cohort_levels(c, factor, &n), *bad = NULL;

    if ((*out = calloc(n + 1, sizeof **out)) == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        double *to = &(*out)[i + 1];
        if (number_parse(levels[i].text, levels[i].length, s->decimal, to) == NUMBER_GOOD && *to >= 0 && *to <= 1e15)
            continue;
        if (bad == NULL || place_before(levels[i].first, bad->first))
            bad = &levels[i];
    }
    return bad ? cohort_refuse(c, bad, name, "holds what is no number from 0 to 1e15, which the design of the sample needs", err)
               : DYAD_OK;
}

/* --- strata, units and what they are a sample of -------------------------------------------- */

/* The records of the design, by role; code 1 throughout where there is no such column. */
struct design_records {
    uint32_t *codes[SURVEY_ROLES];
};

static void
release_records(struct design_records *r)
{
    for (size_t i = 0; i < SURVEY_ROLES; i++)
        free(r->codes[i]);
}

static enum dyad_status
reserve_records(struct design_records *r, const struct columns *columns)
{
    size_t most = 0;
    bool good = true;

    for (size_t p = 0; p < columns_n_pieces(columns); p++)
        most = columns_piece_size(columns, p) > most ? columns_piece_size(columns, p) : most;
    for (size_t i = 0; i < SURVEY_ROLES; i++) {
        r->codes[i] = malloc((most + 1) * sizeof **r->codes);
        good = good && r->codes[i];
        for (size_t k = 0; r->codes[i] && k < most; k++)
            r->codes[i][k] = 1;
    }
    return good ? DYAD_OK : DYAD_NOMEM;
}

static enum dyad_status
each_piece(const struct survey *s, const struct columns *columns,
           enum dyad_status (*visit)(const struct design_records *r, size_t n, void *context), void *context)
{
    struct design_records r = { { NULL } };
    enum dyad_status st = reserve_records(&r, columns);

    for (size_t p = 0; st == DYAD_OK && p < columns_n_pieces(columns); p++) {
        for (size_t i = 0; i < SURVEY_ROLES; i++)
            if (survey_column(s, (enum survey_role)i))
                columns_read(columns, p, s->factors[i], r.codes[i]);
        st = visit(&r, columns_piece_size(columns, p), context);
    }
    release_records(&r);
    return st;
}

static uint64_t
unit_key(const struct survey *s, uint32_t psu, uint32_t strata)
{
    return (uint64_t)(strata - 1) * s->n_psu_codes + (psu - 1);
}

static enum dyad_status
collect_units(const struct design_records *r, size_t n, void *context)
{
    struct survey *s = context;

    if (s->records) {
        for (size_t i = 0; i < n; i++)
            s->drawn[r->codes[SURVEY_STRATA][i] - 1]++;
        return DYAD_OK;
    }
    if (key_set_reserve(&s->units, n) != DYAD_OK)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++)
        s->units.at[s->units.n++] = unit_key(s, r->codes[SURVEY_PSU][i], r->codes[SURVEY_STRATA][i]);
    return DYAD_OK;
}

static enum dyad_status
number_units(struct survey *s)
{
    key_set_settle(&s->units);
    s->design.units = s->units.n;
    s->design.stratum = s->stratum = malloc((s->units.n + 1) * sizeof *s->stratum);
    if (s->stratum == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < s->units.n; i++) {
        s->stratum[i] = (uint32_t)(s->units.at[i] / s->n_psu_codes);
        s->drawn[s->stratum[i]]++;
    }
    return DYAD_OK;
}

/* The one size of each stratum's population. */
struct sizes {
    const double *of_code;
    double *of_stratum; /* 0: not seen yet */
    bool differ;
};

static enum dyad_status
collect_sizes(const struct design_records *r, size_t n, void *context)
{
    struct sizes *s = context;

    for (size_t i = 0; i < n; i++) {
        double *size = &s->of_stratum[r->codes[SURVEY_STRATA][i] - 1];
        const double own = s->of_code[r->codes[SURVEY_FPC][i]];
        s->differ = s->differ || (*size != 0 && *size != own);
        *size = own;
    }
    return DYAD_OK;
}

static enum dyad_status
find_fractions(struct survey *s, const struct columns *columns, struct dyad_error *err)
{
    double *of_code = NULL;
    struct sizes sizes = { .of_stratum = calloc(s->design.strata + 1, sizeof(double)) };
    enum dyad_status st = sizes.of_stratum ? read_numbers(s, s->cohort, s->factors[SURVEY_FPC], s->fpc, &of_code, err)
                                           : no_memory(err);

    sizes.of_code = of_code;
    if (st == DYAD_OK && (st = each_piece(s, columns, collect_sizes, &sizes)) != DYAD_OK)
        st = no_memory(err);
    if (st == DYAD_OK && sizes.differ)
        st = dyad_fail(err, DYAD_DATA, "--fpc %s: it differs within a stratum; each has one size, or share drawn", s->fpc);
    for (size_t h = 0; st == DYAD_OK && h < s->design.strata; h++) {
        const double size = sizes.of_stratum[h];
        s->fraction[h] = size <= 1 ? size : s->drawn[h] / size;
        if (size == 0 || s->fraction[h] > 1)
            st = dyad_fail(err, DYAD_DATA, "--fpc %s: a stratum has a population of %s than the %.0f units drawn from it; it holds "
                                           "the number of units in the population, or the share drawn, up to 1",
                           s->fpc, size == 0 ? "0, less" : "less", s->drawn[h]);
    }
    free(of_code);
    free(sizes.of_stratum);
    return st;
}

static enum dyad_status
settle_design(struct survey *s, const struct columns *columns, struct dyad_error *err)
{
    size_t strata = 1;
    enum dyad_status st;

    if (s->strata)
        cohort_levels(s->cohort, s->factors[SURVEY_STRATA], &strata);
    s->n_psu_codes = 1;
    if (s->psu)
        cohort_levels(s->cohort, s->factors[SURVEY_PSU], &s->n_psu_codes);
    s->design.strata = strata;
    s->design.drawn = s->drawn = calloc(strata + 1, sizeof *s->drawn);
    s->fraction = calloc(strata + 1, sizeof *s->fraction);
    if (s->drawn == NULL || s->fraction == NULL)
        return no_memory(err);
    if ((st = each_piece(s, columns, collect_units, s)) != DYAD_OK || (!s->records && (st = number_units(s)) != DYAD_OK))
        return no_memory(err);
    if (s->fpc) {
        s->design.fraction = s->fraction;
        st = find_fractions(s, columns, err);
    }
    return st;
}

/* A stratum of one unit says nothing of how units differ. */
static enum dyad_status
check_design(const struct survey *s, struct dyad_error *err)
{
    size_t alone = 0;

    for (size_t h = 0; h < s->design.strata; h++)
        alone += isnan(survey_factor(&s->design, h)) ? 1 : 0;
    if (alone)
        return dyad_fail(err, DYAD_DOMAIN, "%zu of the %zu strata ha%s a single unit%s, which says nothing of how units differ: join "
                                           "strata, or say by --fpc 1 that such a unit is all there is",
                         alone, s->design.strata, alone == 1 ? "s" : "ve", s->records ? " (record)" : "");
    if (!(survey_degrees(&s->design) > 0))
        return dyad_fail(err, DYAD_DOMAIN, "there are no more units than strata: no degree of freedom is left");
    return DYAD_OK;
}

/* --- reading -------------------------------------------------------------------------------- */

static enum dyad_status
check_inputs(const struct options *o, struct dyad_error *err)
{
    struct stat info;

    for (size_t i = 0; i < o->n_files; i++)
        if (strcmp(o->files[i], "-") == 0 || (stat(o->files[i], &info) == 0 && !S_ISREG(info.st_mode)))
            return dyad_fail(err, DYAD_USAGE, "%s: a survey design is read before the records are: name a file, not a stream",
                             o->files[i]);
    return DYAD_OK;
}

/* The columns as factors of a cohort, which records need a value of. */
static enum dyad_status
ask(const struct survey *s, struct cohort *cohort, size_t factors[SURVEY_ROLES], struct columns_spec *spec, struct dyad_error *err)
{
    for (size_t i = 0; i < SURVEY_ROLES; i++) {
        if (survey_column(s, (enum survey_role)i) == NULL)
            continue;
        const enum dyad_status st = cohort_factor(cohort, survey_column(s, (enum survey_role)i), LEVELS_UNLIMITED, &factors[i], err);
        if (st != DYAD_OK)
            return st;
        if (factors[i] >= COLUMNS_KEPT_MAX)
            return dyad_fail(err, DYAD_USAGE, "more than %d columns in one analysis", COLUMNS_KEPT_MAX);
        spec->kept[factors[i]] = spec->needed[factors[i]] = true;
    }
    spec->n_factors = cohort_n_factors(cohort);
    return DYAD_OK;
}

enum dyad_status
survey_read(const struct options *o, struct survey *s, struct dyad_error *err)
{
    struct columns_spec spec = { .n_factors = 0 };
    struct cohort_options all = o->cohort;
    double *weights = NULL;
    void *columns = NULL;
    enum dyad_status st;

    *s = (struct survey){ .weight = option_text(o, "weight"), .psu = option_text(o, option_given(o, "cluster") ? "cluster" : "psu"),
                          .strata = option_text(o, "design-strata"), .fpc = option_text(o, "fpc"), .units = KEY_SET_INIT };
    s->records = s->psu == NULL;
    s->decimal = o->cohort.decimal ? o->cohort.decimal : '.';
    all.n_filters = 0;
    if (option_given(o, "cluster") && option_given(o, "psu"))
        return dyad_fail(err, DYAD_USAGE, "--cluster and --psu are two names of the same: give one");
    if (option_given(o, "freq") && s->records)
        return dyad_fail(err, DYAD_USAGE, "--freq does not go with a survey design: a sample has a record for each who was drawn");
    if ((st = check_inputs(o, err)) != DYAD_OK)
        return st;
    if (o->n_files == 0)
        return dyad_fail(err, DYAD_USAGE, "no file: name the cohort's CSV");
    if ((st = cohort_open(&all, &s->cohort, err)) != DYAD_OK || (st = ask(s, s->cohort, s->factors, &spec, err)) != DYAD_OK ||
        (st = analysis_read(s->cohort, &columns_accumulator, &spec, &columns, err)) != DYAD_OK)
        return st;
    columns_sort(columns);
    if (s->weight)
        st = read_numbers(s, s->cohort, s->factors[SURVEY_WEIGHT], s->weight, &weights, err);
    if (st == DYAD_OK && columns_n(columns) == 0)
        st = dyad_fail(err, DYAD_DOMAIN, "no record has a value of each column of the survey design");
    if (st == DYAD_OK && (st = settle_design(s, columns, err)) == DYAD_OK)
        st = check_design(s, err);
    free(weights);
    columns_free(columns);
    return st;
}

char *
survey_filter(const struct survey *s)
{
    struct text t = TEXT_INIT;

    text_printf(&t, strchr(s->weight, '`') ? "[%s] > 0" : "`%s` > 0", s->weight);
    return text_steal(&t);
}

/* --- the same columns where the analysis reads them ------------------------------------------- */

enum dyad_status
survey_request(const struct survey *s, struct cohort *cohort, struct columns_spec *spec, struct survey_columns *c,
               struct dyad_error *err)
{
    *c = (struct survey_columns){ .survey = s };
    return ask(s, cohort, c->factors, spec, err);
}

static int
by_text(const void *a, const void *b)
{
    const struct level *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

/* The code that each value of one cohort has in another, which has them all. */
static uint32_t *
translate(const struct cohort *from, size_t from_factor, const struct cohort *to, size_t to_factor)
{
    size_t n, m;
    const struct level *own = cohort_levels(from, from_factor, &n), *others = cohort_levels(to, to_factor, &m);
    const struct level **sorted = malloc((m + 1) * sizeof *sorted);
    uint32_t *codes = calloc(n + 1, sizeof *codes);

    for (size_t i = 0; sorted && i < m; i++)
        sorted[i] = &others[i];
    if (sorted)
        qsort(sorted, m, sizeof *sorted, by_text);
    for (size_t i = 0; sorted && codes && i < n; i++) {
        const struct level *key = &own[i], *const *found = bsearch(&key, sorted, m, sizeof *sorted, by_text);
        codes[i + 1] = found ? (uint32_t)(*found - others) + 1 : 1;
    }
    if (sorted == NULL) {
        free(codes);
        codes = NULL;
    }
    free(sorted);
    return codes;
}

enum dyad_status
survey_settle(struct survey_columns *c, const struct cohort *cohort, struct dyad_error *err)
{
    const struct survey *s = c->survey;

    if (s->psu && (c->psu_codes = translate(cohort, c->factors[SURVEY_PSU], s->cohort, s->factors[SURVEY_PSU])) == NULL)
        return no_memory(err);
    if (s->strata && (c->strata_codes = translate(cohort, c->factors[SURVEY_STRATA], s->cohort, s->factors[SURVEY_STRATA])) == NULL)
        return no_memory(err);
    return s->weight ? read_numbers(s, cohort, c->factors[SURVEY_WEIGHT], s->weight, &c->weights, err) : DYAD_OK;
}

double
survey_weight(const struct survey_columns *c, uint32_t *const *codes, size_t row)
{
    return c->weights ? c->weights[codes[c->factors[SURVEY_WEIGHT]][row]] : 1;
}

uint32_t
survey_unit_of(const struct survey_columns *c, uint32_t psu, uint32_t strata)
{
    const struct survey *s = c->survey;
    const uint32_t stratum = s->strata ? c->strata_codes[strata] : 1;

    return s->records ? stratum - 1 : (uint32_t)key_set_find(&s->units, unit_key(s, c->psu_codes[psu], stratum));
}

uint32_t
survey_unit(const struct survey_columns *c, uint32_t *const *codes, size_t row)
{
    const struct survey *s = c->survey;

    return survey_unit_of(c, s->psu ? codes[c->factors[SURVEY_PSU]][row] : 0, s->strata ? codes[c->factors[SURVEY_STRATA]][row] : 0);
}

/* --- words ------------------------------------------------------------------------------------ */

void
survey_notes(const struct survey *s, struct result *r)
{
    struct text t = TEXT_INIT;
    double drawn = 0;

    for (size_t h = 0; h < s->design.strata; h++)
        drawn += s->drawn[h];
    text_printf(&t, "Survey design: %.0f %s", drawn, s->records ? "records, each a unit of its own" : "primary sampling units");
    if (s->psu)
        text_printf(&t, " (%s)", s->psu);
    text_printf(&t, ", %zu %s", s->design.strata, s->design.strata == 1 ? "stratum" : "strata");
    if (s->strata)
        text_printf(&t, " (%s)", s->strata);
    text_printf(&t, "; %s%s", s->weight ? "weights " : "equal weights", s->weight ? s->weight : "");
    text_printf(&t, s->fpc ? "; finite population by %s" : "; as if drawn with replacement", s->fpc);
    if (!t.failed)
        result_note(r, "%s.", t.at);
    result_note(r, "Errors are linearised, by the totals of the units within strata; t with units minus strata, %.0f degrees of "
                   "freedom. Records left out by --where, --by or a missing value are outside the domain: their units count.",
                survey_degrees(&s->design));
    r->failed = r->failed || t.failed;
    text_release(&t);
}

void
survey_columns_release(struct survey_columns *c)
{
    free(c->weights);
    free(c->psu_codes);
    free(c->strata_codes);
}

void
survey_release(struct survey *s)
{
    free(s->drawn);
    free(s->fraction);
    free(s->stratum);
    key_set_release(&s->units);
    cohort_close(s->cohort);
}
