/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_health.h"

#include <stdio.h>
#include <string.h>

#include "serve/front.h"

enum { VERBOSE_MAX = 32 * 1024 };

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

static void write_vendors(const struct health *health, struct buf *out)
{
    struct vendor vendors[VENDORS];

    judge(health, vendors);
    for (size_t i = 0; i < VENDORS; i++) {
        bool is_whole = vendors[i].missing[0] == 0;
        buf_addf(out, "[%c] %s: %s%s\n", is_whole ? '+' : ' ', vendors[i].name,
                 is_whole ? "one valid set" : "does not count, without ",
                 vendors[i].missing);
    }
}

/* A baseline that is not where it is meant to be keeps nobody from being served. Anybody
 * may ask, so what stands in its way, and how many hosts, is left to thim status. */
static bool is_settled(enum baseline_reason reason)
{
    return reason == REASON_FOLLOWS || reason == REASON_PINNED;
}

static void write_baselines(const struct baseline_view *view, struct buf *out)
{
    static const enum tee tees[] = { TEE_SGX, TEE_TDX };

    for (size_t i = 0; i < view->law->count; i++)
        for (size_t k = 0; k < COUNT_OF(tees); k++) {
            const struct baseline_stand *stand = baseline_view_stand(view, i, tees[k]);
            if (stand->decision.reason == REASON_NOTHING)
                continue;
            buf_addf(out, "[%c] baseline %s, %s: %u, %s%s\n",
                     is_settled(stand->decision.reason) ? '+' : '!',
                     view->law->policies[i].name, tee_name(tees[k]),
                     (unsigned)stand->number,
                     baseline_reason_name(stand->decision.reason),
                     stand->decision.pin_is_lost ? ", its pin is lost" : "");
        }
}

static struct http_reply *verbose(const struct health *health,
                                  const struct request_id *id)
{
    struct buf text;

    buf_init(&text, VERBOSE_MAX);
    buf_addf(&text, "[+] store open, generation %llu\n",
             (unsigned long long)shelf_generation(health->shelf));
    write_vendors(health, &text);
    write_baselines(shelf_view(health->shelf), &text);
    buf_addf(&text, "[%c] first refresh %s\nready\n", health->started ? '+' : ' ',
             health->started ? "done" : "under way");
    struct http_reply *reply = text.failed ? NULL : health_reply(buf_text(&text), id);
    buf_fini(&text);
    return reply;
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
