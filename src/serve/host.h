/* SPDX-License-Identifier: Apache-2.0 */
/* One platform in memory, and the answers that its hosts have been given.
 *
 * It owns copies of the platform's rows; the view (which certificate for which raw TCB)
 * is made under one generation's holdings and made again under the next; a certificate is
 * verified when it is first to be given, and its answers are made then. Not for several
 * threads at once: serve/page_cache.h keeps each under a lock. */
#ifndef THIM_SERVE_HOST_H
#define THIM_SERVE_HOST_H

#include "serve/host_issuers.h"
#include "serve/hosts.h"
#include "serve/page_cache.h"
#include "serve/page_sheet.h"
#include "serve/platform_view.h"
#include "serve/shelf.h"
#include "serve/shelf_page.h"

#define HOST_PINNED_MS 2000   /* how long a host keeps the shorter certificate it knows */
#define HOST_RECENT_MAX 4     /* raw TCBs whose sighting was told lately */
#define HOST_SEEN_EVERY_S 60  /* between two tellings of one raw TCB */
#define HOST_IMPROVES_S 86400 /* a list may be fetched again after so long */
#define HOST_BYTES_MAX ((size_t)4 << 20) /* rows and answers of one platform */

enum host_form { HOST_PEM, HOST_JSON, HOST_FORMS };

struct host_pck { /* beside the view's, by the same index */
    struct verified_pck *verified;
    struct key_name key_name; /* for the deny list */
    struct page_sheet sheets[HOST_FORMS];
};

struct host_pin { /* what was last given, for who asks again at once */
    struct raw_tcb raw;
    enum host_form form;
    struct http_reply *reply; /* NULL: nothing */
    size_t body_len;
    int64_t asked_ms, asked_s; /* machine's monotonic time; judging clock */
};

struct host_recent {
    struct raw_tcb raw;
    int64_t told_s;
};

struct host {
    struct cached cached; /* by its name */

    struct arena rows;        /* what is kept of the platform, and the next but one */
    struct platform platform; /* without raw TCBs, encrypted PPID and manifest */
    const struct host_issuer *issuer; /* NULL where none is held */
    struct host_pck *pcks;

    struct arena judged;       /* the view, of one generation */
    struct holdings *holdings; /* NULL: no view */
    uint32_t number;           /* of the baseline that it was ranked by */
    struct platform_view view;

    struct host_pin pin;
    struct host_recent recent[HOST_RECENT_MAX];
    int64_t doubted_s;
};

/* Copies what it keeps. issuer: of platform->issuer_chain; must outlive the host. */
bool host_make(const struct platform *platform, const struct host_issuer *issuer,
               struct host **out, struct error *err) MUST_CHECK;
void host_free(struct host *host); /* accepts NULL */
DEFINE_OWNED(struct host *, host_free)

struct host_law { /* what a request is answered by */
    const struct baseline_view *view;
    struct denials *denials; /* NULL: nobody is denied */
    int64_t now_s, future_s, max_age_s;
    bool wears_test_roots;
};

/* The whole answer but for HOSTS_UNKNOWN. */
void host_answer(struct host *host, const struct host_law *law, const struct raw_tcb *raw,
                 const struct hosts_asker *asker, struct hosts_answer *out);

/* The certificate that this platform signs with at this raw TCB: the very TCB's own, else
 * the one that a host is given. Nobody is denied here, and neither dates nor revocation
 * are judged. The caller's reference. ERROR_NOT_FOUND where there is none. */
bool host_signer(struct host *host, const struct host_law *law, const struct raw_tcb *raw,
                 struct verified_pck **out, struct error *err) MUST_CHECK;

/* For a cache of hosts by struct platform_name. One whose rows were read again goes on
 * where the one before it was: who has just asked that one may be given its shorter
 * certificate once more. */
extern const struct cached_kind host_kind;

#endif
