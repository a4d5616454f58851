/*
 * tests/fuzz/fuzz_expression.c: any expression, parsed and evaluated over a few records.
 *
 * Up to the first NUL the expression, behind it the texts of the column x.
 */
#include "dyad/data/expression.h"
#include "dyad/data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 9 };

#define MUST(condition)                                                                            \
    ((condition) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #condition), abort()))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span cells[ROWS];

static bool
find(void *context, const char *name, size_t *column, enum expression_type *type)
{
    static const char *const names[] = { "x", "y", "t", "n", "odd name", "\xc3\xa9" };
    static const enum expression_type types[] = { EXPRESSION_EITHER, EXPRESSION_EITHER,
                                                  EXPRESSION_TEXT,   EXPRESSION_NUMBER,
                                                  EXPRESSION_EITHER, EXPRESSION_EITHER };

    (void)context;
    for (*column = 0; *column < 6; ++*column)
        if (strcmp(names[*column], name) == 0) {
            *type = types[*column];
            return true;
        }
    return false;
}

static struct span
cell(size_t column, size_t row)
{
    static const struct span fixed[] = { { "1", 1 }, { NULL, 0 },  { "a", 1 },
                                         { "0", 1 }, { "2.5", 3 }, { "", 0 } };
    return column == 0 ? cells[row] : fixed[(row + column) % 6];
}

static enum dyad_status
numbers(void *context, size_t column, size_t n, double *out)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        const struct span c = cell(column, i);
        out[i] = NAN;
        if (c.at && number_parse(c.at, c.length, '.', &out[i]) != NUMBER_GOOD && column == 1)
            return DYAD_DATA;
    }
    return DYAD_OK;
}

static enum dyad_status
texts(void *context, size_t column, size_t n, struct span *out)
{
    (void)context;
    for (size_t i = 0; i < n; i++)
        out[i] = cell(column, i);
    return DYAD_OK;
}

static void
evaluate(const struct expression *e)
{
    const struct expression_source source = { NULL, '.', numbers, texts };
    struct expression_scratch *scratch = expression_scratch_new(e);
    const double *values;
    const struct span *words;

    MUST(scratch != NULL);
    if (expression_type(e) == EXPRESSION_NUMBER) {
        if (expression_numbers(e, &source, ROWS, scratch, &values) == DYAD_OK)
            for (size_t i = 0; i < ROWS; i++)
                MUST(!isinf(values[i]));
    } else if (expression_texts(e, &source, ROWS, scratch, &words) == DYAD_OK) {
        for (size_t i = 0; i < ROWS; i++) /* every byte can be read */
            MUST(words[i].at == NULL || strnlen(words[i].at, words[i].length) <= words[i].length);
    }
    expression_scratch_free(scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct expression_names names = { NULL, find };
    static struct dyad_error err;
    struct expression *e;
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    const size_t n = strlen(text);
    for (size_t i = 0; i < ROWS; i++) {
        const size_t at = n + 1 + 3 * i;
        cells[i] = at + 3 <= size ? (struct span){ text + at, text[at] == '\n' ? 0 : 3 }
                                  : (struct span){ NULL, 0 };
    }
    err = (struct dyad_error)DYAD_ERROR_INIT;
    const enum dyad_status st = expression_parse(text, &names, &e, &err);
    if (st == DYAD_OK) {
        evaluate(e);
        if (expression_require_truth(e, &err) == DYAD_OK) {
            MUST(expression_type(e) == EXPRESSION_NUMBER);
            evaluate(e);
        } else {
            MUST(strncmp(err.text, "at character ", 13) == 0);
        }
        expression_free(e);
    } else {
        MUST(st == DYAD_USAGE && strncmp(err.text, "at character ", 13) == 0);
        MUST(strtoul(err.text + 13, NULL, 10) <= n + 1);
    }
    free(text);
    return 0;
}
