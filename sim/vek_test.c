/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/vek.h"

#include "sim/test_amd.h"

#define NOW "2025-06-20T12:00:00Z"
#define ORDINARY "2024-06-20T00:00:00Z"

static struct amd_pki *pki;
static struct chips *chips;
static struct vek_mint *mint;

static int open_all(void **state)
{
    struct scramble_key key = scramble_key("test");
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(amd_pki_open(&key, test_time("2018-06-20T00:00:00Z"),
                           test_time("2048-06-20T00:00:00Z"), &pki, &err),
              err);
    assert_ok(chips_open(&key, &chips, &err), err);
    assert_ok(vek_mint_open(pki, chips, test_time(ORDINARY), &mint, &err), err);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    vek_mint_close(mint);
    chips_close(chips);
    amd_pki_close(pki);
    return 0;
}

static struct vek_order vcek_of(uint32_t chip)
{
    struct vek_order order = { .product = chip_product(chip),
                               .chip = chip,
                               .now_s = test_time(NOW) };

    chip_tcb_version(chips, chip, order.now_s, order.tcb_version);
    return order;
}

static struct buf minted(const struct vek_order *order)
{
    struct error err = { .kind = ERROR_NONE };
    struct buf der;

    buf_init(&der, VEK_CERTIFICATE_MAX);
    assert_ok(vek_mint(mint, order, &der, &err), err);
    return der;
}

static X509 *read_minted(const struct vek_order *order)
{
    struct buf der = minted(order);
    X509 *certificate = test_der(buf_bytes(&der));

    buf_fini(&der);
    return certificate;
}

static X509 *authority(enum world_product product, enum amd_role role, bool is_impostor)
{
    const struct amd_signer signer = { product, role, is_impostor };
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;

    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(amd_pki_certificate(pki, &signer, &pem, &err), err);
    X509 *certificate = test_certificate(buf_bytes(&pem), 0);
    buf_fini(&pem);
    return certificate;
}

static void a_vcek_is_its_products_ask_s(void **state)
{
    (void)state;
    for (uint32_t chip = 0; chip < 6; chip++) {
        struct vek_order order = vcek_of(chip);
        X509 *certificate = read_minted(&order);
        X509 *ask = authority(chip_product(chip), AMD_ASK, false);
        X509 *asvk = authority(chip_product(chip), AMD_ASVK, false);
        uint8_t id[CHIP_ID_LEN];

        assert_true(test_is_signed_by(certificate, ask));
        assert_false(test_is_signed_by(certificate, asvk));
        chip_id(chips, chip, id);
        struct bytes hwid = test_extension(certificate, "1.3.6.1.4.1.3704.1.4");
        assert_true(
            bytes_equal(hwid, bytes_of(id, amd_product(chip_product(chip))->hwid_len)));
        X509_free(certificate);
        X509_free(ask);
        X509_free(asvk);
    }
}

static void an_spl_is_where_its_product_has_it(void **state)
{
    static const struct {
        uint32_t chip;
        const char *oid, *value;
    } cases[] = {
        { 0, ".1", "020100" },
        { 0, ".3.1", "020104" },
        { 0, ".3.3", "020118" },
        { 0, ".3.4", "020100" },
        { 0, ".3.8", "020200db" },
        { 0, ".3.9", "" },
        { 1, ".3.1", "02010a" },
        { 1, ".3.8", "020154" },
        { 2, ".1", "020101" },
        { 2, ".3.9", "020101" },
        { 2, ".3.3", "020104" },
        { 2, ".3.4", "" },
        { 0, ".2", "16084d696c616e2d4230" },
        { 0, ".5", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vek_order order = vcek_of(cases[i].chip);
        X509 *certificate = read_minted(&order);
        char oid[64];

        snprintf(oid, sizeof oid, "1.3.6.1.4.1.3704.1%s", cases[i].oid);
        struct bytes value = test_extension(certificate, oid);
        assert_string_equal(hex(value.at, value.len).s, cases[i].value);
        X509_free(certificate);
    }
}

static void it_is_alike_to_amds_own(void **state)
{
    static const struct {
        const char *path;
        enum world_product product;
        bool is_vlek;
    } cases[] = {
        { "vectors/amd/milan/tav-v3/vcek.der", WORLD_MILAN, false },
        { "vectors/amd/genoa/tav-v3/vcek.der", WORLD_GENOA, false },
        { "vectors/amd/turin/vcek_virtee.der", WORLD_TURIN, false },
    };

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf der = test_shared_file(cases[i].path);
        struct vek_order order = vcek_of((uint32_t)cases[i].product);
        X509 *real = test_der(buf_bytes(&der)), *made = read_minted(&order);

        test_alike(made, real);
        X509_free(real);
        X509_free(made);
        buf_fini(&der);
    }
}

static void a_vlek_names_a_provider_and_no_chip(void **state)
{
    struct vek_order order = { .product = WORLD_MILAN,
                               .is_vlek = true,
                               .tcb_version = { 4, 0, 0, 0, 0, 0, 24, 219 },
                               .now_s = test_time(NOW) };
    X509 *certificate = read_minted(&order);
    X509 *asvk = authority(WORLD_MILAN, AMD_ASVK, false);

    (void)state;
    assert_true(test_is_signed_by(certificate, asvk));
    assert_int_equal(test_extension(certificate, "1.3.6.1.4.1.3704.1.4").len, 0);
    struct bytes provider = test_extension(certificate, "1.3.6.1.4.1.3704.1.5");
    assert_true(bytes_equal_text(bytes_after(provider, 2), VLEK_PROVIDER));
    X509_free(certificate);
    X509_free(asvk);
}

static void the_same_order_has_the_same_bytes_though_forgotten(void **state)
{
    struct vek_order order = vcek_of(9);
    struct buf first = minted(&order), again = minted(&order);
    struct vek_mint *fresh = NULL;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
    buf_clear(&again);
    assert_ok(vek_mint_open(pki, chips, test_time(ORDINARY), &fresh, &err), err);
    assert_ok(vek_mint(fresh, &order, &again, &err), err);
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
    vek_mint_close(fresh);
    buf_fini(&first);
    buf_fini(&again);
}

static void signed_anew_it_has_other_bytes_and_the_same_key(void **state)
{
    struct chip_event event = { CHIP_REISSUE, .chip = 12, .now_s = test_time(NOW) };
    struct vek_order order = vcek_of(12);
    struct error err = { .kind = ERROR_NONE };
    struct buf issues[3];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(issues); i++) {
        issues[i] = minted(&order);
        for (size_t before = 0; before < i; before++) {
            X509 *one = test_der(buf_bytes(&issues[before]));
            X509 *other = test_der(buf_bytes(&issues[i]));
            assert_false(bytes_equal(buf_bytes(&issues[before]), buf_bytes(&issues[i])));
            assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(one), X509_get0_pubkey(other)),
                             1);
            X509_free(one);
            X509_free(other);
        }
        assert_ok(chips_add(chips, &event, &err), err);
    }
    for (size_t i = 0; i < COUNT_OF(issues); i++)
        buf_fini(&issues[i]);
}

static void a_bend_shows_in_dates_or_signer(void **state)
{
    time_t now = (time_t)test_time(NOW);
    X509 *ask = authority(WORLD_MILAN, AMD_ASK, false);
    static const struct {
        enum world_bend bend;
        int from, to; /* X509_cmp_time of notBefore and notAfter with now */
        bool is_true;
    } cases[] = {
        { WORLD_STRAIGHT, -1, 1, true },
        { WORLD_EXPIRED, -1, -1, true },
        { WORLD_FUTURE, 1, 1, true },
        { WORLD_IMPOSTOR, -1, 1, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vek_order order = vcek_of(0);
        order.bend = cases[i].bend;
        X509 *certificate = read_minted(&order);

        assert_int_equal(X509_cmp_time(X509_get0_notBefore(certificate), &now),
                         cases[i].from);
        assert_int_equal(X509_cmp_time(X509_get0_notAfter(certificate), &now),
                         cases[i].to);
        assert_int_equal(test_is_signed_by(certificate, ask), cases[i].is_true);
        X509_free(certificate);
    }
    X509_free(ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vcek_is_its_products_ask_s),
        cmocka_unit_test(an_spl_is_where_its_product_has_it),
        cmocka_unit_test(it_is_alike_to_amds_own),
        cmocka_unit_test(a_vlek_names_a_provider_and_no_chip),
        cmocka_unit_test(the_same_order_has_the_same_bytes_though_forgotten),
        cmocka_unit_test(signed_anew_it_has_other_bytes_and_the_same_key),
        cmocka_unit_test(a_bend_shows_in_dates_or_signer),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
