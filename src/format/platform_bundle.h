/* SPDX-License-Identifier: Apache-2.0 */
/* The offline bundle: the body of PUT /platformcollateral, what pcsclient.py fetches and
 * pccsadmin.py puts (platform_collaterals.json).
 *
 * Source: PCCS 1.27, platform collateral schema, versions 3 and 4 (reference
 * intel-pccs-and-pcs, section 5). Up to a GiB of JSON: it is walked, never held. A
 * visitor is called for each part in the document's order, each part read into an arena
 * of its own that is dropped after the call, so that memory is bounded by the largest
 * part. Nothing here says whether anything is true. */
#ifndef THIM_FORMAT_PLATFORM_BUNDLE_H
#define THIM_FORMAT_PLATFORM_BUNDLE_H

#include "format/pck_list.h"
#include "format/pem.h"
#include "format/registration.h"

#define BUNDLE_BYTES_MAX ((size_t)1 << 30)
#define BUNDLE_PLATFORMS_MAX 1000000

enum bundle_part_kind {
    BUNDLE_PLATFORM = 1, /* registration */
    BUNDLE_PCKS,         /* registration (name, encrypted PPID, manifest), list */
    BUNDLE_TCB_INFO,     /* document, is_early, is_tdx; fmspc as the bundle says */
    BUNDLE_IDENTITY,     /* document, is_early, identity */
    BUNDLE_PCK_CRL,      /* crl, is_platform_ca */
    BUNDLE_ROOT_CRL,     /* crl */
    BUNDLE_CHAIN,        /* chain, chain_of */
};

enum bundle_identity { BUNDLE_QE = 1, BUNDLE_TD_QE, BUNDLE_QVE };
enum bundle_chain {
    BUNDLE_PCK_PROCESSOR = 1,
    BUNDLE_PCK_PLATFORM,
    BUNDLE_TCB,
    BUNDLE_QE_IDENTITY
};

struct bundle_part {
    enum bundle_part_kind kind;
    const char *where; /* "collaterals.tcbinfos[3].sgx_tcbinfo": for messages */
    struct registration registration;
    struct pck_list pcks;
    /* The {tcbInfo, signature} envelope. Out of a string: its bytes, as given. Out of an
     * object: without white space between its tokens, for pcsclient re-writes what it
     * fetched with blanks after every ":" and ",", and Intel signs text without any. */
    struct bytes document;
    bool is_early, is_tdx, is_platform_ca;
    bool has_fmspc;
    uint8_t fmspc[6];
    enum bundle_identity identity;
    enum bundle_chain chain_of;
    struct bytes crl; /* DER */
    struct der_chain chain;
};

struct bundle_visitor {
    void *context;
    /* A part that could be read. False ends the walk (the visitor has filled err). */
    bool (*part)(void *context, const struct bundle_part *part, struct error *err);
    /* A part that could not: where it stands and why. The walk goes on. */
    void (*fault)(void *context, const char *where, const struct error *why);
};

/* Walks the whole document. False (ERROR_FORMAT, ERROR_LIMIT) where it is not JSON, lacks
 * what a bundle must have (platforms, collaterals.{version, pck_certs, tcbinfos,
 * certificates}), or the visitor ended it; an empty platforms or pck_certs list is well.
 * What is no bundle is refused before the first part is visited. An optional member that
 * is null or "" is not there. The chains come first, wherever they stand in the document:
 * who verifies needs them before the rest. */
bool platform_bundle_walk(struct bytes text, const struct bundle_visitor *visitor,
                          struct error *err) MUST_CHECK;

#endif
