/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/hosts.h"

#include <stdio.h>

#include "serve/host.h"
#include "serve/test_denials.h"
#include "serve/test_platforms.h"
#include "serve/test_view.h"
#include "store/platform_reader.h"

#define QE_ID "00fbe6733336eaf7a4e3d8b966a82e64"

struct lodge {
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct denials *denials;
    struct hosts *hosts;
    int doubted;
    size_t told; /* sightings */
    struct platform_sighting last;
};

static void on_doubt(void *lodge_, int64_t platform)
{
    struct lodge *lodge = lodge_;

    assert_true(platform > 0);
    lodge->doubted++;
}

static void on_sight(void *lodge_, const struct platform_sighting *sightings,
                     size_t count)
{
    struct lodge *lodge = lodge_;

    lodge->told += count;
    lodge->last = sightings[count - 1];
}

static void lodge_publish(struct lodge *lodge)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view =
        test_view_of(lodge->stock.holdings, clock_wall_s(lodge->clock));

    hosts_publish(lodge->hosts, view);
}

static void lodge_open(struct lodge *lodge)
{
    struct error err = { 0 };

    *lodge = (struct lodge){ .clock = clock_standing_at(STOCK_NOW_S) };
    config_defaults(&lodge->config);
    stock_open(&lodge->stock);
    stock_fill(&lodge->stock);
    lodge->config.state_directory = lodge->stock.directory;
    lodge->config.trust.roots = test_world_trust(lodge->stock.world);
    lodge->denials = denials_in(lodge->stock.directory);
    struct hosts_options options = { .config = &lodge->config,
                                     .clock = lodge->clock,
                                     .denials = lodge->denials,
                                     .context = lodge,
                                     .doubted = on_doubt,
                                     .seen = on_sight };
    assert_ok(hosts_create(&options, &lodge->hosts, &err), err);
    lodge_publish(lodge);
}

static void lodge_close(struct lodge *lodge)
{
    hosts_destroy(lodge->hosts);
    denials_destroy(lodge->denials);
    stock_close(&lodge->stock);
    config_fini(&lodge->config);
    clock_close(lodge->clock);
}

static struct pck_question question_of(const char *qe_id, struct raw_tcb raw)
{
    return (
        struct pck_question){ .has_name = true, .name = stock_name(qe_id), .raw = raw };
}

/* The verdict; the reply, where one is given, is released. *why may be NULL. */
static enum hosts_verdict ask(struct lodge *lodge, const struct pck_question *question,
                              struct http_reply **reply, struct hosts_answer *whole)
{
    static const struct hosts_asker plain = { .azure_shape = false };
    struct hosts_answer answer;

    hosts_ask(lodge->hosts, question, &plain, &answer);
    assert_true((answer.reply != NULL) == (answer.verdict == HOSTS_GIVEN));
    if (reply != NULL)
        *reply = answer.reply;
    http_reply_release(answer.reply);
    answer.reply = NULL;
    if (whole != NULL)
        *whole = answer;
    return answer.verdict;
}

static enum hosts_verdict ask_at(struct lodge *lodge, unsigned svn)
{
    struct pck_question question = question_of(QE_ID, tcb_at(svn));

    return ask(lodge, &question, NULL, NULL);
}

static struct http_reply *reply_at(struct lodge *lodge, unsigned svn)
{
    struct pck_question question = question_of(QE_ID, tcb_at(svn));
    struct http_reply *reply;

    assert_int_equal(ask(lodge, &question, &reply, NULL), HOSTS_GIVEN);
    return reply;
}

static void each_state_of_a_platform_has_its_verdict(void **state)
{
    static const struct {
        const char *claim;
        struct stock_platform platform;
        unsigned svn;
        enum hosts_verdict verdict;
        const char *why;
    } cases[] = {
        { "at its newest TCB", { .svns = { 9, 7, 5 } }, 9, HOSTS_GIVEN, "" },
        { "above it", { .svns = { 9, 7, 5 } }, 12, HOSTS_GIVEN, "" },
        { "between two", { .svns = { 9, 5 } }, 7, HOSTS_GIVEN, "" },
        { "below all", { .svns = { 9, 7, 5 } }, 4, HOSTS_NO_FIT, "higher TCB" },
        { "none for what it reaches",
          { .svns = { 9 }, .gaps = { 7, 5 } },
          8,
          HOSTS_GAP,
          "Intel has no certificate" },
        { "a gap above a certificate",
          { .svns = { 5 }, .gaps = { 7 } },
          8,
          HOSTS_GIVEN,
          "" },
        { "not fetched yet", { .waits = true }, 9, HOSTS_WAITING, "not here yet" },
        { "the one that fits has run out",
          { .svns = { 9 }, .not_after_s = STOCK_NOW_S - 1 },
          9,
          HOSTS_UNSOUND,
          "in date" },
        { "the best has run out, the next does",
          { .svns = { 9, 7 }, .not_after_s = STOCK_NOW_S - 1 },
          9,
          HOSTS_GIVEN,
          "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stock_platform platform = cases[i].platform;
        struct pck_question question = question_of(QE_ID, tcb_at(cases[i].svn));
        struct hosts_answer answer;
        struct lodge lodge;
        lodge_open(&lodge);
        assert_int_equal(ask_at(&lodge, 9), HOSTS_UNKNOWN);
        platform.qe_id = QE_ID;
        stock_add_platform(&lodge.stock, &platform);
        if (ask(&lodge, &question, NULL, &answer) != cases[i].verdict
            || strstr(answer.why.text, cases[i].why) == NULL)
            fail_msg("%s: verdict %d \"%s\"", cases[i].claim, (int)answer.verdict,
                     answer.why.text);
        lodge_close(&lodge);
    }
}

static void without_tcb_info_nothing_is_chosen(void **state)
{
    struct pck_question question = question_of(QE_ID, tcb_at(9));
    struct hosts_answer answer;
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9 } });
    struct collateral_key keys[] = { key_tcb_info(TEE_SGX, 3, stock_fmspc, 17),
                                     key_tcb_info(TEE_SGX, 3, stock_fmspc, 18) };
    stock_publish(&lodge.stock,
                  &(struct store_change){ .dropped = &keys[0], .dropped_count = 1 });
    lodge_publish(&lodge);
    assert_int_equal(ask_at(&lodge, 9), HOSTS_GIVEN); /* by the highest that is held */
    stock_publish(&lodge.stock,
                  &(struct store_change){ .dropped = &keys[1], .dropped_count = 1 });
    lodge_publish(&lodge);
    assert_int_equal(ask(&lodge, &question, NULL, &answer), HOSTS_NO_TCB_INFO);
    assert_memory_equal(answer.fmspc, stock_fmspc, 6);
    lodge_close(&lodge);
}

static void equal_requests_get_one_reply_and_invented_tcbs_no_memory(void **state)
{
    struct hosts_counts before, after;
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9, 7, 5 } });
    struct http_reply *first = reply_at(&lodge, 9);
    assert_ptr_equal(reply_at(&lodge, 9), first);
    hosts_counts(lodge.hosts, &before);
    for (unsigned i = 0; i < 10000; i++) {
        struct pck_question question = question_of(QE_ID, tcb_at(9));
        struct http_reply *reply;
        question.raw.cpusvn[14] = (uint8_t)(i >> 8);
        question.raw.cpusvn[15] = (uint8_t)i;
        assert_int_equal(ask(&lodge, &question, &reply, NULL), HOSTS_GIVEN);
        assert_ptr_equal(reply, first);
    }
    hosts_counts(lodge.hosts, &after);
    assert_int_equal(after.bytes, before.bytes);
    assert_int_equal(after.platforms, 1);
    assert_int_equal(after.loads, 1);
    lodge_close(&lodge);
}

/* A CRL that names the certificate, published as production does. */
static void revoke(struct lodge *lodge, uint32_t serial)
{
    struct collateral_key key = key_pck_crl(PCK_CA_PROCESSOR);
    struct test_crl crl = { .this_update_s = STOCK_NOW_S,
                            .next_update_s = STOCK_DUE_S,
                            .number = 2,
                            .revoked = &serial,
                            .revoked_count = 1 };
    struct buf body = test_world_crl(lodge->stock.world, TEST_PCK_PROCESSOR, &crl);
    struct verified_collateral *item =
        test_world_verify(lodge->stock.world, &key, buf_bytes(&body), STOCK_NOW_S);

    stock_put(&lodge->stock, item);
    verified_release(item);
    buf_fini(&body);
    lodge_publish(lodge);
}

static void a_crl_speaks_from_the_moment_it_is_published(void **state)
{
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9, 7 } });
    assert_int_equal(ask_at(&lodge, 9), HOSTS_GIVEN);
    revoke(&lodge, 105);
    assert_int_equal(ask_at(&lodge, 9), HOSTS_REVOKED);
    assert_int_equal(ask_at(&lodge, 7), HOSTS_GIVEN); /* 106 is not on it */
    lodge_close(&lodge);
}

static void changed_rows_are_read_again_once_they_are_said_to_have_changed(void **state)
{
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 5 } });
    assert_int_equal(ask_at(&lodge, 9), HOSTS_GIVEN);
    assert_int_equal(ask_at(&lodge, 4), HOSTS_NO_FIT);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 5, 4 } });
    assert_int_equal(ask_at(&lodge, 4), HOSTS_NO_FIT);
    struct platform_name name = stock_name(QE_ID);
    hosts_forget(lodge.hosts, &name);
    assert_int_equal(ask_at(&lodge, 4), HOSTS_GIVEN);
    lodge_close(&lodge);
}

static void sightings_are_told_once_a_minute_for_each_raw_tcb(void **state)
{
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9, 7, 5 } });
    hosts_tick(lodge.hosts);
    assert_int_equal(lodge.told, 0);
    for (int i = 0; i < 5; i++) {
        ask_at(&lodge, 9);
        ask_at(&lodge, 7);
    }
    hosts_tick(lodge.hosts);
    assert_int_equal(lodge.told, 2);
    assert_int_equal(lodge.last.seen_s, STOCK_NOW_S);
    assert_int_equal(lodge.last.raw.pcesvn, 11);
    assert_true(clock_step_to(lodge.clock, STOCK_NOW_S + HOST_SEEN_EVERY_S - 1));
    ask_at(&lodge, 9);
    hosts_tick(lodge.hosts);
    assert_int_equal(lodge.told, 2);
    assert_true(clock_step_to(lodge.clock, STOCK_NOW_S + HOST_SEEN_EVERY_S));
    ask_at(&lodge, 9);
    hosts_tick(lodge.hosts);
    assert_int_equal(lodge.told, 3);
    lodge_close(&lodge);
}

static void a_platform_above_its_list_is_doubted_once_the_list_is_a_day_old(void **state)
{
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 7, 5 } });
    ask_at(&lodge, 7);
    ask_at(&lodge, 9);
    assert_int_equal(lodge.doubted, 0);
    assert_true(clock_step_to(lodge.clock, STOCK_NOW_S + HOST_IMPROVES_S));
    ask_at(&lodge, 7);
    assert_int_equal(lodge.doubted, 0);
    ask_at(&lodge, 9);
    ask_at(&lodge, 9);
    assert_int_equal(lodge.doubted, 1);
    assert_true(clock_step_to(lodge.clock, STOCK_NOW_S + HOST_IMPROVES_S + 3600));
    ask_at(&lodge, 9);
    assert_int_equal(lodge.doubted, 2);
    lodge_close(&lodge);
}

static void memory_is_bounded_and_the_one_asked_for_longest_ago_gives_way(void **state)
{
    enum { PLATFORMS = 300 };
    struct hosts_counts counts;
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    hosts_destroy(lodge.hosts);
    lodge.config.limits.platform_cache_mib = 2;
    struct error err = { 0 };
    struct hosts_options options = { .config = &lodge.config, .clock = lodge.clock };
    assert_ok(hosts_create(&options, &lodge.hosts, &err), err);
    lodge_publish(&lodge);
    for (unsigned i = 0; i < PLATFORMS; i++) {
        char qe_id[33];
        snprintf(qe_id, sizeof qe_id, "%032x", i);
        stock_add_platform(&lodge.stock,
                           &(struct stock_platform){ .qe_id = qe_id, .svns = { 9 } });
        struct pck_question question = question_of(qe_id, tcb_at(9));
        assert_int_equal(ask(&lodge, &question, NULL, NULL), HOSTS_GIVEN);
    }
    hosts_counts(lodge.hosts, &counts);
    assert_true(counts.evicted > 0 && counts.platforms < PLATFORMS);
    assert_int_equal(counts.platforms + counts.evicted, PLATFORMS);
    assert_true(counts.bytes <= (2 << 20));
    lodge_close(&lodge);
}

static void one_without_a_name_is_found_by_what_it_is_asked_for_with(void **state)
{
    struct pck_question question = { .has_encrypted_ppid = true, .raw = tcb_at(9) };
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    memset(question.encrypted_ppid, 7, sizeof question.encrypted_ppid);
    assert_int_equal(ask(&lodge, &question, NULL, NULL), HOSTS_UNKNOWN);
    struct stock_platform platform = {
        .svns = { 9 },
        .encrypted_ppid = bytes_of(question.encrypted_ppid, ENCRYPTED_PPID_LEN),
    };
    stock_add_platform(&lodge.stock, &platform);
    assert_int_equal(ask(&lodge, &question, NULL, NULL), HOSTS_GIVEN);
    question.encrypted_ppid[0]++;
    assert_int_equal(ask(&lodge, &question, NULL, NULL), HOSTS_UNKNOWN);
    lodge_close(&lodge);
}

/* ---- denying ------------------------------------------------------------------------
 */

/* What the one certificate of the platform at level 9 is named by in a deny list. */
static struct hex_text name_in_list(struct lodge *lodge, enum deny_kind kind)
{
    struct pck_question question = question_of(QE_ID, tcb_at(9));
    struct platform_reader *reader;
    struct platform platform;
    struct key_name key;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, 1 << 20);
    assert_ok(platform_reader_open(lodge->stock.directory, &reader, &err), err);
    assert_ok(platform_find(reader, &question.name, &arena, &platform, &err), err);
    assert_ok(key_name_read(platform.pcks[0].der, &key, &err), err);
    struct hex_text name = hex(key.digest, sizeof key.digest);
    if (kind == DENY_QE_ID)
        snprintf(name.s, sizeof name.s, "%s", QE_ID);
    else if (kind == DENY_FMSPC)
        name = hex(platform.fmspc, sizeof platform.fmspc);
    else if (kind == DENY_PPID_DIGEST)
        name = hex(platform.ppid_digest, SHA256_LEN);
    platform_reader_close(reader);
    arena_fini(&arena);
    return name;
}

static void who_is_denied_is_given_nothing_from_that_moment_on(void **state)
{
    static const enum deny_kind kinds[] = { DENY_QE_ID, DENY_PPID_DIGEST, DENY_FMSPC,
                                            DENY_KEY_DIGEST };
    struct pck_question question = question_of(QE_ID, tcb_at(9));
    struct hosts_answer answer;
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9 } });
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct hex_text name = name_in_list(&lodge, kinds[i]);
        assert_int_equal(ask_at(&lodge, 9), HOSTS_GIVEN);
        deny(lodge.denials, kinds[i], name.s);
        assert_int_equal(ask(&lodge, &question, NULL, &answer), HOSTS_DENIED);
        assert_refused(answer.why, ERROR_DENIED, "stolen");
        undeny(lodge.denials, kinds[i], name.s);
    }
    assert_int_equal(ask_at(&lodge, 9), HOSTS_GIVEN);
    lodge_close(&lodge);
}

/* The stock's levels all have the one advisory. */
static void an_advisory_denies_whoever_it_applies_to(void **state)
{
    struct pck_question behind = question_of(QE_ID, tcb_at(5));
    struct hosts_answer answer;
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9, 5 } });
    assert_int_equal(ask_at(&lodge, 5), HOSTS_GIVEN);
    deny(lodge.denials, DENY_ADVISORY, "intel-sa-00615");
    assert_int_equal(ask(&lodge, &behind, NULL, &answer), HOSTS_DENIED);
    assert_refused(answer.why, ERROR_DENIED, "advisory: stolen");
    undeny(lodge.denials, DENY_ADVISORY, "intel-sa-00615");
    deny(lodge.denials, DENY_ADVISORY, "INTEL-SA-00616"); /* another one */
    assert_int_equal(ask_at(&lodge, 5), HOSTS_GIVEN);
    lodge_close(&lodge);
}

static void a_stranger_or_waiting_one_is_denied_by_its_qe_id(void **state)
{
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    assert_int_equal(ask_at(&lodge, 9), HOSTS_UNKNOWN);
    deny(lodge.denials, DENY_QE_ID, QE_ID);
    assert_int_equal(ask_at(&lodge, 9), HOSTS_DENIED);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .waits = true });
    assert_int_equal(ask_at(&lodge, 9), HOSTS_DENIED);
    undeny(lodge.denials, DENY_QE_ID, QE_ID);
    assert_int_equal(ask_at(&lodge, 9), HOSTS_WAITING);
    lodge_close(&lodge);
}

static void a_denial_ends_with_its_day(void **state)
{
    struct error err = { 0 };
    struct lodge lodge;

    (void)state;
    lodge_open(&lodge);
    stock_add_platform(&lodge.stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9 } });
    assert_ok(try_deny(lodge.denials, DENY_QE_ID, QE_ID, STOCK_NOW_S + 60, &err), err);
    assert_int_equal(ask_at(&lodge, 9), HOSTS_DENIED);
    assert_true(clock_step_to(lodge.clock, STOCK_NOW_S + 60));
    assert_int_equal(ask_at(&lodge, 9), HOSTS_GIVEN);
    lodge_close(&lodge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_of_a_platform_has_its_verdict),
        cmocka_unit_test(without_tcb_info_nothing_is_chosen),
        cmocka_unit_test(equal_requests_get_one_reply_and_invented_tcbs_no_memory),
        cmocka_unit_test(a_crl_speaks_from_the_moment_it_is_published),
        cmocka_unit_test(changed_rows_are_read_again_once_they_are_said_to_have_changed),
        cmocka_unit_test(sightings_are_told_once_a_minute_for_each_raw_tcb),
        cmocka_unit_test(a_platform_above_its_list_is_doubted_once_the_list_is_a_day_old),
        cmocka_unit_test(memory_is_bounded_and_the_one_asked_for_longest_ago_gives_way),
        cmocka_unit_test(one_without_a_name_is_found_by_what_it_is_asked_for_with),
        cmocka_unit_test(who_is_denied_is_given_nothing_from_that_moment_on),
        cmocka_unit_test(an_advisory_denies_whoever_it_applies_to),
        cmocka_unit_test(a_stranger_or_waiting_one_is_denied_by_its_qe_id),
        cmocka_unit_test(a_denial_ends_with_its_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
