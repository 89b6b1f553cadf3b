/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a state directory: thim.db, who has it open, and whether it is ours at
 * all, found out before SQLite is let near it. The store's own files include this, nobody
 * else. */
#ifndef THIM_STORE_STORE_FILE_H
#define THIM_STORE_STORE_FILE_H

#include <limits.h>

#include "kit/error.h"

struct store_paths {
    char database[PATH_MAX]; /* DIR/thim.db */
    char journal[PATH_MAX];  /* DIR/thim.db-wal: the newest commits */
    char making[PATH_MAX];   /* DIR/thim.db.new: until it is whole */
    char lock[PATH_MAX];     /* DIR/thim.lock */
};

bool store_paths_in(const char *directory, struct store_paths *out, struct error *err)
    MUST_CHECK;

/* Locks for as long as the descriptor is open; a kill unlocks. ERROR_SYSTEM names the
 * process that has it. */
bool store_file_lock(const struct store_paths *paths, int *fd, struct error *err)
    MUST_CHECK;

/* *exists; ERROR_FORMAT where a file of that name is none of ours or has lost its
 * beginning. Nothing is written, whatever is found. */
bool store_file_look(const struct store_paths *paths, bool *exists, struct error *err)
    MUST_CHECK;

/* An empty file for SQLite to fill, mode 0600, what an earlier attempt left behind
 * removed; and its coming into force under the database's name, for good. */
bool store_file_begin(const struct store_paths *paths, struct error *err) MUST_CHECK;
bool store_file_settle(const struct store_paths *paths, struct error *err) MUST_CHECK;

#endif
