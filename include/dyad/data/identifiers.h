/*
 * data/identifiers.h: what looks as if it identified a person: by a column's name, and by what the
 * column holds.
 *
 * The classes are those that the HIPAA Privacy Rule wants removed, 45 CFR 164.514(b)(2), as far as a
 * table can hold them.  Rules are strict, so that codes, durations and counts are not taken for
 * telephone numbers: a pattern must fit most of a column's different values, and what could as well
 * be a plain number (a ZIP code, ten bare digits, a latitude) needs a name that says so.
 */
#ifndef DYAD_DATA_IDENTIFIERS_H
#define DYAD_DATA_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>

enum identifier {
    IDENTIFIER_NONE,
    IDENTIFIER_NAME,
    IDENTIFIER_EMAIL,
    IDENTIFIER_TELEPHONE,
    IDENTIFIER_RECORD_NUMBER,
    IDENTIFIER_SOCIAL_SECURITY,
    IDENTIFIER_ADDRESS,
    IDENTIFIER_BIRTH_DATE,
    IDENTIFIER_DATE,
    IDENTIFIER_POSTCODE,
    IDENTIFIER_COORDINATES,
    IDENTIFIER_NETWORK, /* an IP address */
    IDENTIFIER_AGE,     /* above 89 years */
    /* What identifies only together with others: */
    IDENTIFIER_SMALL_AREA,
    IDENTIFIER_PERSONAL, /* age, sex, race ... */
    N_IDENTIFIERS
};

/** identifier_kind(i): "telephone". */
const char *identifier_kind(enum identifier i);

/** identifier_is_direct(i): one that must not be in a de-identified file. */
bool identifier_is_direct(enum identifier i);

/**
 * identifier_by_name(name):
 * What the whole name of a column says, with or without whose it is and a number behind it: phone,
 * mother_email, DateOfBirth, address_2; not sup_phone, and no study code as id or record_id.
 */
enum identifier identifier_by_name(const char *name);

/** identifier_quasi_by_name(name): IDENTIFIER_PERSONAL or IDENTIFIER_SMALL_AREA, by a word in it. */
enum identifier identifier_quasi_by_name(const char *name);

/* How many of a column's values look like what. */
struct identifier_tally {
    size_t n, like[N_IDENTIFIERS];
    size_t n_digits[11]; /* bare numbers of so many digits, 10 of 10 and more */
    size_t n_compact;    /* 20210304 */
    size_t n_fine;       /* numbers with three decimals and more, at most 180 */
    size_t n_single;     /* one word that is a given name or surname */
    size_t n_numbers, n_above_89;
    double least, most;
};

/** identifier_look(t, text, length): look at one more value (of a column's different ones, best). */
void identifier_look(struct identifier_tally *t, const char *text, size_t length);

/** identifier_add(t, from): what was looked at elsewhere. */
void identifier_add(struct identifier_tally *t, const struct identifier_tally *from);

/** identifier_by_content(t, name, unit): the verdict on the column; ${unit} may be NULL. */
enum identifier identifier_by_content(const struct identifier_tally *t, const char *name, const char *unit);

/** identifier_date(text, length, &year, &month, &day): a day of the calendar, a time behind it allowed. */
bool identifier_date(const char *text, size_t length, unsigned *year, unsigned *month, unsigned *day);

/** identifier_has_word(name, words): is one of ${words} (blanks between) a word of the column's name? */
bool identifier_has_word(const char *name, const char *words);

#endif
