/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of verification_policy_parse share: texts that are read, texts that are
 * refused. Tests only. */
#ifndef THIM_FORMAT_TEST_VERIFICATION_POLICY_H
#define THIM_FORMAT_TEST_VERIFICATION_POLICY_H

#include "format/verification_policy.h"
#include "kit/test.h"

struct reading {
    struct arena arena;
    struct verification_policy policy;
    struct error err;
    bool ok;
};

static inline void read_policy(struct reading *r, struct bytes text)
{
    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, VERIFICATION_POLICY_ROOM);
    r->ok = verification_policy_parse(text, &r->arena, &r->policy, &r->err);
}

static inline void expect_read(const char *text)
{
    struct reading r;

    read_policy(&r, bytes_of_text(text));
    if (!r.ok)
        fail_msg("%s: %s", text, r.err.text);
    arena_fini(&r.arena);
}

static inline void expect_refused(const char *text, const char *part)
{
    struct reading r;

    read_policy(&r, bytes_of_text(text));
    if (r.ok)
        fail_msg("%s: was read", text);
    assert_refused(r.err, ERROR_FORMAT, part);
    assert_int_equal(r.policy.accepted_statuses, 0);
    arena_fini(&r.arena);
}

/* {"sgx":{"mrenclave":VALUE}}; a member of no section stands alone. */
static inline const char *text_of(struct buf *out, const char *section,
                                  const char *member, const char *value)
{
    buf_init(out, 1 << 20);
    if (section[0] != 0)
        buf_addf(out, "{\"%s\":{\"%s\":%s}}", section, member, value);
    else
        buf_addf(out, "{\"%s\":%s}", member, value);
    return buf_text(out);
}

static inline void expect(const char *section, const char *member, const char *value,
                          const char *refusal)
{
    struct buf text;

    text_of(&text, section, member, value);
    if (refusal == NULL)
        expect_read(buf_text(&text));
    else
        expect_refused(buf_text(&text), refusal);
    buf_fini(&text);
}

#endif
