/* SPDX-License-Identifier: Apache-2.0 */
/* The request that a host has made, out of what an operator has at hand: its URL, its
 * query, or a line of some log that one of these stands in. */
#ifndef THIM_THIM_DOCTOR_REQUEST_H
#define THIM_THIM_DOCTOR_REQUEST_H

#include "kit/buf.h"
#include "kit/error.h"

/* Whether the text is such, and not a QE ID. */
bool doctor_request_is(const char *text);

/* Appends the query for the service: the parameters that it knows, their values being hex
 * digits. ERROR_FORMAT names what is missing or not hex. */
bool doctor_request_read(const char *text, struct buf *query, struct error *err)
    MUST_CHECK;

#endif
