/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/crl.h"
#include "format/test_der.h"

enum { ARENA_MAX = 1 << 20 };

static bool lies_in(struct bytes part, struct bytes in)
{
    return part.len == 0 || (part.at >= in.at && part.at + part.len <= in.at + in.len);
}

static void check_views(const struct crl *crl, struct bytes in)
{
    FUZZ_CHECK(crl->der.at == in.at && crl->der.len == in.len);
    FUZZ_CHECK(lies_in(crl->tbs, in) && lies_in(crl->signature, in));
    FUZZ_CHECK(crl->tbs.at + crl->tbs.len < crl->signature.at);
    FUZZ_CHECK(lies_in(crl->issuer, crl->tbs) && lies_in(crl->issuer_cn, crl->issuer));
    FUZZ_CHECK(lies_in(crl->number, crl->tbs)
               && lies_in(crl->authority_key_id, crl->tbs));
    FUZZ_CHECK(crl->signature_algorithm == X509_RSA_PSS_SHA384
               || (crl->number.len >= 1 && crl->authority_key_id.len >= 1));
    FUZZ_CHECK(crl->this_update_s <= crl->next_update_s);
    FUZZ_CHECK(crl_number_compare(crl->number, crl->number) == 0);
}

/* Sorted, each in the signed part, each found; and by the search, not by luck: what lies
 * before the first and behind the last is not. */
static void check_serials(const struct crl *crl)
{
    uint8_t longer[21] = { 0xff };

    for (size_t i = 0; i < crl->serial_count; i++) {
        struct bytes serial = crl->serials[i];
        FUZZ_CHECK(lies_in(serial, crl->tbs) && serial.len >= 1 && serial.len <= 20);
        FUZZ_CHECK(serial.len == 1 || serial.at[0] != 0);
        FUZZ_CHECK(i == 0 || crl_number_compare(crl->serials[i - 1], serial) <= 0);
        FUZZ_CHECK(crl_lists(crl, serial));
    }
    FUZZ_CHECK(!crl_lists(crl, bytes_of(longer, sizeof longer)));
    FUZZ_CHECK(!crl_lists(crl, bytes_of(longer, 0)));
}

/* The three parts of the envelope, put together again, are what came. */
static void check_written_again(const struct crl *crl)
{
    struct buf again;

    buf_init(&again, CRL_MAX);
    buf_add(&again, crl->tbs);
    buf_add(&again, LITERAL_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"));
    der_put_header(&again, DER_BIT_STRING, crl->signature.len + 1);
    buf_add_byte(&again, 0);
    buf_add(&again, crl->signature);
    der_close(&again, DER_SEQUENCE, 0);
    FUZZ_CHECK(bytes_equal(buf_bytes(&again), crl->der));
    buf_fini(&again);
}

/* A flipped byte of the signed part is refused or seen there, never swallowed. */
static void check_neighbours(const struct crl *crl, struct arena *arena)
{
    size_t start = (size_t)(crl->tbs.at - crl->der.at);
    uint8_t *copy = malloc(crl->der.len);
    struct crl other;

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, crl->der.at, crl->der.len);
    FUZZ_CHECK(!crl_parse(bytes_of(copy, crl->der.len - 1), arena, &other, NULL));
    for (size_t i = 0; i < crl->tbs.len; i += 1 + crl->tbs.len / 16) {
        copy[start + i] ^= 1;
        if (crl_parse(bytes_of(copy, crl->der.len), arena, &other, NULL))
            FUZZ_CHECK(other.tbs.len == crl->tbs.len
                       && !bytes_equal(other.tbs, crl->tbs));
        copy[start + i] ^= 1;
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct error err = { 0 };
    struct bytes in = bytes_of(at, len);
    struct arena arena;
    struct crl crl;

    arena_init(&arena, ARENA_MAX);
    if (crl_parse(in, &arena, &crl, &err)) {
        check_views(&crl, in);
        check_serials(&crl);
        if (crl.signature_algorithm == X509_ECDSA_SHA256)
            check_written_again(&crl);
        check_neighbours(&crl, &arena);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
    }
    arena_fini(&arena);
    return 0;
}
