/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator knows of TCB releases, as a file: rows that stand in the place of the
 * built-in ones (baseline/tcb_release.h), or beside them.
 *
 *   tcb_releases:
 *     - number: 17
 *       released: 2024-03-13
 *       psw_linux: "2.23"        (optional)
 *       psw_windows: "2.23.100"  (optional)
 *
 * Read as strictly as the configuration. */
#ifndef THIM_CONFIG_TCB_RELEASES_H
#define THIM_CONFIG_TCB_RELEASES_H

#include "baseline/tcb_release.h"

#define TCB_RELEASES_FILE_MAX (256 * 1024)

/* The built-in table, with the file's rows. path NULL: there is no file; one that is
 * named must be there. Everything lies in the arena. Errors as config_read. */
bool tcb_releases_read(const char *path, struct arena *arena,
                       struct tcb_release_table *out, struct error *err) MUST_CHECK;
bool tcb_releases_parse(struct bytes yaml, const char *name, struct arena *arena,
                        struct tcb_release_table *out, struct error *err) MUST_CHECK;

#endif
