/* SPDX-License-Identifier: Apache-2.0 */
/* A PCS of a test's own on a loopback port. It signs with a world of its own
 * (verify/test_pki.h) and dates what it gives by the test's clock; what it says of
 * platforms is the test's to set. For *_test.c of this room only; everything fails the
 * test where it cannot. */
#ifndef THIM_UPSTREAM_TEST_PCS_H
#define THIM_UPSTREAM_TEST_PCS_H

#include "format/http_head.h"
#include "format/pck_list.h"
#include "net/test_peer.h"
#include "verify/test_pck.h"

enum { TEST_PCS_PCKS_MAX = 4, TEST_PCS_ROOM = 1 << 20 };

struct test_pcs_script { /* what it says */
    unsigned status;     /* to what is asked of platforms; 0: well */
    const char *error_code, *retry_after;
    struct test_pck pcks[TEST_PCS_PCKS_MAX];
    size_t pck_count;
    uint32_t highest_number; /* in SGX's list */
    bool lacks_pck_crls;
};

struct test_pcs {
    struct test_world *world, *impostors; /* whose world signs certificates; NULL: none */
    struct witness witness;
    const struct clock *clock;
    char url[64];
    atomic_uint lists, singles, tcb_infos, relays, all; /* how often it was asked */
    atomic_uint keys;                                   /* how often a key came along */
    pthread_mutex_t lock;                               /* guards what follows */
    struct test_pcs_script script;
    char last_body[256], last_key[64];
};

static inline struct test_pcs_script test_pcs_script(struct test_pcs *pcs)
{
    pthread_mutex_lock(&pcs->lock);
    struct test_pcs_script script = pcs->script;
    pthread_mutex_unlock(&pcs->lock);
    return script;
}

static inline void test_pcs_set(struct test_pcs *pcs,
                                const struct test_pcs_script *script)
{
    pthread_mutex_lock(&pcs->lock);
    pcs->script = *script;
    pthread_mutex_unlock(&pcs->lock);
}

/* From now on it answers so; 0 is well again. */
static inline void test_pcs_set_status(struct test_pcs *pcs, unsigned status,
                                       const char *error_code, const char *retry_after)
{
    struct test_pcs_script script = test_pcs_script(pcs);

    script.status = status;
    script.error_code = error_code;
    script.retry_after = retry_after;
    test_pcs_set(pcs, &script);
}

static inline bool test_pcs_asks(struct bytes target, const char *part)
{
    return bytes_find(target, bytes_of_text(part)) < target.len;
}

static inline void test_pcs_reply(struct http_request *request, unsigned status,
                                  const struct http_header *headers, size_t count,
                                  struct bytes body)
{
    struct http_reply *reply = NULL;
    struct error err = { 0 };

    assert_ok(http_reply_create(status, headers, count, body, &reply, &err), err);
    http_request_answer(request, reply);
    http_reply_release(reply);
}

static inline void test_pcs_reply_chain(struct http_request *request, const char *name,
                                        const struct der_chain *chain, struct bytes body)
{
    struct buf value;

    buf_init(&value, TEST_PCS_ROOM);
    http_chain_write(&value, chain);
    struct http_header header = { name, buf_text(&value) };
    test_pcs_reply(request, 200, &header, 1, body);
    buf_fini(&value);
}

static inline void test_pcs_give_collateral(struct test_pcs *pcs,
                                            struct http_request *request,
                                            struct collateral_key key, const char *name)
{
    int64_t now_s = clock_wall_s(pcs->clock);
    int64_t from_s = now_s - 3600, until_s = now_s + 30 * TEST_DAY_S;
    struct test_crl crl = { .this_update_s = from_s,
                            .next_update_s = until_s,
                            .number = (uint32_t)((now_s - TEST_WORLD_FROM_S) / 60) };
    struct der_chain chain = test_world_chain_for(pcs->world, &key);
    struct buf body;

    if (key.kind == COLLATERAL_ROOT_CRL)
        body = test_world_crl(pcs->world, TEST_ROOT, &crl);
    else if (key.kind == COLLATERAL_PCK_CRL)
        body = test_world_crl(
            pcs->world,
            key.ca == PCK_CA_PLATFORM ? TEST_PCK_PLATFORM : TEST_PCK_PROCESSOR, &crl);
    else if (key.kind == COLLATERAL_EVALUATION_NUMBERS) {
        const uint32_t numbers[] = { test_pcs_script(pcs).highest_number, 17, 16 };
        body = test_world_number_list(pcs->world, key.tee, numbers, COUNT_OF(numbers),
                                      from_s, until_s);
    } else {
        body = test_world_body(pcs->world, &key, from_s, until_s);
    }
    test_pcs_reply_chain(request, name, &chain, buf_bytes(&body));
    buf_fini(&body);
}

static inline void test_pcs_refuse(const struct test_pcs_script *script,
                                   struct http_request *request)
{
    struct http_header headers[2];
    size_t count = 0;

    if (script->error_code != NULL)
        headers[count++] = (struct http_header){ "Error-Code", script->error_code };
    if (script->retry_after != NULL)
        headers[count++] = (struct http_header){ "Retry-After", script->retry_after };
    test_pcs_reply(request, script->status, headers, count, (struct bytes){ 0 });
}

static inline void test_pcs_give_platform(struct test_pcs *pcs,
                                          struct http_request *request, bool is_list)
{
    struct test_pcs_script script = test_pcs_script(pcs);
    const struct test_world *world = pcs->impostors == NULL ? pcs->world : pcs->impostors;
    struct pck_entry entries[TEST_PCS_PCKS_MAX + 1] = { 0 };
    struct pck_list list = { .entries = entries, .count = script.pck_count + 1 };
    struct buf ders[TEST_PCS_PCKS_MAX], body;
    struct der_chain chain =
        pck_issuer_facts(test_world_pck_issuer(world, script.pcks[0].ca))->chain;

    if (script.status != 0) {
        test_pcs_refuse(&script, request);
        return;
    }
    buf_init(&body, TEST_PCS_ROOM);
    for (size_t i = 0; i < script.pck_count; i++) {
        ders[i] = test_pck_der(world, &script.pcks[i]);
        entries[i].kind = PCK_ENTRY_CERTIFICATE;
        entries[i].der = buf_bytes(&ders[i]);
        memcpy(entries[i].tcbm, script.pcks[i].sgx.cpusvn, 16);
        entries[i].tcbm[16] = (uint8_t)script.pcks[i].sgx.pcesvn;
    }
    entries[script.pck_count].kind = PCK_ENTRY_GAP;
    if (is_list)
        pck_list_write(&body, &list);
    else
        pem_write(&body, "CERTIFICATE", entries[0].der);
    test_pcs_reply_chain(request, "SGX-PCK-Certificate-Issuer-Chain", &chain,
                         buf_bytes(&body));
    for (size_t i = 0; i < script.pck_count; i++)
        buf_fini(&ders[i]);
    buf_fini(&body);
}

static inline void test_pcs_note_body(struct test_pcs *pcs, struct http_request *request)
{
    struct bytes body = http_request_body(request);

    pthread_mutex_lock(&pcs->lock);
    snprintf(pcs->last_body, sizeof pcs->last_body, "%.*s",
             body.len < 255 ? (int)body.len : 255, (const char *)body.at);
    pthread_mutex_unlock(&pcs->lock);
}

static inline void test_pcs_relay(struct test_pcs *pcs, struct http_request *request)
{
    static const struct http_header headers[] = {
        { "Error-Code", "InvalidPlatformManifest" },
        { "Error-Message", "no such thing" },
    };
    unsigned status = test_pcs_script(pcs).status;

    atomic_fetch_add(&pcs->relays, 1);
    test_pcs_note_body(pcs, request);
    test_pcs_reply(request, status == 0 ? 201 : status, headers,
                   status == 0 ? 0 : COUNT_OF(headers),
                   bytes_of_text("0123456789abcdef"));
}

static inline void test_pcs_note_key(struct test_pcs *pcs, struct http_request *request)
{
    const char *key = http_request_header(request, "Ocp-Apim-Subscription-Key");

    if (key == NULL)
        return;
    atomic_fetch_add(&pcs->keys, 1);
    pthread_mutex_lock(&pcs->lock);
    snprintf(pcs->last_key, sizeof pcs->last_key, "%s", key);
    pthread_mutex_unlock(&pcs->lock);
}

static inline void test_pcs_answer(struct witness *witness, struct http_request *request)
{
    struct test_pcs *pcs = witness->context;
    struct bytes target = http_request_target(request);

    atomic_fetch_add(&pcs->all, 1);
    test_pcs_note_key(pcs, request);
    if (test_pcs_asks(target, "/registration/")) {
        test_pcs_relay(pcs, request);
    } else if (test_pcs_asks(target, "/pckcerts")) {
        test_pcs_note_body(pcs, request);
        atomic_fetch_add(&pcs->lists, 1);
        test_pcs_give_platform(pcs, request, true);
    } else if (test_pcs_asks(target, "/pckcert?")) {
        atomic_fetch_add(&pcs->singles, 1);
        test_pcs_give_platform(pcs, request, false);
    } else if (test_pcs_asks(target, "RootCA") || test_pcs_asks(target, "rootcacrl")) {
        test_pcs_give_collateral(pcs, request, key_root_crl(), "Unused");
    } else if (test_pcs_asks(target, "/pckcrl") && test_pcs_script(pcs).lacks_pck_crls) {
        test_pcs_reply(request, 500, NULL, 0, (struct bytes){ 0 });
    } else if (test_pcs_asks(target, "/pckcrl?ca=platform")) {
        test_pcs_give_collateral(pcs, request, key_pck_crl(PCK_CA_PLATFORM),
                                 "SGX-PCK-CRL-Issuer-Chain");
    } else if (test_pcs_asks(target, "/pckcrl?ca=processor")) {
        test_pcs_give_collateral(pcs, request, key_pck_crl(PCK_CA_PROCESSOR),
                                 "SGX-PCK-CRL-Issuer-Chain");
    } else if (test_pcs_asks(target, "/sgx/certification/v4/tcbevaluation")) {
        test_pcs_give_collateral(pcs, request, key_evaluation_numbers(TEE_SGX),
                                 "TCB-Evaluation-Data-Numbers-Issuer-Chain");
    } else if (test_pcs_asks(target, "/sgx/certification/v4/tcb?")) {
        atomic_fetch_add(&pcs->tcb_infos, 1);
        test_pcs_give_collateral(
            pcs, request, key_tcb_info(TEE_SGX, 3, pcs->script.pcks[0].sgx.fmspc, 0),
            "TCB-Info-Issuer-Chain");
    } else {
        test_pcs_reply(request, 404, NULL, 0, (struct bytes){ 0 });
    }
}

static inline struct test_pck test_pcs_pck(uint8_t svn)
{
    struct raw_tcb tcb = { .cpusvn = { svn }, .pcesvn = 13 };

    return test_pck_plain(PCK_CA_PLATFORM, &tcb);
}

/* Of every platform it has the certificates for 7 and 5, and a gap. */
static inline void test_pcs_start(struct test_pcs *pcs, const struct clock *clock)
{
    /* one thread: so many can use a world */
    const struct http_server_options server = { .address = "127.0.0.1", .threads = 1 };

    *pcs = (struct test_pcs){ .world = test_world_make(NULL),
                              .clock = clock,
                              .script = { .pck_count = 2, .highest_number = 18 } };
    pthread_mutex_init(&pcs->lock, NULL);
    pcs->script.pcks[0] = test_pcs_pck(7);
    pcs->script.pcks[1] = test_pcs_pck(5);
    pcs->witness = (struct witness){ .body_limit = 256 * 1024,
                                     .instead = test_pcs_answer,
                                     .context = pcs };
    witness_start(&pcs->witness, &server);
    snprintf(pcs->url, sizeof pcs->url, "http://127.0.0.1:%u",
             (unsigned)http_server_port(pcs->witness.server));
}

static inline void test_pcs_stop(struct test_pcs *pcs)
{
    witness_stop(&pcs->witness);
    test_world_free(TAKE(pcs->impostors));
    test_world_free(TAKE(pcs->world));
    pthread_mutex_destroy(&pcs->lock);
}

#endif
