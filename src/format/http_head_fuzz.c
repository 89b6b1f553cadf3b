/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/http_head.h"
#include "kit/text.h"

enum { ARENA_MAX = 1 << 20, NOW_S = 784111777, MAX_S = 3600 };

/* What was read, written, is a header value of unreserved characters and escapes alone,
 * and is read as the same chain. */
static void check_chain(struct bytes in)
{
    struct der_chain chain, again;
    struct error err = { 0 };
    struct arena arena;
    struct buf value;

    arena_init(&arena, ARENA_MAX);
    buf_init(&value, ARENA_MAX);
    if (!http_chain_read(in, &arena, &chain, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
        chain.count = 0;
    } else {
        http_chain_write(&value, &chain);
        FUZZ_CHECK(!value.failed);
    }
    for (size_t i = 0; i < value.len; i++)
        FUZZ_CHECK(value.at[i] > 0x20 && value.at[i] < 0x7f);
    if (chain.count > 0 && value.len <= HTTP_CHAIN_HEADER_MAX) {
        FUZZ_CHECK(http_chain_read(buf_bytes(&value), &arena, &again, &err));
        FUZZ_CHECK(again.count == chain.count);
        for (size_t i = 0; i < chain.count; i++)
            FUZZ_CHECK(bytes_equal(again.certificates[i], chain.certificates[i]));
    }
    buf_fini(&value);
    arena_fini(&arena);
}

/* A date has one spelling. */
static void check_date(struct bytes in)
{
    int64_t seconds, wait_s;
    struct buf again;

    if (http_retry_after_read(in, NOW_S, MAX_S, &wait_s))
        FUZZ_CHECK(wait_s >= 0 && wait_s <= MAX_S);
    if (!http_date_read(in, &seconds))
        return;
    FUZZ_CHECK(http_retry_after_read(in, NOW_S, MAX_S, &wait_s));
    buf_init(&again, 64);
    http_date_write(&again, seconds);
    FUZZ_CHECK(bytes_equal(buf_bytes(&again), in));
    buf_fini(&again);
}

/* A list that names a tag names it in front of any other too, and "*" names all. */
static void check_etags(struct bytes in)
{
    const struct bytes tag = bytes_of_text("\"5f2c-18\"");
    bool star =
        http_etag_matches(in, bytes_of_text("\"\x01\"")); /* no list can name it */
    struct buf list;

    if (star)
        FUZZ_CHECK(bytes_find(in, bytes_of_text("*")) < in.len);
    if (!http_etag_matches(in, tag))
        return;
    FUZZ_CHECK(star || bytes_find(in, tag) < in.len);
    buf_init(&list, in.len + 64);
    buf_add_text(&list, "\"other\", ");
    buf_add(&list, in);
    FUZZ_CHECK(http_etag_matches(buf_bytes(&list), tag) == !star);
    buf_fini(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);

    check_chain(in);
    check_date(in);
    check_etags(in);
    return 0;
}
