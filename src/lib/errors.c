/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/errors.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/names.h"

static_assert((int)ERROR_FORMAT == THIM_ERROR_FORMAT
                  && (int)ERROR_UNTRUSTED == THIM_ERROR_UNTRUSTED
                  && (int)ERROR_REVOKED == THIM_ERROR_REVOKED
                  && (int)ERROR_DENIED == THIM_ERROR_DENIED
                  && (int)ERROR_STALE == THIM_ERROR_STALE
                  && (int)ERROR_NOT_FOUND == THIM_ERROR_NOT_FOUND
                  && (int)ERROR_LIMIT == THIM_ERROR_LIMIT
                  && (int)ERROR_SYSTEM == THIM_ERROR_SYSTEM,
              "the public numbers of kinds are the inner ones");

bool errors_tell(struct thim_error *error, const struct error *why)
{
    return errors_tell_check(error, CHECK_PASSED, why);
}

bool errors_tell_check(struct thim_error *error, enum verify_check check,
                       const struct error *why)
{
    if (error == NULL)
        return false;
    error->kind = (enum thim_error_kind)why->kind;
    error->check = names_check(check);
    snprintf(error->text, sizeof error->text, "%s", why->text);
    return false;
}

bool errors_tell_usage(struct thim_error *error, const char *format, ...)
{
    va_list arguments;

    if (error == NULL)
        return false;
    error->kind = THIM_ERROR_USAGE;
    error->check = THIM_CHECK_USAGE;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool errors_tell_memory(struct thim_error *error)
{
    struct error why;

    (void)error_set(&why, ERROR_SYSTEM, "no memory");
    return errors_tell_check(error, CHECK_SYSTEM, &why);
}
