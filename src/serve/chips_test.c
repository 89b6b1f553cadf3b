/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's side as each client asks, and as each reads what it is given: reference
 * amd-and-others, 1 and 2. */
#include <jansson.h>

#include "serve/test_chips.h"

#define CURL "User-Agent: curl/7.88.1\r\nAccept: */*\r\n"

static struct chip_house house;
static struct kds_key milan, genoa, turin;

static void configure(void)
{
    milan = amd_key(SNP_MILAN, 1, 219);
    genoa = amd_key(SNP_GENOA, 2, 84);
    turin = amd_key(SNP_TURIN, 3, 81);
    turin.tcb.spl[SPL_FMC] = 1;
    house_configure_own(&house, &milan);
}

static int open_house(void **state)
{
    (void)state;
    house_prepare(&house);
    configure();
    house_start(&house, false); /* all is held: nobody needs to be asked */
    house_hold(&house, milan);
    house_hold(&house, genoa);
    house_hold(&house, turin);
    house_tick(&house);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

/* ---- what clients do with an answer -------------------------------------------------
 */

/* The certificates of a text that has nothing but certificates; the DER of each is
 * compared with what the chip's issuers really are. */
static void check_bundle(struct bytes text, const struct kds_key *key)
{
    const struct der_chain *issuers =
        &amd_issuer_facts(house.world.law->issuers[key->product][VEK_VCEK])->ders;
    struct x509_certificate certificate;
    struct der_chain chain;
    struct vcek vcek;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, 1 << 20);
    assert_ok(pem_chain_read(text, &arena, &chain, &err), err);
    assert_int_equal(chain.count, 3);
    assert_ok(x509_parse(chain.certificates[0], &certificate, &err), err);
    assert_ok(vcek_parse(&certificate, &vcek, &err), err);
    struct kds_key is = kds_key_of(&vcek);
    assert_int_equal(kds_key_compare(&is, key), 0);
    assert_true(bytes_equal(chain.certificates[1], issuers->certificates[0]));
    assert_true(bytes_equal(chain.certificates[2], issuers->certificates[1]));
    assert_true(text.at[text.len - 1] == '\n');
    arena_fini(&arena);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static const char *member(json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    if (text == NULL)
        fail_msg("%s is no text", name);
    return text;
}

/* CCF: four members, texts. Its tcbm is the report's, three certificates. contrast: one
 * block and no byte behind it but its line end, two blocks, a number. Sidecars put both
 * texts one behind the other. */
static void check_metadata(struct test_answer answer, const struct kds_key *key)
{
    char end[] = "-----END CERTIFICATE-----\n";

    if (answer.status != 200)
        fail_msg("%s", buf_text(&answer.text));
    json_t *json = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_object_size(json), 4);
    const char *vcek = member(json, "vcekCert"),
               *issuers = member(json, "certificateChain");
    assert_int_equal(count_of(vcek, "BEGIN CERTIFICATE"), 1);
    assert_int_equal(count_of(issuers, "BEGIN CERTIFICATE"), 2);
    assert_string_equal(vcek + strlen(vcek) - strlen(end), end);
    assert_string_equal(member(json, "tcbm"), tcb_version_hex(key->product, &key->tcb).s);
    assert_string_equal(member(json, "cacheControl"), "86400");
    struct buf both;
    buf_init(&both, 1 << 20);
    buf_addf(&both, "%s%s", vcek, issuers);
    check_bundle(buf_bytes(&both), key);
    buf_fini(&both);
    json_decref(json);
    test_forget(&answer);
}

static void check_regional(struct test_answer answer, const struct kds_key *key)
{
    if (answer.status != 200)
        fail_msg("%s", buf_text(&answer.text));
    check_bundle(answer.body, key);
    test_forget(&answer);
}

static void check_der(struct test_answer answer, const struct kds_key *key)
{
    struct x509_certificate certificate;
    struct vcek vcek;
    struct error err = { 0 };

    if (answer.status != 200)
        fail_msg("%s", buf_text(&answer.text));
    assert_ok(x509_parse(answer.body, &certificate, &err), err);
    assert_ok(vcek_parse(&certificate, &vcek, &err), err);
    struct kds_key is = kds_key_of(&vcek);
    assert_int_equal(kds_key_compare(&is, key), 0);
    test_forget(&answer);
}

/* A target with the chip's id where "ID" stands. */
static struct test_answer get_of(const struct kds_key *key, const char *target,
                                 const char *more)
{
    const char *at = strstr(target, "ID");
    char text[1024];

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - target), target,
             hex(key->hwid.at, key->hwid.len).s, at + 2);
    return house_get(&house, text, more);
}

/* ---- the clients --------------------------------------------------------------------
 */

static void ccf_thim(void **state)
{
    (void)state;
    check_metadata(
        get_of(&milan, METADATA "?platformId=ID&tcbVersion=db18000000000004", META),
        &milan);
    check_metadata(
        get_of(&turin, METADATA "?platformId=ID&tcbVersion=5100000018000401", META),
        &turin);
}

static void ccf_azure(void **state)
{
    (void)state;
    check_regional(
        get_of(&milan, REGIONAL "ID/db18000000000004?api-version=2020-10-15-preview", ""),
        &milan);
    check_regional(
        get_of(&turin, REGIONAL "ID/5100000018000401?api-version=2020-10-15-preview", ""),
        &turin);
}

static void ccf_amd_sorts_its_parameters(void **state)
{
    (void)state;
    check_der(
        get_of(&milan, "/vcek/v1/Milan/ID?blSPL=4&snpSPL=24&teeSPL=0&ucodeSPL=219", ""),
        &milan);
    struct test_answer chain = house_get(&house, "/vcek/v1/Milan/cert_chain", "");
    assert_int_equal(chain.status, 200);
    assert_int_equal(count_of(buf_text(&chain.text), "BEGIN CERTIFICATE"), 2);
    test_forget(&chain);
}

static void microsofts_engineer_names_the_product(void **state)
{
    (void)state;
    check_metadata(get_of(&genoa,
                          METADATA "?tcbVersion=5418000000000004&platformId=ID"
                                   "&productName=Genoa",
                          META),
                   &genoa);
}

static void sidecar_local_thim(void **state)
{
    (void)state;
    check_metadata(house_get(&house, METADATA, "Metadata: true\r\n"), &milan);
    check_metadata(house_get(&house, METADATA, "metadata: true\r\n"), &milan);
}

static void sidecar_az_cache(void **state)
{
    (void)state;
    check_regional(get_of(&genoa,
                          REGIONAL "ID/5418000000000004?api-version=2020-10-15-preview"
                                   "&clientId=ConfidentialACI",
                          ""),
                   &genoa);
}

static void sidecar_amd_begins_with_the_microcode(void **state)
{
    (void)state;
    check_der(
        get_of(&milan, "/vcek/v1/Milan/ID?ucodeSPL=219&snpSPL=24&teeSPL=0&blSPL=4", ""),
        &milan);
}

static void go_sev_guest_does_not_pad(void **state)
{
    (void)state;
    check_der(
        get_of(&genoa, "/vcek/v1/Genoa/ID?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=84", ""),
        &genoa);
    struct test_answer crl = house_get(&house, "/vcek/v1/Genoa/crl", "");
    assert_int_equal(crl.status, 200);
    test_forget(&crl);
}

static void snpguest_pads_and_begins_with_fmc(void **state)
{
    (void)state;
    check_der(
        get_of(&milan, "/vcek/v1/Milan/ID?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219", ""),
        &milan);
    check_der(get_of(&turin,
                     "/vcek/v1/Turin/ID?fmcSPL=01&blSPL=04&teeSPL=00&snpSPL=24"
                     "&ucodeSPL=81",
                     ""),
              &turin);
    struct test_answer chain = house_get(&house, "/vlek/v1/Milan/cert_chain", "");
    assert_int_equal(chain.status, 200);
    test_forget(&chain);
}

static void trustee_with_a_base_url(void **state)
{
    (void)state;
    check_der(get_of(&genoa, "/vcek/v1/Genoa/ID?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=84",
                     "Accept: */*\r\n"),
              &genoa);
}

static void contrast_asks_thim_then_kds(void **state)
{
    (void)state;
    check_metadata(house_get(&house, METADATA, "Metadata: True\r\n"), &milan);
    check_der(
        get_of(&milan, "/vcek/v1/Milan/ID?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219", ""),
        &milan);
    struct test_answer crl = house_get(&house, "/vcek/v1/Milan/crl", "");
    assert_int_equal(crl.status, 200);
    assert_true(crl.body.at[0] == 0x30);
    test_forget(&crl);
}

static void constellation_looks_at_the_issuers_names(void **state)
{
    (void)state;
    static const char *const names[] = { "SEV-Milan", "ARK-Milan" };
    struct test_answer answer = house_get(&house, "/vcek/v1/Milan/cert_chain", "");
    struct x509_certificate certificate;
    struct der_chain chain;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, 1 << 20);
    assert_ok(pem_chain_read(answer.body, &arena, &chain, &err), err);
    assert_int_equal(chain.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(x509_parse(chain.certificates[i], &certificate, &err), err);
        assert_true(bytes_find(chain.certificates[i], bytes_of_text(names[i]))
                    < chain.certificates[i].len);
    }
    arena_fini(&arena);
    test_forget(&answer);
}

/* curl "http://169.254.169.254/metadata/THIM/amd/certification" -H "Metadata: true" */
static void the_pages_curl(void **state)
{
    (void)state;
    check_metadata(house_get(&house, METADATA, CURL "Metadata: true\r\n"), &milan);
}

/* curl GET "http://..." takes the word GET for a host. Where a search domain or a proxy
 * lets it reach us, it asks for "/", on the same connection maybe, and goes on. */
static void the_pages_curl_with_its_stray_get(void **state)
{
    (void)state;
    int fd = test_connect(house.port);

    test_say(fd, "GET / HTTP/1.1\r\nHost: GET\r\n" CURL "Metadata: true\r\n\r\n");
    struct test_answer stray = test_hear(fd, false);
    assert_int_equal(stray.status, 404);
    test_say(fd, "GET " METADATA " HTTP/1.1\r\nHost: 169.254.169.254\r\n" CURL
                 "Metadata: true\r\n\r\n");
    check_metadata(test_hear(fd, false), &milan);
    test_forget(&stray);
    close(fd);
}

/* args: ["-H", "Metadata:true", "http://169.254.169.254/metadata/THIM/..."] */
static void the_pages_kubernetes_job(void **state)
{
    (void)state;
    struct test_answer answer = house_get(
        &house, METADATA, "User-Agent: curl/7.77.0\r\nAccept: */*\r\nMetadata:true\r\n");

    /* kubectl logs job/curl: vcekCert, tcbm, and certificateChain */
    assert_non_null(strstr(buf_text(&answer.text), "\"vcekCert\""));
    assert_non_null(strstr(buf_text(&answer.text), "\"tcbm\""));
    assert_non_null(strstr(buf_text(&answer.text), "\"certificateChain\""));
    check_metadata(answer, &milan);
}

static void whatever_is_not_amds_is_the_fronts(void **state)
{
    (void)state;
    struct test_answer answer = house_get(&house, "/healthz/live", "");

    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    answer = house_get(&house, "/metadata/THIM/amdx/certification", META);
    assert_int_equal(answer.status, 404);
    assert_string_equal(test_header(&answer, "THIM-Error"), "route_unknown");
    test_forget(&answer);
}

static void azures_two_guards_stand(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *method, *more;
        unsigned status;
        const char *code;
    } cases[] = {
        { "as curl sends it", "GET", "Metadata: true\r\n", 200, "" },
        { "as the Job sends it", "GET", "Metadata:true\r\n", 200, "" },
        { "in lower case", "GET", "metadata: True\r\n", 200, "" },
        { "HEAD", "HEAD", "Metadata: true\r\n", 200, "" },
        { "without", "GET", "", 400, "no_metadata_header" },
        { "false", "GET", "Metadata: false\r\n", 400, "no_metadata_header" },
        { "through a proxy", "GET", "Metadata: true\r\nX-Forwarded-For: 10.0.0.1\r\n",
          400, "forwarded" },
        { "through a proxy that says nothing", "GET",
          "X-Forwarded-For:\r\nMetadata: true\r\n", 400, "forwarded" },
        { "POST", "POST", "Metadata: true\r\nContent-Length: 0\r\n", 405, "method" },
        { "POST with a body", "POST", "Metadata: true\r\nContent-Length: 5\r\n", 405,
          "method" },
        { "PUT", "PUT", "Metadata: true\r\nContent-Length: 0\r\n", 405, "method" },
        { "DELETE", "DELETE", "Metadata: true\r\n", 405, "method" },
    };
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct chip_house own;

    house_prepare(&own);
    house_configure_own(&own, &key);
    house_start(&own, true);
    house_tick(&own);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            test_ask(own.port, cases[i].method, METADATA, cases[i].more);
        if (cases[i].status != 200)
            assert_non_null(strstr(buf_text(&answer.text), "\r\n\r\n{\"error\":{"));
        if (cases[i].status == 405)
            assert_string_equal(test_header(&answer, "Allow"), "GET, HEAD");
        expect(answer, cases[i].claim, cases[i].status, cases[i].code);
    }
    expect(test_ask(own.port, "POST", "/vcek/v1/Milan/crl", "Content-Length: 0\r\n"),
           "KDS is read only", 405, "method");
    house_close(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ccf_thim),
        cmocka_unit_test(ccf_azure),
        cmocka_unit_test(ccf_amd_sorts_its_parameters),
        cmocka_unit_test(microsofts_engineer_names_the_product),
        cmocka_unit_test(sidecar_local_thim),
        cmocka_unit_test(sidecar_az_cache),
        cmocka_unit_test(sidecar_amd_begins_with_the_microcode),
        cmocka_unit_test(go_sev_guest_does_not_pad),
        cmocka_unit_test(snpguest_pads_and_begins_with_fmc),
        cmocka_unit_test(trustee_with_a_base_url),
        cmocka_unit_test(contrast_asks_thim_then_kds),
        cmocka_unit_test(constellation_looks_at_the_issuers_names),
        cmocka_unit_test(the_pages_curl),
        cmocka_unit_test(the_pages_curl_with_its_stray_get),
        cmocka_unit_test(the_pages_kubernetes_job),
        cmocka_unit_test(azures_two_guards_stand),
        cmocka_unit_test(whatever_is_not_amds_is_the_fronts),
    };

    return cmocka_run_group_tests(tests, open_house, close_house);
}
