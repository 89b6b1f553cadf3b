/* SPDX-License-Identifier: Apache-2.0 */
/* How a platform's PCK certificates are asked for, and what an answer says.
 *
 * PCS, and a THIM whose token we have, give the whole list (pckcerts), by the encrypted
 * PPID or by the manifest; a PCCS, or a THIM without a token, gives one certificate for
 * one raw TCB (pckcert), by the QE ID. Of the answer's headers only the issuer chain is
 * read: FMSPC and CA are what the certificates say.
 *
 * Source: Intel PCS API v4, "Get PCK Certificate(s)"; PCCS 1.27. Pure. Nothing of a
 * request may come into a log: URL and body name the platform, the headers hold a key. */
#ifndef THIM_UPSTREAM_PCS_PLATFORM_H
#define THIM_UPSTREAM_PCS_PLATFORM_H

#include "config/config.h"
#include "config/secret.h"
#include "format/pck_list.h"
#include "format/pem.h"
#include "format/registration.h"
#include "kit/buf.h"

#define PLATFORM_URL_MAX 3072
#define PLATFORM_CODE_MAX 48 /* characters of an Error-Code, with its NUL */

struct platform_question { /* what is known of a platform to ask with; views */
    bool has_name;
    struct platform_name name;   /* pce_id in either case */
    struct bytes encrypted_ppid; /* or empty */
    struct bytes manifest;       /* or empty; wins over the encrypted PPID */
    bool has_raw_tcb;
    struct raw_tcb raw;
};

struct platform_request {
    const char *method;
    char url[PLATFORM_URL_MAX];
    struct buf body; /* with POST */
    char key_header[SECRET_ROOM + 32];
    const char *headers[3]; /* NULL-ended, for struct http_call */
    size_t body_max;
    bool is_list; /* pckcerts, not pckcert */
};

/* Whether this upstream gives the whole list, so that the raw TCB is no part of what it
 * is asked. */
bool platform_gives_list(const struct config_upstream *upstream);

/* key: what api_key_file holds; "" where there is none. False where this upstream can't
 * be asked with what is known. The request looks into itself and can't be moved. */
bool platform_request(const struct config_upstream *upstream, const char *key,
                      const struct platform_question *question,
                      struct platform_request *out) MUST_CHECK;
void platform_request_fini(struct platform_request *request); /* forgets the key */

/* "Ocp-Apim-Subscription-Key: KEY" or "Authorization: Bearer KEY"; "" without a key. */
void platform_key_header(const struct config_upstream *upstream, const char *key,
                         char out[SECRET_ROOM + 32]);

enum platform_reply {
    PLATFORM_OK = 1,
    PLATFORM_ABSENT,    /* 404, PCCS's 461 and 462: no such platform, or none for it */
    PLATFORM_REFUSED,   /* 400: what was asked with is wrong; an Error-Code may say how */
    PLATFORM_DENIED,    /* 401, 403: the key */
    PLATFORM_THROTTLED, /* 429 */
    PLATFORM_BROKEN,    /* 5xx */
    PLATFORM_ODD,       /* redirects, anything unknown */
};
enum platform_reply platform_read_status(unsigned status);

struct platform_pages { /* a good answer, read; nothing in it is believed yet */
    struct der_chain chain;
    struct pck_list list; /* one entry where it was a single certificate */
};

/* chain and tcbm are the headers' values; body must outlive the pages. */
bool platform_read(bool is_list, struct bytes body, struct bytes chain, struct bytes tcbm,
                   struct arena *arena, struct platform_pages *out, struct error *err)
    MUST_CHECK;

/* Letters and digits as they are; anything else, or more of them, reads as "". */
void platform_read_code(struct bytes header, char out[PLATFORM_CODE_MAX]);

#endif
