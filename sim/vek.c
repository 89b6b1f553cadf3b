/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/vek.h"

#include <stdlib.h>

#include "sim/der_out.h"

enum { DAY_S = 86400 };

#define VCEK_VALID_S ((int64_t)7 * 365 * DAY_S)
#define VLEK_VALID_S ((int64_t)365 * DAY_S)

struct vek_mint {
    struct amd_pki *pki;
    const struct chips *chips;
    struct ecdsa *p384;
    int64_t ordinary_s;
    struct buf text; /* what is signed, of one certificate at a time */
    struct remembered {
        struct sha256 order;
        struct buf der;
    } remembered[VEK_REMEMBERED]; /* each at the place that its order's digest says */
};

bool vek_mint_open(struct amd_pki *pki, const struct chips *chips, int64_t ordinary_s,
                   struct vek_mint **out, struct error *err)
{
    OWNED(vek_mint_close) struct vek_mint *mint = calloc(1, sizeof *mint);

    if (mint == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a mint");
    mint->pki = pki;
    mint->chips = chips;
    mint->ordinary_s = ordinary_s;
    buf_init(&mint->text, VEK_CERTIFICATE_MAX);
    for (size_t i = 0; i < VEK_REMEMBERED; i++)
        buf_init(&mint->remembered[i].der, VEK_CERTIFICATE_MAX);
    if (!ecdsa_open(ECDSA_P384, &mint->p384, err))
        return false;
    *out = TAKE(mint);
    return true;
}

void vek_mint_close(struct vek_mint *mint)
{
    if (mint == NULL)
        return;
    ecdsa_close(mint->p384);
    buf_fini(&mint->text);
    for (size_t i = 0; i < VEK_REMEMBERED; i++)
        buf_fini(&mint->remembered[i].der);
    free(mint);
}

/* ---- what follows from an order -----------------------------------------------------
 */

/* A VLEK is nobody's in particular: its secret is that of an index past all chips. */
static void secret_of(const struct vek_mint *mint, const struct vek_order *order,
                      uint8_t out[ECDSA_SECRET_LEN])
{
    chip_secret(mint->chips,
                order->is_vlek ? CHIPS_MAX + (uint32_t)order->product : order->chip,
                order->tcb_version, out);
}

struct issue { /* what makes one certificate of a key another */
    int64_t from_s, to_s;
    uint32_t variant; /* signed within one second, it would else be the same */
    bool is_impostor;
};

static struct issue issue_of(const struct vek_mint *mint, const struct vek_order *order)
{
    int64_t valid_s = order->is_vlek ? VLEK_VALID_S : VCEK_VALID_S;
    int64_t today_s = order->now_s - order->now_s % DAY_S;
    struct issue issue = { .from_s = mint->ordinary_s,
                           .is_impostor = order->bend == WORLD_IMPOSTOR };

    if (order->is_vlek)
        issue.from_s = today_s - today_s % (30 * DAY_S);
    const struct chip_event *anew =
        order->is_vlek ? NULL
                       : chips_find(mint->chips, CHIP_REISSUE, order->chip, order->now_s);
    if (anew != NULL) {
        issue.from_s = anew->now_s;
        issue.variant = chip_reissues(mint->chips, order->chip, order->now_s);
    }
    if (order->bend == WORLD_EXPIRED)
        issue.from_s = today_s - 10 * DAY_S - valid_s;
    if (order->bend == WORLD_FUTURE)
        issue.from_s = today_s + 2 * DAY_S;
    issue.to_s = issue.from_s + valid_s;
    return issue;
}

/* ---- the certificate ----------------------------------------------------------------
 */

/* 1.3.6.1.4.1.3704.1.a[.b]; b 0: none. */
static struct der_extension begin_amd_extension(struct buf *out, uint8_t a, uint8_t b)
{
    const uint8_t oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, a, b };

    return der_begin_extension(out, bytes_of(oid, sizeof oid - (b == 0 ? 1 : 0)), false);
}

static void put_text(struct buf *out, uint8_t a, const char *text)
{
    struct der_extension extension = begin_amd_extension(out, a, 0);

    der_put(out, DER_IA5_STRING, text, strlen(text));
    der_end_extension(out, extension);
}

static void put_number(struct buf *out, uint8_t a, uint8_t b, unsigned value)
{
    struct der_extension extension = begin_amd_extension(out, a, b);

    der_put_integer(out, value);
    der_end_extension(out, extension);
}

/* The chip id stands bare in its extension. */
static void put_extensions(struct buf *out, const struct vek_mint *mint,
                           const struct vek_order *order)
{
    const struct amd_product *product = amd_product(order->product);
    size_t whole = der_begin(out, 0xa3), list = der_begin(out, DER_SEQUENCE);
    uint8_t id[CHIP_ID_LEN];

    put_number(out, 1, 0, product->struct_version);
    put_text(out, 2, order->is_vlek ? product->name : product->certified_name);
    for (size_t i = 0; i < AMD_SPLS; i++) {
        const struct amd_spl *spl = &product->spls[i];
        put_number(out, 3, spl->oid,
                   spl->parameter == NULL ? 0 : order->tcb_version[spl->byte]);
    }
    if (order->is_vlek) {
        put_text(out, 5, VLEK_PROVIDER);
    } else {
        struct der_extension extension = begin_amd_extension(out, 4, 0);
        chip_id(mint->chips, order->chip, id);
        buf_add(out, bytes_of(id, product->hwid_len));
        der_end_extension(out, extension);
    }
    der_end(out, list);
    der_end(out, whole);
}

static void put_public_key(struct buf *out, const uint8_t point[P384_OCTETS_LEN])
{
    static const uint8_t algorithm[] = { /* id-ecPublicKey, secp384r1 */
                                         0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                         0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                         0x05, 0x2b, 0x81, 0x04, 0x00, 0x22
    };
    size_t whole = der_begin(out, DER_SEQUENCE);

    buf_add(out, bytes_of(algorithm, sizeof algorithm));
    size_t bits = der_begin_bits(out);
    buf_add(out, bytes_of(point, P384_OCTETS_LEN));
    der_end(out, bits);
    der_end(out, whole);
}

static void put_signed_part(struct buf *out, const struct vek_mint *mint,
                            const struct vek_order *order,
                            const struct amd_signer *signer, const struct issue *issue,
                            const uint8_t point[P384_OCTETS_LEN])
{
    static const uint8_t version_3[] = { 0xa0, 0x03, DER_INTEGER, 0x01, 0x02 };
    size_t mark = der_begin(out, DER_SEQUENCE);

    buf_add(out, bytes_of(version_3, sizeof version_3));
    der_put_integer(out, 0); /* the serial of every one */
    amd_pki_put_algorithm(out, AMD_PSS_SHORT);
    amd_pki_put_issuer(out, signer);
    size_t validity = der_begin(out, DER_SEQUENCE);
    der_put_time(out, issue->from_s);
    der_put_time(out, issue->to_s);
    der_end(out, validity);
    amd_pki_put_name(out, order->is_vlek ? "SEV-VLEK" : "SEV-VCEK");
    put_public_key(out, point);
    put_extensions(out, mint, order);
    der_end(out, mark);
}

static bool make(struct vek_mint *mint, const struct vek_order *order,
                 const struct issue *issue, struct buf *out, struct error *err)
{
    const struct amd_signer signer = { .product = order->product,
                                       .role = order->is_vlek ? AMD_ASVK : AMD_ASK,
                                       .is_impostor = issue->is_impostor };
    uint8_t secret[ECDSA_SECRET_LEN], point[P384_OCTETS_LEN];

    secret_of(mint, order, secret);
    if (!ecdsa_public(mint->p384, secret, point, err))
        return false;
    buf_clear(&mint->text);
    put_signed_part(&mint->text, mint, order, &signer, issue, point);
    if (mint->text.failed)
        return error_set(err, ERROR_LIMIT, "no room for a certificate");
    return amd_pki_sign(mint->pki, &signer, buf_bytes(&mint->text), AMD_PSS_SHORT,
                        issue->variant, out, err);
}

static struct sha256 digest_of(const struct vek_order *order, const struct issue *issue)
{
    struct buf text;

    buf_init(&text, 256);
    buf_addf(&text, "%d %d %u %s %lld %lld %u %d", order->product, order->is_vlek,
             order->chip, amd_tcb_text(order->tcb_version).s, (long long)issue->from_s,
             (long long)issue->to_s, issue->variant, issue->is_impostor);
    struct sha256 digest = sha256(buf_bytes(&text));
    buf_fini(&text);
    return digest;
}

bool vek_mint(struct vek_mint *mint, const struct vek_order *order, struct buf *out,
              struct error *err)
{
    struct issue issue = issue_of(mint, order);
    struct sha256 digest = digest_of(order, &issue);
    struct remembered *place =
        &mint->remembered[scramble_u64(digest.digest) % VEK_REMEMBERED];

    if (place->der.len == 0 || memcmp(&place->order, &digest, sizeof digest) != 0) {
        buf_clear(&place->der);
        if (!make(mint, order, &issue, &place->der, err)) {
            buf_clear(&place->der);
            return false;
        }
        place->order = digest;
    }
    buf_add(out, buf_bytes(&place->der));
    return !out->failed || error_set(err, ERROR_LIMIT, "no room for a certificate");
}

bool vek_sign(struct vek_mint *mint, const struct vek_order *order, struct bytes text,
              uint8_t r[ECDSA_INTEGER_MAX], uint8_t s[ECDSA_INTEGER_MAX],
              struct error *err)
{
    uint8_t secret[ECDSA_SECRET_LEN];

    secret_of(mint, order, secret);
    return ecdsa_sign_raw(mint->p384, secret, text, r, s, err);
}
