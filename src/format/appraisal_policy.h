/* SPDX-License-Identifier: Apache-2.0 */
/* An appraisal policy as Intel's QAL takes it: a JWS in compact form whose payload has
 * the policy as a JSON text.
 *
 * Source: PCCS 1.27, PUT /appraisalpolicy (reference intel-pccs-and-pcs, section 6); RFC
 * 7515 (JWS), RFC 7518 (ES256, ES384; "none"). The payload's member policy_payload is a
 * string that holds JSON with policy_array, each of whose entries has
 * environment.class_id, a UUID that says what it is about.
 * Lifetime: views look into the text or the arena. */
#ifndef THIM_FORMAT_APPRAISAL_POLICY_H
#define THIM_FORMAT_APPRAISAL_POLICY_H

#include "kit/arena.h"
#include "kit/error.h"

#define APPRAISAL_POLICY_MAX (256 * 1024) /* bytes of the JWS */

enum policy_tee { /* what a policy speaks of; bits, since one may speak of several */
                  POLICY_SGX = 1 << 0,
                  POLICY_TDX_1_0 = 1 << 1,
                  POLICY_TDX_1_5 = 1 << 2,
                  POLICY_TD_QE = 1 << 3,
};

enum jws_algorithm { JWS_NONE = 1, JWS_ES256, JWS_ES384, JWS_OTHER };

struct appraisal_policy {
    enum jws_algorithm algorithm;
    struct bytes signed_part; /* header and payload with the dot between */
    uint8_t signature[96];    /* r then s: 64 or 96 bytes of it */
    size_t signature_len;
    unsigned tees; /* enum policy_tee, one beside TD-QE at least */
};

/* ERROR_FORMAT names the part. A class id that nobody knows is refused by name, and so is
 * one of enclaves or TDs: what is kept here is handed out as the platform's. Line ends
 * behind the JWS are passed over. */
bool appraisal_policy_parse(struct bytes jws, struct arena *arena,
                            struct appraisal_policy *out, struct error *err) MUST_CHECK;

struct policy_key { /* from a PEM public key or certificate */
    bool is_p384;
    uint8_t point[96]; /* X then Y: 64 or 96 bytes */
};

/* "-----BEGIN PUBLIC KEY-----" (SubjectPublicKeyInfo) or a certificate, of which nothing
 * but the key counts. */
bool policy_key_read(struct bytes pem, struct arena *arena, struct policy_key *out,
                     struct error *err) MUST_CHECK;

/* Whether one of the keys has signed it. ERROR_UNTRUSTED. */
bool appraisal_policy_verify(const struct appraisal_policy *policy,
                             const struct policy_key *keys, size_t count,
                             struct error *err) MUST_CHECK;

#endif
