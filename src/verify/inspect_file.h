/* SPDX-License-Identifier: Apache-2.0 */
/* What a file holds, before anybody asks what it says: certificates, a CRL, or a JSON
 * document, and how they were written.
 *
 * PEM (RFC 7468, plain or percent-encoded as in PCS's headers), DER, hex of DER with
 * white space anywhere, or JSON. Lifetime: views look into the file or the arena. */
#ifndef THIM_VERIFY_INSPECT_FILE_H
#define THIM_VERIFY_INSPECT_FILE_H

#include "format/pem.h"

struct inspect_file {      /* exactly one of the three is there */
    const char *encoding;  /* "PEM", "DER", "hex", "JSON" */
    struct der_chain ders; /* certificates, in the file's order */
    struct bytes crl;      /* DER */
    struct bytes json;     /* whole */
};

/* ERROR_FORMAT: none of these; ERROR_LIMIT past `max` bytes or the arena. */
bool inspect_file_read(struct bytes file, size_t max, struct arena *arena,
                       struct inspect_file *out, struct error *err) MUST_CHECK;

#endif
