/* SPDX-License-Identifier: Apache-2.0 */
/* Real SEV-SNP reports with the certificates of their chips, and the same with a byte
 * changed. There is no CRL of AMD's in the vectors. */
#include <stdio.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"
#include "verify/vek_set.h"

enum {
    COLUMN_NAME,
    COLUMN_REPORT,
    COLUMN_VEK,
    COLUMN_CHAIN,
    COLUMN_TCB = 6,
    COLUMNS = 9
};
enum { CASES_MAX = 64 };

struct amd_case {
    char *columns[COLUMNS];
    struct buf report, vek, chain;
    struct trust trust;
    struct vek_set *set;
    struct report_law law;
};

struct amd_cases {
    struct buf file;
    char *lines[CASES_MAX];
    size_t count;
};

static void read_cases(struct amd_cases *out)
{
    out->count = 0;
    if (test_shared("vectors/AMD_CASES.tsv") == NULL)
        skip();
    out->file = test_shared_file("vectors/AMD_CASES.tsv");
    char *rest = (char *)out->file.at;
    strsep(&rest, "\n"); /* titles */
    for (char *line; (line = strsep(&rest, "\n")) != NULL && line[0] != 0;) {
        assert_true(out->count < CASES_MAX);
        out->lines[out->count++] = line;
    }
}

static struct buf read_file(const char *path)
{
    char below[256];
    struct buf empty;

    if (strcmp(path, "-") != 0) {
        snprintf(below, sizeof below, "vectors/%s", path);
        return test_shared_file(below);
    }
    buf_init(&empty, 1);
    return empty;
}

static void convene(struct amd_case *c, char *line)
{
    struct error err = { 0 };

    *c = (struct amd_case){ .set = NULL };
    for (size_t i = 0; i < COLUMNS; i++)
        c->columns[i] = strsep(&line, "\t");
    c->report = read_file(c->columns[COLUMN_REPORT]);
    c->vek = read_file(c->columns[COLUMN_VEK]);
    c->chain = read_file(c->columns[COLUMN_CHAIN]);
    struct vek_texts texts = { .vek = buf_bytes(&c->vek), .chain = buf_bytes(&c->chain) };
    trust_init(&c->trust);
    assert_ok(vek_set_make(&texts, &c->trust, &c->set, &err), err);
    c->law = (struct report_law){ .source = vek_set_source(c->set),
                                  .trust = &c->trust,
                                  .crl_optional = true,
                                  .now_s = 0 };
    if (vek_set_vek(c->set) != NULL) /* the day it was issued: a VLEK lives for a year */
        c->law.now_s = vcek_facts(vek_set_vek(c->set))->valid_from_s;
}

static void adjourn(struct amd_case *c)
{
    vek_set_free(c->set);
    buf_fini(&c->report);
    buf_fini(&c->vek);
    buf_fini(&c->chain);
}

static void every_case_has_the_verdict_that_others_found(void **state)
{
    static struct amd_cases cases;
    static struct verdict verdict;
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct error err = { 0 };

    (void)state;
    read_cases(&cases);
    assert_ok(known_signers_create(NULL, &known, &err), err);
    for (size_t i = 0; i < cases.count; i++) {
        struct amd_case c;
        convene(&c, cases.lines[i]);
        /* the one that was tampered with came without a certificate */
        bool is_missing = strcmp(c.columns[COLUMN_VEK], "-") == 0;
        enum verify_check expected = is_missing ? CHECK_VEK_MISSING : CHECK_PASSED;
        for (size_t again = 0; again < 3; again++) {
            report_verify(buf_bytes(&c.report), &c.law, again == 0 ? NULL : known,
                          &verdict);
            if (verdict.failure != expected)
                fail_msg("%s: %s", c.columns[COLUMN_NAME], verdict.why.text);
            assert_false(verdict.has_status);
            assert_false(verdict.revocation_checked);
        }
        if (!is_missing) {
            uint8_t tcb[8];
            uint64_t value = verdict.amd.report.reported_tcb;
            for (size_t k = 0; k < sizeof tcb; k++)
                tcb[k] = (uint8_t)(value >> (8 * k));
            assert_string_equal(hex(tcb, sizeof tcb).s, c.columns[COLUMN_TCB]);
        }
        adjourn(&c);
    }
    assert_true(cases.count >= 15);
    buf_fini(&cases.file);
}

static void a_minimum_makes_a_status(void **state)
{
    static struct amd_cases cases;
    static struct verdict verdict;
    struct amd_case c;

    (void)state;
    read_cases(&cases);
    convene(&c, cases.lines[0]);
    assert_true(report_verify(buf_bytes(&c.report), &c.law, NULL, &verdict));
    enum snp_product product = verdict.amd.product;
    c.law.has_min_tcb[product] = true;
    c.law.min_tcb[product] = verdict.amd.reported;
    assert_true(report_verify(buf_bytes(&c.report), &c.law, NULL, &verdict));
    assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
    c.law.min_tcb[product].spl[SPL_SNP]++;
    assert_true(report_verify(buf_bytes(&c.report), &c.law, NULL, &verdict));
    assert_int_equal(verdict.status, STANDING_OUT_OF_DATE);
    assert_int_equal(verdict.amd.lowest, SPL_SNP);
    c.law.crl_optional = false;
    assert_false(report_verify(buf_bytes(&c.report), &c.law, NULL, &verdict));
    assert_int_equal(verdict.failure, CHECK_AMD_CRL_MISSING);
    assert_int_equal(verdict.status, STANDING_OUT_OF_DATE); /* is told all the same */
    c.law.crl_optional = true;
    c.law.now_s = INT64_C(2500000000);
    assert_false(report_verify(buf_bytes(&c.report), &c.law, NULL, &verdict));
    assert_int_equal(verdict.failure, CHECK_VEK_CHAIN_EXPIRED);
    assert_true(verdict.has_status);
    adjourn(&c);
    buf_fini(&cases.file);
}

/* What fails where the lowest bit of this byte of a report of version 2 is turned over:
 * what nobody signs must be zero, and the rest is read before its signature is. */
static enum verify_check check_of_place(size_t at)
{
    static const struct {
        size_t from, end;
        enum verify_check check;
    } places[] = {
        { 0x00, 0x01, CHECK_INVALID_REPORT_SIGNATURE }, /* version 3, of no product */
        { 0x01, 0x04, CHECK_UNSUPPORTED_REPORT_FORMAT },
        { 0x0a, 0x0b, CHECK_INVALID_REPORT_SIGNATURE },  /* policy: SMT */
        { 0x34, 0x38, CHECK_UNSUPPORTED_REPORT_FORMAT }, /* algorithm */
        { 0x3a, 0x3e, CHECK_VEK_MISMATCH }, /* current TCB: bytes that are none */
        { 0x49, 0x50, CHECK_UNSUPPORTED_REPORT_FORMAT }, /* behind the signing key */
        { 0x180, 0x182, CHECK_VEK_TCB_MISMATCH },
        { 0x182, 0x186, CHECK_VEK_MISMATCH },
        { 0x186, 0x188, CHECK_VEK_TCB_MISMATCH },
        { 0x188, 0x1a0, CHECK_UNSUPPORTED_REPORT_FORMAT }, /* CPUID and reserved */
        { 0x1a0, 0x1e0, CHECK_VEK_MISMATCH },              /* chip id */
        { 0x1e2, 0x1e6, CHECK_VEK_MISMATCH },              /* committed TCB */
        { 0x1eb, 0x1ec, CHECK_UNSUPPORTED_REPORT_FORMAT },
        { 0x1ef, 0x1f0, CHECK_UNSUPPORTED_REPORT_FORMAT },
        { 0x1f2, 0x1f6, CHECK_VEK_MISMATCH }, /* launch TCB */
        { 0x1f8, 0x2a0, CHECK_UNSUPPORTED_REPORT_FORMAT },
        { 0x2d0, 0x2e8, CHECK_UNSUPPORTED_REPORT_FORMAT }, /* above r */
        { 0x318, SNP_REPORT_LEN, CHECK_UNSUPPORTED_REPORT_FORMAT },
    };

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (at >= places[i].from && at < places[i].end)
            return places[i].check;
    return CHECK_INVALID_REPORT_SIGNATURE;
}

static void no_byte_may_differ(void **state)
{
    static struct amd_cases cases;
    static struct verdict verdict;
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct amd_case c;
    struct error err = { 0 };

    (void)state;
    read_cases(&cases);
    assert_ok(known_signers_create(NULL, &known, &err), err);
    convene(&c, cases.lines[0]);
    for (size_t at = 0; at < c.report.len; at++) {
        if (at >= 0x90 && at < 0x180 && at % 8 != 0)
            continue; /* the guest's own words: all signed, and P-384 is slow */
        c.report.at[at] ^= 0x01;
        report_verify(buf_bytes(&c.report), &c.law, known, &verdict);
        if (verdict.failure != check_of_place(at))
            fail_msg("byte 0x%zx: %s", at,
                     verdict.valid ? "valid" : verify_check_name(verdict.failure));
        c.report.at[at] ^= 0x01;
    }
    for (size_t cut = 0; cut < c.report.len; cut++) {
        assert_false(report_verify(bytes_first(buf_bytes(&c.report), cut), &c.law, known,
                                   &verdict));
        assert_int_equal(verdict.failure, CHECK_UNSUPPORTED_REPORT_FORMAT);
    }
    adjourn(&c);
    buf_fini(&cases.file);
}

/* Each report with each other's certificate. */
static void a_certificate_is_one_chips_at_one_tcb(void **state)
{
    static struct amd_cases cases;
    static struct verdict verdict;
    static struct amd_case all[CASES_MAX];
    size_t refused = 0;

    (void)state;
    read_cases(&cases);
    for (size_t i = 0; i < cases.count; i++)
        convene(&all[i], cases.lines[i]);
    for (size_t i = 0; i < cases.count; i++)
        for (size_t k = 0; k < cases.count; k++) {
            bool is_same = bytes_equal(buf_bytes(&all[i].vek), buf_bytes(&all[k].vek));
            if (is_same || all[i].vek.len == 0)
                continue;
            assert_false(
                report_verify(buf_bytes(&all[k].report), &all[i].law, NULL, &verdict));
            if (verdict.failure != CHECK_VEK_MISMATCH
                && verdict.failure != CHECK_VEK_TCB_MISMATCH
                && verdict.failure != CHECK_INVALID_REPORT_SIGNATURE)
                fail_msg("%s by the certificate of %s: %s", all[k].columns[COLUMN_NAME],
                         all[i].columns[COLUMN_NAME], verify_check_name(verdict.failure));
            refused++;
        }
    assert_true(refused > 100);
    for (size_t i = 0; i < cases.count; i++)
        adjourn(&all[i]);
    buf_fini(&cases.file);
}

static struct vek_set *set_of(const char *vek, const char *chain,
                              const struct trust *trust)
{
    struct buf a = test_shared_file(vek), b = test_shared_file(chain);
    const struct vek_texts texts = { .vek = buf_bytes(&a), .chain = buf_bytes(&b) };
    struct vek_set *set = NULL;
    struct error err = { 0 };

    assert_ok(vek_set_make(&texts, trust, &set, &err), err);
    buf_fini(&a);
    buf_fini(&b);
    return set;
}

#define MILAN "vectors/amd/milan/"

/* A certificate that trustee's tests have: the names are AMD's, the ASK's key is not. */
static void a_forged_vcek_signs_nothing(void **state)
{
    static struct verdict verdict;
    struct trust trust;

    (void)state;
    if (test_shared("vectors/amd/negative") == NULL)
        skip();
    trust_init(&trust);
    OWNED(vek_set_free)
    struct vek_set *set = set_of("vectors/amd/negative/vcek-invalid-legacy.der",
                                 MILAN "cert_chain_vcek.pem", &trust);
    struct buf report = test_shared_file(MILAN "trustee-v2/report.bin");
    const struct report_law law = { .source = vek_set_source(set),
                                    .trust = &trust,
                                    .crl_optional = true };
    assert_false(report_verify(buf_bytes(&report), &law, NULL, &verdict));
    assert_int_equal(verdict.failure, CHECK_VEK_CHAIN_UNTRUSTED);
    assert_refused(verdict.why, ERROR_UNTRUSTED, "VCEK of Milan: ");
    assert_false(verdict.amd.has_vek);
    buf_fini(&report);
}

/* It came without a certificate: "rejected: report signature" is held against every
 * chip of Milan's that is known here, and none has signed it. */
static void a_report_that_was_tampered_with_is_nobodys(void **state)
{
    static struct amd_cases cases;
    static struct verdict verdict;
    struct amd_case tampered;
    struct snp_report report;
    struct error err = { 0 };
    size_t keys = 0;

    (void)state;
    read_cases(&cases);
    convene(&tampered, cases.lines[cases.count - 1]);
    assert_string_equal(tampered.columns[COLUMN_NAME], "milan-cmc-v2-tampered-2");
    assert_ok(snp_report_parse(buf_bytes(&tampered.report), &report, &err), err);
    for (size_t i = 0; i + 1 < cases.count; i++) {
        struct amd_case c;
        convene(&c, cases.lines[i]);
        const struct vcek_facts *vek = vcek_facts(vek_set_vek(c.set));
        if (vek->vcek.product == SNP_MILAN && vek->vcek.kind == VEK_VCEK) {
            assert_false(
                report_verify(buf_bytes(&tampered.report), &c.law, NULL, &verdict));
            assert_false(p384_verify(vek->public_key.at, report.signed_part,
                                     report.signature, &err));
            keys++;
        }
        adjourn(&c);
    }
    assert_true(keys >= 9);
    adjourn(&tampered);
    buf_fini(&cases.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_has_the_verdict_that_others_found),
        cmocka_unit_test(a_minimum_makes_a_status),
        cmocka_unit_test(no_byte_may_differ),
        cmocka_unit_test(a_certificate_is_one_chips_at_one_tcb),
        cmocka_unit_test(a_forged_vcek_signs_nothing),
        cmocka_unit_test(a_report_that_was_tampered_with_is_nobodys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
