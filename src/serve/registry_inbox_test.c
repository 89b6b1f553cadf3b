/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_inbox.h"

#include "serve/test_registry_store.h"

static _Atomic size_t storm_told[4];

static void count_told(void *context, enum registered outcome,
                       const struct platform_report *report)
{
    (void)context, (void)report;
    atomic_fetch_add(&storm_told[outcome], 1);
}

static void register_many(struct registry_house *house, size_t from, size_t count)
{
    struct registering registering = { .bound_by = BOUND_BY_TOKEN, .told = count_told };
    struct platform_demand demand;

    snprintf(registering.who, sizeof registering.who, "storm");
    snprintf(registering.from, sizeof registering.from, "socket");
    for (size_t i = from; i < from + count; i++) {
        demand = house_demand(i, BOUND_BY_TOKEN);
        registering.registration = (struct registration){
            .name = demand.name,
            .has_raw_tcb = true,
            .encrypted_ppid = bytes_of(demand.encrypted_ppid, ENCRYPTED_PPID_LEN),
        };
        registry_register(house->registry, &registering);
    }
}

static size_t told_in_all(void)
{
    return storm_told[REGISTERED_HELD] + storm_told[REGISTERED_QUEUED]
           + storm_told[REGISTERED_REFUSED];
}

/* Where each had its own transaction, ten thousand would wait for as many syncs. */
static void a_storm_is_written_in_a_few_transactions(void **state)
{
    enum { EACH = 2500, ROUNDS = 4 };
    struct registry_house house;
    struct gate gate;

    (void)state;
    memset(storm_told, 0, sizeof storm_told);
    house_open(&house, FILL_OFFLINE);
    int64_t began_ms = clock_real_ms();
    for (size_t round = 0; round < ROUNDS; round++) {
        gate_close(&gate, house.writer);
        register_many(&house, round * EACH, EACH);
        assert_int_equal(told_in_all(), round * EACH);
        gate_open(&gate);
        while (told_in_all() < (round + 1) * EACH)
            usleep(1000);
    }
    print_message("10000 registrations took %lld ms\n",
                  (long long)(clock_real_ms() - began_ms));
    assert_int_equal(storm_told[REGISTERED_QUEUED], EACH * ROUNDS);
    assert_int_equal(house_count(&house).queued, EACH * ROUNDS);
    house_close(&house);
}

static void past_the_inbox_they_are_told_at_once(void **state)
{
    struct registry_house house;
    struct gate gate;

    (void)state;
    memset(storm_told, 0, sizeof storm_told);
    house_open(&house, FILL_OFFLINE);
    gate_close(&gate, house.writer);
    register_many(&house, 0, INBOX_MAX + 10);
    assert_int_equal(storm_told[REGISTERED_REFUSED], 10);
    assert_int_equal(told_in_all(), 10);
    gate_open(&gate);
    while (told_in_all() < INBOX_MAX + 10)
        usleep(1000);
    assert_int_equal(storm_told[REGISTERED_QUEUED], INBOX_MAX);
    house_close(&house);
}

static void what_is_written_while_stopping_is_not_asked_for(void **state)
{
    struct registry_house house;
    struct gate gate;

    (void)state;
    memset(storm_told, 0, sizeof storm_told);
    house_open(&house, FILL_LAZY);
    gate_close(&gate, house.writer);
    register_many(&house, 0, 3);
    gate_open(&gate);
    registry_drain(house.registry); /* from its return on nobody is asked */
    int fetches = house.fetches;
    register_many(&house, 3, 3);
    while (told_in_all() < 6)
        usleep(1000);
    assert_int_equal(house.fetches, fetches);
    assert_int_equal(house_count(&house).platforms, 6);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_is_written_in_a_few_transactions),
        cmocka_unit_test(past_the_inbox_they_are_told_at_once),
        cmocka_unit_test(what_is_written_while_stopping_is_not_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
