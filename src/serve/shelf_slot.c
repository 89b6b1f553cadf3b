/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf_slot.h"

#include "baseline/policy.h"

enum { /* places in the key */
       AT_KIND = 0,
       AT_OLDER_PATH,
       AT_VARIETY, /* CA, TEE, enclave or platform, as the kind has it */
       AT_FORM,
       AT_CHOICE,
       AT_VERSION,
       AT_FMSPC,
       AT_NUMBER = AT_FMSPC + 6,
       KIND_FMSPCS = 0x40, /* beside the kinds of collateral */
       OF_BASELINES = 0x40 /* beside the choices: the first policy's */
};
_Static_assert(AT_NUMBER + 4 == SLOT_KEY_LEN, "all bytes have a meaning");
_Static_assert(OF_BASELINES + BASELINES_MAX <= UINT8_MAX, "a byte tells baselines apart");

static uint8_t variety_of(const struct collateral_key *key)
{
    switch (key->kind) {
    case COLLATERAL_PCK_CRL:
        return (uint8_t)key->ca;
    case COLLATERAL_TCB_INFO:
    case COLLATERAL_EVALUATION_NUMBERS:
        return (uint8_t)key->tee;
    case COLLATERAL_IDENTITY:
        return (uint8_t)key->enclave;
    case COLLATERAL_ROOT_CRL:
        return 0;
    }
    return 0;
}

struct slot_key slot_key_of(const struct slot_asked *asked)
{
    const struct collateral_key *key = &asked->key;
    struct slot_key out = { 0 };

    out.at[AT_KIND] = (uint8_t)key->kind;
    out.at[AT_OLDER_PATH] = asked->older_path;
    out.at[AT_VARIETY] = variety_of(key);
    out.at[AT_FORM] = (uint8_t)asked->form;
    out.at[AT_CHOICE] = asked->choice == CHOOSE_BASELINE
                            ? (uint8_t)(OF_BASELINES + asked->policy)
                            : (uint8_t)asked->choice;
    out.at[AT_VERSION] = (uint8_t)key->version;
    memcpy(out.at + AT_FMSPC, key->fmspc, sizeof key->fmspc);
    if (asked->choice == CHOOSE_NUMBER)
        memcpy(out.at + AT_NUMBER, &key->evaluation_data_number, 4);
    return out;
}

struct slot_key slot_key_of_fmspcs(enum fmspc_platform platform, bool older_path)
{
    struct slot_key out = { 0 };

    out.at[AT_KIND] = KIND_FMSPCS;
    out.at[AT_OLDER_PATH] = older_path;
    out.at[AT_VARIETY] = (uint8_t)platform;
    return out;
}
