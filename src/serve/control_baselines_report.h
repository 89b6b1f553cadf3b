/* SPDX-License-Identifier: Apache-2.0 */
/* A preview as JSON and as CSV. A row is a group of hosts that share all that the move's
 * effect hangs on; those that fall stand first.
 *
 *   { "baseline", "generation", "now", "unseen_days", "sgx": { "from", "to" }|null,
 * "tdx", "totals": TOTALS, "by_tee": { "sgx": TOTALS, "tdx" }, "by_fmspc": [TOTALS with
 * "tee", "fmspc"], "by_product": { "Milan": TOTALS }, "rows": [ROW], "chips": [CHIP],
 * "rows_left_out": n, "hosts_left_out": n, "sealed_data": text } TOTALS: { "hosts",
 * "falls", "rises", "same", "unknown": hosts that count, "unconfirmed",
 * "unconfirmed_falls", "long_unseen", "long_unseen_falls", "lacks_pck", "ends_service",
 * "denied" } ROW: { "tee", "fmspc", "cpusvn", "pcesvn", "tee_tcb_svn"|null, "standing":
 * "counts|unconfirmed|long_unseen", "hosts", "change": "falls|rises|same|unknown", "now":
 * SIDE, "then": SIDE, "component": { "name", "category", "type", "have", "need" }|null,
 *     "advisories": { "gained": [ADVISORY], "cleared" }, "lacks_pck", "ends_service",
 *     "names": [{ "qe_id"|null, "pce_id", "registrar", "last_seen" }] }
 *   SIDE: { "number", "status"|null, "tcb_date" }; null: no TCB info of the FMSPC is held
 *   CHIP: { "product", "tcb_version", "standing", "hosts", "change", "meets_now",
 *     "meets_then", "minimum"|null, "component": { "name", "have", "need" }|null,
 *     "names": [{ "chip_id", "registrar", "last_seen" }] }
 *   Names are of falling rows alone, as many as were asked for. pcesvn is a number.
 *
 * CSV has a head and a line for each row; what does not apply is empty:
 *   change,standing,tee,family,cpusvn,pcesvn,tee_tcb_svn,hosts,number_now,number_then,
 *   status_now,status_then,component,have,need,category,gained,cleared,lacks_pck,
 *   ends_service,names
 * tee is sgx, tdx or snp; family an FMSPC or a product; lists are parted by blanks. */
#ifndef THIM_SERVE_CONTROL_BASELINES_REPORT_H
#define THIM_SERVE_CONTROL_BASELINES_REPORT_H

#include "baseline/preview.h"
#include "serve/baseline_view.h"
#include "serve/control_json.h"
#include "store/host_reader.h"

#define PREVIEW_ROWS_SHOWN 5000 /* as JSON; as CSV all */
#define PREVIEW_ROWS_NAMED 200  /* whose hosts are looked up */

struct preview_named { /* hosts of one row */
    struct host_row *hosts;
    size_t count;
};

struct preview_report {
    const char *baseline;
    const struct baseline_view *view;
    const struct baseline_policy *policy_then; /* for the minima */
    int64_t host_ttl_s;
    const struct host_groups *groups;
    const struct preview *preview;
    const struct preview_named *named; /* of the first rows, */
    size_t named_count;
    const struct preview_named *named_chips; /* and of the first chips' rows */
    size_t named_chip_count;
};

/* The caller's; NULL where memory is out. */
json_t *preview_json(const struct preview_report *report);
void preview_csv(const struct preview_report *report, struct buf *out);

#endif
