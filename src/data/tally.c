#include "tally.h"

#include "dyad/data/levels.h"
#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- problems ----------------------------------------------------------------------------- */

static int
compare(const struct problem_at *a, const struct problem_at *b)
{
    if (a->in_header != b->in_header)
        return a->in_header ? -1 : 1;
    if (!a->in_header && place_before(a->place, b->place))
        return -1;
    if (!a->in_header && place_before(b->place, a->place))
        return 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return (a->detail > b->detail) - (a->detail < b->detail);
}

void
problem_keep(struct problem_list *l, const struct problem_at *p)
{
    size_t at = l->n;

    while (at > 0 && compare(p, &l->at[at - 1]) < 0)
        at--;
    if (at == PROBLEMS_SHOWN)
        return;
    l->n += l->n < PROBLEMS_SHOWN;
    memmove(&l->at[at + 1], &l->at[at], (l->n - 1 - at) * sizeof *p);
    l->at[at] = *p;
}

void
problem_add(struct problem_list *l, enum problem_rule rule, struct place place, size_t column, uint64_t detail)
{
    l->counts[rule]++;
    problem_keep(l, &(struct problem_at){ rule, place, false, column, detail });
}

/* --- numbers ------------------------------------------------------------------------------ */

/* Codes for missing that are met: DHS's and surveys' nines and eights, studies' negative numbers. */
static const int suspected[SUSPECTS] = { -1,  -2,  -3,  -7,   -8,   -9,   -77,  -88,   -99,   -777,
                                         -888, -999, -9999, 9, 99, 999, 9999, 99999, 88, 888 };

static size_t
suspect_of(double value)
{
    size_t found = SUSPECTS;

    if (value > 99999 || value < -9999 || (value >= 0 && value < 9) || value != floor(value))
        return SUSPECTS;
    for (size_t i = 0; i < SUSPECTS; i++) /* all of them: many at a time */
        found = suspected[i] == (int)value ? i : found;
    return found;
}

/* The class of a number: a page's number and, in ten bits, a place on it. */
static inline size_t
class_of(double value)
{
    uint64_t bits;

    value += 0.0; /* no negative zero */
    memcpy(&bits, &value, sizeof bits);
    const int power = (int)(bits >> 52 & 2047) - 1023 - TALLY_LEAST_POWER;
    const size_t at = power < 0 ? 0 : power >= TALLY_POWERS ? TALLY_POWERS - 1 : (size_t)power;
    return (at + (value < 0 ? TALLY_POWERS : 0)) << 10 | (power < 0 ? 0 : bits >> 42 & 1023);
}

static bool
count_class(struct tally *t, size_t class, int64_t weight)
{
    int64_t **page = &t->pages[class >> 10];

    if (*page == NULL && (*page = calloc(1024, sizeof **page)) == NULL)
        return false;
    (*page)[class & 1023] += weight;
    return true;
}

static bool
count_number(struct tally *t, double value, int64_t weight, struct place place)
{
    const size_t s = suspect_of(value);

    if (!count_class(t, class_of(value), weight))
        return false;
    t->fractions = t->fractions || value != floor(value);
    t->n_numbers += weight;
    t->least = value < t->least ? value : t->least;
    t->most = value > t->most ? value : t->most;
    if (s == SUSPECTS) {
        t->least_other = value < t->least_other ? value : t->least_other;
        t->most_other = value > t->most_other ? value : t->most_other;
        return true;
    }
    if (t->suspects[s].n == 0 || place_before(place, t->suspects[s].first))
        t->suspects[s].first = place;
    t->suspects[s].n += weight;
    return true;
}

const struct suspect *
tally_suspect(const struct tally *t, size_t i, double *value)
{
    if (i >= SUSPECTS)
        return NULL;
    *value = suspected[i];
    return &t->suspects[i];
}

/* The value of a class of the counts: its middle, but whole numbers below PROFILE_WHOLE have one each. */
static double
value_of(const struct tally *t, size_t page, size_t at)
{
    const int power = (int)(page % TALLY_POWERS) + TALLY_LEAST_POWER;
    const double sign = page < TALLY_POWERS ? 1 : -1;
    const bool exact = !t->fractions && ldexp(1, power) < PROFILE_WHOLE;
    const double value = ldexp(1 + ((double)at + (exact ? 0 : 0.5)) / 1024, power);

    if (power == TALLY_LEAST_POWER && at == 0)
        return 0;
    return exact ? sign * value : fmin(fmax(sign * value, t->least), t->most);
}

double
tally_quantile(const struct tally *t, double share)
{
    const double wanted = share * (double)t->n_numbers;
    int64_t below = 0;

    for (size_t i = 0; i < TALLY_PAGES; i++) {
        const bool negative = i < TALLY_POWERS;
        const size_t page = negative ? TALLY_PAGES - 1 - i : i - TALLY_POWERS;
        for (size_t k = 0; t->pages[page] && k < 1024; k++) {
            const size_t at = negative ? 1023 - k : k;
            below += t->pages[page][at];
            if (t->pages[page][at] && (double)below >= wanted)
                return value_of(t, page, at);
        }
    }
    return NAN;
}

/* --- one thread's column ------------------------------------------------------------------ */

enum dyad_status
tally_init(struct tally *t, const struct missing_values *missing, const struct codebook_field *field)
{
    *t = (struct tally){ .field = field, .missing = *missing, .least = INFINITY, .most = -INFINITY, .least_other = INFINITY,
                         .most_other = -INFINITY };
    t->d = dictionary_new(&t->missing);
    return t->d ? DYAD_OK : DYAD_NOMEM;
}

static bool
make_room(struct tally *t, size_t n)
{
    size_t room = t->room ? t->room : 64;

    if (n <= t->room)
        return true;
    while (room < n)
        room *= 2;
    int64_t *counts = realloc(t->counts, room * sizeof *counts);
    if (counts)
        t->counts = counts;
    double *numbers = realloc(t->numbers, room * sizeof *numbers);
    if (numbers)
        t->numbers = numbers;
    double *truths = realloc(t->truths, room * sizeof *truths);
    if (truths)
        t->truths = truths;
    unsigned char *faults = realloc(t->faults, room);
    if (faults)
        t->faults = faults;
    if (counts == NULL || numbers == NULL || truths == NULL || faults == NULL)
        return false;
    memset(counts + t->room, 0, (room - t->room) * sizeof *counts);
    t->room = room;
    return true;
}

/* What each code that is new stands for. */
static bool
classify(struct tally *t, char decimal)
{
    const size_t n = dictionary_n_levels(t->d) + 1;

    if (!make_room(t, n))
        return false;
    if (t->known == 0) {
        t->numbers[0] = t->truths[0] = NAN;
        t->faults[0] = FAULT_NONE;
        t->known = 1;
    }
    for (; t->known < n; t->known++) {
        const struct level *l = dictionary_level(t->d, (uint32_t)t->known);
        const int truth = level_truth(l);
        if (number_parse(l->text, l->length, decimal, &t->numbers[t->known]) != NUMBER_GOOD) {
            t->numbers[t->known] = NAN;
            t->any_text = true;
        }
        t->truths[t->known] = truth < 0 ? NAN : (double)truth;
        t->faults[t->known] = (unsigned char)(t->field ? codebook_fault(t->field, l->text, l->length, decimal) : FAULT_NONE);
        t->any_fault = t->any_fault || t->faults[t->known];
    }
    return true;
}

static void
complain(size_t column, struct place place, enum codebook_fault fault, struct problem_list *problems)
{
    static const enum problem_rule rules[] = { [FAULT_TYPE] = PROBLEM_TYPE, [FAULT_CHOICE] = PROBLEM_CHOICES,
                                               [FAULT_RANGE] = PROBLEM_RANGE };

    if (fault)
        problem_add(problems, rules[fault], place, column, 0);
}

static void
keep_text(struct tally *t, struct place place)
{
    if (t->n_texts < PROBLEMS_SHOWN)
        t->texts[t->n_texts++] = place;
}

static bool
is_required(const struct tally *t)
{
    return t->field && t->field->required;
}

bool
tally_is_quiet(const struct tally *t, uint32_t code)
{
    if (code == 0)
        return !is_required(t);
    return t->faults[code] == FAULT_NONE && (t->n_texts == PROBLEMS_SHOWN || !isnan(t->numbers[code]));
}

void
tally_tell(struct tally *t, size_t column, uint32_t code, struct place place, struct problem_list *problems)
{
    if (code == 0 && is_required(t))
        problem_add(problems, PROBLEM_REQUIRED, place, column, 0);
    complain(column, place, t->faults[code], problems);
    if (code && isnan(t->numbers[code]))
        keep_text(t, place);
}

static void
look_for_faults(struct tally *t, size_t column, const struct chunk *c, const uint32_t *codes, struct problem_list *problems)
{
    const bool texts = t->any_text && t->n_texts < PROBLEMS_SHOWN;

    for (size_t i = 0; (t->any_fault || texts || is_required(t)) && i < c->n; i++)
        if (!tally_is_quiet(t, codes[i]))
            tally_tell(t, column, codes[i], block_place(c->block, c->first + i), problems);
}

bool
tally_code(struct tally *t, const char *text, size_t length, struct place place, char decimal, uint32_t *code)
{
    *code = dictionary_code(t->d, text, length, place);
    if (*code)
        dictionary_meet(t->d, *code, place);
    return !dictionary_failed(t->d) && (t->known > dictionary_n_levels(t->d) || classify(t, decimal));
}

/* Too many different values: from now on only what can be counted of any. */
static bool
give_up_dictionary(struct tally *t)
{
    const size_t n = dictionary_n_levels(t->d);
    uint64_t hash;

    t->many = true;
    t->n_missing = t->counts[0];
    for (uint32_t code = 1; code <= n; code++) {
        const struct level *l = dictionary_level(t->d, code);
        t->n += t->counts[code];
        hash = distinct_hash(l->text, l->length);
        if (!distinct_add(&t->distinct, &hash, 1) ||
            (!isnan(t->numbers[code]) && !count_number(t, t->numbers[code], t->counts[code], l->first)))
            return false;
    }
    dictionary_free(t->d);
    t->d = NULL;
    return true;
}

bool
tally_limit(struct tally *t)
{
    t->held = false;
    return t->many || dictionary_n_levels(t->d) <= PROFILE_LEVELS || give_up_dictionary(t);
}

/* By turns into several counts: one that grows by one at each record waits for itself. */
static void
count_codes(struct tally *t, const uint32_t *codes, size_t n)
{
    enum { TURNS = 4, FEW = 64 };
    uint32_t turns[TURNS][FEW] = { { 0 } };
    size_t i = 0;

    for (; t->known <= FEW && i + TURNS <= n; i += TURNS)
        for (size_t k = 0; k < TURNS; k++)
            turns[k][codes[i + k]]++;
    for (; i < n; i++)
        t->counts[codes[i]]++;
    for (size_t code = 0; t->known <= FEW && code < t->known; code++)
        for (size_t k = 0; k < TURNS; k++)
            t->counts[code] += turns[k][code];
}

static enum dyad_status
chunk_of_few(struct tally *t, size_t column, size_t at, const struct chunk *c, const struct chunk_out *out,
             struct problem_list *problems)
{
    unsigned char *missing = out->missing;
    uint32_t codes[CHUNK];

    dictionary_decode(t->d, c->block, at, (struct selection){ c->first, c->n, NULL }, codes);
    if (dictionary_failed(t->d) || (t->known <= dictionary_n_levels(t->d) && !classify(t, c->decimal)))
        return DYAD_NOMEM;
    count_codes(t, codes, c->n);
    for (size_t i = 0; i < c->n; i++)
        missing[i] = codes[i] == 0;
    for (size_t i = 0; out->numbers && i < c->n; i++)
        out->numbers[i] = t->numbers[codes[i]];
    for (size_t i = 0; out->truths && i < c->n; i++)
        out->truths[i] = t->truths[codes[i]];
    look_for_faults(t, column, c, codes, problems);
    return t->held || tally_limit(t) ? DYAD_OK : DYAD_NOMEM;
}

/* Up to eight digits and nothing else, as most numbers of which there are many. */
static inline bool
is_digits(const char *text, size_t length, double *out)
{
    const uint64_t zeros = UINT64_C(0x3030303030303030), six = UINT64_C(0x0606060606060606);
    uint64_t word;

    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || length - 1 > 7)
        return false;
    memcpy(&word, text, sizeof word);
    const uint64_t digits = (word ^ zeros) << (64 - 8 * length); /* the last digit in the uppermost byte, zeros below */
    if (((digits | (digits + six)) & UINT64_C(0xf0f0f0f0f0f0f0f0)) != 0)
        return false;
    const uint64_t pairs = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    const uint64_t fours = (pairs * 100 + (pairs >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *out = (double)(uint32_t)(fours * 10000 + (fours >> 32));
    return true;
}

static bool
is_number_missing(const struct missing_values *m, double number)
{
    bool missing = false;

    for (size_t i = 0; i < m->n; i++)
        missing = missing || number == m->numbers[i];
    return missing;
}

struct cell {
    const char *text;
    size_t length;
    double number; /* NaN: none */
    bool missing;
};

/* What is not up to eight digits. */
static struct cell
read_slowly(const struct tally *t, const struct chunk *c, size_t start, size_t end, struct text *scratch)
{
    const struct block *b = c->block;
    size_t length = end - start;
    const char *text = b->raw ? field_bare(b->text, start, end, scratch, &length) : b->text + start;
    const bool missing = missing_is(&t->missing, text, length);
    double number;

    if (missing || number_parse(text, length, c->decimal, &number) != NUMBER_GOOD)
        number = NAN;
    return (struct cell){ text, length, number, missing };
}

static inline struct cell
read_cell(const struct tally *t, const struct chunk *c, size_t k, struct text *scratch)
{
    const struct block *b = c->block;
    const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
    double number;

    if (!is_digits(b->text + start, end - start, &number))
        return read_slowly(t, c, start, end, scratch);
    const bool missing = is_number_missing(&t->missing, number);
    return (struct cell){ b->text + start, end - start, missing ? NAN : number, missing };
}

/* NaN is none.  Runs of a class, as of numbers that ascend, are counted at once. */
static bool
count_numbers(struct tally *t, const struct chunk *c, const double *numbers)
{
    double least = INFINITY, most = -INFINITY;
    size_t class = 0;
    int64_t n = 0, run = 0;
    bool good = true, fractions = false;

    for (size_t i = 0; i < c->n; i++) {
        const double value = numbers[i];
        if (!(value > 99999)) { /* perhaps a code for missing */
            good = good && (isnan(value) || count_number(t, value, 1, block_place(c->block, c->first + i)));
            continue;
        }
        const size_t one = class_of(value);
        if (one != class) {
            good = good && (run == 0 || count_class(t, class, run));
            class = one;
            run = 0;
        }
        run++;
        n++;
        fractions = fractions || (value < 9e15 && value > (double)(int64_t)value); /* above all are whole */
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    t->n_numbers += n;
    t->fractions = t->fractions || fractions;
    t->least = least < t->least ? least : t->least;
    t->most = most > t->most ? most : t->most;
    t->least_other = least < t->least_other ? least : t->least_other;
    t->most_other = most > t->most_other ? most : t->most_other;
    return good && (run == 0 || count_class(t, class, run));
}

static enum dyad_status
chunk_of_many(struct tally *t, size_t column, size_t at, const struct chunk *c, struct text *scratch,
              const struct chunk_out *out, struct problem_list *problems)
{
    uint64_t hashes[CHUNK];
    double numbers[CHUNK];
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct cell cell = read_cell(t, c, (c->first + i) * c->block->n_columns + at, scratch);
        out->missing[i] = cell.missing;
        numbers[i] = cell.number;
        if (cell.missing) {
            if (is_required(t))
                problem_add(problems, PROBLEM_REQUIRED, block_place(c->block, c->first + i), column, 0);
            continue;
        }
        n++;
        if (!out->distinct)
            hashes[n - 1] = distinct_hash(cell.text, cell.length);
        if (isnan(cell.number))
            keep_text(t, block_place(c->block, c->first + i));
        if (t->field)
            complain(column, block_place(c->block, c->first + i),
                     codebook_fault(t->field, cell.text, cell.length, c->decimal), problems);
    }
    for (size_t i = 0; out->numbers && i < c->n; i++)
        out->numbers[i] = numbers[i];
    for (size_t i = 0; out->truths && i < c->n; i++)
        out->truths[i] = NAN;
    t->n += (int64_t)n;
    t->n_missing += (int64_t)(c->n - n);
    return !scratch->failed && count_numbers(t, c, numbers) && distinct_add(&t->distinct, hashes, out->distinct ? 0 : n)
               ? DYAD_OK
               : DYAD_NOMEM;
}

bool
tally_distinct(struct tally *t, size_t column, const struct chunk *c, struct text *scratch)
{
    const size_t at = reader_column(c->reader, c->block->file, column);
    uint64_t hashes[CHUNK];
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct cell cell = read_cell(t, c, (c->first + i) * c->block->n_columns + at, scratch);
        if (!cell.missing)
            hashes[n++] = distinct_hash(cell.text, cell.length);
    }
    return !scratch->failed && distinct_add(&t->distinct, hashes, n);
}

enum dyad_status
tally_chunk(struct tally *t, size_t column, const struct chunk *c, struct text *scratch, const struct chunk_out *out,
            struct problem_list *problems)
{
    const size_t at = reader_column(c->reader, c->block->file, column);

    if (t->many)
        return chunk_of_many(t, column, at, c, scratch, out, problems);
    return chunk_of_few(t, column, at, c, out, problems);
}

/* --- all threads' ------------------------------------------------------------------------- */

static bool
merge_numbers(struct tally *t, const struct tally *from)
{
    for (size_t i = 0; i < TALLY_PAGES; i++) {
        if (from->pages[i] && t->pages[i] == NULL && (t->pages[i] = calloc(1024, sizeof *t->pages[i])) == NULL)
            return false;
        for (size_t k = 0; from->pages[i] && k < 1024; k++)
            t->pages[i][k] += from->pages[i][k];
    }
    for (size_t i = 0; i < SUSPECTS; i++) {
        if (from->suspects[i].n && (t->suspects[i].n == 0 || place_before(from->suspects[i].first, t->suspects[i].first)))
            t->suspects[i].first = from->suspects[i].first;
        t->suspects[i].n += from->suspects[i].n;
    }
    t->n += from->n;
    t->n_missing += from->n_missing;
    t->n_numbers += from->n_numbers;
    t->fractions = t->fractions || from->fractions;
    t->least = fmin(t->least, from->least);
    t->most = fmax(t->most, from->most);
    t->least_other = fmin(t->least_other, from->least_other);
    t->most_other = fmax(t->most_other, from->most_other);
    return distinct_merge(&t->distinct, &from->distinct);
}

static bool
merge_levels(struct tally *t, const struct tally *from)
{
    const size_t n = dictionary_n_levels(from->d);

    if (from->known == 0) /* it has read nothing */
        return true;
    for (uint32_t code = 1; code <= n; code++) {
        const struct level *l = dictionary_level(from->d, code);
        const uint32_t ours = dictionary_code(t->d, l->text, l->length, l->first);
        if (dictionary_failed(t->d) || !classify(t, t->missing.decimal ? t->missing.decimal : '.'))
            return false;
        t->counts[ours] += from->counts[code];
        dictionary_meet(t->d, ours, l->first);
    }
    if (t->known == 0 && !classify(t, t->missing.decimal ? t->missing.decimal : '.'))
        return false;
    t->counts[0] += from->counts[0];
    return tally_limit(t);
}

static void
merge_texts(struct tally *t, const struct tally *from)
{
    for (size_t i = 0; i < from->n_texts; i++) {
        size_t at = t->n_texts;
        while (at > 0 && place_before(from->texts[i], t->texts[at - 1]))
            at--;
        if (at == PROBLEMS_SHOWN)
            return;
        t->n_texts += t->n_texts < PROBLEMS_SHOWN;
        memmove(&t->texts[at + 1], &t->texts[at], (t->n_texts - 1 - at) * sizeof t->texts[0]);
        t->texts[at] = from->texts[i];
    }
}

enum dyad_status
tally_merge(struct tally *t, struct tally *from)
{
    identifier_add(&t->looked, &from->looked);
    merge_texts(t, from);
    if (!from->many && !distinct_merge(&t->distinct, &from->distinct)) /* what tally_distinct may have added */
        return DYAD_NOMEM;
    if (t->known == 0 && !t->many && !classify(t, t->missing.decimal ? t->missing.decimal : '.'))
        return DYAD_NOMEM;
    if (from->known == 0 && !from->many)
        return DYAD_OK;
    if (!t->many && !from->many)
        return merge_levels(t, from) ? DYAD_OK : DYAD_NOMEM;
    if ((!t->many && !give_up_dictionary(t)) || (!from->many && !give_up_dictionary(from)))
        return DYAD_NOMEM;
    return merge_numbers(t, from) ? DYAD_OK : DYAD_NOMEM;
}

bool
tally_settle(struct tally *t)
{
    if (t->many)
        return true;
    t->n_missing = t->known ? t->counts[0] : 0;
    for (uint32_t code = 1; code < t->known; code++) {
        t->n += t->counts[code];
        if (!isnan(t->numbers[code]) &&
            !count_number(t, t->numbers[code], t->counts[code], dictionary_level(t->d, code)->first))
            return false;
    }
    return true;
}

void
tally_release(struct tally *t)
{
    dictionary_free(t->d);
    for (size_t i = 0; i < TALLY_PAGES; i++)
        free(t->pages[i]);
    distinct_release(&t->distinct);
    free(t->counts);
    free(t->numbers);
    free(t->truths);
    free(t->faults);
}
