/* SPDX-License-Identifier: Apache-2.0 */
/* The status of the service as JSON; its shape stands in serve/control.h. */
#ifndef THIM_SERVE_CONTROL_STATUS_H
#define THIM_SERVE_CONTROL_STATUS_H

#include <jansson.h>

#include "serve/control.h"

/* NULL where memory is out. The caller owns it. */
json_t *control_status(const struct control_options *options);

#endif
