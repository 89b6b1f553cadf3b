/* SPDX-License-Identifier: Apache-2.0 */
/* Chips as baselines look at them: of each the one row that stands. */
#include "kit/log.h"
#include "store/chip_rows.h"
#include "store/host_parts.h"

enum { STANDS_ASKED_FOR = 1, STANDS_REGISTERED }; /* chip.stands; doc/store.md */

/* Product and TCB, as a key of no chip in particular has them. */
static bool read_chip_tally(const struct sql_rows *rows, struct chip_tally *out)
{
    struct kds_key key;
    bool is_tcb = chip_key_read(bytes_of("", 0), sql_row_bytes(rows, 0),
                                sql_row_bytes(rows, 1), &key);

    *out = (struct chip_tally){
        .product = key.product,
        .tcb = key.tcb,
        .registered = sql_row_int(rows, 2) == STANDS_REGISTERED,
        .is_recent = sql_row_int(rows, 3) == 1,
        .chips = (size_t)sql_row_int(rows, 4),
        .example = sql_row_int(rows, 5),
    };
    return is_tcb;
}

static void take_chips(struct host_tallies *out, const struct sql_rows *rows,
                       struct chip_tally *tallies, size_t most)
{
    struct chip_tally tally;
    bool is_tcb = read_chip_tally(rows, &tally);

    if (!is_tcb)
        log_event(LOG_ERROR, "store", "left out chip=%lld why=\"damaged\"",
                  (long long)tally.example);
    if (is_tcb && out->chip_count < most)
        tallies[out->chip_count++] = tally;
    else
        out->left_out += tally.chips;
}

/* Each half runs along the index chip_standing, which has all that it asks for. */
bool host_tally_chips(struct host_look *look, struct error *err)
{
    size_t most = 0;
    struct chip_tally *tallies = host_room(
        look,
        "SELECT 2 * count(*) FROM (SELECT DISTINCT product, tcb, stands FROM chip "
        "WHERE stands > 0)",
        sizeof *tallies, &most, err);

    if (tallies == NULL)
        return false;
    look->out->chips = tallies;
    struct sql_rows rows = sql_kept_ask(
        look->kept,
        "SELECT product, tcb, stands, recent AND stands = 2 AS is_recent, sum(hosts) AS "
        "chips, max(example) FROM (SELECT product, tcb, stands, 1 AS recent, count(*) AS "
        "hosts, max(chip) AS example FROM chip WHERE stands > 0 AND last_asked_s >= ?1 "
        "GROUP BY product, tcb, stands UNION ALL SELECT product, tcb, stands, 0, "
        "count(*), max(chip) FROM chip WHERE stands > 0 AND last_asked_s < ?1 GROUP BY "
        "product, tcb, stands) GROUP BY product, tcb, stands, is_recent ORDER BY chips "
        "DESC, product, tcb, stands, is_recent",
        SQL_VALUES(sql_int(look->recent_from_s)));
    while (sql_next(&rows))
        take_chips(look->out, &rows, tallies, most);
    return sql_end(&rows, err);
}

/* ---- members ------------------------------------------------------------------------
 */

static bool read_chip_member(const struct sql_rows *rows, struct host_row *out)
{
    struct kds_key key;
    bool is_chip = chip_key_read(sql_row_bytes(rows, 1), sql_row_bytes(rows, 2),
                                 sql_row_bytes(rows, 3), &key);

    *out = (struct host_row){ .row = sql_row_int(rows, 0),
                              .hwid = key.hwid,
                              .last_seen_s = sql_row_int(rows, 4) };
    return is_chip;
}

bool chip_tally_members(const char *directory, int64_t recent_from_s,
                        const struct chip_tally *tally, size_t max,
                        void (*visit)(void *context, const struct host_row *row),
                        void *context, struct error *err)
{
    struct tcb_version_text tcb = tcb_version_hex(tally->product, &tally->tcb);

    return host_members(
        directory,
        "SELECT chip, hwid, product, tcb, last_asked_s FROM chip WHERE product = ? AND "
        "tcb = ? AND stands = ? AND stands > 0 AND (stands = 1 OR (last_asked_s >= ?) = "
        "?) ORDER BY last_asked_s DESC LIMIT ?",
        SQL_VALUES(sql_text(snp_product_facts(tally->product)->name), sql_text(tcb.s),
                   sql_int(tally->registered ? STANDS_REGISTERED : STANDS_ASKED_FOR),
                   sql_int(recent_from_s), sql_int(tally->is_recent), host_limit(max)),
        read_chip_member, visit, context, err);
}
