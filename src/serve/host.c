/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/host.h"

#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/host_page.h"

enum { JUDGED_BLOCK = 2048 };

/* One block for all that is kept. */
static void size_rows(struct host *host, const struct platform *platform)
{
    size_t bytes =
        (platform->pck_count + 1) * (sizeof *host->pcks + sizeof(struct platform_pck));

    for (size_t i = 0; i < platform->pck_count; i++)
        bytes += platform->pcks[i].der.len + _Alignof(max_align_t);
    arena_init_in_blocks(&host->rows, bytes + 64, HOST_BYTES_MAX);
}

static bool copy_pcks(struct host *host, const struct platform *platform)
{
    size_t count = platform->pck_count;
    struct platform_pck *pcks = arena_alloc(&host->rows, count + 1, sizeof *pcks);

    host->pcks = arena_alloc(&host->rows, count + 1, sizeof *host->pcks);
    if (pcks == NULL || host->pcks == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        pcks[i] = platform->pcks[i];
        if (pcks[i].der.len == 0)
            continue;
        pcks[i].der = arena_copy(&host->rows, platform->pcks[i].der);
        if (pcks[i].der.at == NULL)
            return false;
    }
    host->platform.pcks = pcks;
    return true;
}

bool host_make(const struct platform *platform, const struct host_issuer *issuer,
               struct host **out, struct error *err)
{
    OWNED(host_free) struct host *host = calloc(1, sizeof *host);

    if (host == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a platform");
    host->platform = *platform;
    host->platform.pcks = NULL;
    host->platform.raw_tcbs = NULL;
    host->platform.raw_tcb_count = 0;
    host->platform.encrypted_ppid = host->platform.manifest = (struct bytes){ 0 };
    host->platform.issuer_chain.count = 0;
    host->issuer = issuer;
    arena_init_in_blocks(&host->judged, JUDGED_BLOCK, HOST_BYTES_MAX);
    size_rows(host, platform);
    if (!copy_pcks(host, platform))
        return error_set(err, ERROR_LIMIT, "no room for %zu certificates",
                         platform->pck_count);
    *out = TAKE(host);
    return true;
}

static void drop_sheets(struct host *host)
{
    for (size_t i = 0; host->pcks != NULL && i < host->platform.pck_count; i++)
        for (size_t form = 0; form < HOST_FORMS; form++)
            page_sheet_drop(&host->pcks[i].sheets[form]);
}

static void drop_judgement(struct host *host)
{
    drop_sheets(host);
    holdings_release(TAKE(host->holdings));
    arena_fini(&host->judged);
}

void host_free(struct host *host)
{
    if (host == NULL)
        return;
    drop_judgement(host);
    arena_fini(&host->judged);
    for (size_t i = 0; host->pcks != NULL && i < host->platform.pck_count; i++)
        pck_release(host->pcks[i].verified);
    http_reply_release(host->pin.reply);
    arena_fini(&host->rows);
    free(host);
}

/* ---- for the cache ------------------------------------------------------------------
 */

static const struct host *host_of(const struct cached *entry)
{
    return (const struct host *)entry;
}

static uint64_t hash_name(uint64_t hash, const void *name_)
{
    const struct platform_name *name = name_;

    hash = page_cache_hash(hash, bytes_of_text(name->qe_id));
    return page_cache_hash(hash, bytes_of(&name->pce_id, sizeof name->pce_id));
}

static const void *name_of(const struct cached *entry)
{
    return &host_of(entry)->platform.name;
}

static bool is_named(const struct cached *entry, const void *name)
{
    return platform_name_compare(&host_of(entry)->platform.name, name) == 0;
}

/* libmicrohttpd keeps the chain that stands in headers, too. */
static size_t bytes_of_host(const struct cached *entry)
{
    const struct host *host = host_of(entry);
    size_t bytes = sizeof *host + host->rows.used + host->judged.used;

    for (size_t i = 0; i < host->platform.pck_count; i++)
        for (size_t form = 0; form < HOST_FORMS; form++)
            if (host->pcks[i].sheets[form].page != NULL)
                bytes += page_sheet_bytes(&host->pcks[i].sheets[form])
                         + 2 * host->issuer->chain->pem_len;
    return bytes;
}

static void succeed(struct cached *entry, struct cached *before_)
{
    struct host *host = (struct host *)entry, *before = (struct host *)before_;
    bool is_same_platform =
        memcmp(host->platform.ppid_digest, before->platform.ppid_digest, SHA256_LEN) == 0;

    memcpy(host->recent, before->recent, sizeof host->recent);
    host->doubted_s = before->doubted_s;
    if (!is_same_platform)
        return;
    host->pin = before->pin;
    before->pin.reply = NULL;
}

static void free_entry(struct cached *entry)
{
    host_free((struct host *)entry);
}

const struct cached_kind host_kind = {
    .usual_bytes = 24 * 1024,
    .hash = hash_name,
    .name_of = name_of,
    .is_named = is_named,
    .bytes = bytes_of_host,
    .succeed = succeed,
    .free = free_entry,
};

/* ---- judging ------------------------------------------------------------------------
 */

static struct view_law view_law_of(const struct host *host, const struct host_law *law)
{
    const struct baseline_view *view = law->view;

    return (struct view_law){
        .holdings = view->holdings,
        .number = baseline_view_number(view, view->law->default_policy, TEE_SGX,
                                       host->platform.fmspc),
        .now_s = law->now_s,
    };
}

static void remember(struct host *host, const struct view_law *law)
{
    holdings_release(host->holdings);
    host->holdings = holdings_hold(law->holdings);
    host->number = law->number;
}

/* A generation in which nothing moved that this platform stands on is followed without
 * judging anew. */
static bool judge(struct host *host, const struct host_law *by, struct error *err)
{
    struct view_law law = view_law_of(host, by);

    if (host->holdings == law.holdings && host->number == law.number)
        return true;
    if (host->holdings != NULL && platform_view_follow(&host->view, &law)) {
        remember(host, &law);
        return true;
    }
    drop_judgement(host);
    if (!platform_view_make(&host->platform, &law, &host->judged, &host->view, err))
        return false;
    remember(host, &law);
    return true;
}

static bool verify_kept(struct host *host, size_t pck, struct error *err)
{
    struct host_pck *entry = &host->pcks[pck];

    return entry->verified != NULL
           || verify_kept_pck(host->platform.pcks[pck].der, host->issuer->verified,
                              &entry->verified, err);
}

static struct pck_law pck_law_of(const struct host *host, const struct host_law *law)
{
    const struct platform_view *view = &host->view;

    return (struct pck_law){
        .root_crl = view->root_crl == NULL ? NULL : view->root_crl->item,
        .pck_crl = view->pck_crl == NULL ? NULL : view->pck_crl->item,
        .now_s = law->now_s,
        .future_s = law->future_s,
    };
}

/* Verifies the certificate where that has not been done, and asks the lists of the moment
 * whether it may be given. */
static bool verify(struct host *host, size_t pck, const struct host_law *law,
                   struct error *err)
{
    struct pck_law judged_by = pck_law_of(host, law);

    return verify_kept(host, pck, err)
           && pck_may_be_given(host->pcks[pck].verified, &judged_by, err);
}

static void say(struct hosts_answer *out, enum hosts_verdict verdict,
                enum error_kind kind, const char *why)
{
    out->verdict = verdict;
    error_set(&out->why, kind, "%s", why);
}

static void say_none_fits(const struct host *host, const struct raw_tcb *raw,
                          struct hosts_answer *out)
{
    bool some_sound = false;

    for (size_t i = 0; i < host->view.count; i++)
        some_sound = some_sound || host->view.ranks[i].flaw == PCK_SOUND;
    if (platform_view_gap(&host->view, raw) != PCK_NONE)
        say(out, HOSTS_GAP, ERROR_NOT_FOUND,
            "Intel has no certificate for the TCB that this platform runs at");
    else if (some_sound)
        say(out, HOSTS_NO_FIT, ERROR_NOT_FOUND,
            "all of the platform's certificates are for a higher TCB than the one that "
            "was asked with");
    else
        say(out, HOSTS_UNSOUND, ERROR_UNTRUSTED,
            "none of the platform's certificates is in date and verifies");
}

/* The certificate to give; PCK_NONE where there is none and out says why. One that does
 * not verify, or has run out, is passed over and named; one that is revoked is not, for
 * whoever asks must learn of it. */
static size_t choose(struct host *host, const struct host_law *law,
                     const struct raw_tcb *raw, struct hosts_answer *out)
{
    for (size_t tries = 0; tries <= host->view.count; tries++) {
        struct error err = { 0 };
        size_t pck = platform_view_choose(&host->view, raw);
        if (pck == PCK_NONE)
            break;
        if (verify(host, pck, law, &err))
            return pck;
        if (err.kind == ERROR_REVOKED) {
            say(out, HOSTS_REVOKED, ERROR_REVOKED, err.text);
            return PCK_NONE;
        }
        log_event(LOG_WARNING, "hosts", "platform=%lld tcbm=%s passed over why=\"%s\"",
                  (long long)host->platform.platform,
                  hex(host->platform.pcks[pck].tcbm, TCBM_LEN).s, err.text);
        platform_view_reject(&host->view, pck,
                             err.kind == ERROR_STALE ? PCK_EXPIRED : PCK_UNTRUSTED);
    }
    say_none_fits(host, raw, out);
    return PCK_NONE;
}

/* ---- denying ------------------------------------------------------------------------
 */

/* True where it is permitted; else out says why not. */
static bool settle(bool is_permitted, struct hosts_answer *out)
{
    if (!is_permitted)
        out->verdict = out->why.kind == ERROR_DENIED ? HOSTS_DENIED : HOSTS_FAILED;
    return is_permitted;
}

static bool permit_platform(const struct host *host, const struct host_law *law,
                            struct hosts_answer *out)
{
    return settle(
        denials_permit_platform(law->denials, &host->platform, law->now_s, &out->why),
        out);
}

static bool permit_key(struct host *host, const struct host_law *law, size_t pck,
                       struct hosts_answer *out)
{
    return settle(denials_permit_key(law->denials, host->platform.pcks[pck].der,
                                     &host->pcks[pck].key_name, law->now_s, &out->why),
                  out);
}

/* By the advisories that a verifier would name, who sees the certificate's TCB. */
static bool permit_tcb(const struct host *host, const struct host_law *law,
                       const struct raw_tcb *tcb, struct hosts_answer *out)
{
    const struct tcb_info *info = verified_facts(host->view.tcb_info->item)->tcb_info;

    return settle(denials_permit_tcb(law->denials, info, tcb, law->now_s, &out->why),
                  out);
}

/* ---- answering ----------------------------------------------------------------------
 */

static bool is_pinned(const struct host *host, const struct host_law *law,
                      const struct raw_tcb *raw, enum host_form form, size_t body_len)
{
    const struct host_pin *pin = &host->pin;

    return pin->reply != NULL && pin->form == form && pin->body_len < body_len
           && memcmp(pin->raw.cpusvn, raw->cpusvn, sizeof raw->cpusvn) == 0
           && pin->raw.pcesvn == raw->pcesvn
           && clock_real_ms() - pin->asked_ms < HOST_PINNED_MS
           && law->now_s - pin->asked_s < HOST_PINNED_MS / 1000;
}

static void pin(struct host *host, const struct host_law *law, const struct raw_tcb *raw,
                enum host_form form, const struct shelf_page *page)
{
    http_reply_release(host->pin.reply);
    host->pin = (struct host_pin){ .raw = *raw,
                                   .form = form,
                                   .reply = http_reply_hold(page->full),
                                   .body_len = page->body.len,
                                   .asked_ms = clock_real_ms(),
                                   .asked_s = law->now_s };
}

static void give(struct host *host, const struct host_law *law, size_t pck,
                 const struct raw_tcb *raw, const struct hosts_asker *asker,
                 struct hosts_answer *out)
{
    enum host_form form = asker->azure_shape ? HOST_JSON : HOST_PEM;
    const struct shelf_page *page = host_page(host, law, pck, form, &out->why);

    out->verdict = page == NULL ? HOSTS_FAILED : HOSTS_GIVEN;
    if (page == NULL)
        return;
    if (is_pinned(host, law, raw, form, page->body.len)) {
        out->reply = http_reply_hold(host->pin.reply);
        return;
    }
    pin(host, law, raw, form, page);
    out->reply = shelf_page_reply(page, asker->if_none_match, asker->request_id,
                                  &out->is_not_modified);
}

void host_answer(struct host *host, const struct host_law *law, const struct raw_tcb *raw,
                 const struct hosts_asker *asker, struct hosts_answer *out)
{
    *out = (struct hosts_answer){ .verdict = HOSTS_FAILED };
    if (!permit_platform(host, law, out))
        return;
    if (host->platform.state == PLATFORM_WAITING) {
        say(out, HOSTS_WAITING, ERROR_NOT_FOUND,
            host->platform.why[0] != 0 ? host->platform.why
                                       : "registered; its certificates are not here yet");
        return;
    }
    memcpy(out->fmspc, host->platform.fmspc, sizeof out->fmspc);
    out->may_improve = law->now_s - host->platform.fetched_s >= HOST_IMPROVES_S;
    if (!judge(host, law, &out->why))
        return;
    if (host->view.tcb_info == NULL) {
        say(out, HOSTS_NO_TCB_INFO, ERROR_NOT_FOUND,
            "there is no TCB info of its FMSPC to choose a certificate by");
        return;
    }
    size_t pck = choose(host, law, raw, out);
    if (pck == PCK_NONE || !permit_key(host, law, pck, out))
        return;
    struct pck_candidate candidate;
    pck_candidate_of(&host->view.pcks[pck].cert, &candidate);
    struct raw_tcb tcb = pck_candidate_tcb(&candidate);
    if (!permit_tcb(host, law, &tcb, out))
        return;
    give(host, law, pck, raw, asker, out);
    out->is_below = pck_is_below(&candidate, raw);
}

/* ---- who has signed ------------------------------------------------------------------
 */

/* A quoting enclave without a certificate at hand names the raw TCB that it signed at. */
static size_t signer_of(const struct host *host, const struct raw_tcb *raw)
{
    uint8_t tcbm[TCBM_LEN];

    memcpy(tcbm, raw->cpusvn, sizeof raw->cpusvn);
    tcbm[sizeof raw->cpusvn] = (uint8_t)raw->pcesvn;
    tcbm[sizeof raw->cpusvn + 1] = (uint8_t)(raw->pcesvn >> 8);
    for (size_t i = 0; i < host->platform.pck_count; i++)
        if (host->platform.pcks[i].der.len > 0
            && memcmp(host->platform.pcks[i].tcbm, tcbm, sizeof tcbm) == 0)
            return i;
    return platform_view_choose(&host->view, raw);
}

bool host_signer(struct host *host, const struct host_law *law, const struct raw_tcb *raw,
                 struct verified_pck **out, struct error *err)
{
    if (host->platform.state == PLATFORM_WAITING)
        return error_set(err, ERROR_NOT_FOUND,
                         "the platform is registered, and its certificates are not here "
                         "yet");
    if (!judge(host, law, err))
        return false;
    size_t pck = signer_of(host, raw);
    if (pck == PCK_NONE)
        return error_set(err, ERROR_NOT_FOUND,
                         "none of the platform's certificates is for its TCB");
    if (!verify_kept(host, pck, err))
        return false;
    *out = pck_hold(host->pcks[pck].verified);
    return true;
}
