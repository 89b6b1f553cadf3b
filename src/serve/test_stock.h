/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: a store of its own with collateral of a test world in it, put in by
 * the ways that production uses, so that what the tests serve was verified. */
#ifndef THIM_SERVE_TEST_STOCK_H
#define THIM_SERVE_TEST_STOCK_H

#include "kit/test.h"
#include "kit/text.h"
#include "store/store.h"
#include "verify/test_pki.h"

#define STOCK_NOW_S INT64_C(1750377600) /* 2025-06-20T00:00:00Z */
#define STOCK_ISSUED_S (STOCK_NOW_S - 10 * TEST_DAY_S)
#define STOCK_DUE_S (STOCK_NOW_S + 20 * TEST_DAY_S)

static const uint8_t stock_fmspc[6] = { 0x00, 0x90, 0x6e, 0xa1, 0x00, 0x00 };

struct stock {
    struct test_world *world;
    char *directory;
    struct store *store;
    struct holdings *holdings; /* the present generation */
};

static inline void stock_open(struct stock *stock)
{
    struct error err = { 0 };
    struct trust trust;
    struct judgement judgement;
    struct store_recovery report;

    *stock =
        (struct stock){ .world = test_world_make(NULL), .directory = test_directory() };
    struct store_options options = { .directory = stock->directory, .marked = true };
    trust = test_world_trust(stock->world);
    judgement = test_world_judgement(stock->world, &trust, STOCK_NOW_S);
    assert_ok(store_open(&options, &stock->store, &err), err);
    assert_ok(store_recover(stock->store, &judgement, &stock->holdings, &report, &err),
              err);
}

static inline void stock_close(struct stock *stock)
{
    holdings_release(stock->holdings);
    store_close(stock->store);
    test_remove(stock->directory);
    test_world_free(stock->world);
}

static inline void stock_publish(struct stock *stock, const struct store_change *change)
{
    enum store_outcome outcomes[8];
    struct holdings *next = NULL;
    struct error err = { 0 };

    assert_true(change->entry_count <= COUNT_OF(outcomes));
    assert_ok(store_publish(stock->store, stock->holdings, change, outcomes, &next, &err),
              err);
    holdings_release(stock->holdings);
    stock->holdings = next;
}

/* The item goes into the next generation; the caller keeps its reference. */
static inline void stock_put(struct stock *stock, struct verified_collateral *item)
{
    struct store_entry entry = { .item = item,
                                 .source = "upstream",
                                 .fetched_s = STOCK_NOW_S };

    stock_publish(stock, &(struct store_change){ .entries = &entry, .entry_count = 1 });
}

static inline void stock_add_dated(struct stock *stock, struct collateral_key key,
                                   int64_t issue_date_s, int64_t next_update_s)
{
    struct verified_collateral *item =
        test_world_item(stock->world, &key, issue_date_s, next_update_s);

    stock_put(stock, item);
    verified_release(item);
}

static inline void stock_add(struct stock *stock, struct collateral_key key)
{
    stock_add_dated(stock, key, STOCK_ISSUED_S, STOCK_DUE_S);
}

static inline void stock_designate(struct stock *stock, struct collateral_key key,
                                   enum update update)
{
    struct designation designation = { .subject = collateral_subject(&key),
                                       .update = update,
                                       .evaluation_data_number =
                                           key.evaluation_data_number,
                                       .listed = true };

    stock_publish(stock, &(struct store_change){ .designations = &designation,
                                                 .designation_count = 1 });
}

/* Numbers 17 (standard) and 18 (early) of what has numbers. */
static inline void stock_add_both(struct stock *stock, struct collateral_key key)
{
    key.evaluation_data_number = 17;
    stock_add(stock, key);
    stock_designate(stock, key, UPDATE_STANDARD);
    key.evaluation_data_number = 18;
    stock_add(stock, key);
    stock_designate(stock, key, UPDATE_EARLY);
}

static inline void stock_add_hint(struct stock *stock, const char *text)
{
    struct hint hint = { .source = "upstream",
                         .fetched_s = STOCK_NOW_S,
                         .text = bytes_of_text(text) };

    stock_publish(stock, &(struct store_change){ .hints = &hint, .hint_count = 1 });
}

/* The root CRL, both PCK CRLs, all identities, the lists, and TCB infos of one FMSPC. */
static inline void stock_fill(struct stock *stock)
{
    struct verified_collateral *root_crl = test_world_root_crl(stock->world);

    stock_put(stock, root_crl);
    stock_add(stock, key_pck_crl(PCK_CA_PROCESSOR));
    stock_add(stock, key_pck_crl(PCK_CA_PLATFORM));
    stock_add_both(stock, key_tcb_info(TEE_SGX, 3, stock_fmspc, 0));
    stock_add_both(stock, key_tcb_info(TEE_TDX, 3, stock_fmspc, 0));
    for (enum enclave_id id = ENCLAVE_QE; id <= ENCLAVE_QAE; id++)
        stock_add_both(stock, key_identity(id, 0));
    stock_add(stock, key_evaluation_numbers(TEE_SGX));
    stock_add(stock, key_evaluation_numbers(TEE_TDX));
    stock_add_hint(stock, "[{\"fmspc\":\"00906EA10000\",\"platform\":\"client\"},"
                          "{\"fmspc\":\"30606A000000\",\"platform\":\"E5\"}]");
}

#endif
