/* SPDX-License-Identifier: Apache-2.0 */
/* deny.yaml: the operator's deny list as a file.
 *
 *   deny:
 *     - chip_id: 0123456789abcdef
 *       why: taken out of its rack by strangers
 *       by: Jo Operator
 *       until: 2027-01-01T00:00:00Z      (optional)
 *
 * Each item has exactly one of chip_id, qe_id, ppid_digest, fmspc, key_digest, advisory.
 * Read as strictly as the configuration. */
#ifndef THIM_CONFIG_DENY_H
#define THIM_CONFIG_DENY_H

#include "baseline/deny.h"
#include "kit/buf.h"

#define DENY_FILE_MAX (16 * 1024 * 1024)

/* A missing file is an empty list. Everything lies in the arena, a few hundred bytes for
 * an entry. Errors as config_read. */
bool deny_file_read(const char *path, struct arena *arena, struct deny_list *out,
                    struct error *err) MUST_CHECK;
bool deny_parse(struct bytes yaml, const char *name, struct arena *arena,
                struct deny_list *out, struct error *err) MUST_CHECK;

/* The list as a file that deny_parse reads again; comments of a file before are lost.
 * Entries that come from no file have passed deny_value_read and deny_text_check. With a
 * ceiling of DENY_FILE_MAX what does not fail is read again. */
void deny_write(const struct deny_list *list, struct buf *out);

#endif
