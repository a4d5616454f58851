#include "help.h"

#include "options.h"

#include <string.h>

enum { WIDTH = 79 };

/* Words of one paragraph, the first line begun at ${column}, the others indented. */
static void
wrap(struct text *out, const char *words, size_t length, size_t column, size_t indent)
{
    const char *end = words + length;
    bool first = true;

    while (words < end) {
        const char *space = memchr(words, ' ', (size_t)(end - words));
        const size_t n = (size_t)((space ? space : end) - words);
        if (!first && column + 1 + n > WIDTH) {
            text_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            text_putc(out, ' ');
            column++;
        }
        text_put(out, words, n);
        column += n;
        words += n + (space != NULL);
        first = false;
    }
    text_putc(out, '\n');
}

static void
paragraphs(struct text *out, const char *text)
{
    while (*text) {
        const size_t n = strcspn(text, "\n");
        wrap(out, text, n, 0, 0);
        text += n + (text[n] == '\n');
    }
}

static void
option(struct text *out, const struct option_spec *spec)
{
    enum { HELP_COLUMN = 26 };
    struct text head = TEXT_INIT;

    text_printf(&head, "  --%s%s%s", spec->name, spec->argument ? " " : "", spec->argument ? spec->argument : "");
    text_puts(out, head.failed ? "" : head.at);
    out->failed = out->failed || head.failed;
    if (head.length + 2 > HELP_COLUMN)
        text_printf(out, "\n%*s", HELP_COLUMN, "");
    else
        text_printf(out, "%*s", (int)(HELP_COLUMN - head.length), "");
    wrap(out, spec->help, strlen(spec->help), HELP_COLUMN, HELP_COLUMN);
    text_release(&head);
}

void
help_command(const struct command *command, struct text *out)
{
    const struct option_spec *spec;
    size_t n_own = 0;

    text_printf(out, "Usage: %s\n\n", command->usage);
    paragraphs(out, command->about);
    while (command->options[n_own].name)
        n_own++;
    for (size_t i = 0; options_each(i, command, &spec); i++) {
        if (i == 0 || i == n_own)
            text_printf(out, "\n%s:\n", i < n_own ? "Options" : "Options of all such commands");
        option(out, spec);
    }
    text_printf(out, "\nExamples:\n%s", command->examples);
    if (command->shared & SHARED_COHORT)
        paragraphs(out, "\nEXPR: columns (odd names as [mother age] or in backquotes), numbers, texts in quotes, "
                        "+ - * /, == != < <= > >=, and or not, in (\"a\", \"b\"), is missing, is not missing, "
                        "if(TEST, A, B), min() max() floor() log() exp(). What touches a missing value is missing; "
                        "--where keeps what is true.");
    paragraphs(out, "\nExit status: 0 done; 1 done, and what was checked does not hold; 2 wrong usage; 3 bad input "
                    "data; 4 a file or device failed; 5 nothing of what was asked has an answer.");
}

void
help_program(struct text *out)
{
    const struct command *c;

    text_puts(out, "Usage: dyad COMMAND [OPTIONS] FILE...\n\n");
    paragraphs(out, "Outcomes of cohorts of mothers and infants: rates, odds ratios, published figures. Every command "
                    "reads files, writes its result and exits; it never asks a question.");
    text_puts(out, "\nCommands:\n");
    for (size_t i = 0; (c = command_at(i)) != NULL; i++)
        text_printf(out, "  %-12s%s\n", c->name, c->summary);
    text_puts(out, "  help        this text; dyad help COMMAND is dyad COMMAND --help\n");
    text_puts(out, "\nOptions:\n"
                   "  --help      this text\n"
                   "  --version   the version\n"
                   "\nExamples:\n"
                   "    dyad rates cohort.csv --outcome initiated --by support\n"
                   "        how many initiated, in each support group\n"
                   "    dyad odds cohort.csv --outcome initiated --exposure support \\\n"
                   "            --reference none --stratify site\n"
                   "        odds ratios against no support, crude, by site and pooled\n");
    paragraphs(out, "\nFiles are CSV (RFC 4180, UTF-8), read strictly; .gz is unpacked, - is standard input, several "
                    "files with the same columns are read as one. Long options are spelt in full; -- ends them.");
}
