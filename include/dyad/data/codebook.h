/*
 * data/codebook.h: what the columns of a cohort are said to be: types, labels, choices and their
 * order, allowed ranges, missing codes.
 *
 * Two files are read: a CSV with the headings of REDCap's data dictionary, or with the names its
 * interface gives them, and perhaps Missing Codes, Levels Ordered, Reference and Unit; and a
 * Frictionless Table Schema (JSON), alone or within a resource or a package.
 */
#ifndef DYAD_DATA_CODEBOOK_H
#define DYAD_DATA_CODEBOOK_H

#include "dyad/core/status.h"
#include "dyad/data/levels.h"
#include "dyad/data/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codebook_type {
    CODEBOOK_TEXT,
    CODEBOOK_NUMBER,
    CODEBOOK_INTEGER,
    CODEBOOK_TRUTH,    /* 0/1, no/yes, n/y, false/true */
    CODEBOOK_CATEGORY, /* one of its choices, a factor even where the codes are numbers */
    CODEBOOK_DATE
};

/* Does it identify people? */
enum codebook_mark { CODEBOOK_SAYS_NOTHING, CODEBOOK_IDENTIFIES, CODEBOOK_DOES_NOT };

struct codebook_choice {
    char *code, *label; /* never NULL; a label may be the code */
};

struct codebook_field {
    char *name, *label, *unit, *reference; /* NULL where there is none */
    enum codebook_type type;
    struct codebook_choice *choices;
    size_t n_choices;
    char **missing;
    size_t n_missing;
    double min, max; /* NaN: none; of a date as yyyymmdd */
    bool ordered;    /* the choices ascend */
    bool required, unique, personal; /* personal: a telephone number or such by its declared type */
    enum codebook_mark mark;
    uint64_t line;
    struct level_order order; /* of the choices, the reference first unless they ascend; its texts are theirs */
};

struct codebook {
    char *path;
    uint64_t bytes;
    char sha256[65];
    struct codebook_field *fields;
    size_t n_fields, room;
    char **key; /* fields that tell records apart */
    size_t n_key;
};

/** codebook_read(path, hash, out, err): ${out} is the caller's to free. */
DYAD_MUST_CHECK enum dyad_status codebook_read(const char *path, bool hash, struct codebook **out,
                                               struct dyad_error *err);

/** codebook_match(b, r, err): DYAD_DATA where the file has none of its fields: it is another file's. */
DYAD_MUST_CHECK enum dyad_status codebook_match(const struct codebook *b, const struct reader *r, struct dyad_error *err);

/** codebook_find(b, name): the field of that name; NULL if there is none, or ${b} is NULL. */
const struct codebook_field *codebook_find(const struct codebook *b, const char *name);

/** codebook_is_made(name): a column that REDCap adds to an export by itself. */
bool codebook_is_made(const char *name);

/** codebook_label(f, code): the label of a code; NULL if it has none. */
const char *codebook_label(const struct codebook_field *f, const char *code);

enum codebook_fault {
    FAULT_NONE,
    FAULT_TYPE,   /* not of the declared type */
    FAULT_CHOICE, /* none of the choices */
    FAULT_RANGE   /* outside the allowed range */
};

/** codebook_fault(f, text, length, decimal): what is wrong with a value that is not missing. */
enum codebook_fault codebook_fault(const struct codebook_field *f, const char *text, size_t length, char decimal);

/** codebook_fault_words(f, fault): what a column with such a value "holds". */
const char *codebook_fault_words(const struct codebook_field *f, enum codebook_fault fault);

/** codebook_type_name(type): "number". */
const char *codebook_type_name(enum codebook_type type);

void codebook_free(struct codebook *b);

#endif
