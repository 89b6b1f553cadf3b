/* SPDX-License-Identifier: Apache-2.0 */
#include "store/host_reader.h"

#include "kit/crypto.h"
#include "kit/log.h"
#include "store/host_parts.h"
#include "store/reader_parts.h"

static bool no_room(struct error *err)
{
    return error_set(err, ERROR_LIMIT, "they do not fit into what was lent");
}

void *host_room(const struct host_look *look, const char *question, size_t size,
                size_t *most, struct error *err)
{
    int64_t count = 0;

    if (!sql_kept_number(look->kept, question, SQL_NO_VALUES, &count, err))
        return NULL;
    *most = count < HOST_TALLIES_MAX ? (size_t)count : HOST_TALLIES_MAX;
    void *room = arena_alloc(look->arena, *most + 1, size);
    if (room == NULL)
        (void)no_room(err);
    return room;
}

/* ---- platforms ----------------------------------------------------------------------
 */

enum { /* as they are asked for below */
       COLUMN_CLASS,
       COLUMN_FMSPC,
       COLUMN_CPUSVN,
       COLUMN_PCESVN,
       COLUMN_TEE_TCB_SVN,
       COLUMN_TCB_LIST,
       COLUMN_REGISTERED,
       COLUMN_IS_RECENT,
       COLUMN_PLATFORMS,
       COLUMN_EXAMPLE,
};

static bool read_platform_tally(const struct sql_rows *rows, struct platform_tally *out)
{
    *out = (struct platform_tally){
        .host_class = sql_row_int(rows, COLUMN_CLASS),
        .raw.pcesvn = (uint16_t)sql_row_int(rows, COLUMN_PCESVN),
        .has_tdx = sql_row_bytes(rows, COLUMN_TEE_TCB_SVN).len > 0,
        .tcb_list = sql_row_int(rows, COLUMN_TCB_LIST),
        .registered = sql_row_int(rows, COLUMN_REGISTERED) == 1,
        .is_recent = sql_row_int(rows, COLUMN_IS_RECENT) == 1,
        .platforms = (size_t)sql_row_int(rows, COLUMN_PLATFORMS),
        .example = sql_row_int(rows, COLUMN_EXAMPLE),
    };
    return sql_row_copy(rows, COLUMN_FMSPC, out->fmspc, sizeof out->fmspc)
           && sql_row_copy(rows, COLUMN_CPUSVN, out->raw.cpusvn, sizeof out->raw.cpusvn)
           && (!out->has_tdx
               || sql_row_copy(rows, COLUMN_TEE_TCB_SVN, out->tee_tcb_svn,
                               sizeof out->tee_tcb_svn));
}

/* A row that cannot be a class's is logged, and its hosts are counted. */
static void take_platforms(struct host_tallies *out, const struct sql_rows *rows,
                           struct platform_tally *tallies, size_t most)
{
    struct platform_tally tally;
    bool is_class = read_platform_tally(rows, &tally);

    if (!is_class)
        log_event(LOG_ERROR, "store", "left out host_class=%lld why=\"damaged\"",
                  (long long)tally.host_class);
    if (is_class && out->platform_count < most)
        tallies[out->platform_count++] = tally;
    else
        out->left_out += tally.platforms;
}

/* Each half runs along the index host_by_class, which has all that it asks for. */
static bool tally_platforms(struct host_look *look, struct error *err)
{
    size_t most = 0;
    struct platform_tally *tallies = host_room(
        look, "SELECT 2 * count(*) FROM host_class", sizeof *tallies, &most, err);

    if (tallies == NULL)
        return false;
    look->out->platforms = tallies;
    struct sql_rows rows = sql_kept_ask(
        look->kept,
        "SELECT host_class, fmspc, cpusvn, pcesvn, tee_tcb_svn, tcb_list, registered, "
        "recent AND registered AS is_recent, sum(hosts) AS platforms, max(example) FROM "
        "(SELECT host_class, 1 AS recent, count(*) AS hosts, max(platform) AS example "
        "FROM host WHERE last_seen_s >= ?1 GROUP BY host_class UNION ALL SELECT "
        "host_class, 0, count(*), max(platform) FROM host WHERE last_seen_s < ?1 GROUP "
        "BY host_class) JOIN host_class USING (host_class) GROUP BY host_class, "
        "is_recent ORDER BY platforms DESC, host_class, is_recent",
        SQL_VALUES(sql_int(look->recent_from_s)));
    while (sql_next(&rows))
        take_platforms(look->out, &rows, tallies, most);
    return sql_end(&rows, err);
}

/* ---- lists of TCBs ------------------------------------------------------------------
 */

static bool take_list(const struct sql_rows *rows, struct arena *arena,
                      struct tcb_list *lists, size_t *count, struct error *err)
{
    struct bytes tcbms = sql_row_bytes(rows, 2);
    struct sha256 digest = sha256(tcbms);
    int64_t number = sql_row_int(rows, 0);

    if (tcbms.len % TCBM_LEN != 0
        || !bytes_equal(sql_row_bytes(rows, 1), bytes_of(digest.digest, SHA256_LEN))) {
        log_event(LOG_ERROR, "store",
                  "left out tcb_list=%lld why=\"it does not have the digest that it is "
                  "kept under\"",
                  (long long)number);
        return true;
    }
    struct bytes copied = arena_copy(arena, tcbms);
    if (copied.at == NULL)
        return no_room(err);
    lists[(*count)++] = (struct tcb_list){ .tcb_list = number,
                                           .tcbms = (const void *)copied.at,
                                           .count = tcbms.len / TCBM_LEN };
    return true;
}

static bool read_lists(struct host_look *look, struct error *err)
{
    size_t most = 0;
    struct tcb_list *lists =
        host_room(look, "SELECT count(DISTINCT tcb_list) FROM host_class", sizeof *lists,
                  &most, err);
    bool well = true;

    if (lists == NULL)
        return false;
    look->out->lists = lists;
    struct sql_rows rows =
        sql_kept_ask(look->kept,
                     "SELECT tcb_list, digest, tcbms FROM tcb_list WHERE tcb_list IN "
                     "(SELECT tcb_list FROM host_class) ORDER BY tcb_list LIMIT ?",
                     SQL_VALUES(sql_int((int64_t)most)));
    while (well && sql_next(&rows))
        well = take_list(&rows, look->arena, lists, &look->out->list_count, err);
    return sql_end(&rows, well ? err : NULL) && well;
}

/* ---- all of it ----------------------------------------------------------------------
 */

bool host_tallies_read(const char *directory, int64_t recent_from_s, struct arena *arena,
                       struct host_tallies *out, struct error *err)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;

    *out = (struct host_tallies){ .platform_count = 0 };
    if (!platform_reader_open(directory, &reader, err) || !reader_begin(reader, err))
        return error_within(err, "known hosts");
    struct host_look look = {
        .kept = &reader->kept, .recent_from_s = recent_from_s, .arena = arena, .out = out
    };
    bool well = tally_platforms(&look, err) && read_lists(&look, err)
                && host_tally_chips(&look, err);
    reader_end(reader);
    return well || error_within(err, "known hosts");
}

/* ---- members ------------------------------------------------------------------------
 */

struct sql_value host_limit(size_t max)
{
    return sql_int(max > INT64_MAX ? INT64_MAX : (int64_t)max);
}

static bool read_member(const struct sql_rows *rows, struct host_row *out)
{
    *out = (struct host_row){
        .row = sql_row_int(rows, 0),
        .has_name = !sql_row_is_null(rows, 1),
        .name.pce_id = (uint16_t)sql_row_int(rows, 2),
        .last_seen_s = sql_row_int(rows, 4),
    };
    return sql_row_text(rows, 1, out->name.qe_id, sizeof out->name.qe_id)
           && sql_row_text(rows, 3, out->registrar, sizeof out->registrar);
}

bool host_members(const char *directory, const char *question,
                  const struct sql_value *values, size_t count,
                  bool (*read)(const struct sql_rows *rows, struct host_row *out),
                  void (*visit)(void *context, const struct host_row *row), void *context,
                  struct error *err)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct host_row member;

    if (!platform_reader_open(directory, &reader, err))
        return error_within(err, "known hosts");
    struct sql_rows rows = sql_kept_ask(&reader->kept, question, values, count);
    while (sql_next(&rows))
        if (read(&rows, &member))
            visit(context, &member);
        else
            log_event(LOG_ERROR, "store", "left out host=%lld why=\"damaged\"",
                      (long long)member.row);
    return sql_end(&rows, err) || error_within(err, "known hosts");
}

bool platform_tally_members(const char *directory, int64_t recent_from_s,
                            const struct platform_tally *tally, size_t max,
                            void (*visit)(void *context, const struct host_row *row),
                            void *context, struct error *err)
{
    return host_members(
        directory,
        "SELECT platform, qe_id, pce_id, registrar, host.last_seen_s FROM host JOIN "
        "platform USING (platform) WHERE host_class = ? AND (? = 0 OR (host.last_seen_s "
        ">= ?) = ?) ORDER BY host.last_seen_s DESC LIMIT ?",
        SQL_VALUES(sql_int(tally->host_class), sql_int(tally->registered),
                   sql_int(recent_from_s), sql_int(tally->is_recent), host_limit(max)),
        read_member, visit, context, err);
}
