/* tests/unit/value_fields.h: reading lines of fields between tabs in tests/values/ (gzip). */
#ifndef DYAD_TESTS_VALUE_FIELDS_H
#define DYAD_TESTS_VALUE_FIELDS_H

#include "value_lines.h"

enum { FIELDS_MAX = 8192 };

struct value_fields {
    struct value_lines lines;
    char *fields[FIELDS_MAX];
    size_t n;
};

/* The next line, cut at its tabs; false behind the last. */
static inline bool
value_fields_next(struct value_fields *v)
{
    if (!value_lines_next(&v->lines))
        return false;
    char *at = v->lines.line;
    at[strcspn(at, "\n")] = '\0';
    v->n = 0;
    for (;;) {
        CHECK(v->n < FIELDS_MAX);
        v->fields[v->n++] = at;
        at += strcspn(at, "\t");
        if (*at == '\0')
            return true;
        *at++ = '\0';
    }
}

static inline double
value_field(const struct value_fields *v, size_t i)
{
    char *end;

    CHECK(i < v->n);
    const double x = strtod(v->fields[i], &end);
    CHECK(end != v->fields[i] && *end == '\0');
    return x;
}

#endif
