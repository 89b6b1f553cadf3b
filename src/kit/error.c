/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef error_set /* the analyzer's views of them */
#undef error_within

bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return false;
    err->kind = kind;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

bool error_within(struct error *err, const char *format, ...)
{
    char inner[ERROR_TEXT_MAX];
    va_list args;

    if (err == NULL)
        return false;
    memcpy(inner, err->text, sizeof inner);
    va_start(args, format);
    int written = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    size_t used = written < 0 ? 0 : (size_t)written;
    size_t room = used < sizeof err->text ? sizeof err->text - used : 0;
    if (room > 2) /* cut where it must be */
        snprintf(err->text + used, room, ": %.*s", (int)room - 3, inner);
    return false;
}

const char *error_kind_name(enum error_kind kind)
{
    static const char *const names[] = {
        [ERROR_NONE] = "none",           [ERROR_FORMAT] = "format",
        [ERROR_UNTRUSTED] = "untrusted", [ERROR_REVOKED] = "revoked",
        [ERROR_DENIED] = "denied",       [ERROR_STALE] = "stale",
        [ERROR_NOT_FOUND] = "not_found", [ERROR_UNREACHABLE] = "unreachable",
        [ERROR_LIMIT] = "limit",         [ERROR_SYSTEM] = "system",
    };

    return (size_t)kind < COUNT_OF(names) ? names[kind] : "unknown";
}
