/* SPDX-License-Identifier: Apache-2.0 */
/* How AMD's certificates, chains and CRLs are asked for, and what an answer says.
 *
 * KDS and a THIM have the same paths; a THIM may want a token. A VLEK is asked for at
 * another port, with the provider's own TLS certificate. Source: AMD 57230, chapter 4.
 * Pure: it writes requests and reads answers; who sends them is kds_call.c. */
#ifndef THIM_UPSTREAM_KDS_READ_H
#define THIM_UPSTREAM_KDS_READ_H

#include "config/config.h"
#include "format/kds_url.h"

#define KDS_REQUEST_URL_MAX 1024

struct kds_request {
    char url[KDS_REQUEST_URL_MAX];
    bool wants_client_certificate; /* the upstream's, and its key */
    size_t body_max;
};

/* False where this upstream is not to be asked for such a thing: nothing is asked. */
bool kds_request_write(const struct config_amd_upstream *upstream,
                       const struct kds_key *key, struct kds_request *out) MUST_CHECK;

enum kds_reply {
    KDS_OK = 1,
    KDS_ABSENT,    /* 404: no such product, chip or TCB_VERSION, or not here */
    KDS_THROTTLED, /* 429, or 503 that says when to come back */
    KDS_BROKEN,    /* 5xx */
    KDS_REFUSED,   /* redirects, 401, anything else: asking again won't help */
};

/* retry_after: the header's value, empty where there is none. *wait_s: what a refusal
 * asks for, bounded by SCHEDULE_RETRY_AFTER_MAX_S; 0 where it says nothing. */
enum kds_reply kds_reply_read(unsigned status, struct bytes retry_after, int64_t now_s,
                              int64_t *wait_s);

/* Whether the body looks like what was asked for: DER, or PEM for a chain. ERROR_FORMAT
 * says what it is instead (a page in HTML, from something on the way). */
bool kds_body_check(struct bytes body, enum kds_resource resource, struct error *err)
    MUST_CHECK;

#endif
