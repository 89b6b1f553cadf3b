/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of policies share: a verdict judged by a policy. Tests only. */
#ifndef THIM_VERIFY_TEST_POLICY_H
#define THIM_VERIFY_TEST_POLICY_H

#include "kit/test.h"
#include "kit/text.h"
#include "verify/policy.h"
#include "verify/test_verdicts.h"

/* Judged by a policy as text, for it is there that a rule has its name. */
static inline struct policy_answer judge(const char *text, const struct verdict *verdict)
{
    struct verification_policy policy;
    struct policy_answer answer;
    struct error err = { 0 };
    struct arena arena;

    memset(&answer, 0x5a, sizeof answer);
    arena_init(&arena, VERIFICATION_POLICY_ROOM);
    if (!verification_policy_parse(bytes_of_text(text), &arena, &policy, &err))
        fail_msg("%s: %s", text, err.text);
    policy_judge(&policy, verdict, &answer);
    arena_fini(&arena);
    return answer;
}

static inline void expect(const char *text, const struct verdict *verdict,
                          const char *rule, const char *why)
{
    struct policy_answer answer = judge(text, verdict);
    const char *denied_by = answer.denied_by == NULL ? "(none)" : answer.denied_by;

    if (strcmp(denied_by, rule == NULL ? "(none)" : rule) != 0)
        fail_msg("%s: denied by %s (%s)", text, denied_by, answer.why.text);
    assert_int_equal(answer.accepted, rule == NULL);
    if (rule == NULL)
        assert_true(answer.why.kind == ERROR_NONE && answer.why.text[0] == 0);
    else
        assert_refused(answer.why, ERROR_DENIED, why);
}

/* {"sgx":{"mrenclave":"VALUE"}} of the path "sgx.mrenclave". */
static inline void write_policy(struct buf *out, const char *rule, struct bytes value)
{
    const char *dot = strchr(rule, '.');

    buf_init(out, 4096);
    buf_addf(out, "{\"%.*s\":{\"%s\":\"", (int)(dot - rule), rule, dot + 1);
    hex_add(out, value);
    buf_add_text(out, "\"}}");
}

#endif
