/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts as JSON, read back by other eyes than wrote them: what stands where. Tests
 * only. */
#ifndef THIM_VERIFY_TEST_VERDICT_JSON_H
#define THIM_VERIFY_TEST_VERDICT_JSON_H

#include <stdio.h>

#include <jansson.h>

#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_verdicts.h"
#include "verify/verdict_json.h"

enum { ROOM = 1 << 20 };

/* As jansson reads it, which refuses members that stand there twice. */
static inline json_t *read_back(const struct verdict *verdict,
                                const struct policy_answer *answer, struct bytes more)
{
    struct buf out;
    json_error_t why;

    buf_init(&out, ROOM);
    verdict_json_write(verdict, answer, more, &out);
    assert_false(out.failed);
    json_t *read = json_loadb(buf_text(&out), out.len, JSON_REJECT_DUPLICATES, &why);
    if (read == NULL)
        fail_msg("%s at %d of %s", why.text, why.position, buf_text(&out));
    assert_null(strchr(buf_text(&out), '\n'));
    buf_fini(&out);
    return read;
}

static inline json_t *judge_and_read(const struct verdict *verdict)
{
    struct policy_answer answer;

    policy_judge(NULL, verdict, &answer);
    return read_back(verdict, &answer, (struct bytes){ 0 });
}

/* "parts.qe.status", "advisories.0": what stands there, compact; "(none)" where there is
 * no such member. */
static inline void expect(json_t *root, const char *path, const char *expected)
{
    char names[256], *rest = names, *name;
    json_t *at = root;

    snprintf(names, sizeof names, "%s", path);
    while ((name = strsep(&rest, ".")) != NULL && at != NULL)
        at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10))
                               : json_object_get(at, name);
    char *text =
        at == NULL ? strdup("(none)") : json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT);
    if (strcmp(text, expected) != 0)
        fail_msg("%s: %s, expected %s", path, text, expected);
    free(text);
}

static inline void expect_hex(json_t *root, const char *path, struct bytes b)
{
    struct buf text;

    assert_true(b.len > 0);
    buf_init(&text, ROOM);
    buf_add_byte(&text, '"');
    hex_add(&text, b);
    buf_add_byte(&text, '"');
    expect(root, path, buf_text(&text));
    buf_fini(&text);
}

struct claim {
    const char *path, *expected;
};

static inline void expect_all(json_t *root, const struct claim *claims, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(root, claims[i].path, claims[i].expected);
}

#endif
