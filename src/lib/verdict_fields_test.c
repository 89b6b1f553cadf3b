/* SPDX-License-Identifier: Apache-2.0 */
#include "format/test_snp_report.h"
#include "kit/test.h"
#include "lib/parts.h"

struct expected { /* where the vendor's document has it, in the body */
    int field;
    size_t offset, len;
};

enum { OF_PCK = 6, OF_VEK = 1 }; /* fields beside the body's */

static uint8_t body[SNP_REPORT_LEN];

static void fill_body(void)
{
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 7 + i / 256);
}

static void check_fields(const struct thim_verdict *verdict,
                         const struct expected *expected, size_t count,
                         size_t of_platform)
{
    size_t fields = 0;

    for (size_t i = 0; i < count; i++) {
        struct thim_bytes found =
            thim_verdict_field(verdict, (enum thim_field)expected[i].field);
        if (found.len != expected[i].len)
            fail_msg("field %d: %zu bytes", expected[i].field, found.len);
        assert_memory_equal(found.at, body + expected[i].offset, found.len);
    }
    for (int field = 0; field < 500; field++) /* and no other */
        fields += thim_verdict_field(verdict, (enum thim_field)field).len > 0;
    assert_int_equal(fields, count + of_platform);
}

static struct thim_verdict valid(enum evidence evidence)
{
    struct thim_verdict verdict = { .misuse.kind = THIM_ERROR_NONE };

    verdict.found.evidence = evidence;
    verdict.found.valid = true;
    verdict.found.intel.quote.qe_id = bytes_of("0123456789abcdef", 16);
    verdict.found.intel.quote.tee = evidence == EVIDENCE_TDX ? TEE_TDX : TEE_SGX;
    return verdict;
}

static void an_enclave_says_who_it_is(void **state)
{
    static const struct expected expected[] = {
        { 1, 320, 64 },   { 201, 64, 32 }, { 202, 128, 32 },
        { 203, 48, 16 },  { 204, 16, 4 },  { 205, 0, 16 },
        { 206, 192, 64 }, { 207, 32, 16 }, { 208, 304, 16 },
    };
    struct thim_verdict verdict = valid(EVIDENCE_SGX);
    struct cursor c = cursor_over(bytes_of(body, SGX_REPORT_BODY_LEN));
    uint64_t number;

    (void)state;
    fill_body();
    sgx_report_body_read(&c, &verdict.found.intel.quote.sgx);
    check_fields(&verdict, expected, COUNT_OF(expected), OF_PCK);
    assert_true(thim_verdict_number(&verdict, THIM_NUMBER_SGX_ISV_PROD_ID, &number));
    assert_int_equal(number, body[256] | body[257] << 8);
    assert_true(thim_verdict_number(&verdict, THIM_NUMBER_SGX_ISV_SVN, &number));
    assert_int_equal(number, body[258] | body[259] << 8);
    assert_true(thim_verdict_number(&verdict, THIM_NUMBER_SGX_CONFIG_SVN, &number));
    assert_int_equal(number, body[260] | body[261] << 8);
    assert_true(thim_verdict_number(&verdict, THIM_NUMBER_DEBUG, &number));
    assert_int_equal(number, body[48] >> 1 & 1);
    assert_false(thim_verdict_number(&verdict, THIM_NUMBER_SNP_VMPL, &number));
    verdict.found.valid = false;
    assert_false(thim_verdict_number(&verdict, THIM_NUMBER_DEBUG, &number));
    assert_int_equal(thim_verdict_field(&verdict, THIM_FIELD_SGX_MRENCLAVE).len, 0);
}

static void a_trust_domain_says_who_it_is(void **state)
{
    static const struct expected expected[] = {
        { 1, 520, 64 },   { 301, 136, 48 }, { 302, 328, 48 }, { 303, 376, 48 },
        { 304, 424, 48 }, { 305, 472, 48 }, { 306, 184, 48 }, { 307, 232, 48 },
        { 308, 280, 48 }, { 309, 120, 8 },  { 310, 128, 8 },  { 311, 16, 48 },
        { 312, 64, 48 },  { 313, 112, 8 },  { 314, 0, 16 },   { 315, 584, 16 },
        { 316, 600, 48 },
    };
    struct thim_verdict verdict = valid(EVIDENCE_TDX);
    struct cursor c = cursor_over(bytes_of(body, TD_REPORT_15_LEN));
    uint64_t number;

    (void)state;
    fill_body();
    td_report_read(&c, TD_REPORT_15, &verdict.found.intel.quote.td);
    check_fields(&verdict, expected, COUNT_OF(expected), OF_PCK);
    assert_true(thim_verdict_number(&verdict, THIM_NUMBER_DEBUG, &number));
    assert_int_equal(number, body[120] & 1);
    assert_false(thim_verdict_number(&verdict, THIM_NUMBER_SGX_ISV_SVN, &number));

    c = cursor_over(bytes_of(body, TD_REPORT_10_LEN));
    td_report_read(&c, TD_REPORT_10, &verdict.found.intel.quote.td);
    check_fields(&verdict, expected, COUNT_OF(expected) - 2, OF_PCK);
}

static void a_platform_says_what_its_certificate_does(void **state)
{
    static const struct {
        enum thim_number number;
        uint64_t value;
        bool of_platform_ca;
    } numbers[] = {
        { THIM_NUMBER_PCK_CA, PCK_CA_PLATFORM, false },
        { THIM_NUMBER_PCESVN, 13, false },
        { THIM_NUMBER_SGX_TYPE, 1, false },
        { THIM_NUMBER_DYNAMIC_PLATFORM, 1, true },
        { THIM_NUMBER_CACHED_KEYS, 0, true },
        { THIM_NUMBER_SMT_ENABLED, 1, true },
    };
    struct thim_verdict verdict = valid(EVIDENCE_SGX);
    struct quote_facts *facts = &verdict.found.intel;
    uint64_t value;

    (void)state;
    facts->ca = PCK_CA_PLATFORM;
    facts->pck = (struct pck_cert){ .fmspc = { 0x30, 0x60, 0x6a },
                                    .pcesvn = 13,
                                    .sgx_type = PCK_SCALABLE,
                                    .has_platform = true,
                                    .dynamic_platform = true,
                                    .smt_enabled = true };
    for (int has_platform = 1; has_platform >= 0; has_platform--) {
        facts->pck.has_platform = has_platform != 0;
        for (size_t i = 0; i < COUNT_OF(numbers); i++) {
            bool says = has_platform != 0 || !numbers[i].of_platform_ca;
            assert_int_equal(thim_verdict_number(&verdict, numbers[i].number, &value),
                             says);
            assert_int_equal(value, says ? numbers[i].value : 0);
        }
        assert_int_equal(
            thim_verdict_field(&verdict, THIM_FIELD_PLATFORM_INSTANCE_ID).len,
            has_platform != 0 ? 16 : 0);
    }
    assert_memory_equal(thim_verdict_field(&verdict, THIM_FIELD_FMSPC).at, "\x30\x60\x6a",
                        3);
}

static void a_guest_says_who_it_is(void **state)
{
    static const struct expected expected[] = {
        { 1, 0x50, 64 },    { 401, 0x90, 48 },  { 402, 0xc0, 32 }, { 403, 0x1a0, 64 },
        { 404, 0x140, 32 }, { 405, 0x160, 32 }, { 406, 0xe0, 48 }, { 407, 0x110, 48 },
        { 408, 0x10, 16 },  { 409, 0x20, 16 },
    };
    static const struct {
        enum thim_number number;
        size_t offset, len;
    } numbers[] = {
        { THIM_NUMBER_VERSION, 0, 4 },
        { THIM_NUMBER_SNP_GUEST_SVN, 4, 4 },
        { THIM_NUMBER_SNP_GUEST_POLICY, 8, 8 },
        { THIM_NUMBER_SNP_VMPL, 0x30, 4 },
        { THIM_NUMBER_SNP_PLATFORM_INFO, 0x40, 8 },
        { THIM_NUMBER_SNP_CURRENT_TCB, 0x38, 8 },
        { THIM_NUMBER_SNP_REPORTED_TCB, 0x180, 8 },
        { THIM_NUMBER_SNP_COMMITTED_TCB, 0x1e0, 8 },
        { THIM_NUMBER_SNP_LAUNCH_TCB, 0x1f0, 8 },
    };
    struct test_report report = report_make(3, 0x19, 0x11, 3, bytes_of("chip", 4));
    struct thim_verdict verdict = valid(EVIDENCE_SEV_SNP);
    struct error err = { 0 };

    (void)state;
    fill_body();
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        memcpy(report.at + expected[i].offset, body + expected[i].offset,
               expected[i].len);
    for (size_t i = 1; i < COUNT_OF(numbers); i++)
        report_put(&report, numbers[i].offset + 2, i, 1);
    memcpy(body, report.at, sizeof body);
    assert_ok(
        snp_report_parse(bytes_of(body, sizeof body), &verdict.found.amd.report, &err),
        err);
    check_fields(&verdict, expected, COUNT_OF(expected), OF_VEK);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uint64_t found, value = 0;
        assert_true(thim_verdict_number(&verdict, numbers[i].number, &found));
        memcpy(&value, body + numbers[i].offset, numbers[i].len);
        assert_int_equal(found, value);
    }
    verdict.found.amd.vek.csp_id = bytes_of_text("a provider");
    assert_int_equal(thim_verdict_field(&verdict, THIM_FIELD_SNP_CSP_ID).len, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enclave_says_who_it_is),
        cmocka_unit_test(a_trust_domain_says_who_it_is),
        cmocka_unit_test(a_guest_says_who_it_is),
        cmocka_unit_test(a_platform_says_what_its_certificate_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
