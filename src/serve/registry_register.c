/* SPDX-License-Identifier: Apache-2.0 */
/* One registration, whoever brings it: what is held decides whether it is confirmed,
 * queued, kept and fetched, or fetched first. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "serve/registry_inbox.h"

enum {
    CANDIDATE_BYTES_MAX = MANIFEST_MAX + ENCRYPTED_PPID_LEN + 4096,
    PLATFORM_BYTES_MAX = 8 * 1024 * 1024, /* one platform as it is read */
    SEEN_EVERY_S = 86400, /* between two notes that a registered host is still there */
};

/* ---- telling -------------------------------------------------------------------- */

static void free_candidate(struct candidate *c)
{
    arena_fini(&c->arena);
    free(c);
}

static void tell(struct candidate *c, enum registered outcome,
                 const struct platform_report *report)
{
    struct registry *registry = c->registry;
    struct registering said = c->said;
    struct platform_report told = *report; /* which may be the candidate's own */

    free_candidate(c);
    atomic_fetch_add(outcome == REGISTERED_HELD     ? &registry->held
                     : outcome == REGISTERED_QUEUED ? &registry->queued
                                                    : &registry->refused,
                     1);
    said.told(said.context, outcome, &told);
}

/* Without upstream: outcome 0 says that nobody was asked. */
static void tell_plainly(struct candidate *c, enum registered outcome,
                         enum platform_fetch why, const char *text)
{
    struct platform_report report = { .outcome = why };

    snprintf(report.why, sizeof report.why, "%.255s", text);
    tell(c, outcome, &report);
}

/* ---- upstream ------------------------------------------------------------------- */

static void tell_noted(void *candidate)
{
    struct candidate *c = candidate;

    tell(c, c->result, &c->report);
}

/* Told once it has been written down. */
static void note_and_tell(struct candidate *c, const char *what, const char *outcome)
{
    struct platform_alias alias =
        platform_alias(&c->registry->site_key, &c->said.registration.name);
    struct audit_note note = registry_note(c->said.who, c->said.from, what, alias.s);
    const char *code = c->report.code;

    snprintf(note.outcome, sizeof note.outcome, "%s%s%s", outcome, code[0] ? " " : "",
             code);
    audit_note_send(&note, c->registry->options.writer, tell_noted, c);
}

/* Somebody with a token says that this name is another platform's: an exchanged
 * processor, or somebody who wants a host to be given certificates that are not its own.
 */
static void count_conflict(const struct candidate *c)
{
    atomic_fetch_add(&c->registry->conflicts, 1);
    log_event(LOG_WARNING, "registry", "conflict platform=%s who=\"%s\" from=%s",
              platform_alias(&c->registry->site_key, &c->said.registration.name).s,
              c->said.who, c->said.from);
}

/* What was kept before it was fetched has been written down with that. */
static void tell_kept(struct candidate *c)
{
    c->result = REGISTERED_HELD;
    if (c->plan == PLAN_ASK)
        note_and_tell(c, c->said.rebinds ? "rebind" : "register", "fetched");
    else
        tell_noted(c);
}

static void fetched(void *candidate, const struct platform_report *report)
{
    struct candidate *c = candidate;

    c->report = *report;
    c->result = REGISTERED_REFUSED;
    switch (report->outcome) {
    case FETCH_KEPT:
        tell_kept(c);
        return;
    case FETCH_CONFLICT:
        count_conflict(c);
        note_and_tell(c, "refused", "conflict: another PPID is bound");
        return;
    case FETCH_NOT_FOUND:
        note_and_tell(c, "refused", "upstream knows no such platform");
        return;
    case FETCH_GAP:
        note_and_tell(c, "refused", "upstream has no certificate for any TCB");
        return;
    case FETCH_REFUSED:
        note_and_tell(c, "refused", "upstream refused it");
        return;
    case FETCH_UNTRUSTED:
    case FETCH_UNREACHABLE:
    case FETCH_BUDGET:
    case FETCH_BUSY:
        break;
    }
    if (c->plan != PLAN_ASK)
        c->result = REGISTERED_QUEUED;
    tell_noted(c);
}

/* What is written and not fetched is come to by the background, after the next start. */
static void tell_stopping(struct candidate *c)
{
    tell_plainly(c, c->plan == PLAN_ASK ? REGISTERED_REFUSED : REGISTERED_QUEUED,
                 FETCH_BUSY, "the service is stopping");
}

/* Who registers spends nobody's budget: they came with a token. */
static void fetch(struct candidate *c)
{
    const struct registration *registration = &c->said.registration;
    const struct registry_options *options = &c->registry->options;
    struct platform_demand demand = {
        .has_name = true,
        .name = registration->name,
        .bound_by = c->bound_by,
        .has_encrypted_ppid = registration->encrypted_ppid.len == ENCRYPTED_PPID_LEN,
        .manifest = registration->manifest,
        .has_raw_tcb = registration->has_raw_tcb,
        .raw = registration->raw,
        .rebinds = c->said.rebinds,
        .context = c,
        .told = fetched,
    };

    if (demand.has_encrypted_ppid)
        memcpy(demand.encrypted_ppid, registration->encrypted_ppid.at,
               ENCRYPTED_PPID_LEN);
    snprintf(demand.registrar, sizeof demand.registrar, "%s", c->said.who);
    options->fetch_platform(options->context, &demand);
}

/* ---- the store ------------------------------------------------------------------ */

static void written(struct candidate *c)
{
    const struct registry_options *options = &c->registry->options;

    switch (c->outcome) {
    case CANDIDATE_FULL:
        tell_plainly(c, REGISTERED_REFUSED, FETCH_BUDGET, c->why.text);
        return;
    case CANDIDATE_FAILED:
        tell_plainly(c, REGISTERED_REFUSED, FETCH_BUSY, c->why.text);
        return;
    case CANDIDATE_CONFLICT:
        count_conflict(c);
        tell_plainly(c, REGISTERED_REFUSED, FETCH_CONFLICT, "another PPID is bound");
        return;
    case CANDIDATE_WRITTEN:
        break;
    }
    if (c->plan == PLAN_QUEUE) {
        tell_plainly(c, REGISTERED_QUEUED, 0, "it waits for a bundle");
        return;
    }
    options->platform_changed(options->context, &c->said.registration.name);
    if (c->plan == PLAN_CONFIRM)
        tell_plainly(c, REGISTERED_HELD, 0, "it is held");
    else if (atomic_load(&c->registry->draining))
        tell_stopping(c);
    else
        fetch(c);
}

/* ---- deciding ------------------------------------------------------------------- */

static bool can_be_asked_for(const struct registration *registration)
{
    return registration->encrypted_ppid.len > 0 || registration->manifest.len > 0;
}

/* Whether what is brought is what is bound already. An encrypted PPID is another each
 * time it is made, so an unequal one says nothing; where upstream can be asked, it tells.
 */
static bool is_held(const struct candidate *c, const struct platform *platform)
{
    const struct registration *registration = &c->said.registration;
    bool is_offline = c->registry->options.config->intel.fill == FILL_OFFLINE;
    bool same_manifest = registration->manifest.len == 0
                         || bytes_equal(registration->manifest, platform->manifest);
    bool same_ppid =
        registration->manifest.len > 0 || registration->encrypted_ppid.len == 0
        || bytes_equal(registration->encrypted_ppid, platform->encrypted_ppid);

    if (platform->state != PLATFORM_HELD || c->said.rebinds || !same_manifest)
        return false;
    if (is_offline)
        return platform->bound_by >= BOUND_BY_IMPORT;
    return platform->bound_by >= BOUND_BY_TOKEN && same_ppid;
}

/* The one that a registration has named last; NULL where none has. */
static const struct platform_raw_tcb *present_raw_tcb(const struct platform *platform)
{
    const struct platform_raw_tcb *present = NULL;

    for (size_t i = 0; i < platform->raw_tcb_count; i++) {
        const struct platform_raw_tcb *each = &platform->raw_tcbs[i];
        if (each->confirmed
            && (present == NULL || each->last_seen_s > present->last_seen_s))
            present = each;
    }
    return present;
}

/* Whether there is anything to write down: a raw TCB that is not the platform's present
 * one, or that it is still there, which baselines want to know. */
static bool is_news(const struct candidate *c, const struct platform *platform)
{
    const struct registration *registration = &c->said.registration;
    const struct platform_raw_tcb *present = present_raw_tcb(platform);
    int64_t now_s = clock_wall_s(c->registry->options.clock);

    if (now_s - platform->last_seen_s >= SEEN_EVERY_S)
        return true;
    return registration->has_raw_tcb
           && (present == NULL || present->raw.pcesvn != registration->raw.pcesvn
               || memcmp(present->raw.cpusvn, registration->raw.cpusvn,
                         sizeof present->raw.cpusvn)
                      != 0);
}

/* platform: NULL where there is none. False where nothing is left to do: it is held. */
static bool decide(struct candidate *c, const struct platform *platform)
{
    enum fill_mode fill = c->registry->options.config->intel.fill;

    if (platform != NULL && is_held(c, platform)) {
        c->plan = PLAN_CONFIRM;
        c->bound_by = platform->bound_by; /* nothing new is vouched for */
        return is_news(c, platform);
    }
    if (fill == FILL_OFFLINE)
        c->plan = PLAN_QUEUE;
    else if (platform != NULL && platform->state == PLATFORM_HELD)
        c->plan = PLAN_ASK;
    else
        c->plan = PLAN_KEEP;
    c->queues = c->plan == PLAN_KEEP && fill == FILL_REQ;
    return true;
}

static void go(struct candidate *c)
{
    if (c->plan != PLAN_CONFIRM && !can_be_asked_for(&c->said.registration))
        tell_plainly(c, REGISTERED_REFUSED, FETCH_REFUSED,
                     "The encrypted PPID is missing or all zeros and there is no "
                     "manifest, so Intel cannot be asked for this platform.");
    else if (c->plan == PLAN_ASK)
        fetch(c);
    else if (!inbox_put(c->registry->inbox, c))
        tell_plainly(c, REGISTERED_REFUSED, FETCH_BUSY, "too many registrations wait");
}

static void look_up(struct candidate *c)
{
    struct platform platform;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, PLATFORM_BYTES_MAX);
    struct platform_reader *reader = host_readers_take(c->registry->readers, &err);
    bool found =
        reader != NULL
        && platform_find(reader, &c->said.registration.name, &arena, &platform, &err);
    if (reader != NULL)
        host_readers_give_back(c->registry->readers, reader);
    /* damaged rows are a platform that is not held well: upstream mends it */
    bool known = found || err.kind == ERROR_NOT_FOUND || err.kind == ERROR_FORMAT;
    bool has_work = known && decide(c, found ? &platform : NULL);
    arena_fini(&arena);
    if (!known)
        tell_plainly(c, REGISTERED_REFUSED, FETCH_BUSY, err.text);
    else if (!has_work)
        tell_plainly(c, REGISTERED_HELD, 0, "it is held");
    else
        go(c);
}

/* ---- beginning ------------------------------------------------------------------ */

static bool copy_in(struct candidate *c, struct bytes *b)
{
    if (b->len == 0)
        return true;
    *b = arena_copy(&c->arena, *b);
    return b->at != NULL;
}

void registry_register(struct registry *registry, const struct registering *registering)
{
    static const struct platform_report no_memory = { .outcome = FETCH_BUSY,
                                                      .why = "no memory" };
    struct candidate *c = malloc(sizeof *c);

    if (c == NULL) {
        registering->told(registering->context, REGISTERED_REFUSED, &no_memory);
        return;
    }
    *c = (struct candidate){ .registry = registry,
                             .said = *registering,
                             .bound_by = registering->bound_by,
                             .written = written };
    arena_init(&c->arena, CANDIDATE_BYTES_MAX);
    if (copy_in(c, &c->said.registration.manifest)
        && copy_in(c, &c->said.registration.encrypted_ppid))
        look_up(c);
    else
        tell(c, REGISTERED_REFUSED, &no_memory);
}
