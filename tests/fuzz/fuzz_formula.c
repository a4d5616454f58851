/* tests/fuzz/fuzz_formula.c: any formula, parsed; what is parsed hangs together and can be evaluated. */
#include "dyad/data/formula.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                            \
    ((condition) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #condition), abort()))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const double one = 1;
    char *text = malloc(size + 1);
    struct formula f = FORMULA_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    MUST(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    const enum dyad_status st = formula_parse(text, size % 2 ? FORMULA_BOTH : FORMULA_RIGHT, &f, &err);
    MUST(st == DYAD_OK || (st == DYAD_USAGE && err.text[0]));
    const double **columns = malloc((f.n_columns + 1) * sizeof *columns);
    MUST(columns);
    for (size_t i = 0; i < f.n_columns; i++)
        columns[i] = &one;
    for (size_t i = 0; i < f.n_atoms; i++)
        if (f.atoms[i].value.n)
            (void)formula_evaluate(&f.atoms[i].value, columns, 0);
    for (size_t t = 0; t < f.n_terms; t++)
        for (size_t j = 0; j < f.terms[t].n_parts; j++)
            MUST(f.terms[t].parts[j].atom < f.n_atoms);
    free(columns);
    formula_release(&f);
    free(text);
    return 0;
}
