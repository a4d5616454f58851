#include "dyad/data/missing.h"

#include "dyad/data/number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool
concerns(const struct missing_list *l, const char *name)
{
    return l->column == NULL || strcmp(l->column, name) == 0;
}

static void
add(struct missing_values *m, const char **texts, double *numbers, const char *value)
{
    texts[m->n] = value;
    if (number_parse(value, strlen(value), '.', &numbers[m->n]) != NUMBER_GOOD)
        numbers[m->n] = NAN;
    m->n++;
}

enum dyad_status
missing_of(const struct missing_list *lists, size_t n_lists, const struct codebook_field *f, const char *name, char decimal,
           struct missing_values *out)
{
    size_t n = f ? f->n_missing : 0;

    for (size_t i = 0; i < n_lists; i++)
        n += concerns(&lists[i], name) ? lists[i].n : 0;
    const char **texts = malloc((n ? n : 1) * sizeof *texts);
    double *numbers = malloc((n ? n : 1) * sizeof *numbers);
    struct missing_values all = { texts, numbers, 0, decimal };
    if (texts == NULL || numbers == NULL) {
        free((void *)texts);
        free(numbers);
        return DYAD_NOMEM;
    }
    for (size_t i = 0; i < n_lists; i++)
        for (size_t k = 0; concerns(&lists[i], name) && k < lists[i].n; k++)
            add(&all, texts, numbers, lists[i].values[k]);
    for (size_t k = 0; f && k < f->n_missing; k++)
        add(&all, texts, numbers, f->missing[k]);
    *out = all;
    return DYAD_OK;
}

void
missing_release(struct missing_values *m)
{
    free((void *)(uintptr_t)m->texts);
    free((void *)(uintptr_t)m->numbers);
    *m = (struct missing_values){ 0 };
}
