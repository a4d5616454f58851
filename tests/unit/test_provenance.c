#include "dyad/output/provenance.h"

#include "check.h"

static void
argument_is(const char *argument, const char *wanted)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    result_argument(&r, argument);
    provenance_command(&out, &r);
    if (strcmp(out.at + 5, wanted) != 0)
        print_error("%s, not %s\n", out.at + 5, wanted);
    CHECK(strncmp(out.at, "dyad ", 5) == 0);
    CHECK(strcmp(out.at + 5, wanted) == 0);
    text_release(&out);
    result_release(&r);
}

static void
quotes_for_a_shell(void)
{
    argument_is("--by=site,arm", "--by=site,arm");
    argument_is("", "''");
    argument_is("age > 3", "'age > 3'");
    argument_is("~root", "'~root'");
    argument_is("$(rm)", "'$(rm)'");
    argument_is("it's", "'it'\\''s'");
    argument_is("caf\u00e9", "'caf\u00e9'");
    argument_is("a\nb'\\", "$'a\\012b\\'\\\\'");
    argument_is("\xff\u202e", "$'\\377\\342\\200\\256'");
}

static void
input_is(uint64_t records, uint64_t bytes, const char *wanted)
{
    char path[] = "a\tb.csv";
    const struct input in = { .path = path, .records = records, .bytes = bytes };
    struct text out = TEXT_INIT;

    provenance_input(&out, &in);
    CHECK(strcmp(out.at, wanted) == 0);
    text_release(&out);
}

static void
counts_in_plain_english(void)
{
    input_is(1, 1, "a\\tb.csv: 1 record, 1 byte");
    input_is(0, 435256, "a\\tb.csv: 0 records, 435,256 bytes");
}

static void
names_version_and_seed(void)
{
    struct result r = RESULT_INIT;
    struct text out = TEXT_INIT;

    r.seed = UINT64_MAX;
    provenance_version(&out, &r);
    CHECK(strcmp(out.at, "dyad 0.1.0, seed 18446744073709551615") == 0);
    text_release(&out);
}

int
main(void)
{
    RUN(quotes_for_a_shell);
    RUN(counts_in_plain_english);
    RUN(names_version_and_seed);
    return DONE();
}
