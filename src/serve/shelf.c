/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf.h"

#include <stdlib.h>

#include "serve/shelf_build.h"

static int compare_slots(const void *a_, const void *b_)
{
    const struct slot *a = a_, *b = b_;

    return slot_key_compare(&a->key, &b->key);
}

bool shelf_build(const struct baseline_view *view, const struct shelf_options *options,
                 struct shelf **out, struct error *err)
{
    OWNED(shelf_free) struct shelf *shelf = calloc(1, sizeof *shelf);

    if (shelf == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a shelf");
    arena_init(&shelf->arena, SHELF_BYTES_MAX);
    shelf->view = baseline_view_hold(view);
    if (!shelf_fill(shelf, options, err))
        return error_within(err, "answers of generation %llu",
                            (unsigned long long)view->holdings->generation);
    if (shelf->slot_count > 0)
        qsort(shelf->slots, shelf->slot_count, sizeof *shelf->slots, compare_slots);
    *out = TAKE(shelf);
    return true;
}

void shelf_free(struct shelf *shelf)
{
    if (shelf == NULL)
        return;
    for (size_t i = 0; i < shelf->page_count; i++)
        shelf_page_drop(shelf->pages[i]);
    free(shelf->pages);
    free(shelf->slots);
    baseline_view_release(shelf->view);
    arena_fini(&shelf->arena);
    free(shelf);
}

/* ---- looking up ----------------------------------------------------------------- */

static const struct shelf_page *page_at(const struct shelf *shelf,
                                        const struct slot_key *key, int64_t now_s)
{
    size_t low = 0, high = shelf->slot_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slot_key_compare(&shelf->slots[middle].key, key);
        if (order == 0) {
            const struct shelf_page *page = shelf->slots[middle].page;
            return page->from_s <= now_s && now_s <= page->until_s ? page : NULL;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* On the paths of v2 and v3 an imported TCB info of version 2 comes first; where v3 is
 * gone, nothing else comes at all. */
static const struct shelf_page *find_collateral(const struct shelf *shelf,
                                                const struct question *question,
                                                int64_t now_s)
{
    struct slot_asked asked = { .key = question->key,
                                .choice = question->choice,
                                .policy = question->policy,
                                .form = question->crl_form,
                                .older_path = question->api_version < 4 };
    const struct shelf_page *page = NULL;
    struct slot_key key;

    if (asked.older_path && asked.key.kind == COLLATERAL_TCB_INFO) {
        asked.key.version = 2;
        key = slot_key_of(&asked);
        page = page_at(shelf, &key, now_s);
        asked.key.version = question->key.version;
    }
    if (page != NULL || question->kind == ASK_GONE)
        return page;
    key = slot_key_of(&asked);
    return page_at(shelf, &key, now_s);
}

bool shelf_find(const struct shelf *shelf, const struct question *question, int64_t now_s,
                struct shelf_answer *out)
{
    const struct shelf_page *page = NULL;

    *out = (struct shelf_answer){ 0 };
    if (question->kind == ASK_FMSPCS) {
        struct slot_key key =
            slot_key_of_fmspcs(question->platform, question->api_version < 4);
        page = page_at(shelf, &key, now_s);
    } else if (question->kind == ASK_COLLATERAL || question->kind == ASK_GONE) {
        page = find_collateral(shelf, question, now_s);
    }
    if (page == NULL)
        return false;
    *out = (struct shelf_answer){ .full = page->full,
                                  .not_modified = page->not_modified,
                                  .etag = page->not_modified != NULL ? page->etag : NULL,
                                  .is_v3_with_warning = page->warns_of_v3,
                                  .page = page };
    return true;
}

struct http_reply *shelf_reply(const struct shelf_answer *answer,
                               const char *if_none_match, const char *id, bool *unchanged)
{
    return shelf_page_reply(answer->page, if_none_match, id, unchanged);
}

uint64_t shelf_generation(const struct shelf *shelf)
{
    return shelf->view->holdings->generation;
}

const struct baseline_view *shelf_view(const struct shelf *shelf)
{
    return shelf->view;
}

bool shelf_is_empty(const struct shelf *shelf)
{
    return shelf->view->holdings->count == 0;
}

/* ---- readiness ------------------------------------------------------------------ */

static const char *const set_names[SET_PARTS] = {
    [SET_ROOT_CRL] = "root CRL",
    [SET_PCK_CRL] = "PCK CRL",
    [SET_TCB_INFO] = "TCB info",
    [SET_IDENTITY] = "identity",
};

static bool has_part(const struct shelf *shelf, enum set_part part, int64_t now_s)
{
    return shelf->set[part].from_s <= now_s && now_s <= shelf->set[part].until_s;
}

void shelf_missing(const struct shelf *shelf, int64_t now_s, char out[SHELF_MISSING_MAX])
{
    size_t len = 0;

    out[0] = 0;
    for (enum set_part i = 0; i < SET_PARTS; i++) {
        if (has_part(shelf, i, now_s))
            continue;
        const char *words[] = { len > 0 ? ", " : "", set_names[i] };
        for (size_t k = 0; k < COUNT_OF(words); k++) {
            size_t word_len = strlen(words[k]);
            if (len + word_len >= SHELF_MISSING_MAX)
                return;
            memcpy(out + len, words[k], word_len + 1);
            len += word_len;
        }
    }
}
