/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platform_list.h"

#include <stdlib.h>

enum { RANK_CERTIFICATE = 4, RANK_KEPT_CERTIFICATE = 3, RANK_GAP = 2, RANK_KEPT_GAP = 1 };

struct candidate {
    struct platform_pck pck;
    int rank;
    int64_t valid_from_s;
};

/* The greatest TCBm first, and of one TCBm what is to be taken first. */
static int compare(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    int order = memcmp(right->pck.tcbm, left->pck.tcbm, TCBM_LEN);

    if (order != 0)
        return order;
    if (left->rank != right->rank)
        return right->rank - left->rank;
    return (right->valid_from_s > left->valid_from_s)
           - (right->valid_from_s < left->valid_from_s);
}

static struct candidate of_certificate(const struct verified_pck *pck)
{
    const struct pck_facts *facts = pck_facts(pck);
    struct candidate made = { .pck.der = facts->der,
                              .rank = RANK_CERTIFICATE,
                              .valid_from_s = facts->valid_from_s };

    memcpy(made.pck.tcbm, facts->tcbm, sizeof made.pck.tcbm);
    memcpy(made.pck.digest, facts->digest, sizeof made.pck.digest);
    return made;
}

static struct candidate of_gap(const uint8_t tcbm[TCBM_LEN])
{
    struct candidate made = { .rank = RANK_GAP };

    memcpy(made.pck.tcbm, tcbm, sizeof made.pck.tcbm);
    return made;
}

/* Reads what `with` has; none where it is NULL. */
static bool read_kept(const struct platform *with, struct sql_kept *kept,
                      struct arena *arena, struct platform_row *out, struct error *err)
{
    bool found;

    *out = (struct platform_row){ .has_locator = false };
    return with == NULL
           || platform_row_find(kept, PLATFORM_BY_ROW,
                                SQL_VALUES(sql_int(with->platform)), PLATFORM_PCKS, arena,
                                out, &found, err);
}

static size_t take_first_of_each(const struct candidate *sorted, size_t count,
                                 struct platform_pck *out)
{
    size_t taken = 0;

    for (size_t i = 0; i < count; i++)
        if (i == 0 || memcmp(sorted[i].pck.tcbm, sorted[i - 1].pck.tcbm, TCBM_LEN) != 0)
            out[taken++] = sorted[i].pck;
    return taken;
}

bool platform_list_make(struct platform_list *out, const struct platform_change *change,
                        const struct platform *with, struct sql_kept *kept,
                        struct arena *arena, struct error *err)
{
    struct platform_row old;
    size_t count = 0;

    if (!read_kept(with, kept, arena, &old, err))
        return false;
    size_t most = change->pck_count + change->gap_count + old.platform.pck_count;
    struct candidate *all = arena_alloc(arena, most, sizeof *all);
    struct platform_pck *pcks = arena_alloc(arena, most, sizeof *pcks);
    if (all == NULL || pcks == NULL)
        return error_set(err, ERROR_LIMIT, "its certificates do not fit into memory");
    for (size_t i = 0; i < change->pck_count; i++)
        all[count++] = of_certificate(change->pcks[i]);
    for (size_t i = 0; i < change->gap_count; i++)
        all[count++] = of_gap(change->gaps[i]);
    for (size_t i = 0; i < old.platform.pck_count; i++)
        all[count++] = (struct candidate){
            .pck = old.platform.pcks[i],
            .rank =
                old.platform.pcks[i].der.len > 0 ? RANK_KEPT_CERTIFICATE : RANK_KEPT_GAP,
        };
    qsort(all, count, sizeof *all, compare);
    *out = (struct platform_list){ pcks, take_first_of_each(all, count, pcks) };
    return out->count <= PCK_LIST_MAX
           || error_set(err, ERROR_LIMIT, "more than %d certificates of one platform",
                        PCK_LIST_MAX);
}

static bool is_row_of(const struct sql_rows *rows, const struct platform_pck *pck)
{
    bool is_gap = pck->der.len == 0;

    return bytes_equal(sql_row_bytes(rows, 0), bytes_of(pck->tcbm, sizeof pck->tcbm))
           && sql_row_is_null(rows, 1) == is_gap
           && bytes_equal(sql_row_bytes(rows, 2), pck->der)
           && (is_gap
               || bytes_equal(sql_row_bytes(rows, 1),
                              bytes_of(pck->digest, sizeof pck->digest)));
}

bool platform_list_differs(const struct platform_list *list,
                           const struct platform *platform, struct sql_kept *kept,
                           bool *differs, struct error *err)
{
    struct sql_rows rows =
        sql_kept_ask(kept, "SELECT tcbm, digest, der FROM pck WHERE pck >= ? AND pck < ?",
                     SQL_VALUES(sql_int(PCK_PLACE(platform->platform, 0)),
                                sql_int(PCK_PLACE(platform->platform + 1, 0))));
    size_t at = 0;

    *differs = false;
    while (!*differs && sql_next(&rows)) {
        *differs = at == list->count || !is_row_of(&rows, &list->pcks[at]);
        at++;
    }
    *differs = *differs || at < list->count;
    return sql_end(&rows, err);
}
