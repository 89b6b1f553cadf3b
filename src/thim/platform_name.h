/* SPDX-License-Identifier: Apache-2.0 */
/* Which platform an operator means: a QE ID, or as much of its beginning as is one
 * platform's alone. */
#ifndef THIM_THIM_PLATFORM_NAME_H
#define THIM_THIM_PLATFORM_NAME_H

#include "format/registration.h"
#include "thim/service_client.h"

#define QE_ID_USUAL 32 /* digits; as many or more are taken for the whole */
#define QE_ID_LEAST 6

struct platform_target { /* as requests have it */
    char qe_id[QE_ID_MAX + 1];
    char pce_id[5];
};

/* pce_id: NULL where it was not given. ERROR_FORMAT where the text is none, or several
 * platforms begin so; ERROR_NOT_FOUND where none does. Asks the service for shortened
 * ones alone. */
bool platform_target_find(const struct service_address *address, const char *qe_id,
                          const char *pce_id, struct platform_target *out,
                          struct error *err) MUST_CHECK;

/* The answer of GET /thim/v1/platforms, page by page; after 0 is the first. The caller's.
 */
bool platform_page(const struct service_address *address, const char *fmspc,
                   long long after, json_t **page, struct error *err) MUST_CHECK;

#endif
