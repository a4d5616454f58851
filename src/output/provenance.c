#include "dyad/output/provenance.h"

#include "dyad/core/version.h"
#include "dyad/output/numeral.h"
#include "dyad/output/utf8.h"

#include <inttypes.h>
#include <string.h>

void
provenance_title(struct text *out, const struct result *r)
{
    text_puts(out, "dyad");
    if (r->command) {
        text_putc(out, ' ');
        utf8_visible(out, r->command);
    }
}

/* Could a reader not see, or a terminal not show, what this character is? */
static bool
is_odd(uint32_t code)
{
    return code == UTF8_REPLACEMENT || utf8_is_hidden(code);
}

/* $'...' is the only quoting in which every byte can be written in sight. */
static void
put_escaped(struct text *out, const char *s)
{
    size_t length;
    uint32_t code;

    text_puts(out, "$'");
    for (; (length = utf8_next(s, &code)) > 0; s += length)
        if (code == '\'' || code == '\\')
            text_printf(out, "\\%c", (char)code);
        else if (!is_odd(code))
            text_put(out, s, length);
        else
            for (size_t i = 0; i < length; i++)
                text_printf(out, "\\%03o", (unsigned)(unsigned char)s[i]);
    text_putc(out, '\'');
}

static void
put_quoted(struct text *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./:=,+@%-";
    uint32_t code;
    size_t length;

    if (*s != '\0' && s[strspn(s, plain)] == '\0') {
        text_puts(out, s);
        return;
    }
    for (const char *c = s; (length = utf8_next(c, &code)) > 0; c += length)
        if (is_odd(code)) {
            put_escaped(out, s);
            return;
        }
    text_putc(out, '\'');
    for (; *s; s++)
        if (*s == '\'')
            text_puts(out, "'\\''");
        else
            text_putc(out, *s);
    text_putc(out, '\'');
}

void
provenance_command(struct text *out, const struct result *r)
{
    provenance_title(out, r);
    for (size_t i = 0; i < r->n_arguments; i++) {
        text_putc(out, ' ');
        put_quoted(out, r->arguments[i]);
    }
}

static void
put_amount(struct text *out, uint64_t n, const char *one, const char *many)
{
    numeral_count(out, n > INT64_MAX ? INT64_MAX : (int64_t)n);
    text_putc(out, ' ');
    text_puts(out, n == 1 ? one : many);
}

void
provenance_input(struct text *out, const struct input *in)
{
    utf8_visible(out, in->path);
    if (in->hidden) {
        text_puts(out, ": its size is suppressed");
        return;
    }
    text_puts(out, ": ");
    if (in->records != RECORDS_UNKNOWN) {
        put_amount(out, in->records, "record", "records");
        text_puts(out, ", ");
    }
    put_amount(out, in->bytes, "byte", "bytes");
}

void
provenance_version(struct text *out, const struct result *r)
{
    text_printf(out, "dyad " DYAD_VERSION ", seed %" PRIu64, r->seed);
}
