/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to thimd over its admin socket. */
#ifndef THIM_THIM_SERVICE_CLIENT_H
#define THIM_THIM_SERVICE_CLIENT_H

#include <jansson.h>

#include "kit/error.h"

#define SERVICE_SOCKET "/run/thim/admin.sock"

struct service_address {
    const char *state;  /* --state DIR: DIR/admin.sock */
    const char *socket; /* --socket PATH; NULL for both is SERVICE_SOCKET */
};

/* One request; body NULL is a GET, else a POST of this JSON. *answer is the caller's.
 * ERROR_UNREACHABLE where nobody listens; else the service's own refusal, with its
 * remedy. */
bool service_ask(const struct service_address *address, const char *path,
                 const json_t *body, json_t **answer, struct error *err)
    __attribute__((warn_unused_result));

#endif
