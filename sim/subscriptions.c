/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/subscriptions.h"

#include "kit/text.h"

static const char header[] = "Ocp-Apim-Subscription-Key";

bool subscriptions_init(struct subscriptions *subscriptions)
{
    *subscriptions = (struct subscriptions){ .by_path = json_object() };
    return subscriptions->by_path != NULL;
}

void subscriptions_fini(struct subscriptions *subscriptions)
{
    json_decref(subscriptions->by_path);
    subscriptions->by_path = NULL;
}

void subscriptions_reset(struct subscriptions *subscriptions)
{
    subscriptions->with = subscriptions->wrong = 0;
    subscriptions->missing = subscriptions->limited = 0;
    json_object_clear(subscriptions->by_path);
}

static bool is_wrong(const struct subscriptions *subscriptions, struct bytes key)
{
    return subscriptions->demanded != NULL
           && !bytes_equal_text(key, subscriptions->demanded);
}

void subscriptions_note(struct subscriptions *subscriptions,
                        const struct wire_request *request)
{
    struct bytes key = wire_said(request, header), target = request->target;
    struct safe_text path =
        safe(bytes_first(target, bytes_find(target, bytes_of_text("?"))));
    const char *name = path.s;

    if (key.len == 0)
        return;
    subscriptions->with++;
    if (is_wrong(subscriptions, key))
        subscriptions->wrong++;
    if (json_object_get(subscriptions->by_path, name) == NULL
        && json_object_size(subscriptions->by_path) >= SUBSCRIPTIONS_PATHS_MAX)
        name = "(others)";
    json_int_t before = json_integer_value(json_object_get(subscriptions->by_path, name));
    json_object_set_new(subscriptions->by_path, name, json_integer(before + 1));
}

static struct subscription *budget_of(struct subscriptions *subscriptions,
                                      struct bytes key)
{
    struct sha256 digest = sha256(key);

    for (size_t i = 0; i < subscriptions->count; i++)
        if (memcmp(&subscriptions->budgets[i].key, &digest, sizeof digest) == 0)
            return &subscriptions->budgets[i];
    struct subscription *budget = &subscriptions->budgets[subscriptions->next];
    *budget = (struct subscription){ .key = digest };
    subscriptions->next = (subscriptions->next + 1) % SUBSCRIPTIONS_MAX;
    if (subscriptions->count < SUBSCRIPTIONS_MAX)
        subscriptions->count++;
    return budget;
}

static bool is_spent(struct subscriptions *subscriptions, struct bytes key, int64_t now_s)
{
    struct subscription *budget = budget_of(subscriptions, key);

    if (budget->minute != now_s / 60)
        budget->used = 0;
    budget->minute = now_s / 60;
    return budget->used++ >= subscriptions->per_minute;
}

unsigned subscriptions_judge(struct subscriptions *subscriptions,
                             const struct wire_request *request, int64_t now_s,
                             unsigned *retry_after_s)
{
    struct bytes key = wire_said(request, header);

    if (is_wrong(subscriptions, key)) {
        subscriptions->missing += key.len == 0;
        return 401;
    }
    if (subscriptions->per_minute == 0 || !is_spent(subscriptions, key, now_s))
        return 0;
    subscriptions->limited++;
    *retry_after_s = (unsigned)(60 - now_s % 60);
    return 429;
}

json_t *subscriptions_write(const struct subscriptions *subscriptions)
{
    json_t *value = json_object();

    json_object_set_new(value, "with", json_integer((json_int_t)subscriptions->with));
    json_object_set_new(value, "wrong", json_integer((json_int_t)subscriptions->wrong));
    json_object_set_new(value, "missing",
                        json_integer((json_int_t)subscriptions->missing));
    json_object_set_new(value, "limited",
                        json_integer((json_int_t)subscriptions->limited));
    json_object_set(value, "by_path", subscriptions->by_path);
    return value;
}
