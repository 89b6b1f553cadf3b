/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chips_parts.h"

#include <stdlib.h>

#include "kit/log.h"

enum {
    ROW_BYTES_MAX = 256 * 1024, /* one certificate as it is read */
    TOLD_EVERY_S = 3600,        /* one certificate */
    ASKED_MAX = 16384,          /* between two ticks */
};

/* ---- who is asked for ---------------------------------------------------------------
 */

static void note(struct chips *chips, struct chip *chip, int64_t now_s)
{
    if (chip->told_s != 0 && now_s >= chip->told_s && now_s - chip->told_s < TOLD_EVERY_S)
        return;
    chip->told_s = now_s;
    pthread_mutex_lock(&chips->noting);
    if (chips->asked == NULL)
        chips->asked = calloc(ASKED_MAX, sizeof *chips->asked);
    if (chips->asked != NULL && chips->asked_count < ASKED_MAX)
        chips->asked[chips->asked_count++] = chip->key;
    pthread_mutex_unlock(&chips->noting);
}

struct asked {
    struct kds_key *keys;
    size_t count;
    int64_t now_s;
};

static void write_asked(void *asked_, struct store *store)
{
    struct asked *asked = asked_;
    struct error err = { 0 };

    if (!store_chips_asked(store, asked->keys, asked->count, asked->now_s, &err))
        log_event(LOG_WARNING, "chips", "asked=%zu not kept why=\"%s\"", asked->count,
                  err.text);
    free(asked->keys);
    free(asked);
}

void chips_tell_asked(struct chips *chips)
{
    struct asked *asked = malloc(sizeof *asked);
    struct error err = { 0 };

    if (asked == NULL)
        return; /* the next tick tells */
    pthread_mutex_lock(&chips->noting);
    *asked = (struct asked){ .keys = TAKE(chips->asked),
                             .count = chips->asked_count,
                             .now_s = clock_wall_s(chips->options.clock) };
    chips->asked_count = 0;
    pthread_mutex_unlock(&chips->noting);
    if (asked->count > 0
        && store_writer_submit(chips->options.writer, write_asked, asked, &err))
        return;
    free(asked->keys); /* a store that is behind has more urgent things to write */
    free(asked);
}

/* ---- who has made it known ----------------------------------------------------------
 */

struct making_known { /* on its way to the store thread */
    struct chips *chips;
    struct kds_key key;
    enum chip_known_by known_by;
    int64_t now_s;
};

/* What could not be written is read again, and is a stranger's still. */
static void write_known(void *making_, struct store *store)
{
    struct making_known *making = making_;
    size_t added;
    struct error err = { 0 };

    if (!store_want_chips(store, &making->key, 1, making->known_by, making->now_s, &added,
                          &err)) {
        log_event(LOG_WARNING, "chips", "who knows a chip is not kept why=\"%s\"",
                  err.text);
        chips_forget(making->chips, &making->key);
    }
    free(making);
}

/* In memory at once, so that those who ask meanwhile do not write it too. */
static bool is_news(struct chips *chips, const struct kds_key *key,
                    enum chip_known_by known_by)
{
    uint64_t epoch;
    struct chip *chip = (struct chip *)page_cache_enter(chips->cache, key, &epoch);

    if (chip == NULL)
        return true;
    bool is_news = chip->known_by < known_by;
    if (is_news)
        chip->known_by = known_by;
    page_cache_leave(chips->cache, &chip->cached);
    return is_news;
}

void chips_make_known(struct chips *chips, const struct kds_key *key,
                      enum chip_known_by known_by)
{
    struct making_known *making;
    struct error err = { 0 };

    if (known_by == CHIP_BY_ASKING || !is_news(chips, key, known_by))
        return;
    making = malloc(sizeof *making);
    if (making != NULL) {
        *making = (struct making_known){ chips, *key, known_by,
                                         clock_wall_s(chips->options.clock) };
        if (store_writer_submit(chips->options.writer, write_known, making, &err))
            return;
    }
    free(making);
    chips_forget(chips, key); /* the next time, then */
}

/* ---- reading ------------------------------------------------------------------------
 */

static bool read_row(struct chips *chips, const struct kds_key *key, struct arena *arena,
                     struct chip_row *out, struct error *err)
{
    struct platform_reader *reader = host_readers_take(chips->readers, err);

    if (reader == NULL)
        return false;
    bool found = chip_find(reader, key, arena, out, err);
    host_readers_give_back(chips->readers, reader);
    return found;
}

static bool load(struct chips *chips, const struct kds_key *key,
                 const struct amd_law *law, struct chip **out, struct error *err)
{
    struct chip_row row;
    struct arena arena;

    arena_init(&arena, ROW_BYTES_MAX);
    bool loaded = read_row(chips, key, &arena, &row, err);
    if (loaded && row.der.len == 0)
        loaded = error_set(err, ERROR_NOT_FOUND,
                           "the chip is known, and its certificate "
                           "not fetched yet");
    loaded =
        loaded && chip_make(&row, law, &chips->options.config->trust.roots, out, err);
    arena_fini(&arena);
    return loaded;
}

bool chips_find(struct chips *chips, const struct amd_law *law, const struct kds_key *key,
                struct verified_vcek **out, struct error *err)
{
    uint64_t epoch;
    struct chip *chip = (struct chip *)page_cache_enter(chips->cache, key, &epoch);

    if (chip == NULL) {
        if (!load(chips, key, law, &chip, err))
            return false;
        page_cache_put(chips->cache, &chip->cached, epoch);
    }
    *out = vcek_hold(chip->vcek);
    page_cache_leave(chips->cache, &chip->cached);
    return true;
}

struct look { /* what all keys of a request are looked up with */
    struct chips *chips;
    const struct chip_request *asked;
    const char *if_none_match;
    struct chip_terms terms;
    struct chip_found *found;
};

/* ---- who is denied ------------------------------------------------------------------
 */

/* By its id alone: one that is denied is not asked for upstream either. A name that may
 * mean several products' chips has one id, more or less of it. */
static bool permit_chips(struct chips *chips, const struct chip_request *asked,
                         struct error *err)
{
    for (size_t i = 0; i < asked->count; i++) {
        const struct kds_key *key = &asked->keys[i];
        struct deny_subject subject = { .chip_id =
                                            bytes_of(key->hwid.at, key->hwid.len) };
        if (!denials_permit(chips->options.denials, &subject,
                            clock_wall_s(chips->options.clock), err))
            return false;
    }
    return true;
}

static bool permit_key(const struct look *look, struct chip *chip, struct error *err)
{
    return denials_permit_key(look->chips->options.denials, vcek_facts(chip->vcek)->der,
                              &chip->key_name, look->terms.now_s, err);
}

/* ---- looking ------------------------------------------------------------------------
 */

/* The chip's shard is locked on entry, and no more on return. */
static struct http_reply *answer(const struct look *look, struct chip *chip,
                                 struct error *err)
{
    const struct request_id *id = &look->asked->id;
    const struct shelf_page *page = NULL;
    struct http_reply *reply = NULL;
    bool unchanged;

    if (permit_key(look, chip, err))
        page = chip_page(chip, &look->terms, look->asked->form, err);
    if (page != NULL) {
        note(look->chips, chip, look->terms.now_s);
        look->found->known_by = chip->known_by;
        reply = shelf_page_reply(page, look->if_none_match, id->is_own ? id->s : NULL,
                                 &unchanged);
    }
    page_cache_leave(look->chips->cache, &chip->cached);
    return reply;
}

/* may_read: from the store, too. */
static struct http_reply *look_at(const struct look *look, const struct kds_key *key,
                                  bool may_read, struct error *err)
{
    uint64_t epoch;
    struct chip *chip = (struct chip *)page_cache_enter(look->chips->cache, key, &epoch);

    if (chip == NULL) {
        if (!may_read) {
            error_set(err, ERROR_NOT_FOUND, "it is not in memory");
            return NULL;
        }
        if (!load(look->chips, key, look->terms.law, &chip, err))
            return NULL;
        page_cache_put(look->chips->cache, &chip->cached, epoch);
    }
    return answer(look, chip, err);
}

/* First what memory has of any key: a name without a product must not cost a look into
 * the store for a product that it is not. */
static struct http_reply *look_at_each(const struct look *look, struct error *err)
{
    const struct chip_request *asked = look->asked;

    for (size_t round = 0; round < 2; round++)
        for (size_t i = 0; i < asked->count; i++) {
            *err = (struct error){ 0 };
            look->found->at = i;
            struct http_reply *reply = look_at(look, &asked->keys[i], round > 0, err);
            if (reply != NULL || err->kind != ERROR_NOT_FOUND)
                return reply;
        }
    return NULL;
}

struct http_reply *chips_look(struct chips *chips, const struct chip_request *asked,
                              const char *if_none_match, struct chip_found *out,
                              struct error *err)
{
    struct http_reply *reply = NULL;

    if (!permit_chips(chips, asked, err))
        return NULL;
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    if (lists == NULL) {
        error_set(err, ERROR_UNREACHABLE, "nothing of AMD's has been published yet");
    } else {
        struct look look = { .chips = chips,
                             .asked = asked,
                             .if_none_match = if_none_match,
                             .terms = chips_terms(chips, chip_lists_law(lists)),
                             .found = out };
        reply = look_at_each(&look, err);
    }
    snapshot_leave(chips->lists);
    return reply;
}

struct http_reply *chips_look_at_list(struct chips *chips, const struct kds_key *key,
                                      const char *if_none_match, const char *request_id,
                                      struct error *err)
{
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    const struct shelf_page *page = NULL;
    struct http_reply *reply = NULL;
    bool unchanged;

    if (lists == NULL)
        error_set(err, ERROR_UNREACHABLE, "nothing of AMD's has been published yet");
    else
        page = chip_lists_find(lists, key, clock_wall_s(chips->options.clock), err);
    if (page != NULL)
        reply = shelf_page_reply(page, if_none_match, request_id, &unchanged);
    snapshot_leave(chips->lists);
    return reply;
}

const char *chips_missing(const struct chips *chips)
{
    const struct config *config = chips->options.config;
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    const char *missing = lists == NULL
                              ? "issuer chain"
                              : chip_lists_missing(lists, config->amd.products,
                                                   config->amd.crl == AMD_CRL_OPTIONAL,
                                                   clock_wall_s(chips->options.clock));

    snapshot_leave(chips->lists);
    return missing;
}

bool chips_are_empty(const struct chips *chips)
{
    const struct chip_lists *lists = snapshot_enter(chips->lists);
    bool are_empty = lists == NULL || chip_lists_are_empty(lists);

    snapshot_leave(chips->lists);
    return are_empty;
}

/* ---- which chips are known ----------------------------------------------------------
 */

static bool see(void *seen, const struct chip_row *row)
{
    (void)row;
    *(bool *)seen = true;
    return false; /* one is enough */
}

static bool is_known(struct platform_reader *reader, const struct kds_key *key)
{
    struct error err = { 0 };
    bool seen = false;

    if (!chip_tcbs(reader, key, see, &seen, &err) && err.kind != ERROR_NOT_FOUND)
        log_event(LOG_WARNING, "chips", "not looked up why=\"%s\"", err.text);
    return seen;
}

bool chips_narrow(struct chips *chips, struct chip_request *asked)
{
    struct error err = { 0 };
    struct platform_reader *reader = host_readers_take(chips->readers, &err);
    size_t known = 0;

    if (reader == NULL)
        return false;
    for (size_t i = 0; i < asked->count; i++)
        if (is_known(reader, &asked->keys[i]))
            asked->keys[known++] = asked->keys[i];
    host_readers_give_back(chips->readers, reader);
    if (known > 0)
        asked->count = known;
    return known > 0;
}
