/* SPDX-License-Identifier: Apache-2.0 */
/* Options structs of callers who were compiled against another header than this. */
#ifndef THIM_LIB_OPTIONS_H
#define THIM_LIB_OPTIONS_H

#include "lib/errors.h"

/* given begins with its size, which is at least `least` (that of the first version) and
 * tells how much of it there is. What an older caller does not have is zero in *known;
 * what this library does not know must be zero, or is refused: it would be passed over.
 * THIM_ERROR_USAGE. given NULL: all zero. */
bool options_read(const void *given, size_t least, void *known, size_t known_size,
                  struct thim_error *error) MUST_CHECK;

/* The other way: fills the caller's struct as far as it reaches. given's first member,
 * its size, stays as it is. */
bool options_fill(void *given, size_t least, const void *known, size_t known_size,
                  struct thim_error *error) MUST_CHECK;

#endif
