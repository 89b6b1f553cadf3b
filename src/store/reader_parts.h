/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up a reader share: platform_reader.c, platform_due.c,
 * reader_walks.c. */
#ifndef THIM_STORE_READER_PARTS_H
#define THIM_STORE_READER_PARTS_H

#include "store/platform_reader.h"
#include "store/sql.h"

struct platform_reader {
    sqlite3 *db;
    struct sql_kept kept;
};

/* Between them the file stands still, for this reader. A visitor may come back to the
 * reader that calls it. */
bool reader_begin(struct platform_reader *reader, struct error *err) MUST_CHECK;
void reader_end(struct platform_reader *reader);

#endif
