/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chips.h"

#include <stdlib.h>

#include "sim/amd_product.h"

enum { INDEX_LEN = 8 }; /* the part of a chip id that is the index; all of a Turin's */

struct chips {
    struct scramble_key key;
    struct chip_event events[CHIP_EVENTS_MAX];
    size_t count;
};

bool chips_open(const struct scramble_key *key, struct chips **out, struct error *err)
{
    struct chips *chips = calloc(1, sizeof *chips);

    if (chips == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for chips");
    chips->key = *key;
    *out = chips;
    return true;
}

void chips_close(struct chips *chips)
{
    free(chips);
}

/* ---- who they are ------------------------------------------------------------------ */

enum world_product chip_product(uint32_t chip)
{
    return (enum world_product)(chip % WORLD_PRODUCTS);
}

/* The scrambled index, then what follows from it. */
void chip_id(const struct chips *chips, uint32_t chip, uint8_t out[CHIP_ID_LEN])
{
    size_t len = amd_product(chip_product(chip))->hwid_len;

    memset(out, 0, CHIP_ID_LEN);
    scramble(&chips->key, "chip", chip, out, INDEX_LEN);
    scramble_mix(scramble_u64(scramble_digest(&chips->key, "chip id", chip, 0).digest),
                 out + INDEX_LEN, len - INDEX_LEN);
}

bool chip_of_id(const struct chips *chips, enum world_product product,
                const uint8_t id[CHIP_ID_LEN], uint32_t *chip)
{
    uint8_t whole[CHIP_ID_LEN];

    if (!unscramble(&chips->key, "chip", id, INDEX_LEN, chip) || *chip >= CHIPS_MAX
        || chip_product(*chip) != product)
        return false;
    chip_id(chips, *chip, whole);
    return memcmp(whole, id, sizeof whole) == 0;
}

void chip_secret(const struct chips *chips, uint32_t chip,
                 const uint8_t tcb_version[TCB_VERSION_LEN], uint8_t out[32])
{
    struct sha256 secret =
        scramble_digest(&chips->key, "VCEK", chip, scramble_u64(tcb_version));

    memcpy(out, secret.digest, sizeof secret.digest);
}

/* ---- what has happened ------------------------------------------------------------- */

bool chips_add(struct chips *chips, const struct chip_event *event, struct error *err)
{
    if (event->chip >= CHIPS_MAX)
        return error_set(err, ERROR_NOT_FOUND, "chip: there are %u, from 0", CHIPS_MAX);
    if (chips->count == CHIP_EVENTS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d events of chips",
                         CHIP_EVENTS_MAX);
    chips->events[chips->count++] = *event;
    return true;
}

/* The newest event before a place among them; NULL where there is none. */
static const struct chip_event *find_before(const struct chips *chips,
                                            enum chip_event_kind kind, uint32_t chip,
                                            int64_t now_s, size_t place)
{
    while (place-- > 0) {
        const struct chip_event *event = &chips->events[place];
        if (event->kind == kind && event->chip == chip && event->now_s <= now_s)
            return event;
    }
    return NULL;
}

const struct chip_event *chips_find(const struct chips *chips, enum chip_event_kind kind,
                                    uint32_t chip, int64_t now_s)
{
    return find_before(chips, kind, chip, now_s, chips->count);
}

const struct chip_event *chips_revocation(const struct chips *chips,
                                          enum chip_event_kind kind,
                                          enum world_product product, int64_t now_s)
{
    for (size_t i = chips->count; i-- > 0;) {
        const struct chip_event *event = &chips->events[i];
        if (event->kind == kind && event->product == product && event->now_s <= now_s)
            return event;
    }
    return NULL;
}

uint32_t chip_reissues(const struct chips *chips, uint32_t chip, int64_t now_s)
{
    const struct chip_event *event = chips_find(chips, CHIP_REISSUE, chip, now_s);
    uint32_t count = 0;

    for (; event != NULL; count++)
        event = find_before(chips, CHIP_REISSUE, chip, now_s,
                            (size_t)(event - chips->events));
    return count;
}

void chip_tcb_version(const struct chips *chips, uint32_t chip, int64_t now_s,
                      uint8_t out[TCB_VERSION_LEN])
{
    const struct chip_event *event = chips_find(chips, CHIP_NEW_TCB, chip, now_s);

    memcpy(out,
           event != NULL ? event->tcb_version
                         : amd_product(chip_product(chip))->tcb_version,
           TCB_VERSION_LEN);
}

bool chip_has_had(const struct chips *chips, uint32_t chip,
                  const uint8_t tcb_version[TCB_VERSION_LEN], int64_t now_s)
{
    const struct chip_event *event = chips_find(chips, CHIP_NEW_TCB, chip, now_s);
    uint8_t newest[TCB_VERSION_LEN];

    memcpy(newest, amd_product(chip_product(chip))->tcb_version, sizeof newest);
    while (event != NULL) {
        for (size_t i = 0; i < sizeof newest; i++)
            if (event->tcb_version[i] > newest[i])
                newest[i] = event->tcb_version[i];
        event = find_before(chips, CHIP_NEW_TCB, chip, now_s,
                            (size_t)(event - chips->events));
    }
    for (size_t i = 0; i < sizeof newest; i++)
        if (tcb_version[i] > newest[i])
            return false;
    return true;
}
