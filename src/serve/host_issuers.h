/* SPDX-License-Identifier: Apache-2.0 */
/* The few issuers of PCK certificates, each verified once and written down once as a
 * header: every platform has one of Intel's two CAs, and a CA rarely another certificate.
 *
 * Lifetime: an issuer stays where it is until host_issuers_destroy. Any thread. */
#ifndef THIM_SERVE_HOST_ISSUERS_H
#define THIM_SERVE_HOST_ISSUERS_H

#include "serve/shelf_page.h"
#include "verify/pck.h"

#define HOST_ISSUERS_MAX 64

struct host_issuer {
    struct verified_pck_issuer *verified;
    const struct page_chain *chain;
};

struct host_issuers;

bool host_issuers_create(const struct trust *trust, struct host_issuers **out,
                         struct error *err) MUST_CHECK;
void host_issuers_destroy(struct host_issuers *issuers); /* accepts NULL */
DEFINE_OWNED(struct host_issuers *, host_issuers_destroy)

/* chain: CA, root. ERROR_UNTRUSTED and the like where it does not verify; ERROR_LIMIT
 * past HOST_ISSUERS_MAX different ones. */
bool host_issuer_of(struct host_issuers *issuers, const struct der_chain *chain,
                    const struct host_issuer **out, struct error *err) MUST_CHECK;

#endif
