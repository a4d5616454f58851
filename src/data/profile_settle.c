#include "profile_settle.h"

#include "dyad/data/levels.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CATEGORY_LEVELS = 20, SPELLING_LEVELS = 200 };

/* A file of people with repeated records: they are a mistake where chance would hardly make one pair. */
static const double CHANCE = 1e-3, SHARE = 0.05;
/* A column of numbers with a few words in it. */
static const double MOSTLY = 0.9;

struct settling {
    const struct profiling *p;
    struct profile *out;
    struct tally *tallies;
    struct problem_list problems;
};

static void
header_problem(struct settling *s, enum problem_rule rule, size_t column, uint64_t detail)
{
    s->problems.counts[rule]++;
    problem_keep(&s->problems, &(struct problem_at){ rule, { 0, 0 }, true, column, detail });
}

/* ${total} problems of a rule, of which the places of the first are known. */
static void
place_problems(struct settling *s, enum problem_rule rule, size_t column, const struct place *places, size_t n, int64_t total)
{
    s->problems.counts[rule] += total - (int64_t)n;
    for (size_t i = 0; i < n; i++)
        problem_add(&s->problems, rule, places[i], column, 0);
}

/* --- of one column ------------------------------------------------------------------------ */

static const char *
type_of(const struct tally *t, const struct profile_column *c)
{
    size_t truths = 0;

    if (t->n == 0)
        return "empty";
    if (t->field)
        return codebook_type_name(t->field->type);
    for (uint32_t code = 1; !t->many && code < t->known; code++)
        truths += isnan(t->truths[code]) ? 0 : 1;
    if (!t->many && truths + 1 == t->known)
        return "boolean";
    if ((double)t->n_numbers >= MOSTLY * (double)t->n)
        return t->fractions ? "number" : "integer";
    if (20 * c->looked.like[IDENTIFIER_DATE] >= 19 * c->looked.n && c->looked.n)
        return "date";
    return c->is_category ? "category" : "text";
}

static enum dyad_status
list_levels(const struct tally *t, struct profile_column *c)
{
    const size_t n = dictionary_n_levels(t->d);
    struct level *levels = calloc(n + 1, sizeof *levels);
    enum dyad_status st = levels ? DYAD_OK : DYAD_NOMEM;

    c->levels = calloc(n + 1, sizeof *c->levels);
    if (c->levels == NULL)
        st = DYAD_NOMEM;
    for (uint32_t code = 1; st == DYAD_OK && code <= n; code++)
        levels[code - 1] = *dictionary_level(t->d, code);
    if (st == DYAD_OK && !levels_sort(levels, n, t->field && t->field->order.n ? &t->field->order : NULL))
        st = DYAD_NOMEM;
    for (size_t i = 0; st == DYAD_OK && i < n; i++) {
        c->levels[i].n = t->counts[dictionary_code(t->d, levels[i].text, levels[i].length, levels[i].first)];
        c->levels[i].text = text_copy(levels[i].text);
        if (c->levels[i].text == NULL)
            st = DYAD_NOMEM;
        c->n_levels = i + 1;
    }
    free(levels);
    return st;
}

static enum dyad_status
summarize(const struct settling *s, size_t i)
{
    static const double shares[PROFILE_QUANTILES] = { 0.05, 0.25, 0.5, 0.75, 0.95 };
    struct tally *t = &s->tallies[i];
    struct profile_column *c = &s->out->columns[i];

    *c = (struct profile_column){ .name = reader_name(s->p->o->reader, i), .field = t->field, .n = t->n,
                                  .missing = t->n_missing, .n_numbers = t->n_numbers, .looked = t->looked };
    c->least = t->n_numbers ? t->least : NAN;
    c->most = t->n_numbers ? t->most : NAN;
    for (size_t k = 0; k < PROFILE_QUANTILES; k++)
        c->quantiles[k] = tally_quantile(t, shares[k]);
    c->least_other = isfinite(t->least_other) ? t->least_other : NAN;
    c->most_other = isfinite(t->most_other) ? t->most_other : NAN;
    c->exact = true;
    c->distinct = t->many ? distinct_count(&t->distinct, &c->exact) : dictionary_n_levels(t->d);
    if (s->p->ascends && i == s->p->ascending) {
        c->distinct = (uint64_t)t->n;
        c->exact = true;
    }
    if (!c->exact && c->distinct > (uint64_t)t->n)
        c->distinct = (uint64_t)t->n;
    c->is_category = !t->many && c->distinct > 0 && c->distinct <= CATEGORY_LEVELS;
    if (!t->many) {
        c->looked = (struct identifier_tally){ 0 };
        for (uint32_t code = 1; code <= c->distinct; code++)
            identifier_look(&c->looked, dictionary_level(t->d, code)->text, dictionary_level(t->d, code)->length);
    }
    c->type = type_of(t, c);
    return c->is_category ? list_levels(t, c) : DYAD_OK;
}

static bool
is_mostly_numbers(const struct tally *t)
{
    return t->n_numbers > 0 && (double)t->n_numbers >= MOSTLY * (double)t->n;
}

/* Nines far above all else, or negative numbers where nothing else is negative. */
static bool
stands_apart(const struct tally *t, double value)
{
    if (!(t->least_other >= 0) || !isfinite(t->least_other))
        return false;
    if (value < 0)
        return true;
    return value >= 2 * t->most_other + 1 && (value > 9 || !t->fractions);
}

static void
find_codes(struct settling *s, size_t column)
{
    const struct tally *t = &s->tallies[column];
    const bool declared = t->field && (t->field->n_choices || t->field->type == CODEBOOK_TRUTH || !isnan(t->field->min) ||
                                       !isnan(t->field->max));
    struct profile_column *c = &s->out->columns[column];
    const struct suspect *suspect;
    double value;

    if (declared || !is_mostly_numbers(t))
        return;
    for (size_t i = 0; (suspect = tally_suspect(t, i, &value)) != NULL; i++)
        if (suspect->n && stands_apart(t, value)) {
            problem_add(&s->problems, PROBLEM_CODE, suspect->first, column, (uint64_t)suspect->n);
            c->codes[c->n_codes++] = value;
        }
}

/* Do they differ in case and blanks only? */
static bool
is_spelt_alike(const char *a, const char *b)
{
    for (;;) {
        while (*a == ' ' || *a == '\t')
            a++;
        while (*b == ' ' || *b == '\t')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
        a++, b++;
    }
}

/* The rarer of two spellings. */
static void
find_spellings(struct settling *s, size_t column)
{
    const struct tally *t = &s->tallies[column];
    const size_t n = t->many ? 0 : dictionary_n_levels(t->d);

    for (uint32_t a = 1; n <= SPELLING_LEVELS && a <= n; a++)
        for (uint32_t b = 1; b <= n; b++) {
            const struct level *one = dictionary_level(t->d, a), *other = dictionary_level(t->d, b);
            const bool rarer = t->counts[a] < t->counts[b] ||
                               (t->counts[a] == t->counts[b] && place_before(other->first, one->first));
            if (a == b || !rarer || !is_spelt_alike(one->text, other->text))
                continue;
            problem_add(&s->problems, PROBLEM_SPELLING, one->first, column, (uint64_t)t->counts[a]);
            break;
        }
}

static void
judge(struct settling *s, size_t i)
{
    const struct tally *t = &s->tallies[i];
    const struct profile_column *c = &s->out->columns[i];

    if (t->n == 0 && s->out->n_records > 0)
        header_problem(s, PROBLEM_EMPTY, i, 0);
    if (s->p->o->codebook && t->field == NULL && !codebook_is_made(c->name))
        header_problem(s, PROBLEM_UNKNOWN, i, 0);
    if (t->field && t->field->unique && c->exact && c->distinct < (uint64_t)t->n)
        header_problem(s, PROBLEM_UNIQUE, i, c->distinct);
    if (t->field == NULL && is_mostly_numbers(t) && t->n_numbers < t->n)
        place_problems(s, PROBLEM_NUMBER, i, t->texts, t->n_texts, t->n - t->n_numbers);
    find_codes(s, i);
    find_spellings(s, i);
}

/* --- of the file -------------------------------------------------------------------------- */

/* What else is wrong with a record need not be said of a header. */
static void
forget_place(struct problem_list *l, struct place place)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (!l->at[i].in_header && l->at[i].place.block == place.block && l->at[i].place.line == place.line)
            l->counts[l->at[i].rule]--;
        else
            l->at[kept++] = l->at[i];
    l->n = kept;
}

/* The header's names as values of one record. */
static void
find_header(struct settling *s)
{
    struct place first = { UINT64_MAX, UINT64_MAX };
    size_t n = 0;

    for (size_t i = 0; i < s->p->n_columns; i++) {
        const struct tally *t = &s->tallies[i];
        const uint32_t code = t->many ? 0
                                      : dictionary_find(t->d, s->out->columns[i].name, strlen(s->out->columns[i].name));
        if (code == 0)
            continue;
        const struct place at = dictionary_level(t->d, code)->first;
        if (place_before(at, first)) {
            first = at;
            n = 0;
        }
        n += !place_before(first, at);
    }
    if (n < 2 && !(n == 1 && s->p->n_columns == 1))
        return;
    forget_place(&s->problems, first);
    problem_add(&s->problems, PROBLEM_HEADER, first, SIZE_MAX, 0);
}

/* How many pairs of the same records chance would make, were the columns independent. */
static double
expected_pairs(const struct settling *s)
{
    const double n = (double)s->out->n_records;
    double pairs = n * (n - 1) / 2;

    for (size_t i = 0; i < s->p->n_columns; i++) {
        const struct tally *t = &s->tallies[i];
        double same = 0;
        if (t->many)
            same = 1 / (double)s->out->columns[i].distinct;
        for (uint32_t code = 0; !t->many && code < t->known; code++)
            same += ((double)t->counts[code] / n) * ((double)t->counts[code] / n);
        pairs *= same;
    }
    return pairs;
}

static enum dyad_status
find_repeats(struct settling *s, struct profile_worker *workers, size_t n)
{
    struct repeats **all = calloc(2 * n, sizeof *all);
    struct place places[PROBLEMS_SHOWN];
    size_t n_places;
    uint64_t total;
    bool good = all != NULL;

    for (size_t i = 0; good && i < n; i++) {
        all[i] = workers[i].records;
        all[n + i] = workers[i].keys;
    }
    if ((good = good && repeats_find(all, n, PROBLEMS_SHOWN, places, &n_places, &total))) {
        s->out->n_same = (int64_t)total;
        s->out->same_by_chance =
            expected_pairs(s) > CHANCE || (double)total > SHARE * (double)s->out->n_records;
        if (!s->out->same_by_chance)
            place_problems(s, PROBLEM_DUPLICATE, SIZE_MAX, places, n_places, (int64_t)total);
    }
    if (good && s->p->n_key && (good = repeats_find(all + n, n, PROBLEMS_SHOWN, places, &n_places, &total)))
        place_problems(s, PROBLEM_KEY, s->p->key[0], places, n_places, (int64_t)total);
    free(all);
    return good ? DYAD_OK : DYAD_NOMEM;
}

static void
find_absent(struct settling *s)
{
    const struct codebook *b = s->p->o->codebook;

    for (size_t i = 0; b && i < b->n_fields; i++)
        if (b->fields[i].required && reader_find(s->p->o->reader, b->fields[i].name) == s->p->n_columns)
            header_problem(s, PROBLEM_ABSENT, SIZE_MAX, i);
}

static int
by_frequency(const void *a, const void *b)
{
    const struct missing_pattern *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    for (size_t i = 0; i < x->n_words; i++)
        if (x->columns[i] != y->columns[i])
            return x->columns[i] < y->columns[i] ? -1 : 1;
    return 0;
}

static enum dyad_status
settle_patterns(struct settling *s, struct profile_worker *workers, size_t n)
{
    struct patterns *p = &workers[0].patterns;
    struct profile *out = s->out;

    for (size_t i = 1; i < n; i++) {
        const struct patterns *from = &workers[i].patterns;
        for (size_t k = 0; k < from->n; k++)
            patterns_add(p, from->words + k * from->n_words, from->counts[k]);
        p->too_many = p->too_many || from->too_many;
    }
    out->too_many_patterns = p->too_many;
    out->patterns = calloc(p->n + 1, sizeof *out->patterns);
    if (out->patterns == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < p->n; i++) {
        uint64_t *own = malloc(p->n_words * sizeof *own);
        if (own == NULL)
            return DYAD_NOMEM;
        memcpy(own, p->words + i * p->n_words, p->n_words * sizeof *own);
        out->patterns[out->n_patterns++] = (struct missing_pattern){ own, p->n_words, p->counts[i] };
    }
    qsort(out->patterns, out->n_patterns, sizeof *out->patterns, by_frequency);
    return DYAD_OK;
}

static enum dyad_status
merge(struct settling *s, struct profile_worker *workers, size_t n)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < N_PROBLEMS; k++)
            s->problems.counts[k] += workers[i].problems.counts[k];
        for (size_t k = 0; k < workers[i].problems.n; k++)
            problem_keep(&s->problems, &workers[i].problems.at[k]);
        for (size_t c = 0; i > 0 && c < s->p->n_columns && st == DYAD_OK; c++)
            st = tally_merge(&s->tallies[c], &workers[i].tallies[c]);
    }
    for (size_t c = 0; c < s->p->n_columns && st == DYAD_OK; c++)
        st = tally_settle(&s->tallies[c]) ? DYAD_OK : DYAD_NOMEM;
    return st;
}

/* What the messages need to name. */
static enum dyad_status
hand_over(struct settling *s)
{
    const struct profiling *p = s->p;
    struct profile *out = s->out;

    memcpy(out->problems, s->problems.at, sizeof out->problems);
    memcpy(out->counts, s->problems.counts, sizeof out->counts);
    out->n_problems = s->problems.n;
    out->sequences = calloc(p->n_sequences + 1, sizeof *out->sequences);
    out->key = calloc(p->n_key + 1, sizeof *out->key);
    if (out->sequences == NULL || out->key == NULL)
        return DYAD_NOMEM;
    memcpy(out->sequences, p->sequences, p->n_sequences * sizeof *out->sequences);
    memcpy(out->key, p->key, p->n_key * sizeof *out->key);
    out->n_sequences = p->n_sequences;
    out->n_key = p->n_key;
    return DYAD_OK;
}

enum dyad_status
profile_settle(const struct profiling *p, struct profile_worker *workers, size_t n, struct profile *out)
{
    struct settling s = { .p = p, .out = out, .tallies = workers[0].tallies };
    enum dyad_status st = merge(&s, workers, n);

    out->columns = calloc(p->n_columns + 1, sizeof *out->columns);
    if (out->columns == NULL)
        st = DYAD_NOMEM;
    for (size_t f = 0; f < reader_n_files(p->o->reader); f++)
        out->n_records += (int64_t)reader_records(p->o->reader, f);
    for (size_t i = 0; st == DYAD_OK && i < p->n_columns; i++) {
        out->n_columns = i + 1;
        if ((st = summarize(&s, i)) == DYAD_OK)
            judge(&s, i);
    }
    if (st == DYAD_OK && (st = settle_patterns(&s, workers, n)) == DYAD_OK && (st = find_repeats(&s, workers, n)) == DYAD_OK) {
        find_header(&s);
        find_absent(&s);
        st = hand_over(&s);
    }
    return st;
}

void
profile_release(struct profile *p)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        for (size_t k = 0; k < p->columns[i].n_levels; k++)
            free(p->columns[i].levels[k].text);
        free(p->columns[i].levels);
    }
    for (size_t i = 0; i < p->n_patterns; i++)
        free(p->patterns[i].columns);
    free(p->columns);
    free(p->patterns);
    free(p->sequences);
    free(p->key);
    *p = (struct profile){ .n_records = 0 };
}
