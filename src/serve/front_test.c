/* SPDX-License-Identifier: Apache-2.0 */
/* The whole front over real sockets. */
#include "serve/front.h"

#include "format/http_head.h"
#include "serve/test_house.h"

/* ---- what the real clients need ------------------------------------------------- */

static void check_chain(const char *line, const struct test_answer *answer,
                        const char *name)
{
    struct der_chain chain;
    struct arena arena;
    struct error err = { 0 };
    struct buf pem;

    arena_init(&arena, 1024 * 1024);
    buf_init(&pem, 1024 * 1024);
    if (!http_chain_read(bytes_of_text(test_header(answer, name)), &arena, &chain, &err))
        fail_msg("%s: %s: %s", line, name, err.text);
    pem_chain_write(&pem, &chain);
    assert_true(answer->body.len + pem.len + 2 <= 65535);
    buf_fini(&pem);
    arena_fini(&arena);
}

static bool is_pem_crl(struct bytes body)
{
    return bytes_equal_text(bytes_first(body, 24), "-----BEGIN X509 CRL-----");
}

static bool is_hex(struct bytes body)
{
    for (size_t i = 0; i < body.len; i++)
        if (strchr("0123456789abcdef", body.at[i]) == NULL)
            return false;
    return body.len > 0;
}

static void check_crl(const char *line, const struct test_answer *answer)
{
    bool is_azure = strstr(line, "clientid=") != NULL;
    bool wants_der =
        strstr(line, "encoding=der") != NULL || strstr(line, "/crl?uri=") != NULL;
    bool fits = is_azure    ? is_pem_crl(answer->body)
                : wants_der ? answer->body.len > 2 && answer->body.at[0] == 0x30
                                  && answer->body.at[1] == 0x82
                            : is_hex(answer->body);

    if (!fits)
        fail_msg("%s: the CRL is in another form", line);
    check_chain(line, answer, "SGX-PCK-CRL-Issuer-Chain");
}

static void check_json(const char *line, const struct test_answer *answer)
{
    bool is_tcb = strstr(line, "/tcb?") != NULL;
    bool is_early = strstr(line, "update=early") != NULL;
    const char *start = is_tcb ? "{\"tcbInfo\":{" : "{\"enclaveIdentity\":{";

    if (!bytes_equal_text(bytes_first(answer->body, strlen(start)), start))
        fail_msg("%s: the body is something else", line);
    const char *number =
        is_early ? "\"tcbEvaluationDataNumber\":18" : "\"tcbEvaluationDataNumber\":17";
    assert_true(bytes_find(answer->body, bytes_of_text(number)) < answer->body.len);
    if (is_tcb) { /* QPL and Azure's client look for one, or the other, or both */
        check_chain(line, answer, "SGX-TCB-Info-Issuer-Chain");
        check_chain(line, answer, "TCB-Info-Issuer-Chain");
    } else {
        check_chain(line, answer, "SGX-Enclave-Identity-Issuer-Chain");
    }
}

/* The real client's needs: clients.md A3, A8, B3, D1, D3, D5, D6. */
static void check_request(const struct house *house, char *line)
{
    char *end = strchr(line + 4, ' ');

    assert_non_null(end);
    *end = 0;
    struct test_answer answer = get(house, line + 4, "Accept: */*\r\n");
    if (answer.status != 200 || answer.body.len == 0)
        fail_msg("%s: %u", line, answer.status);
    if (max_age_of(&answer) < 1 || max_age_of(&answer) > 86400)
        fail_msg("%s: Cache-Control: %s", line, test_header(&answer, "Cache-Control"));
    assert_null(strstr(buf_text(&answer.text), ": \r\n")); /* kills Azure's client */
    if (strstr(line, "crl") != NULL)
        check_crl(line, &answer);
    else
        check_json(line, &answer);
    test_forget(&answer);
}

static size_t check_recording(const struct house *house, const char *name)
{
    struct buf recording = test_shared_file(name);
    size_t checked = 0;

    for (char *rest = (char *)recording.at, *line;
         (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "GET ", 4) != 0 || strstr(line, "customParameter") != NULL
            || strstr(line, "/pckcert?") != NULL || strstr(line, "appraisal") != NULL)
            continue;
        check_request(house, line);
        checked++;
    }
    buf_fini(&recording);
    return checked;
}

static void real_clients_get_what_they_need(void **state)
{
    static const uint8_t others[][6] = { { 0x00, 0x60, 0x6a },
                                         { 0x00, 0x80, 0x6f, 0x05 } };
    struct house house;

    (void)state;
    if (test_shared("vectors/requests") == NULL) {
        print_message("the shared vectors are not there\n");
        skip();
        return;
    }
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        stock_add_both(&house.stock, key_tcb_info(TEE_SGX, 3, others[i], 0));
        stock_add_both(&house.stock, key_tcb_info(TEE_TDX, 3, others[i], 0));
    }
    house_publish(&house);
    assert_true(check_recording(&house, "vectors/requests/intel-qpl-1.13.110.txt") >= 35);
    assert_true(check_recording(&house, "vectors/requests/azure-dcap-client-1.13.1.txt")
                >= 20);
    assert_int_equal(house.asked, 0);
    house_close(&house);
}

/* ---- conditional requests and HEAD ---------------------------------------------- */

static void entity_tags_spare_the_body(void **state)
{
    struct house house;
    char tag[64], more[256];

    (void)state;
    house_open(&house);
    struct test_answer answer = get(&house, V4 TCB, "");
    snprintf(tag, sizeof tag, "%.63s", test_header(&answer, "ETag"));
    assert_int_equal(strlen(tag), 34);
    test_forget(&answer);

    const struct {
        const char *claim, *format;
        unsigned status;
    } cases[] = {
        { "the tag", "If-None-Match: %s\r\n", 304 },
        { "the tag, weak", "If-None-Match: W/%s\r\n", 304 },
        { "among others", "If-None-Match: \"x\", %s\r\n", 304 },
        { "any", "If-None-Match: *\r\n", 304 },
        { "another", "If-None-Match: \"x\"\r\n", 200 },
        { "its beginning", "If-None-Match: %.20s\"\r\n", 200 },
        { "none", "", 200 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        snprintf(more, sizeof more, cases[i].format, tag);
#pragma GCC diagnostic pop
        answer = get(&house, V4 TCB, more);
        if (answer.status != cases[i].status)
            fail_msg("%s: %u", cases[i].claim, answer.status);
        assert_string_equal(test_header(&answer, "ETag"), tag);
        assert_true(max_age_of(&answer) > 0);
        assert_string_not_equal(test_header(&answer, "Request-ID"), "");
        if (answer.status == 304)
            assert_string_equal(test_header(&answer, "TCB-Info-Issuer-Chain"), "");
        test_forget(&answer);
    }
    struct front_counts counts;
    front_counts(house.front, &counts);
    assert_int_equal(counts.not_modified, 4);
    assert_int_equal(counts.answered, 4);
    house_close(&house);
}

static void head_is_get_without_its_body(void **state)
{
    static const char *const targets[] = { V4 TCB, V4 "rootcacrl", V4 "fmspcs",
                                           V4 "nothing", "/readyz?verbose" };
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct test_answer whole = test_ask(house.port, "GET", targets[i], "");
        struct test_answer head =
            test_ask(house.port, "HEAD", targets[i], "Connection: close\r\n");
        char len[32];
        snprintf(len, sizeof len, "%.31s", test_header(&whole, "Content-Length"));
        assert_int_equal(head.status, whole.status);
        assert_string_equal(test_header(&head, "Content-Length"), len);
        assert_int_equal(head.body.len, 0);
        test_forget(&whole);
        test_forget(&head);
    }
    house_close(&house);
}

/* ---- other paths ---------------------------------------------------------------- */

static void metadata_twins_answer_with_their_header(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    struct test_answer answer =
        get(&house, "/metadata/THIM" V4 "pckcrl?ca=platform", "metadata: TRUE\r\n");
    assert_int_equal(answer.status, 200);
    assert_true(is_pem_crl(answer.body));
    test_forget(&answer);
    house_close(&house);
}

static void version_3_is_gone_where_configured(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    struct test_answer answer = get(&house, V3 TCB, "");
    assert_int_equal(answer.status, 200);
    assert_int_equal(strncmp(test_header(&answer, "Warning"), "299 - \"PCS API", 14), 0);
    test_forget(&answer);

    house.config.compat.v3 = COMPAT_V3_GONE;
    answer = get(&house, V3 TCB, "");
    assert_int_equal(answer.status, 410);
    assert_non_null(strstr(buf_text(&answer.text),
                           "The Intel PCS API version 3 reached planned EOL."));
    test_forget(&answer);
    assert_int_equal(house.asked, 0);
    house_close(&house);
}

/* ---- misses --------------------------------------------------------------------- */

static void misses_end_as_the_desk_says(void **state)
{
    static const struct {
        const char *claim;
        enum miss_outcome outcome;
        int64_t retry_after_s;
        unsigned status;
        const char *code, *retry_after;
    } cases[] = {
        { "no such thing", MISS_NOT_FOUND, 0, 404, "not_found", "" },
        { "no such thing needs no time", MISS_NOT_FOUND, 9, 404, "not_found", "" },
        { "no longer signed", MISS_GONE, 0, 410, "number_gone", "" },
        { "nobody to ask", MISS_UNREACHABLE, 0, 503, "unreachable", "5" },
        { "nobody to ask for a while", MISS_UNREACHABLE, 60, 503, "unreachable", "60" },
        { "asked too much", MISS_BUDGET, 7, 429, "budget", "7" },
        { "fetched, and yet not there", MISS_FETCHED, 0, 503, "unreachable", "5" },
    };
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house.outcome = cases[i].outcome;
        house.retry_after_s = cases[i].retry_after_s;
        struct test_answer answer = get(&house, V4 COLD, "");
        if (answer.status != cases[i].status
            || strcmp(test_header(&answer, "THIM-Error"), cases[i].code) != 0
            || strcmp(test_header(&answer, "Retry-After"), cases[i].retry_after) != 0)
            fail_msg("%s: %s", cases[i].claim, buf_text(&answer.text));
        if (answer.status == 503) { /* or Intel's client glues it to the next answer */
            assert_int_equal(answer.body.len, 0);
            assert_string_equal(test_header(&answer, "Content-Length"), "0");
            assert_string_not_equal(test_header(&answer, "THIM-Error-Message"), "");
        }
        assert_true(max_age_of(&answer) > 0);
        test_forget(&answer);
    }
    assert_int_equal(house.asked, COUNT_OF(cases));
    house_close(&house);
}

static void what_was_fetched_is_served(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house.fetches = true;
    house.outcome = MISS_FETCHED;
    for (int i = 0; i < 2; i++) {
        struct test_answer answer = get(&house, V4 COLD, "Request-ID: mine\r\n");
        assert_int_equal(answer.status, 200);
        assert_string_equal(test_header(&answer, "Request-ID"), "mine");
        assert_true(bytes_find(answer.body, bytes_of_text("{\"tcbInfo\"")) == 0);
        test_forget(&answer);
        assert_int_equal(house.asked, 1); /* the second time it is held */
    }
    house_close(&house);
}

static void fetch_the_next_number(struct house *house, const struct question *question)
{
    struct collateral_key key = question->key;

    key.evaluation_data_number = 18;
    stock_add(&house->stock, key);
    stock_designate(&house->stock, key, UPDATE_STANDARD);
}

/* The baseline has 17, and the vendor signs that no more for this FMSPC. */
static void what_was_fetched_of_another_number_is_given_by_number_alone(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house.fetches = true;
    house.fetch = fetch_the_next_number;
    house.outcome = MISS_FETCHED;
    struct test_answer answer = get(&house, V4 COLD, "");
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_header(&answer, "THIM-Error"), "out_of_set");
    assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
    answer = get(&house, V4 COLD "&tcbEvaluationDataNumber=18", "");
    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    house_close(&house);
}

static void those_who_wait_are_told_from_another_thread(void **state)
{
    struct house house;
    char request[256];

    (void)state;
    house_open(&house);
    house.outcome = 0;
    int fd = test_connect(house.port);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", V4 COLD);
    test_say(fd, request);
    house_tell(&house, MISS_GONE);
    struct test_answer answer = test_hear(fd, false);
    assert_int_equal(answer.status, 410);
    test_forget(&answer);
    /* the connection lives on */
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", V4 TCB);
    test_say(fd, request);
    answer = test_hear(fd, false);
    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    close(fd);
    house_close(&house);
}

static void waiting_has_a_deadline_and_a_bound(void **state)
{
    static const struct http_server_options narrow = { .address = "127.0.0.1",
                                                       .waiters = 1 };
    struct house house;

    (void)state;
    house_open(&house);
    house.outcome = 0;
    house.config.limits.miss_wait_ms = 50;
    struct test_answer answer = get(&house, V4 COLD, "");
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_header(&answer, "THIM-Error"), "late");
    assert_string_equal(test_header(&answer, "Retry-After"), "5");
    assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
    house_tell(&house, MISS_NOT_FOUND); /* too late, and harmless */

    /* one place to wait: the second is told at once */
    http_server_stop(house.server);
    front_destroy(house.front);
    house_start(&house, &narrow);
    house.config.limits.miss_wait_ms = 60000;
    int fd = test_connect(house.port);
    test_say(fd, "GET " V4 COLD " HTTP/1.1\r\nHost: h\r\n\r\n");
    while (atomic_load(&house.asked) < 2)
        usleep(1000);
    answer = get(&house, V4 COLD, "");
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_header(&answer, "THIM-Error"), "busy");
    test_forget(&answer);
    house_tell(&house, MISS_NOT_FOUND);
    answer = test_hear(fd, false);
    assert_int_equal(answer.status, 404);
    test_forget(&answer);
    close(fd);
    house_close(&house);
}

/* ---- misses under baselines ----------------------------------------------------- */

static struct baseline_policy policies[3];
static const struct baseline_law law = { .policies = policies, .count = 2 };
static const struct baseline_law law_turned = { .policies = policies + 1, .count = 2 };
static const struct baseline_law law_bounded = { .policies = policies,
                                                 .count = 2,
                                                 .floor = 18 };

/* steady (17), canary (18, which is early), steady once more; steady keeps to a number of
 * which no identity is held where it is pinned. */
static void publish_under(struct house *house, const struct baseline_law *of,
                          uint32_t pinned)
{
    OWNED(law_book_release) struct law_book *book = NULL;
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    struct baseline_past pasts[2][2] = { 0 };
    struct error err = { 0 };

    for (size_t i = 0; i < COUNT_OF(policies); i++)
        policies[i] = baseline_policy_default;
    policies[1].name = "canary";
    policies[1].follow = FOLLOW_EARLY;
    if (pinned != 0) {
        struct baseline_pin pin = { pinned, STOCK_NOW_S + TEST_DAY_S, "w", "b" };
        policies[0].pin = policies[0].expired = pin;
        policies[0].hold_end = HOLD_END_SERVE_EXPIRED;
        pasts[0][0].state.number = pinned;
    }
    assert_ok(law_book_make(of, NULL, &book, &err), err);
    struct baseline_view_spec spec = { .book = book,
                                       .holdings = house->stock.holdings,
                                       .pasts = (const struct baseline_past(*)[2])pasts,
                                       .now_s = clock_wall_s(house->clock) };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    assert_ok(front_publish(house->front, view, &err), err);
}

static const uint8_t cold_fmspc[6] = { 0xc0 };

static void hold_cold_standard(struct house *house)
{
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, cold_fmspc, 17);

    stock_add(&house->stock, key);
    stock_designate(&house->stock, key, UPDATE_STANDARD);
}

static void an_fmspc_that_comes_late_is_asked_for_by_the_vendors_word_and_mixes_nothing(
    void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    publish_under(&house, &law, 0);
    house.outcome = 0;
    int fd = test_connect(house.port);
    test_say(fd, "GET /baseline/canary" V4 COLD " HTTP/1.1\r\nHost: h\r\n\r\n");
    while (atomic_load(&house.asked) < 1)
        usleep(1000);
    assert_int_equal(house.wanted.number_wanted, 18);
    house_tell(&house, MISS_GONE); /* and it is asked for without a number */
    assert_int_equal(house.asked, 2);
    assert_int_equal(house.wanted.number_wanted, 0);
    hold_cold_standard(&house);
    publish_under(&house, &law, 0);
    house_tell(&house, MISS_FETCHED);
    struct test_answer answer = test_hear(fd, false);
    assert_int_equal(answer.status, 503); /* its 17 has an identity of 17: no set of 18 */
    assert_string_equal(test_header(&answer, "THIM-Error"), "out_of_set");
    test_forget(&answer);
    close(fd);
    answer = get(&house, V4 COLD "&tcbEvaluationDataNumber=17", "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(test_header(&answer, "THIM-Evaluation-Data-Number"), "17");
    test_forget(&answer);
    house_close(&house);
}

/* Nothing stands in for an identity: it is of one set with what comes beside it. */
static void an_identity_that_is_gone_is_gone(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    stock_add(&house.stock, key_tcb_info(TEE_SGX, 3, stock_fmspc, 19));
    publish_under(&house, &law, 19);
    house.outcome = MISS_GONE;
    struct test_answer answer = get(&house, V4 "qe/identity", "");
    assert_int_equal(answer.status, 410);
    assert_int_equal(house.wanted.number_wanted, 19);
    assert_int_equal(house.asked, 1);
    test_forget(&answer);
    house_close(&house);
}

/* By the name of its baseline, whose place among them may have changed meanwhile, and
 * within what is allowed by now. */
static void who_waits_is_answered_under_the_law_of_the_end(void **state)
{
    static const struct {
        const char *claim;
        const struct baseline_law *then;
        unsigned status;
        const char *baseline, *code;
    } cases[] = {
        { "the same", &law, 200, "steady", "" },
        { "in another place", &law_turned, 200, "steady", "" },
        { "below a floor that has come", &law_bounded, 403, "", "floor" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct house house;
        house_open(&house);
        publish_under(&house, &law, 0);
        house.outcome = 0;
        int fd = test_connect(house.port);
        test_say(fd, "GET " V4 COLD " HTTP/1.1\r\nHost: h\r\nX-THIM-Baseline: "
                     "steady\r\n\r\n");
        while (atomic_load(&house.asked) < 1)
            usleep(1000);
        hold_cold_standard(&house);
        publish_under(&house, cases[i].then, 0);
        house_tell(&house, MISS_FETCHED);
        struct test_answer answer = test_hear(fd, false);
        if (answer.status != cases[i].status
            || strcmp(test_header(&answer, "THIM-Baseline"), cases[i].baseline) != 0
            || strcmp(test_header(&answer, "THIM-Error"), cases[i].code) != 0)
            fail_msg("%s: %s", cases[i].claim, buf_text(&answer.text));
        test_forget(&answer);
        close(fd);
        house_close(&house);
    }
}

/* ---- time ----------------------------------------------------------------------- */

static void nothing_stale_is_served_even_before_the_tick(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    assert_true(clock_step_to(house.clock, STOCK_DUE_S));
    struct test_answer answer = get(&house, V4 TCB, "");
    assert_int_equal(answer.status, 200);
    test_forget(&answer);
    assert_true(clock_step_to(house.clock, STOCK_DUE_S + 1));
    answer = get(&house, V4 TCB, "");
    assert_int_equal(answer.status, 404); /* as the desk says */
    assert_int_equal(house.asked, 1);
    test_forget(&answer);
    /* the clock that went back is believed as well */
    assert_true(clock_step_to(house.clock, STOCK_DUE_S - 100));
    house_publish(&house);
    answer = get(&house, V4 TCB, "");
    assert_int_equal(answer.status, 200);
    assert_int_equal(max_age_of(&answer), 40);
    test_forget(&answer);
    house_close(&house);
}

/* ---- swaps under load ----------------------------------------------------------- */

enum { CLIENTS = 4, REQUESTS = 150, SWAPS = 60 };

struct load {
    uint16_t port;
    atomic_int wrong;
};

/* Answers are whole, whichever shelf they come from. */
static void *keep_asking(void *load_)
{
    static const char *const targets[] = { V4 TCB, V4 "rootcacrl", T4 "qe/identity" };
    struct load *load = load_;
    int fd = test_connect(load->port);

    for (int i = 0; i < REQUESTS; i++) {
        char request[256];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n",
                 targets[i % 3], i % 5 == 0 ? "Request-ID: mine\r\n" : "");
        test_say(fd, request);
        struct test_answer answer = test_hear(fd, false);
        size_t len = (size_t)atol(test_header(&answer, "Content-Length"));
        if (answer.status != 200 || answer.body.len == 0 || answer.body.len != len)
            atomic_fetch_add(&load->wrong, 1);
        test_forget(&answer);
    }
    close(fd);
    return NULL;
}

static void shelves_are_swapped_under_load(void **state)
{
    struct house house;
    pthread_t clients[CLIENTS];

    (void)state;
    house_open(&house);
    struct load load = { .port = house.port };
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, keep_asking, &load), 0);
    for (int i = 0; i < SWAPS; i++)
        house_publish(&house);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    assert_int_equal(load.wrong, 0);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_clients_get_what_they_need),
        cmocka_unit_test(entity_tags_spare_the_body),
        cmocka_unit_test(head_is_get_without_its_body),
        cmocka_unit_test(metadata_twins_answer_with_their_header),
        cmocka_unit_test(version_3_is_gone_where_configured),
        cmocka_unit_test(misses_end_as_the_desk_says),
        cmocka_unit_test(what_was_fetched_is_served),
        cmocka_unit_test(what_was_fetched_of_another_number_is_given_by_number_alone),
        cmocka_unit_test(those_who_wait_are_told_from_another_thread),
        cmocka_unit_test(waiting_has_a_deadline_and_a_bound),
        cmocka_unit_test(
            an_fmspc_that_comes_late_is_asked_for_by_the_vendors_word_and_mixes_nothing),
        cmocka_unit_test(an_identity_that_is_gone_is_gone),
        cmocka_unit_test(who_waits_is_answered_under_the_law_of_the_end),
        cmocka_unit_test(nothing_stale_is_served_even_before_the_tick),
        cmocka_unit_test(shelves_are_swapped_under_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
