/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict as JSON (RFC 8259): the same object from the command, the service and the
 * library. doc/verify.md tells every member. */
#ifndef THIM_VERIFY_VERDICT_JSON_H
#define THIM_VERIFY_VERDICT_JSON_H

#include "kit/buf.h"
#include "verify/policy.h"

/* One object, without a line end. more: members of the caller's, as they are to stand
 * ("\"baseline\":\"steady\""), at the end; empty: none. */
void verdict_json_write(const struct verdict *verdict, const struct policy_answer *answer,
                        struct bytes more, struct buf *out);

#endif
