/* SPDX-License-Identifier: Apache-2.0 */
/* POST /thim/v1/amd/vcek: a registrar brings a certificate, in DER, or in PEM with or
 * without its issuers behind it (they are passed over: the law has its own). It is kept
 * once it has verified under the law of the moment, and acknowledged once committed:
 *
 *   200 { "outcome": "added|replaced|same", "product": "Milan", "tcbm": "..." }
 *
 * The audit names certificates by digest, never by chip. */
#include <stdio.h>
#include <stdlib.h>

#include "format/pem.h"
#include "kit/text.h"
#include "serve/chips_parts.h"
#include "serve/registry_audit.h"
#include "serve/registry_reply.h"

enum { BODY_MAX = 64 * 1024, ARENA_MAX = 256 * 1024 };

static const struct refusal not_a_post = {
    .status = 405,
    .code = "method",
    .message = "Certificates are brought here, not read.",
    .remedy = "Use POST; GET is on KDS's paths, /vcek/v1/...",
    .allow = "POST",
};

/* ---- who may ------------------------------------------------------------------------
 */

static const struct refusal *judge(struct chips *chips,
                                   const struct http_request *request,
                                   struct caller *caller)
{
    access_judge(chips->options.access, request, caller);
    switch (caller->verdict) {
    case ACCESS_WRONG:
        return registry_refusal(REGISTRY_WRONG_TOKEN);
    case ACCESS_PACED:
        return registry_refusal(REGISTRY_PACED);
    case ACCESS_NOBODY:
        return registry_refusal(REGISTRY_NO_TOKEN);
    case ACCESS_KNOWN:
        break;
    }
    return (caller->roles & ROLE_REGISTRAR) != 0 ? NULL
                                                 : registry_refusal(REGISTRY_FORBIDDEN);
}

size_t chips_post_limit(struct chips *chips, const struct http_request *request)
{
    struct caller caller;

    if (http_request_method(request) != HTTP_POST
        || judge(chips, request, &caller) != NULL)
        return HTTP_BODY_UNWANTED;
    return BODY_MAX;
}

/* ---- what is brought ----------------------------------------------------------------
 */

static bool read_der(struct bytes body, struct arena *arena, struct bytes *out,
                     struct error *err)
{
    struct der_chain chain;

    *out = body;
    if (!pem_looks_like(body))
        return true;
    if (!pem_chain_read(body, arena, &chain, err))
        return false;
    *out = chain.certificates[0];
    return true;
}

static bool verify_by(struct chips *chips, const struct amd_law *law, struct bytes der,
                      struct verified_vcek **out, struct error *err)
{
    struct x509_certificate certificate;
    struct vcek vcek;

    if (!x509_parse(der, &certificate, err) || !vcek_parse(&certificate, &vcek, err))
        return false;
    const struct verified_amd_issuer *issuer = law->issuers[vcek.product][vcek.kind];
    struct vcek_law judged_by = {
        .crl = law->crls[vcek.product],
        .crl_optional = chips->options.config->amd.crl == AMD_CRL_OPTIONAL,
        .now_s = clock_wall_s(chips->options.clock),
        .future_s = CHIPS_FUTURE_S,
    };
    if (issuer == NULL)
        return error_set(err, ERROR_UNREACHABLE,
                         "the issuer chain of %s, %ss, is not held here yet",
                         snp_product_facts(vcek.product)->name, vek_kind_name(vcek.kind));
    return verify_vcek(der, NULL, issuer, &judged_by, out, err);
}

static bool verify_body(struct chips *chips, struct bytes body,
                        struct verified_vcek **out, struct error *err)
{
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    struct bytes der;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    bool verified = lists != NULL
                        ? read_der(body, &arena, &der, err)
                              && verify_by(chips, chip_lists_law(lists), der, out, err)
                        : error_set(err, ERROR_UNREACHABLE,
                                    "nothing of AMD's has been published yet");
    snapshot_leave(chips->lists);
    arena_fini(&arena);
    return verified;
}

/* What does not verify is the bringer's mistake; what there is nothing to verify by is
 * not. */
static struct refusal refusal_of(const struct error *why)
{
    struct refusal refusal = chip_refusal_of(why);

    if (why->kind != ERROR_UNREACHABLE && why->kind != ERROR_SYSTEM) {
        refusal.status = 400;
        refusal.code = error_kind_name(why->kind);
        refusal.remedy = "Is it what KDS gave for this chip, whole?";
        refusal.retry_after_s = 0;
    }
    return refusal;
}

/* ---- keeping ------------------------------------------------------------------------
 */

struct bringing { /* from the request to the commit */
    struct chips *chips;
    struct http_waiter *waiter;
    struct verified_vcek *vcek;
    enum chip_known_by known_by;
    struct audit_note note;
    struct request_id id;
};

static void bringing_free(struct bringing *bringing)
{
    vcek_release(bringing->vcek);
    free(bringing);
}

static const char *outcome_name(enum chip_outcome outcome)
{
    return outcome == CHIP_ADDED      ? "added"
           : outcome == CHIP_REPLACED ? "replaced"
                                      : "same";
}

static bool keep(struct bringing *bringing, struct store *store,
                 enum chip_outcome *outcome, struct error *err)
{
    struct chip_change change = {
        .vcek = bringing->vcek,
        .known_by = bringing->known_by,
        .source = "import",
        .now_s = clock_wall_s(bringing->chips->options.clock),
    };

    if (!store_begin(store, err))
        return false;
    bool kept = store_keep_chip(store, &change, outcome, err);
    if (kept)
        snprintf(bringing->note.outcome, sizeof bringing->note.outcome, "%s",
                 outcome_name(*outcome));
    if (kept && audit_note_write(&bringing->note, store, err) && store_commit(store, err))
        return true;
    store_rollback(store);
    return false;
}

static struct http_reply *reply_kept(const struct bringing *bringing,
                                     enum chip_outcome outcome)
{
    const struct kds_key *key = &vcek_facts(bringing->vcek)->key;
    char body[160];

    snprintf(body, sizeof body,
             "{\"outcome\":\"%s\",\"product\":\"%s\",\"tcbm\":\"%.16s\"}",
             outcome_name(outcome), snp_product_facts(key->product)->name,
             tcb_version_hex(key->product, &key->tcb).s);
    return registry_reply(&(struct registry_answer){ .status = 200,
                                                     .type = REGISTRY_JSON,
                                                     .body = bytes_of_text(body) },
                          &bringing->id);
}

/* On the store thread. */
static void keep_and_tell(void *bringing_, struct store *store)
{
    struct bringing *bringing = bringing_;
    struct http_reply *reply = NULL;
    enum chip_outcome outcome;
    struct error err = { 0 };

    if (keep(bringing, store, &outcome, &err)) {
        chips_forget(bringing->chips, &vcek_facts(bringing->vcek)->key);
        reply = reply_kept(bringing, outcome);
    } else {
        struct refusal refusal = refusal_of(&err);
        reply = refusal_reply_shaped(&refusal, REFUSAL_JSON, &bringing->id);
    }
    if (reply == NULL)
        reply = http_reply_hold(bringing->chips->spare);
    http_waiter_answer(bringing->waiter, reply);
    http_reply_release(reply);
    bringing_free(bringing);
}

static struct audit_note note_of(const struct caller *caller, const char *what)
{
    struct audit_note note = { .what = "" };

    snprintf(note.who, sizeof note.who, "%s", caller->name);
    snprintf(note.from, sizeof note.from, "%s", caller->from);
    snprintf(note.what, sizeof note.what, "%s", what);
    return note;
}

static struct bringing *bringing_make(struct chips *chips, struct verified_vcek *vcek,
                                      const struct caller *caller,
                                      const struct request_id *id)
{
    const struct vcek_facts *facts = vcek_facts(vcek);
    struct bringing *bringing = malloc(sizeof *bringing);

    if (bringing == NULL)
        return NULL;
    *bringing = (struct bringing){
        .chips = chips,
        .vcek = vcek_hold(vcek),
        .known_by = caller->is_operator ? CHIP_BY_OPERATOR : CHIP_BY_TOKEN,
        .note = note_of(caller, "vcek"),
        .id = *id,
    };
    snprintf(bringing->note.subject, sizeof bringing->note.subject, "%s %s sha256:%.32s",
             vek_kind_name(facts->key.vek), snp_product_facts(facts->key.product)->name,
             hex(facts->digest, 16).s);
    return bringing;
}

static void bring(struct chips *chips, struct http_request *request,
                  struct verified_vcek *vcek, const struct caller *caller)
{
    struct request_id id = request_id_of(request);
    struct bringing *bringing = bringing_make(chips, vcek, caller, &id);
    struct http_reply *late = refusal_reply_shaped(chip_refusal(CHIP_REFUSE_BUSY),
                                                   chip_shape(CHIP_ROUTE_POST), &id);
    struct error err = { 0 };

    if (bringing != NULL && late != NULL)
        bringing->waiter = http_request_suspend(
            request, chips->options.config->limits.miss_wait_ms, late);
    if (bringing == NULL || bringing->waiter == NULL) {
        if (late != NULL)
            http_request_answer(request, late);
        if (bringing != NULL)
            bringing_free(bringing);
    } else if (!store_writer_submit(chips->options.writer, keep_and_tell, bringing,
                                    &err)) {
        http_waiter_answer(bringing->waiter, late);
        bringing_free(bringing);
    }
    http_reply_release(late);
}

/* A try that was refused is written where a token, right or wrong, came with it. */
static void refuse(struct chips *chips, struct http_request *request,
                   const struct caller *caller, const struct refusal *refusal)
{
    struct audit_note note = note_of(caller, "refused");

    if (caller->verdict != ACCESS_NOBODY && caller->verdict != ACCESS_PACED) {
        snprintf(note.subject, sizeof note.subject, "vcek");
        snprintf(note.outcome, sizeof note.outcome, "%s: %.120s", refusal->code,
                 refusal->message);
        audit_note_send(&note, chips->options.writer, NULL, NULL);
    }
    chips_refuse(request, CHIP_ROUTE_POST, refusal);
}

void chips_post(struct chips *chips, struct http_request *request)
{
    OWNED(vcek_release) struct verified_vcek *vcek = NULL;
    struct caller caller;
    struct error err = { 0 };

    if (http_request_method(request) != HTTP_POST) {
        chips_refuse(request, CHIP_ROUTE_POST, &not_a_post);
        return;
    }
    const struct refusal *refusal = judge(chips, request, &caller);
    if (refusal != NULL) {
        refuse(chips, request, &caller, refusal);
    } else if (!verify_body(chips, http_request_body(request), &vcek, &err)) {
        struct refusal unsound = refusal_of(&err);
        refuse(chips, request, &caller, &unsound);
    } else {
        bring(chips, request, vcek, &caller);
    }
}
