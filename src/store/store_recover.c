/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "store/store_recovery.h"
#include "store/store_rows.h"

static void recovery_fini(struct recovery *r)
{
    verified_release(r->root_crl);
    draft_fini(&r->draft);
    free(r->losses);
}

bool recovery_lose(struct recovery *r, struct bytes name, int64_t item,
                   const struct error *why, struct error *err)
{
    if (r->loss_count == r->loss_room) {
        size_t room = r->loss_room == 0 ? 16 : r->loss_room * 2;
        struct loss *losses = reallocarray(r->losses, room, sizeof *losses);
        if (losses == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for %zu losses", room);
        r->losses = losses;
        r->loss_room = room;
    }
    struct loss *loss = &r->losses[r->loss_count++];
    *loss = (struct loss){ .item = item, .why = *why };
    snprintf(loss->name, sizeof loss->name, "%.*s", LOSS_NAME_MAX - 1, safe(name).s);
    return true;
}

/* Items are hashed, and judged as if they had come today. */
#define ITEM_ROWS                                                         \
    "SELECT listing.key, item.item, item.body, object.body, item.chain, " \
    "item.source, item.fetched_s, item.confirmed_s FROM listing "         \
    "LEFT JOIN item ON item.item = listing.item "                         \
    "LEFT JOIN object ON object.digest = item.body "
enum {
    ITEM_KEY,
    ITEM_ROW,
    ITEM_DIGEST,
    ITEM_BODY,
    ITEM_CHAIN,
    ITEM_SOURCE,
    ITEM_FETCHED,
    ITEM_CONFIRMED,
};

static bool read_row(const struct sql_rows *row, struct collateral_candidate *out,
                     struct error *why)
{
    struct bytes key = sql_row_bytes(row, ITEM_KEY);

    *out = (struct collateral_candidate){ .body = sql_row_bytes(row, ITEM_BODY) };
    if (!collateral_key_read(key, &out->asked))
        return error_set(why, ERROR_FORMAT, "\"%s\" is no key", safe(key).s);
    if (sql_row_is_null(row, ITEM_BODY))
        return error_set(why, ERROR_FORMAT, "its bytes are gone");
    struct sha256 digest = sha256(out->body);
    if (!bytes_equal(sql_row_bytes(row, ITEM_DIGEST),
                     bytes_of(digest.digest, SHA256_LEN)))
        return error_set(why, ERROR_FORMAT,
                         "its bytes do not have the digest that they "
                         "are kept under");
    return rows_read_chain(sql_row_bytes(row, ITEM_CHAIN), &out->chain, why);
}

/* What is kept was rebuilt by us before it was kept, so it comes out the same again. */
static bool check_unchanged(const struct sql_rows *row,
                            const struct verified_collateral *item, struct error *why)
{
    const struct collateral_facts *facts = verified_facts(item);

    if (!bytes_equal_text(sql_row_bytes(row, ITEM_KEY),
                          collateral_key_text(&facts->key).s))
        return error_set(why, ERROR_FORMAT, "it is %s, and listed as something else",
                         collateral_key_text(&facts->key).s);
    return bytes_equal(sql_row_bytes(row, ITEM_DIGEST),
                       bytes_of(facts->digest, SHA256_LEN))
           || error_set(why, ERROR_FORMAT, "its bytes are not as the store writes them");
}

/* The holding's item is the caller's. */
static bool judge_row(const struct sql_rows *row, const struct judgement *law,
                      struct holding *out, struct error *why)
{
    OWNED(verified_release) struct verified_collateral *item = NULL;
    struct collateral_candidate candidate;
    struct bytes source = sql_row_bytes(row, ITEM_SOURCE);

    if (!read_row(row, &candidate, why)
        || !verify_kept_collateral(&candidate, law, &item, why)
        || !check_unchanged(row, item, why))
        return false;
    *out = (struct holding){
        .fetched_s = sql_row_int(row, ITEM_FETCHED),
        .confirmed_s = sql_row_int(row, ITEM_CONFIRMED),
    };
    memcpy(out->source, source.at,
           source.len < sizeof out->source ? source.len : sizeof out->source - 1);
    out->item = TAKE(item);
    return true;
}

static bool take_row(struct recovery *r, const struct sql_rows *row, struct error *err)
{
    struct error why = { 0 };
    struct holding holding;

    if (judge_row(row, &r->law, &holding, &why)) {
        bool put = draft_put(&r->draft, &holding, err);
        verified_release(holding.item);
        return put;
    }
    if (why.kind == ERROR_SYSTEM) { /* says nothing about the row */
        error_set(err, why.kind, "%s", why.text);
        return false;
    }
    r->item_losses++;
    return recovery_lose(r, sql_row_bytes(row, ITEM_KEY), sql_row_int(row, ITEM_ROW),
                         &why, err);
}

static bool take_rows(struct recovery *r, const char *question, struct error *err)
{
    struct sql_rows rows = sql_ask(r->store->db, question,
                                   SQL_VALUES(sql_int((int64_t)r->store->generation)));
    bool well = true;

    while (well && sql_next(&rows))
        well = take_row(r, &rows, err);
    return sql_end(&rows, well ? err : NULL) && well;
}

/* Without the current root CRL nothing could be judged, and one flipped bit would take
 * everything: the newest earlier one judges then, but is not handed out. */
static bool find_earlier_root_crl(struct recovery *r, struct error *err)
{
    struct sql_rows rows =
        sql_ask(r->store->db,
                ITEM_ROWS "WHERE listing.key = 'root_crl' AND listing.generation < ? "
                          "ORDER BY listing.generation DESC",
                SQL_VALUES(sql_int((int64_t)r->store->generation)));
    struct holding holding;
    struct error why;

    while (r->root_crl == NULL && sql_next(&rows))
        if (judge_row(&rows, &r->law, &holding, &why))
            r->root_crl = holding.item;
    return sql_end(&rows, err);
}

static bool recover_items(struct recovery *r, struct error *err)
{
    struct collateral_key key = key_root_crl();

    r->law.root_crl = NULL;
    if (!take_rows(r,
                   ITEM_ROWS "WHERE listing.generation = ? AND listing.key = 'root_crl'",
                   err))
        return false;
    const struct holding *held = draft_find(&r->draft, &key);
    if (held != NULL)
        r->root_crl = verified_hold(held->item);
    else if (!find_earlier_root_crl(r, err))
        return false;
    r->law.root_crl = r->root_crl;
    return take_rows(
        r, ITEM_ROWS "WHERE listing.generation = ? AND listing.key != 'root_crl'", err);
}

bool store_recover(struct store *store, const struct judgement *judgement,
                   struct holdings **out, struct store_recovery *report,
                   struct error *err)
{
    struct recovery r = { .store = store, .law = *judgement };
    bool well = store->generation == 0
                || (recover_items(&r, err) && recovery_check_list(&r, err)
                    && recovery_read_unsigned(&r, err));

    *report = (struct store_recovery){
        .verified = r.draft.count,
        .quarantined = r.loss_count,
    };
    if (well)
        well = r.loss_count == 0 ? draft_finish(&r.draft, store->generation, out, err)
                                 : recovery_publish(&r, out, err);
    report->generation = store->generation;
    recovery_fini(&r);
    return well || error_within(err, "store in %s", safe_string(store->directory).s);
}
