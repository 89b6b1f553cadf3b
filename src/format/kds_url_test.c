/* SPDX-License-Identifier: Apache-2.0 */
#include "format/kds_url.h"

#include "kit/test.h"
#include "kit/text.h"

#define CHIP_8 "0123456789abcdef"
#define ZEROS_8 "0000000000000000"
#define ZEROS_56 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8
#define CHIP_64 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8
#define CHIP_64_UPPER                                                  \
    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" \
    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define MILAN "/vcek/v1/Milan/" CHIP_64
#define MILAN_KEY "vcek/Milan/" CHIP_64 "/db18000000000004"
#define TURIN_KEY "vcek/Turin/" CHIP_8 "/5100000004010101"
#define TURIN_SPLS "?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81"

static bool read_text(const char *text, struct kds_key *out, struct error *err)
{
    struct http_target target;
    struct arena arena;

    arena_init(&arena, 1 << 16);
    bool ok = http_target_parse(bytes_of_text(text), &arena, &target, err)
              && kds_target_read(&target, out, err);
    arena_fini(&arena);
    return ok;
}

static void all_spellings_of_one_thing_are_one_key(void **state)
{
    static const struct {
        const char *who, *target, *key, *written; /* written NULL: the target itself */
    } cases[] = {
        { "snpguest", MILAN "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219", MILAN_KEY,
          NULL },
        { "go-sev-guest", MILAN "?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219", MILAN_KEY,
          MILAN "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219" },
        { "sidecar", MILAN "?ucodeSPL=219&snpSPL=24&teeSPL=0&blSPL=4", MILAN_KEY,
          MILAN "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219" },
        { "three digits, names without case",
          MILAN "?BLSPL=004&teespl=000&snpSPL=024&ucodeSPL=219", MILAN_KEY,
          MILAN "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219" },
        { "a chip id in upper case",
          "/vcek/v1/Milan/" CHIP_64_UPPER "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219",
          MILAN_KEY, MILAN "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219" },
        { "Turin", "/vcek/v1/Turin/" CHIP_8 TURIN_SPLS, TURIN_KEY, NULL },
        { "the highest", MILAN "?blSPL=255&teeSPL=255&snpSPL=255&ucodeSPL=255",
          "vcek/Milan/" CHIP_64 "/ffff00000000ffff", NULL },
        { "a VLEK", "/vlek/v1/Genoa/cert?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84",
          "vlek/Genoa/cert/541700000000000a", NULL },
        { "a chain", "/vcek/v1/Milan/cert_chain", "vcek/Milan/cert_chain", NULL },
        { "a chain of VLEKs", "/vlek/v1/Turin/cert_chain", "vlek/Turin/cert_chain",
          NULL },
        { "a CRL", "/vcek/v1/Genoa/crl", "vcek/Genoa/crl", NULL },
        { "a CRL of VLEKs", "/vlek/v1/Milan/crl", "vlek/Milan/crl", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct kds_key key, again;
        struct buf written;
        if (!read_text(cases[i].target, &key, &err))
            fail_msg("%s: %s", cases[i].who, err.text);
        assert_string_equal(kds_key_text(&key).s, cases[i].key);
        assert_true(kds_key_read(bytes_of_text(cases[i].key), &again));
        assert_int_equal(kds_key_compare(&key, &again), 0);
        buf_init(&written, HTTP_TARGET_MAX);
        kds_target_write(&written, &key);
        assert_string_equal(buf_text(&written), cases[i].written != NULL
                                                    ? cases[i].written
                                                    : cases[i].target);
        buf_fini(&written);
    }
}

static void what_cannot_exist_is_refused(void **state)
{
    static const struct {
        const char *target;
        enum error_kind kind;
        const char *why;
    } cases[] = {
        { "/", ERROR_NOT_FOUND, "path is not below /vcek/v1 or /vlek/v1" },
        { "/vcek", ERROR_NOT_FOUND, "path is not below" },
        { "/vcek/v2/Milan/crl", ERROR_NOT_FOUND, "path is not below" },
        { "/vcek/Milan/cert_chain", ERROR_NOT_FOUND, "path is not below" },
        { "/VCEK/v1/Milan/crl", ERROR_NOT_FOUND, "path is not below" },
        { "/vcek/v1/Milan", ERROR_NOT_FOUND, "one segment follows the product's name" },
        { "/vcek/v1/Milan/", ERROR_NOT_FOUND, "one segment follows" },
        { "/vcek/v1/Milan/crl/", ERROR_NOT_FOUND, "one segment follows" },
        { "/vcek/v1//crl", ERROR_NOT_FOUND, "product \"\" is not known" },
        { "/vcek/v1/milan/crl", ERROR_NOT_FOUND,
          "product \"milan\" is not known; KDS spells them as in \"Milan\"" },
        { "/vcek/v1/Siena/crl", ERROR_NOT_FOUND, "KDS has Siena under Genoa" },
        { "/vcek/v1/Bergamo/cert_chain", ERROR_NOT_FOUND, "KDS has Bergamo under Genoa" },
        { "/vlek/v1/Milan/" CHIP_64, ERROR_NOT_FOUND,
          "below /vlek/v1/Milan are cert, cert_chain and crl only" },
        { "/vcek/v1/Milan/cert", ERROR_FORMAT,
          "chip id is not hex digits, 128 of them for Milan" },

        { "/vcek/v1/Milan/" ZEROS_8 ZEROS_56, ERROR_NOT_FOUND, "the host masks it" },
        { "/vcek/v1/Turin/" ZEROS_8, ERROR_NOT_FOUND, "the host masks it" },
        { "/vcek/v1/Milan/" CHIP_8, ERROR_FORMAT, "128 of them for Milan" },
        { "/vcek/v1/Turin/" CHIP_64, ERROR_FORMAT, "the first 8 bytes of its CHIP_ID" },
        { "/vcek/v1/Turin/" CHIP_8 ZEROS_56, ERROR_FORMAT, "16 of them for Turin" },
        { MILAN "0", ERROR_FORMAT, "chip id is not hex digits" },
        { MILAN "00", ERROR_FORMAT, "chip id is not hex digits" },
        { "/vcek/v1/Turin/0123456789abcdeg", ERROR_FORMAT, "16 of them for Turin" },
        { "/vcek/v1/Turin/0123456789abcde", ERROR_FORMAT, "chip id is not hex digits" },

        { MILAN, ERROR_FORMAT, "parameter blSPL is missing" },
        { MILAN "?blSPL=4&teeSPL=0&snpSPL=24", ERROR_FORMAT,
          "parameter ucodeSPL is missing" },
        { "/vcek/v1/Turin/" CHIP_8 "?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=1", ERROR_FORMAT,
          "parameter fmcSPL is missing" },
        { MILAN "?fmcSPL=0&blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "parameter fmcSPL: Milan has no such component" },
        { MILAN "?blSPL=256&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "blSPL is \"256\", not a number from 0 to 255" },
        { MILAN "?blSPL=&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "blSPL is \"\", not a number" },
        { MILAN "?blSPL=0004&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "blSPL is \"0004\", not a number" },
        { MILAN "?blSPL=-4&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "not a number" },
        { MILAN "?blSPL=0x4&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "not a number" },
        { MILAN "?blSPL=4&blSPL=5&teeSPL=0&snpSPL=24&ucodeSPL=219", ERROR_FORMAT,
          "parameter \"blSPL\" comes twice" },
        { MILAN "?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219&spl4=0", ERROR_FORMAT,
          "parameter \"spl4\" means nothing here" },
        { "/vcek/v1/Milan/crl?blSPL=4", ERROR_FORMAT,
          "parameter \"blSPL\" means nothing here" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct kds_key key;
        if (read_text(cases[i].target, &key, &err))
            fail_msg("accepted: %s", cases[i].target);
        assert_refused(err, cases[i].kind, cases[i].why);
    }
}

static void a_key_has_one_spelling(void **state)
{
    static const char *const texts[] = {
        "",
        "vcek",
        "vcek/Milan",
        "vcek/Milan/",
        "vcek/Milan/crl/",
        "vcek/Milan/crl/0",
        "vcek/milan/crl",
        "vcek/Siena/crl",
        "dcek/Milan/crl",
        "vlek/Milan/cert",
        "vlek/Milan/cert/",
        "vlek/Milan/cert/4",
        "vlek/Milan/cert/DB18000000000004",
        "vlek/Milan/cert/db18000001000004",
        "vlek/Milan/" CHIP_64 "/db18000000000004",
        "vcek/Milan/" CHIP_64_UPPER "/db18000000000004",
        "vcek/Turin/" CHIP_8 ZEROS_56 "/5100000004010101",
        TURIN_KEY "/",
        TURIN_KEY "0",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct kds_key key;
        if (kds_key_read(bytes_of_text(texts[i]), &key))
            fail_msg("accepted: %s", texts[i]);
    }
}

static void keys_that_differ_compare_so(void **state)
{
    static const char *const texts[] = {
        "vcek/Milan/cert_chain",
        "vcek/Milan/crl",
        "vlek/Milan/crl",
        "vcek/Genoa/crl",
        MILAN_KEY,
        TURIN_KEY,
        "vcek/Turin/0123456789abcdee/5100000004010101",
        "vcek/Turin/" CHIP_8 "/5100000004010102",
        "vlek/Milan/cert/db18000000000004",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        for (size_t k = 0; k < COUNT_OF(texts); k++) {
            struct kds_key a, b;
            assert_true(kds_key_read(bytes_of_text(texts[i]), &a)
                        && kds_key_read(bytes_of_text(texts[k]), &b));
            assert_int_equal(kds_key_compare(&a, &b) == 0, i == k);
            assert_int_equal(kds_key_compare(&a, &b), -kds_key_compare(&b, &a));
        }
    }
}

static void a_certificate_has_the_key_that_it_is_asked_by(void **state)
{
    struct vcek vcek = { .kind = VEK_VCEK,
                         .product = SNP_TURIN,
                         .tcb = { { 1, 1, 1, 4, 81 } },
                         .hwid = { .len = 8 } };

    (void)state;
    assert_true(hex_read(bytes_of_text(CHIP_8), vcek.hwid.at, 8));
    struct kds_key key = kds_key_of(&vcek);
    assert_string_equal(kds_key_text(&key).s, TURIN_KEY);
    vcek = (struct vcek){ .kind = VEK_VLEK,
                          .product = SNP_MILAN,
                          .tcb = { { 0, 4, 0, 24, 219 } },
                          .csp_id = bytes_of_text("CN=example") };
    key = kds_key_of(&vcek);
    assert_string_equal(kds_key_text(&key).s, "vlek/Milan/cert/db18000000000004");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_spellings_of_one_thing_are_one_key),
        cmocka_unit_test(what_cannot_exist_is_refused),
        cmocka_unit_test(a_key_has_one_spelling),
        cmocka_unit_test(keys_that_differ_compare_so),
        cmocka_unit_test(a_certificate_has_the_key_that_it_is_asked_by),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
