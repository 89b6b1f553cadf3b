/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_health.h"

#include <stdio.h>

enum { VERBOSE_MAX = 512 };

enum probe { PROBE_NONE = 0, PROBE_LIVE, PROBE_READY, PROBE_STARTUP };

static struct bytes path_of(struct bytes target)
{
    return bytes_first(target, bytes_find(target, bytes_of_text("?")));
}

static enum probe probe_of(struct bytes target)
{
    static const struct {
        const char *path;
        enum probe probe;
    } routes[] = {
        { "/healthz/live", PROBE_LIVE },
        { "/healthz/ready", PROBE_READY },
        { "/healthz/startup", PROBE_STARTUP },
        { "/livez", PROBE_LIVE },
        { "/readyz", PROBE_READY },
    };

    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (bytes_equal_text(path_of(target), routes[i].path))
            return routes[i].probe;
    return PROBE_NONE;
}

bool health_is_asked(struct bytes target)
{
    return probe_of(target) != PROBE_NONE;
}

static bool is_verbose(struct bytes target)
{
    struct bytes query = bytes_after(target, path_of(target).len + 1);

    return bytes_equal_text(bytes_first(query, 7), "verbose");
}

/* The first thing that stands in the way; empty where nothing does. */
static void why_not_ready(const struct health *health, char *out, size_t len)
{
    char missing[SHELF_MISSING_MAX] = "";

    out[0] = 0;
    if (health->shelf == NULL) {
        snprintf(out, len, "the store is not open yet");
        return;
    }
    shelf_missing(health->shelf, health->now_s, missing);
    if (missing[0] != 0)
        snprintf(out, len, "no valid set is held; in date there is no %s", missing);
    else if (health->draining)
        snprintf(out, len, "draining: no new hosts, please");
}

static struct http_reply *not_so(const char *code, const char *why,
                                 const struct request_id *id)
{
    return refusal_reply(
        &(struct refusal){
            .status = 503, .code = code, .message = why, .retry_after_s = 5 },
        id);
}

static struct http_reply *ready(struct bytes target, const struct health *health,
                                const struct request_id *id)
{
    char text[VERBOSE_MAX];

    why_not_ready(health, text, sizeof text);
    if (text[0] != 0)
        return not_so("not_ready", text, id);
    if (!is_verbose(target))
        return health_reply("ok\n", id);
    snprintf(text, sizeof text,
             "[+] store open, generation %llu\n"
             "[+] one valid set: root CRL, PCK CRL, TCB info, identity\n"
             "[%c] first refresh %s\n"
             "ready\n",
             (unsigned long long)shelf_generation(health->shelf),
             health->started ? '+' : ' ', health->started ? "done" : "under way");
    return health_reply(text, id);
}

struct http_reply *health_answer(struct bytes target, const struct health *health,
                                 const struct request_id *id)
{
    enum probe probe = probe_of(target);

    if (probe == PROBE_READY)
        return ready(target, health, id);
    if (probe == PROBE_STARTUP && !health->started)
        return not_so("not_started", "the first refresh is still under way", id);
    return health_reply("ok\n", id);
}
