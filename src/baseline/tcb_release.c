/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/tcb_release.h"

#include <stdlib.h>

static const struct tcb_release known[] = {
    { 10, 1604966400, "2.9", "2.7.101.2" },     /* 2020-11-10 */
    { 11, 1623110400, "2.13.3", "2.13.100.2" }, /* 2021-06-08 */
    { 12, 1636502400, "2.13.3", "2.13.100.2" }, /* 2021-11-10 */
    { 13, 1660003200, "2.17", "2.16" },         /* 2022-08-09 */
    { 14, 1667865600, "2.17", "2.16" },         /* 2022-11-08 */
    { 15, 1676332800, "2.17", "2.16" },         /* 2023-02-14 */
};

const struct tcb_release_table tcb_releases_known = { known, COUNT_OF(known) };

static int by_number(const void *a_, const void *b_)
{
    const struct tcb_release *a = a_, *b = b_;

    return (a->number > b->number) - (a->number < b->number);
}

const struct tcb_release *tcb_release_find(const struct tcb_release_table *table,
                                           uint32_t number)
{
    struct tcb_release wanted = { .number = number };

    return bsearch(&wanted, table->rows, table->count, sizeof wanted, by_number);
}

static bool check_twins(const struct tcb_release_table *table, struct error *err)
{
    for (size_t i = 1; i < table->count; i++)
        if (table->rows[i].number == table->rows[i - 1].number)
            return error_set(err, ERROR_FORMAT, "number %u stands there twice",
                             table->rows[i].number);
    return true;
}

bool tcb_releases_merge(const struct tcb_release_table *table,
                        const struct tcb_release *more, size_t count, struct arena *arena,
                        struct tcb_release_table *out, struct error *err)
{
    if (count > TCB_RELEASES_MAX || table->count > TCB_RELEASES_MAX - count)
        return error_set(err, ERROR_LIMIT, "more than %d TCB releases", TCB_RELEASES_MAX);
    struct tcb_release *rows = arena_alloc(arena, table->count + count + 1, sizeof *rows);
    if (rows == NULL)
        return error_set(err, ERROR_LIMIT, "no room for %zu TCB releases", count);
    for (size_t i = 0; i < count; i++)
        rows[i] = more[i];
    qsort(rows, count, sizeof *rows, by_number);
    *out = (struct tcb_release_table){ rows, count };
    if (!check_twins(out, err))
        return false;
    struct tcb_release_table given = *out;
    for (size_t i = 0; i < table->count; i++)
        if (tcb_release_find(&given, table->rows[i].number) == NULL)
            rows[out->count++] = table->rows[i];
    qsort(rows, out->count, sizeof *rows, by_number);
    return true;
}
