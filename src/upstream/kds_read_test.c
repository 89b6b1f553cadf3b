/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_read.h"

#include "kit/test.h"
#include "upstream/schedule.h"

#define CHIP "0406494449444944"

static const struct config_amd_upstream kds = {
    .name = "kds",
    .kind = AMD_UPSTREAM_KDS,
    .url = "https://kdsintf.amd.com",
};
static const struct config_amd_upstream kds_with_vleks = {
    .name = "kds",
    .kind = AMD_UPSTREAM_KDS,
    .url = "https://kdsintf.amd.com",
    .client_certificate_file = "/etc/thim/csp.pem",
    .client_key_file = "/etc/thim/csp.key",
    .vlek_url = "https://kdsintf.amd.com:444/",
};
static const struct config_amd_upstream thim = {
    .name = "site",
    .kind = AMD_UPSTREAM_THIM,
    .url = "https://thim.example/below/",
    .api_key_file = "/etc/thim/site.token",
};

static const struct config_amd_upstream open_kds = {
    /* that does not ask who calls */
    .name = "open",
    .kind = AMD_UPSTREAM_KDS,
    .url = "https://kds.example",
    .vlek_url = "https://vlek.example",
};
static const struct config_amd_upstream thim_with_vleks = {
    .name = "site",
    .kind = AMD_UPSTREAM_THIM,
    .url = "https://thim.example",
    .vlek_url = "https://vlek.example",
    .client_certificate_file = "/etc/thim/csp.pem",
    .client_key_file = "/etc/thim/csp.key",
};

static void each_upstream_is_asked_in_its_own_way(void **state)
{
    static const struct {
        const struct config_amd_upstream *upstream;
        const char *key, *url; /* NULL: not asked */
        bool wants_client_certificate;
    } cases[] = {
        { &kds, "vcek/Turin/" CHIP "/5100000018010402",
          "https://kdsintf.amd.com/vcek/v1/Turin/" CHIP
          "?fmcSPL=02&blSPL=04&teeSPL=01&snpSPL=24&ucodeSPL=81",
          false },
        { &kds, "vcek/Milan/cert_chain",
          "https://kdsintf.amd.com/vcek/v1/Milan/cert_chain", false },
        { &kds, "vlek/Genoa/cert_chain",
          "https://kdsintf.amd.com/vlek/v1/Genoa/cert_chain", false },
        { &kds, "vcek/Milan/crl", "https://kdsintf.amd.com/vcek/v1/Milan/crl", false },
        { &kds, "vlek/Genoa/cert/541700000000000a", NULL, false },
        { &kds_with_vleks, "vlek/Genoa/cert/541700000000000a",
          "https://kdsintf.amd.com:444/vlek/v1/Genoa/cert"
          "?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84",
          true },
        { &kds_with_vleks, "vlek/Genoa/cert_chain",
          "https://kdsintf.amd.com/vlek/v1/Genoa/cert_chain", false },
        { &thim, "vcek/Turin/" CHIP "/5100000018010402",
          "https://thim.example/below/vcek/v1/Turin/" CHIP
          "?fmcSPL=02&blSPL=04&teeSPL=01&snpSPL=24&ucodeSPL=81",
          false },
        { &thim, "vlek/Genoa/cert/541700000000000a",
          "https://thim.example/below/vlek/v1/Genoa/cert"
          "?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84",
          false },
        { &open_kds, "vlek/Genoa/cert/541700000000000a",
          "https://vlek.example/vlek/v1/Genoa/cert"
          "?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84",
          false },
        { &thim_with_vleks, "vlek/Genoa/cert/541700000000000a",
          "https://vlek.example/vlek/v1/Genoa/cert"
          "?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84",
          true },
        { &thim_with_vleks, "vcek/Genoa/cert_chain",
          "https://thim.example/vcek/v1/Genoa/cert_chain", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct kds_request request;
        struct kds_key key;
        assert_true(kds_key_read(bytes_of_text(cases[i].key), &key));
        bool is_asked = kds_request_write(cases[i].upstream, &key, &request);
        assert_int_equal(is_asked, cases[i].url != NULL);
        if (!is_asked)
            continue;
        assert_string_equal(request.url, cases[i].url);
        assert_int_equal(request.wants_client_certificate,
                         cases[i].wants_client_certificate);
        assert_true(request.body_max >= X509_CERTIFICATE_MAX);
    }
}

static void a_url_that_does_not_fit_is_not_asked(void **state)
{
    char base[KDS_REQUEST_URL_MAX + 1] = "https://";
    struct config_amd_upstream upstream = { .kind = AMD_UPSTREAM_KDS, .url = base };
    struct kds_key key = { KDS_CRL, VEK_VCEK, .product = SNP_MILAN };
    struct kds_request request;
    size_t most = KDS_REQUEST_URL_MAX - 1 - strlen("/vcek/v1/Milan/crl");

    (void)state;
    memset(base + strlen(base), 'a', most - strlen(base));
    assert_true(kds_request_write(&upstream, &key, &request));
    base[most] = 'a';
    assert_false(kds_request_write(&upstream, &key, &request));
}

static void what_a_status_means(void **state)
{
    static const struct {
        unsigned status;
        const char *retry_after;
        enum kds_reply reply;
        int64_t wait_s;
    } cases[] = {
        { 200, "", KDS_OK, 0 },
        { 200, "5", KDS_OK, 0 },
        { 404, "", KDS_ABSENT, 0 },
        { 404, "60", KDS_ABSENT, 0 },
        { 429, "", KDS_THROTTLED, 0 },
        { 429, "17", KDS_THROTTLED, 17 },
        { 429, "soon", KDS_THROTTLED, 0 },
        { 429, "999999", KDS_THROTTLED, SCHEDULE_RETRY_AFTER_MAX_S },
        { 429, "Sun, 06 Nov 1994 08:49:47 GMT", KDS_THROTTLED, 10 },
        { 503, "", KDS_BROKEN, 0 },
        { 503, "30", KDS_THROTTLED, 30 },
        { 500, "30", KDS_BROKEN, 0 },
        { 502, "", KDS_BROKEN, 0 },
        { 204, "", KDS_REFUSED, 0 },
        { 302, "", KDS_REFUSED, 0 },
        { 401, "", KDS_REFUSED, 0 },
        { 410, "", KDS_REFUSED, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t wait_s = -1;
        assert_int_equal(kds_reply_read(cases[i].status,
                                        bytes_of_text(cases[i].retry_after), 784111777,
                                        &wait_s),
                         cases[i].reply);
        assert_int_equal(wait_s, cases[i].wait_s);
    }
}

static void a_page_in_html_is_told_from_what_was_asked_for(void **state)
{
    static const struct {
        const char *body;
        enum kds_resource resource;
        const char *why; /* NULL: well */
    } cases[] = {
        { "\x30\x82", KDS_CERTIFICATE, NULL },
        { "\x30\x82", KDS_CRL, NULL },
        { "\n-----BEGIN CERTIFICATE-----", KDS_CHAIN, NULL },
        { "\x31\x82", KDS_CERTIFICATE, "no DER" },
        { "-----BEGIN CERTIFICATE-----", KDS_CERTIFICATE, "no DER" },
        { "\x30\x82", KDS_CHAIN, "no PEM" },
        { "<!DOCTYPE html>", KDS_CERTIFICATE, "no DER but a page in HTML" },
        { "<html>", KDS_CHAIN, "no PEM but a page in HTML" },
        { "", KDS_CRL, "an empty body" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bool is_well =
            kds_body_check(bytes_of_text(cases[i].body), cases[i].resource, &err);
        assert_int_equal(is_well, cases[i].why == NULL);
        if (!is_well)
            assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_upstream_is_asked_in_its_own_way),
        cmocka_unit_test(a_url_that_does_not_fit_is_not_asked),
        cmocka_unit_test(what_a_status_means),
        cmocka_unit_test(a_page_in_html_is_told_from_what_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
