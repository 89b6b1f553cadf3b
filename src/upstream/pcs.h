/* SPDX-License-Identifier: Apache-2.0 */
/* How Intel's collateral is asked for, and what an answer says: URLs, headers, status.
 *
 * Source: Intel PCS API v4; PCCS 1.27 routes (a PCCS or another THIM may stand upstream).
 * Version 3 is never asked for. Pure: it writes requests and reads answers; who sends
 * them is refresh.c. */
#ifndef THIM_UPSTREAM_PCS_H
#define THIM_UPSTREAM_PCS_H

#include "config/config.h"
#include "format/pem.h"
#include "store/holdings.h"

#define PCS_URL_MAX 1024

struct pcs_item {              /* one thing that can be asked for */
    bool is_fmspc_list;        /* the unsigned list; key is unused */
    struct collateral_key key; /* its evaluation number where update is 0 */
    enum update update;        /* TCB info and identities without a number */
};

#define PCS_ITEM_NAME_MAX 80

struct pcs_item_name {
    char s[PCS_ITEM_NAME_MAX]; /* "tcb_info/sgx/v3/30606a000000 standard", "fmspcs" */
};
struct pcs_item_name pcs_item_name(const struct pcs_item *item);

/* What the name says, back again: for `thim refresh NAME`. */
bool pcs_item_read(struct bytes name, struct pcs_item *out) MUST_CHECK;

struct pcs_request {
    char url[PCS_URL_MAX];
    const char *chain_header;       /* where the issuer chain comes; NULL: none comes */
    const char *other_chain_header; /* older spelling; NULL: none */
    size_t body_max;
};

/* False where this upstream has no such thing (a PCCS has no lists): nothing is asked. */
bool pcs_request(const struct config_upstream *upstream, const struct pcs_item *item,
                 struct pcs_request *out) MUST_CHECK;

enum pcs_reply {
    PCS_OK = 1,
    PCS_UNCHANGED, /* 304 to a conditional request */
    PCS_ABSENT,    /* 404: no such FMSPC, or not here */
    PCS_GONE,      /* 410: a number that is no longer signed */
    PCS_REFUSED, /* 400, 401, 403, redirects, anything unknown: asking again won't help */
    PCS_BUSY,    /* 429, 503: come back later */
    PCS_BROKEN,  /* 500, 502, 504 */
};
enum pcs_reply pcs_read_status(unsigned status);

/* A CRL body in whichever of its three forms (DER, PEM, hex) as DER; in place or in the
 * arena. */
bool pcs_read_crl(struct bytes body, struct arena *arena, struct bytes *der,
                  struct error *err) MUST_CHECK;

#endif
