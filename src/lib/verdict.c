/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/names.h"
#include "lib/parts.h"
#include "verify/verdict_json.h"

#define ROOM_FIRST ((size_t)8192) /* most quotes' */
#define JSON_MAX ((size_t)1 << 20)

/* ---- its life ---------------------------------------------------------------------- */

bool thim_verdict_new(struct thim_verdict **out, struct thim_error *error)
{
    if (out == NULL)
        return errors_tell_usage(error, "verdict: there is no place for it");
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return errors_tell_memory(error);
    (*out)->evidence = malloc(ROOM_FIRST);
    if ((*out)->evidence == NULL) {
        thim_verdict_free(*out);
        *out = NULL;
        return errors_tell_memory(error);
    }
    (*out)->room = ROOM_FIRST;
    errors_tell_usage(&(*out)->misuse, "nothing has been verified yet");
    return true;
}

void thim_verdict_free(struct thim_verdict *verdict)
{
    if (verdict == NULL)
        return;
    thim_collateral_release(verdict->collateral);
    thim_amd_collateral_release(verdict->amd_collateral);
    free(verdict->evidence);
    free(verdict);
}

bool verdict_keep(struct thim_verdict *verdict, const void *evidence, size_t len,
                  size_t max, struct bytes *out)
{
    struct bytes given = bytes_first(bytes_of(evidence, len), max + 1);

    if (given.len > verdict->room) {
        free(verdict->evidence);
        verdict->room = 0;
        verdict->evidence = malloc(given.len);
        if (verdict->evidence == NULL)
            return errors_tell_memory(&verdict->misuse);
        verdict->room = given.len;
    }
    if (given.len > 0)
        memcpy(verdict->evidence, given.at, given.len);
    *out = bytes_of(verdict->evidence, given.len);
    return true;
}

/* The same again costs nothing: threads do not meet at its count. */
void verdict_hold(struct thim_verdict *verdict, const struct thim_collateral *collateral)
{
    if (verdict->collateral == collateral)
        return;
    thim_collateral_release(verdict->collateral);
    verdict->collateral = thim_collateral_hold(collateral);
}

void verdict_hold_amd(struct thim_verdict *verdict,
                      const struct thim_amd_collateral *collateral)
{
    if (verdict->amd_collateral == collateral)
        return;
    thim_amd_collateral_release(verdict->amd_collateral);
    verdict->amd_collateral = thim_amd_collateral_hold(collateral);
}

bool verdict_is_there(const struct thim_verdict *verdict)
{
    return verdict != NULL && verdict->misuse.kind == THIM_ERROR_NONE;
}

/* ---- yes or no --------------------------------------------------------------------- */

bool thim_verdict_valid(const struct thim_verdict *verdict)
{
    return verdict_is_there(verdict) && verdict->found.valid;
}

bool thim_verdict_accepted(const struct thim_verdict *verdict)
{
    return thim_verdict_valid(verdict) && verdict->answer.accepted;
}

enum thim_check thim_verdict_failure(const struct thim_verdict *verdict)
{
    if (!verdict_is_there(verdict))
        return verdict == NULL ? THIM_CHECK_USAGE : verdict->misuse.check;
    return names_check(verdict->found.failure);
}

const char *thim_verdict_denied_by(const struct thim_verdict *verdict)
{
    return thim_verdict_valid(verdict) ? verdict->answer.denied_by : NULL;
}

const char *thim_verdict_why(const struct thim_verdict *verdict)
{
    if (verdict == NULL)
        return "there is no verdict";
    if (!verdict_is_there(verdict))
        return verdict->misuse.text;
    if (!verdict->found.valid)
        return verdict->found.why.text;
    return verdict->answer.accepted ? "" : verdict->answer.why.text;
}

/* ---- what it is about -------------------------------------------------------------- */

enum thim_evidence thim_verdict_evidence(const struct thim_verdict *verdict)
{
    return verdict_is_there(verdict) ? (enum thim_evidence)verdict->found.evidence
                                     : THIM_EVIDENCE_NONE;
}

bool thim_verdict_revocation_checked(const struct thim_verdict *verdict)
{
    return verdict_is_there(verdict) && verdict->found.revocation_checked;
}

static bool is_quote(const struct thim_verdict *verdict)
{
    return thim_verdict_evidence(verdict) == THIM_EVIDENCE_SGX
           || thim_verdict_evidence(verdict) == THIM_EVIDENCE_TDX;
}

enum thim_root_origin thim_verdict_root_origin(const struct thim_verdict *verdict)
{
    enum root_origin origin = 0;

    if (is_quote(verdict))
        origin = verdict->found.intel.root_origin;
    else if (thim_verdict_evidence(verdict) == THIM_EVIDENCE_SEV_SNP)
        origin = verdict->found.amd.root_origin;
    return (enum thim_root_origin)origin;
}

uint32_t thim_verdict_evaluation_data_number(const struct thim_verdict *verdict)
{
    return is_quote(verdict) ? verdict->found.evaluation_data_number : 0;
}

uint32_t thim_verdict_tcb_info_evaluation_data_number(const struct thim_verdict *verdict)
{
    return is_quote(verdict) && verdict->found.intel.tcb_info != NULL
               ? verdict->found.intel.tcb_info->evaluation_data_number
               : 0;
}

uint32_t thim_verdict_identity_evaluation_data_number(const struct thim_verdict *verdict)
{
    return is_quote(verdict) && verdict->found.intel.identity != NULL
               ? verdict->found.intel.identity->evaluation_data_number
               : 0;
}

/* ---- all of it --------------------------------------------------------------------- */

size_t thim_verdict_json(const struct thim_verdict *verdict, char *out, size_t room)
{
    struct buf json;

    if (out != NULL && room > 0)
        out[0] = '\0';
    if (!verdict_is_there(verdict))
        return 0;
    buf_init(&json, JSON_MAX);
    verdict_json_write(&verdict->found, &verdict->answer, (struct bytes){ 0 }, &json);
    size_t len = json.failed ? 0 : json.len;
    if (out != NULL && room > 0 && len > 0) {
        struct bytes shown = bytes_first(buf_bytes(&json), room - 1);
        memcpy(out, shown.at, shown.len);
        out[shown.len] = '\0';
    }
    buf_fini(&json);
    return len;
}
