/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote.h"

#include <stdlib.h>

#include "kit/crypto.h"
#include "sim/documents.h"
#include "sim/ecdsa.h"
#include "sim/quote_body.h"
#include "sim/quote_pck.h"
#include "sim/scramble.h"
#include "sim/synthetic.h"

enum {
    HEADER_LEN = 48,
    KEY_LEN = 64, /* X, Y */
    SIGNATURE_LEN = 64,
    ECDSA_P256_KEY = 2, /* types of attestation keys */
    ECDSA_P384_KEY = 3,
    QE_REPORT_CERTIFICATION = 6,
    AUTH_DATA_LEN = 32,
    PAD = 'x'
};

struct quote_mint {
    struct quote_pck pcks;
    struct ecdsa *p256;
    struct buf auth_data, qe_part, signature_data;
};

bool quote_mint_open(const struct pck_desk *desk, const struct pki *pki,
                     const struct pki *impostor, struct quote_mint **out,
                     struct error *err)
{
    OWNED(quote_mint_close) struct quote_mint *mint = calloc(1, sizeof *mint);

    if (mint == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a mint");
    mint->pcks = (struct quote_pck){ desk, pki, impostor };
    buf_init(&mint->auth_data, UINT16_MAX);
    buf_init(&mint->qe_part, QUOTE_LEN_MAX);
    buf_init(&mint->signature_data, QUOTE_LEN_MAX);
    if (!ecdsa_open(ECDSA_P256, &mint->p256, err))
        return false;
    *out = TAKE(mint);
    return true;
}

void quote_mint_close(struct quote_mint *mint)
{
    if (mint == NULL)
        return;
    ecdsa_close(mint->p256);
    buf_fini(&mint->auth_data);
    buf_fini(&mint->qe_part);
    buf_fini(&mint->signature_data);
    free(mint);
}

/* One quote on its way. */
struct draft {
    struct quote_mint *mint;
    const struct quote_order *order;
    struct quote_shape shape;
    struct quote_pck_choice pck;
    uint8_t secret[ECDSA_SECRET_LEN]; /* the attestation key's */
    uint8_t key[KEY_LEN];             /* what the quote says it is */
};

static bool has(const struct draft *draft, enum quote_defect defect)
{
    return quote_has(draft->order, defect);
}

static void add_number(struct buf *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_add_byte(out, (uint8_t)(value >> 8 * i));
}

/* A part behind its length, as long as it is or is to be said to be. */
static void add_part(const struct draft *draft, enum quote_length which, size_t width,
                     struct bytes part, struct buf *out)
{
    bool is_padded = quote_length_is(draft->order, which, LENGTH_PADDED);
    uint64_t len = part.len;

    if (is_padded || quote_length_is(draft->order, which, LENGTH_LONG))
        len++;
    if (quote_length_is(draft->order, which, LENGTH_SHORT))
        len--;
    add_number(out, len, width);
    buf_add(out, part);
    if (is_padded)
        buf_add_byte(out, PAD);
}

/* Appends r and s over text, with one bit turned or all zero where that is wanted. */
static bool add_signature(const struct draft *draft,
                          const uint8_t secret[ECDSA_SECRET_LEN], struct bytes text,
                          enum quote_defect bent, struct buf *out, struct error *err)
{
    uint8_t r[ECDSA_INTEGER_MAX], s[ECDSA_INTEGER_MAX];

    if (!ecdsa_sign_raw(draft->mint->p256, secret, text, r, s, err))
        return false;
    if (has(draft, bent))
        s[20] ^= 1;
    if (bent == DEFECT_QUOTE_SIGNATURE && has(draft, DEFECT_QUOTE_SIGNATURE_ZERO)) {
        memset(r, 0, sizeof r);
        memset(s, 0, sizeof s);
    }
    buf_add(out, bytes_of(r, SIGNATURE_LEN / 2));
    buf_add(out, bytes_of(s, SIGNATURE_LEN / 2));
    return true;
}

/* ---- what is quoted ---------------------------------------------------------------- */

static void add_header(const struct draft *draft, struct buf *out)
{
    static const uint8_t intel[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                       0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };
    const struct quote_platform *platform = &draft->pck.platform;
    bool is_tdx = (draft->shape.tee == WORLD_TDX) != has(draft, DEFECT_TEE_TYPE_OTHER);
    bool tells_svns = draft->shape.version == 3;
    uint8_t qe_id[PLATFORM_NAME_LEN];

    add_number(out, has(draft, DEFECT_VERSION_UNKNOWN) ? 6 : draft->shape.version, 2);
    add_number(out, has(draft, DEFECT_KEY_TYPE) ? ECDSA_P384_KEY : ECDSA_P256_KEY, 2);
    add_number(out, has(draft, DEFECT_TEE_TYPE_UNKNOWN) ? 0x82 : is_tdx ? 0x81 : 0, 4);
    add_number(out, tells_svns ? given_or(&draft->order->qe_isvsvn, platform->level) : 0,
               2);
    add_number(out,
               tells_svns                    ? draft->pck.pcesvn
               : has(draft, DEFECT_RESERVED) ? 0x100
                                             : 0,
               2);
    buf_add(out, bytes_of(intel, sizeof intel - 1));
    buf_add_byte(out, has(draft, DEFECT_VENDOR) ? 8 : intel[sizeof intel - 1]);
    platform_name(draft->mint->pcks.desk->platforms, PLATFORM_QE_ID, draft->pck.index,
                  qe_id);
    buf_add(out, bytes_of(qe_id, sizeof qe_id));
    add_number(out, 0, 4);
}

/* Version 5 says what the body is, and how long. */
static void add_descriptor(const struct draft *draft, struct buf *out)
{
    enum quote_body body = draft->shape.body;
    uint64_t len = quote_body_len(body);

    if (has(draft, DEFECT_BODY_TYPE_OTHER))
        body = body == QUOTE_TD_15 ? QUOTE_TD_10 : QUOTE_TD_15;
    if (has(draft, DEFECT_BODY_SIZE_SHORT))
        len--;
    if (has(draft, DEFECT_BODY_SIZE_LONG) || has(draft, DEFECT_BODY_PADDED))
        len++;
    add_number(out, has(draft, DEFECT_BODY_TYPE_UNKNOWN) ? 9 : (uint64_t)body + 1, 2);
    add_number(out, len, 4);
}

static void add_signed_part(const struct draft *draft, struct buf *out)
{
    uint8_t body[QUOTE_BODY_MAX];

    add_header(draft, out);
    if (draft->shape.version == 5)
        add_descriptor(draft, out);
    quote_body_fill(draft->order, &draft->shape, &draft->pck.platform, body);
    buf_add(out, bytes_of(body, quote_body_len(draft->shape.body)));
    if (has(draft, DEFECT_BODY_PADDED))
        buf_add_byte(out, PAD);
}

/* ---- who signs ----------------------------------------------------------------------
 */

/* Intel's counts up; so may anybody's. */
static void fill_auth_data(const struct draft *draft, struct buf *out)
{
    uint64_t len = given_or(&draft->order->auth_data_len, AUTH_DATA_LEN);

    buf_clear(out);
    for (uint64_t i = 0; i < len; i++)
        buf_add_byte(out, (uint8_t)i);
}

/* With a key that is none, the QE has reported just that. */
static bool choose_key(struct draft *draft, const char *purpose, struct error *err)
{
    uint8_t point[P256_OCTETS_LEN];

    platform_secret(draft->mint->pcks.desk->platforms, purpose, draft->pck.index,
                    draft->pck.platform.level, draft->secret);
    if (!ecdsa_public(draft->mint->p256, draft->secret, point, err))
        return false;
    memcpy(draft->key, point + 1, KEY_LEN);
    if (has(draft, DEFECT_KEY_OFF_CURVE))
        draft->key[KEY_LEN - 1] ^= 1;
    return true;
}

/* The digest of the attestation key and the QE's authentication data. */
static void put_binding(const struct draft *draft, uint8_t out[SGX_REPORT_LEN])
{
    struct bytes auth_data = buf_bytes(&draft->mint->auth_data);
    struct buf text;

    buf_init(&text, KEY_LEN + UINT16_MAX);
    buf_add(&text, bytes_of(draft->key, KEY_LEN));
    buf_add(&text, auth_data);
    if (has(draft, DEFECT_QE_REPORT_DATA))
        buf_add_byte(&text, PAD);
    struct sha256 digest = sha256(buf_bytes(&text));
    buf_fini(&text);
    memcpy(out + QUOTE_BODY_REPORT_DATA, digest.digest, sizeof digest.digest);
    if (has(draft, DEFECT_QE_REPORT_DATA_UPPER))
        out[QUOTE_BODY_REPORT_DATA + 63] = 1;
}

/* QE report, its signature, authentication data, certification data. */
static bool add_qe_part(const struct draft *draft, struct buf *out, struct error *err)
{
    uint8_t report[SGX_REPORT_LEN], secret[ECDSA_SECRET_LEN];
    struct buf certification;
    unsigned type = has(draft, DEFECT_INNER_TYPE_0)   ? 0
                    : has(draft, DEFECT_INNER_TYPE_6) ? 6
                    : has(draft, DEFECT_INNER_TYPE_7) ? 7
                                                      : draft->shape.certification;

    quote_qe_report_fill(draft->order, &draft->shape, &draft->pck.platform, report);
    put_binding(draft, report);
    size_t report_at = out->len;
    buf_add(out, bytes_of(report, sizeof report));
    pck_secret(draft->mint->pcks.desk->platforms, draft->pck.index, draft->pck.level,
               secret);
    if (!add_signature(draft, secret, bytes_of(report, sizeof report),
                       DEFECT_QE_REPORT_SIGNATURE, out, err))
        return false;
    if (has(draft, DEFECT_QE_REPORT_EDITED) && !out->failed)
        out->at[report_at + 70] ^= 1; /* MRENCLAVE, which nobody looks at */
    add_part(draft, LENGTH_AUTH_DATA, 2, buf_bytes(&draft->mint->auth_data), out);
    add_number(out, type, 2);
    buf_init(&certification, QUOTE_LEN_MAX);
    bool made = quote_pck_certify(&draft->mint->pcks, draft->order, &draft->shape,
                                  &draft->pck, &certification, err);
    add_part(draft, LENGTH_CERTIFICATION_DATA, 4, buf_bytes(&certification), out);
    buf_fini(&certification);
    return made;
}

/* Of version 3 the QE's part stands bare; later it is certification data of type 6. */
static bool add_signature_data(struct draft *draft, struct bytes signed_part,
                               struct buf *out, struct error *err)
{
    struct buf *qe_part = &draft->mint->qe_part, *data = &draft->mint->signature_data;

    buf_clear(qe_part);
    buf_clear(data);
    fill_auth_data(draft, &draft->mint->auth_data);
    if (!choose_key(draft, "attestation", err) || !add_qe_part(draft, qe_part, err)
        || (has(draft, DEFECT_KEY_OTHER) && !choose_key(draft, "another key", err))
        || !add_signature(draft, draft->secret, signed_part, DEFECT_QUOTE_SIGNATURE, data,
                          err))
        return false;
    buf_add(data, bytes_of(draft->key, KEY_LEN));
    if (draft->shape.version == 3) {
        buf_add(data, buf_bytes(qe_part));
    } else {
        add_number(data, has(draft, DEFECT_OUTER_TYPE) ? 5 : QE_REPORT_CERTIFICATION, 2);
        add_part(draft, LENGTH_QE_CERTIFICATION, 4, buf_bytes(qe_part), data);
    }
    add_part(draft, LENGTH_SIGNATURE_DATA, 4, buf_bytes(data), out);
    return (!qe_part->failed && !data->failed)
           || error_set(err, ERROR_LIMIT, "no room for a quote");
}

/* ---- the whole ----------------------------------------------------------------------
 */

bool quote_mint(struct quote_mint *mint, const struct quote_order *order, int64_t now_s,
                struct buf *out, struct error *err)
{
    struct draft draft = { .mint = mint, .order = order };
    size_t start = out->len;

    if (!quote_order_shape(order, &draft.shape, err)
        || !quote_pck_choose(&mint->pcks, order, &draft.shape, now_s, &draft.pck, err))
        return false;
    add_signed_part(&draft, out);
    struct bytes signed_part = bytes_after(buf_bytes(out), start);
    if (out->failed || !add_signature_data(&draft, signed_part, out, err))
        return out->failed ? error_set(err, ERROR_LIMIT, "no room for a quote") : false;
    if (has(&draft, DEFECT_BODY_EDITED) && !out->failed)
        out->at[start + HEADER_LEN + 330] ^= 1; /* report data, or an RTMR */
    return bend_minted(&order->trailing, &order->truncate, &order->flip, start, out, err);
}
