/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite file of Intel's PCCS, read for `thim platform import pccs`, and written down
 * as the offline bundle that it amounts to (format/platform_bundle.h), so that there is
 * one way in for everything, and that one verifies.
 *
 * Source: PCCS 1.10 to 1.27, tables platforms, platform_tcbs, pck_cert, pck_certchain,
 * pcs_certificates, pck_crl, fmspc_tcbs, enclave_identities, crl_cache (reference
 * intel-pccs-and-pcs, section 7). The file is opened read-only and never changed. */
#ifndef THIM_STORE_PCCS_FILE_H
#define THIM_STORE_PCCS_FILE_H

#include "kit/buf.h"
#include "kit/error.h"

struct pccs_counts {
    size_t platforms, pcks, tcb_infos, identities, crls;
    size_t odd; /* rows that could not be understood, each told to `odd` */
};

/* Writes the bundle (JSON, version 4) through `out`, piece by piece. ERROR_FORMAT where
 * it is no PCCS database, with what is missing; ERROR_NOT_FOUND, ERROR_SYSTEM. */
bool pccs_file_to_bundle(const char *path,
                         bool (*out)(void *context, struct bytes piece,
                                     struct error *err),
                         void (*odd)(void *context, const char *what), void *context,
                         struct pccs_counts *counts, struct error *err) MUST_CHECK;

#endif
