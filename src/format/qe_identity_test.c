/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>

#include "format/qe_identity.h"
#include "format/test_edit.h"
#include "format/test_manifest.h"

enum { ROOM = 1 << 20 };

#define SIGNER "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5"
#define LEVEL_NEW                                                   \
    "{\"tcb\":{\"isvsvn\":8},\"tcbDate\":\"2024-03-13T00:00:00Z\"," \
    "\"tcbStatus\":\"UpToDate\"}"
#define LEVEL_OLD                                                   \
    "{\"tcb\":{\"isvsvn\":6},\"tcbDate\":\"2021-11-10T00:00:00Z\"," \
    "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00615\"]}"
#define LEVELS "[" LEVEL_NEW "," LEVEL_OLD "]"
#define GOOD                                                                      \
    "{\"id\":\"TD_QE\",\"version\":2,\"issueDate\":\"2025-06-18T01:45:59Z\","     \
    "\"nextUpdate\":\"2025-07-18T01:45:59Z\",\"tcbEvaluationDataNumber\":17,"     \
    "\"miscselect\":\"13373B09\",\"miscselectMask\":\"FFFFfff0\",\"attributes\":" \
    "\"11000000000000000000000000000001\",\"attributesMask\":"                    \
    "\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"" SIGNER                 \
    "\",\"isvprodid\":513,\"tcbLevels\":" LEVELS "}"

struct reading {
    struct arena arena;
    struct qe_identity identity;
    struct error err;
    bool ok;
};

static void read_text(struct reading *r, struct bytes text)
{
    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, ROOM);
    r->ok = qe_identity_parse(text, &r->arena, &r->identity, &r->err);
}

static void an_identity_is_read_as_it_stands(void **state)
{
    struct reading r;
    const struct qe_identity *identity = &r.identity;

    (void)state;
    read_text(&r, bytes_of_text(GOOD));
    assert_ok(r.ok, r.err);
    assert_int_equal(identity->id, ENCLAVE_TD_QE);
    assert_int_equal(identity->evaluation_data_number, 17);
    assert_string_equal(utc(identity->issue_date_s).s, "2025-06-18T01:45:59Z");
    assert_string_equal(utc(identity->next_update_s).s, "2025-07-18T01:45:59Z");
    assert_string_equal(hex(identity->miscselect, 4).s, "13373b09");
    assert_string_equal(hex(identity->miscselect_mask, 4).s, "fffffff0");
    assert_string_equal(hex(identity->attributes, 16).s,
                        "11000000000000000000000000000001");
    assert_string_equal(hex(identity->attributes_mask, 16).s,
                        "fbffffffffffffff0000000000000000");
    assert_string_equal(hex(identity->mrsigner, 32).s, SIGNER);
    assert_int_equal(identity->isvprodid, 513);
    assert_int_equal(identity->level_count, 2);
    assert_int_equal(identity->levels[0].isvsvn, 8);
    assert_int_equal(identity->levels[0].status, TCB_UP_TO_DATE);
    assert_int_equal(identity->levels[1].isvsvn, 6);
    assert_true(bytes_equal_text(identity->levels[1].advisories[0], "INTEL-SA-00615"));
    arena_fini(&r.arena);
}

static void every_member_is_refused_by_its_name(void **state)
{
    static const struct {
        const char *claim, *find, *put, *refusal; /* refusal NULL: accepted */
    } cases[] = {
        { "the quoting enclave", "\"TD_QE\"", "\"QE\"", NULL },
        { "the verification enclave", "\"TD_QE\"", "\"QVE\"", NULL },
        { "the appraisal enclave", "\"TD_QE\"", "\"QAE\"", NULL },
        { "an enclave nobody knows", "\"TD_QE\"", "\"PCE\"",
          "id, at byte 6: unknown value \"PCE\"" },
        { "lower case", "\"TD_QE\"", "\"td_qe\"", "unknown value \"td_qe\"" },
        { "no id", "\"id\":\"TD_QE\",", "", "at byte 0: lacks \"id\"" },
        { "version 1", "\"version\":2", "\"version\":1",
          "version, at byte 24: enclave identity of version 1, expected 2" },
        { "version 3", "\"version\":2", "\"version\":3", "identity of version 3" },
        { "no version", "\"version\":2,", "", "lacks \"version\"" },
        { "no issueDate", "\"issueDate\"", "\"issued\"", "lacks \"issueDate\"" },
        { "no nextUpdate", "\"nextUpdate\"", "\"next\"", "lacks \"nextUpdate\"" },
        { "nextUpdate a second before", "2025-07-18T01:45:59Z", "2025-06-18T01:45:58Z",
          "nextUpdate 2025-06-18T01:45:58Z is before issueDate" },
        { "an hour that is none", "2025-07-18T01:45:59Z", "2025-07-18T24:45:59Z",
          "nextUpdate, at byte" },
        { "evaluation number 0", ":17,", ":0,",
          "tcbEvaluationDataNumber, at byte 123: 0 is under 1" },
        { "evaluation number as text", ":17,", ":\"17\",",
          "tcbEvaluationDataNumber, at byte 123: expected a number, found a string" },
        { "no evaluation number", "\"tcbEvaluationDataNumber\":17,", "",
          "lacks \"tcbEvaluationDataNumber\"" },
        { "miscselect a digit short", "13373B09", "3373B09", "miscselect, at byte" },
        { "miscselect with a prefix", "13373B09", "0x13373B09",
          "\"0x13373B09\" is not 8 hex digits" },
        { "no miscselect", "\"miscselect\"", "\"misc\"", "lacks \"miscselect\"" },
        { "no mask", "\"miscselectMask\"", "\"miscselectmask\"",
          "lacks \"miscselectMask\"" },
        { "attributes a byte long", "0000000000000001", "000000000000000001",
          "attributes, at byte" },
        { "no attributes", "\"attributes\"", "\"attribute\"", "lacks \"attributes\"" },
        { "no mask of attributes", "\"attributesMask\"", "\"mask\"",
          "lacks \"attributesMask\"" },
        { "a signer of 48 bytes", SIGNER, SIGNER "00000000000000000000000000000000",
          "mrsigner, at byte" },
        { "no signer", "\"mrsigner\"", "\"mrenclave\"", "lacks \"mrsigner\"" },
        { "a product past two bytes", ":513,", ":65536,",
          "isvprodid, at byte 368: 65536 is over 65535" },
        { "no product", "\"isvprodid\":513,", "", "lacks \"isvprodid\"" },
        { "levels out of order", LEVELS, "[" LEVEL_OLD "," LEVEL_NEW "]", NULL },
        { "twins", LEVELS, "[" LEVEL_OLD "," LEVEL_OLD "]",
          "tcbLevels[1], at byte 496: the same TCB as another level" },
        { "no level", LEVELS, "[]", "tcbLevels, at byte 384: no TCB level" },
        { "no levels", "\"tcbLevels\"", "\"levels\"", "lacks \"tcbLevels\"" },
        { "a platform's status", "\"UpToDate\"", "\"SWHardeningNeeded\"",
          "tcbLevels[0].tcbStatus, at byte" },
        { "a member that nobody knows yet", "\"version\"", "\"new\":[{}],\"version\"",
          NULL },
        { "a member twice", "\"version\"", "\"id\":0,\"version\"",
          "member \"id\" twice" },
        { "a brace too many", LEVELS, LEVELS "}",
          "expected nothing after the document, found }" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = edited(bytes_of_text(GOOD), cases[i].find, cases[i].put);
        struct reading r;
        read_text(&r, buf_bytes(&text));
        if (r.ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, r.ok ? "accepted" : r.err.text);
        if (!r.ok)
            assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        else
            assert_int_equal(r.identity.levels[0].isvsvn, 8);
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void every_cut_is_refused(void **state)
{
    struct bytes text = bytes_of_text(GOOD);

    (void)state;
    for (size_t len = 0; len < text.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(text, len));
        struct reading r;
        read_text(&r, bytes_of(cut, len));
        assert_false(r.ok);
        assert_int_equal(r.err.kind, ERROR_FORMAT);
        arena_fini(&r.arena);
        free(cut);
    }
}

static void memory_has_a_ceiling(void **state)
{
    struct error err = { 0 };
    struct qe_identity identity;
    struct arena arena;

    (void)state;
    arena_init(&arena, 2048);
    assert_false(qe_identity_parse(bytes_of_text(GOOD), &arena, &identity, &err));
    assert_refused(err, ERROR_LIMIT, "no memory left");
    arena_fini(&arena);
}

static void names_are_intels(void **state)
{
    (void)state;
    assert_string_equal(enclave_id_name(ENCLAVE_QE), "QE");
    assert_string_equal(enclave_id_name(ENCLAVE_TD_QE), "TD_QE");
    assert_string_equal(enclave_id_name(ENCLAVE_QVE), "QVE");
    assert_string_equal(enclave_id_name(ENCLAVE_QAE), "QAE");
    assert_string_equal(enclave_id_name(0), "unknown");
}

static void read_vector(struct reading *r, struct buf *body, const char *path)
{
    struct signed_json envelope;

    *body = vector_file(path);
    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, ROOM);
    if (!signed_json_parse(buf_bytes(body), &r->arena, &envelope, &r->err))
        return;
    assert_int_equal(envelope.kind, SIGNED_ENCLAVE_IDENTITY);
    r->ok = qe_identity_parse(envelope.signed_text, &r->arena, &r->identity, &r->err);
}

/* "enclave identity TD_QE v2 eval 17" and the window, said by the manifest. All quoting
 * enclaves for SGX have the same signer and product, those for TDX another. */
static void check_real(const struct manifest_row *row)
{
    static const struct {
        const char *name, *signer;
        unsigned product;
    } known[] = {
        { "QE", "8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff", 1 },
        { "QVE", "8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff", 2 },
        { "TD_QE", SIGNER, 2 },
    };
    const char *path = row->column[MANIFEST_PATH];
    const char *what = strstr(row->column[MANIFEST_WHAT], "enclave identity ");
    char name[8], expected[64], said[64];
    unsigned version, number;
    struct reading r;
    struct buf body;

    assert_non_null(what);
    assert_int_equal(
        sscanf(what, "enclave identity %7s v%u eval %u", name, &version, &number), 3);
    read_vector(&r, &body, path);
    if (!r.ok)
        fail_msg("%s: %s", path, r.err.text);
    snprintf(expected, sizeof expected, "%s %u", name, number);
    snprintf(said, sizeof said, "%s %u", enclave_id_name(r.identity.id),
             r.identity.evaluation_data_number);
    assert_string_equal(said, expected);
    assert_window(row, r.identity.issue_date_s, r.identity.next_update_s);
    assert_int_equal(r.identity.levels[0].status, TCB_UP_TO_DATE);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(known[i].name, name) != 0 || strstr(path, "preproduction") != NULL)
            continue;
        assert_string_equal(hex(r.identity.mrsigner, 32).s, known[i].signer);
        assert_int_equal(r.identity.isvprodid, known[i].product);
    }
    arena_fini(&r.arena);
    buf_fini(&body);
}

static void every_real_identity_says_what_the_manifest_says(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    assert_true(manifest_each("intel/identity/qe/", ".json", check_real) > 30);
    assert_true(manifest_each("intel/identity/td-qe/", ".json", check_real) > 40);
    assert_true(manifest_each("intel/identity/qve/", ".json", check_real) >= 2);
    assert_true(manifest_each("intel/identity/qae/", ".json", check_real) >= 1);
    assert_true(manifest_each("intel/preproduction/identity/", ".json", check_real) >= 1);
}

static void real_documents_that_were_broken_are_refused(void **state)
{
    static const struct {
        const char *file, *refusal; /* refusal NULL: accepted */
    } cases[] = {
        { "qe_identity_ok.json", NULL },
        { "qve_identity_ok.json", NULL },
        { "qe_identity_missing_attributes.json", "lacks \"attributes\"" },
        { "qe_identity_missing_attributesmask.json", "lacks \"attributesMask\"" },
        { "qe_identity_missing_id.json", "lacks \"id\"" },
        { "qe_identity_missing_isvprodid.json", "lacks \"isvprodid\"" },
        { "qe_identity_missing_miscselect.json", "lacks \"miscselect\"" },
        { "qe_identity_missing_miscselectmask.json", "lacks \"miscselectMask\"" },
        { "qe_identity_missing_qeidentity.json", "expected a member name" },
        { "qe_identity_missing_signature.json", "lacks \"signature\"" },
        { "qe_identity_missing_tcb_date.json", "lacks \"tcbDate\"" },
        { "qe_identity_missing_tcb_eval_data_num.json",
          "lacks \"tcbEvaluationDataNumber\"" },
        { "qe_identity_missing_tcb_levels.json", "lacks \"tcbLevels\"" },
        { "qe_identity_missing_version.json", "lacks \"version\"" },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[256];
        struct reading r;
        struct buf body;
        snprintf(path, sizeof path, "intel/negative/oe-json/data_v2/%s", cases[i].file);
        read_vector(&r, &body, path);
        if (r.ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].file, r.ok ? "accepted" : r.err.text);
        if (!r.ok)
            assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&r.arena);
        buf_fini(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_is_read_as_it_stands),
        cmocka_unit_test(every_member_is_refused_by_its_name),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(names_are_intels),
        cmocka_unit_test(every_real_identity_says_what_the_manifest_says),
        cmocka_unit_test(real_documents_that_were_broken_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
