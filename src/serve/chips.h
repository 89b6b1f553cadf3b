/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's side of what hosts are told: a mirror of KDS, Azure's THIM endpoint in a guest,
 * and Azure's regional cache.
 *
 *   /vcek/v1/{product}/{chip id}?..SPL     DER        as format/kds_url.h reads them
 *   /vcek|vlek/v1/{product}/cert_chain     PEM        ASK or ASVK, then ARK
 *   /vcek|vlek/v1/{product}/crl            DER
 *   /vlek/v1/{product}/cert?..SPL          DER        imported, or from an upstream
 *   /metadata/THIM/amd/certification[?platformId=&tcbVersion=&productName=]
 *       needs Metadata: true, refuses X-Forwarded-For; JSON { "vcekCert", "tcbm",
 *       "certificateChain", "cacheControl" }, all texts, as Azure writes them
 *   /SevSnpVM/certificates/{chip id}/{tcb} PEM of VCEK, ASK, ARK; 404 with no body
 *   POST /thim/v1/amd/vcek                 by registrars: serve/chips_post.c
 *
 * A name without a product is looked up as each product that it may be of
 * (serve/chip_question.h), first in memory, then in the store. Where none is held, the
 * product whose chip is known at some other TCB is asked for; where none is known, this
 * host's own first, else Milan, then Genoa: a stranger's first request may cost two calls
 * upstream, and never another.
 *
 * A VCEK in memory costs what a TCB info costs: ready replies in a bounded cache, one
 * look-up, no lock but a shard's. Chains and CRLs are ready replies of the law. Headers
 * that KDS lacks: ETag, Cache-Control (long for VCEKs, which do not change), Request-ID.
 * A chip or key on the operator's deny list is answered 403, whatever is held.
 * Every refusal of the metadata endpoint has JSON { "error": { "code", "message",
 * "remedy" } }; a waiter near its deadline gets 429 with Retry-After, which is what these
 * clients honour (503 they retry without end).
 *
 * Source: AMD 57230; reference amd-and-others, sections 1, 2. */
#ifndef THIM_SERVE_CHIPS_H
#define THIM_SERVE_CHIPS_H

#include "config/config.h"
#include "kit/clock.h"
#include "net/http_server.h"
#include "serve/access.h"
#include "serve/denials.h"
#include "store/chip_errand.h"
#include "store/writer.h"
#include "verify/amd_law.h"

struct chips;
struct page_cache_counts; /* serve/page_cache.h: certificates in memory */

struct chips_options {
    const struct config *config;
    const struct clock *clock;
    struct denials *denials; /* NULL: nobody is denied */
    struct access *access;
    struct store_writer *writer; /* for POST /thim/v1/amd/vcek */
    void *context;
    void (*fetch)(void *context, const struct chip_demand *demand);
};

/* The store must be open. */
bool chips_create(const struct chips_options *options, struct chips **out,
                  struct error *err) MUST_CHECK;
void chips_destroy(struct chips *chips); /* accepts NULL */
DEFINE_OWNED(struct chips *, chips_destroy)

/* What is judged by from now on. */
bool chips_publish(struct chips *chips, const struct amd_law *law, struct error *err)
    MUST_CHECK;
void chips_forget(struct chips *chips, const struct kds_key *key); /* rows changed */

/* What is missing before any certificate may be given: serve/chip_lists.h. */
const char *chips_missing(const struct chips *chips);
bool chips_are_empty(const struct chips *chips); /* not even a chain is held */
void chips_counts(const struct chips *chips, struct page_cache_counts *out);

/* What is judged by, held for the caller; NULL where nothing has been published. */
struct amd_law *chips_law(struct chips *chips);

/* The certificate that a report names as its signer's (by chip, kind and reported TCB),
 * held for the caller, of those that are kept: nobody upstream is asked. Nothing of it is
 * judged (serve/chips_parts.h). ERROR_NOT_FOUND where it is not held, or could not be. */
struct snp_report;
bool chips_signer(struct chips *chips, const struct amd_law *law,
                  const struct snp_report *report, struct verified_vcek **out,
                  struct error *err) MUST_CHECK;

/* Each second or so: reads this host's report again when that is due. */
void chips_tick(struct chips *chips);

/* Which certificates were asked for, to the store: who is asked for stays longest. Each
 * tick does it; once more before the writer stops. */
void chips_tell_asked(struct chips *chips);

/* Whether a target is one of the routes above, or POST /thim/v1/amd/vcek. */
bool chips_is_asked(struct bytes target);
size_t chips_body_limit(struct chips *chips, const struct http_request *request);
void chips_handle(struct chips *chips, struct http_request *request);

#endif
