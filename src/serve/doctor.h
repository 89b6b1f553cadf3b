/* SPDX-License-Identifier: Apache-2.0 */
/* Why a host has no PCK certificate, or one below its TCB: one of the causes that are
 * known, and what to do next.
 *
 * "No cache data for this platform" has hidden all of these from people for years
 * (reference users, pains 8 to 12). Pure: facts in, one cause out, the first that
 * explains everything. */
#ifndef THIM_SERVE_DOCTOR_H
#define THIM_SERVE_DOCTOR_H

#include "config/config.h"
#include "serve/platform_view.h"
#include "store/platform_errand.h"

enum ailment {
    AILMENT_NONE = 1,       /* a certificate is given; below says of which TCB */
    AILMENT_DENIED,         /* by the operator's own list */
    AILMENT_NOT_REGISTERED, /* nobody has registered it here, and it can't be asked for */
    AILMENT_ZERO_PPID,      /* the request's encrypted PPID is zero, or there is none */
    AILMENT_MANIFEST_MISSING, /* several packages: Intel knows it by its manifest alone */
    AILMENT_OTHER_DATA_CENTRE, /* registered with another registration server, or through
                                  another service that has its manifest */
    AILMENT_PACKAGE_REVOKED,   /* Intel: InvalidOrRevokedPackage */
    AILMENT_IMPOSSIBLE_CPUSVN, /* below every TCB that Intel has signed for it */
    AILMENT_CERTIFICATE_GAP,   /* Intel has none for this TCB: "Not available" */
    AILMENT_BELOW,             /* given, but for a lower TCB than the raw one */
    AILMENT_REVOKED,           /* the certificate is on its CA's CRL */
    AILMENT_EXPIRED,           /* every certificate that fits has run out */
    AILMENT_UNSOUND,           /* none verifies */
    AILMENT_BOUND_TO_ANOTHER,  /* the QE ID is bound to another PPID than the request's */
    AILMENT_NO_TCB_INFO,       /* nothing to choose by */
    AILMENT_UPSTREAM, /* upstream can't be reached, refuses the key, or is wrong */
    AILMENT_WAITING,  /* registered; the next fetch is due at ... */
};
const char *ailment_name(enum ailment ailment); /* "manifest_missing": for JSON */

struct doctor_facts {
    enum fill_mode fill;
    bool has_upstreams;
    const struct platform_view *view; /* NULL: not known here */
    const char *denial;               /* a sentence; NULL: it is not denied */
    bool is_queued;                   /* a registration of it waits for a bundle */
    bool has_raw_tcb;
    struct raw_tcb raw;
    bool has_encrypted_ppid; /* of the request, or kept */
    bool has_manifest;       /* kept, or of the registration */
    enum error_kind verdict; /* on the chosen certificate by pck_may_be_given; 0: sound */
    const struct platform_report *report; /* of a fetch made for this; NULL: none was */
};

struct diagnosis {
    enum ailment ailment;
    char finding[512]; /* a sentence or two; safe to print */
    char remedy[512];  /* the next step, with the command where there is one */
};

void diagnose(const struct doctor_facts *facts, struct diagnosis *out);

#endif
