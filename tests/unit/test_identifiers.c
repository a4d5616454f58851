#include "dyad/data/identifiers.h"

#include "check.h"

#include <string.h>

/* The verdict on a column of these values. */
static enum identifier
judge(const char *name, const char *unit, const char *const *values)
{
    struct identifier_tally t = { 0 };

    for (; *values; values++)
        identifier_look(&t, *values, strlen(*values));
    return identifier_by_content(&t, name, unit);
}

#define JUDGE(name, ...) judge(name, NULL, (const char *const[]){ __VA_ARGS__, NULL })

static void
knows_names_of_columns(void)
{
    const struct {
        const char *name;
        enum identifier what;
    } direct[] = {
        { "phone", IDENTIFIER_TELEPHONE },        { "Phone Number", IDENTIFIER_TELEPHONE },
        { "mother_phone", IDENTIFIER_TELEPHONE }, { "phone_2", IDENTIFIER_TELEPHONE },
        { "email", IDENTIFIER_EMAIL },            { "EmailAddress", IDENTIFIER_EMAIL },
        { "dob", IDENTIFIER_BIRTH_DATE },         { "DateOfBirth", IDENTIFIER_BIRTH_DATE },
        { "infant_dob", IDENTIFIER_BIRTH_DATE },  { "mrn", IDENTIFIER_RECORD_NUMBER },
        { "last_name", IDENTIFIER_NAME },         { "LastName", IDENTIFIER_NAME },
        { "mother's name", IDENTIFIER_NAME },     { "patient_name", IDENTIFIER_NAME },
        { "ssn", IDENTIFIER_SOCIAL_SECURITY },    { "address_line_1", IDENTIFIER_ADDRESS },
        { "date_of_death", IDENTIFIER_DATE },     { "ip_address", IDENTIFIER_NETWORK },
    };
    const char *const others[] = { "sup_phone",   "id",        "record_id", "dyad_id",     "study_id", "phone_support",
                                   "contact_phone", "support", "email_sent_n", "name", "site_name", "weight",
                                   "latitude",    "visit_date", "zip",      "address_known", "mobile", "tel_support", "" };

    for (size_t i = 0; i < sizeof direct / sizeof direct[0]; i++)
        CHECK(identifier_by_name(direct[i].name) == direct[i].what);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(identifier_by_name(others[i]) == IDENTIFIER_NONE);
    CHECK(identifier_quasi_by_name("zip3") == IDENTIFIER_SMALL_AREA);
    CHECK(identifier_quasi_by_name("maternal_age") == IDENTIFIER_PERSONAL);
    CHECK(identifier_quasi_by_name("stage") == IDENTIFIER_NONE);
}

static void
knows_what_values_look_like(void)
{
    CHECK(JUDGE("x", "none", "write to a.b@example.org please", "no") == IDENTIFIER_EMAIL);
    CHECK(JUDGE("x", "(555) 123-4567", "555-987-6543") == IDENTIFIER_TELEPHONE);
    CHECK(JUDGE("x", "+44 131 555 0123", "+1 555 123 4567") == IDENTIFIER_TELEPHONE);
    CHECK(JUDGE("tel_home", "5551234567", "5559876543") == IDENTIFIER_TELEPHONE);
    CHECK(JUDGE("x", "123-45-6789", "987-65-4321") == IDENTIFIER_SOCIAL_SECURITY);
    CHECK(JUDGE("ssn_digits", "123456789", "987654321") == IDENTIFIER_SOCIAL_SECURITY);
    CHECK(JUDGE("x", "2021-03-04", "2020-12-31") == IDENTIFIER_DATE);
    CHECK(JUDGE("x", "04/03/2021", "31/12/2020", "12/31/2020") == IDENTIFIER_DATE);
    CHECK(JUDGE("x", "4 Mar 2021", "Dec 31, 2020", "31-Dec-2020") == IDENTIFIER_DATE);
    CHECK(JUDGE("x", "2021-03-04 10:22", "2021-03-04T10:22:11Z") == IDENTIFIER_DATE);
    CHECK(JUDGE("visit_date", "20210304", "20201231") == IDENTIFIER_DATE);
    CHECK(JUDGE("zip", "02139", "10001", "94110") == IDENTIFIER_POSTCODE);
    CHECK(JUDGE("x", "02139-4307", "10001-1234") == IDENTIFIER_POSTCODE);
    CHECK(JUDGE("x", "EH8 9YL", "SW1A 1AA") == IDENTIFIER_POSTCODE);
    CHECK(JUDGE("x", "12 Main Street", "7 Old Mill Rd", "221b Baker St") == IDENTIFIER_ADDRESS);
    CHECK(JUDGE("home_lat", "55.9533", "56.0021", "55.8000") == IDENTIFIER_COORDINATES);
    CHECK(JUDGE("x", "55.953, -3.188", "56.002, -3.2") == IDENTIFIER_COORDINATES);
    CHECK(JUDGE("x", "192.168.10.4", "10.0.0.1") == IDENTIFIER_NETWORK);
    CHECK(JUDGE("x", "MRN 0012345 readmitted", "nothing") == IDENTIFIER_RECORD_NUMBER);
    CHECK(JUDGE("x", "Mary Smith", "Jane Doe", "Garcia, Maria", "Anna K. Berg") == IDENTIFIER_NAME);
    CHECK(JUDGE("x", "Mary", "Jane", "Emily", "Sarah", "Laura") == IDENTIFIER_NAME);
    CHECK(JUDGE("x", "S01001790", "S01001791") == IDENTIFIER_SMALL_AREA);
}

static void
knows_ages_above_89(void)
{
    CHECK(JUDGE("age", "34", "91", "70") == IDENTIFIER_AGE);
    CHECK(JUDGE("mother_age", "3", "91") == IDENTIFIER_AGE);
    CHECK(judge("age", "years", (const char *const[]){ "0.5", "90", NULL }) == IDENTIFIER_AGE);
    CHECK(JUDGE("age", "34", "89", "70") == IDENTIFIER_NONE);
    CHECK(JUDGE("mother_age", "34", "99", "98") == IDENTIFIER_NONE); /* not known */
    CHECK(JUDGE("mother_age", "34", "99", "92") == IDENTIFIER_AGE);
    CHECK(JUDGE("mother_age", "34", "102") == IDENTIFIER_AGE);
    CHECK(JUDGE("age", "1", "91", "70") == IDENTIFIER_NONE);         /* days, of infants */
    CHECK(JUDGE("age_days", "34", "91", "70") == IDENTIFIER_NONE);
    CHECK(JUDGE("age", "34", "365", "91") == IDENTIFIER_NONE);
    CHECK(judge("age", "days", (const char *const[]){ "34", "91", NULL }) == IDENTIFIER_NONE);
    CHECK(JUDGE("weeks", "34", "91", "70") == IDENTIFIER_NONE);
}

static void
takes_no_codes_or_measurements_for_people(void)
{
    CHECK(JUDGE("id", "1000001", "1000002", "1000003") == IDENTIFIER_NONE);
    CHECK(JUDGE("dyad_id", "5551234567", "5559876543") == IDENTIFIER_NONE);
    CHECK(JUDGE("birthweight_g", "3270", "2990", "12345") == IDENTIFIER_NONE);
    CHECK(JUDGE("charge", "20210304", "20201231") == IDENTIFIER_NONE);
    CHECK(JUDGE("site", "02139", "10001") == IDENTIFIER_NONE);
    CHECK(JUDGE("zip3", "021", "100") == IDENTIFIER_NONE);
    CHECK(JUDGE("ratio", "47/494", "77/458") == IDENTIFIER_NONE);
    CHECK(JUDGE("bp", "120/80", "110/70") == IDENTIFIER_NONE);
    CHECK(JUDGE("x", "2021-02-30", "2021-13-01", "99/99/9999") == IDENTIFIER_NONE);
    CHECK(JUDGE("x", "1-2-3", "1.2.3", "2021", "03-2021") == IDENTIFIER_NONE);
    CHECK(JUDGE("weight", "1.4321", "0.9876", "2.1003") == IDENTIFIER_NONE);
    CHECK(JUDGE("review", "6 To 8 Week Review", "First Visit Review") == IDENTIFIER_NONE);
    CHECK(JUDGE("support", "none", "ibclc", "peer", "2 st visits") == IDENTIFIER_NONE);
    CHECK(JUDGE("race", "White", "Black", "Other", "Hispanic") == IDENTIFIER_NONE);
    CHECK(JUDGE("study", "Brent 1995", "Dennis 2002", "Bonuck 2014a") == IDENTIFIER_NONE);
    CHECK(JUDGE("author", "Smith", "Jones", "Williams", "Brown", "Taylor") == IDENTIFIER_NONE);
    CHECK(JUDGE("education", "High School", "Some College", "College") == IDENTIFIER_NONE);
    CHECK(JUDGE("delivery", "Vaginal", "Cesarean", "Assisted Vaginal") == IDENTIFIER_NONE);
    CHECK(JUDGE("handle", "@home", "a@b", "3 @ 4") == IDENTIFIER_NONE);
    CHECK(JUDGE("code", "00123456789", "01234567890") == IDENTIFIER_NONE);
    CHECK(JUDGE("lat", "0", "1", "1") == IDENTIFIER_NONE);
    CHECK(JUDGE("version", "1.2.3", "300.1.1.1") == IDENTIFIER_NONE);
    CHECK(JUDGE("comment", "came on 2021-03-04", "fine", "well") == IDENTIFIER_NONE);
}

static void
reads_days_of_the_calendar(void)
{
    unsigned y = 0, m = 0, d = 0;

    CHECK(identifier_date("2024-02-29", 10, &y, &m, &d) && y == 2024 && m == 2 && d == 29);
    CHECK(!identifier_date("2023-02-29", 10, &y, &m, &d));
    CHECK(identifier_date("29 Feb 2024", 11, &y, &m, &d) && y == 2024 && m == 2 && d == 29);
    CHECK(identifier_date("2/29/24", 7, &y, &m, &d));
    CHECK(!identifier_date("2-29-24", 7, &y, &m, &d));
    CHECK(!identifier_date("2024-02-29x", 11, &y, &m, &d));
    CHECK(!identifier_date("", 0, &y, &m, &d));
}

static void
adds_up_what_was_seen_apart(void)
{
    struct identifier_tally a = { 0 }, b = { 0 };

    identifier_look(&a, "95", 2);
    identifier_look(&b, "20", 2);
    identifier_add(&a, &b);
    CHECK(a.n == 2 && a.n_numbers == 2 && a.n_above_89 == 1);
    CHECK(a.least >= 20 && a.least <= 20 && a.most >= 95 && a.most <= 95);
}

int
main(void)
{
    RUN(knows_names_of_columns);
    RUN(knows_what_values_look_like);
    RUN(knows_ages_above_89);
    RUN(takes_no_codes_or_measurements_for_people);
    RUN(reads_days_of_the_calendar);
    RUN(adds_up_what_was_seen_apart);
    return DONE();
}
