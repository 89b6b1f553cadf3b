/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control_platforms.h"

#include <stdlib.h>

#include "sim/calendar.h"
#include "sim/documents.h"
#include "sim/faults_json.h"
#include "sim/platforms.h"

/* ---- what hosts there are ---------------------------------------------------------- */

static void set_hex(json_t *one, const char *name, struct bytes value)
{
    struct buf digits;

    buf_init(&digits, 2 * MANIFEST_LEN + 1);
    hex_add(&digits, value);
    json_object_set_new(one, name, json_string(buf_text(&digits)));
    buf_fini(&digits);
}

static void set_name(json_t *one, const char *member, const struct platforms *platforms,
                     enum platform_name what, uint32_t platform)
{
    uint8_t name[PLATFORM_NAME_LEN];

    platform_name(platforms, what, platform, name);
    set_hex(one, member, bytes_of(name, sizeof name));
}

static void set_manifest(json_t *one, const struct platforms *platforms,
                         uint32_t platform)
{
    struct buf manifest;

    if (platform_ca(platform) != WORLD_PLATFORM)
        return;
    buf_init(&manifest, MANIFEST_LEN);
    platform_manifest(platforms, platform, &manifest);
    set_hex(one, "manifest", buf_bytes(&manifest));
    buf_fini(&manifest);
}

/* The newest level is what it runs, and there is a certificate for each. */
static void set_tcbs(json_t *one, unsigned oldest, unsigned newest)
{
    json_t *raw = json_object(), *tcbms = json_array();
    uint8_t tcbm[TCBM_LEN];

    document_tcbm(newest, tcbm);
    set_hex(raw, "cpusvn", bytes_of(tcbm, CPUSVN_LEN));
    set_hex(raw, "pcesvn", bytes_of(tcbm + CPUSVN_LEN, TCBM_LEN - CPUSVN_LEN));
    json_object_set_new(one, "raw", raw);
    for (unsigned level = newest; level >= oldest; level--) {
        document_tcbm(level, tcbm);
        json_array_append_new(tcbms, json_string(hex(tcbm, sizeof tcbm).s));
    }
    json_object_set_new(one, "tcbms", tcbms);
}

static json_t *platform_json(const struct platforms *platforms, uint32_t platform,
                             uint64_t nonce, unsigned newest)
{
    json_t *one = json_object();
    uint8_t encrypted[ENCRYPTED_PPID_LEN], fmspc[FMSPC_LEN];

    platform_encrypt_ppid(platforms, platform, nonce, encrypted);
    platform_fmspc(platforms, platform, fmspc);
    json_object_set_new(one, "index", json_integer(platform));
    set_name(one, "qe_id", platforms, PLATFORM_QE_ID, platform);
    json_object_set_new(one, "pce_id", json_string("0000"));
    set_name(one, "ppid", platforms, PLATFORM_PPID, platform);
    set_hex(one, "encrypted_ppid", bytes_of(encrypted, sizeof encrypted));
    set_hex(one, "fmspc", bytes_of(fmspc, sizeof fmspc));
    json_object_set_new(
        one, "ca",
        json_string(platform_ca(platform) == WORLD_PLATFORM ? "platform" : "processor"));
    set_manifest(one, platforms, platform);
    set_tcbs(one, platforms_oldest_level(platforms, newest), newest);
    return one;
}

struct page {
    uint64_t first, count, nonce;
};

static bool read_page(struct bytes query, struct page *page, struct error *err)
{
    const struct {
        const char *name;
        uint64_t max, *value;
    } parameters[] = {
        { "first=", PLATFORMS_MAX - 1, &page->first },
        { "count=", CONTROL_PLATFORMS_MAX, &page->count },
        { "nonce=", UINT64_MAX, &page->nonce },
    };

    while (query.len > 0) {
        size_t end = bytes_find(query, bytes_of_text("&")), i = 0;
        struct bytes pair = bytes_first(query, end);
        while (i < COUNT_OF(parameters)
               && !bytes_equal_text(bytes_first(pair, 6), parameters[i].name))
            i++;
        if (i == COUNT_OF(parameters)
            || !decimal_read(bytes_after(pair, 6), parameters[i].max,
                             parameters[i].value))
            return error_set(err, ERROR_FORMAT,
                             "%s: expected first=0 to %u, count=0 to %d, nonce=NUMBER",
                             safe(pair).s, PLATFORMS_MAX - 1, CONTROL_PLATFORMS_MAX);
        query = bytes_after(query, end + 1);
    }
    return true;
}

json_t *control_platforms_list(const struct simulator *simulator, struct bytes query,
                               struct error *err)
{
    const struct world *world = &simulator->world;
    struct page page = { .count = 1 };

    if (!read_page(query, &page, err))
        return NULL;
    if (page.first + page.count > PLATFORMS_MAX) {
        error_set(err, ERROR_NOT_FOUND, "there are %u platforms", PLATFORMS_MAX);
        return NULL;
    }
    unsigned newest = world->newest_level(world->context, clock_wall_s(simulator->clock));
    json_t *list = json_array();
    for (uint64_t i = page.first; i < page.first + page.count; i++)
        json_array_append_new(
            list, platform_json(world->platforms, (uint32_t)i, page.nonce, newest));
    return list;
}

/* ---- what happens to one ------------------------------------------------------------
 */

enum need { NO_TCBM, MAY_TCBM, TCBM, TCBM_AND_HOW };

static const struct {
    const char *name;
    enum platform_event_kind kind;
    enum need needs;
} events[] = {
    { "gap", PLATFORM_GAP, TCBM },
    { "fill", PLATFORM_FILL, TCBM },
    { "revoke_pck", PLATFORM_REVOKE_PCK, MAY_TCBM },
    { "forget_platform", PLATFORM_FORGET, NO_TCBM },
    { "odd_pck", PLATFORM_ODD_PCK, TCBM_AND_HOW },
    { "revoke_package", PLATFORM_REVOKE_PACKAGE, NO_TCBM },
    { "wrong_server", PLATFORM_WRONG_SERVER, NO_TCBM },
    { "incompatible_package", PLATFORM_INCOMPATIBLE, NO_TCBM },
};

/* The place of the order's event among events; past the last where it is none of them. */
static size_t place_of(const json_t *order)
{
    const char *name = json_string_value(json_object_get(order, "event"));
    size_t i = 0;

    while (i < COUNT_OF(events) && (name == NULL || strcmp(events[i].name, name) != 0))
        i++;
    return i;
}

bool control_platforms_knows(const json_t *order)
{
    return place_of(order) < COUNT_OF(events);
}

static bool read_platform(const json_t *order, struct platform_event *event,
                          struct error *err)
{
    const json_t *value = json_object_get(order, "platform");
    json_int_t platform = json_integer_value(value);

    if (!json_is_integer(value) || platform < 0 || platform >= PLATFORMS_MAX)
        return error_set(err, ERROR_FORMAT, "platform: expected a number from 0 to %u",
                         PLATFORMS_MAX - 1);
    event->platform = (uint32_t)platform;
    return true;
}

/* The level whose TCB it is, among those disclosed by now. */
static bool read_tcbm(const json_t *order, unsigned newest, struct platform_event *event,
                      struct error *err)
{
    const char *text = json_string_value(json_object_get(order, "tcbm"));
    uint8_t wanted[TCBM_LEN], tcbm[TCBM_LEN];

    if (text == NULL || !hex_read(bytes_of_text(text), wanted, sizeof wanted))
        return error_set(err, ERROR_FORMAT, "tcbm: expected %d hex digits", 2 * TCBM_LEN);
    for (unsigned level = newest; level >= CALENDAR_FIRST; level--) {
        document_tcbm(level, tcbm);
        if (memcmp(tcbm, wanted, sizeof tcbm) == 0)
            event->level = level;
    }
    return event->level != 0
           || error_set(err, ERROR_NOT_FOUND, "tcbm: no level has %s",
                        safe_string(text).s);
}

static bool read_how(const json_t *order, struct platform_event *event, struct error *err)
{
    static const char *const oddities[] = {
        [PCK_STRAIGHT] = "straight",     [PCK_UNREADABLE] = "unreadable",
        [PCK_OTHER_PPID] = "other_ppid", [PCK_IMPOSTOR] = "impostor",
        [PCK_EXPIRED] = "expired",       [PCK_FUTURE] = "future"
    };
    size_t place = 0;
    bool is_known =
        json_read_word(order, "how", oddities, COUNT_OF(oddities), &place, err);

    event->how = (enum pck_oddity)place;
    return is_known;
}

bool control_platforms_event(const struct simulator *simulator, const json_t *order,
                             struct error *err)
{
    static const char *const members[] = { "event", "platform", "tcbm", "how" };
    const struct world *world = &simulator->world;
    int64_t now_s = clock_wall_s(simulator->clock);
    size_t place = place_of(order);
    enum need needs = events[place].needs;
    struct platform_event event = { .kind = events[place].kind, .now_s = now_s };
    size_t allowed = needs == TCBM_AND_HOW ? 4 : needs == NO_TCBM ? 2 : 3;
    bool has_tcbm =
        needs >= TCBM || (needs == MAY_TCBM && json_object_get(order, "tcbm") != NULL);

    return json_only_members(order, members, allowed, err)
           && read_platform(order, &event, err)
           && (!has_tcbm
               || read_tcbm(order, world->newest_level(world->context, now_s), &event,
                            err))
           && (needs != TCBM_AND_HOW || read_how(order, &event, err))
           && world->platform_event(world->context, &event, err);
}
