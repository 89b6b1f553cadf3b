/* SPDX-License-Identifier: Apache-2.0 */
/* The synthetic world's AMD chips: who they are, and what has happened to them and to the
 * authorities above them.
 *
 * As with platforms.h, nothing is kept of a chip that nothing has happened to: its chip
 * id is its index scrambled, and can be taken apart again. Chip i is a Milan, Genoa or
 * Turin by i modulo 3. A moment is given wherever events count: asked about one before an
 * event, the answer is as if that had not happened. */
#ifndef THIM_SIM_CHIPS_H
#define THIM_SIM_CHIPS_H

#include "kit/error.h"
#include "sim/scramble.h"
#include "sim/world.h"

#define CHIPS_MAX ((uint32_t)1 << 20)
#define CHIP_EVENTS_MAX 4096

enum chip_event_kind {
    CHIP_REISSUE, /* its certificates are signed anew, with the keys they had */
    CHIP_NEW_TCB, /* its firmware is another from now on */
    CHIP_FORGET,  /* KDS has never heard of it */
    CHIP_REVOKE_ASK,
    CHIP_REVOKE_ASVK
};

struct chip_event {
    enum chip_event_kind kind;
    uint32_t chip;
    uint8_t tcb_version[TCB_VERSION_LEN]; /* NEW_TCB */
    enum world_product product;           /* REVOKE_ASK, REVOKE_ASVK */
    int64_t now_s;
};

struct chips;

bool chips_open(const struct scramble_key *key, struct chips **out, struct error *err)
    MUST_CHECK;
void chips_close(struct chips *chips); /* accepts NULL */
DEFINE_OWNED(struct chips *, chips_close)

enum world_product chip_product(uint32_t chip);
void chip_id(const struct chips *chips, uint32_t chip, uint8_t out[CHIP_ID_LEN]);
/* False where no chip of the product has this id. */
bool chip_of_id(const struct chips *chips, enum world_product product,
                const uint8_t id[CHIP_ID_LEN], uint32_t *chip);

/* 32 bytes that follow from chip and TCB: its VCEK's key. */
void chip_secret(const struct chips *chips, uint32_t chip,
                 const uint8_t tcb_version[TCB_VERSION_LEN], uint8_t out[32]);

/* ERROR_LIMIT past CHIP_EVENTS_MAX, ERROR_NOT_FOUND past CHIPS_MAX. */
bool chips_add(struct chips *chips, const struct chip_event *event, struct error *err)
    MUST_CHECK;

/* What it runs. */
void chip_tcb_version(const struct chips *chips, uint32_t chip, int64_t now_s,
                      uint8_t out[TCB_VERSION_LEN]);

/* Whether each part of the TCB is one that the chip has had by now, or less. */
bool chip_has_had(const struct chips *chips, uint32_t chip,
                  const uint8_t tcb_version[TCB_VERSION_LEN], int64_t now_s);

/* The newest event of a kind and a chip, or of a kind and a product; NULL where none has
 * happened by now. */
const struct chip_event *chips_find(const struct chips *chips, enum chip_event_kind kind,
                                    uint32_t chip, int64_t now_s);
const struct chip_event *chips_revocation(const struct chips *chips,
                                          enum chip_event_kind kind,
                                          enum world_product product, int64_t now_s);

/* How often its certificates have been signed anew. */
uint32_t chip_reissues(const struct chips *chips, uint32_t chip, int64_t now_s);

#endif
