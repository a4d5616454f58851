/*
 * data/lexer.h: the words of expressions and formulas.
 *
 * A first failure is kept in `st`, and in `err` with the character it is at; what follows it is
 * to be ignored.
 */
#ifndef DYAD_DATA_LEXER_H
#define DYAD_DATA_LEXER_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>

enum token {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_TEXT, /* in single or double quotes */
    TOKEN_NAME, /* in brackets or backquotes */
    TOKEN_WORD,
    TOKEN_SIGN,
    TOKEN_BAD
};

struct lexer {
    const char *text, *at, *token_at; /* at: behind the token */
    const char *const *signs;         /* a longer one before one it begins with; ends with NULL */
    enum token token;
    char *word; /* name, text or word of the token; sign: its characters; number: as typed */
    size_t word_length;
    double number;
    struct dyad_error *err;
    enum dyad_status st;
};

/* The signs of expressions. */
extern const char *const expression_signs[];

/** lexer_is_reserved(l): is the token a word of the language of expressions, which no column is called by? */
bool lexer_is_reserved(const struct lexer *l);

/** lexer_begin(l, text, signs, err): at the first token; l->st says whether there is one. */
void lexer_begin(struct lexer *l, const char *text, const char *const *signs, struct dyad_error *err);

void lexer_release(struct lexer *l);

void lexer_next(struct lexer *l);

/** lexer_is(l, token, word): is that the token?  lexer_accept: the same, and go behind it. */
bool lexer_is(const struct lexer *l, enum token token, const char *word);
bool lexer_accept(struct lexer *l, enum token token, const char *word);

/** lexer_expect(l, sign, what): go behind that sign, or fail with ${what}. */
void lexer_expect(struct lexer *l, const char *sign, const char *what);

/** lexer_peek(l): the first character behind the token that is no blank. */
char lexer_peek(const struct lexer *l);

/** lexer_fail_at(l, at, fmt, ...): wrong usage, at that character; lexer_fail: at the token. */
void lexer_fail_at(struct lexer *l, const char *at, const char *fmt, ...) DYAD_PRINTF(3, 4);
void lexer_fail(struct lexer *l, const char *fmt, ...) DYAD_PRINTF(2, 3);

/** lexer_out_of_memory(l): fail for want of memory. */
void lexer_out_of_memory(struct lexer *l);

#endif
