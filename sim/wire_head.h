/* SPDX-License-Identifier: Apache-2.0 */
/* The text before a body: request lines and headers as they come, answers as they go.
 * RFC 9112, as much of it as clients of PCS use. */
#ifndef THIM_SIM_WIRE_HEAD_H
#define THIM_SIM_WIRE_HEAD_H

#include "sim/wire.h"

/* Splits the first line, "GET /path HTTP/1.1", into method and target; false where it is
 * not such a line. head: all before the empty line. */
bool wire_head_request(struct bytes head, struct wire_request *out);

/* The value of the first header of this name; empty where absent. */
struct bytes wire_head_value(struct bytes head, const char *name);

/* Appends status line and headers of an answer, the empty line too. */
void wire_head_write(struct buf *head, const struct wire_answer *answer, bool closes);

#endif
