/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to whoever the operator named: one JSON document each, by POST, one after
 * another, from a thread of its own.
 *
 * An alert is a courtesy and never holds anything up: what cannot be delivered in
 * WEBHOOK_TRIES is given up with one line in the log, and when too many wait the oldest
 * gives way. The URL may carry a secret, so the log names its host only. */
#ifndef THIM_THIMD_WEBHOOK_H
#define THIM_THIMD_WEBHOOK_H

#include "kit/bytes.h"
#include "kit/counter.h"
#include "kit/error.h"

#define WEBHOOK_QUEUE_MAX 64 /* waiting, beside the one that is being sent */
#define WEBHOOK_TRIES 5
#define WEBHOOK_ALERT_MAX ((size_t)256 * 1024) /* bytes; a larger one is not taken */

struct webhook;

struct webhook_options {
    const char *url;     /* https, or http to a loopback address; copied, as the next */
    const char *ca_file; /* PEM; NULL: the system's trust store */
    struct counters *counters; /* where "webhook_sent", "webhook_given_up" and
                                  "webhook_displaced" are counted; may be NULL */
    int64_t second_ms; /* of the pauses between tries, by the machine's clock; 0: 1000 */
};

/* ERROR_FORMAT for a URL that is not allowed. */
bool webhook_start(const struct webhook_options *options, struct webhook **out,
                   struct error *err) MUST_CHECK;

/* Copies the document and returns at once; from any thread. */
void webhook_post(struct webhook *webhook, struct bytes json);

/* Ends the call under way and the thread; what still waits is dropped, with a line that
 * says how much. Accepts NULL. */
void webhook_stop(struct webhook *webhook);
DEFINE_OWNED(struct webhook *, webhook_stop)

#endif
