/* SPDX-License-Identifier: Apache-2.0 */
/* A PCK certificate as hosts are given it.
 *
 * Source: PCS API v4, "Get PCK Certificate": the leaf as PEM; headers SGX-TCBm,
 * SGX-FMSPC, SGX-PCK-Certificate-CA-Type, SGX-PCK-Certificate-Issuer-Chain. Azure's THIM:
 * a JSON object with pckCert, sgx-Tcbm, sgx-Pck-Certificate-Issuer-Chain
 * (percent-encoded) and cacheMaxAge, all four always, since its client aborts without any
 * of them (reference clients, B3); the headers stand beside it, so that either client can
 * read either form. */
#ifndef THIM_SERVE_HOST_PAGE_H
#define THIM_SERVE_HOST_PAGE_H

#include "serve/host.h"

/* Made where there is none, or where its max-age has become too long; the host's own.
 * pck has been verified. NULL where memory is out. */
const struct shelf_page *host_page(struct host *host, const struct host_law *law,
                                   size_t pck, enum host_form form, struct error *err);

#endif
