/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of platforms: how each is found and asked for, the raw TCBs it has been
 * seen at, and its PCK certificates. Rows, not generations; doc/store.md describes them.
 *
 * Written on the store thread (store/writer.h) through the struct store; read through
 * readers of their own (store/platform_reader.h) from any thread. */
#ifndef THIM_STORE_PLATFORMS_H
#define THIM_STORE_PLATFORMS_H

#include "format/registration.h"
#include "store/store.h"
#include "verify/pck.h"

#define PLATFORM_RAW_TCBS_MAX 64      /* confirmed ones of one platform */
#define PLATFORM_RAW_TCBS_ASKED_MAX 4 /* and of those that somebody merely asked with */
#define PLATFORM_RAW_TCB_STALE_S (30 * 86400) /* such a one makes room after so long */
#define PLATFORM_RECALL_NEAR_S 60 /* recalls this near one another are told apart */
#define PLATFORM_WHY_MAX 256
#define PLATFORM_NAME_MAX 64 /* registrar, source */

/* Who said that this QE ID belongs to this PPID, weakest first. What a stranger's request
 * bound is provisional: whoever is stronger replaces it. */
enum platform_bound_by {
    BOUND_BY_ASKING = 1, /* an anonymous request that upstream vouched for */
    BOUND_BY_IMPORT,     /* a bundle, or a PCCS's database */
    BOUND_BY_TOKEN,      /* a registrar's token */
    BOUND_BY_OPERATOR,   /* the admin socket */
};
const char *platform_bound_by_name(
    enum platform_bound_by by); /* "asking", "import", .. */

struct platform_raw_tcb {
    struct raw_tcb raw;
    bool confirmed; /* by a registration; else somebody asked with it */
    int64_t last_seen_s;
};

struct platform_pck { /* one TCB of the platform's list */
    uint8_t tcbm[TCBM_LEN];
    struct bytes der;   /* empty: a gap, "Not available" */
    uint8_t digest[32]; /* SHA-256 of der */
};

enum platform_state {
    PLATFORM_WAITING = 1, /* registered, its certificates not fetched yet */
    PLATFORM_HELD,
};

struct platform {     /* as a reader gives it; everything lies in the reader's arena */
    int64_t platform; /* its row */
    bool has_name;    /* one that is known by what it is asked for with alone has none */
    struct platform_name name; /* pce_id is there in either case */
    uint8_t locator[32];
    enum platform_state state;
    uint8_t fmspc[6]; /* the next four with PLATFORM_HELD */
    enum pck_ca ca;
    uint8_t ppid_digest[32];               /* SHA-256 of the PPID */
    struct der_chain issuer_chain;         /* CA, root */
    struct bytes encrypted_ppid, manifest; /* empty where not known */
    bool has_manifest; /* also where a walk passes the manifest itself over */
    bool has_cached_keys, cached_keys; /* of the Platform CA's certificates */
    bool has_tdx;                      /* its TDX SVNs are known (host_reader.h) */
    uint8_t tee_tcb_svn[16];
    enum platform_bound_by bound_by;
    char registrar[PLATFORM_NAME_MAX]; /* the token's name; "" */
    char source[PLATFORM_NAME_MAX];    /* the upstream's name, or "import" */
    int64_t first_seen_s, last_seen_s;
    int64_t fetched_s;          /* 0: never */
    int64_t due_s;              /* when it is to be fetched next */
    uint32_t failures;          /* fetches in a row that failed */
    char why[PLATFORM_WHY_MAX]; /* the last of them; safe to print */
    const struct platform_raw_tcb *raw_tcbs;
    size_t raw_tcb_count;
    const struct platform_pck *pcks; /* sorted by tcbm, greatest first */
    size_t pck_count;
};

/* SHA-256 over PCE-ID (little endian) and what upstream is asked with: the manifest where
 * there is one, else the encrypted PPID; zero where there is neither. */
void platform_locator(uint16_t pce_id, struct bytes encrypted_ppid, struct bytes manifest,
                      uint8_t out[32]);

/* ---- writing, on the store thread ---------------------------------------------------
 */

/* All writes between begin and commit are one transaction, store_publish included, which
 * then commits nothing by itself. Not nested. A single write needs neither. */
bool store_begin(struct store *store, struct error *err) MUST_CHECK;
bool store_commit(struct store *store, struct error *err) MUST_CHECK;
void store_rollback(struct store *store);

struct platform_change {
    bool has_name;
    struct platform_name name; /* pce_id in either case */
    enum platform_bound_by bound_by;
    const char *registrar, *source;        /* NULL: stays */
    struct bytes encrypted_ppid, manifest; /* empty: what is kept stays */
    bool has_raw_tcb;
    struct raw_tcb raw;
    bool raw_confirmed;
    int64_t now_s;
    bool
        is_our_own; /* a fetch that no host and no registrar is behind: nobody was seen */

    /* Certificates: none (pcks NULL) changes none of those that are kept. Else they
     * replace the platform's list; all are kin (pck_is_kin). */
    const struct verified_pck *const *pcks;
    size_t pck_count;
    const uint8_t (*gaps)[TCBM_LEN];
    size_t gap_count;
    int64_t due_s; /* with pcks: when to fetch next. Without: where the platform is new,
                      or what it is asked for with has changed */
    bool rebinds;  /* `thim platform rebind`: whatever PPID is bound gives way */
    bool adds;     /* pcks are added to the list (upstreams that give one at a time) */
};

enum platform_outcome {
    PLATFORM_ADDED = 1,
    PLATFORM_CHANGED,
    PLATFORM_SAME,     /* nothing but times moved */
    PLATFORM_REPLACED, /* another PPID was bound by somebody weaker, and gave way: its
                          certificates and raw TCBs are gone */
    PLATFORM_CONFLICT, /* refused, nothing written: another PPID is bound, by somebody as
                          strong or stronger */
};

/* Adds or changes one platform and its queue's place (store/registrations.h: certificates
 * clear it; with gaps among them only QUEUE_NEW). A platform without a name that has the
 * change's locator takes the name on; a change without a name is about the platform of
 * its locator, named or not.
 *
 * Only certificates show a PPID. A change without any leaves bound_by as it is, but where
 * no PPID is bound yet or it has the kept locator; and gives what upstream is to be asked
 * with only where it is no weaker than whoever gave that, and no stranger's. What comes
 * with the kept locator is as strong as whoever gave it. Of a bound PPID bound_by never
 * weakens.
 *
 * ERROR_SYSTEM, ERROR_LIMIT; ERROR_FORMAT for certificates that are not kin or have
 * another PCE-ID, and for neither a name nor anything to ask with; ERROR_UNTRUSTED for
 * certificates under a test root in a store that is not marked. */
bool store_keep_platform(struct store *store, const struct platform_change *change,
                         enum platform_outcome *outcome, struct error *err) MUST_CHECK;

/* A fetch failed: counts it, with why, and sets the next time. */
bool store_platform_failed(struct store *store, int64_t platform, const char *why,
                           int64_t due_s, struct error *err) MUST_CHECK;

/* What requests have shown, in one transaction: last_seen_s moves on, and a raw TCB that
 * was not known is kept where there is room (see the limits above). Platforms that are
 * not there are passed over. */
struct platform_sighting {
    int64_t platform;
    struct raw_tcb raw;
    int64_t seen_s;
};
bool store_platforms_seen(struct store *store, const struct platform_sighting *sightings,
                          size_t count, struct error *err) MUST_CHECK;

/* *found: whether there was one. */
bool store_forget_platform(struct store *store, const struct platform_name *name,
                           bool *found, struct error *err) MUST_CHECK;

/* Every platform that was last fetched up to this moment, the moment included, is due: a
 * new evaluation number has appeared, or somebody wants it so. Costs one row. A platform
 * that is fetched within the same second counts as fetched a second later, so that it is
 * not due for ever. fmspc NULL: all. */
bool store_platforms_due(struct store *store, const uint8_t *fmspc, int64_t moment_s,
                         struct error *err) MUST_CHECK;

#endif
