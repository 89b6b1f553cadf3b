/* SPDX-License-Identifier: Apache-2.0 */
/* store_keep_platform: whether a change may be made at all, what the platform is after
 * it, and its rows.
 *
 * Two strengths stand in a row. bound_by says who bound its PPID, which certificates
 * show. asked_by says who gave what upstream is asked with, which says nothing of the
 * PPID until upstream has answered: an encrypted PPID looks different each time. What
 * comes for exactly that (the same locator) is worth as much as whoever gave it. */
#include <stdio.h>

#include "kit/crypto.h"
#include "store/platform_list.h"
#include "store/platform_rows.h"
#include "store/registrations.h"
#include "store/store_parts.h"

enum { KEEP_ARENA_MAX = 8 * 1024 * 1024 };

struct keeping {
    struct store *store;
    const struct platform_change *change;
    const struct pck_facts *first; /* of the change's certificates; NULL: none */
    uint8_t ppid_digest[SHA256_LEN];
    uint8_t locator[SHA256_LEN]; /* what the change would be asked for with */
    bool has_locator;
    struct arena arena;

    bool is_new, replaces;
    enum platform_bound_by strength;
    struct platform_row was, next;
    struct platform_list list;
    bool changes_list, changes_manifest, changes_asking;
};

/* ---- the change by itself -----------------------------------------------------------
 */

static bool check_lengths(const struct platform_change *change, struct error *err)
{
    const struct {
        const char *what;
        size_t len, most;
    } bounds[] = {
        { "QE ID", change->has_name ? strlen(change->name.qe_id) : 1, QE_ID_MAX },
        { "registrar", change->registrar == NULL ? 0 : strlen(change->registrar),
          PLATFORM_NAME_MAX - 1 },
        { "source", change->source == NULL ? 0 : strlen(change->source),
          PLATFORM_NAME_MAX - 1 },
        { "encrypted PPID", change->encrypted_ppid.len, ENCRYPTED_PPID_LEN },
        { "manifest", change->manifest.len, MANIFEST_MAX },
        { "list of certificates", change->pck_count + change->gap_count, PCK_LIST_MAX },
    };

    for (size_t i = 0; i < COUNT_OF(bounds); i++)
        if (bounds[i].len > bounds[i].most)
            return error_set(err, ERROR_LIMIT, "%s is longer than %zu", bounds[i].what,
                             bounds[i].most);
    return bounds[0].len > 0 || error_set(err, ERROR_FORMAT, "QE ID is empty");
}

static bool check_pck(const struct keeping *k, const struct verified_pck *pck,
                      struct error *err)
{
    const struct pck_facts *facts = pck_facts(pck);
    unsigned pce_id = (unsigned)facts->cert.pce_id[0] << 8 | facts->cert.pce_id[1];

    if (!pck_is_kin(k->change->pcks[0], pck, err))
        return false;
    if (pce_id != k->change->name.pce_id)
        return error_set(err, ERROR_FORMAT,
                         "PCE-ID %04x in the certificate, %04x in the name", pce_id,
                         k->change->name.pce_id);
    return pck_issuer_facts(facts->issuer)->root_origin != ROOT_TEST || k->store->marked
           || error_set(err, ERROR_UNTRUSTED,
                        "a test root vouches for its certificates, and this store is not "
                        "marked as one of test roots");
}

static bool keeping_init(struct keeping *k, struct error *err)
{
    const struct platform_change *change = k->change;

    if (!check_lengths(change, err))
        return false;
    k->has_locator = change->manifest.len > 0 || change->encrypted_ppid.len > 0;
    if (!change->has_name && !k->has_locator)
        return error_set(
            err, ERROR_FORMAT,
            "a platform with neither a name nor anything to ask for it with");
    platform_locator(change->name.pce_id, change->encrypted_ppid, change->manifest,
                     k->locator);
    for (size_t i = 0; change->pcks != NULL && i < change->pck_count; i++)
        if (!check_pck(k, change->pcks[i], err))
            return false;
    if (change->pcks != NULL && change->pck_count > 0) {
        k->first = pck_facts(change->pcks[0]);
        struct sha256 digest =
            sha256(bytes_of(k->first->cert.ppid, sizeof k->first->cert.ppid));
        memcpy(k->ppid_digest, digest.digest, sizeof k->ppid_digest);
    }
    return true;
}

/* ---- which platform it is about -----------------------------------------------------
 */

static bool find_was(struct keeping *k, struct error *err)
{
    struct sql_kept *kept = &k->store->kept;
    const struct platform_change *change = k->change;
    struct sql_value locator = sql_blob(bytes_of(k->locator, sizeof k->locator));
    bool found = false;

    if (change->has_name
        && !platform_row_find(
            kept, PLATFORM_BY_NAME,
            SQL_VALUES(sql_text(change->name.qe_id), sql_int(change->name.pce_id)), 0,
            &k->arena, &k->was, &found, err))
        return false;
    if (!found && k->has_locator
        && !platform_row_find(
            kept, change->has_name ? PLATFORM_BY_LOCATOR_ALONE : PLATFORM_BY_LOCATOR,
            &locator, 1, 0, &k->arena, &k->was, &found, err))
        return false;
    k->is_new = !found;
    return true;
}

/* ---- whether it may -----------------------------------------------------------------
 */

static bool is_asked_alike(const struct keeping *k)
{
    return k->has_locator && k->was.has_locator
           && memcmp(k->locator, k->was.platform.locator, sizeof k->locator) == 0;
}

static enum platform_bound_by stronger(enum platform_bound_by a, enum platform_bound_by b)
{
    return a > b ? a : b;
}

/* False: a conflict. */
static bool judge_binding(struct keeping *k)
{
    const struct platform *was = &k->was.platform;

    k->strength = k->change->bound_by;
    if (!k->is_new && is_asked_alike(k))
        k->strength = stronger(k->strength, k->was.asked_by);
    if (k->is_new || k->first == NULL)
        return true;
    if (was->state == PLATFORM_WAITING) /* somebody else's promise is not ours to keep */
        return k->change->rebinds || !k->was.has_locator
               || k->strength >= k->was.asked_by;
    if (memcmp(was->ppid_digest, k->ppid_digest, sizeof k->ppid_digest) == 0)
        return true;
    k->replaces = k->change->rebinds || k->strength > was->bound_by;
    return k->replaces;
}

/* ---- what it is afterwards ----------------------------------------------------------
 */

/* What upstream is asked with is taken from whoever shows certificates of the bound PPID,
 * and else from nobody who is weaker than whoever gave what is there, nor a stranger. */
static bool may_change_asking(const struct keeping *k)
{
    return k->is_new || k->first != NULL
           || (k->change->bound_by >= k->was.asked_by
               && k->change->bound_by > BOUND_BY_ASKING);
}

static void decide_asking(struct keeping *k)
{
    const struct platform_change *change = k->change;
    struct platform *next = &k->next.platform;
    bool has_manifest = k->was.platform.has_manifest && !k->replaces;

    if (k->replaces || (may_change_asking(k) && change->encrypted_ppid.len > 0))
        next->encrypted_ppid = change->encrypted_ppid;
    if (may_change_asking(k) && change->manifest.len > 0) {
        k->changes_manifest = !has_manifest || !is_asked_alike(k);
        has_manifest = true;
        platform_locator(next->name.pce_id, next->encrypted_ppid, change->manifest,
                         next->locator);
    } else if (!has_manifest) {
        platform_locator(next->name.pce_id, next->encrypted_ppid, bytes_of("", 0),
                         next->locator);
    }
    k->next.platform.has_manifest = has_manifest;
    k->next.has_locator = has_manifest || next->encrypted_ppid.len > 0;
    k->changes_asking =
        memcmp(next->locator, k->was.platform.locator, sizeof next->locator) != 0
        || !bytes_equal(next->encrypted_ppid, k->was.platform.encrypted_ppid);
    if (k->is_new || k->replaces)
        k->next.asked_by = k->strength;
    else if (k->changes_asking || is_asked_alike(k))
        k->next.asked_by = stronger(k->was.asked_by, k->strength);
}

static enum platform_bound_by decide_bound_by(const struct keeping *k)
{
    const struct platform *was = &k->was.platform;

    if (k->is_new || k->replaces)
        return k->strength;
    if (k->first == NULL)
        return was->state == PLATFORM_WAITING || is_asked_alike(k)
                   ? stronger(was->bound_by, k->strength)
                   : was->bound_by;
    return was->state == PLATFORM_WAITING ? k->strength
                                          : stronger(was->bound_by, k->strength);
}

static void set_text(char *out, size_t room, const char *text)
{
    snprintf(out, room, "%s", text);
}

static void decide_names(struct keeping *k)
{
    const struct platform_change *change = k->change;
    struct platform *next = &k->next.platform;

    if (change->has_name && !next->has_name)
        next->name = change->name;
    next->has_name = next->has_name || change->has_name;
    if (change->registrar != NULL
        && (k->is_new || k->replaces || k->strength >= k->was.platform.bound_by))
        set_text(next->registrar, sizeof next->registrar, change->registrar);
    if (change->source != NULL)
        set_text(next->source, sizeof next->source, change->source);
}

/* When the list counts as fetched: after whatever has recalled the platform until now. */
static bool decide_fetched(struct keeping *k, struct error *err)
{
    struct platform *next = &k->next.platform;
    int64_t recalled_s = INT64_MIN;

    next->fetched_s = k->change->now_s;
    if (!sql_kept_number(&k->store->kept,
                         "SELECT max(until_s) FROM recall WHERE fmspc IN (?, x'')",
                         SQL_VALUES(sql_blob(bytes_of(next->fmspc, sizeof next->fmspc))),
                         &recalled_s, err))
        return false;
    if (next->fetched_s <= recalled_s
        && recalled_s - next->fetched_s < PLATFORM_RECALL_NEAR_S)
        next->fetched_s = recalled_s + 1;
    return true;
}

static void decide_certified(struct keeping *k)
{
    struct platform *next = &k->next.platform;
    const struct pck_cert *cert = &k->first->cert;

    next->state = PLATFORM_HELD;
    memcpy(next->fmspc, cert->fmspc, sizeof next->fmspc);
    memcpy(next->ppid_digest, k->ppid_digest, sizeof next->ppid_digest);
    next->has_cached_keys = cert->has_platform;
    next->cached_keys = cert->has_platform && cert->cached_keys;
    next->failures = 0;
    next->why[0] = 0;
}

static void decide(struct keeping *k)
{
    const struct platform_change *change = k->change;
    struct platform *next = &k->next.platform;

    k->next = k->was;
    if (k->is_new) {
        k->next = (struct platform_row){ .asked_by = change->bound_by };
        next->name.pce_id = change->name.pce_id;
        next->state = PLATFORM_WAITING;
        next->first_seen_s = next->last_seen_s = change->now_s;
    }
    if (!change->is_our_own && change->now_s > next->last_seen_s)
        next->last_seen_s = change->now_s;
    decide_names(k);
    decide_asking(k);
    next->bound_by = decide_bound_by(k);
    if (k->first != NULL)
        decide_certified(k);
    if (k->is_new || k->first != NULL || k->changes_asking)
        next->due_s = change->due_s;
}

/* ---- its rows -----------------------------------------------------------------------
 */

static bool write_list(struct keeping *k, struct error *err)
{
    struct sql_kept *kept = &k->store->kept;
    int64_t platform = k->next.platform.platform;

    return (!k->changes_list
            || platform_pcks_write(kept, platform, k->list.pcks, k->list.count, err))
           && (k->first == NULL
               || platform_tcb_list_write(kept, platform, k->list.pcks, k->list.count,
                                          err));
}

static bool clear_queue(struct keeping *k, struct error *err)
{
    const struct platform *next = &k->next.platform;

    return k->first == NULL || !next->has_name
           || sql_kept_run(
               &k->store->kept,
               "DELETE FROM registration WHERE qe_id = ? AND pce_id = ? AND "
               "queue <= ?",
               SQL_VALUES(
                   sql_text(next->name.qe_id), sql_int(next->name.pce_id),
                   sql_int(k->change->gap_count > 0 ? QUEUE_NEW : QUEUE_NOT_AVAILABLE)),
               err);
}

static bool clear_replaced(struct keeping *k, struct error *err)
{
    struct sql_value platform = sql_int(k->was.platform.platform);

    return !k->replaces
           || (sql_kept_run(&k->store->kept, "DELETE FROM raw_tcb WHERE platform = ?",
                            &platform, 1, err)
               && sql_kept_run(&k->store->kept, "DELETE FROM tdx_svn WHERE platform = ?",
                               &platform, 1, err)
               && sql_kept_run(&k->store->kept, "DELETE FROM manifest WHERE platform = ?",
                               &platform, 1, err));
}

static bool prepare_list(struct keeping *k, struct error *err)
{
    const struct platform_change *change = k->change;
    struct sql_kept *kept = &k->store->kept;
    bool adds = change->adds && !k->is_new && !k->replaces;

    if (k->first == NULL)
        return true;
    if (!platform_issuer_write(kept, pck_issuer_facts(k->first->issuer), &k->next.issuer,
                               err))
        return false;
    /* what another issuer's certificate has signed can't stand under this one */
    adds = adds && k->next.issuer == k->was.issuer;
    if (!platform_list_make(&k->list, change, adds ? &k->was.platform : NULL, kept,
                            &k->arena, err)
        || !platform_list_differs(&k->list, &k->was.platform, kept, &k->changes_list,
                                  err))
        return false;
    k->next.platform.pck_count = k->list.count;
    return true;
}

static bool is_same_but_times(const struct keeping *k)
{
    const struct platform *was = &k->was.platform, *next = &k->next.platform;

    return !k->changes_list && !k->changes_manifest && !k->changes_asking
           && was->has_name == next->has_name && was->state == next->state
           && was->bound_by == next->bound_by && k->was.asked_by == k->next.asked_by
           && k->was.issuer == k->next.issuer
           && was->has_cached_keys == next->has_cached_keys
           && was->cached_keys == next->cached_keys
           && memcmp(was->fmspc, next->fmspc, sizeof was->fmspc) == 0
           && strcmp(was->registrar, next->registrar) == 0
           && strcmp(was->source, next->source) == 0;
}

static bool write_rows(struct keeping *k, enum platform_outcome *outcome,
                       struct error *err)
{
    struct sql_kept *kept = &k->store->kept;
    const struct platform_change *change = k->change;
    int64_t *row = &k->next.platform.platform;
    bool new_raw_tcb = false;

    if (!prepare_list(k, err) || !clear_replaced(k, err)
        || !platform_row_write(kept, &k->next, err) || !write_list(k, err)
        || (k->changes_manifest
            && !platform_manifest_write(kept, *row, change->manifest, err))
        || (change->has_raw_tcb
            && !platform_raw_tcb_see(kept, *row, &change->raw, change->raw_confirmed,
                                     change->now_s, &new_raw_tcb, err))
        || !clear_queue(k, err))
        return false;
    if (k->is_new)
        *outcome = PLATFORM_ADDED;
    else if (k->replaces)
        *outcome = PLATFORM_REPLACED;
    else
        *outcome =
            is_same_but_times(k) && !new_raw_tcb ? PLATFORM_SAME : PLATFORM_CHANGED;
    return true;
}

static bool keep(struct keeping *k, enum platform_outcome *outcome, struct error *err)
{
    if (!find_was(k, err))
        return false;
    if (!judge_binding(k)) {
        *outcome = PLATFORM_CONFLICT;
        return true;
    }
    decide(k);
    if (k->first != NULL && !decide_fetched(k, err))
        return false;
    return write_rows(k, outcome, err);
}

bool store_keep_platform(struct store *store, const struct platform_change *change,
                         enum platform_outcome *outcome, struct error *err)
{
    struct keeping k = { .store = store, .change = change };
    bool well = keeping_init(&k, err) && write_begin(store, err);

    if (well) {
        arena_init(&k.arena, KEEP_ARENA_MAX);
        well = keep(&k, outcome, err) && write_end(store, err);
        if (!well)
            write_undo(store);
        arena_fini(&k.arena);
    }
    return well || error_within(err, "platform");
}
