/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of AMD's: issuer chains and CRLs by product, and the VCEKs and VLEKs of
 * chips. Rows, not generations: each stands for itself, and nothing goes with another's
 * number. doc/store.md describes them.
 *
 * Written on the store thread through the struct store; read through a platform_reader
 * (store/platform_reader.h) from any thread. */
#ifndef THIM_STORE_CHIPS_H
#define THIM_STORE_CHIPS_H

#include "store/platform_reader.h"
#include "verify/amd_crl.h"
#include "verify/amd_issuer.h"
#include "verify/vcek.h"

/* TCBs of one chip. One gives way to the next: of those that the weakest made known, the
 * one asked for longest ago, so that no stranger's pushes out a known one. */
#define CHIP_TCBS_MAX 32

/* Who made the chip known. Strangers' chips are kept too, once verified, but theirs are
 * the slots that are rationed. */
enum chip_known_by {
    CHIP_BY_ASKING = 1,
    CHIP_BY_IMPORT,
    CHIP_BY_TOKEN,
    CHIP_BY_OPERATOR, /* configured, or imported over the admin socket */
};

/* Always kept by kds_key: product and kind, and for certificates chip and TCB_VERSION.
 * As a reader gives it, bytes in the arena, or valid during a visit only. */
struct chip_row {
    int64_t row;
    struct kds_key key;
    struct bytes der; /* empty: known, but not fetched yet, or damaged (and logged) */
    uint8_t digest[32];
    struct der_chain issuer_chain; /* ASK or ASVK, ARK: what it was verified under */
    bool revocation_checked;
    enum chip_known_by known_by;
    char source[PLATFORM_NAME_MAX];
    int64_t first_seen_s, fetched_s, last_asked_s;
    int64_t due_s; /* when to be fetched; 0: no need */
    uint32_t failures;
    char why[PLATFORM_WHY_MAX];
};

struct amd_list_row {       /* a chain, or a CRL */
    struct kds_key key;     /* KDS_CHAIN; or KDS_CRL, which is the ARK's: VEK_VCEK */
    struct der_chain chain; /* KDS_CHAIN: itself; KDS_CRL: what it was verified under */
    struct bytes crl;
    char source[PLATFORM_NAME_MAX];
    int64_t fetched_s, confirmed_s;
};

/* ---- writing, on the store thread ---------------------------------------------------
 */

enum chip_outcome { CHIP_ADDED = 1, CHIP_REPLACED, CHIP_SAME };

struct chip_change {
    const struct verified_vcek *vcek;
    enum chip_known_by known_by;
    const char *source;
    int64_t now_s;
};

/* A re-issued certificate (same key, other bytes) takes the place of the one before,
 * unless it ends earlier (CHIP_SAME then, and no longer due); known_by never weakens.
 * ERROR_UNTRUSTED under a test root in an unmarked store. CHIP_ADDED where there was no
 * certificate, wanted or not. */
bool store_keep_chip(struct store *store, const struct chip_change *change,
                     enum chip_outcome *outcome, struct error *err) MUST_CHECK;

/* Chips that are to be fetched: known from now on, due now where there is no certificate.
 * One transaction. *added: how many were not known. */
bool store_want_chips(struct store *store, const struct kds_key *keys, size_t count,
                      enum chip_known_by known_by, int64_t now_s, size_t *added,
                      struct error *err) MUST_CHECK;
bool store_chip_failed(struct store *store, const struct kds_key *key, const char *why,
                       int64_t due_s, struct error *err) MUST_CHECK;
bool store_chips_asked(struct store *store, const struct kds_key *keys, size_t count,
                       int64_t now_s, struct error *err) MUST_CHECK;
bool store_forget_chip(struct store *store, const struct kds_key *key, bool *found,
                       struct error *err) MUST_CHECK;

bool store_keep_amd_issuer(struct store *store, const struct verified_amd_issuer *issuer,
                           const char *source, int64_t now_s, struct error *err)
    MUST_CHECK;
/* Refuses one that may not replace what is kept (ERROR_STALE). */
bool store_keep_amd_crl(struct store *store, const struct verified_amd_crl *crl,
                        const struct verified_amd_issuer *issuer, const char *source,
                        int64_t now_s, struct error *err) MUST_CHECK;

/* ---- reading ------------------------------------------------------------------------
 */

/* ERROR_NOT_FOUND where it is not known, or its row is damaged (logged). ERROR_LIMIT
 * past the arena, for which 64 KiB will do. */
bool chip_find(struct platform_reader *reader, const struct kds_key *key,
               struct arena *arena, struct chip_row *out, struct error *err) MUST_CHECK;

/* Every TCB of one chip, whose key is a certificate's; its product and hwid count. */
bool chip_tcbs(struct platform_reader *reader, const struct kds_key *chip,
               bool (*visit)(void *context, const struct chip_row *row), void *context,
               struct error *err) MUST_CHECK;

/* Rows after the given one in their order, at most `most`; *last: the last of them, 0 for
 * none. */
bool chips_walk(struct platform_reader *reader, int64_t after, size_t most,
                bool (*visit)(void *context, const struct chip_row *row), void *context,
                int64_t *last, struct error *err) MUST_CHECK;

/* Those due, known ones first, longest due first. */
bool chips_due(struct platform_reader *reader, int64_t now_s, size_t most,
               struct kds_key *keys, size_t *count, struct error *err) MUST_CHECK;

bool amd_lists_walk(struct platform_reader *reader,
                    bool (*visit)(void *context, const struct amd_list_row *row),
                    void *context, struct error *err) MUST_CHECK;

struct chip_counts { /* of chips at one TCB each */
    uint64_t known, held, waiting;
};
bool chips_count(struct platform_reader *reader, struct chip_counts *out,
                 struct error *err) MUST_CHECK;

#endif
