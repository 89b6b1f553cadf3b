/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that wire.c listens on: loopback addresses only. */
#ifndef THIM_SIM_WIRE_LISTEN_H
#define THIM_SIM_WIRE_LISTEN_H

#include "kit/error.h"

#define WIRE_ADDRESS_LEN 64

/* text: "127.0.0.1:PORT" (any address of 127.0.0.0/8) or "[::1]:PORT". bound gets the
 * same with the port that it became. The caller closes *out. ERROR_FORMAT where the text
 * is no such address, ERROR_SYSTEM where it cannot be had. */
bool wire_listen(const char *text, int *out, char bound[WIRE_ADDRESS_LEN],
                 struct error *err) MUST_CHECK;

#endif
