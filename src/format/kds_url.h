/* SPDX-License-Identifier: Apache-2.0 */
/* What AMD's Key Distribution Service is asked for: a request target, whatever its
 * spelling, as one canonical key, and the key as the target for an upstream.
 *
 * Source: AMD, "VCEK Certificate and KDS Interface" 57230, chapter 4, and what clients
 * send: parameters in any order, numbers with and without a zero in front, chip ids in
 * either case. What cannot exist is refused here, so that it costs nobody a request:
 * AMD tolerates about one in ten seconds.
 *
 *     /vcek/v1/{product}/{chip id}?blSPL=..&teeSPL=..&snpSPL=..&ucodeSPL=..
 *     /vcek/v1/{product}/cert_chain    /vcek/v1/{product}/crl
 *     /vlek/v1/{product}/cert?blSPL=.. /vlek/v1/{product}/cert_chain, crl
 *
 * Turin has fmcSPL too. Members that a resource does not use are zero. */
#ifndef THIM_FORMAT_KDS_URL_H
#define THIM_FORMAT_KDS_URL_H

#include "format/http_query.h"
#include "format/vcek.h"
#include "kit/buf.h"

enum kds_resource {
    KDS_CERTIFICATE = 1, /* one VCEK or VLEK, DER */
    KDS_CHAIN,           /* ASK or ASVK, then ARK, PEM */
    KDS_CRL,             /* by the ARK, DER */
};

struct kds_key {
    enum kds_resource resource;
    enum vek_kind vek; /* under /vcek or under /vlek */
    enum snp_product product;
    struct snp_hwid hwid;   /* of a VCEK */
    struct tcb_version tcb; /* of a VCEK or VLEK */
};

/* ERROR_NOT_FOUND for what KDS does not have: another path, an unknown product, a masked
 * chip id. ERROR_FORMAT for a chip id or SPL that is none, is missing or is not the
 * product's, and for parameters of other names. */
bool kds_target_read(const struct http_target *target, struct kds_key *out,
                     struct error *err) MUST_CHECK;

/* Path and query for an upstream: AMD's order, two digits at least, lower case. */
void kds_target_write(struct buf *out, const struct kds_key *key);

#define KDS_KEY_TEXT_MAX 176

struct kds_key_text {
    char s[KDS_KEY_TEXT_MAX];
};

/* "vcek/Milan/{chip id}/{TCB_VERSION}", "vlek/Milan/cert/{TCB_VERSION}",
 * "vcek/Milan/cert_chain", "vlek/Genoa/crl". */
struct kds_key_text kds_key_text(const struct kds_key *key);
bool kds_key_read(struct bytes text, struct kds_key *out) MUST_CHECK;

/* Any order, but one; 0 where equal. */
int kds_key_compare(const struct kds_key *a, const struct kds_key *b);

/* What this certificate is to be had for. */
struct kds_key kds_key_of(const struct vcek *vcek);

#endif
