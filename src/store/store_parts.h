/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that write through a struct store share: opening, publishing, recovery,
 * platforms and what belongs to them. */
#ifndef THIM_STORE_STORE_PARTS_H
#define THIM_STORE_STORE_PARTS_H

#include "store/sql.h"
#include "store/store.h"
#include "store/store_file.h"

#define STORE_CACHE_BYTES (16 * 1024 * 1024) /* the writer's, of pages */

struct store {
    sqlite3 *db;
    struct sql_kept kept;
    int lock; /* a descriptor; holds others off while it is open */
    bool marked;
    uint64_t generation;        /* the current one; 0: none yet */
    bool within;                /* store_begin to store_commit */
    uint64_t generation_before; /* it */
    char directory[PATH_MAX];
};

/* One write, all or nothing: a transaction, or within store_begin's a part of that one,
 * which can fail alone. write_undo follows a failure of anything after write_begin, of
 * write_end too. */
bool write_begin(struct store *store, struct error *err) MUST_CHECK;
bool write_end(struct store *store, struct error *err) MUST_CHECK;
void write_undo(struct store *store);

/* What is written in the transaction of a publish, beside the change: both or neither. */
struct publish_rider {
    bool takes_generation; /* also where the change takes none */
    bool (*write)(void *context, uint64_t generation, struct error *err);
    void *context;
};

/* store_publish with a rider, or NULL. */
bool publish_with(struct store *store, const struct holdings *current,
                  const struct store_change *change, const struct publish_rider *rider,
                  enum store_outcome *outcomes, struct holdings **out, struct error *err)
    MUST_CHECK;

#endif
