/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd_pki.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/der_out.h"
#include "sim/pki.h"
#include "sim/rsa4096.h"

enum { SIDES = 2, KEYS = SIDES * WORLD_PRODUCTS * AMD_ROLES, KEY_ID_LEN = 20 };

struct amd_pki {
    int64_t not_before_s, not_after_s;
    struct authority {
        unsigned which; /* of rsa4096.h's */
        struct rsa4096 *rsa;
        struct buf public_key, pem; /* empty until wanted */
        uint8_t key_id[KEY_ID_LEN];
    } authorities[KEYS];
};

/* ---- keys ------------------------------------------------------------------------- */

/* Fisher and Yates, as far as keys are needed. */
static void choose_keys(const struct scramble_key *key, struct authority *authorities)
{
    uint16_t order[RSA4096_KEYS];

    for (unsigned i = 0; i < RSA4096_KEYS; i++)
        order[i] = (uint16_t)i;
    for (unsigned i = 0; i < KEYS; i++) {
        uint64_t chance = scramble_u64(scramble_digest(key, "AMD key", i, 0).digest);
        unsigned other = i + (unsigned)(chance % (RSA4096_KEYS - i));
        authorities[i].which = order[other];
        order[other] = order[i];
    }
}

bool amd_pki_open(const struct scramble_key *key, int64_t not_before_s,
                  int64_t not_after_s, struct amd_pki **out, struct error *err)
{
    struct amd_pki *pki = calloc(1, sizeof *pki);

    if (pki == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for AMD's keys");
    pki->not_before_s = not_before_s;
    pki->not_after_s = not_after_s;
    choose_keys(key, pki->authorities);
    for (unsigned i = 0; i < KEYS; i++) {
        buf_init(&pki->authorities[i].public_key, AMD_SIGNED_MAX);
        buf_init(&pki->authorities[i].pem, AMD_SIGNED_MAX);
    }
    *out = pki;
    return true;
}

void amd_pki_close(struct amd_pki *pki)
{
    if (pki == NULL)
        return;
    for (unsigned i = 0; i < KEYS; i++) {
        rsa4096_close(pki->authorities[i].rsa);
        buf_fini(&pki->authorities[i].public_key);
        buf_fini(&pki->authorities[i].pem);
    }
    free(pki);
}

/* With its key; NULL where that cannot be made. */
static struct authority *authority_of(struct amd_pki *pki,
                                      const struct amd_signer *signer, struct error *err)
{
    size_t side = signer->is_impostor ? 1 : 0;
    struct authority *authority =
        &pki->authorities[(side * WORLD_PRODUCTS + signer->product) * AMD_ROLES
                          + signer->role];

    if (authority->rsa != NULL)
        return authority;
    if (!rsa4096_open(authority->which, &authority->rsa, err))
        return NULL;
    rsa4096_public(authority->rsa, &authority->public_key);
    struct sha256 digest = sha256(buf_bytes(&authority->public_key));
    memcpy(authority->key_id, digest.digest, KEY_ID_LEN);
    return authority;
}

static struct amd_signer ark_of(const struct amd_signer *signer)
{
    struct amd_signer ark = *signer;

    ark.role = AMD_ARK;
    return ark;
}

/* ---- parts ------------------------------------------------------------------------ */

void amd_pki_put_algorithm(struct buf *out, enum amd_pss how)
{
    static const uint8_t pss[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a };
    static const uint8_t short_parameters[] = {
        /* SHA-384; MGF1 with SHA-384; a salt of 48 */
        0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
        0x02, 0x02, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48,
        0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
        0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x30
    };
    static const uint8_t trailer[] = { 0xa3, 0x03, 0x02, 0x01, 0x01 };
    size_t whole = der_begin(out, DER_SEQUENCE);

    der_put(out, DER_OID, pss, sizeof pss);
    size_t parameters = der_begin(out, DER_SEQUENCE);
    buf_add(out, bytes_of(short_parameters, sizeof short_parameters));
    if (how == AMD_PSS_SPELT_OUT)
        buf_add(out, bytes_of(trailer, sizeof trailer));
    der_end(out, parameters);
    der_end(out, whole);
}

static void put_attribute(struct buf *out, uint8_t type, uint8_t tag, const char *value)
{
    const uint8_t oid[] = { 0x55, 0x04, type };
    size_t set = der_begin(out, DER_SET), pair = der_begin(out, DER_SEQUENCE);

    der_put(out, DER_OID, oid, sizeof oid);
    der_put(out, tag, value, strlen(value));
    der_end(out, pair);
    der_end(out, set);
}

void amd_pki_put_name(struct buf *out, const char *common_name)
{
    size_t mark = der_begin(out, DER_SEQUENCE);

    put_attribute(out, 11, DER_UTF8_STRING, "Engineering");
    put_attribute(out, 6, DER_PRINTABLE_STRING, "US");
    put_attribute(out, 7, DER_UTF8_STRING, "Santa Clara");
    put_attribute(out, 8, DER_UTF8_STRING, "CA");
    put_attribute(out, 10, DER_UTF8_STRING, "Advanced Micro Devices");
    put_attribute(out, 3, DER_UTF8_STRING, common_name);
    der_end(out, mark);
}

void amd_pki_put_issuer(struct buf *out, const struct amd_signer *signer)
{
    static const char *const before[AMD_ROLES] = { "ARK-", "SEV-", "SEV-VLEK-" };
    char name[32];

    snprintf(name, sizeof name, "%s%s", before[signer->role],
             amd_product(signer->product)->name);
    amd_pki_put_name(out, name);
}

static void put_key_id(struct buf *out, const struct authority *authority)
{
    struct der_extension extension =
        der_begin_extension(out, bytes_of("\x55\x1d\x0e", 3), false);

    der_put(out, DER_OCTET_STRING, authority->key_id, KEY_ID_LEN);
    der_end_extension(out, extension);
}

static void put_authority_key_id(struct buf *out, const struct authority *authority)
{
    struct der_extension extension =
        der_begin_extension(out, bytes_of("\x55\x1d\x23", 3), false);
    size_t ids = der_begin(out, DER_SEQUENCE);

    der_put(out, 0x80, authority->key_id, KEY_ID_LEN);
    der_end(out, ids);
    der_end_extension(out, extension);
}

/* AMD counts one unused bit with and without cRLSign, which would be the last used. */
static void put_key_usage(struct buf *out, bool signs_crls)
{
    struct der_extension extension =
        der_begin_extension(out, bytes_of("\x55\x1d\x0f", 3), true);

    der_put(out, DER_BIT_STRING, signs_crls ? "\x01\x06" : "\x01\x04", 2);
    der_end_extension(out, extension);
}

static void put_constraints(struct buf *out, bool is_last)
{
    struct der_extension extension =
        der_begin_extension(out, bytes_of("\x55\x1d\x13", 3), true);
    size_t mark = der_begin(out, DER_SEQUENCE);

    der_put_boolean(out, true);
    if (is_last)
        der_put_integer(out, 0);
    der_end(out, mark);
    der_end_extension(out, extension);
}

/* ---- certificates ------------------------------------------------------------------ */

static void put_extensions(struct buf *out, const struct amd_signer *signer,
                           const struct authority *own, const struct authority *ark)
{
    size_t whole = der_begin(out, 0xa3), list = der_begin(out, DER_SEQUENCE);
    char uri[64];

    if (signer->role == AMD_ARK) {
        put_key_usage(out, true);
        put_key_id(out, own);
        put_constraints(out, false);
    } else {
        put_key_id(out, own);
        put_authority_key_id(out, ark);
        put_constraints(out, true);
        put_key_usage(out, false);
    }
    snprintf(uri, sizeof uri, "https://kdsintf.amd.com/%s/v1/%s/crl",
             signer->role == AMD_ASVK ? "vlek" : "vcek",
             amd_product(signer->product)->name);
    der_put_crl_distribution_point(out, uri);
    der_end(out, list);
    der_end(out, whole);
}

bool amd_pki_sign(struct amd_pki *pki, const struct amd_signer *signer,
                  struct bytes signed_part, enum amd_pss how, uint32_t variant,
                  struct buf *out, struct error *err)
{
    const struct authority *authority = authority_of(pki, signer, err);

    if (authority == NULL)
        return false;
    size_t whole = der_begin(out, DER_SEQUENCE);
    buf_add(out, signed_part);
    amd_pki_put_algorithm(out, how);
    size_t bits = der_begin_bits(out);
    if (!rsa4096_sign(authority->rsa, signed_part, variant, out, err))
        return false;
    der_end(out, bits);
    der_end(out, whole);
    return !out->failed || error_set(err, ERROR_LIMIT, "no room for what is signed");
}

/* Appends DER. */
static bool make_certificate(struct amd_pki *pki, const struct amd_signer *signer,
                             int64_t not_after_s, struct buf *out, struct error *err)
{
    static const uint8_t version_3[] = { 0xa0, 0x03, DER_INTEGER, 0x01, 0x02 };
    struct amd_signer ark = ark_of(signer);
    const struct authority *own = authority_of(pki, signer, err);
    const struct authority *above = own == NULL ? NULL : authority_of(pki, &ark, err);
    struct buf text;

    if (above == NULL)
        return false;
    buf_init(&text, AMD_SIGNED_MAX);
    size_t mark = der_begin(&text, DER_SEQUENCE);
    buf_add(&text, bytes_of(version_3, sizeof version_3));
    der_put_integer(&text, amd_product(signer->product)->serials[signer->role]);
    amd_pki_put_algorithm(&text, AMD_PSS_SPELT_OUT);
    amd_pki_put_issuer(&text, &ark);
    size_t validity = der_begin(&text, DER_SEQUENCE);
    der_put_time(&text, pki->not_before_s);
    der_put_time(&text, not_after_s);
    der_end(&text, validity);
    amd_pki_put_issuer(&text, signer);
    buf_add(&text, buf_bytes(&own->public_key));
    put_extensions(&text, signer, own, above);
    der_end(&text, mark);
    bool made = text.failed ? error_set(err, ERROR_LIMIT, "no room for a certificate")
                            : amd_pki_sign(pki, &ark, buf_bytes(&text), AMD_PSS_SPELT_OUT,
                                           0, out, err);
    buf_fini(&text);
    return made;
}

static bool add_certificate(struct amd_pki *pki, const struct amd_signer *signer,
                            int64_t not_after_s, struct buf *out, struct error *err)
{
    struct buf der;

    buf_init(&der, AMD_SIGNED_MAX);
    bool added = make_certificate(pki, signer, not_after_s, &der, err)
                 && pem_add(out, "CERTIFICATE", buf_bytes(&der), err);
    buf_fini(&der);
    return added;
}

bool amd_pki_certificate(struct amd_pki *pki, const struct amd_signer *signer,
                         struct buf *out, struct error *err)
{
    struct authority *authority = authority_of(pki, signer, err);

    if (authority == NULL
        || (authority->pem.len == 0
            && !add_certificate(pki, signer, pki->not_after_s, &authority->pem, err)))
        return false;
    buf_add(out, buf_bytes(&authority->pem));
    return !out->failed || error_set(err, ERROR_LIMIT, "no room for a certificate");
}

bool amd_pki_chain(struct amd_pki *pki, const struct amd_signer *signer,
                   int64_t not_after_s, struct buf *out, struct error *err)
{
    const struct amd_signer ark = ark_of(signer);
    bool added = not_after_s != 0 ? add_certificate(pki, signer, not_after_s, out, err)
                                  : amd_pki_certificate(pki, signer, out, err);

    return added && amd_pki_certificate(pki, &ark, out, err);
}

/* ---- CRLs ------------------------------------------------------------------------- */

/* The list is left out where it would be empty (RFC 5280, 5.1.2.6). */
static void put_revoked(struct buf *out, const struct amd_signer *signer,
                        const struct amd_crl *crl)
{
    size_t start = out->len, list = der_begin(out, DER_SEQUENCE);

    for (int role = AMD_ARK; role < AMD_ROLES; role++) {
        if (!crl->revokes[role])
            continue;
        size_t entry = der_begin(out, DER_SEQUENCE);
        der_put_integer(out, amd_product(signer->product)->serials[role]);
        der_put_time(out, crl->this_update_s);
        der_end(out, entry);
    }
    if (out->len == list)
        out->len = start;
    else
        der_end(out, list);
}

static void put_crl_extensions(struct buf *out, const struct authority *ark,
                               const struct amd_crl *crl)
{
    size_t whole = der_begin(out, 0xa0), list = der_begin(out, DER_SEQUENCE);

    put_authority_key_id(out, ark);
    struct der_extension number =
        der_begin_extension(out, bytes_of("\x55\x1d\x14", 3), false);
    der_put_integer(out, (uint64_t)crl->this_update_s);
    der_end_extension(out, number);
    der_end(out, list);
    der_end(out, whole);
}

bool amd_pki_crl(struct amd_pki *pki, const struct amd_signer *signer,
                 const struct amd_crl *crl, struct buf *out, struct error *err)
{
    const struct amd_signer ark = ark_of(signer);
    const struct authority *authority = authority_of(pki, &ark, err);
    struct buf text;

    if (authority == NULL)
        return false;
    buf_init(&text, AMD_SIGNED_MAX);
    size_t mark = der_begin(&text, DER_SEQUENCE);
    der_put_integer(&text, 1); /* version 2 */
    amd_pki_put_algorithm(&text, AMD_PSS_SPELT_OUT);
    amd_pki_put_issuer(&text, &ark);
    der_put_time(&text, crl->this_update_s);
    der_put_time(&text, crl->next_update_s);
    put_revoked(&text, signer, crl);
    put_crl_extensions(&text, authority, crl);
    der_end(&text, mark);
    bool made = text.failed ? error_set(err, ERROR_LIMIT, "no room for a CRL")
                            : amd_pki_sign(pki, &ark, buf_bytes(&text), AMD_PSS_SPELT_OUT,
                                           0, out, err);
    buf_fini(&text);
    return made;
}
