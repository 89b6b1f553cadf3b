/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control_amd.h"

#include <stdio.h>

#include "sim/amd_desk.h"
#include "sim/amd_product.h"
#include "sim/faults_json.h"
#include "sim/pki.h"
#include "sim/snp_report.h"

/* ---- what chips there are ---------------------------------------------------------- */

static json_t *spl_json(enum world_product product, const uint8_t tcb[TCB_VERSION_LEN])
{
    json_t *value = json_object();

    for (size_t i = 0; i < AMD_SPLS; i++) {
        const struct amd_spl *spl = &amd_product(product)->spls[i];
        if (spl->parameter != NULL)
            json_object_set_new(value, spl->parameter, json_integer(tcb[spl->byte]));
    }
    return value;
}

static bool set_report(json_t *one, struct amd_desk *amd, uint32_t chip, int64_t now_s,
                       struct error *err)
{
    const struct snp_order order = { .chip = { .is_given = true, .number = chip } };
    struct buf report, text;

    buf_init(&report, SNP_REPORT_LEN);
    buf_init(&text, 2 * SNP_REPORT_LEN);
    bool made = snp_report_mint(amd, &order, now_s, &report, err);
    base64_add(&text, buf_bytes(&report));
    json_object_set_new(one, "report", json_string(buf_text(&text)));
    buf_fini(&report);
    buf_fini(&text);
    return made;
}

static bool add_chip(json_t *list, struct amd_desk *amd, uint32_t chip, int64_t now_s,
                     struct error *err)
{
    enum world_product product = chip_product(chip);
    size_t hwid_len = amd_product(product)->hwid_len;
    uint8_t id[CHIP_ID_LEN], tcb[TCB_VERSION_LEN];
    json_t *one = json_object();

    json_array_append_new(list, one);
    chip_id(amd->chips, chip, id);
    chip_tcb_version(amd->chips, chip, now_s, tcb);
    json_object_set_new(one, "index", json_integer(chip));
    json_object_set_new(one, "product", json_string(amd_product(product)->name));
    json_object_set_new(one, "chip_id", json_string(hex(id, sizeof id).s));
    json_object_set_new(one, "hwid", json_string(hex(id, hwid_len).s));
    json_object_set_new(one, "tcb_version", json_string(amd_tcb_text(tcb).s));
    json_object_set_new(one, "spl", spl_json(product, tcb));
    return set_report(one, amd, chip, now_s, err);
}

static bool read_page(struct bytes query, uint64_t *first, uint64_t *count,
                      struct error *err)
{
    while (query.len > 0) {
        size_t end = bytes_find(query, bytes_of_text("&"));
        struct bytes pair = bytes_first(query, end), value = bytes_after(pair, 6);
        bool is_first = bytes_equal_text(bytes_first(pair, 6), "first=");
        bool is_count = bytes_equal_text(bytes_first(pair, 6), "count=");
        if (!(is_first && decimal_read(value, CHIPS_MAX - 1, first))
            && !(is_count && decimal_read(value, CONTROL_CHIPS_MAX, count)))
            return error_set(err, ERROR_FORMAT,
                             "%s: expected first=0 to %u and count=0 to %d", safe(pair).s,
                             CHIPS_MAX - 1, CONTROL_CHIPS_MAX);
        query = bytes_after(query, end + 1);
    }
    return *first + *count <= CHIPS_MAX
           || error_set(err, ERROR_NOT_FOUND, "there are %u chips", CHIPS_MAX);
}

json_t *control_amd_chips(const struct simulator *simulator, struct bytes query,
                          struct error *err)
{
    int64_t now_s = clock_wall_s(simulator->clock);
    uint64_t first = 0, count = 1;

    if (!read_page(query, &first, &count, err))
        return NULL;
    json_t *list = json_array();
    for (uint64_t i = first; i < first + count; i++)
        if (!add_chip(list, simulator->world.amd, (uint32_t)i, now_s, err)) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* ---- what happens --------------------------------------------------------------------
 */

enum need { CHIP, CHIP_AND_TCB, PRODUCT };

static const struct {
    const char *name;
    enum chip_event_kind kind;
    enum need needs;
} events[] = {
    { "reissue", CHIP_REISSUE, CHIP },
    { "new_tcb", CHIP_NEW_TCB, CHIP_AND_TCB },
    { "forget_chip", CHIP_FORGET, CHIP },
    { "revoke_ask", CHIP_REVOKE_ASK, PRODUCT },
    { "revoke_asvk", CHIP_REVOKE_ASVK, PRODUCT },
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

bool control_amd_knows(const json_t *order)
{
    return place_of(order) < COUNT_OF(events);
}

static bool read_chip(const json_t *order, struct chip_event *event, struct error *err)
{
    const json_t *value = json_object_get(order, "chip");
    json_int_t chip = json_integer_value(value);

    if (!json_is_integer(value) || chip < 0 || chip >= CHIPS_MAX)
        return error_set(err, ERROR_FORMAT, "chip: expected a number from 0 to %u",
                         CHIPS_MAX - 1);
    event->chip = (uint32_t)chip;
    return true;
}

static bool read_tcb(const json_t *order, struct chip_event *event, struct error *err)
{
    const char *text = json_string_value(json_object_get(order, "tcb_version"));
    enum world_product product = chip_product(event->chip);

    return (text != NULL
            && amd_tcb_read(product, bytes_of_text(text), event->tcb_version))
           || error_set(err, ERROR_FORMAT, "tcb_version: expected 16 hex digits of a %s",
                        amd_product(product)->name);
}

static bool read_product(struct bytes name, enum world_product *product,
                         struct error *err)
{
    return amd_product_named(name, product)
           || error_set(err, ERROR_FORMAT,
                        "product: \"%s\", expected Milan, Genoa or Turin", safe(name).s);
}

bool control_amd_event(const struct simulator *simulator, const json_t *order,
                       struct error *err)
{
    static const char *const of_chip[] = { "event", "chip", "tcb_version" };
    static const char *const of_product[] = { "event", "product" };
    size_t place = place_of(order);
    enum need needs = events[place].needs;
    struct chip_event event = { .kind = events[place].kind,
                                .now_s = clock_wall_s(simulator->clock) };
    const char *product = json_string_value(json_object_get(order, "product"));

    if (needs == PRODUCT)
        return json_only_members(order, of_product, COUNT_OF(of_product), err)
               && read_product(bytes_of_text(product == NULL ? "" : product),
                               &event.product, err)
               && chips_add(simulator->world.amd->chips, &event, err);
    return json_only_members(order, of_chip, needs == CHIP ? 2 : 3, err)
           && read_chip(order, &event, err)
           && (needs == CHIP || read_tcb(order, &event, err))
           && chips_add(simulator->world.amd->chips, &event, err);
}

/* ---- rate and roots ------------------------------------------------------------------
 */

json_t *control_amd_status(const struct simulator *simulator)
{
    const struct kds_rate *rate = &simulator->kds_rate;
    json_t *value = json_object();

    json_object_set_new(value, "limited", json_integer((json_int_t)rate->limited));
    json_object_set_new(value, "largest_in_window",
                        json_integer((json_int_t)rate->largest_in_window));
    json_object_set_new(value, "window_s", json_integer(rate->window_s));
    return value;
}

static bool read_query(struct bytes query, enum world_product *product, struct error *err)
{
    static const char name[] = "product=";
    size_t len = sizeof name - 1;

    if (!bytes_equal_text(bytes_first(query, len), name))
        return error_set(err, ERROR_FORMAT, "expected ?product=Milan, Genoa or Turin");
    return read_product(bytes_after(query, len), product, err);
}

bool control_amd_ark(const struct simulator *simulator, struct bytes query,
                     struct buf *out, struct error *err)
{
    const struct world *world = &simulator->world;
    enum world_product product;

    return read_query(query, &product, err)
           && world->ark(world->context, product, out, err);
}

static bool add_spki(const struct world *world, enum world_product product,
                     struct buf *out, struct error *err)
{
    uint8_t digest[32];
    struct buf pem;

    buf_init(&pem, WORLD_CHAIN_MAX);
    bool known = world->ark(world->context, product, &pem, err)
                 && pem_spki_sha256(buf_bytes(&pem), digest, err);
    buf_fini(&pem);
    if (known)
        buf_addf(out, "%s\n", hex(digest, sizeof digest).s);
    return known;
}

bool control_amd_ark_spki(const struct simulator *simulator, struct bytes query,
                          struct buf *out, struct error *err)
{
    enum world_product product;

    if (query.len > 0)
        return read_query(query, &product, err)
               && add_spki(&simulator->world, product, out, err);
    for (int i = 0; i < WORLD_PRODUCTS; i++)
        if (!add_spki(&simulator->world, (enum world_product)i, out, err))
            return false;
    return true;
}
