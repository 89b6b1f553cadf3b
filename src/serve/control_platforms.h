/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms for the operator: the routes behind `thim platform`, JSON over the admin
 * socket; over HTTP to readers, and to loopback but through a proxy (GET alone).
 *
 *   GET    /thim/v1/platforms?after=ROW&limit=N[&fmspc=F]       limit: 100, at most 1000
 *     { "platforms": [PLATFORM], "next": ROW|null,
 *       "counts": { "platforms", "waiting", "certificates", "raw_tcbs", "queued" } }
 *     PLATFORM: { "row", "qe_id"|null, "pce_id", "state": "held|waiting", "fmspc", "ca",
 *       "cached_keys": bool|null, "manifest": bool, "bound_by", "registrar", "source",
 *       "first_seen", "last_seen", "fetched": time|null, "due", "failures", "why",
 *       "tee_tcb_svn": hex|null, "certificates": n,
 *       "raw_tcbs": [{ "cpusvn", "pcesvn", "confirmed", "last_seen" }] }
 *   GET    /thim/v1/platforms/show?qe_id=Q&pce_id=P
 *     PLATFORM, with "list": [{ "tcbm", "kind": "certificate|gap", "cpusvn", "pcesvn",
 *       "not_after", "level": n|null, "status": "UpToDate|..."|null,
 *       "verdict": "sound|gap|revoked|expired|untrusted|...", "why" }]
 *     and in each raw TCB "given": tcbm|null and "trace": [{ "tcbm",
 *       "standing": "chosen|above_raw|below_chosen|flawed",
 *       "component": "cpusvn 1".."cpusvn 16"|"pcesvn"|null, "have", "need", "why" }]
 *     Levels count from 1, the TCB info's greatest; status is that level's.
 *   GET    /thim/v1/platforms/doctor?qe_id=Q&pce_id=P[&cpusvn=C&pcesvn=V]
 *            [&encrypted_ppid=E]     also takes a pckcert request's own parameter names
 *     { "ailment", "finding", "remedy", "asked": bool, "platform": PLATFORM|null }
 *     Upstream is asked first where that can tell more (admin socket only).
 *   POST   /thim/v1/platforms            a registration, PCCS's shape
 *     { "outcome": "held|queued|refused", "code", "why" }
 *   POST   /thim/v1/platforms/rebind     a registration whose PPID takes the place of
 *     what is bound; answers as above
 *   POST   /thim/v1/platforms/tdx        the SVNs of its TDX module and SEAM loader
 *     { "qe_id", "pce_id"?, "tee_tcb_svn": 32 hex digits }; { "kept": true }
 *   DELETE /thim/v1/platforms?qe_id=Q&pce_id=P
 *     { "forgotten": bool }
 *   GET    /thim/v1/audit?limit=N        admins only
 *     { "entries": [{ "at", "who", "from", "what", "subject", "outcome" }] }
 *
 * qe_id is hex; pce_id and pcesvn are four hex digits, little endian, pce_id "0000" where
 * absent. Errors are as in serve/control.h. */
#ifndef THIM_SERVE_CONTROL_PLATFORMS_H
#define THIM_SERVE_CONTROL_PLATFORMS_H

#include "serve/access.h"
#include "serve/denials.h"
#include "serve/registry.h"

struct baselines;
struct control_platforms;

struct control_platforms_options {
    const struct config *config;
    struct clock *clock;
    struct access *access;
    struct denials *denials; /* NULL: nobody is denied */
    struct registry *registry;
    struct store_writer *writer;
    void *context;
    struct holdings *(*holdings)(void *context); /* the present ones, held */
    struct baselines *baselines; /* NULL: certificates are chosen by standard */
    void (*fetch_platform)(void *context, const struct platform_demand *demand);
    void (*platform_changed)(void *context, const struct platform_name *name);
};

/* The store must be open. */
bool control_platforms_create(const struct control_platforms_options *options,
                              struct control_platforms **out, struct error *err)
    MUST_CHECK;

/* No more requests will come; what is under way on our own threads is waited for, so
 * upstream must still be running. */
void control_platforms_drain(struct control_platforms *control); /* accepts NULL */

/* Everything that was asked of upstream, registry and writer must have been told. Accepts
 * NULL. */
void control_platforms_destroy(struct control_platforms *control);
DEFINE_OWNED(struct control_platforms *, control_platforms_destroy)

/* Whether this is one of the routes above. */
bool control_platforms_is_asked(struct bytes path);

size_t control_platforms_body_limit(struct control_platforms *control,
                                    const struct http_request *request);

/* Answers or suspends. */
void control_platforms_handle(struct control_platforms *control,
                              struct http_request *request);

#endif
