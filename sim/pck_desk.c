/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pck_desk.h"

#include "kit/text.h"
#include "sim/documents.h"
#include "sim/registration.h"

/* ---- which platform ---------------------------------------------------------------- */

static bool refuse_unknown(struct world_answer *out)
{
    world_refuse(out, 404, "no such platform");
    return false;
}

/* PCS keeps no keys of a platform that it gets to know by its manifest here. */
static bool find_by_manifest(const struct pck_desk *desk,
                             const struct world_question *question, uint32_t *platform,
                             struct world_answer *out)
{
    if (!registration_judge(desk->platforms, question->manifest, question->now_s,
                            platform, out))
        return false;
    if (platform_registration(desk->platforms, *platform) == PLATFORM_UNREGISTERED)
        platform_register(desk->platforms, *platform, PLATFORM_INDIRECT);
    return true;
}

static bool is_known(const struct pck_desk *desk, const struct world_question *question,
                     uint32_t *platform)
{
    const struct platforms *platforms = desk->platforms;

    if (platform_of_name(platforms, PLATFORM_QE_ID, question->qe_id, platform))
        return true;
    return platform_of_encrypted_ppid(platforms, question->encrypted_ppid, platform)
           && (platform_ca(*platform) == WORLD_PROCESSOR
               || platform_registration(platforms, *platform) == PLATFORM_DIRECT);
}

static bool find_platform(const struct pck_desk *desk,
                          const struct world_question *question, uint32_t *platform,
                          struct world_answer *out)
{
    static const uint8_t pce_id[2] = { 0, 0 };

    if (question->manifest.len > 0) {
        if (!find_by_manifest(desk, question, platform, out))
            return false;
    } else if (!is_known(desk, question, platform)) {
        return refuse_unknown(out);
    }
    if (memcmp(question->pce_id, pce_id, sizeof pce_id) != 0
        || platforms_find(desk->platforms, PLATFORM_FORGET, *platform, 0, question->now_s)
               != NULL)
        return refuse_unknown(out);
    if (question->bend == WORLD_OTHER_FMSPC) /* one with as many packages */
        *platform = *platform < 2 ? *platform + 2 : *platform - 2;
    return true;
}

/* ---- its certificates -------------------------------------------------------------- */

static enum pck_oddity oddity_of(const struct pck_desk *desk,
                                 const struct world_question *question, uint32_t platform,
                                 unsigned level)
{
    const struct platform_event *event;

    switch (question->bend) {
    case WORLD_EXPIRED:
        return PCK_EXPIRED;
    case WORLD_FUTURE:
        return PCK_FUTURE;
    case WORLD_IMPOSTOR:
        return PCK_IMPOSTOR;
    default:
        event = platforms_find(desk->platforms, PLATFORM_ODD_PCK, platform, level,
                               question->now_s);
        return event == NULL ? PCK_STRAIGHT : event->how;
    }
}

static bool has_gap(const struct pck_desk *desk, const struct world_question *question,
                    uint32_t platform, unsigned level)
{
    return platforms_find(desk->platforms, PLATFORM_GAP, platform, level, question->now_s)
           != NULL;
}

static bool add_certificate(const struct pck_desk *desk,
                            const struct world_question *question, uint32_t platform,
                            unsigned level, struct buf *out, struct error *err)
{
    const struct pck_order order = {
        .platform = platform,
        .level = level,
        .disclosed_s = calendar_event_s(desk->calendar, level),
        .now_s = question->now_s,
        .how = oddity_of(desk, question, platform, level),
    };

    return pck_mint(desk->mint, &order, out, err);
}

static unsigned pcesvn_of(const uint8_t tcbm[TCBM_LEN])
{
    return tcbm[CPUSVN_LEN] | (unsigned)tcbm[CPUSVN_LEN + 1] << 8;
}

static void add_upper_hex(struct buf *out, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_addf(out, "%02X", at[i]);
}

/* As text in a URL; the two buffers are for what it is on the way. */
static bool add_escaped(const struct pck_desk *desk,
                        const struct world_question *question, uint32_t platform,
                        unsigned level, struct buf *out, struct error *err)
{
    struct buf der, pem;

    buf_init(&der, PCK_CERTIFICATE_MAX);
    buf_init(&pem, 2 * PCK_CERTIFICATE_MAX);
    bool made = add_certificate(desk, question, platform, level, &der, err)
                && pem_add(&pem, "CERTIFICATE", buf_bytes(&der), err);
    percent_add(out, buf_bytes(&pem));
    buf_fini(&der);
    buf_fini(&pem);
    return made;
}

static bool add_entry(const struct pck_desk *desk, const struct world_question *question,
                      uint32_t platform, unsigned level, struct buf *out,
                      struct error *err)
{
    uint8_t tcbm[TCBM_LEN];
    bool made = true;

    document_tcbm(level, tcbm);
    buf_add_text(out, "{\"tcb\":{");
    for (unsigned i = 0; i < CPUSVN_LEN; i++)
        buf_addf(out, "\"sgxtcbcomp%02usvn\":%u,", i + 1, tcbm[i]);
    buf_addf(out, "\"pcesvn\":%u},\"tcbm\":\"", pcesvn_of(tcbm));
    add_upper_hex(out, tcbm, sizeof tcbm);
    buf_add_text(out, "\",\"cert\":\"");
    if (has_gap(desk, question, platform, level))
        buf_add_text(out, "Not available");
    else
        made = add_escaped(desk, question, platform, level, out, err);
    buf_add_text(out, "\"}");
    return made;
}

static bool give_all(const struct pck_desk *desk, const struct world_question *question,
                     uint32_t platform, struct world_answer *out, struct error *err)
{
    unsigned newest = calendar_early(desk->calendar, question->now_s);
    unsigned oldest = platforms_oldest_level(desk->platforms, newest);

    for (unsigned level = newest; level >= oldest; level--) {
        buf_add_text(&out->body, level == newest ? "[" : ",");
        if (!add_entry(desk, question, platform, level, &out->body, err))
            return false;
    }
    buf_add_text(&out->body, "]");
    return !out->body.failed || error_set(err, ERROR_LIMIT, "no room for certificates");
}

/* Whether a raw TCB has everything that a certificate's asks for. */
static bool covers(const uint8_t raw[TCBM_LEN], const uint8_t tcbm[TCBM_LEN])
{
    for (size_t i = 0; i < CPUSVN_LEN; i++)
        if (raw[i] < tcbm[i])
            return false;
    return pcesvn_of(raw) >= pcesvn_of(tcbm);
}

unsigned pck_desk_level(const struct pck_desk *desk, const uint8_t raw_tcb[TCBM_LEN],
                        int64_t now_s)
{
    unsigned level = calendar_early(desk->calendar, now_s);
    unsigned oldest = platforms_oldest_level(desk->platforms, level);
    uint8_t tcbm[TCBM_LEN];

    for (; level >= oldest; level--) {
        document_tcbm(level, tcbm);
        if (covers(raw_tcb, tcbm))
            return level;
    }
    return 0;
}

/* Levels rise in every component, so the first that is covered is the best. */
static bool give_best(const struct pck_desk *desk, const struct world_question *question,
                      uint32_t platform, struct world_answer *out, struct error *err)
{
    unsigned level = calendar_early(desk->calendar, question->now_s);
    unsigned oldest = platforms_oldest_level(desk->platforms, level);

    for (; level >= oldest; level--) {
        document_tcbm(level, out->tcbm);
        if (covers(question->raw_tcb, out->tcbm)
            && !has_gap(desk, question, platform, level))
            return add_certificate(desk, question, platform, level, &out->body, err);
    }
    return world_refuse(out, 404, "no certificate for this TCB");
}

bool pck_desk_answer(const struct pck_desk *desk, const struct world_question *question,
                     struct world_answer *out, struct error *err)
{
    uint32_t platform = 0;

    if (!find_platform(desk, question, &platform, out))
        return true;
    out->status = 200;
    out->ca = platform_ca(platform);
    platform_fmspc(desk->platforms, platform, out->fmspc);
    return question->kind == WORLD_PCKCERTS
               ? give_all(desk, question, platform, out, err)
               : give_best(desk, question, platform, out, err);
}

/* ---- revocation -------------------------------------------------------------------- */

int64_t pck_desk_revoked(const struct pck_desk *desk, enum world_ca ca, int64_t now_s,
                         struct buf *serials)
{
    const struct platform_event *event = NULL;
    uint8_t serial[PKI_SERIAL_LEN];
    int64_t newest_s = INT64_MIN;

    while ((event = platforms_revocation(desk->platforms, ca, now_s, event)) != NULL) {
        unsigned level = event->level != 0 ? event->level : CALENDAR_FIRST;
        unsigned last =
            event->level != 0 ? event->level : calendar_early(desk->calendar, now_s);
        newest_s = event->now_s > newest_s ? event->now_s : newest_s;
        for (; serials != NULL && level <= last; level++) {
            pck_serial(desk->platforms, event->platform, level, serial);
            buf_add(serials, bytes_of(serial, sizeof serial));
        }
    }
    return newest_s;
}
