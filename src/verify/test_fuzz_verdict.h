/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of any verdict, for fuzz targets. */
#ifndef THIM_VERIFY_TEST_FUZZ_VERDICT_H
#define THIM_VERIFY_TEST_FUZZ_VERDICT_H

#include "format/json.h"
#include "kit/fuzz.h"
#include "verify/verdict_json.h"

/* As JSON it is one document, whatever stood in the evidence; and what is not valid is
 * not accepted. */
static inline void check_verdict(const struct verdict *verdict)
{
    struct policy_answer answer;
    struct error err = { 0 };
    struct arena arena;
    struct json json;
    struct buf text;

    FUZZ_CHECK(verdict->valid == (verdict->failure == CHECK_PASSED));
    FUZZ_CHECK(verdict->failure < CHECKS);
    FUZZ_CHECK(verdict->valid
               || (verify_check_name(verdict->failure) != NULL
                   && verdict->why.kind != ERROR_NONE && verdict->why.text[0] != 0));
    policy_judge(NULL, verdict, &answer);
    FUZZ_CHECK(verdict->valid || !answer.accepted);
    arena_init(&arena, JSON_TEXT_MAX);
    buf_init(&text, JSON_TEXT_MAX);
    verdict_json_write(verdict, &answer, bytes_of(NULL, 0), &text);
    FUZZ_CHECK(!text.failed);
    json_begin(&json, buf_bytes(&text), &arena, &err);
    json_skip(&json);
    FUZZ_CHECK(json_end(&json));
    buf_fini(&text);
    arena_fini(&arena);
}

#endif
