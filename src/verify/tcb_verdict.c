/* SPDX-License-Identifier: Apache-2.0 */
/* From levels to one word: convergence, relaunch, and what goes with them. */
#include "verify/tcb_level.h"

enum { MODULE_MINOR = 0, MODULE_MAJOR = 1 }; /* indexes into tee_tcb_svn */

const char *tcb_standing_name(enum tcb_standing standing)
{
    switch (standing) {
    case STANDING_TD_RELAUNCH_ADVISED:
        return "TDRelaunchAdvised";
    case STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED:
        return "TDRelaunchAdvisedConfigurationNeeded";
    case STANDING_NOT_SUPPORTED:
        return "NotSupported";
    default:
        return tcb_status_name((enum tcb_status)standing);
    }
}

unsigned tcb_standing_depth(enum tcb_standing standing)
{
    static const unsigned depths[] = {
        [STANDING_UP_TO_DATE] = 0,
        [STANDING_SW_HARDENING_NEEDED] = 0,
        [STANDING_CONFIGURATION_NEEDED] = 1,
        [STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED] = 1,
        [STANDING_TD_RELAUNCH_ADVISED] = 2,
        [STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = 2,
        [STANDING_OUT_OF_DATE] = 3,
        [STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED] = 4,
        [STANDING_REVOKED] = 5,
        [STANDING_NOT_SUPPORTED] = 6,
    };

    return depths[standing];
}

/* ---- convergence ----------------------------------------------------------------- */

enum tcb_standing tcb_converge(enum tcb_status platform, bool component_out_of_date,
                               bool component_revoked)
{
    enum tcb_standing standing = (enum tcb_standing)platform;

    if (component_revoked || platform == TCB_REVOKED)
        return STANDING_REVOKED;
    if (!component_out_of_date)
        return standing;
    switch (platform) {
    case TCB_UP_TO_DATE:
    case TCB_SW_HARDENING_NEEDED:
        return STANDING_OUT_OF_DATE;
    case TCB_CONFIGURATION_NEEDED:
    case TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
        return STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED;
    case TCB_OUT_OF_DATE:
    case TCB_OUT_OF_DATE_CONFIGURATION_NEEDED:
    case TCB_REVOKED:
        break;
    }
    return standing;
}

enum tcb_standing tcb_relaunch(enum tcb_standing launch, enum tcb_standing current)
{
    bool is_behind = launch == STANDING_OUT_OF_DATE
                     || launch == STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED;
    bool wants_configuration = launch == STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED
                               || tcb_standing_depth(current) == 1;

    if (!is_behind || tcb_standing_depth(current) > 1)
        return launch;
    return wants_configuration ? STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                               : STANDING_TD_RELAUNCH_ADVISED;
}

/* ---- judging --------------------------------------------------------------------- */

struct judging {
    const struct tcb_info *info;
    bool has_qe;                              /* the QE is judged, too */
    const struct enclave_tcb_level *qe_level; /* NULL: below all levels */
};

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* False where the module is one that nobody knows, or below all its levels. */
static bool judge_module(const struct tcb_info *info, const struct tcb_subject *subject,
                         const struct enclave_tcb_level **level)
{
    uint8_t major = subject->tee_tcb_svn[MODULE_MAJOR];

    *level = NULL;
    if (info->tee != TEE_TDX || !subject->has_tdx || major == 0)
        return true;
    const struct tdx_module *module = tdx_module_match(info, major);
    if (module != NULL)
        *level = enclave_level_match(module->levels, module->level_count,
                                     subject->tee_tcb_svn[MODULE_MINOR]);
    return *level != NULL;
}

static bool has_status(const struct enclave_tcb_level *level, enum tcb_status status)
{
    return level != NULL && level->status == status;
}

static struct tcb_side judge_side(const struct judging *judging,
                                  const struct tcb_subject *subject)
{
    struct tcb_side side = { .standing = STANDING_NOT_SUPPORTED };
    const struct enclave_tcb_level *qe = judging->qe_level;
    bool is_known = judge_module(judging->info, subject, &side.module_level);

    side.level = tcb_level_match(judging->info, subject);
    if (side.level == NULL || !is_known || (judging->has_qe && qe == NULL))
        return side;
    side.standing = tcb_converge(
        side.level->status,
        has_status(side.module_level, TCB_OUT_OF_DATE) || has_status(qe, TCB_OUT_OF_DATE),
        has_status(side.module_level, TCB_REVOKED) || has_status(qe, TCB_REVOKED));
    side.tcb_date_s = side.level->tcb_date_s;
    if (side.module_level != NULL)
        side.tcb_date_s = earlier(side.tcb_date_s, side.module_level->tcb_date_s);
    if (qe != NULL)
        side.tcb_date_s = earlier(side.tcb_date_s, qe->tcb_date_s);
    return side;
}

void tcb_judge(const struct tcb_info *info, const struct qe_identity *identity,
               const struct tcb_subject *subject, struct tcb_verdict *out)
{
    struct judging judging = { .info = info,
                               .has_qe = identity != NULL && subject->has_qe };
    struct tcb_subject current = *subject;

    if (judging.has_qe)
        judging.qe_level = enclave_level_match(identity->levels, identity->level_count,
                                               subject->qe_isvsvn);
    *out = (struct tcb_verdict){ .qe_level = judging.qe_level };
    out->launch = judge_side(&judging, subject);
    out->standing = out->launch.standing;
    out->tcb_date_s = out->launch.tcb_date_s;
    if (!subject->has_current || !subject->has_tdx || info->tee != TEE_TDX)
        return;
    memcpy(current.tee_tcb_svn, subject->tee_tcb_svn2, sizeof current.tee_tcb_svn);
    out->current = judge_side(&judging, &current);
    out->standing = tcb_relaunch(out->launch.standing, out->current.standing);
    if (out->current.standing == STANDING_NOT_SUPPORTED) {
        out->standing = STANDING_NOT_SUPPORTED;
        out->tcb_date_s = 0;
    }
}

/* ---- advisories ------------------------------------------------------------------ */

struct gathering {
    struct bytes *out;
    size_t count, max;
};

static void gather(struct gathering *g, const struct bytes *advisories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < g->count && bytes_compare(g->out[at], advisories[i]) < 0)
            at++;
        if (g->count == g->max
            || (at < g->count && bytes_compare(g->out[at], advisories[i]) == 0))
            continue;
        memmove(g->out + at + 1, g->out + at, (g->count - at) * sizeof *g->out);
        g->out[at] = advisories[i];
        g->count++;
    }
}

size_t tcb_verdict_advisories(const struct tcb_verdict *verdict, struct bytes *out,
                              size_t max)
{
    const struct enclave_tcb_level *enclaves[] = { verdict->launch.module_level,
                                                   verdict->qe_level };
    const struct tcb_level *level = verdict->launch.level;
    struct gathering g = { .out = out, .max = max };

    if (level != NULL)
        gather(&g, level->advisories, level->advisory_count);
    for (size_t i = 0; i < COUNT_OF(enclaves); i++)
        if (enclaves[i] != NULL)
            gather(&g, enclaves[i]->advisories, enclaves[i]->advisory_count);
    return g.count;
}
