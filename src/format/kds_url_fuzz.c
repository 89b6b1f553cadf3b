/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/kds_url.h"

static bool read_target(struct bytes raw, struct kds_key *out)
{
    struct http_target target;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, 1 << 18);
    bool ok = http_target_parse(raw, &arena, &target, NULL)
              && kds_target_read(&target, out, &err);
    arena_fini(&arena);
    FUZZ_CHECK(err.kind == ERROR_NONE || err.kind == ERROR_FORMAT
               || err.kind == ERROR_NOT_FOUND);
    FUZZ_CHECK(err.kind == ERROR_NONE || err.text[0] != 0);
    return ok;
}

/* What was read is the same again after it has been written, as a target and as text. */
static void check(const struct kds_key *key)
{
    struct kds_key again;
    struct buf written;

    buf_init(&written, HTTP_TARGET_MAX);
    kds_target_write(&written, key);
    FUZZ_CHECK(!written.failed && read_target(buf_bytes(&written), &again));
    FUZZ_CHECK(kds_key_compare(key, &again) == 0);
    FUZZ_CHECK(kds_key_read(bytes_of_text(kds_key_text(key).s), &again));
    FUZZ_CHECK(kds_key_compare(key, &again) == 0);
    buf_fini(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct kds_key key;

    if (read_target(bytes_of(at, len), &key))
        check(&key);
    if (kds_key_read(bytes_of(at, len), &key)) {
        FUZZ_CHECK(bytes_equal_text(bytes_of(at, len), kds_key_text(&key).s));
        check(&key);
    }
    return 0;
}
