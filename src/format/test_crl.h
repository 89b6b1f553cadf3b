/* SPDX-License-Identifier: Apache-2.0 */
/* A CRL put together from its parts, for tests: each part is whole DER and can be
 * replaced by bytes that are wrong in one place. Nothing is signed; reading does not ask.
 */
#ifndef THIM_FORMAT_TEST_CRL_H
#define THIM_FORMAT_TEST_CRL_H

#include "format/test_certificate.h"

enum crl_part {
    CRL_VERSION,
    CRL_INNER_ALGORITHM,
    CRL_ISSUER,
    CRL_THIS_UPDATE,
    CRL_NEXT_UPDATE,
    CRL_REVOKED,
    CRL_EXTENSIONS, /* [0] with everything in it */
    CRL_OUTER_ALGORITHM,
    CRL_SIGNATURE,
    CRL_PARTS,
};

#define MAY    \
    "\x17\x0d" \
    "250501000000Z"
#define JUNE   \
    "\x17\x0d" \
    "250601000000Z"
#define JULY   \
    "\x17\x0d" \
    "250701000000Z"
#define REASON_LIST(reason) "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01" reason
#define ENTRY_5 "\x30\x12\x02\x01\x05" MAY
#define AKI "\x30\x0d\x06\x03\x55\x1d\x23\x04\x06\x30\x04\x80\x02\xab\xcd"
#define NUMBER_200 "\x30\x0b\x06\x03\x55\x1d\x14\x04\x04\x02\x02\x00\xc8"

/* Entries of serials 5 and 0x80, the latter for reason 1 (keyCompromise). */
static const struct bytes plain_crl[CRL_PARTS] = {
#define PART_OF_CRL(text)                                      \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
    [CRL_VERSION] = PART_OF_CRL("\x02\x01\x01"),
    [CRL_INNER_ALGORITHM] = PART_OF_CRL(ECDSA_SHA256),
    [CRL_ISSUER] = PART_OF_CRL("\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x13\x06"
                               "Issuer"),
    [CRL_THIS_UPDATE] = PART_OF_CRL(JUNE),
    [CRL_NEXT_UPDATE] = PART_OF_CRL(JULY),
    [CRL_REVOKED] =
        PART_OF_CRL("\x30\x37\x30\x21\x02\x02\x00\x80" MAY REASON_LIST("\x01") ENTRY_5),
    [CRL_EXTENSIONS] = PART_OF_CRL("\xa0\x1e\x30\x1c" AKI NUMBER_200),
    [CRL_OUTER_ALGORITHM] = PART_OF_CRL(ECDSA_SHA256),
    [CRL_SIGNATURE] = PART_OF_CRL("\x03\x0b\x00" SIGNATURE_R_0102_S_83),
};

static inline void put_crl(struct buf *out, const struct bytes *parts)
{
    for (size_t i = 0; i < CRL_PARTS; i++) {
        buf_add(out, parts[i]);
        if (i == CRL_EXTENSIONS)
            der_close(out, DER_SEQUENCE, 0);
    }
    der_close(out, DER_SEQUENCE, 0);
}

#endif
