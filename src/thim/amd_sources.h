/* SPDX-License-Identifier: Apache-2.0 */
/* What a fleet's keeper brings, whatever it is: a list (format/chip_list.h: CSV, URLs,
 * JSON), an attestation report, a certificate table, a certificate, or a directory of
 * all these, as is trustee's OfflineStore. What a file is, its bytes say, and not its
 * name; one that cannot be read does not stop the rest. */
#ifndef THIM_THIM_AMD_SOURCES_H
#define THIM_THIM_AMD_SOURCES_H

#include "format/chip_list.h"

struct amd_sink { /* where it goes; functions return false, with err, to end it */
    void *context;
    struct chip_hint hint;

    /* A chip to be fetched, at the hint's TCB where that has one. */
    bool (*chip)(void *context, const struct kds_key *key, struct error *err);

    /* A VCEK or VLEK as it is, DER; what it says of itself is key. */
    bool (*certificate)(void *context, struct bytes der, const struct kds_key *key,
                        const char *path, struct error *err);

    /* line 0: the file. */
    void (*refused)(void *context, const char *path, size_t line, const char *why);
};

/* "-" is standard input. ERROR_FORMAT where there is no such file; ERROR_LIMIT,
 * ERROR_SYSTEM. */
bool amd_sources_read(const char *path, const struct amd_sink *sink, struct error *err)
    MUST_CHECK;

#endif
