/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_listing.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"

enum {
    LISTING_WAIT_MS = 60 * 1000,
    STEP = 256,
    PLATFORM_BYTES_MAX = 8 * 1024 * 1024, /* one platform as it is read whole */
};

/* ---- what is asked for ---------------------------------------------------------- */

bool fmspc_names_read(struct bytes text, size_t most, uint8_t (*out)[6], size_t *count,
                      struct error *err)
{
    for (*count = 0; text.len > 0; ++*count) {
        size_t at = bytes_find(text, bytes_of_text(","));
        struct bytes name = bytes_first(text, at);
        if (*count == most)
            return error_set(err, ERROR_LIMIT, "more than %zu FMSPCs", most);
        if (!hex_read(name, out[*count], sizeof out[0]))
            return error_set(err, ERROR_FORMAT,
                             "\"%s\" is no FMSPC, expected 12 hex "
                             "digits",
                             safe(name).s);
        text = bytes_after(text, at + 1);
    }
    return true;
}

bool listing_source_read(const struct registry_call *call, struct listing_source *out,
                         struct error *err)
{
    const struct bytes *source = registry_parameter(call, "source");

    out->fmspc_count = 0;
    out->queue =
        source == NULL || text_equal_nocase(*source, bytes_of_text("reg")) ? QUEUE_NEW
        : text_equal_nocase(*source, bytes_of_text("reg_na")) ? QUEUE_NOT_AVAILABLE
                                                              : 0;
    if (out->queue != 0)
        return true;
    if (source->len < 2 || source->at[0] != '[' || source->at[source->len - 1] != ']')
        return error_set(err, ERROR_FORMAT,
                         "parameter source is \"%s\", expected reg, reg_na, [] or "
                         "[FMSPC,FMSPC]",
                         safe(*source).s);
    return fmspc_names_read(bytes_of(source->at + 1, source->len - 2), LISTING_FMSPCS_MAX,
                            out->fmspcs, &out->fmspc_count, err)
           || error_within(err, "parameter source");
}

/* ---- writing it down ------------------------------------------------------------ */

struct listing {
    struct registry_wait wait;
    struct listing_source source;
    struct buf text;
    size_t count;
    int64_t mark; /* of the last row that is in */
    size_t left;  /* rows of the queue that did not fit */

    /* the second is for a platform's manifest, while the first walks */
    struct platform_reader *walker, *finder;
    struct error why; /* the disk, where the second failed */
};

/* False where it does not fit; the text is then as before. */
static bool add(struct listing *listing, const struct registration *registration)
{
    size_t before = listing->text.len;

    if (listing->count > 0)
        buf_add_byte(&listing->text, ',');
    registration_write(&listing->text, registration);
    if (!listing->text.failed && listing->text.len < LISTING_BYTES_MAX) {
        listing->count++;
        return true;
    }
    listing->text.len = before;
    listing->text.failed = false;
    return false;
}

/* The oldest come first, so what does not fit is what can wait: it is counted, and read
 * when these have been drained. */
static bool add_queued(void *listing_, int64_t mark,
                       const struct registration *registration)
{
    struct listing *listing = listing_;

    if (listing->left > 0 || !add(listing, registration))
        listing->left++;
    else
        listing->mark = mark;
    return true;
}

static bool add_each_tcb(struct listing *listing, const struct platform *platform)
{
    struct registration row = { .name = platform->name,
                                .encrypted_ppid = platform->encrypted_ppid,
                                .manifest = platform->manifest };

    if (platform->raw_tcb_count == 0)
        listing->left += !add(listing, &row);
    for (size_t i = 0; i < platform->raw_tcb_count && listing->left == 0; i++) {
        row.has_raw_tcb = true;
        row.raw = platform->raw_tcbs[i].raw;
        listing->left += !add(listing, &row);
    }
    return listing->left == 0;
}

/* A walk leaves manifests out. A platform that has gone in the meantime, or whose rows
 * are damaged, is not cached. */
static bool add_with_manifest(struct listing *listing, int64_t row)
{
    struct platform platform;
    struct arena arena;
    struct error err = { 0 };
    bool going;

    arena_init(&arena, PLATFORM_BYTES_MAX);
    if (platform_find_row(listing->finder, row, &arena, &platform, &err)) {
        going = add_each_tcb(listing, &platform);
    } else {
        going = err.kind == ERROR_NOT_FOUND || err.kind == ERROR_FORMAT;
        if (!going)
            listing->why = err;
    }
    arena_fini(&arena);
    return going;
}

static bool add_cached(void *listing, const struct platform *platform)
{
    if (!platform->has_name || platform->state != PLATFORM_HELD)
        return true;
    return platform->has_manifest ? add_with_manifest(listing, platform->platform)
                                  : add_each_tcb(listing, platform);
}

static bool walk_cached(struct listing *listing, const uint8_t *fmspc, struct error *err)
{
    int64_t last = 0;

    do {
        if (!platforms_walk(listing->walker, last, fmspc, STEP, add_cached, listing,
                            &last, err))
            return false;
    } while (last != 0 && listing->left == 0 && listing->why.kind == ERROR_NONE);
    if (listing->why.kind != ERROR_NONE)
        *err = listing->why;
    return listing->why.kind == ERROR_NONE;
}

static bool walk(struct listing *listing, struct error *err)
{
    const struct listing_source *source = &listing->source;

    if (source->queue != 0)
        return registrations_walk(listing->walker, source->queue, add_queued, listing,
                                  err);
    if (source->fmspc_count == 0)
        return walk_cached(listing, NULL, err);
    for (size_t i = 0; i < source->fmspc_count; i++)
        if (!walk_cached(listing, source->fmspcs[i], err))
            return false;
    return true;
}

/* ---- answering ------------------------------------------------------------------ */

static const struct refusal too_large = {
    .status = 413,
    .code = "too_large",
    .message = "This list would be larger than 64 MiB.",
    .remedy = "Ask for some FMSPCs at a time: source=[00906EA10000,30606A000000].",
};

static struct http_reply *reply_of(const struct listing *listing)
{
    char count[24], mark[24], left[24];
    struct http_header extra[3] = { { "platform-count", count } };
    struct registry_answer answer = { .status = 200,
                                      .type = REGISTRY_JSON,
                                      .extra = extra,
                                      .extra_count = 1,
                                      .body = buf_bytes(&listing->text) };

    snprintf(count, sizeof count, "%zu", listing->count);
    snprintf(mark, sizeof mark, "%lld", (long long)listing->mark);
    snprintf(left, sizeof left, "%zu", listing->left);
    if (listing->source.queue != 0)
        extra[answer.extra_count++] = (struct http_header){ "THIM-Queue-Mark", mark };
    if (listing->left > 0)
        extra[answer.extra_count++] = (struct http_header){ "THIM-Queue-Left", left };
    return registry_reply(&answer, &listing->wait.id);
}

static void answer(struct listing *listing, bool read, const struct error *err)
{
    struct registry_wait *wait = &listing->wait;

    if (!read) {
        log_event(LOG_ERROR, "registry", "platforms not listed why=\"%s\"", err->text);
        registry_wait_refuse(wait, registry_refusal(REGISTRY_STORE_FAILED));
    } else if (listing->left > 0 && listing->source.queue == 0) {
        registry_wait_refuse(wait, &too_large);
    } else {
        buf_add_byte(&listing->text, ']');
        registry_wait_end(wait, reply_of(listing));
    }
}

static void give_back(struct host_readers *readers, struct platform_reader *reader)
{
    if (reader != NULL)
        host_readers_give_back(readers, reader);
}

/* There are more readers than two for each thread that lists. */
static void list(void *listing_)
{
    struct listing *listing = listing_;
    struct host_readers *readers = listing->wait.registry->readers;
    struct error err = { 0 };

    buf_init(&listing->text, LISTING_BYTES_MAX);
    buf_add_byte(&listing->text, '[');
    listing->walker = host_readers_take(readers, &err);
    listing->finder = host_readers_take(readers, &err);
    bool read = listing->walker != NULL && listing->finder != NULL && walk(listing, &err);
    give_back(readers, listing->finder);
    give_back(readers, listing->walker);
    answer(listing, read, &err);
    buf_fini(&listing->text);
    free(listing);
}

static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "the list has not been written in time; come back later",
    .retry_after_s = 5,
};

void registry_list_platforms(struct registry_call *call)
{
    struct listing *listing = calloc(1, sizeof *listing);
    struct error err = { 0 };

    if (listing == NULL)
        return;
    if (!listing_source_read(call, &listing->source, &err)) {
        registry_refuse_malformed(call, &err);
        free(listing);
    } else if (!registry_wait_begin(call, LISTING_WAIT_MS, &late, &listing->wait)) {
        free(listing);
    } else if (!workroom_give(call->registry->desk, list, listing)) {
        registry_wait_refuse(&listing->wait, registry_refusal(REGISTRY_BUSY));
        free(listing);
    }
}
