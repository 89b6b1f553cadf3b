/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/replay.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "sim/pki.h"
#include "sim/replay_amd.h"
#include "sim/replay_files.h"

/* 2026-08-14T00:00:00Z, when number 20 (event of 2025-08) became standard. */
#define PROMOTION_20_S ((int64_t)1786665600)

static const char root_name[] = "Intel SGX Root CA";

struct replay {
    struct replay_files files; /* Intel's */
    struct replay_amd amd;
};

/* ---- choosing a document ---------------------------------------------------------- */

enum validity { ANY, VALID, PAST };

/* What is looked for beyond the question itself. */
struct limits {
    unsigned least, most; /* evaluation data numbers */
    enum validity validity;
    int64_t issued_before_s;
};

static bool fits(const struct replay_item *item, const struct world_question *question,
                 const struct limits *limits)
{
    if (item->kind != question->kind || item->issue_s > question->now_s
        || item->issue_s >= limits->issued_before_s || item->number < limits->least
        || item->number > limits->most)
        return false;
    if ((item->kind == WORLD_TCB || item->kind == WORLD_NUMBERS)
        && item->tee != question->tee)
        return false;
    if (item->kind == WORLD_TCB && memcmp(item->fmspc, question->fmspc, FMSPC_LEN) != 0)
        return false;
    if (item->kind == WORLD_PCKCRL && item->ca != question->ca)
        return false;
    bool is_valid = item->next_update_s > question->now_s;
    return limits->validity == ANY || is_valid == (limits->validity == VALID);
}

static const struct replay_item *newest(const struct replay_files *files,
                                        const struct world_question *question,
                                        struct limits limits)
{
    const struct replay_item *found = NULL;

    for (size_t i = 0; i < files->item_count; i++)
        if (fits(&files->items[i], question, &limits)
            && (found == NULL || files->items[i].issue_s > found->issue_s))
            found = &files->items[i];
    return found;
}

static unsigned least_number(const struct world_question *question)
{
    bool is_numbered = question->kind <= WORLD_QAE_IDENTITY;

    return is_numbered && question->now_s >= PROMOTION_20_S ? 20 : 0;
}

/* The lowest (or highest) number that has a valid document; 0 where none has. */
static unsigned valid_number(const struct replay_files *files,
                             const struct world_question *question, bool highest)
{
    const struct limits limits = { least_number(question), UINT_MAX, VALID, INT64_MAX };
    unsigned found = 0;

    for (size_t i = 0; i < files->item_count; i++) {
        unsigned number = files->items[i].number;
        if (fits(&files->items[i], question, &limits)
            && (found == 0 || (highest ? number > found : number < found)))
            found = number;
    }
    return found;
}

/* Standard or early: the newest of its number, else the newest of all. */
static const struct replay_item *by_update(const struct replay_files *files,
                                           const struct world_question *question)
{
    unsigned number = valid_number(files, question, question->update == WORLD_EARLY);
    unsigned least = least_number(question);
    const struct limits valid = { number, number, VALID, INT64_MAX };
    const struct limits any = { least, UINT_MAX, ANY, INT64_MAX };

    return newest(files, question, number > 0 ? valid : any);
}

static unsigned standard_number(const struct replay_files *files,
                                struct world_question question)
{
    question.update = WORLD_STANDARD;
    const struct replay_item *item = by_update(files, &question);
    unsigned least = least_number(&question);

    return item != NULL ? item->number : least;
}

static const struct replay_item *by_number(const struct replay_files *files,
                                           const struct world_question *question,
                                           bool *is_retired)
{
    unsigned number = question->number > UINT_MAX ? UINT_MAX : (unsigned)question->number;
    struct limits limits = { number, number, VALID, INT64_MAX };
    unsigned standard = standard_number(files, *question);

    *is_retired = number < standard;
    if (*is_retired)
        return NULL;
    const struct replay_item *item = newest(files, question, limits);
    limits.validity = ANY;
    return item != NULL ? item : newest(files, question, limits);
}

/* What a straight answer would be. */
static const struct replay_item *straight(const struct replay_files *files,
                                          const struct world_question *question,
                                          bool *is_retired)
{
    bool is_numbered = question->kind <= WORLD_QAE_IDENTITY;
    const struct limits any = { 0, UINT_MAX, ANY, INT64_MAX };

    if (!is_numbered)
        return newest(files, question, any);
    if (question->update == WORLD_NUMBERED)
        return by_number(files, question, is_retired);
    return by_update(files, question);
}

/* ---- bending it ------------------------------------------------------------------ */

static const struct replay_item *of_other_fmspc(const struct replay_files *files,
                                                struct world_question question)
{
    bool is_retired = false;

    for (size_t i = 0; i < files->item_count; i++) {
        const struct replay_item *other = &files->items[i];
        if (other->kind != WORLD_TCB || other->tee != question.tee
            || memcmp(other->fmspc, question.fmspc, FMSPC_LEN) == 0)
            continue;
        struct world_question instead = question;
        memcpy(instead.fmspc, other->fmspc, FMSPC_LEN);
        const struct replay_item *item = straight(files, &instead, &is_retired);
        if (item != NULL)
            return item;
    }
    return NULL;
}

static const struct replay_item *bent(const struct replay_files *files,
                                      const struct world_question *question,
                                      const struct replay_item *item)
{
    struct limits limits = { 0, UINT_MAX, ANY, INT64_MAX };

    switch (question->bend) {
    case WORLD_EXPIRED:
        limits.validity = PAST;
        return newest(files, question, limits);
    case WORLD_OLDER:
        limits.issued_before_s = item->issue_s;
        limits.least = limits.most = item->number;
        const struct replay_item *older = newest(files, question, limits);
        limits.least = 0;
        limits.most = UINT_MAX;
        return older != NULL ? older : newest(files, question, limits);
    case WORLD_OTHER_FMSPC:
        return question->kind == WORLD_TCB ? of_other_fmspc(files, *question) : item;
    case WORLD_LOWER_STANDARD:
        if (question->kind > WORLD_QAE_IDENTITY || question->update != WORLD_STANDARD
            || item->number == 0)
            return item;
        limits.most = item->number - 1;
        return newest(files, question, limits);
    case WORLD_FUTURE:
    case WORLD_IMPOSTOR:
        return NULL; /* nobody captured such */
    default:
        return item;
    }
}

/* ---- chains and lists ------------------------------------------------------------ */

/* Of the certificates of one name: in force at now_s before not in force, then the one
 * made last. */
static const struct replay_certificate *certificate_of(const struct replay_files *files,
                                                       const char *common_name,
                                                       int64_t now_s)
{
    const struct replay_certificate *best = NULL;
    bool best_holds = false;

    for (size_t i = 0; i < files->certificate_count; i++) {
        const struct replay_certificate *c = &files->certificates[i];
        if (strcmp(c->common_name, common_name) != 0)
            continue;
        bool holds = c->not_before_s <= now_s && now_s <= c->not_after_s;
        if (best == NULL || holds > best_holds
            || (holds == best_holds && c->not_before_s > best->not_before_s)) {
            best = c;
            best_holds = holds;
        }
    }
    return best;
}

static bool add_certificate(const struct replay_files *files, const char *common_name,
                            int64_t now_s, struct buf *out, struct error *err)
{
    const struct replay_certificate *found = certificate_of(files, common_name, now_s);

    if (found == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no captured certificate \"%s\"",
                         common_name);
    return pem_add(out, "CERTIFICATE", found->der, err);
}

static bool add_chain(const struct replay_files *files,
                      const struct world_question *question, struct buf *chain,
                      struct error *err)
{
    const char *signer = "Intel SGX TCB Signing";

    if (question->kind == WORLD_ROOTCACRL)
        return true;
    if (question->kind == WORLD_PCKCRL)
        signer = question->ca == WORLD_PLATFORM ? "Intel SGX PCK Platform CA"
                                                : "Intel SGX PCK Processor CA";
    return add_certificate(files, signer, question->now_s, chain, err)
           && add_certificate(files, root_name, question->now_s, chain, err);
}

/* An FMSPC's platform by any captured list; servers where none names it. */
static const char *platform_of(const struct replay_files *files,
                               const uint8_t fmspc[FMSPC_LEN])
{
    for (size_t i = 0; i < files->platform_count; i++)
        if (memcmp(files->platforms[i].fmspc, fmspc, FMSPC_LEN) == 0)
            return files->platforms[i].platform;
    return "E5";
}

static void add_fmspc(struct buf *body, const char *wanted, const char *platform,
                      const uint8_t fmspc[FMSPC_LEN])
{
    char line[80];

    if (wanted != NULL && strcmp(wanted, platform) != 0)
        return;
    snprintf(line, sizeof line, "{\"fmspc\":\"%02X%02X%02X%02X%02X%02X\"", fmspc[0],
             fmspc[1], fmspc[2], fmspc[3], fmspc[4], fmspc[5]);
    if (bytes_find(buf_bytes(body), bytes_of_text(line)) < body->len)
        return; /* listed already */
    buf_addf(body, "%s%s,\"platform\":\"%s\"}", body->len > 1 ? "," : "", line, platform);
}

/* The dated lists, joined with every FMSPC that has a TCB info by now. */
static void give_fmspcs(const struct replay_files *files,
                        const struct world_question *question, struct world_answer *out)
{
    buf_add_text(&out->body, "[");
    for (size_t i = 0; i < files->platform_count; i++)
        if (files->platforms[i].listed_s <= question->now_s)
            add_fmspc(&out->body, question->platform, files->platforms[i].platform,
                      files->platforms[i].fmspc);
    for (size_t i = 0; i < files->item_count; i++)
        if (files->items[i].kind == WORLD_TCB
            && files->items[i].issue_s <= question->now_s)
            add_fmspc(&out->body, question->platform,
                      platform_of(files, files->items[i].fmspc), files->items[i].fmspc);
    buf_add_text(&out->body, "]");
    out->status = 200;
}

/* ---- the world ------------------------------------------------------------------- */

static bool replay_answer(void *context, const struct world_question *question,
                          struct world_answer *out, struct error *err)
{
    const struct replay *replay = context;
    const struct replay_files *files = &replay->files;
    bool is_retired = false;

    if (question->kind >= WORLD_VCEK)
        return replay_amd_answer(&replay->amd, question, out);
    if (question->kind == WORLD_FMSPCS) {
        give_fmspcs(files, question, out);
        return true;
    }
    const struct replay_item *item = straight(files, question, &is_retired);
    if (is_retired)
        return world_refuse(out, 410, "TCB evaluation data number is retired");
    if (item == NULL)
        return world_refuse(out, 404, "nothing was captured by this date");
    item = bent(files, question, item);
    if (item == NULL)
        return world_refuse(out, 404, "nothing was captured that the fault could show");
    out->status = 200;
    buf_add(&out->body, item->body);
    if (out->body.failed)
        return error_set(err, ERROR_LIMIT, "no room for a document");
    return add_chain(files, question, &out->chain, err);
}

static bool replay_root(void *context, struct buf *out, struct error *err)
{
    const struct replay *replay = context;

    return add_certificate(&replay->files, root_name, INT64_MAX, out, err);
}

static bool replay_ark(void *context, enum world_product product, struct buf *out,
                       struct error *err)
{
    const struct replay *replay = context;

    return replay_amd_ark(&replay->amd, product, out, err);
}

static void replay_close(void *context)
{
    struct replay *replay = context;

    replay_files_fini(&replay->files);
    replay_amd_fini(&replay->amd);
    free(replay);
}

bool replay_open(const char *directory, struct world *out, struct error *err)
{
    struct replay *replay = malloc(sizeof *replay);

    if (replay == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a world");
    bool has_files = replay_files_read(directory, &replay->files, err);
    if (!has_files || !replay_amd_read(directory, &replay->amd, err)) {
        if (has_files)
            replay_files_fini(&replay->files);
        free(replay);
        return error_within(err, "world replay:%s", safe_string(directory).s);
    }
    *out = (struct world){ .context = replay,
                           .name = "replay",
                           .answer = replay_answer,
                           .root = replay_root,
                           .ark = replay_ark,
                           .close = replay_close };
    return true;
}
