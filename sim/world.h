/* SPDX-License-Identifier: Apache-2.0 */
/* What a world answers: the vendors' documents as they stand at a given time.
 *
 * A world knows nothing of HTTP. It gets a question and gives a status, the bytes of one
 * document (JSON, or DER for CRLs and single certificates) and the PEM of the chain that
 * vouches for it. Two worlds exist: one that signs with keys of its own (synthetic.h) and
 * one that answers from captured files (replay.h). Words and shapes are Intel's PCS API,
 * version 4, and AMD's KDS.
 *
 * A world is not safe for threads; the simulator asks under its lock. */
#ifndef THIM_SIM_WORLD_H
#define THIM_SIM_WORLD_H

#include "kit/buf.h"
#include "kit/error.h"

enum world_kind {
    WORLD_TCB,
    WORLD_QE_IDENTITY,
    WORLD_TD_QE_IDENTITY,
    WORLD_QVE_IDENTITY,
    WORLD_QAE_IDENTITY,
    WORLD_PCKCRL,
    WORLD_ROOTCACRL,
    WORLD_FMSPCS,
    WORLD_NUMBERS,
    WORLD_PCKCERTS,     /* of a platform, all */
    WORLD_PCKCERT,      /* the best for a raw TCB */
    WORLD_REGISTRATION, /* of a platform, or of a package added to it */
    WORLD_VCEK,         /* AMD's from here: of a chip */
    WORLD_VLEK,         /* of a product's chips at one provider */
    WORLD_AMD_CHAIN,
    WORLD_AMD_CRL,
    WORLD_KINDS /* how many */
};

enum world_tee { WORLD_SGX, WORLD_TDX };
enum world_ca { WORLD_PROCESSOR, WORLD_PLATFORM };
enum world_product { WORLD_MILAN, WORLD_GENOA, WORLD_TURIN, WORLD_PRODUCTS };

/* Which evaluation data number is meant. */
enum world_update { WORLD_STANDARD, WORLD_EARLY, WORLD_NUMBERED };

/* A lie that needs the world's help, since what is told must be validly signed. */
enum world_bend {
    WORLD_STRAIGHT,
    WORLD_EXPIRED,        /* nextUpdate lies before now */
    WORLD_OLDER,          /* issued before what a straight answer would be */
    WORLD_FUTURE,         /* issued two days from now */
    WORLD_OTHER_FMSPC,    /* TCB info, or VCEK, of somebody else */
    WORLD_LOWER_STANDARD, /* update=standard means a number below the right one */
    WORLD_IMPOSTOR        /* signed under another root of the same names */
};

/* Something the vendor does now, out of turn. */
enum world_event_kind {
    WORLD_DISCLOSE, /* the next evaluation data number appears */
    WORLD_PROMOTE,  /* standard moves to the next number; for one FMSPC where given */
    WORLD_RESIGN,   /* everything, or one FMSPC's TCB info, gets a new issue date */
    WORLD_REVOKE    /* the root's CRL names a certificate from now on */
};
enum world_signer { WORLD_TCB_SIGNING, WORLD_PROCESSOR_CA, WORLD_PLATFORM_CA };

#define FMSPC_LEN 6
#define CPUSVN_LEN 16
#define TCBM_LEN 18          /* CPUSVN, then PCESVN, little endian */
#define PLATFORM_NAME_LEN 16 /* PPID, QE ID, platform instance ID */
#define ENCRYPTED_PPID_LEN 384
#define CHIP_ID_LEN 64
#define TCB_VERSION_LEN 8 /* as a report has it: the product says what each byte is */
#define WORLD_BODY_MAX ((size_t)1 << 20)    /* bytes of one document */
#define WORLD_CHAIN_MAX ((size_t)1 << 14)   /* bytes of one PEM chain */
#define WORLD_VALID_S ((int64_t)30 * 86400) /* from issueDate to nextUpdate */

struct world_question {
    enum world_kind kind;
    enum world_tee tee;       /* TCB, NUMBERS */
    uint8_t fmspc[FMSPC_LEN]; /* TCB */
    enum world_update update; /* TCB and the identities */
    uint64_t number;          /* with WORLD_NUMBERED */
    enum world_ca ca;         /* PCKCRL */
    const char *platform;     /* FMSPCS: "E3", "E5", "client"; NULL for all */
    enum world_bend bend;
    int64_t now_s;
    /* PCKCERTS and PCKCERT name a platform by one of these, REGISTRATION by the last.
     * What is all zero was not given. */
    uint8_t qe_id[PLATFORM_NAME_LEN];
    uint8_t encrypted_ppid[ENCRYPTED_PPID_LEN];
    struct bytes manifest;      /* the asker's */
    uint8_t pce_id[2];          /* as it came */
    uint8_t raw_tcb[TCBM_LEN];  /* PCKCERT */
    bool adds_package;          /* REGISTRATION */
    enum world_product product; /* AMD's, all that follows too */
    bool is_vlek;               /* AMD_CHAIN and AMD_CRL: those of VLEKs */
    uint8_t chip_id[CHIP_ID_LEN];
    uint8_t tcb_version[TCB_VERSION_LEN];
};

struct world_answer {
    unsigned status;  /* 200, 201, 400, 404 or 410 */
    const char *why;  /* one constant sentence where there is no document */
    const char *code; /* PCS's word for a 400 */
    struct buf body;  /* the document */
    struct buf chain; /* PEM, signer first, root last; empty where none belongs to it */
    enum world_ca ca; /* PCKCERTS and PCKCERT, this and what follows */
    uint8_t fmspc[FMSPC_LEN];
    uint8_t tcbm[TCBM_LEN]; /* PCKCERT */
};

static inline void world_answer_init(struct world_answer *answer)
{
    *answer = (struct world_answer){ .status = 0 };
    buf_init(&answer->body, WORLD_BODY_MAX);
    buf_init(&answer->chain, WORLD_CHAIN_MAX);
}

static inline void world_answer_fini(struct world_answer *answer)
{
    buf_fini(&answer->body);
    buf_fini(&answer->chain);
}

/* For a world's own use: an answer without a document. */
static inline bool world_refuse(struct world_answer *answer, unsigned status,
                                const char *why)
{
    answer->status = status;
    answer->why = why;
    return true;
}

struct world_event {
    enum world_event_kind kind;
    bool has_fmspc; /* PROMOTE, RESIGN */
    uint8_t fmspc[FMSPC_LEN];
    enum world_signer signer; /* REVOKE */
    int64_t now_s;
};

struct platforms; /* platforms.h */
struct amd_desk;  /* amd_desk.h */
struct platform_event;
struct quote_order; /* quote_order.h */

/* A world by its functions; context is the world's own. */
struct world {
    void *context;
    struct platforms *platforms; /* the world's; NULL where it has none */
    struct amd_desk *amd;        /* likewise */
    const char *name;            /* "synthetic", "replay" */
    /* Fills out, which is freshly initialized. False only where the machine fails. */
    bool (*answer)(void *context, const struct world_question *question,
                   struct world_answer *out, struct error *err);
    /* Appends the PEM of the root certificate. */
    bool (*root)(void *context, struct buf *out, struct error *err);
    /* Appends the PEM of a product's ARK; ERROR_NOT_FOUND where there is none. */
    bool (*ark)(void *context, enum world_product product, struct buf *out,
                struct error *err);
    /* NULL in a world where nothing can be made to happen. ERROR_FORMAT, ERROR_NOT_FOUND
     * or ERROR_LIMIT where this cannot. */
    bool (*event)(void *context, const struct world_event *event, struct error *err);
    /* Of one platform; NULL where platforms is. ERROR_FORMAT, ERROR_NOT_FOUND,
     * ERROR_LIMIT. */
    bool (*platform_event)(void *context, const struct platform_event *event,
                           struct error *err);
    /* Appends a quote by one of them; NULL where platforms is. Refuses as quote_mint. */
    bool (*quote)(void *context, const struct quote_order *order, int64_t now_s,
                  struct buf *out, struct error *err);
    /* The newest level whose certificates are given; 0 where platforms is NULL. */
    unsigned (*newest_level)(void *context, int64_t now_s);
    void (*close)(void *context);
};

static inline void world_close(struct world *world)
{
    if (world->close != NULL)
        world->close(world->context);
    *world = (struct world){ .context = NULL };
}

#endif
