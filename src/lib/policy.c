/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/parts.h"

/* The text and what is read of it: a few times the text. */
#define POLICY_CEILING ((size_t)16 << 20)

static bool read_policy(struct thim_policy *policy, struct bytes json, struct error *why)
{
    if (json.len > VERIFICATION_POLICY_MAX)
        return error_set(why, ERROR_LIMIT, "policy of %zu bytes, at most %d", json.len,
                         VERIFICATION_POLICY_MAX);
    struct bytes kept = arena_copy(&policy->arena, json);
    if (kept.at == NULL)
        return error_set(why, ERROR_SYSTEM, "no memory");
    return verification_policy_parse(kept, &policy->arena, &policy->policy, why);
}

bool thim_policy_new(const char *json, size_t len, struct thim_policy **out,
                     struct thim_error *error)
{
    struct error why = { 0 };

    if (out != NULL)
        *out = NULL;
    if (out == NULL || json == NULL)
        return errors_tell_usage(error, "policy: no text, or no place for it");

    struct thim_policy *made = calloc(1, sizeof *made);
    if (made == NULL)
        return errors_tell_memory(error);
    atomic_init(&made->holders, 1);
    arena_init(&made->arena, POLICY_CEILING);
    if (!read_policy(made, bytes_of(json, len), &why)) {
        thim_policy_release(made);
        return errors_tell(error, &why);
    }
    *out = made;
    return true;
}

struct thim_policy *thim_policy_hold(const struct thim_policy *policy)
{
    /* never changes but for the count of its holders */
    struct thim_policy *held = (struct thim_policy *)(uintptr_t)policy;

    if (held != NULL)
        atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void thim_policy_release(struct thim_policy *policy)
{
    if (policy == NULL
        || atomic_fetch_sub_explicit(&policy->holders, 1, memory_order_acq_rel) != 1)
        return;
    arena_fini(&policy->arena);
    free(policy);
}
