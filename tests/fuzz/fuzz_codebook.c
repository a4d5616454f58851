/* Any bytes as a codebook of either kind, and as values that are looked at for identifiers. */
#include "dyad/data/codebook.h"
#include "dyad/data/identifiers.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Of every field: a value, and the names that the file itself gives. */
static void
ask(const struct codebook *b)
{
    for (size_t i = 0; i < b->n_fields; i++) {
        const struct codebook_field *f = &b->fields[i];
        (void)codebook_label(f, "1");
        (void)codebook_fault_words(f, codebook_fault(f, f->name, strlen(f->name), '.'));
        (void)identifier_by_name(f->name);
        (void)identifier_quasi_by_name(f->name);
        if (codebook_find(b, f->name) != f)
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct codebook *b = NULL;
    struct dyad_error err = DYAD_ERROR_INIT;
    struct identifier_tally t = { 0 };
    char path[64];
    const int fd = memfd_create("codebook", 0);

    if (fd < 0 || (n && write(fd, bytes, n) != (ssize_t)n))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (codebook_read(path, false, &b, &err) == DYAD_OK)
        ask(b);
    codebook_free(b);
    close(fd);
    /* no byte behind the last may be read */
    char *exact = malloc(n ? n : 1);
    if (exact && n)
        memcpy(exact, bytes, n);
    if (exact)
        identifier_look(&t, exact, n);
    free(exact);
    (void)identifier_by_content(&t, "x", NULL);
    return 0;
}
