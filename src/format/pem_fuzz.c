/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/crl.h"
#include "format/pem.h"

enum { ARENA_MAX = 1 << 20 };

static bool chains_equal(const struct der_chain *a, const struct der_chain *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!bytes_equal(a->certificates[i], b->certificates[i]))
            return false;
    return true;
}

/* What was read and is written is read as the same; and what we write we read whatever
 * comes behind it that we say we take. */
static void check_chain(const struct der_chain *chain, struct arena *arena)
{
    struct der_chain again;
    struct buf text;

    FUZZ_CHECK(chain->count >= 1 && chain->count <= X509_CHAIN_MAX);
    for (size_t i = 0; i < chain->count; i++)
        FUZZ_CHECK(chain->certificates[i].len >= 1
                   && chain->certificates[i].len <= X509_CERTIFICATE_MAX);
    buf_init(&text, ARENA_MAX);
    pem_chain_write(&text, chain);
    FUZZ_CHECK(!text.failed && pem_looks_like(buf_bytes(&text)));
    FUZZ_CHECK(pem_chain_read(buf_bytes(&text), arena, &again, NULL));
    FUZZ_CHECK(chains_equal(chain, &again));
    buf_add(&text, bytes_of("\r\n\0\0", 4));
    FUZZ_CHECK(pem_chain_read(buf_bytes(&text), arena, &again, NULL));
    FUZZ_CHECK(chains_equal(chain, &again));
    buf_add(&text, bytes_of("x", 1));
    FUZZ_CHECK(!pem_chain_read(buf_bytes(&text), arena, &again, NULL));
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len), der;
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    bool one = pem_block_read(in, "CERTIFICATE", &arena, &der, NULL);
    bool any = pem_block_read(in, NULL, &arena, &der, NULL);
    if (pem_chain_read(in, &arena, &chain, &err)) {
        check_chain(&chain, &arena);
        FUZZ_CHECK(one == (chain.count == 1));
        FUZZ_CHECK(!any || bytes_equal(der, chain.certificates[0]));
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(!one || err.kind == ERROR_LIMIT);
    }
    FUZZ_CHECK(!any || (der.len >= 1 && der.len <= CRL_MAX));
    arena_fini(&arena);
    return 0;
}
