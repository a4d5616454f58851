#include "lexer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/core/text.h"
#include "dyad/data/number.h"

const char *const expression_signs[] = { "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", ",", NULL };

/* The number, from 1, of the character at at, as a person counts. */
static size_t
place_of(const struct lexer *l, const char *at)
{
    size_t n = 1;

    for (const char *s = l->text; s < at; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void
fail_with(struct lexer *l, const char *at, const char *fmt, va_list args)
{
    struct text what = TEXT_INIT;

    if (l->st != DYAD_OK)
        return;
    text_vprintf(&what, fmt, args);
    if (what.failed)
        lexer_out_of_memory(l);
    else
        l->st = dyad_fail(l->err, DYAD_USAGE, "at character %zu: %s", place_of(l, at), what.at);
    text_release(&what);
}

void
lexer_fail_at(struct lexer *l, const char *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fail_with(l, at, fmt, args);
    va_end(args);
}

void
lexer_fail(struct lexer *l, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fail_with(l, l->token_at, fmt, args);
    va_end(args);
}

void
lexer_out_of_memory(struct lexer *l)
{
    if (l->st == DYAD_OK)
        l->st = dyad_fail(l->err, DYAD_NOMEM, "out of memory");
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_name_char(char c, bool first)
{
    const unsigned char u = (unsigned char)c;
    return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u >= 0x80 ||
           (!first && (is_digit(c) || u == '.'));
}

static void
keep_word(struct lexer *l, const char *from, size_t length)
{
    memcpy(l->word, from, length);
    l->word[length] = '\0';
    l->word_length = length;
}

/* Up to the closing character, which doubled stands for itself. */
static enum token
quoted(struct lexer *l, char close, enum token token)
{
    size_t n = 0;

    for (l->at++; *l->at; l->at++) {
        if (*l->at == close) {
            if (l->at[1] != close)
                break;
            l->at++;
        }
        l->word[n++] = *l->at;
    }
    if (*l->at != close)
        return TOKEN_BAD;
    l->at++;
    l->word[n] = '\0';
    l->word_length = n;
    return token;
}

static enum token
number_token(struct lexer *l)
{
    const char *s = l->at;

    while (is_digit(*s) || *s == '.')
        s++;
    if ((*s == 'e' || *s == 'E') && (is_digit(s[1]) || ((s[1] == '+' || s[1] == '-') && is_digit(s[2]))))
        for (s += 2; is_digit(*s);)
            s++;
    const enum number_state good = number_parse(l->at, (size_t)(s - l->at), '.', &l->number);
    keep_word(l, l->at, (size_t)(s - l->at));
    l->at = s;
    return good == NUMBER_GOOD && !is_name_char(*s, true) ? TOKEN_NUMBER : TOKEN_BAD;
}

static enum token
sign_token(struct lexer *l)
{
    for (const char *const *sign = l->signs; *sign; sign++)
        if (strncmp(l->at, *sign, strlen(*sign)) == 0) {
            keep_word(l, l->at, strlen(*sign));
            l->at += l->word_length;
            return TOKEN_SIGN;
        }
    return TOKEN_BAD;
}

static const char *
skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
        s++;
    return s;
}

static enum token
scan_token(struct lexer *l)
{
    l->at = skip_blanks(l->at);
    l->token_at = l->at;
    l->word[0] = '\0';
    l->word_length = 0;
    if (*l->at == '\0')
        return TOKEN_END;
    if (*l->at == '"' || *l->at == '\'')
        return quoted(l, *l->at, TOKEN_TEXT);
    if (*l->at == '[' || *l->at == '`')
        return quoted(l, *l->at == '[' ? ']' : '`', TOKEN_NAME);
    if (is_digit(*l->at) || (*l->at == '.' && is_digit(l->at[1])))
        return number_token(l);
    if (!is_name_char(*l->at, true))
        return sign_token(l);
    const char *s = l->at;
    while (is_name_char(*l->at, l->at == s))
        l->at++;
    keep_word(l, s, (size_t)(l->at - s));
    return TOKEN_WORD;
}

void
lexer_next(struct lexer *l)
{
    l->token = scan_token(l);
    if (l->token != TOKEN_BAD)
        return;
    const char c = *l->token_at;
    if (c == '"' || c == '\'' || c == '[' || c == '`')
        lexer_fail(l, "a quote or bracket that is not closed");
    else if (c == '=')
        lexer_fail(l, "'=' compares nothing: write '=='");
    else if (c == '.' || is_digit(c))
        lexer_fail(l, "not a number; a name that begins with a digit is written [name]");
    else
        lexer_fail(l, "a character that has no meaning here");
}

void
lexer_begin(struct lexer *l, const char *text, const char *const *signs, struct dyad_error *err)
{
    *l = (struct lexer){ .text = text, .at = text, .token_at = text, .signs = signs, .err = err };
    l->word = malloc(strlen(text) + 1);
    if (l->word == NULL)
        lexer_out_of_memory(l);
    else
        lexer_next(l);
}

void
lexer_release(struct lexer *l)
{
    free(l->word);
    l->word = NULL;
}

bool
lexer_is(const struct lexer *l, enum token token, const char *word)
{
    return l->st == DYAD_OK && l->token == token && strcmp(l->word, word) == 0;
}

bool
lexer_is_reserved(const struct lexer *l)
{
    static const char *const words[] = { "and", "or",  "not", "in",    "is",  "missing",
                                         "if",  "min", "max", "floor", "log", "exp" };

    for (size_t i = 0; l->token == TOKEN_WORD && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(l->word, words[i]) == 0)
            return true;
    return false;
}

bool
lexer_accept(struct lexer *l, enum token token, const char *word)
{
    const bool found = lexer_is(l, token, word);
    if (found)
        lexer_next(l);
    return found;
}

void
lexer_expect(struct lexer *l, const char *sign, const char *what)
{
    if (!lexer_accept(l, TOKEN_SIGN, sign))
        lexer_fail(l, "%s", what);
}

char
lexer_peek(const struct lexer *l)
{
    return *skip_blanks(l->at);
}
