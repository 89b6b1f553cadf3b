/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of upstream about platforms, and what came of it. serve/ asks and
 * upstream/ answers; they know this header and not each other (thimd joins them), as with
 * everything in which they meet. */
#ifndef THIM_STORE_PLATFORM_ERRAND_H
#define THIM_STORE_PLATFORM_ERRAND_H

#include "store/platforms.h"

/* ---- a platform's certificates --------------------------------------------------- */

enum platform_fetch {
    FETCH_KEPT = 1,    /* committed; kept says what came of it */
    FETCH_NOT_FOUND,   /* upstream knows no such platform (404) */
    FETCH_REFUSED,     /* upstream says that what was asked with is wrong (400): code */
    FETCH_UNTRUSTED,   /* what came did not verify */
    FETCH_CONFLICT,    /* another PPID is bound to this QE ID */
    FETCH_UNREACHABLE, /* nobody could be asked, or answered well: retry_after_s */
    FETCH_BUDGET,      /* this address, or all strangers, have caused enough calls */
    FETCH_BUSY,        /* too many wait, or we are stopping */
    FETCH_GAP,         /* upstream knows it, and has no certificate for any of its TCBs */
};

struct platform_report {
    enum platform_fetch outcome;
    enum platform_outcome kept; /* with FETCH_KEPT and FETCH_CONFLICT */
    int64_t retry_after_s;
    char code[48]; /* PCS's Error-Code, "" where none came; safe to print */
    char why[PLATFORM_WHY_MAX];
};

struct platform_demand { /* copied, with the manifest */
    uint8_t address[16]; /* as in struct refresh_demand: on whose budget */
    size_t address_len;
    bool has_name;
    struct platform_name name; /* pce_id in either case */
    enum platform_bound_by bound_by;
    char registrar[PLATFORM_NAME_MAX];
    bool has_encrypted_ppid;
    uint8_t encrypted_ppid[ENCRYPTED_PPID_LEN];
    struct bytes manifest; /* wins over the encrypted PPID; empty: none */
    bool has_raw_tcb;
    struct raw_tcb raw;
    bool rebinds;
    void *context;
    /* On the upstream or the store thread, exactly once, maybe at once; may be NULL. */
    void (*told)(void *context, const struct platform_report *report);
};

/* ---- direct registration --------------------------------------------------------- */

/* Direct registration, handed on to the first PCS that answers: body as it came, octets.
 * Intel's status, Error-Code, Error-Message and body come back as they are; failure says
 * why nobody answered (status 0). */
enum relay_kind { RELAY_PLATFORM = 1, RELAY_PACKAGE };
struct relay_answer {
    unsigned status;
    const char *error_code, *error_message,
        *certificate_count; /* safe; NULL: none came */
    struct bytes body;
    const char *failure;
};
struct relay_demand { /* body copied */
    uint8_t address[16];
    size_t address_len;
    enum relay_kind kind;
    struct bytes body;
    void *context;
    void (*told)(void *context, const struct relay_answer *answer);
};
/* ---- what was verified elsewhere ------------------------------------------------- */

/* What has been verified elsewhere (a bundle), published as one generation together with
 * `also`, in one transaction: also runs on the store thread after the publish and before
 * the commit, and its false undoes both. told on the upstream thread. */
struct import_demand {
    const struct store_change *change; /* must live until told */
    bool (*also)(void *context, struct store *store, struct error *err); /* may be NULL */
    void *context;
    void (*told)(void *context, bool well, const struct error *err);
};
#endif
