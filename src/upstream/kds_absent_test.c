/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_absent.h"

#include "kit/test.h"

static struct kds_key chip(uint32_t number)
{
    struct kds_key key = { KDS_CERTIFICATE, VEK_VCEK, .product = SNP_MILAN };

    key.hwid.len = CHIP_ID_LEN;
    memcpy(key.hwid.at, &number, sizeof number);
    return key;
}

static void what_is_not_there_is_remembered_for_a_while(void **state)
{
    static struct kds_absent absent;
    struct kds_key one = chip(1), other = chip(2);
    int64_t left_s = 0;

    (void)state;
    kds_absent_note(&absent, &one, 60000);
    assert_true(kds_absent_has(&absent, &one, 0, &left_s));
    assert_int_equal(left_s, 60);
    assert_true(kds_absent_has(&absent, &one, 59999, &left_s));
    assert_int_equal(left_s, 1);
    assert_false(kds_absent_has(&absent, &one, 60000, &left_s));
    assert_false(kds_absent_has(&absent, &other, 0, &left_s));
    other = one;
    other.tcb.spl[SPL_SNP] = 1; /* the same chip with other firmware is something else */
    assert_false(kds_absent_has(&absent, &other, 0, &left_s));
    kds_absent_note(&absent, &one, 90000);
    assert_true(kds_absent_has(&absent, &one, 60000, &left_s));
    assert_int_equal(absent.count, 1);
}

static void the_oldest_gives_way(void **state)
{
    static struct kds_absent absent;
    struct kds_key key;
    int64_t left_s;

    (void)state;
    for (uint32_t i = 0; i < KDS_ABSENT_MAX + 2; i++) {
        key = chip(i);
        kds_absent_note(&absent, &key, 60000);
    }
    for (uint32_t i = 0; i < KDS_ABSENT_MAX + 2; i++) {
        key = chip(i);
        assert_int_equal(kds_absent_has(&absent, &key, 0, &left_s), i >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_remembered_for_a_while),
        cmocka_unit_test(the_oldest_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
