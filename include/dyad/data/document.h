/*
 * data/document.h: a YAML file, or JSON, as a tree in which everything knows its line and column.
 *
 * Text stays as it is written: nothing becomes a number, a date or a truth by itself; a block of lines
 * loses its last line ends.  Refused, with their place: a key that stands twice, anchors, aliases and tags, a second document, more than
 * DOCUMENT_DEPTH levels.
 */
#ifndef DYAD_DATA_DOCUMENT_H
#define DYAD_DATA_DOCUMENT_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DOCUMENT_DEPTH = 32, DOCUMENT_BYTES_MAX = 16 << 20 };

enum node_kind {
    NODE_EMPTY, /* nothing, ~ or null */
    NODE_TEXT,
    NODE_LIST,
    NODE_MAP
};

struct node {
    enum node_kind kind;
    char *key;  /* in a map; else NULL */
    char *text; /* of NODE_TEXT */
    struct node *items;
    size_t n;
    size_t line, column;         /* from 1, of the value */
    size_t key_line, key_column; /* of its key */
};

struct document {
    char *path; /* for messages */
    struct node root;
    uint64_t bytes;
    char sha256[65];
};

#define DOCUMENT_INIT { .path = NULL }

/**
 * document_read(path, out, err):
 * Returns: DYAD_OK; DYAD_PARSE with path:line:column and what is wrong; DYAD_IO; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status document_read(const char *path, struct document *out, struct dyad_error *err);

/** node_find(map, key): the value, or NULL; also where ${map} is no map. */
const struct node *node_find(const struct node *map, const char *key);

void document_release(struct document *d);

#endif
