/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>

#include "format/tcb_info.h"
#include "format/test_edit.h"
#include "format/test_manifest.h"
#include "format/test_tcb.h"

enum { ROOM = 4 << 20 };

struct reading {
    struct arena arena;
    struct tcb_info info;
    struct error err;
    bool ok;
};

static void read_text(struct reading *reading, struct bytes text)
{
    *reading = (struct reading){ .ok = false };
    arena_init(&reading->arena, ROOM);
    reading->ok = tcb_info_parse(text, &reading->arena, &reading->info, &reading->err);
}

static void tdx_is_read_as_it_stands(void **state)
{
    struct reading r;
    const struct tcb_info *info = &r.info;

    (void)state;
    read_text(&r, bytes_of_text(TDX_V3));
    assert_ok(r.ok, r.err);
    assert_int_equal(info->tee, TEE_TDX);
    assert_int_equal(info->version, 3);
    assert_string_equal(hex(info->fmspc, 6).s, "90c06f0000a1");
    assert_true(info->has_pce_id);
    assert_string_equal(hex(info->pce_id, 2).s, "01ab");
    assert_int_equal(info->evaluation_data_number, 17);
    assert_string_equal(utc(info->issue_date_s).s, "2025-06-18T01:48:43Z");
    assert_string_equal(utc(info->next_update_s).s, "2025-07-18T01:48:43Z");

    assert_true(info->has_tdx_module);
    assert_int_equal(info->module.version, 0);
    assert_string_equal(hex(info->module.mrsigner, 48).s, MRSIGNER_ZERO);
    assert_string_equal(hex(info->module.attributes, 8).s, HEX_X16);
    assert_string_equal(hex(info->module.attributes_mask, 8).s, "fffffffffffffffe");
    assert_int_equal(info->module.level_count, 0);

    assert_int_equal(info->module_identity_count, 2);
    const struct tdx_module *three = &info->module_identities[0];
    assert_int_equal(three->version, 3);
    assert_string_equal(hex(three->mrsigner, 48).s, MRSIGNER_SOME);
    assert_string_equal(hex(three->attributes, 8).s, "0102030405060708");
    assert_string_equal(hex(three->attributes_mask, 8).s, "ffffffffffffff00");
    assert_int_equal(three->level_count, 1);
    assert_int_equal(three->levels[0].isvsvn, 3);
    const struct tdx_module *ten = &info->module_identities[1];
    assert_int_equal(ten->version, 10); /* hex, whatever others make of it */
    assert_int_equal(ten->level_count, 2);
    assert_int_equal(ten->levels[0].isvsvn, 259);
    assert_int_equal(ten->levels[0].status, TCB_UP_TO_DATE);
    assert_int_equal(ten->levels[1].status, TCB_REVOKED);
    assert_int_equal(ten->levels[1].advisory_count, 1);

    assert_int_equal(info->level_count, 2);
    assert_int_equal(info->levels[0].tdx[1].svn, 1);
    assert_int_equal(info->levels[1].pcesvn, 5);
    arena_fini(&r.arena);
}

static void both_versions_for_sgx_are_read(void **state)
{
    static const struct {
        const char *text;
        unsigned version, first, pcesvn;
        enum tcb_status status;
    } cases[] = {
        { SGX_V3, 3, 11, 65535, TCB_SW_HARDENING_NEEDED },
        { SGX_V2, 2, 17, 11, TCB_CONFIGURATION_NEEDED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        read_text(&r, bytes_of_text(cases[i].text));
        assert_ok(r.ok, r.err);
        assert_int_equal(r.info.tee, TEE_SGX);
        assert_int_equal(r.info.version, cases[i].version);
        assert_int_equal(r.info.levels[0].sgx[0].svn, cases[i].first);
        assert_int_equal(r.info.levels[0].pcesvn, cases[i].pcesvn);
        assert_int_equal(r.info.levels[0].status, cases[i].status);
        assert_false(r.info.has_tdx_module);
        assert_int_equal(r.info.module_identity_count, 0);
        arena_fini(&r.arena);
    }
}

struct edit_case {
    const char *claim, *base, *find, *put, *refusal; /* refusal NULL: accepted */
};

static void check_edits(const struct edit_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf text =
            edited(bytes_of_text(cases[i].base), cases[i].find, cases[i].put);
        struct reading r;
        read_text(&r, buf_bytes(&text));
        if (r.ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, r.ok ? "accepted" : r.err.text);
        if (!r.ok)
            assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void the_heading_decides_what_may_follow(void **state)
{
    static const struct edit_case cases[] = {
        { "version 1", SGX_V2, "\"version\":2", "\"version\":1",
          "version, at byte 11: TCB info of version 1, expected 2 or 3" },
        { "version 4", SGX_V3, "\"version\":3", "\"version\":4",
          "TCB info of version 4" },
        { "version 0", SGX_V3, "\"version\":3", "\"version\":0",
          "TCB info of version 0" },
        { "version as text", SGX_V3, "\"version\":3", "\"version\":\"3\"",
          "version, at byte 22: expected a number, found a string" },
        { "no version", SGX_V3, "\"version\":3,", "", "lacks \"version\"" },
        { "version 1 is told before a date that it had otherwise", SGX_V2,
          "{\"version\":2,\"issueDate\":\"2025-06-18T01:48:43Z\"",
          "{\"issueDate\":\"2018-06-06T10:12:17.085Z\",\"version\":1",
          "TCB info of version 1" },
        { "version 3 without an id", SGX_V3, "\"id\":\"SGX\",", "",
          "at byte 0: lacks \"id\"" },
        { "version 2 with an id", SGX_V2, "\"version\":2", "\"id\":\"SGX\",\"version\":2",
          NULL },
        { "version 2 for TDX", SGX_V2, "\"version\":2", "\"id\":\"TDX\",\"version\":2",
          "version 2 is for SGX only" },
        { "an unknown id", SGX_V3, "\"SGX\"", "\"SEV\"", "unknown value \"SEV\"" },
        { "an id in lower case", SGX_V3, "\"SGX\"", "\"sgx\"", "unknown value \"sgx\"" },
        { "id and version last", SGX_V2, "{\"version\":2,",
          "{\"x\":{\"version\":1},"
          "\"version\":2,",
          NULL },
    };

    (void)state;
    check_edits(cases, COUNT_OF(cases));
}

static void every_member_is_refused_by_its_name(void **state)
{
    static const struct edit_case cases[] = {
        { "no issueDate", SGX_V3, "\"issueDate\"", "\"issuedate\"",
          "lacks \"issueDate\"" },
        { "no nextUpdate", SGX_V3, "\"nextUpdate\"", "\"next\"", "lacks \"nextUpdate\"" },
        { "a month that is none", SGX_V3, "2025-06-18", "2025-16-18",
          "issueDate, at byte 36: \"2025-16-18T01:48:43Z\" is not a date" },
        { "nextUpdate a second before", SGX_V3, "2025-07-18T01:48:43Z",
          "2025-06-18T01:48:42Z", "nextUpdate 2025-06-18T01:48:42Z is before issueDate" },
        { "nextUpdate at once", SGX_V3, "2025-07-18T01:48:43Z", "2025-06-18T01:48:43Z",
          NULL },
        { "no fmspc", SGX_V3, "\"fmspc\"", "\"FMSPC\"", "lacks \"fmspc\"" },
        { "an FMSPC of 5 bytes", SGX_V3, "90C06f0000a1", "90C06f0000",
          "fmspc, at byte 103: \"90C06f0000\" is not 12 hex digits" },
        { "a number", SGX_V3, "\"90C06f0000a1\"", "90610000",
          "fmspc, at byte 103: expected a string, found a number" },
        { "no pceId in version 3", SGX_V3, "\"pceId\"", "\"pceID\"", "lacks \"pceId\"" },
        { "no pceId in version 2", SGX_V2, "\"pceId\":\"01Ab\",", "", NULL },
        { "a PCE ID of one byte", SGX_V2, "01Ab", "01", "pceId, at byte" },
        { "a TCB type nobody defined", SGX_V3, "\"tcbType\":0", "\"tcbType\":1",
          "tcbType, at byte 143: TCB type 1, expected 0" },
        { "no TCB type", SGX_V2, "\"tcbType\":0,", "", "lacks \"tcbType\"" },
        { "no evaluation number", SGX_V3, "\"tcbEvaluationDataNumber\"", "\"number\"",
          "lacks \"tcbEvaluationDataNumber\"" },
        { "evaluation number 0", SGX_V3, ":17,", ":0,",
          "tcbEvaluationDataNumber, at byte 171: 0 is under 1" },
        { "evaluation number past 32 bits", SGX_V3, ":17,", ":4294967296,",
          "4294967296 is over 4294967295" },
        { "no levels", SGX_V3, "\"tcbLevels\"", "\"levels\"", "lacks \"tcbLevels\"" },
        { "not one level", SGX_V3, "[" SGX_LEVEL_NEW "," SGX_LEVEL_OLD "]", "[]",
          "tcbLevels, at byte 186: no TCB level" },
        { "levels as an object", SGX_V3, "[" SGX_LEVEL_NEW "," SGX_LEVEL_OLD "]", "{}",
          "tcbLevels, at byte 186: expected an array, found an object" },
        { "a member that nobody knows yet", SGX_V3, "\"tcbType\"",
          "\"from\":{\"2027\":[true,null]},\"tcbType\"", NULL },
        { "such a member with a fraction", SGX_V3, "\"tcbType\"", "\"x\":0.5,\"tcbType\"",
          "x, at byte" },
        { "a member twice", SGX_V3, "\"tcbType\"", "\"fmspc\":0,\"tcbType\"",
          "member \"fmspc\" twice" },
        { "a member twice, once in escapes", SGX_V3, "\"tcbType\"",
          "\"fms\\u0070c\":\"00A067110000\",\"tcbType\"", "member \"fmspc\" twice" },
        { "text after the object", SGX_V3, "\"OutOfDateConfigurationNeeded\"}]}",
          "\"OutOfDate\"}]} x", "expected nothing after the document, found x" },
        { "the envelope instead of what is in it", "{\"tcbInfo\":" SGX_V3 "}", NULL, NULL,
          "lacks \"version\"" },
    };

    (void)state;
    check_edits(cases, COUNT_OF(cases));
}

static void what_belongs_to_tdx_is_held_to_tdx(void **state)
{
    static const struct edit_case cases[] = {
        { "SGX with a module", SGX_V3, "\"tcbLevels\"", TDX_MODULE "\"tcbLevels\"",
          "tdxModule, at byte 174: not in a TCB info for SGX" },
        { "SGX with identities", SGX_V3, "\"tcbLevels\"", TDX_IDENTITIES "\"tcbLevels\"",
          "tdxModuleIdentities, at byte 174: not in a TCB info for SGX" },
        { "TDX without a module", TDX_V3, TDX_MODULE, "", "lacks \"tdxModule\"" },
        { "TDX without identities", TDX_V3, TDX_IDENTITIES, "", NULL },
        { "not one identity", TDX_V3, "[" TDX_IDENTITY_3 "," TDX_IDENTITY_1 "]", "[]",
          "tdxModuleIdentities, at byte 388: no module identity" },
        { "a module without a signer", TDX_V3, "{\"mrsigner\":\"" MRSIGNER_ZERO "\",\"a",
          "{\"a", "at byte 186: lacks \"mrsigner\"" },
        { "a module's mask a byte short", TDX_V3, "FFFFFFFFFFFFFFFE", "FFFFFFFFFFFFFF",
          "tdxModule.attributesMask, at byte" },
        { "a signer a byte long", TDX_V3, MRSIGNER_SOME, MRSIGNER_SOME "00",
          "tdxModuleIdentities[0].mrsigner, at byte" },
        { "attributes a byte short", TDX_V3, "0102030405060708", "01020304050607",
          "tdxModuleIdentities[0].attributes, at byte" },
        { "an id of one digit", TDX_V3, "\"TDX_03\"", "\"TDX_3\"",
          "tdxModuleIdentities[0].id, at byte 395: \"TDX_3\" is not TDX_01 to TDX_FF" },
        { "an id of three digits", TDX_V3, "\"TDX_03\"", "\"TDX_003\"", "is not TDX_01" },
        { "an id that is no hex", TDX_V3, "\"TDX_03\"", "\"TDX_0G\"", "is not TDX_01" },
        { "another prefix", TDX_V3, "\"TDX_03\"", "\"TDY_03\"", "is not TDX_01" },
        { "a short id", TDX_V3, "\"TDX_03\"", "\"TD\"", "is not TDX_01" },
        { "the number of tdxModule", TDX_V3, "\"TDX_03\"", "\"TDX_00\"",
          "is not TDX_01" },
        { "two identities of one number", TDX_V3, "\"TDX_03\"", "\"TDX_0a\"",
          "tdxModuleIdentities[1], at byte 674: another identity of module TDX_0A" },
        { "an identity without levels", TDX_V3,
          "[{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2024-11-13T00:00:00Z\",\"tcbStatus\":"
          "\"UpToDate\"}]",
          "[]", "tdxModuleIdentities[0].tcbLevels, at byte 594: no TCB level" },
        { "a status that modules do not have", TDX_V3,
          "\"2024-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
          "\"2024-11-13T00:00:00Z\",\"tcbStatus\":\"ConfigurationNeeded\"",
          "tdxModuleIdentities[0].tcbLevels[0].tcbStatus, at byte 660: unknown value "
          "\"ConfigurationNeeded\"" },
    };

    (void)state;
    check_edits(cases, COUNT_OF(cases));
}

static void counts_have_limits(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, ROOM);
    for (unsigned modules = TCB_MODULES_MAX; modules <= TCB_MODULES_MAX + 1; modules++) {
        struct reading r;
        buf_clear(&text);
        for (unsigned i = 1; i <= modules; i++) {
            char id[16];
            snprintf(id, sizeof id, "TDX_%02X", i);
            struct buf one = edited(bytes_of_text(TDX_IDENTITY_3), "TDX_03", id);
            buf_add_text(&text, i > 1 ? "," : "");
            buf_add(&text, buf_bytes(&one));
            buf_fini(&one);
        }
        struct buf whole = edited(bytes_of_text(TDX_V3),
                                  TDX_IDENTITY_3 "," TDX_IDENTITY_1, buf_text(&text));
        read_text(&r, buf_bytes(&whole));
        assert_int_equal(r.ok, modules == TCB_MODULES_MAX);
        if (!r.ok)
            assert_refused(r.err, ERROR_LIMIT,
                           "tdxModuleIdentities[32], at byte 9509: more than 32 of them");
        arena_fini(&r.arena);
        buf_fini(&whole);
    }
    buf_fini(&text);
}

static void every_cut_is_refused(void **state)
{
    static const char *const texts[] = { TDX_V3, SGX_V3, SGX_V2 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct bytes text = bytes_of_text(texts[i]);
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
}

static void memory_has_a_ceiling(void **state)
{
    struct bytes text = bytes_of_text(TDX_V3);
    bool fitted = false;

    (void)state;
    for (size_t ceiling = 0; ceiling < 64 * 1024; ceiling += 1024) {
        struct error err = { 0 };
        struct tcb_info info;
        struct arena arena;
        arena_init(&arena, ceiling);
        bool fits = tcb_info_parse(text, &arena, &info, &err);
        if (!fits)
            assert_refused(err, ERROR_LIMIT, "no memory left");
        assert_true(fits || !fitted);
        fitted = fits;
        arena_fini(&arena);
    }
    assert_true(fitted);
}

static void names_are_intels(void **state)
{
    (void)state;
    assert_string_equal(tee_name(TEE_SGX), "sgx");
    assert_string_equal(tee_name(TEE_TDX), "tdx");
    assert_string_equal(tee_name((enum tee)1), "unknown");
    assert_string_equal(tcb_status_name(TCB_UP_TO_DATE), "UpToDate");
    assert_string_equal(tcb_status_name(TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED),
                        "ConfigurationAndSWHardeningNeeded");
    assert_string_equal(tcb_status_name(TCB_REVOKED), "Revoked");
    assert_string_equal(tcb_status_name(0), "unknown");
}

static void read_vector(struct reading *reading, struct buf *body, const char *path)
{
    struct signed_json envelope;

    *body = vector_file(path);
    *reading = (struct reading){ .ok = false };
    arena_init(&reading->arena, ROOM);
    if (!signed_json_parse(buf_bytes(body), &reading->arena, &envelope, &reading->err))
        return;
    assert_int_equal(envelope.kind, SIGNED_TCB_INFO);
    reading->ok = tcb_info_parse(envelope.signed_text, &reading->arena, &reading->info,
                                 &reading->err);
}

/* "TCB info TDX v3 FMSPC 90c06f000000 eval 17" and the window, said by the manifest. */
static void check_real(const struct manifest_row *row)
{
    const char *path = row->column[MANIFEST_PATH];
    char name[4], fmspc[13], said[256];
    struct reading r;
    struct buf body;
    unsigned version, number;

    read_vector(&r, &body, path);
    if (sscanf(strstr(row->column[MANIFEST_WHAT], "TCB info "),
               "TCB info %3s v%u FMSPC %12s eval %u", name, &version, fmspc, &number)
        != 4) {
        assert_non_null(strstr(path, "/v1-"));
        assert_false(r.ok);
        assert_refused(r.err, ERROR_FORMAT, "TCB info of version 1, expected 2 or 3");
    } else {
        if (!r.ok)
            fail_msg("%s: %s", path, r.err.text);
        const struct tcb_info *info = &r.info;
        snprintf(said, sizeof said, "%s v%u %s %u", info->tee == TEE_TDX ? "TDX" : "SGX",
                 info->version, hex(info->fmspc, 6).s, info->evaluation_data_number);
        char expected[256];
        snprintf(expected, sizeof expected, "%s v%u %s %u", name, version, fmspc, number);
        assert_string_equal(said, expected);
        assert_window(row, info->issue_date_s, info->next_update_s);
        assert_true(info->has_pce_id && memcmp(info->pce_id, "\0\0", 2) == 0);
        assert_int_equal(info->has_tdx_module, info->tee == TEE_TDX);
    }
    arena_fini(&r.arena);
    buf_fini(&body);
}

static void every_real_tcb_info_says_what_the_manifest_says(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    assert_true(manifest_each("intel/tcbinfo/", ".json", check_real) > 100);
    assert_true(manifest_each("intel/preproduction/tcbinfo/", ".json", check_real) > 30);
}

/* What another reader made of a few of them: sums over all levels, in their order here.
 */
static void real_levels_are_read_whole(void **state)
{
    static const struct {
        const char *path;
        size_t levels, advisories, modules, module_levels;
        unsigned sgx_sum, tdx_sum, pcesvn_sum, weighted, first_status, last_status;
        const char *first_date, *last_advisory;
    } cases[] = {
        { "intel/tcbinfo/sgx/00606a000000/v2-eval12-20220516T072226Z.json", 4, 0, 0, 0,
          2092, 0, 36, 28359, TCB_UP_TO_DATE, TCB_OUT_OF_DATE, "2021-11-10T00:00:00Z",
          "" },
        { "intel/tcbinfo/sgx/00606a000000/v3-eval13-20221219T094010Z.json", 5, 30, 0, 0,
          2637, 0, 52, 42616, TCB_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE,
          "2022-08-10T00:00:00Z", "INTEL-SA-00657" },
        { "intel/tcbinfo/sgx/00906ed50000/v3-eval19-20250527T193108Z.json", 21, 216, 0, 0,
          3549, 0, 224, 195448, TCB_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE,
          "2025-05-14T00:00:00Z", "INTEL-SA-00615" },
        { "intel/tcbinfo/sgx/b0c06f000000/v3-eval16-20240902T004210Z.json", 2, 14, 0, 0,
          30, 0, 16, 195, TCB_UP_TO_DATE, TCB_OUT_OF_DATE, "2023-08-09T00:00:00Z",
          "INTEL-SA-00837" },
        { "intel/tcbinfo/tdx/90c06f000000/v3-eval17-20240516T071017Z.json", 2, 14, 1, 2,
          30, 12, 18, 285, TCB_UP_TO_DATE, TCB_OUT_OF_DATE, "2024-03-13T00:00:00Z",
          "INTEL-SA-00837" },
        { "intel/tcbinfo/tdx/90c06f000000/v3-eval19-20260608T113235Z.json", 3, 24, 2, 4,
          54, 22, 31, 701, TCB_UP_TO_DATE, TCB_OUT_OF_DATE, "2025-05-14T00:00:00Z",
          "INTEL-SA-01111" },
        { "intel/tcbinfo/tdx/b0c06f000000/v3-eval20-20260813T104538Z.json", 4, 36, 2, 6,
          76, 31, 38, 1203, TCB_UP_TO_DATE, TCB_OUT_OF_DATE, "2025-08-13T00:00:00Z",
          "INTEL-SA-01313" },
        { "intel/tcbinfo/tdx/00806f050000/v3-eval18-20251117T053435Z.json", 5, 52, 2, 4,
          121, 50, 49, 2087, TCB_UP_TO_DATE, TCB_OUT_OF_DATE, "2024-11-13T00:00:00Z",
          "INTEL-SA-01111" },
        { "intel/preproduction/tcbinfo/tdx/b0806f000000/v3-eval5-20260701T100045Z.json",
          1, 0, 4, 4, 2, 1, 0, 12, TCB_UP_TO_DATE, TCB_UP_TO_DATE, "2022-11-09T00:00:00Z",
          "" },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r;
        struct buf body;
        size_t advisories = 0, module_levels = 0;
        unsigned sgx = 0, tdx = 0, pcesvn = 0, weighted = 0;
        struct bytes last = { 0 };
        read_vector(&r, &body, cases[i].path);
        assert_ok(r.ok, r.err);
        assert_int_equal(r.info.level_count, cases[i].levels);
        for (size_t k = 0; k < r.info.level_count; k++) {
            const struct tcb_level *level = &r.info.levels[k];
            for (unsigned c = 0; c < 16; c++) {
                sgx += level->sgx[c].svn;
                tdx += level->tdx[c].svn;
                weighted += (unsigned)(k + 1) * (c + 1)
                            * (level->sgx[c].svn + 3U * level->tdx[c].svn);
            }
            pcesvn += level->pcesvn;
            advisories += level->advisory_count;
            if (level->advisory_count > 0)
                last = level->advisories[level->advisory_count - 1];
        }
        for (size_t k = 0; k < r.info.module_identity_count; k++)
            module_levels += r.info.module_identities[k].level_count;
        assert_int_equal(sgx, cases[i].sgx_sum);
        assert_int_equal(tdx, cases[i].tdx_sum);
        assert_int_equal(pcesvn, cases[i].pcesvn_sum);
        assert_int_equal(weighted, cases[i].weighted);
        assert_int_equal(advisories, cases[i].advisories);
        assert_int_equal(r.info.module_identity_count, cases[i].modules);
        assert_int_equal(module_levels, cases[i].module_levels);
        assert_int_equal(r.info.levels[0].status, cases[i].first_status);
        assert_int_equal(r.info.levels[r.info.level_count - 1].status,
                         cases[i].last_status);
        assert_string_equal(utc(r.info.levels[0].tcb_date_s).s, cases[i].first_date);
        assert_true(bytes_equal_text(last, cases[i].last_advisory));
        arena_fini(&r.arena);
        buf_fini(&body);
    }
}

static void real_documents_that_were_broken_are_refused(void **state)
{
    static const struct {
        const char *file, *refusal; /* refusal NULL: accepted */
    } cases[] = {
        { "tcbInfo.json", NULL },
        { "tcbInfoAdvisoryIds.json", NULL },
        { "tcbInfo_with_pceid.json", NULL },
        { "tcbInfoNegativeCompSvn.json", "tcb.sgxtcbcomp01svn, at byte" },
        { "tcbInfoNegativeIntegerOverflow.json", "version, at byte" },
        { "tcbInfoNegativeInvalidIssueDate.json", "issueDate, at byte" },
        { "tcbInfoNegativeInvalidNextUpdate.json", "nextUpdate, at byte" },
        { "tcbInfoNegativeMissingNextUpdate.json", "lacks \"nextUpdate\"" },
        { "tcbInfoNegativePceSvn.json", "tcb.pcesvn, at byte" },
        { "tcbInfoNegativePropertyMissingLevel0.json", "\"SIGNATURE\"" },
        { "tcbInfoNegativePropertyMissingLevel1.json", "lacks \"version\"" },
        { "tcbInfoNegativePropertyMissingLevel2.json", "lacks \"tcbDate\"" },
        { "tcbInfoNegativePropertyMissingLevel3.json", "lacks \"pcesvn\"" },
        { "tcbInfoNegativePropertyWrongTypeLevel0.json", "signature, at byte" },
        { "tcbInfoNegativePropertyWrongTypeLevel1.json", "fmspc, at byte" },
        { "tcbInfoNegativePropertyWrongTypeLevel2.json", "tcbStatus, at byte" },
        { "tcbInfoNegativePropertyWrongTypeLevel3.json", "sgxtcbcomp06svn, at byte" },
        { "tcbInfoNegativeSignature.json", "123 characters" },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[256];
        struct reading r;
        struct buf body;
        snprintf(path, sizeof path, "intel/negative/oe-json/tcbinfo-data_v2/%s",
                 cases[i].file);
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
        cmocka_unit_test(tdx_is_read_as_it_stands),
        cmocka_unit_test(both_versions_for_sgx_are_read),
        cmocka_unit_test(the_heading_decides_what_may_follow),
        cmocka_unit_test(every_member_is_refused_by_its_name),
        cmocka_unit_test(what_belongs_to_tdx_is_held_to_tdx),
        cmocka_unit_test(counts_have_limits),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(names_are_intels),
        cmocka_unit_test(every_real_tcb_info_says_what_the_manifest_says),
        cmocka_unit_test(real_levels_are_read_whole),
        cmocka_unit_test(real_documents_that_were_broken_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
