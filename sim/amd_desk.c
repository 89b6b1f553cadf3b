/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd_desk.h"

#include <stdlib.h>

enum { DAY_S = 86400 };

#define CRL_EVERY_S ((int64_t)182 * DAY_S)
#define CRL_VALID_S ((int64_t)365 * DAY_S)
#define EXPIRED_S ((int64_t)10 * DAY_S) /* how long ago the expired one ended */
#define FUTURE_S ((int64_t)2 * DAY_S)

bool amd_desk_open(const char *seed, int64_t from_s, int64_t to_s, int64_t ordinary_s,
                   struct amd_desk **out, struct error *err)
{
    OWNED(amd_desk_close) struct amd_desk *desk = calloc(1, sizeof *desk);
    struct scramble_key key = scramble_key(seed);

    if (desk == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for AMD");
    if (!chips_open(&key, &desk->chips, err)
        || !amd_pki_open(&key, from_s, to_s, &desk->pki, err)
        || !vek_mint_open(desk->pki, desk->chips, ordinary_s, &desk->mint, err))
        return false;
    *out = TAKE(desk);
    return true;
}

void amd_desk_close(struct amd_desk *desk)
{
    if (desk == NULL)
        return;
    vek_mint_close(desk->mint);
    amd_pki_close(desk->pki);
    chips_close(desk->chips);
    free(desk);
}

static int64_t day_of(int64_t at_s)
{
    return at_s - at_s % DAY_S;
}

static struct amd_signer signer_of(const struct world_question *question)
{
    return (struct amd_signer){ .product = question->product,
                                .role = question->is_vlek ? AMD_ASVK : AMD_ASK,
                                .is_impostor = question->bend == WORLD_IMPOSTOR };
}

static bool give_chain(struct amd_desk *desk, const struct world_question *question,
                       struct world_answer *out, struct error *err)
{
    const struct amd_signer signer = signer_of(question);
    bool has_ended = question->bend == WORLD_EXPIRED;

    out->status = 200;
    return amd_pki_chain(desk->pki, &signer,
                         has_ended ? day_of(question->now_s) - EXPIRED_S : 0, &out->body,
                         err);
}

/* As of the moment that a bend makes of now. */
static struct amd_crl crl_of(const struct amd_desk *desk,
                             const struct world_question *question)
{
    enum amd_role role = question->is_vlek ? AMD_ASVK : AMD_ASK;
    int64_t moment_s = question->now_s;
    struct amd_crl crl = { .this_update_s = 0 };

    if (question->bend == WORLD_OLDER)
        moment_s -= CRL_EVERY_S;
    if (question->bend == WORLD_EXPIRED)
        moment_s -= 3 * CRL_EVERY_S;
    const struct chip_event *revocation = chips_revocation(
        desk->chips, question->is_vlek ? CHIP_REVOKE_ASVK : CHIP_REVOKE_ASK,
        question->product, moment_s);
    crl.revokes[role] = revocation != NULL;
    crl.this_update_s = moment_s - moment_s % CRL_EVERY_S;
    if (revocation != NULL && revocation->now_s > crl.this_update_s)
        crl.this_update_s = revocation->now_s;
    if (question->bend == WORLD_FUTURE)
        crl.this_update_s = day_of(question->now_s) + FUTURE_S;
    crl.next_update_s = crl.this_update_s + CRL_VALID_S;
    return crl;
}

static bool give_crl(struct amd_desk *desk, const struct world_question *question,
                     struct world_answer *out, struct error *err)
{
    const struct amd_signer signer = signer_of(question);
    const struct amd_crl crl = crl_of(desk, question);

    out->status = 200;
    return amd_pki_crl(desk->pki, &signer, &crl, &out->body, err);
}

bool amd_desk_revoking_crl(struct amd_desk *desk, const struct world_question *question,
                           struct buf *out, struct error *err)
{
    const struct amd_signer signer = signer_of(question);
    struct amd_crl crl = crl_of(desk, question);

    crl.revokes[signer.role] = true;
    return amd_pki_crl(desk->pki, &signer, &crl, out, err);
}

static bool give_vek(struct amd_desk *desk, const struct world_question *question,
                     uint32_t chip, struct world_answer *out, struct error *err)
{
    struct vek_order order = { .product = question->product,
                               .is_vlek = question->kind == WORLD_VLEK,
                               .chip = chip,
                               .bend = question->bend,
                               .now_s = question->now_s };

    memcpy(order.tcb_version, question->tcb_version, TCB_VERSION_LEN);
    out->status = 200;
    return vek_mint(desk->mint, &order, &out->body, err);
}

static bool give_vcek(struct amd_desk *desk, const struct world_question *question,
                      struct world_answer *out, struct error *err)
{
    uint32_t chip;

    if (!chip_of_id(desk->chips, question->product, question->chip_id, &chip)
        || chips_find(desk->chips, CHIP_FORGET, chip, question->now_s) != NULL)
        return world_refuse(out, 404, "no such chip");
    if (!chip_has_had(desk->chips, chip, question->tcb_version, question->now_s))
        return world_refuse(out, 404, "no such TCB of this chip");
    if (question->bend == WORLD_OTHER_FMSPC)
        chip = (chip + WORLD_PRODUCTS) % (CHIPS_MAX - CHIPS_MAX % WORLD_PRODUCTS);
    return give_vek(desk, question, chip, out, err);
}

/* Another product's, where a bend wants that, at what it has. */
static bool give_vlek(struct amd_desk *desk, const struct world_question *question,
                      struct world_answer *out, struct error *err)
{
    const uint8_t *newest = amd_product(question->product)->tcb_version;
    struct world_question told = *question;

    if (!desk->lends_vleks)
        return world_refuse(out, 404, "no VLEKs are lent here");
    for (size_t i = 0; i < TCB_VERSION_LEN; i++)
        if (question->tcb_version[i] > newest[i])
            return world_refuse(out, 404, "no such TCB of this product");
    if (question->bend == WORLD_OTHER_FMSPC) {
        told.product = (enum world_product)((told.product + 1) % WORLD_PRODUCTS);
        memcpy(told.tcb_version, amd_product(told.product)->tcb_version, TCB_VERSION_LEN);
    }
    return give_vek(desk, &told, 0, out, err);
}

bool amd_desk_answer(struct amd_desk *desk, const struct world_question *question,
                     struct world_answer *out, struct error *err)
{
    switch (question->kind) {
    case WORLD_VCEK:
        return give_vcek(desk, question, out, err);
    case WORLD_VLEK:
        return give_vlek(desk, question, out, err);
    case WORLD_AMD_CHAIN:
        return give_chain(desk, question, out, err);
    default:
        return give_crl(desk, question, out, err);
    }
}

bool amd_desk_ark(struct amd_desk *desk, enum world_product product, struct buf *out,
                  struct error *err)
{
    const struct amd_signer ark = { .product = product, .role = AMD_ARK };

    return amd_pki_certificate(desk->pki, &ark, out, err);
}
