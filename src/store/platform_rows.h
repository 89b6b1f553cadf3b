/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a platform as they stand in the file, read and written alike by the store
 * thread and by readers. What reads wants a transaction around it: a platform is several
 * rows. The store's own files include this, nobody else. */
#ifndef THIM_STORE_PLATFORM_ROWS_H
#define THIM_STORE_PLATFORM_ROWS_H

#include "store/platforms.h"
#include "store/sql.h"

/* Where a platform's certificates lie: rowids from PCK_PLACE(platform, 0). */
#define PCK_PLACE(platform, place) ((platform) * (int64_t)PCK_LIST_MAX + (int64_t)(place))

enum platform_part { /* what is read beside the row itself; bits */
                     PLATFORM_RAW_TCBS = 1 << 0,
                     PLATFORM_ISSUER = 1 << 1, /* and the manifest */
                     PLATFORM_PCKS = 1 << 2,
                     PLATFORM_WHOLE = 7,
};

struct platform_row {
    struct platform platform;
    bool has_locator;
    enum platform_bound_by asked_by; /* who gave what upstream is asked with */
    int64_t issuer;                  /* a row of pck_issuer; 0: none */
};

/* The platform that a question finds, copied into the arena with the parts that are
 * asked for. *found. A certificate that does not have its digest is logged and left out.
 * ERROR_FORMAT where the rows cannot be a platform's, ERROR_LIMIT past the arena. */
enum platform_by {
    PLATFORM_BY_ROW = 0,
    PLATFORM_BY_NAME,
    PLATFORM_BY_LOCATOR,       /* the first of those that are asked for alike */
    PLATFORM_BY_LOCATOR_ALONE, /* the one that has no name */
};
bool platform_row_find(struct sql_kept *kept, enum platform_by by,
                       const struct sql_value *values, size_t count, unsigned parts,
                       struct arena *arena, struct platform_row *out, bool *found,
                       struct error *err) MUST_CHECK;

/* One row of a question that begins with "SELECT " PLATFORM_ROW " FROM platform". */
#define PLATFORM_COLUMNS                                                                 \
    "platform, qe_id, pce_id, locator, state, fmspc, ppid_digest, issuer, cached_keys, " \
    "bound_by, asked_by, registrar, source, first_seen_s, last_seen_s, fetched_s, "      \
    "due_s, failures, why, pcks, encrypted_ppid, has_manifest"
#define PLATFORM_ROW                                                          \
    PLATFORM_COLUMNS                                                          \
    ", (SELECT ca FROM pck_issuer WHERE pck_issuer.issuer = platform.issuer)" \
    ", (SELECT tee_tcb_svn FROM tdx_svn WHERE tdx_svn.platform = platform.platform)"
bool platform_row_read(const struct sql_rows *rows, struct arena *arena,
                       struct platform_row *out, struct error *err) MUST_CHECK;
bool platform_raw_tcbs_read(struct sql_kept *kept, struct arena *arena,
                            struct platform *platform, struct error *err) MUST_CHECK;

/* Inserts where platform.platform is 0, which it then sets. Raw TCBs, manifest and
 * certificates are written by themselves; pck_count is. */
bool platform_row_write(struct sql_kept *kept, struct platform_row *row,
                        struct error *err) MUST_CHECK;
bool platform_manifest_write(struct sql_kept *kept, int64_t platform,
                             struct bytes manifest, struct error *err) MUST_CHECK;
/* In place of the whole list. */
bool platform_pcks_write(struct sql_kept *kept, int64_t platform,
                         const struct platform_pck *pcks, size_t count, struct error *err)
    MUST_CHECK;
/* Which TCBs the list has certificates for (host_reader.h), written whenever a list
 * comes. */
bool platform_tcb_list_write(struct sql_kept *kept, int64_t platform,
                             const struct platform_pck *pcks, size_t count,
                             struct error *err) MUST_CHECK;
/* The row of this issuer, made where it is not there. */
bool platform_issuer_write(struct sql_kept *kept, const struct pck_issuer_facts *issuer,
                           int64_t *row, struct error *err) MUST_CHECK;

/* Keeps one where there is room (store/platforms.h). *is_new: was not known, or not as
 * confirmed. */
bool platform_raw_tcb_see(struct sql_kept *kept, int64_t platform,
                          const struct raw_tcb *raw, bool confirmed, int64_t seen_s,
                          bool *is_new, struct error *err) MUST_CHECK;

#endif
