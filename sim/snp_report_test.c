/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/snp_report.h"

#include "sim/test_amd.h"
#include "sim/test_minted.h"

enum { SIGNED = 0x2a0, MILAN_CHIP = 9 };

static struct world world;

static int open_world(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(synthetic_open("test", test_time(TEST_NOW), 4, &world, &err), err);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static struct buf companion(const char *text, enum snp_companion which)
{
    struct mint_order order = test_order(MINTED_REPORT, text);
    struct error err = { .kind = ERROR_NONE };
    struct buf out;

    buf_init(&out, SNP_MINTED_MAX);
    assert_ok(snp_companion_mint(world.amd, &order.report, which, test_time(TEST_NOW),
                                 &out, &err),
              err);
    return out;
}

/* ---- what holds
 * ------------------------------------------------------------------------ */

enum {
    REPORT_SIGNED = 1, /* by the VEK that comes along */
    CHAINED = 2,       /* that by the chain's first, and that by a root of this world */
    CRL_SIGNED = 4,    /* by the chain's root */
    NOT_REVOKED = 8,
    CHIPS_OWN = 16, /* the VEK names the report's chip */
    IN_DATES = 32,  /* VEK, chain's first and CRL */
    ALL = 63
};

static bool is_report_signed(struct bytes report, X509 *vek)
{
    uint8_t raw[96], point[97];
    struct error err = { .kind = ERROR_NONE };
    size_t len = 0;

    for (size_t i = 0; i < 48; i++) {
        raw[i] = report.at[SIGNED + 47 - i];
        raw[48 + i] = report.at[SIGNED + 72 + 47 - i];
    }
    assert_int_equal(EVP_PKEY_get_octet_string_param(X509_get0_pubkey(vek), "pub", point,
                                                     sizeof point, &len),
                     1);
    assert_int_equal(len, sizeof point);
    return p384_verify(point + 1, bytes_first(report, SIGNED), raw, &err);
}

static bool is_of_world(X509 *root)
{
    struct error err = { .kind = ERROR_NONE };
    bool is_one = false;

    for (int product = 0; product < WORLD_PRODUCTS; product++) {
        struct buf pem;
        buf_init(&pem, WORLD_CHAIN_MAX);
        assert_ok(world.ark(world.context, (enum world_product)product, &pem, &err), err);
        X509 *ark = test_certificate(buf_bytes(&pem), 0);
        is_one |= X509_cmp(root, ark) == 0;
        X509_free(ark);
        buf_fini(&pem);
    }
    return is_one;
}

static bool is_in_dates(const ASN1_TIME *from, const ASN1_TIME *to)
{
    time_t now = (time_t)test_time(TEST_NOW);

    return X509_cmp_time(from, &now) < 0 && X509_cmp_time(to, &now) > 0;
}

static bool names_chip(X509 *vek, struct bytes report)
{
    struct bytes id = test_extension(vek, "1.3.6.1.4.1.3704.1.4");

    return id.len > 0 && bytes_equal(id, bytes_first(bytes_after(report, 0x1a0), id.len));
}

static unsigned what_holds(const char *order)
{
    struct buf report = test_minted(&world, MINTED_REPORT, order);
    struct buf der = companion(order, SNP_VEK), pem = companion(order, SNP_CHAIN);
    struct buf list = companion(order, SNP_CRL);
    const uint8_t *at = list.at;
    X509 *vek = test_der(buf_bytes(&der)), *ask = test_certificate(buf_bytes(&pem), 0);
    X509 *ark = test_certificate(buf_bytes(&pem), 1);
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)list.len);

    unsigned holds =
        (is_report_signed(buf_bytes(&report), vek) ? REPORT_SIGNED : 0)
        | (test_is_signed_by(vek, ask) && test_is_signed_by(ask, ark) && is_of_world(ark)
               ? CHAINED
               : 0)
        | (test_crl_holds(buf_bytes(&list), buf_bytes(&pem), 1) ? CRL_SIGNED : 0)
        | (test_crl_revokes(buf_bytes(&list), buf_bytes(&pem), 0) ? 0 : NOT_REVOKED)
        | (names_chip(vek, buf_bytes(&report)) ? CHIPS_OWN : 0);
    if (is_in_dates(X509_get0_notBefore(vek), X509_get0_notAfter(vek))
        && is_in_dates(X509_get0_notBefore(ask), X509_get0_notAfter(ask))
        && is_in_dates(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl)))
        holds |= IN_DATES;
    X509_free(vek);
    X509_free(ask);
    X509_free(ark);
    X509_CRL_free(crl);
    buf_fini(&report);
    buf_fini(&der);
    buf_fini(&pem);
    buf_fini(&list);
    return holds;
}

static void every_kind_is_signed_by_what_comes_along(void **state)
{
    static const struct {
        const char *order;
        unsigned holds;
    } cases[] = {
        { "", ALL },
        { "product=Genoa", ALL },
        { "product=Turin", ALL },
        { "chip=9 version=2", ALL },
        { "chip=9 version=3", ALL },
        { "chip=9 version=4", ALL },
        { "chip=9 version=5", ALL },
        { "tcb=0100000000000001", ALL },
        { "vlek", ALL & ~CHIPS_OWN },
        { "product=Turin vlek", ALL & ~CHIPS_OWN },
        { "mask-chip", ALL & ~CHIPS_OWN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (what_holds(cases[i].order) != cases[i].holds)
            fail_msg("%s: %u holds", cases[i].order, what_holds(cases[i].order));
}

static void what_a_chip_speaks_and_is(void **state)
{
    static const unsigned versions[] = { 2, 2, 3, 3, 3, 5, 5, 5, 5 };

    (void)state;
    for (uint32_t chip = 0; chip < COUNT_OF(versions); chip++) {
        uint8_t id[CHIP_ID_LEN], tcb[TCB_VERSION_LEN];
        char order[20];
        snprintf(order, sizeof order, "chip=%u", chip);
        struct buf report = test_minted(&world, MINTED_REPORT, order);

        assert_int_equal(report.len, SNP_REPORT_LEN);
        assert_int_equal(report.at[0], versions[chip]);
        chip_id(world.amd->chips, chip, id);
        assert_memory_equal(report.at + 0x1a0, id, sizeof id);
        chip_tcb_version(world.amd->chips, chip, test_time(TEST_NOW), tcb);
        assert_memory_equal(report.at + 0x180, tcb, sizeof tcb);
        assert_int_equal(report.at[0x188], versions[chip] == 2
                                               ? 0
                                               : amd_product(chip_product(chip))->family);
        buf_fini(&report);
    }
}

static void what_is_ordered_stands_in_its_place(void **state)
{
    static const struct {
        const char *order;
        size_t at, len;
        const char *bytes;
    } cases[] = {
        { "", 0x08, 8, "\0\0\3\0\0\0\0\0" },
        { "debug", 0x08, 8, "\0\0\x0b\0\0\0\0\0" },
        { "policy=00000000000b0102", 0x08, 8, "\2\1\x0b\0\0\0\0\0" },
        { "vmpl=2 guest-svn=258", 0x30, 4, "\2\0\0\0" },
        { "guest-svn=258", 0x04, 4, "\2\1\0\0" },
        { "tcb=0100000000000002", 0x180, 8, "\2\0\0\0\0\0\0\1" },
        { "launch-tcb=0100000000000002", 0x1f0, 8, "\2\0\0\0\0\0\0\1" },
        { "", 0x48, 4, "\0\0\0\0" },
        { "vlek", 0x48, 4, "\4\0\0\0" },
        { "defect=signer_none", 0x48, 4, "\x1c\0\0\0" },
        { "defect=signer_unknown", 0x48, 4, "\x0c\0\0\0" },
        { "vlek defect=signer_other", 0x48, 4, "\0\0\0\0" },
        { "defect=policy_17", 0x08, 8, "\0\0\1\0\0\0\0\0" },
        { "defect=algorithm", 0x34, 4, "\2\0\0\0" },
        { "defect=version_low", 0x00, 4, "\1\0\0\0" },
        { "defect=version_unknown", 0x00, 4, "\x09\0\0\0" },
        { "chip=9 version=3 defect=cpuid_other", 0x188, 3, "\x1a\2\1" },
        { "defect=reserved", 0x4c, 4, "\1\0\0\0" },
        { "defect=r_long", SIGNED + 48, 4, "\1\0\0\0" },
        { "defect=s_long", SIGNED + 120, 4, "\1\0\0\0" },
        { "defect=signature_tail", SIGNED + 144, 4, "\1\0\0\0" },
        { "", SIGNED + 144, 4, "\0\0\0\0" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf report = test_minted(&world, MINTED_REPORT, cases[i].order);

        if (memcmp(report.at + cases[i].at, cases[i].bytes, cases[i].len) != 0)
            fail_msg("%s: %s", cases[i].order,
                     hex(report.at + cases[i].at, cases[i].len).s);
        buf_fini(&report);
    }
}

static void a_defect_breaks_what_it_says_and_nothing_else(void **state)
{
    static const struct {
        const char *defect;
        unsigned holds;
    } cases[] = {
        { "signature", ALL & ~REPORT_SIGNED },
        { "signature_zero", ALL & ~REPORT_SIGNED },
        { "body_edited", ALL & ~REPORT_SIGNED },
        { "algorithm", ALL },
        { "version_unknown", ALL },
        { "policy_17", ALL },
        { "signer_none", ALL },
        { "signer_other", ALL },
        { "reserved", ALL },
        { "cpuid_other", ALL },
        { "chip_other", ALL & ~CHIPS_OWN },
        { "tcb_other", ALL },
        { "product_other", ALL & ~CHIPS_OWN },
        { "vek_signature", ALL & ~CHAINED },
        { "vek_expired", ALL & ~IN_DATES },
        { "vek_future", ALL & ~IN_DATES },
        { "foreign_root", ALL & ~CHAINED },
        { "chain_other", ALL & ~(CHAINED | CRL_SIGNED) },
        { "chain_expired", ALL & ~IN_DATES },
        { "revoked", ALL & ~NOT_REVOKED },
        { "crl_other", ALL & ~CRL_SIGNED },
        { "crl_expired", ALL & ~IN_DATES },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char order[80];
        snprintf(order, sizeof order, "chip=%d version=3 defect=%s", MILAN_CHIP,
                 cases[i].defect);
        if (what_holds(order) != cases[i].holds)
            fail_msg("%s: %u holds, expected %u", cases[i].defect, what_holds(order),
                     cases[i].holds);
    }
}

static void a_lower_tcb_signs_where_that_is_the_defect(void **state)
{
    struct buf der = companion("defect=tcb_other", SNP_VEK), own = companion("", SNP_VEK);
    X509 *lower = test_der(buf_bytes(&der)), *right = test_der(buf_bytes(&own));
    struct bytes ucode = test_extension(lower, "1.3.6.1.4.1.3704.1.3.8");

    (void)state;
    assert_int_equal(ucode.at[ucode.len - 1], 218);
    ucode = test_extension(right, "1.3.6.1.4.1.3704.1.3.8");
    assert_int_equal(ucode.at[ucode.len - 1], 219);
    X509_free(lower);
    X509_free(right);
    buf_fini(&der);
    buf_fini(&own);
}

static void what_does_not_go_together_is_refused(void **state)
{
    static const struct {
        const char *order;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "version=1", ERROR_FORMAT, "expected 2 to 5" },
        { "version=6", ERROR_FORMAT, "up to 5" },
        { "product=Milan chip=1", ERROR_FORMAT, "chip 1 is a Genoa" },
        { "product=Rome", ERROR_FORMAT, "expected Milan|Genoa|Turin, not Rome" },
        { "chip=1048576", ERROR_FORMAT, "up to 1048575" },
        { "vlek defect=chip_other", ERROR_FORMAT, "cannot show" },
        { "version=2 defect=cpuid_other", ERROR_FORMAT, "cannot show" },
        { "tcb=01", ERROR_FORMAT, "expected 16 hex digits" },
        { "flip=1184", ERROR_NOT_FOUND, "1184 bytes" },
    };
    char order[200];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        test_not_minted(&world, MINTED_REPORT, cases[i].order, cases[i].kind,
                        cases[i].part);
    snprintf(order, sizeof order, "product=Milan chip-id=%0128d", 1);
    test_not_minted(&world, MINTED_REPORT, order, ERROR_NOT_FOUND, "no Milan has it");
    test_not_minted(&world, MINTED_REPORT, order + strlen("product=Milan "), ERROR_FORMAT,
                    "of which product");
}

static void a_chip_is_named_by_its_id_too(void **state)
{
    uint8_t id[CHIP_ID_LEN];
    char order[200];

    (void)state;
    chip_id(world.amd->chips, 9, id);
    snprintf(order, sizeof order, "product=Milan chip-id=%s", hex(id, sizeof id).s);
    struct buf one = test_minted(&world, MINTED_REPORT, order);
    struct buf other = test_minted(&world, MINTED_REPORT, "chip=9");
    assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
    buf_fini(&one);
    buf_fini(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_signed_by_what_comes_along),
        cmocka_unit_test(what_a_chip_speaks_and_is),
        cmocka_unit_test(what_is_ordered_stands_in_its_place),
        cmocka_unit_test(a_defect_breaks_what_it_says_and_nothing_else),
        cmocka_unit_test(a_lower_tcb_signs_where_that_is_the_defect),
        cmocka_unit_test(a_chip_is_named_by_its_id_too),
        cmocka_unit_test(what_does_not_go_together_is_refused),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
