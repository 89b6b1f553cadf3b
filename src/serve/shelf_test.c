/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/http_head.h"
#include "serve/shelf_page.h"
#include "serve/test_stock.h"
#include "serve/test_view.h"

#define V4 "/sgx/certification/v4/"
#define V3 "/sgx/certification/v3/"
#define T4 "/tdx/certification/v4/"
#define TCB "tcb?fmspc=00906ea10000"

static struct stock stock; /* filled once; tests that add to it make their own */

static int open_stock(void **state)
{
    (void)state;
    stock_open(&stock);
    stock_fill(&stock);
    return 0;
}

static int close_stock(void **state)
{
    (void)state;
    stock_close(&stock);
    return 0;
}

static struct shelf *shelf_with(const struct stock *of,
                                const struct shelf_options *options)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view = test_view_of(of->holdings, options->now_s);
    struct shelf *shelf = NULL;
    struct error err = { 0 };

    assert_ok(shelf_build(view, options, &shelf, &err), err);
    return shelf;
}

static struct shelf *shelf_at(const struct stock *of, int64_t now_s)
{
    return shelf_with(of, &(struct shelf_options){
                              .now_s = now_s, .future_s = 300, .max_age_s = 3600 });
}

static struct question ask_as(const char *target, enum compat_v3 v3)
{
    struct asker asker = { .bare_crl = CRL_FORM_HEX, .v3 = v3 };
    struct question question;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, 64 * 1024);
    assert_ok(question_read(bytes_of_text(target), &asker, &arena, &question, &err), err);
    arena_fini(&arena);
    return question;
}

static struct question ask(const char *target)
{
    return ask_as(target, COMPAT_V3_SERVE);
}

static const struct shelf_page *find_at(const struct shelf *shelf, const char *target,
                                        int64_t now_s)
{
    struct question question = ask(target);
    struct shelf_answer answer;

    return shelf_find(shelf, &question, now_s, &answer) ? answer.page : NULL;
}

static const struct shelf_page *must_find(const struct shelf *shelf, const char *target)
{
    const struct shelf_page *page = find_at(shelf, target, STOCK_NOW_S);

    if (page == NULL)
        fail_msg("%s is not on the shelf", target);
    return page;
}

static const char *header(const struct shelf_page *page, const char *name)
{
    for (size_t i = 0; i < page->header_count; i++)
        if (strcmp(page->headers[i].name, name) == 0)
            return page->headers[i].value;
    return NULL;
}

static void names_of(const struct shelf_page *page, char *out, size_t len)
{
    out[0] = 0;
    for (size_t i = 0; i < page->header_count; i++) {
        size_t used = strlen(out);
        snprintf(out + used, len - used, "%s%s", i > 0 ? " " : "", page->headers[i].name);
    }
}

/* ---- headers and bodies --------------------------------------------------------- */

static void answers_have_exactly_these_headers(void **state)
{
#define HEAD "Request-ID Cache-Control ETag"
#define OF_BASELINE "THIM-Evaluation-Data-Number THIM-Fetched THIM-Baseline"
    static const struct {
        const char *target, *names, *type;
    } cases[] = {
        { V4 TCB,
          HEAD
          " Content-Type TCB-Info-Issuer-Chain SGX-TCB-Info-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { V3 TCB,
          HEAD " Warning Content-Type TCB-Info-Issuer-Chain "
               "SGX-TCB-Info-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { T4 TCB,
          HEAD
          " Content-Type TCB-Info-Issuer-Chain SGX-TCB-Info-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { V4 "qe/identity",
          HEAD " Content-Type SGX-Enclave-Identity-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { T4 "qe/identity",
          HEAD " Content-Type SGX-Enclave-Identity-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { V4 "qve/identity",
          HEAD " Content-Type SGX-Enclave-Identity-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { V4 "qae/identity",
          HEAD " Content-Type SGX-Enclave-Identity-Issuer-Chain " OF_BASELINE,
          "application/json" },
        { V4 "tcbevaluationdatanumbers",
          HEAD " Content-Type TCB-Evaluation-Data-Numbers-Issuer-Chain",
          "application/json" },
        { V4 "pckcrl?ca=processor", HEAD " Vary Content-Type SGX-PCK-CRL-Issuer-Chain",
          "application/x-pem-file" },
        { V4 "pckcrl?ca=platform&encoding=der",
          HEAD " Vary Content-Type SGX-PCK-CRL-Issuer-Chain", "application/pkix-crl" },
        { V4 "pckcrl?ca=platform&encoding=pem",
          HEAD " Vary Content-Type SGX-PCK-CRL-Issuer-Chain", "application/x-pem-file" },
        { V4 "rootcacrl", HEAD " Vary Content-Type SGX-PCK-CRL-Issuer-Chain",
          "application/pkix-crl" },
        { V4 "rootcacrl?clientid=c", HEAD " Vary Content-Type SGX-PCK-CRL-Issuer-Chain",
          "application/x-pem-file" },
        { "/IntelSGXRootCA.der", HEAD " Vary Content-Type SGX-PCK-CRL-Issuer-Chain",
          "application/pkix-crl" },
        { V4 "fmspcs", HEAD " THIM-Unsigned Content-Type", "application/json" },
        { V3 "fmspcs", HEAD " Warning THIM-Unsigned Content-Type", "application/json" },
    };
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct shelf_page *page = must_find(shelf, cases[i].target);
        char names[512];
        names_of(page, names, sizeof names);
        if (page->status != 200 || strcmp(names, cases[i].names) != 0
            || strcmp(header(page, "Content-Type"), cases[i].type) != 0)
            fail_msg("%s: %u, %s, %s", cases[i].target, page->status, names,
                     header(page, "Content-Type"));
        assert_int_equal(http_reply_status(page->full), 200);
        assert_int_equal(http_reply_status(page->not_modified), 304);
    }
    static const char beginning[] = "299 - \"PCS API version 3 is no longer available. ";
    const char *warning = header(must_find(shelf, V3 TCB), "Warning");
    assert_int_equal(strncmp(warning, beginning, sizeof beginning - 1), 0);
    assert_int_equal(warning[strlen(warning) - 1], '"');
}

static void bodies_are_the_bytes_as_signed(void **state)
{
    static const struct {
        const char *target;
        struct collateral_key key;
    } cases[] = {
        { V4 TCB,
          { .kind = COLLATERAL_TCB_INFO,
            .version = 3,
            .fmspc = { 0x00, 0x90, 0x6e, 0xa1 },
            .evaluation_data_number = 17 } },
        { T4 TCB "&update=early",
          { .kind = COLLATERAL_TCB_INFO,
            .version = 3,
            .tee = TEE_TDX,
            .fmspc = { 0x00, 0x90, 0x6e, 0xa1 },
            .evaluation_data_number = 18 } },
        { V4 "qe/identity?tcbEvaluationDataNumber=18",
          { .kind = COLLATERAL_IDENTITY,
            .enclave = ENCLAVE_QE,
            .evaluation_data_number = 18 } },
        { "/IntelSGXRootCA.der", { .kind = COLLATERAL_ROOT_CRL } },
        { V4 "pckcrl?ca=platform&encoding=der",
          { .kind = COLLATERAL_PCK_CRL, .ca = PCK_CA_PLATFORM } },
        { T4 "tcbevaluationdatanumbers",
          { .kind = COLLATERAL_EVALUATION_NUMBERS, .tee = TEE_TDX } },
    };
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct holding *held = holdings_find(stock.holdings, &cases[i].key);
        assert_non_null(held);
        if (!bytes_equal(must_find(shelf, cases[i].target)->body,
                         verified_facts(held->item)->body))
            fail_msg("%s: other bytes", cases[i].target);
    }
}

static void crls_come_in_three_forms_of_one_der(void **state)
{
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);
    const struct shelf_page *der = must_find(shelf, V4 "rootcacrl?encoding=der");
    const struct shelf_page *hex_page = must_find(shelf, V4 "rootcacrl");
    const struct shelf_page *pem = must_find(shelf, V4 "rootcacrl?encoding=pem");
    struct arena arena;
    struct bytes read;
    struct error err = { 0 };

    (void)state;
    arena_init(&arena, 1024 * 1024);
    assert_ok(pem_block_read(pem->body, "X509 CRL", &arena, &read, &err), err);
    assert_true(bytes_equal(read, der->body));
    uint8_t *raw = malloc(der->body.len);
    assert_true(hex_read(hex_page->body, raw, der->body.len));
    assert_memory_equal(raw, der->body.at, der->body.len);
    free(raw);
    arena_fini(&arena);
    /* three forms are three entity tags */
    assert_string_not_equal(der->etag, pem->etag);
    assert_string_not_equal(der->etag, hex_page->etag);
}

static void chains_are_leaf_to_root_and_both_names_say_the_same(void **state)
{
    static const struct {
        const char *target, *name;
        enum test_signer signer;
    } cases[] = {
        { V4 TCB, "TCB-Info-Issuer-Chain", TEST_TCB_SIGNING },
        { V4 TCB, "SGX-TCB-Info-Issuer-Chain", TEST_TCB_SIGNING },
        { V4 "qe/identity", "SGX-Enclave-Identity-Issuer-Chain", TEST_TCB_SIGNING },
        { V4 "pckcrl?ca=platform", "SGX-PCK-CRL-Issuer-Chain", TEST_PCK_PLATFORM },
        { V4 "pckcrl?ca=processor", "SGX-PCK-CRL-Issuer-Chain", TEST_PCK_PROCESSOR },
        { V4 "rootcacrl", "SGX-PCK-CRL-Issuer-Chain", TEST_ROOT },
    };
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *value = header(must_find(shelf, cases[i].target), cases[i].name);
        struct der_chain expected = test_world_chain(stock.world, cases[i].signer), read;
        struct arena arena;
        struct error err = { 0 };
        arena_init(&arena, 1024 * 1024);
        assert_ok(http_chain_read(bytes_of_text(value), &arena, &read, &err), err);
        assert_int_equal(read.count, expected.count);
        for (size_t k = 0; k < read.count; k++)
            assert_true(bytes_equal(read.certificates[k], expected.certificates[k]));
        arena_fini(&arena);
    }
}

static void standard_and_its_number_are_one_reply(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { V4 TCB, V4 TCB "&update=standard", true },
        { V4 TCB, V4 TCB "&tcbEvaluationDataNumber=17", false }, /* names no baseline */
        { V4 TCB "&update=early", V4 TCB "&tcbEvaluationDataNumber=18", true },
        { V4 TCB, V4 TCB "&update=early", false },
        { V4 TCB, V3 TCB, false },
        { V3 TCB, "/sgx/certification/v2/" TCB, true },
        { V4 TCB, T4 TCB, false },
    };
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if ((must_find(shelf, cases[i].a) == must_find(shelf, cases[i].b))
            != cases[i].same)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
}

static void what_is_not_held_is_not_found(void **state)
{
    static const char *const targets[] = {
        V4 "tcb?fmspc=00906ea10001",
        T4 "tcb?fmspc=00906ea10001",
        V4 TCB "&tcbEvaluationDataNumber=16",
        V4 TCB "&tcbEvaluationDataNumber=19",
        V4 "qe/identity?tcbEvaluationDataNumber=19",
        "/nowhere",
    };
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        assert_null(find_at(shelf, targets[i], STOCK_NOW_S));
}

static void lists_of_fmspcs_are_filtered(void **state)
{
    static const struct {
        const char *target, *body;
    } cases[] = {
        { V4 "fmspcs", "[{\"fmspc\":\"00906EA10000\",\"platform\":\"client\"},"
                       "{\"fmspc\":\"30606A000000\",\"platform\":\"E5\"}]" },
        { V4 "fmspcs?platform=E5", "[{\"fmspc\":\"30606A000000\",\"platform\":\"E5\"}]" },
        { V4 "fmspcs?platform=E3", "[]" },
    };
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_true(
            bytes_equal_text(must_find(shelf, cases[i].target)->body, cases[i].body));
}

/* ---- time ----------------------------------------------------------------------- */

static void max_age_shrinks_as_next_update_nears(void **state)
{
    static const struct {
        const char *claim;
        int64_t before_due_s, most_s;
        const char *cache_control;
    } cases[] = {
        { "far away: the configured most", 20 * TEST_DAY_S, 3600, "max-age=3600" },
        { "another most", 20 * TEST_DAY_S, 600, "max-age=600" },
        { "a day at most, whatever is configured", 20 * TEST_DAY_S, 999999,
          "max-age=86400" },
        { "3,661 s before: still the most", 3661, 3600, "max-age=3600" },
        { "3,659 s before: one less", 3659, 3600, "max-age=3599" },
        { "10 minutes before", 600, 3600, "max-age=540" },
        { "a minute before: no less than 1", 60, 3600, "max-age=1" },
        { "the last second", 0, 3600, "max-age=1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shelf_options options = { .now_s = STOCK_DUE_S - cases[i].before_due_s,
                                         .future_s = 300,
                                         .max_age_s = cases[i].most_s };
        OWNED(shelf_free) struct shelf *shelf = shelf_with(&stock, &options);
        const struct shelf_page *page = find_at(shelf, V4 TCB, options.now_s);
        assert_non_null(page);
        if (strcmp(header(page, "Cache-Control"), cases[i].cache_control) != 0)
            fail_msg("%s: %s", cases[i].claim, header(page, "Cache-Control"));
    }
}

static void only_what_is_in_date_is_served(void **state)
{
    static const struct {
        const char *claim;
        int64_t built_s, asked_s;
        bool served;
    } cases[] = {
        { "in date", STOCK_NOW_S, STOCK_NOW_S, true },
        { "the last second", STOCK_DUE_S, STOCK_DUE_S, true },
        { "a second after", STOCK_DUE_S + 1, STOCK_DUE_S + 1, false },
        { "a shelf that stood too long", STOCK_DUE_S, STOCK_DUE_S + 1, false },
        { "issued ahead, within the tolerance", STOCK_ISSUED_S - 300,
          STOCK_ISSUED_S - 300, true },
        { "issued ahead of it", STOCK_ISSUED_S - 301, STOCK_ISSUED_S - 301, false },
        { "a clock that went back", STOCK_NOW_S, STOCK_ISSUED_S - 301, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, cases[i].built_s);
        if ((find_at(shelf, V4 TCB, cases[i].asked_s) != NULL) != cases[i].served)
            fail_msg("%s", cases[i].claim);
        /* the root CRL of this world is valid for ever */
        assert_non_null(find_at(shelf, V4 "rootcacrl", cases[i].asked_s));
    }
}

static void ready_is_one_valid_set(void **state)
{
    OWNED(shelf_free) struct shelf *shelf = shelf_at(&stock, STOCK_NOW_S);
    char missing[SHELF_MISSING_MAX];

    (void)state;
    assert_false(shelf_is_empty(shelf));
    shelf_missing(shelf, STOCK_NOW_S, missing);
    assert_string_equal(missing, "");
    shelf_missing(shelf, STOCK_DUE_S + 1, missing);
    assert_string_equal(missing, "PCK CRL, TCB info, identity");
}

static void an_empty_store_has_an_empty_shelf(void **state)
{
    struct stock empty;
    char missing[SHELF_MISSING_MAX];

    (void)state;
    stock_open(&empty);
    struct shelf *shelf = shelf_at(&empty, STOCK_NOW_S);
    assert_true(shelf_is_empty(shelf));
    shelf_missing(shelf, STOCK_NOW_S, missing);
    assert_string_equal(missing, "root CRL, PCK CRL, TCB info, identity");
    assert_null(find_at(shelf, V4 "fmspcs", STOCK_NOW_S));
    assert_int_equal(shelf_generation(shelf), 0);
    shelf_free(shelf);
    stock_close(&empty);
}

/* ---- older paths ---------------------------------------------------------------- */

static void imported_version_2_comes_first_on_older_paths(void **state)
{
    struct stock imported;
    struct question gone = ask_as(V3 TCB, COMPAT_V3_GONE);
    struct shelf_answer answer;

    (void)state;
    stock_open(&imported);
    stock_fill(&imported);
    stock_add(&imported, key_tcb_info(TEE_SGX, 2, stock_fmspc, 11));
    stock_add(&imported, key_tcb_info(TEE_SGX, 2, stock_fmspc, 12));
    stock_add_dated(&imported, key_tcb_info(TEE_SGX, 2, stock_fmspc, 13), STOCK_ISSUED_S,
                    STOCK_NOW_S - 1);
    struct shelf *shelf = shelf_at(&imported, STOCK_NOW_S);

    /* of version 2 the highest number that is in date is standard */
    struct collateral_key key = key_tcb_info(TEE_SGX, 2, stock_fmspc, 12);
    struct bytes body =
        verified_facts(holdings_find(imported.holdings, &key)->item)->body;
    assert_true(bytes_equal(must_find(shelf, V3 TCB)->body, body));
    assert_true(bytes_equal(must_find(shelf, "/sgx/certification/v2/" TCB)->body, body));
    assert_non_null(header(must_find(shelf, V3 TCB), "Warning"));
    key.evaluation_data_number = 11;
    body = verified_facts(holdings_find(imported.holdings, &key)->item)->body;
    assert_true(
        bytes_equal(must_find(shelf, V3 TCB "&tcbEvaluationDataNumber=11")->body, body));

    /* v4 paths never give it; where v3 is gone, only it is given */
    assert_null(find_at(shelf, V4 TCB "&tcbEvaluationDataNumber=11", STOCK_NOW_S));
    assert_true(shelf_find(shelf, &gone, STOCK_NOW_S, &answer));
    assert_true(answer.is_v3_with_warning);
    gone = ask_as(V3 "qe/identity", COMPAT_V3_GONE);
    assert_false(shelf_find(shelf, &gone, STOCK_NOW_S, &answer));
    assert_null(answer.full);
    shelf_free(shelf);
    stock_close(&imported);

    gone = ask_as(V3 TCB, COMPAT_V3_GONE);
    shelf = shelf_at(&stock, STOCK_NOW_S);
    assert_false(shelf_find(shelf, &gone, STOCK_NOW_S, &answer));
    shelf_free(shelf);
}

/* ---- limits and marks ----------------------------------------------------------- */

static void more_than_a_client_can_take_is_a_500(void **state)
{
    enum { REVOKED = 1500 }; /* about 35 KB as DER, twice that as hex */
    static uint32_t serials[REVOKED];
    struct collateral_key key = key_pck_crl(PCK_CA_PLATFORM);
    struct stock large;

    (void)state;
    for (uint32_t i = 0; i < REVOKED; i++)
        serials[i] = 0x10000000 + i;
    stock_open(&large);
    struct buf crl = test_world_crl(large.world, TEST_PCK_PLATFORM,
                                    &(struct test_crl){ .this_update_s = STOCK_ISSUED_S,
                                                        .next_update_s = STOCK_DUE_S,
                                                        .revoked = serials,
                                                        .revoked_count = REVOKED });
    struct verified_collateral *item =
        test_world_verify(large.world, &key, buf_bytes(&crl), STOCK_NOW_S);
    stock_put(&large, item);
    struct shelf *shelf = shelf_at(&large, STOCK_NOW_S);

    assert_int_equal(must_find(shelf, V4 "pckcrl?ca=platform&encoding=der")->status, 200);
    const struct shelf_page *page = must_find(shelf, V4 "pckcrl?ca=platform");
    assert_int_equal(page->status, 500);
    assert_null(page->not_modified);
    assert_string_equal(header(page, "THIM-Error"), "too_large");
    assert_string_equal(header(page, "Cache-Control"), "max-age=1");
    assert_null(header(page, "SGX-PCK-CRL-Issuer-Chain"));
    assert_null(header(page, "ETag"));
    shelf_free(shelf);
    verified_release(item);
    buf_fini(&crl);
    stock_close(&large);
}

static void page_limit_is_exact(void **state)
{
    static const char filler[PAGE_BYTES_MAX] = { 0 };
    struct page_chain chain = { .value = "x", .pem_len = 1000 };
    struct arena arena;
    struct page_house house = { .arena = &arena, .request_id = "r", .max_age_s = 60 };

    (void)state;
    arena_init(&arena, 1024 * 1024);
    for (size_t over = 0; over <= 1; over++) {
        struct page_spec spec = { .content_type = "application/json",
                                  .chain_header = "Chain",
                                  .chain = &chain,
                                  .body = bytes_of(filler, PAGE_BYTES_MAX - 2
                                                               - chain.pem_len + over),
                                  .until_s = TEST_DAY_S };
        struct shelf_page *page = NULL;
        struct error err = { 0 };
        assert_ok(shelf_page_make(&house, &spec, &page, &err), err);
        assert_int_equal(page->status, over ? 500 : 200);
        shelf_page_drop(page);
    }
    arena_fini(&arena);
}

static void test_roots_are_worn_openly(void **state)
{
    struct shelf_options options = { .now_s = STOCK_NOW_S,
                                     .max_age_s = 3600,
                                     .wears_test_roots = true };
    OWNED(shelf_free) struct shelf *shelf = shelf_with(&stock, &options);

    (void)state;
    assert_non_null(header(must_find(shelf, V4 TCB), "THIM-Test"));
    assert_non_null(header(must_find(shelf, V4 "fmspcs"), "THIM-Test"));
}

/* The tag follows document and chain, and nothing else. */
static void entity_tags_stay_while_the_document_stays(void **state)
{
    OWNED(shelf_free) struct shelf *a = shelf_at(&stock, STOCK_NOW_S);
    OWNED(shelf_free) struct shelf *b = shelf_at(&stock, STOCK_NOW_S + 60);
    const struct shelf_page *page = must_find(a, V4 TCB);

    (void)state;
    assert_int_equal(strlen(page->etag), 34);
    assert_true(page->etag[0] == '"' && page->etag[33] == '"');
    assert_string_equal(page->etag, must_find(b, V4 TCB)->etag);
    assert_string_not_equal(page->etag, must_find(a, V4 TCB "&update=early")->etag);
    /* one Request-ID per shelf */
    assert_string_equal(header(page, "Request-ID"),
                        header(must_find(a, V4 "rootcacrl"), "Request-ID"));
    assert_string_not_equal(header(page, "Request-ID"),
                            header(must_find(b, V4 TCB), "Request-ID"));
    assert_int_equal(strlen(header(page, "Request-ID")), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_have_exactly_these_headers),
        cmocka_unit_test(bodies_are_the_bytes_as_signed),
        cmocka_unit_test(crls_come_in_three_forms_of_one_der),
        cmocka_unit_test(chains_are_leaf_to_root_and_both_names_say_the_same),
        cmocka_unit_test(standard_and_its_number_are_one_reply),
        cmocka_unit_test(what_is_not_held_is_not_found),
        cmocka_unit_test(lists_of_fmspcs_are_filtered),
        cmocka_unit_test(max_age_shrinks_as_next_update_nears),
        cmocka_unit_test(only_what_is_in_date_is_served),
        cmocka_unit_test(ready_is_one_valid_set),
        cmocka_unit_test(an_empty_store_has_an_empty_shelf),
        cmocka_unit_test(imported_version_2_comes_first_on_older_paths),
        cmocka_unit_test(more_than_a_client_can_take_is_a_500),
        cmocka_unit_test(page_limit_is_exact),
        cmocka_unit_test(test_roots_are_worn_openly),
        cmocka_unit_test(entity_tags_stay_while_the_document_stays),
    };

    return cmocka_run_group_tests(tests, open_stock, close_stock);
}
