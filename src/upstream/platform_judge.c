/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/platform_judge.h"

#include <stdlib.h>

static void leave_out(struct platform_verdict *verdict, const uint8_t tcbm[TCBM_LEN],
                      const struct error *why)
{
    if (verdict->left_out++ > 0)
        return;
    memcpy(verdict->odd_tcbm, tcbm, TCBM_LEN);
    verdict->odd = *why;
}

static bool judge_one(const struct pck_entry *entry,
                      const struct verified_pck_issuer *issuer, const struct pck_law *law,
                      uint16_t pce_id, struct verified_pck **out, struct error *err)
{
    OWNED(pck_release) struct verified_pck *pck = NULL;

    if (entry->kind == PCK_ENTRY_ODD)
        return error_set(err, ERROR_FORMAT, "%s", entry->why);
    if (!verify_pck(entry->der, issuer, law, &pck, err)) {
        if (err->kind != ERROR_REVOKED)
            return false;
        *err = (struct error){ 0 };
        if (!verify_kept_pck(entry->der, issuer, &pck, err))
            return false;
    }
    const struct pck_cert *cert = &pck_facts(pck)->cert;
    unsigned says = (unsigned)cert->pce_id[0] << 8 | cert->pce_id[1];
    if (says != pce_id)
        return error_set(err, ERROR_FORMAT, "it is of PCE-ID %u, and %u was asked for",
                         says, (unsigned)pce_id);
    *out = TAKE(pck);
    return true;
}

/* ---- kinship -------------------------------------------------------------------------
 */

/* The certificate that most of the others are kin to; the first of several such. */
static size_t head_of_family(const struct platform_verdict *verdict)
{
    size_t head = 0, most = 0;

    for (size_t i = 0; i < verdict->pck_count && most < verdict->pck_count - i; i++) {
        size_t kin = 0;
        for (size_t k = 0; k < verdict->pck_count; k++)
            kin += pck_is_kin(verdict->pcks[i], verdict->pcks[k], NULL);
        if (kin > most) {
            head = i;
            most = kin;
        }
    }
    return head;
}

static void keep_family(struct platform_verdict *verdict)
{
    OWNED(pck_release)
    struct verified_pck *head = pck_hold(verdict->pcks[head_of_family(verdict)]);
    size_t kept = 0;

    for (size_t i = 0; i < verdict->pck_count; i++) {
        struct error err = { 0 };
        if (pck_is_kin(head, verdict->pcks[i], &err)) {
            verdict->pcks[kept++] = verdict->pcks[i];
            continue;
        }
        error_within(&err, "not of the same platform as the others");
        leave_out(verdict, pck_facts(verdict->pcks[i])->tcbm, &err);
        pck_release(verdict->pcks[i]);
    }
    verdict->pck_count = kept;
}

/* ---- one certificate for a TCB -------------------------------------------------------
 */

static struct verified_pck **place_of(const struct platform_verdict *verdict,
                                      const uint8_t tcbm[TCBM_LEN])
{
    for (size_t i = 0; i < verdict->pck_count; i++)
        if (memcmp(pck_facts(verdict->pcks[i])->tcbm, tcbm, TCBM_LEN) == 0)
            return &verdict->pcks[i];
    return NULL;
}

static void add_newest(struct platform_verdict *verdict, struct verified_pck *pck)
{
    struct verified_pck **same = place_of(verdict, pck_facts(pck)->tcbm);

    if (same == NULL || !pck_is_kin(*same, pck, NULL)) {
        verdict->pcks[verdict->pck_count++] = pck;
        return;
    }
    bool is_newer = pck_facts(pck)->valid_from_s > pck_facts(*same)->valid_from_s;
    pck_release(is_newer ? *same : pck);
    if (is_newer)
        *same = pck;
}

static void take_gaps(struct platform_verdict *verdict, const struct pck_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const uint8_t *tcbm = list->entries[i].tcbm;
        bool is_new =
            list->entries[i].kind == PCK_ENTRY_GAP && place_of(verdict, tcbm) == NULL;
        for (size_t k = 0; k < verdict->gap_count && is_new; k++)
            is_new = memcmp(verdict->gaps[k], tcbm, TCBM_LEN) != 0;
        if (is_new)
            memcpy(verdict->gaps[verdict->gap_count++], tcbm, TCBM_LEN);
    }
}

bool platform_judge(const struct verified_pck_issuer *issuer, const struct pck_law *law,
                    const struct pck_list *list, uint16_t pce_id,
                    struct platform_verdict *out, struct error *err)
{
    *out = (struct platform_verdict){
        .pcks = calloc(list->count + 1, sizeof(struct verified_pck *)),
        .gaps = calloc(list->count + 1, sizeof *out->gaps),
    };
    if (out->pcks == NULL || out->gaps == NULL) {
        platform_verdict_fini(out);
        return error_set(err, ERROR_SYSTEM, "no memory for %zu certificates",
                         list->count);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct pck_entry *entry = &list->entries[i];
        struct verified_pck *pck = NULL;
        struct error why = { 0 };
        if (entry->kind == PCK_ENTRY_GAP)
            continue;
        if (judge_one(entry, issuer, law, pce_id, &pck, &why))
            add_newest(out, pck);
        else
            leave_out(out, entry->tcbm, &why);
    }
    if (out->pck_count > 0) {
        keep_family(out);
        take_gaps(out, list);
        return true;
    }
    if (out->left_out == 0)
        error_set(&out->odd, ERROR_NOT_FOUND, "no certificate is available for any TCB");
    if (err != NULL)
        *err = out->odd;
    platform_verdict_fini(out);
    return false;
}

void platform_verdict_fini(struct platform_verdict *verdict)
{
    for (size_t i = 0; i < verdict->pck_count; i++)
        pck_release(verdict->pcks[i]);
    free(verdict->pcks);
    free(verdict->gaps);
    *verdict = (struct platform_verdict){ 0 };
}

bool platform_is_below(const struct verified_pck *const *pcks, size_t count,
                       const struct raw_tcb *raw)
{
    for (size_t i = 0; i < count; i++) {
        const struct pck_cert *cert = &pck_facts(pcks[i])->cert;
        bool reaches = cert->pcesvn >= raw->pcesvn;
        for (size_t k = 0; k < sizeof raw->cpusvn && reaches; k++)
            reaches = cert->cpusvn[k] >= raw->cpusvn[k];
        if (reaches)
            return false;
    }
    return true;
}
