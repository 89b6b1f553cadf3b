/* SPDX-License-Identifier: Apache-2.0 */
/* The miss desk: a question that the shelf cannot answer, on its way from serve/ to
 * upstream/, which do not know each other. */
#ifndef THIM_THIMD_DESK_H
#define THIM_THIMD_DESK_H

#include "serve/miss.h"
#include "upstream/refresh.h"

struct desk {
    const struct config *config;
    struct refresh *refresh; /* NULL: not yet, everything is unreachable */
};

/* For front_create; the desk must outlive the front. */
struct miss_desk desk_counter(struct desk *desk);

#endif
