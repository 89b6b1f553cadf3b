/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdlib.h>

#include "format/json.h"
#include "format/signed_json.h"
#include "format/test_edit.h"
#include "format/test_manifest.h"

enum { ROOM = 1 << 20 };

#define DIGITS                                                         \
    "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef" \
    "ffeeddccbbaa99887766554433221100fedcba9876543210fedcba9876543210"
#define GOOD "{\"tcbInfo\":{\"id\":\"SGX\",\"x\":\"}\"},\"signature\":\"" DIGITS "\"}"

static void both_members_are_found_in_either_order(void **state)
{
    static const struct {
        const char *body, *signed_text;
        enum signed_json_kind kind;
    } cases[] = {
        { GOOD, "{\"id\":\"SGX\",\"x\":\"}\"}", SIGNED_TCB_INFO },
        { "{\"signature\":\"" DIGITS "\",\"tcbInfo\":{}}", "{}", SIGNED_TCB_INFO },
        { " {\n \"enclaveIdentity\" : { \"a\" : 1 } ,\n \"signature\" : \"" DIGITS
          "\" }\n",
          "{ \"a\" : 1 }", SIGNED_ENCLAVE_IDENTITY },
        { "{\"tcbEvaluationDataNumbers\":{\"n\":[{}]},\"signature\":\"" DIGITS "\"}",
          "{\"n\":[{}]}", SIGNED_EVALUATION_NUMBERS },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes body = bytes_of_text(cases[i].body);
        struct error err = { 0 };
        struct signed_json document;
        struct arena arena;
        arena_init(&arena, ROOM);
        assert_ok(signed_json_parse(body, &arena, &document, &err), err);
        assert_int_equal(document.kind, cases[i].kind);
        assert_true(bytes_equal_text(document.signed_text, cases[i].signed_text));
        assert_ptr_equal(document.signed_text.at,
                         body.at + bytes_find(body, document.signed_text));
        assert_string_equal(hex(document.signature, 64).s, DIGITS);
        arena_fini(&arena);
    }
}

static void anything_but_the_two_members_is_refused(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal;
    } cases[] = {
        { "no signature", ",\"signature\":\"" DIGITS "\"", "",
          "at byte 0: lacks \"signature\"" },
        { "nothing that is signed", "\"tcbInfo\":{\"id\":\"SGX\",\"x\":\"}\"},", "",
          "lacks the member that is signed" },
        { "a third member", DIGITS "\"", DIGITS "\",\"more\":1",
          "more, at byte 175: member \"more\" does not belong here" },
        { "a member before", "{\"tcbInfo\"", "{\"a\":{},\"tcbInfo\"",
          "a, at byte 1: member \"a\" does not belong here" },
        { "two that are signed", ",\"signature\"",
          ",\"enclaveIdentity\":{},\"signature\"",
          "member \"enclaveIdentity\" does not belong here" },
        { "the signed member twice", ",\"signature\"", ",\"tcbInfo\":{},\"signature\"",
          "member \"tcbInfo\" twice" },
        { "a signature twice", DIGITS "\"", DIGITS "\",\"signature\":\"\"",
          "member \"signature\" twice" },
        { "another case of letters", "tcbInfo", "tcbinfo",
          "member \"tcbinfo\" does not belong here" },
        { "SIGNATURE", "\"signature\"", "\"SIGNATURE\"",
          "member \"SIGNATURE\" does not belong here" },
        { "an array is signed", "{\"id\":\"SGX\",\"x\":\"}\"}", "[]",
          "tcbInfo, at byte 11: expected an object" },
        { "text is signed", "{\"id\":\"SGX\",\"x\":\"}\"}", "\"{}\"",
          "tcbInfo, at byte 11: expected an object" },
        { "a digit less", "\"00112", "\"0112", "127 characters, expected 128" },
        { "a digit more", "\"00112", "\"000112", "129 characters, expected 128" },
        { "a prefix", "\"00112", "\"0x112", "no hex digit" },
        { "upper case", "ddeeff0123", "ddeeFf0123", "upper-case hex digit" },
        { "a letter past f", "ddeeff0123", "ddeegf0123", "no hex digit" },
        { "a number for a signature", "\"" DIGITS "\"", "123456",
          "signature, at byte 44: expected a string, found a number" },
        { "a member twice in what is signed", "\"x\"", "\"id\"",
          "tcbInfo.id, at byte 23: member \"id\" twice" },
        { "a fraction in what is signed", "\"SGX\"", "1.5", "tcbInfo.id" },
        { "an end too many", DIGITS "\"}", DIGITS "\"}}",
          "expected nothing after the document" },
        { "a byte order mark", "{\"tcbInfo\"", "\xef\xbb\xbf{\"tcbInfo\"",
          "byte order mark" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct signed_json document;
        struct arena arena;
        struct buf body = edited(bytes_of_text(GOOD), cases[i].find, cases[i].put);
        arena_init(&arena, ROOM);
        if (signed_json_parse(buf_bytes(&body), &arena, &document, &err))
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
        buf_fini(&body);
    }
}

static void an_envelope_is_an_object(void **state)
{
    static const char *const bodies[] = { "", "[]", "null", "\"{}\"", "<html>" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct error err = { 0 };
        struct signed_json document;
        struct arena arena;
        arena_init(&arena, ROOM);
        assert_false(
            signed_json_parse(bytes_of_text(bodies[i]), &arena, &document, &err));
        assert_refused(err, ERROR_FORMAT, "expected an object, found");
        arena_fini(&arena);
    }
}

static void a_document_past_the_limits_is_refused_as_such(void **state)
{
    struct error err = { 0 };
    struct signed_json document;
    struct arena arena;
    struct buf body =
        edited(bytes_of_text(GOOD), "\"SGX\"",
               "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");

    (void)state;
    arena_init(&arena, ROOM);
    assert_false(signed_json_parse(buf_bytes(&body), &arena, &document, &err));
    assert_refused(err, ERROR_LIMIT, "nested deeper than 32");
    arena_fini(&arena);
    arena_init(&arena, 64);
    assert_false(signed_json_parse(bytes_of_text(GOOD), &arena, &document, &err));
    assert_refused(err, ERROR_LIMIT, "no memory left");
    arena_fini(&arena);
    buf_fini(&body);
}

static void every_cut_of_an_envelope_is_refused(void **state)
{
    struct bytes body = bytes_of_text(GOOD);

    (void)state;
    for (size_t len = 0; len < body.len; len++) {
        struct error err = { 0 };
        struct signed_json document;
        struct arena arena;
        uint8_t *cut = exact_copy(bytes_first(body, len));
        arena_init(&arena, ROOM);
        assert_false(signed_json_parse(bytes_of(cut, len), &arena, &document, &err));
        assert_int_equal(err.kind, ERROR_FORMAT);
        arena_fini(&arena);
        free(cut);
    }
}

static void what_is_written_is_what_intel_sends(void **state)
{
    struct error err = { 0 };
    struct signed_json document;
    struct arena arena;
    struct buf spaced =
        edited(bytes_of_text(GOOD), "\"signature\":", "\n\"signature\" : ");
    struct buf written;

    (void)state;
    arena_init(&arena, ROOM);
    buf_init(&written, ROOM);
    assert_ok(signed_json_parse(buf_bytes(&spaced), &arena, &document, &err), err);
    signed_json_write(&written, &document);
    assert_string_equal(buf_text(&written), GOOD);
    buf_fini(&written);
    buf_fini(&spaced);
    arena_fini(&arena);
}

static void a_kind_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(signed_json_member(SIGNED_TCB_INFO), "tcbInfo");
    assert_string_equal(signed_json_member(SIGNED_EVALUATION_NUMBERS),
                        "tcbEvaluationDataNumbers");
    assert_string_equal(signed_json_member(0), "unknown");
    assert_string_equal(signed_json_member(4), "unknown");
}

/* The envelope of a real answer without white space is written back byte for byte. */
static void read_real_envelope(const struct manifest_row *row)
{
    const char *path = row->column[MANIFEST_PATH];
    struct buf body = vector_file(path), written;
    struct error err = { 0 };
    struct signed_json document;
    struct arena arena;

    arena_init(&arena, ROOM);
    buf_init(&written, ROOM);
    if (!signed_json_parse(buf_bytes(&body), &arena, &document, &err))
        fail_msg("%s: %s", path, err.text);
    signed_json_write(&written, &document);
    if (body.len == written.len)
        assert_memory_equal(body.at, written.at, body.len);
    else /* one answer has white space in its envelope, some were indented */
        assert_true(body.len > written.len
                    && (bytes_find(buf_bytes(&body), bytes_of_text(": {")) < body.len));
    buf_fini(&written);
    buf_fini(&body);
    arena_fini(&arena);
}

static void every_real_envelope_is_read(void **state)
{
    static const struct {
        const char *begins;
        size_t least;
    } kinds[] = { { "intel/tcbinfo/", 100 },
                  { "intel/identity/", 80 },
                  { "intel/tcbevaluationdatanumbers/", 4 },
                  { "intel/preproduction/tcbinfo/", 30 },
                  { "intel/preproduction/identity/", 1 } };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        assert_true(manifest_each(kinds[i].begins, ".json", read_real_envelope)
                    >= kinds[i].least);
}

static void real_envelopes_that_were_broken_are_refused(void **state)
{
    static const struct {
        const char *file, *refusal;
    } cases[] = {
        { "data_v2/qe_identity_missing_signature.json", "lacks \"signature\"" },
        { "data_v2/qe_identity_missing_qeidentity.json", "expected a member name" },
        { "tcbinfo-data_v2/tcbInfoNegativePropertyMissingLevel0.json",
          "member \"SIGNATURE\" does not belong here" },
        { "tcbinfo-data_v2/tcbInfoNegativePropertyWrongTypeLevel0.json",
          "signature, at byte" },
        { "tcbinfo-data_v2/tcbInfoNegativeSignature.json",
          "123 characters, expected 128" },
        { "tcbinfo-data_v2/tcbInfoNegativeIntegerOverflow.json", "tcbInfo.version" },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[256];
        snprintf(path, sizeof path, "intel/negative/oe-json/%s", cases[i].file);
        struct buf body = vector_file(path);
        struct error err = { 0 };
        struct signed_json document;
        struct arena arena;
        arena_init(&arena, ROOM);
        assert_false(signed_json_parse(buf_bytes(&body), &arena, &document, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
        buf_fini(&body);
    }
}

/* Answers kept as a string inside another document: out through the reader's escapes, and
 * then as any other. */
static void recorded_answers_are_read_through_their_escapes(void **state)
{
    static const struct {
        const char *file, *member;
        enum signed_json_kind kind;
    } cases[] = {
        { "sgx_qe_identity.json", "enclave_identity_json", SIGNED_ENCLAVE_IDENTITY },
        { "sgx_tcb_eval_nums.json", "tcb_evaluation_data_numbers_json",
          SIGNED_EVALUATION_NUMBERS },
        { "sgx_tcb_info_early.json", "tcb_info_json", SIGNED_TCB_INFO },
        { "tdx_tcb_info.json", "tcb_info_json", SIGNED_TCB_INFO },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[256];
        snprintf(path, sizeof path, "intel/pcs-responses/%s", cases[i].file);
        struct buf file = vector_file(path);
        struct error err = { 0 };
        struct signed_json document = { 0 };
        struct arena arena;
        struct json json;
        struct bytes name;
        arena_init(&arena, ROOM);
        json_begin(&json, buf_bytes(&file), &arena, &err);
        json_read_object(&json);
        while (json_member(&json, &name)) {
            struct bytes text = json_read_string(&json);
            if (bytes_equal_text(name, cases[i].member))
                assert_ok(signed_json_parse(text, &arena, &document, &err), err);
        }
        assert_ok(json_end(&json), err);
        assert_int_equal(document.kind, cases[i].kind);
        arena_fini(&arena);
        buf_fini(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_members_are_found_in_either_order),
        cmocka_unit_test(anything_but_the_two_members_is_refused),
        cmocka_unit_test(an_envelope_is_an_object),
        cmocka_unit_test(a_document_past_the_limits_is_refused_as_such),
        cmocka_unit_test(every_cut_of_an_envelope_is_refused),
        cmocka_unit_test(what_is_written_is_what_intel_sends),
        cmocka_unit_test(a_kind_has_a_name),
        cmocka_unit_test(every_real_envelope_is_read),
        cmocka_unit_test(real_envelopes_that_were_broken_are_refused),
        cmocka_unit_test(recorded_answers_are_read_through_their_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
