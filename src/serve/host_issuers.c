/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/host_issuers.h"

#include <pthread.h>
#include <stdlib.h>

enum { BYTES_MAX = 4 * 1024 * 1024 };

struct host_issuers {
    const struct trust *trust;
    pthread_mutex_t lock; /* guards the rest */
    struct arena arena;
    struct host_issuer issuers[HOST_ISSUERS_MAX];
    size_t count;
};

bool host_issuers_create(const struct trust *trust, struct host_issuers **out,
                         struct error *err)
{
    struct host_issuers *issuers = calloc(1, sizeof *issuers);

    if (issuers == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for issuers");
    issuers->trust = trust;
    pthread_mutex_init(&issuers->lock, NULL);
    arena_init(&issuers->arena, BYTES_MAX);
    *out = issuers;
    return true;
}

void host_issuers_destroy(struct host_issuers *issuers)
{
    if (issuers == NULL)
        return;
    for (size_t i = 0; i < issuers->count; i++)
        pck_issuer_release(issuers->issuers[i].verified);
    arena_fini(&issuers->arena);
    pthread_mutex_destroy(&issuers->lock);
    free(issuers);
}

static bool is_chain(const struct host_issuer *issuer, const struct der_chain *chain)
{
    const struct der_chain *its = &pck_issuer_facts(issuer->verified)->chain;

    if (its->count != chain->count)
        return false;
    for (size_t i = 0; i < chain->count; i++)
        if (!bytes_equal(its->certificates[i], chain->certificates[i]))
            return false;
    return true;
}

static bool add(struct host_issuers *issuers, const struct der_chain *chain,
                const struct host_issuer **out, struct error *err)
{
    OWNED(pck_issuer_release) struct verified_pck_issuer *verified = NULL;
    struct host_issuer *issuer = &issuers->issuers[issuers->count];

    if (issuers->count == HOST_ISSUERS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d issuers of PCK certificates",
                         HOST_ISSUERS_MAX);
    if (!verify_pck_issuer(chain, issuers->trust, &verified, err))
        return false;
    issuer->chain = page_chain_write(&issuers->arena, &pck_issuer_facts(verified)->chain);
    if (issuer->chain == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for an issuer chain");
    issuer->verified = TAKE(verified);
    issuers->count++;
    *out = issuer;
    return true;
}

bool host_issuer_of(struct host_issuers *issuers, const struct der_chain *chain,
                    const struct host_issuer **out, struct error *err)
{
    bool found = false;

    pthread_mutex_lock(&issuers->lock);
    for (size_t i = 0; !found && i < issuers->count; i++) {
        found = is_chain(&issuers->issuers[i], chain);
        *out = &issuers->issuers[i];
    }
    found = found || add(issuers, chain, out, err);
    pthread_mutex_unlock(&issuers->lock);
    return found;
}
