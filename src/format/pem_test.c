/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pem.h"

#include "format/crl.h"
#include "format/test_vectors.h"
#include "kit/test.h"
#include "kit/text.h"

#define B "-----BEGIN CERTIFICATE-----\n"
#define E "-----END CERTIFICATE-----\n"
#define ONE B "YWJj\n" E /* abc */
#define TWO B "ZGU=\n" E /* de */

static void a_chain_is_its_blocks_in_their_order(void **state)
{
    static const struct {
        const char *claim;
        const char *text;
        size_t len;       /* 0: all of it */
        const char *ders; /* joined by commas */
    } cases[] = {
        { "one block", ONE, 0, "abc" },
        { "two, the second last", ONE TWO, 0, "abc,de" },
        { "the same twice", ONE ONE, 0, "abc,abc" },
        { "white space around and between", "\r\n \t" ONE "\n\r\n" TWO "\n\n", 0,
          "abc,de" },
        { "CRLF", "-----BEGIN CERTIFICATE-----\r\nYWJj\r\n-----END CERTIFICATE-----\r\n",
          0, "abc" },
        { "no newline at the end",
          "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----", 0, "abc" },
        { "lines of one character", B "Y\nW\nJ\nj\n" E, 0, "abc" },
        { "line ends folded to blanks",
          "-----BEGIN CERTIFICATE----- YWJj -----END CERTIFICATE----- "
          "-----BEGIN CERTIFICATE----- ZGU= -----END CERTIFICATE----- ",
          0, "abc,de" },
        { "a NUL at the end", ONE "\0", sizeof ONE, "abc" },
        { "three NULs at the end", ONE "\0\0\0", sizeof ONE + 2, "abc" },
        { "as many as may be", ONE ONE ONE ONE ONE ONE ONE ONE, 0,
          "abc,abc,abc,abc,abc,abc,abc,abc" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t len = cases[i].len == 0 ? strlen(cases[i].text) : cases[i].len;
        struct error err = { 0 };
        struct der_chain chain;
        struct arena arena;
        struct buf joined;
        arena_init(&arena, 65536);
        buf_init(&joined, 4096);
        if (!pem_chain_read(bytes_of(cases[i].text, len), &arena, &chain, &err))
            fail_msg("%s: %s", cases[i].claim, err.text);
        for (size_t k = 0; k < chain.count; k++) {
            buf_add_text(&joined, k == 0 ? "" : ",");
            buf_add(&joined, chain.certificates[k]);
        }
        assert_string_equal(buf_text(&joined), cases[i].ders);
        buf_fini(&joined);
        arena_fini(&arena);
    }
}

static void a_chain_one_step_away_is_refused(void **state)
{
    static const struct {
        const char *claim;
        struct bytes text;
        enum error_kind kind;
        const char *refusal;
    } cases[] = {
#define TEXT(text) { .at = (const uint8_t *)(text), .len = sizeof(text) - 1 }
        { "nothing", TEXT(""), ERROR_FORMAT, "no \"-----BEGIN \" at \"\"" },
        { "white space", TEXT(" \n"), ERROR_FORMAT, "no \"-----BEGIN \"" },
        { "words in front", TEXT("subject=x\n" ONE), ERROR_FORMAT,
          "no \"-----BEGIN \" at \"subject=x" },
        { "words between", TEXT(ONE "# root\n" TWO), ERROR_FORMAT, "at \"# root\\x0a" },
        { "words behind", TEXT(ONE "x"), ERROR_FORMAT, "at \"x\"" },
        { "a NUL between", TEXT(ONE "\0" TWO), ERROR_FORMAT, "at \"\\x00-----BEGIN" },
        { "four dashes", TEXT("----BEGIN CERTIFICATE-----\nYWJj\n" E), ERROR_FORMAT,
          "no \"-----BEGIN \"" },
        { "no dashes behind", TEXT("-----BEGIN CERTIFICATE\nYWJj\n" E), ERROR_FORMAT,
          "the BEGIN line does not end" },
        { "a label of 65 characters",
          TEXT("-----BEGIN "
               "0123456789012345678901234567890123456789012345678901234567890123"
               "4-----\n"),
          ERROR_FORMAT, "the BEGIN line does not end" },
        { "no END", TEXT(B "YWJj\n"), ERROR_FORMAT, "no END to CERTIFICATE" },
        { "another END", TEXT(B "YWJj\n-----END X509 CRL-----\n"), ERROR_FORMAT,
          "the END line is not that of CERTIFICATE" },
        { "END of one letter else", TEXT(B "YWJj\n-----END CERTIFICATF-----\n"),
          ERROR_FORMAT, "the END line is not that of CERTIFICATE" },
        { "END without dashes", TEXT(B "YWJj\n-----END CERTIFICATE----\n"), ERROR_FORMAT,
          "the END line is not that of CERTIFICATE" },
        { "a CRL", TEXT("-----BEGIN X509 CRL-----\nYWJj\n-----END X509 CRL-----\n"),
          ERROR_FORMAT, "a block of X509 CRL, expected CERTIFICATE" },
        { "a CRL behind",
          TEXT(ONE "-----BEGIN X509 CRL-----\nYWJj\n-----END X509 CRL-----\n"),
          ERROR_FORMAT, "a block of X509 CRL, expected CERTIFICATE" },
        { "no base64", TEXT(B "YW?j\n" E), ERROR_FORMAT,
          "certificate 1: PEM: bad base64 in CERTIFICATE" },
        { "base64 cut", TEXT(ONE B "YWJ\n" E), ERROR_FORMAT,
          "certificate 2: PEM: bad base64" },
        { "bits in the padding", TEXT(B "ZGV=\n" E), ERROR_FORMAT, "bad base64" },
        { "headers", TEXT(B "Proc-Type: 4,ENCRYPTED\n\nYWJj\n" E), ERROR_FORMAT,
          "bad base64" },
        { "empty block", TEXT(B E), ERROR_FORMAT, "bad base64" },
        { "block in a block", TEXT(B ONE E), ERROR_FORMAT, "bad base64" },
        { "one certificate too many", TEXT(ONE ONE ONE ONE ONE ONE ONE ONE ONE),
          ERROR_LIMIT, "more than 8 certificates" },
#undef TEXT
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct der_chain chain;
        struct arena arena;
        arena_init(&arena, 65536);
        if (pem_chain_read(cases[i].text, &arena, &chain, &err))
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(err, cases[i].kind, cases[i].refusal);
        arena_fini(&arena);
    }
}

static void a_certificate_and_the_arena_have_limits(void **state)
{
    static const struct {
        size_t der_len, arena;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { X509_CERTIFICATE_MAX, 65536, NULL },
        { X509_CERTIFICATE_MAX + 1, 65536, "CERTIFICATE of more than 16384 bytes" },
        { 100, 64, "certificate 1: PEM: no room for 100 bytes" },
    };
    static const uint8_t zeros[X509_CERTIFICATE_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct der_chain chain;
        struct arena arena;
        struct buf text;
        arena_init(&arena, cases[i].arena);
        buf_init(&text, 65536);
        pem_write(&text, "CERTIFICATE", bytes_of(zeros, cases[i].der_len));
        bool ok = pem_chain_read(buf_bytes(&text), &arena, &chain, &err);
        assert_int_equal(ok, cases[i].refusal == NULL);
        if (!ok)
            assert_refused(err, ERROR_LIMIT, cases[i].refusal);
        buf_fini(&text);
        arena_fini(&arena);
    }
}

static void one_block_is_one_block_of_the_label_asked_for(void **state)
{
    static const struct {
        const char *text, *label, *refusal; /* refusal NULL: the DER is abc */
    } cases[] = {
        { ONE, "CERTIFICATE", NULL },
        { ONE, NULL, NULL },
        { "-----BEGIN X509 CRL-----\nYWJj\n-----END X509 CRL-----", "X509 CRL", NULL },
        { ONE, "X509 CRL", "a block of CERTIFICATE, expected X509 CRL" },
        { ONE, "CERTIFICAT", "expected CERTIFICAT" },
        { ONE TWO, NULL, "more than one block" },
        { ONE "x", NULL, "more than one block" },
        { "-----BEGIN A\nB-----\nYWJj\n-----END A\nB-----", NULL, "does not end" },
        { "abc", NULL, "no \"-----BEGIN \" at \"abc\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct arena arena;
        struct bytes der;
        arena_init(&arena, 4096);
        bool ok = pem_block_read(bytes_of_text(cases[i].text), cases[i].label, &arena,
                                 &der, &err);
        if (cases[i].refusal != NULL)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        else
            assert_true(ok && bytes_equal_text(der, "abc"));
        arena_fini(&arena);
    }
}

static void pem_is_told_by_its_first_words(void **state)
{
    (void)state;
    assert_true(pem_looks_like(bytes_of_text(ONE)));
    assert_true(pem_looks_like(bytes_of_text(" \r\n" ONE)));
    assert_true(pem_looks_like(bytes_of_text("-----BEGIN ")));
    assert_false(pem_looks_like(bytes_of_text("-----BEGIN")));
    assert_false(pem_looks_like(bytes_of_text("x" ONE)));
    assert_false(pem_looks_like(bytes_of_text("-----BEGIN%20CERTIFICATE-----")));
    assert_false(pem_looks_like(bytes_of_text("")));
}

static void lines_are_written_of_64_characters(void **state)
{
    static const char zeros_48[] =
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    static const uint8_t zeros[97];
    static const struct {
        size_t len;
        const char *rest;
        size_t full_lines;
    } cases[] = {
        { 1, "AA==\n", 0 },  { 47, NULL, 0 }, { 48, "", 1 },
        { 49, "AA==\n", 1 }, { 96, "", 2 },   { 97, "AA==\n", 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text, expected;
        buf_init(&text, 4096);
        buf_init(&expected, 4096);
        pem_write(&text, "X509 CRL", bytes_of(zeros, cases[i].len));
        buf_add_text(&expected, "-----BEGIN X509 CRL-----\n");
        for (size_t k = 0; k < cases[i].full_lines; k++)
            buf_add_text(&expected, zeros_48);
        if (cases[i].rest == NULL) /* 62 digits, one "=" in the place of the last */
            buf_addf(&expected, "%.63s=\n", zeros_48);
        else
            buf_add_text(&expected, cases[i].rest);
        buf_add_text(&expected, "-----END X509 CRL-----\n");
        assert_string_equal(buf_text(&text), buf_text(&expected));
        buf_fini(&text);
        buf_fini(&expected);
    }
}

/* A chain that Intel's service sent is written again as it came. */
static void write_again(const char *path, struct bytes content, void *context)
{
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;
    struct buf again;

    (void)context;
    arena_init(&arena, 65536);
    buf_init(&again, 65536);
    if (!pem_chain_read(content, &arena, &chain, &err))
        fail_msg("%s: %s", path, err.text);
    assert_int_equal(chain.count, 2);
    for (size_t i = 0; i < chain.count; i++) {
        struct x509_certificate c;
        assert_ok(x509_parse(chain.certificates[i], &c, &err), err);
        assert_true(bytes_equal_text(c.issuer_cn, "Intel SGX Root CA"));
    }
    pem_chain_write(&again, &chain);
    while (content.len > 0 && content.at[content.len - 1] == '\n')
        content.len--;
    assert_true(bytes_equal(content, bytes_first(buf_bytes(&again), again.len - 1)));
    buf_fini(&again);
    arena_fini(&arena);
}

static void intels_chains_are_read_and_written_as_they_came(void **state)
{
    (void)state;
    assert_int_equal(
        each_vector("vectors/intel/certs/issuer-chains", ".pem", write_again, NULL), 2);
}

static void read_chain(const char *path, struct bytes text, size_t *certificates)
{
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;

    arena_init(&arena, 65536);
    if (!pem_chain_read(text, &arena, &chain, &err))
        fail_msg("%s: %s", path, err.text);
    for (size_t i = 0; i < chain.count; i++) {
        struct x509_certificate c;
        if (!x509_parse(chain.certificates[i], &c, &err))
            fail_msg("%s: certificate %zu: %s", path, i, err.text);
    }
    *certificates += chain.count;
    arena_fini(&arena);
}

static void read_crl(const char *path, struct bytes text)
{
    struct error err = { 0 };
    struct arena arena;
    struct bytes der;
    struct crl crl;

    arena_init(&arena, 65536);
    if (!pem_block_read(text, "X509 CRL", &arena, &der, &err)
        || !crl_parse(der, &arena, &crl, &err))
        fail_msg("%s: %s", path, err.text);
    arena_fini(&arena);
}

/* PEM texts that are JSON strings: \n is a line end, and no other escape occurs. */
static void read_json_strings(const char *path, struct bytes content, void *context)
{
    const struct bytes begin = bytes_of_text("\"-----BEGIN ");

    for (size_t at; (at = bytes_find(content, begin)) < content.len;) {
        content = bytes_after(content, at + 1);
        struct bytes escaped =
            bytes_first(content, bytes_find(content, bytes_of("\"", 1)));
        struct buf text;
        buf_init(&text, escaped.len);
        for (size_t i = 0; i < escaped.len; i++) {
            bool is_escape = escaped.at[i] == '\\';
            buf_add_byte(&text, is_escape ? '\n' : escaped.at[i]);
            i += is_escape;
        }
        if (bytes_find(escaped, bytes_of_text("X509 CRL")) < escaped.len)
            read_crl(path, buf_bytes(&text));
        else
            read_chain(path, buf_bytes(&text), context);
        buf_fini(&text);
        content = bytes_after(content, escaped.len);
    }
}

/* A quote's last part is its PCK chain, with a NUL behind it or thousands. */
static void read_quote(const char *path, struct bytes content, void *context)
{
    size_t at = bytes_find(content, bytes_of_text(B));

    if (at < content.len)
        read_chain(path, bytes_after(content, at), context);
}

static void chains_in_answers_bundles_and_quotes_are_read(void **state)
{
    size_t answers = 0, quotes = 0;

    (void)state;
    each_vector("vectors/intel/pcs-responses", ".json", read_json_strings, &answers);
    each_vector("vectors/intel/bundles", ".json", read_json_strings, &answers);
    each_vector("vectors/intel/quotes", ".bin", read_quote, &quotes);
    assert_true(answers > 40);
    assert_true(quotes > 100 && quotes % 3 == 0);
}

struct integration {
    size_t certificates, refused_pem, refused_certificates;
};

static void read_integration_case(const char *path, struct bytes content, void *context)
{
    struct integration *seen = context;
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;

    if (strstr(path, "rl.pem") != NULL)
        return;
    arena_init(&arena, 65536);
    if (!pem_chain_read(content, &arena, &chain, &err)) {
        assert_refused(err, ERROR_FORMAT, "PEM: no END to CERTIFICATE");
        assert_non_null(strstr(path, "/TrustedRootCertInvalidFormat/root.pem"));
        seen->refused_pem++;
    }
    for (size_t i = 0; i < chain.count; i++) {
        struct x509_certificate c;
        if (x509_parse(chain.certificates[i], &c, &err)) {
            seen->certificates++;
            continue;
        }
        bool corrupted = strstr(path, "/TCBSigningCertCorrupted/") != NULL;
        if (!corrupted && strstr(path, "_InvalidValidityPeriod/") == NULL)
            fail_msg("%s: %s", path, err.text);
        assert_refused(err, ERROR_FORMAT,
                       corrupted ? "signed object ends early" : "lies before notBefore");
        seen->refused_certificates++;
    }
    arena_fini(&arena);
}

static void of_intels_integration_cases_the_ill_formed_are_refused(void **state)
{
    static const char below[] = "vectors/intel/negative/qvl-integration";
    struct integration seen = { 0 };

    (void)state;
    each_vector(below, ".pem", read_integration_case, &seen);
    assert_true(seen.certificates > 100);
    assert_int_equal(seen.refused_pem, 1);
    assert_int_equal(seen.refused_certificates, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_its_blocks_in_their_order),
        cmocka_unit_test(a_chain_one_step_away_is_refused),
        cmocka_unit_test(a_certificate_and_the_arena_have_limits),
        cmocka_unit_test(one_block_is_one_block_of_the_label_asked_for),
        cmocka_unit_test(pem_is_told_by_its_first_words),
        cmocka_unit_test(lines_are_written_of_64_characters),
        cmocka_unit_test(intels_chains_are_read_and_written_as_they_came),
        cmocka_unit_test(chains_in_answers_bundles_and_quotes_are_read),
        cmocka_unit_test(of_intels_integration_cases_the_ill_formed_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
