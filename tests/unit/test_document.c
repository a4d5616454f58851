#include "dyad/data/document.h"

#include "check.h"
#include "scratch.h"

#include "dyad/core/text.h"

static enum dyad_status
read_text(const char *text, struct document *d, struct dyad_error *err)
{
    return document_read(scratch_file("document.yaml", text, strlen(text)), d, err);
}

/* The tree as text: kinds, texts and places. */
static void
tell(const struct node *n, struct text *out)
{
    static const char kinds[] = "~\"[{";

    if (n->key)
        text_printf(out, "%s@%zu.%zu=", n->key, n->key_line, n->key_column);
    text_printf(out, "%c%s@%zu.%zu", kinds[n->kind], n->text ? n->text : "", n->line, n->column);
    for (size_t i = 0; i < n->n; i++) {
        text_putc(out, ' ');
        tell(&n->items[i], out);
    }
    if (n->kind == NODE_LIST || n->kind == NODE_MAP)
        text_putc(out, n->kind == NODE_LIST ? ']' : '}');
}

static void
check_tree(const char *text, const char *wanted)
{
    struct document d = DOCUMENT_INIT;
    struct text told = TEXT_INIT;

    CHECK(read_text(text, &d, NULL) == DYAD_OK);
    tell(&d.root, &told);
    assert_string_equal(told.at, wanted);
    text_release(&told);
    document_release(&d);
}

static void
check_refused(const char *text, const char *wanted)
{
    struct document d = DOCUMENT_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;

    CHECK(read_text(text, &d, &err) == DYAD_PARSE);
    CHECK(d.path == NULL && d.root.n == 0); /* untouched */
    assert_string_equal(strstr(err.text, ".yaml:") + 6, wanted);
}

static void
knows_where_everything_stands(void)
{
    check_tree("a: 1\nb:\n  - x\n  - {c: [d, e]}\n",
               "{@1.1 a@1.1=\"1@1.4 b@2.1=[@3.3 \"x@3.5 {@4.5 c@4.6=[@4.9 \"d@4.10 \"e@4.13]}]}");
    check_tree("\xef\xbb\xbf" "a: 1\r\nb: 2\r\n", "{@1.1 a@1.1=\"1@1.4 b@2.1=\"2@2.4}");
    check_tree("# \xc3\xa9\n\xc3\xa9: \"\xc3\xa9\" # x\n", "{@2.1 \xc3\xa9@2.1=\"\xc3\xa9@2.4}");
    check_tree("\"a\"\n", "\"a@1.1");
}

static void
leaves_text_as_it_is_written(void)
{
    check_tree("[05, 1e3, yes, 2026-11-22, 0x10, \"~\", 'null', ~, null, -9]\n",
               "[@1.1 \"05@1.2 \"1e3@1.6 \"yes@1.11 \"2026-11-22@1.16 \"0x10@1.28 \"~@1.34 \"null@1.39 ~@1.47 ~@1.50 "
               "\"-9@1.56]");
}

static void
takes_the_last_line_ends_from_a_block(void)
{
    check_tree("a: |\n  x\n  y\n\nb: >-\n  x\n  y\n", "{@1.1 a@1.1=\"x\ny@1.4 b@5.1=\"x y@5.4}");
}

static void
reads_json(void)
{
    check_tree("{\n  \"a\": [1, null, true],\n  \"b\\u00e9\\/\": {\"c\": \"x\\\"\\n\"}\n}\n",
               "{@1.1 a@2.3=[@2.8 \"1@2.9 ~@2.12 \"true@2.18] b\xc3\xa9/@3.3={@3.16 c@3.17=\"x\"\n@3.22}}");
}

static void
refuses_what_could_be_meant_in_two_ways(void)
{
    check_refused("a: 1\nb: 2\na: 3\n", "3:1: the key 'a' again, which stands in line 1");
    check_refused("a: &x 1\n", "1:4: anchors (&), aliases (*) and tags (!) are not used here");
    check_refused("a: *x\n", "1:4: anchors (&), aliases (*) and tags (!) are not used here");
    check_refused("a: !!int 1\n", "1:4: anchors (&), aliases (*) and tags (!) are not used here");
    check_refused("&k a: 1\n", "1:1: anchors (&), aliases (*) and tags (!) are not used here");
    check_refused("a: 1\n---\nb: 2\n", "2:1: a second document in the file: one is needed");
    check_refused("? {a: b}\n: c\n", "1:3: a key is one word or text");
    check_refused("~: \"\\0\"\n", "1:4: a zero byte in a text");
    check_refused("\"\": a\n", "1:1: a key without a name");
}

static void
refuses_what_is_no_yaml(void)
{
    check_refused("", "1:1: is empty");
    check_refused("a: 1\nb: \"\xff\"\n", "2:5: a byte that is no text in UTF-8");
    check_refused("a: [1\n", "2:1: is no YAML: did not find expected ',' or ']', while parsing a flow sequence");
    check_refused("a: b: c\n", "1:5: is no YAML: mapping values are not allowed in this context");
    check_refused("\xef\xbb\xbf" "a: 1\nb: \"\xff\"\n", "2:5: a byte that is no text in UTF-8");
    check_refused("a:\n \t- b\n", "2:2: a tab: YAML is indented with blanks");
    check_refused("\ta: b\n", "1:1: a tab: YAML is indented with blanks");
}

static void
refuses_levels_without_end(void)
{
    struct text t = TEXT_INIT;
    struct document d = DOCUMENT_INIT;

    for (size_t i = 0; i < DOCUMENT_DEPTH + 1; i++)
        text_putc(&t, '[');
    for (size_t i = 0; i < DOCUMENT_DEPTH + 1; i++)
        text_putc(&t, ']');
    CHECK(read_text(t.at, &d, NULL) == DYAD_OK);
    document_release(&d);
    text_clear(&t);
    for (size_t i = 0; i < DOCUMENT_DEPTH + 2; i++)
        text_putc(&t, '[');
    for (size_t i = 0; i < DOCUMENT_DEPTH + 2; i++)
        text_putc(&t, ']');
    check_refused(t.at, "1:34: too many levels, one in the other");
    text_release(&t);
}

static void
finds_by_key(void)
{
    struct document d = DOCUMENT_INIT;

    CHECK(read_text("a: 1\nb: {c: 2}\n", &d, NULL) == DYAD_OK);
    CHECK(strcmp(node_find(node_find(&d.root, "b"), "c")->text, "2") == 0);
    CHECK(node_find(&d.root, "c") == NULL);
    CHECK(node_find(node_find(&d.root, "a"), "c") == NULL);
    CHECK(d.bytes == 15 && strlen(d.sha256) == 64);
    document_release(&d);
}

int
main(void)
{
    RUN(knows_where_everything_stands);
    RUN(leaves_text_as_it_is_written);
    RUN(takes_the_last_line_ends_from_a_block);
    RUN(reads_json);
    RUN(refuses_what_could_be_meant_in_two_ways);
    RUN(refuses_what_is_no_yaml);
    RUN(refuses_levels_without_end);
    RUN(finds_by_key);
    return DONE();
}
