/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read up to a limit, written so that a kill leaves the old or the new. */
#ifndef THIM_KIT_FILE_H
#define THIM_KIT_FILE_H

#include "kit/buf.h"
#include "kit/error.h"

/* Appends the file to out, whose ceiling is the limit: ERROR_LIMIT past it,
 * ERROR_NOT_FOUND where there is no such file, ERROR_SYSTEM else. "-" is standard input.
 */
bool file_read(const char *path, struct buf *out, struct error *err) MUST_CHECK;

/* Writes beside the path, syncs, renames over it, syncs the directory. mode as in
 * open(2), not subject to the umask. */
bool file_write(const char *path, struct bytes content, unsigned mode, struct error *err)
    MUST_CHECK;

/* mkdir -p; directories that it makes get mode, whatever the umask. */
bool file_make_directory(const char *path, unsigned mode, struct error *err) MUST_CHECK;

#endif
