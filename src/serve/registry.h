/* SPDX-License-Identifier: Apache-2.0 */
/* PCCS's routes beside collateral: registering platforms, the queue of those that wait,
 * the offline bundle, refresh, appraisal policies; PCS's pckcerts and direct
 * registration.
 *
 *   GET    platforms?source=reg|reg_na        reader     the queue, oldest first: as much
 *            as one answer holds; headers platform-count, THIM-Queue-Mark (what to drain
 *            up to) and, where more is there, THIM-Queue-Left. A read drains nothing
 *   GET    platforms?source=[FMSPC,...]|[]    reader     what is cached, once for each
 *            raw TCB; 413 where one answer does not hold it
 *   DELETE platforms?source=reg|reg_na&mark=N admin      drains up to the mark
 *   POST   platforms                          registrar
 *   PUT    platformcollateral[?stale=skip]    admin      the bundle, all or nothing
 *   POST   refresh[?type=certs&fmspc=F[,F..]|all]        admin
 *   GET    appraisalpolicy?fmspc=F            anyone
 *   PUT    appraisalpolicy                    admin
 *   GET, POST pckcerts                        host
 *   POST   sgx/registration/v1/platform, /package        intel.registration_relay's word
 *
 * Status codes are PCCS's (reference intel-pccs-and-pcs, 1.2): 200, 400, 401, 404, 461,
 * 462, 503; 403 for a token whose role is another, 409 for a conflict of bindings. What
 * upstream did wrong is never the client's 4xx. A bundle is refused with 460 where a
 * signature, chain, root or revocation is what is wrong with some part of it, with 409
 * where only bindings are in conflict, and with 400 for the rest: syntax, limits, dates.
 * Each refusal has a code in THIM-Error, and a sentence and a remedy
 * (serve/front_reply.h). Every change, and every refused try (serve/registry_audit.h),
 * goes to the audit. What is acknowledged has been committed. */
#ifndef THIM_SERVE_REGISTRY_H
#define THIM_SERVE_REGISTRY_H

#include "config/config.h"
#include "kit/clock.h"
#include "net/http_server.h"
#include "serve/access.h"
#include "serve/question.h"
#include "store/platform_errand.h"
#include "store/writer.h"

struct registry;

struct registry_options {
    const struct config *config;
    struct clock *clock;
    struct access *access;
    struct denials *denials; /* NULL: nobody is denied */
    struct store_writer *writer;
    void *context; /* for the functions below: what thimd joins to upstream */
    struct holdings *(*holdings)(void *context); /* the present ones, held */
    void (*fetch_platform)(void *context, const struct platform_demand *demand);
    bool (*refresh)(void *context, const char *subject,
                    void (*done)(void *done_context, bool all_well), void *done_context,
                    struct error *err);
    bool (*refresh_platforms)(void *context, const uint8_t *fmspc,
                              void (*done)(void *done_context, bool all_well),
                              void *done_context, struct error *err);
    void (*relay)(void *context, const struct relay_demand *demand);
    void (*import)(void *context, const struct import_demand *demand);
    void (*platform_changed)(void *context, const struct platform_name *name);
};

/* The store must be open. ERROR_FORMAT where a key file of intel.policy_keys or the site
 * key is not what it should be. */
bool registry_create(const struct registry_options *options, struct registry **out,
                     struct error *err) MUST_CHECK;

/* No more requests will come. An import that is still being verified is given up; what is
 * under way on our own threads is waited for, so upstream and the store must still be
 * running. To end a service: listeners, this, upstream, the writer, registry_destroy.
 * Accepts NULL. */
void registry_drain(struct registry *registry);

/* Everything that was asked of upstream and of the writer must have been told. Accepts
 * NULL. */
void registry_destroy(struct registry *registry);
DEFINE_OWNED(struct registry *, registry_destroy)

/* For the listener's body_limit: by route, method and who asks. The same routes are
 * served on the admin socket, where a bundle may have BUNDLE_BYTES_MAX and else
 * REGISTRY_BUNDLE_MAX. */
#define REGISTRY_BUNDLE_MAX (64 * 1024 * 1024)
size_t registry_body_limit(struct registry *registry, enum registry_route route,
                           const struct http_request *request);

/* Answers or suspends. */
void registry_handle(struct registry *registry, enum registry_route route,
                     struct http_request *request);

struct registry_counts {            /* since start */
    uint64_t held, queued, refused; /* registrations, by what came of them */
    uint64_t conflicts;             /* of those refused: attacks, or exchanged parts */
    uint64_t imports;               /* bundles kept */
};
void registry_counts(const struct registry *registry, struct registry_counts *out);

/* ---- for the operator's own routes (serve/control_platforms.h) ----------------------
 */

/* One registration, by whoever: the whole of POST /platforms behind its HTTP. What it
 * brings is copied. told is called once, from any thread, maybe before this returns, and
 * after the commit. The report's outcome is 0 where nobody had to be asked. */
enum registered {
    REGISTERED_HELD = 1, /* its certificates are held */
    REGISTERED_QUEUED,   /* it waits for a bundle (OFFLINE), or for upstream: why */
    REGISTERED_REFUSED,  /* report says why; what was held is as it was */
};
struct registering {
    struct registration registration;
    enum platform_bound_by bound_by;
    char who[64], from[64]; /* for the audit */
    bool rebinds;
    void *context;
    void (*told)(void *context, enum registered outcome,
                 const struct platform_report *report);
};
void registry_register(struct registry *registry, const struct registering *registering);

#endif
