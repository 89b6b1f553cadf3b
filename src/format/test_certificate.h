/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate put together from its parts, for tests: each part is whole DER and can be
 * replaced by bytes that are wrong in one place. Nothing is signed; reading does not ask.
 */
#ifndef THIM_FORMAT_TEST_CERTIFICATE_H
#define THIM_FORMAT_TEST_CERTIFICATE_H

#include "format/test_der.h"

enum certificate_part {
    PART_VERSION,
    PART_SERIAL,
    PART_INNER_ALGORITHM,
    PART_ISSUER,
    PART_VALIDITY,
    PART_SUBJECT,
    PART_KEY,
    PART_EXTENSIONS, /* [3] with everything in it */
    PART_OUTER_ALGORITHM,
    PART_SIGNATURE,
    CERTIFICATE_PARTS,
};

struct certificate_parts {
    struct bytes part[CERTIFICATE_PARTS];
};

#define ECDSA_SHA256 "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define P256_KEY_ALGORITHM                                                             \
    "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01" \
    "\x07"
#define POINT_64 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"
#define SIGNATURE_R_0102_S_83 "\x30\x08\x02\x02\x01\x02\x02\x02\x00\x83"

/* keyUsage digitalSignature, critical; basicConstraints CA with path length 1, critical
 */
#define EXTENSION_KEY_USAGE \
    "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"
#define EXTENSION_CA_1 \
    "\x30\x12\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01\x01"

static const struct certificate_parts plain_certificate = { {
#define PART(text)                                             \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
    [PART_VERSION] = PART("\xa0\x03\x02\x01\x02"),
    [PART_SERIAL] = PART("\x02\x02\x00\x9a"),
    [PART_INNER_ALGORITHM] = PART(ECDSA_SHA256),
    [PART_ISSUER] = PART("\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x13\x06"
                         "Issuer"),
    [PART_VALIDITY] = PART("\x30\x1e\x17\x0d"
                           "250102030405Z"
                           "\x17\x0d"
                           "491231235959Z"),
    [PART_SUBJECT] = PART("\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07"
                          "Subject"),
    [PART_KEY] = PART("\x30\x59" P256_KEY_ALGORITHM "\x03\x42\x00\x04" POINT_64),
    [PART_EXTENSIONS] = PART("\xa3\x26\x30\x24" EXTENSION_KEY_USAGE EXTENSION_CA_1),
    [PART_OUTER_ALGORITHM] = PART(ECDSA_SHA256),
    [PART_SIGNATURE] = PART("\x03\x0b\x00" SIGNATURE_R_0102_S_83),
} };

static inline void put_certificate(struct buf *out, const struct certificate_parts *parts)
{
    size_t opened = der_open(out);

    for (size_t i = 0; i < CERTIFICATE_PARTS; i++) {
        buf_add(out, parts->part[i]);
        if (i == PART_EXTENSIONS)
            der_close(out, DER_SEQUENCE, opened);
    }
    der_close(out, DER_SEQUENCE, opened);
}

/* The plain certificate with this run of Extensions instead of its own. */
static inline void put_certificate_with_extensions(struct buf *out, struct bytes list)
{
    struct certificate_parts parts = plain_certificate;
    struct buf wrapped;

    buf_init(&wrapped, out->ceiling);
    buf_add(&wrapped, list);
    der_close(&wrapped, DER_SEQUENCE, 0);
    der_close(&wrapped, DER_CONTEXT_CONSTRUCTED + 3, 0);
    parts.part[PART_EXTENSIONS] = buf_bytes(&wrapped);
    put_certificate(out, &parts);
    buf_fini(&wrapped);
}

#endif
