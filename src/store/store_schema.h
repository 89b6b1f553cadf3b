/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of thim.db and how a file comes to have them; doc/store.md describes them.
 *
 * A migration is a step from one schema version to the next; making a store is all steps
 * from version 0. Each opening brings the file to the newest version in one transaction,
 * or leaves it as it was. The store's own files include this, nobody else. */
#ifndef THIM_STORE_STORE_SCHEMA_H
#define THIM_STORE_STORE_SCHEMA_H

#include "store/sql.h"

#define STORE_APPLICATION_ID INT64_C(0x5448494d) /* "THIM", in the file's header */
#define STORE_PAGE_SIZE 8192

/* schema_steps[i] leads from version i to i + 1. */
extern const char *const schema_steps[];
extern const size_t schema_step_count;

/* From whatever version the file has to `count`. ERROR_FORMAT where it is newer (says
 * what to do), or where its tables are not those of its version. Whoever tests a
 * migration gives steps of his own. */
bool schema_migrate(sqlite3 *db, const char *const steps[], size_t count,
                    struct error *err) MUST_CHECK;

/* That the file's tables are exactly the ones that the steps make; and every page, row,
 * index and constraint of those that are small enough for it, which platforms and what
 * grows with them are not. ERROR_FORMAT with SQLite's first finding. */
bool schema_check(sqlite3 *db, const char *const steps[], size_t count, struct error *err)
    MUST_CHECK;

#endif
