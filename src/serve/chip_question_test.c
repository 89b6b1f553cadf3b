/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_question.h"

#include <stdio.h>

#include "kit/test.h"
#include "kit/text.h"

#define ID16 "0102030405060708"
#define ID128 \
    ID16 "1112131415161718" ID16 "a1a2a3a4a5a6a7a8" ID16 ID16 "ABCDEF0123456789" ID16
#define ZEROS112                                               \
    "00000000000000000000000000000000000000000000000000000000" \
    "00000000000000000000000000000000000000000000000000000000"
#define ZEROS128 ZEROS112 "0000000000000000"
#define METADATA "/metadata/THIM/amd/certification"
#define REGIONAL "/SevSnpVM/certificates/"

static bool read(const char *target, struct chip_question *out, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 64 * 1024);
    bool ok = chip_question_read(bytes_of_text(target), &arena, out, err);
    arena_fini(&arena);
    return ok;
}

/* The keys as text, one after another. */
static void name_text(const struct chip_name *name, enum snp_product likely, char *out,
                      size_t room)
{
    struct kds_key keys[CHIP_KEYS_MAX];
    struct error err = { 0 };
    size_t count = 0;

    out[0] = 0;
    assert_ok(chip_name_keys(name, likely, keys, &count, &err), err);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(out);
        snprintf(out + len, room - len, "%s%s %.10s.. %s", i > 0 ? ", " : "",
                 snp_product_facts(keys[i].product)->name,
                 hex(keys[i].hwid.at, keys[i].hwid.len).s,
                 tcb_version_hex(keys[i].product, &keys[i].tcb).s);
    }
}

static void every_client_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *client, *target, *means;
    } cases[] = {
        { "CCF THIM", METADATA "?platformId=" ID128 "&tcbVersion=541700000000000a",
          "Milan 0102030405.. 541700000000000a, Genoa 0102030405.. 541700000000000a" },
        { "Microsoft's engineer, with a product",
          METADATA "?tcbVersion=541700000000000A&platformId=" ID128 "&productName=Genoa",
          "Genoa 0102030405.. 541700000000000a" },
        { "a product as a certificate spells it",
          METADATA "?tcbVersion=1&platformId=" ID128 "&productName=Milan-B0",
          "Milan 0102030405.. 0000000000000001" },
        { "a name of AMD's that KDS does not use",
          METADATA "?tcbVersion=1&platformId=" ID128 "&productName=Siena",
          "Genoa 0102030405.. 0000000000000001" },
        { "Turin's short id",
          METADATA "?platformid=" ID16 "&tcbversion=5100000004010101&api-version%20%20=x",
          "Turin 0102030405.. 5100000004010101" },
        { "Turin's id whole",
          METADATA "?platformId=" ID16 ZEROS112 "&tcbVersion=5100000004010101",
          "Turin 0102030405.. 5100000004010101" },
        { "CCF Azure, sidecar AzCache: the number not padded",
          REGIONAL ID128 "/3100000000000000?api-version=2020-10-15-preview",
          "Milan 0102030405.. 3100000000000000, Genoa 0102030405.. 3100000000000000" },
        { "sidecar AzCache, client id",
          "/sevsnpvm/Certificates/" ID128 "/a?api-version=2020-10-15-preview"
          "&clientId=ConfidentialSidecarContainersTest",
          "Milan 0102030405.. 000000000000000a, Genoa 0102030405.. 000000000000000a" },
        { "CCF Azure, Turin cut short", REGIONAL ID16 "/5100000004010101/",
          "Turin 0102030405.. 5100000004010101" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct chip_question question;
        struct error err = { 0 };
        char means[256];
        if (!read(cases[i].target, &question, &err))
            fail_msg("%s: %s", cases[i].client, err.text);
        name_text(&question.name, 0, means, sizeof means);
        if (strcmp(means, cases[i].means) != 0)
            fail_msg("%s: %s", cases[i].client, means);
    }
}

static void a_guest_that_names_nothing_means_its_own_host(void **state)
{
    (void)state;
    static const char *const targets[] = { METADATA, METADATA "/",
                                           METADATA "?api-version=2021-12-01",
                                           "/Metadata/thim/AMD/Certification" };
    struct chip_question question;
    struct error err = { 0 };

    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        assert_ok(read(targets[i], &question, &err), err);
        assert_int_equal(question.route, CHIP_ROUTE_METADATA);
        assert_int_equal(question.name.chip_id_len, 0);
        assert_false(question.name.has_tcb);
    }
    assert_ok(read(METADATA "?tcbVersion=0a", &question, &err), err);
    assert_true(question.name.has_tcb && question.name.tcb == 10);
}

static void the_likely_product_stands_first(void **state)
{
    (void)state;
    struct chip_question question;
    struct error err = { 0 };
    char means[256];

    assert_ok(read(REGIONAL ID128 "/1", &question, &err), err);
    name_text(&question.name, SNP_GENOA, means, sizeof means);
    assert_memory_equal(means, "Genoa", 5);
    name_text(&question.name, SNP_TURIN, means, sizeof means);
    assert_memory_equal(means, "Milan", 5);
    question.name = (struct chip_name){
        .vek = VEK_VLEK, .product = SNP_GENOA, .has_tcb = true, .tcb = 1
    };
    name_text(&question.name, 0, means, sizeof means);
    assert_string_equal(means, "Genoa .. 0000000000000001");
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { METADATA "?platformId=" ID128, ERROR_FORMAT, "without tcbVersion" },
        { METADATA "?platformId=" ID128 "0&tcbVersion=1", ERROR_FORMAT, "not 128 hex" },
        { METADATA "?platformId=" ID16 "00&tcbVersion=1", ERROR_FORMAT, "nor 16" },
        { METADATA "?platformId=x&tcbVersion=1", ERROR_FORMAT, "chip id \"x\"" },
        { METADATA "?tcbVersion=", ERROR_FORMAT, "TCB_VERSION \"\"" },
        { METADATA "?tcbVersion=00000000000000001", ERROR_FORMAT, "1 to 16" },
        { METADATA "?tcbVersion=0x1", ERROR_FORMAT, "TCB_VERSION \"0x1\"" },
        { METADATA "?tcbVersion=1&productName=milan", ERROR_FORMAT, "\"milan\"" },
        { METADATA "?a=%zz", ERROR_FORMAT, "" },
        { "/metadata/THIM/amd/certificate", ERROR_NOT_FOUND, "certification only" },
        { REGIONAL ID128, ERROR_NOT_FOUND, "{chip id}/{TCB_VERSION}" },
        { REGIONAL ID128 "/1/2", ERROR_FORMAT, "TCB_VERSION" },
        { "/SevSnpVM/certificate/" ID128 "/1", ERROR_NOT_FOUND, "a path here is" },
        { "/vcek/v1/Milan", ERROR_NOT_FOUND, "one segment follows" },
        { "/vcek/v1/milan/crl", ERROR_NOT_FOUND, "not known" },
        { "/vcek/v1/Milan/crl?a=b", ERROR_FORMAT, "means nothing" },
        { "/VCEK/v1/Milan/crl", ERROR_NOT_FOUND, "no such path" },
        { "/thim/v1/amd/vceks", ERROR_NOT_FOUND, "brought to" },
        { "/sgx/certification/v4/tcb", ERROR_NOT_FOUND, "no such path" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct chip_question question;
        struct error err = { 0 };
        if (read(cases[i].target, &question, &err))
            fail_msg("%s: accepted", cases[i].target);
        assert_refused(err, cases[i].kind, cases[i].part);
    }
}

static void a_name_that_stands_for_nothing_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { METADATA "?platformId=" ZEROS128 "&tcbVersion=1", ERROR_NOT_FOUND, "mask" },
        { METADATA "?platformId=0000000000000000&tcbVersion=1", ERROR_NOT_FOUND, "mask" },
        { METADATA "?platformId=" ID128 "&tcbVersion=10000", ERROR_FORMAT, "Milan" },
        { METADATA "?platformId=" ID16 "&tcbVersion=100000001&productName=Milan",
          ERROR_FORMAT, "" },
        { METADATA "?platformId=" ID128 "&tcbVersion=1&productName=Turin", ERROR_FORMAT,
          "" },
        { REGIONAL ID16 "/100000000", ERROR_FORMAT, "Turin" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct chip_question question;
        struct kds_key keys[CHIP_KEYS_MAX];
        struct error err = { 0 };
        size_t count;
        assert_ok(read(cases[i].target, &question, &err), err);
        if (chip_name_keys(&question.name, 0, keys, &count, &err))
            fail_msg("%s: stands for %zu", cases[i].target, count);
        assert_refused(err, cases[i].kind, cases[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_client_is_understood),
        cmocka_unit_test(a_guest_that_names_nothing_means_its_own_host),
        cmocka_unit_test(the_likely_product_stands_first),
        cmocka_unit_test(what_is_asked_wrongly_is_refused),
        cmocka_unit_test(a_name_that_stands_for_nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
