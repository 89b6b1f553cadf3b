/* SPDX-License-Identifier: Apache-2.0 */
/* DER put together by hand: X.690, as much of it as certificates and CRLs need.
 *
 * OpenSSL's own makers take longer and let no signature be put in that is not of their
 * making. Elements are shorter than 64 KiB. */
#ifndef THIM_SIM_DER_OUT_H
#define THIM_SIM_DER_OUT_H

#include "kit/buf.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};

/* Begins an element, whose content follows; der_end, with what this gave, its length. */
size_t der_begin(struct buf *out, uint8_t tag);
void der_end(struct buf *out, size_t mark);

/* A whole one. */
void der_put(struct buf *out, uint8_t tag, const void *at, size_t len);
void der_put_integer(struct buf *out, uint64_t value);
void der_put_unsigned(struct buf *out, struct bytes big_endian); /* of any length */
void der_put_boolean(struct buf *out, bool value);
void der_put_time(struct buf *out, int64_t at_s); /* as RFC 5280, 4.1.2.5 wants it */

/* Begins a BIT STRING of whole bytes. */
size_t der_begin_bits(struct buf *out);

/* Begins an extension, whose value follows. */
struct der_extension {
    size_t whole, value;
};
struct der_extension der_begin_extension(struct buf *out, struct bytes oid,
                                         bool is_critical);
void der_end_extension(struct buf *out, struct der_extension extension);

/* The whole extension: one distribution point. */
void der_put_crl_distribution_point(struct buf *out, const char *uri);

#endif
