/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_health.h"

#include <stdio.h>
#include <string.h>

#include "serve/front.h"

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

/* ---- by vendor ------------------------------------------------------------------ */

struct vendor {
    const char *name;
    bool counts;
    char missing[SHELF_MISSING_MAX]; /* "": its set is whole */
};

enum { INTEL, AMD, VENDORS };

static void judge_amd(const struct health *health, struct vendor *amd)
{
    const struct config *config = health->config;

    amd->name = "AMD";
    if (health->chips == NULL) {
        snprintf(amd->missing, sizeof amd->missing, "issuer chain");
        return;
    }
    const char *missing = chips_missing(health->chips);
    snprintf(amd->missing, sizeof amd->missing, "%s", missing == NULL ? "" : missing);
    amd->counts = config->amd.line != 0
                  && (config->amd.upstream_count > 0 || !chips_are_empty(health->chips));
}

static void judge_intel(const struct health *health, struct vendor *intel)
{
    const struct config *config = health->config;

    intel->name = "Intel";
    shelf_missing(health->shelf, health->now_s, intel->missing);
    intel->counts =
        (config->intel.upstream_count > 0 && config->intel.fill != FILL_OFFLINE)
        || !shelf_is_empty(health->shelf);
}

static void judge(const struct health *health, struct vendor vendors[VENDORS])
{
    memset(vendors, 0, VENDORS * sizeof vendors[0]);
    judge_intel(health, &vendors[INTEL]);
    judge_amd(health, &vendors[AMD]);
    if (!vendors[AMD].counts)
        vendors[INTEL].counts = true;
}

static bool is_in_the_way(const struct vendor *vendor)
{
    return vendor->counts && vendor->missing[0] != 0;
}

bool health_is_ready(const struct health *health, char *why, size_t len)
{
    struct vendor vendors[VENDORS];
    size_t at = 0;

    why[0] = 0;
    if (health->shelf == NULL) {
        snprintf(why, len, "the store is not open yet");
        return false;
    }
    judge(health, vendors);
    for (size_t i = 0; i < VENDORS && at < len; i++)
        if (is_in_the_way(&vendors[i]))
            at += (size_t)snprintf(
                why + at, len - at,
                "%sno valid set of %s's is held; in date there is no %s",
                at > 0 ? ", and " : "", vendors[i].name, vendors[i].missing);
    if (at == 0 && health->draining)
        snprintf(why, len, "draining: no new hosts, please");
    return why[0] == 0;
}

/* ---- answers -------------------------------------------------------------------- */

static struct http_reply *verbose(const struct health *health,
                                  const struct request_id *id)
{
    struct vendor vendors[VENDORS];
    char text[VERBOSE_MAX], lines[VENDORS][128];

    judge(health, vendors);
    for (size_t i = 0; i < VENDORS; i++) {
        bool is_whole = vendors[i].missing[0] == 0;
        snprintf(lines[i], sizeof lines[i], "[%c] %s: %s%s", is_whole ? '+' : ' ',
                 vendors[i].name, is_whole ? "one valid set" : "does not count, without ",
                 vendors[i].missing);
    }
    snprintf(text, sizeof text,
             "[+] store open, generation %llu\n"
             "%s\n"
             "%s\n"
             "[%c] first refresh %s\n"
             "ready\n",
             (unsigned long long)shelf_generation(health->shelf), lines[INTEL],
             lines[AMD], health->started ? '+' : ' ',
             health->started ? "done" : "under way");
    return health_reply(text, id);
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
    char why[FRONT_WHY_MAX];

    if (!health_is_ready(health, why, sizeof why))
        return not_so("not_ready", why, id);
    return is_verbose(target) ? verbose(health, id) : health_reply("ok\n", id);
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
