/* SPDX-License-Identifier: Apache-2.0 */
/* Why something was not done: a kind for the program, a line for the person.
 *
 * The innermost function says what is wrong (error_set), each caller above says what it
 * was doing (error_within), and only the one who handles it prints or logs. Both return
 * false, so that they can end a function that promises bool. The text is bounded and
 * holds printable ASCII only: whatever came from outside passes through the escaper of
 * kit/text.h before it gets here. */
#ifndef THIM_KIT_ERROR_H
#define THIM_KIT_ERROR_H

#include "kit/base.h"

#define ERROR_TEXT_MAX 512

enum error_kind { /* what a caller does differently */
                  ERROR_NONE = 0,
                  ERROR_FORMAT,    /* the bytes are not what they should be; asking again
                                      won't help */
                  ERROR_UNTRUSTED, /* no path from the bytes to a pinned root */
                  ERROR_REVOKED,   /* a certificate on the path is on its issuer's CRL */
                  ERROR_DENIED,    /* on the operator's own deny list, whatever a vendor
                                      says */
                  ERROR_STALE,     /* outside its dates, or older than what is kept */
                  ERROR_NOT_FOUND, /* nobody has it */
                  ERROR_UNREACHABLE, /* nobody could be asked: keep serving what is there
                                      */
                  ERROR_LIMIT,       /* larger or more than a named limit */
                  ERROR_SYSTEM,      /* the machine said no: memory, disk, a library */
};

struct error {
    enum error_kind kind;
    char text[ERROR_TEXT_MAX];
};

/* err may be NULL where the caller wants only the answer. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Puts "what was being done: " in front; the kind stays. */
bool error_within(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

#ifdef __clang_analyzer__ /* it does not see into error.c: both are false, always */
static inline bool error_given(bool given)
{
    (void)given;
    return false;
}
#define error_set(...) error_given(error_set(__VA_ARGS__))
#define error_within(...) error_given(error_within(__VA_ARGS__))
#endif

/* "format", "untrusted", ...: for logs and JSON. */
const char *error_kind_name(enum error_kind kind);

#endif
