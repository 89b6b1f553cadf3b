/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_desk.h"

#include <stdlib.h>
#include <unistd.h>

#include "kit/snapshot.h"
#include "kit/text.h"
#include "serve/front_choose.h"
#include "serve/verify_ask.h"
#include "serve/verify_law.h"
#include "serve/verify_reply.h"
#include "serve/verify_signer.h"
#include "verify/quote.h"
#include "verify/report.h"

enum {
    FUTURE_S = 300,
    ROOM = 8192,            /* most requests need no more */
    LANES_BESIDE = 4,       /* the admin socket's threads, and some air */
    LANES_PER_LISTENER = 2, /* at least so many threads has each */
    LANES_MAX = 128,
    TEE_TYPE_AT = 4, /* in a quote's header, and what stands there of TDX */
    TEE_TYPE_TDX = 0x81,
};

struct verify_desk {
    struct verify_desk_options options;
    struct host_issuers *issuers;
    struct signer_lanes *lanes;
    struct snapshot *view; /* of struct baseline_view */
};

/* ---- making ------------------------------------------------------------------------ */

static void release_view(void *view)
{
    baseline_view_release(view);
}

static size_t lanes_wanted(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t lanes = (size_t)(cores > 0 ? cores : 1) + LANES_BESIDE
                   + LANES_PER_LISTENER * config->listener_count;

    return lanes < LANES_MAX ? lanes : LANES_MAX;
}

bool verify_desk_create(const struct verify_desk_options *options,
                        struct verify_desk **out, struct error *err)
{
    OWNED(verify_desk_destroy) struct verify_desk *desk = calloc(1, sizeof *desk);

    if (desk == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for verify");
    desk->options = *options;
    desk->view = snapshot_create(release_view);
    if (desk->view == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for verify");
    if (!host_issuers_create(&options->config->trust.roots, &desk->issuers, err)
        || !signer_lanes_create(lanes_wanted(options->config), NULL, &desk->lanes, err))
        return error_within(err, "verify");
    *out = TAKE(desk);
    return true;
}

void verify_desk_destroy(struct verify_desk *desk)
{
    if (desk == NULL)
        return;
    signer_lanes_destroy(desk->lanes);
    host_issuers_destroy(desk->issuers);
    snapshot_destroy(desk->view);
    free(desk);
}

void verify_desk_publish(struct verify_desk *desk, const struct baseline_view *view)
{
    snapshot_publish(desk->view, (void *)(uintptr_t)baseline_view_hold(view));
}

/* Held: what certificates are looked up in is looked at under snapshots of its own. */
static const struct baseline_view *view_of(struct verify_desk *desk)
{
    const struct baseline_view *view = snapshot_enter(desk->view);

    if (view != NULL)
        view = baseline_view_hold(view);
    snapshot_leave(desk->view);
    return view;
}

/* ---- one request ------------------------------------------------------------------- */

struct hearing {
    struct verify_desk *desk;
    struct request_id id;
    struct http_peer peer;
    struct question question;
    struct verify_ask ask;
    struct verify_law law;
    int64_t now_s;

    struct known_signers *known;
    struct verified_pck *pck;   /* found for the quote, ours */
    struct amd_law *amd_law;    /* likewise for a report, with... */
    struct verified_vcek *vcek; /* ...its certificate */
    struct verdict verdict;
};

static const struct refusal no_such_path = {
    .status = 404,
    .code = "route_unknown",
    .message = "There is no such path here.",
    .remedy = "Evidence is sent to /thim/v1/verify, a baseline/NAME in front or not.",
};
static const struct refusal not_a_post = {
    .status = 405,
    .code = "method",
    .message = "Evidence is brought here.",
    .remedy = "Use POST, with a quote or an SEV-SNP report as body.",
    .allow = "POST",
};
static const struct refusal nothing_held = {
    .status = 503,
    .code = "not_ready",
    .message = "nothing to judge by has been published yet; come back later",
    .retry_after_s = 5,
};

static void refuse(struct http_request *request, const struct refusal *refusal)
{
    struct request_id id = request_id_of(request);

    answer_and_release(request, refusal_reply_shaped(refusal, REFUSAL_JSON, &id));
}

static void refuse_malformed(struct http_request *request, const struct error *why)
{
    struct refusal refusal = { .status = 400,
                               .code = "malformed",
                               .message = why->text,
                               .remedy = "Asked again as it is, it will be refused "
                                         "again." };

    refuse(request, &refusal);
}

/* ---- what stands beside the evidence ------------------------------------------------
 */

static const struct verified_collateral *find(void *hearing_,
                                              const struct collateral_key *subject)
{
    struct hearing *hearing = hearing_;

    return verify_law_find(&hearing->law, subject);
}

static const struct verified_pck *find_pck(void *hearing_, const struct quote *quote,
                                           struct error *why)
{
    struct hearing *hearing = hearing_;
    struct verify_desk *desk = hearing->desk;
    struct verify_signers signers = { desk->options.hosts, desk->issuers };
    struct error err = { 0 };

    if (!verify_signer_find(&signers, hearing->law.view, quote, &hearing->pck, &err)
        && err.kind != ERROR_NOT_FOUND)
        *why = err;
    return hearing->pck;
}

static const struct verified_vcek *find_vek(void *hearing_,
                                            const struct snp_report *report,
                                            enum verify_check *check, struct error *why)
{
    struct hearing *hearing = hearing_;
    struct error err = { 0 };

    if (hearing->amd_law == NULL
        || chips_signer(hearing->desk->options.chips, hearing->amd_law, report,
                        &hearing->vcek, &err)
        || err.kind == ERROR_NOT_FOUND)
        return hearing->vcek;
    *check = err.kind == ERROR_SYSTEM      ? CHECK_SYSTEM
             : err.kind == ERROR_UNTRUSTED ? CHECK_VEK_CHAIN_UNTRUSTED
                                           : CHECK_VEK_INVALID;
    *why = err;
    return NULL;
}

static const struct verified_amd_crl *find_amd_crl(void *hearing_,
                                                   enum snp_product product,
                                                   enum verify_check *check,
                                                   struct error *why)
{
    const struct hearing *hearing = hearing_;

    (void)check, (void)why;
    return hearing->amd_law == NULL ? NULL : hearing->amd_law->crls[product];
}

static bool permit(const void *list, const struct verdict_party *party, int64_t now_s,
                   struct error *err)
{
    struct denials *denials = (struct denials *)(uintptr_t)list;
    struct hex_text qe_id = hex(party->qe_id.at, party->qe_id.len);
    struct sha256 ppid = sha256(party->ppid), key = sha256(party->spki);
    struct deny_subject subject = { .fmspc = party->fmspc,
                                    .chip_id = party->chip_id,
                                    .advisories = party->advisories,
                                    .advisory_count = party->advisory_count };

    subject.qe_id = bytes_of_text(qe_id.s);
    if (party->ppid.len > 0)
        subject.ppid_digest = bytes_of(ppid.digest, SHA256_LEN);
    if (party->spki.len > 0)
        subject.key_digest = bytes_of(key.digest, SHA256_LEN);
    return denials_permit(denials, &subject, now_s, err);
}

static struct verdict_denials denials_of(const struct verify_desk *desk)
{
    struct denials *denials = desk->options.denials;

    return (struct verdict_denials){ .list = denials,
                                     .pass = denials_are_empty(denials) ? NULL : permit };
}

/* ---- judging ------------------------------------------------------------------------
 */

static enum tee tee_of(struct bytes quote)
{
    bool is_tdx = quote.len > TEE_TYPE_AT && quote.at[TEE_TYPE_AT] == TEE_TYPE_TDX;

    return is_tdx ? TEE_TDX : TEE_SGX;
}

/* Both: false where the law is not for this asker; law.outcome says why. */

static bool judge_quote(struct hearing *hearing)
{
    const struct verify_desk *desk = hearing->desk;
    struct bytes quote = hearing->ask.evidence.raw;
    struct quote_law law = {
        .trust = &desk->options.config->trust.roots,
        .source = { .context = hearing, .find = find, .pck = find_pck },
        .denials = denials_of(desk),
        .now_s = hearing->now_s,
        .future_s = FUTURE_S,
    };

    if (!verify_law_for_quote(&hearing->law, tee_of(quote)))
        return false;
    quote_verify(quote, &law, hearing->known, &hearing->verdict);
    if (hearing->law.outcome != CHOSEN)
        return false;
    if (desk->options.sightings != NULL)
        tdx_sightings_note(desk->options.sightings, &hearing->verdict);
    return true;
}

static bool judge_report(struct hearing *hearing)
{
    const struct verify_desk *desk = hearing->desk;
    const struct config *config = desk->options.config;
    struct report_law law = {
        .trust = &config->trust.roots,
        .source = { .context = hearing, .vek = find_vek, .crl = find_amd_crl },
        .crl_optional = config->amd.crl == AMD_CRL_OPTIONAL,
        .denials = denials_of(desk),
        .now_s = hearing->now_s,
        .future_s = FUTURE_S,
    };

    if (!verify_law_for_report(&hearing->law, &law))
        return false;
    if (desk->options.chips != NULL)
        hearing->amd_law = chips_law(desk->options.chips);
    report_verify(hearing->ask.evidence.raw, &law, hearing->known, &hearing->verdict);
    return true;
}

static struct http_reply *reply_of(const struct hearing *hearing)
{
    const struct verify_desk *desk = hearing->desk;
    const struct baseline_law *baselines = hearing->law.view->law;
    struct policy_answer answer;
    struct verify_reply spec = {
        .verdict = &hearing->verdict,
        .answer = &answer,
        .baseline = baselines->policies[hearing->law.policy].name,
        .wears_test_roots = clock_is_moved(desk->options.clock)
                            || trust_has_test_roots(&desk->options.config->trust.roots),
        .id = hearing->id,
    };

    policy_judge(hearing->ask.has_policy ? &hearing->ask.policy : NULL, &hearing->verdict,
                 &answer);
    return verify_reply_make(&spec);
}

/* What a verdict looks into stands until its reply is written. */
static struct http_reply *hear(struct hearing *hearing)
{
    struct verify_desk *desk = hearing->desk;
    bool is_report = hearing->ask.evidence.kind == EVIDENCE_REPORT;

    hearing->known = signer_lanes_take(desk->lanes);
    bool judged = is_report ? judge_report(hearing) : judge_quote(hearing);
    struct http_reply *reply = judged ? reply_of(hearing) : NULL;
    if (!judged) {
        struct refusal refusal = choose_refusal(hearing->law.outcome, &hearing->law.why);
        reply = refusal_reply_shaped(&refusal, REFUSAL_JSON, &hearing->id);
    }
    signer_lanes_give_back(desk->lanes, hearing->known);
    pck_release(hearing->pck);
    vcek_release(hearing->vcek);
    amd_law_release(hearing->amd_law);
    return reply;
}

/* ---- requests -----------------------------------------------------------------------
 */

static bool read_question(const struct http_request *request, struct arena *arena,
                          struct question *out, struct error *err)
{
    struct asker asker = { .baseline = http_request_header(request, "X-THIM-Baseline"),
                           .bare_crl = CRL_FORM_HEX,
                           .v3 = COMPAT_V3_SERVE };

    return question_read(http_request_target(request), &asker, arena, out, err);
}

static void judge(struct verify_desk *desk, struct http_request *request,
                  struct hearing *hearing)
{
    OWNED(baseline_view_release) const struct baseline_view *view = view_of(desk);

    if (view == NULL) {
        refuse(request, &nothing_held);
        return;
    }
    hearing->desk = desk;
    hearing->id = request_id_of(request);
    hearing->now_s = clock_wall_s(desk->options.clock);
    http_request_peer(request, &hearing->peer);
    hearing->law = (struct verify_law){ .view = view,
                                        .address = http_peer_address(&hearing->peer),
                                        .asked = &hearing->question };
    answer_and_release(request, hear(hearing));
}

/* The question and, where it belongs here, its body. */
static bool read_ask(const struct http_request *request, struct arena *arena,
                     struct hearing *hearing, struct error *err)
{
    if (!read_question(request, arena, &hearing->question, err))
        return false;
    return hearing->question.kind != ASK_VERIFY
           || verify_ask_read(http_request_header(request, "Content-Type"),
                              http_request_body(request), arena, &hearing->ask, err);
}

static void answer(struct verify_desk *desk, struct http_request *request)
{
    _Alignas(max_align_t) uint8_t room[ROOM];
    struct hearing hearing;
    struct arena arena;
    struct error err = { 0 };

    hearing.known = NULL;
    hearing.pck = NULL;
    hearing.amd_law = NULL;
    hearing.vcek = NULL;
    arena_init_over(&arena, room, sizeof room, VERIFY_ASK_ROOM);
    if (!read_ask(request, &arena, &hearing, &err))
        refuse_malformed(request, &err);
    else if (hearing.question.kind != ASK_VERIFY)
        refuse(request, &no_such_path);
    else
        judge(desk, request, &hearing);
    arena_fini(&arena);
}

bool verify_desk_is_asked(struct bytes target)
{
    struct bytes route = bytes_of_text("/thim/v1/verify");
    struct bytes path = bytes_first(target, bytes_find(target, bytes_of_text("?")));

    if (path.len > 0 && path.at[path.len - 1] == '/')
        path.len--;
    return path.len >= route.len
           && text_equal_nocase(bytes_after(path, path.len - route.len), route);
}

size_t verify_desk_body_limit(struct verify_desk *desk,
                              const struct http_request *request)
{
    struct refusal why;

    return http_request_method(request) == HTTP_POST
                   && verify_gate_enter(desk->options.gate, request, &why)
               ? VERIFY_BODY_MAX
               : HTTP_BODY_UNWANTED;
}

void verify_desk_handle(struct verify_desk *desk, struct http_request *request)
{
    struct verify_gate *gate = desk->options.gate;
    struct refusal why;

    if (http_request_method(request) != HTTP_POST)
        refuse(request, &not_a_post);
    else if (!verify_gate_enter(gate, request, &why))
        refuse(request, &why);
    else
        answer(desk, request);
    verify_gate_leave(gate, request);
}

void verify_desk_ended(struct verify_desk *desk, const struct http_request *request)
{
    verify_gate_leave(desk->options.gate, request);
}
