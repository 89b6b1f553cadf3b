/* SPDX-License-Identifier: Apache-2.0 */
/* The door for the operator: JSON over the admin socket, which only root and the
 * service's own user may use.
 *
 *   GET  /thim/v1/status
 *     { "version", "now", "clock": "system|moved|standing", "held_up": bool,
 *       "marked": bool, "ready": bool, "not_ready": why|null, "generation": n,
 *       "roots": [{ "name", "origin": "pinned|extra|test", "spki_sha256" }],
 *       "upstreams": [{ "name", "breaker": "closed|open", "skew_s", "calls", "failed",
 *                       "last_ok": time|null, "gives_lists": bool (Intel's only),
 *                       "queued": { "known", "unknown" } (AMD's only) }],
 *       "items": [{ "name", "kind", "tee"?, "fmspc"?, "ca"?, "enclave"?, "version"?,
 *                   "evaluation_data_number"?, "issue_date", "next_update",
 *                   "valid_until", "in_date": bool, "source", "fetched", "confirmed",
 *                   "sha256", "update": ["standard", "early"], "listed": bool|null }],
 *       "keeping": [{ "name", "upstream", "tried": time|null, "ok": time|null, "next",
 *                     "failures", "kind", "why": text|null, "frozen", "absent",
 *                     "gone", "ends": time|null }],
 *       "counts": { "answered", "not_modified", "missed", "refused" },
 *       "counters": { NAME: n, ... },
 *       "platforms": { "hits", "loads", "evicted", "in_memory", "bytes" },
 *       "chips": { "evicted", "in_memory", "bytes" },
 *       "registry": { "held", "queued", "refused", "conflicts", "imports" } }
 *     Times are as in collateral, 2025-06-20T00:00:00Z. `listed`: whether a signed list
 *     named the number when it became standard; null where it is not standard. `absent`:
 *     no upstream has it; `gone`: nor will again, for its number is signed no more, and
 *     `ends` is when what is held of it goes out of date.
 *     `baselines`: BASELINE, as serve/control_baselines.h has it.
 *     `counters`: what has happened how often since the start, as kit/counter has it.
 *   POST /thim/v1/refresh   { "wait": true, "subject": "tcb_info/..."? }
 *     everything where there is no subject; answers { "all_well": bool } when done, 503
 *     at a deadline; 404 where nothing goes by that name; 202 { "begun": true } at once
 *     with "wait": false
 *   Platforms: serve/control_platforms.h. AMD's chips: serve/control_amd.h, and POST
 *   /thim/v1/amd/vcek (serve/chips.h). PCCS's routes (serve/registry.h) are here too,
 *   with the operator's rights. Baselines: serve/control_baselines.h. Who is denied:
 *   serve/control_deny.h. Evidence: serve/verify_desk.h.
 *   POST /thim/v1/clock     { "now": "2025-06-20T00:00:00Z" }
 *     standing clocks only (409 else); answers { "now", "all_well" } when everything due
 *     by then has been done
 *
 * Errors: { "error": { "code", "message", "remedy" } }; a 503 has no body, and its
 * message in the header THIM-Error-Message. */
#ifndef THIM_SERVE_CONTROL_H
#define THIM_SERVE_CONTROL_H

#include "kit/clock.h"
#include "kit/counter.h"
#include "net/http_server.h"
#include "serve/front.h"
#include "store/condition.h"
#include "store/holdings.h"

struct chips;
struct control;
struct control_amd;
struct control_baselines;
struct control_deny;
struct control_platforms;
struct hosts;
struct registry;
struct verify_desk;

struct control_options {
    const struct config *config;
    struct clock *clock;
    struct conditions *conditions;
    struct counters *counters; /* NULL: nothing is counted */
    struct front *front;
    struct hosts *hosts;                 /* NULL: no platforms are counted */
    struct control_platforms *platforms; /* NULL: those routes are unknown, as with... */
    struct registry *registry;           /* ...registry, */
    struct control_amd *amd;             /* ...what is known of AMD's chips, */
    struct control_baselines *baselines; /* ...baselines, */
    struct control_deny *deny;           /* ...who is denied, */
    struct verify_desk *verify;          /* ...for evidence, */
    struct chips *chips; /* ...and for certificates that are brought. All seven must
                            outlive the control */
    uint32_t own_uid;
    bool marked;   /* test roots or a moved clock */
    void *context; /* for the functions below */
    struct holdings *(*holdings)(
        void *context); /* the present ones, held for the caller */
    /* Begins a refresh (subject "" is everything) and calls done when it has settled. */
    bool (*refresh)(void *context, const char *subject,
                    void (*done)(void *done_context, bool all_well), void *done_context,
                    struct error *err);
    /* After the clock moved: looks at the schedule again; done when nothing is due. */
    void (*clock_moved)(void *context, void (*done)(void *done_context, bool all_well),
                        void *done_context);
};

bool control_create(const struct control_options *options, struct control **out,
                    struct error *err) MUST_CHECK;
void control_destroy(struct control *control); /* accepts NULL */
DEFINE_OWNED(struct control *, control_destroy)

struct http_handler control_handler(struct control *control);

#endif
