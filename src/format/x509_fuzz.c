/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/test_der.h"
#include "format/x509.h"

static bool lies_in(struct bytes part, struct bytes in)
{
    return part.len == 0 || (part.at >= in.at && part.at + part.len <= in.at + in.len);
}

/* Whatever parses: every view lies in the input, those of the signed part in that. */
static void check_views(const struct x509_certificate *c, struct bytes in)
{
    const struct bytes signed_views[] = {
        c->serial,         c->issuer,           c->subject,
        c->issuer_cn,      c->subject_cn,       c->spki,
        c->public_key,     c->extensions,       c->authority_key_id,
        c->subject_key_id, c->unknown_critical, c->crl_distribution_uri,
    };

    FUZZ_CHECK(bytes_equal(c->der, in) && c->der.at == in.at);
    FUZZ_CHECK(lies_in(c->tbs, in) && lies_in(c->signature, in));
    FUZZ_CHECK(c->tbs.at + c->tbs.len < c->signature.at);
    for (size_t i = 0; i < COUNT_OF(signed_views); i++)
        FUZZ_CHECK(lies_in(signed_views[i], c->tbs));
    FUZZ_CHECK(lies_in(c->issuer_cn, c->issuer) && lies_in(c->subject_cn, c->subject));
    FUZZ_CHECK(lies_in(c->public_key, c->spki));
}

static void check_values(const struct x509_certificate *c)
{
    static const size_t point_len[] = { [X509_KEY_P256] = 64, [X509_KEY_P384] = 96 };

    FUZZ_CHECK(c->serial.len >= 1 && c->serial.len <= 20);
    FUZZ_CHECK(c->serial.len == 1 || c->serial.at[0] != 0);
    FUZZ_CHECK(c->not_before_s <= c->not_after_s);
    if (c->key_kind == X509_KEY_RSA)
        FUZZ_CHECK(c->public_key.len >= 256 && c->public_key.at[0] != 0
                   && c->rsa_exponent % 2 == 1);
    else
        FUZZ_CHECK(c->public_key.len == point_len[c->key_kind]);
    FUZZ_CHECK(c->path_len == -1 || (c->is_ca && c->path_len >= 0));
    FUZZ_CHECK(c->has_key_usage == (c->key_usage != 0));
    FUZZ_CHECK(c->has_basic_constraints || !c->is_ca);
}

/* r or s as DER writes it, from its 32 bytes. */
static void put_number(struct buf *out, const uint8_t raw[32])
{
    struct bytes b = bytes_of(raw, 32);

    while (b.len > 1 && b.at[0] == 0)
        b = bytes_after(b, 1);
    FUZZ_CHECK(b.at[0] != 0); /* neither is zero */
    bool padded = b.at[0] >= 0x80;
    der_put_header(out, DER_INTEGER, b.len + padded);
    if (padded)
        buf_add_byte(out, 0);
    buf_add(out, b);
}

/* The envelope and the signature, written again from what was read, are what came. */
static void check_written_again(const struct x509_certificate *c)
{
    struct buf again;

    buf_init(&again, X509_CERTIFICATE_MAX + 64);
    put_number(&again, c->ecdsa_signature);
    put_number(&again, c->ecdsa_signature + 32);
    der_close(&again, DER_SEQUENCE, 0);
    FUZZ_CHECK(bytes_equal(buf_bytes(&again), c->signature));

    buf_clear(&again);
    buf_add(&again, c->tbs);
    buf_add(&again, LITERAL_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"));
    der_put_header(&again, DER_BIT_STRING, c->signature.len + 1);
    buf_add_byte(&again, 0);
    buf_add(&again, c->signature);
    der_close(&again, DER_SEQUENCE, 0);
    FUZZ_CHECK(bytes_equal(buf_bytes(&again), c->der));
    buf_fini(&again);
}

/* A flipped byte of the signed part is refused or seen in the signed part, never
 * swallowed; a byte more or less is refused. */
static void check_neighbours(const struct x509_certificate *c)
{
    size_t start = (size_t)(c->tbs.at - c->der.at);
    uint8_t *copy = malloc(c->der.len + 1);
    struct x509_certificate other;

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, c->der.at, c->der.len);
    copy[c->der.len] = 0;
    FUZZ_CHECK(!x509_parse(bytes_of(copy, c->der.len + 1), &other, NULL));
    FUZZ_CHECK(!x509_parse(bytes_of(copy, c->der.len - 1), &other, NULL));
    for (size_t i = 0; i < c->tbs.len; i += 1 + c->tbs.len / 16) {
        copy[start + i] ^= 1;
        if (x509_parse(bytes_of(copy, c->der.len), &other, NULL))
            FUZZ_CHECK(!bytes_equal(other.tbs, c->tbs) && other.tbs.len == c->tbs.len);
        copy[start + i] ^= 1;
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct x509_certificate c;
    struct error err = { 0 };
    struct bytes in = bytes_of(at, len);

    if (!x509_parse(in, &c, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(err.text[0] != 0);
        return 0;
    }
    check_views(&c, in);
    check_values(&c);
    check_neighbours(&c);
    if (c.signature_algorithm == X509_ECDSA_SHA256)
        check_written_again(&c);
    return 0;
}
