/* SPDX-License-Identifier: Apache-2.0 */
/* A private CA and a server certificate, made once by `thimd init`.
 *
 * ECDSA P-256; the CA for ten years, the server certificate for 397 days, with the names
 * given (DNS names or numeric addresses) and localhost, 127.0.0.1, ::1. */
#ifndef THIM_NET_TLS_FILES_H
#define THIM_NET_TLS_FILES_H

#include "kit/buf.h"
#include "kit/error.h"

struct tls_files {
    struct buf ca_certificate, ca_key; /* PEM */
    struct buf certificate, key;       /* PEM; certificate is leaf then CA */
};

void tls_files_fini(struct tls_files *files);

bool tls_files_make(const char *const *names, size_t name_count, struct tls_files *out,
                    struct error *err) MUST_CHECK;

/* A new server certificate under an existing CA. */
bool tls_files_renew(struct bytes ca_certificate_pem, struct bytes ca_key_pem,
                     const char *const *names, size_t name_count, struct tls_files *out,
                     struct error *err) MUST_CHECK;

#endif
