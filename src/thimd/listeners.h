/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of the service: one HTTP server for each configured listener, with its
 * certificate where it speaks HTTPS. */
#ifndef THIM_THIMD_LISTENERS_H
#define THIM_THIMD_LISTENERS_H

#include "config/config.h"
#include "net/http_server.h"

struct listener {
    struct http_server *server;
    const struct config_listener *config;
};

struct listeners {
    struct listener listeners[CONFIG_LISTENERS_MAX];
    size_t count;
    const struct config *config;
    char request_id[33];
};

/* Opens all or none; out must stay where it is while they are open. */
bool listeners_open(const struct config *config, const struct http_handler *handler,
                    struct listeners *out, struct error *err) MUST_CHECK;

/* Reads certificates and keys again, for connections from now on. One that cannot be read
 * keeps the one it had, and is logged. */
void listeners_reload(struct listeners *listeners);

/* Stops accepting, lets requests under way end, within wait_ms for all together. */
void listeners_drain(struct listeners *listeners, int64_t wait_ms);

#endif
