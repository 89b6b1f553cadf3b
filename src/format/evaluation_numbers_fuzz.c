/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/evaluation_numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct evaluation_numbers list;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    if (evaluation_numbers_parse(bytes_of(at, len), &arena, &list, &err)) {
        FUZZ_CHECK(list.tee == TEE_SGX || list.tee == TEE_TDX);
        FUZZ_CHECK(list.issue_date_s <= list.next_update_s);
        FUZZ_CHECK(list.count >= 1 && list.count <= EVALUATION_NUMBERS_MAX);
        for (size_t i = 0; i < list.count; i++) {
            FUZZ_CHECK(list.numbers[i].number > 0);
            FUZZ_CHECK(i == 0 || list.numbers[i - 1].number > list.numbers[i].number);
            FUZZ_CHECK(evaluation_numbers_name(&list, list.numbers[i].number));
        }
        FUZZ_CHECK(!evaluation_numbers_name(&list, 0));
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strstr(err.text, "at byte ") != NULL);
    }
    arena_fini(&arena);
    return 0;
}
