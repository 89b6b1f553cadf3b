/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of thim explain that are files of their own. */
#ifndef THIM_THIM_EXPLAIN_PARTS_H
#define THIM_THIM_EXPLAIN_PARTS_H

#include "format/snp_report.h"
#include "thim/service_client.h"

/* code [CODE] [--json]: the arguments after "code". Opens nothing. EXIT_NO where nobody
 * says such a code; without one, all are listed. */
int explain_code(int argc, char **argv);

/* ---- SEV-SNP reports: explain_report.c --------------------------------------------- */

/* An SEV-SNP report beside the minimum of each of the service's baselines, component by
 * component. Nothing is vouched for. The service does it (serve/control_explain_json.h);
 * but a report of version 2 does not tell its product: then the product is given, and the
 * baselines' minima are asked for.
 *
 *   { "subject": { "by": "report", "verified": false, "product", "report_version": n,
 *       "chip_id", "reported", "current", "committed", "launch": TCB },
 *     "baselines": [{ "name", "default": bool, "minimum": TCB|null, "meets": bool|null,
 *       "components": [{ "name": "ucodeSPL", "have": n, "need": n|null }] }] }
 *
 * The caller's. */
bool explain_report(const struct service_address *address, struct bytes report,
                    const char *product, json_t **tree, struct error *err) MUST_CHECK;

/* wholes: of each baseline what the service has of it (serve/control_baselines.h).
 * ERROR_FORMAT where the product is not told, or the TCBs cannot be of it. */
bool explain_report_tree(const struct snp_report *report, const char *product,
                         const json_t *wholes, json_t **tree, struct error *err)
    MUST_CHECK;

/* On standard output. */
void explain_report_print(const json_t *tree);

#endif
