#include "dyad/data/codebook.h"

#include "check.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static char path[64];

/* A codebook of this text, or NULL with the complaint in ${err}. */
static struct codebook *
read_text(const char *text, struct dyad_error *err)
{
    struct codebook *b = NULL;
    snprintf(path, sizeof path, "/tmp/test_codebook.%ld", (long)getpid());
    FILE *f = fopen(path, "w");

    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    const enum dyad_status st = codebook_read(path, true, &b, err);
    CHECK((st == DYAD_OK) == (b != NULL));
    remove(path);
    return b;
}

#define HEAD "Variable / Field Name,Field Type,Field Label,\"Choices, Calculations, OR Slider Labels\"," \
             "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?,Required Field?," \
             "Missing Codes,Levels Ordered,Reference,Unit\n"

static enum codebook_fault
fault(const struct codebook *b, const char *field, const char *value)
{
    return codebook_fault(codebook_find(b, field), value, strlen(value), '.');
}

static void
reads_redcap(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct codebook *b = read_text(HEAD
        "record_id,text,Study code,,,,,,,,,,\n"
        "support,radio,\"<b>Kind</b> of\n support\",\"ibclc, IBCLC, certified | peer, Peer | none,\",,,,n,y,\"-9, Refused | -8\",,none,\n"
        "educ,dropdown,,\"1, Low | 2, Middle | 3, High\",,,,,,,y,2,\n"
        "weeks,text,Duration,,number,0,104.5,,,\"999, 998\",,,weeks\n"
        "parity,text,Parity,,integer,0,20,,,\"99, Not recorded\",,,\n"
        "visit,text,Visit,,date_ymd,2020-01-01,2021-12-31,,,,,,\n"
        "initiated,yesno,Initiated,,,,,,,,,,\n"
        "sup,checkbox,Support,\"1, Phone | b-2, Video\",,,,,,,,,\n"
        "note,descriptive,Read this,,,,,,,,,,\n"
        "tel,text,Telephone,,phone,,,,,,,,\n"
        "mother,text,Name,,,,,y,,,,,\n", &err);

    CHECK(b && b->n_fields == 11 && b->n_key == 1 && strcmp(b->key[0], "record_id") == 0 && strlen(b->sha256) == 64);
    const struct codebook_field *f = codebook_find(b, "support");
    CHECK(strcmp(f->label, "Kind of support") == 0 && f->type == CODEBOOK_CATEGORY && f->n_choices == 3 && f->required);
    CHECK(strcmp(codebook_label(f, "ibclc"), "IBCLC, certified") == 0 && f->mark == CODEBOOK_DOES_NOT);
    CHECK(f->n_missing == 2 && strcmp(f->missing[0], "-9") == 0 && strcmp(f->missing[1], "-8") == 0);
    CHECK(strcmp(f->order.values[0], "none") == 0 && strcmp(f->order.values[1], "ibclc") == 0 && f->order.n == 3);
    f = codebook_find(b, "educ");
    CHECK(f->ordered && strcmp(f->order.values[0], "1") == 0 && strcmp(f->reference, "2") == 0 && f->label == NULL);
    f = codebook_find(b, "weeks");
    CHECK(f->n_missing == 2 && f->min >= 0 && f->max > 104.4 && strcmp(f->unit, "weeks") == 0);
    CHECK(codebook_find(b, "parity")->n_missing == 1);
    CHECK(strcmp(codebook_find(b, "sup___b_2")->label, "Support: Video") == 0 && codebook_find(b, "sup") == NULL);
    CHECK(codebook_find(b, "tel")->personal && codebook_find(b, "mother")->mark == CODEBOOK_IDENTIFIES);
    CHECK(codebook_find(b, "note") == NULL);
    CHECK(strcmp(codebook_label(codebook_find(b, "initiated"), "1"), "Yes") == 0);
    codebook_free(b);
}

static void
finds_what_is_wrong_with_values(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct codebook *b = read_text(HEAD "c,radio,,\"1, A | 2, B\",,,,,,,,,\nn,text,,,number,0,10,,,,,,\ni,text,,,integer,,,,,,,,\n"
                                        "d,text,,,date_ymd,2020-01-01,,,,,,,\nt,truefalse,,,,,,,,,,,\nx,text,,,,,,,,,,,\n", &err);

    CHECK(b != NULL);
    CHECK(fault(b, "c", "1") == FAULT_NONE && fault(b, "c", "3") == FAULT_CHOICE && fault(b, "c", "1.0") == FAULT_CHOICE);
    CHECK(fault(b, "n", "0") == FAULT_NONE && fault(b, "n", "10.01") == FAULT_RANGE && fault(b, "n", "ten") == FAULT_TYPE);
    CHECK(fault(b, "n", "-0.5") == FAULT_RANGE);
    CHECK(fault(b, "i", "7.0") == FAULT_NONE && fault(b, "i", "7.5") == FAULT_TYPE);
    CHECK(fault(b, "d", "2020-01-01") == FAULT_NONE && fault(b, "d", "2019-12-31") == FAULT_RANGE);
    CHECK(fault(b, "d", "2020-02-30") == FAULT_TYPE);
    CHECK(fault(b, "t", "TRUE") == FAULT_NONE && fault(b, "t", "2") == FAULT_TYPE && fault(b, "x", "anything") == FAULT_NONE);
    codebook_free(b);
}

static void
reads_table_schema(void)
{
    struct dyad_error err = DYAD_ERROR_INIT;
    struct codebook *b = read_text(
        "{\"fields\": [\n"
        " {\"name\": \"id\", \"type\": \"string\", \"constraints\": {\"unique\": true, \"required\": true}},\n"
        " {\"name\": \"support\", \"title\": \"Kind of support\", \"categories\": [{\"value\": \"none\", \"label\": \"No support\"},"
        "  \"peer\"], \"missingValues\": [\"\", \"-9\"]},\n"
        " {\"name\": \"educ\", \"type\": \"integer\", \"categories\": [{\"value\": 1, \"label\": \"Low\"}, {\"value\": 2}],"
        "  \"categoriesOrdered\": true, \"reference\": 2},\n"
        " {\"name\": \"weeks\", \"type\": \"number\", \"unit\": \"weeks\", \"constraints\": {\"minimum\": 0, \"maximum\": 1.5}},\n"
        " {\"name\": \"g\", \"type\": \"string\", \"constraints\": {\"enum\": [\"a\", \"b\"]}, \"identifier\": false},\n"
        " {\"name\": \"t\", \"type\": \"boolean\"},\n"
        " {\"name\": \"j\", \"type\": \"boolean\", \"trueValues\": [\"ja\"], \"falseValues\": [\"nein\"]}],\n"
        " \"missingValues\": [\"\", \"99\"], \"primaryKey\": [\"id\", \"t\"]}", &err);

    CHECK(b && b->n_fields == 7 && b->n_key == 2 && codebook_find(b, "id")->unique && codebook_find(b, "id")->required);
    CHECK(strcmp(codebook_label(codebook_find(b, "support"), "none"), "No support") == 0);
    CHECK(codebook_find(b, "support")->n_missing == 1 && codebook_find(b, "weeks")->n_missing == 1);
    const struct codebook_field *f = codebook_find(b, "educ");
    CHECK(f->type == CODEBOOK_CATEGORY && f->ordered && strcmp(codebook_label(f, "2"), "2") == 0);
    CHECK(strcmp(f->reference, "2") == 0);
    CHECK(fault(b, "weeks", "1.6") == FAULT_RANGE && fault(b, "g", "c") == FAULT_CHOICE && fault(b, "t", "true") == FAULT_NONE);
    CHECK(codebook_find(b, "g")->mark == CODEBOOK_DOES_NOT && fault(b, "j", "ja") == FAULT_NONE && fault(b, "j", "1") == FAULT_CHOICE);
    codebook_free(b);
    b = read_text("{\"resources\": [{\"schema\": {\"fields\": [{\"name\": \"a\"}], \"primaryKey\": \"a\"}}]}", &err);
    CHECK(b && b->n_fields == 1 && b->n_key == 1);
    codebook_free(b);
}

static void
refuses_what_is_no_codebook(void)
{
    const struct {
        const char *text, *says;
    } bad[] = {
        { "a,b\n1,2\n", "REDCap's headings" },
        { HEAD, "without fields" },
        { HEAD "a,wheel,,,,,,,,,,,\n", ":2:2: column 'Field Type' holds no type of field" },
        { HEAD "a,radio,,,,,,,,,,,\n", ":2: field 'a' is a category without choices" },
        { HEAD "a,radio,,\"1, A | 1, B\",,,,,,,,,\n", "two choices of the same code" },
        { HEAD "a,radio,,\", A | 1, B\",,,,,,,,,\n", "a choice without a code" },
        { HEAD "a,text,,,,,,,,,,,\na,text,,,,,,,,,,,\n", ":3: field 'a' stands there twice" },
        { HEAD "a,text,,,number,5,1,,,,,,\n", "a minimum above its maximum" },
        { HEAD "a,text,,,number,five,,,,,,,\n", "holds no value of the field's type" },
        { HEAD "a,radio,,\"1, A\",,,,,,,,2,\n", "a reference that is none of its choices" },
        { HEAD "a,text,,,,,,maybe,,,,,\n", "holds neither y nor n nor nothing" },
        { "{\"fields\": 3}", "no Table Schema" },
        { "{\"fields\": [{\"name\": \"a\"}", "is no JSON" },
        { "{\"fields\": [{}]}", "a field without a name" },
        { "{\"fields\": [{\"name\": \"a\", \"type\": \"wheel\"}]}", "a type that Table Schema does not have" },
        { "{\"fields\": [{\"name\": \"a\", \"constraints\": {\"enum\": [[]]}}]}", "neither text nor number" },
        { "{\"fields\": [{\"name\": \"a\", \"type\": \"number\", \"constraints\": {\"minimum\": \"x\"}}]}", "no value of its type" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct dyad_error err = DYAD_ERROR_INIT;
        CHECK(read_text(bad[i].text, &err) == NULL);
        if (strstr(err.text, bad[i].says) == NULL)
            print_error("%zu: %s\n", i, err.text);
        CHECK(strstr(err.text, bad[i].says) != NULL);
    }
}

static void
knows_the_columns_that_redcap_adds(void)
{
    CHECK(codebook_is_made("redcap_event_name") && codebook_is_made("baseline_complete") && codebook_is_made("survey_timestamp"));
    CHECK(!codebook_is_made("_complete") && !codebook_is_made("initiated"));
}

int
main(void)
{
    RUN(reads_redcap);
    RUN(finds_what_is_wrong_with_values);
    RUN(reads_table_schema);
    RUN(refuses_what_is_no_codebook);
    RUN(knows_the_columns_that_redcap_adds);
    return DONE();
}
