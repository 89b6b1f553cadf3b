/* SPDX-License-Identifier: Apache-2.0 */
/* A secret that a file of its own holds: one line, and nobody else's to read. */
#ifndef THIM_CONFIG_SECRET_H
#define THIM_CONFIG_SECRET_H

#include "kit/error.h"

#define SECRET_ROOM 256 /* the longest line and its NUL */

/* The file's one line, without its end. ERROR_NOT_FOUND where there is no such file;
 * ERROR_UNTRUSTED where others may read it: the refusal says how to change that, and it
 * never shows what the file holds. */
bool secret_file_read(const char *path, char out[SECRET_ROOM], struct error *err)
    MUST_CHECK;

#endif
