/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/known_signers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    WAYS = 4, /* places that one digest may have */
    ISSUERS = 16,
    PCKS_DEFAULT = 256,
    QES_DEFAULT = 1024,
    VEKS_DEFAULT = 256,
    CACHE_LINE = 64,
};

/* ---- a table: digest to value, the least lately used of four gives way --------------
 */

struct slot {
    struct sha256 digest;
    uint64_t used; /* by the table's tick; 0: empty */
    void *value;
};

struct table {
    struct slot *slots;
    size_t sets;
    uint64_t tick;
    void (*drop)(void *value);
};

static bool table_init(struct table *table, size_t entries, void (*drop)(void *value))
{
    table->drop = drop;
    table->sets = (entries + WAYS - 1) / WAYS;
    table->slots = calloc(table->sets * WAYS, sizeof *table->slots);
    return table->slots != NULL;
}

static void table_fini(struct table *table)
{
    for (size_t i = 0; table->slots != NULL && i < table->sets * WAYS; i++)
        if (table->slots[i].used != 0)
            table->drop(table->slots[i].value);
    free(table->slots);
}

/* Nobody can choose digests of what verifies, so they are spread well as they are. */
static struct slot *set_of(const struct table *table, const struct sha256 *digest)
{
    uint64_t hash;

    memcpy(&hash, digest->digest, sizeof hash);
    return &table->slots[hash % table->sets * WAYS];
}

static void *table_find(struct table *table, const struct sha256 *digest)
{
    struct slot *set = set_of(table, digest);

    for (size_t i = 0; i < WAYS; i++)
        if (set[i].used != 0 && memcmp(&set[i].digest, digest, sizeof *digest) == 0) {
            set[i].used = ++table->tick;
            return set[i].value;
        }
    return NULL;
}

/* Takes the value, in place of its digest's former one or the one used longest ago. */
static void table_add(struct table *table, const struct sha256 *digest, void *value)
{
    struct slot *set = set_of(table, digest), *place = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        bool is_same =
            set[i].used != 0 && memcmp(&set[i].digest, digest, sizeof *digest) == 0;
        if (is_same || set[i].used < place->used)
            place = &set[i];
        if (is_same)
            break;
    }
    if (place->used != 0)
        table->drop(place->value);
    *place = (struct slot){ .digest = *digest, .used = ++table->tick, .value = value };
}

/* ---- what is known ----------------------------------------------------------------- */

struct known_signers {
    struct table issuers, pcks, qes, veks;
};

static void pck_drop(void *value)
{
    struct known_pck *known = value;

    if (known == NULL)
        return;
    pck_release((struct verified_pck *)(uintptr_t)known->pck);
    p256_key_free(known->key);
    free(known);
}

static void issuer_drop(void *value)
{
    pck_issuer_release(value);
}

static void qe_drop(void *value)
{
    p256_key_free(value);
}

static void vek_drop(void *value)
{
    p384_key_free(value);
}

static size_t or_default(size_t given, size_t otherwise)
{
    return given > 0 ? given : otherwise;
}

bool known_signers_create(const struct known_limits *limits, struct known_signers **out,
                          struct error *err)
{
    static const struct known_limits defaults = { 0 };
    OWNED(known_signers_destroy) struct known_signers *known = calloc(1, sizeof *known);

    *out = NULL;
    if (limits == NULL)
        limits = &defaults;
    if (known == NULL || !table_init(&known->issuers, ISSUERS, issuer_drop)
        || !table_init(&known->pcks, or_default(limits->pcks, PCKS_DEFAULT), pck_drop)
        || !table_init(&known->qes, or_default(limits->qes, QES_DEFAULT), qe_drop)
        || !table_init(&known->veks, or_default(limits->veks, VEKS_DEFAULT), vek_drop))
        return error_set(err, ERROR_SYSTEM, "no memory");
    *out = TAKE(known);
    return true;
}

void known_signers_destroy(struct known_signers *known)
{
    if (known == NULL)
        return;
    table_fini(&known->issuers);
    table_fini(&known->pcks);
    table_fini(&known->qes);
    table_fini(&known->veks);
    free(known);
}

const struct verified_pck_issuer *known_issuer_find(struct known_signers *known,
                                                    const struct sha256 *digest)
{
    return table_find(&known->issuers, digest);
}

void known_issuer_add(struct known_signers *known, const struct sha256 *digest,
                      const struct verified_pck_issuer *issuer)
{
    table_add(&known->issuers, digest, pck_issuer_hold(issuer));
}

const struct known_pck *known_pck_find(struct known_signers *known,
                                       const struct sha256 *digest)
{
    return table_find(&known->pcks, digest);
}

const struct known_pck *known_pck_add(struct known_signers *known,
                                      const struct sha256 *digest,
                                      const struct verified_pck *pck, struct error *err)
{
    struct known_pck *made = calloc(1, sizeof *made);

    if (made == NULL) {
        (void)error_set(err, ERROR_SYSTEM, "no memory");
        return NULL;
    }
    made->pck = pck_hold(pck);
    made->digest = *digest;
    if (!p256_key_make(pck_facts(pck)->public_key.at, &made->key, err)) {
        pck_drop(made);
        return NULL;
    }
    table_add(&known->pcks, digest, made);
    return made;
}

struct p256_key *known_qe_find(struct known_signers *known, const struct sha256 *digest)
{
    return table_find(&known->qes, digest);
}

void known_qe_add(struct known_signers *known, const struct sha256 *digest,
                  struct p256_key *key)
{
    table_add(&known->qes, digest, key);
}

struct p384_key *known_vek_key(struct known_signers *known,
                               const struct verified_vcek *vek, struct error *err)
{
    const struct vcek_facts *facts = vcek_facts(vek);
    struct sha256 digest;

    memcpy(digest.digest, facts->digest, sizeof digest.digest);
    struct p384_key *key = table_find(&known->veks, &digest);
    if (key == NULL && p384_key_make(facts->public_key.at, &key, err))
        table_add(&known->veks, &digest, key);
    return key;
}

/* ---- lanes ------------------------------------------------------------------------- */

struct lane {
    _Alignas(CACHE_LINE) atomic_bool is_taken;
    struct known_signers *known;
};

struct signer_lanes {
    size_t count;
    struct lane *lanes;
};

bool signer_lanes_create(size_t lanes, const struct known_limits *limits,
                         struct signer_lanes **out, struct error *err)
{
    OWNED(signer_lanes_destroy) struct signer_lanes *made = calloc(1, sizeof *made);

    *out = NULL;
    if (made == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    made->lanes = aligned_alloc(CACHE_LINE, lanes * sizeof *made->lanes);
    if (made->lanes == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    for (; made->count < lanes; made->count++) {
        struct lane *lane = &made->lanes[made->count];
        atomic_init(&lane->is_taken, false);
        if (!known_signers_create(limits, &lane->known, err))
            return false;
    }
    *out = TAKE(made);
    return true;
}

void signer_lanes_destroy(struct signer_lanes *lanes)
{
    if (lanes == NULL)
        return;
    for (size_t i = 0; i < lanes->count; i++)
        known_signers_destroy(lanes->lanes[i].known);
    free(lanes->lanes);
    free(lanes);
}

/* The same for one thread each time, so that it finds what it has verified before. */
static size_t lane_of_thread(const struct signer_lanes *lanes)
{
    uint64_t hash = (uint64_t)pthread_self() * 0x9e3779b97f4a7c15u;

    return (size_t)((hash >> 32) % lanes->count);
}

struct known_signers *signer_lanes_take(struct signer_lanes *lanes)
{
    size_t first = lanes->count > 0 ? lane_of_thread(lanes) : 0;

    for (size_t i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->lanes[(first + i) % lanes->count];
        if (!atomic_exchange_explicit(&lane->is_taken, true, memory_order_acquire))
            return lane->known;
    }
    return NULL;
}

void signer_lanes_give_back(struct signer_lanes *lanes, struct known_signers *known)
{
    for (size_t i = 0; known != NULL && i < lanes->count; i++)
        if (lanes->lanes[i].known == known)
            atomic_store_explicit(&lanes->lanes[i].is_taken, false, memory_order_release);
}
