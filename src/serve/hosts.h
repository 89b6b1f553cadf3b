/* SPDX-License-Identifier: Apache-2.0 */
/* The hosts that ask for their PCK certificates, answered from memory: a bounded cache of
 * platforms in front of the store, and of each the answers that its hosts have been
 * given.
 *
 * A platform that enters memory has its rows' digests checked, its certificates ranked
 * once, and each certificate that is to be given verified anew under the collateral of
 * the moment; a new generation judges all of it again when next asked for. An invented
 * raw TCB costs a comparison and no memory. Answers are PEM with PCS's headers, or the
 * four-member JSON of Azure's THIM with the same headers beside it.
 *
 * The operator's deny list is asked each time, and before anything else.
 *
 * Two equal requests get equal bytes; where a longer certificate has come within the last
 * seconds, a host that has just asked is given the one it knows, since Intel's quoting
 * library asks for the size first (reference clients, C2).
 *
 * Any thread may ask; asking may read from disk, and never waits for a vendor. */
#ifndef THIM_SERVE_HOSTS_H
#define THIM_SERVE_HOSTS_H

#include "config/config.h"
#include "kit/clock.h"
#include "net/http_server.h"
#include "serve/baseline_view.h"
#include "serve/denials.h"
#include "serve/question.h"
#include "store/platforms.h"

struct hosts;

struct hosts_options {
    const struct config *config;
    const struct clock *clock;
    struct denials *denials; /* NULL: nobody is denied */
    void *context;
    /* A host runs above its best certificate, and the last fetch is a day old. */
    void (*doubted)(void *context, int64_t platform);
    /* What requests have shown since the last call; the array is the callee's to copy. */
    void (*seen)(void *context, const struct platform_sighting *sightings, size_t count);
};

/* The store must be open. */
bool hosts_create(const struct hosts_options *options, struct hosts **out,
                  struct error *err) MUST_CHECK;
void hosts_destroy(struct hosts *hosts); /* no request may be under way; accepts NULL */
DEFINE_OWNED(struct hosts *, hosts_destroy)

/* The collateral that certificates are judged by from now on, and the baselines: they are
 * chosen by the TCB info that the default one gives. */
void hosts_publish(struct hosts *hosts, const struct baseline_view *view);

/* The platform's rows have changed. */
void hosts_forget(struct hosts *hosts, const struct platform_name *name);

/* Every few seconds: tells what was seen. */
void hosts_tick(struct hosts *hosts);

enum hosts_verdict {
    HOSTS_GIVEN = 1,
    HOSTS_UNKNOWN,     /* no such platform */
    HOSTS_WAITING,     /* registered, its certificates not fetched yet */
    HOSTS_NO_TCB_INFO, /* nothing to choose by: fmspc says of what */
    HOSTS_NO_FIT,      /* the raw TCB is below all certificates */
    HOSTS_GAP,         /* the same, and Intel has none for a TCB that it does reach */
    HOSTS_REVOKED,     /* the one to be given is on its CA's CRL */
    HOSTS_DENIED,      /* the platform, or the key to be given, is denied here */
    HOSTS_UNSOUND,     /* none that is in date and verifies */
    HOSTS_FAILED,      /* the machine: why */
};

struct hosts_answer {
    enum hosts_verdict verdict;
    struct http_reply *reply; /* HOSTS_GIVEN: the caller's, to release */
    bool is_not_modified;
    bool is_below;    /* HOSTS_GIVEN: the raw TCB is above the certificate's */
    uint8_t fmspc[6]; /* all but UNKNOWN, WAITING, DENIED, FAILED */
    bool may_improve; /* the list was fetched a day ago or more: ask upstream first */
    struct error why; /* not HOSTS_GIVEN: a sentence */
};

struct hosts_asker {
    bool azure_shape;
    const char *if_none_match, *request_id; /* NULL where not sent */
};

void hosts_ask(struct hosts *hosts, const struct pck_question *question,
               const struct hosts_asker *asker, struct hosts_answer *out);

/* The certificate that a named platform signs with at this raw TCB (host_signer), under
 * this view; the caller's reference. Nobody upstream is asked, and nothing is noted: it
 * is a quote that names the platform, not its host. ERROR_NOT_FOUND: not known. */
bool hosts_signer(struct hosts *hosts, const struct baseline_view *view,
                  const struct platform_name *name, const struct raw_tcb *raw,
                  struct verified_pck **out, struct error *err) MUST_CHECK;

struct hosts_counts {
    uint64_t hits, loads, evicted; /* since start */
    uint64_t platforms, bytes;     /* now */
};
void hosts_counts(struct hosts *hosts, struct hosts_counts *out);

#endif
