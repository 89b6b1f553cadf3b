/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chips.h"

#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/chips_parts.h"
#include "serve/shelf.h"

enum { REQUEST_BYTES = 4096, REQUEST_BYTES_MAX = 64 * 1024 };

/* ---- making and publishing ----------------------------------------------------------
 */

static void free_lists(void *lists)
{
    chip_lists_free(lists);
}

bool chips_create(const struct chips_options *options, struct chips **out,
                  struct error *err)
{
    const struct config *config = options->config;
    size_t cache_bytes = (size_t)config->limits.platform_cache_mib << 20;
    OWNED(chips_destroy) struct chips *chips = calloc(1, sizeof *chips);

    if (chips == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for chips");
    chips->options = *options;
    pthread_mutex_init(&chips->publishing, NULL);
    pthread_mutex_init(&chips->noting, NULL);
    chips->lists = snapshot_create(free_lists);
    chips->spare = refusal_reply(chip_refusal(CHIP_REFUSE_UNREACHABLE),
                                 &(struct request_id){ .s = "none" });
    if (chips->lists == NULL || chips->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for chips");
    if (!host_readers_create(config->state_directory, &chips->readers, err)
        || !page_cache_create(&chip_kind, cache_bytes, &chips->cache, err)
        || !chip_host_create(config, &chips->host, err))
        return false;
    *out = TAKE(chips);
    return true;
}

void chips_destroy(struct chips *chips)
{
    if (chips == NULL)
        return;
    page_cache_destroy(chips->cache);
    chip_host_destroy(chips->host);
    host_readers_destroy(chips->readers);
    snapshot_destroy(chips->lists);
    http_reply_release(chips->spare);
    amd_law_release(chips->law);
    pthread_mutex_destroy(&chips->publishing);
    pthread_mutex_destroy(&chips->noting);
    free(chips->asked);
    free(chips);
}

struct chip_terms chips_terms(const struct chips *chips, const struct amd_law *law)
{
    const struct config *config = chips->options.config;

    return (struct chip_terms){
        .law = law,
        .crl_optional = config->amd.crl == AMD_CRL_OPTIONAL,
        .now_s = clock_wall_s(chips->options.clock),
        .future_s = CHIPS_FUTURE_S,
        .max_age_s = config->limits.max_age_s,
        .wears_test_roots = clock_is_moved(chips->options.clock)
                            || trust_has_test_roots(&config->trust.roots),
    };
}

static bool publish(struct chips *chips, struct error *err)
{
    struct chip_terms terms = chips_terms(chips, chips->law);
    struct chip_lists *lists = NULL;

    if (!chip_lists_make(&terms, &lists, err))
        return false;
    snapshot_publish(chips->lists, lists);
    return true;
}

/* The law is kept even where no lists could be made of it, so that the next tick tries
 * again; until then the one before speaks. */
bool chips_publish(struct chips *chips, const struct amd_law *law, struct error *err)
{
    pthread_mutex_lock(&chips->publishing);
    struct amd_law *replaced = chips->law;
    chips->law = amd_law_hold(law);
    amd_law_release(replaced);
    bool published = publish(chips, err);
    pthread_mutex_unlock(&chips->publishing);
    return published;
}

void chips_forget(struct chips *chips, const struct kds_key *key)
{
    page_cache_forget(chips->cache, key);
}

void chips_counts(const struct chips *chips, struct page_cache_counts *out)
{
    page_cache_counts(chips->cache, out);
}

/* Whether max-ages are as of another minute, or of another law. */
static bool lists_are_old(struct chips *chips)
{
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    int64_t age_s = lists == NULL
                        ? SHELF_REBUILD_S
                        : clock_wall_s(chips->options.clock) - chip_lists_made_s(lists);
    bool is_other = lists == NULL || chip_lists_law(lists) != chips->law;

    snapshot_leave(chips->lists);
    return is_other || age_s < 0 || age_s >= SHELF_REBUILD_S / 2;
}

void chips_tick(struct chips *chips)
{
    struct error err = { 0 };

    if (chip_host_tick(chips->host, clock_real_ms()))
        chips->own_due_ms = 0;
    pthread_mutex_lock(&chips->publishing);
    bool has_law = chips->law != NULL;
    if (has_law && lists_are_old(chips) && !publish(chips, &err))
        log_event(LOG_ERROR, "chips", "lists not made again why=\"%s\"", err.text);
    pthread_mutex_unlock(&chips->publishing);
    if (has_law)
        chips_want_own(chips);
    chips_tell_asked(chips);
}

/* ---- refusing -----------------------------------------------------------------------
 */

void chips_refuse(struct http_request *request, enum chip_route route,
                  const struct refusal *refusal)
{
    struct request_id id = request_id_of(request);

    answer_and_release(request, refusal_reply_shaped(refusal, chip_shape(route), &id));
}

/* The regional cache has one answer for whatever it does not know. */
static void refuse_for(struct http_request *request, enum chip_route route,
                       const struct error *why)
{
    struct refusal refusal = chip_refusal_of(why);

    if (route == CHIP_ROUTE_REGIONAL && refusal.status == 400)
        refusal.status = 404;
    chips_refuse(request, route, &refusal);
}

/* ---- whose certificate --------------------------------------------------------------
 */

static bool is_chip_of(const struct chip_name *name, const struct kds_key *key)
{
    return name->vek == key->vek && key->hwid.len > 0
           && key->hwid.len <= name->chip_id_len
           && (name->product == 0 || name->product == key->product)
           && memcmp(name->chip_id, key->hwid.at, key->hwid.len) == 0;
}

/* A guest that names nothing, or only a TCB_VERSION, means the chip that it runs on. */
static bool complete_name(struct chips *chips, struct chip_name *name, bool *is_own,
                          struct error *err)
{
    struct chip_name own;

    *is_own = name->chip_id_len == 0;
    if (!*is_own)
        return true;
    if (!chip_host_name(chips->host, &own, err))
        return false;
    if (name->has_tcb)
        own.tcb = name->tcb;
    *name = own;
    return true;
}

/* Products that are not kept are left out. */
static void keep_products(const struct config *config, struct chip_request *asked)
{
    size_t kept = 0;

    for (size_t i = 0; i < asked->count; i++)
        if (config->amd.products[asked->keys[i].product])
            asked->keys[kept++] = asked->keys[i];
    asked->count = kept;
}

static bool find_keys(struct chips *chips, const struct chip_question *question,
                      struct chip_request *asked, struct error *err)
{
    struct chip_name name = question->name, own;

    if (question->route == CHIP_ROUTE_KDS) {
        asked->keys[0] = question->key;
        asked->count = 1;
        return true;
    }
    if (!complete_name(chips, &name, &asked->is_own, err))
        return false;
    bool has_own = chip_host_name(chips->host, &own, NULL);
    return chip_name_keys(&name, has_own ? own.product : 0, asked->keys, &asked->count,
                          err);
}

void chips_mark_own(struct chips *chips, struct chip_request *asked)
{
    struct chip_name own;

    if (asked->is_own || !chip_host_name(chips->host, &own, NULL))
        return;
    for (size_t i = 0; i < asked->count; i++)
        asked->is_own = asked->is_own || is_chip_of(&own, &asked->keys[i]);
}

static void answer_certificate(struct chips *chips, struct http_request *request,
                               const struct chip_question *question)
{
    static const enum chip_form forms[] = { [CHIP_ROUTE_KDS] = CHIP_FORM_DER,
                                            [CHIP_ROUTE_METADATA] = CHIP_FORM_METADATA,
                                            [CHIP_ROUTE_REGIONAL] = CHIP_FORM_PEM };
    const struct config *config = chips->options.config;
    struct chip_request asked = { .route = question->route,
                                  .form = forms[question->route] };
    struct chip_found found;
    struct error err = { 0 };

    if (!find_keys(chips, question, &asked, &err)) {
        refuse_for(request, question->route, &err);
        return;
    }
    if (question->route == CHIP_ROUTE_METADATA && !config->amd.named_hosts) {
        chips_mark_own(chips, &asked);
        if (!asked.is_own) {
            chips_refuse(request, asked.route, chip_refusal(CHIP_REFUSE_NAMED_HOST));
            return;
        }
    }
    keep_products(config, &asked);
    if (asked.count == 0) {
        chips_refuse(request, asked.route, chip_refusal(CHIP_REFUSE_PRODUCT));
        return;
    }
    const char *sent = request_id_sent(request);
    if (sent != NULL)
        asked.id = request_id_of(request);
    struct http_reply *reply = chips_look(
        chips, &asked, http_request_header(request, "If-None-Match"), &found, &err);
    if (reply != NULL) {
        if (found.known_by < CHIP_BY_TOKEN)
            chips_make_known(chips, &asked.keys[found.at],
                             chips_who_asks(chips, request));
        answer_and_release(request, reply);
        return;
    }
    asked.id = request_id_of(request);
    chips_miss(chips, request, &asked, &err);
}

/* ---- chains and lists ---------------------------------------------------------------
 */

/* One that is not held is on its way where its product is kept and somebody is asked. */
static void answer_list(struct chips *chips, struct http_request *request,
                        const struct kds_key *key)
{
    const struct config *config = chips->options.config;
    struct error err = { 0 };
    struct http_reply *reply =
        chips_look_at_list(chips, key, http_request_header(request, "If-None-Match"),
                           request_id_sent(request), &err);

    if (reply != NULL)
        answer_and_release(request, reply);
    else if (!config->amd.products[key->product])
        chips_refuse(request, CHIP_ROUTE_KDS, chip_refusal(CHIP_REFUSE_PRODUCT));
    else if (err.kind == ERROR_NOT_FOUND && config->amd.upstream_count > 0)
        chips_refuse(request, CHIP_ROUTE_KDS, chip_refusal(CHIP_REFUSE_UNREACHABLE));
    else if (err.kind == ERROR_NOT_FOUND)
        chips_refuse(request, CHIP_ROUTE_KDS, chip_refusal(CHIP_REFUSE_NOBODY));
    else
        refuse_for(request, CHIP_ROUTE_KDS, &err);
}

/* ---- routing ------------------------------------------------------------------------
 */

bool chips_is_asked(struct bytes target)
{
    return chip_route_of(target) != CHIP_ROUTE_NONE;
}

static bool is_read(const struct http_request *request)
{
    enum http_method method = http_request_method(request);

    return method == HTTP_GET || method == HTTP_HEAD;
}

/* Who reads is never asked for a body; who does not is told so before sending one. */
size_t chips_body_limit(struct chips *chips, const struct http_request *request)
{
    if (chip_route_of(http_request_target(request)) == CHIP_ROUTE_POST)
        return chips_post_limit(chips, request);
    return is_read(request) ? 0 : HTTP_BODY_UNWANTED;
}

/* A page in a browser can send neither header, and a proxy that forgot itself sends the
 * second: Azure's endpoint is guarded by the same two. */
static const struct refusal *guard(const struct http_request *request,
                                   enum chip_route route)
{
    const char *metadata = http_request_header(request, "Metadata");

    if (!is_read(request))
        return chip_refusal(CHIP_REFUSE_METHOD);
    if (route != CHIP_ROUTE_METADATA)
        return NULL;
    if (http_request_header(request, "X-Forwarded-For") != NULL)
        return chip_refusal(CHIP_REFUSE_FORWARDED);
    if (metadata == NULL
        || !text_equal_nocase(bytes_of_text(metadata), bytes_of_text("true")))
        return chip_refusal(CHIP_REFUSE_NO_HEADER);
    return NULL;
}

static void answer(struct chips *chips, struct http_request *request)
{
    _Alignas(max_align_t) uint8_t storage[REQUEST_BYTES];
    struct chip_question question;
    struct arena arena;
    struct error err = { 0 };

    arena_init_over(&arena, storage, sizeof storage, REQUEST_BYTES_MAX);
    bool is_read_well =
        chip_question_read(http_request_target(request), &arena, &question, &err);
    arena_fini(&arena);
    if (!is_read_well)
        refuse_for(request, question.route, &err);
    else if (question.route == CHIP_ROUTE_KDS && question.key.resource != KDS_CERTIFICATE)
        answer_list(chips, request, &question.key);
    else
        answer_certificate(chips, request, &question);
}

void chips_handle(struct chips *chips, struct http_request *request)
{
    enum chip_route route = chip_route_of(http_request_target(request));
    const struct refusal *refusal;

    if (route == CHIP_ROUTE_POST)
        chips_post(chips, request);
    else if ((refusal = guard(request, route)) != NULL)
        chips_refuse(request, route, refusal);
    else
        answer(chips, request);
}
