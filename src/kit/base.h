/* SPDX-License-Identifier: Apache-2.0 */
/* The few attributes and macros that every file wears.
 *
 * OWNED(closer) gives a handle to its variable: the closer runs when the variable goes
 * out of scope, unless TAKE has handed the value on. Closers accept NULL. */
#ifndef THIM_KIT_BASE_H
#define THIM_KIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_arg, first_arg) \
    __attribute__((format(printf, format_arg, first_arg)))

#define OWNED(closer) __attribute__((cleanup(closer##_at)))
/* Defines the function that OWNED calls: it takes the variable's address. */
#define DEFINE_OWNED(type, closer)                 \
    static inline void closer##_at(type *variable) \
    {                                              \
        closer(*variable);                         \
    }

#define TAKE(variable)                            \
    __extension__({                               \
        __typeof__(variable) taken_ = (variable); \
        (variable) = NULL;                        \
        taken_;                                   \
    })

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
