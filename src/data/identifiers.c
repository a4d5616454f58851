#include "dyad/data/identifiers.h"

#include "dyad/data/number.h"

#include "person_names.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { NAME_BYTES = 128, WORD_BYTES = 32 };

const char *
identifier_kind(enum identifier i)
{
    static const char *const kinds[N_IDENTIFIERS] = {
        "", "name", "e-mail", "telephone", "record number", "social security number", "address", "date of birth", "date",
        "postcode", "coordinates", "IP address", "age above 89", "small area", "personal",
    };
    return kinds[i];
}

bool
identifier_is_direct(enum identifier i)
{
    return i != IDENTIFIER_NONE && i < IDENTIFIER_SMALL_AREA;
}

/* --- names of columns --------------------------------------------------------------------- */

/* In lower case, its words joined by '_': "DateOfBirth" and "date of birth" are date_of_birth. */
static void
normalize(const char *name, char out[NAME_BYTES])
{
    size_t n = 0;

    for (const char *c = name; *c && n + 2 < NAME_BYTES; c++) {
        const bool letter = isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80;
        const bool hump = isupper((unsigned char)*c) && c > name && islower((unsigned char)c[-1]);
        if ((hump || !letter) && n && out[n - 1] != '_' && *c != '\'')
            out[n++] = '_';
        if (letter)
            out[n++] = (char)tolower((unsigned char)*c);
    }
    while (n && out[n - 1] == '_')
        n--;
    out[n] = '\0';
}

/* Is the ${n} bytes' word among the words of a list? */
static bool
is_listed(const char *word, size_t n, const char *list)
{
    while (*list) {
        const size_t length = strcspn(list, " ");
        if (length == n && memcmp(list, word, n) == 0)
            return true;
        list += length + (list[length] == ' ');
    }
    return false;
}

bool
identifier_has_word(const char *name, const char *words)
{
    char plain[NAME_BYTES];

    normalize(name, plain);
    for (const char *at = plain; *at;) {
        const size_t n = strcspn(at, "_");
        if (is_listed(at, n, words))
            return true;
        at += n + (at[n] == '_');
    }
    return false;
}

/* Behind whose it is: "mother_phone" and "mothers_phone" are phone; the same pointer if nobody's. */
static const char *
behind_owner(const char *plain)
{
    static const char owners[] = "mother mothers mat maternal mom moms mum patient patients pt participant participants "
                                 "subject subjects respondent person client infant infants child childs baby babys "
                                 "father fathers parent caregiver guardian partner spouse next_of_kin";
    const size_t n = strcspn(plain, "_");

    return plain[n] == '_' && is_listed(plain, n, owners) ? plain + n + 1 : plain;
}

enum identifier
identifier_by_name(const char *name)
{
    static const struct {
        enum identifier what;
        const char *names;
    } known[] = {
        { IDENTIFIER_NAME, "last_name lastname first_name firstname surname family_name given_name forename middle_name "
                           "maiden_name full_name fullname first_names last_names initials_and_name" },
        { IDENTIFIER_EMAIL, "email e_mail email_address e_mail_address emailaddress" },
        { IDENTIFIER_TELEPHONE, "phone telephone phone_number phonenumber telephone_number phone_no phone_num tel tel_no "
                                "tel_number mobile_phone mobile_number cell_phone cellphone cell_number home_phone "
                                "work_phone fax fax_number" },
        { IDENTIFIER_RECORD_NUMBER, "mrn medical_record_number medical_record_no medical_record hospital_number "
                                    "hospital_no chart_number chart_no nhs_number nhs_no chi_number medicare_number "
                                    "medicaid_number medicaid_id insurance_number health_plan_number health_card_number "
                                    "account_number passport_number passport_no drivers_license driver_license "
                                    "license_plate" },
        { IDENTIFIER_SOCIAL_SECURITY, "ssn social_security social_security_number social_security_no national_id "
                                      "national_insurance_number nino" },
        { IDENTIFIER_ADDRESS, "address street street_address home_address mailing_address postal_address address_line "
                              "street_name" },
        { IDENTIFIER_BIRTH_DATE, "dob date_of_birth birth_date birthdate birthday d_o_b" },
        { IDENTIFIER_DATE, "date_of_death death_date dod" },
        { IDENTIFIER_COORDINATES, "gps gps_latitude gps_longitude gps_coordinates coordinates" },
        { IDENTIFIER_NETWORK, "ip_address" },
    };
    char plain[NAME_BYTES];

    normalize(name, plain);
    const char *bare = behind_owner(plain);
    if (bare != plain && strcmp(bare, "name") == 0)
        return IDENTIFIER_NAME;
    size_t n = strlen(bare);
    while (n > 1 && isdigit((unsigned char)bare[n - 1]))
        n--;
    while (n > 1 && bare[n - 1] == '_')
        n--;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (is_listed(bare, n, known[i].names))
            return known[i].what;
    return IDENTIFIER_NONE;
}

enum identifier
identifier_quasi_by_name(const char *name)
{
    if (identifier_has_word(name, "zip zip3 zipcode postcode postal county city town village municipality district ward "
                                  "tract datazone neighborhood neighbourhood parish fips lsoa msoa"))
        return IDENTIFIER_SMALL_AREA;
    if (identifier_has_word(name, "age sex gender race ethnicity ethnic race_eth religion nationality birthplace language "
                                  "occupation marital education educ meduc feduc mage fage mat_age agemth yob ybirth"))
        return IDENTIFIER_PERSONAL;
    return IDENTIFIER_NONE;
}

/* --- patterns of values ------------------------------------------------------------------- */

/*
 * Does the whole text fit?  In a pattern 9 is a digit, A a capital letter, anything else itself,
 * in which a blank may also be absent.
 */
static bool
fits(const char *text, size_t length, const char *pattern)
{
    size_t i = 0;

    for (; *pattern; pattern++) {
        if (*pattern == ' ' && !(i < length && text[i] == ' '))
            continue;
        if (i == length)
            return false;
        const unsigned char c = (unsigned char)text[i++];
        if (*pattern == '9' ? !isdigit(c) : *pattern == 'A' ? !isupper(c) : c != (unsigned char)*pattern)
            return false;
    }
    return i == length;
}

static bool
fits_any(const char *text, size_t length, const char *const *patterns)
{
    while (*patterns && !fits(text, length, *patterns))
        patterns++;
    return *patterns != NULL;
}

static size_t
count_digits(const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += isdigit((unsigned char)text[i]) != 0;
    return n;
}

/* +44 131 555 0123, and the ways numbers are grouped in North America and Britain. */
static bool
is_telephone(const char *text, size_t length)
{
    static const char *const grouped[] = {
        "999-999-9999", "(999) 999-9999", "(999)-999-9999", "999.999.9999", "1-999-999-9999", "1 (999) 999-9999",
        "09999 999999", "0999 999 9999", "099 9999 9999",   "+999999999999", NULL,
    };
    size_t groups = 0;

    if (length > 0 && text[0] == '0' && memchr(text, ' ', length) == NULL)
        return false; /* a code with leading zeros */
    if (fits_any(text, length, grouped))
        return memchr(text, '+', length) || memchr(text, '-', length) || memchr(text, '.', length) ||
               memchr(text, ' ', length);
    if (length < 9 || text[0] != '+')
        return false;
    for (size_t i = 1; i < length; i++) {
        if (!isdigit((unsigned char)text[i]) && strchr(" -()", text[i]) == NULL)
            return false;
        groups += !isdigit((unsigned char)text[i]);
    }
    const size_t digits = count_digits(text, length);
    return digits >= 9 && digits <= 15 && (groups || digits >= 10);
}

static bool
is_mail_byte(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("._%+-", c));
}

/* An address anywhere in the text. */
static bool
holds_email(const char *text, size_t length)
{
    for (const char *at = memchr(text, '@', length); at; at = memchr(at + 1, '@', (size_t)(text + length - at - 1))) {
        const char *end = at + 1, *dot = NULL;
        while (end < text + length && (isalnum((unsigned char)*end) || *end == '.' || *end == '-')) {
            if (*end == '.')
                dot = end;
            end++;
        }
        size_t top = 0;
        while (dot && dot + 1 + top < end && isalpha((unsigned char)dot[1 + top]))
            top++;
        if (at > text && is_mail_byte(at[-1]) && dot && dot > at + 1 && top >= 2)
            return true;
    }
    return false;
}

/* "MRN 0012345" in a remark. */
static bool
holds_record_number(const char *text, size_t length)
{
    for (size_t i = 0; i + 8 < length; i++) {
        if (strncmp(text + i, "MRN", 3) != 0 && strncmp(text + i, "mrn", 3) != 0)
            continue;
        size_t k = i + 3;
        while (k < length && strchr(" :#.=-", text[k]))
            k++;
        if (count_digits(text + k, length - k < 5 ? length - k : 5) == 5)
            return true;
    }
    return false;
}

static bool
is_network_address(const char *text, size_t length)
{
    unsigned part = 0, parts = 1, digits = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' && digits) {
            parts++;
            part = digits = 0;
        } else if (isdigit((unsigned char)text[i]) && digits < 3) {
            part = 10 * part + (unsigned)(text[i] - '0');
            digits++;
            if (part > 255)
                return false;
        } else {
            return false;
        }
    }
    return parts == 4 && digits > 0;
}

static bool
is_postcode(const char *text, size_t length)
{
    static const char *const patterns[] = { "99999-9999", "A9 9AA",  "A99 9AA",  "AA9 9AA", "AA99 9AA",
                                            "A9A 9AA",    "AA9A 9AA", "A9A 9A9", NULL };
    return fits_any(text, length, patterns);
}

/* --- words of values ---------------------------------------------------------------------- */

/* The next word of letters, in lower case; its length, 0 at the end. */
static size_t
next_word(const char *text, size_t length, size_t *at, char word[WORD_BYTES])
{
    size_t n = 0;

    while (*at < length && !isalpha((unsigned char)text[*at]))
        ++*at;
    for (; *at < length && isalpha((unsigned char)text[*at]); ++*at)
        if (n + 1 < WORD_BYTES)
            word[n++] = (char)tolower((unsigned char)text[*at]);
    word[n] = '\0';
    return n;
}

/* "12 Main Street": a number, a word, and a word for a street. */
static bool
is_address(const char *text, size_t length)
{
    static const char streets[] = "street st avenue ave road rd lane ln drive dr boulevard blvd court ct place pl terrace "
                                  "highway hwy circle crescent close gardens square";
    char word[WORD_BYTES];
    size_t at = 0, words = 0;

    while (at < length && isdigit((unsigned char)text[at]))
        at++;
    if (at == 0 || at > 5 || at >= length || (text[at] != ' ' && !isalpha((unsigned char)text[at])))
        return false;
    if (isalpha((unsigned char)text[at]) && !(at + 1 < length && text[at + 1] == ' '))
        return false;
    for (size_t n; (n = next_word(text, length, &at, word)) > 0; words++)
        if (words > 0 && words < 6 && is_listed(word, n, streets))
            return true;
    return false;
}

static bool
is_person_name(const char *word, size_t n)
{
    return n > 2 && (is_listed(word, n, given_names) || is_listed(word, n, surnames));
}

/* Two to four capitalised words and nothing else: what of them are names; ${words}: how many there are. */
static bool
count_names(const char *text, size_t length, size_t *words, size_t *names)
{
    char word[WORD_BYTES];
    size_t at = 0;

    *words = *names = 0;
    for (size_t i = 0; i < length; i++)
        if (!isalpha((unsigned char)text[i]) && strchr(" ,.'-", text[i]) == NULL)
            return false;
    while (at < length) {
        while (at < length && !isalpha((unsigned char)text[at]))
            at++;
        if (at < length && !isupper((unsigned char)text[at]))
            return false;
        const size_t n = next_word(text, length, &at, word);
        *words += n > 0;
        *names += is_person_name(word, n);
    }
    return *words >= 1 && *words <= 4;
}

/* --- dates -------------------------------------------------------------------------------- */

static size_t
take_digits(const char *text, size_t length, size_t *at, unsigned *out)
{
    size_t n = 0;

    *out = 0;
    while (*at < length && n < 4 && isdigit((unsigned char)text[*at])) {
        *out = 10 * *out + (unsigned)(text[*at] - '0');
        ++*at;
        n++;
    }
    return n;
}

static unsigned
take_month(const char *text, size_t length, size_t *at)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char word[WORD_BYTES];

    if (*at >= length || !isalpha((unsigned char)text[*at]))
        return 0;
    const size_t n = next_word(text, length, at, word);
    for (unsigned m = 0; n >= 3 && m < 12; m++)
        if (strncmp(word, months + 3 * m, 3) == 0)
            return m + 1;
    return 0;
}

static bool
is_day(unsigned year, unsigned month, unsigned day)
{
    static const unsigned days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return year >= 1850 && year <= 2150 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day < 29 || leap);
}

/* Nothing, or a time of day. */
static bool
ends_well(const char *text, size_t length, size_t at)
{
    if (at == length)
        return true;
    return (text[at] == ' ' || text[at] == 'T') && at + 5 <= length && isdigit((unsigned char)text[at + 1]) &&
           memchr(text + at, ':', length - at) != NULL;
}

static bool
same_sign(const char *text, size_t length, size_t at, char sign)
{
    return at < length && text[at] == sign;
}

bool
identifier_date(const char *text, size_t length, unsigned *year, unsigned *month, unsigned *day)
{
    unsigned part[3] = { 0 };
    size_t digits[3] = { 0 }, at = 0, named = 3;
    char sign = '\0';

    for (size_t i = 0; i < 3; i++) {
        const unsigned word = named == 3 ? take_month(text, length, &at) : 0;
        if (word) {
            named = i;
            part[i] = word;
        } else if ((digits[i] = take_digits(text, length, &at, &part[i])) == 0 || digits[i] == 3) {
            return false;
        }
        if (i == 2)
            break;
        if (i == 0)
            sign = at < length ? text[at] : '\0';
        if (named < 3 && at < length && text[at] == ',')
            at++;
        if (named == 3 ? sign == '\0' || strchr("-/.", sign) == NULL || !same_sign(text, length, at, sign)
                       : at >= length || strchr("-/. ", text[at]) == NULL)
            if (!(named == 3 && i == 0 && sign == ' '))
                return false;
        at++;
    }
    if (!ends_well(text, length, at))
        return false;
    if (named == 0 || named == 1) { /* Mar 4 2021, 4 Mar 2021 */
        *year = part[2], *month = part[named], *day = part[1 - named];
        return digits[2] == 4 && is_day(*year, *month, *day);
    }
    if (named == 2)
        return false;
    if (digits[0] == 4) {
        *year = part[0], *month = part[1], *day = part[2];
        return sign != ' ' && is_day(*year, *month, *day);
    }
    if (sign == ' ' || digits[0] > 2 || digits[1] > 2 || (digits[2] != 4 && !(digits[2] == 2 && sign == '/')))
        return false;
    *year = digits[2] == 4 ? part[2] : 1900 + part[2];
    *month = part[0] <= 12 ? part[0] : part[1];
    *day = part[0] <= 12 ? part[1] : part[0];
    if (part[0] <= 12 && part[1] <= 12) /* either way round */
        return is_day(*year, part[0], part[1]);
    return is_day(*year, *month, *day);
}

/* --- one value, one column ---------------------------------------------------------------- */

static void
look_at_number(struct identifier_tally *t, const char *text, size_t length, double value)
{
    unsigned year = 0, month = 0, day = 0;
    const size_t digits = count_digits(text, length);
    const char *point = memchr(text, '.', length);

    if (t->n_numbers++ == 0)
        t->least = t->most = value;
    t->least = value < t->least ? value : t->least;
    t->most = value > t->most ? value : t->most;
    t->n_above_89 += (value > 89 && value < 97) || (value > 99 && value <= 120); /* 97 to 99 are codes for missing */
    if (point && value >= -180 && value <= 180 && text + length - point > 3)
        t->n_fine++;
    if (digits != length)
        return;
    t->n_digits[digits < 10 ? digits : 10]++;
    if (digits == 8) {
        for (size_t i = 0; i < 8; i++)
            *(i < 4 ? &year : i < 6 ? &month : &day) = 10 * (i < 4 ? year : i < 6 ? month : day) + (unsigned)(text[i] - '0');
        t->n_compact += is_day(year, month, day);
    }
}

static enum identifier
look_at_text(struct identifier_tally *t, const char *text, size_t length)
{
    static const char *const pairs[] = { "99.999", "-99.999", NULL };
    unsigned year, month, day;
    size_t words, names;
    const char *comma = memchr(text, ',', length);

    if (holds_email(text, length))
        return IDENTIFIER_EMAIL;
    if (holds_record_number(text, length))
        return IDENTIFIER_RECORD_NUMBER;
    if (length > 100)
        return IDENTIFIER_NONE;
    if (fits(text, length, "999-99-9999"))
        return IDENTIFIER_SOCIAL_SECURITY;
    if (identifier_date(text, length, &year, &month, &day))
        return IDENTIFIER_DATE;
    if (is_telephone(text, length))
        return IDENTIFIER_TELEPHONE;
    if (is_postcode(text, length))
        return IDENTIFIER_POSTCODE;
    if (is_network_address(text, length))
        return IDENTIFIER_NETWORK;
    if (fits(text, length, "A99999999"))
        return IDENTIFIER_SMALL_AREA;
    if (is_address(text, length))
        return IDENTIFIER_ADDRESS;
    if (comma && comma - text >= 6 && (fits(text, 6, pairs[0]) || (comma - text >= 7 && fits(text, 7, pairs[1]))) &&
        memchr(comma, '.', (size_t)(text + length - comma)) && count_digits(comma, (size_t)(text + length - comma)) >= 4)
        return IDENTIFIER_COORDINATES;
    if (!count_names(text, length, &words, &names) || names == 0)
        return IDENTIFIER_NONE;
    t->n_single += words == 1;
    return words >= 2 ? IDENTIFIER_NAME : IDENTIFIER_NONE;
}

void
identifier_look(struct identifier_tally *t, const char *text, size_t length)
{
    double value;

    t->n++;
    const bool number = number_parse(text, length, '.', &value) == NUMBER_GOOD;
    if (number)
        look_at_number(t, text, length, value);
    if (length > 1 && (!number || text[0] == '+'))
        t->like[look_at_text(t, text, length)]++;
}

void
identifier_add(struct identifier_tally *t, const struct identifier_tally *from)
{
    t->n += from->n;
    for (size_t i = 0; i < N_IDENTIFIERS; i++)
        t->like[i] += from->like[i];
    for (size_t i = 0; i < sizeof t->n_digits / sizeof t->n_digits[0]; i++)
        t->n_digits[i] += from->n_digits[i];
    if (from->n_numbers) {
        t->least = t->n_numbers == 0 || from->least < t->least ? from->least : t->least;
        t->most = t->n_numbers == 0 || from->most > t->most ? from->most : t->most;
    }
    t->n_compact += from->n_compact;
    t->n_fine += from->n_fine;
    t->n_single += from->n_single;
    t->n_numbers += from->n_numbers;
    t->n_above_89 += from->n_above_89;
}

/* Years, by name or unit; a bare `age` of infants is in days, weeks or months. */
static bool
is_age_in_years(const struct identifier_tally *t, const char *name, const char *unit)
{
    if (!identifier_has_word(name, "age mage fage agemth ageyrs") || identifier_has_word(name, "gest gestational"))
        return false;
    if (unit && (strcmp(unit, "years") == 0 || strcmp(unit, "year") == 0 || strcmp(unit, "yr") == 0))
        return true;
    if (unit || identifier_has_word(name, "d day days w wk wks week weeks m mo mon month months h hours min minutes"))
        return false;
    if (identifier_has_word(name, "y yr yrs year years mother mat maternal mom father"))
        return true;
    return t->most <= 120 && t->least >= 10; /* infants are younger, in whatever unit */
}

/* More than half of what was looked at. */
static bool
is_most(size_t n, size_t all)
{
    return n > 0 && 2 * n >= all;
}

enum identifier
identifier_by_content(const struct identifier_tally *t, const char *name, const char *unit)
{
    static const enum identifier by_share[] = { IDENTIFIER_SOCIAL_SECURITY, IDENTIFIER_TELEPHONE, IDENTIFIER_DATE,
                                                IDENTIFIER_POSTCODE, IDENTIFIER_ADDRESS, IDENTIFIER_COORDINATES,
                                                IDENTIFIER_NETWORK, IDENTIFIER_NAME, IDENTIFIER_SMALL_AREA };
    static const char no_person[] = "study trial author site clinic hospital center centre county city state country region "
                                    "district town provider place area programme program school university drug";

    if (t->like[IDENTIFIER_EMAIL])
        return IDENTIFIER_EMAIL;
    if (t->like[IDENTIFIER_RECORD_NUMBER])
        return IDENTIFIER_RECORD_NUMBER;
    for (size_t i = 0; i < sizeof by_share / sizeof by_share[0]; i++)
        if (is_most(t->like[by_share[i]], t->n) &&
            !(by_share[i] == IDENTIFIER_NAME && (t->like[IDENTIFIER_NAME] < 3 || identifier_has_word(name, no_person))))
            return by_share[i];
    if (t->n_single >= 5 && 5 * t->n_single >= 3 * t->n && !identifier_has_word(name, no_person))
        return IDENTIFIER_NAME;
    if (is_most(t->n_digits[10], t->n) && identifier_has_word(name, "phone telephone tel mobile cell fax"))
        return IDENTIFIER_TELEPHONE;
    if (is_most(t->n_digits[9], t->n) && identifier_has_word(name, "ssn social"))
        return IDENTIFIER_SOCIAL_SECURITY;
    if (is_most(t->n_digits[5], t->n) && identifier_has_word(name, "zip zip5 zipcode postal postcode plz"))
        return IDENTIFIER_POSTCODE;
    if (is_most(t->n_compact, t->n) && identifier_has_word(name, "date dob birth born visit admitted discharged dt"))
        return IDENTIFIER_DATE;
    if (is_most(t->n_fine, t->n) && identifier_has_word(name, "lat latitude lon lng longitude gps coord"))
        return IDENTIFIER_COORDINATES;
    if (t->n_above_89 && is_age_in_years(t, name, unit))
        return IDENTIFIER_AGE;
    return IDENTIFIER_NONE;
}
