/* SPDX-License-Identifier: Apache-2.0 */
/* PEM text (RFC 7468): one block, or a chain of certificates.
 *
 * Reading takes CRLF and LF, lines of any length, white space between blocks and trailing
 * NULs (clients' buffers carry them); anything else between blocks is refused.
 * Writing gives 64 characters a line, LF, and ends in a newline. */
#ifndef THIM_FORMAT_PEM_H
#define THIM_FORMAT_PEM_H

#include "format/x509.h"
#include "kit/arena.h"
#include "kit/buf.h"

struct der_chain { /* DER certificates in the order they came */
    struct bytes certificates[X509_CHAIN_MAX];
    size_t count;
};

/* All blocks must be CERTIFICATE; 1 to X509_CHAIN_MAX of them. DER lies in the arena. */
bool pem_chain_read(struct bytes text, struct arena *arena, struct der_chain *out,
                    struct error *err) MUST_CHECK;

/* Exactly one block; label is what must stand after BEGIN ("X509 CRL"), NULL for any. */
bool pem_block_read(struct bytes text, const char *label, struct arena *arena,
                    struct bytes *der, struct error *err) MUST_CHECK;

/* True where the text begins (after white space) with "-----BEGIN ". */
bool pem_looks_like(struct bytes text);

void pem_write(struct buf *out, const char *label, struct bytes der);

/* The chain's certificates, one PEM block after another. */
void pem_chain_write(struct buf *out, const struct der_chain *chain);

#endif
