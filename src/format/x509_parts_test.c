/* SPDX-License-Identifier: Apache-2.0 */
#include "format/x509_parts.h"

#include "format/test_certificate.h"
#include "kit/test.h"
#include "kit/text.h"

#define DER(text)                                              \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
#define ZEROS_30 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void signatures_become_r_then_s_of_32_bytes(void **state)
{
    uint8_t raw[64];
    struct error refusal = { 0 };

    (void)state;
    memset(raw, 0xee, sizeof raw);
    x509_ecdsa_signature_read(LITERAL_BYTES(SIGNATURE_R_0102_S_83), raw, &refusal);
    assert_int_equal(refusal.kind, ERROR_NONE);
    assert_memory_equal(raw, ZEROS_30 "\x01\x02", 32);
    assert_memory_equal(raw + 32, ZEROS_30 "\x00\x83", 32);
}

static void a_signature_has_one_encoding_and_no_zero(void **state)
{
    static const struct {
        const char *claim;
        struct bytes in;
        const char *refusal;
    } cases[] = {
        { "s is zero", DER("\x30\x06\x02\x01\x01\x02\x01\x00"), "signature s is zero" },
        { "r is zero", DER("\x30\x06\x02\x01\x00\x02\x01\x01"), "signature r is zero" },
        { "r negative", DER("\x30\x06\x02\x01\x83\x02\x01\x01"), "r is negative" },
        { "r padded", DER("\x30\x07\x02\x02\x00\x01\x02\x01\x01"), "fewest bytes" },
        { "r of 33 bytes", DER("\x30\x26\x02\x21\x01" ZEROS_30 "\x00\x00\x02\x01\x01"),
          "number of 33 bytes, at most 32" },
        { "no s", DER("\x30\x03\x02\x01\x01"), "signature s is missing" },
        { "a third", DER("\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01"),
          "after ECDSA signature s: 3 bytes" },
        { "bytes after", DER("\x30\x06\x02\x01\x01\x02\x01\x01\x00"),
          "after the ECDSA signature: 1 bytes" },
        { "nothing", DER(""), "ECDSA signature is missing" },
        { "raw, not DER", DER("!" POINT_64), "ECDSA signature: tag 21, expected 30" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error refusal = { 0 };
        uint8_t raw[64];
        x509_ecdsa_signature_read(cases[i].in, raw, &refusal);
        assert_refused(refusal, ERROR_FORMAT, cases[i].refusal);
    }
}

/* AttributeTypeAndValue: commonName in a string of this tag; country US. */
#define CN(tag, text, len) "\x30" len "\x06\x03\x55\x04\x03" tag text
#define COUNTRY "\x30\x09\x06\x03\x55\x04\x06\x13\x02US"

static void names_are_kept_whole_and_their_common_name_is_text(void **state)
{
    static const struct {
        const char *claim;
        struct bytes in;
        const char *common_name, *refusal; /* one of the two */
    } cases[] = {
        { "PrintableString", DER("\x30\x0d\x31\x0b" CN("\x13\x02", "Ab", "\x09")), "Ab",
          NULL },
        { "UTF8String", DER("\x30\x0d\x31\x0b" CN("\x0c\x02", "\xc3\xa9", "\x09")),
          "\xc3\xa9", NULL },
        { "other strings", DER("\x30\x0d\x31\x0b" CN("\x14\x02", "Ab", "\x09")), NULL,
          "issuer: tag 14, expected 0c" },
        { "PrintableString has no @",
          DER("\x30\x0d\x31\x0b" CN("\x13\x02", "A@", "\x09")), NULL, "not text" },
        { "UTF8String has", DER("\x30\x0d\x31\x0b" CN("\x0c\x02", "A@", "\x09")), "A@",
          NULL },
        { "control character", DER("\x30\x0d\x31\x0b" CN("\x0c\x02", "A\n", "\x09")),
          NULL, "commonName \"A\\x0a\" is empty or not text" },
        { "NUL inside", DER("\x30\x0d\x31\x0b" CN("\x0c\x02", "A\0", "\x09")), NULL,
          "commonName \"A\\x00\" is empty or not text" },
        { "empty commonName", DER("\x30\x0b\x31\x09" CN("\x0c\x00", "", "\x07")), NULL,
          "is empty or not text" },
        { "no commonName", DER("\x30\x0d\x31\x0b" COUNTRY), "", NULL },
        { "two sets",
          DER("\x30\x1a\x31\x0b" COUNTRY "\x31\x0b" CN("\x13\x02", "Ab", "\x09")), "Ab",
          NULL },
        { "two commonNames",
          DER("\x30\x1a\x31\x0b" CN("\x13\x02", "Ab",
                                    "\x09") "\x31\x0b" CN("\x13\x02", "Ab", "\x09")),
          NULL, "issuer has more than one commonName" },
        { "two attributes in a set, ascending",
          DER("\x30\x18\x31\x16" CN("\x13\x02", "Ab", "\x09") COUNTRY), "Ab", NULL },
        { "descending", DER("\x30\x18\x31\x16" COUNTRY CN("\x13\x02", "Ab", "\x09")),
          NULL, "not in ascending order (X.690, 11.6)" },
        { "twice the same", DER("\x30\x18\x31\x16" COUNTRY COUNTRY), NULL,
          "not in ascending order (X.690, 11.6)" },
        { "nothing at all", DER("\x30\x00"), NULL, "issuer is missing" },
        { "empty set", DER("\x30\x02\x31\x00"), NULL, "issuer is missing" },
        { "bytes after the value",
          DER("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x13\x02"
              "Ab\x05\x00"),
          NULL, "issuer: 2 bytes too many" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error refusal = { 0 };
        struct der d = der_over(cases[i].in, &refusal);
        struct bytes common_name;
        struct bytes whole = x509_name_read(&d, &common_name, "issuer");
        if (cases[i].refusal != NULL)
            assert_refused(refusal, ERROR_FORMAT, cases[i].refusal);
        else if (refusal.kind != ERROR_NONE || !bytes_equal(whole, cases[i].in)
                 || !bytes_equal_text(common_name, cases[i].common_name))
            fail_msg("%s: \"%s\" %s", cases[i].claim, safe(common_name).s, refusal.text);
    }
}

static void an_authority_key_id_is_the_key_identifier(void **state)
{
    static const struct {
        struct bytes in;
        const char *key_id, *refusal; /* one of the two */
    } cases[] = {
        { DER("\x30\x04\x80\x02\x01\x02"), "0102", NULL },
        { DER("\x30\x00"), "", NULL },
        { DER("\x30\x02\x80\x00"), NULL, "empty keyIdentifier" },
        { DER("\x30\x09\x80\x02\x01\x02\xa1\x00\x82\x01\x05"), "0102", NULL },
        { DER("\x30\x06\x80\x02\x01\x02\xa1\x00"), NULL, "is missing" },
        { DER("\x30\x07\x80\x02\x01\x02\x82\x01\x05"), NULL, "3 bytes too many" },
        { DER("\x04\x02\x01\x02"), NULL, "tag 04, expected 30" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error refusal = { 0 };
        struct der d = der_over(cases[i].in, &refusal);
        struct bytes key_id = x509_authority_key_id_read(&d);
        if (cases[i].refusal != NULL)
            assert_refused(refusal, ERROR_FORMAT, cases[i].refusal);
        else
            assert_string_equal(hex(key_id.at, key_id.len).s, cases[i].key_id);
    }
}

static void an_extension_list_has_at_most_64_entries_none_twice(void **state)
{
    static const struct {
        const char *claim;
        size_t count, twice; /* the last one's OID ends in this; 0: in its own number */
        enum error_kind kind;
        const char *refusal;
    } cases[] = {
        { "one", 1, 0, ERROR_NONE, "" },
        { "as many as may be", 64, 0, ERROR_NONE, "" },
        { "one more", 65, 0, ERROR_LIMIT, "more than 64 extensions" },
        { "none", 0, 0, ERROR_FORMAT, "extension is missing" },
        { "the last is the first again", 3, 1, ERROR_FORMAT,
          "OID content 2a01 occurs twice (RFC 5280, 4.2)" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error refusal = { 0 };
        struct x509_extension_list list;
        struct buf in;
        buf_init(&in, 4096);
        for (size_t k = 1; k <= cases[i].count; k++) {
            bool last = k == cases[i].count && cases[i].twice != 0;
            uint8_t oid[] = { 0x2a, (uint8_t)(last ? cases[i].twice : k) };
            der_put_extension(&in, bytes_of(oid, 2), k == 1, bytes_of(oid, 2));
        }
        struct der d = der_over(buf_bytes(&in), &refusal);
        x509_extension_list_read(&d, &list);
        if (cases[i].kind != ERROR_NONE)
            assert_refused(refusal, cases[i].kind, cases[i].refusal);
        else if (refusal.kind != ERROR_NONE || list.count != cases[i].count
                 || !list.entries[0].critical)
            fail_msg("%s: %s", cases[i].claim, refusal.text);
        buf_fini(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_become_r_then_s_of_32_bytes),
        cmocka_unit_test(a_signature_has_one_encoding_and_no_zero),
        cmocka_unit_test(names_are_kept_whole_and_their_common_name_is_text),
        cmocka_unit_test(an_authority_key_id_is_the_key_identifier),
        cmocka_unit_test(an_extension_list_has_at_most_64_entries_none_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
