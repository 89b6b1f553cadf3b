/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/vek_set.h"

#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_reports.h"

#define CEILING ((size_t)1 << 20)

enum piece { NOTHING, VEK, ISSUER, ROOT, ASVK, OTHER_ROOT, CRL, PIECES };
enum encoding { PEM, DER, HEX, PERCENT };

/* What one text is put together from: pieces, one after another. */
struct plan {
    enum encoding encoding;
    enum piece pieces[4];
};

struct bench {
    struct buf ders[PIECES];
    struct trust trust;
    struct buf texts[3]; /* VEK, chain, CRL */
};

static void bench_make(struct bench *bench)
{
    struct test_amd_certificate specs[] = { [VEK] = test_vcek(),
                                            [ISSUER] = test_amd_ask(),
                                            [ROOT] = test_ark(),
                                            [ASVK] = test_asvk(),
                                            [OTHER_ROOT] = test_genoa_ark() };
    struct test_amd_crl crl = test_milan_crl();

    specs[ASVK].common_name = "SEV-VLEK-Milan"; /* as beside the ASK in one file */
    specs[ASVK].issuer_name = "ARK-Milan";
    specs[ASVK].signer = TEST_ARK_KEY;
    for (size_t i = VEK; i <= OTHER_ROOT; i++)
        bench->ders[i] = test_amd_make(&specs[i]);
    bench->ders[CRL] = test_amd_crl_make(&crl);
    buf_init(&bench->ders[NOTHING], 1);
    bench->trust = test_amd_trust();
    for (size_t i = 0; i < COUNT_OF(bench->texts); i++)
        buf_init(&bench->texts[i], CEILING);
}

static void bench_free(struct bench *bench)
{
    for (size_t i = 0; i < PIECES; i++)
        buf_fini(&bench->ders[i]);
    for (size_t i = 0; i < COUNT_OF(bench->texts); i++)
        buf_fini(&bench->texts[i]);
}

/* "-", " " and new lines as PCS's headers have them. */
static void put_percent(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == '\n')
            buf_add_text(out, "%0A");
        else if (c == ' ')
            buf_add_text(out, "%20");
        else if (c == '+' || c == '/' || c == '=')
            buf_add_text(out, c == '+' ? "%2B" : c == '/' ? "%2F" : "%3D");
        else
            buf_add_byte(out, c);
    }
}

static void put_hex(struct buf *out, struct bytes der)
{
    for (size_t i = 0; i < der.len; i++) {
        buf_add_text(out, hex(der.at + i, 1).s);
        if (i % 32 == 31)
            buf_add_byte(out, '\n');
    }
}

static void put_piece(struct buf *out, enum encoding encoding, enum piece piece,
                      struct bytes der)
{
    struct buf pem;

    if (encoding == DER) {
        buf_add(out, der);
    } else if (encoding == HEX) {
        put_hex(out, der);
    } else {
        buf_init(&pem, CEILING);
        pem_write(&pem, piece == CRL ? "X509 CRL" : "CERTIFICATE", der);
        if (encoding == PERCENT)
            put_percent(out, buf_bytes(&pem));
        else
            buf_add(out, buf_bytes(&pem));
        buf_fini(&pem);
    }
}

static void bench_write(struct bench *bench, const struct plan plans[3])
{
    for (size_t i = 0; i < 3; i++) {
        buf_clear(&bench->texts[i]);
        for (size_t k = 0; k < 4 && plans[i].pieces[k] != NOTHING; k++) {
            enum piece piece = plans[i].pieces[k];
            put_piece(&bench->texts[i], plans[i].encoding, piece,
                      buf_bytes(&bench->ders[piece]));
        }
    }
}

static struct vek_set *bench_set(const struct bench *bench)
{
    const struct vek_texts texts = { .vek = buf_bytes(&bench->texts[0]),
                                     .chain = buf_bytes(&bench->texts[1]),
                                     .crl = buf_bytes(&bench->texts[2]) };
    struct vek_set *set = NULL;
    struct error err = { 0 };

    assert_ok(vek_set_make(&texts, &bench->trust, &set, &err), err);
    return set;
}

/* What a report of Milan's comes to by this set. */
static void judge(const struct bench *bench, const struct vek_set *set,
                  struct verdict *verdict)
{
    const struct report_law law = { .source = vek_set_source(set),
                                    .trust = &bench->trust,
                                    .now_s = TEST_AMD_NOW_S };
    struct test_report report = test_report_milan();

    report_verify(bytes_of(report.at, SNP_REPORT_LEN), &law, NULL, verdict);
    verdict->amd.report = (struct snp_report){ 0 }; /* its bytes go with this call */
}

/* ---- what is brought --------------------------------------------------------------- */

static void what_somebody_has_is_read_as_it_is(void **state)
{
    static const struct {
        const char *claim;
        struct plan plans[3];
    } cases[] = {
        { "as KDS gives it",
          { { DER, { VEK } }, { PEM, { ISSUER, ROOT } }, { DER, { CRL } } } },
        { "the ARK first",
          { { DER, { VEK } }, { PEM, { ROOT, ISSUER } }, { DER, { CRL } } } },
        { "PEM throughout",
          { { PEM, { VEK } }, { PEM, { ISSUER, ROOT } }, { PEM, { CRL } } } },
        { "hex", { { HEX, { VEK } }, { PEM, { ISSUER, ROOT } }, { HEX, { CRL } } } },
        { "percent-encoded, as headers have it",
          { { PERCENT, { VEK } }, { PERCENT, { ISSUER, ROOT } }, { DER, { CRL } } } },
        { "everything in one file",
          { { PEM, { VEK, ISSUER, ROOT } }, { 0 }, { DER, { CRL } } } },
        { "the VCEK last", { { PEM, { ROOT, ISSUER, VEK } }, { 0 }, { DER, { CRL } } } },
        { "the issuer beside the VCEK",
          { { PEM, { VEK, ISSUER } }, { DER, { ROOT } }, { DER, { CRL } } } },
        { "the VCEK in the chain's file",
          { { PEM, { ISSUER } }, { PEM, { VEK, ROOT } }, { DER, { CRL } } } },
        { "an ASVK, too",
          { { DER, { VEK } }, { PEM, { ASVK, ISSUER, ROOT } }, { DER, { CRL } } } },
        { "another product's ARK, too",
          { { DER, { VEK } }, { PEM, { OTHER_ROOT, ISSUER, ROOT } }, { DER, { CRL } } } },
        { "twice over",
          { { PEM, { VEK, ISSUER, ROOT } },
            { PEM, { ISSUER, ROOT } },
            { PEM, { CRL } } } },
    };
    static struct verdict verdict;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bench_write(&bench, cases[i].plans);
        OWNED(vek_set_free) struct vek_set *set = bench_set(&bench);
        judge(&bench, set, &verdict);
        if (!verdict.valid || !verdict.revocation_checked)
            fail_msg("%s: %s", cases[i].claim, verdict.why.text);
        assert_true(
            bytes_equal(vcek_facts(vek_set_vek(set))->der, buf_bytes(&bench.ders[VEK])));
        assert_true(bytes_equal(amd_crl_facts(vek_set_crl(set))->der,
                                buf_bytes(&bench.ders[CRL])));
    }
    bench_free(&bench);
}

static void what_is_not_there_is_missing_and_what_is_wrong_named(void **state)
{
    static const struct {
        const char *claim;
        struct plan plans[3];
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "nothing", { { 0 } }, CHECK_VEK_MISSING, "VCEK or VLEK" },
        { "a chain and a list",
          { { 0 }, { PEM, { ISSUER, ROOT } }, { DER, { CRL } } },
          CHECK_VEK_MISSING,
          "VCEK or VLEK" },
        { "no list",
          { { DER, { VEK } }, { PEM, { ISSUER, ROOT } } },
          CHECK_AMD_CRL_MISSING,
          "ARK's CRL" },
        { "no chain",
          { { DER, { VEK } }, { 0 }, { DER, { CRL } } },
          CHECK_VEK_CHAIN_UNTRUSTED,
          "the chain of the VCEK, its issuer \"SEV-Milan\" and the ARK, was not given" },
        { "no ARK",
          { { DER, { VEK } }, { DER, { ISSUER } } },
          CHECK_VEK_CHAIN_UNTRUSTED,
          "was not given" },
        { "no issuer",
          { { DER, { VEK } }, { DER, { ROOT } } },
          CHECK_VEK_CHAIN_UNTRUSTED,
          "was not given" },
        { "another's ARK",
          { { DER, { VEK } }, { PEM, { ISSUER, OTHER_ROOT } } },
          CHECK_VEK_CHAIN_UNTRUSTED,
          "was not given" },
        { "a chain for a VCEK",
          { { PEM, { ISSUER, ROOT } } },
          CHECK_VEK_INVALID,
          "no VCEK or VLEK: " },
        { "a list for a VCEK",
          { { DER, { CRL } }, { PEM, { ISSUER, ROOT } } },
          CHECK_VEK_INVALID,
          "VCEK or VLEK: no certificate is in it" },
        { "a list for a chain",
          { { DER, { VEK } }, { PEM, { CRL } } },
          CHECK_VEK_CHAIN_UNTRUSTED,
          "chain of the VCEK or VLEK: no certificate is in it" },
        { "a certificate for a list",
          { { DER, { VEK } }, { PEM, { ISSUER, ROOT } }, { DER, { ROOT } } },
          CHECK_AMD_CRL_INVALID,
          "ARK's CRL: no CRL is in it" },
        { "two lists",
          { { DER, { VEK } }, { PEM, { ISSUER, ROOT } }, { DER, { CRL, CRL } } },
          CHECK_AMD_CRL_INVALID,
          "CRL of ARK-Milan: " },
        { "two VCEKs' DER, one behind the other",
          { { DER, { VEK, VEK } }, { PEM, { ISSUER, ROOT } } },
          CHECK_VEK_INVALID,
          "VCEK or VLEK: certificate 1: " },
    };
    static struct verdict verdict;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bench_write(&bench, cases[i].plans);
        OWNED(vek_set_free) struct vek_set *set = bench_set(&bench);
        judge(&bench, set, &verdict);
        if (verdict.failure != cases[i].check
            || strstr(verdict.why.text, cases[i].part) == NULL)
            fail_msg("%s: %s: \"%s\"", cases[i].claim, verify_check_name(verdict.failure),
                     verdict.why.text);
    }
    bench_free(&bench);
}

static const struct plan kds[3] = { { DER, { VEK } },
                                    { PEM, { ISSUER, ROOT } },
                                    { DER, { CRL } } };

/* The last byte of a piece is its signature's. */
static void what_its_issuer_has_not_signed_is_no_good(void **state)
{
    static const struct {
        enum piece piece;
        enum verify_check check;
        const char *part;
    } cases[] = {
        { VEK, CHECK_VEK_CHAIN_UNTRUSTED, "VCEK of Milan: " },
        { ISSUER, CHECK_VEK_CHAIN_UNTRUSTED, "issuer of Milan VCEKs: " },
        { ROOT, CHECK_VEK_CHAIN_UNTRUSTED, "issuer of Milan VCEKs: " },
        { CRL, CHECK_AMD_CRL_INVALID, "CRL of ARK-Milan: " },
        { ASVK, CHECK_PASSED, "" }, /* not in use */
    };
    static struct verdict verdict;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench bench;
        bench_make(&bench);
        struct buf *der = &bench.ders[cases[i].piece];
        der->at[der->len - 1] ^= 1;
        bench_write(&bench, kds);
        OWNED(vek_set_free) struct vek_set *set = bench_set(&bench);
        judge(&bench, set, &verdict);
        if (verdict.failure != cases[i].check
            || strstr(verdict.why.text, cases[i].part) == NULL)
            fail_msg("%zu: %s: \"%s\"", i, verify_check_name(verdict.failure),
                     verdict.why.text);
        assert_int_equal(vek_set_vek(set) != NULL,
                         cases[i].check != CHECK_VEK_CHAIN_UNTRUSTED);
        assert_int_equal(vek_set_crl(set) != NULL, cases[i].check == CHECK_PASSED);
        bench_free(&bench);
    }
}

static void a_vlek_has_an_issuer_of_its_own(void **state)
{
    const struct test_amd_certificate specs[] = { test_vlek(), test_asvk(),
                                                  test_genoa_ark() };
    static struct verdict verdict;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        buf_fini(&bench.ders[VEK + i]);
        bench.ders[VEK + i] = test_amd_make(&specs[i]);
    }
    const struct plan plans[3] = { { PEM, { VEK } }, { PEM, { ISSUER, ROOT } } };
    bench_write(&bench, plans);
    OWNED(vek_set_free) struct vek_set *set = bench_set(&bench);
    const struct report_law law = { .source = vek_set_source(set),
                                    .trust = &bench.trust,
                                    .crl_optional = true,
                                    .now_s = TEST_AMD_NOW_S };
    struct test_report report = test_report_genoa_vlek();
    assert_true(report_verify(bytes_of(report.at, SNP_REPORT_LEN), &law, NULL, &verdict));
    assert_int_equal(verdict.amd.vek.kind, VEK_VLEK);
    assert_false(verdict.revocation_checked);
    judge(&bench, set, &verdict); /* Milan's, by a VCEK */
    assert_int_equal(verdict.failure, CHECK_VEK_MISMATCH);
    bench_free(&bench);
}

static void a_root_that_nobody_trusts_vouches_for_nothing(void **state)
{
    static struct verdict verdict;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_write(&bench, kds);
    bench.trust.count = 0;
    OWNED(vek_set_free) struct vek_set *set = bench_set(&bench);
    judge(&bench, set, &verdict);
    assert_int_equal(verdict.failure, CHECK_VEK_CHAIN_UNTRUSTED);
    assert_null(vek_set_vek(set));
    bench_free(&bench);
}

/* ---- hostile ----------------------------------------------------------------------- */

static void no_text_is_more_than_refused(void **state)
{
    static const char *const texts[] = {
        " ",
        "{}",
        "30",
        "3",
        "-----BEGIN CERTIFICATE-----",
        "\x30\x84\xff\xff\xff\xff",
        "-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n",
        "%2D%2D%2D",
        "0",
    };
    static struct verdict verdict;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    for (size_t place = 0; place < 3; place++)
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            bench_write(&bench, kds);
            buf_clear(&bench.texts[place]);
            buf_add_text(&bench.texts[place], texts[i]);
            OWNED(vek_set_free) struct vek_set *set = bench_set(&bench);
            judge(&bench, set, &verdict);
            static const enum verify_check checks[] = { CHECK_VEK_INVALID,
                                                        CHECK_VEK_CHAIN_UNTRUSTED,
                                                        CHECK_AMD_CRL_INVALID };
            if (verdict.failure != checks[place] || verdict.why.text[0] == '\0')
                fail_msg("\"%s\": %s: \"%s\"", texts[i],
                         verify_check_name(verdict.failure), verdict.why.text);
        }
    bench_free(&bench);
}

static void a_text_has_an_end(void **state)
{
    static struct verdict verdict;
    static uint8_t large[(1 << 20) + 1] = "-----BEGIN CERTIFICATE-----";
    const struct vek_texts texts = { .vek = bytes_of(large, sizeof large) };
    struct trust trust = test_amd_trust();
    OWNED(vek_set_free) struct vek_set *set = NULL;
    struct error err = { 0 };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    assert_ok(vek_set_make(&texts, &trust, &set, &err), err);
    judge(&bench, set, &verdict);
    assert_int_equal(verdict.failure, CHECK_VEK_INVALID);
    assert_refused(verdict.why, ERROR_LIMIT, "VCEK or VLEK: 1048577 bytes");
    bench_free(&bench);
}

/* ---- as a thing that is kept ------------------------------------------------------- */

static void a_set_keeps_its_own_copies(void **state)
{
    static struct verdict verdict;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_write(&bench, kds);
    struct vek_set *set = bench_set(&bench);
    for (size_t i = 0; i < COUNT_OF(bench.texts); i++)
        memset(bench.texts[i].at, 0, bench.texts[i].len);
    judge(&bench, set, &verdict);
    assert_true(verdict.valid);
    vek_set_free(set);
    vek_set_free(NULL);
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_somebody_has_is_read_as_it_is),
        cmocka_unit_test(what_is_not_there_is_missing_and_what_is_wrong_named),
        cmocka_unit_test(what_its_issuer_has_not_signed_is_no_good),
        cmocka_unit_test(a_vlek_has_an_issuer_of_its_own),
        cmocka_unit_test(a_root_that_nobody_trusts_vouches_for_nothing),
        cmocka_unit_test(no_text_is_more_than_refused),
        cmocka_unit_test(a_text_has_an_end),
        cmocka_unit_test(a_set_keeps_its_own_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
