/* SPDX-License-Identifier: Apache-2.0 */
/* Reports, judged by the certificates that are kept: who is found, and what verify says.
 */
#include <jansson.h>

#include "kit/log.h"
#include "serve/test_chips.h"
#include "serve/test_view.h"
#include "serve/verify_desk.h"
#include "verify/test_reports.h"

struct court { /* a house of AMD's, and verify's desk in it */
    struct chip_house house;
    struct verify_gate *gate;
    struct verify_desk *desk;
    struct http_server *server;
};

static size_t court_body_limit(void *court, const struct http_request *request)
{
    return verify_desk_body_limit(((struct court *)court)->desk, request);
}

static void court_handle(void *court, struct http_request *request)
{
    verify_desk_handle(((struct court *)court)->desk, request);
}

static void court_open(struct court *court, enum amd_crl crl)
{
    static const struct http_server_options options = { .address = "127.0.0.1" };
    struct error err = { 0 };

    *court = (struct court){ 0 };
    house_prepare(&court->house);
    court->house.config.amd.crl = crl;
    house_start(&court->house, true);
    assert_ok(
        verify_gate_create(&court->house.config, court->house.access, &court->gate, &err),
        err);
    struct verify_desk_options desk = { .config = &court->house.config,
                                        .clock = court->house.clock,
                                        .gate = court->gate,
                                        .denials = court->house.denials,
                                        .chips = court->house.chips };
    assert_ok(verify_desk_create(&desk, &court->desk, &err), err);
    OWNED(baseline_view_release)
    const struct baseline_view *view =
        test_view_of(court->house.stock.holdings, TEST_AMD_NOW_S);
    verify_desk_publish(court->desk, view);
    struct http_handler handler = { .context = court,
                                    .body_limit = court_body_limit,
                                    .handle = court_handle };
    assert_ok(http_server_start(&options, &handler, &court->server, &err), err);
}

static void court_close(struct court *court)
{
    http_server_stop(court->server);
    verify_desk_destroy(court->desk);
    verify_gate_destroy(court->gate);
    house_close(&court->house);
}

static struct kds_key milan_key(void)
{
    struct kds_key key = { .resource = KDS_CERTIFICATE,
                           .vek = VEK_VCEK,
                           .product = SNP_MILAN };
    struct error err = { 0 };

    assert_ok(snp_hwid_read(SNP_MILAN, bytes_of(HWID_64, CHIP_ID_LEN), &key.hwid, &err),
              err);
    assert_ok(tcb_version_read(SNP_MILAN, UINT64_C(0xdb18000000000104), &key.tcb, &err),
              err);
    return key;
}

/* Its status, and the verdict's failure: "" where it is valid. */
static unsigned ask(struct court *court, const struct test_report *report,
                    char failure[64])
{
    char head[256];
    int fd = test_connect(http_server_port(court->server));

    snprintf(head, sizeof head,
             "POST /thim/v1/verify HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n",
             SNP_REPORT_LEN);
    test_say(fd, head);
    assert_int_equal(send(fd, report->at, SNP_REPORT_LEN, MSG_NOSIGNAL), SNP_REPORT_LEN);
    struct test_answer answer = test_hear(fd, false);
    json_t *json = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    const char *said = json_string_value(json_object_get(json, "failure"));
    snprintf(failure, 64, "%.63s",
             said != NULL ? said : test_header(&answer, "THIM-Error"));
    unsigned status = answer.status;
    json_decref(json);
    test_forget(&answer);
    close(fd);
    return status;
}

static void a_report_is_judged_by_the_certificate_that_is_kept(void **state)
{
    struct test_report report = test_report_milan();
    struct court court;
    char failure[64];

    (void)state;
    court_open(&court, AMD_CRL_REQUIRED);
    assert_int_equal(ask(&court, &report, failure), 404);
    assert_string_equal(failure, "vek_missing");
    assert_int_equal(court.house.fetches, 0); /* nobody was asked */

    house_hold(&court.house, milan_key());
    assert_int_equal(ask(&court, &report, failure), 200);
    assert_string_equal(failure, "");

    report.at[0x90] ^= 1; /* the measurement */
    assert_int_equal(ask(&court, &report, failure), 200);
    assert_string_equal(failure, "invalid_report_signature");
    report.at[0x90] ^= 1;

    report.at[0x180] ^= 1; /* REPORTED_TCB: a certificate that nobody has */
    assert_int_equal(ask(&court, &report, failure), 404);
    assert_string_equal(failure, "vek_missing");
    report.at[0x180] ^= 1;

    struct buf hwid;
    buf_init(&hwid, 256);
    hex_add(&hwid, bytes_of(HWID_64, CHIP_ID_LEN));
    deny(court.house.denials, DENY_CHIP_ID, buf_text(&hwid));
    buf_fini(&hwid);
    assert_int_equal(ask(&court, &report, failure), 200);
    assert_string_equal(failure, "denied");
    court_close(&court);
}

static void without_a_list_it_depends_on_the_operator(void **state)
{
    static const struct {
        enum amd_crl crl;
        unsigned status;
        const char *failure;
    } cases[] = {
        { AMD_CRL_REQUIRED, 503, "amd_crl_missing" },
        { AMD_CRL_OPTIONAL, 200, "" },
    };
    struct test_report report = test_report_milan();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct court court;
        char failure[64];
        court_open(&court, cases[i].crl);
        house_hold(&court.house, milan_key());
        struct amd_law *law = amd_law_make(court.house.world.law);
        amd_crl_release(law->crls[SNP_MILAN]);
        law->crls[SNP_MILAN] = NULL;
        house_publish(&court.house, law);
        amd_law_release(law);
        assert_int_equal(ask(&court, &report, failure), cases[i].status);
        assert_string_equal(failure, cases[i].failure);
        court_close(&court);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_judged_by_the_certificate_that_is_kept),
        cmocka_unit_test(without_a_list_it_depends_on_the_operator),
    };

    log_set_level(LOG_SILENT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
