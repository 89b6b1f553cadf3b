/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one unit of work (one document, one refresh, one request), dropped whole.
 *
 * Lies in the caller's storage; what it hands out lives until arena_fini. It has a
 * ceiling in bytes: past it, and when the machine has no memory, arena_alloc gives NULL,
 * which a parser reports as ERROR_LIMIT. */
#ifndef THIM_KIT_ARENA_H
#define THIM_KIT_ARENA_H

#include "kit/bytes.h"

struct arena_block;

struct arena {
    struct arena_block *newest;
    size_t used;      /* bytes handed out, alignment included */
    size_t ceiling;   /* bytes that may be handed out in all */
    size_t block_len; /* least bytes taken from the machine at once; 0: 16 KiB */
};

void arena_init(struct arena *arena, size_t ceiling);
/* The same, beginning in storage lent by the caller (aligned as for max_align_t), which
 * must outlive the arena: small work then costs no memory of its own. */
void arena_init_over(struct arena *arena, void *storage, size_t len, size_t ceiling);
/* The same, for what is small and lives long: takes memory in blocks of block_len. */
void arena_init_in_blocks(struct arena *arena, size_t block_len, size_t ceiling);
void arena_fini(struct arena *arena);

/* count items of size bytes each, zeroed, aligned for anything; NULL at the ceiling. */
void *arena_alloc(struct arena *arena, size_t count, size_t size) MUST_CHECK;

/* A copy of b that lives as long as the arena; .at is NULL at the ceiling. */
struct bytes arena_copy(struct arena *arena, struct bytes b);

#endif
