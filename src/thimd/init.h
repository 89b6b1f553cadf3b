/* SPDX-License-Identifier: Apache-2.0 */
/* `thimd init --name NAME`: a private CA and a server certificate in the state directory,
 * made once. From then on the service speaks HTTPS.
 *
 * Files: tls/ca.pem (give this one to clients), tls/ca.key (mode 0600), tls/server.pem,
 * tls/server.key (mode 0600). */
#ifndef THIM_THIMD_INIT_H
#define THIM_THIMD_INIT_H

#include "kit/error.h"

#define INIT_PATH_MAX 4096

struct tls_paths {
    char directory[INIT_PATH_MAX];
    char ca[INIT_PATH_MAX], ca_key[INIT_PATH_MAX];
    char certificate[INIT_PATH_MAX], key[INIT_PATH_MAX];
};

/* ERROR_LIMIT where the directory's name is too long. */
bool tls_paths_under(const char *state_directory, struct tls_paths *out,
                     struct error *err) MUST_CHECK;

/* Whether a certificate and its key are there. */
bool tls_paths_exist(const struct tls_paths *paths);

/* The first time makes everything; later a new server certificate under the same CA, so
 * that clients need not be told. Nothing that was there is lost on failure. */
bool init_make(const char *state_directory, const char *const *names, size_t name_count,
               struct error *err) MUST_CHECK;

#endif
