/* SPDX-License-Identifier: Apache-2.0 */
/* PCS's pckcerts: all certificates of one platform, found by what it is asked for with. A
 * cache behind us asks so. Only what verifies now is given, and nothing of a platform
 * that the operator denies. */
#include <stdio.h>
#include <stdlib.h>

#include "format/json_fields.h"
#include "kit/log.h"
#include "kit/text.h"
#include "serve/denials.h"
#include "serve/front.h"
#include "serve/registry_parts.h"

enum {
    ERRAND_BYTES_MAX = 4 * MANIFEST_MAX,
    PLATFORM_BYTES_MAX = 8 * 1024 * 1024, /* one platform as it is read */
};

struct errand { /* from the asking to the answer; what it asks with lies in its arena */
    struct registry_wait wait;
    struct arena arena;
    struct platform_demand demand;
    struct bytes encrypted_ppid;
    uint8_t locator[32];
    bool was_fetched;
};

static void free_errand(struct errand *errand)
{
    arena_fini(&errand->arena);
    free(errand);
}

static void refuse(struct errand *errand, const struct refusal *refusal)
{
    registry_wait_refuse(&errand->wait, refusal);
    free_errand(errand);
}

/* ---- the list ------------------------------------------------------------------- */

struct giving { /* one platform's certificates on their way out */
    struct registry *registry;
    const struct platform *platform;
    struct holdings *holdings;
    struct verified_pck_issuer *issuer;
    struct pck_law law;
    struct arena *arena;
    struct pck_list list;
    size_t certificates;
    struct error denial; /* of the last whose key is denied */
};

static const struct verified_collateral *held(const struct giving *g,
                                              struct collateral_key key)
{
    const struct holding *holding = holdings_find(g->holdings, &key);

    return holding != NULL ? holding->item : NULL;
}

static bool permit_key(const struct giving *g, struct bytes der, struct error *err)
{
    struct key_name name = { .is_known = false };

    return denials_permit_key(g->registry->options.denials, der, &name,
                              clock_wall_s(g->registry->options.clock), err);
}

/* False where the certificate is not to be given: it is left out, and logged. */
static bool judge(struct giving *g, const struct platform_pck *row,
                  struct pck_entry *entry)
{
    struct verified_pck *pck = NULL;
    struct error err = { 0 };

    bool fine = verify_kept_pck(row->der, g->issuer, &pck, &err)
                && pck_may_be_given(pck, &g->law, &err) && permit_key(g, row->der, &err);
    if (fine) {
        const struct pck_facts *facts = pck_facts(pck);
        entry->has_tcb = true;
        entry->pcesvn = facts->cert.pcesvn;
        memcpy(entry->components, facts->cert.components, sizeof entry->components);
    } else {
        if (err.kind == ERROR_DENIED)
            g->denial = err;
        log_event(LOG_WARNING, "registry", "platform=%lld tcbm=%s not given why=\"%s\"",
                  (long long)g->platform->platform, hex(row->tcbm, TCBM_LEN).s, err.text);
    }
    pck_release(pck);
    return fine;
}

static bool list(struct giving *g, struct error *err)
{
    const struct platform *platform = g->platform;
    struct pck_entry *entries =
        arena_alloc(g->arena, platform->pck_count + 1, sizeof *entries);

    if (entries == NULL)
        return error_set(err, ERROR_LIMIT, "no room for %zu certificates",
                         platform->pck_count);
    for (size_t i = 0; i < platform->pck_count; i++) {
        const struct platform_pck *row = &platform->pcks[i];
        struct pck_entry *entry = &entries[g->list.count];
        bool is_gap = row->der.len == 0;
        *entry =
            (struct pck_entry){ .kind = is_gap ? PCK_ENTRY_GAP : PCK_ENTRY_CERTIFICATE,
                                .der = row->der };
        memcpy(entry->tcbm, row->tcbm, sizeof entry->tcbm);
        if (!is_gap && !judge(g, row, entry))
            continue;
        g->certificates += !is_gap;
        g->list.count++;
    }
    g->list.entries = entries;
    return true;
}

static bool gather(struct giving *g, struct error *err)
{
    const struct registry_options *options = &g->registry->options;

    g->holdings = options->holdings(options->context);
    g->law = (struct pck_law){
        .root_crl = held(g, key_root_crl()),
        .pck_crl = held(g, key_pck_crl(g->platform->ca)),
        .now_s = clock_wall_s(options->clock),
        .future_s = FRONT_FUTURE_S,
    };
    return verify_pck_issuer(&g->platform->issuer_chain, &options->config->trust.roots,
                             &g->issuer, err)
           && list(g, err);
}

static struct http_reply *write_list(const struct giving *g, const struct request_id *id)
{
    struct buf pem, chain, body;
    struct http_reply *reply = NULL;

    buf_init(&pem, 64 * 1024);
    buf_init(&chain, 256 * 1024);
    buf_init(&body, 2 * (size_t)PCK_LIST_BYTES_MAX);
    pem_chain_write(&pem, &g->platform->issuer_chain);
    percent_add(&chain, buf_bytes(&pem));
    pck_list_write(&body, &g->list);
    struct hex_text fmspc = hex(g->platform->fmspc, sizeof g->platform->fmspc);
    struct http_header extra[] = {
        { "SGX-PCK-Certificate-Issuer-Chain", buf_text(&chain) },
        { "SGX-FMSPC", fmspc.s },
        { "SGX-PCK-Certificate-CA-Type", pck_ca_name(g->platform->ca) },
    };
    if (!pem.failed && !chain.failed && !body.failed)
        reply = registry_reply(&(struct registry_answer){ .status = 200,
                                                          .type = REGISTRY_JSON,
                                                          .extra = extra,
                                                          .extra_count = COUNT_OF(extra),
                                                          .body = buf_bytes(&body) },
                               id);
    buf_fini(&body);
    buf_fini(&chain);
    buf_fini(&pem);
    return reply;
}

static const struct refusal unsound = {
    .status = 404,
    .code = "unsound",
    .message = "None of this platform's certificates is sound at this moment.",
    .remedy = "They are out of date, revoked or do not verify; the log says which.",
};

static void refuse_denied(struct errand *errand, const struct error *why)
{
    struct refusal denied = {
        .status = 403, .code = "denied", .message = why->text, .remedy = DENIALS_REMEDY
    };

    refuse(errand, &denied);
}

static void give(struct errand *errand, const struct platform *platform,
                 struct arena *arena)
{
    struct giving g = { .registry = errand->wait.registry,
                        .platform = platform,
                        .arena = arena };
    struct error err = { 0 };

    if (!denials_permit_platform(g.registry->options.denials, platform,
                                 clock_wall_s(g.registry->options.clock), &err)) {
        refuse_denied(errand, &err);
        return;
    }
    if (!gather(&g, &err))
        log_event(LOG_WARNING, "registry", "platform=%lld not listed why=\"%s\"",
                  (long long)platform->platform, err.text);
    if (g.certificates == 0 && g.denial.kind == ERROR_DENIED) {
        refuse_denied(errand, &g.denial);
    } else if (g.certificates == 0) {
        refuse(errand, &unsound);
    } else {
        registry_wait_end(&errand->wait, write_list(&g, &errand->wait.id));
        free_errand(errand);
    }
    pck_issuer_release(g.issuer);
    holdings_release(g.holdings);
}

/* ---- looking, and asking upstream where there is nothing ------------------------- */

static void look(void *errand_);

static void fetched(void *errand_, const struct platform_report *report)
{
    struct errand *errand = errand_;
    struct refusal refusal = registry_report_refusal(report, false);

    errand->was_fetched = true;
    if (report->outcome != FETCH_KEPT)
        refuse(errand, &refusal);
    else if (!workroom_give(errand->wait.registry->desk, look, errand))
        refuse(errand, registry_refusal(REGISTRY_BUSY));
}

static const struct refusal not_here = {
    .status = 404,
    .code = "not_registered",
    .message = "No cache data for this platform, and it is not asked for elsewhere.",
    .remedy = "Register it (POST platforms), or bring it in a bundle.",
};

/* A platform that is registered is fetched on its registrar's word, not on a stranger's.
 */
static void ask_upstream(struct errand *errand, const struct platform *platform)
{
    const struct registry_options *options = &errand->wait.registry->options;
    enum fill_mode fill = options->config->intel.fill;
    struct platform_demand *demand = &errand->demand;

    if (fill == FILL_OFFLINE || (fill == FILL_REQ && platform == NULL)) {
        refuse(errand, &not_here);
        return;
    }
    if (platform != NULL && platform->has_name) {
        demand->has_name = true;
        demand->name = platform->name;
        demand->bound_by = platform->bound_by;
        snprintf(demand->registrar, sizeof demand->registrar, "%s", platform->registrar);
    }
    options->fetch_platform(options->context, demand);
}

static void look(void *errand_)
{
    struct errand *errand = errand_;
    struct host_readers *readers = errand->wait.registry->readers;
    struct platform platform;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, PLATFORM_BYTES_MAX);
    struct platform_reader *reader = host_readers_take(readers, &err);
    bool found =
        reader != NULL
        && platform_find_located(reader, errand->locator, &arena, &platform, &err);
    if (reader != NULL)
        host_readers_give_back(readers, reader);
    /* damaged rows are a platform that is not held well: upstream mends it */
    bool known = found || err.kind == ERROR_NOT_FOUND || err.kind == ERROR_FORMAT;
    if (found && platform.state == PLATFORM_HELD)
        give(errand, &platform, &arena);
    else if (known && !errand->was_fetched)
        ask_upstream(errand, found ? &platform : NULL);
    else
        refuse(errand, registry_refusal(REGISTRY_STORE_FAILED));
    arena_fini(&arena);
}

/* ---- what is asked with --------------------------------------------------------- */

static bool read_get(struct registry_call *call, struct errand *errand, struct error *err)
{
    struct pck_question question = { 0 };

    if (!pck_list_question_read(call->target, call->arena, &question, err))
        return false;
    if (!question.has_encrypted_ppid)
        return error_set(err, ERROR_FORMAT,
                         "parameter encrypted_ppid is all zeros: it is no platform's");
    errand->demand.name.pce_id = question.name.pce_id;
    errand->demand.has_encrypted_ppid = true;
    memcpy(errand->demand.encrypted_ppid, question.encrypted_ppid, ENCRYPTED_PPID_LEN);
    errand->encrypted_ppid = bytes_of(errand->demand.encrypted_ppid, ENCRYPTED_PPID_LEN);
    return true;
}

struct pck_certs_body {
    struct bytes manifest, pce_id;
};

static const struct json_field body_fields[] = {
    { "platformManifest", FIELD_INTO(TEXT, struct pck_certs_body, manifest) },
    { "pceid", FIELD_INTO(TEXT, struct pck_certs_body, pce_id) },
};

static bool read_post(struct registry_call *call, struct errand *errand,
                      struct error *err)
{
    struct pck_certs_body body = { 0 };
    struct json json;

    json_begin(&json, http_request_body(call->request), call->arena, err);
    json_fields(&json, body_fields, COUNT_OF(body_fields), &body);
    return json_end(&json)
           && u16le_hex_read(body.pce_id, "pceid", &errand->demand.name.pce_id, err)
           && manifest_read(body.manifest, "platformManifest", &errand->arena,
                            &errand->demand.manifest, err);
}

static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "not held, and upstream has not answered yet; come back later",
    .retry_after_s = 5,
};

static void begin(struct registry_call *call,
                  bool (*read)(struct registry_call *call, struct errand *errand,
                               struct error *err))
{
    struct registry *registry = call->registry;
    struct errand *errand = calloc(1, sizeof *errand);
    struct error err = { 0 };

    if (errand == NULL)
        return;
    struct platform_demand *demand = &errand->demand;
    arena_init(&errand->arena, ERRAND_BYTES_MAX);
    if (!read(call, errand, &err)) {
        registry_refuse_malformed(call, &err);
        free_errand(errand);
        return;
    }
    platform_locator(demand->name.pce_id, errand->encrypted_ppid, demand->manifest,
                     errand->locator);
    demand->bound_by = BOUND_BY_ASKING;
    demand->address_len = registry_address(call, demand->address);
    demand->context = errand;
    demand->told = fetched;
    if (!registry_wait_begin(call, registry->options.config->limits.miss_wait_ms, &late,
                             &errand->wait))
        free_errand(errand);
    else if (!workroom_give(registry->desk, look, errand))
        refuse(errand, registry_refusal(REGISTRY_BUSY));
}

void registry_get_pck_certs(struct registry_call *call)
{
    begin(call, read_get);
}

void registry_post_pck_certs(struct registry_call *call)
{
    begin(call, read_post);
}
