/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/arena.h"

#include <stdlib.h>

enum { BLOCK_LEN = 16 * 1024, ALIGNMENT = _Alignof(max_align_t) };

struct arena_block {
    struct arena_block *older;
    size_t used, len;
    bool lent; /* by the caller: not zeroed, not ours to free */
    max_align_t data[];
};

void arena_init(struct arena *arena, size_t ceiling)
{
    *arena = (struct arena){ .ceiling = ceiling };
}

void arena_init_in_blocks(struct arena *arena, size_t block_len, size_t ceiling)
{
    *arena = (struct arena){ .ceiling = ceiling, .block_len = block_len };
}

void arena_init_over(struct arena *arena, void *storage, size_t len, size_t ceiling)
{
    arena_init(arena, ceiling);
    if (len <= sizeof(struct arena_block))
        return;
    arena->newest = storage;
    *arena->newest =
        (struct arena_block){ .len = len - sizeof(struct arena_block), .lent = true };
}

void arena_fini(struct arena *arena)
{
    for (struct arena_block *block = arena->newest; block != NULL;) {
        struct arena_block *older = block->older;
        if (!block->lent)
            free(block);
        block = older;
    }
    *arena = (struct arena){ .ceiling = arena->ceiling, .block_len = arena->block_len };
}

static struct arena_block *block_with_room(struct arena *arena, size_t len)
{
    struct arena_block *block = arena->newest;

    if (block != NULL && block->len - block->used >= len)
        return block;
    size_t least = arena->block_len != 0 ? arena->block_len : BLOCK_LEN;
    size_t block_len = len > least ? len : least;
    block = calloc(1, sizeof *block + block_len);
    if (block == NULL)
        return NULL;
    block->len = block_len;
    block->older = arena->newest;
    arena->newest = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t len;

    if (__builtin_mul_overflow(count, size, &len) || len > arena->ceiling
        || len > SIZE_MAX - ALIGNMENT)
        return NULL;
    len = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (len == 0)
        len = ALIGNMENT;
    if (len > arena->ceiling - arena->used)
        return NULL;
    struct arena_block *block = block_with_room(arena, len);
    if (block == NULL)
        return NULL;
    void *at = (uint8_t *)block->data + block->used;
    block->used += len;
    arena->used += len;
    if (block->lent)
        memset(at, 0, len);
    return at;
}

struct bytes arena_copy(struct arena *arena, struct bytes b)
{
    uint8_t *copy = arena_alloc(arena, b.len, 1);

    if (copy == NULL)
        return (struct bytes){ 0 };
    if (b.len > 0)
        memcpy(copy, b.at, b.len);
    return bytes_of(copy, b.len);
}
