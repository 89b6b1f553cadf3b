/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pck.h"

#include <openssl/sha.h>
#include <stdlib.h>

#include "sim/der_out.h"
#include "sim/documents.h"
#include "sim/ecdsa.h"

enum { DAY_S = 86400 };

#define VALID_S ((int64_t)7 * 365 * DAY_S) /* as Intel's are */

enum { OF_PKI, OF_IMPOSTOR, SIDES };

struct pck_mint {
    struct ecdsa *p256;
    const struct platforms *platforms;
    struct pki_issuer issuers[SIDES][2]; /* by enum world_ca */
    struct buf issuer_names[2], subject_name;
    struct buf text; /* what is signed, of one certificate at a time */
    int64_t ordinary_s;
};

static const struct authority {
    enum pki_role role;
    const char *name, *crl;
} authorities[] = {
    [WORLD_PROCESSOR] = { PKI_PROCESSOR_CA, "Intel SGX PCK Processor CA",
                          "https://api.trustedservices.intel.com/sgx/certification/v4/"
                          "pckcrl?ca=processor&encoding=der" },
    [WORLD_PLATFORM] = { PKI_PLATFORM_CA, "Intel SGX PCK Platform CA",
                         "https://api.trustedservices.intel.com/sgx/certification/v4/"
                         "pckcrl?ca=platform&encoding=der" },
};

bool pck_mint_open(const struct pki *pki, const struct pki *impostor,
                   const struct platforms *platforms, int64_t ordinary_s,
                   struct pck_mint **out, struct error *err)
{
    OWNED(pck_mint_close) struct pck_mint *mint = calloc(1, sizeof *mint);

    if (mint == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a mint");
    mint->platforms = platforms;
    mint->ordinary_s = ordinary_s;
    buf_init(&mint->subject_name, PCK_CERTIFICATE_MAX);
    buf_init(&mint->text, PCK_CERTIFICATE_MAX);
    for (size_t ca = 0; ca < COUNT_OF(authorities); ca++) {
        buf_init(&mint->issuer_names[ca], PCK_CERTIFICATE_MAX);
        if (!pki_issuer(pki, authorities[ca].role, &mint->issuers[OF_PKI][ca], err)
            || !pki_issuer(impostor, authorities[ca].role,
                           &mint->issuers[OF_IMPOSTOR][ca], err)
            || !pki_name(authorities[ca].name, &mint->issuer_names[ca], err))
            return false;
    }
    if (!pki_name("Intel SGX PCK Certificate", &mint->subject_name, err)
        || !ecdsa_open(ECDSA_P256, &mint->p256, err))
        return false;
    *out = TAKE(mint);
    return true;
}

void pck_mint_close(struct pck_mint *mint)
{
    if (mint == NULL)
        return;
    ecdsa_close(mint->p256);
    for (size_t ca = 0; ca < COUNT_OF(authorities); ca++)
        buf_fini(&mint->issuer_names[ca]);
    buf_fini(&mint->subject_name);
    buf_fini(&mint->text);
    free(mint);
}

void pck_secret(const struct platforms *platforms, uint32_t platform, unsigned level,
                uint8_t out[32])
{
    platform_secret(platforms, "PCK", platform, level, out);
}

void pck_serial(const struct platforms *platforms, uint32_t platform, unsigned level,
                uint8_t out[PKI_SERIAL_LEN])
{
    uint8_t secret[32];

    platform_secret(platforms, "serial", platform, level, secret);
    memcpy(out, secret, PKI_SERIAL_LEN);
    out[0] = (uint8_t)((out[0] & 0x3f) | 0x40); /* positive, and none shorter */
}

/* ecdsa-with-SHA256 */
static void put_algorithm(struct buf *out)
{
    static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
    size_t mark = der_begin(out, DER_SEQUENCE);

    der_put(out, DER_OID, oid, sizeof oid);
    der_end(out, mark);
}

/* ---- the SGX extension ------------------------------------------------------------- */

static const uint8_t sgx_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };

/* Begins DER_SEQUENCE { 1.2.840.113741.1.13.1.a[.b], whose value follows }; b 0: none. */
static size_t begin_item(struct buf *out, uint8_t a, uint8_t b)
{
    uint8_t oid[sizeof sgx_oid + 2];
    size_t mark = der_begin(out, DER_SEQUENCE);

    memcpy(oid, sgx_oid, sizeof sgx_oid);
    oid[sizeof sgx_oid] = a;
    oid[sizeof sgx_oid + 1] = b;
    der_put(out, DER_OID, oid, sizeof sgx_oid + (b == 0 ? 1 : 2));
    return mark;
}

static void put_octets(struct buf *out, uint8_t a, uint8_t b, const void *at, size_t len)
{
    size_t item = begin_item(out, a, b);

    der_put(out, DER_OCTET_STRING, at, len);
    der_end(out, item);
}

static void put_tcb(struct buf *out, unsigned level)
{
    uint8_t tcbm[TCBM_LEN];
    size_t item = begin_item(out, 2, 0), list = der_begin(out, DER_SEQUENCE);

    document_tcbm(level, tcbm);
    for (uint8_t i = 0; i <= CPUSVN_LEN; i++) {
        size_t one = begin_item(out, 2, (uint8_t)(i + 1));
        der_put_integer(out, i < CPUSVN_LEN ? tcbm[i]
                                            : tcbm[CPUSVN_LEN]
                                                  | (unsigned)tcbm[CPUSVN_LEN + 1] << 8);
        der_end(out, one);
    }
    put_octets(out, 2, 18, tcbm, CPUSVN_LEN);
    der_end(out, list);
    der_end(out, item);
}

/* dynamicPlatform, cachedKeys, SMTEnabled */
static void put_configuration(struct buf *out, bool has_cached_keys)
{
    const bool values[] = { true, has_cached_keys, true };
    size_t item = begin_item(out, 7, 0), list = der_begin(out, DER_SEQUENCE);

    for (unsigned i = 0; i < COUNT_OF(values); i++) {
        size_t one = begin_item(out, 7, (uint8_t)(i + 1));
        der_put_boolean(out, values[i]);
        der_end(out, one);
    }
    der_end(out, list);
    der_end(out, item);
}

static void put_sgx(struct buf *out, const struct platforms *platforms,
                    const struct pck_order *order)
{
    uint32_t platform = order->platform;
    bool is_multi_package = platform_ca(platform) == WORLD_PLATFORM;
    uint8_t name[PLATFORM_NAME_LEN], fmspc[FMSPC_LEN];
    size_t list = der_begin(out, DER_SEQUENCE);

    platform_name(platforms, PLATFORM_PPID,
                  order->how == PCK_OTHER_PPID ? platform + 2 : platform, name);
    put_octets(out, 1, 0, name, sizeof name);
    put_tcb(out, order->level);
    put_octets(out, 3, 0, "\0\0", 2); /* PCE-ID */
    platform_fmspc(platforms, platform, fmspc);
    put_octets(out, 4, 0, fmspc, sizeof fmspc);
    size_t type = begin_item(out, 5, 0);
    der_put(out, DER_ENUMERATED, is_multi_package ? "\1" : "\0",
            1); /* scalable, standard */
    der_end(out, type);
    if (is_multi_package) {
        platform_name(platforms, PLATFORM_INSTANCE, platform, name);
        put_octets(out, 6, 0, name, sizeof name);
        put_configuration(out,
                          platform_registration(platforms, platform) == PLATFORM_DIRECT);
    }
    der_end(out, list);
}

/* ---- the certificate --------------------------------------------------------------- */

static void put_extensions(struct buf *out, const struct pck_mint *mint,
                           const struct pki_issuer *issuer,
                           const uint8_t point[P256_OCTETS_LEN],
                           const struct pck_order *order)
{
    uint8_t key_id[SHA_DIGEST_LENGTH];
    size_t whole = der_begin(out, 0xa3), list = der_begin(out, DER_SEQUENCE);

    struct der_extension aki =
        der_begin_extension(out, bytes_of("\x55\x1d\x23", 3), false);
    size_t ids = der_begin(out, DER_SEQUENCE);
    der_put(out, 0x80, issuer->key_id, sizeof issuer->key_id);
    der_end(out, ids);
    der_end_extension(out, aki);
    der_put_crl_distribution_point(out, authorities[platform_ca(order->platform)].crl);
    struct der_extension ski =
        der_begin_extension(out, bytes_of("\x55\x1d\x0e", 3), false);
    SHA1(point, P256_OCTETS_LEN, key_id);
    der_put(out, DER_OCTET_STRING, key_id, sizeof key_id);
    der_end_extension(out, ski);
    struct der_extension usage =
        der_begin_extension(out, bytes_of("\x55\x1d\x0f", 3), true);
    der_put(out, DER_BIT_STRING, "\x06\xc0", 2); /* digitalSignature, nonRepudiation */
    der_end_extension(out, usage);
    struct der_extension constraints =
        der_begin_extension(out, bytes_of("\x55\x1d\x13", 3), true);
    der_put(out, DER_SEQUENCE, "", 0); /* CA:FALSE */
    der_end_extension(out, constraints);
    struct der_extension sgx =
        der_begin_extension(out, bytes_of(sgx_oid, sizeof sgx_oid), false);
    put_sgx(out, mint->platforms, order);
    der_end_extension(out, sgx);
    der_end(out, list);
    der_end(out, whole);
}

static void put_validity(struct buf *out, const struct pck_mint *mint,
                         const struct pck_order *order)
{
    int64_t from_s =
        order->disclosed_s > mint->ordinary_s ? order->disclosed_s : mint->ordinary_s;
    size_t mark = der_begin(out, DER_SEQUENCE);

    if (order->how == PCK_EXPIRED)
        from_s = order->now_s - order->now_s % DAY_S - 10 * DAY_S - VALID_S;
    if (order->how == PCK_FUTURE)
        from_s = order->now_s - order->now_s % DAY_S + 2 * DAY_S;
    der_put_time(out, from_s);
    der_put_time(out, from_s + VALID_S);
    der_end(out, mark);
}

static void put_public_key(struct buf *out, const uint8_t point[P256_OCTETS_LEN])
{
    static const uint8_t before[] = {
        /* id-ecPublicKey, prime256v1, a whole BIT STRING */
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00
    };

    buf_add(out, bytes_of(before, sizeof before));
    buf_add(out, bytes_of(point, P256_OCTETS_LEN));
}

static void put_signed_part(struct buf *out, const struct pck_mint *mint,
                            const struct pki_issuer *issuer,
                            const uint8_t point[P256_OCTETS_LEN],
                            const struct pck_order *order)
{
    static const uint8_t version_3[] = { 0xa0, 0x03, DER_INTEGER, 0x01, 0x02 };
    uint8_t serial[PKI_SERIAL_LEN];
    size_t mark = der_begin(out, DER_SEQUENCE);

    buf_add(out, bytes_of(version_3, sizeof version_3));
    pck_serial(mint->platforms, order->platform, order->level, serial);
    der_put(out, DER_INTEGER, serial, sizeof serial);
    put_algorithm(out);
    buf_add(out, buf_bytes(&mint->issuer_names[platform_ca(order->platform)]));
    put_validity(out, mint, order);
    buf_add(out, buf_bytes(&mint->subject_name));
    put_public_key(out, point);
    put_extensions(out, mint, issuer, point, order);
    der_end(out, mark);
}

bool pck_mint(struct pck_mint *mint, const struct pck_order *order, struct buf *out,
              struct error *err)
{
    const struct pki_issuer *issuer =
        &mint->issuers[order->how == PCK_IMPOSTOR ? OF_IMPOSTOR : OF_PKI]
                      [platform_ca(order->platform)];
    uint8_t secret[ECDSA_SECRET_LEN], point[P256_OCTETS_LEN];

    pck_secret(mint->platforms, order->platform, order->level, secret);
    if (!ecdsa_public(mint->p256, secret, point, err))
        return false;
    buf_clear(&mint->text);
    put_signed_part(&mint->text, mint, issuer, point, order);
    size_t start = out->len, whole = der_begin(out, DER_SEQUENCE);
    buf_add(out, buf_bytes(&mint->text));
    put_algorithm(out);
    size_t bits = der_begin_bits(out);
    if (!ecdsa_sign(mint->p256, issuer->secret, buf_bytes(&mint->text), out, err))
        return false;
    der_end(out, bits);
    der_end(out, whole);
    if (mint->text.failed || out->failed)
        return error_set(err, ERROR_LIMIT, "no room for a certificate");
    if (order->how == PCK_UNREADABLE)
        out->at[start + 2] ^= 0x40; /* the length: far beyond the end */
    return true;
}
