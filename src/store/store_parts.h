/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up the store share: store.c (opening), store_publish.c,
 * store_recover.c. */
#ifndef THIM_STORE_STORE_PARTS_H
#define THIM_STORE_STORE_PARTS_H

#include "store/sql.h"
#include "store/store.h"
#include "store/store_file.h"

struct store {
    sqlite3 *db;
    int lock; /* a descriptor; holds others off while it is open */
    bool marked;
    uint64_t generation; /* the current one; 0: none yet */
    char directory[PATH_MAX];
};

#endif
