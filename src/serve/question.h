/* SPDX-License-Identifier: Apache-2.0 */
/* What a request asks for, read from its path and query: pure, and the one place where
 * the clients' dialects (PCS, PCCS, Azure's THIM and acccache) are told apart.
 *
 * Source: Intel PCS API v2 to v4; PCCS 1.27 routes; Azure DCAP client 1.13 requests.
 * Paths, parameter names and words are compared without case, as PCCS does; one slash at
 * the end is passed over, and so is a prefix in front ("/other/sgx/..."), which clients
 * carry whose collateral service lies below another path. Unknown parameters are ignored.
 *
 *   {sgx,tdx}/certification/{v2,v3,v4}/RESOURCE      the table in question.c; TDX: v4
 *   sgx/certificates/pckcrl?uri=                     Azure's cache
 *   sgx/registration/v1/{platform,package}           Intel's registration service
 *   metadata/THIM/ in front of either                needs the header Metadata: true
 *   thim/v1/verify                                   quotes and reports, judged
 *   baseline/NAME/ in front of any of these          under that baseline
 *   IntelSGXRootCA.der, IntelSGXRootCA.crl           Intel's root CRL, DER and PEM */
#ifndef THIM_SERVE_QUESTION_H
#define THIM_SERVE_QUESTION_H

#include "config/config.h"
#include "format/fmspc_list.h"
#include "format/http_query.h"
#include "serve/question_pck.h"
#include "store/holdings.h"

enum question_kind {
    ASK_COLLATERAL = 1, /* key and choice say which */
    ASK_FMSPCS,
    ASK_PCK_CERT,      /* pck says whose */
    ASK_VERIFY,        /* choice, and of the key the number alone, say by which law */
    ASK_REGISTRY,      /* route; what it takes, serve/registry.h reads */
    ASK_ROUTE_UNKNOWN, /* 404 */
    ASK_GONE,          /* 410: API version 2 or 3, with compat.v3 gone; key and choice
                          are there, for an imported TCB info version 2 is given still */
};

enum registry_route {
    REGISTRY_PCK_CERTS = 1,  /* pckcerts, in PCS's shape */
    REGISTRY_POLICY,         /* appraisalpolicy */
    REGISTRY_PLATFORMS,      /* platforms */
    REGISTRY_BUNDLE,         /* platformcollateral */
    REGISTRY_REFRESH,        /* refresh */
    REGISTRY_RELAY_PLATFORM, /* sgx/registration/v1/platform */
    REGISTRY_RELAY_PACKAGE,  /* sgx/registration/v1/package */
};

enum number_choice {                      /* of TCB infos and identities, and of verify */
                     CHOOSE_BASELINE = 1, /* update=standard, or nothing: what the
                                             baseline has */
                     CHOOSE_EARLY,
                     CHOOSE_NUMBER,
};

enum baseline_source { /* who says under which baseline, strongest first */
                       BASELINE_BY_HEADER = 1, /* X-THIM-Baseline */
                       BASELINE_BY_PATH,
                       BASELINE_BY_RULE, /* of addresses */
                       BASELINE_BY_DEFAULT,
};

struct question {
    enum question_kind kind;
    unsigned api_version;      /* 2, 3 or 4: the path's; 4 where it has none */
    struct collateral_key key; /* its evaluation number only with CHOOSE_NUMBER; of TCB
                                  info version 3: who serves v2 paths looks for 2 first */
    enum number_choice choice; /* TCB info and identities; 0 else */
    struct bytes baseline;     /* the name asked for, by header or path; else empty */
    enum baseline_source baseline_source; /* of the name; 0 where there is none */
    enum crl_form crl_form;               /* CRLs; 0 else */
    bool azure_shape; /* api-version, clientid or the metadata path or header */
    enum fmspc_platform platform; /* ASK_FMSPCS; 0: all */
    enum registry_route route;    /* ASK_REGISTRY */
    struct pck_question pck;      /* ASK_PCK_CERT */

    /* Not read from the target. Which baseline, an index into the law's policies: */
    size_t policy;
    /* The number that is to be fetched, where the shelf has none; 0: whatever upstream
     * calls standard, or early. */
    uint32_t number_wanted;
    /* What a host's certificate was found to want upstream. */
    bool wants_tcb_info; /* the TCB info of fmspc_wanted; else the platform itself */
    uint8_t fmspc_wanted[6];
};

struct asker {                /* what beside the target shapes the answer */
    bool has_metadata_header; /* Metadata: true */
    const char *baseline;     /* the header X-THIM-Baseline; NULL: not sent */
    enum crl_form bare_crl;   /* the configuration's */
    enum compat_v3 v3;
};

/* ERROR_FORMAT: 400, with a sentence that names the parameter; ERROR_LIMIT: 414. */
bool question_read(struct bytes target, const struct asker *asker, struct arena *arena,
                   struct question *out, struct error *err) MUST_CHECK;

#endif
