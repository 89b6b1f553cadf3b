/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/synthetic.h"

#include <stdlib.h>

#include "kit/text.h"
#include "sim/amd_desk.h"
#include "sim/documents.h"
#include "sim/drawer.h"
#include "sim/history.h"
#include "sim/pck_desk.h"
#include "sim/quote.h"
#include "sim/registration.h"

enum { DAY_S = 86400 };

#define YEAR_S ((int64_t)31556952) /* the mean Gregorian year */
#define ROOT_CRL_EVERY_S ((int64_t)182 * DAY_S)
#define ROOT_CRL_VALID_S ((int64_t)379 * DAY_S)
#define FUTURE_S ((int64_t)2 * DAY_S)   /* how far ahead the future one is issued */
#define OLDER_S ((int64_t)10 * DAY_S)   /* how far back the older document lies */
#define EXPIRED_S ((int64_t)40 * DAY_S) /* how far back the expired one was issued */

struct synthetic {
    struct pki *pki, *impostor;
    struct history history;
    struct pck_desk desk; /* platforms and mint are this world's */
    struct quote_mint *quotes;
    struct amd_desk *amd;
    size_t fmspc_count;
    struct drawer drawer;
};

void synthetic_fmspc(size_t index, uint8_t out[FMSPC_LEN])
{
    static const uint8_t first[][FMSPC_LEN] = {
        { 0x30, 0x60, 0x6a, 0, 0, 0 },
        { 0x00, 0x90, 0x6e, 0xd5, 0, 0 },
    };
    const uint8_t made[FMSPC_LEN] = { (uint8_t)index,
                                      (uint8_t)(0x60 | (index >> 8 & 15)),
                                      index % 2 == 0 ? 0x6f : 0x6e,
                                      0,
                                      0,
                                      0 };

    memcpy(out, index < COUNT_OF(first) ? first[index] : made, FMSPC_LEN);
}

static bool is_server(size_t index)
{
    return index % 2 == 0;
}

bool synthetic_has_tdx(const uint8_t fmspc[FMSPC_LEN])
{
    uint8_t candidate[FMSPC_LEN];
    size_t index = 0;

    do
        synthetic_fmspc(index, candidate);
    while (memcmp(candidate, fmspc, FMSPC_LEN) != 0 && ++index < SYNTHETIC_FMSPCS_MAX);
    return index < SYNTHETIC_FMSPCS_MAX && is_server(index);
}

/* The index of an FMSPC, or fmspc_count where this world has none such. */
static size_t index_of(const struct synthetic *synthetic, const uint8_t fmspc[FMSPC_LEN])
{
    uint8_t candidate[FMSPC_LEN];

    for (size_t i = 0; i < synthetic->fmspc_count; i++) {
        synthetic_fmspc(i, candidate);
        if (memcmp(candidate, fmspc, FMSPC_LEN) == 0)
            return i;
    }
    return synthetic->fmspc_count;
}

/* ---- one document ---------------------------------------------------------------- */

/* When the document that is told was issued, which a bend moves. */
static struct document_dates dates_of(const struct synthetic *synthetic,
                                      const struct world_question *question)
{
    bool is_root_crl = question->kind == WORLD_ROOTCACRL;
    int64_t every_s = is_root_crl ? ROOT_CRL_EVERY_S : DAY_S;
    int64_t valid_s = is_root_crl ? ROOT_CRL_VALID_S : WORLD_VALID_S;
    int64_t moment_s = question->now_s;

    if (question->bend == WORLD_OLDER)
        moment_s -= is_root_crl ? ROOT_CRL_EVERY_S : OLDER_S;
    if (question->bend == WORLD_EXPIRED)
        moment_s -= is_root_crl ? 3 * ROOT_CRL_EVERY_S : EXPIRED_S;
    int64_t issue_s = history_issue_s(&synthetic->history, question, every_s, moment_s);
    if (question->kind == WORLD_PCKCRL) {
        int64_t revoked_s =
            pck_desk_revoked(&synthetic->desk, question->ca, moment_s, NULL);
        issue_s = revoked_s > issue_s ? revoked_s : issue_s;
    }
    if (question->bend == WORLD_FUTURE)
        issue_s = question->now_s - question->now_s % DAY_S + FUTURE_S;
    return (struct document_dates){ issue_s, issue_s + valid_s };
}

/* The number that is meant; false where there is no such document, and says so. */
static bool choose_number(const struct synthetic *synthetic,
                          const struct world_question *question, unsigned *number,
                          struct world_answer *out)
{
    const struct history *history = &synthetic->history;
    const uint8_t *fmspc = question->kind == WORLD_TCB ? question->fmspc : NULL;
    unsigned standard = history_standard(history, fmspc, question->now_s);
    unsigned early = calendar_early(&history->calendar, question->now_s);

    *number = question->update == WORLD_EARLY ? early : standard;
    if (question->update == WORLD_STANDARD && question->bend == WORLD_LOWER_STANDARD
        && standard > CALENDAR_FIRST)
        *number = standard - 1;
    if (question->update != WORLD_NUMBERED)
        return true;
    if (question->number > early || question->number < CALENDAR_FIRST) {
        world_refuse(out, 404, "no such TCB evaluation data number");
        return false;
    }
    *number = (unsigned)question->number;
    if (*number >= standard)
        return true;
    world_refuse(out, 410, "TCB evaluation data number is retired");
    return false;
}

static const struct pki *pki_of(const struct synthetic *synthetic,
                                const struct world_question *question)
{
    return question->bend == WORLD_IMPOSTOR ? synthetic->impostor : synthetic->pki;
}

/* Writes the text that is to be signed; gives the envelope's name for it. */
static const char *write_text(const struct calendar *calendar,
                              const struct world_question *question, unsigned number,
                              struct document_dates dates, struct buf *text)
{
    switch (question->kind) {
    case WORLD_TCB:
        document_tcb_info(text, calendar, question->tee, question->fmspc, number, dates);
        return "tcbInfo";
    case WORLD_NUMBERS:
        document_numbers(text, calendar, question->tee,
                         calendar_listed_from(calendar, dates.issue_s),
                         calendar_early(calendar, dates.issue_s), dates);
        return "tcbEvaluationDataNumbers";
    default:
        document_identity(text, calendar, question->kind, number, dates);
        return "enclaveIdentity";
    }
}

static bool write_signed(const struct synthetic *synthetic,
                         const struct world_question *question, unsigned number,
                         struct document_dates dates, struct buf *body, struct error *err)
{
    struct buf text, signature;

    buf_init(&text, WORLD_BODY_MAX);
    buf_init(&signature, 128);
    const char *name =
        write_text(&synthetic->history.calendar, question, number, dates, &text);
    bool made = pki_sign(pki_of(synthetic, question), buf_bytes(&text), &signature, err);
    if (made)
        document_envelope(body, name, buf_bytes(&text), buf_bytes(&signature));
    buf_fini(&text);
    buf_fini(&signature);
    return made;
}

static unsigned revoked_roles(const struct history *history, int64_t now_s)
{
    static const enum pki_role roles[] = {
        [WORLD_TCB_SIGNING] = PKI_TCB_SIGNING,
        [WORLD_PROCESSOR_CA] = PKI_PROCESSOR_CA,
        [WORLD_PLATFORM_CA] = PKI_PLATFORM_CA,
    };
    unsigned bits = 0;

    for (size_t signer = 0; signer < COUNT_OF(roles); signer++)
        if (history_is_revoked(history, (enum world_signer)signer, now_s))
            bits |= 1U << roles[signer];
    return bits;
}

static bool write_crl(const struct synthetic *synthetic,
                      const struct world_question *question, struct document_dates dates,
                      struct buf *body, struct error *err)
{
    bool is_root = question->kind == WORLD_ROOTCACRL;
    bool is_platform = !is_root && question->ca == WORLD_PLATFORM;
    struct buf serials;

    buf_init(&serials, WORLD_BODY_MAX);
    if (!is_root)
        pck_desk_revoked(&synthetic->desk, question->ca, dates.issue_s, &serials);
    const struct pki_crl crl = {
        .issuer = is_root       ? PKI_ROOT
                  : is_platform ? PKI_PLATFORM_CA
                                : PKI_PROCESSOR_CA,
        .this_update_s = dates.issue_s,
        .next_update_s = dates.next_update_s,
        .serials = buf_bytes(&serials),
        .strangers = is_root       ? 0
                     : is_platform ? 12
                                   : 3,
        .revoked_roles = is_root ? revoked_roles(&synthetic->history, dates.issue_s) : 0,
    };

    bool made = pki_crl(pki_of(synthetic, question), &crl, body, err);
    buf_fini(&serials);
    return made;
}

static bool add_chain(const struct synthetic *synthetic,
                      const struct world_question *question, struct buf *chain,
                      struct error *err)
{
    enum pki_role signer = PKI_TCB_SIGNING;

    if (question->kind == WORLD_ROOTCACRL)
        return true;
    if (question->kind == WORLD_PCKCRL || question->kind == WORLD_PCKCERT
        || question->kind == WORLD_PCKCERTS)
        signer = question->ca == WORLD_PLATFORM ? PKI_PLATFORM_CA : PKI_PROCESSOR_CA;
    const struct pki *pki = pki_of(synthetic, question);
    return pki_certificate(pki, signer, chain, err)
           && pki_certificate(pki, PKI_ROOT, chain, err);
}

/* The body from what was signed already, else signed now and kept. */
static bool give_document(struct synthetic *synthetic,
                          const struct world_question *question, unsigned number,
                          struct world_answer *out, struct error *err)
{
    struct document_dates dates = dates_of(synthetic, question);
    struct drawer_key key = {
        .kind = question->kind,
        .tee = question->tee,
        .ca = question->ca,
        .number = number,
        .is_impostors = question->bend == WORLD_IMPOSTOR,
        .issue_s = dates.issue_s,
    };

    memcpy(key.fmspc, question->fmspc, FMSPC_LEN);
    if (!drawer_take(&synthetic->drawer, &key, &out->body)) {
        bool is_crl = question->kind == WORLD_PCKCRL || question->kind == WORLD_ROOTCACRL;
        bool made =
            is_crl ? write_crl(synthetic, question, dates, &out->body, err)
                   : write_signed(synthetic, question, number, dates, &out->body, err);
        if (!made)
            return false;
        drawer_put(&synthetic->drawer, &key, buf_bytes(&out->body));
    }
    out->status = 200;
    return !out->body.failed ? add_chain(synthetic, question, &out->chain, err)
                             : error_set(err, ERROR_LIMIT, "no room for a document");
}

static void give_fmspcs(const struct synthetic *synthetic, const char *platform,
                        struct world_answer *out)
{
    uint8_t fmspc[FMSPC_LEN];
    const char *comma = "";

    buf_add_text(&out->body, "[");
    for (size_t i = 0; i < synthetic->fmspc_count; i++) {
        const char *its_own = is_server(i) ? "E5" : "client";
        if (platform != NULL && strcmp(platform, its_own) != 0)
            continue;
        synthetic_fmspc(i, fmspc);
        buf_addf(&out->body, "%s{\"fmspc\":\"%02X%02X%02X%02X%02X%02X\",", comma,
                 fmspc[0], fmspc[1], fmspc[2], fmspc[3], fmspc[4], fmspc[5]);
        buf_addf(&out->body, "\"platform\":\"%s\"}", its_own);
        comma = ",";
    }
    buf_add_text(&out->body, "]");
    out->status = 200;
}

/* ---- the world ------------------------------------------------------------------- */

/* Another FMSPC that has the same kind of TCB info: its neighbour but one. */
static bool bend_fmspc(const struct synthetic *synthetic, struct world_question *question,
                       size_t index)
{
    if (synthetic->fmspc_count < 3)
        return false;
    synthetic_fmspc(index + 2 < synthetic->fmspc_count ? index + 2 : index % 2,
                    question->fmspc);
    return true;
}

static bool give_certificates(struct synthetic *synthetic,
                              struct world_question *question, struct world_answer *out,
                              struct error *err)
{
    if (!pck_desk_answer(&synthetic->desk, question, out, err))
        return false;
    question->ca = out->ca;
    return out->status != 200 || add_chain(synthetic, question, &out->chain, err);
}

static bool synthetic_answer(void *context, const struct world_question *asked,
                             struct world_answer *out, struct error *err)
{
    struct synthetic *synthetic = context;
    struct world_question question = *asked;
    unsigned number = 0;

    if (question.kind >= WORLD_VCEK)
        return amd_desk_answer(synthetic->amd, &question, out, err);
    if (question.kind == WORLD_FMSPCS) {
        give_fmspcs(synthetic, question.platform, out);
        return true;
    }
    if (question.kind == WORLD_REGISTRATION) {
        registration_answer(synthetic->desk.platforms, &question, out);
        return true;
    }
    if (question.kind == WORLD_PCKCERTS || question.kind == WORLD_PCKCERT)
        return give_certificates(synthetic, &question, out, err);
    if (question.kind == WORLD_TCB) {
        size_t index = index_of(synthetic, question.fmspc);
        if (index == synthetic->fmspc_count
            || (question.tee == WORLD_TDX && !is_server(index)))
            return world_refuse(out, 404, "no such FMSPC");
        if (question.bend == WORLD_OTHER_FMSPC
            && !bend_fmspc(synthetic, &question, index))
            return world_refuse(out, 404, "no other FMSPC in this world");
    }
    bool is_numbered =
        question.kind <= WORLD_QAE_IDENTITY; /* TCB info and the identities */
    if (is_numbered && !choose_number(synthetic, &question, &number, out))
        return true;
    return give_document(synthetic, &question, number, out, err);
}

static bool synthetic_root(void *context, struct buf *out, struct error *err)
{
    struct synthetic *synthetic = context;

    return pki_certificate(synthetic->pki, PKI_ROOT, out, err);
}

static bool synthetic_ark(void *context, enum world_product product, struct buf *out,
                          struct error *err)
{
    struct synthetic *synthetic = context;

    return amd_desk_ark(synthetic->amd, product, out, err);
}

/* What was signed before an event of this very second would pass for what comes after. */
static bool synthetic_event(void *context, const struct world_event *event,
                            struct error *err)
{
    struct synthetic *synthetic = context;

    if (event->has_fmspc && index_of(synthetic, event->fmspc) == synthetic->fmspc_count)
        return error_set(err, ERROR_NOT_FOUND, "no FMSPC %s in this world",
                         hex(event->fmspc, FMSPC_LEN).s);
    if (!history_add(&synthetic->history, event, err))
        return false;
    drawer_clear(&synthetic->drawer);
    return true;
}

static bool synthetic_platform_event(void *context, const struct platform_event *event,
                                     struct error *err)
{
    struct synthetic *synthetic = context;

    drawer_clear(&synthetic->drawer);
    return platforms_add(synthetic->desk.platforms, event, err);
}

static bool synthetic_quote(void *context, const struct quote_order *order, int64_t now_s,
                            struct buf *out, struct error *err)
{
    struct synthetic *synthetic = context;

    return quote_mint(synthetic->quotes, order, now_s, out, err);
}

static unsigned synthetic_newest_level(void *context, int64_t now_s)
{
    const struct synthetic *synthetic = context;

    return calendar_early(&synthetic->history.calendar, now_s);
}

static void synthetic_close(void *context)
{
    struct synthetic *synthetic = context;

    if (synthetic == NULL)
        return;
    drawer_fini(&synthetic->drawer);
    amd_desk_close(synthetic->amd);
    quote_mint_close(synthetic->quotes);
    pck_mint_close(synthetic->desk.mint);
    platforms_close(synthetic->desk.platforms);
    pki_close(synthetic->pki);
    pki_close(synthetic->impostor);
    free(synthetic);
}
DEFINE_OWNED(struct synthetic *, synthetic_close)

/* Certificates of what was there before the last year are that old. */
static int64_t ordinary_s(int64_t now_s)
{
    return now_s - now_s % DAY_S - 365 * DAY_S;
}

static bool open_desk(struct synthetic *synthetic, const char *seed, int64_t now_s,
                      struct error *err)
{
    struct pck_desk *desk = &synthetic->desk;

    desk->calendar = &synthetic->history.calendar;
    return platforms_open(seed, synthetic->fmspc_count, &desk->platforms, err)
           && pck_mint_open(synthetic->pki, synthetic->impostor, desk->platforms,
                            ordinary_s(now_s), &desk->mint, err)
           && quote_mint_open(desk, synthetic->pki, synthetic->impostor,
                              &synthetic->quotes, err);
}

bool synthetic_open(const char *seed, int64_t now_s, size_t fmspc_count,
                    struct world *out, struct error *err)
{
    int64_t from_s = now_s - 7 * YEAR_S, to_s = now_s + 23 * YEAR_S;

    if (fmspc_count < 1 || fmspc_count > SYNTHETIC_FMSPCS_MAX)
        return error_set(err, ERROR_LIMIT, "%zu FMSPCs, expected 1 to %d", fmspc_count,
                         SYNTHETIC_FMSPCS_MAX);
    OWNED(synthetic_close) struct synthetic *synthetic = calloc(1, sizeof *synthetic);
    if (synthetic == NULL || !drawer_init(&synthetic->drawer))
        return error_set(err, ERROR_SYSTEM, "no memory for a world");
    synthetic->fmspc_count = fmspc_count;
    history_init(&synthetic->history);
    if (!pki_create(seed, from_s, to_s, &synthetic->pki, err)
        || !pki_create(NULL, from_s, to_s, &synthetic->impostor, err)
        || !open_desk(synthetic, seed, now_s, err)
        || !amd_desk_open(seed, from_s, to_s, ordinary_s(now_s), &synthetic->amd, err))
        return false;
    struct amd_desk *amd = synthetic->amd;
    struct platforms *platforms = synthetic->desk.platforms;
    *out = (struct world){ .context = TAKE(synthetic),
                           .platforms = platforms,
                           .amd = amd,
                           .name = "synthetic",
                           .answer = synthetic_answer,
                           .root = synthetic_root,
                           .ark = synthetic_ark,
                           .event = synthetic_event,
                           .platform_event = synthetic_platform_event,
                           .quote = synthetic_quote,
                           .newest_level = synthetic_newest_level,
                           .close = synthetic_close };
    return true;
}
