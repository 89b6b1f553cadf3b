/* SPDX-License-Identifier: Apache-2.0 */
/* Errors on their way to the caller's storage, which may be NULL. All return false. */
#ifndef THIM_LIB_ERRORS_H
#define THIM_LIB_ERRORS_H

#include "thim.h"
#include "verify/verdict.h"

bool errors_tell(struct thim_error *error, const struct error *why);
bool errors_tell_check(struct thim_error *error, enum verify_check check,
                       const struct error *why);

/* The call itself is wrong. */
bool errors_tell_usage(struct thim_error *error, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* No memory. */
bool errors_tell_memory(struct thim_error *error);

#endif
