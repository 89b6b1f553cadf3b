/* SPDX-License-Identifier: Apache-2.0 */
/* Who may use one of the operator's routes, through whichever door it was asked. */
#ifndef THIM_SERVE_CONTROL_GATE_H
#define THIM_SERVE_CONTROL_GATE_H

#include "serve/access.h"
#include "serve/control_json.h"

struct control_gate {
    unsigned role;    /* who else than the operator; 0: nobody */
    bool to_loopback; /* and whoever is on this machine */
};

/* Fills the caller; NULL where they may pass. */
const struct control_failure *control_gate_judge(const struct control_gate *gate,
                                                 struct access *access,
                                                 const struct http_request *request,
                                                 struct caller *caller);

#endif
