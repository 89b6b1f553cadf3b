/* SPDX-License-Identifier: Apache-2.0 */
#include "format/verification_policy.h"

#include <stdio.h>

#include "format/test_verification_policy.h"
#include "kit/file.h"
#include "kit/text.h"

/* ---- the whole -------------------------------------------------------------------- */

static void nothing_demands_nothing(void **state)
{
    struct reading r;

    (void)state;
    read_policy(&r, bytes_of_text("{}"));
    assert_ok(r.ok, r.err);
    assert_int_equal(r.policy.accepted_statuses, 0);
    assert_false(r.policy.allow_debug || r.policy.sgx.is_given || r.policy.tdx.is_given
                 || r.policy.snp.is_given || r.policy.platform.is_given
                 || r.policy.accepted_advisories.is_given);
    arena_fini(&r.arena);
}

static void what_is_common_to_all(void **state)
{
    static const char text[] =
        "{ \"accepted_statuses\": [\"UpToDate\", \"TDRelaunchAdvised\","
        "  \"TDRelaunchAdvisedConfigurationNeeded\"],"
        "  \"min_evaluation_data_number\": 17, \"min_tcb_date\": "
        "\"2024-03-13T00:00:00Z\","
        "  \"accepted_advisories\": [\"INTEL-SA-00615\", \"INTEL-SA-123456\"],"
        "  \"blocked_advisories\": [\"INTEL-SA-00837\"],"
        "  \"allow_debug\": true, \"require_revocation_checked\": true,"
        "  \"platform\": { \"fmspc\": \"30606A000000\", \"pce_id\": [\"0000\", \"0001\"],"
        "    \"accepted_sgx_types\": [\"Standard\", \"ScalableWithIntegrity\"],"
        "    \"allow_dynamic_platform\": true, \"allow_smt_enabled\": false } }";
    struct reading r;

    (void)state;
    read_policy(&r, bytes_of_text(text));
    assert_ok(r.ok, r.err);
    const struct verification_policy *p = &r.policy;
    assert_int_equal(p->accepted_statuses, 1 << TCB_UP_TO_DATE | 1 << (TCB_REVOKED + 1)
                                               | 1 << (TCB_REVOKED + 2));
    assert_int_equal(p->min_evaluation_data_number, 17);
    assert_string_equal(utc(p->min_tcb_date_s).s, "2024-03-13T00:00:00Z");
    assert_int_equal(p->accepted_advisories.count, 2);
    assert_true(bytes_equal_text(p->accepted_advisories.at[1], "INTEL-SA-123456"));
    assert_int_equal(p->blocked_advisories.count, 1);
    assert_true(p->allow_debug && p->require_revocation_checked);
    assert_true(p->platform.is_given);
    assert_int_equal(p->platform.fmspc.count, 1);
    assert_memory_equal(p->platform.fmspc.at, "\x30\x60\x6a\0\0\0", 6);
    assert_int_equal(p->platform.pce_id.count, 2);
    assert_memory_equal(p->platform.pce_id.at, "\0\0\0\1", 4);
    assert_int_equal(p->platform.accepted_sgx_types,
                     1 << PCK_STANDARD | 1 << PCK_SCALABLE_WITH_INTEGRITY);
    assert_int_equal(p->platform.dynamic_platform, LEAVE_GIVEN);
    assert_int_equal(p->platform.cached_keys, LEAVE_DEFAULT);
    assert_int_equal(p->platform.smt_enabled, LEAVE_DENIED);
    arena_fini(&r.arena);
}

static void what_is_of_a_guest(void **state)
{
    static const char text[] =
        "{ \"snp\": { \"vmpl\": [0, 1], \"min_guest_svn\": 4294967295,"
        "  \"accepted_veks\": [\"VLEK\"], \"author_key_en\": true,"
        "  \"policy\": { \"smt\": false, \"single_socket\": true, \"min_abi\": \"1.51\" "
        "},"
        "  \"platform_info\": { \"alias_check_complete\": true, \"smt_en\": false },"
        "  \"min_firmware\": \"1.55.21\", \"allow_provisional_firmware\": false,"
        "  \"min_tcb\": { \"Milan\": \"DB18000000000004\","
        "    \"Turin\": \"5100000004010101\" } } }";
    struct reading r;

    (void)state;
    read_policy(&r, bytes_of_text(text));
    assert_ok(r.ok, r.err);
    const struct policy_snp *p = &r.policy.snp;
    assert_int_equal(p->vmpl.count, 2);
    assert_int_equal(p->vmpl.at[1], 1);
    assert_int_equal(p->min_guest_svn, UINT32_MAX);
    assert_int_equal(p->accepted_veks, 1 << VEK_VLEK);
    assert_int_equal(p->author_key_en, DEMAND_SET);
    assert_int_equal(p->guest.smt, DEMAND_CLEAR);
    assert_int_equal(p->guest.single_socket, DEMAND_SET);
    assert_int_equal(p->guest.migrate_ma, DEMAND_NOTHING);
    assert_true(p->guest.min_abi_major == 1 && p->guest.min_abi_minor == 51);
    assert_int_equal(p->host.alias_check_complete, DEMAND_SET);
    assert_int_equal(p->host.smt_en, DEMAND_CLEAR);
    assert_int_equal(p->min_firmware.build, 21);
    assert_int_equal(p->min_firmware.minor, 55);
    assert_int_equal(p->provisional_firmware, LEAVE_DENIED);
    assert_true(p->any_min_tcb && p->has_min_tcb[SNP_MILAN] && p->has_min_tcb[SNP_TURIN]);
    assert_false(p->has_min_tcb[SNP_GENOA]);
    assert_int_equal(p->min_tcb[SNP_MILAN].spl[SPL_MICROCODE], 0xdb);
    assert_int_equal(p->min_tcb[SNP_TURIN].spl[SPL_FMC], 1);
    arena_fini(&r.arena);
}

/* ---- members that hold bytes --------------------------------------------------------
 */

#define IN(SECTION, NAME) \
#SECTION, #NAME, offsetof(struct verification_policy, SECTION.NAME)

static const struct {
    const char *section, *member;
    size_t at, len;
} values[] = {
    { IN(platform, fmspc), 6 },
    { IN(platform, pce_id), 2 },
    { IN(platform, ppid), 16 },
    { IN(platform, platform_instance_id), 16 },
    { IN(sgx, mrenclave), 32 },
    { IN(sgx, mrsigner), 32 },
    { IN(sgx, config_id), 64 },
    { IN(sgx, isv_family_id), 16 },
    { IN(sgx, isv_ext_prod_id), 16 },
    { IN(sgx, report_data), 64 },
    { IN(tdx, mrtd), 48 },
    { "tdx", "rtmr0", offsetof(struct verification_policy, tdx.rtmrs[0]), 48 },
    { "tdx", "rtmr1", offsetof(struct verification_policy, tdx.rtmrs[1]), 48 },
    { "tdx", "rtmr2", offsetof(struct verification_policy, tdx.rtmrs[2]), 48 },
    { "tdx", "rtmr3", offsetof(struct verification_policy, tdx.rtmrs[3]), 48 },
    { IN(tdx, mrconfigid), 48 },
    { IN(tdx, mrowner), 48 },
    { IN(tdx, mrownerconfig), 48 },
    { IN(tdx, mrseam), 48 },
    { IN(tdx, mrsignerseam), 48 },
    { IN(tdx, mrservicetd), 48 },
    { IN(tdx, report_data), 64 },
    { IN(snp, measurement), 48 },
    { IN(snp, report_data), 64 },
    { IN(snp, host_data), 32 },
    { IN(snp, family_id), 16 },
    { IN(snp, image_id), 16 },
    { IN(snp, id_key_digest), 48 },
    { IN(snp, author_key_digest), 48 },
    { IN(snp, chip_id), 64 },
};

static const struct {
    const char *section, *member;
    size_t at, len;
} masked[] = {
    { IN(sgx, attributes), 16 },
    { IN(sgx, miscselect), 4 },
    { IN(tdx, td_attributes), 8 },
    { IN(tdx, xfam), 8 },
};

/* A string of so many hex digits, each byte counted from first on. */
static void add_hex(struct buf *out, unsigned first, size_t digits)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < digits; i++)
        buf_addf(out, "%x", (first + (unsigned)(i / 2)) >> (i % 2 == 0 ? 4 : 0) & 15);
    buf_add_byte(out, '"');
}

static void expect_hex(size_t i, size_t digits, const char *refusal)
{
    struct buf value;

    buf_init(&value, 4096);
    add_hex(&value, 0x21, digits);
    expect(values[i].section, values[i].member, buf_text(&value), refusal);
    buf_fini(&value);
}

static void bytes_have_their_whole_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        expect_hex(i, 2 * values[i].len, NULL);
        expect_hex(i, 2 * values[i].len - 1, "hex digits");
        expect_hex(i, 2 * values[i].len - 2, "hex digits");
        expect_hex(i, 2 * values[i].len + 2, "hex digits");
        expect_hex(i, 0, "hex digits");
        expect(values[i].section, values[i].member, "[]", "the list is empty");
        expect(values[i].section, values[i].member, "7", "expected a string");
        expect(values[i].section, values[i].member, "null", "expected a string");
        expect(values[i].section, values[i].member, "[[\"\"]]", "expected a string");
    }
}

static void bytes_go_where_they_belong_one_or_many(void **state)
{
    struct reading r;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++)
        for (size_t count = 1; count <= 9; count += 4) {
            struct buf list, text;
            buf_init(&list, 1 << 16);
            for (size_t k = 0; k < count; k++) {
                buf_add_text(&list, k == 0 ? "[" : ",");
                add_hex(&list, (unsigned)k + 1, 2 * values[i].len);
            }
            buf_add_text(&list, "]");
            text_of(&text, values[i].section, values[i].member, buf_text(&list));
            read_policy(&r, buf_bytes(&text));
            assert_ok(r.ok, r.err);
            const void *at = (const char *)&r.policy + values[i].at;
            const struct policy_values *got = at;
            assert_int_equal(got->count, count);
            for (size_t k = 0; k < count; k++) {
                assert_int_equal(got->at[k * values[i].len], k + 1);
                assert_int_equal(got->at[(k + 1) * values[i].len - 1], k + values[i].len);
            }
            arena_fini(&r.arena);
            buf_fini(&list);
            buf_fini(&text);
        }
}

static void a_mask_goes_with_its_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(masked); i++) {
        const char *name = masked[i].member;
        struct buf text, value, mask, wider;
        struct buf *all[] = { &text, &value, &mask, &wider };
        for (size_t k = 0; k < COUNT_OF(all); k++)
            buf_init(all[k], 4096);
        add_hex(&value, 0x10, 2 * masked[i].len);
        add_hex(&mask, 0xf0, 2 * masked[i].len);  /* f0 f1 f2 ... */
        add_hex(&wider, 0x11, 2 * masked[i].len); /* its last bit is not in f0 */

        buf_addf(&text, "{\"%s\":{\"%s\":%s,\"%s_mask\":%s}}", masked[i].section, name,
                 buf_text(&value), name, buf_text(&mask));
        expect_read(buf_text(&text));
        buf_clear(&text);
        buf_addf(&text, "{\"%s\":{\"%s_mask\":%s,\"%s\":%s}}", masked[i].section, name,
                 buf_text(&mask), name, buf_text(&value));
        expect_read(buf_text(&text));
        buf_clear(&text);
        buf_addf(&text, "{\"%s\":{\"%s\":%s,\"%s_mask\":%s}}", masked[i].section, name,
                 buf_text(&wider), name, buf_text(&mask));
        expect_refused(buf_text(&text), "no value could be accepted");
        buf_clear(&text);
        buf_addf(&text, "{\"%s\":{\"%s_mask\":%s}}", masked[i].section, name,
                 buf_text(&mask));
        expect_refused(buf_text(&text), "_mask\" and no \"");
        expect(masked[i].section, name, "\"00\"", "hex digits");
        for (size_t k = 0; k < COUNT_OF(all); k++)
            buf_fini(all[k]);
    }
}

static void without_a_mask_every_bit_counts(void **state)
{
    struct reading r;

    (void)state;
    read_policy(&r, bytes_of_text("{\"tdx\":{\"xfam\":\"e702060000000000\"}}"));
    assert_ok(r.ok, r.err);
    assert_true(r.policy.tdx.xfam.has_value);
    assert_memory_equal(r.policy.tdx.xfam.value, "\xe7\x02\x06\0\0\0\0\0", 8);
    assert_memory_equal(r.policy.tdx.xfam.mask, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    assert_false(r.policy.tdx.td_attributes.has_value);
    arena_fini(&r.arena);
}

/* ---- doc/policy.md ------------------------------------------------------------------
 */

static void expect_told(const struct buf *page, const char *name)
{
    char quoted[80];

    snprintf(quoted, sizeof quoted, "`%s`", name);
    if (strstr(buf_text(page), quoted) == NULL)
        fail_msg("doc/policy.md does not tell of %s", name);
}

static void the_page_tells_of_every_member(void **state)
{
    static const char *const others[] = {
        "accepted_statuses",
        "min_evaluation_data_number",
        "min_tcb_date",
        "accepted_advisories",
        "blocked_advisories",
        "allow_debug",
        "require_revocation_checked",
        "accepted_sgx_types",
        "allow_dynamic_platform",
        "allow_cached_keys",
        "allow_smt_enabled",
        "isv_prod_id",
        "min_isv_svn",
        "min_config_svn",
        "attributes_mask",
        "miscselect_mask",
        "td_attributes_mask",
        "xfam_mask",
        "sept_ve_disable",
        "accepted_veks",
        "min_report_version",
        "vmpl",
        "min_guest_svn",
        "author_key_en",
        "policy",
        "platform_info",
        "min_firmware",
        "allow_provisional_firmware",
        "min_tcb",
        "min_abi",
        "smt",
        "migrate_ma",
        "single_socket",
        "cxl_allow",
        "mem_aes_256_xts",
        "rapl_dis",
        "ciphertext_hiding",
        "page_swap_disable",
        "smt_en",
        "tsme_en",
        "ecc_en",
        "alias_check_complete",
        "tio_en",
    };
    struct error err = { 0 };
    struct buf page;

    (void)state;
    buf_init(&page, 1 << 20);
    assert_ok(file_read(TEST_SOURCE_ROOT "/doc/policy.md", &page, &err), err);
    for (size_t i = 0; i < COUNT_OF(values); i++)
        expect_told(&page, values[i].member);
    for (size_t i = 0; i < COUNT_OF(masked); i++)
        expect_told(&page, masked[i].member);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        expect_told(&page, others[i]);
    buf_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_demands_nothing),
        cmocka_unit_test(what_is_common_to_all),
        cmocka_unit_test(what_is_of_a_guest),
        cmocka_unit_test(bytes_have_their_whole_length),
        cmocka_unit_test(bytes_go_where_they_belong_one_or_many),
        cmocka_unit_test(a_mask_goes_with_its_value),
        cmocka_unit_test(without_a_mask_every_bit_counts),
        cmocka_unit_test(the_page_tells_of_every_member),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
