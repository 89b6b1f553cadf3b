/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/host_group.h"

const char *host_standing_name(enum host_standing standing)
{
    switch (standing) {
    case HOST_COUNTS:
        return "counts";
    case HOST_UNCONFIRMED:
        return "unconfirmed";
    case HOST_LONG_UNSEEN:
        return "long_unseen";
    }
    return "unknown";
}
