/* tests/unit/value_lines.h: reading the lines of numbers in tests/values/ (gzip). */
#ifndef DYAD_TESTS_VALUE_LINES_H
#define DYAD_TESTS_VALUE_LINES_H

#include <zlib.h>

#include "check.h"

struct value_lines {
    gzFile file;
    char line[65536], *at;
    size_t n;
};

static inline void
value_lines_open(struct value_lines *v, const char *path)
{
    v->n = 0;
    v->file = gzopen(path, "r");
    CHECK(v->file != NULL);
}

static inline bool
value_lines_next(struct value_lines *v)
{
    if (gzgets(v->file, v->line, sizeof v->line) == NULL) {
        gzclose(v->file);
        return false;
    }
    v->at = v->line;
    v->n++;
    return true;
}

/* Is the next field "-", left out? */
static inline bool
value_is_absent(struct value_lines *v)
{
    char *end;

    (void)strtod(v->at, &end);
    return end == v->at;
}

static inline double
value_next(struct value_lines *v)
{
    char *end;
    const double x = strtod(v->at, &end);

    CHECK(end != v->at);
    v->at = end;
    return x;
}

/* Nothing may be left unread. */
static inline void
value_lines_end(const struct value_lines *v)
{
    CHECK(v->at[strspn(v->at, " \n")] == '\0');
}

/* Below 1e-290 a double runs out of digits. */
static inline void
check_p(double got, double want, double tolerance)
{
    if (want < 1e-290)
        CHECK(got >= 0 && got < 1e-289);
    else
        CHECK_REL(got, want, tolerance);
}

#endif
