#include "dyad/core/status.h"

#include <stdio.h>
#include <string.h>

enum dyad_status
dyad_fail(struct dyad_error *err, enum dyad_status status, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return status;
    err->status = status;
    va_start(args, fmt);
    int wanted = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    if (wanted >= (int)sizeof err->text) {
        char *cut = err->text + sizeof err->text - 4;
        while (cut > err->text && ((unsigned char)*cut & 0xc0) == 0x80) /* not inside a character */
            cut--;
        memcpy(cut, "...", 4);
    }
    return status;
}

int
dyad_exit_status(enum dyad_status status)
{
    switch (status) {
    case DYAD_OK:
        return 0;
    case DYAD_DIFFERS:
        return 1;
    case DYAD_USAGE:
        return 2;
    case DYAD_PARSE:
    case DYAD_DATA:
        return 3;
    case DYAD_IO:
    case DYAD_NOMEM:
        return 4;
    case DYAD_DOMAIN:
    case DYAD_NOCONV:
        return 5;
    case DYAD_DEFECT:
        break;
    }
    return 70;
}
