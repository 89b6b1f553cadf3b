/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate chain and its key, ready for handshakes, exchanged while serving.
 *
 * A set is immutable and counted: each connection holds the one that it was accepted
 * under until it closes, since GnuTLS looks at it all through the handshake. */
#ifndef THIM_NET_TLS_CERTIFICATE_H
#define THIM_NET_TLS_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "kit/base.h"
#include "kit/error.h"

struct tls_certificate;

/* PEM, the leaf first. ERROR_FORMAT where the texts cannot be read or the key is not the
 * leaf's. */
bool tls_certificate_load(const char *certificate_pem, const char *key_pem,
                          struct tls_certificate **out, struct error *err) MUST_CHECK;
struct tls_certificate *tls_certificate_hold(struct tls_certificate *set);
void tls_certificate_release(struct tls_certificate *set);
DEFINE_OWNED(struct tls_certificate *, tls_certificate_release)

/* For GnuTLS's retrieve function. */
void tls_certificate_show(struct tls_certificate *set, gnutls_pcert_st **chain,
                          unsigned *chain_len, gnutls_privkey_t *key);

#endif
