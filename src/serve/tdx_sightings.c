/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/tdx_sightings.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/log.h"
#include "kit/text.h"
#include "serve/page_cache.h"
#include "store/host_reader.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)

enum { PLACES = 4096 };

struct tdx_sightings {
    struct store_writer *writer;
    _Atomic uint64_t told[PLACES]; /* each at its own place; 0: nothing */
};

bool tdx_sightings_create(struct store_writer *writer, struct tdx_sightings **out,
                          struct error *err)
{
    struct tdx_sightings *sightings = calloc(1, sizeof *sightings);

    if (sightings == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for what quotes show");
    sightings->writer = writer;
    *out = sightings;
    return true;
}

void tdx_sightings_destroy(struct tdx_sightings *sightings)
{
    free(sightings);
}

/* ---- to the store ------------------------------------------------------------------ */

struct sighting {
    struct platform_name name;
    struct sha256 ppid;
    uint8_t tee_tcb_svn[16];
    int64_t now_s;
};

static void keep(void *sighting_, struct store *store)
{
    struct sighting *sighting = sighting_;
    struct error err = { 0 };
    bool raised;

    if (!store_raise_tdx_svn(store, &sighting->name, sighting->ppid.digest,
                             sighting->tee_tcb_svn, sighting->now_s, &raised, &err))
        log_event(LOG_WARNING, "verify", "TDX SVNs of a platform are not kept why=\"%s\"",
                  err.text);
    free(sighting);
}

static struct sighting *sighting_of(const struct verdict *verdict, struct bytes svn)
{
    const struct quote_facts *facts = &verdict->intel;
    struct sighting *sighting = malloc(sizeof *sighting);

    if (sighting == NULL)
        return NULL;
    *sighting = (struct sighting){
        .name.pce_id = (uint16_t)(facts->pck.pce_id[0] << 8 | facts->pck.pce_id[1]),
        .ppid = sha256(bytes_of(facts->pck.ppid, sizeof facts->pck.ppid)),
        .now_s = verdict->now_s,
    };
    snprintf(sighting->name.qe_id, sizeof sighting->name.qe_id, "%s",
             hex(facts->quote.qe_id.at, facts->quote.qe_id.len).s);
    memcpy(sighting->tee_tcb_svn, svn.at, sizeof sighting->tee_tcb_svn);
    return sighting;
}

/* ---- what has been told -------------------------------------------------------------
 */

/* What runs now, where the quote says so, else what the TD was launched on. */
static struct bytes svn_of(const struct td_report *td)
{
    return td->form == TD_REPORT_10 ? td->tee_tcb_svn : td->tee_tcb_svn2;
}

static uint64_t digest_of(const struct verdict *verdict, struct bytes svn)
{
    int64_t hour = verdict->now_s / TDX_TOLD_EVERY_S;
    uint64_t digest = page_cache_hash(FNV_BASIS, verdict->intel.quote.qe_id);

    digest = page_cache_hash(digest, svn);
    digest = page_cache_hash(digest, bytes_of(&hour, sizeof hour));
    return digest != 0 ? digest : 1;
}

void tdx_sightings_note(struct tdx_sightings *sightings, const struct verdict *verdict)
{
    struct error err = { 0 };

    if (!verdict->valid || verdict->evidence != EVIDENCE_TDX)
        return;
    struct bytes svn = svn_of(&verdict->intel.quote.td);
    uint64_t digest = digest_of(verdict, svn);
    _Atomic uint64_t *place = &sightings->told[digest % PLACES];
    if (atomic_load_explicit(place, memory_order_relaxed) == digest
        || atomic_exchange_explicit(place, digest, memory_order_relaxed) == digest)
        return;
    struct sighting *sighting = sighting_of(verdict, svn);
    if (sighting != NULL && store_writer_submit(sightings->writer, keep, sighting, &err))
        return;
    free(sighting); /* the store is busy; the next quote tells */
    atomic_store_explicit(place, 0, memory_order_relaxed);
}
