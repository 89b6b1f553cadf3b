/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes put together from their parts, true or not: every length is right unless the
 * test wants it wrong. Tests only; signatures are verify/test_quotes' matter.
 *
 *     struct quote_parts parts = quote_parts_plain(4, TEE_TDX, 2);
 *     parts.outer_type = 5;
 *     put_quote(&buf, &parts); */
#ifndef THIM_FORMAT_TEST_QUOTE_H
#define THIM_FORMAT_TEST_QUOTE_H

#include "format/quote.h"
#include "format/test_der.h"
#include "kit/buf.h"

#define QUOTE_VENDOR "\x93\x9a\x72\x33\xf7\x9c\x4c\xa9\x94\x0a\x0d\xb3\x95\x7f\x06\x07"

enum quote_body_type { BODY_SGX = 1, BODY_TD_10, BODY_TD_15, BODY_TD_15_EX };

struct quote_parts {
    uint16_t version, key_type;
    uint32_t tee;
    uint16_t qe_svn, pce_svn;
    uint8_t vendor[16], user_data[20];
    uint16_t body_type; /* which body it is; written from version 5 on */
    uint8_t body[TD_REPORT_15_EX_LEN];
    uint8_t signature[64], key[64];
    uint8_t qe_report[SGX_REPORT_BODY_LEN], qe_signature[64];
    struct bytes auth;
    uint16_t outer_type; /* written from version 4 on */
    uint16_t inner_type;
    struct bytes certification;
    size_t trailing; /* zeros behind it all */

    /* added to what the length would be */
    int32_t body_len_off, signature_len_off, outer_len_off, auth_len_off, inner_len_off;
};

static inline size_t quote_body_len(uint16_t type)
{
    static const size_t lengths[] = { 0, SGX_REPORT_BODY_LEN, TD_REPORT_10_LEN,
                                      TD_REPORT_15_LEN, TD_REPORT_15_EX_LEN };

    return type < COUNT_OF(lengths) ? lengths[type] : SGX_REPORT_BODY_LEN;
}

/* Bytes that count up, each part from another start, so that none is mistaken for its
 * neighbour; auth data of 32 bytes, and something in the place of a PCK chain. */
static inline struct quote_parts quote_parts_plain(uint16_t version, enum tee tee,
                                                   uint16_t body_type)
{
    struct quote_parts parts = {
        .version = version,
        .key_type = 2,
        .tee = tee,
        .vendor = QUOTE_VENDOR,
        .body_type = body_type,
        .auth = LITERAL_BYTES("0123456789abcdef0123456789abcdef"),
        .outer_type = CERTIFICATION_QE_REPORT,
        .inner_type = CERTIFICATION_PCK_CHAIN,
        .certification = LITERAL_BYTES("-----BEGIN CERTIFICATE-----\n"),
    };
    const struct {
        uint8_t *at;
        size_t len;
    } filled[] = {
        { parts.user_data, sizeof parts.user_data },
        { parts.body, sizeof parts.body },
        { parts.signature, sizeof parts.signature },
        { parts.key, sizeof parts.key },
        { parts.qe_report, sizeof parts.qe_report },
        { parts.qe_signature, sizeof parts.qe_signature },
    };

    for (size_t i = 0; i < COUNT_OF(filled); i++)
        for (size_t k = 0; k < filled[i].len; k++)
            filled[i].at[k] = (uint8_t)(37 * (i + 1) + k);
    return parts;
}

static inline void put_le(struct buf *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_add_byte(out, (uint8_t)(value >> (8 * i)));
}

/* What the signature covers. */
static inline void put_quote_signed(struct buf *out, const struct quote_parts *parts)
{
    size_t body_len = quote_body_len(parts->body_type);

    put_le(out, parts->version, 2);
    put_le(out, parts->key_type, 2);
    put_le(out, parts->tee, 4);
    put_le(out, parts->qe_svn, 2);
    put_le(out, parts->pce_svn, 2);
    buf_add(out, bytes_of(parts->vendor, sizeof parts->vendor));
    buf_add(out, bytes_of(parts->user_data, sizeof parts->user_data));
    if (parts->version >= 5) {
        put_le(out, parts->body_type, 2);
        put_le(out, body_len + (uint64_t)(int64_t)parts->body_len_off, 4);
    }
    buf_add(out, bytes_of(parts->body, body_len));
}

static inline void put_quote(struct buf *out, const struct quote_parts *parts)
{
    uint64_t inner_len = sizeof parts->qe_report + sizeof parts->qe_signature + 2
                         + parts->auth.len + 6 + parts->certification.len;
    bool has_outer = parts->version >= 4;

    put_quote_signed(out, parts);
    put_le(out,
           128 + (has_outer ? 6U : 0U) + inner_len
               + (uint64_t)(int64_t)parts->signature_len_off,
           4);
    buf_add(out, bytes_of(parts->signature, sizeof parts->signature));
    buf_add(out, bytes_of(parts->key, sizeof parts->key));
    if (has_outer) {
        put_le(out, parts->outer_type, 2);
        put_le(out, inner_len + (uint64_t)(int64_t)parts->outer_len_off, 4);
    }
    buf_add(out, bytes_of(parts->qe_report, sizeof parts->qe_report));
    buf_add(out, bytes_of(parts->qe_signature, sizeof parts->qe_signature));
    put_le(out, parts->auth.len + (uint64_t)(int64_t)parts->auth_len_off, 2);
    buf_add(out, parts->auth);
    put_le(out, parts->inner_type, 2);
    put_le(out, parts->certification.len + (uint64_t)(int64_t)parts->inner_len_off, 4);
    buf_add(out, parts->certification);
    for (size_t i = 0; i < parts->trailing; i++)
        buf_add_byte(out, 0);
}

#endif
