/*
 * tests/fuzz/fuzz_document.c: any file as a YAML document.
 *
 * What is read has places inside the text, keys that differ, and no more levels than it may have.
 */
#include "dyad/data/document.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MUST(condition)                                                                            \
    ((condition) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #condition), abort()))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_node(const struct node *n, size_t depth, size_t lines)
{
    MUST(depth <= DOCUMENT_DEPTH);
    MUST(n->line >= 1 && n->line <= lines && n->column >= 1);
    MUST((n->kind == NODE_TEXT) == (n->text != NULL));
    MUST(n->n == 0 || n->kind == NODE_LIST || n->kind == NODE_MAP);
    for (size_t i = 0; i < n->n; i++) {
        MUST((n->items[i].key != NULL) == (n->kind == NODE_MAP));
        MUST(n->kind != NODE_MAP || node_find(n, n->items[i].key) == &n->items[i]);
        check_node(&n->items[i], depth + 1, lines);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct document d = DOCUMENT_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    char path[64];
    size_t lines = 2;
    const int fd = memfd_create("document", 0);

    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    /* Every character that YAML counts as a line's end, the two and three bytes of the odd ones too. */
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
    if (document_read(path, &d, &err) == DYAD_OK)
        check_node(&d.root, 0, lines);
    else
        MUST(d.path == NULL && err.text[0]);
    document_release(&d);
    close(fd);
    return 0;
}
