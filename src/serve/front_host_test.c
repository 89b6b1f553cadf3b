/* SPDX-License-Identifier: Apache-2.0 */
/* A host that asks for its PCK certificate, over a real socket: what front_host.c and
 * host_page.c say, and the waiting of front_miss.c. */
#include "serve/test_house.h"
#include "serve/test_platforms.h"

#define QE_ID "00fbe6733336eaf7a4e3d8b966a82e64"
#define AT_9 "&cpusvn=09090909090909090000000000000000&pcesvn=0d00&pceid=0000"
#define AT_4 "&cpusvn=04040404040404040000000000000000&pcesvn=0800&pceid=0000"
#define PCK "pckcert?qeid=" QE_ID

static void open_with(struct house *house, const struct stock_platform *spec)
{
    struct stock_platform platform = *spec;

    house_open_for_hosts(house);
    platform.qe_id = QE_ID;
    stock_add_platform(&house->stock, &platform);
}

static void assert_headers(const struct test_answer *answer)
{
    assert_int_equal(answer->status, 200);
    assert_string_equal(test_header(answer, "SGX-TCBm"),
                        "090909090909090900000000000000000D00");
    assert_string_equal(test_header(answer, "SGX-FMSPC"), "00906EA10000");
    assert_string_equal(test_header(answer, "SGX-PCK-Certificate-CA-Type"), "processor");
    assert_non_null(strstr(test_header(answer, "SGX-PCK-Certificate-Issuer-Chain"),
                           "-----BEGIN%20CERTIFICATE-----"));
    assert_string_equal(test_header(answer, "Cache-Control"), "private, max-age=3600");
    assert_string_equal(test_header(answer, "Vary"), "Metadata");
}

static void intels_client_gets_pem_and_headers(void **state)
{
    static const char *const targets[] = {
        V4 PCK AT_9,
        V3 PCK AT_9,
        "/sgx/certification/v2/" PCK AT_9,
        "/other" V4 PCK AT_9 "&unknown=1",
    };
    struct house house;

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9, 5 } });
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct test_answer answer = get(&house, targets[i], "");
        assert_headers(&answer);
        assert_string_equal(test_header(&answer, "Content-Type"),
                            "application/x-pem-file");
        assert_memory_equal(answer.body.at, "-----BEGIN CERTIFICATE-----\n", 28);
        assert_int_equal(answer.body.at[answer.body.len - 1], '\n');
        test_forget(&answer);
    }
    house_close(&house);
}

static void azures_client_gets_four_members_and_the_headers(void **state)
{
    static const struct {
        const char *target, *more;
    } cases[] = {
        { V4 PCK AT_9 "&clientid=production_client&api-version=2021-07-22-preview", "" },
        { V3 PCK AT_9 "&api-version=2018-10-01-preview", "" },
        { V4 PCK AT_9, "metadata: true\r\n" },
        { "/metadata/THIM" V4 PCK AT_9, "Metadata: True\r\n" },
        { "/metadata/THIM/sgx/certification/v2/" PCK AT_9, "Metadata: true\r\n" },
    };
    struct house house;

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9, 5 } });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer = get(&house, cases[i].target, cases[i].more);
        assert_headers(&answer);
        assert_string_equal(test_header(&answer, "Content-Type"), "application/json");
        const char *body = (const char *)answer.body.at;
        assert_memory_equal(body, "{\"pckCert\":\"-----BEGIN CERTIFICATE-----\\n", 41);
        assert_non_null(
            strstr(body, "\\n\",\"sgx-Tcbm\":\"090909090909090900000000000000000D00\","
                         "\"sgx-Pck-Certificate-Issuer-Chain\":\"-----BEGIN%20"));
        assert_string_equal(strstr(body, "\",\"cacheMaxAge\""),
                            "\",\"cacheMaxAge\":3600}");
        test_forget(&answer);
    }
    house_close(&house);
}

static void without_metadata_true_the_metadata_path_is_closed(void **state)
{
    struct house house;

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9 } });
    struct test_answer answer = get(&house, "/metadata/THIM" V4 PCK AT_9, "");
    assert_int_equal(answer.status, 400);
    test_forget(&answer);
    house_close(&house);
}

static void what_is_unchanged_is_304(void **state)
{
    struct house house;
    char condition[128];

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9 } });
    struct test_answer first = get(&house, V4 PCK AT_9, "");
    snprintf(condition, sizeof condition, "If-None-Match: %.60s\r\n",
             test_header(&first, "ETag"));
    struct test_answer again = get(&house, V4 PCK AT_9, condition);
    assert_int_equal(again.status, 304);
    assert_string_equal(test_header(&again, "Cache-Control"), "private, max-age=3600");
    test_forget(&again);
    again = get(&house, V4 PCK AT_9, "Request-ID: host-7\r\n");
    assert_string_equal(test_header(&again, "Request-ID"), "host-7");
    assert_true(bytes_equal(again.body, first.body));
    test_forget(&again);
    again = test_ask(house.port, "HEAD", V4 PCK AT_9, "");
    assert_int_equal(again.status, 200);
    assert_int_equal(again.body.len, 0);
    test_forget(&again);
    test_forget(&first);
    house_close(&house);
}

/* By what is held and by the fill mode; the desk says what it is told to say. */
static void each_lack_has_its_status_and_code(void **state)
{
    static const struct {
        const char *claim;
        struct stock_platform platform;
        enum fill_mode fill;
        const char *target;
        enum miss_outcome outcome;
        unsigned status;
        const char *code;
        int asked;
    } cases[] = {
        { "unknown, nothing to ask for it with",
          { .waits = true },
          FILL_LAZY,
          V4 "pckcert?qeid=77" AT_9,
          MISS_NOT_FOUND,
          404,
          "zero_ppid",
          0 },
        { "unknown and REQ",
          { .waits = true },
          FILL_REQ,
          V4 "pckcert?qeid=77" AT_9,
          MISS_NOT_FOUND,
          461,
          "platform_unknown",
          0 },
        { "registered, upstream is away",
          { .waits = true },
          FILL_REQ,
          V4 PCK AT_9,
          MISS_UNREACHABLE,
          503,
          "unreachable",
          1 },
        { "registered, OFFLINE",
          { .waits = true },
          FILL_OFFLINE,
          V4 PCK AT_9,
          MISS_UNREACHABLE,
          461,
          "platform_waiting",
          0 },
        { "registered, the vendor knows nothing",
          { .waits = true },
          FILL_LAZY,
          V4 PCK AT_9,
          MISS_PLATFORM_UNKNOWN,
          404,
          "platform_not_at_vendor",
          1 },
        { "registered, the vendor refuses",
          { .waits = true },
          FILL_LAZY,
          V4 PCK AT_9,
          MISS_PLATFORM_REFUSED,
          404,
          "platform_refused",
          1 },
        { "registered, another PPID",
          { .waits = true },
          FILL_LAZY,
          V4 PCK AT_9,
          MISS_CONFLICT,
          404,
          "bound_to_another",
          1 },
        { "registered, what came was wrong",
          { .waits = true },
          FILL_LAZY,
          V4 PCK AT_9,
          MISS_UNTRUSTED,
          503,
          "untrusted",
          1 },
        { "registered, too many asked",
          { .waits = true },
          FILL_LAZY,
          V4 PCK AT_9,
          MISS_BUDGET,
          429,
          "budget",
          1 },
        { "below all of a fresh list",
          { .svns = { 9 } },
          FILL_LAZY,
          V4 PCK AT_4,
          MISS_FETCHED,
          404,
          "no_fit",
          0 },
        { "below all of a list a day old",
          { .svns = { 9 }, .fetched_s = STOCK_NOW_S - TEST_DAY_S },
          FILL_LAZY,
          V4 PCK AT_4,
          MISS_FETCHED,
          404,
          "no_fit",
          1 },
        { "a gap",
          { .svns = { 9 }, .gaps = { 4 } },
          FILL_LAZY,
          V4 PCK AT_4,
          MISS_FETCHED,
          462,
          "certificate_gap",
          0 },
        { "run out",
          { .svns = { 9 }, .not_after_s = STOCK_NOW_S - 1 },
          FILL_LAZY,
          V4 PCK AT_9,
          MISS_FETCHED,
          404,
          "unsound",
          0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct house house;
        open_with(&house, &cases[i].platform);
        house.config.intel.fill = cases[i].fill;
        house.outcome = cases[i].outcome;
        struct test_answer answer = get(&house, cases[i].target, "");
        if (answer.status != cases[i].status
            || strcmp(test_header(&answer, "THIM-Error"), cases[i].code) != 0
            || house.asked != cases[i].asked)
            fail_msg("%s: %u %s, asked %d times", cases[i].claim, answer.status,
                     test_header(&answer, "THIM-Error"), house.asked);
        test_forget(&answer);
        house_close(&house);
    }
}

static void fetch_platform(struct house *house, const struct question *question)
{
    struct stock_platform platform = { .qe_id = QE_ID, .svns = { 9 } };

    assert_int_equal(question->kind, ASK_PCK_CERT);
    assert_true(question->pck.has_encrypted_ppid);
    stock_add_platform(&house->stock, &platform);
}

static void a_stranger_waits_until_the_desk_has_it(void **state)
{
    struct house house;
    struct buf target;

    (void)state;
    house_open_for_hosts(&house);
    house.outcome = MISS_FETCHED;
    house.fetches = true;
    house.fetch = fetch_platform;
    buf_init(&target, 4096);
    buf_add_text(&target, V4 PCK AT_9 "&encrypted_ppid=");
    for (size_t i = 0; i < ENCRYPTED_PPID_LEN; i++)
        buf_add_text(&target, "A7");
    struct test_answer answer = get(&house, buf_text(&target), "");
    assert_headers(&answer);
    assert_int_equal(house.asked, 1);
    test_forget(&answer);
    answer = get(&house, buf_text(&target), "");
    assert_headers(&answer);
    assert_int_equal(house.asked, 1);
    test_forget(&answer);
    buf_fini(&target);
    house_close(&house);
}

static void fetch_tcb_info(struct house *house, const struct question *question)
{
    assert_true(question->wants_tcb_info);
    assert_memory_equal(question->fmspc_wanted, stock_fmspc, 6);
    stock_add_both(&house->stock, key_tcb_info(TEE_SGX, 3, stock_fmspc, 0));
}

static void a_host_waits_for_the_tcb_info_to_choose_by(void **state)
{
    struct collateral_key keys[] = { key_tcb_info(TEE_SGX, 3, stock_fmspc, 17),
                                     key_tcb_info(TEE_SGX, 3, stock_fmspc, 18) };
    struct house house;

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9 } });
    stock_publish(&house.stock,
                  &(struct store_change){ .dropped = keys, .dropped_count = 2 });
    house_publish(&house);
    house.outcome = MISS_FETCHED;
    house.fetches = true;
    house.fetch = fetch_tcb_info;
    struct test_answer answer = get(&house, V4 PCK AT_9, "");
    assert_headers(&answer);
    test_forget(&answer);
    house_close(&house);
}

static void who_is_denied_is_told_so_and_why(void **state)
{
    struct house house;

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9 } });
    deny(house.denials, DENY_QE_ID, QE_ID);
    struct test_answer answer = get(&house, V4 PCK AT_9, "");
    assert_int_equal(answer.status, 403);
    assert_string_equal(test_header(&answer, "THIM-Error"), "denied");
    assert_non_null(strstr((const char *)answer.body.at, "by its qe_id: stolen"));
    test_forget(&answer);
    undeny(house.denials, DENY_QE_ID, QE_ID);
    answer = get(&house, V4 PCK AT_9, "");
    assert_headers(&answer);
    test_forget(&answer);
    house_close(&house);
}

static void only_get_and_head_ask_for_a_certificate(void **state)
{
    struct house house;

    (void)state;
    open_with(&house, &(struct stock_platform){ .svns = { 9 } });
    struct test_answer answer = test_ask(house.port, "DELETE", V4 PCK AT_9, "");
    assert_int_equal(answer.status, 405);
    assert_string_equal(test_header(&answer, "Allow"), "GET, HEAD");
    test_forget(&answer);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intels_client_gets_pem_and_headers),
        cmocka_unit_test(azures_client_gets_four_members_and_the_headers),
        cmocka_unit_test(without_metadata_true_the_metadata_path_is_closed),
        cmocka_unit_test(what_is_unchanged_is_304),
        cmocka_unit_test(each_lack_has_its_status_and_code),
        cmocka_unit_test(a_stranger_waits_until_the_desk_has_it),
        cmocka_unit_test(a_host_waits_for_the_tcb_info_to_choose_by),
        cmocka_unit_test(who_is_denied_is_told_so_and_why),
        cmocka_unit_test(only_get_and_head_ask_for_a_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
