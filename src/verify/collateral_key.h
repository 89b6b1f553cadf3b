/* SPDX-License-Identifier: Apache-2.0 */
/* What a piece of Intel's collateral is called, whoever asks and on whatever path.
 *
 * Canonical: two requests for the same thing have the same key; no URL ever is one. As
 * text: "root_crl", "pck_crl/platform", "tcb_info/sgx/v3/30606a000000/17",
 * "identity/td_qe/17", "evaluation_numbers/tdx"; a subject (number 0) has no last part.
 * Members that a kind does not use are zero, so that keys compare with
 * collateral_key_compare and hash by their text. */
#ifndef THIM_VERIFY_COLLATERAL_KEY_H
#define THIM_VERIFY_COLLATERAL_KEY_H

#include "format/qe_identity.h"
#include "format/tcb_info.h"

enum collateral_kind {
    COLLATERAL_ROOT_CRL = 1,
    COLLATERAL_PCK_CRL,
    COLLATERAL_TCB_INFO,
    COLLATERAL_IDENTITY,
    COLLATERAL_EVALUATION_NUMBERS,
};

enum pck_ca { PCK_CA_PROCESSOR = 1, PCK_CA_PLATFORM };

struct collateral_key {
    enum collateral_kind kind;
    enum pck_ca ca;          /* PCK_CRL */
    enum tee tee;            /* TCB_INFO, EVALUATION_NUMBERS */
    unsigned version;        /* TCB_INFO: 2 or 3 */
    uint8_t fmspc[6];        /* TCB_INFO */
    enum enclave_id enclave; /* IDENTITY */
    uint32_t
        evaluation_data_number; /* TCB_INFO, IDENTITY; 0 names them all (a subject) */
};

#define COLLATERAL_KEY_TEXT_MAX 64

struct collateral_key_text {
    char s[COLLATERAL_KEY_TEXT_MAX];
};

struct collateral_key_text collateral_key_text(const struct collateral_key *key);
bool collateral_key_read(struct bytes text, struct collateral_key *out) MUST_CHECK;

int collateral_key_compare(const struct collateral_key *a,
                           const struct collateral_key *b);

/* The same key with no evaluation number: what `standard` and `early` are chosen within.
 */
struct collateral_key collateral_subject(const struct collateral_key *key);

const char *pck_ca_name(enum pck_ca ca); /* "processor", "platform" */
const char *collateral_kind_name(enum collateral_kind kind);

/* Ready-made keys. */
struct collateral_key key_root_crl(void);
struct collateral_key key_pck_crl(enum pck_ca ca);
struct collateral_key key_tcb_info(enum tee tee, unsigned version, const uint8_t fmspc[6],
                                   uint32_t evaluation_data_number);
struct collateral_key key_identity(enum enclave_id id, uint32_t evaluation_data_number);
struct collateral_key key_evaluation_numbers(enum tee tee);

#endif
