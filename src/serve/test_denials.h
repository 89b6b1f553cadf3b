/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a deny list in a directory of the test's own, and entries by their text. */
#ifndef THIM_SERVE_TEST_DENIALS_H
#define THIM_SERVE_TEST_DENIALS_H

#include <stdio.h>

#include "kit/test.h"
#include "serve/denials.h"

static inline struct denials *denials_in(const char *directory)
{
    struct denials *denials;
    struct error err = { 0 };
    char path[512];

    snprintf(path, sizeof path, "%s/deny.yaml", directory);
    assert_ok(denials_create(path, &denials, &err), err);
    return denials;
}

static inline struct bytes denied_value(enum deny_kind kind, const char *text,
                                        struct arena *arena)
{
    struct bytes value;
    struct error err = { 0 };

    assert_ok(deny_value_read(kind, bytes_of_text(text), arena, &value, &err), err);
    return value;
}

static inline bool try_deny(struct denials *denials, enum deny_kind kind,
                            const char *text, int64_t until_s, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 65536);
    struct deny_entry entry = { .kind = kind,
                                .value = denied_value(kind, text, &arena),
                                .why = "stolen",
                                .by = "Jo",
                                .until_s = until_s };
    bool denied = denials_add(denials, &entry, err);
    arena_fini(&arena);
    return denied;
}

static inline void deny(struct denials *denials, enum deny_kind kind, const char *text)
{
    struct error err = { 0 };

    assert_ok(try_deny(denials, kind, text, 0, &err), err);
}

static inline bool try_undeny(struct denials *denials, enum deny_kind kind,
                              const char *text, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 65536);
    bool undone = denials_remove(denials, kind, denied_value(kind, text, &arena), err);
    arena_fini(&arena);
    return undone;
}

static inline void undeny(struct denials *denials, enum deny_kind kind, const char *text)
{
    struct error err = { 0 };

    assert_ok(try_undeny(denials, kind, text, &err), err);
}

#endif
