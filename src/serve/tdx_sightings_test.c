/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/tdx_sightings.h"

#include <stdlib.h>

#include "serve/test_platforms.h"
#include "store/host_reader.h"
#include "store/platform_reader.h"

#define KNOWN "0f0fbe6733336eaf7a4e3d8b966a82e6"

struct place { /* a store with one platform, and its writer */
    struct stock stock;
    struct store_writer *writer;
    struct tdx_sightings *sightings;
};

static void place_open(struct place *place)
{
    struct error err = { 0 };

    stock_open(&place->stock);
    stock_add_platform(&place->stock,
                       &(struct stock_platform){ .qe_id = KNOWN, .svns = { 9 } });
    assert_ok(store_writer_start(place->stock.store, &place->writer, &err), err);
    place->stock.store = NULL; /* the writer's now */
    assert_ok(tdx_sightings_create(place->writer, &place->sightings, &err), err);
}

static void place_close(struct place *place)
{
    store_writer_stop(place->writer);
    tdx_sightings_destroy(place->sightings);
    stock_close(&place->stock);
}

static void do_nothing(void *context, struct store *store)
{
    (void)context, (void)store;
}

/* The first of the SVNs that are kept; 0: none. */
static unsigned kept(struct place *place)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct platform_name name = stock_name(KNOWN);
    struct platform platform;
    struct arena arena;
    struct error err = { 0 };

    assert_ok(store_writer_call(place->writer, do_nothing, NULL, &err), err);
    assert_ok(platform_reader_open(place->stock.directory, &reader, &err), err);
    arena_init(&arena, 1 << 20);
    assert_ok(platform_find(reader, &name, &arena, &platform, &err), err);
    unsigned first = platform.has_tdx ? platform.tee_tcb_svn[0] : 0;
    arena_fini(&arena);
    return first;
}

/* Of the known platform, as far as a verdict matters here. */
static struct verdict verdict_of(const uint8_t qe_id[16], const uint8_t launch[16],
                                 const uint8_t current[16], enum td_report_form form)
{
    struct test_pck pck = test_pck_plain(PCK_CA_PROCESSOR, NULL);
    struct verdict verdict = { .valid = true,
                               .evidence = EVIDENCE_TDX,
                               .now_s = STOCK_NOW_S };

    verdict.intel.pck = pck.sgx;
    verdict.intel.quote.qe_id = bytes_of(qe_id, 16);
    verdict.intel.quote.td.form = form;
    verdict.intel.quote.td.tee_tcb_svn = bytes_of(launch, 16);
    verdict.intel.quote.td.tee_tcb_svn2 = bytes_of(current, 16);
    return verdict;
}

static void only_valid_quotes_of_tdx_are_believed(void **state)
{
    static const uint8_t launch[16] = { 5 }, current[16] = { 6 }, other[16] = { 9 };
    uint8_t qe_id[16];
    struct place place;
    struct verdict verdict;

    (void)state;
    place_open(&place);
    assert_true(hex_read(bytes_of_text(KNOWN), qe_id, sizeof qe_id));
    verdict = verdict_of(qe_id, launch, current, TD_REPORT_10);
    verdict.valid = false;
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 0);
    verdict.valid = true;
    verdict.evidence = EVIDENCE_SGX;
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 0);
    verdict = verdict_of(other, launch, current, TD_REPORT_10);
    tdx_sightings_note(place.sightings, &verdict); /* nobody's: no harm is done */
    assert_int_equal(kept(&place), 0);
    verdict = verdict_of(qe_id, launch, current, TD_REPORT_10);
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 5);
    verdict = verdict_of(qe_id, launch, current, TD_REPORT_15); /* says what runs now */
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 6);
    place_close(&place);
}

/* As the operator says. */
static void keep_low(void *context, struct store *store)
{
    static const uint8_t low[16] = { 5 };
    struct platform_name name = stock_name(KNOWN);
    struct error err = { 0 };

    (void)context;
    if (!store_keep_tdx_svn(store, &name, low, STOCK_NOW_S, &err))
        abort(); /* the store's thread, where cmocka must not fail */
}

static void what_was_told_is_told_again_after_an_hour(void **state)
{
    static const uint8_t high[16] = { 6 };
    uint8_t qe_id[16];
    struct place place;
    struct error err = { 0 };

    (void)state;
    place_open(&place);
    assert_true(hex_read(bytes_of_text(KNOWN), qe_id, sizeof qe_id));
    struct verdict verdict = verdict_of(qe_id, high, high, TD_REPORT_10);
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 6);
    assert_ok(store_writer_call(place.writer, keep_low, NULL, &err), err);
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 5); /* nobody was told */
    verdict.now_s += TDX_TOLD_EVERY_S;
    tdx_sightings_note(place.sightings, &verdict);
    assert_int_equal(kept(&place), 6);
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_valid_quotes_of_tdx_are_believed),
        cmocka_unit_test(what_was_told_is_told_again_after_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
