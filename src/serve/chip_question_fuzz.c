/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "serve/chip_question.h"

/* What a name stands for is a certificate of its chip and TCB_VERSION, and can be asked
 * for at KDS. */
static void check_name(const struct chip_name *name)
{
    struct kds_key keys[CHIP_KEYS_MAX], again;
    struct error err = { 0 };
    size_t count;

    if (!name->has_tcb || name->chip_id_len == 0)
        return;
    if (!chip_name_keys(name, SNP_GENOA, keys, &count, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_NOT_FOUND);
        return;
    }
    FUZZ_CHECK(count >= 1 && count <= CHIP_KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(tcb_version_value(keys[i].product, &keys[i].tcb) == name->tcb);
        FUZZ_CHECK(memcmp(keys[i].hwid.at, name->chip_id, keys[i].hwid.len) == 0);
        FUZZ_CHECK(name->product == 0 || keys[i].product == name->product);
        FUZZ_CHECK(kds_key_read(bytes_of_text(kds_key_text(&keys[i]).s), &again)
                   && kds_key_compare(&keys[i], &again) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct chip_question question;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, 64 * 1024);
    bool ok = chip_question_read(bytes_of(at, len), &arena, &question, &err);
    arena_fini(&arena);
    FUZZ_CHECK(question.route == chip_route_of(bytes_of(at, len)));
    if (!ok) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_NOT_FOUND
                   || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
        return 0;
    }
    FUZZ_CHECK((question.route == CHIP_ROUTE_KDS) == (question.key.resource != 0));
    FUZZ_CHECK(question.route != CHIP_ROUTE_REGIONAL
               || (question.name.has_tcb && question.name.chip_id_len > 0));
    FUZZ_CHECK(question.name.chip_id_len == 0 || question.name.has_tcb);
    check_name(&question.name);
    return 0;
}
